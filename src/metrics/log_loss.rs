//! Log loss (cross-entropy in nats), as scikit-learn's `log_loss` computes it.

/// Mean over clips of `-ln p(true class)`.
///
/// `probabilities` is row-major, `labels.len()` × `classes`. Each is clipped to [ε, 1 − ε] with
/// ε = `f32::EPSILON`, as scikit-learn does for 32-bit probabilities; rows are not renormalised
/// (its older versions did so, which matters only where rows do not sum to 1). The logarithm
/// is taken in 64 bits, so the value is scikit-learn's without its 32-bit rounding.
///
/// `NaN` where there are no clips, where the sizes do not fit, or where a true class has no
/// probability or a `NaN`.
#[must_use]
pub fn log_loss(probabilities: &[f32], labels: &[usize], classes: usize) -> f64 {
    if labels.is_empty() || classes == 0 || labels.len().checked_mul(classes) != Some(probabilities.len()) {
        return f64::NAN;
    }
    let rows = probabilities.chunks_exact(classes).zip(labels);
    let total: f64 = rows.map(|(row, &label)| of_clip(row, label)).sum();
    total / labels.len() as f64
}

/// The part that one clip adds, from its probabilities; `NaN` where its true class has none.
pub(super) fn of_clip(row: &[f32], label: usize) -> f64 {
    row.get(label).map_or(f64::NAN, |&probability| -clipped(probability).ln())
}

fn clipped(probability: f32) -> f64 {
    f64::from(probability.clamp(f32::EPSILON, 1.0 - f32::EPSILON))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_log_loss_gives_nan() {
        let cases: [(&str, &[f32], &[usize], usize); 5] = [
            ("no clips", &[], &[], 3),
            ("no classes", &[], &[0], 0),
            ("a row is missing", &[0.5, 0.5], &[0, 1], 2),
            ("a label outside the classes", &[0.5, 0.5], &[2], 2),
            ("the true class's probability is not a number", &[f32::NAN, 0.5], &[0], 2),
        ];
        for (reason, probabilities, labels, classes) in cases {
            assert!(log_loss(probabilities, labels, classes).is_nan(), "{reason}");
        }
    }
}
