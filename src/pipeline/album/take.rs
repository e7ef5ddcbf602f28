//! One song of a record, or the same song on its own, through its moves, gain and limiter.

use super::flow::around;
use super::song_file::{DITHERED_BITS, depth, file_options, rate_hz};
use super::{AlbumOutput, AlbumSong};
use crate::error::Result;
use crate::model::{
    Album, AlbumTrack, Applicability, Meter, Move, MoveStage, Persisted, Plan, Predicted, Processor,
};
use crate::pipeline::render::{Rendered, render_unnamed};
use crate::pipeline::{Cut, Progress, RenderJob};
use std::path::Path;

/// Room under the ceiling that plain gain leaves to the written file's own rounding.
const ROOM_DB: f64 = 0.05;
/// Look-ahead and release of the limiter, as in the main job.
const LOOKAHEAD_MS: f64 = 5.0;
const RELEASE_MS: f64 = 100.0;
/// A written song this near its plan stays as it is (half of what counts as missed).
const CLOSE_ENOUGH_LU: f64 = 0.05;
/// Times that a song is written again with the loudness that its limiter has cost added.
const CORRECTIONS: usize = 2;

/// A song as it is to be written: in the record, or on its own.
pub(super) struct Take<'a> {
    pub(super) song: usize,
    pub(super) path: &'a Path,
    gain_db: f64,
    planned_lufs: Option<f64>,
    /// Where its limiter ends; lower than the record's where another part of the stream needs it.
    pub(super) ceiling_dbtp: f64,
    alone: bool,
}

impl<'a> Take<'a> {
    pub(super) fn in_record(album: &'a Album, song: usize, path: &'a Path) -> Take<'a> {
        let track = &album.tracks[song];
        let (gain_db, planned_lufs) = (track.gain_db, track.result_lufs);
        Take { song, path, gain_db, planned_lufs, ceiling_dbtp: album.ceiling_dbtp, alone: false }
    }

    pub(super) fn alone(album: &'a Album, song: usize, path: &'a Path) -> Option<Take<'a>> {
        let single = album.tracks[song].single.as_ref()?;
        let (gain_db, planned_lufs) = (single.gain_db, single.result_lufs);
        Some(Take { song, path, gain_db, planned_lufs, ceiling_dbtp: album.ceiling_dbtp, alone: true })
    }
}

/// A written song without its name, and the gain that it was written with.
pub(super) struct Written<'a> {
    pub(super) rendered: Rendered<'a>,
    pub(super) gain_db: f64,
}

pub(super) fn reduction_db(meters: &[Meter]) -> f64 {
    let reductions = meters.iter().filter_map(|meter| meter.gain_reduction_max_db);
    reductions.map(f64::abs).fold(0.0, f64::max)
}

/// Writes a song; what its limiter cost in loudness is given back within the bound on limiting.
pub(super) fn song_to<'a>(
    album: &'a Album,
    take: &Take<'a>,
    songs: &[AlbumSong],
    output: &AlbumOutput,
    progress: &dyn Progress,
) -> Result<Written<'a>> {
    let song = take.song;
    let source = &songs[song];
    // Read only now: of all songs together it would be a lot of sound to hold.
    let around = if take.alone { None } else { around(album, songs, output, song)? };
    let track = &album.tracks[song];
    let depth = depth(album, output, source);
    let mut gain_db = take.gain_db;
    let mut tries = 0;
    loop {
        let plan = song_plan(album, output, take, source, gain_db);
        let job = RenderJob {
            input: Path::new(&track.path),
            output: take.path,
            bits: depth.bits,
            float: depth.float,
            force: output.force,
            transfer: false,
            file: file_options(album, output, song, take.alone),
            before: Some(source.analysis.clone()),
            cut: cut(track, source),
            around: around.clone(),
            pictures: false,
        };
        let rendered = render_unnamed(&plan, job, None, progress)?;
        let short_lu =
            take.planned_lufs.zip(rendered.after.loudness.integrated_lufs).map_or(0.0, |(a, b)| a - b);
        let room_db = album.headroom.max_reduction_db - reduction_db(&rendered.meters);
        // Moves may have made the song louder than was reckoned; a limiter makes it quieter.
        let more_db = (short_lu.min(room_db.max(0.0)) * 100.0).floor() / 100.0;
        let close = if is_moved(track) { short_lu.abs() } else { short_lu } <= CLOSE_ENOUGH_LU;
        // The parts of one stream keep one gain.
        if around.is_some() || tries == CORRECTIONS || close || more_db.abs() < 0.01 {
            return Ok(Written { rendered, gain_db });
        }
        gain_db += more_db;
        tries += 1;
    }
}

/// Gain, with a limiter where the peaks need one, and dither for 16 bits.
fn song_plan(album: &Album, output: &AlbumOutput, take: &Take, source: &AlbumSong, gain_db: f64) -> Plan {
    let track = &album.tracks[take.song];
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
    let reason = if take.alone { "the song's level on its own" } else { "the song's level in the record" };
    if needs_limiter {
        let processor = Processor::Limiter {
            ceiling_dbtp: take.ceiling_dbtp,
            gain_db,
            lookahead_ms: LOOKAHEAD_MS,
            release_ms: RELEASE_MS,
            max_reduction_db: album.headroom.max_reduction_db,
        };
        moves.push(step("limiter", MoveStage::Loudness, reason, processor));
    } else if gain_db != 0.0 {
        let processor = Processor::Gain { gain_db };
        moves.push(step("gain", MoveStage::Loudness, reason, processor));
    }
    let file = &source.analysis.source;
    let kept = rate_hz(album, output, track) == track.sample_rate_hz;
    let fits = kept && file.effective_bits.or(file.bits).is_some_and(|bits| bits <= depth.bits);
    if depth.bits <= DITHERED_BITS && !(moves.is_empty() && fits) {
        // One seed per song: the same record gives the same bytes.
        let processor = Processor::Dither { bits: depth.bits, seed: take.song as u64 };
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
