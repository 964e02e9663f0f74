//! What the table `[slurm]` of a study's file says about its jobs.

use serde::{Deserialize, Serialize};

/// What a study asks of Slurm. What is not given is left to the site and to the variables `SBATCH_…`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Slurm {
    pub partition: Option<String>,
    pub account: Option<String>,
    pub qos: Option<String>,
    /// Time limit of a task, as sbatch reads it: `30` minutes, `04:00:00`, `1-12`.
    pub time: Option<String>,
    pub gres: Option<String>,
    pub constraint: Option<String>,
    pub mem: Option<String>,
    /// Processors of a task, and threads that it trains with.
    pub cpus: usize,
    /// Tasks that run at a time; none: as many as Slurm lets.
    pub at_once: Option<usize>,
    /// Seconds before the time limit at which a task saves its state and is queued again; 0: never.
    pub grace: u64,
    /// Further options of sbatch.
    pub options: Vec<String>,
    /// Loaded with `module load` before the program starts.
    pub modules: Vec<String>,
    /// Shell lines that are run before the program starts.
    pub setup: Vec<String>,
}

impl Default for Slurm {
    fn default() -> Self {
        Self {
            partition: None,
            account: None,
            qos: None,
            time: None,
            gres: None,
            constraint: None,
            mem: None,
            cpus: 1,
            at_once: None,
            grace: 60,
            options: Vec::new(),
            modules: Vec::new(),
            setup: Vec::new(),
        }
    }
}

/// Options of sbatch that the program gives itself.
const TAKEN: [&str; 14] = [
    "--array",
    "-a",
    "--output",
    "-o",
    "--error",
    "-e",
    "--job-name",
    "-J",
    "--parsable",
    "--signal",
    "--requeue",
    "--no-requeue",
    "--open-mode",
    "--wrap",
];

/// Check a value of sbatch's: one word of plain characters, so that sbatch reads it as it was written.
///
/// # Errors
/// What is wrong with it.
pub fn check_word(text: &str) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '\'' | '\\' | '#');
    if !text.is_empty() && text.chars().all(plain) {
        Ok(())
    } else {
        Err(format!("{text:?}: expected one word without spaces, quotes, `\\` and `#`"))
    }
}

/// Check a further option of sbatch.
///
/// # Errors
/// What is wrong with it.
pub fn check_option(text: &str) -> Result<(), String> {
    check_word(text)?;
    let name = text.split_once('=').map_or(text, |(name, _)| name);
    // A short option may have its value attached: -a0-9.
    let short = text.get(..2).filter(|_| !text.starts_with("--"));
    if !text.starts_with('-') {
        Err(format!("{text:?}: expected an option of sbatch, as in \"--exclusive\" or \"--exclude=node7\""))
    } else if TAKEN.iter().any(|taken| *taken == name || Some(*taken) == short) {
        Err(format!("{text:?}: the program gives {name} itself"))
    } else {
        Ok(())
    }
}

/// Check a shell line.
///
/// # Errors
/// What is wrong with it.
pub fn check_line(text: &str) -> Result<(), String> {
    if text.chars().any(|c| c.is_control() && c != '\t') || text.trim_start().starts_with("#SBATCH") {
        Err(format!("{text:?}: expected one shell line; sbatch's options go into `options`"))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_plain_and_not_the_programs_own() {
        let cases = [
            ("a long one", "--exclude=node7,node[9-12]", true),
            ("a flag", "--exclusive", true),
            ("a short one", "-C", true),
            ("no option", "gpu", false),
            ("two words", "--comment=two words", false),
            ("a second line", "--a\n#SBATCH --b", false),
            ("the array", "--array=0-9", false),
            ("the array in short", "-a0-9", false),
            ("a name that only begins so", "--arrays=1", true),
            ("nothing", "", false),
            ("a quote", "--comment=\"x", false),
        ];
        for (reason, option, good) in cases {
            assert_eq!(check_option(option).is_ok(), good, "{reason}: {option}");
        }
    }
}
