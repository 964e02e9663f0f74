//! The program in a pseudo-terminal, used as a person uses it.

#![allow(clippy::unwrap_used, reason = "a helper fails its test by panicking")]

use std::{fs, path::Path};

use avsc_tui::{
    protocol::Outcome,
    runs::{self, RunEntry, State},
};
use rand::{RngExt as _, SeedableRng as _, seq::IndexedRandom as _};
use rand_xoshiro::Xoshiro256PlusPlus;
use rustix::process::Signal;
use tempfile::{TempDir, tempdir};

#[path = "dashboard/terminal.rs"]
#[allow(dead_code, reason = "the benchmarks use the rest of it")]
mod terminal;
use terminal::Terminal;

const ENTER: &str = "\r";
const CTRL_C: &str = "\x03";

/// A folder with a small set in the framework's layout, a cache and the runs.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        Self(tempdir().unwrap())
    }

    /// Open the dashboard; a run on the small set goes on until it is stopped.
    fn open(&self, columns: u16, rows: u16) -> Terminal {
        self.open_with(columns, rows, &[])
    }

    /// The same below a shell that goes on with the program once Enter is pressed.
    fn open_in_shell(&self, columns: u16, rows: u16) -> Terminal {
        let script = "set -m; \"$@\"; echo the shell is back; read -r line; fg";
        Terminal::start_below(columns, rows, self.0.path(), &["sh", "-c", script, "sh"], &self.arguments(&[]))
    }

    fn open_with(&self, columns: u16, rows: u16, more: &[&str]) -> Terminal {
        Terminal::start_below(columns, rows, self.0.path(), &[], &self.arguments(more))
    }

    fn arguments(&self, more: &[&str]) -> Vec<String> {
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/hdf5/framework");
        let runs = self.runs_dir();
        let arguments = ["--data", data.to_str().unwrap(), "--runs", runs.to_str().unwrap()];
        let endless = ["--set", "epochs=1000000", "--set", "early_stop=0", "--device", "flex"];
        // So small a run ends hundreds of epochs a second.
        let line = ["--set", "ui.bytes_per_second=0"];
        let all = [&arguments[..], &endless[..], &line[..], more].concat();
        all.into_iter().map(str::to_owned).collect()
    }

    fn runs_dir(&self) -> std::path::PathBuf {
        self.0.path().join("runs")
    }

    /// Epochs that the first run has come to the end of.
    fn epochs(&self) -> usize {
        let run = fs::read_dir(self.runs_dir()).unwrap().flatten().next().unwrap();
        let log = fs::read_to_string(run.path().join("events.jsonl")).unwrap();
        log.matches("\"type\":\"epoch_finished\"").count()
    }

    /// The one run was stopped, with its best model and the state that it could go on from.
    fn kept_its_state(&self) {
        let run = &self.runs()[0];
        assert_eq!(run.history.outcome(), Some(Outcome::Stopped));
        assert!(run.history.finished().unwrap().test.is_some(), "its best model was tested");
        let dir = runs::RunDir::at(&run.dir);
        assert!(dir.best().is_file() && dir.last().is_file());
    }

    fn runs(&self) -> Vec<RunEntry> {
        let (runs, problems) = runs::scan(&self.runs_dir());
        assert!(problems.is_empty(), "{problems:?}");
        runs
    }
}

/// The epoch that the footer names as `epoch 3/100`, once it does.
fn epoch(screen: &str) -> Option<usize> {
    screen.split(" epoch ").skip(1).find_map(|after| after.split_once('/')?.0.parse().ok())
}

#[test]
fn a_person_trains_switches_stops_and_leaves() {
    let desk = Desk::new();
    let mut terminal = desk.open(120, 40);
    // With nothing typed the first run trains.
    terminal.see("● training");
    terminal.see("▸2 Mid");
    terminal.wait("epoch 3", |screen| epoch(screen).is_some_and(|epoch| epoch >= 3));

    terminal.press("3");
    terminal.see("▸3 Late");
    terminal.press(ENTER);
    terminal.see("stop");
    terminal.press(ENTER);
    terminal.see("▸3 Late ●");
    terminal.wait("late fusion's epochs", |screen| epoch(screen).is_some_and(|epoch| epoch >= 2));

    terminal.press(" ");
    terminal.see("paused");
    terminal.press(" ");
    // So small a run may be seen at the end of its epochs every time.
    terminal.wait("training", |screen| screen.contains("● training") || screen.contains("● validating"));

    terminal.press("s");
    terminal.see("discard");
    terminal.press(ENTER);
    terminal.see("stopped");

    terminal.press("\t");
    terminal.see("test F1");
    terminal.press("q");
    assert_eq!(terminal.end().code(), Some(0));

    let runs = desk.runs();
    let modes: Vec<_> = runs.iter().map(|run| run.history.started.as_ref().unwrap().mode.name()).collect();
    assert_eq!(modes, ["mid", "late"]);
    for run in &runs {
        assert_eq!(run.history.outcome(), Some(Outcome::Stopped), "{}", run.name);
        assert!(run.dir.join("prediction.csv").is_file() && run.dir.join("best.safetensors").is_file());
    }
}

#[test]
fn what_waits_is_asked_about_after_a_kill_and_trained_when_told() {
    let desk = Desk::new();
    let mut terminal = desk.open(120, 40);
    terminal.see("● training");
    terminal.press("3");
    terminal.see("▸3 Late");
    terminal.press(ENTER);
    terminal.see("queue this behind it");
    terminal.press("q");
    // It is kept as soon as the person has paused for a moment.
    let views = desk.0.path().join("state/avsc-tui/views");
    let kept = || {
        let files = fs::read_dir(&views).into_iter().flatten().flatten();
        files.filter_map(|file| fs::read_to_string(file.path()).ok()).any(|text| text.contains("\"queue\":[{"))
    };
    terminal.wait("the queue to be kept", |_| kept());
    terminal.kill();

    let mut terminal = desk.open(120, 40);
    terminal.see("1 run still waited when the dashboard was left");
    assert_eq!(desk.runs().len(), 1, "nothing is trained unasked");
    terminal.press(ENTER);
    terminal.see("▸3 Late ●");
    terminal.press(CTRL_C);
    assert_eq!(terminal.end().code(), Some(0));
    let modes: Vec<_> = desk.runs().iter().map(|run| run.history.started.as_ref().unwrap().mode.name()).collect();
    assert_eq!(modes, ["mid", "late"]);
    assert!(!kept(), "what was trained waits no more");
}

#[test]
fn a_deleted_run_comes_back_after_a_restart_until_the_trash_is_emptied() {
    let desk = Desk::new();
    let mut terminal = desk.open(120, 40);
    terminal.wait("epoch 2", |screen| epoch(screen).is_some_and(|epoch| epoch >= 2));
    terminal.press("s");
    terminal.see("discard");
    terminal.press(ENTER);
    terminal.see("stopped");
    terminal.press("\t");
    terminal.see("1 run ");
    terminal.press("D");
    terminal.see("deleted ");
    terminal.press("q");
    assert_eq!(terminal.end().code(), Some(0));
    assert!(desk.runs().is_empty());

    let mut terminal = desk.open_with(120, 40, &["--set", "ui.autostart=false"]);
    terminal.see("No runs yet");
    terminal.press("u");
    terminal.see(" is back");
    terminal.see("1 run ");
    terminal.press("D");
    terminal.see("deleted ");
    terminal.press(":empty\r");
    terminal.see("Empty the trash? 1 run, ");
    terminal.press("p");
    terminal.see("1 run deleted for good");
    terminal.press("q");
    assert_eq!(terminal.end().code(), Some(0));
    assert!(desk.runs().is_empty());
    assert_eq!(fs::read_dir(desk.runs_dir().join(".trash")).unwrap().count(), 0);
}

#[test]
fn with_no_color_set_no_screen_sends_a_colour() {
    let desk = Desk::new();
    let above = ["env", "NO_COLOR=1"];
    let mut terminal = Terminal::start_below(120, 40, desk.0.path(), &above, &desk.arguments(&[]));
    terminal.wait("epoch 3", |screen| epoch(screen).is_some_and(|epoch| epoch >= 3));
    for (keys, there) in [
        ("w\x1b[D", "▾"),
        ("\x1b", "!Esc leave"),
        ("\t", "╭ 1 run"),
        ("\t", "settings that differ"),
        ("b", "╭ 1 group"),
        ("\t", "No study in this runs folder yet"),
        ("\t", "╭ log"),
        ("T", "colours: "),
        (":", "╭ command"),
        ("\x1b", "!╭ command"),
        ("?", "type to search"),
        ("\x1b", "!type to search"),
        ("s", "discard"),
        (ENTER, "stopped"),
        ("\t", "╭ test of epoch"),
    ] {
        terminal.press(keys);
        // Behind an Esc nothing may come before it was taken.
        match there.strip_prefix('!') {
            Some(gone) => terminal.wait("it to go", |screen| !screen.contains(gone)),
            None => terminal.see(there),
        };
    }
    terminal.press("q");
    let colours = colours(&terminal.raw());
    assert_eq!(terminal.end().code(), Some(0));
    assert_eq!(colours, Vec::<String>::new());
}

/// The SGR sequences among `bytes` that choose a colour: 30 to 38, 40 to 48, 90 to 97 and 100 to 107.
fn colours(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let sequences = text.split("\x1b[").skip(1);
    let chooses = |number: &str| matches!(number.parse::<u16>(), Ok(30..=38 | 40..=48 | 90..=97 | 100..=107));
    let sgr = sequences.filter_map(|sequence| {
        let end = sequence.find(|mark: char| !matches!(mark, '0'..='9' | ';' | ':'))?;
        sequence[end..].starts_with('m').then(|| sequence[..end].to_owned())
    });
    sgr.filter(|numbers| numbers.split([';', ':']).any(chooses)).collect()
}

#[test]
fn a_killed_run_is_interrupted_and_can_be_resumed() {
    let desk = Desk::new();
    let terminal = desk.open(80, 24);
    terminal.wait("epoch 3", |screen| epoch(screen).is_some_and(|epoch| epoch >= 3));
    terminal.kill();
    let run = &desk.runs()[0];
    assert!(run.interrupted && matches!(run.history.state, State::Training));

    let mut terminal = desk.open(80, 24);
    terminal.see("interrupted");
    terminal.press("r");
    terminal.see("● training");
    let reached = run.history.last_epoch();
    terminal.wait("an epoch past the old ones", |screen| epoch(screen).is_some_and(|epoch| epoch > reached + 1));
    // Ctrl-C is a graceful stop and exit.
    terminal.press(CTRL_C);
    assert_eq!(terminal.end().code(), Some(0));

    let runs = desk.runs();
    assert_eq!(runs.len(), 1, "the run went on in its own directory");
    assert_eq!(runs[0].history.resumed_from.len(), 1);
    assert_eq!(runs[0].history.outcome(), Some(Outcome::Stopped));
}

#[test]
fn leaving_with_a_live_run_asks_first_and_keeps_the_best() {
    let desk = Desk::new();
    let mut terminal = desk.open(120, 40);
    terminal.wait("epoch 3", |screen| epoch(screen).is_some_and(|epoch| epoch >= 3));
    terminal.press("q");
    terminal.see("Esc");
    terminal.press("y");
    assert_eq!(terminal.end().code(), Some(0));
    let run = &desk.runs()[0];
    assert_eq!(run.history.outcome(), Some(Outcome::Stopped));
    assert!(run.history.finished().unwrap().test.is_some());
}

#[test]
fn a_signal_ends_it_whole() {
    for signal in [Signal::TERM, Signal::HUP] {
        let desk = Desk::new();
        let terminal = desk.open(80, 24);
        terminal.wait("epoch 2", |screen| epoch(screen).is_some_and(|epoch| epoch >= 2));
        terminal.signal(signal);
        assert_eq!(terminal.end().code(), Some(0), "{signal:?}");
        desk.kept_its_state();
    }
}

#[test]
fn a_line_that_drops_ends_it_and_keeps_the_best() {
    let desk = Desk::new();
    let terminal = desk.open(120, 40);
    terminal.wait("epoch 2", |screen| epoch(screen).is_some_and(|epoch| epoch >= 2));
    terminal.hang_up();
    desk.kept_its_state();
}

#[test]
fn a_line_that_hangs_keeps_no_signal_from_being_heard() {
    let desk = Desk::new();
    let mut terminal = desk.open(120, 40);
    terminal.wait("epoch 2", |screen| epoch(screen).is_some_and(|epoch| epoch >= 2));
    terminal.stall();
    // Far more than a terminal keeps for a reader that does not read: each size is drawn anew, while it trains on.
    for round in 0..100 {
        terminal.resize(120 + round % 2, 40);
        let reached = desk.epochs();
        until("the next epochs", || (desk.epochs() > reached + 1).then_some(()));
    }
    terminal.signal(Signal::TERM);
    assert_eq!(terminal.wait_unheard().code(), Some(0));
    desk.kept_its_state();
}

#[test]
fn ctrl_c_twice_leaves_at_once_and_gives_the_terminal_back() {
    let desk = Desk::new();
    let mut terminal = desk.open(120, 40);
    // An epoch is told of before its state is written; that of the first is there once the second has ended.
    terminal.wait("epoch 3", |screen| epoch(screen).is_some_and(|epoch| epoch >= 3));
    terminal.press(CTRL_C);
    terminal.press(CTRL_C);
    // Where the run was stopped before the second one came, it has left already.
    assert!(matches!(terminal.end().code(), Some(0 | 130)));
    let run = &desk.runs()[0];
    assert!(run.dir.join("last").is_dir(), "whatever was kept is whole: {:?}", run.history.state);
}

#[test]
fn any_size_will_do() {
    let desk = Desk::new();
    let mut terminal = desk.open(120, 40);
    terminal.see("● training");
    terminal.resize(30, 8);
    terminal.wait("the size that is needed", |screen| screen.contains("40") && screen.contains("12"));
    terminal.resize(1, 1);
    terminal.resize(80, 24);
    terminal.see("training");
    terminal.resize(40, 12);
    terminal.see("epoch");
    terminal.press(CTRL_C);
    assert_eq!(terminal.end().code(), Some(0));
}

#[test]
fn broken_data_is_told_and_the_dashboard_lives() {
    let desk = Desk::new();
    let data = desk.0.path().join("nothing");
    fs::create_dir(&data).unwrap();
    let arguments = ["--data", data.to_str().unwrap(), "--runs", "runs"];
    let mut terminal = Terminal::start(120, 40, desk.0.path(), &arguments);
    terminal.see("nothing");
    terminal.see("audio_features_data");
    terminal.press("q");
    assert_eq!(terminal.end().code(), Some(0));
    assert!(desk.runs().is_empty(), "no debris");
}

#[test]
fn a_key_that_comes_with_a_resize_counts_at_once() {
    let desk = Desk::new();
    let mut terminal = desk.open(120, 40);
    terminal.see("● training");
    for round in 0..40 {
        let (key, tab) = if round % 2 == 0 { ("3", "▸3 Late") } else { ("1", "▸1 Early") };
        terminal.resize(100 + round, 30);
        terminal.press(key);
        terminal.see(tab);
    }
    terminal.press(CTRL_C);
    assert_eq!(terminal.end().code(), Some(0));
}

#[cfg(target_os = "linux")]
#[test]
fn what_libraries_print_is_kept_and_stays_off_the_screen() {
    let desk = Desk::new();
    let mut terminal = desk.open(120, 40);
    terminal.see("● training");
    terminal.print_within("a word from below");
    terminal.press("\t\t\t\t");
    terminal.see("output kept in");
    terminal.see("output   a word from below");
    terminal.press("1");
    terminal.wait("a screen without it", |text| text.contains("▸1 Early") && !text.contains("a word from below"));
    terminal.kill();
    let kept = fs::read_to_string(desk.0.path().join("avsc-tui/log/output.log")).unwrap();
    let lines: Vec<_> = kept.lines().collect();
    assert!(lines[0].starts_with("-- ") && lines[0].contains("process"), "{kept}");
    assert!(lines.contains(&"a word from below"), "{kept}");
}

/// A click of the left button on the cell at `column` and `row`, from 1.
fn click(column: u16, row: u16) -> String {
    format!("\x1b[<0;{column};{row}M\x1b[<0;{column};{row}m")
}

#[test]
fn the_mouse_chooses_a_mode_and_is_given_back() {
    let desk = Desk::new();
    let mut terminal = desk.open(120, 40);
    let screen = terminal.see("● training");
    terminal.hear(b"\x1b[?1000h");
    let header = screen.lines().next().unwrap();
    let column = header.split_once("5 Audio").unwrap().0.chars().count() as u16 + 1;
    terminal.press(&click(column, 1));
    terminal.see("▸5 Audio");
    terminal.press("m");
    terminal.see("the mouse selects text");
    terminal.hear(b"\x1b[?1000l");
    terminal.press("m");
    terminal.wait("the mouse taken back", |screen| !screen.contains("the mouse selects text"));
    terminal.press(CTRL_C);
    assert_eq!(terminal.end().code(), Some(0));
}

#[test]
fn the_table_goes_to_the_terminals_clipboard() {
    use base64::Engine as _;
    let desk = Desk::new();
    let mut terminal = desk.open(120, 40);
    terminal.wait("epoch 2", |screen| epoch(screen).is_some_and(|epoch| epoch >= 2));
    terminal.press("y");
    terminal.see("copied");
    let head = base64::engine::general_purpose::STANDARD.encode("epoch\ttrain loss\tval los");
    terminal.hear(format!("\x1b]52;c;{head}").as_bytes());
    terminal.press(CTRL_C);
    assert_eq!(terminal.end().code(), Some(0));
}

#[test]
fn on_leaving_the_runs_of_the_sitting_stay_in_the_scrollback() {
    let desk = Desk::new();
    let mut terminal = desk.open(120, 40);
    terminal.wait("epoch 3", |screen| epoch(screen).is_some_and(|epoch| epoch >= 3));
    terminal.press("qy");
    let (status, text) = terminal.farewell();
    assert_eq!(status.code(), Some(0));
    let run = &desk.runs()[0];
    for part in [run.name.as_str(), "stopped after ", "best epoch ", "test accuracy ", "avsc-tui train --resume "] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    // Whoever only looks is told nothing.
    let mut terminal = desk.open(120, 40);
    terminal.see("stopped");
    terminal.press("q");
    let (_, text) = terminal.farewell();
    assert!(!text.contains("best epoch"), "{text}");
}

#[test]
fn the_view_is_as_it_was_left() {
    let desk = Desk::new();
    let mut terminal = desk.open(120, 40);
    terminal.see("● training");
    terminal.press("T");
    terminal.see("colours: dark");
    terminal.press("\t");
    terminal.see("newest first");
    terminal.press("lo");
    terminal.see("by seed");
    terminal.press(CTRL_C);
    assert_eq!(terminal.end().code(), Some(0));
    let mut terminal = desk.open(120, 40);
    terminal.see("by seed");
    terminal.press("T");
    terminal.see("colours: light");
    terminal.press("q");
    terminal.end();

    let views = desk.0.path().join("state/avsc-tui/views");
    let view = fs::read_dir(views).unwrap().next().unwrap().unwrap().path();
    fs::write(&view, "{\"v\":1,\"runs\":3").unwrap();
    let mut terminal = desk.open(120, 40);
    terminal.see("stopped");
    terminal.press("q");
    assert_eq!(terminal.end().code(), Some(0), "a damaged file does no harm");
}

#[test]
fn a_command_is_called_with_the_facts_and_no_shell() {
    let desk = Desk::new();
    let out = desk.0.path().join("facts");
    let config = desk.0.path().join("config.toml");
    // The redirection is in the script, not in an argument that anything expands.
    let script = "printf '%s|%s|%s' \"$AVSC_EVENT\" \"$AVSC_MODE\" \"$1\" > \"$OUT.part\" && mv \"$OUT.part\" \"$OUT\"";
    let words = format!("[\"env\", \"OUT={}\", \"sh\", \"-c\", {script:?}, \"sh\", \"$HOME;id\"]", out.display());
    fs::write(&config, format!("[notify]\nbest = [\"command\", \"osc9\", \"bell\"]\ncommand = {words}\n")).unwrap();
    let mut terminal = desk.open_with(120, 40, &["--config", config.to_str().unwrap()]);
    terminal.hear(b"\x1b]9;");
    terminal.hear(b"\x07");
    terminal.wait("the third epoch", |screen| epoch(screen).is_some_and(|epoch| epoch >= 3));
    terminal.press(CTRL_C);
    assert_eq!(terminal.end().code(), Some(0));
    assert_eq!(fs::read_to_string(out).unwrap(), "best|mid|$HOME;id");

    let broken = ["--set", "notify.best=[\"command\"]", "--set", "notify.command=[\"/nowhere/bell\"]"];
    let mut terminal = desk.open_with(120, 40, &broken);
    terminal.see("stopped");
    terminal.press(ENTER);
    terminal.see("starting /nowhere/bell");
    terminal.press(CTRL_C);
    assert_eq!(terminal.end().code(), Some(0));
}

#[test]
fn a_run_is_deleted_brought_back_and_named_and_one_of_another_process_appears() {
    let desk = Desk::new();
    let mut terminal = desk.open_with(120, 40, &["--set", "epochs=2"]);
    terminal.see("2 epochs in");
    terminal.press("\t");
    terminal.see("1 run · newest first");
    let run = desk.runs()[0].dir.clone();
    terminal.press("Nthe first one\rtgood\r");
    terminal.see("the first one");
    terminal.press("D");
    terminal.see("u brings it back");
    terminal.see("No runs yet");
    assert!(!run.exists() && desk.runs_dir().join(".trash").is_dir());
    terminal.press("u");
    terminal.see("is back");
    terminal.see("1 run · newest first");
    assert!(run.join("events.jsonl").is_file());
    assert!(fs::read_to_string(run.join("notes.toml")).unwrap().contains("label = \"the first one\""));

    // Another process writes a run into the same folder, and goes on writing.
    let copy = desk.runs_dir().join("20270101T000000Z-mid-s0");
    fs::create_dir(&copy).unwrap();
    let log = fs::read_to_string(run.join("events.jsonl")).unwrap();
    let log = log.replace("\"host\":\"", "\"host\":\"far-");
    let lines: Vec<&str> = log.lines().collect();
    fs::write(copy.join("events.jsonl"), format!("{}\n", lines[0])).unwrap();
    terminal.see("2 runs · newest first");
    terminal.see("elsewhere");
    fs::write(copy.join("events.jsonl"), &log).unwrap();
    terminal.wait("both finished", |screen| screen.matches("✔ finished").count() == 2);
    terminal.press("/the first\r");
    terminal.see("1 of 2 runs");
    terminal.press("q");
    assert_eq!(terminal.end().code(), Some(0));
}

/// Wait until `fact` tells something.
fn until<T>(what: &str, fact: impl Fn() -> Option<T>) -> T {
    let start = std::time::Instant::now();
    loop {
        if let Some(found) = fact() {
            return found;
        }
        assert!(start.elapsed().as_secs() < 60, "waiting for {what}");
        std::thread::yield_now();
    }
}

#[test]
fn leaving_is_heard_at_any_moment_of_the_start() {
    for keys in 0..12 {
        let desk = Desk::new();
        let mut terminal = desk.open(120, 40);
        terminal.see("Early");
        // A little later each time.
        for _ in 0..keys {
            terminal.press("T");
        }
        terminal.press(CTRL_C);
        assert_eq!(terminal.end().code(), Some(0));
    }
}

#[test]
fn a_view_survives_a_kill() {
    let desk = Desk::new();
    let mut terminal = desk.open(120, 40);
    terminal.see("● training");
    terminal.press("T");
    terminal.see("colours: dark");
    let views = desk.0.path().join("state/avsc-tui/views");
    until("the view", || {
        let file = fs::read_dir(&views).ok()?.flatten().find(|file| file.path().extension().is_some())?;
        fs::read_to_string(file.path()).ok().filter(|text| text.contains("dark"))
    });
    terminal.kill();
    let mut terminal = desk.open(120, 40);
    terminal.see("interrupted");
    terminal.press("T");
    terminal.see("colours: light");
    terminal.press("q");
    assert_eq!(terminal.end().code(), Some(0));
}

#[cfg(target_os = "linux")]
#[test]
fn the_shell_gets_the_terminal_back_and_fg_goes_on() {
    for suspend in ["\x1a", "signal"] {
        let desk = Desk::new();
        let mut terminal = desk.open_in_shell(100, 30);
        terminal.wait("epoch 2", |screen| epoch(screen).is_some_and(|epoch| epoch >= 2));
        if suspend == "signal" {
            terminal.signal_child(Signal::TSTP);
        } else {
            terminal.press(suspend);
        }
        let screen = terminal.see("the shell is back");
        assert!(!screen.contains("avsc-tui"), "the screen is the shell's: {screen}");
        terminal.press("\n");
        terminal.wait("the dashboard again", |screen| screen.contains("Early") && screen.contains("confusion"));
        terminal.press("3");
        terminal.see("▸3 Late");
        terminal.press(CTRL_C);
        assert_eq!(terminal.end().code(), Some(0), "{suspend:?}");
    }
    // Where no shell waits, nothing could go on with the program.
    let desk = Desk::new();
    let mut terminal = desk.open(120, 40);
    terminal.see("Early");
    terminal.press("\x1a");
    terminal.see("there is no shell to go back to");
    terminal.press(CTRL_C);
    assert_eq!(terminal.end().code(), Some(0));
}

/// What a hand on the keyboard, or a cat, may send. No Ctrl-Z, nor Ctrl-C: typed just after the program has
/// left, it makes the kernel throw away what was said last.
fn anything(rng: &mut Xoshiro256PlusPlus) -> String {
    let keys = "123456\r\t srvxcnIRkedtl?:mTgGjhwXzp{}+-,.KJ0LaeoO[]f/SCDuNHibQAMEUWYBFPVy<>=!*\x7f\x17\x15\x0b\x04 ";
    let (column, row) = (rng.random_range(1..130), rng.random_range(1..45));
    match rng.random_range(0..20) {
        0..11 => keys.chars().nth(rng.random_range(0..keys.len())).unwrap_or('x').to_string(),
        11 => {
            let number = [2, 3, 5, 6, 15, 17, 18, 19, 20, 21].choose(rng).unwrap();
            let letter = ["A", "B", "C", "D", "F", "H", "Z", "P", "1;5C", "1;2B"].choose(rng).unwrap();
            if rng.random() { format!("\x1b[{letter}") } else { format!("\x1b[{number}~") }
        }
        12..14 => "\x1b".to_owned(),
        14..17 => click(column, row),
        17 => format!("\x1b[<{};{column};{row}M", [32, 64, 65, 66, 67, 68, 80].choose(rng).unwrap()),
        18 => "\x1b[200~some\x1b]0;text\x07 e\u{301}\n\x1b[201~".to_owned(),
        _ => "qy".to_owned(),
    }
}

/// What the shell says once the program has ended.
const ENDED: &[u8] = b"it has ended";

/// The question that comes by itself.
const WAITED: &str = "still waited when the dashboard was left";

/// The program below a shell that stays until it is told that all was seen: what a session's leader says
/// last may be lost with it.
fn abused(desk: &Desk) -> Terminal {
    let script = "\"$@\"; code=$?; echo it has ended; while read -r line; do [ \"$line\" = seen ] && exit $code; done";
    let terminal = Terminal::start_below(
        120,
        40,
        desk.0.path(),
        &["sh", "-c", script, "sh"],
        &desk.arguments(&["--set", "epochs=40"]),
    );
    terminal.see("Early");
    terminal
}

/// The program has been asked to leave: the terminal must be whole.
fn left(mut terminal: Terminal) {
    // What was typed meanwhile is not the shell's affair.
    terminal.hear(ENDED);
    terminal.press("\x15\nseen\n");
    let code = terminal.end().code();
    assert!(matches!(code, Some(0 | 130)), "{code:?}");
}

/// Thirty thousand keys, clicks, pastes and sizes; `AVSC_ABUSE=4`, as in CI, goes on four times as long.
#[test]
fn whatever_is_done_to_it_it_answers_and_gives_the_terminal_back() {
    let rounds = std::env::var("AVSC_ABUSE").map_or(1, |times| times.parse::<u32>().unwrap()) * 700;
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(8);
    let desk = Desk::new();
    let mut terminal = abused(&desk);
    let mut ended = 0;
    for round in 0..rounds {
        for _ in 0..40 {
            terminal.press(&anything(&mut rng));
            if rng.random_ratio(1, 20) {
                // The emulator has troubles of its own where a frame meets a terminal of a few cells.
                terminal.resize(rng.random_range(20..140), rng.random_range(5..60));
            }
        }
        // Directories come and go below it.
        let dirs: Vec<_> =
            fs::read_dir(desk.runs_dir()).into_iter().flatten().flatten().map(|dir| dir.path()).collect();
        if let Some(dir) = dirs.choose(&mut rng).filter(|_| round % 5 == 4) {
            let _ = fs::remove_dir_all(dir);
        }
        let _ = fs::create_dir_all(desk.runs_dir().join(format!("odd-{}", round % 7)));
        // Whatever state it is in, Esc leads out of it, asking where something would be lost, and keys are heard.
        let (mode, tab) = if round % 2 == 0 { ("3", "▸3 Late") } else { ("4", "▸4 Hybrid") };
        let way_out = format!("{}{mode}", "\x1b\x1bf".repeat(8));
        terminal.resize(120, 40);
        // First what ends any sequence that the keys before may have begun by chance.
        terminal.press("~~~mm");
        terminal.press(&way_out);
        let mut seen = terminal.sees_before(&[tab, WAITED], ENDED);
        // The runs of the sitting before are asked about once, when the folder has been read.
        if seen == Some(1) {
            terminal.press(&way_out);
            seen = terminal.sees_before(&[tab], ENDED);
        }
        if seen.is_none() {
            ended += desk.runs().iter().filter(|run| run.history.is_over()).count();
            left(terminal);
            terminal = abused(&desk);
        }
    }
    terminal.press(CTRL_C);
    left(terminal);
    assert!(ended > 0, "runs came to their end meanwhile");
}
