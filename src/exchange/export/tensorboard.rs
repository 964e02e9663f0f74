//! A run as TensorBoard's event file: scalars by step and epoch, the confusion as a picture, the
//! settings for the HPARAMS tab.
//!
//! An event file is a sequence of `TFRecord`s, each an `Event` message between its length and two
//! masked checksums.

mod figure;
mod messages;

use anyhow::{Context as _, Result};
use prost::Message as _;

use super::mode;
use crate::{
    metrics::Confusion,
    protocol::{RunStarted, SplitResult},
    runs::{RunEntry, State},
};
use messages::{
    Event, Experiment, Hparam, HparamInfo, HparamsData, Image, Metadata, MetricInfo, MetricName, PluginData,
    SessionEnd, SessionStart, Summary, SummaryValue,
};

/// The scores that the HPARAMS tab sets beside the settings.
const METRICS: [&str; 4] = ["val/loss", "val/accuracy", "test/accuracy", "test/log_loss"];

/// The name by which TensorBoard knows an event file: the time of the run's start, and the run.
pub fn file_name(run: &RunEntry) -> String {
    let seconds = run.history.started_at.div_euclid(1000).max(0);
    format!("events.out.tfevents.{seconds:010}.avsc-tui.{}", run.name)
}

/// The content of the event file.
///
/// # Errors
/// If a picture cannot be drawn.
pub fn encode(run: &RunEntry) -> Result<Vec<u8>> {
    let history = &run.history;
    let mut file = File { bytes: Vec::new() };
    let began = seconds(history.started_at);
    file.put(&Event { wall_time: began, file_version: Some("brain.Event:2".to_owned()), ..Event::default() });
    let started = history.started.as_deref();
    if let Some(started) = started {
        file.summary(began, 0, settings(run, started, began));
    }
    for (step, loss) in (1_i64..).zip(&history.step_losses) {
        let at = step_time(run, step as usize);
        file.summary(at, step, scalars(&[("train/step_loss", f64::from(*loss))]));
    }
    for record in &history.epochs {
        let epoch = &record.result;
        let values = scalars(&[
            ("train/loss", epoch.train_loss),
            ("val/loss", epoch.val_loss),
            ("val/accuracy", epoch.val.accuracy),
            ("val/log_loss", epoch.val.log_loss),
            ("val/macro_f1", epoch.val.macro_f1),
            ("train/lr", epoch.lr),
            ("train/clips_per_second", epoch.clips_per_second),
        ]);
        file.summary(seconds(record.t), epoch.epoch as i64, values);
    }
    let names = started.map(|started| started.classes.as_slice()).unwrap_or_default();
    let ended = seconds(history.updated_at);
    if let Some(best) = history.best_epoch() {
        file.summary(ended, best.epoch as i64, picture("val/confusion", &best.confusion, names)?);
    }
    if let Some(finished) = history.finished() {
        let step = finished.best_epoch.unwrap_or(0) as i64;
        if let Some(SplitResult { scores, confusion, .. }) = &finished.test {
            let values = scalars(&[
                ("test/accuracy", scores.accuracy),
                ("test/log_loss", scores.log_loss),
                ("test/macro_f1", scores.macro_f1),
            ]);
            file.summary(ended, step, values);
            file.summary(ended, step, picture("test/confusion", confusion, names)?);
        }
    }
    let status = match &history.state {
        State::Ended(_) => SessionEnd::SUCCESS,
        State::Failed(_) => SessionEnd::FAILURE,
        State::Empty | State::Training | State::Paused | State::Stopping(_) => SessionEnd::UNKNOWN,
    };
    let end = HparamsData { end: Some(SessionEnd { status, end_time_secs: ended }), ..HparamsData::default() };
    file.summary(ended, 0, vec![hparams("_hparams_/session_end_info", &end)]);
    Ok(file.bytes)
}

struct File {
    bytes: Vec<u8>,
}

impl File {
    fn put(&mut self, event: &Event) {
        let data = event.encode_to_vec();
        let length = (data.len() as u64).to_le_bytes();
        self.bytes.extend(length);
        self.bytes.extend(masked(&length).to_le_bytes());
        self.bytes.extend(&data);
        self.bytes.extend(masked(&data).to_le_bytes());
    }

    fn summary(&mut self, wall_time: f64, step: i64, value: Vec<SummaryValue>) {
        if !value.is_empty() {
            self.put(&Event { wall_time, step, summary: Some(Summary { value }), ..Event::default() });
        }
    }
}

/// `TFRecord`'s checksum: that of data which holds checksums must not be one of them.
fn masked(bytes: &[u8]) -> u32 {
    crc32c::crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8)
}

fn seconds(ms: i64) -> f64 {
    ms as f64 / 1000.0
}

/// When `step`, from 1, was done: evenly spread over its epoch.
fn step_time(run: &RunEntry, step: usize) -> f64 {
    let batches = run.history.started.as_ref().map_or(1, |started| started.batches.max(1));
    match run.history.epochs.get((step - 1) / batches) {
        Some(record) => {
            let done = ((step - 1) % batches + 1) as f64 / batches as f64;
            seconds(record.t) - record.result.seconds * (1.0 - done)
        }
        None => seconds(run.history.updated_at),
    }
}

/// What is not known is left out.
fn scalars(values: &[(&str, f64)]) -> Vec<SummaryValue> {
    let known = values.iter().filter(|(_, value)| !value.is_nan());
    known
        .map(|&(tag, value)| SummaryValue {
            tag: tag.to_owned(),
            simple_value: Some(value as f32),
            ..SummaryValue::default()
        })
        .collect()
}

fn picture(tag: &str, confusion: &Confusion, names: &[String]) -> Result<Vec<SummaryValue>> {
    let Some((width, height, png)) = figure::png(confusion, names).context("drawing the confusion")? else {
        return Ok(Vec::new());
    };
    // Three colour channels.
    let image = Image { height: height as i32, width: width as i32, colorspace: 3, encoded_image_string: png };
    Ok(vec![SummaryValue { tag: tag.to_owned(), image: Some(image), ..SummaryValue::default() }])
}

/// The settings, in the three messages of the HPARAMS plugin's first half.
fn settings(run: &RunEntry, started: &RunStarted, began: f64) -> Vec<SummaryValue> {
    let number = |value: f64| Hparam { number: Some(value), text: None };
    let mut hparams_of: Vec<(&str, Hparam)> = vec![
        ("mode", Hparam { number: None, text: Some(mode(run).to_owned()) }),
        ("batch_size", number(started.batch_size as f64)),
        ("epochs", number(started.epochs as f64)),
        ("early_stop", number(started.early_stop as f64)),
    ];
    if started.imported.is_none() {
        hparams_of.push(("seed", number(started.seed as f64)));
    }
    if started.lr.is_finite() {
        hparams_of.push(("lr", number(started.lr)));
    }
    if let Some(config) = &run.config {
        hparams_of
            .extend([("weight_decay", number(config.train.weight_decay)), ("dropout", number(config.model.dropout))]);
    }
    let info = |(name, value): &(&str, Hparam)| HparamInfo {
        name: (*name).to_owned(),
        kind: if value.text.is_some() { HparamInfo::TEXT } else { HparamInfo::NUMBER },
    };
    let metric = |tag: &&str| MetricInfo { name: Some(MetricName { tag: (*tag).to_owned() }) };
    let experiment = Experiment {
        hparam_infos: hparams_of.iter().map(info).collect(),
        metric_infos: METRICS.iter().map(metric).collect(),
    };
    let start = SessionStart {
        hparams: hparams_of.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        group_name: run.name.clone(),
        start_time_secs: began,
    };
    vec![
        hparams("_hparams_/experiment", &HparamsData { experiment: Some(experiment), ..HparamsData::default() }),
        hparams("_hparams_/session_start_info", &HparamsData { start: Some(start), ..HparamsData::default() }),
    ]
}

fn hparams(tag: &str, data: &HparamsData) -> SummaryValue {
    let plugin = PluginData { plugin_name: "hparams".to_owned(), content: data.encode_to_vec() };
    let metadata = Some(Metadata { plugin_data: Some(plugin) });
    SummaryValue { tag: tag.to_owned(), metadata, ..SummaryValue::default() }
}
