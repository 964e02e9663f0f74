//! The one table of actions. The settings bind keys to them (`[keys]` in `assets/default.toml`); footer,
//! help and palette are made from it.

mod key;
mod table;

pub use key::Key;
pub use table::{Keymap, problems};

use super::state::{Answer, Screen};
use crate::config::Mode;

/// What a key or a click asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Choose(Mode),
    PreviousMode,
    NextMode,
    Train,
    /// Queue a run of every mode.
    TrainAll,
    /// Queue runs like the shown or marked ones, with other seeds.
    Seeds,
    /// Let the form's run wait behind all others.
    Enqueue,
    /// Open the form of a new run's settings.
    SetUp,
    /// Show the runs that wait.
    Queue,
    MoveUp,
    MoveDown,
    Remove,
    ClearQueue,
    /// Take back what was set in the form.
    ResetSetting,
    Stop,
    Pause,
    Resume,
    Device,
    CancelLoading,
    /// Change settings of the live run.
    Adjust,
    /// Keep the live run's model as it is now.
    Save,
    Counts,
    Split,
    Pane,
    Show,
    Rescan,
    Report,
    Copy,
    /// Of the shown table only what is pointed at.
    CopyValue,
    Theme,
    Mouse,
    Screen(Screen),
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
    /// Stop until the shell goes on with the program.
    Suspend,
    // The panes of the Train screen.
    Focus,
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
    // Runs.
    Compare,
    Mark,
    MarkAll,
    Hide,
    HiddenToo,
    Filter,
    Order,
    Columns,
    SortMore,
    Tag,
    Note,
    Rename,
    Delete,
    Undo,
    /// Delete what lies in the trash for good.
    EmptyTrash,
    Retry,
    Clone,
    /// Change a run's settings before another run is trained with them.
    Vary,
    /// Let an ended run go on.
    Extend,
    /// The compared runs alone, or grouped over seeds.
    Groups,
    // Studies.
    YAxis,
    Block,
    Figure,
    /// The best combination beneath a cell, or all of them.
    Fold,
    Studies,
    StopTrials,
    RetryTrials,
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
    /// The Train screen while no pane has the keys.
    Modes,
    /// A pane of the Train screen that has the keys.
    Chart,
    Matrix,
    Classes,
    Runs,
    Compare,
    Study,
    List,
    /// The form of a run's settings, while nothing is typed.
    Form,
    /// The runs that wait.
    Queue,
    Search,
    Text,
    Dialog,
}

impl Table {
    pub const ALL: [Self; 15] = [
        Self::Modes,
        Self::Train,
        Self::Runs,
        Self::Compare,
        Self::Study,
        Self::Global,
        Self::Chart,
        Self::Matrix,
        Self::Classes,
        Self::List,
        Self::Form,
        Self::Queue,
        Self::Search,
        Self::Text,
        Self::Dialog,
    ];

    /// The name in the settings.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::Train => "train",
            Self::Modes => "modes",
            Self::Chart => "chart",
            Self::Matrix => "matrix",
            Self::Classes => "classes",
            Self::Runs => "runs",
            Self::Compare => "compare",
            Self::Study => "study",
            Self::List => "list",
            Self::Form => "form",
            Self::Queue => "queue",
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
            Self::Modes => "On the Train screen, while no pane has the keys",
            Self::Chart => "In a chart that has the keys",
            Self::Matrix => "In the confusion matrix, while it has the keys",
            Self::Classes => "In the class table, while it has the keys",
            Self::Runs => "On the Runs screen",
            Self::Compare => "On the Compare screen",
            Self::Study => "On the Study screen",
            Self::List => "In lists",
            Self::Form => "In the form of a run's settings",
            Self::Queue => "In the queue",
            Self::Search => "In this help, the palette and where text is typed in a form",
            Self::Text => "Where text is typed",
            Self::Dialog => "In questions",
        }
    }

    /// True where the palette offers its actions: all but those of the palette itself and of typed text.
    #[must_use]
    pub fn is_in_palette(self) -> bool {
        !matches!(self, Self::Search | Self::Text)
    }
}

/// Where a key is pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Train,
    Runs,
    Compare,
    Study,
    Log,
    Help,
    Palette,
    /// Fields that are typed into, over the screen.
    Form,
    /// The form of a run's settings, while nothing is typed.
    Settings,
    /// The runs that wait.
    Queue,
    Dialog,
    /// A pane of the Train screen that has the keys.
    Chart,
    Matrix,
    Classes,
    /// A pane of the Compare screen that has the keys.
    ComparedChart,
    ComparedTable,
}

impl Place {
    pub const ALL: [Self; 16] = [
        Self::Train,
        Self::Runs,
        Self::Compare,
        Self::Study,
        Self::Log,
        Self::Help,
        Self::Palette,
        Self::Form,
        Self::Settings,
        Self::Queue,
        Self::Dialog,
        Self::Chart,
        Self::Matrix,
        Self::Classes,
        Self::ComparedChart,
        Self::ComparedTable,
    ];

    /// The tables whose actions count here.
    #[must_use]
    pub fn tables(self) -> &'static [Table] {
        match self {
            Self::Train => &[Table::Modes, Table::Train, Table::Global],
            Self::Chart => &[Table::Chart, Table::List, Table::Train, Table::Global],
            Self::Matrix => &[Table::Matrix, Table::List, Table::Train, Table::Global],
            Self::Classes => &[Table::Classes, Table::List, Table::Train, Table::Global],
            Self::Runs => &[Table::Runs, Table::List, Table::Global],
            Self::Compare => &[Table::Compare, Table::List, Table::Global],
            Self::ComparedChart => &[Table::Chart, Table::Compare, Table::List, Table::Global],
            Self::ComparedTable => &[Table::Matrix, Table::Compare, Table::List, Table::Global],
            Self::Study => &[Table::Study, Table::List, Table::Global],
            Self::Log => &[Table::List, Table::Global],
            Self::Help | Self::Palette | Self::Form => &[Table::Search, Table::Text],
            Self::Queue => &[Table::Queue, Table::List],
            Self::Settings => &[Table::Form, Table::List],
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
    use Table::{
        Chart, Classes, Compare, Dialog, Form, Global, List, Matrix, Modes, Queue, Runs, Search, Study, Text, Train,
    };
    &[
        entry(Global, "early", Action::Choose(Mode::Early), "show early fusion's newest run"),
        entry(Global, "mid", Action::Choose(Mode::Mid), "show mid fusion's newest run"),
        entry(Global, "late", Action::Choose(Mode::Late), "show late fusion's newest run"),
        entry(Global, "hybrid", Action::Choose(Mode::Hybrid), "show hybrid fusion's newest run"),
        entry(Global, "audio", Action::Choose(Mode::Audio), "show audio's newest run"),
        entry(Global, "video", Action::Choose(Mode::Video), "show video's newest run"),
        entry(Modes, "previous_mode", Action::PreviousMode, "go one mode to the left"),
        entry(Modes, "next_mode", Action::NextMode, "go one mode to the right"),
        hinted(Train, "train", Action::Train, "train", "train the mode that is shown"),
        hinted(Train, "set_up", Action::SetUp, "set up", "change any setting of a new run, then train it"),
        hinted(Global, "stop", Action::Stop, "stop", "stop the live run: now, after this epoch, or discard it"),
        hinted(Global, "pause", Action::Pause, "pause", "pause the live run, or let it go on"),
        hinted(Train, "resume", Action::Resume, "resume", "go on with an interrupted or stopped run"),
        hinted(Train, "device", Action::Device, "device", "choose the next run's device"),
        hinted(Global, "queue", Action::Queue, "queue", "the runs that wait: move, change or take them out"),
        hinted(
            Global,
            "back",
            Action::CancelLoading,
            "cancel loading",
            "leave the pane that has the keys, or cancel the loading",
        ),
        hinted(Train, "counts", Action::Counts, "counts", "confusion in clips, per cent of rows, or of columns"),
        hinted(Train, "split", Action::Split, "test", "scores on the validation or on the test split"),
        hinted(Train, "pane", Action::Pane, "pane", "the next pane"),
        hinted(Train, "focus", Action::Focus, "keys", "give the keys to the pane, or take them back"),
        entry(Train, "previous_pane", Action::PreviousPane, "the pane before"),
        hinted(Runs, "show", Action::Show, "show", "show the chosen run"),
        hinted(Runs, "mark", Action::Mark, "mark", "mark the run; actions are for all marked, listed or not"),
        hinted(Runs, "filter", Action::Filter, "filter", "list some runs: mode:late lr>=1e-4 acc>0.8 -tag:old"),
        hinted(Runs, "compare", Action::Compare, "compare", "compare the marked runs"),
        hinted(Runs, "sort", Action::Sort, "sort", "sort by the chosen column; again: the other way round"),
        hinted(Runs, "delete", Action::Delete, "delete", "move the runs to the trash"),
        hinted(Runs, "undo", Action::Undo, "undo", "take back the last deletion or note"),
        entry(Runs, "empty_trash", Action::EmptyTrash, "delete what lies in the trash for good; asks first"),
        hinted(Runs, "tag", Action::Tag, "tag", "add tags to the runs, or take them away"),
        hinted(Runs, "resume", Action::Resume, "resume", "go on with interrupted, failed or stopped runs"),
        hinted(Runs, "retry", Action::Retry, "retry", "train failed runs anew, with their settings"),
        hinted(Runs, "clone", Action::Clone, "clone", "train a run with the same settings and a new seed"),
        hinted(Runs, "seeds", Action::Seeds, "seeds", "queue the runs with the seeds 0 to 4; asks first"),
        hinted(Runs, "extend", Action::Extend, "more epochs", "let an ended run go on: more epochs, more patience"),
        hinted(Runs, "vary", Action::Vary, "vary", "train a run with these settings, changed in a form"),
        entry(Runs, "mark_all", Action::MarkAll, "mark every listed run, or none"),
        hinted(Runs, "note", Action::Note, "note", "write a note on the runs"),
        hinted(Runs, "rename", Action::Rename, "rename", "give the run a name; its directory keeps its own"),
        entry(Runs, "pin", Action::Pin, "pin the runs, at most 8: charts show them beside others"),
        entry(Runs, "hide", Action::Hide, "hide the runs, or show them again"),
        entry(Runs, "hidden", Action::HiddenToo, "list hidden runs, too"),
        entry(Runs, "left", Action::Left, "choose the column on the left"),
        entry(Runs, "right", Action::Right, "choose the column on the right"),
        entry(Runs, "sort_more", Action::SortMore, "sort by the chosen column among equals"),
        entry(Runs, "order", Action::Order, "sort by several columns"),
        entry(Runs, "columns", Action::Columns, "choose the columns"),
        entry(Runs, "rescan", Action::Rescan, "look at the whole runs folder now"),
        hinted(Compare, "show", Action::Show, "show", "show the chosen run"),
        hinted(
            Compare,
            "groups",
            Action::Groups,
            "over seeds",
            "runs alone, or grouped over seeds: mean and deviation",
        ),
        hinted(Compare, "focus", Action::Focus, "keys", "give the keys to the pane, or take them back"),
        hinted(Compare, "pane", Action::Pane, "pane", "curves, settings, confusion or classes"),
        entry(Compare, "previous_pane", Action::PreviousPane, "the pane before"),
        hinted(Compare, "curve", Action::Split, "accuracy", "curves of the validation loss or of the accuracy"),
        entry(Compare, "rescan", Action::Rescan, "look at the whole runs folder now"),
        hinted(Compare, "report", Action::Report, "report", "write a report of the compared runs"),
        hinted(Study, "show", Action::Show, "show", "show the best run of the cell, or the trial's run"),
        hinted(Study, "pane", Action::Pane, "pane", "the heat map, the trials, or what matters"),
        hinted(Study, "x_axis", Action::XAxis, "x axis", "another setting across the heat map"),
        hinted(Study, "y_axis", Action::YAxis, "y axis", "another setting down the heat map, or none"),
        hinted(Study, "figure", Action::Figure, "figure", "another figure: loss, accuracy, F1, the test split's"),
        hinted(Study, "fold", Action::Fold, "fold", "fold the other settings to the best, or to the mean"),
        hinted(Study, "block", Action::Block, "block", "another table of the study"),
        hinted(Study, "mark", Action::Mark, "mark", "mark the trial or the cell: actions are for all marked"),
        hinted(Study, "compare", Action::Compare, "over seeds", "curves of the trials: mean and deviation over seeds"),
        hinted(Study, "retry", Action::RetryTrials, "retry", "train what failed, was stopped or interrupted again"),
        hinted(Study, "stop", Action::StopTrials, "stop", "stop the trials, or the whole study"),
        hinted(Study, "filter", Action::Filter, "filter", "list some trials only: mode:late lr>=1e-4 -state:done"),
        hinted(Study, "sort", Action::Sort, "sort", "sort by the chosen column; again: the other way round"),
        hinted(Study, "studies", Action::Studies, "studies", "choose another study"),
        hinted(Study, "maximise", Action::Maximise, "maximise", "the pane alone, or all of them"),
        entry(Study, "mark_all", Action::MarkAll, "mark every listed trial, or none"),
        entry(Study, "previous_pane", Action::PreviousPane, "the pane before"),
        entry(Study, "left", Action::Left, "the cell or the column on the left"),
        entry(Study, "right", Action::Right, "the cell or the column on the right"),
        entry(Study, "far_left", Action::FarLeft, "ten cells to the left"),
        entry(Study, "far_right", Action::FarRight, "ten cells to the right"),
        entry(Study, "pin", Action::Pin, "pin the run: the charts show it beside others"),
        entry(Study, "rescan", Action::Rescan, "read the study anew, and look which there are"),
        entry(List, "up", Action::Up, "up"),
        entry(List, "down", Action::Down, "down"),
        entry(List, "page_up", Action::PageUp, "ten lines up"),
        entry(List, "page_down", Action::PageDown, "ten lines down"),
        entry(List, "first", Action::First, "to the start"),
        entry(List, "last", Action::Last, "to the end"),
        hinted(Global, "next_screen", Action::NextScreen, "screen", "next screen: Train, Runs, Compare, Study, Log"),
        entry(Global, "previous_screen", Action::PreviousScreen, "previous screen"),
        entry(Global, "train_screen", Action::Screen(Screen::Train), "go to the Train screen: one run as it learns"),
        entry(Global, "runs_screen", Action::Screen(Screen::Runs), "go to the Runs screen: every run of the folder"),
        entry(Global, "compare_screen", Action::Screen(Screen::Compare), "go to the Compare screen: runs side by side"),
        entry(Global, "study_screen", Action::Screen(Screen::Study), "go to the Study screen: trials and what matters"),
        entry(Global, "log_screen", Action::Screen(Screen::Log), "go to the Log screen: messages of all kinds"),
        hinted(Global, "palette", Action::Palette, "command", "find any action by its name"),
        hinted(Global, "help", Action::Help, "help", "the keys; type to search them"),
        entry(Global, "copy", Action::Copy, "copy the table that is shown, for a spreadsheet"),
        entry(Global, "copy_value", Action::CopyValue, "copy what is pointed at: a value, a cell, a run's name"),
        entry(Global, "theme", Action::Theme, "next colours: safe, dark, light, contrast"),
        entry(Global, "mouse", Action::Mouse, "let the mouse select text, or take it back"),
        hinted(Global, "quit", Action::Quit, "quit", "leave; asks first while a run is live"),
        hinted(Train, "adjust", Action::Adjust, "change", "change the live run's lr, epochs or patience"),
        entry(Train, "save", Action::Save, "keep the live run's model as it is now, in a file"),
        hinted(Train, "maximise", Action::Maximise, "maximise", "the pane alone, or all of them"),
        hinted(Train, "pin", Action::Pin, "pin", "pin the run to compare others with it, or let go"),
        hinted(Compare, "maximise", Action::Maximise, "maximise", "the pane alone, or all of them"),
        hinted(Compare, "pin", Action::Pin, "pin", "pin the chosen run to compare others with it, or let go"),
        entry(Global, "suspend", Action::Suspend, "to the shell; `fg` comes back; training waits"),
        entry(Global, "interrupt", Action::Interrupt, "stop gracefully, keep the best, leave; twice: at once"),
        entry(Chart, "left", Action::Left, "move the cursor to the left"),
        hinted(Chart, "right", Action::Right, "cursor", "move the cursor to the right"),
        entry(Chart, "far_left", Action::FarLeft, "ten stops to the left"),
        entry(Chart, "far_right", Action::FarRight, "ten stops to the right"),
        hinted(Chart, "zoom_in", Action::ZoomIn, "zoom", "zoom in around the cursor"),
        entry(Chart, "zoom_out", Action::ZoomOut, "zoom out"),
        entry(Chart, "pan_left", Action::PanLeft, "move what is seen to the left"),
        entry(Chart, "pan_right", Action::PanRight, "move what is seen to the right"),
        hinted(Chart, "zoom_in_y", Action::ZoomInY, "zoom y", "zoom the value axis in; up and down move it"),
        entry(Chart, "zoom_out_y", Action::ZoomOutY, "zoom the value axis out"),
        hinted(Chart, "reset", Action::ResetZoom, "reset", "see everything, without a cursor"),
        hinted(Chart, "log", Action::LogScale, "log", "logarithmic or even loss scale"),
        hinted(Chart, "x_axis", Action::XAxis, "x axis", "x by epoch, step, time trained or time of day"),
        hinted(Chart, "smooth", Action::Smooth, "smooth", "debiased moving average: off, 0.6, 0.9, 0.99, 0.999"),
        hinted(Chart, "outliers", Action::Outliers, "outliers", "cut outliers at the edge, or show them whole"),
        entry(Matrix, "left", Action::Left, "the cell to the left"),
        hinted(Matrix, "right", Action::Right, "cell", "the cell to the right"),
        entry(Matrix, "far_left", Action::FarLeft, "ten cells to the left"),
        entry(Matrix, "far_right", Action::FarRight, "ten cells to the right"),
        hinted(Matrix, "earlier", Action::Earlier, "earlier", "the tables one epoch earlier"),
        hinted(Matrix, "later", Action::Later, "later", "one epoch later; after the last: live"),
        hinted(Matrix, "difference", Action::Difference, "difference", "difference from the newest pinned run"),
        hinted(Classes, "earlier", Action::Earlier, "earlier", "the tables one epoch earlier"),
        hinted(Classes, "later", Action::Later, "later", "one epoch later; after the last: live"),
        hinted(Classes, "sort", Action::Sort, "sort", "sort by class, P, R, F1, support or change"),
        hinted(Classes, "reverse", Action::ReverseSort, "reverse", "sort the other way round"),
        entry(Train, "train_all", Action::TrainAll, "queue a run of each of the six modes; asks first"),
        entry(Train, "seeds", Action::Seeds, "queue the shown run with the seeds 0 to 4; asks first"),
        hinted(Train, "extend", Action::Extend, "more epochs", "let an ended run go on: more epochs, more patience"),
        entry(Train, "vary", Action::Vary, "train a run with its settings, changed in a form"),
        hinted(Queue, "change", Action::Accept, "change", "change the settings of the chosen run"),
        hinted(Queue, "move_up", Action::MoveUp, "sooner", "let the chosen run begin sooner"),
        hinted(Queue, "move_down", Action::MoveDown, "later", "let the chosen run begin later"),
        hinted(Queue, "remove", Action::Remove, "take out", "take the chosen run out of the queue"),
        hinted(Queue, "clear", Action::ClearQueue, "clear", "take all runs out of the queue; asks first"),
        hinted(Queue, "close", Action::Close, "close", "close"),
        hinted(Form, "edit", Action::Accept, "change", "do what the row is for, or type another value"),
        hinted(Form, "train", Action::Train, "train", "train a run with these settings"),
        hinted(Form, "queue", Action::Enqueue, "queue", "queue a run with these settings"),
        hinted(Form, "find", Action::Filter, "find", "list the settings that hold what is typed"),
        hinted(Form, "next", Action::Right, "next", "the next of the values that there are"),
        entry(Form, "previous", Action::Left, "the value before"),
        hinted(Form, "reset", Action::ResetSetting, "reset", "set it as it was"),
        hinted(Form, "close", Action::Close, "close", "leave the form; asks first where something was changed"),
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
        entry(
            Dialog,
            "queue_missing",
            Action::Answer(Answer::QueueMissing),
            "queue the rest: those that are not there yet",
        ),
        entry(Dialog, "queue_all", Action::Answer(Answer::QueueAll), "queue all of them"),
        entry(Dialog, "delete_listed", Action::Answer(Answer::DeleteListed), "delete those that are listed"),
        entry(Dialog, "delete_all", Action::Answer(Answer::DeleteAll), "delete all that are marked"),
        entry(Dialog, "empty_trash", Action::Answer(Answer::EmptyTrash), "delete all of it for good"),
        entry(Dialog, "train_waiting", Action::Answer(Answer::TrainWaiting), "train them now"),
        entry(Dialog, "drop_waiting", Action::Answer(Answer::DropWaiting), "forget them"),
        entry(Dialog, "stop_trials", Action::Answer(Answer::StopTrials), "stop these trials; the rest goes on"),
        entry(Dialog, "stop_study", Action::Answer(Answer::StopStudy), "stop the whole study"),
        entry(Dialog, "clear", Action::Answer(Answer::Clear), "take all of them out"),
        entry(Dialog, "forget", Action::Answer(Answer::Forget), "leave it, forget what was changed"),
        entry(Dialog, "look", Action::Answer(Answer::Look), "just look"),
    ]
};

/// The line of an answer, whose words the dialog shows.
#[must_use]
pub fn words_of(answer: Answer) -> &'static str {
    ENTRIES.iter().find(|entry| entry.action == Action::Answer(answer)).map_or("", |entry| entry.help)
}
