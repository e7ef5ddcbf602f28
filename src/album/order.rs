//! The search for the order with the least cost: exact up to fourteen songs, a bounded search beyond.

use super::Song;
use super::bound::assignment_cost;
use super::joint::PARTED_COST;
use crate::dsp::random::SplitMix64;
use crate::model::{Constraints, Suggestion};

/// Songs up to which every order is covered, by dynamic programming over sets of songs (Held and Karp 1962): its table
/// has 2^14 × 14 entries.
pub const EXACT_UP_TO: usize = 14;

/// Random orders beside which a cost is shown.
const RANDOM_ORDERS: usize = 500;

/// What breaking a constraint costs: more than anything else together, so that it happens only where nothing else is left.
pub(super) const FORBIDDEN_COST: f64 = 1e6;

/// Tries for every random order that keeps the constraints.
const TRIES: usize = 40;

/// Starts of the search beyond [`EXACT_UP_TO`] songs.
const STARTS: usize = 40;

/// Weight of the place in the record against joints of 0 to 1.
const ARC_WEIGHT: f64 = 0.15;

/// What is searched through.
pub struct Search<'a> {
    /// Entry `[from][to]` is the cost of `to` right after `from`.
    pub joints: &'a [Vec<f64>],
    /// Entry `[song][place]` is the cost of a song at a place; empty where places do not count.
    pub places: &'a [Vec<f64>],
    /// Pinned songs, and which may or may not follow each other; without pins that contradict each other.
    pub constraints: &'a Constraints,
    /// Seed of the random orders.
    pub seed: u64,
}

/// Cost of an order: its joints and its places.
pub fn order_cost(joints: &[Vec<f64>], places: &[Vec<f64>], order: &[usize]) -> f64 {
    let steps: f64 = order.windows(2).map(|pair| joints[pair[0]][pair[1]]).sum();
    let at: f64 = if places.is_empty() {
        0.0
    } else {
        order.iter().enumerate().map(|(place, song)| places[*song][place]).sum()
    };
    steps + at
}

/// Finds the cheapest order, or one near it. It keeps all constraints, as [`keeps`] says, where any order does (exact) or
/// one was found that does (beyond).
pub fn search(search: &Search) -> Suggestion {
    let songs = search.joints.len();
    let joints = constrained_joints(search.joints, search.constraints);
    let places = constrained_places(search.places, search.constraints, songs);
    let field = Field::new(&joints, &places, search.constraints);
    let mut random = SplitMix64::new(search.seed, 0);
    let cost = |order: &[usize]| order_cost(&joints, &places, order);
    let exact = songs <= EXACT_UP_TO;
    let mut shuffles = SplitMix64::new(search.seed, 1);
    let order = if exact { field.cheapest() } else { field.near_cheapest(&mut random) };
    let found = cost(&order);
    // What breaks a constraint or parts a stream is no order to compare with.
    let kept = |cost: &f64| *cost < FORBIDDEN_COST && *cost < found + PARTED_COST;
    let tries = (0..RANDOM_ORDERS * TRIES).map(|_| cost(&field.shuffled(&mut shuffles)));
    let samples: Vec<f64> = tries.filter(kept).take(RANDOM_ORDERS).collect();
    let samples = if samples.is_empty() { vec![found] } else { samples };
    Suggestion {
        cost: found,
        exact,
        lower_bound_cost: if exact { found } else { field.lower_bound().min(found) },
        random_mean_cost: samples.iter().sum::<f64>() / samples.len() as f64,
        random_lowest_cost: samples.iter().copied().fold(f64::INFINITY, f64::min),
        random_orders: samples.len(),
        order,
    }
}

/// Joints with what may not be made forbidden.
pub(super) fn constrained_joints(joints: &[Vec<f64>], constraints: &Constraints) -> Vec<Vec<f64>> {
    let mut joints = joints.to_vec();
    for (from, to) in &constraints.part {
        joints[*from][*to] = FORBIDDEN_COST;
    }
    for (from, to) in &constraints.follow {
        for other in (0..joints.len()).filter(|other| other != from) {
            joints[other][*to] = FORBIDDEN_COST;
        }
        for other in (0..joints.len()).filter(|other| other != to) {
            joints[*from][other] = FORBIDDEN_COST;
        }
    }
    joints
}

/// Places with the two that a pair cannot take: its second song comes after something, its first before something.
fn constrained_places(places: &[Vec<f64>], constraints: &Constraints, songs: usize) -> Vec<Vec<f64>> {
    if constraints.follow.is_empty() {
        return places.to_vec();
    }
    let mut places = if places.is_empty() { vec![vec![0.0; songs]; songs] } else { places.to_vec() };
    for (from, to) in &constraints.follow {
        places[*to][0] = FORBIDDEN_COST;
        places[*from][songs - 1] = FORBIDDEN_COST;
    }
    places
}

/// Whether an order keeps all constraints.
pub fn keeps(order: &[usize], constraints: &Constraints) -> bool {
    let next = |song: usize| {
        let at = order.iter().position(|other| *other == song)?;
        order.get(at + 1).copied()
    };
    constraints.pins.iter().all(|pin| order.get(pin.place) == Some(&pin.song))
        && constraints.follow.iter().all(|(from, to)| next(*from) == Some(*to))
        && constraints.part.iter().all(|(from, to)| next(*from) != Some(*to))
}

/// Costs by place: louder and more energetic songs first, a dip in the middle, a rise at the end, all of it slight
/// (Neto et al. 2024 and 2025: over albums, loudness and energy fall along the record; in professionals' orders, loudness
/// and arousal follow a U).
pub(super) fn arc_costs(songs: &[Song], gains_db: &[f64]) -> Vec<Vec<f64>> {
    let level = |i: usize| {
        let energy = songs[i].analysis.music.energy.unwrap_or(0.5);
        Some((songs[i].analysis.loudness.integrated_lufs? + gains_db[i], energy))
    };
    let mut ranking: Vec<usize> = (0..songs.len()).collect();
    let key = |i: usize| level(i).map_or(f64::NEG_INFINITY, |(lufs, energy)| lufs + 6.0 * energy);
    ranking.sort_by(|a, b| key(*b).total_cmp(&key(*a)));
    let last = songs.len().saturating_sub(1).max(1) as f64;
    // How much a place wants: 1 at the start, 0.25 three fifths through, 0.6 at the end.
    let wanted = |place: usize| {
        let at = place as f64 / last;
        if at < 0.6 { 1.0 - 0.75 * at / 0.6 } else { 0.25 + 0.35 * (at - 0.6) / 0.4 }
    };
    let mut costs = vec![vec![0.0; songs.len()]; songs.len()];
    for (rank, song) in ranking.into_iter().enumerate() {
        let standing = 1.0 - rank as f64 / last;
        for (place, cost) in costs[song].iter_mut().enumerate() {
            *cost = ARC_WEIGHT * (standing - wanted(place)).abs();
        }
    }
    costs
}

/// The search's costs with its pins by place.
struct Field<'a> {
    joints: &'a [Vec<f64>],
    places: &'a [Vec<f64>],
    songs: usize,
    /// The song pinned to each place.
    pinned: Vec<Option<usize>>,
    /// Whether a song is pinned at all.
    is_pinned: Vec<bool>,
}

impl Field<'_> {
    fn new<'a>(joints: &'a [Vec<f64>], places: &'a [Vec<f64>], constraints: &Constraints) -> Field<'a> {
        let songs = joints.len();
        let (mut pinned, mut is_pinned) = (vec![None; songs], vec![false; songs]);
        for pin in &constraints.pins {
            pinned[pin.place] = Some(pin.song);
            is_pinned[pin.song] = true;
        }
        Field { joints, places, songs, pinned, is_pinned }
    }

    fn at(&self, song: usize, place: usize) -> f64 {
        self.places.get(song).map_or(0.0, |costs| costs[place])
    }

    fn may_be_at(&self, song: usize, place: usize) -> bool {
        match self.pinned[place] {
            Some(pinned) => pinned == song,
            None => !self.is_pinned[song],
        }
    }

    /// Exact: the cheapest way to have played each set of songs, by its last song.
    fn cheapest(&self) -> Vec<usize> {
        let songs = self.songs;
        if songs == 0 {
            return Vec::new();
        }
        let sets = 1usize << songs;
        let mut best = vec![f64::INFINITY; sets * songs];
        let mut before = vec![usize::MAX; sets * songs];
        for song in (0..songs).filter(|song| self.may_be_at(*song, 0)) {
            best[(1 << song) * songs + song] = self.at(song, 0);
        }
        for set in 1..sets {
            let place = set.count_ones() as usize;
            for last in 0..songs {
                let so_far = best[set * songs + last];
                if !so_far.is_finite() {
                    continue;
                }
                for next in (0..songs).filter(|next| set & (1 << next) == 0) {
                    if !self.may_be_at(next, place) {
                        continue;
                    }
                    let cost = so_far + self.joints[last][next] + self.at(next, place);
                    let index = (set | 1 << next) * songs + next;
                    if cost < best[index] {
                        best[index] = cost;
                        before[index] = last;
                    }
                }
            }
        }
        let mut set = sets - 1;
        let cheapest_last = (0..songs).min_by(|a, b| best[set * songs + a].total_cmp(&best[set * songs + b]));
        let mut last = cheapest_last.unwrap_or(0);
        let mut order = vec![last];
        while order.len() < songs {
            let previous = before[set * songs + last];
            set &= !(1 << last);
            last = previous;
            order.push(last);
        }
        order.reverse();
        order
    }

    /// Swaps, reversals and moves of stretches from many starts, until none helps.
    fn near_cheapest(&self, random: &mut SplitMix64) -> Vec<usize> {
        let cost = |order: &[usize]| order_cost(self.joints, self.places, order);
        let mut best: Option<(f64, Vec<usize>)> = None;
        for start in 0..STARTS {
            let mut order = if start == 0 { self.nearest_neighbours() } else { self.shuffled(random) };
            let mut now = cost(&order);
            while let Some((better, improved)) = self.improved(&order, now) {
                (now, order) = (better, improved);
            }
            if best.as_ref().is_none_or(|(lowest, _)| now < *lowest) {
                best = Some((now, order));
            }
        }
        best.map(|(_, order)| order).unwrap_or_default()
    }

    /// The best neighbour of an order, where one is cheaper.
    fn improved(&self, order: &[usize], now: f64) -> Option<(f64, Vec<usize>)> {
        let mut best: Option<(f64, Vec<usize>)> = None;
        let mut consider = |candidate: Vec<usize>| {
            if !candidate.iter().enumerate().all(|(place, song)| self.may_be_at(*song, place)) {
                return;
            }
            let cost = order_cost(self.joints, self.places, &candidate);
            if cost < best.as_ref().map_or(now, |(lowest, _)| *lowest) - 1e-12 {
                best = Some((cost, candidate));
            }
        };
        for from in 0..self.songs {
            for to in from + 1..self.songs {
                let mut swapped = order.to_vec();
                swapped.swap(from, to);
                consider(swapped);
                let mut reversed = order.to_vec();
                reversed[from..=to].reverse();
                consider(reversed);
                // One to three songs move to the end of the stretch, or from its end to its start.
                for length in 1..=3.min(to - from) {
                    let mut later = order.to_vec();
                    later[from..=to].rotate_left(length);
                    consider(later);
                    let mut earlier = order.to_vec();
                    earlier[from..=to].rotate_right(length);
                    consider(earlier);
                }
            }
        }
        best
    }

    /// From each song to the nearest one that is left and may come there.
    fn nearest_neighbours(&self) -> Vec<usize> {
        let mut order: Vec<usize> = Vec::new();
        for place in 0..self.songs {
            let last = order.last().copied();
            let cost = |song: usize| last.map_or(0.0, |last| self.joints[last][song]) + self.at(song, place);
            let free = (0..self.songs).filter(|song| !order.contains(song) && self.may_be_at(*song, place));
            let nearest = free.min_by(|a, b| cost(*a).total_cmp(&cost(*b)));
            order.extend(nearest);
        }
        order
    }

    /// A random order that respects the pins.
    fn shuffled(&self, random: &mut SplitMix64) -> Vec<usize> {
        let mut free: Vec<usize> = (0..self.songs).filter(|song| !self.is_pinned[*song]).collect();
        for index in (1..free.len()).rev() {
            free.swap(index, below(random, index + 1));
        }
        let mut free = free.into_iter();
        self.pinned.iter().filter_map(|pinned| pinned.or_else(|| free.next())).collect()
    }

    /// Two relaxations: every song has one successor and one predecessor (circles are allowed, with an empty song
    /// between end and start), and every song has one place. Each alone is solved exactly; their sum is never too high.
    fn lower_bound(&self) -> f64 {
        let songs = self.songs;
        let barred = 10.0 * FORBIDDEN_COST;
        let may = |song: usize, place: usize| if self.may_be_at(song, place) { 0.0 } else { barred };
        // The empty song, after all others, comes before a pinned first one and after a pinned last one.
        let step = |from: usize, to: usize| match (from == songs, to == songs) {
            (true, true) => barred,
            (true, false) => may(to, 0),
            (false, true) => may(from, songs - 1),
            (false, false) if from == to => barred,
            (false, false) => self.joints[from][to],
        };
        let steps: Vec<Vec<f64>> =
            (0..=songs).map(|from| (0..=songs).map(|to| step(from, to)).collect()).collect();
        let place = |song: usize, place: usize| {
            if self.may_be_at(song, place) { self.at(song, place) } else { barred }
        };
        let places: Vec<Vec<f64>> =
            (0..songs).map(|song| (0..songs).map(|at| place(song, at)).collect()).collect();
        assignment_cost(&steps) + assignment_cost(&places)
    }
}

/// A random number below `bound`.
fn below(random: &mut SplitMix64, bound: usize) -> usize {
    (random.next_u64() % bound as u64) as usize
}
