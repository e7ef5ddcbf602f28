//! Songs of a record through gain and limiter into numbered files, with the CUE sheet and the plan beside them.

use super::image::Joiner;
use super::{AlbumOutput, AlbumSong};
use crate::album::{after_rendering, cue_sheet};
use crate::encode::{Format, Writer};
use crate::error::{Error, Result};
use crate::model::{
    Album, AlbumTrack, Applicability, Move, MoveStage, Persisted, Plan, Predicted, Processor, Render,
    write_text,
};
use crate::pipeline::{Batch, FileOptions, OutputDepth, Progress, RenderJob, analyse, render, run_batch};
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
/// Bits that need dither.
const DITHERED_BITS: u16 = 16;
/// Longest name, in characters, without number and ending.
const LONGEST_NAME: usize = 100;

pub(super) fn write(
    album: &Album,
    songs: &[AlbumSong],
    output: &AlbumOutput,
    progress: &dyn Progress,
) -> Result<Album> {
    let outputs: Vec<PathBuf> = album
        .order
        .iter()
        .enumerate()
        .map(|(place, song)| {
            output.folder.join(format!("{:02} {}.wav", place + 1, file_name(&album.tracks[*song].title)))
        })
        .collect();
    let cue = super::cue_path(album, output.folder);
    let document = output.folder.join("album.json");
    let wants_image = output.image || album.tracks.iter().any(|track| track.crossfade_s > 0.0);
    let image = wants_image.then(|| output.folder.join(format!("{}.wav", file_name(&album.title))));
    let all: Vec<&PathBuf> = outputs.iter().chain([&cue, &document]).chain(&image).collect();
    refuse(&all, album, output.force)?;
    if image.is_some() {
        one_format(album)?;
    }
    let mut album = album.clone();
    let planned_lufs: Vec<Option<f64>> = album.tracks.iter().map(|track| track.result_lufs).collect();
    let mut rendered: Vec<Result<Written>> = Vec::new();
    let job = |path: &Path| {
        let place = outputs.iter().position(|other| other == path).unwrap_or_default();
        let song = album.order[place];
        let written = song_to(&album, song, &songs[song], path, output, progress);
        progress.done(Path::new(&album.tracks[song].path));
        written
    };
    let batch = Batch { paths: &outputs, workers: output.workers };
    run_batch(&batch, job, |_, result| {
        rendered.push(result);
        true
    })?;
    for (place, written) in rendered.into_iter().enumerate() {
        let song = album.order[place];
        written?.note(&mut album.tracks[song], &outputs[place]);
    }
    let mut image_dbtp = None;
    if let Some(image) = &image {
        join(&album, songs, &outputs, image, output)?;
        image_dbtp = analyse(image, progress)?.peaks.true_peak_dbtp;
        progress.done(image);
        album.image = Some(image.display().to_string());
    }
    album.findings.extend(after_rendering(&album, &planned_lufs, image_dbtp));
    write_text(&cue, &cue_sheet(&album))?;
    album.save(&document)?;
    Ok(album)
}

/// Everything that a written song tells.
struct Written {
    render: Render,
    gain_db: f64,
}

impl Written {
    fn note(self, track: &mut AlbumTrack, path: &Path) {
        let Written { render, gain_db } = self;
        track.gain_db = gain_db;
        track.limiting_db = reduction_db(&render);
        let plr_lu = render.before.dynamics.plr_lu.zip(render.after.dynamics.plr_lu);
        track.crest_lost_db = plr_lu.map_or(0.0, |(before_lu, after_lu)| (before_lu - after_lu).max(0.0));
        track.result_lufs = render.after.loudness.integrated_lufs;
        track.result_dbtp = render.after.peaks.true_peak_dbtp;
        track.output = Some(path.display().to_string());
    }
}

fn reduction_db(render: &Render) -> f64 {
    let reductions = render.meters.iter().filter_map(|meter| meter.gain_reduction_max_db);
    reductions.map(f64::abs).fold(0.0, f64::max)
}

/// Writes a song; what its limiter cost in loudness is given back within the bound on limiting.
fn song_to(
    album: &Album,
    song: usize,
    source: &AlbumSong,
    path: &Path,
    output: &AlbumOutput,
    progress: &dyn Progress,
) -> Result<Written> {
    let track = &album.tracks[song];
    let depth = output.depth.unwrap_or_else(|| OutputDepth::of_source(&source.analysis.source));
    let gapless = album.joints.iter().any(|joint| joint.gapless && (joint.from == song || joint.to == song));
    let mut gain_db = track.gain_db;
    let mut tries = 0;
    loop {
        let plan = song_plan(album, song, source, gain_db, depth);
        let job = RenderJob {
            input: Path::new(&track.path),
            output: path,
            bits: depth.bits,
            float: depth.float,
            force: output.force || tries > 0,
            transfer: false,
            file: FileOptions::default(),
            before: Some(source.analysis.clone()),
        };
        let render = render(&plan, job, output.targets, progress)?;
        let short_lu =
            track.result_lufs.zip(render.after.loudness.integrated_lufs).map_or(0.0, |(a, b)| a - b);
        let room_db = album.headroom.max_reduction_db - reduction_db(&render);
        let more_db = (short_lu.min(room_db) * 100.0).floor() / 100.0;
        // The halves of one stream keep one gain.
        if gapless || tries == CORRECTIONS || short_lu <= CLOSE_ENOUGH_LU || more_db < 0.01 {
            return Ok(Written { render, gain_db });
        }
        gain_db += more_db;
        tries += 1;
    }
}

/// Gain, with a limiter where the peaks need one, and dither for 16 bits.
fn song_plan(album: &Album, song: usize, source: &AlbumSong, gain_db: f64, depth: OutputDepth) -> Plan {
    let track = &album.tracks[song];
    let ceiling_dbtp = album.ceiling_dbtp;
    let needs_limiter = track.true_peak_dbtp.is_some_and(|dbtp| dbtp + gain_db > ceiling_dbtp - ROOM_DB);
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
    let mut moves = Vec::new();
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
    let fits = file.effective_bits.or(file.bits).is_some_and(|bits| bits <= depth.bits);
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

/// The continuous file, from the written songs.
fn join(
    album: &Album,
    songs: &[AlbumSong],
    outputs: &[PathBuf],
    image: &Path,
    output: &AlbumOutput,
) -> Result<()> {
    let depths = songs
        .iter()
        .map(|song| output.depth.unwrap_or_else(|| OutputDepth::of_source(&song.analysis.source)));
    let depth = depths.max_by_key(|depth| depth.bits).unwrap_or(OutputDepth { bits: 24, float: false });
    let (sample_rate_hz, channels) = (album.tracks[0].sample_rate_hz, album.tracks[0].channels);
    let format = Format { sample_rate_hz, channels, bits: depth.bits, float: depth.float };
    let writer = Writer::create(image, format, output.force)?;
    let mut joiner = Joiner::new(writer, usize::from(channels), sample_rate_hz);
    for (place, song) in album.order.iter().enumerate() {
        let track = &album.tracks[*song];
        joiner.append(&outputs[place], track.gap_after_s, track.crossfade_s)?;
    }
    joiner.finish()
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
fn one_format(album: &Album) -> Result<()> {
    let first = &album.tracks[0];
    let format = |track: &AlbumTrack| (track.sample_rate_hz, track.channels);
    match album.tracks.iter().find(|track| format(track) != format(first)) {
        Some(other) => Err(Error::usage(format!(
            "one continuous file (--image, --crossfade) needs one format: \"{}\" has {} Hz and {} channels, \"{}\" has {} Hz and {}; convert the songs first",
            first.title,
            first.sample_rate_hz,
            first.channels,
            other.title,
            other.sample_rate_hz,
            other.channels
        ))),
        None => Ok(()),
    }
}

/// A title as the name of a file on any system.
pub(super) fn file_name(title: &str) -> String {
    let safe = |c: char| if c.is_control() || "/\\:*?\"<>|".contains(c) { '_' } else { c };
    let name: String = title.chars().map(safe).take(LONGEST_NAME).collect();
    let name = name.trim().trim_matches('.').trim();
    if name.is_empty() { "untitled".to_string() } else { name.to_string() }
}
