//! The choices of the view that survive a restart.

use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{Pane, Screen, State};
use crate::config::Theme;

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
    pub counts: Option<bool>,
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub test: Option<bool>,
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub newest_only: Option<bool>,
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub theme: Option<ChosenTheme>,
}

/// A theme that was chosen with a key, over the one of the settings: it counts until those change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChosenTheme {
    pub chosen: Theme,
    pub over: Theme,
}

fn lenient<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Option<T>, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(deserializer)?).ok())
}

impl State {
    /// The present choices.
    #[must_use]
    pub fn remembered(&self) -> Remembered {
        let (chosen, over) = (self.config.ui.theme, self.settings_theme);
        Remembered {
            screen: Some(self.screen),
            pane: Some(self.view.pane),
            counts: Some(self.view.counts),
            test: Some(self.view.test),
            newest_only: Some(self.view.newest_only),
            theme: (chosen != over).then_some(ChosenTheme { chosen, over }),
        }
    }

    /// Take up earlier choices.
    pub(in crate::tui) fn recall(&mut self, remembered: &Remembered) {
        let view = &mut self.view;
        self.screen = remembered.screen.unwrap_or(self.screen);
        view.pane = remembered.pane.unwrap_or(view.pane);
        view.counts = remembered.counts.unwrap_or(view.counts);
        view.test = remembered.test.unwrap_or(view.test);
        view.newest_only = remembered.newest_only.unwrap_or(view.newest_only);
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
        let text = r#"{"screen":"log","pane":7,"counts":true,"later":{"x":1},"test":null}"#;
        let remembered: Remembered = serde_json::from_str(text).unwrap();
        let mut state = State::new(Config::default(), 0);
        state.recall(&remembered);
        assert_eq!((state.screen, state.view.pane), (Screen::Log, Pane::Loss));
        assert!(state.view.counts && state.view.test);
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
