//! States of tasks, in Slurm's words and ours.

use serde::{Deserialize, Serialize};

/// Where a task stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    Pending,
    Running,
    Suspended,
    /// It runs no more, and Slurm tidies up after it.
    Completing,
    /// It was begun before and waits again.
    Requeued,
    Completed,
    Failed,
    Preempted,
    OutOfMemory,
    TimedOut,
    NodeFailed,
    Cancelled,
    /// Slurm has forgotten it.
    Forgotten,
}

impl JobState {
    /// What `squeue` (`%T`) or `sacct` (`State`) calls a state; `CANCELLED by 1000` is cancelled. None for
    /// what is no state of Slurm's.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let word = text.split_whitespace().next()?;
        Some(match word.trim_end_matches('+') {
            "PENDING" | "SPECIAL_EXIT" | "RESV_DEL_HOLD" => Self::Pending,
            "RUNNING" | "CONFIGURING" | "RESIZING" | "SIGNALING" => Self::Running,
            "STOPPED" | "SUSPENDED" => Self::Suspended,
            "COMPLETING" | "STAGE_OUT" => Self::Completing,
            "REQUEUED" | "REQUEUE_FED" | "REQUEUE_HOLD" => Self::Requeued,
            "COMPLETED" => Self::Completed,
            "FAILED" | "BOOT_FAIL" | "LAUNCH_FAILED" | "RECONFIG_FAIL" => Self::Failed,
            "PREEMPTED" => Self::Preempted,
            "OUT_OF_MEMORY" => Self::OutOfMemory,
            "TIMEOUT" | "DEADLINE" => Self::TimedOut,
            "NODE_FAIL" => Self::NodeFailed,
            "CANCELLED" | "REVOKED" => Self::Cancelled,
            _ => return None,
        })
    }

    /// The name for people, and in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Suspended => "suspended",
            Self::Completing => "completing",
            Self::Requeued => "requeued",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Preempted => "preempted",
            Self::OutOfMemory => "out of memory",
            Self::TimedOut => "timed out",
            Self::NodeFailed => "node failed",
            Self::Cancelled => "cancelled",
            Self::Forgotten => "forgotten by Slurm",
        }
    }

    /// True where the task runs, or is going to.
    #[must_use]
    pub fn is_active(self) -> bool {
        matches!(self, Self::Pending | Self::Running | Self::Suspended | Self::Completing | Self::Requeued)
    }
}

/// A task as Slurm tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub job: u64,
    pub task: u32,
    pub state: JobState,
    /// Why it waits, or how it ended; may be empty.
    pub reason: String,
}

/// Fields of a line of `squeue` as [`squeue`] reads it: array job, task, state, reason.
pub const SQUEUE_FORMAT: &str = "%F|%K|%T|%r";

/// Fields of a line of `sacct` as [`sacct`] reads it.
pub const SACCT_FORMAT: &str = "JobID,State,ExitCode";

/// What `squeue -h -r -o` [`SQUEUE_FORMAT`] printed. A line that is none is left out.
#[must_use]
pub fn squeue(text: &str) -> Vec<Told> {
    let line = |line: &str| {
        let mut fields = line.trim().splitn(4, '|');
        let (job, task) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
        let state = JobState::parse(fields.next()?)?;
        let reason = fields.next()?.trim();
        Some(Told { job, task, state, reason: if reason == "None" { String::new() } else { reason.to_owned() } })
    };
    text.lines().filter_map(line).collect()
}

/// What `sacct -n -P -X -o` [`SACCT_FORMAT`] printed. Tasks that Slurm has not split off yet,
/// `12_[3-9]`, are in `squeue`'s list and left out here, as is a line that is none.
#[must_use]
pub fn sacct(text: &str) -> Vec<Told> {
    let line = |line: &str| {
        let mut fields = line.trim().split('|');
        let (job, task) = fields.next()?.split_once('_')?;
        let state = JobState::parse(fields.next()?)?;
        let exit = fields
            .next()
            .filter(|exit| !matches!(*exit, "" | "0:0"))
            .map_or_else(String::new, |exit| format!("exit code {exit}"));
        Some(Told { job: job.parse().ok()?, task: task.parse().ok()?, state, reason: exit })
    };
    text.lines().filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_squeue_and_sacct_are_read() {
        let told = |job, task, state, reason: &str| Told { job, task, state, reason: reason.to_owned() };
        let text = "12|0|RUNNING|None\n12|1|PENDING|Resources\n  12|2|PENDING|(launch failed|requeued held)\n\
                    slurm_load_jobs error\n13|N/A|RUNNING|None\n12|3|OUT_OF_MEMORY|OutOfMemory\n12|4|WHATEVER|x\n12|5\n";
        let expected = [
            told(12, 0, JobState::Running, ""),
            told(12, 1, JobState::Pending, "Resources"),
            told(12, 2, JobState::Pending, "(launch failed|requeued held)"),
            told(12, 3, JobState::OutOfMemory, "OutOfMemory"),
        ];
        assert_eq!(squeue(text), expected);
        let text = "12_0|COMPLETED|0:0\n12_1|CANCELLED by 1000|0:15\n12_[2-9%4]|PENDING|0:0\n12_2|FAILED|137:0\n\
                    12_3|NODE_FAIL|1:0\n14|COMPLETED|0:0\n12_4|TIMEOUT|0:0\nnothing\n12_5|PREEMPTED|\n";
        let expected = [
            told(12, 0, JobState::Completed, ""),
            told(12, 1, JobState::Cancelled, "exit code 0:15"),
            told(12, 2, JobState::Failed, "exit code 137:0"),
            told(12, 3, JobState::NodeFailed, "exit code 1:0"),
            told(12, 4, JobState::TimedOut, ""),
            told(12, 5, JobState::Preempted, ""),
        ];
        assert_eq!(sacct(text), expected);
    }
}
