//! Facts about the build, for `mixproof --version`.

use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let set = |name: &str, value: &str| println!("cargo:rustc-env=MIXPROOF_{name}={value}");
    let said = |program: &str, arguments: &[&str]| {
        let output =
            Command::new(program).args(arguments).output().ok().filter(|output| output.status.success())?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_string())
    };
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    let release = variable("PROFILE") == "release";
    // Only for releases: a commit would otherwise rebuild everything.
    let commit = if release {
        println!("cargo:rerun-if-changed=.git/HEAD");
        println!("cargo:rerun-if-changed=.git/refs/heads");
        said("git", &["rev-parse", "--short=12", "HEAD"])
    } else {
        None
    };
    set("COMMIT", &commit.map_or_else(String::new, |commit| format!("commit {commit}, ")));
    set("TARGET", &variable("TARGET"));
    set("PROFILE", &variable("PROFILE"));
    let rustc = said(&variable("RUSTC"), &["--version"]).unwrap_or_default();
    set("RUSTC", &rustc.split_whitespace().take(2).collect::<Vec<_>>().join(" "));
}
