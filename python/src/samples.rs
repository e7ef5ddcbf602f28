//! The bytes of an array become samples.

use mixproof::error::Error;
use mixproof::model::Analysis;
use mixproof::pipeline::{Samples, Silent, analyse_samples};

/// Measures the bytes of an array of frames, in C order and the machine's own byte order. Integers are full scale at the ends
/// of their range; what is finer than `f32` is rounded to it.
pub(super) fn analyse(
    data: &[u8],
    format: &str,
    channels: usize,
    sample_rate_hz: u32,
    name: &str,
) -> Result<Analysis, Error> {
    fn each<const N: usize>(data: &[u8], sample: impl Fn([u8; N]) -> f32) -> Vec<f32> {
        data.chunks_exact(N).filter_map(|bytes| bytes.try_into().ok()).map(sample).collect()
    }
    let interleaved = match format {
        "f" => each(data, f32::from_ne_bytes),
        "d" => each(data, |bytes| f64::from_ne_bytes(bytes) as f32),
        "h" => each(data, |bytes| f32::from(i16::from_ne_bytes(bytes)) / 32_768.0),
        "i" => each(data, |bytes| (f64::from(i32::from_ne_bytes(bytes)) / 2_147_483_648.0) as f32),
        _ => return Err(Error::usage(format!("{name}: samples of format {format} are not read"))),
    };
    analyse_samples(&Samples { interleaved: &interleaved, channels, sample_rate_hz, name }, &Silent)
}
