//! Seconds an epoch (training and validation) of each mode takes on the demo set, as the worker
//! trains it: telemetry, checkpoints and saved states included.
//!
//!     cargo bench --bench epoch -- flex libtorch
//!     AVSC_BENCH_PYTHON=python AVSC_BENCH_DATA=FOLDER cargo bench --bench epoch
//!
//! Arguments are devices, flex by default, and modes, by default all. A Python with torch and h5py brings in two loops to compare
//! with, on as many threads: `pytorch_epoch.py`, pooled vectors in memory, and `framework_epoch.py`,
//! which reads every frame anew, from the set of 96 frames a clip in `AVSC_BENCH_DATA` (`make_full.py`
//! writes one) or else from the demo set's two. All take turns, and the table shows medians, with how many times
//! the first column's each of the others is.

use std::{
    error::Error,
    io::{BufRead as _, BufReader, Write as _},
    ops::ControlFlow,
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command as Process, Stdio},
};

use avsc_tui::{
    config::{Layers, Mode},
    data::demo,
    protocol::{Command, RunEvent, RunRequest, WorkerMessage},
    train::{self, Worker},
};
use tempfile::TempDir;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Turns that each contestant takes at a mode.
const ROUNDS: usize = 3;
/// Epochs of a turn, but for the slow loop's. The first one does not count: it touches every page for
/// the first time.
const EPOCHS: usize = 5;

fn main() -> Result<()> {
    // Cargo passes arguments of its own.
    let arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with('-'));
    let (mut modes, mut devices) = (Vec::new(), Vec::new());
    for argument in arguments {
        match argument.parse::<Mode>() {
            Ok(mode) => modes.push(mode),
            Err(_) => devices.push(argument),
        }
    }
    if modes.is_empty() {
        modes.extend(Mode::ALL);
    }
    if devices.is_empty() {
        devices.push("flex".to_owned());
    }
    let mut contestants: Vec<Box<dyn Contestant>> = Vec::new();
    for device in devices {
        contestants.push(Box::new(Ours::new(device)?));
    }
    if let Ok(python) = std::env::var("AVSC_BENCH_PYTHON") {
        let demo = demo::ensure("", &|_| ControlFlow::Continue(()))?;
        contestants.push(Box::new(Script::new("PyTorch eager", EPOCHS, &python, "benches/pytorch_epoch.py", &demo)?));
        let frames = std::env::var("AVSC_BENCH_DATA");
        let (name, folder) = match &frames {
            Ok(folder) => ("HDF5 loop, 96 frames", Path::new(folder)),
            Err(_) => ("HDF5 loop, 2 frames", demo.as_path()),
        };
        contestants.push(Box::new(Script::new(name, 2, &python, "benches/framework_epoch.py", folder)?));
    }
    race(&modes, &mut contestants)
}

/// Print the table.
fn race(modes: &[Mode], contestants: &mut [Box<dyn Contestant>]) -> Result<()> {
    let names: Vec<&str> = contestants.iter().map(|contestant| contestant.name()).collect();
    println!("| s an epoch | {} |", names.join(" | "));
    println!("|---{}|", "|---".repeat(names.len()));
    for &mode in modes {
        let mut samples = vec![Vec::new(); contestants.len()];
        for _ in 0..ROUNDS {
            for (contestant, samples) in contestants.iter_mut().zip(&mut samples) {
                samples.extend(contestant.epochs(mode)?.into_iter().skip(1));
            }
        }
        let medians: Vec<f64> = samples.into_iter().map(median).collect();
        print!("| {mode} | {:.3} |", medians[0]);
        for other in &medians[1..] {
            print!(" {other:.3} ({:.2} ×) |", other / medians[0]);
        }
        println!();
    }
    Ok(())
}

/// Who can train epochs.
trait Contestant {
    fn name(&self) -> &str;

    /// Train a fresh model; the seconds of each epoch.
    fn epochs(&mut self, mode: Mode) -> Result<Vec<f64>>;
}

/// The program's worker.
struct Ours {
    device: String,
    worker: Worker,
    runs: TempDir,
}

impl Ours {
    fn new(device: String) -> Result<Self> {
        Ok(Self { device, worker: train::spawn()?, runs: tempfile::tempdir()? })
    }
}

impl Contestant for Ours {
    fn name(&self) -> &str {
        &self.device
    }

    fn epochs(&mut self, mode: Mode) -> Result<Vec<f64>> {
        let config = Layers::new()
            .flag("model.mode", mode.name(), "bench")
            .flag("train.epochs", EPOCHS as i64, "bench")
            .flag("train.early_stop", 0, "bench")
            .flag("train.device", self.device.as_str(), "bench")
            .flag("runs.dir", self.runs.path().display().to_string(), "bench")
            .resolve()?;
        self.worker.commands.send(Command::Start(Box::new(RunRequest {
            config,
            resume: None,
            changes: Vec::new(),
        })))?;
        let mut seconds = Vec::new();
        for message in &self.worker.messages {
            match message {
                WorkerMessage::Event { event, .. } => match event.event {
                    RunEvent::EpochFinished(epoch) => seconds.push(epoch.seconds),
                    RunEvent::Finished(_) => break,
                    RunEvent::Failed { errors } => return Err(errors.join(": ").into()),
                    _ => {}
                },
                WorkerMessage::Refused { errors, .. } => return Err(errors.join(": ").into()),
                _ => {}
            }
        }
        Ok(seconds)
    }
}

/// A Python script that answers a line `mode epochs` with the seconds of each epoch.
struct Script {
    name: &'static str,
    epochs: usize,
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Script {
    fn new(name: &'static str, epochs: usize, python: &str, script: &str, folder: &Path) -> Result<Self> {
        let threads = std::thread::available_parallelism()?.to_string();
        let mut child = Process::new(python)
            .args([script.as_ref(), folder.as_os_str(), threads.as_ref()])
            // Its threads wait as PyTorch lets them by default, which is best where nothing else runs.
            .env_remove("OMP_WAIT_POLICY")
            .env_remove("GOMP_SPINCOUNT")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let input = child.stdin.take().ok_or("no standard input")?;
        let output = BufReader::new(child.stdout.take().ok_or("no standard output")?);
        Ok(Self { name, epochs, child, input, output })
    }
}

impl Contestant for Script {
    fn name(&self) -> &str {
        self.name
    }

    fn epochs(&mut self, mode: Mode) -> Result<Vec<f64>> {
        writeln!(self.input, "{mode} {}", self.epochs)?;
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        let seconds: Vec<f64> = line.split_whitespace().map(str::parse).collect::<std::result::Result<_, _>>()?;
        if seconds.len() == self.epochs { Ok(seconds) } else { Err(format!("{} failed", self.name).into()) }
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        // Killed rather than asked: it has nothing to lose.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples.get(samples.len() / 2).copied().unwrap_or(f64::NAN)
}
