//! Tables for LaTeX, in booktabs' style, each in a file to be read with `\input`.

use std::fmt::Write as _;

use super::{
    document::{Column, Row, Table},
    text::latex as escape,
};

/// A column of longer texts is broken into lines.
const LONG: usize = 45;

/// So many characters of the size that tables of many columns have go into a line of text, the gaps
/// between columns taken for three.
const LINE: usize = 84;

/// The text of `tables/<id>.tex`.
#[must_use]
pub fn table(table: &Table) -> String {
    let longest = |at: usize, column: &Column| {
        let cells = table.rows.iter().filter_map(|row| row.cells.get(at)).chain([&column.title]);
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let side = |(at, column): (usize, &Column)| {
        let longest = longest(at, column);
        match (column.right, longest > LONG) {
            (true, _) => "r",
            (false, true) => r"p{0.45\linewidth}",
            (false, false) => "l",
        }
    };
    let sides: String = table.columns.iter().enumerate().map(side).collect();
    let width: usize = table.columns.iter().enumerate().map(|(at, column)| longest(at, column).min(LONG) + 3).sum();
    let (shrink, end) = if width > LINE { ("  \\resizebox{\\linewidth}{!}{%\n", "}") } else { ("", "") };
    let titles: Vec<_> = table.columns.iter().map(|column| escape(&column.title)).collect();
    let packages = if end.is_empty() { "booktabs" } else { "booktabs,graphicx" };
    let mut text = format!("% \\usepackage{{{packages}}} in the preamble\n\\begin{{table}}[htbp]\n  \\centering\n");
    let _ = writeln!(text, "  \\caption{{{}}}", escape(&table.caption));
    let _ = writeln!(text, "  \\label{{tab:{}}}", table.id);
    if table.columns.len() > 5 {
        text.push_str("  \\small\n");
    }
    text.push_str(shrink);
    let _ = writeln!(text, "  \\begin{{tabular}}{{{sides}}}\n    \\toprule\n    {} \\\\", titles.join(" & "));
    text.push_str("    \\midrule\n");
    for row in &table.rows {
        if row.rule {
            text.push_str("    \\midrule\n");
        }
        let _ = writeln!(text, "    {} \\\\", cells(row));
    }
    let _ = writeln!(text, "    \\bottomrule\n  \\end{{tabular}}{end}");
    for note in &table.notes {
        let _ = writeln!(text, "\n  \\smallskip\n  {{\\footnotesize {}\\par}}", escape(note));
    }
    text.push_str("\\end{table}\n");
    text
}

fn cells(row: &Row) -> String {
    let cell = |cell: &String| match (cell.is_empty(), row.strong) {
        (false, true) => format!("\\textbf{{{}}}", escape(cell)),
        _ => escape(cell),
    };
    row.cells.iter().map(cell).collect::<Vec<_>>().join(" & ")
}
