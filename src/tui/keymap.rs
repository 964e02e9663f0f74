//! The one table of actions. The settings bind keys to them (`[keys]` in `assets/default.toml`); footer,
//! help and palette are made from it.

mod key;
mod table;

pub use key::Key;
pub use table::{Keymap, problems};

use super::state::Answer;
use crate::config::Mode;

/// What a key or a click asks for.
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
    Report,
    Copy,
    Theme,
    Mouse,
    NextScreen,
    PreviousScreen,
    Up,
    Down,
    PageUp,
    PageDown,
    First,
    Last,
    Palette,
    Help,
    /// Take what is chosen, in a dialog or in the palette.
    Accept,
    /// Close what lies over the screen.
    Close,
    Edit(Edit),
    Answer(Answer),
    Quit,
    Interrupt,
}

/// What can be done to a text that is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edit {
    Left,
    Right,
    Start,
    End,
    Erase,
    Delete,
    EraseWord,
    EraseAll,
}

/// The tables of the settings: actions that count in the same places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    Global,
    Train,
    Compare,
    List,
    Search,
    Text,
    Dialog,
}

impl Table {
    pub const ALL: [Self; 7] =
        [Self::Train, Self::Compare, Self::Global, Self::List, Self::Search, Self::Text, Self::Dialog];

    /// The name in the settings.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::Train => "train",
            Self::Compare => "compare",
            Self::List => "list",
            Self::Search => "search",
            Self::Text => "text",
            Self::Dialog => "dialog",
        }
    }

    /// Where its actions count, for people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Global => "Everywhere",
            Self::Train => "On the Train screen",
            Self::Compare => "On the Compare screen",
            Self::List => "In lists",
            Self::Search => "In this help and in the palette",
            Self::Text => "Where text is typed",
            Self::Dialog => "In questions",
        }
    }

    /// True where its actions mean something on their own, so that the palette offers them.
    #[must_use]
    pub fn is_in_palette(self) -> bool {
        matches!(self, Self::Global | Self::Train | Self::Compare)
    }
}

/// Where a key is pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Train,
    Compare,
    Log,
    Help,
    Palette,
    Dialog,
}

impl Place {
    pub const ALL: [Self; 6] = [Self::Train, Self::Compare, Self::Log, Self::Help, Self::Palette, Self::Dialog];

    /// The tables whose actions count here.
    #[must_use]
    pub fn tables(self) -> &'static [Table] {
        match self {
            Self::Train => &[Table::Train, Table::Global],
            Self::Compare => &[Table::Compare, Table::List, Table::Global],
            Self::Log => &[Table::List, Table::Global],
            Self::Help | Self::Palette => &[Table::Search, Table::Text],
            Self::Dialog => &[Table::Dialog],
        }
    }
}

/// One line of the table.
#[derive(Debug)]
pub struct Entry {
    pub table: Table,
    /// The name in the settings.
    pub name: &'static str,
    pub action: Action,
    /// A word or two for the footer; none: it is only in the help.
    pub hint: Option<&'static str>,
    /// A sentence for the help and the palette.
    pub help: &'static str,
}

impl Entry {
    /// The setting that holds its keys.
    #[must_use]
    pub fn path(&self) -> String {
        format!("keys.{}.{}", self.table.name(), self.name)
    }
}

const fn entry(table: Table, name: &'static str, action: Action, help: &'static str) -> Entry {
    Entry { table, name, action, hint: None, help }
}

const fn hinted(table: Table, name: &'static str, action: Action, hint: &'static str, help: &'static str) -> Entry {
    Entry { table, name, action, hint: Some(hint), help }
}

/// Every action. The order is that of the footer, and within a table that of the help.
pub const ENTRIES: &[Entry] = {
    use Table::{Compare, Dialog, Global, List, Search, Text, Train};
    &[
        entry(Global, "early", Action::Choose(Mode::Early), "show early fusion's newest run"),
        entry(Global, "mid", Action::Choose(Mode::Mid), "show mid fusion's newest run"),
        entry(Global, "late", Action::Choose(Mode::Late), "show late fusion's newest run"),
        entry(Global, "hybrid", Action::Choose(Mode::Hybrid), "show hybrid fusion's newest run"),
        entry(Global, "audio", Action::Choose(Mode::Audio), "show audio's newest run"),
        entry(Global, "video", Action::Choose(Mode::Video), "show video's newest run"),
        entry(Train, "previous_mode", Action::PreviousMode, "go one mode to the left"),
        entry(Train, "next_mode", Action::NextMode, "go one mode to the right"),
        hinted(Train, "train", Action::Train, "train", "train the mode that is shown"),
        hinted(Global, "stop", Action::Stop, "stop", "stop the live run: now, after this epoch, or discard it"),
        hinted(Global, "pause", Action::Pause, "pause", "pause the live run, or let it go on"),
        hinted(Train, "resume", Action::Resume, "resume", "go on with an interrupted or stopped run"),
        hinted(Train, "device", Action::Device, "device", "choose the next run's device"),
        hinted(Global, "cancel_loading", Action::CancelLoading, "cancel loading", "cancel the loading of the data"),
        hinted(Train, "counts", Action::Counts, "counts", "confusion as clips or as per cent of the row"),
        hinted(Train, "split", Action::Split, "test", "scores on the validation or on the test split"),
        hinted(Train, "pane", Action::Pane, "pane", "show the next pane, where not all have room"),
        hinted(Compare, "show", Action::Show, "show", "show the chosen run"),
        hinted(Compare, "newest_only", Action::NewestOnly, "newest only", "all runs, or the newest of each mode"),
        hinted(Compare, "rescan", Action::Rescan, "rescan", "read the runs folder again"),
        hinted(Compare, "report", Action::Report, "report", "write a report of the runs that are listed"),
        entry(List, "up", Action::Up, "up"),
        entry(List, "down", Action::Down, "down"),
        entry(List, "page_up", Action::PageUp, "ten lines up"),
        entry(List, "page_down", Action::PageDown, "ten lines down"),
        entry(List, "first", Action::First, "to the start"),
        entry(List, "last", Action::Last, "to the end"),
        hinted(Global, "next_screen", Action::NextScreen, "screen", "next screen: Train, Compare, Log"),
        entry(Global, "previous_screen", Action::PreviousScreen, "previous screen"),
        hinted(Global, "palette", Action::Palette, "command", "find any action by its name"),
        hinted(Global, "help", Action::Help, "help", "the keys; type to search them"),
        entry(Global, "copy", Action::Copy, "copy the table that is shown, for a spreadsheet"),
        entry(Global, "theme", Action::Theme, "next colours: safe, dark, light, contrast"),
        entry(Global, "mouse", Action::Mouse, "let the mouse select text, or take it back"),
        hinted(Global, "quit", Action::Quit, "quit", "leave; asks first while a run is live"),
        entry(Global, "interrupt", Action::Interrupt, "stop gracefully, keep the best and leave; again: leave at once"),
        hinted(Search, "accept", Action::Accept, "do it", "do what is chosen in the palette"),
        hinted(Search, "close", Action::Close, "close", "close"),
        entry(Search, "up", Action::Up, "up"),
        entry(Search, "down", Action::Down, "down"),
        entry(Search, "page_up", Action::PageUp, "ten lines up"),
        entry(Search, "page_down", Action::PageDown, "ten lines down"),
        entry(Text, "left", Action::Edit(Edit::Left), "one character to the left"),
        entry(Text, "right", Action::Edit(Edit::Right), "one character to the right"),
        entry(Text, "start", Action::Edit(Edit::Start), "to the start of the text"),
        entry(Text, "end", Action::Edit(Edit::End), "to the end of the text"),
        entry(Text, "erase", Action::Edit(Edit::Erase), "erase the character before the cursor"),
        entry(Text, "delete", Action::Edit(Edit::Delete), "erase the character under the cursor"),
        entry(Text, "erase_word", Action::Edit(Edit::EraseWord), "erase the word before the cursor"),
        entry(Text, "erase_all", Action::Edit(Edit::EraseAll), "erase the whole text"),
        hinted(Dialog, "accept", Action::Accept, "confirm", "take the chosen answer"),
        hinted(Dialog, "close", Action::Close, "go back", "leave everything as it was"),
        entry(Dialog, "up", Action::Up, "the answer above"),
        entry(Dialog, "down", Action::Down, "the answer below"),
        entry(Dialog, "leave", Action::Answer(Answer::Leave), "stop it, keep its best, leave"),
        entry(Dialog, "stay", Action::Answer(Answer::Stay), "stay"),
        entry(Dialog, "stop_now", Action::Answer(Answer::StopNow), "stop now, keep the best epoch"),
        entry(Dialog, "stop_after_epoch", Action::Answer(Answer::StopAfterEpoch), "stop after this epoch"),
        entry(Dialog, "discard", Action::Answer(Answer::Discard), "discard: stop, delete the record"),
        entry(Dialog, "stop_and_train", Action::Answer(Answer::StopAndTrain), "stop it, keep its best, train this"),
        entry(Dialog, "queue", Action::Answer(Answer::Queue), "queue this behind it"),
        entry(Dialog, "look", Action::Answer(Answer::Look), "just look"),
    ]
};

/// The line of an answer, whose words the dialog shows.
#[must_use]
pub fn words_of(answer: Answer) -> &'static str {
    ENTRIES.iter().find(|entry| entry.action == Action::Answer(answer)).map_or("", |entry| entry.help)
}
