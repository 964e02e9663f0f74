//! Log loss (cross-entropy in nats), as scikit-learn's `log_loss` computes it.

/// Mean over clips of `-ln p(true class)`.
///
/// `probabilities` is row-major, `labels.len()` × `classes`; each row is clipped to
/// [ε, 1 − ε] with ε = `f32::EPSILON`, as scikit-learn does for 32-bit probabilities, and
/// renormalised. `NaN` where there are no clips or a row holds a `NaN`.
#[must_use]
pub fn log_loss(probabilities: &[f32], labels: &[usize], classes: usize) -> f64 {
    let epsilon = f64::from(f32::EPSILON);
    let total: f64 = probabilities
        .chunks_exact(classes.max(1))
        .zip(labels)
        .map(|(row, &label)| {
            let sum: f64 = row.iter().map(|&p| f64::from(p).clamp(epsilon, 1.0 - epsilon)).sum();
            let p = row.get(label).map_or(f64::NAN, |&p| f64::from(p));
            -(p.clamp(epsilon, 1.0 - epsilon) / sum).ln()
        })
        .sum();
    if labels.is_empty() { f64::NAN } else { total / labels.len() as f64 }
}
