//! What a report shows and plays of the audio itself: pictures, and loops of the same places from several takes.
//!
//! One pass over each file draws its pictures and cuts out its loops. All takes of a loop are turned to the loudness
//! of the one that can be played least loud without clipping, since the louder one always seems better.

use super::convert::Converter;
use super::loops::{self, Place};
use super::stream::{self, Lane};
use super::{Encoded, Listen, Progress, measure};
use crate::audio::Block;
use crate::decode::{Decoder, read_all};
use crate::encode::{Codec, Coded, Writer, packed};
use crate::error::Result;
use crate::measure::{LoudnessMeter, PictureMeter};
use crate::model::{Analysis, DeviceTake, Finding, Listening, Loop, Pictures, Take};
use crate::preview::{DEVICES, Device, DeviceChain};
use crate::units::amplitude_to_db;
use rayon::prelude::*;
use std::borrow::Cow;
use std::path::Path;

/// How far the takes of a loop may be apart in loudness: what is promised, and tested in a browser.
const MATCHED_WITHIN_LU: f64 = 0.1;

/// Room that every take keeps below full scale.
const ROOM_DB: f64 = 1.0;

/// Bit rate of the loops: transparent to most ears, and small enough to be embedded.
const KBPS: u32 = 192;

/// Highest sample of a take before it is packed; what is higher is turned down and its gain makes up for it.
const PACKED_PEAK: f32 = 0.98;

/// What is to be heard.
pub(super) struct ListenJob<'a> {
    /// The source, measured.
    pub(super) before: &'a Analysis,
    /// Where it lies.
    pub(super) input: &'a Path,
    /// The written file, measured, and where it lies.
    pub(super) after: Option<(&'a Analysis, &'a Path)>,
    /// A song to compare with: its loudest stretch is heard.
    pub(super) reference: Option<&'a Path>,
    /// Whose places get a loop.
    pub(super) findings: &'a [Finding],
    /// What codecs made of the written file: heard in the first loop.
    pub(super) encoded: Option<&'a Encoded>,
    /// Short loops, whole songs, or nothing.
    pub(super) listen: Listen,
}

/// Pictures of the source and of the written file, and the loops. No loops for files of more than two channels and
/// for silence.
pub(super) struct Heard {
    /// Of the source.
    pub(super) before: Pictures,
    /// Of the written file.
    pub(super) after: Option<Pictures>,
    /// For the player.
    pub(super) listening: Option<Listening>,
}

/// Looks at and cuts out what the report needs.
///
/// # Errors
/// Those of decoding, and of packing the loops.
pub(super) fn listen(job: &ListenJob, progress: &dyn Progress) -> Result<Heard> {
    let places = loops::choose(job);
    let spans: Vec<(f64, f64)> = places.iter().map(|place| (place.start_s, place.end_s)).collect();
    let look = |path: &Path, known: &Option<Pictures>| match known {
        Some(pictures) => Ok((pictures.clone(), cut_out(path, &spans, progress)?)),
        None => look(path, &spans, progress),
    };
    let (before, after) = rayon::join(
        || look(job.input, &job.before.pictures),
        || job.after.map(|(after, path)| look(path, &after.pictures)).transpose(),
    );
    let (before, before_loops) = before?;
    let (after, after_loops) = after?.unzip();
    let reference = match job.reference {
        Some(path) if !spans.is_empty() => {
            let length_s = spans.iter().map(|(from, to)| to - from).fold(0.0, f64::max);
            cut_out(path, &[loudest(path, length_s, progress)?], progress)?.into_iter().next()
        }
        _ => None,
    };
    let rate_hz = Codec::Vorbis.coded_rate_hz(job.before.source.sample_rate_hz);
    let mut listening = empty(rate_hz, KBPS, DEVICES);
    let coded = match places.first() {
        Some(place) => coded_loops(job, (place.start_s, place.end_s), progress)?,
        None => Vec::new(),
    };
    let before_title = if job.after.is_none() { "This song" } else { "Before" };
    // Every take by itself: that divides evenly among the cores, and each is gone once it is packed.
    let mut after_loops = after_loops.map(Vec::into_iter);
    let mut coded = Some(coded);
    let takes = before_loops.into_iter().enumerate().flat_map(|(index, before)| {
        let after = after_loops.as_mut().and_then(Iterator::next);
        let mut raw = vec![Raw::new("before", before_title, Cow::Owned(before))];
        raw.extend(after.map(|block| Raw::new("after", "After", Cow::Owned(block))));
        raw.extend(reference.iter().map(|block| Raw::new("reference", "Reference", Cow::Borrowed(block))));
        let coded = coded.take().into_iter().flatten();
        raw.extend(coded.map(|(name, block)| Raw::new(&name, &name, Cow::Owned(block))));
        raw.into_iter().map(move |take| (index, take))
    });
    let takes: Vec<(usize, Raw)> = takes.collect();
    let ready = takes
        .into_par_iter()
        .map(|(index, take)| Ready::pack(take, rate_hz, KBPS, DEVICES).map(|ready| (index, ready)));
    let ready: Vec<(usize, Option<Ready>)> = ready.collect::<Result<_>>()?;
    let made = ready.chunk_by(|one, other| one.0 == other.0).filter_map(|takes| {
        // A place where one of the takes is silent has no loop.
        let ready: Option<Vec<Ready>> = takes.iter().map(|(_, ready)| ready.clone()).collect();
        Some(matched(places[takes.first()?.0].clone(), &ready?))
    });
    listening.loops = made.collect();
    let listening = Some(listening).filter(|listening| !listening.loops.is_empty());
    Ok(Heard { before, after, listening })
}

/// A player without loops yet.
pub(super) fn empty(rate_hz: u32, kbps: u32, devices: &[Device]) -> Listening {
    Listening {
        sample_rate_hz: rate_hz,
        packed_as: "audio/ogg".to_string(),
        quality: format!("Ogg Vorbis at about {kbps} kb/s"),
        loops: Vec::new(),
        devices: devices.iter().map(|device| device_take(device, rate_hz)).collect(),
        matched_within_lu: MATCHED_WITHIN_LU,
    }
}

/// The stretch of every encoded file, with the codec's name; none for whole songs, which would be too much.
fn coded_loops(job: &ListenJob, span: (f64, f64), progress: &dyn Progress) -> Result<Vec<(String, Block)>> {
    let Some(encoded) = job.encoded.filter(|_| job.listen == Listen::Loops) else { return Ok(Vec::new()) };
    let mut loops: Vec<(String, Block)> = Vec::new();
    for (playback, file) in encoded.playbacks.iter().zip(&encoded.files) {
        let name = format!("{} {:.0}", playback.codec, playback.bitrate_kbps);
        loops.extend(cut_out(file, &[span], progress)?.into_iter().map(|block| (name.clone(), block)));
    }
    Ok(loops)
}

/// A take as it is in its file.
pub(super) struct Raw<'a> {
    id: String,
    title: String,
    block: Cow<'a, Block>,
}

impl Raw<'_> {
    pub(super) fn new<'a>(id: &str, title: &str, block: Cow<'a, Block>) -> Raw<'a> {
        Raw { id: id.to_string(), title: title.to_string(), block }
    }
}

/// One pass over a file: its pictures, and the stretches `spans`, in order.
fn look(path: &Path, spans: &[(f64, f64)], progress: &dyn Progress) -> Result<(Pictures, Vec<Block>)> {
    let start = |sample_rate_hz: u32, channels: usize| {
        let meter = PictureMeter::new(sample_rate_hz, channels);
        Ok(((), (meter, Stretches::new(spans, sample_rate_hz, channels))))
    };
    let ((), (meter, stretches), _) = stream::pass(
        path,
        "drawing",
        progress,
        start,
        |(), _| Ok(()),
        |(meter, stretches)| vec![measure(meter), stretches.lane()],
    )?;
    Ok((meter.finish(), stretches.0.into_iter().map(|(_, _, stretch)| stretch).collect()))
}

/// The stretches `spans` of a file, in order.
fn cut_out(path: &Path, spans: &[(f64, f64)], progress: &dyn Progress) -> Result<Vec<Block>> {
    if spans.is_empty() {
        return Ok(Vec::new());
    }
    let decoder = Decoder::open(path)?;
    let rate_hz = f64::from(decoder.sample_rate_hz());
    let frame = |at_s: f64| (at_s * rate_hz).round() as u64;
    let frames: Vec<_> = spans.iter().map(|(from, to)| frame(*from)..frame(*to)).collect();
    if let Some(stretches) = decoder.excerpts(&frames)? {
        return Ok(stretches);
    }
    let start = |sample_rate_hz, channels| Ok(((), Stretches::new(spans, sample_rate_hz, channels)));
    let ((), stretches, _) =
        stream::pass(path, "listening", progress, start, |(), _| Ok(()), |taker| vec![taker.lane()])?;
    Ok(stretches.0.into_iter().map(|(_, _, stretch)| stretch).collect())
}

/// Stretches of a stream: first frame, the frame behind the last one, and what there was of it.
struct Stretches(Vec<(u64, u64, Block)>);

impl Stretches {
    fn new(spans: &[(f64, f64)], sample_rate_hz: u32, channels: usize) -> Stretches {
        let frame = |at_s: f64| (at_s * f64::from(sample_rate_hz)).round() as u64;
        let empty = Block::empty(channels, sample_rate_hz);
        Stretches(spans.iter().map(|(from, to)| (frame(*from), frame(*to), empty.clone())).collect())
    }

    fn lane(&mut self) -> Lane<'_> {
        Box::new(|block| {
            let end = block.start_frame + block.frames() as u64;
            for (from, to, stretch) in &mut self.0 {
                let (first, last) = ((*from).max(block.start_frame), (*to).min(end));
                if first < last {
                    let place = |frame: u64| (frame - block.start_frame) as usize;
                    stretch.append(&block.slice(place(first), place(last)));
                }
            }
            Ok(())
        })
    }
}

/// The loudest stretch of a file.
fn loudest(path: &Path, length_s: f64, progress: &dyn Progress) -> Result<(f64, f64)> {
    let start = |sample_rate_hz, channels| Ok(((), LoudnessMeter::new(sample_rate_hz, channels)));
    let ((), meter, decoded) =
        stream::pass(path, "listening", progress, start, |(), _| Ok(()), |meter| vec![measure(meter)])?;
    let length_s = length_s.min(decoded.source.duration_s);
    Ok(loops::loudest(&meter.finish().momentary_lufs, length_s))
}

/// Loudness and highest sample.
#[derive(Clone, Copy)]
struct Level {
    lufs: f64,
    peak_dbfs: f64,
}

/// The level of a stretch; `None` for silence.
fn level(block: &Block) -> Option<Level> {
    let mut meter = LoudnessMeter::new(block.sample_rate_hz(), block.channel_count());
    meter.push(block);
    let peak = block.channels().iter().flatten().fold(0.0f32, |peak, sample| peak.max(sample.abs()));
    Some(Level { lufs: meter.finish().integrated_lufs?, peak_dbfs: amplitude_to_db(f64::from(peak)) })
}

/// A take that is packed, with its levels. What is measured is what the page will play: the packed sound, unpacked again.
#[derive(Clone)]
pub(super) struct Ready {
    id: String,
    title: String,
    packed: Vec<u8>,
    down: f32,
    level: Level,
    on_devices: Vec<Level>,
}

impl Ready {
    /// `None` for silence, on one of the devices too, and for more than two channels.
    pub(super) fn pack(take: Raw, rate_hz: u32, kbps: u32, devices: &[Device]) -> Result<Option<Ready>> {
        if take.block.channel_count() > 2 || take.block.frames() == 0 {
            return Ok(None);
        }
        let block = at_rate(take.block.into_owned(), rate_hz)?;
        let peak = block.channels().iter().flatten().fold(0.0f32, |peak, sample| peak.max(sample.abs()));
        let down = if peak > PACKED_PEAK { PACKED_PEAK / peak } else { 1.0 };
        let (packed, sound) = pack(block, down, kbps)?;
        let chain = |device| DeviceChain::new(device, rate_hz);
        let on_devices =
            devices.iter().map(|device| level(&chain(device).process(&sound, 1.0))).collect::<Option<_>>();
        Ok(level(&sound).zip(on_devices).map(|(level, on_devices)| Ready {
            id: take.id,
            title: take.title,
            packed,
            down,
            level,
            on_devices,
        }))
    }
}

/// Takes of one place, all turned to the loudness of the one that can be played least loud without clipping.
pub(super) fn matched(Place { title, start_s, end_s }: Place, ready: &[Ready]) -> Loop {
    let possible = |level: &Level| (level.lufs - level.peak_dbfs - ROOM_DB).min(level.lufs);
    let all = ready.iter().flat_map(|take| std::iter::once(&take.level).chain(&take.on_devices));
    let common_lufs = all.map(possible).fold(f64::INFINITY, f64::min);
    let takes = ready.iter().map(|take| Take {
        id: take.id.clone(),
        title: take.title.clone(),
        gain_db: common_lufs - take.level.lufs,
        loudness_lufs: take.level.lufs - amplitude_to_db(f64::from(take.down)),
        device_gains_db: take.on_devices.iter().map(|level| common_lufs - level.lufs).collect(),
        packed: take.packed.clone(),
    });
    Loop { title, start_s, end_s, common_lufs, takes: takes.collect() }
}

/// The stretch at the rate that it is packed at.
fn at_rate(mut block: Block, rate_hz: u32) -> Result<Block> {
    if block.sample_rate_hz() != rate_hz {
        let mut converter = Converter::new(block.sample_rate_hz(), rate_hz, block.channel_count())?;
        converter.process(&mut block);
        block.append(&converter.flush());
    }
    Ok(block)
}

/// The packed sound, and what is unpacked from it.
fn pack(mut block: Block, gain: f32, kbps: u32) -> Result<(Vec<u8>, Block)> {
    block.channels_mut().iter_mut().flatten().for_each(|sample| *sample *= gain);
    let channels = block.channel_count() as u16;
    let kbps = if channels == 1 { kbps / 2 } else { kbps };
    let coded = Coded { codec: Codec::Vorbis, kbps, sample_rate_hz: block.sample_rate_hz(), channels };
    let start = |path: &Path| Writer::create_coded(path, coded, false);
    packed(&block, Codec::Vorbis.ending(), start, |path| Ok(read_all(path)?.0))
}

fn device_take(device: &Device, sample_rate_hz: u32) -> DeviceTake {
    let rate_hz = f64::from(sample_rate_hz);
    let plain = |cascade: Vec<crate::dsp::biquad::Coefficients>| -> Vec<[f64; 5]> {
        let five = |c: &crate::dsp::biquad::Coefficients| {
            let ([b0, b1, b2], [a1, a2]) = (c.numerator(), c.denominator());
            [b0, b1, b2, a1, a2]
        };
        cascade.iter().map(five).collect()
    };
    DeviceTake {
        id: device.name.to_string(),
        title: device.title.to_string(),
        filters: plain(device.cascade(rate_hz)),
        side_filters: (device.side_share > 0.0).then(|| plain(device.side_cascade(rate_hz))),
        side_share: device.side_share,
    }
}
