//! `album INPUT…`: many songs become one record. `album PLAN.json`: an edited plan decides.

mod options;

use super::console::Console;
use super::file_args::FileArgs;
use super::master::Bits;
use super::{InputArgs, Outcome, inputs};
use crate::error::{Error, Result};
use crate::model::{Album, Analysis, DISC_RATE_HZ, Persisted, Severity, write_text};
use crate::pipeline::{
    AlbumFiles, AlbumOutput, AlbumSong, Batch, DEFAULT_PROFILE, FileOptions, Targets, keep_songs,
    measure_album, plan_album, render_album, replan_album,
};
use crate::report::{Record, record_html, text};
use clap::{Args, FromArgMatches};
use options::{DecisionArgs, Named};
use std::path::{Path, PathBuf};

/// Measured songs lie in a folder of this name beside the plan.
const KEPT: &str = "analyses";

/// Level, order and join songs as one record; write it with --output
///
/// SONG is a number in the order of the input, from 1, or a part of a file's name. A single album/1 document as INPUT is a
/// plan that may have been edited: it decides, and is refused where its songs have changed.
#[derive(Args)]
pub(super) struct AlbumArgs {
    #[command(flatten)]
    inputs: InputArgs,

    #[command(flatten)]
    decisions: DecisionArgs,

    /// Write the record into this folder: songs, CUE sheet, checksums, album.json, album.html
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,

    /// Also write the end of every song with the start of the next, to listen to the joints
    #[arg(long, requires = "output")]
    reel: bool,

    /// Also write one continuous file, which the CUE sheet then names
    #[arg(long, requires = "output")]
    image: bool,

    /// Also write every song on its own, by the same moves, at the delivery's level (folder `singles`)
    #[arg(long, requires = "output")]
    singles: bool,

    /// Also write a DDP 2.00 file set of a --disc (experimental: no plant has confirmed it)
    #[arg(long, requires = "output")]
    ddp: bool,

    /// Save the plan, to be edited and used again as `album FILE.json`
    #[arg(long, value_name = "FILE.json")]
    save: Option<PathBuf>,

    /// Write the report [default: album.html in the folder of --output]
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,

    /// Bit depth of the written files [default: the source's; 24 for lossy sources]
    #[arg(long, value_enum, requires = "output")]
    bits: Option<Bits>,

    #[command(flatten)]
    file: FileArgs,

    /// Replace files that an earlier run has written
    #[arg(long)]
    force: bool,

    /// Also open songs that a plan names outside of its folder and of this one
    #[arg(long)]
    allow_paths: bool,
}

/// What is asked for besides the decisions of a plan.
pub(super) struct Wanted<'a> {
    pub(super) output: Option<&'a Path>,
    pub(super) image: bool,
    pub(super) reel: bool,
    pub(super) ddp: bool,
    pub(super) singles: bool,
    pub(super) save: Option<&'a Path>,
    pub(super) report: Option<&'a Path>,
    pub(super) bits: Option<Bits>,
    pub(super) file: FileOptions,
    pub(super) force: bool,
    pub(super) allow_paths: bool,
}

pub(super) fn run(args: &AlbumArgs, console: &mut Console) -> Result<Outcome> {
    let wanted = Wanted {
        output: args.output.as_deref(),
        image: args.image,
        reel: args.reel,
        ddp: args.ddp,
        singles: args.singles,
        save: args.save.as_deref(),
        report: args.report.as_deref(),
        bits: args.bits,
        file: args.file.options(None),
        force: args.force,
        allow_paths: args.allow_paths,
    };
    if let [plan] = args.inputs.inputs.as_slice()
        && plan.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"))
    {
        if args.decisions != untouched()? {
            return Err(Error::usage(format!(
                "{}: the plan decides levels, order and joints: edit it, or make a new one from the songs",
                plan.display()
            )));
        }
        return run_plan(plan, &wanted, console);
    }
    let progress = console.progress();
    let targets = Targets::load(DEFAULT_PROFILE, &args.decisions.delivery)?;
    let paths = inputs::expand(&args.inputs)?;
    let mut outcome = Outcome::Done;
    let (songs, unread) = measure(&paths, kept(&wanted), console)?;
    if unread > 0 {
        outcome = Outcome::CouldNot;
        if args.output.is_some() || args.save.is_some() {
            return Err(Error::usage(
                "a record with songs that could not be read is not written; leave them out",
            ));
        }
    }
    let named = Named { paths: &paths, songs: &songs };
    let options = options::options(&args.decisions, &named, &targets, progress.as_ref())?;
    let album = plan_album(&songs, &options)?;
    Ok(outcome.max(finish(album, &songs, &targets, &wanted, console)?))
}

/// A plan that has been written, and perhaps edited, is used again: `album PLAN.json` and `render PLAN.json`.
pub(super) fn run_plan(path: &Path, wanted: &Wanted, console: &mut Console) -> Result<Outcome> {
    let plan = Album::load_edited(path)?;
    let targets = Targets::load_or_default(DEFAULT_PROFILE, &plan.delivery)?;
    let paths: Vec<PathBuf> = plan.tracks.iter().map(|track| found(&track.path, path)).collect();
    if !wanted.allow_paths {
        let reach = |song: &PathBuf| inputs::within_reach(song, path, "put the plan beside its songs");
        paths.iter().try_for_each(reach)?;
    }
    let beside = path.with_file_name(KEPT);
    let (songs, unread) = measure(&paths, Some(beside), console)?;
    if unread > 0 {
        return Err(Error::usage(format!("{}: songs of the plan could not be read", path.display())));
    }
    let album = replan_album(&plan, &songs)?;
    finish(album, &songs, &targets, wanted, console)
}

/// A song of a plan, looked for as written and then beside the plan.
fn found(song: &str, plan: &Path) -> PathBuf {
    let named = PathBuf::from(song);
    let beside = plan.parent().unwrap_or(Path::new("")).join(named.file_name().unwrap_or_default());
    if !named.exists() && beside.exists() { beside } else { named }
}

/// The decisions of a command line that says nothing.
fn untouched() -> Result<DecisionArgs> {
    let command = DecisionArgs::augment_args(clap::Command::new("album"));
    let matches = command.try_get_matches_from(["album"]).and_then(|m| DecisionArgs::from_arg_matches(&m));
    matches.map_err(|error| Error::usage(error.to_string()))
}

/// Where measured songs are kept: beside the plan, wherever one is written.
fn kept(wanted: &Wanted) -> Option<PathBuf> {
    let in_output = wanted.output.map(|folder| folder.join(KEPT));
    wanted.save.map(|plan| plan.with_file_name(KEPT)).or(in_output)
}

/// All songs that can be read, and how many cannot.
fn measure(
    paths: &[PathBuf],
    kept: Option<PathBuf>,
    console: &mut Console,
) -> Result<(Vec<AlbumSong>, usize)> {
    let progress = console.progress();
    let batch = Batch { paths, workers: console.jobs() };
    let mut unread = 0;
    let songs = measure_album(&batch, kept.as_deref(), progress.as_ref(), |path, error| {
        progress.done(path);
        console.error(error);
        unread += 1;
    })?;
    let reused = songs.iter().filter(|song| song.reused).count();
    if reused > 0 {
        let folder = kept.unwrap_or_default();
        console.note(&format!(
            "measured:  {reused} of {} songs by an earlier run ({})",
            songs.len(),
            folder.display()
        ));
    }
    Ok((songs, unread))
}

/// Writes what is wanted, and shows the record.
fn finish(
    mut album: Album,
    songs: &[AlbumSong],
    targets: &Targets,
    wanted: &Wanted,
    console: &mut Console,
) -> Result<Outcome> {
    let progress = console.progress();
    let standing = [wanted.save, wanted.report].into_iter().flatten().find(|path| path.exists());
    if let Some(path) = standing.filter(|_| !wanted.force) {
        let reason = "exists already; choose another name, or --force to replace it";
        return Err(Error::Exists { path: path.to_path_buf(), reason });
    }
    if wanted.output.is_none() && wanted.file != FileOptions::default() {
        return Err(Error::usage(
            "--container, --rate, --bitrate, --bext, --replaygain and --no-tags are for written songs: give --output DIR",
        ));
    }
    if wanted.file.sample_rate_hz.is_some_and(|rate_hz| album.disc && rate_hz != DISC_RATE_HZ) {
        return Err(Error::usage("a disc has 44.1 kHz: leave --rate out"));
    }
    if album.disc && wanted.bits.is_some_and(|bits| bits != Bits::Int16) {
        return Err(Error::usage("a disc has 16 bits: leave --bits out"));
    }
    if wanted.ddp && !album.disc {
        return Err(Error::usage(
            "a DDP file set is that of a disc: give --disc as well, or set \"disc\" in the plan",
        ));
    }
    let mut report = wanted.report.map(Path::to_path_buf);
    if let Some(folder) = wanted.output {
        let output = AlbumOutput {
            folder,
            depth: wanted.bits.map(Bits::depth),
            file: wanted.file.clone(),
            image: wanted.image,
            reel: wanted.reel,
            ddp: wanted.ddp,
            singles: wanted.singles,
            force: wanted.force,
            targets,
            workers: console.jobs(),
        };
        album = render_album(&album, songs, &output, progress.as_ref())?;
        let files = AlbumFiles::new(&album, &output)?;
        console.note(&format!("written:   {}\ncue:       {}", folder.display(), files.cue.display()));
        report = report.or(Some(files.report));
    }
    if let Some(folder) = kept(wanted) {
        keep_songs(songs, &folder)?;
    }
    if let Some(path) = wanted.save {
        album.save(path)?;
        console.note(&format!("plan:      {}", path.display()));
    }
    if let Some(path) = report {
        let analyses: Vec<&Analysis> = songs.iter().map(|song| &song.analysis).collect();
        write_text(&path, &record_html(&Record { album: &album, analyses: &analyses, page: &path }))?;
        console.note(&format!("report:    {}", path.display()));
    }
    console.print_document(&album, |options| text::album(&album, options));
    if wanted.singles && album.tracks.iter().all(|track| track.single.is_none()) {
        console.note("singles:   none: the delivery has no target to bring a song to (give --target)");
    }
    let missed = wanted.output.is_some() && album.findings.iter().any(|found| found.name == "level-missed");
    let failed = album.findings.iter().any(|finding| finding.severity == Severity::Fail);
    Ok(if missed || failed { Outcome::Found } else { Outcome::Done })
}
