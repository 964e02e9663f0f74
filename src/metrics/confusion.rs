//! The confusion matrix and the scores that follow from it.

use serde::{Deserialize, Serialize};

/// Counts of (true class, predicted class) pairs; rows are the truth, columns the prediction.
///
/// Serialised as rows, `[[…], …]`, which is what a program that reads the event log expects.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Confusion {
    rows: Vec<Vec<u64>>,
}

/// Scores of one class, or of an average over classes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClassScores {
    /// True positives over all clips predicted as this class; 0 when there are none.
    pub precision: f64,
    /// True positives over all clips of this class; 0 when there are none.
    pub recall: f64,
    /// Harmonic mean of precision and recall; 0 when both are 0.
    pub f1: f64,
    /// Number of clips whose true class this is.
    pub support: u64,
}

impl Confusion {
    /// A `classes` × `classes` matrix of zeros.
    #[must_use]
    pub fn new(classes: usize) -> Self {
        Self { rows: vec![vec![0; classes]; classes] }
    }

    /// Count every (truth, prediction) pair; pairs with a class outside the matrix are ignored.
    #[must_use]
    pub fn from_pairs(classes: usize, pairs: impl IntoIterator<Item = (usize, usize)>) -> Self {
        let mut confusion = Self::new(classes);
        for (truth, prediction) in pairs {
            confusion.add(truth, prediction);
        }
        confusion
    }

    /// Count one clip; a class outside the matrix is ignored.
    pub fn add(&mut self, truth: usize, prediction: usize) {
        if let Some(count) = self.rows.get_mut(truth).and_then(|row| row.get_mut(prediction)) {
            *count += 1;
        }
    }

    /// Number of classes.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.rows.len()
    }

    /// The rows, truth by truth.
    #[must_use]
    pub fn rows(&self) -> &[Vec<u64>] {
        &self.rows
    }

    /// Number of clips of class `truth` that were predicted as `prediction`; 0 outside the matrix.
    #[must_use]
    pub fn get(&self, truth: usize, prediction: usize) -> u64 {
        self.rows.get(truth).and_then(|row| row.get(prediction)).copied().unwrap_or(0)
    }

    /// Number of clips whose true class is `truth`.
    #[must_use]
    pub fn support(&self, truth: usize) -> u64 {
        self.rows.get(truth).map_or(0, |row| row.iter().sum())
    }

    /// Number of clips predicted as `prediction`.
    #[must_use]
    pub fn predicted(&self, prediction: usize) -> u64 {
        self.rows.iter().filter_map(|row| row.get(prediction)).sum()
    }

    /// Number of all clips.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.rows.iter().flatten().sum()
    }

    /// Number of clips on the diagonal.
    #[must_use]
    pub fn correct(&self) -> u64 {
        (0..self.classes()).map(|class| self.get(class, class)).sum()
    }

    /// Share of clips on the diagonal, 0 for an empty matrix.
    #[must_use]
    pub fn accuracy(&self) -> f64 {
        ratio(self.correct(), self.total())
    }

    /// Precision, recall, F1 and support of each class, in label order.
    #[must_use]
    pub fn per_class(&self) -> Vec<ClassScores> {
        (0..self.classes()).map(|class| self.class(class)).collect()
    }

    /// Unweighted mean of the classes' scores; the support is the total.
    #[must_use]
    pub fn macro_average(&self) -> ClassScores {
        self.average(|_| 1.0)
    }

    /// Mean of the classes' scores weighted by support; the support is the total.
    #[must_use]
    pub fn weighted_average(&self) -> ClassScores {
        self.average(|scores| scores.support as f64)
    }

    /// The off-diagonal cells that hold clips, most confused first: (truth, prediction, clips).
    #[must_use]
    pub fn most_confused(&self) -> Vec<(usize, usize, u64)> {
        let mut pairs: Vec<_> = (0..self.classes())
            .flat_map(|truth| (0..self.classes()).map(move |prediction| (truth, prediction)))
            .filter(|(truth, prediction)| truth != prediction)
            .map(|(truth, prediction)| (truth, prediction, self.get(truth, prediction)))
            .filter(|&(_, _, clips)| clips > 0)
            .collect();
        pairs.sort_by(|a, b| b.2.cmp(&a.2));
        pairs
    }

    fn class(&self, class: usize) -> ClassScores {
        let hits = self.get(class, class);
        let (support, predicted) = (self.support(class), self.predicted(class));
        ClassScores {
            precision: ratio(hits, predicted),
            recall: ratio(hits, support),
            f1: ratio(2 * hits, support + predicted),
            support,
        }
    }

    fn average(&self, weight: impl Fn(&ClassScores) -> f64) -> ClassScores {
        let classes = self.per_class();
        let total: f64 = classes.iter().map(&weight).sum();
        if total == 0.0 {
            return ClassScores::default();
        }
        let mean = |score: fn(&ClassScores) -> f64| {
            classes.iter().map(|scores| weight(scores) * score(scores)).sum::<f64>() / total
        };
        ClassScores {
            precision: mean(|scores| scores.precision),
            recall: mean(|scores| scores.recall),
            f1: mean(|scores| scores.f1),
            support: self.total(),
        }
    }
}

fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
