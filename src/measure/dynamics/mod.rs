//! Level against peak: crest, PLR, PSR, DR, what limiting took, crest per octave.

mod dr;
mod psr;

use super::slots::{Slot, Slots};
use crate::audio::Block;
use crate::dsp::allpass::AllpassPeaks;
use crate::dsp::level::peak_and_energy;
use crate::dsp::octave_bank::{OCTAVES_HZ, OctaveBank};
use crate::model::{CrestBand, Dynamics, Loudness, Peaks};
use crate::units::{amplitude_to_db, finite, power_level_db, power_to_db};
use dr::DynamicRange;

/// Measures level against peak: feed it blocks of any size, then [`finish`](DynamicsMeter::finish).
///
/// * `rms_dbfs`: mean power of all channels and all frames; a full-scale sine reads −3.01 dBFS.
/// * `crest_db`: highest sample of any channel minus that.
/// * `plr_lu`: true peak minus integrated loudness. `None` where either is.
/// * `psr_min_lu`, `psr_p05_lu`: over 3 s windows, ten per second (AES e-brief 2017, Shepherd et al.): highest true
///   peak of the window, from `peaks.true_peak_dbtp_series`, minus its short-term loudness. Only windows louder than
///   the integrated loudness − 10 LU count, so that fades and pauses do not. `None` under 3 s.
/// * `dr_db`: the TT method (see `dr`). `None` with fewer than three blocks of 3 s.
/// * `limited_db`: the all-pass method of PyMasVis: a limiter or clipper lines peaks up at its ceiling; all-passes at
///   20 Hz … 20 kHz change only phases and let them out again. Highest crest behind any of the seven minus plain crest,
///   over all channels. Near 0 or negative: nothing taken; signals that are square by nature read high as well.
/// * `bands`: per octave, highest magnitude of any channel minus mean power of all channels, behind a second-order
///   Butterworth high-pass and low-pass at the band's edges (12 dB per octave on either side; IEC 61260-1 centres).
///   Bands that reach the Nyquist frequency have no upper edge; bands above it are left out. Peaks are those of the
///   band's samples at 3.5 or more samples per period of its upper edge: a single hit may read up to 1.2 dB low, a
///   steady tone up to 0.3 dB.
pub struct DynamicsMeter {
    slots: Slots,
    state: State,
}

impl DynamicsMeter {
    /// A meter for a stream.
    pub fn new(sample_rate_hz: u32, channels: usize) -> DynamicsMeter {
        let pairs = channels.div_ceil(2);
        DynamicsMeter {
            slots: Slots::new(sample_rate_hz, channels),
            state: State {
                channels: (0..channels).map(|_| ChannelState::new(sample_rate_hz)).collect(),
                allpasses: vec![AllpassPeaks::new(sample_rate_hz); pairs],
                octaves: vec![OctaveBank::new(sample_rate_hz); pairs],
                frames: 0,
            },
        }
    }

    /// As [`DynamicsMeter::new`], without what costs most: `limited_db` is `None` and `bands` is empty.
    pub fn of_levels(sample_rate_hz: u32, channels: usize) -> DynamicsMeter {
        let mut meter = DynamicsMeter::new(sample_rate_hz, channels);
        meter.state.allpasses.clear();
        meter.state.octaves.clear();
        meter
    }

    /// Takes in the next block, of any length.
    pub fn push(&mut self, block: &Block) {
        let state = &mut self.state;
        self.slots.push(block, |slot| state.take(&slot));
    }

    /// What was measured.
    pub fn finish(mut self, loudness: &Loudness, peaks: &Peaks) -> Dynamics {
        let rest = self.slots.rest();
        if rest.frames() > 0 {
            self.state.take(&rest);
        }
        self.state.octaves.iter_mut().for_each(OctaveBank::finish);
        let state = self.state;
        let count = state.channels.len();
        let samples = (state.frames * count as u64) as f64;
        let power = state.channels.iter().map(|channel| channel.energy).sum::<f64>() / samples;
        let peak = state.channels.iter().map(|channel| f64::from(channel.peak)).fold(0.0, f64::max);
        let allpassed = state.allpasses.iter().flat_map(AllpassPeaks::peaks).take(count).fold(0.0, f64::max);
        let (psr_min_lu, psr_p05_lu) = psr::psr(loudness, peaks);
        Dynamics {
            rms_dbfs: power_level_db(power),
            crest_db: crest_db(peak, power),
            plr_lu: peaks.true_peak_dbtp.zip(loudness.integrated_lufs).map(|(peak, level)| peak - level),
            psr_min_lu,
            psr_p05_lu,
            dr_db: dr::dr_db(state.channels.into_iter().map(|channel| channel.dynamic_range)),
            limited_db: finite(amplitude_to_db(allpassed) - amplitude_to_db(peak)),
            bands: octave_crests(&state.octaves, count),
        }
    }
}

/// Peak over mean power; `None` for silence.
fn crest_db(peak: f64, power: f64) -> Option<f64> {
    finite(amplitude_to_db(peak) - power_to_db(power))
}

/// Highest peak over mean power of all channels, per octave that the rate carries.
fn octave_crests(banks: &[OctaveBank], channels: usize) -> Vec<CrestBand> {
    let levels: Vec<_> = banks.iter().map(OctaveBank::levels).collect();
    let crest = |band: usize| {
        let pairs: Option<Vec<_>> = levels.iter().map(|bank| bank[band]).collect();
        let channels: Vec<_> = pairs?.into_iter().flatten().take(channels).collect();
        let peak = channels.iter().map(|level| level.peak).fold(0.0, f64::max);
        let power = channels.iter().map(|level| level.power).sum::<f64>() / channels.len() as f64;
        Some(CrestBand { center_hz: OCTAVES_HZ[band].0, crest_db: crest_db(peak, power) })
    };
    if levels.is_empty() { Vec::new() } else { (0..OCTAVES_HZ.len()).filter_map(crest).collect() }
}

struct State {
    channels: Vec<ChannelState>,
    allpasses: Vec<AllpassPeaks>,
    octaves: Vec<OctaveBank>,
    frames: u64,
}

struct ChannelState {
    energy: f64,
    peak: f32,
    dynamic_range: DynamicRange,
}

impl ChannelState {
    fn new(sample_rate_hz: u32) -> ChannelState {
        ChannelState { energy: 0.0, peak: 0.0, dynamic_range: DynamicRange::new(sample_rate_hz) }
    }
}

impl State {
    fn take(&mut self, slot: &Slot<'_>) {
        self.frames += slot.frames() as u64;
        for (index, channel) in self.channels.iter_mut().enumerate() {
            let samples = slot.channel(index);
            let (peak, energy) = peak_and_energy(samples);
            channel.energy += energy;
            channel.peak = channel.peak.max(peak);
            channel.dynamic_range.take(samples.len() as u64, energy, peak);
        }
        for (pair, (allpass, octaves)) in self.allpasses.iter_mut().zip(&mut self.octaves).enumerate() {
            let [left, right] = slot.pair(pair);
            allpass.push(left, right);
            allpass.flush();
            octaves.push(left, right);
        }
    }
}
