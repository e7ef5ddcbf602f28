//! Greatest or least value of the last frames, in constant time per frame.
//!
//! van Herk (1992): the stream is cut in pieces as long as the window; the window's extreme is that of the running
//! extreme of the current piece and of the suffix of the piece before.

/// Greatest of the last `window` values. (A limiter's least gain is its greatest reduction.)
#[derive(Debug, Clone)]
pub struct SlidingMaximum {
    /// Before `at`: the current piece as it came. From `at` on: suffix maxima of the piece before.
    piece: Vec<i32>,
    at: usize,
    running: i32,
}

impl SlidingMaximum {
    /// A window of at least one value, which has seen only `i32::MIN`.
    pub fn new(window: usize) -> SlidingMaximum {
        SlidingMaximum { piece: vec![i32::MIN; window.max(1)], at: 0, running: i32::MIN }
    }

    /// Takes one value; the greatest of the last `window` values.
    #[inline]
    pub fn push(&mut self, value: i32) -> i32 {
        self.piece[self.at] = value;
        self.running = self.running.max(value);
        self.at += 1;
        if self.at < self.piece.len() {
            return self.running.max(self.piece[self.at]);
        }
        self.end_piece()
    }

    /// Replaces each value by the greatest of the last `window` values.
    pub fn push_all(&mut self, values: &mut [i32]) {
        let mut values = values;
        while !values.is_empty() {
            // As far as the piece goes on: the last value of a piece is the window itself.
            let inside = (self.piece.len() - 1 - self.at).min(values.len());
            let (now, later) = values.split_at_mut(inside);
            let mut running = self.running;
            for (index, value) in now.iter_mut().enumerate() {
                running = running.max(*value);
                self.piece[self.at + index] = *value;
                *value = running.max(self.piece[self.at + index + 1]);
            }
            self.running = running;
            self.at += inside;
            values = later;
            if let Some((last, later)) = std::mem::take(&mut values).split_first_mut() {
                *last = self.push(*last);
                values = later;
            }
        }
    }

    /// The extreme of a whole piece, whose suffix maxima take its place.
    fn end_piece(&mut self) -> i32 {
        let whole = self.running;
        for later in (1..self.piece.len()).rev() {
            self.piece[later - 1] = self.piece[later - 1].max(self.piece[later]);
        }
        (self.at, self.running) = (0, i32::MIN);
        whole
    }
}

/// Least of the last `window` values: the greatest of their opposites.
#[derive(Debug, Clone)]
pub struct SlidingMinimum(SlidingMaximum);

impl SlidingMinimum {
    /// A window of at least one value.
    pub fn new(window: usize) -> SlidingMinimum {
        SlidingMinimum(SlidingMaximum::new(window))
    }

    /// Takes one value; the least of the last `window` values.
    #[inline]
    pub fn push(&mut self, value: i32) -> i32 {
        !self.0.push(!value)
    }
}

/// Sum of the last `length` values. Integers: a running sum of them has no drift, and an idle one is exactly zero.
#[derive(Debug, Clone)]
pub struct BoxSum {
    history: Vec<i64>,
    at: usize,
    sum: i64,
}

impl BoxSum {
    /// A box of at least one value, filled with zeros.
    pub fn new(length: usize) -> BoxSum {
        BoxSum { history: vec![0; length.max(1)], at: 0, sum: 0 }
    }

    /// Takes one value; the sum of the last `length` values.
    #[inline]
    pub fn push(&mut self, value: i64) -> i64 {
        let oldest = std::mem::replace(&mut self.history[self.at], value);
        self.at += 1;
        if self.at == self.history.len() {
            self.at = 0;
        }
        self.sum += value - oldest;
        self.sum
    }

    /// Replaces each value by the sum of the last `length` values.
    pub fn push_all(&mut self, values: &mut [i64]) {
        let mut values = values;
        while !values.is_empty() {
            let piece = (self.history.len() - self.at).min(values.len());
            let (now, later) = values.split_at_mut(piece);
            let mut sum = self.sum;
            for (value, oldest) in now.iter_mut().zip(&mut self.history[self.at..self.at + piece]) {
                sum += *value - *oldest;
                *oldest = *value;
                *value = sum;
            }
            self.sum = sum;
            self.at = (self.at + piece) % self.history.len();
            values = later;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sliding_extremes_are_those_of_the_window() {
        let mut random = crate::dsp::random::SplitMix64::new(7, 0);
        for window in [1, 2, 3, 7, 64] {
            let (mut most, mut least) = (SlidingMaximum::new(window), SlidingMinimum::new(window));
            let values: Vec<i32> = (0..500).map(|_| (random.next_u64() % 1000) as i32 - 500).collect();
            for end in 1..=values.len() {
                let last = &values[end.saturating_sub(window)..end];
                assert_eq!(Some(&most.push(values[end - 1])), last.iter().max());
                assert_eq!(Some(&least.push(values[end - 1])), last.iter().min());
            }
            let (mut one, mut all) = (SlidingMaximum::new(window), SlidingMaximum::new(window));
            let mut replaced = values.clone();
            replaced.chunks_mut(37).for_each(|part| all.push_all(part));
            assert_eq!(replaced, values.iter().map(|value| one.push(*value)).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_box_sums_its_window() {
        let mut box_sum = BoxSum::new(3);
        assert_eq!([1, 2, 3, 4, 0, 0, 0].map(|value| box_sum.push(value)), [1, 3, 6, 9, 7, 4, 0]);
        let mut values = [1, 2, 3, 4, 0, 0, 0];
        let (first, rest) = values.split_at_mut(2);
        box_sum.push_all(first);
        box_sum.push_all(rest);
        assert_eq!(values, [1, 3, 6, 9, 7, 4, 0]);
    }
}
