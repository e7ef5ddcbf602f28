//! `FILE013`

use super::Context;
use super::registry::{Findings, check};
use crate::model::{Fix, Severity};
use crate::units::{Unit, clock};

check! {
    /// ### What it measures
    /// The duration against the longest that the delivery accepts.
    ///
    /// ### Why it matters
    /// What does not fit on the medium is refused by the plant.
    ///
    /// ### What to do
    /// Split the file, or choose another medium.
    ///
    /// ### References
    /// IEC 60908 (Red Book): a disc holds 79 minutes and 57 seconds.
    "FILE013" "too-long" Fail since "0.1.0" => run
}

fn run(cx: &Context, found: &mut Findings) {
    let duration_s = cx.analysis.source.duration_s;
    let Some(longest_s) = cx.delivery.max_duration_s.filter(|longest_s| duration_s > *longest_s) else {
        return;
    };
    if !cx.is_master() {
        return;
    }
    found
        .push(
            Severity::Fail,
            format!(
                "the file lasts {}, {} too long",
                clock(duration_s, false),
                clock(duration_s - longest_s, false)
            ),
        )
        .measured(duration_s, Unit::S)
        .expected(format!("at most {}", clock(longest_s, false)))
        .advice(
            Fix::Master,
            format!(
                "split the file into parts of at most {}, or deliver it for another medium than {}",
                clock(longest_s, false),
                cx.delivery.title
            ),
        );
}
