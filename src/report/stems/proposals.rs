//! Moves per stem, and what came of them.

use crate::model::{Applicability, Move, Processor, Space, SpaceSend, StemSet};
use crate::report::measures::{figure, figure_or_dash};
use crate::report::plain;
use crate::units::Unit;
use maud::{Markup, html};

/// The moves, stem by stem.
pub(super) fn plan(set: &StemSet) -> Option<Markup> {
    let plan = set.plan.as_ref().filter(|plan| !plan.stems.is_empty() || !plan.advice.is_empty())?;
    Some(html! {
        p.intro { "Few moves, each with its reason. What is a matter of taste waits for you: it is done only when asked for." }
        @for stem in &plan.stems {
            h3.sub { bdi { (plain(&stem.name)) } }
            ul.plain {
                @if let Some(own) = &stem.placement {
                    li {
                        p {
                            @if own.invert { "turn it upside down" @if own.later_frames != 0 { ", " } }
                            @if own.later_frames != 0 { "put it " (own.later_frames.abs()) " samples " @if own.later_frames > 0 { "later" } @else { "earlier" } }
                            " " (tag(own.applicability))
                        }
                        p.effect { (own.reason) (confidence(own.confidence)) }
                    }
                }
                @for step in &stem.moves {
                    li {
                        p { (processor(&step.processor)) " " (tag(step.applicability)) }
                        p.effect { (step.reason) ": " (step.predicted_effect) (confidence(step.confidence)) }
                    }
                }
                @if let Some(send) = &stem.send {
                    li {
                        p { (sent(send)) " " (tag(send.applicability)) }
                        p.effect { (send.reason) (confidence(send.confidence)) }
                    }
                }
            }
        }
        @if let Some(space) = &plan.space { p.meta { (room(space)) } }
        @if !plan.advice.is_empty() {
            h3.sub { "By hand" }
            ul.plain { @for words in &plan.advice { li { (words) } } }
        }
    })
}

/// A send in words.
pub(in crate::report) fn sent(send: &SpaceSend) -> String {
    format!("room send, {} wet", figure(send.wet_db, Unit::Db))
}

/// The room in words.
pub(in crate::report) fn room(space: &Space) -> String {
    format!(
        "One room for all that is sent: {:.1} s of decay, {:.0} ms before it answers, no bass below {}, dark from {}. \
         It comes back as a file of its own.",
        space.decay_s,
        1000.0 * space.predelay_s,
        figure(space.high_pass_hz, Unit::Hz),
        figure(space.damping_hz, Unit::Hz)
    )
}

fn tag(applicability: Applicability) -> Markup {
    html! {
        span.tag {
            @match applicability {
                Applicability::Automatic => "done with --apply",
                Applicability::OptIn => "only with --opt-in",
                Applicability::Advice => "by hand",
            }
        }
    }
}

fn confidence(confidence: f64) -> String {
    format!(" (confidence {:.0} %)", 100.0 * confidence)
}

/// A move in words; what no processor does is a side-chain.
pub(in crate::report) fn in_words(step: &Move) -> String {
    match &step.processor {
        Processor::Gain { gain_db } if step.applicability == Applicability::Advice => {
            format!("a side-chain of {}", figure(*gain_db, Unit::Db))
        }
        other => processor(other),
    }
}

/// A processor in words.
pub(in crate::report) fn processor(processor: &Processor) -> String {
    match processor {
        Processor::Gain { gain_db } => format!("fader {}", figure(*gain_db, Unit::Db)),
        Processor::HighPass { frequency_hz } => format!("high-pass at {}", figure(*frequency_hz, Unit::Hz)),
        Processor::Eq { bands, .. } => {
            let band = |band: &crate::model::EqBand| {
                format!(
                    "{} at {}, Q {:.1}",
                    figure(band.gain_db, Unit::Db),
                    figure(band.center_hz, Unit::Hz),
                    band.q
                )
            };
            format!("equaliser {}", bands.iter().map(band).collect::<Vec<_>>().join("; "))
        }
        Processor::Compressor(own) => format!(
            "compressor {:.1}:1 from {}, {:.0} ms / {:.0} ms",
            own.ratio,
            figure(own.threshold_dbfs, Unit::Dbfs),
            own.attack_ms,
            own.release_ms
        ),
        Processor::Width { side_gain_db, balance_db, .. } if *side_gain_db == 0.0 => {
            format!("pan: left {} against right", figure(*balance_db, Unit::Db))
        }
        Processor::Width { side_gain_db, .. } => format!("side signal {}", figure(*side_gain_db, Unit::Db)),
        Processor::SideEq { .. } => "equaliser of the side".to_string(),
        Processor::Multiband { .. } => "multiband compressor".to_string(),
        Processor::DynamicEq { .. } => "dynamic equaliser".to_string(),
        Processor::DeEsser(band) => format!("de-esser at {}", figure(band.center_hz, Unit::Hz)),
        Processor::SoftClip { ceiling_dbfs, .. } => {
            format!("soft clipper at {}", figure(*ceiling_dbfs, Unit::Dbfs))
        }
        Processor::Limiter { .. } => "limiter".to_string(),
        Processor::Dither { .. } => "dither".to_string(),
    }
}

/// What was written.
pub(super) fn rough(set: &StemSet) -> Option<Markup> {
    let render = set.render.as_ref()?;
    Some(html! {
        p {
            (figure_or_dash(render.integrated_lufs, Unit::Lufs)) ", true peak " (figure_or_dash(render.true_peak_dbtp, Unit::Dbtp))
            ", measured on the written file; " (figure(render.gain_db, Unit::Db)) " over the sum of the processed stems."
        }
        @if let Some(against) = &render.against_mix {
            p {
                "Against the given mix: " (figure_or_dash(against.loudness_lu, Unit::Lu)) " in loudness, "
                @match against.residual_db { Some(left_db) => { (figure(left_db, Unit::Db)) " left" } None => { "nothing left" } }
                @if let (Some(hz), Some(db)) = (against.widest_hz, against.widest_db) { ", widest apart at " (figure(hz, Unit::Hz)) " (" (figure(db, Unit::Db)) ")" }
                "."
            }
        }
        p.meta { (render.stems.len()) " stems beside it, " (render.stems.iter().filter(|stem| !stem.applied.is_empty()).count()) " of them processed: " bdi { (render.rough_mix) } @if let Some(space) = &render.space { ", with the room of " bdi { (space) } } }
    })
}
