//! Data, settings, cost, the list of the runs, and how the numbers were made.

use std::collections::{BTreeMap, BTreeSet};

use crate::report::{
    document::{Block, Row, Table},
    groups::{Group, Measured},
    number::{count, counted, duration, list, score},
    protocol::{Protocol, letter},
    settings::{self, Settings},
    subject::Subject,
};

pub fn blocks(subjects: &[Subject], measured: &[Measured]) -> Vec<Block> {
    let mut blocks = vec![Block::chapter("Data"), Block::Table(data(subjects, measured))];
    blocks.push(Block::chapter("Settings"));
    blocks.extend(recipe(subjects));
    blocks.push(Block::chapter("Runs"));
    blocks.push(Block::Table(runs(subjects, measured)));
    blocks.push(Block::Table(cost(subjects)));
    blocks.push(Block::Paragraph(machine(subjects)));
    blocks.push(Block::chapter("How the numbers were made"));
    blocks.push(Block::Bullets(methods(measured)));
    blocks
}

fn data(subjects: &[Subject], measured: &[Measured]) -> Table {
    let titles = ["Protocol", "Source", "Fingerprint", "Training clips", "Validation clips", "Test clips", "Classes"];
    let mut table = Table::new("data", "The data", 3, &titles);
    for (at, measured) in measured.iter().enumerate() {
        let protocol = &measured.protocol;
        let of_protocol = subjects.iter().filter(|subject| Protocol::of(subject).as_ref() == Some(protocol));
        let sources: BTreeSet<String> =
            of_protocol.filter_map(|subject| Some(subject.started()?.data.clone())).collect();
        let sources: Vec<String> = sources.into_iter().collect();
        let demo = if protocol.demo { "DEMO: generated, not recordings; " } else { "" };
        table.rows.push(Row::new([
            letter(at),
            format!("{demo}{}", list(&sources)),
            if protocol.fingerprint.is_empty() { "–".to_owned() } else { protocol.fingerprint.clone() },
            known(protocol.train_clips),
            known(protocol.val_clips),
            count(protocol.test_clips as u64),
            protocol.classes.len().to_string(),
        ]));
    }
    for (at, measured) in measured.iter().enumerate() {
        let lead = if at > 0 || table.rows.len() > 1 { format!("{}: ", letter(at)) } else { "Classes: ".to_owned() };
        let shown: Vec<String> = measured.protocol.classes.iter().take(60).cloned().collect();
        table.notes.push(format!("{lead}{}.", shown.join(", ")));
    }
    table
}

/// A number that an import may not have told.
fn known(number: usize) -> String {
    if number == 0 { "–".to_owned() } else { count(number as u64) }
}

/// What the runs share, and in what they differ.
fn recipe(subjects: &[Subject]) -> Vec<Block> {
    let recipes: Vec<Settings> =
        subjects.iter().filter(|subject| subject.started().is_some()).map(settings::recipe).collect();
    let keys: BTreeSet<&String> = recipes.iter().flat_map(BTreeMap::keys).collect();
    let mut shared = Table::new("settings", "Settings that all runs share", 2, &["Setting", "Key", "Value"]);
    let mut varied = Table::new("settings-varied", "Settings in which runs differ", 3, &["Setting", "Key", "Values"]);
    for key in keys {
        let values: BTreeSet<String> = recipes.iter().map(|recipe| settings::value(recipe, key)).collect();
        let mut values: Vec<String> = values.into_iter().collect();
        settings::in_order(&mut values);
        let table = if values.len() == 1 { &mut shared } else { &mut varied };
        table.rows.push(Row::new([settings::name(key), key.clone(), values.join("; ")]));
    }
    let modes: BTreeSet<_> = subjects.iter().filter_map(Subject::mode).collect();
    let seeds: BTreeSet<_> = subjects.iter().filter(|subject| subject.started().is_some()).map(Subject::seed).collect();
    let modes: Vec<String> = modes.into_iter().map(|mode| mode.to_string()).collect();
    let seeds: Vec<String> = seeds.into_iter().map(|seed| seed.to_string()).collect();
    for (name, key, values) in [("seed", "train.seed", seeds), ("mode", "model.mode", modes)] {
        let table = if values.len() == 1 { &mut shared } else { &mut varied };
        table.rows.insert(0, Row::new([name.to_owned(), key.to_owned(), values.join(", ")]));
    }
    [varied, shared].into_iter().filter(|table| !table.rows.is_empty()).map(Block::Table).collect()
}

fn runs(subjects: &[Subject], measured: &[Measured]) -> Table {
    let titles =
        ["Run", "Model", "Seed", "Protocol", "How it ended", "Val. log loss", "Test accuracy", "Test log loss"];
    let mut table = Table::new("runs", "Every run", 2, &titles);
    for column in table.columns.iter_mut().skip(3).take(2) {
        column.right = false;
    }
    for subject in subjects {
        let protocol = Protocol::of(subject);
        let letter_of = measured
            .iter()
            .position(|measured| Some(&measured.protocol) == protocol.as_ref())
            .map_or_else(|| "–".to_owned(), letter);
        let text = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), score);
        let seed = subject.started().map_or_else(|| "–".to_owned(), |started| started.seed.to_string());
        table.rows.push(Row::new([
            subject.run.name.clone(),
            model(subject, measured),
            seed,
            letter_of,
            subject.ending(),
            text(subject.val_score(|scores| scores.log_loss)),
            text(subject.test().map(|test| test.scores.accuracy)),
            text(subject.test().map(|test| test.scores.log_loss)),
        ]));
    }
    if subjects.iter().any(|subject| subject.history().imported().is_some()) {
        let text = "Imported runs were trained by another program; what it did not tell is a dash, and losses may be rounded to two decimals.";
        table.notes.push(text.to_owned());
    }
    if subjects.iter().any(|subject| subject.test().is_none()) {
        table.notes.push("Runs without a test score are in no other table.".to_owned());
    }
    table
}

/// The model that a run is one of: with its settings, where it has been tested.
fn model(subject: &Subject, measured: &[Measured]) -> String {
    let of_group = |group: &&Group| group.runs.iter().chain(&group.repeats).any(|run| std::ptr::eq(*run, subject));
    let group = measured.iter().flat_map(|measured| &measured.groups).find(of_group);
    let mode = || subject.mode().map_or_else(|| "–".to_owned(), |mode| mode.to_string());
    group.map_or_else(mode, |group| group.label.clone())
}

fn cost(subjects: &[Subject]) -> Table {
    let titles = ["Run", "Parameters", "Epochs", "Best epoch", "Training time", "An epoch"];
    let mut table = Table::new("cost", "Size and cost", 1, &titles);
    for subject in subjects {
        let Some(started) = subject.started() else { continue };
        let epochs = subject.history().last_epoch();
        table.rows.push(Row::new([
            subject.run.name.clone(),
            known(started.parameters),
            epochs.to_string(),
            subject.best_epoch().map_or_else(|| "–".to_owned(), |epoch| epoch.to_string()),
            duration(subject.seconds()),
            if epochs == 0 { "–".to_owned() } else { format!("{:.2} s", subject.seconds() / epochs as f64) },
        ]));
    }
    table.notes.push("Training time leaves out pauses, loading and testing.".to_owned());
    table
}

/// Devices and versions, in a sentence.
fn machine(subjects: &[Subject]) -> String {
    let facts = |fact: fn(&Subject) -> Option<String>| {
        let facts: BTreeSet<String> = subjects.iter().filter_map(fact).collect();
        list(&facts.into_iter().collect::<Vec<_>>())
    };
    let devices = facts(|subject| subject.started().map(|started| started.device.clone()));
    let versions = facts(|subject| subject.started().map(|started| started.version.clone()));
    let runs = counted(subjects.len(), "run");
    format!("Trained on {devices} by avsc-tui {versions} ({runs}).")
}

fn methods(measured: &[Measured]) -> Vec<String> {
    let mut lines = vec![
        "Accuracy: share of test clips whose most probable class is the true one. Macro F1: unweighted mean over the classes. A division by zero gives 0, as in scikit-learn.".to_owned(),
        "Log loss: mean over clips of −ln p(true class), in nats; probabilities are clipped at the machine epsilon of 32-bit numbers. The losses of the curves are unweighted means over batches, so they differ a little.".to_owned(),
        "The checkpoint of the epoch with the lowest validation loss was tested, once. Choosing among models goes by validation log loss.".to_owned(),
        "± is the sample standard deviation (n − 1) over seeds: what chance in training changes.".to_owned(),
    ];
    let any = measured.iter().flat_map(|measured| &measured.groups).find_map(|group| group.chosen()?.intervals);
    if let Some(intervals) = any {
        lines.push(format!(
            "Intervals are 95 % percentile intervals of a bootstrap over locations ({} replicates, seed {}): clips of one location are cuts of one recording, so the location is what is drawn. They say what other places would change.",
            count(intervals.bootstrap.replicates as u64),
            intervals.bootstrap.seed
        ));
    }
    lines
}
