//! The values of one curve, and an index that tells the lowest and the highest of any stretch of them
//! at once: a frame costs as much for a million points as for a thousand.

/// Values a block; each level of the index summarises so many blocks of the one below.
const FANOUT: usize = 8;

/// The lowest and the highest finite value of a stretch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    pub low: f64,
    pub high: f64,
}

impl Span {
    /// The span of nothing: what it is joined with remains.
    const NONE: Self = Self { low: f64::INFINITY, high: f64::NEG_INFINITY };

    fn of(value: f64) -> Self {
        if value.is_finite() { Self { low: value, high: value } } else { Self::NONE }
    }

    pub fn join(self, other: Self) -> Self {
        // No bound is NaN, which `f64::min` would look for, thousands of times a frame.
        Self {
            low: if other.low < self.low { other.low } else { self.low },
            high: if other.high > self.high { other.high } else { self.high },
        }
    }
}

/// The values of a curve in order. What is not finite is a gap.
#[derive(Clone, Debug, Default)]
pub struct Series {
    values: Vec<f64>,
    /// Level n holds the span of every whole block of `FANOUT` to the power n + 1 values.
    levels: Vec<Vec<Span>>,
    gaps: usize,
    first_gap: Option<usize>,
    first_infinite: Option<usize>,
    /// Values up to the last finite one.
    finite: usize,
}

impl Series {
    pub fn push(&mut self, value: f64) {
        if value.is_finite() {
            self.finite = self.values.len() + 1;
        } else {
            self.gaps += 1;
            self.first_gap.get_or_insert(self.values.len());
        }
        if value.is_infinite() && self.first_infinite.is_none() {
            self.first_infinite = Some(self.values.len());
        }
        self.values.push(value);
        let mut blocks = self.values.len();
        if !blocks.is_multiple_of(FANOUT) {
            return;
        }
        let mut span = join(self.values.iter().rev().take(FANOUT).map(|value| Span::of(*value)));
        for level in 0.. {
            if self.levels.len() == level {
                self.levels.push(Vec::new());
            }
            let Some(spans) = self.levels.get_mut(level) else { return };
            spans.push(span);
            blocks /= FANOUT;
            if !blocks.is_multiple_of(FANOUT) {
                return;
            }
            span = join(spans.iter().rev().take(FANOUT).copied());
        }
    }

    pub fn len(&self) -> usize {
        self.values.len()
    }

    pub fn get(&self, index: usize) -> Option<f64> {
        self.values.get(index).copied()
    }

    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// How many values are not finite.
    pub fn gaps(&self) -> usize {
        self.gaps
    }

    /// The first value that is not finite, from 0.
    pub fn first_gap(&self) -> Option<usize> {
        self.first_gap
    }

    /// The value at which the curve left the finite numbers for good, from 0: the first infinite one, or
    /// the first of the NaNs that it ends in. A gap in a log is NaN too, so one in between says nothing.
    pub fn diverged_at(&self) -> Option<usize> {
        self.first_infinite.or((self.finite < self.values.len()).then_some(self.finite))
    }

    /// The span of the values `from..to`; none where none of them is finite.
    pub fn span(&self, from: usize, to: usize) -> Option<Span> {
        let to = to.min(self.values.len());
        let (inner, mut span) = ends(&self.values, from.min(to)..to, |value| Span::of(*value));
        let mut rest = inner;
        for level in &self.levels {
            if rest.is_empty() {
                break;
            }
            let (inner, part) = ends(level, rest, |span| *span);
            span = span.join(part);
            rest = inner;
        }
        (span.low <= span.high).then_some(span)
    }
}

fn join(spans: impl Iterator<Item = Span>) -> Span {
    spans.fold(Span::NONE, Span::join)
}

/// The span of what `range` holds of unfinished blocks at either end, and the blocks in between.
fn ends<T>(
    items: &[T],
    range: std::ops::Range<usize>,
    span: impl Fn(&T) -> Span + Copy,
) -> (std::ops::Range<usize>, Span) {
    let head = range.start.next_multiple_of(FANOUT).min(range.end);
    let tail = (range.end / FANOUT * FANOUT).max(head);
    let part = |range: std::ops::Range<usize>| items.get(range).unwrap_or_default().iter().map(span);
    let inner = if head < tail { head / FANOUT..tail / FANOUT } else { 0..0 };
    (inner, join(part(range.start..head).chain(part(tail..range.end))))
}

/// A series and its exponential moving average.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    pub raw: Series,
    smooth: Series,
    ema: Ema,
}

impl Trace {
    pub fn push(&mut self, value: f64) {
        self.raw.push(value);
        if self.ema.weight > 0.0 {
            self.smooth.push(self.ema.next(value));
        }
    }

    /// Smooth with `weight` (0 to 1) from now on; 0: not at all.
    pub fn smooth_by(&mut self, weight: f64) {
        if weight.to_bits() == self.ema.weight.to_bits() {
            return;
        }
        self.ema = Ema { weight, ..Ema::default() };
        self.smooth = Series::default();
        if weight > 0.0 {
            for &value in self.raw.values() {
                self.smooth.push(self.ema.next(value));
            }
        }
    }

    /// The smoothed values, where any are wanted.
    pub fn smooth(&self) -> Option<&Series> {
        (self.ema.weight > 0.0).then_some(&self.smooth)
    }
}

/// An exponential moving average that is not drawn towards 0 at its start: the weighted sum is divided
/// by the sum of the weights, 1 - weightⁿ (Kingma and Ba, Adam, section 3).
#[derive(Clone, Debug)]
struct Ema {
    weight: f64,
    sum: f64,
    /// The weight to the power of the number of finite values.
    left: f64,
}

impl Default for Ema {
    fn default() -> Self {
        Self { weight: 0.0, sum: 0.0, left: 1.0 }
    }
}

impl Ema {
    /// The average after `value`. What is not finite stays a gap and leaves the average alone.
    fn next(&mut self, value: f64) -> f64 {
        if !value.is_finite() {
            return f64::NAN;
        }
        self.sum = self.weight * self.sum + (1.0 - self.weight) * value;
        self.left *= self.weight;
        self.sum / (1.0 - self.left)
    }
}

#[cfg(test)]
mod tests {
    use rand::{RngExt as _, SeedableRng as _};
    use rand_xoshiro::Xoshiro256PlusPlus;

    use super::*;

    fn brute(values: &[f64]) -> Option<Span> {
        let span = join(values.iter().map(|value| Span::of(*value)));
        (span.low <= span.high).then_some(span)
    }

    #[test]
    fn the_span_of_any_stretch_is_that_of_its_values() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(7);
        let mut series = Series::default();
        for at in 0..9_000 {
            series.push(match rng.random_range(0..40) {
                0 => f64::NAN,
                1 => f64::INFINITY,
                2 => f64::NEG_INFINITY,
                3 => f64::from(at) * 1e3,
                _ => rng.random_range(-1.0..1.0),
            });
            if at % 37 == 0 || at > 8_500 {
                let from = rng.random_range(0..=series.len());
                let to = rng.random_range(from..=series.len());
                assert_eq!(series.span(from, to), brute(&series.values()[from..to]), "{from}..{to} of {at}");
            }
        }
        for (from, to) in [
            (0, 0),
            (0, 1),
            (0, 16),
            (8, 16),
            (16, 32),
            (64, 512),
            (256, 512),
            (1, 4_096),
            (0, usize::MAX),
            (9_000, 9_001),
        ] {
            let end = to.min(series.len());
            assert_eq!(series.span(from, to), brute(&series.values()[from.min(end)..end]), "{from}..{to}");
        }
        assert_eq!(series.span(5, 2), None);
    }

    #[test]
    fn the_average_is_the_debiased_one() {
        let values = [3.0, 1.0, f64::NAN, 4.0, f64::INFINITY, 1.0, 5.0];
        for weight in [0.6, 0.9, 0.99] {
            let mut trace = Trace::default();
            for value in &values[..3] {
                trace.push(*value);
            }
            trace.smooth_by(weight);
            for value in &values[3..] {
                trace.push(*value);
            }
            let smooth = trace.smooth().unwrap();
            for (at, value) in values.iter().enumerate() {
                let known: Vec<f64> = values[..=at].iter().copied().filter(|value| value.is_finite()).collect();
                let weights = (0..known.len()).rev().map(|age| weight_of(weight, age));
                let expected = known.iter().zip(weights.clone()).map(|(value, weight)| value * weight).sum::<f64>()
                    / weights.sum::<f64>();
                let got = smooth.get(at).unwrap();
                if value.is_finite() {
                    assert!((got - expected).abs() < 1e-12, "{weight} {at}: {got} {expected}");
                } else {
                    assert!(got.is_nan(), "a gap stays one");
                }
            }
        }
        let mut trace = Trace::default();
        trace.push(1.0);
        assert!(trace.smooth().is_none());
    }

    fn weight_of(weight: f64, age: usize) -> f64 {
        weight.powi(i32::try_from(age).unwrap())
    }

    #[test]
    fn a_gap_in_between_is_no_divergence() {
        let series = |values: &[f64]| {
            let mut series = Series::default();
            for value in values {
                series.push(*value);
            }
            series.diverged_at()
        };
        assert_eq!(series(&[1.0, f64::NAN, 2.0]), None);
        assert_eq!(series(&[1.0, f64::NAN, f64::NAN]), Some(1));
        assert_eq!(series(&[f64::NAN]), Some(0));
        assert_eq!(series(&[1.0, f64::INFINITY, 2.0]), Some(1));
        assert_eq!(series(&[]), None);
    }
}
