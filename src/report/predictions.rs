//! The predictions that a run left, as the report needs them.

use std::path::Path;

use crate::{
    metrics::{Clips, Confusion},
    runs::RunDir,
};

/// Every test clip's id, true class, predicted class and probabilities (row-major, clips × classes).
#[derive(Clone, Debug)]
pub struct Predictions {
    pub ids: Vec<String>,
    pub labels: Vec<usize>,
    pub predicted: Vec<usize>,
    pub probabilities: Vec<f32>,
    pub classes: usize,
}

/// A file that is larger is not read: 4 million clips of 10 classes.
const LARGEST: u64 = 400_000_000;

impl Predictions {
    /// Read the predictions in the run directory `dir`.
    ///
    /// # Errors
    /// Why they are not there, in words.
    pub fn read(dir: &Path, classes: &[String]) -> Result<Self, String> {
        let path = RunDir::at(dir).predictions();
        match std::fs::metadata(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err("prediction.csv is missing".to_owned());
            }
            Err(error) => return Err(format!("prediction.csv: {error}")),
            Ok(metadata) if metadata.len() > LARGEST => return Err("prediction.csv is too large".to_owned()),
            Ok(_) => {}
        }
        let text = std::fs::read_to_string(&path).map_err(|error| format!("prediction.csv: {error}"))?;
        let mut reader = csv::ReaderBuilder::new().delimiter(b'\t').from_reader(text.as_bytes());
        let head = reader.headers().map_err(|error| format!("prediction.csv: {error}"))?;
        if !head.iter().skip(3).eq(classes.iter()) {
            return Err("prediction.csv has other classes than the run".to_owned());
        }
        let mut read = Self {
            ids: Vec::new(),
            labels: Vec::new(),
            predicted: Vec::new(),
            probabilities: Vec::new(),
            classes: classes.len(),
        };
        for record in reader.records() {
            let record = record.map_err(|error| format!("prediction.csv: {error}"))?;
            let class = |at: usize| {
                let name = record.get(at).unwrap_or_default();
                classes
                    .iter()
                    .position(|class| class == name)
                    .ok_or_else(|| format!("prediction.csv: no class `{name}`"))
            };
            read.ids.push(record.get(0).unwrap_or_default().to_owned());
            read.predicted.push(class(1)?);
            read.labels.push(class(2)?);
            for field in record.iter().skip(3) {
                read.probabilities.push(field.parse().map_err(|_| format!("prediction.csv: no number `{field}`"))?);
            }
        }
        Ok(read)
    }

    /// The clips for scoring; none where there are no clips.
    pub fn clips(&self) -> Option<Clips<'_>> {
        Clips::new(&self.labels, &self.predicted, &self.probabilities, self.classes).ok()
    }

    pub fn confusion(&self) -> Confusion {
        Confusion::from_pairs(self.classes, self.labels.iter().copied().zip(self.predicted.iter().copied()))
    }
}
