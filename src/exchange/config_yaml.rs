//! The course framework's `config.yaml`: nested settings, one `key: value` a line.
//!
//! Only what PyYAML writes for plain nested mappings is read. Lists, quotes over several lines,
//! anchors and the like are none of the framework's; such a line is left out and told of.

use std::collections::BTreeMap;

/// Lines that are told of.
const MOST_TOLD: usize = 5;

/// Settings by their dotted path.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    values: BTreeMap<String, String>,
    /// Lines that were not understood, one sentence each.
    pub notes: Vec<String>,
}

impl Settings {
    /// Read the text of a `config.yaml`.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut found = Self::default();
        let mut path: Vec<(usize, &str)> = Vec::new();
        let mut strange = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            let content = line.trim();
            if content.is_empty() || content.starts_with('#') || content == "---" {
                continue;
            }
            let indent = line.len() - line.trim_start().len();
            path.retain(|(outer, _)| *outer < indent);
            let Some((key, value)) = entry(content).filter(|_| path.len() < 8) else {
                strange.push(number.to_string());
                continue;
            };
            path.push((indent, key));
            if !value.is_empty() {
                let names: Vec<_> = path.iter().map(|(_, key)| *key).collect();
                found.values.insert(names.join("."), value.to_owned());
            }
        }
        if !strange.is_empty() {
            let more = if strange.len() > MOST_TOLD { ", …" } else { "" };
            strange.truncate(MOST_TOLD);
            found.notes.push(format!("config.yaml: not understood: line {}{more}", strange.join(", ")));
        }
        found
    }

    /// The text of the setting at `path`.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<&str> {
        self.values.get(path).map(String::as_str)
    }

    /// The number of the setting at `path`.
    #[must_use]
    pub fn number<T: std::str::FromStr>(&self, path: &str) -> Option<T> {
        self.text(path)?.parse().ok()
    }

    /// Every path.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }
}

/// `key: value` with a plain key and a plain or quoted scalar.
fn entry(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.split_once(':')?;
    let plain = |text: &str| !text.starts_with(['-', '[', '{', '&', '*', '!', '|', '>', '"', '\'', '%', '@', '`', '?']);
    let key = key.trim();
    if key.is_empty() || !plain(key) || !(value.is_empty() || value.starts_with(' ')) {
        return None;
    }
    let value = value.trim();
    let quoted = ['"', '\''].iter().find_map(|&quote| value.strip_prefix(quote)?.strip_suffix(quote));
    let value = quoted.unwrap_or_else(|| value.split_once(" #").map_or(value, |(value, _)| value.trim_end()));
    // A negative number begins as a list's item does.
    let is_plain = quoted.is_some() || plain(value) || value.parse::<f64>().is_ok();
    is_plain.then_some((key, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_found_by_their_path() {
        let text = "data:\n  dataloader_args:\n    batch_size: 128\n  video_norm: /a/b.npz\nearly_stop: 7\n\
                    lr_scheduler:\n  args:\n    factor: 0.1\noptimizer:\n  args: {}\n  type: 'Adam' \nshift: -3 # why\n";
        let found = Settings::parse(text);
        assert_eq!(found.number::<usize>("data.dataloader_args.batch_size"), Some(128));
        assert_eq!(found.number::<f64>("lr_scheduler.args.factor"), Some(0.1));
        assert_eq!(found.text("data.video_norm"), Some("/a/b.npz"));
        assert_eq!((found.text("optimizer.type"), found.number::<i32>("shift")), (Some("Adam"), Some(-3)));
        assert_eq!(found.number::<usize>("early_stop"), Some(7));
        assert_eq!(found.notes, ["config.yaml: not understood: line 10"]);
    }

    #[test]
    fn what_is_no_plain_mapping_is_told_of() {
        for line in ["- item", "key: [1, 2]", "key: &anchor 1", "a b c", "key: |", "? complex", "key:value"] {
            let found = Settings::parse(line);
            assert_eq!((found.values.len(), found.notes.len()), (0, 1), "{line}");
        }
        let deep = (0..100).map(|depth| " ".repeat(depth) + "k:").collect::<Vec<_>>().join("\n");
        assert_eq!(Settings::parse(&deep).notes.len(), 1);
    }
}
