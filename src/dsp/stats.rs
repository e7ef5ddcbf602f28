//! Order statistics, and a histogram that stands for a list of levels in fixed memory.

/// Value below which `share` (0 to 1) of the values lie, interpolated between neighbours; `None` for an empty list.
/// Sorts the list.
pub fn percentile(values: &mut [f64], share: f64) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    percentile_of_sorted(values, share)
}

/// As [`percentile`], of a list that is sorted already.
pub fn percentile_of_sorted(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = share.clamp(0.0, 1.0) * last as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(last);
    Some(sorted[below] + (sorted[above] - sorted[below]) * (place - below as f64))
}

/// The middle value of a list, which is sorted by it.
pub fn median(values: &mut [f64]) -> Option<f64> {
    percentile(values, 0.5)
}

/// Straight line through points, by least squares: (slope, value at 0). `None` for fewer than two places.
pub fn line(points: &[(f64, f64)]) -> Option<(f64, f64)> {
    let n = points.len() as f64;
    let (mean_x, mean_y) = points.iter().fold((0.0, 0.0), |(x, y), p| (x + p.0 / n, y + p.1 / n));
    let spread: f64 = points.iter().map(|p| (p.0 - mean_x).powi(2)).sum();
    if points.len() < 2 || spread <= 0.0 {
        return None;
    }
    let slope = points.iter().map(|p| (p.0 - mean_x) * (p.1 - mean_y)).sum::<f64>() / spread;
    Some((slope, mean_y - slope * mean_x))
}

/// Counts of values in bins of one width. Values below the range are dropped, values above it go to the last bin.
pub struct Histogram {
    low: f64,
    width: f64,
    counts: Vec<u32>,
    /// Bins from the first to the last that is not empty: few of them, in most lists.
    occupied: std::ops::Range<usize>,
}

impl Histogram {
    /// Bins of `width` from `low` to `high`.
    pub fn new(low: f64, high: f64, width: f64) -> Histogram {
        let bins = ((high - low) / width).ceil().max(1.0) as usize;
        Histogram { low, width, counts: vec![0; bins], occupied: bins..0 }
    }

    /// Counts a value; NaN and what lies below the range are dropped.
    pub fn add(&mut self, value: f64) {
        if value >= self.low {
            let bin = ((value - self.low) / self.width) as usize;
            let bin = bin.min(self.counts.len() - 1);
            self.counts[bin] = self.counts[bin].saturating_add(1);
            self.occupied = self.occupied.start.min(bin)..self.occupied.end.max(bin + 1);
        }
    }

    /// Mean of the values from `threshold` on; `None` where there are none.
    pub fn mean_from(&self, threshold: f64) -> Option<f64> {
        let (count, sum) = self
            .from(threshold)
            .fold((0.0, 0.0), |(count, sum), (value, n)| (count + f64::from(n), sum + value * f64::from(n)));
        (count > 0.0).then(|| sum / count)
    }

    /// The value at place ceil(`share` × n), counted from 0, of the n values from `threshold` on.
    pub fn ranked_from(&self, threshold: f64, share: f64) -> Option<f64> {
        let total: u64 = self.from(threshold).map(|(_, n)| u64::from(n)).sum();
        let rank = (share * total as f64).ceil() as u64;
        let mut seen = 0;
        self.from(threshold).find_map(|(value, n)| {
            seen += u64::from(n);
            (seen > rank).then_some(value)
        })
    }

    /// Centre and count of every bin whose centre is not below `threshold`.
    fn from(&self, threshold: f64) -> impl Iterator<Item = (f64, u32)> {
        let center = |bin: usize| self.low + (bin as f64 + 0.5) * self.width;
        // Most of a list is looked at from a threshold that is far up.
        let below = ((threshold - self.low) / self.width - 1.0).max(0.0) as usize;
        let bins = self.occupied.start.max(below)..self.occupied.end;
        bins.map(move |bin| (center(bin), self.counts[bin]))
            .filter(move |(value, n)| *n > 0 && *value >= threshold)
    }
}
