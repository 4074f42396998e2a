//! The tables of readings.db, and whether a file that is there belongs to the journal.

use std::path::Path;

use domain::ids::BlockNumber;
use rusqlite::Connection;

use super::super::follower_file::{self, Tables};
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
    let of = Tables {
        kind: sqlite::READINGS,
        version: VERSION,
        tables: TABLES,
        position: "INSERT INTO position VALUES (1, 0, ?1, 0, 0)",
    };
    let (connection, set_aside) = follower_file::open(path, &of, life, last)?;
    let applied: i64 = connection
        .query_row("SELECT applied FROM position", [], |row| row.get(0))
        .map_err(StoreError::sqlite("read the readings' position"))?;
    let opened = Opened {
        applied: BlockNumber(applied.cast_unsigned()),
        set_aside,
    };
    Ok((connection, opened))
}
