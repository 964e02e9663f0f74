//! What is printed of one set of predictions.

use std::fmt::Write as _;

use super::Subject;
use crate::{
    metrics::{Assessment, Bin, Bootstrap, Calibration, GroupScores, Interval},
    runs::results::Truth,
    tui::text::clean,
};

/// Rows of each list; all of them are in the JSON.
const ROWS: usize = 5;
/// Columns of the bars of the reliability diagram.
const BAR: usize = 30;

/// The report in scikit-learn's form, as `result.txt` has it, and what must be known to read it.
pub fn report(subject: &Subject, assessment: &Assessment) -> String {
    let classes: Vec<String> = subject.predictions.classes.iter().map(|name| clean(name).into_owned()).collect();
    let sections = [
        subject.summary(assessment, &classes),
        scores(subject, assessment),
        calibration(&assessment.calibration),
        groups("by city", &assessment.cities, assessment.cities.len()),
        groups("by location, the worst", &worst(&assessment.locations), ROWS),
        confused(subject, assessment),
        mistakes(subject, assessment),
    ];
    let sections: Vec<String> = sections.into_iter().filter(|section| !section.is_empty()).collect();
    sections.join("\n")
}

fn scores(subject: &Subject, assessment: &Assessment) -> String {
    let (scores, predictions) = (assessment.scores, &subject.predictions);
    let intervals = assessment.intervals.as_ref();
    let mut text = format!("measured on {}\n", clean(&subject.tag.to_string()));
    for (name, score, interval) in [
        ("accuracy", scores.accuracy, intervals.map(|intervals| intervals.accuracy)),
        ("log loss", scores.log_loss, intervals.map(|intervals| intervals.log_loss)),
        ("macro F1", scores.macro_f1, intervals.map(|intervals| intervals.macro_f1)),
    ] {
        let interval = interval.map_or_else(String::new, |interval| format!("  95 % interval {}", between(interval)));
        let _ = writeln!(text, "{name:<10}{score:.3}{interval}");
    }
    match intervals {
        Some(intervals) => {
            let Bootstrap { replicates, seed } = intervals.bootstrap;
            let samples = "samples: their ids tell no location, so the intervals are too narrow";
            let what = if assessment.locations.is_empty() { samples } else { "locations" };
            let _ = writeln!(text, "bootstrap over {} {what}, {replicates} resamples, seed {seed}", intervals.groups);
        }
        None => text += "no intervals: they need two locations at least\n",
    }
    if let Some(decimals) = predictions.decimals {
        let _ = write!(text, "log loss and calibration come from probabilities rounded to {decimals} decimals");
        let worst = -f64::from(f32::EPSILON).ln();
        match predictions.zeros() {
            0 => text.push('\n'),
            1 => _ = writeln!(text, ";\n1 true class was rounded to 0 and counts {worst:.1}"),
            zeros => _ = writeln!(text, ";\n{zeros} true classes were rounded to 0 and count {worst:.1} each"),
        }
    }
    if let Some((_, source)) = &predictions.truth {
        match source {
            Truth::Given => {}
            Truth::File(name) => _ = writeln!(text, "truth from {}", clean(name)),
            Truth::Ids => text += "truth from the clips' ids, which begin with a class: there is no scene_label\n",
        }
    }
    text
}

fn calibration(calibration: &Calibration) -> String {
    let Calibration { ece, bins } = calibration;
    let mut text = format!("expected calibration error {ece:.3}, {} bins of the largest probability\n", bins.len());
    text += "  probability  clips  is right  # accuracy, | mean probability\n";
    for bin in bins.iter().filter(|bin| bin.clips > 0) {
        let Bin { low, high, clips, accuracy, .. } = bin;
        let _ = writeln!(text, "  {low:.2} – {high:.2} {clips:>6} {accuracy:>9.3}  {}", bar(bin));
    }
    text
}

/// A bar as long as the accuracy, with a mark where the confidence says it should end.
fn bar(bin: &Bin) -> String {
    let column = |share: f64| (share * BAR as f64).round() as usize;
    let (end, mark) = (column(bin.accuracy), column(bin.confidence).min(BAR));
    let cell = |at: usize| {
        if at == mark {
            '|'
        } else if at < end {
            '#'
        } else {
            ' '
        }
    };
    (0..=BAR).map(cell).collect::<String>().trim_end().to_owned()
}

/// The groups with the smallest share of right clips.
fn worst(groups: &[GroupScores]) -> Vec<GroupScores> {
    let mut groups = groups.to_vec();
    groups.sort_by(|a, b| a.accuracy.total_cmp(&b.accuracy).then(b.log_loss.total_cmp(&a.log_loss)));
    groups
}

fn groups(title: &str, groups: &[GroupScores], most: usize) -> String {
    if groups.is_empty() {
        return String::new();
    }
    let shown = groups.get(..most.min(groups.len())).unwrap_or_default();
    let title = if shown.len() < groups.len() {
        format!("{title} {} of {}", shown.len(), groups.len())
    } else {
        title.to_owned()
    };
    let width = shown.iter().map(|group| clean(&group.name).chars().count()).max().unwrap_or(0).max(title.len());
    let mut text = format!("{title:<width$}    clips  accuracy  log loss\n");
    for GroupScores { name, clips, accuracy, log_loss, .. } in shown {
        let _ = writeln!(text, "  {:<width$}{clips:>7}{accuracy:>10.3}{log_loss:>10.3}", clean(name));
    }
    text
}

fn confused(subject: &Subject, assessment: &Assessment) -> String {
    let pairs = assessment.confusion.most_confused();
    if pairs.is_empty() {
        return String::new();
    }
    let mut text = "most confused\n".to_owned();
    for (truth, prediction, clips) in pairs.into_iter().take(ROWS) {
        let share = 100.0 * clips as f64 / assessment.confusion.support(truth) as f64;
        let _ = writeln!(
            text,
            "  {clips:>5}  {} taken for {} ({share:.0} % of its clips)",
            class(subject, truth),
            class(subject, prediction)
        );
    }
    text
}

fn mistakes(subject: &Subject, assessment: &Assessment) -> String {
    if assessment.mistakes.is_empty() {
        return String::new();
    }
    let mut text = "surest mistakes\n".to_owned();
    for mistake in assessment.mistakes.iter().take(ROWS) {
        let id = subject.predictions.ids.get(mistake.clip).map_or("", String::as_str);
        let (truth, prediction) = (class(subject, mistake.truth), class(subject, mistake.prediction));
        let _ = writeln!(text, "  {:.3}  {}  is {truth}, taken for {prediction}", mistake.confidence, clean(id));
    }
    text
}

fn class(subject: &Subject, class: usize) -> String {
    subject.predictions.classes.get(class).map_or_else(String::new, |name| clean(name).into_owned())
}

/// `0.764–0.852`
pub fn between(interval: Interval) -> String {
    format!("{:.3}–{:.3}", interval.low, interval.high)
}
