//! The confusion matrix: shares of each true class, with the clips below.

use plotters::prelude::*;

use super::{
    Area, Drawing, Drawn, Paper, SCALE,
    axes::write,
    look::{HPos, INK, SOFT, TEXT, VPos, short, text, upwards},
};
use crate::{metrics::Confusion, report::number::count};

/// Classes of the largest matrix that is drawn.
pub const MOST: usize = 40;
/// Characters of a class's name.
const NAME: usize = 20;

/// A confusion matrix of at most [`MOST`] classes.
#[derive(Clone, Copy, Debug)]
pub struct ConfusionMatrix<'a> {
    pub confusion: &'a Confusion,
    pub classes: &'a [String],
}

/// A small matrix has large cells.
fn cell(classes: usize) -> i32 {
    (900 / classes.max(1) as i32).clamp(44, 120)
}

impl ConfusionMatrix<'_> {
    /// Room for the names of the classes, by the longest of them.
    fn names(&self) -> i32 {
        let longest = self.classes.iter().map(|name| name.chars().count().min(NAME)).max().unwrap_or(0);
        longest as i32 * 15 + 30
    }
}

impl Drawing for ConfusionMatrix<'_> {
    fn size(&self) -> (u32, u32) {
        let classes = self.confusion.classes();
        let side = cell(classes) * classes as i32;
        let (width, height) = (TITLE + self.names() + side + 20, 20 + side + self.names() + TITLE);
        (width as u32 / SCALE, height as u32 / SCALE)
    }

    fn draw<DB: Paper>(&self, area: &Area<DB>) -> Drawn<DB>
    where
        DB::ErrorType: 'static,
    {
        let classes = self.confusion.classes();
        let (cell, left, top) = (cell(classes), TITLE + self.names(), 20);
        let side = cell * classes as i32;
        let letters = (cell as u32 * 2 / 5).clamp(18, 30);
        for (truth, row) in self.confusion.rows().iter().enumerate() {
            let support = self.confusion.support(truth);
            for (prediction, &clips) in row.iter().enumerate() {
                let share = if support == 0 { 0.0 } else { clips as f64 / support as f64 };
                let (x, y) = (left + prediction as i32 * cell, top + truth as i32 * cell);
                area.draw(&Rectangle::new([(x, y), (x + cell, y + cell)], shade(share).filled()))?;
                if clips == 0 {
                    continue;
                }
                let ink = if share > 0.5 { WHITE } else { INK };
                let (x, y) = (x + cell / 2, y + cell / 2);
                let per_cent = format!("{:.0}", share * 100.0);
                if cell < 70 {
                    write(area, &per_cent, &text(letters, ink, HPos::Center, VPos::Center), (x, y))?;
                } else {
                    write(area, &per_cent, &text(letters, ink, HPos::Center, VPos::Center), (x, y - 13))?;
                    let small = text(letters * 2 / 3, ink, HPos::Center, VPos::Center);
                    write(area, &count(clips), &small, (x, y + 17))?;
                }
            }
        }
        let frame = [(left, top), (left + side, top + side)];
        area.draw(&Rectangle::new(frame, SOFT.stroke_width(2)))?;
        for (class, name) in self.classes.iter().enumerate().take(classes) {
            let (name, middle) = (short(name, NAME), class as i32 * cell + cell / 2);
            write(area, &name, &text(letters.max(22), INK, HPos::Right, VPos::Center), (left - 12, top + middle))?;
            let below = (left + middle, top + side + 12);
            write(area, &name, &upwards(letters.max(22), INK, HPos::Right, VPos::Center), below)?;
        }
        let height = area.dim_in_pixel().1 as i32;
        let below = (left + side / 2, height - 8);
        write(area, "predicted class", &text(TEXT, INK, HPos::Center, VPos::Bottom), below)?;
        let beside = (8, top + side / 2);
        write(area, "true class", &upwards(TEXT, INK, HPos::Center, VPos::Top), beside)
    }
}

/// Room for an axis' title.
const TITLE: i32 = 60;

/// White to dark blue: one hue, so that grey shows the same order.
fn shade(share: f64) -> RGBColor {
    let stops = [(0.0, [255.0, 255.0, 255.0]), (0.5, [107.0, 174.0, 214.0]), (1.0, [8.0, 48.0, 107.0])];
    let share = share.clamp(0.0, 1.0);
    let [low, middle, high] = stops;
    let ((from, a), (to, b)) = if share < 0.5 { (low, middle) } else { (middle, high) };
    let along = (share - from) / (to - from);
    let [red, green, blue] = std::array::from_fn(|at| {
        let (a, b): (f64, f64) = (a.get(at).copied().unwrap_or(0.0), b.get(at).copied().unwrap_or(0.0));
        (a + (b - a) * along).round() as u8
    });
    RGBColor(red, green, blue)
}
