//! Text tags by lower-case key, bounded in number and length.

use std::collections::BTreeMap;

/// Most tags kept of one file.
const MAX_TAGS: usize = 256;

/// Most bytes kept of one value, and of one key.
const MAX_VALUE_BYTES: usize = 4096;
const MAX_KEY_BYTES: usize = 64;

/// Tags of a file. The first value of a key wins; values are text as the file has it, control characters
/// included: whoever prints them escapes them.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Tags(BTreeMap<String, String>);

impl Tags {
    /// Adds a tag unless its key is there already, or it is empty.
    pub(super) fn add(&mut self, key: &str, value: &str) {
        let key = cut(key.trim(), MAX_KEY_BYTES).to_lowercase();
        let value = cut(value.trim_matches(['\0', ' ', '\n', '\r', '\t']), MAX_VALUE_BYTES);
        if key.is_empty() || value.is_empty() || self.0.len() >= MAX_TAGS {
            return;
        }
        self.0.entry(key).or_insert_with(|| value.to_string());
    }

    /// Adds text of unknown encoding: UTF-8 where it is that, else Latin-1.
    pub(super) fn add_bytes(&mut self, key: &str, value: &[u8]) {
        let end = value.iter().position(|byte| *byte == 0).unwrap_or(value.len());
        let value = &value[..end];
        match std::str::from_utf8(value) {
            Ok(text) => self.add(key, text),
            Err(_) => self.add(key, &value.iter().map(|byte| char::from(*byte)).collect::<String>()),
        }
    }

    /// Takes over the tags of another set that are not here yet.
    pub(super) fn merge(&mut self, other: Tags) {
        other.0.iter().for_each(|(key, value)| self.add(key, value));
    }

    pub(super) fn into_map(self) -> BTreeMap<String, String> {
        self.0
    }
}

/// The longest part of at most `bytes` bytes that ends between characters.
fn cut(text: &str, bytes: usize) -> &str {
    let mut end = text.len().min(bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_bounded_and_the_first_value_wins() {
        let mut tags = Tags::default();
        tags.add("TITLE", "one");
        tags.add("title", "two");
        tags.add_bytes("artist", b"Bj\xf6rk\0junk");
        tags.add("comment", &"ä".repeat(4000));
        (0..1000).for_each(|i| tags.add(&format!("key{i}"), "x"));
        let map = tags.into_map();
        assert_eq!(map["title"], "one");
        assert_eq!(map["artist"], "Björk");
        assert_eq!(map["comment"].len(), 4096);
        assert_eq!(map.len(), MAX_TAGS);
    }
}
