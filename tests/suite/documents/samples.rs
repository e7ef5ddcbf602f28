//! One full document of every kind, for tests that need any: every list has an entry, every variant is used.

use mixproof::model::*;
use mixproof::units::{Quantity, Unit};
use std::collections::BTreeMap;

/// An analysis in which every list has an entry and nearly every field a value.
pub(crate) fn analysis() -> Analysis {
    let mark = |at_s: f64| Mark { at_s, duration_s: 0.06, channel: 1, strength_db: 41.5 };
    Analysis {
        schema: Analysis::schema_tag(),
        measures_rev: 1,
        meter: MeterKind::Mixproof,
        content_id: "xxh3:0123456789abcdef0123456789abcdef".into(),
        integrity: Integrity::LengthMismatch,
        source: Source {
            path: "mixes/Größe & \"quotes\".wav".into(),
            container: "wav".into(),
            codec: "pcm".into(),
            sample_rate_hz: 44_100,
            channels: 2,
            frames: 2_453_343,
            duration_s: 55.631_360_544_217_69,
            bits: Some(24),
            effective_bits: Some(16),
            declared_frames: None,
            non_finite_samples: 3,
            tags: BTreeMap::from([("title".into(), "Night drive".into())]),
        },
        loudness: Loudness {
            integrated_lufs: Some(-17.3),
            range_lu: None,
            momentary_max_lufs: Some(-12.25),
            short_term_max_lufs: Some(-14.9),
            momentary_lufs: vec![None, Some(-20.5), Some(-19.1)],
            short_term_lufs: vec![None, None, Some(-18.7)],
        },
        peaks: Peaks {
            sample_dbfs: Some(-4.15),
            true_peak_dbtp: Some(-4.1),
            true_peak_4x_dbtp: Some(-4.12),
            channels: vec![ChannelPeaks {
                sample_dbfs: Some(-4.15),
                true_peak_dbtp: Some(-4.1),
                true_peak_at_s: Some(41.465),
            }],
            true_peak_dbtp_series: vec![None, Some(-9.5)],
            clipped: vec![ClippedRun { start_s: 1.0, end_s: 1.001, channel: 0, samples: 44 }],
            clipped_runs: 1,
            over_count: 2,
        },
        dynamics: Dynamics {
            rms_dbfs: Some(-20.06),
            crest_db: Some(15.9),
            plr_lu: Some(13.2),
            psr_min_lu: Some(9.5),
            psr_p05_lu: Some(10.1),
            dr_db: Some(11.4),
            limited_db: None,
            bands: vec![CrestBand { center_hz: 1_000.0, crest_db: Some(14.0) }],
        },
        tone: Tone {
            bands: vec![ToneBand {
                center_hz: 31.5,
                level_db: Some(-41.0),
                p10_db: Some(-50.0),
                p50_db: Some(-43.0),
                p90_db: None,
            }],
            k_bands: vec![KBand {
                low_hz: 250.0,
                high_hz: 500.0,
                level_db: Some(-9.0),
                range_db: Some(7.0),
                side_to_mid_db: Some(-8.0),
            }],
            tilt_db_per_oct: Some(-4.5),
            bandwidth_hz: Some(20_500.0),
            sibilance_db: Some(1.5),
            resonances: vec![Resonance { center_hz: 2_440.0, height_db: 7.5, q: 22.0, share: 0.6 }],
        },
        stereo: Some(Stereo {
            correlation: Some(0.8),
            side_to_mid_db: Some(-9.5),
            balance_db: Some(-0.1),
            mono_loss_lu: Some(0.4),
            dual_mono: false,
            polarity_inverted: false,
            delay_s: None,
            bands: vec![StereoBand {
                center_hz: 63.0,
                correlation: Some(1.0),
                side_to_mid_db: Some(-42.0),
                mono_loss_db: Some(0.0),
            }],
        }),
        defects: Defects {
            dc_offset: vec![0.005, 0.005],
            leading_silence_s: 0.25,
            trailing_silence_s: 0.1,
            cut_start: false,
            cut_end: true,
            clicks: vec![mark(36.0975)],
            dropouts: vec![mark(17.5381)],
            discontinuities: vec![mark(2.0)],
            hum: Some(Hum { base_hz: 50.0, level_dbfs: -48.6, harmonics: 3 }),
            noise_floor_dbfs: Some(-71.0),
        },
        origin: Origin {
            lossy_suspect: Some(false),
            upsampled_suspect: None,
            padded_bits: Some(8),
            evidence: vec!["low 8 bits are zero".into()],
        },
        music: Music {
            tempo_bpm: Some(118.0),
            tempo_alternatives_bpm: vec![59.0, 236.0],
            tempo_confidence: Some(0.9),
            key: Some("A minor".into()),
            key_confidence: Some(0.7),
            energy: Some(0.55),
        },
        sections: vec![
            Section { start_s: 0.0, end_s: 8.4, loudness_lufs: Some(-22.0), label: SectionLabel::Quiet },
            Section { start_s: 8.4, end_s: 55.6, loudness_lufs: None, label: SectionLabel::Loud },
        ],
        pictures: Some(Pictures {
            spectrogram: Some(Spectrogram {
                step_s: 0.186,
                low_hz: 30.0,
                high_hz: 20_000.0,
                rows: 2,
                columns: 2,
                floor_db: -77.5,
                step_db: 1.25,
                levels: levels_to_text([0, 12, 63, 40].into_iter()),
            }),
            goniometer: Some(Goniometer {
                size: 2,
                edge_dbfs: -6.0,
                levels: levels_to_text([1, 63, 20, 0].into_iter()),
                direction_share: vec![0.1, 0.2, 0.4, 0.2, 0.1, 0.0],
            }),
        }),
    }
}

pub(crate) fn comparison() -> Comparison {
    let change = |measure: &str, measured_a, measured_b, change: f64, message: &str| Change {
        measure: measure.into(),
        measured_a,
        measured_b,
        change: Some(change),
        message: message.into(),
    };
    Comparison {
        schema: Comparison::schema_tag(),
        integrity: Integrity::LengthMismatch,
        a: analysis(),
        b: Some(Analysis { content_id: "xxh3:ffff456789abcdef0123456789abcdef".into(), ..analysis() }),
        relation: Relation::Revision,
        confidence: 0.97,
        offset_s: Some(0.28),
        drift_ppm: Some(-3.5),
        gain_db: Some(1.5),
        polarity_inverted: true,
        aligned_share: Some(0.9),
        changes: vec![change("loudness.integrated_lufs", Some(-17.3), Some(-15.8), 1.5, "1.5 LU louder")],
        sections: vec![SectionChange {
            start_s: 8.4,
            end_s: 55.6,
            label: SectionLabel::Loud,
            changes: vec![change("stereo.side_to_mid_db", None, None, -1.2, "1.2 dB narrower")],
        }],
        broke: vec![finding()],
        mended: vec![finding()],
        references: vec!["references/one.wav".into()],
        reference_profile: Some(profile()),
        deviations: vec![Deviation {
            measure: "loudness.integrated_lufs".into(),
            measured: -17.3,
            expected: Expected { low: -12.0, mid: -9.0, high: -7.5 },
            tolerances: -2.8,
            percentile: Some(0.1),
        }],
    }
}

pub(crate) fn profile() -> Profile {
    let span = Span { p10: -12.0, p50: -9.0, p90: -7.5 };
    Profile {
        schema: Profile::schema_tag(),
        name: "pop".into(),
        title: "Pop".into(),
        provenance: Provenance {
            tracks: 772,
            method: "mean of long-term spectra".into(),
            source: "a published data set".into(),
            licence: "CC BY 4.0".into(),
            confidence: Confidence::Medium,
        },
        measures_rev: 1,
        spans: BTreeMap::from([("loudness.integrated_lufs".into(), span)]),
        tone: ProfileTone {
            bands: vec![ProfileBand { center_hz: 1_000.0, level_db: -14.0, p10_db: -17.0, p90_db: -11.0 }],
            k_bands: vec![ProfileKBand {
                low_hz: 250.0,
                high_hz: 500.0,
                level_db: span,
                range_db: Some(span),
                side_to_mid_db: None,
            }],
        },
        width: vec![WidthBand { low_hz: 20.0, high_hz: 120.0, side_to_mid_db: span }],
        crest: vec![CrestSpan { center_hz: 125.0, crest_db: span }],
    }
}

pub(crate) fn delivery() -> Delivery {
    Delivery {
        schema: Delivery::schema_tag(),
        name: "a-service".into(),
        title: "A service (normal)".into(),
        integrated_lufs: Some(-14.0),
        tolerance_lu: 0.5,
        ceiling_dbtp: -1.0,
        short_term_max_lufs: Some(-9.0),
        sample_rates_hz: vec![44_100, 48_000],
        bits: vec![16, 24],
        channels: vec![1, 2],
        normalisation: Some(Normalisation {
            target_lufs: -14.0,
            raises: true,
            raises_until_dbtp: Some(-1.0),
            limits_at_dbfs: Some(-1.0),
            scope: NormalisationScope::Album,
            album_by: AlbumBy::LoudestTrack,
        }),
        mono_below_hz: Some(150.0),
        min_duration_s: Some(30.0),
        max_duration_s: None,
        max_edge_silence_s: None,
        tags: Vec::new(),
        source: "its help page".into(),
        checked_on: "2026-01-31".into(),
    }
}

pub(crate) fn finding() -> Finding {
    Finding {
        code: "DEF004".into(),
        name: "dropout".into(),
        severity: Severity::Warn,
        subject: "song with faults.wav".into(),
        message: "60 ms of silence inside the music".into(),
        measured: Some(Quantity::new(0.06, Unit::S)),
        expected: Some("no gap".into()),
        at: vec![TimeRange { start_s: 17.5381, end_s: 17.5981 }],
        fix: Fix::Mix,
        advice: "export the mix again".into(),
        confidence: 0.95,
    }
}

pub(crate) fn check() -> Check {
    Check {
        schema: Check::schema_tag(),
        analysis: analysis(),
        profile: "pop".into(),
        delivery: "a-service".into(),
        stage: Stage::Master,
        deviations: vec![Deviation {
            measure: "tone.bands[250].level_db".into(),
            measured: -7.5,
            expected: Expected { low: -14.0, mid: -11.5, high: -9.0 },
            tolerances: 1.6,
            percentile: Some(97.0),
        }],
        findings: vec![finding()],
    }
}

/// A plan with one move of every processor, so that each of them is written and read.
pub(crate) fn plan() -> Plan {
    let compressor = CompressorSettings {
        threshold_dbfs: -24.0,
        ratio: 1.5,
        knee_db: 6.0,
        attack_ms: 30.0,
        release_ms: 200.0,
        makeup_db: 0.5,
    };
    let band = |shape, center_hz| EqBand { shape, center_hz, gain_db: -1.5, q: 0.71 };
    let processors = [
        (MoveStage::Stereo, Processor::HighPass { frequency_hz: 20.0 }),
        (
            MoveStage::Eq,
            Processor::Eq {
                bands: vec![
                    band(EqShape::LowShelf, 90.0),
                    band(EqShape::Peak, 250.0),
                    band(EqShape::HighShelf, 9_000.0),
                ],
                phase: EqPhase::Minimum,
            },
        ),
        (MoveStage::Dynamics, Processor::Compressor(compressor.clone())),
        (
            MoveStage::Dynamics,
            Processor::Multiband { crossovers_hz: vec![200.0], bands: vec![compressor.clone(), compressor] },
        ),
        (
            MoveStage::Stereo,
            Processor::Width { side_gain_db: 0.5, mono_below_hz: Some(120.0), balance_db: -1.5 },
        ),
        (MoveStage::Stereo, Processor::SideEq { bands: vec![band(EqShape::HighShelf, 3_000.0)] }),
        (MoveStage::Loudness, Processor::Gain { gain_db: 2.0 }),
        (
            MoveStage::Loudness,
            Processor::Limiter {
                ceiling_dbtp: -1.0,
                gain_db: 4.3,
                lookahead_ms: 2.0,
                release_ms: 120.0,
                max_reduction_db: 6.0,
            },
        ),
        (MoveStage::Format, Processor::Dither { bits: 16, seed: u64::MAX }),
    ];
    let wills = [Applicability::Automatic, Applicability::OptIn, Applicability::Advice];
    Plan {
        schema: Plan::schema_tag(),
        content_id: "xxh3:0123456789abcdef0123456789abcdef".into(),
        input: "song.wav".into(),
        profile: "pop".into(),
        delivery: "a-service".into(),
        target_lufs: Some(-14.0),
        ceiling_dbtp: -1.0,
        amount: 100.0,
        stage_amounts: Vec::new(),
        moves: processors
            .into_iter()
            .enumerate()
            .map(|(index, (stage, processor))| Move {
                id: format!("move-{index}"),
                stage,
                applicability: wills[index % wills.len()],
                because: vec!["tone.bands[250].level_db".into(), "LOUD002".into()],
                reason: "250 Hz is 2.4 dB over the profile".into(),
                confidence: 0.8,
                predicted_effect: "250 Hz falls by 1.5 dB".into(),
                processor,
            })
            .collect(),
        predicted: Predicted {
            loudness: PredictedLoudness { integrated_lufs: Some(-14.0), range_lu: None },
            peaks: PredictedPeaks { true_peak_dbtp: Some(-1.0) },
            dynamics: PredictedDynamics { plr_lu: Some(13.0), crest_db: None },
            tone: PredictedTone { bands: vec![PredictedBand { center_hz: 250.0, level_db: -11.0 }] },
        },
        unresolved: vec![Unresolved { because: "DEF004".into(), advice: "export the mix again".into() }],
    }
}

pub(crate) fn render() -> Render {
    Render {
        schema: Render::schema_tag(),
        tool_version: "0.1.0".into(),
        integrity: Integrity::Ok,
        plan_id: None,
        plan: plan(),
        output: Output {
            path: "song.master.wav".into(),
            container: "wav".into(),
            codec: "pcm".to_string(),
            kbps: None,
            bits: Some(24),
            float: false,
            sample_rate_hz: 44_100,
            frames: 2_453_343,
            content_id: "xxh3:fedcba9876543210fedcba9876543210".into(),
            fingerprint: None,
        },
        before: analysis(),
        after: analysis(),
        meters: vec![Meter {
            id: "limiter".into(),
            gain_reduction_max_db: Some(3.1),
            gain_reduction_mean_db: None,
            gain_reduction_db: vec![0.0, 1.25],
        }],
        audibility: None,
        missed: vec![Missed {
            measure: "loudness.integrated_lufs".into(),
            predicted: -14.0,
            measured: -14.6,
            reason: "the bound on gain reduction was reached".into(),
        }],
        findings: vec![finding()],
    }
}

/// A preview in which every list has an entry.
pub(crate) fn preview() -> Preview {
    Preview {
        schema: Preview::schema_tag(),
        measures_rev: 1,
        path: "mixes/song.wav".into(),
        content_id: "xxh3:0123456789abcdef0123456789abcdef".into(),
        integrity: Integrity::Ok,
        integrated_lufs: Some(-9.5),
        true_peak_dbtp: Some(-0.25),
        platforms: vec![PlatformPlayback {
            delivery: "spotify".into(),
            title: "Spotify (normal)".into(),
            target_lufs: -14.0,
            gain_db: -4.5,
            integrated_lufs: -14.0,
            true_peak_dbtp: -4.75,
            scope: NormalisationScope::Album,
            held_by: Some(GainHeld::TruePeak),
            limited_db: Some(1.5),
            set_by: Some("mixes/loud.wav".into()),
            source: "somewhere".into(),
            checked_on: "2026-11-22".into(),
        }],
        codecs: vec![CodecPlayback {
            codec: "vorbis".into(),
            title: "Ogg Vorbis (Spotify, high)".into(),
            encoder: "libvorbis".into(),
            bitrate_kbps: 160.0,
            true_peak_dbtp: Some(0.75),
            over_count: 12,
            worst_at_s: Some(31.5),
            bandwidth_hz: Some(19_500.0),
            clean_ceiling_dbtp: None,
        }],
        missing_codecs: vec![MissingCodec { codec: "opus".into(), how: "build with it".into() }],
        devices: vec![DevicePlayback {
            device: "phone".into(),
            title: "Phone speaker".into(),
            loudness_lost_lu: 3.25,
            kick_kept_share: 0.001,
            bass_kept_share: 0.03,
            mono_loss_lu: 0.5,
            low_db: -24.5,
            mid_db: 0.75,
            high_db: 1.25,
            source: "data sheets".into(),
            limits: "it is a model".into(),
        }],
        findings: vec![Finding {
            code: "PREV001".into(),
            name: "codec-overs".into(),
            severity: Severity::Info,
            subject: "Ogg Vorbis (Spotify, high)".into(),
            message: "lifts the true peak".into(),
            measured: None,
            expected: None,
            at: Vec::new(),
            fix: Fix::Master,
            advice: "lower the ceiling".into(),
            confidence: 0.95,
        }],
    }
}
