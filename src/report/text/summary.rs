//! How often each check spoke over a batch: the table that shows a check that cries wolf, or a fault that a whole
//! delivery shares.

use super::Options;
use super::paint::Paint;
use crate::model::{Check, Severity};
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use std::collections::BTreeMap;

/// Findings of a batch, counted by check. Holds counts, not documents.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    files: usize,
    files_by_worst: [usize; 4],
    rows: BTreeMap<String, Row>,
}

/// One check: in how many files it spoke, at its worst there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Row {
    name: String,
    files: [usize; 3],
}

impl Summary {
    /// Counts the findings of one more file. A check that speaks several times in a file counts once, at its worst.
    pub fn add(&mut self, check: &Check) {
        self.files += 1;
        self.files_by_worst[check.worst().map_or(0, |worst| 1 + worst as usize)] += 1;
        let mut worst: BTreeMap<&str, (&str, Severity)> = BTreeMap::new();
        for finding in &check.findings {
            let entry = worst.entry(&finding.code).or_insert((&finding.name, finding.severity));
            entry.1 = entry.1.max(finding.severity);
        }
        for (code, (name, severity)) in worst {
            let row = self.rows.entry(code.to_string()).or_default();
            row.name = name.to_string();
            row.files[severity as usize] += 1;
        }
    }

    /// Files counted.
    pub fn files(&self) -> usize {
        self.files
    }

    /// In how many files a check spoke with this severity as its worst.
    pub fn count(&self, code: &str, severity: Severity) -> usize {
        self.rows.get(code).map_or(0, |row| row.files[severity as usize])
    }

    /// Files whose worst finding is of this severity.
    pub fn files_with_worst(&self, severity: Severity) -> usize {
        self.files_by_worst[1 + severity as usize]
    }
}

/// The table: a row per check that spoke, those that fail most files first.
pub fn summary(summary: &Summary, options: &Options) -> String {
    let preset = if options.ascii { presets::ASCII_BORDERS_ONLY_CONDENSED } else { presets::NOTHING };
    let mut table = Table::new();
    table.load_style(preset);
    table.set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(["code", "name", "fail", "warn", "info", "% of files"]);
    let mut rows: Vec<(&String, &Row)> = summary.rows.iter().collect();
    rows.sort_by_key(|(code, row)| (std::cmp::Reverse([row.files[2], row.files[1], row.files[0]]), *code));
    for (code, row) in rows {
        let count = |count: usize| if count == 0 { "·".to_string() } else { count.to_string() };
        let share = 100 * row.files.iter().sum::<usize>() / summary.files.max(1);
        table.add_row([
            code.clone(),
            row.name.clone(),
            count(row.files[2]),
            count(row.files[1]),
            count(row.files[0]),
            share.to_string(),
        ]);
    }
    for column in 2..6 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let [silent, info, warn, fail] = summary.files_by_worst;
    let heading = format!(
        "{} files: {fail} with a fail, {warn} with a warning at worst, {info} with notes only, {silent} without a finding",
        summary.files
    );
    Paint::new(options).finish(format!("{heading}\n\n{table}\n"))
}
