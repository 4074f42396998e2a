//! Reading the journal while it is being written, block by block, without holding it all.
//! Every block is checked against the one before it.

use std::path::{Path, PathBuf};
use std::vec;

use domain::command::Block;
use domain::ids::BlockNumber;
use rusqlite::Connection;

use super::super::block_row::{BlockRow, Decoder, Link};
use super::super::folder::JOURNAL_FILE;
use super::super::{Folder, StoreError, sqlite};
use super::{bad, is_damage, link_at};

/// Rows read at a time, each at most a batch of observations.
const AT_A_TIME: i64 = 64;

/// Reads a journal on connections of its own. Cheap to clone and to send to other threads.
#[derive(Clone, Debug)]
pub struct JournalReader {
    path: PathBuf,
}

impl JournalReader {
    /// The journal must have been opened once.
    pub fn of(folder: &Folder) -> Self {
        Self::at(folder.journal())
    }

    /// A folder that somebody else may be writing into.
    pub fn in_folder(dir: &Path) -> Self {
        Self::at(dir.join(JOURNAL_FILE))
    }

    pub(in super::super) fn at(path: PathBuf) -> Self {
        Self { path }
    }

    pub(in super::super) fn path(&self) -> &Path {
        &self.path
    }

    pub fn last(&self) -> Result<BlockNumber, StoreError> {
        let connection = sqlite::open_to_read(&self.path)?;
        let last: Option<i64> = connection
            .query_row("SELECT max(number) FROM blocks", [], |row| row.get(0))
            .map_err(StoreError::sqlite("read the last block's number"))?;
        Ok(BlockNumber(last.map_or(0, i64::cast_unsigned)))
    }

    /// Every block after `number`, up to whatever has been committed when the iterator gets there.
    pub fn blocks_after(&self, number: BlockNumber) -> Result<Blocks, StoreError> {
        let connection = sqlite::open_to_read(&self.path)?;
        let end = link_at(&connection, number)?.ok_or_else(|| {
            StoreError::BadBlock(bad(&connection, number, "it is missing".into()))
        })?;
        Ok(Blocks {
            connection,
            decoder: Decoder::new()?,
            read: Vec::new().into_iter(),
            end,
            failed: false,
        })
    }
}

/// After an error there is nothing more.
pub struct Blocks {
    connection: Connection,
    decoder: Decoder,
    read: vec::IntoIter<BlockRow>,
    end: Link,
    failed: bool,
}

impl Blocks {
    fn read_on(&mut self) -> Result<(), StoreError> {
        let reading = || StoreError::sqlite("read the journal");
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT number, now, logic, crc, bytes FROM blocks WHERE number > ?1 ORDER BY number LIMIT ?2",
            )
            .map_err(reading())?;
        let rows = statement
            .query_map(
                (self.end.number.0.cast_signed(), AT_A_TIME),
                BlockRow::from_row,
            )
            .map_err(reading())?;
        let mut read = Vec::new();
        for row in rows {
            match row {
                Ok(row) => read.push(row),
                // The good ones before it come first; the next read finds it again.
                Err(_) if !read.is_empty() => break,
                Err(error) if is_damage(&error) => {
                    let why = format!("it cannot be read: {error}");
                    let number = self.end.number.next();
                    return Err(StoreError::BadBlock(bad(&self.connection, number, why)));
                }
                Err(error) => return Err(reading()(error)),
            }
        }
        self.read = read.into_iter();
        Ok(())
    }

    fn step(&mut self) -> Result<Option<Block>, StoreError> {
        if self.read.as_slice().is_empty() {
            self.read_on()?;
        }
        let Some(row) = self.read.next() else {
            return Ok(None);
        };
        let decoded = row
            .check_after(self.end)
            .and_then(|link| Ok((link, self.decoder.decode(&row)?)));
        match decoded {
            Ok((link, block)) => {
                self.end = link;
                Ok(Some(block))
            }
            Err(why) => {
                let number = self.end.number.next();
                Err(StoreError::BadBlock(bad(&self.connection, number, why)))
            }
        }
    }
}

impl Iterator for Blocks {
    type Item = Result<Block, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let step = self.step();
        self.failed = step.is_err();
        step.transpose()
    }
}
