//! The plan that a retry trains by.

use std::collections::HashSet;

use anyhow::{Result, bail};
use toml::Table;

use super::{StudyArg, Usage, expanded, find, finish, output};
use crate::{
    cli::settings::SettingsArgs,
    config::{Layers, Problems},
    study::{Folder, Plan, engine::slurm::Slurm, engine::slurm::join::learn},
};

const VERSION: &str = env!("CARGO_PKG_VERSION");

impl StudyArg {
    /// The study's plan as its file and `settings` give it now, as a run would take it; for a study's folder
    /// the plan that it was last run by, with what changes no trial over it.
    ///
    /// # Errors
    /// If there is no study, something is wrong with it, or a setting would have no effect.
    pub(super) fn again(&self, settings: &SettingsArgs) -> Result<(Plan, Folder)> {
        if !self.study.is_dir() {
            let (mut plan, folder) = expanded(settings, &self.study)?;
            if folder.read_plan()?.is_some_and(|older| are_strangers(&plan, &older)) {
                return Err(Usage(format!(
                    "with these options {} plans none of the trials that the study {} has; give them as they were given \
                     when it was run, --data among them, or retry its folder: avsc-tui study retry {}",
                    self.study.display(),
                    plan.name,
                    folder.path().display()
                ))
                .into());
            }
            learn(&mut plan, &folder)?;
            return Ok((plan, folder));
        }
        let (mut plan, folder) = find(settings, &self.study)?;
        let file = plan.file.display().to_string();
        if plan.version != VERSION {
            bail!(
                "the study {} was planned by version {} of this program, and this is {VERSION}, whose runs do not count \
                 beside those of the other; train all of it anew with: avsc-tui study run {}",
                plan.name,
                plan.version,
                output::visible(&file)
            );
        }
        let fixed = lay(&mut plan, &folder, settings)?;
        if !fixed.is_empty() {
            let keys = output::visible(&fixed.join(", "));
            return Err(Usage(format!(
                "{keys}: the trials of a study's folder are planned already, and this would change them; change the \
                 study's file and train what is new with: avsc-tui study run {}",
                output::visible(&file)
            ))
            .into());
        }
        Ok((plan, folder))
    }
}

/// True where the plans share no trial.
fn are_strangers(plan: &Plan, older: &Plan) -> bool {
    let known: HashSet<&str> = older.trials.iter().map(|trial| trial.id.as_str()).collect();
    !plan.trials.iter().any(|trial| known.contains(trial.id.as_str()))
}

/// Put what `settings` say of Slurm, device and threads over the plan; the keys of what they say otherwise than
/// the plan does.
fn lay(plan: &mut Plan, folder: &Folder, settings: &SettingsArgs) -> Result<Vec<String>> {
    let given = finish(settings.over(Layers::new()))
        .map_err(|Problems(problems)| Problems(problems.iter().map(|problem| output::visible(problem)).collect()))?;
    let (wanted, planned) = (Table::try_from(&given)?, Table::try_from(&plan.base)?);
    let (slurm, mut own) = (Table::try_from(Slurm::from(&given.slurm))?, Table::try_from(&plan.slurm)?);
    let mut fixed = Vec::new();
    for full in settings.keys() {
        let (section, key) = full.split_once('.').unwrap_or_default();
        match (section, key) {
            ("train", "device") => plan.base.train.device.clone_from(&given.train.device),
            ("train", "threads") => plan.base.train.threads = given.train.threads,
            // A value that is empty asks for nothing.
            ("slurm", _) => match slurm.get(key) {
                Some(value) => drop(own.insert(key.to_owned(), value.clone())),
                None => drop(own.remove(key)),
            },
            ("runs", "dir") if std::path::absolute(&given.runs.dir)? == folder.runs() => {}
            _ => {
                let of = |table: &Table| table.get(section).and_then(|section| section.get(key)).cloned();
                if of(&wanted) != of(&planned) {
                    fixed.push(format!("`{full}`"));
                }
            }
        }
    }
    plan.slurm = own.try_into()?;
    Ok(fixed)
}
