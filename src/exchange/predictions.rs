//! `prediction.csv` of an experiment folder, as far as an import needs it: which clips, what was
//! said of them, and what is true.

use anyhow::{Context as _, Result, bail, ensure};
use csv::ReaderBuilder;

use crate::metrics::{self, Confusion, Scores};

/// More classes than any set has.
const MOST_CLASSES: usize = 1000;

/// What a prediction file tells of the test split.
#[derive(Clone, Debug, PartialEq)]
pub struct Predictions {
    pub classes: Vec<String>,
    pub clips: usize,
    /// Scores and confusion; none in a file without `scene_label`.
    pub scored: Option<(Scores, Confusion)>,
    /// Hash of the clips and their classes, in the order of the file.
    pub fingerprint: String,
}

/// Read the text of a prediction file, TAB or comma separated.
///
/// # Errors
/// If it is no such file: the line, and what is wrong with it.
pub fn read(text: &str) -> Result<Predictions> {
    let header = text.lines().next().unwrap_or_default();
    let delimiter = if header.contains('\t') { b'\t' } else { b',' };
    let mut reader = ReaderBuilder::new().delimiter(delimiter).from_reader(text.as_bytes());
    let names: Vec<String> = reader.headers().context("its header")?.iter().map(str::to_owned).collect();
    let labelled = names.get(2).is_some_and(|name| name == "scene_label");
    let first = if labelled { 3 } else { 2 };
    let begins =
        names.first().is_some_and(|name| name == "aid") && names.get(1).is_some_and(|name| name == "scene_pred");
    ensure!(begins && names.len() > first, "it does not begin with the columns aid, scene_pred and the classes");
    let classes = names.get(first..).unwrap_or_default().to_vec();
    ensure!(classes.len() <= MOST_CLASSES, "{} classes are more than any set has", classes.len());

    let class = |name: Option<&str>| {
        let name = name.unwrap_or_default();
        classes
            .iter()
            .position(|class| class == name)
            .with_context(|| format!("there is no class `{}`", name.escape_default()))
    };
    let mut confusion = Confusion::new(classes.len());
    let (mut labels, mut probabilities, mut clips) = (Vec::new(), Vec::new(), 0);
    let mut hash = xxhash_rust::xxh3::Xxh3::new();
    for (number, record) in (2..).zip(reader.records()) {
        let row = || -> Result<_> {
            let record = record?;
            let predicted = class(record.get(1))?;
            let truth = if labelled { Some(class(record.get(2))?) } else { None };
            let row: Result<Vec<f32>, _> = record.iter().skip(first).map(str::parse).collect();
            Ok((
                record.get(0).unwrap_or_default().to_owned(),
                predicted,
                truth,
                row.context("a probability is no number")?,
            ))
        };
        let (id, predicted, truth, row) = row().with_context(|| format!("line {number}"))?;
        hash.update(id.as_bytes());
        hash.update(&[0]);
        if let Some(truth) = truth {
            hash.update(&(truth as u64).to_le_bytes());
            confusion.add(truth, predicted);
            labels.push(truth);
            // Rounded to three decimals, a row hardly ever sums to 1.
            let sum: f32 = row.iter().sum();
            probabilities.extend(row.iter().map(|value| value / sum));
        }
        clips += 1;
    }
    if clips == 0 {
        bail!("there is no clip in it");
    }
    let log_loss = metrics::log_loss(&probabilities, &labels, classes.len());
    let scored = labelled.then(|| (Scores::new(&confusion, log_loss), confusion));
    Ok(Predictions { classes, clips, scored, fingerprint: format!("{:016x}", hash.digest()) })
}
