//! A configuration of CamillaDSP.

use super::curve::{Filter, filters};
use super::{gain_db, one_line, remarks};
use crate::dsp::biquad::BUTTERWORTH_Q;
use crate::model::{EqBand, EqShape, Plan};

/// Gain, high-pass and equaliser of a plan for a stereo stream from standard input to standard output; the devices
/// are the first thing to change.
pub fn camilladsp(plan: &Plan, sample_rate_hz: u32) -> String {
    let filters = filters(plan);
    let mut out =
        format!("# mixproof {}: proposal for {}\n", env!("CARGO_PKG_VERSION"), one_line(&plan.input));
    out += &remarks(plan, &filters, sample_rate_hz);
    out += &format!(
        "---\ndevices:\n  samplerate: {sample_rate_hz}\n  chunksize: 4096\n  capture:\n    type: Stdin\n    channels: 2\n    \
         format: FLOAT32LE\n  playback:\n    type: Stdout\n    channels: 2\n    format: FLOAT32LE\nfilters:\n"
    );
    out += &format!(
        "  gain:\n    type: Gain\n    parameters:\n      gain: {:.2}\n      scale: dB\n      inverted: false\n",
        gain_db(plan)
    );
    let mut names = vec!["gain".to_string()];
    for (index, filter) in filters.iter().enumerate() {
        let (kind, hz, gain_db, q) = match filter {
            Filter::HighPass(corner_hz) => ("Highpass", *corner_hz, None, BUTTERWORTH_Q),
            Filter::Band(EqBand { shape, center_hz, gain_db, q }) => {
                let kind = match shape {
                    EqShape::Peak => "Peaking",
                    EqShape::LowShelf => "Lowshelf",
                    EqShape::HighShelf => "Highshelf",
                };
                (kind, *center_hz, Some(*gain_db), *q)
            }
        };
        let name = format!("{}_{}", kind.to_lowercase(), index + 1);
        out += &format!(
            "  {name}:\n    type: Biquad\n    parameters:\n      type: {kind}\n      freq: {hz:.2}\n"
        );
        if let Some(gain_db) = gain_db {
            out += &format!("      gain: {gain_db:.3}\n");
        }
        out += &format!("      q: {q:.5}\n");
        names.push(name);
    }
    out += "pipeline:\n  - type: Filter\n    channels: [0, 1]\n    names:\n";
    names.iter().for_each(|name| out += &format!("      - {name}\n"));
    out
}
