//! The published JSON Schemas, by the tag of their documents.

macro_rules! schemas {
    ($($tag:literal $file:literal;)+) => {
        pub(super) const SCHEMAS: &[(&str, &str)] =
            &[$(($tag, include_str!(concat!("../../docs/schemas/", $file, ".schema.json")))),+];
    };
}

schemas! {
    "album/1" "album-1";
    "analysis/1" "analysis-1";
    "bounce/1" "bounce-1";
    "check/1" "check-1";
    "compare/1" "compare-1";
    "delivery/1" "delivery-1";
    "history/1" "history-1";
    "plan/1" "plan-1";
    "preview/1" "preview-1";
    "profile/1" "profile-1";
    "render/1" "render-1";
    "scan/1" "scan-1";
    "scan_summary/1" "scan_summary-1";
    "self_test/1" "self_test-1";
    "stems/1" "stems-1";
}
