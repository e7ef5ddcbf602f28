//! A REAPER project: takes of one song on tracks of their own, at equal loudness.

use super::one_line;
use crate::units::db_to_amplitude;

/// One track of a session.
#[derive(Debug, Clone, PartialEq)]
pub struct Take {
    /// Name of the track.
    pub name: String,
    /// The file, absolute or relative to the project.
    pub path: String,
    /// Its length.
    pub duration_s: f64,
    /// Its loudness; without one the take is left as it is.
    pub integrated_lufs: Option<f64>,
}

/// A project with all takes turned down to the quietest one, so that nothing clips that did not clip before. The first
/// one sounds; the others are muted, for switching with solo.
pub fn session(takes: &[Take], sample_rate_hz: u32) -> String {
    let quietest_lufs = takes.iter().filter_map(|take| take.integrated_lufs).fold(f64::INFINITY, f64::min);
    let mut out =
        format!("<REAPER_PROJECT 0.1 \"6.0\" 0\n  SAMPLERATE {sample_rate_hz} 1 0\n  TEMPO 120 4 4\n");
    for (index, take) in takes.iter().enumerate() {
        let gain_db = take.integrated_lufs.map_or(0.0, |lufs| quietest_lufs - lufs);
        let level = take
            .integrated_lufs
            .map_or("loudness unknown".to_string(), |lufs| format!("{lufs:.1} LUFS, here {gain_db:+.1} dB"));
        let name = quoted(&format!("{} ({level})", take.name));
        out += &format!("  <TRACK\n    NAME {name}\n");
        out += &format!("    VOLPAN {:.9} 0 -1 -1 1\n", db_to_amplitude(gain_db));
        out += &format!("    MUTESOLO {} 0 0\n    NCHAN 2\n", u8::from(index > 0));
        out +=
            &format!("    <ITEM\n      POSITION 0\n      LENGTH {:.9}\n      NAME {name}\n", take.duration_s);
        out += &format!(
            "      <SOURCE {}\n        FILE {}\n      >\n    >\n  >\n",
            kind(&take.path),
            quoted(&take.path)
        );
    }
    out + ">\n"
}

/// REAPER's name for the reader of a file.
fn kind(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default().to_lowercase().as_str() {
        "flac" => "FLAC",
        "mp3" => "MP3",
        "ogg" | "oga" => "VORBIS",
        "opus" => "OPUS",
        "m4a" | "mp4" => "VIDEO",
        _ => "WAVE",
    }
}

/// In whichever of the three quotes the text does not have; backquotes give way where it has all.
fn quoted(text: &str) -> String {
    let text = one_line(text);
    match ['"', '\'', '`'].into_iter().find(|quote| !text.contains(*quote)) {
        Some(quote) => format!("{quote}{text}{quote}"),
        None => format!("`{}`", text.replace('`', "'")),
    }
}
