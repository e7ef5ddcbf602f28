//! Impossible settings are refused, naming the move, the key and the allowed range.

use super::{compressor, limiter_of, moves};
use mixproof::model::{DynamicBand, EqBand, EqPhase, EqShape, Move, Processor};
use mixproof::process::Chain;

#[track_caller]
fn check_refused(processors: &[Processor], expected: &str) {
    let message = match Chain::new(&moves(processors), 44_100, 2) {
        Ok(_) => panic!("accepted; expected \"{expected}\""),
        Err(error) => error.to_string(),
    };
    assert!(message.contains(expected), "\"{message}\" does not say \"{expected}\"");
}

fn band(center_hz: f64, gain_db: f64, q: f64) -> Processor {
    Processor::Eq {
        bands: vec![EqBand { shape: EqShape::Peak, center_hz, gain_db, q }],
        phase: EqPhase::Minimum,
    }
}

#[test]
fn impossible_settings_are_refused_by_name() {
    check_refused(&[band(1e3, 3.0, 0.0)], "move \"move-0\": bands[0].q is 0, allowed is 0.1 to 40");
    check_refused(&[band(1e3, 30.0, 1.0)], "bands[0].gain_db is 30, allowed is -24 to 24");
    check_refused(&[band(22e3, 3.0, 1.0)], "bands[0].center_hz is 22000, allowed is 10 to 21609 Hz");
    check_refused(&[band(1e3, f64::NAN, 1.0)], "bands[0].gain_db is NaN");
    check_refused(&[limiter_of(3.0, 0.0)], "ceiling_dbtp is 3, allowed is -24 to 0");
    check_refused(&[limiter_of(-1.0, f64::INFINITY)], "gain_db is inf");
    check_refused(&[Processor::Compressor(compressor(0.5, 0.0))], "ratio is 0.5, allowed is 1 to 100");
    check_refused(&[Processor::Dither { bits: 32, seed: 0 }], "bits is 32, allowed is 8 to 24");
    let band = DynamicBand {
        center_hz: 7000.0,
        q: 1.4,
        threshold_dbfs: 3.0,
        ratio: 3.0,
        attack_ms: 2.0,
        release_ms: 60.0,
        max_reduction_db: 4.0,
    };
    check_refused(&[Processor::DeEsser(band.clone())], "threshold_dbfs is 3, allowed is -100 to 0");
    let steep = DynamicBand { threshold_dbfs: -30.0, q: 50.0, ..band };
    check_refused(&[Processor::DynamicEq { bands: vec![steep] }], "bands[0].q is 50, allowed is 0.1 to 40");
    check_refused(&[Processor::DynamicEq { bands: Vec::new() }], "bands has 0 entries, allowed is 1 to 8");
    let clip = Processor::SoftClip { ceiling_dbfs: 30.0, knee_db: 3.0 };
    check_refused(&[clip], "ceiling_dbfs is 30, allowed is -48 to 24");
    let multiband = |crossovers_hz: &[f64], bands| Processor::Multiband {
        crossovers_hz: crossovers_hz.to_vec(),
        bands: vec![compressor(2.0, 0.0); bands],
    };
    check_refused(&[multiband(&[200.0], 3)], "crossovers_hz has 1 entries, allowed is 2");
    check_refused(&[multiband(&[2000.0, 200.0], 3)], "crossovers_hz[1] is 200, allowed is 2000 to 21609 Hz");
}

#[test]
fn moves_out_of_order_are_refused() {
    let gain = Processor::Gain { gain_db: -1.0 };
    let dither = Processor::Dither { bits: 16, seed: 0 };
    check_refused(&[limiter_of(-1.0, 0.0), gain.clone()], "nothing but dither may come");
    check_refused(&[dither.clone(), gain.clone()], "after which nothing may come");
    let chain = |moves: &[Move]| Chain::new(moves, 44_100, 2).map(|_| ()).map_err(|error| error.to_string());
    assert_eq!(chain(&moves(&[gain.clone(), limiter_of(-1.0, 0.0), dither])), Ok(()));
    let clip = Processor::SoftClip { ceiling_dbfs: -1.0, knee_db: 3.0 };
    check_refused(&[limiter_of(-1.0, 0.0), clip], "nothing but dither may come");
    let mut twice = moves(&[gain.clone(), gain]);
    twice[1].id = twice[0].id.clone();
    assert!(chain(&twice).is_err_and(|error| error.contains("twice")));
}

#[test]
fn more_than_two_channels_are_refused_by_name() {
    let error = Chain::new(&[], 48_000, 6).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(error.contains("6 channels"), "{error}");
    assert!(Chain::new(&[], 48_000, 0).is_err());
}
