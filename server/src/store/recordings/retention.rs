//! What is let go of: by age and by size.

use domain::time::Timestamp;
use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::super::StoreError;
use super::Limits;
use super::keeping::MINUTE_MS;

/// Keyframes let go of in one transaction.
const DROPPED_AT_A_TIME: usize = 64;

/// How many bytes are held afterwards. Recordings that take nothing in any more have ended at some moment.
pub(super) fn let_go(
    connection: &mut Connection,
    limits: &Limits,
    now: Timestamp,
    ended: Option<Timestamp>,
    held: u64,
) -> Result<u64, StoreError> {
    let writing = || StoreError::sqlite("let go of old recordings");
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(writing())?;
    let mut gone = forget(&transaction, limits, now, held).map_err(writing())?;
    if ended.is_some_and(|ended| now.since(ended) >= limits.kept_ms) {
        gone += forget_the_last(&transaction).map_err(writing())?;
    }
    let held = held.saturating_sub(gone);
    if gone > 0 {
        transaction
            .execute("UPDATE position SET held = ?1", [held.cast_signed()])
            .map_err(writing())?;
    }
    transaction.commit().map_err(writing())?;
    Ok(held)
}

/// Lets go of what is too old, then of the oldest until what is left has room; how many bytes went. What is written now stays.
fn forget(
    transaction: &Transaction<'_>,
    limits: &Limits,
    now: Timestamp,
    held: u64,
) -> rusqlite::Result<u64> {
    let kept_from = now.plus_millis(-limits.kept_ms);
    let mut gone = 0;
    for _ in 0..DROPPED_AT_A_TIME {
        let oldest: Vec<(i64, i64)> = transaction
            .prepare_cached("SELECT block, at FROM keyframes ORDER BY block LIMIT 2")?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        let [(oldest, _), (_, next_at)] = oldest[..] else {
            break;
        };
        let why = if next_at <= kept_from.millis() {
            "age"
        } else if held.saturating_sub(gone) > limits.most_bytes {
            "size"
        } else {
            break;
        };
        gone += drop_segment(transaction, oldest)?;
        metrics::counter!("gulou_recordings_dropped_total", "why" => why).increment(1);
        gone += forget_told(transaction, next_at)?;
    }
    // Whatever segments are there: a quiet month is one.
    gone += forget_told(transaction, kept_from.millis())?;
    Ok(gone)
}

/// What was written last of all, once nothing else is left; whoever records again begins anew.
fn forget_the_last(transaction: &Transaction<'_>) -> rusqlite::Result<u64> {
    let left: Vec<i64> = transaction
        .prepare_cached("SELECT block FROM keyframes LIMIT 2")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let [last] = left[..] else {
        return Ok(0);
    };
    transaction.execute("UPDATE position SET begun = 0", [])?;
    metrics::counter!("gulou_recordings_dropped_total", "why" => "age").increment(1);
    drop_segment(transaction, last)
}

/// What is known of the time before a moment besides the picture; how many bytes of it count.
fn forget_told(transaction: &Transaction<'_>, before: i64) -> rusqlite::Result<u64> {
    for (sql, bound) in [
        (
            "DELETE FROM risen WHERE minute < ?1",
            before.div_euclid(MINUTE_MS),
        ),
        ("DELETE FROM gaps WHERE until < ?1", before),
    ] {
        transaction.prepare_cached(sql)?.execute([bound])?;
    }
    deleted(
        transaction,
        "DELETE FROM looks WHERE at < ?1 RETURNING length(bytes)",
        [before],
    )
}

/// Deletes what returns its length; how many bytes that were.
pub(super) fn deleted(
    connection: &Connection,
    sql: &str,
    which: impl rusqlite::Params,
) -> rusqlite::Result<u64> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(which)?;
    let mut gone = 0;
    while let Some(row) = rows.next()? {
        gone += row.get::<_, i64>(0)?.cast_unsigned();
    }
    Ok(gone)
}

/// A keyframe and what follows it; how many bytes they took.
pub(super) fn drop_segment(transaction: &Transaction<'_>, keyframe: i64) -> rusqlite::Result<u64> {
    let mut gone = 0;
    for sql in [
        "DELETE FROM keyframes WHERE block = ?1 RETURNING length(bytes)",
        "DELETE FROM changes WHERE keyframe = ?1 RETURNING length(bytes)",
    ] {
        gone += deleted(transaction, sql, [keyframe])?;
    }
    Ok(gone)
}
