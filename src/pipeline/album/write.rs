//! Songs of a record through their moves, gain and limiter into files, with what belongs beside them.

use super::joined::Joined;
use super::song_file::{DITHERED_BITS, depth, file_options, format, rate_hz};
use super::{AlbumFiles, AlbumOutput, AlbumSong, ddp, sheets};
use crate::album::after_rendering;
use crate::dsp::gating::pooled_integrated_lufs;
use crate::encode::AlbumGain;
use crate::error::{Error, Result};
use crate::model::{
    Album, AlbumTrack, Applicability, Meter, Move, MoveStage, Persisted, Plan, Predicted, Processor, Render,
};
use crate::pipeline::render::{Rendered, render_unnamed};
use crate::pipeline::{Batch, Cut, Progress, RenderJob, analyse, run_batch};
use crate::preview::record_platforms;
use crate::profiles;
use std::path::{Path, PathBuf};

/// Room under the ceiling that plain gain leaves to the written file's own rounding.
const ROOM_DB: f64 = 0.05;
/// Look-ahead and release of the limiter, as in the main job.
const LOOKAHEAD_MS: f64 = 5.0;
const RELEASE_MS: f64 = 100.0;
/// A written song this near its plan stays as it is (half of what counts as missed).
const CLOSE_ENOUGH_LU: f64 = 0.05;
/// Times that a song is written again with the loudness that its limiter has cost added.
const CORRECTIONS: usize = 2;

pub(super) fn write(
    album: &Album,
    songs: &[AlbumSong],
    output: &AlbumOutput,
    progress: &dyn Progress,
) -> Result<Album> {
    let files = AlbumFiles::new(album, output)?;
    refuse(&files.all(), album, output.force)?;
    files.songs.iter().try_for_each(|path| output.file.check(path))?;
    if output.file.kind.codec().is_some() && files.joins() {
        return Err(Error::usage(
            "image, sides, disc, crossfades and reel are made of the written songs, so these cannot be lossy: choose --container wav, flac or aiff",
        ));
    }
    if let Some(mono) = album.tracks.iter().find(|track| album.disc && track.channels != 2) {
        return Err(Error::usage(format!(
            "a disc is stereo: \"{}\" has {} channels; convert it first",
            mono.title, mono.channels
        )));
    }
    if files.image.is_some() || !files.sides.is_empty() {
        one_format(album, output)?;
    }
    let mut rendered: Vec<Result<Written>> = Vec::new();
    let job = |path: &Path| {
        let place = files.songs.iter().position(|other| other == path).unwrap_or_default();
        let song = album.order[place];
        let output_path = &files.songs[place];
        let written = song_to(album, song, &songs[song], output_path, output, progress);
        progress.done(Path::new(&album.tracks[song].path));
        written
    };
    let batch = Batch { paths: &files.songs, workers: output.workers };
    run_batch(&batch, job, |_, result| {
        rendered.push(result);
        true
    })?;
    // Until here no song has its name: they get it all together, or none does.
    let rendered = rendered.into_iter().collect::<Result<Vec<Written>>>()?;
    let planned = album;
    let mut album = album.clone();
    let gain = album_gain(&rendered);
    album.integrated_lufs = gain.map(|gain| gain.integrated_lufs);
    let mut frames = Vec::new();
    for (place, written) in rendered.into_iter().enumerate() {
        let gain_db = written.gain_db;
        let render = written.rendered.publish(output.targets, gain)?;
        frames.push(render.output.frames);
        note(&render, gain_db, &mut album.tracks[planned.order[place]], &files.songs[place]);
    }
    album.platforms = record_platforms(&album, &profiles::deliveries());
    let joined = Joined { album: &album, songs, files: &files, frames: &frames, output };
    let (reel, mut image_dbtp) = (joined.reel()?, None);
    joined.sides()?;
    if let Some(image) = &files.image {
        joined.stretch(image, 0..album.order.len())?;
        image_dbtp = analyse(image, progress)?.peaks.true_peak_dbtp;
        progress.done(image);
    }
    if let (Some(image), Some((folder, _))) = (&files.image, &files.ddp) {
        ddp::write(&album, image, folder, output.force)?;
    }
    album.image = files.image.as_ref().map(|image| image.display().to_string());
    album.reel = reel;
    for (side, path) in album.sides.iter_mut().flat_map(|sides| &mut sides.sides).zip(&files.sides) {
        side.output = Some(path.display().to_string());
    }
    let planned_lufs: Vec<Option<f64>> = planned.tracks.iter().map(|track| track.result_lufs).collect();
    album.findings.extend(after_rendering(&album, &planned_lufs, image_dbtp));
    sheets::write(&album, &files, output.folder)?;
    album.save(&files.document)?;
    Ok(album)
}

/// A written song without its name, and the gain that it was written with.
struct Written<'a> {
    rendered: Rendered<'a>,
    gain_db: f64,
}

/// Loudness and peak of all written songs together; `None` for silence.
fn album_gain(written: &[Written]) -> Option<AlbumGain> {
    let songs = written.iter().map(|written| &written.rendered.after);
    let series: Vec<&[Option<f32>]> =
        songs.clone().map(|after| after.loudness.momentary_lufs.as_slice()).collect();
    let true_peak_dbtp = songs.filter_map(|after| after.peaks.true_peak_dbtp).reduce(f64::max);
    Some(AlbumGain { integrated_lufs: pooled_integrated_lufs(&series)?, true_peak_dbtp })
}

/// Puts what was measured on a written song into the plan.
fn note(render: &Render, gain_db: f64, track: &mut AlbumTrack, path: &Path) {
    track.makeup_db = ((gain_db - track.gain_db) * 100.0).round() / 100.0;
    track.limiting_db = reduction_db(&render.meters);
    let plr_lu = render.before.dynamics.plr_lu.zip(render.after.dynamics.plr_lu);
    track.crest_lost_db = plr_lu.map_or(0.0, |(before_lu, after_lu)| (before_lu - after_lu).max(0.0));
    track.result_lufs = render.after.loudness.integrated_lufs;
    track.result_dbtp = render.after.peaks.true_peak_dbtp;
    track.output = Some(path.display().to_string());
}

fn reduction_db(meters: &[Meter]) -> f64 {
    let reductions = meters.iter().filter_map(|meter| meter.gain_reduction_max_db);
    reductions.map(f64::abs).fold(0.0, f64::max)
}

/// Writes a song; what its limiter cost in loudness is given back within the bound on limiting.
fn song_to<'a>(
    album: &'a Album,
    song: usize,
    source: &AlbumSong,
    path: &'a Path,
    output: &AlbumOutput,
    progress: &dyn Progress,
) -> Result<Written<'a>> {
    let track = &album.tracks[song];
    let depth = depth(album, output, source);
    let gapless = album.joints.iter().any(|joint| joint.gapless && (joint.from == song || joint.to == song));
    let mut gain_db = track.gain_db;
    let mut tries = 0;
    loop {
        let plan = song_plan(album, output, song, source, gain_db);
        let job = RenderJob {
            input: Path::new(&track.path),
            output: path,
            bits: depth.bits,
            float: depth.float,
            force: output.force,
            transfer: false,
            file: file_options(album, output, song),
            before: Some(source.analysis.clone()),
            cut: cut(track, source),
            pictures: false,
        };
        let rendered = render_unnamed(&plan, job, None, progress)?;
        let short_lu =
            track.result_lufs.zip(rendered.after.loudness.integrated_lufs).map_or(0.0, |(a, b)| a - b);
        let room_db = album.headroom.max_reduction_db - reduction_db(&rendered.meters);
        // Moves may have made the song louder than was reckoned; a limiter makes it quieter.
        let more_db = (short_lu.min(room_db.max(0.0)) * 100.0).floor() / 100.0;
        let close = if is_moved(track) { short_lu.abs() } else { short_lu } <= CLOSE_ENOUGH_LU;
        // The halves of one stream keep one gain.
        if gapless || tries == CORRECTIONS || close || more_db.abs() < 0.01 {
            return Ok(Written { rendered, gain_db });
        }
        gain_db += more_db;
        tries += 1;
    }
}

/// Gain, with a limiter where the peaks need one, and dither for 16 bits.
fn song_plan(album: &Album, output: &AlbumOutput, song: usize, source: &AlbumSong, gain_db: f64) -> Plan {
    let track = &album.tracks[song];
    let depth = depth(album, output, source);
    let ceiling_dbtp = album.ceiling_dbtp;
    // What moves do to the peaks is not known before.
    let needs_limiter =
        is_moved(track) || track.true_peak_dbtp.is_some_and(|dbtp| dbtp + gain_db > ceiling_dbtp - ROOM_DB);
    let step = |id: &str, stage, reason: &str, processor| Move {
        id: id.to_string(),
        stage,
        applicability: Applicability::Automatic,
        because: vec!["loudness.integrated_lufs".to_string()],
        reason: reason.to_string(),
        confidence: 1.0,
        predicted_effect: String::new(),
        processor,
    };
    let applied = |step: &&Move| step.applicability == Applicability::Automatic;
    let mut moves: Vec<Move> = track.moves.iter().filter(applied).cloned().collect();
    if needs_limiter {
        let processor = Processor::Limiter {
            ceiling_dbtp,
            gain_db,
            lookahead_ms: LOOKAHEAD_MS,
            release_ms: RELEASE_MS,
            max_reduction_db: album.headroom.max_reduction_db,
        };
        moves.push(step("limiter", MoveStage::Loudness, "the song's level in the record", processor));
    } else if gain_db != 0.0 {
        let processor = Processor::Gain { gain_db };
        moves.push(step("gain", MoveStage::Loudness, "the song's level in the record", processor));
    }
    let file = &source.analysis.source;
    let kept = rate_hz(album, output, track) == track.sample_rate_hz;
    let fits = kept && file.effective_bits.or(file.bits).is_some_and(|bits| bits <= depth.bits);
    if depth.bits <= DITHERED_BITS && !(moves.is_empty() && fits) {
        // One seed per song: the same record gives the same bytes.
        let processor = Processor::Dither { bits: depth.bits, seed: song as u64 };
        moves.push(step("dither", MoveStage::Format, "processed audio has more bits", processor));
    }
    Plan {
        schema: Plan::schema_tag(),
        content_id: track.content_id.clone(),
        input: track.path.clone(),
        profile: String::new(),
        delivery: album.delivery.clone(),
        target_lufs: None,
        ceiling_dbtp,
        amount: 100.0,
        stage_amounts: Vec::new(),
        moves,
        predicted: Predicted::default(),
        unresolved: Vec::new(),
    }
}

/// What is left of a song with trims or fades.
fn cut(track: &AlbumTrack, source: &AlbumSong) -> Option<Cut> {
    let rate_hz = f64::from(track.sample_rate_hz);
    let frames = |s: f64| (s * rate_hz).round() as u64;
    let whole = source.analysis.source.frames;
    let cut = Cut {
        start: frames(track.trim_start_s),
        end: whole.saturating_sub(frames(track.trim_end_s)),
        fade_in: frames(track.fade_in_s),
        fade_out: frames(track.fade_out_s),
    };
    (cut != Cut { start: 0, end: whole, fade_in: 0, fade_out: 0 }).then_some(cut)
}

fn is_moved(track: &AlbumTrack) -> bool {
    track.moves.iter().any(|step| step.applicability == Applicability::Automatic)
}

/// Nothing is overwritten without `--force`, a source never; and nothing is written before that is sure.
fn refuse(outputs: &[&PathBuf], album: &Album, force: bool) -> Result<()> {
    let source = |path: &Path| {
        let path = path.canonicalize().ok();
        path.is_some() && album.tracks.iter().any(|track| Path::new(&track.path).canonicalize().ok() == path)
    };
    for output in outputs {
        if source(output) {
            let reason = "is one of the songs, which are never written to; choose another --output";
            return Err(Error::Exists { path: output.to_path_buf(), reason });
        }
        if output.exists() && !force {
            let reason = "exists already; choose another --output, or --force to replace it";
            return Err(Error::Exists { path: output.to_path_buf(), reason });
        }
    }
    Ok(())
}

/// One continuous file has one rate and one layout.
fn one_format(album: &Album, output: &AlbumOutput) -> Result<()> {
    let first = &album.tracks[0];
    let format = |track: &AlbumTrack| format(album, output, track);
    match album.tracks.iter().find(|track| format(track) != format(first)) {
        Some(other) => {
            let words = |track: &AlbumTrack| {
                let (rate_hz, channels) = format(track);
                format!("\"{}\" has {rate_hz} Hz and {channels} channels", track.title)
            };
            let advice = if first.channels == other.channels {
                "give --rate for one rate"
            } else {
                "convert the songs first"
            };
            Err(Error::usage(format!(
                "one continuous file (--image, --crossfade, --sides, --disc) needs one format: {}, {}; {advice}",
                words(first),
                words(other)
            )))
        }
        None => Ok(()),
    }
}
