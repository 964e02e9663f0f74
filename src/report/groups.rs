//! Runs that differ in nothing but the seed stand for one model.

use std::collections::{BTreeMap, BTreeSet};

use crate::{config::Mode, metrics::Scores, runs::Spread};

use super::{
    protocol::Protocol,
    settings::{self, Settings},
    subject::Subject,
};

/// The tested runs of one mode, recipe and protocol.
#[derive(Debug)]
pub struct Group<'a> {
    pub mode: Mode,
    pub settings: Settings,
    /// One a seed, by seed.
    pub runs: Vec<&'a Subject>,
    /// Further runs of a seed that is there already; the newest one counts.
    pub repeats: Vec<&'a Subject>,
    /// `late`, or `late, batch size 32` where the recipe is not the one that most modes share.
    pub label: String,
}

impl<'a> Group<'a> {
    /// The run with the lowest validation log loss.
    pub fn chosen(&self) -> Option<&'a Subject> {
        self.runs.iter().copied().min_by(|a, b| a.val_log_loss().total_cmp(&b.val_log_loss()))
    }

    pub fn test(&self, score: fn(&Scores) -> f64) -> Option<Spread> {
        Spread::of(&self.runs.iter().filter_map(|run| run.test()).map(|test| score(&test.scores)).collect::<Vec<_>>())
    }

    pub fn val(&self, score: fn(&Scores) -> f64) -> Option<Spread> {
        Spread::of(&self.runs.iter().filter_map(|run| run.val_score(score)).collect::<Vec<_>>())
    }

    /// Mean validation log loss, for choosing.
    pub fn val_log_loss(&self) -> f64 {
        let mean = self.val(|scores| scores.log_loss).map_or(f64::INFINITY, |spread| spread.mean);
        if mean.is_nan() { f64::INFINITY } else { mean }
    }
}

/// The models that were measured by one protocol.
#[derive(Debug)]
pub struct Measured<'a> {
    pub protocol: Protocol,
    /// In the order of the modes, then of the settings; never by a score.
    pub groups: Vec<Group<'a>>,
    /// The recipe that most modes share.
    pub reference: Settings,
    /// Settings that are not the same in all groups.
    pub varied: Vec<String>,
}

/// Runs of one mode that differ in one setting.
#[derive(Debug)]
pub struct Slice<'g, 'a> {
    pub mode: Mode,
    pub key: String,
    /// The other settings that are not the reference's.
    pub apart: String,
    /// By value.
    pub groups: Vec<(String, &'g Group<'a>)>,
}

impl<'a> Measured<'a> {
    /// Group the tested runs by protocol, the first run's first.
    pub fn all(subjects: &'a [Subject]) -> Vec<Self> {
        let mut protocols: Vec<(Protocol, Vec<&Subject>)> = Vec::new();
        for subject in subjects.iter().filter(|subject| subject.test().is_some()) {
            let Some(protocol) = Protocol::of(subject) else { continue };
            match protocols.iter_mut().find(|(known, _)| *known == protocol) {
                Some((_, runs)) => runs.push(subject),
                None => protocols.push((protocol, vec![subject])),
            }
        }
        protocols.into_iter().map(|(protocol, runs)| Self::new(protocol, &runs)).collect()
    }

    fn new(protocol: Protocol, runs: &[&'a Subject]) -> Self {
        let recipes = runs.iter().filter_map(|run| Some((run.mode()?, settings::recipe(run))));
        let reference = reference(&recipes.collect());
        let mut by_recipe: BTreeMap<(Mode, Settings), Vec<&'a Subject>> = BTreeMap::new();
        for run in runs {
            if let Some(mode) = run.mode() {
                let mut recipe = settings::recipe(run);
                // What the mode does not look at is no difference, and makes no group of its own.
                for (key, value) in recipe.iter_mut().filter(|(key, _)| !settings::matters(mode, key)) {
                    if let Some(shared) = reference.get(key) {
                        value.clone_from(shared);
                    }
                }
                by_recipe.entry((mode, recipe)).or_default().push(run);
            }
        }
        let keys: BTreeSet<String> = by_recipe.keys().flat_map(|(_, settings)| settings.keys().cloned()).collect();
        let differs = |key: &String| {
            let mut values = by_recipe.keys().map(|(_, settings)| settings.get(key));
            let first = values.next();
            values.any(|value| Some(value) != first)
        };
        let varied: Vec<String> = keys.into_iter().filter(differs).collect();
        let groups =
            by_recipe.into_iter().map(|((mode, settings), runs)| group(mode, settings, runs, &reference, &varied));
        let mut groups: Vec<Group<'a>> = groups.collect();
        groups.sort_by_key(|group| (group.mode, group.settings != reference));
        Self { protocol, groups, reference, varied }
    }

    /// The groups of the recipe that most modes share, in the order of the modes.
    pub fn compared(&self) -> Vec<&Group<'a>> {
        self.groups.iter().filter(|group| group.settings == self.reference).collect()
    }

    /// Where runs of one mode differ in one setting, all such.
    pub fn slices(&self) -> Vec<Slice<'_, 'a>> {
        let mut slices: BTreeMap<(Mode, &String, Settings), Vec<&Group<'a>>> = BTreeMap::new();
        for group in &self.groups {
            for key in &self.varied {
                let mut rest = group.settings.clone();
                rest.remove(key);
                slices.entry((group.mode, key, rest)).or_default().push(group);
            }
        }
        let mut found = Vec::new();
        for ((mode, key, rest), groups) in slices.into_iter().filter(|(_, groups)| groups.len() > 1) {
            let others: Vec<String> = self.varied.iter().filter(|other| *other != key).cloned().collect();
            let mut values: Vec<String> = groups.iter().map(|group| settings::value(&group.settings, key)).collect();
            settings::in_order(&mut values);
            let of_value = |value: String| {
                let group = *groups.iter().find(|group| settings::value(&group.settings, key) == value)?;
                Some((value, group))
            };
            let groups = values.into_iter().filter_map(of_value).collect();
            found.push(Slice { mode, key: key.clone(), apart: apart(&rest, &self.reference, &others), groups });
        }
        found
    }
}

/// The recipe of the most modes; of equals the one with the most defaults, then the first.
fn reference(recipes: &BTreeSet<(Mode, Settings)>) -> Settings {
    let modes: BTreeMap<&Settings, usize> = recipes
        .iter()
        .map(|(_, settings)| {
            let like = |(mode, other): &&(Mode, Settings)| {
                let same =
                    |(key, value): (&String, &String)| !settings::matters(*mode, key) || other.get(key) == Some(value);
                other.len() == settings.len() && settings.iter().all(same)
            };
            let modes: BTreeSet<Mode> = recipes.iter().filter(like).map(|(mode, _)| *mode).collect();
            (settings, modes.len())
        })
        .collect();
    let defaults = settings::defaults();
    let usual = |settings: &Settings| settings.iter().filter(|(key, value)| defaults.get(*key) == Some(value)).count();
    // The last of equals would win, so the order is turned round.
    let most = modes.into_iter().rev().max_by_key(|(settings, modes)| (*modes, usual(settings)));
    most.map(|(settings, _)| settings.clone()).unwrap_or_default()
}

fn group<'a>(
    mode: Mode,
    settings: Settings,
    runs: Vec<&'a Subject>,
    reference: &Settings,
    varied: &[String],
) -> Group<'a> {
    let mut by_seed: BTreeMap<u64, Vec<&Subject>> = BTreeMap::new();
    for run in runs {
        by_seed.entry(run.seed()).or_default().push(run);
    }
    let (mut counted, mut repeats) = (Vec::new(), Vec::new());
    for (_, mut runs) in by_seed {
        runs.sort_by_key(|run| (run.history().started_at, run.run.name.clone()));
        counted.extend(runs.pop());
        repeats.extend(runs);
    }
    let apart = apart(&settings, reference, varied);
    let label = if apart.is_empty() { mode.to_string() } else { format!("{mode}, {apart}") };
    Group { mode, settings, runs: counted, repeats, label }
}

/// `batch size 32, dropout 0.5`: where `settings` are not the reference's.
fn apart(settings: &Settings, reference: &Settings, keys: &[String]) -> String {
    let differs = |key: &&String| settings.get(*key) != reference.get(*key);
    let named = |key: &String| format!("{} {}", settings::name(key), settings::value(settings, key));
    keys.iter().filter(differs).map(named).collect::<Vec<_>>().join(", ")
}
