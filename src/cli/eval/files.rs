//! Writing `prediction.csv` and `result.txt` without taking anything away.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};

use super::Subject;
use crate::{
    cli::output,
    metrics::Assessment,
    runs::{RunDir, directory::replace},
};

/// Write both files into `folder`, the summary only where there are scores. A file that is there with
/// other content is never replaced.
///
/// # Errors
/// If there is one, before anything is written; or the folder cannot be written.
pub fn write(folder: &Path, subject: &Subject, assessment: Option<&Assessment>) -> Result<()> {
    let files = contents(folder, subject, assessment)?;
    for (path, content) in &files {
        if is_there(path, content)? == Some(false) {
            bail!("{} is there and holds something else; name another folder with --out", path.display());
        }
    }
    for (path, content) in &files {
        replace(path, content.as_bytes())?;
    }
    output::message(format_args!("written into {}", folder.display()));
    Ok(())
}

/// Give a finished run the files of its test split that it lacks. What is there stays as it is.
///
/// # Errors
/// If they cannot be read or written.
pub fn complete(run: &RunDir, subject: &Subject, assessment: &Assessment) -> Result<()> {
    for (path, content) in contents(run.path(), subject, Some(assessment))? {
        match is_there(&path, &content)? {
            Some(true) => {}
            Some(false) => output::message(format_args!(
                "{} differs from what would be written now, and was left alone; --out writes elsewhere",
                path.display()
            )),
            None => {
                replace(&path, content.as_bytes())?;
                output::message(format_args!("{} was missing and is written", path.display()));
            }
        }
    }
    Ok(())
}

fn contents(folder: &Path, subject: &Subject, assessment: Option<&Assessment>) -> Result<Vec<(PathBuf, String)>> {
    let dir = RunDir::at(folder);
    let mut files = vec![(dir.predictions(), subject.predictions.to_csv()?)];
    files
        .extend(assessment.map(|assessment| (dir.result(), subject.summary(assessment, &subject.predictions.classes))));
    Ok(files)
}

/// Whether the file is there and holds `content`; none where there is no file.
fn is_there(path: &Path, content: &str) -> Result<Option<bool>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes == content.as_bytes())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("looking at {}", path.display())),
    }
}
