//! The settings that can be changed while a run trains.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::config::Config;

/// A setting that can be changed while a run trains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Setting {
    /// The rate of the steps that follow. The schedule goes on from it: on the next plateau it
    /// multiplies this rate, and the epochs that it has counted so far still count.
    #[serde(rename = "train.lr")]
    Lr,
    /// Epochs at most. A number that is reached already ends the run with the epoch under way.
    #[serde(rename = "train.epochs")]
    Epochs,
    /// The patience of early stopping; 0: never. The epochs that were counted so far still count.
    #[serde(rename = "train.early_stop")]
    EarlyStop,
}

impl Setting {
    pub const ALL: [Self; 3] = [Self::Lr, Self::Epochs, Self::EarlyStop];

    /// The key in the settings.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Lr => "train.lr",
            Self::Epochs => "train.epochs",
            Self::EarlyStop => "train.early_stop",
        }
    }

    /// The name for people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Lr => "learning rate",
            Self::Epochs => "epochs at most",
            Self::EarlyStop => "early-stop patience",
        }
    }

    /// The value in `config`.
    #[must_use]
    pub fn of(self, config: &Config) -> f64 {
        match self {
            Self::Lr => config.train.lr,
            Self::Epochs => config.train.epochs as f64,
            Self::EarlyStop => config.train.early_stop as f64,
        }
    }

    /// Whether `value` may stand in `config`.
    ///
    /// # Errors
    /// What is wrong with it, in the words of the settings.
    pub fn check(self, value: f64, config: &Config) -> Result<(), String> {
        let text = value.to_string();
        let set = config.with(self.key(), &text).map_err(|error| format!("{} {text}: {error}", self.key()))?;
        // What is no whole number, say, would be cut.
        if self.of(&set).to_bits() == value.to_bits() {
            Ok(())
        } else {
            Err(format!("{} cannot be {text}", self.key()))
        }
    }

    /// `value` as a person would type it.
    #[must_use]
    pub fn text(self, value: f64) -> String {
        match self {
            Self::Lr if value != 0.0 && value.abs() < 1e-2 => format!("{value:e}"),
            Self::Lr | Self::Epochs | Self::EarlyStop => value.to_string(),
        }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.key())
    }
}
