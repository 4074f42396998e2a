//! Small parts that several panels share. They show what they are given and decide nothing.

mod mark;
mod settings_bar;

pub use mark::{Mark, MarkShapes};
pub use settings_bar::SettingsBar;
