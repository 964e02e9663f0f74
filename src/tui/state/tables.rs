//! How the confusion matrix and the class table are looked at, and what they are of.

use std::{
    borrow::Cow,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::{
    metrics::Confusion,
    tui::{Clip, Predicted},
};

use super::{Run, State};

/// Clips of a cell that are named.
const MOST_EXAMPLES: usize = 50;

/// What a cell of the confusion matrix tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// Per cent of the clips of the true class.
    #[default]
    Row,
    Clips,
    /// Per cent of the clips that were predicted as this class.
    Column,
}

impl Unit {
    pub(in crate::tui) fn title(self) -> &'static str {
        match self {
            Self::Row => "row %",
            Self::Clips => "clips",
            Self::Column => "column %",
        }
    }

    pub(in crate::tui) fn next(self) -> Self {
        match self {
            Self::Row => Self::Clips,
            Self::Clips => Self::Column,
            Self::Column => Self::Row,
        }
    }

    /// The value of a cell of `matrix`: clips, or a share from 0 to 1.
    pub(in crate::tui) fn of(self, matrix: &Confusion, truth: usize, prediction: usize) -> f64 {
        let clips = matrix.get(truth, prediction) as f64;
        let whole = match self {
            Self::Clips => 1,
            Self::Row => matrix.support(truth),
            Self::Column => matrix.predicted(prediction),
        };
        if whole == 0 { 0.0 } else { clips / whole as f64 }
    }
}

/// How the matrix is looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MatrixView {
    pub unit: Unit,
    /// What is different from the pinned run, instead of the values.
    pub difference: bool,
    /// The cell of the cursor: truth and prediction.
    pub cell: (usize, usize),
    /// The run whose past is looked at, and the place of the epoch among its records.
    scrub: Option<(PathBuf, usize)>,
}

/// What the class table is sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sort {
    #[default]
    Class,
    Precision,
    Recall,
    F1,
    Support,
    /// F1 against the pinned run's.
    Change,
}

impl Sort {
    pub(in crate::tui) fn next(self) -> Self {
        match self {
            Self::Class => Self::Precision,
            Self::Precision => Self::Recall,
            Self::Recall => Self::F1,
            Self::F1 => Self::Support,
            Self::Support => Self::Change,
            Self::Change => Self::Class,
        }
    }
}

/// How the class table is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClassView {
    pub sort: Sort,
    /// The largest first.
    pub descending: bool,
    /// The row of the cursor, as sorted.
    #[serde(skip)]
    pub row: usize,
}

/// The predictions of one run: asked for, or there.
#[derive(Clone, Debug, PartialEq)]
pub struct Predictions {
    pub(in crate::tui) dir: PathBuf,
    pub(in crate::tui) of: Predicted,
    pub(in crate::tui) clips: Option<Result<Vec<Clip>, String>>,
    /// The clips of `cell`, most confident first.
    cell: (usize, usize),
    chosen: Vec<usize>,
}

impl Predictions {
    pub(in crate::tui) fn asked(dir: PathBuf, of: Predicted) -> Self {
        Self { dir, of, clips: None, cell: (0, 0), chosen: Vec::new() }
    }

    /// Look for the clips of `cell`.
    fn choose(&mut self, cell: (usize, usize)) {
        self.cell = cell;
        self.chosen.clear();
        let Some(Ok(clips)) = &self.clips else { return };
        let of_cell = |clip: &Clip| (clip.truth, clip.prediction) == cell;
        self.chosen = (0..clips.len()).filter(|at| clips.get(*at).is_some_and(of_cell)).collect();
        let confidence = |at: &usize| clips.get(*at).map_or(0.0, |clip| clip.confidence);
        self.chosen.sort_by(|a, b| confidence(b).total_cmp(&confidence(a)));
        self.chosen.truncate(MOST_EXAMPLES);
    }

    /// The clips of the cursor's cell, most confident first.
    pub(in crate::tui) fn examples(&self) -> impl Iterator<Item = &Clip> {
        let clips = self.clips.as_ref().and_then(|clips| clips.as_ref().ok());
        self.chosen.iter().filter_map(move |at| clips?.get(*at))
    }
}

/// A confusion matrix as it is shown.
#[derive(Debug)]
pub struct Table<'a> {
    pub run: &'a Run,
    pub matrix: &'a Confusion,
    pub source: String,
    /// The predictions that it counts, where they were kept.
    pub of: Option<Predicted>,
    pub pinned: Option<Reference<'a>>,
}

/// The pinned run that a table is compared with.
#[derive(Debug)]
pub struct Reference<'a> {
    pub run: &'a Run,
    /// The epoch that its matrix is of, where that is known.
    pub epoch: Option<usize>,
    /// Its matrix of the same kind, its classes in the shown run's order; or why there is none.
    pub matrix: Result<Cow<'a, Confusion>, &'static str>,
}

impl<'a> Reference<'a> {
    /// `pin` beside `shown`; `found`: its matrix, where it has one of this kind.
    fn new(shown: &Run, pin: &'a Run, epoch: Option<usize>, found: Option<&'a Confusion>) -> Self {
        let in_order =
            |matrix: &'a Confusion| matrix.in_order(classes(pin), classes(shown)).ok_or("it has other classes");
        let matrix = found.ok_or("it has no such matrix").and_then(in_order);
        Self { run: pin, epoch, matrix }
    }
}

fn classes(run: &Run) -> &[String] {
    run.history.started.as_ref().map(|started| started.classes.as_slice()).unwrap_or_default()
}

impl Table<'_> {
    /// What the differences are from, where there is something.
    pub(in crate::tui) fn minus(&self) -> Option<&Confusion> {
        self.pinned.as_ref().and_then(|pin| pin.matrix.as_deref().ok())
    }
}

impl State {
    /// The place among the records of `run` of the epoch that is looked at; none: the newest.
    pub(in crate::tui) fn scrubbed(&self, run: &Run) -> Option<usize> {
        let (dir, at) = self.matrix.scrub.as_ref()?;
        (*dir == run.dir && *at < run.history.epochs.len()).then_some(*at)
    }

    /// Look at another epoch of the shown run, `by` after the present one; past the last one, live again.
    pub(in crate::tui) fn scrub(&mut self, by: isize) {
        let Some(run) = self.shown() else { return };
        let count = run.history.epochs.len();
        let at = self.scrubbed(run).unwrap_or(count).min(count).saturating_add_signed(by);
        self.matrix.scrub = (at < count).then(|| (run.dir.clone(), at));
    }

    /// The matrix that the tables show.
    pub(in crate::tui) fn table(&self) -> Option<Table<'_>> {
        let run = self.shown()?;
        if let Some(at) = self.scrubbed(run) {
            let result = &run.history.epochs.get(at)?.result;
            if result.confusion.classes() == 0 {
                return None;
            }
            let source = format!("val of epoch {}/{}", result.epoch, run.history.last_epoch());
            let pinned = self.reference(&run.dir).map(|pin| {
                // Past its end, its last epoch.
                let last = pin.history.epochs.last().map(|record| &record.result);
                let theirs = pin.history.epoch(result.epoch).or(last).filter(|their| their.confusion.classes() > 0);
                Reference::new(run, pin, theirs.map(|their| their.epoch), theirs.map(|their| &their.confusion))
            });
            let of = run.validated(Some(result.epoch));
            return Some(Table { run, matrix: &result.confusion, source, of, pinned });
        }
        // Of an imported run there is nothing but the test split.
        let test = (self.view.test || run.history.imported().is_some()) && run.test().is_some();
        let (matrix, source) = run.confusion(test)?;
        let pinned = self.reference(&run.dir).map(|pin| {
            // A test result and a validation result are no pair.
            let same = if test { pin.test().is_some() } else { !pin.is_imported() };
            let theirs = pin.confusion(test).filter(|_| same);
            Reference::new(run, pin, pin.confusion_epoch(test), theirs.map(|(matrix, _)| matrix))
        });
        let of = if test { Some(Predicted::Test) } else { run.validated(run.confusion_epoch(false)) };
        Some(Table { run, matrix, source, of, pinned })
    }

    /// The run that the one in `shown` is compared with: the newest of the other pinned ones.
    pub(in crate::tui) fn reference(&self, shown: &Path) -> Option<&Run> {
        self.pins.iter().rev().filter(|dir| *dir != shown).find_map(|dir| self.runs.get(dir))
    }

    /// The predictions that the matrix's cell needs and that nobody has asked for yet.
    pub(in crate::tui) fn missing_predictions(&self) -> Option<(PathBuf, Predicted, Vec<String>)> {
        let table = self.table()?;
        let (run, of) = (table.run, table.of?);
        let known = self.predictions.as_ref().is_some_and(|known| known.dir == run.dir && known.of == of);
        (!known).then(|| (run.dir.clone(), of, classes(run).to_vec()))
    }

    /// Keep the cursors within the tables, and the examples those of the cell.
    pub(in crate::tui) fn settle_tables(&mut self) {
        if let Some(last) = self.table().map(|table| table.matrix.classes().saturating_sub(1)) {
            self.matrix.cell = (self.matrix.cell.0.min(last), self.matrix.cell.1.min(last));
            self.classes.row = self.classes.row.min(last);
        }
        let cell = self.matrix.cell;
        if let Some(predictions) = self.predictions.as_mut().filter(|predictions| predictions.cell != cell) {
            predictions.choose(cell);
        }
    }

    /// Predictions of the run in `dir` have been read.
    pub(in crate::tui) fn predictions_read(&mut self, dir: &Path, of: Predicted, clips: Result<Vec<Clip>, String>) {
        let cell = self.matrix.cell;
        if let Some(predictions) = self.predictions.as_mut().filter(|known| known.dir == dir && known.of == of) {
            predictions.clips = Some(clips);
            predictions.choose(cell);
        }
    }
}
