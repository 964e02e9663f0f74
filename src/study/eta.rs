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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        config::Config,
        study::{Figure, Tracked, plan::Trial},
    };

    /// Mode, standing, and seconds so far of a trial.
    type Given = (&'static str, Standing, f64);

    /// Why it stands here, trials, those to be trained, workers, and the seconds that are left.
    type Case<'a> = (&'a str, &'a [Given], &'a [usize], usize, Option<f64>);

    /// A study of these trials.
    fn study(trials: &[Given]) -> (Plan, Board) {
        let trial = |(mode, _, _): &Given| Trial {
            id: "0".repeat(16),
            settings: String::new(),
            overrides: [("model.mode".to_owned(), Value::from(*mode))].into_iter().collect(),
            data: 0,
        };
        let plan = Plan {
            v: 1,
            name: "s".to_owned(),
            file: "s.toml".into(),
            figure: Figure::ValLogLoss,
            stop: None,
            slurm: crate::study::engine::slurm::Slurm::default(),
            slurm_from: Vec::new(),
            version: String::new(),
            base: Config::default(),
            blocks: Vec::new(),
            data: Vec::new(),
            trials: trials.iter().map(trial).collect(),
        };
        let tracked = |(_, standing, seconds): &Given| Tracked {
            standing: standing.clone(),
            seconds: *seconds,
            ..Tracked::default()
        };
        (plan, Board { trials: trials.iter().map(tracked).collect() })
    }

    #[test]
    fn what_is_left_is_what_the_finished_of_a_mode_needed() {
        use Standing::{Done, Interrupted, Live, Pending};
        let ended = || Standing::Terminated("hopeless".to_owned());
        let failed = || Standing::Failed(Vec::new());
        let cases: [Case<'_>; 9] = [
            ("nothing has finished", &[("late", Live, 5.0), ("late", Pending, 0.0)], &[1], 1, None),
            ("one that failed tells nothing", &[("late", failed(), 5.0), ("late", Pending, 0.0)], &[1], 1, None),
            ("one to come", &[("late", Done, 10.0), ("late", Pending, 0.0)], &[1], 1, Some(10.0)),
            (
                "the mean of its mode",
                &[("late", Done, 10.0), ("late", Done, 20.0), ("mid", Done, 90.0), ("late", Pending, 0.0)],
                &[3],
                1,
                Some(15.0),
            ),
            ("no such mode yet: all of them", &[("late", Done, 10.0), ("mid", Pending, 0.0)], &[1], 1, Some(10.0)),
            ("one that a rule ended counts", &[("late", ended(), 4.0), ("late", Pending, 0.0)], &[1], 1, Some(4.0)),
            ("what was spent is spent", &[("late", Done, 10.0), ("late", Live, 4.0)], &[], 1, Some(6.0)),
            (
                "more than expected is not less than nothing",
                &[("late", Done, 10.0), ("late", Live, 14.0)],
                &[],
                1,
                Some(0.0),
            ),
            (
                "several at a time",
                &[("late", Done, 10.0), ("late", Live, 5.0), ("late", Interrupted, 5.0), ("late", Pending, 0.0)],
                &[2, 3],
                2,
                Some(10.0),
            ),
        ];
        for (reason, trials, todo, workers, expected) in cases {
            let (plan, board) = study(trials);
            assert_eq!(remaining(&plan, &board, todo, workers), expected, "{reason}");
        }
    }
}
