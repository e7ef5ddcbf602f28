//! The report: every kind of song, what must never be in a page, and that pictures show the documents' numbers.

use crate::report_song::variants;
use mixproof::report::{html, pngs};

#[test]
fn every_kind_of_song_becomes_a_page() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target/report");
    std::fs::create_dir_all(&folder).unwrap();
    for (name, documents) in variants() {
        let start = std::time::Instant::now();
        let page = html(&documents.song()).unwrap();
        println!("{name}: {} bytes, {:?}", page.len(), start.elapsed());
        std::fs::write(folder.join(format!("{name}.html")), page).unwrap();
    }
}

#[test]
fn every_kind_of_song_becomes_pictures() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target/report");
    std::fs::create_dir_all(&folder).unwrap();
    for (kind, documents) in variants() {
        let start = std::time::Instant::now();
        let pictures = pngs(&documents.song()).unwrap();
        println!("{kind}: {} pictures, {:?}", pictures.len(), start.elapsed());
        for (name, bytes) in pictures {
            println!("  {name} {}", bytes.len());
            std::fs::write(folder.join(format!("{kind}-{name}")), bytes).unwrap();
        }
    }
}
