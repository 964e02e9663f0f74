//! What the worker tells the outside, without ever waiting for it.

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded, unbounded};

use crate::protocol::{Progress, WorkerMessage};

/// The sending end: messages are never lost; of progress only the newest is kept.
#[derive(Clone, Debug)]
pub struct Outbox {
    messages: Sender<WorkerMessage>,
    progress: Sender<Progress>,
    /// The receiving end of our own channel, to take out what nobody has looked at.
    stale: Receiver<Progress>,
}

/// An outbox with the receivers of its messages and its progress.
#[must_use]
pub fn outbox() -> (Outbox, Receiver<WorkerMessage>, Receiver<Progress>) {
    let (messages, inbox) = unbounded();
    let (progress, newest) = bounded(1);
    (Outbox { messages, progress, stale: newest.clone() }, inbox, newest)
}

impl Outbox {
    /// Tell something that must not be lost. Nobody listening is no error: a headless caller may
    /// have gone.
    pub fn tell(&self, message: WorkerMessage) {
        let _ = self.messages.send(message);
    }

    /// Replace the progress that nobody has looked at yet.
    pub fn progress(&self, progress: Progress) {
        if let Err(TrySendError::Full(progress)) = self.progress.try_send(progress) {
            let _ = self.stale.try_recv();
            let _ = self.progress.try_send(progress);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_newest_progress_is_kept() {
        let (outbox, _messages, progress) = outbox();
        for epoch in 1..=3 {
            outbox.progress(Progress::Validating { epoch });
        }
        assert_eq!(progress.try_iter().collect::<Vec<_>>(), [Progress::Validating { epoch: 3 }]);
    }
}
