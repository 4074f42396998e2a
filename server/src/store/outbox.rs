//! What is to be sent to receivers of webhooks, and every try: follows the journal, and keeps its position in the same transaction as
//! its work, so that a restart neither loses nor doubles. Sends nothing itself.

mod letters;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::change::{Change, Stepped};
use domain::ids::BlockNumber;
use domain::notice::{Endpoint, Notice};
use domain::picture::Picture;
use domain::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};

use super::follower_file::{self, Tables};
use super::{Folder, Journal, StoreError, sqlite};

pub use letters::{Answer, LetterRow, LogRow, Queue, Tried};

const VERSION: i32 = 1;

const TABLES: &str = "
    CREATE TABLE position(applied INTEGER NOT NULL, life TEXT NOT NULL) STRICT;
    CREATE TABLE endpoints(
        id TEXT PRIMARY KEY, url TEXT NOT NULL, enabled INTEGER NOT NULL, generation INTEGER NOT NULL,
        last_ok_at INTEGER, failing_since INTEGER
    ) STRICT;
    CREATE TABLE notices(
        id INTEGER PRIMARY KEY, at INTEGER NOT NULL, over_at INTEGER, is_open INTEGER NOT NULL, body BLOB NOT NULL
    ) STRICT;
    CREATE INDEX notices_over ON notices(over_at) WHERE over_at IS NOT NULL;
    CREATE TABLE letters(
        id TEXT PRIMARY KEY, endpoint TEXT NOT NULL, notice INTEGER NOT NULL, payload TEXT NOT NULL,
        made_at INTEGER NOT NULL, due_at INTEGER NOT NULL, tries INTEGER NOT NULL, state TEXT NOT NULL,
        answer TEXT NOT NULL
    ) STRICT;
    CREATE INDEX letters_due ON letters(endpoint, due_at) WHERE state = 'pending';
    CREATE INDEX letters_of_notice ON letters(notice);
    CREATE INDEX letters_by_state ON letters(state, made_at);
    CREATE TABLE log(
        entry INTEGER PRIMARY KEY, at INTEGER NOT NULL, channel TEXT NOT NULL, receiver TEXT NOT NULL,
        letter TEXT NOT NULL, attempt INTEGER NOT NULL, answer TEXT NOT NULL
    ) STRICT;
";

/// Letters that wait for one receiver; the next one goes to the tray at once.
pub const MOST_WAITING: i64 = 10_000;
/// A notice older than this is not sent to anybody who has not had it: after a restore, or a file that was lost.
const TOO_OLD_MS: i64 = 24 * 3_600_000;

/// What is written into a letter about a notice.
pub type Wording = fn(&Notice) -> String;

pub struct Outbox {
    inner: Mutex<Inner>,
}

struct Inner {
    connection: Connection,
    applied: BlockNumber,
    wording: Wording,
}

impl Outbox {
    /// The outbox of this journal; one of another is set aside, and what is open is known from the Picture.
    pub fn open(folder: &Folder, journal: &Journal, wording: Wording) -> Result<Self, StoreError> {
        let of = Tables {
            kind: sqlite::OUTBOX,
            version: VERSION,
            tables: TABLES,
            position: "INSERT INTO position VALUES (0, ?1)",
        };
        let (connection, set_aside) =
            follower_file::open(&folder.outbox(), &of, &journal.life()?, journal.last())?;
        if let Some(why) = set_aside {
            tracing::warn!(%why, "the outbox was set aside and begins anew");
        }
        let applied: i64 = connection
            .query_row("SELECT applied FROM position", [], |row| row.get(0))
            .map_err(StoreError::sqlite("read the outbox's position"))?;
        Ok(Self {
            inner: Mutex::new(Inner {
                connection,
                applied: BlockNumber(applied.cast_unsigned()),
                wording,
            }),
        })
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Brings it up to a Picture in one step: what came and went between needs no letter.
    pub fn reconcile(&self, picture: &Picture) -> Result<(), StoreError> {
        let mut inner = self.inner();
        let (wording, now) = (inner.wording, picture.now);
        let writing = || StoreError::sqlite("bring the outbox up");
        let transaction = begin(&mut inner.connection)?;
        for endpoint in picture.notify.endpoints.values() {
            put_endpoint(&transaction, endpoint)?;
        }
        for notice in picture.notify.open() {
            let known: Option<bool> = transaction
                .query_row(
                    "SELECT is_open FROM notices WHERE id = ?1",
                    [notice.id.bits().cast_signed()],
                    |row| row.get(0),
                )
                .optional()
                .map_err(writing())?;
            if known.is_none() {
                put_notice(&transaction, notice, now, wording)?;
            }
        }
        let open = "SELECT id, body FROM notices WHERE is_open";
        let mut gone = Vec::new();
        {
            let mut statement = transaction.prepare(open).map_err(writing())?;
            let mut rows = statement.query([]).map_err(writing())?;
            while let Some(row) = rows.next().map_err(writing())? {
                let id: i64 = row.get(0).map_err(writing())?;
                let id = domain::ids::NoticeId::from_bits(id.cast_unsigned());
                let key = picture.notify.by_id.get(&id);
                let stands = key.and_then(|key| picture.notify.standing.get(key));
                match stands {
                    Some(stands) if stands.is_open() => {}
                    Some(stands) => gone.push((**stands).clone()),
                    None => {
                        let body: Vec<u8> = row.get(1).map_err(writing())?;
                        let mut notice = decoded(&body)?;
                        notice.state = domain::notice::NoticeState::Settled { at: now };
                        gone.push(notice);
                    }
                }
            }
        }
        for notice in gone {
            put_notice(&transaction, &notice, now, wording)?;
        }
        finish(transaction, picture.block)?;
        inner.applied = picture.block;
        Ok(())
    }

    /// Takes blocks in, in order; those that are in already are skipped.
    pub fn apply(&self, stepped: &[Arc<Stepped>]) -> Result<(), StoreError> {
        let mut inner = self.inner();
        let applied = inner.applied;
        let fresh: Vec<_> = stepped.iter().filter(|one| one.block > applied).collect();
        let Some(last) = fresh.last().map(|last| last.block) else {
            return Ok(());
        };
        let concerns = |change: &Change| matches!(change, Change::Notice(_) | Change::Endpoint(_));
        let is_quiet = |one: &&&Arc<Stepped>| !one.changes.iter().any(concerns);
        if fresh.iter().all(|one| is_quiet(&one)) && last.0 - applied.0 < 1_000 {
            // Nothing to write for; written with the next that matters.
            return Ok(());
        }
        let wording = inner.wording;
        let transaction = begin(&mut inner.connection)?;
        for stepped in fresh {
            for change in &stepped.changes {
                match change {
                    Change::Notice(notice) => {
                        put_notice(&transaction, notice, stepped.now, wording)?;
                    }
                    Change::Endpoint(endpoint) => put_endpoint(&transaction, endpoint)?,
                    _ => {}
                }
            }
        }
        finish(transaction, last)?;
        inner.applied = last;
        Ok(())
    }

    /// Lets go of what is long over.
    pub fn let_go(&self, now: Timestamp) -> Result<(), StoreError> {
        const DAY_MS: i64 = 24 * 3_600_000;
        const MOST_LOGGED: i64 = 200_000;
        let inner = self.inner();
        let writing = || StoreError::sqlite("let go of old letters");
        let before = |days: i64| now.millis() - days * DAY_MS;
        for (sql, bound) in [
            (
                "DELETE FROM letters WHERE state IN ('sent', 'cancelled', 'discarded') AND made_at < ?1",
                before(7),
            ),
            (
                "DELETE FROM letters WHERE state = 'dead' AND made_at < ?1",
                before(30),
            ),
            ("DELETE FROM notices WHERE over_at < ?1", before(30)),
            ("DELETE FROM log WHERE at < ?1", before(30)),
            (
                "DELETE FROM log WHERE entry <= (SELECT coalesce(max(entry), 0) FROM log) - ?1",
                MOST_LOGGED,
            ),
        ] {
            inner.connection.execute(sql, [bound]).map_err(writing())?;
        }
        Ok(())
    }
}

fn begin(connection: &mut Connection) -> Result<Transaction<'_>, StoreError> {
    connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(StoreError::sqlite("write the outbox"))
}

fn finish(transaction: Transaction<'_>, applied: BlockNumber) -> Result<(), StoreError> {
    let writing = || StoreError::sqlite("write the outbox");
    transaction
        .execute(
            "UPDATE position SET applied = ?1",
            [applied.0.cast_signed()],
        )
        .map_err(writing())?;
    transaction.commit().map_err(writing())
}

fn put_endpoint(transaction: &Transaction<'_>, endpoint: &Endpoint) -> Result<(), StoreError> {
    transaction
        .execute(
            "INSERT INTO endpoints(id, url, enabled, generation) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT(id) DO UPDATE SET url = ?2, enabled = ?3, generation = ?4",
            (
                endpoint.id.as_str(),
                &endpoint.url,
                endpoint.enabled,
                endpoint.generation,
            ),
        )
        .map_err(StoreError::sqlite("write a receiver"))?;
    Ok(())
}

fn put_notice(
    transaction: &Transaction<'_>,
    notice: &Notice,
    now: Timestamp,
    wording: Wording,
) -> Result<(), StoreError> {
    let writing = || StoreError::sqlite("write a notice");
    let id = notice.id.bits().cast_signed();
    let over_at = (!notice.is_open()).then(|| now.millis());
    let body = postcard::to_stdvec(notice).map_err(|error| StoreError::Encoding {
        doing: "encode a notice",
        why: error.to_string(),
    })?;
    transaction
        .execute(
            "INSERT INTO notices(id, at, over_at, is_open, body) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT(id) DO UPDATE SET over_at = ?3, is_open = ?4, body = ?5",
            (id, notice.at.millis(), over_at, notice.is_open(), body),
        )
        .map_err(writing())?;
    if notice.is_open() {
        if now.since(notice.at) <= TOO_OLD_MS {
            for endpoint in &notice.endpoints {
                put_letter(
                    transaction,
                    notice,
                    endpoint.as_str(),
                    "opened",
                    now,
                    wording,
                )?;
            }
        }
        return Ok(());
    }
    // Whoever has been told, or is being told just now, is told that it is over; nobody else hears of it any more.
    let mut statement = transaction
        .prepare_cached(
            "SELECT endpoint FROM letters WHERE notice = ?1 AND tries > 0 AND id LIKE '%.opened'",
        )
        .map_err(writing())?;
    let told = statement
        .query_map([id], |row| row.get::<_, String>(0))
        .map_err(writing())?;
    let told: Vec<String> = told.collect::<Result<_, _>>().map_err(writing())?;
    transaction
        .execute(
            "UPDATE letters SET state = 'cancelled' WHERE notice = ?1 AND state IN ('pending', 'dead')",
            [id],
        )
        .map_err(writing())?;
    for endpoint in told {
        put_letter(transaction, notice, &endpoint, "over", now, wording)?;
    }
    Ok(())
}

/// `what` ends its id, which stays the same however often it is sent.
fn put_letter(
    transaction: &Transaction<'_>,
    notice: &Notice,
    endpoint: &str,
    what: &str,
    now: Timestamp,
    wording: Wording,
) -> Result<(), StoreError> {
    let writing = || StoreError::sqlite("write a letter");
    let waiting: i64 = transaction
        .prepare_cached("SELECT count(*) FROM letters WHERE endpoint = ?1 AND state = 'pending'")
        .and_then(|mut statement| statement.query_row([endpoint], |row| row.get(0)))
        .map_err(writing())?;
    let (state, answer) = if waiting < MOST_WAITING {
        ("pending", "")
    } else {
        metrics::counter!("gulou_letters_overflowed_total").increment(1);
        ("dead", "too many were waiting for this receiver")
    };
    transaction
        .execute(
            "INSERT OR IGNORE INTO letters(id, endpoint, notice, payload, made_at, due_at, tries, state, answer)
             VALUES (?1, ?2, ?3, ?4, ?5, ?5, 0, ?6, ?7)",
            (
                format!("{}.{endpoint}.{what}", notice.id),
                endpoint,
                notice.id.bits().cast_signed(),
                wording(notice),
                now.millis(),
                state,
                answer,
            ),
        )
        .map_err(writing())?;
    Ok(())
}

fn decoded(body: &[u8]) -> Result<Notice, StoreError> {
    postcard::from_bytes(body).map_err(|error| StoreError::BadRecord {
        what: "notice",
        why: error.to_string(),
    })
}
