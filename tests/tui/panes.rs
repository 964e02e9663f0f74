//! The panes of the Train screen as a person works in them: cursor, zoom, marks, pins and tables.

use avsc_tui::{
    config::{ColorDepth, Marks, Mode},
    metrics::{ClassScores, Confusion},
    protocol::{EpochFinished, Outcome, RunEvent, Setting, StopMode, WorkerMessage, Writer},
    tui::{Clip, Effect, Message, Predicted, theme::Theme},
};
use crossterm::event::{KeyCode, KeyModifiers, MouseButton, MouseEventKind};
use ratatui::style::Style;

use crate::fixture::{BATCHES, CLASSES, Dashboard, Script, finished, training, training_in};

/// The dashboard of a run of `epochs` epochs, the keys pressed.
fn after(epochs: usize, keys: &str) -> (Dashboard, Script) {
    let mut dashboard = Dashboard::new(120, 40);
    let mut run = Script::new("20260101-000000-late-s0", Mode::Late);
    run.epochs(epochs);
    dashboard.play(&run);
    dashboard.keys(keys);
    (dashboard, run)
}

fn see(dashboard: &mut Dashboard, what: &str) {
    let text = dashboard.text();
    assert!(text.contains(what), "`{what}` is not in\n{text}");
}

fn see_not(dashboard: &mut Dashboard, what: &str) {
    let text = dashboard.text();
    assert!(!text.contains(what), "`{what}` is in\n{text}");
}

/// Train and validation loss of `epoch`, as a chart's cursor says them.
fn losses(run: &Script, epoch: usize) -> String {
    let result = run.events.iter().find_map(|event| match &event.event {
        RunEvent::EpochFinished(result) if result.epoch == epoch => Some(result),
        _ => None,
    });
    let result = result.unwrap();
    format!("train {:.3} · val {:.3}", result.train_loss, result.val_loss)
}

fn step_loss(run: &Script, step: usize) -> f32 {
    let losses = run.events.iter().filter_map(|event| match &event.event {
        RunEvent::Steps { losses, .. } => Some(losses),
        _ => None,
    });
    losses.flatten().copied().nth(step - 1).unwrap()
}

#[test]
fn the_cursor_tells_the_values_of_the_data() {
    let (mut dashboard, run) = after(14, "zw");
    for (key, epoch) in [('→', 14), ('←', 13), ('h', 12), ('l', 13), ('{', 3), ('}', 13), ('g', 1), ('G', 14)] {
        dashboard.keys(&key.to_string());
        see(&mut dashboard, &format!("epoch {epoch} · {}", losses(&run, epoch)));
        let step = epoch * BATCHES;
        see(&mut dashboard, &format!("step {step} {:.3}", step_loss(&run, step)));
    }
    // Among few epochs it goes from step to step.
    dashboard.keys("g++++");
    dashboard.keys("→→→");
    let step = BATCHES + 3;
    see(&mut dashboard, &format!("step {step} {:.3}", step_loss(&run, step)));
    see_not(&mut dashboard, &losses(&run, 1));
}

#[test]
fn the_cursor_names_what_happened_there() {
    let (mut dashboard, _) = after(14, "zwG←←");
    see(&mut dashboard, "★ best");
    dashboard.keys("←");
    // Its file has been replaced by that of the best epoch.
    see(&mut dashboard, "▴ was best");
    dashboard.keys("→→");
    see_not(&mut dashboard, "▴ was best");
}

#[test]
fn zoom_pan_and_reset() {
    let (mut dashboard, _) = after(40, "w");
    let whole = dashboard.text();
    dashboard.keys("++");
    see(&mut dashboard, "zoomed");
    let middle = dashboard.text();
    dashboard.keys(",");
    assert_ne!(dashboard.text(), middle);
    dashboard.keys(".");
    assert_eq!(dashboard.text(), middle, "there and back");
    dashboard.keys("--");
    assert_eq!(dashboard.text(), whole);
    dashboard.keys("KKk");
    assert_ne!(dashboard.text(), whole);
    dashboard.keys("jJJ");
    assert_eq!(dashboard.text(), whole);
    dashboard.keys("+++++++++++++++++++++++++++++++++++KKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKK,,,kkkk");
    dashboard.text();
    dashboard.keys("0");
    assert_eq!(dashboard.text(), whole, "0 resets everything");
}

#[test]
fn the_x_axis_counts_what_is_asked_for() {
    let (mut dashboard, run) = after(14, "wG");
    dashboard.keys("a");
    see(&mut dashboard, "600");
    see(&mut dashboard, " step");
    see(&mut dashboard, &losses(&run, 14));
    dashboard.keys("a");
    see(&mut dashboard, "epoch 14 · 0:08 trained");
    see(&mut dashboard, &losses(&run, 14));
    dashboard.keys("a");
    see(&mut dashboard, "epoch 14 · 00:00:08");
    see(&mut dashboard, &losses(&run, 14));
    dashboard.keys("a");
    see(&mut dashboard, "epoch 14");
}

#[test]
fn smoothing_is_the_debiased_average_of_all_points() {
    let (mut dashboard, run) = after(14, "weegG");
    see(&mut dashboard, "(~");
    let weight = 0.9;
    let values: Vec<f64> = run
        .events
        .iter()
        .filter_map(|event| match &event.event {
            RunEvent::EpochFinished(result) => Some(result.val_loss),
            _ => None,
        })
        .collect();
    let weights: Vec<f64> = (0..values.len()).rev().map(|age| f64::powi(weight, age as i32)).collect();
    let sum: f64 = values.iter().zip(&weights).map(|(value, weight)| value * weight).sum();
    let expected = sum / weights.iter().sum::<f64>();
    see(&mut dashboard, &format!("val {:.3} (~{expected:.3})", values[13]));
    // The average follows a live run.
    let mut run = run;
    run.epochs(1);
    dashboard.play(&run);
    dashboard.keys("G");
    see(&mut dashboard, "epoch 15");
    dashboard.keys("0");
    see(&mut dashboard, "smoothed 0.9");
    dashboard.keys("eee");
    see_not(&mut dashboard, "smoothed");
}

#[test]
fn gaps_are_counted_and_a_divergence_is_named() {
    let (mut dashboard, mut run) = after(2, "");
    run.add(RunEvent::Steps { epoch: 3, first: 124, losses: vec![0.9, f32::NAN, 0.8] });
    dashboard.play(&run);
    see(&mut dashboard, "1 step is NaN or inf");
    see_not(&mut dashboard, "diverged");
    run.add(RunEvent::Steps { epoch: 3, first: 127, losses: vec![f32::INFINITY, f32::NAN] });
    dashboard.play(&run);
    see(&mut dashboard, "3 steps are NaN or inf");
    see(&mut dashboard, "diverged at step 128");
    dashboard.keys("wG");
    see(&mut dashboard, "step 129 NaN");
}

#[test]
fn outliers_are_cut_until_they_are_asked_for() {
    let (mut dashboard, mut run) = after(3, "w");
    run.add(RunEvent::Steps { epoch: 4, first: 3 * BATCHES as u64, losses: vec![900.0] });
    dashboard.play(&run);
    see(&mut dashboard, "spikes above the edge");
    dashboard.keys("o");
    see_not(&mut dashboard, "spikes above the edge");
    see(&mut dashboard, "800┤");
    see(&mut dashboard, "with outliers");
    dashboard.keys("L");
    see(&mut dashboard, "log · with outliers");
}

#[test]
fn what_happened_to_a_run_is_marked_and_survives_a_restart() {
    let mut run = Script::new("20260101-000000-late-s0", Mode::Late);
    run.epochs(3).add(RunEvent::LrChanged { epoch: 3, from: 1e-3, to: 1e-4 });
    run.epochs(1).add(RunEvent::Paused { epoch: 5 }).add(RunEvent::Resumed { epoch: 5 });
    run.epochs(1).add(RunEvent::ResumedFrom { epoch: 5, writer: Writer::default() });
    run.epochs(1).add(RunEvent::StopRequested { how: StopMode::AfterEpoch, reason: None });
    let reason = Some("worse than the median".to_owned());
    run.epochs(1).add(RunEvent::StopRequested { how: StopMode::Now, reason });
    let mut dashboard = Dashboard::new(120, 40);
    dashboard.scanned(vec![run.entry()], vec![]);
    for (keys, words) in [
        ("zwg→→", "lr 1e-3 → 1e-4"),
        ("→", "paused · went on"),
        ("→", "resumed"),
        ("→", "stopped after the epoch"),
        ("→", "stopped at once: worse than the median"),
    ] {
        dashboard.keys(keys);
        see(&mut dashboard, words);
    }
    dashboard.keys("0");
    let text = dashboard.text();
    assert!(text.lines().nth(2).is_some_and(|line| ['↓', '↻', '■'].iter().all(|mark| line.contains(*mark))), "{text}");
}

#[test]
fn where_much_happened_signs_are_left_and_no_lines_that_would_hide_the_curves() {
    let rows_with = |changes: usize, mark: char| {
        let mut run = Script::new("20260101-000000-late-s0", Mode::Late);
        for epoch in 1..=120 {
            run.epochs(1);
            if epoch <= changes {
                run.add(RunEvent::LrChanged { epoch, from: 1e-3, to: 1e-4 });
            }
        }
        let mut dashboard = Dashboard::new(120, 40);
        dashboard.scanned(vec![run.entry()], vec![]);
        dashboard.keys("z");
        dashboard.text().lines().map(|row| row.matches(mark).count()).filter(|marks| *marks > 0).collect::<Vec<_>>()
    };
    assert!(rows_with(3, '┊').len() > 20, "a line from the sign down");
    assert_eq!(rows_with(120, '┊'), [0; 0]);
    assert!(rows_with(120, '↓')[0] > 60, "all of them in one row");
}

#[test]
fn a_switch_of_mode_is_marked_where_it_happened() {
    let (mut dashboard, mut run) = after(14, "zwG");
    run.finish(Outcome::Stopped);
    dashboard.play(&run);
    see_not(&mut dashboard, "switched");
    let mut other = Script::new("20260101-000020-mid-s0", Mode::Mid);
    other.epochs(1);
    dashboard.play(&other.at(20));
    see(&mut dashboard, "switched to mid");
}

#[test]
fn one_pane_can_have_the_whole_screen_at_any_size() {
    for (width, height) in [(120, 40), (80, 24), (40, 12)] {
        let (mut dashboard, _) = training(width, height);
        dashboard.keys("z");
        let text = dashboard.text();
        let first = text.lines().nth(1).unwrap();
        assert!(first.starts_with("╭ loss") && first.matches('╭').count() == 1, "{text}");
        dashboard.keys("z");
    }
}

/// A finished early-fusion run that is pinned, and late fusion's run shown.
fn pinned() -> Dashboard {
    let (pin, run) = pair();
    beside(&pin, run)
}

/// A dashboard that shows `run` beside `pin`.
fn beside(pin: &Script, run: Script) -> Dashboard {
    let mut dashboard = Dashboard::new(120, 40);
    dashboard.scanned(vec![pin.entry(), run.at(60).entry()], vec![]);
    dashboard.keys("1p3");
    dashboard.tell(Message::Clock(i64::MAX / 2));
    dashboard
}

/// Finished runs of early and of late fusion.
fn pair() -> (Script, Script) {
    let mut pin = Script::new("20260101-000000-early-s0", Mode::Early);
    pin.epochs(9).finish(Outcome::EarlyStopped);
    for event in &mut pin.events {
        if let RunEvent::EpochFinished(result) = &mut event.event {
            result.val_loss += 0.3;
            result.val.accuracy -= 0.2;
        }
    }
    let mut run = Script::new("20260101-000100-late-s0", Mode::Late);
    run.epochs(14).finish(Outcome::EarlyStopped);
    (pin, run)
}

#[test]
fn a_pinned_run_lies_over_the_charts_and_stands_beside_the_tables() {
    let mut dashboard = pinned();
    insta::assert_snapshot!("pinned_120x40", dashboard.text());
    see(&mut dashboard, "╍╍ 20260101-000000-early-s0");
    see(&mut dashboard, "Δ pin");
    dashboard.keys("wg");
    see(&mut dashboard, "· pin ");
    dashboard.keys("xxf");
    see(&mut dashboard, "Δ row %");
    see(&mut dashboard, "Δ to 20260101-000000-early-s0");
    see(&mut dashboard, "against ");
    insta::assert_snapshot!("difference_120x40", dashboard.text());
    dashboard.keys("⎋1");
    see(&mut dashboard, "p unpin");
    dashboard.keys("⇥");
    see(&mut dashboard, "▸   late");
    see(&mut dashboard, "  ★ early");
    dashboard.keys("⇥⇥⇥⇥1p3");
    see_not(&mut dashboard, "Δ pin");
}

#[test]
fn a_resumed_run_is_drawn_as_one_that_was_never_stopped() {
    let story = |resumed: bool| {
        let mut run = Script::new("20260101-000000-late-s0", Mode::Late);
        run.epochs(4);
        if resumed {
            run.add(RunEvent::Steps { epoch: 5, first: 4 * BATCHES as u64, losses: vec![7.0; 20] });
            run.add(RunEvent::ResumedFrom { epoch: 4, writer: Writer::default() });
        }
        run.epochs(4);
        run
    };
    let (mut straight, mut resumed) = (Dashboard::new(120, 40), Dashboard::new(120, 40));
    straight.play(&story(false));
    resumed.play(&story(true));
    for dashboard in [&mut straight, &mut resumed] {
        dashboard.keys("zweG");
    }
    let marks = |text: String| text.replace(['┊', '↻'], " ");
    assert_eq!(marks(resumed.text()).replace("resumed", ""), marks(straight.text()));
}

/// The cells of the row of class `truth` in the confusion matrix.
fn matrix_row(dashboard: &mut Dashboard, truth: &str) -> Vec<String> {
    let text = dashboard.text();
    let row = text.lines().find(|line| line.contains(&format!("│ {truth} "))).unwrap();
    let cells = row.split("││").nth(1).unwrap().trim_end_matches('│').split_whitespace().skip(1);
    cells.map(str::to_owned).collect()
}

#[test]
fn a_difference_has_its_sign() {
    let mut dashboard = pinned();
    dashboard.keys("wxxfc");
    let cells = matrix_row(&mut dashboard, "airport");
    let numbers = cells.iter().filter_map(|cell| cell.replace('−', "-").parse::<i64>().ok());
    assert_eq!(numbers.sum::<i64>(), 0, "what the diagonal gains the rest loses: {cells:?}");
    assert!(cells[0].starts_with('+') && cells.iter().any(|cell| cell.starts_with('−')), "{cells:?}");
}

#[test]
fn the_cell_names_its_clips() {
    let (mut dashboard, run) = finished(120, 40);
    assert_eq!(dashboard.keys("wxx"), [asks(&run, Predicted::Test)]);
    assert_eq!(dashboard.keys("↓↑"), [], "they are asked for once");
    see(&mut dashboard, "reading the predictions");
    let clip = |id: &str, truth, prediction, confidence| Clip { id: id.to_owned(), truth, prediction, confidence };
    let clips = vec![
        clip("airport-lyon-1", 0, 3, 0.51),
        clip("airport-oslo-2", 0, 3, 0.93),
        clip("bus-oslo-\u{1b}3", 1, 1, 0.9),
    ];
    dashboard.tell(Message::Predictions { dir: run.dir.clone(), of: Predicted::Test, clips: Ok(clips) });
    dashboard.keys("→→→");
    let text = dashboard.text();
    let at = |what: &str| text.find(what).unwrap_or_else(|| panic!("`{what}` is not in\n{text}"));
    assert!(at("airport → metro_station") < at("0.930 airport-oslo-2"));
    assert!(at("0.930 airport-oslo-2") < at("0.510 airport-lyon-1"), "the most confident first");
    assert!(text.contains("% of the true, ") && text.contains("% of the predicted"), "{text}");
    insta::assert_snapshot!("cell_120x40", text);
    dashboard.keys("↓←←");
    see(&mut dashboard, "bus-oslo-^[3");
    // Of the validation those of the best epoch are kept, which is what is shown of a run that has ended.
    let best = Predicted::Val(12);
    assert_eq!(dashboard.keys("v"), [asks(&run, best)]);
    let clips = vec![clip("bus-paris-4", 1, 1, 0.8)];
    dashboard.tell(Message::Predictions { dir: run.dir.clone(), of: best, clips: Ok(clips) });
    see(&mut dashboard, "0.800 bus-paris-4");
    assert_eq!(dashboard.keys("["), []);
    see(&mut dashboard, "clips are known of the best epoch and the test split");
    assert_eq!(dashboard.keys("]v"), [asks(&run, Predicted::Test)]);
    let late = Message::Predictions { dir: run.dir.clone(), of: best, clips: Ok(Vec::new()) };
    dashboard.tell(late);
    see(&mut dashboard, "reading the predictions");
    let clips = Err("no such file".to_owned());
    dashboard.tell(Message::Predictions { dir: run.dir.clone(), of: Predicted::Test, clips });
    see(&mut dashboard, "no such file");
}

/// What is asked for so that the matrix's clips can be named.
fn asks(run: &Script, of: Predicted) -> Effect {
    Effect::ReadPredictions { dir: run.dir.clone(), of, classes: CLASSES.map(str::to_owned).to_vec() }
}

#[test]
fn the_clips_of_a_live_run_are_those_of_its_newest_best_epoch() {
    let (mut dashboard, mut run) = after(2, "");
    assert_eq!(dashboard.keys("wxx"), [asks(&run, Predicted::Val(2))]);
    run.epochs(1);
    let told = run.events.iter().skip(7).cloned().collect::<Vec<_>>();
    let effects =
        told.into_iter().flat_map(|event| dashboard.worker(WorkerMessage::Event { dir: run.dir.clone(), event }));
    assert_eq!(effects.collect::<Vec<_>>(), [asks(&run, Predicted::Val(3))], "once the checkpoint is there");
}

#[test]
fn the_epochs_can_be_gone_through() {
    let (mut dashboard, _) = after(14, "wxx");
    see(&mut dashboard, "confusion · val of epoch 14 ");
    for (key, source) in [
        ("[", "val of epoch 14/14"),
        ("[", "val of epoch 13/14"),
        ("]", "val of epoch 14/14"),
        ("]", "val of epoch 14 "),
        ("]", "val of epoch 14 "),
        ("g", "val of epoch 1/14"),
        ("[", "val of epoch 1/14"),
        ("G", "val of epoch 14 "),
    ] {
        dashboard.keys(key);
        see(&mut dashboard, &format!("confusion · {source}"));
        see(&mut dashboard, &format!("per class · {source}"));
    }
    let newest = dashboard.text();
    dashboard.keys("g");
    assert_ne!(dashboard.text(), newest);
    dashboard.key(KeyCode::End);
    assert_eq!(dashboard.text(), newest);
}

/// What a class table is sorted by.
type Key = fn(&ClassScores) -> f64;

/// The names in the first column of the class table.
fn listed(dashboard: &mut Dashboard) -> Vec<String> {
    let text = dashboard.text();
    let rows = text.lines().skip_while(|line| !line.contains("per class")).skip(2);
    let name = |row: &str| row.rsplit("││ ").next()?.split_whitespace().next().map(str::to_owned);
    rows.filter_map(name).filter(|name| CLASSES.contains(&name.as_str())).collect()
}

#[test]
fn the_class_table_is_sorted_as_asked() {
    let (mut dashboard, run) = after(14, "wxxx");
    assert_eq!(listed(&mut dashboard), CLASSES);
    let confusion = run.events.iter().rev().find_map(|event| match &event.event {
        RunEvent::EpochFinished(result) => Some(&result.confusion),
        _ => None,
    });
    let scores = confusion.unwrap().per_class();
    let keys: [(&str, Key); 4] =
        [("P▲", |s| s.precision), ("R▲", |s| s.recall), ("F1▲", |s| s.f1), ("n▲", |s| s.support as f64)];
    for (title, key) in keys {
        dashboard.keys("o");
        see(&mut dashboard, title);
        let mut order: Vec<usize> = (0..CLASSES.len()).collect();
        order.sort_by(|a, b| key(&scores[*a]).total_cmp(&key(&scores[*b])));
        let names: Vec<_> = order.iter().map(|class| CLASSES[*class]).collect();
        assert_eq!(listed(&mut dashboard), names, "{title}");
        dashboard.keys("O");
        assert_eq!(listed(&mut dashboard), names.iter().rev().copied().collect::<Vec<_>>(), "{title} reversed");
        dashboard.keys("O");
    }
    let text = dashboard.text();
    assert!(text.contains("F1 by epoch") && text.contains('▆'), "sparklines: {text}");
}

#[test]
fn any_number_of_classes_can_be_gone_through() {
    for classes in [0, 1, 2, 50, 200, 1500] {
        for (width, height) in [(120, 40), (80, 24), (40, 12)] {
            let mut dashboard = Dashboard::new(width, height);
            let mut run = Script::new("wide", Mode::Late);
            run.started().classes = (0..classes).map(|class| format!("class_{class:03}")).collect();
            run.epochs(2);
            for event in &mut run.events {
                if let RunEvent::EpochFinished(result) = &mut event.event {
                    let pairs = (0..classes * 3).map(|clip| (clip % classes.max(1), clip / 3));
                    result.confusion = Confusion::from_pairs(classes, pairs);
                }
            }
            dashboard.play(&run);
            dashboard.keys("wxx");
            dashboard.text();
            for _ in 0..classes.min(60) {
                dashboard.keys("}↓");
            }
            if classes == 50 {
                see(&mut dashboard, "class_049 → class_049");
            }
            dashboard.keys("x");
            for _ in 0..classes.min(60) {
                dashboard.keys("↓");
            }
            if classes == 50 {
                see(&mut dashboard, "class_049");
            }
            dashboard.keys("ooooo[f0");
            dashboard.text();
        }
    }
}

#[test]
fn keys_go_to_the_pane_only_where_it_was_asked_for() {
    let (mut dashboard, _) = after(14, "");
    see(&mut dashboard, "w keys");
    dashboard.keys("w");
    for hint in ["▸ loss", "cursor", "zoom", "smooth", "Esc leave"] {
        see(&mut dashboard, hint);
    }
    dashboard.keys("→");
    see(&mut dashboard, "▸3 Late");
    dashboard.keys("⎋→");
    see(&mut dashboard, "▸4 Hybrid");
    dashboard.keys("3wxx");
    see(&mut dashboard, "[ earlier");
    dashboard.keys("x");
    see(&mut dashboard, "o sort");
}

#[test]
fn the_mouse_does_what_the_keys_do() {
    let (mut dashboard, run) = finished(120, 40);
    dashboard.click("★⣤");
    see(&mut dashboard, &format!("epoch 12 · {}", losses(&run, 12)));
    dashboard.mouse(MouseEventKind::ScrollUp, 30, 18);
    see_not(&mut dashboard, "╭ loss");
    dashboard.keys("0");

    dashboard.click("park ");
    see(&mut dashboard, "▸ confusion");
    dashboard.click(" 92 ");
    see(&mut dashboard, "park → park");
    dashboard.mouse(MouseEventKind::ScrollUp, 90, 12);
    see(&mut dashboard, "metro_station → park");
    dashboard.click("per class");
    see(&mut dashboard, "▸ per class");
    for (column, row) in [(0, 0), (119, 39), (500, 500)] {
        dashboard.mouse(MouseEventKind::ScrollDown, column, row);
        dashboard.text();
    }
}

#[test]
fn the_mouse_zooms_both_axes_and_moves_a_zoomed_chart() {
    let (mut dashboard, _) = after(40, "");
    let (left, over) = (MouseButton::Left, (30, 10));
    let whole = dashboard.text();
    dashboard.mouse(MouseEventKind::Down(left), over.0, over.1);
    dashboard.mouse(MouseEventKind::Drag(left), over.0 + 5, over.1 + 2);
    dashboard.mouse(MouseEventKind::Up(left), over.0 + 5, over.1 + 2);
    dashboard.keys("0⎋");
    assert_eq!(dashboard.text(), whole, "the whole has nowhere to go");

    // With Shift or Ctrl, or over the axis, the wheel is the value axis's.
    for (modifiers, column) in [(KeyModifiers::SHIFT, 30), (KeyModifiers::CONTROL, 30), (KeyModifiers::NONE, 3)] {
        dashboard.mouse_with(modifiers, MouseEventKind::ScrollUp, column, 10);
        see(&mut dashboard, "zoomed");
        see(&mut dashboard, "1     ");
        assert_ne!(dashboard.text(), whole);
        dashboard.mouse_with(modifiers, MouseEventKind::ScrollDown, column, 10);
        assert_eq!(dashboard.text(), whole, "{modifiers:?} at {column}");
    }

    dashboard.mouse(MouseEventKind::ScrollUp, over.0, over.1);
    dashboard.mouse(MouseEventKind::ScrollUp, over.0, over.1);
    let zoomed = dashboard.text();
    dashboard.mouse(MouseEventKind::Down(left), over.0, over.1);
    let held = dashboard.text();
    dashboard.mouse(MouseEventKind::Drag(left), over.0 - 6, over.1);
    let moved = dashboard.text();
    assert_ne!(moved, held, "what is seen goes along");
    dashboard.mouse(MouseEventKind::Drag(left), over.0, over.1);
    assert_eq!(dashboard.text(), held, "and back");
    dashboard.mouse(MouseEventKind::Up(left), over.0, over.1);
    dashboard.mouse(MouseEventKind::Drag(left), over.0 + 9, over.1);
    assert_eq!(dashboard.text(), held, "a button that is not held moves nothing");
    dashboard.mouse(MouseEventKind::ScrollRight, over.0, over.1);
    assert_ne!(dashboard.text(), zoomed);
    dashboard.mouse(MouseEventKind::ScrollLeft, over.0, over.1);
    assert_eq!(dashboard.text(), held);
}

#[test]
fn narrow_charts_tell_the_values_too_and_how_to_leave() {
    for (size, place) in [((80, 24), "@14"), ((40, 12), "epoch 14")] {
        let (mut dashboard, run) = training(size.0, size.1);
        dashboard.keys("wG");
        // The last step of an epoch: the cursor of a run of many epochs stands on their ends.
        see(&mut dashboard, &format!("{place} · {}", losses(&run, 14)));
        see(&mut dashboard, "Esc leave");
    }
}

#[test]
fn what_was_chosen_is_kept_a_moment_later() {
    let (mut dashboard, _) = finished(120, 40);
    let keeps = |dashboard: &mut Dashboard, now: i64| match &dashboard.tell(Message::Clock(now))[..] {
        [] => None,
        [Effect::KeepView(view)] => Some(view.clone()),
        other => panic!("{other:?}"),
    };
    let now = 2_000_000_000_000;
    assert_eq!(keeps(&mut dashboard, now), None, "nothing was chosen");
    dashboard.keys("⇥");
    assert!(dashboard.state.has_unkept_view());
    assert_eq!(keeps(&mut dashboard, now + 1_000), None);
    dashboard.keys("⇥");
    let kept = keeps(&mut dashboard, now + 2_000);
    assert_eq!(kept.map(|view| *view), Some(dashboard.state.remembered()), "several choices are kept at once");
    assert!(!dashboard.state.has_unkept_view());
    assert_eq!(keeps(&mut dashboard, now + 9_000), None, "and only once");
    dashboard.keys("?⎋");
    assert_eq!(keeps(&mut dashboard, now + 20_000), None, "help is no choice");
}

#[test]
fn how_the_panes_are_looked_at_survives_a_restart() {
    let mut before = pinned();
    before.keys("wL+ezxxcxo⎋");
    let text = serde_json::to_string(&before.state.remembered()).unwrap();
    let mut after = Dashboard::new(120, 40);
    after.tell(Message::Recall(Box::new(serde_json::from_str(&text).unwrap())));
    let mut pin = Script::new("20260101-000000-early-s0", Mode::Early);
    pin.epochs(9).finish(Outcome::EarlyStopped);
    let mut run = Script::new("20260101-000100-late-s0", Mode::Late);
    run.epochs(14).finish(Outcome::EarlyStopped);
    after.scanned(vec![pin.entry(), run.at(60).entry()], vec![]);
    see(&mut after, "P▲");
    see(&mut after, "Δ pin");
    after.keys("X");
    see(&mut after, "clips ╮");
    after.keys("XX");
    see(&mut after, "log · smoothed 0.6 · zoomed");
}

/// Change what every epoch of `run` gave.
fn each_epoch(run: &mut Script, mut change: impl FnMut(&mut EpochFinished)) {
    for event in &mut run.events {
        if let RunEvent::EpochFinished(result) = &mut event.event {
            change(result);
        }
    }
}

/// A finished run of `classes` classes, each of which is 3 times in 4 taken for the next.
fn wide(classes: usize) -> Script {
    let mut run = Script::new("20260101-000000-late-s0", Mode::Late);
    run.started().classes = (0..classes).map(|class| format!("class_{class:02}")).collect();
    run.epochs(2).finish(Outcome::Finished);
    let pairs =
        (0..classes * 4).map(|clip| (clip / 4, if clip % 4 == 0 { clip / 4 } else { (clip / 4 + 1) % classes }));
    let confusion = Confusion::from_pairs(classes, pairs);
    each_epoch(&mut run, |result| result.confusion = confusion.clone());
    if let Some(RunEvent::Finished(finished)) = run.events.last_mut().map(|event| &mut event.event) {
        finished.test.as_mut().unwrap().confusion = confusion;
    }
    run
}

#[test]
fn the_cell_is_told_of_at_every_size_with_any_number_of_classes() {
    for classes in [10, 17, 18, 30, 50] {
        for (width, height) in [(120, 40), (80, 60), (60, 50), (80, 24), (40, 12)] {
            let (mut dashboard, run) = (Dashboard::new(width, height), wide(classes));
            dashboard.play(&run);
            dashboard.worker(WorkerMessage::Idle);
            dashboard.keys("wxx");
            let clip = |at: usize| Clip { id: format!("clip-{at}"), truth: 2, prediction: 3, confidence: 0.5 };
            let clips = Ok((0..3).map(clip).collect());
            dashboard.tell(Message::Predictions { dir: run.dir.clone(), of: Predicted::Test, clips });
            dashboard.keys("↓↓→→→");
            let text = dashboard.text();
            let about = format!("{classes} classes at {width}x{height}:\n{text}");
            for what in ["class_02 → class_03  3 clips", "75.0 % of the true", "0.500 clip-0"] {
                assert!(text.contains(what), "`{what}` of {about}");
            }
            assert!(text.contains("clip-2") || text.contains("+2 more") || text.contains("+1 more"), "{about}");
            assert!(!text.contains("class…"), "rows can be told apart: {about}");
        }
    }
}

#[test]
fn a_difference_goes_by_the_names_of_the_classes() {
    let (_, run) = pair();
    let mut pin = run.clone();
    pin.dir = "runs/20260101-000000-early-s0".into();
    pin.started().mode = Mode::Early;
    let order = [3, 0, 1, 2, 9, 8, 7, 6, 5, 4];
    pin.started().classes = order.map(|class| CLASSES[class].to_owned()).to_vec();
    each_epoch(&mut pin, |result| result.confusion = result.confusion.reordered(&order));
    if let Some(RunEvent::Finished(finished)) = pin.events.last_mut().map(|event| &mut event.event) {
        let test = finished.test.as_mut().unwrap();
        test.confusion = test.confusion.reordered(&order);
    }
    let mut dashboard = beside(&pin, run.clone());
    dashboard.keys("wxxf");
    for truth in CLASSES.iter().filter(|name| name.len() < 8) {
        assert_eq!(matrix_row(&mut dashboard, truth), ["·"; 10], "{truth}");
    }
    see_not(&mut dashboard, "on other data");

    // What cannot be told apart by name is not subtracted.
    pin.started().classes[4] = "beach".to_owned();
    "beef".clone_into(&mut pin.started().fingerprint);
    let mut dashboard = beside(&pin, run.clone());
    see(&mut dashboard, "no Δ to 20260101-000000-early-s0: it has other classes");
    see_not(&mut dashboard, "Δ pin");
    dashboard.keys("wxxf");
    see_not(&mut dashboard, "Δ row %");

    pin.started().classes[4] = "tram".to_owned();
    see(&mut beside(&pin, run), "Δ to 20260101-000000-early-s0 @12, on other data");
}

#[test]
fn a_difference_names_the_epoch_of_the_pinned_run() {
    let mut dashboard = pinned();
    dashboard.keys("wxxf");
    see(&mut dashboard, "Δ to 20260101-000000-early-s0 @9");
    dashboard.keys("g");
    see(&mut dashboard, "val of epoch 1/14");
    see(&mut dashboard, "Δ to 20260101-000000-early-s0 @1 ");
    // It had nine epochs.
    dashboard.keys("G[");
    see(&mut dashboard, "val of epoch 14/14");
    see(&mut dashboard, "Δ to 20260101-000000-early-s0 @9");
}

#[test]
fn below_a_difference_stand_the_pairs_that_changed() {
    let mut dashboard = pinned();
    dashboard.keys("wxxf⎋");
    see(&mut dashboard, "change ");
    see(&mut dashboard, " points");
    see_not(&mut dashboard, "worst ");
    dashboard.keys("wc⎋");
    see(&mut dashboard, " clips");
    dashboard.keys("wf⎋");
    see(&mut dashboard, "worst ");
}

#[test]
fn a_column_tells_what_was_predicted_as_its_class() {
    let (mut dashboard, run) = after(14, "wxxcc");
    see(&mut dashboard, "column %");
    let confusion = run.events.iter().rev().find_map(|event| match &event.event {
        RunEvent::EpochFinished(result) => Some(&result.confusion),
        _ => None,
    });
    let confusion = confusion.unwrap();
    for (truth, name) in CLASSES.iter().enumerate().filter(|(_, name)| name.len() < 8) {
        let share = |prediction: usize| match confusion.get(truth, prediction) {
            0 => "·".to_owned(),
            clips => format!("{:.0}", (clips as f64 / confusion.predicted(prediction) as f64 * 100.0).max(1.0)),
        };
        assert_eq!(matrix_row(&mut dashboard, name), (0..10).map(share).collect::<Vec<_>>(), "{name}");
    }
}

#[test]
fn the_class_table_is_sorted_by_the_change_from_the_pinned_run() {
    let (pin, run) = pair();
    let f1 = |run: &Script| match run.events.last().map(|event| &event.event) {
        Some(RunEvent::Finished(finished)) => finished.test.as_ref().unwrap().confusion.per_class(),
        other => panic!("{other:?}"),
    };
    let change: Vec<f64> = f1(&run).iter().zip(f1(&pin)).map(|(one, other)| one.f1 - other.f1).collect();
    let mut dashboard = beside(&pin, run);
    dashboard.keys("wxxxooooo");
    see(&mut dashboard, "Δ pin▲");
    let mut order: Vec<usize> = (0..CLASSES.len()).collect();
    order.sort_by(|a, b| change[*a].total_cmp(&change[*b]));
    assert_eq!(listed(&mut dashboard), order.iter().map(|class| CLASSES[*class]).collect::<Vec<_>>());
    let text = dashboard.text();
    let mut rows = text.lines().skip_while(|line| !line.contains("per class")).skip(2);
    for class in order {
        let value = change[class];
        let sign = if value > 0.0 { '+' } else { '−' };
        let expected = if value.abs() < 0.005 { "0.00".to_owned() } else { format!("{sign}{:.2}", value.abs()) };
        let shown = rows.next().unwrap().trim_end_matches(['│', ' ']).split_whitespace().last().unwrap();
        assert_eq!(shown, expected, "{}", CLASSES[class]);
    }
}

#[test]
fn a_spike_of_one_step_is_seen_without_colour() {
    for marks in [Marks::Braille, Marks::Block, Marks::Ascii] {
        let looks = || {
            Dashboard::with(120, 40, |config| {
                (config.ui.color, config.ui.marks) = (ColorDepth::None, marks);
            })
        };
        let mut run = Script::new("20260101-000000-late-s0", Mode::Late);
        run.epochs(14);
        let mut spiky = run.clone();
        let step = 4 * BATCHES as u64;
        if let Some(RunEvent::Steps { losses, .. }) = spiky
            .events
            .iter_mut()
            .map(|event| &mut event.event)
            .find(|event| matches!(event, RunEvent::Steps { first, .. } if *first == step))
        {
            losses[30] = 900.0;
        }
        let top = |run: &Script| {
            let mut dashboard = looks();
            dashboard.play(run);
            let buffer = dashboard.draw();
            (8..30).filter(|x| buffer[(*x, 2)].symbol() != " ").count()
        };
        assert_eq!((top(&run), top(&spiky)), (0, 1), "{marks:?}");
    }
}

#[test]
fn gaps_and_spikes_of_the_scores_have_badges() {
    let mut run = Script::new("20260101-000000-late-s0", Mode::Late);
    run.epochs(15);
    each_epoch(&mut run, |result| match result.epoch {
        8 | 9 => result.val.log_loss = f64::NAN,
        15 => result.val.log_loss = 400.0,
        _ => {}
    });
    let mut dashboard = Dashboard::new(120, 40);
    dashboard.play(&run);
    see(&mut dashboard, "log loss is NaN or inf 2 times from @8 on");
    see(&mut dashboard, "spikes above the edge");
    dashboard.keys("wo");
    see_not(&mut dashboard, "spikes above the edge");

    each_epoch(&mut run, |result| {
        result.val.log_loss = 0.5;
        if result.epoch == 3 {
            result.val_loss = f64::NAN;
        }
    });
    let mut dashboard = Dashboard::new(120, 40);
    dashboard.play(&run);
    see(&mut dashboard, "val loss of epoch 3 is NaN or inf");
    see_not(&mut dashboard, "diverged");
}

#[test]
fn a_rate_is_told_as_a_schedule_means_it() {
    let (mut dashboard, mut run) = after(3, "");
    let (from, to) = (1e-4, 1.000_000_000_000_000_4e-8);
    dashboard.worker(run.next(RunEvent::LrChanged { epoch: 3, from, to }));
    dashboard.keys("t");
    see(&mut dashboard, "1e-8 ");
    see_not(&mut dashboard, "1.0000");
    dashboard.keys("⎋");
    let key = Setting::Lr;
    dashboard.worker(run.next(RunEvent::SettingChanged { epoch: 4, step: 186, key, from: to, to: 3e-5 }));
    see(&mut dashboard, "learning rate 1e-8 to 3e-5");
    dashboard.keys("zwG");
    see(&mut dashboard, "learning rate 1e-8 → 3e-5 by hand");
}

#[test]
fn the_raw_curves_are_dimmed_beneath_the_smoothed_ones() {
    let theme = Theme::new(ColorDepth::TrueColor, Marks::Braille);
    let mut dashboard = training_in(Dashboard::with(120, 40, |config| config.ui.color = ColorDepth::TrueColor)).0;
    dashboard.tell(Message::Clock(i64::MAX / 2));
    // Dots of a style within the first chart.
    let dots = |dashboard: &mut Dashboard, style: Style| {
        let buffer = dashboard.draw();
        let cells = (2..18).flat_map(|y| (6..56).map(move |x| (x, y)));
        let drawn = cells
            .map(|at| &buffer[at])
            .filter(|cell| ('\u{2801}'..='\u{28ff}').contains(&cell.symbol().chars().next().unwrap_or(' ')));
        drawn.filter(|cell| Some(cell.fg) == style.fg).count()
    };
    assert_eq!(dots(&mut dashboard, theme.text.dim), 0, "nothing is dim before");
    assert!(dots(&mut dashboard, theme.curve.val) > 0 && dots(&mut dashboard, theme.curve.steps) > 0);
    dashboard.keys("wee⎋");
    for (what, style) in [
        ("the raw validation loss", theme.text.dim),
        ("the raw steps", theme.curve.steps),
        ("the smoothed validation loss", theme.curve.val),
        ("the smoothed steps", theme.curve.train),
    ] {
        assert!(dots(&mut dashboard, style) > 0, "{what} is not there:\n{}", dashboard.text());
    }
}
