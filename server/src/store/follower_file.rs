//! A file that follows the journal: it says in a table `position` how far it is (`applied`) and of which journal (`life`).
//! Whether one that is there goes on, and what becomes of one that does not. Knows no other table.

use std::fs;
use std::path::Path;

use domain::ids::BlockNumber;
use domain::time::Timestamp;
use rusqlite::{Connection, OptionalExtension};

use super::StoreError;
use super::sqlite::{self, Kind};

/// What is to be made where there is nothing yet.
pub struct Tables {
    pub kind: Kind,
    /// Moves whenever a table or what is written into one changes.
    pub version: i32,
    pub tables: &'static str,
    /// The one row of `position`; its parameter is the journal's life.
    pub position: &'static str,
}

/// What a file that is there is to the journal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Stands {
    Empty,
    GoesOn,
    /// Why not, in words.
    Foreign(String),
}

pub fn stands(
    connection: &Connection,
    version: i32,
    life: &str,
    last: BlockNumber,
) -> Result<Stands, StoreError> {
    let found = sqlite::user_version(connection)?;
    if found == 0 {
        return Ok(Stands::Empty);
    }
    if found != version {
        return Ok(Stands::Foreign(format!(
            "their schema is {found} and this program's {version}"
        )));
    }
    let found: Option<(i64, String)> = connection
        .query_row("SELECT applied, life FROM position", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()
        .map_err(StoreError::sqlite("read a file's position"))?;
    Ok(match found {
        None => Stands::Foreign("they do not say how far they are".into()),
        Some((_, theirs)) if theirs != life => {
            Stands::Foreign("they belong to another journal".into())
        }
        Some((applied, _)) if applied.cast_unsigned() > last.0 => Stands::Foreign(format!(
            "they are at block {applied}, and the journal ends at {last}"
        )),
        Some(_) => Stands::GoesOn,
    })
}

/// The file to go on with, and why the one that was there was set aside, in words.
pub fn open(
    path: &Path,
    of: &Tables,
    life: &str,
    last: BlockNumber,
) -> Result<(Connection, Option<String>), StoreError> {
    let looked = sqlite::open(path, of.kind)
        .and_then(|connection| Ok((stands(&connection, of.version, life, last)?, connection)));
    let reason = match looked {
        Ok((Stands::GoesOn, connection)) => return Ok((connection, None)),
        Ok((Stands::Empty, connection)) => {
            make(&connection, of, life)?;
            return Ok((connection, None));
        }
        Ok((Stands::Foreign(reason), connection)) => {
            drop(connection);
            reason
        }
        Err(error) if error.is_damage() => format!("they could not be read ({error})"),
        Err(other) => return Err(other),
    };
    set_aside(path, "aside")?;
    let connection = sqlite::open(path, of.kind)?;
    make(&connection, of, life)?;
    Ok((connection, Some(reason)))
}

fn make(connection: &Connection, of: &Tables, life: &str) -> Result<(), StoreError> {
    let making = || StoreError::sqlite("make a file's tables");
    let transaction = connection.unchecked_transaction().map_err(making())?;
    transaction.execute_batch(of.tables).map_err(making())?;
    transaction.execute(of.position, [life]).map_err(making())?;
    transaction
        .pragma_update(None, "user_version", of.version)
        .map_err(making())?;
    transaction.commit().map_err(making())
}

/// Removes what was set aside, if it was written before a moment; whether it was there.
pub fn forget_set_aside(path: &Path, ending: &str, before: Timestamp) -> Result<bool, StoreError> {
    let aside = path.with_added_extension(ending);
    let failed = |source| StoreError::file("remove", &aside, source);
    let written = match fs::metadata(&aside).and_then(|found| found.modified()) {
        Ok(written) => written,
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        Err(source) => return Err(failed(source)),
    };
    let since_1970 = written.duration_since(std::time::UNIX_EPOCH);
    let written_ms = since_1970.map_or(0, |since| since.as_millis() as i64);
    if written_ms >= before.millis() {
        return Ok(false);
    }
    fs::remove_file(&aside).map_err(failed)?;
    Ok(true)
}

/// Kept beside, under one name: one old copy is enough to look at.
pub fn set_aside(path: &Path, ending: &str) -> Result<(), StoreError> {
    let moving = |source| StoreError::file("set aside", path, source);
    fs::rename(path, path.with_added_extension(ending)).map_err(moving)?;
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
