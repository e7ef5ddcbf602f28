//! Where the samples of a pair of channels lie in a goniometer, and how their energy is shared out by direction.

use super::simd::{Arithmetic, dispatch};

/// Where one sector of direction ends and the next begins, as right over left: tangents of 11.25°, 33.75°, 56.25° and
/// 78.75°.
const SECTOR_ENDS: [f32; 4] = [0.198_912_37, 0.668_178_6, 1.496_605_8, 5.027_339_5];
/// Frames in a vector, and in a stretch whose energies are added in f32.
const LANES: usize = 8;
/// Frames that [`place`] takes.
pub const PLACED: usize = 64;

/// 2²³: above it, the lowest bits of a number in single precision are its whole part, rounded to the nearest (ties to even). The
/// compiler makes vectors of that, and not of conversions to integers.
const WHOLE: f32 = 8_388_608.0;
const WHOLE_BITS: u32 = 0xffff;

/// Energy by direction: five sectors from hard left to hard right, and what has opposite signs and lies outside them.
pub type Directions = [f64; 6];

dispatch! {
    /// For each frame the cell of a square of `size` cells a side (rows from the top: mid downwards from +1 to −1; columns:
    /// side from −1 to +1, what lies beyond in the outermost ones), and its energy added to its direction.
    pub fn place(left: &[f32; PLACED], right: &[f32; PLACED], size: u16, cells: &mut [u32; PLACED], directions: &mut Directions) = place_body
}

#[inline(always)]
fn place_body<A: Arithmetic>(
    left: &[f32; PLACED],
    right: &[f32; PLACED],
    size: u16,
    cells: &mut [u32; PLACED],
    directions: &mut Directions,
) {
    let (half, last) = (0.5 * f32::from(size), f32::from(size) - 1.0);
    // The nearest to half a cell less is the cell below; what lies on the edge of two is in one of them.
    let place =
        |value: f32| (A::madd32(value, half, half - 0.5).max(0.0).min(last) + WHOLE).to_bits() & WHOLE_BITS;
    let mut sums = [[0f32; LANES]; 6];
    for at in (0..PLACED).step_by(LANES) {
        for i in 0..LANES {
            let (left, right) = (left[at + i], right[at + i]);
            let (mid, side) = (0.5 * (left + right), 0.5 * (right - left));
            cells[at + i] = place(-mid) * u32::from(size) + place(side);
            let energy = left * left + right * right;
            let beyond = SECTOR_ENDS.map(|end| right.abs() >= end * left.abs());
            let is_outside = (left * right < 0.0) & beyond[0] & !beyond[3];
            let (inside, outside) = if is_outside { (0.0, energy) } else { (energy, 0.0) };
            sums[0][i] += if beyond[0] { 0.0 } else { inside };
            for sector in 1..4 {
                sums[sector][i] += if beyond[sector - 1] & !beyond[sector] { inside } else { 0.0 };
            }
            sums[4][i] += if beyond[3] { inside } else { 0.0 };
            sums[5][i] += outside;
        }
    }
    for (direction, lanes) in directions.iter_mut().zip(sums) {
        *direction += f64::from(lanes.iter().sum::<f32>());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::simd::Plain;

    /// One frame repeated: the cell of its first and the sector with all energy.
    fn of(left: f32, right: f32) -> (u32, usize) {
        let (mut cells, mut directions) = ([0; PLACED], [0.0; 6]);
        place(&[left; PLACED], &[right; PLACED], 512, &mut cells, &mut directions);
        let full = f64::from(left * left + right * right) * PLACED as f64;
        let sector = directions.iter().position(|energy| (energy - full).abs() < 1e-5 * full);
        (cells[PLACED - 1], sector.unwrap_or(usize::MAX))
    }

    #[test]
    fn known_directions_lie_in_their_sectors_and_cells() {
        assert_eq!(of(0.5, 0.0), (192 * 512 + 192, 0));
        assert_eq!(of(0.5, 0.25), (160 * 512 + 224, 1));
        assert_eq!(of(0.5, 0.5), (128 * 512 + 256, 2));
        assert_eq!(of(0.25, 0.5), (160 * 512 + 288, 3));
        assert_eq!(of(0.0, 0.5), (192 * 512 + 320, 4));
        assert_eq!(of(0.5, -0.5), (256 * 512 + 128, 5));
        assert_eq!(of(9.0, 9.0).0, 256, "beyond full scale: the first row");
    }

    #[test]
    fn both_copies_agree() {
        let left: [f32; PLACED] = std::array::from_fn(|i| (i as f32 * 0.37).sin());
        let right: [f32; PLACED] = std::array::from_fn(|i| (i as f32 * 0.71).cos() * 1.2);
        let (mut fast, mut plain) = (([0; PLACED], [0.0; 6]), ([0; PLACED], [0.0; 6]));
        place(&left, &right, 512, &mut fast.0, &mut fast.1);
        place_body::<Plain>(&left, &right, 512, &mut plain.0, &mut plain.1);
        for i in 0..PLACED {
            let apart = fast.0[i].abs_diff(plain.0[i]);
            assert!(apart <= 1 || apart.abs_diff(512) <= 1, "rounding moves a frame to a neighbour at most");
        }
        for (fast, plain) in fast.1.iter().zip(plain.1) {
            assert!((fast - plain).abs() < 1e-5 * (1.0 + plain));
        }
    }
}
