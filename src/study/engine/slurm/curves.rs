//! Curves of the study's trials, for the rule that ends hopeless ones: tasks of an array are processes
//! on many hosts, and each writes its own, `slurm/curves/<trial>`, a cost a line.

use std::{
    collections::HashMap,
    fs, io,
    path::PathBuf,
    time::{Duration, Instant, SystemTime},
};

use anyhow::Result;

use super::jobs;
use crate::{
    runs::directory::replace,
    study::{Board, Folder, Plan, engine::local::Others},
};

/// A curve of a million epochs is a tenth of this.
const MOST_BYTES: u64 = 256 << 20;

/// Looking may take one part in so many of the time, however many files there are and however slow the
/// file system is.
const SHARE: u32 = 50;

/// Write down the curve of the trial `id` as far as it has come.
///
/// # Errors
/// If the folder cannot be written.
pub fn write(study: &Folder, id: &str, curve: &[f64]) -> Result<()> {
    let lines: Vec<_> = curve.iter().map(|cost| format!("{cost}\n")).collect();
    replace(&folder(study).join(id), lines.concat().as_bytes())
}

/// Write down the curves of the trials that were trained before there were jobs.
///
/// # Errors
/// If the folder cannot be written.
pub fn write_known(study: &Folder, plan: &Plan, board: &Board) -> Result<()> {
    for (trial, tracked) in plan.trials.iter().zip(&board.trials) {
        if !tracked.curve.is_empty() && !folder(study).join(&trial.id).exists() {
            write(study, &trial.id, &tracked.curve)?;
        }
    }
    Ok(())
}

fn folder(study: &Folder) -> PathBuf {
    jobs::folder(study).join("curves")
}

/// The curves of all trials but one, read again where their files have changed.
#[derive(Debug)]
pub struct Curves {
    folder: PathBuf,
    own: String,
    known: HashMap<String, (SystemTime, u64, Vec<f64>)>,
    /// Not before then: a look costs others their time as well.
    next: Option<Instant>,
}

impl Curves {
    /// The curves that the trial `own` is compared with.
    #[must_use]
    pub fn of(study: &Folder, own: &str) -> Self {
        Self { folder: folder(study), own: own.to_owned(), known: HashMap::new(), next: None }
    }

    /// One listing of the folder, one look at each file, and what has changed since the last time.
    fn look(&mut self) -> io::Result<()> {
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            // A file that is still being written begins with a dot.
            if name == self.own || name.starts_with('.') {
                continue;
            }
            let Ok(facts) = entry.metadata() else { continue };
            let (Ok(time), size) = (facts.modified(), facts.len()) else { continue };
            if size > MOST_BYTES || self.known.get(&name).is_some_and(|known| (known.0, known.1) == (time, size)) {
                continue;
            }
            if let Ok(text) = fs::read_to_string(entry.path()) {
                let curve = text.lines().map_while(|line| line.parse().ok()).collect();
                self.known.insert(name, (time, size, curve));
            }
        }
        Ok(())
    }
}

impl Others for Curves {
    fn curves(&mut self) -> Vec<Vec<f64>> {
        let start = Instant::now();
        if self.next.is_none_or(|next| next <= start) {
            // What cannot be read now is read the next time; until then the rule goes by what is known.
            let _ = self.look();
            let cost: Duration = start.elapsed();
            self.next = Some(Instant::now() + cost * SHARE);
        }
        self.known.values().map(|(_, _, curve)| curve.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use tempfile::tempdir;

    use super::*;

    #[test]
    fn curves_of_the_others_are_read_as_they_grow() {
        let runs = tempdir().unwrap();
        let study = Folder::of(runs.path(), "s");
        let mut curves = Curves::of(&study, "own");
        let mut seen = || {
            curves.next = None;
            let mut seen = curves.curves();
            seen.sort_by(|a, b| a.partial_cmp(b).unwrap());
            seen
        };
        assert_eq!(seen(), Vec::<Vec<f64>>::new(), "before anybody has written one");
        write(&study, "own", &[9.0]).unwrap();
        write(&study, "a", &[1.5, f64::INFINITY]).unwrap();
        write(&study, "b", &[2.0]).unwrap();
        assert_eq!(seen(), [vec![1.5, f64::INFINITY], vec![2.0]]);
        write(&study, "b", &[2.0, 1e-7]).unwrap();
        // One that is damaged counts as far as it is whole.
        fs::write(folder(&study).join("a"), "1.5\nnonsense\n0.1\n").unwrap();
        assert_eq!(seen(), [vec![1.5], vec![2.0, 1e-7]]);
    }

    #[test]
    fn a_look_is_not_repeated_at_once() {
        let runs = tempdir().unwrap();
        let study = Folder::of(runs.path(), "s");
        write(&study, "a", &[1.0]).unwrap();
        let mut curves = Curves::of(&study, "own");
        assert_eq!(curves.curves(), [[1.0]]);
        curves.next = Some(Instant::now() + Duration::from_secs(1000));
        write(&study, "b", &[2.0]).unwrap();
        assert_eq!(curves.curves(), [[1.0]], "what is known does until then");
    }
}
