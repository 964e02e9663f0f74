//! Lowering the learning rate when the validation loss stops falling.

use serde::{Deserialize, Serialize};

use crate::config::{TrainConfig, number};

/// A change smaller than this is not made, as in PyTorch.
const SMALLEST_CHANGE: f64 = 1e-8;

/// PyTorch's `ReduceLROnPlateau` with mode `min`, a relative threshold and no cooldown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plateau {
    lr: f64,
    factor: f64,
    patience: usize,
    threshold: f64,
    #[serde(with = "number")]
    best: f64,
    bad_epochs: usize,
}

impl Plateau {
    #[must_use]
    pub fn new(config: &TrainConfig) -> Self {
        Self {
            lr: config.lr,
            factor: config.lr_factor,
            patience: config.lr_patience,
            threshold: config.lr_threshold,
            best: f64::INFINITY,
            bad_epochs: 0,
        }
    }

    /// The learning rate for the next epoch.
    #[must_use]
    pub fn lr(&self) -> f64 {
        self.lr
    }

    /// Go on from the rate `lr`, which a person has set: it is what the next plateau multiplies. The
    /// epochs counted so far still count, as when a `param_group`'s rate is set in PyTorch.
    pub fn set_lr(&mut self, lr: f64) {
        self.lr = lr;
    }

    /// Take in an epoch's validation loss; the old learning rate where it was changed.
    ///
    /// A loss improves if it is under `best · (1 − threshold)`; more than `patience` epochs in a
    /// row without one multiply the rate by `factor`.
    pub fn observe(&mut self, loss: f64) -> Option<f64> {
        if loss < self.best * (1.0 - self.threshold) {
            self.best = loss;
            self.bad_epochs = 0;
        } else {
            self.bad_epochs += 1;
        }
        if self.bad_epochs <= self.patience {
            return None;
        }
        self.bad_epochs = 0;
        let (old, new) = (self.lr, self.lr * self.factor);
        if old - new <= SMALLEST_CHANGE {
            return None;
        }
        self.lr = new;
        Some(old)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    /// (why, losses, learning rate after each)
    type Case = (&'static str, &'static [f64], &'static [f64]);

    const CASES: &[Case] = &[
        ("falling losses keep the rate", &[3.0, 2.0, 1.0], &[1.0, 1.0, 1.0]),
        ("the fourth bad epoch in a row lowers it", &[1.0, 2.0, 2.0, 2.0, 2.0], &[1.0, 1.0, 1.0, 1.0, 0.1]),
        ("a tie is a bad epoch here", &[1.0, 1.0, 1.0, 1.0, 1.0], &[1.0, 1.0, 1.0, 1.0, 0.1]),
        (
            "less than the relative threshold is no improvement",
            &[1.0, 0.99995, 0.99994, 0.99993, 0.99992],
            &[1.0, 1.0, 1.0, 1.0, 0.1],
        ),
        ("NaN is a bad epoch", &[1.0, f64::NAN, f64::NAN, f64::NAN, f64::NAN], &[1.0, 1.0, 1.0, 1.0, 0.1]),
        (
            "the count starts anew after a change",
            &[1.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0],
            &[1.0, 1.0, 1.0, 1.0, 0.1, 0.1, 0.1, 0.1, 0.01],
        ),
    ];

    #[test]
    fn follows_pytorch() {
        for (why, losses, rates) in CASES {
            let mut train = Config::default().train;
            train.lr = 1.0;
            let mut plateau = Plateau::new(&train);
            for (epoch, (&loss, &rate)) in losses.iter().zip(*rates).enumerate() {
                plateau.observe(loss);
                assert!((plateau.lr() - rate).abs() < 1e-12, "{why}: epoch {}: {}", epoch + 1, plateau.lr());
            }
        }
    }

    #[test]
    fn a_rate_set_by_hand_is_what_the_next_plateau_multiplies() {
        let mut train = Config::default().train;
        train.lr = 1.0;
        let mut plateau = Plateau::new(&train);
        for loss in [1.0, 2.0, 2.0, 2.0] {
            plateau.observe(loss);
        }
        plateau.set_lr(0.5);
        assert_eq!(plateau.observe(2.0), Some(0.5), "the three bad epochs before still count");
        assert!((plateau.lr() - 0.05).abs() < 1e-12, "{}", plateau.lr());
    }

    #[test]
    fn a_rate_that_is_nearly_nothing_stays() {
        let mut train = Config::default().train;
        train.lr = 1e-8;
        let mut plateau = Plateau::new(&train);
        for _ in 0..20 {
            assert_eq!(plateau.observe(1.0), None);
        }
        assert!((plateau.lr() - 1e-8).abs() < f64::EPSILON);
    }
}
