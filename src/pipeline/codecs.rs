//! What codecs make of a file's peaks: encoded as a whole at delivery bit rates, decoded again, measured.

use super::coded::{CodedJob, encode_song};
use super::{MasterJob, Mastered, Progress, master, stream};
use crate::encode::{Codec, Scratch};
use crate::error::Result;
use crate::measure::{LoudnessMeter, PeakMeter, SpectralMeter};
use crate::model::{Analysis, CodecPlayback, Missed, MissingCodec, Peaks};
use std::path::{Path, PathBuf};

/// A codec at a rate, and who uses it.
struct Rate {
    codec: Codec,
    kbps: u32,
    title: &'static str,
}

/// Delivery bit rates (the services' own help pages; YouTube's as reported by its players).
const RATES: &[Rate] = &[
    Rate { codec: Codec::Vorbis, kbps: 160, title: "Ogg Vorbis (Spotify, high)" },
    Rate { codec: Codec::Vorbis, kbps: 320, title: "Ogg Vorbis (Spotify, very high)" },
    Rate { codec: Codec::Aac, kbps: 256, title: "AAC (Apple Music)" },
    Rate { codec: Codec::Aac, kbps: 128, title: "AAC (YouTube, web players)" },
    Rate { codec: Codec::Opus, kbps: 128, title: "Opus (YouTube)" },
    Rate { codec: Codec::Mp3, kbps: 320, title: "MP3 (downloads)" },
    Rate { codec: Codec::Mp3, kbps: 128, title: "MP3 (previews)" },
];

/// Full scale: what a decoded peak may reach.
const CLEAN_DBTP: f64 = 0.0;

/// How far under it a lowered level aims, and how often it is lowered further where it still came out over.
const MARGIN_DB: f64 = 0.05;
const TRIES: usize = 4;

/// How often a master is made again with a lower ceiling.
const CEILING_TRIES: usize = 3;

/// A file after the codecs that are at hand. The encoded files stay until this is dropped.
pub struct Encoded {
    /// One entry per codec and rate.
    pub playbacks: Vec<CodecPlayback>,
    /// What is not at hand.
    pub missing: Vec<MissingCodec>,
    /// The encoded files, in the order of `playbacks`.
    pub files: Vec<PathBuf>,
    _scratch: Scratch,
}

/// Encodes a file with every codec that is at hand, at its delivery bit rates.
///
/// # Errors
/// Those of decoding and encoding. Files of more than two channels have no playbacks.
pub fn through_codecs(input: &Path, analysis: &Analysis, progress: &dyn Progress) -> Result<Encoded> {
    let scratch = Scratch::new()?;
    let mut encoded =
        Encoded { playbacks: Vec::new(), missing: Vec::new(), files: Vec::new(), _scratch: scratch };
    if !(1..=2).contains(&analysis.source.channels) {
        return Ok(encoded);
    }
    for codec in Codec::ALL {
        if let Some(how) = codec.missing() {
            encoded.missing.push(MissingCodec { codec: codec.name().to_string(), how });
        }
    }
    for (index, rate) in RATES.iter().enumerate().filter(|(_, rate)| rate.codec.missing().is_none()) {
        let file = encoded._scratch.file(&format!("{index}.{}", rate.codec.ending()));
        encoded.playbacks.push(playback(input, analysis, rate, &file, progress)?);
        encoded.files.push(file);
    }
    Ok(encoded)
}

/// Delivery bit rates are those of two channels.
fn kbps_of(rate: &Rate, analysis: &Analysis) -> u32 {
    if analysis.source.channels == 1 { rate.kbps / 2 } else { rate.kbps }
}

fn playback(
    input: &Path,
    analysis: &Analysis,
    rate: &Rate,
    file: &Path,
    progress: &dyn Progress,
) -> Result<CodecPlayback> {
    let kbps = kbps_of(rate, analysis);
    let encode = |output: &Path, gain_db: f64| {
        let job = CodedJob { input, output, codec: rate.codec, kbps, gain_db, force: true };
        encode_song(&job, progress)
    };
    encode(file, 0.0)?;
    let (peaks, bandwidth_hz) = measure(file, progress)?;
    // Encoders are not linear: a level that should be clean is encoded too, and counts only if it is.
    let lowered = file.with_extension(format!("lower.{}", rate.codec.ending()));
    let (mut gain_db, mut after) = (0.0, peaks.true_peak_dbtp);
    let mut tries = TRIES;
    while let Some(over) = after.filter(|after| *after > CLEAN_DBTP) {
        if tries == 0 {
            break;
        }
        tries -= 1;
        gain_db -= over - CLEAN_DBTP + MARGIN_DB;
        encode(&lowered, gain_db)?;
        after = measure(&lowered, progress)?.0.true_peak_dbtp;
    }
    let clean = after.is_none_or(|after| after <= CLEAN_DBTP);
    let clean_ceiling_dbtp = analysis.peaks.true_peak_dbtp.filter(|_| clean).map(|before| before + gain_db);
    let highest = peaks
        .channels
        .iter()
        .max_by(|a, b| a.true_peak_dbtp.unwrap_or(f64::MIN).total_cmp(&b.true_peak_dbtp.unwrap_or(f64::MIN)));
    Ok(CodecPlayback {
        codec: rate.codec.name().to_string(),
        title: rate.title.to_string(),
        encoder: encoder(rate.codec).to_string(),
        bitrate_kbps: f64::from(kbps),
        true_peak_dbtp: peaks.true_peak_dbtp,
        over_count: peaks.over_count,
        worst_at_s: highest.and_then(|channel| channel.true_peak_at_s),
        bandwidth_hz,
        clean_ceiling_dbtp,
    })
}

fn encoder(codec: Codec) -> &'static str {
    match codec {
        Codec::Vorbis => "libvorbis (aoTuV)",
        Codec::Mp3 => "LAME",
        Codec::Opus => "libopus",
        Codec::Aac => "ffmpeg's own AAC encoder, which is not Apple's or Fraunhofer's",
    }
}

/// Peaks and bandwidth of a file.
fn measure(path: &Path, progress: &dyn Progress) -> Result<(Peaks, Option<f64>)> {
    let start = |rate_hz, channels| {
        let meters = (
            LoudnessMeter::new(rate_hz, channels),
            PeakMeter::new(rate_hz, channels),
            SpectralMeter::new(rate_hz, channels),
        );
        Ok(((), meters))
    };
    let ((), (loudness, peaks, spectral), _) = stream::pass(
        path,
        "measuring after the codec",
        progress,
        start,
        |(), _| Ok(()),
        |(loudness, peaks, spectral)| {
            vec![super::measure(spectral), super::measure(peaks), super::measure(loudness)]
        },
    )?;
    let (tone, _) = spectral.finish(&loudness.finish());
    Ok((peaks.finish(), tone.bandwidth_hz))
}

/// [`master`] with a ceiling so low that nothing passes full scale after any codec at hand: encoded, decoded and
/// measured, and made again with a lower ceiling until it is so. Where it cannot be, the render says so in `missed`.
///
/// # Errors
/// Those of [`master`] and of the codecs.
pub fn master_for_codecs(
    input: &Path,
    output: &Path,
    job: &MasterJob,
    progress: &dyn Progress,
) -> Result<(Mastered, Encoded)> {
    let mut job = job.clone();
    let mut tries = CEILING_TRIES;
    loop {
        let mut mastered = master(input, output, &job, progress)?;
        let after = mastered.render.as_ref().map_or(&mastered.check.analysis, |render| &render.after);
        let encoded = through_codecs(output, after, progress)?;
        let over = |playback: &&CodecPlayback| playback.true_peak_dbtp.is_some_and(|peak| peak > CLEAN_DBTP);
        let over: Vec<&CodecPlayback> = encoded.playbacks.iter().filter(over).collect();
        if over.is_empty() {
            return Ok((mastered, encoded));
        }
        let clean = over.iter().filter_map(|playback| playback.clean_ceiling_dbtp).reduce(f64::min);
        let most_db = over.iter().filter_map(|playback| playback.true_peak_dbtp).fold(0.0, f64::max);
        let wanted_dbtp = clean.unwrap_or(job.targets.delivery.ceiling_dbtp - most_db) - MARGIN_DB;
        // A level that is clean for the file turned down need not be for one that is limited harder: always go down.
        let ceiling_dbtp = wanted_dbtp.min(job.targets.delivery.ceiling_dbtp - MARGIN_DB);
        if tries == 0 {
            if let (Some(render), Some(worst)) = (
                &mut mastered.render,
                over.iter().max_by(|a, b| {
                    a.true_peak_dbtp.unwrap_or(f64::MIN).total_cmp(&b.true_peak_dbtp.unwrap_or(f64::MIN))
                }),
            ) {
                render.missed.push(Missed {
                    measure: "peaks.true_peak_dbtp".to_string(),
                    predicted: CLEAN_DBTP,
                    measured: worst.true_peak_dbtp.unwrap_or(CLEAN_DBTP),
                    reason: format!(
                        "after {} at {:.0} kb/s it still passes full scale",
                        worst.title, worst.bitrate_kbps
                    ),
                });
            }
            return Ok((mastered, encoded));
        }
        tries -= 1;
        job.targets.delivery.ceiling_dbtp = ceiling_dbtp;
        job.force = true;
    }
}
