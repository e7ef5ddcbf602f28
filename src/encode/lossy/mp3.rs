//! MPEG-1 layer III, constant bit rate, with the LAME tag that tells players what to cut.

use super::{Coded, Encoder};
use mp3lame_encoder::{Bitrate, Builder, DualPcm, Encoder as Lame, FlushGap, Mode, MonoPcm, Quality};
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};

/// Every bit rate of the format by its number.
const BITRATES: [(u32, Bitrate); 13] = [
    (32, Bitrate::Kbps32),
    (40, Bitrate::Kbps40),
    (48, Bitrate::Kbps48),
    (64, Bitrate::Kbps64),
    (80, Bitrate::Kbps80),
    (96, Bitrate::Kbps96),
    (112, Bitrate::Kbps112),
    (128, Bitrate::Kbps128),
    (160, Bitrate::Kbps160),
    (192, Bitrate::Kbps192),
    (224, Bitrate::Kbps224),
    (256, Bitrate::Kbps256),
    (320, Bitrate::Kbps320),
];

pub(super) struct Mp3 {
    lame: Lame,
    file: File,
    out: Vec<u8>,
}

impl Mp3 {
    pub(super) fn start(coded: Coded, file: File) -> io::Result<Mp3> {
        let bitrate = BITRATES.iter().find(|(kbps, _)| *kbps == coded.kbps).map(|(_, bitrate)| *bitrate);
        let bitrate = bitrate.ok_or_else(|| io::Error::other("MP3 has no such bit rate"))?;
        let mode = if coded.channels == 1 { Mode::Mono } else { Mode::JointStereo };
        let lame = Builder::new()
            .ok_or_else(|| io::Error::other("LAME did not start"))?
            .with_sample_rate(coded.sample_rate_hz)
            .and_then(|lame| lame.with_num_channels(coded.channels as u8))
            .and_then(|lame| lame.with_mode(mode))
            .and_then(|lame| lame.with_brate(bitrate))
            .and_then(|lame| lame.with_quality(Quality::NearBest))
            .and_then(|lame| lame.with_to_write_vbr_tag(true))
            .and_then(Builder::build)
            .map_err(|error| io::Error::other(format!("LAME: {error}")))?;
        Ok(Mp3 { lame, file, out: Vec::new() })
    }

    fn write(&mut self) -> io::Result<()> {
        self.file.write_all(&self.out)?;
        self.out.clear();
        Ok(())
    }
}

impl Encoder for Mp3 {
    fn push(&mut self, channels: &[&[f32]]) -> io::Result<()> {
        let frames = channels.first().map_or(0, |channel| channel.len());
        self.out.reserve(mp3lame_encoder::max_required_buffer_size(frames));
        let encoded = match channels {
            [left, right] => self.lame.encode_to_vec(DualPcm { left, right }, &mut self.out),
            [one, ..] => self.lame.encode_to_vec(MonoPcm(one), &mut self.out),
            [] => Ok(0),
        };
        encoded.map_err(|error| io::Error::other(format!("LAME: {error}")))?;
        self.write()
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.out.reserve(mp3lame_encoder::max_required_buffer_size(0));
        self.lame
            .flush_to_vec::<FlushGap>(&mut self.out)
            .map_err(|error| io::Error::other(format!("LAME: {error}")))?;
        self.write()?;
        // The first frame was left free for what is only known now: delay, padding, length, checksum.
        self.out.reserve(self.lame.lame_tag_size());
        if self.lame.lame_tag_encode_to_vec(&mut self.out).is_some() {
            self.file.seek(SeekFrom::Start(0))?;
            self.write()?;
        }
        Ok(())
    }
}
