//! Runs that go on while somebody looks: what the look costs, without the Study screen and with it.

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use avsc_tui::{
    runs::{RunDir, Watch},
    study::{Folder, Follow},
};
use jiff::Timestamp;
use serde_json::Value;

use super::{io, line, runs};

/// How long it is looked.
const LOOK: Duration = Duration::from_secs(20);
/// As often as the dashboard tells how far a study is.
const TELL: Duration = Duration::from_millis(400);

/// Let `count` runs grow and look on, first without following the study and then with it.
pub fn table(folder: &Path, count: usize) {
    let logs = logs(folder, count);
    for log in &logs {
        reopen(log);
    }
    println!(
        "\n| {count} runs grow by two lines a second | CPU, % of a core | grown, MB/s | read, MB/s | reads/s | MB resident |"
    );
    println!("|---|---|---|---|---|---|");
    for (what, follows) in [("the list alone", false), ("and the Study screen", true)] {
        look(folder, &logs, what, follows);
    }
}

/// The logs of `count` runs.
fn logs(folder: &Path, count: usize) -> Vec<PathBuf> {
    let dirs = fs::read_dir(folder).unwrap().flatten().map(|entry| RunDir::at(entry.path()).events());
    let mut logs: Vec<PathBuf> = dirs.filter(|log| log.is_file()).collect();
    logs.sort();
    logs.truncate(count);
    logs
}

/// Take the end away that the log tells of.
fn reopen(log: &Path) {
    let text = fs::read_to_string(log).unwrap();
    let lines = text.lines().filter(|line| !line.contains("\"finished\""));
    fs::write(log, lines.flat_map(|line| [line, "\n"]).collect::<String>()).unwrap();
}

fn look(folder: &Path, logs: &[PathBuf], what: &str, follows: bool) {
    let size = || logs.iter().map(|log| fs::metadata(log).unwrap().len()).sum::<u64>();
    let start = Instant::now();
    let mut watch = Watch::new(folder);
    watch.poll(Duration::ZERO);
    let mut follow = follows.then(|| Follow::open(Folder::of(folder, runs::NAME), None).unwrap());
    if let Some(follow) = &mut follow {
        assert_eq!(follow.take_all(watch.listed()), [""; 0]);
    }
    let seconds = (LOOK.as_secs() + 2).to_string();
    let mut command = Command::new(std::env::current_exe().unwrap());
    let mut writer = command.args(["grow", &logs.len().to_string(), &seconds]).arg(folder).spawn().unwrap();
    // The writer reads the logs first, and both share the machine.
    thread::sleep(Duration::from_secs(1));
    let (grown, before, cpu, begin) = (size(), io(), cpu(), start.elapsed());
    let (mut untold, mut tell_at) = (false, begin);
    while start.elapsed() < begin + LOOK {
        let now = start.elapsed();
        let changes = watch.poll(now);
        if let Some(follow) = &mut follow {
            untold |= !changes.found.is_empty();
            assert_eq!(follow.take(changes.found, &changes.gone), [""; 0]);
            if untold && now >= tell_at {
                std::hint::black_box(follow.course(Timestamp::now()));
                (untold, tell_at) = (false, now + TELL);
            }
        }
        let wait = watch.next(now).saturating_sub(start.elapsed());
        thread::sleep(wait.max(Duration::from_millis(1)));
    }
    let (seconds, after) = (start.elapsed().saturating_sub(begin).as_secs_f64(), io());
    let rate = |before: u64, after: u64| (after - before) as f64 / seconds;
    println!(
        "| {what} | {:.0} | {:.2} | {:.2} | {:.0} | {:.0} |",
        100.0 * (self::cpu() - cpu) / seconds,
        rate(grown, size()) / 1e6,
        rate(before.0, after.0) / 1e6,
        rate(before.1, after.1),
        line("/proc/self/status", "VmRSS:") as f64 / 1000.0
    );
    writer.wait().unwrap();
}

/// Seconds of a processor that this process has had.
fn cpu() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let after = stat.rsplit_once(')').unwrap().1;
    // In hundredths of a second, for the program and for the system on its behalf.
    let ticks = after.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<f64>().unwrap());
    ticks.sum::<f64>() / 100.0
}

/// Let the first `count` runs say how they go on, twice a second, as one process that trains them all.
pub fn grow(folder: &Path, count: usize, seconds: u64) {
    let mut growing: Vec<(fs::File, Value, u64)> = Vec::new();
    for log in logs(folder, count) {
        let text = fs::read_to_string(&log).unwrap();
        let last = text.lines().rfind(|line| line.contains("\"epoch_finished\"")).unwrap();
        let file = OpenOptions::new().append(true).open(&log).unwrap();
        growing.push((file, serde_json::from_str(last).unwrap(), text.lines().count() as u64));
    }
    let start = Instant::now();
    for second in 0..seconds {
        for (at, (file, epoch, seq)) in growing.iter_mut().enumerate() {
            let now = Timestamp::now().as_millisecond();
            let number = epoch["epoch"].as_u64().unwrap() + 1;
            (epoch["epoch"], epoch["seq"], epoch["t"]) = (number.into(), (*seq + 1).into(), now.into());
            let losses = vec!["0.4951234"; 62].join(",");
            let steps = format!(
                r#"{{"v":1,"seq":{seq},"t":{now},"type":"steps","epoch":{number},"first":{},"losses":[{losses}]}}"#,
                (number - 1) * 62
            );
            writeln!(file, "{steps}\n{epoch}").unwrap();
            *seq += 2;
            // Spread over the second, as runs of many hosts are.
            if at % 50 == 49 {
                let due = Duration::from_secs(second) + Duration::from_secs(1) * at as u32 / count as u32;
                thread::sleep(due.saturating_sub(start.elapsed()));
            }
        }
    }
}
