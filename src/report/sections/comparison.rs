//! The models side by side: scores with intervals, F1 of the classes, validation losses.

use anyhow::Result;

use super::{Tag, chapter};
use crate::{
    config::Mode,
    metrics::{Interval, ScoreIntervals, Scores},
    report::{
        document::{Block, Row, Table},
        figures::{Calibration, ClassF1, Curve, Curves, Figure, Look, Reliability},
        groups::{Group, Measured},
        number::{count, counted, score, spread},
        subject::Subject,
    },
    runs::Spread,
};

/// Classes that still make a table or a figure.
pub const MOST_CLASSES: usize = 60;

/// A bin of fewer clips tells nothing of a model's reliability.
const FEWEST: usize = 10;

const ACCURACY: fn(&Scores) -> f64 = |scores| scores.accuracy;
const LOG_LOSS: fn(&Scores) -> f64 = |scores| scores.log_loss;
const MACRO_F1: fn(&Scores) -> f64 = |scores| scores.macro_f1;

pub fn blocks(measured: &Measured, tag: &Tag) -> Result<Vec<Block>> {
    let groups = measured.compared();
    let heading = if groups.len() > 1 { "The modes compared" } else { "Scores" };
    let mut blocks = vec![chapter(tag, heading)];
    if !measured.varied.is_empty() {
        let text =
            "These are the runs of the recipe that most modes share; other settings have tables of their own below.";
        blocks.push(Block::Paragraph(text.to_owned()));
    }
    blocks.push(Block::Table(comparison(&groups, tag, &format!("comparison{}", tag.suffix), "Scores of the modes")));
    blocks.extend(fusion(&groups, tag).map(Block::Table));
    let others: Vec<&Group> = lonely(measured);
    if !others.is_empty() {
        let id = format!("others{}", tag.suffix);
        blocks.push(Block::Table(comparison(&others, tag, &id, "Scores of models with settings of their own")));
    }
    if groups.len() > 1 {
        blocks.extend(validation(&groups, tag)?);
        blocks.extend(classes(&groups, measured, tag)?);
    }
    blocks.extend(reliability(&groups, tag)?);
    Ok(blocks)
}

/// Groups that stand neither in the comparison nor in a grid.
fn lonely<'m, 'a>(measured: &'m Measured<'a>) -> Vec<&'m Group<'a>> {
    let slices = measured.slices();
    let in_a_grid = |group: &Group| {
        slices.iter().any(|slice| slice.groups.iter().any(|(_, of_slice)| std::ptr::eq(*of_slice, group)))
    };
    measured.groups.iter().filter(|group| group.settings != measured.reference && !in_a_grid(group)).collect()
}

/// The table of scores, with the intervals in a line of their own below.
fn comparison(groups: &[&Group], tag: &Tag, id: &str, caption: &str) -> Table {
    let titles =
        ["Model", "Seeds", "Val. accuracy", "Val. log loss", "Test accuracy", "Test log loss", "Test macro F1"];
    let mut table = Table::new(id, format!("{caption}{}", tag.mark), 1, &titles);
    let chosen = chosen(groups);
    for (at, group) in groups.iter().enumerate() {
        let mark = if group.runs.iter().any(|run| run.was_stopped()) { " †" } else { "" };
        table.rows.push(Row {
            cells: vec![
                format!("{}{mark}", group.label),
                group.runs.len().to_string(),
                spread(group.val(ACCURACY)),
                spread(group.val(LOG_LOSS)),
                spread(group.test(ACCURACY)),
                spread(group.test(LOG_LOSS)),
                spread(group.test(MACRO_F1)),
            ],
            strong: groups.len() > 1 && Some(at) == chosen,
            rule: at > 0,
        });
        if let Some(intervals) = group.chosen().and_then(|run| run.intervals) {
            let cell = |interval: Interval| format!("[{}, {}]", score(interval.low), score(interval.high));
            let ScoreIntervals { accuracy, log_loss, macro_f1, .. } = intervals;
            let empty = String::new;
            table.rows.push(Row::new([
                empty(),
                empty(),
                empty(),
                empty(),
                cell(accuracy),
                cell(log_loss),
                cell(macro_f1),
            ]));
        }
    }
    table.notes = notes(groups);
    table
}

/// What the table's signs mean, as far as they are in it.
fn notes(groups: &[&Group]) -> Vec<String> {
    let mut notes = Vec::new();
    if groups.len() > 1 {
        notes.push("Bold: the lowest validation log loss, by which to choose. The rows are in the order of the modes, never of a test score.".to_owned());
    }
    let seeds = groups.iter().any(|group| group.runs.len() > 1);
    if seeds {
        notes.push("Mean ± sample standard deviation (n − 1) over seeds.".to_owned());
    }
    let intervals = groups.iter().find_map(|group| group.chosen()?.intervals);
    if let Some(intervals) = intervals {
        let whose = if seeds { " of each model's run with the lowest validation log loss" } else { "" };
        notes.push(format!(
            "In brackets: 95 % intervals{whose}, from {} bootstrap replicates over {} locations (seed {}).",
            count(intervals.bootstrap.replicates as u64),
            count(intervals.groups as u64),
            intervals.bootstrap.seed
        ));
    }
    for group in groups {
        if let Some(reason) = group.chosen().and_then(Subject::without_interval) {
            notes.push(format!("No interval for {}: {reason}.", group.label));
        }
        if !group.repeats.is_empty() {
            notes.push(format!(
                "{}: of {} with a seed that occurs again only the newest counts.",
                group.label,
                counted(group.repeats.len() + 1, "run")
            ));
        }
    }
    if groups.iter().any(|group| group.runs.iter().any(|run| run.was_stopped())) {
        notes.push("† stopped by hand: its best checkpoint so far was tested.".to_owned());
    }
    notes
}

/// The group with the lowest validation log loss.
pub fn chosen(groups: &[&Group]) -> Option<usize> {
    let best = groups.iter().enumerate().min_by(|(_, a), (_, b)| a.val_log_loss().total_cmp(&b.val_log_loss()));
    best.filter(|(_, group)| group.val_log_loss().is_finite()).map(|(at, _)| at)
}

/// Fusion, accuracy, log loss and nothing else, as a course report has it; for LaTeX only, as the
/// numbers stand above.
fn fusion(groups: &[&Group], tag: &Tag) -> Option<Table> {
    let fused: Vec<_> = groups.iter().filter(|group| !matches!(group.mode, Mode::Audio | Mode::Video)).collect();
    let caption = format!("Fusion strategies on the test split{}", tag.mark);
    let mut table = Table::new(format!("fusion{}", tag.suffix), caption, 1, &["Fusion", "Accuracy", "Log loss"]);
    for group in &fused {
        let text = |score| spread(group.test(score));
        table.rows.push(Row::new([group.mode.title().to_owned(), text(ACCURACY), text(LOG_LOSS)]));
    }
    table.shown = false;
    (fused.len() > 1).then_some(table)
}

/// The validation losses of all modes in one figure.
fn validation(groups: &[&Group], tag: &Tag) -> Result<Option<Block>> {
    let curve = |group: &&Group| {
        let run = group.chosen()?;
        let points = losses(run, |epoch| epoch.val_loss);
        let name = Some(group.mode.title().to_owned());
        (!points.is_empty()).then(|| Curve { name, look: Look::of(group.mode), points, best: run.best_epoch() })
    };
    let curves: Vec<Curve> = groups.iter().filter_map(curve).collect();
    if curves.is_empty() {
        return Ok(None);
    }
    let drawing = Curves { y_title: "validation loss (nats)".to_owned(), curves };
    let caption =
        format!("Validation loss by epoch{}; of several seeds the one with the lowest validation log loss.", tag.mark);
    Ok(Some(Block::Figure(Figure::new(format!("validation-loss{}", tag.suffix), caption, &drawing)?)))
}

/// Epoch and loss of each epoch of a run.
pub fn losses(run: &Subject, loss: fn(&crate::protocol::EpochFinished) -> f64) -> Vec<(usize, f64)> {
    run.history().epochs.iter().map(|record| (record.result.epoch, loss(&record.result))).collect()
}

/// F1 of each class under each mode, the mean over its seeds, as a table and as a figure.
fn classes(groups: &[&Group], measured: &Measured, tag: &Tag) -> Result<Vec<Block>> {
    let classes = &measured.protocol.classes;
    if classes.is_empty() || classes.len() > MOST_CLASSES {
        return Ok(vec![Block::Paragraph(format!(
            "F1 by class is left out: there are {} classes.",
            count(classes.len() as u64)
        ))]);
    }
    let seeds = groups.iter().any(|group| group.runs.len() > 1);
    let scored: Vec<(Mode, Vec<u64>, Vec<Spread>)> =
        groups.iter().filter_map(|group| per_class(group, classes.len())).collect();
    let titles: Vec<&str> =
        ["Class", "Clips"].into_iter().chain(scored.iter().map(|(mode, ..)| mode.title())).collect();
    let caption = format!("F1 score of each class on the test split{}", tag.mark);
    let mut table = Table::new(format!("class-f1{}", tag.suffix), caption, 1, &titles);
    for (at, class) in classes.iter().enumerate() {
        let clips = scored.first().and_then(|(_, clips, _)| clips.get(at)).copied().unwrap_or(0);
        let of_class = scored.iter().map(|(.., f1)| spread(f1.get(at).copied()));
        let cells = [class.clone(), count(clips)].into_iter().chain(of_class);
        table.rows.push(Row { cells: cells.collect(), ..Row::default() });
    }
    if seeds {
        table.notes.push("Mean ± sample standard deviation (n − 1) over seeds.".to_owned());
    }
    let models = scored
        .iter()
        .map(|(mode, _, f1)| (mode.title().to_owned(), Look::of(*mode), f1.iter().map(|spread| spread.mean).collect()));
    let drawing = ClassF1 { classes, models: models.collect() };
    let whose = if seeds { ", mean over seeds" } else { "" };
    let caption = format!("F1 score of each class on the test split{}{whose}.", tag.mark);
    let figure = Figure::new(format!("class-f1{}", tag.suffix), caption, &drawing)?;
    Ok(vec![Block::Figure(figure), Block::Table(table)])
}

/// Clips and F1 of each of so many classes, over the seeds of a group.
fn per_class(group: &Group, classes: usize) -> Option<(Mode, Vec<u64>, Vec<Spread>)> {
    let runs = group.runs.iter().filter_map(|run| Some(run.confusion()?.per_class()));
    let runs: Vec<_> = runs.filter(|scores| scores.len() == classes).collect();
    let clips = runs.first()?.iter().map(|scores| scores.support).collect();
    let f1 = |at: usize| Spread::of(&runs.iter().filter_map(|scores| Some(scores.get(at)?.f1)).collect::<Vec<_>>());
    Some((group.mode, clips, (0..classes).map_while(f1).collect()))
}

/// Confidence against accuracy of every mode that left predictions.
fn reliability(groups: &[&Group], tag: &Tag) -> Result<Vec<Block>> {
    let mut models = Vec::new();
    let mut errors = Vec::new();
    for group in groups {
        let Some(calibration) = group.chosen().and_then(|run| run.calibration.as_ref()) else { continue };
        errors.push(format!("{} {}", group.label, score(calibration.ece)));
        let bins = calibration.bins.iter().filter(|bin| bin.clips >= FEWEST);
        let bins = bins.map(|bin| (bin.confidence, bin.accuracy, bin.clips as u64)).collect();
        models.push(Calibration { name: group.mode.title().to_owned(), look: Look::of(group.mode), bins });
    }
    if models.is_empty() {
        return Ok(Vec::new());
    }
    let caption = format!(
        "Reliability on the test split{}. On the dashed line a model is right as often as it is sure; below it, it is too sure. Large markers stand for many clips; bins of fewer than {FEWEST} are left out.",
        tag.mark
    );
    let figure = Figure::new(format!("reliability{}", tag.suffix), caption, &Reliability { models })?;
    let text = format!(
        "Expected calibration error ({} bins; 0 is best): {}.",
        crate::metrics::Calibration::BINS,
        errors.join(", ")
    );
    Ok(vec![Block::section("Reliability"), Block::Paragraph(text), Block::Figure(figure)])
}
