//! A runs folder that changes while it is watched, and what is deleted from it.

#![allow(clippy::unwrap_used, reason = "a helper fails its test by panicking")]

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    path::{Path, PathBuf},
    time::Duration,
};

use avsc_tui::{
    metrics::{Confusion, Scores},
    protocol::{EpochFinished, Finished, Outcome, RunEvent, RunStarted, SplitResult, Writer},
    runs::{
        Changes, History, Notes, RunDir, Stage, Summary, Watch, log::LogReader, log::LogWriter, notes, trash, writer,
    },
};
use jiff::Timestamp;
use tempfile::{TempDir, tempdir};

const NOW: Duration = Duration::ZERO;

fn at(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(1_767_225_600_000 + milliseconds).unwrap()
}

fn started(writer: Writer) -> RunEvent {
    let text = r#"{"mode":"late","seed":3,"classes":["a","b"],"train_clips":8,"val_clips":2,"test_clips":2,
        "batch_size":4,"batches":2,"epochs":9,"early_stop":7,"lr":0.0001,"parameters":7,"device":"flex cpu",
        "data":"demo","fingerprint":"f","demo":true,"version":"0","writer":{"host":"","pid":0,"started":0}}"#;
    let started: RunStarted = serde_json::from_str(text).unwrap();
    RunEvent::RunStarted(Box::new(RunStarted { writer, ..started }))
}

fn split(loss: f64) -> SplitResult {
    let confusion = Confusion::from_pairs(2, [(0, 0), (1, 0)]);
    SplitResult { loss, scores: Scores { accuracy: 0.5, log_loss: loss, macro_f1: 0.3 }, confusion }
}

fn epoch(number: usize) -> Vec<RunEvent> {
    let SplitResult { loss, scores, confusion } = split(1.0 / number as f64);
    let first = (number as u64 - 1) * 2;
    vec![
        RunEvent::Steps { epoch: number, first, losses: vec![1.0, f32::NAN] },
        RunEvent::EpochFinished(Box::new(EpochFinished {
            epoch: number,
            train_loss: loss,
            val_loss: loss,
            val: scores,
            confusion,
            lr: 1e-4,
            bad_epochs: 0,
            seconds: 2.0,
            clips_per_second: 4.0,
        })),
        RunEvent::Checkpointed { epoch: number, val_loss: loss },
    ]
}

fn finished(epochs: usize) -> RunEvent {
    RunEvent::Finished(Box::new(Finished {
        outcome: Outcome::EarlyStopped,
        epochs,
        best_epoch: Some(epochs),
        val: Some(split(1.0 / epochs as f64)),
        test: Some(split(0.7)),
        seconds: 2.0 * epochs as f64,
    }))
}

/// Every kind of thing that happens to a run, in order.
fn life() -> Vec<RunEvent> {
    let mut events = vec![started(writer::this())];
    events.extend(epoch(1));
    events.extend([RunEvent::Paused { epoch: 2 }, RunEvent::Heartbeat, RunEvent::Resumed { epoch: 2 }]);
    events.extend(epoch(2));
    events.push(RunEvent::ResumedFrom { epoch: 1, writer: writer::this() });
    events.extend(epoch(2));
    events.push(finished(2));
    events
}

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempdir().unwrap())
    }

    fn dir(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Append `events` to the log of the run called `name`, as its writer does.
    fn write(&self, name: &str, events: &[RunEvent]) -> PathBuf {
        let dir = self.dir(name);
        fs::create_dir_all(&dir).unwrap();
        let (mut log, history) = LogWriter::open(&RunDir::at(&dir).events()).unwrap();
        for (index, event) in events.iter().enumerate() {
            log.append(event.clone(), at((history.next_seq + index as u64) as i64)).unwrap();
        }
        dir
    }

    fn append(&self, name: &str, bytes: &[u8]) {
        let log = RunDir::at(self.dir(name)).events();
        OpenOptions::new().append(true).open(log).unwrap().write_all(bytes).unwrap();
    }
}

fn read(dir: &Path) -> History {
    History::from_events(&LogReader::new(&RunDir::at(dir).events()).read().unwrap().events)
}

/// What a watch finds that looks at everything.
fn look(watch: &mut Watch) -> Changes {
    watch.hurry();
    watch.poll(NOW)
}

#[test]
fn a_summary_is_that_of_the_history_wherever_a_run_stands() {
    let events = life();
    for count in 1..=events.len() {
        let folder = Folder::new();
        let dir = folder.write("run", &events[..count]);
        let found = Watch::new(folder.0.path()).poll(NOW).found;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].summary, Summary::of(&read(&dir)), "after {count} events, read at once");

        // The same, with a look after each event.
        let folder = Folder::new();
        let mut watch = Watch::new(folder.0.path());
        let mut last = None;
        for event in &events[..count] {
            folder.write("run", std::slice::from_ref(event));
            last = look(&mut watch).found.pop();
        }
        assert_eq!(last.unwrap().summary, Summary::of(&read(&folder.dir("run"))), "after {count} events, one by one");
    }
}

#[test]
fn what_another_process_writes_appears_line_by_line() {
    let folder = Folder::new();
    let mut watch = Watch::new(folder.0.path().join("."));
    assert!(watch.poll(NOW).is_empty(), "there is nothing yet");
    fs::create_dir(folder.dir("run")).unwrap();
    assert!(look(&mut watch).is_empty(), "a directory without a log is no run, or none yet");
    folder.write("run", &[started(writer::this())]);
    assert_eq!(look(&mut watch).found[0].summary.stage, Stage::Training);
    assert!(look(&mut watch).is_empty(), "nothing is told twice");

    let line = br#"{"v":1,"seq":1,"t":1767225600001,"type":"paused","epoch":1}"#;
    for byte in line {
        folder.append("run", &[*byte]);
        let changes = look(&mut watch);
        assert!(changes.problems.is_empty(), "an unfinished line is no error: {changes:?}");
        assert!(changes.found.iter().all(|run| run.summary.stage == Stage::Training));
    }
    folder.append("run", b"\n");
    assert_eq!(look(&mut watch).found[0].summary.stage, Stage::Paused);

    folder.append("run", b"{\"v\":1,\"seq\":2,\x00 broken\n");
    let problems = look(&mut watch).problems;
    assert!(problems.len() == 1 && problems[0].contains("line 3 is damaged"), "{problems:?}");
    assert!(look(&mut watch).problems.is_empty(), "a problem is told once");
}

#[test]
fn truncated_replaced_and_removed_logs_are_noticed() {
    let folder = Folder::new();
    let dir = folder.write("run", &life()[..5]);
    let mut watch = Watch::new(folder.0.path());
    watch.poll(NOW);
    watch.open(&dir).unwrap();
    let log = RunDir::at(&dir).events();

    let start = fs::read(&log).unwrap().iter().position(|byte| *byte == b'\n').unwrap() + 1;
    OpenOptions::new().write(true).open(&log).unwrap().set_len(start as u64).unwrap();
    let changes = look(&mut watch);
    assert_eq!((changes.found[0].summary.epochs, changes.tails[0].restarted), (0, true));
    assert_eq!(changes.tails[0].events.len(), 1);

    // Another file of the same size in its place.
    let same: Vec<u8> = fs::read(&log).unwrap();
    let same = String::from_utf8(same).unwrap().replace("\"late\"", "\"audi\"").replace("\"audi\"", "\"late\"");
    fs::write(folder.dir("beside"), same.replace("\"seed\":3", "\"seed\":4")).unwrap();
    fs::rename(folder.dir("beside"), &log).unwrap();
    let changes = look(&mut watch);
    assert_eq!(changes.found[0].summary.started.as_ref().unwrap().seed, 4);
    assert!(changes.tails[0].restarted);

    fs::remove_dir_all(&dir).unwrap();
    assert_eq!(look(&mut watch).gone, [dir]);
    fs::remove_dir_all(folder.0.path()).unwrap();
    assert!(look(&mut watch).is_empty(), "a folder that is not there holds no runs");
}

#[test]
fn an_opened_run_is_told_event_by_event() {
    let folder = Folder::new();
    let events = life();
    let dir = folder.write("run", &events[..4]);
    let mut watch = Watch::new(folder.0.path());
    watch.poll(NOW);
    let mut history = watch.open(&dir).unwrap().history;
    for event in &events[4..] {
        folder.write("run", std::slice::from_ref(event));
        let tails = look(&mut watch).tails;
        assert!(tails.len() == 1 && !tails[0].restarted);
        for event in &tails[0].events {
            history.apply(event);
        }
    }
    let (told, read) = (format!("{history:?}"), format!("{:?}", read(&dir)));
    assert_eq!(told, read, "losses are NaN, which equal nothing");
    watch.close(&dir);
    folder.write("run", &[RunEvent::Heartbeat]);
    assert!(look(&mut watch).tails.is_empty());
    assert!(watch.open(&folder.dir("none")).is_err());
}

#[test]
fn what_rests_is_looked_at_less_often() {
    let folder = Folder::new();
    folder.write("over", &life());
    folder.write("live", &life()[..4]);
    let mut watch = Watch::new(folder.0.path());
    assert_eq!(watch.poll(NOW).found.len(), 2);
    folder.write("live", &epoch(2));
    assert!(watch.poll(Duration::from_millis(499)).is_empty(), "it is too soon");
    assert_eq!(watch.next(NOW), Duration::from_millis(500));
    assert_eq!(watch.poll(Duration::from_millis(500)).found.len(), 1);
    let mut now = Duration::from_secs(1);
    for _ in 0..20 {
        watch.poll(now);
        now = watch.next(now);
    }
    // The run that is live is looked at every five seconds at least, the folder every two.
    folder.write("live", &[RunEvent::Heartbeat]);
    let mut found = 0;
    for second in 0..6 {
        found += watch.poll(now + Duration::from_secs(second)).found.len();
    }
    assert_eq!(found, 1);
    fs::write(RunDir::at(folder.dir("over")).notes(), "v = 1\nlabel = \"x\"").unwrap();
    assert_eq!(watch.poll(now + Duration::from_mins(1)).found[0].notes.label, "x");
}

/// A server that tells whole seconds does not show that a second run begins in the same second, and may go on
/// giving the listing that was made between the two.
#[test]
fn runs_that_leave_the_folders_time_as_it_was_are_found() {
    let folder = Folder::new();
    let begin = |name: &str| {
        folder.write(name, &life()[..1]);
        fs::File::open(folder.0.path()).unwrap().set_modified(at(0).into()).unwrap();
    };
    let mut watch = Watch::new(folder.0.path());
    let mut found_within = |seconds: std::ops::Range<u64>| {
        let found = seconds.flat_map(|second| watch.poll(Duration::from_secs(second)).found);
        found.map(|run| run.name).collect::<Vec<_>>()
    };
    begin("first");
    assert_eq!(found_within(0..3), ["first"]);
    begin("second");
    assert_eq!(found_within(3..7), ["second"]);
    assert_eq!(found_within(7..35), [""; 0]);
    begin("third");
    assert_eq!(found_within(35..64), ["third"]);
    // Whatever was found, a look by hand lists again, as often as one likes.
    for _ in 0..200 {
        watch.hurry();
        watch.poll(Duration::from_secs(64));
    }
    begin("fourth");
    assert_eq!(look(&mut watch).found[0].name, "fourth");
}

#[test]
fn a_folder_that_cannot_be_listed_for_long_is_listed_once_it_can() {
    let folder = Folder::new();
    let keep = || fs::File::open(folder.dir("runs")).unwrap().set_modified(at(0).into()).unwrap();
    fs::write(folder.dir("runs"), "no folder").unwrap();
    keep();
    let mut watch = Watch::new(folder.dir("runs"));
    let problems: Vec<String> = (0..200).flat_map(|second| watch.poll(Duration::from_secs(second)).problems).collect();
    assert_eq!(problems.len(), 1, "{problems:?}");
    fs::remove_file(folder.dir("runs")).unwrap();
    folder.write("runs/run", &life());
    keep();
    assert_eq!(watch.poll(Duration::from_secs(202)).found.len(), 1);
}

#[test]
fn a_run_of_a_process_that_is_gone_is_interrupted() {
    let folder = Folder::new();
    let gone = Writer { started: writer::this().started + 1, ..writer::this() };
    folder.write("gone", &[started(gone)]);
    folder.write("here", &[started(writer::this())]);
    folder.write(
        "elsewhere",
        &[started(Writer { host: "elsewhere".to_owned(), pid: 1, started: 1, ..Writer::default() })],
    );
    let found = Watch::new(folder.0.path()).poll(NOW).found;
    let told: Vec<_> = found.iter().map(|run| (run.name.as_str(), run.interrupted)).collect();
    assert_eq!(told, [("elsewhere", false), ("gone", true), ("here", false)]);
}

#[test]
fn deleted_runs_lie_in_the_trash_until_they_come_back() {
    let folder = Folder::new();
    let dir = folder.write("run", &life());
    let mine = Notes { label: "mine".to_owned(), ..Notes::default() };
    notes::write(&RunDir::at(&dir), &mine).unwrap();
    let mut watch = Watch::new(folder.0.path());
    watch.poll(NOW);
    let first = trash::remove(&dir).unwrap();
    assert_eq!(look(&mut watch).gone, std::slice::from_ref(&dir));
    // Another run of the same name is deleted as well: neither replaces the other.
    folder.write("run", &life());
    let second = trash::remove(&dir).unwrap();
    assert_ne!(first, second);
    trash::restore(&first, &dir).unwrap();
    assert_eq!(look(&mut watch).found[0].notes, mine);
    let error = trash::restore(&second, &dir).unwrap_err().to_string();
    assert!(error.contains("something else has that name now") && second.is_dir(), "{error}");

    for (writer, why) in [
        (writer::this(), "its process lives"),
        (Writer { host: "elsewhere".to_owned(), pid: 1, started: 1, ..Writer::default() }, "its process may live"),
    ] {
        let dir = folder.write(&why.replace(' ', "-"), &[started(writer)]);
        let error = format!("{:#}", trash::remove(&dir).unwrap_err());
        assert!(error.contains("may still be writing it") && dir.is_dir(), "{error}");
    }
    assert!(trash::remove(&folder.dir("none")).is_err());
}

#[test]
fn the_trash_tells_what_was_deleted_together_and_is_emptied() {
    let folder = Folder::new();
    let delete = |names: &[&str]| {
        let moved: Vec<_> = names.iter().map(|name| folder.write(name, &life())).collect();
        let moved: Vec<_> = moved.into_iter().map(|dir| (dir.clone(), trash::remove(&dir).unwrap())).collect();
        let places: Vec<_> = moved.iter().map(|(dir, lies)| (dir.as_path(), lies.as_path())).collect();
        trash::record(&places).unwrap();
        moved
    };
    let place = folder.0.path();
    assert_eq!((trash::deletions(place), trash::size(place)), (vec![], (0, 0)));
    let first = delete(&["one", "two"]);
    let second = delete(&["one"]);
    assert_eq!(trash::deletions(place), [first.clone(), second.clone()]);
    // What came back is deleted no more, and no name leads out of the folder.
    trash::restore(&second[0].1, &second[0].0).unwrap();
    let record = place.join(trash::TRASH).join("deleted.jsonl");
    let mut text = fs::read_to_string(&record).unwrap();
    text += "{\"runs\":[[\"../../out\",\"one\"],[\"x\",\"../one\"],[\"\",\"\"]]}\nno json\n{\"runs\":[[\"tw";
    fs::write(&record, text).unwrap();
    assert_eq!(trash::deletions(place), [first]);
    let (runs, bytes) = trash::size(place);
    assert!(runs == 2 && bytes > 100, "{runs} {bytes}");
    assert_eq!(trash::empty(place).unwrap(), 2);
    assert_eq!((trash::deletions(place), trash::size(place)), (vec![], (0, 0)));
    assert!(second[0].0.is_dir(), "what came back stays");
    assert_eq!(trash::empty(&place.join("none")).unwrap(), 0);
}

#[test]
fn several_folders_and_single_runs_are_watched_together() {
    let (one, two) = (Folder::new(), Folder::new());
    one.write("a", &life()[..4]);
    one.write("b", &life());
    let alone = two.write("c", &life()[..4]);
    two.write("unseen", &life());
    let mut watch = Watch::over(vec![one.0.path().to_owned(), alone.clone()]);
    let mut names: Vec<_> = watch.poll(NOW).found.into_iter().map(|run| run.name).collect();
    names.sort();
    assert_eq!(names, ["a", "b", "c"]);
    one.write("d", &life()[..2]);
    two.write("c", &epoch(2));
    let mut found: Vec<_> = look(&mut watch).found.into_iter().map(|run| (run.name, run.summary.epochs)).collect();
    found.sort();
    assert_eq!(found, [("c".to_owned(), 2), ("d".to_owned(), 0)]);
    fs::remove_dir_all(&alone).unwrap();
    assert_eq!(look(&mut watch).gone, [alone]);
    let unlogged: Vec<_> = watch.without_log().map(Path::to_owned).collect();
    assert_eq!(unlogged, [one.0.path()], "it may become a run itself");
}

#[test]
fn a_writer_may_tear_truncate_replace_and_restart_at_any_byte() {
    // What a reader sees that looks after every byte is what one sees that reads the whole.
    let folder = Folder::new();
    let dir = folder.write("whole", &life());
    let whole = fs::read(RunDir::at(&dir).events()).unwrap();
    let place = folder.dir("torn");
    fs::create_dir(&place).unwrap();
    fs::write(RunDir::at(&place).events(), "").unwrap();
    let mut watch = Watch::new(folder.0.path());
    watch.poll(NOW);
    let mut history = watch.open(&place).unwrap().history;
    let follow = |watch: &mut Watch, history: &mut History| {
        let changes = look(watch);
        assert!(changes.problems.is_empty(), "{:?}", changes.problems);
        for tail in changes.tails {
            assert_eq!(tail.dir, place);
            if tail.restarted {
                *history = History::default();
            }
            for event in &tail.events {
                history.apply(event);
            }
        }
        changes.found.into_iter().find(|run| run.name == "torn").map(|run| run.summary)
    };
    let mut last = None;
    for byte in &whole {
        folder.append("torn", &[*byte]);
        last = follow(&mut watch, &mut history).or(last);
    }
    assert_eq!(format!("{history:?}"), format!("{:?}", read(&dir)));
    assert_eq!(last.unwrap(), Summary::of(&history));

    // It is cut within a line, as a crash leaves it, and the process that resumes it cuts the rest off.
    let log = RunDir::at(folder.dir("torn")).events();
    let lines: Vec<usize> = (0..whole.len()).filter(|at| whole[*at] == b'\n').collect();
    for cut in [lines[3] + 5, lines[6] + 1, lines[8] + 30] {
        OpenOptions::new().write(true).open(&log).unwrap().set_len(cut as u64).unwrap();
        follow(&mut watch, &mut history);
        folder.write("torn", &[RunEvent::ResumedFrom { epoch: 1, writer: writer::this() }]);
        folder.write("torn", &epoch(2));
        let summary = follow(&mut watch, &mut history).unwrap();
        assert_eq!(summary, Summary::of(&read(&folder.dir("torn"))), "cut at {cut}");
        assert_eq!(format!("{history:?}"), format!("{:?}", read(&folder.dir("torn"))), "cut at {cut}");
        fs::write(folder.dir("beside"), &whole).unwrap();
        fs::rename(folder.dir("beside"), &log).unwrap();
        follow(&mut watch, &mut history);
        assert_eq!(format!("{history:?}"), format!("{:?}", read(&dir)), "replaced after a cut at {cut}");
    }
}

#[test]
fn a_log_that_another_longer_one_takes_the_place_of_is_read_anew() {
    let folder = Folder::new();
    let mut other = vec![started(Writer::default())];
    (1..=4).for_each(|number| other.extend(epoch(number)));
    let other = fs::read(RunDir::at(folder.write("other", &other)).events()).unwrap();
    // (reason, whether the file is removed first, in which case the next may be given its number)
    for (name, removed) in [("written-anew", false), ("removed-and-copied", true)] {
        let dir = folder.write(name, &life()[..5]);
        let mut watch = Watch::over(vec![dir.clone()]);
        watch.poll(NOW);
        watch.open(&dir).unwrap();
        // One that has grown is read on, and one that is opened is, too.
        folder.write(name, &[RunEvent::Heartbeat]);
        look(&mut watch);
        let log = RunDir::at(&dir).events();
        if removed {
            fs::remove_file(&log).unwrap();
        }
        fs::write(&log, &other).unwrap();
        let changes = look(&mut watch);
        assert!(changes.problems.is_empty(), "{name}: {:?}", changes.problems);
        assert_eq!(changes.found[0].summary, Summary::of(&read(&dir)), "{name}");
        assert!(changes.tails[0].restarted, "{name}");
        assert_eq!(changes.tails[0].events.len(), 13, "{name}");
        assert!(look(&mut watch).is_empty(), "{name}: it is told once");
    }
}

#[test]
fn every_command_that_was_acknowledged_is_in_the_summary_however_many_there_are() {
    let folder = Folder::new();
    folder.write("run", &life()[..2]);
    let mut watch = Watch::new(folder.0.path());
    watch.poll(NOW);
    let answer = |number: usize| RunEvent::Acknowledged { command: number.to_string(), refused: None };
    folder.write("run", &(0..100).map(answer).collect::<Vec<_>>());
    let found = look(&mut watch).found;
    assert_eq!(found[0].summary.acknowledged.len(), 100);
}

#[test]
fn damage_within_an_ended_log_is_told_once_it_is_opened() {
    let folder = Folder::new();
    let dir = folder.write("run", &life());
    let log = RunDir::at(&dir).events();
    let damaged = fs::read_to_string(&log).unwrap().replacen(r#""type":"paused""#, r#""type":"pau"#, 1);
    fs::write(&log, damaged).unwrap();
    let mut watch = Watch::new(folder.0.path());
    let changes = watch.poll(NOW);
    assert_eq!((changes.found.len(), changes.problems.len()), (1, 0), "its ends are whole");
    for told in [1, 0] {
        watch.open(&dir).unwrap();
        let problems = watch.poll(NOW).problems;
        assert_eq!(problems.len(), told, "{problems:?}");
        assert!(problems.iter().all(|problem| problem.contains("line 5 is damaged")), "{problems:?}");
        watch.close(&dir);
    }
}
