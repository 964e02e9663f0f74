//! What several tests share: a small data set that is no file, and a run on it.
#![allow(dead_code, reason = "each test uses its own part")]

use std::path::Path;

use avsc_tui::{
    config::{Config, Layers, Mode},
    data::{Dataset, Split},
    device,
    protocol::{Command, Envelope, Steer, WorkerMessage},
    runs::{History, RunDir, log::LogReader},
    train::{
        loading::Loaded,
        mailbox::Mailbox,
        outbox::outbox,
        recorder::Recorder,
        session::{Left, Session},
    },
};
use crossbeam_channel::{Sender, unbounded};

/// Three classes that a small model learns in a few epochs, and confuses now and then.
pub fn dataset() -> Dataset {
    let names = ["bus", "park", "tram"];
    let split = |name: &str, clips: usize, salt: u64| {
        let mut noise = Noise(salt);
        let mut split = Split::default();
        for clip in 0..clips {
            let label = clip % names.len();
            split.ids.push(format!("{}-{name}-9000-{clip:03}", names[label]));
            split.labels.push(label);
            for column in 0..6 {
                split.audio.push(if column == label { 1.0 } else { 0.0 } + noise.next());
            }
            for column in 0..4 {
                split.video.push(if column == label { 0.7 } else { 0.0 } + noise.next());
            }
        }
        split
    };
    Dataset {
        classes: names.map(str::to_owned).to_vec(),
        train: split("lyon", 70, 1),
        val: split("milan", 24, 2),
        test: split("paris", 30, 3),
        audio_width: 6,
        video_width: 4,
        source: "made in the test".to_owned(),
        fingerprint: "f00d".to_owned(),
        demo: false,
        from_cache: false,
        notes: Vec::new(),
    }
}

/// Numbers between -0.5 and 0.5 from a linear congruential generator.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 40) as f32) / ((1_u64 << 24) as f32) - 0.5
    }
}

/// Settings of a small, quick run.
pub fn config(mode: Mode, runs: &Path, overrides: &[&str]) -> Config {
    let small = "[model]\nhidden = 16\nembedding = 8\nhead = 8\nearly_hidden = [16, 12, 8, 8]\n\
                 [train]\nbatch_size = 16\nlr = 1e-2\nepochs = 6\ndevice = \"flex\"\n";
    let mut layers = Layers::new().text(small, "test", None).flag("model.mode", mode.name(), "test").flag(
        "runs.dir",
        runs.display().to_string(),
        "test",
    );
    for pair in overrides {
        layers = layers.set(pair);
    }
    layers.resolve().unwrap()
}

/// Train one run to its end with what is asked of it from the start, on this thread.
pub fn train(config: &Config, data: Dataset, dir: RunDir, asked: &[Steer]) -> anyhow::Result<(Left, History)> {
    let commands: Vec<_> =
        asked.iter().map(|what| Command::Steer { dir: dir.path().to_owned(), what: what.clone() }).collect();
    train_with(config, data, dir, &commands)
}

/// Train one run to its end with the commands that are waiting, on this thread.
pub fn train_with(
    config: &Config,
    data: Dataset,
    dir: RunDir,
    commands: &[Command],
) -> anyhow::Result<(Left, History)> {
    let compute = device::resolve(&config.train.device).unwrap();
    let loaded = Loaded::new(config.data.clone(), data, &compute);
    let (sender, inbox) = unbounded();
    for command in commands {
        sender.send(command.clone()).unwrap();
    }
    run(config, &compute, &loaded, dir, inbox, &sender)
}

fn run(
    config: &Config,
    compute: &device::Compute,
    loaded: &Loaded,
    dir: RunDir,
    inbox: crossbeam_channel::Receiver<Command>,
    _open: &Sender<Command>,
) -> anyhow::Result<(Left, History)> {
    let (outbox, messages, _progress) = outbox();
    let mut mailbox = Mailbox::new(inbox);
    let mut recorder = Recorder::open(dir, outbox.clone())?;
    let left =
        Session { config, compute, loaded, recorder: &mut recorder, mailbox: &mut mailbox, outbox: &outbox }.run()?;
    // What was sent is what was appended: both fold to the same history.
    let sent: Vec<Envelope> = messages
        .try_iter()
        .filter_map(|message| match message {
            WorkerMessage::Event { event, .. } => Some(event),
            _ => None,
        })
        .collect();
    let log = LogReader::new(&recorder.dir.events()).read().unwrap();
    assert!(log.problems.is_empty(), "{:?}", log.problems);
    // Compared as text, because a NaN is not equal to itself.
    let ending = &log.events[log.events.len() - sent.len()..];
    assert_eq!(format!("{ending:?}"), format!("{sent:?}"), "the log and the channel differ");
    Ok((left, recorder.history))
}

/// A new run directory for `config`.
pub fn new_run(config: &Config) -> RunDir {
    RunDir::create(config.runs.dir.as_ref(), config, jiff::Timestamp::UNIX_EPOCH).unwrap()
}
