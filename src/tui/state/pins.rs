//! Pinned runs, the curves of every run that charts show, and how far they reach.

use std::path::{Path, PathBuf};

use crate::{config::Mode, protocol::Outcome};

use super::{Run, Screen, State, curves::Curves};

/// More could not be told apart.
pub(in crate::tui) const MOST_PINS: usize = 8;
/// Another mode's run that begins so soon after a run was stopped was switched to, in milliseconds.
const SWITCH_MS: i64 = 60_000;

/// Where the person went over from the shown run to another mode.
#[derive(Debug, Default)]
pub struct Switches {
    /// The run, and how many runs there were.
    of: Option<(PathBuf, usize)>,
    /// Milliseconds since the Unix epoch, and what was trained from then on.
    pub at: Vec<(i64, Mode)>,
}

impl State {
    /// Pin the run in `dir`, or let go of it. The newest pin is what the others are compared with.
    pub(in crate::tui) fn pin(&mut self, dir: PathBuf) {
        if self.is_pinned(&dir) {
            self.pins.retain(|pinned| *pinned != dir);
            return;
        }
        if self.pins.len() >= MOST_PINS {
            self.pins.remove(0);
        }
        self.pins.push(dir);
    }

    pub(in crate::tui) fn is_pinned(&self, dir: &Path) -> bool {
        self.pins.iter().any(|pinned| pinned == dir)
    }

    /// True where the run that the key would pin is pinned already, or all the runs that it would pin.
    pub(in crate::tui) fn has_pinned(&self) -> bool {
        if self.screen == Screen::Runs && !self.table.marked.is_empty() {
            return self.marked().take(MOST_PINS).all(|run| self.is_pinned(&run.dir));
        }
        self.pinnable().is_some_and(|run| self.is_pinned(&run.dir))
    }

    /// The run that the key pins: the one that is shown, or chosen on Compare.
    pub(in crate::tui) fn pinnable(&self) -> Option<&Run> {
        match self.screen {
            Screen::Runs => self.chosen_run(),
            Screen::Compare => self.comparison.chosen().and_then(|dir| self.runs.get(dir)),
            Screen::Study => self.pointed_run(),
            Screen::Train | Screen::Log => self.shown(),
        }
    }

    /// The pinned runs but the one in `shown`, oldest pin first, each with its place among the pins.
    pub(in crate::tui) fn pinned(&self, shown: &Path) -> impl Iterator<Item = (usize, &Run)> {
        let others = self.pins.iter().enumerate().filter(move |(_, dir)| *dir != shown);
        others.filter_map(|(at, dir)| Some((at, self.runs.get(dir)?)))
    }

    /// From the start of the shown and the pinned runs to their ends on the charts' x axis. While one is
    /// trained at least three epochs, so that the first steps do not fill the whole width.
    pub(in crate::tui) fn extent(&self) -> (f64, f64) {
        let Some(shown) = self.shown() else { return (0.0, 1.0) };
        let axis = self.chart.axis;
        let runs = self.pinned(&shown.dir).map(|(_, run)| run).chain([shown]);
        let (low, high) = runs.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), run| {
            let trained = run.curves.trained().ceil();
            let end = if run.history.is_over() { trained.max(1.0) } else { ahead(trained) };
            (low.min(run.curves.x(axis, 0.0)), high.max(run.curves.x(axis, end)))
        });
        if low < high { (low, high) } else { (low, low + 1.0) }
    }

    /// Bring the curves of the runs that charts show up to date, and let go of all others.
    pub(in crate::tui) fn follow_runs(&mut self) {
        let shown = self.shown().map(|run| run.dir.clone());
        let compared = if self.screen == Screen::Compare { self.compared_alone() } else { Vec::new() };
        let wanted: Vec<PathBuf> = self.pins.iter().cloned().chain(shown.clone()).chain(compared).collect();
        for dir in std::mem::take(&mut self.followed) {
            if let Some(run) = self.runs.get_mut(&dir).filter(|_| !wanted.contains(&dir)) {
                run.curves = Curves::default();
            }
        }
        let weight = self.chart.weight();
        for dir in &wanted {
            if let Some(run) = self.runs.get_mut(dir) {
                run.curves.follow(&run.history, weight);
            }
        }
        self.followed = wanted;
        let of = shown.map(|dir| (dir, self.runs.len()));
        if of != self.switches.of {
            let at = of.as_ref().and_then(|(dir, _)| self.runs.get(dir)).map(|run| self.switched(run));
            self.switches = Switches { of, at: at.unwrap_or_default() };
        }
    }

    /// The runs of other modes that the process of `run` began while `run` was on, or right after it was
    /// stopped.
    fn switched(&self, run: &Run) -> Vec<(i64, Mode)> {
        let history = &run.history;
        // What came after a run that went to its own end was not switched to.
        let after = match history.outcome() {
            Some(Outcome::Finished | Outcome::EarlyStopped) => 0,
            Some(Outcome::Stopped) | None => SWITCH_MS,
        };
        let while_on = history.started_at..=history.updated_at.saturating_add(after);
        let others = self.runs.values().filter(|other| {
            other.dir != run.dir
                && other.mode() != run.mode()
                && written_by(other, run)
                && while_on.contains(&other.summary.started_at)
        });
        let mut at: Vec<_> = others.filter_map(|other| Some((other.summary.started_at, other.mode()?))).collect();
        at.sort_by_key(|(t, _)| *t);
        at
    }
}

/// True where one process began both runs.
fn written_by(one: &Run, other: &Run) -> bool {
    let writer = |run: &Run| run.summary.started.as_ref().map(|started| started.writer.clone());
    writer(one) == writer(other)
}

/// Where the x axis of a run that goes on ends, beyond `epoch`: it moves on in strides, so that the curves
/// stay where they are in between.
fn ahead(epoch: f64) -> f64 {
    if epoch <= 3.0 {
        return 3.0;
    }
    let quarter = (epoch / 4.0).max(5.0);
    let power = 10f64.powf(quarter.log10().floor());
    let stride = [5.0, 2.0].into_iter().find(|digit| digit * power <= quarter).unwrap_or(1.0) * power;
    (epoch / stride).ceil() * stride
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_moves_on_in_strides() {
        let cases = [
            (0.0, 3.0),
            (4.0, 5.0),
            (9.0, 10.0),
            (11.0, 15.0),
            (26.0, 30.0),
            (41.0, 50.0),
            (81.0, 100.0),
            (101.0, 120.0),
            (620.0, 700.0),
        ];
        for (epoch, end) in cases {
            assert!((ahead(epoch) - end).abs() < 1e-9, "{epoch}");
        }
    }
}
