//! Reports: what can be handed in of some runs, as a folder of Markdown, HTML, LaTeX tables and
//! figures.
//!
//! ```text
//! run directories ─ Subject ─ Measured (by protocol) ─ Group (by recipe) ─ Document ─┬─ report.md
//!                   events,                            one a model,                  ├─ report.html
//!                   predictions                        its seeds                     ├─ tables/*.tex
//!                                                                                    └─ figures/*.{svg,png}
//! ```
//!
//! The same runs give the same bytes: nothing here looks at a clock. Scores of different protocols
//! never share a table, and nothing is ordered by a test score.

mod document;
mod figures;
mod folder;
mod groups;
mod html;
mod latex;
mod markdown;
mod number;
mod protocol;
mod sections;
mod settings;
mod subject;
mod text;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};

use crate::runs::{self, RunDir, RunEntry};
use document::{Block, Document};
use folder::Files;
use subject::Subject;

/// What the person says about the report.
#[derive(Clone, Debug)]
pub struct Options {
    pub title: String,
    /// The day it is written, where it is to be in it.
    pub date: Option<String>,
    /// Replace a report that was changed since it was written.
    pub force: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { title: "Audio-visual scene classification: results".to_owned(), date: None, force: false }
    }
}

/// Read the runs that are asked for: names in the folder `runs`, or directories; none: every run of the
/// folder. The second list names what could not be read.
///
/// # Errors
/// If a run that was asked for is not there, or there is none at all.
pub fn collect(runs: &Path, names: &[PathBuf]) -> Result<(Vec<RunEntry>, Vec<String>)> {
    if names.is_empty() {
        let (entries, problems) = runs::scan(runs);
        if entries.is_empty() {
            bail!("there are no runs in {}; name runs, or their folder with --runs", runs.display());
        }
        return Ok((entries, problems));
    }
    let (mut entries, mut problems): (Vec<RunEntry>, _) = (Vec::new(), Vec::new());
    for name in names {
        let there = |dir: &RunDir| dir.events().is_file();
        let dir = [name.clone(), runs.join(name)].into_iter().map(RunDir::at).find(there).with_context(|| {
            format!(
                "there is no run `{}`, neither as a directory nor in {}; name its folder with --runs",
                name.display(),
                runs.display()
            )
        })?;
        entries.push(runs::list::read(&dir, &mut problems)?);
    }
    Ok((entries, problems))
}

/// Write a report on `runs` into the folder `out`, which must be missing, empty, or a report that
/// nobody has changed since (or any report, where [`Options::force`] says so).
///
/// # Errors
/// If there is nothing to report, a figure cannot be drawn, or the folder cannot be written; what was
/// in it is then still there.
pub fn write(runs: Vec<RunEntry>, out: &Path, options: &Options) -> Result<()> {
    let files = files(runs, options)?;
    folder::write(out, &files, options.force)
}

/// The files of a report: path below its folder, content.
fn files(runs: Vec<RunEntry>, options: &Options) -> Result<Files> {
    let mut seen = BTreeSet::new();
    let mut subjects: Vec<Subject> =
        runs.into_iter().filter(|run| seen.insert(run.dir.clone())).map(Subject::new).collect();
    subjects.sort_by(|a, b| {
        let key = |subject: &Subject| (subject.mode(), subject.history().started_at, subject.run.name.clone());
        key(a).cmp(&key(b))
    });
    if subjects.iter().all(|subject| subject.started().is_none()) {
        bail!("none of the runs has begun, so there is nothing to report");
    }
    let document = sections::document(&subjects, options)?;
    Ok(render(&document))
}

fn render(document: &Document) -> Files {
    let mut files = Files::new();
    files.insert("report.md".to_owned(), markdown::write(document).into_bytes());
    files.insert("report.html".to_owned(), html::write(document).into_bytes());
    for block in &document.blocks {
        match block {
            Block::Table(table) => {
                files.insert(format!("tables/{}.tex", table.id), latex::table(table).into_bytes());
            }
            Block::Figure(figure) => {
                files.insert(format!("figures/{}.svg", figure.id), figure.svg.clone().into_bytes());
                files.insert(format!("figures/{}.png", figure.id), figure.png.clone());
            }
            _ => {}
        }
    }
    files
}
