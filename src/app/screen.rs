//! The terminal: taken over whole, and given back whole, whatever happens.

use std::{
    fs::File,
    io::{self, IsTerminal as _, Write as _},
    os::fd::{AsFd as _, OwnedFd},
    panic, thread,
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use crossbeam_channel::{Receiver, Sender};
use crossterm::{
    clipboard::CopyToClipboard,
    cursor::Show,
    event::{DisableBracketedPaste, EnableBracketedPaste},
    execute, queue,
    style::{Attribute, Print, SetAttribute},
    terminal::{EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode},
};
use ratatui::{Frame, Terminal};
use rustix::process::{Signal, getpgrp, getsid, kill_current_process_group};

use super::{
    backend::Backend,
    capture,
    line::{Gauge, Line},
    output_log::OutputLog,
};
use crate::tui::{Message, text};

/// How long the last frame may take to go out before the line counts as dead.
const LAST_FRAME: Duration = Duration::from_secs(2);

/// Columns of a desktop notification.
const NOTIFICATION: usize = 200;

/// The terminal while the dashboard is up. Dropping it gives the terminal back.
pub struct Screen {
    /// None only while it is being given back.
    terminal: Option<Terminal<Backend<Line>>>,
    gauge: Gauge,
    freed: Receiver<()>,
    saved: Saved,
    /// The shell has the terminal for a while.
    given: bool,
}

/// What is needed to give the terminal back, also from a panic hook.
struct Saved {
    tty: OwnedFd,
    stdout: OwnedFd,
    stderr: OwnedFd,
}

impl Screen {
    /// Take the terminal over. From now on what is printed to stdout and stderr goes to `messages` and
    /// `log`.
    ///
    /// # Errors
    /// If stdin or stdout is no terminal, or it cannot be prepared.
    pub fn open(messages: Sender<Message>, log: Option<OutputLog>) -> Result<Self> {
        ensure!(
            io::stdin().is_terminal() && io::stdout().is_terminal(),
            "opening the dashboard: stdin and stdout must be a terminal; without one use `avsc-tui train`"
        );
        let saved = Saved::take().context("preparing the terminal")?;
        let mut tty = File::from(saved.tty.try_clone().context("preparing the terminal")?);
        capture::start(messages, log).context("capturing what libraries print")?;
        enable_raw_mode().context("preparing the terminal")?;
        execute!(tty, EnterAlternateScreen, EnableBracketedPaste).context("preparing the terminal")?;
        let line = Line::open(tty).context("preparing the terminal")?;
        let (gauge, freed) = (line.gauge(), line.freed());
        give_back_on_panic(saved.try_clone().context("preparing the terminal")?, gauge.clone());
        let terminal = Terminal::new(Backend::new(line)).context("preparing the terminal")?;
        Ok(Self { terminal: Some(terminal), gauge, freed, saved, given: false })
    }

    /// True where the last frame is out. Until then another one would only wait behind it.
    #[must_use]
    pub fn is_free(&self) -> bool {
        self.gauge.is_free()
    }

    /// Says so whenever a frame is out.
    #[must_use]
    pub fn freed(&self) -> &Receiver<()> {
        &self.freed
    }

    /// Draw one frame, which the terminal never shows a half of; the bytes that it took.
    ///
    /// # Errors
    /// If the terminal cannot be written to.
    pub fn draw(&mut self, view: impl FnOnce(&mut Frame<'_>)) -> io::Result<u64> {
        let Some(terminal) = self.terminal.as_mut().filter(|_| !self.given) else { return Ok(0) };
        let before = terminal.backend().sent();
        terminal.draw(view)?;
        Ok(terminal.backend().sent() - before)
    }

    /// Draw everything anew with the next frame. A terminal that was resized may have lost cells, also where it
    /// has its old size again.
    ///
    /// # Errors
    /// If the terminal cannot be written to.
    pub fn forget(&mut self) -> io::Result<()> {
        self.terminal.as_mut().filter(|_| !self.given).map_or(Ok(()), Terminal::clear)
    }

    /// Ask the terminal to put `text` into its clipboard: OSC 52, which crosses SSH.
    ///
    /// # Errors
    /// If the terminal cannot be written to.
    pub fn copy(&mut self, text: &str) -> io::Result<()> {
        let Some(terminal) = &mut self.terminal else { return Ok(()) };
        execute!(terminal.backend_mut(), CopyToClipboard::to_clipboard_from(text))
    }

    /// Ring the bell, and notify the person's desktop.
    ///
    /// # Errors
    /// If the terminal cannot be written to.
    pub fn call(&mut self, bell: bool, desktop: Option<&str>) -> io::Result<()> {
        let Some(terminal) = &mut self.terminal else { return Ok(()) };
        if let Some(text) = desktop {
            // Nothing in it can end the sequence, or begin another.
            let text = text::cut(&text::clean(text), NOTIFICATION, "…");
            queue!(terminal.backend_mut(), Print(format_args!("\x1b]9;{text}\x1b\\")))?;
        }
        if bell {
            queue!(terminal.backend_mut(), Print('\x07'))?;
        }
        io::Write::flush(terminal.backend_mut())
    }

    /// Give the terminal back and stop, until [`Screen::take_again`]. False where there is no shell that
    /// could go on with the program: it would stand still for ever.
    ///
    /// # Errors
    /// If the operating system refuses; the terminal is given back then.
    pub fn suspend(&mut self) -> io::Result<bool> {
        // A shell with job control gives every job a group of its own; the group that leads the session has
        // nobody above it.
        let is_job = getsid(None)? != getpgrp();
        let Some(terminal) = self.terminal.as_mut().filter(|_| is_job) else { return Ok(false) };
        terminal.show_cursor()?;
        self.saved.release(&self.gauge);
        self.given = true;
        // The whole group, so that the shell sees it also where it started a program that started this one.
        // This thread may run for a moment longer: it takes nothing before it is told to go on.
        kill_current_process_group(Signal::STOP)?;
        Ok(true)
    }

    /// Take the terminal over after the program stood still, and draw everything anew.
    ///
    /// # Errors
    /// If the terminal cannot be prepared.
    pub fn take_again(&mut self, mouse: bool) -> io::Result<()> {
        let Some(terminal) = &mut self.terminal else { return Ok(()) };
        enable_raw_mode()?;
        execute!(terminal.backend_mut(), EnterAlternateScreen, EnableBracketedPaste)?;
        terminal.clear()?;
        self.given = false;
        self.mouse(mouse)
    }

    /// Take the mouse over, or leave it to the terminal's own selection of text.
    ///
    /// # Errors
    /// If the terminal cannot be written to.
    pub fn mouse(&mut self, take: bool) -> io::Result<()> {
        let Some(terminal) = &mut self.terminal else { return Ok(()) };
        execute!(terminal.backend_mut(), Print(if take { TAKE_MOUSE } else { RELEASE_MOUSE }))
    }
}

/// Buttons, the wheel and movement with a button held. Not every movement: each would wake the program.
const TAKE_MOUSE: &str = "\x1b[?1000h\x1b[?1002h\x1b[?1006h";
const RELEASE_MOUSE: &str = "\x1b[?1006l\x1b[?1002l\x1b[?1000l";

impl Screen {
    /// Give the terminal back. False where nothing can be said there any more: whoever prints would wait for
    /// ever.
    #[must_use]
    pub fn close(self) -> bool {
        let gauge = self.gauge.clone();
        drop(self);
        gauge.is_free()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // First, while stderr is still captured: where the line has dropped, the library would complain
        // to a terminal that is gone, and panic because it cannot.
        self.terminal = None;
        self.saved.give_back(&self.gauge);
    }
}

impl Saved {
    fn take() -> io::Result<Self> {
        let stdout = io::stdout().as_fd().try_clone_to_owned()?;
        Ok(Self { tty: stdout.try_clone()?, stdout, stderr: io::stderr().as_fd().try_clone_to_owned()? })
    }

    fn try_clone(&self) -> io::Result<Self> {
        Ok(Self { tty: self.tty.try_clone()?, stdout: self.stdout.try_clone()?, stderr: self.stderr.try_clone()? })
    }

    /// Put the terminal and the two descriptors back. Nothing can be done about an error here: the
    /// terminal is probably gone.
    fn give_back(&self, gauge: &Gauge) {
        self.release(gauge);
        let _ = rustix::stdio::dup2_stdout(&self.stdout);
        let _ = rustix::stdio::dup2_stderr(&self.stderr);
    }

    /// Put the terminal back alone; what libraries print stays captured. A line that takes nothing any more
    /// is told nothing.
    fn release(&self, gauge: &Gauge) {
        if gauge.drain(LAST_FRAME)
            && let Ok(tty) = self.tty.try_clone()
        {
            let mut tty = File::from(tty);
            let plain = SetAttribute(Attribute::Reset);
            let _ = execute!(tty, EndSynchronizedUpdate, plain, Print(RELEASE_MOUSE), DisableBracketedPaste);
            let _ = execute!(tty, LeaveAlternateScreen, Show);
            let _ = tty.flush();
        }
        let _ = disable_raw_mode();
    }
}

/// Give the terminal back before a panic of this thread is printed. A panic of another thread is
/// printed to the captured stderr, which the Log screen shows and the log file keeps.
fn give_back_on_panic(saved: Saved, gauge: Gauge) {
    let ui = thread::current().id();
    let previous = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if thread::current().id() == ui {
            saved.give_back(&gauge);
        }
        previous(info);
    }));
}
