//! Figures with their course: small lines drawn as SVG on both sides, large ones by a library that loads where they are.
//! Components show; what is drawn is decided in plain Rust.

mod figure;
mod readings;
mod series;
pub mod spark;
pub mod written;

pub use figure::{Figure, FigureSize};
pub use readings::ReadingsChart;
