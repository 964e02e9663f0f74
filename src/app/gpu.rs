//! The live run's GPU, watched on a thread of its own: the driver may take its time to answer.

use std::{thread, time::Duration};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};

use crate::{
    device::gpu::Monitor,
    tui::{GpuUsage, Message},
};

/// So often it is measured.
const EVERY: Duration = Duration::from_secs(2);

/// Tells the thread what to look at.
#[derive(Debug)]
pub struct Watch {
    sender: Sender<Option<String>>,
    device: Option<String>,
}

impl Watch {
    /// A thread that tells `messages` what the GPU does that it is told of. It ends where there is no
    /// GPU, which is why nobody waits for it.
    pub fn start(messages: Sender<Message>) -> Self {
        let (sender, devices) = unbounded();
        let follow = move || {
            if let Some(monitor) = Monitor::open() {
                follow(&monitor, &devices, &messages);
            }
        };
        // Without the thread the dashboard only shows less.
        let _ = thread::Builder::new().name("gpu".to_owned()).spawn(follow);
        Self { sender, device: None }
    }

    /// From now on look at the device of this name; none: at nothing.
    pub fn look_at(&mut self, device: Option<&str>) {
        if self.device.as_deref() != device {
            self.device = device.map(str::to_owned);
            let _ = self.sender.send(self.device.clone());
        }
    }
}

fn follow(monitor: &Monitor, devices: &Receiver<Option<String>>, messages: &Sender<Message>) {
    let mut device: Option<String> = None;
    loop {
        let told = match device {
            Some(_) => devices.recv_timeout(EVERY),
            None => devices.recv().map_err(RecvTimeoutError::from),
        };
        match told {
            Ok(next) => device = next,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        let usage = device.as_deref().and_then(|device| monitor.measure(device)).map(|found| GpuUsage {
            utilisation: found.utilisation,
            memory: found.memory,
            memory_total: found.memory_total,
        });
        if messages.send(Message::Gpu(usage)).is_err() {
            return;
        }
    }
}
