//! Real files: conformance sets and broken files, where they lie beside the project.

use crate::signals::real_audio;
use mixproof::decode::{Decoded, read_all};
use mixproof::model::Integrity;
use std::path::{Path, PathBuf};

/// All files below a folder of the real audio, in order; says so where they are absent.
#[allow(clippy::print_stderr, reason = "a skipped test says so")]
fn files(folder: &str) -> Vec<PathBuf> {
    let Some(root) = real_audio() else {
        eprintln!("skipped: no real audio beside the project ({folder})");
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = walkdir::WalkDir::new(root.join(folder))
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| entry.path().to_path_buf())
        .collect();
    files.sort();
    files
}

fn real(path: &str) -> Option<(mixproof::audio::Block, Decoded)> {
    let path = real_audio()?.join(path);
    path.is_file().then(|| read_all(&path).unwrap())
}

#[test]
fn every_file_decodes_or_gets_one_line() {
    for path in files("conformance").iter().chain(&files("malformed")) {
        match read_all(path) {
            Ok((block, found)) => {
                assert!(block.frames() > 0 && found.source.frames == block.frames() as u64, "{path:?}");
                assert!(block.channels().iter().flatten().all(|sample| sample.is_finite()), "{path:?}");
            }
            Err(error) => {
                let line = error.to_string();
                assert!(!line.contains('\n') && line.len() > path.display().to_string().len() + 20, "{line}");
            }
        }
    }
}

/// MD5 of the samples as STREAMINFO has it (RFC 9639, 8.2): interleaved little-endian integers.
fn md5(block: &mixproof::audio::Block, bits: u16) -> [u8; 16] {
    let full = f64::from(1u32 << (bits - 1));
    let mut context = md5::Context::new();
    for i in 0..block.frames() {
        for channel in block.channels() {
            let sample = (f64::from(channel[i]) * full) as i32;
            context.consume(&sample.to_le_bytes()[..usize::from(bits.div_ceil(8))]);
        }
    }
    context.finalize().0
}

#[test]
fn flac_conformance_files_are_bit_exact() {
    let mut checked = 0;
    for path in files("conformance/flac-test-files").iter().chain(&files("conformance/claxon-flac")) {
        let bytes = std::fs::read(path).unwrap();
        let is_plain = bytes.starts_with(b"fLaC\0\0\0\x22") || bytes.starts_with(b"fLaC\x80\0\0\x22");
        let Ok((block, found)) = read_all(path) else { continue };
        let bits = found.source.bits.unwrap_or(0);
        if !is_plain || bytes[26..42] == [0; 16] || bits > 24 {
            continue;
        }
        assert_eq!(md5(&block, bits), bytes[26..42], "{path:?}");
        checked += 1;
    }
    assert!(checked >= 40 || real_audio().is_none(), "{checked} files");
}

#[test]
fn the_same_audio_has_one_content_id_in_every_container() {
    let folder = "conformance/lofty-assets/minimal";
    let Some((_, flac)) = real(&format!("{folder}/full_test.flac")) else { return };
    for name in ["wav_format_pcm.wav", "full_test.aiff", "m4a_codec_alac.m4a"] {
        let Some((_, other)) = real(&format!("{folder}/{name}")) else { continue };
        assert_eq!(other.content_id, flac.content_id, "{name}");
        assert_eq!((other.integrity, other.source.bits), (Integrity::Ok, Some(16)), "{name}");
    }
    let ids = ["rect_24bit.wav", "rect_24bit_rf64.wav", "rect_24bit_bext.wav"];
    let ids: Vec<_> = ids.iter().filter_map(|name| real(&format!("conformance/libbw64/{name}"))).collect();
    assert!(ids.windows(2).all(|pair| pair[0].1.content_id == pair[1].1.content_id));
}

#[test]
fn lossy_files_are_cut_to_their_true_length() {
    let folder = "conformance/lofty-assets/minimal";
    // All made from one WAV of 68 546 frames; ADTS cannot say where its priming ends.
    for (name, codec) in [("full_test.mp3", "mp3"), ("m4a_codec_aac.m4a", "aac")] {
        let Some((_, found)) = real(&format!("{folder}/{name}")) else { return };
        assert_eq!((found.source.frames, found.source.codec.as_str()), (68_546, codec));
        assert_eq!(found.integrity, Integrity::Ok);
        assert_eq!((found.source.bits, found.source.effective_bits), (None, None));
    }
    let Some((_, stem)) = real("stems/francium/KICK.m4a") else { return };
    assert_eq!((stem.source.frames, stem.source.declared_frames), (14_130_000, Some(14_130_000)));
}

/// Writes the first part of a real file under its own ending and decodes that.
fn cut(path: &str, share: f64) -> Option<Decoded> {
    let path = real_audio()?.join(path);
    let bytes = std::fs::read(&path).ok()?;
    let folder = tempfile::tempdir().unwrap();
    let part = folder.path().join(Path::new("cut").with_extension(path.extension().unwrap()));
    std::fs::write(&part, &bytes[..(bytes.len() as f64 * share) as usize]).unwrap();
    Some(read_all(&part).unwrap().1)
}

#[test]
fn files_that_were_cut_short_are_called_truncated() {
    let folder = "conformance/lofty-assets/minimal";
    for path in [
        // With and without a header that counts frames.
        &format!("{folder}/full_test.mp3"),
        "stems/mdn-multitrack/clav.mp3",
        &format!("{folder}/full_test.flac"),
        &format!("{folder}/full_test.ogg"),
        &format!("{folder}/untagged.aac"),
        "stems/francium/KICK.m4a",
        &format!("{folder}/wav_format_pcm.wav"),
        &format!("{folder}/full_test.aiff"),
        "conformance/flac-test-files/subset/45 - no total number of samples set.flac",
    ] {
        for share in [0.5, 0.73, 0.9] {
            let Some(found) = cut(path, share) else { return };
            assert_eq!(found.integrity, Integrity::Truncated, "{share} of {path}");
        }
    }
}

#[test]
fn a_flac_file_with_broken_tags_still_plays() {
    for (name, frames) in [
        ("10 - invalid vorbis comment metadata block", 119_279),
        ("11 - incorrect metadata block length", 64_559),
    ] {
        let Some((_, found)) = real(&format!("malformed/flac-test-files-faulty/{name}.flac")) else { return };
        assert_eq!((found.source.frames, found.integrity), (frames, Integrity::Ok), "{name}");
    }
}

#[test]
fn formats_that_change_in_the_middle_are_not_called_whole() {
    for name in [
        "01 - changing samplerate",
        "02 - increasing number of channels",
        "03 - decreasing number of channels",
    ] {
        let Some((_, found)) = real(&format!("conformance/flac-test-files/uncommon/{name}.flac")) else {
            return;
        };
        assert_eq!(found.integrity, Integrity::Truncated, "{name}");
    }
}

#[test]
fn a_damaged_byte_in_an_ogg_file_is_noticed() {
    let Some(root) = real_audio() else { return };
    let path = root.join("conformance/lofty-assets/minimal/full_test.ogg");
    let Ok(whole) = std::fs::read(path) else { return };
    let folder = tempfile::tempdir().unwrap();
    let damaged = folder.path().join("damaged.ogg");
    for share in [0.4, 0.75, 0.99] {
        let mut bytes = whole.clone();
        let at = (bytes.len() as f64 * share) as usize;
        bytes[at] ^= 0x55;
        std::fs::write(&damaged, &bytes).unwrap();
        if let Ok((_, found)) = read_all(&damaged) {
            assert_eq!(found.integrity, Integrity::Truncated, "a byte at {share}");
        }
    }
}
