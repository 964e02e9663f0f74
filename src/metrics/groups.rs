//! Clips that belong together: those of a location, of a city.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Clips, clip_id};

/// Which group each clip belongs to. The groups stand in the order of their names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Groups {
    names: Vec<String>,
    of: Vec<usize>,
}

/// The scores of one group's clips.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GroupScores {
    pub name: String,
    pub clips: usize,
    pub correct: usize,
    /// Share of the group's clips whose prediction is right.
    pub accuracy: f64,
    /// Mean over the group's clips.
    #[serde(with = "crate::config::number")]
    pub log_loss: f64,
}

impl Groups {
    /// Group clips by a name each.
    pub fn by_name<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let of_clip: Vec<&str> = names.into_iter().collect();
        let mut numbers: BTreeMap<&str, usize> = of_clip.iter().map(|&name| (name, 0)).collect();
        for (number, place) in numbers.values_mut().enumerate() {
            *place = number;
        }
        let of = of_clip.iter().filter_map(|name| numbers.get(name).copied()).collect();
        Self { names: numbers.into_keys().map(str::to_owned).collect(), of }
    }

    /// The locations (class, city and place) of clips by their ids: what resampling must keep
    /// together. None where an id does not tell one.
    #[must_use]
    pub fn locations(ids: &[String]) -> Option<Self> {
        Self::of_ids(ids, clip_id::location)
    }

    /// The cities of clips by their ids. None where an id does not tell one.
    #[must_use]
    pub fn cities(ids: &[String]) -> Option<Self> {
        Self::of_ids(ids, clip_id::city)
    }

    /// Every clip for itself: for ids that tell no location.
    #[must_use]
    pub fn single(clips: usize) -> Self {
        Self { names: (0..clips).map(|clip| format!("clip {clip}")).collect(), of: (0..clips).collect() }
    }

    fn of_ids(ids: &[String], group: fn(&str) -> Option<&str>) -> Option<Self> {
        let names: Option<Vec<&str>> = ids.iter().map(|id| group(clip_id::whole(id).unwrap_or(id))).collect();
        names.map(Self::by_name)
    }

    /// Number of groups.
    #[must_use]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The groups' names, in order.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The group of each clip.
    #[must_use]
    pub fn of_clips(&self) -> &[usize] {
        &self.of
    }

    /// The scores of each group that has clips, in the order of the names. Clips past the groups' are
    /// left out.
    #[must_use]
    pub fn scores(&self, clips: &Clips) -> Vec<GroupScores> {
        let mut sums = vec![(0, 0, 0.0); self.names.len()];
        for ((&group, (truth, prediction, _)), loss) in self.of.iter().zip(clips.iter()).zip(clips.losses()) {
            if let Some((number, correct, total)) = sums.get_mut(group) {
                *number += 1;
                *correct += usize::from(truth == prediction);
                *total += loss;
            }
        }
        let scored = self.names.iter().zip(sums).filter(|(_, (clips, ..))| *clips > 0);
        scored
            .map(|(name, (clips, correct, loss))| GroupScores {
                name: name.clone(),
                clips,
                correct,
                accuracy: correct as f64 / clips as f64,
                log_loss: loss / clips as f64,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clips_are_grouped_by_what_their_ids_tell() {
        let ids = ["bus-rome-2-1", "bus-oslo-1-1", "bus-rome-2-9", "bus-rome-2-9_4"].map(str::to_owned);
        let locations = Groups::locations(&ids).unwrap();
        assert_eq!(locations.names(), ["bus-oslo-1", "bus-rome-2"]);
        assert_eq!(locations.of_clips(), [1, 0, 1, 1]);
        assert_eq!(Groups::cities(&ids).unwrap().names(), ["oslo", "rome"]);
        assert_eq!(Groups::locations(&["clip".to_owned()]), None);
        assert_eq!(Groups::single(2).len(), 2);
    }

    #[test]
    fn a_group_is_scored_by_its_own_clips() {
        let clips = Clips::new(&[0, 1, 1], &[0, 1, 0], &[0.5, 0.5, 0.0, 1.0, 0.75, 0.25], 2).unwrap();
        let scores = Groups::by_name(["b", "a", "b"]).scores(&clips);
        assert_eq!((scores[0].name.as_str(), scores[0].clips, scores[0].correct), ("a", 1, 1));
        assert_eq!((scores[1].name.as_str(), scores[1].clips, scores[1].correct), ("b", 2, 1));
        assert!((scores[1].log_loss - 8.0_f64.ln() / 2.0).abs() < 1e-9);
    }
}
