//! Getting trials into the queue.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};

use super::{
    Jobs, Manifest, Slurm,
    jobs::{self, Batch},
    look::adopt,
    script::script,
    tool,
};
use crate::{
    runs::directory::replace,
    study::{Board, Folder, Plan},
};

/// What Slurm takes where it does not say: its own default.
const MAX_ARRAY_SIZE: usize = 1001;

/// One array that is to be submitted.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// Indices in the plan, by task.
    pub trials: Vec<usize>,
    pub number: u32,
    pub name: String,
    pub script: String,
}

/// The largest number of tasks that the site takes in one array.
///
/// # Errors
/// If Slurm cannot be asked, or takes no arrays.
pub fn array_size() -> Result<usize> {
    let said = tool::ask("scontrol", &["show".to_owned(), "config".to_owned()])?.good("scontrol")?;
    match max_array_size(&said) {
        Some(0) => bail!("this Slurm takes no array jobs (MaxArraySize is 0); ask its administrators"),
        size => Ok(size.unwrap_or(MAX_ARRAY_SIZE)),
    }
}

fn max_array_size(config: &str) -> Option<usize> {
    let lines = config.lines().filter_map(|line| line.split_once('='));
    lines.filter(|(key, _)| key.trim() == "MaxArraySize").find_map(|(_, value)| value.trim().parse().ok())
}

/// The arrays for the trials `todo`, none larger than `size`.
///
/// # Errors
/// If a path cannot stand in a script.
pub fn arrays(plan: &Plan, folder: &Folder, todo: &[usize], size: usize, program: &Path) -> Result<Vec<Array>> {
    let before = Jobs::read(folder)?.batches.iter().map(|batch| batch.number).max().unwrap_or(0);
    // A name that is the study's own, also where another of the same name lies elsewhere.
    let place = xxhash_rust::xxh3::xxh3_64(folder.path().as_os_str().as_encoded_bytes()) as u32;
    let chunks = todo.chunks(size.max(1)).zip(before + 1..);
    let array = |(trials, number): (&[usize], u32)| {
        let manifest = jobs::manifest(folder, number);
        let script = script(&plan.slurm, &plan.name, program, &manifest).map_err(|error| anyhow!(error))?;
        Ok(Array { trials: trials.to_vec(), number, name: format!("{}-{place:08x}-{number:04}", plan.name), script })
    };
    chunks.map(array).collect()
}

/// What `sbatch` gets for an array; `after` is the job that it waits for.
#[must_use]
pub fn arguments(plan: &Plan, folder: &Folder, array: &Array, after: Option<u64>) -> Vec<String> {
    let most = plan.slurm.at_once.map_or_else(String::new, |tasks| format!("%{tasks}"));
    let last = array.trials.len().saturating_sub(1);
    let logs = jobs::folder(folder).display().to_string().replace('%', "%%");
    let mut arguments = vec![
        "--parsable".to_owned(),
        format!("--array=0-{last}{most}"),
        format!("--job-name={}", array.name),
        format!("--output={logs}/%A_%a.log"),
    ];
    arguments.extend(after.map(|job| format!("--dependency=afterany:{job}")));
    arguments.push(script_path(folder, array).display().to_string());
    arguments
}

fn script_path(folder: &Folder, array: &Array) -> PathBuf {
    jobs::manifest(folder, array.number).with_extension("sh")
}

/// Submit `arrays`, one after the other; `told` hears each job's id. Where only so many tasks may run
/// at a time, an array waits for the one before it, and the first for `after`.
///
/// What was submitted is on the disk whenever this ends or is killed. Once the study is asked to stop,
/// nothing more is submitted.
///
/// # Errors
/// What `sbatch` said, with the script's path. The arrays before stay submitted.
pub fn submit(
    plan: &Plan,
    board: &Board,
    folder: &Folder,
    arrays: &[Array],
    mut after: Option<u64>,
    mut told: impl FnMut(&Array, u64),
) -> Result<()> {
    let mut record = Jobs::read(folder)?;
    let hidden = hidden(&plan.slurm);
    for array in arrays {
        if folder.is_asked_to_stop() {
            break;
        }
        let trials: Vec<_> = array.trials.iter().filter_map(|&index| plan.trials.get(index).cloned()).collect();
        let runs = array.trials.iter().map(|&index| board.trials.get(index)?.dir.clone()).collect();
        let names = trials.iter().map(|trial| trial.id.clone()).collect();
        let part = Plan { trials, blocks: Vec::new(), ..plan.clone() };
        Manifest::new(part, runs).write(&jobs::manifest(folder, array.number))?;
        replace(&script_path(folder, array), array.script.as_bytes())?;
        // Written down before: where this process dies now, the job is found again by its name.
        record.batches.push(Batch { number: array.number, name: array.name.clone(), job: None, trials: names });
        record.write(folder)?;
        let after_job = after.filter(|_| plan.slurm.at_once.is_some());
        let said = tool::without("sbatch", &arguments(plan, folder, array, after_job), &hidden);
        let said = said.with_context(|| failed(folder, array))?;
        let job = match said.good("sbatch") {
            Ok(text) => job_id(&text).with_context(|| failed(folder, array))?,
            Err(error) => {
                // A time-out of sbatch's own may still have submitted it.
                match adopt(&array.name) {
                    Ok(Some(job)) => job,
                    Ok(None) => {
                        record.batches.pop();
                        record.write(folder)?;
                        return Err(error).with_context(|| failed(folder, array));
                    }
                    Err(_) => return Err(error).with_context(|| failed(folder, array)),
                }
            }
        };
        if let Some(batch) = record.batches.last_mut() {
            batch.job = Some(job);
        }
        record.write(folder)?;
        after = Some(job);
        told(array, job);
    }
    Ok(())
}

/// The variables of sbatch that would have their way over what the script says.
fn hidden(slurm: &Slurm) -> Vec<String> {
    let given = [
        (slurm.partition.is_some(), &["PARTITION"][..]),
        (slurm.account.is_some(), &["ACCOUNT"]),
        (slurm.qos.is_some(), &["QOS"]),
        (slurm.time.is_some(), &["TIMELIMIT"]),
        (slurm.gres.is_some(), &["GRES"]),
        (slurm.constraint.is_some(), &["CONSTRAINT"]),
        (slurm.mem.is_some(), &["MEM_PER_NODE", "MEM_PER_CPU", "MEM_PER_GPU"]),
        // With WAIT sbatch would not answer before all tasks have ended.
        (true, &["REQUEUE", "NO_REQUEUE", "SIGNAL", "OPEN_MODE", "ARRAY_INX", "WAIT"]),
    ];
    let given =
        given.into_iter().filter(|(given, _)| *given).flat_map(|(_, names)| names).map(|name| (*name).to_owned());
    // `--mem-per-cpu=2G` is said by SBATCH_MEM_PER_CPU.
    let option = |text: &String| text.split('=').next().unwrap_or_default().trim_start_matches('-').replace('-', "_");
    let options = slurm.options.iter().map(|text| option(text).to_uppercase());
    given.chain(options).map(|name| format!("SBATCH_{name}")).collect()
}

fn failed(folder: &Folder, array: &Array) -> String {
    format!("submitting {}", script_path(folder, array).display())
}

/// The job's id in what `sbatch --parsable` prints: `12`, or `12;cluster`, in its last line.
fn job_id(text: &str) -> Result<u64> {
    let line = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let id = line.split(';').next().unwrap_or_default().trim();
    id.parse().map_err(|_| anyhow!("sbatch answered {line:?}, which is no job's id"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_slurm_answers_is_understood() {
        let config = "Configuration data as of now\nMaxArraySize            = 1001\nMaxJobCount = 10\n";
        let sizes = [(config, Some(1001)), ("MaxArraySize=0", Some(0)), ("", None), ("XMaxArraySize = 3", None)];
        for (text, expected) in sizes {
            assert_eq!(max_array_size(text), expected, "{text}");
        }
        let ids = [
            ("12\n", Some(12)),
            ("12;cluster\n", Some(12)),
            ("a banner of the site\n34\n", Some(34)),
            ("", None),
            ("Submitted batch job 12", None),
        ];
        for (text, expected) in ids {
            assert_eq!(job_id(text).ok(), expected, "{text}");
        }
    }
}
