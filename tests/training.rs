//! Runs on a small data set, as a person would start, stop and resume them.

#![allow(clippy::unwrap_used, reason = "a helper fails its test by panicking")]

use std::{fs, path::Path};

use avsc_tui::{
    config::Mode,
    device,
    protocol::{Command, Outcome, RunEvent, RunRequest, StopMode, WorkerMessage},
    runs::{self, RunDir, State, log::LogReader},
    train::{loading::Loaded, mailbox::Mailbox, outbox::outbox, session::Left, worker},
};
use crossbeam_channel::unbounded;
use tempfile::tempdir;

mod support;
use support::{config, dataset, new_run, train};

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
        for file in [dir.config(), dir.events(), dir.best(), dir.last(), dir.predictions(), dir.result()] {
            assert!(file.is_file(), "{mode}: {} is missing", file.display());
        }
        assert_eq!(fs::read_to_string(dir.predictions()).unwrap().lines().count(), 31);
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
        let (_, stopped) = train(&config, dataset(), halved.clone(), &[Command::Stop(StopMode::AfterEpoch)]).unwrap();
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
    let (left, history) = train(&config, dataset(), dir.clone(), &[Command::Stop(StopMode::Now)]).unwrap();
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
    let (left, history) = train(&config, dataset(), new_run(&config), &[Command::Stop(StopMode::Discard)]).unwrap();
    assert_eq!(left, Left::Nothing);
    assert_eq!(history.state, State::Stopping(StopMode::Discard));
}

#[test]
fn a_pause_is_recorded_and_changes_nothing() {
    let folder = tempdir().unwrap();
    let config = config(Mode::Mid, folder.path(), &[]);
    let (_, straight) = train(&config, dataset(), new_run(&config), &[]).unwrap();
    let dir = new_run(&config);
    let (_, paused) = train(&config, dataset(), dir.clone(), &[Command::Pause, Command::Resume]).unwrap();
    assert_eq!(paused.step_losses, straight.step_losses);
    let log = fs::read_to_string(dir.events()).unwrap();
    assert!(log.contains(r#""type":"paused""#) && log.contains(r#""type":"resumed""#));
}

#[test]
fn a_run_is_not_resumed_on_other_data_and_keeps_its_record() {
    let folder = tempdir().unwrap();
    let config = config(Mode::Mid, folder.path(), &[]);
    let dir = new_run(&config);
    train(&config, dataset(), dir.clone(), &[Command::Stop(StopMode::AfterEpoch)]).unwrap();
    let before = fs::read(dir.events()).unwrap();
    let mut other = dataset();
    other.fingerprint = "beef".to_owned();
    let compute = device::resolve("flex").unwrap();
    let loaded = Loaded::new(config.data.clone(), other, &compute);
    let request = RunRequest { config, resume: Some(dir.path().to_owned()) };
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
    let request = RunRequest { config: config.clone(), resume: None };
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
