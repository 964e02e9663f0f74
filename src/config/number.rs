//! Floating-point numbers in JSON: NaN and the infinities, which JSON lacks, become strings.
//!
//! A diverged run must be able to say so in its event log. Use with `#[serde(with = "number")]`.

use serde::{Deserialize, Deserializer, Serializer, de::Error};

/// Write a finite number as a number and any other as `"NaN"`, `"inf"` or `"-inf"`.
///
/// # Errors
/// Those of the serializer.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde fixes the signature")]
pub fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    if value.is_finite() { serializer.serialize_f64(*value) } else { serializer.serialize_str(&value.to_string()) }
}

/// Read what [`serialize`] writes.
///
/// # Errors
/// If the value is neither a number nor one of the three strings.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    match Either::deserialize(deserializer)? {
        Either::Number(value) => Ok(value),
        Either::Text(text) => match text.as_str() {
            "NaN" => Ok(f64::NAN),
            "inf" => Ok(f64::INFINITY),
            "-inf" => Ok(f64::NEG_INFINITY),
            _ => Err(D::Error::custom(format!("`{text}` is not a number"))),
        },
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Either {
    Number(f64),
    Text(String),
}

/// The same for a list of numbers.
pub mod list {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(transparent)]
    struct Number(#[serde(with = "super")] f64);

    /// Write each number as [`super::serialize`] does.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(values: &[f32], serializer: S) -> Result<S::Ok, S::Error> {
        // Through the shortest decimal form of the 32-bit value, so that 0.1 does not become 0.10000000149.
        serializer.collect_seq(values.iter().map(|value| Number(value.to_string().parse().unwrap_or(f64::NAN))))
    }

    /// Read what [`serialize`] writes.
    ///
    /// # Errors
    /// If an element is not a number.
    #[allow(clippy::cast_possible_truncation, reason = "step losses are 32-bit at their source")]
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<f32>, D::Error> {
        Ok(Vec::<Number>::deserialize(deserializer)?.into_iter().map(|Number(value)| value as f32).collect())
    }
}
