//! The broadcast extension of WAV, version 2, with its loudness fields (EBU Tech 3285).

use super::Format;

/// Bytes of the chunk before its coding history.
const FIXED_BYTES: usize = 602;

/// What a loudness field holds where there is no value (EBU Tech 3285, 2.3).
const NOT_MEASURED: i16 = 0x7fff;

/// What a `bext` chunk says of a file. Times are left empty: the same plan on the same audio gives the same bytes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Bext {
    /// Description, cut to 256 bytes of ASCII.
    pub description: String,
    /// Integrated loudness.
    pub integrated_lufs: Option<f64>,
    /// Loudness range.
    pub range_lu: Option<f64>,
    /// Highest true peak.
    pub true_peak_dbtp: Option<f64>,
    /// Highest momentary loudness.
    pub momentary_max_lufs: Option<f64>,
    /// Highest short-term loudness.
    pub short_term_max_lufs: Option<f64>,
}

impl Bext {
    /// The chunk, always of one length for one format.
    pub(super) fn chunk(&self, format: Format) -> Vec<u8> {
        let mut body = Vec::with_capacity(FIXED_BYTES + 128);
        text(&mut body, &self.description, 256);
        text(&mut body, "mixproof", 32);
        text(&mut body, "", 32);
        // Date, time, time reference.
        text(&mut body, "", 10);
        text(&mut body, "", 8);
        body.extend([0; 8]);
        body.extend(2u16.to_le_bytes());
        // UMID.
        body.extend([0; 64]);
        let fields = [
            self.integrated_lufs,
            self.range_lu,
            self.true_peak_dbtp,
            self.momentary_max_lufs,
            self.short_term_max_lufs,
        ];
        fields.iter().for_each(|value| body.extend(hundredths(*value).to_le_bytes()));
        body.resize(FIXED_BYTES, 0);
        body.extend(history(format).bytes());
        if body.len() % 2 == 1 {
            body.push(0);
        }
        let mut chunk = b"bext".to_vec();
        chunk.extend((body.len() as u32).to_le_bytes());
        chunk.extend(body);
        chunk
    }
}

/// Coding history (EBU R 98): one line on what this file is.
fn history(format: Format) -> String {
    let Format { sample_rate_hz, channels, bits, .. } = format;
    let mode = match channels {
        1 => "mono".to_string(),
        2 => "stereo".to_string(),
        more => format!("{more} channels"),
    };
    format!("A=PCM,F={sample_rate_hz},W={bits},M={mode},T=mixproof {}\r\n", env!("CARGO_PKG_VERSION"))
}

/// ASCII of a fixed length, with zeros behind.
fn text(out: &mut Vec<u8>, text: &str, bytes: usize) {
    let end = out.len() + bytes;
    out.extend(
        text.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c as u8 } else { b'?' }).take(bytes),
    );
    out.resize(end, 0);
}

/// A level times 100, rounded half away from zero as the standard's formula does.
fn hundredths(value: Option<f64>) -> i16 {
    value.map_or(NOT_MEASURED, |value| (value * 100.0).round().clamp(-9999.0, 9999.0) as i16)
}
