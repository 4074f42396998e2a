//! The tables of recordings.db, and whether a file that is there belongs to the journal.

use std::path::Path;

use domain::ids::BlockNumber;
use rusqlite::{Connection, OptionalExtension};

use super::super::readings::{is_unreadable, move_aside};
use super::super::{StoreError, sqlite};

/// Moves whenever a table or what is written into one changes.
const VERSION: i32 = 1;

/// A keyframe and the rows of what changed after it, up to the next keyframe, are kept and let go of together.
const TABLES: &str = "
    CREATE TABLE position(
        only_one INTEGER PRIMARY KEY CHECK (only_one = 1),
        applied INTEGER NOT NULL,
        now INTEGER NOT NULL,
        seen INTEGER NOT NULL,
        life TEXT NOT NULL,
        begun INTEGER NOT NULL,
        last_number INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE keyframes(
        block INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        thinned INTEGER NOT NULL,
        bytes BLOB NOT NULL
    ) STRICT;
    CREATE INDEX keyframes_at ON keyframes(at);
    CREATE INDEX keyframes_to_thin ON keyframes(block) WHERE thinned = 0;
    CREATE TABLE changes(
        keyframe INTEGER NOT NULL,
        block INTEGER NOT NULL,
        since INTEGER NOT NULL,
        until INTEGER NOT NULL,
        bytes BLOB NOT NULL,
        PRIMARY KEY (keyframe, block)
    ) STRICT;
    CREATE TABLE risen(
        minute INTEGER PRIMARY KEY,
        alarms INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE gaps(
        since INTEGER PRIMARY KEY,
        until INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE looks(
        look INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        account TEXT NOT NULL,
        page TEXT NOT NULL,
        bytes BLOB NOT NULL
    ) STRICT;
    CREATE INDEX looks_at ON looks(at);
    CREATE INDEX looks_of ON looks(account, at);
";

/// What opening the recordings found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Opened {
    /// None: nothing is recorded yet; they begin with the Picture they are given.
    pub applied: Option<BlockNumber>,
    /// Why those that were there were set aside, in words.
    pub set_aside: Option<String>,
}

pub(super) fn open(
    path: &Path,
    life: &str,
    last: BlockNumber,
) -> Result<(Connection, Opened), StoreError> {
    let looked = sqlite::open(path, sqlite::RECORDINGS)
        .and_then(|connection| Ok((reason_to_set_aside(&connection, life, last)?, connection)));
    let set_aside = match looked {
        Ok((None, connection)) => return going_on(connection, life),
        Ok((Some(reason), connection)) => {
            drop(connection);
            reason
        }
        Err(StoreError::Sqlite { source, .. }) if is_unreadable(&source) => {
            format!("they could not be read ({source})")
        }
        Err(other) => return Err(other),
    };
    move_aside(path)?;
    let (connection, opened) = going_on(sqlite::open(path, sqlite::RECORDINGS)?, life)?;
    let opened = Opened {
        set_aside: Some(set_aside),
        ..opened
    };
    Ok((connection, opened))
}

fn going_on(connection: Connection, life: &str) -> Result<(Connection, Opened), StoreError> {
    let making = || StoreError::sqlite("make the recordings' tables");
    if sqlite::user_version(&connection)? == 0 {
        let transaction = connection.unchecked_transaction().map_err(making())?;
        transaction.execute_batch(TABLES).map_err(making())?;
        transaction
            .execute("INSERT INTO position VALUES (1, 0, 0, 0, ?1, 0, 0)", [life])
            .map_err(making())?;
        transaction
            .pragma_update(None, "user_version", VERSION)
            .map_err(making())?;
        transaction.commit().map_err(making())?;
    }
    let (applied, begun): (i64, bool) = connection
        .query_row("SELECT applied, begun FROM position", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .map_err(StoreError::sqlite("read the recordings' position"))?;
    let opened = Opened {
        applied: begun.then_some(BlockNumber(applied.cast_unsigned())),
        set_aside: None,
    };
    Ok((connection, opened))
}

fn reason_to_set_aside(
    connection: &Connection,
    life: &str,
    last: BlockNumber,
) -> Result<Option<String>, StoreError> {
    let version = sqlite::user_version(connection)?;
    if version == 0 {
        return Ok(None);
    }
    if version != VERSION {
        return Ok(Some(format!(
            "their schema is {version} and this program's {VERSION}"
        )));
    }
    let found: Option<(i64, String)> = connection
        .query_row("SELECT applied, life FROM position", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()
        .map_err(StoreError::sqlite("read the recordings' position"))?;
    Ok(match found {
        None => Some("they do not say how far they are".into()),
        Some((_, theirs)) if theirs != life => Some("they belong to another journal".into()),
        Some((applied, _)) if applied.cast_unsigned() > last.0 => Some(format!(
            "they are at block {applied}, and the journal ends at {last}"
        )),
        Some(_) => None,
    })
}
