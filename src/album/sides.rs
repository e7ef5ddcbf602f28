//! Sides of a record or cassette: where the order breaks, and which songs lie outside, where the groove is long.

use super::order::{EXACT_UP_TO, FORBIDDEN_COST, constrained_joints};
use super::{Search, Song};
use crate::error::{Error, Result};
use crate::model::{Album, Side, Sides};
use crate::units::db_to_power;

/// A medium with sides.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Medium {
    /// For the command line.
    pub name: &'static str,
    /// Length that a side should not exceed.
    pub longest_s: f64,
    /// Whether the inner groove is short: about 3 dB of 15 kHz are lost near the centre.
    pub groove: bool,
}

/// Recommended lengths of sides: cutting houses' figures for vinyl (standards 2.4), half the tape for cassettes.
pub const MEDIA: &[Medium] = &[
    Medium { name: "vinyl-12", longest_s: 19.5 * 60.0, groove: true },
    Medium { name: "vinyl-12-45", longest_s: 14.5 * 60.0, groove: true },
    Medium { name: "vinyl-10", longest_s: 13.5 * 60.0, groove: true },
    Medium { name: "vinyl-10-45", longest_s: 10.0 * 60.0, groove: true },
    Medium { name: "vinyl-7", longest_s: 7.0 * 60.0, groove: true },
    Medium { name: "vinyl-7-45", longest_s: 5.0 * 60.0, groove: true },
    Medium { name: "cassette-c46", longest_s: 23.0 * 60.0, groove: false },
    Medium { name: "cassette-c60", longest_s: 30.0 * 60.0, groove: false },
    Medium { name: "cassette-c90", longest_s: 45.0 * 60.0, groove: false },
];

/// Silence between songs that lengths are reckoned with before the gaps are known.
pub const USUAL_GAP_S: f64 = 2.0;

/// What it costs to have the harshest song at the very end of a side, against joints of 0 to 1 (engineering choice).
const GROOVE_WEIGHT: f64 = 0.5;

/// What a side costs that differs from the mean length by all of it.
const BALANCE_WEIGHT: f64 = 0.5;

/// Treble that suffers in a short groove.
const TREBLE_FROM_HZ: f64 = 5000.0;

/// The medium of a name.
///
/// # Errors
/// [`Error::UnknownName`] with the nearest.
pub fn medium(name: &str) -> Result<Medium> {
    let known = || MEDIA.iter().map(|medium| medium.name);
    let found = MEDIA.iter().find(|medium| medium.name == name);
    found.copied().ok_or_else(|| Error::unknown_name("medium", name, known()))
}

/// Songs as sides see them.
pub struct Laid {
    /// Length of every song.
    pub lengths_s: Vec<f64>,
    /// How much a song suffers in a short groove, 0 to 1 over the record: loud and bright ones do.
    pub harshness_share: Vec<f64>,
}

impl Laid {
    pub(super) fn new(songs: &[Song], lengths_s: Vec<f64>, gains_db: &[f64]) -> Laid {
        let treble = |song: &Song| {
            let bands = song.analysis.tone.bands.iter().filter(|band| band.center_hz >= TREBLE_FROM_HZ);
            bands.filter_map(|band| band.level_db).map(db_to_power).sum::<f64>()
        };
        let loudness =
            songs.iter().zip(gains_db).map(|(song, db)| Some(song.analysis.loudness.integrated_lufs? + db));
        let (loud, bright) = (shares(loudness), shares(songs.iter().map(|song| Some(treble(song)))));
        let harshness_share = loud.iter().zip(&bright).map(|(loud, bright)| (loud + bright) / 2.0).collect();
        Laid { lengths_s, harshness_share }
    }

    /// What the groove costs for a song that starts so far into a side.
    pub fn groove_cost(&self, song: usize, at_s: f64, medium: Medium) -> f64 {
        if !medium.groove {
            return 0.0;
        }
        let middle = (at_s + self.lengths_s[song] / 2.0) / medium.longest_s;
        GROOVE_WEIGHT * self.harshness_share[song] * middle.min(1.0)
    }
}

/// 0 for the lowest, 1 for the highest, 0 for what is not known or where all are alike.
fn shares(values: impl Iterator<Item = Option<f64>>) -> Vec<f64> {
    let values: Vec<Option<f64>> = values.collect();
    let low = values.iter().flatten().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().flatten().copied().fold(f64::NEG_INFINITY, f64::max);
    let share = |value: f64| if high > low { (value - low) / (high - low) } else { 0.0 };
    values.iter().map(|value| value.map_or(0.0, share)).collect()
}

/// Breaks an order into sides: as few pairs of sides as hold it, as even as possible; no break where `tied` (entry i:
/// the song at place i runs on into the next, or has to be followed by it). Songs that are too long for a side get one
/// of their own. Returns how many songs lie on each side.
pub fn split(lengths_s: &[f64], tied: &[bool], longest_s: f64) -> Vec<usize> {
    let songs = lengths_s.len();
    let length_s = |from: usize, to: usize| {
        lengths_s[from..to].iter().sum::<f64>() + USUAL_GAP_S * (to - from).saturating_sub(1) as f64
    };
    let may_break = |at: usize| at == songs || !tied.get(at - 1).copied().unwrap_or(false);
    // The longest side, with each number of sides, for the songs before each place.
    let mut best: Vec<Vec<(f64, usize)>> = vec![vec![(f64::INFINITY, 0); songs + 1]];
    best[0][0] = (0.0, 0);
    for sides in 1..=songs {
        let mut row = vec![(f64::INFINITY, 0); songs + 1];
        for to in (1..=songs).filter(|to| may_break(*to)) {
            for (from, before) in best[sides - 1][..to].iter().enumerate() {
                let longest = before.0.max(length_s(from, to));
                if longest < row[to].0 {
                    row[to] = (longest, from);
                }
            }
        }
        best.push(row);
    }
    let longest = |sides: usize| best[sides][songs].0;
    // Media have pairs of sides. Where nothing fits, the fewest sides that are no longer than they have to be.
    let pairs = || (2..=songs).step_by(2).filter(|sides| longest(*sides).is_finite());
    let fitting = pairs().find(|sides| longest(*sides) <= longest_s);
    let shortest = || pairs().min_by(|a, b| longest(*a).total_cmp(&longest(*b)));
    let mut sides = fitting.or_else(shortest).unwrap_or(1);
    let (mut to, mut counts) = (songs, Vec::new());
    while sides > 0 {
        let from = best[sides][to].1;
        counts.push(to - from);
        (to, sides) = (from, sides - 1);
    }
    counts.reverse();
    counts
}

/// What a side costs by its length.
pub fn balance_cost(length_s: f64, mean_s: f64) -> f64 {
    BALANCE_WEIGHT * (length_s - mean_s).abs() / mean_s
}

/// An order and its sides, as the number of songs on each: the cheapest over all ways to fill and order them, for up to [`EXACT_UP_TO`] songs. Pins other
/// than of the first and the last song are not known here. `None` where there are more songs, or nothing fits.
pub fn suggest_sides(
    search: &Search,
    laid: &Laid,
    medium: Medium,
    flows: &[bool],
) -> Option<(Vec<usize>, Vec<usize>)> {
    let songs = search.joints.len();
    if !(2..=EXACT_UP_TO).contains(&songs) {
        return None;
    }
    let pinned =
        |place: usize| search.constraints.pins.iter().find(|pin| pin.place == place).map(|pin| pin.song);
    let (first, last) = (pinned(0), pinned(songs - 1));
    let mut joints = constrained_joints(search.joints, search.constraints);
    let (mut start, mut end) = (vec![0.0; songs], vec![0.0; songs]);
    for (from, to) in &search.constraints.follow {
        (end[*from], start[*to]) = (FORBIDDEN_COST, FORBIDDEN_COST);
    }
    // The halves of a stream stay on one side.
    for from in (0..songs).filter(|song| flows.get(*song) == Some(&true)) {
        (end[from], start[from + 1]) = (FORBIDDEN_COST, FORBIDDEN_COST);
    }
    if let Some(first) = first {
        joints.iter_mut().for_each(|row| row[first] = FORBIDDEN_COST);
    }
    if let Some(last) = last {
        joints[last].fill(FORBIDDEN_COST);
    }
    let paths = Paths::new(&joints, &start, &end, laid, medium);
    let total_s: f64 = laid.lengths_s.iter().sum();
    let fewest = ((total_s / medium.longest_s).ceil() as usize).max(2).next_multiple_of(2);
    let together = |set: usize| {
        let has = |song: Option<usize>| song.is_some_and(|song| set & (1 << song) != 0);
        has(first) && has(last)
    };
    // Two sides at a time are added until all songs fit.
    (fewest..=songs).step_by(2).find_map(|sides| {
        let mean_s = total_s / sides as f64;
        let cost = |set: usize| {
            let length_s = paths.length_s[set];
            let fits = length_s <= medium.longest_s && !together(set);
            if fits { paths.cheapest[set].0 + balance_cost(length_s, mean_s) } else { FORBIDDEN_COST }
        };
        let mut sets = partition(songs, sides, cost)?;
        let rank = |set: &usize| {
            let has = |song: Option<usize>| song.is_some_and(|song| set & (1 << song) != 0);
            (!has(first), has(last), set.trailing_zeros())
        };
        sets.sort_by_key(rank);
        let counts = sets.iter().map(|set| set.count_ones() as usize).collect();
        Some((sets.iter().flat_map(|set| paths.order(*set)).collect(), counts))
    })
}

/// The cheapest order of every set of songs on one side.
struct Paths {
    songs: usize,
    /// By set: cost and last song.
    cheapest: Vec<(f64, usize)>,
    before: Vec<u8>,
    length_s: Vec<f64>,
}

impl Paths {
    fn new(joints: &[Vec<f64>], start: &[f64], end: &[f64], laid: &Laid, medium: Medium) -> Paths {
        let songs = joints.len();
        let sets = 1usize << songs;
        let all_in = |set: usize| (0..songs).filter(move |song| set & (1 << song) != 0);
        let length_s: Vec<f64> = (0..sets)
            .map(|set| {
                let gaps = USUAL_GAP_S * f64::from(set.count_ones().saturating_sub(1));
                all_in(set).map(|song| laid.lengths_s[song]).sum::<f64>() + gaps
            })
            .collect();
        let mut best = vec![f64::INFINITY; sets * songs];
        let mut before = vec![u8::MAX; sets * songs];
        let mut cheapest = vec![(f64::INFINITY, 0); sets];
        for song in 0..songs {
            best[(1 << song) * songs + song] = start[song] + laid.groove_cost(song, 0.0, medium);
        }
        for set in 1..sets {
            for last in all_in(set) {
                let so_far = best[set * songs + last];
                if so_far + end[last] < cheapest[set].0 {
                    cheapest[set] = (so_far + end[last], last);
                }
                for next in (0..songs).filter(|next| set & (1 << next) == 0) {
                    let at_s = length_s[set] + USUAL_GAP_S;
                    let cost = so_far + joints[last][next] + laid.groove_cost(next, at_s, medium);
                    let index = (set | 1 << next) * songs + next;
                    if cost < best[index] {
                        (best[index], before[index]) = (cost, last as u8);
                    }
                }
            }
        }
        Paths { songs, cheapest, before, length_s }
    }

    fn order(&self, mut set: usize) -> Vec<usize> {
        let mut last = self.cheapest[set].1;
        let mut order = Vec::new();
        while set != 0 {
            order.push(last);
            let previous = self.before[set * self.songs + last];
            set &= !(1 << last);
            last = usize::from(previous);
        }
        order.reverse();
        order
    }
}

/// The cheapest way to part all songs into so many sets; `None` where every way breaks a constraint.
fn partition(songs: usize, parts: usize, cost: impl Fn(usize) -> f64) -> Option<Vec<usize>> {
    let sets = 1usize << songs;
    let costs: Vec<f64> = (0..sets).map(|set| if set == 0 { FORBIDDEN_COST } else { cost(set) }).collect();
    let mut best = vec![(f64::INFINITY, 0usize); sets];
    best[0] = (0.0, 0);
    let mut rows = vec![best];
    for _ in 0..parts {
        let before = &rows[rows.len() - 1];
        let mut row = vec![(f64::INFINITY, 0usize); sets];
        for set in 1..sets {
            // Sets are not ordered: each holds the lowest song that is left.
            let lowest = set & set.wrapping_neg();
            let rest = set ^ lowest;
            let mut more = rest;
            loop {
                let part = more | lowest;
                let whole = costs[part] + before[set ^ part].0;
                if whole < row[set].0 {
                    row[set] = (whole, part);
                }
                if more == 0 {
                    break;
                }
                more = (more - 1) & rest;
            }
        }
        rows.push(row);
    }
    if rows[parts][sets - 1].0 >= FORBIDDEN_COST {
        return None;
    }
    let (mut set, mut found) = (sets - 1, Vec::new());
    for row in rows[1..].iter().rev() {
        let part = row[set].1;
        found.push(part);
        set ^= part;
    }
    Some(found)
}

/// The sides of an order, named and measured.
pub(super) fn named(medium: Medium, counts: &[usize]) -> Sides {
    let side = |(index, songs): (usize, &usize)| {
        let letter = char::from(b'A' + (index % 26) as u8);
        Side { name: letter.to_string(), songs: *songs, length_s: 0.0, output: None }
    };
    Sides {
        medium: medium.name.to_string(),
        groove: medium.groove,
        longest_s: medium.longest_s,
        sides: counts.iter().enumerate().map(side).collect(),
    }
}

/// Places after which a side ends: there is neither gap nor crossfade there.
pub(super) fn breaks(album: &Album) -> Vec<bool> {
    let mut breaks = vec![false; album.order.len()];
    let mut at = 0;
    for side in album.sides.iter().flat_map(|sides| &sides.sides) {
        at += side.songs;
        if let Some(last) = at.checked_sub(1).and_then(|last| breaks.get_mut(last)) {
            *last = true;
        }
    }
    breaks
}

/// Lengths of the sides from the songs' lengths and gaps.
pub(super) fn measure(album: &mut Album) {
    let Some(sides) = &mut album.sides else { return };
    let mut at = 0;
    for side in &mut sides.sides {
        let on_it: Vec<usize> = album.order[at..at + side.songs].to_vec();
        at += side.songs;
        side.length_s = on_it
            .iter()
            .map(|song| &album.tracks[*song])
            .map(|track| track.length_s() + track.gap_after_s - track.crossfade_s)
            .sum();
    }
}
