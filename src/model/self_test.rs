//! `self_test/1`: the standards' cases, as this program measures them on this machine.

use super::Persisted;
use crate::units::Unit;
use serde::{Deserialize, Serialize};

/// What `self-test` prints.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SelfTest {
    /// `self_test/1`.
    pub schema: String,
    /// Meaning of the measures that were tested.
    pub measures_rev: u32,
    /// Whether the AVX2 copies of the kernels ran, or the plain ones.
    pub accelerated: bool,
    /// Whether every case passed.
    pub passed: bool,
    /// The cases, in the order of the standards.
    pub cases: Vec<SelfTestCase>,
}

/// One reading of one case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SelfTestCase {
    /// The document that the case stands in, or the meter that was compared with.
    pub standard: String,
    /// Its number or name there.
    pub case: String,
    /// What was read.
    pub reading: String,
    /// The value; `None` where nothing was measured.
    pub measured: Option<f64>,
    /// Lowest value that passes.
    pub low: f64,
    /// Highest value that passes.
    pub high: f64,
    /// Unit of the three.
    pub unit: Unit,
    /// Whether it lies between them.
    pub passed: bool,
}

impl Persisted for SelfTest {
    const KIND: &'static str = "self_test";
    const VERSION: u32 = 1;
}
