//! The completion marker: written last, it says which files a whole set has and how long they are.

use std::{collections::BTreeMap, fs, path::Path};

use serde::{Deserialize, Serialize};

use super::{DemoError, FOLDERS, GENERATOR_VERSION};

/// File name of the marker.
pub const NAME: &str = "demo-set.toml";

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct Seal {
    version: u32,
    seed: u64,
    /// Length of each file in bytes, by its path in the set.
    files: BTreeMap<String, u64>,
}

impl Seal {
    /// A seal for the files that lie in `set` now.
    pub fn of(set: &Path, seed: u64) -> Result<Self, DemoError> {
        let mut files = BTreeMap::new();
        for folder in FOLDERS {
            for name in ["train.hdf5", "val.hdf5", "test.hdf5", "global_mean_std.npz"] {
                let path = set.join(folder).join(name);
                let length = fs::metadata(&path).map_err(DemoError::io("looking at", &path))?.len();
                files.insert(format!("{folder}/{name}"), length);
            }
        }
        Ok(Self { version: GENERATOR_VERSION, seed, files })
    }

    pub fn write(&self, set: &Path) -> Result<(), DemoError> {
        let path = set.join(NAME);
        let text =
            toml::to_string(self).map_err(|error| DemoError::io("writing", &path)(std::io::Error::other(error)))?;
        fs::write(&path, text).map_err(DemoError::io("writing", &path))
    }
}

/// True where `set` holds a whole set of this generator version.
pub fn holds(set: &Path) -> bool {
    let Ok(text) = fs::read_to_string(set.join(NAME)) else { return false };
    let Ok(seal) = toml::from_str::<Seal>(&text) else { return false };
    seal.version == GENERATOR_VERSION && Seal::of(set, seal.seed).is_ok_and(|found| found == seal)
}
