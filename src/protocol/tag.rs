//! What a score was measured on. Scores are comparable where their tags are equal.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::config::SplitName;

/// What counts as one sample.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A whole clip of ten seconds.
    #[default]
    Clip,
    /// A part of a clip, one second of it in the published baseline. Its scores are lower than those
    /// of whole clips, where the parts can outvote each other.
    Segment,
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Clip => "10-s clips",
            Self::Segment => "1-s segments",
        })
    }
}

/// The protocol of a score: goes with every number that is shown.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Tag {
    pub unit: Unit,
    /// How many of them.
    pub samples: usize,
    /// None where a file of predictions does not tell.
    pub split: Option<SplitName>,
    /// Fingerprint: of the whole data set for a run; of ids and truth, `ids-…`, for a file of
    /// predictions.
    pub data: String,
    /// Generated data, not recordings.
    pub demo: bool,
}

impl Tag {
    /// One letter a tag, the same for equal tags, in the order of appearance: `A`, `B`, …, `Z`, then
    /// numbers. Empty where all tags are equal, and no mark is needed.
    #[must_use]
    pub fn marks<'a>(tags: impl IntoIterator<Item = &'a Self>) -> Vec<String> {
        let mut kinds: Vec<&Self> = Vec::new();
        let mut places = Vec::new();
        for tag in tags {
            places.push(kinds.iter().position(|kind| *kind == tag).unwrap_or(kinds.len()));
            if places.last() == Some(&kinds.len()) {
                kinds.push(tag);
            }
        }
        let letter = |place: usize| match u8::try_from(place) {
            Ok(place) if place < 26 => char::from(b'A' + place).to_string(),
            _ => (place + 1).to_string(),
        };
        places.into_iter().map(|place| if kinds.len() > 1 { letter(place) } else { String::new() }).collect()
    }
}

impl fmt::Display for Tag {
    /// `3645 10-s clips · test split · data 1a2b3c4d`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.samples, self.unit)?;
        if let Some(split) = self.split {
            write!(f, " · {split} split")?;
        }
        // Eight digits tell sets apart; `ids-` says that only ids and truth were seen.
        let (kind, digits) = self.data.strip_prefix("ids-").map_or(("data", &*self.data), |digits| ("ids", digits));
        write!(f, " · {kind} {}", digits.chars().take(8).collect::<String>())?;
        if self.demo { f.write_str(" · DEMO data") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(unit: Unit, data: &str) -> Tag {
        Tag { unit, samples: 30, split: Some(SplitName::Test), data: data.to_owned(), demo: false }
    }

    #[test]
    fn a_tag_reads_as_a_phrase() {
        let clips = tag(Unit::Clip, "0123456789abcdef");
        assert_eq!(clips.to_string(), "30 10-s clips · test split · data 01234567");
        let file = Tag { split: None, demo: true, ..tag(Unit::Segment, "ids-99") };
        assert_eq!(file.to_string(), "30 1-s segments · ids 99 · DEMO data");
    }

    #[test]
    fn different_protocols_get_different_marks() {
        let (a, b) = (tag(Unit::Clip, "a"), tag(Unit::Segment, "a"));
        assert_eq!(Tag::marks([&a, &a]), ["", ""]);
        assert_eq!(Tag::marks([&a, &b, &a]), ["A", "B", "A"]);
        let many: Vec<_> = (0..28).map(|number| tag(Unit::Clip, &number.to_string())).collect();
        assert_eq!(Tag::marks(&many)[25..], ["Z", "27", "28"]);
        assert!(Tag::marks([]).is_empty());
    }
}
