//! An inspection as aligned text.

use std::fmt::{self, Display, Formatter};

use unicode_width::UnicodeWidthStr;

use super::{FileFacts, Inspection};

impl Display for Inspection {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}{}", visible(&self.source), if self.demo { " (generated demo data)" } else { "" })?;
        writeln!(f)?;
        table(f, &files(&self.files))?;
        writeln!(f)?;
        table(f, &classes(self))?;
        writeln!(f)?;
        for (modality, norm) in [("audio", &self.audio_norm), ("video", &self.video_norm)] {
            match norm {
                Some(path) => writeln!(f, "{modality} statistics: {}", path.display())?,
                None => writeln!(f, "{modality} statistics: none there; computed from the training split")?,
            }
        }
        list(f, "notes", &self.notes)?;
        list(f, "problems", &self.problems)?;
        if self.problems.is_empty() { writeln!(f, "no problems: the set can be trained on") } else { Ok(()) }
    }
}

fn list(f: &mut Formatter<'_>, title: &str, lines: &[String]) -> fmt::Result {
    if !lines.is_empty() {
        writeln!(f, "\n{title} ({}):", lines.len())?;
    }
    lines.iter().try_for_each(|line| writeln!(f, "- {}", visible(line)))
}

/// Text from files, harmless to a terminal.
fn visible(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

fn files(files: &[FileFacts]) -> Vec<Vec<String>> {
    let head = ["split", "file", "size", "clips", "frames", "width", "type", "layout", "chunks"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for file in files {
        let storage = &file.storage;
        let filters: Vec<_> = storage.filters.iter().cloned().collect();
        rows.push(vec![
            file.split.to_string(),
            file.modality.to_string(),
            size(file.bytes),
            file.clips.to_string(),
            file.frames.map_or_else(String::new, |[least, median, most]| {
                if least == most { least.to_string() } else { format!("{least}/{median}/{most}") }
            }),
            joined(file.widths.keys()),
            joined(storage.dtypes.keys()),
            joined(storage.layouts.keys().map(|layout| format!("{layout:?}").to_lowercase())),
            match (storage.chunked, filters.is_empty()) {
                (0, _) => "no".to_owned(),
                (_, true) => "yes".to_owned(),
                (_, false) => filters.join(", "),
            },
        ]);
    }
    rows
}

fn classes(inspection: &Inspection) -> Vec<Vec<String>> {
    let splits = &inspection.splits;
    let row = |name: &str, value: &dyn Fn(&super::SplitFacts) -> usize| {
        std::iter::once(name.to_owned()).chain(splits.iter().map(|split| value(split).to_string())).collect()
    };
    let head = std::iter::once("class".to_owned()).chain(splits.iter().map(|split| split.split.to_string()));
    let mut rows = vec![head.collect()];
    for (class, name) in inspection.classes.iter().enumerate() {
        rows.push(row(&visible(name), &|split| split.clips_per_class.get(class).copied().unwrap_or(0)));
    }
    rows.push(row("clips", &|split| split.clips));
    rows.push(row("locations", &|split| split.locations));
    rows
}

fn joined(values: impl Iterator<Item = impl Display>) -> String {
    values.map(|value| value.to_string()).collect::<Vec<_>>().join(", ")
}

fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    let mut value = bytes as f64 / 1000.0;
    let mut units = UNITS.into_iter();
    let mut unit = units.next();
    while value >= 1000.0
        && let Some(next) = units.next()
    {
        value /= 1000.0;
        unit = Some(next);
    }
    format!("{value:.1} {}", unit.unwrap_or_default())
}

/// Columns aligned: text to the left, columns of numbers to the right.
fn table(f: &mut Formatter<'_>, rows: &[Vec<String>]) -> fmt::Result {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let column = |index: usize| rows.iter().filter_map(move |row| row.get(index));
    let widths: Vec<usize> =
        (0..columns).map(|index| column(index).map(|cell| cell.width()).max().unwrap_or(0)).collect();
    let numeric: Vec<bool> = (0..columns)
        .map(|index| column(index).skip(1).all(|cell| cell.starts_with(|c: char| c.is_ascii_digit())))
        .collect();
    for row in rows {
        let mut line = String::new();
        for ((cell, width), numeric) in row.iter().zip(&widths).zip(&numeric) {
            let space = " ".repeat(width - cell.width().min(*width));
            let (before, after) = if *numeric { (space.as_str(), "") } else { ("", space.as_str()) };
            line.extend([before, cell, after, "  "]);
        }
        writeln!(f, "{}", line.trim_end())?;
    }
    Ok(())
}
