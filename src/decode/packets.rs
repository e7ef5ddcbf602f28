//! Compressed audio through symphonia: packets become planar f32, priming and padding are cut, damage is noted.

use super::mp4::Trim;
use super::{Format, Stream, codecs, guard, metadata, mp4, mpeg, names, ogg_pages, probe, sniff};
use crate::error::{Error, Result};
use crate::model::Integrity;
use std::fs::File;
use std::path::Path;
use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::{FormatReader, Track, TrackType};

/// Damaged packets in a row after which the rest of a file is given up.
const MAX_BAD_PACKETS: usize = 64;

/// Packets without a frame of sound (other tracks, headers) after which nothing more is expected: a video has some
/// hundreds of them between two packets of its sound.
const MAX_IDLE_PACKETS: usize = 100_000;

/// Frames of the longest MPEG frame: header frames of old encoders miscount by up to this.
const MPEG_FRAME_FRAMES: u64 = 1152;

/// Reads packets of one track.
pub(super) struct PacketReader {
    reader: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    track_id: u32,
    sample_rate_hz: u32,
    trim: Trim,
    /// How many frames fewer than declared are still no loss.
    tolerance: u64,
    /// Decoded frames that have not been handed out, and where they start.
    pending: Vec<Vec<f32>>,
    pending_at: usize,
    packet: Vec<Vec<f32>>,
    /// The file again and its last frame, where only they can tell that it was cut short.
    tail: Option<(File, Box<[u8]>)>,
    /// Where the next packet of a FLAC file should start: the reader leaves frames out that do not fit, silently.
    next_pts: Option<i64>,
    /// Frames that were decoded, before anything is cut.
    decoded: u64,
    /// Frames of packets that could not be decoded since the last good one.
    lost: u64,
    bad_packets: usize,
    damaged: bool,
    ended: bool,
}

/// Opens a compressed file.
pub(super) fn open(mut file: File, path: &Path) -> Result<(Format, Stream)> {
    let mut reader = probe::probe(&mut file, path)?;
    let track = audio_track(reader.as_ref())
        .ok_or_else(|| Error::decode(path, "expected a sound track, found none: name an audio file"))?;
    let Some(CodecParameters::Audio(parameters)) = track.codec_params.clone() else {
        return Err(Error::decode(path, "expected a sound track, found none: name an audio file"));
    };
    let codec = names::codec_name(parameters.codec)
        .ok_or_else(|| sniff::unsupported(path, names::unsupported_codec(parameters.codec)))?;
    let declared_channels = parameters.channels.as_ref().map(|channels| channels.count());
    if let (Some(channels), Some(rate)) = (declared_channels, parameters.sample_rate) {
        guard::check_layout(path, channels, rate)?;
    }
    guard::check_packet(path, parameters.max_frames_per_packet, declared_channels.unwrap_or(8))?;
    let container = names::container_name(reader.format_info().format);
    // A handle of its own: the reader's place in the file must not move.
    let mut file = File::open(path).map_err(Error::io(path, "open the audio file"))?;
    let (trim, declared_frames, tolerance) = lengths(&mut file, container, codec, &track, &parameters);
    // MPEG audio and AAC are cut here: symphonia cuts MP3 at lengths that it only guessed, and AAC not at all.
    // The checksum of FLAC is computed only where no length is there to compare with; it is a quarter of the time.
    let options = AudioDecoderOptions::default()
        .gapless(!matches!(codec, "mp2" | "mp3" | "aac"))
        .verify(codec == "flac" && declared_frames.is_none());
    let decoder = probe::guarded(path, || codecs::all().make_audio_decoder(&parameters, &options))?.map_err(
        |error| match error {
            SymphoniaError::Unsupported(_) if codec == "aac" => {
                sniff::unsupported(path, "AAC other than AAC-LC (such as HE-AAC)")
            }
            SymphoniaError::Unsupported(what) => sniff::unsupported(path, what),
            error => probe::damaged(path, &error.to_string()),
        },
    )?;
    let tags = metadata::read_tags(reader.as_mut());
    let mut packets = PacketReader {
        reader,
        decoder,
        track_id: track.id,
        sample_rate_hz: 0,
        trim,
        tolerance,
        pending: Vec::new(),
        pending_at: 0,
        packet: Vec::new(),
        decoded: 0,
        lost: 0,
        bad_packets: 0,
        // A length that symphonia does not find is a last page that is damaged.
        damaged: container == "ogg"
            && (declared_frames.is_none() || !ogg_pages::ends_with_last_page(&mut file)),
        ended: false,
        next_pts: (container == "flac").then_some(0),
        tail: (matches!(container, "mp3" | "mp2" | "aac" | "flac") && declared_frames.is_none())
            .then(|| (file, Box::default())),
    };
    // Rate and channels are those of the first decoded packet: headers may leave them out, or lie.
    packets.advance(path)?;
    if packets.sample_rate_hz == 0 {
        return Err(Error::decode(
            path,
            format!("expected {codec} audio, found no packet that decodes: copy or export the file again"),
        ));
    }
    let lossless_integer = matches!(codec, "flac" | "alac" | "pcm");
    let format = Format {
        container,
        codec,
        sample_rate_hz: packets.sample_rate_hz,
        channels: packets.pending.len(),
        bits: names::bits(&parameters, codec),
        lossless_integer,
        declared_frames,
        tags,
    };
    Ok((format, Stream::Packets(Box::new(packets))))
}

impl PacketReader {
    /// Whether all packets were there and decoded; missing frames show where lengths are compared.
    pub(super) fn integrity(&self) -> Integrity {
        let end = self.trim.length.map(|length| length.saturating_add(self.trim.skip));
        // Padding is shorter than two packets of AAC; more sound behind the declared end is no padding.
        let is_longer = end.is_some_and(|end| self.decoded > end.saturating_add(4 * MPEG_FRAME_FRAMES));
        match (self.damaged, is_longer) {
            (true, _) => Integrity::Truncated,
            (_, true) => Integrity::LengthMismatch,
            _ => Integrity::Ok,
        }
    }

    /// Frames by which a file may be shorter than declared without having lost anything.
    pub(super) fn tolerance(&self) -> u64 {
        self.tolerance
    }

    /// Fills the channels, all of one length, from their start; the number of frames that were left.
    pub(super) fn fill(&mut self, channels: &mut [Vec<f32>], path: &Path) -> Result<usize> {
        let wanted = channels.first().map_or(0, Vec::len);
        let mut filled = 0;
        while filled < wanted {
            let ready = self.pending.first().map_or(0, Vec::len) - self.pending_at;
            if ready == 0 {
                if self.ended {
                    break;
                }
                self.advance(path)?;
                continue;
            }
            let count = ready.min(wanted - filled);
            for (out, pending) in channels.iter_mut().zip(&self.pending) {
                out[filled..filled + count]
                    .copy_from_slice(&pending[self.pending_at..self.pending_at + count]);
            }
            self.pending_at += count;
            filled += count;
        }
        Ok(filled)
    }

    /// Replaces the pending frames by those of the next packet that decodes.
    fn advance(&mut self, path: &Path) -> Result<()> {
        self.pending.iter_mut().for_each(Vec::clear);
        self.pending_at = 0;
        let mut packets = 0;
        while !self.ended && self.pending.first().is_none_or(Vec::is_empty) {
            packets += 1;
            if self.bad_packets > MAX_BAD_PACKETS || packets > MAX_IDLE_PACKETS {
                self.stop(true);
                break;
            }
            let packet = match probe::guarded(path, || self.reader.next_packet()) {
                Ok(Ok(Some(packet))) => packet,
                Ok(Ok(None)) => {
                    self.stop(false);
                    break;
                }
                Ok(Err(SymphoniaError::ResetRequired)) => {
                    // Streams without any packet that decodes are bad packets, too.
                    self.bad_packets += 1;
                    self.next_stream(path)?;
                    continue;
                }
                Ok(Err(SymphoniaError::DecodeError(_))) => {
                    self.damaged = true;
                    self.bad_packets += 1;
                    continue;
                }
                // The medium failed: what it does not give is not missing in the file.
                Ok(Err(SymphoniaError::IoError(error))) if error.raw_os_error().is_some() => {
                    return Err(Error::io(path, "read on in the audio file")(error));
                }
                Ok(Err(_)) | Err(_) => {
                    self.stop(true);
                    break;
                }
            };
            if packet.track_id != self.track_id {
                continue;
            }
            if let Some(expected) = self.next_pts {
                let start = packet.pts.get();
                if start > expected {
                    self.lose((start - expected) as u64);
                }
                self.next_pts = start.checked_add_unsigned(packet.dur.get());
                self.damaged |= self.is_swollen(packet.data.len(), packet.dur.get());
            }
            let decoded = probe::guarded(path, || {
                let decoded = self.decoder.decode(&packet).map_err(|_| ())?;
                let rate = decoded.spec().rate();
                decoded.copy_to_vecs_planar(&mut self.packet);
                Ok::<u32, ()>(rate)
            });
            match decoded {
                Ok(Ok(rate)) => {
                    self.bad_packets = 0;
                    self.accept(rate, path)?;
                    if let Some((_, last_frame)) = &mut self.tail {
                        *last_frame = packet.data;
                    }
                }
                _ => {
                    self.bad_packets += 1;
                    self.lose(packet.dur.get());
                }
            }
        }
        Ok(())
    }

    /// Appends a decoded packet, and silence in place of the ones that were lost before it.
    fn accept(&mut self, rate: u32, path: &Path) -> Result<()> {
        if self.packet.first().is_none_or(Vec::is_empty) {
            return Ok(());
        }
        if self.sample_rate_hz == 0 {
            guard::check_layout(path, self.packet.len(), rate)?;
            self.sample_rate_hz = rate;
            self.pending = vec![Vec::new(); self.packet.len()];
        }
        if rate != self.sample_rate_hz || self.packet.len() != self.pending.len() {
            return Err(Error::unsupported(
                path,
                format!(
                    "expected one format, found {} Hz and {} channels that become {rate} Hz and {} channels: split the file there",
                    self.sample_rate_hz,
                    self.pending.len(),
                    self.packet.len()
                ),
            ));
        }
        let gap = std::mem::take(&mut self.lost) as usize;
        let frames = gap + self.packet[0].len();
        let from = self.trim.skip.saturating_sub(self.decoded).min(frames as u64) as usize;
        let end = self.trim.length.map_or(u64::MAX, |length| length.saturating_add(self.trim.skip));
        let to = (end.saturating_sub(self.decoded).min(frames as u64) as usize).max(from);
        for (pending, packet) in self.pending.iter_mut().zip(&self.packet) {
            pending.resize(pending.len() + gap.clamp(from, to) - from, 0.0);
            pending.extend_from_slice(&packet[from.saturating_sub(gap)..to.max(gap) - gap]);
        }
        self.decoded += frames as u64;
        Ok(())
    }

    /// Whether a packet of FLAC is longer than its samples would be as they are: it holds frames of another format,
    /// which the reader takes for a part of it.
    fn is_swollen(&self, bytes: usize, frames: u64) -> bool {
        const LONGEST_SAMPLE_BYTES: u64 = 5;
        const HEADERS_AND_TAGS_BYTES: u64 = 4096;
        // The channels of the first packet are not known yet: the most there can be.
        let channels = if self.pending.is_empty() { 8 } else { self.pending.len() as u64 };
        let samples = frames.saturating_mul(channels);
        bytes as u64 > samples.saturating_mul(LONGEST_SAMPLE_BYTES).saturating_add(HEADERS_AND_TAGS_BYTES)
    }

    /// Counts frames that do not decode: silence takes their place, so that what follows stays in time, but not more
    /// than a second of it at once. The first packets of a cut MP3 refer to sound before the cut: no damage.
    fn lose(&mut self, frames: u64) {
        self.damaged |= self.decoded > 0;
        self.lost += frames.min(u64::from(self.sample_rate_hz.max(8_000)));
    }

    /// The next stream of a chained file: goes on where it is of the same format.
    fn next_stream(&mut self, path: &Path) -> Result<()> {
        let track = audio_track(self.reader.as_ref());
        let next = track.and_then(|track| match &track.codec_params {
            Some(CodecParameters::Audio(parameters)) => Some((track.id, parameters.clone())),
            _ => None,
        });
        let Some((id, parameters)) = next else {
            self.stop(true);
            return Ok(());
        };
        let channels = parameters.channels.as_ref().map_or(8, |channels| channels.count());
        guard::check_packet(path, parameters.max_frames_per_packet, channels)?;
        let made = probe::guarded(path, || {
            codecs::all().make_audio_decoder(&parameters, &AudioDecoderOptions::default())
        });
        match made {
            Ok(Ok(decoder)) => (self.decoder, self.track_id) = (decoder, id),
            _ => self.stop(true),
        }
        Ok(())
    }

    fn stop(&mut self, damaged: bool) {
        self.ended = true;
        // Trailing packets that did not decode are sound that is missing.
        self.damaged |= damaged || self.lost > 0;
        self.damaged |= self.decoder.finalize().verify_ok == Some(false);
        if let Some((mut file, last_frame)) = self.tail.take() {
            self.damaged |= mpeg::ends_in_a_frame(&mut file, &last_frame);
        }
    }
}

fn audio_track(reader: &dyn FormatReader) -> Option<Track> {
    reader.default_track(TrackType::Audio).or_else(|| reader.first_track(TrackType::Audio)).cloned()
}

/// What is to be cut, the frames that the file promises, and how many fewer are still all of them.
fn lengths(
    file: &mut File,
    container: &str,
    codec: &str,
    track: &Track,
    parameters: &AudioCodecParameters,
) -> (Trim, Option<u64>, u64) {
    let untrimmed = Trim { skip: 0, length: None };
    match (container, codec) {
        ("mp4", _) => {
            let trim = mp4::trim(file, parameters.sample_rate.unwrap_or(0)).unwrap_or(untrimmed);
            (trim, trim.length, 0)
        }
        ("mp3" | "mp2", _) if mpeg::has_frame_count(file) => {
            let is_exact = track.delay.is_some_and(|delay| delay > 0);
            let skip = u64::from(track.delay.unwrap_or(0));
            let length = if is_exact { track.num_frames } else { None };
            let tolerance = if is_exact { 0 } else { MPEG_FRAME_FRAMES };
            (Trim { skip, length }, track.num_frames, tolerance)
        }
        ("mp3" | "mp2" | "aac", _) => (untrimmed, None, 0),
        ("caf", "aac") => (
            Trim { skip: u64::from(track.delay.unwrap_or(0)), length: track.num_frames },
            track.num_frames,
            0,
        ),
        ("mkv", _) => (untrimmed, None, 0),
        // The position of the last page counts the frames that are skipped at the start (RFC 7845, 4.2 and 5.1).
        ("ogg", "opus") => {
            let head = parameters.extra_data.as_deref().unwrap_or_default();
            let skip = head.get(10..12).map_or(0, |skip| u64::from(u16::from_le_bytes([skip[0], skip[1]])));
            (
                untrimmed,
                track.num_frames.map(|frames| frames.saturating_sub(skip)).filter(|frames| *frames > 0),
                0,
            )
        }
        _ => (untrimmed, track.num_frames.filter(|frames| *frames > 0), 0),
    }
}
