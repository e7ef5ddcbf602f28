//! Opus in Ogg (RFC 7845): 20 ms packets, variable bit rate.

use super::{Coded, Encoder};
use ogg::{PacketWriteEndInfo, PacketWriter};
use opusic_c::{Application, Bitrate, Channels, Encoder as LibOpus, ErrorCode, SampleRate, Signal};
use std::fs::File;
use std::io;

/// Frames of a packet at 48 kHz.
const PACKET_FRAMES: usize = 960;

/// Longest packet of one Opus frame (RFC 6716, 3.4), rounded up.
const PACKET_BYTES: usize = 4000;

/// The number of the stream in its file; fixed, so that the same audio gives the same bytes.
const STREAM_SERIAL: u32 = 0x6d69_7870;

pub(super) struct Opus {
    opus: LibOpus,
    pages: PacketWriter<'static, File>,
    channels: usize,
    /// Interleaved frames that do not fill a packet yet.
    pending: Vec<f32>,
    /// The packet before the next one: the last of the stream must be marked.
    held: Option<(Vec<u8>, u64)>,
    skip: u64,
    frames_in: u64,
    frames_coded: u64,
}

impl Opus {
    pub(super) fn start(coded: Coded, file: File) -> io::Result<Opus> {
        let layout = if coded.channels == 1 { Channels::Mono } else { Channels::Stereo };
        let mut opus = LibOpus::new(layout, SampleRate::Hz48000, Application::Audio).map_err(failed)?;
        opus.set_bitrate(Bitrate::Value(coded.kbps * 1000)).map_err(failed)?;
        opus.set_vbr(true).map_err(failed)?;
        opus.set_complexity(10).map_err(failed)?;
        opus.set_signal(Signal::Music).map_err(failed)?;
        let skip = opus.get_look_ahead().map_err(failed)?;
        let mut pages = PacketWriter::new(file);
        let mut head = b"OpusHead\x01".to_vec();
        head.push(coded.channels as u8);
        head.extend((skip as u16).to_le_bytes());
        head.extend(coded.sample_rate_hz.to_le_bytes());
        // Output gain 0, mapping family 0.
        head.extend([0, 0, 0]);
        pages.write_packet(head, STREAM_SERIAL, PacketWriteEndInfo::EndPage, 0)?;
        let mut tags = b"OpusTags".to_vec();
        let vendor = opusic_c::version().as_bytes();
        tags.extend((vendor.len() as u32).to_le_bytes());
        tags.extend(vendor);
        tags.extend(0u32.to_le_bytes());
        pages.write_packet(tags, STREAM_SERIAL, PacketWriteEndInfo::EndPage, 0)?;
        Ok(Opus {
            opus,
            pages,
            channels: usize::from(coded.channels),
            pending: Vec::new(),
            held: None,
            skip: u64::from(skip),
            frames_in: 0,
            frames_coded: 0,
        })
    }

    /// Encodes the first packet's worth of what is pending.
    fn packet(&mut self) -> io::Result<()> {
        let samples = PACKET_FRAMES * self.channels;
        let mut packet = vec![0; PACKET_BYTES];
        let bytes = self.opus.encode_float_to_slice(&self.pending[..samples], &mut packet).map_err(failed)?;
        packet.truncate(bytes);
        self.pending.drain(..samples);
        self.frames_coded += PACKET_FRAMES as u64;
        if let Some((held, position)) = self.held.replace((packet, self.frames_coded)) {
            self.pages.write_packet(held, STREAM_SERIAL, PacketWriteEndInfo::NormalPacket, position)?;
        }
        Ok(())
    }
}

impl Encoder for Opus {
    fn push(&mut self, channels: &[&[f32]]) -> io::Result<()> {
        let frames = channels.first().map_or(0, |channel| channel.len());
        self.pending.extend((0..frames).flat_map(|i| channels.iter().map(move |channel| channel[i])));
        self.frames_in += frames as u64;
        while self.pending.len() >= PACKET_FRAMES * self.channels {
            self.packet()?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        // The encoder is late by its look-ahead: silence pushes the last frames out of it.
        let end = self.frames_in + self.skip;
        while self.frames_coded < end || self.held.is_none() {
            self.pending.resize(PACKET_FRAMES * self.channels, 0.0);
            self.packet()?;
        }
        if let Some((held, _)) = self.held.take() {
            // A position before the end of the last packet cuts its padding (RFC 7845, 4.4).
            self.pages.write_packet(held, STREAM_SERIAL, PacketWriteEndInfo::EndStream, end)?;
        }
        Ok(())
    }
}

fn failed(error: ErrorCode) -> io::Error {
    io::Error::other(format!("libopus: {}", error.message()))
}
