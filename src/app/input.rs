//! Keyboard, mouse and the terminal's size, as messages.

use std::thread;

use anyhow::{Context as _, Result};
use crossbeam_channel::Sender;
use crossterm::event::{self, Event};

use crate::tui::Message;

/// Send what is typed to `messages` until nobody listens.
///
/// # Errors
/// If the operating system gives no thread.
pub fn listen(messages: Sender<Message>) -> Result<()> {
    let listen = move || {
        loop {
            let message = match event::read() {
                Ok(Event::Key(key)) => Message::Key(key),
                Ok(Event::Resize(columns, rows)) => Message::Resize(columns, rows),
                Ok(Event::Mouse(mouse)) => Message::Mouse(mouse),
                Ok(Event::Paste(text)) => Message::Paste(text),
                Ok(Event::FocusGained | Event::FocusLost) => continue,
                // The terminal is gone, and with it the person.
                Err(_) => {
                    let _ = messages.send(Message::HangUp);
                    return;
                }
            };
            if messages.send(message).is_err() {
                return;
            }
        }
    };
    thread::Builder::new().name("input".to_owned()).spawn(listen).context("starting the input thread")?;
    Ok(())
}
