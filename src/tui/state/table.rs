//! The table of runs: what is listed, in which order, and what is marked. The rows are kept, and made anew
//! only when a run or a choice has changed, so that a frame costs what it shows.

use std::{
    cmp::Ordering,
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use crate::runs::{Field, Filter, Row, Value, filter::Fault};

use super::{Run, State, marks::Marks};

/// The columns at first. Test scores are shown, and never what runs are sorted by unless asked for.
pub const COLUMNS: [Field; 14] = [
    Field::Mode,
    Field::Seed,
    Field::State,
    Field::ValLoss,
    Field::ValAccuracy,
    Field::TestAccuracy,
    Field::TestLogLoss,
    Field::TestF1,
    Field::Epochs,
    Field::BestEpoch,
    Field::Time,
    Field::Lr,
    Field::Tags,
    Field::Name,
];

/// One key of the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    pub field: Field,
    pub descending: bool,
}

/// The newest run first.
const ORDER: [Key; 1] = [Key { field: Field::Started, descending: true }];

/// The Runs screen.
#[derive(Debug)]
pub struct RunTable {
    pub columns: Vec<Field>,
    pub order: Vec<Key>,
    /// As typed.
    pub filter_text: String,
    filter: Filter,
    pub hidden_too: bool,
    pub marked: Marks,
    /// The listed runs in order.
    pub rows: Vec<PathBuf>,
    /// The data sets of the listed runs by their fingerprints, numbered as they are first listed: scores on
    /// different sets stand in one column only with a mark.
    pub sets: BTreeMap<String, usize>,
    /// The chosen row, from 0, and its run: it stays chosen where the rows change.
    pub at: usize,
    chosen: Option<PathBuf>,
    /// The chosen column, from 0.
    pub column: usize,
    /// Runs that are left out because they are hidden, and that the filter leaves out.
    pub hidden: usize,
    pub filtered: usize,
    /// The rows are not those of the runs any more.
    pub outdated: bool,
}

impl Default for RunTable {
    fn default() -> Self {
        Self {
            columns: COLUMNS.to_vec(),
            order: ORDER.to_vec(),
            filter_text: String::new(),
            filter: Filter::default(),
            hidden_too: false,
            marked: Marks::default(),
            rows: Vec::new(),
            sets: BTreeMap::new(),
            at: 0,
            chosen: None,
            column: 0,
            hidden: 0,
            filtered: 0,
            outdated: true,
        }
    }
}

impl RunTable {
    /// List the runs that `text` asks for.
    ///
    /// # Errors
    /// Where it means nothing; then everything stays as it was.
    pub fn set_filter(&mut self, text: &str) -> Result<(), Fault> {
        self.filter = Filter::parse(text)?;
        text.trim().clone_into(&mut self.filter_text);
        self.outdated = true;
        Ok(())
    }

    /// Sort by the chosen column: first the better end, then the other way round. `more`: as a further key.
    pub fn sort_by(&mut self, field: Field, more: bool) {
        let known = self.order.iter().position(|key| key.field == field);
        let alone = self.order.len() == 1;
        match known {
            Some(at) if more || alone => {
                if let Some(key) = self.order.get_mut(at) {
                    key.descending = !key.descending;
                }
            }
            _ => {
                if !more {
                    self.order.clear();
                }
                let descending = field.higher_is_better().unwrap_or(field == Field::Started);
                self.order.push(Key { field, descending });
            }
        }
        self.outdated = true;
    }

    /// The order in words that [`parse_order`] reads.
    #[must_use]
    pub fn order_text(&self) -> String {
        let word = |key: &Key| format!("{}{}", if key.descending { "-" } else { "" }, key.field.name());
        self.order.iter().map(word).collect::<Vec<_>>().join(" ")
    }

    #[must_use]
    pub fn columns_text(&self) -> String {
        self.columns.iter().map(|field| field.name()).collect::<Vec<_>>().join(" ")
    }

    /// Choose row `at`.
    pub fn choose(&mut self, at: usize) {
        self.at = at.min(self.rows.len().saturating_sub(1));
        self.chosen = self.rows.get(self.at).cloned();
    }

    /// Choose the run in `dir` as soon as it is listed.
    pub fn choose_run(&mut self, dir: &Path) {
        self.chosen = Some(dir.to_owned());
        self.outdated = true;
    }
}

/// Fields separated by blanks, `-` before one that is to be descending; without any the usual order.
///
/// # Errors
/// At a word that is no field.
pub fn parse_order(text: &str) -> Result<Vec<Key>, Fault> {
    let mut order: Vec<Key> = Vec::new();
    for (at, word) in words(text) {
        let name = word.strip_prefix('-').unwrap_or(word);
        let field = field(name, at)?;
        if !order.iter().any(|key| key.field == field) {
            order.push(Key { field, descending: name != word });
        }
    }
    Ok(if order.is_empty() { ORDER.to_vec() } else { order })
}

/// Fields separated by blanks; without any the usual ones.
///
/// # Errors
/// At a word that is no field.
pub fn parse_columns(text: &str) -> Result<Vec<Field>, Fault> {
    let mut columns = Vec::new();
    for (at, word) in words(text) {
        let field = field(word, at)?;
        if !columns.contains(&field) {
            columns.push(field);
        }
    }
    Ok(if columns.is_empty() { COLUMNS.to_vec() } else { columns })
}

fn field(name: &str, at: usize) -> Result<Field, Fault> {
    Field::named(name).ok_or_else(|| {
        let names: Vec<_> = Field::ALL.iter().map(|field| field.name()).collect();
        Fault { at, what: format!("there is no field `{name}`; there are {}", names.join(" ")) }
    })
}

/// The words of `text`, each with the number of characters before it.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split_whitespace().map(move |word| {
        let bytes = word.as_ptr() as usize - text.as_ptr() as usize;
        (text.get(..bytes).unwrap_or_default().chars().count(), word)
    })
}

impl State {
    /// A run as the fields of the table see it.
    pub(in crate::tui) fn cells<'a>(&self, run: &'a Run) -> Row<'a> {
        let state = self.word(run);
        Row { name: &run.name, summary: &run.summary, notes: &run.notes, state }
    }

    /// Make rows and marks anew, if anything has changed.
    pub(in crate::tui) fn settle_table(&mut self) {
        if std::mem::take(&mut self.table.outdated) {
            self.settle_rows();
            self.table.marked.outdated = true;
        }
        self.settle_marks();
    }

    fn settle_rows(&mut self) {
        let table = &self.table;
        let (mut hidden, mut filtered) = (0, 0);
        let mut rows: Vec<(Vec<Value<'_>>, &Run)> = Vec::new();
        for run in self.runs.values().filter(|run| run.mode().is_some()) {
            if run.notes.hidden && !table.hidden_too {
                hidden += 1;
                continue;
            }
            let row = self.cells(run);
            if !table.filter.matches(&row) {
                filtered += 1;
                continue;
            }
            let keys = table.order.iter().map(|key| key.field.value(&row)).collect();
            rows.push((keys, run));
        }
        let order = &table.order;
        rows.sort_unstable_by(|(one, one_run), (other, other_run)| {
            let keys = order.iter().zip(one.iter().zip(other));
            let by_keys = keys.map(|(key, (one, other))| compare(one, other, key.descending));
            // Among equals the newest is first.
            let newest = || other_run.newness().cmp(&one_run.newness());
            by_keys.fold(Ordering::Equal, Ordering::then).then_with(newest)
        });
        let mut sets = BTreeMap::new();
        for (_, run) in &rows {
            if !sets.contains_key(run.fingerprint()) {
                sets.insert(run.fingerprint().to_owned(), sets.len());
            }
        }
        let rows: Vec<PathBuf> = rows.into_iter().map(|(_, run)| run.dir.clone()).collect();
        let table = &mut self.table;
        table.sets = sets;
        let place = table.chosen.as_ref().and_then(|chosen| rows.iter().position(|dir| dir == chosen));
        (table.rows, table.hidden, table.filtered) = (rows, hidden, filtered);
        table.column = table.column.min(table.columns.len().saturating_sub(1));
        // Without a choice the first row stays chosen, whatever comes to stand there.
        let keeps = table.at > 0 || table.chosen.is_some() && place.is_some();
        let at = place.unwrap_or(table.at).min(table.rows.len().saturating_sub(1));
        table.at = if keeps { at } else { 0 };
        if place.is_none() {
            table.chosen = table.rows.get(table.at).cloned();
        }
    }

    /// The chosen row's run.
    pub(in crate::tui) fn chosen_run(&self) -> Option<&Run> {
        self.runs.get(self.table.rows.get(self.table.at)?)
    }
}

/// What has no value stays last, whichever way.
fn compare(one: &Value<'_>, other: &Value<'_>, descending: bool) -> Ordering {
    match (one.is_nothing(), other.is_nothing()) {
        (false, false) if descending => other.order(one),
        (false, false) => one.order(other),
        (one, other) => one.cmp(&other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_columns_are_typed() {
        let key = |field, descending| Key { field, descending };
        let order = parse_order(" -acc loss  acc ").unwrap();
        assert_eq!(order, [key(Field::ValAccuracy, true), key(Field::ValLoss, false)]);
        assert_eq!(parse_order("").unwrap(), ORDER);
        assert!(!ORDER.iter().any(|key| key.field.name().starts_with("test")), "no run is chosen by a test score");
        assert_eq!(parse_order("ä acc").unwrap_err().at, 0);
        assert_eq!(parse_columns("mode  ä").unwrap_err().at, 6);
        assert_eq!(parse_columns("mode seed mode").unwrap(), [Field::Mode, Field::Seed]);
    }

    #[test]
    fn what_is_missing_stays_last() {
        let (one, two, nan) = (Value::Number(1.0), Value::Number(2.0), Value::Number(f64::NAN));
        for descending in [false, true] {
            let expected = if descending { Ordering::Greater } else { Ordering::Less };
            assert_eq!(compare(&one, &two, descending), expected);
            for nothing in [&nan, &Value::Missing] {
                assert_eq!(compare(&one, nothing, descending), Ordering::Less);
            }
        }
    }
}
