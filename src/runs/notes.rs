//! What people write about a run: a file beside its record that the run's writer never touches.

use std::{
    collections::BTreeSet,
    fs::File,
    io::{self, Read as _},
};

use anyhow::{Context as _, Result, ensure};
use serde::{Deserialize, Serialize};

use super::{RunDir, directory::replace};

/// Version of the file's format.
const VERSION: u32 = 1;
/// A larger file is not read.
const MOST_BYTES: u64 = 64 << 10;

/// A person's notes on a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Notes {
    /// What the run is called in lists; its directory keeps its name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub label: String,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub tags: BTreeSet<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Lists leave the run out unless they are asked for such.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub hidden: bool,
}

#[derive(Serialize, Deserialize)]
struct Content {
    v: u32,
    #[serde(flatten)]
    notes: Notes,
}

/// The notes on the run in `dir`; without a file there are none.
///
/// # Errors
/// If the file cannot be read, or is none of this version.
pub fn read(dir: &RunDir) -> Result<Notes> {
    let path = dir.notes();
    let doing = || format!("reading the notes {}", path.display());
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Notes::default()),
        Err(error) => return Err(error).with_context(doing),
    };
    let mut text = String::new();
    file.take(MOST_BYTES + 1).read_to_string(&mut text).with_context(doing)?;
    ensure!(text.len() as u64 <= MOST_BYTES, "{}: larger than {} KiB", doing(), MOST_BYTES >> 10);
    let content: Content = toml::from_str(&text).with_context(doing)?;
    ensure!(content.v == VERSION, "{}: of format {}, this program reads format {VERSION}", doing(), content.v);
    Ok(content.notes)
}

/// Replace the notes on the run in `dir`.
///
/// # Errors
/// If there is no such run, if its notes are such that they would be lost, or if they cannot be written.
pub fn write(dir: &RunDir, notes: &Notes) -> Result<()> {
    // A run that is gone must not come back as a folder of notes.
    ensure!(dir.path().is_dir(), "writing notes: there is no run {} any more", dir.path().display());
    read(dir).context("what stands there would be lost; repair or remove the file")?;
    let content = toml::to_string(&Content { v: VERSION, notes: notes.clone() }).context("encoding notes")?;
    replace(&dir.notes(), content.as_bytes())
}

/// The tags after `text` was applied: `+new` and `new` add one, `-old` takes one away.
#[must_use]
pub fn retagged(tags: &BTreeSet<String>, text: &str) -> BTreeSet<String> {
    let mut tags = tags.clone();
    for word in text.split(|character: char| character.is_whitespace() || character == ',') {
        match (word.strip_prefix('-'), word.strip_prefix('+').unwrap_or(word)) {
            (Some(old), _) => {
                tags.remove(old);
            }
            (None, "") => {}
            (None, new) => {
                tags.insert(new.to_owned());
            }
        }
    }
    tags
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn notes_come_back_and_what_cannot_be_read_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let dir = RunDir::at(folder.path());
        assert_eq!(read(&dir).unwrap(), Notes::default());
        let tags = retagged(&BTreeSet::new(), "good, +baseline");
        let notes = Notes { label: "the \"one\"\n".to_owned(), tags, note: "ünïcode".to_owned(), hidden: true };
        write(&dir, &notes).unwrap();
        assert_eq!(read(&dir).unwrap(), notes);

        for text in ["v = 2", "label = 1", "v = 1\nlabel = 7", "\u{0}"] {
            fs::write(dir.notes(), text).unwrap();
            let error = format!("{:#}", write(&dir, &notes).unwrap_err());
            assert!(error.contains("would be lost") && error.contains("notes.toml"), "{error}");
            assert_eq!(fs::read_to_string(dir.notes()).unwrap(), text);
        }
        fs::write(dir.notes(), "#".repeat(70_000)).unwrap();
        assert!(read(&dir).is_err());
        let gone = RunDir::at(folder.path().join("gone"));
        assert!(write(&gone, &notes).is_err() && !gone.path().exists(), "a folder of notes would be no run");
    }

    #[test]
    fn tags_are_added_and_taken_away() {
        let of = |text| retagged(&["old".to_owned()].into(), text).into_iter().collect::<Vec<_>>().join(" ");
        for (text, tags) in
            [("", "old"), ("new", "new old"), ("-old new", "new"), ("+a,b", "a b old"), ("-none - +", "old")]
        {
            assert_eq!(of(text), tags, "{text}");
        }
    }
}
