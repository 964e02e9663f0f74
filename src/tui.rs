//! The dashboard: what it knows, how messages change it, and how it is drawn.
//!
//! ```text
//! key ─ keymap ─> Message ─> update(&mut State, Message) ─> Vec<Effect>     (the app performs these)
//!                               └─> view(&State, &mut Frame)
//! click ─ hit ─> what was drawn there: an action, a row, an answer
//! ```
//!
//! Nothing here does I/O or reads a clock: time comes in as [`Message::Clock`], and what is to be done
//! goes out as [`Effect`]s. `view` never changes the state. Text that came from files goes through
//! [`text`] before it is drawn.

mod copy;
mod farewell;
pub mod format;
mod hit;
pub mod keymap;
mod layout;
pub mod message;
mod pointer;
mod screens;
pub mod state;
pub mod text;
pub mod theme;
mod update;
mod view;
mod widgets;

pub use farewell::farewell;
pub use message::{Call, Clip, Effect, GpuUsage, Message, Moved, Predicted, Program, StudyNews, StudyRequest, Usage};
pub use state::{Remembered, State};
pub use update::update;
pub use view::view;
