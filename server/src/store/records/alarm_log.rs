//! The log of alarms: when operators were called and what was done, one line each, for as long as figures of load look back.
//! Practice and what is of long ago leave no line. Does not depend on how many blocks are taken in at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::alarm::Alarm;
use domain::alarm::load::{self, Entry, LogChoice};
use domain::ids::AlarmId;
use domain::time::Timestamp;
use rusqlite::{Connection, Transaction};

use super::super::StoreError;
use super::outdated::Numbered;
use super::{decoded, encoded, one};

/// Two months of days are compared with the two before.
pub(super) const KEPT_MS: i64 = 62 * 24 * 60 * 60 * 1000;
/// And at most so many lines, about 150 bytes each, the oldest gone first.
pub(super) const MOST_LINES: i64 = 500_000;

/// Lines of the log, and from when on it is complete.
#[derive(Clone, PartialEq, Debug)]
pub struct Lines {
    pub lines: Vec<Entry>,
    /// None: from the beginning of all records on.
    pub known_from: Option<Timestamp>,
}

/// Writes what the changes of some alarms come to, in their order. To be called before the table of alarms has them.
pub(super) fn follow(
    transaction: &Transaction<'_>,
    ends: &[(Timestamp, Arc<Alarm>)],
) -> Result<(), StoreError> {
    let writing = || StoreError::sqlite("write the log of alarms");
    let mut known: BTreeMap<AlarmId, Arc<Alarm>> = BTreeMap::new();
    let mut insert = transaction
        .prepare_cached("INSERT INTO alarm_log(at, body) VALUES (?1, ?2)")
        .map_err(writing())?;
    for (now, alarm) in ends {
        let before = match known.get(&alarm.id) {
            Some(known) => Some(known.clone()),
            None => one(
                transaction,
                "alarm",
                "SELECT body FROM alarms WHERE id = ?1",
                alarm.id.bits().cast_signed(),
            )?
            .map(Arc::new),
        };
        for line in load::entries(before.as_deref(), alarm, *now) {
            let body = encoded("encode a line of the log of alarms", &line)?;
            insert.execute((now.millis(), body)).map_err(writing())?;
        }
        known.insert(alarm.id, alarm.clone());
    }
    Ok(())
}

/// Lines have numbers in the order of their moments, as the clock of the blocks never goes back.
pub(super) fn prune(
    transaction: &Transaction<'_>,
    now: Timestamp,
    at_a_time: i64,
    most: i64,
) -> rusqlite::Result<()> {
    let rows = Numbered {
        table: "alarm_log",
        moment: "at",
    };
    let last = rows.prune(transaction, now.plus_millis(-KEPT_MS), at_a_time, most)?;
    if let Some(last) = last {
        // Of the moment of the last that is gone others may be gone, too.
        transaction
            .prepare_cached(
                "INSERT INTO alarm_log_from(only_one, at) VALUES (1, ?1)
                 ON CONFLICT(only_one) DO UPDATE SET at = excluded.at",
            )?
            .execute([last + 1])?;
    }
    Ok(())
}

/// The lines of a choice by time, the newest `most` of them.
pub(super) fn lines(
    connection: &Connection,
    choice: &LogChoice,
    most: usize,
) -> Result<Lines, StoreError> {
    let reading = || StoreError::sqlite("read the log of alarms");
    let mut statement = connection
        .prepare_cached(
            "SELECT body FROM alarm_log WHERE at >= ?1 AND at < ?2 ORDER BY number DESC",
        )
        .map_err(reading())?;
    let since = choice.since.unwrap_or(Timestamp::MIN).millis();
    let until = choice.until.unwrap_or(Timestamp::MAX).millis();
    let mut rows = statement.query((since, until)).map_err(reading())?;
    let mut lines = Vec::new();
    while let Some(row) = rows.next().map_err(reading())? {
        let body = row.get_ref(0).and_then(|value| Ok(value.as_blob()?));
        let line: Entry = decoded("line of the log of alarms", body.map_err(reading())?)?;
        if choice.fits(&line) {
            lines.push(line);
            if lines.len() == most {
                break;
            }
        }
    }
    lines.reverse();
    Ok(Lines {
        lines,
        known_from: known_from(connection)?,
    })
}

/// From when on nothing is missing.
fn known_from(connection: &Connection) -> Result<Option<Timestamp>, StoreError> {
    let from: Option<i64> = connection
        .prepare_cached(
            "SELECT max(ifnull((SELECT at FROM alarm_log_from), begun_at), begun_at) FROM position",
        )
        .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
        .map_err(StoreError::sqlite("read the records' position"))?;
    Ok(from.map(Timestamp::from_millis))
}

#[cfg(test)]
mod tests {
    use domain::alarm::load::What;
    use domain::alarm::{AlarmCause, AlarmState};
    use domain::category::Severity;
    use domain::ids::{BlockNumber, ObservationId};

    use super::super::super::samples::{minute, source};
    use super::super::schema;
    use super::*;

    fn begun() -> Connection {
        let connection = Connection::open_in_memory().expect("opens");
        connection.execute_batch(schema::TABLES).expect("made");
        connection
            .execute(
                "INSERT INTO position(only_one, applied, now, pruned_to, life, birth, names, begun_at)
                 VALUES (1, 0, 0, 0, '', 0, x'', ?1)",
                [minute(0).millis()],
            )
            .expect("begun");
        connection
    }

    fn risen(number: u64, at: u64) -> Alarm {
        Alarm::risen(
            AlarmId::new(number, 0),
            source(),
            AlarmCause::Source(ObservationId::new("A-1").expect("a plain id")),
            Severity::Severe,
            minute(at),
        )
    }

    fn written(connection: &mut Connection, ends: &[(Timestamp, Alarm)], most: i64) {
        let ends: Vec<(Timestamp, Arc<Alarm>)> = ends
            .iter()
            .map(|(at, one)| (*at, Arc::new(one.clone())))
            .collect();
        let transaction = connection.transaction().expect("begins");
        follow(&transaction, &ends).expect("written");
        let now = ends.last().expect("some").0;
        prune(&transaction, now, 1_000, most).expect("pruned");
        for (_, alarm) in &ends {
            let body = encoded("an alarm", &**alarm).expect("encoded");
            transaction
                .execute(
                    "INSERT OR REPLACE INTO alarms(id, active, severity, source, drill, body) VALUES (?1, 1, 1, 'x', 0, ?2)",
                    (alarm.id.bits().cast_signed(), body),
                )
                .expect("kept");
        }
        transaction.commit().expect("kept");
    }

    #[test]
    fn what_happened_is_in_the_log_however_many_blocks_come_at_once() {
        let first = risen(1, 0);
        let cleared = Alarm {
            state: AlarmState::ClearedUnacknowledged,
            cleared_at: Some(minute(3)),
            ..first.clone()
        };
        let again = Alarm {
            state: AlarmState::ActiveUnacknowledged,
            cleared_at: None,
            told_in: BlockNumber(7),
            told_at: minute(5),
            ..first.clone()
        };
        let ends = [(minute(0), first), (minute(3), cleared), (minute(5), again)];
        let whats = |connection: &Connection| -> Vec<(Timestamp, What)> {
            let found = lines(connection, &LogChoice::default(), 100).expect("read");
            found.lines.iter().map(|one| (one.at, one.what)).collect()
        };
        let expected = [
            (minute(0), What::Told),
            (minute(3), What::Cleared),
            (minute(5), What::Told),
        ];
        let mut together = begun();
        written(&mut together, &ends, MOST_LINES);
        assert_eq!(whats(&together), expected);
        let mut apart = begun();
        for end in ends {
            written(&mut apart, &[end], MOST_LINES);
        }
        assert_eq!(whats(&apart), expected);
        let told = LogChoice {
            what: Some(What::Told),
            until: Some(minute(5)),
            ..LogChoice::default()
        };
        assert_eq!(lines(&apart, &told, 100).expect("read").lines.len(), 1);
    }

    #[test]
    fn what_is_let_go_of_is_said_to_be_unknown() {
        let mut connection = begun();
        for number in 0..10 {
            written(
                &mut connection,
                &[(minute(number), risen(number + 1, number))],
                4,
            );
        }
        let found = lines(&connection, &LogChoice::default(), 100).expect("read");
        let from = found.known_from.expect("something began it all");
        assert_eq!(found.lines.len(), 4);
        assert!(from > minute(5) && from < minute(6), "{from:?}");
        let newest = lines(&connection, &LogChoice::default(), 2).expect("read");
        assert_eq!(newest.lines[0].at, minute(8));
        let long_after = 63 * 24 * 60;
        written(
            &mut connection,
            &[(minute(long_after), risen(99, long_after))],
            4,
        );
        assert_eq!(
            lines(&connection, &LogChoice::default(), 100)
                .expect("read")
                .lines
                .len(),
            1
        );
    }
}
