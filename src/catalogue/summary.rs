//! What a catalogue holds as a whole: counts, duplicates, and files that stand out.
//!
//! Two passes over the rows: the first counts, the second fetches the names of the few files that are worth naming. So it
//! holds some bytes per file, not its row.

use super::rows::read_rows;
use crate::dsp::stats::median;
use crate::error::Result;
use crate::model::{
    Duplicate, ErrorCount, FindingCount, Outlier, Persisted, ScanRow, ScanSummary, Severity, Verdict,
    Verdicts,
};
use crate::units::{Quantity, Unit, octaves};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

/// Fewer files have no spread to stand out of.
const LEAST_FILES: usize = 12;
/// An outlier is at least this many robust standard deviations from the median.
const FAR: f64 = 5.0;
/// A catalogue in which more than half of the files agree to the digit still has some spread: the least one, in the unit of
/// the measure (1 LU, 1 dB; for a duration a quarter of an octave).
const LEAST_SPREAD: f64 = 1.0;
const LEAST_SPREAD_OCT: f64 = 0.25;
/// From the median absolute deviation to the standard deviation of a normal distribution.
const NORMAL: f64 = 1.4826;
/// Most that are listed, for each measure and of duplicates.
const MOST_OUTLIERS: usize = 20;
const MOST_DUPLICATES: usize = 100;

/// A measure that outliers are looked for in.
struct Measure {
    path: &'static str,
    read: fn(&ScanRow) -> Option<f64>,
    /// Onto the scale on which distances are alike, and the least spread there.
    scale: fn(f64) -> f64,
    least_spread: f64,
}

const MEASURES: &[Measure] = &[
    Measure {
        path: "loudness.integrated_lufs",
        read: |row| row.loudness.as_ref()?.integrated_lufs,
        scale: |value| value,
        least_spread: LEAST_SPREAD,
    },
    Measure {
        path: "peaks.true_peak_dbtp",
        read: |row| row.peaks.as_ref()?.true_peak_dbtp,
        scale: |value| value,
        least_spread: LEAST_SPREAD,
    },
    Measure {
        path: "loudness.range_lu",
        read: |row| row.loudness.as_ref()?.range_lu,
        scale: |value| value,
        least_spread: LEAST_SPREAD,
    },
    Measure {
        path: "tone.tilt_db_per_oct",
        read: |row| row.tone.as_ref()?.tilt_db_per_oct,
        scale: |value| value,
        least_spread: LEAST_SPREAD,
    },
    Measure {
        path: "source.duration_s",
        read: |row| {
            row.source.as_ref().map(|source| source.duration_s).filter(|duration_s| *duration_s > 0.0)
        },
        scale: |value| octaves(1.0, value),
        least_spread: LEAST_SPREAD_OCT,
    },
];

/// Median and spread of a measure, on its scale and as it reads.
struct Middle {
    scaled: f64,
    spread: f64,
    median: f64,
}

/// Summarises the rows of a file.
///
/// # Errors
/// Those of [`read_rows`].
pub fn summarise(path: &Path) -> Result<ScanSummary> {
    let mut count = Count::default();
    read_rows(path, 0, |row, _| {
        count.take(&row);
        Ok(())
    })?;
    let middles: Vec<Option<Middle>> =
        MEASURES.iter().zip(&mut count.values).map(|(measure, values)| middle(measure, values)).collect();
    let doubled: BTreeMap<&String, u64> =
        count.contents.iter().filter(|(_, files)| **files > 1).map(|(id, files)| (id, *files)).collect();
    let mut largest: Vec<(&String, u64)> = doubled.iter().map(|(id, files)| (*id, *files)).collect();
    largest.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    largest.truncate(MOST_DUPLICATES);
    let mut duplicates: BTreeMap<String, BTreeSet<String>> =
        largest.iter().map(|(id, _)| ((*id).clone(), BTreeSet::new())).collect();
    let mut outliers: Vec<Vec<Outlier>> = MEASURES.iter().map(|_| Vec::new()).collect();
    read_rows(path, 0, |row, _| {
        if let Some(paths) = row.content_id.as_ref().and_then(|id| duplicates.get_mut(id)) {
            paths.insert(row.path.clone());
        }
        for ((measure, middle), found) in MEASURES.iter().zip(&middles).zip(&mut outliers) {
            if let Some(outlier) = middle.as_ref().and_then(|middle| outlier(&row, measure, middle)) {
                keep(found, outlier);
            }
        }
        Ok(())
    })?;
    let mut duplicates: Vec<Duplicate> = duplicates
        .into_iter()
        .map(|(content_id, paths)| Duplicate { content_id, paths: paths.into_iter().collect() })
        .collect();
    duplicates.sort_by(|a, b| b.paths.len().cmp(&a.paths.len()).then(a.paths.cmp(&b.paths)));
    Ok(ScanSummary {
        duplicate_sets: doubled.len() as u64,
        duplicate_files: doubled.values().map(|files| files - 1).sum(),
        duplicates,
        outliers: outliers.into_iter().flatten().collect(),
        ..count.summary()
    })
}

/// The first pass.
#[derive(Default)]
struct Count {
    files: [u64; 3],
    size_bytes: u64,
    duration_s: f64,
    verdicts: Verdicts,
    deliveries: BTreeSet<String>,
    findings: BTreeMap<(String, Severity), (u64, String)>,
    errors: BTreeMap<String, (u64, String)>,
    contents: HashMap<String, u64>,
    values: [Vec<f64>; 5],
}

impl Count {
    fn take(&mut self, row: &ScanRow) {
        self.files[row.status as usize] += 1;
        self.size_bytes += row.size_bytes.unwrap_or(0);
        self.duration_s += row.source.as_ref().map_or(0.0, |source| source.duration_s);
        match row.verdict {
            Some(Verdict::Pass) => self.verdicts.pass += 1,
            Some(Verdict::Warn) => self.verdicts.warn += 1,
            Some(Verdict::Fail) => self.verdicts.fail += 1,
            None => {}
        }
        if !self.deliveries.contains(&row.delivery) {
            self.deliveries.insert(row.delivery.clone());
        }
        // The example is the first by name, whatever the order of the rows.
        let note = |entry: &mut (u64, String), example: &str| {
            entry.0 += 1;
            if entry.0 == 1 || *example < *entry.1 {
                entry.1 = example.to_string();
            }
        };
        for finding in &row.findings {
            note(self.findings.entry((finding.code.clone(), finding.severity)).or_default(), &row.path);
        }
        if let (Some(code), Some(error)) = (&row.error_code, &row.error) {
            note(self.errors.entry(code.clone()).or_default(), error);
        }
        // A silent file is no copy of another silent one.
        let is_heard = row.peaks.as_ref().is_some_and(|peaks| peaks.sample_dbfs.is_some());
        if let Some(id) = row.content_id.as_ref().filter(|_| is_heard) {
            *self.contents.entry(id.clone()).or_default() += 1;
        }
        for (measure, values) in MEASURES.iter().zip(&mut self.values) {
            values.extend((measure.read)(row));
        }
    }

    fn summary(self) -> ScanSummary {
        let mut findings: Vec<FindingCount> = self
            .findings
            .into_iter()
            .map(|((code, severity), (files, example))| FindingCount { code, severity, files, example })
            .collect();
        findings.sort_by(|a, b| (b.severity, b.files).cmp(&(a.severity, a.files)).then(a.code.cmp(&b.code)));
        let mut errors: Vec<ErrorCount> = self
            .errors
            .into_iter()
            .map(|(error_code, (files, example))| ErrorCount { error_code, files, example })
            .collect();
        errors.sort_by(|a, b| b.files.cmp(&a.files).then(a.error_code.cmp(&b.error_code)));
        let [ok, failed, skipped] = self.files;
        ScanSummary {
            schema: ScanSummary::schema_tag(),
            files: ok + failed + skipped,
            ok,
            failed,
            skipped,
            size_bytes: self.size_bytes,
            // The order of the rows shows in the last digits of the sum.
            duration_s: (self.duration_s * 1000.0).round() / 1000.0,
            verdicts: self.verdicts,
            deliveries: self.deliveries.into_iter().collect(),
            findings,
            errors,
            duplicate_sets: 0,
            duplicate_files: 0,
            duplicates: Vec::new(),
            outliers: Vec::new(),
        }
    }
}

fn middle(measure: &Measure, values: &mut [f64]) -> Option<Middle> {
    if values.len() < LEAST_FILES {
        return None;
    }
    let plain = median(values)?;
    let mut scaled: Vec<f64> = values.iter().map(|value| (measure.scale)(*value)).collect();
    let middle = median(&mut scaled)?;
    let mut distances: Vec<f64> = scaled.iter().map(|value| (value - middle).abs()).collect();
    let spread = (NORMAL * median(&mut distances)?).max(measure.least_spread);
    Some(Middle { scaled: middle, spread, median: plain })
}

fn outlier(row: &ScanRow, measure: &Measure, middle: &Middle) -> Option<Outlier> {
    let value = (measure.read)(row)?;
    let tolerances = ((measure.scale)(value) - middle.scaled) / middle.spread;
    let unit = Unit::of_path(measure.path);
    (tolerances.abs() >= FAR).then(|| Outlier {
        path: row.path.clone(),
        measure: measure.path.to_string(),
        measured: Quantity::new(value, unit),
        median: Quantity::new(middle.median, unit),
        tolerances,
    })
}

/// Keeps the farthest ones, farthest first.
fn keep(found: &mut Vec<Outlier>, outlier: Outlier) {
    let far = |a: &Outlier| a.tolerances.abs();
    let at = found.partition_point(|other| {
        far(other).total_cmp(&far(&outlier)).reverse().then_with(|| other.path.cmp(&outlier.path)).is_lt()
    });
    found.insert(at, outlier);
    found.truncate(MOST_OUTLIERS);
}
