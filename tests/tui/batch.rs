//! Several runs asked for in one action.

use avsc_tui::{
    config::{Config, Mode},
    protocol::{Outcome, RunEvent, RunRequest, Setting, WorkerMessage},
    runs::{Changes, RunEntry},
    tui::{Effect, Message},
};

use crate::fixture::{Dashboard, Script, listed, requests, training};

/// An ended run with the default settings but for these.
fn ended(mode: Mode, seed: u64, settings: &[(&str, &str)]) -> Script {
    let mut run = Script::new(&format!("20260101T00000{seed}Z-{mode}-s{seed}"), mode);
    run.started().seed = seed;
    run.started().lr = config(mode, seed, settings).train.lr;
    run.epochs(3).finish(Outcome::EarlyStopped);
    run
}

fn config(mode: Mode, seed: u64, settings: &[(&str, &str)]) -> Config {
    let mut config = settings.iter().fold(Config::default(), |config, (key, value)| config.with(key, value).unwrap());
    (config.model.mode, config.train.seed) = (mode, seed);
    config
}

fn entry(run: &Script, config: Config) -> RunEntry {
    RunEntry { config: Some(Box::new(config)), ..run.entry() }
}

/// Every run that begins, one after the other, as the worker takes them.
fn drain(dashboard: &mut Dashboard, first: &[Effect]) -> Vec<(Mode, u64)> {
    let told = |request: &RunRequest| (request.config.model.mode, request.config.train.seed);
    let mut begun: Vec<_> = requests(first).into_iter().map(told).collect();
    loop {
        let effects = dashboard.worker(WorkerMessage::Idle);
        let Some(request) = requests(&effects).first().copied().map(told) else { return begun };
        begun.push(request);
    }
}

#[test]
fn all_six_modes_are_queued_in_one_action_and_none_twice() {
    use Mode::{Audio, Early, Hybrid, Late, Mid, Video};
    let lr = [("train.lr", "3e-4")];
    let mid = ended(Mid, 0, &[]);
    let mut changed = ended(Video, 0, &[]);
    let end = changed.events.pop().unwrap().event;
    changed.add(RunEvent::SettingChanged { epoch: 3, step: 130, key: Setting::Lr, from: 1e-4, to: 1e-3 }).add(end);
    let entries = vec![
        entry(&mid, config(Mid, 0, &[("train.device", "cuda:0"), ("model.hybrid_mid", "0.9")])),
        entry(&ended(Late, 0, &lr), config(Late, 0, &lr)),
        entry(&ended(Audio, 1, &[]), config(Audio, 1, &[])),
        entry(&ended(Hybrid, 0, &[]), config(Hybrid, 0, &[("model.dropout", "0.3")])),
        entry(&ended(Early, 0, &[]), config(Early, 0, &[("data.dir", "/another/set")])),
        entry(&changed, config(Video, 0, &[])),
    ];
    for (script, expected, why) in [
        (
            "A⏎",
            vec![Early, Late, Hybrid, Audio, Video],
            "mid fusion is there: a device and others' weights do not count",
        ),
        ("Ar", vec![Early, Late, Hybrid, Audio, Video], "a letter for it"),
        ("Aa", Mode::ALL.to_vec(), "or all of them"),
        ("A⎋", vec![], "or none"),
        (":train all⏎⏎", vec![Early, Late, Hybrid, Audio, Video], "from the palette"),
    ] {
        let mut dashboard = Dashboard::new(80, 24);
        dashboard.scanned(entries.clone(), vec![]);
        let effects = dashboard.keys(script);
        let begun = drain(&mut dashboard, &effects);
        assert_eq!(begun, expected.into_iter().map(|mode| (mode, 0)).collect::<Vec<_>>(), "{script}: {why}");
    }
    let mut dashboard = Dashboard::new(80, 24);
    dashboard.scanned(entries, vec![]);
    dashboard.keys("A");
    let text = dashboard.text();
    assert!(text.contains("Train all six modes?") && text.contains("1 of 6 are there already"), "{text}");
}

#[test]
fn what_is_live_or_queued_is_there() {
    let (mut dashboard, _) = training(80, 24);
    dashboard.keys("2⏎q");
    dashboard.keys("A");
    assert!(dashboard.text().contains("2 of 6 are there already"), "{}", dashboard.text());
    dashboard.keys("⏎A");
    let text = dashboard.text();
    assert!(
        text.contains("6 of 6 are there already") && text.contains("▸ n  stay"),
        "Enter queues nothing twice: {text}"
    );
}

#[test]
fn marked_runs_are_repeated_with_seeds() {
    let lr = [("train.lr", "3e-4")];
    let mut imported = ended(Mode::Video, 4, &[]);
    imported.started().imported =
        Some(avsc_tui::protocol::Origin { source: "x".to_owned(), content: "y".to_owned(), rounded: false });
    let mut failed = ended(Mode::Late, 3, &lr);
    failed.events.pop();
    failed.add(RunEvent::Failed { errors: vec!["full".to_owned()] });
    let entries = vec![
        entry(&ended(Mode::Late, 1, &lr), config(Mode::Late, 1, &lr)),
        entry(&failed, config(Mode::Late, 3, &lr)),
        entry(&ended(Mode::Mid, 0, &[]), config(Mode::Mid, 0, &[])),
        entry(&imported, config(Mode::Video, 4, &[])),
    ];
    let late = |seeds: &[u64]| seeds.iter().map(|seed| (Mode::Late, *seed)).collect::<Vec<_>>();
    let mid = [1, 2, 3, 4].map(|seed| (Mode::Mid, seed)).to_vec();
    for (script, expected, why) in [
        ("3M⏎", late(&[0, 2, 3, 4]), "the shown run; a failed one is no run that is there"),
        ("⇥/late⏎XM⏎", late(&[0, 2, 3, 4]), "two runs that differ in their seeds alone are one"),
        ("⇥XM⏎", [late(&[0, 2, 3, 4]), mid].concat(), "an import has no settings"),
        ("⇥XMa", [late(&[0, 1, 2, 3, 4]), (0..5).map(|seed| (Mode::Mid, seed)).collect()].concat(), "all of them"),
        ("⇥/video⏎M⏎", vec![], "nothing to repeat"),
    ] {
        let mut dashboard = Dashboard::new(80, 24);
        dashboard.scanned(entries.clone(), vec![]);
        let effects = dashboard.keys(script);
        let mut begun = drain(&mut dashboard, &effects);
        begun.sort_by_key(|(mode, _)| std::cmp::Reverse(mode.index()));
        assert_eq!(begun, expected, "{script}: {why}");
    }
}

#[test]
fn the_question_waits_until_the_settings_are_read_and_no_longer() {
    let run = ended(Mode::Late, 1, &[]);
    let read = entry(&run, config(Mode::Late, 1, &[]));
    for (answer, expected) in [
        (Ok(Box::new(read.clone())), "1 of 5 are there already"),
        (Err("it is damaged".to_owned()), "no settings can be read of 20260101T000001Z-late-s1"),
    ] {
        let mut dashboard = Dashboard::new(80, 24);
        let found = vec![listed(&read)];
        dashboard.tell(Message::Runs(Box::new(Changes { found, ..Changes::default() })));
        dashboard.keys("M");
        assert!(!dashboard.text().contains("Repeat with seeds"), "nothing is known yet");
        dashboard.tell(Message::Opened { dir: run.dir.clone(), entry: answer });
        assert!(dashboard.text().contains(expected), "{}", dashboard.text());
        assert_eq!(dashboard.keys("⎋⎋"), []);
    }
}
