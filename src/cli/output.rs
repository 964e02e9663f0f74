//! Printing that a closed pipe or a lost terminal cannot turn into a panic, as `println!` would.

use std::{
    fmt::Display,
    io::{self, ErrorKind, Write as _},
};

use anyhow::{Context as _, Result};

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

/// Print a message to stderr, if anybody is there to read it.
pub fn message(text: impl Display) {
    let _ = writeln!(io::stderr(), "{text}");
}
