//! The standards' cases through files: written, decoded and measured, from every container that carries them.

use crate::signals::{join, silence, sine, write_wav};
use mixproof::audio::Block;
use mixproof::encode::{Format, Writer};
use mixproof::model::{Analysis, MeterKind};
use mixproof::pipeline::{Silent, analyse, analyse_with};
use mixproof::units::{amplitude_to_db, power_to_db};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The same audio in WAV of 16, 24 and 32 bits (another library's writer) and FLAC of 16 and 24 (ours).
fn files(folder: &Path, name: &str, audio: &Block) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    for bits in [16, 24, 32] {
        let path = folder.join(format!("{name}-{bits}.wav"));
        write_wav(&path, audio, bits);
        paths.push(path);
    }
    for bits in [16, 24] {
        let path = folder.join(format!("{name}-{bits}.flac"));
        let format = Format {
            sample_rate_hz: audio.sample_rate_hz(),
            channels: audio.channel_count() as u16,
            bits,
            float: false,
        };
        let mut writer = Writer::create(&path, format, false).unwrap();
        writer.write(audio).unwrap();
        writer.finish().unwrap();
        paths.push(path);
    }
    paths
}

fn stepped(recipe: &[(f64, f64)]) -> Block {
    let parts: Vec<Block> =
        recipe.iter().map(|(duration_s, level)| sine(1000.0, *level, *duration_s, 48_000, 2)).collect();
    join(&parts)
}

#[track_caller]
fn near(path: &Path, measured: Option<f64>, expected: f64, below: f64, above: f64) {
    let error = measured.unwrap() - expected;
    assert!((-below..=above).contains(&error), "{}: {expected} {error:+.3}", path.display());
}

fn measured(folder: &Path, name: &str, audio: &Block) -> Vec<(PathBuf, Analysis)> {
    files(folder, name, audio)
        .into_iter()
        .map(|path| {
            let analysis = analyse(&path, &Silent).unwrap();
            (path, analysis)
        })
        .collect()
}

#[test]
fn loudness_cases_read_the_same_from_every_container() {
    let folder = tempfile::tempdir().unwrap();
    for (path, analysis) in measured(folder.path(), "case2", &sine(1000.0, -33.0, 20.0, 48_000, 2)) {
        near(&path, analysis.loudness.integrated_lufs, -33.0, 0.1, 0.1);
        near(&path, analysis.loudness.momentary_max_lufs, -33.0, 0.1, 0.1);
        near(&path, analysis.loudness.short_term_max_lufs, -33.0, 0.1, 0.1);
    }
    let case_5 = stepped(&[(20.0, -26.0), (20.1, -20.0), (20.0, -26.0)]);
    for (path, analysis) in measured(folder.path(), "case5", &case_5) {
        near(&path, analysis.loudness.integrated_lufs, -23.0, 0.1, 0.1);
    }
    let range = stepped(&[(20.0, -40.0), (20.0, -20.0)]);
    for (path, analysis) in measured(folder.path(), "range3", &range) {
        near(&path, analysis.loudness.range_lu, 20.0, 1.0, 1.0);
    }
    // Case 13, file 7: a burst that no grid of 100 ms hits.
    let burst =
        join(&[silence(0.14, 48_000, 2), sine(1000.0, -23.0, 0.4, 48_000, 2), silence(1.0, 48_000, 2)]);
    for (path, analysis) in measured(folder.path(), "case13", &burst) {
        near(&path, analysis.loudness.momentary_max_lufs, -23.0, 0.1, 0.1);
    }
}

#[test]
fn surround_and_the_absolute_gate_read_the_same_from_every_container() {
    let folder = tempfile::tempdir().unwrap();
    let channel = |level| sine(1000.0, level, 20.0, 48_000, 1).channel(0).to_vec();
    let levels = [-28.0, -28.0, -24.0, -30.0, -30.0];
    let case_6 = Block::from_channels(levels.map(channel).to_vec(), 48_000);
    for (path, analysis) in measured(folder.path(), "case6", &case_6) {
        near(&path, analysis.loudness.integrated_lufs, -23.0, 0.1, 0.1);
    }
    // The bursts are eleven steps of 16 bits high. Rounding a sine to so few steps makes it louder: +0.19 dB for one of
    // exactly that peak. The recipe was read from a file of 16 bits whose rounded samples reach 11 and that reads -69.5,
    // so there the sine before rounding is the one that gives both: 10.91 to 10.98 steps. Deeper files hold -69.48.
    let rounded = |level_steps: f64| {
        let power = |x: f64| x * x;
        let sine = (0..48).map(|n| level_steps * (std::f64::consts::TAU * f64::from(n) / 48.0).sin());
        power_to_db(sine.clone().map(|x| power(x.round())).sum::<f64>() / sine.map(power).sum::<f64>())
    };
    assert!((rounded(11.0) - 0.14).abs() < 0.01 && (rounded(11.0015) - 0.19).abs() < 0.01);
    let sixteen = amplitude_to_db(10.95 / 32_768.0);
    assert!((sixteen + rounded(10.95) + 0.007 + 69.46).abs() < 0.01, "what the rounded samples hold");
    gate_cases(folder.path(), "gate16", sixteen, &[16]);
    gate_cases(folder.path(), "gate", -69.48, &[24, 32]);
}

/// The absolute gate of BS.2217 in the containers of these depths.
fn gate_cases(folder: &Path, name: &str, burst: f64, depths: &[u16]) {
    let floor = -90.3;
    let gate = stepped(&[
        (0.8, floor),
        (0.5, burst),
        (0.5, floor),
        (0.5, burst),
        (0.5, floor),
        (0.5, burst),
        (0.7, floor),
    ]);
    let files = measured(folder, name, &gate);
    let held: Vec<_> = files.iter().filter(|(_, file)| depths.contains(&file.source.bits.unwrap())).collect();
    assert!(!held.is_empty());
    for (path, analysis) in held {
        near(path, analysis.loudness.integrated_lufs, -69.5, 0.1, 0.1);
    }
}

#[test]
fn true_peak_cases_read_the_same_from_every_container() {
    let folder = tempfile::tempdir().unwrap();
    let tone = |period: f64, amplitude: f64, degrees: f64| {
        let frames = 48_000 * 3;
        let channel: Vec<f32> = (0..frames)
            .map(|n| {
                let edge = (n.min(frames - 1 - n) as f64 / 480.0).min(1.0);
                let phase = n as f64 / period + degrees / 360.0;
                (edge * amplitude * (std::f64::consts::TAU * phase).sin()) as f32
            })
            .collect();
        Block::from_channels(vec![channel.clone(), channel], 48_000)
    };
    for (case, period, degrees) in [(15, 4.0, 0.0), (16, 4.0, 45.0), (17, 6.0, 60.0), (18, 8.0, 67.5)] {
        for (path, analysis) in measured(folder.path(), &format!("case{case}"), &tone(period, 0.5, degrees)) {
            near(&path, analysis.peaks.true_peak_dbtp, -6.0, 0.4, 0.2);
            near(&path, analysis.peaks.true_peak_dbtp, -6.0206, 0.01, 0.01);
        }
    }
    // Case 19 has samples of 0.997 and a true peak over full scale: integers carry it, too.
    for (path, analysis) in measured(folder.path(), "case19", &tone(4.0, 1.41, 45.0)) {
        near(&path, analysis.peaks.true_peak_dbtp, 3.0, 0.4, 0.2);
    }
}

/// Other containers and codecs, written by ffmpeg: ending, its arguments, and whether the samples come back as they were.
const BY_FFMPEG: &[(&str, &[&str], bool)] = &[
    ("s32.wav", &["-c:a", "pcm_s32le"], true),
    ("f64.wav", &["-c:a", "pcm_f64le"], true),
    ("rf64.wav", &["-c:a", "pcm_s24le", "-rf64", "always"], true),
    ("w64", &["-c:a", "pcm_s24le"], true),
    ("s24.aiff", &["-c:a", "pcm_s24be"], true),
    ("f32.aifc", &["-c:a", "pcm_f32be", "-f", "aiff"], true),
    ("caf", &["-c:a", "pcm_s24be"], true),
    ("alac.m4a", &["-c:a", "alac", "-sample_fmt", "s32p"], true),
    ("alac.caf", &["-c:a", "alac", "-sample_fmt", "s32p"], true),
    ("flac.ogg", &["-c:a", "flac"], true),
    ("aac.m4a", &["-c:a", "aac", "-b:a", "256k"], false),
    ("mp3", &["-c:a", "libmp3lame", "-b:a", "320k"], false),
    ("vorbis.ogg", &["-c:a", "libvorbis", "-q:a", "7"], false),
];

/// The audio in all of them; empty where ffmpeg is not installed.
fn by_ffmpeg(folder: &Path, name: &str, audio: &Block) -> Vec<(PathBuf, Analysis, bool)> {
    let wav = folder.join(format!("{name}.wav"));
    write_wav(&wav, audio, 24);
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-v", "error", "-y", "-i"]).arg(&wav);
    let outputs: Vec<(PathBuf, bool)> = BY_FFMPEG
        .iter()
        .map(|(ending, arguments, lossless)| {
            let path = folder.join(format!("{name}.{ending}"));
            command.args(*arguments).arg(&path);
            (path, *lossless)
        })
        .collect();
    match command.output() {
        Err(_) => {
            println!("skipped: no ffmpeg to write the other containers");
            return Vec::new();
        }
        Ok(output) => assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr)),
    }
    outputs
        .into_iter()
        .map(|(path, lossless)| {
            let analysis = analyse(&path, &Silent).unwrap_or_else(|error| panic!("{error}"));
            (path, analysis, lossless)
        })
        .collect()
}

#[test]
fn cases_read_the_same_from_containers_of_another_writer() {
    let folder = tempfile::tempdir().unwrap();
    // Case 1 of Tech 3341: all three windows.
    for (path, analysis, lossless) in by_ffmpeg(folder.path(), "case1", &sine(1000.0, -23.0, 20.0, 48_000, 2))
    {
        near(&path, analysis.loudness.integrated_lufs, -23.0, 0.1, 0.1);
        near(&path, analysis.loudness.momentary_max_lufs, -23.0, 0.1, 0.1);
        near(&path, analysis.loudness.short_term_max_lufs, -23.0, 0.1, 0.1);
        if lossless {
            assert_eq!(analysis.source.frames, 960_000, "{}", path.display());
        }
    }
    // Case 3 in a quarter of its length: both gates. Case 13, file 7: a burst that no grid of 100 ms hits.
    let gates = stepped(&[(2.5, -36.0), (15.0, -23.0), (2.5, -36.0)]);
    for (path, analysis, _) in by_ffmpeg(folder.path(), "case3", &gates) {
        near(&path, analysis.loudness.integrated_lufs, -23.0, 0.1, 0.1);
    }
    let burst =
        join(&[silence(0.14, 48_000, 2), sine(1000.0, -23.0, 0.4, 48_000, 2), silence(1.0, 48_000, 2)]);
    for (path, analysis, _) in by_ffmpeg(folder.path(), "case13", &burst) {
        near(&path, analysis.loudness.momentary_max_lufs, -23.0, 0.1, 0.1);
    }
    // Case 16: only where the samples come back, a coder moves peaks.
    let tone: Vec<f32> = (0..144_000)
        .map(|n| {
            let edge = (n.min(143_999 - n) as f64 / 480.0).min(1.0);
            (0.5 * edge * (std::f64::consts::TAU * (n as f64 / 4.0 + 0.125)).sin()) as f32
        })
        .collect();
    let tone = Block::from_channels(vec![tone.clone(), tone], 48_000);
    for (path, analysis, _) in
        by_ffmpeg(folder.path(), "case16", &tone).iter().filter(|(.., lossless)| *lossless)
    {
        near(path, analysis.peaks.true_peak_dbtp, -6.0206, 0.01, 0.01);
    }
}

#[test]
fn the_reference_meter_says_so_and_agrees() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("song.wav");
    write_wav(&path, &crate::signals::song(12.0, -3.0, 44_100, 5), 24);
    let own = analyse(&path, &Silent).unwrap();
    let theirs = analyse_with(MeterKind::Reference, &path, &Silent).unwrap();
    assert_eq!((own.meter, theirs.meter), (MeterKind::Mixproof, MeterKind::Reference));
    let near = |a: Option<f64>, b: Option<f64>, tolerance: f64| {
        assert!((a.unwrap() - b.unwrap()).abs() < tolerance, "{a:?} {b:?}");
    };
    near(own.loudness.integrated_lufs, theirs.loudness.integrated_lufs, 0.01);
    near(own.loudness.momentary_max_lufs, theirs.loudness.momentary_max_lufs, 0.01);
    near(own.peaks.sample_dbfs, theirs.peaks.sample_dbfs, 1e-6);
    assert_ne!(own.peaks.true_peak_dbtp, theirs.peaks.true_peak_dbtp, "another filter has read it");
    // Everything else is ours, whichever meter was asked.
    assert_eq!((own.stereo, own.defects), (theirs.stereo, theirs.defects));
    assert_eq!(own.tone.bands, theirs.tone.bands);
    assert_eq!(own.peaks.true_peak_dbtp_series, theirs.peaks.true_peak_dbtp_series);
}
