//! The two ends of a song, ten seconds each, through the same meters as the whole.

use crate::audio::Block;
use crate::error::Result;
use crate::measure::Analyser;
use crate::model::{Analysis, Edge, EdgeBand, Edges};
use crate::pipeline::{Progress, stream};
use crate::units::{db_to_power, energy_to_lufs, finite, lufs_to_energy, octaves, power_to_db};
use std::path::Path;

/// Length of an edge (design choice, as published joint features have it).
const EDGE_S: f64 = 10.0;
/// Below this a momentary value is fade, not music.
const FADE_LUFS: f64 = -40.0;
/// The last moment that is this near the song's loudness is the last loud one.
const LOUD_LU: f64 = 10.0;
/// Samples on each side of a joint that tell whether the waveform runs on: 5 ms at 48 kHz.
const JOINT_SAMPLES: usize = 240;
/// Octaves that an edge's spectrum is told in.
const OCTAVES_HZ: [f64; 9] = [63.0, 125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0, 16_000.0];

/// Reads the song once more and measures its ends.
pub(super) fn edges(path: &Path, analysis: &Analysis, progress: &dyn Progress) -> Result<Edges> {
    let rate_hz = f64::from(analysis.source.sample_rate_hz);
    let frames_of = |s: f64| (s * rate_hz).round() as u64;
    let frames = analysis.source.frames;
    let (leading_s, trailing_s) = (analysis.defects.leading_silence_s, analysis.defects.trailing_silence_s);
    let sound_start = frames_of(leading_s).min(frames);
    let sound_end = frames.saturating_sub(frames_of(trailing_s)).max(sound_start);
    let length = frames_of(EDGE_S);
    let start = |sample_rate_hz, channels: usize| {
        let end = |from: u64, to: u64| End {
            from,
            to,
            analyser: Analyser::new(sample_rate_hz, channels),
            samples: vec![Vec::new(); channels],
        };
        let head = end(sound_start, (sound_start + length).min(sound_end));
        let tail = end(sound_end.saturating_sub(length).max(sound_start), sound_end);
        Ok(((), [head, tail]))
    };
    let listen = |[head, tail]: &mut [End; 2], block: &Block| {
        head.push(block);
        tail.push(block);
        // Right at the ends of the file, whether there is silence or not.
        for (channel, samples) in head.samples.iter_mut().enumerate() {
            let missing = JOINT_SAMPLES.saturating_sub(samples.len()).min(block.frames());
            samples.extend_from_slice(&block.channel(channel)[..missing]);
        }
        for (channel, samples) in tail.samples.iter_mut().enumerate() {
            samples.extend_from_slice(block.channel(channel));
            let surplus = samples.len().saturating_sub(JOINT_SAMPLES);
            samples.drain(..surplus);
        }
        Ok(())
    };
    let ((), ends, decoded) = stream::pass(
        path,
        "listening to its ends",
        progress,
        start,
        |(), _| Ok(()),
        |ends| stream::alone(move |block| listen(ends, block)),
    )?;
    let [head, tail] = ends.map(|end| {
        let samples = end.samples;
        let measured =
            end.analyser.finish(decoded.source.clone(), decoded.integrity, decoded.content_id.clone());
        edge(&measured, samples)
    });
    Ok(Edges {
        head: Edge { silence_s: leading_s, cut: analysis.defects.cut_start, ..head },
        tail: Edge { silence_s: trailing_s, cut: analysis.defects.cut_end, ..tail },
        decay_s: decay_s(analysis),
    })
}

/// One end on its way through the meters.
struct End {
    from: u64,
    to: u64,
    analyser: Analyser,
    samples: Vec<Vec<f32>>,
}

impl End {
    /// Takes what lies in this end of the song.
    fn push(&mut self, block: &Block) {
        let (start, end) = (block.start_frame, block.start_frame + block.frames() as u64);
        let (from, to) = (self.from.max(start), self.to.min(end));
        if from < to {
            let mut part = block.slice((from - start) as usize, (to - start) as usize);
            part.start_frame = from - self.from;
            self.analyser.push(&part);
        }
    }
}

fn edge(measured: &Analysis, samples: Vec<Vec<f32>>) -> Edge {
    let moments = measured.loudness.momentary_lufs.iter().flatten().map(|lufs| f64::from(*lufs));
    let loud: Vec<f64> = moments.filter(|lufs| *lufs >= FADE_LUFS).map(lufs_to_energy).collect();
    let loudness_lufs = finite(energy_to_lufs(loud.iter().sum::<f64>() / loud.len() as f64));
    let power_in = |center_hz: f64| {
        let bands = measured.tone.bands.iter();
        let inside = bands.filter(|band| octaves(center_hz, band.center_hz).abs() < 0.5);
        inside.filter_map(|band| band.level_db).map(db_to_power).sum::<f64>()
    };
    let bands = OCTAVES_HZ
        .iter()
        .filter_map(|center_hz| {
            // Nothing at all in a band says as much as very little: bounded, so that it does not outweigh the rest.
            let level_db = finite(power_to_db(power_in(*center_hz)))?.max(-60.0);
            Some(EdgeBand { center_hz: *center_hz, level_db })
        })
        .collect();
    Edge { loudness_lufs, bands, energy: measured.music.energy, samples, ..Edge::default() }
}

/// From the last loud moment to the last sound.
fn decay_s(analysis: &Analysis) -> f64 {
    let Some(integrated_lufs) = analysis.loudness.integrated_lufs else { return 0.0 };
    let loud = |lufs: &Option<f32>| lufs.is_some_and(|lufs| f64::from(lufs) >= integrated_lufs - LOUD_LU);
    let Some(last) = analysis.loudness.momentary_lufs.iter().rposition(loud) else { return 0.0 };
    let end_s = analysis.source.duration_s - analysis.defects.trailing_silence_s;
    (end_s - (last + 1) as f64 / 10.0).max(0.0)
}
