//! What the pages beside the map have in common: their frame and their words. A page of its own says the rest in `pages`.

mod frame;
pub mod words;

pub use frame::OfficeFrame;
