//! What a site's Slurm wants to be told, and what can stand in a batch script.

use serde::{Deserialize, Serialize};

/// Tasks at a time, processors of a task: beyond it a number is rather mistaken than meant.
const MOST: usize = 100_000;

/// What a study asks of Slurm. What is empty is left to the site and to the variables `SBATCH_…`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlurmConfig {
    pub partition: String,
    pub account: String,
    pub qos: String,
    /// Time limit of a task, as sbatch reads it: `30` minutes, `04:00:00`, `1-12`.
    pub time: String,
    pub gres: String,
    pub constraint: String,
    pub mem: String,
    /// Processors of a task, and threads that it trains with.
    pub cpus: usize,
    /// Tasks that run at a time; 0: as many as Slurm lets.
    pub at_once: usize,
    /// Seconds before the time limit at which a task saves its state and is queued again; 0: never.
    pub grace: u64,
    /// Further options of sbatch.
    pub options: Vec<String>,
    /// Loaded with `module load` before the program starts.
    pub modules: Vec<String>,
    /// Shell lines that are run before the program starts.
    pub setup: Vec<String>,
}

impl SlurmConfig {
    /// True in the settings of a run, which have none of this.
    #[must_use]
    pub fn is_unset(&self) -> bool {
        *self == Self::default()
    }
}

/// (key, message) of every value that cannot stand in a script.
pub(super) fn problems(slurm: &SlurmConfig) -> Vec<(String, String)> {
    if slurm.is_unset() {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut keep = |key: &str, checked: Result<(), String>| {
        if let Err(problem) = checked {
            found.push((format!("slurm.{key}"), format!("`slurm.{key}`: {problem}")));
        }
    };
    let words = [
        ("partition", &slurm.partition),
        ("account", &slurm.account),
        ("qos", &slurm.qos),
        ("time", &slurm.time),
        ("gres", &slurm.gres),
        ("constraint", &slurm.constraint),
        ("mem", &slurm.mem),
    ];
    for (key, text) in words.into_iter().filter(|(_, text)| !text.is_empty()) {
        keep(key, check_word(text));
    }
    let range = |value: u64, least: u64, most: u64| {
        let out = || format!("{value} is out of range: {least} to {most}");
        if (least..=most).contains(&value) { Ok(()) } else { Err(out()) }
    };
    keep("cpus", range(slurm.cpus as u64, 1, MOST as u64));
    keep("at_once", range(slurm.at_once as u64, 0, MOST as u64));
    keep("grace", range(slurm.grace, 0, 65_535));
    slurm.options.iter().for_each(|text| keep("options", check_option(text)));
    slurm.modules.iter().for_each(|text| keep("modules", check_word(text)));
    slurm.setup.iter().for_each(|text| keep("setup", check_line(text)));
    found
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
fn check_word(text: &str) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '\'' | '\\' | '#');
    if !text.is_empty() && text.chars().all(plain) {
        Ok(())
    } else {
        Err(format!("{text:?}: expected one word without spaces, quotes, `\\` and `#`"))
    }
}

/// Check a further option of sbatch.
fn check_option(text: &str) -> Result<(), String> {
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
fn check_line(text: &str) -> Result<(), String> {
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
