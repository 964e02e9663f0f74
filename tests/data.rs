//! Reading sets of every kind, against what numpy made of them; refusing broken ones.
//!
//! The sets in `tests/fixtures/hdf5` come from `tests/fixtures/make_hdf5.py`.

#![allow(clippy::unwrap_used, reason = "a helper fails its test by panicking")]

#[path = "data/broken.rs"]
mod broken;
#[path = "data/cache.rs"]
mod cache;
#[path = "data/good.rs"]
mod good;
#[path = "data/inspect.rs"]
mod inspect;

use std::{
    fs,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use avsc_tui::{
    config::{Config, DataConfig},
    data::{self, DataError, Dataset},
};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/hdf5").join(name)
}

/// Settings that read `dir`, without cache.
fn settings(dir: &Path) -> DataConfig {
    DataConfig { dir: dir.display().to_string(), cache: false, ..Config::default().data }
}

fn load(config: &DataConfig) -> Result<Dataset, DataError> {
    data::load(config, &|_| ControlFlow::Continue(()))
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A copy of the `framework` set with the files of a broken one over it.
fn broken_set(name: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(&fixture("framework"), folder.path());
    copy(&fixture("broken").join(name), folder.path());
    folder
}
