//! Profiles and deliveries: the shipped documents, their provenance, and how they are built.

use mixproof::model::{Persisted, Profile};
use mixproof::profiles;
use std::path::PathBuf;

/// Folder of published tables beside the project.
fn genre_data() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/genre-data");
    folder.is_dir().then_some(folder)
}

fn shipped_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("reference-profiles/genres")
}

#[test]
fn the_shipped_profiles_are_what_the_tables_give() {
    let Some(folder) = genre_data() else {
        println!("skipped: the published tables are not beside the project");
        return;
    };
    let built = profiles::build_from_tables(&folder).unwrap();
    if std::env::var_os("BLESS").is_some() {
        for profile in &built {
            let path = shipped_folder().join(format!("{}.json", profile.name));
            std::fs::write(path, profile.to_json() + "\n").unwrap();
        }
    }
    for profile in built {
        let shipped = Profile::load(&shipped_folder().join(format!("{}.json", profile.name))).unwrap();
        assert_eq!(shipped.provenance, profile.provenance);
        let apart = profiles::diff(&shipped, &profile);
        assert!(apart.len() > 30, "{}", profile.name);
        for difference in apart {
            // A hundredth is the rounding of the documents.
            let worst = (difference.a.p10 - difference.b.p10)
                .abs()
                .max((difference.a.p90 - difference.b.p90).abs())
                .max(difference.median_shift().abs());
            assert!(worst < 0.015, "{}: {difference:?}", profile.name);
        }
    }
}
