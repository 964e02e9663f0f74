//! The form of a run's settings, as a person fills it in.

use avsc_tui::{
    config::{Config, Mode},
    protocol::{Outcome, RunRequest, WorkerMessage},
    tui::{Effect, Message},
};
use crossterm::event::{MouseButton, MouseEventKind};

use crate::fixture::{Dashboard, START, Script, requests, training};

/// The one run that `effects` ask for.
fn asked(effects: &[Effect]) -> RunRequest {
    match requests(effects)[..] {
        [request] => request.clone(),
        _ => panic!("{effects:?}"),
    }
}

#[test]
fn frames() {
    for (width, height) in [(120, 40), (80, 24), (40, 12)] {
        let (mut dashboard, _) = training(width, height);
        dashboard.keys("n");
        insta::assert_snapshot!(format!("form_{width}x{height}"), dashboard.text());
        dashboard.keys("/lr⏎⏎3e1");
        insta::assert_snapshot!(format!("form_fault_{width}x{height}"), dashboard.text());
    }
}

#[test]
fn enter_on_the_first_row_trains_what_the_form_says() {
    for (script, key, value, why) in [
        ("n⏎", "train.lr", "1e-4", "nothing changed"),
        ("n/lr⏎⏎^3e-4⏎t", "train.lr", "3e-4", "found, typed over, and a key for the row"),
        ("n/lr⏎⏎^3e-4⏎g⏎", "train.lr", "3e-4", "or the row itself"),
        ("n/lr⏎⏎^3e-4↑↓⏎⎋t", "train.lr", "3e-4", "an arrow takes the value over, Esc does not"),
        ("n/lr⏎⏎^3⎋t", "train.lr", "1e-4", "Esc leaves the value"),
        ("n/lr⏎⏎^3e1⏎⎋t", "train.lr", "1e-4", "what is out of range is not taken"),
        ("n/lr⏎⏎^fast↓↓⎋t", "train.lr", "1e-4", "nor what is no number"),
        ("n/lr⏎⏎^3e-4⏎⌫t", "train.lr", "1e-4", "a key resets it"),
        ("n/mode⏎→t", "model.mode", "hybrid", "the next of few values"),
        ("n/mode⏎←t", "model.mode", "mid", "the one before"),
        ("n/mode⏎⏎ t", "model.mode", "audio", "Enter and Space are the next one, too"),
        ("n/cache⏎ t", "data.cache", "false", "yes and no"),
        ("n/classes⏎⏎^[\"a\", \"b\"]⏎t", "data.classes", "[\"a\", \"b\"]", "a list"),
        ("n/data.dir⏎⏎^/sets/x q⏎t", "data.dir", "/sets/x q", "letters are typed, not commands"),
        ("n/device⏎→t", "train.device", "flex", "a device that is there"),
        ("n/device⏎⏎^libtorch⏎t", "train.device", "libtorch", "or any name"),
        ("n/stop epochs row⏎⏎^3⏎t", "train.early_stop", "3", "comments are searched as well"),
    ] {
        let mut dashboard = Dashboard::new(80, 24);
        dashboard.tell(Message::Devices(vec!["flex".to_owned(), "cuda:0".to_owned()]));
        let config = asked(&dashboard.keys(script)).config;
        let expected = Config::default().with("model.mode", "late").unwrap().with(key, value).unwrap();
        assert_eq!(
            (config.model, config.train, config.data),
            (expected.model, expected.train, expected.data),
            "{script}: {why}"
        );
    }
}

#[test]
fn what_is_wrong_is_told_as_it_is_typed() {
    let mut dashboard = Dashboard::new(80, 24);
    for (script, words) in [
        ("n/lr⏎⏎^0", "out of range: over 0, at most 10"),
        ("⎋⎋/epochs⏎⏎^2.5", "a whole number is expected"),
        ("⎋⎋/early_h⏎⏎^[1, 2]", "expected an array of length 4"),
        ("⎋⎋/device⏎⏎^abacus⏎", "not among those that were found"),
        ("⎋/hybrid_mid⏎", "late fusion does not use it"),
    ] {
        dashboard.keys(script);
        let text = dashboard.text().split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(words), "{script}: {text}");
    }
}

#[test]
fn what_differs_is_marked_and_leaving_asks_for_it() {
    let mut dashboard = Dashboard::with(80, 24, |config| config.train.seed = 5);
    dashboard.keys("n/seed⏎");
    let text = dashboard.text();
    assert!(text.contains("◇train.seed          5") && text.contains("default 0"), "{text}");
    assert!(text.contains("2 differ from the defaults"), "the mode of the tab, too: {text}");
    dashboard.keys("⎋⎋");
    assert!(!dashboard.text().contains("new run"), "nothing was changed here: it closes at once");
    dashboard.keys("n/seed⏎⏎^6⏎⎋⎋");
    assert!(dashboard.text().contains("Leave the form? Changed: 1"), "{}", dashboard.text());
    dashboard.keys("⎋");
    assert!(dashboard.text().contains("◇seed          6"), "{}", dashboard.text());
    dashboard.keys("⎋⏎");
    assert_eq!(asked(&dashboard.keys("⏎")).config.train.seed, 5, "forgotten");
}

#[test]
fn what_was_set_holds_for_the_runs_that_follow_and_is_told() {
    let mut dashboard = Dashboard::new(120, 40);
    assert_eq!(asked(&dashboard.keys("n/lr⏎⏎^3e-4⏎t")).config.train.lr.to_bits(), 3e-4_f64.to_bits());
    assert!(dashboard.text().contains("new runs have lr 3e-4"), "{}", dashboard.text());
    dashboard.worker(WorkerMessage::LoadingCancelled);
    dashboard.worker(WorkerMessage::Idle);
    dashboard.tell(Message::Clock(START + 60_000));
    assert!(dashboard.text().contains("new runs: lr 3e-4"), "{}", dashboard.text());
    assert_eq!(asked(&dashboard.keys("5⏎")).config.train.lr.to_bits(), 3e-4_f64.to_bits());
    dashboard.worker(WorkerMessage::LoadingCancelled);
    dashboard.worker(WorkerMessage::Idle);
    dashboard.keys("n/lr⏎⌫t");
    dashboard.tell(Message::Clock(START + 120_000));
    assert!(!dashboard.text().contains("new runs"), "{}", dashboard.text());
}

#[test]
fn the_form_asks_what_becomes_of_the_live_run() {
    let (mut dashboard, mut run) = training(80, 24);
    assert_eq!(dashboard.keys("n/mode⏎→t"), []);
    assert!(dashboard.text().contains("Train Hybrid? Late is live"), "{}", dashboard.text());
    dashboard.keys("l");
    assert!(dashboard.text().contains("new run · Hybrid"), "looking loses nothing");
    dashboard.keys("tq");
    assert!(!dashboard.text().contains("new run"), "{}", dashboard.text());
    dashboard.keys("n/seed⏎⏎^9⏎Q");
    run.finish(Outcome::EarlyStopped);
    dashboard.play(&run);
    assert_eq!(asked(&dashboard.worker(WorkerMessage::Idle)).config.model.mode, Mode::Hybrid);
    dashboard.worker(WorkerMessage::LoadingCancelled);
    let next = asked(&dashboard.worker(WorkerMessage::Idle)).config;
    assert_eq!((next.model.mode, next.train.seed), (Mode::Late, 9));
}

#[test]
fn the_mouse_chooses_a_setting_and_changes_it() {
    let mut dashboard = Dashboard::new(120, 40);
    dashboard.keys("n");
    dashboard.click("dropout");
    dashboard.click("dropout");
    dashboard.keys("^0.5⏎");
    dashboard.mouse(MouseEventKind::ScrollDown, 40, 20);
    assert!(dashboard.text().contains("▸ epochs"), "{}", dashboard.text());
    dashboard.mouse(MouseEventKind::ScrollUp, 40, 20);
    dashboard.click("mode  ");
    dashboard.click("mode  ");
    dashboard.click("train it");
    let config = asked(&dashboard.click("train it")).config;
    assert_eq!((config.model.mode, config.model.dropout.to_bits()), (Mode::Hybrid, 0.5_f64.to_bits()));
    let mut dashboard = Dashboard::new(40, 12);
    dashboard.keys("n");
    for row in 0..12 {
        dashboard.mouse(MouseEventKind::Down(MouseButton::Left), 10, row);
        dashboard.draw();
    }
}

#[test]
fn a_run_is_varied_with_its_own_settings_marked() {
    let mut run = Script::new("20260101T000000Z-mid-s3", Mode::Mid);
    run.started().seed = 3;
    run.epochs(3).finish(Outcome::EarlyStopped);
    let mut entry = run.entry();
    let mut config = Config::default().with("train.lr", "7e-4").unwrap();
    (config.train.seed, config.study.name) = (3, "grid".to_owned());
    "elsewhere".clone_into(&mut config.runs.dir);
    entry.config = Some(Box::new(config));
    for from in ["2I", "⇥I"] {
        let mut dashboard = Dashboard::new(80, 24);
        dashboard.scanned(vec![entry.clone()], vec![]);
        dashboard.keys(from);
        let text = dashboard.text();
        assert!(text.contains("like 20260101T000000Z-mid-s3 · Mid"), "{text}");
        assert!(text.contains("1 differs from that run"), "the seed is another: {text}");
        let config = asked(&dashboard.keys("/dropout⏎⏎^0.1⏎t")).config;
        assert_eq!((config.train.lr, config.train.seed, config.model.dropout), (7e-4, 4, 0.1), "{from}");
        assert_eq!((config.runs.dir.as_str(), config.study.name.as_str()), ("runs", ""), "it is a run of its own");
        dashboard.worker(WorkerMessage::LoadingCancelled);
        dashboard.worker(WorkerMessage::Idle);
        dashboard.keys("2");
        let config = asked(&dashboard.keys("⏎")).config;
        assert_eq!(config.train.lr.to_bits(), 1e-4_f64.to_bits(), "new runs stay as they were");
    }
}
