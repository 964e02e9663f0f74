//! The file that keeps what was captured, so that it is still there after a crash.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
    process,
};

use jiff::Timestamp;

use crate::data;

/// A larger file makes room: it becomes `output.log.1`, in the place of the one before.
const LARGEST: u64 = 1 << 20;

/// Lines that libraries printed, each on the disk as soon as it was read.
#[derive(Debug)]
pub struct OutputLog {
    path: PathBuf,
    file: File,
    size: u64,
}

/// Where the captured output is kept, given the setting of the cache folder.
///
/// # Errors
/// If there is no place for a cache; the message says how to name one.
pub fn path(cache_dir: &str) -> Result<PathBuf, String> {
    let folder = data::cache_folder(cache_dir);
    let folder = folder.map_err(|error| format!("{error}: set HOME, XDG_CACHE_HOME or data.cache_dir"))?;
    Ok(folder.join("log").join("output.log"))
}

impl OutputLog {
    /// Open the file at `path` for appending, and say in it when and by which process.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn open(path: &Path) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        if fs::metadata(path).is_ok_and(|facts| facts.len() > LARGEST) {
            fs::rename(path, path.with_extension("log.1"))?;
        }
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        let size = file.metadata()?.len();
        let mut log = Self { path: path.to_owned(), file, size };
        log.write(&format!("-- {:.0}, process {}", Timestamp::now(), process::id()))?;
        Ok(log)
    }

    /// Add a line; a library that prints without end must not fill the disk.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn append(&mut self, line: &str) -> io::Result<()> {
        if self.size > LARGEST {
            *self = Self::open(&self.path)?;
        }
        self.write(line)
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// One call a line, so that the lines of two programs do not mix.
    fn write(&mut self, line: &str) -> io::Result<()> {
        let line = format!("{line}\n");
        self.size += line.len() as u64;
        self.file.write_all(line.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_start_appends_and_a_full_file_makes_room() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log/output.log");
        for line in ["first", "second"] {
            OutputLog::open(&path).unwrap().append(line).unwrap();
        }
        let text = fs::read_to_string(&path).unwrap();
        let lines: Vec<_> = text.lines().collect();
        assert!(matches!(lines[..], [one, "first", two, "second"] if one.starts_with("-- ") && two.starts_with("-- ")));

        let mut log = OutputLog::open(&path).unwrap();
        log.append(&"x".repeat(LARGEST as usize)).unwrap();
        log.append("third").unwrap();
        assert!(fs::read_to_string(&path).unwrap().ends_with("\nthird\n"));
        assert!(fs::metadata(&path).unwrap().len() < 100);
        assert!(fs::read_to_string(path.with_extension("log.1")).unwrap().contains("second"));
    }
}
