//! The documents of `reference-profiles/`, built into the program so that it needs no files beside it.

use crate::model::{Delivery, Persisted, Profile};
use std::path::Path;

/// File name and text of a shipped document.
type Shipped = (&'static str, &'static str);

/// Shipped genre profiles, broad ones first.
const GENRES: &[Shipped] = &[
    ("popular.json", include_str!("../../reference-profiles/genres/popular.json")),
    ("all-music.json", include_str!("../../reference-profiles/genres/all-music.json")),
    ("pop.json", include_str!("../../reference-profiles/genres/pop.json")),
    ("rock.json", include_str!("../../reference-profiles/genres/rock.json")),
    ("jazz.json", include_str!("../../reference-profiles/genres/jazz.json")),
    ("classical.json", include_str!("../../reference-profiles/genres/classical.json")),
    ("stem-vocals.json", include_str!("../../reference-profiles/genres/stem-vocals.json")),
    ("stem-drums.json", include_str!("../../reference-profiles/genres/stem-drums.json")),
    ("stem-bass.json", include_str!("../../reference-profiles/genres/stem-bass.json")),
    ("stem-other.json", include_str!("../../reference-profiles/genres/stem-other.json")),
];

/// Shipped deliveries: streaming, then norms of our own, media, broadcast.
const DELIVERIES: &[Shipped] = &[
    ("spotify.json", include_str!("../../reference-profiles/delivery/spotify.json")),
    ("spotify-loud.json", include_str!("../../reference-profiles/delivery/spotify-loud.json")),
    ("spotify-quiet.json", include_str!("../../reference-profiles/delivery/spotify-quiet.json")),
    ("apple-music.json", include_str!("../../reference-profiles/delivery/apple-music.json")),
    ("youtube.json", include_str!("../../reference-profiles/delivery/youtube.json")),
    ("tidal.json", include_str!("../../reference-profiles/delivery/tidal.json")),
    ("amazon-music.json", include_str!("../../reference-profiles/delivery/amazon-music.json")),
    ("deezer.json", include_str!("../../reference-profiles/delivery/deezer.json")),
    ("aes-streaming.json", include_str!("../../reference-profiles/delivery/aes-streaming.json")),
    ("loud.json", include_str!("../../reference-profiles/delivery/loud.json")),
    ("club.json", include_str!("../../reference-profiles/delivery/club.json")),
    ("cd.json", include_str!("../../reference-profiles/delivery/cd.json")),
    ("vinyl.json", include_str!("../../reference-profiles/delivery/vinyl.json")),
    ("podcast.json", include_str!("../../reference-profiles/delivery/podcast.json")),
    ("ebu-r128.json", include_str!("../../reference-profiles/delivery/ebu-r128.json")),
    ("atsc-a85.json", include_str!("../../reference-profiles/delivery/atsc-a85.json")),
    ("none.json", include_str!("../../reference-profiles/delivery/none.json")),
];

/// All built-in profiles, broad ones first.
pub fn profiles() -> Vec<Profile> {
    read(GENRES)
}

/// All built-in deliveries, streaming first.
pub fn deliveries() -> Vec<Delivery> {
    read(DELIVERIES)
}

/// Reads the shipped documents. They are part of the program and the suite reads every one of them, so that a
/// document that does not parse is a bug of a build, not of a run.
fn read<T: Persisted>(shipped: &[Shipped]) -> Vec<T> {
    shipped
        .iter()
        .filter_map(|(name, text)| {
            let document = T::from_json(text, Path::new(name));
            debug_assert!(document.is_ok(), "{name}: {:?}", document.err().map(|error| error.to_string()));
            document.ok()
        })
        .collect()
}
