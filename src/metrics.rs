//! Scores of a classifier, as plain numbers.
//!
//! The conventions are scikit-learn's: label order is the order of the classes, a division by zero
//! gives 0, probabilities are clipped at the machine epsilon of their type before the logarithm.
//! `tests/metrics.rs` compares every number with values that scikit-learn gave, or statsmodels, or
//! `NumPy`. A score never stands alone: [`Assessment`] holds what must be known to read it.

pub mod assessment;
pub mod bootstrap;
pub mod calibration;
pub mod clip_id;
pub mod clips;
pub mod confusion;
pub mod ensemble;
pub mod groups;
pub mod log_loss;
pub mod paired;
pub mod report;

pub use assessment::{Assessment, Mistake};
pub use bootstrap::{Bootstrap, Interval, ScoreIntervals};
pub use calibration::{Bin, Calibration};
pub use clips::{Clips, ClipsError, most_probable};
pub use confusion::{ClassScores, Confusion};
pub use ensemble::{Combine, CombineError, Combined, Member};
pub use groups::{GroupScores, Groups};
pub use log_loss::log_loss;
pub use paired::{Difference, McNemar, ScoreDifferences};
pub use report::classification_report;

use serde::{Deserialize, Serialize};

/// The three scores that every table shows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// Share of clips whose predicted class is the true one, 0 to 1.
    #[serde(with = "crate::config::number")]
    pub accuracy: f64,
    /// Mean negative natural logarithm of the probability given to the true class.
    #[serde(with = "crate::config::number")]
    pub log_loss: f64,
    /// Unweighted mean over the classes of the F1 score.
    #[serde(with = "crate::config::number")]
    pub macro_f1: f64,
}

impl Scores {
    /// The scores of `confusion`, with the log loss of the same clips, which counts cannot tell.
    #[must_use]
    pub fn new(confusion: &Confusion, log_loss: f64) -> Self {
        Self { accuracy: confusion.accuracy(), log_loss, macro_f1: confusion.macro_average().f1 }
    }
}
