//! Colours, strokes and markers: Okabe and Ito's colours, which the colour-blind tell apart, and
//! beside them strokes and markers, so that nothing is lost in grey.

use plotters::{
    prelude::*,
    style::{FontTransform, text_anchor::Pos},
};

pub use plotters::style::text_anchor::{HPos, VPos};

use crate::config::Mode;

pub const INK: RGBColor = RGBColor(27, 31, 36);
pub const SOFT: RGBColor = RGBColor(87, 96, 106);
pub const GRID: RGBColor = RGBColor(222, 226, 230);

pub const BLUE: RGBColor = RGBColor(0, 114, 178);
pub const VERMILLION: RGBColor = RGBColor(213, 94, 0);

/// Height of the text of axes and legends, in drawn units.
pub const TEXT: u32 = 30;
pub const SMALL: u32 = 25;

/// The shape that marks a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marker {
    Circle,
    Square,
    Triangle,
    Diamond,
    Cross,
    Down,
    /// An empty circle.
    Ring,
}

/// How a series looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    pub color: RGBColor,
    /// Length of a dash and of the gap after it; none: a whole line.
    pub dash: Option<(i32, i32)>,
    pub marker: Marker,
    pub width: u32,
}

impl Look {
    /// A mode looks the same in every figure.
    pub fn of(mode: Mode) -> Self {
        let (color, dash, marker) = match mode {
            Mode::Early => (RGBColor(230, 159, 0), Some((22, 8)), Marker::Square),
            Mode::Mid => (BLUE, None, Marker::Circle),
            Mode::Late => (VERMILLION, Some((12, 6)), Marker::Triangle),
            Mode::Hybrid => (RGBColor(0, 158, 115), Some((30, 10)), Marker::Diamond),
            Mode::Audio => (RGBColor(204, 121, 167), Some((6, 6)), Marker::Cross),
            Mode::Video => (RGBColor(86, 180, 233), Some((4, 10)), Marker::Down),
        };
        Self { color, dash, marker, width: 4 }
    }

    pub fn train() -> Self {
        Self { color: BLUE, dash: Some((14, 8)), marker: Marker::Square, width: 4 }
    }

    pub fn validation() -> Self {
        Self { color: VERMILLION, dash: None, marker: Marker::Circle, width: 5 }
    }

    /// Other seeds, behind the line that matters.
    pub fn behind() -> Self {
        Self { color: RGBColor(170, 176, 182), dash: None, marker: Marker::Circle, width: 2 }
    }

    pub fn stroke(&self) -> ShapeStyle {
        self.color.stroke_width(self.width)
    }
}

/// Text of `size` that is held at the given side.
pub fn text(size: u32, color: RGBColor, horizontal: HPos, vertical: VPos) -> TextStyle<'static> {
    ("sans-serif", size).into_font().color(&color).pos(Pos::new(horizontal, vertical))
}

/// The same, read upwards.
pub fn upwards(size: u32, color: RGBColor, horizontal: HPos, vertical: VPos) -> TextStyle<'static> {
    let font = ("sans-serif", size).into_font().transform(FontTransform::Rotate270);
    font.color(&color).pos(Pos::new(horizontal, vertical))
}

/// `name` in at most `most` characters.
pub fn short(name: &str, most: usize) -> String {
    let name = crate::report::text::visible(name);
    if name.chars().count() <= most {
        return name;
    }
    name.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}
