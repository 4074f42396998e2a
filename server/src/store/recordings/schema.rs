//! The tables of recordings.db, and whether a file that is there belongs to the journal.

use std::path::Path;

use domain::ids::BlockNumber;
use domain::wire::BINARY_VERSION;
use rusqlite::Connection;

use super::super::follower_file::{self, Tables};
use super::super::{StoreError, sqlite};

/// Moves whenever a table changes, and with the layout of the records that are written into them.
const VERSION: i32 = 3 * 1_000 + BINARY_VERSION as i32;

/// A keyframe and the rows of what changed after it, up to the next keyframe, are kept and let go of together.
const TABLES: &str = "
    CREATE TABLE position(
        only_one INTEGER PRIMARY KEY CHECK (only_one = 1),
        applied INTEGER NOT NULL,
        now INTEGER NOT NULL,
        seen INTEGER NOT NULL,
        life TEXT NOT NULL,
        begun INTEGER NOT NULL,
        last_number INTEGER NOT NULL,
        held INTEGER NOT NULL
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
        window TEXT NOT NULL,
        has_left INTEGER NOT NULL,
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
    let of = Tables {
        kind: sqlite::RECORDINGS,
        version: VERSION,
        tables: TABLES,
        position: "INSERT INTO position VALUES (1, 0, 0, 0, ?1, 0, 0, 0)",
    };
    let (connection, set_aside) = follower_file::open(path, &of, life, last)?;
    // What is let go of is overwritten: where somebody was and what he looked at must not be found in free pages.
    connection
        .pragma_update(None, "secure_delete", true)
        .map_err(StoreError::sqlite("set up the recordings"))?;
    let (applied, begun): (i64, bool) = connection
        .query_row("SELECT applied, begun FROM position", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .map_err(StoreError::sqlite("read the recordings' position"))?;
    let opened = Opened {
        applied: begun.then_some(BlockNumber(applied.cast_unsigned())),
        set_aside,
    };
    Ok((connection, opened))
}
