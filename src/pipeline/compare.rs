//! `compare A B…`: two revisions aligned and told apart, or a song against several references.

use super::{OnThePool, Progress, Targets, analysis_of, check, is_saved, meters, stream};
use crate::audio::Block;
use crate::checks::Selection;
use crate::compare::{
    Alignment, Contour, ContourMeter, Revision, align, changes, compare, measure_changes, new_findings,
};
use crate::error::{Error, Result};
use crate::measure::Analyser;
use crate::model::{Analysis, Comparison, Persisted, Relation, Stage};
use crate::profiles::{self, Recipe};
use std::path::{Path, PathBuf};

/// Compares the newer revision `b` with `a`: aligned in time, at equal level, with the findings of both by the same
/// targets. Other recordings are not told apart change by change: `a` is then compared with `b` as its reference.
///
/// # Errors
/// Those of decoding; [`Error::Usage`] for saved analyses of mixed `measures_rev`.
pub fn compare_revisions(
    a: &Path,
    b: &Path,
    targets: &Targets,
    stage: Stage,
    progress: &dyn Progress,
) -> Result<Comparison> {
    if is_saved(a) || is_saved(b) {
        return compare_analyses(analysis_of(a, progress)?, analysis_of(b, progress)?, targets, stage);
    }
    let (analysis_a, contour_a) = measured(a, progress)?;
    let (analysis_b, contour_b) = measured(b, progress)?;
    let same = analysis_a.content_id == analysis_b.content_id;
    let finest_s = 1.0 / f64::from(analysis_a.source.sample_rate_hz.max(analysis_b.source.sample_rate_hz));
    let alignment = match same {
        true => Some(Alignment::IDENTITY),
        false => align(&contour_a, &contour_b, finest_s),
    };
    let Some(aligned) = alignment.filter(Alignment::is_same_recording) else {
        let certainty = alignment.map_or(0.0, |alignment| alignment.confidence());
        let mut comparison = against(analysis_a, &[&analysis_b], Relation::Different)?;
        comparison.confidence = 1.0 - certainty;
        comparison.integrity = comparison.integrity.worse(analysis_b.integrity);
        comparison.b = Some(analysis_b);
        return Ok(comparison);
    };
    let (gain_db, moved, sections) = changes(
        Revision { analysis: &analysis_a, contour: &contour_a },
        Revision { analysis: &analysis_b, contour: &contour_b },
        &aligned,
    );
    Ok(Comparison {
        relation: if same { Relation::Identical } else { Relation::Revision },
        confidence: aligned.confidence(),
        offset_s: Some(aligned.offset_s),
        drift_ppm: Some(aligned.drift_ppm),
        gain_db,
        polarity_inverted: aligned.inverted,
        aligned_share: Some(aligned.share),
        changes: moved,
        sections,
        ..with_findings(analysis_a, analysis_b, targets, stage)
    })
}

/// Two saved analyses hold no audio to align: only the measures of the whole song are compared, as they stand.
///
/// # Errors
/// [`Error::Usage`] for analyses of mixed `measures_rev`.
pub(super) fn compare_analyses(
    a: Analysis,
    b: Analysis,
    targets: &Targets,
    stage: Stage,
) -> Result<Comparison> {
    refuse_mixed_revisions(&a, &b)?;
    let same = a.content_id == b.content_id;
    Ok(Comparison {
        relation: if same { Relation::Identical } else { Relation::Revision },
        confidence: if same { 1.0 } else { 0.0 },
        changes: measure_changes(&a, &b),
        ..with_findings(a, b, targets, stage)
    })
}

/// Both analyses, and what the checks find in one of them only.
fn with_findings(a: Analysis, b: Analysis, targets: &Targets, stage: Stage) -> Comparison {
    let [a, b] = [a, b].map(|analysis| check(analysis, targets, stage, &Selection::default()));
    Comparison {
        integrity: a.analysis.integrity.worse(b.analysis.integrity),
        broke: new_findings(&a.findings, &b.findings),
        mended: new_findings(&b.findings, &a.findings),
        b: Some(b.analysis),
        ..unrelated(a.analysis)
    }
}

/// Compares a song with the spread of several references.
///
/// # Errors
/// Those of decoding and of [`profiles::build`].
pub fn compare_references(
    song: &Path,
    references: &[PathBuf],
    progress: &dyn Progress,
) -> Result<Comparison> {
    let song = analysis_of(song, progress)?;
    let analyses =
        references.iter().map(|path| analysis_of(path, progress)).collect::<Result<Vec<Analysis>>>()?;
    against(song, &analyses.iter().collect::<Vec<_>>(), Relation::References)
}

/// A song against the spread of references, or the assumed spread around one.
fn against(song: Analysis, references: &[&Analysis], relation: Relation) -> Result<Comparison> {
    for reference in references {
        refuse_mixed_revisions(&song, reference)?;
    }
    let recipe = Recipe {
        name: "references".to_string(),
        title: "the references".to_string(),
        source: "measured from the user's own files".to_string(),
        licence: "as the files".to_string(),
    };
    let weighted: Vec<(&Analysis, f64)> = references.iter().map(|reference| (*reference, 1.0)).collect();
    let heard = references.iter().any(|reference| reference.loudness.integrated_lufs.is_some());
    let profile = if heard { Some(profiles::build(&weighted, &recipe)?) } else { None };
    Ok(Comparison {
        relation,
        confidence: 1.0,
        references: references.iter().map(|reference| reference.source.path.clone()).collect(),
        deviations: profile.as_ref().map_or_else(Vec::new, |profile| compare(&song, profile)),
        reference_profile: profile,
        ..unrelated(song)
    })
}

/// A comparison that says nothing yet.
fn unrelated(a: Analysis) -> Comparison {
    Comparison {
        schema: Comparison::schema_tag(),
        integrity: a.integrity,
        a,
        b: None,
        relation: Relation::Different,
        confidence: 0.0,
        offset_s: None,
        drift_ppm: None,
        gain_db: None,
        polarity_inverted: false,
        aligned_share: None,
        changes: Vec::new(),
        sections: Vec::new(),
        broke: Vec::new(),
        mended: Vec::new(),
        references: Vec::new(),
        reference_profile: None,
        deviations: Vec::new(),
    }
}

/// Numbers of different meaning are not compared.
///
/// # Errors
/// [`Error::Usage`] with both files and revisions.
pub fn refuse_mixed_revisions(a: &Analysis, b: &Analysis) -> Result<()> {
    if a.measures_rev == b.measures_rev {
        return Ok(());
    }
    Err(Error::usage(format!(
        "{}: measured with measures_rev {}, and {} with {}; measure both with one version of the program",
        b.source.path, b.measures_rev, a.source.path, a.measures_rev
    )))
}

/// One pass over a file for its measures and its contour.
fn measured(path: &Path, progress: &dyn Progress) -> Result<(Analysis, Contour)> {
    let start = |sample_rate_hz, channels| {
        Ok((ContourMeter::new(sample_rate_hz, channels), Analyser::new(sample_rate_hz, channels)))
    };
    let follow = |contour: &mut ContourMeter, block: &mut Block| {
        contour.push(block);
        Ok(())
    };
    let (contour, analyser, decoded) = stream::pass(path, "measuring", progress, start, follow, meters)?;
    let analysis = analyser.finish_on(&OnThePool, decoded.source, decoded.integrity, decoded.content_id);
    Ok((analysis, contour.finish()))
}
