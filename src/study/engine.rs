//! Engines get a study's trials trained. What they share: who trains, and what they tell.
//!
//! An engine asks the [`Board`] what is to be done, has it trained by a [`Train`]er, and keeps the
//! board up to date with what the runs' events say. It never trains itself: training is a layer of
//! its own, and the composition root joins the two.
//!
//! [`Board`]: super::Board

pub mod local;
pub mod slurm;

use std::path::PathBuf;

use anyhow::Result;
use crossbeam_channel::Receiver;

use crate::{
    config::Config,
    protocol::{Command, WorkerMessage},
};

/// One trial to be trained.
#[derive(Clone, Debug)]
pub struct Job {
    /// Index in the plan.
    pub trial: usize,
    pub config: Config,
    /// Directory of its run, where there is one to go on with.
    pub resume: Option<PathBuf>,
    /// Which of the engine's places trains it, from 0.
    pub slot: usize,
}

/// Who can train a trial.
pub trait Train: Sync {
    /// Train `job` to its end on this thread, obeying `commands` and passing on what the trainer
    /// tells. Whatever goes wrong once there is a run directory is told there, and is no error.
    ///
    /// # Errors
    /// One that no run's record tells of.
    fn train(&self, job: &Job, commands: Receiver<Command>, tell: &(dyn Fn(WorkerMessage) + Sync)) -> Result<()>;
}
