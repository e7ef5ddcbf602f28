//! Documents become pictures and pages: one self-contained HTML file, PNGs, text for the terminal.

pub mod charts;

use crate::error::Result;
use crate::model::{Check, Delivery, Plan, Profile, Render};

/// What a report is made of: a check always, a plan and a render where there are any.
pub struct Song<'a> {
    /// For people: the title tag or the file name.
    pub title: String,
    /// The source, measured and checked.
    pub check: &'a Check,
    /// What it was compared with.
    pub profile: &'a Profile,
    /// What is demanded.
    pub delivery: &'a Delivery,
    /// What is proposed.
    pub plan: Option<&'a Plan>,
    /// What was written.
    pub render: Option<&'a Render>,
}

/// The report on one song as one HTML file that needs nothing beside itself.
///
/// # Errors
/// A chart that cannot be drawn.
pub fn html(_song: &Song) -> Result<String> {
    Ok(String::new())
}

/// All charts of a song as PNGs: file name and bytes.
///
/// # Errors
/// A chart that cannot be drawn.
pub fn pngs(_song: &Song) -> Result<Vec<(String, Vec<u8>)>> {
    Ok(Vec::new())
}
