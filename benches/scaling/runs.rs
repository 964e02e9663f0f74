//! Synthetic run folders: a study's trials, all trained.

use std::{fs, path::Path};

use avsc_tui::{
    config::Layers,
    study::{
        Folder, Plan, file,
        plan::{Surroundings, Trial, expand},
    },
};

use super::synthetic::Synthetic;

pub const NAME: &str = "large";
const EPOCHS: usize = 40;

/// What was written.
pub struct Made {
    pub bytes: usize,
    pub files: usize,
}

/// The plan of a study of `trials` trials, whose data has been read.
pub fn plan(folder: &Path, trials: usize) -> Plan {
    let path = folder.join("large.toml");
    let text = format!(
        "name = \"{NAME}\"\nseeds = {{ from = 0, to = 9 }}\n\
         random = {{ samples = {}, lr = {{ log_uniform = [1e-5, 1e-2] }}, dropout = {{ uniform = [0.0, 0.5] }} }}\n",
        trials / 10
    );
    fs::write(&path, text).unwrap();
    let under = Layers::new().flag("runs.dir", folder.display().to_string(), "bench");
    let around = Surroundings { under, over: &|layers| layers, fixed: Vec::new(), settle: &Layers::resolve };
    let mut plan = expand(&file::read(&path).unwrap(), &around).unwrap();
    plan.data.iter_mut().for_each(|data| data.fingerprint = Some("f00d".to_owned()));
    plan
}

/// Write the plan and a run for each of its trials.
pub fn write(folder: &Path, trials: usize) -> Made {
    let plan = plan(folder, trials);
    Folder::of(folder, NAME).write_plan(&plan).unwrap();
    let bytes = plan.trials.iter().enumerate().map(|(index, trial)| run(folder, &plan, trial, index)).sum();
    Made { bytes, files: 2 * plan.trials.len() + 2 }
}

/// Write the run of a trial; its bytes.
fn run(folder: &Path, plan: &Plan, trial: &Trial, index: usize) -> usize {
    let config = plan.config(trial).unwrap();
    let (mode, seed) = (config.model.mode, config.train.seed);
    let dir = folder.join(format!("20260101T{index:06}Z-{mode}-s{seed}"));
    fs::create_dir(&dir).unwrap();
    let settings = config.of_run().to_toml();
    fs::write(dir.join("config.toml"), &settings).unwrap();
    let log_loss = format!("0.5{index:06}");
    let log = Synthetic { config: &config, index, epochs: EPOCHS, log_loss, outcome: "early_stopped" }.log();
    fs::write(dir.join("events.jsonl"), &log).unwrap();
    log.len() + settings.len()
}
