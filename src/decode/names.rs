//! What symphonia's formats and codecs are called in documents and messages.

use symphonia::core::codecs::audio::well_known as codec;
use symphonia::core::codecs::audio::{AudioCodecId, AudioCodecParameters};
use symphonia::core::formats::FormatId;
use symphonia::core::formats::well_known as container;

/// Names of the containers that are read.
pub(super) fn container_name(id: FormatId) -> &'static str {
    match id {
        container::FORMAT_ID_WAVE => "wav",
        container::FORMAT_ID_AIFF => "aiff",
        container::FORMAT_ID_CAF => "caf",
        container::FORMAT_ID_FLAC => "flac",
        container::FORMAT_ID_OGG => "ogg",
        container::FORMAT_ID_ISOMP4 => "mp4",
        container::FORMAT_ID_MKV => "mkv",
        container::FORMAT_ID_ADTS => "aac",
        container::FORMAT_ID_MP2 => "mp2",
        _ => "mp3",
    }
}

/// Names of the codecs that are decoded.
pub(super) fn codec_name(id: AudioCodecId) -> Option<&'static str> {
    Some(match id {
        codec::CODEC_ID_FLAC => "flac",
        codec::CODEC_ID_ALAC => "alac",
        codec::CODEC_ID_VORBIS => "vorbis",
        codec::CODEC_ID_AAC => "aac",
        codec::CODEC_ID_MP3 => "mp3",
        codec::CODEC_ID_MP2 => "mp2",
        #[cfg(feature = "codecs")]
        codec::CODEC_ID_OPUS => "opus",
        codec::CODEC_ID_PCM_ALAW => "alaw",
        codec::CODEC_ID_PCM_MULAW => "mulaw",
        codec::CODEC_ID_ADPCM_MS | codec::CODEC_ID_ADPCM_IMA_WAV | codec::CODEC_ID_ADPCM_IMA_QT => "adpcm",
        codec::CODEC_ID_PCM_F32LE
        | codec::CODEC_ID_PCM_F32BE
        | codec::CODEC_ID_PCM_F64LE
        | codec::CODEC_ID_PCM_F64BE => "pcm_float",
        codec::CODEC_ID_PCM_S32LE
        | codec::CODEC_ID_PCM_S32BE
        | codec::CODEC_ID_PCM_S24LE
        | codec::CODEC_ID_PCM_S24BE
        | codec::CODEC_ID_PCM_S16LE
        | codec::CODEC_ID_PCM_S16BE
        | codec::CODEC_ID_PCM_S8
        | codec::CODEC_ID_PCM_U8 => "pcm",
        _ => return None,
    })
}

/// What a codec that is not decoded is called.
pub(super) fn unsupported_codec(id: AudioCodecId) -> &'static str {
    match id {
        codec::CODEC_ID_OPUS => "Opus",
        codec::CODEC_ID_SPEEX => "Speex",
        codec::CODEC_ID_MP1 => "MPEG layer I",
        codec::CODEC_ID_AC3 | codec::CODEC_ID_EAC3 => "Dolby Digital",
        codec::CODEC_ID_DCA => "DTS",
        codec::CODEC_ID_WMA => "Windows Media",
        _ => "this codec",
    }
}

/// Bits per sample of PCM and lossless codecs.
pub(super) fn bits(parameters: &AudioCodecParameters, codec: &str) -> Option<u16> {
    // The sixth byte of ALAC's configuration is its depth.
    let alac = || parameters.extra_data.as_ref()?.get(5).map(|bits| u32::from(*bits));
    let bits = match codec {
        "flac" | "pcm" | "pcm_float" => parameters.bits_per_coded_sample.or(parameters.bits_per_sample),
        "alac" => alac().or(parameters.bits_per_sample),
        _ => None,
    };
    bits.filter(|bits| (1..=64).contains(bits)).map(|bits| bits as u16)
}
