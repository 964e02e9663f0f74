//! What the terminal can show, as far as the environment tells.

use crate::config::{ColorDepth, Marks, UiConfig};

/// Settle what the settings leave to the terminal. `variable` gives environment variables.
#[must_use]
pub fn settle(ui: &UiConfig, variable: impl Fn(&str) -> Option<String>) -> UiConfig {
    let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
    let color = match ui.color {
        ColorDepth::Auto => color(&variable),
        chosen => chosen,
    };
    let marks = if shows_unicode(&variable) { ui.marks } else { Marks::Ascii };
    UiConfig { color, marks, ..ui.clone() }
}

/// Columns and rows of the terminal, if there is one.
#[must_use]
pub fn size() -> Option<(u16, u16)> {
    crossterm::terminal::size().ok()
}

/// The conventions of no-color.org and of COLORTERM, and what TERM names.
fn color(variable: &impl Fn(&str) -> Option<String>) -> ColorDepth {
    let term = variable("TERM").unwrap_or_default();
    let colorterm = variable("COLORTERM").unwrap_or_default();
    if variable("NO_COLOR").is_some() || term == "dumb" {
        ColorDepth::None
    } else if ["truecolor", "24bit"].contains(&colorterm.as_str()) || term.contains("direct") {
        ColorDepth::TrueColor
    } else if term.contains("256color") {
        ColorDepth::Indexed
    } else {
        ColorDepth::Ansi
    }
}

/// False where a locale names another character set, or the terminal's font is known to be too
/// small. The plain locales C and POSIX say nothing: containers and batch jobs have them too.
fn shows_unicode(variable: &impl Fn(&str) -> Option<String>) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(variable).unwrap_or_default().to_uppercase();
    let other_charset = locale.contains('.') && !locale.contains("UTF-8") && !locale.contains("UTF8");
    !other_charset && variable("TERM").is_none_or(|term| term != "linux" && term != "dumb")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    /// (why, environment, colour, marks)
    type Case = (&'static str, &'static [(&'static str, &'static str)], ColorDepth, Marks);

    const CASES: &[Case] = &[
        ("nothing is known", &[], ColorDepth::Ansi, Marks::Braille),
        ("the common case over SSH", &[("TERM", "xterm-256color")], ColorDepth::Indexed, Marks::Braille),
        (
            "it says so",
            &[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")],
            ColorDepth::TrueColor,
            Marks::Braille,
        ),
        ("the person says no", &[("COLORTERM", "truecolor"), ("NO_COLOR", "1")], ColorDepth::None, Marks::Braille),
        ("an empty NO_COLOR says nothing", &[("NO_COLOR", "")], ColorDepth::Ansi, Marks::Braille),
        ("the console's font has no dots", &[("TERM", "linux")], ColorDepth::Ansi, Marks::Ascii),
        ("a Latin-1 locale", &[("LANG", "de_DE.ISO-8859-1")], ColorDepth::Ansi, Marks::Ascii),
        ("LC_ALL wins", &[("LANG", "de_DE.ISO-8859-1"), ("LC_ALL", "C.UTF-8")], ColorDepth::Ansi, Marks::Braille),
    ];

    #[test]
    fn the_environment_decides_what_the_settings_leave_open() {
        for (why, environment, color, marks) in CASES {
            let variable = |name: &str| environment.iter().find(|(key, _)| *key == name).map(|(_, v)| (*v).to_owned());
            let settled = settle(&Config::default().ui, variable);
            assert_eq!((settled.color, settled.marks), (*color, *marks), "{why}");
        }
    }

    #[test]
    fn a_colour_depth_that_was_chosen_stays() {
        let ui = UiConfig { color: ColorDepth::TrueColor, ..Config::default().ui };
        let settled = settle(&ui, |name| (name == "NO_COLOR").then(|| "1".to_owned()));
        assert_eq!(settled.color, ColorDepth::TrueColor);
    }
}
