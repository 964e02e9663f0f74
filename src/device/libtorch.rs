//! libtorch, on the CPU and on NVIDIA GPUs.
//!
//! Burn has announced the end of this backend in favour of its own; the program stays with it as
//! long as it is the fastest on a GPU.
#![allow(deprecated, reason = "Burn's constructors of libtorch devices are")]

#[cfg(unix)]
use std::process::Command;
use std::{
    env, fs,
    path::{Path, PathBuf},
};

use burn::tensor::Device;

use super::{Compute, driver, threads};

/// How OpenMP's threads wait: the first variable by its standard, the second GNU's own.
const WAITING: [&str; 2] = ["OMP_WAIT_POLICY", "GOMP_SPINCOUNT"];

/// So many rounds a thread spins before it sleeps, some tens of microseconds.
const SPINS: &str = "1000";

/// The GPUs that libtorch sees, then the CPU.
///
/// libtorch is made to compute with as many threads as everything else here: a run's numbers
/// depend on it.
pub fn devices() -> Vec<Compute> {
    tch::set_num_threads(i32::try_from(rayon::current_num_threads()).unwrap_or(i32::MAX));
    let model = driver::model().map_or_else(String::new, |model| format!(", {model}"));
    // The count is 0 where there is no driver, and where the driver is too old.
    let gpus = usize::try_from(tch::Cuda::device_count()).unwrap_or(0);
    let gpu = |index| Compute {
        key: format!("libtorch:cuda:{index}"),
        device: Device::libtorch_cuda(index),
        name: format!("libtorch cuda:{index}{model}"),
    };
    let cpu = Compute {
        key: "libtorch:cpu".to_owned(),
        device: Device::libtorch(),
        name: format!("libtorch cpu, {}", threads()),
    };
    (0..gpus).map(gpu).chain([cpu]).collect()
}

/// Start this process again with threads that spin only briefly while they wait for each other, unless
/// the person has said how they are to wait.
///
/// By default they spin for milliseconds, which takes the processor from the very threads they wait
/// for as soon as anything else runs: an epoch then takes many times as long. If they sleep at once, it
/// takes twice as long where nothing else runs, because the waits are short. The library of the threads
/// reads the variable when it is loaded, so that it is too late to set it in this process. Where the
/// operating system cannot do it, things stay as they are.
pub fn wait_briefly() {
    #[cfg(unix)]
    if WAITING.iter().all(|variable| env::var_os(variable).is_none())
        && let Ok(program) = env::current_exe()
    {
        use std::os::unix::process::CommandExt as _;
        let mut args = env::args_os();
        let name = args.next().unwrap_or_else(|| program.clone().into());
        let _ = Command::new(program).arg0(name).args(args).env(WAITING[1], SPINS).exec();
    }
}

/// Which libtorch this is, and where it lies.
pub fn version() -> String {
    let cuda = if tch::utils::has_cudart() { "with CUDA" } else { "for the CPU only" };
    let folder = folder().map_or_else(String::new, |folder| format!(", {}", folder.display()));
    format!("{} {cuda}{folder}", env!("LIBTORCH_VERSION"))
}

/// Why libtorch sees no GPU, where it sees none.
pub fn no_gpu() -> String {
    let cuda = folder().is_some_and(|folder| folder.join("libtorch_cuda.so").exists());
    match (tch::utils::has_cudart(), cuda) {
        (true, _) => driver::no_gpu("libtorch"),
        (false, true) => "the linker dropped libtorch's CUDA half, libtorch_cuda.so: build with `make build`, \
             or give the linker --no-as-needed"
            .to_owned(),
        (false, false) => "this libtorch is for the CPU only: get one with CUDA, as `make libtorch` does".to_owned(),
    }
}

/// The folder of the libtorch that this process has loaded, where the system tells.
fn folder() -> Option<PathBuf> {
    let maps = fs::read_to_string("/proc/self/maps").ok()?;
    let library =
        maps.lines().find_map(|line| Some(&line[line.find('/')?..]).filter(|p| p.ends_with("/libtorch_cpu.so")))?;
    Path::new(library).parent().map(Path::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_libtorch_that_was_asked_for() {
        assert!(version().starts_with("2.9.0 "), "{}", version());
        assert!(folder().is_some_and(|folder| folder.join("libtorch_cpu.so").exists()));
    }

    #[test]
    fn where_libtorch_has_a_cuda_half_the_linker_has_kept_it() {
        let there = folder().unwrap().join("libtorch_cuda.so").exists();
        assert_eq!(tch::utils::has_cudart(), there);
    }

    #[test]
    fn it_computes_with_the_threads_of_the_pool() {
        devices();
        assert_eq!(usize::try_from(tch::get_num_threads()).unwrap(), rayon::current_num_threads());
    }
}
