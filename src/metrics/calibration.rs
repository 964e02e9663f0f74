//! Does a classifier know how sure it is? Where it says 0.8, it should be right in 80 % of the clips.

use serde::Serialize;

use super::Clips;

/// Confidence and accuracy, bin by bin, and the expected calibration error.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Calibration {
    /// Expected calibration error: mean over clips of |accuracy − mean confidence| of their bin.
    #[serde(with = "crate::config::number")]
    pub ece: f64,
    pub bins: Vec<Bin>,
}

/// The clips whose largest probability lies in (`low`, `high`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Bin {
    pub low: f64,
    pub high: f64,
    pub clips: usize,
    /// Mean of the largest probabilities; 0 where there are no clips.
    pub confidence: f64,
    /// Share of the clips whose prediction is right; 0 where there are no clips.
    pub accuracy: f64,
}

impl Calibration {
    /// Number of bins, all of the same width.
    pub const BINS: usize = 15;

    /// The calibration of the top class over [`Calibration::BINS`] equal-width bins (Guo, Pleiss, Sun
    /// and Weinberger, On Calibration of Modern Neural Networks, ICML 2017, equation 3). `NaN` where a
    /// clip has no largest probability.
    #[must_use]
    pub fn of(clips: &Clips) -> Self {
        let mut sums = [(0_usize, 0.0_f64, 0_usize); Self::BINS];
        let mut unsure = false;
        for (truth, prediction, row) in clips.iter() {
            let top = f64::from(row.iter().copied().fold(f32::NEG_INFINITY, f32::max));
            unsure |= !top.is_finite();
            let bin = (top * Self::BINS as f64).ceil() as usize;
            if let Some((number, confidence, right)) = sums.get_mut(bin.clamp(1, Self::BINS) - 1) {
                *number += 1;
                *confidence += top;
                *right += usize::from(truth == prediction);
            }
        }
        let mean = |sum: f64, clips: usize| if clips == 0 { 0.0 } else { sum / clips as f64 };
        let edge = |bin: usize| bin as f64 / Self::BINS as f64;
        let bins = sums.iter().enumerate().map(|(bin, &(clips, confidence, right))| Bin {
            low: edge(bin),
            high: edge(bin + 1),
            clips,
            confidence: mean(confidence, clips),
            accuracy: mean(right as f64, clips),
        });
        let bins: Vec<Bin> = bins.collect();
        let gaps = bins.iter().map(|bin| bin.clips as f64 * (bin.accuracy - bin.confidence).abs()).sum::<f64>();
        Self { ece: if unsure { f64::NAN } else { gaps / clips.len() as f64 }, bins }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sure_and_right_is_calibrated_and_sure_and_wrong_is_not() {
        let sure = [1.0, 0.0, 0.0, 1.0];
        let calibration = |predictions: &[usize]| Calibration::of(&Clips::new(&[0, 1], predictions, &sure, 2).unwrap());
        assert!(calibration(&[0, 1]).ece.abs() < 1e-12);
        assert!((calibration(&[1, 0]).ece - 1.0).abs() < 1e-12);
        assert_eq!(calibration(&[0, 1]).bins[14].clips, 2, "1 belongs to the last bin");
    }

    #[test]
    fn what_is_not_a_number_is_not_calibrated() {
        let clips = Clips::new(&[0], &[0], &[f32::NAN, f32::NAN], 2).unwrap();
        assert!(Calibration::of(&clips).ece.is_nan());
    }
}
