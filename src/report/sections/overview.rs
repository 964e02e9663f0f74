//! The first page: what was measured, what was chosen, and what must not be overlooked.

use crate::report::{
    document::{Block, Row, Table},
    groups::Measured,
    number::{counted, score, spread},
    protocol::letter,
    subject::Subject,
};

pub fn blocks(subjects: &[Subject], measured: &[Measured]) -> Vec<Block> {
    let mut blocks = Vec::new();
    if measured.iter().any(|measured| measured.protocol.demo) {
        let whose = match measured.iter().filter(|measured| measured.protocol.demo).count() {
            some if some < measured.len() => "Some of the scores are",
            _ => "The scores are",
        };
        blocks.push(Block::Warning(format!(
            "DEMO DATA: {whose} of generated data, not recordings. They say nothing about real scenes."
        )));
    }
    if measured.len() > 1 {
        blocks.push(Block::Warning(format!(
            "The runs were measured by {} protocols, A to {}. Numbers of different protocols do not compare; each has tables of its own.",
            measured.len(),
            letter(measured.len() - 1)
        )));
    }
    blocks.push(Block::chapter("Summary"));
    let tested = subjects.iter().filter(|subject| subject.test().is_some()).count();
    let mut lines = vec![match subjects.len() - tested {
        0 => format!("{}, all tested.", counted(subjects.len(), "run")),
        left => format!(
            "{}: {tested} tested, {left} without a test score ({} listed under Runs).",
            counted(subjects.len(), "run"),
            if left == 1 { "it is" } else { "they are" }
        ),
    }];
    let several = measured.len() > 1;
    for (at, measured) in measured.iter().enumerate() {
        let lead = if several { format!("Protocol {}: ", letter(at)) } else { String::new() };
        lines.extend(choice(&lead, measured));
    }
    blocks.push(Block::Bullets(lines));
    blocks.push(Block::Table(protocols(measured)));
    blocks
}

/// The choice by validation, in a sentence.
fn choice(lead: &str, measured: &Measured) -> Option<String> {
    let best = measured.groups.iter().min_by(|a, b| a.val_log_loss().total_cmp(&b.val_log_loss()))?;
    let accuracy = spread(Some(best.test(|scores| scores.accuracy)?));
    let log_loss = spread(Some(best.test(|scores| scores.log_loss)?));
    let interval = match (best.runs.as_slice(), best.chosen().and_then(|run| run.intervals)) {
        ([_], Some(intervals)) => {
            let interval = intervals.accuracy;
            format!(" (95 % interval over locations {} to {})", score(interval.low), score(interval.high))
        }
        _ => String::new(),
    };
    let over = match best.runs.len() {
        1 => String::new(),
        seeds => format!(", mean ± sd over {seeds} seeds"),
    };
    let others = measured.groups.iter().filter(|group| !std::ptr::eq(*group, best));
    let next = others.min_by(|a, b| a.val_log_loss().total_cmp(&b.val_log_loss()));
    let next =
        next.map_or_else(String::new, |next| format!("; next is {} with {}", next.label, score(next.val_log_loss())));
    Some(if measured.groups.len() > 1 {
        format!(
            "{lead}{} has the lowest validation log loss ({}{next}) and is the one to choose: test accuracy {accuracy}{interval}, test log loss {log_loss}{over}. The test split had no say in the choice.",
            best.label,
            score(best.val_log_loss())
        )
    } else {
        format!("{lead}{}: test accuracy {accuracy}{interval}, test log loss {log_loss}{over}.", best.label)
    })
}

fn protocols(measured: &[Measured]) -> Table {
    let several = measured.len() > 1;
    let mut table =
        Table::new("protocol", "What the test scores were measured on", 3, &["Protocol", "Runs", "Scores are of"]);
    for (at, measured) in measured.iter().enumerate() {
        let runs: usize = measured.groups.iter().map(|group| group.runs.len() + group.repeats.len()).sum();
        table.rows.push(Row::new([letter(at), runs.to_string(), measured.protocol.tag()]));
    }
    if !several {
        table.notes.push("All numbers of this report are of this one protocol.".to_owned());
    }
    table
}
