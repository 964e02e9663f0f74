//! Commands that come to a run through files: from several senders, damaged, too late.

#![allow(clippy::unwrap_used, reason = "a helper fails its test by panicking")]

use std::{
    fs,
    os::unix::fs::symlink,
    path::PathBuf,
    process::Command,
    sync::Barrier,
    thread,
    time::{Duration, Instant},
};

use avsc_tui::{
    config::Mode,
    protocol::{Outcome, RunEvent, Setting, Steer, StopMode, Writer},
    runs::{
        History, RunDir,
        commands::{self, Inbox, LOOK},
        history::Acknowledged,
        log::LogReader,
    },
};
use rustix::fs::{CWD, FileType, mknodat};
use tempfile::{TempDir, tempdir};

mod support;
use support::{config, dataset, new_run, train};

/// A run directory of which a writer has begun.
fn begun() -> (TempDir, RunDir, History) {
    let folder = tempdir().unwrap();
    let dir = RunDir::at(folder.path().join("run"));
    fs::create_dir(dir.path()).unwrap();
    let mut history = History::default();
    history.next_seq = 1;
    (folder, dir, history)
}

/// Everything that is in the inbox, taken as a writer does.
fn take(inbox: &mut Inbox, history: &mut History, now: Instant) -> Vec<(String, Result<Steer, String>)> {
    let mut taken = Vec::new();
    while let Some(arrived) = inbox.next(history, now) {
        let refused = arrived.what.clone().err();
        history.acknowledged.push(Acknowledged { command: arrived.command.clone(), refused });
        Inbox::remove(&arrived);
        taken.push((arrived.command, arrived.what));
    }
    taken
}

/// The names in the folder of commands.
fn left(dir: &RunDir) -> Vec<String> {
    let entries = fs::read_dir(dir.commands()).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn epochs(value: f64) -> Steer {
    Steer::Set { key: Setting::Epochs, value }
}

/// Sends commands when it is started by the test below, in a process of its own.
#[test]
#[ignore = "the other side of a test"]
fn sender() {
    let Some(dir) = std::env::var_os("AVSC_TEST_RUN") else { return };
    let first: f64 = std::env::var("AVSC_TEST_FIRST").unwrap().parse().unwrap();
    for offset in 0..100 {
        commands::send(&RunDir::at(PathBuf::from(&dir)), epochs(first + f64::from(offset)), 1).unwrap();
    }
}

#[test]
fn commands_of_several_processes_arrive_once_each_and_in_order() {
    let (_folder, dir, mut history) = begun();
    let mut inbox = Inbox::new(&dir);
    let mut senders: Vec<_> = [1000, 2000, 3000]
        .map(|first| {
            Command::new(std::env::current_exe().unwrap())
                .args(["--ignored", "--exact", "sender"])
                .env("AVSC_TEST_RUN", dir.path())
                .env("AVSC_TEST_FIRST", first.to_string())
                .stdout(std::process::Stdio::null())
                .spawn()
                .unwrap()
        })
        .into();
    let mut taken = Vec::new();
    let mut now = Instant::now();
    // They are taken while more come, with a look at every turn.
    while senders.iter_mut().any(|sender| sender.try_wait().unwrap().is_none()) {
        now += LOOK;
        taken.extend(take(&mut inbox, &mut history, now));
    }
    assert!(senders.iter_mut().all(|sender| sender.wait().unwrap().success()));
    for _ in 0..3 {
        now += LOOK;
        taken.extend(take(&mut inbox, &mut history, now));
    }
    assert_eq!(taken.len(), 300);
    for first in [1000.0, 2000.0, 3000.0] {
        let of_one: Vec<_> = taken.iter().filter_map(|(_, what)| what.clone().ok()).collect();
        let of_one: Vec<_> = of_one
            .into_iter()
            .filter(|what| matches!(what, Steer::Set { value, .. } if (first..first + 100.0).contains(value)))
            .collect();
        let sent: Vec<_> = (0..100).map(|offset| epochs(first + f64::from(offset))).collect();
        assert_eq!(of_one, sent, "the order of each sender is kept");
    }
    assert_eq!(left(&dir), [""; 0]);
}

#[test]
fn two_threads_that_send_at_once_never_take_each_others_number() {
    let (_folder, dir, mut history) = begun();
    let barrier = Barrier::new(4);
    let mut numbers: Vec<String> = thread::scope(|scope| {
        let send = || {
            barrier.wait();
            (0..50).map(|_| commands::send(&dir, Steer::Save, 1).unwrap()).collect::<Vec<_>>()
        };
        let senders: Vec<_> = (0..4).map(|_| scope.spawn(send)).collect();
        senders.into_iter().flat_map(|sender| sender.join().unwrap()).collect()
    });
    numbers.sort();
    let taken = take(&mut Inbox::new(&dir), &mut history, Instant::now() + LOOK);
    assert_eq!(taken.iter().map(|(number, _)| number).collect::<Vec<_>>(), numbers.iter().collect::<Vec<_>>());
}

#[test]
fn what_is_no_command_is_refused_and_kept_aside_and_holds_nothing_up() {
    let letter = |v: u32, what: &str| {
        format!(r#"{{"v":{v},"t":1,"by":{{"host":"h","pid":1,"started":1}},"seen":1,"what":{what}}}"#)
    };
    let whole = letter(1, r#""pause""#);
    for end in 0..whole.len() {
        let (_folder, dir, mut history) = begun();
        fs::create_dir(dir.commands()).unwrap();
        fs::write(dir.commands().join("1.json"), &whole[..end]).unwrap();
        let taken = take(&mut Inbox::new(&dir), &mut history, Instant::now() + LOOK);
        assert!(taken.len() == 1 && taken[0].1.as_ref().unwrap_err().contains("damaged"), "{taken:?}");
        assert_eq!(left(&dir), ["1.json.refused"]);
    }
    let cases: [(&str, String, Result<Steer, &str>); 7] = [
        ("a whole one", whole.clone(), Ok(Steer::Pause)),
        ("a stop", letter(1, r#"{"stop":"after_epoch"}"#), Ok(Steer::Stop(StopMode::AfterEpoch))),
        ("another format", letter(2, "{}"), Err("of format 2, this program reads format 1")),
        ("an unknown wish", letter(1, r#""explode""#), Err("damaged")),
        ("too long", whole.clone() + &" ".repeat(1 << 20), Err("longer than 16384 bytes")),
        ("no number", letter(1, r#"{"set":{"key":"train.lr","value":null}}"#), Err("damaged")),
        ("no text", "\u{0}\u{1b}[2J".to_owned(), Err("damaged")),
    ];
    for (reason, content, expected) in cases {
        let (_folder, dir, mut history) = begun();
        fs::create_dir(dir.commands()).unwrap();
        fs::write(dir.commands().join("1.json"), content).unwrap();
        let taken = take(&mut Inbox::new(&dir), &mut history, Instant::now() + LOOK);
        match (&taken[0].1, &expected) {
            (Ok(what), Ok(expected)) => assert_eq!(what, expected, "{reason}"),
            (Err(why), Err(expected)) => assert!(why.contains(expected), "{reason}: {why}"),
            other => panic!("{reason}: {other:?}"),
        }
    }

    let (folder, dir, mut history) = begun();
    fs::create_dir_all(dir.commands().join("1-folder.json")).unwrap();
    fs::write(folder.path().join("secret"), &whole).unwrap();
    symlink(folder.path().join("secret"), dir.commands().join("2-link.json")).unwrap();
    // Nobody will ever write into it: whoever opened it to read would wait for ever.
    mknodat(CWD, dir.commands().join("3-pipe.json"), FileType::Fifo, 0o600.into(), 0).unwrap();
    fs::write(dir.commands().join(".tmpfile.json"), &whole).unwrap();
    fs::write(dir.commands().join("README"), "not for us").unwrap();
    commands::send(&dir, Steer::Save, 1).unwrap();
    let mut inbox = Inbox::new(&dir);
    let taken = take(&mut inbox, &mut history, Instant::now() + LOOK);
    let obeyed: Vec<_> = taken.iter().map(|(_, what)| what.is_ok()).collect();
    assert_eq!(obeyed, [true, false, false, false], "{taken:?}");
    assert_eq!(
        left(&dir),
        [".tmpfile.json", "1-folder.json.refused", "2-link.json.refused", "3-pipe.json.refused", "README"]
    );
    assert!(folder.path().join("secret").is_file());
    assert!(take(&mut inbox, &mut history, Instant::now() + 9 * LOOK).is_empty(), "all of it was told once");
}

#[test]
fn a_writer_that_comes_back_is_not_surprised() {
    let (_folder, dir, mut history) = begun();
    history.next_seq = 9;
    // Taken by the writer before, which had no time to remove it; sent to that one and not taken; and
    // sent to the one that has resumed the run since.
    let taken = commands::send(&dir, Steer::Pause, 9).unwrap();
    history.acknowledged.push(Acknowledged { command: taken, refused: None });
    let late = commands::send(&dir, Steer::Stop(StopMode::Discard), 9).unwrap();
    (history.begun, history.next_seq) = (9, 10);
    let meant = commands::send(&dir, Steer::Save, 10).unwrap();
    let found = take(&mut Inbox::new(&dir), &mut history, Instant::now() + LOOK);
    assert_eq!(found.iter().map(|(command, _)| command.clone()).collect::<Vec<_>>(), [late, meant]);
    assert!(found[0].1.as_ref().unwrap_err().contains("too late"), "{found:?}");
    assert_eq!(found[1].1, Ok(Steer::Save));
    assert_eq!(left(&dir), [""; 0]);
}

#[test]
fn the_folder_is_looked_at_about_every_second() {
    let (_folder, dir, mut history) = begun();
    let mut inbox = Inbox::new(&dir);
    let start = Instant::now() + LOOK;
    assert!(take(&mut inbox, &mut history, start).is_empty(), "there is no folder yet");
    commands::send(&dir, Steer::Save, 1).unwrap();
    assert!(take(&mut inbox, &mut history, start + Duration::from_millis(900)).is_empty(), "it is too soon");
    // A look that took long is followed by a longer rest, but never by one of more than this.
    assert_eq!(take(&mut inbox, &mut history, start + Duration::from_secs(15)).len(), 1);
}

/// Where a server tells whole seconds, a command may come without changing the time of the folder.
#[test]
fn a_command_that_leaves_the_folders_time_as_it_was_is_found() {
    let (_folder, dir, mut history) = begun();
    let mut inbox = Inbox::new(&dir);
    let start = Instant::now() + LOOK;
    let keep = |time: std::time::SystemTime| fs::File::open(dir.commands()).unwrap().set_modified(time).unwrap();
    let mut taken_within = |seconds: std::ops::Range<u32>| -> usize {
        seconds.map(|second| take(&mut inbox, &mut history, start + LOOK * second).len()).sum()
    };
    commands::send(&dir, Steer::Pause, u64::MAX).unwrap();
    let time = fs::metadata(dir.commands()).unwrap().modified().unwrap();
    assert_eq!(taken_within(0..1), 1);
    keep(time);
    assert_eq!(taken_within(1..20), 0);
    commands::send(&dir, Steer::Resume, u64::MAX).unwrap();
    keep(time);
    // A look that took long is followed by a longer rest.
    assert_eq!(taken_within(20..60), 1);
}

#[test]
fn a_run_obeys_what_lies_in_its_folder_and_tells_of_it() {
    let folder = tempdir().unwrap();
    let config = config(Mode::Mid, folder.path(), &["epochs=2", "early_stop=0"]);
    let dir = new_run(&config);
    // What was sent before the run began is not for it; the run has seen one event by then.
    commands::send(&dir, Steer::Stop(StopMode::Discard), 0).unwrap();
    let lr = |value| Steer::Set { key: Setting::Lr, value };
    let sent: Vec<String> = [lr(1e9), lr(5e-3), epochs(2.5), epochs(4.0), Steer::Save, Steer::Pause, Steer::Resume]
        .map(|what| commands::send(&dir, what, 1).unwrap())
        .into();
    fs::write(dir.commands().join("zzz.json"), "{").unwrap();
    let (_, history) = train(&config, dataset(), dir.clone(), &[]).unwrap();
    assert_eq!((history.outcome(), history.last_epoch()), (Some(Outcome::Finished), 4));
    assert_eq!((history.changes.len(), history.saved.len()), (2, 1));
    let answers: Vec<_> =
        history.acknowledged.iter().map(|known| known.refused.as_deref().map_or("", |why| why)).collect();
    assert!(answers[0].contains("too late"), "{answers:?}");
    assert!(answers[1].contains("train.lr 1000000000: out of range"), "{answers:?}");
    assert_eq!((answers[2], answers[4], answers[5]), ("", "", ""), "{answers:?}");
    assert!(answers[3].contains("whole number"), "{answers:?}");
    assert!(answers[8].contains("damaged"), "{answers:?}");
    assert_eq!(answers.len(), 9, "{answers:?}");
    let numbers: Vec<_> = history.acknowledged[1..8].iter().map(|known| known.command.clone()).collect();
    assert_eq!(numbers, sent);
    assert_eq!(left(&dir), ["zzz.json.refused"]);

    // Each answer stands after what the command did.
    let events = LogReader::new(&dir.events()).read().unwrap().events;
    let at = |wanted: &dyn Fn(&RunEvent) -> bool| events.iter().position(|event| wanted(&event.event)).unwrap();
    let acknowledged = at(&|event| matches!(event, RunEvent::Acknowledged { command, .. } if *command == sent[4]));
    let saved = at(&|event| matches!(event, RunEvent::ModelSaved { .. }));
    assert_eq!(saved + 1, acknowledged);
}

#[test]
fn what_was_acknowledged_outlives_a_kill_in_that_very_moment() {
    let folder = tempdir().unwrap();
    let config = config(Mode::Mid, folder.path(), &["epochs=2", "early_stop=0"]);
    let dir = new_run(&config);
    let asked = [
        epochs(3.0),
        Steer::Set { key: Setting::Lr, value: 5e-3 },
        Steer::Save,
        Steer::Set { key: Setting::EarlyStop, value: 9.0 },
    ];
    let sent = asked.clone().map(|what| commands::send(&dir, what, 1).unwrap());
    train(&config, dataset(), dir.clone(), &[]).unwrap();
    let log = fs::read_to_string(dir.events()).unwrap();
    let lines: Vec<&str> = log.split_inclusive('\n').collect();
    let answered = (1..=lines.len()).filter(|end| lines[end - 1].contains("acknowledged"));
    for (index, end) in answered.enumerate() {
        let killed = new_run(&config);
        fs::write(killed.events(), lines[..end].concat()).unwrap();
        // What was taken is gone; what came after it waits, for a writer that is no more.
        fs::create_dir(killed.commands()).unwrap();
        for late in &sent[index + 1..] {
            let letter = r#"{"v":1,"t":1,"by":{"host":"h","pid":1,"started":1},"seen":1,"what":"save"}"#;
            fs::write(killed.commands().join(format!("{late}.json")), letter).unwrap();
        }
        let (_, resumed) = train(&config, dataset(), killed.clone(), &[]).unwrap();
        let obeyed = resumed.acknowledged.iter().filter(|known| known.refused.is_none()).count();
        assert_eq!((obeyed, resumed.acknowledged.len()), (index + 1, asked.len()));
        for what in &asked[..=index] {
            match what {
                Steer::Set { key, value } => assert_eq!(resumed.setting(*key), Some(*value), "after answer {index}"),
                _ => assert_eq!(resumed.saved.len(), 1, "after answer {index}"),
            }
        }
        assert_eq!((resumed.outcome(), resumed.last_epoch()), (Some(Outcome::Finished), 3), "after answer {index}");
    }
}

#[test]
fn events_of_a_newer_program_are_passed_over() {
    let folder = tempdir().unwrap();
    let config = config(Mode::Mid, folder.path(), &["epochs=3"]);
    let dir = new_run(&config);
    train(&config, dataset(), dir.clone(), &[Steer::Stop(StopMode::AfterEpoch)]).unwrap();
    let log = fs::read_to_string(dir.events()).unwrap();
    let seq = log.lines().count();
    let newer = format!("{{\"v\":1,\"seq\":{seq},\"t\":1,\"type\":\"teleported\",\"to\":[1,{{\"x\":null}}]}}\n");
    fs::write(dir.events(), log + &newer).unwrap();
    let read = LogReader::new(&dir.events()).read().unwrap();
    assert!(read.problems.is_empty(), "{:?}", read.problems);
    assert_eq!(read.events.last().unwrap().event, RunEvent::Unknown);
    let (_, resumed) = train(&config, dataset(), dir, &[]).unwrap();
    assert_eq!((resumed.outcome(), resumed.last_epoch()), (Some(Outcome::Finished), 3));
}

#[test]
fn a_log_of_an_older_program_tells_less_of_its_writer() {
    let writer: Writer = serde_json::from_str(r#"{"host":"h","pid":1,"started":2}"#).unwrap();
    assert_eq!(writer, Writer { host: "h".to_owned(), pid: 1, started: 2, ..Writer::default() });
    assert_eq!(serde_json::to_string(&writer).unwrap(), r#"{"host":"h","pid":1,"started":2}"#);
}
