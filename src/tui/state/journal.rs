//! The messages of the Log screen: bounded, so that a chatty library cannot take all memory.

use std::collections::VecDeque;

use crate::tui::text;

/// Messages that are kept.
const CAPACITY: usize = 2_000;
/// Columns of a message that are kept.
const LONGEST: usize = 2_000;

/// How much a message matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// What a native library printed.
    Output,
    /// What happened; not worth a notice.
    Event,
    Notice,
    Warning,
    Error,
}

impl Level {
    pub(in crate::tui) fn word(self) -> &'static str {
        match self {
            Self::Output => "output",
            Self::Event => "event",
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One message.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Milliseconds since the Unix epoch.
    pub t: i64,
    pub level: Level,
    pub text: String,
}

/// The messages, oldest first.
#[derive(Debug, Default)]
pub struct Journal {
    entries: VecDeque<Entry>,
}

impl Journal {
    pub(in crate::tui) fn add(&mut self, t: i64, level: Level, text: &str) {
        if self.entries.len() >= CAPACITY {
            self.entries.pop_front();
        }
        let text = text::cut(&text::clean(text), LONGEST, "");
        self.entries.push_back(Entry { t, level, text });
    }

    pub(in crate::tui) fn entries(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.entries.iter()
    }

    pub(in crate::tui) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(in crate::tui) fn newest_notice(&self) -> Option<&Entry> {
        self.entries.iter().rev().find(|entry| !matches!(entry.level, Level::Output | Level::Event))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_messages_go_first() {
        let mut journal = Journal::default();
        for number in 0..CAPACITY + 5 {
            journal.add(0, Level::Output, &number.to_string());
        }
        assert_eq!(journal.len(), CAPACITY);
        assert_eq!(journal.entries().next().map(|entry| entry.text.as_str()), Some("5"));
        assert_eq!(journal.newest_notice(), None);
    }
}
