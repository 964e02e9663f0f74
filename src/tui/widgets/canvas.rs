//! A grid of dots that curves are drawn on: 2 × 4 dots a cell in braille, 1 × 2 in blocks, 1 × 1 in
//! ASCII.
//!
//! A cell belongs to the curve that was drawn last: dots of two curves are never merged into a
//! character of one colour.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use crate::config::Marks;

/// How a curve is drawn where colours do not tell curves apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stroke {
    Thin,
    Thick,
    Dashed,
    Dotted,
    LongDashed,
    DashDotted,
    DashDotDotted,
    WideDashed,
    Paired,
    Sparse,
    /// The ends of each stretch alone: other curves can be seen through a band of points.
    Ends,
}

impl Stroke {
    /// Those of pinned runs: no two are alike.
    pub const PINS: [Self; 8] = [
        Self::Dashed,
        Self::Dotted,
        Self::LongDashed,
        Self::DashDotted,
        Self::WideDashed,
        Self::Paired,
        Self::DashDotDotted,
        Self::Sparse,
    ];

    /// True where the stroke has a dot in column `x` of a level line.
    fn is_on(self, x: usize) -> bool {
        match self {
            Self::Thin | Self::Thick | Self::Ends => true,
            Self::Dashed => x % 6 < 4,
            Self::Dotted => x % 4 < 1,
            Self::LongDashed => x % 16 < 12,
            Self::DashDotted => matches!(x % 12, 0..6 | 8..10),
            Self::DashDotDotted => matches!(x % 16, 0..6 | 8..10 | 12..14),
            Self::WideDashed => x % 12 < 6,
            Self::Paired => matches!(x % 10, 0..2 | 4..6),
            Self::Sparse => x % 8 < 1,
        }
    }

    /// What stands for it in ASCII.
    fn ascii(self) -> char {
        match self {
            Self::Thin => '.',
            Self::Thick => '#',
            Self::Dashed => '-',
            Self::Dotted => ':',
            Self::LongDashed => '=',
            Self::DashDotted => '~',
            Self::DashDotDotted => '+',
            Self::WideDashed => 'o',
            Self::Paired => '"',
            Self::Sparse => '\'',
            Self::Ends => ',',
        }
    }

    /// Two columns of it, for a legend.
    pub fn sample(self, marks: Marks) -> &'static str {
        let (drawn, ascii) = match self {
            Self::Thin => ("──", ".."),
            Self::Thick => ("━━", "##"),
            Self::Dashed => ("╍╍", "--"),
            Self::Dotted => ("┈┈", "::"),
            Self::LongDashed => ("━╸", "=="),
            Self::DashDotted => ("╸·", "~~"),
            Self::DashDotDotted => ("╸:", "++"),
            Self::WideDashed => ("╸╸", "oo"),
            Self::Paired => ("··", "\"\""),
            Self::Sparse => ("· ", "''"),
            Self::Ends => ("╶╶", ",,"),
        };
        if marks == Marks::Ascii { ascii } else { drawn }
    }
}

/// A stretch of dots that is higher than this is drawn whole, however the stroke is broken: a spike
/// must not fall into a gap.
const LEVEL: i64 = 2;

/// Dots of one area of the screen.
#[derive(Debug)]
pub struct Canvas {
    marks: Marks,
    columns: usize,
    rows: usize,
    cells: Vec<Cell>,
    layer: u8,
}

#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    dots: u8,
    layer: u8,
}

/// What stands for an area in blocks and in ASCII, beside the bits of their dots.
const SHADE: u8 = 0x80;

/// The braille bits of the dots down to each row of a cell, in each of its two columns.
const BRAILLE_UNTIL: [[u8; 4]; 2] = [[0x01, 0x03, 0x07, 0x47], [0x08, 0x18, 0x38, 0xb8]];

impl Canvas {
    pub fn new(area: Rect, marks: Marks) -> Self {
        let (columns, rows) = (usize::from(area.width), usize::from(area.height));
        Self { marks, columns, rows, cells: vec![Cell::default(); columns * rows], layer: 0 }
    }

    /// Dots across.
    pub fn width(&self) -> usize {
        self.columns * self.per_cell().0
    }

    /// Dots down.
    pub fn height(&self) -> usize {
        self.rows * self.per_cell().1
    }

    /// Dots of a cell, across and down.
    fn per_cell(&self) -> (usize, usize) {
        let (across, down) = self.shifts();
        (1 << across, 1 << down)
    }

    /// The same as powers of two: places of dots are divided by them thousands of times.
    fn shifts(&self) -> (u8, u8) {
        match self.marks {
            Marks::Braille => (1, 2),
            Marks::Block => (0, 1),
            Marks::Ascii => (0, 0),
        }
    }

    /// Column and row of the cell that holds the dot at `x` and `y`.
    pub fn cell_of(&self, x: usize, y: usize) -> (usize, usize) {
        let (across, down) = self.per_cell();
        (x / across, y / down)
    }

    /// Begin the next curve: it takes over the cells that it touches.
    pub fn next_layer(&mut self) {
        self.layer = self.layer.saturating_add(1);
    }

    /// Set the dots of column `x` from row `top` to row `bottom`, from the upper left, as far as they are on the
    /// canvas.
    fn dots(&mut self, x: usize, top: i64, bottom: i64) {
        let (across, down) = self.shifts();
        let (top, bottom) = (top.max(0) as usize, bottom.min(self.height() as i64 - 1));
        let Some(bottom) = usize::try_from(bottom).ok().filter(|bottom| top <= *bottom) else { return };
        // A cell at a time: a steep curve has many dots.
        let (first, last) = (top >> down, bottom >> down);
        let within = |dot: usize| dot & ((1 << down) - 1);
        let (head, tail) = (self.from(x, within(top)), self.until(x, within(bottom)));
        if first == last {
            self.mark(x >> across, first..=last, head & tail);
        } else {
            self.mark(x >> across, first..=first, head);
            self.mark(x >> across, first + 1..=last - 1, self.until(x, (1 << down) - 1));
            self.mark(x >> across, last..=last, tail);
        }
    }

    /// The bits of the dots of a cell in column `x` of dots down to `row`.
    fn until(&self, x: usize, row: usize) -> u8 {
        match self.marks {
            Marks::Braille => BRAILLE_UNTIL.get(x % 2).and_then(|rows| rows.get(row)).copied().unwrap_or_default(),
            Marks::Block => (2 << row) - 1,
            Marks::Ascii => 1,
        }
    }

    /// The same from `row` on.
    fn from(&self, x: usize, row: usize) -> u8 {
        row.checked_sub(1).map_or(u8::MAX, |above| !self.until(x, above)) & self.until(x, (1 << self.shifts().1) - 1)
    }

    /// Set `bits` of the cells in `column` and `rows`.
    fn mark(&mut self, column: usize, rows: std::ops::RangeInclusive<usize>, bits: u8) {
        if column >= self.columns {
            return;
        }
        let (start, count) = (rows.start() * self.columns + column, (rows.end() + 1).saturating_sub(*rows.start()));
        let cells = self.cells.get_mut(start..).unwrap_or_default();
        for cell in cells.iter_mut().step_by(self.columns).take(count) {
            if cell.layer != self.layer {
                *cell = Cell { dots: 0, layer: self.layer };
            }
            cell.dots |= bits;
        }
    }

    /// Set the dots of column `x` from row `from` to row `to`, in either order, as far as they are on the
    /// canvas; a thick stroke is at least two dots high.
    pub fn span(&mut self, x: usize, from: i64, to: i64, stroke: Stroke) {
        let (mut top, mut bottom) = (from.min(to), from.max(to));
        let last = self.height() as i64 - 1;
        if stroke == Stroke::Thick && bottom - top < 1 && self.marks == Marks::Braille {
            if bottom < last {
                bottom += 1;
            } else {
                top -= 1;
            }
        }
        let marks = self.per_cell().0;
        // Braille has room for a pattern within a cell, the others only from cell to cell.
        if bottom - top < LEVEL && !stroke.is_on(if marks == 1 { x * 2 } else { x }) {
            return;
        }
        if stroke == Stroke::Ends {
            self.dots(x, top, top);
            top = bottom;
        }
        self.dots(x, top, bottom);
    }

    /// Make column `x` look grey from row `top` to row `bottom`: scattered dots in braille, a shade of its own
    /// in the others, where dots would look like a curve.
    pub fn shade(&mut self, x: usize, top: i64, bottom: i64) {
        let (across, down) = self.per_cell();
        for y in top.max(0)..=bottom.min(self.height() as i64 - 1) {
            let row = y as usize / down;
            match self.marks {
                Marks::Braille if (2 * x as i64 + y).rem_euclid(4) == 0 => self.dots(x, y, y),
                Marks::Braille => {}
                Marks::Block | Marks::Ascii => self.mark(x / across, row..=row, SHADE),
            }
        }
    }

    /// Draw the dots of each layer (from 1) in its style into `area`.
    pub fn render(&self, area: Rect, buf: &mut Buffer, layers: &[(Style, Stroke)]) {
        let area = area.intersection(buf.area);
        if area.is_empty() {
            return;
        }
        let shown = usize::from(area.width);
        for (y, cells) in (area.top()..area.bottom()).zip(self.cells.chunks(self.columns.max(1))) {
            let start = buf.index_of(area.x, y);
            let drawn = buf.content.get_mut(start..start + shown).unwrap_or_default();
            for (cell, drawn) in cells.iter().zip(drawn).filter(|(cell, _)| cell.dots != 0) {
                let layer = usize::from(cell.layer).checked_sub(1).and_then(|layer| layers.get(layer));
                if let Some((style, stroke)) = layer {
                    drawn.set_char(self.symbol(cell.dots, *stroke)).set_style(*style);
                }
            }
        }
    }

    fn symbol(&self, dots: u8, stroke: Stroke) -> char {
        match (self.marks, dots) {
            (Marks::Braille, dots) => char::from_u32(0x2800 + u32::from(dots)).unwrap_or(' '),
            (Marks::Block, SHADE) => '░',
            (Marks::Ascii, SHADE) => ',',
            (Marks::Block, _) if stroke == Stroke::Thick => '█',
            (Marks::Block, 1) => '▀',
            (Marks::Block, 2) => '▄',
            (Marks::Block, _) => '█',
            (Marks::Ascii, _) => stroke.ascii(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_strokes_look_alike() {
        let strokes: Vec<Stroke> = Stroke::PINS.into_iter().chain([Stroke::Thin]).collect();
        for marks in [Marks::Braille, Marks::Block, Marks::Ascii] {
            let drawn: Vec<String> = strokes.iter().map(|stroke| level(*stroke, marks)).collect();
            for (at, one) in drawn.iter().enumerate() {
                for other in drawn.iter().take(at) {
                    assert_ne!(one, other, "{marks:?}");
                }
            }
            let samples: Vec<&str> = strokes.iter().map(|stroke| stroke.sample(marks)).collect();
            assert!((1..samples.len()).all(|at| !samples[..at].contains(&samples[at])), "{samples:?}");
        }
    }

    /// A level line.
    fn level(stroke: Stroke, marks: Marks) -> String {
        let area = Rect::new(0, 0, 60, 1);
        let mut canvas = Canvas::new(area, marks);
        canvas.next_layer();
        for x in 0..canvas.width() {
            canvas.span(x, 0, 0, stroke);
        }
        let mut buf = Buffer::empty(area);
        canvas.render(area, &mut buf, &[(Style::new(), stroke)]);
        buf.content().iter().map(ratatui::buffer::Cell::symbol).collect()
    }
}
