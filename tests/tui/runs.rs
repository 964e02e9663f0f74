//! The Runs and Compare screens: key scripts, their effects, frames, and what late answers do: nothing.

use std::path::PathBuf;

use avsc_tui::{
    config::{Config, Mode},
    protocol::{Outcome, RunEvent, RunRequest, WorkerMessage, Writer},
    runs::{Changes, Notes, RunEntry, Tail},
    tui::{Effect, Message, Moved},
};
use crossterm::event::{KeyCode, MouseButton, MouseEventKind};

use crate::fixture::{Dashboard, START, Script, listed, requests};

/// Runs of several modes and seeds; the newest failed, the one before was left by its process.
fn folder() -> Vec<RunEntry> {
    let mut entries = Vec::new();
    for (index, (mode, seed)) in
        [(Mode::Early, 0), (Mode::Late, 0), (Mode::Late, 1), (Mode::Late, 2), (Mode::Mid, 0), (Mode::Mid, 1)]
            .into_iter()
            .enumerate()
    {
        let mut run = Script::new(&format!("20260101T00000{index}Z-{mode}-s{seed}"), mode);
        run.started().seed = seed;
        run.epochs(9 + 3 * index);
        match index {
            4 => {}
            5 => {
                run.add(RunEvent::Failed { errors: vec!["no space left".to_owned()] });
            }
            _ => {
                run.finish(Outcome::EarlyStopped);
            }
        }
        let mut entry = run.at(60 * i64::try_from(index).unwrap()).entry();
        entry.interrupted = index == 4;
        let mut config = Config::default();
        (config.model.mode, config.train.seed) = (mode, seed);
        entry.config = Some(Box::new(config));
        entries.push(entry);
    }
    entries
}

/// A dashboard on that folder, on the Runs screen.
fn runs(width: u16, height: u16) -> Dashboard {
    let mut dashboard = Dashboard::new(width, height);
    dashboard.scanned(folder(), vec![]);
    dashboard.tell(Message::Clock(START + 3_600_000));
    dashboard.keys("⇥");
    dashboard
}

fn dir(name: &str) -> PathBuf {
    PathBuf::from("runs").join(name)
}

const MID_1: &str = "20260101T000005Z-mid-s1";
const MID_0: &str = "20260101T000004Z-mid-s0";
const LATE_2: &str = "20260101T000003Z-late-s2";

/// The names of the listed runs as mode and seed, in order.
fn rows(dashboard: &mut Dashboard) -> Vec<String> {
    let text = dashboard.text();
    let cells = text.lines().map(|line| {
        line.chars().skip(5).take(12).collect::<String>().split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    });
    let row = |cells: Vec<String>| match &cells[..] {
        [mode, seed] if mode.parse::<Mode>().is_ok() => Some(format!("{mode} {seed}")),
        _ => None,
    };
    cells.filter_map(row).collect()
}

#[test]
fn frames() {
    for (width, height) in [(120, 40), (80, 24), (40, 12)] {
        let mut dashboard = runs(width, height);
        dashboard.keys("x↓xp");
        insta::assert_snapshot!(format!("runs_{width}x{height}"), dashboard.text());
        dashboard.keys("/mode:late acc>x");
        insta::assert_snapshot!(format!("filter_{width}x{height}"), dashboard.text());
        dashboard.keys("⎋XX⇥");
        insta::assert_snapshot!(format!("compared_{width}x{height}"), dashboard.text());
        dashboard.keys("xxb");
        insta::assert_snapshot!(format!("seeds_{width}x{height}"), dashboard.text());
        dashboard.keys("bx");
        insta::assert_snapshot!(format!("classes_{width}x{height}"), dashboard.text());
    }
}

#[test]
fn runs_are_sorted_by_several_keys_and_filtered() {
    let all = ["mid 1", "mid 0", "late 2", "late 1", "late 0", "early 0"];
    for (script, expected, why) in [
        ("", &all[..], "newest first"),
        (
            "oo",
            &["mid 1", "mid 0", "late 2", "late 1", "late 0", "early 0"],
            "by mode, falling, newest first among equals",
        ),
        ("o", &["early 0", "late 2", "late 1", "late 0", "mid 1", "mid 0"], "by mode"),
        ("o→O", &["early 0", "late 0", "late 1", "late 2", "mid 0", "mid 1"], "by mode, and by seed among equals"),
        ("Smode -seed⏎", &all[..], "what is typed goes on behind what stands there"),
        ("/mode:late⏎", &["late 2", "late 1", "late 0"], "a filter"),
        ("/-mode:late seed:0⏎", &["mid 0", "early 0"], "a filter of two terms"),
        ("/failed⏎", &["mid 1"], "a word of the state"),
        ("/mode:late⎋", &all[..], "Esc leaves the filter as it was"),
    ] {
        let mut dashboard = runs(120, 40);
        assert_eq!(dashboard.keys(script), [], "{script}");
        assert_eq!(rows(&mut dashboard), expected, "{script}: {why}");
    }
    let mut dashboard = runs(120, 40);
    dashboard.keys("/lr>fast⏎");
    let text = dashboard.text();
    assert!(text.contains("at character 4: `fast` is no number"), "{text}");
}

#[test]
fn the_chosen_run_stays_chosen_where_rows_come_and_go() {
    let mut dashboard = runs(120, 40);
    dashboard.keys("↓↓");
    let chosen =
        |dashboard: &mut Dashboard| dashboard.text().lines().any(|line| line.starts_with(&format!("╰ {LATE_2}")));
    assert!(chosen(&mut dashboard));
    let mut newer = Script::new("newer", Mode::Video);
    newer.epochs(1);
    let mut entries = folder();
    entries.push(newer.at(900).entry());
    dashboard.scanned(entries, vec![]);
    assert!(chosen(&mut dashboard), "{}", dashboard.text());
    dashboard.keys("o");
    assert!(chosen(&mut dashboard), "{}", dashboard.text());
}

#[test]
fn marked_runs_are_deleted_and_come_back() {
    let mut dashboard = runs(120, 40);
    let [Effect::Trash(dirs)] = &dashboard.keys("x↓xD")[..] else { panic!("nothing is deleted") };
    assert_eq!(dirs, &[dir(MID_1), dir(LATE_2)]);
    let moved: Vec<Moved> =
        dirs.iter().map(|dir| Moved { dir: dir.clone(), trash: PathBuf::from("runs/.trash/x") }).collect();
    dashboard.tell(Message::Trashed { moved: moved.clone(), problems: vec!["one could not be moved".to_owned()] });
    assert_eq!(rows(&mut dashboard), ["mid 0", "late 1", "late 0", "early 0"]);
    assert!(!dashboard.text().contains("marked"), "what is gone is not marked");
    assert_eq!(dashboard.keys("u"), [Effect::Restore(moved.clone())]);
    dashboard.tell(Message::Restored { moved, kept: vec![], problems: vec![] });
    let found = folder().iter().map(listed).collect();
    dashboard.tell(Message::Runs(Box::new(Changes { found, ..Changes::default() })));
    assert_eq!(rows(&mut dashboard).len(), 6);
    assert_eq!(dashboard.keys("u"), [], "there is nothing more to undo");
}

#[test]
fn actions_tell_of_marked_runs_that_are_not_listed() {
    let (first, second) = (dir(MID_1), dir(LATE_2));
    for (script, deleted, why) in [
        ("/mode:late⏎D⏎", vec![&second], "the first answer is for what is seen"),
        ("/mode:late⏎Db", vec![&second, &first], "all of them, once that is said"),
        ("/mode:late⏎D⎋", vec![], "or none"),
        ("/mode:early⏎D⏎", vec![], "where none is seen, none"),
        ("/mode:early⏎Db", vec![&second, &first], "or all"),
        ("/-mode:early⏎D", vec![&first, &second], "what is all in sight needs no question"),
    ] {
        let mut dashboard = runs(120, 40);
        dashboard.keys("x↓x");
        let effects = dashboard.keys(script);
        let trashed: Vec<&PathBuf> = effects
            .iter()
            .flat_map(|effect| match effect {
                Effect::Trash(dirs) => dirs.as_slice(),
                other => panic!("{other:?}"),
            })
            .collect();
        // By their names, where they stand in no order.
        let (mut trashed, mut deleted) = (trashed, deleted);
        trashed.sort();
        deleted.sort();
        assert_eq!(trashed, deleted, "{script}: {why}");
    }
    let mut dashboard = runs(120, 40);
    dashboard.keys("x↓x");
    assert!(dashboard.text().contains("─ 2 marked ╯"), "{}", dashboard.text());
    dashboard.keys("/mode:late⏎");
    assert!(dashboard.text().contains("2 marked, 1 not listed"), "{}", dashboard.text());
    dashboard.keys("D");
    assert!(dashboard.text().contains("Delete 2 marked runs? Not listed: 1"), "{}", dashboard.text());
    // A marked run that is hidden is not listed either, and is compared all the same.
    dashboard.keys("⎋/^⏎H");
    assert!(dashboard.text().contains("2 marked, 2 not listed"), "{}", dashboard.text());
    dashboard.keys("c");
    assert!(dashboard.text().contains("2 runs · marked runs"), "{}", dashboard.text());
}

#[test]
fn deleted_runs_can_be_brought_back_after_a_restart() {
    let moved = |name: &str| vec![Moved { dir: dir(name), trash: PathBuf::from("runs/.trash").join(name) }];
    let mut dashboard = runs(120, 40);
    dashboard.tell(Message::Deletions(vec![moved("older"), moved("newer")]));
    assert_eq!(dashboard.keys("u"), [Effect::Restore(moved("newer"))]);
    // What could not be brought back may be tried again.
    let problems = vec!["something else has that name now".to_owned()];
    dashboard.tell(Message::Restored { moved: vec![], kept: moved("newer"), problems });
    assert!(dashboard.text().contains("something else has that name now"), "{}", dashboard.text());
    assert_eq!(dashboard.keys("u"), [Effect::Restore(moved("newer"))]);
    dashboard.tell(Message::Restored { moved: moved("newer"), kept: vec![], problems: vec![] });
    assert_eq!(dashboard.keys("u"), [Effect::Restore(moved("older"))]);
    assert_eq!(dashboard.keys("u"), []);
    assert!(dashboard.text().contains("undo: nothing was deleted or changed yet"), "{}", dashboard.text());
}

#[test]
fn the_trash_is_emptied_only_after_a_question_that_says_how_much_there_is() {
    let mut dashboard = runs(120, 40);
    let moved = vec![Moved { dir: dir("older"), trash: PathBuf::from("runs/.trash/older") }];
    dashboard.tell(Message::Deletions(vec![moved]));
    assert_eq!(dashboard.keys(":empty⏎"), [Effect::MeasureTrash]);
    dashboard.tell(Message::TrashMeasured { runs: 3, bytes: 2_000_000 });
    assert!(dashboard.text().contains("Empty the trash? 3 runs, 2 MB"), "{}", dashboard.text());
    assert_eq!(dashboard.keys("⏎"), [], "the first answer leaves it");
    dashboard.tell(Message::TrashMeasured { runs: 3, bytes: 2_000_000 });
    assert_eq!(dashboard.keys("p"), [Effect::EmptyTrash]);
    dashboard.tell(Message::TrashEmptied(Ok(3)));
    assert!(dashboard.text().contains("3 runs deleted for good"), "{}", dashboard.text());
    assert_eq!(dashboard.keys("u"), [], "what is gone for good does not come back");
    dashboard.tell(Message::TrashMeasured { runs: 0, bytes: 0 });
    assert!(dashboard.text().contains("the trash is empty"), "{}", dashboard.text());
}

#[test]
fn a_key_that_does_nothing_says_why() {
    let mut dashboard = runs(120, 40);
    for (script, told) in [
        ("E", "extend: it has not ended: resume it"),
        ("↓f", "retry: no run failed here"),
        ("s", "stop: nothing is live"),
        ("u", "undo: nothing was deleted or changed yet"),
    ] {
        assert_eq!(dashboard.keys(script), [], "{script}");
        assert!(dashboard.text().contains(told), "{told} is not in\n{}", dashboard.text());
    }
}

#[test]
fn columns_are_chosen_and_a_note_is_written() {
    let mut dashboard = runs(120, 40);
    let heading = |dashboard: &mut Dashboard| dashboard.text().lines().nth(2).unwrap_or_default().to_owned();
    assert!(heading(&mut dashboard).contains("val loss"), "{}", heading(&mut dashboard));
    dashboard.keys("C^note seed zz");
    assert!(dashboard.text().contains("there is no field `zz`"), "{}", dashboard.text());
    // The last fields that there are have room as well.
    assert!(dashboard.text().contains("data host"), "{}", dashboard.text());
    dashboard.keys("⌫⌫⌫⏎");
    let chosen: Vec<String> = heading(&mut dashboard).split_whitespace().map(str::to_owned).collect();
    assert_eq!(chosen, ["│", "note", "seed", "│"]);
    let [Effect::Annotate { notes, .. }] = &dashboard.keys("nas good as it gets⏎")[..] else { panic!("no note") };
    assert_eq!(notes.note, "as good as it gets");
    assert!(dashboard.text().contains("as good as it gets"), "{}", dashboard.text());
    dashboard.keys("C^⏎");
    assert!(heading(&mut dashboard).contains("val loss"), "empty: the usual ones");
}

#[test]
fn several_marked_runs_are_tagged_and_hidden_and_that_is_undone() {
    let mut dashboard = runs(120, 40);
    let annotated = |effects: &[Effect]| -> Vec<(PathBuf, Notes)> {
        let annotated = effects.iter().map(|effect| match effect {
            Effect::Annotate { dir, notes } => (dir.clone(), notes.clone()),
            other => panic!("{other:?}"),
        });
        annotated.collect()
    };
    let tagged = annotated(&dashboard.keys("x↓xtgood⏎"));
    assert_eq!(tagged.iter().map(|(dir, _)| dir.clone()).collect::<Vec<_>>(), [dir(MID_1), dir(LATE_2)]);
    assert!(tagged.iter().all(|(_, notes)| notes.tags.contains("good")));
    let hidden = annotated(&dashboard.keys("H"));
    assert!(hidden.len() == 2 && hidden.iter().all(|(_, notes)| notes.hidden));
    assert_eq!(rows(&mut dashboard), ["mid 0", "late 1", "late 0", "early 0"]);
    let undone = annotated(&dashboard.keys("u"));
    assert!(undone.len() == 2 && undone.iter().all(|(_, notes)| !notes.hidden && notes.tags.contains("good")));
    assert_eq!(rows(&mut dashboard).len(), 6);
    let undone = annotated(&dashboard.keys("u"));
    assert!(undone.iter().all(|(_, notes)| *notes == Notes::default()));
}

#[test]
fn marked_runs_are_pinned_together_as_many_as_have_room() {
    let mut dashboard = runs(120, 40);
    let stars = |dashboard: &mut Dashboard| dashboard.text().matches('★').count();
    dashboard.keys("x↓xp");
    assert_eq!(stars(&mut dashboard), 2);
    assert!(dashboard.text().contains("2 runs pinned"), "{}", dashboard.text());
    dashboard.keys("p");
    assert_eq!(stars(&mut dashboard), 0, "all of them are let go of");

    let mut dashboard = Dashboard::new(120, 40);
    let entries = (0..10).map(|seed| Script::new(&format!("run-{seed}"), Mode::Late).epochs(1).clone().entry());
    let entries = entries.collect();
    dashboard.scanned(entries, vec![]);
    dashboard.keys("⇥Xp");
    assert_eq!(stars(&mut dashboard), 8);
    assert!(dashboard.text().contains("8 runs pinned: other runs are compared with them; 2 more"));
}

#[test]
fn the_mouse_sorts_the_table_and_chooses_among_the_compared() {
    let mut dashboard = runs(120, 40);
    // In the heading, which is the line below the title.
    let sort = |dashboard: &mut Dashboard| {
        let line = dashboard.text().lines().nth(2).unwrap().to_owned();
        let column = line.find("seed").map(|bytes| line[..bytes].chars().count()).unwrap();
        assert_eq!(dashboard.mouse(MouseEventKind::Down(MouseButton::Left), column as u16, 2), []);
    };
    sort(&mut dashboard);
    assert_eq!(rows(&mut dashboard), ["mid 0", "late 0", "early 0", "mid 1", "late 1", "late 2"]);
    sort(&mut dashboard);
    assert_eq!(
        rows(&mut dashboard),
        ["late 2", "mid 1", "late 1", "mid 0", "late 0", "early 0"],
        "the other way round"
    );
    // On Compare a click chooses a run, and a second one shows it.
    dashboard.keys("X⇥");
    let chosen = |dashboard: &mut Dashboard| dashboard.text().lines().position(|line| line.starts_with("│▸"));
    let before = chosen(&mut dashboard).unwrap();
    dashboard.mouse(MouseEventKind::Down(MouseButton::Left), 8, before as u16 + 2);
    assert_eq!(chosen(&mut dashboard), Some(before + 2), "{}", dashboard.text());
    dashboard.mouse(MouseEventKind::Down(MouseButton::Left), 8, before as u16 + 2);
    assert!(dashboard.text().contains("val of epoch") || dashboard.text().contains("test of epoch"));
}

#[test]
fn a_run_that_is_trained_here_is_not_deleted() {
    let mut dashboard = Dashboard::new(120, 40);
    dashboard.keys("⏎");
    let mut run = Script::new("live", Mode::Late);
    run.epochs(2);
    dashboard.play(&run);
    assert_eq!(dashboard.keys("⇥D"), []);
    assert!(dashboard.text().contains("live is trained here: stop it first"), "{}", dashboard.text());
}

#[test]
fn notes_are_written_undone_and_late_answers_change_nothing() {
    let mut dashboard = runs(120, 40);
    let [Effect::Annotate { dir: where_to, notes }] = &dashboard.keys("tgood -old⏎")[..] else { panic!("no note") };
    assert_eq!((where_to, notes.tags.iter().map(String::as_str).collect::<Vec<_>>()), (&dir(MID_1), vec!["good"]));
    dashboard.keys("Nthe first⏎");
    assert!(dashboard.text().contains("the first"), "{}", dashboard.text());

    // The folder was read before the notes were written.
    let found = folder().iter().map(listed).collect();
    dashboard.tell(Message::Runs(Box::new(Changes { found, ..Changes::default() })));
    assert!(dashboard.text().contains("good"), "what is on its way is newer");
    // The first of two changes failed, the second is on its way.
    let failed = (Notes::default(), "the disk is full".to_owned());
    dashboard.tell(Message::Annotated { dir: dir(MID_1), result: Err(failed.clone()) });
    assert!(dashboard.text().contains("good") && dashboard.text().contains("the disk is full"));
    dashboard.tell(Message::Annotated { dir: dir(MID_1), result: Ok(()) });
    assert!(dashboard.text().contains("good"));
    dashboard.tell(Message::Annotated { dir: dir("gone"), result: Err(failed) });

    let [Effect::Annotate { notes, .. }] = &dashboard.keys("u")[..] else { panic!("no undo") };
    assert_eq!((notes.label.as_str(), notes.tags.len()), ("", 1), "the name is taken back, the tag is not");
    assert!(matches!(&dashboard.keys("u")[..], [Effect::Annotate { notes, .. }] if *notes == Notes::default()));
}

#[test]
fn hidden_runs_are_listed_only_when_asked_for() {
    let mut dashboard = runs(120, 40);
    assert!(matches!(&dashboard.keys("H")[..], [Effect::Annotate { notes, .. }] if notes.hidden));
    assert_eq!(rows(&mut dashboard).len(), 5);
    assert!(dashboard.text().contains("1 hidden"), "{}", dashboard.text());
    dashboard.keys("a");
    assert_eq!(rows(&mut dashboard).len(), 6);
}

/// Mode, seed and folder of the runs that `effects` ask for.
fn starts(effects: &[Effect]) -> Vec<(Mode, u64, Option<PathBuf>)> {
    let start = |request: &RunRequest| (request.config.model.mode, request.config.train.seed, request.resume.clone());
    requests(effects).into_iter().map(start).collect()
}

#[test]
fn runs_are_resumed_retried_and_cloned_with_their_own_settings() {
    for (script, expected, why) in [
        ("r", vec![(Mode::Mid, 1, Some(dir(MID_1)))], "a failed run goes on"),
        ("f", vec![(Mode::Mid, 1, None)], "or is trained anew"),
        ("↓f", vec![], "an interrupted one did not fail"),
        ("↓r", vec![(Mode::Mid, 0, Some(dir(MID_0)))], "but goes on"),
        ("↓↓r", vec![], "what ended is over"),
        ("↓↓i", vec![(Mode::Late, 3, None)], "the first seed that is free"),
        ("Xf", vec![(Mode::Mid, 1, None)], "of the marked ones, those that failed"),
        ("rr", vec![(Mode::Mid, 1, Some(dir(MID_1)))], "once"),
    ] {
        let mut dashboard = runs(120, 40);
        assert_eq!(starts(&dashboard.keys(script)), expected, "{script}: {why}");
    }
}

#[test]
fn no_run_is_trained_with_the_settings_of_another_in_place_of_those_that_cannot_be_read() {
    for script in ["f", "i", "I", "↓↓i"] {
        let mut dashboard = Dashboard::new(120, 40);
        let mut entries = folder();
        for entry in &mut entries {
            entry.config = None;
        }
        dashboard.scanned(entries, vec![]);
        assert_eq!(starts(&dashboard.keys(&format!("⇥{script}"))), [], "{script}");
        let text = dashboard.text();
        assert!(text.contains("cannot be read: no other run can be trained with them"), "{script}: {text}");
    }
}

#[test]
fn what_needs_the_settings_waits_for_them_and_for_nothing_else() {
    let mut dashboard = runs(120, 40);
    let entries = std::mem::take(&mut dashboard.folder);
    assert_eq!(starts(&dashboard.keys("↓↓↓i")), [], "the run is not read yet");
    let entry = entries.iter().find(|entry| entry.dir == dir("20260101T000002Z-late-s1")).unwrap().clone();
    let opened = Message::Opened { dir: entry.dir.clone(), entry: Ok(Box::new(entry.clone())) };
    assert_eq!(starts(&dashboard.tell(opened.clone())), [(Mode::Late, 3, None)]);
    assert_eq!(starts(&dashboard.tell(opened)), [], "an answer that comes twice counts once");

    // One that was deleted meanwhile, and one that cannot be read.
    dashboard.keys("↓i");
    dashboard.tell(Message::Trashed { moved: vec![], problems: vec![] });
    let gone = dir("20260101T000001Z-late-s0");
    dashboard.tell(Message::Runs(Box::new(Changes { gone: vec![gone.clone()], ..Changes::default() })));
    let entry = entries.iter().find(|entry| entry.dir == gone).unwrap().clone();
    assert_eq!(starts(&dashboard.tell(Message::Opened { dir: gone, entry: Ok(Box::new(entry)) })), []);
    dashboard.key(KeyCode::End);
    dashboard.keys("i");
    let dir = dir("20260101T000000Z-early-s0");
    dashboard.tell(Message::Opened { dir, entry: Err("it is damaged".to_owned()) });
    assert!(dashboard.text().contains("it is damaged"), "{}", dashboard.text());
}

#[test]
fn another_processs_run_is_followed_and_its_silence_told() {
    let mut dashboard = Dashboard::new(120, 40);
    let mut run = Script::new("afar", Mode::Late);
    run.started().writer = Writer { host: "node-7".to_owned(), pid: 1, started: 1, ..Writer::default() };
    run.epochs(2);
    dashboard.scanned(vec![run.entry()], vec![]);
    dashboard.tell(Message::Clock(START + 2_000));
    assert!(dashboard.text().contains("val of epoch 2") && dashboard.text().contains("another process"));
    let known = run.events.len();
    run.epochs(1);
    let tail = Tail { dir: run.dir.clone(), events: run.events[known..].to_vec(), restarted: false };
    dashboard.tell(Message::Runs(Box::new(Changes { tails: vec![tail], ..Changes::default() })));
    assert!(dashboard.text().contains("val of epoch 3"), "{}", dashboard.text());
    dashboard.keys("⇥");
    assert!(dashboard.text().contains("elsewhere"), "{}", dashboard.text());
    dashboard.tell(Message::Clock(START + 2_000 + 42_000));
    assert!(dashboard.text().contains("no heartbeat for 42 s"), "{}", dashboard.text());
    // Its process was looked for and is gone.
    let mut gone = listed(&run.entry());
    gone.interrupted = true;
    dashboard.tell(Message::Runs(Box::new(Changes { found: vec![gone], ..Changes::default() })));
    assert!(dashboard.text().contains("interrupted"), "{}", dashboard.text());

    // The log was replaced: what was read before does not count.
    let mut other = Script::new("afar", Mode::Late);
    other.epochs(1);
    let tail = Tail { dir: other.dir.clone(), events: other.events.clone(), restarted: true };
    dashboard.tell(Message::Runs(Box::new(Changes { tails: vec![tail], ..Changes::default() })));
    dashboard.keys("3");
    assert!(dashboard.text().contains("val of epoch 1"), "{}", dashboard.text());
}

#[test]
fn a_writer_whose_clock_is_ahead_is_as_silent_as_any_other() {
    let mut dashboard = Dashboard::new(120, 40);
    let mut run = Script::new("ahead", Mode::Late);
    run.started().writer = Writer { host: "node-7".to_owned(), pid: 1, started: 1, ..Writer::default() };
    run.epochs(2);
    dashboard.scanned(vec![run.at(86_400).entry()], vec![]);
    dashboard.keys("⇥");
    assert!(dashboard.text().contains("elsewhere"), "{}", dashboard.text());
    dashboard.tell(Message::Clock(START + 42_000));
    assert!(dashboard.text().contains("no heartbeat for 42 s"), "{}", dashboard.text());
}

#[test]
fn a_resumed_run_that_was_not_open_keeps_what_the_worker_told_before_it_was_read() {
    let mut dashboard = Dashboard::new(120, 40);
    let mut run = Script::new("before", Mode::Late);
    run.epochs(5);
    let mut entry = run.entry();
    entry.interrupted = true;
    let mut newer = Script::new("newer", Mode::Late);
    newer.epochs(1).finish(Outcome::Finished);
    dashboard.scanned(vec![entry.clone(), newer.at(60).entry()], vec![]);
    dashboard.folder.clear();
    dashboard.keys("⇥↓r");
    dashboard.tell(Message::Opened { dir: run.dir.clone(), entry: Ok(Box::new(entry)) });
    dashboard.worker(run.next(RunEvent::ResumedFrom { epoch: 5, writer: Writer::default() }));
    run.epochs(1);
    for event in run.events.iter().skip(run.events.len() - 3) {
        dashboard.worker(WorkerMessage::Event { dir: run.dir.clone(), event: event.clone() });
    }
    dashboard.keys("3");
    let text = dashboard.text();
    assert!(text.contains("val of epoch 6") && text.contains("training"), "{text}");
}

#[test]
fn the_comparison_is_of_the_marked_runs_and_told_against_the_best() {
    let mut dashboard = runs(120, 40);
    dashboard.keys("⇥");
    assert!(dashboard.text().contains("the newest run of each mode"), "{}", dashboard.text());
    dashboard.key(KeyCode::BackTab);
    dashboard.keys("/mode:late⏎X/⎋c");
    let text = dashboard.text();
    assert!(text.contains("3 runs · marked runs") && text.contains("train.seed"), "{text}");
    dashboard.keys("b");
    let text = dashboard.text();
    assert!(text.contains("1 group · marked runs") && text.contains("0-2") && text.contains('±'), "{text}");
    dashboard.keys("b↓xx");
    assert!(dashboard.text().contains("confusion · b − a"), "{}", dashboard.text());
    dashboard.keys("⏎");
    assert!(dashboard.text().contains("▸3 Late◂"), "{}", dashboard.text());
}

#[test]
fn no_answer_about_a_run_that_is_not_there_harms() {
    let mut dashboard = runs(80, 24);
    let before = dashboard.text();
    let entry = folder().swap_remove(0);
    let tail = Tail { dir: dir("none"), events: vec![], restarted: true };
    for message in [
        Message::Opened { dir: dir("none"), entry: Ok(Box::new(entry)) },
        Message::Annotated { dir: dir("none"), result: Ok(()) },
        Message::Trashed { moved: vec![], problems: vec![] },
        Message::Restored { moved: vec![], kept: vec![], problems: vec![] },
        Message::Runs(Box::new(Changes { gone: vec![dir("none")], tails: vec![tail], ..Changes::default() })),
    ] {
        assert_eq!(dashboard.tell(message), []);
        assert_eq!(dashboard.text(), before);
    }
}

#[test]
fn scores_on_different_data_stand_in_one_column_only_with_a_mark() {
    let mut alike = runs(120, 40);
    assert!(!alike.text().contains(" data "), "{}", alike.text());

    let mut entries = folder();
    let mut other = Script::new("20260101T000006Z-mid-s7", Mode::Mid);
    other.started().seed = 7;
    other.started().fingerprint = "another set".to_owned();
    other.epochs(3);
    entries.push(other.at(3_000).entry());
    for (width, height) in [(120, 40), (80, 24)] {
        let mut dashboard = Dashboard::new(width, height);
        dashboard.scanned(entries.clone(), vec![]);
        dashboard.keys("⇥");
        let text = dashboard.text();
        let marks = |letter: &str| text.lines().filter(|line| line.contains(&format!(" {letter}    "))).count();
        assert!(text.contains(" data "), "{text}");
        assert_eq!((marks("A"), marks("B")), (1, 6), "the newest run's set is A\n{text}");
    }
}

#[test]
fn groups_are_compared_by_the_means_of_all_their_runs() {
    let mut dashboard = runs(160, 60);
    dashboard.keys("/-mode:early⏎X/^⏎⎋cb");
    let text = dashboard.text();
    assert!(text.contains("2 groups · marked runs, mean ± sd over seeds"), "{text}");
    // Mid was never tested: both are told on the validation split.
    assert!(text.contains("val F1 · change of each mean, sd over seeds"), "{text}");
    assert!(text.contains("val of 2 runs together, row %"), "{text}");
    let airport = text.lines().filter(|line| line.contains("airport")).find(|line| line.contains('±')).unwrap();
    assert_eq!(airport.matches('±').count(), 2, "a mean and a deviation of each group: {airport}");
    // The chosen group is told against the other one, whichever of its runs is pinned.
    dashboard.keys("↓");
    assert!(dashboard.text().contains("confusion · b − a"), "{}", dashboard.text());
    assert!(dashboard.text().contains("val of 3 runs together"), "{}", dashboard.text());
}
