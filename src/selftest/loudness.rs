//! Cases of loudness and loudness range: EBU Tech 3341 (1–6, 9–14), Tech 3342 (1–4), ITU-R BS.2217.

use super::signals::{RATE_HZ, block, levels, steps, tone};
use super::{Ledger, Place};
use crate::audio::Block;
use crate::measure::{LoudnessMeter, channel_weights};
use crate::model::Loudness;
use crate::units::{Unit, power_to_db};

/// Tech 3341: ± 0.1 LU.
const TOLERANCE_LU: (f64, f64) = (0.1, 0.1);
/// Tech 3342: ± 1 LU.
const RANGE_TOLERANCE_LU: (f64, f64) = (1.0, 1.0);

fn measure(audio: &Block) -> Loudness {
    let mut meter = LoudnessMeter::new(audio.sample_rate_hz(), audio.channel_count());
    meter.push(audio);
    meter.finish()
}

/// Entries of a series from the first complete window on.
fn from_entry(series: &[Option<f32>], first: usize) -> impl Iterator<Item = Option<f64>> + '_ {
    series.iter().skip(first).map(|value| value.map(f64::from))
}

pub(super) fn tech_3341(ledger: &mut Ledger) {
    let place = |case| Place { standard: "EBU Tech 3341", case };
    for (case, level) in [("1", -23.0), ("2", -33.0)] {
        let measured = measure(&levels(&[(20.0, level)]));
        for (reading, value) in [
            ("momentary, max", measured.momentary_max_lufs),
            ("short-term, max", measured.short_term_max_lufs),
            ("integrated", measured.integrated_lufs),
        ] {
            ledger.file(place(case), reading, Unit::Lufs, value, level, TOLERANCE_LU);
        }
    }
    let gates: [(&str, &[(f64, f64)]); 3] = [
        ("3", &[(10.0, -36.0), (60.0, -23.0), (10.0, -36.0)]),
        ("4", &[(10.0, -72.0), (10.0, -36.0), (60.0, -23.0), (10.0, -36.0), (10.0, -72.0)]),
        ("5", &[(20.0, -26.0), (20.1, -20.0), (20.0, -26.0)]),
    ];
    for (case, recipe) in gates {
        let measured = measure(&levels(recipe)).integrated_lufs;
        ledger.file(place(case), "integrated", Unit::Lufs, measured, -23.0, TOLERANCE_LU);
    }
    let surround = [-28.0, -28.0, -24.0, -30.0, -30.0].map(|level| tone(1000.0, level, 20.0));
    let measured = measure(&block(surround.to_vec())).integrated_lufs;
    ledger.file(place("6"), "integrated, 5.0", Unit::Lufs, measured, -23.0, TOLERANCE_LU);

    let measured = measure(&levels(&[(1.34, -20.0), (1.66, -30.0)].repeat(5)));
    let series = from_entry(&measured.short_term_lufs, 29);
    ledger.file_furthest(place("9"), "short-term, furthest", Unit::Lufs, series, -23.0, TOLERANCE_LU);
    let files = (0..20).map(|i| {
        measure(&steps(&[(f64::from(i) * 0.15, None), (3.0, Some(-23.0)), (1.0, None)])).short_term_max_lufs
    });
    let reading = "short-term max of 20 files, furthest";
    ledger.file_furthest(place("10"), reading, Unit::Lufs, files, -23.0, TOLERANCE_LU);
    // The maximum so far after each burst is what a live display shows; all are held against burst 0.
    let bursts = bursts(3.0, 0.15);
    let series = measure(&steps(&bursts)).short_term_lufs;
    let so_far = (0..20).map(|i| {
        let highest = series[..(i + 1) * 60].iter().flatten().copied().reduce(f32::max);
        highest.map(|value| f64::from(value) - i as f64)
    });
    let reading = "short-term max of 20 bursts, furthest";
    ledger.file_furthest(place("11"), reading, Unit::Lufs, so_far, -38.0, TOLERANCE_LU);

    let measured = measure(&levels(&[(0.18, -20.0), (0.22, -30.0)].repeat(25)));
    let series = from_entry(&measured.momentary_lufs, 9);
    ledger.file_furthest(place("12"), "momentary, furthest", Unit::Lufs, series, -23.0, TOLERANCE_LU);
    let files = (0..20).map(|i| {
        measure(&steps(&[(f64::from(i) * 0.02, None), (0.4, Some(-23.0)), (1.0, None)])).momentary_max_lufs
    });
    let reading = "momentary max of 20 files, furthest";
    ledger.file_furthest(place("13"), reading, Unit::Lufs, files, -23.0, TOLERANCE_LU);
    let bursts = self::bursts(0.4, 0.02);
    let so_far = (1..=20).map(|count| {
        let highest = measure(&steps(&bursts[..3 * count])).momentary_max_lufs;
        highest.map(|value| value - (count - 1) as f64)
    });
    let reading = "momentary max of 20 bursts, furthest";
    ledger.file_furthest(place("14"), reading, Unit::Lufs, so_far, -38.0, TOLERANCE_LU);
}

/// Twenty bursts of rising level, each `shift_s` later in its stretch: cases 11 and 14.
fn bursts(duration_s: f64, shift_s: f64) -> Vec<(f64, Option<f64>)> {
    (0..20)
        .flat_map(|i| {
            let lead_s = f64::from(i) * shift_s;
            [(lead_s, None), (duration_s, Some(f64::from(i) - 38.0)), (duration_s - lead_s, None)]
        })
        .collect()
}

pub(super) fn tech_3342(ledger: &mut Ledger) {
    let cases: [(&str, &[f64], f64); 4] = [
        ("1", &[-20.0, -30.0], 10.0),
        ("2", &[-20.0, -15.0], 5.0),
        ("3", &[-40.0, -20.0], 20.0),
        ("4", &[-50.0, -35.0, -20.0, -35.0, -50.0], 15.0),
    ];
    for (case, recipe, range_lu) in cases {
        let recipe: Vec<_> = recipe.iter().map(|level| (20.0, *level)).collect();
        let measured = measure(&levels(&recipe)).range_lu;
        let place = Place { standard: "EBU Tech 3342", case };
        ledger.file(place, "loudness range", Unit::Lu, measured, range_lu, RANGE_TOLERANCE_LU);
    }
}

/// Gain of the K-weighting at the frequencies of BS.2217, computed from the table that BS.1770-5 prints for 48 kHz.
const K_GAINS: [(f64, f64); 6] =
    [(25.0, -10.393), (100.0, -1.133), (500.0, 0.042), (1000.0, 0.698), (2000.0, 3.071), (10_000.0, 4.042)];

fn bs_2217_place(case: &str) -> Place<'_> {
    Place { standard: "ITU-R BS.2217", case }
}

pub(super) fn bs_2217(ledger: &mut Ledger) {
    for (frequency_hz, gain_db) in K_GAINS {
        for level in [-23.0, -24.0] {
            let channel = tone(frequency_hz, level + 0.691 - gain_db, 4.0);
            let measured = measure(&block(vec![channel.clone(), channel])).integrated_lufs;
            let case = format!("{frequency_hz} Hz");
            ledger.file(bs_2217_place(&case), "integrated", Unit::Lufs, measured, level, TOLERANCE_LU);
        }
    }
    let weights = channel_weights(6);
    for (index, name) in ["L", "R", "C", "LFE", "Ls", "Rs"].iter().enumerate() {
        let weight = weights[index];
        let mut channels = vec![vec![0.0; 3 * RATE_HZ as usize]; 6];
        let case = format!("channel {name}");
        if weight > 0.0 {
            channels[index] = tone(997.0, -24.0 + 3.01 - power_to_db(weight), 3.0);
            let measured = measure(&block(channels)).integrated_lufs;
            ledger.file(bs_2217_place(&case), "integrated", Unit::Lufs, measured, -24.0, TOLERANCE_LU);
        } else {
            // The LFE does not count: its gated blocks are none.
            channels[index] = tone(997.0, 0.0, 3.0);
            let counted = measure(&block(channels)).momentary_lufs.iter().flatten().count();
            ledger.file(bs_2217_place(&case), "readings", Unit::None, Some(counted as f64), 0.0, (0.0, 0.0));
        }
    }
    let (floor, burst) = (-90.3, -69.48);
    let absolute =
        [(0.8, floor), (0.5, burst), (0.5, floor), (0.5, burst), (0.5, floor), (0.5, burst), (0.7, floor)];
    let relative = [(0.5, floor), (0.9, -19.9), (1.3, -7.1), (0.8, -19.9), (0.5, floor)];
    for (case, recipe, expected) in
        [("absolute gate", &absolute[..], -69.5), ("relative gate", &relative[..], -10.0)]
    {
        let measured = measure(&levels(recipe)).integrated_lufs;
        ledger.file(bs_2217_place(case), "integrated", Unit::Lufs, measured, expected, TOLERANCE_LU);
    }
}
