//! `analyze INPUT…`: measure; print or save `analysis/1`.

use super::console::Console;
use super::{InputArgs, Outcome, inputs};
use crate::error::Result;
use crate::pipeline::{Batch, analyse_with};
use crate::model::{MeterKind, Persisted};
use crate::report::text;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Measure files and print what was measured
#[derive(Args)]
pub(super) struct AnalyzeArgs {
    #[command(flatten)]
    inputs: InputArgs,

    /// Also save each analysis as NAME.analysis.json in this folder
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,

    /// What loudness and peak levels are read from
    #[arg(long, value_enum, default_value_t = MeterArg::Mixproof)]
    meter: MeterArg,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum MeterArg {
    /// The meters of this program
    Mixproof,
    /// The ebur128 crate, a port of libebur128: the independent second reading
    Reference,
}

impl From<MeterArg> for MeterKind {
    fn from(meter: MeterArg) -> MeterKind {
        match meter {
            MeterArg::Mixproof => MeterKind::Mixproof,
            MeterArg::Reference => MeterKind::Reference,
        }
    }
}

pub(super) fn run(args: &AnalyzeArgs, console: &mut Console) -> Result<Outcome> {
    let paths = inputs::expand(&args.inputs)?;
    let batch = Batch { paths: &paths, workers: console.jobs() };
    super::each(
        &batch,
        console,
        |path, progress| analyse_with(args.meter.into(), path, progress),
        |console, path, analysis| {
            if let Some(folder) = &args.output {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                analysis.save(&folder.join(format!("{name}.analysis.json")))?;
            }
            console.print_document(&analysis, |options| text::analysis(&analysis, options));
            Ok(Outcome::Done)
        },
    )
}
