//! What must not change a measurement, a second implementation of each family, the `ebur128` crate as an oracle, and
//! inputs at the edge of what audio is.
#![allow(clippy::print_stdout, reason = "figures, and what was skipped, are worth reading")]

use crate::signals::{Random, join, pieces, silence, sine, white};
use crate::song::song;
use mixproof::audio::Block;
use mixproof::dsp::allpass::ALLPASS_HZ;
use mixproof::dsp::kweight::KCoefficients;
use mixproof::measure::{
    DynamicsMeter, LoudnessMeter, PeakMeter, ReferenceMeter, channel_weights, pooled_integrated_lufs,
    pooled_range_lu,
};
use mixproof::model::{Dynamics, Loudness, Peaks};
use mixproof::units::{amplitude_to_db, db_to_amplitude, energy_to_lufs, power_to_db};
use proptest::prelude::*;
use std::f64::consts::{PI, TAU};

type Measured = (Loudness, Peaks, Dynamics);

fn measure_in(block: &Block, lengths: &[usize]) -> Measured {
    let (rate_hz, channels) = (block.sample_rate_hz(), block.channel_count());
    let mut meters = (
        LoudnessMeter::new(rate_hz, channels),
        PeakMeter::new(rate_hz, channels),
        DynamicsMeter::new(rate_hz, channels),
    );
    for piece in pieces(block, lengths) {
        meters.0.push(&piece);
        meters.1.push(&piece);
        meters.2.push(&piece);
    }
    let (loudness, peaks) = (meters.0.finish(), meters.1.finish());
    let dynamics = meters.2.finish(&loudness, &peaks);
    (loudness, peaks, dynamics)
}

fn measure(block: &Block) -> Measured {
    measure_in(block, &[8192])
}

fn scaled(block: &Block, factor: f32) -> Block {
    let channels = block.channels().iter().map(|channel| channel.iter().map(|x| x * factor).collect());
    Block::from_channels(channels.collect(), block.sample_rate_hz())
}

#[track_caller]
fn near(what: &str, a: Option<f64>, b: Option<f64>, tolerance: f64) {
    match (a, b) {
        (Some(a), Some(b)) => assert!((a - b).abs() <= tolerance, "{what}: {a} {b}"),
        _ => assert_eq!(a, b, "{what}"),
    }
}

/// Values of both documents agree after `gain_db` on levels, ratios unchanged.
#[track_caller]
fn same_but_for_gain(before: &Measured, after: &Measured, gain_db: f64, tolerance: f64) {
    let moved = |value: Option<f64>| value.map(|value| value + gain_db);
    near("integrated", moved(before.0.integrated_lufs), after.0.integrated_lufs, tolerance);
    near("momentary", moved(before.0.momentary_max_lufs), after.0.momentary_max_lufs, tolerance);
    near("short-term", moved(before.0.short_term_max_lufs), after.0.short_term_max_lufs, tolerance);
    near("range", before.0.range_lu, after.0.range_lu, tolerance);
    near("sample peak", moved(before.1.sample_dbfs), after.1.sample_dbfs, tolerance);
    near("true peak", moved(before.1.true_peak_dbtp), after.1.true_peak_dbtp, tolerance);
    near("printed filter", moved(before.1.true_peak_4x_dbtp), after.1.true_peak_4x_dbtp, tolerance);
    near("rms", moved(before.2.rms_dbfs), after.2.rms_dbfs, tolerance);
    near("crest", before.2.crest_db, after.2.crest_db, tolerance);
    near("plr", before.2.plr_lu, after.2.plr_lu, tolerance);
    near("psr minimum", before.2.psr_min_lu, after.2.psr_min_lu, tolerance);
    near("psr p05", before.2.psr_p05_lu, after.2.psr_p05_lu, tolerance);
    near("dr", before.2.dr_db, after.2.dr_db, tolerance);
    near("limited", before.2.limited_db, after.2.limited_db, tolerance);
    for (a, b) in before.2.bands.iter().zip(&after.2.bands) {
        near("octave crest", a.crest_db, b.crest_db, tolerance);
    }
}

#[test]
fn block_size_does_not_change_a_bit() {
    for rate_hz in [44_100, 11_025] {
        let whole = song(7.3, rate_hz, 2);
        let expected = measure_in(&whole, &[65_536]);
        let lengths: [&[usize]; 8] =
            [&[1], &[7], &[63, 64, 65], &[441], &[440, 1, 882], &[4096], &[8192, 3], &[30_000]];
        for lengths in lengths {
            assert_eq!(measure_in(&whole, lengths), expected, "{lengths:?} at {rate_hz}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_cut_into_blocks_gives_the_same_bits(
        lengths in prop::collection::vec(1usize..9000, 1..6),
        channels in 1usize..4,
        seed in any::<u64>(),
    ) {
        let whole = join(&[white(0.9, 0.21, 22_050, channels, seed), white(0.1, 0.5, 22_050, channels, !seed)]);
        prop_assert_eq!(measure_in(&whole, &lengths), measure_in(&whole, &[65_536]));
    }

    #[test]
    fn gain_moves_levels_and_nothing_else(gain_db in -12.0..12.0f64, seed in 1u64..1000) {
        let whole = song(10.0, 32_000, seed);
        let factor = db_to_amplitude(gain_db) as f32;
        let after = measure(&scaled(&whole, factor));
        // The accurate filter may look at another neighbour of equal height where single precision rounds differently.
        same_but_for_gain(&measure(&whole), &after, amplitude_to_db(f64::from(factor)), 1e-3);
    }
}

#[test]
fn polarity_and_channel_order_do_not_matter() {
    let whole = song(10.0, 44_100, 4);
    let expected = measure(&whole);
    let inverted = measure(&scaled(&whole, -1.0));
    assert_eq!(inverted.0, expected.0);
    assert_eq!(inverted.1.true_peak_dbtp, expected.1.true_peak_dbtp);
    assert_eq!(inverted.2, expected.2);
    let swapped = Block::from_channels(
        vec![whole.channel(1).to_vec(), whole.channel(0).to_vec()],
        whole.sample_rate_hz(),
    );
    let swapped = measure(&swapped);
    assert_eq!(swapped.0, expected.0);
    assert_eq!(swapped.1.channels[0], expected.1.channels[1]);
    assert_eq!(swapped.1.true_peak_dbtp_series, expected.1.true_peak_dbtp_series);
    same_but_for_gain(&expected, &swapped, 0.0, 1e-9);
}

#[test]
fn silence_around_a_song_is_gated_away() {
    let whole = song(20.0, 44_100, 5);
    let padded = join(&[silence(5.0, 44_100, 2), whole.clone(), silence(7.0, 44_100, 2)]);
    let (plain, around) = (measure(&whole), measure(&padded));
    near("integrated", plain.0.integrated_lufs, around.0.integrated_lufs, 0.1);
    near("momentary", plain.0.momentary_max_lufs, around.0.momentary_max_lufs, 1e-9);
    near("short-term", plain.0.short_term_max_lufs, around.0.short_term_max_lufs, 1e-9);
    near("true peak", plain.1.true_peak_dbtp, around.1.true_peak_dbtp, 1e-9);
    near("psr minimum", plain.2.psr_min_lu, around.2.psr_min_lu, 0.1);
    let shift = around.1.channels[0].true_peak_at_s.unwrap() - plain.1.channels[0].true_peak_at_s.unwrap();
    assert!((shift - 5.0).abs() < 1e-9);
    assert!(around.0.momentary_lufs[..49].iter().all(Option::is_none));
}

#[test]
fn sample_rate_does_not_matter_below_its_limits() {
    // Sines far below every Nyquist frequency, with a slow swell: the same programme at every rate.
    let programme = |rate_hz: u32| {
        let frames = 12 * rate_hz;
        let channel: Vec<f32> = (0..frames)
            .map(|n| {
                let t = f64::from(n) / f64::from(rate_hz);
                let swell = 0.4 + 0.3 * (TAU * 0.2 * t).sin();
                (swell * (0.6 * (TAU * 110.3 * t).sin() + 0.3 * (TAU * 997.7 * t).sin())) as f32
            })
            .collect();
        Block::from_channels(vec![channel; 2], rate_hz)
    };
    let expected = measure(&programme(48_000));
    for rate_hz in [22_050, 44_100, 96_000, 192_000] {
        let measured = measure(&programme(rate_hz));
        // The shelf is bent by the bilinear transform at low rates (BS.1770-5 defines it at 48 kHz only).
        let tolerance = if rate_hz < 44_100 { 0.06 } else { 0.04 };
        near("integrated", measured.0.integrated_lufs, expected.0.integrated_lufs, tolerance);
        near("range", measured.0.range_lu, expected.0.range_lu, 0.03);
        near("true peak", measured.1.true_peak_dbtp, expected.1.true_peak_dbtp, 0.002);
        near("rms", measured.2.rms_dbfs, expected.2.rms_dbfs, 0.001);
        near("dr", measured.2.dr_db, expected.2.dr_db, 0.01);
        near("psr minimum", measured.2.psr_min_lu, expected.2.psr_min_lu, 0.1);
    }
}

/// Noise whose level jumps at random, so that all gates have work.
fn jumping(rate_hz: u32, channels: usize, duration_s: f64, seed: u64) -> Block {
    let mut random = Random(seed);
    let mut parts = Vec::new();
    let mut filled_s = 0.0;
    while filled_s < duration_s {
        let length_s = 0.2 + 2.0 * random.unit();
        parts.push(white(
            db_to_amplitude(-50.0 * random.unit().powi(2)),
            length_s,
            rate_hz,
            channels,
            random.next_u64(),
        ));
        filled_s += length_s;
    }
    join(&parts)
}

#[test]
fn loudness_agrees_with_the_ebur128_crate_within_a_hundredth() {
    let mut worst = [0f64; 4];
    for (seed, rate_hz, channels) in [
        (1, 44_100, 2),
        (2, 48_000, 1),
        (3, 48_000, 6),
        (4, 96_000, 2),
        (5, 32_000, 5),
        (6, 22_050, 2),
        (7, 8_000, 2),
    ] {
        let material = jumping(rate_hz, channels, 16.0, seed);
        let mut reference = ReferenceMeter::new(rate_hz, channels).unwrap();
        pieces(&material, &[5000, 77]).iter().for_each(|piece| reference.push(piece));
        let (loudness, peaks) = reference.finish();
        let own = measure(&material);
        let pairs = [
            (own.0.integrated_lufs, loudness.integrated_lufs),
            (own.0.momentary_max_lufs, loudness.momentary_max_lufs),
            (own.0.short_term_max_lufs, loudness.short_term_max_lufs),
        ];
        for (worst, (own, other)) in worst.iter_mut().zip(pairs) {
            near(&format!("{channels} channels at {rate_hz}"), own, other, 0.01);
            *worst = worst.max((own.unwrap() - other.unwrap()).abs());
        }
        near("range", own.0.range_lu, loudness.range_lu, 2.0);
        near("sample peak", own.1.sample_dbfs, peaks.sample_dbfs, 1e-6);
        let series = [
            (&own.0.momentary_lufs, &loudness.momentary_lufs),
            (&own.0.short_term_lufs, &loudness.short_term_lufs),
        ];
        for (own, other) in series {
            assert_eq!(own.len(), other.len());
            for (own, other) in own.iter().zip(other) {
                near("series", own.map(f64::from), other.map(f64::from), 0.01);
                worst[3] = worst[3].max(own.zip(*other).map_or(0.0, |(a, b)| f64::from((a - b).abs())));
            }
        }
    }
    println!("largest distance from the ebur128 crate: I, M, S, series {worst:.6?} LU");
}

#[test]
fn loudness_equals_a_plain_second_implementation() {
    for (rate_hz, channels) in [(44_100u32, 2), (11_025, 1), (48_000, 5)] {
        let material = jumping(rate_hz, channels, 9.0, u64::from(rate_hz));
        // Filter: transposed direct form II, one channel after the other; windows summed from the samples.
        let k = KCoefficients::at(f64::from(rate_hz));
        let weights = channel_weights(channels);
        let mut power = vec![0.0; material.frames()];
        for (channel, weight) in material.channels().iter().zip(&weights) {
            let mut s = [0.0; 4];
            for (sum, x) in power.iter_mut().zip(channel) {
                let x = f64::from(*x);
                let u = k.shelf_b[0] * x + s[0];
                s[0] = k.shelf_b[1] * x - k.shelf_a[0] * u + s[1];
                s[1] = k.shelf_b[2] * x - k.shelf_a[1] * u;
                let v = u + s[2];
                s[2] = -2.0 * u - k.highpass_a[0] * v + s[3];
                s[3] = u - k.highpass_a[1] * v;
                *sum += weight * v * v;
            }
        }
        let frame = |at_s: f64| (at_s * f64::from(rate_hz)).round() as usize;
        let windows = |length_s: f64, hop_s: f64| -> Vec<f64> {
            (0..)
                .map(|i| (frame(f64::from(i) * hop_s), frame(f64::from(i) * hop_s + length_s)))
                .take_while(|(_, end)| *end <= power.len())
                .map(|(start, end)| {
                    energy_to_lufs(power[start..end].iter().sum::<f64>() / (end - start) as f64)
                })
                .collect()
        };
        let gate = |values: &[f64], relative: f64| -> Vec<f64> {
            let mean = |values: &[f64]| {
                let energies =
                    values.iter().map(|value| mixproof::units::lufs_to_energy(*value)).sum::<f64>();
                energy_to_lufs(energies / values.len() as f64)
            };
            let absolute: Vec<f64> = values.iter().copied().filter(|value| *value > -70.0).collect();
            let threshold = mean(&absolute) + relative;
            absolute.into_iter().filter(|value| *value > threshold).collect()
        };
        let blocks = gate(&windows(0.4, 0.1), -10.0);
        let energies = blocks.iter().map(|value| mixproof::units::lufs_to_energy(*value)).sum::<f64>();
        let integrated = energy_to_lufs(energies / blocks.len() as f64);
        let mut short_term = gate(&windows(3.0, 0.1), -20.0);
        short_term.sort_by(f64::total_cmp);
        let percentile = |p: f64| short_term[((short_term.len() - 1) as f64 * p).round() as usize];
        let own = measure(&material).0;
        near("integrated", own.integrated_lufs, Some(integrated), 1e-6);
        near("range", own.range_lu, Some(percentile(0.95) - percentile(0.10)), 1e-6);
        near("momentary", own.momentary_max_lufs, windows(0.4, 0.01).into_iter().reduce(f64::max), 1e-6);
        near("short-term", own.short_term_max_lufs, windows(3.0, 0.1).into_iter().reduce(f64::max), 1e-6);
    }
}

#[test]
fn several_files_pool_to_one_programme() {
    let parts = [jumping(44_100, 2, 8.0, 21), jumping(44_100, 2, 11.0, 22)];
    let loudness = parts.each_ref().map(|part| measure(part).0);
    let pooled = pooled_integrated_lufs(&[&loudness[0].momentary_lufs, &loudness[1].momentary_lufs]);
    // Blocks of the joined file are those of the parts, but for the three across the joint.
    let joined = measure(&join(&parts)).0;
    near("pooled", pooled, joined.integrated_lufs, 0.1);
    let single = pooled_integrated_lufs(&[&loudness[0].momentary_lufs]);
    near("single", single, loudness[0].integrated_lufs, 1e-4);
    near("range", pooled_range_lu(&[&loudness[0].short_term_lufs]), loudness[0].range_lu, 1e-4);
    assert_eq!(pooled_integrated_lufs(&[]), None);
    // A quiet file beside a loud one falls to the common relative gate: the pool is not a mean.
    let quiet = measure(&white(0.001, 8.0, 44_100, 2, 3)).0;
    let loud = measure(&white(0.5, 8.0, 44_100, 2, 3)).0;
    near(
        "gate",
        pooled_integrated_lufs(&[&quiet.momentary_lufs, &loud.momentary_lufs]),
        loud.integrated_lufs,
        1e-4,
    );
}

/// Highest magnitude behind a first-order all-pass, by its textbook form.
fn allpassed_peak(samples: &[f32], corner_hz: f64, rate_hz: f64) -> f64 {
    let k = (PI * corner_hz / rate_hz).tan();
    let a = (k - 1.0) / (k + 1.0);
    let mut state = 0.0;
    samples.iter().fold(0.0, |peak: f64, x| {
        let x = f64::from(*x);
        let y = a * x + state;
        state = x - a * y;
        peak.max(y.abs())
    })
}

#[test]
fn dynamics_equal_a_plain_second_implementation() {
    let whole = song(13.4, 44_100, 8);
    let (loudness, peaks, dynamics) = measure(&whole);
    let samples = || whole.channels().iter().flatten().map(|x| f64::from(*x));
    let power = samples().map(|x| x * x).sum::<f64>() / samples().count() as f64;
    let peak = samples().fold(0f64, |peak, x| peak.max(x.abs()));
    near("rms", dynamics.rms_dbfs, Some(power_to_db(power)), 1e-6);
    near("crest", dynamics.crest_db, Some(amplitude_to_db(peak) - power_to_db(power)), 1e-6);
    near(
        "plr",
        dynamics.plr_lu,
        Some(peaks.true_peak_dbtp.unwrap() - loudness.integrated_lufs.unwrap()),
        1e-9,
    );
    let allpassed = whole
        .channels()
        .iter()
        .flat_map(|channel| ALLPASS_HZ.map(|corner_hz| allpassed_peak(channel, corner_hz, 44_100.0)))
        .fold(0.0, f64::max);
    near("limited", dynamics.limited_db, Some(amplitude_to_db(allpassed / peak)), 1e-6);
    let dr: Vec<f64> = whole
        .channels()
        .iter()
        .map(|channel| {
            let blocks: Vec<&[f32]> = channel.chunks(3 * 44_100).collect();
            let mut power: Vec<f64> = blocks
                .iter()
                .map(|block| {
                    2.0 * block.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / block.len() as f64
                })
                .collect();
            let mut peaks: Vec<f64> = blocks
                .iter()
                .map(|block| block.iter().fold(0f64, |peak, x| peak.max(f64::from(x.abs()))))
                .collect();
            power.sort_by(|a, b| b.total_cmp(a));
            peaks.sort_by(|a, b| b.total_cmp(a));
            let count = (blocks.len() as f64 * 0.2).floor().max(1.0) as usize;
            -power_to_db(power[..count].iter().sum::<f64>() / count as f64 / (peaks[1] * peaks[1]))
        })
        .collect();
    near("dr", dynamics.dr_db, Some(dr.iter().sum::<f64>() / dr.len() as f64), 1e-6);
    let mut psr: Vec<f64> = (29..loudness.short_term_lufs.len())
        .filter_map(|i| {
            let level = f64::from(loudness.short_term_lufs[i]?);
            let window = &peaks.true_peak_dbtp_series[i - 29..=i];
            let peak = window.iter().flatten().copied().fold(f32::MIN, f32::max);
            (level > loudness.integrated_lufs? - 10.0).then(|| f64::from(peak) - level)
        })
        .collect();
    psr.sort_by(f64::total_cmp);
    near("psr", dynamics.psr_min_lu, psr.first().copied(), 1e-9);
    near(
        "psr p05",
        dynamics.psr_p05_lu,
        psr.get(((psr.len() - 1) as f64 * 0.05).round() as usize).copied(),
        1e-9,
    );
}

#[test]
fn octave_crests_equal_filters_at_the_full_rate() {
    for rate_hz in [44_100u32, 96_000] {
        let whole = song(6.0, rate_hz, 12);
        let rate = f64::from(rate_hz);
        let bands = measure(&whole).2.bands;
        assert_eq!(bands.len(), 10);
        for (k, band) in (-5..=4).zip(&bands) {
            let center_hz = 1000.0 * mixproof::units::db_to_power(3.0 * f64::from(k));
            let edge = mixproof::units::db_to_power(1.5);
            let (mut peak, mut energy) = (0f64, 0.0);
            for channel in whole.channels() {
                let mut x: Vec<f64> = channel.iter().map(|x| f64::from(*x)).collect();
                biquad(&mut x, center_hz / edge, rate, true);
                if center_hz * edge < 0.49 * rate {
                    biquad(&mut x, center_hz * edge, rate, false);
                }
                peak = x.iter().fold(peak, |peak, x| peak.max(x.abs()));
                energy += x.iter().map(|x| x * x).sum::<f64>();
            }
            let power = energy / (2 * whole.frames()) as f64;
            let expected = amplitude_to_db(peak) - power_to_db(power);
            // Halved rates sample the peak more coarsely: the documented limit.
            near(&format!("{} Hz at {rate_hz}", band.center_hz), band.crest_db, Some(expected), 1.2);
        }
    }
}

/// A second-order Butterworth high-pass or low-pass.
fn biquad(x: &mut [f64], edge_hz: f64, rate_hz: f64, high: bool) {
    let k = (PI * edge_hz / rate_hz).tan();
    let a0 = 1.0 + 2f64.sqrt() * k + k * k;
    let b = if high { [1.0, -2.0, 1.0] } else { [k * k, 2.0 * k * k, k * k] }.map(|b| b / a0);
    let a = [2.0 * (k * k - 1.0) / a0, (1.0 - 2f64.sqrt() * k + k * k) / a0];
    let mut s = [0.0; 2];
    for x in x {
        let y = b[0] * *x + s[0];
        s = [b[1] * *x - a[0] * y + s[1], b[2] * *x - a[1] * y];
        *x = y;
    }
}

#[test]
fn dynamics_of_simple_waves_are_their_closed_forms() {
    let rate_hz = 48_000;
    // A sine: crest 3.01 dB, DR 0, PSR = peak − loudness, nothing limited.
    let (loudness, _, dynamics) = measure(&sine(1000.0, -6.0, 20.0, rate_hz, 2));
    near("rms", dynamics.rms_dbfs, Some(-9.0103), 1e-3);
    near("crest", dynamics.crest_db, Some(3.0103), 1e-3);
    near("dr", dynamics.dr_db, Some(0.0), 1e-3);
    near("psr", dynamics.psr_min_lu, loudness.short_term_max_lufs.map(|level| -6.0 - level), 0.06);
    let band = dynamics.bands.iter().find(|band| band.center_hz == 1000.0).unwrap();
    near("octave", band.crest_db, Some(3.0103), 0.3);
    // An all-pass leaves a sine as it is, once it has swung in.
    let mut faded = sine(1000.0, -6.0, 3.0, rate_hz, 1);
    for (n, x) in faded.channel_mut(0).iter_mut().enumerate().take(24_000) {
        *x *= n as f32 / 24_000.0;
    }
    near("limited", measure(&faded).2.limited_db, Some(0.0), 0.02);
    // A square: crest 0, DR −3, and its phases hide a crest.
    let square: Vec<f32> = (0..20 * rate_hz).map(|n| if n / 24 % 2 == 0 { 0.5 } else { -0.5 }).collect();
    let (_, _, dynamics) = measure(&Block::from_channels(vec![square; 2], rate_hz));
    near("crest", dynamics.crest_db, Some(0.0), 1e-6);
    near("dr", dynamics.dr_db, Some(-3.0103), 1e-3);
    assert!(dynamics.limited_db.unwrap() > 3.0, "{:?}", dynamics.limited_db);
    // Clipped noise: the all-passes find again what the clipper took.
    let noise = song(12.0, 44_100, 3);
    let clipped: Vec<Vec<f32>> =
        noise.channels().iter().map(|c| c.iter().map(|x| (3.0 * x).clamp(-0.9, 0.9)).collect()).collect();
    let open = measure(&noise).2.limited_db.unwrap();
    let limited = measure(&Block::from_channels(clipped, 44_100)).2.limited_db.unwrap();
    assert!(limited > open + 1.0, "{open} {limited}");
}

#[test]
fn fades_do_not_count_for_psr() {
    let rate_hz = 44_100;
    let song = song(15.0, rate_hz, 6);
    let tail = scaled(&white(0.5, 10.0, rate_hz, 2, 1), 0.01);
    let mut plain = measure(&song).2;
    let with_tail = measure(&join(&[song, tail])).2;
    near("psr minimum", with_tail.psr_min_lu, plain.psr_min_lu.take(), 0.3);
}

/// Everything in a document is finite or absent.
#[track_caller]
fn sane(what: &str, measured: &Measured) {
    for text in [format!("{:?}", measured.0), format!("{:?}", measured.1), format!("{:?}", measured.2)] {
        assert!(!text.contains("inf") && !text.contains("NaN"), "{what}: {text}");
    }
}

#[test]
fn inputs_at_the_edge_are_measured_or_left_out() {
    for rate_hz in [8_000, 11_025, 44_100, 192_000, 384_000] {
        for channels in [1, 2, 3, 8] {
            let what = format!("{channels} channels at {rate_hz}");
            let empty = measure(&Block::silent(channels, 0, rate_hz));
            assert_eq!(empty.0, Loudness::default(), "{what}");
            assert_eq!(empty.1.true_peak_dbtp, None);
            assert_eq!(empty.2.rms_dbfs, None);
            let one = measure(&white(0.5, 1.0 / f64::from(rate_hz), rate_hz, channels, 1));
            assert!(one.0.integrated_lufs.is_none() && one.1.sample_dbfs.is_some() && one.2.dr_db.is_none());
            sane(&what, &one);
            let short = measure(&white(0.5, 0.1, rate_hz, channels, 1));
            assert!(short.0.momentary_max_lufs.is_none() && short.2.crest_db.is_some(), "{what}");
            sane(&what, &short);
            let quiet = measure(&silence(1.0, rate_hz, channels));
            assert!(quiet.0.integrated_lufs.is_none() && quiet.2.limited_db.is_none(), "{what}");
            assert!(quiet.0.momentary_lufs.iter().all(Option::is_none));
            sane(&what, &quiet);
        }
        let constant = Block::from_channels(vec![vec![0.5; rate_hz as usize]; 2], rate_hz);
        let measured = measure(&constant);
        near("crest of DC", measured.2.crest_db, Some(0.0), 1e-6);
        sane("DC", &measured);
        let square: Vec<f32> = (0..rate_hz).map(|n| if n / 20 % 2 == 0 { 1.0 } else { -1.0 }).collect();
        let measured = measure(&Block::from_channels(vec![square; 2], rate_hz));
        assert!(measured.1.true_peak_dbtp.unwrap() > 0.0 && measured.1.over_count > 0);
        sane("square", &measured);
        let over = measure(&scaled(&white(1.0, 0.5, rate_hz, 2, 3), 40.0));
        assert!(over.1.sample_dbfs.unwrap() > 30.0);
        sane("far over full scale", &over);
    }
    // Decoding removes samples that are no numbers; the meters still must not fall over.
    let mut broken = white(0.5, 0.5, 44_100, 2, 4);
    broken.channel_mut(0)[5_000] = f32::NAN;
    broken.channel_mut(1)[6_000] = f32::INFINITY;
    let _ = measure(&broken);
    // A tail of silence does not leave the filters' decay as a loudness.
    let tail = measure(&join(&[white(0.5, 1.0, 44_100, 2, 5), silence(30.0, 44_100, 2)])).0;
    assert!(tail.momentary_lufs[100..].iter().all(Option::is_none));
}

#[test]
fn range_needs_material() {
    assert_eq!(measure(&white(0.5, 3.9, 44_100, 2, 1)).0.range_lu, None);
    near("short", measure(&white(0.5, 4.1, 44_100, 2, 1)).0.range_lu, Some(0.0), 0.2);
}
