//! What is done with bytes from strangers, and what must hold whatever they are. Run by `cargo fuzz` (see `fuzz/`) and, from
//! seeds of our own, by the suite.

#![allow(unreachable_pub, reason = "shared with the fuzz targets")]

use mixproof::audio::Block;
use mixproof::decode::Decoder;
use mixproof::error::{Error, Result};
use mixproof::model::*;
use mixproof::pipeline::{Silent, Targets, analyse};
use mixproof::process::{Chain, validate};
use mixproof::report::{Song, html};
use std::cell::RefCell;
use std::fs::File;
use std::io::{Seek, Write};
use std::path::{Path, PathBuf};

/// A target and its name.
pub type Target = (&'static str, fn(&[u8]));

/// The targets by name.
pub const TARGETS: &[Target] = &[
    ("decode", decode),
    ("samples", samples),
    ("documents", documents),
    ("plan", plan),
    ("ddp", ddp),
    ("page", page),
];

/// Frames after which an input has shown enough.
const ENOUGH_FRAMES: usize = 1 << 21;

/// Any bytes as an audio file: an error of one line, or samples that are numbers in a layout that the meters know.
pub fn decode(bytes: &[u8]) {
    const ENDINGS: [&str; 8] = ["wav", "flac", "mp3", "ogg", "aiff", "m4a", "caf", "mkv"];
    let Some((ending, bytes)) = bytes.split_first() else { return };
    let path = on_disk(ENDINGS[usize::from(*ending) % ENDINGS.len()], bytes);
    if let Err(error) = read(&path) {
        one_line(&error);
    }
}

fn read(path: &Path) -> Result<()> {
    let mut decoder = Decoder::open(path)?;
    let (channels, rate_hz) = (decoder.channel_count(), decoder.sample_rate_hz());
    assert!((1..=8).contains(&channels) && (8_000..=384_000).contains(&rate_hz));
    let mut block = Block::empty(channels, rate_hz);
    let mut frames = 0;
    while decoder.read(&mut block)? {
        assert_eq!(block.channel_count(), channels);
        assert!(block.channels().iter().flatten().all(|sample| sample.is_finite()), "a sample is no number");
        frames += block.frames();
        if frames > ENOUGH_FRAMES {
            return Ok(());
        }
    }
    assert_eq!(decoder.finish()?.source.frames, frames as u64);
    Ok(())
}

/// Any bit patterns as float samples: a document whose numbers are numbers.
pub fn samples(bytes: &[u8]) {
    let bytes = &bytes[..(bytes.len() / 8 * 8).min(1 << 16)];
    if bytes.is_empty() {
        return;
    }
    let mut file = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x03\0\x02\0".to_vec();
    file.extend_from_slice(&44_100_u32.to_le_bytes());
    file.extend_from_slice(&(44_100_u32 * 8).to_le_bytes());
    file.extend_from_slice(b"\x08\0\x20\0data");
    file.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
    file.extend_from_slice(bytes);
    let riff = file.len() as u32 - 8;
    file[4..8].copy_from_slice(&riff.to_le_bytes());
    let path = on_disk("wav", &file);
    let analysis = analyse(&path, &Silent).expect("any samples can be measured");
    same_again::<Analysis>(&analysis.to_json());
}

/// Any text as each kind of document: refused in one line, or read, and read again from what is written of it.
pub fn documents(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    same_again::<Analysis>(&text);
    same_again::<Check>(&text);
    same_again::<Comparison>(&text);
    same_again::<Plan>(&text);
    same_again::<Render>(&text);
    same_again::<Preview>(&text);
    same_again::<StemSet>(&text);
    same_again::<Album>(&text);
    same_again::<Profile>(&text);
    same_again::<Delivery>(&text);
    same_again::<SelfTest>(&text);
}

fn same_again<T: Persisted>(text: &str) {
    let name = Path::new("document.json");
    match T::from_json(text, name) {
        Err(error) => one_line(&error),
        Ok(document) => {
            let written = document.to_json();
            let again = T::from_json(&written, name).expect("what is written is read");
            assert_eq!(again.to_json(), written);
        }
    }
}

/// Any text as a plan: refused, or its moves turn noise into numbers.
pub fn plan(bytes: &[u8]) {
    const RATE_HZ: u32 = 44_100;
    let text = String::from_utf8_lossy(bytes);
    let Ok(plan) = Plan::from_json(&text, Path::new("plan.json")) else { return };
    if let Err(error) = validate(&plan) {
        return one_line(&error);
    }
    let mut chain = match Chain::new(&plan.moves, RATE_HZ, 2) {
        Ok(chain) => chain,
        Err(error) => return one_line(&error),
    };
    let mut block = Block::silent(2, 4096, RATE_HZ);
    let mut state = 1_u32;
    for sample in block.channels_mut().iter_mut().flatten() {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *sample = state as f32 / u32::MAX as f32 * 2.0 - 1.0;
    }
    chain.process(&mut block);
    for out in [block, chain.flush()] {
        assert!(out.channels().iter().flatten().all(|sample| sample.is_finite()), "{text}");
    }
}

/// Any bytes as the descriptors of a DDP set.
pub fn ddp(bytes: &[u8]) {
    let (id, rest) = bytes.split_at(bytes.len().min(128));
    let (map, pq) = rest.split_at(rest.len().min(384));
    let files = |name: &str| match name {
        "DDPID" => Some(id.to_vec()),
        "DDPMS" => Some(map.to_vec()),
        _ => Some(pq.to_vec()),
    };
    let _ = mixproof::album::read_ddp(&files);
}

/// Any text as title, path, tags and names on a page: it stays text.
pub fn page(bytes: &[u8]) {
    // What could end text is followed by a mark: behind it on the page, it would be no text any more.
    let text =
        String::from_utf8_lossy(bytes).replace('<', "<q7z").replace('"', "\"q7z").replace('\'', "'q7z");
    let mut check = template();
    let source = &mut check.analysis.source;
    source.path.clone_from(&text);
    for tag in ["title", "artist", "album", "comment"] {
        source.tags.insert(tag.to_string(), text.clone());
    }
    for finding in &mut check.findings {
        finding.message.clone_from(&text);
        finding.advice.clone_from(&text);
        finding.subject.clone_from(&text);
    }
    let Targets { mut profile, delivery, .. } =
        Targets::load("popular", "spotify").expect("shipped documents");
    profile.name.clone_from(&text);
    let page = html(&Song::new(text, &check, &profile, &delivery)).expect("a page");
    assert!(!page.contains("<q7z"), "a tag was opened");
    for (at, _) in page.match_indices("\"q7z") {
        assert_eq!(page.as_bytes()[at - 1], b'\\', "an attribute was closed");
    }
}

/// A check of a song, to be filled with strange words.
fn template() -> Check {
    let text = include_str!("../../golden/check-v1.json");
    Check::from_json(text, Path::new("check-v1.json")).expect("the golden document")
}

/// Every message is one line, whatever the input was.
fn one_line(error: &Error) {
    let said = error.to_string();
    assert!(!said.is_empty() && !said.contains(char::is_control), "{said:?}");
}

/// A folder, and its files by their endings.
type Place = (tempfile::TempDir, Vec<(&'static str, File)>);

thread_local! {
    static PLACE: RefCell<Option<Place>> = const { RefCell::new(None) };
}

/// The bytes as a file of this thread; the next call with this ending replaces it.
fn on_disk(ending: &'static str, bytes: &[u8]) -> PathBuf {
    PLACE.with_borrow_mut(|place| {
        let memory = Path::new("/dev/shm");
        let make = || if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
        let (folder, files) = place.get_or_insert_with(|| (make().expect("a folder"), Vec::new()));
        let path = folder.path().join(format!("input.{ending}"));
        let known = files.iter().position(|(of, _)| *of == ending).unwrap_or_else(|| {
            files.push((ending, File::create(&path).expect("a file")));
            files.len() - 1
        });
        let file = &mut files[known].1;
        file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(bytes)).expect("written");
        path
    })
}
