//! The stream beside its peers: the same bytes to everybody, our protocol, views that move, slow readers, everybody at once.

mod cells;
mod clients;
mod fanout;
mod fleet;
mod held;
pub mod line;
mod moves;
pub mod ours;
mod publisher;
mod slow;
pub mod speech;
mod storm;
mod viewport;
mod views;
mod wandering;
mod work;

pub use clients::hold;

use crate::Bench;

pub const BENCHES: &[Bench] = &[
    ("fanout", fanout::run),
    ("moves", moves::run),
    ("viewport", viewport::run),
    ("slow", slow::run),
    ("storm", storm::run),
];
