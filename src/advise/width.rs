//! How wide the song is against the profile: as a whole, and region by region. Nothing that is done unasked costs level in
//! mono, and no region is narrower than a broad stroke.

use super::deviation::outside;
use super::stereo::{Part, rounded, tone_level_db};
use super::{Context, Standing, automatic, fit, response, words};
use crate::model::{
    Applicability, EqBand, EqShape, Move, MoveStage, Processor, Span, Stereo, side_to_mid_between_db,
};
use crate::units::{db_to_power, octaves, power_level_db, shift_octaves};

/// Most change of the side.
const MOST_SIDE_DB: f64 = 2.0;
/// Least change of the side that is worth a move.
const LEAST_SIDE_DB: f64 = 0.3;
/// Side under mid below which there is only noise to widen.
const NO_SIDE_DB: f64 = -35.0;
/// Side under mid below which a song is meant to be nearly mono, and 2 dB would not make it wide.
const NEARLY_MONO_DB: f64 = -18.0;
/// How far outside the profile's span the width has to be.
const WIDTH_MARGIN_DB: f64 = 1.5;
/// The same from references.
const WIDTH_OF_REFERENCE_MARGIN_DB: f64 = 0.75;
/// Bands of a profile from here on tell of width, not of bass.
const ABOVE_BASS_HZ: f64 = 140.0;
/// Change of the mono loss that is estimated for a widening: measured, it stays below the 0.1 LU that count as none.
const SAME_LOSS_LU: f64 = 0.05;
/// How far outside the profile's span a region has to be on average …
const REGION_MARGIN_DB: f64 = 1.5;
/// … and from references, of whose songs one band tells little.
const REGION_OF_REFERENCE_MARGIN_DB: f64 = 3.0;
/// Least width of a region: two bands of a profile, so that one panned instrument is none.
const REGION_OCT: f64 = 1.5;
/// Most regions that a proposal has.
const MOST_REGIONS: usize = 2;
/// Least change of the side of a region that is worth a band.
const LEAST_REGION_DB: f64 = 0.5;
/// Share of the squared distance that has to be left away for a region to be worth it.
const REGION_WORTH: f64 = 0.2;
/// A band this far below the whole is not heard as wide or narrow.
const REGION_AUDIBLE_DB: f64 = -40.0;
/// Lossy codecs join the channels above.
const JOINT_STEREO_HZ: f64 = 12_000.0;
/// Q of a bell on the side: no narrower than an equaliser's.
const REGION_Q: (f64, f64) = (0.5, 1.4);
/// Q of a shelf without overshoot.
const SHELF_Q: f64 = 0.7;

/// How wide the song is above the bass, and how wide the profile's songs are.
struct Breadth {
    song_db: f64,
    usual_db: (f64, f64),
    /// How far outside on average; positive for too wide.
    excess_db: f64,
}

impl Breadth {
    /// By the profile's bands above the bass where it has some, else by the whole.
    fn of(cx: &Context, standing: &Standing, stereo: &Stereo) -> Option<Breadth> {
        let bands: Vec<(f64, Span)> = cx
            .profile
            .width
            .iter()
            .filter(|band| band.low_hz >= ABOVE_BASS_HZ)
            .filter_map(|band| {
                Some((side_to_mid_between_db(&stereo.bands, band.low_hz, band.high_hz)?, band.side_to_mid_db))
            })
            .collect();
        let bands = if bands.len() >= 3 {
            bands
        } else {
            vec![(stereo.side_to_mid_db?, *cx.profile.spans.get("stereo.side_to_mid_db")?)]
        };
        let mean =
            |value: &dyn Fn(&(f64, Span)) -> f64| bands.iter().map(value).sum::<f64>() / bands.len() as f64;
        let song_db = mean(&|band| band.0);
        let usual_db = if standing.reference {
            // The spread of a few references is assumed; they themselves are meant.
            let middle_db = mean(&|band| band.1.p50);
            (middle_db, middle_db)
        } else {
            (mean(&|band| band.1.p10), mean(&|band| band.1.p90))
        };
        Some(Breadth { song_db, usual_db, excess_db: outside(song_db, usual_db) })
    }
}

/// Width above the bass against the profile's.
pub(super) fn whole(
    cx: &Context,
    standing: &Standing,
    stereo: &Stereo,
    before: &[Move],
) -> Option<(Part, Applicability)> {
    let side_db = stereo.side_to_mid_db.filter(|side_db| !stereo.dual_mono && *side_db > NO_SIDE_DB)?;
    let margin_db = if standing.reference { WIDTH_OF_REFERENCE_MARGIN_DB } else { WIDTH_MARGIN_DB };
    let breadth = Breadth::of(cx, standing, stereo).filter(|breadth| breadth.excess_db.abs() > margin_db)?;
    let over_db = breadth.excess_db;
    let wanted_db =
        rounded((-over_db).clamp(-MOST_SIDE_DB, MOST_SIDE_DB) * standing.scale(MoveStage::Stereo));
    if wanted_db.abs() < LEAST_SIDE_DB {
        return None;
    }
    let whole_lu =
        |side_gain_db: f64| power_level_db(1.0 + db_to_power(side_db + side_gain_db)).unwrap_or(0.0);
    let loss_lu = |side_gain_db: f64| mono_loss_lu(cx, stereo, before, &|_| side_gain_db);
    let untouched_lu = mono_loss_lu(cx, stereo, &[], &|_| 0.0);
    let costs_lu = |side_gain_db: f64| {
        (whole_lu(side_gain_db) - whole_lu(0.0)).max(loss_lu(side_gain_db) - untouched_lu)
    };
    // Widening costs level in mono. As much as no meter tells is taken; more is for a person to decide.
    let mut side_gain_db = wanted_db;
    while side_gain_db > 0.0 && costs_lu(side_gain_db) > SAME_LOSS_LU {
        side_gain_db = rounded(side_gain_db - 0.1);
    }
    let nearly_mono = wanted_db > 0.0 && breadth.song_db < NEARLY_MONO_DB;
    let (side_gain_db, applicability) = if nearly_mono || side_gain_db.abs() < LEAST_SIDE_DB {
        (wanted_db, Applicability::OptIn)
    } else {
        (side_gain_db, Applicability::Automatic)
    };
    let part = Part {
        side_gain_db,
        because: vec!["stereo.side_to_mid_db".to_string()],
        reasons: vec![format!(
            "{} than in {}: side {:.1} dB against mid, usual {:.1} to {:.1} dB",
            if over_db > 0.0 { "wider" } else { "narrower" },
            cx.profile.title,
            breadth.song_db,
            breadth.usual_db.0,
            breadth.usual_db.1
        )],
        effects: vec![format!(
            "side {} to {:.1} dB against mid; mono loss {:.1} to {:.1} LU",
            words::signed_db(side_gain_db),
            breadth.song_db + side_gain_db,
            untouched_lu,
            loss_lu(side_gain_db)
        )],
        ..Part::default()
    };
    Some((part, applicability))
}

/// Loudness that the mono sum would lose, from the bands of tone and image, with the equaliser of the moves in front (what
/// it raises counts more) and a gain of the side at each frequency.
fn mono_loss_lu(cx: &Context, stereo: &Stereo, before: &[Move], side_gain_db: &dyn Fn(f64) -> f64) -> f64 {
    let rate_hz = f64::from(cx.analysis.source.sample_rate_hz);
    let equalisers = before.iter().filter_map(|step| match &step.processor {
        Processor::Eq { bands, .. } => Some(bands.as_slice()),
        _ => None,
    });
    let bands: Vec<_> = equalisers.flatten().cloned().collect();
    let (mut middle, mut whole) = (0.0, 0.0);
    for band in &stereo.bands {
        let side = band.side_to_mid_db.map_or(0.0, db_to_power);
        let change_db: f64 = response::total_db(&bands, &[band.center_hz], rate_hz).iter().sum();
        let level_db = tone_level_db(cx.analysis, band.center_hz) + response::k_weight_db(band.center_hz);
        let mid = db_to_power(level_db + change_db) / (1.0 + side);
        middle += mid;
        whole += mid * (1.0 + side * db_to_power(side_gain_db(band.center_hz)));
    }
    power_level_db(whole / middle).unwrap_or(0.0)
}

/// What regions are judged with.
pub(super) struct State<'a> {
    /// The moves in front.
    pub(super) before: &'a [Move],
    /// What is done to the whole side unasked.
    pub(super) side_gain_db: f64,
    /// The profile is that of another kind of music.
    pub(super) foreign: bool,
}

/// A band of the profile against the song.
struct Row {
    low_hz: f64,
    high_hz: f64,
    song_db: f64,
    usual_db: (f64, f64),
}

impl Row {
    /// How far outside; positive for too wide.
    fn excess_db(&self, side_gain_db: f64) -> f64 {
        outside(self.song_db + side_gain_db, self.usual_db)
    }

    fn center_hz(&self) -> f64 {
        (self.low_hz * self.high_hz).sqrt()
    }
}

/// A stretch of neighbouring bands that are all too wide, or all too narrow, and the stroke against it.
struct Region {
    low_hz: f64,
    high_hz: f64,
    song_db: f64,
    usual_db: (f64, f64),
    band: EqBand,
}

/// Equalisers of the side signal, where regions of the image are outside the profile's spans: what narrows is applied, what
/// widens only towards references and where mono loses nothing by it.
pub(super) fn regions(cx: &Context, standing: &Standing, stereo: &Stereo, state: &State) -> Vec<Move> {
    let silent_side = stereo.side_to_mid_db.is_none_or(|side_db| side_db <= NO_SIDE_DB);
    if stereo.dual_mono || silent_side {
        return Vec::new();
    }
    let rows = rows(cx, standing, stereo);
    let found = worth_it(strokes(&rows, standing, state.side_gain_db), &rows, cx, state);
    let rate_hz = f64::from(cx.analysis.source.sample_rate_hz);
    let loss_lu = |bands: &[EqBand]| {
        mono_loss_lu(cx, stereo, state.before, &|hz| state.side_gain_db + side_db(bands, hz, rate_hz))
    };
    let untouched_lu = mono_loss_lu(cx, stereo, &[], &|_| 0.0);
    let (narrower, wider): (Vec<Region>, Vec<Region>) =
        found.into_iter().partition(|region| region.band.gain_db < 0.0);
    let bands_of = |regions: &[Region]| regions.iter().map(|region| region.band.clone()).collect::<Vec<_>>();
    let cuts = bands_of(&narrower);
    let all = [cuts.clone(), bands_of(&wider)].concat();
    let free = standing.reference && loss_lu(&all) <= untouched_lu + SAME_LOSS_LU;
    let moves = [("side-eq", &narrower, cuts.clone(), true), ("side-eq-wider", &wider, all, free)];
    moves
        .into_iter()
        .filter(|(_, regions, ..)| !regions.is_empty())
        .map(|(id, regions, bands, unasked)| {
            let applicability =
                if unasked && !state.foreign { Applicability::Automatic } else { Applicability::OptIn };
            let effect = format!("mono loss {untouched_lu:.1} to {:.1} LU", loss_lu(&bands));
            Move { applicability, ..region_move(cx, id, regions, &effect) }
        })
        .collect()
}

/// One equaliser of the side for regions.
fn region_move(cx: &Context, id: &str, regions: &[Region], mono: &str) -> Move {
    let reasons: Vec<String> = regions
        .iter()
        .map(|region| {
            format!(
                "{} to {} is {} than in {}: side {:.1} dB against mid, usual {:.1} to {:.1} dB",
                words::hz(region.low_hz),
                words::hz(region.high_hz),
                if region.band.gain_db < 0.0 { "wider" } else { "narrower" },
                cx.profile.title,
                region.song_db,
                region.usual_db.0,
                region.usual_db.1
            )
        })
        .collect();
    let strokes: Vec<String> = regions
        .iter()
        .map(|Region { band, .. }| {
            format!("side {} at {}", words::signed_db(band.gain_db), words::hz(band.center_hz))
        })
        .collect();
    let because = regions.iter().map(|region| format!("stereo.bands[{}].side_to_mid_db", third(cx, region)));
    let bands = regions.iter().map(|region| region.band.clone()).collect();
    let effect = format!("{}; {mono}", words::list(&strokes));
    let processor = Processor::SideEq { bands };
    automatic(id, MoveStage::Stereo, because.collect(), reasons.join("; "), 0.5, effect, processor)
}

/// The third octave in the middle of a region, as documents name it.
fn third(cx: &Context, region: &Region) -> f64 {
    let middle_hz = (region.low_hz * region.high_hz).sqrt();
    let bands = cx.analysis.stereo.iter().flat_map(|stereo| &stereo.bands).map(|band| band.center_hz);
    bands
        .min_by(|a, b| octaves(*a, middle_hz).abs().total_cmp(&octaves(*b, middle_hz).abs()))
        .unwrap_or(middle_hz)
}

/// The profile's bands above the bass in which the song is heard, ascending.
fn rows(cx: &Context, standing: &Standing, stereo: &Stereo) -> Vec<Row> {
    let lossy = cx.analysis.source.bits.is_none() || cx.analysis.origin.lossy_suspect == Some(true);
    let heard = |low_hz: f64, high_hz: f64| {
        let mut inside = stereo.bands.iter().filter(|band| (low_hz..=high_hz).contains(&band.center_hz));
        inside.any(|band| tone_level_db(cx.analysis, band.center_hz) > REGION_AUDIBLE_DB)
    };
    let told = |low_hz: f64, high_hz: f64| {
        low_hz >= ABOVE_BASS_HZ && !(lossy && (low_hz * high_hz).sqrt() > JOINT_STEREO_HZ)
    };
    let row = |band: &crate::model::WidthBand| {
        let (low_hz, high_hz) = (band.low_hz, band.high_hz);
        let song_db = side_to_mid_between_db(&stereo.bands, low_hz, high_hz)?;
        let span: Span = band.side_to_mid_db;
        let usual_db = if standing.reference { (span.p50, span.p50) } else { (span.p10, span.p90) };
        (told(low_hz, high_hz) && heard(low_hz, high_hz) && song_db > NO_SIDE_DB).then_some(Row {
            low_hz,
            high_hz,
            song_db,
            usual_db,
        })
    };
    let mut rows: Vec<Row> = cx.profile.width.iter().filter_map(row).collect();
    rows.sort_by(|a, b| a.low_hz.total_cmp(&b.low_hz));
    rows
}

/// A stroke for every region that is broad enough and far enough outside, the furthest first.
fn strokes(rows: &[Row], standing: &Standing, side_gain_db: f64) -> Vec<Region> {
    let margin_db = if standing.reference { REGION_OF_REFERENCE_MARGIN_DB } else { REGION_MARGIN_DB };
    let scale = standing.scale(MoveStage::Stereo);
    let side = |row: &Row| {
        let excess_db = row.excess_db(side_gain_db);
        if excess_db.abs() > margin_db { excess_db.signum() } else { 0.0 }
    };
    let mut regions: Vec<(f64, Region)> = rows
        .chunk_by(|a, b| side(a) == side(b) && octaves(a.high_hz, b.low_hz).abs() < 0.1)
        .filter(|run| run.first().is_some_and(|row| side(row) != 0.0))
        .filter_map(|run| {
            let (low_hz, high_hz) = (run.first()?.low_hz, run.last()?.high_hz);
            let width_oct = octaves(low_hz, high_hz);
            let mean = |value: &dyn Fn(&Row) -> f64| run.iter().map(value).sum::<f64>() / run.len() as f64;
            let excess_db = mean(&|row| row.excess_db(side_gain_db));
            let gain_db = rounded((-excess_db).clamp(-MOST_SIDE_DB, MOST_SIDE_DB) * scale);
            if width_oct < REGION_OCT || gain_db.abs() < LEAST_REGION_DB {
                return None;
            }
            let to_the_top = rows.last().is_some_and(|last| last.high_hz <= high_hz);
            let (shape, center_hz, q) = if to_the_top {
                (EqShape::HighShelf, low_hz, SHELF_Q)
            } else {
                let ratio = shift_octaves(1.0, width_oct);
                let q = (ratio.sqrt() / (ratio - 1.0)).clamp(REGION_Q.0, REGION_Q.1);
                (EqShape::Peak, (low_hz * high_hz).sqrt(), (q * 20.0).round() / 20.0)
            };
            let band = EqBand { shape, center_hz: fit::two_digits(center_hz), gain_db, q };
            let song_db = mean(&|row| row.song_db + side_gain_db);
            let usual_db = (mean(&|row| row.usual_db.0), mean(&|row| row.usual_db.1));
            Some((excess_db.abs(), Region { low_hz, high_hz, song_db, usual_db, band }))
        })
        .collect();
    regions.sort_by(|a, b| b.0.total_cmp(&a.0));
    regions.into_iter().map(|(_, region)| region).take(MOST_REGIONS).collect()
}

/// The regions whose stroke brings the image as a whole nearer to the profile, and spoils no neighbour for it.
fn worth_it(regions: Vec<Region>, rows: &[Row], cx: &Context, state: &State) -> Vec<Region> {
    let rate_hz = f64::from(cx.analysis.source.sample_rate_hz);
    let distance = |bands: &[EqBand]| {
        let squares = rows
            .iter()
            .map(|row| row.excess_db(state.side_gain_db + side_db(bands, row.center_hz(), rate_hz)).powi(2));
        squares.sum::<f64>()
    };
    let mut kept: Vec<Region> = Vec::new();
    for region in regions {
        let so_far: Vec<EqBand> = kept.iter().map(|kept| kept.band.clone()).collect();
        let with = [so_far.as_slice(), std::slice::from_ref(&region.band)].concat();
        if distance(&with) <= (1.0 - REGION_WORTH) * distance(&so_far) {
            kept.push(region);
        }
    }
    kept.sort_by(|a, b| a.low_hz.total_cmp(&b.low_hz));
    kept
}

/// What bands do to the side at a frequency.
fn side_db(bands: &[EqBand], at_hz: f64, sample_rate_hz: f64) -> f64 {
    response::total_db(bands, &[at_hz], sample_rate_hz).iter().sum()
}
