//! Programs that run in turn: time, processor time, memory.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A program and its arguments.
pub(crate) struct Run {
    program: PathBuf,
    pub(crate) arguments: Vec<String>,
    one_core: bool,
}

/// What one run cost.
#[derive(Clone, Copy)]
pub(crate) struct Cost {
    wall_s: f64,
    cpu_s: Option<f64>,
}

/// What programs cost that ran in turn, round by round.
pub(crate) struct Costs(Vec<Vec<Cost>>);

impl Run {
    pub(crate) fn new(program: PathBuf, arguments: Vec<String>) -> Run {
        Run { program, arguments, one_core: false }
    }

    /// With a pool of one thread.
    pub(crate) fn on_one_core(self) -> Run {
        Run { one_core: true, ..self }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if self.one_core {
            command.env("RAYON_NUM_THREADS", "1");
        }
        command
    }

    /// Runs it once; `None` where it fails.
    pub(crate) fn time(&self) -> Option<Cost> {
        let before = children_cpu_s();
        let start = Instant::now();
        let status = self.command().status().ok()?;
        let wall_s = start.elapsed().as_secs_f64();
        let cpu_s = before.zip(children_cpu_s()).map(|(before, after)| after - before);
        status.success().then_some(Cost { wall_s, cpu_s })
    }
}

/// A program by its name, `-nostdin -v quiet -y` for ffmpeg.
pub(crate) fn other(name: &str, arguments: &[&str]) -> Run {
    let first: &[&str] = if name == "ffmpeg" { &["-nostdin", "-v", "quiet", "-y"] } else { &[] };
    let arguments = first.iter().chain(arguments).map(|argument| argument.to_string()).collect();
    Run::new(PathBuf::from(name), arguments)
}

/// Runs the programs in turn, once to warm up and then so many times; `None` where one of them fails.
pub(crate) fn rounds(count: usize, programs: &[Run]) -> Option<Costs> {
    let round = || programs.iter().map(Run::time).collect::<Option<Vec<Cost>>>();
    round()?;
    (0..count).map(|_| round()).collect::<Option<Vec<_>>>().map(Costs)
}

impl Costs {
    /// Median wall time of a program.
    pub(crate) fn wall_s(&self, program: usize) -> f64 {
        median(self.0.iter().map(|round| round[program].wall_s))
    }

    /// Median of the ratios of two programs within a round.
    pub(crate) fn wall_ratio(&self, a: usize, b: usize) -> f64 {
        median(self.0.iter().map(|round| round[a].wall_s / round[b].wall_s))
    }

    /// Mean processor time of a program.
    pub(crate) fn cpu_s(&self, program: usize) -> Option<f64> {
        let sum = self.0.iter().map(|round| round[program].cpu_s).sum::<Option<f64>>();
        sum.map(|sum| sum / self.0.len() as f64)
    }

    /// Ratio of processor times. They come in ticks of 10 ms: only the sum over all rounds says something.
    pub(crate) fn cpu_ratio(&self, a: usize, b: usize) -> Option<f64> {
        let sum = |program: usize| self.0.iter().map(|round| round[program].cpu_s).sum::<Option<f64>>();
        sum(b).filter(|b| *b > 0.0).and_then(|b| Some(sum(a)? / b))
    }
}

/// Processor time of all children so far (Linux: fields 16 and 17 of `/proc/self/stat`, in ticks of 10 ms).
fn children_cpu_s() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let after_name = stat.rsplit(") ").next()?;
    let fields: Vec<&str> = after_name.split(' ').collect();
    let ticks = |index: usize| fields.get(index)?.parse::<f64>().ok();
    Some((ticks(13)? + ticks(14)?) / 100.0)
}

/// Highest resident memory of a run (Linux), looked up every millisecond: the high-water mark never falls. `None` where it
/// fails or the system does not tell.
pub(crate) fn peak_mib(run: &Run) -> Option<f64> {
    let mut child = run.command().spawn().ok()?;
    let status = format!("/proc/{}/status", child.id());
    let mut peak: Option<f64> = None;
    loop {
        if let Some(ended) = child.try_wait().ok()? {
            return peak.filter(|_| ended.success());
        }
        let mark = std::fs::read_to_string(&status).ok().and_then(|text| {
            let line = text.lines().find(|line| line.starts_with("VmHWM:"))?;
            line.split_whitespace().nth(1)?.parse::<f64>().ok()
        });
        if let Some(mark) = mark {
            peak = Some(peak.unwrap_or(0.0).max(mark / 1024.0));
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

pub(crate) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

pub(crate) fn machine() -> String {
    let model = std::fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("model name"))?;
        Some(line.split(':').nth(1)?.trim().to_string())
    });
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    format!(
        "{}, {} cores, {} {}, load {}",
        model.unwrap_or_else(|| "unknown processor".into()),
        cores(),
        std::env::consts::OS,
        std::env::consts::ARCH,
        load.split(' ').next().unwrap_or("unknown")
    )
}
