//! A study as one JSON object.

use serde_json::{Value, json};

use crate::study::{
    Board, Folder, Plan, Standing,
    table::{columns, tables},
};

/// The object that `--json` prints.
#[must_use]
pub fn study(plan: &Plan, board: &Board, folder: &Folder, running: bool) -> Value {
    let trials = plan.trials.iter().zip(&board.trials).map(|(planned, trial)| {
        let values = columns(plan.figure).into_iter().map(|figure| {
            let value = trial.finished.as_ref().and_then(|finished| figure.of(finished));
            (figure.name().to_owned(), json!(value))
        });
        let why = match &trial.standing {
            Standing::Terminated(reason) => json!(reason),
            Standing::Failed(errors) => json!(errors),
            _ => Value::Null,
        };
        json!({
            "id": planned.id,
            "settings": planned.overrides,
            "state": trial.standing.name(),
            "why": why,
            "run": trial.dir,
            "set_aside": trial.changed.as_ref().map(|changed| json!({ "run": changed.dir, "changed": changed.what })),
            "epochs": trial.finished.as_ref().map_or(trial.curve.len(), |finished| finished.epochs),
            "seconds": trial.seconds,
            "figures": values.collect::<Value>(),
        })
    });
    let tables = tables(plan, board).into_iter().map(|table| {
        let names = columns(table.figure);
        let settings = table.settings.iter().map(|setting| {
            let figures = names.iter().zip(&setting.figures);
            json!({
                "values": table.axes.iter().cloned().zip(setting.values.iter().map(|value| json!(value))).collect::<Value>(),
                "seeds": setting.seeds,
                "done": setting.done,
                "terminated": setting.terminated,
                "failed": setting.failed,
                "within_noise": setting.within_noise,
                "figures": figures.map(|(figure, spread)| (figure.name().to_owned(), json!(spread))).collect::<Value>(),
            })
        });
        json!({ "name": table.name, "verdict": table.verdict, "settings": settings.collect::<Vec<_>>() })
    });
    json!({
        "study": plan.name,
        "folder": folder.path(),
        "ranked_by": plan.figure.name(),
        "running": running,
        "demo": plan.data.iter().any(|data| data.demo),
        "tally": board.tally(),
        "tables": tables.collect::<Vec<_>>(),
        "trials": trials.collect::<Vec<_>>(),
    })
}
