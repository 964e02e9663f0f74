//! The figures that settings can be ranked by.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    protocol::{EpochFinished, Finished},
    runs::Summary,
};

/// A score of a run's best checkpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    #[default]
    ValLogLoss,
    /// Unweighted mean of the validation batches' cross-entropies: what early stopping watches.
    ValLoss,
    ValAccuracy,
    ValMacroF1,
    TestLogLoss,
    TestAccuracy,
    TestMacroF1,
}

impl Figure {
    /// Every figure, those of the validation split first.
    pub const ALL: [Self; 7] = [
        Self::ValLogLoss,
        Self::ValLoss,
        Self::ValAccuracy,
        Self::ValMacroF1,
        Self::TestLogLoss,
        Self::TestAccuracy,
        Self::TestMacroF1,
    ];

    /// The name used in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ValLogLoss => "val_log_loss",
            Self::ValLoss => "val_loss",
            Self::ValAccuracy => "val_accuracy",
            Self::ValMacroF1 => "val_macro_f1",
            Self::TestLogLoss => "test_log_loss",
            Self::TestAccuracy => "test_accuracy",
            Self::TestMacroF1 => "test_macro_f1",
        }
    }

    /// The name for people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::ValLogLoss => "val log loss",
            Self::ValLoss => "val loss",
            Self::ValAccuracy => "val accuracy",
            Self::ValMacroF1 => "val macro F1",
            Self::TestLogLoss => "test log loss",
            Self::TestAccuracy => "test accuracy",
            Self::TestMacroF1 => "test macro F1",
        }
    }

    /// True where a smaller value is the better one.
    #[must_use]
    pub fn is_loss(self) -> bool {
        matches!(self, Self::ValLogLoss | Self::ValLoss | Self::TestLogLoss)
    }

    /// True for what only the test split can tell.
    #[must_use]
    pub fn is_test(self) -> bool {
        matches!(self, Self::TestLogLoss | Self::TestAccuracy | Self::TestMacroF1)
    }

    /// The figure of a run that has ended; none where it ended before its first epoch did.
    #[must_use]
    pub fn of(self, finished: &Finished) -> Option<f64> {
        let split = if self.is_test() { &finished.test } else { &finished.val };
        let result = split.as_ref()?;
        Some(match self {
            Self::ValLoss => result.loss,
            Self::ValLogLoss | Self::TestLogLoss => result.scores.log_loss,
            Self::ValAccuracy | Self::TestAccuracy => result.scores.accuracy,
            Self::ValMacroF1 | Self::TestMacroF1 => result.scores.macro_f1,
        })
    }

    /// The figure of a run's best epoch so far, as a list tells it; for the test split, of the best
    /// checkpoint once the run has ended.
    #[must_use]
    pub fn of_summary(self, summary: &Summary) -> Option<f64> {
        let best = summary.best.as_ref();
        let scores = if self.is_test() { summary.test.as_ref() } else { best.and_then(|best| best.val.as_ref()) };
        match self {
            Self::ValLoss => best.map(|best| best.val_loss),
            Self::ValLogLoss | Self::TestLogLoss => scores.map(|scores| scores.log_loss),
            Self::ValAccuracy | Self::TestAccuracy => scores.map(|scores| scores.accuracy),
            Self::ValMacroF1 | Self::TestMacroF1 => scores.map(|scores| scores.macro_f1),
        }
    }

    /// The figure after an epoch; none for the test split, which no epoch is measured on.
    #[must_use]
    pub fn after(self, epoch: &EpochFinished) -> Option<f64> {
        match self {
            Self::ValLoss => Some(epoch.val_loss),
            Self::ValLogLoss => Some(epoch.val.log_loss),
            Self::ValAccuracy => Some(epoch.val.accuracy),
            Self::ValMacroF1 => Some(epoch.val.macro_f1),
            Self::TestLogLoss | Self::TestAccuracy | Self::TestMacroF1 => None,
        }
    }

    /// The value as a cost: the smaller the better, and what is not a number the worst.
    #[must_use]
    pub fn cost(self, value: f64) -> f64 {
        match (value.is_nan(), self.is_loss()) {
            (true, _) => f64::INFINITY,
            (false, true) => value,
            (false, false) => -value,
        }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.title())
    }
}

impl std::str::FromStr for Figure {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|figure| figure.name() == text).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|figure| figure.name()).collect();
            format!("there is no figure `{text}`; one of {}", names.join(", "))
        })
    }
}
