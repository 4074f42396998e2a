//! Keeps what the city was told and what became of it: the journal, snapshots, records for queries, and the vault.
//! Synchronous throughout, on threads of its callers; it decides nothing and never touches the Picture it is handed.

pub mod attachments;
pub mod audit;
pub mod backup;
mod block_row;
pub mod error;
pub mod folder;
mod follower_file;
pub mod journal;
pub mod outbox;
mod pool;
pub mod readings;
pub mod recordings;
pub mod records;
#[cfg(test)]
mod samples;
pub mod snapshot;
mod sqlite;
pub mod vault;
pub mod verify;

pub use attachments::Attachments;
pub use audit::AuditReader;
pub use backup::{Manifest, backup, restore};
pub use error::StoreError;
pub use folder::Folder;
pub use journal::{Cut, Journal, JournalReader, Kept, Opened};
pub use outbox::Outbox;
pub use readings::Readings;
pub use recordings::Recordings;
pub use records::{Records, Sessions};
pub use snapshot::{Snapshots, picture_digest};
pub use vault::{Looked, Reporter, Vault, VaultEntry};
pub use verify::{Verified, verify};
