//! Image: bass in the middle, width inside the profile's span, a level balance. No automatic move makes the mono sum worse.

use super::{Context, Standing, automatic, width, words};
use crate::model::{
    Analysis, Applicability, Move, MoveStage, Processor, Span, Stereo, StereoBand, Unresolved,
};
use crate::units::{db_to_power, power_level_db, shift_octaves};

/// Highest frequency below which mono bass is offered of our own accord (mastering practice: 100 to 150 Hz).
const MONO_BASS_HZ: f64 = 150.0;
/// Correlation under which bass counts as out of phase (half of its side would be felt in mono).
const BASS_CORRELATION: f64 = 0.5;
/// Loss of a bass band in mono that is accepted (mastering practice).
const BASS_LOSS_DB: f64 = 1.0;
/// Loss of bass over which it sits mostly in the side: mono bass would throw it away.
const BASS_LOST_DB: f64 = 3.0;
/// Bands this far below the whole do not matter for the bass.
const AUDIBLE_DB: f64 = -30.0;
/// How far over the profile's span the bass has to be.
const WIDE_MARGIN_DB: f64 = 3.0;
/// Side under mid that a medium with mono bass takes as it is.
const MONO_ENOUGH_DB: f64 = -20.0;
/// Balance that is noted (engineering choice: what is heard as off centre) …
const BALANCE_DB: f64 = 1.0;
/// … and over which it may be meant.
const BALANCE_MEANT_DB: f64 = 2.0;
/// Correlation under which left and right carry different things, and their balance is that of the players: a channel
/// that is off by a gain shows where nearly everything is on both sides.
const BALANCE_CORRELATION: f64 = 0.8;

/// The proposal for the image, and what has to be mended in the mix.
///
/// `before` are the moves in front; `foreign` says that the profile is that of another kind of music: what rests on it is then for a person to decide.
pub(super) fn image(
    cx: &Context,
    standing: &Standing,
    before: &[Move],
    foreign: bool,
) -> (Vec<Move>, Vec<Unresolved>) {
    let Some(stereo) = &cx.analysis.stereo else { return (Vec::new(), Vec::new()) };
    if !cx.options.stages.contains(&MoveStage::Stereo) {
        return (Vec::new(), Vec::new());
    }
    // A finished image is left alone, but what a medium demands is no matter of taste.
    let free = standing.allows(cx, MoveStage::Stereo);
    if stereo.polarity_inverted {
        let advice = "one channel is upside down: turn its polarity round in the mix; nothing is done to the image before";
        return (
            Vec::new(),
            vec![Unresolved { because: "stereo.polarity_inverted".to_string(), advice: advice.to_string() }],
        );
    }
    let mut unresolved = Vec::new();
    let mut automatic_part = Part::default();
    let mut moves = Vec::new();
    if !stereo.dual_mono && (free || cx.delivery.mono_below_hz.is_some()) {
        match bass(cx, stereo) {
            Bass::Fine => {}
            Bass::Mono(part, applicability) => {
                sort_in(part, applicability, "mono-bass", &mut automatic_part, &mut moves);
            }
            Bass::Lost(advice) => {
                unresolved.push(Unresolved { because: "stereo.bands".to_string(), advice });
            }
        }
    }
    let mut side_gain_db = 0.0;
    if free && let Some((part, applicability)) = width::whole(cx, standing, stereo, before) {
        let applicability = if foreign { Applicability::OptIn } else { applicability };
        side_gain_db = if applicability == Applicability::Automatic { part.side_gain_db } else { 0.0 };
        sort_in(part, applicability, "width", &mut automatic_part, &mut moves);
    }
    if free && let Some((part, applicability)) = balance(standing, stereo) {
        sort_in(part, applicability, "balance", &mut automatic_part, &mut moves);
    }
    if !automatic_part.because.is_empty() {
        moves.insert(0, automatic_part.into_move("stereo", Applicability::Automatic));
    }
    if free {
        let state = width::State { before, side_gain_db, foreign };
        moves.extend(width::regions(cx, standing, stereo, &state));
    }
    (moves, unresolved)
}

/// What one finding asks of the width processor.
#[derive(Default)]
pub(super) struct Part {
    pub(super) side_gain_db: f64,
    pub(super) mono_below_hz: Option<f64>,
    pub(super) balance_db: f64,
    pub(super) because: Vec<String>,
    pub(super) reasons: Vec<String>,
    pub(super) effects: Vec<String>,
}

impl Part {
    fn add(&mut self, other: Part) {
        self.side_gain_db += other.side_gain_db;
        self.mono_below_hz = self.mono_below_hz.or(other.mono_below_hz);
        self.balance_db += other.balance_db;
        self.because.extend(other.because);
        self.reasons.extend(other.reasons);
        self.effects.extend(other.effects);
    }

    fn into_move(self, id: &str, applicability: Applicability) -> Move {
        let processor = Processor::Width {
            side_gain_db: self.side_gain_db,
            mono_below_hz: self.mono_below_hz,
            balance_db: self.balance_db,
        };
        let (reason, effect) = (self.reasons.join("; "), self.effects.join("; "));
        Move {
            applicability,
            ..automatic(id, MoveStage::Stereo, self.because, reason, 0.6, effect, processor)
        }
    }
}

/// What is applied unasked becomes one move; the rest stays a move of its own for a person to decide.
fn sort_in(part: Part, applicability: Applicability, id: &str, together: &mut Part, moves: &mut Vec<Move>) {
    match applicability {
        Applicability::Automatic => together.add(part),
        asked => moves.push(part.into_move(id, asked)),
    }
}

/// What is to be done about the bass.
enum Bass {
    Fine,
    Mono(Part, Applicability),
    Lost(String),
}

fn bass(cx: &Context, stereo: &Stereo) -> Bass {
    let demanded_hz = cx.delivery.mono_below_hz.filter(|hz| hz.is_finite() && *hz > 0.0);
    let reach_hz = demanded_hz.unwrap_or(0.0).max(MONO_BASS_HZ);
    let audible: Vec<&StereoBand> = stereo
        .bands
        .iter()
        .filter(|band| band.center_hz <= reach_hz && tone_level_db(cx.analysis, band.center_hz) > AUDIBLE_DB)
        .collect();
    let faulty = |band: &&&StereoBand| band.center_hz <= MONO_BASS_HZ && out_of_place(cx, band);
    let loss_db = |bands: &[&StereoBand]| {
        let (mut all, mut left) = (0.0, 0.0);
        for band in bands {
            let power = db_to_power(tone_level_db(cx.analysis, band.center_hz));
            all += power;
            left += power / db_to_power(band.mono_loss_db.unwrap_or(0.0).max(0.0));
        }
        power_level_db(all / left).unwrap_or(0.0)
    };
    let wide_for_medium = demanded_hz.is_some_and(|demanded_hz| {
        audible
            .iter()
            .filter(|band| band.center_hz <= demanded_hz)
            .any(|band| band.side_to_mid_db.is_some_and(|side_db| side_db > MONO_ENOUGH_DB))
    });
    let worst = audible.iter().filter(faulty).max_by(|a, b| a.center_hz.total_cmp(&b.center_hz));
    let (frequency_hz, because, reason) = match (worst, demanded_hz) {
        (_, Some(demanded_hz)) if wide_for_medium => (
            demanded_hz,
            "stereo.bands".to_string(),
            format!(
                "{} asks for mono below {demanded_hz:.0} Hz, and there is side signal",
                cx.delivery.title
            ),
        ),
        (Some(band), _) => {
            let upper_hz = shift_octaves(band.center_hz, 1.0 / 6.0).min(MONO_BASS_HZ);
            let reason = match band.correlation {
                Some(correlation) if correlation < BASS_CORRELATION => format!(
                    "bass at {} has a correlation of {correlation:.2} and loses {:.1} dB in mono",
                    words::hz(band.center_hz),
                    band.mono_loss_db.unwrap_or(0.0)
                ),
                _ => format!(
                    "bass at {} is wider ({:.1} dB side to mid) than in {}",
                    words::hz(band.center_hz),
                    band.side_to_mid_db.unwrap_or(0.0),
                    cx.profile.title
                ),
            };
            (
                (upper_hz / 10.0).round() * 10.0,
                format!("stereo.bands[{}].mono_loss_db", band.center_hz),
                reason,
            )
        }
        _ => return Bass::Fine,
    };
    let below: Vec<&StereoBand> = audible.into_iter().filter(|band| band.center_hz <= frequency_hz).collect();
    let lost_db = loss_db(&below);
    if lost_db > BASS_LOST_DB && !wide_for_medium {
        return Bass::Lost(format!(
            "{reason}: made mono, the bass below {frequency_hz:.0} Hz would lose {lost_db:.1} dB; mend its phase in the mix (polarity of one microphone or stereo widener on the bass)"
        ));
    }
    // In mono nothing changes, in stereo bass is lost: that is for a person to decide, unless the medium asks.
    let applicability = if wide_for_medium { Applicability::Automatic } else { Applicability::OptIn };
    let part = Part {
        mono_below_hz: Some(frequency_hz),
        because: vec![because],
        reasons: vec![reason],
        effects: vec![format!(
            "side removed below {frequency_hz:.0} Hz; the bass loses {lost_db:.1} dB in stereo, nothing more in mono"
        )],
        ..Part::default()
    };
    Bass::Mono(part, applicability)
}

/// Bass that cancels in mono, or is wider than the profile has it.
fn out_of_place(cx: &Context, band: &StereoBand) -> bool {
    let span = span_at(cx, band.center_hz);
    // A kind of music whose bass is wide by nature is left alone unless it cancels.
    let meant = span.is_some_and(|span| band.side_to_mid_db.is_some_and(|side_db| side_db <= span.p90));
    let loses = band.mono_loss_db.is_some_and(|loss_db| loss_db > BASS_LOSS_DB);
    let out_of_phase =
        band.correlation.is_some_and(|correlation| correlation < if meant { 0.0 } else { BASS_CORRELATION });
    let wide =
        span.zip(band.side_to_mid_db).is_some_and(|(span, side_db)| side_db > span.p90 + WIDE_MARGIN_DB);
    loses && (out_of_phase || wide)
}

/// Level of a third octave, relative to the whole.
pub(super) fn tone_level_db(analysis: &Analysis, center_hz: f64) -> f64 {
    analysis
        .tone
        .bands
        .iter()
        .find(|band| (band.center_hz / center_hz - 1.0).abs() < 0.05)
        .and_then(|band| band.level_db)
        .unwrap_or(f64::NEG_INFINITY)
}

fn span_at(cx: &Context, center_hz: f64) -> Option<Span> {
    let band = cx.profile.width.iter().find(|band| (band.low_hz..band.high_hz).contains(&center_hz))?;
    Some(band.side_to_mid_db)
}

/// Left against right.
fn balance(standing: &Standing, stereo: &Stereo) -> Option<(Part, Applicability)> {
    let balance_db = stereo.balance_db.filter(|balance_db| balance_db.abs() >= BALANCE_DB)?;
    let correction_db = rounded(
        -balance_db.clamp(-BALANCE_MEANT_DB, BALANCE_MEANT_DB) * standing.amount_of(MoveStage::Stereo),
    );
    if correction_db == 0.0 {
        return None;
    }
    let meant = balance_db.abs() > BALANCE_MEANT_DB
        || stereo.correlation.is_none_or(|correlation| correlation < BALANCE_CORRELATION);
    let side = if balance_db > 0.0 { "left" } else { "right" };
    let doubt = if meant { ", which may be meant" } else { "" };
    let part = Part {
        balance_db: correction_db,
        because: vec!["stereo.balance_db".to_string()],
        reasons: vec![format!("{side} is {:.1} dB louder{doubt}", balance_db.abs())],
        effects: vec![format!(
            "balance {} to {}",
            words::signed_db(balance_db),
            words::signed_db(balance_db + correction_db)
        )],
        ..Part::default()
    };
    Some((part, if meant { Applicability::OptIn } else { Applicability::Automatic }))
}

/// To a tenth of a decibel.
pub(super) fn rounded(value_db: f64) -> f64 {
    (value_db * 10.0).round() / 10.0
}
