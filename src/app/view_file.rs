//! The file that keeps the choices of the view, one for each runs folder, in the user's state folder.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use etcetera::BaseStrategy as _;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use crate::tui::Remembered;

const VERSION: u32 = 1;
/// A larger file is none of ours.
const LARGEST: u64 = 1 << 20;

#[derive(Serialize, Deserialize)]
struct Content {
    v: u32,
    runs: String,
    view: Remembered,
}

/// Where the choices for the runs in `folder` are kept; none where the user has no state folder.
#[must_use]
pub fn path(folder: &Path) -> Option<PathBuf> {
    let state = etcetera::choose_base_strategy().ok()?.state_dir()?;
    let folder = std::path::absolute(folder).ok()?;
    let name = format!("{:016x}.json", xxh3_64(folder.as_os_str().as_encoded_bytes()));
    Some(state.join("avsc-tui").join("views").join(name))
}

/// The choices in the file at `path`. They are a comfort: where they cannot be read, there are none.
#[must_use]
pub fn read(path: &Path) -> Option<Remembered> {
    fs::metadata(path).ok().filter(|facts| facts.is_file() && facts.len() <= LARGEST)?;
    let content: Content = serde_json::from_str(&fs::read_to_string(path).ok()?).ok()?;
    (content.v == VERSION).then_some(content.view)
}

/// Replace the file at `path`, as a whole.
///
/// # Errors
/// If it cannot be written.
pub fn write(path: &Path, folder: &Path, view: Remembered) -> Result<()> {
    let keep = || -> Result<()> {
        let parent = path.parent().context("it has no folder")?;
        fs::create_dir_all(parent)?;
        let runs = std::path::absolute(folder)?.display().to_string();
        let mut file = tempfile::NamedTempFile::new_in(parent)?;
        serde_json::to_writer(&mut file, &Content { v: VERSION, runs, view })?;
        file.flush()?;
        file.persist(path)?;
        Ok(())
    };
    keep().with_context(|| format!("keeping the view in {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_view_comes_back_and_a_damaged_file_does_no_harm() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/view.json");
        assert_eq!(read(&path), None);
        let view: Remembered = serde_json::from_str(r#"{"maximised":true}"#).unwrap();
        write(&path, folder.path(), view.clone()).unwrap();
        assert_eq!(read(&path), Some(view));
        for text in ["", "{", r#"{"v":1}"#, r#"{"v":99,"runs":"x","view":{}}"#, "[1,2"] {
            fs::write(&path, text).unwrap();
            assert_eq!(read(&path), None, "{text}");
        }
    }
}
