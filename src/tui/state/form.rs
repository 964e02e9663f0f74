//! The form of a run's settings: every key with its value, changed in place.

use std::cell::OnceCell;

use super::{Field, Overlay, State};
use crate::config::{
    Config,
    schema::{self, Entry, Values},
};

/// Settings on their way to a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Form {
    pub purpose: Purpose,
    /// What differs is told against these, and a reset goes back to them.
    pub reference: Config,
    /// As they were when the form was opened, and as they are now. Both are valid at any moment.
    opened: Config,
    pub config: Config,
    /// The chosen one of [`Form::rows`].
    pub at: usize,
    /// What is looked for; empty: every setting is listed.
    pub query: Field,
    pub typing: Option<Typing>,
}

/// What the settings are for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A new run; what is set holds for later ones, too.
    New,
    /// A run like the one of this name.
    Like(String),
    /// The waiting run of this number.
    Waiting(u64),
}

/// What characters are typed into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Typing {
    /// The chosen setting's value.
    Value(Field),
    Search,
}

/// What can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    Train,
    Queue,
    /// Take the settings over into the waiting run.
    Keep,
    Setting(&'static Entry),
}

impl Form {
    /// A form that begins with `config`; what differs from `reference` is marked.
    #[must_use]
    pub fn new(purpose: Purpose, reference: Config, config: Config) -> Self {
        Self { purpose, reference, opened: config.clone(), config, at: 0, query: Field::default(), typing: None }
    }

    /// What is listed, from the top.
    #[must_use]
    pub fn rows(&self) -> Vec<Row> {
        let mut rows = match self.purpose {
            Purpose::New | Purpose::Like(_) => vec![Row::Train, Row::Queue],
            Purpose::Waiting(_) => vec![Row::Keep],
        };
        rows.extend(self.found().into_iter().map(Row::Setting));
        rows
    }

    /// The settings that are looked for: those with the words in their names before those with the words
    /// in their comments.
    fn found(&self) -> Vec<&'static Entry> {
        let query = self.query.text().to_lowercase();
        let words: Vec<&str> = query.split_whitespace().collect();
        let holds = |text: &str| words.iter().all(|word| text.contains(word));
        let (named, others): (Vec<&Entry>, Vec<&Entry>) =
            schema::entries().iter().partition(|entry| holds(&entry.path));
        let changed: OnceCell<Vec<&Entry>> = OnceCell::new();
        let described = others.into_iter().filter(|entry| {
            let word = if changed.get_or_init(|| self.changed()).contains(entry) { "changed" } else { "" };
            holds(&format!("{} {} {word}", entry.path, entry.help).to_lowercase())
        });
        named.into_iter().chain(described).collect()
    }

    #[must_use]
    pub fn row(&self) -> Option<Row> {
        self.rows().get(self.at).copied()
    }

    /// The settings that differ from those of reference.
    #[must_use]
    pub fn changed(&self) -> Vec<&'static Entry> {
        differing(&self.reference, &self.config)
    }

    /// True where the chosen setting differs.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        matches!(self.row(), Some(Row::Setting(entry)) if self.changed().contains(&entry))
    }

    /// How many settings were changed here.
    #[must_use]
    pub fn edits(&self) -> usize {
        differing(&self.opened, &self.config).len()
    }

    pub(in crate::tui) fn field_mut(&mut self) -> Option<&mut Field> {
        match &mut self.typing {
            Some(Typing::Value(field)) => Some(field),
            Some(Typing::Search) => Some(&mut self.query),
            None => None,
        }
    }

    /// Go to the row that is `rows` below, or above.
    pub(in crate::tui) fn step(&mut self, rows: isize) {
        self.choose(self.at.saturating_add_signed(rows));
    }

    pub(in crate::tui) fn choose(&mut self, row: usize) {
        self.at = row.min(self.rows().len().saturating_sub(1));
    }

    /// Something else is looked for: go to the first setting that is found.
    pub(in crate::tui) fn searched(&mut self) {
        if self.typing == Some(Typing::Search) {
            let first = self.rows().iter().position(|row| matches!(row, Row::Setting(_)));
            self.at = first.filter(|_| !self.query.text().is_empty()).unwrap_or(0);
        }
    }

    /// What is wrong with the value that is typed, in the words of the settings.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        let (Some(Typing::Value(field)), Some(Row::Setting(entry))) = (&self.typing, self.row()) else { return None };
        self.config.with(&entry.path, field.text()).err()
    }

    /// Begin to type over the value of the chosen setting.
    pub(in crate::tui) fn begin(&mut self) {
        if let Some(Row::Setting(entry)) = self.row() {
            self.typing = Some(Typing::Value(Field::new(&Values::of(&self.config).text(entry))));
        }
    }

    /// Take the typed value over, unless something is wrong with it. True where nothing is typed any more.
    pub(in crate::tui) fn commit(&mut self) -> bool {
        if let (Some(Typing::Value(field)), Some(Row::Setting(entry))) = (&self.typing, self.row()) {
            let Ok(config) = self.config.with(&entry.path, field.text()) else { return false };
            self.config = config;
        }
        self.typing = None;
        true
    }

    /// Set the chosen setting as it is in the settings of reference.
    pub(in crate::tui) fn reset(&mut self) {
        let Some(Row::Setting(entry)) = self.row() else { return };
        if let Ok(config) = self.config.with(&entry.path, &Values::of(&self.reference).text(entry)) {
            self.config = config;
        }
    }
}

/// The settings of a run that differ between `a` and `b`.
pub(in crate::tui) fn differing(a: &Config, b: &Config) -> Vec<&'static Entry> {
    let (a, b) = (Values::of(a), Values::of(b));
    schema::entries().iter().filter(|entry| a.text(entry) != b.text(entry)).collect()
}

impl State {
    /// The values that the chosen setting of `form` can have, where they are few and known; a device may
    /// be named in other ways as well.
    pub(in crate::tui) fn form_choices(&self, form: &Form) -> Vec<String> {
        let Some(Row::Setting(entry)) = form.row() else { return Vec::new() };
        if entry.path == "train.device" {
            return std::iter::once("auto".to_owned()).chain(self.devices.iter().cloned()).collect();
        }
        let choices = Values::of(&form.config).choices(entry).unwrap_or_default();
        choices.into_iter().map(str::to_owned).collect()
    }

    fn form(&self) -> Option<&Form> {
        match &self.overlay {
            Some(Overlay::Form(form)) => Some(form),
            _ => None,
        }
    }

    /// True where the form is that of a waiting run.
    pub(in crate::tui) fn is_for_waiting(&self) -> bool {
        self.form().is_some_and(|form| matches!(form.purpose, Purpose::Waiting(_)))
    }

    /// True where the chosen setting of the form is typed.
    pub(in crate::tui) fn has_no_choices(&self) -> bool {
        self.form().is_none_or(|form| self.form_choices(form).is_empty())
    }

    /// What new runs will be trained with, where it was set here: each as it is written on the command line.
    pub(in crate::tui) fn set_here(&self) -> Vec<String> {
        // Every frame asks, and nearly always nothing was set: then no value needs its words.
        let (mut model, mut train) = (self.config.model.clone(), self.config.train.clone());
        model.mode = self.base.model.mode;
        train.device.clone_from(&self.base.train.device);
        if (&model, &train, &self.config.data) == (&self.base.model, &self.base.train, &self.base.data) {
            return Vec::new();
        }
        let values = Values::of(&self.config);
        let told = |entry: &&Entry| !matches!(entry.path.as_str(), "model.mode" | "train.device");
        let changed = differing(&self.base, &self.config).into_iter().filter(told);
        changed.map(|entry| format!("{} {}", entry.key, values.text(entry))).collect()
    }
}
