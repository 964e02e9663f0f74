//! One run, from its first batch to the files that it leaves.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use burn::tensor::{Tensor, activation::log_softmax};
use serde::{Deserialize, Serialize};

use super::{
    checkpoint::{Arrays, Checkpoint},
    control,
    evaluate::{Evaluation, evaluate, mean},
    loading::Loaded,
    mailbox::{Mailbox, Order, Wish},
    outbox::Outbox,
    random::{Purpose, stream},
    recorder::Recorder,
    state::TrainingState,
    tensors::{Batch, ranges, sizes},
};
use crate::{
    config::{Config, Mode},
    device::{Compute, in_memory},
    model::{Dropout, Fusion, Pass},
    protocol::{EpochFinished, Finished, Outcome, Progress, RunEvent, RunStarted, SplitResult, StopMode},
    runs::{self, directory::replace, results},
};

/// Step losses stay on the device and are read back so often.
const READ_BACK: Duration = Duration::from_millis(250);

/// What a run needs, and whom it talks to.
#[derive(Debug)]
pub struct Session<'a> {
    pub config: &'a Config,
    pub compute: &'a Compute,
    pub loaded: &'a Loaded,
    pub recorder: &'a mut Recorder,
    pub mailbox: &'a mut Mailbox,
    pub outbox: &'a Outbox,
}

/// What is left of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    Record,
    /// The run directory is to be removed.
    Nothing,
}

/// How an epoch went.
enum Epoch {
    /// To its end, with this mean training loss; whether a stop was asked for.
    Done {
        train_loss: f64,
        stop: bool,
    },
    Stopped(StopMode),
}

impl Session<'_> {
    /// Train the run to its end, or go on with one that has a record.
    ///
    /// # Errors
    /// If the record or a checkpoint cannot be written or read, or the device fails.
    pub fn run(self) -> Result<Left> {
        if in_memory(&self.compute.device) {
            // On a thread of the pool: from outside of it, each parallel operation would put this
            // thread to sleep and wake up another.
            rayon::scope(|_| self.train())
        } else {
            self.train()
        }
    }

    fn train(mut self) -> Result<Left> {
        let mut state = self.initial_state()?;
        if self.recorder.history.started.is_none() {
            self.start(&state)?;
        } else {
            self.go_on(&mut state)?;
        }
        let mut outcome = Outcome::Finished;
        loop {
            if self.is_done(&state) {
                // A change that was made before the next batch may have made another epoch of it. Where there is
                // one anyway, its first batch makes the change: before that it could end the run too early.
                control::repeat(&self.recorder.history.changes, &mut state.policies);
            }
            if self.is_done(&state) {
                // What came while the last epoch was validated may make it another than the last.
                let epoch = state.policies.epoch;
                match self.heed(&mut state, epoch, &mut Duration::default())? {
                    Order::Stop(StopMode::Discard) => return Ok(Left::Nothing),
                    Order::GoOn if !self.is_done(&state) => {}
                    // A stop that crosses the end changes nothing.
                    Order::GoOn | Order::Stop(StopMode::Now | StopMode::AfterEpoch) => break,
                }
            }
            match self.epoch(&mut state)? {
                Epoch::Done { stop: false, .. } => {}
                Epoch::Done { stop: true, .. } | Epoch::Stopped(StopMode::Now | StopMode::AfterEpoch) => {
                    outcome = Outcome::Stopped;
                    break;
                }
                Epoch::Stopped(StopMode::Discard) => return Ok(Left::Nothing),
            }
        }
        if outcome == Outcome::Finished && state.policies.stopping.is_exhausted() {
            outcome = Outcome::EarlyStopped;
        }
        self.finish(&state, outcome)?;
        Ok(Left::Record)
    }

    /// True where there is nothing left to train, as the settings are now.
    fn is_done(&self, state: &TrainingState) -> bool {
        state.policies.epoch >= self.epochs(state) || state.policies.stopping.is_exhausted()
    }

    /// Obey what is asked of the run.
    fn heed(&mut self, state: &mut TrainingState, epoch: usize, paused_for: &mut Duration) -> Result<Order> {
        let origin = Origin { mode: self.config.model.mode, epoch, demo: self.loaded.data.demo };
        self.mailbox.obey(self.recorder, self.config, epoch, paused_for, |recorder, wish| match wish {
            Wish::Set { key, value } => control::set(recorder, &mut state.policies, self.config, key, value),
            Wish::Save => {
                let steps = state.policies.steps;
                let file = recorder.dir.saved(epoch, steps);
                write_model(&state.model, &origin, &recorder.dir.path().join(&file))?;
                recorder.record(RunEvent::ModelSaved { epoch, step: steps, file })
            }
        })
    }

    /// Epochs at most, as they are set now.
    fn epochs(&self, state: &TrainingState) -> usize {
        state.policies.epochs.unwrap_or(self.config.train.epochs)
    }

    fn initial_state(&self) -> Result<TrainingState> {
        let device = self.compute.device.clone().autodiff();
        let mut rng = stream(self.config.train.seed, Purpose::Weights, 0);
        let model = Fusion::new(&self.config.model, sizes(&self.loaded.data), &device, &mut rng);
        let mut state = TrainingState::new(model, &self.config.train);
        let saved = self.recorder.dir.last();
        if self.recorder.history.started.is_some() && saved.is_file() {
            state.restore(&saved, &self.compute.device)?;
        }
        Ok(state)
    }

    fn start(&mut self, state: &TrainingState) -> Result<()> {
        let (data, train) = (&self.loaded.data, &self.config.train);
        self.recorder.record(RunEvent::RunStarted(Box::new(RunStarted {
            mode: self.config.model.mode,
            seed: train.seed,
            classes: data.classes.clone(),
            train_clips: data.train.len(),
            val_clips: data.val.len(),
            test_clips: data.test.len(),
            batch_size: train.batch_size,
            batches: ranges(data.train.len(), train.batch_size).count(),
            epochs: train.epochs,
            early_stop: train.early_stop,
            lr: train.lr,
            parameters: state.model.parameters(),
            device: self.compute.name.clone(),
            data: data.source.clone(),
            fingerprint: data.fingerprint.clone(),
            demo: data.demo,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            writer: runs::writer::this(),
            imported: None,
        })))
    }

    /// Continue the record where the saved state stands.
    fn go_on(&mut self, state: &mut TrainingState) -> Result<()> {
        let history = &self.recorder.history;
        let known = history.epoch(state.policies.epoch).is_some();
        ensure!(
            known || state.policies.epoch == 0,
            "the event log {} lacks epoch {}, which the saved state has; start a new run",
            self.recorder.dir.events().display(),
            state.policies.epoch
        );
        let epoch = state.policies.epoch;
        self.recorder.record(RunEvent::ResumedFrom { epoch, writer: runs::writer::this() })?;
        let Some(best) = state.policies.best.clone() else { return Ok(()) };
        // The state is written before the best model: a crash between the two left an older best
        // model behind, and the newer one is the state's.
        if best.epoch == epoch && best_epoch_on_disk(self.recorder) != Some(epoch) {
            let validation = self.validate(&state.model)?;
            self.save_val_predictions(&validation)?;
            self.save_best(&state.model, &best)?;
        }
        if self.recorder.history.best != Some((best.epoch, best.val_loss)) {
            self.recorder.record(RunEvent::Checkpointed { epoch: best.epoch, val_loss: best.val_loss })?;
        }
        Ok(())
    }

    /// Train one epoch, validate, save, and let the policies decide.
    fn epoch(&mut self, state: &mut TrainingState) -> Result<Epoch> {
        let start = Instant::now();
        let mut paused_for = Duration::ZERO;
        let epoch = state.policies.epoch + 1;
        let done = self.train_epoch(state, epoch, &mut paused_for)?;
        let Epoch::Done { train_loss, stop } = done else { return Ok(done) };
        let trained = start.elapsed().saturating_sub(paused_for);

        self.outbox.progress(Progress::Validating { epoch });
        let validation = self.validate(&state.model)?;
        let val = validation.result.clone();
        let seconds = start.elapsed().saturating_sub(paused_for).as_secs_f64();

        let policies = &mut state.policies;
        let lr = policies.plateau.lr();
        let is_best = policies.stopping.observe(val.loss);
        let changed_from = policies.plateau.observe(val.loss);
        policies.epoch = epoch;
        policies.seconds += seconds;
        let finished = EpochFinished {
            epoch,
            train_loss,
            val_loss: val.loss,
            val: val.scores,
            confusion: val.confusion,
            lr,
            bad_epochs: policies.stopping.bad_epochs(),
            seconds,
            clips_per_second: self.loaded.data.train.len() as f64 / trained.as_secs_f64(),
        };
        if is_best {
            policies.best = Some(finished.clone());
        }
        self.recorder.record(RunEvent::EpochFinished(Box::new(finished.clone())))?;
        // The state first: resuming can rebuild the best model from it, but not the other way round.
        state.save(&self.recorder.dir.last())?;
        if is_best {
            self.save_val_predictions(&validation)?;
            self.save_best(&state.model, &finished)?;
            self.recorder.record(RunEvent::Checkpointed { epoch, val_loss: finished.val_loss })?;
        }
        if let Some(from) = changed_from {
            self.recorder.record(RunEvent::LrChanged { epoch, from, to: state.policies.plateau.lr() })?;
        }
        Ok(Epoch::Done { train_loss, stop })
    }

    /// Every batch of the training split once, in random order.
    fn train_epoch(&mut self, state: &mut TrainingState, epoch: usize, paused_for: &mut Duration) -> Result<Epoch> {
        let train = &self.config.train;
        let mut dropout_rng = stream(train.seed, Purpose::Dropout, epoch);
        let clips = self.loaded.tensors.train.shuffled(&mut stream(train.seed, Purpose::Shuffle, epoch));
        let batches = ranges(clips.clips(), train.batch_size).count();
        let start = Instant::now();
        let paused_before = *paused_for;
        let mut losses = StepLosses::new(epoch, state.policies.steps);
        let mut stop = false;
        for (index, batch) in clips.batches(train.batch_size).enumerate() {
            control::repeat(&self.recorder.history.changes, &mut state.policies);
            match self.heed(state, epoch, paused_for)? {
                Order::GoOn => {}
                Order::Stop(StopMode::AfterEpoch) => stop = true,
                Order::Stop(how @ (StopMode::Now | StopMode::Discard)) => {
                    losses.flush(self.recorder)?;
                    return Ok(Epoch::Stopped(how));
                }
            }
            let mut pass = Pass::Train(Dropout { probability: self.config.model.dropout, rng: &mut dropout_rng });
            let lr = state.policies.plateau.lr();
            let loss = step(state, batch, &mut pass, lr)?;
            losses.push(loss, self.recorder)?;
            let seconds = start.elapsed().saturating_sub(paused_for.saturating_sub(paused_before)).as_secs_f64();
            self.outbox.progress(Progress::Training {
                epoch,
                epochs: self.epochs(state),
                batch: index + 1,
                batches,
                clips_per_second: ((index + 1) * train.batch_size).min(clips.clips()) as f64 / seconds,
            });
        }
        Ok(Epoch::Done { train_loss: losses.mean(self.recorder)?, stop })
    }

    fn validate(&mut self, model: &Fusion) -> Result<Evaluation> {
        let (data, tensors) = (&self.loaded.data, &self.loaded.tensors);
        let batch_size = self.config.train.batch_size;
        let mut model = model.inference();
        let sign = || self.recorder.beat();
        evaluate(&mut model, &tensors.val, &data.val.labels, data.classes.len(), batch_size, sign).context("validating")
    }

    /// Before the best model: with that on disk, what it predicts is too.
    fn save_val_predictions(&self, validation: &Evaluation) -> Result<()> {
        let data = &self.loaded.data;
        let probabilities = &validation.probabilities;
        let text = results::prediction_csv(&data.val.ids, &data.val.labels, probabilities, &data.classes)?;
        replace(&self.recorder.dir.val_predictions(), text.as_bytes())
    }

    fn save_best(&self, model: &Fusion, epoch: &EpochFinished) -> Result<()> {
        let origin = Origin { mode: self.config.model.mode, epoch: epoch.epoch, demo: self.loaded.data.demo };
        write_model(model, &origin, &self.recorder.dir.best())
    }

    /// Test the best checkpoint and write what a finished run leaves.
    fn finish(&mut self, state: &TrainingState, outcome: Outcome) -> Result<()> {
        let policies = &state.policies;
        let mut finished = Finished {
            outcome,
            epochs: policies.epoch,
            best_epoch: policies.best.as_ref().map(|best| best.epoch),
            val: None,
            test: None,
            seconds: policies.seconds,
        };
        if let Some(best) = &policies.best {
            self.outbox.progress(Progress::Testing);
            finished.val =
                Some(SplitResult { loss: best.val_loss, scores: best.val, confusion: best.confusion.clone() });
            finished.test = Some(self.test(&state.model)?);
        }
        // Whoever sent something meanwhile need not wait for an answer.
        while self.recorder.sent_here(|_| Err("it came too late: the run had ended".to_owned()))?.is_some() {}
        self.recorder.record(RunEvent::Finished(Box::new(finished)))
    }

    fn test(&mut self, model: &Fusion) -> Result<SplitResult> {
        let (dir, data) = (self.recorder.dir.clone(), &self.loaded.data);
        let mut best = model.inference();
        Checkpoint::read(&dir.best())?.load_model("", &mut best)?;
        let batch_size = self.config.train.batch_size;
        let classes = &data.classes;
        let (tensors, sign) = (&self.loaded.tensors, || self.recorder.beat());
        let test = evaluate(&mut best, &tensors.test, &data.test.labels, classes.len(), batch_size, sign)
            .context("testing")?;
        let predictions = results::prediction_csv(&data.test.ids, &data.test.labels, &test.probabilities, classes)?;
        replace(&dir.predictions(), predictions.as_bytes())?;
        let scores = &test.result.scores;
        let summary = results::result_txt(&test.result.confusion, scores.log_loss, classes, data.demo);
        replace(&dir.result(), summary.as_bytes())?;
        Ok(test.result)
    }
}

/// The metadata key of a model's file that its [`Origin`] stands under.
const ORIGIN: &str = "avsc_tui.origin";

/// Where a model came from.
#[derive(Serialize, Deserialize)]
struct Origin {
    mode: Mode,
    epoch: usize,
    /// Trained on the generated demo set.
    demo: bool,
}

impl Origin {
    fn of(checkpoint: &Checkpoint) -> Option<Self> {
        serde_json::from_str(checkpoint.metadata.get(ORIGIN)?).ok()
    }
}

/// Write `model` alone to `path`, whole or not at all.
fn write_model(model: &Fusion, origin: &Origin, path: &Path) -> Result<()> {
    let mut arrays = Arrays::default();
    arrays.push_model("", model)?;
    arrays.write(path, ORIGIN, &serde_json::to_string(origin)?)
}

fn best_epoch_on_disk(recorder: &Recorder) -> Option<usize> {
    Some(Origin::of(&Checkpoint::read(&recorder.dir.best()).ok()?)?.epoch)
}

/// The mode that a best model says it is of.
#[must_use]
pub fn origin_mode(checkpoint: &Checkpoint) -> Option<Mode> {
    Origin::of(checkpoint).map(|origin| origin.mode)
}

/// Forward, backward, update: one step of the optimiser. The loss, `[1]`, stays on the device.
///
/// # Errors
/// If the device fails.
pub fn step(state: &mut TrainingState, batch: Batch, pass: &mut Pass<'_>, lr: f64) -> Result<Tensor<1>> {
    state.policies.steps += 1;
    let logits = state.model.forward(batch.audio.autodiff(), batch.video.autodiff(), pass); // [batch, classes]
    let loss = -log_softmax(logits, 1).gather(1, batch.labels.autodiff()).mean(); // [1]
    let mut gradients = loss.backward();
    state.adam.update(&mut state.model, &mut gradients, lr, state.policies.steps)?;
    Ok(loss.inner())
}

/// The losses of an epoch's steps, on their way from the device to the log.
struct StepLosses {
    epoch: usize,
    /// Number of the first pending step, counted over the run from 0.
    first: u64,
    pending: Vec<Tensor<1>>,
    last_read: Instant,
    values: Vec<f64>,
}

impl StepLosses {
    fn new(epoch: usize, first: u64) -> Self {
        Self { epoch, first, pending: Vec::new(), last_read: Instant::now(), values: Vec::new() }
    }

    fn push(&mut self, loss: Tensor<1>, recorder: &mut Recorder) -> Result<()> {
        self.pending.push(loss);
        if self.last_read.elapsed() >= READ_BACK { self.flush(recorder) } else { Ok(()) }
    }

    fn flush(&mut self, recorder: &mut Recorder) -> Result<()> {
        self.last_read = Instant::now();
        if self.pending.is_empty() {
            return Ok(());
        }
        let losses = Tensor::cat(std::mem::take(&mut self.pending), 0);
        let losses = losses.try_into_data_as::<f32>().context("reading the losses back from the device")?;
        let losses = losses.try_to_vec::<f32>().context("reading the losses back from the device")?;
        self.values.extend(losses.iter().map(|&loss| f64::from(loss)));
        let first = self.first;
        self.first += losses.len() as u64;
        recorder.record(RunEvent::Steps { epoch: self.epoch, first, losses })
    }

    /// Unweighted mean over the epoch's steps.
    fn mean(mut self, recorder: &mut Recorder) -> Result<f64> {
        self.flush(recorder)?;
        Ok(mean(&self.values))
    }
}
