//! Plans in the forms of other tools: read back by a second reader, run by a second implementation, and nulled.

use crate::eel::Effect;
use crate::signals;
use crate::song;
use mixproof::audio::Block;
use mixproof::export::{Phase, Take, camilladsp, eqapo, impulse, jsfx, session, sheet, widths};
use mixproof::model::{
    Applicability, CompressorSettings, EqBand, EqPhase, EqShape, Move, MoveStage, Plan, Predicted, Processor,
    Unresolved,
};
use mixproof::process::Chain;
use mixproof::units::{amplitude_to_db, db_to_amplitude, power_to_db};
use std::f64::consts::TAU;

const RATE_HZ: u32 = 48_000;

fn band(shape: EqShape, center_hz: f64, gain_db: f64, q: f64) -> EqBand {
    EqBand { shape, center_hz, gain_db, q }
}

fn step(id: &str, processor: Processor) -> Move {
    Move {
        id: id.to_string(),
        stage: MoveStage::Eq,
        applicability: Applicability::Automatic,
        because: Vec::new(),
        reason: "because | of <it>".to_string(),
        confidence: 1.0,
        predicted_effect: "an effect".to_string(),
        processor,
    }
}

fn linear() -> Vec<Move> {
    let bands = vec![
        band(EqShape::LowShelf, 110.0, 2.5, 0.7),
        band(EqShape::Peak, 260.0, -3.5, 0.9),
        band(EqShape::Peak, 3200.0, 4.0, 1.4),
        band(EqShape::HighShelf, 9000.0, -2.0, 0.6),
    ];
    vec![
        step("rumble", Processor::HighPass { frequency_hz: 28.0 }),
        step("eq", Processor::Eq { bands, phase: EqPhase::Minimum }),
    ]
}

fn compressor() -> Move {
    let settings = CompressorSettings {
        threshold_dbfs: -18.0,
        ratio: 2.0,
        knee_db: 6.0,
        attack_ms: 20.0,
        release_ms: 150.0,
        makeup_db: 1.5,
    };
    step("glue", Processor::Compressor(settings))
}

fn width() -> Move {
    step("width", Processor::Width { side_gain_db: 1.5, mono_below_hz: Some(120.0), balance_db: -0.6 })
}

fn limiter() -> Move {
    let processor = Processor::Limiter {
        ceiling_dbtp: -1.0,
        gain_db: 9.0,
        lookahead_ms: 5.0,
        release_ms: 100.0,
        max_reduction_db: 4.0,
    };
    step("limiter", processor)
}

fn plan(moves: Vec<Move>) -> Plan {
    let mut predicted = Predicted::default();
    predicted.loudness.integrated_lufs = Some(-14.0);
    Plan {
        schema: "plan/1".to_string(),
        content_id: "xxh3:0".to_string(),
        input: "song \"a\"\n# b.wav".to_string(),
        profile: "popular".to_string(),
        delivery: "spotify".to_string(),
        target_lufs: Some(-14.0),
        ceiling_dbtp: -1.0,
        amount: 50.0,
        stage_amounts: Vec::new(),
        moves,
        predicted,
        unresolved: vec![Unresolved { because: "LOUD".to_string(), advice: "mend it there".to_string() }],
    }
}

/// What the program itself makes of stereo audio.
fn processed(moves: &[Move], audio: &Block) -> Block {
    let mut chain = Chain::new(moves, audio.sample_rate_hz(), 2).unwrap();
    let mut block = audio.clone();
    chain.process(&mut block);
    block.append(&chain.flush());
    block
}

/// Level of the difference between two signals, relative to the first, in decibels.
fn null_db(a: &[f32], b: impl Iterator<Item = f64>) -> f64 {
    let (mut left, mut power) = (0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        left += (f64::from(*a) - b).powi(2);
        power += f64::from(*a).powi(2);
    }
    power_to_db(left / power)
}

#[test]
fn the_impulse_responses_null_against_the_equaliser() {
    let plan = plan(linear());
    let noise = signals::white(0.4, 0.12, RATE_HZ, 2, 9);
    let ours = processed(&plan.moves, &noise);
    let minimum = impulse(&plan, Phase::Minimum, RATE_HZ);
    let (input, taps) = (noise.channel(0), minimum.channel(0));
    let convolved =
        (0..input.len()).map(|n| (0..=n).map(|k| f64::from(input[n - k]) * f64::from(taps[k])).sum::<f64>());
    let left_db = null_db(ours.channel(0), convolved);
    assert!(left_db < -120.0, "minimum phase leaves {left_db} dB");

    let ours_db = |hz: f64| gain_at(taps, hz);
    for phase in [Phase::Minimum, Phase::Linear] {
        let response = impulse(&plan, phase, RATE_HZ);
        for hz in [20.0, 28.0, 45.0, 110.0, 260.0, 1000.0, 3200.0, 9000.0, 15_000.0, 20_000.0] {
            let off_db = gain_at(response.channel(0), hz) - ours_db(hz);
            assert!(off_db.abs() < 0.01, "{phase:?}: {off_db} dB off at {hz} Hz");
        }
    }
    let linear = impulse(&plan, Phase::Linear, RATE_HZ);
    let (taps, middle) = (linear.channel(0), linear.frames() / 2);
    assert!(
        (1..middle).all(|i| (taps[middle - i] - taps[middle + i]).abs() < 1e-7),
        "linear phase is symmetric"
    );
}

/// Gain of an impulse response at a frequency, by its own sum.
fn gain_at(taps: &[f32], hz: f64) -> f64 {
    let (mut re, mut im) = (0.0, 0.0);
    for (n, tap) in taps.iter().enumerate() {
        let (sin, cos) = (TAU * hz * n as f64 / f64::from(RATE_HZ)).sin_cos();
        re += f64::from(*tap) * cos;
        im -= f64::from(*tap) * sin;
    }
    amplitude_to_db(re.hypot(im))
}

/// The bilinear biquads of the Audio EQ Cookbook, straight from its text.
fn cookbook_db(kind: &str, f0: f64, gain_db: f64, q: f64, hz: f64) -> f64 {
    let w0 = TAU * f0 / f64::from(RATE_HZ);
    let (sin, cos) = w0.sin_cos();
    let alpha = sin / (2.0 * q);
    let a = db_to_amplitude(gain_db / 2.0);
    let root = 2.0 * a.sqrt() * alpha;
    let (b, d) = match kind {
        "PK" => {
            ([1.0 + alpha * a, -2.0 * cos, 1.0 - alpha * a], [1.0 + alpha / a, -2.0 * cos, 1.0 - alpha / a])
        }
        "LSC" => (
            [
                a * ((a + 1.0) - (a - 1.0) * cos + root),
                2.0 * a * ((a - 1.0) - (a + 1.0) * cos),
                a * ((a + 1.0) - (a - 1.0) * cos - root),
            ],
            [
                (a + 1.0) + (a - 1.0) * cos + root,
                -2.0 * ((a - 1.0) + (a + 1.0) * cos),
                (a + 1.0) + (a - 1.0) * cos - root,
            ],
        ),
        "HSC" => (
            [
                a * ((a + 1.0) + (a - 1.0) * cos + root),
                -2.0 * a * ((a - 1.0) + (a + 1.0) * cos),
                a * ((a + 1.0) + (a - 1.0) * cos - root),
            ],
            [
                (a + 1.0) - (a - 1.0) * cos + root,
                2.0 * ((a - 1.0) - (a + 1.0) * cos),
                (a + 1.0) - (a - 1.0) * cos - root,
            ],
        ),
        "HP" => {
            ([(1.0 + cos) / 2.0, -(1.0 + cos), (1.0 + cos) / 2.0], [1.0 + alpha, -2.0 * cos, 1.0 - alpha])
        }
        other => panic!("no such filter: {other}"),
    };
    let power = |c: [f64; 3]| {
        let w = TAU * hz / f64::from(RATE_HZ);
        let re = c[0] + c[1] * w.cos() + c[2] * (2.0 * w).cos();
        let im = c[1] * w.sin() + c[2] * (2.0 * w).sin();
        re * re + im * im
    };
    power_to_db(power(b) / power(d))
}

/// The sum of the filters of an Equalizer APO text at a frequency, read as its documentation says; and the preamp.
fn read_eqapo(text: &str, hz: f64) -> (f64, f64) {
    let (mut sum_db, mut preamp_db) = (0.0, 0.0);
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["Preamp:", gain, "dB"] => preamp_db = gain.parse().unwrap(),
            ["Filter", number, "ON", kind, "Fc", f0, "Hz", rest @ ..] => {
                assert!(number.ends_with(':'));
                let (gain, q) = match rest {
                    ["Gain", gain, "dB", "Q", q] => (gain.parse().unwrap(), q.parse().unwrap()),
                    [] => (0.0, std::f64::consts::FRAC_1_SQRT_2),
                    other => panic!("{other:?}"),
                };
                sum_db += cookbook_db(kind, f0.parse().unwrap(), gain, q, hz);
            }
            other => panic!("not a line of Equalizer APO: {other:?}"),
        }
    }
    (sum_db, preamp_db)
}

#[test]
fn equalizer_apo_text_does_what_it_says() {
    let mut moves = linear();
    moves.push(step("gain", Processor::Gain { gain_db: 2.25 }));
    moves.push(compressor());
    let plan = plan(moves);
    let text = eqapo(&plan, RATE_HZ);
    let words: Vec<&str> = text.lines().find(|line| line.contains("at most")).unwrap().split(' ').collect();
    let stated_db: f64 = words[words.iter().position(|word| *word == "most").unwrap() + 1].parse().unwrap();
    let ours = impulse(&plan, Phase::Minimum, RATE_HZ);
    let mut worst_db = 0f64;
    for step in 0..60 {
        let hz = 20.0 * 900f64.powf(f64::from(step) / 59.0);
        let (filters_db, preamp_db) = read_eqapo(&text, hz);
        assert_eq!(preamp_db, 2.25);
        worst_db = worst_db.max((filters_db - gain_at(ours.channel(0), hz)).abs());
    }
    assert!(worst_db < stated_db + 0.02, "stated {stated_db} dB, found {worst_db} dB");
    assert!(stated_db < 0.6, "{stated_db} dB");
    assert!(text.contains("not in here: glue"), "{text}");
    assert!(text.contains("integrated loudness: -14.0 LUFS"));
    assert!(
        text.lines().all(|line| line.starts_with(['#', 'P', 'F'])),
        "a name cannot break out of its line"
    );
}

#[test]
fn camilladsp_configuration_is_yaml_with_the_plans_numbers() {
    let plan = plan(linear());
    let text = camilladsp(&plan, RATE_HZ);
    let documents = yaml_rust2::YamlLoader::load_from_str(&text).unwrap();
    assert_eq!(documents.len(), 1);
    let root = &documents[0];
    assert_eq!(root["devices"]["samplerate"].as_i64(), Some(48_000));
    let pipeline = &root["pipeline"][0];
    assert_eq!(pipeline["type"].as_str(), Some("Filter"));
    let names: Vec<&str> =
        pipeline["names"].as_vec().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    assert_eq!(names, ["gain", "highpass_1", "lowshelf_2", "peaking_3", "peaking_4", "highshelf_5"]);
    for name in &names {
        assert!(!root["filters"][*name].is_badvalue(), "{name} is defined");
    }
    let number = |name: &str, key: &str| root["filters"][name]["parameters"][key].as_f64().unwrap();
    assert_eq!(root["filters"]["peaking_4"]["parameters"]["type"].as_str(), Some("Peaking"));
    assert_eq!(
        (number("peaking_4", "freq"), number("peaking_4", "gain"), number("peaking_4", "q")),
        (3200.0, 4.0, 1.4)
    );
}

/// Three bands, each at work.
fn multiband() -> Move {
    let band = |threshold_dbfs: f64, makeup_db: f64| CompressorSettings {
        threshold_dbfs,
        ratio: 2.0,
        knee_db: 6.0,
        attack_ms: 10.0,
        release_ms: 100.0,
        makeup_db,
    };
    let bands = vec![band(-20.0, 0.0), band(-26.0, 1.0), band(-32.0, 0.5)];
    step("bands", Processor::Multiband { crossovers_hz: vec![200.0, 4000.0], bands })
}

/// Runs an effect's text beside the program; both signals, the delayed effect moved back.
fn run_jsfx(moves: &[Move], audio: &Block) -> (Block, Vec<[f64; 2]>, Effect) {
    let mut effect = Effect::new(&jsfx(&plan(moves.to_vec())), audio.sample_rate_hz());
    let out: Vec<[f64; 2]> = audio
        .channel(0)
        .iter()
        .zip(audio.channel(1))
        .map(|(left, right)| effect.frame([f64::from(*left), f64::from(*right)]))
        .collect();
    (processed(moves, audio), out, effect)
}

fn side_eq() -> Processor {
    let band = |shape, center_hz, gain_db| EqBand { shape, center_hz, gain_db, q: 0.7 };
    Processor::SideEq { bands: vec![band(EqShape::Peak, 600.0, 1.5), band(EqShape::HighShelf, 3000.0, -2.0)] }
}

#[test]
fn the_reaper_effect_is_this_programs_equaliser_compressor_and_width() {
    for rate_hz in [44_100, 48_000] {
        let audio = song::song(0.4, rate_hz, 3);
        let cases = [
            ("filters", linear(), -120.0),
            ("gain", vec![step("gain", Processor::Gain { gain_db: -2.5 })], -120.0),
            ("width", vec![width()], -120.0),
            ("side", vec![step("side-eq", side_eq())], -120.0),
            ("compressor", vec![compressor()], -70.0),
            ("multiband", vec![multiband()], -60.0),
            ("all", [linear(), vec![compressor(), width()]].concat(), -70.0),
        ];
        for (name, moves, most_db) in cases {
            let (ours, theirs, _) = run_jsfx(&moves, &audio);
            for channel in 0..2 {
                let left_db = null_db(ours.channel(channel), theirs.iter().map(|frame| frame[channel]));
                assert!(
                    left_db < most_db,
                    "{name} at {rate_hz} Hz: {left_db} dB is left in channel {channel}"
                );
            }
        }
    }
}

#[test]
fn the_reaper_limiter_holds_its_sample_peaks_and_says_that_it_sees_no_others() {
    let audio = song::song(0.4, RATE_HZ, 5);
    let (ours, theirs, effect) = run_jsfx(&[limiter()], &audio);
    let peak = theirs.iter().flatten().fold(0f64, |peak, sample| peak.max(sample.abs()));
    assert!(peak <= db_to_amplitude(-1.0) + 1e-9, "{peak}");
    assert!(peak > db_to_amplitude(-1.5), "it limits: {peak}");
    let late = effect.value("pdc_delay") as usize;
    assert_eq!(late, 239);
    let left_db = null_db(ours.channel(0), theirs[late..].iter().map(|frame| frame[0]));
    assert!(left_db < -15.0, "near this program's own: {left_db} dB");
    assert!(jsfx(&plan(vec![limiter()])).contains("sees samples and not what lies between them"));
}

#[test]
fn what_an_effect_cannot_carry_is_named() {
    let clip = Processor::SoftClip { ceiling_dbfs: -1.0, knee_db: 3.0 };
    let text = jsfx(&plan(vec![step("clip", clip), compressor()]));
    assert!(text.contains("not in here: clip"), "{text}");
    // At another rate than its tables the equaliser is off, not wrong.
    let audio = song::song(0.05, 32_000, 5);
    let (_, out, _) = run_jsfx(&linear(), &audio);
    assert!(out.iter().zip(audio.channel(0)).all(|(out, sample)| out[0] == f64::from(*sample)));
}

#[test]
fn widths_are_converted_by_their_definitions() {
    // One octave is Q √2, two octaves are Q 2/3: 2^(N/2) / (2^N − 1).
    for (oct, q) in [(1.0, 2f64.sqrt()), (2.0, 2.0 / 3.0)] {
        let found = widths(&band(EqShape::Peak, 1000.0, 6.0, q));
        assert!((found.bandwidth_oct.unwrap() - oct).abs() < 1e-9);
        assert!((found.fabfilter_q.unwrap() - q * 2f64.sqrt()).abs() < 1e-12);
        assert_eq!(found.slope_ratio, None);
    }
    // 3 dB from the peak, found on the analogue curve itself.
    for (gain_db, q) in [(6.0, 1.0), (-9.0, 0.7), (4.0, 1.4)] {
        let a = db_to_amplitude(f64::abs(gain_db) / 2.0);
        let power = |x: f64| {
            let u2 = (x - 1.0 / x).powi(2);
            (u2 + (a / q).powi(2)) / (u2 + (1.0 / (a * q)).powi(2))
        };
        let (mut low, mut high) = (1.0, 100.0);
        for _ in 0..200 {
            let x = (low + high) / 2.0;
            if power(x) > a.powi(4) / 2.0 { low = x } else { high = x }
        }
        let expected = 1.0 / (low - 1.0 / low);
        let found = widths(&band(EqShape::Peak, 1000.0, gain_db, q)).three_db_q.unwrap();
        assert!((found - expected).abs() < 1e-6, "{found} for {expected}");
    }
    assert_eq!(
        widths(&band(EqShape::Peak, 1000.0, 2.0, 1.0)).three_db_q,
        None,
        "the curve never is 3 dB from 2 dB"
    );
    let shelf = widths(&band(EqShape::LowShelf, 100.0, 5.0, std::f64::consts::FRAC_1_SQRT_2));
    assert!((shelf.slope_ratio.unwrap() - 1.0).abs() < 1e-9);
    assert_eq!((shelf.bandwidth_oct, shelf.fabfilter_q), (None, None));
}

#[test]
fn the_sheet_names_every_move_and_escapes_what_others_wrote() {
    let mut offered = width();
    offered.applicability = Applicability::OptIn;
    let text = sheet(&plan([linear(), vec![compressor(), limiter(), offered]].concat()));
    for part in [
        "## 1. High-pass",
        "## 2. Equaliser",
        "| bell | 3200 Hz | +4.00 dB | 1.400 | 1.01 | 1.98 |",
        "threshold -18.0 dBFS",
        "ceiling -1.0 dBTP",
        "## Offered, not applied",
        "mono below 120 Hz",
        "mend it there",
        "integrated loudness: -14.0 LUFS",
        "because \\| of &lt;it>",
    ] {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
    assert!(text.starts_with("# Settings for song \"a\" \\# b.wav\n"), "{}", text.lines().next().unwrap());
}

#[test]
fn the_session_has_every_take_at_the_quietest_one() {
    let take = |name: &str, path: &str, lufs| Take {
        name: name.to_string(),
        path: path.to_string(),
        duration_s: 12.5,
        integrated_lufs: lufs,
    };
    let text = session(
        &[
            take("Original", "a \"b\" 'c'.wav", Some(-20.0)),
            take("Proposal", "m.flac", Some(-14.0)),
            take("Reference", "r.mp3", None),
        ],
        44_100,
    );
    // Every `<` has its `>` on a line of its own.
    let mut depth = 0;
    for line in text.lines().map(str::trim) {
        depth += i32::from(line.starts_with('<'));
        depth -= i32::from(line == ">");
        assert!(depth > 0 || line == ">", "{line}");
    }
    assert_eq!(depth, 0);
    let volumes: Vec<f64> = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("VOLPAN "))
        .map(|rest| rest.split(' ').next().unwrap().parse().unwrap())
        .collect();
    assert_eq!(volumes.len(), 3);
    assert!(
        (amplitude_to_db(volumes[0]) - 0.0).abs() < 1e-6 && (amplitude_to_db(volumes[1]) + 6.0).abs() < 1e-6
    );
    assert!(
        text.contains("FILE `a \"b\" 'c'.wav`")
            && text.contains("<SOURCE FLAC")
            && text.contains("<SOURCE MP3")
    );
    assert!(text.contains("SAMPLERATE 44100"));
}
