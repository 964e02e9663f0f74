//! Predictions for some clips, as a file of them tells, whoever wrote it.

mod align;
mod parse;

use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use xxhash_rust::xxh3::Xxh3;

use super::{labels::LabelFile, predictions::write_csv, table};
use crate::{
    config::SplitName,
    metrics::{Clips, Combined, Member, clip_id, most_probable},
    protocol::{Tag, Unit},
};

/// What a model, or several together, said of some clips.
#[derive(Clone, Debug, PartialEq)]
pub struct Predictions {
    /// The file, or what else they came from, for people.
    pub name: String,
    /// Class names in the order of the columns.
    pub classes: Vec<String>,
    pub ids: Vec<String>,
    /// The predicted class of each clip.
    pub predictions: Vec<usize>,
    /// Row-major, clips × classes; each row sums to 1.
    pub probabilities: Vec<f32>,
    /// The true class of each clip, and where it is known from.
    pub truth: Option<(Vec<usize>, Truth)>,
    pub unit: Unit,
    /// Decimals of the probabilities, where they are rounded to few.
    pub decimals: Option<usize>,
    /// What the reader noticed and the user should know, one sentence each.
    pub notes: Vec<String>,
}

/// Where true classes are known from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Truth {
    /// Beside the predictions.
    Given,
    /// From a file of labels.
    File(String),
    /// From the ids, which begin with a class name.
    Ids,
}

impl Predictions {
    /// Read the file at `path`: TAB or comma separated, columns `aid`, `scene_pred`, perhaps
    /// `scene_label`, and one a class, in any order. The predicted class is `scene_pred`, because the
    /// largest of rounded probabilities may be another's. Rows of rounded probabilities are divided by
    /// their sum, as scikit-learn's older versions did: only then are they probabilities again.
    ///
    /// # Errors
    /// What is wrong with it, with file and line.
    pub fn read(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        parse::parse(&name, &table::bytes(path)?).with_context(|| format!("reading predictions from {name}"))
    }

    /// Read the bytes of such a file; `name` is for messages.
    ///
    /// # Errors
    /// What is wrong with it, with file and line.
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Self> {
        parse::parse(name, bytes)
    }

    /// What a model said just now: `probabilities` is row-major, clips × classes.
    #[must_use]
    pub fn of_model(
        name: String,
        classes: &[String],
        ids: &[String],
        labels: &[usize],
        probabilities: Vec<f32>,
    ) -> Self {
        Self {
            name,
            classes: classes.to_vec(),
            ids: ids.to_vec(),
            predictions: probabilities.chunks_exact(classes.len().max(1)).map(most_probable).collect(),
            probabilities,
            truth: Some((labels.to_vec(), Truth::Given)),
            unit: Unit::Clip,
            decimals: None,
            notes: Vec::new(),
        }
    }

    /// What was combined from several, of which this is the first.
    #[must_use]
    pub fn combined(&self, name: String, combined: Combined) -> Self {
        let Combined { probabilities, predictions } = combined;
        Self { name, probabilities, predictions, notes: Vec::new(), ..self.clone() }
    }

    /// Take the truth from a file of labels; it wins over what stands beside the predictions.
    ///
    /// # Errors
    /// If the file lacks a clip, or has a class that the predictions do not know.
    pub fn join(&mut self, labels: &LabelFile) -> Result<()> {
        let missing = self.ids.iter().filter(|id| labels.class_of(id).is_none()).count();
        let found = self.ids.iter().map(|id| {
            let class = labels.class_of(id).with_context(|| {
                format!(
                    "{} has no label of {} of the {} samples in {}, {id:?} among them; is it the list of that split?",
                    labels.name,
                    missing,
                    self.ids.len(),
                    self.name
                )
            })?;
            self.class(class)
                .with_context(|| format!("{}: {id:?} is {class:?}, which is no class of {}", labels.name, self.name))
        });
        let found: Vec<usize> = found.collect::<Result<_>>()?;
        if let Some((known, Truth::Given)) = &self.truth {
            let other = known.iter().zip(&found).filter(|(a, b)| a != b).count();
            if other > 0 {
                let note = format!("{other} labels in {} differ from scene_label; they were taken", labels.name);
                self.notes.push(note);
            }
        }
        self.truth = Some((found, Truth::File(labels.name.clone())));
        Ok(())
    }

    /// The clips with their truth, to be scored.
    ///
    /// # Errors
    /// If the truth is not known.
    pub fn clips(&self) -> Result<Clips<'_>> {
        let Some((labels, _)) = &self.truth else {
            bail!(
                "{} holds no truth: neither a column scene_label, nor ids that begin with a class; name a file of \
                 labels with --labels",
                self.name
            )
        };
        Clips::new(labels, &self.predictions, &self.probabilities, self.classes.len())
            .with_context(|| format!("scoring {}", self.name))
    }

    #[must_use]
    pub fn member(&self) -> Member<'_> {
        Member { probabilities: &self.probabilities, predictions: &self.predictions }
    }

    /// What scores of these predictions are measured on; the file does not tell more than ids and truth.
    #[must_use]
    pub fn tag(&self, split: Option<SplitName>) -> Tag {
        let mut samples: Vec<(&str, &str)> = self.ids.iter().map(String::as_str).zip(self.truth_names()).collect();
        samples.sort_unstable();
        let mut hash = Xxh3::new();
        for text in samples.iter().flat_map(|(id, class)| [id, class]) {
            hash.update(&(text.len() as u64).to_le_bytes());
            hash.update(text.as_bytes());
        }
        Tag {
            unit: self.unit,
            samples: self.ids.len(),
            split,
            data: format!("ids-{:016x}", hash.digest()),
            demo: false,
        }
    }

    fn truth_names(&self) -> impl Iterator<Item = &str> {
        let labels = self.truth.as_ref().map(|(labels, _)| labels);
        let class = move |clip: usize| labels.and_then(|labels| self.classes.get(*labels.get(clip)?));
        (0..self.ids.len()).map(move |clip| class(clip).map_or("", String::as_str))
    }

    /// The text of `prediction.csv`; without the truth it has no `scene_label`, as the submission form.
    ///
    /// # Errors
    /// If the sizes do not fit together.
    pub fn to_csv(&self) -> Result<String> {
        let labels = self.truth.as_ref().map(|(labels, _)| labels.as_slice());
        write_csv(&self.ids, labels, &self.predictions, &self.probabilities, &self.classes)
    }

    /// Number of samples whose true class has a probability of 0: each adds as much to the log loss as
    /// the clipping lets it.
    #[must_use]
    pub fn zeros(&self) -> usize {
        let Ok(clips) = self.clips() else { return 0 };
        clips.iter().filter(|(truth, _, row)| row.get(*truth).is_some_and(|probability| *probability <= 0.0)).count()
    }

    fn class(&self, name: &str) -> Option<usize> {
        self.classes.iter().position(|class| class == name)
    }

    /// Take the truth from ids that begin with a class name, if all do.
    fn truth_from_ids(&mut self) {
        let of_id = |id: &String| {
            let class = clip_id::class_prefix(clip_id::whole(id).unwrap_or(id))?;
            self.class(class)
        };
        let labels: Option<Vec<usize>> = self.ids.iter().map(of_id).collect();
        self.truth = labels.map(|labels| (labels, Truth::Ids));
    }
}

/// The predictions of several files brought into one order, that of the first: of the clips, and of the
/// classes, so that they can be compared clip by clip and combined.
///
/// # Errors
/// If they are not of the same clips and classes, or disagree about the truth.
pub fn aligned(files: Vec<Predictions>) -> Result<Vec<Predictions>> {
    let mut files = files.into_iter();
    let Some(first) = files.next() else { return Ok(Vec::new()) };
    let mut all = vec![first];
    for file in files {
        if let Some(first) = all.first() {
            let file = align::like(file, first)?;
            ensure!(
                file.truth.is_none() || first.truth.is_none() || labels(&file) == labels(first),
                "{} and {} disagree about the truth",
                first.name,
                file.name
            );
            all.push(file);
        }
    }
    Ok(all)
}

fn labels(file: &Predictions) -> Option<&[usize]> {
    file.truth.as_ref().map(|(labels, _)| labels.as_slice())
}
