//! What a processor is to the chain, and how moves become processors.

use super::compressor::Compressor;
use super::dither::Dither;
use super::dynamic_eq::DynamicEq;
use super::eq::Eq;
use super::gain::Gain;
use super::high_pass::HighPass;
use super::limiter::{Limiter, LimiterSettings};
use super::linear_eq::LinearEq;
use super::meter::Reduction;
use super::multiband::Multiband;
use super::side_eq::SideEq;
use super::soft_clip::SoftClip;
use super::width::Width;
use crate::model::{Applicability, EqPhase, Move, Processor};

/// Frames that every processor gets at a time.
pub(super) const CHUNK: usize = 512;

/// A processor at work on a stereo stream, in chunks of [`CHUNK`] frames.
pub(super) trait Stage: Send {
    /// Frames by which the output is late.
    fn latency(&self) -> usize {
        0
    }

    /// Replaces a chunk by the processed one.
    fn process(&mut self, left: &mut [f32], right: &mut [f32]);

    /// How much the gain was reduced; `None` for processors that do not.
    fn reduction(&self) -> Option<&Reduction> {
        None
    }

    /// As [`Stage::reduction`], to be told where the stream ends.
    fn reduction_mut(&mut self) -> Option<&mut Reduction> {
        None
    }
}

/// The processors of the automatic moves, each with the id of its move.
pub(super) fn build(moves: &[Move], sample_rate_hz: u32, channels: usize) -> Vec<(String, Box<dyn Stage>)> {
    let automatic: Vec<_> =
        moves.iter().filter(|step| step.applicability == Applicability::Automatic).collect();
    let bits = automatic.iter().find_map(|step| match step.processor {
        Processor::Dither { bits, .. } => Some(bits),
        _ => None,
    });
    let rate_hz = f64::from(sample_rate_hz);
    let mut stages: Vec<(String, Box<dyn Stage>)> = Vec::new();
    let mut late = 0;
    for step in automatic {
        let stage: Box<dyn Stage> = match &step.processor {
            Processor::Gain { gain_db } => Box::new(Gain::new(*gain_db)),
            Processor::Eq { bands, phase: EqPhase::Minimum } => Box::new(Eq::new(bands, rate_hz)),
            Processor::Eq { bands, phase: EqPhase::Linear } => match LinearEq::new(bands, rate_hz) {
                Some(linear) => Box::new(linear),
                None => continue,
            },
            Processor::DynamicEq { bands } => Box::new(DynamicEq::new(bands, sample_rate_hz, late)),
            Processor::DeEsser(band) => {
                Box::new(DynamicEq::new(std::slice::from_ref(band), sample_rate_hz, late))
            }
            Processor::HighPass { frequency_hz } => Box::new(HighPass::new(*frequency_hz, rate_hz)),
            Processor::Compressor(settings) => Box::new(Compressor::new(settings, sample_rate_hz, late)),
            Processor::Multiband { crossovers_hz, bands } => {
                match Multiband::new(crossovers_hz, bands, sample_rate_hz, late) {
                    Some(multiband) => Box::new(multiband),
                    None => continue,
                }
            }
            // One channel has no side and no balance.
            Processor::Width { .. } | Processor::SideEq { .. } if channels == 1 => continue,
            Processor::Width { side_gain_db, mono_below_hz, balance_db } => {
                Box::new(Width::new(*side_gain_db, *mono_below_hz, *balance_db, rate_hz))
            }
            Processor::SideEq { bands } => Box::new(SideEq::new(bands, rate_hz)),
            Processor::SoftClip { ceiling_dbfs, knee_db } => {
                Box::new(SoftClip::new(*ceiling_dbfs, *knee_db, sample_rate_hz, late))
            }
            Processor::Limiter { ceiling_dbtp, gain_db, lookahead_ms, release_ms, .. } => {
                let settings = LimiterSettings {
                    ceiling_dbtp: *ceiling_dbtp,
                    gain_db: *gain_db,
                    lookahead_ms: *lookahead_ms,
                    release_ms: *release_ms,
                    bits,
                };
                Box::new(Limiter::new(&settings, sample_rate_hz, late))
            }
            Processor::Dither { bits, seed } => Box::new(Dither::new(*bits, *seed)),
        };
        late += stage.latency();
        stages.push((step.id.clone(), stage));
    }
    stages
}
