//! What the pages beside the map have in common: their frame and their words. A page of its own says the rest in `pages`.

mod frame;
mod refused;
mod sure;
pub mod when;
pub mod words;

pub use frame::OfficeFrame;
pub use refused::said;
pub use sure::Sure;
pub use when::When;
