//! `history SONG`: the versions of a song over time, as `watch` saw them.

use super::Outcome;
use super::console::Console;
use super::watch::book_in;
use super::written::refuse_existing;
use crate::catalogue::SongBook;
use crate::error::{Error, Result};
use crate::model::write_text;
use crate::report::{history_html, text};
use crate::stems::song;
use clap::Args;
use std::path::{Path, PathBuf};

/// Show the versions of a song over time: loudness, peak, distance of its spectrum from the profile
#[derive(Args)]
pub(super) struct HistoryArgs {
    /// The song, or the name of one of its files; without it, the songs are listed
    #[arg(value_name = "SONG")]
    song: Option<String>,

    /// The folder that is watched [default: that of the song's file where it has a history, else this one]
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,

    /// The history, where `watch` was told to keep it elsewhere
    #[arg(long, value_name = "FILE")]
    history: Option<PathBuf>,

    /// Write a page with the charts
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,

    /// Replace an existing page
    #[arg(long)]
    force: bool,
}

pub(super) fn run(args: &HistoryArgs, console: &mut Console) -> Result<Outcome> {
    let beside = args.song.as_deref().and_then(|song| Some(book_in(Path::new(song).parent()?)));
    let path = match (&args.history, &args.folder) {
        (Some(history), _) => history.clone(),
        (None, Some(folder)) => book_in(folder),
        (None, None) => beside.filter(|book| book.exists()).unwrap_or_else(|| book_in(Path::new("."))),
    };
    if !path.exists() {
        return Err(Error::usage(format!(
            "{}: expected the history of a watched folder; name the folder with --folder, or begin one with `mixproof watch`",
            path.display()
        )));
    }
    if let Some(report) = &args.report {
        refuse_existing(&[report], args.force)?;
    }
    let mut book = SongBook::open(&path)?;
    let songs = book.songs()?;
    let Some(name) = &args.song else {
        if args.report.is_some() {
            return Err(Error::usage("expected a song for --report; without one, the songs are listed"));
        }
        for (song, versions) in songs {
            let history = if console.json() { Some(book.history(&song)?) } else { None };
            match &history {
                Some(history) => console.print_document(history, |_| String::new()),
                None => console.print(&text::song_line(&song, versions, &console.text())),
            };
        }
        return Ok(Outcome::Done);
    };
    // As it is listed, or as a file is called.
    let stem = song(&Path::new(name).file_stem().unwrap_or_default().to_string_lossy());
    let known = |wanted: &str| songs.iter().find(|(song, _)| song == wanted).map(|(song, _)| song.clone());
    let below = songs.iter().filter(|(song, _)| song.rsplit('/').next() == Some(&stem));
    let found = known(name).or_else(|| known(&stem)).or_else(|| match below.collect::<Vec<_>>().as_slice() {
        [(only, _)] => Some(only.clone()),
        _ => None,
    });
    let Some(found) = found else {
        return Err(Error::unknown_name("song", name, songs.iter().map(|(song, _)| song.as_str())));
    };
    let history = book.history(&found)?;
    if let Some(report) = &args.report {
        write_text(report, &history_html(&history)?)?;
    }
    console.print_document(&history, |options| text::history(&history, options));
    Ok(Outcome::Done)
}
