//! Text that came from files, events or native libraries, made safe and cut to fit.

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// `text` with every control or invisible formatting character written out, so that it can neither
/// move the cursor nor reorder what is around it. Line breaks and tabs become spaces.
#[must_use]
pub fn clean(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut cleaned = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '\n' | '\t' | '\r' => cleaned.push(' '),
            '\u{0}'..='\u{1f}' => {
                cleaned.push('^');
                cleaned.push(char::from(b'@' + character as u8));
            }
            '\u{7f}' => cleaned.push_str("^?"),
            _ if is_unsafe(character) => cleaned.extend(format!("<U+{:04X}>", character as u32).chars()),
            _ => cleaned.push(character),
        }
    }
    Cow::Owned(cleaned)
}

fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Columns that `text` takes on the screen.
#[must_use]
pub fn width(text: &str) -> usize {
    text.width()
}

/// `text` in at most `columns` columns; what was cut is marked with `ellipsis`.
#[must_use]
pub fn cut(text: &str, columns: usize, ellipsis: &str) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let room = columns.saturating_sub(ellipsis.width());
    let mut kept = String::new();
    let mut used = 0;
    for character in text.chars() {
        used += character.width().unwrap_or(0);
        if used > room {
            break;
        }
        kept.push(character);
    }
    if columns >= ellipsis.width() {
        kept.push_str(ellipsis);
    }
    kept
}

/// `text` cut and filled up with spaces to exactly `columns` columns.
#[must_use]
pub fn fit(text: &str, columns: usize, ellipsis: &str) -> String {
    let mut fitted = cut(text, columns, ellipsis);
    fitted.extend(std::iter::repeat_n(' ', columns.saturating_sub(fitted.width())));
    fitted
}

/// `text` in lines of at most `columns` columns, broken at spaces where there are any.
#[must_use]
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let mut word = word;
        loop {
            let line = lines.len() - 1;
            let Some(current) = lines.get_mut(line) else { break };
            let gap = usize::from(!current.is_empty());
            if current.width() + gap + word.width() <= columns {
                if gap == 1 {
                    current.push(' ');
                }
                current.push_str(word);
                break;
            }
            if !current.is_empty() {
                lines.push(String::new());
                continue;
            }
            // A word that is longer than a line: break it where the line ends, but take at least one character.
            let mut used = 0;
            let end = word
                .char_indices()
                .find(|&(at, character)| {
                    used += character.width().unwrap_or(0);
                    used > columns && at > 0
                })
                .map_or(word.len(), |(at, _)| at);
            let (head, tail) = word.split_at(end);
            current.push_str(head);
            if tail.is_empty() {
                break;
            }
            word = tail;
            lines.push(String::new());
        }
    }
    lines
}

/// Class names in `columns` letters each that tell them apart: `street_traffic` beside
/// `street_pedestrian` is `tra`.
#[must_use]
pub fn abbreviate(names: &[String], columns: usize) -> Vec<String> {
    let words: Vec<Vec<String>> = names
        .iter()
        .map(|name| clean(name).split(['_', '-', ' ']).filter(|word| !word.is_empty()).map(str::to_owned).collect())
        .collect();
    let prefix = |word: &str| word.chars().take(columns).collect::<String>();
    let mut taken: Vec<String> = Vec::new();
    for (index, own) in words.iter().enumerate() {
        let (first, last) = (own.first().map_or("?", String::as_str), own.last().map_or("?", String::as_str));
        let shared = words
            .iter()
            .enumerate()
            .any(|(other, words)| other != index && words.first().is_some_and(|word| word == first));
        let natural = prefix(if shared { last } else { first });
        let letters = own.concat();
        let initial: String = letters.chars().take(columns.saturating_sub(1)).collect();
        let lettered = letters.chars().skip(columns).map(|letter| format!("{initial}{letter}"));
        let numbered = (1..).map(|number: usize| {
            let digits = number.to_string();
            prefix(first).chars().take(columns.saturating_sub(digits.len())).chain(digits.chars()).collect()
        });
        let natural = [natural, consonants(&letters, columns)];
        let mut candidates = natural.into_iter().chain(lettered).chain(numbered);
        let short = candidates.find(|short: &String| !taken.contains(short));
        taken.push(short.unwrap_or_default());
    }
    taken
}

/// The first letter of `name` and the consonants after it.
fn consonants(name: &str, columns: usize) -> String {
    let rest = name.chars().skip(1).filter(|letter| !matches!(letter, 'a' | 'e' | 'i' | 'o' | 'u' | '_' | '-' | ' '));
    name.chars().take(1).chain(rest).take(columns).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_become_visible() {
        assert_eq!(clean("plain"), "plain");
        assert_eq!(clean("a\u{1b}[2Jb"), "a^[[2Jb");
        assert_eq!(clean("a\u{202e}b\u{7f}\u{9b}"), "a<U+202E>b^?<U+009B>");
        assert_eq!(clean("two\nlines"), "two lines");
    }

    #[test]
    fn text_is_cut_by_columns_not_characters() {
        assert_eq!(cut("airport", 7, "…"), "airport");
        assert_eq!(cut("airport", 4, "…"), "air…");
        assert_eq!(cut("機場機場", 5, "…"), "機場…");
        assert_eq!(cut("機場機場", 4, "…"), "機…");
        assert_eq!(cut("abc", 0, "…"), "");
        assert_eq!(fit("ab", 4, "…"), "ab  ");
    }

    #[test]
    fn long_text_is_wrapped_at_spaces() {
        assert_eq!(wrap("reading the file failed", 12), ["reading the", "file failed"]);
        assert_eq!(wrap("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
        assert_eq!(wrap("機場", 1), ["機", "場"]);
        assert_eq!(wrap("", 5), [""]);
    }

    #[test]
    fn class_names_stay_apart_when_shortened() {
        let names = [
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
        ]
        .map(str::to_owned);
        assert_eq!(abbreviate(&names, 3), ["air", "bus", "met", "sta", "par", "pub", "sho", "ped", "tra", "trm"]);
    }
}
