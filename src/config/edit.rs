//! Changing one setting, as a person types it.

use toml::{Table, Value};

use super::{
    Config,
    layers::{coerce, kind, parse, typed, with},
    validate,
};

impl Config {
    /// These settings with the one at `key`, written as `section.key`, as `text` has it: TOML, and what
    /// is none is text.
    ///
    /// # Errors
    /// What is wrong with the value, short enough to stand under the field that it is typed into.
    pub fn with(&self, key: &str, text: &str) -> Result<Self, String> {
        let table = Table::try_from(self).map_err(|error| error.to_string())?;
        let path: Vec<&str> = key.split('.').collect();
        let (section, name) = key.split_once('.').unwrap_or((key, ""));
        let present = table.get(section).and_then(|section| section.get(name));
        let present = present.ok_or_else(|| format!("there is no setting `{key}`"))?;
        let value =
            if text.trim().is_empty() && !present.is_str() { Value::String(String::new()) } else { typed(text) };
        let fitting = coerce(&value, present)
            .ok_or_else(|| format!("{} is expected, this is {}", kind(present), kind(&value)))?;
        let config =
            parse(with(&table, &path, fitting)).map_err(|error| error.lines().next().unwrap_or_default().to_owned())?;
        match validate::problems(&config).into_iter().find(|(offended, _)| offended == key) {
            None => Ok(config),
            Some((_, problem)) => Err(match problem.split_once(" is out of range: ") {
                Some((_, allowed)) => format!("out of range: {allowed}"),
                None => problem,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_taken_as_the_settings_take_it() {
        let cases = [
            ("train.lr", "3e-4", Ok("0.0003")),
            ("train.lr", " 1 ", Ok("1.0")),
            ("train.lr", "0", Err("out of range: over 0, at most 10")),
            ("train.lr", "nan", Err("out of range: over 0, at most 10")),
            ("train.lr", "fast", Err("a number is expected, this is text")),
            ("train.lr", "", Err("a number is expected, this is text")),
            ("train.epochs", "200", Ok("200")),
            ("train.epochs", "2.5", Err("a whole number is expected, this is a number")),
            ("train.epochs", "0", Err("out of range: 1 to 1000000")),
            ("train.epochs", "1 # and\nseed = 2", Err("a whole number is expected, this is text")),
            ("model.mode", "hybrid", Ok("\"hybrid\"")),
            ("data.dir", "/data", Ok("\"/data\"")),
            ("train.speed", "1", Err("there is no setting `train.speed`")),
        ];
        for (key, text, expected) in cases {
            let (section, name) = key.split_once('.').unwrap();
            let found = Config::default().with(key, text).map(|config| {
                let table = Table::try_from(&config).unwrap();
                table[section][name].to_string()
            });
            assert_eq!(found.as_deref().map_err(String::as_str), expected, "{key} = {text}");
        }
        assert!(Config::default().with("train.epochs", "-1").is_err());
    }
}
