//! Checks of the sum of the stems against the mix.

use super::registry::{Findings, measured, places, set_check};
use crate::model::{StemInMix, StemSet, StemState, SumVerdict};
use crate::units::{Unit, db_to_power};

set_check! {
    /// ### What it measures
    /// Stems that the fit finds with less than a fifth of the gain of the others, and surely so.
    ///
    /// ### Why it matters
    /// A part of the delivery is not in the given mix: muted, replaced, or of another version of the song.
    ///
    /// ### What to do
    /// Find out whether it belongs.
    ///
    /// ### References
    /// Least-squares fit over time and frequency.
    MISSING: "STEM020" "stem-missing-from-mix" Fail since "0.1.0" => missing
}

set_check! {
    /// ### What it measures
    /// Stems with twice the gain of the others.
    ///
    /// ### Why it matters
    /// A part that is in the mix twice: a bus and its source both open, or a doubled track.
    ///
    /// ### What to do
    /// Check routing; turn the stem up by 6 dB to match the mix.
    ///
    /// ### References
    /// Least-squares fit over time and frequency.
    DOUBLED: "STEM021" "stem-doubled" Warn since "0.1.0" => doubled
}

set_check! {
    /// ### What it measures
    /// Stems with a negative gain in the mix.
    ///
    /// ### Why it matters
    /// Upside down against the mix, a stem cancels with whatever it shares with the others.
    ///
    /// ### What to do
    /// Invert the polarity of the stem.
    ///
    /// ### References
    /// Least-squares fit over time and frequency.
    INVERTED: "STEM022" "stem-inverted" Fail since "0.1.0" => inverted
}

set_check! {
    /// ### What it measures
    /// Stems that lie earlier or later in the mix than the others, to the sample.
    ///
    /// ### Why it matters
    /// A shift of a few samples hollows the sound of shared sources, more of them move the groove.
    ///
    /// ### What to do
    /// Move the stem by the number of samples given.
    ///
    /// ### References
    /// Cross-correlation whitened by the mix, refined by the fit.
    SHIFTED: "STEM023" "stem-shifted" Fail since "0.1.0" => shifted
}

set_check! {
    /// ### What it measures
    /// Stems whose offset moves steadily through the song, in parts per million; where all do alike, the mix itself.
    ///
    /// ### Why it matters
    /// Recorded or converted with another clock, a stem leaves the beat.
    ///
    /// ### What to do
    /// Export it again at the session's clock, or resample it by the figure given.
    ///
    /// ### References
    /// Cross-correlation per moment with the mix less all other stems, median of slopes (Theil and Sen).
    DRIFTING: "STEM024" "stem-drifting" Fail since "0.1.0" => drifting
}

set_check! {
    /// ### What it measures
    /// Stems that lie louder or softer in the mix than the others do.
    ///
    /// ### Why it matters
    /// The sum of the stems is not the balance of the mix.
    ///
    /// ### What to do
    /// Set the fader by the figure given.
    ///
    /// ### References
    /// Least-squares fit over time and frequency.
    LEVEL: "STEM025" "stem-level-differs" Warn since "0.1.0" => level
}

set_check! {
    /// ### What it measures
    /// Stems whose gain in the mix varies by more than 1.5 dB over frequency.
    ///
    /// ### Why it matters
    /// The mix holds an equaliser or an effect that the stem does not.
    ///
    /// ### What to do
    /// Ask for the stem with its processing.
    ///
    /// ### References
    /// Least-squares fit per band, in both halves of the song.
    PROCESSED: "STEM026" "stem-processed-in-mix" Warn since "0.1.0" => processed
}

set_check! {
    /// ### What it measures
    /// What is left of the mix once the fitted sum is taken away, where neither a coder nor an equaliser nor
    /// dynamics on the bus explain it.
    ///
    /// ### Why it matters
    /// Something plays in the mix that is in no stem: a missing file, or an effect return.
    ///
    /// ### What to do
    /// Ask for what is missing: the bands and places of the residual say where to listen.
    ///
    /// ### References
    /// Residual of the fit.
    HOLDS_MORE: "STEM027" "mix-holds-more" Fail since "0.1.0" => holds_more
}

set_check! {
    /// ### What it measures
    /// Whether one gain per band and twelfth of a second explains what one gain per stem does not.
    ///
    /// ### Why it matters
    /// The given mix went through a compressor, limiter or equaliser on the bus: the stems are complete, but
    /// their plain sum does not sound like it.
    ///
    /// ### What to do
    /// Ask for the mix without processing on the bus if its sound is to be matched exactly. The levels of the stems are
    /// told all the same.
    ///
    /// ### References
    /// Residual of the fit in three steps.
    MASTERED: "STEM028" "mix-is-mastered" Info since "0.1.0" => mastered
}

set_check! {
    /// ### What it measures
    /// Stems that could not be held against the mix: silent, of more than two channels, or the mix itself; and stems
    /// of another rate, which were resampled for the comparison.
    ///
    /// ### Why it matters
    /// The residual holds them.
    ///
    /// ### What to do
    /// Export them at the rate of the mix.
    ///
    /// ### References
    /// Limits of the method.
    NOT_COMPARED: "STEM029" "stem-not-compared" Info since "0.1.0" => not_compared
}

/// What is said of a stem: message, what was expected, advice, and the number behind it.
type Said = (String, &'static str, String, Option<(f64, Unit)>);

/// One finding per stem in a state.
fn each(set: &StemSet, found: &mut Findings, state: StemState, say: impl Fn(&StemInMix) -> Said) {
    for stem in set.sum.iter().flat_map(|sum| &sum.stems).filter(|stem| stem.state == state) {
        let (message, expected, advice, number) = say(stem);
        let finding = found.push(&stem.name, message, expected, advice);
        finding.confidence = stem.confidence;
        if let Some((value, unit)) = number {
            measured(finding, value, unit);
        }
    }
}

fn missing(set: &StemSet, found: &mut Findings) {
    each(set, found, StemState::Missing, |stem| {
        let advice = "check whether it belongs to this version of the song".to_string();
        (format!("is not in the mix: {}", stem.evidence), "a part of the mix", advice, None)
    });
}

fn doubled(set: &StemSet, found: &mut Findings) {
    each(set, found, StemState::Doubled, |stem| {
        let message = format!("is doubled: {}", stem.evidence);
        (message, "once, as the others", "check its routing".to_string(), None)
    });
}

fn inverted(set: &StemSet, found: &mut Findings) {
    each(set, found, StemState::Inverted, |_| {
        let message = "is upside down against the mix".to_string();
        (message, "the polarity of the mix", "invert the polarity of the stem".to_string(), None)
    });
}

fn shifted(set: &StemSet, found: &mut Findings) {
    each(set, found, StemState::Shifted, |stem| {
        let frames = stem.offset_frames.unwrap_or_default();
        let way = if frames > 0 { "later" } else { "earlier" };
        let advice = format!("move it by {} samples {way}", frames.abs());
        let late = Some((1000.0 * stem.offset_s.unwrap_or_default(), Unit::Ms));
        (format!("is shifted: {}", stem.evidence), "the offset of the others", advice, late)
    });
}

fn drifting(set: &StemSet, found: &mut Findings) {
    if let Some(ppm) = set.sum.as_ref().and_then(|sum| sum.drift_ppm) {
        let way = if ppm > 0.0 { "slower" } else { "faster" };
        let finding = found.push(
            "the mix",
            format!("runs {:.1} ppm {way} than all stems: it went through another clock", ppm.abs()),
            "the clock of the stems",
            "ask for the mix as it was rendered with the stems",
        );
        measured(finding, ppm, Unit::Ppm).confidence = 0.9;
    }
    each(set, found, StemState::Drifting, |stem| {
        let ppm = stem.drift_ppm.unwrap_or_default();
        let advice = format!("export it at the session's clock, or resample it by {ppm:+.1} ppm");
        let message = format!("drifts: {}", stem.evidence);
        (message, "the clock of the others", advice, Some((ppm, Unit::Ppm)))
    });
}

fn level(set: &StemSet, found: &mut Findings) {
    each(set, found, StemState::Gain, |stem| {
        let gain_db = stem.gain_db.unwrap_or_default();
        let advice = format!("set its fader to {gain_db:+.1} dB to match the mix");
        (stem.evidence.clone(), "the level of the others", advice, Some((gain_db, Unit::Db)))
    });
}

fn processed(set: &StemSet, found: &mut Findings) {
    each(set, found, StemState::Processed, |stem| {
        let message = format!("sounds different in the mix: {}", stem.evidence);
        let advice = "ask for the stem with the processing of the mix".to_string();
        (message, "the tone of the stem", advice, None)
    });
}

fn holds_more(set: &StemSet, found: &mut Findings) {
    for sum in set.sum.iter().filter(|sum| sum.verdict == SumVerdict::Incomplete) {
        let left_db = sum.residual_db.unwrap_or_default();
        // Octaves where more than a tenth of the mix is left.
        let bands: Vec<String> = sum
            .bands
            .iter()
            .filter(|band| band.residual_db.is_some_and(|left_db| db_to_power(left_db) > 0.1))
            .map(|band| format!("{:.0}", band.center_hz))
            .collect();
        let place = if bands.is_empty() {
            String::new()
        } else {
            format!(", most of it round {} Hz", bands.join(", "))
        };
        let message = format!("something in the mix is in no stem: {left_db:.1} dB of it is left{place}");
        let finding = found.push(
            "the mix",
            message,
            "a sum that is the mix",
            "ask for the missing part or the effect return: listen to the mix at the places given",
        );
        measured(finding, left_db, Unit::Db);
        places(finding, &sum.strongest);
        finding.confidence = 0.8;
    }
}

fn mastered(set: &StemSet, found: &mut Findings) {
    for sum in set.sum.iter().filter(|sum| sum.verdict == SumVerdict::Mastered) {
        let level =
            |value: Option<f64>| value.map_or("nothing".to_string(), |level_db| format!("{level_db:.1} dB"));
        let message = format!(
            "the mix went through a bus: {} is left after gains, {} after an equaliser, {} after dynamics",
            level(sum.residual_db),
            level(sum.residual_after_eq_db),
            level(sum.residual_after_dynamics_db)
        );
        let finding = found.push(
            "the mix",
            message,
            "a plain sum of the stems",
            "ask for the mix without processing on the bus if its sound is to be matched exactly",
        );
        finding.confidence = 0.8;
    }
}

fn not_compared(set: &StemSet, found: &mut Findings) {
    let Some(sum) = &set.sum else { return };
    for stem in &set.stems {
        let own = stem.analysis.source.sample_rate_hz;
        if own != sum.sample_rate_hz && sum.stems.iter().any(|other| other.name == stem.name) {
            found.push(
                &stem.name,
                format!("was resampled from {own} Hz for the comparison with the mix; the file is untouched"),
                format!("{} Hz", sum.sample_rate_hz),
                "export it at the rate of the mix",
            );
            continue;
        }
        if !sum.stems.iter().any(|other| other.name == stem.name) {
            found.push(
                &stem.name,
                "was not compared with the mix: it is silent, the mix itself, or has more than two channels",
                "a mono or stereo stem",
                "export it like the others",
            );
        }
    }
}
