//! An album of FLAC files, scanned against the programs that tag loudness: ten songs, two workers on either side.

use super::run::{Run, rounds};
use super::{at_least, figure, write, write_flac};
use crate::song;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const SONGS: u64 = 10;
const SONG_S: f64 = 228.0;
const ROUNDS: usize = 5;

/// `rsgain easy -m 2` gives each of two folders a thread. Both programs are run like that here: two at once, five songs
/// each, with true peak, writing no tags.
const TAGGERS: [(&str, &str); 2] = [("rsgain", "custom -a -t -s s -q"), ("loudgain", "-a -k -q")];

pub(crate) fn all(folder: &Path) {
    println!("\nan album of {SONGS} FLAC files, {:.1} min", SONGS as f64 * SONG_S / 60.0);
    let mut halves = [String::new(), String::new()];
    for index in 0..SONGS {
        let (wav, place) = (folder.join("song.wav"), folder.join(format!("album/{}", index % 2)));
        std::fs::create_dir_all(&place).unwrap();
        write(&wav, &song::song(SONG_S, 44_100, index + 1), 1);
        let flac = place.join(format!("{index:02}.flac"));
        write_flac(&wav, &flac);
        halves[index as usize % 2] += &format!(" '{}'", flac.display());
    }
    let album = folder.join("album");
    let (rows, state) = (folder.join("rows.jsonl"), folder.join("rows.jsonl.state"));
    let program = env!("CARGO_BIN_EXE_mixproof");
    let scan = |more: &str| {
        let names = [&rows, &state, &album].map(|path| path.display().to_string());
        shell(&format!(
            "rm -f '{}' '{}'* && '{program}' scan '{}' -o '{}' -q -j 2 {more}",
            names[0], names[1], names[2], names[0]
        ))
    };
    let mut compared = false;
    for (name, options) in TAGGERS {
        if !is_installed(name) {
            println!("  skipped: {name}, which is not installed");
            continue;
        }
        let [first, second] = &halves;
        let both = shell(&format!("{name} {options}{first} & {name} {options}{second}; wait"));
        let Some(costs) = rounds(ROUNDS, &[both, scan(""), scan("--isolate"), scan("--measure levels")])
        else {
            println!("  skipped: {name}, which does not take these files");
            continue;
        };
        compared = true;
        println!("  {name}, two at once: {:.3} s; scan: {:.3} s", costs.wall_s(0), costs.wall_s(1));
        figure(&format!("scan against {name}"), costs.wall_ratio(0, 1), "times the files per second");
        // What a tagger measures, and more: momentary and short-term maxima, clipping, dynamic range.
        at_least(
            &format!("scan --measure levels against {name}"),
            costs.wall_ratio(0, 3),
            "times the files per second",
            4.0,
        );
        if let Some(ratio) = costs.cpu_ratio(0, 1) {
            figure(&format!("{name}, processor time"), ratio, "of scan's");
        }
        figure("scan --isolate", costs.wall_ratio(2, 1), "of scan");
    }
    if !compared {
        println!("  skipped: no program that tags loudness is installed");
    }
    let hours = SONGS as f64 * SONG_S / 3600.0;
    if let Some(costs) = rounds(ROUNDS, &[scan("")]) {
        let wall_s = costs.wall_s(0);
        figure("scan, two workers", hours * 3600.0 / wall_s, "hours of audio per hour");
        figure("for a thousand hours", 1000.0 / hours * wall_s / 3600.0, "hours on this machine");
        if let Some(cpu_s) = costs.cpu_s(0) {
            figure("for a thousand hours", 1000.0 / hours * cpu_s / 3600.0, "core-hours");
        }
    }
    let bytes = |path: &Path| std::fs::metadata(path).map_or(0, |metadata| metadata.len()) as f64;
    figure("rows", bytes(&rows) / SONGS as f64, "bytes per file");
}

fn shell(line: &str) -> Run {
    Run::new(PathBuf::from("sh"), vec!["-c".to_string(), line.to_string()])
}

fn is_installed(name: &str) -> bool {
    let mut command = Command::new(name);
    command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok()
}
