//! The queue, as a person puts it in order.

use avsc_tui::{
    config::Mode,
    protocol::{Outcome, RunEvent, WorkerMessage},
    tui::{Effect, Message, farewell},
};
use crossterm::event::MouseEventKind;

use crate::fixture::{Dashboard, START, Script, requests, training};

/// Late fusion trains; mid fusion, audio and video wait, in this order.
fn waiting(width: u16, height: u16) -> (Dashboard, Script) {
    let (mut dashboard, run) = training(width, height);
    dashboard.keys("2⏎q5⏎q6⏎q3");
    (dashboard, run)
}

/// The modes and seeds of the runs that begin, one after the other.
fn drain(dashboard: &mut Dashboard, mut run: Script) -> Vec<(Mode, u64)> {
    run.finish(Outcome::EarlyStopped);
    dashboard.play(&run);
    let mut begun = Vec::new();
    loop {
        let effects = dashboard.worker(WorkerMessage::Idle);
        let Some(request) = requests(&effects).first().copied().cloned() else { return begun };
        begun.push((request.config.model.mode, request.config.train.seed));
    }
}

#[test]
fn frames() {
    for (width, height) in [(120, 40), (80, 24), (40, 12)] {
        let (mut dashboard, _) = waiting(width, height);
        dashboard.keys("n/seed⏎⏎^4⏎QQ↓");
        insta::assert_snapshot!(format!("queue_{width}x{height}"), dashboard.text());
    }
}

#[test]
fn what_waited_when_the_dashboard_was_left_is_asked_about_and_not_trained_unasked() {
    let (mut dashboard, _) = waiting(120, 40);
    dashboard.keys("2");
    let kept = serde_json::to_string(&dashboard.state.remembered()).unwrap();
    let reopened = || {
        let mut dashboard = Dashboard::with(120, 40, |config| config.ui.autostart = true);
        dashboard.tell(Message::Recall(Box::new(serde_json::from_str(&kept).unwrap())));
        assert_eq!(dashboard.scanned(vec![], vec![]), [], "nothing is trained unasked");
        assert!(dashboard.text().contains("3 runs still waited when the dashboard was left"), "{}", dashboard.text());
        assert!(dashboard.text().contains("▸2 Mid◂"), "the tab is the one that was left: {}", dashboard.text());
        dashboard
    };
    let mut dashboard = reopened();
    let effects = dashboard.keys("⏎");
    assert_eq!(requests(&effects).first().map(|request| request.config.model.mode), Some(Mode::Mid));
    assert_eq!(dashboard.state.remembered().queue.len(), 3, "what has not begun is not lost in a second kill");

    let mut dashboard = reopened();
    assert_eq!(dashboard.keys("o"), []);
    assert!(dashboard.state.remembered().queue.is_empty(), "forgotten");

    let mut dashboard = reopened();
    assert_eq!(dashboard.keys("⎋"), []);
    assert_eq!(dashboard.state.remembered().queue.len(), 3, "without an answer it is asked again");
    assert!(!dashboard.text().contains("still waited"), "but not in the same sitting");

    // The folder of runs may be read late: no question takes the place of what the person is doing by then.
    let mut dashboard = Dashboard::with(120, 40, |config| config.ui.autostart = true);
    dashboard.tell(Message::Recall(Box::new(serde_json::from_str(&kept).unwrap())));
    dashboard.keys(":");
    assert_eq!(dashboard.scanned(vec![], vec![]), []);
    assert!(!dashboard.text().contains("still waited"), "{}", dashboard.text());
    assert_eq!(dashboard.keys("⎋"), []);
    assert!(dashboard.text().contains("still waited"), "{}", dashboard.text());
}

#[test]
fn what_waits_is_moved_changed_and_taken_out() {
    let (mid, audio, video) = ((Mode::Mid, 0), (Mode::Audio, 0), (Mode::Video, 0));
    for (script, expected, why) in [
        ("", vec![mid, audio, video], "in the order of asking"),
        ("QJ⎋", vec![audio, mid, video], "later"),
        ("QJJJJ⎋", vec![audio, video, mid], "the last stays the last"),
        ("Q↓↓K⎋", vec![mid, video, audio], "sooner"),
        ("QKQ", vec![mid, audio, video], "the first stays the first"),
        ("Q↓x⎋", vec![mid, video], "taken out"),
        ("QGxxx⎋", vec![], "all of them, one by one"),
        ("QC⏎⎋", vec![], "or at once"),
        ("QC⎋⎋", vec![mid, audio, video], "which asks first"),
        ("Q⏎/seed⏎⏎^7⏎t⎋", vec![(Mode::Mid, 7), audio, video], "changed"),
        ("Q⏎/seed⏎⏎^7⏎⎋⎋f⎋", vec![mid, audio, video], "or not"),
        ("Qq", vec![mid, audio, video], "q leaves the queue, not the program"),
    ] {
        let (mut dashboard, run) = waiting(80, 24);
        assert_eq!(dashboard.keys(script), [], "{script}");
        assert_eq!(drain(&mut dashboard, run), expected, "{script}: {why}");
    }
}

#[test]
fn a_run_that_fails_or_is_stopped_lets_the_next_begin() {
    let (mut dashboard, mut run) = waiting(80, 24);
    dashboard.keys("s");
    assert!(dashboard.text().contains("next in the queue: Mid, seed 0"), "{}", dashboard.text());
    dashboard.keys("⎋");
    let failed = run.next(RunEvent::Failed { errors: vec!["no space left".to_owned()] });
    dashboard.worker(failed);
    let effects = dashboard.worker(WorkerMessage::Idle);
    assert_eq!(requests(&effects)[0].config.model.mode, Mode::Mid);
    let mut mid = Script::new("mid", Mode::Mid);
    mid.epochs(1);
    dashboard.play(&mid.clone().at(60));
    dashboard.worker(WorkerMessage::Discarded { dir: mid.dir.clone() });
    let effects = dashboard.worker(WorkerMessage::Idle);
    assert_eq!(requests(&effects)[0].config.model.mode, Mode::Audio);
}

#[test]
fn a_run_that_begins_while_it_is_changed_keeps_what_it_had() {
    let (mut dashboard, mut run) = waiting(80, 24);
    dashboard.keys("Q⏎/seed⏎⏎^7⏎");
    run.finish(Outcome::EarlyStopped);
    dashboard.play(&run);
    let effects = dashboard.worker(WorkerMessage::Idle);
    assert_eq!(requests(&effects)[0].config.train.seed, 0);
    assert_eq!(dashboard.keys("t"), []);
    let text = dashboard.text();
    assert!(text.contains("the run has left the queue") && text.contains("like the queued run"), "{text}");
    dashboard.keys("Q");
    dashboard.worker(WorkerMessage::Idle);
    dashboard.worker(WorkerMessage::Idle);
    let effects = dashboard.worker(WorkerMessage::Idle);
    assert_eq!(requests(&effects)[0].config.train.seed, 7, "nothing that was typed is lost");
}

#[test]
fn leaving_names_what_still_waits() {
    let (mut dashboard, run) = waiting(120, 40);
    dashboard.keys("n/lr⏎⏎^3e-4⏎Q");
    dashboard.keys("q");
    assert!(dashboard.text().contains("4 queued runs wait for the next start"), "{}", dashboard.text());
    dashboard.keys("y");
    let mut ended = run;
    ended.finish(Outcome::Stopped);
    dashboard.play(&ended);
    assert_eq!(dashboard.worker(WorkerMessage::Idle), [], "nothing begins while leaving");
    assert_eq!(dashboard.worker(WorkerMessage::Gone), [Effect::Quit { at_once: false }]);
    let text = farewell(&dashboard.state);
    for line in
        ["still queued: mid, seed 0\n", "still queued: video, seed 0\n", "still queued: late, seed 0, lr 3e-4\n"]
    {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
}

#[test]
fn a_run_that_waits_to_go_on_is_not_deleted_and_keeps_its_settings() {
    let mut stopped = Script::new("20260101T000000Z-video-s0", Mode::Video);
    stopped.epochs(2).finish(Outcome::Stopped);
    let (mut dashboard, _) = training(80, 24);
    dashboard.scanned(vec![stopped.entry()], vec![]);
    dashboard.keys("6r");
    dashboard.tell(Message::Clock(START + 60_000));
    dashboard.keys("Q");
    assert!(dashboard.text().contains("20260101T000000Z-video-s0 goes on"), "{}", dashboard.text());
    dashboard.keys("⏎");
    assert!(dashboard.text().contains("keeps the settings that it has"), "{}", dashboard.text());
    dashboard.keys("⎋⇥/video⏎");
    assert_eq!(dashboard.keys("D"), []);
    assert!(dashboard.text().contains("waits to go on: take it out of the queue first"), "{}", dashboard.text());
}

#[test]
fn the_mouse_chooses_what_waits() {
    let (mut dashboard, run) = waiting(120, 40);
    dashboard.keys("Q");
    dashboard.click("3  Video");
    dashboard.click("K sooner");
    dashboard.mouse(MouseEventKind::ScrollUp, 60, 20);
    dashboard.click("x take out");
    dashboard.keys("⎋");
    assert_eq!(drain(&mut dashboard, run), [(Mode::Video, 0), (Mode::Audio, 0)]);
}
