//! How well stems are held against their mix: planted faults that are named, stems that are falsely accused.
//!
//! `cargo bench --bench stems -- [FOLDER] [SECONDS] [MISSES] [LANE=WORDS]` takes every folder of stems under FOLDER (default
//! `../shared/audio/stems`), cuts SECONDS (default 60) out of the part in which most of them play, and builds mixes of
//! which the truth is known: plain at 24 bit, behind a bus (compressor or three bands, and a limiter), and through coders where
//! `ffmpeg` is there. In each run a few stems are at fault; every stem gets every fault. With `MISSES`, all that went wrong is
//! listed; with `LANE=MP3`, only the lanes of that name run. Without the folder it says that it was skipped.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    unreachable_pub,
    reason = "a program that prints figures"
)]

mod plant;

use mixproof::audio::Block;
use mixproof::decode::Decoder;
use mixproof::encode::{Format, Writer};
use mixproof::model::{Stem, StemInMix, StemState, SumVerdict};
use mixproof::pipeline::{Silent, analyse, sum_against_mix};
use mixproof::stems::role;
use plant::{Fault, Lane};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Stems at fault in one run: one in five, at least one.
const AT_FAULT: usize = 5;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let lanes = arguments.iter().find_map(|word| word.strip_prefix("LANE="));
    let verbose = arguments.iter().any(|word| word == "MISSES");
    let seconds: f64 = arguments.iter().find_map(|word| word.parse().ok()).unwrap_or(60.0);
    let is_folder =
        |word: &&String| *word != "MISSES" && !word.starts_with("LANE=") && word.parse::<f64>().is_err();
    let folder = arguments.iter().find(is_folder).map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/audio/stems"),
        PathBuf::from,
    );
    if !folder.is_dir() {
        println!("skipped: there are no stems at {}", folder.display());
        return;
    }
    let mut sets: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    sets.sort();
    for set in sets {
        let work = tempfile::tempdir().unwrap();
        let Some(delivery) = Delivery::cut(&set, work.path(), seconds) else { continue };
        println!(
            "\n{}: {} stems that play in {seconds} s of it",
            set.file_name().unwrap().to_string_lossy(),
            delivery.stems.len()
        );
        for lane in Lane::all().iter().filter(|lane| lanes.is_none_or(|words| lane.name.contains(words))) {
            delivery.judge(lane, work.path(), verbose);
        }
    }
}

/// Stems of one length, exact at 24 bit, on disk and in memory.
struct Delivery {
    stems: Vec<Stem>,
    audio: Vec<Block>,
    gain: f64,
}

impl Delivery {
    fn cut(set: &Path, work: &Path, seconds: f64) -> Option<Delivery> {
        let mut paths: Vec<PathBuf> =
            std::fs::read_dir(set).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.retain(|path| path.extension().is_some_and(|ending| ending != "txt"));
        paths.sort();
        let whole: Vec<Block> = paths.par_iter().map(|path| decode(path)).collect();
        let rate = whole.first()?.sample_rate_hz();
        let frames = (seconds * f64::from(rate)) as usize;
        let longest = whole.iter().map(Block::frames).max()?;
        let step = rate as usize;
        let plays = |block: &Block, from: usize| {
            let to = (from + frames).min(block.frames());
            from < to && block.channel(0)[from..to].iter().any(|x| x.abs() > 0.01)
        };
        let from = (0..longest.saturating_sub(frames).max(1)).step_by(step).max_by_key(|from| {
            (whole.iter().filter(|block| plays(block, *from)).count(), std::cmp::Reverse(*from))
        })?;
        let kept: Vec<(PathBuf, Block)> = paths
            .into_iter()
            .zip(whole)
            .filter(|(_, block)| plays(block, from))
            .map(|(path, block)| {
                let mut part = block.slice(from, (from + frames).min(block.frames()));
                part.resize(frames.min(longest - from));
                plant::round_to_24_bits(&mut part);
                (path, part)
            })
            .collect();
        let stems: Vec<Stem> = kept
            .par_iter()
            .map(|(path, part)| {
                let name = path.file_stem().unwrap().to_string_lossy().into_owned();
                let path = work.join(format!("{name}.wav"));
                write(&path, part, false);
                let analysis = analyse(&path, &Silent).unwrap();
                let (role, role_confidence) = role(&name, &analysis);
                Stem { name, path: path.display().to_string(), role, role_confidence, analysis }
            })
            .collect();
        let audio: Vec<Block> = kept.into_iter().map(|(_, part)| part).collect();
        let sum = plant::sum(&audio, &[], 1.0);
        let peak = sum.channels().iter().flatten().fold(0f32, |peak, x| peak.max(x.abs()));
        // A power of two, so that nothing is rounded.
        let mut gain = 1.0;
        while gain * f64::from(peak) > 0.4 {
            gain /= 2.0;
        }
        Some(Delivery { stems, audio, gain })
    }

    /// All runs of one lane.
    fn judge(&self, lane: &Lane, work: &Path, verbose: bool) {
        let mut score: BTreeMap<String, [usize; 3]> = BTreeMap::new();
        let (mut accused, mut judged, mut notes) = (0, 0, Vec::new());
        let clean = self.run(lane, work, &[]);
        let Some((verdict, left_db, clean)) = clean else {
            println!("{:<22} skipped: no encoder here", lane.name);
            return;
        };
        let mut verdicts: BTreeMap<String, usize> = BTreeMap::new();
        let mut blame = |stem: &StemInMix, run: &str, accused: &mut usize, judged: &mut usize| {
            *judged += 1;
            if stem.state != StemState::Present {
                *accused += 1;
                notes.push(format!("  {run}: {} falsely {:?}: {}", stem.name, stem.state, stem.evidence));
            }
        };
        clean.iter().for_each(|stem| blame(stem, "clean", &mut accused, &mut judged));
        let count = self.stems.len();
        let at_once = (count / AT_FAULT).max(1);
        let mut missed = Vec::new();
        let cases: Vec<(usize, Fault)> = (0..count * lane.faults.len())
            .map(|case| (case % count, lane.faults[(case / count + case % count) % lane.faults.len()]))
            .collect();
        for planted in cases.chunks(at_once) {
            let Some((verdict, _, stems)) = self.run(lane, work, planted) else { continue };
            *verdicts.entry(format!("{verdict:?}")).or_default() += 1;
            for stem in &stems {
                let index = self.stems.iter().position(|own| own.name == stem.name).unwrap();
                let Some((_, fault)) = planted.iter().find(|(at, _)| *at == index) else {
                    blame(stem, &format!("{planted:?}"), &mut accused, &mut judged);
                    continue;
                };
                let row = score.entry(fault.name()).or_default();
                row[1] += 1;
                if fault.named(stem, plant::sounds(&self.audio[index])) {
                    row[0] += 1;
                } else {
                    row[2] += usize::from(stem.state == StemState::Present && stem.confidence < 0.5);
                    missed.push(format!(
                        "  {} of {}: {:?} {:?} {:?} ({:.2}) {}",
                        fault.name(),
                        stem.name,
                        stem.state,
                        stem.gain_db,
                        stem.offset_frames,
                        stem.confidence,
                        stem.evidence
                    ));
                }
            }
        }
        let left = left_db.map_or("nothing".to_string(), |left_db| format!("{left_db:.1} dB"));
        println!("{:<22} clean: {verdict:?}, {left} left; with faults: {verdicts:?}", lane.name);
        for (fault, [named, planted, abstained]) in &score {
            println!("    {fault:<12} {named:>3} of {planted:<3} named, {abstained} said to be untellable");
        }
        println!("    falsely accused: {accused} of {judged}");
        if verbose {
            missed.iter().chain(&notes).for_each(|note| println!("{note}"));
        }
    }

    /// One mix, and what is said of it.
    fn run(
        &self,
        lane: &Lane,
        work: &Path,
        planted: &[(usize, Fault)],
    ) -> Option<(SumVerdict, Option<f64>, Vec<StemInMix>)> {
        let mut mix = plant::sum(&self.audio, planted, self.gain);
        lane.bus(&mut mix);
        let path = work.join("mix.wav");
        write(&path, &mix, true);
        let path = lane.coded(&path)?;
        let analysis = analyse(&path, &Silent).ok()?;
        let sum = sum_against_mix(&self.stems, &path, &analysis, &Silent).unwrap()?;
        Some((sum.verdict, sum.residual_db, sum.stems))
    }
}

fn write(path: &Path, block: &Block, force: bool) {
    let format = Format {
        sample_rate_hz: block.sample_rate_hz(),
        channels: block.channel_count() as u16,
        bits: 24,
        float: false,
    };
    let mut writer = Writer::create(path, format, force).unwrap();
    writer.write(block).unwrap();
    writer.finish().unwrap();
}

/// A whole file as two channels.
fn decode(path: &Path) -> Block {
    let mut decoder = Decoder::open(path).unwrap();
    let mut audio = Block::empty(decoder.channel_count(), decoder.sample_rate_hz());
    let mut block = Block::empty(decoder.channel_count(), decoder.sample_rate_hz());
    while decoder.read(&mut block).unwrap() {
        audio.append(&block);
    }
    let right = usize::from(audio.channel_count() > 1);
    Block::from_channels(
        vec![audio.channel(0).to_vec(), audio.channel(right).to_vec()],
        audio.sample_rate_hz(),
    )
}
