//! The tables of readings.db, and whether a file that is there belongs to the journal.

use std::fs;
use std::path::Path;

use domain::ids::BlockNumber;
use rusqlite::{Connection, OptionalExtension};

use super::super::{StoreError, sqlite};

/// Moves whenever a table or what is written into one changes.
pub(super) const VERSION: i32 = 1;

/// `hours` has the same key as `chunks`, and stays when a chunk goes.
const TABLES: &str = "
    CREATE TABLE position(
        only_one INTEGER PRIMARY KEY CHECK (only_one = 1),
        applied INTEGER NOT NULL,
        life TEXT NOT NULL,
        kept_from INTEGER NOT NULL,
        bytes INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE series(
        series INTEGER PRIMARY KEY,
        property TEXT NOT NULL,
        thing TEXT NOT NULL,
        unit TEXT NOT NULL,
        source TEXT NOT NULL,
        drill INTEGER NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX series_named ON series(property, thing, unit, source, drill);
    CREATE TABLE chunks(
        series INTEGER NOT NULL,
        hour INTEGER NOT NULL,
        count INTEGER NOT NULL,
        bytes BLOB NOT NULL,
        PRIMARY KEY (series, hour)
    ) STRICT;
    CREATE INDEX chunks_by_hour ON chunks(hour);
    CREATE TABLE hours(
        series INTEGER NOT NULL,
        hour INTEGER NOT NULL,
        count INTEGER NOT NULL,
        min REAL NOT NULL,
        max REAL NOT NULL,
        sum REAL NOT NULL,
        last REAL NOT NULL,
        last_at INTEGER NOT NULL,
        PRIMARY KEY (series, hour)
    ) STRICT, WITHOUT ROWID;
";

/// What opening the readings found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Opened {
    pub applied: BlockNumber,
    /// Why those that were there were set aside, in words.
    pub set_aside: Option<String>,
}

pub(super) fn open(
    path: &Path,
    life: &str,
    last: BlockNumber,
) -> Result<(Connection, Opened), StoreError> {
    let looked = sqlite::open(path, sqlite::READINGS)
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
    let (connection, opened) = going_on(sqlite::open(path, sqlite::READINGS)?, life)?;
    let opened = Opened {
        set_aside: Some(set_aside),
        ..opened
    };
    Ok((connection, opened))
}

fn going_on(connection: Connection, life: &str) -> Result<(Connection, Opened), StoreError> {
    let making = || StoreError::sqlite("make the readings' tables");
    if sqlite::user_version(&connection)? == 0 {
        let transaction = connection.unchecked_transaction().map_err(making())?;
        transaction.execute_batch(TABLES).map_err(making())?;
        transaction
            .execute("INSERT INTO position VALUES (1, 0, ?1, 0, 0)", [life])
            .map_err(making())?;
        transaction
            .pragma_update(None, "user_version", VERSION)
            .map_err(making())?;
        transaction.commit().map_err(making())?;
    }
    let applied: i64 = connection
        .query_row("SELECT applied FROM position", [], |row| row.get(0))
        .map_err(StoreError::sqlite("read the readings' position"))?;
    let opened = Opened {
        applied: BlockNumber(applied.cast_unsigned()),
        set_aside: None,
    };
    Ok((connection, opened))
}

pub(in super::super) fn is_unreadable(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    matches!(
        error.sqlite_error_code(),
        Some(DatabaseCorrupt | NotADatabase)
    )
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
        .map_err(StoreError::sqlite("read the readings' position"))?;
    Ok(match found {
        None => Some("they do not say how far they are".into()),
        Some((_, theirs)) if theirs != life => Some("they belong to another journal".into()),
        Some((applied, _)) if applied.cast_unsigned() > last.0 => Some(format!(
            "they are at block {applied}, and the journal ends at {last}"
        )),
        Some(_) => None,
    })
}

/// Kept beside, under one name: replay makes them again as far as the journal reaches.
pub(in super::super) fn move_aside(path: &Path) -> Result<(), StoreError> {
    let moving = |source| StoreError::file("set aside", path, source);
    fs::rename(path, path.with_added_extension("aside")).map_err(moving)?;
    for tail in ["db-wal", "db-shm"] {
        match fs::remove_file(path.with_extension(tail)) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                return Err(moving(source));
            }
            _ => {}
        }
    }
    Ok(())
}
