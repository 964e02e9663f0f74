//! A table of text, TAB or comma separated, its columns taken by name.

use std::{fs::File, io::Read as _, path::Path};

use anyhow::{Context as _, Result, bail, ensure};
use csv::{ReaderBuilder, StringRecord};

/// A longer file is not read: a million clips of ten classes take a third of it.
const MOST_BYTES: u64 = 256 << 20;
const MOST_ROWS: u64 = 2_000_000;
const MOST_COLUMNS: usize = 2_000;

/// A table whose header has been read.
pub struct Table<'a> {
    /// The file, for messages.
    name: &'a str,
    header: Vec<String>,
    reader: csv::Reader<&'a [u8]>,
    rows: u64,
}

/// One row, as long as the header.
pub struct Row {
    /// From 1, as an editor counts.
    pub line: u64,
    fields: StringRecord,
}

impl Row {
    /// The field of a column, without blanks around it.
    pub fn field(&self, column: usize) -> &str {
        self.fields.get(column).unwrap_or_default().trim()
    }
}

/// The bytes of the file at `path`, refused where it is far larger than such a table.
pub fn bytes(path: &Path) -> Result<Vec<u8>> {
    let doing = || format!("reading {}", path.display());
    let file = File::open(path).with_context(doing)?;
    let mut bytes = Vec::new();
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes).with_context(doing)?;
    ensure!(bytes.len() as u64 <= MOST_BYTES, "{} is larger than {} MiB", path.display(), MOST_BYTES >> 20);
    Ok(bytes)
}

impl<'a> Table<'a> {
    /// Read the header: TAB separated where it holds one, else by commas. A byte order mark is skipped.
    pub fn new(name: &'a str, bytes: &'a [u8]) -> Result<Self> {
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        if let Err(error) = std::str::from_utf8(text) {
            let line = 1 + text.iter().take(error.valid_up_to()).filter(|byte| **byte == b'\n').count();
            bail!("{name}, line {line}: not UTF-8 text; save the file as UTF-8");
        }
        let first = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let delimiter = if first.contains(&b'\t') { b'\t' } else { b',' };
        let mut reader = ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text);
        let header = reader.headers().with_context(|| format!("{name}, line 1"))?;
        let header: Vec<String> = header.iter().map(|column| column.trim().to_owned()).collect();
        ensure!(header.iter().any(|column| !column.is_empty()), "{name} is empty: it has no header");
        ensure!(header.len() <= MOST_COLUMNS, "{name} has {} columns, {MOST_COLUMNS} at most are read", header.len());
        for (at, column) in header.iter().enumerate().filter(|(_, column)| !column.is_empty()) {
            ensure!(!header.iter().take(at).any(|other| other == column), "{name} has two columns {column:?}");
        }
        Ok(Self { name, header, reader, rows: 0 })
    }

    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// The first column of one of `names`, in their order.
    pub fn column(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| self.header.iter().position(|column| column == name))
    }

    /// The same, for a column that must be there.
    pub fn required(&self, names: &[&str]) -> Result<usize> {
        self.column(names).with_context(|| {
            let there: Vec<_> = self.header.iter().take(20).map(|column| column.escape_debug().to_string()).collect();
            format!("{} has no column `{}`; its columns are {}", self.name, names.join("` or `"), there.join(", "))
        })
    }

    /// The next row; none after the last.
    pub fn next_row(&mut self) -> Result<Option<Row>> {
        let mut fields = StringRecord::new();
        let more = self.reader.read_record(&mut fields).with_context(|| format!("reading {}", self.name))?;
        if !more {
            return Ok(None);
        }
        let line = fields.position().map_or(0, csv::Position::line);
        ensure!(
            fields.len() == self.header.len(),
            "{}, line {line}: {} fields, but the header has {}",
            self.name,
            fields.len(),
            self.header.len()
        );
        self.rows += 1;
        ensure!(self.rows <= MOST_ROWS, "{} has more than {MOST_ROWS} rows", self.name);
        Ok(Some(Row { line, fields }))
    }
}

/// The clip id in a field that may be a path: `bus-rome-1-2` of `audio/bus-rome-1-2.wav`.
pub fn stem(field: &str) -> &str {
    let name = field.rsplit(['/', '\\']).next().unwrap_or(field);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}
