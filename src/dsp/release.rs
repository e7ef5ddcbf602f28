//! The release of a limiter: a reduction is followed at once, and let go slowly.

use super::simd::{Arithmetic, dispatch, greater};

/// A release that leads to a slow mean of the reduction at first, and only from there to nothing.
#[derive(Debug, Clone, Copy)]
pub struct Release {
    release_pole: f64,
    mean_pole: f64,
    /// Reductions below this are over.
    least: f64,
    released: f64,
    mean: f64,
}

impl Release {
    /// At rest; poles per frame.
    pub fn new(release_pole: f64, mean_pole: f64, least: f64) -> Release {
        Release { release_pole, mean_pole, least, released: 0.0, mean: 0.0 }
    }

    /// Whether nothing is reduced any more.
    pub fn is_over(&self) -> bool {
        self.released == 0.0
    }

    /// Replaces the reductions that are held by those that are left after the release. Takes and returns the number of
    /// frames for which there has been none.
    pub fn follow(&mut self, reductions: &mut [f64], idle: usize) -> usize {
        follow(self, reductions, idle)
    }
}

dispatch! {
    fn follow(release: &mut Release, reductions: &mut [f64], idle: usize) -> usize = follow_body
}

#[inline(always)]
fn follow_body<A: Arithmetic>(release: &mut Release, reductions: &mut [f64], idle: usize) -> usize {
    let Release { release_pole, mean_pole, least, mut released, mut mean } = *release;
    let mut idle = idle;
    for reduction in reductions {
        let held = *reduction;
        mean = A::madd(mean, mean_pole, held * (1.0 - mean_pole));
        released = greater(A::madd(released, release_pole, mean * (1.0 - release_pole)), held);
        if held == 0.0 && released < least {
            (released, mean) = (0.0, 0.0);
            idle = idle.saturating_add(1);
        } else {
            idle = 0;
        }
        *reduction = released;
    }
    (release.released, release.mean) = (released, mean);
    idle
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::simd::Plain;

    #[test]
    fn both_copies_agree_follow_at_once_and_come_to_rest() {
        let mut release = Release::new(0.95, 0.99, 1e-3);
        let mut twin = release;
        let held: Vec<f64> = (0..4000).map(|i| if (100..200).contains(&i) { 1000.0 } else { 0.0 }).collect();
        let (mut fast, mut plain) = (held.clone(), held.clone());
        let idle = release.follow(&mut fast, 0);
        assert_eq!(idle, follow_body::<Plain>(&mut twin, &mut plain, 0));
        assert!(fast.iter().zip(&plain).all(|(a, b)| (a - b).abs() < 1e-9 * (1.0 + b)));
        assert!(fast.iter().zip(&held).all(|(released, held)| released >= held));
        assert!(fast[250] > 0.0 && fast[250] < 1000.0 && fast[3999] == 0.0);
        assert!(release.is_over() && idle > 100, "{idle}");
    }
}
