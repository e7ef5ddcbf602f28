//! What the page on stems plays: each stem alone and the song without it, beside all stems together, the given mix and
//! the rough mix, all at equal loudness.

use crate::audio::Block;
use crate::encode::Codec;
use crate::error::Result;
use crate::model::{BalanceKind, Listening, Stem, StemRole, StemSet};
use crate::pipeline::Progress;
use crate::pipeline::aligned::Aligned;
use crate::pipeline::listening::{Raw, Ready, empty, matched};
use crate::pipeline::loops::Place;
use rayon::prelude::*;
use std::borrow::Cow;
use std::path::Path;

/// Length of a loop: shorter than that of a song, since there are many.
const LOOP_S: f64 = 3.0;
/// What all sounds may take in the page, and the bit rates that come of it.
const ROOM_KBIT: f64 = 12_500.0;
const KBPS: std::ops::RangeInclusive<f64> = 64.0..=160.0;
/// Stems that get a player: the loudest ones. More would not fit.
const MOST_STEMS: usize = 24;
/// Places in the song; a stem that plays in none of them gets no player.
const MOST_PLACES: usize = 6;
/// What a second counts for in which a stem does not play.
const SILENT_DBFS: f32 = -80.0;
/// Stems that are held in memory at a time.
const AT_ONCE: usize = 8;

/// Loops for the page of a checked set: one per stem; `None` where nothing plays.
///
/// # Errors
/// Those of reading the stems, and of packing the loops.
pub fn stems_listening(
    set: &StemSet,
    mix: Option<&Path>,
    progress: &dyn Progress,
) -> Result<Option<Listening>> {
    let stems: Vec<&Stem> = set.stems.iter().filter(|stem| stem.role != StemRole::Mix).collect();
    let places = places(set, &stems);
    let heard: Vec<usize> = places.iter().flat_map(|place| place.stems.iter().copied()).collect();
    if heard.is_empty() || stems.iter().any(|stem| stem.analysis.source.channels > 2) {
        return Ok(None);
    }
    progress.update(Path::new(&stems[0].path), "cutting loops", None);
    let rate_hz = set.set.sample_rate_hz;
    let starts: Vec<f64> = places.iter().map(|place| place.start_s).collect();
    let mut sums = vec![Block::silent(2, frames(rate_hz), rate_hz); places.len()];
    let mut alone: Vec<Option<Block>> = vec![None; stems.len()];
    for (chunk, indices) in stems.chunks(AT_ONCE).zip((0..stems.len()).collect::<Vec<_>>().chunks(AT_ONCE)) {
        let read = |stem: &&Stem| cut(Path::new(&stem.path), &starts, rate_hz);
        let blocks: Vec<Vec<Block>> = chunk.par_iter().map(read).collect::<Result<_>>()?;
        for (index, own) in indices.iter().zip(blocks) {
            for ((sum, place), block) in sums.iter_mut().zip(&places).zip(own) {
                add(sum, &block, 1.0);
                if place.stems.contains(index) {
                    alone[*index] = Some(block);
                }
            }
        }
    }
    let given = mix.zip(set.sum.as_ref()).map(|(path, sum)| ("mix", "Given mix", path, sum.offset_s));
    let rough = set.render.as_ref().map(|render| ("rough", "Rough mix", Path::new(&render.rough_mix), 0.0));
    let others: Vec<(&str, &str, Vec<Block>)> = [given, rough]
        .into_iter()
        .flatten()
        .map(|(id, title, path, later_s)| {
            let starts: Vec<f64> = starts.iter().map(|start_s| start_s + later_s).collect();
            Ok((id, title, cut(path, &starts, rate_hz)?))
        })
        .collect::<Result<_>>()?;
    let sounds = 2 * heard.len() + places.len() * (1 + others.len());
    let kbps = (ROOM_KBIT / (LOOP_S * sounds as f64)).clamp(*KBPS.start(), *KBPS.end()) as u32;
    let packed_hz = Codec::Vorbis.coded_rate_hz(rate_hz);
    let mut listening = empty(packed_hz, kbps, &[]);
    for (at, place) in places.iter().enumerate() {
        let pack = |id: &str, title: &str, block: &Block| {
            Ready::pack(Raw::new(id, title, Cow::Borrowed(block)), packed_hz, kbps, &[])
        };
        let all = pack("all", "All stems", &sums[at])?;
        let beside = others
            .iter()
            .map(|(id, title, blocks)| pack(id, title, &blocks[at]))
            .collect::<Result<Vec<_>>>()?;
        let loops = place.stems.par_iter().map(|index| {
            let Some(own) = &alone[*index] else { return Ok(None) };
            let mut without = sums[at].clone();
            add(&mut without, own, -1.0);
            let Some(own) = pack("alone", "Alone", own)? else { return Ok(None) };
            let without = pack("without", "Without it", &without)?;
            let takes: Vec<Ready> = [Some(own), without, all.clone()]
                .into_iter()
                .chain(beside.iter().cloned())
                .flatten()
                .collect();
            let title = stems[*index].name.clone();
            let (start_s, end_s) = (place.start_s, place.start_s + LOOP_S);
            Ok(Some((*index, matched(Place { title, start_s, end_s }, &takes))))
        });
        listening.loops.extend(loops.collect::<Result<Vec<_>>>()?.into_iter().flatten().map(|(_, one)| one));
    }
    // In the order of the delivery.
    let rank = |title: &str| stems.iter().position(|stem| stem.name == title);
    listening.loops.sort_by_key(|one| rank(&one.title));
    Ok(Some(listening).filter(|listening| !listening.loops.is_empty()))
}

/// A place, and the stems that are heard there.
struct Heard {
    start_s: f64,
    stems: Vec<usize>,
}

/// Few places in which all stems play: each time the one with most that were not heard yet, then the loudest.
fn places(set: &StemSet, stems: &[&Stem]) -> Vec<Heard> {
    let levels = |stem: &&Stem| {
        let own = set.balance.iter().find(|own| own.kind == BalanceKind::Stem && own.name == stem.name);
        own.map_or(&[][..], |own| own.level_dbfs_series.as_slice())
    };
    let levels: Vec<&[Option<f32>]> = stems.iter().map(levels).collect();
    let seconds = LOOP_S as usize;
    // Level of a stem over a loop; `None` where it is silent for most of it.
    let level = |index: usize, from: usize| -> Option<f32> {
        let part = levels[index].get(from..from + seconds)?;
        let playing = part.iter().flatten().count();
        (2 * playing > seconds).then(|| part.iter().map(|level_dbfs| level_dbfs.unwrap_or(SILENT_DBFS)).sum())
    };
    let mut left: Vec<usize> = (0..stems.len()).filter(|index| !levels[*index].is_empty()).collect();
    left.sort_by(|a, b| {
        let lufs = |index: usize| stems[index].analysis.loudness.integrated_lufs.unwrap_or(f64::MIN);
        lufs(*b).total_cmp(&lufs(*a))
    });
    left.truncate(MOST_STEMS);
    let last = levels.iter().map(|levels| levels.len()).max().unwrap_or(0).saturating_sub(seconds);
    let mut places = Vec::new();
    while places.len() < MOST_PLACES && !left.is_empty() {
        let worth = |from: &usize| {
            let playing = left.iter().filter_map(|index| level(*index, *from));
            playing.fold((0usize, 0f32), |(count, sum), level_dbfs| (count + 1, sum + level_dbfs))
        };
        let better = |a: &(usize, (usize, f32)), b: &(usize, (usize, f32))| {
            a.1.0.cmp(&b.1.0).then(a.1.1.total_cmp(&b.1.1)).then(b.0.cmp(&a.0))
        };
        let Some((from, (count, _))) = (0..=last).map(|from| (from, worth(&from))).max_by(better) else {
            break;
        };
        if count == 0 {
            break;
        }
        let (here, rest): (Vec<usize>, Vec<usize>) =
            left.iter().partition(|index| level(**index, from).is_some());
        places.push(Heard { start_s: from as f64, stems: here });
        left = rest;
    }
    // Files are read forwards.
    places.sort_by(|a, b| a.start_s.total_cmp(&b.start_s));
    places
}

fn frames(rate_hz: u32) -> usize {
    (LOOP_S * f64::from(rate_hz)) as usize
}

/// The loops of one file, at ascending places.
fn cut(path: &Path, starts_s: &[f64], rate_hz: u32) -> Result<Vec<Block>> {
    let mut reader = Aligned::open(path, rate_hz)?;
    let at = |start_s: &f64| (start_s * f64::from(rate_hz)).round() as i64;
    let mut read =
        |start_s| Ok(Block::from_channels(reader.read(at(start_s), frames(rate_hz))?.to_vec(), rate_hz));
    starts_s.iter().map(&mut read).collect()
}

fn add(sum: &mut Block, own: &Block, sign: f32) {
    for (sum, own) in sum.channels_mut().iter_mut().zip(own.channels()) {
        sum.iter_mut().zip(own).for_each(|(sum, x)| *sum += sign * x);
    }
}
