//! Lines of an event log, read for the little that a list shows of them.
//!
//! Losses of steps and confusions of epochs are nine tenths of a log. Of the lines that hold them the rest is
//! read, and these are passed over.

use serde::Deserialize;

use crate::{
    config::number,
    metrics::{Confusion, Scores},
    protocol::{Envelope, EpochFinished, RunEvent},
};

/// Bytes of a line within which its type stands.
const HEAD: usize = 96;
const TYPE: &[u8] = br#","type":""#;

/// What every line has.
#[derive(Deserialize)]
struct Stamp {
    v: u32,
    seq: u64,
    t: i64,
}

/// An epoch without its confusion.
#[derive(Deserialize)]
struct Short {
    v: u32,
    seq: u64,
    t: i64,
    epoch: usize,
    #[serde(with = "number")]
    train_loss: f64,
    #[serde(with = "number")]
    val_loss: f64,
    val: Scores,
    #[serde(with = "number")]
    lr: f64,
    bad_epochs: usize,
    seconds: f64,
    #[serde(with = "number")]
    clips_per_second: f64,
}

/// The event in `line`: an epoch with an empty confusion, or a sign of life in place of steps. None where it
/// is another, or must be read whole.
pub fn event(line: &[u8]) -> Option<serde_json::Result<Envelope>> {
    // The type stands before what it is about, so that it need not be read to be recognised.
    let head = line.get(..line.len().min(HEAD))?;
    let at = head.windows(TYPE.len()).position(|part| part == TYPE)?;
    let kind = line.get(at + TYPE.len()..)?;
    if kind.starts_with(b"steps\"") && line.ends_with(b"]}") {
        return Some(stamp(line.get(..at)?));
    }
    kind.starts_with(b"epoch_finished\"").then(|| epoch(line))
}

fn stamp(start: &[u8]) -> serde_json::Result<Envelope> {
    let Stamp { v, seq, t } = serde_json::from_slice(&[start, b"}"].concat())?;
    Ok(Envelope { v, seq, t, event: RunEvent::Heartbeat })
}

fn epoch(line: &[u8]) -> serde_json::Result<Envelope> {
    let Short { v, seq, t, epoch, train_loss, val_loss, val, lr, bad_epochs, seconds, clips_per_second } =
        serde_json::from_slice(line)?;
    let confusion = Confusion::default();
    let epoch =
        EpochFinished { epoch, train_loss, val_loss, val, confusion, lr, bad_epochs, seconds, clips_per_second };
    Ok(Envelope { v, seq, t, event: RunEvent::EpochFinished(Box::new(epoch)) })
}
