//! Python's pickle format, parsed and never executed.
//!
//! A pickle is a program for a small stack machine that can call any Python function by its name.
//! This machine knows the handful of names that a `state_dict` needs and builds plain data for
//! them; any other name is refused. Whatever it holds lies in an arena, so that cycles and shared
//! objects cost nothing, and each byte of input adds at most a small constant to it.

mod machine;
mod value;

pub use machine::read;
pub use value::{Global, Kind, Object, Pickle, Storage, TensorView, Value};
