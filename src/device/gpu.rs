//! What an NVIDIA GPU is doing, as the driver's management library (NVML) tells. It is loaded when it
//! is asked for, so that the program needs no GPU to start.

use std::{env, process};

use nvml_wrapper::{Device, Nvml, error::NvmlError};

/// A GPU at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GpuUsage {
    /// Share of the last moments in which it computed, percent.
    pub utilisation: u32,
    /// Bytes of its memory that are taken, by whomever.
    pub memory: u64,
    /// Bytes of memory that it has.
    pub memory_total: u64,
}

/// The driver's management library.
#[derive(Debug)]
pub struct Monitor(Nvml);

impl Monitor {
    /// The library, if there is one and it answers. Waking the driver may take a second.
    #[must_use]
    pub fn open() -> Option<Self> {
        Nvml::init().ok().map(Self)
    }

    /// The name of every GPU of this machine, and what it does, in the driver's order. One that does
    /// not answer is left out.
    #[must_use]
    pub fn list(&self) -> Vec<(String, GpuUsage)> {
        let gpus = (0..self.0.device_count().unwrap_or(0)).filter_map(|index| self.0.device_by_index(index).ok());
        gpus.filter_map(|gpu| Some((gpu.name().ok()?, usage(&gpu).ok()?))).collect()
    }

    /// What the GPU does that is named in `device`, the name of a [`super::Compute`]; none for a
    /// device that is no NVIDIA GPU, and where the driver does not answer.
    #[must_use]
    pub fn measure(&self, device: &str) -> Option<GpuUsage> {
        let index = cuda_index(device)?;
        let visible = env::var("CUDA_VISIBLE_DEVICES").ok();
        let gpu = self.with_this_process().or_else(|| match place(index, visible.as_deref())? {
            Place::Index(index) => self.0.device_by_index(index).ok(),
            Place::Uuid(uuid) => self.0.device_by_uuid(uuid).ok(),
        })?;
        usage(&gpu).ok()
    }

    /// The only GPU that this process has memory on: CUDA's numbering need not be the driver's. In a
    /// container the driver knows the process by another number.
    fn with_this_process(&self) -> Option<Device<'_>> {
        let count = self.0.device_count().ok()?;
        let mut found = (0..count).filter_map(|index| self.0.device_by_index(index).ok()).filter(is_ours);
        let first = found.next()?;
        found.next().is_none().then_some(first)
    }
}

fn usage(gpu: &Device<'_>) -> Result<GpuUsage, NvmlError> {
    let memory = gpu.memory_info()?;
    Ok(GpuUsage { utilisation: gpu.utilization_rates()?.gpu, memory: memory.used, memory_total: memory.total })
}

fn is_ours(gpu: &Device<'_>) -> bool {
    gpu.running_compute_processes().is_ok_and(|found| found.iter().any(|found| found.pid == process::id()))
}

/// How the driver is asked for a GPU.
#[derive(Debug, PartialEq, Eq)]
enum Place<'a> {
    Index(u32),
    Uuid(&'a str),
}

/// The number that CUDA gives the GPU in the name of a device.
fn cuda_index(device: &str) -> Option<usize> {
    let (_, after) = device.split_once("cuda:")?;
    after.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// Where the GPU that CUDA numbers `index` stands for the driver, given what `CUDA_VISIBLE_DEVICES`
/// lets CUDA see.
fn place(index: usize, visible: Option<&str>) -> Option<Place<'_>> {
    let Some(visible) = visible else { return u32::try_from(index).ok().map(Place::Index) };
    let chosen = visible.split(',').nth(index)?.trim();
    match chosen.parse() {
        Ok(number) => Some(Place::Index(number)),
        Err(_) if chosen.starts_with("GPU-") => Some(Place::Uuid(chosen)),
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gpu_is_the_one_that_the_device_names() {
        let cases = [
            ("libtorch cuda:0, NVIDIA RTX A2000", None, Some(Place::Index(0))),
            ("cuda:3", None, Some(Place::Index(3))),
            ("cuda:1", Some("4,2"), Some(Place::Index(2))),
            ("libtorch cuda:1", Some("0, GPU-8a56"), Some(Place::Uuid("GPU-8a56"))),
            ("cuda:1", Some("4"), None),
            ("cuda:0", Some(""), None),
            ("cuda:0", Some("MIG-GPU-8a56/1/0"), None),
            ("flex cpu, 2 threads", None, None),
            ("cuda:", None, None),
            ("cuda:99999999999999999999", None, None),
        ];
        for (device, visible, expected) in cases {
            let found = cuda_index(device).and_then(|index| place(index, visible));
            assert_eq!(found, expected, "{device} {visible:?}");
        }
    }

    #[test]
    fn without_a_gpu_nothing_is_told() {
        let told = Monitor::open().and_then(|monitor| monitor.measure("flex cpu, 2 threads"));
        assert_eq!(told, None);
    }
}
