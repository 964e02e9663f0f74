//! Each model by itself: classification report, losses, confusion.

use anyhow::Result;

use super::{
    Tag, chapter,
    comparison::{MOST_CLASSES, losses},
};
use crate::{
    metrics::{ClassScores, Confusion, classification_report},
    report::{
        document::{Block, Row, Table},
        figures::{ConfusionMatrix, Curve, Curves, Figure, Look, MOST_DRAWN},
        groups::{Group, Measured},
        number::{count, score},
        subject::Subject,
        text::{slug, visible},
    },
};

/// Pairs of classes that are named.
const PAIRS: usize = 3;

pub fn blocks(measured: &Measured, tag: &Tag) -> Result<Vec<Block>> {
    let mut blocks = vec![chapter(tag, "Model by model")];
    let classes: Vec<String> = measured.protocol.classes.iter().map(|name| visible(name)).collect();
    for group in measured.compared() {
        let Some((run, confusion)) = group.chosen().and_then(|run| Some((run, run.confusion()?))) else { continue };
        let id = format!("{}{}", slug(&group.label), tag.suffix);
        blocks.push(Block::section(group.mode.title()));
        blocks.push(Block::Paragraph(about(group, run)));
        blocks.extend(loss_figure(group, run, &id, tag)?);
        if classes.is_empty() || classes.len() != confusion.classes() || classes.len() > MOST_CLASSES {
            blocks.push(Block::Paragraph(
                "The classification report is left out: there are too many classes.".to_owned(),
            ));
            continue;
        }
        blocks.push(Block::Verbatim(classification_report(confusion, &classes)));
        blocks.push(Block::Table(report_table(group, confusion, &classes, &id, tag)));
        if classes.len() <= MOST_DRAWN {
            let caption = format!(
                "Confusion of {}{} on the test split: per cent of each true class, and clips below.",
                group.label, tag.mark
            );
            let drawing = ConfusionMatrix { confusion, classes: &classes };
            blocks.push(Block::Figure(Figure::new(format!("confusion-{id}"), caption, &drawing)?));
        }
        let confused: Vec<String> =
            confusion.most_confused().into_iter().take(PAIRS).map(|pair| confused(confusion, &classes, pair)).collect();
        if !confused.is_empty() {
            blocks.push(Block::Paragraph(format!("Most often mistaken: {}.", confused.join("; "))));
        }
    }
    Ok(blocks)
}

/// Which run stands for the model.
fn about(group: &Group, run: &Subject) -> String {
    let which = match group.runs.len() {
        1 => format!("Run {} (seed {})", run.run.name, run.seed()),
        seeds => format!(
            "Of {seeds} seeds the run with the lowest validation log loss, {} (seed {})",
            run.run.name,
            run.seed()
        ),
    };
    let best =
        run.best_epoch().map_or_else(String::new, |epoch| format!("; the checkpoint of epoch {epoch} was tested"));
    format!("{which}: {}{best}.", run.ending())
}

fn loss_figure(group: &Group, run: &Subject, id: &str, tag: &Tag) -> Result<Option<Block>> {
    let val = losses(run, |epoch| epoch.val_loss);
    if val.is_empty() {
        return Ok(None);
    }
    let others = group.runs.iter().filter(|other| !std::ptr::eq(**other, run));
    let behind = |other: &&Subject| Curve {
        name: None,
        look: Look::behind(),
        points: losses(other, |epoch| epoch.val_loss),
        best: None,
    };
    let mut curves: Vec<Curve> = others.map(behind).collect();
    let seeds = if curves.is_empty() { "" } else { " In grey: the validation losses of the other seeds." };
    let train = losses(run, |epoch| epoch.train_loss);
    curves.push(Curve { name: Some("training".to_owned()), look: Look::train(), points: train, best: None });
    curves.push(Curve {
        name: Some("validation".to_owned()),
        look: Look::validation(),
        points: val,
        best: run.best_epoch(),
    });
    let caption = format!("Losses of {}{} by epoch; the best epoch is ringed.{seeds}", group.label, tag.mark);
    let drawing = Curves { y_title: "loss (nats)".to_owned(), curves };
    Ok(Some(Block::Figure(Figure::new(format!("loss-{id}"), caption, &drawing)?)))
}

/// The classification report for LaTeX; as text it stands above.
fn report_table(group: &Group, confusion: &Confusion, classes: &[String], id: &str, tag: &Tag) -> Table {
    let caption = format!("Classification report of {} on the test split{}", group.label, tag.mark);
    let mut table =
        Table::new(format!("report-{id}"), caption, 1, &["Class", "Precision", "Recall", "F1 score", "Support"]);
    let two = |value: f64| format!("{value:.2}");
    let row = |name: &str, scores: &ClassScores| {
        Row::new([name.to_owned(), two(scores.precision), two(scores.recall), two(scores.f1), count(scores.support)])
    };
    table.rows.extend(classes.iter().zip(confusion.per_class()).map(|(name, scores)| row(name, &scores)));
    let (empty, accuracy) = (String::new, two(confusion.accuracy()));
    let accuracy = Row::new(["accuracy".to_owned(), empty(), empty(), accuracy, count(confusion.total())]);
    table.rows.push(Row { rule: true, ..accuracy });
    table.rows.push(row("macro avg", &confusion.macro_average()));
    table.rows.push(row("weighted avg", &confusion.weighted_average()));
    if let Some(test) = group.chosen().and_then(Subject::test) {
        table.notes.push(format!(
            "Accuracy {}, log loss {}.",
            score(test.scores.accuracy),
            score(test.scores.log_loss)
        ));
    }
    table.shown = false;
    table
}

/// `tram taken for metro (41 clips, 13 %)`.
fn confused(confusion: &Confusion, classes: &[String], (truth, prediction, clips): (usize, usize, u64)) -> String {
    let name = |class: usize| classes.get(class).map_or("?", String::as_str);
    let share = clips as f64 / confusion.support(truth).max(1) as f64 * 100.0;
    format!("{} taken for {} ({} clips, {share:.0} % of the class)", name(truth), name(prediction), count(clips))
}
