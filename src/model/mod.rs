//! The persisted chain: every document that a stage writes and another one reads.
//!
//! Data only; the one behaviour is loading and saving. Every document carries `"schema": "kind/version"`;
//! a reader refuses another kind or a newer version by name. Hand-edited documents refuse unknown keys.

mod album;
mod album_check;
mod album_parts;
mod album_ranges;
mod analysis;
mod bounce;
mod check;
mod comparison;
mod delivery;
mod deviation;
mod finding;
mod listening;
mod measures;
mod pictures;
mod place;
mod plan;
mod preview;
mod profile;
mod render;
mod scan;
mod scan_parts;
mod scan_summary;
mod section;
mod self_test;
mod stems;
mod stems_together;

pub use album::*;
pub use album_check::*;
pub use album_parts::*;
pub use analysis::*;
pub use bounce::*;
pub use check::Check;
pub use comparison::*;
pub use delivery::*;
pub use deviation::*;
pub use finding::*;
pub use listening::*;
pub use measures::*;
pub use pictures::*;
pub use place::*;
pub use plan::*;
pub use preview::*;
pub use profile::*;
pub use render::*;
pub use scan::*;
pub use scan_parts::*;
pub use scan_summary::*;
pub use section::*;
pub use self_test::*;
pub use stems::*;
pub use stems_together::*;

use crate::error::{Error, Result};
use serde::{Serialize, de::DeserializeOwned};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

/// A document on disk: its schema tag, and how it is read and written.
pub trait Persisted: Serialize + DeserializeOwned {
    /// The kind, as in `analysis`.
    const KIND: &'static str;
    /// The newest version of the shape that this program knows.
    const VERSION: u32;

    /// The tag that new documents carry: `analysis/1`.
    fn schema_tag() -> String {
        format!("{}/{}", Self::KIND, Self::VERSION)
    }

    /// One line of JSON, for JSON Lines and other languages.
    fn to_json_line(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|error| format!("{{\"error\":\"{error}\"}}"))
    }

    /// Indented JSON, for files that people open.
    fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_else(|error| format!("{{\"error\":\"{error}\"}}"))
    }

    /// Reads a document from text; `path` is for messages.
    ///
    /// # Errors
    /// [`Error::Schema`] for another kind or a newer version, [`Error::Document`] with the line otherwise.
    fn from_json(text: &str, path: &Path) -> Result<Self> {
        #[derive(serde::Deserialize)]
        struct Tag {
            schema: Option<String>,
        }
        let document_error = |error: serde_json::Error| {
            let message = error.to_string();
            let reason = message.split(" at line ").next().unwrap_or(&message).to_string();
            let line = line_of_refused_key(text, &reason, error.line());
            Error::document(path, line, reason)
        };
        let tag: Tag = serde_json::from_str(text).map_err(document_error)?;
        let found = tag.schema.unwrap_or_else(|| "no schema".to_string());
        let known = found.split_once('/').is_some_and(|(kind, version)| {
            kind == Self::KIND
                && version.parse::<u32>().is_ok_and(|version| (1..=Self::VERSION).contains(&version))
        });
        if !known {
            return Err(Error::Schema { path: path.to_path_buf(), expected: Self::schema_tag(), found });
        }
        serde_json::from_str(text).map_err(document_error)
    }

    /// Reads a document from a file.
    ///
    /// # Errors
    /// As [`Persisted::from_json`], and [`Error::Io`].
    fn load(path: &Path) -> Result<Self> {
        Self::from_json(&read_text(path)?, path)
    }

    /// Writes the document beside its final name and renames it, so that a reader never sees half of it.
    ///
    /// # Errors
    /// [`Error::Io`] with the path.
    fn save(&self, path: &Path) -> Result<()> {
        // The text of a song of hours takes as much memory as all else together, so it goes out as it comes.
        write_atomically(path, |out| {
            serde_json::to_writer_pretty(&mut *out, self)?;
            out.write_all(b"\n")
        })
    }

    /// Writes one line of JSON, with its end.
    ///
    /// # Errors
    /// Those of `out`.
    fn write_json_line(&self, out: &mut impl Write) -> std::io::Result<()> {
        serde_json::to_writer(&mut *out, self)?;
        out.write_all(b"\n")
    }
}

/// The line of an unknown key or kind. A tagged object (a plan's processor) is read as a whole before its keys are looked
/// at, so its error carries the line where the surroundings ended; the key stands in the last line before that
/// which has it. Other errors keep their line.
fn line_of_refused_key(text: &str, reason: &str, reported: usize) -> usize {
    let named = |prefix: &str| reason.strip_prefix(prefix).and_then(|rest| rest.split('`').next());
    let (Some(key), is_key) = (match named("unknown field `") {
        Some(key) => (Some(key), true),
        None => (named("unknown variant `"), false),
    }) else {
        return reported;
    };
    let quoted = format!("\"{key}\"");
    let has_key = |line: &str| {
        line.split(&quoted)
            .skip(1)
            .any(|after| after.trim_start().is_empty() || after.trim_start().starts_with(':') == is_key)
    };
    text.lines()
        .take(reported)
        .enumerate()
        .filter(|(_, line)| has_key(line))
        .last()
        .map_or(reported, |(index, _)| index + 1)
}

/// Reads the text of a document.
///
/// # Errors
/// [`Error::Io`] with the path.
pub fn read_text(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(Error::io(path, "read the document"))
}

/// Writes a text file atomically: a temporary file in the same folder, synced, then renamed.
///
/// # Errors
/// [`Error::Io`] with the path.
pub fn write_text(path: &Path, text: &str) -> Result<()> {
    write_bytes(path, text.as_bytes())
}

/// Writes a small file (a document, a picture, a page) atomically.
///
/// # Errors
/// [`Error::Io`] with the path.
pub fn write_bytes(path: &Path, bytes: &[u8]) -> Result<()> {
    write_atomically(path, |out| out.write_all(bytes))
}

fn write_atomically(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<&File>) -> std::io::Result<()>,
) -> Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    std::fs::create_dir_all(folder).map_err(Error::io(folder, "create the folder"))?;
    let file = tempfile::Builder::new()
        .prefix(".mixproof-")
        .suffix(".tmp")
        .tempfile_in(folder)
        .map_err(Error::io(path, "write"))?;
    {
        let mut out = BufWriter::with_capacity(1 << 16, file.as_file());
        write(&mut out).and_then(|()| out.flush()).map_err(Error::io(path, "write"))?;
    }
    // tempfile creates 0600; documents are ordinary files of the user.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let _ = file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644));
    }
    file.as_file().sync_all().map_err(Error::io(path, "write"))?;
    file.persist(path).map_err(|error| Error::Io {
        path: path.to_path_buf(),
        doing: "write",
        source: error.error,
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use schemars::{JsonSchema, schema_for};
    use serde_json::{Value, json};
    use std::collections::BTreeMap;

    /// Set to any value, it makes the test write the schemas anew.
    const REWRITE: &str = "MIXPROOF_WRITE_SCHEMAS";

    /// What the reader of a kind takes, as JSON Schema, by the name of its type and its tag.
    fn schema<D: Persisted + JsonSchema>() -> (String, String, Value) {
        (D::schema_name().into_owned(), D::schema_tag(), schema_for!(D).to_value())
    }

    /// The schemas by tag. Every document in them, whole or part of another one, must carry its own tag.
    fn schemas() -> BTreeMap<String, Value> {
        let kinds = [
            schema::<Analysis>(),
            schema::<Check>(),
            schema::<Plan>(),
            schema::<Render>(),
            schema::<Preview>(),
            schema::<SelfTest>(),
            schema::<Comparison>(),
            schema::<StemSet>(),
            schema::<Album>(),
            schema::<Profile>(),
            schema::<Delivery>(),
            schema::<ScanRow>(),
            schema::<ScanSummary>(),
            schema::<Bounce>(),
            schema::<History>(),
        ];
        let tag = |document: &mut Value, tag: &str| document["properties"]["schema"]["const"] = json!(tag);
        let whole = kinds.iter().map(|(_, own, schema)| {
            let mut schema = schema.clone();
            schema["title"] = json!(own);
            tag(&mut schema, own);
            for (name, of_part, _) in &kinds {
                if let Some(part) = schema.pointer_mut(&format!("/$defs/{name}")) {
                    tag(part, of_part);
                }
            }
            (own.clone(), schema)
        });
        whole.collect()
    }

    #[test]
    fn every_document_has_a_schema() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/model");
        let files = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
        let texts = files.map(|path| read_text(&path).unwrap_or_default());
        let kinds: usize = texts.map(|text| text.matches("\nimpl Persisted for ").count()).sum();
        assert_eq!(schemas().len(), kinds);
    }

    #[test]
    fn published_schemas_are_what_the_readers_take() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schemas");
        let mut published = Vec::new();
        for (tag, schema) in schemas() {
            let path = folder.join(format!("{}.schema.json", tag.replace('/', "-")));
            let text = serde_json::to_string_pretty(&schema).unwrap_or_default() + "\n";
            if std::env::var_os(REWRITE).is_some() {
                write_text(&path, &text).unwrap_or_else(|error| panic!("{error}"));
            }
            let found = read_text(&path).unwrap_or_default();
            assert!(found == text, "{}: is not what the types say; {REWRITE}=1 writes it", path.display());
            published.push(path);
        }
        let files = std::fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.path());
        let strangers: Vec<_> = files.filter(|path| !published.contains(path)).collect();
        assert!(strangers.is_empty(), "of no kind: {strangers:?}");
    }
}
