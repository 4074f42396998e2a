//! Brings notices to people: pages that are open, and receivers of webhooks. Decides nothing of who is told what, and keeps nothing
//! but what is open now.

pub mod address;
pub mod board;
#[cfg(test)]
mod tests;
pub mod webhook;

use std::sync::Arc;

use domain::ids::NoticeId;
use domain::time::Timestamp;

pub use board::{Board, PageOpen, Pages};
pub use webhook::{Secret, Webhook};

/// Something to be brought.
#[derive(Clone, Debug)]
pub struct Letter {
    /// The same each time it is sent: receivers drop what they have had.
    pub id: String,
    pub notice: NoticeId,
    pub payload: Arc<str>,
    pub sent_at: Timestamp,
}

/// What came of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Brought {
    Taken(String),
    /// To be tried again.
    Failed(String),
    /// Never to be tried again.
    Gone(String),
}

/// One way to reach people.
pub trait Channel: Send + Sync {
    fn name(&self) -> &'static str;
    /// May block as long as the channel's own patience.
    fn bring(&self, letter: &Letter) -> Brought;
}
