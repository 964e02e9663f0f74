//! A line of text that is typed.

use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation as _};

use crate::tui::keymap::Edit;

/// Characters that it takes; a paste may hold any number.
const LONGEST: usize = 500;

/// The text and where in it the cursor stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Field {
    text: String,
    /// Byte offset of the cursor, always at the start of a character.
    cursor: usize,
}

impl Field {
    /// A field that holds `text`, the cursor behind it.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut field = Self::default();
        field.insert(text);
        field
    }

    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text before and behind the cursor.
    #[must_use]
    pub fn parts(&self) -> (&str, &str) {
        self.text.split_at_checked(self.cursor).unwrap_or((&self.text, ""))
    }

    /// Put `text` where the cursor stands; line breaks become spaces, other control characters are left out.
    pub fn insert(&mut self, text: &str) {
        let plain = text.chars().map(|character| if matches!(character, '\n' | '\t') { ' ' } else { character });
        let typed: String = plain.filter(|character| !character.is_control()).collect();
        let mut room = LONGEST.saturating_sub(self.text.chars().count());
        let fits = typed.graphemes(true).take_while(|cluster| {
            let left = room.checked_sub(cluster.chars().count());
            room = left.unwrap_or(0);
            left.is_some()
        });
        let typed: String = fits.collect();
        self.text.insert_str(self.cursor, &typed);
        self.cursor += typed.len();
        // What was typed may have become a part of the character behind it.
        if !self.at(self.cursor).is_boundary(&self.text, 0).unwrap_or(true) {
            self.cursor = self.after();
        }
    }

    pub fn edit(&mut self, edit: Edit) {
        match edit {
            Edit::Left => self.cursor = self.before(),
            Edit::Right => self.cursor = self.after(),
            Edit::Start => self.cursor = 0,
            Edit::End => self.cursor = self.text.len(),
            Edit::Erase => self.erase_from(self.before()),
            Edit::Delete => {
                let after = self.after();
                self.text.replace_range(self.cursor..after, "");
            }
            Edit::EraseWord => {
                let before = self.parts().0.trim_end();
                let word = before.char_indices().rfind(|(_, character)| character.is_whitespace());
                self.erase_from(word.map_or(0, |(at, character)| at + character.len_utf8()));
            }
            Edit::EraseAll => *self = Self::default(),
        }
    }

    fn erase_from(&mut self, start: usize) {
        self.text.replace_range(start..self.cursor, "");
        self.cursor = start;
    }

    fn at(&self, offset: usize) -> GraphemeCursor {
        GraphemeCursor::new(offset, self.text.len(), true)
    }

    /// Where the character before the cursor starts, whatever code points it consists of.
    fn before(&self) -> usize {
        self.at(self.cursor).prev_boundary(&self.text, 0).ok().flatten().unwrap_or(0)
    }

    fn after(&self) -> usize {
        self.at(self.cursor).next_boundary(&self.text, 0).ok().flatten().unwrap_or(self.text.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_typed_and_changed_where_the_cursor_stands() {
        use Edit::{Delete, End, Erase, EraseAll, EraseWord, Left, Right, Start};
        let cases: [(&str, &[Edit], &str, &str); 13] = [
            ("ac", &[Left], "a", "c"),
            ("ab", &[Start, Delete], "", "b"),
            ("ab", &[Erase, Erase, Erase], "", ""),
            ("ab", &[Start, Right, Right, Right, Left], "a", "b"),
            ("mode late  ", &[EraseWord], "mode ", ""),
            ("mode late", &[Left, EraseWord], "mode ", "e"),
            ("機場e\u{301}", &[Erase], "機場", ""),
            ("機e\u{301}x", &[Start, Right, Delete], "機", "x"),
            ("abc", &[Start, End, EraseAll], "", ""),
            ("a👩\u{200d}🔬", &[Left], "a", "👩\u{200d}🔬"),
            ("👩\u{200d}🔬b", &[Left, Erase], "", "b"),
            ("🇦🇹🇩🇪", &[Erase], "🇦🇹", ""),
            ("☎\u{fe0f}☎\u{fe0f}", &[Start, Delete], "", "☎\u{fe0f}"),
        ];
        for (text, edits, before, behind) in cases {
            let mut field = Field::new(text);
            for edit in edits {
                field.edit(*edit);
            }
            assert_eq!(field.parts(), (before, behind), "{text} {edits:?}");
        }
    }

    #[test]
    fn a_paste_is_one_line_without_controls_and_not_endless() {
        assert_eq!(Field::new("a\nb\u{1b}[2J\u{7}").text(), "a b[2J");
        assert_eq!(Field::new(&"x".repeat(10_000)).text().len(), LONGEST);
        let accents = Field::new(&"e\u{301}".repeat(10_000));
        assert!(accents.text().chars().count() <= LONGEST && accents.text().ends_with("e\u{301}"), "none is halved");
    }

    #[test]
    fn an_accent_joins_the_letter_before_it() {
        let mut field = Field::new("e\u{301}x");
        for edit in [Edit::Left, Edit::Left] {
            field.edit(edit);
        }
        field.insert("a");
        assert_eq!(field.parts(), ("a", "e\u{301}x"));
        field.edit(Edit::Delete);
        field.insert("\u{302}");
        assert_eq!(field.parts(), ("a\u{302}", "x"));
    }
}
