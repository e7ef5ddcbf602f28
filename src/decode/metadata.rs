//! Text tags out of what symphonia reads: one key for what every format calls differently.

use super::probe;
use super::tags::Tags;
use std::io::Cursor;
use std::path::Path;
use symphonia::core::formats::FormatReader;
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::{
    MetadataOptions, MetadataReader, MetadataRevision, RawTag, RawValue, StandardTag,
};
use symphonia::default::meta::Id3v2Reader;

/// All text tags of a file.
pub(super) fn read_tags(reader: &mut dyn FormatReader) -> Tags {
    let mut tags = Tags::default();
    let mut metadata = reader.metadata();
    while let Some(revision) = metadata.pop() {
        add_tags(&mut tags, &revision);
    }
    if let Some(revision) = metadata.current() {
        add_tags(&mut tags, revision);
    }
    tags
}

/// Text tags of an ID3v2 chunk inside of another container.
pub(super) fn id3_tags(body: Vec<u8>) -> Tags {
    let mut tags = Tags::default();
    let stream = MediaSourceStream::new(Box::new(Cursor::new(body)), Default::default());
    let revision = probe::guarded(Path::new(""), || {
        Id3v2Reader::try_new(stream, MetadataOptions::default()).and_then(|mut reader| reader.read_all())
    });
    if let Ok(Ok(buffer)) = revision {
        add_tags(&mut tags, &buffer.revision);
    }
    tags
}

fn add_tags(tags: &mut Tags, revision: &MetadataRevision) {
    for tag in &revision.media.tags {
        let value = match &tag.raw.value {
            RawValue::String(text) => text.to_string(),
            RawValue::StringList(list) => list.join("; "),
            RawValue::UnsignedInt(_) | RawValue::SignedInt(_) | RawValue::Float(_) => {
                tag.raw.value.to_string()
            }
            _ => continue,
        };
        match (tag.std.as_ref().and_then(standard_key), described(&tag.raw)) {
            (Some(key), _) => tags.add(key, &value),
            // All free texts of ID3 share one frame name: what tells them apart is their description.
            (None, Some(description)) => tags.add(&format!("txxx:{description}"), &value),
            (None, None) => tags.add(&tag.raw.key, &value),
        }
    }
}

/// The description of a free text of ID3.
fn described(raw: &RawTag) -> Option<&str> {
    let fields = raw.sub_fields.as_deref().filter(|_| raw.key == "TXXX")?;
    fields.iter().find_map(|field| match &field.value {
        RawValue::String(text) if field.field == "DESCRIPTION" => Some(text.as_str()),
        _ => None,
    })
}

/// One key for what every format calls differently.
fn standard_key(tag: &StandardTag) -> Option<&'static str> {
    Some(match tag {
        StandardTag::TrackTitle(_) => "title",
        StandardTag::Artist(_) => "artist",
        StandardTag::Album(_) => "album",
        StandardTag::AlbumArtist(_) => "album_artist",
        StandardTag::TrackNumber(_) => "track",
        StandardTag::DiscNumber(_) => "disc",
        StandardTag::ReleaseDate(_)
        | StandardTag::ReleaseYear(_)
        | StandardTag::RecordingDate(_)
        | StandardTag::RecordingYear(_) => "date",
        StandardTag::Genre(_) => "genre",
        StandardTag::Composer(_) => "composer",
        StandardTag::Comment(_) => "comment",
        StandardTag::Copyright(_) => "copyright",
        StandardTag::Encoder(_) => "encoder",
        StandardTag::IdentIsrc(_) => "isrc",
        StandardTag::IdentBarcode(_) | StandardTag::IdentEanUpn(_) | StandardTag::IdentUpc(_) => "barcode",
        _ => return None,
    })
}
