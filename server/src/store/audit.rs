//! The audit log: a chain of entries in the journal's file, each holding the SHA-256 of itself and the one before, so that
//! whoever changes, removes or moves one breaks it. Written only in the transaction of what it tells of, or before it.

mod broken;
mod reading;
#[cfg(test)]
mod tests;

use domain::audit::Note;
use domain::time::Timestamp;
use rusqlite::{Connection, OptionalExtension};
use sha2::{Digest, Sha256};

use super::StoreError;

pub use broken::{Broken, Unbroken, look_at_all};
pub use reading::AuditReader;

/// `head` in the table `about` names the last entry: where the chain must end.
pub(super) const TABLE: &str = "
    CREATE TABLE audit(
        entry INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        who TEXT NOT NULL,
        what TEXT NOT NULL,
        about TEXT NOT NULL,
        detail TEXT NOT NULL,
        block INTEGER NOT NULL,
        place INTEGER NOT NULL,
        sha256 BLOB NOT NULL
    ) STRICT;
";

const HEAD: &str = "audit head";
/// Moves when the form below does.
const FORM: &[u8] = b"gulou audit 1\0";

/// One row of the table. An entry of no block has block 0, which is never written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Row {
    pub entry: u64,
    pub at: Timestamp,
    pub who: String,
    pub what: String,
    pub about: String,
    pub detail: String,
    pub block: u64,
    pub place: u32,
    pub sha256: [u8; 32],
}

impl Row {
    /// SHA-256 over: the form's name, the hash before, then entry, at (i64), block, place (u32) and the four texts, each
    /// led by its length in bytes (u32); numbers little-endian, u64 unless said.
    fn hash_after(&self, before: &[u8; 32]) -> [u8; 32] {
        let mut hasher = Sha256::new();
        hasher.update(FORM);
        hasher.update(before);
        hasher.update(self.entry.to_le_bytes());
        hasher.update(self.at.millis().to_le_bytes());
        hasher.update(self.block.to_le_bytes());
        hasher.update(self.place.to_le_bytes());
        for text in [&self.who, &self.what, &self.about, &self.detail] {
            let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
            hasher.update(length.to_le_bytes());
            hasher.update(text);
        }
        hasher.finalize().into()
    }

    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            entry: row.get::<_, i64>(0)?.cast_unsigned(),
            at: Timestamp::from_millis(row.get(1)?),
            who: row.get(2)?,
            what: row.get(3)?,
            about: row.get(4)?,
            detail: row.get(5)?,
            block: row.get::<_, i64>(6)?.cast_unsigned(),
            place: row.get(7)?,
            sha256: row.get(8)?,
        })
    }

    fn write(&self, connection: &Connection) -> rusqlite::Result<()> {
        connection
            .prepare_cached(
                "INSERT INTO audit(entry, at, who, what, about, detail, block, place, sha256)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute((
                self.entry.cast_signed(),
                self.at.millis(),
                &self.who,
                &self.what,
                &self.about,
                &self.detail,
                self.block.cast_signed(),
                self.place,
                self.sha256,
            ))?;
        Ok(())
    }
}

pub(super) const COLUMNS: &str = "entry, at, who, what, about, detail, block, place, sha256";

/// Where a chain ends; the next entry is hashed onto it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Chain {
    pub entry: u64,
    pub sha256: [u8; 32],
}

impl Chain {
    pub const START: Self = Self {
        entry: 0,
        sha256: [0; 32],
    };

    /// Where the file says that it ends. Where entries were taken from its end it goes on after the gap, which stays to be
    /// seen for ever.
    pub fn of(connection: &Connection) -> Result<Self, StoreError> {
        let head = head(connection)?.unwrap_or(Self::START);
        let last: Option<(i64, [u8; 32])> = connection
            .query_row(
                "SELECT entry, sha256 FROM audit ORDER BY entry DESC LIMIT 1",
                [],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()
            // A last entry that cannot be read is found by whoever looks at the chain; here the head counts.
            .unwrap_or_default();
        Ok(match last {
            Some((entry, sha256)) if entry.cast_unsigned() > head.entry => Self {
                entry: entry.cast_unsigned(),
                sha256,
            },
            _ => head,
        })
    }

    /// Part of the transaction that does what the notes tell of. The chain itself has moved only once that is committed.
    pub fn append(
        self,
        connection: &Connection,
        notes: &[Note],
        at: Timestamp,
    ) -> rusqlite::Result<Self> {
        let mut end = self;
        for note in notes {
            let (block, place) = note.input.map_or((0, 0), |(block, place)| (block.0, place));
            let mut row = Row {
                entry: end.entry + 1,
                at,
                who: note.who.to_string(),
                what: note.what.name().to_owned(),
                about: note.about.clone(),
                detail: note.detail.clone(),
                block,
                place,
                sha256: [0; 32],
            };
            row.sha256 = row.hash_after(&end.sha256);
            row.write(connection)?;
            end = Self {
                entry: row.entry,
                sha256: row.sha256,
            };
        }
        if end != self {
            end.keep_as_head(connection)?;
        }
        Ok(end)
    }

    pub(super) fn keep_as_head(self, connection: &Connection) -> rusqlite::Result<()> {
        connection
            .prepare_cached("INSERT OR REPLACE INTO about(name, value) VALUES (?1, ?2)")?
            .execute((HEAD, self.to_string()))?;
        Ok(())
    }
}

/// `ENTRY:SHA256`, as it is printed, noted down elsewhere, and held against the file later.
impl std::fmt::Display for Chain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.entry, hex(&self.sha256))
    }
}

impl std::str::FromStr for Chain {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || format!("\"{text}\" is not ENTRY:SHA256");
        let (entry, digits) = text.split_once(':').ok_or_else(bad)?;
        let mut sha256 = [0; 32];
        if digits.len() != 64 || !digits.is_ascii() {
            return Err(bad());
        }
        for (at, byte) in sha256.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).map_err(|_| bad())?;
        }
        Ok(Self {
            entry: entry.parse().map_err(|_| bad())?,
            sha256,
        })
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// None: no chain was begun in this file, or its head cannot be read.
pub(super) fn head(connection: &Connection) -> Result<Option<Chain>, StoreError> {
    let text: Option<String> = connection
        .query_row("SELECT value FROM about WHERE name = ?1", [HEAD], |row| {
            row.get(0)
        })
        .optional()
        .map_err(StoreError::sqlite("read where the audit log ends"))?;
    Ok(text.and_then(|text| text.parse().ok()))
}
