//! What can be told of a run in one cell: the columns of a list, what it is sorted by, and what a filter
//! looks at.

use std::{borrow::Cow, cmp::Ordering};

use super::{Notes, Summary};

/// A fact of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    Name,
    Mode,
    Seed,
    State,
    Started,
    Epochs,
    BestEpoch,
    ValLoss,
    ValAccuracy,
    ValF1,
    TestAccuracy,
    TestLogLoss,
    TestF1,
    Time,
    Lr,
    Batch,
    Limit,
    Patience,
    Parameters,
    Tags,
    Note,
    Device,
    Data,
    Host,
}

/// A run as its fields see it.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// The directory's name.
    pub name: &'a str,
    pub summary: &'a Summary,
    pub notes: &'a Notes,
    /// How far the run is, in the word that people read.
    pub state: &'a str,
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    Missing,
    Number(f64),
    Text(Cow<'a, str>),
}

impl Value<'_> {
    /// The order of a list: numbers before text, what is NaN or missing last.
    #[must_use]
    pub fn order(&self, other: &Self) -> Ordering {
        let rank = |value: &Self| match value {
            Self::Number(number) if !number.is_nan() => 0,
            Self::Text(_) => 1,
            Self::Number(_) => 2,
            Self::Missing => 3,
        };
        match (self, other) {
            (Self::Number(one), Self::Number(other)) if !one.is_nan() && !other.is_nan() => one.total_cmp(other),
            (Self::Text(one), Self::Text(other)) => one.cmp(other),
            _ => rank(self).cmp(&rank(other)),
        }
    }

    /// True where there is no value to sort by: such runs stay last, whichever way a list is sorted.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        match self {
            Self::Missing => true,
            Self::Number(number) => number.is_nan(),
            Self::Text(_) => false,
        }
    }
}

impl Field {
    pub const ALL: [Self; 24] = [
        Self::Name,
        Self::Mode,
        Self::Seed,
        Self::State,
        Self::Started,
        Self::Epochs,
        Self::BestEpoch,
        Self::ValLoss,
        Self::ValAccuracy,
        Self::ValF1,
        Self::TestAccuracy,
        Self::TestLogLoss,
        Self::TestF1,
        Self::Time,
        Self::Lr,
        Self::Batch,
        Self::Limit,
        Self::Patience,
        Self::Parameters,
        Self::Tags,
        Self::Note,
        Self::Device,
        Self::Data,
        Self::Host,
    ];

    /// The name that is typed.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Mode => "mode",
            Self::Seed => "seed",
            Self::State => "state",
            Self::Started => "started",
            Self::Epochs => "epochs",
            Self::BestEpoch => "best",
            Self::ValLoss => "loss",
            Self::ValAccuracy => "acc",
            Self::ValF1 => "f1",
            Self::TestAccuracy => "test_acc",
            Self::TestLogLoss => "test_loss",
            Self::TestF1 => "test_f1",
            Self::Time => "time",
            Self::Lr => "lr",
            Self::Batch => "batch",
            Self::Limit => "limit",
            Self::Patience => "patience",
            Self::Parameters => "params",
            Self::Tags => "tag",
            Self::Note => "note",
            Self::Device => "device",
            Self::Data => "data",
            Self::Host => "host",
        }
    }

    /// The field that is called `name`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let name = name.to_lowercase();
        Self::ALL.into_iter().find(|field| field.name() == name)
    }

    /// The heading of its column.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Name => "run",
            Self::ValLoss => "val loss",
            Self::ValAccuracy => "val acc",
            Self::ValF1 => "val F1",
            Self::TestAccuracy => "test acc",
            Self::TestLogLoss => "test loss",
            Self::TestF1 => "test F1",
            Self::Tags => "tags",
            other => other.name(),
        }
    }

    /// True where it holds a number: numbers are set to the right, and compared as such.
    #[must_use]
    pub fn is_number(self) -> bool {
        !matches!(
            self,
            Self::Name | Self::Mode | Self::State | Self::Tags | Self::Note | Self::Device | Self::Data | Self::Host
        )
    }

    /// Which way is better, where there is a better: true for more.
    #[must_use]
    pub fn higher_is_better(self) -> Option<bool> {
        match self {
            Self::ValLoss | Self::TestLogLoss => Some(false),
            Self::ValAccuracy | Self::ValF1 | Self::TestAccuracy | Self::TestF1 => Some(true),
            _ => None,
        }
    }

    /// What it holds for `row`. Zero where an import does not tell a setting counts as missing.
    #[must_use]
    pub fn value<'a>(self, row: &Row<'a>) -> Value<'a> {
        let Row { summary, notes, .. } = row;
        let started = summary.started.as_deref();
        let number = |value: Option<f64>| value.map_or(Value::Missing, Value::Number);
        let text = |value: Option<&'a str>| match value {
            Some(value) if !value.is_empty() => Value::Text(Cow::Borrowed(value)),
            _ => Value::Missing,
        };
        let count = |value: Option<usize>| number(value.filter(|value| *value > 0).map(|value| value as f64));
        let best = summary.best.as_ref();
        let val = best.and_then(|best| best.val);
        match self {
            Self::Name => text(Some(if notes.label.is_empty() { row.name } else { &notes.label })),
            Self::Mode => text(started.map(|started| started.mode.name())),
            // What trained an imported run does not tell its seed.
            Self::Seed => number(started.filter(|started| started.imported.is_none()).map(|s| s.seed as f64)),
            Self::State => text(Some(row.state)),
            Self::Started => number(Some(summary.started_at as f64)),
            Self::Epochs => number(Some(summary.epochs as f64)),
            Self::BestEpoch => number(best.map(|best| best.epoch as f64)),
            Self::ValLoss => number(best.map(|best| best.val_loss)),
            Self::ValAccuracy => number(val.map(|val| val.accuracy)),
            Self::ValF1 => number(val.map(|val| val.macro_f1)),
            Self::TestAccuracy => number(summary.test.map(|test| test.accuracy)),
            Self::TestLogLoss => number(summary.test.map(|test| test.log_loss)),
            Self::TestF1 => number(summary.test.map(|test| test.macro_f1)),
            Self::Time => number(Some(summary.seconds)),
            Self::Lr => number(started.map(|started| started.lr)),
            Self::Batch => count(started.map(|started| started.batch_size)),
            Self::Limit => count(started.map(|started| started.epochs)),
            Self::Patience => number(started.map(|started| started.early_stop as f64)),
            Self::Parameters => count(started.map(|started| started.parameters)),
            Self::Tags => match notes.tags.len() {
                0 => Value::Missing,
                _ => Value::Text(Cow::Owned(notes.tags.iter().map(String::as_str).collect::<Vec<_>>().join(" "))),
            },
            Self::Note => text(Some(&notes.note)),
            Self::Device => text(started.map(|started| started.device.as_str())),
            Self::Data => text(started.map(|started| started.data.as_str())),
            Self::Host => text(started.map(|started| started.writer.host.as_str())),
        }
    }
}
