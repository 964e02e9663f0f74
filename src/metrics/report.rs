//! The text of scikit-learn's `classification_report`.

use super::{ClassScores, Confusion};

/// Print `confusion` as scikit-learn's `classification_report(digits=2)` does, character for
/// character, for classes that all occur among the labels or the predictions.
#[must_use]
pub fn classification_report(confusion: &Confusion, classes: &[String]) -> String {
    let width = classes.iter().map(|name| name.chars().count()).chain(["weighted avg".len()]).max().unwrap_or(0);
    let row = |name: &str, scores: &ClassScores| {
        format!(
            "{name:>width$} {:>10.2} {:>9.2} {:>9.2} {:>9}\n",
            scores.precision, scores.recall, scores.f1, scores.support
        )
    };
    let mut text = format!("{:>width$} {:>10} {:>9} {:>9} {:>9}\n\n", "", "precision", "recall", "f1-score", "support");
    for (name, scores) in classes.iter().zip(confusion.per_class()) {
        text += &row(name, &scores);
    }
    text += &format!(
        "\n{:>width$} {:>10} {:>9} {:>9.2} {:>9}\n",
        "accuracy",
        "",
        "",
        confusion.accuracy(),
        confusion.total()
    );
    text += &row("macro avg", &confusion.macro_average());
    text += &row("weighted avg", &confusion.weighted_average());
    text
}
