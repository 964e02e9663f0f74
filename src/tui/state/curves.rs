//! What the charts of one run are drawn from: its values with their index, and where each stands on
//! every x axis. Kept up to date as events come, never made anew for a frame.

use std::ops::Range;

use crate::runs::History;

use super::{
    chart::XAxis,
    series::{Series, Trace},
};

/// F1 curves of more classes than this are not kept.
const MOST_CLASSES: usize = 200;

/// The curves of one run.
#[derive(Clone, Debug, Default)]
pub struct Curves {
    /// What the points below were read from: another start or another number of rewrites, other points.
    origin: (i64, u64),
    steps: Trace,
    train_loss: Trace,
    val_loss: Trace,
    accuracy: Trace,
    log_loss: Trace,
    /// Number of each finished epoch, never falling.
    epochs: Vec<f64>,
    /// F1 of each class over the epochs.
    f1: Vec<Series>,
    steps_per_epoch: f64,
    /// Where the run was when, at the end of each epoch.
    knots: Vec<Knot>,
    /// The same for now, in the midst of an epoch.
    now: Knot,
}

/// A moment of a run.
#[derive(Clone, Copy, Debug, Default)]
struct Knot {
    /// Epochs trained, with the fraction of the one under way.
    epoch: f64,
    /// Seconds of training, pauses left out.
    elapsed: f64,
    /// Seconds since the Unix epoch.
    clock: f64,
}

/// The curves that can be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    Steps,
    TrainLoss,
    ValLoss,
    Accuracy,
    LogLoss,
}

/// One curve on an x axis.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    pub series: &'a Series,
    curves: &'a Curves,
    steps: bool,
    axis: XAxis,
}

impl Curves {
    /// Take in what `history` has gained, and smooth with `weight`.
    pub fn follow(&mut self, history: &History, weight: f64) {
        let origin = (history.started_at, history.rewrites);
        if origin != self.origin {
            *self = Self { origin, ..Self::default() };
        }
        for trace in [&mut self.steps, &mut self.train_loss, &mut self.val_loss, &mut self.accuracy, &mut self.log_loss]
        {
            trace.smooth_by(weight);
        }
        self.steps_per_epoch = history.started.as_ref().map_or(1, |started| started.batches.max(1)) as f64;
        let start = history.started_at as f64 / 1000.0;
        if self.knots.is_empty() {
            self.knots.push(Knot { epoch: 0.0, elapsed: 0.0, clock: start });
        }
        for loss in history.step_losses.get(self.steps.raw.len()..).unwrap_or_default() {
            self.steps.push(f64::from(*loss));
        }
        for record in history.epochs.get(self.epochs.len()..).unwrap_or_default() {
            let result = &record.result;
            self.train_loss.push(result.train_loss);
            self.val_loss.push(result.val_loss);
            self.accuracy.push(result.val.accuracy);
            self.log_loss.push(result.val.log_loss);
            let last = self.last();
            // No line of a damaged log may turn an axis back.
            let epoch = (result.epoch as f64).max(last.epoch);
            self.epochs.push(epoch);
            let seconds = if result.seconds.is_finite() { result.seconds.max(0.0) } else { 0.0 };
            let clock = (record.t as f64 / 1000.0).max(last.clock);
            if epoch > last.epoch {
                self.knots.push(Knot { epoch, elapsed: last.elapsed + seconds, clock });
            }
            if result.confusion.classes() <= MOST_CLASSES {
                let scores = result.confusion.per_class();
                self.f1.resize_with(scores.len(), Series::default);
                self.f1.iter_mut().zip(scores).for_each(|(series, scores)| series.push(scores.f1));
            }
        }
        self.now = self.moment(history.updated_at as f64 / 1000.0);
    }

    fn last(&self) -> Knot {
        self.knots.last().copied().unwrap_or_default()
    }

    /// Where the run is at `clock`: the training time of the epoch under way is not told, so it goes on
    /// as fast as the last one, or as the clock in the first.
    fn moment(&self, clock: f64) -> Knot {
        let last = self.last();
        let epoch = (self.steps.raw.len() as f64 / self.steps_per_epoch).max(last.epoch);
        let before = self.knots.len().checked_sub(2).and_then(|at| self.knots.get(at));
        let passed = (clock - last.clock).max(0.0);
        let pace = before.map(|before| (last.elapsed - before.elapsed) / (last.epoch - before.epoch));
        let elapsed = pace.map_or(passed, |pace| pace * (epoch - last.epoch));
        Knot { epoch, elapsed: last.elapsed + elapsed, clock: last.clock + passed }
    }

    pub fn line(&self, quantity: Quantity, axis: XAxis) -> Line<'_> {
        self.line_of(quantity, axis, &self.trace(quantity).raw)
    }

    /// The same, smoothed; none where it is not.
    pub fn smooth_line(&self, quantity: Quantity, axis: XAxis) -> Option<Line<'_>> {
        self.trace(quantity).smooth().map(|series| self.line_of(quantity, axis, series))
    }

    fn line_of<'a>(&'a self, quantity: Quantity, axis: XAxis, series: &'a Series) -> Line<'a> {
        Line { series, curves: self, steps: quantity == Quantity::Steps, axis }
    }

    fn trace(&self, quantity: Quantity) -> &Trace {
        match quantity {
            Quantity::Steps => &self.steps,
            Quantity::TrainLoss => &self.train_loss,
            Quantity::ValLoss => &self.val_loss,
            Quantity::Accuracy => &self.accuracy,
            Quantity::LogLoss => &self.log_loss,
        }
    }

    /// F1 of class `class` over the epochs.
    pub fn f1(&self, class: usize) -> Option<&Series> {
        self.f1.get(class)
    }

    /// Steps of an epoch, at least 1: step n (from 0) ends at (n + 1) / `steps_per_epoch`.
    pub fn steps_per_epoch(&self) -> f64 {
        self.steps_per_epoch.max(1.0)
    }

    /// Epochs trained, with the fraction of the one under way.
    pub fn trained(&self) -> f64 {
        self.now.epoch
    }

    /// Where `epoch` stands on `axis`: in epochs, steps, seconds of training, or seconds since the Unix
    /// epoch. Rises with `epoch`.
    pub fn x(&self, axis: XAxis, epoch: f64) -> f64 {
        match axis {
            XAxis::Epoch => epoch,
            XAxis::Step => epoch * self.steps_per_epoch(),
            XAxis::Elapsed => self.between(epoch, |knot| knot.epoch, |knot| knot.elapsed),
            XAxis::Clock => self.between(epoch, |knot| knot.epoch, |knot| knot.clock),
        }
    }

    /// The epoch that stands at `x` on `axis`.
    pub fn epoch_at(&self, axis: XAxis, x: f64) -> f64 {
        match axis {
            XAxis::Epoch => x,
            XAxis::Step => x / self.steps_per_epoch(),
            XAxis::Elapsed => self.between(x, |knot| knot.elapsed, |knot| knot.epoch),
            XAxis::Clock => self.between(x, |knot| knot.clock, |knot| knot.epoch),
        }
    }

    /// The straight line between the moments around `value`, kept within the run.
    fn between(&self, value: f64, from: fn(&Knot) -> f64, to: fn(&Knot) -> f64) -> f64 {
        // Most epochs are about as long.
        let above = before(&self.knots, from, value);
        let high = self.knots.get(above).unwrap_or(&self.now);
        let Some(low) = above.checked_sub(1).and_then(|below| self.knots.get(below)) else { return to(high) };
        let width = from(high) - from(low);
        let part = if width > 0.0 { ((value - from(low)) / width).clamp(0.0, 1.0) } else { 1.0 };
        to(low) + (to(high) - to(low)) * part
    }
}

impl Line<'_> {
    /// True where every point of both stands at the same place.
    pub fn stands_like(&self, other: &Self) -> bool {
        let places = |line: &Self| (line.steps, line.axis, line.series.len());
        std::ptr::eq(self.curves, other.curves) && places(self) == places(other)
    }

    /// Where point `index` stands.
    pub fn x(&self, index: usize) -> f64 {
        let epoch = if self.steps {
            (index + 1) as f64 / self.curves.steps_per_epoch()
        } else {
            self.curves.epochs.get(index).copied().unwrap_or(f64::INFINITY)
        };
        match self.axis {
            // Not by way of the epoch, so that a whole number of steps stays whole.
            XAxis::Step if self.steps => (index + 1) as f64,
            axis => self.curves.x(axis, epoch),
        }
    }

    /// How many points stand to the left of `x`; `from` of them are known to.
    pub fn before(&self, x: f64, from: usize) -> usize {
        let len = self.series.len().max(from);
        partition_near(from..len, self.about(x), |at| self.x(at) < x)
    }

    /// About how many points stand to the left of `x`, as if every epoch were there and evenly long.
    fn about(&self, x: f64) -> usize {
        let epoch = self.curves.epoch_at(self.axis, x);
        (if self.steps { epoch * self.curves.steps_per_epoch() } else { epoch }) as usize
    }

    /// The point nearest to `x`.
    pub fn nearest(&self, x: f64) -> Option<usize> {
        let after = self.before(x, 0);
        let Some(before) = after.checked_sub(1) else { return (self.series.len() > 0).then_some(0) };
        let closer = after < self.series.len() && self.x(after) - x <= x - self.x(before);
        Some(if closer { after } else { before })
    }
}

/// How many of `items`, which are in the order of `key`, have one below `value`: looked for where that would be if
/// all were as far from each other.
pub fn before<T>(items: &[T], key: impl Fn(&T) -> f64, value: f64) -> usize {
    let (Some(first), Some(last)) = (items.first().map(&key), items.last().map(&key)) else { return 0 };
    let guess = (value - first) / (last - first) * items.len() as f64;
    partition_near(0..items.len(), guess as usize, |at| items.get(at).is_some_and(|item| key(item) < value))
}

/// The first of `range` for which `is_before` does not hold, where it holds for all up to one and for none from
/// there on: looked for around `guess`, farther and farther, and then in between.
fn partition_near(range: Range<usize>, guess: usize, is_before: impl Fn(usize) -> bool) -> usize {
    let about = guess.clamp(range.start, range.end);
    let (mut low, mut high) = (about, about);
    let mut reach = 1;
    while low > range.start && !is_before(low - 1) {
        high = low - 1;
        low = low.saturating_sub(reach).max(range.start);
        reach *= 2;
    }
    reach = 1;
    while high < range.end && is_before(high) {
        low = high + 1;
        high = (high + reach).min(range.end);
        reach *= 2;
    }
    while low < high {
        let middle = low.midpoint(high);
        if is_before(middle) { low = middle + 1 } else { high = middle }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_found_wherever_it_is_looked_for_first() {
        for len in [0, 1, 2, 7, 40] {
            for (from, answer) in (0..=len).flat_map(|from| (from..=len).map(move |answer| (from, answer))) {
                for guess in [0, 1, answer, len, usize::MAX] {
                    assert_eq!(partition_near(from..len, guess, |at| at < answer), answer, "{from} {len} {guess}");
                }
            }
        }
    }
}
