//! Two classifiers on the same clips: is the one better, or was it the choice of places?

use serde::Serialize;
use statrs::distribution::{Binomial, ChiSquared, ContinuousCDF as _, DiscreteCDF as _};

use super::{Bootstrap, Clips, Groups, Interval, Scores, bootstrap::Tallies};

/// First minus second, with what the bootstrap says of it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Difference {
    #[serde(with = "crate::config::number")]
    pub value: f64,
    /// 95 % percentile interval.
    pub interval: Interval,
    /// Two-sided: how rarely chance alone would make a difference of this sign vanish.
    #[serde(with = "crate::config::number")]
    pub p: f64,
}

impl Difference {
    /// True where the interval leaves 0 out.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.interval.low > 0.0 || self.interval.high < 0.0
    }
}

/// The differences of the three scores.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ScoreDifferences {
    pub accuracy: Difference,
    pub log_loss: Difference,
    pub macro_f1: Difference,
    pub groups: usize,
    #[serde(flatten)]
    pub bootstrap: Bootstrap,
}

impl Bootstrap {
    /// Compare `a` with `b` on the same clips: both are scored on the same draws of groups, so that
    /// what is hard about a place cancels out. The p-value is `2 · min(#{d* ≤ 0}, #{d* ≥ 0})`, one
    /// added to the smaller count, over the replicates and one (Davison and Hinkley, 1997, section 4.4).
    ///
    /// None where the bootstrap has nothing to draw from, or the clips are not the same.
    #[must_use]
    pub fn compare(&self, a: &Clips, b: &Clips, groups: &Groups) -> Option<ScoreDifferences> {
        if !same_clips(a, b) {
            return None;
        }
        let (first, second) = (Tallies::new(a, groups)?, Tallies::new(b, groups)?);
        let replicates: Vec<(Scores, Scores)> =
            self.draws(groups.len())?.map(|draw| (first.scores(&draw), second.scores(&draw))).collect();
        let (whole_a, whole_b) = (a.scores(), b.scores());
        let difference = |score: fn(&Scores) -> f64| {
            let gaps: Vec<f64> = replicates.iter().map(|(a, b)| score(a) - score(b)).collect();
            Difference { value: score(&whole_a) - score(&whole_b), p: p_value(&gaps), interval: Interval::of(gaps) }
        };
        Some(ScoreDifferences {
            accuracy: difference(|scores| scores.accuracy),
            log_loss: difference(|scores| scores.log_loss),
            macro_f1: difference(|scores| scores.macro_f1),
            groups: groups.len(),
            bootstrap: *self,
        })
    }
}

fn same_clips(a: &Clips, b: &Clips) -> bool {
    a.len() == b.len() && a.classes() == b.classes() && a.iter().zip(b.iter()).all(|((a, ..), (b, ..))| a == b)
}

fn p_value(gaps: &[f64]) -> f64 {
    if gaps.iter().any(|gap| gap.is_nan()) {
        return f64::NAN;
    }
    let count = |side: fn(f64) -> bool| gaps.iter().filter(|gap| side(**gap)).count();
    let smaller = count(|gap| gap <= 0.0).min(count(|gap| gap >= 0.0));
    (2.0 * (smaller + 1) as f64 / (gaps.len() + 1) as f64).min(1.0)
}

/// `McNemar`'s test: of the clips that just one of two classifiers has right, are they shared evenly?
///
/// It takes the clips for independent, which cuts of one recording are not: the bootstrap over
/// locations is the one to go by, and this is what others report.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct McNemar {
    /// Clips that only the first has right.
    pub first_only: u64,
    /// Clips that only the second has right.
    pub second_only: u64,
    /// Two-sided.
    pub p: f64,
    /// The exact binomial test, taken below 25 clips; else chi-squared with continuity correction.
    pub exact: bool,
}

impl McNemar {
    /// Below so many clips that just one has right, the exact test is taken.
    const EXACT_BELOW: u64 = 25;

    /// Test two classifiers on the same clips; none where the clips are not the same.
    #[must_use]
    pub fn test(a: &Clips, b: &Clips) -> Option<Self> {
        if !same_clips(a, b) {
            return None;
        }
        let (mut first_only, mut second_only) = (0, 0);
        for ((truth, a, _), (_, b, _)) in a.iter().zip(b.iter()) {
            match (a == truth, b == truth) {
                (true, false) => first_only += 1,
                (false, true) => second_only += 1,
                _ => {}
            }
        }
        Some(Self::of_counts(first_only, second_only))
    }

    /// The test on the counts of clips that only the first, and only the second, has right.
    ///
    /// Exact: twice the probability of at most the smaller count under B(n, ½), 1 at most. Else the
    /// upper tail of χ² with one degree of freedom at `max(|b − c| − 1, 0)² / (b + c)` (Edwards 1948).
    #[must_use]
    pub fn of_counts(first_only: u64, second_only: u64) -> Self {
        let total = first_only.saturating_add(second_only);
        let exact = total < Self::EXACT_BELOW;
        let p = if exact {
            let tail = Binomial::new(0.5, total).map_or(1.0, |fair| fair.cdf(first_only.min(second_only)));
            (2.0 * tail).min(1.0)
        } else {
            let gap = (first_only.abs_diff(second_only) as f64 - 1.0).max(0.0);
            ChiSquared::new(1.0).map_or(f64::NAN, |chi| chi.sf(gap * gap / total as f64))
        };
        Self { first_only, second_only, p, exact }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_do_not_differ() {
        let clips = Clips::new(&[0, 1, 1], &[0, 1, 0], &[1.0, 0.0, 0.0, 1.0, 0.6, 0.4], 2).unwrap();
        let gap = Bootstrap::default().compare(&clips, &clips, &Groups::single(3)).unwrap();
        assert_eq!((gap.accuracy.interval, gap.accuracy.p), (Interval { low: 0.0, high: 0.0 }, 1.0));
        assert!(!gap.accuracy.is_settled());
        assert_eq!(McNemar::test(&clips, &clips), Some(McNemar { first_only: 0, second_only: 0, p: 1.0, exact: true }));
        // As many for the one as for the other: no correction makes that a difference.
        assert!((McNemar::of_counts(20, 20).p - 1.0).abs() < 1e-12);
    }

    #[test]
    fn other_clips_are_not_compared() {
        let a = Clips::new(&[0, 1], &[0, 1], &[1.0, 0.0, 0.0, 1.0], 2).unwrap();
        let b = Clips::new(&[1, 1], &[0, 1], &[1.0, 0.0, 0.0, 1.0], 2).unwrap();
        assert_eq!(Bootstrap::default().compare(&a, &b, &Groups::single(2)), None);
        assert_eq!(McNemar::test(&a, &b), None);
    }
}
