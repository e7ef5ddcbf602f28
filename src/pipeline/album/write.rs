//! Songs of a record through their moves, gain and limiter into files, with what belongs beside them.

use super::joined::Joined;
use super::song_file::format;
use super::take::{Take, Written, reduction_db, song_to};
use super::{AlbumFiles, AlbumOutput, AlbumSong, ddp, sheets};
use crate::album::after_rendering;
use crate::dsp::gating::pooled_integrated_lufs;
use crate::encode::AlbumGain;
use crate::error::{Error, Result};
use crate::model::{Album, AlbumTrack, Persisted, Render, Single};
use crate::pipeline::{Batch, Progress, analyse, run_batch};
use crate::preview::record_platforms;
use crate::profiles;
use std::path::{Path, PathBuf};

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
    let in_record = album.order.iter().zip(&files.songs);
    let in_record = in_record.map(|(song, path)| Take::in_record(album, *song, path));
    let alone = files.singles.iter().filter_map(|(song, path)| Take::alone(album, *song, path));
    let mut takes: Vec<Take> = in_record.chain(alone).collect();
    let paths: Vec<PathBuf> = takes.iter().map(|take| take.path.to_path_buf()).collect();
    let job = |path: &Path| {
        let place = paths.iter().position(|other| other == path).unwrap_or_default();
        let take = &takes[place];
        let written = song_to(album, take, songs, output, progress);
        progress.done(Path::new(&album.tracks[take.song].path));
        written
    };
    let batch = Batch { paths: &paths, workers: output.workers };
    run_batch(&batch, job, |_, result| {
        rendered.push(result);
        true
    })?;
    // Until here no song has its name: they get it all together, or none does.
    let mut rendered = rendered.into_iter().collect::<Result<Vec<Written>>>()?;
    let singles = rendered.split_off(files.songs.len());
    one_ceiling(album, songs, output, &mut takes, &mut rendered, progress)?;
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
    for (written, (song, path)) in singles.into_iter().zip(&files.singles) {
        let gain_db = written.gain_db;
        let render = written.rendered.publish(output.targets, None)?;
        let planned = album.tracks[*song].single.take();
        album.tracks[*song].single = planned.map(|planned| note_single(&render, gain_db, &planned, path));
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

/// Loudness and peak of all written songs together; `None` for silence.
fn album_gain(written: &[Written]) -> Option<AlbumGain> {
    let songs = written.iter().map(|written| &written.rendered.after);
    let series: Vec<&[Option<f32>]> =
        songs.clone().map(|after| after.loudness.momentary_lufs.as_slice()).collect();
    let true_peak_dbtp = songs.filter_map(|after| after.peaks.true_peak_dbtp).reduce(f64::max);
    Some(AlbumGain { integrated_lufs: pooled_integrated_lufs(&series)?, true_peak_dbtp })
}

/// Parts of one stream whose limiters ended at different ceilings are made again at the lowest of them, so that there is no step
/// at the joint.
fn one_ceiling<'a>(
    album: &'a Album,
    songs: &[AlbumSong],
    output: &AlbumOutput,
    takes: &mut [Take<'a>],
    rendered: &mut [Written<'a>],
    progress: &dyn Progress,
) -> Result<()> {
    let ceiling_dbtp = |written: &Written| written.rendered.limited_to_dbtp();
    loop {
        let apart = (1..rendered.len()).filter(|place| album.joints[place - 1].gapless).find_map(|place| {
            let (before, after) = ceiling_dbtp(&rendered[place - 1]).zip(ceiling_dbtp(&rendered[place]))?;
            let higher = if before > after { place - 1 } else { place };
            (before != after).then_some((higher, before.min(after)))
        });
        let Some((place, lowest_dbtp)) = apart else { return Ok(()) };
        takes[place].ceiling_dbtp = lowest_dbtp;
        rendered[place] = song_to(album, &takes[place], songs, output, progress)?;
        progress.done(Path::new(&album.tracks[takes[place].song].path));
    }
}

/// Puts what was measured on a written song into the plan.
fn note(render: &Render, gain_db: f64, track: &mut AlbumTrack, path: &Path) {
    track.makeup_db = makeup_db(gain_db, track.gain_db);
    track.limiting_db = reduction_db(&render.meters);
    track.crest_lost_db = crest_lost_db(render);
    track.result_lufs = render.after.loudness.integrated_lufs;
    track.result_dbtp = render.after.peaks.true_peak_dbtp;
    track.output = Some(path.display().to_string());
}

/// The same for a song on its own.
fn note_single(render: &Render, gain_db: f64, planned: &Single, path: &Path) -> Single {
    Single {
        gain_db: planned.gain_db,
        makeup_db: makeup_db(gain_db, planned.gain_db),
        limiting_db: reduction_db(&render.meters),
        crest_lost_db: crest_lost_db(render),
        result_lufs: render.after.loudness.integrated_lufs,
        result_dbtp: render.after.peaks.true_peak_dbtp,
        output: Some(path.display().to_string()),
    }
}

fn makeup_db(gain_db: f64, planned_db: f64) -> f64 {
    ((gain_db - planned_db) * 100.0).round() / 100.0
}

fn crest_lost_db(render: &Render) -> f64 {
    let plr_lu = render.before.dynamics.plr_lu.zip(render.after.dynamics.plr_lu);
    plr_lu.map_or(0.0, |(before_lu, after_lu)| (before_lu - after_lu).max(0.0))
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
