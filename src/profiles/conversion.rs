//! From nine K-weighted bands to third octaves: the shape of the mean spectrum of popular music inside each
//! band, bent by a piecewise-linear correction until every band has the level that was measured.

use super::k_bands::{COUNT, EDGES_HZ, k_weighting_power};
use crate::units::{db_to_power, octaves, power_to_db, shift_octaves};

/// Nominal third-octave centres (IEC 61260-1), 20 Hz to 20 kHz, as `tone.bands` of `analysis/1` names them.
pub(super) const CENTERS_HZ: [f64; 31] = [
    20.0, 25.0, 31.5, 40.0, 50.0, 63.0, 80.0, 100.0, 125.0, 160.0, 200.0, 250.0, 315.0, 400.0, 500.0, 630.0, 800.0,
    1000.0, 1250.0, 1600.0, 2000.0, 2500.0, 3150.0, 4000.0, 5000.0, 6300.0, 8000.0, 10_000.0, 12_500.0, 16_000.0,
    20_000.0,
];

/// Index of the lowest band: its exact centre is 10^(13/10) Hz.
const LOWEST_BAND: usize = 13;

/// Points per third octave of the grid on which the spectrum is bent.
const POINTS_PER_BAND: usize = 8;

/// Largest remaining error of a band after the fit; a hundredth is what the data is written with.
const FIT_ERROR_DB: f64 = 0.01;

/// The fit converges by about a factor of two a round.
const FIT_ROUNDS: usize = 60;

/// Mean spectrum density of popular music (Elowsson & Friberg, AES 142, 2017, equations 5 to 7; 12 345 tracks),
/// dB per hertz with an arbitrary reference.
fn elowsson_friberg_density_db(frequency_hz: f64) -> f64 {
    let x = 1.0 + 60.0 * octaves(30.0, frequency_hz);
    if frequency_hz > 94.0 {
        -0.000_183 * x * x + 0.021_3 * x - 16.735
    } else {
        -0.000_907 * x * x + 0.256 * x - 32.942
    }
}

/// One point of the grid.
struct Point {
    /// Third octave that it belongs to, from 0.
    band: usize,
    /// Band of the nine, where it lies in one.
    k_band: Option<usize>,
    /// Power of the mean spectrum in the point's stretch of frequencies.
    power: f64,
    /// Power gain of K-weighting there.
    k_power: f64,
    /// The two nodes that it lies between, and how much of the second.
    nodes: (usize, usize, f64),
}

/// The grid, made once for many tracks.
pub(super) struct Converter {
    points: Vec<Point>,
}

impl Converter {
    pub(super) fn new() -> Converter {
        // Centres of the nine bands, halfway in log frequency; of the lowest from 40 Hz, where music begins.
        let nodes_hz: Vec<f64> = (0..COUNT)
            .map(|band| {
                let low_hz = EDGES_HZ[band].max(40.0);
                shift_octaves(low_hz, octaves(low_hz, EDGES_HZ[band + 1]) / 2.0)
            })
            .collect();
        let points = (0..CENTERS_HZ.len() * POINTS_PER_BAND)
            .map(|index| {
                let step = 1.0 / POINTS_PER_BAND as f64;
                let start = LOWEST_BAND as f64 - 0.5 + index as f64 * step;
                // 10^(n/10) is the exact centre of band n, which is what decibels of power are.
                let (low_hz, center_hz, high_hz) =
                    (db_to_power(start), db_to_power(start + step / 2.0), db_to_power(start + step));
                let above = nodes_hz.iter().position(|node_hz| *node_hz > center_hz).unwrap_or(COUNT);
                let nodes = match above {
                    0 => (0, 0, 0.0),
                    COUNT => (COUNT - 1, COUNT - 1, 0.0),
                    _ => {
                        let part = octaves(nodes_hz[above - 1], center_hz)
                            / octaves(nodes_hz[above - 1], nodes_hz[above]);
                        (above - 1, above, part)
                    }
                };
                Point {
                    band: index / POINTS_PER_BAND,
                    k_band: (0..COUNT)
                        .find(|band| center_hz >= EDGES_HZ[*band] && center_hz < EDGES_HZ[*band + 1]),
                    power: db_to_power(elowsson_friberg_density_db(center_hz)) * (high_hz - low_hz),
                    k_power: k_weighting_power(center_hz),
                    nodes,
                }
            })
            .collect();
        Converter { points }
    }

    /// The mean spectrum of popular music as third octaves, relative to their sum.
    pub(super) fn mean_spectrum_db(&self) -> [f64; 31] {
        self.third_octaves_db(&[0.0; COUNT])
    }

    /// Third octaves relative to their sum whose nine K-weighted bands have the given levels (relative to each
    /// other; a common offset does not matter). Bands that were gated out keep the correction of the band below
    /// and come out as `None`. `None` as a whole where nothing was measured.
    pub(super) fn convert(&self, k_levels_db: &[Option<f64>; COUNT]) -> Option<[Option<f64>; 31]> {
        k_levels_db.iter().flatten().next()?;
        let mut correction_db = [0.0; COUNT];
        for _ in 0..FIT_ROUNDS {
            let mut powers = [0.0; COUNT];
            for point in &self.points {
                if let Some(band) = point.k_band {
                    powers[band] += point.power * point.k_power * db_to_power(at(&correction_db, point));
                }
            }
            let mut worst_db: f64 = 0.0;
            let mut last_db = 0.0;
            for band in 0..COUNT {
                if let Some(level_db) = k_levels_db[band] {
                    let error_db = level_db - power_to_db(powers[band]);
                    worst_db = worst_db.max(error_db.abs());
                    correction_db[band] += error_db;
                    last_db = correction_db[band];
                } else {
                    correction_db[band] = last_db;
                }
            }
            if worst_db < FIT_ERROR_DB {
                break;
            }
        }
        let levels_db = self.third_octaves_db(&correction_db);
        Some(std::array::from_fn(|band| {
            let center_hz = CENTERS_HZ[band];
            let k_band = (0..COUNT).find(|k| center_hz < EDGES_HZ[*k + 1]).unwrap_or(COUNT - 1);
            k_levels_db[k_band].map(|_| levels_db[band])
        }))
    }

    /// Third octaves of the corrected mean spectrum, relative to their sum.
    fn third_octaves_db(&self, correction_db: &[f64; COUNT]) -> [f64; 31] {
        let mut powers = [0.0; 31];
        for point in &self.points {
            powers[point.band] += point.power * db_to_power(at(correction_db, point));
        }
        relative_to_sum(powers)
    }
}

/// The correction at a point: linear in log frequency between the nodes, constant outside.
fn at(correction_db: &[f64; COUNT], point: &Point) -> f64 {
    let (below, above, part) = point.nodes;
    correction_db[below] + part * (correction_db[above] - correction_db[below])
}

/// Levels of powers relative to their sum.
pub(super) fn relative_to_sum(powers: [f64; 31]) -> [f64; 31] {
    let total: f64 = powers.iter().sum();
    powers.map(|power| power_to_db(power / total))
}

/// Error of the conversion (standard deviation) in a third octave, checked on 35 real tracks by the makers of the
/// data page: 2 to 3 dB from 400 Hz to 8 kHz, 3 to 4 dB from 80 to 315 Hz, 6 to 9 dB below. Above 8 kHz the page
/// states none; 4 dB is assumed, since only two wide bands stand for it.
pub(super) fn conversion_error_db(center_hz: f64) -> f64 {
    match center_hz {
        f if f < 80.0 => 7.5,
        f if f < 400.0 => 3.5,
        f if f <= 8000.0 => 2.5,
        _ => 4.0,
    }
}

/// Slope of a straight line through third-octave levels from 100 Hz to 10 kHz, as `tone.tilt_db_per_oct`.
pub(super) fn tilt_db_per_oct(levels_db: &[Option<f64>; 31]) -> Option<f64> {
    let points: Vec<(f64, f64)> = CENTERS_HZ
        .iter()
        .zip(levels_db)
        .filter(|(center_hz, _)| (100.0..=10_000.0).contains(*center_hz))
        .filter_map(|(center_hz, level_db)| Some((octaves(1000.0, *center_hz), (*level_db)?)))
        .collect();
    let n = points.len() as f64;
    let (mean_x, mean_y) = (points.iter().map(|p| p.0).sum::<f64>() / n, points.iter().map(|p| p.1).sum::<f64>() / n);
    let covariance: f64 = points.iter().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
    let variance: f64 = points.iter().map(|(x, _)| (x - mean_x).powi(2)).sum();
    (points.len() >= 18).then(|| covariance / variance)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Levels of the nine bands of a bent mean spectrum, by direct summation: what the fit has to find again.
    fn k_levels_db(converter: &Converter, correction_db: &[f64; COUNT]) -> [Option<f64>; COUNT] {
        let mut powers = [0.0; COUNT];
        for point in &converter.points {
            if let Some(band) = point.k_band {
                powers[band] += point.power * point.k_power * db_to_power(at(correction_db, point));
            }
        }
        powers.map(|power| Some(power_to_db(power)))
    }

    #[test]
    fn the_mean_spectrum_is_the_published_one() {
        // Third octaves of elowsson_friberg_third_octave.csv against 1 kHz, by an independent computation at
        // base-two centres: up to 1 % lower in frequency, which is 0.4 dB on the slope below 100 Hz.
        let levels_db = Converter::new().mean_spectrum_db();
        for (center_hz, published_db) in
            [(63.0, -17.97), (100.0, -12.28), (250.0, -10.79), (1000.0, -12.95), (4000.0, -20.39), (10_000.0, -28.27)]
        {
            let band = CENTERS_HZ.iter().position(|known| *known == center_hz).unwrap_or_default();
            assert!((levels_db[band] - levels_db[17] - (published_db + 12.95)).abs() < 0.4, "{center_hz} Hz");
        }
        let total: f64 = levels_db.iter().map(|level_db| db_to_power(*level_db)).sum();
        assert!((total - 1.0).abs() < 1e-9);
    }

    #[test]
    fn the_fit_finds_a_known_correction_again() {
        let converter = Converter::new();
        let correction_db = [6.0, 2.0, -1.0, 0.0, 1.0, -2.0, -6.0, -9.0, -12.0];
        let bent = converter.third_octaves_db(&correction_db);
        let mut found = k_levels_db(&converter, &correction_db);
        // A common offset does not matter.
        found.iter_mut().for_each(|level| *level = level.map(|level_db| level_db - 31.0));
        let fitted = converter.convert(&found).unwrap_or([None; 31]);
        for band in 0..31 {
            assert!((fitted[band].unwrap_or(99.0) - bent[band]).abs() < 0.1, "{} Hz", CENTERS_HZ[band]);
        }
    }
}
