//! What a classifier said of some clips, with the truth, in sizes that fit together.

use super::{Confusion, Scores, log_loss};

/// More classes than this are taken for damage.
const MAX_CLASSES: usize = 10_000;

/// Truth, predictions and probabilities of some clips.
///
/// The prediction stands beside the probabilities, because it does not always follow from them: in a
/// file of rounded probabilities the largest one may be another's, and votes know no probabilities.
#[derive(Clone, Copy, Debug)]
pub struct Clips<'a> {
    labels: &'a [usize],
    predictions: &'a [usize],
    probabilities: &'a [f32],
    classes: usize,
}

/// Why numbers do not make [`Clips`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClipsError {
    #[error("there are no clips")]
    Empty,
    #[error("{0} classes; 1 to {MAX_CLASSES} can be scored")]
    Classes(usize),
    #[error("{labels} true classes, {predictions} predictions and {probabilities} probabilities of {classes} classes")]
    Sizes { labels: usize, predictions: usize, probabilities: usize, classes: usize },
    #[error("clip {clip} has class {class}, but there are {classes} classes")]
    Class { clip: usize, class: usize, classes: usize },
}

impl<'a> Clips<'a> {
    /// Take together what belongs together: one label and one prediction a clip, both class indices,
    /// and `probabilities` row-major, clips × `classes`. A probability may be `NaN`, as those of a
    /// diverged model are.
    ///
    /// # Errors
    /// If there are no clips, the sizes do not fit, or a class is out of range.
    pub fn new(
        labels: &'a [usize],
        predictions: &'a [usize],
        probabilities: &'a [f32],
        classes: usize,
    ) -> Result<Self, ClipsError> {
        if labels.is_empty() {
            return Err(ClipsError::Empty);
        }
        if !(1..=MAX_CLASSES).contains(&classes) {
            return Err(ClipsError::Classes(classes));
        }
        if predictions.len() != labels.len() || labels.len().checked_mul(classes) != Some(probabilities.len()) {
            let (labels, predictions, probabilities) = (labels.len(), predictions.len(), probabilities.len());
            return Err(ClipsError::Sizes { labels, predictions, probabilities, classes });
        }
        for (clip, (&label, &prediction)) in labels.iter().zip(predictions).enumerate() {
            if let Some(class) = [label, prediction].into_iter().find(|class| *class >= classes) {
                return Err(ClipsError::Class { clip, class, classes });
            }
        }
        Ok(Self { labels, predictions, probabilities, classes })
    }

    /// Number of clips; never 0.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "there is always a clip")]
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    #[must_use]
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// True class, predicted class and probabilities of each clip.
    pub fn iter(&self) -> impl Iterator<Item = (usize, usize, &'a [f32])> + use<'a> {
        let pairs = self.labels.iter().copied().zip(self.predictions.iter().copied());
        pairs.zip(self.probabilities.chunks_exact(self.classes)).map(|((truth, guess), row)| (truth, guess, row))
    }

    #[must_use]
    pub fn confusion(&self) -> Confusion {
        Confusion::from_pairs(self.classes, self.iter().map(|(truth, prediction, _)| (truth, prediction)))
    }

    #[must_use]
    pub fn scores(&self) -> Scores {
        Scores::new(&self.confusion(), log_loss(self.probabilities, self.labels, self.classes))
    }

    /// The part of the log loss that each clip adds: `-ln p(true class)`, clipped as in [`log_loss()`].
    pub fn losses(&self) -> impl Iterator<Item = f64> + use<'a> {
        self.iter().map(|(truth, _, row)| super::log_loss::of_clip(row, truth))
    }
}

/// Index of the largest probability, the first one of equals, as `NumPy`'s argmax; `NaN` is never it.
#[must_use]
pub fn most_probable(row: &[f32]) -> usize {
    let mut best = 0;
    let mut most = f32::NEG_INFINITY;
    for (class, &probability) in row.iter().enumerate() {
        if probability > most {
            (best, most) = (class, probability);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_together_is_refused() {
        let clips = |labels: &[usize], predictions: &[usize], numbers: usize, classes: usize| {
            Clips::new(labels, predictions, &vec![0.5; numbers], classes).map(|clips| clips.len())
        };
        let cases = [
            ("no clips", clips(&[], &[], 0, 2), "no clips"),
            ("no classes", clips(&[0], &[0], 0, 0), "0 classes"),
            ("a prediction is missing", clips(&[0, 0], &[0], 4, 2), "1 predictions"),
            ("a probability is missing", clips(&[0, 0], &[0, 0], 3, 2), "3 probabilities"),
            ("a label out of range", clips(&[0, 2], &[0, 0], 4, 2), "clip 1 has class 2"),
            ("a prediction out of range", clips(&[0, 1], &[7, 0], 4, 2), "clip 0 has class 7"),
        ];
        for (reason, made, message) in cases {
            let error = made.unwrap_err().to_string();
            assert!(error.contains(message), "{reason}: {error}");
        }
    }

    #[test]
    fn the_prediction_counts_not_the_largest_probability() {
        let clips = Clips::new(&[0, 1], &[0, 1], &[0.499, 0.501, 0.5, 0.5], 2).unwrap();
        assert!((clips.scores().accuracy - 1.0).abs() < 1e-12);
        let mean = clips.losses().sum::<f64>() / 2.0;
        assert!((mean - clips.scores().log_loss).abs() < 1e-12);
    }

    #[test]
    fn equals_go_to_the_first_class_and_nan_to_none() {
        assert_eq!(most_probable(&[0.5, 0.5]), 0);
        assert_eq!(most_probable(&[f32::NAN, 0.1, 0.2]), 2);
        assert_eq!(most_probable(&[f32::NAN, f32::NAN]), 0);
    }
}
