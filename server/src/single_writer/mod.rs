//! The one task that owns the Picture: it gathers inputs into blocks, makes each durable, steps it, then answers.
//! Nothing it does depends on anything that is not in the block.

mod queue;
mod ready;
#[cfg(test)]
pub mod rehearsal;
mod shadow;
mod step;
#[cfg(test)]
mod tests;
mod writer;

pub use queue::{
    Answer, Ask, Full, Inbox, NotTaken, Question, Submission, Submitter, Unavailable, queue,
};
pub use ready::{InForce, Ready};
pub use shadow::{Shadow, SnapshotDue};
pub use step::Machine;
pub use writer::{Ledger, LedgerError, Writer};
