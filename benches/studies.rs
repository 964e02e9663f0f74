//! The Study screen at ten thousand trials: from the runs folder to the picture, what a change costs, a
//! frame, a key, and the memory it takes.
//!
//! `cargo bench --bench studies`. The runs are written to a temporary folder first, twenty epochs each.

#![allow(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to say")]

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use avsc_tui::{
    config::{Config, Layers},
    runs::Watch,
    study::{
        Folder, Follow, Plan, file,
        plan::{Surroundings, expand},
    },
    tui::{Message, State, StudyNews, update, view},
};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::Timestamp;
use ratatui::{Terminal, backend::TestBackend};

#[path = "support/synthetic.rs"]
mod synthetic;
use synthetic::Synthetic;

const EPOCHS: usize = 20;
const FRAMES: usize = 500;

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path().join("runs");
    let plan = plan(folder.path());
    let trials = plan.trials.len();
    let study = Folder::of(&runs, &plan.name);
    study.write_plan(&plan).unwrap();
    let bytes = (0..trials).map(|index| write(&runs, &plan, index)).sum::<usize>();
    println!("{trials} trials of {EPOCHS} epochs, {:.0} MB of logs", bytes as f64 / 1e6);

    let before = memory();
    let mut watch = Watch::new(&runs);
    let start = Instant::now();
    let listed = watch.poll(Duration::ZERO).found;
    let list = start.elapsed();
    assert_eq!(listed.len(), trials);
    let known = memory();
    let start = Instant::now();
    let mut follow = Follow::open(study.clone(), None).unwrap();
    let known_study = follow.study();
    let open = start.elapsed();
    let start = Instant::now();
    assert_eq!(follow.take(listed.clone(), &[]), [""; 0]);
    let take = start.elapsed();
    let start = Instant::now();
    let course = follow.course(Timestamp::now());
    let told = start.elapsed();

    let mut state = State::new(Config::default(), 1_767_225_600_000);
    update(&mut state, Message::Resize(200, 50));
    let path = study.path().to_owned();
    let news = |state: &mut State, news| update(state, Message::Study(news));
    news(&mut state, StudyNews::Choose(path.clone()));
    news(&mut state, StudyNews::Opened { folder: path.clone(), study: Ok(Box::new(known_study)) });
    let mut settled = Vec::new();
    for _ in 0..20 {
        let course = Box::new(course.clone());
        let start = Instant::now();
        news(&mut state, StudyNews::Course { folder: path.clone(), course });
        settled.push(start.elapsed());
    }
    let after = memory();

    let mut terminal = Terminal::new(TestBackend::new(200, 50)).unwrap();
    let (mut frames, mut keys) = (Vec::new(), Vec::new());
    for at in 0..FRAMES {
        // Half of them in the map, half in the table.
        if at == FRAMES / 2 {
            key(&mut state, KeyCode::Char('w'));
        }
        let start = Instant::now();
        key(&mut state, KeyCode::Down);
        keys.push(start.elapsed());
        let start = Instant::now();
        terminal.draw(|frame| view(&state, frame)).unwrap();
        frames.push(start.elapsed());
    }
    let text: String = terminal.backend().buffer().content().iter().map(ratatui::buffer::Cell::symbol).collect();
    assert!(text.contains("10,000/10,000 done"), "the study is not on the screen");
    let mut axes = Vec::new();
    for _ in 0..50 {
        let start = Instant::now();
        key(&mut state, KeyCode::Char('a'));
        axes.push(start.elapsed());
    }
    key(&mut state, KeyCode::Char('/'));
    let mut filters = Vec::new();
    for character in "mode:late acc>0.5 -state:open seed>3".chars() {
        let start = Instant::now();
        key(&mut state, KeyCode::Char(character));
        filters.push(start.elapsed());
    }

    println!("\n| {trials} trials | ms |\n|---|---|");
    println!("| the runs folder listed | {:.0} |", ms(list));
    println!("| the plan read and laid out | {:.0} |", ms(open));
    println!("| the settings of all runs read | {:.0} |", ms(take));
    println!("| how far all trials are | {:.1} |", ms(told));
    println!("| grid, effects and table made anew, median | {:.2} |", median(settled));
    println!("| a frame at 200×50, median | {:.2} |", median(frames.clone()));
    println!("| a frame at 200×50, slowest | {:.2} |", ms(frames.into_iter().max().unwrap()));
    println!("| a key, median | {:.3} |", median(keys));
    println!("| another axis, median | {:.2} |", median(axes));
    println!("| a character of the filter, median | {:.1} |", median(filters));
    println!("\n{:.0} MB for the list of runs, {:.0} MB more for the study", known - before, after - known);
}

/// A grid of 10 × 10 × 10 settings and ten seeds.
fn plan(folder: &Path) -> Plan {
    let values = |step: f64| (1..=10).map(|at| format!("{:e}", step * f64::from(at))).collect::<Vec<_>>().join(", ");
    let text = format!(
        "name = \"grid\"\nseeds = {{ from = 0, to = 9 }}\nbase = {{ mode = \"late\", epochs = {EPOCHS} }}\n\
         grid = {{ lr = [{}], dropout = [{}], batch_size = [16, 32, 48, 64, 96, 128, 160, 192, 224, 256] }}\n",
        values(1e-4),
        values(0.05)
    );
    let path = folder.join("grid.toml");
    fs::write(&path, text).unwrap();
    let around = Surroundings {
        under: Layers::new(),
        over: &|layers| layers,
        fixed: Vec::new(),
        settle: &|layers| layers.resolve(),
    };
    let mut plan = expand(&file::read(&path).unwrap(), &around).unwrap();
    for data in &mut plan.data {
        data.fingerprint = Some("f00d".to_owned());
    }
    plan
}

fn key(state: &mut State, code: KeyCode) {
    update(state, Message::Key(KeyEvent::new(code, KeyModifiers::NONE)));
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

fn median(mut values: Vec<Duration>) -> f64 {
    values.sort_unstable();
    ms(values[values.len() / 2])
}

/// Resident memory in megabytes.
fn memory() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<f64>().ok()).unwrap_or(0.0) / 1000.0
}

/// Write the run of trial `index`; the bytes of its log.
fn write(runs: &Path, plan: &Plan, index: usize) -> usize {
    let trial = &plan.trials[index];
    let config = plan.config(trial).unwrap();
    let dir = runs.join(format!("20260101T{index:06}Z-late-s{}", trial.seed()));
    fs::create_dir_all(&dir).unwrap();
    fs::write(dir.join("config.toml"), config.of_run().to_toml()).unwrap();
    let log_loss = (0.4 + (index * 7919 % 10_000) as f64 / 1e4).to_string();
    let run = Synthetic { config: &config, index, epochs: EPOCHS, log_loss, outcome: "finished" };
    let log = run.log();
    fs::write(dir.join("events.jsonl"), &log).unwrap();
    log.len()
}
