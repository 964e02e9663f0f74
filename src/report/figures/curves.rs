//! Losses by epoch.

use super::{
    Area, Drawing, Drawn, Look, Marker, Paper,
    axes::{Axes, Entry, legend, line, mark, whole_ticks},
    look::INK,
};

/// One line.
#[derive(Clone, Debug)]
pub struct Curve {
    /// Name in the legend; none: the line stands behind the others.
    pub name: Option<String>,
    pub look: Look,
    /// Epoch, loss in nats.
    pub points: Vec<(usize, f64)>,
    /// The epoch whose checkpoint was kept.
    pub best: Option<usize>,
}

/// Losses over the epochs of one run, or of several.
#[derive(Clone, Debug)]
pub struct Curves {
    pub y_title: String,
    /// In the order in which they are drawn: what matters comes last.
    pub curves: Vec<Curve>,
}

/// A loss is drawn up to so many times what was usual; what lies above leaves the picture.
const HIGHEST: f64 = 8.0;

impl Curves {
    fn last_epoch(&self) -> usize {
        self.curves.iter().flat_map(|curve| &curve.points).map(|(epoch, _)| *epoch).max().unwrap_or(1)
    }

    fn top(&self) -> f64 {
        let mut losses: Vec<f64> = self.curves.iter().flat_map(|curve| &curve.points).map(|(_, loss)| *loss).collect();
        losses.retain(|loss| loss.is_finite());
        losses.sort_by(f64::total_cmp);
        let (most, middle) = (losses.last(), losses.get(losses.len() / 2));
        let top = most.zip(middle).map_or(1.0, |(most, middle)| most.min(middle * HIGHEST));
        if top > 0.0 { top * 1.06 } else { 1.0 }
    }
}

impl Drawing for Curves {
    fn size(&self) -> (u32, u32) {
        (720, 400)
    }

    fn draw<DB: Paper>(&self, area: &Area<DB>) -> Drawn<DB>
    where
        DB::ErrorType: 'static,
    {
        let entry = |curve: &Curve| {
            let name = curve.name.clone()?;
            Some(Entry { name, look: curve.look, line: true, marker: curve.points.len() > 1 })
        };
        let mut entries: Vec<Entry> = self.curves.iter().filter_map(entry).collect();
        if self.curves.iter().any(|curve| curve.best.is_some()) {
            entries.push(Entry { name: "ringed: best epoch".to_owned(), look: ring(), line: false, marker: true });
        }
        let top = legend(area, &entries)?;
        let (last, highest) = (self.last_epoch(), self.top());
        let ticks = whole_ticks(1, last);
        // Half an epoch of room on both sides keeps the markers whole.
        let side = (last as f64 * 0.015).max(0.15);
        let axes = Axes {
            x: 1.0 - side..last as f64 + side,
            y: 0.0..highest,
            x_title: "epoch",
            y_title: &self.y_title,
            x_ticks: Some(&ticks),
            top,
        };
        let chart = axes.draw(area)?;
        let every = (last / 12).max(1);
        for curve in &self.curves {
            let place = |(epoch, loss): &(usize, f64)| {
                (loss.is_finite() && *loss <= highest).then(|| chart.backend_coord(&(*epoch as f64, *loss)))
            };
            let places: Vec<_> = curve.points.iter().map(place).collect();
            line(area, &places, &curve.look)?;
            if curve.name.is_some() {
                for at in places.iter().step_by(every).flatten() {
                    mark(area, *at, &curve.look, 8)?;
                }
            }
            let best = curve.best.and_then(|best| curve.points.iter().position(|(epoch, _)| *epoch == best));
            if let Some(at) = best.and_then(|at| places.get(at).copied().flatten()) {
                mark(area, at, &curve.look, 10)?;
                mark(area, at, &ring(), 12)?;
            }
        }
        Ok(())
    }
}

/// The look of the ring in the legend.
fn ring() -> Look {
    Look { color: INK, dash: None, marker: Marker::Ring, width: 3 }
}
