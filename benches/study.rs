//! Seconds that a study of 16 short trials takes on the demo set, with as many at a time as fit the
//! machine, and one after the other with all cores each.
//!
//!     cargo bench --bench study
//!
//! Both are whole runs of the program, from its start to the tables, and take turns; the table shows
//! medians, and how many times the first column's the second is. Small batches leave cores idle when
//! one trial has all of them; large ones are where the engine could lose.

use std::{
    error::Error,
    ops::ControlFlow,
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

use avsc_tui::data::demo;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Turns that each contestant takes at a batch size.
const ROUNDS: usize = 3;

fn main() -> Result<()> {
    demo::ensure("", &|_| ControlFlow::Continue(()))?;
    println!("| batch size | 16 trials, the engine | 16 trials, one after the other |");
    println!("|---|---|---|");
    for batch_size in [16, 128] {
        let mut samples = [Vec::new(), Vec::new()];
        for _ in 0..ROUNDS {
            samples[0].push(study(batch_size, None)?);
            samples[1].push(study(batch_size, Some(1))?);
        }
        let [engine, alone] = samples.map(median);
        println!("| {batch_size} | {engine:.2} | {alone:.2} ({:.2} ×) |", alone / engine);
    }
    Ok(())
}

/// The seconds of one study in a folder of its own.
fn study(batch_size: usize, workers: Option<usize>) -> Result<f64> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("study.toml");
    let settings = format!("mode = \"late\", epochs = 2, batch_size = {batch_size}");
    std::fs::write(&file, format!("seeds = {{ from = 0, to = 15 }}\nbase = {{ {settings} }}\n"))?;
    let start = Instant::now();
    let mut command = Command::new(env!("CARGO_BIN_EXE_avsc-tui"));
    command.arg("study").arg("run").arg(&file).args(["--device", "flex", "--runs"]).arg(folder.path().join("runs"));
    if let Some(workers) = workers {
        command.args(["--workers", &workers.to_string()]);
    }
    let output = command.current_dir(Path::new(folder.path())).stdin(Stdio::null()).output()?;
    let seconds = start.elapsed().as_secs_f64();
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    Ok(seconds)
}

fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples[samples.len() / 2]
}
