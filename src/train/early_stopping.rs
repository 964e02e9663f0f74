//! When to save and when to stop, by the validation loss.

use serde::{Deserialize, Serialize};

use crate::config::number;

/// Counts epochs without a best validation loss, as the course framework does: a loss at or under
/// every earlier one counts as best (ties too), a NaN never does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EarlyStopping {
    /// Stop after so many bad epochs in a row; 0: never.
    patience: usize,
    #[serde(with = "number")]
    best: f64,
    bad_epochs: usize,
}

impl EarlyStopping {
    #[must_use]
    pub fn new(patience: usize) -> Self {
        Self { patience, best: f64::INFINITY, bad_epochs: 0 }
    }

    /// Take in an epoch's validation loss; true where it is the best so far and the model is to be
    /// saved.
    pub fn observe(&mut self, loss: f64) -> bool {
        let best = loss <= self.best;
        if best {
            self.best = loss;
            self.bad_epochs = 0;
        } else {
            self.bad_epochs += 1;
        }
        best
    }

    /// Stop after `patience` bad epochs in a row, 0 being never; those counted so far still count.
    pub fn set_patience(&mut self, patience: usize) {
        self.patience = patience;
    }

    /// Bad epochs in a row that are let pass; 0: any number.
    #[must_use]
    pub fn patience(&self) -> usize {
        self.patience
    }

    /// Epochs in a row without a best loss.
    #[must_use]
    pub fn bad_epochs(&self) -> usize {
        self.bad_epochs
    }

    /// True once training is to end.
    #[must_use]
    pub fn is_exhausted(&self) -> bool {
        self.patience > 0 && self.bad_epochs >= self.patience
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_patience_counts_the_bad_epochs_before_it() {
        let mut stopping = EarlyStopping::new(5);
        for loss in [1.0, 2.0, 2.0, 2.0] {
            stopping.observe(loss);
        }
        for (patience, exhausted) in [(4, false), (3, true), (1, true), (0, false)] {
            stopping.set_patience(patience);
            assert_eq!(stopping.is_exhausted(), exhausted, "{patience}");
        }
    }

    /// (why, patience, losses, which are best, whether it is exhausted at the end)
    type Case = (&'static str, usize, &'static [f64], &'static [bool], bool);

    const CASES: &[Case] = &[
        ("falling losses are all best", 2, &[3.0, 2.0, 1.0], &[true, true, true], false),
        ("a tie counts as best", 2, &[1.0, 1.0, 1.0], &[true, true, true], false),
        ("the counter starts anew with a best loss", 2, &[1.0, 2.0, 0.5, 2.0], &[true, false, true, false], false),
        ("as many bad epochs as the patience end it", 2, &[1.0, 2.0, 3.0], &[true, false, false], true),
        ("better than the last is not better than the best", 2, &[1.0, 3.0, 2.0], &[true, false, false], true),
        ("NaN is never best, also at first", 2, &[f64::NAN, 1.0, f64::NAN], &[false, true, false], false),
        ("a run that only diverges ends", 2, &[f64::NAN, f64::NAN], &[false, false], true),
        ("without patience it never ends", 0, &[1.0, 2.0, 3.0, 4.0], &[true, false, false, false], false),
    ];

    #[test]
    fn follows_the_framework() {
        for (why, patience, losses, best, exhausted) in CASES {
            let mut stopping = EarlyStopping::new(*patience);
            let seen: Vec<_> = losses.iter().map(|&loss| stopping.observe(loss)).collect();
            assert_eq!(&seen, best, "{why}");
            assert_eq!(stopping.is_exhausted(), *exhausted, "{why}");
        }
    }
}
