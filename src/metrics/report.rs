//! The text of scikit-learn's `classification_report`.

use super::{ClassScores, Confusion};

/// Print `confusion` as scikit-learn's `classification_report(digits=2)` does, character for
/// character, when it is given every class as `labels` and its name in `target_names`.
///
/// Classes without clips have their row of zeros, and the line below the classes is always
/// `accuracy`: scikit-learn prints `micro avg` there only where `labels` leaves out a class that
/// occurs. Where nothing at all is right it prints the clips as `4.0`, and so does this.
#[must_use]
pub fn classification_report(confusion: &Confusion, classes: &[String]) -> String {
    let width = classes.iter().map(|name| name.chars().count()).chain(["weighted avg".len()]).max().unwrap_or(0);
    let clips = |number: u64| if confusion.correct() == 0 { format!("{number}.0") } else { number.to_string() };
    let row = |name: &str, scores: &ClassScores| {
        let ClassScores { precision, recall, f1, support } = *scores;
        format!("{name:>width$} {precision:>10.2} {recall:>9.2} {f1:>9.2} {:>9}\n", clips(support))
    };
    let head = format!("{:>width$} {:>10} {:>9} {:>9} {:>9}\n", "", "precision", "recall", "f1-score", "support");
    let rows: String = classes.iter().zip(confusion.per_class()).map(|(name, scores)| row(name, &scores)).collect();
    let (accuracy, total) = (confusion.accuracy(), clips(confusion.total()));
    let accuracy = format!("{:>width$} {:>10} {:>9} {accuracy:>9.2} {total:>9}\n", "accuracy", "", "");
    let macro_average = row("macro avg", &confusion.macro_average());
    let weighted_average = row("weighted avg", &confusion.weighted_average());
    format!("{head}\n{rows}\n{accuracy}{macro_average}{weighted_average}")
}
