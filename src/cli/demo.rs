//! `demo [DIR]`: synthesises a small session and runs everything on it.

use super::Outcome;
use super::console::Console;
use super::master::write_page;
use crate::advise::Options;
use crate::checks::Selection;
use crate::demo::{DemoFile, PlantedFault, SAMPLE_RATE_HZ, planted_faults, session};
use crate::encode::{Format, Writer};
use crate::error::{Error, Result};
use crate::model::{Check, MoveStage, Persisted, Render, Stage, write_bytes, write_text};
use crate::pipeline::{
    Batch, DEFAULT_DELIVERY, DEFAULT_PROFILE, FileOptions, MasterJob, Mastered, OutputPaths, Progress,
    StemsJob, Targets, analyse, check, master, run_batch, stems as stems_of, write_ab,
};
use crate::report::{Song, pngs};
use crate::units::{Quantity, Unit, clock};
use clap::Args;
use std::path::{Path, PathBuf};

/// Synthesise a small session (stems, mix, planted faults, album) and run everything on it
#[derive(Args)]
pub(super) struct DemoArgs {
    /// Where to write; files of an earlier demo are replaced
    #[arg(value_name = "DIR", default_value = "reports/demo")]
    folder: PathBuf,

    /// Write into a folder that holds other things
    #[arg(long)]
    force: bool,
}

/// Marks a folder as the demo's own, and tells a visitor what lies in it.
const MARKER: &str = "README.md";

const ABOUT: &str = "\
# The demo session

Made by `mixproof demo`: everything here is synthesised and can be made again at any time.

* `session/` — eight stems, their mix, the mix with planted faults, an album of three songs
* `check/` — the mix with faults, checked: report, charts, `check/1`
* `master/` — the mix, mastered: audio, plan, proof, report, charts, A/B at equal loudness
* `album/` — the three songs, mastered one by one
* `stems/` — one `analysis/1` per stem, and all of them against the mix: `stems/1`
";

pub(super) fn run(args: &DemoArgs, console: &mut Console) -> Result<Outcome> {
    let folder = &args.folder;
    let occupied = std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    if occupied && !folder.join(MARKER).exists() && !args.force {
        return Err(Error::Exists {
            path: folder.clone(),
            reason: "holds other things; choose an empty folder, or --force to write into it",
        });
    }
    write_text(&folder.join(MARKER), ABOUT)?;
    let targets = Targets::load(DEFAULT_PROFILE, DEFAULT_DELIVERY)?;
    let progress = console.progress();
    let progress = progress.as_ref();
    let path_of = |file: &DemoFile| folder.join("session").join(file.path);

    let paths: Vec<PathBuf> = session().iter().map(path_of).collect();
    on_all(console, &paths, |path| {
        let file = session().iter().find(|file| path_of(file) == path);
        file.map_or(Ok(()), |file| synthesise(file, path, progress))
    })?;

    let stems: Vec<PathBuf> =
        paths.iter().filter(|path| path.starts_with(folder.join("session/stems"))).cloned().collect();
    on_all(console, &stems, |path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        analyse(path, progress)?.save(&folder.join("stems").join(format!("{name}.analysis.json")))?;
        progress.done(path);
        Ok(())
    })?;

    let mix = folder.join("session/mix/song.wav");
    let delivery =
        stems_of(&StemsJob { paths: &stems, mix: Some(&mix), workers: console.jobs() }, progress)?.set;
    delivery.save(&folder.join("stems/delivery.stems.json"))?;

    let faulty = folder.join("session/mix/song with faults.wav");
    let checked = check(analyse(&faulty, progress)?, &targets, Stage::Mix, &Selection::default());
    progress.done(&faulty);
    show_check(folder, &faulty, &checked, &targets)?;

    let mut songs = vec![folder.join("session/mix/song.wav")];
    songs.extend(paths.iter().filter(|path| path.starts_with(folder.join("session/album"))).cloned());
    let renders = on_all(console, &songs, |path| {
        let room = if path.starts_with(folder.join("session/album")) { "album" } else { "master" };
        let render = master_song(path, &folder.join(room), &targets, progress)?;
        progress.done(path);
        Ok(render)
    })?;

    let missed = renders.iter().any(|render| !render.missed.is_empty());
    if console.json() {
        console.print_document(&checked, |_| String::new());
        renders.iter().for_each(|render| {
            console.print_document(render, |_| String::new());
        });
    } else {
        console.print(&summary(folder, &checked, &renders));
    }
    Ok(if missed { Outcome::Found } else { Outcome::Done })
}

/// Runs a job on all files; the first error ends the demo.
fn on_all<T: Send>(
    console: &Console,
    paths: &[PathBuf],
    job: impl Fn(&Path) -> Result<T> + Sync,
) -> Result<Vec<T>> {
    let mut results = Vec::new();
    let mut failed = None;
    run_batch(&Batch { paths, workers: console.jobs() }, job, |_, result| match result {
        Ok(result) => {
            results.push(result);
            true
        }
        Err(error) => {
            failed = Some(error);
            false
        }
    })?;
    failed.map_or(Ok(results), Err)
}

fn synthesise(file: &DemoFile, path: &Path, progress: &dyn Progress) -> Result<()> {
    progress.update(path, "synthesising", None);
    let audio = file.audio();
    let format = Format {
        sample_rate_hz: SAMPLE_RATE_HZ,
        channels: audio.channel_count() as u16,
        bits: file.bits,
        float: false,
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(Error::io(folder, "create the folder"))?;
    }
    let mut writer = Writer::create(path, format, true)?;
    writer.write(&audio)?;
    writer.finish()?;
    progress.done(path);
    Ok(())
}

fn show_check(folder: &Path, path: &Path, checked: &Check, targets: &Targets) -> Result<()> {
    let folder = folder.join("check");
    let song = Song {
        title: super::check::title(path, checked),
        check: checked,
        profile: &targets.profile,
        delivery: &targets.delivery,
        plan: None,
        render: None,
    };
    checked.save(&folder.join("song with faults.check.json"))?;
    write_page(&song, &folder.join("song with faults.html"))?;
    write_pngs(&song, &folder)
}

fn master_song(path: &Path, folder: &Path, targets: &Targets, progress: &dyn Progress) -> Result<Render> {
    let job = MasterJob {
        targets: targets.clone(),
        options: Options {
            amount: 50.0,
            stages: vec![
                MoveStage::Eq,
                MoveStage::Dynamics,
                MoveStage::Stereo,
                MoveStage::Loudness,
                MoveStage::Format,
            ],
            max_reduction_db: 4.0,
            bits: 24,
        },
        depth: None,
        file: FileOptions::default(),
        force: true,
    };
    let outputs = OutputPaths::beside(path, Some(folder));
    std::fs::create_dir_all(folder).map_err(Error::io(folder, "create the folder"))?;
    let Mastered { check, plan, render } = master(path, &outputs.audio, &job, progress)?;
    let render = render.ok_or_else(|| Error::usage("expected a render"))?;
    plan.save(&outputs.plan)?;
    render.save(&outputs.render)?;
    let song = Song {
        title: super::check::title(path, &check),
        check: &check,
        profile: &targets.profile,
        delivery: &targets.delivery,
        plan: Some(&plan),
        render: Some(&render),
    };
    write_page(&song, &outputs.report)?;
    if folder.ends_with("master") {
        write_pngs(&song, folder)?;
        write_ab(path, &render, folder, true, progress)?;
    }
    Ok(render)
}

fn write_pngs(song: &Song, folder: &Path) -> Result<()> {
    for (name, bytes) in pngs(song)? {
        write_bytes(&folder.join(name), &bytes)?;
    }
    Ok(())
}

/// What a first visitor wants to know: what was planted, what was found, what mastering did, where it lies.
fn summary(folder: &Path, checked: &Check, renders: &[Render]) -> String {
    let mut lines = vec!["Planted in \"song with faults.wav\":".to_string()];
    lines.extend(planted_faults().iter().map(planted));
    lines.push("\nFound:".to_string());
    lines.extend(checked.findings.iter().map(|finding| format!("  {:8} {}", finding.code, finding.message)));
    lines.push("\nMastered:".to_string());
    for render in renders {
        let name =
            Path::new(&render.output.path).file_name().unwrap_or_default().to_string_lossy().into_owned();
        let number = |value: Option<f64>, unit| {
            value.map_or("–".to_string(), |value| Quantity::new(value, unit).to_string())
        };
        lines.push(format!(
            "  {name:34} {:>11} → {:>11}   true peak {:>10} → {:>10}",
            number(render.before.loudness.integrated_lufs, Unit::Lufs),
            number(render.after.loudness.integrated_lufs, Unit::Lufs),
            number(render.before.peaks.true_peak_dbtp, Unit::Dbtp),
            number(render.after.peaks.true_peak_dbtp, Unit::Dbtp),
        ));
    }
    lines.push(format!(
        "\nLook at:\n  {}\n  {}",
        folder.join("check/song with faults.html").display(),
        folder.join("master/song.mastered.html").display()
    ));
    lines.join("\n")
}

fn planted(fault: &PlantedFault) -> String {
    format!("  {:>7}  {}", clock(fault.at_s, true), fault.description)
}
