//! How far scores would move if other places had been recorded: the bootstrap over groups.
//!
//! Whole groups (locations) are drawn with replacement, as many as there are, and the scores of the
//! clips drawn are computed; the 2.5 % and 97.5 % quantiles of many such replicates are the interval
//! (the percentile interval of the cluster bootstrap: Davison and Hinkley, Bootstrap Methods and
//! their Application, 1997, sections 3.8 and 5.3). Drawing clips instead would take the cuts of one recording for
//! independent and give intervals that are far too narrow.

use rand_xoshiro::{
    Xoshiro256PlusPlus,
    rand_core::{Rng as _, SeedableRng as _},
};
use serde::Serialize;

use super::{Clips, Groups, Scores};

/// How often is drawn, and from which random numbers. The same on every machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Bootstrap {
    pub replicates: usize,
    pub seed: u64,
}

impl Default for Bootstrap {
    fn default() -> Self {
        Self { replicates: 2000, seed: 0 }
    }
}

/// A 95 % interval; both ends `NaN` where a replicate has no value.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    #[serde(with = "crate::config::number")]
    pub low: f64,
    #[serde(with = "crate::config::number")]
    pub high: f64,
}

/// The intervals of the three scores.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ScoreIntervals {
    pub accuracy: Interval,
    pub log_loss: Interval,
    pub macro_f1: Interval,
    /// Number of groups that were drawn from.
    pub groups: usize,
    #[serde(flatten)]
    pub bootstrap: Bootstrap,
}

impl Bootstrap {
    /// The intervals of the scores of `clips`. Each replicate is scored as the whole is: a class that
    /// it has no clip of counts 0 in the macro F1.
    ///
    /// None where there are fewer than two groups, no replicates, or not one group a clip.
    #[must_use]
    pub fn intervals(&self, clips: &Clips, groups: &Groups) -> Option<ScoreIntervals> {
        let tallies = Tallies::new(clips, groups)?;
        let replicates: Vec<Scores> = self.draws(groups.len())?.map(|draw| tallies.scores(&draw)).collect();
        let interval = |score: fn(&Scores) -> f64| Interval::of(replicates.iter().map(score).collect());
        Some(ScoreIntervals {
            accuracy: interval(|scores| scores.accuracy),
            log_loss: interval(|scores| scores.log_loss),
            macro_f1: interval(|scores| scores.macro_f1),
            groups: groups.len(),
            bootstrap: *self,
        })
    }

    /// The groups of each replicate; none where there is nothing to draw from, or to compare with.
    pub(super) fn draws(&self, groups: usize) -> Option<impl Iterator<Item = Vec<usize>> + use<>> {
        let bound = u64::from(u32::try_from(groups).ok()?);
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(self.seed);
        // The upper half of a number, scaled to the groups; which is larger by chance is off by 2⁻³² at most.
        let mut index = move || (((rng.next_u64() >> 32) * bound) >> 32) as usize;
        (groups > 1 && self.replicates > 0)
            .then(|| (0..self.replicates).map(move |_| (0..groups).map(|_| index()).collect()))
    }
}

impl Interval {
    /// The 2.5 % and 97.5 % quantiles of `values`.
    pub(super) fn of(mut values: Vec<f64>) -> Self {
        if values.iter().any(|value| value.is_nan()) {
            return Self { low: f64::NAN, high: f64::NAN };
        }
        values.sort_by(f64::total_cmp);
        Self { low: quantile(&values, 0.025), high: quantile(&values, 0.975) }
    }

    #[must_use]
    pub fn holds(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }
}

/// The quantile of sorted values, linear between neighbours, as `NumPy`'s default; `NaN` of nothing.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * sorted.len().saturating_sub(1) as f64;
    let below = place.floor();
    let at = |place: f64| sorted.get(place as usize).copied();
    match (at(below), at(below + 1.0)) {
        (Some(low), Some(high)) => low + (high - low) * (place - below),
        (Some(last), None) => last,
        (None, _) => f64::NAN,
    }
}

/// What each group adds to the counts behind the scores, so that a replicate costs its groups' counts,
/// not their clips.
#[derive(Debug)]
pub(super) struct Tallies {
    classes: usize,
    groups: Vec<Tally>,
}

#[derive(Clone, Debug, Default)]
struct Tally {
    loss: f64,
    /// Slot, and how much it grows: of class `c` the hits are slot `3c`, the clips `3c + 1`, and those
    /// predicted as it `3c + 2`. Slots that stay are left out: a location has one class.
    counts: Vec<(usize, u64)>,
}

impl Tallies {
    pub(super) fn new(clips: &Clips, groups: &Groups) -> Option<Self> {
        if groups.of_clips().len() != clips.len() {
            return None;
        }
        let mut tallies = vec![Tally::default(); groups.len()];
        for ((&group, (truth, prediction, _)), loss) in groups.of_clips().iter().zip(clips.iter()).zip(clips.losses()) {
            let tally = tallies.get_mut(group)?;
            tally.loss += loss;
            if truth == prediction {
                tally.add(3 * truth);
            }
            tally.add(3 * truth + 1);
            tally.add(3 * prediction + 2);
        }
        Some(Self { classes: clips.classes(), groups: tallies })
    }

    /// The scores of the clips of the groups in `draw`, each as often as it is named.
    pub(super) fn scores(&self, draw: &[usize]) -> Scores {
        let mut counts = vec![0_u64; 3 * self.classes];
        let mut loss = 0.0;
        for tally in draw.iter().filter_map(|&group| self.groups.get(group)) {
            loss += tally.loss;
            for &(slot, count) in &tally.counts {
                if let Some(sum) = counts.get_mut(slot) {
                    *sum += count;
                }
            }
        }
        let (mut right, mut clips, mut f1) = (0, 0, 0.0);
        for &[hits, there, predicted] in counts.as_chunks::<3>().0 {
            right += hits;
            clips += there;
            if there + predicted > 0 {
                f1 += 2.0 * hits as f64 / (there + predicted) as f64;
            }
        }
        let clips = clips as f64;
        Scores { accuracy: right as f64 / clips, log_loss: loss / clips, macro_f1: f1 / self.classes as f64 }
    }
}

impl Tally {
    fn add(&mut self, slot: usize) {
        match self.counts.iter_mut().find(|(known, _)| *known == slot) {
            Some((_, count)) => *count += 1,
            None => self.counts.push((slot, 1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_lie_between_neighbours() {
        let values = [1.0, 2.0, 4.0, 8.0];
        for (share, expected) in [(0.0, 1.0), (0.5, 3.0), (0.9, 6.8), (1.0, 8.0)] {
            assert!((quantile(&values, share) - expected).abs() < 1e-12, "{share}");
        }
        assert!(quantile(&[], 0.5).is_nan());
        assert!(Interval::of(vec![1.0, f64::NAN]).low.is_nan());
    }

    #[test]
    fn what_cannot_be_resampled_has_no_interval() {
        let clips = Clips::new(&[0, 1], &[0, 1], &[1.0, 0.0, 0.0, 1.0], 2).unwrap();
        let bootstrap = Bootstrap::default();
        assert_eq!(bootstrap.intervals(&clips, &Groups::by_name(["a", "a"])), None, "one group");
        assert_eq!(bootstrap.intervals(&clips, &Groups::single(3)), None, "a group too many");
        assert_eq!(Bootstrap { replicates: 0, seed: 0 }.intervals(&clips, &Groups::single(2)), None);
    }

    #[test]
    fn every_group_drawn_once_gives_the_scores_of_the_whole() {
        let labels = [0, 1, 2, 2, 1];
        let predictions = [0, 2, 2, 1, 1];
        let probabilities: Vec<f32> = (0..15).map(|n| 0.1 + 0.05 * n as f32).collect();
        let clips = Clips::new(&labels, &predictions, &probabilities, 3).unwrap();
        let groups = Groups::by_name(["x", "y", "y", "x", "z"]);
        let ours = Tallies::new(&clips, &groups).unwrap().scores(&[0, 1, 2]);
        let whole = clips.scores();
        for (ours, whole) in
            [(ours.accuracy, whole.accuracy), (ours.log_loss, whole.log_loss), (ours.macro_f1, whole.macro_f1)]
        {
            assert!((ours - whole).abs() < 1e-12);
        }
    }
}
