//! Mean and spread of one figure over runs that differ in nothing but the seed.

use serde::Serialize;

/// Mean and sample standard deviation (n − 1) of some values.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// How many values.
    pub n: usize,
    pub mean: f64,
    /// None of a single value.
    pub sd: Option<f64>,
}

impl Spread {
    /// The spread of `values`; none where there are none.
    #[must_use]
    pub fn of(values: &[f64]) -> Option<Self> {
        let n = values.len();
        let mean = values.iter().sum::<f64>() / n as f64;
        let squares = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
        (n > 0).then(|| Self { n, mean, sd: (n > 1).then(|| (squares / (n - 1) as f64).sqrt()) })
    }
}
