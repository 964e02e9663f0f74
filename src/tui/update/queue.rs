//! The runs that wait: who comes in, and who begins.

use crate::protocol::{Command, RunRequest};

use super::super::{
    Effect, State,
    state::{Level, Worker},
};

/// Let `request` wait behind all others; it begins at once where there are none.
pub fn push(state: &mut State, request: RunRequest) {
    welcome(state, &request);
    if state.is_busy() {
        let (mode, before) = (request.config.model.mode, state.queue.waiting.len());
        let text = match before {
            0 => format!("{} is queued: it comes next", mode.title()),
            1 => format!("{} is queued behind one other", mode.title()),
            _ => format!("{} is queued behind {before} others", mode.title()),
        };
        state.journal.add(state.now, Level::Notice, &text);
    }
    state.queue.push(request);
}

/// Let `request` begin before all that wait.
pub fn push_first(state: &mut State, request: RunRequest) {
    welcome(state, &request);
    state.queue.push_first(request);
}

/// What kept the last run of the mode from starting may be put right by now.
fn welcome(state: &mut State, request: &RunRequest) {
    state.refused.remove(&request.config.model.mode);
}

/// Give the worker the next run, if it has nothing to do.
pub fn settle(state: &mut State) -> Option<Effect> {
    if !state.queue.free || state.worker != Worker::Present {
        return None;
    }
    let request = state.queue.waiting.pop_front()?.request;
    state.queue.free = false;
    state.queue.asked = Some(request.clone());
    Some(Effect::Send(Command::Start(Box::new(request))))
}
