//! What can go wrong when keeping things, in words that fit "failed to …: ".
//! Nothing here is a person's mistake; those are `QueryError`.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use domain::ids::BlockNumber;
use domain::time::Timestamp;

use super::pool::Busy;

#[derive(Debug)]
pub enum StoreError {
    /// Another process works in this folder.
    Locked {
        lock: PathBuf,
        holder: Option<u32>,
    },
    /// A folder that holds other things than ours.
    NotOurFolder {
        dir: PathBuf,
        found: String,
    },
    /// A restore needs an empty folder.
    NotEmpty {
        dir: PathBuf,
    },
    /// Written by a version that this program does not know.
    Version {
        path: PathBuf,
        found: String,
        ours: String,
    },
    File {
        doing: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    Sqlite {
        doing: &'static str,
        source: rusqlite::Error,
    },
    /// No room; nothing was written, and the journal can be used again when there is room.
    DiskFull {
        doing: &'static str,
    },
    BadBlock(BadBlock),
    /// A block that does not follow the last one.
    OutOfOrder {
        last: BlockNumber,
        given: BlockNumber,
    },
    /// The recordings are given up until the next start, which makes up for it.
    NotRecording {
        last: BlockNumber,
    },
    /// The clock of a block would go back.
    ClockWentBack {
        last: Timestamp,
        given: Timestamp,
    },
    BlockTooLarge {
        bytes: usize,
        most: usize,
    },
    Encoding {
        doing: &'static str,
        why: String,
    },
    BadSnapshot {
        path: PathBuf,
        why: String,
    },
    /// A backup file that is not one, or is damaged.
    BadBackup {
        path: PathBuf,
        why: String,
    },
    /// A record that cannot be read; the records are rebuilt by replay.
    BadRecord {
        what: &'static str,
        why: String,
    },
    /// There is no room for more attachments within the limit.
    AttachmentsFull {
        most_bytes: u64,
    },
    /// Its bytes are not those it was kept with.
    DamagedAttachment {
        path: PathBuf,
    },
    /// Too many are asking at once.
    Busy,
    /// The operating system gave no random bytes.
    NoRandomness(String),
    /// The vault has the entry, but its key does not open it.
    Unsealable,
}

/// Where the journal stops being trustworthy, and what a cut there would cost.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BadBlock {
    pub number: BlockNumber,
    pub why: String,
    /// The last block the file claims to hold; None if even that cannot be read.
    pub last: Option<BlockNumber>,
}

impl BadBlock {
    /// How many blocks a cut at this one would set aside.
    pub fn lost(&self) -> Option<u64> {
        self.last
            .map(|last| (last.0 + 1).saturating_sub(self.number.0))
    }
}

impl fmt::Display for BadBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "block {} of the journal is damaged ({}). Restore a backup if there is one; otherwise \
             --accept-loss goes on from block {} and sets aside ",
            self.number,
            self.why,
            self.number.0.saturating_sub(1),
        )?;
        match self.lost() {
            Some(1) => f.write_str("this one block"),
            Some(lost) => write!(f, "{lost} blocks, this one and all after it"),
            None => f.write_str("this block and all after it"),
        }
    }
}

impl StoreError {
    /// What was written cannot be read: trying again does not help.
    pub fn is_damage(&self) -> bool {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
        match self {
            Self::BadRecord { .. } => true,
            Self::Sqlite { source, .. } => matches!(
                source.sqlite_error_code(),
                Some(DatabaseCorrupt | NotADatabase)
            ),
            _ => false,
        }
    }

    pub(super) fn file(doing: &'static str, path: &Path, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { doing },
            _ => Self::File {
                doing,
                path: path.to_owned(),
                source,
            },
        }
    }

    pub(super) fn sqlite(doing: &'static str) -> impl FnOnce(rusqlite::Error) -> Self {
        move |source| match source.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => Self::DiskFull { doing },
            _ => Self::Sqlite { doing, source },
        }
    }

    /// Whether freeing room is all that is needed.
    pub fn is_disk_full(&self) -> bool {
        matches!(self, Self::DiskFull { .. })
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Locked { lock, holder } => {
                write!(f, "{} is held by ", lock.display())?;
                match holder {
                    Some(pid) => write!(f, "process {pid}")?,
                    None => f.write_str("another process")?,
                }
                f.write_str(": stop it first, or name another folder with --data")
            }
            Self::NotOurFolder { dir, found } => write!(
                f,
                "{} holds other things ({found}) and is no data folder of gulou; name an empty folder with --data",
                dir.display()
            ),
            Self::NotEmpty { dir } => write!(
                f,
                "{} is not empty; restore into a folder that is empty or does not exist yet",
                dir.display()
            ),
            Self::Version { path, found, ours } => write!(
                f,
                "{} is of format {found}; this program reads {ours}",
                path.display()
            ),
            Self::File {
                doing,
                path,
                source,
            } => write!(f, "{doing} {}: {source}", path.display()),
            Self::Sqlite { doing, source } => write!(f, "{doing}: {source}"),
            Self::DiskFull { doing } => write!(f, "{doing}: the disk is full"),
            Self::BadBlock(bad) => bad.fmt(f),
            Self::OutOfOrder { last, given } => {
                write!(f, "block {given} does not follow block {last}")
            }
            Self::NotRecording { last } => write!(
                f,
                "nothing is recorded after block {last} until the next start"
            ),
            Self::ClockWentBack { last, given } => write!(
                f,
                "a block's clock would go back from {} to {}",
                last.to_rfc3339_utc(),
                given.to_rfc3339_utc()
            ),
            Self::BlockTooLarge { bytes, most } => {
                write!(f, "a block of {bytes} bytes is over the limit of {most}")
            }
            Self::Encoding { doing, why } => write!(f, "{doing}: {why}"),
            Self::BadSnapshot { path, why } => {
                write!(f, "snapshot {} is damaged: {why}", path.display())
            }
            Self::BadBackup { path, why } => {
                write!(f, "{} is not a usable backup: {why}", path.display())
            }
            Self::BadRecord { what, why } => write!(f, "a stored {what} cannot be read: {why}"),
            Self::AttachmentsFull { most_bytes } => write!(
                f,
                "the attachments have reached their limit of {} MB",
                most_bytes >> 20
            ),
            Self::DamagedAttachment { path } => write!(
                f,
                "the attachment {} is damaged: its bytes do not fit its name",
                path.display()
            ),
            Self::Busy => f.write_str("too many queries at once; try again"),
            Self::NoRandomness(why) => write!(f, "the system gave no random bytes: {why}"),
            Self::Unsealable => f.write_str("a vault entry does not open with its key"),
        }
    }
}

impl From<Busy> for StoreError {
    fn from(_: Busy) -> Self {
        Self::Busy
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::File { source, .. } => Some(source),
            Self::Sqlite { source, .. } => Some(source),
            _ => None,
        }
    }
}
