//! The polite message to the sender: what is needed, file by file.

use crate::model::{Finding, Severity, StemSet};

/// A message in plain text, ready to be sent. Only what the sender has to do is in it.
pub fn reply(set: &StemSet) -> String {
    let wanted: Vec<&Finding> =
        set.findings.iter().filter(|finding| finding.severity > Severity::Info).collect();
    let count = set.stems.len();
    let mut text = format!(
        "Hello,\n\nthank you for the stems: {count} file{} arrived",
        if count == 1 { "" } else { "s" }
    );
    if wanted.is_empty() {
        text += " and all of them are fine.\nNothing is needed from your side; I will start with them.\n\nBest regards\n";
        return text;
    }
    text += ". Before I start, could you have a look at the following?\n";
    let mut subjects: Vec<&str> = Vec::new();
    for finding in &wanted {
        if !subjects.contains(&finding.subject.as_str()) {
            subjects.push(&finding.subject);
        }
    }
    for subject in subjects {
        text += &format!("\n{subject}\n");
        for finding in wanted.iter().filter(|finding| finding.subject == subject) {
            let must = if finding.severity == Severity::Fail { "" } else { "if possible: " };
            text += &format!("  - {}.\n    {must}{}.\n", finding.message, finding.advice);
        }
    }
    text += "\nAll other files are fine as they are.\n\nBest regards\n";
    text
}
