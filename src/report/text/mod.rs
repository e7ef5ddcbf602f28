//! Text for the terminal: the verdict, the measures with their spans, the findings, the moves. Returns strings, prints nothing.

mod album;
mod comparison;
mod history;
mod library;
mod paint;
mod preview;
mod scan;
mod self_test;
mod stems;
mod summary;
mod together;

pub use album::{album, album_policy};
pub use comparison::comparison;
pub use history::{bounce, history, song_line};
pub use library::{analysis, delivery, lists, profile, profile_difference};
pub use preview::preview;
pub use scan::scan_summary;
pub use self_test::self_test;
pub(super) use stems::role_name;
pub use stems::stems;
pub use summary::{Summary, summary};

use super::measures::{MEASURES, Measure, change, figure, figure_or_dash, minus, number, rank};
use super::moves::{condition, confidence, cost, name, settings};
use super::song::{needs_the_mix, severity_sign};
use super::verdict::{Outcome, sentence, verdict};
use super::{FIVE, Song, clean, places_apart, plain, title_of};
use crate::model::{Applicability, Check, Delivery, Finding, Fix, Plan, Profile, Severity, Span};
use crate::units::{Unit, clock};
use paint::{Paint, Style, wrapped};

/// How the text is to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Only ASCII characters.
    pub ascii: bool,
    /// ANSI colours.
    pub color: bool,
    /// Columns of the terminal; lines are broken there.
    pub width: usize,
}

impl Default for Options {
    fn default() -> Options {
        Options { ascii: false, color: false, width: 80 }
    }
}

/// Columns of the bar that shows a span.
const BAR: usize = 24;
/// Most places of a finding that are listed.
const PLACES_MAX: usize = 6;

/// A check: verdict, measures, findings. `profile` and `delivery` are those that the check names.
pub fn check(check: &Check, profile: &Profile, delivery: &Delivery, options: &Options) -> String {
    song(&Song::new(title_of(&check.analysis), check, profile, delivery), options)
}

/// A proposal alone: what is done, why, what is expected.
pub fn plan(plan: &Plan, options: &Options) -> String {
    let paint = Paint::new(options);
    let expected = format!(
        "{}, {}",
        figure_or_dash(plan.predicted.loudness.integrated_lufs, Unit::Lufs),
        figure_or_dash(plan.predicted.peaks.true_peak_dbtp, Unit::Dbtp)
    );
    let mut out = format!(
        "{}  for {}, expected {expected}\n",
        paint.styled(&plain(&plan.input), Style::Bold),
        plain(&plan.delivery)
    );
    list_moves(plan, false, &paint, &mut out);
    for left in &plan.unresolved {
        let words = format!("not mended: {}", sentence(&left.advice));
        wrapped(&words, paint.width).iter().for_each(|line| out += &format!("{line}\n"));
    }
    paint.finish(out)
}

/// A song with all that is known of it: a check, a plan, a render.
pub fn song(song: &Song, options: &Options) -> String {
    let paint = Paint::new(options);
    let mut out = String::new();
    head(song, &paint, &mut out);
    if !song.silent() {
        measures(song, &paint, &mut out);
        spark(song, &paint, &mut out);
    }
    findings(song, &paint, &mut out);
    moves(song, &paint, &mut out);
    paint.finish(out)
}

fn head(song: &Song, paint: &Paint, out: &mut String) {
    let source = &song.before().source;
    let bits = source.bits.map_or(String::new(), |bits| format!(" {bits} bit"));
    let channels = match source.channels {
        1 => "mono".to_string(),
        2 => "stereo".to_string(),
        count => format!("{count} channels"),
    };
    let rate = figure(f64::from(source.sample_rate_hz), Unit::Hz);
    let facts =
        format!("{}, {}{bits}, {rate}, {channels}", clock(source.duration_s, true), plain(&source.container));
    *out += &format!(
        "{}  {}\n",
        paint.styled(&plain(&song.title), Style::Bold),
        paint.styled(&facts, Style::Faint)
    );
    let verdict = verdict(song);
    let style = match verdict.outcome {
        Outcome::Good => Style::Good,
        Outcome::Look => Style::Warn,
        Outcome::Bad => Style::Fail,
    };
    let badge = format!("{} {}", verdict.outcome.sign(), verdict.outcome.word());
    *out += &format!("{}\n", paint.styled(&badge, style));
    for line in wrapped(&verdict.headline, paint.width) {
        *out += &format!("{}\n", paint.styled(&line, Style::Bold));
    }
    for line in wrapped(&verdict.detail, paint.width) {
        *out += &format!("{line}\n");
    }
}

/// The measures that the profile has a span for, and the five of the first screen.
fn measures(song: &Song, paint: &Paint, out: &mut String) {
    let shown =
        MEASURES.iter().filter(|measure| FIVE.contains(&measure.path) || song.span(measure).is_some());
    let wide = paint.width >= 76;
    let ranked = paint.width >= 92;
    *out += &format!(
        "\n{}\n",
        paint.styled(
            &format!("Measures against {}, {}", song.profile_title(), song.span_words()),
            Style::Faint
        )
    );
    for measure in shown {
        let unit = measure.unit();
        let before = (measure.get)(song.before());
        let after = song.after().and_then(measure.get).or_else(|| proposed(song, measure));
        let value = match after {
            Some(after) => format!("{} → {}", plain_number(before, unit), figure(after, unit)),
            None => figure_or_dash(before, unit),
        };
        *out += &format!("  {:<22}{value:>22}", measure.name);
        if let (Some(shown), Some(span)) = (after.or(before), song.span(measure)) {
            if wide {
                *out += &format!("  {}", bar(paint, before, after, span));
            }
            let (word, style) = match shown {
                low if low < span.p10 => ("below", Style::Warn),
                high if high > span.p90 => ("above", Style::Warn),
                _ => ("inside", Style::Good),
            };
            // A place among the tracks is known of what was compared: the file, not what is proposed for it.
            let place = song.percentile(measure).filter(|_| ranked && after.is_none());
            let words = place.map_or_else(|| word.to_string(), |percentile| standing(measure, percentile));
            *out += &format!("  {}", paint.styled(&words, style));
        }
        out.push('\n');
    }
}

/// `louder than 92 %`, of the tracks that the heading names.
fn standing(measure: &Measure, percentile: f64) -> String {
    let words = rank((measure.less, measure.more), percentile, "");
    if words.starts_with("right") {
        "in the middle".to_string()
    } else {
        words.trim_end_matches(" of ").to_string()
    }
}

fn proposed(song: &Song, measure: &Measure) -> Option<f64> {
    song.plan.filter(|plan| !plan.moves.is_empty()).and_then(|_| song.predicted(measure))
}

fn plain_number(value: Option<f64>, unit: Unit) -> String {
    value.map_or_else(|| "–".to_string(), |value| number(value, unit.decimals()))
}

/// `··○···[━━━│━━━]····`: the span, and where the song stands (ring before, disc now).
fn bar(paint: &Paint, before: Option<f64>, after: Option<f64>, span: &Span) -> String {
    let values = [before, after].into_iter().flatten().chain([span.p10, span.p90]);
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
    let room = ((high - low) * 0.1).max(1e-6);
    let place = |value: f64| {
        let share = (value - low + room) / (high - low + 2.0 * room);
        ((share * BAR as f64) as usize).min(BAR - 1)
    };
    let mut cells: Vec<(char, Style)> = vec![('·', Style::Faint); BAR];
    for cell in &mut cells[place(span.p10)..=place(span.p90)] {
        *cell = ('━', Style::Faint);
    }
    if let (Some(before), Some(_)) = (before, after) {
        cells[place(before)] = ('○', Style::Mix);
    }
    if let Some(now) = after.or(before) {
        cells[place(now)] = ('●', if after.is_some() { Style::Master } else { Style::Mix });
    }
    cells.iter().map(|(c, style)| paint.styled(&c.to_string(), *style)).collect()
}

/// Short-term loudness over time as one line of blocks.
fn spark(song: &Song, paint: &Paint, out: &mut String) {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let loudness = &song.subject().loudness;
    let values = &loudness.short_term_lufs;
    let highest = values.iter().flatten().copied().fold(f32::NEG_INFINITY, f32::max);
    if !highest.is_finite() {
        return;
    }
    let columns = paint.width.saturating_sub(4).clamp(10, 76).min(values.len().max(1));
    let lowest = highest - 18.0;
    let line: String = (0..columns)
        .map(|column| {
            let from = column * values.len() / columns;
            let to = ((column + 1) * values.len() / columns).max(from + 1);
            let loudest = values[from..to].iter().flatten().copied().fold(f32::NEG_INFINITY, f32::max);
            let share = f64::from((loudest - lowest) / (highest - lowest)).clamp(0.0, 1.0);
            if loudest.is_finite() { BLOCKS[(share * 7.0).round() as usize] } else { ' ' }
        })
        .collect();
    let style = if song.after().is_some() { Style::Master } else { Style::Mix };
    *out += &format!("\n  {}\n", paint.styled(&line, style));
    let scale = format!("loudness over time, top {}, 18 LU high", figure(f64::from(highest), Unit::Lufs));
    *out += &format!("  {}\n", paint.styled(&scale, Style::Faint));
}

fn findings(song: &Song, paint: &Paint, out: &mut String) {
    let all = song.findings();
    let group = |wanted: &dyn Fn(&Finding) -> bool| -> Vec<&Finding> {
        all.iter().copied().filter(|finding| wanted(finding)).collect()
    };
    let worth = |finding: &Finding| finding.severity > Severity::Info;
    let groups = [
        ("To fix in the mix", group(&needs_the_mix)),
        ("For mastering", group(&|finding| worth(finding) && finding.fix == Fix::Master)),
        ("Worth a look", group(&|finding| finding.severity == Severity::Warn && finding.fix == Fix::None)),
        ("Notes", group(&|finding| !worth(finding))),
        ("New on the written file", song.findings_after().into_iter().filter(|f| song.is_new(f)).collect()),
    ];
    for (title, findings) in groups.iter().filter(|(_, findings)| !findings.is_empty()) {
        *out += &format!("\n{}\n", paint.styled(title, Style::Bold));
        for one in findings {
            finding(one, paint, out);
        }
    }
}

fn finding(finding: &Finding, paint: &Paint, out: &mut String) {
    let style = match finding.severity {
        Severity::Fail => Style::Fail,
        Severity::Warn => Style::Warn,
        Severity::Info => Style::Info,
    };
    let sign = paint.styled(severity_sign(finding.severity), style);
    let width = paint.width.saturating_sub(4);
    let mut lines = wrapped(&sentence(&finding.message), width).into_iter();
    let first = lines.next().unwrap_or_default();
    *out += &format!("  {sign} {}\n", paint.styled(&first, Style::Bold));
    lines.for_each(|line| *out += &format!("    {}\n", paint.styled(&line, Style::Bold)));
    for line in wrapped(&sentence(&finding.advice), width) {
        *out += &format!("    {line}\n");
    }
    let mut meta = plain(&format!("{} {}", finding.code, finding.name));
    if !finding.at.is_empty() {
        let shown = places_apart(&finding.at, PLACES_MAX);
        let places: Vec<String> = shown.iter().map(|range| clock(range.start_s, true)).collect();
        meta += &format!(", at {}", places.join(" "));
        if finding.at.len() > shown.len() {
            meta += &format!(" and {} more", finding.at.len() - shown.len());
        }
    }
    for line in wrapped(&meta, width) {
        *out += &format!("    {}\n", paint.styled(&line, Style::Faint));
    }
}

fn moves(song: &Song, paint: &Paint, out: &mut String) {
    let Some(plan) = song.plan() else { return };
    let title = if song.render.is_some() { "What mastering did" } else { "What mastering proposes" };
    *out += &format!("\n{}\n", paint.styled(title, Style::Bold));
    if song.leaves_alone() {
        *out += "  Already fits: nothing to do.\n";
    }
    list_moves(plan, song.render.is_some(), paint, out);
    let heard = song.render.and_then(|render| render.audibility.as_ref()).and_then(cost);
    for line in heard.iter().flat_map(|words| wrapped(words, paint.width.saturating_sub(5))) {
        *out += &format!("     {line}\n");
    }
    outcome(song, paint, out);
}

fn list_moves(plan: &Plan, rendered: bool, paint: &Paint, out: &mut String) {
    let width = paint.width.saturating_sub(5);
    for (index, a_move) in plan.moves.iter().enumerate() {
        let style =
            if a_move.applicability == Applicability::Automatic { Style::Master } else { Style::Faint };
        let number = paint.styled(&format!("{:>2}", index + 1), style);
        let dialled = settings(&a_move.processor).join("; ");
        let mut lines = wrapped(&format!("{}: {dialled}", name(&a_move.processor)), width).into_iter();
        *out += &format!("  {number} {}\n", lines.next().unwrap_or_default());
        lines.for_each(|line| *out += &format!("     {line}\n"));
        let mut why = sentence(&a_move.reason);
        if !a_move.predicted_effect.is_empty() {
            why += &format!(" Effect: {}", minus(&clean(&a_move.predicted_effect)));
        }
        why += &format!(" ({}", confidence(a_move.confidence));
        if let Some(condition) = condition(a_move.applicability, rendered) {
            why += &format!("; {}", condition.to_lowercase());
        }
        for line in wrapped(&(why + ")"), width) {
            *out += &format!("     {}\n", paint.styled(&line, Style::Faint));
        }
    }
}

/// What was missed, what cannot be mended, where the file is.
fn outcome(song: &Song, paint: &Paint, out: &mut String) {
    let width = paint.width.saturating_sub(4);
    let list = |title: &str, lines: Vec<String>, out: &mut String| {
        if lines.is_empty() {
            return;
        }
        *out += &format!("\n{}\n", paint.styled(title, Style::Bold));
        for words in lines {
            for (index, line) in wrapped(&words, width).iter().enumerate() {
                *out += &format!("  {} {line}\n", if index == 0 { "-" } else { " " });
            }
        }
    };
    let advice = song.unmended().into_iter().map(|unresolved| sentence(&unresolved.advice));
    list("What mastering cannot mend", advice.collect(), out);
    let Some(render) = song.render else { return };
    let missed = render.missed.iter().map(|missed| {
        let unit = Unit::of_path(&missed.measure);
        format!(
            "{}: {} instead of {} ({}). {}",
            super::measures::name_of(&missed.measure),
            figure(missed.measured, unit),
            figure(missed.predicted, unit),
            change(missed.measured - missed.predicted, unit),
            sentence(&missed.reason)
        )
    });
    list("Missed", missed.collect(), out);
    *out += &format!("\nWritten to {}\n", plain(&render.output.path));
}
