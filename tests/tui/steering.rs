//! Runs that other processes train, asked from here: what is sent, and what is said until it is answered.

use avsc_tui::{
    config::{ColorDepth, Config, Mode},
    protocol::{Outcome, RunEvent, Setting, Steer, StopMode, WorkerMessage, Writer},
    runs::{Changes, Tail},
    tui::{Effect, Message, State},
};

use crate::fixture::{Dashboard, START, Script, listed, steer, training};

/// A run that another host trains, two epochs far.
fn afar(name: &str, mode: Mode) -> Script {
    let mut run = Script::new(name, mode);
    let job = Some("18_4".to_owned());
    run.started().writer = Writer { host: "node-7".to_owned(), pid: 4711, started: 1, job, ..Writer::default() };
    run.epochs(2);
    run
}

/// A dashboard that shows such a run.
fn watching(width: u16) -> (Dashboard, Script) {
    let mut dashboard = Dashboard::new(width, 40);
    let run = afar("afar", Mode::Late);
    dashboard.scanned(vec![run.entry()], vec![]);
    dashboard.tell(Message::Clock(START + 2_000));
    (dashboard, run)
}

fn asked(run: &Script, what: Steer) -> Effect {
    Effect::Steer { dir: run.dir.clone(), what, seen: run.events.len() as u64 }
}

fn sent(dashboard: &mut Dashboard, run: &Script, what: Steer, result: Result<&str, &str>) {
    let result = result.map(str::to_owned).map_err(str::to_owned);
    assert_eq!(dashboard.tell(Message::Sent { dir: run.dir.clone(), what, result }), []);
}

/// The run's log says `event`.
fn tells(dashboard: &mut Dashboard, run: &mut Script, event: RunEvent) {
    let message = run.next(event);
    let WorkerMessage::Event { dir, event } = message else { unreachable!("it is an event") };
    let tail = Tail { dir, events: vec![event], restarted: false };
    dashboard.tell(Message::Runs(Box::new(Changes { tails: vec![tail], ..Changes::default() })));
}

fn acknowledged(command: &str, refused: Option<&str>) -> RunEvent {
    RunEvent::Acknowledged { command: command.to_owned(), refused: refused.map(str::to_owned) }
}

#[test]
fn keys_steer_the_run_that_is_shown_wherever_it_is_trained() {
    let set = |key, value| Steer::Set { key, value };
    for (script, expected, why) in [
        (" ", vec![Steer::Pause], "Space pauses"),
        ("  ", vec![Steer::Pause, Steer::Resume], "and goes on, without waiting for the answer"),
        ("s⏎", vec![Steer::Stop(StopMode::Now)], "Enter takes the first choice"),
        ("se", vec![Steer::Stop(StopMode::AfterEpoch)], "choices have letters"),
        ("sd", vec![Steer::Stop(StopMode::Discard)], "choices have letters"),
        ("s⎋", vec![], "Esc leaves a dialog"),
        ("S", vec![Steer::Save], "S keeps the model"),
        ("t3e-4⏎", vec![set(Setting::Lr, 3e-4)], "the learning rate"),
        ("t↓200↓12⏎", vec![set(Setting::Epochs, 200.0), set(Setting::EarlyStop, 12.0)], "two at once"),
        ("t-1⏎", vec![], "what is out of range is not sent"),
    ] {
        let (mut dashboard, run) = watching(120);
        let expected: Vec<_> = expected.into_iter().map(|what| asked(&run, what)).collect();
        assert_eq!(dashboard.keys(script), expected, "{script}: {why}");
    }
}

#[test]
fn what_was_sent_is_counted_until_it_is_acknowledged() {
    for width in [120, 80] {
        let (mut dashboard, mut run) = watching(width);
        assert!(dashboard.text().contains("node-7, pid 4711, job 18_4"), "{}", dashboard.text());
        dashboard.keys(" ");
        assert!(dashboard.text().contains("pause: sent, not yet acknowledged for 0 s"), "{}", dashboard.text());
        sent(&mut dashboard, &run, Steer::Pause, Ok("7"));
        dashboard.tell(Message::Clock(START + 9_000));
        assert!(dashboard.text().contains("not yet acknowledged for 7 s"), "{}", dashboard.text());
        tells(&mut dashboard, &mut run, acknowledged("6", None));
        assert!(dashboard.text().contains("not yet acknowledged for 7 s"), "another's command is none of ours");
        dashboard.keys("⇥");
        assert!(dashboard.text().contains("afar: pause: sent, not yet acknowledged for 7 s"), "{}", dashboard.text());
        tells(&mut dashboard, &mut run, acknowledged("7", None));
        assert!(dashboard.text().contains("afar acknowledges: pause"), "{}", dashboard.text());
        tells(&mut dashboard, &mut run, RunEvent::Paused { epoch: 3 });
        dashboard.tell(Message::Clock(START + 19_000));
        dashboard.keys("3");
        let text = dashboard.text();
        assert!(text.contains("paused") && !text.contains("not yet acknowledged"), "{text}");
        assert_eq!(dashboard.keys(" "), [asked(&run, Steer::Resume)], "it goes on from there");
    }
}

#[test]
fn what_pauses_elsewhere_is_told_apart_from_what_trains_there() {
    let (mut dashboard, mut run) = watching(120);
    let other = afar("other", Mode::Mid);
    dashboard.scanned(vec![run.entry(), other.entry()], vec![]);
    dashboard.keys("⇥");
    tells(&mut dashboard, &mut run, RunEvent::Paused { epoch: 3 });
    let text = dashboard.text();
    assert!(text.contains("◐ paused else") && text.contains("● elsewhere"), "{text}");
    dashboard.keys("⏎");
    let text = dashboard.text();
    assert!(text.contains("paused in another process") && !text.contains("training in"), "{text}");
    // Silence does not tell whether it still waits to go on; the pause is known all the same.
    dashboard.tell(Message::Clock(START + 90_000));
    let text = dashboard.text();
    assert!(text.contains("no heartbeat for") && text.contains("paused"), "{text}");
    dashboard.tell(Message::Clock(START));
    dashboard.keys("⇥");
    dashboard.keys("/state:paused⏎");
    assert!(dashboard.text().contains("1 of 2 runs"), "{}", dashboard.text());
}

#[test]
fn a_refusal_and_a_failure_to_send_are_told() {
    let (mut dashboard, mut run) = watching(120);
    dashboard.keys("S");
    sent(&mut dashboard, &run, Steer::Save, Ok("1"));
    tells(&mut dashboard, &mut run, acknowledged("1", Some("it came too late")));
    assert!(dashboard.text().contains("afar refuses: keep the model: it came too late"), "{}", dashboard.text());

    dashboard.keys("S");
    sent(&mut dashboard, &run, Steer::Save, Err("the folder is read-only"));
    let text = dashboard.text();
    assert!(text.contains("the folder is read-only") && !text.contains("not yet acknowledged"), "{text}");

    dashboard.keys("S");
    sent(&mut dashboard, &run, Steer::Save, Ok("2"));
    run.finish(Outcome::EarlyStopped);
    dashboard.scanned(vec![run.entry()], vec![]);
    let last = run.events.last().unwrap().clone();
    let tail = Tail { dir: run.dir.clone(), events: vec![last], restarted: false };
    dashboard.tell(Message::Runs(Box::new(Changes { tails: vec![tail], ..Changes::default() })));
    assert!(dashboard.text().contains("afar ended before it was asked: keep the model"), "{}", dashboard.text());

    let (mut dashboard, run) = watching(120);
    dashboard.keys("sd");
    sent(&mut dashboard, &run, Steer::Stop(StopMode::Discard), Ok("1"));
    dashboard.scanned(vec![], vec![]);
    assert!(dashboard.text().contains("afar is discarded"), "{}", dashboard.text());
}

#[test]
fn questions_about_runs_that_have_ended_go_away() {
    for script in ["s", "t"] {
        let (mut dashboard, mut run) = watching(120);
        dashboard.keys(script);
        let before = dashboard.text();
        assert!(before.contains("Another process trains afar") || before.contains("change Late"), "{before}");
        run.finish(Outcome::Finished);
        let tail =
            Tail { dir: run.dir.clone(), events: run.events.last().cloned().into_iter().collect(), restarted: false };
        dashboard.tell(Message::Runs(Box::new(Changes { tails: vec![tail], ..Changes::default() })));
        let after = dashboard.text();
        assert!(!after.contains("Another process trains afar") && !after.contains("change Late"), "{after}");
        assert_eq!(dashboard.keys("x"), [], "nobody is asked");
    }
}

#[test]
fn marked_runs_are_steered_together_those_here_and_those_elsewhere() {
    let (mut dashboard, live) = training(120, 40);
    let (one, other) = (afar("one", Mode::Mid), afar("other", Mode::Audio));
    let mut over = Script::new("over", Mode::Video);
    over.epochs(1).finish(Outcome::Finished);
    let mut entries = vec![one.entry(), other.entry(), over.entry()];
    entries.push(live.entry());
    dashboard.scanned(entries, vec![]);
    dashboard.keys("⇥X");
    let effects = dashboard.keys(":keep model⏎");
    let has = |effect: &Effect| effects.contains(effect);
    let wanted = [steer(&live.dir, Steer::Save), asked(&one, Steer::Save), asked(&other, Steer::Save)];
    assert!(wanted.iter().all(has), "{effects:?}\n{}", dashboard.text());
    assert_eq!(effects.len(), 3, "the run that is over is left alone: {effects:?}");
    assert!(dashboard.text().contains("(1 more)"), "{}", dashboard.text());
    dashboard.keys("s");
    assert!(dashboard.text().contains("Stop? 3 runs"), "{}", dashboard.text());
    assert_eq!(dashboard.keys("e").len(), 3);
}

#[test]
fn a_dashboard_that_watches_trains_nothing_and_says_so() {
    let mut config = Config::default();
    config.ui.color = ColorDepth::TrueColor;
    let mut dashboard = Dashboard::new(120, 40);
    dashboard.state = State::watching(config, START);
    dashboard.tell(Message::Resize(120, 40));
    dashboard.worker(WorkerMessage::Idle);
    let (one, mut done) = (afar("one", Mode::Mid), afar("done", Mode::Late));
    done.finish(Outcome::Stopped);
    assert_eq!(dashboard.scanned(vec![one.entry(), done.entry()], vec![]), [], "nothing is begun");
    let text = dashboard.text();
    assert!(text.contains("watching") && text.contains("elsewhere"), "{text}");
    assert!(!text.contains("Enter train") && !text.contains("resume"), "{text}");
    dashboard.keys(":resume");
    assert!(dashboard.text().contains("this dashboard watches, and trains nothing"), "{}", dashboard.text());
    dashboard.keys("⎋2");
    assert_eq!(dashboard.keys("⏎"), []);
    assert_eq!(dashboard.keys(" "), [asked(&one, Steer::Pause)]);

    // A single run is shown at once.
    let mut dashboard = Dashboard::new(120, 40);
    dashboard.state = State::watching(Config::default(), START);
    dashboard.tell(Message::Resize(120, 40));
    dashboard.scanned(vec![one.entry()], vec![]);
    assert!(dashboard.text().contains("val of epoch 2"), "{}", dashboard.text());

    // What another program trains takes no commands.
    let mut foreign = Script::new("experiment", Mode::Early);
    foreign.started().imported =
        Some(avsc_tui::protocol::Origin { source: "x".to_owned(), content: String::new(), rounded: true });
    foreign.epochs(3);
    dashboard.tell(Message::Runs(Box::new(Changes { found: vec![listed(&foreign.entry())], ..Changes::default() })));
    dashboard.folder.push(foreign.entry());
    dashboard.keys("1");
    assert_eq!(dashboard.keys(" s"), []);
    dashboard.keys(":pause");
    assert!(dashboard.text().contains("another program trains it"), "{}", dashboard.text());
}
