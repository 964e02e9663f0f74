//! `avsc-tui data`: write the demo set, look at a set.

use std::{ops::ControlFlow, path::Path, process::ExitCode, time::Instant};

use anyhow::{Context as _, Result};
use crossbeam_channel::Receiver;

use super::{output, settings::SettingsArgs, train::Display};
use crate::{
    app::signals,
    config::DEMO,
    data::{self, LoadProgress, demo},
    protocol::Progress,
};

/// Write the demo set below `out`.
///
/// # Errors
/// If the folder is not empty or cannot be written, or a signal came.
pub fn demo(out: &Path, full: bool) -> Result<()> {
    let size = if full { demo::Size::Full } else { demo::Size::Default };
    with_progress(|observer| demo::write(out, size, demo::SEED, observer).context("writing the demo set"))?;
    let out = out.display();
    output::message(format_args!("wrote generated DEMO data, not recordings; train on it with --data {out}"));
    Ok(())
}

/// Describe the set in `dir`.
///
/// # Errors
/// If the settings are wrong or the set's files are not there.
pub fn inspect(settings: &SettingsArgs, dir: &Path, json: bool) -> Result<ExitCode> {
    let mut config = settings.layers().flag("data.dir", dir.display().to_string(), "DIR").resolve()?;
    // A folder of that name is what the person sees; without one the word means the demo set.
    if dir.as_os_str() == DEMO && !dir.is_dir() {
        config.data.dir =
            with_progress(|observer| Ok(demo::ensure(&config.data.cache_dir, observer)?))?.display().to_string();
    }
    let inspection = with_progress(|observer| data::inspect(&config.data, observer).context("inspecting the data"))?;
    if json {
        output::result(serde_json::to_string(&inspection)?)?;
    } else {
        output::result(inspection)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Do something long with a bar on stderr; a signal cancels it.
fn with_progress<T>(work: impl FnOnce(data::Observer<'_>) -> Result<T>) -> Result<T> {
    let display = Display::new();
    let signals: Receiver<i32> = signals::terminating()?;
    let start = Instant::now();
    let observer = |LoadProgress { what, clips, total, bytes }: LoadProgress| {
        display.progress(&Progress::Loading { what, clips, total, bytes, seconds: start.elapsed().as_secs_f64() });
        if signals.is_empty() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    let done = work(&observer);
    display.finish();
    done
}
