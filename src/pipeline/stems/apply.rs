//! `--apply`: the plan rendered. Every stem in its place through its moves, then the rough mix, measured again and held
//! against the given mix. Nothing of the delivery is written to.

use super::lined_up::FRAMES_AT_ONCE;
use super::sit::frames_at;
use super::sum::sum_against_mix;
use crate::audio::Block;
use crate::encode::{Format, Writer};
use crate::error::{Error, Result};
use crate::measure::PeakMeter;
use crate::model::{
    Analysis, Applicability, Move, RenderedStem, RoughAgainstMix, Space, SpaceSend, Stem, StemPlan, StemRole,
    StemSet, StemsRender,
};
use crate::pipeline::aligned::Aligned;
use crate::pipeline::{Progress, analyse};
use crate::process::{Chain, Room};
use crate::stems::fit::FRAME;
use crate::units::{db_to_amplitude, finite};
use rayon::prelude::*;
use std::path::{Path, PathBuf};

/// Room that a rough mix leaves above its peaks.
const ROUGH_PEAK_DBTP: f64 = -6.0;
/// The same where it is brought to the loudness of a given mix.
const MATCHED_PEAK_DBTP: f64 = -1.0;
/// The file with what comes back from the room.
const SPACE: &str = "space.wav";
/// Frames that are read at a time.
const STRETCH: usize = FRAMES_AT_ONCE * FRAME;

/// What is asked of a rendering.
pub struct ApplyJob<'a> {
    /// The checked set, with its plan.
    pub set: &'a StemSet,
    /// Folder for the files; made where it is not there.
    pub folder: &'a Path,
    /// The given mix and its analysis.
    pub mix: Option<(&'a Path, &'a Analysis)>,
    /// Whether opt-in moves are applied, too.
    pub opt_in: bool,
    /// Whether existing files are replaced.
    pub force: bool,
}

/// Renders the plan of a set.
///
/// # Errors
/// Those of reading, processing and writing; stems of another rate than most are refused by name.
pub fn apply_stems(job: &ApplyJob, progress: &dyn Progress) -> Result<StemsRender> {
    let set = job.set;
    let rate_hz = set.set.sample_rate_hz;
    let stems: Vec<&Stem> = set.stems.iter().filter(|stem| stem.role != StemRole::Mix).collect();
    for stem in &stems {
        let source = &stem.analysis.source;
        if source.sample_rate_hz != rate_hz || source.channels > 2 {
            let what = format!(
                "is at {} Hz with {} channels, the others are at {rate_hz} Hz: export it like them, or take it out; \
                 nothing is resampled unasked",
                source.sample_rate_hz, source.channels
            );
            return Err(Error::unsupported(Path::new(&stem.path), what));
        }
    }
    let mut outputs = outputs(&stems, job.folder);
    let rough_mix = job.folder.join("rough mix.wav");
    let frames = stems.iter().map(|stem| frames_at(stem, rate_hz)).max().unwrap_or_default();
    let mut parts: Vec<RenderedStem> = stems
        .par_iter()
        .zip(&outputs)
        .map(|(stem, output)| {
            let plan = set.plan.iter().flat_map(|plan| &plan.stems).find(|plan| plan.name == stem.name);
            let rendered = render_stem(stem, plan, output, frames, job);
            progress.done(output);
            rendered
        })
        .collect::<Result<_>>()?;
    let sends = sends(&stems, job);
    let space = match set.plan.as_ref().and_then(|plan| plan.space.as_ref()) {
        Some(space) if !sends.is_empty() => {
            let path = job.folder.join(SPACE);
            let sent: Vec<(&Path, f64)> = sends
                .iter()
                .map(|(index, wet_db)| (outputs[*index].as_path(), db_to_amplitude(*wet_db)))
                .collect();
            write_space(space, &sent, frames, rate_hz, &path, job.force)?;
            sends.iter().for_each(|(index, _)| parts[*index].applied.push("space".to_string()));
            Some(path)
        }
        _ => None,
    };
    outputs.extend(space.clone());
    let gain_db = rough_gain_db(&outputs, frames, rate_hz, job, progress)?;
    write_rough(&outputs, frames, rate_hz, gain_db, &rough_mix, job.force)?;
    let after = analyse(&rough_mix, progress)?;
    let against_mix =
        job.mix.map(|(path, mix)| against(&after, &rough_mix, path, mix, progress)).transpose()?;
    Ok(StemsRender {
        stems: parts,
        rough_mix: rough_mix.display().to_string(),
        space: space.map(|path| path.display().to_string()),
        gain_db,
        integrated_lufs: after.loudness.integrated_lufs,
        true_peak_dbtp: after.peaks.true_peak_dbtp,
        against_mix,
    })
}

/// One file per stem, by its name; names that differ only in their folder or ending get a number.
fn outputs(stems: &[&Stem], folder: &Path) -> Vec<PathBuf> {
    let mut taken: Vec<String> = vec!["rough mix".to_string(), "space".to_string()];
    let mut outputs = Vec::new();
    for stem in stems {
        let plain: String = stem
            .name
            .chars()
            .map(|c| if c.is_control() || "<>:\"/|?*\\".contains(c) { '_' } else { c })
            .collect();
        let mut name = plain.clone();
        let mut number = 2;
        while taken.contains(&name.to_lowercase()) {
            name = format!("{plain} ({number})");
            number += 1;
        }
        taken.push(name.to_lowercase());
        outputs.push(folder.join(format!("{name}.wav")));
    }
    outputs
}

/// The moves that are applied, those that were opted into made automatic.
fn applied(plan: Option<&StemPlan>, opt_in: bool) -> Vec<Move> {
    let wanted = |step: &&Move| {
        step.applicability == Applicability::Automatic
            || (opt_in && step.applicability == Applicability::OptIn)
    };
    let moves = plan.iter().flat_map(|plan| &plan.moves).filter(wanted);
    moves.map(|step| Move { applicability: Applicability::Automatic, ..step.clone() }).collect()
}

fn render_stem(
    stem: &Stem,
    plan: Option<&StemPlan>,
    output: &Path,
    frames: u64,
    job: &ApplyJob,
) -> Result<RenderedStem> {
    let rate_hz = stem.analysis.source.sample_rate_hz;
    let moves = applied(plan, job.opt_in);
    let placement = plan
        .and_then(|plan| plan.placement.as_ref())
        .filter(|own| own.applicability == Applicability::Automatic || job.opt_in);
    let later = placement.map_or(0, |own| own.later_frames);
    let sign = if placement.is_some_and(|own| own.invert) { -1.0 } else { 1.0 };
    let mut chain = Chain::new(&moves, rate_hz, 2)?;
    let mut reader = Aligned::open(Path::new(&stem.path), rate_hz)?;
    // Float keeps what lies above full scale: a fader mends it later.
    let format = Format { sample_rate_hz: rate_hz, channels: 2, bits: 32, float: true };
    let mut writer = Writer::create(output, format, job.force)?;
    let mut at = 0u64;
    while at < frames {
        let count = STRETCH.min((frames - at) as usize);
        let mut channels = reader.read(at as i64 - later, count)?.to_vec();
        channels.iter_mut().flatten().for_each(|x| *x *= sign);
        let mut block = Block::from_channels(channels, rate_hz);
        chain.process(&mut block);
        writer.write(&block)?;
        at += count as u64;
    }
    writer.write(&chain.flush())?;
    writer.finish()?;
    let mut done: Vec<String> = moves.into_iter().map(|step| step.id).collect();
    if placement.is_some() {
        done.insert(0, "placement".to_string());
    }
    Ok(RenderedStem { name: stem.name.clone(), path: output.display().to_string(), applied: done })
}

/// The stems that are sent to the room because somebody chose it, and how loud; each by its index.
fn sends(stems: &[&Stem], job: &ApplyJob) -> Vec<(usize, f64)> {
    let plan =
        |stem: &Stem| job.set.plan.iter().flat_map(|plan| &plan.stems).find(|plan| plan.name == stem.name);
    let chosen = |send: &&SpaceSend| {
        send.applicability == Applicability::Automatic
            || (job.opt_in && send.applicability == Applicability::OptIn)
    };
    let wet_db = |stem: &Stem| plan(stem)?.send.as_ref().filter(chosen).map(|send| send.wet_db);
    stems.iter().enumerate().filter_map(|(index, stem)| Some((index, wet_db(stem)?))).collect()
}

/// Writes what comes back from the room, as long as the stems: it ends with the files.
fn write_space(
    space: &Space,
    sent: &[(&Path, f64)],
    frames: u64,
    rate_hz: u32,
    path: &Path,
    force: bool,
) -> Result<()> {
    let mut room = Room::new(space, rate_hz)?;
    let format = Format { sample_rate_hz: rate_hz, channels: 2, bits: 32, float: true };
    let mut writer = Writer::create(path, format, force)?;
    each_sum(sent, frames, rate_hz, |mut block| {
        room.process(&mut block);
        writer.write(&block)
    })?;
    writer.finish()
}

/// All of the written files as they are.
fn plainly(outputs: &[PathBuf]) -> Vec<(&Path, f64)> {
    outputs.iter().map(|path| (path.as_path(), 1.0)).collect()
}

/// Hands the sum of written files on, each with its gain, a stretch at a time.
fn each_sum(
    outputs: &[(&Path, f64)],
    frames: u64,
    rate_hz: u32,
    mut take: impl FnMut(Block) -> Result<()>,
) -> Result<()> {
    let mut readers: Vec<Aligned> =
        outputs.iter().map(|(path, _)| Aligned::open(path, rate_hz)).collect::<Result<_>>()?;
    let mut at = 0u64;
    while at < frames {
        let count = STRETCH.min((frames - at) as usize);
        let audio: Vec<[Vec<f32>; 2]> =
            readers.par_iter_mut().map(|reader| reader.read(at as i64, count)).collect::<Result<_>>()?;
        let channels = (0..2usize)
            .map(|channel| {
                let mut sum = vec![0f64; count];
                for (own, (_, gain)) in audio.iter().zip(outputs) {
                    sum.iter_mut().zip(&own[channel]).for_each(|(sum, x)| *sum += gain * f64::from(*x));
                }
                sum.into_iter().map(|x| x as f32).collect()
            })
            .collect();
        take(Block::from_channels(channels, rate_hz))?;
        at += count as u64;
    }
    Ok(())
}

/// The gain of the rough mix: to the loudness of the given mix where its peaks allow that, else to headroom. Sums that
/// have room already are left as they are.
fn rough_gain_db(
    outputs: &[PathBuf],
    frames: u64,
    rate_hz: u32,
    job: &ApplyJob,
    progress: &dyn Progress,
) -> Result<f64> {
    let (mut peaks, mut loudness) =
        (PeakMeter::new(rate_hz, 2), crate::measure::LoudnessMeter::new(rate_hz, 2));
    progress.update(job.folder, "summing", None);
    each_sum(&plainly(outputs), frames, rate_hz, |block| {
        rayon::join(|| peaks.push(&block), || loudness.push(&block));
        Ok(())
    })?;
    let Some(peak_dbtp) = peaks.finish().true_peak_dbtp else { return Ok(0.0) };
    let wanted = job.mix.and_then(|(_, mix)| mix.loudness.integrated_lufs);
    Ok(match wanted.zip(loudness.finish().integrated_lufs) {
        Some((wanted, own)) => (wanted - own).min(MATCHED_PEAK_DBTP - peak_dbtp),
        None => (ROUGH_PEAK_DBTP - peak_dbtp).min(0.0),
    })
}

fn write_rough(
    outputs: &[PathBuf],
    frames: u64,
    rate_hz: u32,
    gain_db: f64,
    path: &Path,
    force: bool,
) -> Result<()> {
    let gain = db_to_amplitude(gain_db) as f32;
    let mut writer =
        Writer::create(path, Format { sample_rate_hz: rate_hz, channels: 2, bits: 24, float: false }, force)?;
    each_sum(&plainly(outputs), frames, rate_hz, |mut block| {
        block.channels_mut().iter_mut().flatten().for_each(|x| *x *= gain);
        writer.write(&block)
    })?;
    writer.finish()
}

/// The rough mix against the given one: loudness, spectrum, what is left.
fn against(
    rough: &Analysis,
    path: &Path,
    mix_path: &Path,
    mix: &Analysis,
    progress: &dyn Progress,
) -> Result<RoughAgainstMix> {
    let stem = Stem {
        name: "rough mix".to_string(),
        path: path.display().to_string(),
        role: StemRole::Other,
        role_confidence: 1.0,
        analysis: rough.clone(),
    };
    let sum = if rough.content_id == mix.content_id {
        None
    } else {
        sum_against_mix(&[stem], mix_path, mix, progress)?
    };
    let difference = |own: Option<f64>, other: Option<f64>| own.zip(other).map(|(own, other)| own - other);
    let widest = rough
        .tone
        .bands
        .iter()
        .filter_map(|band| {
            let other = mix.tone.bands.iter().find(|other| other.center_hz == band.center_hz)?;
            // Bands without music say nothing.
            let heard = other.level_db.is_some_and(|level_db| level_db > -35.0);
            Some((band.center_hz, difference(band.level_db, other.level_db).filter(|_| heard)?))
        })
        .max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()));
    Ok(RoughAgainstMix {
        loudness_lu: difference(rough.loudness.integrated_lufs, mix.loudness.integrated_lufs),
        residual_db: sum.and_then(|sum| sum.residual_db).and_then(finite),
        widest_hz: widest.map(|(center_hz, _)| center_hz),
        widest_db: widest.map(|(_, level_db)| level_db),
    })
}
