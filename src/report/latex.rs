//! Tables for LaTeX, in booktabs' style, each in a file to be read with `\input`.

use std::fmt::Write as _;

use super::{
    document::{Column, Row, Table},
    text::latex as escape,
};

/// A column of longer texts is broken into lines.
const LONG: usize = 45;

/// The text of `tables/<id>.tex`.
#[must_use]
pub fn table(table: &Table) -> String {
    let side = |(at, column): (usize, &Column)| {
        let cells = table.rows.iter().filter_map(|row| row.cells.get(at));
        let longest = cells.map(|cell| cell.chars().count()).max().unwrap_or(0);
        match (column.right, longest > LONG) {
            (true, _) => "r",
            (false, true) => r"p{0.45\linewidth}",
            (false, false) => "l",
        }
    };
    let sides: String = table.columns.iter().enumerate().map(side).collect();
    let titles: Vec<_> = table.columns.iter().map(|column| escape(&column.title)).collect();
    let mut text = String::from("% \\usepackage{booktabs} in the preamble\n\\begin{table}[htbp]\n  \\centering\n");
    let _ = writeln!(text, "  \\caption{{{}}}", escape(&table.caption));
    let _ = writeln!(text, "  \\label{{tab:{}}}", table.id);
    if table.columns.len() > 5 {
        text.push_str("  \\small\n");
    }
    let _ = writeln!(text, "  \\begin{{tabular}}{{{sides}}}\n    \\toprule\n    {} \\\\", titles.join(" & "));
    text.push_str("    \\midrule\n");
    for row in &table.rows {
        if row.rule {
            text.push_str("    \\midrule\n");
        }
        let _ = writeln!(text, "    {} \\\\", cells(row));
    }
    text.push_str("    \\bottomrule\n  \\end{tabular}\n");
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
