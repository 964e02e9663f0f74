//! Taking a table apart, and collecting what is wrong with it.

use std::fmt::Display;

use toml::{Table, Value};

/// A table whose entries are taken out one by one; those that are left are unknown.
#[derive(Debug)]
pub struct Fields<'a> {
    table: Table,
    origin: String,
    asked: Vec<&'static str>,
    problems: &'a mut Vec<String>,
}

impl<'a> Fields<'a> {
    /// `origin` says in messages where the table stands.
    pub fn new(table: Table, origin: String, problems: &'a mut Vec<String>) -> Self {
        Self { table, origin, asked: Vec::new(), problems }
    }

    /// The fields of a table within this one.
    pub fn inner(&mut self, table: Table, key: &str) -> Fields<'_> {
        Fields::new(table, format!("{}: `{key}`", self.origin), self.problems)
    }

    pub fn problem(&mut self, text: &dyn Display) {
        self.problems.push(format!("{}: {text}", self.origin));
    }

    /// What was made of `key`, if that went well.
    pub fn keep<T>(&mut self, key: &str, made: Result<T, String>) -> Option<T> {
        made.map_err(|problem| self.problem(&format!("`{key}`: {problem}"))).ok()
    }

    pub fn value(&mut self, key: &'static str) -> Option<Value> {
        self.asked.push(key);
        self.table.remove(key)
    }

    pub fn text(&mut self, key: &'static str) -> Option<String> {
        self.typed(key, "text in quotes", |value| match value {
            Value::String(text) => Some(text),
            _ => None,
        })
    }

    pub fn table(&mut self, key: &'static str) -> Option<Table> {
        self.typed(key, "a table", |value| match value {
            Value::Table(table) => Some(table),
            _ => None,
        })
    }

    /// A whole number from `least` to `most`.
    pub fn whole(&mut self, key: &'static str, least: u64, most: u64) -> Option<u64> {
        let number = self.typed(key, "a whole number", |value| value.as_integer())?;
        match u64::try_from(number).ok().filter(|number| (least..=most).contains(number)) {
            Some(number) => Some(number),
            None => self.keep(key, Err(format!("{number} is out of range: {least} to {most}"))),
        }
    }

    /// An array of tables; empty where there is none.
    pub fn tables(&mut self, key: &'static str) -> Vec<Table> {
        let tables = |value| match value {
            Value::Array(values) => values
                .into_iter()
                .map(|value| match value {
                    Value::Table(table) => Some(table),
                    _ => None,
                })
                .collect(),
            _ => None,
        };
        self.typed(key, "a list of tables", tables).unwrap_or_default()
    }

    /// Take what nobody has asked for: keys that are not known beforehand.
    pub fn rest(&mut self) -> Table {
        std::mem::take(&mut self.table)
    }

    /// Report what nobody has asked for.
    pub fn finish(mut self) {
        for (key, _) in std::mem::take(&mut self.table) {
            let known = self.asked.join(", ");
            self.problem(&format!("there is no `{key}` here; known are {known}"));
        }
    }

    fn typed<T>(&mut self, key: &'static str, expected: &str, take: impl FnOnce(Value) -> Option<T>) -> Option<T> {
        let value = self.value(key)?;
        let text = value.to_string();
        let taken = take(value);
        if taken.is_none() {
            self.problem(&format!("`{key}` = {text}: expected {expected}"));
        }
        taken
    }
}
