//! The form that changes settings of runs that are being trained, or lets an ended one go on.

use std::path::PathBuf;

use super::{Field, Run};
use crate::{config::Config, protocol::Setting};

/// What is typed, for the runs that were being trained when the form was opened, or for an ended one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adjust {
    /// At least one.
    pub dirs: Vec<PathBuf>,
    /// The run has ended, and goes on with what is typed.
    pub extends: bool,
    pub rows: Vec<Row>,
    /// The row that is typed into.
    pub at: usize,
}

/// A setting and the value that is typed for it; nothing typed changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub key: Setting,
    pub field: Field,
}

impl Adjust {
    /// Nothing typed yet, for `runs`; none where there are none.
    #[must_use]
    pub fn new(runs: &[&Run]) -> Option<Self> {
        let row = |key| Row { key, field: Field::default() };
        let dirs: Vec<_> = runs.iter().map(|run| run.dir.clone()).collect();
        (!dirs.is_empty()).then(|| Self { dirs, extends: false, rows: Setting::ALL.map(row).to_vec(), at: 0 })
    }

    /// The same for `run`, which has ended: what decides whether it goes on.
    #[must_use]
    pub fn extending(run: &Run) -> Self {
        let rows = [Setting::Epochs, Setting::EarlyStop].map(|key| Row { key, field: Field::default() });
        Self { dirs: vec![run.dir.clone()], extends: true, rows: rows.to_vec(), at: 0 }
    }

    /// What is typed; none where some of it is no value.
    #[must_use]
    pub fn changes(&self, config: &Config) -> Option<Vec<(Setting, f64)>> {
        let values = self.rows.iter().map(|row| row.value(config).map(|value| Some((row.key, value?))));
        values.collect::<Result<Vec<_>, _>>().ok().map(|values| values.into_iter().flatten().collect())
    }

    pub(in crate::tui) fn field_mut(&mut self) -> Option<&mut Field> {
        self.rows.get_mut(self.at).map(|row| &mut row.field)
    }

    /// Go to the row that is `rows` below, or above.
    pub(in crate::tui) fn step(&mut self, rows: isize) {
        self.at = self.at.saturating_add_signed(rows).min(self.rows.len().saturating_sub(1));
    }
}

impl Row {
    /// The value that is typed, if one is.
    ///
    /// # Errors
    /// What is wrong with it, in the words of the settings.
    pub fn value(&self, config: &Config) -> Result<Option<f64>, String> {
        let text = self.field.text().trim();
        if text.is_empty() {
            return Ok(None);
        }
        Ok(Some(self.key.of(&config.with(self.key.key(), text)?)))
    }
}
