//! The proposals, on a song that is a formula: what is proposed, what is left alone, and the bounds that always hold.

use crate::signals::Random;
use mixproof::advise::{
    BandTrial, Context, Depth, LevelTrial, LevelTrials, LimiterTrial, LimiterTrials, Options, Simulate,
    Simulated, Split, advise,
};
use mixproof::error::Result;
use mixproof::model::*;
use std::collections::BTreeMap;
use std::f64::consts::TAU;

const CENTERS_HZ: [f64; 31] = [
    20.0, 25.0, 31.5, 40.0, 50.0, 63.0, 80.0, 100.0, 125.0, 160.0, 200.0, 250.0, 315.0, 400.0, 500.0, 630.0,
    800.0, 1000.0, 1250.0, 1600.0, 2000.0, 2500.0, 3150.0, 4000.0, 5000.0, 6300.0, 8000.0, 10_000.0,
    12_500.0, 16_000.0, 20_000.0,
];
const RATE_HZ: f64 = 48_000.0;

/// A plausible spectrum of popular music, relative to its sum.
fn typical_db(center_hz: f64) -> f64 {
    let octaves = (center_hz / 100.0).log2();
    let below = if center_hz < 50.0 { 9.0 * (50.0 / center_hz).log2() } else { 0.0 };
    -9.0 - 1.2 * octaves.max(0.0) - below - 0.35 * octaves.max(0.0).powi(2)
}

fn song(deviation_db: impl Fn(f64) -> f64) -> Analysis {
    let bands: Vec<f64> = CENTERS_HZ.iter().map(|f| typical_db(*f) + deviation_db(*f)).collect();
    let sum_db = 10.0 * bands.iter().map(|level| 10f64.powf(level / 10.0)).sum::<f64>().log10();
    let bands = CENTERS_HZ.iter().zip(bands).map(|(center_hz, level)| {
        let level_db = Some(level - sum_db);
        ToneBand { center_hz: *center_hz, level_db, p10_db: None, p50_db: level_db, p90_db: None }
    });
    Analysis {
        schema: Analysis::schema_tag(),
        measures_rev: MEASURES_REV,
        meter: MeterKind::Mixproof,
        content_id: "xxh3:0123456789abcdef".to_string(),
        integrity: Integrity::Ok,
        source: Source {
            path: "song.wav".to_string(),
            container: "wav".to_string(),
            codec: "pcm".to_string(),
            sample_rate_hz: RATE_HZ as u32,
            channels: 2,
            frames: 48_000 * 180,
            duration_s: 180.0,
            bits: Some(24),
            effective_bits: Some(24),
            declared_frames: None,
            non_finite_samples: 0,
            tags: BTreeMap::new(),
        },
        loudness: Loudness {
            integrated_lufs: Some(-18.0),
            range_lu: Some(6.0),
            momentary_max_lufs: Some(-12.0),
            short_term_max_lufs: Some(-14.0),
            momentary_lufs: (0..1800).map(|i| Some(-18.0 + 5.0 * (i as f32 / 90.0).sin())).collect(),
            short_term_lufs: Vec::new(),
        },
        peaks: Peaks {
            sample_dbfs: Some(-6.2),
            true_peak_dbtp: Some(-6.0),
            true_peak_dbtp_series: (0..1800)
                .map(|i| Some(if i % 600 == 300 { -6.0 } else { -12.0 }))
                .collect(),
            ..Peaks::default()
        },
        dynamics: Dynamics {
            rms_dbfs: Some(-19.0),
            crest_db: Some(12.8),
            plr_lu: Some(12.0),
            limited_db: Some(0.4),
            ..Dynamics::default()
        },
        tone: Tone { bands: bands.collect(), bandwidth_hz: Some(20_500.0), ..Tone::default() },
        stereo: Some(stereo(|_| -12.0)),
        defects: Defects { dc_offset: vec![0.0, 0.0], ..Defects::default() },
        origin: Origin::default(),
        music: Music::default(),
        sections: Vec::new(),
        pictures: None,
    }
}

/// An image of uncorrelated mid and side.
fn stereo(side_db: impl Fn(f64) -> f64) -> Stereo {
    let band = |center_hz: f64| {
        let side = 10f64.powf(side_db(center_hz) / 10.0);
        StereoBand {
            center_hz,
            correlation: Some((1.0 - side) / (1.0 + side)),
            side_to_mid_db: Some(side_db(center_hz)),
            mono_loss_db: Some(10.0 * (1.0 + side).log10()),
        }
    };
    let whole = band(1000.0);
    Stereo {
        correlation: whole.correlation,
        side_to_mid_db: whole.side_to_mid_db,
        balance_db: Some(0.2),
        mono_loss_lu: whole.mono_loss_db,
        bands: CENTERS_HZ.iter().map(|f| band(*f)).collect(),
        ..Stereo::default()
    }
}

/// A profile around the typical spectrum, as wide as asked.
fn profile(half_width_db: f64) -> Profile {
    let bands = CENTERS_HZ.iter().map(|f| ProfileBand {
        center_hz: *f,
        level_db: typical_db(*f),
        p10_db: typical_db(*f) - half_width_db,
        p90_db: typical_db(*f) + half_width_db,
    });
    let span = |p10, p50, p90| Span { p10, p50, p90 };
    Profile {
        schema: Profile::schema_tag(),
        name: "typical".to_string(),
        title: "Typical".to_string(),
        provenance: Provenance {
            tracks: 500,
            method: "a formula".to_string(),
            source: "this test".to_string(),
            licence: "none".to_string(),
            confidence: Confidence::High,
        },
        measures_rev: MEASURES_REV,
        spans: BTreeMap::from([
            ("dynamics.plr_lu".to_string(), span(8.0, 10.0, 13.5)),
            ("loudness.range_lu".to_string(), span(4.0, 6.0, 11.0)),
            ("stereo.side_to_mid_db".to_string(), span(-16.0, -11.0, -7.0)),
        ]),
        tone: ProfileTone { bands: bands.collect(), k_bands: Vec::new() },
        width: vec![WidthBand { low_hz: 20.0, high_hz: 150.0, side_to_mid_db: span(-25.0, -18.0, -11.0) }],
        crest: Vec::new(),
    }
}

/// A profile of one song, smoothed as built profiles are.
fn reference(song: &Analysis, half_width_db: f64) -> Profile {
    let mut reference = profile(half_width_db);
    reference.provenance.tracks = 1;
    reference.provenance.confidence = Confidence::Low;
    for (band, (_, level_db)) in reference.tone.bands.iter_mut().zip(song.tone.smoothed_bands()) {
        band.level_db = level_db;
        band.p10_db = level_db - half_width_db;
        band.p90_db = level_db + half_width_db;
    }
    reference
}

fn delivery(integrated_lufs: Option<f64>) -> Delivery {
    Delivery {
        schema: Delivery::schema_tag(),
        name: "stream".to_string(),
        title: "Stream".to_string(),
        integrated_lufs,
        tolerance_lu: 1.0,
        ceiling_dbtp: -1.0,
        short_term_max_lufs: None,
        sample_rates_hz: Vec::new(),
        bits: Vec::new(),
        channels: Vec::new(),
        normalisation: None,
        mono_below_hz: None,
        min_duration_s: None,
        max_duration_s: None,
        max_edge_silence_s: None,
        tags: Vec::new(),
        source: "this test".to_string(),
        checked_on: "2026-01-01".to_string(),
    }
}

fn options() -> Options {
    Options { amount: 100.0, ..Options::default() }
}

/// A song as a formula: gain adds, the limiter costs a little loudness per decibel of reduction, the compressor works on
/// what lies above its threshold.
struct Formula<'a> {
    before: &'a Analysis,
    runs: usize,
    /// What trials are wrong by.
    error_lu: f64,
}

impl Simulate for Formula<'_> {
    fn simulate(&mut self, moves: &[Move], _depth: Depth) -> Result<Simulated> {
        self.runs += 1;
        let mut after = self.before.clone();
        let mut meters = Vec::new();
        let meter = |id: &str, max_db: f64, mean_db: f64| Meter {
            id: id.to_string(),
            gain_reduction_max_db: Some(max_db),
            gain_reduction_mean_db: Some(mean_db),
            gain_reduction_db: Vec::new(),
        };
        let (mut lufs, mut dbtp) =
            (after.loudness.integrated_lufs.unwrap(), after.peaks.true_peak_dbtp.unwrap());
        for step in moves {
            assert_eq!(step.applicability, Applicability::Automatic, "only what is applied is simulated");
            match &step.processor {
                Processor::Gain { gain_db } => {
                    lufs += gain_db;
                    dbtp += gain_db;
                }
                Processor::Eq { bands, .. } => {
                    let mut power = (0.0, 0.0);
                    for band in &mut after.tone.bands {
                        let change_db = total_db(bands, band.center_hz);
                        let Some(level) = band.level_db else { continue };
                        power.0 += 10f64.powf(level / 10.0);
                        power.1 += 10f64.powf((level + change_db) / 10.0);
                        band.level_db = Some(level + change_db);
                    }
                    lufs += 10.0 * f64::log10(power.1 / power.0);
                    dbtp += 10.0 * f64::log10(power.1 / power.0) + 0.3;
                }
                Processor::Compressor(settings) => {
                    let above = (-18.0 + 3.0 - settings.threshold_dbfs).max(0.0);
                    let mean_db = above * (1.0 - 1.0 / settings.ratio);
                    lufs += settings.makeup_db - mean_db;
                    dbtp += settings.makeup_db - 1.8 * mean_db;
                    after.loudness.range_lu =
                        after.loudness.range_lu.map(|range_lu| range_lu - 0.5 * mean_db);
                    meters.push(meter("compressor", 2.0 * mean_db, mean_db));
                }
                Processor::DeEsser(_) => {
                    after.tone.sibilance_db = after.tone.sibilance_db.map(|sibilance_db| sibilance_db - 1.0);
                }
                Processor::SoftClip { ceiling_dbfs, .. } => dbtp = dbtp.min(*ceiling_dbfs),
                Processor::Limiter { ceiling_dbtp, gain_db, .. } => {
                    let reduction_db = (dbtp + gain_db - ceiling_dbtp).max(0.0);
                    lufs += gain_db - 0.04 * reduction_db * reduction_db;
                    dbtp = (dbtp + gain_db).min(*ceiling_dbtp);
                    meters.push(meter("limiter", reduction_db, 0.1 * reduction_db));
                }
                _ => {}
            }
        }
        after.loudness.integrated_lufs = Some(lufs);
        after.peaks.true_peak_dbtp = Some(dbtp);
        after.dynamics.plr_lu = Some(dbtp - lufs);
        Ok(Simulated { analysis: after, meters })
    }

    fn limiter_trials(&mut self, moves: &[Move], least_dbtp: f64) -> Result<Box<dyn LimiterTrials>> {
        let open = self.simulate(moves, Depth::Loudness)?.analysis;
        let (lufs, dbtp) = (open.loudness.integrated_lufs.unwrap(), open.peaks.true_peak_dbtp.unwrap());
        assert!(least_dbtp < dbtp, "peaks that matter are asked for");
        Ok(Box::new(FormulaTrials { lufs, dbtp, error_lu: self.error_lu }))
    }

    fn level_trials(&mut self, moves: &[Move], _split: &Split) -> Result<Box<dyn LevelTrials>> {
        Ok(Box::new(FormulaLevels { before: self.simulate(moves, Depth::Full)?.analysis }))
    }
}

/// Compressors of [`Formula`]: on everything as it has them, on a band by what lies over the threshold at −30 dBFS.
struct FormulaLevels {
    before: Analysis,
}

impl LevelTrials for FormulaLevels {
    fn whole(&self, settings: &CompressorSettings) -> Option<LevelTrial> {
        let compressor = advised("compressor", Processor::Compressor(settings.clone()));
        let mut formula = Formula { before: &self.before, runs: 0, error_lu: 0.0 };
        let found = formula.simulate(&[compressor], Depth::Loudness).ok()?;
        Some(LevelTrial {
            plr_lu: found.analysis.dynamics.plr_lu,
            psr_p05_lu: None,
            range_lu: found.analysis.loudness.range_lu,
            reduction_mean_db: found.meters[0].gain_reduction_mean_db?,
        })
    }

    fn band(&self, _band: usize, settings: &CompressorSettings, most_db: f64) -> Option<BandTrial> {
        let above = (-30.0 - settings.threshold_dbfs).max(0.0);
        let mean_db = (above * (1.0 - 1.0 / settings.ratio)).min(most_db);
        Some(BandTrial {
            crest_db: -1.5 * mean_db,
            spread_db: -2.0 * mean_db,
            level_db: -mean_db,
            reduction_mean_db: mean_db,
        })
    }
}

/// A move that is applied.
fn advised(id: &str, processor: Processor) -> Move {
    Move {
        id: id.to_string(),
        stage: MoveStage::Dynamics,
        applicability: Applicability::Automatic,
        because: Vec::new(),
        reason: String::new(),
        confidence: 1.0,
        predicted_effect: String::new(),
        processor,
    }
}

/// The limiter of [`Formula`], believed to be a little louder than it is.
struct FormulaTrials {
    lufs: f64,
    dbtp: f64,
    error_lu: f64,
}

impl LimiterTrials for FormulaTrials {
    fn trial(&self, limiter: Option<&Processor>) -> Option<LimiterTrial> {
        let (gain_db, reduction_db) = match limiter {
            Some(Processor::Limiter { ceiling_dbtp, gain_db, .. }) => {
                (*gain_db, (self.dbtp + gain_db - ceiling_dbtp).max(0.0))
            }
            _ => (0.0, 0.0),
        };
        Some(LimiterTrial {
            integrated_lufs: self.lufs + gain_db - 0.04 * reduction_db * reduction_db
                + if limiter.is_some() { self.error_lu } else { 0.0 },
            open_true_peak_dbtp: self.dbtp,
            reduction_max_db: reduction_db,
        })
    }
}

/// The Audio EQ Cookbook, digital, at a high rate: a second implementation of what the bands do.
fn total_db(bands: &[EqBand], frequency_hz: f64) -> f64 {
    let rate_hz = 32.0 * RATE_HZ;
    bands
        .iter()
        .map(|band| {
            let a = 10f64.powf(band.gain_db / 40.0);
            let w0 = TAU * band.center_hz / rate_hz;
            let (sin, cos) = w0.sin_cos();
            let alpha = sin / (2.0 * band.q);
            let root = 2.0 * a.sqrt() * alpha;
            let (b, d) = match band.shape {
                EqShape::Peak => (
                    [1.0 + alpha * a, -2.0 * cos, 1.0 - alpha * a],
                    [1.0 + alpha / a, -2.0 * cos, 1.0 - alpha / a],
                ),
                EqShape::LowShelf | EqShape::HighShelf => {
                    let s = if band.shape == EqShape::LowShelf { 1.0 } else { -1.0 };
                    (
                        [
                            a * ((a + 1.0) - s * (a - 1.0) * cos + root),
                            s * 2.0 * a * ((a - 1.0) - s * (a + 1.0) * cos),
                            a * ((a + 1.0) - s * (a - 1.0) * cos - root),
                        ],
                        [
                            (a + 1.0) + s * (a - 1.0) * cos + root,
                            s * -2.0 * ((a - 1.0) + s * (a + 1.0) * cos),
                            (a + 1.0) + s * (a - 1.0) * cos - root,
                        ],
                    )
                }
            };
            let w = TAU * frequency_hz / rate_hz;
            let power = |c: [f64; 3]| {
                let re = c[0] + c[1] * w.cos() + c[2] * (2.0 * w).cos();
                let im = c[1] * w.sin() + c[2] * (2.0 * w).sin();
                re * re + im * im
            };
            10.0 * (power(b) / power(d)).log10()
        })
        .sum()
}

struct Case {
    song: Analysis,
    profile: Profile,
    delivery: Delivery,
    options: Options,
    findings: Vec<Finding>,
    error_lu: f64,
}

fn case(song: Analysis, profile: Profile) -> Case {
    Case {
        song,
        profile,
        delivery: delivery(Some(-14.0)),
        options: options(),
        findings: Vec::new(),
        error_lu: 0.03,
    }
}

impl Case {
    fn run(&self) -> (Plan, usize) {
        let cx = Context {
            analysis: &self.song,
            deviations: &[],
            findings: &self.findings,
            profile: &self.profile,
            delivery: &self.delivery,
            options: &self.options,
        };
        let mut formula = Formula { before: &self.song, runs: 0, error_lu: self.error_lu };
        let plan = advise(&cx, &mut formula).unwrap();
        assert!(formula.runs <= 6, "{} simulations", formula.runs);
        check(&plan);
        (plan, formula.runs)
    }

    fn plan(&self) -> Plan {
        self.run().0
    }
}

/// What holds for every plan.
fn check(plan: &Plan) {
    // A number that is none would be written as null and refused when read.
    Plan::from_json(&plan.to_json(), std::path::Path::new("plan.json")).unwrap();
    let mut ids: Vec<&str> = plan.moves.iter().map(|step| step.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), plan.moves.len(), "ids are unique");
    let place = |step: &Move| match step.processor {
        Processor::HighPass { .. } => 0,
        Processor::Eq { .. } => 1,
        Processor::DynamicEq { .. } => 2,
        Processor::DeEsser(_) => 3,
        Processor::Compressor(_) | Processor::Multiband { .. } => 4,
        Processor::Width { .. } | Processor::SideEq { .. } => 5,
        Processor::SoftClip { .. } => 6,
        Processor::Gain { .. } | Processor::Limiter { .. } => 7,
        Processor::Dither { .. } => 8,
    };
    assert!(plan.moves.is_sorted_by_key(place), "order of processing");
    for step in &plan.moves {
        assert!((0.0..=1.0).contains(&step.confidence), "{}: confidence {}", step.id, step.confidence);
        assert!(!step.reason.is_empty() && !step.predicted_effect.is_empty() && !step.because.is_empty());
        assert!(!format!("{}{}", step.reason, step.predicted_effect).contains("NaN"));
        match &step.processor {
            Processor::Eq { bands, .. } => {
                assert!(!bands.is_empty() && bands.len() <= 5);
                for pair in bands.windows(2) {
                    assert!(pair[1].center_hz >= 1.9 * pair[0].center_hz, "crowded: {bands:?}");
                }
                for band in bands {
                    assert!(band.gain_db.abs() <= 4.0 + 1e-9 && band.gain_db != 0.0, "{band:?}");
                    let most_q = if band.shape == EqShape::Peak { 1.4 } else { 0.7 };
                    assert!((0.4..=most_q).contains(&band.q), "{band:?}");
                    assert!((40.0..=14_000.0).contains(&band.center_hz), "{band:?}");
                }
            }
            Processor::Width { side_gain_db, balance_db, .. } => {
                assert!(side_gain_db.abs() <= 2.0 && balance_db.abs() <= 2.0);
            }
            Processor::Compressor(settings) => assert!(settings.ratio >= 1.0 && settings.ratio <= 4.0),
            _ => {}
        }
    }
}

fn bands(plan: &Plan) -> Vec<EqBand> {
    plan.moves
        .iter()
        .find_map(|step| match &step.processor {
            Processor::Eq { bands, .. } => Some(bands.clone()),
            _ => None,
        })
        .unwrap_or_default()
}

fn find<'a>(plan: &'a Plan, id: &str) -> Option<&'a Move> {
    plan.moves.iter().find(|step| step.id == id)
}

/// Level-aligned RMS of a curve over 50 Hz to 14 kHz.
fn rms_db(curve_db: impl Fn(f64) -> f64) -> f64 {
    let values: Vec<f64> =
        CENTERS_HZ.iter().filter(|f| (50.0..=14_000.0).contains(*f)).map(|f| curve_db(*f)).collect();
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64).sqrt()
}

fn band(shape: EqShape, center_hz: f64, gain_db: f64, q: f64) -> EqBand {
    EqBand { shape, center_hz, gain_db, q }
}

/// Damage, by name.
fn damages() -> Vec<(&'static str, Vec<EqBand>)> {
    vec![
        ("bright", vec![band(EqShape::HighShelf, 4000.0, 3.0, 0.7)]),
        ("dull", vec![band(EqShape::HighShelf, 4000.0, -3.0, 0.7)]),
        ("boomy", vec![band(EqShape::LowShelf, 150.0, 3.0, 0.7)]),
        ("mud", vec![band(EqShape::Peak, 250.0, 3.5, 0.9)]),
        ("harsh", vec![band(EqShape::Peak, 3000.0, 3.5, 1.0)]),
        ("tilt", vec![band(EqShape::LowShelf, 300.0, 2.0, 0.5), band(EqShape::HighShelf, 2500.0, -2.0, 0.5)]),
    ]
}

#[test]
fn a_song_of_the_profiles_shape_gets_no_equaliser() {
    for half_width_db in [0.5, 1.0, 4.0] {
        let plan = case(song(|_| 0.0), profile(half_width_db)).plan();
        assert!(bands(&plan).is_empty());
    }
    // Inside the spread, and as jagged as a key makes it.
    let mut random = Random(7);
    let jagged: Vec<f64> = CENTERS_HZ.iter().map(|_| 3.0 * random.bipolar()).collect();
    let at = |f: f64| jagged[CENTERS_HZ.iter().position(|c| *c == f).unwrap()];
    assert!(bands(&case(song(at), profile(3.0)).plan()).is_empty());
    // A broad level is not tone.
    let mut shifted = song(|_| 0.0);
    shifted.tone.bands.iter_mut().for_each(|band| band.level_db = band.level_db.map(|level| level - 6.0));
    assert!(bands(&case(shifted, profile(0.5)).plan()).is_empty());
}

#[test]
fn a_song_that_fits_entirely_gets_an_empty_plan() {
    let mut fits = song(|_| 0.0);
    fits.loudness.integrated_lufs = Some(-14.02);
    fits.peaks.true_peak_dbtp = Some(-1.5);
    let (plan, runs) = case(fits.clone(), profile(3.0)).run();
    assert!(plan.moves.is_empty() && runs == 0, "{:?}", plan.moves);
    assert_eq!(plan.predicted.loudness.integrated_lufs, Some(-14.02));
    // 16 bits from 24 need dither all the same; 16 from 16 do not.
    let mut to_16 = case(fits, profile(3.0));
    to_16.options.bits = 16;
    assert_eq!(to_16.plan().moves.iter().map(|step| step.id.as_str()).collect::<Vec<_>>(), ["dither"]);
    to_16.song.source.effective_bits = Some(16);
    assert!(to_16.plan().moves.is_empty());
}

#[test]
fn known_damage_is_undone_within_a_tenth() {
    for (name, damage) in damages() {
        let plan = case(song(|f| total_db(&damage, f)), profile(0.5)).plan();
        let bands = bands(&plan);
        let before = rms_db(|f| total_db(&damage, f));
        let after = rms_db(|f| total_db(&damage, f) + total_db(&bands, f));
        println!("{name}: {before:.2} -> {after:.3} dB ({:.0} %) {bands:?}", 100.0 * after / before);
        assert!(after <= 0.1 * before, "{name}: {before:.2} dB became {after:.2} dB by {bands:?}");
    }
}

#[test]
fn damage_against_the_original_is_undone() {
    // Shapes that our filters do not have, at the ends of the spectrum too; the reference is the song before.
    let slope = |per_oct: f64| move |f: f64| per_oct * (f / 1000.0).log2();
    let thin = [band(EqShape::LowShelf, 150.0, -3.5, 0.7)];
    let steep = [band(EqShape::LowShelf, 120.0, -3.5, 0.9), band(EqShape::Peak, 3000.0, 2.0, 0.7)];
    type Damage = Box<dyn Fn(f64) -> f64>;
    let damages: Vec<(&str, Damage)> = vec![
        ("dark", Box::new(slope(-0.6))),
        ("bright", Box::new(slope(0.8))),
        ("thin", Box::new(move |f| total_db(&thin, f))),
        ("thin and harsh", Box::new(move |f| total_db(&steep, f))),
        ("smile", Box::new(|f: f64| 0.35 * (f / 1000.0).log2().powi(2).min(16.0))),
    ];
    for (name, damage) in damages {
        for half_width_db in [0.25, 4.0] {
            let case = case(song(&damage), reference(&song(|_| 0.0), half_width_db));
            let bands = bands(&case.plan());
            let before = rms_db(&damage);
            let after = rms_db(|f| damage(f) + total_db(&bands, f));
            println!("{name} -> {before:.2} dB left {after:.3} ({:.0} %) {bands:?}", 100.0 * after / before);
            // A straight slope takes more bands than it is worth.
            assert!(after <= 0.12 * before, "{name}: {before:.2} dB became {after:.2} dB by {bands:?}");
        }
    }
}

#[test]
fn a_wide_profile_is_met_at_its_edge_and_no_further() {
    // 6 and 8 dB of treble too much, in a profile that spans ±4: 2 and 4 dB outside, and inside is freedom.
    for (too_much_db, most_db) in [(6.0, 2.1), (8.0, 4.1)] {
        let damage = [band(EqShape::HighShelf, 4000.0, too_much_db, 0.7)];
        let bands = bands(&case(song(|f| total_db(&damage, f)), profile(4.0)).plan());
        let done_db = total_db(&bands, 12_500.0);
        assert!((-most_db..=-0.5).contains(&done_db), "{too_much_db} dB: {done_db} dB by {bands:?}");
        assert!(total_db(&bands, 200.0).abs() < 0.5, "{bands:?}");
    }
    // What one song in ten has is no fault: nothing within 1 dB of the edge.
    let usual = [band(EqShape::HighShelf, 4000.0, 4.9, 0.7)];
    assert!(bands(&case(song(|f| total_db(&usual, f)), profile(4.0)).plan()).is_empty());
}

#[test]
fn a_narrow_peak_is_not_chased() {
    for (center_hz, height_db) in [(250.0, 9.0), (3150.0, 8.0), (80.0, -9.0)] {
        let plan = case(song(|f| if f == center_hz { height_db } else { 0.0 }), profile(1.0)).plan();
        assert!(bands(&plan).is_empty(), "{center_hz} Hz: {:?}", bands(&plan));
    }
}

#[test]
fn nothing_is_raised_where_there_is_nothing() {
    // The song ends at 7 kHz, 40 dB under everything else above.
    let mut ends = song(|f| if f > 7000.0 { -40.0 } else { 0.0 });
    ends.tone.bandwidth_hz = Some(7000.0);
    let plan = case(ends, profile(1.0)).plan();
    for f in CENTERS_HZ.iter().filter(|f| **f > 7000.0) {
        assert!(total_db(&bands(&plan), *f) <= 1.05, "{f} Hz: {:?}", bands(&plan));
    }
    // No bass at all: nothing is raised below 40 Hz.
    let plan = case(song(|f| if f < 150.0 { -12.0 } else { 0.0 }), profile(1.0)).plan();
    for f in [20.0, 25.0, 31.5] {
        assert!(total_db(&bands(&plan), f) <= 1.05, "{f} Hz: {:?}", bands(&plan));
    }
    // A codec cut the top off: 16 kHz and above are not evidence of a dull song.
    let mut lossy = song(|f| if f > 15_000.0 { -12.0 } else { 0.0 });
    lossy.source.bits = None;
    lossy.source.effective_bits = None;
    assert!(bands(&case(lossy, profile(1.0)).plan()).is_empty());
}

#[test]
fn the_amount_scales_the_gains_and_the_profiles_confidence_too() {
    let damage = [band(EqShape::HighShelf, 4000.0, 3.0, 0.7)];
    let mut whole = case(song(|f| total_db(&damage, f)), profile(0.5));
    let full = bands(&whole.plan());
    let halves = |halved: &[EqBand]| {
        assert_eq!(halved.len(), full.len());
        for (half, full) in halved.iter().zip(&full) {
            assert!((half.gain_db - full.gain_db / 2.0).abs() <= 0.11, "{half:?} of {full:?}");
            assert_eq!((half.center_hz, half.q), (full.center_hz, full.q));
        }
    };
    whole.options.amount = 50.0;
    halves(&bands(&whole.plan()));
    whole.options.amount = 0.0;
    assert!(bands(&whole.plan()).is_empty());
    whole.options.amount = 100.0;
    whole.profile.provenance.confidence = Confidence::Low;
    halves(&bands(&whole.plan()));
    // A few references are what the user pointed at: they are followed.
    whole.profile.provenance.tracks = 1;
    assert_eq!(bands(&whole.plan()), full);
}

#[test]
fn stages_are_switched() {
    let mut faulty = song(|f| if f > 3000.0 { 5.0 } else { 0.0 });
    faulty.stereo.as_mut().unwrap().balance_db = Some(1.5);
    let mut case = case(faulty, profile(1.0));
    case.options.bits = 16;
    let stages = |case: &Case| case.plan().moves.iter().map(|step| step.stage).collect::<Vec<_>>();
    use MoveStage::{Eq, Format, Loudness, Stereo};
    assert_eq!(stages(&case), [Eq, Stereo, Loudness, Format]);
    for only in [Eq, Stereo, Loudness] {
        case.options.stages = vec![only];
        assert_eq!(stages(&case), [only]);
    }
    case.options.stages = Vec::new();
    assert!(stages(&case).is_empty());
}

#[test]
fn the_target_is_met_by_plain_gain_where_the_peaks_allow_it() {
    let mut quiet = song(|_| 0.0);
    quiet.peaks.true_peak_dbtp = Some(-8.0);
    let plan = case(quiet, profile(3.0)).plan();
    assert_eq!(find(&plan, "gain").unwrap().processor, Processor::Gain { gain_db: 4.0 });
    assert!(find(&plan, "limiter").is_none());
    assert!((plan.predicted.loudness.integrated_lufs.unwrap() + 14.0).abs() < 0.01);
}

#[test]
fn a_song_that_is_too_quiet_for_any_gain_is_told() {
    let mut faint = song(|_| 0.0);
    faint.loudness.integrated_lufs = Some(-45.0);
    faint.peaks.true_peak_dbtp = Some(-33.0);
    let plan = case(faint, profile(3.0)).plan();
    assert_eq!(find(&plan, "gain").unwrap().processor, Processor::Gain { gain_db: 24.0 });
    assert!(plan.unresolved[0].advice.contains("7.0 LU short"), "{:?}", plan.unresolved);
}

#[test]
fn the_target_is_met_by_the_limiter_where_it_has_to_be() {
    // −18 LUFS at −6 dBTP: 4 dB up is 3 dB over... but behind an equaliser nobody knows before trying.
    for (true_peak_dbtp, deviation_db) in [(-3.0, 0.0), (-4.0, 4.0), (-2.0, 4.0)] {
        let mut song = song(|f| if f > 3000.0 { deviation_db } else { 0.0 });
        song.peaks.true_peak_dbtp = Some(true_peak_dbtp);
        let (plan, runs) = case(song, profile(1.0)).run();
        assert!(find(&plan, "limiter").is_some(), "{:?}", plan.moves);
        assert!(
            (plan.predicted.loudness.integrated_lufs.unwrap() + 14.0).abs() <= 0.035,
            "{:?}",
            plan.predicted
        );
        assert_eq!(plan.predicted.peaks.true_peak_dbtp, Some(-1.0));
        assert!(plan.unresolved.is_empty(), "{:?}", plan.unresolved);
        assert_eq!(runs, 2, "one pass to try limiters, one to confirm");
    }
}

#[test]
fn a_prediction_that_was_wrong_is_corrected_once() {
    for error_lu in [-0.4, 0.4] {
        let mut case = case(song(|_| 0.0), profile(3.0));
        case.song.peaks.true_peak_dbtp = Some(-3.0);
        case.error_lu = error_lu;
        let (plan, runs) = case.run();
        let off_lu = plan.predicted.loudness.integrated_lufs.unwrap() + 14.0;
        assert!(off_lu.abs() <= 0.05, "{off_lu} LU off");
        assert_eq!(runs, 3);
    }
}

#[test]
fn a_bound_that_is_reached_says_how_far_it_got_and_what_to_do() {
    let mut spiky = song(|_| 0.0);
    spiky.peaks.true_peak_dbtp = Some(0.0);
    spiky.peaks.true_peak_dbtp_series.iter_mut().flatten().for_each(|peak_dbtp| *peak_dbtp += 6.0);
    spiky.dynamics.plr_lu = Some(18.0);
    let mut case = case(spiky, profile(3.0));
    case.profile.spans.clear();
    let plan = case.plan();
    let Processor::Limiter { gain_db, max_reduction_db, .. } = find(&plan, "limiter").unwrap().processor
    else {
        panic!("no limiter")
    };
    assert_eq!(max_reduction_db, 4.0);
    assert!((gain_db - 3.0).abs() < 0.1, "4 dB of reduction under −1 dBTP allow 3 dB of gain, not {gain_db}");
    let unresolved = &plan.unresolved[0];
    assert_eq!(unresolved.because, "loudness.integrated_lufs");
    for part in ["1.6 LU short", "5.0 LU higher than -14.0 LUFS at -1.0 dBTP allows", "0:30, 1:30 and 2:30"] {
        assert!(unresolved.advice.contains(part), "{part}: {}", unresolved.advice);
    }
    // No limiting at all: the most gain that the peaks leave.
    case.options.max_reduction_db = 0.0;
    let plan = case.plan();
    assert_eq!(find(&plan, "gain").unwrap().processor, Processor::Gain { gain_db: -1.1 });
    assert!(plan.unresolved[0].advice.contains("short"));
}

#[test]
fn a_delivery_without_loudness_keeps_the_level_and_the_ceiling() {
    let mut case = case(song(|_| 0.0), profile(3.0));
    case.delivery = delivery(None);
    case.profile.spans.clear();
    let plan = case.plan();
    let gain = find(&plan, "gain").unwrap();
    assert_eq!(gain.applicability, Applicability::OptIn, "headroom is offered, not used");
    case.song.peaks.true_peak_dbtp = Some(0.5);
    let plan = case.plan();
    assert_eq!(find(&plan, "gain").unwrap().processor, Processor::Gain { gain_db: -1.6 });
    case.song.peaks.true_peak_dbtp = Some(-1.5);
    assert!(case.plan().moves.is_empty());
}

#[test]
fn a_dynamic_song_is_compressed_gently_and_only_under_a_profile_that_is_not() {
    let mut dynamic = song(|_| 0.0);
    dynamic.peaks.true_peak_dbtp = Some(-0.5);
    dynamic.dynamics.plr_lu = Some(17.5);
    let case_pop = case(dynamic.clone(), profile(3.0));
    let plan = case_pop.plan();
    let compressor = find(&plan, "compressor").expect("PLR 17.5 where 13.5 is usual");
    assert_eq!(compressor.because, ["dynamics.plr_lu"]);
    let run = Formula { before: &dynamic, runs: 0, error_lu: 0.0 }
        .simulate(std::slice::from_ref(compressor), Depth::Full)
        .unwrap();
    let mean_db = run.meters[0].gain_reduction_mean_db.unwrap();
    assert!((0.5..=2.05).contains(&mean_db), "{mean_db} dB");
    assert!(run.analysis.dynamics.plr_lu.unwrap() < 17.5);

    // Peaks that the limiter holds alone are no reason.
    let mut quiet = case(dynamic.clone(), profile(3.0));
    quiet.delivery.integrated_lufs = Some(-16.0);
    assert!(find(&quiet.plan(), "compressor").is_none());
    // A profile that does not suit the song at all is no ground for one.
    let mut foreign = case(dynamic.clone(), profile(3.0));
    foreign.profile.tone.bands.iter_mut().enumerate().for_each(|(i, band)| {
        let shift_db = if i % 16 < 8 { 9.0 } else { -9.0 };
        (band.level_db, band.p10_db, band.p90_db) =
            (band.level_db + shift_db, band.p10_db + shift_db, band.p90_db + shift_db);
    });
    let plan = foreign.plan();
    assert!(find(&plan, "compressor").is_none());
    let offered = find(&plan, "eq").unwrap();
    assert_eq!(offered.applicability, Applicability::OptIn);
    assert!(offered.reason.contains("another profile"), "{}", offered.reason);

    // The same song where such dynamics are meant, and where it is limited already.
    let mut classical = case(dynamic.clone(), profile(3.0));
    classical.profile.spans.insert("dynamics.plr_lu".to_string(), Span { p10: 16.0, p50: 21.0, p90: 26.0 });
    assert!(find(&classical.plan(), "compressor").is_none());
    dynamic.dynamics.limited_db = Some(1.8);
    assert!(find(&case(dynamic, profile(3.0)).plan(), "compressor").is_none());
}

#[test]
fn a_quiet_classical_recording_is_only_levelled() {
    let mut quiet = song(|_| 0.0);
    quiet.loudness.integrated_lufs = Some(-26.0);
    quiet.loudness.range_lu = Some(19.0);
    quiet.peaks.true_peak_dbtp = Some(-4.0);
    quiet.dynamics.plr_lu = Some(22.0);
    let mut case = case(quiet, profile(4.0));
    let span = |p10, p50, p90| Span { p10, p50, p90 };
    case.profile.spans.insert("dynamics.plr_lu".to_string(), span(16.0, 21.0, 26.0));
    case.profile.spans.insert("loudness.range_lu".to_string(), span(11.5, 15.6, 22.5));
    let plan = case.plan();
    assert_eq!(plan.moves.iter().map(|step| step.id.as_str()).collect::<Vec<_>>(), ["limiter"]);
    assert!(plan.unresolved.iter().any(|left| left.because == "loudness.integrated_lufs"));
}

#[test]
fn a_finished_master_keeps_its_tone_and_gets_its_level() {
    let mut master = song(|f| if f > 3000.0 { 6.0 } else { 0.0 });
    master.loudness.integrated_lufs = Some(-8.5);
    master.peaks.true_peak_dbtp = Some(-0.2);
    master.dynamics.plr_lu = Some(8.3);
    master.dynamics.limited_db = Some(3.5);
    let mut case = case(master, profile(1.0));
    let plan = case.plan();
    assert_eq!(plan.moves.len(), 1);
    assert_eq!(find(&plan, "gain").unwrap().processor, Processor::Gain { gain_db: -5.5 });
    assert!(plan.moves[0].reason.contains("already mastered"), "{}", plan.moves[0].reason);
    assert!(plan.unresolved[0].advice.contains("already mastered"));
    // Unless the user points at references that sound otherwise.
    case.profile.provenance.tracks = 1;
    assert!(!bands(&case.plan()).is_empty());
}

#[test]
fn silence_and_strange_formats_get_no_moves() {
    let mut silent = song(|_| 0.0);
    silent.loudness = Loudness::default();
    silent.peaks = Peaks::default();
    silent.dynamics = Dynamics::default();
    silent.tone.bands.iter_mut().for_each(|band| band.level_db = None);
    silent.stereo = Some(Stereo::default());
    let (plan, runs) = case(silent, profile(3.0)).run();
    assert!(plan.moves.is_empty() && runs == 0);
    assert!(plan.unresolved[0].advice.contains("silent"));
    let mut surround = song(|_| 0.0);
    surround.source.channels = 6;
    let (plan, runs) = case(surround, profile(3.0)).run();
    assert!(plan.moves.is_empty() && runs == 0 && plan.unresolved[0].advice.contains("6 channels"));
}

#[test]
fn mono_has_no_image() {
    let mut mono = song(|f| if f > 3000.0 { 5.0 } else { 0.0 });
    mono.stereo = None;
    mono.source.channels = 1;
    let plan = case(mono, profile(1.0)).plan();
    assert!(find(&plan, "eq").is_some());
    assert!(plan.moves.iter().all(|step| step.stage != MoveStage::Stereo));
}

#[test]
fn mono_bass_is_offered_and_done_only_where_the_medium_asks() {
    let mut wide = song(|_| 0.0);
    wide.stereo = Some(stereo(|f| if f < 110.0 { -3.0 } else { -12.0 }));
    let below = |case: &Case, id: &str| match find(&case.plan(), id).map(|step| step.processor.clone()) {
        Some(Processor::Width { mono_below_hz, .. }) => mono_below_hz,
        _ => None,
    };
    let mono_below = |case: &Case| below(case, "stereo");
    // It costs bass in stereo and gains nothing in mono: offered, not done.
    let offered = case(wide.clone(), profile(3.0));
    assert_eq!((mono_below(&offered), below(&offered, "mono-bass")), (None, Some(110.0)));
    // Where wide bass is usual, and does not cancel, it stays.
    let mut jazz = case(wide.clone(), profile(3.0));
    jazz.profile.width[0].side_to_mid_db.p90 = -1.5;
    assert_eq!(below(&jazz, "mono-bass"), None);
    // Bass that is mostly side would vanish.
    wide.stereo = Some(stereo(|f| if f < 110.0 { 6.0 } else { -12.0 }));
    let lost = case(wide, profile(3.0));
    assert_eq!(below(&lost, "mono-bass"), None);
    assert!(lost.plan().unresolved.iter().any(|left| left.advice.contains("in the mix")));
    // Vinyl asks for it.
    let mut vinyl = case(song(|_| 0.0), profile(3.0));
    vinyl.delivery.mono_below_hz = Some(300.0);
    assert_eq!(mono_below(&vinyl), Some(300.0));
    vinyl.song.stereo = Some(stereo(|f| if f < 350.0 { -30.0 } else { -12.0 }));
    assert_eq!(mono_below(&vinyl), None);
}

/// The width of a profile above the bass, as the shipped ones have it.
fn width_bands() -> Vec<WidthBand> {
    let edges_hz = [148.0, 392.0, 795.0, 1460.0, 2550.0, 4350.0, 12_200.0];
    let span = Span { p10: -16.0, p50: -11.0, p90: -7.0 };
    edges_hz
        .windows(2)
        .map(|edges_hz| WidthBand { low_hz: edges_hz[0], high_hz: edges_hz[1], side_to_mid_db: span })
        .collect()
}

/// The strokes on the side of a song whose image is −12 dB but for a region.
fn side_strokes(from_hz: f64, to_hz: f64, side_db: f64, tracks: u32) -> Vec<(Applicability, EqBand)> {
    let mut song = song(|_| 0.0);
    song.stereo = Some(stereo(|f| if (from_hz..to_hz).contains(&f) { side_db } else { -12.0 }));
    let mut case = case(song, profile(3.0));
    case.profile.width.extend(width_bands());
    case.profile.provenance.tracks = tracks;
    let plan = case.plan();
    let strokes = plan.moves.iter().filter_map(|step| match &step.processor {
        Processor::SideEq { bands } => Some(bands.iter().map(|band| (step.applicability, band.clone()))),
        _ => None,
    });
    strokes.flatten().collect()
}

#[test]
fn a_region_that_is_too_wide_is_narrowed_and_one_that_is_too_narrow_is_offered() {
    assert!(side_strokes(0.0, 0.0, 0.0, 500).is_empty(), "nothing is outside");
    let [(applicability, treble)] = &side_strokes(2550.0, 20_000.0, -1.0, 500)[..] else { panic!() };
    assert_eq!((*applicability, treble.shape), (Applicability::Automatic, EqShape::HighShelf));
    assert!((-2.0..=-1.0).contains(&treble.gain_db) && treble.center_hz < 3000.0, "{treble:?}");
    let [(applicability, middle)] = &side_strokes(392.0, 1460.0, -23.0, 500)[..] else { panic!() };
    assert_eq!((*applicability, middle.shape), (Applicability::OptIn, EqShape::Peak), "it costs mono level");
    assert!(
        (1.0..=2.0).contains(&middle.gain_db) && (500.0..1100.0).contains(&middle.center_hz),
        "{middle:?}"
    );
    assert!((0.5..=1.4).contains(&middle.q), "{middle:?}");
    // One band is one instrument, and little is nothing.
    assert!(side_strokes(795.0, 1460.0, 1.0, 500).is_empty());
    assert!(side_strokes(2550.0, 20_000.0, -6.0, 500).is_empty());
    // Towards references, of which an octave tells little.
    assert!(side_strokes(392.0, 1460.0, -13.5, 1).is_empty());
    assert!(!side_strokes(392.0, 1460.0, -17.5, 1).is_empty());
    // What is done unasked costs no level in mono, whatever the image.
    for side_db in [-30.0, -20.0, -17.0, -5.0, -2.0, 0.0, 3.0] {
        for (from_hz, to_hz) in [(148.0, 795.0), (795.0, 2550.0), (2550.0, 20_000.0)] {
            for tracks in [1, 500] {
                for (applicability, band) in side_strokes(from_hz, to_hz, side_db, tracks) {
                    assert!(band.gain_db.abs() <= 2.0, "{band:?}");
                    let free = band.gain_db < 0.0 || tracks == 1 && side_db < -12.0;
                    assert!(applicability != Applicability::Automatic || free, "{side_db} {tracks} {band:?}");
                }
            }
        }
    }
}

#[test]
fn references_of_another_kind_of_music_are_told_and_nothing_is_applied_for_them() {
    let slope = |db_per_oct: f64| move |f: f64| db_per_oct * (f / 630.0).log2();
    let against = |db_per_oct: f64| {
        let flat = song(|_| 0.0);
        let mut song = song(slope(db_per_oct));
        song.stereo = Some(stereo(|_| -3.0));
        case(song, reference(&flat, 3.0)).plan()
    };
    let told = |plan: &Plan| plan.unresolved.iter().any(|left| left.because == "tone.bands");
    let alike = against(0.8);
    assert_eq!(find(&alike, "eq").expect("a tilt").applicability, Applicability::Automatic);
    assert!(!told(&alike), "{:?}", alike.unresolved);
    let foreign = against(3.0);
    let eq = find(&foreign, "eq").expect("offered");
    assert_eq!(eq.applicability, Applicability::OptIn);
    assert!(eq.reason.contains("another kind of music") && eq.confidence <= 0.3, "{eq:?}");
    assert!(told(&foreign), "{:?}", foreign.unresolved);
    for step in &foreign.moves {
        let taste = matches!(step.stage, MoveStage::Eq | MoveStage::Dynamics | MoveStage::Stereo);
        assert!(!taste || step.applicability == Applicability::OptIn, "{step:?}");
    }
}

#[test]
fn width_and_balance_are_bounded_and_never_cost_the_mono_sum() {
    let side = |case: &Case| {
        case.plan().moves.iter().find_map(|step| match step.processor {
            Processor::Width { side_gain_db, .. } if side_gain_db != 0.0 => {
                Some((step.applicability, side_gain_db))
            }
            _ => None,
        })
    };
    for side_db in [-30.0, -20.0, -17.2, -12.0, -5.0, 0.0, 2.0] {
        let mut song = song(|_| 0.0);
        song.stereo = Some(stereo(|f| if f < 200.0 { -30.0 } else { side_db }));
        match side(&case(song, profile(3.0))) {
            None => assert!((-17.5..=-5.5).contains(&side_db), "{side_db}"),
            Some((applicability, gain_db)) => {
                assert!(if side_db > -10.0 { gain_db < 0.0 } else { gain_db > 0.0 }, "{side_db}: {gain_db}");
                let loss = |db: f64| 10.0 * (1.0 + 10f64.powf(db / 10.0)).log10();
                if applicability == Applicability::Automatic {
                    assert!(loss(side_db + gain_db) - loss(side_db) <= 0.1 + 1e-9, "{side_db}: {gain_db}");
                }
            }
        }
    }
    // Where the profile knows the bands, they count, and the bass does not.
    let mut banded = case(song(|_| 0.0), profile(3.0));
    let span = Span { p10: -5.0, p50: -3.0, p90: -1.0 };
    let edges = [(150.0, 600.0), (600.0, 2400.0), (2400.0, 9600.0)];
    banded.profile.width.extend(edges.map(|(low_hz, high_hz)| WidthBand {
        low_hz,
        high_hz,
        side_to_mid_db: span,
    }));
    assert!(side(&banded).is_some_and(|(_, gain_db)| gain_db > 0.0), "-12 dB is narrow there");
    let balance = |balance_db: f64| {
        let mut song = song(|_| 0.0);
        song.stereo.as_mut().unwrap().balance_db = Some(balance_db);
        case(song, profile(3.0)).plan().moves.iter().find_map(|step| match step.processor {
            Processor::Width { balance_db, .. } if balance_db != 0.0 => {
                Some((step.applicability, balance_db))
            }
            _ => None,
        })
    };
    assert_eq!(balance(0.9), None);
    assert_eq!(balance(1.5), Some((Applicability::Automatic, -1.5)));
    assert_eq!(balance(-3.5), Some((Applicability::OptIn, 2.0)));
    // Where left and right carry different things, their balance is that of the players.
    let mut strings = song(|_| 0.0);
    strings.stereo = Some(Stereo { balance_db: Some(1.5), ..stereo(|_| -6.5) });
    let plan = case(strings, profile(3.0)).plan();
    assert_eq!(find(&plan, "balance").unwrap().applicability, Applicability::OptIn);
    // Nearly mono is meant.
    let mut near_mono = song(|_| 0.0);
    near_mono.stereo = Some(stereo(|_| -20.0));
    assert!(side(&case(near_mono, profile(3.0))).is_some_and(|(asked, _)| asked == Applicability::OptIn));
}

#[test]
fn a_high_pass_only_where_rumble_or_dc_asks() {
    assert!(find(&case(song(|_| 0.0), profile(3.0)).plan(), "high-pass").is_none());
    let mut dc = song(|_| 0.0);
    dc.defects.dc_offset = vec![0.0, -0.004];
    let plan = case(dc, profile(3.0)).plan();
    assert_eq!(find(&plan, "high-pass").unwrap().because, ["defects.dc_offset"]);
    let plan = case(song(|f| if f < 28.0 { 15.0 } else { 0.0 }), profile(3.0)).plan();
    assert!(find(&plan, "high-pass").unwrap().reason.contains("rumble"));
}

#[test]
fn findings_of_the_mix_are_handed_on() {
    let mut case = case(song(|_| 0.0), profile(3.0));
    case.findings =
        vec![finding("DEF001", Fix::Mix), finding("LOUD001", Fix::Master), finding("DEF001", Fix::Mix)];
    let plan = case.plan();
    assert_eq!(plan.unresolved.len(), 1);
    assert_eq!(plan.unresolved[0].because, "DEF001");
}

#[test]
fn the_same_song_gets_the_same_plan_and_the_same_dither() {
    let mut case = case(song(|f| if f > 3000.0 { 5.0 } else { 0.0 }), profile(1.0));
    case.options.bits = 16;
    let plan = case.plan();
    assert_eq!(plan, case.plan());
    let seed = |plan: &Plan| match find(plan, "dither").unwrap().processor {
        Processor::Dither { seed, bits: 16 } => seed,
        _ => panic!("no dither to 16 bits"),
    };
    case.song.content_id = "xxh3:fedcba9876543210".to_string();
    assert_ne!(seed(&plan), seed(&case.plan()));
}

#[test]
fn whatever_the_song_the_bounds_hold() {
    let mut random = Random(42);
    for _ in 0..60 {
        let bumps: Vec<(f64, f64, f64)> = (0..4)
            .map(|_| (20.0 * 1000f64.powf(random.unit()), 12.0 * random.bipolar(), 0.3 + 2.0 * random.unit()))
            .collect();
        let jag: Vec<f64> = CENTERS_HZ.iter().map(|_| 4.0 * random.normal()).collect();
        let mut any = song(|f| {
            let i = CENTERS_HZ.iter().position(|c| *c == f).unwrap();
            jag[i] + bumps.iter().map(|(c, h, w)| h * (-((f / c).log2() / w).powi(2)).exp()).sum::<f64>()
        });
        for band in &mut any.tone.bands {
            band.level_db = band.level_db.filter(|_| random.unit() > 0.03);
        }
        any.tone.bandwidth_hz = Some(4000.0 + 18_000.0 * random.unit()).filter(|_| random.unit() > 0.2);
        any.loudness.integrated_lufs = Some(-40.0 + 38.0 * random.unit());
        any.peaks.true_peak_dbtp = any.loudness.integrated_lufs.map(|lufs| lufs + 4.0 + 22.0 * random.unit());
        any.dynamics.plr_lu = any.peaks.true_peak_dbtp.zip(any.loudness.integrated_lufs).map(|(p, l)| p - l);
        any.dynamics.limited_db = Some(4.0 * random.unit()).filter(|_| random.unit() > 0.3);
        any.stereo = Some(stereo(|f| if f < 120.0 { -20.0 + 25.0 * (f / 120.0) } else { -8.0 }));
        any.stereo.as_mut().unwrap().balance_db = Some(4.0 * random.bipolar());
        let mut case = case(any, profile(0.2 + 5.0 * random.unit()));
        case.delivery = delivery(Some(-24.0 + 16.0 * random.unit()).filter(|_| random.unit() > 0.2));
        case.options.amount = 100.0 * random.unit();
        case.options.bits = if random.unit() > 0.5 { 16 } else { 24 };
        if random.unit() > 0.7 {
            case.profile.provenance.tracks = 2;
        }
        let plan = case.plan();
        let most_db = CENTERS_HZ.iter().map(|f| total_db(&bands(&plan), *f).abs()).fold(0.0, f64::max);
        assert!(most_db <= 5.2, "{most_db} dB in all by {:?}", bands(&plan));
        if case.profile.provenance.tracks > 8 {
            for (f, band) in CENTERS_HZ.iter().zip(&case.song.tone.bands) {
                let empty = band.level_db.is_some_and(|level| level < -45.0);
                if *f < 40.0 && band.level_db.is_some() || empty {
                    let boost_db = total_db(&bands(&plan), *f);
                    assert!(boost_db <= 1.15, "{boost_db} dB at {f} Hz by {:?}", bands(&plan));
                }
            }
        }
        if let Some(Processor::Limiter { .. }) = find(&plan, "limiter").map(|step| &step.processor) {
            let reached = plan.predicted.loudness.integrated_lufs.unwrap();
            let missed = (reached - plan.target_lufs.unwrap()).abs() > 0.1;
            let told = plan.unresolved.iter().any(|left| left.because == "loudness.integrated_lufs");
            assert!(!missed || told, "{reached} for {:?}: {:?}", plan.target_lufs, plan.unresolved);
        }
    }
}

fn finding(code: &str, fix: Fix) -> Finding {
    Finding {
        code: code.to_string(),
        name: "a-name".to_string(),
        severity: Severity::Warn,
        subject: "song.wav".to_string(),
        message: "a message".to_string(),
        measured: None,
        expected: None,
        at: Vec::new(),
        fix,
        advice: "do it in the mix".to_string(),
        confidence: 1.0,
    }
}

/// A song whose s range jumps by so much more than its voice range.
fn sibilant(over_db: f64) -> Case {
    let mut song = song(|_| 0.0);
    song.tone.sibilance_db = Some(over_db);
    let mut case = case(song, profile(3.0));
    case.findings = vec![finding("TONE006", Fix::Mix)];
    case
}

#[test]
fn a_de_esser_is_offered_where_sibilance_asks_and_never_applied_unasked() {
    let asked = |case: &Case| find(&case.plan(), "de-esser").cloned();
    let far = asked(&sibilant(10.0)).expect("10 dB");
    assert_eq!(far.applicability, Applicability::OptIn, "hi-hats look the same");
    assert_eq!(far.stage, MoveStage::Dynamics);
    let Processor::DeEsser(band) = &far.processor else { panic!("{far:?}") };
    assert!((5000.0..10_000.0).contains(&band.center_hz) && band.max_reduction_db <= 4.0, "{band:?}");
    assert!(far.predicted_effect.contains("10.0 to 9.0 dB"), "as simulated: {}", far.predicted_effect);
    assert_eq!(asked(&sibilant(8.0)).expect("8 dB").applicability, Applicability::OptIn);
    let mut unsaid = sibilant(10.0);
    unsaid.findings.clear();
    assert!(asked(&unsaid).is_none(), "no check, no de-esser");
    let mut half = sibilant(10.0);
    half.options.stage_amounts = vec![StageAmount { stage: MoveStage::Dynamics, amount: 50.0 }];
    let Processor::DeEsser(halved) = &asked(&half).unwrap().processor else { panic!() };
    assert!((halved.max_reduction_db - band.max_reduction_db / 2.0).abs() < 0.06, "{halved:?}");
    half.options.stages = vec![MoveStage::Eq];
    assert!(asked(&half).is_none());
}

#[test]
fn a_resonance_is_for_the_mix_and_a_dynamic_cut_is_only_offered() {
    let mut rings = song(|_| 0.0);
    let peak = |center_hz, height_db| Resonance { center_hz, height_db, q: 20.0, share: 0.8 };
    rings.tone.resonances =
        vec![peak(412.0, 9.0), peak(2900.0, 12.0), peak(700.0, 7.0), peak(5200.0, 6.5), peak(100.0, 9.0)];
    let mut case = case(rings, profile(3.0));
    assert!(find(&case.plan(), "dynamic-eq").is_none(), "only what the check has said");
    case.findings = vec![finding("TONE003", Fix::Mix)];
    let plan = case.plan();
    assert!(
        plan.unresolved.iter().any(|left| left.because == "TONE003"),
        "first of all to be mended in the mix"
    );
    let offered = find(&plan, "dynamic-eq").unwrap();
    assert_eq!(offered.applicability, Applicability::OptIn);
    assert!(offered.reason.contains("mend it on the track"), "{}", offered.reason);
    let Processor::DynamicEq { bands } = &offered.processor else { panic!() };
    let centers_hz: Vec<f64> = bands.iter().map(|band| band.center_hz).collect();
    assert_eq!(centers_hz, [2900.0, 412.0, 700.0], "the highest three, no bass notes");
    for band in bands {
        assert!((2.0..=4.0).contains(&band.max_reduction_db) && (6.0..=16.0).contains(&band.q), "{band:?}");
    }
    // No equaliser is made of them.
    assert!(self::bands(&plan).is_empty());
}

#[test]
fn a_multiband_only_where_the_crest_of_some_bands_asks() {
    let with_crest = |excess_db: &dyn Fn(f64) -> f64| {
        let mut song = song(|_| 0.0);
        let octaves = [31.5, 63.0, 125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0];
        let crest = |center_hz: f64| CrestBand { center_hz, crest_db: Some(15.0 + excess_db(center_hz)) };
        song.dynamics.bands = octaves.map(crest).to_vec();
        let mut case = case(song, profile(3.0));
        let span = Span { p10: 9.0, p50: 12.0, p90: 15.0 };
        case.profile.crest = octaves.map(|center_hz| CrestSpan { center_hz, crest_db: span }).to_vec();
        case
    };
    let multiband = |case: &Case| match find(&case.plan(), "multiband").map(|step| step.processor.clone()) {
        Some(Processor::Multiband { crossovers_hz, bands }) => Some((crossovers_hz, bands)),
        _ => None,
    };
    assert!(multiband(&with_crest(&|_| 0.5)).is_none(), "within the margin");
    assert!(multiband(&with_crest(&|_| 4.0)).is_none(), "everywhere is a matter of the whole");
    let boomy = with_crest(&|f| if f < 100.0 { 2.4 } else { 0.0 });
    let (crossovers_hz, bands) = multiband(&boomy).expect("the bass asks");
    assert_eq!(crossovers_hz, [200.0, 5000.0]);
    assert!(bands[0].ratio > 1.0 && bands[1].ratio == 1.0 && bands[2].ratio == 1.0, "{bands:?}");
    assert!(bands[1].makeup_db == 0.0 && bands[0].makeup_db > 0.0, "its level is kept: {bands:?}");
    let step = boomy.plan();
    let step = find(&step, "multiband").unwrap();
    assert!(step.reason.contains("crest of 17.4 dB in the octave at"), "{}", step.reason);
    // Bounded: 2 dB of mean reduction take 3 dB of crest here, and no more.
    let very = with_crest(&|f| if f > 5000.0 { 9.0 } else { 0.0 });
    let plan = very.plan();
    let Processor::Multiband { bands, .. } = &find(&plan, "multiband").unwrap().processor else { panic!() };
    let mean_db = (-30.0 - bands[2].threshold_dbfs) * (1.0 - 1.0 / bands[2].ratio);
    assert!((1.8..=2.001).contains(&mean_db), "{mean_db} dB by {bands:?}");
    // Without a profile that knows crest per band there is no ground for one.
    let mut unknown = with_crest(&|f| if f < 100.0 { 5.0 } else { 0.0 });
    unknown.profile.crest.clear();
    assert!(multiband(&unknown).is_none());
}

#[test]
fn a_soft_clipper_only_where_it_is_allowed_and_has_something_to_do() {
    let mut spiky = song(|_| 0.0);
    spiky.peaks.true_peak_dbtp = Some(-3.0);
    let mut case = case(spiky, profile(3.0));
    assert!(find(&case.plan(), "soft-clip").is_none());
    case.options.soft_clip = true;
    let plan = case.plan();
    let clip = find(&plan, "soft-clip").expect("2 dB of limiting");
    let Processor::SoftClip { ceiling_dbfs, knee_db } = clip.processor else { panic!("{clip:?}") };
    assert!((-5.0..-3.0).contains(&ceiling_dbfs) && knee_db > 0.0, "{ceiling_dbfs}");
    let Processor::Limiter { gain_db, .. } = find(&plan, "limiter").unwrap().processor else { panic!() };
    assert!((3.5..4.5).contains(&gain_db), "{gain_db}");
    case.song.peaks.true_peak_dbtp = Some(-4.6);
    assert!(find(&case.plan(), "soft-clip").is_none(), "half a decibel is the limiter's");
}

#[test]
fn a_finished_master_is_not_driven_louder() {
    let mut master = song(|_| 0.0);
    master.loudness.integrated_lufs = Some(-9.5);
    master.peaks.true_peak_dbtp = Some(-1.2);
    master.dynamics.plr_lu = Some(8.3);
    master.dynamics.limited_db = Some(3.5);
    let mut case = case(master, profile(3.0));
    case.delivery = delivery(Some(-7.0));
    let plan = case.plan();
    assert!(plan.moves.is_empty(), "{:?}", plan.moves);
    let left = plan.unresolved.iter().find(|left| left.because == "loudness.integrated_lufs").unwrap();
    assert!(left.advice.contains("not driven on to -7.0 LUFS"), "{}", left.advice);
    // Over the ceiling it is held there, at its own loudness.
    case.song.peaks.true_peak_dbtp = Some(0.5);
    let plan = case.plan();
    assert!((plan.predicted.loudness.integrated_lufs.unwrap() + 9.5).abs() < 0.15, "{:?}", plan.predicted);
    assert!(plan.predicted.peaks.true_peak_dbtp.unwrap() <= -1.0);
}

#[test]
fn amount_and_phase_are_those_that_were_asked_for() {
    let damage = [band(EqShape::HighShelf, 4000.0, 3.0, 0.7)];
    let mut case = case(song(|f| total_db(&damage, f)), profile(0.5));
    case.song.stereo.as_mut().unwrap().balance_db = Some(1.5);
    let full = bands(&case.plan());
    case.options.stage_amounts = vec![StageAmount { stage: MoveStage::Eq, amount: 50.0 }];
    case.options.eq_phase = EqPhase::Linear;
    let plan = case.plan();
    for (half, full) in bands(&plan).iter().zip(&full) {
        assert!((half.gain_db - full.gain_db / 2.0).abs() <= 0.11, "{half:?} of {full:?}");
    }
    assert!(matches!(find(&plan, "eq").unwrap().processor, Processor::Eq { phase: EqPhase::Linear, .. }));
    let balance = |plan: &Plan| match find(plan, "stereo").map(|step| step.processor.clone()) {
        Some(Processor::Width { balance_db, .. }) => balance_db,
        _ => 0.0,
    };
    assert_eq!(balance(&plan), -1.5, "the other stages keep theirs");
    assert_eq!(plan.stage_amounts, case.options.stage_amounts, "and the plan says so");
    case.options.stage_amounts = vec![StageAmount { stage: MoveStage::Stereo, amount: 0.0 }];
    let plan = case.plan();
    assert!(balance(&plan) == 0.0 && bands(&plan) == full);
}
