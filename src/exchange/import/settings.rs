//! The settings of an imported run: the framework's, where our schema has them.

use std::path::Path;

use super::{Draft, Request, source::Source};
use crate::config::{Config, Layers, ModelConfig};

/// Where the framework keeps what our settings have too.
const KNOWN: [(&str, &str); 6] = [
    ("early_stop", "train.early_stop"),
    ("data.dataloader_args.batch_size", "train.batch_size"),
    ("optimizer.args.lr", "train.lr"),
    ("optimizer.args.weight_decay", "train.weight_decay"),
    ("lr_scheduler.args.factor", "train.lr_factor"),
    ("lr_scheduler.args.patience", "train.lr_patience"),
];
/// Settings of the framework that stand elsewhere in a run, or have no counterpart and need none.
const SILENT: [&str; 5] = ["epoch", "num_classes", "optimizer.type", "output_dir", "data.dataloader_args.num_workers"];

/// The settings as far as they are known, the defaults elsewhere.
pub fn config(source: &Source, draft: &Draft<'_>, request: &Request<'_>, notes: &mut Vec<String>) -> Config {
    let mut layers = Layers::new().flag("model.mode", draft.mode.name(), "import");
    layers = layers.flag("runs.dir", request.config.runs.dir.clone(), "import");
    let mut take = |key: &str, path: &str, value: toml::Value| {
        let tried = layers.clone().flag(key, value, path);
        match tried.clone().resolve() {
            Ok(_) => layers = tried,
            Err(problems) => notes.push(format!("config.yaml: {problems}; the default is taken")),
        }
    };
    for (path, key) in KNOWN {
        let number = source.settings.number::<i64>(path).map(toml::Value::Integer);
        if let Some(value) = number.or_else(|| source.settings.number::<f64>(path).map(toml::Value::Float)) {
            take(key, path, value);
        }
    }
    // Its loop is `range(1, epoch)`, which never gets to the last.
    let epochs = source.settings.number::<i64>("epoch").map(|epoch| epoch - 1);
    let trained = draft.epochs.last().map(|last| last.epoch as i64);
    if let Some(epochs) = epochs.max(trained) {
        take("train.epochs", "epoch", epochs.into());
    }
    take("data.dir", "data", features(source).into());
    let unknown: Vec<_> = source.settings.paths().filter(|path| !is_known(path)).collect();
    if !unknown.is_empty() && draft.is_last {
        notes.push(format!("config.yaml: without a counterpart here: {}", unknown.join(", ")));
    }
    let mut config = layers.resolve().unwrap_or_else(|_| request.config.clone());
    let own = source.weights.as_ref().filter(|_| draft.is_last).and_then(|weights| weights.ours.clone());
    config.model = own.unwrap_or(ModelConfig { mode: draft.mode, ..config.model });
    config
}

fn is_known(path: &str) -> bool {
    KNOWN.iter().any(|(known, _)| *known == path) || SILENT.contains(&path) || path.starts_with("data.")
}

/// The folder of the features, two above one of its files; a name that is no folder where unknown.
fn features(source: &Source) -> String {
    let file = source.settings.text("data.test.audio_feature").map(Path::new);
    let folder = file.and_then(Path::parent).and_then(Path::parent).filter(|path| path.is_absolute());
    folder.map_or_else(|| "unknown".to_owned(), |path| path.display().to_string())
}
