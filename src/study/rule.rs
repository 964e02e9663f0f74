//! Rules that end hopeless trials early.
//!
//! A rule is a pure function of the curves that are known when it is asked: given the same curves it
//! always says the same. Which curves are known depends on how many trials are trained at a time, so
//! a study that must be repeatable to the last trial runs without a rule.

use serde::{Deserialize, Serialize};

/// When a trial is hopeless.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case")]
pub enum Rule {
    /// Its best value so far is worse than the median of the other trials' mean values up to the same
    /// epoch (Golovin et al., *Google Vizier: A Service for Black-Box Optimization*, KDD 2017, 3.2.2).
    Median {
        /// Epochs that every trial gets.
        min_epochs: usize,
        /// Other trials that must have come as far before the rule says anything.
        min_trials: usize,
    },
    /// Successive halving without waiting: at `min_epochs`, and at every `factor` times as many, only
    /// the best 1/`factor` of the trials that have come as far go on, and at least one (Li et al., *A
    /// System for Massively Parallel Hyperparameter Tuning*, `MLSys` 2020; here trials are ended where
    /// the paper pauses them).
    Halving { min_epochs: usize, factor: usize },
}

impl Rule {
    /// True where the rule has something to say of a trial after `epochs`, if others are there.
    #[must_use]
    pub fn asks(&self, epochs: usize) -> bool {
        match *self {
            Self::Median { min_epochs, .. } => epochs >= min_epochs.max(1),
            Self::Halving { min_epochs, factor } => is_rung(epochs, min_epochs, factor),
        }
    }

    /// Why the trial with the curve `own` is to end, if it is. A curve holds a cost an epoch, the
    /// smaller the better; `others` are those of the other trials.
    #[must_use]
    pub fn verdict<'a>(&self, own: &[f64], others: impl Iterator<Item = &'a [f64]>) -> Option<String> {
        let epochs = own.len();
        if !self.asks(epochs) {
            return None;
        }
        match *self {
            Self::Median { min_trials, .. } => {
                let mut means: Vec<f64> = others.filter_map(|curve| curve.get(..epochs)).map(mean).collect();
                if means.len() < min_trials.max(1) {
                    return None;
                }
                let (median, best) = (median(&mut means), lowest(own));
                (best > median).then(|| {
                    format!("median rule: worse than the median of {} trials after epoch {epochs}", means.len())
                })
            }
            Self::Halving { factor, .. } => {
                let best = lowest(own);
                let others: Vec<f64> = others.filter_map(|curve| curve.get(..epochs)).map(lowest).collect();
                let (there, better) = (others.len() + 1, others.iter().filter(|&&other| other < best).count());
                let places = (there / factor.max(1)).max(1);
                (better >= places).then(|| {
                    format!("successive halving: place {} of {there} after epoch {epochs}, {places} go on", better + 1)
                })
            }
        }
    }
}

/// True where `epochs` is `min_epochs` times a power of `factor`.
fn is_rung(epochs: usize, min_epochs: usize, factor: usize) -> bool {
    let mut rung = min_epochs.max(1);
    while rung < epochs {
        match rung.checked_mul(factor.max(2)) {
            Some(next) => rung = next,
            None => return false,
        }
    }
    rung == epochs
}

fn lowest(curve: &[f64]) -> f64 {
    curve.iter().copied().fold(f64::INFINITY, f64::min)
}

fn mean(curve: &[f64]) -> f64 {
    curve.iter().sum::<f64>() / curve.len() as f64
}

/// The middle value, the mean of the two middle ones of an even number; `values` is not empty.
fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match (values.get(middle), middle.checked_sub(1).and_then(|below| values.get(below))) {
        (Some(above), Some(below)) if values.len().is_multiple_of(2) => f64::midpoint(*below, *above),
        (Some(middle), _) => *middle,
        (None, _) => f64::INFINITY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(rule: Rule, own: &[f64], others: &[&[f64]]) -> bool {
        rule.verdict(own, others.iter().copied()).is_some()
    }

    #[test]
    fn the_median_rule_ends_what_is_worse_than_the_middle() {
        let rule = Rule::Median { min_epochs: 2, min_trials: 3 };
        let others: [&[f64]; 3] = [&[1.0, 0.8, 0.1], &[2.0, 1.0], &[3.0, 2.0]]; // means after 2: 0.9, 1.5, 2.5
        let cases = [
            ("worse than the median 1.5", &[2.0, 1.6][..], true),
            ("its best epoch counts, not its last", &[1.4, 9.0], false),
            ("as good as the median", &[2.0, 1.5], false),
            ("every trial gets two epochs", &[9.0], false),
            ("only one other has come to epoch 3", &[9.0, 9.0, 9.0], false),
            ("a diverged trial", &[f64::INFINITY, f64::INFINITY], true),
        ];
        for (reason, own, expected) in cases {
            assert_eq!(ends(rule, own, &others), expected, "{reason}");
        }
    }

    #[test]
    fn halving_keeps_the_best_of_each_rung() {
        let rule = Rule::Halving { min_epochs: 1, factor: 3 };
        let others: [&[f64]; 5] = [&[0.1, 0.1, 0.1], &[0.2, 0.2, 0.2], &[0.3], &[0.4], &[0.5]];
        let cases = [
            ("second of six, two go on", &[0.15][..], true, false),
            ("third of six", &[0.25], true, true),
            ("epoch 2 is no rung", &[9.0, 9.0], false, false),
            ("third of three at epoch 3, one goes on", &[0.3, 0.3, 0.3], true, true),
            ("first of three at epoch 3", &[0.3, 0.05, 0.3], true, false),
        ];
        for (reason, own, is_rung, expected) in cases {
            assert_eq!(super::is_rung(own.len(), 1, 3), is_rung, "{reason}");
            assert_eq!(ends(rule, own, &others), expected, "{reason}");
        }
        assert!(!ends(rule, &[9.0], &[]), "the first trial at a rung goes on");
    }
}
