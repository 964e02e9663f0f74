//! The report as GitHub-flavoured Markdown; figures are linked as PNG.

use std::fmt::Write as _;

use super::{
    document::{Block, Document, Table},
    text::markdown as escape,
};

/// The text of `report.md`.
#[must_use]
pub fn write(document: &Document) -> String {
    let mut text = format!("# {}\n\n{}\n", escape(&document.title), escape(&document.subtitle));
    for block in &document.blocks {
        text.push('\n');
        match block {
            Block::Heading { level, text: heading } => {
                let _ = writeln!(text, "{} {}", "#".repeat(usize::from(*level)), escape(heading));
            }
            Block::Paragraph(paragraph) => {
                let _ = writeln!(text, "{}", escape(paragraph));
            }
            Block::Bullets(lines) => lines.iter().for_each(|line| {
                let _ = writeln!(text, "- {}", escape(line));
            }),
            Block::Warning(warning) => {
                let _ = writeln!(text, "> **{}**", escape(warning));
            }
            Block::Table(shown) if shown.shown => table(&mut text, shown),
            Block::Table(_) => {
                text.pop();
            }
            Block::Figure(figure) => {
                let _ = writeln!(
                    text,
                    "![{}](figures/{}.png)\n\n*{}*",
                    escape(&figure.caption),
                    figure.id,
                    escape(&figure.caption)
                );
            }
            Block::Verbatim(lines) => {
                // Indented code has no fence that its content could close.
                for line in lines.lines() {
                    let _ = writeln!(text, "{}", format!("    {}", super::text::visible(line)).trim_end());
                }
            }
        }
    }
    text
}

fn table(text: &mut String, table: &Table) {
    let _ = writeln!(text, "**{}**\n", escape(&table.caption));
    let titles: Vec<_> = table.columns.iter().map(|column| escape(&column.title)).collect();
    let sides: Vec<_> = table.columns.iter().map(|column| if column.right { "---:" } else { ":---" }).collect();
    let _ = writeln!(text, "| {} |\n| {} |", titles.join(" | "), sides.join(" | "));
    for row in &table.rows {
        let cell = |cell: &String| match (cell.is_empty(), row.strong) {
            (false, true) => format!("**{}**", escape(cell)),
            _ => escape(cell),
        };
        let cells: Vec<_> = row.cells.iter().map(cell).collect();
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    for note in &table.notes {
        let _ = writeln!(text, "\n{}", escape(note));
    }
}
