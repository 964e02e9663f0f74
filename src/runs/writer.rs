//! Who writes a run, and whether that process still lives.

use std::fs;

use crate::protocol::Writer;

/// This process.
#[must_use]
pub fn this() -> Writer {
    let pid = std::process::id();
    Writer { host: host(), pid, started: started(pid).unwrap_or(0) }
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
    fn this_process_lives_and_a_namesake_does_not() {
        let here = this();
        assert!(!is_gone(&here));
        assert!(is_gone(&Writer { started: here.started + 1, ..here.clone() }));
        assert!(!is_gone(&Writer { host: "elsewhere".to_owned(), ..here }));
    }
}
