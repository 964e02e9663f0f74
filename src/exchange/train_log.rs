//! The course framework's `train.log`: two lines an epoch, with two decimals.
//!
//! ```text
//! [2024-06-08 21:15:43] | epoch   1 | time: 12.50s | training loss  1.41 |
//! [2024-06-08 21:15:45] | epoch   1 | time:  1.94s | cv loss  0.86 | cv accuracy:  0.70 |
//! ```
//!
//! The framework appends: an epoch number that does not grow begins another run. Rules of dashes and
//! foreign lines stand between.

use std::io::{BufRead, Read as _};

use anyhow::{Context as _, Result, ensure};
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

/// A line that is longer is none of the framework's.
pub const LONGEST_LINE: u64 = 64 << 10;
/// Epochs of a file; the framework trains 99 at most.
const MOST_EPOCHS: usize = 1_000_000;
/// Lines that were not understood and are told of.
const MOST_TOLD: usize = 3;

/// What one epoch left.
#[derive(Clone, Debug, PartialEq)]
pub struct LoggedEpoch {
    /// From 1.
    pub epoch: usize,
    /// When it ended. The log tells no time zone; its times are taken as UTC.
    pub ended: Option<Timestamp>,
    pub train_loss: f64,
    pub val_loss: f64,
    pub val_accuracy: f64,
    /// Training and validation.
    pub seconds: f64,
}

/// What a log tells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TrainLog {
    /// The runs, each with its whole epochs; at least one.
    pub runs: Vec<Vec<LoggedEpoch>>,
    /// What was noticed, one sentence each.
    pub notes: Vec<String>,
}

/// The first line of an epoch.
#[derive(Clone, Debug)]
struct Trained {
    epoch: usize,
    seconds: f64,
    loss: f64,
}

enum Line {
    Trained(Trained),
    Validated { epoch: usize, ended: Option<Timestamp>, seconds: f64, loss: f64, accuracy: f64 },
    Foreign,
    Nothing,
}

/// What a line comes to, after those before it.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// A whole epoch; `begins`: the first one of a run.
    Epoch {
        epoch: LoggedEpoch,
        begins: bool,
    },
    /// This epoch was left out: one of its lines is missing, which one the text says.
    Lost(String),
    Foreign,
    Nothing,
}

/// Takes a log line by line.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    trained: Option<Trained>,
    /// The last whole epoch.
    last: usize,
}

impl Lines {
    /// Take the next line.
    pub fn take(&mut self, line: &str) -> Told {
        match parse(line) {
            Line::Trained(epoch) => match self.trained.replace(epoch) {
                Some(torn) => Told::Lost(format!("epoch {} has no validation", torn.epoch)),
                None => Told::Nothing,
            },
            Line::Validated { epoch, ended, seconds, loss, accuracy } => {
                let Some(first) = self.trained.take().filter(|trained| trained.epoch == epoch) else {
                    return Told::Lost(format!("epoch {epoch} has no training loss"));
                };
                let begins = epoch <= self.last || self.last == 0;
                self.last = epoch;
                let epoch = LoggedEpoch {
                    epoch,
                    ended,
                    train_loss: first.loss,
                    val_loss: loss,
                    val_accuracy: accuracy,
                    seconds: first.seconds + seconds,
                };
                Told::Epoch { epoch, begins }
            }
            Line::Foreign => Told::Foreign,
            Line::Nothing => Told::Nothing,
        }
    }
}

/// Read a log. Memory grows with the number of epochs alone.
///
/// # Errors
/// If it cannot be read, or tells of no epoch.
pub fn read(mut log: impl BufRead) -> Result<TrainLog> {
    let mut found = TrainLog::default();
    let mut lines = Lines::default();
    let mut foreign = Vec::new();
    let mut foreigners = 0_usize;
    let mut epochs = 0_usize;
    for number in 1_usize.. {
        let mut line = Vec::new();
        if log.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line).context("reading the log")? == 0 {
            break;
        }
        match lines.take(&String::from_utf8_lossy(&line)) {
            Told::Epoch { epoch, begins } => {
                epochs += 1;
                ensure!(epochs <= MOST_EPOCHS, "it tells of more than {MOST_EPOCHS} epochs");
                match found.runs.last_mut() {
                    Some(run) if !begins => run.push(epoch),
                    _ => found.runs.push(vec![epoch]),
                }
            }
            Told::Lost(what) => found.notes.push(format!("{what} and was left out (line {number})")),
            Told::Foreign => {
                foreigners += 1;
                if foreign.len() < MOST_TOLD {
                    foreign.push(number.to_string());
                }
            }
            Told::Nothing => {}
        }
        found.notes.truncate(1000);
    }
    if let Some(torn) = lines.trained {
        found.notes.push(format!("the log ends within epoch {}, which was left out", torn.epoch));
    }
    if foreigners > 0 {
        let more = if foreigners > foreign.len() { ", …" } else { "" };
        found.notes.push(format!("{foreigners} lines are none of the framework's (line {}{more})", foreign.join(", ")));
    }
    ensure!(!found.runs.is_empty(), "there is no epoch in it: is it a train.log of the course framework?");
    Ok(found)
}

fn parse(line: &str) -> Line {
    let line = line.trim();
    let (stamp, rest) = match line.strip_prefix('[').and_then(|line| line.split_once(']')) {
        Some((stamp, rest)) => (stamp.parse::<DateTime>().ok(), rest.trim()),
        None => (None, line),
    };
    if rest.trim_matches('-').is_empty() {
        return Line::Nothing;
    }
    let fields: Vec<&str> = rest.trim_matches('|').split('|').take(8).map(str::trim).collect();
    let value = |name: &str, unit: &str| {
        let field = fields.iter().find_map(|field| field.strip_prefix(name))?;
        let number = field.trim_start_matches(':').trim().strip_suffix(unit)?;
        number.trim().parse::<f64>().ok()
    };
    let epoch = fields.iter().find_map(|field| field.strip_prefix("epoch")?.trim().parse::<usize>().ok());
    // The last field of a whole line is closed; a line that was cut off may end within a number.
    let whole = rest.ends_with('|');
    let (Some(epoch @ 1..), Some(seconds), true) = (epoch, value("time", "s"), whole) else { return Line::Foreign };
    let ended = stamp.and_then(|stamp| stamp.to_zoned(TimeZone::UTC).ok()).map(|time| time.timestamp());
    match (value("training loss", ""), value("cv loss", ""), value("cv accuracy", "")) {
        (Some(loss), None, None) => Line::Trained(Trained { epoch, seconds, loss }),
        (None, Some(loss), Some(accuracy)) => Line::Validated { epoch, ended, seconds, loss, accuracy },
        _ => Line::Foreign,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(text: &str) -> TrainLog {
        read(text.as_bytes()).unwrap()
    }

    fn epoch(number: usize, losses: (f64, f64)) -> String {
        let rule = "-".repeat(99);
        format!(
            "[2024-06-08 21:15:43] {rule}\n\
             [2024-06-08 21:15:43] | epoch {number:>3} | time: {:>5.2}s | training loss {:>5.2} |\n\
             [2024-06-08 21:15:45] | epoch {number:>3} | time: {:>5.2}s | cv loss {:>5.2} | cv accuracy: {:>5.2} |\n\
             [2024-06-08 21:15:45] {rule}\n",
            12.5, losses.0, 1.94, losses.1, 0.7
        )
    }

    #[test]
    fn an_epoch_is_two_lines() {
        let found = log(&epoch(1, (1.41, 0.86)));
        let ended = "2024-06-08T21:15:45Z".parse().unwrap();
        let expected = LoggedEpoch {
            epoch: 1,
            ended: Some(ended),
            train_loss: 1.41,
            val_loss: 0.86,
            val_accuracy: 0.7,
            seconds: 14.44,
        };
        assert_eq!(found, TrainLog { runs: vec![vec![expected]], notes: Vec::new() });
    }

    #[test]
    fn what_a_log_may_hold_besides() {
        let two = [epoch(1, (1.0, 0.9)), epoch(2, (0.8, 0.7))].concat();
        let torn = two.trim_end_matches(['-', '\n', ' ']).rsplit_once(" | cv accuracy").unwrap().0.to_owned();
        let cases: [(&str, String, &[usize], &str); 8] = [
            ("an epoch that starts anew is another run", format!("{two}{}", epoch(1, (1.0, 0.8))), &[2, 1], ""),
            ("so is one that repeats", format!("{}{}", epoch(1, (1.0, 0.8)), epoch(1, (1.0, 0.8))), &[1, 1], ""),
            ("a gap is none", format!("{two}{}", epoch(9, (0.1, 0.2))), &[3], ""),
            ("foreign lines", format!("Traceback:\n{two}{{'lr': 1}}\n"), &[2], "2 lines are none"),
            ("an unfinished last line", torn, &[1], "ends within epoch 2"),
            (
                "a number cut off",
                format!("{}[2024-06-08 21:15:45] | epoch   2 | ti", epoch(1, (1., 1.))),
                &[1],
                "1 lines",
            ),
            ("a loss that is not a number", epoch(1, (f64::NAN, f64::INFINITY)), &[1], ""),
            ("bytes that are no text", format!("{two}\u{fffd}\u{0}\n"), &[2], "1 lines"),
        ];
        for (reason, text, epochs, note) in cases {
            let found = log(&text);
            assert_eq!(found.runs.iter().map(Vec::len).collect::<Vec<_>>(), epochs, "{reason}: {found:?}");
            assert_eq!(found.notes.is_empty(), note.is_empty(), "{reason}: {:?}", found.notes);
            assert!(found.notes.concat().contains(note), "{reason}: {:?}", found.notes);
        }
    }

    #[test]
    fn what_is_no_log_is_refused() {
        for text in ["", "hello\n", "| epoch 0 | time: 1s | training loss 1 |\n", &"x".repeat(1 << 20)] {
            let error = read(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains("no epoch in it"), "{error}");
        }
    }
}
