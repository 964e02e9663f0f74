//! What can be copied: the table that is shown, as tab-separated values with a heading, or what is pointed at in
//! it, as it is.

use super::{
    State, format,
    screens::train::class_table,
    state::{Pane, Run, Screen, StudyPane, comparison::scores, study::Column},
    text,
};
use crate::{
    metrics::Confusion,
    runs::{Field, Value, study::Setting},
};

/// Terminals refuse to take much more, and say nothing.
const LARGEST: usize = 48 * 1024;

/// What was copied, for people, and its text.
#[derive(Debug, PartialEq, Eq)]
pub struct Copied {
    pub what: String,
    pub text: String,
}

/// True where there is something to copy.
pub fn is_there(state: &State) -> bool {
    match (state.screen, state.shown()) {
        (Screen::Train, Some(run)) => match state.view.pane {
            Pane::Loss | Pane::Scores => !run.history.epochs.is_empty(),
            Pane::Confusion | Pane::Classes => state.table().is_some(),
        },
        (Screen::Train, None) => false,
        (Screen::Runs, _) => !state.table.rows.is_empty(),
        (Screen::Compare, _) => state.comparison.len() > 0,
        (Screen::Study, _) => state.study.known().is_some_and(|_| !state.study.table.rows.is_empty()),
        (Screen::Log, _) => state.journal.len() > 0,
    }
}

/// The table that the screen shows.
pub fn table(state: &State) -> Option<Copied> {
    match state.screen {
        Screen::Train => {
            let run = state.shown()?;
            match state.view.pane {
                Pane::Loss | Pane::Scores => Some(epochs(run)),
                Pane::Confusion => Some(confusion(run, matrix(state)?)),
                Pane::Classes => Some(classes(run, matrix(state)?)),
            }
        }
        Screen::Runs => Some(listed(state)),
        Screen::Compare => Some(runs(state)),
        Screen::Study => study(state),
        Screen::Log => Some(log(state)),
    }
}

/// What the screen points at: the value under the chart's cursor, the cell of the matrix, the F1 of a class, a
/// cell of a table. None where there is no such thing.
pub fn value(state: &State) -> Option<Copied> {
    let copied =
        |what: String, text: String| (!text.is_empty()).then(|| Copied { what, text: text::clean(&text).into_owned() });
    match state.screen {
        Screen::Train => {
            let run = state.shown()?;
            match state.view.pane {
                Pane::Loss | Pane::Scores => at_cursor(state, run),
                Pane::Confusion => {
                    let (matrix, unit) = (state.table()?.matrix, state.matrix.unit);
                    let (truth, prediction) = state.matrix.cell;
                    let what = format!("{} of {} as {}", unit.title(), name(run, truth), name(run, prediction));
                    copied(what, unit.of(matrix, truth, prediction).to_string())
                }
                Pane::Classes => {
                    let (class, f1) = class_table(state, &state.table()?).chosen()?;
                    copied(format!("F1 of {}", name(run, class)), f1.to_string())
                }
            }
        }
        Screen::Runs => {
            let field = *state.table.columns.get(state.table.column)?;
            copied(field.title().to_owned(), plain(&field.value(&state.cells(state.chosen_run()?))))
        }
        Screen::Compare => copied("the run's name".to_owned(), state.pinnable()?.name.clone()),
        Screen::Study => study_value(state),
        Screen::Log => {
            let entry = state.journal.entries().rev().nth(state.log_up)?;
            copied("the message".to_owned(), entry.text.clone())
        }
    }
}

/// The validation loss or accuracy under the charts' cursor; between epochs, the loss of a step.
fn at_cursor(state: &State, run: &Run) -> Option<Copied> {
    let cursor = state.chart.cursor?;
    let epoch = cursor.round();
    let whole = run.history.epoch(epoch as usize).filter(|_| (cursor - epoch).abs() < 1e-6);
    let (what, value) = match (whole, state.view.pane) {
        (Some(result), Pane::Scores) => (format!("val accuracy of epoch {epoch}"), result.val.accuracy),
        (Some(result), _) => (format!("val loss of epoch {epoch}"), result.val_loss),
        (None, Pane::Scores) => return None,
        (None, _) => {
            let step = (cursor * run.curves.steps_per_epoch()).round().max(1.0);
            (format!("loss of step {step}"), f64::from(*run.history.step_losses.get(step as usize - 1)?))
        }
    };
    Some(Copied { what, text: value.to_string() })
}

/// What the pane of the study that has the keys points at.
fn study_value(state: &State) -> Option<Copied> {
    let screen = &state.study;
    let copied =
        |what: &str, text: String| Some(Copied { what: what.to_owned(), text: text::clean(&text).into_owned() });
    if screen.pane == StudyPane::Studies {
        return copied("the study's folder", screen.found.get(screen.list_at)?.folder.display().to_string());
    }
    let (study, course) = screen.known()?;
    let figure = |at: usize| study.figures.get(at).map_or("", |figure| figure.title);
    match screen.pane {
        StudyPane::Map => copied(figure(screen.view.figure), screen.cell()?.spread?.mean.to_string()),
        StudyPane::Effects => {
            let setting = study.settings.get(screen.effect()?.axis.setting?)?;
            copied("the setting", setting.name.clone())
        }
        StudyPane::Trials | StudyPane::Studies => {
            let at = screen.pointed()?;
            let (trial, standing) = (study.trials.get(at)?, course.trials.get(at)?);
            let column = *screen.table.columns.get(screen.table.column)?;
            let text = match column {
                Column::State => standing.phase.word().to_owned(),
                Column::Setting(at) => study.settings.get(at)?.values.get(*trial.levels.get(at)? as usize)?.clone(),
                Column::Epochs => standing.epochs.to_string(),
                Column::Figure(at) => standing.values.get(at).copied().flatten()?.to_string(),
                Column::Time => standing.seconds.to_string(),
                Column::Run => standing.dir.as_ref()?.file_name()?.to_string_lossy().into_owned(),
            };
            copied(column.title(study), text)
        }
    }
}

/// A cell in full.
fn plain(value: &Value<'_>) -> String {
    match value {
        Value::Missing => String::new(),
        Value::Number(value) => value.to_string(),
        Value::Text(words) => words.clone().into_owned(),
    }
}

/// The matrix that the tables show, and what it is of.
fn matrix(state: &State) -> Option<(&Confusion, String)> {
    state.table().map(|table| (table.matrix, table.source))
}

fn epochs(run: &Run) -> Copied {
    let head = ["epoch", "train loss", "val loss", "val accuracy", "val log loss", "val macro F1", "lr", "seconds"];
    let rows = run.history.epochs.iter().map(|record| &record.result).map(|epoch| {
        let scores = &epoch.val;
        let numbers = [epoch.train_loss, epoch.val_loss, scores.accuracy, scores.log_loss, scores.macro_f1];
        let mut row = vec![epoch.epoch.to_string()];
        row.extend(numbers.map(|number| number.to_string()));
        row.extend([epoch.lr.to_string(), epoch.seconds.to_string()]);
        row
    });
    sheet("epochs", &head, rows)
}

fn confusion(run: &Run, (matrix, _): (&Confusion, String)) -> Copied {
    let names: Vec<String> = (0..matrix.classes()).map(|class| name(run, class)).collect();
    let head: Vec<&str> = std::iter::once("truth").chain(names.iter().map(String::as_str)).collect();
    let rows = names.iter().enumerate().map(|(truth, name)| {
        let counts = (0..names.len()).map(|prediction| matrix.get(truth, prediction).to_string());
        std::iter::once(name.clone()).chain(counts).collect()
    });
    sheet("rows of the confusion", &head, rows)
}

fn classes(run: &Run, (matrix, _): (&Confusion, String)) -> Copied {
    let rows = matrix.per_class().into_iter().enumerate().map(|(class, scores)| {
        let numbers = [scores.precision, scores.recall, scores.f1].map(|number| number.to_string());
        std::iter::once(name(run, class)).chain(numbers).chain([matrix.support(class).to_string()]).collect()
    });
    sheet("classes", &["class", "precision", "recall", "F1", "clips"], rows)
}

fn name(run: &Run, class: usize) -> String {
    let names = run.summary.started.as_ref().map(|started| started.classes.as_slice()).unwrap_or_default();
    names.get(class).cloned().unwrap_or_else(|| class.to_string())
}

/// The listed runs with the columns of the table.
fn listed(state: &State) -> Copied {
    let head: Vec<&str> = state.table.columns.iter().map(|field| field.title()).collect();
    let rows = state.table.rows.iter().filter_map(|dir| state.runs.get(dir)).map(|run| {
        let row = state.cells(run);
        let cell = |field: &Field| plain(&field.value(&row));
        state.table.columns.iter().map(cell).collect()
    });
    sheet("runs", &head, rows)
}

/// What the pane of the study that has the keys shows.
fn study(state: &State) -> Option<Copied> {
    let screen = &state.study;
    let (study, course) = screen.known()?;
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    match screen.pane {
        StudyPane::Map => {
            let corner = screen.axis_name(screen.view.down).unwrap_or_default();
            let head: Vec<&str> =
                std::iter::once(corner).chain(screen.grid.across.labels.iter().map(String::as_str)).collect();
            let rows = screen.grid.down.labels.iter().enumerate().map(|(down, label)| {
                let cells = (0..screen.grid.across.labels.len()).map(|across| {
                    let spread = screen.grid.cell(down, across).and_then(|cell| cell.spread);
                    number(spread.map(|spread| spread.mean))
                });
                std::iter::once(label.clone()).chain(cells).collect()
            });
            Some(sheet("rows of the map", &head, rows))
        }
        StudyPane::Effects => {
            let rows = screen.marginals.iter().flat_map(|marginal| {
                let setting = marginal.axis.setting.and_then(|at| study.settings.get(at));
                let setting = setting.map_or_else(String::new, |setting| setting.name.clone());
                marginal.axis.labels.iter().zip(&marginal.spreads).map(move |(value, spread)| {
                    let (mean, sd) = (spread.map(|spread| spread.mean), spread.and_then(|spread| spread.sd));
                    let n = spread.map_or(0, |spread| spread.n).to_string();
                    vec![setting.clone(), value.clone(), number(mean), number(sd), n]
                })
            });
            Some(sheet("values of settings", &["setting", "value", "mean", "deviation", "n"], rows))
        }
        StudyPane::Trials | StudyPane::Studies => {
            let settings = study.settings.iter().map(|setting| setting.name.as_str());
            let figures = study.figures.iter().map(|figure| figure.title);
            let head: Vec<&str> = ["trial", "state"]
                .into_iter()
                .chain(settings)
                .chain(["epochs", "seconds"])
                .chain(figures)
                .chain(["job", "why", "run"])
                .collect();
            let rows = screen.table.rows.iter().filter_map(|&at| study.trials.get(at).zip(course.trials.get(at)));
            let rows = rows.map(|(trial, standing)| {
                let value = |(setting, level): (&Setting, &u32)| setting.values.get(*level as usize).cloned();
                let mut row = vec![trial.id.clone(), standing.phase.word().to_owned()];
                row.extend(study.settings.iter().zip(&trial.levels).map(|pair| value(pair).unwrap_or_default()));
                row.extend([standing.epochs.to_string(), standing.seconds.to_string()]);
                row.extend(standing.values.iter().take(study.figures.len()).map(|value| number(*value)));
                let run = standing.dir.as_ref().map_or_else(String::new, |dir| dir.display().to_string());
                let job = standing.task.map_or_else(String::new, |(job, task)| format!("{job}_{task}"));
                row.extend([job, standing.why.clone(), run]);
                row
            });
            Some(sheet("trials", &head, rows))
        }
    }
}

fn runs(state: &State) -> Copied {
    let head = [
        "run",
        "mode",
        "seed",
        "state",
        "epochs",
        "best epoch",
        "val loss",
        "val accuracy",
        "test accuracy",
        "test log loss",
        "test macro F1",
        "seconds",
    ];
    let listed: Vec<_> = state.comparison.rows.iter().filter_map(|dir| state.runs.get(dir)).collect();
    let rows = listed.iter().map(|run| {
        let summary = &run.summary;
        let number = |number: Option<f64>| number.map_or_else(String::new, |number| number.to_string());
        let mut row = vec![
            run.name.clone(),
            run.mode().map_or("", |mode| mode.name()).to_owned(),
            summary.started.as_ref().map_or_else(String::new, |started| started.seed.to_string()),
            state.status(run).word().to_owned(),
            summary.epochs.to_string(),
            summary.best.map_or_else(String::new, |best| best.epoch.to_string()),
        ];
        row.extend(scores(run).map(number));
        row.push(number(Some(summary.seconds)));
        row
    });
    sheet("runs", &head, rows)
}

/// The newest messages, as many as a terminal takes.
fn log(state: &State) -> Copied {
    let rows: Vec<Vec<String>> = state
        .journal
        .entries()
        .map(|entry| vec![format::time_of_day(entry.t), entry.level.word().to_owned(), entry.text.clone()])
        .collect();
    let mut size = 0;
    let kept = rows.iter().rev().take_while(|row| {
        size += row.iter().map(|cell| cell.len() + 1).sum::<usize>();
        size < LARGEST
    });
    let first = rows.len() - kept.count();
    sheet("messages", &["time", "level", "text"], rows.into_iter().skip(first))
}

/// Rows as text. A cell holds neither tabs nor line breaks, nor what could be run where it is pasted.
fn sheet(what: &str, head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Copied {
    let line = |cells: Vec<String>| cells.iter().map(|cell| text::clean(cell)).collect::<Vec<_>>().join("\t") + "\n";
    let mut text = line(head.iter().map(|cell| (*cell).to_owned()).collect());
    let (mut count, mut left_out) = (0, 0);
    for row in rows {
        let row = line(row);
        if text.len() + row.len() > LARGEST {
            left_out += 1;
        } else {
            text += &row;
            count += 1;
        }
    }
    let rest = if left_out == 0 { String::new() } else { format!(" (the first; {left_out} had no room)") };
    Copied { what: format!("{count} {what}{rest}"), text }
}
