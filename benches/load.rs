//! Loading a full-size set, side by side with `cat` and an h5py loop.
//!
//!     python benches/make_full.py FOLDER
//!     AVSC_BENCH_DATA=FOLDER AVSC_BENCH_PYTHON=python cargo bench --bench load
//!
//! Each measurement is a process of its own, all take turns in every round, and the table shows
//! medians. Without `AVSC_BENCH_DATA` nothing is measured; without `AVSC_BENCH_PYTHON` h5py is left out.

use std::{
    error::Error,
    ops::ControlFlow,
    process::{Command, Stdio},
    time::Instant,
};

use avsc_tui::{config::Config, data};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const ROUNDS: usize = 7;

fn main() -> Result<()> {
    let Ok(dir) = std::env::var("AVSC_BENCH_DATA") else {
        println!("load: AVSC_BENCH_DATA names no set; make one with benches/make_full.py");
        return Ok(());
    };
    // Cargo passes arguments of its own; only ours starts a measurement.
    if let Some(cache) = std::env::args().find_map(|argument| argument.strip_prefix("--measure=").map(str::to_owned)) {
        return measure(&dir, &cache);
    }
    let python = std::env::var("AVSC_BENCH_PYTHON").ok();
    let cache = tempfile::tempdir()?;
    let cache = cache.path().to_str().ok_or("the temporary folder's name is not UTF-8")?;
    let mut samples: [Vec<f64>; 5] = Default::default();
    let (mut cold_memory, mut warm_memory) = (0.0f64, 0.0f64);
    for _ in 0..ROUNDS {
        let [cat, h5py, read, first, warm] = &mut samples;
        cat.push(run_cat(&dir)?);
        if let Some(python) = &python {
            h5py.push(numbers(Command::new(python).args(["benches/h5py_load.py", &dir]))?[0]);
        }
        let own = |cache: &str| numbers(Command::new(std::env::current_exe()?).arg(format!("--measure={cache}")));
        let values = own("")?;
        read.push(values[0]);
        cold_memory = cold_memory.max(values[1]);
        std::fs::remove_dir_all(cache)?;
        first.push(own(cache)?[0]);
        let values = own(cache)?;
        warm.push(values[0]);
        warm_memory = warm_memory.max(values[1]);
    }
    let [cat, h5py, read, first, warm] = samples.map(median);
    println!("{:<34} {:>9} {:>8} {:>8}", "", "seconds", "× cat", "MB peak");
    println!("{:<34} {cat:>9.3} {:>8.2}", "cat FILES > /dev/null", 1.0);
    if python.is_some() {
        println!("{:<34} {h5py:>9.3} {:>8.2}", "h5py, every clip's mean", h5py / cat);
    }
    println!("{:<34} {read:>9.3} {:>8.2} {cold_memory:>8.0}", "load without cache", read / cat);
    println!("{:<34} {first:>9.3} {:>8.2}", "load, writing the cache", first / cat);
    println!("{:<34} {warm:>9.3} {:>8.2} {warm_memory:>8.0}", "load from the cache", warm / cat);
    if python.is_some() {
        println!("h5py / load without cache: {:.1}", h5py / read);
    }
    Ok(())
}

/// Load once; print seconds and the peak of the memory in MB.
fn measure(dir: &str, cache: &str) -> Result<()> {
    let mut config = Config::default().data;
    dir.clone_into(&mut config.dir);
    config.cache = !cache.is_empty();
    cache.clone_into(&mut config.cache_dir);
    let start = Instant::now();
    let set = data::load(&config, &|_| ControlFlow::Continue(()))?;
    let seconds = start.elapsed().as_secs_f64();
    assert!(!set.train.is_empty(), "the set has clips");
    println!("{seconds} {}", peak_memory()?);
    Ok(())
}

fn peak_memory() -> Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kilobytes / 1000.0)
}

fn run_cat(dir: &str) -> Result<f64> {
    let start = Instant::now();
    let status = Command::new("sh").args(["-c", "cat \"$0\"/*_features_data/*.hdf5 > /dev/null", dir]).status()?;
    assert!(status.success(), "cat reads the set");
    Ok(start.elapsed().as_secs_f64())
}

fn numbers(command: &mut Command) -> Result<Vec<f64>> {
    let output = command.stderr(Stdio::inherit()).output()?;
    let text = String::from_utf8(output.stdout)?;
    let numbers: std::result::Result<Vec<f64>, _> = text.split_whitespace().map(str::parse).collect();
    match numbers? {
        numbers if numbers.len() == 2 => Ok(numbers),
        _ => Err("a measurement failed".into()),
    }
}

fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples.get(samples.len() / 2).copied().unwrap_or(f64::NAN)
}
