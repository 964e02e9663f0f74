//! Nothing native prints on the screen: stdout and stderr become a pipe whose lines are messages.

use std::{
    io::{self, BufRead as _, BufReader, Read as _},
    thread,
};

use crossbeam_channel::Sender;

use crate::tui::Message;

/// A longer line is cut here: a library that prints without end must not fill the memory.
const LONGEST_LINE: u64 = 4096;

/// Redirect descriptors 1 and 2 of this process to `messages`, line by line.
///
/// # Errors
/// If the pipe, the redirection or the thread is refused.
pub fn start(messages: Sender<Message>) -> io::Result<()> {
    let (reader, writer) = io::pipe()?;
    rustix::stdio::dup2_stdout(&writer)?;
    rustix::stdio::dup2_stderr(&writer)?;
    thread::Builder::new().name("capture".to_owned()).spawn(move || {
        let mut reader = BufReader::new(reader);
        let mut line = Vec::new();
        while matches!(reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line), Ok(1..)) {
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            line.clear();
            if messages.send(Message::NativeOutput(text)).is_err() {
                break;
            }
        }
    })?;
    Ok(())
}
