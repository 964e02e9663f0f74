//! The report as one HTML file that needs nothing else: styles and figures are inside, and there is
//! no script.

use std::fmt::Write as _;

use super::{
    document::{Block, Document, Table},
    figures::Figure,
    text::{html as escape, slug},
};

const CSS: &str = include_str!("../../assets/report.css");

/// A cell that is longer may be broken into lines.
const LONG: usize = 60;

/// The text of `report.html`.
#[must_use]
pub fn write(document: &Document) -> String {
    let title = escape(&document.title);
    let mut html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"generator\" content=\"avsc-tui\">\n<title>{title}</title>\n<style>\n{CSS}</style>\n</head>\n\
         <body>\n<main>\n<h1>{title}</h1>\n<p class=\"subtitle\">{}</p>\n",
        escape(&document.subtitle)
    );
    contents(&mut html, document);
    for (at, block) in document.blocks.iter().enumerate() {
        match block {
            Block::Heading { level, text } => {
                let _ = writeln!(html, "<h{level} id=\"{}\">{}</h{level}>", anchor(at, text), escape(text));
            }
            Block::Paragraph(text) => {
                let _ = writeln!(html, "<p>{}</p>", escape(text));
            }
            Block::Bullets(lines) => {
                html.push_str("<ul>\n");
                for line in lines {
                    let _ = writeln!(html, "<li>{}</li>", escape(line));
                }
                html.push_str("</ul>\n");
            }
            Block::Warning(text) => {
                let _ = writeln!(html, "<p class=\"warning\">{}</p>", escape(text));
            }
            Block::Table(shown) if shown.shown => table(&mut html, shown),
            Block::Table(_) => {}
            Block::Figure(shown) => figure(&mut html, shown),
            Block::Verbatim(text) => {
                let lines: Vec<_> = text.lines().map(escape).collect();
                let _ = writeln!(html, "<pre tabindex=\"0\">{}</pre>", lines.join("\n"));
            }
        }
    }
    html.push_str("</main>\n</body>\n</html>\n");
    html
}

fn anchor(at: usize, text: &str) -> String {
    format!("s{at}-{}", slug(text))
}

fn contents(html: &mut String, document: &Document) {
    html.push_str("<nav aria-label=\"Contents\"><ul>\n");
    for (at, block) in document.blocks.iter().enumerate() {
        if let Block::Heading { level: 2, text } = block {
            let _ = writeln!(html, "<li><a href=\"#{}\">{}</a></li>", anchor(at, text), escape(text));
        }
    }
    html.push_str("</ul></nav>\n");
}

fn table(html: &mut String, table: &Table) {
    let caption = escape(&table.caption);
    let _ = writeln!(
        html,
        "<div class=\"table\">\n<p class=\"caption\">{caption}</p>\n\
         <div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{caption}\">\n<table>\n<thead><tr>"
    );
    for column in &table.columns {
        let side = if column.right { " class=\"right\"" } else { "" };
        let _ = writeln!(html, "<th scope=\"col\"{side}>{}</th>", escape(&column.title));
    }
    html.push_str("</tr></thead>\n<tbody>\n");
    for row in &table.rows {
        let classes = [(row.rule, "rule"), (row.strong, "strong")];
        let classes: Vec<_> = classes.into_iter().filter(|(is, _)| *is).map(|(_, class)| class).collect();
        let class = if classes.is_empty() { String::new() } else { format!(" class=\"{}\"", classes.join(" ")) };
        let _ = write!(html, "<tr{class}>");
        for (at, (cell, column)) in row.cells.iter().zip(&table.columns).enumerate() {
            let side = match (column.right, cell.chars().count() > LONG) {
                (true, _) => " class=\"right\"",
                (false, true) => " class=\"long\"",
                (false, false) => "",
            };
            let _ = match at {
                0 => write!(html, "<th scope=\"row\"{side}>{}</th>", escape(cell)),
                _ => write!(html, "<td{side}>{}</td>", escape(cell)),
            };
        }
        html.push_str("</tr>\n");
    }
    html.push_str("</tbody>\n</table>\n</div>\n");
    for note in &table.notes {
        let _ = writeln!(html, "<p class=\"note\">{}</p>", escape(note));
    }
    html.push_str("</div>\n");
}

fn figure(html: &mut String, figure: &Figure) {
    // Inside HTML the element needs no namespace. On a phone a figure keeps the width at which its text can be read.
    let svg = figure.svg.replacen(" xmlns=\"http://www.w3.org/2000/svg\"", "", 1);
    let _ = writeln!(
        html,
        "<figure>\n<div class=\"scroll\" tabindex=\"0\">\n<div style=\"min-width:{}px;max-width:{}px;margin:0 auto\">\n{}</div>\n</div>\n\
         <figcaption>{}</figcaption>\n</figure>",
        figure.size.0.min(460),
        figure.size.0,
        svg,
        escape(&figure.caption)
    );
}
