//! A report as data: what it says, apart from the form it is written in.

use super::figures::Figure;

/// The whole report.
#[derive(Debug)]
pub struct Document {
    pub title: String,
    /// The line below the title.
    pub subtitle: String,
    pub blocks: Vec<Block>,
}

/// One piece of a report. Every text is plain: whoever writes it escapes it.
#[derive(Debug)]
pub enum Block {
    /// `level` 2 is a chapter, 3 a section in it.
    Heading {
        level: u8,
        text: String,
    },
    Paragraph(String),
    Bullets(Vec<String>),
    /// What must not be overlooked.
    Warning(String),
    Table(Table),
    Figure(Figure),
    /// Text in fixed columns.
    Verbatim(String),
}

impl Block {
    pub fn chapter(text: impl Into<String>) -> Self {
        Self::Heading { level: 2, text: text.into() }
    }

    pub fn section(text: impl Into<String>) -> Self {
        Self::Heading { level: 3, text: text.into() }
    }
}

/// A table that also becomes a LaTeX file of its own.
#[derive(Clone, Debug)]
pub struct Table {
    /// Name of the LaTeX file and of its label.
    pub id: String,
    pub caption: String,
    pub columns: Vec<Column>,
    pub rows: Vec<Row>,
    /// Remarks below the table.
    pub notes: Vec<String>,
    /// False where the same numbers stand above in another form: the table is then only written as LaTeX.
    pub shown: bool,
}

/// A column's title and side.
#[derive(Clone, Debug)]
pub struct Column {
    pub title: String,
    pub right: bool,
}

/// A row: one text a column.
#[derive(Clone, Debug, Default)]
pub struct Row {
    pub cells: Vec<String>,
    pub strong: bool,
    /// A rule stands above it.
    pub rule: bool,
}

impl Row {
    pub fn new<const N: usize>(cells: [String; N]) -> Self {
        Self { cells: cells.into(), ..Self::default() }
    }
}

impl Table {
    /// A table whose `left` first columns hold text and whose others hold numbers.
    pub fn new(id: impl Into<String>, caption: impl Into<String>, left: usize, titles: &[&str]) -> Self {
        let column = |(at, title): (usize, &&str)| Column { title: (*title).to_owned(), right: at >= left };
        let columns = titles.iter().enumerate().map(column).collect();
        Self { id: id.into(), caption: caption.into(), columns, rows: Vec::new(), notes: Vec::new(), shown: true }
    }
}
