//! `watch FOLDER`: every bounce checked as soon as it is written, and compared with the version before.

mod settling;

use super::check::StageArg;
use super::console::Console;
use super::written::write_page;
use super::{InputArgs, Outcome, TargetArgs, inputs};
use crate::catalogue::SongBook;
use crate::error::{Error, Result};
use crate::model::{Bounce, Integrity, write_text};
use crate::pipeline::{BounceJob, Bounced, ListedFile, Listen, ShowJob, Targets, bounce, show};
use crate::report::{Song, comparison_html, text};
use crate::stems::song;
use clap::Args;
use settling::Settling;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// From one look at the folder to the next.
const LOOK: Duration = Duration::from_millis(500);

/// A file that holds still but is not whole is taken as it is after this many times `--settle`.
const PATIENCE: f64 = 8.0;

/// Re-check every bounce as soon as it is written, and compare it with the version before
///
/// A bounce is looked at when size, time and header hold still: while a file is not whole, it counts as being written.
/// Versions of a song are told by their names: `song_v3.wav`, `song final2.wav` and `song (1).wav` are one song. Each is
/// kept in the history that `mixproof history` shows.
#[derive(Args)]
pub(super) struct WatchArgs {
    /// The folder that bounces are written to; those in it are watched, too
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,

    #[command(flatten)]
    targets: TargetArgs,

    /// Judge as a mix before mastering, or as a finished master
    #[arg(long, value_enum, default_value_t = StageArg::Mix)]
    stage: StageArg,

    /// Keep a report page of the newest version of every song in this folder, and one of what it changed
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,

    /// Where the history is kept, an SQLite database [default: .mixproof-history in FOLDER]
    #[arg(long, value_name = "FILE")]
    history: Option<PathBuf>,

    /// How long a file has to hold still, in seconds
    #[arg(long, value_name = "S", default_value_t = 2.0, value_parser = |text: &str| super::numbers::within(text, 0.1, 60.0, "s"))]
    settle: f64,

    /// Look once: check what is new, wait for what is being written, and end
    #[arg(long)]
    once: bool,
}

pub(super) fn run(args: &WatchArgs, console: &mut Console) -> Result<Outcome> {
    if !args.folder.is_dir() {
        return Err(Error::usage(format!("{}: expected a folder to watch", args.folder.display())));
    }
    let targets = Targets::load(&args.targets.profile, &args.targets.delivery)?;
    let book = args.history.clone().unwrap_or_else(|| book_in(&args.folder));
    let watch = Watch { args, targets, book };
    // Its faults are told at once and not with the first bounce.
    drop(SongBook::open(&watch.book)?);
    let settle = Duration::from_secs_f64(args.settle);
    let mut settling = Settling::new(settle, settle.mul_f64(PATIENCE));
    let mut told_faults = 0;
    if !args.once {
        console.note(&format!("watching {}; end with Ctrl-C", args.folder.display()));
    }
    loop {
        let inputs = InputArgs { inputs: vec![args.folder.clone()], files_from: None };
        let walked = inputs::walk(&inputs)?;
        // The same folders are unreadable at every look: once is enough.
        walked.faults.iter().skip(told_faults).for_each(|fault| console.error(fault));
        told_faults = walked.faults.len().max(told_faults);
        let files = walked.files.into_iter().map(|(path, _)| ListedFile::of(path)).collect();
        let ready = settling.look(files, Instant::now());
        for file in ready {
            if console.is_over() {
                break;
            }
            match watch.take(&file, settling.is_patient(&file.path, Instant::now()), console) {
                Ok(true) => settling.told(&file.path),
                Ok(false) => {}
                Err(error) => {
                    settling.told(&file.path);
                    console.error(&error);
                }
            }
        }
        if console.is_over() {
            return Ok(Outcome::Interrupted);
        }
        if args.once && settling.is_quiet() {
            return Ok(Outcome::Done);
        }
        std::thread::sleep(LOOK.min(settle / 2));
    }
}

/// The history of a folder, where no other place is named.
pub(super) fn book_in(folder: &Path) -> PathBuf {
    folder.join(".mixproof-history")
}

struct Watch<'a> {
    args: &'a WatchArgs,
    targets: Targets,
    book: PathBuf,
}

impl Watch<'_> {
    /// Looks at a file that holds still. `false` where it is not whole and may still be written.
    fn take(&self, file: &ListedFile, patient: bool, console: &mut Console) -> Result<bool> {
        let (Some(size_bytes), Some(modified_unix_ms)) = (file.size_bytes, file.modified_unix_ms) else {
            return Ok(true);
        };
        let song = self.song_of(&file.path);
        let before = {
            let mut book = SongBook::open(&self.book)?;
            if book.knows(&file.path, size_bytes, modified_unix_ms)? {
                return Ok(true);
            }
            book.newest(&song)?
        };
        let job =
            BounceJob { file, song: &song, before, targets: &self.targets, stage: self.args.stage.into() };
        let progress = console.progress();
        let bounced = bounce(job, progress.as_ref());
        progress.done(&file.path);
        let is_whole = bounced.as_ref().is_ok_and(|bounced| bounced.bounce.integrity == Integrity::Ok);
        let is_same = ListedFile::of(file.path.clone()) == *file;
        if (!is_whole && patient) || !is_same {
            return Ok(false);
        }
        let Bounced { bounce, mut check, comparison } = bounced?;
        // Whoever looks at the history meanwhile does not wait for the measuring.
        SongBook::open(&self.book)?.add(&bounce, &check.analysis)?;
        console.print_document(&bounce, |options| text::bounce(&bounce, options));
        if let Some(folder) = &self.args.report {
            let input = file.path.as_path();
            let job = ShowJob { input, references: &[], listen: Listen::Loops, encoded: None };
            let shown = show(&mut check, None, job, progress.as_ref())?;
            progress.done(input);
            let page = Song {
                preview: Some(&shown.preview),
                listening: shown.listening.as_ref(),
                ..Song::new(title(&bounce), &check, &self.targets.profile, &self.targets.delivery)
            };
            let name = bounce.song.replace(['/', '\\'], " - ");
            write_page(&page, &folder.join(format!("{name}.html")))?;
            if let Some(comparison) = &comparison {
                write_text(&folder.join(format!("{name}.changes.html")), &comparison_html(comparison)?)?;
            }
        }
        Ok(true)
    }

    /// The folder below the watched one, and the name without what tells versions apart.
    fn song_of(&self, path: &Path) -> String {
        let name = song(&path.file_stem().unwrap_or_default().to_string_lossy());
        let below = path.parent().and_then(|folder| folder.strip_prefix(&self.args.folder).ok());
        match below.filter(|below| !below.as_os_str().is_empty()) {
            Some(below) => format!("{}/{name}", below.to_string_lossy().replace('\\', "/")),
            None => name,
        }
    }
}

fn title(bounce: &Bounce) -> String {
    let name = Path::new(&bounce.path).file_name().unwrap_or_default().to_string_lossy();
    format!("{name} (version {})", bounce.version)
}
