//! Samples of even and of odd number told apart, for filters that halve the rate: so they run over neighbours.

/// The samples of a stream by twos, with some of the past. Room that is used again and again, so that nothing is cleared
/// before it is written.
#[derive(Debug, Clone)]
pub(super) struct EvenOdd<T> {
    even: Vec<T>,
    odd: Vec<T>,
    /// Pairs that stay from push to push, and those that are there now.
    past: usize,
    held: usize,
    /// A sample of even number whose partner has not come yet.
    single: Option<T>,
}

impl<T: Copy + Default> EvenOdd<T> {
    /// A stream before its first sample, of which a filter looks back on `past` pairs.
    pub(super) fn new(past: usize) -> EvenOdd<T> {
        let silence = vec![T::default(); past];
        EvenOdd { even: silence.clone(), odd: silence, past, held: past, single: None }
    }

    /// Takes in any number of samples: those of even and those of odd number, as many, the past first.
    #[inline(always)]
    pub(super) fn push(&mut self, samples: &[T]) -> [&[T]; 2] {
        let EvenOdd { even, odd, past, held, single } = self;
        even.copy_within(*held - *past..*held, 0);
        odd.copy_within(*held - *past..*held, 0);
        *held = *past;
        let room = *past + samples.len().div_ceil(2);
        if even.len() < room {
            even.resize(room, T::default());
            odd.resize(room, T::default());
        }
        let mut samples = samples;
        if let Some((first, rest)) = samples.split_first()
            && let Some(before) = single.take()
        {
            (even[*held], odd[*held]) = (before, *first);
            (*held, samples) = (*held + 1, rest);
        }
        let (pairs, last) = samples.as_chunks::<2>();
        for ((pair, even), odd) in pairs.iter().zip(&mut even[*held..]).zip(&mut odd[*held..]) {
            [*even, *odd] = *pair;
        }
        *held += pairs.len();
        *single = last.first().copied().or(*single);
        [&even[..*held], &odd[..*held]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_any_length_come_by_twos_after_the_past() {
        let stream: Vec<u32> = (1..=1000).collect();
        for length in [1, 2, 3, 37, 1000] {
            let mut parted = EvenOdd::new(2);
            let (mut evens, mut odds) = (vec![0; 2], vec![0; 2]);
            for piece in stream.chunks(length) {
                let [even, odd] = parted.push(piece);
                assert_eq!(even[..2], evens[evens.len() - 2..]);
                assert_eq!(odd[..2], odds[odds.len() - 2..]);
                evens.extend(&even[2..]);
                odds.extend(&odd[2..]);
            }
            assert!(evens[2..].iter().copied().eq((1..=1000).step_by(2)), "{length}");
            assert!(odds[2..].iter().copied().eq((2..=1000).step_by(2)), "{length}");
        }
    }
}
