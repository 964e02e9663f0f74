//! Signals as messages on a channel.

use std::thread;

use anyhow::{Context as _, Result};
use crossbeam_channel::{Receiver, unbounded};
use signal_hook::{
    consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM, SIGTSTP, SIGUSR1},
    iterator::Signals,
};

use crate::tui::Message;

/// What a signal means to the dashboard.
#[must_use]
pub fn message(signal: i32) -> Message {
    match signal {
        SIGHUP => Message::HangUp,
        SIGTSTP => Message::Suspend,
        SIGCONT => Message::Continued,
        _ => Message::Interrupt,
    }
}

/// The signals that ask this process to end, from now on received instead of obeyed. SIGHUP is one
/// of them: it comes when the SSH line drops.
///
/// # Errors
/// If the operating system refuses the handlers or the thread.
pub fn terminating() -> Result<Receiver<i32>> {
    listen(&[SIGINT, SIGTERM, SIGHUP])
}

/// The same for the dashboard, which SIGTSTP asks to give the terminal back for a while, and SIGCONT to
/// take it again.
///
/// # Errors
/// If the operating system refuses the handlers or the thread.
pub fn interactive() -> Result<Receiver<i32>> {
    listen(&[SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGCONT])
}

/// The same for a batch job, which SIGUSR1 warns that its time is nearly over.
///
/// # Errors
/// If the operating system refuses the handlers or the thread.
pub fn batch() -> Result<Receiver<i32>> {
    listen(&[SIGINT, SIGTERM, SIGHUP, SIGUSR1])
}

fn listen(signals: &[i32]) -> Result<Receiver<i32>> {
    let mut signals = Signals::new(signals).context("listening for signals")?;
    let (sender, receiver) = unbounded();
    thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            for signal in &mut signals {
                if sender.send(signal).is_err() {
                    break;
                }
            }
        })
        .context("starting the signal thread")?;
    Ok(receiver)
}
