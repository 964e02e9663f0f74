//! Claims: of all processes that want to train a trial, on whichever host, one does.
//!
//! ```text
//! <runs>/.claims/<key>/1.json     released: it ended with the run that it names
//!                      2.json     held: the highest number counts
//! ```
//!
//! A claim is made by linking a whole file to a number that is not taken, which one process alone can
//! do on every file system, network ones with no locks among them. A number is never used again while a
//! higher one is there, and whoever links one looks afterwards whether it is the highest: so nobody can
//! take away what somebody else has just taken. What is released stays, and names the run: the next one
//! sees what came of it without reading the runs folder.
//!
//! A holder touches its claim as long as it lives. One that is known to be gone, or that has been silent
//! for ten minutes by the file server's clock, has lost it; should it wake up it finds a higher number,
//! and stops.

use std::{
    fs, io,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime},
};

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};

use super::beat::{Beat, touch};
use crate::{
    protocol::Writer,
    runs::{directory::replace, writer},
};

/// Folder of the claims in the runs folder.
const FOLDER: &str = ".claims";

/// A holder that was not heard of for so long is not taken for well any more.
const LATE: Duration = Duration::from_secs(90);

/// A holder on another host that was silent for so long is dead, or as good as that.
const SILENCE: Duration = Duration::from_mins(10);

/// Others that may get ahead in turn before something is wrong.
const ATTEMPTS: usize = 100;

/// A claim is some hundred bytes.
const MOST_BYTES: u64 = 1 << 16;

/// Who holds a claim, or held it last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    pub writer: Writer,
    /// What no other claim has.
    #[serde(default)]
    pub token: String,
    /// Name of the study that it is for.
    pub study: String,
    /// Name of the run, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    #[serde(default)]
    pub released: bool,
}

/// Who wants to hold a claim.
#[derive(Clone, Debug)]
pub struct Me {
    pub writer: Writer,
    /// Slurm has started its job anew.
    pub restarted: bool,
}

impl Me {
    /// This process.
    #[must_use]
    pub fn this() -> Self {
        let count = std::env::var("SLURM_RESTART_COUNT").ok().and_then(|count| count.parse::<u32>().ok());
        Self { writer: writer::this(), restarted: count.is_some_and(|count| count > 0) }
    }
}

/// What came of the wish to hold a claim.
#[derive(Debug)]
pub enum Taken {
    Held(Claim),
    Elsewhere {
        holder: Holder,
        /// It was not heard of for longer than it should have been.
        late: bool,
    },
}

/// Held as long as this lives; released when it is dropped.
#[derive(Debug)]
pub struct Claim {
    path: PathBuf,
    holder: Holder,
    /// The run of whoever held it before.
    before: Option<String>,
    lost: Arc<AtomicBool>,
    /// Ends before the claim is released.
    beat: Option<Beat>,
}

/// Take the claim `key` in the folder `runs` for the study `study`, if nobody has it. `is_over` says of a
/// job of Slurm whose process was silent for a while whether it is known to have ended.
///
/// # Errors
/// If the folder cannot be written.
pub fn take(runs: &Path, key: &str, study: &str, me: &Me, is_over: &dyn Fn(&str) -> bool) -> Result<Taken> {
    let folder = runs.join(FOLDER).join(key);
    let doing = || format!("claiming a trial in {}; is the disk full or the folder read-only?", folder.display());
    fs::create_dir_all(&folder).with_context(doing)?;
    for _ in 0..ATTEMPTS {
        // A group shares its runs, as far as the umask lets it.
        let shared = fs::Permissions::from_mode(0o666);
        let mut builder = tempfile::Builder::new();
        let new = builder.prefix(".new-").rand_bytes(16).permissions(shared).tempfile_in(&folder);
        let mut beside = new.with_context(doing)?;
        let token = beside.path().file_name().unwrap_or_default().to_string_lossy().into_owned();
        let holder = Holder { writer: me.writer.clone(), token, study: study.to_owned(), run: None, released: false };
        io::Write::write_all(&mut beside, &serde_json::to_vec(&holder)?).with_context(doing)?;
        beside.as_file().sync_all().with_context(doing)?;
        let numbers = numbers(&folder).with_context(doing)?;
        let last = numbers.iter().max().copied();
        let mut before = None;
        if let Some(last) = last {
            // Both times are the file server's: clocks of hosts differ.
            let now = beside.as_file().metadata().and_then(|facts| facts.modified()).with_context(doing)?;
            match standing(&file(&folder, last), now, me, is_over).with_context(doing)? {
                Standing::Free(run) => before = run,
                Standing::Held { holder, late } => return Ok(Taken::Elsewhere { holder, late }),
                // It went while it was looked at: somebody was faster.
                Standing::Gone => continue,
            }
        }
        let number = last.map_or(1, |last| last.saturating_add(1));
        let path = file(&folder, number);
        match beside.persist_noclobber(&path) {
            Ok(_) => {}
            // An answer that was lost on the network makes a second attempt fail that was not needed.
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                if read(&path).ok().flatten().as_ref() != Some(&holder) {
                    continue;
                }
            }
            Err(error) => return Err(error.error).with_context(doing),
        }
        let numbers = self::numbers(&folder).with_context(doing)?;
        if numbers.iter().any(|other| *other > number) {
            // The number was free because what came after it is there already.
            let _ = fs::remove_file(&path);
            continue;
        }
        for older in numbers.into_iter().filter(|older| *older < number) {
            let _ = fs::remove_file(file(&folder, older));
        }
        return Ok(Taken::Held(Claim::hold(path, holder, before)?));
    }
    bail!("{}: others were faster {ATTEMPTS} times", doing())
}

/// How a claim that is there stands.
enum Standing {
    /// Nobody holds it; the run that it names.
    Free(Option<String>),
    Held {
        holder: Holder,
        late: bool,
    },
    Gone,
}

fn standing(path: &Path, now: SystemTime, me: &Me, is_over: &dyn Fn(&str) -> bool) -> io::Result<Standing> {
    let (Some(holder), facts) = (read(path)?, fs::metadata(path)) else { return Ok(Standing::Gone) };
    let beat = match facts.and_then(|facts| facts.modified()) {
        Ok(beat) => beat,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Standing::Gone),
        Err(error) => return Err(error),
    };
    if holder.released {
        return Ok(Standing::Free(holder.run));
    }
    let age = now.duration_since(beat).unwrap_or_default();
    // A process of this host that is there holds what it has, suspended or not.
    let alive = writer::is_here(&holder.writer) && holder.writer.started != 0 && !writer::is_gone(&holder.writer);
    let (late, silent) = (!alive && age > LATE, !alive && age > SILENCE);
    let over = holder.writer.job.as_deref().is_some_and(|job| {
        let mine = me.writer.job.as_deref() == Some(job);
        // Slurm starts a job anew only once it has ended.
        (mine && me.restarted && !alive) || (late && (mine || is_over(job)))
    });
    if silent || over || writer::is_gone(&holder.writer) {
        return Ok(Standing::Free(holder.run));
    }
    Ok(Standing::Held { holder, late })
}

impl Claim {
    fn hold(path: PathBuf, holder: Holder, before: Option<String>) -> Result<Self> {
        let lost = Arc::new(AtomicBool::new(false));
        let (here, flag) = (path.clone(), Arc::clone(&lost));
        let keep = move || {
            if is_lost(&here) {
                flag.store(true, Ordering::Relaxed);
                return false;
            }
            touch(&here);
            true
        };
        let beat = Beat::start("claim", keep).context("starting the thread that keeps a claim")?;
        Ok(Self { path, holder, before, lost, beat: Some(beat) })
    }

    /// The run of whoever held the claim before.
    #[must_use]
    pub fn before(&self) -> Option<&str> {
        self.before.as_deref()
    }

    /// True once another process has taken it over, because this one was silent for too long.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }

    /// Write down which run it is held for.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub fn note(&mut self, run: &Path) -> Result<()> {
        let name = run.file_name().map(|name| name.to_string_lossy().into_owned());
        if self.holder.run == name {
            return Ok(());
        }
        self.holder.run = name;
        self.write()
    }

    fn write(&self) -> Result<()> {
        if is_lost(&self.path) {
            self.lost.store(true, Ordering::Relaxed);
            return Ok(());
        }
        replace(&self.path, &serde_json::to_vec(&self.holder).context("encoding a claim")?)
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        drop(self.beat.take());
        self.holder.released = true;
        if self.holder.run.is_none() {
            self.holder.run.clone_from(&self.before);
        }
        // What cannot be released is free as soon as this process is gone.
        let _ = self.write();
    }
}

/// True where a higher number is there.
fn is_lost(path: &Path) -> bool {
    let Some((folder, number)) = path.parent().zip(number(path)) else { return false };
    numbers(folder).is_ok_and(|numbers| numbers.into_iter().any(|other| other > number))
}

fn file(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{number}.json"))
}

fn number(path: &Path) -> Option<u64> {
    path.file_name()?.to_str()?.strip_suffix(".json")?.parse().ok()
}

fn numbers(folder: &Path) -> io::Result<Vec<u64>> {
    Ok(fs::read_dir(folder)?.flatten().filter_map(|entry| number(&entry.path())).collect())
}

/// What is written in a claim; none where it is not there any more.
fn read(path: &Path) -> io::Result<Option<Holder>> {
    match fs::metadata(path) {
        Ok(facts) if facts.len() > MOST_BYTES => {
            return Err(io::Error::other(format!("{} is too large", path.display())));
        }
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    }
    match fs::read(path) {
        // One that cannot be read has a holder nevertheless, who is nobody that could be asked.
        Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes).unwrap_or(Holder {
            writer: Writer::default(),
            token: String::new(),
            study: String::new(),
            run: None,
            released: false,
        }))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use tempfile::tempdir;

    use super::*;

    fn take_it(runs: &Path) -> Taken {
        take(runs, "k", "s", &Me::this(), &|_| false).unwrap()
    }

    fn held(runs: &Path) -> Claim {
        match take_it(runs) {
            Taken::Held(claim) => claim,
            Taken::Elsewhere { holder, .. } => panic!("{holder:?} has it"),
        }
    }

    /// Write a claim that was last touched `seconds` ago.
    fn plant(runs: &Path, number: u64, holder: &Holder, seconds: u64) {
        let folder = runs.join(FOLDER).join("k");
        fs::create_dir_all(&folder).unwrap();
        let path = file(&folder, number);
        fs::write(&path, serde_json::to_vec(holder).unwrap()).unwrap();
        let then = SystemTime::now() - Duration::from_secs(seconds);
        fs::File::options().write(true).open(&path).unwrap().set_modified(then).unwrap();
    }

    fn other(host: &str) -> Holder {
        let writer =
            Writer { host: host.to_owned(), pid: 1, started: 1, job: Some("7_1".to_owned()), ..Writer::default() };
        Holder { writer, token: "t".to_owned(), study: "other".to_owned(), run: Some("r".to_owned()), released: false }
    }

    #[test]
    fn one_holds_it_and_the_next_learns_of_the_run() {
        let runs = tempdir().unwrap();
        let mut first = held(runs.path());
        assert_eq!(first.before(), None);
        assert!(matches!(take_it(runs.path()), Taken::Elsewhere { late: false, .. }));
        first.note(Path::new("runs/20260101T000000Z-late-s0")).unwrap();
        drop(first);
        let second = held(runs.path());
        assert_eq!(second.before(), Some("20260101T000000Z-late-s0"));
        drop(second);
        // Without a run of its own it hands on what it was told.
        assert_eq!(held(runs.path()).before(), Some("20260101T000000Z-late-s0"));
        let left = fs::read_dir(runs.path().join(FOLDER).join("k")).unwrap().count();
        assert_eq!(left, 1, "the highest number alone is kept");
    }

    type Case<'a> = (&'a str, &'a Holder, u64, Option<(&'a str, bool)>, &'a [&'a str], bool);

    #[test]
    fn a_claim_is_free_only_where_its_holder_is_known_to_be_gone() {
        let released = Holder { released: true, ..other("elsewhere") };
        let job = || Some("7_1".to_owned());
        let here = Holder { writer: Writer { started: 1, ..writer::this() }, ..other("elsewhere") };
        let mine = Holder { writer: Writer { job: job(), ..writer::this() }, ..other("elsewhere") };
        // (reason, holder, seconds since it was touched, this job and whether it was restarted, jobs that
        // are over, free)
        let cases: [Case<'_>; 11] = [
            ("released", &released, 0, None, &[], true),
            ("alive on another host", &other("elsewhere"), 0, None, &["7_1"], false),
            ("silent for nine minutes", &other("elsewhere"), 540, None, &[], false),
            ("silent for eleven", &other("elsewhere"), 660, None, &[], true),
            ("silent for two, and Slurm says that its job has ended", &other("elsewhere"), 120, None, &["7_1"], true),
            ("silent for two, and its job runs", &other("elsewhere"), 120, None, &["8"], false),
            ("the same job, queued again", &other("elsewhere"), 0, Some(("7_1", true)), &[], true),
            ("two processes of one job", &other("elsewhere"), 0, Some(("7_1", false)), &[], false),
            ("a restarted job has two processes on this host", &mine, 0, Some(("7_1", true)), &[], false),
            ("a process of this host that is gone", &here, 0, None, &[], true),
            ("one of this host that lives, suspended for an hour", &mine, 3600, None, &[], false),
        ];
        for (reason, holder, seconds, job, over, free) in cases {
            let runs = tempdir().unwrap();
            plant(runs.path(), 3, holder, seconds);
            let job_of = |(job, _): (&str, bool)| job.to_owned();
            let writer = Writer { job: job.map(job_of), ..writer::this() };
            let me = Me { writer, restarted: job.is_some_and(|(_, restarted)| restarted) };
            let taken = take(runs.path(), "k", "s", &me, &|job| over.contains(&job)).unwrap();
            match taken {
                Taken::Held(claim) => assert!(free && claim.before() == Some("r"), "{reason}"),
                Taken::Elsewhere { holder: told, .. } => assert!(!free && told == *holder, "{reason}"),
            }
        }
    }

    #[test]
    fn of_many_that_take_over_a_stale_claim_one_gets_it() {
        for _ in 0..20 {
            let runs = tempdir().unwrap();
            plant(runs.path(), 1, &other("elsewhere"), 3600);
            let taken: Vec<Taken> = thread::scope(|scope| {
                let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| take_it(runs.path()))).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            let held = taken.iter().filter(|taken| matches!(taken, Taken::Held(_))).count();
            assert_eq!(held, 1);
        }
    }

    #[test]
    fn who_was_taken_for_dead_finds_out_and_takes_nothing_back() {
        let runs = tempdir().unwrap();
        let mut sleeper = held(runs.path());
        plant(runs.path(), 2, &other("elsewhere"), 0);
        assert!(is_lost(&sleeper.path));
        sleeper.note(Path::new("late")).unwrap();
        assert!(sleeper.is_lost());
        drop(sleeper);
        assert!(matches!(take_it(runs.path()), Taken::Elsewhere { holder, .. } if holder == other("elsewhere")));
    }

    #[test]
    fn a_claim_that_cannot_be_read_is_held_until_it_is_old() {
        for (seconds, free) in [(0, false), (660, true)] {
            let runs = tempdir().unwrap();
            plant(runs.path(), 1, &other("x"), seconds);
            let path = file(&runs.path().join(FOLDER).join("k"), 1);
            let time = fs::metadata(&path).unwrap().modified().unwrap();
            fs::write(&path, "{").unwrap();
            fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
            assert_eq!(matches!(take_it(runs.path()), Taken::Held(_)), free, "{seconds}");
        }
    }
}
