//! The clips that a run predicted, as the confusion matrix names them.

use std::path::Path;

use anyhow::{Context as _, Result};

use crate::{runs::results::Predictions, tui::Clip};

/// The clips in the predictions at `path`, their classes numbered as in `classes`.
///
/// # Errors
/// If the file cannot be read, tells no true classes, or names a class that is none of `classes`.
pub fn read(path: &Path, classes: &[String]) -> Result<Vec<Clip>> {
    let file = Predictions::read(path)?;
    let (truth, _) = file.truth.with_context(|| format!("{} tells no true classes", file.name))?;
    let number = |class: &usize| {
        let name = file.classes.get(*class).map_or("", String::as_str);
        let found = classes.iter().position(|known| known == name);
        found.with_context(|| format!("{}: `{name}` is none of the run's classes", file.name))
    };
    let columns = file.classes.len();
    let clips = file.ids.into_iter().zip(&truth).zip(&file.predictions).enumerate();
    clips
        .map(|(row, ((id, truth), prediction))| {
            let confidence = file.probabilities.get(row * columns + prediction).copied().unwrap_or(f32::NAN);
            Ok(Clip { id, truth: number(truth)?, prediction: number(prediction)?, confidence })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_numbered_as_the_run_does() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let text = "aid\tscene_pred\tscene_label\ttram\tbus\n\
                    bus-a-1\ttram\tbus\t0.700\t0.300\ntram-b-2\ttram\ttram\t0.900\t0.100\n";
        std::fs::write(file.path(), text).unwrap();
        let clip = |id: &str, truth, prediction, confidence| Clip { id: id.to_owned(), truth, prediction, confidence };
        let clips = read(file.path(), &["bus".to_owned(), "tram".to_owned()]).unwrap();
        assert_eq!(clips, [clip("bus-a-1", 0, 1, 0.7), clip("tram-b-2", 1, 1, 0.9)]);
        let error = format!("{:#}", read(file.path(), &["bus".to_owned()]).unwrap_err());
        assert!(error.contains("`tram` is none of the run's classes"), "{error}");
        assert!(read(Path::new("/nonexistent"), &[]).is_err());
    }
}
