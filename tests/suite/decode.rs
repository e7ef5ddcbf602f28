//! Reading: headers as real programs and damaged disks write them, bit-exact samples, one line for the rest.

mod headers;
mod real;

use crate::signals::{Random, white};
use mixproof::decode::{BLOCK_FRAMES, Decoded, Decoder, read_all};
use mixproof::encode::{Format, Writer};
use mixproof::error::Error;
use mixproof::model::Integrity;
use std::io::Write;
use std::path::Path;
use tempfile::NamedTempFile;

/// A file with these bytes.
fn file(bytes: &[u8]) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file
}

/// Channels and findings of a file with these bytes.
fn decoded(bytes: &[u8]) -> (Vec<Vec<f32>>, Decoded) {
    let (block, decoded) = read_all(file(bytes).path()).unwrap();
    (block.channels().to_vec(), decoded)
}

/// The error line of a file; a file that opens must fail at its end.
fn error_line(path: &Path) -> String {
    let error = match Decoder::open(path) {
        Ok(decoder) => decoder.finish().unwrap_err(),
        Err(error) => error,
    };
    let line = error.to_string();
    assert!(!line.contains('\n') && line.starts_with(&path.display().to_string()), "{line}");
    line
}

/// `fmt ` chunk of plain PCM (tag 1) or float (tag 3).
fn format(tag: u16, channels: u16, rate: u32, bits: u16) -> Vec<u8> {
    let frame = channels * bits.div_ceil(8);
    let mut out = Vec::new();
    out.extend(tag.to_le_bytes());
    out.extend(channels.to_le_bytes());
    out.extend(rate.to_le_bytes());
    out.extend((rate * u32::from(frame)).to_le_bytes());
    out.extend(frame.to_le_bytes());
    out.extend(bits.to_le_bytes());
    out
}

/// A chunk with its true length, padded.
fn chunk(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    chunk_saying(name, body.len() as u32, body, body.len() % 2 == 1)
}

/// A chunk with any length in its header.
fn chunk_saying(name: &[u8; 4], says: u32, body: &[u8], padded: bool) -> Vec<u8> {
    let mut out = name.to_vec();
    out.extend(says.to_le_bytes());
    out.extend(body);
    out.extend(vec![0; usize::from(padded)]);
    out
}

/// A RIFF file of these chunks.
fn riff(chunks: &[Vec<u8>]) -> Vec<u8> {
    riff_saying(4 + chunks.concat().len() as u32, chunks)
}

fn riff_saying(says: u32, chunks: &[Vec<u8>]) -> Vec<u8> {
    [b"RIFF".to_vec(), says.to_le_bytes().to_vec(), b"WAVE".to_vec(), chunks.concat()].concat()
}

/// Interleaved stereo ramp of 16 bits, and what it decodes to.
fn ramp(frames: i16) -> (Vec<u8>, Vec<Vec<f32>>) {
    let left_at = |i: i16| i.wrapping_mul(7).wrapping_sub(99);
    let right_at = |i: i16| i.wrapping_mul(-5);
    let bytes =
        (0..frames).flat_map(|i| [left_at(i).to_le_bytes(), right_at(i).to_le_bytes()]).flatten().collect();
    let sample = |value: i16| f32::from(value) / 32_768.0;
    let left = (0..frames).map(|i| sample(left_at(i))).collect();
    let right = (0..frames).map(|i| sample(right_at(i))).collect();
    (bytes, vec![left, right])
}

#[test]
fn hound_files_read_back_bit_exactly() {
    let folder = tempfile::tempdir().unwrap();
    for channels in [1u16, 2, 5] {
        for bits in [8u16, 16, 24, 32] {
            let path = folder.path().join(format!("{bits}-{channels}.wav"));
            let sample_format = hound::SampleFormat::Int;
            let spec = hound::WavSpec { channels, sample_rate: 44_100, bits_per_sample: bits, sample_format };
            let mut random = Random(u64::from(bits));
            let full = f64::from(1u32 << (bits - 1));
            let samples: Vec<i32> =
                (0..3000 * i32::from(channels)).map(|_| (random.bipolar() * full) as i32).collect();
            let mut writer = hound::WavWriter::create(&path, spec).unwrap();
            samples.iter().for_each(|sample| writer.write_sample(*sample).unwrap());
            writer.finalize().unwrap();
            let (block, decoded) = read_all(&path).unwrap();
            for (i, frame) in samples.chunks_exact(usize::from(channels)).enumerate() {
                for (c, sample) in frame.iter().enumerate() {
                    assert_eq!(block.channel(c)[i], (f64::from(*sample) / full) as f32, "{bits} bits");
                }
            }
            assert_eq!(decoded.source.bits, Some(bits));
            assert_eq!(decoded.source.effective_bits, Some(bits));
            assert_eq!(decoded.source.frames, 3000);
        }
    }
}

#[test]
fn blocks_follow_each_other_and_the_last_one_is_shorter() {
    let frames = 2 * BLOCK_FRAMES + 77;
    let bytes: Vec<u8> = (0..frames).flat_map(|i| (i as i16).to_le_bytes()).collect();
    let file = file(&riff(&[chunk(b"fmt ", &format(1, 1, 48_000, 16)), chunk(b"data", &bytes)]));
    let mut decoder = Decoder::open(file.path()).unwrap();
    assert_eq!((decoder.sample_rate_hz(), decoder.channel_count()), (48_000, 1));
    assert_eq!(decoder.declared_frames(), Some(frames as u64));
    // A block of another layout is made to fit.
    let mut block = mixproof::audio::Block::silent(3, 5, 8_000);
    let mut lengths = Vec::new();
    while decoder.read(&mut block).unwrap() {
        assert_eq!(block.start_frame, lengths.iter().sum::<usize>() as u64);
        assert_eq!((block.channel_count(), block.sample_rate_hz()), (1, 48_000));
        lengths.push(block.frames());
    }
    assert_eq!(lengths, [BLOCK_FRAMES, BLOCK_FRAMES, 77]);
    assert!(!decoder.read(&mut block).unwrap(), "the end stays the end");
    assert_eq!(block.frames(), 0);
    assert_eq!(decoder.finish().unwrap().source.frames, frames as u64);
}

#[test]
fn finish_reads_what_was_not_read() {
    let (data, _) = ramp(20_000);
    let file = file(&riff(&[chunk(b"fmt ", &format(1, 2, 48_000, 16)), chunk(b"data", &data)]));
    let unread = Decoder::open(file.path()).unwrap().finish().unwrap();
    assert_eq!(unread, read_all(file.path()).unwrap().1);
}

#[test]
fn the_content_id_is_of_the_audio_alone() {
    let (data, _) = ramp(1000);
    let id = |rate, chunks: &[Vec<u8>]| {
        let head = chunk(b"fmt ", &format(1, 2, rate, 16));
        decoded(&riff(&[vec![head], chunks.to_vec()].concat())).1.content_id
    };
    let plain = id(48_000, &[chunk(b"data", &data)]);
    assert!(plain.starts_with("xxh3:") && plain.len() == 37, "{plain}");
    assert_eq!(id(48_000, &[chunk(b"junk", &[1; 33]), chunk(b"data", &data)]), plain);
    assert_ne!(id(44_100, &[chunk(b"data", &data)]), plain, "the rate counts");
    assert_ne!(id(48_000, &[chunk(b"data", &data[4..])]), plain, "the length counts");
    let mono = chunk(b"fmt ", &format(1, 1, 48_000, 16));
    assert_ne!(decoded(&riff(&[mono, chunk(b"data", &data)])).1.content_id, plain, "the layout counts");
    let mut swapped = data.clone();
    swapped.chunks_exact_mut(4).for_each(|frame| frame.rotate_left(2));
    assert_ne!(id(48_000, &[chunk(b"data", &swapped)]), plain, "the order of channels counts");

    // The same numbers in 24 bits, in float and in AIFF.
    let wide: Vec<u8> = data.chunks_exact(2).flat_map(|raw| [0, raw[0], raw[1]]).collect();
    let wide = decoded(&riff(&[chunk(b"fmt ", &format(1, 2, 48_000, 24)), chunk(b"data", &wide)])).1;
    assert_eq!(wide.content_id, plain);
    assert_eq!((wide.source.bits, wide.source.effective_bits), (Some(24), Some(16)));
    let float: Vec<u8> = data
        .chunks_exact(2)
        .flat_map(|raw| (f32::from(i16::from_le_bytes([raw[0], raw[1]])) / 32_768.0).to_le_bytes())
        .collect();
    let float = decoded(&riff(&[chunk(b"fmt ", &format(3, 2, 48_000, 32)), chunk(b"data", &float)])).1;
    assert_eq!(float.content_id, plain);
    assert_eq!((float.source.bits, float.source.effective_bits), (Some(32), None));
    let swapped: Vec<u8> = data.chunks_exact(2).flat_map(|raw| [raw[1], raw[0]]).collect();
    assert_eq!(decoded(&headers::aiff(None, 2, 1000, 16, &swapped)).1.content_id, plain);
}

#[test]
fn samples_that_are_no_numbers_are_silenced_and_counted() {
    let samples = [0.5f32, f32::NAN, f32::INFINITY, -2.5, f32::NEG_INFINITY, 1e-41];
    let data: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let (channels, found) =
        decoded(&riff(&[chunk(b"fmt ", &format(3, 1, 48_000, 32)), chunk(b"data", &data)]));
    assert_eq!(channels, [[0.5, 0.0, 0.0, -2.5, 0.0, 1e-41]]);
    assert_eq!(found.source.non_finite_samples, 3);
    assert_eq!(found.integrity, Integrity::NonFinite);
    // A double that does not fit into f32 is no number either.
    let data: Vec<u8> = [1e300f64, 0.25].iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let (channels, found) =
        decoded(&riff(&[chunk(b"fmt ", &format(3, 1, 48_000, 64)), chunk(b"data", &data)]));
    assert_eq!((channels, found.source.non_finite_samples), (vec![vec![0.0, 0.25]], 1));
}

#[test]
fn what_is_no_audio_gets_one_line_that_says_what_it_is() {
    let line = |bytes: &[u8]| error_line(file(bytes).path());
    assert!(line(b"").contains("empty file"));
    assert!(line(b"Dear engineer, here is the mix.").contains("found text"));
    assert!(line(b"\x89PNG\r\n\x1a\n0000").contains("PNG picture"));
    assert!(line(b"PK\x03\x04RIFF0000WAVEfmt ").contains("ZIP archive"));
    assert!(line(b"wvpk\0\0\0\0RIFF0000WAVEfmt ").contains("WavPack is not supported in this build"));
    assert!(line(b"DSD \x1c\0\0\0\0\0\0\0").contains("convert to WAV or FLAC first"));
    assert!(line(b"ID3\x04\0\0\0\0\0\x04tttt MAC ").contains("audio"));
    assert!(line(b"ID3\x04\0\0\0\0\0\x04ttttMAC \x96\x0f").contains("Monkey's Audio"));
    let mut opus = b"OggS\0\x02\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\x01\x13".to_vec();
    opus.extend(b"OpusHead\x01\x02\0\0\x80\xbb\0\0\0\0\0");
    #[cfg(not(feature = "codecs"))]
    assert!(line(&opus).contains("Opus is not supported in this build"));
    #[cfg(feature = "codecs")]
    assert!(line(&opus).contains("expected"));
    let mut random = Random(7);
    let noise: Vec<u8> = (0..100_000).map(|_| random.next_u64() as u8).collect();
    assert!(line(&noise).contains("expected audio"));
    let data = chunk(b"data", &[0; 48]);
    let with =
        |channels, rate, bits| line(&riff(&[chunk(b"fmt ", &format(1, channels, rate, bits)), data.clone()]));
    assert!(with(24, 48_000, 16).contains("24 channels are not supported"));
    assert!(with(0, 48_000, 16).contains("0"));
    assert!(with(2, 0, 16).contains("sample rate of 0 Hz"));
    assert!(with(2, 768_000, 16).contains("sample rate of 768000 Hz"));
    assert!(with(2, 48_000, 0).contains("0 bits"));
    assert!(line(&riff(&[chunk(b"fmt ", &format(0x55, 2, 48_000, 16)), data.clone()])).contains("0x0055"));
    assert!(
        line(&riff(&[chunk(b"fmt ", &format(1, 2, 48_000, 16)), chunk(b"data", &[])])).contains("no frame")
    );
    assert!(line(&riff(&[data])).contains("format chunk"));
    assert!(line(&riff(&[chunk(b"fmt ", &format(1, 2, 48_000, 16))])).contains("sound"));
}

#[test]
fn paths_that_are_no_files_get_one_line() {
    let folder = tempfile::tempdir().unwrap();
    assert!(error_line(folder.path()).contains("found a folder"));
    let missing = folder.path().join("missing.wav");
    assert!(matches!(Decoder::open(&missing), Err(Error::Io { .. })));
    assert!(error_line(&missing).contains("no such file"));
    #[cfg(unix)]
    {
        assert!(error_line(Path::new("/dev/null")).contains("pipe or device"));
        let pipe = folder.path().join("pipe.wav");
        if std::process::Command::new("mkfifo").arg(&pipe).status().is_ok_and(|status| status.success()) {
            assert!(error_line(&pipe).contains("pipe or device"), "and it does not wait for a writer");
        }
    }
}

#[cfg(unix)]
#[test]
fn names_that_are_not_utf8_are_read() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(std::ffi::OsStr::from_bytes(b"s\xf6ng.wav"));
    let (data, channels) = ramp(10);
    std::fs::write(&path, riff(&[chunk(b"fmt ", &format(1, 2, 48_000, 16)), chunk(b"data", &data)])).unwrap();
    assert_eq!(read_all(&path).unwrap().0.channels(), channels);
}

#[test]
fn mutated_files_never_panic_and_never_promise_what_is_not_there() {
    let (data, _) = ramp(300);
    let info = chunk(b"LIST", b"INFOINAM\x04\0\0\0song");
    let whole = riff(&[chunk(b"fmt ", &format(1, 2, 48_000, 16)), info, chunk(b"data", &data)]);
    let aiff = headers::aiff(Some(b"sowt"), 2, 300, 16, &data);
    let long = headers::rf64(&data, data.len() as u64);
    let wave64 = headers::wave64(&data);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mutant");
    let mut random = Random(99);
    for seed in [whole, aiff, long, wave64] {
        for _ in 0..400 {
            let mut mutant = seed.clone();
            for _ in 0..1 + random.next_u64() % 4 {
                let at = (random.next_u64() % 130) as usize;
                mutant[at] = match random.next_u64() % 4 {
                    0 => 0,
                    1 => 0xff,
                    _ => random.next_u64() as u8,
                };
            }
            mutant.truncate(mutant.len() - (random.next_u64() % 200) as usize);
            std::fs::write(&path, &mutant).unwrap();
            if let Ok((block, _)) = read_all(&path) {
                assert!(block.frames() * block.channel_count() <= mutant.len(), "no sample from nowhere");
            }
        }
    }
}

#[test]
fn excerpts_are_what_lies_in_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let audio = white(0.5, 0.5, 44_100, 2, 9);
    let frames = audio.frames() as u64;
    let spans = [0..1, 9_000..13_500, 100..100, frames - 7..frames + 50, frames + 3..frames + 9, 20..4_100];
    for (name, bits) in [("a.wav", 16), ("b.wav", 24), ("c.aiff", 24)] {
        let path = folder.path().join(name);
        let format = Format { sample_rate_hz: 44_100, channels: 2, bits, float: false };
        let mut writer = Writer::create(&path, format, false).unwrap();
        writer.write(&audio).unwrap();
        writer.finish().unwrap();
        let whole = read_all(&path).unwrap().0;
        let found = Decoder::open(&path).unwrap().excerpts(&spans).unwrap().unwrap();
        for (span, found) in spans.iter().zip(&found) {
            let part = whole.slice(span.start.min(frames) as usize, span.end.min(frames) as usize);
            assert_eq!(found.channels(), part.channels(), "{name} {span:?}");
        }
    }
    // Coded frames need those before them.
    let path = folder.path().join("d.flac");
    let format = Format { sample_rate_hz: 44_100, channels: 2, bits: 16, float: false };
    let mut writer = Writer::create(&path, format, false).unwrap();
    writer.write(&audio).unwrap();
    writer.finish().unwrap();
    assert!(Decoder::open(&path).unwrap().excerpts(&spans).unwrap().is_none());
}
