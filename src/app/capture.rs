//! Nothing native prints on the screen: stdout and stderr become a pipe whose lines are messages, and are
//! kept in a file.

use std::{
    io::{self, BufRead as _, BufReader, PipeReader, Read as _},
    thread,
};

use crossbeam_channel::Sender;

use super::output_log::OutputLog;
use crate::tui::Message;

/// A longer line is cut here: a library that prints without end must not fill the memory.
const LONGEST_LINE: u64 = 4096;

/// Redirect descriptors 1 and 2 of this process to `log` and `messages`, line by line.
///
/// # Errors
/// If the pipe, the redirection or the thread is refused.
pub fn start(messages: Sender<Message>, log: Option<OutputLog>) -> io::Result<()> {
    let (reader, writer) = io::pipe()?;
    rustix::stdio::dup2_stdout(&writer)?;
    rustix::stdio::dup2_stderr(&writer)?;
    let follow = move || follow(reader, &messages, log);
    thread::Builder::new().name("capture".to_owned()).spawn(follow)?;
    Ok(())
}

/// Pass lines on until nobody writes or listens. A line is in the file before it is a message.
fn follow(reader: PipeReader, messages: &Sender<Message>, mut log: Option<OutputLog>) {
    let mut reader = BufReader::new(reader);
    let mut line = Vec::new();
    while matches!(reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line), Ok(1..)) {
        let text = String::from_utf8_lossy(&line).trim_end().to_owned();
        line.clear();
        if let Some(Err(error)) = log.as_mut().map(|log| log.append(&text)) {
            let path = log.take().map(|log| log.path().display().to_string()).unwrap_or_default();
            let problem = format!("keeping what libraries print in {path}: {error}; from here on it is only shown");
            let _ = messages.send(Message::Problem(problem));
        }
        if messages.send(Message::NativeOutput(text)).is_err() {
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, io::Write as _};

    use super::*;

    #[test]
    fn a_line_is_kept_and_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("output.log");
        let (reader, mut writer) = io::pipe().unwrap();
        writer.write_all(b"thread 'trainer' panicked\nno end of line").unwrap();
        drop(writer);
        let (sender, messages) = crossbeam_channel::unbounded();
        follow(reader, &sender, Some(OutputLog::open(&path).unwrap()));
        let told: Vec<_> = messages.try_iter().collect();
        let expected = ["thread 'trainer' panicked", "no end of line"];
        assert_eq!(told, expected.map(|line| Message::NativeOutput(line.to_owned())));
        assert!(fs::read_to_string(path).unwrap().ends_with(&format!("{}\n", expected.join("\n"))));
    }
}
