//! Reading `prediction.csv` back: which clips were taken for what.

use std::{fs::File, path::Path};

use anyhow::{Context as _, Result, ensure};
use csv::ReaderBuilder;

/// A larger file is not a run's: the largest scene set has some ten thousand test clips.
const LARGEST: u64 = 512 << 20;

/// A clip as a run predicted it.
#[derive(Clone, Debug, PartialEq)]
pub struct Clip {
    pub id: String,
    /// Index of the true class.
    pub truth: usize,
    /// Index of the predicted class, and its probability (0 to 1).
    pub prediction: usize,
    pub confidence: f32,
}

/// The clips in the file at `path`, in its order. Lines whose label is empty, as in a submission, are
/// left out: nothing is known of their truth.
///
/// # Errors
/// If the file cannot be read, or is not in the format that [`super::prediction_csv`] writes; the line
/// is named.
pub fn read_clips(path: &Path) -> Result<Vec<Clip>> {
    read(path).with_context(|| format!("reading the predictions {}", path.display()))
}

fn read(path: &Path) -> Result<Vec<Clip>> {
    let file = File::open(path)?;
    let size = file.metadata()?.len();
    ensure!(size <= LARGEST, "it has {size} bytes; at most {LARGEST} are read");
    let mut reader = ReaderBuilder::new().delimiter(b'\t').from_reader(file);
    let headers = reader.headers()?.clone();
    let columns: Vec<&str> = headers.iter().collect();
    let classes = match columns.as_slice() {
        ["aid", "scene_pred", "scene_label", classes @ ..] if !classes.is_empty() => classes,
        _ => {
            anyhow::bail!("its first line is not `aid, scene_pred, scene_label` and the class names, set apart by TABs")
        }
    };
    let index = |name: &str| classes.iter().position(|class| *class == name);
    let mut clips = Vec::new();
    for record in reader.records() {
        let record = record?;
        let line = record.position().map_or(0, csv::Position::line);
        let field = |at: usize| record.get(at).unwrap_or_default();
        if field(2).is_empty() {
            continue;
        }
        let class =
            |at: usize| index(field(at)).with_context(|| format!("line {line}: there is no class `{}`", field(at)));
        let (prediction, truth) = (class(1)?, class(2)?);
        let confidence = field(3 + prediction)
            .parse()
            .with_context(|| format!("line {line}: the probability `{}` is no number", field(3 + prediction)))?;
        clips.push(Clip { id: field(0).to_owned(), truth, prediction, confidence });
    }
    Ok(clips)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<Vec<Clip>> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        read_clips(file.path())
    }

    #[test]
    fn what_a_run_writes_is_read_back() {
        let ids = ["tram-b-2", "bus-a-10"].map(str::to_owned);
        let classes = ["bus", "tram"].map(str::to_owned);
        let text = super::super::prediction_csv(&ids, &[1, 0], &[0.25, 0.75, 0.3, 0.7], &classes).unwrap();
        let clip = |id: &str, truth, prediction, confidence| Clip { id: id.to_owned(), truth, prediction, confidence };
        assert_eq!(of(&text).unwrap(), [clip("bus-a-10", 0, 1, 0.7), clip("tram-b-2", 1, 1, 0.75)]);
    }

    #[test]
    fn what_is_something_else_is_refused() {
        let head = "aid\tscene_pred\tscene_label\tbus\ttram\n";
        for (text, message) in [
            ("", "first line"),
            ("aid\tscene_pred\tbus\n", "first line"),
            (&format!("{head}a\tcar\tbus\t0.1\t0.9\n"), "line 2: there is no class `car`"),
            (&format!("{head}a\tbus\tbus\tx\t0.9\n"), "line 2: the probability `x`"),
            (&format!("{head}a\tbus\n"), "record 1"),
        ] {
            let error = format!("{:#}", of(text).unwrap_err());
            assert!(error.contains(message), "{text}: {error}");
        }
        assert_eq!(of(&format!("{head}a\tbus\t\t0.1\t0.9\n")).unwrap(), [], "a submission tells no truth");
        assert!(read_clips(Path::new("/nonexistent")).is_err());
    }
}
