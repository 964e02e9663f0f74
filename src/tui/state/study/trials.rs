//! The table of a study's trials: what is listed, in which order, and what is marked.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use crate::{
    protocol::{RunStarted, Writer},
    runs::{
        Filter, Notes, Row, Summary, Value,
        filter::Fault,
        study::{Course, Study, Trial},
    },
    tui::state::Run,
};

/// A column of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    State,
    /// Index of the study's settings, the seed among them.
    Setting(usize),
    Epochs,
    /// Index of the study's figures.
    Figure(usize),
    Time,
    Run,
}

/// The trials as they are listed.
#[derive(Debug)]
pub struct TrialTable {
    pub columns: Vec<Column>,
    /// The column that is sorted by, and whether the other way round.
    pub order: (Column, bool),
    /// The chosen column, from 0.
    pub column: usize,
    pub rows: Vec<usize>,
    /// The chosen row, from 0, and its trial: it stays chosen where the rows change.
    pub at: usize,
    chosen: Option<usize>,
    pub marked: BTreeSet<usize>,
    /// As typed.
    pub filter_text: String,
    filter: Filter,
    /// Trials that the filter leaves out.
    pub filtered: usize,
}

impl Default for TrialTable {
    fn default() -> Self {
        Self {
            columns: Vec::new(),
            order: (Column::Figure(0), false),
            column: 0,
            rows: Vec::new(),
            at: 0,
            chosen: None,
            marked: BTreeSet::new(),
            filter_text: String::new(),
            filter: Filter::default(),
            filtered: 0,
        }
    }
}

impl Column {
    /// The columns that a study has.
    pub fn of(study: Option<&Study>) -> Vec<Self> {
        let Some(study) = study else { return Vec::new() };
        let settings = (0..study.settings.len()).map(Self::Setting);
        let figures = (0..study.figures.len()).map(Self::Figure);
        // What is ranked by stands by the settings, the rest behind.
        let mut columns = vec![Self::State];
        columns.extend(settings);
        columns.extend(figures.clone().take(1));
        columns.push(Self::Epochs);
        columns.extend(figures.skip(1));
        columns.extend([Self::Time, Self::Run]);
        columns
    }

    pub fn title(self, study: &Study) -> &str {
        match self {
            Self::State => "state",
            Self::Setting(at) => study.settings.get(at).map_or("", |setting| &setting.name),
            Self::Epochs => "epochs",
            Self::Figure(at) => study.figures.get(at).map_or("", |figure| figure.title),
            Self::Time => "time",
            Self::Run => "run",
        }
    }

    pub fn is_number(self, study: &Study) -> bool {
        match self {
            Self::State | Self::Run => false,
            Self::Setting(at) => study.settings.get(at).is_some_and(|setting| setting.numbers.is_some()),
            Self::Epochs | Self::Figure(_) | Self::Time => true,
        }
    }

    /// What trials are sorted by; a value that is worth more comes later.
    fn key<'a>(self, study: &Study, course: &'a Course, trial: usize) -> Value<'a> {
        let (Some(planned), Some(standing)) = (study.trials.get(trial), course.trials.get(trial)) else {
            return Value::Missing;
        };
        match self {
            Self::State => Value::Number(f64::from(standing.phase as u8)),
            Self::Setting(at) => {
                planned.levels.get(at).map_or(Value::Missing, |level| Value::Number(f64::from(*level)))
            }
            Self::Epochs => Value::Number(standing.epochs as f64),
            Self::Figure(at) => {
                let value = standing.values.get(at).copied().flatten();
                let cost = value.and_then(|value| Some(study.figures.get(at)?.cost(value)));
                cost.map_or(Value::Missing, Value::Number)
            }
            Self::Time => Value::Number(standing.seconds),
            Self::Run => {
                let name = standing.dir.as_ref().and_then(|dir| dir.file_name());
                name.map_or(Value::Missing, |name| Value::Text(name.to_string_lossy()))
            }
        }
    }
}

impl TrialTable {
    /// List the trials that `text` asks for.
    ///
    /// # Errors
    /// Where it means nothing; then everything stays as it was.
    pub fn set_filter(&mut self, text: &str) -> Result<(), Fault> {
        self.filter = Filter::parse(text)?;
        text.trim().clone_into(&mut self.filter_text);
        Ok(())
    }

    /// Sort by the chosen column; again: the other way round.
    pub fn sort(&mut self) {
        let Some(&column) = self.columns.get(self.column) else { return };
        self.order = (column, self.order.0 == column && !self.order.1);
    }

    /// Choose row `at`.
    pub fn choose(&mut self, at: usize) {
        self.at = at.min(self.rows.len().saturating_sub(1));
        self.chosen = self.rows.get(self.at).copied();
    }

    /// Make the rows anew.
    pub fn settle(&mut self, study: &Study, course: &Course, runs: &BTreeMap<PathBuf, Run>) {
        let (column, reversed) = self.order;
        let all = self.filter.is_empty();
        let told = (0..study.trials.len().min(course.trials.len()))
            .filter(|&trial| all || self.fits(study, course, runs, trial))
            .map(|trial| (column.key(study, course, trial), trial));
        let mut rows: Vec<(Value<'_>, usize)> = told.collect();
        // What has no value stays last, whichever way; equals keep the order of the study.
        rows.sort_by(|(a, _), (b, _)| match (a.is_nothing(), b.is_nothing()) {
            (false, false) if reversed => b.order(a),
            (false, false) => a.order(b),
            (a, b) => a.cmp(&b),
        });
        self.rows = rows.into_iter().map(|(_, trial)| trial).collect();
        self.filtered = study.trials.len() - self.rows.len();
        self.marked.retain(|trial| *trial < study.trials.len());
        self.column = self.column.min(self.columns.len().saturating_sub(1));
        // At the top the best stays chosen, whichever trial that is.
        let place = self.chosen.and_then(|chosen| self.rows.iter().position(|trial| *trial == chosen));
        self.choose(place.filter(|_| self.at > 0).unwrap_or(self.at));
    }

    fn fits(&self, study: &Study, course: &Course, runs: &BTreeMap<PathBuf, Run>, trial: usize) -> bool {
        let (Some(planned), Some(standing)) = (study.trials.get(trial), course.trials.get(trial)) else { return false };
        let run = standing.dir.as_ref().and_then(|dir| runs.get(dir));
        let run = run.filter(|run| run.summary.started.is_some());
        let summary = run.map_or_else(|| Cow::Owned(planned_summary(planned)), |run| Cow::Borrowed(&run.summary));
        let notes = run.map_or_else(|| Cow::Owned(Notes::default()), |run| Cow::Borrowed(&run.notes));
        let words = study.words(trial, 0..study.settings.len());
        let name = format!("{words} {} {}", planned.id, run.map_or("", |run| &run.name));
        self.filter.matches(&Row { name: &name, summary: &summary, notes: &notes, state: standing.phase.word() })
    }
}

/// What is known of a trial that has no run: its settings.
fn planned_summary(trial: &Trial) -> Summary {
    let started = trial.mode.map(|mode| {
        Box::new(RunStarted {
            mode,
            seed: trial.seed,
            classes: Vec::new(),
            train_clips: 0,
            val_clips: 0,
            test_clips: 0,
            batch_size: trial.batch_size,
            batches: 0,
            epochs: trial.epochs,
            early_stop: trial.early_stop,
            lr: trial.lr,
            parameters: 0,
            device: String::new(),
            data: String::new(),
            fingerprint: String::new(),
            demo: false,
            version: String::new(),
            writer: Writer::default(),
            imported: None,
        })
    });
    Summary { started, ..Summary::default() }
}
