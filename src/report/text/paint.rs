//! Colour, character set and line breaks of a terminal.

use super::Options;

/// What a stretch of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Bold,
    Faint,
    Good,
    Info,
    Warn,
    Fail,
    Mix,
    Master,
}

impl Style {
    /// Select graphic rendition (ECMA-48); the terminal's own palette, so that it suits its background.
    fn code(self) -> &'static str {
        match self {
            Style::Bold => "1",
            Style::Faint => "2",
            Style::Good => "32",
            Style::Info => "36",
            Style::Warn => "33",
            Style::Fail => "1;31",
            Style::Mix => "33",
            Style::Master => "34",
        }
    }
}

pub(super) struct Paint {
    color: bool,
    ascii: bool,
    /// Columns.
    pub(super) width: usize,
}

impl Paint {
    pub(super) fn new(options: &Options) -> Paint {
        Paint { color: options.color, ascii: options.ascii, width: options.width.clamp(40, 160) }
    }

    /// Text in a style, where colours are wanted.
    pub(super) fn styled(&self, text: &str, style: Style) -> String {
        if self.color { format!("\u{1b}[{}m{text}\u{1b}[0m", style.code()) } else { text.to_string() }
    }

    /// The finished text in the terminal's character set.
    pub(super) fn finish(&self, text: String) -> String {
        let text = text.replace('\u{a0}', " ");
        if self.ascii { text.chars().map(in_ascii).collect() } else { text }
    }
}

/// The nearest ASCII for the characters that the report uses; `?` for those of names.
fn in_ascii(c: char) -> String {
    match c {
        c if c.is_ascii() => c.to_string(),
        '−' | '–' | '\u{2011}' => "-".to_string(),
        '→' => ">".to_string(),
        '…' => "...".to_string(),
        '·' => ".".to_string(),
        '━' => "=".to_string(),
        '●' => "*".to_string(),
        '○' => "o".to_string(),
        '×' => "x".to_string(),
        '▲' => "!".to_string(),
        '✓' => "+".to_string(),
        '▁' => "_".to_string(),
        '▂' | '▃' => ".".to_string(),
        '▄' | '▅' => "-".to_string(),
        '▆' | '▇' => "=".to_string(),
        '█' => "#".to_string(),
        _ => "?".to_string(),
    }
}

/// Text in lines of at most `width` characters, broken between words.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split([' ', '\n', '\t']).filter(|word| !word.is_empty()) {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_string()),
        }
    }
    lines
}
