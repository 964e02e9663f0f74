//! A run's history as tables and as one JSON object.

use anyhow::{Context as _, Result};
use csv::Writer;
use serde_json::{Value, json};

use super::mode;
use crate::runs::{RunEntry, State};

/// One row an epoch.
///
/// # Errors
/// If the table cannot be put together.
pub fn epochs_csv(run: &RunEntry) -> Result<Vec<u8>> {
    let mut table = Writer::from_writer(Vec::new());
    table.write_record([
        "run",
        "mode",
        "epoch",
        "train_loss",
        "val_loss",
        "val_accuracy",
        "val_log_loss",
        "val_macro_f1",
        "lr",
        "bad_epochs",
        "best",
        "seconds",
        "clips_per_second",
        "ended",
    ])?;
    let best = run.history.best.map(|(epoch, _)| epoch);
    for record in &run.history.epochs {
        let epoch = &record.result;
        let numbers =
            [epoch.train_loss, epoch.val_loss, epoch.val.accuracy, epoch.val.log_loss, epoch.val.macro_f1, epoch.lr];
        let mut row = vec![cell(&run.name), mode(run).to_owned(), epoch.epoch.to_string()];
        row.extend(numbers.map(number));
        row.extend([epoch.bad_epochs.to_string(), u8::from(Some(epoch.epoch) == best).to_string()]);
        row.extend([number(epoch.seconds), number(epoch.clips_per_second), instant(record.t)]);
        table.write_record(row)?;
    }
    table.into_inner().context("writing the table of epochs")
}

/// One row a step, from 1.
///
/// # Errors
/// If the table cannot be put together.
pub fn steps_csv(run: &RunEntry) -> Result<Vec<u8>> {
    let mut table = Writer::from_writer(Vec::new());
    table.write_record(["run", "step", "train_loss"])?;
    for (step, loss) in (1_usize..).zip(&run.history.step_losses) {
        table.write_record([cell(&run.name), step.to_string(), loss.to_string()])?;
    }
    table.into_inner().context("writing the table of steps")
}

/// Everything that the run's log tells, as one object. Numbers that JSON lacks are texts, as in the log.
///
/// # Errors
/// If it cannot be encoded.
pub fn json(run: &RunEntry) -> Result<Vec<u8>> {
    let history = &run.history;
    let epochs: Result<Vec<Value>, serde_json::Error> = history
        .epochs
        .iter()
        .map(|record| {
            let mut epoch = serde_json::to_value(&record.result)?;
            if let Value::Object(entries) = &mut epoch {
                entries.insert("ended".to_owned(), instant(record.t).into());
            }
            Ok(epoch)
        })
        .collect();
    let (changes, by_hand) = (history.lr_changes.iter(), history.changes.iter());
    let (state, finished, errors) = match &history.state {
        State::Ended(finished) => ("ended", serde_json::to_value(finished)?, Value::Null),
        State::Failed(errors) => ("failed", Value::Null, json!(errors)),
        State::Empty | State::Training | State::Paused | State::Stopping(_) => ("unfinished", Value::Null, Value::Null),
    };
    // Through text, so that 0.1 does not become 0.10000000149.
    let steps: Vec<Value> = history.step_losses.iter().map(|loss| step(*loss)).collect();
    let object = json!({
        "run": run.name,
        "state": state,
        "started_at": instant(history.started_at),
        "updated_at": instant(history.updated_at),
        "started": history.started,
        "config": run.config,
        "epochs": epochs?,
        "step_losses": steps,
        "best": history.best.map(|(epoch, _)| epoch),
        "lr_changes": changes.map(|change| json!({ "epoch": change.epoch, "from": change.from, "to": change.to })).collect::<Vec<_>>(),
        "setting_changes": by_hand.map(|change| json!({
            "epoch": change.epoch, "step": change.step, "key": change.key, "from": change.from, "to": change.to,
        })).collect::<Vec<_>>(),
        "resumed_from": history.resumed_from,
        "finished": finished,
        "errors": errors,
    });
    let mut text = serde_json::to_vec_pretty(&object).context("encoding the history")?;
    text.push(b'\n');
    Ok(text)
}

fn step(loss: f32) -> Value {
    let text = loss.to_string();
    let number = text.parse().ok().and_then(serde_json::Number::from_f64);
    number.map_or(Value::String(text), Value::Number)
}

/// A text that no spreadsheet takes for a formula.
fn cell(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

/// A number in full; nothing where there is none.
fn number(value: f64) -> String {
    if value.is_nan() { String::new() } else { value.to_string() }
}

/// Milliseconds since the Unix epoch as a date and time in UTC.
fn instant(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map(|time| time.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_becomes_a_formula() {
        for (name, written) in [("=1+1", "'=1+1"), ("@cmd", "'@cmd"), ("-2", "'-2"), ("+x", "'+x"), ("late", "late")] {
            assert_eq!(cell(name), written);
        }
    }
}
