//! What stands behind the web where files of incidents are asked for. A trait, so that the web knows neither disk nor decoder.

use std::fs::File;
use std::sync::Arc;

use domain::attachment::{AttachedFile, Attachment, ContentHash, MediaType};
use domain::ids::{AttachmentId, IncidentId};

/// Why a file is not kept.
#[derive(Clone, Debug)]
pub enum NotKept {
    /// None of what may be attached; what it seems to be.
    Other(String),
    /// It is not what its sender says.
    Lied {
        said: String,
        found: MediaType,
    },
    Bad {
        kind: MediaType,
        why: String,
    },
    /// No room.
    Full(String),
    Failed(String),
}

/// Reads and writes may wait for the disk; called on threads that may block.
pub trait Files: Send + Sync {
    /// For what is on its way in: without a name, gone with whoever holds it.
    fn incoming(&self) -> Result<File, NotKept>;
    /// Looks through what came in and keeps what may be shown of it, on the disk when this returns.
    fn keep(
        &self,
        sent: File,
        called: &str,
        declared: Option<&str>,
    ) -> Result<AttachedFile, NotKept>;
    fn of(&self, incident: IncidentId) -> Vec<Arc<Attachment>>;
    fn one(&self, id: AttachmentId) -> Option<Arc<Attachment>>;
    fn open(&self, sha256: &ContentHash) -> Result<File, String>;
}
