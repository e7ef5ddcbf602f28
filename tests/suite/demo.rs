//! The demo session: always the same, stems that add up, no clipping, faults where the list says.

use mixproof::audio::Block;
use mixproof::demo::synth::{Envelope, Filter, Random, Saw, Sine, Stereo, decay, drums, pitch_hz, sine};
use mixproof::demo::{DemoFile, PlantedFault, SAMPLE_RATE_HZ, planted_faults, session};
use mixproof::units::level_db;
use std::collections::BTreeSet;
use std::hash::Hasher;
use std::sync::OnceLock;

fn file(path: &str) -> DemoFile {
    *session().iter().find(|file| file.path == path).expect("the session has this file")
}

/// The two mixes, rendered once for all tests.
fn clean() -> &'static Block {
    static MIX: OnceLock<Block> = OnceLock::new();
    MIX.get_or_init(|| file("mix/song.wav").audio())
}

fn faulty() -> &'static Block {
    static MIX: OnceLock<Block> = OnceLock::new();
    MIX.get_or_init(|| file("mix/song with faults.wav").audio())
}

fn hash(block: &Block) -> u64 {
    let mut hasher = std::collections::hash_map::DefaultHasher::new();
    for sample in block.channels().iter().flatten() {
        hasher.write_u32(sample.to_bits());
    }
    hasher.finish()
}

fn peak(block: &Block) -> f32 {
    block.channels().iter().flatten().fold(0.0, |peak, sample| sample.abs().max(peak))
}

fn rms_db(samples: &[f32]) -> f64 {
    let power = samples.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / samples.len() as f64;
    level_db(power.sqrt()).unwrap_or(-200.0)
}

fn mean(samples: &[f32]) -> f64 {
    samples.iter().map(|s| f64::from(*s)).sum::<f64>() / samples.len() as f64
}

fn seconds(block: &Block) -> f64 {
    block.frames() as f64 / f64::from(block.sample_rate_hz())
}

fn frame(at_s: f64) -> usize {
    (at_s * f64::from(SAMPLE_RATE_HZ)).round() as usize
}

fn faults(name: &str) -> Vec<&'static PlantedFault> {
    let found: Vec<_> = planted_faults().iter().filter(|fault| fault.name == name).collect();
    assert!(!found.is_empty(), "{name} is in the list");
    found
}

/// What the faults changed: faulty minus clean would mix all of them, so tests look where only one can act.
fn stretch(block: &Block, channel: usize, fault: &PlantedFault) -> Vec<f32> {
    let start = frame(fault.at_s);
    block.channel(channel)[start..start + frame(fault.duration_s)].to_vec()
}

#[test]
fn session_lists_stems_mix_and_album_once() {
    let paths: BTreeSet<_> = session().iter().map(|file| file.path).collect();
    assert_eq!(paths.len(), session().len());
    for (folder, count) in [("stems/", 8), ("mix/", 2), ("album/", 3)] {
        assert_eq!(paths.iter().filter(|path| path.starts_with(folder)).count(), count, "{folder}");
    }
    assert!(session().iter().all(|file| file.bits == 24));
}

#[test]
fn every_call_gives_the_same_samples() {
    // The stems are rendered a second time inside the mix, and compared below.
    for path in ["stems/08 effects.wav", "album/2 paper boats.wav"] {
        assert_eq!(hash(&file(path).audio()), hash(&file(path).audio()), "{path}");
    }
}

#[test]
fn stems_add_up_to_the_mix_to_the_last_bit() {
    let mut sum = Block::silent(2, clean().frames(), SAMPLE_RATE_HZ);
    for stem in session().iter().filter(|file| file.path.starts_with("stems/")) {
        let stem = stem.audio();
        assert_eq!(stem.frames(), sum.frames());
        assert!(peak(&stem) > 0.01 && peak(&stem) < 0.5);
        for (sum, stem) in sum.channels_mut().iter_mut().zip(stem.channels()) {
            sum.iter_mut().zip(stem).for_each(|(sum, sample)| *sum += sample);
        }
    }
    assert_eq!(&sum, clean());
}

#[test]
fn samples_lie_on_the_steps_of_24_bits() {
    for block in [clean(), faulty()] {
        let off = block.channels().iter().flatten().filter(|s| (**s * 8_388_608.0).fract() != 0.0).count();
        assert_eq!(off, 0);
    }
}

#[test]
fn clean_mix_measures_like_music() {
    let mix = clean();
    assert_eq!((mix.channel_count(), mix.sample_rate_hz()), (2, SAMPLE_RATE_HZ));
    assert!((45.0..60.0).contains(&seconds(mix)), "{}", seconds(mix));
    let peak_db = level_db(f64::from(peak(mix))).unwrap();
    assert!((-7.0..-3.5).contains(&peak_db), "not clipped, not shy: {peak_db}");
    for channel in mix.channels() {
        let rms = rms_db(channel);
        assert!((-22.0..-17.0).contains(&rms), "{rms}");
        assert!(mean(channel).abs() < 1e-6, "no DC");
        assert!(channel[0] == 0.0 && channel[channel.len() - 1] == 0.0, "starts and ends in silence");
    }
    // Centred, with space: side well below mid, and the sides balanced.
    let side: Vec<f32> = mix.channel(0).iter().zip(mix.channel(1)).map(|(l, r)| (l - r) / 2.0).collect();
    let mid: Vec<f32> = mix.channel(0).iter().zip(mix.channel(1)).map(|(l, r)| (l + r) / 2.0).collect();
    let width = rms_db(&side) - rms_db(&mid);
    assert!((-13.0..-7.0).contains(&width), "{width}");
    assert!((rms_db(mix.channel(0)) - rms_db(mix.channel(1))).abs() < 0.3);
    // The form is audible: the last chorus is louder than the break before it.
    let part = |from_s: f64, to_s: f64| rms_db(&mix.channel(0)[frame(from_s)..frame(to_s)]);
    let step = part(41.5, 48.5) - part(33.5, 40.0);
    assert!((2.0..9.0).contains(&step), "{step}");
}

#[test]
fn album_songs_differ_in_level_and_length() {
    let songs: Vec<Block> =
        session().iter().filter(|file| file.path.starts_with("album/")).map(DemoFile::audio).collect();
    let levels: Vec<f64> = songs.iter().map(|song| rms_db(song.channel(0))).collect();
    for song in &songs {
        assert!((30.0..45.0).contains(&seconds(song)), "{}", seconds(song));
        assert!(peak(song) < 0.99 && mean(song.channel(0)).abs() < 1e-6);
    }
    assert!(levels[0] > levels[2] + 1.0 && levels[2] > levels[1] + 2.0, "{levels:?}");
    assert!((6.0..11.0).contains(&(levels[0] - levels[1])), "{levels:?}");
}

#[test]
fn faults_lie_inside_the_file() {
    let end_s = seconds(faulty());
    assert_eq!(faulty().frames(), clean().frames());
    for fault in planted_faults() {
        assert!(fault.at_s >= 0.0 && fault.duration_s > 0.0, "{}", fault.name);
        assert!(fault.at_s + fault.duration_s <= end_s + 1e-4, "{}", fault.name);
        assert!(!fault.description.is_empty());
    }
}

#[test]
fn dropout_is_silent_and_its_surroundings_are_not() {
    for fault in faults("dropout") {
        for channel in 0..2 {
            assert!(stretch(faulty(), channel, fault).iter().all(|sample| *sample == 0.0));
            let start = frame(fault.at_s);
            let before = rms_db(&faulty().channel(channel)[start - 2000..start]);
            let end = start + frame(fault.duration_s);
            let after = rms_db(&faulty().channel(channel)[end..end + 2000]);
            assert!(before > -40.0 && after > -40.0, "{before} {after}");
        }
    }
}

#[test]
fn dc_offset_is_half_a_percent() {
    faults("dc offset");
    for channel in faulty().channels() {
        assert!((mean(channel) - 0.005).abs() < 2e-4, "{}", mean(channel));
    }
}

#[test]
fn clipped_peaks_are_flat_at_full_scale_and_nowhere_else() {
    let top = 1.0 - 1.0 / 8_388_608.0;
    let clipped = faults("clipped peaks");
    for fault in &clipped {
        let samples = stretch(faulty(), 0, fault);
        let longest = samples
            .chunk_by(|a, b| a == b)
            .filter(|run| run[0].abs() == top)
            .map(<[f32]>::len)
            .max()
            .unwrap_or(0);
        assert!(longest >= 3, "a run of {longest} at {}", fault.at_s);
    }
    for (index, _) in faulty().channel(0).iter().enumerate().filter(|(_, sample)| sample.abs() >= top) {
        let inside =
            clipped.iter().any(|f| (frame(f.at_s)..frame(f.at_s) + frame(f.duration_s)).contains(&index));
        assert!(inside, "clipped outside the list at frame {index}");
    }
}

#[test]
fn click_stands_out_by_its_whole_height() {
    for fault in faults("click") {
        let at = frame(fault.at_s);
        for channel in faulty().channels() {
            let step = channel[at] - channel[at + 1];
            assert!((0.75..0.85).contains(&step), "{step}");
            let around = channel[at - 50..at - 1].windows(2).map(|w| (w[0] - w[1]).abs()).fold(0.0, f32::max);
            assert!(around < 0.1, "{around}");
        }
    }
}

/// Share of two signals in each other below 90 Hz, where kick and bass live.
fn low_correlation(block: &Block, from_s: f64, to_s: f64) -> f64 {
    let low: Vec<Vec<f32>> = block
        .channels()
        .iter()
        .map(|channel| {
            let (mut once, mut twice) = (Filter::new(90.0, 0.54), Filter::new(90.0, 1.31));
            let dc = mean(channel) as f32;
            channel.iter().map(|sample| twice.low(once.low(sample - dc))).collect()
        })
        .collect();
    let part = |channel: usize| &low[channel][frame(from_s)..frame(to_s)];
    let dot = |a: &[f32], b: &[f32]| -> f64 { a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum() };
    dot(part(0), part(1)) / (dot(part(0), part(0)) * dot(part(1), part(1))).sqrt()
}

#[test]
fn bass_is_out_of_phase_between_the_channels() {
    faults("bass out of phase");
    let (with, without) = (low_correlation(faulty(), 9.0, 24.0), low_correlation(clean(), 9.0, 24.0));
    assert!(without > 0.98, "{without}");
    assert!(with < 0.3, "{with}");
}

/// Level of one frequency in a stretch, by correlation with a sine and a cosine (RMS).
fn tone_db(samples: &[f32], frequency_hz: f64) -> f64 {
    let (mut real, mut imaginary) = (0.0, 0.0);
    for (index, sample) in samples.iter().enumerate() {
        let turns = frequency_hz * index as f64 / f64::from(SAMPLE_RATE_HZ);
        real += f64::from(*sample) * sine(turns + 0.25);
        imaginary += f64::from(*sample) * sine(turns);
    }
    level_db(std::f64::consts::SQRT_2 * real.hypot(imaginary) / samples.len() as f64).unwrap_or(-200.0)
}

#[test]
fn hum_is_heard_before_the_music() {
    faults("mains hum");
    // 0.2 s before the first note: exactly ten periods, nothing else but the offset.
    let start = &faulty().channel(0)[..frame(0.2)];
    // Left carries the hum as planted: it was added after the levels were set.
    assert!((tone_db(start, 50.0) + 50.0).abs() < 0.1, "{}", tone_db(start, 50.0));
    assert!((tone_db(start, 100.0) + 56.0).abs() < 0.1);
    assert!((tone_db(start, 150.0) + 60.0).abs() < 0.1);
    assert!(tone_db(&clean().channel(0)[..frame(0.2)], 50.0) < -120.0);
}

#[test]
fn left_is_louder_by_the_imbalance() {
    faults("level imbalance");
    // Above the bass, in the verse, where nothing else was touched on one side only.
    let level = |block: &Block, channel: usize| {
        let mut filter = Filter::butterworth(2_000.0);
        let high: Vec<f32> = block.channel(channel)[frame(19.0)..frame(32.0)]
            .iter()
            .map(|sample| filter.high(*sample))
            .collect();
        rms_db(&high)
    };
    let moved = (level(faulty(), 0) - level(faulty(), 1)) - (level(clean(), 0) - level(clean(), 1));
    assert!((moved - 1.5).abs() < 0.1, "{moved}");
}

#[test]
fn mud_lifts_250_hz_by_4_db() {
    faults("mud");
    // Mid of the channels: the bass that was inverted is gone there, but has nothing at 250 Hz that matters in the break.
    let band = |block: &Block| {
        let mut filter = Filter::new(250.0, 8.0);
        let mid: Vec<f32> = block.channel(0)[frame(33.0)..frame(36.0)]
            .iter()
            .zip(&block.channel(1)[frame(33.0)..frame(36.0)])
            .map(|(left, right)| filter.band(0.5 * (left + right)))
            .collect();
        rms_db(&mid[4_000..])
    };
    let lift = band(faulty()) - band(clean());
    assert!((3.3..4.5).contains(&lift), "{lift}");
}

#[test]
fn sine_polynomial_is_a_sine() {
    for step in -4_000..4_000 {
        let turns = f64::from(step) / 1_777.0;
        assert!((sine(turns) - (std::f64::consts::TAU * turns).sin()).abs() < 1e-7, "{turns}");
    }
    assert!((pitch_hz(69.0) - 440.0).abs() < 1e-9 && (pitch_hz(57.0) - 220.0).abs() < 1e-9);
}

#[test]
fn sawtooth_does_not_alias_audibly() {
    let mut saw = Saw::starting_at(0.5);
    let samples: Vec<f32> = (0..44_100).map(|_| saw.sample(3_001.0)).collect();
    let fundamental = tone_db(&samples, 3_001.0);
    assert!((fundamental - level_db(2.0 / std::f64::consts::PI / 2f64.sqrt()).unwrap()).abs() < 0.6);
    // The 15th harmonic, 45 015 Hz, folds to 915 Hz. A naive sawtooth has it 23.5 dB below the fundamental.
    let alias = tone_db(&samples, 915.0) - fundamental;
    assert!(alias < -45.0, "{alias}");
}

#[test]
fn envelopes_and_drums_start_and_end_without_a_click() {
    let envelope = Envelope { attack_s: 0.01, decay_s: 0.1, sustain_db: -6.0, release_s: 0.05 };
    for held_s in [0.0, 0.004, 0.3] {
        let levels: Vec<f32> = envelope.levels(held_s).collect();
        let step = levels.windows(2).map(|pair| (pair[0] - pair[1]).abs()).fold(0.0, f32::max);
        assert!(levels[0] == 0.0 && *levels.last().unwrap() < 1e-5 && step < 0.005, "{held_s}: {step}");
    }
    let sustained = envelope.levels(2.0).nth(frame(1.9)).unwrap();
    assert!((level_db(f64::from(sustained)).unwrap() + 6.0).abs() < 0.01);
    for hit in
        [drums::kick(52.0), drums::snare(1), drums::hat(false, 1), drums::hat(true, 1), drums::crash(1)]
    {
        let top = hit.iter().fold(0.0f32, |top, sample| sample.abs().max(top));
        assert!((0.3..1.6).contains(&top), "{top}");
        assert!(hit[0].abs() < 1e-6 && hit[hit.len() - 1].abs() < 1e-3);
    }
    let fall = decay(0.1, 1.0).nth(4_410).unwrap();
    assert!((f64::from(fall) - (-1.0f64).exp()).abs() < 1e-4);
}

#[test]
fn filter_and_noise_have_their_textbook_levels() {
    // White noise of uniform distribution: mean 0, RMS 1/√3.
    let mut random = Random::seeded(7);
    let noise: Vec<f32> = (0..100_000).map(|_| random.bipolar()).collect();
    assert!((rms_db(&noise) + 4.77).abs() < 0.05 && mean(&noise).abs() < 0.01);
    // At its corner a Butterworth filter passes −3.01 dB, low and high alike.
    for output in [Filter::low, Filter::high] {
        let (mut filter, mut tone) = (Filter::butterworth(1_000.0), Sine::new());
        let passed: Vec<f32> = (0..44_100).map(|_| output(&mut filter, tone.sample(1_000.0))).collect();
        assert!((rms_db(&passed[4_410..]) + 3.01 + 3.01).abs() < 0.02);
    }
    // Equal-power panning keeps the power wherever the sound stands.
    for pan in [-1.0, -0.3, 0.0, 0.8] {
        let mut place = Stereo::silent(1);
        place.place(0.0, &[1.0], 1.0, pan);
        let [left, right] = place.sides();
        assert!((left[0].powi(2) + right[0].powi(2) - 2.0).abs() < 1e-5);
    }
}
