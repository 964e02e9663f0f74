//! What several figures share: axes, series of points and legends, in the coordinates of the drawing.

use std::ops::Range;

use plotters::{
    coord::{cartesian::Cartesian2d, types::RangedCoordf64},
    element::DashedPathElement,
    prelude::*,
};

use super::{
    Area, Drawn, Paper,
    look::{GRID, HPos, INK, Look, Marker, SMALL, TEXT, VPos, text},
};

/// A place of the drawing.
pub type Place = (i32, i32);

/// Height of a row of a legend.
const ROW: i32 = 48;

/// The line through `points`, in dashes where the look says so; a point that is missing is a gap.
pub fn line<DB: Paper>(area: &Area<DB>, points: &[Option<Place>], look: &Look) -> Drawn<DB> {
    for part in points.split(Option::is_none).filter(|part| part.len() > 1) {
        let part: Vec<Place> = part.iter().copied().flatten().collect();
        match look.dash {
            Some((dash, gap)) => area.draw(&DashedPathElement::new(part, dash, gap, look.stroke()))?,
            None => area.draw(&PathElement::new(part, look.stroke()))?,
        }
    }
    Ok(())
}

/// The marker of `look` around a point, `size` being its radius.
pub fn mark<DB: Paper>(area: &Area<DB>, (x, y): Place, look: &Look, size: i32) -> Drawn<DB> {
    let fill = look.color.filled();
    let small = size * 7 / 8;
    let long = size * 5 / 4;
    let polygon = |corners: &[Place]| {
        let corners: Vec<Place> = corners.iter().map(|(dx, dy)| (x + dx, y + dy)).collect();
        area.draw(&Polygon::new(corners, fill))
    };
    match look.marker {
        Marker::Circle => area.draw(&Circle::new((x, y), size, fill)),
        Marker::Ring => area.draw(&Circle::new((x, y), size * 3 / 2, look.stroke())),
        Marker::Square => polygon(&[(-small, -small), (small, -small), (small, small), (-small, small)]),
        Marker::Triangle => polygon(&[(0, -size), (size, small), (-size, small)]),
        Marker::Down => polygon(&[(0, size), (size, -small), (-size, -small)]),
        Marker::Diamond => polygon(&[(0, -long), (long, 0), (0, long), (-long, 0)]),
        Marker::Cross => {
            let thick = look.color.stroke_width(5);
            area.draw(&PathElement::new(vec![(x - small, y - small), (x + small, y + small)], thick))?;
            area.draw(&PathElement::new(vec![(x - small, y + small), (x + small, y - small)], thick))
        }
    }
}

/// Write `text` at a place.
pub fn write<DB: Paper>(area: &Area<DB>, text: &str, style: &TextStyle, (x, y): Place) -> Drawn<DB> {
    let lower = match style.pos.v_pos {
        VPos::Center => (style.font.get_size() * DB::LOWER).round() as i32,
        VPos::Top | VPos::Bottom => 0,
    };
    // What is lower for letters is beside for those that are read upwards.
    let (right, down) = style.font.get_transform().transform(0, lower);
    area.draw_text(text, style, (x + right, y + down))
}

/// An entry of a legend.
#[derive(Clone, Debug)]
pub struct Entry {
    pub name: String,
    pub look: Look,
    pub line: bool,
    pub marker: bool,
}

/// Draw the entries along the top of `area`, in as many rows as it takes, and return the height.
pub fn legend<DB: Paper>(area: &Area<DB>, entries: &[Entry]) -> Result<i32, DrawingAreaErrorKind<DB::ErrorType>> {
    let style = text(SMALL, INK, HPos::Left, VPos::Center);
    let width = area.dim_in_pixel().0 as i32;
    let (mut x, mut row) = (MARGIN, 0);
    for Entry { name, look, line: with_line, marker } in entries {
        let sample = if *with_line { 72 } else { 24 };
        let wide = sample + 12 + area.estimate_text_size(name, &style)?.0 as i32 + 40;
        if x > MARGIN && x + wide > width {
            (x, row) = (MARGIN, row + 1);
        }
        let y = row * ROW + ROW / 2 + 8;
        if *with_line {
            line(area, &[Some((x, y)), Some((x + sample, y))], look)?;
        }
        if *marker {
            mark(area, (x + sample / 2, y), look, 9)?;
        }
        write(area, name, &style, (x + sample + 12, y))?;
        x += wide;
    }
    Ok((row + 1) * ROW + 8)
}

/// Free space around a drawing.
pub const MARGIN: i32 = 20;

/// Axes of two numbers.
pub struct Axes<'a> {
    pub x: Range<f64>,
    pub y: Range<f64>,
    pub x_title: &'a str,
    pub y_title: &'a str,
    /// Places of the x axis' ticks and what stands there; none: the library chooses.
    pub x_ticks: Option<&'a [(f64, String)]>,
    /// Free space above, for the legend.
    pub top: i32,
}

type Chart<'a, DB> = ChartContext<'a, DB, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

impl Axes<'_> {
    /// Draw them on `area`, which must be the whole drawing or a column of it.
    pub fn draw<'a, DB: Paper + 'a>(
        &self,
        area: &Area<DB>,
    ) -> Result<Chart<'a, DB>, DrawingAreaErrorKind<DB::ErrorType>>
    where
        DB::ErrorType: 'static,
    {
        let mut chart = ChartBuilder::on(area)
            .margin(MARGIN)
            .margin_top(self.top + MARGIN)
            .margin_right(MARGIN * 2)
            .x_label_area_size(86)
            .y_label_area_size(110)
            .build_cartesian_2d(self.x.clone(), self.y.clone())?;
        let style = text(SMALL, INK, HPos::Left, VPos::Top);
        let titles = text(TEXT, INK, HPos::Left, VPos::Top);
        let ticks = self.x_ticks;
        let mut mesh = chart.configure_mesh();
        mesh.x_desc(self.x_title)
            .y_desc(self.y_title)
            .axis_desc_style(titles)
            .label_style(style.clone())
            .axis_style(INK.stroke_width(2))
            .bold_line_style(GRID.stroke_width(2))
            .light_line_style(TRANSPARENT)
            .y_labels(6);
        match ticks {
            None => mesh.x_labels(10).draw()?,
            Some(ticks) => {
                mesh.disable_x_mesh().x_labels(0).draw()?;
                let centred = text(SMALL, INK, HPos::Center, VPos::Top);
                for (at, label) in ticks {
                    let (x, bottom) = chart.backend_coord(&(*at, self.y.start));
                    let (left, top) = area.get_base_pixel();
                    let (x, bottom) = (x - left, bottom - top);
                    area.draw(&PathElement::new(vec![(x, bottom), (x, bottom + 8)], INK.stroke_width(2)))?;
                    write(area, label, &centred, (x, bottom + 14))?;
                }
            }
        }
        Ok(chart)
    }
}

/// Ticks of an axis that counts: at most about ten, always whole.
pub fn whole_ticks(first: usize, last: usize) -> Vec<(f64, String)> {
    let span = last.saturating_sub(first).max(1);
    let step = [1, 2, 5].into_iter().cycle().zip((0..).flat_map(|power| [10_usize.saturating_pow(power); 3]));
    let step = step.map(|(digit, power)| power.saturating_mul(digit)).find(|step| span / step <= 10).unwrap_or(span);
    let start = first.div_ceil(step) * step;
    // The first epoch is named too, where the next tick leaves room for it.
    let lead = (start > first && start - first > step / 2).then_some(first);
    lead.into_iter().chain((start..=last).step_by(step)).map(|tick| (tick as f64, tick.to_string())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn epochs_are_whole_numbers() {
        let labels = |first, last| whole_ticks(first, last).into_iter().map(|(_, label)| label).collect::<Vec<_>>();
        assert_eq!(labels(1, 1), ["1"]);
        assert_eq!(labels(1, 3), ["1", "2", "3"]);
        assert_eq!(labels(1, 30), ["1", "5", "10", "15", "20", "25", "30"]);
        assert_eq!(labels(1, 99), ["1", "10", "20", "30", "40", "50", "60", "70", "80", "90"]);
        assert!(labels(1, usize::MAX).len() < 13);
    }
}
