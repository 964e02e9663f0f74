//! What makes two trials the same.

pub use crate::config::identity::{PLACES, data, settings};
use crate::config::{DataConfig, identity::digits};

/// The name in its study of a trial of these [`settings`].
#[must_use]
pub fn trial(settings: &str, config: &DataConfig) -> String {
    digits(format!("{settings} {}", data(config)).as_bytes())
}

/// The name under which a trial is claimed: everything that its run's result depends on.
#[must_use]
pub fn claim(settings: &str, fingerprint: &str, version: &str) -> String {
    digits(format!("{settings} {fingerprint} {version}").as_bytes())
}
