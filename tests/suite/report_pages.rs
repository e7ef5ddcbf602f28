//! The pages that are not about one song: two revisions, a song beside references, a profile.

use crate::report::{between, check_alone, check_policy, check_well_formed};
use crate::report_song::{analysis, finding, full};
use mixproof::compare::compare;
use mixproof::model::{
    Change, Comparison, Fix, Persisted, Profile, Relation, SectionChange, SectionLabel, Severity,
};
use mixproof::profiles;
use mixproof::report::text::{self, Options};
use mixproof::report::{comparison_html, profile_html};
use std::path::PathBuf;

fn revision() -> Comparison {
    let (mut a, mut b) = (analysis(0.0, None), analysis(3.0, Some(-1.0)));
    (a.source.path, b.source.path) = ("mixes/v3.wav".into(), "mixes/v4.wav".into());
    let change = |measure: &str, change: f64, message: &str| Change {
        measure: measure.into(),
        measured_a: Some(-17.3),
        measured_b: Some(-14.3),
        change: Some(change),
        message: message.into(),
    };
    Comparison {
        schema: Comparison::schema_tag(),
        integrity: a.integrity,
        relation: Relation::Revision,
        confidence: 0.98,
        offset_s: Some(0.28),
        drift_ppm: Some(0.0),
        gain_db: Some(3.0),
        polarity_inverted: false,
        aligned_share: Some(1.0),
        changes: vec![change("loudness.integrated_lufs", 3.0, "3.0 LU louder")],
        sections: vec![
            SectionChange { start_s: 0.0, end_s: 8.0, label: SectionLabel::Quiet, changes: Vec::new() },
            SectionChange {
                start_s: 8.0,
                end_s: 20.0,
                label: SectionLabel::Loud,
                changes: vec![change("stereo.side_to_mid_db", -1.2, "1.2 dB narrower")],
            },
        ],
        broke: vec![
            finding(
                "PEAK002",
                "clipped-samples",
                Severity::Fail,
                Fix::Mix,
                "44 runs of clipped samples",
                "turn it down",
            ),
            finding(
                "TONE001",
                "band-out-of-profile",
                Severity::Info,
                Fix::Mix,
                "2 dB over at 250 Hz",
                "broad",
            ),
        ],
        mended: vec![finding(
            "DEF001",
            "dc-offset",
            Severity::Warn,
            Fix::Master,
            "an offset of 1 %",
            "high-pass",
        )],
        references: Vec::new(),
        reference_profile: None,
        deviations: Vec::new(),
        a,
        b: Some(b),
    }
}

fn beside(profile: Profile, references: usize) -> Comparison {
    let a = analysis(0.0, None);
    Comparison {
        relation: Relation::References,
        b: None,
        deviations: compare(&a, &profile),
        reference_profile: Some(profile),
        references: (0..references).map(|index| format!("refs/{index}.wav")).collect(),
        offset_s: None,
        changes: Vec::new(),
        sections: Vec::new(),
        broke: Vec::new(),
        mended: Vec::new(),
        ..revision()
    }
}

fn few() -> Profile {
    let other = analysis(6.0, Some(-1.0));
    profiles::build(
        &[(&other, 1.0)],
        &profiles::Recipe { title: "the references".into(), ..Default::default() },
    )
    .unwrap()
}

fn pages() -> Vec<(&'static str, String)> {
    let mut unlike = beside(few(), 1);
    unlike.relation = Relation::Different;
    unlike.b = Some(analysis(6.0, Some(-1.0)));
    let mut saved = revision();
    (saved.offset_s, saved.drift_ppm, saved.gain_db) = (None, None, None);
    saved.sections.clear();
    let mut same = revision();
    same.relation = Relation::Identical;
    same.b = Some(same.a.clone());
    (same.gain_db, same.offset_s) = (Some(0.0), Some(0.0));
    same.changes.clear();
    same.sections.clear();
    same.broke.clear();
    same.mended.clear();
    vec![
        ("compare-revision", comparison_html(&revision()).unwrap()),
        ("compare-saved", comparison_html(&saved).unwrap()),
        ("compare-identical", comparison_html(&same).unwrap()),
        ("compare-references", comparison_html(&beside(profiles::profile("pop").unwrap(), 137)).unwrap()),
        ("compare-different", comparison_html(&unlike).unwrap()),
        ("profile-pop", profile_html(&profiles::profile("pop").unwrap()).unwrap()),
        ("profile-stem", profile_html(&profiles::profile("stem-bass").unwrap()).unwrap()),
        ("profile-built", profile_html(&few()).unwrap()),
    ]
}

#[test]
fn every_kind_of_comparison_and_profile_becomes_a_page() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/report");
    std::fs::create_dir_all(&folder).unwrap();
    for (kind, page) in pages() {
        check_well_formed(kind, &page);
        check_alone(kind, &page);
        check_policy(kind, &page);
        assert!(page.len() < 600_000, "{kind}: {} bytes", page.len());
        std::fs::write(folder.join(format!("{kind}.html")), page).unwrap();
    }
}

#[test]
fn the_headline_follows_the_comparison() {
    let headline = |page: &str| between(page, "<span class=\"headline\">", "</span>").to_string();
    let pages = pages();
    let of = |kind: &str| headline(&pages.iter().find(|(name, _)| *name == kind).unwrap().1);
    assert_eq!(of("compare-revision"), "One thing broke, one was mended.");
    assert_eq!(of("compare-identical"), "The same audio, sample by sample.");
    assert!(of("compare-references").contains("measures lie outside the references"));
    assert!(of("compare-different").contains("the reference"));
    assert_eq!(of("profile-pop"), "137 tracks, high confidence.");
    assert_eq!(of("profile-built"), "One track, low confidence.");
    // What is only good to know did not break.
    let mut mild = revision();
    mild.broke.remove(0);
    mild.mended.clear();
    assert_eq!(headline(&comparison_html(&mild).unwrap()), "Nothing broke; one note is new.");
}

#[test]
fn charts_of_two_revisions_show_them_at_equal_level_on_one_time() {
    let comparison = revision();
    let page = comparison_html(&comparison).unwrap();
    let json = between(&page, "id=\"data-loudness\">", "</script>");
    let data: serde_json::Value = serde_json::from_str(json).unwrap();
    let series = |index: usize| data["series"][index]["values"].as_array().unwrap();
    // B is 0.28 s later and 3 dB up: its entry of three tenths later, 3 dB down, stands beside A's.
    let b = &comparison.b.as_ref().unwrap().loudness.short_term_lufs;
    let mut compared = 0;
    for (index, shown) in series(1).iter().enumerate() {
        let expected = b.get(index + 3).copied().flatten().map(|level| f64::from(level) - 3.0);
        match (shown.as_f64(), expected) {
            (Some(shown), Some(expected)) => {
                assert!((shown - expected).abs() < 0.006, "{index}: {shown} {expected}");
                compared += 1;
            }
            (shown, expected) => assert_eq!(shown, expected, "{index}"),
        }
    }
    assert!(compared > 50, "{compared}");
}

#[test]
fn percentiles_are_told_in_words() {
    let mut documents = full();
    (documents.plan, documents.render) = (None, None);
    documents.profile = profiles::profile("pop").unwrap();
    documents.check.analysis.loudness.integrated_lufs = Some(-7.0);
    documents.check.deviations = compare(&documents.check.analysis, &documents.profile);
    let options = Options { width: 100, ..Options::default() };
    let terminal = text::check(&documents.check, &documents.profile, &documents.delivery, &options);
    let line = terminal.lines().find(|line| line.contains("Integrated loudness")).unwrap();
    let percentile = |text: &str| -> f64 {
        between(text, "louder than ", "\u{20}%").parse().unwrap_or_else(|_| panic!("{text}"))
    };
    // −7.0 LUFS between the median of −9.5 and the p90 of −6.8: just under 90 %.
    assert!((86.0..90.0).contains(&percentile(line)), "{line}");
    let page = mixproof::report::html(&documents.song()).unwrap();
    let first = between(&page, "id=\"title\"", "</section>");
    let words = format!("Louder than {:.0} % of Pop", percentile(line));
    assert!(first.contains(&words), "the report: {words}");
    // A narrow terminal keeps to one word.
    let narrow = text::check(&documents.check, &documents.profile, &documents.delivery, &Options::default());
    assert!(narrow.lines().any(|line| line.contains("Integrated loudness") && line.ends_with("inside")));
}
