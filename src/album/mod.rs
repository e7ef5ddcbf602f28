//! Songs become a record: levels by a policy, one decision on headroom, an order, joints. Reads documents only.

mod bound;
mod coherence;
mod cue;
mod ddp;
mod findings;
mod gapless;
mod gaps;
mod joint;
mod levels;
mod on_sides;
mod options;
mod order;
mod pq;
mod price;
mod sides;
mod single;
mod titles;

pub use cue::cue_sheet;
pub use ddp::{DdpDisc, DdpTrack, IMAGE_NAME, ddp_descriptors, image_sectors, read_ddp};
pub use findings::{FINDINGS, FindingKind, after_rendering, explain};
pub use gapless::is_gapless;
pub use joint::camelot;
pub use options::{Options, SongSetting};
pub use order::{EXACT_UP_TO, Search, keeps, order_cost, search};
pub use pq::pq_sheet;
pub use sides::{Laid, MEDIA, Medium, USUAL_GAP_S, balance_cost, medium, split, suggest_sides};
pub use titles::{file_name, written_name};

use crate::dsp::gating::pooled_integrated_lufs;
use crate::error::{Error, Result};
use crate::model::{
    Album, AlbumTrack, Analysis, Applicability, DEFAULT_NAMES, Edges, Headroom, Joint, Move, OrderSource,
    Persisted, Suggestion, valid_isrc, valid_upc,
};
use gaps::Spacing;
use options::setting;

/// One song as the record sees it.
#[derive(Debug, Clone, Copy)]
pub struct Song<'a> {
    /// Everything measured on it.
    pub analysis: &'a Analysis,
    /// What is heard at its ends.
    pub edges: &'a Edges,
}

/// Plans a record.
///
/// # Errors
/// [`Error::Usage`] for options that name songs or places that do not exist or contradict each other, and for
/// constraints that no order keeps.
pub fn plan(songs: &[Song], options: &Options) -> Result<Album> {
    options::check_options(songs.len(), options)?;
    let flows = flows(songs);
    let wanted = levels::wanted_gains_db(songs, options, &flows);
    let gains_db = price::price(songs, options, &wanted, &flows);
    let coherence = coherence::coherence(songs);
    let applicability = if options.coherence { Applicability::Automatic } else { Applicability::OptIn };
    let tracks: Vec<AlbumTrack> = (0..songs.len())
        .map(|song| {
            // The halves of one stream stay one stream.
            let streams = flows.get(song) == Some(&true) || (song > 0 && flows[song - 1]);
            let moves = if streams { Vec::new() } else { coherence::moves(&coherence, song, applicability) };
            track(&songs[song], song, options, wanted[song], gains_db[song], moves)
        })
        .collect();
    let mut album = Album {
        schema: Album::schema_tag(),
        measures_rev: songs.first().map_or(0, |song| song.analysis.measures_rev),
        title: options.title.clone().unwrap_or_else(|| titles::title(songs)),
        upc: options.upc.as_deref().and_then(valid_upc).or_else(|| titles::upc(songs)),
        names: options.names.clone().unwrap_or_else(|| DEFAULT_NAMES.to_string()),
        disc: options.disc,
        policy: options.policy,
        delivery: options.delivery.clone(),
        target_lufs: options.target_lufs,
        ceiling_dbtp: options.ceiling_dbtp,
        integrated_lufs: None,
        headroom: Headroom {
            choice: options.headroom,
            max_reduction_db: options.max_reduction_db,
            crushed: Vec::new(),
            lower_record_by_db: 0.0,
            unlimited_by_db: 0.0,
        },
        tracks,
        order: (0..songs.len()).collect(),
        order_from: options.order,
        order_cost: 0.0,
        order_cost_as_given: 0.0,
        suggestion: Suggestion::default(),
        arc: options.arc,
        constraints: options.constraints.clone(),
        joints: Vec::new(),
        sides: None,
        coherence,
        platforms: Vec::new(),
        image: None,
        reel: Vec::new(),
        findings: Vec::new(),
    };
    order_and_sides(&mut album, songs, options, &flows)?;
    settle(&mut album, songs, &flows, &Spacing::Proposed(options));
    Ok(album)
}

/// A plan that people may have edited, worked out again: what it decides is kept, everything else is made to follow.
/// The songs are those of `tracks`, in that order.
///
/// # Errors
/// [`Error::Usage`] where the songs are others, or the plan's order does not keep the plan's constraints.
pub fn replan(album: &Album, songs: &[Song]) -> Result<Album> {
    let same =
        album.tracks.iter().zip(songs).all(|(track, song)| track.content_id == song.analysis.content_id);
    if !same || album.tracks.len() != songs.len() {
        return Err(Error::usage("the plan was made for other songs; make a new plan"));
    }
    if !keeps(&album.order, &album.constraints) {
        return Err(Error::usage(
            "the plan's order does not keep the plan's constraints (pins, follow, part); change one of them",
        ));
    }
    let mut album = album.clone();
    let flows = flows(songs);
    // The joints of the document are those of the order that it was written with.
    let written = album.joints.iter().map(|joint| [joint.from, joint.to]);
    let edited = !album.order.windows(2).map(|pair| [pair[0], pair[1]]).eq(written);
    if edited {
        let as_given = album.order.is_sorted();
        album.order_from = if as_given { OrderSource::Keep } else { OrderSource::Plan };
    }
    album.coherence = coherence::coherence(songs);
    for (track, song) in album.tracks.iter_mut().zip(songs) {
        track.edges = song.edges.clone();
        track.output = None;
        track.makeup_db = 0.0;
    }
    (album.image, album.reel) = (None, Vec::new());
    let joints = std::mem::take(&mut album.joints);
    settle(&mut album, songs, &flows, &Spacing::Kept(&joints));
    Ok(album)
}

/// Whether each song runs on into the one after it in the input.
fn flows(songs: &[Song]) -> Vec<bool> {
    songs.windows(2).map(|pair| is_gapless(&pair[0], &pair[1])).collect()
}

/// Chooses the order, and where sides end.
fn order_and_sides(album: &mut Album, songs: &[Song], options: &Options, flows: &[bool]) -> Result<()> {
    let gains_db: Vec<f64> = album.tracks.iter().map(|track| track.gain_db).collect();
    let costs = joint::Costs::new(songs, &gains_db, flows);
    let lengths_s: Vec<f64> = album.tracks.iter().map(AlbumTrack::length_s).collect();
    let laid = sides::Laid::new(songs, lengths_s.clone(), &gains_db);
    let mut counts = None;
    if options.order == OrderSource::Suggest {
        let places = if options.arc { order::arc_costs(songs, &gains_db) } else { Vec::new() };
        let search_for =
            Search { joints: costs.matrix(), places: &places, constraints: &options.constraints, seed: 1 };
        let with_sides =
            options.sides.and_then(|medium| sides::suggest_sides(&search_for, &laid, medium, flows));
        if let Some((order, on_sides)) = with_sides {
            (album.order, counts) = (order, Some(on_sides));
        } else {
            let searched = search(&search_for);
            if !keeps(&searched.order, &options.constraints) {
                return Err(Error::usage(
                    "no order keeps all of --first, --last, --pin, --follow and --apart; take one away",
                ));
            }
            album.order = searched.order;
        }
    }
    if let Some(medium) = options.sides {
        let in_order: Vec<f64> = album.order.iter().map(|song| lengths_s[*song]).collect();
        let tied = |pair: &[usize]| {
            (flows.get(pair[0]) == Some(&true) && pair[1] == pair[0] + 1)
                || options.constraints.follow.contains(&(pair[0], pair[1]))
        };
        let tied: Vec<bool> = album.order.windows(2).map(tied).collect();
        let counts = counts.unwrap_or_else(|| sides::split(&in_order, &tied, medium.longest_s));
        album.sides = Some(sides::named(medium, &counts));
    }
    Ok(())
}

/// Works out everything that follows from the decisions.
fn settle(album: &mut Album, songs: &[Song], flows: &[bool], spacing: &Spacing) {
    let ceiling_dbtp = album.ceiling_dbtp;
    for (track, song) in album.tracks.iter_mut().zip(songs) {
        track.moves_lu = coherence::moves_lu(song, &track.moves);
        let gain_db = track.gain_db + track.moves_lu;
        track.limiting_db = price::limiting_db(song, track.gain_db, ceiling_dbtp);
        track.crest_lost_db = track.limiting_db;
        track.result_lufs = song.analysis.loudness.integrated_lufs.map(|lufs| lufs + gain_db);
        track.result_dbtp =
            song.analysis.peaks.true_peak_dbtp.map(|dbtp| (dbtp + track.gain_db).min(ceiling_dbtp));
    }
    price::settle(album, songs);
    single::settle(album, songs);
    let (gains_db, with_moves): (Vec<f64>, Vec<f64>) =
        album.tracks.iter().map(|track| (track.gain_db, track.gain_db + track.moves_lu)).unzip();
    album.integrated_lufs = record_lufs(songs, &with_moves);
    let costs = joint::Costs::new(songs, &gains_db, flows);
    let places = if album.arc { order::arc_costs(songs, &gains_db) } else { Vec::new() };
    album.suggestion =
        search(&Search { joints: costs.matrix(), places: &places, constraints: &album.constraints, seed: 1 });
    let cost_of = |order: &[usize]| order_cost(costs.matrix(), &places, order);
    album.order_cost = cost_of(&album.order);
    album.order_cost_as_given = cost_of(&(0..songs.len()).collect::<Vec<_>>());
    album.joints = album.order.windows(2).map(|pair| costs.joint(pair[0], pair[1])).collect::<Vec<Joint>>();
    gaps::space(album, songs, spacing);
    sides::measure(album);
    album.findings = findings::findings(album, songs);
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

fn track(
    song: &Song,
    index: usize,
    options: &Options,
    wanted_gain_db: f64,
    gain_db: f64,
    moves: Vec<Move>,
) -> AlbumTrack {
    let analysis = song.analysis;
    let trims = if options.trim { gaps::trims(song) } else { gaps::Trims::default() };
    // Moves change loudness; the song keeps the level that it was given.
    let gain_db = gain_db - (coherence::moves_lu(song, &moves) * 100.0).round() / 100.0;
    AlbumTrack {
        path: analysis.source.path.clone(),
        title: titles::song_title(analysis),
        performer: titles::tag(analysis, "artist"),
        isrc: titles::tag(analysis, "isrc").and_then(|isrc| valid_isrc(&isrc)),
        content_id: analysis.content_id.clone(),
        channels: analysis.source.channels,
        sample_rate_hz: analysis.source.sample_rate_hz,
        duration_s: analysis.source.duration_s,
        integrated_lufs: analysis.loudness.integrated_lufs,
        true_peak_dbtp: analysis.peaks.true_peak_dbtp,
        offset_lu: setting(&options.offsets, index),
        vocal_lufs: setting(&options.vocals, index),
        wanted_gain_db,
        gain_db,
        makeup_db: 0.0,
        moves,
        moves_lu: 0.0,
        limiting_db: 0.0,
        crest_lost_db: 0.0,
        result_lufs: None,
        result_dbtp: None,
        trim_start_s: trims.start_s,
        trim_end_s: trims.end_s,
        fade_in_s: trims.fade_in_s,
        fade_out_s: trims.fade_out_s,
        gap_after_s: 0.0,
        crossfade_s: 0.0,
        start_s: 0.0,
        edges: song.edges.clone(),
        output: None,
        single: None,
    }
}
