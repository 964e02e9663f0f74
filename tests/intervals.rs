//! Intervals, comparisons, calibration and ensembles against the values of scikit-learn, statsmodels
//! and `NumPy` that `tests/fixtures/make_metrics.py` wrote.

#![allow(clippy::unwrap_used, reason = "a helper fails its test by panicking")]

use avsc_tui::metrics::{
    Bootstrap, Calibration, Clips, Combine, CombineError, Difference, Groups, Interval, McNemar, Member, Scores,
    log_loss,
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Fixture {
    comparisons: Vec<Comparison>,
    mcnemar: Vec<Discordant>,
    ensembles: Vec<Ensemble>,
}

/// Two classifiers on the same clips. Three numbers are accuracy, log loss and macro F1.
#[derive(Deserialize)]
struct Comparison {
    name: String,
    classes: usize,
    groups: Vec<usize>,
    replicates: usize,
    seed: u64,
    labels: Vec<usize>,
    predictions: [Vec<usize>; 2],
    probabilities: [Vec<f32>; 2],
    scores: [[f64; 3]; 2],
    intervals: [[[f64; 2]; 3]; 2],
    differences: [f64; 3],
    difference_intervals: [[f64; 2]; 3],
    p: [f64; 3],
    calibration: [Reliability; 2],
}

#[derive(Deserialize)]
struct Reliability {
    ece: f64,
    /// Clips, mean confidence and accuracy of each bin.
    bins: Vec<(usize, f64, f64)>,
}

#[derive(Deserialize)]
struct Discordant {
    first: u64,
    second: u64,
    exact: bool,
    p: f64,
}

#[derive(Deserialize)]
struct Ensemble {
    name: String,
    classes: usize,
    labels: Vec<usize>,
    weights: Vec<f64>,
    probabilities: Vec<Vec<f32>>,
    mean: Vec<f64>,
    logmean: Vec<f64>,
    mean_fit: Fit,
    logmean_fit: Fit,
}

#[derive(Deserialize)]
struct Fit {
    loss: f64,
    weights: Vec<f64>,
}

fn fixture() -> Fixture {
    serde_json::from_str(include_str!("fixtures/metrics.json")).unwrap()
}

#[track_caller]
fn assert_close(what: &str, ours: f64, theirs: f64, tolerance: f64) {
    assert!((ours - theirs).abs() <= tolerance * theirs.abs().max(1.0), "{what} is {ours}, should be {theirs}");
}

#[track_caller]
fn assert_interval(what: &str, ours: Interval, [low, high]: [f64; 2]) {
    assert_close(&format!("{what}, low end"), ours.low, low, 1e-12);
    assert_close(&format!("{what}, high end"), ours.high, high, 1e-12);
}

impl Comparison {
    fn clips(&self, side: usize) -> Clips<'_> {
        Clips::new(&self.labels, &self.predictions[side], &self.probabilities[side], self.classes).unwrap()
    }

    fn groups(&self) -> Groups {
        // The numbers are padded so that the names' order is theirs.
        let names: Vec<String> = self.groups.iter().map(|group| format!("{group:04}")).collect();
        Groups::by_name(names.iter().map(String::as_str))
    }

    fn bootstrap(&self) -> Bootstrap {
        Bootstrap { replicates: self.replicates, seed: self.seed }
    }
}

#[test]
fn intervals_are_those_of_scoring_every_replicate_from_its_clips() {
    for case in fixture().comparisons {
        for side in 0..2 {
            let Scores { accuracy, log_loss, macro_f1 } = case.clips(side).scores();
            let intervals = case.bootstrap().intervals(&case.clips(side), &case.groups()).unwrap();
            let ours = [
                ("accuracy", accuracy, intervals.accuracy),
                ("log loss", log_loss, intervals.log_loss),
                ("macro F1", macro_f1, intervals.macro_f1),
            ];
            for (at, (what, score, interval)) in ours.into_iter().enumerate() {
                let what = format!("{}, side {side}: {what}", case.name);
                assert_close(&what, score, case.scores[side][at], 1e-12);
                assert_interval(&what, interval, case.intervals[side][at]);
                assert!(interval.holds(score), "{what}");
            }
        }
    }
}

#[test]
fn differences_come_from_the_same_draws() {
    for case in fixture().comparisons {
        let gap = case.bootstrap().compare(&case.clips(0), &case.clips(1), &case.groups()).unwrap();
        let back = case.bootstrap().compare(&case.clips(1), &case.clips(0), &case.groups()).unwrap();
        let pairs = [("accuracy", gap.accuracy, back.accuracy), ("log loss", gap.log_loss, back.log_loss)];
        for (at, (what, gap, back)) in pairs.into_iter().chain([("macro F1", gap.macro_f1, back.macro_f1)]).enumerate()
        {
            let what = format!("{}: {what}", case.name);
            let Difference { value, interval, p } = gap;
            assert_close(&what, value, case.differences[at], 1e-12);
            assert_interval(&what, interval, case.difference_intervals[at]);
            assert_close(&format!("{what}, p"), p, case.p[at], 1e-12);
            assert_close(&format!("{what}, the other way round"), back.value, -value, 1e-12);
            assert_close(&format!("{what}, p the other way round"), back.p, p, 1e-12);
            assert_eq!(gap.is_settled(), !interval.holds(0.0), "{what}");
        }
    }
}

#[test]
fn mcnemars_test_is_that_of_statsmodels() {
    for Discordant { first, second, exact, p } in fixture().mcnemar {
        let ours = McNemar::of_counts(first, second);
        assert_close(&format!("p of {first} against {second}"), ours.p, p, 1e-9);
        assert_eq!(ours.exact, exact, "{first} against {second}");
    }
}

#[test]
fn mcnemars_test_counts_what_just_one_has_right() {
    let labels = [0, 0, 1, 1, 1];
    let row = [0.5; 10];
    let a = Clips::new(&labels, &[0, 0, 1, 0, 0], &row, 2).unwrap();
    let b = Clips::new(&labels, &[0, 1, 0, 1, 0], &row, 2).unwrap();
    let test = McNemar::test(&a, &b).unwrap();
    assert_eq!((test.first_only, test.second_only), (2, 1));
}

#[test]
fn calibration_is_that_of_equal_bins() {
    for case in fixture().comparisons {
        for (side, expected) in case.calibration.iter().enumerate() {
            let ours = Calibration::of(&case.clips(side));
            assert_close(&case.name, ours.ece, expected.ece, 1e-12);
            for (bin, &(clips, confidence, accuracy)) in ours.bins.iter().zip(&expected.bins) {
                let what = format!("{}, side {side}, bin to {:.2}", case.name, bin.high);
                assert_eq!(bin.clips, clips, "{what}");
                assert_close(&what, bin.confidence, confidence, 1e-12);
                assert_close(&what, bin.accuracy, accuracy, 1e-12);
            }
        }
    }
}

impl Ensemble {
    /// The most probable class of each clip, for each member.
    fn predictions(&self) -> Vec<Vec<usize>> {
        let argmax = |row: &[f32]| (0..row.len()).rev().max_by(|a, b| row[*a].total_cmp(&row[*b])).unwrap();
        self.probabilities.iter().map(|rows| rows.chunks(self.classes).map(argmax).collect()).collect()
    }
}

fn members<'a>(case: &'a Ensemble, predictions: &'a [Vec<usize>]) -> Vec<Member<'a>> {
    let pairs = case.probabilities.iter().zip(predictions);
    pairs.map(|(probabilities, predictions)| Member { probabilities, predictions }).collect()
}

#[test]
fn means_are_those_of_numpy() {
    for case in fixture().ensembles {
        let predictions = case.predictions();
        for (how, expected) in [(Combine::Mean, &case.mean), (Combine::LogMean, &case.logmean)] {
            let combined = how.combine(&members(&case, &predictions), &case.weights, case.classes).unwrap();
            for (ours, theirs) in combined.probabilities.iter().zip(expected) {
                assert_close(&format!("{}, {how}", case.name), f64::from(*ours), *theirs, 1e-6);
            }
            for row in combined.probabilities.chunks(case.classes) {
                assert_close("the sum of a row", row.iter().map(|p| f64::from(*p)).sum(), 1.0, 4e-3);
            }
        }
    }
}

#[test]
fn fitted_weights_are_the_best_there_are() {
    for case in fixture().ensembles {
        let predictions = case.predictions();
        let members = members(&case, &predictions);
        for (how, best) in [(Combine::Mean, &case.mean_fit), (Combine::LogMean, &case.logmean_fit)] {
            let what = format!("{}, {how}", case.name);
            let weights = how.fit(&members, &case.labels, case.classes).unwrap();
            assert_close(&what, weights.iter().sum(), 1.0, 1e-12);
            for (ours, theirs) in weights.iter().zip(&best.weights) {
                assert_close(&what, *ours, *theirs, 1e-4);
            }
            let combined = how.combine(&members, &weights, case.classes).unwrap();
            assert_close(&what, log_loss(&combined.probabilities, &case.labels, case.classes), best.loss, 1e-5);
            assert_eq!(how.fit(&members, &case.labels, case.classes).unwrap(), weights, "the same every time");
        }
    }
}

#[test]
fn the_majority_wins_and_a_tie_goes_to_the_higher_mean() {
    // Three members, three classes; one row each.
    let rows: [&[f32]; 3] = [&[0.5, 0.4, 0.1], &[0.45, 0.5, 0.05], &[0.2, 0.45, 0.35]];
    let vote = |predictions: [usize; 3], weights: &[f64]| {
        let members: Vec<Member> = rows
            .iter()
            .zip(&predictions)
            .map(|(probabilities, prediction)| Member { probabilities, predictions: std::slice::from_ref(prediction) })
            .collect();
        Combine::Vote.combine(&members, weights, 3).unwrap()
    };
    let equal = [1.0; 3];
    assert_eq!(vote([0, 0, 1], &equal).predictions, [0], "two against one, whatever the mean says");
    assert_eq!(vote([0, 1, 2], &equal).predictions, [1], "a tie: class 1 has the highest mean");
    assert_eq!(vote([0, 0, 1], &[1.0, 1.0, 3.0]).predictions, [1], "a heavier vote");
    assert_eq!(vote([0, 0, 1], &[1.0, 1.0, 2.0]).predictions, [1], "a tie of weights");
    let shares = vote([0, 0, 1], &equal).probabilities;
    assert_close("the share of two votes of three", f64::from(shares[0]), 2.0 / 3.0, 1e-6);
}

#[test]
fn what_cannot_be_combined_is_refused() {
    let (probabilities, predictions) = ([0.5_f32; 4], [0_usize, 1]);
    let member = Member { probabilities: &probabilities, predictions: &predictions };
    let short = Member { probabilities: &probabilities[..2], predictions: &predictions[..1] };
    let combine = |members: &[Member], weights: &[f64]| Combine::Mean.combine(members, weights, 2).unwrap_err();
    assert_eq!(combine(&[], &[]), CombineError::Empty);
    assert_eq!(combine(&[member, short], &[1.0, 1.0]), CombineError::Sizes);
    assert_eq!(combine(&[member, member], &[1.0]), CombineError::Count { weights: 1, members: 2 });
    for weights in [[0.0, 0.0], [-1.0, 2.0], [f64::NAN, 1.0], [f64::INFINITY, 1.0]] {
        assert_eq!(combine(&[member, member], &weights), CombineError::Weights, "{weights:?}");
    }
    assert_eq!(Combine::Vote.fit(&[member, member], &[0, 1], 2), Err(CombineError::Vote));
    assert_eq!(Combine::Mean.fit(&[member, member], &[0], 2), Err(CombineError::Sizes));
    assert_eq!(Combine::Mean.fit(&[member], &[0, 9], 2), Err(CombineError::Sizes), "a label out of range");
}
