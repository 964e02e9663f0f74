//! Several runs asked for at once.

use super::super::{
    State,
    state::{
        Dialog, Level, Run,
        batch::{Batch, Plan},
        dialog::Question,
    },
};

/// Ask for a run of every mode.
pub fn modes(state: &mut State) {
    state.library.batch = Some(Batch::new(Plan::Modes));
}

/// Ask for the settings of the runs that are shown or marked, with several seeds.
pub fn seeds(state: &mut State) {
    let runs = state.subjects().into_iter().filter(|run| !run.is_imported());
    let plan = Plan::Seeds(runs.map(|run| run.dir.clone()).collect());
    state.library.batch = Some(Batch::new(plan));
}

/// Ask the person about what was asked for, as soon as it is known how much of it is there already.
pub fn settle(state: &mut State) {
    if state.dialog.is_some() {
        return;
    }
    let Some(batch) = state.library.batch.take() else { return };
    if !state.unread(&batch).is_empty() {
        state.library.batch = Some(batch);
        return;
    }
    complain(state, &batch);
    let wanted = state.wanted_runs(&batch);
    if wanted.is_empty() {
        return;
    }
    let missing = wanted.iter().filter(|wanted| !state.is_there(wanted));
    let missing = missing.map(|wanted| wanted.request.clone()).collect();
    let all = wanted.into_iter().map(|wanted| wanted.request).collect();
    state.dialog = Some(Dialog::new(Question::Batch { plan: batch.plan, all, missing }));
}

/// Name the runs whose settings are not known.
fn complain(state: &mut State, batch: &Batch) {
    let Plan::Seeds(sources) = &batch.plan else { return };
    let unknown = |run: &&Run| run.config.is_none();
    let unknown = sources.iter().filter_map(|dir| state.runs.get(dir)).filter(unknown);
    let names: Vec<&str> = unknown.map(Run::title).collect();
    if !names.is_empty() {
        let text = format!("no settings can be read of {}", names.join(", "));
        state.journal.add(state.now, Level::Warning, &text);
    }
}
