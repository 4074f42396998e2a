//! The parts of the desk: queue, detail, commands, intake, bars. They show the signals of `live::desk`.

mod arguments;
mod columns;
mod command_form;
mod deadline;
mod detail;
mod evidence;
mod intake;
mod keys;
mod keys_help;
mod queue;
mod queue_row;
mod time_bar;
mod timeline;
mod top_bar;
mod why;

pub use columns::{Column, Grip, Widths, recall};
pub use detail::Detail;
pub use keys::{Key, key_of, listen};
pub use keys_help::KeysHelp;
pub use queue::Queue;
pub use time_bar::TimeBar;
pub use top_bar::{MeCard, TopBar};
