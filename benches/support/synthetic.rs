//! What several benchmarks share: the log of a run that nobody trained.

use std::fmt::{Arguments, Write as _};

use avsc_tui::config::Config;

/// Batches of an epoch of the demo set.
const BATCHES: usize = 62;

/// A run to be written.
pub struct Synthetic<'a> {
    /// Mode, seed, batch size and learning rate of the run.
    pub config: &'a Config,
    /// Runs begin a second after one another.
    pub index: usize,
    /// Epochs that were trained.
    pub epochs: usize,
    /// Log loss, as the event says it.
    pub log_loss: String,
    pub outcome: &'a str,
}

impl Synthetic<'_> {
    /// The lines of its event log, from the first batch to its test.
    pub fn log(&self) -> String {
        let Self { config, index, epochs, log_loss, outcome } = self;
        let mut log = String::new();
        let mut seq = 0;
        let mut line = |event: Arguments<'_>| {
            let t = 1_767_225_600_000 + *index as i64 * 1000 + seq;
            writeln!(log, "{{\"v\":1,\"seq\":{seq},\"t\":{t},{event}}}").unwrap();
            seq += 1;
        };
        let classes = r#"["airport","bus","metro","metro_station","park","public_square","shopping_mall","street_pedestrian","street_traffic","tram"]"#;
        let clips = r#""train_clips":7907,"val_clips":739,"test_clips":3645"#;
        let train = &config.train;
        let recipe = format!(
            r#""batch_size":{},"epochs":{},"early_stop":7,"lr":{},"parameters":700000"#,
            train.batch_size, train.epochs, train.lr
        );
        let version = env!("CARGO_PKG_VERSION");
        let place =
            format!(r#""device":"flex cpu","data":"demo","fingerprint":"f00d","demo":true,"version":"{version}""#);
        let writer = r#"{"host":"node","pid":1,"started":1}"#;
        let (mode, seed) = (config.model.mode, train.seed);
        line(format_args!(
            r#""type":"run_started","mode":"{mode}","seed":{seed},"classes":{classes},{clips},"batches":{BATCHES},{recipe},{place},"writer":{writer}"#
        ));
        let row = "[70,1,2,3,4,5,6,7,8,9]";
        let confusion = format!("[{}]", [row; 10].join(","));
        let scores = format!(r#""accuracy":0.{},"log_loss":{log_loss},"macro_f1":0.8"#, 60 + index % 30);
        for epoch in 1..=*epochs {
            let losses = vec!["0.4951234"; BATCHES].join(",");
            let first = (epoch - 1) * BATCHES;
            line(format_args!(r#""type":"steps","epoch":{epoch},"first":{first},"losses":[{losses}]"#));
            line(format_args!(
                r#""type":"epoch_finished","epoch":{epoch},"train_loss":0.5,"val_loss":0.6,"val":{{{scores}}},"confusion":{confusion},"lr":0.0001,"bad_epochs":0,"seconds":0.6,"clips_per_second":13000.0"#
            ));
        }
        let result = format!(r#"{{"loss":{log_loss},"scores":{{{scores}}},"confusion":{confusion}}}"#);
        line(format_args!(
            r#""type":"finished","outcome":"{outcome}","epochs":{epochs},"best_epoch":{},"val":{result},"test":{result},"seconds":24.0"#,
            epochs * 2 / 3
        ));
        log
    }
}
