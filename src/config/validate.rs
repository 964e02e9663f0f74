//! Ranges of the settings. Every problem is reported, each with its key, value and range.

use super::{Config, Means, slurm};

/// (key, message) of every value that is out of its range.
pub fn problems(config: &Config) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut check = |key: &str, ok: bool, value: String, allowed: &str| {
        if !ok {
            found.push((key.to_owned(), format!("`{key}` = {value} is out of range: {allowed}")));
        }
    };
    let (data, model, train) = (&config.data, &config.model, &config.train);

    let mut width = |key: &str, value: usize, most: usize| {
        check(key, (1..=most).contains(&value), value.to_string(), &format!("1 to {most}"));
    };
    width("data.max_frames", data.max_frames, 1_000_000);
    width("model.hidden", model.hidden, 65_536);
    width("model.embedding", model.embedding, 65_536);
    width("model.head", model.head, 65_536);
    for value in model.early_hidden {
        width("model.early_hidden", value, 65_536);
    }
    width("train.epochs", train.epochs, 1_000_000);
    width("train.batch_size", train.batch_size, 1_000_000);

    check("train.threads", train.threads <= 1024, train.threads.to_string(), "0 to 1024");
    check("train.seed", i64::try_from(train.seed).is_ok(), train.seed.to_string(), "0 to 2^63 - 1");
    let mut number = |key: &str, value: f64, ok: bool, allowed: &str| check(key, ok, value.to_string(), allowed);
    number("model.dropout", model.dropout, (0.0..1.0).contains(&model.dropout), "0 or more, under 1");
    for (key, value) in [("model.hybrid_late", model.hybrid_late), ("model.hybrid_mid", model.hybrid_mid)] {
        number(key, value, value.is_finite(), "a finite number");
    }
    number("train.lr", train.lr, train.lr > 0.0 && train.lr <= 10.0, "over 0, at most 10");
    number("train.weight_decay", train.weight_decay, (0.0..=10.0).contains(&train.weight_decay), "0 to 10");
    for (key, value) in [("train.beta1", train.beta1), ("train.beta2", train.beta2)] {
        number(key, value, (0.0..1.0).contains(&value), "0 or more, under 1");
    }
    number("train.epsilon", train.epsilon, train.epsilon > 0.0 && train.epsilon <= 1.0, "over 0, at most 1");
    number("train.lr_factor", train.lr_factor, train.lr_factor > 0.0 && train.lr_factor < 1.0, "over 0, under 1");
    number("train.lr_threshold", train.lr_threshold, (0.0..1.0).contains(&train.lr_threshold), "0 or more, under 1");
    let notify = &config.notify;
    let events = [&notify.finished, &notify.failed, &notify.diverged, &notify.best];
    if notify.command.is_empty() && events.iter().any(|means| means.contains(&Means::Command)) {
        let text = "`notify.command` = [] is empty: name the program that \"command\" is to run";
        found.push(("notify.command".to_owned(), text.to_owned()));
    }
    found.extend(slurm::problems(&config.slurm));
    found
}
