//! When a folder is worth listing again.

use std::{fs::File, io, os::unix::fs::MetadataExt as _, path::Path, time::Duration};

/// The second listing follows so soon after a change, and each next one after twice the time, up to
/// [`SLOWEST`].
const SOON: Duration = Duration::from_secs(2);
const SLOWEST: Duration = Duration::from_secs(8);
/// A folder is listed again and again for so long after a change: what is made while it is listed may leave
/// its time as it was (some servers tell whole seconds), and a network file system may go on giving a listing
/// that is up to a minute old.
const SETTLED: Duration = Duration::from_secs(64);

/// When the names in a folder last changed: seconds, and nanoseconds of the second.
pub type Stamp = (i64, i64);

/// The stamp of `folder`. Opening asks the server of a network file system; a mere look at the time may be
/// answered from memory, half a minute old.
///
/// # Errors
/// If the folder cannot be opened.
pub fn stamp(folder: &Path) -> io::Result<Stamp> {
    let facts = File::open(folder)?.metadata()?;
    Ok((facts.mtime(), facts.mtime_nsec()))
}

/// What is known of a folder that is listed only where there may be something new.
#[derive(Clone, Copy, Debug, Default)]
pub struct Relisting {
    /// Its stamp at the last listing.
    listed: Option<Stamp>,
    /// When that was last another one.
    changed: Duration,
    /// When it is listed again though its stamp is the same, and how long after the last listing that is.
    again: Option<Duration>,
    wait: Duration,
}

impl Relisting {
    /// True where the folder, of this stamp now, is to be listed; that counts as done. `now`: time since any
    /// fixed moment. A folder without a stamp is always listed.
    pub fn is_due(&mut self, stamp: Option<Stamp>, now: Duration) -> bool {
        if stamp.is_none() || stamp != self.listed {
            (self.changed, self.wait) = (now, SOON);
        } else if self.again.is_none_or(|again| now < again) {
            return false;
        } else {
            self.wait = (self.wait * 2).min(SLOWEST);
        }
        self.again = (now < self.changed + SETTLED).then(|| now + self.wait);
        self.listed = stamp;
        true
    }

    /// Let the folder be listed at the next look, whatever its stamp.
    pub fn hurry(&mut self) {
        self.again = Some(Duration::ZERO);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(second: u64) -> Duration {
        Duration::from_secs(second)
    }

    #[test]
    fn what_has_changed_is_listed_until_it_has_settled() {
        let mut folder = Relisting::default();
        let mut listed = |stamps: std::ops::Range<u64>, stamp| {
            stamps.filter(|&now| folder.is_due(Some((stamp, 0)), second(now))).collect::<Vec<_>>()
        };
        let settling = [0, 2, 6, 14, 22, 30, 38, 46, 54, 62, 70];
        assert_eq!(listed(0..500, 7), settling);
        assert_eq!(listed(500..1000, 8), settling.map(|after| 500 + after), "after each change");
        assert_eq!(listed(1000..2000, 8), [0; 0]);
        folder.hurry();
        assert!(folder.is_due(Some((8, 0)), second(2000)) && !folder.is_due(Some((8, 0)), second(2000)), "once");
        assert!(folder.is_due(None, second(2001)) && folder.is_due(None, second(2001)), "it may come at any time");
    }
}
