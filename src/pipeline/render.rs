//! A plan and a song become a written file; it is decoded again and measured, which is the proof.

use super::convert::Converter;
use super::{Cut, Progress, Targets, analyse, check, stream};
use crate::audio::Block;
use crate::checks::Selection;
use crate::encode::{Format, Writer};
use crate::error::{Error, Result};
use crate::measure::Analyser;
use crate::model::{
    Analysis, Integrity, Meter, Missed, Move, Output, Persisted, Plan, Processor, Render, Stage,
};
use crate::process::Chain;
use std::path::Path;

/// How far the written file may be from the loudness that was aimed at before it counts as missed.
const LOUDNESS_TOLERANCE_LU: f64 = 0.1;

/// How often a file is written again with a lower limiter ceiling when its true peak came out over the promise.
const CEILING_RETRIES: usize = 2;

/// A file to be written.
pub struct RenderJob<'a> {
    /// The source; never written to.
    pub input: &'a Path,
    /// The file to write.
    pub output: &'a Path,
    /// 16, 24 or 32.
    pub bits: u16,
    /// Floating point, with 32 bits.
    pub float: bool,
    /// Whether an existing output is replaced.
    pub force: bool,
    /// Whether the plan may be applied to other audio than it was made for.
    pub transfer: bool,
    /// The source's analysis, where it is known already; else it is measured on the way.
    pub before: Option<Analysis>,
    /// What of the source is rendered; `None` for all of it.
    pub cut: Option<Cut>,
    /// Sample rate of the written file; `None` for that of the source. Converted before everything else is done.
    pub sample_rate_hz: Option<u32>,
}

/// Applies a plan, writes the file, decodes it again and measures it.
///
/// # Errors
/// [`Error::WrongAudio`] for other audio; those of decoding, processing and writing. Nothing is left behind then.
pub fn render(plan: &Plan, job: RenderJob, targets: &Targets, progress: &dyn Progress) -> Result<Render> {
    refuse_to_overwrite_source(job.input, job.output)?;
    let mut plan = plan.clone();
    let mut force = job.force;
    let mut before = job.before.clone();
    let mut retries = CEILING_RETRIES;
    let (before, after, meters) = loop {
        let (measured, meters) = write(&plan, &job, before.take(), force, progress)?;
        let after = analyse(job.output, progress)?;
        let over_db =
            after.peaks.true_peak_dbtp.map_or(0.0, |true_peak_dbtp| true_peak_dbtp - plan.ceiling_dbtp);
        if over_db <= 0.0 || retries == 0 || !lower_ceiling(&mut plan.moves, over_db + 0.01) {
            break (measured, after, meters);
        }
        retries -= 1;
        force = true;
        before = Some(measured);
    };
    let missed = missed(&plan, &after);
    let output = Output {
        path: job.output.display().to_string(),
        container: after.source.container.clone(),
        bits: job.bits,
        float: job.float,
        sample_rate_hz: after.source.sample_rate_hz,
        frames: after.source.frames,
        content_id: after.content_id.clone(),
    };
    let findings = check(after.clone(), targets, Stage::Master, &Selection::default()).findings;
    Ok(Render {
        schema: Render::schema_tag(),
        tool_version: env!("CARGO_PKG_VERSION").to_string(),
        integrity: before.integrity,
        plan,
        output,
        before,
        after,
        meters,
        missed,
        findings,
    })
}

/// One writing pass. Returns the source's analysis (measured on the way where it is not known) and the meters.
fn write(
    plan: &Plan,
    job: &RenderJob,
    before: Option<Analysis>,
    force: bool,
    progress: &dyn Progress,
) -> Result<(Analysis, Vec<Meter>)> {
    struct Maker {
        converter: Converter,
        chain: Chain,
        analyser: Option<Analyser>,
    }
    let start = |source_hz, channels: usize| {
        let sample_rate_hz = job.sample_rate_hz.unwrap_or(source_hz);
        let format = Format { sample_rate_hz, channels: channels as u16, bits: job.bits, float: job.float };
        let maker = Maker {
            converter: Converter::new(source_hz, sample_rate_hz, channels)?,
            chain: Chain::new(&plan.moves, sample_rate_hz, channels)?,
            analyser: before.is_none().then(|| Analyser::new(source_hz, channels)),
        };
        Ok((maker, Writer::create(job.output, format, force)?))
    };
    let make = |maker: &mut Maker, block: &mut Block| {
        if let Some(analyser) = &mut maker.analyser {
            analyser.push(block);
        }
        if let Some(cut) = &job.cut {
            cut.apply(block);
        }
        maker.converter.process(block);
        maker.chain.process(block);
        Ok(())
    };
    let (mut maker, mut writer, decoded) =
        stream::pass(job.input, "rendering", progress, start, make, Writer::write)?;
    if decoded.content_id != plan.content_id && !job.transfer {
        // Dropping the writer removes the temporary file: nothing was written.
        return Err(Error::WrongAudio {
            path: job.input.to_path_buf(),
            expected: plan.content_id.clone(),
            found: decoded.content_id,
        });
    }
    let mut rest = maker.converter.flush();
    if rest.frames() > 0 {
        maker.chain.process(&mut rest);
        writer.write(&rest)?;
    }
    writer.write(&maker.chain.flush())?;
    writer.finish()?;
    let before = match (before, maker.analyser) {
        (Some(before), _) => before,
        (None, Some(analyser)) => analyser.finish(decoded.source, decoded.integrity, decoded.content_id),
        (None, None) => analyse(job.input, progress)?,
    };
    Ok((before, maker.chain.meters()))
}

/// Sources are never touched: not by name, not through a link.
fn refuse_to_overwrite_source(input: &Path, output: &Path) -> Result<()> {
    let same = input
        .canonicalize()
        .ok()
        .zip(output.canonicalize().ok())
        .is_some_and(|(input, output)| input == output);
    if same {
        return Err(Error::Exists {
            path: output.to_path_buf(),
            reason: "is the source, which is never written to; choose another --output",
        });
    }
    Ok(())
}

/// Lowers the ceiling of the plan's limiter; `false` where there is none.
fn lower_ceiling(moves: &mut [Move], by_db: f64) -> bool {
    let mut found = false;
    for step in moves {
        if let Processor::Limiter { ceiling_dbtp, .. } = &mut step.processor {
            *ceiling_dbtp -= by_db;
            found = true;
        }
    }
    found
}

/// Where the written file does not hold what the plan says.
fn missed(plan: &Plan, after: &Analysis) -> Vec<Missed> {
    let mut missed = Vec::new();
    if after.integrity != Integrity::Ok {
        missed.push(Missed {
            measure: "source.frames".to_string(),
            predicted: after.source.declared_frames.unwrap_or_default() as f64,
            measured: after.source.frames as f64,
            reason: "the written file could not be read back whole; render again".to_string(),
        });
    }
    if let Some(measured) = after.peaks.true_peak_dbtp.filter(|peak_dbtp| *peak_dbtp > plan.ceiling_dbtp) {
        missed.push(Missed {
            measure: "peaks.true_peak_dbtp".to_string(),
            predicted: plan.ceiling_dbtp,
            measured,
            reason: format!(
                "the true peak is {:.2} dB over the ceiling; the plan has no limiter that holds it: lower the gain or add a limiter",
                measured - plan.ceiling_dbtp
            ),
        });
    }
    let Some(measured) = after.loudness.integrated_lufs else { return missed };
    let off = |aim_lufs: f64| (measured - aim_lufs).abs() > LOUDNESS_TOLERANCE_LU;
    if let Some(target_lufs) = plan.target_lufs.filter(|target_lufs| off(*target_lufs)) {
        let reason = plan
            .unresolved
            .iter()
            .find(|unresolved| unresolved.because == "loudness.integrated_lufs")
            .map_or_else(
                || "the plan's gain was chosen for another loudness".to_string(),
                |unresolved| unresolved.advice.clone(),
            );
        missed.push(Missed {
            measure: "loudness.integrated_lufs".to_string(),
            predicted: target_lufs,
            measured,
            reason,
        });
    } else if let Some(predicted) = plan.predicted.loudness.integrated_lufs.filter(|lufs| off(*lufs)) {
        missed.push(Missed {
            measure: "loudness.integrated_lufs".to_string(),
            predicted,
            measured,
            reason: "the moves were edited after the prediction was made".to_string(),
        });
    }
    missed
}
