//! What makes two trials the same.

pub use crate::config::identity::{PLACES, data, settings};
use crate::config::{Config, identity::digits};

/// The name of a trial in its study.
#[must_use]
pub fn trial(config: &Config) -> String {
    digits(format!("{} {}", settings(config), data(&config.data)).as_bytes())
}

/// The name under which a trial is claimed: everything that its run's result depends on.
#[must_use]
pub fn claim(settings: &str, fingerprint: &str, version: &str) -> String {
    digits(format!("{settings} {fingerprint} {version}").as_bytes())
}
