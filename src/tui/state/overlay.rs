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
    /// The actions that fit `query`, the best fit first; without one, in the order of the table. What can be
    /// done comes before what cannot.
    pub(in crate::tui) fn offers(&self, query: &str) -> Vec<Offer> {
        let offered = self.keys.entries().filter(|(entry, _)| entry.table.is_in_palette());
        let offers = offered.map(|(entry, keys)| {
            let refusal = self.refusal_of(entry);
            Offer { entry, keys: keys.to_vec(), refusal }
        });
        if query.trim().is_empty() {
            let mut offers: Vec<Offer> = offers.filter(|offer| offer.entry.action != Action::Palette).collect();
            offers.sort_by_key(|offer| offer.refusal.is_some());
            return offers;
        }
        let mut matcher = Matcher::new(nucleo_matcher::Config::DEFAULT);
        let pattern = Pattern::parse(query, CaseMatching::Ignore, Normalization::Smart);
        let mut buffer = Vec::new();
        let mut ranked: Vec<(_, Offer)> = offers
            .filter_map(|offer| {
                let name = offer.entry.name.replace('_', " ");
                let score = pattern.score(Utf32Str::new(&name, &mut buffer), &mut matcher);
                // In a sentence scattered letters mean nothing: it is found by its words.
                if score.is_none() && !holds(offer.entry.help, query) {
                    return None;
                }
                let possible = offer.refusal.is_none();
                // Of two screens' actions of one name, that of the screen that is there is meant.
                let here = self.screen_place().tables().contains(&offer.entry.table);
                // Whoever types a name in full wants to know why it cannot be done.
                Some(((holds(&name, query), possible, score, here), offer))
            })
            .collect();
        // Equal fits stay in the order of the table.
        ranked.sort_by_key(|(rank, _)| std::cmp::Reverse(*rank));
        ranked.into_iter().map(|(_, offer)| offer).collect()
    }

    /// Why the palette cannot do `entry` here and now.
    fn refusal_of(&self, entry: &Entry) -> Option<String> {
        // Their keys mean something else on Runs, but what they do can be done with marked runs as well.
        let on_runs = matches!(entry.action, Action::Adjust | Action::Save) && self.screen == Screen::Runs;
        if !on_runs && entry.action != Action::ClearQueue && !self.screen_place().tables().contains(&entry.table) {
            return Some(match entry.table {
                Table::Chart | Table::Matrix | Table::Classes => "only in a pane that has the keys".to_owned(),
                Table::Train | Table::Modes => "only on the Train screen".to_owned(),
                Table::Runs => "only on the Runs screen".to_owned(),
                Table::Compare => "only on the Compare screen".to_owned(),
                Table::Study => "only on the Study screen".to_owned(),
                Table::List => "only where there are rows".to_owned(),
                Table::Form => "only in the form of a run's settings".to_owned(),
                Table::Queue => "only in the queue".to_owned(),
                Table::Dialog => "only in a question that offers it".to_owned(),
                Table::Global | Table::Search | Table::Text => "not here".to_owned(),
            });
        }
        self.refusal(entry.action).map(str::to_owned)
    }

    /// The lines of the help that hold every word of `query`, each table under its heading: first what counts
    /// here, then the mouse, then the rest.
    pub(in crate::tui) fn help_lines(&self, query: &str) -> Vec<HelpLine> {
        let query = query.to_lowercase();
        let words: Vec<&str> = query.split_whitespace().collect();
        let holds = |text: &str| words.iter().all(|word| text.to_lowercase().contains(word));
        let mut lines = Vec::new();
        let mut add = |title: &'static str, found: Vec<HelpLine>| {
            if !found.is_empty() {
                lines.push(HelpLine::Heading(title));
                lines.extend(found);
            }
        };
        let table = |table: Table| {
            let entries = self.keys.entries().filter(move |(entry, _)| entry.table == table);
            let line = |(entry, keys): (&'static Entry, &[Key])| {
                let mut keys: Vec<String> = keys.iter().map(Key::name).collect();
                if entry.action == Action::Interrupt {
                    keys.insert(0, Key::INTERRUPT.name());
                }
                let keys = keys.join(" ");
                let text = format!("{keys} {} {} {}", entry.name.replace('_', " "), table.title(), entry.help);
                holds(&text).then_some(HelpLine::Action { keys, help: entry.help })
            };
            entries.filter_map(line).collect::<Vec<_>>()
        };
        let here = self.screen_place().tables();
        for known in here {
            add(known.title(), table(*known));
        }
        let mouse = MOUSE.iter().filter(|(keys, help)| holds(&format!("{keys} mouse {help}")));
        let mouse = mouse.map(|(keys, help)| HelpLine::Action { keys: (*keys).to_owned(), help });
        add("With the mouse", mouse.collect());
        for known in Table::ALL.into_iter().filter(|known| !here.contains(known)) {
            add(known.title(), table(known));
        }
        lines
    }
}

/// What the mouse does.
const MOUSE: [(&str, &str); 7] = [
    ("click", "what is there: a key's name, a tab, a row, a cell, a pane"),
    ("click once more", "on what is chosen in a list: show it"),
    ("click a heading", "sort by that column; again: the other way round"),
    ("wheel", "through a list or a table; in a chart closer and away"),
    ("Shift-wheel", "or with Ctrl: the value axis of a chart closer and away"),
    ("wheel sideways", "along the x axis of a zoomed chart, along the matrix"),
    ("drag", "move what is seen of a zoomed chart"),
];

/// True where each word of `query` begins a word of `text`.
fn holds(text: &str, query: &str) -> bool {
    let (text, query) = (text.to_lowercase(), query.to_lowercase());
    let mut words = query.split_whitespace();
    words.all(|word| text.split(|c: char| !c.is_alphanumeric()).any(|known| known.starts_with(word)))
}

/// A line of the help.
#[derive(Debug, PartialEq, Eq)]
pub enum HelpLine {
    Heading(&'static str),
    Action { keys: String, help: &'static str },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{config::Config, tui::keymap::ENTRIES};

    #[test]
    fn the_palette_offers_every_action_but_those_of_typing() {
        let state = State::new(Config::default(), 0);
        let offered: Vec<String> = state.offers("").iter().map(|offer| offer.entry.path()).collect();
        for entry in ENTRIES {
            let typing = matches!(entry.table, Table::Search | Table::Text) || entry.action == Action::Palette;
            assert_ne!(offered.contains(&entry.path()), typing, "{}", entry.path());
        }
    }

    #[test]
    fn words_are_found_by_their_beginnings() {
        for (text, query, expected) in [
            ("next colours: safe, dark", "dark", true),
            ("next colours: safe, dark", "col safe", true),
            ("next colours: safe, dark", "clear", false),
            ("next colours: safe, dark", "lours", false),
            ("anything", " ", true),
        ] {
            assert_eq!(holds(text, query), expected, "{query}");
        }
    }
}
