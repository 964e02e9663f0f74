//! Combining predictions, with weights that are given, or fitted on validation predictions.

use std::{collections::HashSet, fmt, path::PathBuf};

use anyhow::{Context as _, Result, bail};

use super::EvalArgs;
use crate::{
    cli::Usage,
    metrics::{Combine, Member},
    runs::results::{LabelFile, Predictions, aligned},
    tui::text::clean,
};

/// How the members were weighed.
pub struct Weights {
    pub how: Combine,
    /// Name and weight of each member; the weights sum to 1.
    pub members: Vec<(String, f64)>,
    /// Number of validation samples that they were fitted on.
    pub fitted_on: Option<usize>,
}

impl fmt::Display for Weights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = match self.how {
            Combine::Mean => "mean of the probabilities",
            Combine::LogMean => "mean of the log-probabilities, made to sum to 1 again",
            Combine::Vote => "votes, a tie to the higher mean probability; the probabilities are shares of votes",
        };
        let members: Vec<_> =
            self.members.iter().map(|(name, weight)| format!("{weight:.3} {}", clean(name))).collect();
        write!(f, "{how}: {}", members.join(" + "))?;
        match self.fitted_on {
            Some(samples) => writeln!(f, "\nweights fitted on {samples} validation samples: least log loss there"),
            None => writeln!(f),
        }
    }
}

/// Combine the predictions of `all`, which are of the same clips in the same order.
///
/// # Errors
/// If the weights do not fit, or cannot be fitted on what `--fit-on` names.
pub fn combine(
    how: Combine,
    all: &[Predictions],
    args: &EvalArgs,
    labels: Option<&LabelFile>,
) -> Result<(Predictions, Weights)> {
    let Some(first) = all.first() else { bail!("there is nothing to combine") };
    let classes = first.classes.len();
    let count = |given: usize, what: &str| {
        let problem = || Usage(format!("{given} {what} for {} files of predictions", all.len()));
        if given == all.len() { Ok(()) } else { Err(problem()) }
    };
    let (weights, fitted_on) = if !args.fit_on.is_empty() {
        count(args.fit_on.len(), "files to fit the weights on")?;
        let (weights, samples) = fit(how, all, &args.fit_on, labels).context("fitting the weights")?;
        (weights, Some(samples))
    } else if args.weights.is_empty() {
        (vec![1.0; all.len()], None)
    } else {
        count(args.weights.len(), "weights")?;
        (args.weights.clone(), None)
    };
    let members: Vec<Member> = all.iter().map(Predictions::member).collect();
    let combined = how.combine(&members, &weights, classes).map_err(|error| Usage(error.to_string()))?;
    let sum: f64 = weights.iter().sum();
    let shares = all.iter().zip(&weights).map(|(file, weight)| (file.name.clone(), weight / sum)).collect();
    Ok((first.combined(format!("{how} ensemble"), combined), Weights { how, members: shares, fitted_on }))
}

/// The weights with the least log loss on the validation predictions in `paths`, and their number.
fn fit(how: Combine, all: &[Predictions], paths: &[PathBuf], labels: Option<&LabelFile>) -> Result<(Vec<f64>, usize)> {
    let mut files = paths.iter().map(|path| Predictions::read(path)).collect::<Result<Vec<_>>>()?;
    for file in &mut files {
        // One list of labels may be of the test split alone.
        if let Some(labels) = labels.filter(|labels| file.ids.iter().all(|id| labels.class_of(id).is_some())) {
            file.join(labels)?;
        }
    }
    let files = aligned(files)?;
    let (Some(first), Some(tested)) = (files.first(), all.first()) else { bail!("there is nothing to fit on") };
    if first.classes.iter().collect::<HashSet<_>>() != tested.classes.iter().collect() {
        bail!("{} has other classes than {}", first.name, tested.name);
    }
    let ids: HashSet<&String> = tested.ids.iter().collect();
    if let Some(shared) = first.ids.iter().find(|id| ids.contains(id)) {
        bail!(
            "{} holds {shared:?}, which is evaluated: weights that have seen the clips flatter them; give predictions of \
             the validation split",
            first.name
        );
    }
    let truth = first.clips()?;
    let labels: Vec<usize> = truth.iter().map(|(label, ..)| label).collect();
    let members: Vec<Member> = files.iter().map(Predictions::member).collect();
    let weights = how.fit(&members, &labels, first.classes.len()).map_err(|error| Usage(error.to_string()))?;
    Ok((weights, labels.len()))
}
