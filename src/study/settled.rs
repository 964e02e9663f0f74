//! Whether the difference between two settings is more than the noise of their seeds.

use statrs::distribution::{ContinuousCDF as _, StudentsT};

use crate::runs::Spread;

/// Two-sided p-value of Welch's t-test, which does not take the two variances for equal (Welch, *The
/// generalization of "Student's" problem when several different population variances are involved*,
/// Biometrika 34, 1947). None where one of the two has a single seed, or a value is not a number.
#[must_use]
pub fn welch(a: &Spread, b: &Spread) -> Option<f64> {
    let error = |spread: &Spread| Some(spread.sd?.powi(2) / spread.n as f64);
    let (error_a, error_b) = (error(a)?, error(b)?);
    let difference = (a.mean - b.mean).abs();
    if !difference.is_finite() || !(error_a + error_b).is_finite() {
        return None;
    }
    if error_a + error_b == 0.0 {
        // Seeds that all give the same leave no noise.
        return Some(if difference > 0.0 { 0.0 } else { 1.0 });
    }
    let share = |error: f64, n: usize| error.powi(2) / (n - 1) as f64;
    let freedom = (error_a + error_b).powi(2) / (share(error_a, a.n) + share(error_b, b.n));
    let t = difference / (error_a + error_b).sqrt();
    let distribution = StudentsT::new(0.0, 1.0, freedom).ok()?;
    Some(2.0 * distribution.sf(t))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn welch_gives_what_scipy_gives() {
        // scipy.stats.ttest_ind(a, b, equal_var=False).pvalue
        let a = Spread::of(&[0.50, 0.52, 0.49, 0.53, 0.51]).unwrap();
        let b = Spread::of(&[0.55, 0.53, 0.58]).unwrap();
        let p = welch(&a, &b).unwrap();
        assert!((p - 0.075_587_8).abs() < 1e-6, "{p}");
    }

    #[test]
    fn one_seed_says_nothing_and_none_has_no_mean() {
        let (one, two) = (Spread::of(&[0.5]).unwrap(), Spread::of(&[0.5, 0.6]).unwrap());
        assert_eq!((one.sd, welch(&one, &two)), (None, None));
        assert_eq!(Spread::of(&[]), None);
        let broken = Spread::of(&[f64::NAN, 0.6]).unwrap();
        assert_eq!(welch(&broken, &two), None);
    }

    #[test]
    fn seeds_without_noise_are_settled() {
        let (a, b) = (Spread::of(&[0.5, 0.5]).unwrap(), Spread::of(&[0.6, 0.6]).unwrap());
        assert_eq!((welch(&a, &b), welch(&a, &a)), (Some(0.0), Some(1.0)));
    }
}
