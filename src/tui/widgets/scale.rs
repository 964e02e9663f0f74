//! Axes: a range of values on a row of dots, and where its ticks are.

/// A range of values, lowest first, never empty.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    pub low: f64,
    pub high: f64,
}

impl Scale {
    /// From `low` to `high`; something sensible where they are equal or not finite.
    pub fn new(low: f64, high: f64) -> Self {
        let low = if low.is_finite() { low } else { 0.0 };
        if high.is_finite() && high > low { Self { low, high } } else { Self { low, high: low + 1.0 } }
    }

    /// From 0 to a round number at or above the largest of `values`, spikes apart: a value that is far
    /// above nearly all others does not flatten them. The flag says that values lie outside.
    pub fn robust(values: &mut Vec<f64>) -> (Self, bool) {
        values.retain(|value| value.is_finite());
        values.sort_by(f64::total_cmp);
        let Some(&largest) = values.last() else { return (Self::new(0.0, 1.0), false) };
        let usual = values.get(values.len() * 9 / 10).copied().unwrap_or(largest);
        let clipped = values.len() >= 10 && usual > 0.0 && largest > 8.0 * usual;
        let high = if clipped { 2.0 * usual } else { largest };
        let low = values.first().copied().unwrap_or(0.0).min(0.0);
        (Self::new(low, Self::new(low, high).rounded_up()), clipped)
    }

    fn rounded_up(self) -> f64 {
        // A tenth of a tick step is close enough to the top of the highest curve.
        let step = self.step(5) / 2.0;
        (self.high / step).ceil() * step
    }

    /// The position of `value` among `dots` dots, clamped to them; none for what is not finite.
    pub fn position(self, value: f64, dots: usize) -> Option<usize> {
        if !value.is_finite() || dots == 0 {
            return None;
        }
        let part = ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        Some(((part * (dots - 1) as f64).round() as usize).min(dots - 1))
    }

    /// A round step (1, 2 or 5 times a power of ten) that gives at most `most` ticks.
    fn step(self, most: usize) -> f64 {
        let raw = (self.high - self.low) / most.max(1) as f64;
        let power = 10f64.powf(raw.log10().floor());
        let factor = [1.0, 2.0, 5.0, 10.0].into_iter().find(|factor| factor * power >= raw * 0.999).unwrap_or(10.0);
        if power.is_normal() { factor * power } else { self.high - self.low }
    }

    /// At most about `most` round values within the range, with their labels.
    pub fn ticks(self, most: usize) -> Vec<(f64, String)> {
        self.stepped(self.step(most.max(1)))
    }

    /// Whole numbers only, for epochs: from 1, then round ones.
    pub fn whole_ticks(self, most: usize) -> Vec<(f64, String)> {
        let mut ticks = self.stepped(self.step(most.max(1)).max(1.0));
        ticks.retain(|(value, _)| *value >= 1.0);
        if ticks.first().is_some_and(|(value, _)| *value > 1.0) && self.low <= 1.0 {
            ticks.insert(0, (1.0, "1".to_owned()));
        }
        ticks
    }

    fn stepped(self, step: f64) -> Vec<(f64, String)> {
        let decimals = (-step.log10().floor()).clamp(0.0, 9.0) as usize;
        let first = (self.low / step - 1e-9).ceil() as i64;
        (first..first.saturating_add(64))
            .map(|index| index as f64 * step)
            .take_while(|value| *value <= self.high + step * 1e-9)
            .map(|value| (value, format!("{value:.decimals$}")))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ticks: &[(f64, String)]) -> Vec<&str> {
        ticks.iter().map(|(_, label)| label.as_str()).collect()
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(labels(&Scale::new(0.0, 1.5).ticks(4)), ["0.0", "0.5", "1.0", "1.5"]);
        assert_eq!(labels(&Scale::new(0.0, 0.07).ticks(4)), ["0.00", "0.02", "0.04", "0.06"]);
        assert_eq!(labels(&Scale::new(0.0, 30.0).whole_ticks(6)), ["1", "5", "10", "15", "20", "25", "30"]);
        assert_eq!(labels(&Scale::new(0.0, 3.0).whole_ticks(9)), ["1", "2", "3"]);
    }

    #[test]
    fn what_is_not_finite_or_far_out_does_not_set_the_range() {
        let (scale, clipped) = Scale::robust(&mut vec![f64::NAN, 1.4, 0.6, f64::INFINITY]);
        assert_eq!((scale, clipped), (Scale::new(0.0, 1.5), false));
        let mut spiky: Vec<f64> = (0..50).map(|index| f64::from(index) / 50.0).collect();
        spiky.push(1e9);
        let (scale, clipped) = Scale::robust(&mut spiky);
        assert!(clipped && scale.high <= 2.0, "{scale:?}");
        assert_eq!(Scale::robust(&mut vec![]).0, Scale::new(0.0, 1.0));
        assert_eq!(Scale::robust(&mut vec![0.0]).0, Scale::new(0.0, 1.0));
    }

    #[test]
    fn positions_stay_on_the_axis() {
        let scale = Scale::new(0.0, 2.0);
        assert_eq!(scale.position(1.0, 5), Some(2));
        assert_eq!(scale.position(9.0, 5), Some(4));
        assert_eq!(scale.position(f64::NAN, 5), None);
        assert_eq!(scale.position(1.0, 0), None);
    }
}
