//! What is told of studies, and what keys do on their screen.

use std::collections::HashSet;

use super::super::{
    Effect, State, StudyNews, StudyRequest,
    keymap::Action,
    state::{Ask, Dialog, Level, Screen, StudyPane, dialog::Question},
};
use crate::{
    protocol::StopMode,
    runs::study::{Phase, grid::Fold},
};

/// Cells that a far step takes.
const FAR: isize = 10;

pub fn told(state: &mut State, news: StudyNews) {
    match news {
        StudyNews::Found(found) => state.study.list(found),
        StudyNews::Opened { folder, study } => state.study.open(&folder, study),
        StudyNews::Course { folder, course } => state.study.advance(&folder, course),
        StudyNews::Choose(folder) => {
            state.study.choose(folder);
            state.screen = Screen::Study;
        }
        StudyNews::Replanned { folder } => {
            if state.study.chosen.as_ref() == Some(&folder) {
                state.study.reopen();
            }
        }
        StudyNews::Done(text) => state.journal.add(state.now, Level::Notice, &text),
        StudyNews::Problem(text) => state.journal.add(state.now, Level::Error, &text),
    }
}

/// Do `action` on the Study screen; none where it means there what it means everywhere.
pub fn perform(state: &mut State, action: Action) -> Option<Vec<Effect>> {
    match action {
        Action::Show => show(state),
        Action::Pane => state.study.pane = state.study.pane.next(),
        Action::PreviousPane => state.study.pane = state.study.pane.previous(),
        Action::Maximise => state.study.maximised = !state.study.maximised,
        Action::XAxis => state.study.turn(false),
        Action::YAxis => state.study.turn(true),
        Action::Figure => {
            let figures = state.study.study.as_ref().map_or(0, |study| study.figures.len());
            state.study.view.figure = (state.study.view.figure + 1) % figures.max(1);
            state.study.outdated = true;
        }
        Action::Fold => {
            state.study.view.fold = if state.study.view.fold == Fold::Best { Fold::Mean } else { Fold::Best };
            state.study.outdated = true;
        }
        Action::Block => {
            let blocks = state.study.study.as_ref().map_or(0, |study| study.blocks.len());
            state.study.choose_block((state.study.view.block + 1) % blocks.max(1));
        }
        Action::Mark => mark(state),
        Action::MarkAll => {
            let table = &mut state.study.table;
            if table.marked.is_empty() {
                table.marked.extend(table.rows.iter().copied());
            } else {
                table.marked.clear();
            }
        }
        Action::Compare => compare(state),
        Action::Filter => {
            let text = state.study.table.filter_text.clone();
            state.prompt(Ask::Trials, &text);
        }
        Action::Sort => {
            // The column that has the cursor is seen where the trials are.
            state.study.pane = StudyPane::Trials;
            state.study.table.sort();
            state.study.outdated = true;
        }
        Action::Left => across(state, -1),
        Action::Right => across(state, 1),
        Action::FarLeft => across(state, -FAR),
        Action::FarRight => across(state, FAR),
        Action::Studies => {
            let away = state.study.pane == StudyPane::Studies;
            state.study.pane = if away { StudyPane::Map } else { StudyPane::Studies };
        }
        Action::Rescan => {
            state.study.reopen();
            return Some(vec![Effect::Refresh]);
        }
        Action::StopTrials => {
            let names = state.study.names_of(Phase::can_be_stopped);
            let engine = state.study.course.as_ref().is_some_and(|course| course.engine.is_some());
            state.dialog = Some(Dialog::new(Question::Trials { names, engine }));
        }
        Action::RetryTrials => {
            let names = state.study.names_of(Phase::can_be_retried);
            return Some(vec![Effect::Study(StudyRequest::Retry(names))]);
        }
        _ => return None,
    }
    Some(Vec::new())
}

/// Show the run that is pointed at; put a setting on the x axis; open a study.
fn show(state: &mut State) {
    match state.study.pane {
        StudyPane::Map | StudyPane::Trials => super::runs::show(state),
        StudyPane::Effects => {
            state.study.put_across();
            state.study.pane = StudyPane::Map;
        }
        StudyPane::Studies => {
            let found = state.study.found.get(state.study.list_at).map(|found| found.folder.clone());
            if let Some(folder) = found {
                state.study.choose(folder);
            }
        }
    }
}

/// Mark the trial and go on to the next; on the map, the trials of the cell. What is all marked is let go.
fn mark(state: &mut State) {
    let trials = match state.study.pane {
        StudyPane::Map => state.study.members(),
        _ => state.study.pointed().into_iter().collect(),
    };
    let table = &mut state.study.table;
    if trials.iter().all(|trial| table.marked.contains(trial)) {
        table.marked.retain(|trial| !trials.contains(trial));
    } else {
        table.marked.extend(trials);
    }
    if state.study.pane == StudyPane::Trials {
        state.study.table.choose(state.study.table.at + 1);
    }
}

/// Compare the runs of the trials, grouped over seeds.
fn compare(state: &mut State) {
    let runs = state.target_runs();
    state.table.marked.set(runs);
    (state.comparison.grouped, state.comparison.at) = (true, 0);
    state.screen = Screen::Compare;
}

fn across(state: &mut State, steps: isize) {
    let study = &mut state.study;
    match study.pane {
        StudyPane::Map => {
            let last = study.grid.across.labels.len().saturating_sub(1);
            study.cell.1 = study.cell.1.saturating_add_signed(steps).min(last);
        }
        StudyPane::Trials => {
            let last = study.table.columns.len().saturating_sub(1);
            study.table.column = study.table.column.saturating_add_signed(steps).min(last);
        }
        StudyPane::Effects | StudyPane::Studies => {}
    }
}

/// Move by `lines`, down being positive.
pub fn scroll(state: &mut State, lines: isize) {
    let study = &mut state.study;
    let step = |at: usize, count: usize| at.saturating_add_signed(lines).min(count.saturating_sub(1));
    match study.pane {
        StudyPane::Map => study.cell.0 = step(study.cell.0, study.grid.down.labels.len()),
        StudyPane::Trials => study.table.choose(study.table.at.saturating_add_signed(lines)),
        StudyPane::Effects => study.effect_at = step(study.effect_at, study.effect_lines()),
        StudyPane::Studies => study.list_at = step(study.list_at, study.found.len()),
    }
}

/// Stop the trials of these names: those that are trained, here or by another process, with the ordinary
/// command, which is answered; the others leave the queue of whoever would train them.
pub fn stop(state: &mut State, names: &[String]) -> Vec<Effect> {
    let names: HashSet<&str> = names.iter().map(String::as_str).collect();
    let trials = state.study.study.iter().flat_map(|study| study.trials.iter().enumerate());
    let (mut trained, mut others) = (Vec::new(), Vec::new());
    for (at, trial) in trials.filter(|(_, trial)| names.contains(trial.id.as_str())) {
        let run = state.study.standing(at).and_then(|standing| state.runs.get(standing.dir.as_ref()?));
        match run.filter(|run| state.is_live(&run.dir) || state.is_elsewhere(run)) {
            Some(run) => trained.push(run.dir.clone()),
            None => others.push(trial.id.clone()),
        }
    }
    let mut effects = super::steering::stop(state, &trained, StopMode::Now);
    if !others.is_empty() {
        effects.push(Effect::Study(StudyRequest::Stop(others)));
    }
    effects
}
