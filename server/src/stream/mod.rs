//! Shows the city to everyone who looks: one shared picture of views, a ring of what changed, and for each viewer the
//! difference. Must never hold up the writer, and never guess: what cannot be told as a difference is told anew.

mod cells;
mod difference;
mod encode;
mod hub;
mod item;
mod subscription;
#[cfg(test)]
mod tests;
mod token;
mod viewer;

pub use encode::{LONGEST_MESSAGE, read_binary, read_text};
pub use hub::{Hub, Scene};
pub use item::{FILTER_FIELDS, Item, Key};
pub use subscription::{Refused, View};
pub use viewer::{Protocol, Right, serve};
