//! Values drawn at random, the same from the same seed on every machine.

use rand::{RngExt as _, SeedableRng as _};
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::{Deserialize, Serialize};
use toml::Value;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// What a setting is drawn from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Distribution {
    /// Every number between the two is as likely.
    Uniform { low: f64, high: f64, whole: bool },
    /// Every order of magnitude between the two is as likely; both are over 0.
    LogUniform { low: f64, high: f64, whole: bool },
    /// Every value of the list is as likely.
    Choice(Vec<Value>),
}

impl Distribution {
    /// The value of the setting `key` in sample `index`, from 0. It depends on nothing else: more
    /// samples, and other settings, leave it as it is.
    #[must_use]
    pub fn sample(&self, seed: u64, key: &str, index: usize) -> Value {
        let stream = xxh3_64_with_seed(format!("{key} {index}").as_bytes(), seed);
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(stream);
        let share: f64 = rng.random();
        match self {
            // Half a step further out on either side, so that the ends are as likely as the rest.
            Self::Uniform { low, high, whole: true } => whole((low - 0.5) + share * (high - low + 1.0), *low, *high),
            Self::LogUniform { low, high, whole: true } => {
                let (from, to) = ((low - 0.5).ln(), (high + 0.5).ln());
                whole((from + share * (to - from)).exp(), *low, *high)
            }
            Self::Uniform { low, high, whole: false } => short(low + share * (high - low), *low, *high),
            Self::LogUniform { low, high, whole: false } => {
                short((low.ln() + share * (high.ln() - low.ln())).exp(), *low, *high)
            }
            Self::Choice(values) => {
                let index = ((share * values.len() as f64) as usize).min(values.len().saturating_sub(1));
                values.get(index).cloned().unwrap_or(Value::Boolean(false))
            }
        }
    }
}

fn whole(value: f64, low: f64, high: f64) -> Value {
    Value::Integer(value.round().clamp(low, high) as i64)
}

/// Four digits: enough to search with, and short enough to read in a table.
fn short(value: f64, low: f64, high: f64) -> Value {
    let rounded: f64 = format!("{value:.3e}").parse().unwrap_or(value);
    Value::Float(rounded.clamp(low, high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_stay_within_and_fill_their_range() {
        let (low, high) = (1e-5, 1e-1);
        let log = Distribution::LogUniform { low, high, whole: false };
        let values: Vec<f64> = (0..1000).filter_map(|index| log.sample(1, "lr", index).as_float()).collect();
        assert_eq!(values.len(), 1000);
        assert!(values.iter().all(|value| (low..=high).contains(value)));
        for decade in [1e-5, 1e-4, 1e-3, 1e-2] {
            let share = values.iter().filter(|&&value| value >= decade && value < 10.0 * decade).count();
            assert!((180..320).contains(&share), "{share} of 1000 in the decade from {decade}");
        }
        let dice = Distribution::Uniform { low: 1.0, high: 6.0, whole: true };
        for face in 1..=6 {
            let count = (0..1200).filter(|&index| dice.sample(1, "x", index).as_integer() == Some(face)).count();
            assert!((140..260).contains(&count), "{count} of 1200 throws are {face}");
        }
        let wide = Distribution::LogUniform { low: 1.0, high: 4.0, whole: true };
        assert!((0..100).all(|index| (1..=4).contains(&wide.sample(3, "x", index).as_integer().unwrap())));
    }

    #[test]
    fn a_sample_depends_on_seed_key_and_index_alone() {
        let choice = Distribution::Choice((0..1000).map(Value::Integer).collect());
        assert_eq!(choice.sample(1, "a", 7), choice.sample(1, "a", 7));
        let others = [choice.sample(2, "a", 7), choice.sample(1, "b", 7), choice.sample(1, "a", 8)];
        assert!(others.iter().all(|other| *other != choice.sample(1, "a", 7)));
    }
}
