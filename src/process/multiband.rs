//! Compressor in bands, split by Linkwitz–Riley crossovers whose sum is flat.

use super::compressor::GainComputer;
use super::meter::Reduction;
use super::stage::{CHUNK, Stage};
use crate::dsp::crossover::Crossover;
use crate::model::CompressorSettings;

/// A crossover and one compressor per band. Its meter shows the greatest reduction of all bands.
pub(super) struct Multiband {
    crossover: Crossover,
    computers: Vec<GainComputer>,
    bands: Vec<[Vec<f32>; 2]>,
    meter: Reduction,
}

impl Multiband {
    /// `None` where no band ever changes the gain: then not even the phase of the crossover may.
    pub(super) fn new(
        crossovers_hz: &[f64],
        bands: &[CompressorSettings],
        sample_rate_hz: u32,
        late: usize,
    ) -> Option<Multiband> {
        if bands.iter().all(|band| band.ratio == 1.0 && band.makeup_db == 0.0) {
            return None;
        }
        Some(Multiband {
            crossover: Crossover::new(crossovers_hz, f64::from(sample_rate_hz)),
            computers: bands.iter().map(|band| GainComputer::new(band, sample_rate_hz)).collect(),
            bands: bands.iter().map(|_| [vec![0.0; CHUNK], vec![0.0; CHUNK]]).collect(),
            meter: Reduction::new(sample_rate_hz, late),
        })
    }
}

impl Stage for Multiband {
    fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        self.crossover.split(left, right, &mut self.bands);
        let mut most_db = [0.0f32; CHUNK];
        let mut sums = [[0.0f32; CHUNK]; 2];
        for (band, computer) in self.bands.iter().zip(&mut self.computers) {
            let mut reduction_db = [0.0; CHUNK];
            computer.reductions_db(&band[0], &band[1], &mut reduction_db);
            for index in 0..CHUNK {
                let gain = computer.gain(reduction_db[index]);
                sums[0][index] += band[0][index] * gain;
                sums[1][index] += band[1][index] * gain;
                most_db[index] = most_db[index].max(reduction_db[index]);
            }
        }
        self.meter.push(&most_db, left, right);
        left.copy_from_slice(&sums[0]);
        right.copy_from_slice(&sums[1]);
    }

    fn reduction(&self) -> Option<&Reduction> {
        Some(&self.meter)
    }

    fn reduction_mut(&mut self) -> Option<&mut Reduction> {
        Some(&mut self.meter)
    }
}
