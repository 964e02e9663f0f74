//! A `train.log` of the course framework that is watched while it is written.

#![allow(clippy::unwrap_used, reason = "a helper fails its test by panicking")]

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    path::PathBuf,
};

use avsc_tui::{
    config::{Config, Mode},
    exchange::growing::Growing,
    runs::History,
};
use tempfile::{TempDir, tempdir};

fn epoch(number: usize, loss: f64) -> String {
    let rule = "-".repeat(99);
    format!(
        "[2024-06-08 21:15:43] {rule}\n\
         [2024-06-08 21:15:43] | epoch {number:>3} | time: 12.50s | training loss {:>5.2} |\n\
         [2024-06-08 21:15:45] | epoch {number:>3} | time:  1.94s | cv loss {loss:>5.2} | cv accuracy:  0.70 |\n\
         [2024-06-08 21:15:45] {rule}\n",
        loss + 0.5
    )
}

/// An experiment, and whoever looks at it: the history that its events fold to.
struct Watched {
    parent: TempDir,
    log: Growing,
    history: History,
    restarts: usize,
}

impl Watched {
    fn new() -> Self {
        let parent = tempdir().unwrap();
        let folder = parent.path().join("exp-Early-1");
        fs::create_dir(&folder).unwrap();
        assert!(!Growing::is_in(&folder));
        fs::write(folder.join("config.yaml"), "epoch: 100\nearly_stop: 7\noptimizer:\n  args:\n    lr: 0.0001\n")
            .unwrap();
        fs::write(folder.join("train.log"), "").unwrap();
        assert!(Growing::is_in(&folder));
        Self { log: Growing::new(&folder), parent, history: History::default(), restarts: 0 }
    }

    fn path(&self) -> PathBuf {
        self.parent.path().join("exp-Early-1").join("train.log")
    }

    fn append(&mut self, text: &[u8]) {
        OpenOptions::new().append(true).open(self.path()).unwrap().write_all(text).unwrap();
        self.look();
    }

    fn look(&mut self) {
        let grown = self.log.look(&Config::default()).unwrap();
        if grown.restarted {
            self.restarts += 1;
            self.history = History::default();
        }
        for event in &grown.events {
            self.history.apply(event);
        }
        // A confusion or a score that is not told is NaN, which equals nothing.
        assert_eq!(format!("{:?}", self.history), format!("{:?}", self.log.history()));
    }

    fn epochs(&self) -> Vec<(usize, f64)> {
        self.history.epochs.iter().map(|record| (record.result.epoch, record.result.val_loss)).collect()
    }
}

#[test]
fn its_epochs_come_as_their_lines_do_wherever_those_are_torn() {
    let text = [epoch(1, 0.9), epoch(2, 0.8), epoch(3, 0.85)].concat();
    // Byte by byte, and in pieces that end anywhere.
    for piece in [1, 7, 64, 1000] {
        let mut watched = Watched::new();
        let mut seen = Vec::new();
        for bytes in text.as_bytes().chunks(piece) {
            watched.append(bytes);
            seen.push(watched.epochs().len());
        }
        assert!(seen.is_sorted() && watched.restarts == 0, "{seen:?}");
        assert_eq!(watched.epochs(), [(1, 0.9), (2, 0.8), (3, 0.85)]);
        let (history, started) = (&watched.history, watched.history.started.as_ref().unwrap());
        assert_eq!((history.best, history.is_over()), (Some((2, 0.8)), false));
        assert_eq!(history.epochs[2].result.bad_epochs, 1);
        assert_eq!((started.mode, started.epochs, started.early_stop), (Mode::Early, 99, 7));
        assert!((started.lr - 1e-4).abs() < 1e-12);
        assert!(history.imported().unwrap().rounded);
    }
}

#[test]
fn another_training_takes_the_place_of_the_one_before() {
    let mut watched = Watched::new();
    watched.append(&[epoch(1, 0.9), epoch(2, 0.8)].concat().into_bytes());
    // The framework appends; so it does where a training is begun anew after its first epoch.
    watched.append(epoch(1, 0.7).as_bytes());
    assert_eq!((watched.epochs(), watched.restarts), (vec![(1, 0.7)], 1));
    watched.append(epoch(2, 0.6).as_bytes());
    assert_eq!((watched.epochs(), watched.restarts), (vec![(1, 0.7), (2, 0.6)], 1));
    // Both at one look: the second alone counts.
    watched.append(&[epoch(3, 0.5), epoch(1, 0.4), epoch(2, 0.3)].concat().into_bytes());
    assert_eq!(watched.epochs(), [(1, 0.4), (2, 0.3)]);
}

#[test]
fn truncated_rewritten_and_replaced_logs_are_read_anew() {
    let mut watched = Watched::new();
    watched.append(&[epoch(1, 0.9), epoch(2, 0.8)].concat().into_bytes());
    fs::write(watched.path(), "").unwrap();
    watched.look();
    assert_eq!((watched.epochs(), watched.restarts), (vec![], 1));
    watched.append(epoch(1, 0.5).as_bytes());
    assert_eq!(watched.epochs(), [(1, 0.5)]);
    // Longer than it was, so that its size tells nothing.
    fs::write(watched.path(), [epoch(1, 0.3), epoch(2, 0.2)].concat()).unwrap();
    watched.look();
    assert_eq!((watched.epochs(), watched.restarts), (vec![(1, 0.3), (2, 0.2)], 2));
    let beside = watched.parent.path().join("beside");
    fs::copy(watched.path(), &beside).unwrap();
    fs::rename(&beside, watched.path()).unwrap();
    watched.look();
    assert_eq!((watched.epochs(), watched.restarts), (vec![(1, 0.3), (2, 0.2)], 3));
    fs::remove_file(watched.path()).unwrap();
    assert!(watched.log.look(&Config::default()).is_err());
}

#[test]
fn what_a_log_may_hold_besides_is_passed_over() {
    let mut watched = Watched::new();
    let mut long = vec![b'x'; 3 << 20];
    long.extend(epoch(7, 0.1).replace('\n', " ").into_bytes());
    watched.append(&long);
    assert_eq!(watched.epochs(), [], "a line without end");
    watched.append(b"\nTraceback \xff\x00 \x1b[2J\n| epoch   2 | time: 1s | cv loss 1 | cv accuracy: 1 |\n");
    assert_eq!(watched.epochs(), [], "an epoch without its training loss");
    watched.append(epoch(1, f64::NAN).as_bytes());
    assert_eq!(watched.epochs().len(), 1);
    assert_eq!(watched.history.best, None, "NaN is never the best");
    watched.append(epoch(2, 0.5).as_bytes());
    assert_eq!(watched.history.best, Some((2, 0.5)));
}
