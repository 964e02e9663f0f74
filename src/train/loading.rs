//! Getting the data that a run asks for, and keeping it for the next.

use std::{ops::ControlFlow, sync::Mutex, time::Instant};

use anyhow::{Context as _, Result};

use super::{mailbox::Mailbox, outbox::Outbox, tensors::DeviceData};
use crate::{
    config::DataConfig,
    data::{self, Dataset, LoadProgress},
    device::Compute,
    protocol::{DataSummary, Progress, WorkerMessage},
};

/// A data set in memory and on a device.
#[derive(Debug)]
pub struct Loaded {
    config: DataConfig,
    device: String,
    pub data: Dataset,
    pub tensors: DeviceData,
}

impl Loaded {
    /// Put `data`, which `config` asks for, on the device.
    #[must_use]
    pub fn new(config: DataConfig, data: Dataset, compute: &Compute) -> Self {
        let tensors = DeviceData::new(&data, &compute.device);
        Self { config, device: compute.name.clone(), data, tensors }
    }

    /// True where this is what `config` asks for, on the device that `compute` names.
    #[must_use]
    pub fn serves(&self, config: &DataConfig, compute: &Compute) -> bool {
        self.config == *config && self.device == compute.name
    }
}

/// Load what `config` asks for; the demo set is written first where it is not there yet. None
/// where it was cancelled.
///
/// # Errors
/// What is wrong with the data.
pub fn load(config: &DataConfig, compute: &Compute, mailbox: &mut Mailbox, outbox: &Outbox) -> Result<Option<Loaded>> {
    let start = Instant::now();
    let mailbox = Mutex::new(mailbox);
    let observer = |progress: LoadProgress| {
        let LoadProgress { what, clips, total, bytes } = progress;
        let seconds = start.elapsed().as_secs_f64();
        outbox.progress(Progress::Loading { what, clips, total, bytes, seconds });
        let cancelled = mailbox.lock().map_or(true, |mut mailbox| mailbox.cancels_loading());
        if cancelled { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let Some(data) = read(config, &observer)? else { return Ok(None) };
    for note in &data.notes {
        outbox.tell(WorkerMessage::Notice(note.clone()));
    }
    outbox.tell(WorkerMessage::Loaded(DataSummary {
        source: data.source.clone(),
        demo: data.demo,
        classes: data.classes.clone(),
        train_clips: data.train.len(),
        val_clips: data.val.len(),
        test_clips: data.test.len(),
        seconds: start.elapsed().as_secs_f64(),
        from_cache: data.from_cache,
    }));
    Ok(Some(Loaded::new(config.clone(), data, compute)))
}

/// Read what `config` asks for into memory; the demo set is written first where it is not there yet.
/// None where the observer cancelled it.
///
/// # Errors
/// What is wrong with the data.
pub fn read(config: &DataConfig, observer: data::Observer) -> Result<Option<Dataset>> {
    let mut source = config.clone();
    if config.is_demo() {
        match data::demo::ensure(&config.cache_dir, observer) {
            Ok(folder) => source.dir = folder.display().to_string(),
            Err(data::demo::DemoError::Cancelled) => return Ok(None),
            Err(error) => return Err(error).context("making the demo set"),
        }
    }
    match data::load(&source, observer) {
        Ok(data) => Ok(Some(data)),
        Err(data::DataError::Cancelled) => Ok(None),
        Err(error) => Err(error).context("loading the data"),
    }
}
