//! `avsc-tui doctor`: what this build and this machine can do.

use std::{env, io::IsTerminal as _, path::Path};

use anyhow::Result;
use serde_json::{Value, json};

use super::output;
use crate::{
    app::{abilities, output_log},
    config::{Config, UiConfig},
    data, device, runs,
};

/// One finding: a section, a key, and what was found.
type Finding = (&'static str, String, String);

/// Print every finding, as aligned text or as one JSON object.
///
/// # Errors
/// If stdout cannot be written to.
pub fn run(config: &Config, json: bool) -> Result<()> {
    let findings: Vec<Finding> = [program(), backends(config), terminal(&config.ui), folders(config)].concat();
    if json {
        let mut object = serde_json::Map::new();
        for (section, key, value) in findings {
            if let Value::Object(entries) = object.entry(section).or_insert_with(|| json!({})) {
                entries.insert(key, Value::String(value));
            }
        }
        return output::result(Value::Object(object));
    }
    let width = findings.iter().map(|(_, key, _)| key.len()).max().unwrap_or(0);
    let mut text = String::new();
    for part in findings.chunk_by(|(a, ..), (b, ..)| a == b) {
        let lines = part.iter().map(|(_, key, value)| format!("  {key:width$}  {value}\n"));
        let gap = if text.is_empty() { "" } else { "\n" };
        text = format!("{text}{gap}{}\n{}", part[0].0, lines.collect::<String>());
    }
    output::result(text)
}

fn program() -> Vec<Finding> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let memory = memory().unwrap_or_else(|| "unknown".to_owned());
    vec![
        ("program", "version".to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
        ("program", "hdf5".to_owned(), data::library_version()),
        ("program", "cpu".to_owned(), format!("{cores} cores, {} training threads", rayon::current_num_threads())),
        ("program", "memory".to_owned(), memory),
    ]
}

fn memory() -> Option<String> {
    let mut system = sysinfo::System::new().ok()?;
    system.refresh_memory();
    let (total, free) = (gibibytes(system.total_memory()), gibibytes(system.available_memory()));
    Some(format!("{total:.1} GiB, {free:.1} GiB free"))
}

fn gibibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 30)
}

fn backends(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    for backend in device::backends() {
        let state = match (backend.built, backend.no_gpu()) {
            (false, _) => format!("not in this build: {}", backend.remedy),
            (true, Some(why)) => format!("in this build; no GPU: {why}"),
            (true, None) => "in this build".to_owned(),
        };
        findings.push(("backends", backend.name.to_owned(), format!("{}; {state}", backend.what)));
    }
    for (library, fact) in device::libraries() {
        findings.push(("libraries", library.to_owned(), fact));
    }
    for found in device::available() {
        findings.push(("devices", found.key, found.name));
    }
    let gpus = device::gpu::Monitor::open().map(|monitor| monitor.list()).unwrap_or_default();
    for (index, (name, gpu)) in gpus.into_iter().enumerate() {
        let (taken, total) = (gibibytes(gpu.memory), gibibytes(gpu.memory_total));
        let fact = format!("{name}, {taken:.1} of {total:.1} GiB taken, {} % busy", gpu.utilisation);
        findings.push(("devices", format!("NVIDIA GPU {index}"), fact));
    }
    let chosen = match device::resolve(&config.train.device) {
        Ok(compute) => format!("`{}` takes {}", config.train.device, compute.name),
        Err(error) => error,
    };
    findings.push(("devices", "chosen".to_owned(), chosen));
    findings
}

fn terminal(ui: &UiConfig) -> Vec<Finding> {
    let said = |name: &str| env::var(name).unwrap_or_else(|_| "not set".to_owned());
    let size = abilities::size().map_or_else(|| "unknown".to_owned(), |(columns, rows)| format!("{columns}×{rows}"));
    let stdout = if std::io::stdout().is_terminal() { "a terminal" } else { "not a terminal" };
    let ui = abilities::settle(ui, |name| env::var(name).ok());
    let drawn = format!("colours {:?}, marks {:?}; change them with ui.color and ui.marks", ui.color, ui.marks);
    vec![
        ("terminal", "stdout".to_owned(), stdout.to_owned()),
        ("terminal", "size".to_owned(), size),
        ("terminal", "TERM".to_owned(), said("TERM")),
        ("terminal", "COLORTERM".to_owned(), said("COLORTERM")),
        ("terminal", "NO_COLOR".to_owned(), said("NO_COLOR")),
        ("terminal", "drawn with".to_owned(), drawn),
    ]
}

fn folders(config: &Config) -> Vec<Finding> {
    let runs = Path::new(&config.runs.dir);
    let (listed, problems) = runs::scan(runs);
    let runs = match (runs.is_dir(), problems.len()) {
        (false, _) => format!("{}, made with the first run", runs.display()),
        (true, 0) => format!("{}, {} runs", runs.display(), listed.len()),
        (true, damaged) => format!("{}, {} runs, {damaged} problems", runs.display(), listed.len()),
    };
    let cache = match data::cache_folder(&config.data.cache_dir) {
        Ok(folder) => folder.display().to_string(),
        Err(error) => format!("none ({error}): set HOME, XDG_CACHE_HOME or data.cache_dir"),
    };
    let output = output_log::path(&config.data.cache_dir);
    let output = output.map_or_else(|error| format!("not kept ({error})"), |path| path.display().to_string());
    vec![
        ("folders", "runs".to_owned(), runs),
        ("folders", "cache".to_owned(), cache),
        ("folders", "libraries' output".to_owned(), output),
    ]
}
