//! The choices of the view that survive a restart.

use std::path::PathBuf;

use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{
    ChartView, ClassView, Pane, Screen, State,
    comparison::CompareView,
    study::StudyView,
    table::{parse_columns, parse_order},
    tables::Unit,
};
use crate::{
    config::{Mode, Theme},
    protocol::RunRequest,
    tui::Effect,
};

/// What was chosen. Each entry may be missing; one that cannot be read counts as missing, so that a file
/// of another version costs no more than what it does not share with this one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Remembered {
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub screen: Option<Screen>,
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub pane: Option<Pane>,
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub(in crate::tui) unit: Option<Unit>,
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub test: Option<bool>,
    /// Of the table of runs, as they are typed.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub columns: Option<String>,
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub maximised: Option<bool>,
    /// Axes, smoothing and zoom.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub(in crate::tui) chart: Option<ChartView>,
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub(in crate::tui) classes: Option<ClassView>,
    /// Pinned runs, oldest pin first.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub pins: Option<Vec<PathBuf>>,
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub theme: Option<ChosenTheme>,
    /// The chosen tab.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub mode: Option<ChosenMode>,
    /// Hidden runs are listed, too.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub hidden_too: Option<bool>,
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub(in crate::tui) compare: Option<CompareView>,
    /// What waits to be trained, in order.
    #[serde(deserialize_with = "readable", skip_serializing_if = "Vec::is_empty")]
    pub queue: Vec<RunRequest>,
    /// How studies are looked at.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub(in crate::tui) study: Option<StudyView>,
}

/// A theme that was chosen with a key, over the one of the settings: it counts until those change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChosenTheme {
    pub chosen: Theme,
    pub over: Theme,
}

/// A tab that was chosen over the mode of the settings: it counts until that changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChosenMode {
    pub chosen: Mode,
    pub over: Mode,
}

/// Of a list what can be read.
fn readable<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let Value::Array(entries) = Value::deserialize(deserializer)? else { return Ok(Vec::new()) };
    Ok(entries.into_iter().filter_map(|entry| serde_json::from_value(entry).ok()).collect())
}

fn lenient<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Option<T>, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(deserializer)?).ok())
}

/// Runs of the queue that are kept: what reads them again takes no larger file.
const MOST_WAITING: usize = 200;

/// Changed choices are kept after so many milliseconds: a person makes several in a row.
const KEEP_AFTER: i64 = 2_000;

/// What has been handed out to be kept, and what has changed since.
#[derive(Debug, Default)]
pub(in crate::tui) struct Keeping {
    known: Option<Remembered>,
    /// When the first change that is not kept yet was made.
    changed: Option<i64>,
}

impl State {
    /// True where choices were made that are not kept yet: send [`crate::tui::Message::Clock`] until they are.
    #[must_use]
    pub fn has_unkept_view(&self) -> bool {
        self.keeping.changed.is_some()
    }

    /// Take note of whether the choices are still those that are kept.
    pub(in crate::tui) fn note_view(&mut self) {
        let present = self.remembered();
        let known = self.keeping.known.replace(present);
        if known.is_some() && known != self.keeping.known {
            self.keeping.changed.get_or_insert(self.now);
        }
    }

    /// The choices that are to be kept now, if any are.
    pub(in crate::tui) fn due_view(&mut self) -> Option<Effect> {
        self.keeping.changed.take_if(|since| self.now.saturating_sub(*since) >= KEEP_AFTER)?;
        Some(Effect::KeepView(Box::new(self.remembered())))
    }

    /// The present choices.
    #[must_use]
    pub fn remembered(&self) -> Remembered {
        let (chosen, over) = (self.config.ui.theme, self.settings_theme);
        let mode = ChosenMode { chosen: self.mode, over: self.base.model.mode };
        let waiting = self.queue.before.iter().chain(self.queue.requests()).take(MOST_WAITING);
        let of_run = |request: &RunRequest| RunRequest { config: request.config.of_run(), ..request.clone() };
        Remembered {
            screen: Some(self.screen),
            pane: Some(self.view.pane),
            unit: Some(self.matrix.unit),
            test: Some(self.view.test),
            columns: Some(self.table.columns_text()),
            order: Some(self.table.order_text()),
            filter: Some(self.table.filter_text.clone()),
            maximised: Some(self.view.maximised),
            chart: Some(self.chart.without_cursor()),
            classes: Some(ClassView { row: 0, ..self.classes }),
            pins: Some(self.pins.clone()),
            mode: (mode.chosen != mode.over).then_some(mode),
            hidden_too: Some(self.table.hidden_too),
            compare: Some(self.comparison.view()),
            queue: waiting.map(of_run).collect(),
            study: Some(self.study.remembered()),
            theme: (chosen != over).then_some(ChosenTheme { chosen, over }),
        }
    }

    /// Take up earlier choices, which are kept.
    pub(in crate::tui) fn recall(&mut self, remembered: &Remembered) {
        self.keeping = Keeping::default();
        let view = &mut self.view;
        self.screen = remembered.screen.unwrap_or(self.screen);
        view.pane = remembered.pane.unwrap_or(view.pane);
        view.test = remembered.test.unwrap_or(view.test);
        let table = &mut self.table;
        // What is no field any more, or no filter, is left as it was.
        if let Some(Ok(columns)) = remembered.columns.as_deref().map(parse_columns) {
            table.columns = columns;
        }
        if let Some(Ok(order)) = remembered.order.as_deref().map(parse_order) {
            table.order = order;
        }
        let _ = table.set_filter(remembered.filter.as_deref().unwrap_or_default());
        table.hidden_too = remembered.hidden_too.unwrap_or(table.hidden_too);
        view.maximised = remembered.maximised.unwrap_or(view.maximised);
        self.matrix.unit = remembered.unit.unwrap_or(self.matrix.unit);
        self.chart = remembered.chart.clone().map_or_else(|| self.chart.clone(), ChartView::sound);
        self.classes = remembered.classes.unwrap_or(self.classes);
        self.comparison.recall(remembered.compare.unwrap_or(self.comparison.view()));
        self.queue.before.clone_from(&remembered.queue);
        if let Some(mode) = remembered.mode.filter(|mode| mode.over == self.base.model.mode) {
            self.mode = mode.chosen;
        }
        if let Some(study) = remembered.study.clone() {
            self.study.recall(study);
        }
        for dir in remembered.pins.iter().flatten() {
            if !self.is_pinned(dir) {
                self.pin(dir.clone());
            }
        }
        if let Some(theme) = remembered.theme.filter(|theme| theme.over == self.settings_theme) {
            self.config.ui.theme = theme.chosen;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn what_cannot_be_read_is_left_as_it_was() {
        let text = r#"{"screen":"log","pane":7,"unit":"clips","chart":{"log":true,"window":[3,1],"heights":[[0.5,9],[0,1]],"smoothing":99},"later":{"x":1},"test":null}"#;
        let remembered: Remembered = serde_json::from_str(text).unwrap();
        let mut state = State::new(Config::default(), 0);
        state.recall(&remembered);
        assert_eq!((state.screen, state.view.pane), (Screen::Log, Pane::Loss));
        assert!(state.matrix.unit == Unit::Clips && state.view.test);
        assert!(state.chart.log && !state.chart.is_zoomed(), "what cannot be is not taken: {:?}", state.chart);
    }

    #[test]
    fn a_chosen_theme_lasts_until_the_settings_change() {
        let theme = Some(ChosenTheme { chosen: Theme::Dark, over: Theme::Safe });
        let remembered = Remembered { theme, ..Remembered::default() };
        let mut state = State::new(Config::default(), 0);
        state.recall(&remembered);
        assert_eq!(state.config.ui.theme, Theme::Dark);
        assert_eq!(state.remembered().theme, theme);
        let mut config = Config::default();
        config.ui.theme = Theme::Light;
        let mut state = State::new(config, 0);
        state.recall(&remembered);
        assert_eq!(state.config.ui.theme, Theme::Light);
    }
}
