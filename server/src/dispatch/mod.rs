//! Hands each incident to the department that answers for it, and carries out what people command.
//! Decides by the pack's dated table and the lifecycle table alone; knows no clock, storage or network.

mod alarm_commands;
mod arguments;
mod attachments;
mod border;
mod commands;
mod effects;
mod instructions;
mod machine;
mod notices;
mod partition_commands;
mod requests;
#[cfg(test)]
pub mod tests;
mod work;

pub use alarm_commands::alarm_command;
pub use attachments::attach;
pub use commands::{command, open_once};
pub use machine::{by_machine, consider};
pub use notices::notify;
