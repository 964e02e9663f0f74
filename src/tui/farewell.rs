//! What stays in the terminal when the dashboard has left: the runs of this sitting.

use std::{fmt::Write as _, path::Path};

use crate::runs::{Best, Stage};

use super::{
    State, format,
    state::{Run, Status},
    text,
};

/// A few lines on each run that was trained here, and on those that still waited; empty where there were none.
#[must_use]
pub fn farewell(state: &State) -> String {
    let runs: Vec<&Run> = state.sitting.iter().filter_map(|dir| state.runs.get(dir)).collect();
    let mut text = String::new();
    for run in runs {
        let status = match state.status(run) {
            // The program is about to end: whatever is not over will not go on by itself.
            Status::Training | Status::Paused | Status::Stopping | Status::Elsewhere | Status::Silent(_) => {
                Status::Interrupted
            }
            status => status,
        };
        let _ = writeln!(text, "{}  {}", text::clean(&run.name), facts(run, &status));
        let dir = shell(&run.dir);
        let _ = writeln!(text, "  in {dir}");
        if status.is_resumable() && run.summary.epochs > 0 {
            let _ = writeln!(text, "  goes on with: avsc-tui train --resume {dir}");
        }
    }
    for request in state.queue.requests() {
        let told = state.told(request);
        let _ = writeln!(text, "still queued: {}, {}", request.config.model.mode, text::clean(&told));
    }
    text
}

fn facts(run: &Run, status: &Status) -> String {
    let summary = &run.summary;
    let epochs = summary.epochs;
    let mut facts = vec![format!("{} after {epochs} {}", status.word(), if epochs == 1 { "epoch" } else { "epochs" })];
    facts.extend(summary.best.map(|best| {
        let Best { epoch, val_loss, .. } = best;
        format!("best epoch {epoch}, val loss {}", format::score(val_loss))
    }));
    facts.extend(summary.test.map(|test| {
        let [accuracy, log_loss, f1] = [test.accuracy, test.log_loss, test.macro_f1].map(format::score);
        format!("test accuracy {accuracy}, log loss {log_loss}, macro F1 {f1}")
    }));
    if let Stage::Failed(errors) = &summary.stage {
        facts.push(text::clean(errors).into_owned());
    }
    facts.join("; ")
}

/// A path as a shell takes it.
fn shell(path: &Path) -> String {
    let path = path.display().to_string();
    let path = text::clean(&path);
    let plain = |character: char| character.is_alphanumeric() || matches!(character, '/' | '.' | '_' | '-' | '+');
    if path.chars().all(plain) { path.into_owned() } else { format!("'{}'", path.replace('\'', r"'\''")) }
}
