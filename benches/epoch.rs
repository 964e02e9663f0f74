//! Seconds an epoch (training and validation) of each mode takes on the demo set, as the worker
//! trains it: telemetry, checkpoints and saved states included.
//!
//! `cargo bench --bench epoch`; arguments are devices, `-- flex` by default.

use std::error::Error;

use avsc_tui::{
    config::{Layers, Mode},
    protocol::{Command, RunEvent, RunRequest, WorkerMessage},
    train,
};

const EPOCHS: i64 = 8;

fn main() -> Result<(), Box<dyn Error>> {
    let mut devices: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    if devices.is_empty() {
        devices.push("flex".to_owned());
    }
    println!("| device | mode | s an epoch, median of {} | fastest | slowest |", EPOCHS - 1);
    println!("|---|---|---|---|---|");
    for device in &devices {
        for mode in Mode::ALL {
            let mut seconds = epochs(mode, device)?;
            // The first epoch also touches every page for the first time.
            seconds.remove(0);
            seconds.sort_by(f64::total_cmp);
            let (median, last) = (seconds[seconds.len() / 2], seconds[seconds.len() - 1]);
            println!("| {device} | {mode} | {median:.3} | {:.3} | {last:.3} |", seconds[0]);
        }
    }
    Ok(())
}

/// Train a run and return the seconds that each of its epochs took.
fn epochs(mode: Mode, device: &str) -> Result<Vec<f64>, Box<dyn Error>> {
    let runs = tempfile::tempdir()?;
    let config = Layers::new()
        .flag("model.mode", mode.name(), "bench")
        .flag("train.epochs", EPOCHS, "bench")
        .flag("train.early_stop", 0, "bench")
        .flag("train.device", device, "bench")
        .flag("runs.dir", runs.path().display().to_string(), "bench")
        .resolve()?;
    let worker = train::spawn()?;
    worker.commands.send(Command::Start(Box::new(RunRequest { config, resume: None })))?;
    let mut seconds = Vec::new();
    for message in &worker.messages {
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
    worker.commands.send(Command::Shutdown)?;
    worker.join();
    Ok(seconds)
}
