//! What `--json` prints.

use serde_json::{Value, json};

use super::{Subject, comparison::Compared, ensemble::Weights};
use crate::{
    metrics::{Assessment, ClassScores},
    runs::results::Truth,
};

/// Everything that is known of one set of predictions.
pub fn single(subject: &Subject, assessment: &Assessment) -> Value {
    let predictions = &subject.predictions;
    let class = |class: usize| predictions.classes.get(class);
    let confusion = &assessment.confusion;
    let per_class: Vec<Value> =
        predictions.classes.iter().zip(confusion.per_class()).map(|(name, scores)| scored(name, scores)).collect();
    let confused: Vec<Value> = confusion
        .most_confused()
        .into_iter()
        .map(|(truth, prediction, clips)| {
            json!({ "truth": class(truth), "prediction": class(prediction), "clips": clips })
        })
        .collect();
    let mistakes: Vec<Value> = assessment
        .mistakes
        .iter()
        .map(|mistake| {
            json!({
                "id": predictions.ids.get(mistake.clip),
                "truth": class(mistake.truth),
                "prediction": class(mistake.prediction),
                "confidence": mistake.confidence,
            })
        })
        .collect();
    let (truth, truth_file) = match &predictions.truth {
        None => (None, None),
        Some((_, Truth::Given)) => (Some("given"), None),
        Some((_, Truth::File(name))) => (Some("labels"), Some(name)),
        Some((_, Truth::Ids)) => (Some("ids"), None),
    };
    json!({
        "name": predictions.name,
        "protocol": subject.tag,
        "scores": assessment.scores,
        "intervals": assessment.intervals,
        "resampled": if assessment.locations.is_empty() { "samples" } else { "locations" },
        "calibration": assessment.calibration,
        "classes": predictions.classes,
        "per_class": per_class,
        "macro": scored("macro avg", confusion.macro_average()),
        "weighted": scored("weighted avg", confusion.weighted_average()),
        "confusion": confusion,
        "cities": assessment.cities,
        "locations": assessment.locations,
        "confused": confused,
        "mistakes": mistakes,
        "truth": truth,
        "truth_file": truth_file,
        "rounded_to": predictions.decimals,
        "true_class_rounded_to_0": predictions.zeros(),
        "notes": predictions.notes,
    })
}

/// The same for what was combined, with its members.
pub fn ensemble(subject: &Subject, assessment: &Assessment, weights: &Weights, compared: &Compared) -> Value {
    let members: Vec<Value> =
        weights.members.iter().map(|(name, weight)| json!({ "name": name, "weight": weight })).collect();
    let mut value = single(subject, assessment);
    if let Value::Object(fields) = &mut value {
        fields.insert("combine".to_owned(), json!(weights.how));
        fields.insert("weights".to_owned(), json!(members));
        fields.insert("weights_fitted_on".to_owned(), json!(weights.fitted_on));
        fields.insert("comparisons".to_owned(), compared.pairs_json());
    }
    value
}

fn scored(name: &str, scores: ClassScores) -> Value {
    json!({ "name": name, "scores": scores })
}
