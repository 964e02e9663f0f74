//! Keys and text in the help and in the palette.

use crate::protocol::{RunRequest, Steer};

use super::super::{Effect, State, keymap::Action, screens::help, state::Overlay};

/// Lines that a page key moves by.
const PAGE: isize = 10;

pub fn perform(state: &mut State, action: Action) -> Vec<Effect> {
    match action {
        _ if matches!(state.overlay, Some(Overlay::Form(_))) => return super::form::perform(state, action),
        _ if matches!(state.overlay, Some(Overlay::Queue(_))) => return super::queue::perform(state, action),
        Action::Up => step(state, -1),
        Action::Down => step(state, 1),
        Action::PageUp => step(state, -PAGE),
        Action::PageDown => step(state, PAGE),
        Action::Close => {
            super::runs::close(state);
            state.overlay = None;
        }
        Action::Accept => return accept(state),
        Action::Edit(edit) => {
            if let Some(overlay) = &mut state.overlay {
                let text = |overlay: &mut Overlay| overlay.field_mut().map(|field| field.text().to_owned());
                let before = text(overlay);
                if let Some(field) = overlay.field_mut() {
                    field.edit(edit);
                }
                if text(overlay) != before {
                    overlay.searched();
                    super::runs::typed(state);
                }
            }
        }
        _ => {}
    }
    Vec::new()
}

/// Look for what is typed, too.
pub fn typed(state: &mut State, text: &str) {
    if let Some(overlay) = &mut state.overlay {
        if let Some(field) = overlay.field_mut() {
            field.insert(text);
        }
        overlay.searched();
        super::runs::typed(state);
    }
}

/// Move by `lines`, down being positive.
pub fn step(state: &mut State, lines: isize) {
    match &mut state.overlay {
        Some(Overlay::Adjust(form)) => return form.step(lines),
        Some(Overlay::Form(form)) if form.typing.is_none() => return form.step(lines),
        Some(Overlay::Queue(_)) => return super::queue::step(state, lines),
        _ => {}
    }
    let Some(overlay) = &state.overlay else { return };
    let query = overlay.search().map_or("", |search| search.query.text());
    let last = match overlay {
        Overlay::Help(_) => help::last(state, query),
        Overlay::Palette(_) => state.offers(query).len().saturating_sub(1),
        Overlay::Prompt(_) | Overlay::Adjust(_) | Overlay::Form(_) | Overlay::Queue(_) => 0,
    };
    if let Some(Overlay::Help(search) | Overlay::Palette(search)) = &mut state.overlay {
        search.at = search.at.saturating_add_signed(lines).min(last);
    }
}

/// Let an ended run go on with what was typed, if that lets it.
fn extend(state: &mut State) {
    let Some(Overlay::Adjust(form)) = &state.overlay else { return };
    let Some(run) = form.dirs.first().and_then(|dir| state.runs.get(dir)) else { return };
    let (Some(changes), Some(config)) = (form.changes(&state.config), &run.config) else { return };
    if run.history.lacks(&changes).is_some() {
        return;
    }
    let request = RunRequest { config: (**config).clone(), resume: Some(run.dir.clone()), changes };
    state.overlay = None;
    super::queue::push(state, request);
}

/// Ask for what was typed, if all of it is valid; the form stays where it is not.
fn adjust(state: &mut State) -> Vec<Effect> {
    let Some(Overlay::Adjust(form)) = &state.overlay else { return Vec::new() };
    if form.extends {
        extend(state);
        return Vec::new();
    }
    let mut wanted = Vec::new();
    for row in &form.rows {
        match row.value(&state.config) {
            Ok(Some(value)) => wanted.push(Steer::Set { key: row.key, value }),
            Ok(None) => {}
            Err(_) => return Vec::new(),
        }
    }
    let dirs = form.dirs.clone();
    state.overlay = None;
    let each = dirs.iter().flat_map(|dir| wanted.iter().map(move |what| (dir, what.clone())));
    each.filter_map(|(dir, what)| super::steering::ask(state, dir, what)).collect()
}

/// Do what is chosen in the palette; apply what the form holds; close the help.
fn accept(state: &mut State) -> Vec<Effect> {
    if matches!(state.overlay, Some(Overlay::Adjust(_))) {
        return adjust(state);
    }
    let search = match state.overlay.take() {
        Some(Overlay::Palette(search)) => search,
        Some(Overlay::Prompt(prompt)) => return super::runs::accept(state, prompt),
        Some(Overlay::Help(_) | Overlay::Adjust(_) | Overlay::Form(_) | Overlay::Queue(_)) | None => return Vec::new(),
    };
    let mut offers = state.offers(search.query.text());
    if search.at >= offers.len() {
        return Vec::new();
    }
    let offer = offers.swap_remove(search.at);
    match offer.refusal {
        None => super::actions::perform(state, offer.entry.action),
        Some(why) => {
            super::refuse(state, offer.entry.name, &why);
            Vec::new()
        }
    }
}
