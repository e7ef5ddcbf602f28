//! How a frame of the mix is read in a second fit: what the bus did to all of it is taken out, and places that a coder
//! spoilt count for less.
//!
//! A coder throws away what it takes for masked, in some bands of some moments: there, every part reads too soft. Where it
//! kept the mix, gains are true. So each band of each frame weighs by what the first fit left of it.

use super::across::Across;
use super::fit::{FRAME, Gain, Layout};
use crate::dsp::stereo_fft::Spectrum;
use std::f64::consts::PI;

/// No place counts for more than one that is explained to 30 dB.
const BEST_SHARE: f64 = 1e-3;
/// A place of which this share is not explained is left out: half of it came from the coder.
const WORST_SHARE: f64 = 0.5;
/// Power of a band against the whole frame, below which nothing is read from it: 80 dB.
const EMPTY: f64 = 1e-8;
/// A bus that turns down by more than 20 dB, or up by more than 10, is no bus.
const BUS: std::ops::Range<f64> = 0.1..3.2;

/// The weights of a frame.
pub struct Reading {
    /// Per band.
    pub(super) weights: Vec<f64>,
    /// Share of the mix that the first fit does not explain, per band.
    pub(super) unexplained: Vec<f64>,
    /// Gain of the bus in this frame.
    bus: f64,
    /// What stands across the mix.
    pub(super) across: Across,
}

impl Reading {
    /// Reads one frame: the sorted spectra of all stems and, last, of the mix. `bus` says whether one gain of the whole
    /// frame is allowed for.
    pub fn new(layout: &Layout, spectra: &[&Spectrum], gains: &[Gain], bus: bool) -> Reading {
        let Some((mix, stems)) = spectra.split_last() else {
            let (weights, unexplained) = Default::default();
            return Reading { weights, unexplained, bus: 1.0, across: Across::default() };
        };
        let sum = predicted(layout, stems, gains);
        let across = Across::new(layout, stems, &sum, mix);
        let products: Vec<(f64, f64, f64)> = (0..layout.bands())
            .map(|band| {
                let product = layout.dot(band, &sum, mix).0;
                (layout.dot(band, mix, mix).0, layout.dot(band, &sum, &sum).0, product)
            })
            .collect();
        let whole: f64 = products.iter().map(|(mix, _, _)| mix).sum();
        let heard = |mix: f64| mix > EMPTY * whole;
        let bus = if bus {
            let (mut up, mut down) = (0.0, 0.0);
            for (mix, sum, product) in products.iter().filter(|(mix, _, _)| heard(*mix)) {
                up += product / (mix + sum);
                down += sum / (mix + sum);
            }
            if down > 0.0 && BUS.contains(&(up / down)) { up / down } else { 1.0 }
        } else {
            1.0
        };
        let unexplained: Vec<f64> = products
            .iter()
            .map(|(mix, sum, product)| {
                let left = (mix - 2.0 * bus * product + bus * bus * sum).max(0.0);
                if heard(*mix) { (left / mix).min(1.0) } else { 1.0 }
            })
            .collect();
        let weights = unexplained
            .iter()
            .zip(&products)
            .enumerate()
            .map(|(band, (share, (mix, _, _)))| {
                if *share > WORST_SHARE {
                    return 0.0;
                }
                // In units of the mix before the bus.
                layout.bins(band) as f64 * bus * bus / (mix * share.max(BEST_SHARE))
            })
            .collect();
        Reading { weights, unexplained, bus, across }
    }

    /// Takes the bus out of the mix.
    pub fn undo_bus(&self, mix: &mut Spectrum) {
        if self.bus != 1.0 {
            let gain = (1.0 / self.bus) as f32;
            mix.re.iter_mut().chain(&mut mix.im).for_each(|x| *x *= gain);
        }
    }
}

/// The sum of the stems with their gains, late by what is not in their place.
fn predicted(layout: &Layout, stems: &[&Spectrum], gains: &[Gain]) -> Spectrum {
    let mut sum = Spectrum::zeros(stems.first().map_or(0, |stem| stem.re.len()));
    for (stem, gain) in stems.iter().zip(gains) {
        for band in 0..layout.bands() {
            let omega = 2.0 * PI * layout.center(band) / FRAME as f64;
            let (re, im) = (gain.amount as f32, (-omega * gain.late.clamp(-1.0, 1.0) * gain.amount) as f32);
            for k in layout.place(band) {
                sum.re[k] += re * stem.re[k] - im * stem.im[k];
                sum.im[k] += re * stem.im[k] + im * stem.re[k];
            }
        }
    }
    sum
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::fit::{Gram, Row};
    use super::*;

    /// A spectrum of noise with a level per band.
    pub(in super::super) fn noise(layout: &Layout, seed: &mut u64, level: impl Fn(usize) -> f32) -> Spectrum {
        let mut next = || {
            *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (*seed >> 40) as f32 / (1u64 << 23) as f32 - 1.0
        };
        let mut spectrum = Spectrum::zeros(2 * (FRAME / 2 - 1));
        for band in 0..layout.bands() {
            for k in layout.place(band) {
                (spectrum.re[k], spectrum.im[k]) = (level(band) * next(), level(band) * next());
            }
        }
        spectrum
    }

    /// Fits two stems, the second a decibel down, behind a coder that drops the treble of every second frame and a bus.
    fn fit(bus: f64, first_fit: Option<&[Gain]>) -> Vec<Gain> {
        let layout = Layout::new();
        let mut rows: Vec<Row> = (0..3).map(|index| Row::new(index, 3, &layout)).collect();
        let mut seed = 7;
        for frame in 0..64 {
            let low = noise(&layout, &mut seed, |band| if band < 20 { 1.0 } else { 0.05 });
            let high = noise(&layout, &mut seed, |band| if band < 20 { 0.01 } else { 0.3 });
            let coder = noise(&layout, &mut seed, |_| 0.005);
            let gain = if frame % 3 == 0 { bus } else { 1.0 };
            let mut mix = Spectrum::zeros(low.re.len());
            for band in 0..layout.bands() {
                let kept = if band >= 20 && frame % 2 == 0 && bus == 1.0 { 0.0 } else { gain as f32 };
                for k in layout.place(band) {
                    mix.re[k] = kept * (low.re[k] + 0.891_25 * high.re[k]) + coder.re[k];
                    mix.im[k] = kept * (low.im[k] + 0.891_25 * high.im[k]) + coder.im[k];
                }
            }
            let reading =
                first_fit.map(|gains| Reading::new(&layout, &[&low, &high, &mix], gains, bus != 1.0));
            if let Some(reading) = &reading {
                reading.undo_bus(&mut mix);
            }
            let frames = [&low, &high, &mix];
            rows.iter_mut().for_each(|row| row.add(&layout, &frames, frame, reading.as_ref()));
        }
        Gram::new(&rows, &layout).solve()
    }

    #[test]
    fn what_a_coder_dropped_makes_no_stem_softer() {
        let first = fit(1.0, None);
        assert!(first[1].amount < 0.6, "a plain fit is fooled: {first:?}");
        let second = fit(1.0, Some(&first));
        assert!((second[1].amount - 0.891_25).abs() < 0.01, "{second:?}");
        assert!((second[0].amount - 1.0).abs() < 0.01, "{second:?}");
        // The share is that of the fit before.
        let third = fit(1.0, Some(&second));
        assert!(third[1].unexplained_share < 0.05, "{third:?}");
    }

    #[test]
    fn a_bus_that_turns_all_down_at_once_is_taken_out() {
        let first = fit(0.6, None);
        let second = fit(0.6, Some(&first));
        let ratio = second[1].amount / second[0].amount;
        assert!((ratio - 0.891_25).abs() < 0.01, "{second:?}");
        assert!(second[1].unexplained_share < 0.01, "{second:?}");
    }
}
