//! How a stem moves against the mix through the song: where the rest of the mix, with all other stems taken away, answers
//! to it, moment by moment.
//!
//! Taking the others away is what makes short moments enough: within them, a drift does not smear.

use super::Alignment;
use super::delay::whitening;
use super::fit::Gain;
use crate::dsp::stats::median;
use crate::dsp::stereo_fft::{Spectrum, StereoFft};

/// Longest moment: 0.7 s at 48 kHz, in which 100 ppm are three frames.
const LONGEST_MOMENT: usize = 1 << 15;
/// Shortest one, for very short audio.
const SHORTEST_MOMENT: usize = 1 << 12;
/// Moments that a song should at least have.
const MOMENTS: u64 = 32;
/// Peak over root mean square of a correlation, above which the peak means something: noise of 2^15 lags reaches 5.
pub(super) const MIN_PEAK_RATIO: f64 = 8.0;
/// Fewest places that make a line.
const LEAST_PLACES: usize = 4;
/// Most places that are held against each other, the surest of each stretch.
const MOST_PLACES: usize = 400;
/// A drift is named from this many frames between start and end.
const MIN_DRIFT_FRAMES: f64 = 1.5;
/// Places on a line lie within this of it, frames, and within this share of what it drifts.
const ON_LINE_FRAMES: f64 = 1.0;
const ON_LINE_SHARE: f64 = 1.0 / 6.0;
/// A line that is found again within this has not moved.
const MOVED_FRAMES: f64 = 0.5;
/// Gain against the others below which a stem may lie elsewhere than it was put.
const DOUBTFUL_GAIN: f64 = 0.98;
/// Gain against the others below which a stem is not where it was put.
const LOST_GAIN: f64 = 0.2;
/// Share of the mix left unexplained where it plays, from which the same holds.
const DOUBTFUL_SHARE: f64 = 0.3;

/// Length of the moments for audio of a length.
pub fn moment_length(frames: u64) -> usize {
    let mut length = LONGEST_MOMENT;
    while length > SHORTEST_MOMENT && length as u64 * MOMENTS > frames {
        length /= 2;
    }
    length
}

/// The stems that the fit may have looked for in the wrong place, against where most lie; a stem that drifts looks late,
/// and soft.
pub fn doubtful(alignments: &[Alignment], gains: &[Gain], common: Alignment) -> Vec<usize> {
    let middle = median(&mut gains.iter().map(|gain| gain.amount.abs()).collect::<Vec<_>>()).unwrap_or(1.0);
    let doubt = |(alignment, gain): (&Alignment, &Gain)| {
        let weak = gain.amount.abs() < DOUBTFUL_GAIN * middle || gain.unexplained_share > DOUBTFUL_SHARE;
        weak || !alignment.found || alignment.slope != 0.0 || *alignment != common
    };
    let all = alignments.iter().zip(gains).enumerate();
    all.filter(|(_, both)| doubt(*both)).map(|(index, _)| index).collect()
}

/// Puts stems back on the common line that were found elsewhere, but with next to no gain: a tone that stands still answers
/// at every period. Gives how many moved.
pub fn send_home(alignments: &mut [Alignment], gains: &[Gain], common: Alignment) -> usize {
    let middle = median(&mut gains.iter().map(|gain| gain.amount.abs()).collect::<Vec<_>>()).unwrap_or(1.0);
    let lost =
        |(own, gain): &(&mut Alignment, &Gain)| **own != common && gain.amount.abs() < LOST_GAIN * middle;
    alignments
        .iter_mut()
        .zip(gains)
        .filter(lost)
        .map(|(own, _)| *own = Alignment { found: false, ..common })
        .count()
}

/// Where the mix answers to a stem.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// Middle of the stretch, frames.
    pub(super) at: f64,
    /// How much later than in its file, frames.
    pub(super) late: f64,
    /// Peak over root mean square of the correlation.
    pub(super) ratio: f64,
}

/// A steady drift through places: offset at the start, and frames per frame.
pub(super) fn line(places: &[Place]) -> Option<(f64, f64)> {
    let sure: Vec<&Place> = places.iter().filter(|place| place.ratio >= MIN_PEAK_RATIO).collect();
    if sure.len() < LEAST_PLACES {
        return None;
    }
    // Theil and Sen: the median of all slopes, blind to single wrong peaks.
    let mut slopes = Vec::new();
    for (i, a) in sure.iter().enumerate() {
        slopes.extend(sure[i + 1..].iter().map(|b| (b.late - a.late) / (b.at - a.at)));
    }
    let slope = median(&mut slopes)?;
    let middle = |of: &dyn Fn(&Place) -> f64| median(&mut sure.iter().map(|p| of(p)).collect::<Vec<_>>());
    let offset = middle(&|p| p.late - slope * p.at)?;
    let level = middle(&|p| p.late)?;
    let miss = middle(&|p| (p.late - offset - slope * p.at).abs())?;
    let miss_level = middle(&|p| (p.late - level).abs())?;
    let span = sure.last()?.at - sure.first()?.at;
    let drifts = (slope * span).abs() >= MIN_DRIFT_FRAMES
        && miss <= ON_LINE_FRAMES.min(ON_LINE_SHARE * (slope * span).abs())
        && miss_level > 2.0 * miss.max(0.25);
    drifts.then_some((offset, slope))
}

/// Follows one stem.
pub struct Track {
    fft: StereoFft,
    cross: Spectrum,
    power: Vec<f32>,
    correlation: Vec<f32>,
    places: Vec<Place>,
}

impl Track {
    /// For the moments of `fft`.
    pub fn new(fft: &StereoFft) -> Track {
        let size = fft.size();
        Track {
            fft: fft.clone(),
            cross: Spectrum::zeros(size),
            power: vec![0.0; size],
            correlation: Vec::new(),
            places: Vec::new(),
        }
    }

    /// Takes in a moment: the stem as it was put `late` frames later, what the fit left of the mix, and the stem's gain
    /// in that fit.
    pub fn add(&mut self, own: &Spectrum, left: &Spectrum, gain: f64, at: f64, late: i64) {
        let gain = gain as f32;
        for k in 0..own.re.len() {
            let (sr, si) = (own.re[k], own.im[k]);
            let (mr, mi) = (left.re[k] + gain * sr, left.im[k] + gain * si);
            self.cross.re[k] = mr * sr + mi * si;
            self.cross.im[k] = mi * sr - mr * si;
            self.power[k] = mr * mr + mi * mi;
        }
        self.fft.correlation(&self.cross, &whitening(&self.power), &mut self.correlation);
        if let Some((lag, ratio)) = highest(&self.correlation).filter(|(_, ratio)| *ratio >= MIN_PEAK_RATIO) {
            self.places.push(Place { at, late: late as f64 + lag, ratio });
        }
    }

    /// Puts the stem where it was found; `false` where that is nowhere else than before.
    pub fn correct(&self, alignment: &mut Alignment) -> bool {
        let group = self.places.len().div_ceil(MOST_PLACES).max(1);
        let surest = |places: &[Place]| places.iter().copied().max_by(|a, b| a.ratio.total_cmp(&b.ratio));
        let places: Vec<Place> = self.places.chunks(group).filter_map(surest).collect();
        if let Some((offset, slope)) = line(&places) {
            let found = Alignment { offset, slope, found: true };
            let end = places.last().map_or(0, |place| place.at as u64);
            let moved =
                [0, end].into_iter().any(|at| (found.place(at) - alignment.place(at)).abs() > MOVED_FRAMES);
            if moved {
                *alignment = found;
            }
            return moved;
        }
        if alignment.slope != 0.0 {
            return false;
        }
        let Some(level) = median(&mut places.iter().map(|place| place.late).collect::<Vec<_>>()) else {
            return false;
        };
        let near = places.iter().filter(|place| (place.late - level).abs() <= ON_LINE_FRAMES).count();
        if near < LEAST_PLACES || 2 * near <= places.len() || level.round() == alignment.offset {
            return false;
        }
        *alignment = Alignment { offset: level.round(), slope: 0.0, found: true };
        true
    }
}

/// The highest place of a correlation, of either sign, between its lags; and how far it stands out.
pub(super) fn highest(correlation: &[f32]) -> Option<(f64, f64)> {
    let size = correlation.len();
    let (place, highest) =
        correlation.iter().map(|x| x.abs()).enumerate().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let power: f64 = correlation.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / size as f64;
    let lag = if place > size / 2 { place as f64 - size as f64 } else { place as f64 };
    let height = |place: usize| f64::from(correlation[place % size].abs());
    let (before, after) = (height(place + size - 1), height(place + 1));
    let bend = before + after - 2.0 * f64::from(highest);
    let between = if bend < 0.0 { (0.5 * (before - after) / bend).clamp(-0.5, 0.5) } else { 0.0 };
    (power > 0.0).then(|| (lag + between, f64::from(highest) / power.sqrt()))
}
