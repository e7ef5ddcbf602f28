//! Seeded noise: the same seed gives the same numbers on every machine and in every block size.

/// Step of the counter: 2⁶⁴ divided by the golden ratio (Steele, Lea and Flood, "SplitMix", OOPSLA 2014).
const GOLDEN_STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// SplitMix64: a counter that is mixed until its bits are independent; passes BigCrush.
#[derive(Debug, Clone)]
pub struct SplitMix64 {
    counter: u64,
}

impl SplitMix64 {
    /// A sequence; nearby seeds and nearby streams of one seed are independent.
    pub fn new(seed: u64, stream: u64) -> SplitMix64 {
        SplitMix64 { counter: mix(seed).wrapping_add(mix(!stream)) }
    }

    /// 64 random bits.
    #[inline]
    pub fn next_u64(&mut self) -> u64 {
        self.counter = self.counter.wrapping_add(GOLDEN_STEP);
        mix(self.counter)
    }

    /// Triangular noise in −1 … 1: the sum of two independent uniform numbers in −½ … ½.
    #[inline]
    pub fn triangular(&mut self) -> f64 {
        let bits = self.next_u64();
        let uniform = |half: u64| f64::from(half as u32 as i32);
        (uniform(bits) + uniform(bits >> 32)) / (1u64 << 32) as f64
    }
}

/// The finaliser of SplitMix64.
#[inline]
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
