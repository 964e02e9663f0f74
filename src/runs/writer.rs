//! Who writes a run, and whether that process still lives.

use std::{env, fs, io, os::unix::fs::MetadataExt as _, path::Path, sync::LazyLock, time::Duration};

use jiff::Timestamp;

use crate::protocol::Writer;

/// A process that cannot be asked for, and that wrote nothing for so long, is taken for gone.
pub const SILENT: Duration = Duration::from_mins(10);

/// The boot and the namespace of this process's pid, where the kernel tells them.
static HERE: LazyLock<(Option<String>, Option<u64>)> = LazyLock::new(|| {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok();
    let space = fs::metadata("/proc/self/ns/pid").ok();
    (boot.map(|id| id.trim().to_owned()), space.map(|facts| facts.ino()))
});

/// This process.
#[must_use]
pub fn this() -> Writer {
    let pid = std::process::id();
    let (boot, pidns) = HERE.clone();
    Writer { host: host(), pid, started: started(pid).unwrap_or(0), job: job(|name| env::var(name).ok()), boot, pidns }
}

/// The Slurm job of this process, if it is in one: a task of an array by the array's number and its own.
fn job(variable: impl Fn(&str) -> Option<String>) -> Option<String> {
    let array = variable("SLURM_ARRAY_JOB_ID").zip(variable("SLURM_ARRAY_TASK_ID"));
    array.map(|(job, task)| format!("{job}_{task}")).or_else(|| variable("SLURM_JOB_ID")).filter(|job| !job.is_empty())
}

/// True only where the process is known to be gone: it ran here, and no process of its number and start
/// time is there. Of another host nothing is known.
#[must_use]
pub fn is_gone(writer: &Writer) -> bool {
    is_here(writer) && writer.started != 0 && started(writer.pid) != Some(writer.started)
}

/// The same, but a process of a host of this name that cannot be asked for, and was last heard of at
/// `heard`, is gone as well once it was [`SILENT`]: most likely this is its host, which was started anew.
/// `heard`: milliseconds since the Unix epoch.
#[must_use]
pub fn is_lost(writer: &Writer, heard: i64) -> bool {
    let silent = || Timestamp::now().as_millisecond().saturating_sub(heard) > SILENT.as_millis() as i64;
    is_gone(writer) || (writer.host == host() && !is_here(writer) && silent())
}

/// True where the process ran where this one does, so that its number can be asked for: on a host of this
/// name, since that was started, and in the same container. What an older program did not tell is no
/// difference.
#[must_use]
pub fn is_here(writer: &Writer) -> bool {
    let (boot, pidns) = &*HERE;
    let differs = (writer.boot.is_some() && writer.boot != *boot) || (writer.pidns.is_some() && writer.pidns != *pidns);
    writer.host == host() && !differs
}

/// How long nothing was written to the file at `path`, by the clock of whoever stores it: the clock of this
/// host may be another.
///
/// # Errors
/// If the file cannot be looked at, or its folder not be written.
pub fn silence(path: &Path) -> io::Result<Duration> {
    let written = fs::metadata(path)?.modified()?;
    let now = tempfile::tempfile_in(path.parent().unwrap_or(Path::new(".")))?.metadata()?.modified()?;
    Ok(now.duration_since(written).unwrap_or_default())
}

fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// Start time of a process in clock ticks since boot; none where there is no such process, or no
/// `/proc` to ask.
fn started(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The command's name stands in parentheses and may hold spaces and parentheses of its own.
    let after_name = stat.rsplit_once(')')?.1;
    let fields: Vec<_> = after_name.split_whitespace().collect();
    // A zombie is gone for our purpose: it writes nothing more.
    if fields.first() == Some(&"Z") {
        return None;
    }
    // Field 22 of the line, and the first field here is number 3.
    fields.get(19)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_named_as_squeue_names_it() {
        let job = |set: &[(&str, &str)]| {
            job(|name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
        };
        assert_eq!(job(&[]), None);
        assert_eq!(job(&[("SLURM_JOB_ID", "")]), None);
        assert_eq!(job(&[("SLURM_JOB_ID", "17")]).as_deref(), Some("17"));
        let array = [("SLURM_JOB_ID", "19"), ("SLURM_ARRAY_JOB_ID", "18"), ("SLURM_ARRAY_TASK_ID", "4")];
        assert_eq!(job(&array).as_deref(), Some("18_4"));
    }

    #[test]
    fn this_process_lives_and_a_namesake_does_not() {
        let here = this();
        assert!(!is_gone(&here));
        assert!(is_gone(&Writer { started: here.started + 1, ..here.clone() }));
        assert!(!is_gone(&Writer { host: "elsewhere".to_owned(), ..here }));
    }

    #[test]
    fn of_a_namesake_host_or_another_container_nothing_is_known_until_it_is_silent() {
        let gone = Writer { started: this().started + 1, ..this() };
        let (now, long_ago) = (Timestamp::now().as_millisecond(), Timestamp::now().as_millisecond() - 660_000);
        // (reason, writer, it is here, it is gone, it is lost if it was heard of just now, and if long ago)
        let cases = [
            ("a process of this host", gone.clone(), true, true, true, true),
            ("an older program", Writer { boot: None, pidns: None, ..gone.clone() }, true, true, true, true),
            ("another boot", Writer { boot: Some("b".to_owned()), ..gone.clone() }, false, false, false, true),
            ("another container", Writer { pidns: Some(1), ..gone.clone() }, false, false, false, true),
            ("another host", Writer { host: "elsewhere".to_owned(), ..gone }, false, false, false, false),
            ("this process", this(), true, false, false, false),
        ];
        for (reason, writer, here, gone, lost, late) in cases {
            assert_eq!((is_here(&writer), is_gone(&writer)), (here, gone), "{reason}");
            assert_eq!((is_lost(&writer, now), is_lost(&writer, long_ago)), (lost, late), "{reason}");
        }
    }
}
