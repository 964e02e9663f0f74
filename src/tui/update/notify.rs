//! What calls the person back, as the settings want it.

use std::path::Path;

use crate::{
    config::Means,
    protocol::{Outcome, RunEvent},
};

use super::super::{
    Effect, State, format,
    message::{Call, Program},
    text,
};

/// The call that `event` of the run in `dir` is worth, if any. It has been taken in already.
pub fn of(state: &mut State, dir: &Path, event: &RunEvent) -> Option<Effect> {
    let settings = &state.config.notify;
    let diverges = match event {
        RunEvent::Steps { losses, .. } => losses.iter().any(|loss| !loss.is_finite()),
        RunEvent::EpochFinished(epoch) => !epoch.val_loss.is_finite(),
        _ => false,
    };
    let (name, means) = match event {
        // A person who stops a run knows that it ends.
        RunEvent::Finished(finished) if finished.outcome != Outcome::Stopped => ("finished", &settings.finished),
        RunEvent::Failed { .. } => ("failed", &settings.failed),
        RunEvent::Checkpointed { .. } => ("best", &settings.best),
        _ if diverges && !state.diverged.contains(dir) => ("diverged", &settings.diverged),
        _ => return None,
    };
    let call = (!means.is_empty()).then(|| call(state, dir, event, name, means));
    if name == "diverged" {
        state.diverged.insert(dir.to_owned());
    }
    call.flatten().map(|call| Effect::Call(Box::new(call)))
}

fn call(state: &State, dir: &Path, event: &RunEvent, name: &str, means: &[Means]) -> Option<Call> {
    let run = state.runs.get(dir)?;
    let history = &run.history;
    let test = run.test().map(|test| test.scores.accuracy);
    let loss = history.best.map(|(_, loss)| loss);
    let what = match event {
        RunEvent::Finished(_) => {
            test.map_or_else(String::new, |accuracy| format!(", test accuracy {}", format::score(accuracy)))
        }
        RunEvent::Failed { errors } => format!(": {}", errors.join(": ")),
        RunEvent::Checkpointed { epoch, val_loss } => format!(" epoch {epoch}, val loss {}", format::score(*val_loss)),
        _ => String::new(),
    };
    let message = text::clean(&format!("{} {name}{what}", run.name)).into_owned();
    let number = |number: Option<f64>| number.map_or_else(String::new, |number| number.to_string());
    let facts = [
        ("AVSC_EVENT", name.to_owned()),
        ("AVSC_RUN", run.name.clone()),
        ("AVSC_DIR", run.dir.display().to_string()),
        ("AVSC_MODE", run.mode().map_or("", |mode| mode.name()).to_owned()),
        ("AVSC_EPOCH", history.last_epoch().to_string()),
        ("AVSC_VAL_LOSS", number(loss)),
        ("AVSC_TEST_ACCURACY", number(test)),
        ("AVSC_MESSAGE", message.clone()),
    ];
    // A fact that no environment can hold is no reason to run nothing.
    let facts = facts.map(|(name, value)| (name, value.replace('\0', "")));
    let command = Program { words: state.config.notify.command.clone(), facts: facts.to_vec() };
    Some(Call {
        bell: means.contains(&Means::Bell),
        desktop: means.contains(&Means::Osc9).then_some(message),
        program: means.contains(&Means::Command).then_some(command),
    })
}
