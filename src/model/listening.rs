//! What a report plays: loops of the same places from several takes, matched in loudness. Not a document: it holds audio.

/// Loops for the player of a report.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Listening {
    /// Sample rate of all takes.
    pub sample_rate_hz: u32,
    /// What the audio is packed in: its media type.
    pub packed_as: String,
    /// How it was packed, for people.
    pub quality: String,
    /// The loops, in the order in which they are offered.
    pub loops: Vec<Loop>,
    /// What the page can play every take through.
    pub devices: Vec<DeviceTake>,
    /// What all takes of a loop are turned to lies within this of each other.
    pub matched_within_lu: f64,
}

/// One stretch of the song.
#[derive(Debug, Clone, PartialEq)]
pub struct Loop {
    /// Why it was chosen.
    pub title: String,
    /// Start in the song.
    pub start_s: f64,
    /// End in the song.
    pub end_s: f64,
    /// What all takes and devices are turned to.
    pub common_lufs: f64,
    /// The same stretch of each take.
    pub takes: Vec<Take>,
}

/// One version of a loop.
#[derive(Debug, Clone, PartialEq)]
pub struct Take {
    /// `before`, `after`, `reference`, `vorbis-160`, …
    pub id: String,
    /// For people.
    pub title: String,
    /// Gain that matches its loudness.
    pub gain_db: f64,
    /// Its own loudness.
    pub loudness_lufs: f64,
    /// Gain that matches its loudness on each of [`Listening::devices`].
    pub device_gains_db: Vec<f64>,
    /// The packed audio.
    pub packed: Vec<u8>,
}

/// A device as filters that the page runs itself.
#[derive(Debug, Clone, PartialEq)]
pub struct DeviceTake {
    /// `phone`, …
    pub id: String,
    /// For people.
    pub title: String,
    /// What both channels pass: b0 b1 b2 a1 a2 of each filter, at the loops' sample rate.
    pub filters: Vec<[f64; 5]>,
    /// What the difference of the channels passes besides; `None` where there is none of it left (mono).
    pub side_filters: Option<Vec<[f64; 5]>>,
    /// Level of the difference, as a linear factor of its amplitude.
    pub side_share: f64,
}
