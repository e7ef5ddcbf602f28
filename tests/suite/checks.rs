//! The registry of checks and its guards, and one firing and one silent case per check.

use mixproof::checks::{self, CHECKS, Context, FAMILIES, RETIRED, Selection};
use mixproof::compare::compare;
use mixproof::model::{
    Analysis, ChannelPeaks, ClippedRun, Confidence, CrestBand, CrestSpan, Defects, Delivery, Dynamics,
    Finding, Fix, Hum, Integrity, KBand, Loudness, MEASURES_REV, Mark, MeterKind, Music, Origin, Peaks,
    Persisted, Profile, Resonance, Section, SectionLabel, Severity, Source, Span, Stage, Stereo, StereoBand,
    Tone, ToneBand,
};
use mixproof::profiles;
use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;

/// A file with what it is measured against.
pub(crate) struct Case {
    pub(crate) analysis: Analysis,
    pub(crate) profile: Profile,
    pub(crate) delivery: Delivery,
    pub(crate) stage: Stage,
}

impl Case {
    fn findings(&self) -> Vec<Finding> {
        self.selected(&Selection::default())
    }

    fn selected(&self, selection: &Selection) -> Vec<Finding> {
        let deviations = compare(&self.analysis, &self.profile);
        let cx = Context {
            analysis: &self.analysis,
            deviations: &deviations,
            profile: &self.profile,
            delivery: &self.delivery,
            stage: self.stage,
        };
        checks::run_selected(&cx, selection)
    }

    fn stereo(&mut self) -> &mut Stereo {
        self.analysis.stereo.as_mut().unwrap()
    }

    fn mix(&mut self) {
        self.stage = Stage::Mix;
    }

    fn deliver(&mut self, name: &str) {
        self.delivery = profiles::delivery(name).unwrap();
    }
}

/// A clean master of popular music: four minutes, 24 bit, in the middle of its profile, on target.
pub(crate) fn clean() -> Case {
    let profile = profiles::profile("popular").unwrap();
    let tone_bands = profile.tone.bands.iter().map(|band| ToneBand {
        center_hz: band.center_hz,
        level_db: Some(band.level_db),
        p10_db: Some(band.level_db - 6.0),
        p50_db: Some(band.level_db - 1.0),
        p90_db: Some(band.level_db + 3.0),
    });
    let k_bands = profile.tone.k_bands.iter().map(|band| KBand {
        low_hz: band.low_hz,
        high_hz: band.high_hz,
        level_db: Some(band.level_db.p50),
        range_db: band.range_db.map(|span| span.p50),
        side_to_mid_db: band.side_to_mid_db.map(|span| span.p50),
    });
    let stereo_bands = profile.tone.bands.iter().map(|band| {
        let low = band.center_hz < 140.0;
        StereoBand {
            center_hz: band.center_hz,
            correlation: Some(if low { 0.97 } else { 0.7 }),
            side_to_mid_db: Some(if low { -18.0 } else { -7.5 }),
            mono_loss_db: Some(if low { 0.07 } else { 0.7 }),
        }
    });
    let channel =
        ChannelPeaks { sample_dbfs: Some(-1.7), true_peak_dbtp: Some(-1.5), true_peak_at_s: Some(92.4) };
    let section = |start_s, end_s, lufs, label| Section { start_s, end_s, loudness_lufs: Some(lufs), label };
    let analysis = Analysis {
        schema: Analysis::schema_tag(),
        measures_rev: MEASURES_REV,
        meter: MeterKind::Mixproof,
        content_id: "test:clean".into(),
        integrity: Integrity::Ok,
        source: Source {
            path: "songs/Quiet Riverbed - Evening (master).wav".into(),
            container: "wav".into(),
            codec: "pcm".into(),
            sample_rate_hz: 44_100,
            channels: 2,
            frames: 44_100 * 240,
            duration_s: 240.0,
            bits: Some(24),
            effective_bits: Some(24),
            declared_frames: Some(44_100 * 240),
            non_finite_samples: 0,
            tags: BTreeMap::from([
                ("title".to_string(), "Evening".to_string()),
                ("artist".to_string(), "Quiet Riverbed".to_string()),
            ]),
        },
        loudness: Loudness {
            integrated_lufs: Some(-13.5),
            range_lu: Some(6.2),
            momentary_max_lufs: Some(-10.0),
            short_term_max_lufs: Some(-11.2),
            momentary_lufs: vec![Some(-13.5); 2400],
            short_term_lufs: vec![Some(-13.5); 2400],
        },
        peaks: Peaks {
            sample_dbfs: Some(-1.7),
            true_peak_dbtp: Some(-1.5),
            true_peak_4x_dbtp: Some(-1.5),
            channels: vec![channel.clone(), channel],
            true_peak_dbtp_series: vec![Some(-2.0); 2400],
            clipped: Vec::new(),
            clipped_runs: 0,
            over_count: 0,
        },
        dynamics: Dynamics {
            rms_dbfs: Some(-15.0),
            crest_db: Some(13.3),
            plr_lu: Some(12.0),
            psr_min_lu: Some(8.5),
            psr_p05_lu: Some(9.0),
            dr_db: Some(9.0),
            limited_db: Some(1.0),
            bands: vec![CrestBand { center_hz: 63.0, crest_db: Some(14.0) }],
        },
        tone: Tone {
            bands: tone_bands.collect(),
            k_bands: k_bands.collect(),
            tilt_db_per_oct: Some(profile.spans["tone.tilt_db_per_oct"].p50),
            bandwidth_hz: Some(20_500.0),
            sibilance_db: Some(1.5),
            resonances: Vec::new(),
        },
        stereo: Some(Stereo {
            correlation: Some(0.75),
            side_to_mid_db: Some(-8.5),
            balance_db: Some(0.2),
            mono_loss_lu: Some(0.6),
            dual_mono: false,
            polarity_inverted: false,
            delay_s: None,
            bands: stereo_bands.collect(),
        }),
        defects: Defects {
            dc_offset: vec![0.0001, -0.0001],
            leading_silence_s: 0.2,
            trailing_silence_s: 1.5,
            noise_floor_dbfs: Some(-62.0),
            ..Defects::default()
        },
        origin: Origin {
            lossy_suspect: Some(false),
            upsampled_suspect: None,
            padded_bits: None,
            evidence: Vec::new(),
        },
        music: Music::default(),
        sections: vec![
            section(0.0, 60.0, -16.0, SectionLabel::Quiet),
            section(60.0, 180.0, -13.0, SectionLabel::Normal),
            section(180.0, 240.0, -11.5, SectionLabel::Loud),
        ],
        pictures: None,
    };
    Case { analysis, profile, delivery: profiles::delivery("spotify").unwrap(), stage: Stage::Master }
}

#[test]
fn a_clean_song_is_silent_as_mix_and_as_master() {
    for stage in [Stage::Mix, Stage::Master] {
        let mut case = clean();
        case.stage = stage;
        assert_eq!(case.findings(), Vec::new(), "{stage:?}");
    }
}

type Change = fn(&mut Case);

fn mark(at_s: f64) -> Mark {
    Mark { at_s, duration_s: 0.001, channel: 0, strength_db: 40.0 }
}

fn level(case: &mut Case, low_hz: f64, high_hz: f64, change_db: f64) {
    for band in
        case.analysis.tone.bands.iter_mut().filter(|band| (low_hz..=high_hz).contains(&band.center_hz))
    {
        band.level_db = band.level_db.map(|level_db| level_db + change_db);
    }
}

fn k_level(case: &mut Case, low_hz: f64, high_hz: f64, change_db: f64) {
    for band in &mut case.analysis.tone.k_bands {
        if band.low_hz >= low_hz && band.high_hz <= high_hz {
            band.level_db = band.level_db.map(|level_db| level_db + change_db);
        }
    }
}

fn k_width(case: &mut Case, change_db: f64) {
    for band in &mut case.analysis.tone.k_bands {
        band.side_to_mid_db = band.side_to_mid_db.map(|width_db| width_db + change_db);
    }
}

fn loudness(case: &mut Case, lufs: f64) {
    case.analysis.loudness.integrated_lufs = Some(lufs);
}

fn lossy(case: &mut Case) {
    case.analysis.source.codec = "mp3".into();
    case.analysis.source.bits = None;
}

fn float(case: &mut Case) {
    case.analysis.source.codec = "pcm_float".into();
    case.analysis.source.bits = Some(32);
}

fn stereo_band(case: &mut Case, center_hz: f64, change: fn(&mut StereoBand)) {
    change(case.stereo().bands.iter_mut().find(|band| band.center_hz == center_hz).unwrap());
}

/// A fade-out of so many dB per second, which ends so far below the song.
fn fade(case: &mut Case, db_per_s: f64, down_lu: f64) {
    let entries = (10.0 * down_lu / db_per_s) as usize;
    let count = case.analysis.loudness.momentary_lufs.len();
    for (step, entry) in case.analysis.loudness.momentary_lufs[count - entries..].iter_mut().enumerate() {
        *entry = Some((-13.5 - db_per_s * (step + 1) as f64 / 10.0) as f32);
    }
}

fn clipped(case: &mut Case, runs: u64, samples: u64) {
    let run = ClippedRun { start_s: 10.0, end_s: 10.1, channel: 0, samples };
    case.analysis.peaks.clipped = vec![run; runs.min(1000) as usize];
    case.analysis.peaks.clipped_runs = runs;
}

/// For every code, in the order of the registry: a change that makes the clean song fire, and one that stays silent.
const CASES: &[(&str, Change, Change)] = &[
    ("LOUD001", |c| c.analysis.peaks.sample_dbfs = None, |c| c.analysis.peaks.sample_dbfs = Some(-36.0)),
    (
        "LOUD002",
        |c| {
            c.deliver("ebu-r128");
            loudness(c, -22.0);
        },
        // Louder than a service plays is not off target; nor is quiet where the service can raise it.
        |c| {
            loudness(c, -17.0);
            c.analysis.peaks.true_peak_dbtp = Some(-5.0);
        },
    ),
    (
        "LOUD003",
        |c| c.analysis.loudness.range_lu = Some(18.0),
        |c| {
            c.profile = profiles::profile("classical").unwrap();
            c.analysis.loudness.range_lu = Some(15.0);
        },
    ),
    ("LOUD004", |c| loudness(c, -24.0), |c| loudness(c, -9.0)),
    (
        "LOUD005",
        |c| c.analysis.sections[1].loudness_lufs = Some(-32.0),
        |c| c.analysis.sections[1].loudness_lufs = Some(-22.0),
    ),
    (
        "LOUD006",
        |c| c.delivery.short_term_max_lufs = Some(-18.0),
        |c| c.delivery.short_term_max_lufs = Some(-11.2),
    ),
    (
        "LOUD007",
        |c| {
            c.analysis.source.bits = Some(16);
            c.analysis.peaks.sample_dbfs = Some(-30.0);
        },
        |c| c.analysis.peaks.sample_dbfs = Some(-30.0),
    ),
    ("LOUD008", |c| loudness(c, -9.0), |c| loudness(c, -13.1)),
    (
        "LOUD009",
        |c| c.analysis.loudness.momentary_lufs[1000..1100].fill(None),
        // A short stop, and long silence at the end, are no holes.
        |c| {
            c.analysis.loudness.momentary_lufs[1000..1040].fill(None);
            c.analysis.loudness.momentary_lufs[2000..].fill(None);
        },
    ),
    (
        "PEAK001",
        |c| c.analysis.peaks.true_peak_dbtp = Some(-0.9),
        |c| c.analysis.peaks.true_peak_dbtp = Some(-0.96),
    ),
    ("PEAK002", |c| clipped(c, 1, 3), |c| clipped(c, 0, 0)),
    (
        "PEAK003",
        |c| {
            c.analysis.peaks.over_count = 7;
            c.analysis.peaks.true_peak_dbtp = Some(0.4);
            c.analysis.peaks.true_peak_dbtp_series[100] = Some(0.4);
        },
        |c| c.analysis.peaks.true_peak_dbtp = Some(-0.1),
    ),
    (
        // A limited mix that was turned down to −6 dBTP.
        "PEAK004",
        |c| {
            c.mix();
            c.analysis.peaks.true_peak_dbtp = Some(-6.0);
            c.analysis.dynamics.plr_lu = Some(8.0);
            c.analysis.dynamics.limited_db = Some(4.0);
        },
        // A mix of −14 LUFS with 12.5 dB from loudness to peak is fine.
        |c| {
            c.mix();
            loudness(c, -14.0);
            c.analysis.dynamics.plr_lu = Some(12.5);
        },
    ),
    (
        "PEAK005",
        |c| {
            float(c);
            c.analysis.peaks.sample_dbfs = Some(1.2);
        },
        |c| c.analysis.peaks.sample_dbfs = Some(0.0),
    ),
    (
        "PEAK006",
        |c| {
            loudness(c, -18.0);
            c.analysis.peaks.true_peak_dbtp = Some(-6.0);
        },
        |c| c.analysis.peaks.true_peak_dbtp = Some(-6.0),
    ),
    ("DYN001", |c| c.analysis.dynamics.plr_lu = Some(5.0), |c| c.analysis.dynamics.plr_lu = Some(8.2)),
    (
        "DYN002",
        |c| c.analysis.dynamics.plr_lu = Some(6.5),
        // A mix may be as open as it likes.
        |c| {
            c.mix();
            c.analysis.dynamics.plr_lu = Some(19.0);
        },
    ),
    (
        "DYN003",
        |c| c.analysis.dynamics.psr_min_lu = Some(3.5),
        |c| c.analysis.dynamics.psr_min_lu = Some(6.1),
    ),
    (
        "DYN004",
        |c| {
            c.profile
                .crest
                .push(CrestSpan { center_hz: 63.0, crest_db: Span { p10: 17.0, p50: 20.0, p90: 23.0 } })
        },
        |c| {
            c.profile
                .crest
                .push(CrestSpan { center_hz: 63.0, crest_db: Span { p10: 12.0, p50: 15.0, p90: 23.0 } })
        },
    ),
    (
        "DYN005",
        |c| {
            c.analysis.dynamics.dr_db = Some(4.0);
            c.analysis.dynamics.plr_lu = Some(9.0);
        },
        // One steady sound with high peaks: nothing was limited.
        |c| {
            c.analysis.dynamics.dr_db = Some(4.0);
            c.analysis.dynamics.plr_lu = Some(20.0);
        },
    ),
    (
        "DYN006",
        |c| c.analysis.tone.k_bands[0].range_db = Some(29.0),
        |c| c.analysis.tone.k_bands[0].range_db = Some(20.0),
    ),
    ("TONE001", |c| level(c, 240.0, 330.0, 9.0), |c| level(c, 240.0, 330.0, 2.0)),
    (
        "TONE002",
        |c| level(c, 19.0, 26.0, 32.0),
        // Quiet everywhere is no rumble.
        |c| level(c, 19.0, 20_500.0, -6.0),
    ),
    (
        "TONE003",
        |c| {
            c.analysis.tone.resonances.push(Resonance {
                center_hz: 1230.0,
                height_db: 12.0,
                q: 20.0,
                share: 0.9,
            })
        },
        // A bass note, and a peak that comes and goes.
        |c| {
            c.analysis.tone.resonances.push(Resonance {
                center_hz: 82.0,
                height_db: 14.0,
                q: 20.0,
                share: 0.9,
            });
            c.analysis.tone.resonances.push(Resonance {
                center_hz: 900.0,
                height_db: 14.0,
                q: 20.0,
                share: 0.2,
            });
        },
    ),
    ("TONE004", |c| k_level(c, 4300.0, 12_300.0, -16.0), |c| k_level(c, 4300.0, 12_300.0, -2.0)),
    ("TONE005", |c| k_level(c, 4300.0, 12_300.0, 7.0), |c| k_level(c, 4300.0, 12_300.0, 2.0)),
    (
        "TONE006",
        |c| {
            k_level(c, 4300.0, 12_300.0, 3.0);
            c.analysis.tone.sibilance_db = Some(9.0);
        },
        // Bright, but steady.
        |c| k_level(c, 4300.0, 12_300.0, 3.0),
    ),
    (
        "TONE007",
        |c| c.analysis.tone.bandwidth_hz = Some(11_000.0),
        |c| {
            c.analysis.tone.bandwidth_hz = Some(11_000.0);
            c.analysis.source.sample_rate_hz = 22_050;
        },
    ),
    ("TONE008", |c| k_level(c, 0.0, 149.0, 7.0), |c| k_level(c, 0.0, 149.0, -1.5)),
    (
        "TONE009",
        // A mountain in the middle: nothing below, nothing above.
        |c| {
            k_level(c, 0.0, 400.0, -25.0);
            k_level(c, 2500.0, 22_050.0, -25.0);
        },
        // One region far off is a fault of that region and not another kind of music.
        |c| k_level(c, 4000.0, 22_050.0, 20.0),
    ),
    ("MONO001", |c| c.stereo().mono_loss_lu = Some(5.0), |c| c.stereo().mono_loss_lu = Some(3.0)),
    (
        "MONO002",
        |c| stereo_band(c, 250.0, |band| band.mono_loss_db = Some(9.0)),
        // At 20 kHz there is nothing that could be lost.
        |c| stereo_band(c, 20_000.0, |band| band.mono_loss_db = Some(9.0)),
    ),
    (
        "MONO003",
        |c| stereo_band(c, 80.0, |band| band.correlation = Some(-0.4)),
        |c| stereo_band(c, 200.0, |band| band.correlation = Some(-0.1)),
    ),
    (
        "MONO004",
        |c| {
            c.deliver("vinyl");
            stereo_band(c, 100.0, |band| band.side_to_mid_db = Some(-4.0));
        },
        |c| stereo_band(c, 100.0, |band| band.side_to_mid_db = Some(-4.0)),
    ),
    ("STER001", |c| c.stereo().balance_db = Some(-2.6), |c| c.stereo().balance_db = Some(0.9)),
    ("STER002", |c| c.stereo().dual_mono = true, |c| c.analysis.stereo = None),
    (
        "STER003",
        |c| c.analysis.peaks.channels[1].sample_dbfs = None,
        |c| c.analysis.peaks.channels[1].sample_dbfs = Some(-30.0),
    ),
    ("STER004", |c| c.stereo().polarity_inverted = true, |c| c.stereo().correlation = Some(-0.1)),
    ("STER005", |c| c.stereo().delay_s = Some(-0.0007), |c| c.stereo().delay_s = Some(0.00005)),
    ("STER006", |c| k_width(c, 9.0), |c| k_width(c, 2.0)),
    ("STER007", |c| k_width(c, -11.0), |c| k_width(c, -3.0)),
    ("STER008", |c| c.stereo().correlation = Some(-0.3), |c| c.stereo().correlation = Some(0.05)),
    (
        "DEF001",
        |c| c.analysis.defects.dc_offset = vec![0.0, -0.02],
        |c| c.analysis.defects.dc_offset = vec![0.0005],
    ),
    (
        "DEF002",
        |c| c.analysis.defects.clicks.push(mark(61.5)),
        |c| c.analysis.defects.discontinuities.push(mark(61.5)),
    ),
    (
        "DEF003",
        |c| c.analysis.defects.dropouts.push(mark(61.5)),
        |c| c.analysis.defects.clicks.push(mark(61.5)),
    ),
    (
        "DEF004",
        |c| c.analysis.defects.discontinuities.push(mark(61.5)),
        |c| c.analysis.defects.clicks.push(mark(61.5)),
    ),
    (
        "DEF005",
        |c| c.analysis.defects.hum = Some(Hum { base_hz: 50.0, level_dbfs: -45.0, harmonics: 4 }),
        // A bass note has a base and perhaps an octave.
        |c| c.analysis.defects.hum = Some(Hum { base_hz: 49.0, level_dbfs: -20.0, harmonics: 2 }),
    ),
    ("DEF006", |c| c.analysis.defects.cut_start = true, |c| c.analysis.defects.cut_end = true),
    ("DEF007", |c| c.analysis.defects.cut_end = true, |c| c.analysis.defects.cut_start = true),
    (
        "DEF008",
        |c| c.analysis.defects.leading_silence_s = 4.0,
        // In a mix, room in front is fine.
        |c| {
            c.mix();
            c.analysis.defects.leading_silence_s = 4.0;
        },
    ),
    (
        "DEF009",
        |c| c.analysis.defects.trailing_silence_s = 9.0,
        |c| c.analysis.defects.trailing_silence_s = 4.0,
    ),
    (
        "DEF010",
        |c| {
            c.analysis.loudness.range_lu = Some(18.0);
            // Three seconds of hiss between two songs, 26 LU under them.
            c.analysis.loudness.momentary_lufs[1200..1230].fill(Some(-40.0));
        },
        // Quiet music moves.
        |c| {
            c.analysis.loudness.range_lu = Some(18.0);
            for (entry, lufs) in c.analysis.loudness.momentary_lufs[1200..1230].iter_mut().enumerate() {
                *lufs = Some(-40.0 - (entry % 5) as f32 * 0.5);
            }
        },
    ),
    (
        "DEF011",
        // Six decibels per second, broken off 12 LU under the song.
        |c| fade(c, 6.0, 12.0),
        // The same fade, down to silence.
        |c| fade(c, 6.0, 60.0),
    ),
    (
        "ORIG001",
        |c| c.analysis.origin.lossy_suspect = Some(true),
        // A file that says it is lossy is not under suspicion.
        |c| {
            lossy(c);
            c.analysis.origin.lossy_suspect = Some(true);
        },
    ),
    (
        "ORIG002",
        |c| c.analysis.origin.upsampled_suspect = Some(true),
        |c| c.analysis.origin.upsampled_suspect = Some(false),
    ),
    ("ORIG003", |c| c.analysis.origin.padded_bits = Some(8), |c| c.analysis.origin.padded_bits = Some(0)),
    ("ORIG004", lossy, float),
    (
        "FILE001",
        |c| {
            c.analysis.integrity = Integrity::Truncated;
            c.analysis.source.declared_frames = Some(44_100 * 300);
        },
        |c| c.analysis.integrity = Integrity::LengthMismatch,
    ),
    (
        "FILE002",
        |c| c.analysis.integrity = Integrity::LengthMismatch,
        |c| c.analysis.integrity = Integrity::Truncated,
    ),
    (
        "FILE003",
        |c| {
            c.analysis.integrity = Integrity::NonFinite;
            c.analysis.source.non_finite_samples = 3;
        },
        |c| c.analysis.integrity = Integrity::Truncated,
    ),
    (
        "FILE004",
        |c| {
            c.deliver("cd");
            c.analysis.source.sample_rate_hz = 48_000;
        },
        |c| c.analysis.source.sample_rate_hz = 48_000,
    ),
    ("FILE005", float, |c| c.analysis.source.bits = Some(16)),
    (
        "FILE006",
        |c| {
            c.deliver("cd");
            c.analysis.source.channels = 1;
        },
        |c| c.analysis.source.channels = 1,
    ),
    (
        "FILE007",
        |c| c.analysis.source.path = "songs/final mix FINAL?.wav".into(),
        |c| c.analysis.source.path = "a: folder?/07 Übermorgen (mix 3).flac".into(),
    ),
    (
        "FILE008",
        // A disc wants the ISRC, too.
        |c| c.deliver("cd"),
        // A broadcaster reads no tags.
        |c| {
            c.deliver("ebu-r128");
            c.analysis.source.tags.clear();
        },
    ),
    (
        "FILE009",
        |c| c.analysis.source.duration_s = 24.0,
        |c| {
            c.deliver("none");
            c.analysis.source.duration_s = 24.0;
        },
    ),
    ("FILE010", |c| c.analysis.source.sample_rate_hz = 32_000, |c| c.analysis.source.sample_rate_hz = 96_000),
    (
        "FILE011",
        |c| drop(c.analysis.source.tags.insert("isrc".into(), "DE-X01-26-123".into())),
        |c| drop(c.analysis.source.tags.insert("isrc".into(), "DE-X01-26-00123".into())),
    ),
    (
        "FILE012",
        |c| {
            c.mix();
            c.analysis.source.bits = Some(16);
        },
        |c| c.analysis.source.bits = Some(16),
    ),
    (
        "FILE013",
        |c| {
            c.deliver("cd");
            c.analysis.source.duration_s = 4900.0;
        },
        |c| {
            c.deliver("cd");
            c.analysis.source.duration_s = 4700.0;
        },
    ),
];

fn changed(change: Change) -> Vec<Finding> {
    let mut case = clean();
    change(&mut case);
    case.findings()
}

#[test]
fn every_check_has_a_firing_and_a_silent_case() {
    let coded: Vec<&str> = CASES.iter().map(|(code, ..)| *code).collect();
    let registered: Vec<&str> = CHECKS.iter().map(|check| check.code).collect();
    assert_eq!(coded, registered);
    for (code, fires, silent) in CASES {
        assert!(changed(*fires).iter().any(|finding| finding.code == *code), "{code} should fire");
        let wrong: Vec<Finding> =
            changed(*silent).into_iter().filter(|finding| finding.code == *code).collect();
        assert!(wrong.is_empty(), "{code} should be silent: {wrong:?}");
    }
}

#[test]
fn messages_and_advice_keep_the_convention() {
    for finding in CASES.iter().flat_map(|(_, fires, _)| changed(*fires)) {
        let check = checks::find(&finding.code).unwrap();
        let text = format!("{}: {}", finding.code, finding.message);
        assert!(!finding.message.starts_with(char::is_uppercase), "{text}");
        assert!(!finding.message.ends_with('.') && !finding.advice.ends_with('.'), "{text}");
        assert!(!finding.message.contains('\n') && !finding.message.contains("  "), "{text}");
        let both = format!("{} {}", finding.message, finding.advice);
        for slip in ["-0.0 ", "by up to 0.0", " 0 Hz", "1 times", "1 tolerances", " 1 clicks"] {
            assert!(!both.contains(slip), "{text}: {slip}");
        }
        assert!(!finding.message.contains("NaN") && !finding.message.contains("inf "), "{text}");
        assert!(!finding.advice.is_empty(), "{text}: no advice");
        assert!(finding.expected.is_some(), "{text}: nothing expected");
        assert!(finding.severity <= check.severity, "{text}: worse than declared");
        assert_eq!(finding.name, check.name);
        assert!((0.0..=1.0).contains(&finding.confidence), "{text}");
        assert!(finding.at.len() <= 20, "{text}");
        assert!(!finding.subject.contains('/'), "{text}: the subject is a file name");
    }
}

#[test]
fn every_file_is_registered_under_its_own_name() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/checks");
    let helpers = ["mod.rs", "context.rs", "documentation.rs", "registry.rs"];
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| !helpers.contains(&name.as_str()))
        .collect();
    files.sort();
    let mut registered: Vec<String> =
        CHECKS.iter().map(|check| format!("{}.rs", check.name.replace('-', "_"))).collect();
    registered.sort();
    assert_eq!(files, registered);
    for check in CHECKS {
        assert!(
            check.file.ends_with(&format!("src/checks/{}.rs", check.name.replace('-', "_"))),
            "{}",
            check.file
        );
    }
}

#[test]
fn codes_and_names_are_unique_and_well_formed() {
    let mut seen = HashSet::new();
    for check in CHECKS {
        let digits = &check.code[check.family().len()..];
        assert!(digits.len() == 3 && digits.chars().all(|digit| digit.is_ascii_digit()), "{}", check.code);
        assert!(FAMILIES.iter().any(|(family, _)| *family == check.family()), "{}", check.code);
        assert!(
            check.name.chars().all(|letter| letter.is_ascii_lowercase() || letter == '-'),
            "{}",
            check.name
        );
        assert!(seen.insert(check.code) && seen.insert(check.name), "{} twice", check.code);
        assert!(!RETIRED.iter().any(|(code, _)| *code == check.code), "{} was retired", check.code);
        assert_eq!(check.since.split('.').count(), 3);
    }
    let families: Vec<&str> = CHECKS.iter().map(|check| check.family()).collect();
    let order: Vec<usize> = families
        .iter()
        .map(|family| FAMILIES.iter().position(|(known, _)| known == family).unwrap())
        .collect();
    assert!(order.is_sorted(), "the registry is in the order of the families");
}

#[test]
fn every_check_is_documented_under_four_headings() {
    for check in CHECKS {
        let text = check.explanation();
        let headings: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("### ")).collect();
        assert_eq!(
            headings,
            ["What it measures", "Why it matters", "What to do", "References"],
            "{}",
            check.code
        );
        for part in text.split("### ").skip(1) {
            let body = part.split_once('\n').map_or("", |(_, body)| body.trim());
            assert!(body.len() > 10 && body.ends_with(['.', '?']), "{}: {part}", check.code);
        }
        assert_eq!(checks::explain(check.code).unwrap(), checks::explain(check.name).unwrap());
    }
}

#[test]
fn docs_checks_is_what_the_checks_say() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/checks.md");
    if std::env::var_os("BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, checks::markdown()).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default().replace('\r', "");
    assert!(written == checks::markdown(), "docs/checks.md is stale: BLESS=1 cargo test checks");
}

#[test]
fn selection_goes_by_code_name_and_family() {
    let mut case = clean();
    case.analysis.peaks.true_peak_dbtp = Some(0.5);
    case.analysis.peaks.over_count = 3;
    case.stereo().balance_db = Some(4.0);
    let codes = |select: &[&str], ignore: &[&str]| -> Vec<String> {
        let words = |list: &[&str]| list.iter().map(|word| word.to_string()).collect();
        let selection = Selection { select: words(select), ignore: words(ignore) };
        selection.validate().unwrap();
        case.selected(&selection).into_iter().map(|finding| finding.code).collect()
    };
    assert_eq!(codes(&[], &[]), ["PEAK001", "PEAK003", "STER001"]);
    assert_eq!(codes(&["peak"], &[]), ["PEAK001", "PEAK003"]);
    assert_eq!(codes(&["channel-imbalance", "PEAK003"], &[]), ["PEAK003", "STER001"]);
    assert_eq!(codes(&["PEAK"], &["inter-sample-overs"]), ["PEAK001"]);
    assert_eq!(codes(&[], &["PEAK", "STER"]), Vec::<String>::new());
    let wrong = Selection { select: vec!["true-peak-over-ceilng".into()], ignore: Vec::new() };
    assert!(wrong.validate().unwrap_err().to_string().contains("true-peak-over-ceiling"));
    assert!(checks::find("PEAK999").is_err());
}

#[test]
fn severity_depends_on_stage_genre_and_degree() {
    let severity = |change: Change, code: &str| {
        changed(change).into_iter().find(|finding| finding.code == code).map(|finding| finding.severity)
    };
    // Mastering sets the loudness: a quiet mix is never more than good to know.
    let unaimed: Change = |c| {
        c.deliver("none");
        loudness(c, -35.0);
    };
    assert_eq!(severity(unaimed, "LOUD004"), Some(Severity::Warn));
    // A delivery with a target judges by that.
    assert_eq!(severity(|c| loudness(c, -35.0), "LOUD004"), Some(Severity::Info));
    let quiet_mix: Change = |c| {
        c.mix();
        loudness(c, -35.0);
    };
    assert_eq!(severity(quiet_mix, "LOUD004"), Some(Severity::Info));
    // Lossy decoding raises peaks by itself.
    assert_eq!(severity(|c| c.analysis.peaks.true_peak_dbtp = Some(0.6), "PEAK001"), Some(Severity::Fail));
    let lossy_peak: Change = |c| {
        lossy(c);
        c.analysis.peaks.true_peak_dbtp = Some(0.6);
    };
    assert_eq!(severity(lossy_peak, "PEAK001"), Some(Severity::Warn));
    // A quiet classical master under its streaming target is what classical music is.
    let classical: Change = |c| {
        c.profile = profiles::profile("classical").unwrap();
        loudness(c, -24.0);
    };
    assert_eq!(severity(classical, "LOUD002"), Some(Severity::Info));
    assert_eq!(severity(|c| loudness(c, -24.0), "LOUD002"), Some(Severity::Warn));
    // Clipping: a touch, a fault, beyond use.
    assert_eq!(severity(|c| clipped(c, 2, 3), "PEAK002"), Some(Severity::Info));
    assert_eq!(severity(|c| clipped(c, 400, 5), "PEAK002"), Some(Severity::Warn));
    assert_eq!(severity(|c| clipped(c, 800, 60), "PEAK002"), Some(Severity::Fail));
    // In mono: unrelated channels, cancelling ones, nothing left.
    assert_eq!(severity(|c| c.stereo().mono_loss_lu = Some(4.0), "MONO001"), Some(Severity::Info));
    assert_eq!(severity(|c| c.stereo().mono_loss_lu = Some(12.0), "MONO001"), Some(Severity::Fail));
}

#[test]
fn advice_names_numbers_and_places() {
    let mut case = clean();
    level(&mut case, 240.0, 330.0, 9.0);
    let finding = case.findings().into_iter().find(|finding| finding.code == "TONE001").unwrap();
    assert!(
        finding.message.contains("over the profile \"popular\" at 250 Hz")
            || finding.message.contains("at 315 Hz"),
        "{}",
        finding.message
    );
    assert!(finding.advice.starts_with("-3.0 dB at "), "{}", finding.advice);
    assert_eq!(finding.fix, Fix::Master);

    let mut case = clean();
    case.analysis.peaks.true_peak_dbtp = Some(0.5);
    case.analysis.peaks.channels[0].true_peak_dbtp = Some(0.5);
    let finding = case.findings().into_iter().find(|finding| finding.code == "PEAK001").unwrap();
    assert_eq!(finding.message, "true peak of 0.5 dBTP is 1.5 dB over the ceiling of -1.0 dBTP");
    assert_eq!(finding.at.len(), 1);
    assert_eq!(finding.at[0].start_s, 92.4);

    // What a service adds it takes back from a louder file: the gain that is named leads the whole way.
    let mut case = clean();
    loudness(&mut case, -20.0);
    case.analysis.peaks.true_peak_dbtp = Some(-4.0);
    let finding = case.findings().into_iter().find(|finding| finding.code == "LOUD002").unwrap();
    assert!(finding.message.starts_with("plays 3.0 LU quieter"), "{}", finding.message);
    assert!(
        finding.advice.starts_with("raise the gain by 6.0 dB; that takes 3.0 dB of limiting"),
        "{}",
        finding.advice
    );
}

/// Against a profile of few tracks or of cited medians nothing is more than good to know.
#[test]
fn only_a_profile_of_many_tracks_warns() {
    let worst = |confidence: Confidence| {
        let mut case = clean();
        case.profile.provenance.confidence = confidence;
        k_level(&mut case, 0.0, 149.0, 14.0);
        k_width(&mut case, 14.0);
        let findings = case.findings();
        assert!(findings.iter().any(|finding| finding.code == "TONE008"), "{findings:?}");
        findings.iter().map(|finding| finding.severity).max()
    };
    assert_eq!(worst(Confidence::High), Some(Severity::Warn));
    assert_eq!(worst(Confidence::Medium), Some(Severity::Info));
}

#[test]
fn an_analysis_with_nothing_measured_fires_only_what_is_known() {
    let mut case = clean();
    case.analysis.loudness = Loudness::default();
    case.analysis.peaks = Peaks::default();
    case.analysis.dynamics = Dynamics::default();
    case.analysis.tone = Tone::default();
    case.analysis.stereo = None;
    case.analysis.defects = Defects::default();
    case.analysis.sections.clear();
    case.analysis.source.frames = 0;
    case.analysis.source.duration_s = 0.0;
    for stage in [Stage::Mix, Stage::Master] {
        case.stage = stage;
        let codes: Vec<String> = case.findings().into_iter().map(|finding| finding.code).collect();
        let expected: &[&str] = if stage == Stage::Mix { &["LOUD001"] } else { &["LOUD001", "FILE009"] };
        assert_eq!(codes, expected);
    }
}
