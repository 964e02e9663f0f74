//! What can be wrong with a dataset or a file that the library opens, and the remedy.

use std::path::Path;

use crate::data::DataError;

/// A problem and its remedy, before the file and the dataset are named.
#[derive(Debug)]
pub struct Fault {
    pub problem: String,
    pub remedy: String,
}

impl Fault {
    pub fn new(problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { problem: problem.into(), remedy: remedy.into() }
    }

    pub fn no_frames() -> Self {
        Self::new("has no frames", "remove the clip from both files, or compute its features again")
    }

    pub fn bad_type(name: &str) -> Self {
        Self::new(format!("holds {name}"), "features are float16, float32 or float64: write them as one of these")
    }
}

impl From<hdf5_metno::Error> for Fault {
    fn from(error: hdf5_metno::Error) -> Self {
        Self::new(format!("cannot be read ({error})"), "the file is damaged: copy or compute it again")
    }
}

/// Why the library did not open a file.
pub fn open_error(path: &Path, error: &hdf5_metno::Error) -> DataError {
    let text = error.to_string();
    if text.contains("signature") {
        DataError::file(path, "this is not an HDF5 file", "check the path, and that the download is complete")
    } else if text.contains("truncated") {
        DataError::file(path, format!("the file was cut short ({text})"), "copy it again")
    } else if text.contains("lock") {
        DataError::file(path, format!("the file is locked ({text})"), "close the program that writes it")
    } else {
        DataError::file(path, format!("the file cannot be opened ({text})"), "it is damaged: copy it again")
    }
}
