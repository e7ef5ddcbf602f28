//! Headers of the PCM containers, one oddity at a time.

use super::{chunk, chunk_saying, decoded, format, ramp, riff, riff_saying};
use mixproof::model::Integrity;

/// An AIFF file, or AIFC with a compression type.
pub(super) fn aiff(kind: Option<&[u8; 4]>, channels: u16, frames: u32, bits: u16, data: &[u8]) -> Vec<u8> {
    let big = |name: &[u8; 4], body: &[u8]| {
        let mut out = name.to_vec();
        out.extend((body.len() as u32).to_be_bytes());
        out.extend(body);
        out.extend(vec![0; body.len() % 2]);
        out
    };
    let mut common = channels.to_be_bytes().to_vec();
    common.extend(frames.to_be_bytes());
    common.extend(bits.to_be_bytes());
    // 48 kHz as an 80-bit float: 1.46484375 × 2^15.
    common.extend([0x40, 0x0e, 0xbb, 0x80, 0, 0, 0, 0, 0, 0]);
    if let Some(kind) = kind {
        common.extend(kind);
        common.extend([0, 0]);
    }
    let sound = [&[0; 8], data].concat();
    let body = [
        if kind.is_some() { b"AIFC".to_vec() } else { b"AIFF".to_vec() },
        big(b"NAME", b"A song"),
        big(b"COMM", &common),
        big(b"SSND", &sound),
    ];
    big(b"FORM", &body.concat())
}

/// An RF64 file of 16-bit stereo with 32-bit lengths that say nothing.
pub(super) fn rf64(data: &[u8], long_bytes: u64) -> Vec<u8> {
    let mut ds64 = (data.len() as u64 + 72).to_le_bytes().to_vec();
    ds64.extend(long_bytes.to_le_bytes());
    ds64.extend([0; 12]);
    let mut out = b"RF64\xff\xff\xff\xffWAVE".to_vec();
    out.extend(chunk(b"ds64", &ds64));
    out.extend(chunk(b"fmt ", &format(1, 2, 48_000, 16)));
    out.extend(chunk_saying(b"data", u32::MAX, data, false));
    out
}

/// A Sony Wave64 file of 16-bit stereo.
pub(super) fn wave64(data: &[u8]) -> Vec<u8> {
    let tail = [0xf3, 0xac, 0xd3, 0x11, 0x8c, 0xd1, 0x00, 0xc0, 0x4f, 0x8e, 0xdb, 0x8a];
    let big = |name: &[u8; 4], body: &[u8]| {
        let mut out = name.to_vec();
        out.extend(tail);
        out.extend((body.len() as u64 + 24).to_le_bytes());
        out.extend(body);
        out.extend(vec![0; body.len().next_multiple_of(8) - body.len()]);
        out
    };
    let mut out = b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\0\0".to_vec();
    let chunks =
        [big(b"fmt ", &format(1, 2, 48_000, 16)), big(b"junk", &[1, 2, 3]), big(b"data", data)].concat();
    out.extend((chunks.len() as u64 + 40).to_le_bytes());
    out.extend(b"wave");
    out.extend(tail);
    out.extend(chunks);
    out
}

fn plain() -> Vec<u8> {
    chunk(b"fmt ", &format(1, 2, 48_000, 16))
}

/// Decodes a file that must hold the ramp of 500 frames, whole or its first `frames`.
fn check(bytes: &[u8], container: &str, declared: Option<u64>, frames: usize, integrity: Integrity) {
    let (channels, found) = decoded(bytes);
    let (_, expected) = ramp(500);
    let expected: Vec<Vec<f32>> = expected.iter().map(|channel| channel[..frames].to_vec()).collect();
    assert!(channels == expected, "{} frames, expected {frames}", channels[0].len());
    assert_eq!(found.source.container, container);
    assert_eq!(found.source.declared_frames, declared);
    assert_eq!(found.integrity, integrity);
}

#[test]
fn chunks_in_any_order_padded_or_not() {
    let (data, _) = ramp(500);
    let sound = chunk(b"data", &data);
    let whole = |chunks: &[Vec<u8>]| check(&riff(chunks), "wav", Some(500), 500, Integrity::Ok);
    whole(&[plain(), sound.clone()]);
    whole(&[chunk(b"JUNK", &[0; 28]), chunk(b"bext", &[b'x'; 602]), plain(), sound.clone()]);
    whole(&[plain(), chunk(b"junk", b"abc"), sound.clone()]);
    whole(&[plain(), chunk_saying(b"junk", 3, b"abc", false), sound.clone()]);
    whole(&[sound.clone(), plain()]);
    whole(&[plain(), sound.clone(), chunk(b"LIST", b"INFO"), chunk(b"iXML", b"<x/>")]);
    whole(&[plain(), sound.clone(), b"TAG and what a player appends".to_vec()]);
    whole(&[plain(), sound.clone(), vec![0; 1000]]);
    let mut long_format = format(1, 2, 48_000, 16);
    long_format.extend([0, 0]);
    whole(&[chunk(b"fmt ", &long_format), sound]);
}

#[test]
fn form_lengths_are_not_trusted() {
    let (data, _) = ramp(500);
    for says in [0, 4, 36, 2044, 0x7fff_ffff, u32::MAX] {
        let bytes = riff_saying(says, &[plain(), chunk(b"data", &data)]);
        check(&bytes, "wav", Some(500), 500, Integrity::Ok);
    }
}

#[test]
fn sound_lengths_are_compared_with_what_is_there() {
    let (data, _) = ramp(500);
    let saying = |says: u32| riff(&[plain(), chunk_saying(b"data", says, &data, false)]);
    // Placeholders of programs that write into a pipe: the sound goes on to the end.
    for says in [0, u32::MAX, 0xffff_ff00, 0x7fff_ffff, 0x8000_0000] {
        check(&saying(says), "wav", None, 500, Integrity::Ok);
    }
    check(&saying(4000), "wav", Some(1000), 500, Integrity::Truncated);
    check(&riff(&[plain(), chunk(b"data", &data)])[..44 + 1999], "wav", Some(500), 499, Integrity::Truncated);
    // Too short: the header wins, the rest is told.
    check(&saying(400), "wav", Some(100), 100, Integrity::LengthMismatch);
    // The last frame is not whole.
    check(&saying(1999), "wav", Some(499), 499, Integrity::Ok);
    let second = [plain(), chunk(b"data", &data), chunk(b"data", &data)];
    check(&riff(&second), "wav", Some(500), 500, Integrity::LengthMismatch);
    let mut contradicting = format(1, 2, 48_000, 16);
    contradicting[12] = 3;
    let bytes = riff(&[chunk(b"fmt ", &contradicting), chunk(b"data", &data)]);
    check(&bytes, "wav", Some(500), 500, Integrity::LengthMismatch);
}

#[test]
fn long_forms() {
    let (data, _) = ramp(500);
    check(&rf64(&data, 2000), "rf64", Some(500), 500, Integrity::Ok);
    check(&rf64(&data, 8_000_000_000), "rf64", Some(2_000_000_000), 500, Integrity::Truncated);
    let bw64 = [b"BW64", &rf64(&data, 2000)[4..]].concat();
    check(&bw64, "rf64", Some(500), 500, Integrity::Ok);
    check(&wave64(&data), "w64", Some(500), 500, Integrity::Ok);
    check(&wave64(&data)[..1500], "w64", Some(500), 341, Integrity::Truncated);
}

#[test]
fn big_endian_riff() {
    let (data, _) = ramp(500);
    let swap = |chunk: &[u8]| {
        let mut out = chunk[..4].to_vec();
        out.extend(chunk[4..8].iter().rev());
        out
    };
    let mut bytes = b"RIFX\0\0\x07\xf4WAVE".to_vec();
    bytes.extend(swap(&plain()));
    let fields = format(1, 2, 48_000, 16);
    for range in [0..2, 2..4, 4..8, 8..12, 12..14, 14..16] {
        bytes.extend(fields[range].iter().rev());
    }
    bytes.extend(swap(&chunk(b"data", &data)));
    bytes.extend(data.chunks_exact(2).flat_map(|raw| [raw[1], raw[0]]));
    check(&bytes, "rifx", Some(500), 500, Integrity::Ok);
}

#[test]
fn depths_and_their_places_in_the_container() {
    let one = |format: Vec<u8>, data: &[u8]| {
        let (channels, found) = decoded(&riff(&[chunk(b"fmt ", &format), chunk(b"data", data)]));
        (channels[0].clone(), found.source.bits, found.source.effective_bits)
    };
    assert_eq!(
        one(format(1, 1, 48_000, 8), &[0, 128, 255]),
        (vec![-1.0, 0.0, 127.0 / 128.0], Some(8), Some(8))
    );
    // 12 bits at the top of 16, 20 bits at the top of 24.
    assert_eq!(
        one(format(1, 1, 48_000, 12), &[0x10, 0, 0, 0x80]),
        (vec![1.0 / 2048.0, -1.0], Some(12), Some(12))
    );
    let twenty = one(format(1, 1, 48_000, 20), &[0x10, 0, 0, 0, 0, 0x80]);
    assert_eq!(twenty, (vec![1.0 / 524_288.0, -1.0], Some(20), Some(20)));
    // Extensible: 20 valid bits in 24; 24 in 32, at the top by the standard, at the bottom by some programs.
    let extensible = |stored: u16, valid: u16| {
        let mut out = format(0xfffe, 1, 48_000, stored);
        out.extend([22, 0]);
        out.extend(valid.to_le_bytes());
        out.extend([4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71]);
        out
    };
    assert_eq!(one(extensible(24, 20), &[0x10, 0, 0, 0, 0, 0x80]), twenty);
    let expected = (vec![1.0 / 8_388_608.0, -1.0, 0.5], Some(24), Some(24));
    assert_eq!(one(extensible(32, 24), &[0, 1, 0, 0, 0, 0, 0, 0x80, 0, 0, 0, 0x40]), expected);
    assert_eq!(one(extensible(32, 24), &[1, 0, 0, 0, 0, 0, 0x80, 0xff, 0, 0, 0x40, 0]), expected);
    let mut four_bytes = format(1, 1, 48_000, 24);
    four_bytes[12] = 4;
    assert_eq!(one(four_bytes, &[1, 0, 0, 0, 0, 0, 0x80, 0xff, 0, 0, 0x40, 0]), expected);
    assert_eq!(one(extensible(32, 0), &[0, 0, 0, 0x40]), (vec![0.5], Some(32), Some(2)));
    let double: Vec<u8> = [1.5f64, -0.25].iter().flat_map(|sample| sample.to_le_bytes()).collect();
    assert_eq!(one(format(3, 1, 48_000, 64), &double), (vec![1.5, -0.25], Some(64), None));
}

#[test]
fn aiff_and_aifc() {
    let (data, expected) = ramp(500);
    let swapped: Vec<u8> = data.chunks_exact(2).flat_map(|raw| [raw[1], raw[0]]).collect();
    check(&aiff(None, 2, 500, 16, &swapped), "aiff", Some(500), 500, Integrity::Ok);
    check(&aiff(Some(b"NONE"), 2, 500, 16, &swapped), "aiff", Some(500), 500, Integrity::Ok);
    check(&aiff(Some(b"sowt"), 2, 500, 16, &data), "aiff", Some(500), 500, Integrity::Ok);
    check(&aiff(None, 2, 900, 16, &swapped), "aiff", Some(900), 500, Integrity::Truncated);
    check(&aiff(None, 2, 100, 16, &swapped), "aiff", Some(100), 100, Integrity::LengthMismatch);
    check(&aiff(None, 2, 500, 16, &swapped)[..1000], "aiff", Some(500), 233, Integrity::Truncated);
    // Little-endian 24 and 32 bits, which the decoder library does not read.
    let wide = |zeros: usize| -> Vec<u8> {
        data.chunks_exact(2).flat_map(|raw| [vec![0; zeros], raw.to_vec()].concat()).collect()
    };
    for (bits, zeros) in [(24, 1), (32, 2)] {
        let (channels, found) = decoded(&aiff(Some(b"sowt"), 2, 500, bits, &wide(zeros)));
        assert_eq!(channels, expected);
        assert_eq!((found.source.bits, found.source.effective_bits), (Some(bits), Some(16)));
    }
    let float: Vec<u8> = (0..500)
        .flat_map(|i| [expected[0][i].to_be_bytes(), expected[1][i].to_be_bytes()])
        .flatten()
        .collect();
    let (channels, found) = decoded(&aiff(Some(b"fl32"), 2, 500, 32, &float));
    assert_eq!((channels, found.source.codec.as_str()), (expected, "pcm_float"));
    assert_eq!(found.source.tags["title"], "A song");
}

#[test]
fn tags_of_info_and_broadcast_chunks() {
    let (data, _) = ramp(10);
    let mut list = b"INFO".to_vec();
    list.extend(chunk(b"INAM", b"The \x1b[31msong\0"));
    list.extend(chunk(b"IART", b"Bj\xf6rk"));
    list.extend(chunk(b"ICRD", b"2026"));
    list.extend(chunk_saying(b"IGNR", 0x7fff_ffff, b"cut", false));
    let mut bext = vec![0; 602];
    bext[..11].copy_from_slice(b"Scene 1 / 2");
    let (_, found) =
        decoded(&riff(&[plain(), chunk(b"bext", &bext), chunk(b"data", &data), chunk(b"LIST", &list)]));
    let tags = found.source.tags;
    assert_eq!(
        tags["title"], "The \x1b[31msong",
        "control characters are kept: who prints them escapes them"
    );
    assert_eq!(tags["artist"], "Björk");
    assert_eq!(tags["date"], "2026");
    assert_eq!(tags["genre"], "cut");
    assert_eq!(tags["description"], "Scene 1 / 2");
}
