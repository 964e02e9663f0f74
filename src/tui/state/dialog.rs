//! Questions that the dashboard asks, and the answers it offers. The first answer is Enter's.

use std::path::PathBuf;

use crate::config::Mode;

/// A question on the screen.
#[derive(Clone, Debug, PartialEq)]
pub struct Dialog {
    pub question: Question,
    /// The answer that Enter takes.
    pub selected: usize,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    /// Leave although a run is live?
    Quit,
    /// How shall the run in `dir` stop?
    Stop { dir: PathBuf },
    /// A run is live: what about one of `mode`?
    Busy { mode: Mode },
}

/// What can be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Leave,
    Stay,
    StopNow,
    StopAfterEpoch,
    Discard,
    StopAndTrain,
    Queue,
    Look,
}

/// An answer as it is offered: its key, and what it means.
#[derive(Debug, PartialEq, Eq)]
pub struct Choice {
    pub key: char,
    pub answer: Answer,
    pub text: &'static str,
}

const QUIT: &[Choice] = &[
    Choice { key: 'y', answer: Answer::Leave, text: "stop it, keep its best, leave" },
    Choice { key: 'n', answer: Answer::Stay, text: "stay" },
];

const STOP: &[Choice] = &[
    Choice { key: 'k', answer: Answer::StopNow, text: "stop now, keep the best epoch" },
    Choice { key: 'e', answer: Answer::StopAfterEpoch, text: "stop after this epoch" },
    Choice { key: 'd', answer: Answer::Discard, text: "discard: stop, delete the record" },
];

const BUSY: &[Choice] = &[
    Choice { key: 't', answer: Answer::StopAndTrain, text: "stop it, keep its best, train this" },
    Choice { key: 'q', answer: Answer::Queue, text: "queue this behind it" },
    Choice { key: 'l', answer: Answer::Look, text: "just look" },
];

impl Dialog {
    pub(in crate::tui) fn new(question: Question) -> Self {
        Self { question, selected: 0 }
    }

    pub(in crate::tui) fn choices(&self) -> &'static [Choice] {
        match self.question {
            Question::Quit => QUIT,
            Question::Stop { .. } => STOP,
            Question::Busy { .. } => BUSY,
        }
    }

    /// The answer that Enter takes.
    pub(in crate::tui) fn selected(&self) -> Option<Answer> {
        self.choices().get(self.selected).map(|choice| choice.answer)
    }

    pub(in crate::tui) fn answer_of(&self, key: char) -> Option<Answer> {
        self.choices().iter().find(|choice| choice.key == key).map(|choice| choice.answer)
    }

    pub(in crate::tui) fn up(&mut self) {
        self.selected = self.selected.saturating_sub(1);
    }

    pub(in crate::tui) fn down(&mut self) {
        self.selected = (self.selected + 1).min(self.choices().len().saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_has_two_answers() {
        for question in [Question::Quit, Question::Stop { dir: PathBuf::new() }, Question::Busy { mode: Mode::Mid }] {
            let dialog = Dialog::new(question);
            for choice in dialog.choices() {
                assert_eq!(dialog.answer_of(choice.key), Some(choice.answer));
            }
        }
    }
}
