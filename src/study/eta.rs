//! How long a study still takes.

use std::collections::HashMap;

use toml::Value;

use super::{Board, Plan, Standing};

/// Seconds until the trials `todo`, and those that are live, are trained by `workers` at a time. A
/// trial is taken to need what the finished ones of its mode needed on average. None before the first
/// has finished.
#[must_use]
pub fn remaining(plan: &Plan, board: &Board, todo: &[usize], workers: usize) -> Option<f64> {
    let mode = |index: usize| {
        let own = plan.trials.get(index).and_then(|trial| trial.overrides.get("model.mode"));
        own.and_then(Value::as_str).unwrap_or_else(|| plan.base.model.mode.name())
    };
    let mut sums: HashMap<&str, (f64, usize)> = HashMap::new();
    let mut all = (0.0, 0_usize);
    for (index, trial) in board.trials.iter().enumerate() {
        if matches!(trial.standing, Standing::Done | Standing::Terminated(_)) && trial.seconds > 0.0 {
            for sum in [sums.entry(mode(index)).or_default(), &mut all] {
                *sum = (sum.0 + trial.seconds, sum.1 + 1);
            }
        }
    }
    if all.1 == 0 {
        return None;
    }
    let mean = |(seconds, trials): (f64, usize)| seconds / trials as f64;
    let live = board.trials.iter().enumerate().filter(|(_, trial)| trial.standing == Standing::Live);
    let left = live.map(|(index, _)| index).chain(todo.iter().copied()).map(|index| {
        let whole = mean(sums.get(mode(index)).copied().unwrap_or(all));
        let spent = board.trials.get(index).map_or(0.0, |trial| trial.seconds);
        (whole - spent).max(0.0)
    });
    Some(left.sum::<f64>() / workers.max(1) as f64)
}
