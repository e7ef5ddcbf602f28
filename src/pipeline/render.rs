//! A plan and a song become a written file; it is decoded again and measured, which is the proof.
//!
//! Everything is measured while the file is written. Then it is decoded again: what was measured stands only where the hash
//! of the decoded samples says that they are the same to the last bit. Where it does not, the file is measured in full.

use super::audibility::audibility;
use super::convert::Converter;
use super::missed::missed;
use super::stream::{self, Lane};
use super::surroundings::{Surroundings, Window};
use super::{
    Cut, FileOptions, OnThePool, OutputDepth, Progress, Targets, analyse, analyse_and_draw, check, deliver,
    meters,
};
use crate::audio::Block;
use crate::checks::Selection;
use crate::decode::{ContentHash, file_id, text_id};
use crate::encode::{AlbumGain, FileKind, Unnamed, Writer, to_grid};
use crate::error::{Error, Result};
use crate::measure::Analyser;
use crate::model::{
    Analysis, Applicability, Check, Meter, Move, Output, Persisted, Plan, Processor, Render, Stage,
};
use crate::process::Chain;
use std::path::Path;

/// How often a file is written again with a lower limiter ceiling when its true peak came out over the promise.
const CEILING_RETRIES: usize = 2;

/// The same for lossy files: what a codec adds changes with what it gets.
const CODED_RETRIES: usize = 4;

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
    /// Rate, codec and tags of the file.
    pub file: FileOptions,
    /// The source's analysis, where it is known already; else it is measured on the way.
    pub before: Option<Analysis>,
    /// What of the source is rendered; `None` for all of it.
    pub cut: Option<Cut>,
    /// What sounds around the source, where it is a part of a stream.
    pub around: Option<Surroundings>,
    /// Whether the pictures of a report are drawn on the way.
    pub pictures: bool,
}

/// Applies a plan, writes the file, decodes it again and measures it.
///
/// # Errors
/// [`Error::WrongAudio`] for other audio; those of decoding, processing and writing. Nothing is left behind then.
pub fn render(plan: &Plan, job: RenderJob, targets: &Targets, progress: &dyn Progress) -> Result<Render> {
    render_unnamed(plan, job, None, progress)?.publish(targets, None)
}

/// A written song that has no name yet. Dropping it removes the file.
pub(super) struct Rendered<'a> {
    job: RenderJob<'a>,
    before: Analysis,
    /// The written file, decoded and measured.
    pub(super) after: Analysis,
    plan: Plan,
    plan_id: String,
    /// What each move did.
    pub(super) meters: Vec<Meter>,
    file: Unnamed,
}

/// As [`render`], without tags and name, which may depend on other songs; `recording` is what may have been written already.
pub(super) fn render_unnamed<'a>(
    plan: &Plan,
    mut job: RenderJob<'a>,
    recording: Option<Recording>,
    progress: &dyn Progress,
) -> Result<Rendered<'a>> {
    refuse_to_overwrite_source(job.input, job.output)?;
    let measure = if job.pictures { analyse_and_draw } else { analyse };
    let before = job.before.take().map_or_else(|| measure(job.input, progress), Ok)?;
    let plan_id = fingerprint(&text_id(&plan.to_json()));
    let mut plan = plan.clone();
    let mut retries = if job.kind().codec().is_some() { CODED_RETRIES } else { CEILING_RETRIES };
    let mut recording = recording.filter(|recording| recording.is_of(&plan.moves));
    // The file gets its name only once it has been read again and found good.
    loop {
        let Recording { mut after, meters, file, .. } = match recording.take() {
            Some(recording) => recording,
            None => record(&plan.moves, &plan.content_id, &job, progress)?,
        };
        let over_db =
            after.peaks.true_peak_dbtp.map_or(0.0, |true_peak_dbtp| true_peak_dbtp - plan.ceiling_dbtp);
        if over_db <= 0.0 || retries == 0 || !lower_ceiling(&mut plan.moves, over_db + 0.01) {
            after.source.path = job.output.display().to_string();
            // What was around it has been heard; a record holds many such songs until it gives them their names.
            let job = RenderJob { around: None, ..job };
            return Ok(Rendered { job, before, after, plan, plan_id, meters, file });
        }
        retries -= 1;
    }
}

impl Rendered<'_> {
    /// Where the limiter ended in the end; `None` without one.
    pub(super) fn limited_to_dbtp(&self) -> Option<f64> {
        self.plan.moves.iter().find_map(|step| match step.processor {
            Processor::Limiter { ceiling_dbtp, .. } => Some(ceiling_dbtp),
            _ => None,
        })
    }

    /// Puts tags into the file and gives it its name. `album` is the loudness of the record, where it is one song of it.
    pub(super) fn publish(self, targets: &Targets, album: Option<AlbumGain>) -> Result<Render> {
        let Rendered { job, before, mut after, plan, plan_id, meters, mut file } = self;
        after.source.tags = deliver::tag(&mut file, job.input, &before, &after, &job.file, album)?;
        let (file_id, audibility) =
            rayon::join(|| file_id(file.path()), || audibility(&plan.moves, &before, &after, &meters));
        let (file_id, audibility) = (file_id?, Some(audibility?));
        file.publish()?;
        let missed = missed(&plan, &after, targets.delivery.tolerance_lu);
        let output = Output {
            path: job.output.display().to_string(),
            container: after.source.container.clone(),
            codec: after.source.codec.clone(),
            kbps: job.kbps(),
            bits: if job.kind().codec().is_some() { None } else { Some(job.bits) },
            float: job.float,
            sample_rate_hz: after.source.sample_rate_hz,
            frames: after.source.frames,
            content_id: after.content_id.clone(),
            fingerprint: Some(fingerprint(&file_id)),
        };
        let Check { analysis: after, findings, .. } =
            check(after, targets, Stage::Master, &Selection::default());
        Ok(Render {
            schema: Render::schema_tag(),
            tool_version: env!("CARGO_PKG_VERSION").to_string(),
            integrity: before.integrity,
            plan_id: Some(plan_id),
            plan,
            output,
            before,
            after,
            meters,
            audibility,
            missed,
            findings,
        })
    }
}

/// A hash as documents have it: with its kind.
fn fingerprint(id: &str) -> String {
    format!("xxh3:{id}")
}

impl RenderJob<'_> {
    fn kind(&self) -> FileKind {
        FileKind::of_path(self.output).unwrap_or_default()
    }

    /// Bit rate of a lossy file.
    fn kbps(&self) -> Option<u32> {
        self.kind().codec().map(|codec| self.file.kbps.unwrap_or(codec.default_kbps()))
    }

    /// Whether the file holds what the moves make of a source of this rate: no other rate, no codec.
    pub(super) fn keeps_samples(&self, source_hz: u32) -> bool {
        let kind = self.kind();
        kind.codec().is_none() && deliver::rate_hz(source_hz, kind, &self.file) == source_hz
    }

    /// The grid of integers that the file holds exactly what it is given of.
    pub(super) fn grid_bits(&self) -> Option<u16> {
        (self.kind().codec().is_none() && !self.float && self.bits <= 24).then_some(self.bits)
    }

    fn writer(&self, sample_rate_hz: u32, channels: u16) -> Result<Writer> {
        let depth = OutputDepth { bits: self.bits, float: self.float };
        deliver::create(self.output, sample_rate_hz, channels, depth, &self.file, self.force)
    }
}

/// A written file without its name, and what was heard of it.
pub(super) struct Recording {
    moves: Vec<Move>,
    /// The file, decoded again.
    pub(super) after: Analysis,
    pub(super) meters: Vec<Meter>,
    file: Unnamed,
}

impl Recording {
    /// Whether it is what these moves make.
    fn is_of(&self, moves: &[Move]) -> bool {
        let applied = |moves: &[Move]| -> Vec<(String, Processor)> {
            let automatic = moves.iter().filter(|step| step.applicability == Applicability::Automatic);
            automatic.map(|step| (step.id.clone(), step.processor.clone())).collect()
        };
        applied(&self.moves) == applied(moves)
    }
}

/// What was written, as it was heard on its way to the file.
struct Written {
    analyser: Analyser,
    content: ContentHash,
}

/// What changes the blocks.
struct Maker {
    converter: Converter,
    chain: Chain,
    grid_bits: Option<u16>,
    window: Window,
}

impl Maker {
    /// The rate, the chain, and the grid of the file.
    fn process(&mut self, block: &mut Block) {
        // First of all, so that the ceiling holds at the rate that is written, and dither stays the last step.
        self.converter.process(block);
        self.chain.process(block);
        self.settle(block);
    }

    /// What is still inside after the last block.
    fn flush(&mut self) -> [Block; 2] {
        let mut rest = self.converter.flush();
        self.chain.process(&mut rest);
        let mut last = self.chain.flush();
        self.settle(&mut rest);
        self.settle(&mut last);
        [rest, last]
    }

    fn settle(&mut self, block: &mut Block) {
        self.window.apply(block);
        if let Some(bits) = self.grid_bits {
            to_grid(block, bits);
        }
    }
}

/// Where processed blocks go.
struct Outlet {
    writer: Writer,
    written: Written,
}

impl Outlet {
    fn lanes(&mut self) -> Vec<Lane<'_>> {
        let Outlet { writer, written: Written { analyser, content } } = self;
        let write: Lane<'_> = Box::new(|block| writer.write(block));
        let hash: Lane<'_> = Box::new(|block| {
            content.push(block);
            Ok(())
        });
        [write, hash].into_iter().chain(meters(analyser)).collect()
    }
}

/// One writing pass, and the file read again.
///
/// # Errors
/// [`Error::WrongAudio`] for other audio than that of `content_id`; those of decoding, processing and writing.
pub(super) fn record(
    moves: &[Move],
    content_id: &str,
    job: &RenderJob,
    progress: &dyn Progress,
) -> Result<Recording> {
    let (written, meters, file) = write(moves, content_id, job, progress)?;
    let after = written.read_back(file.path(), job.pictures, progress)?;
    Ok(Recording { moves: moves.to_vec(), after, meters, file })
}

/// One writing pass: what was heard, the meters and the file.
fn write(
    moves: &[Move],
    content_id: &str,
    job: &RenderJob,
    progress: &dyn Progress,
) -> Result<(Written, Vec<Meter>, Unnamed)> {
    let moves = if job.kind().codec().is_some() { without_dither(moves) } else { moves.to_vec() };
    let start = |source_hz, channels: usize| {
        let rate_hz = deliver::rate_hz(source_hz, job.kind(), &job.file);
        let mut maker = Maker {
            converter: Converter::new(source_hz, rate_hz, channels)?,
            chain: Chain::new(&moves, rate_hz, channels)?,
            grid_bits: job.grid_bits(),
            window: Window::new(job.around.as_ref()),
        };
        if let Some(around) = &job.around {
            maker.process(&mut around.lead_in.clone());
        }
        let new = if job.pictures { Analyser::with_pictures } else { Analyser::new };
        let written = Written { analyser: new(rate_hz, channels), content: ContentHash::new(channels) };
        Ok((maker, Outlet { writer: job.writer(rate_hz, channels as u16)?, written }))
    };
    let make = |maker: &mut Maker, block: &mut Block| {
        if let Some(cut) = &job.cut {
            cut.apply(block);
        }
        maker.process(block);
        Ok(())
    };
    let (mut maker, mut outlet, decoded) =
        stream::pass(job.input, "rendering", progress, start, make, Outlet::lanes)?;
    if decoded.content_id != content_id && !job.transfer {
        // Dropping the writer removes the temporary file: nothing was written.
        return Err(Error::WrongAudio {
            path: job.input.to_path_buf(),
            expected: content_id.to_string(),
            found: decoded.content_id,
        });
    }
    let mut after = job.around.as_ref().map(|around| around.lead_out.clone());
    after.iter_mut().for_each(|block| maker.process(block));
    for rest in after.iter().chain(&maker.flush()).filter(|rest| rest.frames() > 0) {
        outlet.lanes().iter_mut().try_for_each(|take| take(rest))?;
    }
    Ok((outlet.written, maker.chain.meters(), outlet.writer.complete()?))
}

impl Written {
    /// The analysis of the file, decoded again.
    fn read_back(self, path: &Path, pictures: bool, progress: &dyn Progress) -> Result<Analysis> {
        let Written { analyser, content } = self;
        // The decoder itself hashes what it gives.
        let start = |_, _| Ok(((), ()));
        let ((), (), decoded) = stream::pass(
            path,
            "reading the result again",
            progress,
            start,
            |(), _| Ok(()),
            |()| stream::alone(|_| Ok(())),
        )?;
        if decoded.content_id != content.content_id(decoded.source.sample_rate_hz) {
            return if pictures { analyse_and_draw(path, progress) } else { analyse(path, progress) };
        }
        Ok(analyser.finish_on(&OnThePool, decoded.source, decoded.integrity, decoded.content_id))
    }
}

/// A lossy encoder takes what it gets: there is no grid to dither to.
fn without_dither(moves: &[Move]) -> Vec<Move> {
    let is_dither = |step: &&Move| {
        step.applicability == Applicability::Automatic && matches!(step.processor, Processor::Dither { .. })
    };
    moves.iter().filter(|step| !is_dither(step)).cloned().collect()
}

/// Sources are never touched: not by name, not through a link.
pub(super) fn refuse_to_overwrite_source(input: &Path, output: &Path) -> Result<()> {
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
