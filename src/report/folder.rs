//! The folder of a report: written whole beside its place, then put there.
//!
//! A list of its files with the hash of each tells a report from any other folder, and one that a
//! person has worked on from one that may be replaced.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use xxhash_rust::xxh3::xxh3_64;

/// The list of a report's files.
const MANIFEST: &str = ".avsc-tui-report";

/// The files of a report: path below its folder, content.
pub type Files = BTreeMap<String, Vec<u8>>;

/// Put `files` at `out`.
///
/// `out` must be missing, empty, or a report that nobody has changed since; `force` also replaces a
/// report that was changed, but never a folder that is no report.
///
/// # Errors
/// If `out` holds something else, or cannot be written; what was there is then still there.
pub fn write(out: &Path, files: &Files, force: bool) -> Result<()> {
    let doing = || format!("writing the report {}", out.display());
    // A link is followed, so that the folder it leads to is looked at and replaced, not the link.
    let out = match fs::canonicalize(out) {
        Ok(path) => path,
        Err(error) if error.kind() == io::ErrorKind::NotFound => std::path::absolute(out).with_context(doing)?,
        Err(error) => return Err(error).with_context(doing),
    };
    let there = existing(&out, force).with_context(doing)?;
    let parent = out.parent().with_context(|| format!("{}: name a folder that is not the root", doing()))?;
    fs::create_dir_all(parent).with_context(doing)?;
    let beside = tempfile::Builder::new().prefix(".avsc-report-").tempdir_in(parent).with_context(doing)?;
    let (new, old) = (beside.path().join("new"), beside.path().join("old"));
    fill(&new, files).with_context(|| format!("{}; is the disk full or the folder read-only?", doing()))?;
    if there {
        fs::rename(&out, &old).with_context(doing)?;
    }
    if let Err(error) = fs::rename(&new, &out) {
        if there {
            let _ = fs::rename(&old, &out);
        }
        return Err(error).with_context(doing);
    }
    Ok(())
}

/// True where `out` is there and may be replaced.
fn existing(out: &Path, force: bool) -> Result<bool> {
    match fs::metadata(out) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error).context("looking at what is there"),
        Ok(metadata) if !metadata.is_dir() => bail!("there is a file of that name; name a folder"),
        Ok(_) => {}
    }
    let found = contents(out, out).context("looking at what is there")?;
    if found.is_empty() {
        return Ok(true);
    }
    let Ok(manifest) = fs::read_to_string(out.join(MANIFEST)) else {
        bail!("the folder holds something that is no report, and would be lost; name another, or an empty one");
    };
    let written: BTreeMap<_, _> =
        manifest.lines().filter_map(|line| line.split_once("  ")).map(|(hash, path)| (path, hash)).collect();
    let foreign: Vec<_> =
        found.iter().filter(|path| *path != MANIFEST && !written.contains_key(path.as_str())).collect();
    if let Some(first) = foreign.first() {
        bail!(
            "{} in it {} not written with the report, `{}` for one, and would be lost; move {} away or name another folder",
            super::number::counted(foreign.len(), "file"),
            if foreign.len() == 1 { "was" } else { "were" },
            super::text::visible(first),
            if foreign.len() == 1 { "it" } else { "them" }
        );
    }
    let changed = found.iter().find(|path| {
        let now = fs::read(out.join(path)).ok().map(|content| hash(&content));
        written.get(path.as_str()).is_some_and(|hash| now.as_deref() != Some(hash))
    });
    match changed {
        Some(path) if !force => bail!(
            "`{}` was changed since the report was written, and the change would be lost; name another folder, or replace it with --force",
            super::text::visible(path)
        ),
        _ => Ok(true),
    }
}

/// Paths below `root` of every file and link, and of every empty folder, below `folder`.
fn contents(root: &Path, folder: &Path) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let below = if entry.file_type()?.is_dir() { contents(root, &entry.path())? } else { Vec::new() };
        if below.is_empty() {
            found.push(entry.path().strip_prefix(root).unwrap_or(&entry.path()).to_string_lossy().into_owned());
        }
        found.extend(below);
    }
    found.sort();
    Ok(found)
}

fn fill(folder: &Path, files: &Files) -> Result<()> {
    fs::create_dir(folder)?;
    let mut manifest = String::new();
    for (path, content) in files {
        put(&folder.join(path), content)?;
        let _ = writeln!(manifest, "{}  {path}", hash(content));
    }
    put(&folder.join(MANIFEST), manifest.as_bytes())
}

fn put(path: &PathBuf, content: &[u8]) -> Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(path, content)?;
    fs::File::open(path)?.sync_all()?;
    Ok(())
}

fn hash(content: &[u8]) -> String {
    format!("{:016x}", xxh3_64(content))
}
