//! Shows the city to everyone who looks: one shared picture of views and a ring of what changed. JSON viewers are told the
//! difference one by one, exact to their box; binary ones share what is written down once for their class. Must never hold up
//! the writer, and never guess: what cannot be told as a difference is told anew.

mod cells;
mod class;
mod crowd;
mod difference;
mod encode;
mod frames;
mod hub;
mod item;
mod lens;
mod part;
mod room;
mod round;
mod scene;
mod seat;
mod serve;
mod subscription;
#[cfg(test)]
mod tests;
mod things;
mod token;
mod upgrade;
mod viewer;

pub use crowd::Crowd;
pub use encode::{LONGEST_MESSAGE, read_text};
pub use hub::Hub;
pub use item::{FILTER_FIELDS, Item, Key};
pub use room::Place;
pub use scene::Scene;
pub use seat::answered;
pub use serve::{Protocol, Right, serve};
pub use subscription::{Refused, View};
pub use things::Shown;
pub use upgrade::{asks_for_binary, seat};
