//! `avsc-tui eval`: what a model, or a file of predictions, is worth.

mod comparison;
mod ensemble;
mod files;
mod json;
mod model;
mod text;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, Result};
use clap::Args;
use serde_json::json;

use super::{Usage, output, settings::SettingsArgs};
use crate::{
    config::{Mode, SplitName},
    metrics::{Assessment, Bootstrap, Combine},
    protocol::Tag,
    runs::{
        RunDir, list,
        results::{LabelFile, Predictions, aligned, result_txt},
    },
    tui::text::clean,
};

#[derive(Debug, Args)]
pub struct EvalArgs {
    /// A run, by its name or directory, or a checkpoint file.
    #[arg(value_name = "RUN|CHECKPOINT", required_unless_present = "predictions", conflicts_with = "predictions")]
    model: Option<String>,
    /// train, val or test; test where it is not given. For files of predictions, what they are of.
    #[arg(long)]
    split: Option<SplitName>,
    /// Mode of a checkpoint that does not tell it.
    #[arg(long, conflicts_with = "predictions")]
    mode: Option<Mode>,
    /// Files of predictions; several are compared, or combined.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    predictions: Vec<PathBuf>,
    /// The truth for the predictions, as `fold1_evaluate.csv`.
    #[arg(long, value_name = "FILE", requires = "predictions")]
    labels: Option<PathBuf>,
    /// Make one of the predictions: mean of probabilities, logmean or vote.
    #[arg(long, value_name = "HOW", requires = "predictions")]
    combine: Option<Combine>,
    /// Weights of the predictions, in their order, separated by commas.
    #[arg(long, value_name = "W1,W2", value_delimiter = ',', requires = "combine", conflicts_with = "fit_on")]
    weights: Vec<f64>,
    /// The same models' predictions of the validation split, in the same order: fit the weights on them.
    #[arg(long, value_name = "FILE", num_args = 1.., requires = "combine")]
    fit_on: Vec<PathBuf>,
    /// Folder for prediction.csv and result.txt.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print one JSON object instead of the report.
    #[arg(long)]
    json: bool,
}

/// Predictions, and what their scores are measured on.
struct Subject {
    predictions: Predictions,
    tag: Tag,
}

impl Subject {
    /// Everything that is said of it.
    ///
    /// # Errors
    /// If the truth is not known.
    fn assess(&self) -> Result<Assessment> {
        Ok(Assessment::new(&self.predictions.clips()?, &self.predictions.ids, Bootstrap::default()))
    }

    /// The text of `result.txt`, with the classes under these names.
    fn summary(&self, assessment: &Assessment, classes: &[String]) -> String {
        let Assessment { confusion, scores, .. } = assessment;
        result_txt(confusion, scores.log_loss, classes, self.tag.demo)
    }
}

/// Evaluate what the arguments name.
///
/// # Errors
/// If it cannot be read, or not be scored.
pub fn run(settings: &SettingsArgs, args: &EvalArgs) -> Result<ExitCode> {
    let Some(name) = &args.model else { return predictions(args) };
    let model::Evaluated { subject, run } = model::evaluate(settings, args, name)?;
    let assessment = subject.assess()?;
    present(args, &subject, &assessment)?;
    match (&args.out, run) {
        (Some(out), _) => files::write(out, &subject, Some(&assessment))?,
        (None, Some(run)) => files::complete(&run, &subject, &assessment)?,
        (None, None) => {}
    }
    Ok(ExitCode::SUCCESS)
}

fn predictions(args: &EvalArgs) -> Result<ExitCode> {
    let labels = args.labels.as_deref().map(LabelFile::read).transpose()?;
    let read = |path: &PathBuf| {
        let mut file = Predictions::read(path)?;
        if let Some(labels) = &labels {
            file.join(labels)?;
        }
        Ok(file)
    };
    let mut all = args.predictions.iter().map(read).collect::<Result<Vec<_>>>()?;
    let demo = args.predictions.iter().any(|path| of_demo_run(path));
    comparison::name(&mut all);
    for note in all.iter().flat_map(|file| &file.notes) {
        output::message(format_args!("note: {}", clean(note)));
    }
    let subject = |predictions: Predictions| {
        let tag = Tag { demo, ..predictions.tag(args.split) };
        Subject { predictions, tag }
    };
    if let Some(how) = args.combine {
        let all = aligned(all).context("combining predictions")?;
        let (combined, weights) = ensemble::combine(how, &all, args, labels.as_ref())?;
        return finish(args, &subject(combined), Some((&weights, all)));
    }
    if all.len() > 1 {
        if args.out.is_some() {
            return Err(Usage("--out takes one set of predictions: name one file, or --combine them".to_owned()).into());
        }
        let subjects: Vec<Subject> = all.into_iter().map(subject).collect();
        let compared = comparison::compare(&subjects)?;
        output::result(if args.json { compared.json().to_string() } else { compared.text() })?;
        return Ok(ExitCode::SUCCESS);
    }
    match all.pop() {
        Some(file) => finish(args, &subject(file), None),
        None => Err(Usage("--predictions wants a file".to_owned()).into()),
    }
}

/// True for the predictions of a run on the demo set, which nobody must hand in: the file itself does not
/// tell.
fn of_demo_run(path: &Path) -> bool {
    let run = path.parent().map(RunDir::at).filter(|dir| dir.events().is_file());
    let run = run.and_then(|dir| list::read(&dir, &mut Vec::new()).ok());
    run.and_then(|run| run.history.started).is_some_and(|started| started.demo)
}

/// Present and write one set of predictions, perhaps made of several. Without the truth there is
/// nothing to present, but they can be written.
fn finish(
    args: &EvalArgs,
    subject: &Subject,
    parts: Option<(&ensemble::Weights, Vec<Predictions>)>,
) -> Result<ExitCode> {
    let assessment = match subject.assess() {
        Ok(assessment) => assessment,
        Err(error) => {
            let Some(out) = &args.out else { return Err(error) };
            files::write(out, subject, None)?;
            output::message(format_args!("no scores: {error:#}"));
            if args.json {
                output::result(json!({ "name": subject.predictions.name, "protocol": subject.tag, "scores": null }))?;
            }
            return Ok(ExitCode::SUCCESS);
        }
    };
    match parts {
        None => present(args, subject, &assessment)?,
        Some((weights, members)) => {
            let members = members.into_iter().map(|predictions| Subject { predictions, tag: subject.tag.clone() });
            let compared = comparison::against(subject, &assessment, members)?;
            if args.json {
                output::result(json::ensemble(subject, &assessment, weights, &compared))?;
            } else {
                output::result(format!("{}\n{weights}\n{}", text::report(subject, &assessment), compared.text()))?;
            }
        }
    }
    if let Some(out) = &args.out {
        files::write(out, subject, Some(&assessment))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn present(args: &EvalArgs, subject: &Subject, assessment: &Assessment) -> Result<()> {
    if args.json {
        output::result(json::single(subject, assessment))
    } else {
        output::result(text::report(subject, assessment))
    }
}
