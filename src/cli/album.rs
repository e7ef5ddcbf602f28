//! `album INPUT…`: many songs become one record.

use super::console::Console;
use super::master::Bits;
use super::{InputArgs, Outcome, inputs};
use crate::album::{Options, SongSetting};
use crate::error::{Error, Result};
use crate::model::{AlbumPolicy, HeadroomChoice, OrderSource, Severity};
use crate::pipeline::{
    AlbumOutput, AlbumSong, Batch, DEFAULT_DELIVERY, DEFAULT_PROFILE, Targets, cue_path, measure_album,
    plan_album, render_album,
};
use crate::report::text;
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};

/// Level, order and join songs as one record; write it with --output
///
/// SONG is a number in the order of the input, from 1, or a part of a file's name.
#[derive(Args)]
pub(super) struct AlbumArgs {
    #[command(flatten)]
    inputs: InputArgs,

    /// What the record is for: a name (see `profile list`) or a delivery/1 file; gives target and ceiling
    #[arg(long, value_name = "NAME|FILE", default_value = DEFAULT_DELIVERY)]
    delivery: String,

    /// Loudness to aim at instead of the delivery's
    #[arg(long, value_name = "LUFS", allow_hyphen_values = true, value_parser = lufs)]
    target: Option<f64>,

    /// How levels are chosen
    #[arg(long, value_enum, default_value_t = PolicyName::LoudestTrack)]
    policy: PolicyName,

    /// The song that --policy anchor puts at the target
    #[arg(long, value_name = "SONG")]
    anchor: Option<String>,

    /// A song that is meant louder or quieter than the others, as in 5=-3
    #[arg(long, value_name = "SONG=LU", allow_hyphen_values = true)]
    offset: Vec<String>,

    /// Most gain reduction that a song's limiter may need
    #[arg(long, value_name = "DB", default_value_t = 4.0, value_parser = reduction)]
    max_reduction_db: f64,

    /// What gives way where a song would need more: that song alone, or the whole record
    #[arg(long, value_enum, default_value_t = HeadroomName::Song)]
    headroom: HeadroomName,

    /// Keep the order of the input, or use the suggested one
    #[arg(long, value_enum, default_value_t = OrderName::Keep)]
    order: OrderName,

    /// Let the place in the record count for the suggestion: a strong start, a dip, a last rise
    #[arg(long)]
    arc: bool,

    /// The first song of a suggested order
    #[arg(long, value_name = "SONG")]
    first: Option<String>,

    /// The last song of a suggested order
    #[arg(long, value_name = "SONG")]
    last: Option<String>,

    /// A song with a fixed place in a suggested order, as in 5=2
    #[arg(long, value_name = "SONG=PLACE")]
    pin: Vec<String>,

    /// Silence between the songs, or after one of them, instead of the proposal
    #[arg(long, value_name = "S|SONG=S")]
    gap: Vec<String>,

    /// Equal-power crossfade between the songs, or after one of them; writes one continuous file
    #[arg(long, value_name = "S|SONG=S")]
    crossfade: Vec<String>,

    /// Write the record into this folder: songs, CUE sheet, album.json
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,

    /// Also write one continuous file, which the CUE sheet then names
    #[arg(long, requires = "output")]
    image: bool,

    /// Bit depth of the written files [default: the source's; 24 for lossy sources]
    #[arg(long, value_enum)]
    bits: Option<Bits>,

    /// Replace files that an earlier run has written
    #[arg(long)]
    force: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum PolicyName {
    /// The loudest song at the target, all distances kept (AES77)
    LoudestTrack,
    /// The record as one programme at the target, all distances kept
    AlbumIntegrated,
    /// The loudest three seconds of all songs equally loud
    LoudSections,
    /// The song of --anchor at the target, all distances kept
    Anchor,
    /// Every song at the target
    PerTrack,
}

impl From<PolicyName> for AlbumPolicy {
    fn from(name: PolicyName) -> AlbumPolicy {
        match name {
            PolicyName::LoudestTrack => AlbumPolicy::LoudestTrack,
            PolicyName::AlbumIntegrated => AlbumPolicy::AlbumIntegrated,
            PolicyName::LoudSections => AlbumPolicy::LoudSections,
            PolicyName::Anchor => AlbumPolicy::Anchor,
            PolicyName::PerTrack => AlbumPolicy::PerTrack,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum OrderName {
    Keep,
    Suggest,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum HeadroomName {
    Song,
    Record,
}

pub(super) fn run(args: &AlbumArgs, console: &mut Console) -> Result<Outcome> {
    let progress = console.progress();
    let targets = Targets::load(DEFAULT_PROFILE, &args.delivery)?;
    let paths = inputs::expand(&args.inputs)?;
    let batch = Batch { paths: &paths, workers: console.jobs() };
    let mut outcome = Outcome::Done;
    let songs = measure_album(&batch, progress.as_ref(), |path, error| {
        progress.done(path);
        console.error(error);
        outcome = Outcome::CouldNot;
    })?;
    if args.output.is_some() && songs.len() < paths.len() {
        return Err(Error::usage(
            "a record with songs that could not be read is not written; leave them out",
        ));
    }
    let options = options(args, &Named { paths: &paths, songs: &songs }, &targets)?;
    let mut album = plan_album(&songs, &options)?;
    if let Some(folder) = &args.output {
        let output = AlbumOutput {
            folder,
            depth: args.bits.map(Bits::depth),
            image: args.image,
            force: args.force,
            targets: &targets,
            workers: console.jobs(),
        };
        album = render_album(&album, &songs, &output, progress.as_ref())?;
    }
    console.print_document(&album, |options| text::album(&album, options));
    if let Some(folder) = &args.output {
        console.note(&format!(
            "written: {}\ncue:     {}",
            folder.display(),
            cue_path(&album, folder).display()
        ));
    }
    let missed = args.output.is_some() && album.findings.iter().any(|finding| finding.name == "level-missed");
    let failed = album.findings.iter().any(|finding| finding.severity == Severity::Fail);
    Ok(outcome.max(if missed || failed { Outcome::Found } else { Outcome::Done }))
}

fn options(args: &AlbumArgs, named: &Named, targets: &Targets) -> Result<Options> {
    let mut pins = Vec::new();
    for (place, song) in [(0, &args.first), (named.songs.len() - 1, &args.last)] {
        if let Some(song) = song {
            pins.push((place, named.song(song)?));
        }
    }
    for pin in &args.pin {
        let (song, place) = pin.rsplit_once('=').ok_or_else(|| malformed("--pin", "SONG=PLACE", pin))?;
        let place: usize = place.trim().parse().map_err(|_| malformed("--pin", "SONG=PLACE", pin))?;
        let place = place.checked_sub(1).ok_or_else(|| malformed("--pin", "SONG=PLACE", pin))?;
        pins.push((place, named.song(song)?));
    }
    let (gap_s, gaps) = named.lengths("--gap", &args.gap)?;
    let (crossfade_s, crossfades) = named.lengths("--crossfade", &args.crossfade)?;
    let offsets = args.offset.iter().map(|offset| named.setting("--offset", "SONG=LU", offset, -30.0..=30.0));
    Ok(Options {
        policy: args.policy.into(),
        anchor: args.anchor.as_deref().map(|song| named.song(song)).transpose()?,
        delivery: targets.delivery.name.clone(),
        target_lufs: args.target.or(targets.delivery.integrated_lufs),
        ceiling_dbtp: targets.delivery.ceiling_dbtp,
        headroom: match args.headroom {
            HeadroomName::Song => HeadroomChoice::HoldSong,
            HeadroomName::Record => HeadroomChoice::LowerRecord,
        },
        max_reduction_db: args.max_reduction_db,
        offsets: offsets.collect::<Result<_>>()?,
        order: match args.order {
            OrderName::Keep => OrderSource::Keep,
            OrderName::Suggest => OrderSource::Suggest,
        },
        arc: args.arc,
        pins,
        gap_s,
        gaps,
        crossfade_s,
        crossfades,
    })
}

fn malformed(option: &str, form: &str, found: &str) -> Error {
    Error::usage(format!("{option}: expected {form}, found \"{found}\""))
}

/// Songs as people name them.
struct Named<'a> {
    paths: &'a [PathBuf],
    songs: &'a [AlbumSong],
}

impl Named<'_> {
    /// The song of a number in the input, or of a part of a file's name.
    fn song(&self, text: &str) -> Result<usize> {
        let text = text.trim();
        let by_number = text.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        if let Some(position) = by_number.filter(|position| *position < self.paths.len()) {
            let found = self.songs.iter().position(|song| song.position == position);
            return found.ok_or_else(|| Error::usage(format!("song {text} could not be read")));
        }
        let name = |song: &AlbumSong| {
            Path::new(&song.analysis.source.path)
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .to_lowercase()
        };
        let called: Vec<usize> = self
            .songs
            .iter()
            .enumerate()
            .filter(|(_, song)| !text.is_empty() && name(song).contains(&text.to_lowercase()))
            .map(|(index, _)| index)
            .collect();
        match called.as_slice() {
            [one] => Ok(*one),
            [] => Err(Error::usage(format!(
                "there is no song \"{text}\": expected a number from 1 to {} or a part of a file's name",
                self.paths.len()
            ))),
            several => {
                Err(Error::usage(format!("\"{text}\" is in the names of {} songs: say more", several.len())))
            }
        }
    }

    /// `SONG=VALUE`.
    fn setting(
        &self,
        option: &str,
        form: &str,
        text: &str,
        allowed: std::ops::RangeInclusive<f64>,
    ) -> Result<SongSetting> {
        let (song, value) = text.rsplit_once('=').ok_or_else(|| malformed(option, form, text))?;
        let value = value.trim().parse::<f64>().ok().filter(|value| allowed.contains(value));
        let value = value.ok_or_else(|| {
            Error::usage(format!(
                "{option}: {} to {} is allowed, found \"{text}\"",
                allowed.start(),
                allowed.end()
            ))
        })?;
        Ok(SongSetting { song: self.song(song)?, value })
    }

    /// Seconds for all songs, or for chosen ones.
    fn lengths(&self, option: &str, texts: &[String]) -> Result<(Option<f64>, Vec<SongSetting>)> {
        let (mut all_s, mut chosen) = (None, Vec::new());
        for text in texts {
            match text.trim().parse::<f64>() {
                Ok(value) if (0.0..=60.0).contains(&value) => all_s = Some(value),
                Ok(_) => {
                    return Err(Error::usage(format!("{option}: 0 to 60 s is allowed, found \"{text}\"")));
                }
                Err(_) => chosen.push(self.setting(option, "seconds or SONG=SECONDS", text, 0.0..=60.0)?),
            }
        }
        Ok((all_s, chosen))
    }
}

fn lufs(text: &str) -> std::result::Result<f64, String> {
    super::numbers::within(text, -40.0, 0.0, "LUFS")
}

fn reduction(text: &str) -> std::result::Result<f64, String> {
    super::numbers::within(text, 0.0, 20.0, "dB")
}
