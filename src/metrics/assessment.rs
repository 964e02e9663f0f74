//! Everything that is said of one set of predictions.

use serde::Serialize;

use super::{Bootstrap, Calibration, Clips, Confusion, GroupScores, Groups, ScoreIntervals, Scores};

/// Scores of some clips, how sure they are, and where the mistakes lie.
#[derive(Clone, Debug, PartialEq)]
pub struct Assessment {
    pub scores: Scores,
    pub confusion: Confusion,
    /// None where there are fewer than two locations.
    pub intervals: Option<ScoreIntervals>,
    pub calibration: Calibration,
    /// By the clips' ids; empty where they do not tell.
    pub cities: Vec<GroupScores>,
    pub locations: Vec<GroupScores>,
    /// The clips that are wrong, those of the greatest confidence first.
    pub mistakes: Vec<Mistake>,
}

/// A clip whose prediction is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Mistake {
    /// Index of the clip.
    pub clip: usize,
    pub truth: usize,
    pub prediction: usize,
    /// Probability of the predicted class.
    pub confidence: f32,
}

impl Assessment {
    /// Assess `clips`, whose ids are `ids`. Where the ids tell no location, each clip is resampled for
    /// itself, and [`Assessment::locations`] is empty.
    #[must_use]
    pub fn new(clips: &Clips, ids: &[String], bootstrap: Bootstrap) -> Self {
        let locations = Groups::locations(ids);
        let by_group = |groups: Option<&Groups>| groups.map(|groups| groups.scores(clips)).unwrap_or_default();
        Self {
            scores: clips.scores(),
            confusion: clips.confusion(),
            intervals: match &locations {
                Some(locations) => bootstrap.intervals(clips, locations),
                None => bootstrap.intervals(clips, &Groups::single(clips.len())),
            },
            calibration: Calibration::of(clips),
            cities: by_group(Groups::cities(ids).as_ref()),
            locations: by_group(locations.as_ref()),
            mistakes: mistakes(clips),
        }
    }
}

fn mistakes(clips: &Clips) -> Vec<Mistake> {
    let wrong = clips.iter().enumerate().filter(|(_, (truth, prediction, _))| truth != prediction);
    let mut mistakes: Vec<Mistake> = wrong
        .map(|(clip, (truth, prediction, row))| Mistake {
            clip,
            truth,
            prediction,
            confidence: row.get(prediction).copied().unwrap_or(f32::NAN),
        })
        .collect();
    // The sort is stable: of equals, the first clip comes first.
    mistakes.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    mistakes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_surest_mistake_comes_first() {
        let ids = ["bus-rome-1-1", "bus-oslo-2-1", "tram-oslo-3-1", "tram-oslo-3-2"].map(str::to_owned);
        let probabilities = [0.4, 0.6, 0.1, 0.9, 0.2, 0.8, 0.9, 0.1];
        let clips = Clips::new(&[0, 0, 1, 1], &[1, 1, 1, 0], &probabilities, 2).unwrap();
        let assessment = Assessment::new(&clips, &ids, Bootstrap::default());
        let clips: Vec<_> = assessment.mistakes.iter().map(|mistake| mistake.clip).collect();
        assert_eq!(clips, [1, 3, 0]);
        assert_eq!((assessment.cities.len(), assessment.locations.len()), (2, 3));
        assert_eq!(assessment.intervals.unwrap().groups, 3);
    }
}
