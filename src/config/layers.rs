//! Merging the layers of settings: defaults < file < `--set` < flags.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use toml::{Table, Value};

use super::{Config, DEFAULT_TOML, validate};

/// Settings under construction: a merged table, and every problem met on the way.
#[derive(Clone, Debug)]
pub struct Layers {
    defaults: Table,
    merged: Table,
    /// Where a key's value came from, for messages.
    origins: Vec<(String, String)>,
    problems: Vec<String>,
}

/// What is wrong, in words, and the keys (`section.key`) that it is about.
pub type Offence = (Vec<String>, String);

/// Everything that is wrong with the settings, one line each.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Problems(pub Vec<String>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl Default for Layers {
    fn default() -> Self {
        Self::new()
    }
}

impl Layers {
    /// The embedded defaults.
    #[must_use]
    pub fn new() -> Self {
        let defaults: Table =
            DEFAULT_TOML.parse().unwrap_or_else(|error| unreachable!("assets/default.toml parses: {error}"));
        Self { merged: defaults.clone(), defaults, origins: Vec::new(), problems: Vec::new() }
    }

    /// Put the settings of the file at `path` over what is there. Relative paths in it start at its
    /// folder. A file that cannot be read or parsed is a problem of its own.
    #[must_use]
    pub fn file(self, path: &Path) -> Self {
        let origin = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => self.text(&text, &origin, path.parent()),
            Err(error) => self.problem(format!("reading the configuration {origin}: {error}; check the path")),
        }
    }

    /// Put the settings of a TOML `text` over what is there; `origin` names it in messages.
    #[must_use]
    pub fn text(mut self, text: &str, origin: &str, folder: Option<&Path>) -> Self {
        match text.parse::<Table>() {
            Ok(mut table) => {
                if let Some(folder) = folder {
                    anchor_paths(&mut table, folder);
                }
                self.merge(&table, origin);
                self
            }
            Err(error) => self.problem(format!("{origin}: not valid TOML: {}", error.to_string().trim_end())),
        }
    }

    /// Put one `key=value` pair over what is there. The value is TOML; what is not is taken as text.
    #[must_use]
    pub fn set(self, pair: &str) -> Self {
        let Some((key, value)) = pair.split_once('=') else {
            return self.problem(format!("--set {pair}: write it as key=value, for example train.lr=1e-3"));
        };
        let value = value.trim();
        let value = typed(value);
        self.setting(key.trim(), value, &format!("--set {pair}"), None)
    }

    /// Put one value over what is there; `key` may leave its section out, and `origin` names the value
    /// in messages. A relative path starts at `folder`, where one is given.
    #[must_use]
    pub fn setting(mut self, key: &str, value: Value, origin: &str, folder: Option<&Path>) -> Self {
        match self.full_key(key) {
            Ok(key) => {
                let mut table = nest(&key, value);
                if let Some(folder) = folder {
                    anchor_paths(&mut table, folder);
                }
                self.merge(&table, origin);
                self
            }
            Err(problem) => self.problem(format!("{origin}: {problem}")),
        }
    }

    /// Put a flag's value over what is there; `key` is written as `section.key`.
    #[must_use]
    pub fn flag(mut self, key: &str, value: impl Into<Value>, flag: &str) -> Self {
        self.merge(&nest(key, value.into()), flag);
        self
    }

    /// The merged and validated settings.
    ///
    /// # Errors
    /// Every unknown key, wrong type and value out of range, each with its origin.
    pub fn resolve(self) -> Result<Config, Problems> {
        self.resolve_with(|_| Vec::new())
    }

    /// The same, with what `check` finds besides: what is wrong, and the keys that it is about.
    ///
    /// # Errors
    /// Those of [`Layers::resolve`], and what `check` found, each with the origin of its keys.
    pub fn resolve_with(mut self, check: impl FnOnce(&Config) -> Vec<Offence>) -> Result<Config, Problems> {
        match parse(self.merged.clone()) {
            Ok(config) => {
                let out_of_range = validate::problems(&config).into_iter().map(|(key, problem)| (vec![key], problem));
                let found = out_of_range.chain(check(&config));
                self.problems
                    .extend(found.map(|(keys, problem)| format!("{}: {problem}", origins(&self.origins, &keys))));
                if self.problems.is_empty() { Ok(config) } else { Err(Problems(self.problems)) }
            }
            Err(error) => {
                self.problems.push(error);
                Err(Problems(self.problems))
            }
        }
    }

    /// Where the value of `key` (`section.key`) came from; none where it is the default.
    #[must_use]
    pub fn origin(&self, key: &str) -> Option<&str> {
        self.origins.iter().rev().find(|(name, _)| name == key).map(|(_, origin)| origin.as_str())
    }

    fn problem(mut self, problem: String) -> Self {
        self.problems.push(problem);
        self
    }

    /// A key with its section, which need not be written where only one section has such a key:
    /// `lr` is `train.lr`.
    ///
    /// # Errors
    /// If no section has such a key, or several have.
    pub fn full_key(&self, key: &str) -> Result<String, String> {
        if key.contains('.') {
            return Ok(key.to_owned());
        }
        let sections = self.defaults.iter().filter(|(_, value)| value.get(key).is_some_and(|value| !value.is_table()));
        let candidates: Vec<_> = sections.map(|(section, _)| format!("{section}.{key}")).collect();
        match candidates.as_slice() {
            [one] => Ok(one.clone()),
            [] => Err(format!("there is no setting `{key}`; assets/default.toml shows them all")),
            several => Err(format!("`{key}` could be {}; write the one that is meant", several.join(" or "))),
        }
    }

    fn merge(&mut self, table: &Table, origin: &str) {
        for (section, entries) in table {
            let Some(Value::Table(defaults)) = self.defaults.get(section) else {
                self.problems.push(unknown(origin, section, self.defaults.keys()));
                continue;
            };
            let Value::Table(entries) = entries else {
                self.problems.push(format!("{origin}: `{section}` is a section; write [{section}] and its keys below"));
                continue;
            };
            self.merge_section(&[section], entries, &defaults.clone(), origin);
        }
    }

    /// Merge `entries` of the section at `path`, and those of the sections within it.
    fn merge_section(&mut self, path: &[&str], entries: &Table, defaults: &Table, origin: &str) {
        for (key, value) in entries {
            let path = [path, &[key.as_str()]].concat();
            let name = path.join(".");
            let Some(default) = defaults.get(key) else {
                self.problems.push(unknown(origin, &name, defaults.keys()));
                continue;
            };
            if let (Value::Table(entries), Value::Table(defaults)) = (value, default) {
                self.merge_section(&path, entries, defaults, origin);
                continue;
            }
            let Some(fitting) = coerce(value, default) else {
                let (is, should) = (kind(value), kind(default));
                self.problems.push(format!("{origin}: `{name}` = {value} is {is}, expected {should}"));
                continue;
            };
            // Tried alone among the defaults, so that an error is this value's and names its origin.
            if let Err(error) = parse(with(&self.defaults, &path, fitting.clone())) {
                let reason = error.lines().next().unwrap_or_default();
                self.problems.push(format!("{origin}: `{name}` = {value}: {reason}"));
                continue;
            }
            self.merged = with(&self.merged, &path, fitting);
            self.origins.push((name, origin.to_owned()));
        }
    }
}

impl Config {
    /// Read settings that were written whole, such as a run's `config.toml`.
    ///
    /// # Errors
    /// What is missing, unknown, of a wrong type or out of range.
    pub fn deserialize_table(table: Table) -> Result<Self, String> {
        let config = parse(table)?;
        let problems: Vec<_> = validate::problems(&config).into_iter().map(|(_, problem)| problem).collect();
        if problems.is_empty() { Ok(config) } else { Err(problems.join("\n")) }
    }
}

/// Settings of the right names and types; the ranges are not checked.
pub(super) fn parse(table: Table) -> Result<Config, String> {
    Value::Table(table).try_into().map_err(|error: toml::de::Error| error.to_string().trim_end().to_owned())
}

/// A value as a person types it: TOML, and what is none is text.
pub(super) fn typed(text: &str) -> Value {
    let text = text.trim();
    let parsed = format!("v = {text}").parse::<Table>().ok().filter(|table| table.len() == 1);
    parsed.and_then(|mut table| table.remove("v")).unwrap_or_else(|| Value::String(text.to_owned()))
}

/// Where the values of `keys` came from; the defaults only where nothing else did.
fn origins(origins: &[(String, String)], keys: &[String]) -> String {
    let of = |key: &String| origins.iter().rev().find(|(name, _)| name == key).map(|(_, origin)| origin.as_str());
    let mut found: Vec<&str> = keys.iter().filter_map(of).collect();
    found.dedup();
    if found.is_empty() { "defaults".to_owned() } else { found.join(" and ") }
}

/// `table` with the value at `path` replaced.
pub(super) fn with(table: &Table, path: &[&str], value: Value) -> Table {
    let mut table = table.clone();
    match path {
        [] => {}
        [key] => {
            table.insert((*key).to_owned(), value);
        }
        [section, rest @ ..] => {
            if let Some(Value::Table(entries)) = table.get_mut(*section) {
                *entries = with(entries, rest, value);
            }
        }
    }
    table
}

/// The value in the type of the default, where that loses nothing (`lr = 1` is 1.0).
pub(super) fn coerce(value: &Value, default: &Value) -> Option<Value> {
    match (value, default) {
        #[allow(clippy::cast_precision_loss, reason = "settings are small numbers")]
        (Value::Integer(number), Value::Float(_)) => Some(Value::Float(*number as f64)),
        // `--set ui.color=256` and `--set data.dir=2021` mean text.
        (Value::Integer(number), Value::String(_)) => Some(Value::String(number.to_string())),
        _ if value.same_type(default) => Some(value.clone()),
        _ => None,
    }
}

pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "text",
        Value::Integer(_) => "a whole number",
        Value::Float(_) => "a number",
        Value::Boolean(_) => "true or false",
        Value::Datetime(_) => "a date",
        Value::Array(_) => "a list",
        Value::Table(_) => "a section",
    }
}

fn unknown<'a>(origin: &str, name: &str, known: impl Iterator<Item = &'a String>) -> String {
    let known: Vec<_> = known.map(String::as_str).collect();
    format!("{origin}: there is no setting `{name}`; known here: {}", known.join(", "))
}

fn nest(key: &str, value: Value) -> Table {
    match key.split_once('.') {
        Some((section, rest)) => Table::from_iter([(section.to_owned(), Value::Table(nest(rest, value)))]),
        None => Table::from_iter([(key.to_owned(), value)]),
    }
}

/// Make the relative paths of a file's `[data]` and `[runs]` start at the file's own folder.
fn anchor_paths(table: &mut Table, folder: &Path) {
    const PATHS: [(&str, &[&str]); 2] = [
        (
            "data",
            &[
                "dir",
                "train_audio",
                "train_video",
                "val_audio",
                "val_video",
                "test_audio",
                "test_video",
                "audio_norm",
                "video_norm",
                "cache_dir",
            ],
        ),
        ("runs", &["dir"]),
    ];
    for (section, keys) in PATHS {
        for key in keys {
            let value = table.get_mut(section).and_then(|entries| entries.get_mut(*key));
            if let Some(Value::String(path)) = value
                && !path.is_empty()
                && path != super::DEMO
            {
                let anchored: PathBuf = folder.join(&*path);
                *path = anchored.display().to_string();
            }
        }
    }
}
