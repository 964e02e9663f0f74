//! Keys in the form of a run's settings.

use crate::{
    config::{Config, StudyConfig},
    protocol::RunRequest,
};

use super::super::{
    Effect, State,
    keymap::Action,
    state::{
        Dialog, Form, Level, Overlay, Screen,
        dialog::Question,
        form::{Purpose, Row, Typing},
    },
};

/// Rows that a page key moves by.
const PAGE: isize = 10;

/// Open the form of a new run's settings.
pub fn open(state: &mut State) {
    let mut config = state.config.clone();
    config.model.mode = state.mode;
    state.overlay = Some(Overlay::Form(Box::new(Form::new(Purpose::New, Config::default(), config))));
}

/// Open it with the settings of a run of this `name`; `config` begins with another seed.
pub fn open_like(state: &mut State, name: &str, reference: Config, config: Config) {
    // A question or another form that was opened meanwhile comes first.
    if state.overlay.is_none() && state.dialog.is_none() {
        state.overlay = Some(Overlay::Form(Box::new(Form::new(Purpose::Like(name.to_owned()), reference, config))));
    }
}

pub fn perform(state: &mut State, action: Action) -> Vec<Effect> {
    let Some(Overlay::Form(form)) = &mut state.overlay else { return Vec::new() };
    match action {
        Action::Up => step(form, -1),
        Action::Down => step(form, 1),
        Action::PageUp => step(form, -PAGE),
        Action::PageDown => step(form, PAGE),
        Action::First => step(form, isize::MIN),
        Action::Last => step(form, isize::MAX),
        Action::Left => cycle(state, -1),
        Action::Right => cycle(state, 1),
        Action::ResetSetting => form.reset(),
        Action::Filter => {
            form.typing = Some(Typing::Search);
            form.searched();
        }
        Action::Accept => accept(state),
        Action::Train => train(state),
        Action::Enqueue => enqueue(state),
        Action::Close => close(state),
        Action::Edit(edit) => {
            let before = form.query.text().to_owned();
            if let Some(field) = form.field_mut() {
                field.edit(edit);
            }
            if form.query.text() != before {
                form.searched();
            }
        }
        _ => {}
    }
    Vec::new()
}

/// Move; a value that is typed is taken over before, if it can be.
fn step(form: &mut Form, rows: isize) {
    if form.commit() {
        form.step(rows);
    }
}

/// The next of the chosen setting's values, or the one before.
fn cycle(state: &mut State, step: isize) {
    let Some(Overlay::Form(form)) = &state.overlay else { return };
    let choices = state.form_choices(form);
    let Some(Row::Setting(entry)) = form.row() else { return };
    let present = crate::config::schema::Values::of(&form.config).text(entry);
    let at = choices.iter().position(|choice| *choice == present);
    let next = match at {
        Some(at) => at.checked_add_signed(step).unwrap_or(choices.len().saturating_sub(1)) % choices.len().max(1),
        None => 0,
    };
    let set = choices.get(next).and_then(|choice| form.config.with(&entry.path, choice).ok());
    if let (Some(config), Some(Overlay::Form(form))) = (set, &mut state.overlay) {
        form.config = config;
    }
}

/// Do what the chosen row is for.
fn accept(state: &mut State) {
    let Some(Overlay::Form(form)) = &mut state.overlay else { return };
    match (&form.typing, form.row()) {
        (Some(_), _) => {
            form.commit();
        }
        (None, Some(Row::Train)) => train(state),
        (None, Some(Row::Queue)) => enqueue(state),
        (None, Some(Row::Keep)) => keep(state),
        (None, Some(Row::Setting(entry))) => match entry.path.as_str() {
            "model.mode" | "data.cache" => cycle(state, 1),
            _ => form.begin(),
        },
        (None, None) => {}
    }
}

/// Leave what is typed or looked for, or else the form; what was changed in it is not lost unasked.
fn close(state: &mut State) {
    let Some(Overlay::Form(form)) = &mut state.overlay else { return };
    match form.typing.take() {
        Some(Typing::Value(_)) => {}
        _ if !form.query.text().is_empty() => {
            let row = form.row();
            form.query = super::super::state::Field::default();
            let row = form.rows().iter().position(|known| Some(*known) == row);
            form.choose(row.unwrap_or(0));
        }
        Some(Typing::Search) => {}
        None if form.edits() > 0 => state.dialog = Some(Dialog::new(Question::Forget)),
        None => state.overlay = None,
    }
}

/// The run that the form asks for.
fn request(state: &State, form: &Form) -> RunRequest {
    let (runs, study) = (state.config.runs.clone(), StudyConfig::default());
    RunRequest { config: Config { runs, study, ..form.config.clone() }, resume: None, changes: Vec::new() }
}

/// Train a run with the settings of the form; where one is live, ask first.
fn train(state: &mut State) {
    let Some(Overlay::Form(form)) = &state.overlay else { return };
    if matches!(form.purpose, Purpose::Waiting(_)) {
        return keep(state);
    }
    let request = request(state, form);
    if state.is_busy() {
        state.dialog = Some(Dialog::new(Question::Busy { request: Box::new(request) }));
        return;
    }
    let mode = request.config.model.mode;
    taken(state);
    (state.mode, state.picked, state.screen) = (mode, None, Screen::Train);
    super::queue::push(state, request);
}

/// Let a run with the settings of the form wait behind all others.
fn enqueue(state: &mut State) {
    let Some(Overlay::Form(form)) = &state.overlay else { return };
    if matches!(form.purpose, Purpose::Waiting(_)) {
        return keep(state);
    }
    let request = request(state, form);
    taken(state);
    super::queue::push(state, request);
}

/// Give the settings of the form to the waiting run. If that has begun meanwhile they are those of another.
fn keep(state: &mut State) {
    let Some(Overlay::Form(mut form)) = state.overlay.take() else { return };
    let Purpose::Waiting(id) = form.purpose else { return };
    if let Some(waiting) = state.queue.get_mut(id) {
        waiting.request.config = form.config;
        super::queue::open(state);
    } else {
        form.purpose = Purpose::Like("the queued run".to_owned());
        form.at = 0;
        state.overlay = Some(Overlay::Form(form));
        let text = "the run has left the queue: what was set here can be trained as another one";
        state.journal.add(state.now, Level::Warning, text);
    }
}

/// The form's run was asked for: close it. What was set for a new run holds for those that follow.
pub fn taken(state: &mut State) {
    let Some(Overlay::Form(_)) = &state.overlay else { return };
    let Some(Overlay::Form(form)) = state.overlay.take() else { return };
    if form.purpose != Purpose::New || form.edits() == 0 {
        return;
    }
    let Config { model, train, data, .. } = form.config;
    state.device_chosen |= state.config.train.device != train.device;
    (state.config.model, state.config.train, state.config.data) = (model, train, data);
    let set = state.set_here();
    if !set.is_empty() {
        state.journal.add(state.now, Level::Notice, &format!("new runs have {}", set.join(", ")));
    }
}
