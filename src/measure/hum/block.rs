//! One line in 8 s of audio: the frames added up with their phases, at the line's frequency and beside it.

use crate::dsp::stats::percentile;
use crate::dsp::stereo_fft::{Spectrum, StereoFft};
use crate::units;
use std::f64::consts::TAU;
use std::sync::LazyLock;

/// Points of the transform over the frames of a block: half the resolution of the block from step to step. At ten frames a second
/// it reaches 5 Hz to both sides, which is the tempo of a pulse.
const POINTS: usize = 160;
/// The steps that are kept: up to 4.5 Hz.
const SIDE_STEPS: usize = 72;
const STEPS: usize = 2 * SIDE_STEPS + 1;
/// As far as this, there may be the line of a base that lies off.
const LINE_STEPS: usize = 32;
/// The line itself is found so much finer, and taken out.
const FINE: i32 = 4;
/// As near as this, it still belongs to the line: its frequency may have moved.
const OWN_STEPS: f64 = 5.0;
/// Least height of what is taken for a line, and taken out: ten times noise.
const LINE_HEIGHT: f64 = 10.0;
/// Frames below this hold no sound: −120 dBFS.
pub(super) const SILENT: f32 = 1e-12;
/// A pause shows in this share of the frames of a block: two of them.
const PAUSE_SHARE: f64 = 0.03;
/// In them, nothing else sounds beside the line that may just have cancelled it.
const OTHERS: f32 = 2.0;
/// What else sounds does not cancel it in as many frames as this.
const ABSENT_SHARE: f64 = 0.2;
/// The quietest frames, of which none counts more than another.
const ALIKE_SHARE: f64 = 0.15;

/// One line in one frame: the complex bin, and the power beside it that is not the line's.
#[derive(Clone, Copy, Default)]
pub(super) struct Bin {
    pub(super) re: f32,
    pub(super) im: f32,
    pub(super) around: f32,
}

impl Bin {
    pub(super) fn power(&self) -> f32 {
        self.re * self.re + self.im * self.im
    }
}

/// One line in one block.
pub(super) struct Block {
    /// What noise of power 1 would add up to, over the power of a line of power 1.
    pub(super) weight: f32,
    /// Power of the frames in which the line would show a pause.
    pub(super) low: f32,
    /// At the line, and what is left there and beside it when the highest line is taken out; over noise.
    height: [u8; 2 * LINE_STEPS + 1],
    beside: [u8; STEPS],
}

/// Decibels in a byte: half ones, from −20 on.
fn coded(power: f64) -> u8 {
    (2.0 * (units::power_to_db(power) + 20.0)).round().clamp(0.0, 255.0) as u8
}

fn decoded(code: u8) -> f64 {
    static POWERS: LazyLock<[f64; 256]> =
        LazyLock::new(|| std::array::from_fn(|code| units::db_to_power(code as f64 / 2.0 - 20.0)));
    POWERS[usize::from(code)]
}

/// A complex number: real and imaginary part.
type Pair = (f64, f64);

fn product(a: Pair, b: Pair) -> Pair {
    (a.0 * b.0 - a.1 * b.1, a.0 * b.1 + a.1 * b.0)
}

fn turn(angle: f64) -> Pair {
    let (sin, cos) = angle.sin_cos();
    (cos, sin)
}

fn squared(z: Pair) -> f64 {
    z.0 * z.0 + z.1 * z.1
}

/// What a block is looked at with.
pub(super) struct Lens {
    fft: StereoFft,
    spectrum: Spectrum,
    hop_s: f64,
    /// Weight of every frame, and its bin, weighed and turned back by the line's frequency.
    weights: Vec<f64>,
    phasors: Vec<Pair>,
    /// The phasors for the transform: real and imaginary parts.
    parts: [Vec<f32>; 2],
}

impl Lens {
    /// For frames that lie so far apart, no more than 80 a block.
    pub(super) fn new(hop_s: f64) -> Lens {
        Lens {
            fft: StereoFft::new(POINTS),
            spectrum: Spectrum::default(),
            hop_s,
            weights: Vec::new(),
            phasors: Vec::new(),
            parts: Default::default(),
        }
    }

    /// Frequency from step to step.
    pub(super) fn step_hz(&self) -> f64 {
        1.0 / (POINTS as f64 * self.hop_s)
    }

    /// Power at every step from −`SIDE_STEPS` to `SIDE_STEPS`, over that of noise.
    fn heights(&mut self, weight: f64) -> [f64; STEPS] {
        let Lens { fft, spectrum, phasors, parts: [re, im], .. } = self;
        re.clear();
        re.extend(phasors.iter().map(|z| z.0 as f32));
        re.resize(POINTS, 0.0);
        im.clear();
        im.extend(phasors.iter().map(|z| z.1 as f32));
        im.resize(POINTS, 0.0);
        fft.transform(&[], re, im, spectrum);
        std::array::from_fn(|step| {
            let bin = (step + POINTS - SIDE_STEPS) % POINTS;
            squared((f64::from(spectrum.re[bin]), f64::from(spectrum.im[bin]))) / weight
        })
    }

    /// Sum of the phasors, turned back by so many steps.
    fn sum(&self, steps: f64) -> Pair {
        let step = turn(-TAU * steps / POINTS as f64);
        let mut angle = (1.0, 0.0);
        self.phasors.iter().fold((0.0, 0.0), |sum, z| {
            let turned = product(*z, angle);
            angle = product(angle, step);
            (sum.0 + turned.0, sum.1 + turned.1)
        })
    }

    /// Takes out the line that lies nearest to a step.
    fn take_out(&mut self, step: f64, weight: f64) {
        let at = |k: i32| step + f64::from(k) / f64::from(FINE);
        let power = |k: i32| squared(self.sum(at(k)));
        let best = (-FINE..=FINE).max_by(|a, b| power(*a).total_cmp(&power(*b))).unwrap_or_default();
        let [a, b, c] = [power(best - 1), power(best), power(best + 1)];
        let curve = 2.0 * b - a - c;
        let beside = if curve > 0.0 { 0.5 * (c - a) / curve / f64::from(FINE) } else { 0.0 };
        let steps = at(best) + beside;
        let sum = self.sum(steps);
        let step = turn(TAU * steps / POINTS as f64);
        let mut line = (sum.0 / weight, sum.1 / weight);
        for (z, weight) in self.phasors.iter_mut().zip(&self.weights) {
            *z = (z.0 - weight * line.0, z.1 - weight * line.1);
            line = product(line, step);
        }
    }
}

impl Block {
    /// The block of a line, of its frames; of silent ones there are none.
    pub(super) fn new(frames: &[Option<Bin>], line_hz: f64, lens: &mut Lens) -> Block {
        let sounding = || frames.iter().flatten();
        let mut powers: Vec<f64> =
            sounding().map(|bin| f64::from(bin.power().max(OTHERS * bin.around))).collect();
        let clear_low = percentile(&mut powers, PAUSE_SHARE).unwrap_or_default();
        let mut powers: Vec<f64> = sounding().map(|bin| f64::from(bin.power())).collect();
        let low = percentile(&mut powers, ABSENT_SHARE).unwrap_or_default().min(clear_low);
        let mut surroundings: Vec<f64> = sounding().map(|bin| f64::from(bin.around)).collect();
        let least = percentile(&mut surroundings, ALIKE_SHARE).unwrap_or_default().max(f64::from(SILENT));
        lens.weights.clear();
        lens.weights
            .extend(frames.iter().map(|bin| bin.map_or(0.0, |bin| 1.0 / f64::from(bin.around).max(least))));
        lens.phasors.clear();
        let turned_back = |(index, (bin, weight)): (usize, (&Option<Bin>, &f64))| {
            let bin = bin.unwrap_or_default();
            let back = turn(-TAU * index as f64 * lens.hop_s * line_hz);
            product((weight * f64::from(bin.re), weight * f64::from(bin.im)), back)
        };
        lens.phasors.extend(frames.iter().zip(&lens.weights).enumerate().map(turned_back));
        let weight = lens.weights.iter().sum::<f64>().max(f64::MIN_POSITIVE);
        let heights = lens.heights(weight);
        let line_steps = SIDE_STEPS - LINE_STEPS..=SIDE_STEPS + LINE_STEPS;
        let best =
            line_steps.clone().max_by(|a, b| heights[*a].total_cmp(&heights[*b])).unwrap_or(SIDE_STEPS);
        let mut beside = heights;
        if heights[best] > LINE_HEIGHT {
            lens.take_out(best as f64 - SIDE_STEPS as f64, weight);
            beside = lens.heights(weight);
        }
        Block {
            weight: weight as f32,
            low: low as f32,
            height: std::array::from_fn(|step| coded(heights[line_steps.start() + step])),
            beside: beside.map(coded),
        }
    }

    /// Power of the sum over that of noise, so many steps beside the line.
    pub(super) fn height(&self, steps: f64) -> f64 {
        let step = (LINE_STEPS as f64 + steps).round() as usize;
        self.height.get(step).map_or(0.0, |code| decoded(*code))
    }
}

/// The sums of a line over many blocks.
pub(super) struct Sum {
    height: [f64; 2 * LINE_STEPS + 1],
    beside: [f64; STEPS],
    /// Height over the power of the line.
    weight: f64,
}

impl Sum {
    /// Of all blocks; those of the given share, the quietest, count most, and alike.
    pub(super) fn new(blocks: &[&Block], quiet_share: f64) -> Sum {
        let mut weights: Vec<f64> = blocks.iter().map(|block| f64::from(block.weight)).collect();
        let most = percentile(&mut weights, 1.0 - quiet_share).unwrap_or_default();
        let mut sum = Sum { height: [0.0; 2 * LINE_STEPS + 1], beside: [0.0; STEPS], weight: 0.0 };
        let mut total = f64::MIN_POSITIVE;
        for block in blocks {
            let own = f64::from(block.weight);
            let weight = own.min(most);
            let scale = weight * weight / own;
            total += weight;
            sum.weight += weight * weight;
            sum.height.iter_mut().zip(block.height).for_each(|(sum, code)| *sum += scale * decoded(code));
            sum.beside.iter_mut().zip(block.beside).for_each(|(sum, code)| *sum += scale * decoded(code));
        }
        sum.height.iter_mut().chain(&mut sum.beside).for_each(|height| *height /= total);
        sum.weight /= total;
        sum
    }

    /// Height over noise, so many steps beside the line.
    pub(super) fn height_db(&self, steps: f64) -> f64 {
        let step = (LINE_STEPS as f64 + steps).round() as usize;
        self.height.get(step).map_or(f64::NEG_INFINITY, |height| units::power_to_db(*height))
    }

    /// Height over the highest beside it.
    pub(super) fn prominence_db(&self, steps: f64) -> f64 {
        let highest = (0..STEPS)
            .filter(|step| (*step as f64 - SIDE_STEPS as f64 - steps).abs() > OWN_STEPS)
            .fold(f64::MIN_POSITIVE, |most, step| most.max(self.beside[step]));
        self.height_db(steps) - units::power_to_db(highest)
    }

    /// Power of the line.
    pub(super) fn power(&self, steps: f64) -> f64 {
        (units::db_to_power(self.height_db(steps)) - 1.0).max(0.0) / self.weight.max(f64::MIN_POSITIVE)
    }
}
