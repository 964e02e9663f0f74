//! Whether a model is right as often as it is sure.

use super::{
    Area, Drawing, Drawn, Look, Paper,
    axes::{Axes, Entry, legend, line, mark},
    look::SOFT,
};

/// What one model's confidence is worth.
#[derive(Clone, Debug)]
pub struct Calibration {
    pub name: String,
    pub look: Look,
    /// Mean confidence, share of right clips and number of clips of each bin that is not empty.
    pub bins: Vec<(f64, f64, u64)>,
}

/// Confidence against accuracy; the diagonal is where both agree.
#[derive(Clone, Debug)]
pub struct Reliability {
    pub models: Vec<Calibration>,
}

impl Drawing for Reliability {
    fn size(&self) -> (u32, u32) {
        (600, 560)
    }

    fn draw<DB: Paper>(&self, area: &Area<DB>) -> Drawn<DB>
    where
        DB::ErrorType: 'static,
    {
        let entry =
            |model: &Calibration| Entry { name: model.name.clone(), look: model.look, line: true, marker: true };
        let entries: Vec<Entry> = self.models.iter().map(entry).collect();
        let axes = Axes {
            x: 0.0..1.0,
            y: 0.0..1.0,
            x_title: "confidence (mean of the bin)",
            y_title: "accuracy (share of right clips)",
            x_ticks: None,
            top: legend(area, &entries)?,
        };
        let chart = axes.draw(area)?;
        let diagonal = Look { color: SOFT, dash: Some((8, 8)), width: 2, ..Look::behind() };
        line(area, &[Some(chart.backend_coord(&(0.0, 0.0))), Some(chart.backend_coord(&(1.0, 1.0)))], &diagonal)?;
        for model in &self.models {
            let total: u64 = model.bins.iter().map(|(_, _, clips)| *clips).sum();
            let places: Vec<_> =
                model.bins.iter().map(|(sure, right, _)| Some(chart.backend_coord(&(*sure, *right)))).collect();
            line(area, &places, &model.look)?;
            for (place, (_, _, clips)) in places.iter().zip(&model.bins) {
                // The area of a marker grows with the clips in its bin.
                let share = *clips as f64 / total.max(1) as f64;
                if let Some(place) = place {
                    mark(area, *place, &model.look, 5 + (share.sqrt() * 18.0) as i32)?;
                }
            }
        }
        Ok(())
    }
}
