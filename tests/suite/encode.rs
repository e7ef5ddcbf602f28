//! Written files: bit-exact for every format, atomic, never over what is there without being told.

use crate::signals::{self, Random};
use mixproof::audio::Block;
use mixproof::decode::read_all;
use mixproof::encode::{Format, Writer};
use mixproof::error::Error;
use mixproof::model::Integrity;
use std::path::Path;

/// Noise on the grid of `bits`-bit integers, with both ends of the scale; floats go above full scale.
fn on_grid(bits: u16, float: bool, channels: usize, sample_rate_hz: u32) -> Block {
    let mut random = Random(u64::from(bits) << 8 | channels as u64);
    let full = f64::from(1u32 << (bits - 1));
    let mut sample = |index: usize| match (index, float) {
        (_, true) => (4.0 * random.bipolar()) as f32,
        (0, _) => -1.0,
        (1, _) if bits < 32 => ((full - 1.0) / full) as f32,
        // 24 significant bits fit into f32 whatever the depth.
        _ => ((random.bipolar() * full.min(8_388_608.0)).trunc() / full) as f32,
    };
    let channels = (0..channels).map(|_| (0..1501).map(&mut sample).collect()).collect();
    Block::from_channels(channels, sample_rate_hz)
}

fn write(path: &Path, block: &Block, format: Format, lengths: &[usize]) {
    let mut writer = Writer::create(path, format, false).unwrap();
    for piece in signals::pieces(block, lengths) {
        writer.write(&piece).unwrap();
    }
    writer.finish().unwrap();
}

#[test]
fn every_depth_rate_and_channel_count_reads_back_bit_exactly() {
    let folder = tempfile::tempdir().unwrap();
    for (bits, float) in [(16, false), (24, false), (32, false), (32, true)] {
        for sample_rate_hz in [8_000, 44_100, 48_000, 96_000, 384_000] {
            for channels in 1..=8u16 {
                let path = folder.path().join(format!("{bits}-{float}-{sample_rate_hz}-{channels}.wav"));
                let block = on_grid(bits, float, usize::from(channels), sample_rate_hz);
                write(&path, &block, Format { sample_rate_hz, channels, bits, float }, &[1, 700, 0, 33]);
                let (read, decoded) = read_all(&path).unwrap();
                assert_eq!(read.channels(), block.channels(), "{path:?}");
                assert_eq!(decoded.integrity, Integrity::Ok);
                let source = decoded.source;
                assert_eq!((source.sample_rate_hz, source.channels), (sample_rate_hz, channels));
                assert_eq!(source.declared_frames, Some(1501));
                assert_eq!(source.bits, Some(bits));
                assert_eq!(source.codec, if float { "pcm_float" } else { "pcm" });
            }
        }
    }
}

#[test]
fn hound_reads_what_is_written() {
    let folder = tempfile::tempdir().unwrap();
    for (bits, float, channels) in
        [(16, false, 1), (16, false, 2), (16, false, 6), (24, false, 2), (32, true, 2)]
    {
        let path = folder.path().join(format!("{bits}-{channels}.wav"));
        let block = on_grid(bits, float, channels, 44_100);
        let format = Format { sample_rate_hz: 44_100, channels: channels as u16, bits, float };
        write(&path, &block, format, &[1000]);
        let mut reader = hound::WavReader::open(&path).unwrap();
        assert_eq!(reader.spec().bits_per_sample, bits);
        assert_eq!(reader.duration(), 1501);
        let full = f64::from(1u32 << (bits - 1));
        let samples: Vec<f32> = if float {
            reader.samples::<f32>().map(Result::unwrap).collect()
        } else {
            reader.samples::<i32>().map(|sample| (f64::from(sample.unwrap()) / full) as f32).collect()
        };
        for (i, frame) in samples.chunks_exact(channels).enumerate() {
            for (c, sample) in frame.iter().enumerate() {
                assert_eq!(*sample, block.channel(c)[i], "{bits} bits, {channels} channels, frame {i}");
            }
        }
    }
}

#[test]
fn the_bytes_do_not_depend_on_the_blocks() {
    let folder = tempfile::tempdir().unwrap();
    let block = on_grid(24, false, 3, 48_000);
    let format = Format { sample_rate_hz: 48_000, channels: 3, bits: 24, float: false };
    let bytes: Vec<Vec<u8>> = [&[2000][..], &[1], &[7, 0, 64]]
        .iter()
        .enumerate()
        .map(|(i, lengths)| {
            let path = folder.path().join(format!("{i}.wav"));
            write(&path, &block, format, lengths);
            std::fs::read(path).unwrap()
        })
        .collect();
    assert_eq!(bytes[0], bytes[1]);
    assert_eq!(bytes[0], bytes[2]);
    assert_eq!(bytes[0].len() % 2, 0, "the form has even length");
}

#[test]
fn values_beyond_full_scale_are_clamped_in_integers_and_kept_in_float() {
    let folder = tempfile::tempdir().unwrap();
    let block = Block::from_channels(vec![vec![2.5, -3.0, 1.0, f32::NAN, 0.25]], 48_000);
    let written = |name: &str, bits, float| {
        let path = folder.path().join(name);
        write(&path, &block, Format { sample_rate_hz: 48_000, channels: 1, bits, float }, &[5]);
        read_all(&path).unwrap().0.channel(0).to_vec()
    };
    let top = 32_767.0 / 32_768.0;
    assert_eq!(written("i.wav", 16, false), [top, -1.0, top, 0.0, 0.25]);
    assert_eq!(written("f.wav", 32, true), [2.5, -3.0, 1.0, 0.0, 0.25]);
}

const STEREO_16: Format = Format { sample_rate_hz: 44_100, channels: 2, bits: 16, float: false };

#[test]
fn an_existing_file_is_kept_unless_forced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("song.wav");
    std::fs::write(&path, "precious").unwrap();
    assert!(matches!(Writer::create(&path, STEREO_16, false), Err(Error::Exists { .. })));
    let mut writer = Writer::create(&path, STEREO_16, true).unwrap();
    writer.write(&signals::silence(0.1, 44_100, 2)).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"precious", "the old file stays until the new one is whole");
    writer.finish().unwrap();
    assert_eq!(read_all(&path).unwrap().0.frames(), 4410);
}

#[test]
fn a_file_that_appears_meanwhile_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("song.wav");
    let writer = Writer::create(&path, STEREO_16, false).unwrap();
    std::fs::write(&path, "precious").unwrap();
    assert!(matches!(writer.finish(), Err(Error::Exists { .. })));
    assert_eq!(std::fs::read(&path).unwrap(), b"precious");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file is left");
}

#[test]
fn dropping_an_unfinished_writer_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = Writer::create(&folder.path().join("song.wav"), STEREO_16, false).unwrap();
    writer.write(&signals::silence(1.0, 44_100, 2)).unwrap();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    drop(writer);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn impossible_targets_are_refused_by_name_and_leave_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |name: &str, format: Format| {
        Writer::create(&folder.path().join(name), format, true).err().map(|error| error.to_string()).unwrap()
    };
    assert!(refused("song.mp3", STEREO_16).contains(".wav, .flac or .aiff"));
    assert!(refused("song.flac", Format { bits: 32, float: true, ..STEREO_16 }).contains("32 bit float"));
    assert!(refused("song", STEREO_16).contains(".wav"));
    assert!(refused("song.wav", Format { bits: 20, ..STEREO_16 }).contains("20 bit integer"));
    assert!(refused("song.wav", Format { float: true, ..STEREO_16 }).contains("16 bit float"));
    assert!(refused("song.wav", Format { channels: 9, ..STEREO_16 }).contains("9 channels"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    std::fs::create_dir(folder.path().join("folder.wav")).unwrap();
    assert!(refused("folder.wav", STEREO_16).contains("found a folder"));
    let mut writer = Writer::create(&folder.path().join("song.wav"), STEREO_16, false).unwrap();
    assert!(writer.write(&signals::silence(0.1, 48_000, 2)).is_err());
    assert!(writer.write(&signals::silence(0.1, 44_100, 1)).is_err());
}

#[cfg(unix)]
#[test]
fn a_link_is_replaced_and_its_target_untouched() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("source.wav");
    let link = folder.path().join("link.wav");
    std::fs::write(&target, "precious").unwrap();
    symlink(&target, &link).unwrap();
    assert!(matches!(Writer::create(&link, STEREO_16, false), Err(Error::Exists { .. })));
    write_forced(&link);
    assert_eq!(std::fs::read(&target).unwrap(), b"precious");
    assert!(!std::fs::symlink_metadata(&link).unwrap().file_type().is_symlink());
    // The mode is that of any new file of this user.
    let plain = folder.path().join("plain");
    std::fs::write(&plain, "").unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(&link), mode(&plain));
}

#[cfg(unix)]
fn write_forced(path: &Path) {
    let mut writer = Writer::create(path, STEREO_16, true).unwrap();
    writer.write(&signals::silence(0.1, 44_100, 2)).unwrap();
    writer.finish().unwrap();
}

/// Signals that need each kind of prediction, or none, at the edges of the scale.
fn hard_cases(frames: usize, bits: u16) -> Vec<Vec<f32>> {
    let full = f64::from(1u32 << (bits - 1));
    let mut random = Random(5);
    let mut noise = |level: f64| -> Vec<f32> {
        (0..frames).map(|_| ((random.bipolar() * level * full).trunc() / full) as f32).collect()
    };
    let shaped = |shape: &dyn Fn(f64) -> f64| -> Vec<f32> {
        (0..frames).map(|i| ((shape(i as f64) * (full - 1.0)).round() / full) as f32).collect()
    };
    vec![
        vec![0.0; frames],
        vec![-1.0; frames],
        noise(1.0),
        noise(0.001),
        shaped(&|i| (i * 0.031).sin()),
        shaped(&|i| (i * 0.031).sin() * (i * 0.000_7).sin() + 0.0001 * (i * 2.9).sin()),
        // Wasted bits.
        shaped(&|i| (i * 0.011).sin()).iter().map(|sample| (sample * 128.0).round() / 128.0 * 0.5).collect(),
        // A square over the whole scale, and one sample out of silence.
        (0..frames).map(|i| if i / 50 % 2 == 0 { ((full - 1.0) / full) as f32 } else { -1.0 }).collect(),
        (0..frames).map(|i| if i == frames / 2 { -1.0 } else { 0.0 }).collect(),
    ]
}

#[test]
fn flac_reads_back_bit_exactly_with_its_checksum() {
    let folder = tempfile::tempdir().unwrap();
    for bits in [16, 24] {
        for frames in [1, 2, 31, 4095, 4096, 4097, 9000] {
            let cases = hard_cases(frames, bits);
            let mono = cases.iter().map(|case| vec![case.clone()]);
            let stereo = cases.windows(2).map(<[Vec<f32>]>::to_vec);
            let many = [cases[..3].to_vec(), cases[1..].to_vec()];
            for (index, channels) in mono.chain(stereo).chain(many).enumerate() {
                let path = folder.path().join(format!("{bits}-{frames}-{index}.flac"));
                let count = channels.len() as u16;
                let block = Block::from_channels(channels, 44_100);
                let format = Format { sample_rate_hz: 44_100, channels: count, bits, float: false };
                write(&path, &block, format, &[1000, 1, 5000]);
                let (read, decoded) = read_all(&path).unwrap();
                assert!(read.channels() == block.channels(), "{bits} bits, {frames} frames, case {index}");
                assert_eq!(decoded.integrity, Integrity::Ok);
                assert_eq!(decoded.source.declared_frames, Some(frames as u64));
                assert_eq!((decoded.source.container.as_str(), decoded.source.bits), ("flac", Some(bits)));
                let mut samples = Vec::new();
                for i in 0..frames {
                    for channel in block.channels() {
                        let sample = (f64::from(channel[i]) * f64::from(1u32 << (bits - 1))) as i32;
                        samples.extend_from_slice(&sample.to_le_bytes()[..usize::from(bits / 8)]);
                    }
                }
                let bytes = std::fs::read(&path).unwrap();
                assert_eq!(bytes[26..42], md5::compute(&samples).0, "the checksum of the stream");
                let verbatim = samples.len() + 200 + frames / 64;
                assert!(bytes.len() <= verbatim, "never much larger than the samples: {} bytes", bytes.len());
            }
        }
    }
}

#[test]
fn flac_and_wav_of_one_song_have_one_content_id_and_flac_is_smaller() {
    let folder = tempfile::tempdir().unwrap();
    let tone = signals::sine(440.0, -6.0, 2.0, 48_000, 2);
    let mut ids = Vec::new();
    for ending in ["wav", "flac"] {
        let path = folder.path().join("song").with_extension(ending);
        write(&path, &tone, Format { sample_rate_hz: 48_000, channels: 2, bits: 24, float: false }, &[4096]);
        ids.push((read_all(&path).unwrap().1.content_id, std::fs::metadata(&path).unwrap().len()));
    }
    assert_eq!(ids[0].0, ids[1].0);
    assert!(ids[1].1 * 2 < ids[0].1, "{} of {} bytes", ids[1].1, ids[0].1);
}

#[test]
fn flac_bytes_do_not_depend_on_the_blocks() {
    let folder = tempfile::tempdir().unwrap();
    let block = signals::white(0.3, 0.5, 96_000, 2, 11);
    let bytes: Vec<Vec<u8>> = [&[100_000][..], &[1, 4095, 4097], &[7, 8192]]
        .iter()
        .enumerate()
        .map(|(i, lengths)| {
            let path = folder.path().join(format!("{i}.flac"));
            write(
                &path,
                &block,
                Format { sample_rate_hz: 96_000, channels: 2, bits: 24, float: false },
                lengths,
            );
            std::fs::read(path).unwrap()
        })
        .collect();
    assert!(bytes[0] == bytes[1] && bytes[0] == bytes[2]);
}
