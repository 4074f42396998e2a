//! `--accept-loss`: going on from the last good block. The damaged file is kept whole beside the new one;
//! nothing is destroyed, so that a better way can still be found later.

use std::fs;
use std::path::{Path, PathBuf};

use domain::audit::{Note, What, Who};
use domain::ids::BlockNumber;
use domain::time::Timestamp;
use rusqlite::Connection;

use super::super::audit::{self, Chain};
use super::super::block_row::{BlockRow, Link};
use super::super::error::BadBlock;
use super::super::folder::sync_folder_of;
use super::super::{Snapshots, StoreError};
use super::{insert, is_damage, open_file};

/// What was given up.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cut {
    /// The first block that is gone.
    pub from: BlockNumber,
    /// How many went; None if the file no longer tells.
    pub lost: Option<u64>,
    /// The damaged journal as it was.
    pub kept_as: PathBuf,
}

pub(super) fn cut(
    damaged: Connection,
    path: &Path,
    bad: &BadBlock,
    snapshots: &Snapshots,
) -> Result<Cut, StoreError> {
    let fresh_path = path.with_added_extension("new");
    // Left by a cut that was stopped half way.
    for tail in ["", "-wal", "-shm"] {
        remove_if_there(&fresh_path.with_file_name(with_tail(&fresh_path, tail)))?;
    }
    let mut fresh = open_file(&fresh_path)?;
    copy(&damaged, &mut fresh, bad)?;
    close(fresh)?;
    // Closing empties the write-ahead log into the file where the damage allows it.
    drop(damaged);
    let kept_as = swap(path, &fresh_path, bad.number)?;
    snapshots.set_aside_from(bad.number)?;
    Ok(Cut {
        from: bad.number,
        lost: bad.lost(),
        kept_as,
    })
}

fn copy(damaged: &Connection, fresh: &mut Connection, bad: &BadBlock) -> Result<(), StoreError> {
    let copying = || StoreError::sqlite("copy the good part of the journal");
    let transaction = fresh.transaction().map_err(copying())?;
    let last_good = bad.number.0.saturating_sub(1).cast_signed();
    let mut statement = damaged
        .prepare(
            "SELECT number, now, logic, crc, bytes FROM blocks WHERE number <= ?1 ORDER BY number",
        )
        .map_err(copying())?;
    let rows = statement
        .query_map([last_good], BlockRow::from_row)
        .map_err(copying())?;
    let mut copied = Link::START.number;
    for row in rows {
        match row {
            Ok(row) => {
                copied = row.number;
                insert(&transaction, &row).map_err(copying())?;
            }
            Err(error) if is_damage(&error) => break,
            Err(error) => return Err(copying()(error)),
        }
    }
    if copied.next() != bad.number {
        // A large journal is not checked from the start; then the damage may lie further back than was said.
        let earlier = BadBlock {
            number: copied.next(),
            why: "it cannot be read".into(),
            last: bad.last,
        };
        return Err(StoreError::BadBlock(earlier));
    }
    let unread = copy_rows(damaged, &transaction, "vault", "token, key, sealed", 3)?
        + copy_rows(damaged, &transaction, "audit", audit::COLUMNS, 9)?;
    let said = format!(
        "--accept-loss: {bad}; {}{unread} tables could not be read to their end",
        if bad.last.is_some() {
            ""
        } else {
            "the last block is unknown; "
        }
    );
    // Goes on from the old file's head, so that entries which could not be read stay missed.
    let head = audit::head(damaged).ok().flatten().unwrap_or(Chain::START);
    head.keep_as_head(&transaction).map_err(copying())?;
    let now: i64 = transaction
        .query_row(
            "SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER)",
            [],
            |row| row.get(0),
        )
        .map_err(copying())?;
    let note = Note::new(Who::CommandLine, What::Loss, bad.number, said);
    Chain::of(&transaction)?
        .append(&transaction, &[note], Timestamp::from_millis(now))
        .map_err(copying())?;
    transaction.commit().map_err(copying())
}

/// Copies what can be read of a small table; gives 1 if that was not all.
fn copy_rows(
    damaged: &Connection,
    fresh: &Connection,
    table: &str,
    columns: &str,
    width: usize,
) -> Result<u32, StoreError> {
    let copying = || StoreError::sqlite("copy the good part of the journal");
    let marks = vec!["?"; width].join(", ");
    let mut insert = fresh
        .prepare(&format!("INSERT INTO {table}({columns}) VALUES ({marks})"))
        .map_err(copying())?;
    let Ok(mut statement) = damaged.prepare(&format!("SELECT {columns} FROM {table}")) else {
        return Ok(1);
    };
    let Ok(mut rows) = statement.query([]) else {
        return Ok(1);
    };
    loop {
        match rows.next() {
            Ok(Some(row)) => {
                let values: Result<Vec<rusqlite::types::Value>, _> =
                    (0..width).map(|at| row.get(at)).collect();
                let Ok(values) = values else { return Ok(1) };
                insert
                    .execute(rusqlite::params_from_iter(values))
                    .map_err(copying())?;
            }
            Ok(None) => return Ok(0),
            Err(_) => return Ok(1),
        }
    }
}

fn close(connection: Connection) -> Result<(), StoreError> {
    connection
        .close()
        .map_err(|(_, error)| StoreError::sqlite("close the new journal")(error))
}

/// Puts the new file in the old one's place. At no moment is there no journal: an empty one must never be made
/// because this was interrupted.
fn swap(path: &Path, fresh: &Path, from: BlockNumber) -> Result<PathBuf, StoreError> {
    let kept = free_name(path, from);
    let aside = |source| StoreError::file("set aside", path, source);
    fs::hard_link(path, &kept).map_err(aside)?;
    // A log left behind would be played into the new file.
    for tail in ["-wal", "-shm"] {
        let log = path.with_file_name(with_tail(path, tail));
        if log.exists() {
            fs::rename(&log, kept.with_file_name(with_tail(&kept, tail))).map_err(aside)?;
        }
    }
    fs::rename(fresh, path).map_err(aside)?;
    sync_folder_of(path)?;
    Ok(kept)
}

fn free_name(path: &Path, from: BlockNumber) -> PathBuf {
    let mut name = path.with_file_name(format!("journal-cut-at-{from}.db"));
    let mut again = 2;
    while name.exists() {
        name = path.with_file_name(format!("journal-cut-at-{from}-{again}.db"));
        again += 1;
    }
    name
}

fn with_tail(path: &Path, tail: &str) -> std::ffi::OsString {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(tail);
    name
}

fn remove_if_there(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            Err(StoreError::file("remove", path, source))
        }
        _ => Ok(()),
    }
}
