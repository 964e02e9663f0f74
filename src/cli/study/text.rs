//! A study as text: its state, and its tables.

use std::fmt::Write as _;

use super::places::Place;
use crate::{
    cli::output,
    runs::Spread,
    study::{
        Board, Figure, Folder, Plan, Standing,
        plan::{Trial, text},
        table::{LEVEL, Table, Verdict, columns, tables},
    },
    tui::text::{fit, width},
};

/// Trials that are listed with what is wrong with them; more are counted.
const LISTED: usize = 20;

/// How far the study is, and its tables.
#[must_use]
pub fn study(plan: &Plan, board: &Board, folder: &Folder, running: bool) -> String {
    let mut out = head(plan, board);
    let state = if running { "running" } else { "not running" };
    let _ = writeln!(out, "{state}; {}", folder.path().display());
    let troubles = plan.trials.iter().zip(&board.trials).filter_map(|(planned, trial)| match &trial.standing {
        Standing::Failed(errors) => Some(format!("  failed: {}: {}", planned.title(), errors.join(": "))),
        _ => None,
    });
    let troubles: Vec<_> = troubles.collect();
    for trouble in troubles.iter().take(LISTED) {
        let _ = writeln!(out, "{trouble}");
    }
    if troubles.len() > LISTED {
        let _ = writeln!(out, "  … and {} more that failed", troubles.len() - LISTED);
    }
    let paused = plan.trials.iter().zip(&board.trials).filter_map(|(planned, trial)| {
        let dir = trial.dir.as_ref().filter(|_| trial.paused && trial.standing == Standing::Live)?;
        Some(format!("  paused by hand: {}; avsc-tui steer {} resume", planned.title(), dir.display()))
    });
    for pause in paused.take(LISTED) {
        let _ = writeln!(out, "{pause}");
    }
    let changed = plan.trials.iter().zip(&board.trials).filter_map(|(planned, trial)| {
        let changed = trial.changed.as_ref()?;
        let run = changed.dir.file_name().unwrap_or_default().to_string_lossy();
        Some(format!("  changed by hand, so another run: {}: {run} ({})", planned.title(), changed.what))
    });
    let changed: Vec<_> = changed.collect();
    for change in changed.iter().take(LISTED) {
        let _ = writeln!(out, "{change}");
    }
    if changed.len() > LISTED {
        let _ = writeln!(out, "  … and {} more that were changed", changed.len() - LISTED);
    }
    for table in tables(plan, board) {
        out.push('\n');
        out.push_str(&block(&table, plan));
    }
    output::visible(&out)
}

/// What would be trained, and where.
#[must_use]
pub fn dry_run(plan: &Plan, board: &Board, folder: &Folder, places: &[Place]) -> String {
    let mut out = head(plan, board);
    for block in &plan.blocks {
        let seeds = block.rows.first().map_or(0, |row| row.trials.len());
        let name = if block.name.is_empty() { &plan.name } else { &block.name };
        let axes = if block.axes.is_empty() { String::new() } else { format!(" of {}", block.axes.join(", ")) };
        let _ = writeln!(out, "  {name}: {} settings{axes}, {seeds} seeds each", block.rows.len());
    }
    if let Some(place) = places.first() {
        let mut devices: Vec<_> = places.iter().map(|place| place.device.as_str()).collect();
        devices.dedup();
        let threads = if place.threads == 1 { "1 thread" } else { &format!("{} threads", place.threads) };
        let _ = writeln!(out, "{} at a time on {}, {threads} each", places.len(), devices.join(", "));
    }
    let _ = writeln!(out, "plan in {}, runs in {}\n", folder.path().display(), folder.runs().display());
    for (number, (trial, tracked)) in plan.trials.iter().zip(&board.trials).enumerate() {
        let _ = writeln!(out, "{:5}  {:11} {}", number + 1, tracked.standing.name(), Trial::title(trial));
    }
    output::visible(&out)
}

fn head(plan: &Plan, board: &Board) -> String {
    let tally = board.tally();
    let demo = if plan.data.iter().any(|data| data.demo) { " [DEMO data]" } else { "" };
    let counts = [
        (tally.done, "done"),
        (tally.terminated, "ended early"),
        (tally.live, "live"),
        (tally.halted, "stopped or interrupted"),
        (tally.failed, "failed"),
        (tally.pending, "pending"),
    ];
    let counts: Vec<_> = counts.into_iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
    let test = if plan.figure.is_test() { " — THE TEST SPLIT" } else { "" };
    format!(
        "study {}{demo}: {} trials: {}\nranked by {}{test}\n",
        plan.name,
        tally.total,
        counts.join(", "),
        plan.figure
    )
}

/// The figures that a terminal has room for: what is ranked by, accuracy, and the test split's two.
fn shown(figure: Figure) -> Vec<usize> {
    let wanted = [figure, Figure::ValAccuracy, Figure::TestLogLoss, Figure::TestAccuracy];
    let columns = columns(figure);
    let mut shown: Vec<usize> = wanted.iter().filter_map(|figure| columns.iter().position(|c| c == figure)).collect();
    shown.sort_unstable();
    shown.dedup();
    shown
}

fn block(table: &Table, plan: &Plan) -> String {
    let figures = columns(table.figure);
    let shown = shown(table.figure);
    let axes = table.axes.iter().map(|key| key.split_once('.').map_or(key.as_str(), |(_, name)| name).to_owned());
    let titles = shown.iter().filter_map(|&index| figures.get(index)).map(ToString::to_string);
    let mut lines = vec![[String::new()].into_iter().chain(axes).chain(["seeds".to_owned()]).chain(titles).collect()];
    for (place, setting) in table.settings.iter().enumerate() {
        let mark = if setting.within_noise { "≈" } else { "" };
        let place = if setting.done > 0 { format!("{mark}{}", place + 1) } else { "–".to_owned() };
        let mut seeds = format!("{}/{}", setting.done, setting.seeds);
        for (count, what) in [(setting.terminated, "ended"), (setting.failed, "failed")] {
            if count > 0 {
                let _ = write!(seeds, " {count} {what}");
            }
        }
        let values = shown.iter().map(|&index| setting.figures.get(index).copied().flatten());
        let cells = setting.values.iter().map(text).chain([seeds]).chain(values.map(spread));
        lines.push([place].into_iter().chain(cells).collect::<Vec<String>>());
    }
    let name = if table.name.is_empty() { &plan.name } else { &table.name };
    format!("{name}\n{}{}\n", align(&lines), verdict(table))
}

/// `0.521 ± 0.004`; without a spread where there is a single seed.
fn spread(spread: Option<Spread>) -> String {
    match spread {
        None => "–".to_owned(),
        Some(Spread { mean, sd: None, .. }) => format!("{mean:.4}"),
        Some(Spread { mean, sd: Some(sd), .. }) => format!("{mean:.4} ± {sd:.4}"),
    }
}

fn verdict(table: &Table) -> String {
    let noise = format!("within the noise of the seeds (Welch's t-test, p ≥ {LEVEL})");
    match table.verdict {
        Verdict::Nothing => "nothing to compare yet".to_owned(),
        Verdict::Open => format!("so far, with seeds to come; ≈: {noise}"),
        Verdict::OneSeed => "not settled: a single seed says nothing of its noise".to_owned(),
        Verdict::NotSettled => format!("not settled: those marked ≈ are {noise}"),
        Verdict::Settled => {
            format!("settled: the first is better than each of the others (Welch's t-test, p < {LEVEL})")
        }
    }
}

/// Columns as wide as their widest cell, two spaces between them.
fn align(lines: &[Vec<String>]) -> String {
    let columns = lines.iter().map(Vec::len).max().unwrap_or(0);
    let widest =
        |column: usize| lines.iter().filter_map(|line| line.get(column)).map(|cell| width(cell)).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(widest).collect();
    let line = |cells: &Vec<String>| {
        let cells: Vec<_> = cells.iter().zip(&widths).map(|(cell, &width)| fit(cell, width, "…")).collect();
        format!("{}\n", cells.join("  ").trim_end())
    };
    lines.iter().map(line).collect()
}
