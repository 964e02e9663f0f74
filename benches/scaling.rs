//! A study of ten thousand trials in one folder: what a look at it costs in time, memory and requests.
//!
//!     cargo bench --bench scaling
//!     cargo bench --bench scaling -- 1000 FOLDER
//!
//! Synthetic runs of forty epochs are written first, to a temporary folder or below FOLDER, where one is to
//! measure a network file system. Arguments after `status`, `watch`, `idle`, `rule` and `live` alone do that
//! part on runs that `write` has left there, so that `strace -f -c` can count what it asks of the file system.

#![allow(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to say")]

#[path = "scaling/live.rs"]
mod live;
#[path = "scaling/runs.rs"]
mod runs;
#[path = "support/synthetic.rs"]
mod synthetic;

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use avsc_tui::{
    runs::{RunDir, Watch},
    study::{
        Folder, Plan,
        claim::{self, Me, Taken},
        engine::{
            local::Others as _,
            slurm::curves::{self, Curves},
        },
        ledger,
    },
};
use jiff::Timestamp;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["write", trials, folder] => drop(runs::write(Path::new(folder), trials.parse().unwrap())),
        ["status", folder] => drop(ledger::read(Path::new(folder), &planned(folder), Timestamp::now())),
        ["watch", folder] => drop(Watch::new(*folder).poll(Duration::ZERO)),
        ["idle", folder] => idle(Path::new(folder)),
        ["live", runs, folder] => live::table(Path::new(folder), runs.parse().unwrap()),
        ["grow", runs, seconds, folder] => {
            live::grow(Path::new(folder), runs.parse().unwrap(), seconds.parse().unwrap());
        }
        ["rule", folder] => drop(Curves::of(&Folder::of(Path::new(folder), runs::NAME), "none").curves()),
        [] => table(tempfile::tempdir().unwrap().path(), 10_000),
        [trials] => table(tempfile::tempdir().unwrap().path(), trials.parse().unwrap()),
        [trials, folder, ..] => table(tempfile::tempdir_in(folder).unwrap().path(), trials.parse().unwrap()),
    }
}

fn planned(folder: &str) -> Plan {
    Folder::of(Path::new(folder), runs::NAME).read_plan().unwrap().unwrap()
}

/// Two looks at a folder in which nothing happens.
fn idle(folder: &Path) {
    let mut watch = Watch::new(folder);
    watch.poll(Duration::ZERO);
    watch.hurry();
    assert!(watch.poll(Duration::ZERO).is_empty());
}

/// Everything in turn, each part with its seconds, its bytes and its calls of `read`.
fn table(folder: &Path, trials: usize) {
    let start = Instant::now();
    let made = runs::write(folder, trials);
    println!(
        "{trials} trials, {:.0} MB in {} files, written in {:.1} s\n",
        made.bytes as f64 / 1e6,
        made.files,
        start.elapsed().as_secs_f64()
    );
    let study = Folder::of(folder, runs::NAME);
    println!("| {trials} trials | ms | MB read | calls of read | MB resident after |\n|---|---|---|---|---|");
    let plan = row("the study's file expanded to trials", || runs::plan(folder, trials));
    row("the plan written", || study.write_plan(&plan).unwrap());
    let plan = row("the plan read", || study.read_plan().unwrap().unwrap());
    let (board, problems) = row("how far every trial is", || ledger::read(folder, &plan, Timestamp::now()));
    assert!(problems.is_empty() && board.tally().done == trials, "{problems:?} {:?}", board.tally());
    row("what is to be trained", || board.todo(&plan, avsc_tui::study::board::Which::Open));
    row("the tables", || avsc_tui::study::table::tables(&plan, &board));
    drop(board);
    let mut watch = Watch::new(folder);
    let found = row("the folder listed for the dashboard", || watch.poll(Duration::ZERO));
    assert_eq!(found.found.len(), trials);
    drop(found);
    watch.hurry();
    row("a look at every run, nothing new", || watch.poll(Duration::ZERO));
    append(folder);
    watch.hurry();
    let found = row("a look at every run, one has grown", || watch.poll(Duration::ZERO));
    assert_eq!(found.found.len(), 1);
    let known: Vec<f64> = (0..40).map(|epoch| 1.0 / f64::from(epoch + 1)).collect();
    row("every trial's curve written, for the rule", || {
        plan.trials.iter().for_each(|trial| curves::write(&study, &trial.id, &known).unwrap());
    });
    let mut curves = Curves::of(&study, "none");
    let all = row("the curves read by a task", || curves.curves());
    assert_eq!(all.len(), trials);
    row("a trial claimed and released, a thousand times", || {
        for index in 0..1000 {
            let taken = claim::take(folder, &format!("{index}"), runs::NAME, &Me::this(), &|_| false).unwrap();
            assert!(matches!(taken, Taken::Held(_)));
        }
    });
    live::table(folder, trials / 10);
}

/// Let the first run say one thing more.
fn append(folder: &Path) {
    let dirs = fs::read_dir(folder).unwrap().flatten().map(|entry| RunDir::at(entry.path()));
    let log = dirs.map(|dir| dir.events()).find(|log| log.is_file()).unwrap();
    let text = fs::read_to_string(&log).unwrap();
    let seq = text.lines().count();
    fs::write(&log, format!("{text}{{\"v\":1,\"seq\":{seq},\"t\":1767225700000,\"type\":\"heartbeat\"}}\n")).unwrap();
}

/// Do `work`, and print what it took.
fn row<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let (before, start) = (io(), Instant::now());
    let done = work();
    let (ms, after) = (start.elapsed().as_secs_f64() * 1000.0, io());
    let resident = line("/proc/self/status", "VmRSS:") as f64 / 1000.0;
    println!(
        "| {what} | {ms:.0} | {:.1} | {} | {resident:.0} |",
        (after.0 - before.0) as f64 / 1e6,
        after.1 - before.1
    );
    done
}

/// Bytes that this process has read, and calls of `read`.
fn io() -> (u64, u64) {
    (line("/proc/self/io", "rchar:"), line("/proc/self/io", "syscr:"))
}

fn line(file: &str, key: &str) -> u64 {
    let text = fs::read_to_string(file).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(key)).unwrap_or("0");
    line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(0)
}
