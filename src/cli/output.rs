//! Printing that a closed pipe or a lost terminal cannot turn into a panic, as `println!` would.

use std::{
    fmt::Display,
    io::{self, ErrorKind, Write as _},
};

use anyhow::{Context as _, Result};

use crate::tui::text;

/// Print a result to stdout, with a line end where it has none.
///
/// # Errors
/// If it cannot be written. A reader that has seen enough, as `head` has, is no error.
pub fn result(text: impl Display) -> Result<()> {
    let text = text.to_string();
    let end = if text.ends_with('\n') { "" } else { "\n" };
    match write!(io::stdout(), "{text}{end}").and_then(|()| io::stdout().flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error).context("writing to stdout"),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// `text`, part of which came from a file, with everything that is not a character or a line end
/// written out.
#[must_use]
pub fn visible(text: &str) -> String {
    text.lines().map(text::clean).collect::<Vec<_>>().join("\n")
}

/// Print a message to stderr, if anybody is there to read it.
pub fn message(text: impl Display) {
    let _ = writeln!(io::stderr(), "{text}");
}
