//! A song as the report sees it: what was, what is proposed, what was written.

use super::{Song, plain};
use crate::model::{Analysis, Applicability, Finding, Fix, Meter, Severity, Span, Unresolved};
use crate::report::measures::Measure;

impl Song<'_> {
    /// What the profile is called.
    pub(super) fn profile_title(&self) -> String {
        plain(&self.profile.title)
    }

    /// Whose the span of the profile is: that of 8 of 10 tracks, or, where there are too few tracks, an assumed one.
    pub(super) fn span_words(&self) -> &'static str {
        if self.profile.has_spread() { "8 of 10" } else { "assumed span" }
    }

    /// What the delivery is called.
    pub(super) fn delivery_title(&self) -> String {
        plain(&self.delivery.title)
    }

    /// The file as it came.
    pub(super) fn before(&self) -> &Analysis {
        self.render.map_or(&self.check.analysis, |render| &render.before)
    }

    /// The written file, where there is one.
    pub(super) fn after(&self) -> Option<&Analysis> {
        self.render.map(|render| &render.after)
    }

    /// What the page is about: the written file, else the source.
    pub(super) fn subject(&self) -> &Analysis {
        self.after().unwrap_or(self.before())
    }

    /// The plan, also where it is only known from a render.
    pub(super) fn plan(&self) -> Option<&crate::model::Plan> {
        self.render.map(|render| &render.plan).or(self.plan)
    }

    /// The number that a plan expects for a measure, where it is one of its few.
    pub(super) fn predicted(&self, measure: &Measure) -> Option<f64> {
        let predicted = &self.plan()?.predicted;
        match measure.path {
            "loudness.integrated_lufs" => predicted.loudness.integrated_lufs,
            "loudness.range_lu" => predicted.loudness.range_lu,
            "peaks.true_peak_dbtp" => predicted.peaks.true_peak_dbtp,
            "dynamics.plr_lu" => predicted.dynamics.plr_lu,
            "dynamics.crest_db" => predicted.dynamics.crest_db,
            _ => None,
        }
    }

    /// The profile's span of a measure.
    pub(super) fn span(&self, measure: &Measure) -> Option<&Span> {
        self.profile.spans.get(measure.path)
    }

    /// Where the source stands among the profile's tracks.
    pub(super) fn percentile(&self, measure: &Measure) -> Option<f64> {
        self.check.deviations.iter().find(|deviation| deviation.measure == measure.path)?.percentile
    }

    /// Loudness that the plan or the delivery aims at.
    pub(super) fn target_lufs(&self) -> Option<f64> {
        self.plan().map_or(self.delivery.integrated_lufs, |plan| plan.target_lufs)
    }

    /// Highest true peak that is allowed.
    pub(super) fn ceiling_dbtp(&self) -> f64 {
        self.plan().map_or(self.delivery.ceiling_dbtp, |plan| plan.ceiling_dbtp)
    }

    /// Whether the plan leaves the song as it is: no move, or none that is applied unasked.
    pub(super) fn leaves_alone(&self) -> bool {
        self.plan()
            .is_some_and(|plan| plan.moves.iter().all(|step| step.applicability != Applicability::Automatic))
    }

    /// What mastering cannot mend and nothing else on the page says: findings are listed with their own advice,
    /// missed promises with their own reason.
    pub(super) fn unmended(&self) -> Vec<&Unresolved> {
        let missed = self.render.map_or(&[][..], |render| &render.missed);
        let said = |because: &str| {
            self.check.findings.iter().any(|finding| finding.code == because)
                || missed.iter().any(|missed| missed.measure == because)
        };
        let unresolved = self.plan().map_or(&[][..], |plan| &plan.unresolved);
        unresolved.iter().filter(|unresolved| !said(&unresolved.because)).collect()
    }

    /// Whether there is nothing to hear.
    pub(super) fn silent(&self) -> bool {
        let peaks = &self.before().peaks;
        peaks.sample_dbfs.is_none() && peaks.true_peak_dbtp.is_none()
    }

    /// Findings of the source, worst first, else in the order of the checks.
    pub(super) fn findings(&self) -> Vec<&Finding> {
        worst_first(&self.check.findings)
    }

    /// Findings about the written file.
    pub(super) fn findings_after(&self) -> Vec<&Finding> {
        self.render.map_or_else(Vec::new, |render| worst_first(&render.findings))
    }

    /// Whether a finding about the written file was not there before: mastering brought it.
    pub(super) fn is_new(&self, finding: &Finding) -> bool {
        self.check.findings.iter().all(|before| before.code != finding.code)
    }

    /// What the moves did; empty before a render.
    pub(super) fn meters(&self) -> &[Meter] {
        self.render.map_or(&[], |render| &render.meters)
    }

    /// How long the time axis is.
    pub(super) fn duration_s(&self) -> f64 {
        let after_s = self.after().map_or(0.0, |after| after.source.duration_s);
        self.before().source.duration_s.max(after_s)
    }
}

/// Whether a finding has to go back to the mix: it says so, or it is a problem that mastering does not mend.
pub(super) fn needs_the_mix(finding: &Finding) -> bool {
    match finding.fix {
        Fix::Mix => finding.severity > Severity::Info,
        Fix::None => finding.severity == Severity::Fail,
        Fix::Master => false,
    }
}

fn worst_first(findings: &[Finding]) -> Vec<&Finding> {
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    sorted
}

/// Severity in a word.
pub(super) fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Fail => "Problem",
        Severity::Warn => "Warning",
        Severity::Info => "Note",
    }
}

/// Severity as a shape, for those who do not see its colour.
pub(super) fn severity_sign(severity: Severity) -> &'static str {
    match severity {
        Severity::Fail => "×",
        Severity::Warn => "▲",
        Severity::Info => "●",
    }
}
