//! The scores against values that scikit-learn gave; `tests/fixtures/make_metrics.py` wrote them.

use avsc_tui::metrics::{ClassScores, Confusion, classification_report, log_loss};
use serde::Deserialize;

#[derive(Deserialize)]
struct Fixture {
    labellings: Vec<Labelling>,
    losses: Vec<Loss>,
}

#[derive(Deserialize)]
struct Labelling {
    name: String,
    classes: Vec<String>,
    truth: Vec<usize>,
    prediction: Vec<usize>,
    confusion: Option<Confusion>,
    accuracy: f64,
    /// Precision, recall, F1 and support of each class.
    per_class: Vec<(f64, f64, f64, u64)>,
    /// Precision, recall and F1.
    #[serde(rename = "macro")]
    macro_average: [f64; 3],
    weighted: [f64; 3],
    report: String,
}

#[derive(Deserialize)]
struct Loss {
    name: String,
    classes: usize,
    labels: Vec<usize>,
    probabilities: Vec<f32>,
    /// What scikit-learn gives for the 32-bit probabilities, computed in 32 bits.
    float32: f64,
    /// What it gives for the same numbers in 64 bits, clipped at the 32-bit epsilon.
    exact: f64,
}

fn fixture() -> serde_json::Result<Fixture> {
    serde_json::from_str(include_str!("fixtures/metrics.json"))
}

impl Labelling {
    fn counts(&self) -> Confusion {
        let pairs = self.truth.iter().copied().zip(self.prediction.iter().copied());
        Confusion::from_pairs(self.classes.len(), pairs)
    }
}

#[track_caller]
fn assert_close(case: &str, what: &str, ours: f64, theirs: f64) {
    assert!((ours - theirs).abs() <= 1e-12 * theirs.abs().max(1.0), "{case}: {what} is {ours}, should be {theirs}");
}

#[track_caller]
fn assert_scores(case: &str, what: &str, ours: &ClassScores, theirs: [f64; 3]) {
    for (score, ours, theirs) in
        [("precision", ours.precision, theirs[0]), ("recall", ours.recall, theirs[1]), ("F1", ours.f1, theirs[2])]
    {
        assert_close(case, &format!("{what} {score}"), ours, theirs);
    }
}

#[test]
fn scores_are_those_of_scikit_learn() {
    for case in fixture().unwrap().labellings {
        let counts = case.counts();
        if let Some(confusion) = &case.confusion {
            assert_eq!(&counts, confusion, "{}", case.name);
        }
        assert_close(&case.name, "accuracy", counts.accuracy(), case.accuracy);
        let per_class = counts.per_class();
        assert_eq!(per_class.len(), case.per_class.len(), "{}", case.name);
        for ((ours, &(precision, recall, f1, support)), class) in
            per_class.iter().zip(&case.per_class).zip(&case.classes)
        {
            assert_scores(&case.name, class, ours, [precision, recall, f1]);
            assert_eq!(ours.support, support, "{}: support of {class}", case.name);
        }
        assert_scores(&case.name, "macro", &counts.macro_average(), case.macro_average);
        assert_scores(&case.name, "weighted", &counts.weighted_average(), case.weighted);
        assert_eq!(counts.macro_average().support, case.truth.len() as u64, "{}", case.name);
    }
}

#[test]
fn reports_are_those_of_scikit_learn_to_the_character() {
    for case in fixture().unwrap().labellings {
        assert_eq!(classification_report(&case.counts(), &case.classes), case.report, "{}", case.name);
    }
}

#[test]
fn log_losses_are_those_of_scikit_learn() {
    for case in fixture().unwrap().losses {
        let ours = log_loss(&case.probabilities, &case.labels, case.classes);
        assert_close(&case.name, "log loss", ours, case.exact);
        // Seven digits are what 32 bits hold; next to 0 the clipping leaves fewer.
        let gap = (ours - case.float32).abs();
        assert!(gap <= 2e-7 * ours.abs().max(1.0), "{}: {ours} in 64 bits, {} in 32", case.name, case.float32);
    }
}
