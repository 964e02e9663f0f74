//! Accuracy and log loss by one setting's value.

use plotters::prelude::*;

use super::{
    Area, Drawing, Drawn, Look, Paper,
    axes::{Axes, line, mark},
    look::INK,
};

/// One value of the setting: a score, and how far its error bar reaches down and up.
#[derive(Clone, Debug)]
pub struct GridPoint {
    pub value: String,
    pub accuracy: (f64, Option<(f64, f64)>),
    pub log_loss: (f64, Option<(f64, f64)>),
}

/// Two panels over the values of one setting.
#[derive(Clone, Debug)]
pub struct Grid {
    pub setting: String,
    pub look: Look,
    pub points: Vec<GridPoint>,
}

impl Drawing for Grid {
    fn size(&self) -> (u32, u32) {
        (720, 300)
    }

    fn draw<DB: Paper>(&self, area: &Area<DB>) -> Drawn<DB>
    where
        DB::ErrorType: 'static,
    {
        let (left, right) = area.split_horizontally(area.dim_in_pixel().0 / 2);
        let panels = [
            (left, "test accuracy", self.points.iter().map(|point| point.accuracy).collect::<Vec<_>>()),
            (right, "test log loss (nats)", self.points.iter().map(|point| point.log_loss).collect()),
        ];
        let ticks: Vec<_> =
            self.points.iter().enumerate().map(|(at, point)| (at as f64, point.value.clone())).collect();
        for (panel, title, scores) in panels {
            let axes = Axes {
                x: -0.5..self.points.len() as f64 - 0.5,
                y: range(&scores),
                x_title: &self.setting,
                y_title: title,
                x_ticks: Some(&ticks),
                top: 0,
            };
            let chart = axes.draw(&panel)?;
            let place = |at: usize, score: f64| {
                let (x, y) = chart.backend_coord(&(at as f64, score));
                score.is_finite().then_some((x, y))
            };
            let places: Vec<_> = scores.iter().enumerate().map(|(at, (score, _))| place(at, *score)).collect();
            line(area, &places, &self.look)?;
            for (at, (_, bar)) in scores.iter().enumerate() {
                let ends = bar.and_then(|(low, high)| Some((place(at, low)?, place(at, high)?)));
                if let Some(((x, low), (_, high))) = ends {
                    for bar in [[(x, low), (x, high)], [(x - 8, low), (x + 8, low)], [(x - 8, high), (x + 8, high)]] {
                        area.draw(&PathElement::new(bar.to_vec(), INK.stroke_width(2)))?;
                    }
                }
            }
            for place in places.into_iter().flatten() {
                mark(area, place, &self.look, 10)?;
            }
        }
        Ok(())
    }
}

/// The scores and their bars with some room: differences here are small, so the axis need not hold 0.
fn range(scores: &[(f64, Option<(f64, f64)>)]) -> std::ops::Range<f64> {
    let values = scores.iter().flat_map(|(score, bar)| {
        let (low, high) = bar.unwrap_or((*score, *score));
        [*score, low, high]
    });
    let finite = values.filter(|value| value.is_finite());
    let (low, high) =
        finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    if low > high {
        return 0.0..1.0;
    }
    let room = ((high - low) * 0.15).max(0.005);
    low - room..high + room
}
