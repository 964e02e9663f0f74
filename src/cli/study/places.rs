//! Where the trials of a study are trained: how many at a time, on what, with how many threads.

use std::thread::available_parallelism;

use crate::{
    config::TrainConfig,
    device::{self, Compute, in_memory},
};

/// A place for one trial at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Key of its device.
    pub device: String,
    pub threads: usize,
}

/// The places for a study of `trials`: one a GPU; on a CPU one a core, since the models are small and
/// a thread alone never waits for another. `workers` and `train.threads` change that.
///
/// The number does not depend on how many trials are done already, so that a trial of a study that was
/// interrupted is trained with as many threads as it would have been.
///
/// # Errors
/// If the device is not there.
pub fn places(train: &TrainConfig, workers: Option<usize>, trials: usize) -> Result<Vec<Place>, String> {
    let compute = device::resolve(&train.device)?;
    let devices = devices(&train.device, &compute);
    let cores = available_parallelism().map_or(1, std::num::NonZero::get);
    Ok(arrange(&devices, is_cpu(&compute), cores, train.threads, workers, trials))
}

fn arrange(
    devices: &[String],
    cpu: bool,
    cores: usize,
    threads: usize,
    workers: Option<usize>,
    trials: usize,
) -> Vec<Place> {
    let most = if cpu { cores / threads.max(1) } else { devices.len() };
    let workers = workers.unwrap_or(most).clamp(1, trials.max(1));
    let threads = if threads > 0 { threads } else { (cores / workers).max(1) };
    devices.iter().cycle().take(workers).map(|device| Place { device: device.clone(), threads }).collect()
}

/// The devices that `asked` means: the one that it names, or all GPUs of a backend.
fn devices(asked: &str, found: &Compute) -> Vec<String> {
    if is_cpu(found) || asked == found.key {
        return vec![found.key.clone()];
    }
    let backend = found.key.trim_end_matches(|c: char| c.is_ascii_digit());
    let twins = device::available().into_iter().map(|twin| twin.key);
    twins.filter(|key| key.strip_prefix(backend).is_some_and(|rest| rest.parse::<usize>().is_ok())).collect()
}

fn is_cpu(compute: &Compute) -> bool {
    in_memory(&compute.device) || compute.key == "libtorch:cpu"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_fit_the_machine() {
        let cpu = ["flex".to_owned()];
        let gpus = ["libtorch:cuda:0".to_owned(), "libtorch:cuda:1".to_owned()];
        let cases = [
            ("one a core", &cpu[..], true, 8, 0, None, 60, (8, 1)),
            ("few trials, more threads", &cpu, true, 8, 0, None, 2, (2, 4)),
            ("threads that are asked for", &cpu, true, 8, 4, None, 60, (2, 4)),
            ("more threads than cores", &cpu, true, 2, 4, None, 60, (1, 4)),
            ("workers that are asked for", &cpu, true, 8, 0, Some(3), 60, (3, 2)),
            ("more workers than trials", &cpu, true, 8, 0, Some(100), 5, (5, 1)),
            ("no trials", &cpu, true, 8, 0, None, 0, (1, 8)),
            ("one a GPU", &gpus, false, 8, 0, None, 60, (2, 4)),
            ("two a GPU", &gpus, false, 8, 0, Some(4), 60, (4, 2)),
        ];
        for (reason, devices, cpu, cores, threads, workers, trials, expected) in cases {
            let places = arrange(devices, cpu, cores, threads, workers, trials);
            assert_eq!((places.len(), places[0].threads), expected, "{reason}");
            assert_eq!(
                places.iter().filter(|place| place.device == devices[0]).count(),
                places.len().div_ceil(devices.len()),
                "{reason}"
            );
        }
    }
}
