//! Several classifiers' predictions made into one.

use std::{fmt, str::FromStr};

use serde::Serialize;

use super::clips::most_probable;

/// How predictions are combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Combine {
    /// Weighted mean of the probabilities.
    Mean,
    /// Weighted mean of the logarithms of the probabilities, made to sum to 1 again: the normalised
    /// geometric mean. A probability of 0 counts as the 32-bit epsilon, as in the log loss.
    LogMean,
    /// Each votes with its weight for the class that it predicts; of classes with as many votes, the
    /// one with the higher mean probability wins. The probabilities are the shares of the votes.
    Vote,
}

/// One of the predictors: row-major probabilities, clips × classes, and a predicted class a clip.
#[derive(Clone, Copy, Debug)]
pub struct Member<'a> {
    pub probabilities: &'a [f32],
    pub predictions: &'a [usize],
}

/// What the members say together.
#[derive(Clone, Debug, PartialEq)]
pub struct Combined {
    /// Row-major, clips × classes.
    pub probabilities: Vec<f32>,
    pub predictions: Vec<usize>,
}

/// Why predictions cannot be combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CombineError {
    #[error("there is nothing to combine")]
    Empty,
    #[error("{weights} weights for {members} sets of predictions")]
    Count { weights: usize, members: usize },
    #[error("weights must be numbers of at least 0, and not all 0")]
    Weights,
    #[error("the sets of predictions differ in size")]
    Sizes,
    #[error("weights of votes cannot be fitted; take mean or logmean")]
    Vote,
}

impl Combine {
    pub const ALL: [Self; 3] = [Self::Mean, Self::LogMean, Self::Vote];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::LogMean => "logmean",
            Self::Vote => "vote",
        }
    }

    /// Combine `members`, whose rows are of the same clips and `classes`; only the proportions of
    /// `weights` matter.
    ///
    /// # Errors
    /// If the sizes do not fit, or the weights are none.
    pub fn combine(self, members: &[Member<'_>], weights: &[f64], classes: usize) -> Result<Combined, CombineError> {
        check(members, classes)?;
        let weights = normalised(weights, members.len())?;
        let clips = members.first().map_or(0, |member| member.predictions.len());
        let mut combined = Combined { probabilities: Vec::new(), predictions: Vec::with_capacity(clips) };
        for clip in 0..clips {
            let rows: Vec<&[f32]> = members.iter().map(|member| row(member, clip, classes)).collect();
            let probabilities = match self {
                Self::Mean => mean(&rows, &weights, classes),
                Self::LogMean => log_mean(&rows, &weights, classes),
                Self::Vote => votes(members, clip, &weights, classes),
            };
            let prediction = match self {
                Self::Mean | Self::LogMean => most_probable(&narrow(&probabilities)),
                Self::Vote => elected(&probabilities, &mean(&rows, &weights, classes)),
            };
            combined.predictions.push(prediction);
            combined.probabilities.extend(narrow(&probabilities));
        }
        Ok(combined)
    }

    /// The weights, summing to 1, with the least log loss of the combination on clips whose true
    /// classes are `labels`: validation clips, because weights that are fitted on the test clips flatter them.
    ///
    /// Exponentiated gradient (Kivinen and Warmuth 1997) from equal weights, its step halved where it
    /// does not improve. The log loss is convex in the weights for both kinds of mean, so there is
    /// nothing better elsewhere.
    ///
    /// # Errors
    /// If the sizes do not fit; votes have no log loss worth fitting.
    pub fn fit(self, members: &[Member<'_>], labels: &[usize], classes: usize) -> Result<Vec<f64>, CombineError> {
        check(members, classes)?;
        let same_clips = members.iter().all(|member| member.predictions.len() == labels.len());
        if !same_clips || labels.iter().any(|label| *label >= classes) {
            return Err(CombineError::Sizes);
        }
        let of_weights = match self {
            Self::Mean => mean_objective,
            Self::LogMean => log_mean_objective,
            Self::Vote => return Err(CombineError::Vote),
        };
        let objective = |weights: &[f64]| of_weights(members, labels, classes, weights);
        let mut weights = vec![1.0 / members.len() as f64; members.len()];
        let (mut loss, mut gradient) = objective(&weights);
        let mut step = 1.0;
        for _ in 0..MOST_STEPS {
            let tried = moved(&weights, &gradient, step);
            let (new_loss, new_gradient) = objective(&tried);
            if new_loss < loss {
                let gained = loss - new_loss;
                (weights, loss, gradient) = (tried, new_loss, new_gradient);
                step *= 2.0;
                if gained < LEAST_GAIN {
                    break;
                }
            } else {
                step /= 2.0;
                if step < LEAST_STEP {
                    break;
                }
            }
        }
        Ok(weights)
    }
}

const MOST_STEPS: usize = 2000;
const LEAST_GAIN: f64 = 1e-13;
const LEAST_STEP: f64 = 1e-9;

impl fmt::Display for Combine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Combine {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|how| how.name() == text);
        found.ok_or_else(|| format!("unknown combination `{text}`; one of mean, logmean, vote"))
    }
}

fn check(members: &[Member<'_>], classes: usize) -> Result<(), CombineError> {
    let first = members.first().ok_or(CombineError::Empty)?;
    let clips = first.predictions.len();
    let fits = |member: &Member| {
        member.predictions.len() == clips
            && clips.checked_mul(classes) == Some(member.probabilities.len())
            && member.predictions.iter().all(|class| *class < classes)
    };
    if clips == 0 || classes == 0 {
        return Err(CombineError::Empty);
    }
    if members.iter().all(fits) { Ok(()) } else { Err(CombineError::Sizes) }
}

/// The weights divided by their sum.
fn normalised(weights: &[f64], members: usize) -> Result<Vec<f64>, CombineError> {
    if weights.len() != members {
        return Err(CombineError::Count { weights: weights.len(), members });
    }
    let sum: f64 = weights.iter().sum();
    if weights.iter().any(|weight| *weight < 0.0) || !sum.is_finite() || sum <= 0.0 {
        return Err(CombineError::Weights);
    }
    Ok(weights.iter().map(|weight| weight / sum).collect())
}

fn row<'a>(member: &Member<'a>, clip: usize, classes: usize) -> &'a [f32] {
    member.probabilities.get(clip * classes..(clip + 1) * classes).unwrap_or_default()
}

fn narrow(row: &[f64]) -> Vec<f32> {
    row.iter().map(|&value| value as f32).collect()
}

fn mean(rows: &[&[f32]], weights: &[f64], classes: usize) -> Vec<f64> {
    let mut sums = vec![0.0; classes];
    for (row, weight) in rows.iter().zip(weights) {
        sums.iter_mut().zip(*row).for_each(|(sum, &value)| *sum += weight * f64::from(value));
    }
    sums
}

/// The logarithm of a probability, that of 0 being the log loss's.
fn log(probability: f32) -> f64 {
    f64::from(probability.max(f32::EPSILON)).ln()
}

fn log_mean(rows: &[&[f32]], weights: &[f64], classes: usize) -> Vec<f64> {
    let mut sums = vec![0.0; classes];
    for (row, weight) in rows.iter().zip(weights) {
        sums.iter_mut().zip(*row).for_each(|(sum, &value)| *sum += weight * log(value));
    }
    let most = sums.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = sums.iter().map(|sum| (sum - most).exp()).collect();
    let total: f64 = powers.iter().sum();
    powers.iter().map(|power| power / total).collect()
}

fn votes(members: &[Member<'_>], clip: usize, weights: &[f64], classes: usize) -> Vec<f64> {
    let mut shares = vec![0.0; classes];
    for (member, weight) in members.iter().zip(weights) {
        if let Some(share) = member.predictions.get(clip).and_then(|&class| shares.get_mut(class)) {
            *share += weight;
        }
    }
    shares
}

/// The class with the most votes; of those with as many, the one of the highest mean probability.
fn elected(shares: &[f64], means: &[f64]) -> usize {
    // Sums of thirds differ in their last digit with the order of the members.
    let most = shares.iter().copied().fold(0.0, f64::max) - 1e-9;
    let leading = shares.iter().zip(means).map(|(&share, &mean)| if share >= most { mean } else { -1.0 });
    most_probable(&leading.map(|mean| mean as f32).collect::<Vec<_>>())
}

/// A step of the exponentiated gradient: weights stay positive and sum to 1.
fn moved(weights: &[f64], gradient: &[f64], step: f64) -> Vec<f64> {
    let least = gradient.iter().copied().fold(f64::INFINITY, f64::min);
    let grown: Vec<f64> = weights.iter().zip(gradient).map(|(w, g)| w * (-step * (g - least)).exp()).collect();
    let sum: f64 = grown.iter().sum();
    grown.iter().map(|weight| weight / sum).collect()
}

/// Log loss of the mean of probabilities, and its gradient: `−Σ ln Σ w p` and `−Σ p_k / Σ w p`, over
/// the probabilities of the true classes.
fn mean_objective(members: &[Member<'_>], labels: &[usize], classes: usize, weights: &[f64]) -> (f64, Vec<f64>) {
    let mut loss = 0.0;
    let mut gradient = vec![0.0; weights.len()];
    for (clip, &label) in labels.iter().enumerate() {
        let of_truth = |member: &Member| {
            f64::from(row(member, clip, classes).get(label).copied().unwrap_or(0.0).max(f32::EPSILON))
        };
        let truths: Vec<f64> = members.iter().map(of_truth).collect();
        let together: f64 = truths.iter().zip(weights).map(|(p, w)| p * w).sum();
        loss -= together.ln();
        gradient.iter_mut().zip(&truths).for_each(|(slope, p)| *slope -= p / together);
    }
    scaled(loss, gradient, labels.len())
}

/// Log loss of the normalised geometric mean, and its gradient:
/// `−Σ (Σ_k w_k l_ky − ln Σ_c exp Σ_k w_k l_kc)` and `−Σ (l_ky − Σ_c q_c l_kc)`, `l` being logarithms
/// of probabilities, `y` the true class and `q` the mean.
fn log_mean_objective(members: &[Member<'_>], labels: &[usize], classes: usize, weights: &[f64]) -> (f64, Vec<f64>) {
    let mut loss = 0.0;
    let mut gradient = vec![0.0; weights.len()];
    for (clip, &label) in labels.iter().enumerate() {
        let rows: Vec<&[f32]> = members.iter().map(|member| row(member, clip, classes)).collect();
        let together = log_mean(&rows, weights, classes);
        loss -= together.get(label).copied().unwrap_or(f64::NAN).max(f64::MIN_POSITIVE).ln();
        for (slope, row) in gradient.iter_mut().zip(&rows) {
            let expected: f64 = row.iter().zip(&together).map(|(&p, q)| q * log(p)).sum();
            *slope += expected - row.get(label).map_or(0.0, |&p| log(p));
        }
    }
    scaled(loss, gradient, labels.len())
}

fn scaled(loss: f64, gradient: Vec<f64>, clips: usize) -> (f64, Vec<f64>) {
    let clips = clips as f64;
    (loss / clips, gradient.into_iter().map(|slope| slope / clips).collect())
}
