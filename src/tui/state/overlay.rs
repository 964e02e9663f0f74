//! What can lie over a screen and is searched by typing: the help and the palette.

use nucleo_matcher::{
    Matcher, Utf32Str,
    pattern::{CaseMatching, Normalization, Pattern},
};

use super::{Adjust, Field, Form, Screen, State};
use crate::tui::keymap::{Action, Entry, Key, Table};

/// What lies over the screen.
#[derive(Clone, Debug, PartialEq)]
pub enum Overlay {
    Help(Search),
    Palette(Search),
    /// A line for an action on runs.
    Prompt(super::Prompt),
    /// Changing settings of the live run.
    Adjust(Adjust),
    /// The settings of a run that is to be trained.
    Form(Box<Form>),
    /// The runs that wait; the chosen one, from 0.
    Queue(usize),
}

/// What is looked for, and how far down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    pub query: Field,
    /// The chosen row of the palette, the first line of the help.
    pub at: usize,
}

/// An action as the palette offers it.
#[derive(Debug)]
pub struct Offer {
    pub entry: &'static Entry,
    pub keys: Vec<Key>,
    /// Why it cannot be done now.
    pub refusal: Option<String>,
}

impl Overlay {
    /// What is looked for, where something is.
    pub(in crate::tui) fn search(&self) -> Option<&Search> {
        match self {
            Self::Help(search) | Self::Palette(search) => Some(search),
            Self::Adjust(_) | Self::Prompt(_) | Self::Form(_) | Self::Queue(_) => None,
        }
    }

    /// The field that is typed into.
    pub(in crate::tui) fn field_mut(&mut self) -> Option<&mut Field> {
        match self {
            Self::Help(search) | Self::Palette(search) => Some(&mut search.query),
            Self::Adjust(form) => form.field_mut(),
            Self::Form(form) => form.field_mut(),
            Self::Queue(_) => None,
            Self::Prompt(prompt) => Some(&mut prompt.field),
        }
    }

    /// Begin at the top, now that something else is looked for.
    pub(in crate::tui) fn searched(&mut self) {
        match self {
            Self::Help(search) | Self::Palette(search) => search.at = 0,
            Self::Form(form) => form.searched(),
            Self::Adjust(_) | Self::Prompt(_) | Self::Queue(_) => {}
        }
    }
}

impl State {
    /// The actions that fit `query`, the best fit first; without one, in the order of the table.
    pub(in crate::tui) fn offers(&self, query: &str) -> Vec<Offer> {
        let offered = self.keys.entries().filter(|(entry, _)| entry.table.is_in_palette());
        let offers = offered.map(|(entry, keys)| {
            let refusal = self.refusal_of(entry);
            Offer { entry, keys: keys.to_vec(), refusal }
        });
        if query.trim().is_empty() {
            return offers.filter(|offer| offer.entry.action != Action::Palette).collect();
        }
        let mut matcher = Matcher::new(nucleo_matcher::Config::DEFAULT);
        let pattern = Pattern::parse(query, CaseMatching::Ignore, Normalization::Smart);
        let mut buffer = Vec::new();
        let mut scored: Vec<((bool, u32, bool), Offer)> = offers
            .filter_map(|offer| {
                let mut score = |text: &str| pattern.score(Utf32Str::new(text, &mut buffer), &mut matcher);
                // A name is meant before any sentence that happens to hold the letters; of two screens' actions
                // of one name, that of the screen that is there.
                let here = self.screen_place().tables().contains(&offer.entry.table);
                let name = score(&offer.entry.name.replace('_', " ")).map(|score| (true, score, here));
                let score = name.or_else(|| score(offer.entry.help).map(|score| (false, score, here)))?;
                Some((score, offer))
            })
            .collect();
        // Equal fits stay in the order of the table.
        scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        scored.into_iter().map(|(_, offer)| offer).collect()
    }

    /// Why the palette cannot do `entry` here and now.
    fn refusal_of(&self, entry: &Entry) -> Option<String> {
        // Their keys mean something else on Runs, but what they do can be done with marked runs as well.
        let on_runs = matches!(entry.action, Action::Adjust | Action::Save) && self.screen == Screen::Runs;
        if !on_runs && !self.screen_place().tables().contains(&entry.table) {
            return Some(match entry.table {
                Table::Chart | Table::Matrix | Table::Classes => "only in a pane that has the keys".to_owned(),
                Table::Train | Table::Modes => "only on the Train screen".to_owned(),
                Table::Runs => "only on the Runs screen".to_owned(),
                Table::Compare => "only on the Compare screen".to_owned(),
                Table::Study => "only on the Study screen".to_owned(),
                _ => "not here".to_owned(),
            });
        }
        self.refusal(entry.action).map(str::to_owned)
    }

    /// The lines of the help that hold every word of `query`, each table under its heading.
    pub(in crate::tui) fn help_lines(&self, query: &str) -> Vec<HelpLine> {
        let query = query.to_lowercase();
        let words: Vec<&str> = query.split_whitespace().collect();
        let mut lines = Vec::new();
        for table in Table::ALL {
            let heading = lines.len();
            for (entry, keys) in self.keys.entries().filter(|(entry, _)| entry.table == table) {
                let mut keys: Vec<String> = keys.iter().map(Key::name).collect();
                if entry.action == Action::Interrupt {
                    keys.insert(0, Key::INTERRUPT.name());
                }
                let keys = keys.join(" ");
                let name = entry.name.replace('_', " ");
                let text = format!("{keys} {name} {} {}", table.title(), entry.help).to_lowercase();
                if words.iter().all(|word| text.contains(word)) {
                    lines.push(HelpLine::Action { keys, help: entry.help });
                }
            }
            if lines.len() > heading {
                lines.insert(heading, HelpLine::Heading(table.title()));
            }
        }
        lines
    }
}

/// A line of the help.
#[derive(Debug, PartialEq, Eq)]
pub enum HelpLine {
    Heading(&'static str),
    Action { keys: String, help: &'static str },
}
