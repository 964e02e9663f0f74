//! What can be wrong with a set: each message names the file, the dataset in it and the remedy.

use std::path::{Path, PathBuf};

/// Why a set was refused.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The observer broke off the operation.
    #[error("reading the features was cancelled")]
    Cancelled,
    /// The operating system refused an operation on a file.
    #[error("{action} {}: {source}; check the path and its permissions", file.display())]
    Io { action: &'static str, file: PathBuf, source: std::io::Error },
    /// No set of features at the place named.
    #[error("{problem}; {remedy}")]
    NotFound { problem: String, remedy: String },
    /// A file as a whole cannot be used.
    #[error("{}: {problem}; {remedy}", file.display())]
    File { file: PathBuf, problem: String, remedy: String },
    /// One dataset or group of a file cannot be used.
    #[error("{}: `{}` {problem}; {remedy}", file.display(), dataset.escape_debug())]
    Dataset { file: PathBuf, dataset: String, problem: String, remedy: String },
    /// The clips of a set do not fit together.
    #[error("{problem}; {remedy}")]
    Set { problem: String, remedy: String },
}

impl DataError {
    pub(super) fn io(action: &'static str, file: &Path, source: std::io::Error) -> Self {
        Self::Io { action, file: file.to_owned(), source }
    }

    pub(super) fn file(file: &Path, problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::File { file: file.to_owned(), problem: problem.into(), remedy: remedy.into() }
    }

    pub(super) fn dataset(
        file: &Path,
        dataset: impl Into<String>,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::Dataset { file: file.to_owned(), dataset: dataset.into(), problem: problem.into(), remedy: remedy.into() }
    }

    pub(super) fn set(problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Set { problem: problem.into(), remedy: remedy.into() }
    }

    /// The path inside the file, by which the problems of one file are ordered.
    pub(super) fn place(&self) -> &str {
        match self {
            Self::Dataset { dataset, .. } => dataset,
            _ => "",
        }
    }
}
