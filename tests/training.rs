//! Runs on a small data set, as a person would start, stop and resume them.

#![allow(clippy::unwrap_used, reason = "a helper fails its test by panicking")]

use std::{
    fs,
    path::Path,
    time::{Duration, SystemTime},
};

use avsc_tui::{
    config::{Config, Mode},
    device,
    metrics::Confusion,
    model::Fusion,
    protocol::{Command, Outcome, RunEvent, RunRequest, Setting, Steer, StopMode, WorkerMessage},
    runs::{self, History, RunDir, State, log::LogReader, results::Predictions},
    train::{
        checkpoint::Checkpoint,
        evaluate::evaluate,
        loading::Loaded,
        mailbox::Mailbox,
        outbox::outbox,
        random::{Purpose, stream},
        session::{self, Left},
        tensors::sizes,
        worker,
    },
};
use crossbeam_channel::unbounded;
use tempfile::tempdir;

mod support;
use support::{config, dataset, new_run, train, train_with};

/// The setting of every device that is there.
fn devices() -> Vec<String> {
    device::available().into_iter().map(|found| format!("device={}", found.key)).collect()
}

#[test]
fn every_mode_learns_on_every_device() {
    for (mode, device) in Mode::ALL.into_iter().flat_map(|mode| devices().into_iter().map(move |name| (mode, name))) {
        let folder = tempdir().unwrap();
        let config = config(mode, folder.path(), &["epochs=12", &device]);
        let dir = new_run(&config);
        let (left, history) = train(&config, dataset(), dir.clone(), &[]).unwrap();
        assert_eq!(left, Left::Record);
        let finished = history.finished().unwrap();
        let first = history.epochs[0].result.train_loss;
        let last = history.epochs.last().unwrap().result.train_loss;
        assert!(last < 0.7 * first, "{mode}, {device}: training loss {first} → {last}");
        let test = finished.test.as_ref().unwrap();
        assert!(test.scores.accuracy > 0.6, "{mode}, {device}: {:?}", test.scores);
        assert_eq!(test.confusion.total(), 30);
        for file in
            [dir.config(), dir.events(), dir.best(), dir.last(), dir.predictions(), dir.val_predictions(), dir.result()]
        {
            assert!(file.is_file(), "{mode}: {} is missing", file.display());
        }
        assert_eq!(fs::read_to_string(dir.predictions()).unwrap().lines().count(), 31);
        let best = &history.best_epoch().unwrap().confusion;
        let kept = Predictions::read(&dir.val_predictions()).unwrap();
        let (truth, _) = kept.truth.unwrap();
        assert_eq!(Confusion::from_pairs(best.classes(), truth.into_iter().zip(kept.predictions)), *best);
        assert_eq!(history.step_losses.len(), finished.epochs * 5, "70 clips in batches of 16 are 5 steps");
    }
}

#[test]
fn the_same_seed_gives_the_same_run_bit_for_bit() {
    let folder = tempdir().unwrap();
    let run = |seed: &str, device: &str| {
        let config = config(Mode::Hybrid, folder.path(), &[seed, device]);
        let dir = new_run(&config);
        let (_, history) = train(&config, dataset(), dir.clone(), &[]).unwrap();
        (history.step_losses, fs::read(dir.best()).unwrap(), fs::read(dir.predictions()).unwrap())
    };
    // A GPU may add up in another order each time.
    for device in devices().iter().filter(|name| !name.contains("cuda") && !name.contains("wgpu")) {
        let first = run("seed=1", device);
        assert!(first == run("seed=1", device), "{device}");
        assert!(first != run("seed=2", device), "{device}");
    }
}

/// True where two files hold the same bytes, which nobody wants to see printed.
fn same(a: &Path, b: &Path) -> bool {
    fs::read(a).unwrap() == fs::read(b).unwrap()
}

#[test]
fn a_resumed_run_ends_as_the_uninterrupted_one() {
    let folder = tempdir().unwrap();
    for mode in [Mode::Mid, Mode::Audio] {
        let config = config(mode, folder.path(), &["early_stop=3", "lr_patience=0", "epochs=9"]);
        let whole = new_run(&config);
        let (_, uninterrupted) = train(&config, dataset(), whole.clone(), &[]).unwrap();

        let halved = new_run(&config);
        let (_, stopped) = train(&config, dataset(), halved.clone(), &[Steer::Stop(StopMode::AfterEpoch)]).unwrap();
        assert_eq!(stopped.outcome(), Some(Outcome::Stopped));
        assert_eq!(stopped.last_epoch(), 1);
        let (_, resumed) = train(&config, dataset(), halved.clone(), &[]).unwrap();

        assert_eq!(resumed.resumed_from, [1]);
        assert_eq!(resumed.step_losses, uninterrupted.step_losses);
        assert_eq!(resumed.outcome(), uninterrupted.outcome());
        for file in [RunDir::best, RunDir::predictions] {
            assert!(same(&file(&halved), &file(&whole)), "{mode}: {} differs", file(&halved).display());
        }
        let scores = |history: &avsc_tui::runs::History| {
            let finished = history.finished().unwrap();
            (finished.best_epoch, finished.val.clone(), finished.test.clone(), finished.epochs)
        };
        assert_eq!(scores(&resumed), scores(&uninterrupted));
    }
}

#[test]
fn a_run_killed_at_any_line_of_its_log_can_be_resumed() {
    let folder = tempdir().unwrap();
    let config = config(Mode::Mid, folder.path(), &["epochs=3"]);
    let whole = new_run(&config);
    let (_, uninterrupted) = train(&config, dataset(), whole.clone(), &[]).unwrap();
    let log = fs::read(whole.events()).unwrap();
    // A crash in the first epoch leaves a log without a saved state; the line it was writing is torn.
    let first_line = log.iter().position(|&byte| byte == b'\n').unwrap();
    for end in (0..first_line).step_by(29).chain([first_line, first_line + 1, first_line + 2, first_line + 40]) {
        let killed = new_run(&config);
        fs::write(killed.events(), &log[..end]).unwrap();
        let (_, resumed) = train(&config, dataset(), killed.clone(), &[]).unwrap();
        assert_eq!(resumed.step_losses, uninterrupted.step_losses, "killed at byte {end}");
        assert!(same(&killed.best(), &whole.best()), "killed at byte {end}");
        fs::remove_dir_all(killed.path()).unwrap();
    }
}

#[test]
fn a_run_stopped_in_its_first_epoch_ends_without_scores() {
    let folder = tempdir().unwrap();
    let config = config(Mode::Late, folder.path(), &[]);
    let dir = new_run(&config);
    let (left, history) = train(&config, dataset(), dir.clone(), &[Steer::Stop(StopMode::Now)]).unwrap();
    assert_eq!(left, Left::Record);
    let finished = history.finished().unwrap();
    assert_eq!((finished.outcome, finished.epochs, finished.best_epoch), (Outcome::Stopped, 0, None));
    assert!(finished.test.is_none());
    let (_, resumed) = train(&config, dataset(), dir, &[]).unwrap();
    assert_eq!(resumed.outcome(), Some(Outcome::Finished));
}

#[test]
fn discarding_leaves_nothing_to_keep() {
    let folder = tempdir().unwrap();
    let config = config(Mode::Late, folder.path(), &[]);
    let (left, history) = train(&config, dataset(), new_run(&config), &[Steer::Stop(StopMode::Discard)]).unwrap();
    assert_eq!(left, Left::Nothing);
    assert_eq!(history.state, State::Stopping(StopMode::Discard));
}

#[test]
fn a_pause_is_recorded_and_changes_nothing() {
    let folder = tempdir().unwrap();
    let config = config(Mode::Mid, folder.path(), &[]);
    let (_, straight) = train(&config, dataset(), new_run(&config), &[]).unwrap();
    let dir = new_run(&config);
    let (_, paused) = train(&config, dataset(), dir.clone(), &[Steer::Pause, Steer::Resume]).unwrap();
    assert_eq!(paused.step_losses, straight.step_losses);
    let log = fs::read_to_string(dir.events()).unwrap();
    assert!(log.contains(r#""type":"paused""#) && log.contains(r#""type":"resumed""#));
}

#[test]
fn a_run_is_not_resumed_on_other_data_and_keeps_its_record() {
    let folder = tempdir().unwrap();
    let config = config(Mode::Mid, folder.path(), &[]);
    let dir = new_run(&config);
    train(&config, dataset(), dir.clone(), &[Steer::Stop(StopMode::AfterEpoch)]).unwrap();
    let before = fs::read(dir.events()).unwrap();
    let mut other = dataset();
    other.fingerprint = "beef".to_owned();
    let compute = device::resolve("flex").unwrap();
    let loaded = Loaded::new(config.data.clone(), other, &compute);
    let request = RunRequest { config, resume: Some(dir.path().to_owned()), changes: Vec::new() };
    let (_commands, inbox) = unbounded();
    let (outbox, _messages, _progress) = outbox();
    let refused = worker::record(&request, &compute, &loaded, &mut Mailbox::new(inbox), &outbox).unwrap_err();
    assert!(format!("{refused:#}").contains("was trained on"), "{refused:#}");
    assert!(fs::read(dir.events()).unwrap() == before, "a refusal is no failure of the run");
}

#[test]
fn a_diverged_run_says_so_and_stops_early() {
    let folder = tempdir().unwrap();
    let config = config(Mode::Mid, folder.path(), &["early_stop=2"]);
    let mut data = dataset();
    data.train.audio.fill(f32::NAN);
    let dir = new_run(&config);
    let (_, history) = train(&config, data, dir.clone(), &[]).unwrap();
    let finished = history.finished().unwrap();
    assert_eq!((finished.outcome, finished.epochs, finished.best_epoch), (Outcome::EarlyStopped, 2, None));
    assert!(history.step_losses.iter().all(|loss| loss.is_nan()));
    let read = LogReader::new(&dir.events()).read().unwrap();
    assert!(read.problems.is_empty(), "NaN survives the log: {:?}", read.problems);
}

#[test]
fn a_panic_is_a_failed_run_and_the_next_one_trains() {
    let folder = tempdir().unwrap();
    let config = config(Mode::Mid, folder.path(), &["epochs=1"]);
    let compute = device::resolve("flex").unwrap();
    let mut odd = dataset();
    // The reader refuses such a label; a bug that let it through would make the backend panic.
    odd.train.labels[0] = 99;
    let (_commands, inbox) = unbounded();
    let (outbox, messages, _progress) = outbox();
    let mut mailbox = Mailbox::new(inbox);
    let request = RunRequest { config: config.clone(), resume: None, changes: Vec::new() };
    for data in [odd, dataset()] {
        let loaded = Loaded::new(config.data.clone(), data, &compute);
        worker::record(&request, &compute, &loaded, &mut mailbox, &outbox).unwrap();
    }
    let (runs, problems) = runs::scan(folder.path());
    assert!(problems.is_empty(), "{problems:?}");
    let State::Failed(errors) = &runs[0].history.state else { panic!("{:?}", runs[0].history.state) };
    assert!(errors[0].starts_with("the trainer panicked: "), "{errors:?}");
    assert_eq!(runs[1].history.outcome(), Some(Outcome::Finished));
    let told = messages.try_iter().filter(
        |message| matches!(message, WorkerMessage::Event { event, .. } if matches!(event.event, RunEvent::Failed { .. })),
    );
    assert_eq!(told.count(), 1);
}

/// Train on a thread of its own; `react` sees every event, with the run's directory, and answers with
/// commands, which arrive while the run goes on.
fn train_live(config: &Config, dir: &RunDir, mut react: impl FnMut(&RunEvent) -> Vec<Steer>) -> History {
    let compute = device::resolve(&config.train.device).unwrap();
    let loaded = Loaded::new(config.data.clone(), dataset(), &compute);
    let request = RunRequest { config: config.clone(), resume: Some(dir.path().to_owned()), changes: Vec::new() };
    let (sender, inbox) = unbounded();
    let (outbox, messages, _progress) = outbox();
    std::thread::scope(|scope| {
        let trainer = scope.spawn(|| {
            let outbox = outbox;
            worker::record(&request, &compute, &loaded, &mut Mailbox::new(inbox), &outbox).unwrap();
        });
        for message in &messages {
            if let WorkerMessage::Event { event, .. } = message {
                for what in react(&event.event) {
                    let _ = sender.send(Command::Steer { dir: dir.path().to_owned(), what });
                }
            }
        }
        trainer.join().unwrap();
    });
    History::from_events(&LogReader::new(&dir.events()).read().unwrap().events)
}

fn set(key: Setting, value: f64) -> Steer {
    Steer::Set { key, value }
}

/// Epoch after epoch without end, until the number of epochs is changed.
const ENDLESS: &[&str] = &["epochs=1000000", "early_stop=0", "lr_patience=1000"];

#[test]
fn changes_by_hand_hold_at_once_and_are_repeated_when_the_run_is_resumed() {
    let folder = tempdir().unwrap();
    let config = config(Mode::Mid, folder.path(), ENDLESS);
    let whole = new_run(&config);
    let uninterrupted = train_live(&config, &whole, |event| match event {
        RunEvent::EpochFinished(epoch) if epoch.epoch == 2 => {
            vec![set(Setting::Lr, 3e-3), set(Setting::EarlyStop, 500.0)]
        }
        RunEvent::SettingChanged { key: Setting::EarlyStop, epoch, .. } => {
            vec![set(Setting::Epochs, (epoch + 40) as f64), set(Setting::Lr, 2e-2)]
        }
        _ => Vec::new(),
    });
    let keys: Vec<_> = uninterrupted.changes.iter().map(|change| (change.key, change.from, change.to)).collect();
    let last = uninterrupted.last_epoch() as f64;
    assert_eq!(keys[..2], [(Setting::Lr, 1e-2, 3e-3), (Setting::EarlyStop, 0.0, 500.0)]);
    assert_eq!(keys[2..], [(Setting::Epochs, 1e6, uninterrupted.changes[2].to), (Setting::Lr, 3e-3, 2e-2)]);
    assert!(last >= uninterrupted.changes[2].to, "{last}");
    assert_eq!(uninterrupted.outcome(), Some(Outcome::Finished));
    assert_eq!(uninterrupted.setting(Setting::Lr).unwrap().to_bits(), 2e-2_f64.to_bits());
    assert_eq!(uninterrupted.early_stop(), 500);
    assert!((uninterrupted.epochs.last().unwrap().result.lr - 2e-2).abs() < 1e-12);

    // Cut off at any event after the changes, and without any saved state: all of it is trained again.
    let log = fs::read_to_string(whole.events()).unwrap();
    let lines: Vec<&str> = log.lines().collect();
    let changed = lines.iter().rposition(|line| line.contains("setting_changed")).unwrap();
    for end in [changed + 1, lines.len() - 1] {
        let killed = new_run(&config);
        fs::write(killed.events(), lines[..end].join("\n") + "\n").unwrap();
        let (_, resumed) = train(&config, dataset(), killed.clone(), &[]).unwrap();
        assert_eq!(resumed.resumed_from, [0]);
        assert_eq!(resumed.step_losses, uninterrupted.step_losses, "cut after line {end}");
        assert_eq!(resumed.changes, uninterrupted.changes);
        assert!(same(&killed.best(), &whole.best()) && same(&killed.predictions(), &whole.predictions()));
        assert!(same(&killed.val_predictions(), &whole.val_predictions()));
    }
}

#[test]
fn a_run_stopped_after_a_change_goes_on_with_it_from_its_saved_state() {
    let folder = tempdir().unwrap();
    let config = config(Mode::Mid, folder.path(), ENDLESS);
    let halved = new_run(&config);
    let stopped = train_live(&config, &halved, |event| match event {
        RunEvent::EpochFinished(epoch) if epoch.epoch == 3 => vec![set(Setting::Lr, 2e-3)],
        RunEvent::SettingChanged { key: Setting::Lr, epoch, .. } => vec![set(Setting::Epochs, (epoch + 30) as f64)],
        // In the midst of the epoch: the change may be one that the saved state does not have.
        RunEvent::SettingChanged { .. } => vec![Steer::Stop(StopMode::Now)],
        _ => Vec::new(),
    });
    assert_eq!((stopped.outcome(), stopped.changes.len()), (Some(Outcome::Stopped), 2));
    let log = fs::read_to_string(halved.events()).unwrap();
    let (_, resumed) = train(&config, dataset(), halved.clone(), &[]).unwrap();
    assert_eq!(resumed.last_epoch(), stopped.changes[1].to as usize);

    let whole = new_run(&config);
    let started = log.lines().next().unwrap();
    let changes: Vec<&str> = log.lines().filter(|line| line.contains("setting_changed")).collect();
    fs::write(whole.events(), renumbered(&[&[started], changes.as_slice()].concat())).unwrap();
    let (_, straight) = train(&config, dataset(), whole.clone(), &[]).unwrap();
    assert_eq!(resumed.step_losses, straight.step_losses);
    assert!(same(&halved.best(), &whole.best()) && same(&halved.predictions(), &whole.predictions()));
    assert!(same(&halved.val_predictions(), &whole.val_predictions()));
}

/// The lines of a log with their numbers in order.
fn renumbered(lines: &[&str]) -> String {
    let number = |(seq, line): (usize, &&str)| {
        let mut event: serde_json::Value = serde_json::from_str(line).unwrap();
        event["seq"] = seq.into();
        event.to_string() + "\n"
    };
    lines.iter().enumerate().map(number).collect()
}

#[test]
fn a_change_made_anew_takes_the_place_of_what_would_be_repeated() {
    let folder = tempdir().unwrap();
    let config = config(Mode::Mid, folder.path(), &["epochs=4"]);
    let dir = new_run(&config);
    train(&config, dataset(), dir.clone(), &[Steer::Stop(StopMode::AfterEpoch)]).unwrap();
    // The saved state ends at step 5; a change at step 12 was made and then lost with its epoch.
    let mut log = fs::read_to_string(dir.events()).unwrap();
    let change =
        r#"{"v":1,"seq":99,"t":0,"type":"setting_changed","epoch":3,"step":12,"key":"train.lr","from":0.01,"to":9.0}"#;
    log.push_str(change);
    fs::write(dir.events(), renumbered(&log.lines().collect::<Vec<_>>())).unwrap();
    let (_, resumed) = train(&config, dataset(), dir.clone(), &[set(Setting::Lr, 5e-3)]).unwrap();
    assert_eq!(resumed.changes.len(), 1);
    assert_eq!((resumed.changes[0].step, resumed.changes[0].from, resumed.changes[0].to), (5, 1e-2, 5e-3));
    assert!(resumed.epochs.iter().skip(1).all(|record| record.result.lr < 6e-3));
}

#[test]
fn the_schedule_goes_on_from_a_rate_set_by_hand() {
    let folder = tempdir().unwrap();
    // No loss is a relative improvement of more than 0.9: each epoch after the first is a bad one.
    let overrides = ["epochs=5", "early_stop=0", "lr_patience=0", "lr_threshold=0.9", "lr_factor=0.5"];
    let config = config(Mode::Mid, folder.path(), &overrides);
    let dir = new_run(&config);
    let set = set(Setting::Lr, 8e-3);
    let (_, history) = train(&config, dataset(), dir, &[set]).unwrap();
    let rates: Vec<f64> = history.epochs.iter().map(|record| record.result.lr).collect();
    assert_eq!(rates, [8e-3, 8e-3, 4e-3, 2e-3, 1e-3]);
    assert_eq!(history.setting(Setting::Lr), Some(5e-4));
}

#[test]
fn a_run_ends_by_the_patience_and_the_epochs_that_are_set_last() {
    let folder = tempdir().unwrap();
    let config = config(Mode::Mid, folder.path(), &["epochs=2", "early_stop=0"]);
    let run = |key, value: f64, data| {
        let dir = new_run(&config);
        let commands = [set(Setting::Epochs, 9.0), set(key, value), set(key, value)];
        let (_, history) = train(&config, data, dir.clone(), &commands).unwrap();
        (history.outcome().unwrap(), history.last_epoch(), history.changes.len())
    };
    assert_eq!(run(Setting::Epochs, 4.0, dataset()), (Outcome::Finished, 4, 2), "the same again is no change");
    assert_eq!(run(Setting::Epochs, 1.0, dataset()), (Outcome::Finished, 1, 2), "shorter");
    let mut diverging = dataset();
    diverging.train.audio.fill(f32::NAN);
    assert_eq!(run(Setting::EarlyStop, 3.0, diverging), (Outcome::EarlyStopped, 3, 2));
}

#[test]
fn a_command_for_a_run_that_has_ended_leaves_the_next_one_alone() {
    let folder = tempdir().unwrap();
    let config = config(Mode::Mid, folder.path(), &[]);
    let (ended, dir) = (new_run(&config), new_run(&config));
    let (_, straight) = train(&config, dataset(), ended.clone(), &[]).unwrap();
    let late = [
        Steer::Pause,
        Steer::Stop(StopMode::Discard),
        Steer::Stop(StopMode::AfterEpoch),
        Steer::Terminate("hopeless".to_owned()),
        set(Setting::Lr, 1.0),
        Steer::Save,
    ];
    // They were sent before the run's end and arrive when the next one, which was queued, has begun.
    let late = late.map(|what| Command::Steer { dir: ended.path().to_owned(), what });
    let (left, history) = train_with(&config, dataset(), dir.clone(), &late).unwrap();
    assert_eq!((left, history.outcome()), (Left::Record, straight.outcome()));
    assert_eq!(history.step_losses, straight.step_losses);
    assert!(history.changes.is_empty() && history.saved.is_empty());
    let log = fs::read_to_string(dir.events()).unwrap();
    assert!(!log.contains("paused") && !log.contains("stop_requested"), "{log}");
}

#[test]
fn a_model_is_kept_on_demand_and_changes_nothing() {
    let folder = tempdir().unwrap();
    let config = config(Mode::Mid, folder.path(), &[]);
    let (straight_dir, dir) = (new_run(&config), new_run(&config));
    let (_, straight) = train(&config, dataset(), straight_dir.clone(), &[]).unwrap();
    // A paused run keeps its model, too.
    let asked = [Steer::Pause, Steer::Save, Steer::Resume];
    let (_, history) = train(&config, dataset(), dir.clone(), &asked).unwrap();
    assert_eq!(history.step_losses, straight.step_losses);
    assert!(same(&dir.best(), &straight_dir.best()));
    assert_eq!(history.saved.len(), 1);
    let kept = dir.path().join(&history.saved[0].file);
    assert_eq!((history.saved[0].epoch, history.saved[0].step), (1, 0));
    let checkpoint = Checkpoint::read(&kept).unwrap();
    assert_eq!(session::origin_mode(&checkpoint), Some(Mode::Mid));
    assert!(!same(&kept, &dir.best()), "it is the model of that moment");
}

/// Let the run in `dir` go on past its end.
fn extend(config: &Config, dir: &RunDir, changes: &[(Setting, f64)]) -> anyhow::Result<History> {
    let compute = device::resolve(&config.train.device).unwrap();
    let loaded = Loaded::new(config.data.clone(), dataset(), &compute);
    let request = RunRequest { config: config.clone(), resume: Some(dir.path().to_owned()), changes: changes.to_vec() };
    let (_commands, inbox) = unbounded();
    let (outbox, _messages, _progress) = outbox();
    worker::record(&request, &compute, &loaded, &mut Mailbox::new(inbox), &outbox)?;
    Ok(History::from_events(&LogReader::new(&dir.events()).read().unwrap().events))
}

/// Settings, those of them with which it would not have ended, the same as changes, how it ends then, and
/// after how many epochs, where that is known.
type Extension = (&'static [&'static str], &'static [&'static str], &'static [(Setting, f64)], Outcome, usize);

#[test]
fn an_ended_run_that_goes_on_ends_as_one_that_had_more_epochs_from_the_start() {
    let folder = tempdir().unwrap();
    // No loss improves on the best by nine tenths, so that the schedule reduces the rate after every epoch;
    // a rate that is far too high makes every later epoch a bad one.
    let finished: &'static [&'static str] =
        &["epochs=3", "early_stop=0", "lr_patience=0", "lr_threshold=0.9", "lr_factor=0.5"];
    let stopped: &'static [&'static str] = &["epochs=40", "early_stop=2", "lr=9", "lr_patience=100"];
    let cases: [Extension; 3] = [
        (finished, &["epochs=7"], &[(Setting::Epochs, 7.0)], Outcome::Finished, 7),
        (stopped, &["early_stop=4"], &[(Setting::EarlyStop, 4.0)], Outcome::EarlyStopped, 0),
        (
            stopped,
            &["early_stop=0", "epochs=12"],
            &[(Setting::Epochs, 12.0), (Setting::EarlyStop, 0.0)],
            Outcome::Finished,
            12,
        ),
    ];
    for (settings, more, changes, outcome, epochs) in cases {
        let (short, long) =
            (config(Mode::Mid, folder.path(), settings), config(Mode::Mid, folder.path(), &[settings, more].concat()));
        let (dir, whole) = (new_run(&short), new_run(&long));
        let (_, uninterrupted) = train(&long, dataset(), whole.clone(), &[]).unwrap();
        let (_, before) = train(&short, dataset(), dir.clone(), &[]).unwrap();
        assert!(before.last_epoch() < uninterrupted.last_epoch(), "{more:?}");
        let after = extend(&short, &dir, changes).unwrap();

        assert_eq!(after.resumed_from, [before.last_epoch()], "{more:?}");
        let recorded: Vec<_> = after.changes.iter().map(|change| (change.key, change.to)).collect();
        assert_eq!(recorded, changes, "{more:?}");
        assert_eq!(after.outcome(), Some(outcome), "{more:?}");
        assert!(epochs == 0 || after.last_epoch() == epochs, "{more:?}: {}", after.last_epoch());
        assert_eq!(after.step_losses, uninterrupted.step_losses, "{more:?}");
        assert_eq!(after.finished().unwrap().test, uninterrupted.finished().unwrap().test);
        assert!(same(&dir.best(), &whole.best()) && same(&dir.predictions(), &whole.predictions()), "{more:?}");

        // Cut off at once after the change: resuming goes on with it.
        let record = fs::read_to_string(dir.events()).unwrap();
        let lines: Vec<&str> = record.lines().collect();
        let changed = lines.iter().rposition(|line| line.contains("setting_changed")).unwrap();
        let killed = new_run(&short);
        train(&short, dataset(), killed.clone(), &[]).unwrap();
        fs::write(killed.events(), lines[..=changed].join("\n") + "\n").unwrap();
        let (_, resumed) = train(&short, dataset(), killed.clone(), &[]).unwrap();
        assert_eq!(resumed.step_losses, uninterrupted.step_losses, "{more:?}");
        assert!(same(&killed.best(), &whole.best()), "{more:?}");
    }
}

#[test]
fn what_cannot_go_on_past_its_end_is_refused_and_keeps_its_record() {
    let folder = tempdir().unwrap();
    let config = config(Mode::Mid, folder.path(), &["epochs=3", "early_stop=0"]);
    let dir = new_run(&config);
    train(&config, dataset(), dir.clone(), &[]).unwrap();
    let before = fs::read(dir.events()).unwrap();
    let refused = |changes: &[(Setting, f64)], words: &str| {
        let error = format!("{:#}", extend(&config, &dir, changes).unwrap_err());
        assert!(error.contains(words), "{error}");
        assert!(fs::read(dir.events()).unwrap() == before, "a refusal is no failure of the run");
    };
    refused(&[], "there is nothing to resume");
    refused(&[(Setting::Epochs, 3.0)], "it has 3 epochs already");
    refused(&[(Setting::EarlyStop, 9.0)], "it has 3 epochs already");
    fs::remove_dir_all(dir.last().parent().unwrap()).unwrap();
    refused(&[(Setting::Epochs, 9.0)], "no saved state to go on from");
}

#[test]
fn a_setting_lowered_in_an_epochs_first_batch_ends_a_resumed_run_where_it_would_have_ended() {
    // (epochs at first, what they are set to before step 10, the first of epoch 3, the last epoch)
    for (epochs, to, last) in [(5, 2, 3), (2, 4, 4), (3, 3, 3)] {
        let folder = tempdir().unwrap();
        let of = |epochs: usize| config(Mode::Mid, folder.path(), &[&format!("epochs={epochs}"), "early_stop=0"]);
        let (config, dir) = (of(epochs), new_run(&of(epochs)));
        train(&of(2), dataset(), dir.clone(), &[]).unwrap();
        let mut log = fs::read_to_string(dir.events()).unwrap();
        let change = format!(
            r#"{{"v":1,"seq":0,"t":0,"type":"setting_changed","epoch":3,"step":10,"key":"train.epochs","from":{epochs},"to":{to}}}"#
        );
        log.push_str(&change);
        fs::write(dir.events(), renumbered(&log.lines().collect::<Vec<_>>())).unwrap();
        let (_, resumed) = train(&config, dataset(), dir.clone(), &[]).unwrap();
        assert_eq!(resumed.last_epoch(), last, "{epochs} → {to}, resumed from epoch 2");

        // From the start, so that what comes before the change is trained in one go.
        let whole = new_run(&config);
        let started = log.lines().next().unwrap().to_owned();
        fs::write(whole.events(), renumbered(&[&started, &change])).unwrap();
        let (_, straight) = train(&config, dataset(), whole.clone(), &[]).unwrap();
        assert_eq!(straight.last_epoch(), last, "{epochs} → {to}, from the start");
        assert!(same(&dir.best(), &whole.best()) && same(&dir.predictions(), &whole.predictions()));
    }
}

#[test]
fn a_run_that_another_host_may_be_training_is_not_touched() {
    let folder = tempdir().unwrap();
    let mut config = config(Mode::Mid, folder.path(), &["epochs=2"]);
    let dir = new_run(&config);
    train(&config, dataset(), dir.clone(), &[]).unwrap();
    let log = fs::read_to_string(dir.events()).unwrap();
    let mut lines: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    lines[0]["writer"]["host"] = "node-a".into();
    // It is in the midst of its second epoch, and of a line.
    let lines: String = lines[..6].iter().map(|line| line.to_string() + "\n").collect();
    let live = lines.trim_end_matches("}\n");
    config.data.dir = folder.path().join("none").display().to_string();
    for (silent, message) in [(0, "on node-a may still be training the run"), (660, "none")] {
        fs::write(dir.events(), live).unwrap();
        let then = SystemTime::now() - Duration::from_secs(silent);
        fs::File::options().append(true).open(dir.events()).unwrap().set_modified(then).unwrap();
        let worker = worker::spawn().unwrap();
        let request = RunRequest { config: config.clone(), resume: Some(dir.path().to_owned()), changes: Vec::new() };
        worker.commands.send(Command::Start(Box::new(request))).unwrap();
        let refused = worker.messages.iter().find_map(|message| match message {
            WorkerMessage::Refused { errors, .. } => Some(errors.join(": ")),
            _ => None,
        });
        let refused = refused.unwrap();
        assert!(refused.contains(message), "silent for {silent} s: {refused}");
        assert_eq!(refused.contains("may still be training"), silent == 0, "{refused}");
        assert_eq!(fs::read_to_string(dir.events()).unwrap(), live, "not a byte of it");
        worker.join();
    }
}

#[test]
fn a_run_gives_signs_of_life_between_the_batches_of_a_validation() {
    let folder = tempdir().unwrap();
    let config = config(Mode::Mid, folder.path(), &[]);
    let compute = device::resolve("flex").unwrap();
    let loaded = Loaded::new(config.data.clone(), dataset(), &compute);
    let (data, mut rng) = (&loaded.data, stream(0, Purpose::Weights, 0));
    let mut model = Fusion::new(&config.model, sizes(data), &compute.device, &mut rng);
    let mut calls = 0;
    let count = || {
        calls += 1;
        Ok(())
    };
    evaluate(&mut model, &loaded.tensors.val, &data.val.labels, 3, 5, count).unwrap();
    assert_eq!(calls, 5, "24 clips in batches of 5");
    let full = || anyhow::bail!("the disk is full");
    let error = evaluate(&mut model, &loaded.tensors.val, &data.val.labels, 3, 5, full).unwrap_err();
    assert_eq!(error.to_string(), "the disk is full");
}
