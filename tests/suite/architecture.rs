//! The house rules, read from the source text: who may name whom, which crate lives where, units in names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// module => modules of this crate that it may name. A row may only name rows above it, so there is no cycle.
const LAYERS: &[(&str, &[&str])] = &[
    ("units", &[]),
    ("error", &[]),
    ("audio", &[]),
    ("model", &["units", "error"]),
    ("dsp", &["units"]),
    ("decode", &["error", "audio", "model"]),
    ("encode", &["units", "error", "audio"]),
    ("measure", &["units", "audio", "model", "dsp"]),
    ("selftest", &["units", "audio", "model", "dsp", "measure"]),
    ("profiles", &["units", "error", "model"]),
    ("compare", &["units", "audio", "model", "dsp"]),
    ("checks", &["units", "error", "model"]),
    ("advise", &["units", "error", "model", "dsp"]),
    ("album", &["units", "error", "model", "dsp"]),
    ("process", &["units", "error", "audio", "model", "dsp"]),
    ("export", &["units", "audio", "model", "dsp"]),
    ("stems", &["units", "model", "dsp"]),
    ("preview", &["units", "audio", "model", "dsp"]),
    ("report", &["units", "error", "model"]),
    ("demo", &["units", "audio"]),
    ("catalogue", &["units", "error", "model", "dsp"]),
    (
        "pipeline",
        &[
            "units",
            "error",
            "audio",
            "model",
            "decode",
            "encode",
            "measure",
            "profiles",
            "compare",
            "checks",
            "advise",
            "album",
            "process",
            "dsp",
            "stems",
            "preview",
            "catalogue",
        ],
    ),
    (
        "cli",
        &[
            "units",
            "error",
            "model",
            "encode",
            "profiles",
            "checks",
            "advise",
            "album",
            "report",
            "demo",
            "selftest",
            "pipeline",
            "stems",
            "preview",
            "export",
            "catalogue",
        ],
    ),
    ("lib", &[]),
    ("main", &["cli"]),
];

/// external crate => the only places that may name it.
const CONFINED: &[(&str, &[&str])] = &[
    ("symphonia", &["src/decode/"]),
    ("ebur128", &["src/measure/"]),
    ("realfft", &["src/dsp/"]),
    ("rustfft", &["src/dsp/"]),
    ("plotters", &["src/report/charts/"]),
    ("maud", &["src/report/"]),
    ("comfy_table", &["src/report/"]),
    ("rayon", &["src/pipeline/"]),
    ("clap", &["src/cli/"]),
    ("clap_complete", &["src/cli/"]),
    ("clap_mangen", &["src/cli/"]),
    ("indicatif", &["src/cli/"]),
    ("signal_hook", &["src/cli/"]),
    ("walkdir", &["src/cli/"]),
    ("glob", &["src/cli/"]),
    ("natord", &["src/cli/"]),
    ("plotters_backend", &["src/report/charts/"]),
    ("png", &["src/report/charts/"]),
    ("md5", &["src/encode/"]),
    ("lofty", &["src/encode/"]),
    ("mp3lame_encoder", &["src/encode/lossy/"]),
    ("ogg", &["src/encode/lossy/"]),
    ("opusic_c", &["src/encode/lossy/"]),
    ("vorbis_rs", &["src/encode/lossy/"]),
    ("rubato", &["src/dsp/"]),
    ("symphonia_adapter_libopus", &["src/decode/"]),
    ("xxhash_rust", &["src/decode/"]),
    ("tempfile", &["src/model/mod.rs", "src/encode/"]),
    ("rusqlite", &["src/catalogue/"]),
    ("rustix", &["src/cli/scan/isolate.rs"]),
    ("strsim", &["src/error.rs"]),
    ("serde_json", &["src/model/", "src/report/"]),
    ("jsonc_parser", &["src/model/place.rs"]),
    ("schemars", &["src/model/", "src/units.rs"]),
];

/// text => the only places that may contain it, outside of comments, strings and tests.
const ONLY_IN: &[(&str, &[&str])] = &[
    (".log10()", &["src/units.rs"]),
    (".log2()", &["src/units.rs"]),
    (".exp2()", &["src/units.rs"]),
    ("10f64.powf(", &["src/units.rs"]),
    ("10f32.powf(", &["src/units.rs"]),
    ("10.0_f64.powf(", &["src/units.rs"]),
    ("println!", &["src/cli/"]),
    ("eprintln!", &["src/cli/"]),
    (
        "std::fs",
        &[
            "src/model/mod.rs",
            "src/decode/",
            "src/encode/",
            "src/profiles/",
            "src/pipeline/ab.rs",
            "src/pipeline/scan/",
            "src/catalogue/",
            "src/cli/",
        ],
    ),
    ("unsafe ", &["src/dsp/"]),
];

/// Longest file that needs no excuse.
const MAX_LINES: usize = 400;

/// file => why it is longer.
const LONG_FILES: &[(&str, &str)] = &[];

/// What the name of a public float may end in: units, and what has none by definition.
const SUFFIXES: &[&str] = &[
    "_lufs",
    "_lu",
    "_db",
    "_dbfs",
    "_dbtp",
    "_hz",
    "_s",
    "_ms",
    "_oct",
    "_bpm",
    "_st",
    "_kbps",
    "_ppm",
    "_db_per_oct",
    "ratio",
    "correlation",
    "q",
    "share",
    "confidence",
    "percentile",
    "tolerances",
    "amount",
    "energy",
    "cost",
    "cost_as_given",
    "weight",
];

/// float fields whose unit stands beside them or in the measure that they belong to.
const UNIT_ELSEWHERE: &[&str] = &[
    "value",
    "measured",
    "measured_a",
    "measured_b",
    "change",
    "predicted",
    "low",
    "mid",
    "high",
    "p10",
    "p50",
    "p90",
    "dc_offset",
];

/// float fields of `dsp/` that are linear by definition: decibels begin above it.
const LINEAR_IN_DSP: &[&str] =
    &["peak", "power", "difference", "cross", "amplitude", "offset", "lag", "re", "im"];

struct SourceFile {
    path: String,
    module: String,
    text: String,
    code: String,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

fn sources() -> Vec<SourceFile> {
    let mut paths = Vec::new();
    rust_files(&root().join("src"), &mut paths);
    paths.sort();
    assert!(paths.len() > 30, "the guard reads the sources: found only {} files", paths.len());
    paths
        .into_iter()
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            let relative = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
            let module = relative
                .trim_start_matches("src/")
                .split('/')
                .next()
                .unwrap()
                .trim_end_matches(".rs")
                .to_string();
            let code = without_tests(&without_comments_and_strings(&text));
            SourceFile { path: relative, module, text, code }
        })
        .collect()
}

/// Blanks comments, string and character literals, so that only code is looked at.
fn without_comments_and_strings(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut i = 0;
    while i < chars.len() {
        let rest = &chars[i..];
        if rest.starts_with(&['/', '/']) {
            while i < chars.len() && chars[i] != '\n' {
                i += 1;
            }
        } else if rest.starts_with(&['/', '*']) {
            while i + 1 < chars.len() && !(chars[i] == '*' && chars[i + 1] == '/') {
                i += 1;
            }
            i += 2;
        } else if chars[i] == 'r'
            && raw_string_hashes(rest).is_some()
            && !out.ends_with(|c: char| c.is_alphanumeric())
        {
            let hashes = raw_string_hashes(rest).unwrap();
            let close: String = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
            let body: String = rest[hashes + 2..].iter().collect();
            let end = body.find(&close).map_or(body.len(), |end| end + close.len());
            out.push_str("\"\"");
            i += hashes + 2 + body[..end].chars().count();
        } else if chars[i] == '"' {
            i += 1;
            while i < chars.len() && chars[i] != '"' {
                i += if chars[i] == '\\' { 2 } else { 1 };
            }
            i += 1;
            out.push_str("\"\"");
        } else if chars[i] == '\'' && (rest.get(2) == Some(&'\'') || rest.get(1) == Some(&'\\')) {
            i += 2;
            while i < chars.len() && chars[i] != '\'' {
                i += 1;
            }
            i += 1;
        } else {
            out.push(chars[i]);
            i += 1;
        }
    }
    out
}

/// Number of hashes where a raw string starts here.
fn raw_string_hashes(rest: &[char]) -> Option<usize> {
    let hashes = rest[1..].iter().take_while(|c| **c == '#').count();
    (rest.get(1 + hashes) == Some(&'"')).then_some(hashes)
}

/// Blanks `#[cfg(test)] mod … { … }`.
fn without_tests(code: &str) -> String {
    let mut out = String::new();
    let mut rest = code;
    while let Some(at) = rest.find("#[cfg(test)]") {
        out.push_str(&rest[..at]);
        let after = &rest[at..];
        let Some(open) = after.find('{') else { return out };
        let mut depth = 0;
        let end = after[open..].char_indices().find_map(|(i, c)| {
            depth += i32::from(c == '{') - i32::from(c == '}');
            (depth == 0).then_some(open + i + 1)
        });
        rest = &after[end.unwrap_or(after.len())..];
    }
    out.push_str(rest);
    out
}

/// Top-level modules of this crate that the code names, by `crate::x` or `crate::{x, y::z}`.
fn named_modules(code: &str) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    for root in ["crate::", "mixproof::"] {
        for (at, _) in code.match_indices(root) {
            if code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$') {
                continue;
            }
            let after = &code[at + root.len()..];
            if let Some(group) = after.strip_prefix('{') {
                let mut depth = 1;
                let mut item = String::new();
                for c in group.chars() {
                    match c {
                        '{' => depth += 1,
                        '}' => depth -= 1,
                        _ => {}
                    }
                    if depth == 0 || (depth == 1 && c == ',') {
                        named.insert(first_word(&item));
                        item.clear();
                    } else {
                        item.push(c);
                    }
                    if depth == 0 {
                        break;
                    }
                }
            } else {
                named.insert(first_word(after));
            }
        }
    }
    named.remove("");
    named
}

fn first_word(text: &str) -> String {
    text.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

#[test]
fn modules_name_only_what_they_may() {
    let modules: BTreeSet<&str> = LAYERS.iter().map(|(module, _)| *module).collect();
    let mut used: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let files = sources();
    let mut faults = Vec::new();
    for file in &files {
        let Some((module, allowed)) = LAYERS.iter().find(|(module, _)| *module == file.module) else {
            faults.push(format!("{}: module `{}` has no row in LAYERS", file.path, file.module));
            continue;
        };
        for named in named_modules(&file.code) {
            if named == *module || !modules.contains(named.as_str()) {
                continue;
            }
            if allowed.contains(&named.as_str()) {
                used.entry(module).or_default().insert(named);
            } else {
                faults.push(format!("{}: `{module}` may not name `{named}`", file.path));
            }
        }
    }
    for (row, (module, allowed)) in LAYERS.iter().enumerate() {
        for permission in *allowed {
            if !used.get(module).is_some_and(|used| used.contains(*permission)) {
                faults
                    .push(format!("LAYERS: `{module}` never names `{permission}`: take the permission away"));
            }
            if !LAYERS[..row].iter().any(|(above, _)| above == permission) {
                faults.push(format!("LAYERS: `{module}` names `{permission}`, which is not above it"));
            }
        }
        if !files.iter().any(|file| file.module == *module) {
            faults.push(format!("LAYERS: `{module}` has no file"));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn crates_and_idioms_stay_in_their_place() {
    let mut faults = Vec::new();
    for file in sources() {
        let inside = |places: &[&str]| places.iter().any(|place| file.path.starts_with(place));
        for (name, places) in CONFINED {
            let names_it = file.code.match_indices(name).any(|(at, _)| {
                let before = file.code[..at].chars().next_back();
                let after = &file.code[at + name.len()..];
                !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':' || c == '.')
                    && (after.starts_with("::") || after.starts_with("!"))
            });
            if names_it && !inside(places) {
                faults.push(format!(
                    "{}: names the crate `{name}`, which lives in {}",
                    file.path,
                    places.join(", ")
                ));
            }
        }
        for (text, places) in ONLY_IN {
            if file.code.contains(text) && !inside(places) {
                faults.push(format!(
                    "{}: contains `{text}`, which belongs in {}",
                    file.path,
                    places.join(", ")
                ));
            }
        }
        if file.code.contains("super::super") {
            faults.push(format!("{}: climbs with super::super", file.path));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn every_dependency_has_its_place() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let section = manifest.split("[dependencies]").nth(1).unwrap().split("\n[").next().unwrap();
    // serde's derives and bytemuck's casts are vocabulary, not a capability.
    let everywhere = ["serde", "bytemuck"];
    let names = section
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, _)| name.trim().replace('-', "_"));
    for name in names {
        let known =
            everywhere.contains(&name.as_str()) || CONFINED.iter().any(|(confined, _)| *confined == name);
        assert!(known, "the dependency `{name}` has no row in CONFINED");
    }
}

#[test]
fn public_floats_carry_their_unit() {
    let mut faults = Vec::new();
    for file in sources() {
        for (number, line) in file.code.lines().enumerate() {
            let Some(field) = line.trim().strip_prefix("pub ") else { continue };
            let Some((name, kind)) = field.split_once(':') else { continue };
            let is_float = ["f64", "f32"].iter().any(|float| {
                let kind = kind.trim().trim_end_matches(',');
                kind == *float
                    || kind == format!("Option<{float}>")
                    || kind == format!("Vec<{float}>")
                    || kind == format!("Vec<Option<{float}>>")
            });
            let plain = name.chars().all(|c| c.is_alphanumeric() || c == '_');
            let name = name.trim_end_matches("_series");
            let has_unit = SUFFIXES
                .iter()
                .any(|suffix| name == suffix.trim_start_matches('_') || name.ends_with(suffix));
            let linear = file.module == "dsp" && LINEAR_IN_DSP.contains(&name);
            if is_float && plain && !has_unit && !linear && !UNIT_ELSEWHERE.contains(&name) {
                faults.push(format!("{}:{}: `{name}` has no unit", file.path, number + 1));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn every_file_says_what_it_is_for_and_stays_readable() {
    let mut faults = Vec::new();
    for file in sources() {
        if !file.text.starts_with("//!") && !file.text.starts_with("#![doc") {
            faults.push(format!("{}: does not start with //!", file.path));
        }
        let lines = file.text.lines().count();
        let excused = LONG_FILES.iter().any(|(path, _)| *path == file.path);
        if lines > MAX_LINES && !excused {
            faults.push(format!("{}: {lines} lines; split it, or say in LONG_FILES why not", file.path));
        }
        if lines <= MAX_LINES && excused {
            faults.push(format!("{}: is short again; strike it from LONG_FILES", file.path));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn the_guard_itself_sees_what_it_should() {
    let code = without_tests(&without_comments_and_strings(
        "use crate::{model::Plan, dsp::{biquad, bands}}; // crate::cli\nlet a = \"crate::report\"; crate::units::finite(x);\n#[cfg(test)] mod tests { use crate::encode; }",
    ));
    let named: Vec<String> = named_modules(&code).into_iter().collect();
    assert_eq!(named, ["dsp", "model", "units"]);
}
