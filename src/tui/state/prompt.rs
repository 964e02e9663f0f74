//! A line that is typed on behalf of an action: a filter, an order, tags, a note, a name.

use std::path::PathBuf;

use super::{Field, State, table};
use crate::runs::filter::Fault;

/// What is typed, and for what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    pub ask: Ask,
    pub field: Field,
    /// What was there before, where it takes effect as it is typed.
    pub before: String,
}

/// What the text is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    Filter,
    /// Of a study's trials.
    Trials,
    Order,
    Columns,
    /// Of these runs.
    Tags(Vec<PathBuf>),
    Note(Vec<PathBuf>),
    Label(PathBuf),
}

impl Prompt {
    pub(in crate::tui) fn title(&self) -> String {
        let runs = |dirs: &[PathBuf]| if dirs.len() == 1 { String::new() } else { format!(" of {} runs", dirs.len()) };
        match &self.ask {
            Ask::Filter | Ask::Trials => "filter".to_owned(),
            Ask::Order => "sort by".to_owned(),
            Ask::Columns => "columns".to_owned(),
            Ask::Tags(dirs) => format!("tags{}", runs(dirs)),
            Ask::Note(dirs) => format!("note{}", runs(dirs)),
            Ask::Label(_) => "name".to_owned(),
        }
    }

    /// How it is written.
    pub(in crate::tui) fn hint(&self) -> &'static str {
        match self.ask {
            Ask::Filter => "mode:late lr>=1e-4 acc>0.8 -tag:old time<10m \"two words\"",
            Ask::Trials => "mode:late lr>=1e-4 -state:done \"dropout 0.1\"",
            Ask::Order => "loss -acc: fields in order, - for descending; empty: newest first",
            Ask::Columns => "mode seed state loss acc: fields in order; empty: the usual ones",
            Ask::Tags(_) => "new -old: adds and takes away",
            Ask::Note(_) => "one line; empty: no note",
            Ask::Label(_) => "shown in lists; the directory keeps its name; empty: as the directory",
        }
    }

    /// What is wrong with the text.
    pub(in crate::tui) fn fault(&self) -> Option<Fault> {
        let text = self.field.text();
        match self.ask {
            Ask::Filter | Ask::Trials => crate::runs::Filter::parse(text).err(),
            Ask::Order => table::parse_order(text).err(),
            Ask::Columns => table::parse_columns(text).err(),
            Ask::Tags(_) | Ask::Note(_) | Ask::Label(_) => None,
        }
    }
}

impl State {
    /// Ask for a line that begins as `text`.
    pub(in crate::tui) fn prompt(&mut self, ask: Ask, text: &str) {
        self.overlay = Some(super::Overlay::Prompt(Prompt { ask, field: Field::new(text), before: text.to_owned() }));
    }
}
