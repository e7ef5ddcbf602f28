//! Standard output and error: results, notes, errors, and what happens when nobody reads any more.

use super::progress::{Bars, Watch};
use super::{Common, Outcome, OutputFormat, When};
use crate::error::{Error, Result};
use crate::model::Persisted;
use crate::pipeline::Progress;
use crate::report::text::Options;
use std::io::{BufWriter, IsTerminal, StdoutLock, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Columns of text output that is not read on a terminal.
const PLAIN_WIDTH: usize = 100;

/// The two streams, and how the user wants them.
pub(super) struct Console {
    common: Common,
    bars: Option<Arc<Bars>>,
    stopped: Arc<AtomicBool>,
    closed: bool,
    worst: Outcome,
}

impl Console {
    pub(super) fn new(common: Common) -> Console {
        let bars = (!common.quiet && !common.no_progress && std::io::stderr().is_terminal())
            .then(|| Arc::new(Bars::new()));
        Console { common, bars, stopped: interrupts(), closed: false, worst: Outcome::Done }
    }

    /// Whether documents are wanted instead of text.
    pub(super) fn json(&self) -> bool {
        self.common.format == OutputFormat::Json
    }

    /// Workers for a batch; 0 for one per core.
    pub(super) fn jobs(&self) -> usize {
        self.common.jobs.unwrap_or(0)
    }

    /// How text is to look.
    pub(super) fn text(&self) -> Options {
        let stdout = std::io::stdout();
        let color = match self.common.color {
            When::Always => true,
            When::Never => false,
            When::Auto => {
                stdout.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            }
        };
        let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse::<usize>().ok());
        let width = columns.map_or(PLAIN_WIDTH, |columns| columns.clamp(40, 140));
        Options { ascii: self.common.ascii, color, width }
    }

    /// Who is told how far the work is.
    pub(super) fn progress(&self) -> Arc<dyn Progress + Send> {
        Arc::new(Watch { bars: self.bars.clone(), stopped: self.stopped.clone() })
    }

    /// Whether nobody waits for results any more: an interrupt, or a closed pipe.
    pub(super) fn is_over(&self) -> bool {
        self.closed || self.stopped.load(Ordering::Relaxed)
    }

    /// A result, on standard output. `false` when nobody reads any more, which is no error.
    pub(super) fn print(&mut self, text: &str) -> bool {
        self.write(|out| {
            out.write_all(text.as_bytes())?;
            if text.ends_with('\n') { Ok(()) } else { out.write_all(b"\n") }
        })
    }

    fn write(&mut self, result: impl FnOnce(&mut BufWriter<StdoutLock>) -> std::io::Result<()>) -> bool {
        if self.closed {
            return false;
        }
        let write = || -> std::io::Result<()> {
            let mut out = BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
            result(&mut out)?;
            out.flush()
        };
        let result = match &self.bars {
            Some(bars) => bars.suspend(write),
            None => write(),
        };
        match result {
            Ok(()) => true,
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {
                self.closed = true;
                false
            }
            Err(error) => {
                self.closed = true;
                self.error(&Error::Io { path: "standard output".into(), doing: "write", source: error });
                false
            }
        }
    }

    /// A document on one line, or text for people.
    pub(super) fn print_document(
        &mut self,
        document: &impl Persisted,
        text: impl FnOnce(&Options) -> String,
    ) -> bool {
        if self.json() {
            self.write(|out| document.write_json_line(out))
        } else {
            let text = text(&self.text());
            self.print(&text)
        }
    }

    /// How far the whole of the work is: a bar on a terminal. `false` where nobody sees one.
    pub(super) fn whole(&self, share: f64, said: impl FnOnce() -> String) -> bool {
        self.bars.as_ref().map(|bars| bars.whole(share, said())).is_some()
    }

    /// Whether notes on the progress are wanted.
    pub(super) fn tells_progress(&self) -> bool {
        !self.common.quiet && !self.common.no_progress
    }

    /// Something worth knowing that is no result, on standard error.
    pub(super) fn note(&self, text: &str) {
        if !self.common.quiet {
            self.to_stderr(text);
        }
    }

    /// What could not be done, on standard error; the program will end with 2.
    pub(super) fn error(&mut self, error: &Error) {
        self.worst = self.worst.max(match error {
            Error::Interrupted { .. } => Outcome::Interrupted,
            _ => Outcome::CouldNot,
        });
        // One line per error, whatever a file name or a tag contains.
        let line: String =
            error.to_string().chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
        self.to_stderr(&format!("error: {line}"));
    }

    /// Remembers how one file of a batch ended.
    pub(super) fn outcome(&mut self, outcome: Outcome) {
        self.worst = self.worst.max(outcome);
    }

    /// How the program ends.
    pub(super) fn end(mut self, result: Result<Outcome>) -> Outcome {
        match result {
            Ok(outcome) => self.outcome(outcome),
            Err(error) => self.error(&error),
        }
        self.worst
    }

    fn to_stderr(&self, line: &str) {
        match &self.bars {
            Some(bars) => bars.suspend(|| eprintln!("{line}")),
            None => eprintln!("{line}"),
        }
    }
}

/// Set by the first interrupt (Ctrl-C, SIGTERM, SIGHUP): the work ends at the next block, and temporary files with it. The
/// second one ends the program on the spot. What whoever started the program wants ignored (`nohup`) stays ignored.
fn interrupts() -> Arc<AtomicBool> {
    use signal_hook::consts::{SIGINT, SIGTERM};
    #[cfg(unix)]
    let signals = [SIGINT, SIGTERM, signal_hook::consts::SIGHUP];
    #[cfg(not(unix))]
    let signals = [SIGINT, SIGTERM];
    let ignored = ignored_signals();
    let stopped = Arc::new(AtomicBool::new(false));
    for signal in signals.into_iter().filter(|signal| ignored >> (signal - 1) & 1 == 0) {
        // Where no handler can be set, a signal ends the program as it always did. The order counts: the first one only
        // finds the flag unset.
        let code = Outcome::Interrupted.code().into();
        let _ = signal_hook::flag::register_conditional_shutdown(signal, code, stopped.clone());
        let _ = signal_hook::flag::register(signal, stopped.clone());
    }
    stopped
}

/// Signals that are ignored, one bit each, where the system tells.
fn ignored_signals() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}
