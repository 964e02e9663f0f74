//! Training trials again: a process of its own does it, as `avsc-tui study retry` would from a shell, so
//! that it goes on when the dashboard is left.

use std::{
    fs::OpenOptions,
    io::{Read as _, Seek as _, SeekFrom},
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Command, Stdio},
    thread,
};

use anyhow::{Context as _, Result};
use crossbeam_channel::Sender;

use crate::{
    study::Folder,
    tui::{Message, StudyNews},
};

/// What a retry prints, in the study's folder.
const LOG: &str = "retry.log";
/// Bytes at the end of it that are looked at.
const TAIL: u64 = 4096;

/// Train the trials of these names again; `all`: they are all that could be. What it was asked to do is
/// told; so is an end that was not good.
///
/// # Errors
/// If the process cannot be started.
pub fn start(folder: &Folder, trials: &[String], all: bool, messages: Sender<Message>) -> Result<String> {
    let log = folder.path().join(LOG);
    let doing = || format!("writing {}", log.display());
    let file = OpenOptions::new().create(true).append(true).open(&log).with_context(doing)?;
    let from = file.metadata().with_context(doing)?.len();
    let program = std::env::current_exe().context("finding this program")?;
    let mut command = Command::new(program);
    command.args(["study", "retry"]).arg(folder.path());
    if !all {
        command.arg("--trials").args(trials);
    }
    // A group of its own: what interrupts the dashboard does not interrupt it.
    command.stdin(Stdio::null()).stdout(file.try_clone().with_context(doing)?).stderr(file).process_group(0);
    let mut child = command.spawn().context("starting `avsc-tui study retry`")?;
    let (pid, count) = (child.id(), trials.len());
    let wait = move || {
        let problem = match child.wait() {
            Ok(status) if status.success() => return,
            Ok(status) => format!("ended with {status}"),
            Err(error) => format!("cannot be waited for: {error}"),
        };
        let said = last_line(&log, from).map_or_else(String::new, |line| format!(": {line}"));
        let text = format!("the retry {problem}{said}; {} has all that it said", log.display());
        let _ = messages.send(Message::Study(StudyNews::Problem(text)));
    };
    thread::Builder::new().name("retry".to_owned()).spawn(wait).context("waiting for the retry")?;
    let noun = if count == 1 { "trial is" } else { "trials are" };
    Ok(format!("{count} {noun} trained again by process {pid}, which goes on without this dashboard"))
}

/// The last line that was written to `log` after its first `from` bytes.
fn last_line(log: &Path, from: u64) -> Option<String> {
    let mut file = std::fs::File::open(log).ok()?;
    let size = file.metadata().ok()?.len();
    file.seek(SeekFrom::Start(from.max(size.saturating_sub(TAIL)))).ok()?;
    let mut bytes = Vec::new();
    file.take(TAIL).read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    text.lines().rev().find(|line| !line.trim().is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_is_of_this_retry() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join(LOG);
        std::fs::write(&log, "error: before\n").unwrap();
        assert_eq!(last_line(&log, 14), None);
        std::fs::write(&log, "error: before\nfirst\nerror: now\n\n").unwrap();
        assert_eq!(last_line(&log, 14).as_deref(), Some("error: now"));
        assert_eq!(last_line(&folder.path().join("none"), 0), None);
    }
}
