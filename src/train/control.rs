//! Settings that a person changes while the run trains.
//!
//! A change is recorded with the step that it holds from; the record is also what a resumed run, which
//! trains the steps after its last saved state once more, repeats the change from.

use anyhow::Result;

use super::{recorder::Recorder, state::Policies};
use crate::{
    config::Config,
    protocol::{RunEvent, Setting},
    runs::history::Change,
};

/// Record that `key` is `value` from the next step on, and make it so. What
/// is so already is no change.
///
/// # Errors
/// If it cannot be recorded; nothing is changed then.
pub fn set(recorder: &mut Recorder, policies: &mut Policies, config: &Config, key: Setting, value: f64) -> Result<()> {
    let from = value_of(policies, key).unwrap_or_else(|| key.of(config));
    if from.to_bits() == value.to_bits() {
        return Ok(());
    }
    let (epoch, step) = (policies.epoch + 1, policies.steps);
    recorder.record(RunEvent::SettingChanged { epoch, step, key, from, to: value })?;
    apply(policies, key, value);
    Ok(())
}

/// Make the changes that the record has at the step that comes next.
pub fn repeat(changes: &[Change], policies: &mut Policies) {
    let step = policies.steps;
    for change in changes.iter().filter(|change| change.step == step) {
        apply(policies, change.key, change.to);
    }
}

/// What `key` is now; none where it is as the settings have it.
fn value_of(policies: &Policies, key: Setting) -> Option<f64> {
    match key {
        Setting::Lr => Some(policies.plateau.lr()),
        Setting::EarlyStop => Some(policies.stopping.patience() as f64),
        Setting::Epochs => policies.epochs.map(|epochs| epochs as f64),
    }
}

fn apply(policies: &mut Policies, key: Setting, value: f64) {
    match key {
        Setting::Lr => policies.plateau.set_lr(value),
        Setting::EarlyStop => policies.stopping.set_patience(value as usize),
        Setting::Epochs => policies.epochs = Some(value as usize),
    }
}
