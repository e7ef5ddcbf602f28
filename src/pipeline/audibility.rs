//! What is heard of a render's dynamics: reduction, crest, and the distortion of a plain tone.

use crate::audio::Block;
use crate::error::Result;
use crate::model::{Analysis, Audibility, Meter, Move, Processor, SineDistortion};
use crate::process::Chain;
use crate::units::{db_to_amplitude, power_to_db};
use std::f64::consts::TAU;

/// Tones that are tried: a bass, which limiters and compressors distort first, and the usual one.
const TONES_HZ: [f64; 2] = [100.0, 1000.0];
/// Length of a tone, of which the last second is measured: every processor has settled.
const TONE_S: usize = 4;

/// The figures for a rendered plan.
pub(super) fn audibility(
    moves: &[Move],
    before: &Analysis,
    after: &Analysis,
    meters: &[Meter],
) -> Result<Audibility> {
    let most = |of: fn(&Meter) -> Option<f64>| meters.iter().filter_map(of).reduce(f64::max);
    let means = meters.iter().filter_map(|meter| meter.gain_reduction_mean_db);
    let level_dbfs = before.peaks.true_peak_dbtp;
    let tone = |frequency_hz: f64| match level_dbfs {
        Some(level_dbfs) => distortion_db(moves, before, frequency_hz, level_dbfs),
        None => Ok(None),
    };
    let mut sine_distortion = Vec::new();
    for frequency_hz in TONES_HZ {
        if let (Some(distortion_db), Some(level_dbfs)) = (tone(frequency_hz)?, level_dbfs) {
            sine_distortion.push(SineDistortion { frequency_hz, level_dbfs, distortion_db });
        }
    }
    let crest = before.dynamics.crest_db.zip(after.dynamics.crest_db);
    Ok(Audibility {
        reduction_max_db: most(|meter| meter.gain_reduction_max_db),
        reduction_mean_db: means.reduce(|a, b| a + b),
        crest_lost_db: crest.map(|(before_db, after_db)| before_db - after_db),
        sine_distortion,
    })
}

/// Everything but the tone itself, relative to it, behind the moves without their dither.
fn distortion_db(moves: &[Move], song: &Analysis, frequency_hz: f64, level_dbfs: f64) -> Result<Option<f64>> {
    let rate = song.source.sample_rate_hz as usize;
    let channels = usize::from(song.source.channels);
    let moves: Vec<Move> =
        moves.iter().filter(|step| !matches!(step.processor, Processor::Dither { .. })).cloned().collect();
    let step = TAU * frequency_hz / rate as f64;
    let amplitude = db_to_amplitude(level_dbfs);
    let tone: Vec<f32> = (0..TONE_S * rate).map(|n| (amplitude * (step * n as f64).sin()) as f32).collect();
    let mut block = Block::from_channels(vec![tone; channels], song.source.sample_rate_hz);
    let mut chain = Chain::new(&moves, song.source.sample_rate_hz, channels)?;
    chain.process(&mut block);
    block.append(&chain.flush());
    // A whole number of periods, a second before the end: neither edge shows.
    let first = (TONE_S - 2) * rate;
    let Some(steady) = block.channel(0).get(first..first + rate) else { return Ok(None) };
    let (mut sine, mut cosine) = (0.0, 0.0);
    for (n, sample) in steady.iter().enumerate() {
        let phase = step * n as f64;
        sine += f64::from(*sample) * phase.sin();
        cosine += f64::from(*sample) * phase.cos();
    }
    let (sine, cosine) = (2.0 * sine / rate as f64, 2.0 * cosine / rate as f64);
    let rest = steady.iter().enumerate().map(|(n, sample)| {
        let phase = step * n as f64;
        (f64::from(*sample) - sine * phase.sin() - cosine * phase.cos()).powi(2)
    });
    let rest = rest.sum::<f64>() / rate as f64;
    let tone = (sine * sine + cosine * cosine) / 2.0;
    Ok((tone > 0.0 && rest > 0.0).then(|| power_to_db(rest / tone)))
}
