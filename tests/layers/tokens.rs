//! Rust source as names and punctuation; enough of the language to tell code from comments and strings.

/// A name, `::`, or one character of punctuation.
#[derive(Debug, PartialEq)]
pub struct Token {
    pub line: usize,
    pub text: String,
}

/// The tokens of `source`, without comments and literals. A string that is a path into the crate counts
/// as code: serde's attributes are written so.
pub fn tokens(source: &str) -> Vec<Token> {
    let chars: Vec<char> = source.chars().collect();
    let mut found = Vec::new();
    let mut line = 1;
    let mut at = 0;
    while at < chars.len() {
        let rest = &chars[at..];
        let length = match rest {
            ['/', '/', ..] => until(rest, '\n'),
            ['/', '*', ..] => block_comment(rest),
            ['"', ..] => string(rest),
            ['\'', '\\', ..] => 3 + until(rest.get(3..).unwrap_or_default(), '\'') + 1,
            ['\'', _, '\'', ..] => 3,
            [':', ':', ..] => 2,
            [c, ..] if is_name(*c) => {
                raw_string(rest).unwrap_or_else(|| rest.iter().position(|c| !is_name(*c)).unwrap_or(rest.len()))
            }
            _ => 1,
        };
        let text: String = rest.iter().take(length).collect();
        match rest {
            ['"', ..] if text.starts_with("\"crate::") => {
                found.extend(tokens(text.trim_matches('"')).into_iter().map(|token| Token { line, ..token }));
            }
            ['/', '/' | '*', ..] | ['"' | '\'', ..] => {}
            _ if text.contains('"') || text.trim().is_empty() => {}
            _ => found.push(Token { line, text: text.clone() }),
        }
        line += text.matches('\n').count();
        at += length;
    }
    found
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn until(chars: &[char], end: char) -> usize {
    chars.iter().position(|&c| c == end).unwrap_or(chars.len())
}

/// Length of a block comment, which may hold others.
fn block_comment(chars: &[char]) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < chars.len() {
        match chars[at..] {
            ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
            ['*', '/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// Length of a string literal, quotes and all.
fn string(chars: &[char]) -> usize {
    let mut at = 1;
    while at < chars.len() && chars[at] != '"' {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(chars.len())
}

/// Length of a literal such as `r#"…"#`, if one starts here.
fn raw_string(chars: &[char]) -> Option<usize> {
    let prefix = chars.iter().position(|c| !is_name(*c))?;
    if !matches!(chars[..prefix], ['r'] | [_, 'r']) {
        return None;
    }
    let hashes = chars[prefix..].iter().take_while(|c| **c == '#').count();
    let start = prefix + hashes;
    if chars.get(start) != Some(&'"') {
        return None;
    }
    let end: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    let body = chars[start + 1..].windows(end.len()).position(|window| window == end)?;
    Some(start + 1 + body + end.len())
}
