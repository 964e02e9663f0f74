//! Event logs as crashes, full disks and other programs leave them.

#![allow(clippy::unwrap_used, reason = "a helper fails its test by panicking")]

use std::{
    fs,
    io::Write as _,
    path::PathBuf,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use avsc_tui::{
    config::{Config, Mode},
    metrics::{Confusion, Scores},
    protocol::{EpochFinished, Finished, Outcome, RunEvent, RunStarted, Writer},
    runs::{
        self, History, RunDir, State,
        history::MarkKind,
        log::{LogReader, LogWriter},
        writer,
    },
};
use jiff::Timestamp;
use tempfile::{TempDir, tempdir};

fn started() -> RunEvent {
    RunEvent::RunStarted(Box::new(RunStarted {
        mode: Mode::Late,
        seed: 3,
        classes: vec!["bus".to_owned(), "tram".to_owned()],
        train_clips: 200,
        val_clips: 20,
        test_clips: 40,
        batch_size: 100,
        batches: 2,
        epochs: 9,
        early_stop: 7,
        lr: 1e-4,
        parameters: 42,
        device: "abacus".to_owned(),
        data: "somewhere".to_owned(),
        fingerprint: "f00d".to_owned(),
        demo: false,
        version: "0".to_owned(),
        writer: writer::this(),
        imported: None,
    }))
}

fn epoch(epoch: usize, val_loss: f64) -> RunEvent {
    RunEvent::EpochFinished(Box::new(EpochFinished {
        epoch,
        train_loss: 0.1 + 0.2,
        val_loss,
        val: Scores { accuracy: 0.5, log_loss: f64::INFINITY, macro_f1: 0.5 },
        confusion: Confusion::from_pairs(2, [(0, 0), (1, 0)]),
        lr: 1e-4,
        bad_epochs: 0,
        seconds: 0.7,
        clips_per_second: 1e3,
    }))
}

/// What a run of two epochs writes.
fn story() -> Vec<RunEvent> {
    vec![
        started(),
        RunEvent::Steps { epoch: 1, first: 0, losses: vec![2.3, 0.1] },
        epoch(1, 0.9),
        RunEvent::Checkpointed { epoch: 1, val_loss: 0.9 },
        RunEvent::Heartbeat,
        RunEvent::Steps { epoch: 2, first: 2, losses: vec![f32::NAN, f32::INFINITY] },
        epoch(2, f64::NAN),
        RunEvent::LrChanged { epoch: 2, from: 1e-4, to: 1e-5 },
        RunEvent::Finished(Box::new(Finished {
            outcome: Outcome::EarlyStopped,
            epochs: 2,
            best_epoch: Some(1),
            val: None,
            test: None,
            seconds: 1.4,
        })),
    ]
}

/// A run directory whose log holds `events`.
fn record(events: &[RunEvent]) -> (TempDir, RunDir) {
    let folder = tempdir().unwrap();
    let dir = RunDir::create(folder.path(), &Config::default(), Timestamp::UNIX_EPOCH).unwrap();
    let (mut log, _) = LogWriter::open(&dir.events()).unwrap();
    for event in events {
        log.append(event.clone(), Timestamp::UNIX_EPOCH).unwrap();
    }
    (folder, dir)
}

/// Histories hold NaN, which is not equal to itself, so they are compared as text.
fn text(history: &History) -> String {
    format!("{history:?}")
}

#[test]
fn a_log_reads_back_as_it_was_written() {
    let (_folder, dir) = record(&story());
    let read = LogReader::new(&dir.events()).read().unwrap();
    assert!(read.problems.is_empty(), "{:?}", read.problems);
    let events: Vec<_> = read.events.iter().map(|envelope| envelope.event.clone()).collect();
    assert_eq!(format!("{events:?}"), format!("{:?}", story()));
    let history = History::from_events(&read.events);
    assert_eq!(history.outcome(), Some(Outcome::EarlyStopped));
    assert_eq!(history.best, Some((1, 0.9)));
    assert_eq!(history.step_losses.len(), 4);
}

#[test]
fn a_log_that_grows_byte_by_byte_is_read_line_by_line() {
    let (_folder, dir) = record(&story());
    let whole = fs::read(dir.events()).unwrap();
    let growing = dir.path().join("growing.jsonl");
    let mut file = fs::File::create(&growing).unwrap();
    let mut reader = LogReader::new(&growing);
    let mut history = History::default();
    for byte in &whole {
        file.write_all(&[*byte]).unwrap();
        let read = reader.read().unwrap();
        assert!(read.problems.is_empty(), "an unfinished line is no error: {:?}", read.problems);
        assert_eq!(read.events.len(), usize::from(*byte == b'\n'));
        read.events.iter().for_each(|event| history.apply(event));
    }
    assert_eq!(text(&history), text(&History::from_events(&LogReader::new(&dir.events()).read().unwrap().events)));
}

#[test]
fn a_damaged_line_is_told_and_the_others_are_read() {
    let (_folder, dir) = record(&story());
    let log = fs::read_to_string(dir.events()).unwrap();
    let damaged = log.replacen(r#""type":"checkpointed""#, r#""type":"che"#, 1).replacen(r#""v":1"#, r#""v":99"#, 1);
    fs::write(dir.events(), damaged).unwrap();
    let read = LogReader::new(&dir.events()).read().unwrap();
    assert_eq!(read.events.len(), story().len() - 2);
    assert!(read.problems[0].starts_with("line 1 is of format 99"), "{:?}", read.problems);
    assert!(read.problems[1].starts_with("line 4 is damaged"), "{:?}", read.problems);
    // Such a run still stands in the list, with its problems; but nobody may write on.
    let (runs, problems) = runs::scan(dir.path().parent().unwrap());
    assert_eq!((runs.len(), problems.len()), (1, 2), "{problems:?}");
    let error = format!("{:#}", LogWriter::open(&dir.events()).unwrap_err());
    assert!(error.contains("events.jsonl") && error.contains("line 1"), "{error}");
}

#[test]
fn a_truncated_log_is_read_anew() {
    let (_folder, dir) = record(&story());
    let mut reader = LogReader::new(&dir.events());
    assert_eq!(reader.read().unwrap().events.len(), story().len());
    let log = fs::read_to_string(dir.events()).unwrap();
    let first: String = log.split_inclusive('\n').take(2).collect();
    fs::write(dir.events(), first).unwrap();
    let read = reader.read().unwrap();
    assert!(read.restarted);
    assert_eq!(read.events.len(), 2);
}

#[test]
fn a_run_has_one_writer() {
    let (_folder, dir) = record(&[started()]);
    let (_log, _) = LogWriter::open(&dir.events()).unwrap();
    let error = format!("{:#}", LogWriter::open(&dir.events()).unwrap_err());
    assert!(error.contains("another process is writing this run"), "{error}");
}

#[test]
fn a_resumed_run_forgets_what_came_after_its_state() {
    let mut events = story();
    events.truncate(8);
    events.push(RunEvent::ResumedFrom { epoch: 1, writer: writer::this() });
    events.push(RunEvent::Steps { epoch: 2, first: 2, losses: vec![0.5, 0.4] });
    events.push(epoch(2, 0.8));
    let (_folder, dir) = record(&events);
    let history = History::from_events(&LogReader::new(&dir.events()).read().unwrap().events);
    assert_eq!(history.step_losses, [2.3, 0.1, 0.5, 0.4]);
    assert_eq!(history.epochs.len(), 2);
    assert!(history.lr_changes.is_empty(), "the change belonged to the epoch that is trained again");
    assert_eq!((history.state, history.resumed_from), (State::Training, vec![1]));
}

#[test]
fn marks_and_checkpoints_are_kept_until_a_resumption_takes_them_back() {
    let steps = |first: u64| RunEvent::Steps { epoch: first as usize / 2 + 1, first, losses: vec![0.5, 0.4] };
    let saved = |epoch| RunEvent::Checkpointed { epoch, val_loss: 0.9 };
    let pause = |epoch| [RunEvent::Paused { epoch }, RunEvent::Resumed { epoch }];
    let mut events = vec![started(), steps(0), epoch(1, 0.9), saved(1)];
    events.extend(pause(2));
    events.extend([steps(2), epoch(2, 0.9), saved(2)]);
    events.extend(pause(3));
    let (_folder, dir) = record(&events);
    let history = || History::from_events(&LogReader::new(&dir.events()).read().unwrap().events);
    let marks = |history: &History| history.marks.iter().map(|mark| (mark.kind.clone(), mark.step)).collect::<Vec<_>>();
    let first = || [(MarkKind::Paused, 2), (MarkKind::Resumed, 2)].into_iter();
    let before = history();
    assert_eq!(marks(&before), first().chain([(MarkKind::Paused, 4), (MarkKind::Resumed, 4)]).collect::<Vec<_>>());
    assert_eq!((before.checkpoints.len(), before.rewrites), (2, 0));

    let (mut log, _) = LogWriter::open(&dir.events()).unwrap();
    log.append(RunEvent::ResumedFrom { epoch: 1, writer: writer::this() }, Timestamp::UNIX_EPOCH).unwrap();
    let after = history();
    assert_eq!(marks(&after), first().chain([(MarkKind::Restarted, 2)]).collect::<Vec<_>>());
    assert_eq!((after.checkpoints, after.rewrites), (vec![(1, 0.9)], 1));
}

#[test]
fn an_event_that_was_seen_before_changes_nothing() {
    let (_folder, dir) = record(&story());
    let events = LogReader::new(&dir.events()).read().unwrap().events;
    let mut history = History::from_events(&events);
    let before = text(&history);
    for event in &events {
        history.apply(event);
    }
    assert_eq!(text(&history), before);
}

#[test]
fn a_step_number_out_of_reach_takes_no_memory() {
    let steps = RunEvent::Steps { epoch: 1, first: u64::MAX, losses: vec![1.0] };
    let (_folder, dir) = record(&[started(), steps]);
    let history = History::from_events(&LogReader::new(&dir.events()).read().unwrap().events);
    assert!(history.step_losses.is_empty());
}

#[test]
fn the_list_tells_the_interrupted_from_the_live() {
    let gone = match started() {
        RunEvent::RunStarted(mut facts) => {
            facts.writer = Writer { pid: u32::MAX, ..facts.writer };
            RunEvent::RunStarted(facts)
        }
        other => other,
    };
    for (events, interrupted) in [(vec![started()], false), (vec![gone], true), (story(), false)] {
        let (folder, _dir) = record(&events);
        let (runs, problems) = runs::scan(folder.path());
        assert!(problems.is_empty(), "{problems:?}");
        assert_eq!(runs[0].interrupted, interrupted);
    }
}

#[test]
fn a_folder_of_odd_things_holds_no_runs() {
    let folder = tempdir().unwrap();
    fs::create_dir(folder.path().join("empty")).unwrap();
    fs::write(folder.path().join("note.txt"), "hello").unwrap();
    assert_eq!(runs::scan(folder.path()), (Vec::new(), Vec::new()));
    assert_eq!(runs::scan(&PathBuf::from("/no/such/folder")), (Vec::new(), Vec::new()));
}

#[test]
fn runs_of_one_second_get_directories_of_their_own() {
    let folder = tempdir().unwrap();
    let create = || RunDir::create(folder.path(), &Config::default(), Timestamp::UNIX_EPOCH).unwrap().name();
    assert_eq!([create(), create()], ["19700101T000000Z-mid-s0", "19700101T000000Z-mid-s0-2"]);
}

#[test]
fn a_reader_never_blocks_a_writer() {
    let (_folder, dir) = record(&[started()]);
    let done = AtomicBool::new(false);
    let (ready, begun) = std::sync::mpsc::channel();
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut seen = 0;
            while !done.load(Ordering::Relaxed) {
                let mut reader = LogReader::new(&dir.events());
                seen = reader.read().unwrap().events.len();
                let _ = ready.send(());
            }
            seen
        });
        // While it reads again and again, each writer in turn gets the lock at its first attempt.
        begun.recv().unwrap();
        for count in 1..=300 {
            let (mut log, history) = LogWriter::open(&dir.events()).unwrap();
            assert_eq!(history.next_seq, count);
            log.append(RunEvent::Heartbeat, Timestamp::UNIX_EPOCH).unwrap();
        }
        done.store(true, Ordering::Relaxed);
        assert!(reader.join().unwrap() > 0);
    });
}
