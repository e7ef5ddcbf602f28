//! `demo [DIR]`: synthesises a small session and runs everything on it.

use super::Outcome;
use super::console::Console;
use super::pages::Pages;
use super::written::write_page;
use crate::advise::Options;
use crate::album;
use crate::checks::Selection;
use crate::demo::{DemoFile, PlantedFault, SAMPLE_RATE_HZ, planted_faults, session};
use crate::encode::{Format, Writer};
use crate::error::{Error, Result};
use crate::model::{Analysis, Check, Persisted, Render, Stage, write_bytes, write_text};
use crate::pipeline::{
    AlbumFiles, AlbumOutput, Batch, DEFAULT_DELIVERY, DEFAULT_PROFILE, FileOptions, Listen, MasterJob,
    Mastered, OutputPaths, Progress, ShowJob, StemsJob, Targets, analyse, check, master, measure_album,
    plan_album, render_album, run_batch, show, stems as stems_of, stems_listening, through_codecs, write_ab,
};
use crate::report::{Record, Song, pngs, record_html, stems_html};
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
* `check/` — the mix with faults, checked: report with its sounds, charts, `check/1`
* `master/` — the mix, mastered: audio, plan, proof, report with its sounds and with codecs, charts, A/B at equal loudness
* `album/` — the three songs, mastered one by one, and an index of their reports
* `record/` — the three songs as one record for two sides of a cassette, with its page and its sheets
* `stems/` — one `analysis/1` per stem, and all of them against the mix: `stems/1` and its page with players
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
    let listening = stems_listening(&delivery, Some(&mix), progress)?;
    write_text(
        &folder.join("stems/delivery.html"),
        &stems_html(&delivery, "The stems of a song", listening.as_ref()),
    )?;

    let faulty = folder.join("session/mix/song with faults.wav");
    let mut checked = check(analyse(&faulty, progress)?, &targets, Stage::Mix, &Selection::default());
    show_check(folder, &faulty, &mut checked, &targets, progress)?;
    progress.done(&faulty);

    let mut songs = vec![folder.join("session/mix/song.wav")];
    songs.extend(paths.iter().filter(|path| path.starts_with(folder.join("session/album"))).cloned());
    let renders = on_all(console, &songs, |path| {
        let room = if path.starts_with(folder.join("session/album")) { "album" } else { "master" };
        let render = master_song(path, &folder.join(room), &targets, progress)?;
        progress.done(path);
        Ok(render)
    })?;

    let mut pages = Pages::default();
    for (path, render) in songs.iter().zip(&renders).skip(1) {
        let checked = check(render.before.clone(), &targets, Stage::Mix, &Selection::default());
        let page = OutputPaths::beside(path, Some(&folder.join("album"))).report;
        pages.add(path, checked, Some(render.clone()), &targets, &page);
    }
    pages.write_index(true, console)?;
    record(&folder.join("record"), &songs[1..], &targets, console)?;

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

fn show_check(
    folder: &Path,
    path: &Path,
    checked: &mut Check,
    targets: &Targets,
    progress: &dyn Progress,
) -> Result<()> {
    let folder = folder.join("check");
    let shown = show(
        checked,
        None,
        ShowJob { input: path, references: &[], listen: Listen::Loops, encoded: None },
        progress,
    )?;
    let song = Song {
        preview: Some(&shown.preview),
        listening: shown.listening.as_ref(),
        ..Song::new(super::check::title(path, checked), checked, &targets.profile, &targets.delivery)
    };
    checked.save(&folder.join("song with faults.check.json"))?;
    write_page(&song, &folder.join("song with faults.html"))?;
    write_pngs(&song, &folder)
}

fn master_song(path: &Path, folder: &Path, targets: &Targets, progress: &dyn Progress) -> Result<Render> {
    let job = MasterJob {
        targets: targets.clone(),
        options: Options::default(),
        depth: None,
        file: FileOptions::default(),
        force: true,
        pictures: true,
    };
    let outputs = OutputPaths::beside(path, Some(folder));
    std::fs::create_dir_all(folder).map_err(Error::io(folder, "create the folder"))?;
    let Mastered { mut check, plan, render } = master(path, &outputs.audio, &job, progress)?;
    let mut render = render.ok_or_else(|| Error::usage("expected a render"))?;
    plan.save(&outputs.plan)?;
    let main = folder.ends_with("master");
    let encoded = main.then(|| through_codecs(&outputs.audio, &render.after, progress)).transpose()?;
    // One song with a player shows it; three more would only make the folder large.
    let listen = if main { Listen::Loops } else { Listen::Nothing };
    let job = ShowJob { input: path, references: &[], listen, encoded: encoded.as_ref() };
    let shown = show(&mut check, Some(&mut render), job, progress)?;
    render.save(&outputs.render)?;
    let song = Song {
        plan: Some(&plan),
        render: Some(&render),
        preview: Some(&shown.preview),
        listening: shown.listening.as_ref(),
        ..Song::new(super::check::title(path, &check), &check, &targets.profile, &targets.delivery)
    };
    write_page(&song, &outputs.report)?;
    if main {
        write_pngs(&song, folder)?;
        write_ab(path, &render, folder, true, progress)?;
    }
    Ok(render)
}

/// The songs as one record: levels, sides, page.
fn record(folder: &Path, songs: &[PathBuf], targets: &Targets, console: &Console) -> Result<()> {
    let progress = console.progress();
    let batch = Batch { paths: songs, workers: console.jobs() };
    let mut failed = None;
    let songs = measure_album(&batch, None, progress.as_ref(), |path, error| {
        failed = Some(Error::usage(format!("{}: {error}", path.display())));
    })?;
    if let Some(failed) = failed {
        return Err(failed);
    }
    let options = album::Options {
        delivery: targets.delivery.name.clone(),
        target_lufs: targets.delivery.integrated_lufs,
        ceiling_dbtp: targets.delivery.ceiling_dbtp,
        max_reduction_db: 4.0,
        sides: Some(album::medium("cassette-c46")?),
        ..album::Options::default()
    };
    let output = AlbumOutput {
        folder,
        depth: None,
        file: FileOptions::default(),
        image: false,
        reel: false,
        singles: false,
        ddp: false,
        force: true,
        targets,
        workers: console.jobs(),
    };
    let album = render_album(&plan_album(&songs, &options)?, &songs, &output, progress.as_ref())?;
    let analyses: Vec<&Analysis> = songs.iter().map(|song| &song.analysis).collect();
    let page = AlbumFiles::new(&album, &output)?.report;
    write_text(&page, &record_html(&Record { album: &album, analyses: &analyses, page: &page }))
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
        "\nLook at:\n  {}\n  {}\n  {}",
        folder.join("check/song with faults.html").display(),
        folder.join("master/song.mastered.html").display(),
        folder.join("record/album.html").display()
    ));
    lines.join("\n")
}

fn planted(fault: &PlantedFault) -> String {
    format!("  {:>7}  {}", clock(fault.at_s, true), fault.description)
}
