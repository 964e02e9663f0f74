//! Key scripts and the effects they have, and what late or stale messages do: nothing.

use std::path::PathBuf;

use avsc_tui::{
    config::Mode,
    protocol::{
        Command, Envelope, Outcome, Progress, RunEvent, RunRequest, Setting, Steer, StopMode, WorkerMessage, Writer,
    },
    tui::{Effect, Message},
};
use crossterm::event::KeyCode;

use crate::fixture::{BATCHES, Dashboard, START, Script, finished, requests, steer, training};

fn send(command: Command) -> Effect {
    Effect::Send(command)
}

/// The mode and the resumed folder of every run that `effects` ask for.
fn starts(effects: &[Effect]) -> Vec<(Mode, Option<String>)> {
    let resumed = |dir: &PathBuf| dir.display().to_string();
    let start = |request: &RunRequest| (request.config.model.mode, request.resume.as_ref().map(resumed));
    requests(effects).into_iter().map(start).collect()
}

const LEAVE: Effect = Effect::Quit { at_once: false };
const LEAVE_AT_ONCE: Effect = Effect::Quit { at_once: true };

#[test]
fn enter_trains_the_chosen_mode() {
    for (script, mode) in
        [("⏎", Mode::Late), ("1⏎", Mode::Early), ("6⏎", Mode::Video), ("→⏎", Mode::Hybrid), ("1←⏎", Mode::Video)]
    {
        let effects = Dashboard::new(80, 24).keys(script);
        assert_eq!(starts(&effects), [(mode, None)], "{script}");
    }
}

#[test]
fn keys_of_a_live_run() {
    let dir = training(80, 24).1.dir;
    let ask = |what| steer(&dir, what);
    let stop = |how| vec![ask(Steer::Stop(how))];
    for (script, effects, why) in [
        ("s⏎", stop(StopMode::Now), "Enter takes the first choice"),
        ("sx", stop(StopMode::Now), "choices have letters"),
        ("se", stop(StopMode::AfterEpoch), "choices have letters"),
        ("sd", stop(StopMode::Discard), "discarding asks nothing further"),
        ("s↓⏎", stop(StopMode::AfterEpoch), "arrows move the mark"),
        ("s↓↓↓↓⏎", stop(StopMode::Discard), "the mark stays on the last choice"),
        ("s↓↑⏎", stop(StopMode::Now), "arrows move both ways"),
        ("sj⏎", stop(StopMode::AfterEpoch), "so do the letters beside them"),
        ("sjk⏎", stop(StopMode::Now), "both ways"),
        ("s⎋", vec![], "Esc leaves a dialog"),
        ("s1", vec![], "keys of the screen do not count in a dialog"),
        ("s⏎s⏎", stop(StopMode::Now), "what stops now cannot be stopped sooner"),
        ("ses⏎", [stop(StopMode::AfterEpoch), stop(StopMode::Now)].concat(), "a stop after the epoch can be hastened"),
        (" ", vec![ask(Steer::Pause)], "Space pauses"),
        ("  ", vec![ask(Steer::Pause), ask(Steer::Resume)], "and goes on, without waiting for the answer"),
        ("2⏎l", vec![], "just look"),
        ("2⏎⎋", vec![], "Esc leaves"),
        ("q", vec![], "leaving asks first"),
        ("qn", vec![], "no"),
        ("q⎋", vec![], "Esc leaves the question, not the program"),
        ("qy", vec![send(Command::Shutdown)], "yes"),
        ("q⏎", vec![send(Command::Shutdown)], "Enter confirms"),
        ("⎋r", vec![], "nothing to cancel or to resume"),
    ] {
        let (mut dashboard, _) = training(80, 24);
        assert_eq!(dashboard.keys(script), effects, "{script}: {why}");
    }
}

#[test]
fn another_mode_can_be_queued_or_take_over() {
    let (mut dashboard, mut run) = training(120, 40);
    assert_eq!(dashboard.keys("2⏎q"), [], "the worker is asked when it is free");
    dashboard.keys("3");
    dashboard.tell(Message::Clock(START + 60_000));
    assert!(dashboard.text().contains("1 queued"), "{}", dashboard.text());
    run.finish(Outcome::EarlyStopped);
    dashboard.play(&run);
    assert_eq!(starts(&dashboard.worker(WorkerMessage::Idle)), [(Mode::Mid, None)]);

    let (mut dashboard, mut run) = training(80, 24);
    dashboard.keys("5⏎q");
    assert_eq!(dashboard.keys("2⏎⏎"), [steer(&run.dir, Steer::Stop(StopMode::Now))]);
    run.finish(Outcome::Stopped);
    dashboard.play(&run);
    assert_eq!(starts(&dashboard.worker(WorkerMessage::Idle)), [(Mode::Mid, None)], "before what waited already");
    dashboard.worker(WorkerMessage::Refused { mode: Mode::Mid, errors: vec!["no data".to_owned()] });
    let next = dashboard.worker(WorkerMessage::Idle);
    assert_eq!(starts(&next), [(Mode::Audio, None)], "what cannot start does not keep the next from it");
}

/// The devices that the runs in `effects` are asked for on.
fn devices(effects: &[Effect]) -> Vec<&str> {
    requests(effects).into_iter().map(|request| request.config.train.device.as_str()).collect()
}

#[test]
fn the_next_run_trains_on_the_device_that_was_chosen() {
    let there = || Message::Devices(["flex", "libtorch:cuda:0", "libtorch:cpu"].map(str::to_owned).to_vec());
    for (script, device) in [
        ("⏎", "auto"),
        ("d⏎", "flex"),
        ("dd⏎", "libtorch:cuda:0"),
        ("dddd⏎", "flex"),
        ("⇥⇥d⇥⇥⇥⏎", "auto"),
        ("d2⏎", "flex"),
    ] {
        let mut dashboard = Dashboard::new(120, 40);
        dashboard.tell(there());
        assert_eq!(devices(&dashboard.keys(script)), [device], "{script}");
    }

    let (mut dashboard, mut run) = training(120, 40);
    dashboard.tell(there());
    assert!(!dashboard.text().contains("next:"), "nothing was chosen");
    assert_eq!(dashboard.keys("ddd"), [], "the live run stays where it is");
    for (columns, rows) in [(120, 40), (80, 24)] {
        dashboard.terminal.backend_mut().resize(columns, rows);
        assert!(dashboard.text().contains("next: libtorch:cpu"), "{}", dashboard.text());
    }
    dashboard.keys("2⏎q");
    run.finish(Outcome::Stopped);
    dashboard.play(&run);
    assert_eq!(devices(&dashboard.worker(WorkerMessage::Idle)), ["libtorch:cpu"]);
}

#[test]
fn the_header_tells_of_the_next_device_until_the_live_run_has_it() {
    let mut dashboard = Dashboard::new(120, 40);
    dashboard.tell(Message::Devices(["flex", "libtorch:cpu"].map(str::to_owned).to_vec()));
    dashboard.keys("d⏎");
    dashboard.play(&Script::new("a", Mode::Late));
    assert!(!dashboard.text().contains("next:"), "{}", dashboard.text());
    dashboard.keys("d");
    assert!(dashboard.text().contains("next: libtorch:cpu"), "{}", dashboard.text());
}

#[test]
fn one_device_is_no_choice() {
    let mut dashboard = Dashboard::new(120, 40);
    dashboard.tell(Message::Devices(vec!["flex".to_owned()]));
    assert!(!dashboard.text().contains("d device"));
    assert_eq!(devices(&dashboard.keys("d⏎")), ["auto"]);
}

#[test]
fn a_paused_run_goes_on_and_stops_after_its_epoch() {
    let (mut dashboard, mut run) = training(80, 24);
    dashboard.keys(" ");
    dashboard.worker(run.next(RunEvent::Paused { epoch: 15 }));
    assert_eq!(dashboard.keys(" "), [steer(&run.dir, Steer::Resume)]);
    dashboard.worker(run.next(RunEvent::Resumed { epoch: 15 }));
    dashboard.keys(" ");
    dashboard.worker(run.next(RunEvent::Paused { epoch: 15 }));
    // A paused run would wait for ever for the end of its epoch.
    assert_eq!(
        dashboard.keys("se"),
        [steer(&run.dir, Steer::Stop(StopMode::AfterEpoch)), steer(&run.dir, Steer::Resume)]
    );
}

#[test]
fn a_run_trains_again_once_an_epochs_result_is_there() {
    let (mut dashboard, mut run) = training(120, 40);
    dashboard.progress(Progress::Validating { epoch: 15 });
    assert!(dashboard.text().contains("● validating"));
    run.epochs(1);
    dashboard.play(&run);
    // Nothing has been heard of the next epoch yet.
    let text = dashboard.text();
    assert!(text.contains("● training") && text.contains("epoch 16/100"), "{text}");
}

#[test]
fn loading_can_be_cancelled() {
    for key in ["⎋", "s"] {
        let mut dashboard = Dashboard::new(80, 24);
        dashboard.keys("⏎");
        let loading = Progress::Loading { what: "reading".to_owned(), clips: 1, total: 9, bytes: 1, seconds: 0.1 };
        dashboard.progress(loading.clone());
        assert_eq!(dashboard.keys(key), [send(Command::CancelLoading)], "{key}");
        dashboard.worker(WorkerMessage::LoadingCancelled);
        // Progress that was on its way does not bring loading back.
        dashboard.progress(loading);
        assert!(dashboard.text().contains("idle"));
        assert!(!dashboard.state.is_busy());
    }
}

#[test]
fn the_worker_is_asked_for_nothing_before_it_waits() {
    let mut dashboard = Dashboard::new(80, 24);
    assert_eq!(starts(&dashboard.keys("⏎")), [(Mode::Late, None)]);
    assert_eq!(dashboard.keys("2⏎q4⏎q"), [], "one at a time");
    dashboard.worker(WorkerMessage::LoadingCancelled);
    assert!(dashboard.state.is_busy());
    assert_eq!(starts(&dashboard.worker(WorkerMessage::Idle)), [(Mode::Mid, None)]);
    // A run that failed before its record began is answered by the idleness alone.
    assert_eq!(starts(&dashboard.worker(WorkerMessage::Idle)), [(Mode::Hybrid, None)]);
    dashboard.worker(WorkerMessage::Idle);
    assert!(!dashboard.state.is_busy());
}

#[test]
fn q_leaves_at_once_when_nothing_is_live() {
    assert_eq!(Dashboard::new(80, 24).keys("q"), [LEAVE]);
    assert_eq!(finished(80, 24).0.keys("q"), [LEAVE]);
}

#[test]
fn ctrl_c_always_answers() {
    // Also while a text has the keys: a filter, the palette, a setting.
    for script in ["", "s", "2⏎", "q", "?", ":st", "n/lr", "t", "Q", "⇥", "⇥/late", "⇥⇥", "⇥⇥⇥", "⇥⇥⇥⇥"]
    {
        let (mut dashboard, run) = training(80, 24);
        dashboard.keys(script);
        assert_eq!(dashboard.interrupt_key(), [send(Command::Shutdown)], "after `{script}`");
        assert_eq!(dashboard.tell(Message::Interrupt), [LEAVE_AT_ONCE], "after `{script}`");
        drop(run);
    }
    let (mut dashboard, mut run) = training(80, 24);
    dashboard.tell(Message::Interrupt);
    assert!(dashboard.text().contains("stopping"));
    dashboard.worker(run.next(RunEvent::StopRequested { how: StopMode::Now, reason: None }));
    run.finish(Outcome::Stopped);
    dashboard.play(&run);
    assert_eq!(dashboard.worker(WorkerMessage::Idle), []);
    assert_eq!(dashboard.worker(WorkerMessage::Gone), [LEAVE]);
}

#[test]
fn nothing_new_starts_while_leaving() {
    let (mut dashboard, _) = training(80, 24);
    dashboard.interrupt_key();
    assert_eq!(dashboard.keys("2⏎⏎ s"), []);
    assert_eq!(dashboard.keys("q"), [LEAVE_AT_ONCE]);
}

#[test]
fn a_worker_that_is_gone_is_told_and_nothing_can_be_started() {
    let (mut dashboard, _) = training(120, 40);
    assert_eq!(dashboard.worker(WorkerMessage::Gone), []);
    let text = dashboard.text();
    assert!(text.contains("worker gone"), "{text}");
    dashboard.tell(Message::Clock(i64::MAX));
    assert!(dashboard.text().contains("interrupted"), "the run was left in its midst");
    assert_eq!(dashboard.keys("⏎ s"), []);
    assert_eq!(dashboard.keys("q"), [LEAVE]);
}

#[test]
fn an_interrupted_run_is_resumed_in_its_folder() {
    let mut run = Script::new("20260101-000000-late-s0", Mode::Late);
    run.started().seed = 7;
    run.epochs(5);
    let mut entry = run.entry();
    entry.interrupted = true;
    let mut dashboard = Dashboard::new(80, 24);
    dashboard.scanned(vec![entry], vec![]);
    let text = dashboard.text();
    assert!(text.contains("interrupted") && text.contains("r resumes it"), "{text}");
    let effects = dashboard.keys("rr");
    assert_eq!(starts(&effects), [(Mode::Late, Some("runs/20260101-000000-late-s0".to_owned()))]);
    let Some(Effect::Send(Command::Start(request))) = effects.first() else { panic!("{effects:?}") };
    assert_eq!(request.config.train.seed, 7);

    dashboard.worker(run.next(RunEvent::ResumedFrom { epoch: 5, writer: Writer::default() }));
    let text = dashboard.text();
    assert!(text.contains("training") && text.contains("epoch 6/100"), "{text}");
}

#[test]
fn late_events_after_the_end_change_nothing() {
    let (mut dashboard, mut run) = finished(80, 24);
    let before = dashboard.text();
    dashboard.worker(run.next(RunEvent::Paused { epoch: 19 }));
    dashboard.worker(run.next(RunEvent::Steps { epoch: 20, first: 19 * BATCHES as u64, losses: vec![9.0; 30] }));
    dashboard.progress(Progress::Training { epoch: 20, epochs: 100, batch: 1, batches: 62, clips_per_second: 1.0 });
    dashboard.progress(Progress::Testing);
    assert_eq!(dashboard.text(), before);
    assert!(!dashboard.state.is_busy());
}

#[test]
fn an_event_that_comes_twice_counts_once() {
    let (mut dashboard, run) = training(80, 24);
    let before = dashboard.text();
    for event in &run.events[1..] {
        dashboard.worker(WorkerMessage::Event { dir: run.dir.clone(), event: event.clone() });
    }
    assert_eq!(dashboard.text(), before);
}

#[test]
fn a_discarded_run_does_not_come_back() {
    let (mut dashboard, mut run) = training(80, 24);
    dashboard.keys("sd");
    let entry = run.entry();
    dashboard.worker(WorkerMessage::Discarded { dir: run.dir.clone() });
    dashboard.worker(run.next(RunEvent::Heartbeat));
    dashboard.scanned(vec![entry], vec![]);
    assert!(dashboard.text().contains("No run of Late yet"));
    assert!(!dashboard.state.is_busy());
}

#[test]
fn a_scan_never_takes_a_run_backwards() {
    let (mut dashboard, run) = training(80, 24);
    let before = dashboard.text();
    let mut old = Script::new("20260101-000000-late-s0", Mode::Late);
    old.epochs(3);
    let mut entry = old.entry();
    entry.interrupted = true;
    dashboard.scanned(vec![entry], vec![]);
    assert_eq!(dashboard.text(), before);
    drop(run);
}

#[test]
fn a_run_whose_folder_was_deleted_leaves_with_the_next_scan() {
    let entry = |name, mode| Script::new(name, mode).epochs(2).entry();
    let mut dashboard = Dashboard::new(120, 40);
    let both = vec![entry("a", Mode::Late), entry("b", Mode::Mid)];
    dashboard.scanned(both, vec![]);
    dashboard.keys("⇥");
    assert!(dashboard.text().contains("2 runs"));
    assert_eq!(dashboard.keys("R"), [Effect::Refresh]);
    dashboard.scanned(vec![entry("b", Mode::Mid)], vec![]);
    assert!(dashboard.text().contains("1 run "));
}

#[test]
fn a_report_of_the_listed_runs_is_written_once_at_a_time() {
    let entry = |name, mode| Script::new(name, mode).epochs(2).entry();
    let mut dashboard = Dashboard::new(120, 40);
    assert_eq!(dashboard.keys("⇥⇥W"), [], "there is nothing to report yet");
    let (a, b, c) = (entry("a", Mode::Late), entry("b", Mode::Mid), entry("c", Mode::Mid));
    let dirs = [&c, &a].map(|entry| entry.dir.clone());
    dashboard.scanned(vec![a, b, c], vec![]);
    assert!(dashboard.text().contains("W report"), "{}", dashboard.text());
    assert_eq!(dashboard.keys("W"), [Effect::Report(dirs.to_vec())], "the newest of each mode");
    assert!(dashboard.text().contains("writing a report of 2 runs"));
    assert_eq!(dashboard.keys("W"), [], "one is being written");
    dashboard.tell(Message::Reported(Ok("runs/reports/x/report.html".into())));
    assert!(dashboard.text().contains("the report is written: runs/reports/x/report.html"), "{}", dashboard.text());
    // Only what is marked.
    dashboard.keys("←");
    dashboard.key(KeyCode::BackTab);
    let [Effect::Report(marked)] = &dashboard.keys("X⇥W")[..] else { panic!("no report") };
    assert_eq!(marked.len(), 3);
    dashboard.tell(Message::Reported(Err("the disk is full".to_owned())));
    assert!(dashboard.text().contains("the disk is full"));
    assert_eq!(dashboard.keys("W").len(), 1, "it may be tried again");
}

#[test]
fn another_runs_events_do_not_steal_the_screen() {
    let (mut dashboard, _) = finished(120, 40);
    dashboard.keys("2⏎3");
    let shown = dashboard.text();
    let mut other = Script::new("20260101-000100-mid-s0", Mode::Mid);
    other.epochs(2);
    dashboard.play(&other.clone().at(60));
    let text = dashboard.text();
    let body = |text: &str| text.lines().skip(1).take(36).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(body(&text), body(&shown), "the finished run stays on the screen");
    assert!(text.contains("Mid: epoch 3"), "{text}");
    dashboard.keys("2");
    assert!(dashboard.text().contains("val of epoch 2"));
}

#[test]
fn the_newest_run_of_a_mode_is_shown_and_an_older_one_can_be_picked() {
    let mut older = Script::new("older", Mode::Late);
    older.epochs(4).finish(Outcome::Finished);
    let mut newer = Script::new("newer", Mode::Late);
    newer.epochs(6).finish(Outcome::Finished);
    let mut dashboard = Dashboard::new(120, 40);
    let entries = vec![older.entry(), newer.at(60).entry()];
    dashboard.scanned(entries, vec![]);
    assert!(dashboard.text().contains("6 epochs in"));
    dashboard.keys("⇥↓⏎");
    assert!(dashboard.text().contains("4 epochs in"));
    dashboard.keys("3");
    assert!(dashboard.text().contains("6 epochs in"));
}

#[test]
fn a_question_about_a_run_that_ended_goes_away() {
    let (mut dashboard, mut run) = training(80, 24);
    dashboard.keys("s");
    run.finish(Outcome::EarlyStopped);
    dashboard.play(&run);
    assert!(!dashboard.text().contains("Stop?"));
    assert_eq!(dashboard.keys("sd"), []);
}

#[test]
fn leaving_needs_no_worker_when_the_run_ended_meanwhile() {
    let (mut dashboard, mut run) = training(80, 24);
    dashboard.keys("q");
    run.finish(Outcome::EarlyStopped);
    dashboard.play(&run);
    dashboard.worker(WorkerMessage::Idle);
    assert_eq!(dashboard.keys("y"), [LEAVE]);
}

#[test]
fn the_split_and_the_unit_of_the_tables_can_be_chosen() {
    let (mut dashboard, _) = finished(120, 40);
    assert!(dashboard.text().contains("test of epoch 12"));
    dashboard.keys("vc");
    let text = dashboard.text();
    assert!(text.contains("val of epoch 12, the best") && text.contains("clips ╮"), "{text}");
}

#[test]
fn the_help_scrolls_is_searched_and_closes() {
    let mut dashboard = Dashboard::new(80, 24);
    dashboard.keys("?");
    assert!(dashboard.text().contains("On the Train screen"));
    assert!(!dashboard.text().contains("just look"));
    for _ in 0..40 {
        dashboard.key(KeyCode::PageDown);
    }
    assert!(dashboard.text().contains("just look"), "{}", dashboard.text());
    assert_eq!(dashboard.keys("q"), [], "q is looked for, and does not leave");
    assert_eq!(dashboard.keys("uit"), []);
    let text = dashboard.text();
    assert!(text.contains("find: quit") && text.contains("leave; asks first") && !text.contains("no line"), "{text}");
    dashboard.keys("xyz");
    assert!(dashboard.text().contains("nothing has that"));
    dashboard.keys("⎋");
    assert!(!dashboard.text().contains("find:"));
    dashboard.keys("??");
    assert!(!dashboard.text().contains("type to search"), "the key that opened it closes it");
}

#[test]
fn the_help_begins_with_what_counts_here_and_no_sentence_is_cut() {
    for (script, heading) in
        [("⇥?", "On the Runs screen"), ("⇥⇥⇥?", "On the Study screen"), ("w?", "In a chart that has")]
    {
        let mut dashboard = Dashboard::new(80, 24);
        dashboard.keys(script);
        let text = dashboard.text();
        assert!(text.lines().nth(2).is_some_and(|line| line.contains(heading)), "{heading}: {text}");
    }
    let mut dashboard = Dashboard::new(80, 24);
    dashboard.keys("?mouse");
    assert!(dashboard.text().contains("Shift-wheel"), "{}", dashboard.text());
    let mut dashboard = Dashboard::new(40, 12);
    dashboard.keys("?leave asks first while");
    let text: String = dashboard.text().split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ");
    assert!(text.contains("leave; asks first while a run is live"), "{text}");
    // The last line can be reached, and the way back begins there.
    dashboard.keys("^");
    for _ in 0..100 {
        dashboard.key(KeyCode::PageDown);
    }
    let end = dashboard.text();
    dashboard.keys("↓");
    assert_eq!(dashboard.text(), end);
    dashboard.keys("↑");
    assert_ne!(dashboard.text(), end, "{end}");
}

#[test]
fn the_screen_is_drawn_only_when_something_changed() {
    let mut dashboard = Dashboard::new(80, 24);
    assert!(dashboard.state.needs_redraw());
    dashboard.state.drawn();
    dashboard.tell(Message::Clock(START + 60_000));
    assert!(!dashboard.state.needs_redraw() && !dashboard.state.animates(), "an idle dashboard rests");

    let (mut dashboard, run) = training(80, 24);
    assert!(dashboard.state.animates());
    dashboard.state.drawn();
    let now = run.events.last().map_or(START, |event: &Envelope| event.t);
    dashboard.tell(Message::Clock(now.div_euclid(1000) * 1000 + 999));
    assert!(!dashboard.state.needs_redraw(), "the same second");
    dashboard.tell(Message::Clock(now + 1000));
    assert!(dashboard.state.needs_redraw(), "another second");
}

#[test]
fn opening_trains_only_where_there_is_nothing_to_show() {
    let entry = |data: &str, demo: bool| {
        let mut run = Script::new("before", Mode::Late);
        data.clone_into(&mut run.started().data);
        run.started().demo = demo;
        run.entry()
    };
    // The record tells where the demo set lies; the settings call it `demo`.
    let demo = || vec![entry("/home/me/.cache/avsc-tui/demo", true)];
    let cases = [
        ("no run yet", "demo", vec![], true, true),
        ("a run on the demo set is there to be shown", "demo", demo(), true, false),
        ("a run on this data is there to be shown", "/mine", vec![entry("/mine", false)], true, false),
        ("a run on other data is no reason to wait", "demo", vec![entry("/mine", false)], true, true),
        ("nor is one on the demo set", "/mine", demo(), true, true),
        ("the person wants it otherwise", "demo", vec![], false, false),
    ];
    for (why, data, entries, autostart, trains) in cases {
        let mut dashboard = Dashboard::with(80, 24, |config| {
            config.ui.autostart = autostart;
            data.clone_into(&mut config.data.dir);
        });
        let effects = dashboard.scanned(entries, vec![]);
        let started = effects.iter().any(|effect| matches!(effect, Effect::Send(Command::Start(_))));
        assert_eq!(started, trains, "{why}");
        // A later scan starts nothing.
        assert_eq!(dashboard.scanned(vec![], vec![]), vec![], "{why}");
    }
}

#[test]
fn a_lost_terminal_stops_gracefully_however_often_it_is_told() {
    let (mut dashboard, _) = training(80, 24);
    assert_eq!(dashboard.tell(Message::HangUp), [send(Command::Shutdown)]);
    assert_eq!(dashboard.tell(Message::HangUp), []);
    assert_eq!(dashboard.tell(Message::Worker(WorkerMessage::Gone)), [LEAVE]);
    // A worker that has died sends nothing that would end the dashboard.
    let mut dashboard = Dashboard::new(80, 24);
    dashboard.worker(WorkerMessage::Gone);
    assert_eq!(dashboard.tell(Message::HangUp), [LEAVE]);
}

#[test]
fn settings_of_the_live_run_are_changed_in_a_form() {
    let set = |dir: &std::path::Path, key, value| steer(dir, Steer::Set { key, value });
    let (mut dashboard, mut run) = training(80, 24);
    let dir = run.dir.clone();
    for (script, effects, why) in [
        ("t⏎", vec![], "nothing typed changes nothing"),
        ("t3e-4⏎", vec![set(&dir, Setting::Lr, 3e-4)], "the learning rate is the first field"),
        ("t1e9⏎", vec![], "what is out of range is not sent"),
        ("⎋t9⎋", vec![], "Esc leaves everything as it was"),
        ("t↓200↓12⏎", vec![set(&dir, Setting::Epochs, 200.0), set(&dir, Setting::EarlyStop, 12.0)], "two at once"),
        ("t⇥⇥0⏎", vec![set(&dir, Setting::EarlyStop, 0.0)], "Tab goes on to the next field"),
        ("t1q⎋", vec![], "letters are typed, not commands"),
        ("S", vec![steer(&dir, Steer::Save)], "S keeps the model"),
        (":keep model⏎", vec![steer(&dir, Steer::Save)], "and so does the palette"),
    ] {
        assert_eq!(dashboard.keys(script), effects, "{script}: {why}");
    }
    dashboard.keys("t7");
    assert_eq!(dashboard.interrupt_key(), [send(Command::Shutdown)], "Ctrl-C is never text");

    let (mut dashboard, _) = training(80, 24);
    dashboard.keys("t1e-5");
    let message =
        run.next(RunEvent::SettingChanged { epoch: 15, step: 900, key: Setting::Epochs, from: 100.0, to: 120.0 });
    dashboard.worker(message);
    let text = dashboard.text();
    assert!(text.contains("epochs at most 100 to 120 in epoch 15, by hand") && text.contains("120"), "{text}");
    run.finish(Outcome::Stopped);
    let events = run.events.clone();
    for event in events.into_iter().rev().take(1) {
        dashboard.worker(WorkerMessage::Event { dir: run.dir.clone(), event });
    }
    assert!(dashboard.text().contains("there is nothing left to change"), "{}", dashboard.text());
    assert_eq!(dashboard.keys("tS"), [], "nothing is live");
}
