//! How stems sit together: masking, balance, low end, phase; the plan and its rendering. Closed forms first.

use crate::signals::{Random, join, silence, sine, white, write_wav};
use mixproof::audio::Block;
use mixproof::decode::read_all;
use mixproof::measure::LoudnessMeter;
use mixproof::model::{Applicability, BalanceKind, Persisted, Processor, StemSet, StemState};
use mixproof::pipeline::{
    ApplyJob, Silent, StemsJob, StemsOutcome, analyse, apply_stems, stems, stems_listening,
};
use mixproof::report::stems_html;
use std::path::{Path, PathBuf};

const RATE_HZ: u32 = 48_000;

/// The folder is kept alive as long as the set.
pub(crate) struct Delivered {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) outcome: StemsOutcome,
}

pub(crate) fn deliver(parts: &[(&str, Block)], mix: Option<&Block>) -> Delivered {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, block: &Block| {
        let path = folder.path().join(format!("{name}.wav"));
        write_wav(&path, block, 24);
        path
    };
    let paths: Vec<PathBuf> = parts.iter().map(|(name, block)| write(name, block)).collect();
    let mix = mix.map(|mix| write("the mix", mix));
    let outcome = stems(&StemsJob { paths: &paths, mix: mix.as_deref(), workers: 2 }, &Silent).unwrap();
    Delivered { folder, outcome }
}

pub(crate) fn set(delivered: &Delivered) -> &StemSet {
    &delivered.outcome.set
}

fn share(set: &StemSet, masker: &str, maskee: &str) -> f64 {
    set.masking.iter().find(|own| own.masker == masker && own.maskee == maskee).map_or(0.0, |own| own.share)
}

pub(crate) fn added(blocks: &[&Block]) -> Block {
    let mut sum = blocks[0].clone();
    for block in &blocks[1..] {
        for (sum, own) in sum.channels_mut().iter_mut().zip(block.channels()) {
            sum.iter_mut().zip(own).for_each(|(sum, x)| *sum += x);
        }
    }
    sum
}

/// One side only.
fn to_the_left(mut block: Block) -> Block {
    block.channel_mut(1).fill(0.0);
    block
}

#[test]
fn a_loud_noise_hides_a_soft_one_and_nothing_else_does() {
    // Noise of one spectrum, 12 dB apart: by the limit of 6 dB all of the soft one is hidden, none of the loud one.
    let (loud, soft) = (white(0.4, 6.0, RATE_HZ, 2, 1), white(0.1, 6.0, RATE_HZ, 2, 2));
    let delivered = deliver(&[("loud pad", loud), ("soft keys", soft)], None);
    assert!(share(set(&delivered), "loud pad", "soft keys") > 0.95, "{:?}", set(&delivered).masking);
    assert_eq!(share(set(&delivered), "soft keys", "loud pad"), 0.0);
    // 3 dB apart: within the limit, but for the chance of single cells.
    let (a, b) = (white(0.28, 6.0, RATE_HZ, 2, 3), white(0.2, 6.0, RATE_HZ, 2, 4));
    let delivered = deliver(&[("a pad", a), ("b keys", b)], None);
    assert!(share(set(&delivered), "a pad", "b keys") < 0.2, "{:?}", set(&delivered).masking);
}

#[test]
fn parts_far_apart_in_frequency_time_or_place_do_not_hide_each_other() {
    let (low, high) = (sine(100.0, -12.0, 6.0, RATE_HZ, 2), sine(4000.0, -40.0, 6.0, RATE_HZ, 2));
    let delivered = deliver(&[("low bass", low), ("high keys", high)], None);
    assert!(set(&delivered).masking.is_empty(), "{:?}", set(&delivered).masking);
    let noise = |level, seed| white(level, 3.0, RATE_HZ, 2, seed);
    let first = join(&[noise(0.4, 1), silence(3.0, RATE_HZ, 2)]);
    let second = join(&[silence(3.0, RATE_HZ, 2), noise(0.05, 2)]);
    let delivered = deliver(&[("first pad", first), ("second keys", second)], None);
    assert!(set(&delivered).masking.is_empty(), "{:?}", set(&delivered).masking);
    // The other ear is free: a soft part on the right beside a loud one on the left.
    let left = to_the_left(white(0.4, 6.0, RATE_HZ, 2, 5));
    let right = white(0.05, 6.0, RATE_HZ, 2, 6);
    let delivered = deliver(&[("left pad", left), ("right keys", right)], None);
    assert!(set(&delivered).masking.is_empty(), "{:?}", set(&delivered).masking);
}

#[test]
fn a_remedy_frees_what_it_promises_when_it_is_really_applied() {
    // 8 dB over: a cut of 2 to 4 dB brings the band within the limit.
    let (masker, voice) = (white(0.4, 8.0, RATE_HZ, 2, 7), white(0.16, 8.0, RATE_HZ, 2, 8));
    let parts = [("pad", masker), ("lead vocal", voice)];
    let delivered = deliver(&parts, None);
    let conflict = &set(&delivered).masking[0];
    let remedy = conflict.remedy.as_ref().expect("a conflict of this weight has a remedy");
    assert!(remedy.remaining_share < conflict.share - 0.04 && remedy.sum_change_db < 0.0, "{remedy:?}");
    assert!(matches!(remedy.step.processor, Processor::Eq { .. }));
    let out = tempfile::tempdir().unwrap();
    let job = ApplyJob { set: set(&delivered), folder: out.path(), mix: None, opt_in: false, force: false };
    let render = apply_stems(&job, &Silent).unwrap();
    assert_eq!(render.stems.iter().find(|stem| stem.name == "pad").unwrap().applied, ["unmask"]);
    let paths: Vec<PathBuf> = render.stems.iter().map(|stem| PathBuf::from(&stem.path)).collect();
    let again = stems(&StemsJob { paths: &paths, mix: None, workers: 2 }, &Silent).unwrap().set;
    let left = share(&again, "pad", "lead vocal");
    assert!(
        (left - remedy.remaining_share).abs() < 0.05,
        "promised {}, measured {left}",
        remedy.remaining_share
    );
}

#[test]
fn balance_is_the_loudness_against_the_sum_and_the_low_end_has_an_owner() {
    let quiet = |seconds| silence(seconds, RATE_HZ, 2);
    let bass = join(&[sine(60.0, -12.0, 10.0, RATE_HZ, 2), quiet(10.0)]);
    let kick = join(&[quiet(10.0), sine(80.0, -12.0, 10.0, RATE_HZ, 2)]);
    let voice = sine(1000.0, -20.0, 20.0, RATE_HZ, 2);
    let delivered = deliver(&[("bass", bass), ("kick", kick), ("lead vocal", voice)], None);
    let set = set(&delivered);
    let entry = |name: &str| set.balance.iter().find(|own| own.name == name).unwrap();
    let sum = set.balance.iter().find(|own| own.kind == BalanceKind::Sum).unwrap();
    let voice = entry("lead vocal");
    // A sine of −20 dBFS peak in both channels has −23.01 dBFS RMS, plays always, and reads −20 LUFS at 1 kHz.
    assert!((voice.active_rms_dbfs.unwrap() + 23.01).abs() < 0.05, "{:?}", voice.active_rms_dbfs);
    assert!((voice.staging_gain_db.unwrap() - 5.01).abs() < 0.05);
    assert!((voice.active_share - 1.0).abs() < 0.01 && (entry("kick").active_share - 0.5).abs() < 0.02);
    let relative = voice.integrated_lufs.unwrap() - sum.integrated_lufs.unwrap();
    assert!((voice.relative_lu.unwrap() - relative).abs() < 1e-9);
    assert!((entry("bass").low_end_share - 0.5).abs() < 0.02, "{}", entry("bass").low_end_share);
    let together = set.together.as_ref().unwrap();
    let owners: Vec<(&str, f64)> =
        together.low_end.iter().map(|own| (own.owner.as_str(), own.start_s)).collect();
    assert_eq!(owners, [("bass", 0.0), ("kick", 10.0)]);
    // K-weighted: the voice against 60 and 80 Hz, which the weighting turns down by 2.9 and 1.7 dB or so.
    let lead = together.lead.as_ref().unwrap();
    assert!((-8.0..-2.0).contains(&lead.over_rest_lu), "{}", lead.over_rest_lu);
    let peak = together.staging.sum_true_peak_dbtp.unwrap();
    assert!((together.staging.headroom_db.unwrap() + peak).abs() < 1e-9);
}

#[test]
fn a_second_microphone_that_is_late_or_upside_down_is_named_and_mended() {
    let mut random = Random(11);
    let hits: Vec<f32> = (0..8 * RATE_HZ as usize)
        .map(|i| (0.4 * random.bipolar() * (-((i % 24_000) as f64) / 2000.0).exp()) as f32)
        .collect();
    let late = |by: usize, gain: f32| -> Vec<f32> {
        (0..hits.len()).map(|i| i.checked_sub(by).map_or(0.0, |i| gain * hits[i])).collect()
    };
    let block = |channel: Vec<f32>| Block::from_channels(vec![channel.clone(), channel], RATE_HZ);
    let parts = [
        ("snare top", block(hits.clone())),
        ("snare bottom", block(late(31, -0.7))),
        ("hats", white(0.05, 8.0, RATE_HZ, 2, 12)),
    ];
    let delivered = deliver(&parts, None);
    let phase = &set(&delivered).together.as_ref().unwrap().phase;
    assert_eq!(phase.len(), 1, "{phase:?}");
    assert_eq!((phase[0].a.as_str(), phase[0].b.as_str()), ("snare top", "snare bottom"));
    assert_eq!((phase[0].delay_frames, phase[0].inverted), (31, true));
    let plan = set(&delivered).plan.as_ref().unwrap();
    let placement =
        plan.stems.iter().find(|own| own.name == "snare bottom").unwrap().placement.as_ref().unwrap();
    assert_eq!((placement.later_frames, placement.invert), (-31, true));
    assert_eq!(placement.applicability, Applicability::OptIn, "without a mix this is a proposal");
}

#[test]
fn the_rough_mix_of_a_faulty_delivery_is_the_given_mix_again() {
    let noise = |seed| white(0.12, 6.0, RATE_HZ, 2, seed);
    let (a, b, c, d) = (noise(21), noise(22), noise(23), noise(24));
    let mut upside_down = b.clone();
    upside_down.channels_mut().iter_mut().flatten().for_each(|x| *x = -*x);
    let late = join(&[silence(100.0 / f64::from(RATE_HZ), RATE_HZ, 2), c.clone()]).slice(0, c.frames());
    let mut soft = d.clone();
    soft.channels_mut().iter_mut().flatten().for_each(|x| *x *= 0.5);
    let mix = added(&[&a, &upside_down, &late, &soft]);
    let parts = [("one", a), ("two", b), ("three", c), ("four", d)];
    let delivered = deliver(&parts, Some(&mix));
    let states: Vec<StemState> =
        set(&delivered).sum.as_ref().unwrap().stems.iter().map(|stem| stem.state).collect();
    assert_eq!(states, [StemState::Present, StemState::Inverted, StemState::Shifted, StemState::Gain]);
    let out = tempfile::tempdir().unwrap();
    let mix_path = delivered.folder.path().join("the mix.wav");
    let before = contents(delivered.folder.path());
    let mix = (mix_path.as_path(), delivered.outcome.mix.as_ref().unwrap());
    let job =
        ApplyJob { set: set(&delivered), folder: out.path(), mix: Some(mix), opt_in: false, force: false };
    let render = apply_stems(&job, &Silent).unwrap();
    let against = render.against_mix.as_ref().unwrap();
    assert!(against.loudness_lu.unwrap().abs() < 0.05, "{against:?}");
    assert!(against.residual_db.is_none_or(|left_db| left_db < -40.0), "{against:?}");
    let measured = analyse(Path::new(&render.rough_mix), &Silent).unwrap();
    assert_eq!(measured.loudness.integrated_lufs, render.integrated_lufs, "the file says the same");
    assert_eq!(contents(delivered.folder.path()), before, "the delivery is untouched");
    let refused = apply_stems(&job, &Silent).unwrap_err().to_string();
    assert!(refused.contains("exists"), "{refused}");
}

/// Names, sizes and bytes of a folder.
fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all: Vec<(PathBuf, Vec<u8>)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .collect();
    all.sort();
    all
}

#[test]
fn a_stem_of_another_rate_is_resampled_for_the_comparison_and_that_is_said() {
    let (a, b) = (sine(440.0, -12.0, 6.0, RATE_HZ, 2), sine(1000.0, -12.0, 6.0, RATE_HZ, 2));
    let noise = white(0.1, 6.0, RATE_HZ, 2, 31);
    let mix = added(&[&a, &b, &noise]);
    let other = sine(1000.0, -12.0, 6.0, 44_100, 2);
    let delivered = deliver(&[("keys", a), ("synth", other), ("pad", noise)], Some(&mix));
    let set = set(&delivered);
    let own = set.sum.as_ref().unwrap().stems.iter().find(|stem| stem.name == "synth").unwrap();
    assert_eq!(own.state, StemState::Present, "{own:?}");
    assert!(own.gain_db.unwrap().abs() < 0.1, "{own:?}");
    let said = set.findings.iter().find(|finding| finding.code == "STEM029").unwrap();
    assert!(said.subject == "synth" && said.message.contains("44100 Hz"), "{said:?}");
    let out = tempfile::tempdir().unwrap();
    let job = ApplyJob { set, folder: out.path(), mix: None, opt_in: false, force: false };
    let refused = apply_stems(&job, &Silent).unwrap_err().to_string();
    assert!(refused.contains("synth") && refused.contains("44100"), "{refused}");
}

#[test]
fn the_document_round_trips_and_an_older_one_is_read() {
    let (a, b) = (white(0.4, 4.0, RATE_HZ, 2, 41), white(0.1, 4.0, RATE_HZ, 2, 42));
    let delivered = deliver(&[("pad", a), ("<keys> & \"co\"", b)].map(|(name, block)| (name, block)), None);
    let set = set(&delivered);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("set.json");
    std::fs::write(&path, set.to_json()).unwrap();
    assert_eq!(&StemSet::load(&path).unwrap(), set);
    let mut old: serde_json::Value = serde_json::from_str(&set.to_json()).unwrap();
    for field in ["masking", "balance", "together", "plan", "render"] {
        old.as_object_mut().unwrap().remove(field);
    }
    std::fs::write(&path, old.to_string()).unwrap();
    let old = StemSet::load(&path).unwrap();
    assert!(old.masking.is_empty() && old.plan.is_none() && old.stems.len() == 2);
    // Names from the outside stay words on the page.
    let page = stems_html(set, "a <b> delivery", None);
    assert!(page.contains("a &lt;b&gt; delivery") && page.contains("&lt;keys&gt; &amp; &quot;co&quot;"));
    assert!(!page.contains("<keys>"));
    // What turns pictures dark must not turn the heat map, which has colours of its own.
    assert!(page.contains("[data-theme=dark] svg .heat{filter") && !page.contains("] .heat{filter"));
    crate::report::check_well_formed("stems", &page);
    crate::report::check_alone("stems", &page);
    crate::report::check_policy("stems", &page);
}

/// Each stem alone and the song without it, all stems and the given mix: equally loud, and each what its name says.
#[test]
fn the_page_plays_every_stem_at_equal_loudness() {
    let low = sine(220.0, -12.0, 8.0, RATE_HZ, 2);
    let high = join(&[silence(4.0, RATE_HZ, 2), sine(1760.0, -24.0, 4.0, RATE_HZ, 2)]);
    let mix = added(&[&low, &high]);
    let delivered = deliver(&[("bass", low), ("lead", high)], Some(&mix));
    let mix = delivered.folder.path().join("the mix.wav");
    let listening = stems_listening(set(&delivered), Some(&mix), &Silent).unwrap().unwrap();
    let titles: Vec<&str> = listening.loops.iter().map(|one| one.title.as_str()).collect();
    assert_eq!(titles, ["bass", "lead"]);
    for one in &listening.loops {
        let ids: Vec<&str> = one.takes.iter().map(|take| take.id.as_str()).collect();
        assert_eq!(ids, ["alone", "without", "all", "mix"]);
        assert!(one.start_s >= 4.0, "where both play: {}", one.start_s);
        let own_hz = if one.title == "bass" { 220.0 } else { 1760.0 };
        for take in &one.takes {
            let path = delivered.folder.path().join("take.ogg");
            std::fs::write(&path, &take.packed).unwrap();
            let sound = read_all(&path).unwrap().0;
            let mut meter = LoudnessMeter::new(sound.sample_rate_hz(), 2);
            meter.push(&sound);
            let matched = meter.finish().integrated_lufs.unwrap() + take.gain_db;
            assert!((matched - one.common_lufs).abs() < 0.05, "{} {}", one.title, take.id);
            let power = |hz: f64| {
                let step = std::f64::consts::TAU * hz / f64::from(RATE_HZ);
                let samples = sound.channel(0).iter().enumerate();
                let (re, im) = samples.fold((0.0, 0.0), |(re, im), (i, x)| {
                    (
                        re + f64::from(*x) * (step * i as f64).cos(),
                        im + f64::from(*x) * (step * i as f64).sin(),
                    )
                });
                (re * re + im * im).sqrt() / sound.frames() as f64
            };
            let other_hz = 1980.0 - own_hz;
            let (own, other) = (power(own_hz), power(other_hz));
            match take.id.as_str() {
                "alone" => assert!(own > 30.0 * other, "{} {own} {other}", one.title),
                "without" => assert!(other > 30.0 * own, "{} {own} {other}", one.title),
                _ => assert!(own > 0.005 && other > 0.005, "{} {} {own} {other}", one.title, take.id),
            }
        }
    }
    let page = stems_html(set(&delivered), "two", Some(&listening));
    crate::report::check_well_formed("stems", &page);
    crate::report::check_alone("stems", &page);
    crate::report::check_policy("stems", &page);
    assert!(page.contains("id=\"listening\"") && page.len() < 3 * 1024 * 1024);
}
