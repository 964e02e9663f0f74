//! What the run directories tell of a study's trials.

use std::{
    collections::{HashMap, HashSet},
    fs,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use rayon::prelude::*;

use super::{Board, Plan, Standing, Tracked, board, identity, plan::Trial};
use crate::{
    config::StudyConfig,
    runs::{History, RunDir, State, list},
};

/// A run of another host that has been silent for so long is taken for dead: a live one writes
/// several times a second, a paused one every ten seconds. The lock on its log has the last word.
pub(super) const SILENCE_MS: i64 = 10 * 60 * 1000;

/// A run that may be a trial.
#[derive(Debug)]
struct Candidate {
    study: StudyConfig,
    /// Data and version; none where the run was killed before it wrote them.
    origin: Option<(String, String)>,
    tracked: Tracked,
}

/// Read how far the trials of `plan` have come from the runs in `runs`, and name in the second list
/// what could not be read. `now` tells the silent from the living.
#[must_use]
pub fn read(runs: &Path, plan: &Plan, now: Timestamp) -> (Board, Vec<String>) {
    let (dirs, mut problems) = directories(runs);
    let wanted: HashSet<&str> = plan.trials.iter().map(|trial| trial.settings.as_str()).collect();
    let read: Vec<_> = dirs.into_par_iter().filter_map(|dir| candidate(&RunDir::at(dir), plan, &wanted, now)).collect();
    let mut candidates: HashMap<String, Vec<Candidate>> = HashMap::new();
    for found in read {
        match found {
            Ok((settings, candidate)) => candidates.entry(settings).or_default().push(candidate),
            Err(problem) => problems.push(problem),
        }
    }
    let trials = plan.trials.iter().map(|trial| {
        let runs = candidates.get(&trial.settings).into_iter().flatten().filter(|run| run.serves(plan, trial));
        // Of equals the newest, which has the last name.
        let best = runs.max_by_key(|run| (run.tracked.standing.weight(), run.tracked.dir.clone()));
        best.map_or_else(Tracked::default, |run| run.tracked.clone())
    });
    (Board { trials: trials.collect() }, problems)
}

fn directories(runs: &Path) -> (Vec<PathBuf>, Vec<String>) {
    match fs::read_dir(runs) {
        Ok(entries) => {
            let paths = entries.flatten().map(|entry| entry.path());
            (paths.filter(|path| RunDir::at(path).config().is_file()).collect(), Vec::new())
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => (Vec::new(), Vec::new()),
        Err(error) => (Vec::new(), vec![format!("reading the runs folder {}: {error}", runs.display())]),
    }
}

/// The run in `dir` with the identity of its settings; none where these are no trial's.
fn candidate(
    dir: &RunDir,
    plan: &Plan,
    wanted: &HashSet<&str>,
    now: Timestamp,
) -> Option<Result<(String, Candidate), String>> {
    let config = match dir.read_config() {
        Ok(config) => config,
        Err(error) => return Some(Err(format!("{error:#}"))),
    };
    let settings = identity::settings(&config);
    if !wanted.contains(settings.as_str()) {
        return None;
    }
    let (history, gone) = if dir.events().is_file() {
        match list::read(dir, &mut Vec::new()) {
            Ok(run) => (run.history, run.interrupted),
            Err(error) => return Some(Err(format!("{error:#}"))),
        }
    } else {
        (History::default(), true)
    };
    if history.imported().is_some() {
        // Another program trained it.
        return None;
    }
    let started = history.started.as_ref();
    let origin = started.map(|started| (started.fingerprint.clone(), started.version.clone()));
    let silent = now.as_millisecond().saturating_sub(history.updated_at) > SILENCE_MS;
    let here = history.writer.as_ref().is_none_or(crate::runs::writer::is_here);
    let standing = match &history.state {
        State::Ended(finished) => board::ended(finished.outcome, history.stop_reason.clone()),
        State::Failed(errors) => Standing::Failed(errors.clone()),
        _ if gone || origin.is_none() || (!here && silent) => Standing::Interrupted,
        _ => Standing::Live,
    };
    // A rule that is not in force any more ends nothing.
    let standing = match standing {
        Standing::Terminated(_) if plan.stop.is_none() => Standing::Stopped,
        standing => standing,
    };
    let figure = plan.figure;
    let curve = history.epochs.iter().filter_map(|epoch| figure.after(&epoch.result));
    let tracked = Tracked {
        standing,
        dir: Some(dir.path().to_owned()),
        curve: curve.map(|value| figure.cost(value)).collect(),
        seconds: history.trained().as_secs_f64(),
        finished: history.finished().cloned(),
        reason: history.stop_reason,
    };
    Some(Ok((settings, Candidate { study: config.study, origin, tracked })))
}

impl Candidate {
    fn serves(&self, plan: &Plan, trial: &Trial) -> bool {
        let origin = self.origin.as_ref().map(|(data, version)| (data.as_str(), version.as_str()));
        serves(&self.study, origin, &self.tracked.standing, plan, trial)
    }
}

/// True where a run of `study`, whose settings are the trial's, counts for it: it is on the same data and
/// of the same version (`origin`); and it is done, or it is the study's own, which alone the study goes on
/// with.
pub(super) fn serves(
    study: &StudyConfig,
    origin: Option<(&str, &str)>,
    standing: &Standing,
    plan: &Plan,
    trial: &Trial,
) -> bool {
    let own = study.name == plan.name;
    match origin {
        Some((data, version)) => {
            plan.fingerprint(trial) == Some(data) && version == plan.version && (own || *standing == Standing::Done)
        }
        None => own && study.trial == trial.id,
    }
}
