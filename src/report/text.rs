//! Text that came from files, made harmless for each form that a report has.

/// `text` with every control or invisible formatting character replaced by `�`; line breaks and tabs
/// become spaces. What is left may stand in XML, and cannot reorder what is around it.
#[must_use]
pub fn visible(text: &str) -> String {
    let shown = |character: char| match character {
        '\n' | '\t' | '\r' => ' ',
        '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff0}'..='\u{ffff}' => '\u{fffd}',
        character if character.is_control() => '\u{fffd}',
        character => character,
    };
    text.chars().map(shown).collect()
}

/// `text` for HTML and SVG, in an element or in a quoted attribute.
#[must_use]
pub fn html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in visible(text).chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            character => escaped.push(character),
        }
    }
    escaped
}

/// `text` for a line of Markdown or a cell of its tables: every character that means something to
/// `CommonMark` or GitHub stands for itself.
#[must_use]
pub fn markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in visible(text).chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | '!' | '$' => {
                escaped.push('\\');
                escaped.push(character);
            }
            character => escaped.push(character),
        }
    }
    escaped
}

/// `text` for LaTeX. Letters that plain `pdflatex` cannot print become `?`; Markdown and HTML have
/// them.
#[must_use]
pub fn latex(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in visible(text).chars() {
        match character {
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => {
                escaped.push('\\');
                escaped.push(character);
            }
            '\\' => escaped.push_str(r"\textbackslash{}"),
            '~' => escaped.push_str(r"\textasciitilde{}"),
            '^' => escaped.push_str(r"\textasciicircum{}"),
            '<' => escaped.push_str(r"\textless{}"),
            '>' => escaped.push_str(r"\textgreater{}"),
            '|' => escaped.push_str(r"\textbar{}"),
            '"' => escaped.push_str(r"\textquotedbl{}"),
            // In a table `[` after `\\` would be read as its argument.
            '[' => escaped.push_str("{[}"),
            ']' => escaped.push_str("{]}"),
            // Two of them are a dash of another length.
            '-' => escaped.push_str("{-}"),
            '±' => escaped.push_str(r"$\pm$"),
            '−' => escaped.push_str("$-$"),
            '×' => escaped.push_str(r"$\times$"),
            '–' => escaped.push_str("--"),
            '—' => escaped.push_str("---"),
            '…' => escaped.push_str(r"\dots{}"),
            '·' => escaped.push_str(r"$\cdot$"),
            '†' => escaped.push_str(r"\dag{}"),
            '≥' => escaped.push_str(r"$\geq$"),
            '≤' => escaped.push_str(r"$\leq$"),
            '\u{a0}' => escaped.push('~'),
            ' '..='\u{7e}' | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{17f}' => {
                escaped.push(character);
            }
            _ => escaped.push('?'),
        }
    }
    escaped
}

/// `text` as part of a file's name or an anchor: small letters, digits and hyphens.
#[must_use]
pub fn slug(text: &str) -> String {
    let mut slug = String::new();
    for character in text.chars().take(60) {
        if character.is_ascii_alphanumeric() {
            slug.push(character.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_something_stands_for_itself() {
        let hostile = "<b>a&b</b> \"x\" 'y' | _z_ [l](u) \\ % $ # {} ~ ^ \u{1b}[2J \u{202e}";
        assert_eq!(
            html(hostile),
            "&lt;b&gt;a&amp;b&lt;/b&gt; &quot;x&quot; &#39;y&#39; | _z_ [l](u) \\ % $ # {} ~ ^ \u{fffd}[2J \u{fffd}"
        );
        assert_eq!(
            markdown(hostile),
            "&lt;b&gt;a&amp;b&lt;/b&gt; \"x\" 'y' \\| \\_z\\_ \\[l\\](u) \\\\ % \\$ \\# {} \\~ ^ \u{fffd}\\[2J \u{fffd}"
        );
        assert_eq!(
            latex("a_b & 50% #1 {x} \\y ~ ^"),
            r"a\_b \& 50\% \#1 \{x\} \textbackslash{}y \textasciitilde{} \textasciicircum{}"
        );
        assert_eq!(latex("0.8 ± 0.1 [0.7, 0.9] – 機"), r"0.8 $\pm$ 0.1 {[}0.7, 0.9{]} -- ?");
    }

    #[test]
    fn a_slug_is_no_path() {
        assert_eq!(slug("../Late, batch size 16!"), "late-batch-size-16");
        assert_eq!(slug("機場"), "");
    }
}
