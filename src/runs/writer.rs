//! Who writes a run, and whether that process still lives.

use std::{env, fs};

use crate::protocol::Writer;

/// This process.
#[must_use]
pub fn this() -> Writer {
    let pid = std::process::id();
    Writer { host: host(), pid, started: started(pid).unwrap_or(0), job: job(|name| env::var(name).ok()) }
}

/// The Slurm job of this process, if it is in one: a task of an array by the array's number and its own.
fn job(variable: impl Fn(&str) -> Option<String>) -> Option<String> {
    let array = variable("SLURM_ARRAY_JOB_ID").zip(variable("SLURM_ARRAY_TASK_ID"));
    array.map(|(job, task)| format!("{job}_{task}")).or_else(|| variable("SLURM_JOB_ID")).filter(|job| !job.is_empty())
}

/// True only where the process is known to be gone: it ran on this host, and no process of its
/// number and start time is there. Of another host nothing is known.
#[must_use]
pub fn is_gone(writer: &Writer) -> bool {
    if writer.host != host() || writer.started == 0 {
        return false;
    }
    started(writer.pid) != Some(writer.started)
}

/// True where the process ran on this host.
#[must_use]
pub fn is_here(writer: &Writer) -> bool {
    writer.host == host()
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
}
