//! A study's tables: every setting with the mean and the spread of its seeds, ranked.

use serde::Serialize;
use toml::Value;

use crate::runs::Spread;

use super::{
    Board, Figure, Plan, Standing,
    plan::{self, Row},
    settled::welch,
};

/// Two settings are told apart where their difference has a p-value under it.
pub const LEVEL: f64 = 0.05;

/// A block's results.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Table {
    pub name: String,
    /// Keys of the settings that vary.
    pub axes: Vec<String>,
    /// What the settings are ranked by.
    pub figure: Figure,
    /// The best first; those with seeds to come after those that are complete.
    pub settings: Vec<Setting>,
    pub verdict: Verdict,
}

/// The seeds of one setting.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Setting {
    pub values: Vec<Value>,
    pub seeds: usize,
    pub done: usize,
    /// Ended early by the study's rule.
    pub terminated: usize,
    pub failed: usize,
    /// Spread of each figure over the seeds that are done, in the order of [`columns`].
    pub figures: Vec<Option<Spread>>,
    /// True where it cannot be told from the best one.
    pub within_noise: bool,
}

/// What the seeds allow to say of the best setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Fewer than two settings have results.
    Nothing,
    /// One of the settings has a single seed, so that nothing is known of its noise.
    OneSeed,
    /// There are seeds to come.
    Open,
    NotSettled,
    Settled,
}

/// The figures of a table: what is ranked by, then the rest, the test split last.
#[must_use]
pub fn columns(ranked_by: Figure) -> Vec<Figure> {
    let shown = [
        Figure::ValLogLoss,
        Figure::ValAccuracy,
        Figure::ValMacroF1,
        Figure::TestLogLoss,
        Figure::TestAccuracy,
        Figure::TestMacroF1,
    ];
    std::iter::once(ranked_by).chain(shown.into_iter().filter(|&figure| figure != ranked_by)).collect()
}

/// The tables of a study, one a block.
#[must_use]
pub fn tables(plan: &Plan, board: &Board) -> Vec<Table> {
    plan.blocks.iter().map(|block| table(plan.figure, block, board)).collect()
}

fn table(figure: Figure, block: &plan::Block, board: &Board) -> Table {
    let mut settings: Vec<_> = block.rows.iter().map(|row| setting(figure, row, board)).collect();
    let cost = |setting: &Setting| setting.ranked().map_or(f64::INFINITY, |spread| figure.cost(spread.mean));
    settings.sort_by(|a, b| (!a.is_complete()).cmp(&!b.is_complete()).then(cost(a).total_cmp(&cost(b))));
    let best = settings.first().and_then(Setting::ranked);
    if let Some(best) = best {
        for other in settings.iter_mut().skip(1) {
            other.within_noise = other.ranked().is_some_and(|other| welch(&best, &other).is_none_or(|p| p >= LEVEL));
        }
    }
    let verdict = verdict(&settings);
    Table { name: block.name.clone(), axes: block.axes.clone(), figure, settings, verdict }
}

fn verdict(settings: &[Setting]) -> Verdict {
    let ranked: Vec<Spread> = settings.iter().filter_map(Setting::ranked).collect();
    let is_open = |setting: &Setting| setting.done + setting.terminated + setting.failed < setting.seeds;
    if ranked.len() < 2 {
        Verdict::Nothing
    } else if settings.iter().any(is_open) {
        Verdict::Open
    } else if ranked.iter().any(|spread| spread.n < 2) {
        Verdict::OneSeed
    } else if settings.iter().any(|setting| setting.within_noise) {
        Verdict::NotSettled
    } else {
        Verdict::Settled
    }
}

fn setting(figure: Figure, row: &Row, board: &Board) -> Setting {
    let trials: Vec<_> = row.trials.iter().filter_map(|&index| board.trials.get(index)).collect();
    let count = |is: fn(&Standing) -> bool| trials.iter().filter(|trial| is(&trial.standing)).count();
    let done = trials.iter().filter(|trial| trial.standing == Standing::Done);
    let finished: Vec<_> = done.filter_map(|trial| trial.finished.as_ref()).collect();
    let spread = |figure: Figure| {
        let values: Vec<f64> = finished.iter().filter_map(|finished| figure.of(finished)).collect();
        Spread::of(&values)
    };
    Setting {
        values: row.values.clone(),
        seeds: row.trials.len(),
        done: finished.len(),
        terminated: count(|standing| matches!(standing, Standing::Terminated(_))),
        failed: count(|standing| matches!(standing, Standing::Failed(_))),
        figures: columns(figure).into_iter().map(spread).collect(),
        within_noise: false,
    }
}

impl Setting {
    /// True where every seed is done.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.done == self.seeds
    }

    /// The spread of what is ranked by.
    #[must_use]
    pub fn ranked(&self) -> Option<Spread> {
        self.figures.first().copied().flatten()
    }
}
