//! What a study's jobs ask of Slurm: the table `[slurm]` of the settings, and that of the study's file
//! over it.

use serde::{Deserialize, Serialize};

use crate::config::SlurmConfig;

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

impl From<&SlurmConfig> for Slurm {
    fn from(config: &SlurmConfig) -> Self {
        let word = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Self {
            partition: word(&config.partition),
            account: word(&config.account),
            qos: word(&config.qos),
            time: word(&config.time),
            gres: word(&config.gres),
            constraint: word(&config.constraint),
            mem: word(&config.mem),
            cpus: config.cpus,
            at_once: (config.at_once > 0).then_some(config.at_once),
            grace: config.grace,
            options: config.options.clone(),
            modules: config.modules.clone(),
            setup: config.setup.clone(),
        }
    }
}
