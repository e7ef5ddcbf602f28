//! Compressor in bands, split by Linkwitz–Riley crossovers whose sum is flat.

use super::compressor::{LevelComputer, ballistics};
use super::meter::Reduction;
use super::stage::{CHUNK, Stage};
use crate::dsp::crossover::Crossover;
use crate::dsp::envelope::Ballistics;
use crate::model::CompressorSettings;
use crate::units;

/// A crossover and one compressor per band. Its meter shows the greatest reduction of all bands.
pub(super) struct Multiband {
    crossover: Crossover,
    levels: Vec<LevelComputer>,
    ballistics: Vec<Ballistics>,
    makeup_db: Vec<f32>,
    bands: Vec<[Vec<f32>; 2]>,
    reductions_db: Vec<[f32; CHUNK]>,
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
        let tops_hz = crossovers_hz.iter().copied().chain([f64::from(sample_rate_hz)]);
        let level = |(band, top_hz)| LevelComputer::new(band, sample_rate_hz, top_hz);
        Some(Multiband {
            crossover: Crossover::new(crossovers_hz, f64::from(sample_rate_hz)),
            levels: bands.iter().zip(tops_hz).map(level).collect(),
            ballistics: bands.iter().map(|band| ballistics(band, sample_rate_hz)).collect(),
            makeup_db: bands.iter().map(|band| band.makeup_db as f32).collect(),
            reductions_db: vec![[0.0; CHUNK]; bands.len()],
            bands: bands.iter().map(|_| [vec![0.0; CHUNK], vec![0.0; CHUNK]]).collect(),
            meter: Reduction::new(sample_rate_hz, late),
        })
    }
}

impl Stage for Multiband {
    fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        self.crossover.split(left, right, &mut self.bands);
        for ((band, level), reductions_db) in
            self.bands.iter().zip(&mut self.levels).zip(&mut self.reductions_db)
        {
            level.reductions_db(&band[0], &band[1], reductions_db);
        }
        Ballistics::follow(&mut self.ballistics, &mut self.reductions_db);
        let mut most_db = [0.0f32; CHUNK];
        let mut sums = [[0.0f32; CHUNK]; 2];
        for ((band, reductions_db), makeup_db) in
            self.bands.iter().zip(&self.reductions_db).zip(&self.makeup_db)
        {
            let (left_band, right_band) = (&band[0][..CHUNK], &band[1][..CHUNK]);
            for index in 0..CHUNK {
                let reduction_db = reductions_db[index];
                let gain = units::fast_db_to_amplitude(makeup_db - reduction_db);
                sums[0][index] += left_band[index] * gain;
                sums[1][index] += right_band[index] * gain;
                most_db[index] = if reduction_db > most_db[index] { reduction_db } else { most_db[index] };
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
