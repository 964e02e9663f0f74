//! Keys and answers inside a dialog.

use crate::protocol::{Command, StopMode};

use super::super::{
    Effect, State, StudyRequest,
    keymap::Action,
    state::{Answer, Dialog, Worker, dialog::Question},
};

pub fn perform(state: &mut State, action: Action) -> Vec<Effect> {
    let Some(dialog) = &mut state.dialog else { return Vec::new() };
    let answer = match action {
        Action::Up => {
            dialog.up();
            None
        }
        Action::Down => {
            dialog.down();
            None
        }
        Action::Accept => dialog.selected(),
        Action::Close => {
            state.dialog = None;
            None
        }
        Action::Answer(answer) => Some(answer).filter(|answer| dialog.choices().contains(answer)),
        _ => None,
    };
    match (answer, state.dialog.take()) {
        (Some(answer), Some(dialog)) => take(state, dialog, answer),
        (_, dialog) => {
            state.dialog = dialog;
            Vec::new()
        }
    }
}

fn take(state: &mut State, dialog: Dialog, answer: Answer) -> Vec<Effect> {
    match answer {
        Answer::Leave => leave(state),
        Answer::Stay | Answer::Look => Vec::new(),
        Answer::QueueMissing | Answer::QueueAll => {
            batch(state, dialog, answer);
            Vec::new()
        }
        Answer::Clear => {
            super::queue::clear(state);
            Vec::new()
        }
        Answer::Forget => {
            state.overlay = None;
            Vec::new()
        }
        Answer::StopNow => stop(state, &dialog, StopMode::Now),
        Answer::StopAfterEpoch => stop(state, &dialog, StopMode::AfterEpoch),
        Answer::Discard => stop(state, &dialog, StopMode::Discard),
        Answer::StopAndTrain => {
            let effects = match state.live.as_ref().map(|live| live.dir.clone()) {
                Some(dir) => super::steering::stop(state, &[dir], StopMode::Now),
                None if state.queue.asked.is_some() => vec![Effect::Send(Command::CancelLoading)],
                None => Vec::new(),
            };
            start(state, dialog, true);
            effects
        }
        Answer::DeleteListed | Answer::DeleteAll => match dialog.question {
            Question::Delete { listed, .. } if answer == Answer::DeleteListed => vec![Effect::Trash(listed)],
            Question::Delete { all, .. } => vec![Effect::Trash(all)],
            _ => Vec::new(),
        },
        Answer::EmptyTrash => vec![Effect::EmptyTrash],
        Answer::TrainWaiting => {
            super::queue::take_up(state);
            Vec::new()
        }
        Answer::DropWaiting => {
            super::queue::forget(state);
            Vec::new()
        }
        Answer::Queue => {
            start(state, dialog, false);
            Vec::new()
        }
        Answer::StopTrials => match &dialog.question {
            Question::Trials { names, .. } => super::study::stop(state, names),
            _ => Vec::new(),
        },
        Answer::StopStudy => vec![Effect::Study(StudyRequest::StopAll)],
    }
}

fn leave(state: &mut State) -> Vec<Effect> {
    match state.worker {
        // What was live may have ended while the question stood.
        Worker::Present if !state.is_busy() => vec![Effect::Quit { at_once: false }],
        Worker::Present => super::leave(state),
        Worker::Leaving | Worker::Gone => vec![Effect::Quit { at_once: true }],
    }
}

/// Stop the runs that the question was about.
fn stop(state: &mut State, dialog: &Dialog, how: StopMode) -> Vec<Effect> {
    let Question::Stop { dirs } = &dialog.question else { return Vec::new() };
    super::steering::stop(state, dirs, how)
}

/// Queue the runs that the question was about, or those of them that are not there.
fn batch(state: &mut State, dialog: Dialog, answer: Answer) {
    let Question::Batch { all, missing, .. } = dialog.question else { return };
    let requests = if answer == Answer::QueueAll { all } else { missing };
    super::queue::push_all(state, requests);
}

/// Queue the run that the question was about; `next`: before all that wait.
fn start(state: &mut State, dialog: Dialog, next: bool) {
    let Question::Busy { request } = dialog.question else { return };
    super::form::taken(state);
    if next {
        (state.mode, state.picked) = (request.config.model.mode, None);
        super::queue::push_first(state, *request);
    } else {
        super::queue::push(state, *request);
    }
}
