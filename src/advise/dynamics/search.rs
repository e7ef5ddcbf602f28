//! The search for compressor settings: every combination of ratio, attack and release, each at the threshold that does
//! just enough, and of those the one that reduces least.

use crate::model::CompressorSettings;

/// Steps of a bisection over thresholds from −70 to 0 dBFS: to 0.1 dB.
const STEPS: usize = 10;
/// Lowest threshold that is tried.
const LOWEST_DBFS: f64 = -70.0;

/// What is tried.
pub(super) struct Grid {
    pub(super) ratios: &'static [f64],
    pub(super) attacks_ms: &'static [f64],
    pub(super) releases_ms: &'static [f64],
    pub(super) knee_db: f64,
}

/// What settings do.
#[derive(Debug, Clone, Copy)]
pub(super) struct Effect {
    /// The measure that is to come down.
    pub(super) value: f64,
    /// Mean gain reduction.
    pub(super) mean_db: f64,
}

/// Settings and what they do.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) settings: CompressorSettings,
    pub(super) effect: Effect,
}

/// The gentlest settings that bring the measure down to `goal` with at most `most_mean_db` of mean reduction; where none
/// does, those that come nearest. `None` where nothing can be tried.
pub(super) fn search(
    grid: &Grid,
    goal: f64,
    most_mean_db: f64,
    mut tried: impl FnMut(&CompressorSettings) -> Option<Effect>,
) -> Option<Found> {
    let mut best: Option<Found> = None;
    for ratio in grid.ratios {
        for attack_ms in grid.attacks_ms {
            for release_ms in grid.releases_ms {
                let at = |threshold_dbfs: f64| CompressorSettings {
                    threshold_dbfs: (threshold_dbfs * 10.0).round() / 10.0,
                    ratio: *ratio,
                    knee_db: grid.knee_db,
                    attack_ms: *attack_ms,
                    release_ms: *release_ms,
                    makeup_db: 0.0,
                };
                let found = settle(goal, most_mean_db, |threshold_dbfs| {
                    let settings = at(threshold_dbfs);
                    tried(&settings).map(|effect| Found { settings, effect })
                });
                let Some(found) = found else { continue };
                if best.as_ref().is_none_or(|best| better(&found, best, goal)) {
                    best = Some(found);
                }
            }
        }
    }
    best
}

/// Whether one is to be preferred: first what reaches the goal, then what reduces less, or what comes nearer.
fn better(one: &Found, other: &Found, goal: f64) -> bool {
    // The goal is met to a tenth: what no one hears decides nothing.
    let meets = |found: &Found| found.effect.value <= goal + 0.1;
    match (meets(one), meets(other)) {
        (true, true) => one.effect.mean_db < other.effect.mean_db - 0.05,
        (false, false) => one.effect.value < other.effect.value - 0.05,
        (meets, _) => meets,
    }
}

/// The highest threshold at which the goal is met, or the lowest at which the mean reduction is still accepted.
fn settle(goal: f64, most_mean_db: f64, mut at: impl FnMut(f64) -> Option<Found>) -> Option<Found> {
    let (mut low_dbfs, mut high_dbfs) = (LOWEST_DBFS, 0.0);
    let mut accepted = None;
    for _ in 0..STEPS {
        let middle_dbfs = (low_dbfs + high_dbfs) / 2.0;
        let found = at(middle_dbfs)?;
        let too_much = found.effect.mean_db > most_mean_db;
        if too_much {
            low_dbfs = middle_dbfs;
        } else if found.effect.value <= goal {
            low_dbfs = middle_dbfs;
            accepted = Some(found);
        } else {
            high_dbfs = middle_dbfs;
            // Short of the goal, but the most that is accepted so far.
            if accepted.as_ref().is_none_or(|best| best.effect.value > goal) {
                accepted = Some(found);
            }
        }
    }
    accepted
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRID: Grid =
        Grid { ratios: &[1.5, 3.0], attacks_ms: &[10.0], releases_ms: &[100.0, 300.0], knee_db: 6.0 };

    /// A measure that falls with the reduction, twice as fast with the slow release.
    fn song(settings: &CompressorSettings) -> Option<Effect> {
        let mean_db = (-20.0 - settings.threshold_dbfs).max(0.0) * (1.0 - 1.0 / settings.ratio);
        let slope = if settings.release_ms > 200.0 { 2.0 } else { 1.0 };
        Some(Effect { value: 10.0 - slope * mean_db, mean_db })
    }

    #[test]
    fn the_goal_is_met_with_the_least_reduction() {
        let found = search(&GRID, 8.0, 2.0, song);
        let fits = |found: &Found| {
            let Effect { value, mean_db } = found.effect;
            found.settings.release_ms == 300.0 && (value - 8.0).abs() < 0.2 && mean_db < 1.1
        };
        assert!(found.as_ref().is_some_and(fits), "{found:?}");
    }

    #[test]
    fn the_bound_on_the_reduction_holds_where_the_goal_is_out_of_reach() {
        let found = search(&GRID, 2.0, 1.5, song);
        let fits = |found: &Found| (1.3..=1.5).contains(&found.effect.mean_db) && found.effect.value < 7.4;
        assert!(found.as_ref().is_some_and(fits), "{found:?}");
    }
}
