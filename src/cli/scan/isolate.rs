//! Files measured in processes of their own: what a file does to one costs its row and nothing else.
//!
//! A worker reads paths from its standard input, each ended by a zero byte, and answers each with one row on one line. So
//! the file that a worker dies of is the one that it had last.

use super::{MeasureArg, ScanArgs};
use crate::cli::{Outcome, TargetArgs, check::StageArg, inputs};
use crate::error::{Error, Result};
use crate::model::{Persisted, RowStatus, ScanRow};
use crate::pipeline::{ScanSettings, scan_row};
use clap::{Args, ValueEnum};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What a file may cost in a process of its own.
#[derive(Args, Clone, Copy)]
pub(super) struct LimitArgs {
    /// Memory of each process, in MiB (address space)
    #[arg(long, value_name = "MIB", default_value_t = 4096, value_parser = clap::value_parser!(u64).range(64..), help_heading = "Isolation")]
    max_memory_mib: u64,

    /// Processor time of each file, in seconds
    #[arg(long, value_name = "S", default_value_t = 600, value_parser = clap::value_parser!(u64).range(1..), help_heading = "Isolation")]
    max_cpu_s: u64,

    /// Time of each file by the clock, in seconds
    #[arg(long, value_name = "S", default_value_t = 900, value_parser = clap::value_parser!(u64).range(1..), help_heading = "Isolation")]
    max_wall_s: u64,
}

/// The other end of `scan --isolate`: paths on standard input, rows on standard output
#[derive(Args)]
pub(crate) struct WorkerArgs {
    #[command(flatten)]
    targets: TargetArgs,

    /// Judge as a mix before mastering, or as a finished master
    #[arg(long, value_enum, default_value_t = StageArg::Master)]
    stage: StageArg,

    #[arg(long, value_enum, default_value_t = MeasureArg::All)]
    measure: MeasureArg,

    #[command(flatten)]
    limits: LimitArgs,
}

/// A choice as it is written on a command line.
fn named(choice: impl ValueEnum) -> String {
    choice.to_possible_value().map_or_else(String::new, |value| value.get_name().to_string())
}

/// Answers until standard input ends.
pub(crate) fn serve(args: &WorkerArgs) -> Result<Outcome> {
    let settings = ScanSettings::load(&args.targets.profile, &args.targets.delivery, args.stage.into())?
        .measuring(args.measure.into());
    limit_memory(&args.limits);
    let mut asked = BufReader::new(std::io::stdin().lock());
    let mut path = Vec::new();
    while asked.read_until(0, &mut path).is_ok_and(|bytes| bytes > 0) {
        if path.last() == Some(&0) {
            path.pop();
        }
        limit_time(&args.limits);
        let line = scan_row(&inputs::path_of(&path), &settings).to_json_line() + "\n";
        let mut answers = std::io::stdout().lock();
        if answers.write_all(line.as_bytes()).and_then(|()| answers.flush()).is_err() {
            // Nobody waits for answers any more.
            return Ok(Outcome::Done);
        }
        path.clear();
    }
    Ok(Outcome::Done)
}

/// From now on, memory beyond the limit is not given: the worker ends.
fn limit_memory(limits: &LimitArgs) {
    #[cfg(unix)]
    {
        let bytes = limits.max_memory_mib << 20;
        limit(rustix::process::Resource::As, bytes);
        // What ends a worker is expected here: no image of its memory is to be left on the disk.
        limit(rustix::process::Resource::Core, 0);
    }
    #[cfg(not(unix))]
    let _ = limits;
}

/// The next file may take this much processor time beyond what was taken so far.
fn limit_time(limits: &LimitArgs) {
    #[cfg(unix)]
    {
        let taken = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
        limit(rustix::process::Resource::Cpu, taken.tv_sec.unsigned_abs() + limits.max_cpu_s + 1);
    }
    #[cfg(not(unix))]
    let _ = limits;
}

/// Lowers what this process may use; what the system does not allow stays as it is.
#[cfg(unix)]
fn limit(resource: rustix::process::Resource, most: u64) {
    let maximum = rustix::process::getrlimit(resource).maximum;
    let most = maximum.map_or(most, |maximum| maximum.min(most));
    let _ = rustix::process::setrlimit(resource, rustix::process::Rlimit { current: Some(most), maximum });
}

/// Workers that wait for files: one for each file that is worked on.
pub(super) struct Workers {
    program: PathBuf,
    arguments: Vec<String>,
    limits: LimitArgs,
    idle: Mutex<Vec<Worker>>,
}

/// One process, between two files.
struct Worker {
    child: Child,
    paths: ChildStdin,
    answers: Receiver<String>,
}

impl Workers {
    pub(super) fn new(args: &ScanArgs) -> Result<Workers> {
        let program =
            std::env::current_exe().map_err(Error::io(Path::new("mixproof"), "find the program"))?;
        let LimitArgs { max_memory_mib, max_cpu_s, max_wall_s } = args.limits;
        let arguments = [
            "scan-worker".to_string(),
            format!("--profile={}", args.targets.profile),
            format!("--delivery={}", args.targets.delivery),
            format!("--stage={}", named(args.stage)),
            format!("--measure={}", named(args.measure)),
            format!("--max-memory-mib={max_memory_mib}"),
            format!("--max-cpu-s={max_cpu_s}"),
            format!("--max-wall-s={max_wall_s}"),
        ];
        Ok(Workers {
            program,
            arguments: arguments.to_vec(),
            limits: args.limits,
            idle: Mutex::new(Vec::new()),
        })
    }

    /// The row of a file, made in a process of its own; a row that says so where that process came to its end.
    pub(super) fn row(&self, path: &Path, settings: &ScanSettings) -> ScanRow {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let failed = |code: &str, what: String| {
            let row = settings.described_row(path);
            let said = format!("{}: {what}", row.path);
            row.without_measures(RowStatus::Failed, code, said)
        };
        let mut worker = match idle.map_or_else(|| self.start(), Ok) {
            Ok(worker) => worker,
            Err(error) => return failed("crashed", format!("could not start a process for it: {error}")),
        };
        // A worker that cannot be written to has ended, and the answer will not come.
        let asked = path_bytes(path);
        let _ = worker.paths.write_all(&asked).and_then(|()| worker.paths.flush());
        let answer = worker.answers.recv_timeout(Duration::from_secs(self.limits.max_wall_s));
        let row = match &answer {
            Ok(line) => ScanRow::from_json(line, path).ok(),
            Err(_) => None,
        };
        if let Some(row) = row {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(worker);
            return row;
        }
        let _ = worker.child.kill();
        let ended = worker.child.wait();
        if matches!(answer, Err(RecvTimeoutError::Timeout)) {
            let most_s = self.limits.max_wall_s;
            return failed(
                "timed_out",
                format!("took longer than {most_s} s; raise --max-wall-s to try it again"),
            );
        }
        match ended {
            Ok(status) => {
                let (code, what) = self.words(status);
                failed(code, what)
            }
            Err(error) => failed("crashed", format!("its process ended: {error}")),
        }
    }

    fn start(&self) -> std::io::Result<Worker> {
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .env("RAYON_NUM_THREADS", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        #[cfg(unix)]
        {
            // Ctrl-C means the scan: the worker finishes its file and ends with the scan.
            use std::os::unix::process::CommandExt;
            command.process_group(0);
        }
        let mut child = command.spawn()?;
        let gone = || std::io::Error::other("it has no standard streams");
        let paths = child.stdin.take().ok_or_else(gone)?;
        let answers = read_lines(child.stdout.take().ok_or_else(gone)?);
        Ok(Worker { child, paths, answers })
    }

    /// A stable word and a sentence for how a worker ended.
    fn words(&self, status: ExitStatus) -> (&'static str, String) {
        #[cfg(unix)]
        {
            /// Sent by the system where the processor time is over (POSIX), by the numbers of Linux, macOS and the BSDs.
            const PROCESSOR_TIME: i32 = 24;
            let signal = std::os::unix::process::ExitStatusExt::signal(&status);
            if signal == Some(PROCESSOR_TIME) {
                let most_s = self.limits.max_cpu_s;
                let what =
                    format!("took more than {most_s} s of processor time; raise --max-cpu-s to try it again");
                return ("timed_out", what);
            }
            if let Some(signal) = signal {
                return ("crashed", format!("ended its process (signal {signal}); please report it"));
            }
        }
        ("crashed", format!("ended its process ({status}); please report it"))
    }
}

impl Drop for Workers {
    /// Their input ends, and so do they.
    fn drop(&mut self) {
        let idle = std::mem::take(self.idle.get_mut().unwrap_or_else(PoisonError::into_inner));
        for Worker { mut child, paths, .. } in idle {
            drop(paths);
            let _ = child.wait();
        }
    }
}

/// Lines as they come; the thread ends with the stream.
fn read_lines(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(std::result::Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

/// A path as a worker is asked for it.
fn path_bytes(path: &Path) -> Vec<u8> {
    #[cfg(unix)]
    let mut bytes = std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str()).to_vec();
    #[cfg(not(unix))]
    let mut bytes = path.to_string_lossy().into_owned().into_bytes();
    bytes.push(0);
    bytes
}
