//! How our SQLite files are opened: whose they are, how they are flushed, who may read them.
//! Knows no table; those belong to the modules that keep them.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::StoreError;

/// What a file is, told apart by SQLite's `application_id` ("GLJ1" and so on).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Kind {
    pub(super) application_id: i32,
    pub(super) name: &'static str,
    /// `FULL` where a commit must be on the disk when it returns.
    pub(super) synchronous: &'static str,
}

pub(super) const JOURNAL: Kind = Kind {
    application_id: 0x474c_4a31,
    name: "a journal of gulou",
    synchronous: "FULL",
};
pub(super) const RECORDS: Kind = Kind {
    application_id: 0x474c_5231,
    name: "records of gulou",
    synchronous: "NORMAL",
};

pub(super) const READINGS: Kind = Kind {
    application_id: 0x474c_4d31,
    name: "readings of gulou",
    synchronous: "NORMAL",
};

pub(super) const RECORDINGS: Kind = Kind {
    application_id: 0x474c_5031,
    name: "recordings of gulou",
    synchronous: "NORMAL",
};

pub(super) const OUTBOX: Kind = Kind {
    application_id: 0x474c_4f31,
    name: "an outbox of gulou",
    synchronous: "NORMAL",
};

pub(super) const BACKUP: Kind = Kind {
    application_id: 0x474c_4231,
    name: "a backup of gulou",
    synchronous: "FULL",
};

/// How long one connection waits for another's write. Writes here take milliseconds.
const PATIENCE: Duration = Duration::from_secs(10);

/// Opens for writing, making the file if there is none.
pub(super) fn open(path: &Path, kind: Kind) -> Result<Connection, StoreError> {
    // Made here and not by SQLite, which would leave it readable for others; its -wal and -shm take the same mode.
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .map_err(|source| StoreError::file("open", path, source))?;
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
    .map_err(StoreError::sqlite("open a database"))?;
    settle(&connection, path, kind)?;
    Ok(connection)
}

fn settle(connection: &Connection, path: &Path, kind: Kind) -> Result<(), StoreError> {
    let setting = || StoreError::sqlite("set up a database");
    connection.busy_timeout(PATIENCE).map_err(setting())?;
    let found: i32 = connection
        .pragma_query_value(None, "application_id", |row| row.get(0))
        .map_err(StoreError::sqlite("read a database's header"))?;
    if found == 0 {
        connection
            .pragma_update(None, "application_id", kind.application_id)
            .map_err(setting())?;
    } else if found != kind.application_id {
        return Err(StoreError::Version {
            path: path.to_owned(),
            found: format!("{found:#x}"),
            ours: format!("{:#x} ({})", kind.application_id, kind.name),
        });
    }
    connection
        .pragma_update(None, "journal_mode", "WAL")
        .map_err(setting())?;
    connection
        .pragma_update(None, "synchronous", kind.synchronous)
        .map_err(setting())?;
    // After a long reader the log is cut back to this at the next checkpoint.
    connection
        .pragma_update(None, "journal_size_limit", 64 << 20)
        .map_err(setting())?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(())
}

/// Opens an existing file for reading only; never makes or changes one.
pub(super) fn open_to_read(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
    .map_err(StoreError::sqlite("open a database for reading"))?;
    connection
        .busy_timeout(PATIENCE)
        .map_err(StoreError::sqlite("set up a database"))?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

pub(super) fn user_version(connection: &Connection) -> Result<i32, StoreError> {
    connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(StoreError::sqlite("read a database's header"))
}

/// What SQLite's own check finds wrong; empty when all is well.
pub(super) fn integrity(connection: &Connection) -> Result<Vec<String>, StoreError> {
    let checking = || StoreError::sqlite("check a database");
    let mut statement = connection
        .prepare("PRAGMA integrity_check(20)")
        .map_err(checking())?;
    let lines = statement
        .query_map([], |row| row.get::<_, String>(0))
        .map_err(checking())?;
    let mut mistakes = Vec::new();
    for line in lines {
        match line {
            Ok(line) if line == "ok" => {}
            Ok(line) => mistakes.push(line),
            Err(error) => mistakes.push(error.to_string()),
        }
    }
    Ok(mistakes)
}
