//! A run that has ended goes on, as a person asks for it.

use avsc_tui::{
    config::{Config, Mode},
    protocol::{Origin, Outcome, RunEvent, Setting, WorkerMessage, Writer},
};

use crate::fixture::{Dashboard, Script, requests};

const NAME: &str = "20260101T000000Z-late-s0";

/// A dashboard on one run with its settings; `end` is how it ended after 19 epochs.
fn ended(end: Outcome, adjust: impl FnOnce(&mut Script)) -> Dashboard {
    let mut run = Script::new(NAME, Mode::Late);
    adjust(&mut run);
    run.epochs(19).finish(end);
    let mut entry = run.entry();
    let mut config = Config::default().with("train.lr", "7e-4").unwrap();
    config.model.mode = Mode::Late;
    entry.config = Some(Box::new(config));
    let mut dashboard = Dashboard::new(80, 24);
    dashboard.scanned(vec![entry], vec![]);
    dashboard
}

#[test]
fn more_epochs_and_more_patience_let_it_go_on() {
    use Setting::{EarlyStop, Epochs};
    let short = |run: &mut Script| (run.started().epochs, run.started().early_stop) = (19, 0);
    for (early, script, changes, why) in [
        (false, "E120⏎", vec![(Epochs, 120.0)], "the new maximum"),
        (false, "⇥E120⏎", vec![(Epochs, 120.0)], "the chosen run of the table"),
        (false, "E120↓30⏎", vec![(Epochs, 120.0), (EarlyStop, 30.0)], "both"),
        (false, "E120↓5⏎", vec![], "as many epochs were bad already"),
        (false, "E19⏎", vec![], "it has so many already"),
        (false, "E⏎", vec![], "nothing typed lets nothing go on"),
        (false, "E1e9⏎", vec![], "out of range"),
        (false, "E120⎋", vec![], "Esc leaves it as it was"),
        (true, "E↓12⏎", vec![(EarlyStop, 12.0)], "patience"),
        (true, "E↓0⏎", vec![(EarlyStop, 0.0)], "never"),
        (true, "E↓7⏎", vec![], "no more than the bad epochs that there were"),
        (true, "E500⏎", vec![], "the epochs are not what it lacks"),
    ] {
        let mut dashboard = if early { ended(Outcome::EarlyStopped, |_| {}) } else { ended(Outcome::Finished, short) };
        let effects = dashboard.keys(script);
        let asked = requests(&effects);
        let expected = usize::from(!changes.is_empty());
        assert_eq!(asked.len(), expected, "{script}: {why}");
        for request in asked {
            assert_eq!(request.changes, changes, "{script}: {why}");
            assert_eq!(request.resume.as_ref().unwrap().file_name().unwrap(), NAME);
            assert_eq!(request.config.train.lr.to_bits(), 7e-4_f64.to_bits(), "with its own settings");
        }
    }
}

#[test]
fn it_is_told_what_it_lacks_and_trains_in_its_own_folder() {
    let mut dashboard = ended(Outcome::EarlyStopped, |_| {});
    dashboard.keys("E");
    let text = dashboard.text();
    assert!(text.contains("go on with Late") && text.contains("7 epochs in a row were no better"), "{text}");
    dashboard.keys("↓20");
    assert!(dashboard.text().contains("It goes on after epoch 19"), "{}", dashboard.text());
    let effects = dashboard.keys("⏎");
    assert_eq!(requests(&effects).len(), 1);
    let mut run = Script::new(NAME, Mode::Late);
    run.epochs(19).finish(Outcome::EarlyStopped);
    dashboard.worker(run.next(RunEvent::ResumedFrom { epoch: 19, writer: Writer::default() }));
    let (epoch, step, key) = (20, 1178, Setting::EarlyStop);
    dashboard.worker(run.next(RunEvent::SettingChanged { epoch, step, key, from: 7.0, to: 20.0 }));
    let text = dashboard.text();
    assert!(text.contains("training") && text.contains("early-stop patience 7 to 20"), "{text}");
    assert_eq!(dashboard.keys("E"), []);
    assert!(!dashboard.text().contains("go on with"), "it is being trained");
}

#[test]
fn what_has_no_end_or_no_state_is_refused_with_a_reason() {
    let imported = |run: &mut Script| {
        run.started().imported = Some(Origin { source: "x".to_owned(), content: "y".to_owned(), rounded: false });
    };
    let stopped = || ended(Outcome::Stopped, |_| {});
    let imported = || ended(Outcome::Finished, imported);
    let nothing = || Dashboard::new(80, 24);
    let cases: [(&dyn Fn() -> Dashboard, &str); 3] = [
        (&stopped, "it has not ended: resume it"),
        (&imported, "the run is imported, and has no state to go on from"),
        (&nothing, "there is no run"),
    ];
    for (open, reason) in cases {
        let mut dashboard = open();
        assert_eq!(dashboard.keys("E:extend⏎"), []);
        assert!(dashboard.text().contains(&format!("extend: {reason}")), "{reason}\n{}", dashboard.text());
    }
    let mut dashboard = ended(Outcome::EarlyStopped, |_| {});
    dashboard.keys("E↓20⏎");
    let errors = vec!["the run has no saved state to go on from".to_owned()];
    dashboard.worker(WorkerMessage::Refused { mode: Mode::Late, errors });
    dashboard.worker(WorkerMessage::Idle);
    assert!(dashboard.text().contains("no saved state to go on from"), "{}", dashboard.text());
    dashboard.keys("E");
    assert!(dashboard.text().contains("go on with Late"), "it may be tried again");
}
