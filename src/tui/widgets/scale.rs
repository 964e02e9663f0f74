//! Axes: a range of values on a row of dots, and where its ticks are.

use crate::tui::{format, state::chart::XAxis};

/// A range of values, lowest first, never empty.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    pub low: f64,
    pub high: f64,
    /// Each power of ten takes as much room as the next: the logarithm of highest by lowest. The range is then
    /// above 0.
    log: Option<f64>,
}

/// Round steps of a time axis in seconds.
const TIMES: [f64; 17] = [
    1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 1800.0, 3600.0, 7200.0, 14_400.0, 43_200.0,
    86_400.0,
];

/// Seconds of a day.
const DAY: f64 = 86_400.0;

impl Scale {
    /// From `low` to `high`; something sensible where they are equal or not finite.
    pub fn new(low: f64, high: f64) -> Self {
        let low = if low.is_finite() { low } else { 0.0 };
        let least = (low.abs() * 1e-12).max(f64::MIN_POSITIVE);
        let high = if high.is_finite() && high - low > least { high } else { low + low.abs().max(1.0) };
        Self { low, high, log: None }
    }

    /// The same, logarithmic; `low` is raised above 0.
    pub fn log(low: f64, high: f64) -> Self {
        let high = if high.is_finite() && high > 0.0 { high } else { 1.0 };
        let low = if low.is_finite() && low > 0.0 && low < high { low } else { high / 10.0 };
        Self { low, high, log: Some((high / low).ln()) }
    }

    /// From 0 to a round number at or above the largest of `values`, spikes apart unless they are
    /// `kept`: a value that is far above nearly all others does not flatten them. The flag says that
    /// values lie outside.
    pub fn robust(values: &mut Vec<f64>, kept: bool) -> (Self, bool) {
        values.retain(|value| value.is_finite());
        let Some(largest) = values.iter().copied().reduce(f64::max) else { return (Self::new(0.0, 1.0), false) };
        let nearly_all = values.len() * 9 / 10;
        let usual = *values.select_nth_unstable_by(nearly_all, f64::total_cmp).1;
        let clipped = !kept && values.len() >= 10 && usual > 0.0 && largest > 8.0 * usual;
        let high = if clipped { 2.0 * usual } else { largest };
        let low = values.iter().copied().fold(0.0, f64::min);
        (Self::new(low, Self::new(low, high).rounded_up()), clipped)
    }

    /// `self` down to `low`, which need not be round: what is looked at closely need not start at 0.
    pub fn raised_to(self, low: f64) -> Self {
        if low.is_finite() && low < self.high { Self::new(low, self.high) } else { self }
    }

    fn rounded_up(self) -> f64 {
        // A tenth of a tick step is close enough to the top of the highest curve.
        let step = self.step(5) / 2.0;
        (self.high / step).ceil() * step
    }

    /// How far `value` is on the way from the lowest to the highest: 0 to 1 within the range. Not finite
    /// for what is not, and below everything for what a logarithm cannot take.
    pub fn part(self, value: f64) -> f64 {
        match self.log {
            None => (value - self.low) / (self.high - self.low),
            Some(_) if value <= 0.0 => f64::from(f32::MIN),
            Some(log) => (value / self.low).ln() / log,
        }
    }

    /// The value at `part` of the way.
    pub fn value(self, part: f64) -> f64 {
        if self.log.is_some() {
            self.low * (self.high / self.low).powf(part)
        } else {
            self.low + (self.high - self.low) * part
        }
    }

    /// The stretch from `from` to `to` (0 to 1) of it.
    pub fn stretch(self, (from, to): (f64, f64)) -> Self {
        if self.log.is_some() {
            Self::log(self.value(from), self.value(to))
        } else {
            Self::new(self.value(from), self.value(to))
        }
    }

    /// The position of `value` among `dots` dots, clamped to them; none for what is not finite.
    pub fn position(self, value: f64, dots: usize) -> Option<usize> {
        if !value.is_finite() || dots == 0 {
            return None;
        }
        let part = self.part(value).clamp(0.0, 1.0);
        // As `f64::round` does, which is a call where the processor is not known to have an instruction for it.
        Some(((part * (dots - 1) as f64 + 0.5) as usize).min(dots - 1))
    }

    /// The same; none also for what lies outside the range.
    pub fn inside(self, value: f64, dots: usize) -> Option<usize> {
        (self.low..=self.high).contains(&value).then(|| self.position(value, dots)).flatten()
    }

    /// A round step (1, 2 or 5 times a power of ten) that gives at most `most` ticks.
    fn step(self, most: usize) -> f64 {
        let raw = (self.high - self.low) / most.max(1) as f64;
        let power = 10f64.powf(raw.log10().floor());
        let factor = [1.0, 2.0, 5.0, 10.0].into_iter().find(|factor| factor * power >= raw * 0.999).unwrap_or(10.0);
        if power.is_normal() { factor * power } else { self.high - self.low }
    }

    /// At most about `most` round values within the range, with their labels; more where that would be fewer than
    /// two, which tell what the range is.
    pub fn ticks(self, most: usize) -> Vec<(f64, String)> {
        let mut ticks = self.about(most);
        for finer in most + 1..most + 5 {
            if ticks.len() < 2 {
                ticks = self.about(finer);
            }
        }
        ticks
    }

    fn about(self, most: usize) -> Vec<(f64, String)> {
        // Less than a power of ten is best told in even steps, also on a logarithmic scale.
        if self.log.is_some() && self.high / self.low > 5.0 {
            self.decades(most)
        } else {
            self.stepped(self.step(most.max(1)))
        }
    }

    /// Ticks of an x axis: whole numbers for epochs (from 1) and steps, round times for times.
    pub fn x_ticks(self, axis: XAxis, most: usize) -> Vec<(f64, String)> {
        let least = (self.high - self.low) / most.max(1) as f64;
        match axis {
            XAxis::Epoch | XAxis::Step => {
                let mut ticks = self.stepped(self.step(most.max(1)).max(1.0));
                ticks.retain(|(value, _)| *value >= 1.0);
                if ticks.first().is_some_and(|(value, _)| *value > 1.0) && self.low <= 1.0 {
                    ticks.insert(0, (1.0, "1".to_owned()));
                }
                ticks
            }
            XAxis::Elapsed | XAxis::Clock => {
                let step = TIMES.into_iter().find(|step| *step >= least).unwrap_or((least / DAY).ceil() * DAY);
                let label = |value: f64| match axis {
                    XAxis::Clock => self.moment(value),
                    _ => format::clock(value),
                };
                self.stepped(step).into_iter().map(|(value, _)| (value, label(value))).collect()
            }
        }
    }

    /// `seconds` since the Unix epoch: the time of day, and the date as well where more than a day is seen.
    pub fn moment(self, seconds: f64) -> String {
        let ms = (seconds * 1000.0) as i64;
        if self.high - self.low > DAY { format::date(ms) } else { format::time_of_day(ms) }
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

    /// 1, 2 and 5 times the powers of ten, or the powers alone where that would be too many.
    fn decades(self, most: usize) -> Vec<(f64, String)> {
        let (first, last) = (self.low.log10().floor() as i32, self.high.log10().ceil() as i32);
        let powers = (last - first).unsigned_abs() as usize;
        let factors: &[f64] = if powers * 3 <= most.max(1) * 2 { &[1.0, 2.0, 5.0] } else { &[1.0] };
        let stride = powers.div_ceil(most.max(1)).max(1);
        let values =
            (first..=last).step_by(stride).flat_map(|power| factors.iter().map(move |factor| (*factor, power)));
        values
            .map(|(factor, power)| {
                let decimals = usize::try_from(-power).unwrap_or(0);
                let value = factor * 10f64.powi(power);
                (
                    value,
                    if decimals > 4 || power > 5 { format!("{factor}e{power}") } else { format!("{value:.decimals$}") },
                )
            })
            .filter(|(value, _)| (self.low * 0.999..=self.high * 1.001).contains(value))
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
        assert_eq!(labels(&Scale::new(0.0, 30.0).x_ticks(XAxis::Epoch, 6)), ["1", "5", "10", "15", "20", "25", "30"]);
        assert_eq!(labels(&Scale::new(0.0, 3.0).x_ticks(XAxis::Epoch, 9)), ["1", "2", "3"]);
        assert_eq!(labels(&Scale::new(0.0, 130.0).x_ticks(XAxis::Elapsed, 3)), ["0:00", "1:00", "2:00"]);
        let days = |days: f64| {
            labels(&Scale::new(1.767_225_6e9, 1.767_225_6e9 + days * DAY).x_ticks(XAxis::Clock, 4)).join(" ")
        };
        assert_eq!(days(0.5), "00:00:00 04:00:00 08:00:00 12:00:00");
        assert_eq!(days(1.5), "01-01 00:00 01-01 12:00 01-02 00:00 01-02 12:00");
        assert_eq!(days(4.0), "01-01 00:00 01-02 00:00 01-03 00:00 01-04 00:00 01-05 00:00");
        assert_eq!(labels(&Scale::log(0.02, 3.0).ticks(5)), ["0.02", "0.05", "0.1", "0.2", "0.5", "1", "2"]);
        assert_eq!(labels(&Scale::log(0.4, 3.0).ticks(5)), ["0.5", "1", "2"]);
        assert_eq!(labels(&Scale::log(0.4, 0.8).ticks(4)), ["0.4", "0.5", "0.6", "0.7", "0.8"]);
        // Between two round values there may be no other that is as round.
        for (low, high, expected) in [(0.41, 0.59, ["0.45", "0.50", "0.55"].as_slice()), (0.0, 1.5, &["0", "1"])] {
            assert_eq!(labels(&Scale::new(low, high).ticks(1)), expected);
        }
    }

    #[test]
    fn what_is_not_finite_or_far_out_does_not_set_the_range() {
        let (scale, clipped) = Scale::robust(&mut vec![f64::NAN, 1.4, 0.6, f64::INFINITY], false);
        assert_eq!((scale, clipped), (Scale::new(0.0, 1.5), false));
        let mut spiky: Vec<f64> = (0..50).map(|index| f64::from(index) / 50.0).collect();
        spiky.push(1e9);
        let (scale, clipped) = Scale::robust(&mut spiky.clone(), false);
        assert!(clipped && scale.high <= 2.0, "{scale:?}");
        let (scale, clipped) = Scale::robust(&mut spiky, true);
        assert!(!clipped && scale.high >= 1e9, "{scale:?}");
        assert_eq!(Scale::robust(&mut vec![], false).0, Scale::new(0.0, 1.0));
        assert_eq!(Scale::robust(&mut vec![0.0], false).0, Scale::new(0.0, 1.0));
    }

    #[test]
    fn positions_stay_on_the_axis() {
        let scale = Scale::new(0.0, 2.0);
        assert_eq!(scale.position(1.0, 5), Some(2));
        assert_eq!(scale.position(9.0, 5), Some(4));
        assert_eq!(scale.inside(9.0, 5), None);
        assert_eq!(scale.position(f64::NAN, 5), None);
        assert_eq!(scale.position(1.0, 0), None);
        let log = Scale::log(0.01, 100.0);
        assert_eq!(log.position(1.0, 5), Some(2));
        assert_eq!(log.position(0.0, 5), Some(0), "what a logarithm cannot take lies at the bottom");
        assert!((log.value(0.75) - 10.0).abs() < 1e-9);
    }
}
