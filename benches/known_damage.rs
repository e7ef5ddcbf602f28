//! Damages good songs in known ways, lets the proposal undo it, and prints what is left:
//! `cargo bench --bench known_damage` (default folder `../shared/audio/mixes`; another one behind `--`).
//!
//! Each song is its own reference: `master --reference ORIGINAL --amount 100` on the damaged song, simulated. The distance
//! is the root mean square difference of the third octaves from 50 Hz to 14 kHz, levels aligned. The undamaged song is
//! mastered towards the popular profile, and may not move away from it.
//!
//! With `MATCHERING_PYTHON` set to a Python that has matchering, each song with one of the damages (in turn) is also
//! rendered by both programs, each in a process of its own: distance, true peak, crest lost, seconds, memory.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    reason = "a benchmark prints and may panic"
)]

use mixproof::advise::Options;
use mixproof::audio::Block;
use mixproof::compare::compare;
use mixproof::decode::Decoder;
use mixproof::encode::{Format, Writer};
use mixproof::error::{Error, Result};
use mixproof::model::{
    Analysis, Applicability, EqBand, EqPhase, EqShape, Move, MoveStage, Plan, Processor, Profile, ToneBand,
};
use mixproof::pipeline::{Batch, FileOptions, MasterJob, Silent, Targets, analyse, propose, run_batch};
use mixproof::process::Chain;
use mixproof::profiles::{self, Recipe};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const DEFAULT_FOLDER: &str = "../shared/audio/mixes";
/// Range of the distance: lossy sources say nothing above, few systems play what is below.
const RANGE_HZ: (f64, f64) = (49.0, 14_100.0);

/// One way to spoil a song.
struct Damage {
    name: &'static str,
    processor: Processor,
}

fn damages() -> Vec<Damage> {
    let band = |shape, center_hz, gain_db, q| EqBand { shape, center_hz, gain_db, q };
    let low = |center_hz, gain_db| band(EqShape::LowShelf, center_hz, gain_db, 0.7);
    let high = |center_hz, gain_db| band(EqShape::HighShelf, center_hz, gain_db, 0.7);
    let eq = |name, bands| Damage { name, processor: Processor::Eq { bands, phase: EqPhase::Minimum } };
    let narrow = Processor::Width { side_gain_db: -2.0, mono_below_hz: None, balance_db: 0.0 };
    vec![
        eq("tilt to the bass", vec![low(300.0, 2.5), high(2500.0, -2.5)]),
        eq("tilt to the treble", vec![low(300.0, -2.5), high(2500.0, 2.5)]),
        eq("mud", vec![band(EqShape::Peak, 250.0, 4.0, 0.9)]),
        eq("harsh", vec![band(EqShape::Peak, 3000.0, 4.0, 0.9)]),
        eq("thin", vec![low(200.0, -4.0)]),
        eq("dull", vec![high(4000.0, -4.0)]),
        Damage { name: "narrow", processor: narrow },
        Damage { name: "level", processor: Processor::Gain { gain_db: -6.0 } },
    ]
}

/// What became of one damage of one song.
struct Outcome {
    damage: &'static str,
    before_db: f64,
    after_db: f64,
    /// Crest of the original less that behind the equaliser.
    crest_lost_db: f64,
    /// Side gain that was proposed.
    side_gain_db: f64,
    duel: Option<[Duel; 2]>,
}

/// One contestant.
struct Duel {
    distance_db: f64,
    true_peak_dbtp: f64,
    crest_lost_db: f64,
    elapsed_s: f64,
    /// Processor time, of all threads.
    processor_s: f64,
    /// Most resident memory.
    memory_mib: f64,
}

/// A song under test.
struct Tested {
    outcomes: Vec<Outcome>,
    /// How far the undamaged song is moved outside its genre, in the worst third octave.
    harm_db: f64,
}

fn main() {
    let folder = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let folder = PathBuf::from(folder.unwrap_or_else(|| DEFAULT_FOLDER.to_string()));
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("skipped: there is no folder {}", folder.display());
        return;
    };
    let mut songs: Vec<PathBuf> =
        entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    songs.sort();
    let work = std::env::temp_dir().join(format!("known-damage-{}", std::process::id()));
    std::fs::create_dir_all(&work).unwrap();
    println!(
        "{:44} {:19} {:>6} {:>6} {:>5} {:>6} {:>5}",
        "song", "damage", "before", "after", "left", "crest", "side"
    );
    let mut all: Vec<Tested> = Vec::new();
    // Side by side, programs are timed: one song at a time.
    let workers = usize::from(std::env::var_os("MATCHERING_PYTHON").is_some());
    let batch = Batch { paths: &songs, workers };
    let job = |path: &Path| test(path, songs.iter().position(|song| song == path).unwrap_or(0), &work);
    let show = |path: &Path, result: Result<Tested>| {
        match result {
            Ok(tested) => {
                print_song(path, &tested);
                all.push(tested);
            }
            Err(error) => println!("{}: {error}", path.display()),
        }
        true
    };
    run_batch(&batch, job, show).unwrap();
    std::fs::remove_dir_all(&work).unwrap();
    summary(&all);
}

fn print_song(path: &Path, tested: &Tested) {
    let name: String = path.file_stem().unwrap_or_default().to_string_lossy().chars().take(44).collect();
    for outcome in &tested.outcomes {
        println!(
            "{name:44} {:19} {:6.2} {:6.2} {:4.0}% {:6.2} {:5.1}",
            outcome.damage,
            outcome.before_db,
            outcome.after_db,
            100.0 * outcome.after_db / outcome.before_db.max(0.01),
            outcome.crest_lost_db,
            outcome.side_gain_db
        );
        for (who, duel) in ["  mixproof", "  matchering"].iter().zip(outcome.duel.iter().flatten()) {
            println!(
                "{who:44} {:19} {:>6} {:6.2} {:4.0}% {:6.2}       {:6.2} dBTP {:6.1} s {:6.1} s CPU {:5.0} MiB",
                "",
                "",
                duel.distance_db,
                100.0 * duel.distance_db / outcome.before_db.max(0.01),
                duel.crest_lost_db,
                duel.true_peak_dbtp,
                duel.elapsed_s,
                duel.processor_s,
                duel.memory_mib
            );
        }
    }
    println!("{name:44} {:19} {:6.2} dB beyond the genre", "undamaged", tested.harm_db);
}

fn summary(all: &[Tested]) {
    let outcomes = || all.iter().flat_map(|tested| &tested.outcomes);
    let tonal = |outcome: &&Outcome| !matches!(outcome.damage, "narrow" | "level");
    println!();
    for damage in damages() {
        let left = outcomes()
            .filter(|outcome| outcome.damage == damage.name && tonal(outcome))
            .map(|outcome| 100.0 * outcome.after_db / outcome.before_db);
        let left: Vec<f64> = left.collect();
        if !left.is_empty() {
            println!("{:19} left {:5.1} % (median)", damage.name, median(left));
        }
    }
    let left = outcomes().filter(tonal).map(|outcome| 100.0 * outcome.after_db / outcome.before_db);
    println!("all tonal damages   left {:5.1} % (median; goal 10)", median(left.collect()));
    let crest = outcomes().filter(tonal).map(|outcome| outcome.crest_lost_db).fold(f64::MIN, f64::max);
    println!("crest lost by the equaliser, at most {crest:.2} dB (goal 0.5)");
    let harm = all.iter().map(|tested| tested.harm_db).fold(0.0, f64::max);
    println!("undamaged songs moved beyond their genre's spread by at most {harm:.2} dB (goal 1)");
    let duels: Vec<&[Duel; 2]> = outcomes().filter_map(|outcome| outcome.duel.as_ref()).collect();
    if duels.is_empty() {
        println!("side by side: skipped, set MATCHERING_PYTHON to a Python that has matchering");
        return;
    }
    println!("\nmedians of {} songs, each with one damage", duels.len());
    println!(
        "{:11} {:>11} {:>10} {:>10} {:>7} {:>7} {:>9}",
        "", "distance", "true peak", "crest lost", "time", "CPU", "memory"
    );
    for (index, who) in ["mixproof", "matchering"].iter().enumerate() {
        let of = |value: fn(&Duel) -> f64| median(duels.iter().map(|duel| value(&duel[index])).collect());
        println!(
            "{who:11} {:8.2} dB {:+5.2} dBTP {:7.2} dB {:5.1} s {:5.1} s {:5.0} MiB",
            of(|duel| duel.distance_db),
            of(|duel| duel.true_peak_dbtp),
            of(|duel| duel.crest_lost_db),
            of(|duel| duel.elapsed_s),
            of(|duel| duel.processor_s),
            of(|duel| duel.memory_mib)
        );
    }
    let over = |index: usize| {
        let peaks = duels.iter().map(|duel| duel[index].true_peak_dbtp);
        peaks.fold(f64::MIN, f64::max)
    };
    println!("highest true peak: mixproof {:+.2} dBTP, matchering {:+.2} dBTP", over(0), over(1));
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// All damages of one song, and what is done to it unspoiled.
fn test(path: &Path, number: usize, work: &Path) -> Result<Tested> {
    let original = analyse(path, &Silent)?;
    let reference = reference(path, &original)?;
    let damages = damages();
    let mut outcomes = Vec::new();
    for (index, damage) in damages.iter().enumerate() {
        let damaged_path = work.join(format!("{number}-{index}.wav"));
        spoil(path, &damaged_path, damage)?;
        // A song that is loud already is still to be mended: the reference says so.
        let proposed = propose(&damaged_path, &job(reference.clone(), "none")?, &Silent)?;
        let damaged = &proposed.check.analysis;
        let duel = match std::env::var_os("MATCHERING_PYTHON") {
            Some(python) if number % 6 == index => {
                Some(duel(Path::new(&python), path, &damaged_path, &original)?)
            }
            _ => None,
        };
        let crest_db = crest_of_equaliser_db(&damaged_path, &proposed.plan, &reference)?;
        outcomes.push(Outcome {
            damage: damage.name,
            before_db: distance_db(&levels(damaged), &levels(&original)),
            after_db: distance_db(&predicted_levels(&proposed.plan), &levels(&original)),
            crest_lost_db: lost(original.dynamics.crest_db, crest_db),
            side_gain_db: side_gain_db(&proposed.plan),
            duel,
        });
        std::fs::remove_file(&damaged_path).map_err(Error::io(&damaged_path, "remove"))?;
    }
    Ok(Tested { outcomes, harm_db: harm_db(path, &original)? })
}

/// Crest behind the equaliser alone: a balance that is put right takes some as well, on its own account.
fn crest_of_equaliser_db(damaged: &Path, plan: &Plan, reference: &Profile) -> Result<Option<f64>> {
    let other = plan.moves.iter().any(|step| {
        step.applicability == Applicability::Automatic && !matches!(step.processor, Processor::Eq { .. })
    });
    if !other {
        return Ok(plan.predicted.dynamics.crest_db);
    }
    let mut job = job(reference.clone(), "none")?;
    job.options.stages = vec![MoveStage::Eq];
    Ok(propose(damaged, &job, &Silent)?.plan.predicted.dynamics.crest_db)
}

fn reference(path: &Path, original: &Analysis) -> Result<Profile> {
    let recipe = Recipe {
        name: "reference".to_string(),
        title: "the original".to_string(),
        source: path.display().to_string(),
        licence: "its own".to_string(),
    };
    profiles::build(&[(original, 1.0)], &recipe)
}

fn job(profile: Profile, delivery: &str) -> Result<MasterJob> {
    Ok(MasterJob {
        targets: Targets { profile, delivery: profiles::delivery(delivery)? },
        options: Options { amount: 100.0, ..Options::default() },
        depth: None,
        file: FileOptions::default(),
        force: true,
        pictures: false,
    })
}

/// Writes the damaged song as floating point, so that nothing clips.
fn spoil(path: &Path, output: &Path, damage: &Damage) -> Result<()> {
    let mut decoder = Decoder::open(path)?;
    let (sample_rate_hz, channels) = (decoder.sample_rate_hz(), decoder.channel_count());
    let step = Move {
        id: "damage".to_string(),
        stage: MoveStage::Eq,
        applicability: Applicability::Automatic,
        because: Vec::new(),
        reason: String::new(),
        confidence: 1.0,
        predicted_effect: String::new(),
        processor: damage.processor.clone(),
    };
    let mut chain = Chain::new(&[step], sample_rate_hz, channels)?;
    let format = Format { sample_rate_hz, channels: channels as u16, bits: 32, float: true };
    let mut writer = Writer::create(output, format, true)?;
    let mut block = Block::empty(channels, sample_rate_hz);
    while decoder.read(&mut block)? {
        chain.process(&mut block);
        writer.write(&block)?;
    }
    writer.write(&chain.flush())?;
    writer.finish()
}

/// Third octaves in the range of the distance.
fn levels(analysis: &Analysis) -> Vec<(f64, f64)> {
    let level = |band: &ToneBand| Some((band.center_hz, band.level_db?));
    in_range(analysis.tone.bands.iter().filter_map(level).collect())
}

fn predicted_levels(plan: &Plan) -> Vec<(f64, f64)> {
    in_range(plan.predicted.tone.bands.iter().map(|band| (band.center_hz, band.level_db)).collect())
}

fn in_range(mut levels: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    levels.retain(|(center_hz, _)| (RANGE_HZ.0..=RANGE_HZ.1).contains(center_hz));
    levels
}

/// Root mean square difference, levels aligned.
fn distance_db(one: &[(f64, f64)], other: &[(f64, f64)]) -> f64 {
    let differences: Vec<f64> = one
        .iter()
        .filter_map(|(center_hz, level_db)| {
            other.iter().find(|band| band.0 == *center_hz).map(|band| level_db - band.1)
        })
        .collect();
    let mean = differences.iter().sum::<f64>() / differences.len() as f64;
    (differences.iter().map(|difference| (difference - mean).powi(2)).sum::<f64>() / differences.len() as f64)
        .sqrt()
}

fn lost(before_db: Option<f64>, after_db: Option<f64>) -> f64 {
    before_db.zip(after_db).map_or(f64::NAN, |(before_db, after_db)| before_db - after_db)
}

fn side_gain_db(plan: &Plan) -> f64 {
    plan.moves
        .iter()
        .find_map(|step| match step.processor {
            Processor::Width { side_gain_db, .. } => Some(side_gain_db),
            _ => None,
        })
        .unwrap_or(0.0)
}

/// How much further outside the spread of popular music the worst third octave is after the proposal for the song as it
/// is.
fn harm_db(path: &Path, original: &Analysis) -> Result<f64> {
    let job = job(profiles::profile("popular")?, "spotify")?;
    let plan = propose(path, &job, &Silent)?.plan;
    let mut after = original.clone();
    for band in &mut after.tone.bands {
        let predicted = plan.predicted.tone.bands.iter().find(|other| other.center_hz == band.center_hz);
        band.level_db = predicted.map(|band| band.level_db);
    }
    let outside = |analysis: &Analysis| -> Vec<(String, f64)> {
        compare(analysis, &job.targets.profile)
            .into_iter()
            .filter(|deviation| deviation.measure.starts_with("tone.bands"))
            .map(|deviation| {
                let over_db = deviation.measured - deviation.expected.high;
                let under_db = deviation.expected.low - deviation.measured;
                (deviation.measure, over_db.max(under_db).max(0.0))
            })
            .collect()
    };
    let before = outside(original);
    let harm = outside(&after).into_iter().filter_map(|(measure, after_db)| {
        before.iter().find(|other| other.0 == measure).map(|(_, before_db)| after_db - before_db)
    });
    Ok(harm.fold(0.0, f64::max))
}

/// Renders by both, towards the same reference, as their users would: the programs themselves.
fn duel(python: &Path, original_path: &Path, damaged: &Path, original: &Analysis) -> Result<[Duel; 2]> {
    let output = |name: &str| damaged.with_extension(format!("{name}.wav"));
    let judge = |path: &Path, cost: Cost| -> Result<Duel> {
        let result = analyse(path, &Silent)?;
        std::fs::remove_file(path).map_err(Error::io(path, "remove"))?;
        Ok(Duel {
            distance_db: distance_db(&levels(&result), &levels(original)),
            true_peak_dbtp: result.peaks.true_peak_dbtp.unwrap_or(f64::NAN),
            crest_lost_db: lost(original.dynamics.crest_db, result.dynamics.crest_db),
            elapsed_s: cost.elapsed_s,
            processor_s: cost.processor_s,
            memory_mib: cost.memory_mib,
        })
    };
    let own = output("own");
    let mut command = Command::new(env!("CARGO_BIN_EXE_mixproof"));
    command.args(["master", "--amount", "100", "--bits", "24", "--force", "-q", "--reference"]);
    command.arg(original_path).arg("--output").arg(&own).arg("--").arg(damaged);
    let own = judge(&own, run(command)?)?;
    // matchering reads no Ogg: both files go in as WAV.
    let reference_wav = output("reference");
    let nothing = Damage { name: "nothing", processor: Processor::Gain { gain_db: 0.0 } };
    spoil(original_path, &reference_wav, &nothing)?;
    let other = output("matchering");
    let script = "import sys, matchering as mg\n\
        mg.process(target=sys.argv[1], reference=sys.argv[2], results=[mg.pcm24(sys.argv[3])])";
    let mut command = Command::new(python);
    command.args(["-c", script]).args([damaged, &reference_wav, &other]);
    let other = judge(&other, run(command)?)?;
    std::fs::remove_file(&reference_wav).map_err(Error::io(&reference_wav, "remove"))?;
    Ok([own, other])
}

/// What a program took.
#[derive(Default)]
struct Cost {
    elapsed_s: f64,
    processor_s: f64,
    memory_mib: f64,
}

/// Runs a program and watches it, on Linux by its entries in `/proc`.
fn run(mut command: Command) -> Result<Cost> {
    let name = PathBuf::from(command.get_program());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let mut child = command.spawn().map_err(Error::io(&name, "run"))?;
    let mut cost = Cost::default();
    let status = loop {
        let proc = PathBuf::from(format!("/proc/{}", child.id()));
        let stat = std::fs::read_to_string(proc.join("stat")).unwrap_or_default();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks =
            |index: usize| fields.get(index).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
        // Clock ticks are hundredths of a second on every Linux.
        cost.processor_s = cost.processor_s.max((ticks(11) + ticks(12)) / 100.0);
        let status = std::fs::read_to_string(proc.join("status")).unwrap_or_default();
        let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let most_kib = most.and_then(|most| most.split_whitespace().next()?.parse::<f64>().ok());
        cost.memory_mib = cost.memory_mib.max(most_kib.unwrap_or(0.0) / 1024.0);
        if let Some(status) = child.try_wait().map_err(Error::io(&name, "run"))? {
            break status;
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    cost.elapsed_s = start.elapsed().as_secs_f64();
    // 1 says that a target was out of reach: the file is there all the same.
    if !matches!(status.code(), Some(0 | 1)) {
        return Err(Error::usage(format!("{} failed: {status}", name.display())));
    }
    Ok(cost)
}
