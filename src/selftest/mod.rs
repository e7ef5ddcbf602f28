//! The standards' own cases, and closed forms where no standard has any, synthesised, measured and held against their tolerances: proof on the user's machine.
//!
//! The recipes are written a second time in `tests/suite/standards.rs`, on purpose: two transcriptions that agree are
//! worth more than one that is shared. Cases 7 and 8 of Tech 3341 and 5 and 6 of Tech 3342 are programme files that may
//! not be passed on; they are missing here.

mod agreement;
mod closed_forms;
mod loudness;
mod signals;
mod true_peak;

use crate::model::{MEASURES_REV, Persisted, SelfTest, SelfTestCase};
use crate::units::Unit;

/// Runs every case; a second or two.
pub fn run() -> SelfTest {
    let mut ledger = Ledger::default();
    loudness::tech_3341(&mut ledger);
    true_peak::tech_3341(&mut ledger);
    loudness::tech_3342(&mut ledger);
    loudness::bs_2217(&mut ledger);
    true_peak::sines(&mut ledger);
    closed_forms::third_octaves(&mut ledger);
    closed_forms::image(&mut ledger);
    closed_forms::dynamics(&mut ledger);
    agreement::with_ebur128(&mut ledger);
    SelfTest {
        schema: SelfTest::schema_tag(),
        measures_rev: MEASURES_REV,
        accelerated: crate::dsp::simd::accelerated(),
        passed: ledger.cases.iter().all(|case| case.passed),
        cases: ledger.cases,
    }
}

/// Collects readings and judges them.
#[derive(Default)]
struct Ledger {
    cases: Vec<SelfTestCase>,
}

/// Where a case stands.
#[derive(Clone, Copy)]
struct Place<'a> {
    standard: &'a str,
    case: &'a str,
}

impl Ledger {
    /// Files a reading that should be `expected`, at most `below` under it and `above` over it.
    fn file(
        &mut self,
        place: Place<'_>,
        reading: &str,
        unit: Unit,
        measured: Option<f64>,
        expected: f64,
        (below, above): (f64, f64),
    ) {
        let (low, high) = (expected - below, expected + above);
        self.cases.push(SelfTestCase {
            standard: place.standard.to_string(),
            case: place.case.to_string(),
            reading: reading.to_string(),
            measured,
            low,
            high,
            unit,
            passed: measured.is_some_and(|value| (low..=high).contains(&value)),
        });
    }

    /// Files the reading of a set of files or of a series that lies furthest from `expected`: one line for all of
    /// them. A reading that is missing fails the line.
    fn file_furthest(
        &mut self,
        place: Place<'_>,
        reading: &str,
        unit: Unit,
        measured: impl IntoIterator<Item = Option<f64>>,
        expected: f64,
        tolerance: (f64, f64),
    ) {
        let values: Option<Vec<f64>> = measured.into_iter().collect();
        let furthest = values.and_then(|values| {
            values.into_iter().max_by(|a, b| (a - expected).abs().total_cmp(&(b - expected).abs()))
        });
        self.file(place, reading, unit, furthest, expected, tolerance);
    }
}
