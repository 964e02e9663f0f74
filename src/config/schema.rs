//! What there is to set, as `assets/default.toml` has it: names, sections, and the comments as help.

use std::sync::LazyLock;

use toml::{Table, Value};

use super::{Config, DEFAULT_TOML, Mode};

/// One setting of a new run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// As it is written: `section.key`.
    pub path: String,
    pub section: String,
    pub key: String,
    /// The comment above it, in one line.
    pub help: String,
}

/// The sections that say what a run is, the most interesting first.
pub const SECTIONS: [&str; 3] = ["model", "train", "data"];

static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let mut entries = parse(DEFAULT_TOML);
    let place = |entry: &Entry| SECTIONS.iter().position(|section| *section == entry.section);
    entries.retain(|entry| place(entry).is_some());
    entries.sort_by_key(place);
    entries
});

/// Every setting of a new run, section after section, each section in the order of the file.
#[must_use]
pub fn entries() -> &'static [Entry] {
    &ENTRIES
}

/// The settings of `text`, each with the comment above it; a comment is for all that follow up to the next.
fn parse(text: &str) -> Vec<Entry> {
    let (mut section, mut help, mut open) = (String::new(), String::new(), false);
    let mut entries = Vec::new();
    for line in text.lines().map(str::trim) {
        if let Some(comment) = line.strip_prefix('#') {
            if std::mem::replace(&mut open, true) {
                help.push(' ');
            } else {
                help.clear();
            }
            help.push_str(comment.trim());
            continue;
        }
        open = false;
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            name.clone_into(&mut section);
            help.clear();
        } else if let Some((key, _)) = line.split_once(" = ") {
            let (path, key) = (format!("{section}.{key}"), key.to_owned());
            entries.push(Entry { path, section: section.clone(), key, help: help.clone() });
        }
    }
    entries
}

/// The values of the settings of a run, as a person would type them.
#[derive(Clone, Debug)]
pub struct Values(Table);

impl Values {
    /// Those of `config`.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        let mut sections = Table::new();
        let mut add = |name: &str, section: Result<Value, toml::ser::Error>| {
            // Numbers, texts and lists of them: all of it has a form in TOML.
            if let Ok(section) = section {
                sections.insert(name.to_owned(), section);
            }
        };
        add("model", Value::try_from(&config.model));
        add("train", Value::try_from(&config.train));
        add("data", Value::try_from(&config.data));
        Self(sections)
    }

    fn get(&self, entry: &Entry) -> Option<&Value> {
        self.0.get(&entry.section)?.get(&entry.key)
    }

    /// The value of `entry` in the words that [`Config::with`] takes.
    #[must_use]
    pub fn text(&self, entry: &Entry) -> String {
        match self.get(entry) {
            None => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(Value::Float(number)) if *number != 0.0 && number.abs() < 1e-2 => format!("{number:e}"),
            Some(value) => value.to_string(),
        }
    }

    /// The values that `entry` can have, where they are few and known.
    #[must_use]
    pub fn choices(&self, entry: &Entry) -> Option<Vec<&'static str>> {
        match self.get(entry) {
            Some(Value::Boolean(_)) => Some(vec!["true", "false"]),
            Some(_) if entry.path == "model.mode" => Some(Mode::ALL.iter().map(|mode| mode.name()).collect()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_of_a_run_is_there_with_its_comment() {
        let values = Values::of(&Config::default());
        let known: usize = values.0.values().filter_map(Value::as_table).map(Table::len).sum();
        assert_eq!(entries().len(), known);
        for entry in entries() {
            assert!(values.get(entry).is_some(), "{} is no setting", entry.path);
            assert!(!entry.help.is_empty(), "{} has no comment", entry.path);
        }
        let help = |path: &str| entries().iter().find(|entry| entry.path == path).unwrap().help.as_str();
        assert_eq!(help("train.epochs"), "Epochs at most.");
        assert!(help("train.lr_patience").starts_with("Reduce the learning rate on a plateau"));
        assert!(help("train.lr_patience").contains("it by `lr_factor` after more than"), "two lines are one");
        assert_eq!(entries()[0].path, "model.mode");
    }

    #[test]
    fn each_value_is_taken_as_it_is_told() {
        let mut config = Config::default();
        (config.train.lr, config.train.beta1, config.data.dir) = (3e-4, 0.0, "sets/2021".to_owned());
        config.data.classes = vec!["bus".to_owned(), "a \"tram\"".to_owned()];
        let values = Values::of(&config);
        for entry in entries() {
            let text = values.text(entry);
            assert_eq!(Config::default().with(&entry.path, &text).map(|_| ()), Ok(()), "{} = {text}", entry.path);
            assert_eq!(config.with(&entry.path, &text).as_ref(), Ok(&config), "{} = {text}", entry.path);
        }
    }

    #[test]
    fn numbers_are_told_as_people_write_them() {
        let text = |pair: &str| {
            let (key, value) = pair.split_once('=').unwrap();
            let config = Config::default().with(key, value).unwrap();
            Values::of(&config).text(entries().iter().find(|entry| entry.path == key).unwrap())
        };
        for (pair, expected) in [
            ("train.lr=0.0001", "1e-4"),
            ("model.dropout=0.25", "0.25"),
            ("train.beta1=0", "0.0"),
            ("model.early_hidden=[8,8,8,8]", "[8, 8, 8, 8]"),
            ("model.mode=late", "late"),
            ("data.cache=false", "false"),
        ] {
            assert_eq!(text(pair), expected, "{pair}");
        }
    }
}
