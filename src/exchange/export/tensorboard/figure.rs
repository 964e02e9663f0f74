//! The confusion matrix as a PNG: rows are the truth, columns the prediction, per cent of the row.

use anyhow::Result;

use crate::metrics::Confusion;

/// Pixels of a cell's side.
const CELL: usize = 40;
/// A letter's dots are so many pixels wide.
const DOT: usize = 2;
/// Pixels from a letter to the next, and of a letter's height.
const ADVANCE: usize = 6 * DOT;
const LETTER: usize = 7 * DOT;
/// Around the labels.
const MARGIN: usize = 8;
/// A picture of more classes could not be read.
const MOST_CLASSES: usize = 50;
/// Letters of a label.
const MOST_LETTERS: usize = 20;

/// Width, height and the file's bytes; none where there is nothing to draw.
///
/// # Errors
/// If the picture cannot be encoded.
pub fn png(confusion: &Confusion, names: &[String]) -> Result<Option<(usize, usize, Vec<u8>)>> {
    let classes = confusion.classes();
    if confusion.total() == 0 || classes > MOST_CLASSES {
        return Ok(None);
    }
    let label = |class: usize| names.get(class).cloned().unwrap_or_else(|| class.to_string());
    let labels: Vec<String> = (0..classes).map(label).map(|name| name.chars().take(MOST_LETTERS).collect()).collect();
    let longest = labels.iter().map(|label| label.chars().count()).max().unwrap_or(0);
    let edge = longest * ADVANCE + 2 * MARGIN;
    let side = edge + classes * CELL + MARGIN;
    let mut canvas = Canvas { side, pixels: vec![255; side * side * 3] };
    for (at, label) in labels.iter().enumerate() {
        let middle = edge + at * CELL + (CELL - LETTER) / 2;
        let length = label.chars().count() * ADVANCE;
        canvas.text(label, edge - MARGIN - length, middle, [0; 3], false);
        canvas.text(label, middle, edge - MARGIN, [0; 3], true);
    }
    for truth in 0..classes {
        let support = confusion.support(truth).max(1) as f64;
        for prediction in 0..classes {
            let share = confusion.get(truth, prediction) as f64 / support;
            let (x, y) = (edge + prediction * CELL, edge + truth * CELL);
            canvas.fill(x, y, CELL - 1, blue(share));
            let text = format!("{:.0}", share * 100.0);
            let ink = if share > 0.5 { [255; 3] } else { [0; 3] };
            let start = x + (CELL - text.len() * ADVANCE) / 2;
            if confusion.get(truth, prediction) > 0 {
                canvas.text(&text, start, y + (CELL - LETTER) / 2, ink, false);
            }
        }
    }
    Ok(Some((side, side, canvas.encode()?)))
}

/// White to dark blue; the lightness alone tells the value, so that it reads in grey too.
fn blue(share: f64) -> [u8; 3] {
    let mix = |full: f64| (255.0 + (full - 255.0) * share.clamp(0.0, 1.0)) as u8;
    [mix(8.0), mix(48.0), mix(107.0)]
}

struct Canvas {
    side: usize,
    pixels: Vec<u8>,
}

impl Canvas {
    fn dot(&mut self, x: usize, y: usize, colour: [u8; 3]) {
        if x < self.side && y < self.side {
            let at = (y * self.side + x) * 3;
            if let Some(pixel) = self.pixels.get_mut(at..at + 3) {
                pixel.copy_from_slice(&colour);
            }
        }
    }

    fn fill(&mut self, x: usize, y: usize, side: usize, colour: [u8; 3]) {
        for (dx, dy) in (0..side).flat_map(|dx| (0..side).map(move |dy| (dx, dy))) {
            self.dot(x + dx, y + dy, colour);
        }
    }

    /// From (x, y), its upper left corner, to the right; upright: from its lower left corner upwards.
    fn text(&mut self, text: &str, x: usize, y: usize, colour: [u8; 3], upright: bool) {
        for (at, letter) in text.chars().enumerate() {
            for (row, bits) in glyph(letter).into_iter().enumerate() {
                for column in (0..5).filter(|column| bits & (16 >> column) != 0) {
                    let (along, down) = (at * ADVANCE + column * DOT, row * DOT);
                    if upright {
                        self.fill(x + down, y.saturating_sub(along + DOT), DOT, colour);
                    } else {
                        self.fill(x + along, y + down, DOT, colour);
                    }
                }
            }
        }
    }

    fn encode(self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.side as u32, self.side as u32);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.pixels)?;
        writer.finish()?;
        Ok(bytes)
    }
}

/// Seven rows of five dots. Small letters look like capitals, and what is not here like a gap.
fn glyph(letter: char) -> [u8; 7] {
    match letter.to_ascii_uppercase() {
        'A' => [0x0e, 0x11, 0x11, 0x1f, 0x11, 0x11, 0x11],
        'B' => [0x1e, 0x11, 0x11, 0x1e, 0x11, 0x11, 0x1e],
        'C' => [0x0e, 0x11, 0x10, 0x10, 0x10, 0x11, 0x0e],
        'D' => [0x1e, 0x11, 0x11, 0x11, 0x11, 0x11, 0x1e],
        'E' => [0x1f, 0x10, 0x10, 0x1e, 0x10, 0x10, 0x1f],
        'F' => [0x1f, 0x10, 0x10, 0x1e, 0x10, 0x10, 0x10],
        'G' => [0x0e, 0x11, 0x10, 0x17, 0x11, 0x11, 0x0f],
        'H' => [0x11, 0x11, 0x11, 0x1f, 0x11, 0x11, 0x11],
        'I' => [0x0e, 0x04, 0x04, 0x04, 0x04, 0x04, 0x0e],
        'J' => [0x07, 0x02, 0x02, 0x02, 0x02, 0x12, 0x0c],
        'K' => [0x11, 0x12, 0x14, 0x18, 0x14, 0x12, 0x11],
        'L' => [0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x1f],
        'M' => [0x11, 0x1b, 0x15, 0x15, 0x11, 0x11, 0x11],
        'N' => [0x11, 0x11, 0x19, 0x15, 0x13, 0x11, 0x11],
        'O' => [0x0e, 0x11, 0x11, 0x11, 0x11, 0x11, 0x0e],
        'P' => [0x1e, 0x11, 0x11, 0x1e, 0x10, 0x10, 0x10],
        'Q' => [0x0e, 0x11, 0x11, 0x11, 0x15, 0x12, 0x0d],
        'R' => [0x1e, 0x11, 0x11, 0x1e, 0x14, 0x12, 0x11],
        'S' => [0x0f, 0x10, 0x10, 0x0e, 0x01, 0x01, 0x1e],
        'T' => [0x1f, 0x04, 0x04, 0x04, 0x04, 0x04, 0x04],
        'U' => [0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x0e],
        'V' => [0x11, 0x11, 0x11, 0x11, 0x11, 0x0a, 0x04],
        'W' => [0x11, 0x11, 0x11, 0x15, 0x15, 0x15, 0x0a],
        'X' => [0x11, 0x11, 0x0a, 0x04, 0x0a, 0x11, 0x11],
        'Y' => [0x11, 0x11, 0x11, 0x0a, 0x04, 0x04, 0x04],
        'Z' => [0x1f, 0x01, 0x02, 0x04, 0x08, 0x10, 0x1f],
        '0' => [0x0e, 0x11, 0x13, 0x15, 0x19, 0x11, 0x0e],
        '1' => [0x04, 0x0c, 0x04, 0x04, 0x04, 0x04, 0x0e],
        '2' => [0x0e, 0x11, 0x01, 0x02, 0x04, 0x08, 0x1f],
        '3' => [0x1f, 0x02, 0x04, 0x02, 0x01, 0x11, 0x0e],
        '4' => [0x02, 0x06, 0x0a, 0x12, 0x1f, 0x02, 0x02],
        '5' => [0x1f, 0x10, 0x1e, 0x01, 0x01, 0x11, 0x0e],
        '6' => [0x06, 0x08, 0x10, 0x1e, 0x11, 0x11, 0x0e],
        '7' => [0x1f, 0x01, 0x02, 0x04, 0x08, 0x08, 0x08],
        '8' => [0x0e, 0x11, 0x11, 0x0e, 0x11, 0x11, 0x0e],
        '9' => [0x0e, 0x11, 0x11, 0x0f, 0x01, 0x02, 0x0c],
        '-' => [0x00, 0x00, 0x00, 0x1f, 0x00, 0x00, 0x00],
        _ => [0; 7],
    }
}
