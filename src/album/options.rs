//! What is asked of a record, and what makes no sense to ask.

use super::order::keeps;
use super::sides::Medium;
use crate::error::{Error, Result};
use crate::model::{AlbumPolicy, Constraints, HeadroomChoice, OrderSource, Pin, check_names, valid_upc};

/// What is asked of a record. Songs are meant by their index in the input.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// How levels are chosen.
    pub policy: AlbumPolicy,
    /// The song of [`AlbumPolicy::Anchor`].
    pub anchor: Option<usize>,
    /// Name of the delivery.
    pub delivery: String,
    /// Loudness aimed at; `None` keeps the level of the loudest song.
    pub target_lufs: Option<f64>,
    /// Highest true peak of the written songs.
    pub ceiling_dbtp: f64,
    /// What is done with songs that would need more limiting than the bound.
    pub headroom: HeadroomChoice,
    /// The bound.
    pub max_reduction_db: f64,
    /// Declared distances from the level of the other songs.
    pub offsets: Vec<SongSetting>,
    /// Which order is used.
    pub order: OrderSource,
    /// Whether the place in the record counts: energetic songs first, a ramp down, a last rise.
    pub arc: bool,
    /// Pinned songs, and which may or may not follow each other.
    pub constraints: Constraints,
    /// Sides of a record or cassette.
    pub sides: Option<Medium>,
    /// Whether silence at the ends of the songs is trimmed, with short fades.
    pub trim: bool,
    /// Whether songs apart in tone or width are moved towards the record's median; else the moves are only proposed.
    pub coherence: bool,
    /// Loudness of lead vocals: with [`AlbumPolicy::Anchor`] and without an anchor song, these are put at one level.
    pub vocals: Vec<SongSetting>,
    /// Whether the record is meant for a disc.
    pub disc: bool,
    /// Title of the record; `None` for that of the songs' tags or their folder.
    pub title: Option<String>,
    /// Code of the record.
    pub upc: Option<String>,
    /// Names of the written songs; `None` for [`DEFAULT_NAMES`](crate::model::DEFAULT_NAMES).
    pub names: Option<String>,
    /// Silence after every song; `None` for a proposal.
    pub gap_s: Option<f64>,
    /// Silence after chosen songs.
    pub gaps: Vec<SongSetting>,
    /// Crossfade after every song.
    pub crossfade_s: Option<f64>,
    /// Crossfade after chosen songs.
    pub crossfades: Vec<SongSetting>,
}

/// A value for one song.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SongSetting {
    /// Index of the song in the input.
    pub song: usize,
    /// Its value, in the unit of the list that it stands in.
    pub value: f64,
}

/// The value for a song, where there is one.
pub(super) fn setting(settings: &[SongSetting], song: usize) -> Option<f64> {
    settings.iter().rev().find(|setting| setting.song == song).map(|setting| setting.value)
}

/// Refuses what names no song or place, or contradicts itself.
pub(super) fn check_options(songs: usize, options: &Options) -> Result<()> {
    let named = [&options.offsets, &options.gaps, &options.crossfades, &options.vocals];
    let settings = named.into_iter().flatten().map(|setting| setting.song);
    let constraints = &options.constraints;
    let pairs = constraints.follow.iter().chain(&constraints.part).flat_map(|(from, to)| [*from, *to]);
    let pinned = constraints.pins.iter().map(|pin| pin.song);
    let all = settings.chain(options.anchor).chain(pinned).chain(pairs);
    for song in all {
        if song >= songs {
            return Err(Error::usage(format!("there is no song {}: the record has {songs}", song + 1)));
        }
    }
    if options.policy == AlbumPolicy::Anchor && options.anchor.is_none() && options.vocals.is_empty() {
        return Err(Error::usage(
            "the policy anchor needs a song (--anchor SONG) or lead vocals (--vocal SONG=FILE)",
        ));
    }
    if let Some(upc) = options.upc.as_deref().filter(|upc| valid_upc(upc).is_none()) {
        let digits = "expected 12 or 13 digits with a right check digit";
        return Err(Error::usage(format!("--upc: {digits}, found \"{upc}\"")));
    }
    if let Some(names) = &options.names {
        check_names(names).map_err(|reason| Error::usage(format!("--names: {reason}")))?;
    }
    pins(songs, options)?;
    pairs_agree(options)?;
    let given: Vec<usize> = (0..songs).collect();
    if options.order == OrderSource::Keep && !keeps(&given, constraints) {
        return Err(Error::usage(
            "the given order does not keep what --first, --last, --pin, --follow and --apart ask for; use --order suggest",
        ));
    }
    Ok(())
}

fn pins(songs: usize, options: &Options) -> Result<()> {
    let pins = &options.constraints.pins;
    for (index, pin) in pins.iter().enumerate() {
        if pin.place >= songs {
            let place = pin.place + 1;
            return Err(Error::usage(format!("there is no place {place}: the record has {songs} songs")));
        }
        let clashes = |other: &&Pin| (other.place == pin.place) != (other.song == pin.song);
        if let Some(other) = pins[..index].iter().find(clashes) {
            return Err(Error::usage(format!(
                "song {} cannot be at place {} while song {} is at place {}",
                pin.song + 1,
                pin.place + 1,
                other.song + 1,
                other.place + 1
            )));
        }
        let inner = pin.place > 0 && pin.place + 1 < songs;
        if options.sides.is_some() && options.order == OrderSource::Suggest && inner {
            return Err(Error::usage(
                "with --sides, a suggested order knows --first and --last, but no other pinned place",
            ));
        }
    }
    Ok(())
}

/// Two songs cannot come right after one, and no song follows itself.
fn pairs_agree(options: &Options) -> Result<()> {
    let Constraints { follow, part, .. } = &options.constraints;
    for (index, (from, to)) in follow.iter().enumerate() {
        let other = follow[..index].iter().find(|(f, t)| (f == from) != (t == to));
        if let Some((other_from, other_to)) = other {
            return Err(Error::usage(format!(
                "song {} cannot follow song {} while song {} follows song {}",
                to + 1,
                from + 1,
                other_to + 1,
                other_from + 1
            )));
        }
        if from == to || part.contains(&(*from, *to)) {
            return Err(Error::usage(format!("song {} cannot follow song {}", to + 1, from + 1)));
        }
    }
    Ok(())
}
