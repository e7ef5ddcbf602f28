//! Text for the terminal: how the stems sit together, what could be done, what was written.

use super::paint::{Paint, Style, wrapped};
use crate::model::{Applicability, BalanceKind, StemSet, Together};
use crate::report::measures::{figure, figure_or_dash};
use crate::report::plain;
use crate::report::stems::{in_words, processor, room, sent};
use crate::units::{Unit, clock};

/// Conflicts that are shown.
const CONFLICTS: usize = 5;

/// Masking, balance, plan, rendering; nothing where there is nothing to say.
pub(super) fn together(set: &StemSet, paint: &Paint, out: &mut String) {
    if let Some(together) = &set.together {
        balance(set, together, paint, out);
    }
    masking(set, paint, out);
    plan(set, paint, out);
    rendered(set, paint, out);
}

fn title(words: &str, paint: &Paint, out: &mut String) {
    *out += &format!("\n{}\n", paint.styled(words, Style::Bold));
}

/// A line with what hangs below it, wrapped.
fn line(text: &str, paint: &Paint, out: &mut String) {
    for (index, line) in wrapped(text, paint.width.saturating_sub(4)).into_iter().enumerate() {
        *out += &format!("{}{line}\n", if index == 0 { "  " } else { "    " });
    }
}

fn balance(set: &StemSet, together: &Together, paint: &Paint, out: &mut String) {
    title("Balance", paint, out);
    let of = |kind| set.balance.iter().filter(move |own| own.kind == kind);
    for sum in of(BalanceKind::Sum) {
        let text = format!(
            "plain sum {}, true peak {}, headroom {}",
            figure_or_dash(sum.integrated_lufs, Unit::Lufs),
            figure_or_dash(together.staging.sum_true_peak_dbtp, Unit::Dbtp),
            figure_or_dash(together.staging.headroom_db, Unit::Db)
        );
        line(&text, paint, out);
    }
    let groups: Vec<String> = of(BalanceKind::Group)
        .map(|own| format!("{} {}", own.name, figure_or_dash(own.relative_lu, Unit::Lu)))
        .collect();
    line(&format!("groups against the sum: {}", groups.join(", ")), paint, out);
    if let Some(lead) = &together.lead {
        let mut text = format!(
            "lead vocal {} against all else while it sings ({})",
            figure(lead.over_rest_lu, Unit::Lu),
            clock(lead.active_s, false)
        );
        if !lead.buried.is_empty() {
            let at: Vec<String> = lead.buried.iter().map(|at| clock(at.start_s, false)).collect();
            text += &format!("; softest at {}", at.join(", "));
        }
        line(&text, paint, out);
    }
    let mut owners: Vec<(&str, f64)> = Vec::new();
    for stretch in &together.low_end {
        let length_s = stretch.end_s - stretch.start_s;
        match owners.iter_mut().find(|(name, _)| *name == stretch.owner) {
            Some(owner) => owner.1 += length_s,
            None => owners.push((&stretch.owner, length_s)),
        }
    }
    owners.sort_by(|a, b| b.1.total_cmp(&a.1));
    if !owners.is_empty() {
        let shown = owners
            .iter()
            .take(4)
            .map(|(name, length_s)| format!("{} ({})", plain(name), clock(*length_s, false)));
        line(&format!("low end, 40 to 120 Hz: {}", shown.collect::<Vec<_>>().join(", ")), paint, out);
    }
    for pair in &together.phase {
        let turned = if pair.inverted { ", upside down" } else { "" };
        let text = format!(
            "{} lies {} against {}{turned}: aligned, the two gain {}",
            plain(&pair.b),
            figure(1000.0 * pair.delay_s, Unit::Ms),
            plain(&pair.a),
            figure(pair.gained_db, Unit::Db)
        );
        line(&text, paint, out);
    }
}

fn masking(set: &StemSet, paint: &Paint, out: &mut String) {
    if set.masking.is_empty() {
        return;
    }
    title("Who hides whom", paint, out);
    for own in set.masking.iter().take(CONFLICTS) {
        let bands: Vec<String> =
            own.bands.iter().take(3).map(|band| figure(band.center_hz.round(), Unit::Hz)).collect();
        let mut text = format!(
            "{} hides {:.0} % of {}, most round {}",
            plain(&own.masker),
            100.0 * own.share,
            plain(&own.maskee),
            bands.join(", ")
        );
        if let Some(at) = own.at.first() {
            text += &format!(", as at {}", clock(at.start_s, false));
        }
        if let Some(remedy) = &own.remedy {
            text += &format!(
                "; with {} on it {:.0} %, and the sum changes by {}",
                in_words(&remedy.step),
                100.0 * remedy.remaining_share,
                figure(remedy.sum_change_lu, Unit::Lu)
            );
        }
        line(&text, paint, out);
    }
}

fn plan(set: &StemSet, paint: &Paint, out: &mut String) {
    let Some(plan) = set.plan.as_ref().filter(|plan| !plan.stems.is_empty()) else { return };
    title("What could be done", paint, out);
    for stem in &plan.stems {
        let mut parts: Vec<String> = Vec::new();
        let tag = |applicability| if applicability == Applicability::Automatic { "" } else { " (opt-in)" };
        if let Some(own) = &stem.placement {
            let turn = if own.invert { "turn it upside down" } else { "" };
            let way = if own.later_frames > 0 { "later" } else { "earlier" };
            let put = if own.later_frames == 0 {
                String::new()
            } else {
                format!("{} samples {way}", own.later_frames.abs())
            };
            let both = [turn, put.as_str()]
                .into_iter()
                .filter(|words| !words.is_empty())
                .collect::<Vec<_>>()
                .join(", ");
            parts.push(format!("{both}{}", tag(own.applicability)));
        }
        parts.extend(
            stem.moves
                .iter()
                .map(|step| format!("{}{}", processor(&step.processor), tag(step.applicability))),
        );
        parts.extend(stem.send.as_ref().map(|send| format!("{}{}", sent(send), tag(send.applicability))));
        line(&format!("{}: {}", plain(&stem.name), parts.join("; ")), paint, out);
    }
    if let Some(space) = &plan.space {
        line(&room(space), paint, out);
    }
    for words in &plan.advice {
        line(&format!("by hand: {words}"), paint, out);
    }
}

fn rendered(set: &StemSet, paint: &Paint, out: &mut String) {
    let Some(render) = &set.render else { return };
    title("Rough mix", paint, out);
    let text = format!(
        "{}: {}, true peak {}, measured on the written file",
        plain(&render.rough_mix),
        figure_or_dash(render.integrated_lufs, Unit::Lufs),
        figure_or_dash(render.true_peak_dbtp, Unit::Dbtp)
    );
    line(&text, paint, out);
    if let Some(against) = &render.against_mix {
        let left =
            against.residual_db.map_or_else(|| "nothing".to_string(), |left_db| figure(left_db, Unit::Db));
        let text = format!(
            "against the given mix: loudness {}, {left} left",
            figure_or_dash(against.loudness_lu, Unit::Lu)
        );
        line(&text, paint, out);
    }
}
