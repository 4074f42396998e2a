//! Reads the audit log, newest first, on a connection of its own.

use std::path::{Path, PathBuf};

use domain::audit::{AuditAsked, AuditEntry, AuditPage, What};
use domain::time::Timestamp;

use super::super::{JournalReader, StoreError, sqlite};
use super::{COLUMNS, Row, broken, hex};

/// Cheap to clone and to send to other threads.
#[derive(Clone, Debug)]
pub struct AuditReader {
    path: PathBuf,
}

impl AuditReader {
    pub fn of(journal: &JournalReader) -> Self {
        Self {
            path: journal.path().to_owned(),
        }
    }

    /// A folder that somebody else may be writing into.
    pub fn in_folder(dir: &Path) -> Self {
        Self::of(&JournalReader::in_folder(dir))
    }

    /// A file of before there was a log has none.
    pub fn list(&self, asked: &AuditAsked) -> Result<AuditPage, StoreError> {
        let reading = || StoreError::sqlite("read the audit log");
        let connection = sqlite::open_to_read(&self.path)?;
        if sqlite::user_version(&connection)? < super::super::journal::VERSION {
            return Ok(AuditPage::default());
        }
        let sql = format!(
            "SELECT {COLUMNS} FROM audit
             WHERE entry < ?1 AND at >= ?2 AND at < ?3 AND (?4 IS NULL OR who = ?4) AND (?5 IS NULL OR what = ?5)
             ORDER BY entry DESC LIMIT ?6"
        );
        let mut statement = connection.prepare(&sql).map_err(reading())?;
        let limit = asked.limit.max(1);
        let rows = statement
            .query_map(
                (
                    asked.before.map_or(i64::MAX, u64::cast_signed),
                    asked.since.map_or(i64::MIN, Timestamp::millis),
                    asked.until.map_or(i64::MAX, Timestamp::millis),
                    &asked.who,
                    asked.what.map(What::name),
                    i64::try_from(limit + 1).unwrap_or(i64::MAX),
                ),
                Row::read,
            )
            .map_err(reading())?;
        let mut page = AuditPage::default();
        for row in rows {
            let row = row.map_err(reading())?;
            if page.entries.len() == limit {
                page.next = page.entries.last().map(|last| last.entry);
                break;
            }
            page.entries.push(entry(row)?);
        }
        Ok(page)
    }

    /// None: the file is of before there was a log.
    pub fn verify(
        &self,
        known: Option<&str>,
    ) -> Result<Option<Result<broken::Unbroken, broken::Broken>>, StoreError> {
        let reading = || StoreError::sqlite("read the audit log");
        let connection = sqlite::open_to_read(&self.path)?;
        let moment = connection.unchecked_transaction().map_err(reading())?;
        broken::look_at_all(&moment, known)
    }
}

fn entry(row: Row) -> Result<AuditEntry, StoreError> {
    let what = row
        .what
        .parse()
        .map_err(|error: domain::ids::IdError| StoreError::Encoding {
            doing: "read an audit entry",
            why: error.to_string(),
        })?;
    Ok(AuditEntry {
        entry: row.entry,
        at: row.at,
        who: row.who,
        what,
        about: row.about,
        detail: row.detail,
        block: (row.block > 0).then_some(row.block),
        sha256: hex(&row.sha256),
    })
}
