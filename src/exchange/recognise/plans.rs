//! The models that are known: which sequences of layers feed which.

use super::sequences::{Kind, Sequences};
use crate::{
    config::{Mode, ModelConfig},
    model::imported::Input,
};

/// How a model is put together. Sequences that stand in one list follow each other.
#[derive(Debug)]
pub struct Plan {
    pub mode: Mode,
    pub audio: &'static [&'static str],
    pub video: &'static [&'static str],
    pub heads: &'static [HeadPlan],
}

/// What a head listens to, its share in the sum, and its sequences.
pub type HeadPlan = (Input, Share, &'static [&'static str]);

/// A head's weight in the sum of logits.
#[derive(Clone, Copy, Debug)]
pub enum Share {
    Whole,
    Half,
    /// Half of hybrid fusion's late part.
    HalfOfLate,
    /// Hybrid fusion's mid part.
    Mid,
}

impl Share {
    pub fn of(self, config: &ModelConfig) -> f64 {
        match self {
            Self::Whole => 1.0,
            Self::Half => 0.5,
            Self::HalfOfLate => config.hybrid_late / 2.0,
            Self::Mid => config.hybrid_mid,
        }
    }
}

const AUDIO: &[&str] = &["audio_embed"];
const VIDEO: &[&str] = &["video_embed"];

/// Every known model: the course framework's, its users' variants, and the DCASE baseline's.
pub const PLANS: [Plan; 12] = [
    Plan { mode: Mode::Early, audio: &[], video: &[], heads: &[(Input::Both, Share::Whole, &["early_output"])] },
    Plan {
        mode: Mode::Early,
        audio: &[],
        video: &[],
        heads: &[(Input::Both, Share::Whole, &["embedding", "outputlayer"])],
    },
    Plan { mode: Mode::Early, audio: &[], video: &[], heads: &[(Input::Both, Share::Whole, &["model"])] },
    Plan { mode: Mode::Mid, audio: AUDIO, video: VIDEO, heads: &[(Input::Both, Share::Whole, &["outputlayer"])] },
    Plan {
        mode: Mode::Late,
        audio: AUDIO,
        video: VIDEO,
        heads: &[(Input::Audio, Share::Half, &["audio_output"]), (Input::Video, Share::Half, &["video_output"])],
    },
    Plan {
        mode: Mode::Hybrid,
        audio: AUDIO,
        video: VIDEO,
        heads: &[
            (Input::Audio, Share::HalfOfLate, &["audio_output"]),
            (Input::Video, Share::HalfOfLate, &["video_output"]),
            (Input::Both, Share::Mid, &["outputlayer"]),
        ],
    },
    Plan { mode: Mode::Audio, audio: AUDIO, video: &[], heads: &[(Input::Audio, Share::Whole, &["outputlayer"])] },
    Plan { mode: Mode::Audio, audio: AUDIO, video: &[], heads: &[(Input::Audio, Share::Whole, &["audio_output"])] },
    Plan { mode: Mode::Audio, audio: &[], video: &[], heads: &[(Input::Audio, Share::Whole, &["model"])] },
    Plan { mode: Mode::Video, audio: &[], video: VIDEO, heads: &[(Input::Video, Share::Whole, &["outputlayer"])] },
    Plan { mode: Mode::Video, audio: &[], video: VIDEO, heads: &[(Input::Video, Share::Whole, &["video_output"])] },
    Plan { mode: Mode::Video, audio: &[], video: &[], heads: &[(Input::Video, Share::Whole, &["model"])] },
];

/// Width of an OpenL3 embedding, of one modality.
const OPENL3: usize = 512;

impl Plan {
    /// The names of its sequences.
    pub fn parts(&self) -> impl Iterator<Item = &'static str> {
        self.audio.iter().chain(self.video).chain(self.heads.iter().flat_map(|(_, _, parts)| *parts)).copied()
    }

    /// True where this plan uses all that `other` uses, and more.
    pub fn contains(&self, other: &Self) -> bool {
        other.parts().all(|part| self.parts().any(|own| own == part)) && self.parts().count() > other.parts().count()
    }

    /// Why the sequences do not make this model, one line a key; empty where they do.
    pub fn misfits(&self, sequences: &Sequences<'_>) -> Vec<String> {
        let mut misfits = Vec::new();
        let audio = sequences.chain(self.audio, None, &mut misfits);
        let video = sequences.chain(self.video, None, &mut misfits);
        let mut classes = None;
        for (input, _, parts) in self.heads {
            let width = match input {
                Input::Audio => audio,
                Input::Video => video,
                Input::Both => audio.zip(video).map(|(audio, video)| audio.saturating_add(video)),
            };
            let output = sequences.chain(parts, width, &mut misfits);
            match (classes, output) {
                (Some(known), Some(output)) if known != output => {
                    misfits.push(format!("`{}` gives {output} classes, another head {known}", parts.join("`, `")));
                }
                _ => classes = classes.or(output),
            }
        }
        misfits
    }

    /// The DCASE baseline's nets have the same keys whatever they listen to; there the width tells
    /// one modality from both. Not used where the mode was asked for.
    pub fn has_other_width(&self, sequences: &Sequences<'_>) -> bool {
        let is_baseline = self.parts().eq(["model"]);
        let wide = sequences.input("model").is_some_and(|width| width >= 2 * OPENL3);
        is_baseline && (wide != (self.mode == Mode::Early))
    }

    /// The widths of our own model, if it has the same layers under the same keys.
    pub fn ours(&self, sequences: &Sequences<'_>, defaults: &ModelConfig) -> Option<ModelConfig> {
        let mut config = ModelConfig { mode: self.mode, ..defaults.clone() };
        let linear = |index| (index, Kind::Linear);
        let norm = |index| (index, Kind::Norm);
        if self.mode == Mode::Early {
            let places = [0, 4, 8].map(|index| [linear(index), norm(index + 1)]).concat();
            let places = [places, vec![linear(12), linear(13)]].concat();
            let [a, _, b, _, c, _, d, _] = sequences.widths("early_output", &places)?.try_into().ok()?;
            self.parts().eq(["early_output"]).then_some(())?;
            config.early_hidden = [a, b, c, d];
            return Some(config);
        }
        // Our single modes hold both branches, as the framework's do.
        let embed = [linear(0), norm(1), linear(4)];
        let [audio, video] = ["audio_embed", "video_embed"].map(|part| sequences.widths(part, &embed));
        let widths = audio.filter(|audio| Some(audio) == video.as_ref())?;
        if [Mode::Audio, Mode::Video].contains(&self.mode) && !self.parts().any(|part| part == "outputlayer") {
            return None;
        }
        let mut heads = self.heads.iter().flat_map(|(_, _, parts)| *parts);
        let first = sequences.widths(heads.next()?, &[linear(0), linear(1)])?;
        if !heads.all(|part| sequences.widths(part, &[linear(0), linear(1)]).as_ref() == Some(&first)) {
            return None;
        }
        config.hidden = *widths.first()?;
        config.embedding = *widths.last()?;
        config.head = *first.first()?;
        Some(config)
    }
}
