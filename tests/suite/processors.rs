//! Processors: the shared contract of all of them, and (in the modules) the measured response of each.

mod dynamics;
mod eq;
mod limiter;
mod linear_phase;
mod narrow;
mod settings;
mod soft_clip;

use super::signals::{self, Random};
use mixproof::audio::Block;
use mixproof::model::{
    Applicability, CompressorSettings, DynamicBand, EqBand, EqPhase, EqShape, Meter, Move, MoveStage,
    Processor,
};
use mixproof::process::Chain;

/// A move that is applied, named as its place in the list.
fn moves(processors: &[Processor]) -> Vec<Move> {
    let step = |(index, processor): (usize, &Processor)| Move {
        id: format!("move-{index}"),
        stage: MoveStage::Loudness,
        applicability: Applicability::Automatic,
        because: Vec::new(),
        reason: String::new(),
        confidence: 1.0,
        predicted_effect: String::new(),
        processor: processor.clone(),
    };
    processors.iter().enumerate().map(step).collect()
}

/// A stream through a chain, in blocks of the given lengths; what comes out, and the meters.
fn run_chain(chain: &mut Chain, input: &Block, lengths: &[usize]) -> (Block, Vec<Meter>) {
    let mut output = Block::empty(input.channel_count(), input.sample_rate_hz());
    for mut block in signals::pieces(input, lengths) {
        chain.process(&mut block);
        assert_eq!(block.start_frame as usize, output.frames(), "blocks follow each other");
        output.append(&block);
    }
    output.append(&chain.flush());
    assert_eq!(output.frames(), input.frames(), "as many frames out as in");
    (output, chain.meters())
}

fn run(processors: &[Processor], input: &Block) -> Block {
    run_metered(processors, input).0
}

fn run_metered(processors: &[Processor], input: &Block) -> (Block, Vec<Meter>) {
    let mut chain = Chain::new(&moves(processors), input.sample_rate_hz(), input.channel_count()).unwrap();
    run_chain(&mut chain, input, &[65_536])
}

fn compressor(ratio: f64, makeup_db: f64) -> CompressorSettings {
    CompressorSettings {
        threshold_dbfs: -24.0,
        ratio,
        knee_db: 6.0,
        attack_ms: 10.0,
        release_ms: 100.0,
        makeup_db,
    }
}

fn dynamic_band(center_hz: f64, q: f64, max_reduction_db: f64) -> DynamicBand {
    DynamicBand {
        center_hz,
        q,
        threshold_dbfs: -40.0,
        ratio: 3.0,
        attack_ms: 5.0,
        release_ms: 80.0,
        max_reduction_db,
    }
}

fn limiter_of(ceiling_dbtp: f64, gain_db: f64) -> Processor {
    Processor::Limiter { ceiling_dbtp, gain_db, lookahead_ms: 5.0, release_ms: 80.0, max_reduction_db: 6.0 }
}

/// Every processor twice: with settings that do something, and with neutral ones where it has them.
fn every_processor() -> Vec<(Processor, Option<Processor>)> {
    let band = |shape, gain_db| EqBand { shape, center_hz: 800.0, gain_db, q: 0.9 };
    let eq = |gain_db, phase| Processor::Eq {
        bands: [EqShape::Peak, EqShape::LowShelf, EqShape::HighShelf]
            .map(|shape| band(shape, gain_db))
            .to_vec(),
        phase,
    };
    let multiband = |ratio| Processor::Multiband {
        crossovers_hz: vec![150.0, 2500.0],
        bands: vec![compressor(ratio, 0.0); 3],
    };
    let width = |side_gain_db, mono_below_hz, balance_db| Processor::Width {
        side_gain_db,
        mono_below_hz,
        balance_db,
    };
    vec![
        (Processor::Gain { gain_db: -3.7 }, Some(Processor::Gain { gain_db: 0.0 })),
        (eq(4.0, EqPhase::Minimum), Some(eq(0.0, EqPhase::Minimum))),
        (eq(4.0, EqPhase::Linear), Some(eq(0.0, EqPhase::Linear))),
        (
            Processor::DynamicEq {
                bands: vec![dynamic_band(400.0, 8.0, 4.0), dynamic_band(2500.0, 6.0, 3.0)],
            },
            Some(Processor::DynamicEq { bands: vec![dynamic_band(400.0, 8.0, 0.0)] }),
        ),
        (
            Processor::DeEsser(dynamic_band(3000.0, 1.4, 6.0)),
            Some(Processor::DeEsser(DynamicBand { ratio: 1.0, ..dynamic_band(3000.0, 1.4, 6.0) })),
        ),
        (Processor::Compressor(compressor(3.0, 2.0)), Some(Processor::Compressor(compressor(1.0, 0.0)))),
        (multiband(2.0), Some(multiband(1.0))),
        (width(3.0, Some(150.0), -1.0), Some(width(0.0, None, 0.0))),
        (
            Processor::SideEq { bands: vec![band(EqShape::Peak, 3.0), band(EqShape::HighShelf, -2.0)] },
            Some(Processor::SideEq { bands: vec![band(EqShape::Peak, 0.0)] }),
        ),
        (Processor::HighPass { frequency_hz: 30.0 }, None),
        (
            Processor::SoftClip { ceiling_dbfs: -9.0, knee_db: 3.0 },
            Some(Processor::SoftClip { ceiling_dbfs: 24.0, knee_db: 3.0 }),
        ),
        (limiter_of(-1.0, 6.0), Some(limiter_of(0.0, 0.0))),
        (Processor::Dither { bits: 16, seed: 1 }, None),
    ]
}

/// Music of a sort: noise in bursts over a bass, with silence between, different channels.
fn busy(seconds: f64, sample_rate_hz: u32, channels: usize) -> Block {
    let mut random = Random(11);
    let frames = (seconds * f64::from(sample_rate_hz)) as usize;
    let channel = |index: usize, random: &mut Random| -> Vec<f32> {
        (0..frames)
            .map(|n| {
                let time = n as f64 / f64::from(sample_rate_hz);
                let bass = 0.3 * (std::f64::consts::TAU * 55.0 * time).sin();
                let burst =
                    (-(time * 5.0).fract() * 12.0).exp() * random.bipolar() * (0.5 + 0.1 * index as f64);
                if (time * 2.0).fract() > 0.9 { 0.0 } else { (bass + burst) as f32 }
            })
            .collect()
    };
    let channels = (0..channels).map(|index| channel(index, &mut random)).collect();
    Block::from_channels(channels, sample_rate_hz)
}

/// The contract of design §7 that every processor keeps.
fn check_processor(processor: &Processor, neutral: Option<&Processor>, sample_rate_hz: u32, channels: usize) {
    let name = format!("{processor:?} at {sample_rate_hz} Hz, {channels} channels");
    let one = moves(std::slice::from_ref(processor));
    let new = || Chain::new(&one, sample_rate_hz, channels).unwrap();
    let music = busy(0.7, sample_rate_hz, channels);
    let (expected, meters) = run_chain(&mut new(), &music, &[65_536]);

    // Neutral settings do not change a bit; latency is trimmed exactly.
    if let Some(neutral) = neutral {
        let mut quiet = music.clone();
        quiet.channels_mut().iter_mut().flatten().for_each(|sample| *sample *= 0.3);
        assert!(
            run(std::slice::from_ref(neutral), &quiet) == quiet,
            "{name}: neutral settings change the audio"
        );
    }

    // Block size does not change a bit.
    for lengths in [&[1, 2, 3, 5][..], &[64], &[1000, 1, 0, 511, 512, 513], &[4096], &[30_000]] {
        let (output, same_meters) = run_chain(&mut new(), &music, lengths);
        assert!(output == expected, "{name}: blocks of {lengths:?} change the audio");
        assert_eq!(same_meters, meters, "{name}: blocks of {lengths:?} change the meters");
    }

    // A reset chain is a new one.
    let mut chain = new();
    run_chain(&mut chain, &signals::white(0.9, 0.3, sample_rate_hz, channels, 5), &[777]);
    chain.reset();
    assert!(run_chain(&mut chain, &music, &[4096]) == (expected, meters), "{name}: reset is not new");

    // Silence in, silence out.
    let noise_bound = if matches!(processor, Processor::Dither { .. }) { 2.0 / 32_768.0 } else { 0.0 };
    let silence = signals::silence(0.3, sample_rate_hz, channels);
    let quiet = run_chain(&mut new(), &silence, &[4096]).0;
    let loudest = quiet.channels().iter().flatten().fold(0.0f32, |most, sample| most.max(sample.abs()));
    assert!(f64::from(loudest) <= noise_bound, "{name}: silence becomes {loudest}");

    // Also after sound: what has decayed is zero, not a denormal number.
    if sample_rate_hz == 44_100 && noise_bound == 0.0 {
        let faded = signals::join(&[music.clone(), signals::silence(2.5, sample_rate_hz, channels)]);
        let output = run_chain(&mut new(), &faded, &[4096]).0;
        let tail = output.slice(output.frames() - 1000, output.frames());
        assert!(
            tail.channels().iter().flatten().all(|sample| *sample == 0.0),
            "{name}: the tail does not end"
        );
    }

    // Finite in, finite out: huge, tiny and denormal samples, one sample, none.
    let wild = [f32::MAX, f32::MIN, 1e-40, -1e-45, 0.0, 1.0, -1.0, 3.0e38, f32::MIN_POSITIVE];
    let frames: Vec<f32> = (0..5000).map(|n| wild[n * 7 % wild.len()]).collect();
    for frames in [frames, vec![1.0], Vec::new()] {
        let block = Block::from_channels(vec![frames; channels], sample_rate_hz);
        let output = run_chain(&mut new(), &block, &[600]).0;
        assert!(output.channels().iter().flatten().all(|sample| sample.is_finite()), "{name}: not finite");
    }

    // Meters: reductions for processors that reduce, in tenths of a second.
    let meter = &run_chain(&mut new(), &music, &[512]).1[0];
    let reduces = matches!(
        processor,
        Processor::Compressor(_)
            | Processor::Multiband { .. }
            | Processor::DynamicEq { .. }
            | Processor::DeEsser(_)
            | Processor::SoftClip { .. }
            | Processor::Limiter { .. }
    );
    assert_eq!(meter.gain_reduction_max_db.is_some(), reduces, "{name}");
    if reduces {
        let (most, mean) = (meter.gain_reduction_max_db.unwrap(), meter.gain_reduction_mean_db.unwrap());
        assert_eq!(meter.gain_reduction_db.len(), 7, "{name}");
        let highest = meter.gain_reduction_db.iter().copied().fold(0.0, f32::max);
        assert_eq!(f64::from(highest), most, "{name}: the series holds the maximum");
        let least_db = if matches!(processor, Processor::SoftClip { .. }) { 0.001 } else { 0.1 };
        assert!(mean > least_db && mean < most, "{name}: mean {mean} dB, most {most} dB");
    }
}

#[test]
fn every_processor_keeps_the_contract() {
    for (processor, neutral) in every_processor() {
        for (sample_rate_hz, channels) in [(44_100, 2), (44_100, 1), (192_000, 2), (8_000, 2), (11_025, 1)] {
            check_processor(&processor, neutral.as_ref(), sample_rate_hz, channels);
        }
    }
}

#[test]
fn the_whole_chain_keeps_the_contract_and_the_place_of_an_impulse() {
    let processors: Vec<Processor> = every_processor().into_iter().map(|(active, _)| active).collect();
    let music = busy(0.5, 48_000, 2);
    let whole = run(&processors, &music);
    let mut chain = Chain::new(&moves(&processors), 48_000, 2).unwrap();
    assert!(run_chain(&mut chain, &music, &[1, 700, 13]).0 == whole);

    // A neutral chain with a limiter has latency, and still an impulse stays where it was.
    let neutral: Vec<Processor> = every_processor().into_iter().filter_map(|(_, neutral)| neutral).collect();
    let mut impulse = Block::silent(2, 3000, 48_000);
    impulse.channel_mut(0)[1234] = 0.5;
    let chain = Chain::new(&moves(&neutral), 48_000, 2).unwrap();
    assert!(chain.latency_frames() > 200, "the limiter looks ahead");
    assert_eq!(run(&neutral, &impulse), impulse);
}

#[test]
fn only_automatic_moves_are_applied() {
    let music = busy(0.2, 44_100, 2);
    let mut plan = moves(&[Processor::Gain { gain_db: 6.0 }, Processor::HighPass { frequency_hz: 50.0 }]);
    plan[0].applicability = Applicability::OptIn;
    plan[1].applicability = Applicability::Advice;
    let mut chain = Chain::new(&plan, 44_100, 2).unwrap();
    let (output, meters) = run_chain(&mut chain, &music, &[1024]);
    assert_eq!(output, music);
    assert_eq!(meters, Vec::new());
}

#[test]
fn gain_and_balance_are_what_they_say() {
    let tone = signals::sine(997.0, -20.0, 0.1, 48_000, 2);
    let gained = run(&[Processor::Gain { gain_db: 6.0 }], &tone);
    let factor = 10f32.powf(0.3);
    for (out, input) in gained.channel(0).iter().zip(tone.channel(0)) {
        assert!((out - input * factor).abs() < 1e-6);
    }
    let balanced =
        run(&[Processor::Width { side_gain_db: 0.0, mono_below_hz: None, balance_db: 2.0 }], &tone);
    let level_db = |block: &Block, channel: usize| super::processors::eq::level_db(block.channel(channel));
    assert!((level_db(&balanced, 0) - level_db(&tone, 0) - 1.0).abs() < 1e-4);
    assert!((level_db(&balanced, 1) - level_db(&tone, 1) + 1.0).abs() < 1e-4);
}

#[test]
fn dither_is_triangular_and_the_same_every_time() {
    let level = 0.25 + 0.3 / 32_768.0;
    let block = Block::from_channels(vec![vec![level as f32; 200_000]; 2], 44_100);
    let dither = |seed| run(&[Processor::Dither { bits: 16, seed }], &block);
    let output = dither(7);
    assert!(output == dither(7) && output != dither(8), "the seed decides");
    assert!(output.channel(0) != output.channel(1), "channels are independent");
    let steps: Vec<f64> = output.channel(0).iter().map(|sample| f64::from(*sample) * 32_768.0).collect();
    assert!(steps.iter().all(|step| step.fract() == 0.0), "on the grid");
    let errors: Vec<f64> = steps.iter().map(|step| step - level * 32_768.0).collect();
    let mean = errors.iter().sum::<f64>() / errors.len() as f64;
    let power = errors.iter().map(|error| error * error).sum::<f64>() / errors.len() as f64;
    assert!(mean.abs() < 0.005, "rounding is unbiased: {mean}");
    assert!((power - 0.25).abs() < 0.005, "error power is LSB²/4: {power}");
    assert!(errors.iter().all(|error| error.abs() <= 1.5));

    let loud = signals::sine(100.0, 3.0, 0.2, 44_100, 2);
    let output = run(&[Processor::Dither { bits: 16, seed: 1 }], &loud);
    let most = output.channels().iter().flatten().copied().fold(0.0, f32::max);
    let least = output.channels().iter().flatten().copied().fold(0.0, f32::min);
    assert_eq!((most, least), (32_767.0 / 32_768.0, -1.0), "no sample exceeds full scale");
}
