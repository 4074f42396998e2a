//! The parts of the desk: queue, detail, commands, intake, bars. They show the signals of `live::desk`.

mod arguments;
mod batch;
mod columns;
mod command_form;
mod deadline;
mod detail;
mod evidence;
mod intake;
mod keys;
mod keys_help;
mod palette;
mod past_bar;
mod pause;
mod place_field;
mod preview;
mod queue;
mod queue_row;
mod sound_light;
mod suggestions;
mod time_bar;
mod time_span;
mod timeline;
mod toast;
mod top_bar;
mod views_line;
mod why;

pub use columns::{Column, Grip, Widths, recall};
pub use detail::Detail;
pub use keys::{Key, key_of, listen};
pub use keys_help::KeysHelp;
pub use palette::Palette;
pub use past_bar::PastBar;
pub use queue::Queue;
pub use time_bar::TimeBar;
pub use toast::Toast;
pub use top_bar::{MeCard, TopBar};
