//! What a headless run shows on stderr: a bar where that is a terminal, plain lines elsewhere.

use std::{io::IsTerminal as _, time::Duration};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::{
    cli::output,
    protocol::{DataSummary, Progress, RunEvent},
    runs::History,
};

/// Shows the progress of one run.
#[derive(Debug)]
pub struct Display {
    /// None where stderr is no terminal.
    bar: Option<ProgressBar>,
}

impl Display {
    /// How often the bar is drawn.
    pub const FRAME: Duration = Duration::from_millis(100);

    #[must_use]
    pub fn new() -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template("{prefix} {bar:30} {pos}/{len} {msg}") {
                bar.set_style(style.progress_chars("█▉▊▋▌▍▎▏ "));
            }
            bar
        });
        Self { bar }
    }

    /// A line that stays.
    pub fn note(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.println(text),
            None => output::message(text),
        }
    }

    pub fn loaded(&self, data: &DataSummary) {
        let demo = if data.demo { " (generated DEMO data, not recordings)" } else { "" };
        let how = if data.from_cache { "from the cache " } else { "" };
        self.note(&format!(
            "data: {}{demo}: {} train, {} val, {} test clips, read {how}in {:.2} s",
            data.source, data.train_clips, data.val_clips, data.test_clips, data.seconds
        ));
    }

    pub fn event(&self, event: &RunEvent, history: &History) {
        match event {
            RunEvent::RunStarted(started) => self.note(&format!(
                "{} fusion, seed {}, {} parameters, on {}",
                started.mode, started.seed, started.parameters, started.device
            )),
            RunEvent::ResumedFrom { epoch, .. } => self.note(&format!("resumed after epoch {epoch}")),
            RunEvent::EpochFinished(epoch) => {
                // Whether it is the best is told by the event that follows; the counter says the same.
                let star = if epoch.bad_epochs == 0 { " *" } else { "" };
                self.note(&format!(
                    "epoch {:3} | train loss {:7.4} | val loss {:7.4} | val accuracy {:.4} | {:.2} s{star}",
                    epoch.epoch, epoch.train_loss, epoch.val_loss, epoch.val.accuracy, epoch.seconds
                ));
            }
            RunEvent::LrChanged { from, to, .. } => self.note(&format!("learning rate {from:.0e} → {to:.0e}")),
            RunEvent::SettingChanged { key, from, to, .. } => {
                self.note(&format!("{} {} → {} by hand", key.title(), key.text(*from), key.text(*to)));
            }
            RunEvent::ModelSaved { file, .. } => self.note(&format!("the model was kept in {file}")),
            RunEvent::Paused { .. } => self.note("paused"),
            RunEvent::Resumed { .. } => self.note("resumed"),
            RunEvent::Acknowledged { refused: None, .. } => self.note("a command from elsewhere is obeyed"),
            RunEvent::Acknowledged { refused: Some(why), .. } => {
                self.note(&format!("a command from elsewhere is refused: {why}"));
            }
            RunEvent::Failed { .. }
            | RunEvent::Finished(_)
            | RunEvent::Steps { .. }
            | RunEvent::Checkpointed { .. }
            | RunEvent::StopRequested { .. }
            | RunEvent::Heartbeat
            | RunEvent::Unknown => {}
        }
        if let (Some(bar), Some(loss)) = (&self.bar, history.step_losses.last()) {
            bar.set_message(format!("loss {loss:.4}"));
        }
    }

    pub fn progress(&self, progress: &Progress) {
        let Some(bar) = &self.bar else { return };
        match progress {
            Progress::Loading { what, clips, total, bytes, seconds } => {
                bar.set_length(*total as u64);
                bar.set_position(*clips as u64);
                bar.set_prefix(what.clone());
                let (clips, bytes) = (*clips as f64 / seconds, *bytes as f64 / 1e6 / seconds);
                bar.set_message(format!("{clips:.0} clips/s, {bytes:.0} MB/s"));
            }
            Progress::Training { epoch, epochs, batch, batches, .. } => {
                bar.set_length(*batches as u64);
                bar.set_position(*batch as u64);
                bar.set_prefix(format!("epoch {epoch}/{epochs}"));
            }
            Progress::Validating { epoch } => bar.set_prefix(format!("epoch {epoch} validation")),
            Progress::Testing => bar.set_prefix("test"),
        }
    }

    /// Take the bar away.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
