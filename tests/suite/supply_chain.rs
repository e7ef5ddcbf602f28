//! What is built in comes from one registry, under licences that `deny.toml` allows, at the versions of the lock file.
//! (`cargo deny check` reads the same file and knows more.)

use spdx::{Expression, ParseMode};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every package that goes into a build or a test for this machine, with or without the feature `codecs`: name and licence.
/// (`cargo metadata` would also want what only the Python package needs, which this build has not fetched.)
fn packages() -> BTreeMap<String, String> {
    let mut command = Command::new(env!("CARGO"));
    command.args(["tree", "--locked", "--offline", "--package", "mixproof", "--edges", "normal,build,dev"]);
    command.args(["--prefix", "none", "--format", "{p}|{l}"]);
    if cfg!(feature = "codecs") {
        command.args(["--features", "codecs"]);
    }
    let output = command.current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let lines = text.lines().filter_map(|line| line.trim_end_matches(" (*)").split_once('|'));
    lines
        .map(|(package, licence)| (package.split(' ').next().unwrap().to_string(), licence.to_string()))
        .collect()
}

#[test]
fn licences_are_those_allowed_those_of_codecs_too() {
    let text = std::fs::read_to_string(root().join("deny.toml")).unwrap();
    let rules: toml::Table = text.parse().unwrap();
    let words = |value: &toml::Value| -> BTreeSet<String> {
        value.as_array().unwrap().iter().map(|word| word.as_str().unwrap().to_string()).collect()
    };
    let allowed = words(&rules["licenses"]["allow"]);
    let exceptions = rules["licenses"]["exceptions"].as_array().unwrap();
    let packages = packages();
    assert!(packages.len() > 100, "{} packages", packages.len());
    for (name, licence) in &packages {
        assert!(!licence.is_empty(), "{name} has no licence");
        let expression = Expression::parse_mode(licence, ParseMode::LAX).unwrap();
        let more: BTreeSet<String> = exceptions
            .iter()
            .filter(|exception| exception["name"].as_str() == Some(name.as_str()))
            .flat_map(|exception| words(&exception["allow"]))
            .collect();
        let is_allowed = expression.evaluate(|requirement| {
            let asked = requirement.to_string();
            allowed.contains(&asked) || more.contains(&asked)
        });
        assert!(is_allowed, "{name}: {licence} is not among the licences of deny.toml");
    }
}

#[test]
fn everything_comes_from_one_registry() {
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let sources: BTreeSet<&str> = lock.lines().filter_map(|line| line.strip_prefix("source = ")).collect();
    assert_eq!(sources.len(), 1, "{sources:?}");
    assert!(sources.iter().all(|source| source.starts_with("\"registry+")), "{sources:?}");
}

#[test]
fn the_lock_file_is_part_of_the_project() {
    assert!(Path::new(&root().join("Cargo.lock")).is_file());
    let ignored = std::fs::read_to_string(root().join(".gitignore")).unwrap_or_default();
    assert!(!ignored.lines().any(|line| line.trim() == "Cargo.lock"));
}
