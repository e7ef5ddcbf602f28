//! Seeded noise: SplitMix64 (Steele, Lea and Flood, OOPSLA 2014). The same seed gives the same samples.

/// A seeded source of noise.
#[derive(Debug, Clone)]
pub struct Random {
    state: u64,
}

impl Random {
    /// A source that starts at `seed`.
    pub fn seeded(seed: u64) -> Random {
        Random { state: seed }
    }

    /// The next number, uniform in −1 … 1.
    pub fn bipolar(&mut self) -> f32 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        // The upper 24 bits fit an f32 exactly.
        (z >> 40) as f32 / (1u32 << 23) as f32 - 1.0
    }

    /// The next number, uniform in 0 … 1.
    pub fn unit(&mut self) -> f32 {
        0.5 + 0.5 * self.bipolar()
    }
}
