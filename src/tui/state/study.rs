//! The Study screen: which study is looked at, how far it is, and from which side.

mod remembered;
mod trials;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use remembered::StudyView;
pub use trials::{Column, TrialTable};

use super::{Run, State};
use crate::{
    runs::study::{
        Course, Found, Phase, Standing, Study,
        grid::{Cell, Grid, Marginal, View},
    },
    tui::{Effect, StudyRequest, keymap::Action},
};

/// The panes of the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StudyPane {
    /// Two settings as a heat map.
    #[default]
    Map,
    /// Which setting moves the figure most.
    Effects,
    Trials,
    /// The studies that there are.
    Studies,
}

impl StudyPane {
    pub fn next(self) -> Self {
        match self {
            Self::Map => Self::Trials,
            Self::Trials => Self::Effects,
            Self::Effects | Self::Studies => Self::Map,
        }
    }

    pub fn previous(self) -> Self {
        self.next().next()
    }
}

/// What is known of studies, and how they are looked at.
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
#[derive(Debug, Default)]
pub struct StudyScreen {
    pub found: Vec<Found>,
    /// They were asked for.
    asked: bool,
    /// The chosen row of their list.
    pub list_at: usize,
    /// Folder of the study that is looked at, of the one that was last asked for, and whether anybody
    /// looks.
    pub chosen: Option<PathBuf>,
    opened: Option<PathBuf>,
    watched: bool,
    pub study: Option<Box<Study>>,
    pub course: Option<Box<Course>>,
    /// Why it cannot be read.
    pub error: Option<String>,
    pub pane: StudyPane,
    /// The pane alone, at any size.
    pub maximised: bool,
    pub view: View,
    /// The chosen cell: down, across.
    pub cell: (usize, usize),
    pub grid: Grid,
    pub marginals: Vec<Marginal>,
    /// The chosen line of the effects.
    pub effect_at: usize,
    pub table: TrialTable,
    /// The best trial so far by what the study ranks by.
    pub best: Option<usize>,
    /// Trials in each of [`Phase::ALL`].
    pub counts: [usize; Phase::ALL.len()],
    /// What is derived is not that of the study any more.
    pub outdated: bool,
    /// Choices of an earlier time, until the study that they were made for is there.
    wish: Option<StudyView>,
}

impl StudyScreen {
    /// The study and how far it is, once both are known.
    pub fn known(&self) -> Option<(&Study, &Course)> {
        Some((self.study.as_deref()?, self.course.as_deref()?))
    }

    pub fn count(&self, phase: Phase) -> usize {
        let at = Phase::ALL.iter().position(|known| *known == phase);
        at.and_then(|at| self.counts.get(at)).copied().unwrap_or(0)
    }

    /// The chosen cell.
    pub fn cell(&self) -> Option<&Cell> {
        self.grid.cell(self.cell.0, self.cell.1)
    }

    /// The trials of the chosen cell.
    pub fn members(&self) -> Vec<usize> {
        let study = self.study.as_deref();
        study.map_or_else(Vec::new, |study| self.grid.members(study, self.view.block, self.cell.0, self.cell.1))
    }

    /// The trial that is pointed at: the chosen row, or the best of the cell.
    pub fn pointed(&self) -> Option<usize> {
        match self.pane {
            StudyPane::Map => self.cell()?.best,
            StudyPane::Trials => self.table.rows.get(self.table.at).copied(),
            StudyPane::Effects | StudyPane::Studies => None,
        }
    }

    /// The trials that actions are for: the marked ones, or those that are pointed at.
    pub fn targets(&self) -> Vec<usize> {
        if !self.table.marked.is_empty() {
            return self.table.marked.iter().copied().collect();
        }
        match self.pane {
            StudyPane::Map => self.members(),
            StudyPane::Trials => self.pointed().into_iter().collect(),
            StudyPane::Effects | StudyPane::Studies => Vec::new(),
        }
    }

    pub fn standing(&self, trial: usize) -> Option<&Standing> {
        self.course.as_ref()?.trials.get(trial)
    }

    /// The targets that `is` takes, by their names in the study.
    pub fn names_of(&self, is: fn(Phase) -> bool) -> Vec<String> {
        let wanted = |trial: &usize| self.standing(*trial).is_some_and(|standing| is(standing.phase));
        let study = self.study.as_deref();
        let name = |trial: usize| Some(study?.trials.get(trial)?.id.clone());
        self.targets().into_iter().filter(wanted).filter_map(name).collect()
    }

    /// The names of the block's axes, by their places.
    pub fn axis_name(&self, place: Option<usize>) -> Option<&str> {
        let study = self.study.as_deref()?;
        let setting = *study.blocks.get(self.view.block)?.axes.get(place?)?;
        Some(&study.settings.get(setting)?.name)
    }

    /// How many axes the block has.
    pub fn axes(&self) -> usize {
        let block = self.study.as_ref().and_then(|study| study.blocks.get(self.view.block));
        block.map_or(0, |block| block.axes.len())
    }

    /// Look at another block: its first two settings, the seed only where there is no other.
    pub fn choose_block(&mut self, block: usize) {
        self.view.block = block;
        let axes = self.axes();
        let seeds = (0..axes).find(|&place| self.axis_name(Some(place)) == Some("seed"));
        let mut places = (0..axes).filter(|place| Some(*place) != seeds);
        (self.view.across, self.view.down) = (places.next().or(seeds), places.next());
        (self.cell, self.effect_at, self.outdated) = ((0, 0), 0, true);
    }

    /// Put the next setting on an axis. The one across always has one.
    pub fn turn(&mut self, down: bool) {
        let axes = self.axes();
        let next = |place: Option<usize>| match place {
            None => Some(0),
            Some(at) => Some(at + 1),
        };
        let View { across, down: other, .. } = &mut self.view;
        if down {
            let mut place = next(*other);
            if place == *across {
                place = next(place);
            }
            *other = place.filter(|place| *place < axes);
        } else {
            let was = *across;
            *across = next(*across).filter(|place| *place < axes).or((axes > 0).then_some(0));
            // What is taken from the other axis is given for it.
            if *other == *across {
                *other = was.filter(|_| axes > 1);
            }
        }
        (self.cell, self.outdated) = ((0, 0), true);
    }

    /// Take in which studies there are.
    pub fn list(&mut self, found: Vec<Found>) {
        self.found = found;
        // A study that was looked at when the dashboard was last open may be gone.
        let there = self.found.iter().any(|found| Some(&found.folder) == self.chosen.as_ref());
        if !there && let Some(first) = self.found.first() {
            self.choose(first.folder.clone());
        }
        let at = self.found.iter().position(|found| Some(&found.folder) == self.chosen.as_ref());
        self.list_at = at.unwrap_or(self.list_at).min(self.found.len().saturating_sub(1));
    }

    /// Look at the study in `folder`.
    pub fn choose(&mut self, folder: PathBuf) {
        if self.chosen.as_ref() != Some(&folder) {
            (self.study, self.course, self.error) = (None, None, None);
            self.table.marked.clear();
        }
        self.chosen = Some(folder);
        self.opened = None;
        self.pane = StudyPane::Map;
    }

    /// Read the study anew.
    pub fn reopen(&mut self) {
        (self.opened, self.asked) = (None, false);
    }

    /// Take in the study in `folder`, if it is still the one that is looked at.
    pub fn open(&mut self, folder: &Path, study: Result<Box<Study>, String>) {
        if self.opened.as_deref() != Some(folder) {
            return;
        }
        match study {
            Ok(study) => {
                self.error = None;
                let same = self.study.as_ref().is_some_and(|known| known.folder == study.folder);
                let marked = self.marked_names();
                let changed = self.study.as_ref() != Some(&study);
                self.study = Some(study);
                if !same {
                    self.table.at = 0;
                    self.choose_block(0);
                }
                if changed {
                    self.course = None;
                    self.table.columns = Column::of(self.study.as_deref());
                    self.mark_named(&marked);
                }
                self.fulfil();
            }
            Err(error) => {
                (self.study, self.course, self.error) = (None, None, Some(error));
                self.table.marked.clear();
            }
        }
        self.outdated = true;
    }

    /// Take in how far the study in `folder` is.
    pub fn advance(&mut self, folder: &Path, course: Box<Course>) {
        let fits = self.study.as_ref().is_some_and(|study| study.trials.len() == course.trials.len());
        if fits && self.opened.as_deref() == Some(folder) {
            self.course = Some(course);
            self.outdated = true;
        }
    }

    fn marked_names(&self) -> Vec<String> {
        let trials = self.study.as_ref().map(|study| &study.trials);
        let name = |at: &usize| Some(trials?.get(*at)?.id.clone());
        self.table.marked.iter().filter_map(name).collect()
    }

    fn mark_named(&mut self, names: &[String]) {
        let trials = self.study.iter().flat_map(|study| study.trials.iter().enumerate());
        let marked = if names.is_empty() {
            Vec::new()
        } else {
            trials.filter(|(_, trial)| names.contains(&trial.id)).map(|(at, _)| at).collect()
        };
        self.table.marked = marked.into_iter().collect();
    }

    /// Keep what is chosen where there is something.
    fn clamp(&mut self) {
        let lengths = (self.grid.down.labels.len(), self.grid.across.labels.len());
        self.cell = (self.cell.0.min(lengths.0.saturating_sub(1)), self.cell.1.min(lengths.1.saturating_sub(1)));
        self.effect_at = self.effect_at.min(self.effect_lines().saturating_sub(1));
    }

    /// The setting whose line of the effects is chosen.
    pub fn effect(&self) -> Option<&Marginal> {
        let mut line = 0;
        self.marginals.iter().find(|marginal| {
            line += 1 + marginal.spreads.len();
            self.effect_at < line
        })
    }

    /// Put the setting that is chosen among the effects on the x axis.
    pub fn put_across(&mut self) {
        let setting = self.effect().and_then(|marginal| marginal.axis.setting);
        let block = self.study.as_ref().and_then(|study| study.blocks.get(self.view.block));
        let place = block.and_then(|block| block.axes.iter().position(|axis| Some(*axis) == setting));
        if let Some(place) = place.filter(|place| Some(*place) != self.view.across) {
            if self.view.down == Some(place) {
                self.view.down = self.view.across;
            }
            self.view.across = Some(place);
            (self.cell, self.outdated) = ((0, 0), true);
        }
    }

    /// Lines of the effects: one a setting and one a value of it.
    pub fn effect_lines(&self) -> usize {
        self.marginals.iter().map(|marginal| 1 + marginal.spreads.len()).sum()
    }
}

impl State {
    /// The run of the trial that is pointed at.
    pub(in crate::tui) fn pointed_run(&self) -> Option<&Run> {
        self.runs.get(self.study.standing(self.study.pointed()?)?.dir.as_ref()?)
    }

    /// The runs of the trials that actions are for.
    pub(in crate::tui) fn target_runs(&self) -> Vec<PathBuf> {
        let dir = |trial: usize| self.study.standing(trial)?.dir.clone();
        self.study.targets().into_iter().filter_map(dir).filter(|dir| self.runs.contains_key(dir)).collect()
    }

    /// Bring what is derived up to date, and ask for what is missing.
    pub(in crate::tui) fn settle_study(&mut self) -> Vec<Effect> {
        let here = self.screen == super::Screen::Study;
        let study = &mut self.study;
        let mut effects = Vec::new();
        if here && !std::mem::replace(&mut study.asked, true) {
            effects.push(Effect::Study(StudyRequest::Find));
        }
        if here && study.chosen.is_some() && study.opened != study.chosen {
            study.opened.clone_from(&study.chosen);
            study.watched = true;
            effects.extend(study.chosen.clone().map(|folder| Effect::Study(StudyRequest::Open(folder))));
        } else if study.opened.is_some() && study.watched != here {
            study.watched = here;
            effects.push(Effect::Study(StudyRequest::Watch(here)));
        }
        if here && std::mem::take(&mut study.outdated) {
            self.derive_study();
        }
        effects
    }

    fn derive_study(&mut self) {
        let study = &mut self.study;
        let Some((known, course)) = study.study.as_deref().zip(study.course.as_deref()) else {
            (study.grid, study.marginals, study.best) = Default::default();
            study.table.rows.clear();
            return;
        };
        let grid = Grid::new(known, course, study.view);
        let marginals = known.marginals(course, study.view.block, study.view.figure);
        study.counts = Phase::ALL.map(|phase| course.count(phase));
        study.best = known.best(course);
        study.table.settle(known, course, &self.runs);
        (study.grid, study.marginals) = (grid, marginals);
        study.clamp();
    }

    /// Whether the Study screen would do `action` now, or why not; none where it has nothing to say about it.
    pub(in crate::tui) fn study_refusal(&self, action: Action) -> Option<Result<(), &'static str>> {
        if self.screen != super::Screen::Study {
            return None;
        }
        let study = &self.study;
        let unless = |fine: bool, why: &'static str| Some(if fine { Ok(()) } else { Err(why) });
        let no_study = "no study is open";
        match action {
            Action::Show => match study.pane {
                StudyPane::Studies => unless(!study.found.is_empty(), "there is no study"),
                StudyPane::Effects => unless(!study.marginals.is_empty(), "there is no setting"),
                StudyPane::Map | StudyPane::Trials => unless(self.pointed_run().is_some(), "there is no run yet"),
            },
            Action::Pin => unless(self.pointed_run().is_some(), "there is no run yet"),
            Action::Compare => unless(!self.target_runs().is_empty(), "there is no run yet"),
            Action::Mark | Action::MarkAll | Action::Sort | Action::Filter | Action::Figure | Action::Fold => {
                unless(study.known().is_some(), no_study)
            }
            Action::XAxis | Action::YAxis => unless(study.axes() > 1, "no other setting varies here"),
            Action::Block => {
                let blocks = study.study.as_ref().map_or(0, |study| study.blocks.len());
                unless(blocks > 1, "the study has one table only")
            }
            Action::StopTrials => unless(
                study.counts.iter().sum::<usize>() > 0
                    && (study.course.as_ref().is_some_and(|course| course.engine.is_some())
                        || !study.names_of(Phase::can_be_stopped).is_empty()),
                "nothing of the study is running or queued",
            ),
            Action::RetryTrials => {
                // Jobs of Slurm train wherever they are asked for; a process would train here.
                let jobs = study.course.iter().any(|course| course.trials.iter().any(|trial| trial.task.is_some()));
                if self.watching && !jobs {
                    return Some(Err("this dashboard watches, and trains nothing"));
                }
                let local =
                    study.course.as_ref().is_some_and(|course| course.jobs.is_empty() && course.engine.is_some());
                if local {
                    return Some(Err("the study is being run; it can be retried once that has ended"));
                }
                unless(
                    !study.names_of(Phase::can_be_retried).is_empty(),
                    "none of these trials failed, was stopped or interrupted",
                )
            }
            Action::Studies => unless(!study.found.is_empty(), "there is no study"),
            Action::Maximise | Action::Pane | Action::PreviousPane => unless(study.study.is_some(), no_study),
            _ => None,
        }
    }
}
