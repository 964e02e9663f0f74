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

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    #[derive(Debug, Serialize, Deserialize)]
    struct Curve {
        #[serde(with = "crate::config::number")]
        last: f64,
        #[serde(with = "crate::config::number::list")]
        all: Vec<f32>,
    }

    #[test]
    fn what_json_lacks_is_written_as_text() {
        let curve = Curve { last: f64::NAN, all: vec![0.1, 3.0, f32::INFINITY, f32::NEG_INFINITY] };
        let json = serde_json::to_string(&curve).unwrap();
        assert_eq!(json, r#"{"last":"NaN","all":[0.1,3.0,"inf","-inf"]}"#);
        let read: Curve = serde_json::from_str(&json).unwrap();
        assert!(read.last.is_nan());
        assert_eq!(read.all, curve.all);
    }

    #[test]
    fn numbers_come_back_as_they_were() {
        for bits in (0..4000_u32).map(|i| i.wrapping_mul(2_654_435_761)) {
            let value = f32::from_bits(bits);
            if value.is_finite() {
                let json = serde_json::to_string(&Curve { last: f64::from(value), all: vec![value] }).unwrap();
                let read: Curve = serde_json::from_str(&json).unwrap();
                assert_eq!(read.all, [value], "{json}");
            }
        }
    }

    #[test]
    fn a_whole_number_is_a_number_and_a_word_is_not() {
        let read: Curve = serde_json::from_str(r#"{"last":2,"all":[1]}"#).unwrap();
        assert_eq!(read.all, [1.0]);
        let error = serde_json::from_str::<Curve>(r#"{"last":"much","all":[]}"#).unwrap_err().to_string();
        assert!(error.contains("`much` is not a number"), "{error}");
    }
}
