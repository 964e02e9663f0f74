//! Text that came from files, events or native libraries, made safe and cut to fit.
//!
//! What a reader takes for one character may be several code points: a letter with its accents, a flag, a
//! family. Text is cut between such grapheme clusters only, and as wide as the terminal is told they are.

use std::borrow::Cow;

use ratatui::buffer::CellWidth as _;
use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthChar as _;

/// Accents and other marks that one character may carry: more would run over the lines around it.
const MARKS: usize = 8;

/// `text` with every control or invisible formatting character written out, so that it can neither
/// move the cursor nor reorder or hide what is around it. Line breaks and tabs become spaces.
#[must_use]
pub fn clean(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    let mut cleaned = String::with_capacity(text.len() + 8);
    for cluster in text.graphemes(true) {
        let mut marks = 0;
        for (at, character) in cluster.char_indices() {
            // What takes no room of its own belongs to the character before it, or to nothing.
            let is_mark = is_mark(character);
            marks += usize::from(is_mark);
            let lost = is_mark && (at == 0 || marks > MARKS);
            let joins = character == JOINER && !lost && joins(cluster, at);
            match character {
                '\n' | '\t' | '\r' => cleaned.push(' '),
                '\u{0}'..='\u{1f}' => {
                    cleaned.push('^');
                    cleaned.push(char::from(b'@' + character as u8));
                }
                '\u{7f}' => cleaned.push_str("^?"),
                _ if lost || (is_unsafe(character) && !joins) => {
                    cleaned.extend(format!("<U+{:04X}>", character as u32).chars());
                }
                _ => cleaned.push(character),
            }
        }
    }
    Cow::Owned(cleaned)
}

fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

/// True for text of characters that take a column each and never join with others: printable ASCII and what
/// lines, bars and curves are drawn with.
#[must_use]
pub fn is_simple(text: &str) -> bool {
    text.chars().all(|c| matches!(c, ' '..='~' | '·' | '…' | '\u{2500}'..='\u{259f}' | '\u{2800}'..='\u{28ff}'))
}

/// Makes one picture of two.
const JOINER: char = '\u{200d}';

/// True where the joiner at `at` stands between two characters of one cluster.
fn joins(cluster: &str, at: usize) -> bool {
    let after = cluster.get(at + JOINER.len_utf8()..).and_then(|rest| rest.chars().next());
    after.is_some_and(|next| !is_mark(next) && !is_unsafe(next))
}

fn is_mark(character: char) -> bool {
    character.width() == Some(0)
}

/// Control characters, and those that are not seen but change what is: direction, joining, fillers, tags,
/// annotations and the variants that no picture needs.
fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0d}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{13430}'..='\u{1345f}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Columns that `text` takes on the screen.
#[must_use]
pub fn width(text: &str) -> usize {
    if is_simple(text) { text.chars().count() } else { text.graphemes(true).map(columns_of).sum() }
}

/// Columns of one cluster. Control characters are never drawn.
fn columns_of(cluster: &str) -> usize {
    if cluster.contains(char::is_control) { 0 } else { usize::from(cluster.cell_width()) }
}

/// As much of the beginning of `text` as has room in `columns` columns.
fn beginning(text: &str, columns: usize) -> &str {
    if is_simple(text) {
        let end = text.char_indices().nth(columns).map_or(text.len(), |(at, _)| at);
        return text.get(..end).unwrap_or(text);
    }
    let mut used = 0;
    let end = text.grapheme_indices(true).find(|(_, cluster)| {
        used += columns_of(cluster);
        used > columns
    });
    end.and_then(|(at, _)| text.get(..at)).unwrap_or(text)
}

/// As much of the end of `text` as has room in `columns` columns.
#[must_use]
pub fn ending(text: &str, columns: usize) -> &str {
    let mut used = 0;
    let before = text.grapheme_indices(true).rev().find(|(_, cluster)| {
        used += columns_of(cluster);
        used > columns
    });
    before.and_then(|(at, cluster)| text.get(at + cluster.len()..)).unwrap_or(text)
}

/// `text` in at most `columns` columns; what was cut is marked with `ellipsis`.
#[must_use]
pub fn cut(text: &str, columns: usize, ellipsis: &str) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    match columns.checked_sub(width(ellipsis)) {
        Some(room) => format!("{}{ellipsis}", beginning(text, room)),
        None => beginning(text, columns).to_owned(),
    }
}

/// `text` cut and filled up with spaces to exactly `columns` columns.
#[must_use]
pub fn fit(text: &str, columns: usize, ellipsis: &str) -> String {
    let mut fitted = cut(text, columns, ellipsis);
    fitted.extend(std::iter::repeat_n(' ', columns.saturating_sub(width(&fitted))));
    fitted
}

/// The same, with the spaces before it.
#[must_use]
pub fn fit_right(text: &str, columns: usize, ellipsis: &str) -> String {
    let fitted = cut(text, columns, ellipsis);
    format!("{}{fitted}", " ".repeat(columns.saturating_sub(width(&fitted))))
}

/// `text` in lines of at most `columns` columns, broken at spaces where there are any.
#[must_use]
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let (mut lines, mut line, mut used) = (Vec::new(), String::new(), 0);
    for word in text.split(' ') {
        let gap = usize::from(!line.is_empty());
        if used + gap + width(word) <= columns {
            line.extend(std::iter::repeat_n(' ', gap));
            line.push_str(word);
            used += gap + width(word);
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        used = 0;
        // A word that is longer than a line is broken where the line ends, but after one character at least.
        for cluster in word.graphemes(true) {
            let wide = columns_of(cluster);
            if used + wide > columns && !line.is_empty() {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            line.push_str(cluster);
            used += wide;
        }
    }
    lines.push(line);
    lines
}

/// Class names in at most `columns` columns each that tell them apart: `street_traffic` beside
/// `street_pedestrian` is `tra`.
#[must_use]
pub fn abbreviate(names: &[String], columns: usize) -> Vec<String> {
    let names: Vec<Cow<str>> = names.iter().map(|name| clean(name)).collect();
    let words = names.iter().map(|name| name.split(['_', '-', ' ']).filter(|word| !word.is_empty()).collect());
    let words: Vec<Vec<&str>> = words.collect();
    let mut taken: Vec<String> = Vec::new();
    for (index, own) in words.iter().enumerate() {
        let (first, last) = (own.first().copied().unwrap_or("?"), own.last().copied().unwrap_or("?"));
        let shared = words
            .iter()
            .enumerate()
            .any(|(other, words)| other != index && words.first().is_some_and(|word| *word == first));
        let natural = beginning(if shared { last } else { first }, columns);
        let letters = own.concat();
        let head = beginning(&letters, columns);
        let rest = letters.get(head.len()..).unwrap_or_default();
        let lettered = rest.graphemes(true).map(|letter| ending_in(head, letter, columns));
        let numbered = (1..).map(|number: usize| ending_in(first, &number.to_string(), columns));
        let consonants = std::iter::once_with(|| consonants(&letters, columns));
        let mut candidates = std::iter::once(natural.to_owned()).chain(consonants).chain(lettered).chain(numbered);
        let short = candidates.find(|short: &String| !taken.contains(short));
        taken.push(short.unwrap_or_default());
    }
    taken
}

/// The beginning of `name` with `end` after it, in `columns` columns.
fn ending_in(name: &str, end: &str, columns: usize) -> String {
    format!("{}{end}", beginning(name, columns.saturating_sub(width(end))))
}

/// The first letter of `name` and the consonants after it.
fn consonants(name: &str, columns: usize) -> String {
    let letters = name.graphemes(true).enumerate();
    let kept = letters.filter(|(at, letter)| *at == 0 || !matches!(*letter, "a" | "e" | "i" | "o" | "u"));
    beginning(&kept.map(|(_, letter)| letter).collect::<String>(), columns).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_seen_becomes_visible() {
        assert_eq!(clean("a\u{1b}[2Jb"), "a^[[2Jb");
        assert_eq!(clean("two\nlines\tand\r\nthree"), "two lines and  three");
        let cases = [
            ("override of the direction", "a\u{202e}b", "a<U+202E>b"),
            ("delete, and a control of the upper half", "b\u{7f}\u{9b}", "b^?<U+009B>"),
            ("Arabic letter mark", "a\u{61c}b", "a<U+061C>b"),
            ("soft hyphen", "a\u{ad}b", "a<U+00AD>b"),
            ("Mongolian vowel separator", "a\u{180e}b", "a<U+180E>b"),
            ("tags, which may spell a hidden text", "a\u{e0068}\u{e007f}", "a<U+E0068><U+E007F>"),
            ("Hangul filler", "a\u{3164}b", "a<U+3164>b"),
            ("an old variant of a letter", "a\u{fe00}", "a<U+FE00>"),
            ("zero-width space and byte-order mark", "a\u{200b}\u{feff}b", "a<U+200B><U+FEFF>b"),
            ("a joiner that joins nothing", "a\u{200d}b", "a<U+200D>b"),
            ("a joiner at the end", "👩\u{200d}", "👩<U+200D>"),
            ("an accent on nothing", "\u{301}a", "<U+0301>a"),
        ];
        for (why, text, expected) in cases {
            assert_eq!(clean(text), expected, "{why}");
        }
        let tower = format!("a{}", "\u{301}".repeat(10));
        assert_eq!(clean(&tower), format!("a{}<U+0301><U+0301>", "\u{301}".repeat(8)), "too many accents");
    }

    #[test]
    fn every_character_of_simple_text_takes_a_column_of_its_own() {
        let simple: Vec<String> = ('\0'..=char::MAX).map(String::from).filter(|text| is_simple(text)).collect();
        assert!(simple.len() > 400);
        for text in simple {
            assert_eq!(columns_of(&text), 1, "{text}");
            assert_eq!(format!("{text}{text}").graphemes(true).count(), 2, "{text}");
        }
    }

    #[test]
    fn what_is_seen_stays_as_it_is() {
        for text in ["plain", "Größe", "e\u{301}", "機場", "한글", "नमस्ते", "☎\u{fe0f}", "🇦🇹", "👩\u{200d}🔬", "👍🏽", "ｶﾞ"]
        {
            assert_eq!(clean(text), text);
        }
    }

    #[test]
    fn text_is_cut_by_columns_between_characters() {
        let cases = [
            ("airport", 7, "airport"),
            ("airport", 4, "air…"),
            ("機場機場", 5, "機場…"),
            ("機場機場", 4, "機…"),
            ("abc", 0, ""),
            ("e\u{301}e\u{301}e\u{301}", 3, "e\u{301}e\u{301}e\u{301}"),
            ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…"),
            ("👩\u{200d}🔬👩\u{200d}🔬", 4, "👩\u{200d}🔬👩\u{200d}🔬"),
            ("👩\u{200d}🔬👩\u{200d}🔬", 3, "👩\u{200d}🔬…"),
            ("🇦🇹🇩🇪", 3, "🇦🇹…"),
            ("☎\u{fe0f}☎\u{fe0f}", 3, "☎\u{fe0f}…"),
        ];
        for (text, columns, expected) in cases {
            assert_eq!(cut(text, columns, "…"), expected, "{text} in {columns}");
            let longer = columns + 2;
            assert_eq!((width(&fit(text, longer, "…")), width(&fit_right(text, longer, "…"))), (longer, longer));
        }
        assert_eq!(fit("ab", 4, "…"), "ab  ");
        assert_eq!(fit_right("ab", 4, "…"), "  ab");
        assert_eq!(ending("機場e\u{301}", 2), "e\u{301}");
        assert_eq!(ending("機場e\u{301}", 3), "場e\u{301}");
    }

    #[test]
    fn long_text_is_wrapped_at_spaces() {
        assert_eq!(wrap("reading the file failed", 12), ["reading the", "file failed"]);
        assert_eq!(wrap("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
        assert_eq!(wrap("ab cdefgh ij", 4), ["ab", "cdef", "gh", "ij"]);
        assert_eq!(wrap("機場", 1), ["機", "場"]);
        assert_eq!(wrap("👩\u{200d}🔬👩\u{200d}🔬e\u{301}", 3), ["👩\u{200d}🔬", "👩\u{200d}🔬e\u{301}"]);
        assert_eq!(wrap("", 5), [""]);
    }

    #[test]
    fn class_names_stay_apart_when_shortened() {
        let cases: [(&[&str], usize, &[&str]); 4] = [
            (
                &[
                    "airport",
                    "bus",
                    "metro",
                    "metro_station",
                    "park",
                    "public_square",
                    "shopping_mall",
                    "street_pedestrian",
                    "street_traffic",
                    "tram",
                ],
                3,
                &["air", "bus", "met", "sta", "par", "pub", "sho", "ped", "tra", "trm"],
            ),
            (&["機場", "機場站", "公園"], 3, &["機", "場", "公"]),
            (&["a\u{301}bc", "a\u{301}bd"], 2, &["a\u{301}b", "a\u{301}d"]),
            (&["👩\u{200d}🔬", "👩\u{200d}🔬", "👩\u{200d}🚀"], 3, &["👩\u{200d}🔬", "👩\u{200d}🔬1", "👩\u{200d}🚀"]),
        ];
        for (names, columns, expected) in cases {
            let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
            assert_eq!(abbreviate(&names, columns), expected);
        }
    }
}
