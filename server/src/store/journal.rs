//! The journal: every block the city ever took, one row each, on the disk before anything comes of it.
//! Append only; what is damaged is never skipped, only cut off on demand and set aside.

mod blocks;
mod cut;
mod earlier;

use std::path::{Path, PathBuf};

use domain::audit::{Note, of_block};
use domain::command::{Block, OLDEST_LOGIC};
use domain::ids::{BlockNumber, VaultToken};
use domain::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use super::audit::{self, Chain};
use super::block_row::{BlockRow, Decoder, Encoder, Link};
use super::error::BadBlock;
use super::vault::{self, VaultEntry};
use super::{Folder, Snapshots, StoreError, sqlite};

pub use blocks::{Blocks, JournalReader};
pub use cut::Cut;
pub(super) use earlier::VERSION as EARLIEST;

/// Of the tables below. Version 1 had no chain of audit entries.
pub(super) const VERSION: i32 = 2;

const TABLES: &str = "
    CREATE TABLE blocks(
        number INTEGER PRIMARY KEY,
        now INTEGER NOT NULL,
        logic INTEGER NOT NULL,
        crc INTEGER NOT NULL,
        bytes BLOB NOT NULL
    ) STRICT;
    CREATE TABLE vault(
        token TEXT PRIMARY KEY,
        key BLOB,
        sealed BLOB
    ) STRICT;
    CREATE TABLE about(
        name TEXT PRIMARY KEY,
        value TEXT NOT NULL
    ) STRICT;
";

/// Journals up to this size have every checksum looked at on each start (a second for each gigabyte or so);
/// larger ones from the oldest kept snapshot on. `verify` looks at everything.
const CHECKED_WHOLE: u64 = 256 << 20;

/// What a start found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Opened {
    pub last: BlockNumber,
    pub last_now: Timestamp,
    /// The first block whose checksum was looked at; 1 unless the journal is large.
    pub checked_from: BlockNumber,
    /// The logic of the last block; None in an empty journal.
    pub logic: Option<u16>,
    /// Set when `accept_loss` was needed.
    pub cut: Option<Cut>,
}

/// The one that writes. Hold it in the thread that commits.
pub struct Journal {
    connection: Connection,
    path: PathBuf,
    encoder: Encoder,
    end: Link,
    chain: Chain,
    /// A commit failed in a way that leaves open whether what it held is in the file.
    uncertain: bool,
}

/// What becomes durable beside a block's inputs, or without any.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Kept {
    Vault(VaultEntry),
    Audit(Note),
    /// The key is destroyed, the token stays.
    Erased(VaultToken),
    /// Nothing refers to it: all of it goes.
    Removed(VaultToken),
}

impl From<VaultEntry> for Kept {
    fn from(entry: VaultEntry) -> Self {
        Self::Vault(entry)
    }
}

impl From<Note> for Kept {
    fn from(note: Note) -> Self {
        Self::Audit(note)
    }
}

impl Journal {
    /// Makes the journal if there is none, and checks it. A bad block is an error that names it; with `accept_loss` the
    /// journal is cut there instead, the old file kept beside it, and the cut written into the audit table.
    pub fn open(folder: &Folder, accept_loss: bool) -> Result<(Self, Opened), StoreError> {
        let path = folder.journal();
        let snapshots = Snapshots::of(folder);
        let mut connection = open_file(&path)?;
        refuse_what_is_older(&connection, &path)?;
        let mut cut = None;
        let mut examined = examine(&connection, &path, &snapshots)?;
        if let (Err(bad), true) = (&examined, accept_loss) {
            cut = Some(cut::cut(connection, &path, bad, &snapshots)?);
            connection = open_file(&path)?;
            examined = examine(&connection, &path, &snapshots)?;
        }
        let (end, checked_from) = examined.map_err(StoreError::BadBlock)?;
        let opened = Opened {
            last: end.number,
            last_now: end.now,
            checked_from,
            logic: logic_of(&connection, end.number)?,
            cut,
        };
        let journal = Self {
            chain: Chain::of(&connection)?,
            connection,
            path,
            encoder: Encoder::new()?,
            end,
            uncertain: false,
        };
        Ok((journal, opened))
    }

    pub fn last(&self) -> BlockNumber {
        self.end.number
    }

    pub fn last_now(&self) -> Timestamp {
        self.end.now
    }

    /// For other threads: reads on connections of its own.
    pub fn reader(&self) -> JournalReader {
        JournalReader::at(self.path.clone())
    }

    /// What secrets of webhooks are made of: made once, and in every backup of this journal.
    pub fn webhook_key(&self) -> Result<String, StoreError> {
        self.connection
            .execute(
                "INSERT OR IGNORE INTO about(name, value) VALUES ('webhook_key', lower(hex(randomblob(32))))",
                [],
            )
            .map_err(StoreError::sqlite("make the key of webhooks"))?;
        self.connection
            .query_row(
                "SELECT value FROM about WHERE name = 'webhook_key'",
                [],
                |row| row.get(0),
            )
            .map_err(StoreError::sqlite("read the key of webhooks"))
    }

    /// Another name is given to the journal at its birth and at each cut; records made under another are rebuilt.
    pub fn life(&self) -> Result<String, StoreError> {
        life(&self.connection)
    }

    /// Returns only after the block lies on the disk.
    ///
    /// In WAL mode with `synchronous=FULL` SQLite syncs the write-ahead log after every transaction's commit frame and
    /// before `COMMIT` returns (sqlite.org/pragma.html#pragma_synchronous); a torn last frame is found by the log's own
    /// checksum and left out, so a block is there whole or not at all.
    ///
    /// After an error nothing of the block counts, and the same number may be given again. Does not return
    /// `DiskFull` for anything but a lack of room.
    pub fn append(&mut self, block: &Block, kept: &[Kept]) -> Result<(), StoreError> {
        if block.number != self.end.number.next() {
            return Err(StoreError::OutOfOrder {
                last: self.end.number,
                given: block.number,
            });
        }
        if block.now < self.end.now {
            return Err(StoreError::ClockWentBack {
                last: self.end.now,
                given: block.now,
            });
        }
        let row = self.encoder.encode(block, self.end.crc)?;
        self.write(Some(&row), of_block(block), kept, block.now)?;
        self.end = Link {
            number: row.number,
            crc: row.crc,
            now: row.now,
        };
        Ok(())
    }

    /// The same of what belongs to no block.
    pub fn keep(&mut self, kept: &[Kept], now: Timestamp) -> Result<(), StoreError> {
        self.write(None, Vec::new(), kept, now)
    }

    fn write(
        &mut self,
        row: Option<&BlockRow>,
        mut notes: Vec<Note>,
        kept: &[Kept],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let written = self.write_all(row, &mut notes, kept, now);
        self.uncertain = written.is_err();
        self.chain = written?;
        Ok(())
    }

    fn write_all(
        &mut self,
        row: Option<&BlockRow>,
        notes: &mut Vec<Note>,
        kept: &[Kept],
        now: Timestamp,
    ) -> Result<Chain, StoreError> {
        let writing = || StoreError::sqlite("write a block");
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(writing())?;
        if self.uncertain {
            // Whoever sent it was told that it failed; so it must not be there.
            transaction
                .execute(
                    "DELETE FROM blocks WHERE number > ?1",
                    [self.end.number.0.cast_signed()],
                )
                .and_then(|_| {
                    transaction.execute(
                        "DELETE FROM audit WHERE entry > ?1",
                        [self.chain.entry.cast_signed()],
                    )
                })
                .and_then(|_| self.chain.keep_as_head(&transaction))
                .map_err(writing())?;
        }
        for kept in kept {
            match kept {
                Kept::Vault(entry) => vault::keep(&transaction, entry).map_err(writing())?,
                Kept::Audit(note) => notes.push(note.clone()),
                Kept::Erased(token) => vault::erase(&transaction, token).map_err(writing())?,
                Kept::Removed(token) => vault::remove(&transaction, token).map_err(writing())?,
            }
        }
        if let Some(row) = row {
            insert(&transaction, row).map_err(writing())?;
        }
        let chain = self
            .chain
            .append(&transaction, notes, now)
            .map_err(writing())?;
        transaction.commit().map_err(writing())?;
        Ok(chain)
    }

    /// For other threads: the audit log.
    pub fn audit(&self) -> audit::AuditReader {
        audit::AuditReader::of(&self.reader())
    }

    #[cfg(test)]
    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }
}

fn insert(connection: &Connection, row: &BlockRow) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO blocks(number, now, logic, crc, bytes) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute((
            row.number.0.cast_signed(),
            row.now.millis(),
            row.logic,
            row.crc,
            &row.bytes,
        ))?;
    Ok(())
}

fn open_file(path: &Path) -> Result<Connection, StoreError> {
    let mut connection = sqlite::open(path, sqlite::JOURNAL)?;
    overwrite_what_is_deleted(&connection)?;
    let version = sqlite::user_version(&connection)?;
    match version {
        0 => make_tables(&mut connection)?,
        VERSION => {}
        earlier::VERSION => {
            refuse_what_is_older(&connection, path)?;
            earlier::take_over(&mut connection)?;
        }
        other => {
            return Err(StoreError::Version {
                path: path.to_owned(),
                found: other.to_string(),
                ours: VERSION.to_string(),
            });
        }
    }
    Ok(connection)
}

/// So that an erased key does not live on in free pages.
pub(super) fn overwrite_what_is_deleted(connection: &Connection) -> Result<(), StoreError> {
    connection
        .query_row("PRAGMA secure_delete = ON", [], |_| Ok(()))
        .map_err(StoreError::sqlite("set up a database"))
}

fn make_tables(connection: &mut Connection) -> Result<(), StoreError> {
    let making = || StoreError::sqlite("make the journal's tables");
    let transaction = connection.transaction().map_err(making())?;
    transaction.execute_batch(TABLES).map_err(making())?;
    transaction.execute_batch(audit::TABLE).map_err(making())?;
    begin_life(&transaction)?;
    Chain::START.keep_as_head(&transaction).map_err(making())?;
    transaction
        .pragma_update(None, "user_version", VERSION)
        .map_err(making())?;
    transaction.commit().map_err(making())
}

/// Gives the journal a name that no other has: positions mean something only within one life.
pub(super) fn begin_life(connection: &Connection) -> Result<(), StoreError> {
    connection
        .execute(
            "INSERT OR REPLACE INTO about(name, value) VALUES ('life', lower(hex(randomblob(8))))",
            [],
        )
        .map(drop)
        .map_err(StoreError::sqlite("name the journal"))
}

pub(super) fn life(connection: &Connection) -> Result<String, StoreError> {
    connection
        .query_row("SELECT value FROM about WHERE name = 'life'", [], |row| {
            row.get(0)
        })
        .map_err(StoreError::sqlite("read the journal's name"))
}

/// Blocks laid out otherwise are no damage to be cut away: nothing is touched.
fn refuse_what_is_older(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let first: Option<u16> = connection
        .query_row(
            "SELECT logic FROM blocks ORDER BY number LIMIT 1",
            [],
            |row| row.get(0),
        )
        .optional()
        .map_err(StoreError::sqlite("read the first block"))?;
    match first.filter(|logic| *logic < OLDEST_LOGIC) {
        None => Ok(()),
        Some(logic) => Err(StoreError::Version {
            path: path.to_owned(),
            found: format!("logic {logic}"),
            ours: format!("logic {OLDEST_LOGIC} and newer; start it with the Gulou that wrote it"),
        }),
    }
}

fn logic_of(connection: &Connection, number: BlockNumber) -> Result<Option<u16>, StoreError> {
    connection
        .query_row(
            "SELECT logic FROM blocks WHERE number = ?1",
            [number.0.cast_signed()],
            |row| row.get(0),
        )
        .optional()
        .map_err(StoreError::sqlite("read the last block"))
}

type Examined = Result<(Link, BlockNumber), BadBlock>;

/// What every start looks at: checksums as far back as is affordable, and whether what will be replayed decodes.
fn examine(
    connection: &Connection,
    path: &Path,
    snapshots: &Snapshots,
) -> Result<Examined, StoreError> {
    let size = std::fs::metadata(path)
        .map_err(|source| StoreError::file("look at", path, source))?
        .len();
    let kept = snapshots.all()?;
    let oldest = kept.first().map_or(BlockNumber(0), |(number, _)| *number);
    let newest = kept.last().map_or(BlockNumber(0), |(number, _)| *number);
    let after = if size <= CHECKED_WHOLE {
        BlockNumber(0)
    } else {
        oldest
    };
    let start = match link_at(connection, after)? {
        Some(link) => link,
        None => return Ok(Err(bad(connection, after, "it is missing".into()))),
    };
    let mut decoder = Decoder::new()?;
    let walked = walk(connection, start, |row| {
        if row.number > newest {
            decoder.decode(row)?;
        }
        Ok(())
    })?;
    Ok(walked.and_then(|end| {
        if newest > end.number {
            return Err(BadBlock {
                number: end.number.next(),
                why: format!("it is missing, although there is a snapshot of block {newest}"),
                last: Some(newest),
            });
        }
        Ok((end, after.next()))
    }))
}

/// The link to check the block after `number` against; None if that block is not there.
pub(super) fn link_at(
    connection: &Connection,
    number: BlockNumber,
) -> Result<Option<Link>, StoreError> {
    if number == Link::START.number {
        return Ok(Some(Link::START));
    }
    connection
        .query_row(
            "SELECT crc, now FROM blocks WHERE number = ?1",
            [number.0.cast_signed()],
            |row| {
                Ok(Link {
                    number,
                    crc: row.get(0)?,
                    now: Timestamp::from_millis(row.get(1)?),
                })
            },
        )
        .optional()
        .map_err(StoreError::sqlite("read a block"))
}

/// Goes through every block after `start`, in order, each checked against the one before.
/// The inner error is damage; the outer one anything else.
pub(super) fn walk(
    connection: &Connection,
    start: Link,
    mut visit: impl FnMut(&BlockRow) -> Result<(), String>,
) -> Result<Result<Link, BadBlock>, StoreError> {
    let reading = || StoreError::sqlite("read the journal");
    let mut statement = connection
        .prepare(
            "SELECT number, now, logic, crc, bytes FROM blocks WHERE number > ?1 ORDER BY number",
        )
        .map_err(reading())?;
    let mut rows = statement
        .query([start.number.0.cast_signed()])
        .map_err(reading())?;
    let mut end = start;
    loop {
        let row = match rows
            .next()
            .and_then(|row| row.map(BlockRow::from_row).transpose())
        {
            Ok(Some(row)) => row,
            Ok(None) => return Ok(Ok(end)),
            Err(error) if is_damage(&error) => {
                let why = format!("it cannot be read: {error}");
                return Ok(Err(bad(connection, end.number.next(), why)));
            }
            Err(error) => return Err(reading()(error)),
        };
        match row
            .check_after(end)
            .and_then(|link| visit(&row).map(|()| link))
        {
            Ok(link) => end = link,
            Err(why) => return Ok(Err(bad(connection, end.number.next(), why))),
        }
    }
}

fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::{Error, ErrorCode};
    match error {
        Error::FromSqlConversionFailure(..)
        | Error::IntegralValueOutOfRange(..)
        | Error::InvalidColumnType(..) => true,
        other => matches!(
            other.sqlite_error_code(),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
        ),
    }
}

fn bad(connection: &Connection, number: BlockNumber, why: String) -> BadBlock {
    let last: Option<i64> = connection
        .query_row("SELECT max(number) FROM blocks", [], |row| row.get(0))
        .unwrap_or_default();
    BadBlock {
        number,
        why,
        last: last
            .map(|last| BlockNumber(last.cast_unsigned()))
            .filter(|last| *last >= number),
    }
}

#[cfg(test)]
mod tests;
