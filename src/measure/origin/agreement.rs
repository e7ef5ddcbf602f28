//! Offsets that stand out in the same way in one place after another: what a coder's frames do, and chance does not.

/// Least deviations that one offset stands over all others, all places together. Lossless music stays below 5 of them, with 576 or
/// 1024 offsets to choose from.
const MIN_DEVIATIONS: f64 = 8.0;
/// Least deviations without the place that shows it best: one place alone decides nothing.
const MIN_WITHOUT_BEST: f64 = 4.0;
/// A waveform that repeats within a frame has several offsets that are alike; a coder has one.
const MOST_OF_SECOND: f64 = 0.6;
/// Deviations from here on make a place one that shows the grid.
const SHOWN: f64 = 4.0;

/// What every place says of every offset of a frame, in deviations from the mean of all offsets.
pub(super) struct Agreement {
    frame: usize,
    places: Vec<Vec<f64>>,
}

impl Agreement {
    /// For frames of so many samples.
    pub(super) fn new(frame: usize) -> Agreement {
        Agreement { frame, places: Vec::new() }
    }

    /// Takes in a place that begins at a sample: how many small coefficients stand at each of its first offsets. Returns how many
    /// deviations the highest count stands over the others, and its offset.
    pub(super) fn add(&mut self, start: u64, counts: &[f64]) -> (f64, u64) {
        let mean = counts.iter().sum::<f64>() / counts.len() as f64;
        let squares: f64 = counts.iter().map(|count| (count - mean).powi(2)).sum();
        // Counts by chance deviate by their root, even where all are the same.
        let deviation = (squares / counts.len() as f64).sqrt().max(mean.sqrt()).max(1.0);
        let mut place: Vec<f64> = counts.iter().map(|count| (count - mean) / deviation).collect();
        let best = place.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
        let best = best.map_or((0.0, 0), |(offset, deviations)| (*deviations, start + offset as u64));
        place.rotate_right((start % self.frame as u64) as usize);
        self.places.push(place);
        best
    }

    /// Places that show one grid, if they do.
    pub(super) fn places(&self) -> Option<usize> {
        let root = |count: usize| (count.max(1) as f64).sqrt();
        let count = self.places.len();
        let sums: Vec<f64> =
            (0..self.frame).map(|offset| self.places.iter().map(|place| place[offset]).sum()).collect();
        let (best, sum) = sums.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1))?;
        let most = self.places.iter().map(|place| place[best]).fold(0.0, f64::max);
        let apart = |offset: usize| offset.abs_diff(best).min(self.frame - offset.abs_diff(best)) > 1;
        let second = (0..self.frame).filter(|offset| apart(*offset)).map(|o| sums[o]).fold(0.0, f64::max);
        let shown = self.places.iter().filter(|place| place[best] >= SHOWN).count();
        (*sum >= MIN_DEVIATIONS * root(count)
            && sum - most >= MIN_WITHOUT_BEST * root(count.saturating_sub(1))
            && second <= MOST_OF_SECOND * sum
            && shown >= 2)
            .then_some(shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts of one place, with offsets that stand out.
    fn counts(start: u64, out: &[u64]) -> Vec<f64> {
        let mut counts: Vec<f64> = (0..64).map(|offset| f64::from(offset * 37 % 11)).collect();
        out.iter().for_each(|offset| counts[((offset + 64 - start % 64) % 64) as usize] = 100.0);
        counts
    }

    fn places(all: &[(u64, &[u64])]) -> Option<usize> {
        let mut agreement = Agreement::new(64);
        for (start, out) in all {
            agreement.add(*start, &counts(*start, out));
        }
        agreement.places()
    }

    #[test]
    fn one_offset_in_two_places_is_a_grid_and_everything_else_is_none() {
        assert_eq!(places(&[(0, &[5]), (1000, &[5])]), Some(2));
        assert_eq!(places(&[(0, &[5]), (1000, &[5]), (2000, &[])]), Some(2));
        assert_eq!(places(&[(0, &[5])]), None);
        assert_eq!(places(&[(0, &[5]), (1000, &[])]), None);
        assert_eq!(places(&[(0, &[5]), (1000, &[6])]), None);
        assert_eq!(places(&[(0, &[5, 37]), (1000, &[5, 37])]), None);
        assert_eq!(places(&[]), None);
    }
}
