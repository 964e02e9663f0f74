//! Running Slurm's commands: without a shell, for a limited time, with limited output.

use std::{
    io::{self, Read},
    process::{Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, anyhow, bail};
use crossbeam_channel::{Receiver, bounded};

/// A command that has not answered by then will not: Slurm's own time-outs are shorter.
const LIMIT: Duration = Duration::from_secs(90);

/// A hundred thousand tasks are listed in a tenth of this.
const MOST_BYTES: u64 = 64 << 20;

/// A controller that restarts, or is asked too often, is asked again after these seconds.
const AGAIN: [u64; 3] = [1, 3, 9];

/// What a command that ended said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    pub status: ExitStatus,
    pub out: String,
    pub err: String,
}

/// The controller could not be asked just now; it may answer later.
#[derive(Debug)]
pub struct Away(String);

impl std::fmt::Display for Away {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Away {}

impl Said {
    /// Its standard output where it went well; otherwise what it complained of.
    ///
    /// # Errors
    /// If it failed; [`Away`] where that may pass.
    pub fn good(self, program: &str) -> Result<String> {
        if self.status.success() {
            return Ok(self.out);
        }
        let said = [self.err.trim(), self.out.trim()].into_iter().find(|text| !text.is_empty()).unwrap_or("nothing");
        // The last words are those that tell why.
        let from = said.char_indices().rev().nth(2000).map_or(0, |(index, _)| index);
        let told = format!("{program} failed ({}); it said: {}", self.status, said.get(from..).unwrap_or(said));
        Err(if self.is_passing() { Away(told).into() } else { anyhow!(told) })
    }

    /// True where the controller could not be asked just now.
    fn is_passing(&self) -> bool {
        let signs =
            ["Unable to contact", "Socket timed out", "Connection refused", "Connection timed out", "try again"];
        !self.status.success() && signs.iter().any(|sign| self.err.contains(sign))
    }
}

/// Run `program` once.
///
/// # Errors
/// If it is not there, does not end in time, or says too much. That it failed is in the answer.
pub fn run(program: &str, arguments: &[String]) -> Result<Said> {
    without(program, arguments, &[])
}

/// The same, where the program is not to see these variables.
///
/// # Errors
/// As [`run`].
pub fn without(program: &str, arguments: &[String], variables: &[String]) -> Result<Said> {
    let mut command = Command::new(program);
    for variable in variables {
        command.env_remove(variable);
    }
    within(command, arguments, LIMIT)
}

/// Ask a question that may be asked twice; a controller that is busy is given time.
///
/// # Errors
/// As [`run`].
pub fn ask(program: &str, arguments: &[String]) -> Result<Said> {
    for seconds in AGAIN {
        let said = run(program, arguments)?;
        if !said.is_passing() {
            return Ok(said);
        }
        thread::sleep(Duration::from_secs(seconds));
    }
    run(program, arguments)
}

/// A person's own habits would change what is printed, or hide jobs that are there.
const HABITS: [&str; 4] = ["SQUEUE_", "SACCT_", "SCANCEL_", "SLURM_TIME_FORMAT"];

fn within(mut command: Command, arguments: &[String], limit: Duration) -> Result<Said> {
    let program = command.get_program().to_string_lossy().into_owned();
    for (variable, _) in std::env::vars_os() {
        if variable.to_str().is_some_and(|name| HABITS.iter().any(|habit| name.starts_with(habit))) {
            command.env_remove(variable);
        }
    }
    command.args(arguments).env("LC_ALL", "C").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) if error.kind() == io::ErrorKind::NotFound => bail!(
            "there is no `{program}` on this machine: run this on a login node of the cluster, after its `module load \
             slurm` where it has one, or train here with --engine local"
        ),
        Err(error) => return Err(error).with_context(|| format!("starting {program}")),
    };
    let deadline = Instant::now() + limit;
    let out = child.stdout.take().map(drain);
    let err = child.stderr.take().map(drain);
    let ended = (|| {
        let (out, err) = (wait(out, deadline)?, wait(err, deadline)?);
        loop {
            if let Some(status) = child.try_wait().with_context(|| format!("waiting for {program}"))? {
                return Ok(Said { status, out, err });
            }
            if Instant::now() >= deadline {
                bail!("it does not end");
            }
            thread::sleep(Duration::from_millis(5));
        }
    })();
    if ended.is_err() {
        let _ = child.kill();
        let _ = child.wait();
    }
    ended.with_context(|| format!("running {program}, which got {} s", limit.as_secs()))
}

/// Read all of `pipe`, within bounds, on a thread of its own.
fn drain(pipe: impl Read + Send + 'static) -> Receiver<io::Result<Vec<u8>>> {
    let (sender, receiver) = bounded(1);
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = pipe.take(MOST_BYTES + 1).read_to_end(&mut bytes);
        let _ = sender.send(read.map(|_| bytes));
    });
    receiver
}

fn wait(pipe: Option<Receiver<io::Result<Vec<u8>>>>, deadline: Instant) -> Result<String> {
    let pipe = pipe.context("it has no output")?;
    let silent = |_| Away("it does not answer; is the controller down?".to_owned());
    let bytes = pipe.recv_deadline(deadline).map_err(silent)?;
    let bytes = bytes.context("reading what it prints")?;
    if bytes.len() as u64 > MOST_BYTES {
        bail!("it prints more than {MOST_BYTES} bytes");
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn what_a_command_says_is_kept_apart_and_no_shell_reads_it() {
        let said = run("printf", &words(&["%s", "$HOME; a"])).unwrap();
        assert_eq!((said.out.as_str(), said.err.as_str()), ("$HOME; a", ""));
        let error = run("ls", &words(&["/no such place"])).unwrap().good("ls").unwrap_err().to_string();
        assert!(error.contains("ls failed") && error.contains("/no such place"), "{error}");
    }

    #[test]
    fn a_command_that_hangs_or_is_missing_says_so() {
        let error = within(Command::new("sleep"), &words(&["100000"]), Duration::from_millis(1)).unwrap_err();
        assert!(format!("{error:#}").contains("running sleep"), "{error:#}");
        let error = run("no-such-command-of-slurm", &[]).unwrap_err().to_string();
        assert!(error.contains("login node") && error.contains("--engine local"), "{error}");
    }
}
