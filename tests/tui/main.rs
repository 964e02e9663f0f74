//! The dashboard as a person meets it: keys in, effects and frames out.

mod fixture;
mod frames;
mod keys;
mod robust;
