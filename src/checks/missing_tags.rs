//! `FILE008`

use super::Context;
use super::registry::{Findings, check};
use crate::model::Fix;

check! {
    /// ### What it measures
    /// Whether a master carries title and artist.
    ///
    /// ### Why it matters
    /// Players show a file name instead; a distributor asks for them anyway.
    ///
    /// ### What to do
    /// Write the tags into the delivered file, or deliver a sheet beside it.
    ///
    /// ### References
    /// The text tags that were read (ID3, Vorbis comments, RIFF INFO, iTunes atoms).
    "FILE008" "missing-tags" Info since "0.1.0" => run
}

/// Tags that every delivered song should carry.
const WANTED: [&str; 2] = ["title", "artist"];

fn run(cx: &Context, found: &mut Findings) {
    let tags = &cx.analysis.source.tags;
    let missing: Vec<&str> =
        WANTED.into_iter().filter(|key| tags.get(*key).is_none_or(|value| value.trim().is_empty())).collect();
    if !cx.is_master() || missing.is_empty() {
        return;
    }
    found
        .info(format!("missing tags: {}", missing.join(", ")))
        .expected("title and artist")
        .advice(Fix::Master, "write the missing tags into the file, or deliver a sheet beside it");
}
