//! Small parts that several panels share. They show what they are given and decide nothing.

mod mark;
mod settings_bar;
mod yes_no;

pub use mark::{Mark, MarkShapes};
pub use settings_bar::SettingsBar;
pub use yes_no::YesNo;
