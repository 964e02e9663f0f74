//! The confusion matrix and the scores that follow from it.

use std::{borrow::Cow, cmp::Reverse, collections::BTreeSet};

use serde::{Deserialize, Serialize, Serializer};

/// More classes than any set has; what a reader computes and draws grows with their square.
const MAX_CLASSES: usize = 10_000;

/// Counts of (true class, predicted class) pairs; rows are the truth, columns the prediction.
///
/// Serialised as rows, `[[…], …]`, which is what a program that reads the event log expects. A matrix
/// that exists is square; its counts may be anything, so sums saturate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<Vec<u64>>")]
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
            *count = count.saturating_add(1);
        }
    }

    /// Count the clips of `other` as well; those of classes outside the matrix are ignored.
    pub fn merge(&mut self, other: &Self) {
        for (row, more) in self.rows.iter_mut().zip(&other.rows) {
            for (count, more) in row.iter_mut().zip(more) {
                *count = count.saturating_add(*more);
            }
        }
    }

    /// The matrix, whose classes are called `theirs`, with its classes in the order of `names`. None where those are
    /// not the same, each once.
    #[must_use]
    pub fn in_order(&self, theirs: &[String], names: &[String]) -> Option<Cow<'_, Self>> {
        if self.classes() != names.len() || theirs.len() != names.len() {
            return None;
        }
        if theirs == names {
            return Some(Cow::Borrowed(self));
        }
        let order = names.iter().map(|name| theirs.iter().position(|other| other == name));
        let order: Vec<usize> = order.collect::<Option<_>>()?;
        let each_once = order.iter().collect::<BTreeSet<_>>().len() == order.len();
        each_once.then(|| Cow::Owned(self.reordered(&order)))
    }

    /// The matrix with class `order[n]` in the place of class n; a class outside the matrix has no clips.
    #[must_use]
    pub fn reordered(&self, order: &[usize]) -> Self {
        let row = |&truth: &usize| order.iter().map(|prediction| self.get(truth, *prediction)).collect();
        Self { rows: order.iter().map(row).collect() }
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
        self.rows.get(truth).map_or(0, |row| sum(row.iter().copied()))
    }

    /// Number of clips predicted as `prediction`.
    #[must_use]
    pub fn predicted(&self, prediction: usize) -> u64 {
        sum(self.rows.iter().filter_map(|row| row.get(prediction)).copied())
    }

    /// Number of all clips.
    #[must_use]
    pub fn total(&self) -> u64 {
        sum(self.rows.iter().flatten().copied())
    }

    /// Number of clips on the diagonal.
    #[must_use]
    pub fn correct(&self) -> u64 {
        sum((0..self.classes()).map(|class| self.get(class, class)))
    }

    /// Share of clips on the diagonal, 0 for an empty matrix.
    #[must_use]
    pub fn accuracy(&self) -> f64 {
        ratio(self.correct() as f64, self.total() as f64)
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
        pairs.sort_by_key(|&(_, _, clips)| Reverse(clips));
        pairs
    }

    fn class(&self, class: usize) -> ClassScores {
        let support = self.support(class);
        let (hits, there, predicted) = (self.get(class, class) as f64, support as f64, self.predicted(class) as f64);
        ClassScores {
            precision: ratio(hits, predicted),
            recall: ratio(hits, there),
            f1: ratio(2.0 * hits, there + predicted),
            support,
        }
    }

    fn average(&self, weight: impl Fn(&ClassScores) -> f64) -> ClassScores {
        let classes = self.per_class();
        let total: f64 = classes.iter().map(&weight).sum();
        let mean = |score: fn(&ClassScores) -> f64| {
            let weighted: Vec<_> = classes.iter().map(|scores| score(scores) * weight(scores)).collect();
            ratio(pairwise_sum(&weighted), total)
        };
        ClassScores {
            precision: mean(|scores| scores.precision),
            recall: mean(|scores| scores.recall),
            f1: mean(|scores| scores.f1),
            support: self.total(),
        }
    }
}

impl TryFrom<Vec<Vec<u64>>> for Confusion {
    type Error = String;

    /// A matrix from its rows, refused unless it is square and of a credible size.
    fn try_from(rows: Vec<Vec<u64>>) -> Result<Self, String> {
        let classes = rows.len();
        if classes > MAX_CLASSES {
            return Err(format!("a confusion matrix of {classes} classes; at most {MAX_CLASSES} are read"));
        }
        match rows.iter().position(|row| row.len() != classes) {
            Some(row) => Err(format!(
                "a confusion matrix of {classes} rows must have as many columns, but row {row} has {}",
                rows.get(row).map_or(0, Vec::len)
            )),
            None => Ok(Self { rows }),
        }
    }
}

impl Serialize for Confusion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.rows.serialize(serializer)
    }
}

fn ratio(part: f64, whole: f64) -> f64 {
    if whole == 0.0 { 0.0 } else { part / whole }
}

fn sum(counts: impl Iterator<Item = u64>) -> u64 {
    counts.fold(0, u64::saturating_add)
}

/// The sum in the order in which `NumPy` adds: in halves down to blocks of 128, a block in eight
/// strands. The last bit depends on the order, and with it how an average that lies halfway between
/// two decimals is printed.
fn pairwise_sum(values: &[f64]) -> f64 {
    if values.len() > 128 {
        let half = values.len() / 2;
        let (left, right) = values.split_at(half - half % 8);
        return pairwise_sum(left) + pairwise_sum(right);
    }
    let (blocks, rest) = values.as_chunks::<8>();
    let strands = blocks.iter().copied().reduce(|mut sums, block| {
        sums.iter_mut().zip(block).for_each(|(sum, value)| *sum += value);
        sums
    });
    let start = strands.map_or(0.0, |[a, b, c, d, e, f, g, h]| ((a + b) + (c + d)) + ((e + f) + (g + h)));
    rest.iter().fold(start, |sum, value| sum + value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_that_is_not_square_is_refused() {
        let cases = [
            ("[[1,2],[3]]", "row 1 has 1"),
            ("[[1,2,3],[4,5,6]]", "row 0 has 3"),
            ("[[]]", "row 0 has 0"),
            ("[[1,-2],[3,4]]", "invalid value"),
        ];
        for (json, message) in cases {
            let error = serde_json::from_str::<Confusion>(json).unwrap_err().to_string();
            assert!(error.contains(message), "{json}: {error}");
        }
        let rows = vec![Vec::new(); MAX_CLASSES + 1];
        assert!(Confusion::try_from(rows).unwrap_err().contains("at most 10000"));
    }

    #[test]
    fn a_matrix_survives_json() {
        let matrix = Confusion::from_pairs(2, [(0, 0), (0, 1), (1, 1), (1, 1)]);
        let json = serde_json::to_string(&matrix).unwrap();
        assert_eq!(json, "[[1,1],[0,2]]");
        assert_eq!(serde_json::from_str::<Confusion>(&json).unwrap(), matrix);
    }

    #[test]
    fn counts_too_large_to_add_do_no_harm() {
        let mut matrix = Confusion::try_from(vec![vec![u64::MAX; 2]; 2]).unwrap();
        matrix.add(0, 0);
        assert_eq!(matrix.total(), u64::MAX);
        assert_eq!(matrix.support(0), u64::MAX);
        assert!(matrix.per_class().iter().all(|scores| scores.f1.is_finite()));
        assert!(matrix.weighted_average().f1.is_finite());
    }

    #[test]
    fn pairs_outside_the_matrix_are_ignored() {
        let matrix = Confusion::from_pairs(2, [(0, 0), (2, 0), (0, 2)]);
        assert_eq!(matrix.total(), 1);
        assert_eq!(matrix.get(5, 5), 0);
        assert_eq!(matrix.support(5) + matrix.predicted(5), 0);
    }

    #[test]
    fn an_empty_matrix_scores_nothing() {
        let matrix = Confusion::new(0);
        assert!(matrix.accuracy().abs() < f64::EPSILON);
        assert_eq!(matrix.macro_average(), ClassScores::default());
        assert_eq!(Confusion::new(3).weighted_average(), ClassScores::default());
    }

    #[test]
    fn the_most_confused_pair_comes_first() {
        let matrix = Confusion::try_from(vec![vec![9, 1, 0], vec![0, 9, 3], vec![1, 0, 9]]).unwrap();
        assert_eq!(matrix.most_confused(), [(1, 2, 3), (0, 1, 1), (2, 0, 1)]);
    }

    #[test]
    fn classes_are_compared_by_their_names() {
        let matrix = Confusion::try_from(vec![vec![5, 1, 0], vec![0, 7, 2], vec![3, 0, 9]]).unwrap();
        let names = |names: [&str; 3]| names.map(str::to_owned).to_vec();
        let own = names(["a", "b", "c"]);
        assert_eq!(matrix.in_order(&own, &own).as_deref(), Some(&matrix));
        let other = matrix.in_order(&own, &names(["c", "a", "b"])).unwrap();
        assert_eq!(other.rows(), [vec![9, 3, 0], vec![0, 5, 1], vec![2, 0, 7]]);
        assert!(matrix.in_order(&own, &names(["a", "b", "d"])).is_none());
        assert!(matrix.in_order(&names(["a", "a", "c"]), &names(["a", "c", "a"])).is_none());
        assert!(matrix.in_order(&own, &own[..2]).is_none());
    }
}
