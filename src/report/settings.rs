//! The settings of a run as pairs of key and text, and their names for people.

use std::collections::BTreeMap;

use toml::Value;

use crate::config::{Config, Mode, identity};

use super::{number, subject::Subject};

/// Key (`train.lr`), value as text.
pub type Settings = BTreeMap<String, String>;

/// Settings that name the run, or where and on what it ran; they change no recipe.
const NOT_THE_RECIPE: [&str; 4] = ["model.mode", "train.seed", "train.device", "train.threads"];

/// Architecture and recipe of a run; where its settings cannot be read, what its first event tells.
pub fn recipe(subject: &Subject) -> Settings {
    if let Some(config) = &subject.run.config {
        return of(config);
    }
    let Some(started) = subject.started() else { return Settings::new() };
    let told = [
        ("train.batch_size", started.batch_size.to_string()),
        ("train.early_stop", started.early_stop.to_string()),
        ("train.epochs", started.epochs.to_string()),
        ("train.lr", number::setting(started.lr)),
    ];
    told.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

fn of(config: &Config) -> Settings {
    let table = toml::Table::try_from(config).unwrap_or_default();
    let mut settings = Settings::new();
    for section in ["model", "train"] {
        for (key, value) in table.get(section).and_then(Value::as_table).into_iter().flatten() {
            settings.insert(format!("{section}.{key}"), text(value));
        }
    }
    settings.retain(|key, _| !NOT_THE_RECIPE.contains(&key.as_str()));
    settings
}

/// True where a model of `mode` depends on the setting `key`, as the tables of a study have it too.
pub fn matters(mode: Mode, key: &str) -> bool {
    key.strip_prefix("model.").is_none_or(|key| identity::matters(mode, key))
}

/// The recipe of the embedded defaults.
pub fn defaults() -> Settings {
    of(&Config::default())
}

fn text(value: &Value) -> String {
    match value {
        Value::Float(number) if number.is_nan() => "–".to_owned(),
        Value::Float(number) => number::setting(*number),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// `batch size` for `train.batch_size`.
pub fn name(key: &str) -> String {
    match key {
        "train.lr" => "learning rate".to_owned(),
        "train.epochs" => "epochs at most".to_owned(),
        "train.early_stop" => "early stopping after".to_owned(),
        "train.lr_factor" => "learning rate factor".to_owned(),
        "train.lr_patience" => "learning rate patience".to_owned(),
        "train.lr_threshold" => "learning rate threshold".to_owned(),
        key => key.rsplit_once('.').map_or(key, |(_, last)| last).replace('_', " "),
    }
}

/// The value of `key`, or a dash.
pub fn value(settings: &Settings, key: &str) -> String {
    settings.get(key).cloned().unwrap_or_else(|| "–".to_owned())
}

/// Numbers in their order, words after them.
pub fn in_order(values: &mut [String]) {
    values.sort_by(|a, b| {
        let number = |text: &str| text.parse::<f64>().unwrap_or(f64::INFINITY);
        number(a).total_cmp(&number(b)).then_with(|| a.cmp(b))
    });
}
