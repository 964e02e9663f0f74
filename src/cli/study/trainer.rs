//! Joins the study's engine to the trainer: trials in threads of their own, on data that they share.

use std::{collections::HashMap, sync::Arc, thread};

use anyhow::{Context as _, Result, anyhow};
use crossbeam_channel::Receiver;
use rayon::ThreadPoolBuilder;

use super::places::Place;
use crate::{
    config::DataConfig,
    device,
    protocol::{Command, RunRequest, WorkerMessage},
    runs::RunDir,
    study::{
        engine::{Job, Train},
        identity,
    },
    train::{
        loading::{self, Loaded},
        mailbox::Mailbox,
        outbox::{Outbox, outbox},
        worker,
    },
};

/// Trains trials on the data that it has loaded.
#[derive(Debug)]
pub struct Trainer {
    places: Vec<Place>,
    /// By the data's name and the device's key.
    sets: HashMap<(String, String), Arc<Loaded>>,
}

impl Trainer {
    #[must_use]
    pub fn new(places: Vec<Place>) -> Self {
        Self { places, sets: HashMap::new() }
    }

    /// Read the data that `config` asks for and put it on every device; the loaded set, or none where
    /// a command cancelled that.
    ///
    /// # Errors
    /// What is wrong with the data.
    pub fn load(&mut self, config: &DataConfig, mailbox: &mut Mailbox, outbox: &Outbox) -> Result<Option<Arc<Loaded>>> {
        let name = identity::data(config);
        let mut first: Option<Arc<Loaded>> = None;
        for place in &self.places {
            let key = (name.clone(), place.device.clone());
            if self.sets.contains_key(&key) {
                continue;
            }
            let compute = device::resolve(&place.device).map_err(|error| anyhow!(error))?;
            let loaded = match &first {
                // The other devices get the same vectors.
                Some(loaded) => Arc::new(Loaded::new(config.clone(), loaded.data.clone(), &compute)),
                None => match loading::load(config, &compute, mailbox, outbox)? {
                    Some(loaded) => Arc::new(loaded),
                    None => return Ok(None),
                },
            };
            first.get_or_insert_with(|| Arc::clone(&loaded));
            self.sets.insert(key, loaded);
        }
        Ok(first)
    }
}

impl Train for Trainer {
    fn train(&self, job: &Job, commands: Receiver<Command>, tell: &(dyn Fn(WorkerMessage) + Sync)) -> Result<()> {
        let place = self.places.get(job.slot).with_context(|| format!("there is no place {}", job.slot))?;
        let loaded = self.sets.get(&(identity::data(&job.config.data), place.device.clone()));
        let loaded = Arc::clone(loaded.context("the data of this trial could not be loaded")?);
        let mut config = job.config.clone();
        config.train.device.clone_from(&place.device);
        config.train.threads = match &job.resume {
            // A run goes on with as many threads as it began with: its numbers depend on it.
            Some(dir) => RunDir::at(dir).read_config()?.train.threads.max(1),
            None => place.threads,
        };
        let pool = ThreadPoolBuilder::new()
            .num_threads(config.train.threads)
            .thread_name(|index| format!("trial-{index}"))
            .build()
            .context("starting a trial's threads")?;
        let request = RunRequest { config, resume: job.resume.clone(), changes: Vec::new() };
        let (outbox, messages, _progress) = outbox();
        thread::scope(|scope| {
            scope.spawn(|| messages.into_iter().for_each(tell));
            // The outbox goes with this closure, which ends the thread that passes its messages on.
            pool.install(move || {
                let compute = device::resolve(&request.config.train.device).map_err(|error| anyhow!(error))?;
                worker::record(&request, &compute, &loaded, &mut Mailbox::new(commands), &outbox)
            })
        })
    }
}
