//! A move for the stem that hides another one, tried on what was measured: what it frees, what it does to the sum.

use super::hidden::Hidden;
use super::sitting::Sitting;
use crate::dsp::biquad;
use crate::model::{
    Applicability, EqBand, EqPhase, EqShape, Move, MoveStage, Processor, Remedy, Stem, StemRole,
};
use crate::units::{db_to_amplitude, db_to_power, power_level_db, power_to_db};

/// Depths of a cut that are tried; more is no longer a correction.
const CUTS_DB: [f64; 3] = [2.0, 3.0, 4.0];
/// Width of a cut: one octave and a third.
const CUT_Q: f64 = 1.0;
/// What a side-chain takes away while the other part plays.
const DUCK_DB: f64 = 3.0;
/// Difference between the sides of a panned stem.
const PAN_DB: f64 = 4.0;
/// A move has to free that much of the hidden part.
const LEAST_FREED: f64 = 0.04;
/// Of what the deepest cut frees, a shallower one that frees this share is enough.
const ENOUGH: f64 = 0.75;
/// Below this, kick and bass keep their fundamentals.
const FUNDAMENTALS_HZ: f64 = 150.0;

/// A conflict to be solved.
pub(super) struct Trial<'a> {
    pub(super) stems: &'a [&'a Stem],
    pub(super) hidden: &'a Hidden,
    pub(super) sitting: &'a Sitting,
    pub(super) masker: usize,
    pub(super) maskee: usize,
}

/// The best move; `None` where none frees enough.
pub(super) fn remedy(trial: &Trial) -> Option<Remedy> {
    let share = trial.share(&vec![1.0; trial.hidden.bands()]);
    let (masker, maskee) = (trial.stems[trial.masker], trial.stems[trial.maskee]);
    if let Some((band, remaining_share)) = best_cut(trial, share) {
        let gains = trial.power_gains(&band);
        let reason = format!(
            "{} hides {:.0} % of {} while both play, most of it round {:.0} Hz",
            masker.name,
            100.0 * share,
            maskee.name,
            band.center_hz
        );
        let effect = format!("{:.0} % stay hidden", 100.0 * remaining_share);
        let step = step(
            "unmask",
            MoveStage::Eq,
            Applicability::Automatic,
            reason,
            effect,
            0.6,
            Processor::Eq { bands: vec![band], phase: EqPhase::Minimum },
        );
        return Some(trial.finish(step, remaining_share, &gains));
    }
    let low = |role| matches!(role, StemRole::Kick | StemRole::Bass | StemRole::Snare | StemRole::Drums);
    let narrow = |stem: &Stem| {
        let side = stem.analysis.stereo.as_ref().and_then(|stereo| stereo.side_to_mid_db);
        stem.analysis.source.channels == 1 || side.is_none_or(|side_db| side_db < -12.0)
    };
    let leads = |role| low(role) || role == StemRole::LeadVocal;
    let (down_db, stage, applicability, words, processor) = if leads(maskee.role) && !leads(masker.role)
        || (masker.role == StemRole::Bass && maskee.role == StemRole::Kick)
    {
        let processor = Processor::Gain { gain_db: -DUCK_DB };
        let words = format!("a side-chain from {} that turns it down by {DUCK_DB:.0} dB", maskee.name);
        (DUCK_DB, MoveStage::Dynamics, Applicability::Advice, words, processor)
    } else if narrow(masker) && narrow(maskee) && !leads(masker.role) {
        let processor = Processor::Width { side_gain_db: 0.0, mono_below_hz: None, balance_db: PAN_DB };
        (PAN_DB / 2.0, MoveStage::Stereo, Applicability::OptIn, "pan it to one side".to_string(), processor)
    } else {
        return None;
    };
    let gain = db_to_power(-down_db);
    let gains = vec![gain; trial.hidden.bands()];
    let remaining_share = trial.share(&gains);
    if share - remaining_share < LEAST_FREED {
        return None;
    }
    let reason = format!("{} hides {:.0} % of {}: {words}", masker.name, 100.0 * share, maskee.name);
    let effect = format!("{:.0} % stay hidden", 100.0 * remaining_share);
    let step = step("unmask", stage, applicability, reason, effect, 0.4, processor);
    // A pan changes the sides, not the sum of the powers; a side-chain the sum while both play.
    let shown = if stage == MoveStage::Stereo { vec![1.0; gains.len()] } else { gains };
    Some(trial.finish(step, remaining_share, &shown))
}

/// The cut that frees most, no deeper than it has to be.
fn best_cut(trial: &Trial, share: f64) -> Option<(EqBand, f64)> {
    let keeps_fundamentals = matches!(trial.stems[trial.masker].role, StemRole::Kick | StemRole::Bass);
    let bands = &trial.sitting.listener.bands;
    let band = |center_hz: f64, depth_db: f64| EqBand {
        shape: EqShape::Peak,
        center_hz: center_hz.round(),
        gain_db: -depth_db,
        q: CUT_Q,
    };
    let after = |band: &EqBand| trial.share(&trial.power_gains(band));
    let deepest = CUTS_DB[CUTS_DB.len() - 1];
    let (center_hz, best) = bands
        .centers_hz()
        .iter()
        .filter(|center_hz| **center_hz >= 60.0 && (!keeps_fundamentals || **center_hz > FUNDAMENTALS_HZ))
        .map(|center_hz| (*center_hz, after(&band(*center_hz, deepest))))
        .min_by(|a, b| a.1.total_cmp(&b.1))?;
    if share - best < LEAST_FREED {
        return None;
    }
    let tried = CUTS_DB.iter().map(|depth_db| band(center_hz, *depth_db));
    tried
        .map(|band| (after(&band), band))
        .find(|(left, _)| share - left >= ENOUGH * (share - best))
        .map(|(left, band)| (band, left))
}

impl Trial<'_> {
    /// Power gain of a cut in each band.
    fn power_gains(&self, band: &EqBand) -> Vec<f64> {
        let rate_hz = self.sitting.rate_hz;
        let filter = biquad::peak(band.center_hz, band.gain_db, band.q, rate_hz);
        let centers_hz = self.sitting.listener.bands.centers_hz();
        centers_hz.iter().map(|center_hz| filter.power_response(*center_hz, rate_hz)).collect()
    }

    /// Share that stays hidden with a power gain per band of the stem that hides: its excitation falls by less than
    /// the cut, since the neighbours of a band excite it as well.
    fn share(&self, power_gains: &[f64]) -> f64 {
        let powers: Vec<f32> = self.sitting.stems[self.masker]
            .powers
            .iter()
            .map(|power| (power / self.sitting.frames.max(1) as f64) as f32)
            .collect();
        let cut: Vec<f32> =
            powers.iter().zip(power_gains).map(|(power, gain)| power * *gain as f32).collect();
        let (before, after) =
            (self.sitting.listener.bands.excitation(&powers), self.sitting.listener.bands.excitation(&cut));
        let cut_db: Vec<f64> = before
            .iter()
            .zip(&after)
            .map(|(before, after)| if *after > 0.0 { power_to_db(f64::from(before / after)) } else { 0.0 })
            .collect();
        self.hidden.share(self.masker, &cut_db)
    }

    /// Adds what the sum would do: with C the part of the stem that is found in the sum, its power P and a gain g, a
    /// band of the sum changes by 2 (g − 1) C + (g − 1)² P.
    fn finish(&self, step: Move, remaining_share: f64, power_gains: &[f64]) -> Remedy {
        let own = &self.sitting.stems[self.masker];
        let (mut before, mut after) = (0.0, 0.0);
        let (mut widest_hz, mut widest_db) = (0.0, 0.0f64);
        for (band, center_hz) in self.sitting.listener.bands.centers_hz().iter().enumerate() {
            let change = db_to_amplitude(power_to_db(power_gains[band])) - 1.0;
            let sum = self.sitting.sum_powers[band];
            let changed =
                (sum + 2.0 * change * own.in_sum[band] + change * change * own.powers[band]).max(0.0);
            before += self.sitting.listener.weights[band] * sum;
            after += self.sitting.listener.weights[band] * changed;
            let change_db = power_level_db(changed / sum).unwrap_or_default();
            if change_db.abs() > widest_db.abs() {
                (widest_hz, widest_db) = (*center_hz, change_db);
            }
        }
        Remedy {
            stem: self.stems[self.masker].name.clone(),
            step,
            remaining_share,
            sum_change_lu: power_level_db(after / before).unwrap_or_default(),
            sum_change_hz: widest_hz,
            sum_change_db: widest_db,
        }
    }
}

/// A move.
pub(super) fn step(
    id: &str,
    stage: MoveStage,
    applicability: Applicability,
    reason: String,
    predicted_effect: String,
    confidence: f64,
    processor: Processor,
) -> Move {
    let because = vec!["masking".to_string()];
    Move {
        id: id.to_string(),
        stage,
        applicability,
        because,
        reason,
        confidence,
        predicted_effect,
        processor,
    }
}
