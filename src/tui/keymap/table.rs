//! The keys as they are bound: the settings resolved against the table of actions.

use crossterm::event::KeyEvent;

use super::{Action, ENTRIES, Entry, Key, Place, Table};
use crate::config::{Config, KeysConfig, layers::Offence};

/// The keys of every action.
#[derive(Clone, Debug)]
pub struct Keymap {
    /// One list for each of [`ENTRIES`].
    keys: Vec<Vec<Key>>,
}

impl Default for Keymap {
    /// The keys of `assets/default.toml`.
    fn default() -> Self {
        Self::read(&Config::default().keys).0
    }
}

/// What is wrong with the keys of `config`.
#[must_use]
pub fn problems(config: &Config) -> Vec<Offence> {
    Keymap::resolve(&config.keys).err().unwrap_or_default()
}

impl Keymap {
    /// The keys as the settings have them.
    ///
    /// # Errors
    /// Every key that is none, that two actions share in one place, or that could not be typed any more.
    pub fn resolve(config: &KeysConfig) -> Result<Self, Vec<Offence>> {
        let (keymap, mut problems) = Self::read(config);
        problems.extend(keymap.shared());
        problems.extend(keymap.untypable());
        if problems.is_empty() { Ok(keymap) } else { Err(problems) }
    }

    fn read(config: &KeysConfig) -> (Self, Vec<Offence>) {
        let mut problems = Vec::new();
        let mut keys = Vec::with_capacity(ENTRIES.len());
        for entry in ENTRIES {
            let mut bound: Vec<Key> = Vec::new();
            for text in config.of(entry.table.name(), entry.name) {
                match Key::parse(text) {
                    Ok(Key::INTERRUPT) => {
                        let text =
                            format!("`{}`: Ctrl-C always stops gracefully and leaves; take another", entry.path());
                        problems.push((vec![entry.path()], text));
                    }
                    Ok(key) if bound.contains(&key) => {}
                    Ok(key) => bound.push(key),
                    Err(error) => problems.push((vec![entry.path()], format!("`{}`: {error}", entry.path()))),
                }
            }
            keys.push(bound);
        }
        (Self { keys }, problems)
    }

    /// Every action with its keys, in the order of the table.
    pub fn entries(&self) -> impl Iterator<Item = (&'static Entry, &[Key])> {
        ENTRIES.iter().zip(self.keys.iter().map(Vec::as_slice))
    }

    /// What counts at `place`, in the order of the table.
    pub fn at(&self, place: Place) -> impl Iterator<Item = (&'static Entry, &[Key])> {
        self.entries().filter(move |(entry, _)| place.tables().contains(&entry.table))
    }

    /// What `event` asks for at `place`.
    #[must_use]
    pub fn action(&self, place: Place, event: &KeyEvent) -> Option<Action> {
        let pressed = Key::of(event);
        if pressed == Key::INTERRUPT {
            return Some(Action::Interrupt);
        }
        self.at(place).find(|(_, keys)| keys.contains(&pressed)).map(|(entry, _)| entry.action)
    }

    /// The name of the first key of `action`, for messages; where it has none, how the palette finds it.
    #[must_use]
    pub fn name_of(&self, action: Action) -> String {
        let first = |wanted| self.entries().filter(move |(entry, _)| entry.action == wanted);
        let key = |wanted| first(wanted).find_map(|(_, keys)| keys.first().map(Key::name));
        if action == Action::Interrupt {
            return Key::INTERRUPT.name();
        }
        key(action).unwrap_or_else(|| {
            let palette = key(Action::Palette).unwrap_or_else(|| "the palette".to_owned());
            let name = first(action).next().map_or("", |(entry, _)| entry.name);
            format!("{palette} {}", name.replace('_', " "))
        })
    }

    /// Pairs of actions that share a key where both count.
    fn shared(&self) -> Vec<Offence> {
        let mut found: Vec<Offence> = Vec::new();
        for place in Place::ALL {
            let here: Vec<_> = self.at(place).collect();
            for (index, (one, keys)) in here.iter().enumerate() {
                for (other, others) in here.iter().skip(index + 1) {
                    for key in keys.iter().filter(|key| others.contains(key)) {
                        let (one, other, key) = (one.path(), other.path(), key.name());
                        let text = format!(
                            "{key} is both `{one}` and `{other}`, which count in the same place: give one of them \
                             another key, or [] for none"
                        );
                        let offence = (vec![one, other], text);
                        if !found.contains(&offence) {
                            found.push(offence);
                        }
                    }
                }
            }
        }
        found
    }

    /// Characters that are bound where text is typed.
    fn untypable(&self) -> Vec<Offence> {
        let typing = self.entries().filter(|(entry, _)| matches!(entry.table, Table::Search | Table::Text));
        let characters = typing.flat_map(|(entry, keys)| {
            let characters = keys.iter().filter(|key| key.typed().is_some());
            characters.map(move |key| (entry.path(), key.name()))
        });
        characters
            .map(|(path, key)| {
                let text = format!("`{path}`: {key} could not be typed any more where text is; hold ctrl- or alt-");
                (vec![path], text)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyCode, KeyModifiers};

    use super::*;
    use crate::config::Layers;

    #[test]
    fn the_default_file_binds_every_action_and_no_other() {
        let config = Config::default();
        let written: Vec<String> =
            config.keys.0.iter().flat_map(|(t, a)| a.keys().map(move |a| format!("keys.{t}.{a}"))).collect();
        let mut known: Vec<String> = ENTRIES.iter().map(Entry::path).collect();
        known.sort();
        assert_eq!(written, known);
        assert_eq!(problems(&config), []);
    }

    #[test]
    fn every_sentence_of_the_help_fits_80_columns() {
        let long: Vec<_> = ENTRIES.iter().filter(|entry| entry.help.chars().count() > 56).map(Entry::path).collect();
        assert!(long.is_empty(), "{long:?}");
    }

    #[test]
    fn shift_and_capital_control_letters_are_understood() {
        let keymap = Keymap::default();
        let shifted = KeyEvent::new(KeyCode::Char('G'), KeyModifiers::SHIFT);
        assert_eq!(keymap.action(Place::Log, &shifted), Some(Action::Last));
        let control = KeyEvent::new(KeyCode::Char('C'), KeyModifiers::CONTROL | KeyModifiers::SHIFT);
        for place in Place::ALL {
            assert_eq!(keymap.action(place, &control), Some(Action::Interrupt));
        }
        assert_eq!(keymap.action(Place::Train, &KeyEvent::new(KeyCode::Char('s'), KeyModifiers::ALT)), None);
    }

    #[test]
    fn an_action_without_a_key_is_found_in_the_palette() {
        let config = Layers::new().set("keys.train.resume=[]").set("keys.runs.resume=[]").resolve().unwrap();
        let keymap = Keymap::resolve(&config.keys).unwrap();
        assert_eq!(keymap.name_of(Action::Resume), ": resume");
        assert_eq!(keymap.name_of(Action::Train), "Enter");
    }

    #[test]
    fn wrong_keys_are_refused_all_at_once_with_both_actions_and_the_file() {
        let file = "[keys.train]\nresume = [\"s\"]\ncounts = [\"x\", \"hyper-c\"]\n[keys.search]\nup = [\"k\"]\n\
                    [keys.log]\nx = []\n[keys.dialog]\nlook = [\"ctrl-c\"]\n[keys.compare]\nshow = [\"d\"]";
        let found = Layers::new().text(file, "my.toml", None).set("keys.list.up=[\":\"]").resolve_with(problems);
        let found = found.unwrap_err().0;
        let expected = [
            "my.toml: there is no setting `keys.log`; known here: ",
            "my.toml: `keys.train.counts`: `hyper-c` is no key",
            "my.toml: `keys.dialog.look`: Ctrl-C always",
            "my.toml: s is both `keys.global.stop` and `keys.train.resume`",
            "my.toml: x is both `keys.train.counts` and `keys.train.pane`",
            "--set keys.list.up=[\":\"]: : is both `keys.list.up` and `keys.global.palette`",
            "my.toml: `keys.search.up`: k could not be typed",
        ];
        for start in expected {
            assert!(found.iter().any(|problem| problem.starts_with(start)), "{start} is not among {found:#?}");
        }
        assert_eq!(found.len(), expected.len(), "{found:#?}");
    }
}
