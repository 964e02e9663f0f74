//! Several sets of predictions beside each other, and two by two in plain words.

use std::path::Path;

use anyhow::Result;
use serde_json::{Value, json};

use super::{Subject, json::single, text::between};
use crate::{
    metrics::{Assessment, Bootstrap, Difference, Groups, McNemar, ScoreDifferences},
    protocol::Tag,
    runs::results::{Predictions, aligned},
    tui::text::{clean, fit},
};

/// Sets of predictions, scored and compared.
pub struct Compared {
    rows: Vec<Row>,
    pairs: Vec<Pair>,
    /// Pairs that are not of the same clips, and why.
    apart: Vec<String>,
}

struct Row {
    name: String,
    tag: Tag,
    assessment: Assessment,
    json: Value,
}

struct Pair {
    first: String,
    second: String,
    differences: Option<ScoreDifferences>,
    mcnemar: Option<McNemar>,
    /// What was drawn is locations, and not samples.
    by_location: bool,
}

/// Give files short names that tell them apart: a folder's for `prediction.csv`, else the file's.
pub fn name(files: &mut [Predictions]) {
    let short = |file: &Predictions| {
        let path = Path::new(&file.name);
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let folder = path.parent().and_then(Path::file_name).map(|folder| folder.to_string_lossy().into_owned());
        if stem == "prediction" { folder.unwrap_or(stem) } else { stem }
    };
    let names: Vec<String> = files.iter().map(short).collect();
    for (at, file) in files.iter_mut().enumerate() {
        let Some(name) = names.get(at) else { continue };
        // A message is about a file, so a name that is not unique stays the whole path.
        if names.iter().filter(|other| *other == name).count() == 1 {
            file.name.clone_from(name);
        }
    }
}

/// Score all subjects, and compare each with each where they are of the same samples.
pub fn compare(subjects: &[Subject]) -> Result<Compared> {
    let rows = subjects.iter().map(|subject| Ok(row(subject, subject.assess()?))).collect::<Result<Vec<_>>>()?;
    let mut compared = Compared { rows, pairs: Vec::new(), apart: Vec::new() };
    for (at, first) in subjects.iter().enumerate() {
        for second in subjects.iter().skip(at + 1) {
            compared.add(&first.predictions, &second.predictions)?;
        }
    }
    Ok(compared)
}

/// Compare a subject with each of `others`.
pub fn against(subject: &Subject, assessment: &Assessment, others: impl Iterator<Item = Subject>) -> Result<Compared> {
    let mut compared = Compared { rows: vec![row(subject, assessment.clone())], pairs: Vec::new(), apart: Vec::new() };
    for mut other in others {
        if other.predictions.truth.is_none() {
            other.predictions.truth.clone_from(&subject.predictions.truth);
        }
        let assessment = other.assess()?;
        compared.rows.push(row(&other, assessment));
        compared.add(&subject.predictions, &other.predictions)?;
    }
    Ok(compared)
}

fn row(subject: &Subject, assessment: Assessment) -> Row {
    let json = single(subject, &assessment);
    Row { name: subject.predictions.name.clone(), tag: subject.tag.clone(), assessment, json }
}

impl Compared {
    fn add(&mut self, first: &Predictions, second: &Predictions) -> Result<()> {
        let pair = match aligned(vec![first.clone(), second.clone()]) {
            Ok(pair) => pair,
            Err(error) => {
                self.apart.push(format!("not compared: {error:#}"));
                return Ok(());
            }
        };
        let [a, b] = pair.as_slice() else { return Ok(()) };
        let (clips, others) = (a.clips()?, b.clips()?);
        let locations = Groups::locations(&a.ids);
        let by_location = locations.is_some();
        let groups = locations.unwrap_or_else(|| Groups::single(a.ids.len()));
        self.pairs.push(Pair {
            first: a.name.clone(),
            second: b.name.clone(),
            differences: Bootstrap::default().compare(&clips, &others, &groups),
            mcnemar: McNemar::test(&clips, &others),
            by_location,
        });
        Ok(())
    }

    pub fn text(&self) -> String {
        let marks = Tag::marks(self.rows.iter().map(|row| &row.tag));
        let width = self.rows.iter().map(|row| clean(&row.name).chars().count()).max().unwrap_or(0).clamp(4, 40);
        let marked = marks.iter().any(|mark| !mark.is_empty());
        let on = if marked { "  on" } else { "" };
        let mut lines =
            vec![format!("{:width$}{on}  accuracy  95 % interval  log loss  95 % interval  macro F1    ECE", "")];
        for (row, mark) in self.rows.iter().zip(&marks) {
            lines.push(row.line(width, marked.then_some(mark)));
        }
        let mut seen: Vec<&String> = Vec::new();
        for (row, mark) in self.rows.iter().zip(&marks) {
            if !seen.contains(&mark) {
                seen.push(mark);
                let mark = if mark.is_empty() { String::new() } else { format!("{mark}: ") };
                let by_location = row.assessment.intervals.as_ref().filter(|_| !row.assessment.locations.is_empty());
                let locations = by_location.map_or_else(String::new, |over| format!(" · {} locations", over.groups));
                lines.push(format!("{mark}measured on {}{locations}", clean(&row.tag.to_string())));
            }
        }
        if marked {
            lines.push("scores on different letters cannot be compared".to_owned());
        }
        if let Some(intervals) = self.rows.iter().find_map(|row| row.assessment.intervals.as_ref()) {
            let Bootstrap { replicates, seed } = intervals.bootstrap;
            let by_location = self.rows.iter().all(|row| !row.assessment.locations.is_empty());
            let what = if by_location { "locations" } else { "samples (their ids tell no location: too narrow)" };
            lines.push(format!("bootstrap over {what}, {replicates} resamples, seed {seed}"));
        }
        for pair in &self.pairs {
            lines.push(String::new());
            lines.extend(pair.lines());
        }
        if !self.apart.is_empty() {
            lines.push(String::new());
            lines.extend(self.apart.iter().map(|reason| clean(reason).into_owned()));
        }
        lines.join("\n")
    }

    pub fn json(&self) -> Value {
        let files: Vec<&Value> = self.rows.iter().map(|row| &row.json).collect();
        json!({ "files": files, "comparisons": self.pairs_json(), "not_compared": self.apart })
    }

    pub fn pairs_json(&self) -> Value {
        let pair = |pair: &Pair| {
            json!({
                "first": pair.first,
                "second": pair.second,
                "differences": pair.differences,
                "mcnemar": pair.mcnemar,
                "resampled": if pair.by_location { "locations" } else { "samples" },
            })
        };
        self.pairs.iter().map(pair).collect()
    }
}

impl Row {
    fn line(&self, width: usize, mark: Option<&String>) -> String {
        let Assessment { scores, intervals, calibration, .. } = &self.assessment;
        let interval = |of: fn(&crate::metrics::ScoreIntervals) -> crate::metrics::Interval| {
            intervals.as_ref().map_or_else(|| "–".to_owned(), |intervals| between(of(intervals)))
        };
        format!(
            "{}{}{:>10.3}{:>15}{:>10.3}{:>15}{:>10.3}{:>7.3}",
            fit(&clean(&self.name), width, "…"),
            mark.map_or_else(String::new, |mark| format!("{mark:>4}")),
            scores.accuracy,
            interval(|intervals| intervals.accuracy),
            scores.log_loss,
            interval(|intervals| intervals.log_loss),
            scores.macro_f1,
            calibration.ece
        )
    }
}

impl Pair {
    fn lines(&self) -> Vec<String> {
        let (first, second) = (clean(&self.first), clean(&self.second));
        let mut lines = Vec::new();
        if let Some(ScoreDifferences { accuracy, log_loss, macro_f1, .. }) = &self.differences {
            lines.push(in_words(&first, &second, accuracy));
            lines.push(format!("  log loss: difference {}", in_numbers(log_loss, 1.0, 3)));
            lines.push(format!("  macro F1: difference {}", in_numbers(macro_f1, 1.0, 3)));
        } else {
            lines.push(format!("{first} and {second}: no interval, it needs two locations at least"));
        }
        if let Some(McNemar { first_only, second_only, p, exact }) = self.mcnemar {
            let test = if exact { "exact binomial" } else { "chi-squared with continuity correction" };
            lines.push(format!(
                "  McNemar's test ({test}; it takes clips for independent): {first_only} only {first} has right, \
                 {second_only} only {second}, p = {p:.3}"
            ));
        }
        lines
    }
}

/// Which one is better, by how much, and whether that is settled.
fn in_words(first: &str, second: &str, difference: &Difference) -> String {
    let Difference { value, interval, p } = difference;
    if *value == 0.0 {
        return format!("{first} and {second} have the same accuracy");
    }
    let (better, worse, sign) = if *value > 0.0 { (first, second, 1.0) } else { (second, first, -1.0) };
    let points = |value: f64| signed(100.0 * value, 1);
    let (low, high) = if sign > 0.0 { (interval.low, interval.high) } else { (-interval.high, -interval.low) };
    let verdict = if difference.is_settled() {
        "leaves 0 out: more than the choice of places, though another seed may differ"
    } else {
        "holds 0: not settled by one seed"
    };
    format!(
        "{better} is better than {worse} by {} points; the interval {}…{} {verdict} (p = {p:.3})",
        points(sign * value),
        points(low),
        points(high)
    )
}

fn in_numbers(difference: &Difference, scale: f64, digits: usize) -> String {
    let Difference { value, interval, p } = difference;
    let number = |value: f64| signed(scale * value, digits);
    format!("{}, interval {}…{}, p = {p:.3}", number(*value), number(interval.low), number(interval.high))
}

/// A number with a minus that cannot be taken for a dash; no −0.0.
fn signed(value: f64, digits: usize) -> String {
    let text = format!("{:.digits$}", value.abs());
    if value < 0.0 && text.bytes().any(|byte| (b'1'..=b'9').contains(&byte)) { format!("−{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Interval;

    #[test]
    fn a_difference_is_told_in_plain_words() {
        let difference = |value, low, high, p| Difference { value, interval: Interval { low, high }, p };
        let cases = [
            (
                difference(0.019, -0.008, 0.046, 0.18),
                "late is better than mid by 1.9 points; the interval −0.8…4.6 holds 0: not settled by one seed (p = 0.180)",
            ),
            (
                difference(-0.03, -0.05, -0.01, 0.004),
                "mid is better than late by 3.0 points; the interval 1.0…5.0 leaves 0 out: more than the choice of \
                 places, though another seed may differ (p = 0.004)",
            ),
            (difference(0.0, -0.01, 0.01, 1.0), "late and mid have the same accuracy"),
        ];
        for (difference, expected) in cases {
            assert_eq!(in_words("late", "mid", &difference), expected);
        }
        assert_eq!(in_numbers(&difference(-0.0001, -0.2, 0.1, 0.5), 1.0, 3), "0.000, interval −0.200…0.100, p = 0.500");
    }

    #[test]
    fn files_get_names_that_tell_them_apart() {
        let file = |name: &str| Predictions::parse(name, b"aid,scene_pred,a\nx,a,1\n").unwrap();
        let mut files = ["runs/late/prediction.csv", "mid.csv", "a/b.csv", "c/b.csv"].map(file);
        name(&mut files);
        assert_eq!(files.map(|file| file.name), ["late", "mid", "a/b.csv", "c/b.csv"]);
    }
}
