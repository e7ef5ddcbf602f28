//! The persisted documents: round trips, refusals by name, goldens that load for ever, numbers that survive.

mod samples;

use mixproof::error::Error;
use mixproof::model::*;
use mixproof::units::finite;
use proptest::prelude::*;
use samples::{analysis, check, comparison, delivery, plan, preview, profile, render};
use serde_json::Value;
use std::path::{Path, PathBuf};

fn here() -> &'static Path {
    Path::new("document.json")
}

/// Written, in both forms, and read again, it is the same document.
fn round_trip<D: Persisted + PartialEq + std::fmt::Debug>(document: &D) {
    for text in [document.to_json(), document.to_json_line()] {
        assert_eq!(&D::from_json(&text, here()).unwrap(), document);
    }
    assert!(!document.to_json_line().contains('\n'), "one document, one line");
}

#[test]
fn documents_survive_writing_and_reading() {
    round_trip(&analysis());
    round_trip(&profile());
    round_trip(&delivery());
    round_trip(&check());
    round_trip(&plan());
    round_trip(&render());
    round_trip(&comparison());
    round_trip(&preview());
    // A number that a hasty parser reads back with another last bit.
    let mut hard = analysis();
    hard.loudness.integrated_lufs = Some(-5.951383730234347e134);
    round_trip(&hard);
}

#[test]
fn saved_documents_load_and_leave_nothing_beside_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new folder/song.plan.json");
    plan().save(&path).unwrap();
    plan().save(&path).unwrap();
    assert_eq!(Plan::load(&path).unwrap(), plan());
    assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    let missing = Plan::load(&folder.path().join("missing.json")).unwrap_err();
    assert!(missing.to_string().contains("missing.json"), "{missing}");
}

/// What a document with another tag is refused with.
fn refusal<D: Persisted>(document: &D, tag: Option<&str>) -> String {
    let mut value: Value = serde_json::from_str(&document.to_json()).unwrap();
    match tag {
        Some(tag) => value["schema"] = tag.into(),
        None => drop(value.as_object_mut().unwrap().remove("schema")),
    }
    let error = D::from_json(&value.to_string(), here()).err().expect("it is refused");
    assert!(matches!(error, Error::Schema { .. }), "{error:?}");
    error.to_string()
}

fn refuses_strangers<D: Persisted>(document: &D) {
    let own = D::schema_tag();
    let newer = format!("{}/{}", D::KIND, D::VERSION + 1);
    let strangers =
        ["soup/1", &newer, &format!("{}/0", D::KIND), D::KIND, &format!("{}/one", D::KIND), "", "/1"];
    for tag in strangers {
        let message = refusal(document, Some(tag));
        for part in ["document.json", &format!("\"{own}\""), &format!("\"{tag}\"")] {
            assert!(message.contains(part), "{message} names {part}");
        }
        assert!(!message.contains('\n'), "one line: {message}");
    }
    assert!(refusal(document, None).contains("no schema"));
}

#[test]
fn other_kinds_and_newer_versions_are_refused_by_name() {
    refuses_strangers(&analysis());
    refuses_strangers(&profile());
    refuses_strangers(&delivery());
    refuses_strangers(&check());
    refuses_strangers(&plan());
    refuses_strangers(&render());
    refuses_strangers(&comparison());
    refuses_strangers(&preview());
}

#[test]
fn text_that_is_no_document_is_refused_with_its_line() {
    for (text, line) in [("", 1), ("{\n  \"schema\": \"plan/1\",\n", 3), ("not json", 1), ("[]", 1)] {
        let Error::Document { line: found, path, .. } = Plan::from_json(text, here()).unwrap_err() else {
            // A list has no tag to read: either refusal is one.
            assert_eq!(text, "[]");
            continue;
        };
        assert_eq!((found, path.as_path()), (line, here()), "{text:?}");
    }
    let wrong_type = plan().to_json().replace("\"amount\": 100.0", "\"amount\": \"all\"");
    let message = Plan::from_json(&wrong_type, here()).unwrap_err().to_string();
    assert!(message.contains("expected f64"), "{message}");
}

/// Adds an unknown key behind every opening brace in turn; each time the reader must name the key and its line.
fn refuses_unknown_keys<D: Persisted>(document: &D, free_maps: &[&str]) {
    let text = document.to_json();
    let lines: Vec<&str> = text.lines().collect();
    let mut tried = 0;
    for (index, line) in lines.iter().enumerate().filter(|(_, line)| line.ends_with('{')) {
        if free_maps.iter().any(|name| line.contains(&format!("\"{name}\": {{"))) {
            continue;
        }
        let mut edited = lines.clone();
        edited.insert(index + 1, "\"tpyo\": 1,");
        let error = D::from_json(&edited.join("\n"), here()).err();
        let Some(Error::Document { line: found, reason, .. }) = error else {
            panic!("line {}: {line:?}: {error:?}", index + 1)
        };
        assert!(reason.contains("tpyo"), "names the key: {reason}");
        assert_eq!(found, index + 2, "{}: the line of the key", D::KIND);
        tried += 1;
    }
    assert!(tried >= 2, "{}: tried {tried} objects", D::KIND);
}

#[test]
fn hand_edited_documents_refuse_unknown_keys_naming_key_and_line() {
    // The keys of `spans` are measures: data, not fields.
    refuses_unknown_keys(&profile(), &["spans"]);
    refuses_unknown_keys(&delivery(), &[]);
    refuses_unknown_keys(&plan(), &[]);
}

#[test]
fn machine_documents_of_a_later_program_still_load() {
    let mut value: Value = serde_json::from_str(&analysis().to_json()).unwrap();
    value["loudness"]["a_later_measure_lufs"] = (-3.0).into();
    assert_eq!(Analysis::from_json(&value.to_string(), here()).unwrap(), analysis());
}

fn golden(kind: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{kind}-v1.json"))
}

/// Everything in `old` is in `new`, with the same value; `new` may have more.
fn keeps(old: &Value, new: &Value, path: &str) {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            for (key, value) in old {
                let found = new.get(key).unwrap_or_else(|| panic!("{path}.{key} is lost"));
                keeps(value, found, &format!("{path}.{key}"));
            }
        }
        (Value::Array(old), Value::Array(new)) => {
            assert_eq!(old.len(), new.len(), "{path}");
            old.iter().zip(new).for_each(|(old, new)| keeps(old, new, &format!("{path}[]")));
        }
        _ => assert_eq!(old, new, "{path}"),
    }
}

/// A golden is a file that a released program has written. It is never changed; a new version gets a new file.
fn golden_loads<D: Persisted>() {
    let path = golden(D::KIND);
    let document = D::load(&path).unwrap();
    let old: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    let new: Value = serde_json::from_str(&document.to_json()).unwrap();
    keeps(&old, &new, D::KIND);
}

#[test]
fn documents_of_the_first_version_load_for_ever() {
    golden_loads::<Analysis>();
    golden_loads::<Profile>();
    golden_loads::<Delivery>();
    golden_loads::<Check>();
    golden_loads::<Plan>();
    golden_loads::<Render>();
    golden_loads::<Comparison>();
    golden_loads::<Preview>();
    // The numbers mean what they meant.
    let old = Analysis::load(&golden("analysis")).unwrap();
    assert_eq!(old.loudness.integrated_lufs, Some(-17.3));
    assert_eq!(old.loudness.momentary_lufs[..2], [None, Some(-20.5)]);
    assert_eq!(old.peaks.clipped[0].samples, 44);
    assert_eq!(old.sections[1].label, SectionLabel::Loud);
    let old = Plan::load(&golden("plan")).unwrap();
    assert_eq!(old.moves[7].processor, Processor::Dither { bits: 16, seed: u64::MAX });
    assert_eq!(old.moves[1].applicability, Applicability::OptIn);
    let old = Preview::load(&golden("preview")).unwrap();
    assert_eq!((old.platforms.len(), old.codecs.len(), old.devices.len()), (9, 4, 8));
    assert!(old.findings.is_empty(), "it was written before there were any");
    let old = Comparison::load(&golden("compare")).unwrap();
    assert_eq!(
        (old.relation, old.offset_s, old.gain_db),
        (Relation::Revision, Some(0.28), Some(-2.018232910051381))
    );
    assert_eq!(old.changes[0].measure, "source.duration_s");
}

proptest! {
    /// Any number that a meter can hand over comes back with the same bits, and what is no number is `null`.
    #[test]
    fn any_number_of_a_meter_survives(value in any::<f64>(), momentary in any::<f32>(), signed in -200.0..200.0f64) {
        let mut before = analysis();
        before.loudness.integrated_lufs = finite(value);
        before.dynamics.crest_db = finite(signed);
        before.stereo.as_mut().unwrap().delay_s = finite(signed / 44_100.0);
        before.loudness.momentary_lufs = vec![finite(f64::from(momentary)).map(|db| db as f32)];
        let text = before.to_json();
        let after = Analysis::from_json(&text, here()).unwrap();
        prop_assert_eq!(
            after.loudness.integrated_lufs.map(f64::to_bits),
            before.loudness.integrated_lufs.map(f64::to_bits)
        );
        prop_assert_eq!(after, before);
        prop_assert!(!text.contains("NaN") && !text.contains("inf"));
    }
}

#[test]
fn what_is_no_number_is_null_and_never_a_sentinel() {
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let mut document = analysis();
        document.loudness.integrated_lufs = finite(value);
        let json: Value = serde_json::from_str(&document.to_json()).unwrap();
        assert!(json["loudness"]["integrated_lufs"].is_null());
        // Where a meter forgot the gate, the document still says null.
        document.loudness.integrated_lufs = Some(value);
        let read = Analysis::from_json(&document.to_json(), here()).unwrap();
        assert_eq!(read.loudness.integrated_lufs, None);
        // In a plan a number is demanded: it is refused when read, not taken for 0.
        let mut broken = plan();
        broken.ceiling_dbtp = value;
        assert!(matches!(Plan::from_json(&broken.to_json(), here()), Err(Error::Document { .. })));
    }
}

/// Paths of all fields below a value, lists marked by `[]`.
fn field_paths(value: &Value, path: &str, paths: &mut Vec<String>) {
    match value {
        Value::Object(fields) if path != "source.tags" => {
            for (key, value) in fields {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                field_paths(value, &path, paths);
            }
        }
        Value::Array(entries) if entries.is_empty() => panic!("{path}: the sample has no entry"),
        Value::Array(entries) => field_paths(&entries[0], &format!("{path}[]"), paths),
        _ => paths.push(path.to_string()),
    }
}

/// `docs/measures.md` has every field of `analysis/1`, and no field that is gone.
#[test]
fn every_measure_is_documented() {
    let docs =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/measures.md")).unwrap();
    let mut paths = Vec::new();
    field_paths(&serde_json::from_str(&analysis().to_json()).unwrap(), "", &mut paths);
    assert!(paths.len() > 80, "{paths:?}");
    for path in &paths {
        assert!(docs.contains(&format!("`{path}`")), "docs/measures.md has no `{path}`");
    }
    let first_cells =
        docs.lines().filter(|line| line.starts_with("| `")).filter_map(|line| line.split('|').nth(1));
    for field in first_cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)) {
        let known = paths.iter().any(|path| {
            path == field || path.starts_with(&format!("{field}.")) || path.starts_with(&format!("{field}[]"))
        });
        assert!(known, "docs/measures.md describes `{field}`, which analysis/1 does not have");
    }
}

/// Every row of `docs/measures.md` says by which test it is proved, or that it is the same as the row above.
#[test]
fn every_measure_names_its_proof() {
    let docs =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/measures.md")).unwrap();
    let rows: Vec<&str> = docs.lines().filter(|line| line.starts_with("| `")).collect();
    assert!(rows.len() > 60, "{}", rows.len());
    for row in rows {
        let proof = row.trim_end_matches([' ', '|']).rsplit(" | ").next().unwrap();
        let named =
            proof.split('`').skip(1).step_by(2).any(|name| name.contains("::") || name.starts_with('…'));
        assert!(named || proof.contains("the same"), "no proof in: {row}");
    }
}

/// The proofs that `docs/measures.md` names are tests of this suite.
#[test]
fn proofs_of_the_measures_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = std::fs::read_to_string(root.join("docs/measures.md")).unwrap();
    let mut tests = std::collections::BTreeSet::new();
    let mut folders = vec![root.join("tests/suite")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let module = path.file_stem().unwrap().to_string_lossy().into_owned();
            let text = std::fs::read_to_string(&path).unwrap();
            let names = text
                .split("#[test]")
                .skip(1)
                .filter_map(|after| after.split("fn ").nth(1)?.split('(').next());
            tests.extend(names.map(|name| format!("{module}::{name}")));
        }
    }
    let named: Vec<&str> = docs
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|name| name.contains("::") && !name.contains("NAME"))
        .collect();
    assert!(named.len() > 40);
    for name in named {
        let exists = match name.strip_suffix('…') {
            Some(start) => tests.iter().any(|test| test.starts_with(start)),
            None => tests.contains(name),
        };
        assert!(exists || name == "module::test", "docs/measures.md names {name}, which is no test");
    }
}

#[test]
fn words_of_strangers_stay_on_the_line_of_the_message() {
    let strange = "a\u{1b}]0;owned\u{7}\nb\u{202e}c";
    for error in [
        Error::usage(format!("unknown field `{strange}`")),
        Error::document(Path::new(strange), 3, strange),
        Error::decode(Path::new(strange), "no audio"),
        Error::unknown_name("profile", strange, ["pop"]),
    ] {
        let said = error.to_string();
        assert!(said.chars().all(|c| !c.is_control() && c != '\u{202e}'), "{said:?}");
        assert!(said.contains("\\n") && said.contains("\\u{1b}"), "what was found can still be read: {said}");
    }
    // As it came: a key of a document with an escaped line end.
    let text = "{\"schema\": \"delivery/1\", \"m\\nx\": 1}";
    let said = Delivery::from_json(text, Path::new("d.json")).unwrap_err().to_string();
    assert!(said.contains("m\\nx") && !said.contains('\n'), "{said}");
}
