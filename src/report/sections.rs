//! What a report says, chapter by chapter.

mod comparison;
mod differences;
mod grids;
mod models;
mod overview;
mod setup;

use anyhow::Result;

use super::{
    Options,
    document::{Block, Document},
    groups::Measured,
    protocol::letter,
    subject::Subject,
};

/// What tells the tables and figures of one protocol from those of another: nothing where there is one.
#[derive(Clone, Debug, Default)]
pub struct Tag {
    /// `B: ` before a heading.
    pub lead: String,
    /// `-b` behind a file's name.
    pub suffix: String,
    /// ` (protocol B)` behind a caption.
    pub mark: String,
}

impl Tag {
    fn of(letter: &str) -> Self {
        Self {
            lead: format!("{letter}: "),
            suffix: format!("-{}", letter.to_lowercase()),
            mark: format!(" (protocol {letter})"),
        }
    }
}

/// Put the report on `subjects` together.
///
/// # Errors
/// If a figure cannot be drawn.
pub fn document(subjects: &[Subject], options: &Options) -> Result<Document> {
    let measured = Measured::all(subjects);
    let mut blocks = overview::blocks(subjects, &measured);
    for (at, group) in measured.iter().enumerate() {
        let tag = if measured.len() == 1 { Tag::default() } else { Tag::of(&letter(at)) };
        blocks.extend(comparison::blocks(group, &tag)?);
        blocks.extend(differences::blocks(group, &tag));
        blocks.extend(grids::blocks(group, &tag)?);
        blocks.extend(models::blocks(group, &tag)?);
    }
    blocks.extend(setup::blocks(subjects, &measured));
    let written = options.date.as_ref().map_or_else(String::new, |date| format!("Written on {date}. "));
    let subtitle = format!("{written}Made by avsc-tui {} from the event logs of the runs.", env!("CARGO_PKG_VERSION"));
    Ok(Document { title: options.title.clone(), subtitle, blocks })
}

/// A heading, with the protocol's letter where there are several.
fn chapter(tag: &Tag, text: &str) -> Block {
    Block::chapter(format!("{}{text}", tag.lead))
}
