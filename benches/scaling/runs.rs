//! Synthetic run folders: a study's trials, all trained.

use std::{fmt::Write as _, fs, path::Path};

use avsc_tui::{
    config::Layers,
    study::{
        Folder, Plan, file,
        plan::{Surroundings, Trial, expand},
    },
};

pub const NAME: &str = "large";
const EPOCHS: usize = 40;
const BATCHES: usize = 62;

/// What was written.
pub struct Made {
    pub bytes: usize,
    pub files: usize,
}

/// The plan of a study of `trials` trials, whose data has been read.
pub fn plan(folder: &Path, trials: usize) -> Plan {
    let path = folder.join("large.toml");
    let text = format!(
        "name = \"{NAME}\"\nseeds = {{ from = 0, to = 9 }}\n\
         random = {{ samples = {}, lr = {{ log_uniform = [1e-5, 1e-2] }}, dropout = {{ uniform = [0.0, 0.5] }} }}\n",
        trials / 10
    );
    fs::write(&path, text).unwrap();
    let under = Layers::new().flag("runs.dir", folder.display().to_string(), "bench");
    let around = Surroundings { under, over: &|layers| layers, fixed: Vec::new(), settle: &Layers::resolve };
    let mut plan = expand(&file::read(&path).unwrap(), &around).unwrap();
    plan.data.iter_mut().for_each(|data| data.fingerprint = Some("f00d".to_owned()));
    plan
}

/// Write the plan and a run for each of its trials.
pub fn write(folder: &Path, trials: usize) -> Made {
    let plan = plan(folder, trials);
    Folder::of(folder, NAME).write_plan(&plan).unwrap();
    let bytes = plan.trials.iter().enumerate().map(|(index, trial)| run(folder, &plan, trial, index)).sum();
    Made { bytes, files: 2 * plan.trials.len() + 2 }
}

/// Write the run of a trial; its bytes.
fn run(folder: &Path, plan: &Plan, trial: &Trial, index: usize) -> usize {
    let config = plan.config(trial).unwrap();
    let (mode, seed) = (config.model.mode, config.train.seed);
    let dir = folder.join(format!("20260101T{index:06}Z-{mode}-s{seed}"));
    fs::create_dir(&dir).unwrap();
    let settings = config.of_run().to_toml();
    fs::write(dir.join("config.toml"), &settings).unwrap();
    let mut log = String::new();
    let mut seq = 0;
    let mut line = |event: std::fmt::Arguments<'_>| {
        let t = 1_767_225_600_000 + index as i64 * 1000 + seq;
        writeln!(log, "{{\"v\":1,\"seq\":{seq},\"t\":{t},{event}}}").unwrap();
        seq += 1;
    };
    let classes = r#"["airport","bus","metro","metro_station","park","public_square","shopping_mall","street_pedestrian","street_traffic","tram"]"#;
    let clips = r#""train_clips":7907,"val_clips":739,"test_clips":3645"#;
    let recipe = r#""batch_size":128,"epochs":100,"early_stop":7,"lr":0.0001,"parameters":700000"#;
    let version = env!("CARGO_PKG_VERSION");
    let place = format!(r#""device":"flex cpu","data":"demo","fingerprint":"f00d","demo":true,"version":"{version}""#);
    let writer = r#"{"host":"node","pid":1,"started":1}"#;
    line(format_args!(
        r#""type":"run_started","mode":"{mode}","seed":{seed},"classes":{classes},{clips},"batches":{BATCHES},{recipe},{place},"writer":{writer}"#
    ));
    let row = "[70,1,2,3,4,5,6,7,8,9]";
    let confusion = format!("[{}]", [row; 10].join(","));
    let scores = format!(r#""accuracy":0.{},"log_loss":0.5{index:06},"macro_f1":0.8"#, 60 + index % 30);
    for epoch in 1..=EPOCHS {
        let losses = vec!["0.4951234"; BATCHES].join(",");
        let first = (epoch - 1) * BATCHES;
        line(format_args!(r#""type":"steps","epoch":{epoch},"first":{first},"losses":[{losses}]"#));
        line(format_args!(
            r#""type":"epoch_finished","epoch":{epoch},"train_loss":0.5,"val_loss":0.6,"val":{{{scores}}},"confusion":{confusion},"lr":0.0001,"bad_epochs":0,"seconds":0.6,"clips_per_second":13000.0"#
        ));
    }
    let result = format!(r#"{{"loss":0.5{},"scores":{{{scores}}},"confusion":{confusion}}}"#, index % 1000);
    line(format_args!(
        r#""type":"finished","outcome":"early_stopped","epochs":{EPOCHS},"best_epoch":33,"val":{result},"test":{result},"seconds":24.0"#
    ));
    fs::write(dir.join("events.jsonl"), &log).unwrap();
    log.len() + settings.len()
}
