//! What a file name says: its words, its number, its version.

/// The words of a name in lower case, without digits: `01_VOX-Lead2.wav` has `vox`, `lead`.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut previous = ' ';
    for letter in name.chars() {
        // A new word begins at a capital after a small letter, too: LeadVox.
        if !letter.is_alphabetic() || (letter.is_uppercase() && previous.is_lowercase()) {
            words.push(String::new());
        }
        if letter.is_alphabetic()
            && let Some(word) = words.last_mut()
        {
            word.extend(letter.to_lowercase());
        }
        previous = letter;
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The number that a name begins with: `01 kick` has 1.
pub(super) fn leading_number(name: &str) -> Option<u32> {
    let digits: String = name.chars().take_while(char::is_ascii_digit).collect();
    let next = name.chars().nth(digits.len());
    (digits.len() <= 3 && next.is_none_or(|letter| !letter.is_ascii_alphanumeric()))
        .then_some(digits)
        .and_then(|digits| digits.parse().ok())
}

/// A name without what tells versions apart: `vox final2 (1)` and `vox` are one part.
pub(super) fn without_version(name: &str) -> String {
    const VERSION_WORDS: &[&str] =
        &["final", "copy", "of", "new", "old", "v", "ver", "version", "rev", "take", "bounce", "export"];
    words(name)
        .into_iter()
        .filter(|word| !VERSION_WORDS.contains(&word.as_str()))
        .collect::<Vec<_>>()
        .join(" ")
}

/// The song that a file without its ending is a version of: its words without what tells versions apart, and the number
/// that it begins with, which is its place on an album. A name that says nothing else stands for itself.
pub fn song(name: &str) -> String {
    let words = without_version(name);
    match (words.is_empty(), leading_number(name)) {
        (true, _) => name.to_lowercase(),
        (false, Some(number)) => format!("{number:02} {words}"),
        (false, None) => words,
    }
}

/// What is odd about a name, in words.
pub(super) fn oddities(name: &str) -> Vec<&'static str> {
    let lower = name.to_lowercase();
    let words = words(name);
    let has = |word: &str| words.iter().any(|own| own == word);
    let mut odd = Vec::new();
    if has("copy") || lower.ends_with("(1)") || lower.ends_with("(2)") {
        odd.push("a copy by its name");
    }
    if has("final") || has("new") || has("old") {
        odd.push("a version that only the sender understands");
    }
    if name.chars().any(|letter| letter.is_control() || "<>:\"|?*\\".contains(letter)) {
        odd.push("characters that some systems refuse");
    }
    if name.trim() != name || name.contains("  ") {
        odd.push("stray spaces");
    }
    const EMPTY: &[&str] = &["audio", "track", "untitled", "bounce", "export", "stem", "midi", "inst"];
    if words.is_empty() || words.iter().all(|word| EMPTY.contains(&word.as_str())) {
        odd.push("it does not say what plays");
    }
    odd
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_people_write_them() {
        assert_eq!(words("01_VOX-Lead2"), ["vox", "lead"]);
        assert_eq!(words("LeadVox BGV"), ["lead", "vox", "bgv"]);
        assert_eq!(leading_number("01 kick"), Some(1));
        assert_eq!(leading_number("808 sub"), Some(808));
        assert_eq!(leading_number("kick 2"), None);
        assert_eq!(without_version("Bass final2 (1)"), without_version("bass"));
        for version in [
            "Night Drive v3",
            "night-drive_FINAL2",
            "Night Drive (1)",
            "NightDrive-003",
            "night drive rev 12",
        ] {
            assert_eq!(song(version), "night drive", "{version}");
        }
        assert_eq!((song("01 Intro"), song("02 Intro v2")), ("01 intro".into(), "02 intro".into()));
        assert_eq!((song("final2"), song("Take 5")), ("final2".into(), "take 5".into()));
        assert!(oddities("01 kick").is_empty() && oddities("VOX_LEAD").is_empty());
        assert_eq!(oddities("bass copy").len(), 1);
        assert_eq!(oddities("Audio 3").len(), 1);
    }
}
