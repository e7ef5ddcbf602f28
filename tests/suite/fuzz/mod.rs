//! A bounded, repeatable part of fuzzing: seeds of our own, changed at random by fixed seeds. `cargo fuzz` goes on from
//! there (`fuzz/README.md`).

mod bodies;

use crate::signals::{Random, write_wav};
use crate::song;
use mixproof::encode::{Format, Writer};
use mixproof::model::{Persisted, Plan};
use std::path::Path;

/// Bytes and words that break parsers.
const TELLING: &[&[u8]] = &[
    b"\0\0\0\0",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"\x80\0\0\0",
    b"\0\0\x80\x7f",
    b"\0\0\xc0\x7f",
    b"1e999",
    b"-1",
    b"null",
    b"[]",
    b"{}",
    b"\"",
    b"<script>",
    b"</script>",
    b"\xe2\x80\xae",
    b"\x1b]0;",
    b"OggS",
    b"fLaC",
    b"data",
    b"LIST",
];

/// Changes some bytes, cuts, doubles and inserts.
fn mutant(seed: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..1 + random.next_u64() % 4 {
        let len = bytes.len().max(1);
        // Headers decide more than sound: half of the changes are near the start.
        let reach = if random.next_u64().is_multiple_of(2) { len.min(200) } else { len };
        let at = (random.next_u64() as usize % reach).min(bytes.len());
        match random.next_u64() % 6 {
            0 => bytes.truncate(at),
            1 => {
                let word = TELLING[random.next_u64() as usize % TELLING.len()];
                let end = (at + word.len()).min(bytes.len());
                bytes.splice(at..end, word.iter().copied());
            }
            2 => {
                let word = TELLING[random.next_u64() as usize % TELLING.len()];
                bytes.splice(at..at, word.iter().copied());
            }
            3 => {
                let end = (at + random.next_u64() as usize % 64).min(bytes.len());
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
            4 => {
                let end = (at + random.next_u64() as usize % 64).min(bytes.len());
                bytes.drain(at..end);
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = random.next_u64() as u8;
                }
            }
        }
    }
    bytes
}

/// Runs a target on its seeds and on so many changed ones.
fn run(name: &str, seeds: &[Vec<u8>], times: usize) {
    let (_, target) = bodies::TARGETS.iter().find(|(known, _)| *known == name).unwrap();
    let mut random = Random(0x5eed);
    for (index, seed) in seeds.iter().enumerate() {
        target(seed);
        // `fuzz/run` begins with them.
        if let Some(folder) = std::env::var_os("MIXPROOF_SEEDS") {
            let folder = Path::new(&folder).join(name);
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join(index.to_string()), seed).unwrap();
        }
    }
    // Further on the same path: MIXPROOF_FUZZ_TIMES=1000 cargo test --release -- fuzz
    let more = std::env::var("MIXPROOF_FUZZ_TIMES").ok().and_then(|more| more.parse().ok()).unwrap_or(1);
    for round in 0..times * more {
        target(&mutant(&seeds[round % seeds.len()], &mut random));
    }
}

/// Short files of every kind that we write, each behind the byte that chooses its ending.
fn sounds() -> Vec<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let audio = song::song(0.3, 44_100, 2);
    let mut seeds = Vec::new();
    for (index, (name, bits)) in
        [("16.wav", 16), ("24.wav", 24), ("a.flac", 16), ("a.aiff", 24)].into_iter().enumerate()
    {
        let path = folder.path().join(name);
        if index == 0 {
            write_wav(&path, &audio, 16);
        } else {
            let format = Format { sample_rate_hz: 44_100, channels: 2, bits, float: false };
            let mut writer = Writer::create(&path, format, false).unwrap();
            writer.write(&audio).unwrap();
            writer.finish().unwrap();
        }
        let ending = [0, 0, 1, 4][index];
        seeds.push([vec![ending], std::fs::read(&path).unwrap()].concat());
    }
    let coded = mixproof::encode::Coded {
        codec: mixproof::encode::Codec::Vorbis,
        kbps: 128,
        sample_rate_hz: 44_100,
        channels: 2,
    };
    let path = folder.path().join("a.ogg");
    let mut writer = Writer::create_coded(&path, coded, false).unwrap();
    writer.write(&audio).unwrap();
    writer.finish().unwrap();
    seeds.push([vec![3], std::fs::read(&path).unwrap()].concat());
    // MPEG-1 layer III frames of 128 kbit/s whose granules are empty.
    let frame = [b"\xff\xfb\x90\0".to_vec(), vec![0; 413]].concat();
    seeds.push([vec![2], frame.repeat(12)].concat());
    seeds
}

fn goldens() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

#[test]
fn strange_files_decode_or_are_refused() {
    run("decode", &sounds(), 3000);
}

#[test]
fn strange_samples_are_measured() {
    let seed: Vec<u8> =
        (0..2000_u32).flat_map(|index| (index.wrapping_mul(0x9e37_79b9)).to_le_bytes()).collect();
    let quiet: Vec<u8> = (0..2000_u32).flat_map(|index| (f32::from_bits(index)).to_le_bytes()).collect();
    run("samples", &[seed, quiet], 60);
}

#[test]
fn strange_documents_are_refused_or_read() {
    run("documents", &goldens(), 1500);
}

#[test]
fn strange_plans_are_refused_or_render_numbers() {
    let golden =
        std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/plan-v1.json")).unwrap();
    let plan = Plan::from_json(&String::from_utf8(golden.clone()).unwrap(), Path::new("plan")).unwrap();
    run("plan", &[golden, plan.to_json_line().into_bytes()], 400);
}

#[test]
fn strange_ddp_sets_are_refused_or_read() {
    let mut id = b"DDP 2.00".to_vec();
    id.resize(128, b' ');
    let mut map = b"VVVMD0".to_vec();
    map.resize(128, b'0');
    run("ddp", &[[id, map, vec![b'1'; 128]].concat()], 5000);
}

#[test]
fn strange_words_stay_words_on_a_page() {
    let words = "<img src=x onerror=alert(1)> \"'>--></script><svg/onload=x> \u{202e}txt.exe \x1b]0;x\x07 &lt; {{7*7}} ${x}";
    run("page", &[words.as_bytes().to_vec(), words.repeat(40).into_bytes()], 40);
}
