//! Who is signed in. Lies in records.db but comes from no block, so it outlives every rebuild.
//! Holds only the hash of a token: whoever reads the file cannot sign in with it.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::ids::AccountName;
use domain::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior};

use super::super::{Folder, StoreError, sqlite};

/// A session ends when nobody has used it for this long.
pub const IDLE_MS: i64 = 12 * 3_600_000;
/// And at the latest this long after signing in.
pub const LONGEST_MS: i64 = 7 * 24 * 3_600_000;
/// Use is written down at most this often.
const TOUCHED_EVERY_MS: i64 = 60_000;
/// Of one account; beyond that the longest unused one ends.
const MOST_OF_ONE: i64 = 50;

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Session {
    pub token_sha256: [u8; 32],
    pub account: AccountName,
    /// Asked back with every form.
    pub csrf: String,
    pub made_at: Timestamp,
    pub seen_at: Timestamp,
    /// When it ends if it is not used again.
    pub expires_at: Timestamp,
    /// The family of the browser and its system.
    pub client: String,
}

/// Signs people in and out on a connection of its own: unlike the records, ending a session must outlast a power cut.
pub struct Sessions {
    connection: Mutex<Connection>,
}

/// Part of every opening of records.db.
pub(super) fn make_table(connection: &Connection) -> Result<(), StoreError> {
    connection
        .execute_batch(
            "CREATE TABLE IF NOT EXISTS sessions(
                token_sha256 BLOB PRIMARY KEY,
                account TEXT NOT NULL,
                csrf TEXT NOT NULL,
                made_at INTEGER NOT NULL,
                seen_at INTEGER NOT NULL,
                expires_at INTEGER NOT NULL
            ) STRICT;
            CREATE INDEX IF NOT EXISTS sessions_of ON sessions(account, seen_at);
            CREATE INDEX IF NOT EXISTS sessions_until ON sessions(expires_at);",
        )
        .map_err(StoreError::sqlite("make the table of sessions"))?;
    // Those of an earlier version go on without it.
    let has_client = connection
        .prepare("SELECT client FROM sessions LIMIT 0")
        .is_ok();
    if !has_client {
        connection
            .execute_batch("ALTER TABLE sessions ADD COLUMN client TEXT NOT NULL DEFAULT ''")
            .map_err(StoreError::sqlite("make the table of sessions"))?;
    }
    Ok(())
}

fn expiry(made_at: Timestamp, seen_at: Timestamp) -> Timestamp {
    seen_at
        .plus_millis(IDLE_MS)
        .min(made_at.plus_millis(LONGEST_MS))
}

impl Sessions {
    /// After `Records::open`, which may set an unreadable file aside.
    pub fn open(folder: &Folder) -> Result<Self, StoreError> {
        Self::at(&folder.records())
    }

    fn at(path: &Path) -> Result<Self, StoreError> {
        let connection = sqlite::open(path, sqlite::RECORDS)?;
        connection
            .pragma_update(None, "synchronous", "FULL")
            .map_err(StoreError::sqlite("set up a database"))?;
        make_table(&connection)?;
        Ok(Self {
            connection: Mutex::new(connection),
        })
    }

    /// The token and the csrf value are random and made by the caller.
    pub fn create(
        &self,
        token_sha256: [u8; 32],
        account: &AccountName,
        csrf: &str,
        client: &str,
        now: Timestamp,
    ) -> Result<Session, StoreError> {
        let writing = || StoreError::sqlite("begin a session");
        let session = Session {
            token_sha256,
            account: account.clone(),
            csrf: csrf.to_owned(),
            made_at: now,
            seen_at: now,
            expires_at: expiry(now, now),
            client: client.to_owned(),
        };
        let mut connection = self.connection();
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(writing())?;
        transaction
            .execute(
                "DELETE FROM sessions WHERE expires_at <= ?1",
                [now.millis()],
            )
            .map_err(writing())?;
        transaction
            .execute(
                "DELETE FROM sessions WHERE token_sha256 IN (
                     SELECT token_sha256 FROM sessions WHERE account = ?1 ORDER BY seen_at DESC LIMIT -1 OFFSET ?2)",
                (account.as_str(), MOST_OF_ONE - 1),
            )
            .map_err(writing())?;
        transaction
            .execute(
                "INSERT INTO sessions(token_sha256, account, csrf, made_at, seen_at, expires_at, client)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                (
                    token_sha256,
                    account.as_str(),
                    csrf,
                    now.millis(),
                    now.millis(),
                    session.expires_at.millis(),
                    client,
                ),
            )
            .map_err(writing())?;
        transaction.commit().map_err(writing())?;
        Ok(session)
    }

    /// None: unknown, ended or expired.
    pub fn find(
        &self,
        token_sha256: &[u8; 32],
        now: Timestamp,
    ) -> Result<Option<Session>, StoreError> {
        let reading = || StoreError::sqlite("look for a session");
        self.connection()
            .prepare_cached(
                "SELECT token_sha256, account, csrf, made_at, seen_at, expires_at, client FROM sessions
                 WHERE token_sha256 = ?1 AND expires_at > ?2",
            )
            .map_err(reading())?
            .query_row((token_sha256, now.millis()), session)
            .optional()
            .map_err(reading())
    }

    /// Notes that it was used just now. Writes at most once a minute.
    pub fn touch(&self, session: &Session, now: Timestamp) -> Result<(), StoreError> {
        if now.since(session.seen_at) < TOUCHED_EVERY_MS {
            return Ok(());
        }
        self.connection()
            .execute(
                "UPDATE sessions SET seen_at = ?2, expires_at = ?3 WHERE token_sha256 = ?1 AND seen_at < ?2",
                (
                    session.token_sha256,
                    now.millis(),
                    expiry(session.made_at, now).millis(),
                ),
            )
            .map_err(StoreError::sqlite("keep a session"))?;
        Ok(())
    }

    /// False: there was none.
    pub fn end(&self, token_sha256: &[u8; 32]) -> Result<bool, StoreError> {
        let ended = self
            .connection()
            .execute(
                "DELETE FROM sessions WHERE token_sha256 = ?1",
                [token_sha256],
            )
            .map_err(StoreError::sqlite("end a session"))?;
        Ok(ended > 0)
    }

    /// Gives the hashes of the sessions that ended, so that their sockets can be closed.
    pub fn end_all(&self, account: &AccountName) -> Result<Vec<[u8; 32]>, StoreError> {
        let ending = || StoreError::sqlite("end the sessions of an account");
        let connection = self.connection();
        let mut statement = connection
            .prepare_cached("DELETE FROM sessions WHERE account = ?1 RETURNING token_sha256")
            .map_err(ending())?;
        let ended = statement
            .query_map([account.as_str()], |row| row.get(0))
            .map_err(ending())?;
        ended.collect::<Result<_, _>>().map_err(ending())
    }

    /// Those that hold now, of one account or of all, the latest used first; at most 1,000.
    pub fn list(
        &self,
        account: Option<&AccountName>,
        now: Timestamp,
    ) -> Result<Vec<Session>, StoreError> {
        let reading = || StoreError::sqlite("list sessions");
        let connection = self.connection();
        let mut statement = connection
            .prepare_cached(
                "SELECT token_sha256, account, csrf, made_at, seen_at, expires_at, client FROM sessions
                 WHERE expires_at > ?1 AND (?2 IS NULL OR account = ?2) ORDER BY seen_at DESC, token_sha256 LIMIT 1000",
            )
            .map_err(reading())?;
        let found = statement
            .query_map((now.millis(), account.map(AccountName::as_str)), session)
            .map_err(reading())?;
        found.collect::<Result<_, _>>().map_err(reading())
    }

    /// Each statement is whole in itself, so a holder that panicked left nothing half done.
    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn session(row: &Row<'_>) -> rusqlite::Result<Session> {
    let account: String = row.get(1)?;
    Ok(Session {
        token_sha256: row.get(0)?,
        account: AccountName::new(&account).map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(
                1,
                rusqlite::types::Type::Text,
                Box::new(error),
            )
        })?,
        csrf: row.get(2)?,
        made_at: Timestamp::from_millis(row.get(3)?),
        seen_at: Timestamp::from_millis(row.get(4)?),
        expires_at: Timestamp::from_millis(row.get(5)?),
        client: row.get(6)?,
    })
}
