//! `result.txt`: the scores of the tested checkpoint.

use crate::metrics::{Confusion, classification_report};

/// The text of `result.txt`: scikit-learn's report, a line of two spaces, accuracy and log loss. A
/// last line says where the scores are of generated `demo` data, lest they be handed in.
#[must_use]
pub fn result_txt(confusion: &Confusion, log_loss: f64, classes: &[String], demo: bool) -> String {
    let report = classification_report(confusion, classes);
    let accuracy = confusion.accuracy();
    let demo = if demo { "DEMO DATA: generated, not recordings\n" } else { "" };
    format!("{report}\n  \naccuracy: {accuracy:.3}\noverall log loss: {log_loss:.3}\n{demo}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layout_is_that_of_the_framework() {
        let confusion = Confusion::from_pairs(2, [(0, 0), (0, 1), (1, 1), (1, 1)]);
        let classes = ["bus".to_owned(), "street_pedestrian".to_owned()];
        let expected = [
            "                   precision    recall  f1-score   support",
            "",
            "              bus       1.00      0.50      0.67         2",
            "street_pedestrian       0.67      1.00      0.80         2",
            "",
            "         accuracy                           0.75         4",
            "        macro avg       0.83      0.75      0.73         4",
            "     weighted avg       0.83      0.75      0.73         4",
            "",
            "  ",
            "accuracy: 0.750",
            "overall log loss: 0.535",
            "",
        ];
        assert_eq!(result_txt(&confusion, 0.5349, &classes, false), expected.join("\n"));
    }
}
