//! The compiled half of the Python package: every stage as a function that takes and gives documents as JSON.
//!
//! What is said to Python in dictionaries, arrays and exceptions is said in `mixproof/__init__.py`. Here the interpreter is let
//! go of while there is work, and no panic gets out.

mod samples;
mod schemas;

use mixproof::checks::Selection;
use mixproof::error::Error;
use mixproof::model::{
    Album, Analysis, Bounce, Check, Comparison, Delivery, History, Measured, Persisted, Plan, Preview,
    Profile, Render, RowStatus, ScanRow, ScanSummary, SelfTest, Stage, StemSet, read_text,
};
use mixproof::pipeline::{
    self, FileOptions, MasterJob, OutputDepth, PlanFile, RenderJob, ScanSettings, Silent, Targets,
};
use mixproof::profiles::Recipe;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyCFunction, PyTuple};
use std::ffi::CStr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// What cannot be said: a code, a message, and what is known of path, expected and found.
struct Refusal {
    code: &'static str,
    message: String,
    path: Option<String>,
    expected: Option<String>,
    found: Option<String>,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Refusal {
        let shown = |path: &Path| Some(path.to_string_lossy().into_owned());
        let (path, expected, found) = match &error {
            Error::Schema { path, expected, found } | Error::WrongAudio { path, expected, found } => {
                (shown(path), Some(expected.clone()), Some(found.clone()))
            }
            Error::UnknownName { name, nearest, .. } => (None, nearest.clone(), Some(name.clone())),
            Error::Io { path, .. }
            | Error::Decode { path, .. }
            | Error::Unsupported { path, .. }
            | Error::Document { path, .. }
            | Error::Exists { path, .. }
            | Error::Interrupted { path } => (shown(path), None, None),
            _ => (None, None, None),
        };
        Refusal { code: error.code(), message: error.to_string(), path, expected, found }
    }
}

impl Refusal {
    /// The exception of it, made by the package's own table of classes.
    fn raise(self, py: Python<'_>) -> PyErr {
        let Refusal { code, message, path, expected, found } = self;
        let made = py
            .import("mixproof._errors")
            .and_then(|errors| errors.call_method1("refusal", (code, message, path, expected, found)));
        made.map_or_else(|error| error, PyErr::from_value)
    }
}

/// Runs `job` without the interpreter and turns errors and panics into exceptions.
fn apart<T: Send>(py: Python<'_>, job: impl FnOnce() -> Result<T, Error> + Send) -> PyResult<T> {
    let done = py.detach(|| catch_unwind(AssertUnwindSafe(job)));
    let refusal = match done {
        Ok(Ok(result)) => return Ok(result),
        Ok(Err(error)) => error.into(),
        Err(_) => Refusal {
            code: "internal",
            message: "an internal error stopped the work; please report it".to_string(),
            path: None,
            expected: None,
            found: None,
        },
    };
    Err(refusal.raise(py))
}

/// Mix or master, by name.
fn stage(name: &str) -> Result<Stage, Error> {
    match name {
        "mix" => Ok(Stage::Mix),
        "master" => Ok(Stage::Master),
        _ => Err(Error::unknown_name("stage", name, ["mix", "master"])),
    }
}

type Arguments<'py> = Bound<'py, PyTuple>;

/// A function of the module: its arguments in order, and text.
type Function = fn(&Arguments<'_>) -> PyResult<String>;

fn analyze_path(arguments: &Arguments<'_>) -> PyResult<String> {
    let (path,): (PathBuf,) = arguments.extract()?;
    apart(arguments.py(), || Ok(pipeline::analysis_of(&path, &Silent)?.to_json_line()))
}

/// Bytes of an array, format of a sample, channels, rate, name.
fn analyze_samples(arguments: &Arguments<'_>) -> PyResult<String> {
    let (data, format, channels, rate, name): (Bound<'_, PyBytes>, String, usize, u32, String) =
        arguments.extract()?;
    // Bytes never change, and the reference holds them for as long as the work takes.
    let bytes = data.as_bytes();
    apart(arguments.py(), || Ok(samples::analyse(bytes, &format, channels, rate, &name)?.to_json_line()))
}

/// An analysis/1, profile, delivery, stage, checks to select, checks to ignore.
fn check(arguments: &Arguments<'_>) -> PyResult<String> {
    let (analysis, profile, delivery, stage, select, ignore): (
        String,
        String,
        String,
        String,
        Vec<String>,
        Vec<String>,
    ) = arguments.extract()?;
    apart(arguments.py(), || {
        let selection = Selection { select, ignore };
        selection.validate()?;
        let targets = Targets::load(&profile, &delivery)?;
        let analysis = Analysis::from_json(&analysis, Path::new("the analysis"))?;
        Ok(pipeline::check(analysis, &targets, self::stage(&stage)?, &selection).to_json_line())
    })
}

/// The older revision or the song, the newer revision or the references, profile, delivery, stage.
fn compare(arguments: &Arguments<'_>) -> PyResult<String> {
    let (a, b, profile, delivery, stage): (PathBuf, Vec<PathBuf>, String, String, String) =
        arguments.extract()?;
    apart(arguments.py(), || {
        let comparison = match b.as_slice() {
            [b] => {
                let targets = Targets::load(&profile, &delivery)?;
                pipeline::compare_revisions(&a, b, &targets, self::stage(&stage)?, &Silent)?
            }
            references => pipeline::compare_references(&a, references, &Silent)?,
        };
        Ok(comparison.to_json_line())
    })
}

/// Song, profile, delivery, amount, references.
fn plan(arguments: &Arguments<'_>) -> PyResult<String> {
    let (path, profile, delivery, amount, references): (PathBuf, String, String, f64, Vec<PathBuf>) =
        arguments.extract()?;
    apart(arguments.py(), || {
        if !(0.0..=100.0).contains(&amount) {
            return Err(Error::usage(format!("amount is {amount}, allowed is 0 to 100")));
        }
        let mut targets = Targets::load(&profile, &delivery)?;
        if !references.is_empty() {
            let recipe = Recipe {
                name: "reference".to_string(),
                title: format!("{} references", references.len()),
                source: "measured from the user's own files".to_string(),
                licence: "as the files".to_string(),
            };
            targets.profile = pipeline::profile_from_references(&references, &recipe, &Silent)?;
        }
        let job = MasterJob {
            targets,
            options: mixproof::advise::Options { amount, ..Default::default() },
            depth: None,
            file: FileOptions::default(),
            force: false,
            pictures: false,
        };
        Ok(pipeline::propose(&path, &job, &Silent)?.plan.to_json_line())
    })
}

/// A plan/1, its name for messages, file to write, song, bits, whether to replace, whether to apply to other audio.
fn render(arguments: &Arguments<'_>) -> PyResult<String> {
    let (plan, name, output, input, bits, force, transfer): (
        String,
        PathBuf,
        PathBuf,
        Option<PathBuf>,
        Option<String>,
        bool,
        bool,
    ) = arguments.extract()?;
    apart(arguments.py(), || {
        let file = PlanFile::parse(plan, &name)?;
        let plan = &file.plan;
        let depth = match bits.as_deref() {
            None => OutputDepth::of_plan(plan),
            Some("16") => OutputDepth { bits: 16, float: false },
            Some("24") => OutputDepth { bits: 24, float: false },
            Some("32f") => OutputDepth { bits: 32, float: true },
            Some(other) => return Err(Error::unknown_name("bit depth", other, ["16", "24", "32f"])),
        };
        let options = FileOptions::default();
        options.check(&output)?;
        let input = input.unwrap_or_else(|| PathBuf::from(&plan.input));
        let job = RenderJob {
            input: &input,
            output: &output,
            bits: depth.bits,
            float: depth.float,
            force,
            transfer,
            file: options,
            before: None,
            cut: None,
            around: None,
            pictures: false,
        };
        let targets = Targets::load_or_default(&plan.profile, &plan.delivery)?;
        let render = pipeline::render(plan, job, &targets, &Silent).map_err(|error| file.located(error))?;
        Ok(render.to_json_line())
    })
}

/// File, profile, delivery, stage, what is measured.
fn scan_row(arguments: &Arguments<'_>) -> PyResult<String> {
    let (path, profile, delivery, stage, measure): (PathBuf, String, String, String, String) =
        arguments.extract()?;
    apart(arguments.py(), || {
        let settings = scan_settings(&profile, &delivery, &stage, &measure)?;
        Ok(pipeline::scan_row(&path, &settings).to_json_line())
    })
}

fn scan_settings(profile: &str, delivery: &str, stage: &str, measure: &str) -> Result<ScanSettings, Error> {
    let measured = match measure {
        "all" => Measured::All,
        "levels" => Measured::Levels,
        _ => return Err(Error::unknown_name("measure", measure, ["all", "levels"])),
    };
    Ok(ScanSettings::load(profile, delivery, self::stage(stage)?)?.measuring(measured))
}

/// The row of a file that could not be measured: file, profile, delivery, stage, what is measured, code, error.
fn failed_row(arguments: &Arguments<'_>) -> PyResult<String> {
    type Row = (PathBuf, String, String, String, String, String, String);
    let (path, profile, delivery, stage, measure, code, error): Row = arguments.extract()?;
    apart(arguments.py(), || {
        let settings = scan_settings(&profile, &delivery, &stage, &measure)?;
        let row = settings.described_row(&path).without_measures(RowStatus::Failed, &code, error);
        Ok(row.to_json_line())
    })
}

/// Hash of the bytes of a file.
fn file_id(arguments: &Arguments<'_>) -> PyResult<String> {
    let (path,): (PathBuf,) = arguments.extract()?;
    apart(arguments.py(), || mixproof::decode::file_id(&path))
}

/// A document of any kind, as its reader understands it: its name, and its text where that is at hand.
fn read_document(arguments: &Arguments<'_>) -> PyResult<String> {
    fn read<D: Persisted>(text: &str, path: &Path) -> Result<String, Error> {
        Ok(D::from_json(text, path)?.to_json_line())
    }
    let (path, text): (PathBuf, Option<String>) = arguments.extract()?;
    apart(arguments.py(), || {
        let text = text.map_or_else(|| read_text(&path), Ok)?;
        let found = match PlanFile::parse(text.clone(), &path) {
            Err(Error::Schema { found, .. }) => found,
            plan => return plan.map(|file| file.plan.to_json_line()),
        };
        let read = match found.split('/').next().unwrap_or_default() {
            Analysis::KIND => read::<Analysis>,
            Check::KIND => read::<Check>,
            Render::KIND => read::<Render>,
            Preview::KIND => read::<Preview>,
            SelfTest::KIND => read::<SelfTest>,
            Comparison::KIND => read::<Comparison>,
            StemSet::KIND => read::<StemSet>,
            Album::KIND => read::<Album>,
            Profile::KIND => read::<Profile>,
            Delivery::KIND => read::<Delivery>,
            ScanRow::KIND => read::<ScanRow>,
            ScanSummary::KIND => read::<ScanSummary>,
            Bounce::KIND => read::<Bounce>,
            History::KIND => read::<History>,
            // Refused by name, as what it is not.
            _ => read::<Plan>,
        };
        read(&text, &path)
    })
}

/// The published JSON Schema of a kind of document; empty for a stranger.
fn schema(arguments: &Arguments<'_>) -> PyResult<String> {
    let (tag,): (String,) = arguments.extract()?;
    let known = schemas::SCHEMAS.iter().find(|(known, _)| *known == tag);
    Ok(known.map_or_else(String::new, |(_, text)| (*text).to_string()))
}

/// The tags of all documents that have a schema, a line each.
fn schema_tags(_arguments: &Arguments<'_>) -> PyResult<String> {
    Ok(schemas::SCHEMAS.iter().map(|(tag, _)| *tag).collect::<Vec<_>>().join("\n"))
}

const FUNCTIONS: &[(&CStr, Function)] = &[
    (c"analyze_path", analyze_path),
    (c"analyze_samples", analyze_samples),
    (c"check", check),
    (c"compare", compare),
    (c"plan", plan),
    (c"render", render),
    (c"scan_row", scan_row),
    (c"failed_row", failed_row),
    (c"file_id", file_id),
    (c"read_document", read_document),
    (c"schema", schema),
    (c"schema_tags", schema_tags),
];

fn fill(module: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = module.py();
    module.setattr("__version__", env!("CARGO_PKG_VERSION"))?;
    for (name, function) in FUNCTIONS {
        let called = PyCFunction::new_closure(py, Some(name), None, |arguments, _| function(arguments))?;
        module.setattr(name.to_string_lossy(), called)?;
    }
    Ok(())
}

/// What the interpreter calls to import the module. Written out, because the macros that write it pull other features into the
/// build of the library, which would then be compiled once for its tests and once more for the wheel.
///
/// # Safety
/// Called by the interpreter only, once, by a thread that is attached to it.
#[allow(non_snake_case, reason = "the interpreter looks for this name")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn PyInit__native() -> *mut ffi::PyObject {
    static mut DEFINITION: ffi::PyModuleDef = ffi::PyModuleDef {
        m_base: ffi::PyModuleDef_HEAD_INIT,
        m_name: c"_native".as_ptr(),
        m_doc: std::ptr::null(),
        m_size: -1,
        m_methods: std::ptr::null_mut(),
        m_slots: std::ptr::null_mut(),
        m_traverse: None,
        m_clear: None,
        m_free: None,
    };
    // SAFETY: the interpreter calls this attached, and nobody else names the definition.
    let (py, module) = unsafe { (Python::assume_attached(), ffi::PyModule_Create(&raw mut DEFINITION)) };
    // SAFETY: a new reference, or null with an exception set.
    let module = unsafe { Bound::from_owned_ptr_or_err(py, module) };
    match module.and_then(|module| fill(&module).map(|()| module)) {
        Ok(module) => module.into_ptr(),
        Err(error) => {
            error.restore(py);
            std::ptr::null_mut()
        }
    }
}
