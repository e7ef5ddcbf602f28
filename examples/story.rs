//! The whole story as calls of the library, each stage alone: `cargo run --example story song.wav new.wav`.
//!
//! `tests/suite/library.rs` runs all of it.
#![allow(clippy::print_stdout, unreachable_pub, reason = "an example that prints, and is called by its test")]

use mixproof::checks::Selection;
use mixproof::error::Result;
use mixproof::model::{
    Analysis, Check, Comparison, Persisted, Plan, Processor, Render, ScanRow, Severity, Stage,
};
use mixproof::pipeline::{
    FileOptions, MasterJob, OutputDepth, RenderJob, Samples, ScanSettings, Silent, Targets, analyse,
    analyse_samples, check, compare_revisions, propose, render, scan_row,
};
use std::path::Path;

/// Measures a file. Memory does not grow with its length.
pub fn measure(song: &Path) -> Result<Analysis> {
    analyse(song, &Silent)
}

/// Measures audio that is in memory: frame after frame, full scale ±1.0.
pub fn measure_samples(interleaved: &[f32], channels: usize, sample_rate_hz: u32) -> Result<Analysis> {
    analyse_samples(&Samples { interleaved, channels, sample_rate_hz, name: "take 1" }, &Silent)
}

/// Judges an analysis by a genre and a service. Needs no audio, so it works on a saved analysis as well.
pub fn judge(analysis: Analysis, targets: &Targets) -> Check {
    check(analysis, targets, Stage::Mix, &Selection::default())
}

/// What moved from one revision to the next.
pub fn what_changed(older: &Path, newer: &Path, targets: &Targets) -> Result<Comparison> {
    compare_revisions(older, newer, targets, Stage::Mix, &Silent)
}

/// Proposes how to master a song, and writes nothing.
pub fn proposal(song: &Path, targets: &Targets) -> Result<Plan> {
    let job = MasterJob {
        targets: targets.clone(),
        options: Default::default(),
        depth: None,
        file: FileOptions::default(),
        force: false,
        pictures: false,
    };
    Ok(propose(song, &job, &Silent)?.plan)
}

/// A second opinion: a decibel less into the limiter.
pub fn quieter(mut plan: Plan) -> Plan {
    for step in &mut plan.moves {
        if let Processor::Limiter { gain_db, .. } = &mut step.processor {
            *gain_db -= 1.0;
        }
    }
    plan
}

/// Applies a plan, writes the file, decodes it again and measures it.
pub fn apply(plan: &Plan, song: &Path, output: &Path, targets: &Targets) -> Result<Render> {
    let OutputDepth { bits, float } = OutputDepth::of_plan(plan);
    let job = RenderJob {
        input: song,
        output,
        bits,
        float,
        force: false,
        transfer: false,
        file: FileOptions::default(),
        before: None,
        cut: None,
        around: None,
        pictures: false,
    };
    render(plan, job, targets, &Silent)
}

/// One file of a catalogue in one row. There is a row for every file, whatever is wrong with it.
pub fn row(file: &Path) -> Result<ScanRow> {
    let settings = ScanSettings::load("popular", "spotify", Stage::Master)?;
    Ok(scan_row(file, &settings))
}

#[allow(dead_code, reason = "the test calls the stages")]
fn main() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(song), Some(output)) = (arguments.next(), arguments.next()) else {
        println!("expected a song, and a file to write: story song.wav new.wav");
        return Ok(());
    };
    let (song, output) = (Path::new(&song), Path::new(&output));
    let targets = Targets::load("jazz", "apple-music")?;
    let checked = judge(measure(song)?, &targets);
    println!("{:?} LUFS", checked.analysis.loudness.integrated_lufs);
    for finding in checked.findings.iter().filter(|finding| finding.severity >= Severity::Warn) {
        println!("{}: {}", finding.code, finding.message);
    }
    let plan = quieter(proposal(song, &targets)?);
    plan.save(&output.with_extension("plan.json"))?;
    let written = apply(&plan, song, output, &targets)?;
    println!("{:?} dBTP, promised {}", written.after.peaks.true_peak_dbtp, plan.ceiling_dbtp);
    let changed = what_changed(song, output, &targets)?;
    println!("{} measures moved, {} findings mended", changed.changes.len(), changed.mended.len());
    println!("{}", row(output)?.to_json_line());
    Ok(())
}
