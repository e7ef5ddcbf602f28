//! The ear's bands: equivalent rectangular bandwidths, and how a sound excites the bands beside its own
//! (Glasberg and Moore, Derivation of auditory filter shapes from notched-noise data, Hearing Research 47, 1990).

/// Lowest and highest frequency of the bands, Hz.
const LOWEST_HZ: f64 = 30.0;
const HIGHEST_HZ: f64 = 16_000.0;

/// Equivalent rectangular bandwidth at a frequency, Hz.
pub fn bandwidth_hz(center_hz: f64) -> f64 {
    24.7 * (0.00437 * center_hz + 1.0)
}

/// Bands of one ERB side by side over the bins of a transform.
#[derive(Debug, Clone)]
pub struct ErbBands {
    centers_hz: Vec<f64>,
    /// First bin of each band, and the end of the last.
    edges: Vec<usize>,
    /// Power gain of the auditory filter of the row's band for the column's power.
    spread: Vec<f32>,
}

impl ErbBands {
    /// For transforms of `size` at a rate.
    pub fn new(size: usize, rate_hz: f64) -> ErbBands {
        let (mut low_hz, mut centers_hz, mut edges) = (LOWEST_HZ, Vec::new(), Vec::new());
        let bin = |at_hz: f64| ((at_hz * size as f64 / rate_hz).round() as usize).clamp(1, size / 2);
        while low_hz < HIGHEST_HZ.min(0.45 * rate_hz) {
            // One ERB, but never less than a bin.
            let width_hz = bandwidth_hz(low_hz + 0.5 * bandwidth_hz(low_hz)).max(1.5 * rate_hz / size as f64);
            centers_hz.push(low_hz + 0.5 * width_hz);
            edges.push(bin(low_hz));
            low_hz += width_hz;
        }
        edges.push(bin(low_hz));
        let spread = centers_hz.iter().flat_map(|own_hz| {
            let steepness = 4.0 * own_hz / bandwidth_hz(*own_hz);
            centers_hz.iter().map(move |other_hz| {
                let far = steepness * (other_hz - own_hz).abs() / own_hz;
                ((1.0 + far) * (-far).exp()) as f32
            })
        });
        ErbBands { spread: spread.collect(), edges, centers_hz }
    }

    /// Centres of the bands, Hz.
    pub fn centers_hz(&self) -> &[f64] {
        &self.centers_hz
    }

    /// Number of bands.
    pub fn count(&self) -> usize {
        self.centers_hz.len()
    }

    /// Bins of a band.
    pub fn bins(&self, band: usize) -> std::ops::Range<usize> {
        self.edges[band]..self.edges[band + 1]
    }

    /// What every band's auditory filter lets through of the powers in all bands (the rounded exponential).
    pub fn excitation(&self, powers: &[f32]) -> Vec<f32> {
        self.spread
            .chunks_exact(self.count())
            .map(|row| row.iter().zip(powers).map(|(gain, power)| gain * power).sum())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_are_one_erb_wide_and_excitation_falls_to_both_sides() {
        // 24.7 (4.37 F + 1) at 1 kHz, Glasberg and Moore's formula: 132.6 Hz.
        assert!((bandwidth_hz(1000.0) - 132.64).abs() < 0.01);
        let bands = ErbBands::new(4096, 48_000.0);
        assert!((36..=42).contains(&bands.count()), "{}", bands.count());
        let middle = bands.count() / 2;
        let mut powers = vec![0.0; bands.count()];
        powers[middle] = 1.0;
        let excitation = bands.excitation(&powers);
        assert_eq!(excitation[middle], 1.0);
        assert!(excitation[..=middle].is_sorted() && excitation[middle..].is_sorted_by(|a, b| a >= b));
        // A band away is 8 to 16 dB down.
        assert!((0.025..0.16).contains(&excitation[middle + 1]), "{}", excitation[middle + 1]);
    }
}
