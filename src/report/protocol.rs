//! What a score was measured on. Scores of different protocols do not compare.

use crate::{
    config::SplitName,
    protocol::{Tag, Unit},
};

use super::subject::Subject;

/// The protocol of a test score.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Protocol {
    pub fingerprint: String,
    /// Frames of a clip that are used.
    pub max_frames: Option<usize>,
    pub classes: Vec<String>,
    pub train_clips: usize,
    pub val_clips: usize,
    pub test_clips: usize,
    pub demo: bool,
}

impl Protocol {
    pub fn of(subject: &Subject) -> Option<Self> {
        let started = subject.started()?;
        Some(Self {
            fingerprint: started.fingerprint.clone(),
            max_frames: subject.run.config.as_ref().map(|config| config.data.max_frames),
            classes: started.classes.clone(),
            train_clips: started.train_clips,
            val_clips: started.val_clips,
            test_clips: started.test_clips,
            demo: started.demo,
        })
    }

    /// The tag that goes with every number, in the words of `avsc-tui eval`.
    pub fn tag(&self) -> String {
        let data = if self.fingerprint.is_empty() { "unknown".to_owned() } else { self.fingerprint.clone() };
        let (samples, split) = (self.test_clips, Some(SplitName::Test));
        let tag = Tag { unit: Unit::Clip, samples, split, data, demo: self.demo };
        let frames = self.max_frames.map_or_else(String::new, |frames| format!(" · first {frames} frames of a clip"));
        format!("{tag} · {} classes{frames}", self.classes.len())
    }
}

/// The letter of the protocol number `at`: A, B, …, Z, then numbers.
pub fn letter(at: usize) -> String {
    u8::try_from(at)
        .ok()
        .filter(|at| *at < 26)
        .map_or_else(|| (at + 1).to_string(), |at| char::from(b'A' + at).to_string())
}
