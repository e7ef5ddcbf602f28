//! Lossy files: encoded, decoded again, in place to the sample, as long as what went in, and near it.

use crate::signals;
use crate::song;
use mixproof::audio::Block;
use mixproof::decode::read_all;
use mixproof::encode::{Codec, Coded, Scratch, Writer};
use mixproof::model::Integrity;
use mixproof::pipeline::{CodedJob, Silent, encode_song};
use std::path::{Path, PathBuf};

fn encode(path: &Path, block: &Block, codec: Codec, kbps: u32, lengths: &[usize]) {
    let coded =
        Coded { codec, kbps, sample_rate_hz: block.sample_rate_hz(), channels: block.channel_count() as u16 };
    let mut writer = Writer::create_coded(path, coded, false).unwrap();
    signals::pieces(block, lengths).iter().for_each(|piece| writer.write(piece).unwrap());
    writer.finish().unwrap();
}

/// The codecs that this build and machine have; a test that lacks one says so.
fn present() -> Vec<Codec> {
    let here = |codec: &Codec| match codec.missing() {
        None => true,
        Some(why) => {
            println!("skipped {}: {why}", codec.title());
            false
        }
    };
    Codec::ALL.into_iter().filter(here).collect()
}

/// The lag in frames at which `b` fits best to `a`, and the share of `a`'s power that is left there.
fn fit(a: &[f32], b: &[f32]) -> (i64, f64) {
    let at = |samples: &[f32], i: i64| f64::from(*samples.get(i as usize).unwrap_or(&0.0));
    let (from, to) = (4000, a.len() as i64 - 4000);
    let power: f64 = (from..to).map(|i| at(a, i).powi(2)).sum();
    let left = |lag: i64| (from..to).map(|i| (at(a, i) - at(b, i + lag)).powi(2)).sum::<f64>() / power;
    // Delays that coders and decoders are known for, and everything near.
    let known = [312, 529, 576, 1024, 1105, 1152, 2112, 2257, 2304].into_iter().flat_map(|lag| [-lag, lag]);
    (-24..24).chain(known).map(|lag| (lag, left(lag))).min_by(|x, y| x.1.total_cmp(&y.1)).unwrap()
}

#[test]
fn every_codec_gives_back_the_song_in_place_and_whole() {
    let folder = tempfile::tempdir().unwrap();
    for codec in present() {
        for (rate_hz, channels) in [(44_100, 2), (48_000, 1)] {
            let rate_hz = codec.coded_rate_hz(rate_hz);
            let whole = song::song(1.7, rate_hz, 3);
            let block = Block::from_channels(whole.channels()[..channels].to_vec(), rate_hz);
            let path = folder.path().join(format!("{channels}.{}", codec.ending()));
            encode(&path, &block, codec, 192, &[4096]);
            let (read, decoded) = read_all(&path).unwrap();
            let source = &decoded.source;
            let name = format!("{} {rate_hz} Hz, {channels} channels", codec.name());
            assert_eq!(source.codec, codec.name());
            assert_eq!((source.sample_rate_hz, usize::from(source.channels)), (rate_hz, channels), "{name}");
            assert_eq!(decoded.integrity, Integrity::Ok, "{name}: {source:?}");
            assert_eq!(source.frames, block.frames() as u64, "{name}");
            assert_eq!(source.declared_frames, Some(block.frames() as u64), "{name}");
            for (a, b) in block.channels().iter().zip(read.channels()) {
                let (lag, left) = fit(a, b);
                assert_eq!(lag, 0, "{name}: in place to the sample");
                // 192 kbit/s of this song leave −20 dB and less of difference; a wrong sign or gain leaves more than −1 dB.
                assert!(left < 0.02, "{name}: {left} of the power is lost");
            }
        }
    }
}

#[test]
fn overs_survive_coding_and_decoding() {
    let folder = tempfile::tempdir().unwrap();
    for codec in present() {
        let tone = signals::sine(440.0, 6.0, 1.0, codec.coded_rate_hz(44_100), 2);
        let path = folder.path().join("loud").with_extension(codec.ending());
        encode(&path, &tone, codec, 256, &[4096]);
        let (read, _) = read_all(&path).unwrap();
        let peak = read.channel(0)[8000..30_000].iter().fold(0f32, |peak, sample| peak.max(sample.abs()));
        // Clipping anywhere would leave 1.0; ffmpeg's AAC adds 8 % of its own to this tone.
        assert!((1.9..2.3).contains(&peak), "{}: peak {peak} of a sine of 1.995", codec.name());
    }
}

#[test]
fn the_same_audio_gives_the_same_bytes_in_any_blocks() {
    let folder = tempfile::tempdir().unwrap();
    for codec in present() {
        let block = song::song(0.6, codec.coded_rate_hz(44_100), 5);
        let bytes: Vec<Vec<u8>> = [&[4096][..], &[4096], &[1, 999, 30_000]]
            .iter()
            .enumerate()
            .map(|(i, lengths)| {
                let path = folder.path().join(format!("{i}-{}.{}", codec.name(), codec.ending()));
                encode(&path, &block, codec, 128, lengths);
                std::fs::read(path).unwrap()
            })
            .collect();
        assert!(bytes[0] == bytes[1], "{}: two runs", codec.name());
        // libvorbis opens its pages by the blocks that it gets; the sound is the same.
        if codec != Codec::Vorbis {
            assert!(bytes[0] == bytes[2], "{}: other blocks", codec.name());
        }
    }
}

#[test]
fn bit_rates_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    for codec in present() {
        let block = song::song(4.0, codec.coded_rate_hz(44_100), 9);
        let sizes: Vec<f64> = [96, 256]
            .iter()
            .map(|kbps| {
                let path = folder.path().join(format!("{kbps}.{}", codec.ending()));
                encode(&path, &block, codec, *kbps, &[8192]);
                std::fs::metadata(&path).unwrap().len() as f64 * 8.0 / 4000.0
            })
            .collect();
        println!("{}: {:.0} and {:.0} kbit/s for 96 and 256", codec.name(), sizes[0], sizes[1]);
        assert!((70.0..135.0).contains(&sizes[0]), "{}: {} kbit/s for 96", codec.name(), sizes[0]);
        assert!((150.0..310.0).contains(&sizes[1]), "{}: {} kbit/s for 256", codec.name(), sizes[1]);
    }
}

#[test]
fn a_song_of_any_rate_is_coded_at_the_rate_of_the_codec() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("song.wav");
    let block = signals::sine(997.0, -6.0, 1.0, 96_000, 2);
    let format = mixproof::encode::Format { sample_rate_hz: 96_000, channels: 2, bits: 32, float: true };
    let mut writer = Writer::create(&input, format, false).unwrap();
    writer.write(&block).unwrap();
    writer.finish().unwrap();
    for codec in present() {
        let output = folder.path().join("song").with_extension(codec.ending());
        let job = CodedJob { input: &input, output: &output, codec, kbps: 192, gain_db: -6.0, force: false };
        encode_song(&job, &Silent).unwrap();
        let (read, decoded) = read_all(&output).unwrap();
        assert_eq!(
            (decoded.source.sample_rate_hz, decoded.source.frames),
            (48_000, 48_000),
            "{}",
            codec.name()
        );
        let rms = read.channel(0)[4000..44_000].iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / 40_000.0;
        let level_dbfs = mixproof::units::power_to_db(rms);
        assert!((level_dbfs + 15.01).abs() < 0.1, "{}: {level_dbfs} dB", codec.name());
    }
}

#[test]
fn a_missing_codec_says_how_to_get_it_and_impossible_formats_are_refused() {
    let scratch = Scratch::new().unwrap();
    let refused = |coded: Coded| {
        let path: PathBuf = scratch.file("x").with_extension(coded.codec.ending());
        let error = Writer::create_coded(&path, coded, false).err();
        assert!(!path.exists());
        error.map(|error| error.to_string())
    };
    let stereo = |codec| Coded { codec, kbps: 128, sample_rate_hz: 48_000, channels: 2 };
    for codec in Codec::ALL {
        match codec.missing() {
            Some(why) => {
                assert!(why.contains("--features codecs") || why.contains("install"), "{why}");
                assert!(refused(stereo(codec)).unwrap().contains(&why));
            }
            None => {
                assert!(refused(Coded { channels: 3, ..stereo(codec) }).unwrap().contains("3 channels"));
                assert!(
                    refused(Coded { sample_rate_hz: 96_000, ..stereo(codec) }).unwrap().contains("48000 Hz")
                );
                assert!(refused(Coded { kbps: 1000, ..stereo(codec) }).unwrap().contains("1000 kbit/s"));
            }
        }
    }
    assert_eq!(cfg!(feature = "codecs"), Codec::Mp3.missing().is_none());
    assert!(Codec::Vorbis.missing().is_none());
}

#[test]
fn a_dropped_encoder_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for codec in present() {
        let coded = Coded { codec, kbps: 128, sample_rate_hz: 48_000, channels: 2 };
        let path = folder.path().join("song").with_extension(codec.ending());
        let mut writer = Writer::create_coded(&path, coded, false).unwrap();
        writer.write(&signals::white(0.1, 1.0, 48_000, 2, 1)).unwrap();
        drop(writer);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "{}", codec.name());
    }
}
