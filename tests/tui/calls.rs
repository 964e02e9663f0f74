//! What calls the person back: each kind of event, of runs that are trained here and of those that are
//! followed, as the settings want it.

use avsc_tui::{
    config::{Means, Mode},
    protocol::{Outcome, RunEvent, WorkerMessage},
    runs::{Changes, Tail},
    tui::{Call, Effect, Message},
};

use crate::fixture::{Dashboard, Script};

fn calls(effects: Vec<Effect>) -> Vec<Call> {
    effects.into_iter().filter_map(|effect| if let Effect::Call(call) = effect { Some(*call) } else { None }).collect()
}

/// Every kind of event has its own way to call.
fn dashboard() -> Dashboard {
    Dashboard::with(120, 40, |config| {
        config.notify.finished = vec![Means::Osc9];
        config.notify.failed = vec![Means::Osc9, Means::Bell];
        config.notify.diverged = vec![Means::Bell];
        config.notify.best = vec![Means::Command];
        config.notify.command = vec!["tell".to_owned()];
    })
}

/// The kinds of call that each further part of a run brings, when `tell` tells of its events.
fn told(mut tell: impl FnMut(&Script, usize) -> Vec<Call>) {
    let mut run = Script::new("run", Mode::Late);
    let known = run.events.len();
    run.epochs(1);
    let best = tell(&run, known);
    let fact = |name| {
        let facts = &best[0].program.as_ref().unwrap().facts;
        facts.iter().find(|(fact, _)| *fact == name).map(|(_, value)| value.as_str())
    };
    assert_eq!((best.len(), best[0].bell, best[0].desktop.as_deref()), (1, false, None));
    assert_eq!((fact("AVSC_EVENT"), fact("AVSC_RUN"), fact("AVSC_EPOCH")), (Some("best"), Some("run"), Some("1")));

    let bell = Call { bell: true, desktop: None, program: None };
    for (first, expected) in [(62, vec![bell]), (63, vec![])] {
        let known = run.events.len();
        run.add(RunEvent::Steps { epoch: 2, first, losses: vec![f32::NAN] });
        assert_eq!(tell(&run, known), expected, "a run diverges once");
    }
    let known = run.events.len();
    run.finish(Outcome::EarlyStopped);
    let finished = tell(&run, known);
    assert_eq!((finished.len(), finished[0].bell), (1, false));
    assert!(finished[0].desktop.as_ref().unwrap().starts_with("run finished, test accuracy 0.8"), "{finished:?}");
}

#[test]
fn each_kind_of_event_of_a_run_that_is_trained_here_calls_as_its_setting_says() {
    let mut dashboard = dashboard();
    dashboard.keys("⏎");
    let start = Script::new("run", Mode::Late);
    dashboard.play(&start);
    told(|run, known| {
        let events = run.events[known..].iter().cloned();
        let tell = |event| dashboard.worker(WorkerMessage::Event { dir: run.dir.clone(), event });
        calls(events.flat_map(tell).collect())
    });
}

#[test]
fn each_kind_of_event_of_a_run_that_is_followed_calls_as_well() {
    let mut dashboard = dashboard();
    let start = Script::new("run", Mode::Late);
    assert_eq!(dashboard.scanned(vec![start.entry()], vec![]), [], "what was there before calls nobody");
    told(|run, known| calls(tail(&mut dashboard, run, known, false)));
}

fn tail(dashboard: &mut Dashboard, run: &Script, from: usize, restarted: bool) -> Vec<Effect> {
    let tail = Tail { dir: run.dir.clone(), events: run.events[from..].to_vec(), restarted };
    dashboard.tell(Message::Runs(Box::new(Changes { tails: vec![tail], ..Changes::default() })))
}

#[test]
fn what_is_known_already_and_what_a_person_did_calls_nobody() {
    let mut dashboard = dashboard();
    let mut run = Script::new("run", Mode::Late);
    run.epochs(3);
    dashboard.scanned(vec![run.entry()], vec![]);
    assert_eq!(calls(tail(&mut dashboard, &run, 0, false)), [], "the whole log again");
    let known = run.events.len();
    run.epochs(4);
    assert_eq!(calls(tail(&mut dashboard, &run, known, false)).len(), 1, "of four best epochs the last");
    assert_eq!(calls(tail(&mut dashboard, &run, 0, true)), [], "the log was replaced, and is told anew");
    let known = run.events.len();
    run.finish(Outcome::Stopped);
    assert_eq!(calls(tail(&mut dashboard, &run, known, false)), [], "who stops a run knows that it ends");

    // A run of one's own that was told by the worker and is read once more.
    dashboard.keys("⏎");
    let mut own = Script::new("own", Mode::Late);
    own.epochs(1).finish(Outcome::Finished);
    dashboard.play(&own);
    assert_eq!(calls(tail(&mut dashboard, &own, 0, false)), []);
}

#[test]
fn a_run_that_fails_or_cannot_start_calls() {
    let mut dashboard = dashboard();
    let mut run = Script::new("a\u{7}b", Mode::Late);
    dashboard.scanned(vec![run.entry()], vec![]);
    let known = run.events.len();
    run.add(RunEvent::Failed { errors: vec!["full\u{1b}]0;".to_owned()] });
    let call = |text: &str| Call { bell: true, desktop: Some(text.to_owned()), program: None };
    assert_eq!(calls(tail(&mut dashboard, &run, known, false)), [call("a^Gb failed: full^[]0;")]);

    dashboard.keys("⏎");
    let errors = vec!["no data".to_owned(), "no such file".to_owned()];
    let refused = WorkerMessage::Refused { mode: Mode::Late, errors };
    assert_eq!(calls(dashboard.worker(refused)), [call("late could not start: no data: no such file")]);
}

#[test]
fn what_is_set_to_nothing_calls_nobody() {
    let mut dashboard = Dashboard::with(120, 40, |config| {
        let notify = &mut config.notify;
        for means in [&mut notify.finished, &mut notify.failed, &mut notify.diverged, &mut notify.best] {
            means.clear();
        }
    });
    let mut run = Script::new("run", Mode::Late);
    dashboard.scanned(vec![run.entry()], vec![]);
    let known = run.events.len();
    run.epochs(2).add(RunEvent::Steps { epoch: 3, first: 124, losses: vec![f32::NAN] });
    run.finish(Outcome::Finished);
    assert_eq!(tail(&mut dashboard, &run, known, false), []);
    assert_eq!(dashboard.worker(WorkerMessage::Refused { mode: Mode::Mid, errors: vec!["no".to_owned()] }), []);
}
