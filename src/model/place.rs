//! Where a value stands in the text of a document, so that a refusal can name its line.

use jsonc_parser::ast::Value;
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

/// The line, from 1, of the value at a path such as `moves[2].processor.bands[0].q`; where the document leaves it out,
/// the line of the nearest value around it. `None` for text that is no JSON.
pub fn line_of(text: &str, path: &str) -> Option<usize> {
    let parsed = parse_to_ast(text, &CollectOptions::default(), &ParseOptions::default()).ok()?;
    let mut value = parsed.value.as_ref()?;
    let keys = path.split(['.', '[']).map(|key| key.trim_end_matches(']'));
    let mut line = line_at(text, value.range().start);
    for key in keys.filter(|key| !key.is_empty()) {
        let inside = match value {
            Value::Object(object) => object.get(key).map(|property| &property.value),
            Value::Array(array) => key.parse::<usize>().ok().and_then(|index| array.elements.get(index)),
            _ => None,
        };
        let Some(inside) = inside else { break };
        value = inside;
        line = line_at(text, value.range().start);
    }
    Some(line)
}

/// A value that holds no others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// Its path.
    pub at: String,
    /// As it is written, quotes and all: `0.7`, `NaN`, `null`, `"peak"`.
    pub found: String,
    /// Its line, from 1.
    pub line: usize,
}

/// Every value of a text that holds no others, from top to bottom; numbers that JSON does not know, such as `NaN` and
/// `-Infinity`, too. Empty for text that is no JSON otherwise.
pub fn leaves(text: &str) -> Vec<Leaf> {
    let parsed = parse_to_ast(text, &CollectOptions::default(), &ParseOptions::default());
    let Some(whole) = parsed.as_ref().ok().and_then(|parsed| parsed.value.as_ref()) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let mut waiting = vec![(String::new(), whole)];
    while let Some((at, value)) = waiting.pop() {
        match value {
            Value::Object(object) => waiting.extend(object.properties.iter().rev().map(|property| {
                let name = property.name.as_str();
                let at = if at.is_empty() { name.to_string() } else { format!("{at}.{name}") };
                (at, &property.value)
            })),
            Value::Array(array) => {
                let elements = array.elements.iter().enumerate().rev();
                waiting.extend(elements.map(|(index, value)| (format!("{at}[{index}]"), value)));
            }
            other => {
                let range = other.range();
                let literal = text.get(range.start..range.end).unwrap_or_default().to_string();
                found.push(Leaf { at, found: literal, line: line_at(text, range.start) });
            }
        }
    }
    found
}

fn line_at(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
}
