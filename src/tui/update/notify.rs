//! What calls the person back, as the settings want it.

use std::path::Path;

use crate::{
    config::{Means, Mode},
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
    let call = about(state, dir, event, name).and_then(|(message, facts)| call(state, name, means, &message, facts));
    if name == "diverged" {
        state.diverged.insert(dir.to_owned());
    }
    call
}

/// The call that it is worth that a run of `mode` could not start.
pub fn refused(state: &State, mode: Mode, errors: &[String]) -> Option<Effect> {
    let message = format!("{mode} could not start: {}", errors.join(": "));
    let facts = vec![("AVSC_MODE", mode.name().to_owned())];
    call(state, "failed", &state.config.notify.failed, &message, facts)
}

/// What is told of the run in `dir`.
fn about(state: &State, dir: &Path, event: &RunEvent, name: &str) -> Option<(String, Vec<(&'static str, String)>)> {
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
    let number = |number: Option<f64>| number.map_or_else(String::new, |number| number.to_string());
    let facts = vec![
        ("AVSC_RUN", run.name.clone()),
        ("AVSC_DIR", run.dir.display().to_string()),
        ("AVSC_MODE", run.mode().map_or("", |mode| mode.name()).to_owned()),
        ("AVSC_EPOCH", history.last_epoch().to_string()),
        ("AVSC_VAL_LOSS", number(loss)),
        ("AVSC_TEST_ACCURACY", number(test)),
    ];
    Some((format!("{} {name}{what}", run.name), facts))
}

fn call(
    state: &State,
    name: &str,
    means: &[Means],
    message: &str,
    mut facts: Vec<(&'static str, String)>,
) -> Option<Effect> {
    if means.is_empty() {
        return None;
    }
    let message = text::clean(message).into_owned();
    facts.extend([("AVSC_EVENT", name.to_owned()), ("AVSC_MESSAGE", message.clone())]);
    // A fact that no environment can hold is no reason to run nothing.
    let facts = facts.into_iter().map(|(name, value)| (name, value.replace('\0', "")));
    let command = Program { words: state.config.notify.command.clone(), facts: facts.collect() };
    Some(Effect::Call(Box::new(Call {
        bell: means.contains(&Means::Bell),
        desktop: means.contains(&Means::Osc9).then_some(message),
        program: means.contains(&Means::Command).then_some(command),
    })))
}
