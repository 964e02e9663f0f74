//! How the charts are looked at: axes, smoothing, zoom and cursor. Both charts share the x axis.

use serde::{Deserialize, Serialize};

use super::curves::Curves;

/// What the charts' x axis counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum XAxis {
    #[default]
    Epoch,
    Step,
    /// Seconds of training, pauses left out.
    Elapsed,
    /// Seconds since the Unix epoch.
    Clock,
}

impl XAxis {
    pub(in crate::tui) fn title(self) -> &'static str {
        match self {
            Self::Epoch => "epoch",
            Self::Step => "step",
            Self::Elapsed => "trained",
            Self::Clock => "UTC",
        }
    }

    fn next(self) -> Self {
        match self {
            Self::Epoch => Self::Step,
            Self::Step => Self::Elapsed,
            Self::Elapsed => Self::Clock,
            Self::Clock => Self::Epoch,
        }
    }
}

/// Weights of the moving average that the key goes through.
pub const WEIGHTS: [f64; 5] = [0.0, 0.6, 0.9, 0.99, 0.999];
/// One key press zooms by this factor and moves by this part of what is seen.
const ZOOM: f64 = 0.5;
pub const STRIDE: f64 = 0.2;
/// Cursor stops across what is seen.
const STOPS: f64 = 100.0;
/// With fewer epochs in sight than this, the cursor goes from step to step.
const FEW_EPOCHS: f64 = 4.0;
/// The whole height, in parts of it.
const WHOLE: (f64, f64) = (0.0, 1.0);

/// The options of both charts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ChartView {
    pub axis: XAxis,
    /// Logarithmic loss scales.
    pub log: bool,
    smoothing: usize,
    /// Values far above nearly all others are let flatten them.
    pub outliers: bool,
    /// The part of the x axis that is seen, in its unit; none: everything, also what is still to come.
    pub window: Option<(f64, f64)>,
    /// The part of the value axis that is seen, 0 to 1 from below, of each chart.
    heights: [(f64, f64); 2],
    /// Where the cursor is, in epochs.
    #[serde(skip)]
    pub cursor: Option<f64>,
    /// No steps are drawn: the cursor goes from epoch to epoch, however few are seen.
    #[serde(skip)]
    whole_epochs: bool,
}

impl Default for ChartView {
    fn default() -> Self {
        Self {
            axis: XAxis::Epoch,
            log: false,
            smoothing: 0,
            outliers: false,
            window: None,
            heights: [WHOLE; 2],
            cursor: None,
            whole_epochs: false,
        }
    }
}

impl ChartView {
    /// The options of a chart that has a point an epoch and no steps.
    pub(in crate::tui) fn of_epochs() -> Self {
        Self { whole_epochs: true, ..Self::default() }
    }

    pub(in crate::tui) fn without_cursor(&self) -> Self {
        Self { cursor: None, ..self.clone() }
    }

    /// The same without what no key could have led to: a file may hold anything.
    pub(in crate::tui) fn sound(mut self) -> Self {
        self.window = self.window.filter(|(low, high)| low.is_finite() && high.is_finite() && low < high);
        for seen in &mut self.heights {
            if !(0.0 <= seen.0 && seen.0 < seen.1 && seen.1 <= 1.0) {
                *seen = WHOLE;
            }
        }
        self.smoothing = self.smoothing.min(WEIGHTS.len() - 1);
        self
    }

    /// The weight of the moving average; 0: none.
    #[must_use]
    pub fn weight(&self) -> f64 {
        WEIGHTS.get(self.smoothing).copied().unwrap_or(0.0)
    }

    pub(in crate::tui) fn next_weight(&mut self) {
        self.smoothing = (self.smoothing + 1) % WEIGHTS.len();
    }

    /// The part of the value axis of chart `which` that is seen.
    pub(in crate::tui) fn height(&self, which: usize) -> (f64, f64) {
        self.heights.get(which).copied().unwrap_or(WHOLE)
    }

    /// True where something other than everything is seen.
    #[must_use]
    pub fn is_zoomed(&self) -> bool {
        self.window.is_some() || self.heights != [WHOLE; 2]
    }

    pub(in crate::tui) fn reset(&mut self) {
        self.window = None;
        self.heights = [WHOLE; 2];
        self.cursor = None;
    }

    /// Count something else on the x axis and go on seeing the same part of the run.
    pub(in crate::tui) fn next_axis(&mut self, curves: &Curves) {
        let next = self.axis.next();
        let convert = |x| curves.x(next, curves.epoch_at(self.axis, x));
        self.window = self.window.map(|(low, high)| (convert(low), convert(high))).filter(|(low, high)| low < high);
        self.axis = next;
    }

    /// Zoom the x axis by `factor` (under 1: in) around `at`, or else the cursor or the middle.
    pub(in crate::tui) fn zoom_x(&mut self, closer: bool, at: Option<f64>, all: (f64, f64), curves: &Curves) {
        let (low, high) = self.window.unwrap_or(all);
        let cursor = self.cursor.map(|epoch| curves.x(self.axis, epoch));
        let middle = f64::midpoint(low, high);
        let at = at.or(cursor.filter(|x| (low..=high).contains(x))).unwrap_or(middle);
        let factor = if closer { ZOOM } else { 1.0 / ZOOM };
        let (low, high) = (at - (at - low) * factor, at + (high - at) * factor);
        // Two steps are as close as anything can be seen.
        let epoch = curves.epoch_at(self.axis, at);
        let step = curves.x(self.axis, epoch + 1.0 / curves.steps_per_epoch()) - curves.x(self.axis, epoch);
        if high - low >= (2.0 * step).max((all.1 - all.0) * 1e-9) {
            self.see(low, high, all);
        }
    }

    /// See `low` to `high`, moved into `all` and not wider than it.
    fn see(&mut self, low: f64, high: f64, all: (f64, f64)) {
        let width = high - low;
        if !width.is_finite() || width >= all.1 - all.0 {
            self.window = None;
            return;
        }
        let low = low.clamp(all.0, all.1 - width);
        self.window = Some((low, low + width));
    }

    /// Move what is seen of the x axis by `part` of it, to the right where that is positive.
    pub(in crate::tui) fn pan_x(&mut self, part: f64, all: (f64, f64)) {
        if let Some((low, high)) = self.window {
            let by = (high - low) * part;
            self.see(low + by, high + by, all);
        }
    }

    /// Zoom the value axis of chart `which`.
    pub(in crate::tui) fn zoom_y(&mut self, which: usize, closer: bool) {
        let Some(seen) = self.heights.get_mut(which) else { return };
        let half = (seen.1 - seen.0) / 2.0 * if closer { ZOOM } else { 1.0 / ZOOM };
        let middle = f64::midpoint(seen.0, seen.1);
        *seen = match half {
            half if half >= 0.5 => WHOLE,
            half if half < 1e-6 => *seen,
            half => within(middle - half, middle + half),
        };
    }

    /// Move what is seen of the value axis of chart `which` by `part` of it, up where that is positive.
    pub(in crate::tui) fn pan_y(&mut self, which: usize, part: f64) {
        let Some(seen) = self.heights.get_mut(which) else { return };
        let by = (seen.1 - seen.0) * part;
        *seen = within(seen.0 + by, seen.1 + by);
    }

    /// Move the cursor by `stops`, from epoch to epoch or, where few are seen, from step to step;
    /// an infinity goes to the end.
    pub(in crate::tui) fn move_cursor(&mut self, stops: f64, all: (f64, f64), curves: &Curves) {
        let Stops { unit, last, stride, newest } = self.stops(all, curves);
        let place = match self.cursor {
            Some(epoch) => (epoch / unit).round() + stops * stride,
            None if stops.is_infinite() => stops,
            // It enters from the side that the newest values are on.
            None => newest,
        };
        self.put_cursor(place, unit, last, all, curves);
    }

    /// Put the cursor on the stop that is nearest to `x`.
    pub(in crate::tui) fn point(&mut self, x: f64, all: (f64, f64), curves: &Curves) {
        let Stops { unit, last, .. } = self.stops(all, curves);
        let place = (curves.epoch_at(self.axis, x) / unit).round();
        self.put_cursor(place, unit, last, all, curves);
    }

    /// Where the cursor can stand: always on an epoch or on a step.
    fn stops(&self, all: (f64, f64), curves: &Curves) -> Stops {
        let (low, high) = self.window.unwrap_or(all);
        let edges = (curves.epoch_at(self.axis, low), curves.epoch_at(self.axis, high).min(curves.trained()));
        let seen = (edges.1 - edges.0).max(0.0);
        let unit = if self.whole_epochs || seen >= FEW_EPOCHS { 1.0 } else { 1.0 / curves.steps_per_epoch() };
        let whole = |epoch: f64| (epoch / unit + 1e-6).floor();
        Stops {
            unit,
            last: whole(curves.trained()),
            stride: (seen / unit / STOPS).round().max(1.0),
            newest: whole(edges.1),
        }
    }

    /// Put the cursor at `place`; what is seen follows it.
    fn put_cursor(&mut self, place: f64, unit: f64, last: f64, all: (f64, f64), curves: &Curves) {
        if last < 1.0 {
            self.cursor = None;
            return;
        }
        let epoch = place.clamp(1.0, last) * unit;
        self.cursor = Some(epoch);
        if let Some((low, high)) = self.window {
            let x = curves.x(self.axis, epoch);
            let beyond = (x - high).max(0.0) + (x - low).min(0.0);
            if beyond != 0.0 {
                self.see(low + beyond, high + beyond, all);
            }
        }
    }
}

/// The places of the cursor, counted in `unit` epochs.
struct Stops {
    unit: f64,
    last: f64,
    /// Places that one key press moves by.
    stride: f64,
    /// The newest place in sight.
    newest: f64,
}

/// A stretch moved into the whole height.
fn within(low: f64, high: f64) -> (f64, f64) {
    let width = (high - low).min(1.0);
    let low = low.clamp(0.0, 1.0 - width);
    (low, low + width)
}
