//! Plausible documents for the report: a song of some minutes, its profile, delivery, plan and render.

#![allow(unreachable_pub, reason = "shared by test modules")]

use crate::signals::Random;
use mixproof::model::*;
use mixproof::report::Song;
use mixproof::units::{Quantity, Unit};
use std::collections::BTreeMap;

/// All documents of one song; which of them a report gets is up to the test.
pub struct Documents {
    pub title: String,
    pub check: Check,
    pub profile: Profile,
    pub delivery: Delivery,
    pub plan: Option<Plan>,
    pub render: Option<Render>,
    pub preview: Option<Preview>,
    pub listening: Option<Listening>,
}

impl Documents {
    pub fn song(&self) -> Song<'_> {
        Song {
            title: self.title.clone(),
            check: &self.check,
            profile: &self.profile,
            delivery: &self.delivery,
            plan: self.plan.as_ref(),
            render: self.render.as_ref(),
            preview: self.preview.as_ref(),
            listening: self.listening.as_ref(),
        }
    }
}

pub const THIRD_OCTAVES_HZ: [f64; 31] = [
    20.0, 25.0, 31.5, 40.0, 50.0, 63.0, 80.0, 100.0, 125.0, 160.0, 200.0, 250.0, 315.0, 400.0, 500.0, 630.0,
    800.0, 1000.0, 1250.0, 1600.0, 2000.0, 2500.0, 3150.0, 4000.0, 5000.0, 6300.0, 8000.0, 10000.0, 12500.0,
    16000.0, 20000.0,
];

/// A pop-like long-term spectrum.
fn tone_db(center_hz: f64) -> f64 {
    let octave = (center_hz / 80.0).log2();
    let fall = if octave < 0.0 { 5.5 * octave * octave * 0.7 } else { 2.3 * octave };
    let air = ((center_hz / 9000.0).log2().max(0.0)).powi(2) * 3.0;
    -8.5 - fall.abs() - air
}

pub fn profile() -> Profile {
    let spans = [
        ("loudness.integrated_lufs", -11.2, -8.9, -7.1),
        ("loudness.range_lu", 3.6, 5.9, 9.4),
        ("peaks.true_peak_dbtp", -1.0, 0.1, 1.2),
        ("dynamics.plr_lu", 7.6, 9.3, 11.8),
        ("dynamics.crest_db", 9.8, 12.0, 14.9),
        ("dynamics.psr_min_lu", 5.5, 7.0, 8.9),
        ("stereo.mono_loss_lu", 0.3, 0.8, 1.7),
        ("stereo.side_to_mid_db", -13.8, -9.6, -6.2),
        ("stereo.correlation", 0.55, 0.76, 0.91),
        ("tone.tilt_db_per_oct", -4.6, -3.9, -3.2),
    ];
    Profile {
        schema: "profile/1".into(),
        name: "pop".into(),
        title: "Pop".into(),
        provenance: Provenance {
            tracks: 1248,
            method: "measured with these meters on full tracks".into(),
            source: "Example data set, 2021".into(),
            licence: "CC BY 4.0".into(),
            confidence: Confidence::High,
        },
        measures_rev: 1,
        spans: spans
            .iter()
            .map(|(path, p10, p50, p90)| (path.to_string(), Span { p10: *p10, p50: *p50, p90: *p90 }))
            .collect(),
        tone: ProfileTone {
            bands: THIRD_OCTAVES_HZ
                .iter()
                .map(|hz| {
                    let spread = 2.2 + (hz / 600.0).log2().abs() * 0.55;
                    let level_db = tone_db(*hz);
                    ProfileBand {
                        center_hz: *hz,
                        level_db,
                        p10_db: level_db - spread * 1.2,
                        p90_db: level_db + spread,
                    }
                })
                .collect(),
            k_bands: Vec::new(),
        },
        width: [(20.0, 120.0, -26.0), (120.0, 500.0, -14.0), (500.0, 4000.0, -10.0), (4000.0, 16000.0, -7.5)]
            .iter()
            .map(|(low_hz, high_hz, mid)| WidthBand {
                low_hz: *low_hz,
                high_hz: *high_hz,
                side_to_mid_db: Span { p10: mid - 5.0, p50: *mid, p90: mid + 4.0 },
            })
            .collect(),
        crest: OCTAVES_HZ
            .iter()
            .map(|hz| {
                let mid = 10.5 + (hz / 63.0_f64).log2() * 0.75;
                CrestSpan { center_hz: *hz, crest_db: Span { p10: mid - 2.0, p50: mid, p90: mid + 2.4 } }
            })
            .collect(),
    }
}

const OCTAVES_HZ: [f64; 10] = [31.5, 63.0, 125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0, 16000.0];

pub fn delivery() -> Delivery {
    Delivery {
        schema: "delivery/1".into(),
        name: "streaming".into(),
        title: "Streaming".into(),
        integrated_lufs: Some(-14.0),
        tolerance_lu: 0.5,
        ceiling_dbtp: -1.0,
        short_term_max_lufs: None,
        sample_rates_hz: vec![44100, 48000],
        bits: vec![16, 24],
        channels: vec![2],
        normalisation: None,
        mono_below_hz: None,
        min_duration_s: None,
        max_duration_s: None,
        max_edge_silence_s: None,
        tags: Vec::new(),
        source: "Published loudness recommendations of the large services".into(),
        checked_on: "2026-10-01".into(),
    }
}

/// How the song is built: starts and ends in seconds, loudness, whether it is a loud section.
const FORM: [(f64, f64, f64, SectionLabel); 8] = [
    (0.0, 14.0, -26.0, SectionLabel::Quiet),
    (14.0, 45.0, -20.5, SectionLabel::Normal),
    (45.0, 74.0, -16.2, SectionLabel::Loud),
    (74.0, 104.0, -20.0, SectionLabel::Normal),
    (104.0, 134.0, -15.9, SectionLabel::Loud),
    (134.0, 152.0, -25.0, SectionLabel::Quiet),
    (152.0, 196.0, -15.2, SectionLabel::Loud),
    (196.0, 212.0, -24.0, SectionLabel::Quiet),
];

fn smooth(values: &[f64], window: usize) -> Vec<Option<f32>> {
    (0..values.len())
        .map(|end| {
            (end + 1 >= window).then(|| {
                let part = &values[end + 1 - window..=end];
                let power = part.iter().map(|db| 10f64.powf(db / 10.0)).sum::<f64>() / window as f64;
                (10.0 * power.log10()) as f32
            })
        })
        .collect()
}

/// A song; `gain_db` louder than the mix and with peaks held at `ceiling_dbtp`.
pub fn analysis(gain_db: f64, ceiling_dbtp: Option<f64>) -> Analysis {
    let mut random = Random(7);
    let tenths = 2120;
    let mut momentary = Vec::new();
    let mut peaks = Vec::new();
    for tenth in 0..tenths {
        let at_s = tenth as f64 / 10.0;
        let section = FORM.iter().find(|s| at_s >= s.0 && at_s < s.1).unwrap_or(&FORM[7]);
        let beat = if tenth % 5 == 0 { 2.2 } else { -0.8 };
        let fade = if at_s > 204.0 {
            (at_s - 204.0) * -4.5
        } else if at_s < 3.0 {
            (3.0 - at_s) * -8.0
        } else {
            0.0
        };
        let level = section.2 + fade + beat + random.normal() * 0.9 + gain_db;
        momentary.push(level);
        let peak = level + 10.5 + random.normal() * 1.6;
        peaks.push(Some(peak.min(ceiling_dbtp.unwrap_or(0.6)) as f32));
    }
    let limited = ceiling_dbtp.is_some();
    let integrated = -18.4 + gain_db;
    let true_peak = ceiling_dbtp.unwrap_or(0.6);
    let bump =
        |hz: f64| if limited { 0.45 } else { 1.0 } * 6.4 * (-((hz / 230.0).log2() / 0.55).powi(2)).exp();
    let dull = |hz: f64| if limited { 0.35 } else { 1.0 } * -7.0 * ((hz / 6000.0).log2().clamp(0.0, 1.2));
    Analysis {
        schema: "analysis/1".into(),
        measures_rev: 1,
        meter: MeterKind::Mixproof,
        content_id: if limited { "xxh3:5ad0c2f1".into() } else { "xxh3:9f31d77e".into() },
        integrity: Integrity::Ok,
        source: Source {
            path: "sessions/harbour/Harbour Lights mix 7.wav".into(),
            container: "wav".into(),
            codec: "pcm".into(),
            sample_rate_hz: 48000,
            channels: 2,
            frames: 212 * 48000,
            duration_s: 212.0,
            bits: Some(24),
            effective_bits: Some(24),
            declared_frames: Some(212 * 48000),
            non_finite_samples: 0,
            tags: BTreeMap::from([
                ("title".into(), "Harbour Lights".into()),
                ("artist".into(), "Nora Falk".into()),
            ]),
        },
        loudness: Loudness {
            integrated_lufs: Some(integrated),
            range_lu: Some(if limited { 7.1 } else { 8.3 }),
            momentary_max_lufs: Some(integrated + 6.4),
            short_term_max_lufs: Some(integrated + 4.1),
            momentary_lufs: smooth(&momentary, 4),
            short_term_lufs: smooth(&momentary, 30),
        },
        peaks: Peaks {
            sample_dbfs: Some(if limited { -1.2 } else { 0.0 }),
            true_peak_dbtp: Some(true_peak),
            true_peak_4x_dbtp: Some(true_peak - 0.05),
            channels: vec![
                ChannelPeaks {
                    sample_dbfs: Some(true_peak.min(0.0)),
                    true_peak_dbtp: Some(true_peak),
                    true_peak_at_s: Some(161.2)
                };
                2
            ],
            true_peak_dbtp_series: peaks,
            clipped: if limited {
                Vec::new()
            } else {
                [62.4, 121.7, 161.2, 161.9, 187.3]
                    .iter()
                    .map(|at| ClippedRun { start_s: *at, end_s: at + 0.0002, channel: 0, samples: 7 })
                    .collect()
            },
            clipped_runs: if limited { 0 } else { 5 },
            over_count: if limited { 0 } else { 11 },
        },
        dynamics: Dynamics {
            rms_dbfs: Some(integrated - 1.2),
            crest_db: Some(if limited { 14.1 } else { 17.9 }),
            plr_lu: Some(true_peak - integrated),
            psr_min_lu: Some(if limited { 8.6 } else { 11.2 }),
            psr_p05_lu: Some(9.9),
            dr_db: Some(if limited { 10.1 } else { 12.7 }),
            limited_db: Some(if limited { 1.3 } else { 0.2 }),
            bands: OCTAVES_HZ
                .iter()
                .enumerate()
                .map(|(i, hz)| CrestBand {
                    center_hz: *hz,
                    crest_db: Some(
                        12.0 + 0.9 * i as f64 + if i % 3 == 0 { 1.6 } else { -0.6 }
                            - if limited { 1.9 } else { 0.0 },
                    ),
                })
                .collect(),
        },
        tone: Tone {
            bands: THIRD_OCTAVES_HZ
                .iter()
                .enumerate()
                .map(|(i, hz)| {
                    let level_db =
                        tone_db(*hz) + bump(*hz) + dull(*hz) + 1.1 * ((i * 37 % 7) as f64 / 3.0 - 1.0);
                    ToneBand {
                        center_hz: *hz,
                        level_db: Some(level_db),
                        p10_db: Some(level_db - 5.0),
                        p50_db: Some(level_db - 0.4),
                        p90_db: Some(level_db + 2.6),
                    }
                })
                .collect(),
            k_bands: Vec::new(),
            tilt_db_per_oct: Some(if limited { -4.3 } else { -5.1 }),
            bandwidth_hz: Some(19800.0),
            sibilance_db: Some(1.5),
            resonances: vec![Resonance { center_hz: 231.0, height_db: 5.2, q: 9.0, share: 0.7 }],
        },
        stereo: Some(Stereo {
            correlation: Some(0.62),
            side_to_mid_db: Some(-7.4),
            balance_db: Some(0.4),
            mono_loss_lu: Some(if limited { 1.3 } else { 2.1 }),
            dual_mono: false,
            polarity_inverted: false,
            delay_s: None,
            bands: THIRD_OCTAVES_HZ
                .iter()
                .map(|hz| {
                    let low = (-((hz / 95.0).log2() / 0.7).powi(2)).exp() * if limited { 0.15 } else { 1.0 };
                    StereoBand {
                        center_hz: *hz,
                        correlation: Some(
                            (0.9 - 0.09 * (hz / 100.0).log2().max(0.0) - 1.05 * low).clamp(-1.0, 1.0),
                        ),
                        side_to_mid_db: Some(-22.0 + 2.1 * (hz / 60.0).log2().max(0.0) + 19.0 * low),
                        mono_loss_db: Some(0.4 + 0.22 * (hz / 100.0).log2().max(0.0) + 6.2 * low),
                    }
                })
                .collect(),
        }),
        defects: Defects {
            dc_offset: vec![0.0001, -0.0001],
            leading_silence_s: 0.31,
            trailing_silence_s: 1.2,
            clicks: vec![Mark { at_s: 88.31, duration_s: 0.001, channel: 1, strength_db: 22.0 }],
            noise_floor_dbfs: Some(-71.0),
            ..Defects::default()
        },
        origin: Origin::default(),
        music: Music {
            tempo_bpm: Some(120.2),
            key: Some("F# minor".into()),
            energy: Some(0.58),
            ..Music::default()
        },
        sections: FORM
            .iter()
            .map(|(start_s, end_s, level, label)| Section {
                start_s: *start_s,
                end_s: *end_s,
                loudness_lufs: Some(level + gain_db),
                label: *label,
            })
            .collect(),
        pictures: Some(pictures()),
    }
}

/// A spectrogram that rises over the song, and an image that leans to the left.
fn pictures() -> Pictures {
    let (rows, columns, size) = (60, 300, 48);
    let cell = |i: usize| (((i % rows) * 20 / rows + (i / rows) * 30 / columns + i * 7 % 11) % 64) as u8;
    let around = |i: usize| {
        let (x, y) = ((i % size) as f64 - 20.0, (i / size) as f64 - 24.0);
        (63.0 - 3.0 * (x * x * 3.0 + y * y).sqrt()).max(0.0) as u8
    };
    Pictures {
        spectrogram: Some(Spectrogram {
            step_s: 204.0 / columns as f64,
            low_hz: 30.0,
            high_hz: 20_000.0,
            rows,
            columns,
            floor_db: -77.5,
            step_db: 1.25,
            levels: levels_to_text((0..rows * columns).map(cell)),
        }),
        goniometer: Some(Goniometer {
            size,
            edge_dbfs: -0.5,
            levels: levels_to_text((0..size * size).map(around)),
            direction_share: vec![0.06, 0.21, 0.52, 0.12, 0.04, 0.05],
        }),
    }
}

pub fn finding(code: &str, name: &str, severity: Severity, fix: Fix, message: &str, advice: &str) -> Finding {
    Finding {
        code: code.into(),
        name: name.into(),
        severity,
        subject: "Harbour Lights mix 7.wav".into(),
        message: message.into(),
        measured: None,
        expected: None,
        at: Vec::new(),
        fix,
        advice: advice.into(),
        confidence: 0.9,
    }
}

fn at(ranges: &[(f64, f64)]) -> Vec<TimeRange> {
    ranges.iter().map(|(start_s, end_s)| TimeRange { start_s: *start_s, end_s: *end_s }).collect()
}

fn findings() -> Vec<Finding> {
    vec![
        Finding {
            measured: Some(Quantity::new(5.0, Unit::None)),
            expected: Some("no clipped stretches".into()),
            at: at(&[(62.4, 62.41), (121.7, 121.71), (161.2, 161.21), (161.9, 161.91), (187.3, 187.31)]),
            ..finding(
                "PEAK002",
                "clipped-samples",
                Severity::Fail,
                Fix::Mix,
                "5 stretches are clipped, the longest 7 samples long",
                "lower the mix bus by 3 dB or bypass its limiter, and export again; what was cut off cannot be brought back in mastering",
            )
        },
        Finding {
            measured: Some(Quantity::new(6.6, Unit::Db)),
            expected: Some("at most 3.0 dB below 150 Hz".into()),
            ..finding(
                "MONO002",
                "out-of-phase-low-end",
                Severity::Warn,
                Fix::Mix,
                "the bass between 63 and 125 Hz loses 6.6 dB in mono",
                "make the bass mono below 120 Hz, or take the widener off the synth bass",
            )
        },
        Finding {
            at: at(&[(88.31, 88.312)]),
            ..finding(
                "DEF005",
                "click",
                Severity::Warn,
                Fix::Mix,
                "one click, 22 dB above its surroundings",
                "listen to the edit at 1:28.3 and add a short crossfade",
            )
        },
        Finding {
            measured: Some(Quantity::new(0.6, Unit::Dbtp)),
            expected: Some("at most -1.0 dBTP".into()),
            at: at(&[(161.0, 162.2)]),
            ..finding(
                "PEAK001",
                "true-peak-over-ceiling",
                Severity::Warn,
                Fix::Master,
                "true peak 0.6 dBTP is over the -1.0 dBTP ceiling",
                "the limiter takes care of it",
            )
        },
        Finding {
            at: at(&[(45.0, 74.0), (104.0, 134.0)]),
            ..finding(
                "TONE001",
                "band-out-of-profile",
                Severity::Info,
                Fix::Master,
                "the low mids around 250 Hz are 3.6 dB over the span of Pop",
                "a wide cut of 2 dB in mastering, or less guitar body in the mix",
            )
        },
        finding(
            "FILE003",
            "leading-silence",
            Severity::Info,
            Fix::None,
            "0.3 s of silence before the first sound",
            "leave it; the album decides",
        ),
    ]
}

fn deviations(analysis: &Analysis, profile: &Profile) -> Vec<Deviation> {
    let values = [
        ("loudness.integrated_lufs", analysis.loudness.integrated_lufs),
        ("peaks.true_peak_dbtp", analysis.peaks.true_peak_dbtp),
        ("loudness.range_lu", analysis.loudness.range_lu),
        ("dynamics.plr_lu", analysis.dynamics.plr_lu),
        ("dynamics.crest_db", analysis.dynamics.crest_db),
        ("dynamics.psr_min_lu", analysis.dynamics.psr_min_lu),
        ("stereo.mono_loss_lu", analysis.stereo.as_ref().and_then(|s| s.mono_loss_lu)),
        ("stereo.side_to_mid_db", analysis.stereo.as_ref().and_then(|s| s.side_to_mid_db)),
        ("stereo.correlation", analysis.stereo.as_ref().and_then(|s| s.correlation)),
        ("tone.tilt_db_per_oct", analysis.tone.tilt_db_per_oct),
    ];
    let of = |path: &str, measured: f64, expected: Expected| {
        let half =
            if measured >= expected.mid { expected.high - expected.mid } else { expected.mid - expected.low };
        let tolerances = (measured - expected.mid) / half;
        Deviation {
            measure: path.into(),
            measured,
            expected,
            tolerances,
            percentile: Some((50.0 + 40.0 * tolerances).clamp(0.5, 99.5)),
        }
    };
    let scalars = values.iter().filter_map(|(path, value)| {
        let span = profile.spans[*path];
        Some(of(path, (*value)?, Expected { low: span.p10, mid: span.p50, high: span.p90 }))
    });
    let bands = analysis.tone.bands.iter().zip(&profile.tone.bands).filter_map(|(band, expected)| {
        let path = format!("tone.bands[{}].level_db", band.center_hz);
        Some(of(
            &path,
            band.level_db?,
            Expected { low: expected.p10_db, mid: expected.level_db, high: expected.p90_db },
        ))
    });
    scalars.chain(bands).collect()
}

pub fn check_of(analysis: Analysis, findings: Vec<Finding>) -> Check {
    let deviations = deviations(&analysis, &profile());
    Check {
        schema: "check/1".into(),
        analysis,
        profile: "pop".into(),
        delivery: "streaming".into(),
        stage: Stage::Mix,
        deviations,
        findings,
    }
}

fn a_move(
    id: &str,
    stage: MoveStage,
    because: &str,
    reason: &str,
    effect: &str,
    confidence: f64,
    processor: Processor,
) -> Move {
    Move {
        id: id.into(),
        stage,
        applicability: Applicability::Automatic,
        because: vec![because.into()],
        reason: reason.into(),
        confidence,
        predicted_effect: effect.into(),
        processor,
    }
}

pub fn plan() -> Plan {
    let after = analysis(4.4, Some(-1.0));
    let eq = Processor::Eq {
        bands: vec![
            EqBand { shape: EqShape::Peak, center_hz: 240.0, gain_db: -2.2, q: 0.9 },
            EqBand { shape: EqShape::HighShelf, center_hz: 7500.0, gain_db: 2.5, q: 0.7 },
        ],
        phase: EqPhase::Minimum,
    };
    let width = Processor::Width { side_gain_db: 0.0, mono_below_hz: Some(120.0), balance_db: 0.0 };
    let glue = CompressorSettings {
        threshold_dbfs: -21.0,
        ratio: 1.6,
        knee_db: 8.0,
        attack_ms: 30.0,
        release_ms: 160.0,
        makeup_db: 0.0,
    };
    let limiter = Processor::Limiter {
        ceiling_dbtp: -1.0,
        gain_db: 4.4,
        lookahead_ms: 2.5,
        release_ms: 120.0,
        max_reduction_db: 4.0,
    };
    let mut moves = vec![
        a_move(
            "eq",
            MoveStage::Eq,
            "tone.bands[250].level_db",
            "the low mids stand out of the span of Pop and the top is dull",
            "250 Hz 3.1 dB closer to the middle of Pop, 8 kHz 2.4 dB",
            0.84,
            eq,
        ),
        a_move(
            "width",
            MoveStage::Stereo,
            "MONO002",
            "the bass cancels in mono",
            "0.8 LU less is lost in mono",
            0.72,
            width,
        ),
        a_move(
            "glue",
            MoveStage::Dynamics,
            "dynamics.crest_db",
            "the verses and choruses are further apart than is usual",
            "loudness range 0.9 LU smaller",
            0.46,
            Processor::Compressor(glue),
        ),
        a_move(
            "limiter",
            MoveStage::Loudness,
            "loudness.integrated_lufs",
            "4.4 LU below the target",
            "integrated loudness -14.0 LUFS, true peak -1.0 dBTP",
            0.95,
            limiter,
        ),
        a_move(
            "dither",
            MoveStage::Format,
            "bits",
            "the file is written with 16 bits",
            "noise at -93 dBFS instead of distortion",
            1.0,
            Processor::Dither { bits: 16, seed: 1 },
        ),
    ];
    moves[2].applicability = Applicability::OptIn;
    Plan {
        schema: "plan/1".into(),
        content_id: "xxh3:9f31d77e".into(),
        input: "Harbour Lights mix 7.wav".into(),
        profile: "pop".into(),
        delivery: "streaming".into(),
        target_lufs: Some(-14.0),
        ceiling_dbtp: -1.0,
        amount: 70.0,
        stage_amounts: Vec::new(),
        moves,
        predicted: Predicted {
            loudness: PredictedLoudness { integrated_lufs: Some(-14.0), range_lu: Some(7.2) },
            peaks: PredictedPeaks { true_peak_dbtp: Some(-1.0) },
            dynamics: PredictedDynamics { plr_lu: Some(13.0), crest_db: Some(14.2) },
            tone: PredictedTone {
                bands: after
                    .tone
                    .bands
                    .iter()
                    .filter_map(|band| Some(PredictedBand { center_hz: band.center_hz, level_db: band.level_db? }))
                    .collect(),
            },
        },
        unresolved: vec![Unresolved { because: "PEAK002".into(), advice: "clipping stays audible as a rasp on the snare: export the mix again with 3 dB less on the bus".into() }],
    }
}

pub fn render() -> Render {
    let mut random = Random(11);
    let reduction: Vec<f32> = (0..2120)
        .map(|tenth| {
            let at_s = f64::from(tenth) / 10.0;
            let loud = FORM.iter().any(|s| s.3 == SectionLabel::Loud && at_s >= s.0 && at_s < s.1);
            let depth = if loud { 1.3 + 0.9 * random.normal() } else { 0.25 * random.normal() - 0.2 };
            depth.clamp(0.0, 3.6) as f32
        })
        .collect();
    Render {
        schema: "render/1".into(),
        tool_version: "0.1.0".into(),
        integrity: Integrity::Ok,
        plan_id: None,
        plan: plan(),
        output: Output {
            path: "out/Harbour Lights (master).wav".into(),
            container: "wav".into(),
            codec: "pcm".to_string(),
            kbps: None,
            bits: Some(16),
            float: false,
            sample_rate_hz: 48000,
            frames: 212 * 48000,
            content_id: "xxh3:5ad0c2f1".into(),
            fingerprint: None,
        },
        before: analysis(0.0, None),
        after: analysis(4.4, Some(-1.0)),
        meters: vec![
            Meter {
                id: "eq".into(),
                gain_reduction_max_db: None,
                gain_reduction_mean_db: None,
                gain_reduction_db: Vec::new(),
            },
            Meter {
                id: "limiter".into(),
                gain_reduction_max_db: Some(3.6),
                gain_reduction_mean_db: Some(0.7),
                gain_reduction_db: reduction,
            },
        ],
        audibility: None,
        missed: Vec::new(),
        findings: Vec::new(),
    }
}

/// A mix with faults, checked, planned and rendered.
pub fn full() -> Documents {
    Documents {
        title: "Harbour Lights".into(),
        check: check_of(analysis(0.0, None), findings()),
        profile: profile(),
        delivery: delivery(),
        plan: Some(plan()),
        render: Some(render()),
        preview: Some(mixproof::pipeline::preview(&render().after, None)),
        listening: None,
    }
}

/// The kinds of songs that a report must be good for.
pub fn variants() -> Vec<(&'static str, Documents)> {
    let check_only = Documents { plan: None, render: None, ..full() };
    let plan_only = Documents { render: None, ..full() };

    let mut mono = analysis(0.0, None);
    mono.stereo = None;
    mono.source.channels = 1;
    mono.peaks.clipped.clear();
    mono.peaks.clipped_runs = 0;
    let mono =
        Documents { check: check_of(mono, findings()[4..].to_vec()), plan: None, render: None, ..full() };

    let mut short = analysis(0.0, None);
    short.source.duration_s = 0.7;
    short.source.frames = 33600;
    short.loudness = Loudness {
        momentary_lufs: vec![None, None, None, Some(-17.0), Some(-16.2), Some(-18.0), Some(-21.0)],
        ..Loudness::default()
    };
    short.peaks.true_peak_dbtp_series.truncate(7);
    short.peaks.clipped.clear();
    short.peaks.clipped_runs = 0;
    short.dynamics = Dynamics { crest_db: Some(14.0), ..Dynamics::default() };
    short.tone = Tone::default();
    short.sections.clear();
    short.defects.clicks.clear();
    let short = Documents { check: check_of(short, Vec::new()), plan: None, render: None, ..full() };

    let mut silent = analysis(0.0, None);
    silent.loudness =
        Loudness { momentary_lufs: vec![None; 50], short_term_lufs: vec![None; 50], ..Loudness::default() };
    silent.peaks = Peaks { true_peak_dbtp_series: vec![None; 50], ..Peaks::default() };
    silent.dynamics = Dynamics::default();
    silent.tone = Tone::default();
    silent.stereo = Some(Stereo::default());
    silent.defects = Defects::default();
    silent.sections.clear();
    silent.source.duration_s = 5.0;
    let nothing =
        finding("LOUD001", "silent-file", Severity::Fail, Fix::Mix, "the file is silent", "export it again");
    let silent = Documents { check: check_of(silent, vec![nothing]), plan: None, render: None, ..full() };

    let mut clean = full();
    clean.check = check_of(analysis(4.4, Some(-1.0)), Vec::new());
    clean.render = None;
    if let Some(plan) = &mut clean.plan {
        plan.moves.clear();
        plan.unresolved.clear();
    }

    let mut missed = full();
    if let Some(render) = &mut missed.render {
        render.missed.push(Missed {
            measure: "loudness.integrated_lufs".into(),
            predicted: -14.0,
            measured: -14.9,
            reason: "the limiter may take off 4 dB at most; a denser mix would be needed".into(),
        });
        render.findings.push(finding(
            "LOUD002",
            "off-target-loudness",
            Severity::Warn,
            Fix::Master,
            "0.9 LU below the target",
            "raise the limit of reduction",
        ));
    }
    vec![
        ("full", full()),
        ("check-only", check_only),
        ("plan-only", plan_only),
        ("mono", mono),
        ("short", short),
        ("silent", silent),
        ("clean", clean),
        ("missed", missed),
    ]
}
