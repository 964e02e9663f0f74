//! Keys and text in the help and in the palette.

use super::super::{
    Effect, State,
    keymap::Action,
    state::{Level, Overlay},
};

/// Lines that a page key moves by.
const PAGE: isize = 10;

pub fn perform(state: &mut State, action: Action) -> Vec<Effect> {
    match action {
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
                let search = overlay.search_mut();
                let before = search.query.text().to_owned();
                search.query.edit(edit);
                if search.query.text() != before {
                    search.at = 0;
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
        let search = overlay.search_mut();
        search.query.insert(text);
        search.at = 0;
        super::runs::typed(state);
    }
}

/// Move by `lines`, down being positive.
pub fn step(state: &mut State, lines: isize) {
    let Some(overlay) = &state.overlay else { return };
    let query = overlay.search().query.text();
    let last = match overlay {
        Overlay::Help(_) => state.help_lines(query).len(),
        Overlay::Palette(_) => state.offers(query).len(),
        Overlay::Prompt(_) => 0,
    };
    if let Some(overlay) = &mut state.overlay {
        let search = overlay.search_mut();
        search.at = search.at.saturating_add_signed(lines).min(last.saturating_sub(1));
    }
}

/// Do what is chosen in the palette; close the help.
fn accept(state: &mut State) -> Vec<Effect> {
    let search = match state.overlay.take() {
        Some(Overlay::Palette(search)) => search,
        Some(Overlay::Prompt(prompt)) => return super::runs::accept(state, prompt),
        Some(Overlay::Help(_)) | None => return Vec::new(),
    };
    let mut offers = state.offers(search.query.text());
    if search.at >= offers.len() {
        return Vec::new();
    }
    let offer = offers.swap_remove(search.at);
    match offer.refusal {
        None => super::actions::perform(state, offer.entry.action),
        Some(why) => {
            let name = offer.entry.name.replace('_', " ");
            state.journal.add(state.now, Level::Notice, &format!("{name}: {why}"));
            Vec::new()
        }
    }
}
