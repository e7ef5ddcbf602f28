//! Stems in a mix: drift, another tone, the same audio twice, opposite polarity, a bus; and a room that waits to be chosen.

use crate::signals::{Random, white};
use crate::stems_together::{added, deliver, set};
use mixproof::audio::Block;
use mixproof::decode::read_all;
use mixproof::model::{Applicability, StemInMix, StemSet, StemState, SumVerdict};
use mixproof::pipeline::{ApplyJob, Silent, apply_stems};
use mixproof::stems::SET_CHECKS;
use std::f64::consts::PI;

const RATE_HZ: u32 = 48_000;
const SECONDS: f64 = 8.0;

/// Noise in strokes, coloured, unlike every other.
fn part(seed: u64, smooth: f64, every_s: f64) -> Block {
    let mut random = Random(seed);
    let mut states = [0.0; 2];
    let frames = (SECONDS * f64::from(RATE_HZ)) as usize;
    let mut channels = vec![Vec::with_capacity(frames), Vec::with_capacity(frames)];
    for frame in 0..frames {
        let beat = (frame as f64 / f64::from(RATE_HZ) / every_s).fract();
        for (channel, state) in channels.iter_mut().zip(&mut states) {
            *state += smooth * (random.bipolar() - *state);
            channel.push((0.25 * *state * (-3.0 * beat).exp()) as f32);
        }
    }
    Block::from_channels(channels, RATE_HZ)
}

fn parts() -> Vec<(&'static str, Block)> {
    vec![
        ("kick", part(1, 0.05, 0.5)),
        ("bass", part(2, 0.02, 0.25)),
        ("keys", part(3, 0.4, 0.37)),
        ("lead vocal", part(4, 0.8, 0.61)),
    ]
}

/// Every sample of both channels by its own channel and place.
fn changed(block: &Block, change: impl Fn(&[f32], usize) -> f64) -> Block {
    let channel = |own: &Vec<f32>| (0..own.len()).map(|frame| change(own, frame) as f32).collect();
    Block::from_channels(block.channels().iter().map(channel).collect(), RATE_HZ)
}

/// A file that runs fast by `ppm`: read between its samples, 64 taps of a sinc.
fn fast(block: &Block, ppm: f64) -> Block {
    changed(block, |own, frame| {
        let place = frame as f64 * (1.0 + ppm * 1e-6);
        let middle = place.floor() as i64;
        (middle - 31..=middle + 32)
            .filter_map(|tap| Some((tap, own.get(usize::try_from(tap).ok()?)?)))
            .map(|(tap, sample)| {
                let x = place - tap as f64;
                let sinc = if x.abs() < 1e-9 { 1.0 } else { (PI * x).sin() / (PI * x) };
                f64::from(*sample) * sinc * (0.5 + 0.5 * (PI * x / 32.0).cos())
            })
            .sum()
    })
}

fn mixed(parts: &[(&str, Block)], change: impl Fn(&str, &Block) -> Block) -> Block {
    let changed: Vec<Block> = parts.iter().map(|(name, own)| change(name, own)).collect();
    added(&changed.iter().collect::<Vec<_>>())
}

fn in_mix<'a>(set: &'a StemSet, name: &str) -> &'a StemInMix {
    set.sum.as_ref().unwrap().stems.iter().find(|stem| stem.name == name).unwrap()
}

fn only(set: &StemSet, name: &str, state: StemState) {
    for stem in &set.sum.as_ref().unwrap().stems {
        let expected = if stem.name == name { state } else { StemState::Present };
        assert_eq!(stem.state, expected, "{name}: {stem:?}");
    }
}

#[test]
fn a_drift_of_twenty_ppm_is_named_with_its_figure() {
    let parts = parts();
    for (target, ppm) in [("lead vocal", 20.0), ("bass", -20.0)] {
        let mix = mixed(&parts, |name, own| if name == target { fast(own, ppm) } else { own.clone() });
        let delivered = deliver(&parts, Some(&mix));
        only(set(&delivered), target, StemState::Drifting);
        let own = in_mix(set(&delivered), target);
        assert!((own.drift_ppm.unwrap() + ppm).abs() < 1.0, "{own:?}");
        assert!(own.evidence.contains("ppm"), "{own:?}");
        assert_eq!(set(&delivered).sum.as_ref().unwrap().drift_ppm, None);
    }
}

#[test]
fn a_mix_from_another_clock_accuses_no_stem() {
    let parts = parts();
    let mix = mixed(&parts, |_, own| fast(own, 30.0));
    let delivered = deliver(&parts, Some(&mix));
    only(set(&delivered), "", StemState::Present);
    let sum = set(&delivered).sum.as_ref().unwrap();
    assert!((sum.drift_ppm.unwrap() + 30.0).abs() < 1.0, "{sum:?}");
    let drifting = SET_CHECKS.iter().find(|check| check.name == "stem-drifting").unwrap();
    let said: Vec<_> =
        set(&delivered).findings.iter().filter(|finding| finding.code == drifting.code).collect();
    assert!(said.len() == 1 && said[0].subject == "the mix", "{said:?}");
}

#[test]
fn an_equaliser_in_the_mix_is_another_tone_and_no_level() {
    let parts = parts();
    // A comb without phase, from 4.6 dB to -10 dB over 3 kHz.
    let comb = |own: &[f32], frame: usize| {
        let at = |place: Option<usize>| place.and_then(|place| own.get(place)).map_or(0.0, |x| f64::from(*x));
        f64::from(own[frame]) + 0.35 * (at(frame.checked_sub(8)) + at(frame.checked_add(8)))
    };
    let mix = mixed(&parts, |name, own| if name == "keys" { changed(own, comb) } else { own.clone() });
    let delivered = deliver(&parts, Some(&mix));
    only(set(&delivered), "keys", StemState::Processed);
    let own = in_mix(set(&delivered), "keys");
    assert!(own.evidence.contains("over frequency"), "{own:?}");
}

#[test]
fn the_same_audio_twice_is_doubled_where_the_mix_holds_it_once() {
    let mut parts = parts();
    let copy = parts[2].1.clone();
    let once = mixed(&parts, |_, own| own.clone());
    let twice = added(&[&once, &copy]);
    parts.push(("keys copy", copy));
    let delivered = deliver(&parts, Some(&once));
    only(set(&delivered), "keys copy", StemState::Doubled);
    assert!(in_mix(set(&delivered), "keys copy").evidence.contains("keys"));
    let delivered = deliver(&parts, Some(&twice));
    only(set(&delivered), "", StemState::Present);
}

#[test]
fn a_stem_and_itself_upside_down_are_a_pair() {
    let mut parts = parts();
    let mix = mixed(&parts, |_, own| own.clone());
    let opposite = changed(&parts[2].1, |own, frame| -f64::from(own[frame]));
    parts.push(("keys two", opposite));
    let delivered = deliver(&parts, Some(&mix));
    let pairs = &set(&delivered).sum.as_ref().unwrap().pairs;
    assert_eq!(pairs.len(), 1, "{pairs:?}");
    assert!(pairs[0].correlation < -0.999, "{pairs:?}");
    assert_eq!((pairs[0].a.as_str(), pairs[0].b.as_str()), ("keys", "keys two"));
    assert!(
        set(&delivered).findings.iter().any(|finding| finding.message.contains("upside down")
            || finding.message.contains("opposite polarity"))
    );
}

#[test]
fn behind_a_bus_that_rides_every_band_a_decibel_and_a_doubled_part_are_named() {
    let parts = parts();
    for (target, level_db, state) in [
        ("keys", -1.0, StemState::Gain),
        ("kick", 1.0, StemState::Gain),
        ("bass", 6.0206, StemState::Doubled),
    ] {
        let gain = 10f64.powf(level_db / 20.0);
        let plain = mixed(&parts, |name, own| {
            if name == target { changed(own, |own, frame| gain * f64::from(own[frame])) } else { own.clone() }
        });
        let ride = |frame: usize| 0.7 + 0.25 * (frame as f64 / 20_000.0).sin();
        let treble = |frame: usize| 0.1 + 0.05 * (frame as f64 / 13_000.0).cos();
        let mix = changed(&plain, |own, frame| {
            let before = if frame > 0 { f64::from(own[frame - 1]) } else { 0.0 };
            ride(frame) * (f64::from(own[frame]) - treble(frame) * before)
        });
        let delivered = deliver(&parts, Some(&mix));
        let sum = set(&delivered).sum.as_ref().unwrap();
        assert_eq!(sum.verdict, SumVerdict::Mastered);
        only(set(&delivered), target, state);
        let own = in_mix(set(&delivered), target);
        assert!((own.gain_db.unwrap() - level_db).abs() < 0.1, "{own:?}");
    }
}

#[test]
fn a_room_is_offered_to_dry_parts_and_sounds_only_where_it_is_chosen() {
    // Words that stop at once, and a noise that never does.
    let words = changed(&white(0.2, SECONDS, RATE_HZ, 2, 41), |own, frame| {
        if frame % 36_000 < 20_000 { f64::from(own[frame]) } else { 0.0 }
    });
    let parts = [("lead vocal", words), ("pad", white(0.05, SECONDS, RATE_HZ, 2, 42))];
    let mut delivered = deliver(&parts, None);
    let plan = set(&delivered).plan.as_ref().unwrap();
    let send = plan.stems.iter().find(|own| own.name == "lead vocal").unwrap().send.clone().unwrap();
    assert_eq!(send.applicability, Applicability::OptIn);
    assert!((-20.0..=-10.0).contains(&send.wet_db), "{send:?}");
    assert!(plan.space.is_some());
    assert!(plan.stems.iter().all(|own| own.name != "pad" || own.send.is_none()));

    let apply = |set: &StemSet, opt_in: bool| {
        let out = tempfile::tempdir().unwrap();
        let job = ApplyJob { set, folder: out.path(), mix: None, opt_in, force: false };
        (apply_stems(&job, &Silent).unwrap(), out)
    };
    let (render, out) = apply(set(&delivered), false);
    assert_eq!(render.space, None, "nothing unasked");
    assert!(!out.path().join("space.wav").exists());

    let chosen = delivered.outcome.set.plan.as_mut().unwrap();
    let own = chosen.stems.iter_mut().find(|own| own.name == "lead vocal").unwrap();
    own.send.as_mut().unwrap().applicability = Applicability::Automatic;
    let (render, out) = apply(set(&delivered), false);
    let lead = render.stems.iter().find(|own| own.name == "lead vocal").unwrap();
    assert!(lead.applied.contains(&"space".to_string()), "{lead:?}");
    let power = |name: &str| {
        let audio = read_all(&out.path().join(name)).unwrap().0;
        let samples = audio.channels().iter().flatten();
        (audio.frames(), samples.map(|x| f64::from(*x).powi(2)).sum::<f64>())
    };
    let ((frames, wet), (stem_frames, dry)) = (power("space.wav"), power("lead vocal.wav"));
    assert_eq!(frames, stem_frames, "as long as the stems");
    // What the high-pass and the end of the file take is less than 2 dB.
    let wet_db = 10.0 * (wet / dry).log10();
    assert!((wet_db - send.wet_db).abs() < 2.0, "{wet_db} for {}", send.wet_db);
}

#[test]
fn a_mix_that_ends_before_its_stems_is_compared_as_far_as_it_goes() {
    let parts = parts();
    let mix = mixed(&parts, |_, own| own.clone());
    let delivered = deliver(&parts, Some(&mix.slice(0, 5 * RATE_HZ as usize + 1234)));
    let sum = set(&delivered).sum.as_ref().unwrap();
    assert_eq!(sum.verdict, SumVerdict::Exact, "{:?}", sum.residual_db);
    only(set(&delivered), "", StemState::Present);
    let said: Vec<_> =
        set(&delivered).findings.iter().filter(|finding| finding.subject == "the mix").collect();
    assert!(said.len() == 1 && said[0].message.contains("3.0 s before the stems"), "{said:?}");
}
