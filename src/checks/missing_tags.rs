//! `FILE008`

use super::Context;
use super::registry::{Findings, check};
use crate::model::Fix;

check! {
    /// ### What it measures
    /// Whether a master carries the tags that its delivery asks for: title and artist for services, the ISRC
    /// as well for a disc; a broadcaster and a lacquer read none.
    ///
    /// ### Why it matters
    /// Players show a file name instead; a distributor asks for them anyway.
    ///
    /// ### What to do
    /// Write the tags into the delivered file, or deliver a sheet beside it.
    ///
    /// ### References
    /// The text tags that were read (ID3, Vorbis comments, RIFF INFO, iTunes atoms) against the field `tags`
    /// of the delivery.
    "FILE008" "missing-tags" Info since "0.1.0" => run
}

fn run(cx: &Context, found: &mut Findings) {
    let tags = &cx.analysis.source.tags;
    let wanted: Vec<&str> = cx.delivery.tags.iter().map(String::as_str).collect();
    let is_missing = |key: &&str| tags.get(*key).is_none_or(|value| value.trim().is_empty());
    let missing: Vec<&str> = wanted.iter().copied().filter(is_missing).collect();
    if !cx.is_master() || missing.is_empty() {
        return;
    }
    found
        .info(match missing.as_slice() {
            [one] => format!("missing tag: {one}"),
            several => format!("missing tags: {}", several.join(", ")),
        })
        .expected(format!("{} for {}", wanted.join(", "), cx.delivery.title))
        .advice(Fix::Master, "write the missing tags into the file, or deliver a sheet beside it");
}
