//! Songs become a record: levels by a policy, one decision on headroom, an order, joints. Reads documents only.

mod cue;
mod findings;
mod gapless;
mod gaps;
mod joint;
mod levels;
mod order;
mod price;

pub use cue::cue_sheet;
pub use findings::{FINDINGS, FindingKind, after_rendering, explain};
pub use gapless::is_gapless;
pub use joint::camelot;
pub use order::{EXACT_UP_TO, Search, Searched, order_cost, search};

use crate::dsp::gating::pooled_integrated_lufs;
use crate::error::{Error, Result};
use crate::model::{
    Album, AlbumPolicy, AlbumTrack, Analysis, Edges, Headroom, HeadroomChoice, Joint, OrderSource, Persisted,
    Suggestion,
};
use std::path::Path;

/// One song as the record sees it.
#[derive(Debug, Clone, Copy)]
pub struct Song<'a> {
    /// Everything measured on it.
    pub analysis: &'a Analysis,
    /// What is heard at its ends.
    pub edges: &'a Edges,
}

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
    /// Pinned songs: (place from 0, song).
    pub pins: Vec<(usize, usize)>,
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
fn setting(settings: &[SongSetting], song: usize) -> Option<f64> {
    settings.iter().rev().find(|setting| setting.song == song).map(|setting| setting.value)
}

/// Plans a record.
///
/// # Errors
/// [`Error::Usage`] for options that name songs or places that do not exist or contradict each other.
pub fn plan(songs: &[Song], options: &Options) -> Result<Album> {
    check_options(songs.len(), options)?;
    let flows: Vec<bool> = songs.windows(2).map(|pair| is_gapless(&pair[0], &pair[1])).collect();
    let wanted = levels::wanted_gains_db(songs, options, &flows);
    let price = price::price(songs, options, &wanted, &flows);
    let costs = joint::Costs::new(songs, &price.gains_db, &flows);
    let given: Vec<usize> = (0..songs.len()).collect();
    let places = if options.arc { order::arc_costs(songs, &price.gains_db) } else { Vec::new() };
    let searched = search(&Search { joints: costs.matrix(), places: &places, pins: &options.pins, seed: 1 });
    let order = match options.order {
        OrderSource::Keep => given.clone(),
        OrderSource::Suggest => searched.order.clone(),
    };
    let cost_of = |order: &[usize]| order_cost(costs.matrix(), &places, order);
    let joints: Vec<Joint> = order.windows(2).map(|pair| costs.joint(pair[0], pair[1])).collect();
    let mut album = Album {
        schema: Album::schema_tag(),
        measures_rev: songs.first().map_or(0, |song| song.analysis.measures_rev),
        title: title(songs),
        policy: options.policy,
        delivery: options.delivery.clone(),
        target_lufs: options.target_lufs,
        ceiling_dbtp: options.ceiling_dbtp,
        integrated_lufs: record_lufs(songs, &price.gains_db),
        headroom: Headroom {
            choice: options.headroom,
            max_reduction_db: options.max_reduction_db,
            crushed: price.crushed,
            lower_record_by_db: price.lower_record_by_db,
            unlimited_by_db: price.unlimited_by_db,
        },
        tracks: (0..songs.len())
            .map(|i| track(&songs[i], i, options, wanted[i], price.gains_db[i]))
            .collect(),
        order_from: options.order,
        order_cost: cost_of(&order),
        order_cost_as_given: cost_of(&given),
        suggestion: Suggestion {
            order: searched.order,
            cost: searched.cost,
            exact: searched.exact,
            lower_bound_cost: searched.lower_bound_cost,
            random_mean_cost: searched.random_mean_cost,
            random_lowest_cost: searched.random_lowest_cost,
            random_orders: searched.random_orders,
        },
        order,
        joints,
        image: None,
        findings: Vec::new(),
    };
    gaps::space(&mut album, songs, options);
    album.findings = findings::findings(&album, songs);
    Ok(album)
}

/// Loudness of the whole record: every song's blocks, moved by its gain, through one gate.
fn record_lufs(songs: &[Song], gains_db: &[f64]) -> Option<f64> {
    let moved: Vec<Vec<Option<f32>>> = songs
        .iter()
        .zip(gains_db)
        .map(|(song, gain_db)| {
            let series = &song.analysis.loudness.momentary_lufs;
            series.iter().map(|block_lufs| block_lufs.map(|lufs| lufs + *gain_db as f32)).collect()
        })
        .collect();
    let series: Vec<&[Option<f32>]> = moved.iter().map(Vec::as_slice).collect();
    pooled_integrated_lufs(&series)
}

fn track(song: &Song, index: usize, options: &Options, wanted_gain_db: f64, gain_db: f64) -> AlbumTrack {
    let analysis = song.analysis;
    let limiting_db = price::limiting_db(song, gain_db, options.ceiling_dbtp);
    AlbumTrack {
        path: analysis.source.path.clone(),
        title: song_title(analysis),
        performer: tag(analysis, "artist"),
        isrc: tag(analysis, "isrc").and_then(|isrc| cue::valid_isrc(&isrc)),
        content_id: analysis.content_id.clone(),
        channels: analysis.source.channels,
        sample_rate_hz: analysis.source.sample_rate_hz,
        duration_s: analysis.source.duration_s,
        integrated_lufs: analysis.loudness.integrated_lufs,
        true_peak_dbtp: analysis.peaks.true_peak_dbtp,
        offset_lu: setting(&options.offsets, index),
        wanted_gain_db,
        gain_db,
        limiting_db,
        crest_lost_db: limiting_db,
        result_lufs: analysis.loudness.integrated_lufs.map(|lufs| lufs + gain_db),
        result_dbtp: analysis.peaks.true_peak_dbtp.map(|dbtp| (dbtp + gain_db).min(options.ceiling_dbtp)),
        gap_after_s: 0.0,
        crossfade_s: 0.0,
        start_s: 0.0,
        edges: song.edges.clone(),
        output: None,
    }
}

fn tag(analysis: &Analysis, key: &str) -> Option<String> {
    let text = analysis.source.tags.get(key).map(|text| text.trim()).filter(|text| !text.is_empty());
    text.map(str::to_string)
}

/// The title tag, else the file's name without a leading track number.
fn song_title(analysis: &Analysis) -> String {
    if let Some(title) = tag(analysis, "title") {
        return title;
    }
    let stem = Path::new(&analysis.source.path).file_stem().unwrap_or_default().to_string_lossy();
    let digits = stem.chars().take_while(char::is_ascii_digit).count();
    let rest = stem[digits..].trim_start_matches([' ', '-', '_', '.']);
    let numbered = (1..=3).contains(&digits) && rest.len() < stem.len() - digits && !rest.is_empty();
    let name = if numbered { rest } else { &stem };
    name.replace('_', " ").trim().to_string()
}

/// The album tag where all songs that have one agree, else the name of the folder.
fn title(songs: &[Song]) -> String {
    let mut tags = songs.iter().filter_map(|song| song.analysis.source.tags.get("album"));
    if let Some(first) = tags.next()
        && tags.all(|other| other == first)
    {
        return first.clone();
    }
    let folder = songs.first().and_then(|song| Path::new(&song.analysis.source.path).parent());
    let name = folder.and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
    name.unwrap_or_else(|| "Album".to_string())
}

fn check_options(songs: usize, options: &Options) -> Result<()> {
    let named = [&options.offsets, &options.gaps, &options.crossfades];
    let settings = named.into_iter().flatten().map(|setting| setting.song);
    let all = settings.chain(options.anchor).chain(options.pins.iter().map(|(_, song)| *song));
    for song in all {
        if song >= songs {
            return Err(Error::usage(format!("there is no song {}: the record has {songs}", song + 1)));
        }
    }
    if options.policy == AlbumPolicy::Anchor && options.anchor.is_none() {
        return Err(Error::usage("the policy anchor needs a song: --anchor N"));
    }
    for (index, (place, song)) in options.pins.iter().enumerate() {
        if *place >= songs {
            return Err(Error::usage(format!(
                "there is no place {}: the record has {songs} songs",
                place + 1
            )));
        }
        let clash = options.pins[..index].iter().find(|(other_place, other)| {
            (other_place == place && other != song) || (other == song && other_place != place)
        });
        if let Some((other_place, other)) = clash {
            return Err(Error::usage(format!(
                "song {} cannot be at place {} while song {} is at place {}",
                song + 1,
                place + 1,
                other + 1,
                other_place + 1
            )));
        }
    }
    if options.order == OrderSource::Keep
        && let Some((place, song)) = options.pins.iter().find(|(place, song)| place != song)
    {
        return Err(Error::usage(format!(
            "song {} cannot be pinned to place {} with --order keep; use --order suggest",
            song + 1,
            place + 1
        )));
    }
    Ok(())
}
