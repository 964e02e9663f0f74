//! The F1 score of each class, model beside model.

use plotters::prelude::*;

use super::{
    Area, Drawing, Drawn, Look, Paper, SCALE,
    axes::{Entry, legend, mark, write},
    look::{GRID, HPos, INK, SMALL, TEXT, VPos, short, text},
};

/// F1 scores of the classes under several models, as dots.
#[derive(Clone, Debug)]
pub struct ClassF1<'a> {
    pub classes: &'a [String],
    /// A name, a look, and the F1 score of each class.
    pub models: Vec<(String, Look, Vec<f64>)>,
}

/// Height of a class.
const ROW: i32 = 64;
const LEFT: i32 = 330;
/// Room below for the scale and its title.
const BELOW: i32 = 110;

impl Drawing for ClassF1<'_> {
    fn size(&self) -> (u32, u32) {
        // Two rows of a legend are always enough for six models.
        let height = 2 * 56 + self.classes.len() as i32 * ROW + BELOW;
        (720, height as u32 / SCALE)
    }

    fn draw<DB: Paper>(&self, area: &Area<DB>) -> Drawn<DB>
    where
        DB::ErrorType: 'static,
    {
        let entry = |(name, look, _): &(String, Look, Vec<f64>)| Entry {
            name: name.clone(),
            look: *look,
            line: false,
            marker: true,
        };
        let entries: Vec<Entry> = self.models.iter().map(entry).collect();
        let top = legend(area, &entries)? + 16;
        let (width, bottom) = (area.dim_in_pixel().0 as i32, top + self.classes.len() as i32 * ROW);
        let right = width - 50;
        // The scale begins at the last tenth below every score, so that the differences can be seen.
        let scores = self.models.iter().flat_map(|(_, _, scores)| scores).copied();
        let low = (scores.fold(1.0, f64::min).clamp(0.0, 0.9) * 10.0).floor() / 10.0;
        let place = |score: f64| LEFT + ((score - low) / (1.0 - low) * f64::from(right - LEFT)) as i32;
        let step = if low < 0.5 { 2 } else { 1 };
        for tenth in ((low * 10.0).round() as u32..=10).filter(|tenth| (10 - tenth) % step == 0) {
            let score = f64::from(tenth) / 10.0;
            let x = place(score);
            area.draw(&PathElement::new(vec![(x, top), (x, bottom)], GRID.stroke_width(2)))?;
            write(area, &format!("{score:.1}"), &text(SMALL, INK, HPos::Center, VPos::Top), (x, bottom + 14))?;
        }
        area.draw(&PathElement::new(vec![(LEFT, bottom), (right, bottom)], INK.stroke_width(2)))?;
        let title = text(TEXT, INK, HPos::Center, VPos::Bottom);
        write(area, "F1 score", &title, (i32::midpoint(LEFT, right), bottom + BELOW - 16))?;
        for (class, name) in self.classes.iter().enumerate() {
            let y = top + class as i32 * ROW + ROW / 2;
            area.draw(&PathElement::new(vec![(LEFT, y), (right, y)], GRID.stroke_width(2)))?;
            write(area, &short(name, 20), &text(SMALL, INK, HPos::Right, VPos::Center), (LEFT - 16, y))?;
            let models = self.models.len() as i32;
            for (at, (_, look, scores)) in self.models.iter().enumerate() {
                // Side by side within the row: equal scores do not hide one another.
                let offset = (at as i32 * 2 - (models - 1)) * (ROW / 2 - 12) / models.max(1);
                if let Some(&score) = scores.get(class) {
                    mark(area, (place(score), y + offset), look, 9)?;
                }
            }
        }
        Ok(())
    }
}
