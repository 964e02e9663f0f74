//! A person at a terminal: a pseudo-terminal, an emulator that reads it, and keys.

use std::{
    io::{Read as _, Write as _},
    os::fd::OwnedFd,
    path::Path,
    process::{Child, ExitStatus},
    sync::{Arc, Condvar, Mutex},
    thread,
    time::{Duration, Instant},
};

use pty_process::{Size, blocking::Command};
use rustix::{process::Signal, termios::Termios};

/// Far longer than anything takes: only a test that fails waits so long.
const PATIENCE: Duration = Duration::from_mins(1);

/// The program in a terminal.
pub struct Terminal {
    keyboard: std::fs::File,
    emulator: Arc<(Mutex<Emulator>, Condvar)>,
    child: Child,
    before: Termios,
}

struct Emulator {
    parser: vt100::Parser,
    /// Everything that the program sent.
    raw: Vec<u8>,
    closed: bool,
    /// The reader is to let go of the terminal.
    hung_up: bool,
    /// The reader reads nothing more.
    stalled: bool,
}

impl Terminal {
    /// Start `avsc-tui` with `args` in a terminal of `columns` × `rows`, with `cache` as its cache folder.
    pub fn start(columns: u16, rows: u16, cache: &Path, args: &[&str]) -> Self {
        let args: Vec<_> = args.iter().map(|&word| word.to_owned()).collect();
        Self::start_below(columns, rows, cache, &[], &args)
    }

    /// The same with the words of `above` before the program's.
    pub fn start_below(columns: u16, rows: u16, cache: &Path, above: &[&str], args: &[String]) -> Self {
        let (pty, pts) = pty_process::blocking::open().unwrap();
        pty.resize(Size::new(rows, columns)).unwrap();
        let before = rustix::termios::tcgetattr(&pty).unwrap();
        let mut words = above.iter().copied().chain([env!("CARGO_BIN_EXE_avsc-tui")]);
        let command = Command::new(words.next().unwrap_or_default()).args(words).args(args).current_dir(cache);
        let command = command
            .env("XDG_CACHE_HOME", cache)
            .env("XDG_STATE_HOME", cache.join("state"))
            .env("HOME", cache)
            .env("TERM", "xterm-256color")
            .env("LANG", "C.UTF-8");
        let child = command.env_remove("NO_COLOR").spawn(pts).unwrap();
        let keyboard = std::fs::File::from(OwnedFd::from(pty));
        let mut output = keyboard.try_clone().unwrap();
        let parser = vt100::Parser::new(rows, columns, 0);
        let emulator = Arc::new((
            Mutex::new(Emulator { parser, raw: Vec::new(), closed: false, hung_up: false, stalled: false }),
            Condvar::new(),
        ));
        let shared = Arc::clone(&emulator);
        thread::spawn(move || {
            let mut bytes = [0; 8192];
            // The end of a pseudo-terminal is an error, not an end of file.
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                let mut emulator = shared.0.lock().unwrap();
                emulator = shared.1.wait_while(emulator, |emulator| emulator.stalled).unwrap();
                if emulator.hung_up {
                    break;
                }
                emulator.parser.process(&bytes[..count]);
                emulator.raw.extend_from_slice(&bytes[..count]);
                shared.1.notify_all();
            }
            drop(output);
            shared.0.lock().unwrap().closed = true;
            shared.1.notify_all();
        });
        Self { keyboard, emulator, child, before }
    }

    /// Type `keys`.
    pub fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    pub fn resize(&mut self, columns: u16, rows: u16) {
        self.emulator.0.lock().unwrap().parser.screen_mut().set_size(rows, columns);
        let size = rustix::termios::Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        rustix::termios::tcsetwinsize(&self.keyboard, size).unwrap();
    }

    /// Wait until the screen shows what `fact` looks for, and return its text.
    pub fn wait(&self, what: &str, fact: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + PATIENCE;
        let mut emulator = self.emulator.0.lock().unwrap();
        loop {
            let text = emulator.parser.screen().contents();
            if fact(&text) {
                return text;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || emulator.closed {
                drop(emulator);
                panic!("waiting for {what}; the screen was:\n{text}");
            }
            emulator = self.emulator.1.wait_timeout(emulator, left).unwrap().0;
        }
    }

    /// Wait until `text` stands on the screen.
    pub fn see(&self, text: &str) -> String {
        self.wait(text, |screen| screen.contains(text))
    }

    /// Print `line` as a library in the program would, to its stderr.
    #[cfg(target_os = "linux")]
    pub fn print_within(&self, line: &str) {
        let stderr = format!("/proc/{}/fd/2", self.child.id());
        writeln!(std::fs::OpenOptions::new().write(true).open(stderr).unwrap(), "{line}").unwrap();
    }

    pub fn signal(&self, signal: Signal) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).unwrap();
    }

    /// Send `signal` to the program below the shell.
    #[cfg(target_os = "linux")]
    pub fn signal_child(&self, signal: Signal) {
        let path = format!("/proc/{0}/task/{0}/children", self.child.id());
        let children = std::fs::read_to_string(path).unwrap();
        let pid = children.split_whitespace().next().and_then(|pid| pid.parse().ok()).unwrap();
        rustix::process::kill_process(rustix::process::Pid::from_raw(pid).unwrap(), signal).unwrap();
    }

    /// Wait until the program has sent `bytes`.
    pub fn hear(&self, bytes: &[u8]) {
        let deadline = Instant::now() + PATIENCE;
        let mut emulator = self.emulator.0.lock().unwrap();
        while !emulator.raw.windows(bytes.len()).any(|sent| sent == bytes) {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero() && !emulator.closed, "{:?} was not sent", String::from_utf8_lossy(bytes));
            emulator = self.emulator.1.wait_timeout(emulator, left).unwrap().0;
        }
    }

    /// Wait until one of `texts` stands on the screen: its place among them, or none where `bytes` are sent before.
    pub fn sees_before(&self, texts: &[&str], bytes: &[u8]) -> Option<usize> {
        let deadline = Instant::now() + PATIENCE;
        let mut emulator = self.emulator.0.lock().unwrap();
        loop {
            if emulator.raw.windows(bytes.len()).any(|sent| sent == bytes) {
                return None;
            }
            let screen = emulator.parser.screen().contents();
            if let Some(at) = texts.iter().position(|text| screen.contains(text)) {
                return Some(at);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero() && !emulator.closed, "none of {texts:?} on\n{screen}");
            emulator = self.emulator.1.wait_timeout(emulator, left).unwrap().0;
        }
    }

    /// How many bytes the program has sent.
    pub fn sent(&self) -> usize {
        self.emulator.0.lock().unwrap().raw.len()
    }

    /// All bytes that the program has sent.
    pub fn raw(&self) -> Vec<u8> {
        self.emulator.0.lock().unwrap().raw.clone()
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Wait until the program has ended; the terminal must be as it was before.
    pub fn end(self) -> ExitStatus {
        self.farewell().0
    }

    /// The same, with what then stands in the terminal.
    pub fn farewell(mut self) -> (ExitStatus, String) {
        let status = self.wait_for_exit();
        let emulator = self.emulator.0.lock().unwrap();
        let screen = emulator.parser.screen();
        assert!(!screen.alternate_screen(), "the alternate screen is still on");
        assert!(!screen.hide_cursor(), "the cursor is still hidden");
        assert!(!screen.bracketed_paste(), "bracketed paste is still on");
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None, "the mouse is still taken");
        let after = rustix::termios::tcgetattr(&self.keyboard).unwrap();
        assert_eq!(after.local_modes, self.before.local_modes, "echo and line editing are not as they were");
        assert_eq!(after.input_modes, self.before.input_modes);
        assert_eq!(after.output_modes, self.before.output_modes);
        (status, screen.contents())
    }

    /// Read nothing more, as a connection that hangs does, until [`Self::hang_up`].
    pub fn stall(&self) {
        self.emulator.0.lock().unwrap().stalled = true;
    }

    /// Wait until the program has ended, whatever becomes of what it said.
    pub fn wait_unheard(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "the program goes on");
            thread::yield_now();
        }
    }

    /// Close the terminal, as a line that drops does, and wait until the program has ended.
    pub fn hang_up(self) -> ExitStatus {
        let Self { keyboard, emulator, mut child, .. } = self;
        emulator.0.lock().unwrap().hung_up = true;
        drop(keyboard);
        child.wait().unwrap()
    }

    /// Kill the program as a crash would.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn wait_for_exit(&mut self) -> ExitStatus {
        // What the program says last arrives before the terminal closes, so the exit follows at once.
        let deadline = Instant::now() + PATIENCE;
        let mut emulator = self.emulator.0.lock().unwrap();
        while !emulator.closed {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "the program goes on:\n{}", emulator.parser.screen().contents());
            emulator = self.emulator.1.wait_timeout(emulator, left).unwrap().0;
        }
        drop(emulator);
        self.child.wait().unwrap()
    }
}
