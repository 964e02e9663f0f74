//! What makes two runs the same.

use toml::{Table, Value};
use xxhash_rust::xxh3::xxh3_128;

use super::{Config, DataConfig, Mode};

/// Settings that change how fast a run is, or its numbers by a rounding error at most.
pub const PLACES: [&str; 2] = ["device", "threads"];

/// A name for everything in the settings that a run's result depends on, the data aside: sixteen
/// hexadecimal digits. Settings that the mode does not look at are left out.
#[must_use]
pub fn settings(config: &Config) -> String {
    // Sections that say nothing about what is learnt from the data are left out.
    let mut train = Table::try_from(&config.train).unwrap_or_default();
    train.retain(|key, _| !PLACES.contains(&key));
    let mut model = Table::try_from(&config.model).unwrap_or_default();
    model.retain(|key, _| matters(config.model.mode, key));
    let sections = [("model", model), ("train", train)];
    hash(&sections.map(|(name, table)| (name.to_owned(), Value::Table(table))).into_iter().collect())
}

/// True where a model of `mode` depends on the setting `key` of the section `model`.
#[must_use]
pub fn matters(mode: Mode, key: &str) -> bool {
    match key {
        "hybrid_late" | "hybrid_mid" => mode == Mode::Hybrid,
        "early_hidden" => mode == Mode::Early,
        "hidden" | "embedding" | "head" => mode != Mode::Early,
        _ => true,
    }
}

/// A name for the data that the settings ask for, before it is read: two names may turn out to mean
/// the same data.
#[must_use]
pub fn data(config: &DataConfig) -> String {
    let mut table = Table::try_from(config).unwrap_or_default();
    table.retain(|key, _| !matches!(key, "cache" | "cache_dir"));
    hash(&table)
}

fn hash(table: &Table) -> String {
    // Tables keep their keys sorted, so the text is the same for the same values.
    digits(table.to_string().as_bytes())
}

/// Sixteen hexadecimal digits that stand for `bytes`.
#[must_use]
pub fn digits(bytes: &[u8]) -> String {
    format!("{:016x}", (xxh3_128(bytes) >> 64) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Layers;

    #[test]
    fn only_what_matters_tells_runs_apart() {
        let of = |pairs: &[&str]| {
            let config = pairs.iter().fold(Layers::new(), |layers, pair| layers.set(pair)).resolve().unwrap();
            settings(&config)
        };
        let cases = [
            ("the seed", &["seed=1"][..], &["seed=2"][..], false),
            ("the mode", &["mode=late"], &["mode=mid"], false),
            ("a rate", &["lr=1e-3"], &["lr=0.001"], true),
            ("where it is trained", &["device=flex", "threads=1"], &["threads=2"], true),
            ("where it is kept", &["runs.dir=a", "study.name=x"], &["runs.dir=b"], true),
            ("weights of another mode", &["mode=late", "hybrid_mid=0.5"], &["mode=late"], true),
            ("weights of its own", &["mode=hybrid", "hybrid_mid=0.5"], &["mode=hybrid"], false),
            ("widths of early fusion", &["mode=early", "early_hidden=[8, 8, 8, 8]"], &["mode=early"], false),
            ("widths that early fusion lacks", &["mode=early", "head=8"], &["mode=early"], true),
        ];
        for (reason, a, b, same) in cases {
            assert_eq!(of(a) == of(b), same, "{reason}");
        }
    }
}
