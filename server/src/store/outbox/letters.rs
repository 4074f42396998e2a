//! Letters handed out to be sent, what became of each try, the tray of those that nobody took, and the log of everything sent.

use domain::ids::{EndpointId, NoticeId};
use domain::notice::Notice;
use domain::time::Timestamp;
use rusqlite::{OptionalExtension, Row};

use super::{Outbox, begin, decoded};
use crate::store::StoreError;

/// After each try that failed, milliseconds until the next; then it is dead. Nine tries in nine hours.
const WAITS_MS: [i64; 8] = [
    5_000, 30_000, 120_000, 600_000, 1_800_000, 3_600_000, 7_200_000, 18_000_000,
];
/// A letter that was handed out and of which nothing was heard since (a kill) is handed out again.
const LEASE_MS: i64 = 60_000;

/// A receiver and what waits for it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Queue {
    pub endpoint: EndpointId,
    pub url: String,
    pub enabled: bool,
    pub generation: u32,
    pub waiting: u64,
    pub dead: u64,
    pub last_ok_at: Option<Timestamp>,
    pub failing_since: Option<Timestamp>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LetterRow {
    pub id: String,
    pub endpoint: String,
    pub notice: NoticeId,
    pub payload: String,
    pub made_at: Timestamp,
    pub due_at: Timestamp,
    pub tries: u32,
    pub state: String,
    pub answer: String,
}

/// What came back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer {
    Taken(String),
    /// Tried again later.
    Failed(String),
    /// Never to be tried again: the receiver is gone for good.
    Gone(String),
}

/// What becomes of a letter after a try.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tried {
    Sent,
    Again(Timestamp),
    Dead,
    /// It was over meanwhile.
    Cancelled,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogRow {
    pub at: Timestamp,
    pub channel: String,
    pub receiver: String,
    pub letter: String,
    pub attempt: u32,
    pub answer: String,
}

fn reading() -> impl FnOnce(rusqlite::Error) -> StoreError {
    StoreError::sqlite("read the outbox")
}

fn writing() -> impl FnOnce(rusqlite::Error) -> StoreError {
    StoreError::sqlite("write the outbox")
}

fn moment(row: &Row<'_>, at: usize) -> rusqlite::Result<Timestamp> {
    row.get(at).map(Timestamp::from_millis)
}

const LETTER: &str = "id, endpoint, notice, payload, made_at, due_at, tries, state, answer";

fn letter(row: &Row<'_>) -> rusqlite::Result<LetterRow> {
    Ok(LetterRow {
        id: row.get(0)?,
        endpoint: row.get(1)?,
        notice: NoticeId::from_bits(row.get::<_, i64>(2)?.cast_unsigned()),
        payload: row.get(3)?,
        made_at: moment(row, 4)?,
        due_at: moment(row, 5)?,
        tries: row.get(6)?,
        state: row.get(7)?,
        answer: row.get(8)?,
    })
}

impl Outbox {
    pub fn queues(&self) -> Result<Vec<Queue>, StoreError> {
        let inner = self.inner();
        let mut statement = inner
            .connection
            .prepare_cached(
                "SELECT id, url, enabled, generation, last_ok_at, failing_since,
                     (SELECT count(*) FROM letters WHERE endpoint = endpoints.id AND state = 'pending'),
                     (SELECT count(*) FROM letters WHERE endpoint = endpoints.id AND state = 'dead')
                 FROM endpoints ORDER BY id",
            )
            .map_err(reading())?;
        let rows = statement
            .query_map([], |row| {
                Ok((
                    row.get::<_, String>(0)?,
                    Queue {
                        endpoint: EndpointId::first(),
                        url: row.get(1)?,
                        enabled: row.get(2)?,
                        generation: row.get(3)?,
                        last_ok_at: row.get::<_, Option<i64>>(4)?.map(Timestamp::from_millis),
                        failing_since: row.get::<_, Option<i64>>(5)?.map(Timestamp::from_millis),
                        waiting: row.get::<_, i64>(6)?.cast_unsigned(),
                        dead: row.get::<_, i64>(7)?.cast_unsigned(),
                    },
                ))
            })
            .map_err(reading())?;
        let mut queues = Vec::new();
        for row in rows {
            let (id, queue) = row.map_err(reading())?;
            if let Ok(endpoint) = EndpointId::new(&id) {
                queues.push(Queue { endpoint, ..queue });
            }
        }
        Ok(queues)
    }

    /// Receivers for whom something is due: id, address, generation.
    pub fn due(&self, now: Timestamp) -> Result<Vec<(EndpointId, String, u32)>, StoreError> {
        let inner = self.inner();
        let mut statement = inner
            .connection
            .prepare_cached(
                "SELECT id, url, generation FROM endpoints WHERE enabled AND EXISTS(
                     SELECT 1 FROM letters WHERE endpoint = endpoints.id AND state = 'pending' AND due_at <= ?1)",
            )
            .map_err(reading())?;
        let rows = statement
            .query_map([now.millis()], |row| {
                Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?))
            })
            .map_err(reading())?;
        let mut due = Vec::new();
        for row in rows {
            let (id, url, generation) = row.map_err(reading())?;
            if let Ok(id) = EndpointId::new(&id) {
                due.push((id, url, generation));
            }
        }
        Ok(due)
    }

    /// Hands out what is due for a receiver, earliest first; each counts as tried from now on.
    pub fn hand_out(
        &self,
        endpoint: &EndpointId,
        now: Timestamp,
        most: usize,
    ) -> Result<Vec<LetterRow>, StoreError> {
        let mut inner = self.inner();
        let transaction = begin(&mut inner.connection)?;
        let mut handed = Vec::new();
        {
            let mut statement = transaction
                .prepare_cached(&format!(
                    "SELECT {LETTER} FROM letters WHERE endpoint = ?1 AND state = 'pending' AND due_at <= ?2
                     ORDER BY due_at, made_at LIMIT ?3"
                ))
                .map_err(reading())?;
            let rows = statement
                .query_map(
                    (endpoint.as_str(), now.millis(), most.min(1_000) as i64),
                    letter,
                )
                .map_err(reading())?;
            for row in rows {
                handed.push(row.map_err(reading())?);
            }
        }
        for one in &mut handed {
            one.tries += 1;
            transaction
                .execute(
                    "UPDATE letters SET tries = ?2, due_at = ?3 WHERE id = ?1",
                    (&one.id, one.tries, now.millis() + LEASE_MS),
                )
                .map_err(writing())?;
        }
        transaction.commit().map_err(writing())?;
        Ok(handed)
    }

    /// Whether a letter that was handed out is still to be sent.
    pub fn is_wanted(&self, id: &str) -> Result<bool, StoreError> {
        let inner = self.inner();
        let state: Option<String> = inner
            .connection
            .query_row("SELECT state FROM letters WHERE id = ?1", [id], |row| {
                row.get(0)
            })
            .optional()
            .map_err(reading())?;
        Ok(state.as_deref() == Some("pending"))
    }

    /// Writes down what came of a try.
    pub fn tried(
        &self,
        sent: &LetterRow,
        answer: &Answer,
        now: Timestamp,
    ) -> Result<Tried, StoreError> {
        let mut inner = self.inner();
        let transaction = begin(&mut inner.connection)?;
        let words = match answer {
            Answer::Taken(words) | Answer::Failed(words) | Answer::Gone(words) => words,
        };
        transaction
            .execute(
                "INSERT INTO log(at, channel, receiver, letter, attempt, answer) VALUES (?1, 'webhook', ?2, ?3, ?4, ?5)",
                (now.millis(), &sent.endpoint, &sent.id, sent.tries, words),
            )
            .map_err(writing())?;
        let health = match answer {
            Answer::Taken(_) => {
                "UPDATE endpoints SET last_ok_at = ?2, failing_since = NULL WHERE id = ?1"
            }
            _ => "UPDATE endpoints SET failing_since = coalesce(failing_since, ?2) WHERE id = ?1",
        };
        transaction
            .execute(health, (&sent.endpoint, now.millis()))
            .map_err(writing())?;
        let state: Option<String> = transaction
            .query_row(
                "SELECT state FROM letters WHERE id = ?1",
                [&sent.id],
                |row| row.get(0),
            )
            .optional()
            .map_err(reading())?;
        let tried = match answer {
            _ if state.as_deref() != Some("pending") => Tried::Cancelled,
            Answer::Taken(_) => Tried::Sent,
            Answer::Gone(_) => Tried::Dead,
            Answer::Failed(_) => match WAITS_MS.get(sent.tries as usize - 1) {
                Some(wait) => {
                    Tried::Again(now.plus_millis(wait + jitter(&sent.id, sent.tries, *wait)))
                }
                None => Tried::Dead,
            },
        };
        let (state, due_at) = match tried {
            Tried::Sent => ("sent", now),
            Tried::Again(at) => ("pending", at),
            Tried::Dead => ("dead", now),
            Tried::Cancelled => ("cancelled", now),
        };
        transaction
            .execute(
                "UPDATE letters SET state = ?2, due_at = ?3, answer = ?4 WHERE id = ?1 AND state = 'pending'",
                (&sent.id, state, due_at.millis(), words),
            )
            .map_err(writing())?;
        transaction.commit().map_err(writing())?;
        Ok(tried)
    }

    /// Notes that pages showed notices to people.
    pub fn shown(&self, shown: &[(Timestamp, String, NoticeId)]) -> Result<(), StoreError> {
        let mut inner = self.inner();
        let transaction = begin(&mut inner.connection)?;
        for (at, person, notice) in shown {
            transaction
                .execute(
                    "INSERT INTO log(at, channel, receiver, letter, attempt, answer) VALUES (?1, 'page', ?2, ?3, 1, 'shown')",
                    (at.millis(), person, notice.to_string()),
                )
                .map_err(writing())?;
        }
        transaction.commit().map_err(writing())
    }

    /// Letters of a state (`pending sent cancelled dead discarded`), newest first.
    pub fn letters(&self, state: &str, most: usize) -> Result<Vec<LetterRow>, StoreError> {
        let inner = self.inner();
        let mut statement = inner
            .connection
            .prepare_cached(&format!(
                "SELECT {LETTER} FROM letters WHERE state = ?1 ORDER BY made_at DESC, id LIMIT ?2"
            ))
            .map_err(reading())?;
        let rows = statement
            .query_map((state, most as i64), letter)
            .map_err(reading())?;
        rows.collect::<Result<_, _>>().map_err(reading())
    }

    /// A dead letter is sent again from the beginning, or discarded; None if there is no such dead letter.
    pub fn revive(
        &self,
        id: &str,
        again: bool,
        now: Timestamp,
    ) -> Result<Option<LetterRow>, StoreError> {
        let inner = self.inner();
        let (state, tries) = if again {
            ("pending", "0")
        } else {
            ("discarded", "tries")
        };
        let changed = inner
            .connection
            .execute(
                &format!(
                    "UPDATE letters SET state = ?2, due_at = ?3, tries = {tries} WHERE id = ?1 AND state = 'dead'"
                ),
                (id, state, now.millis()),
            )
            .map_err(writing())?;
        if changed == 0 {
            return Ok(None);
        }
        inner
            .connection
            .query_row(
                &format!("SELECT {LETTER} FROM letters WHERE id = ?1"),
                [id],
                letter,
            )
            .optional()
            .map_err(reading())
    }

    /// What was sent, newest first.
    pub fn log(&self, most: usize) -> Result<Vec<LogRow>, StoreError> {
        let inner = self.inner();
        let mut statement = inner
            .connection
            .prepare_cached(
                "SELECT at, channel, receiver, letter, attempt, answer FROM log ORDER BY entry DESC LIMIT ?1",
            )
            .map_err(reading())?;
        let rows = statement
            .query_map([most as i64], |row| {
                Ok(LogRow {
                    at: moment(row, 0)?,
                    channel: row.get(1)?,
                    receiver: row.get(2)?,
                    letter: row.get(3)?,
                    attempt: row.get(4)?,
                    answer: row.get(5)?,
                })
            })
            .map_err(reading())?;
        rows.collect::<Result<_, _>>().map_err(reading())
    }

    /// A notice as it stood last, open or over, as long as it is kept.
    pub fn notice(&self, id: NoticeId) -> Result<Option<Notice>, StoreError> {
        let inner = self.inner();
        let body: Option<Vec<u8>> = inner
            .connection
            .query_row(
                "SELECT body FROM notices WHERE id = ?1",
                [id.bits().cast_signed()],
                |row| row.get(0),
            )
            .optional()
            .map_err(reading())?;
        body.as_deref().map(decoded).transpose()
    }
}

/// A fifth more or less, the same each time: receivers that came back are not stormed by everything at once.
fn jitter(id: &str, tries: u32, wait: i64) -> i64 {
    let spread = wait / 5;
    let hash = crc32fast::hash(format!("{id} {tries}").as_bytes());
    i64::from(hash) % (2 * spread + 1) - spread
}
