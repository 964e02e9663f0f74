//! `avsc-tui steer`: a command for a run that another process trains.

use std::{
    path::Path,
    process::ExitCode,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Usage, find, output, settings::SettingsArgs};
use crate::{
    config::Config,
    protocol::{Setting, Steer, StopMode, Writer},
    runs::{History, RunDir, State, commands, log::LogReader, writer},
};

/// The log is looked at so often while an answer is waited for.
const LOOK: Duration = Duration::from_millis(200);

#[derive(Debug, Args)]
pub struct SteerArgs {
    /// A run that is being trained, by its name or directory.
    #[arg(value_name = "RUN")]
    run: String,
    #[command(subcommand)]
    what: What,
    /// Wait so long for the run's answer.
    #[arg(long, global = true, value_name = "SECONDS")]
    wait: Option<u32>,
    /// Print one JSON object.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Stop after the current batch, test the best checkpoint and keep it.
    Stop {
        /// Stop after the current epoch.
        #[arg(long, conflicts_with = "discard")]
        after_epoch: bool,
        /// Stop and remove the run directory.
        #[arg(long)]
        discard: bool,
    },
    /// Wait, between two batches.
    Pause,
    /// Go on after a pause.
    Resume,
    /// Keep the model as it is now, in a file of its own.
    Save,
    /// Change a setting from the next batch on: `lr`, `epochs` or `early_stop`.
    Set {
        #[arg(value_parser = setting)]
        key: Setting,
        #[arg(allow_negative_numbers = true)]
        value: String,
    },
}

/// The setting that `key` means, with its section or without.
fn setting(key: &str) -> Result<Setting, String> {
    let is = |setting: &Setting| setting.key() == key || setting.key().strip_prefix("train.") == Some(key);
    Setting::ALL
        .into_iter()
        .find(is)
        .ok_or_else(|| format!("only {} can be changed while a run trains", Setting::ALL.map(Setting::key).join(", ")))
}

impl What {
    fn steer(&self, config: &Config) -> Result<Steer> {
        Ok(match self {
            Self::Stop { discard: true, .. } => Steer::Stop(StopMode::Discard),
            Self::Stop { after_epoch: true, .. } => Steer::Stop(StopMode::AfterEpoch),
            Self::Stop { .. } => Steer::Stop(StopMode::Now),
            Self::Pause => Steer::Pause,
            Self::Resume => Steer::Resume,
            Self::Save => Steer::Save,
            Self::Set { key, value } => {
                let set = config.with(key.key(), value);
                let set = set.map_err(|error| Usage(format!("{} = {value}: {error}", key.key())))?;
                Steer::Set { key: *key, value: key.of(&set) }
            }
        })
    }
}

/// Send the command, and wait for the answer where that is asked for.
///
/// # Errors
/// If there is no such run, it is not being trained, the value is wrong, or the run refuses.
pub fn run(settings: &SettingsArgs, args: &SteerArgs) -> Result<ExitCode> {
    let config = settings.resolve()?;
    let dir = find::run(Path::new(&config.runs.dir), &args.run)?;
    let mut seen = Seen { reader: LogReader::new(&dir.events()), history: History::default() };
    // The value is wrong whatever the run does.
    let what = args.what.steer(&dir.read_config().unwrap_or(config))?;
    seen.look()?;
    seen.check(&dir)?;
    let command = commands::send(&dir, what.clone(), seen.history.next_seq)?;
    let answer = match args.wait {
        Some(seconds) => seen.wait(&dir, &command, Duration::from_secs(u64::from(seconds)))?,
        None => Answer::Sent,
    };
    let by = seen.history.writer.clone().unwrap_or_default();
    let file = dir.commands().join(&command).with_added_extension("json");
    if args.json {
        output::result(json!({
            "run": dir.name(),
            "dir": dir.path(),
            "asked": what,
            "command": command,
            "answer": answer.name(),
            "reason": match &answer { Answer::Refused(why) => json!(why), _ => Value::Null },
            "writer": by,
        }))?;
    }
    match answer {
        Answer::Sent => output::message(output::visible(&format!("sent to {}", place(&by)))),
        Answer::Acknowledged => output::message(output::visible(&format!("acknowledged by {}", place(&by)))),
        Answer::Refused(why) => bail!("{} refuses: {why}", place(&by)),
        Answer::Over => bail!("the run {} ended before it was asked", dir.name()),
        Answer::None => {
            let silent = Timestamp::now().as_millisecond().saturating_sub(seen.history.updated_at).max(0) / 1000;
            bail!(
                "not acknowledged after {} s by {}, which was last heard of {silent} s ago; the command waits in {}",
                args.wait.unwrap_or_default(),
                place(&by),
                file.display()
            )
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What came of a command.
enum Answer {
    Sent,
    Acknowledged,
    Refused(String),
    /// The run ended without taking it.
    Over,
    None,
}

impl Answer {
    fn name(&self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Acknowledged => "acknowledged",
            Self::Refused(_) => "refused",
            Self::Over => "ended",
            Self::None => "none",
        }
    }
}

fn place(writer: &Writer) -> String {
    let job = writer.job.as_ref().map_or_else(String::new, |job| format!(", job {job}"));
    format!("process {} on {}{job}", writer.pid, writer.host)
}

/// The run as far as its log has been read.
struct Seen {
    reader: LogReader,
    history: History,
}

impl Seen {
    fn look(&mut self) -> Result<()> {
        let read = self.reader.read()?;
        if read.restarted {
            self.history = History::default();
        }
        for event in &read.events {
            self.history.apply(event);
        }
        Ok(())
    }

    /// Refuse a run that nobody trains.
    fn check(&self, dir: &RunDir) -> Result<()> {
        let name = dir.name();
        match (&self.history.state, &self.history.writer) {
            (State::Ended(_) | State::Failed(_), _) => {
                bail!(
                    "the run {name} has ended: there is nothing to steer; `avsc-tui train --resume {name}` may go on with it"
                )
            }
            (State::Empty, _) | (_, None) => bail!("the run {name} has not begun"),
            (_, Some(by)) if writer::is_lost(by, self.history.updated_at) => bail!(
                "the run {name} is interrupted: {} is gone; `avsc-tui train --resume {name}` goes on with it",
                place(by)
            ),
            _ => Ok(()),
        }
    }

    /// Follow the log until it tells of `command`, or the run is over.
    fn wait(&mut self, dir: &RunDir, command: &str, patience: Duration) -> Result<Answer> {
        let began = Instant::now();
        loop {
            match self.look() {
                Ok(()) => {}
                // Discarded, as was asked perhaps: the log may be gone while the directory is being removed.
                Err(_) if !dir.events().exists() => return Ok(Answer::Acknowledged),
                Err(error) => return Err(error),
            }
            if let Some(known) = self.history.acknowledged.iter().find(|known| known.command == command) {
                return Ok(known.refused.clone().map_or(Answer::Acknowledged, Answer::Refused));
            }
            if self.history.is_over() {
                return Ok(Answer::Over);
            }
            if began.elapsed() >= patience {
                return Ok(Answer::None);
            }
            thread::sleep(LOOK.min(patience));
        }
    }
}
