//! A device model as filters that audio runs through.

use super::devices::{Device, Filter};
use crate::audio::Block;
use crate::dsp::biquad::{self, BUTTERWORTH_Q, Coefficients, StereoCascade};

/// Qualities of the two halves of a Butterworth filter of fourth order.
const FOURTH_ORDER_Q: [f64; 2] = [0.541_196_100_146_197, 1.306_562_964_876_376_5];

impl Filter {
    /// The filter at a sample rate. A low-pass that the rate has no room for is left out.
    pub fn coefficients(&self, sample_rate_hz: f64) -> Vec<Coefficients> {
        let room = 0.45 * sample_rate_hz;
        match *self {
            Filter::HighPass { corner_hz } => {
                FOURTH_ORDER_Q.map(|q| biquad::high_pass(corner_hz, q, sample_rate_hz)).to_vec()
            }
            Filter::LowPass { corner_hz } if corner_hz >= room => Vec::new(),
            Filter::LowPass { corner_hz } => vec![biquad::low_pass(corner_hz, BUTTERWORTH_Q, sample_rate_hz)],
            Filter::Bell { center_hz, gain_db, q } => {
                vec![biquad::peak(center_hz.min(room), gain_db, q, sample_rate_hz)]
            }
            Filter::LowShelf { center_hz, gain_db } => {
                vec![biquad::low_shelf(center_hz, gain_db, BUTTERWORTH_Q, sample_rate_hz)]
            }
            Filter::HighShelf { center_hz, gain_db } => {
                vec![biquad::high_shelf(center_hz.min(room), gain_db, BUTTERWORTH_Q, sample_rate_hz)]
            }
        }
    }
}

impl Device {
    /// What both channels pass.
    pub fn cascade(&self, sample_rate_hz: f64) -> Vec<Coefficients> {
        self.filters.iter().flat_map(|filter| filter.coefficients(sample_rate_hz)).collect()
    }

    /// What the side signal passes besides.
    pub fn side_cascade(&self, sample_rate_hz: f64) -> Vec<Coefficients> {
        self.side_filters.iter().flat_map(|filter| filter.coefficients(sample_rate_hz)).collect()
    }
}

/// A device model running on a stream of one or two channels, and as many come out.
pub struct DeviceChain {
    both: StereoCascade,
    side: StereoCascade,
    side_share: f32,
}

impl DeviceChain {
    /// A model at rest.
    pub fn new(device: &Device, sample_rate_hz: u32) -> DeviceChain {
        let rate_hz = f64::from(sample_rate_hz);
        DeviceChain {
            both: StereoCascade::new(&device.cascade(rate_hz)),
            side: StereoCascade::new(&device.side_cascade(rate_hz)),
            side_share: device.side_share as f32,
        }
    }

    /// What the device makes of the next frames, with a linear gain.
    pub fn process(&mut self, block: &Block, gain: f32) -> Block {
        let (left, right) = (block.channel(0), block.channel(block.channel_count().min(2) - 1));
        let mid: Vec<f32> = left.iter().zip(right).map(|(l, r)| 0.5 * (l + r)).collect();
        let mut side: Vec<f32> =
            left.iter().zip(right).map(|(l, r)| 0.5 * (l - r) * self.side_share).collect();
        let mut unused = vec![0.0; side.len()];
        self.side.process(&mut side, &mut unused);
        let mut left: Vec<f32> = mid.iter().zip(&side).map(|(m, s)| (m + s) * gain).collect();
        let mut right: Vec<f32> = mid.iter().zip(&side).map(|(m, s)| (m - s) * gain).collect();
        self.both.process(&mut left, &mut right);
        let mut channels = vec![left, right];
        channels.truncate(block.channel_count());
        let mut out = Block::from_channels(channels, block.sample_rate_hz());
        out.start_frame = block.start_frame;
        out
    }
}
