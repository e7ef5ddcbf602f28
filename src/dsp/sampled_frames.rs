//! One frame of a pair of channels in every so many samples: for what does not change from moment to moment.

/// Collects frames of `size` samples whose beginnings lie `step` samples apart, from a stream in pieces.
pub struct SampledFrames {
    size: usize,
    step: usize,
    left: Vec<f32>,
    right: Vec<f32>,
    /// Samples until the next frame begins.
    wait: usize,
}

impl SampledFrames {
    /// Frames of `size` samples; a `step` below that counts as `size`.
    pub fn new(size: usize, step: usize) -> SampledFrames {
        let side = || Vec::with_capacity(size);
        SampledFrames { size, step: step.max(size), left: side(), right: side(), wait: 0 }
    }

    /// Takes in audio, and hands on every frame that is complete.
    pub fn push(
        &mut self,
        left: &[f32],
        right: Option<&[f32]>,
        mut take: impl FnMut(&[f32], Option<&[f32]>),
    ) {
        let mut at = self.wait.min(left.len());
        self.wait -= at;
        while at < left.len() {
            let to = (at + self.size - self.left.len()).min(left.len());
            self.left.extend_from_slice(&left[at..to]);
            if let Some(right) = right {
                self.right.extend_from_slice(&right[at..to]);
            }
            at = to;
            if self.left.len() == self.size {
                take(&self.left, right.is_some().then_some(self.right.as_slice()));
                self.left.clear();
                self.right.clear();
                let wait = self.step - self.size;
                let skip = wait.min(left.len() - at);
                at += skip;
                self.wait = wait - skip;
            }
        }
    }
}
