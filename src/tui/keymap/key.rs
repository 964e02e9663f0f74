//! A key with its modifiers: as the terminal sends it, as the settings spell it, as people read it.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key with its modifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    pub code: KeyCode,
    pub modifiers: KeyModifiers,
}

/// The names of keys that are no characters, for people and for the settings, where case does not matter.
const NAMED: [(&str, KeyCode); 15] = [
    ("Enter", KeyCode::Enter),
    ("Esc", KeyCode::Esc),
    ("Tab", KeyCode::Tab),
    ("Space", KeyCode::Char(' ')),
    ("Backspace", KeyCode::Backspace),
    ("Delete", KeyCode::Delete),
    ("Insert", KeyCode::Insert),
    ("Up", KeyCode::Up),
    ("Down", KeyCode::Down),
    ("Left", KeyCode::Left),
    ("Right", KeyCode::Right),
    ("Home", KeyCode::Home),
    ("End", KeyCode::End),
    ("PgUp", KeyCode::PageUp),
    ("PgDn", KeyCode::PageDown),
];

/// What terminals send in place of these characters held with Ctrl.
const SENT_AS: [(char, &str); 3] = [('i', "tab"), ('m', "enter"), ('[', "esc")];

impl Key {
    /// Ctrl-C, which no setting takes its meaning from.
    pub const INTERRUPT: Self = Self { code: KeyCode::Char('c'), modifiers: KeyModifiers::CONTROL };

    /// The key of `event`. Shift is left out where the character or the code already says it.
    #[must_use]
    pub fn of(event: &KeyEvent) -> Self {
        let modifiers = event.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT);
        let bare = modifiers - KeyModifiers::SHIFT;
        match event.code {
            // A terminal with the keyboard protocol may send Ctrl-C as a capital.
            KeyCode::Char(character) if modifiers.contains(KeyModifiers::CONTROL) => {
                Self { code: KeyCode::Char(character.to_ascii_lowercase()), modifiers: bare }
            }
            KeyCode::Tab if modifiers.contains(KeyModifiers::SHIFT) => Self { code: KeyCode::BackTab, modifiers: bare },
            code @ (KeyCode::Char(_) | KeyCode::BackTab) => Self { code, modifiers: bare },
            code => Self { code, modifiers },
        }
    }

    /// The key that the settings call `text`: `s`, `G`, `enter`, `ctrl-p`, `shift-left`, `f5`.
    ///
    /// # Errors
    /// Why there is no such key.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut modifiers = KeyModifiers::NONE;
        let mut rest = text;
        while let Some((modifier, after)) = modifier(rest) {
            modifiers |= modifier;
            rest = after;
        }
        let code = code(rest).ok_or_else(|| format!("`{text}` is no key: write a character, or one of {}", names()))?;
        match code {
            KeyCode::Tab if modifiers == KeyModifiers::SHIFT => {
                Ok(Self { code: KeyCode::BackTab, modifiers: KeyModifiers::NONE })
            }
            KeyCode::Char(_) if modifiers.contains(KeyModifiers::SHIFT) => {
                Err(format!("`{text}` is no key: write the character that shift gives, such as `G`"))
            }
            KeyCode::Char(character) if modifiers.contains(KeyModifiers::CONTROL) => {
                let character = character.to_ascii_lowercase();
                match SENT_AS.iter().find(|(sent, _)| *sent == character) {
                    Some((_, name)) => Err(format!("`{text}` reaches no program: terminals send {name} for it")),
                    None => Ok(Self { code: KeyCode::Char(character), modifiers }),
                }
            }
            code => Ok(Self { code, modifiers }),
        }
    }

    /// The key's name for people, which [`Key::parse`] understands too.
    #[must_use]
    pub fn name(&self) -> String {
        let named = NAMED.iter().find(|(_, code)| *code == self.code).map(|(name, _)| (*name).to_owned());
        let control = self.modifiers.contains(KeyModifiers::CONTROL);
        let name = named.unwrap_or_else(|| match self.code {
            KeyCode::Char(character) if control => character.to_uppercase().to_string(),
            KeyCode::Char(character) => character.to_string(),
            KeyCode::BackTab => "Shift-Tab".to_owned(),
            code => code.to_string(),
        });
        let held = [(KeyModifiers::CONTROL, "Ctrl-"), (KeyModifiers::ALT, "Alt-"), (KeyModifiers::SHIFT, "Shift-")];
        let held: String =
            held.iter().filter(|(held, _)| self.modifiers.contains(*held)).map(|(_, name)| *name).collect();
        format!("{held}{name}")
    }

    /// The character that the key types into a text.
    #[must_use]
    pub fn typed(&self) -> Option<char> {
        match self.code {
            KeyCode::Char(character) if self.modifiers.is_empty() => Some(character),
            _ => None,
        }
    }
}

/// A modifier that `text` begins with, and what follows it. A lone `-` after it is a key.
fn modifier(text: &str) -> Option<(KeyModifiers, &str)> {
    let (held, rest) = text.split_once('-').filter(|(_, rest)| !rest.is_empty())?;
    let modifier = match held.to_ascii_lowercase().as_str() {
        "ctrl" => KeyModifiers::CONTROL,
        "alt" => KeyModifiers::ALT,
        "shift" => KeyModifiers::SHIFT,
        _ => return None,
    };
    Some((modifier, rest))
}

fn code(text: &str) -> Option<KeyCode> {
    let mut characters = text.chars();
    if let (Some(character), None) = (characters.next(), characters.next()) {
        return (!character.is_control()).then_some(KeyCode::Char(character));
    }
    let lower = text.to_ascii_lowercase();
    let named = NAMED.iter().find(|(name, _)| name.eq_ignore_ascii_case(&lower)).map(|(_, code)| *code);
    let number = || lower.strip_prefix('f')?.parse().ok().filter(|number| (1..=12).contains(number));
    named.or_else(|| number().map(KeyCode::F))
}

fn names() -> String {
    let named: Vec<String> = NAMED.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
    format!("{}, f1 to f12, with ctrl-, alt- or shift- before it", named.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_is_spelled_and_sent() {
        let none = KeyModifiers::NONE;
        let cases = [
            ("s", KeyCode::Char('s'), none, "s"),
            ("G", KeyCode::Char('G'), KeyModifiers::SHIFT, "G"),
            ("space", KeyCode::Char(' '), none, "Space"),
            ("pgup", KeyCode::PageUp, none, "PgUp"),
            ("shift-tab", KeyCode::Tab, KeyModifiers::SHIFT, "Shift-Tab"),
            ("Shift-Tab", KeyCode::BackTab, KeyModifiers::SHIFT, "Shift-Tab"),
            ("shift-left", KeyCode::Left, KeyModifiers::SHIFT, "Shift-Left"),
            ("CTRL-p", KeyCode::Char('P'), KeyModifiers::CONTROL | KeyModifiers::SHIFT, "Ctrl-P"),
            ("ctrl-alt-x", KeyCode::Char('x'), KeyModifiers::CONTROL | KeyModifiers::ALT, "Ctrl-Alt-X"),
            ("alt--", KeyCode::Char('-'), KeyModifiers::ALT, "Alt--"),
            ("-", KeyCode::Char('-'), none, "-"),
            ("f12", KeyCode::F(12), none, "F12"),
            ("ü", KeyCode::Char('ü'), none, "ü"),
        ];
        for (spelled, code, modifiers, name) in cases {
            let key = Key::parse(spelled).unwrap();
            assert_eq!(key, Key::of(&KeyEvent::new(code, modifiers)), "{spelled}");
            assert_eq!(key.name(), name);
            assert_eq!(Key::parse(name), Ok(key), "{name}");
        }
    }

    #[test]
    fn what_is_no_key_is_refused_with_a_reason() {
        let cases = [
            ("", "is no key"),
            ("enterr", "is no key"),
            ("f13", "is no key"),
            ("hyper-x", "is no key"),
            ("ctrl-", "is no key"),
            ("\u{1b}", "is no key"),
            ("shift-g", "write the character"),
            ("ctrl-i", "terminals send tab"),
        ];
        for (text, reason) in cases {
            let error = Key::parse(text).unwrap_err();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }
}
