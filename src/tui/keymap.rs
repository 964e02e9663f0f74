//! The one table of keys. The footer's hints and the help screen are made from it.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::config::Mode;

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Choose(Mode),
    PreviousMode,
    NextMode,
    Train,
    Stop,
    Pause,
    Resume,
    Device,
    CancelLoading,
    Counts,
    Split,
    Pane,
    Show,
    NewestOnly,
    Rescan,
    NextScreen,
    PreviousScreen,
    Up,
    Down,
    PageUp,
    PageDown,
    First,
    Last,
    Help,
    CloseHelp,
    Quit,
    Interrupt,
    // The panes of the Train screen.
    Focus,
    Leave,
    PreviousPane,
    Maximise,
    Pin,
    Left,
    Right,
    FarLeft,
    FarRight,
    ZoomIn,
    ZoomOut,
    ZoomInY,
    ZoomOutY,
    PanLeft,
    PanRight,
    ResetZoom,
    LogScale,
    XAxis,
    Smooth,
    Outliers,
    Earlier,
    Later,
    Difference,
    Sort,
    ReverseSort,
}

/// Where a key is pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Train,
    Compare,
    Log,
    Help,
    /// A pane of the Train screen that keys go to.
    Chart,
    Matrix,
    Classes,
}

impl Place {
    pub const ALL: [Self; 7] =
        [Self::Train, Self::Compare, Self::Log, Self::Help, Self::Chart, Self::Matrix, Self::Classes];
}

/// One line of the table.
#[derive(Debug)]
pub struct Binding {
    pub keys: &'static [Key],
    pub action: Action,
    pub places: &'static [Place],
    /// A word or two for the footer; none: it is only in the help.
    pub hint: Option<&'static str>,
    /// A sentence for the help.
    pub help: &'static str,
}

/// A key with its modifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    pub code: KeyCode,
    pub modifiers: KeyModifiers,
}

const fn key(code: KeyCode) -> Key {
    Key { code, modifiers: KeyModifiers::NONE }
}

const fn letter(character: char) -> Key {
    key(KeyCode::Char(character))
}

const fn ctrl(character: char) -> Key {
    Key { code: KeyCode::Char(character), modifiers: KeyModifiers::CONTROL }
}

const SCREENS: &[Place] = &[Place::Train, Place::Compare, Place::Log, Place::Chart, Place::Matrix, Place::Classes];
/// Where Esc has no nearer meaning.
const UNFOCUSED: &[Place] = &[Place::Train, Place::Compare, Place::Log];
const LISTS: &[Place] = &[Place::Compare, Place::Log, Place::Help, Place::Chart, Place::Matrix, Place::Classes];
/// The Train screen, whatever keys go to.
const TRAIN: &[Place] = &[Place::Train, Place::Chart, Place::Matrix, Place::Classes];
const UNMARKED: &[Place] = &[Place::Train, Place::Chart, Place::Classes];
const MODES: &[Place] = &[Place::Train];
const PANES: &[Place] = &[Place::Chart, Place::Matrix, Place::Classes];
const CHART: &[Place] = &[Place::Chart];
const MATRIX: &[Place] = &[Place::Matrix];
const CLASSES: &[Place] = &[Place::Classes];
const ACROSS: &[Place] = &[Place::Chart, Place::Matrix];
const TABLES: &[Place] = &[Place::Matrix, Place::Classes];
const PINS: &[Place] = &[Place::Train, Place::Compare, Place::Chart, Place::Matrix, Place::Classes];
const COMPARE: &[Place] = &[Place::Compare];
const HELP: &[Place] = &[Place::Help];
const EVERYWHERE: &[Place] = &Place::ALL;

const fn bind(
    keys: &'static [Key],
    action: Action,
    places: &'static [Place],
    hint: Option<&'static str>,
    help: &'static str,
) -> Binding {
    Binding { keys, action, places, hint, help }
}

/// Every key. The order is that of the footer and of the help.
pub const KEYMAP: &[Binding] = &[
    bind(&[key(KeyCode::Esc)], Action::Leave, PANES, Some("leave"), "leave the pane: keys go to the screen again"),
    bind(&[key(KeyCode::Left), letter('h')], Action::Left, ACROSS, None, "chart's cursor or matrix' cell to the left"),
    bind(&[key(KeyCode::Right), letter('l')], Action::Right, ACROSS, Some("cursor"), "the same to the right"),
    bind(&[letter('{')], Action::FarLeft, ACROSS, None, "ten stops to the left"),
    bind(&[letter('}')], Action::FarRight, ACROSS, None, "ten stops to the right"),
    bind(&[letter('+'), letter('=')], Action::ZoomIn, CHART, Some("zoom"), "zoom in around the cursor"),
    bind(&[letter('-')], Action::ZoomOut, CHART, None, "zoom out"),
    bind(&[letter(','), letter('<')], Action::PanLeft, CHART, None, "move what is seen to the left"),
    bind(&[letter('.'), letter('>')], Action::PanRight, CHART, None, "move what is seen to the right"),
    bind(&[letter('K')], Action::ZoomInY, CHART, Some("zoom y"), "zoom the value axis in; up and down move it"),
    bind(&[letter('J')], Action::ZoomOutY, CHART, None, "zoom the value axis out"),
    bind(&[letter('0')], Action::ResetZoom, CHART, Some("reset"), "see everything, without a cursor"),
    bind(&[letter('L')], Action::LogScale, CHART, Some("log"), "logarithmic or even loss scale"),
    bind(&[letter('a')], Action::XAxis, CHART, Some("x axis"), "x by epoch, step, time trained or time of day"),
    bind(&[letter('e')], Action::Smooth, CHART, Some("smooth"), "debiased moving average: off, 0.6, 0.9, 0.99, 0.999"),
    bind(&[letter('o')], Action::Outliers, CHART, Some("outliers"), "cut outliers at the edge, or show them whole"),
    bind(&[letter('['), letter(',')], Action::Earlier, TABLES, Some("earlier"), "the tables one epoch earlier"),
    bind(&[letter(']'), letter('.')], Action::Later, TABLES, Some("later"), "one epoch later; after the last: live"),
    bind(
        &[letter('c')],
        Action::Counts,
        MATRIX,
        Some("unit"),
        "cells in per cent of rows, clips, or per cent of columns",
    ),
    bind(&[letter('f')], Action::Difference, MATRIX, Some("difference"), "difference from the newest pinned run"),
    bind(&[letter('o')], Action::Sort, CLASSES, Some("sort"), "sort by class, P, R, F1, support or change"),
    bind(&[letter('O')], Action::ReverseSort, CLASSES, Some("reverse"), "sort the other way round"),
    bind(&[letter('1')], Action::Choose(Mode::Early), SCREENS, None, "show early fusion's newest run"),
    bind(&[letter('2')], Action::Choose(Mode::Mid), SCREENS, None, "show mid fusion's newest run"),
    bind(&[letter('3')], Action::Choose(Mode::Late), SCREENS, None, "show late fusion's newest run"),
    bind(&[letter('4')], Action::Choose(Mode::Hybrid), SCREENS, None, "show hybrid fusion's newest run"),
    bind(&[letter('5')], Action::Choose(Mode::Audio), SCREENS, None, "show audio's newest run"),
    bind(&[letter('6')], Action::Choose(Mode::Video), SCREENS, None, "show video's newest run"),
    bind(&[key(KeyCode::Left), letter('h')], Action::PreviousMode, MODES, None, "go one mode to the left"),
    bind(&[key(KeyCode::Right), letter('l')], Action::NextMode, MODES, None, "go one mode to the right"),
    bind(&[key(KeyCode::Enter)], Action::Train, TRAIN, Some("train"), "train the mode that is shown"),
    bind(
        &[letter('s')],
        Action::Stop,
        SCREENS,
        Some("stop"),
        "stop the live run: now, after this epoch, or discard it",
    ),
    bind(&[letter(' ')], Action::Pause, SCREENS, Some("pause"), "pause the live run, or let it go on"),
    bind(&[letter('r')], Action::Resume, TRAIN, Some("resume"), "go on with an interrupted or stopped run"),
    bind(&[letter('d')], Action::Device, TRAIN, Some("device"), "choose the next run's device"),
    bind(
        &[key(KeyCode::Esc)],
        Action::CancelLoading,
        UNFOCUSED,
        Some("cancel loading"),
        "cancel the loading of the data",
    ),
    bind(
        &[letter('c')],
        Action::Counts,
        UNMARKED,
        None,
        "confusion in per cent of rows, clips, or per cent of columns",
    ),
    bind(&[letter('v')], Action::Split, TRAIN, Some("test"), "scores on the validation or on the test split"),
    bind(&[letter('w')], Action::Focus, TRAIN, Some("keys"), "keys go to the pane with the bright border, or no more"),
    bind(&[letter('x')], Action::Pane, TRAIN, Some("pane"), "the next pane"),
    bind(&[letter('X')], Action::PreviousPane, TRAIN, None, "the pane before"),
    bind(&[key(KeyCode::Enter)], Action::Show, COMPARE, Some("show"), "show the chosen run"),
    bind(&[letter('n')], Action::NewestOnly, COMPARE, Some("newest only"), "all runs, or the newest of each mode"),
    bind(&[letter('R')], Action::Rescan, COMPARE, Some("rescan"), "read the runs folder again"),
    bind(&[key(KeyCode::Up), letter('k')], Action::Up, LISTS, None, "up"),
    bind(&[key(KeyCode::Down), letter('j')], Action::Down, LISTS, None, "down"),
    bind(&[key(KeyCode::PageUp)], Action::PageUp, LISTS, None, "ten lines up"),
    bind(&[key(KeyCode::PageDown)], Action::PageDown, LISTS, None, "ten lines down"),
    bind(&[key(KeyCode::Home), letter('g')], Action::First, LISTS, None, "to the start"),
    bind(&[key(KeyCode::End), letter('G')], Action::Last, LISTS, None, "to the end"),
    bind(&[key(KeyCode::Tab)], Action::NextScreen, SCREENS, Some("screen"), "next screen: Train, Compare, Log"),
    bind(&[key(KeyCode::BackTab)], Action::PreviousScreen, SCREENS, None, "previous screen"),
    bind(&[letter('?')], Action::Help, SCREENS, Some("help"), "this help"),
    bind(&[key(KeyCode::Esc), letter('?'), letter('q')], Action::CloseHelp, HELP, Some("close"), "close this help"),
    bind(&[letter('q')], Action::Quit, SCREENS, Some("quit"), "leave; asks first while a run is live"),
    bind(&[letter('z')], Action::Maximise, TRAIN, Some("maximise"), "the pane alone, or all of them"),
    bind(&[letter('p')], Action::Pin, PINS, Some("pin"), "pin the run to compare others with it, or let go"),
    bind(
        &[ctrl('c')],
        Action::Interrupt,
        EVERYWHERE,
        None,
        "stop gracefully, keep the best and leave; again: leave at once",
    ),
];

/// What `event` asks for at `place`.
#[must_use]
pub fn action(place: Place, event: &KeyEvent) -> Option<Action> {
    let pressed = Key::of(event);
    let binding = KEYMAP.iter().find(|binding| binding.places.contains(&place) && binding.keys.contains(&pressed))?;
    Some(binding.action)
}

/// The name of the first key of `action`, for messages.
#[must_use]
pub fn name_of(action: Action) -> String {
    let binding = KEYMAP.iter().find(|binding| binding.action == action);
    binding.and_then(|binding| binding.keys.first()).map(Key::name).unwrap_or_default()
}

impl Key {
    /// The key of `event`. Shift is left out where the character or the code already says it.
    #[must_use]
    pub fn of(event: &KeyEvent) -> Self {
        let modifiers = event.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT);
        let code = match event.code {
            // A terminal with the keyboard protocol may send Ctrl-C as a capital.
            KeyCode::Char(character) if modifiers.contains(KeyModifiers::CONTROL) => {
                KeyCode::Char(character.to_ascii_lowercase())
            }
            KeyCode::Tab if event.modifiers.contains(KeyModifiers::SHIFT) => KeyCode::BackTab,
            code => code,
        };
        Self { code, modifiers }
    }

    /// The key's name for people.
    #[must_use]
    pub fn name(&self) -> String {
        let name = match self.code {
            KeyCode::Char(' ') => "Space".to_owned(),
            KeyCode::Char(character) => character.to_string(),
            KeyCode::BackTab => "Shift-Tab".to_owned(),
            KeyCode::PageUp => "PgUp".to_owned(),
            KeyCode::PageDown => "PgDn".to_owned(),
            KeyCode::Left => "Left".to_owned(),
            KeyCode::Right => "Right".to_owned(),
            KeyCode::Enter => "Enter".to_owned(),
            code => code.to_string(),
        };
        if self.modifiers.contains(KeyModifiers::CONTROL) { format!("Ctrl-{}", name.to_uppercase()) } else { name }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_has_two_meanings_in_one_place() {
        for place in Place::ALL {
            let mut seen: Vec<Key> = Vec::new();
            for key in KEYMAP.iter().filter(|binding| binding.places.contains(&place)).flat_map(|binding| binding.keys)
            {
                assert!(!seen.contains(key), "{} is bound twice on {place:?}", key.name());
                seen.push(*key);
            }
        }
    }

    #[test]
    fn shift_and_capital_control_letters_are_understood() {
        let shifted = KeyEvent::new(KeyCode::Char('G'), KeyModifiers::SHIFT);
        assert_eq!(action(Place::Log, &shifted), Some(Action::Last));
        let control = KeyEvent::new(KeyCode::Char('C'), KeyModifiers::CONTROL | KeyModifiers::SHIFT);
        assert_eq!(action(Place::Train, &control), Some(Action::Interrupt));
        assert_eq!(action(Place::Train, &KeyEvent::new(KeyCode::Char('s'), KeyModifiers::ALT)), None);
    }
}
