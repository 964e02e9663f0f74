//! The truth in a file of its own, as the framework's `fold1_evaluate.csv`.

use std::{
    collections::{HashMap, hash_map::Entry},
    path::Path,
};

use anyhow::{Result, ensure};

use super::table::{self, Table, stem};
use crate::metrics::clip_id;

/// Class names by clip id.
#[derive(Clone, Debug)]
pub struct LabelFile {
    /// The file, for messages.
    pub name: String,
    classes: HashMap<String, String>,
}

impl LabelFile {
    /// Read a file with the columns `filename_audio` (or `filename_video`, `filename`, `aid`) and
    /// `scene_label`. A clip's id is its file's name without folder and ending.
    ///
    /// # Errors
    /// What is wrong with it, with file and line.
    pub fn read(path: &Path) -> Result<Self> {
        Self::parse(&path.display().to_string(), &table::bytes(path)?)
    }

    /// Read such a file's bytes; `name` is for messages.
    ///
    /// # Errors
    /// What is wrong with it, with file and line.
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Self> {
        let mut table = Table::new(name, bytes)?;
        let id = table.required(&["filename_audio", "filename_video", "filename", "aid"])?;
        let label = table.required(&["scene_label"])?;
        let mut classes = HashMap::new();
        while let Some(row) = table.next_row()? {
            let (clip, class) = (row.field(id), row.field(label));
            // An id may hold dots; only a path has an ending.
            let clip = if table.header().get(id).is_some_and(|column| column == "aid") { clip } else { stem(clip) };
            let line = row.line;
            ensure!(!clip.is_empty() && !class.is_empty(), "{name}, line {line}: a clip or its label is empty");
            match classes.entry(clip.to_owned()) {
                Entry::Vacant(entry) => _ = entry.insert(class.to_owned()),
                Entry::Occupied(known) => {
                    let known: &String = known.get();
                    ensure!(known == class, "{name}, line {line}: {clip:?} is {class:?}, but was {known:?} before");
                }
            }
        }
        ensure!(!classes.is_empty(), "{name} has no rows below its header");
        Ok(Self { name: name.to_owned(), classes })
    }

    /// The class of a clip, or of the clip that a segment is part of.
    #[must_use]
    pub fn class_of(&self, id: &str) -> Option<&str> {
        let found = self.classes.get(id).or_else(|| self.classes.get(clip_id::whole(id)?));
        found.map(String::as_str)
    }
}
