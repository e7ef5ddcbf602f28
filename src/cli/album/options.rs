//! What people ask of a record, in their words: songs by number or name.

use crate::album::{Options, SongSetting, medium};
use crate::error::{Error, Result};
use crate::model::{AlbumPolicy, Constraints, HeadroomChoice, OrderSource, Pin};
use crate::pipeline::{AlbumSong, DEFAULT_DELIVERY, Progress, Targets, vocal_lufs};
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};

/// What a plan decides: refused beside a plan, which has decided already.
#[derive(Args, PartialEq)]
pub(super) struct DecisionArgs {
    /// What the record is for: a name (see `profile list`) or a delivery/1 file; gives target and ceiling
    #[arg(long, value_name = "NAME|FILE", default_value = DEFAULT_DELIVERY)]
    pub(super) delivery: String,

    /// Loudness to aim at instead of the delivery's
    #[arg(long, value_name = "LUFS", allow_hyphen_values = true, value_parser = lufs)]
    target: Option<f64>,

    /// How levels are chosen
    #[arg(long, value_enum, default_value_t = PolicyName::LoudestTrack)]
    policy: PolicyName,

    /// The song that --policy anchor puts at the target
    #[arg(long, value_name = "SONG")]
    anchor: Option<String>,

    /// Stem of a song's lead vocal, at its level in the mix; --policy anchor without --anchor makes all vocals equally loud
    #[arg(long, value_name = "SONG=FILE")]
    vocal: Vec<String>,

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

    /// Two songs of which the second comes right after the first, as in 3,4
    #[arg(long, value_name = "SONG,SONG")]
    follow: Vec<String>,

    /// Two songs of which the second never comes right after the first, as in 3,4
    #[arg(long, value_name = "SONG,SONG")]
    apart: Vec<String>,

    /// Break the order into sides of a medium: vinyl-12, vinyl-12-45, vinyl-10, vinyl-10-45, vinyl-7, vinyl-7-45,
    /// cassette-c46, cassette-c60, cassette-c90; writes a file per side
    #[arg(long, value_name = "MEDIUM", value_parser = medium_name)]
    sides: Option<String>,

    /// Trim silence at the ends of the songs, with short fades outside of the sound
    #[arg(long)]
    trim: bool,

    /// Move songs that stand apart in tone or width towards the record's median, by few dB [default: only propose it]
    #[arg(long)]
    coherence: bool,

    /// Silence between the songs, or after one of them, instead of the proposal
    #[arg(long, value_name = "S|SONG=S")]
    gap: Vec<String>,

    /// Equal-power crossfade between the songs, or after one of them; writes one continuous file
    #[arg(long, value_name = "S|SONG=S")]
    crossfade: Vec<String>,

    /// Make the record ready for a disc (Red Book): one programme whose songs start on whole sectors
    #[arg(long)]
    disc: bool,

    /// Title of the record [default: the album tag of most songs, or the name of their folder]
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,

    /// Code of the record: UPC or EAN [default: the one that all songs carry]
    #[arg(long, value_name = "DIGITS")]
    upc: Option<String>,

    /// Names of the written songs: {number}, {title}, {performer}, {album}, {isrc} [default: "{number} {title}"]
    #[arg(long, value_name = "TEMPLATE")]
    names: Option<String>,
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

/// What is asked of the record of these songs.
pub(super) fn options(
    args: &DecisionArgs,
    named: &Named,
    targets: &Targets,
    progress: &dyn Progress,
) -> Result<Options> {
    let mut pins = Vec::new();
    for (place, song) in [(0, &args.first), (named.songs.len() - 1, &args.last)] {
        if let Some(song) = song {
            pins.push(Pin { place, song: named.song(song)? });
        }
    }
    for pin in &args.pin {
        let malformed = || malformed("--pin", "SONG=PLACE", pin);
        let (song, place) = pin.rsplit_once('=').ok_or_else(malformed)?;
        let place: usize = place.trim().parse().map_err(|_| malformed())?;
        pins.push(Pin { place: place.checked_sub(1).ok_or_else(malformed)?, song: named.song(song)? });
    }
    let pairs = |option: &str, texts: &[String]| {
        let pair = |text: &String| {
            let (from, to) = text.split_once(',').ok_or_else(|| malformed(option, "SONG,SONG", text))?;
            Ok((named.song(from)?, named.song(to)?))
        };
        texts.iter().map(pair).collect::<Result<Vec<_>>>()
    };
    let constraints =
        Constraints { pins, follow: pairs("--follow", &args.follow)?, part: pairs("--apart", &args.apart)? };
    let vocals = args.vocal.iter().map(|vocal| {
        let (song, path) = vocal.split_once('=').ok_or_else(|| malformed("--vocal", "SONG=FILE", vocal))?;
        let song = named.song(song)?;
        Ok(SongSetting { song, value: vocal_lufs(Path::new(path), progress)? })
    });
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
        constraints,
        sides: args.sides.as_deref().map(medium).transpose()?,
        trim: args.trim,
        coherence: args.coherence,
        vocals: vocals.collect::<Result<_>>()?,
        disc: args.disc,
        title: args.title.clone(),
        upc: args.upc.clone(),
        names: args.names.clone(),
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
pub(super) struct Named<'a> {
    pub(super) paths: &'a [PathBuf],
    pub(super) songs: &'a [AlbumSong],
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
    crate::cli::numbers::within(text, -40.0, 0.0, "LUFS")
}

fn reduction(text: &str) -> std::result::Result<f64, String> {
    crate::cli::numbers::within(text, 0.0, 20.0, "dB")
}

fn medium_name(text: &str) -> std::result::Result<String, String> {
    medium(text).map(|medium| medium.name.to_string()).map_err(|error| error.to_string())
}
