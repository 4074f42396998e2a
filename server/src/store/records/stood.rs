//! Which alarms stood when: from being raised to being cleared, by the clock of the blocks, practice left out. What has
//! ended is kept for as long as figures look back. Does not depend on how many blocks are taken in at once.

use std::sync::Arc;

use domain::alarm::Alarm;
use domain::course::{AlarmFacets, Phase};
use domain::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, Transaction};

use super::super::StoreError;
use super::courses::PHASES_KEPT_MS;
use super::outdated::Numbered;

/// And at most so many that have ended, the oldest gone first: figures of before are then not known.
pub(super) const MOST_ENDED: i64 = 100_000;

/// Ends what an alarm was counted under, if that is otherwise now, and begins another while it stands.
pub(super) fn changed(
    transaction: &Transaction<'_>,
    now: Timestamp,
    alarm: &Arc<Alarm>,
) -> Result<(), StoreError> {
    let writing = || StoreError::sqlite("write how an alarm stands");
    let id = alarm.id.bits().cast_signed();
    let stands = AlarmFacets::standing(alarm);
    let stood: Option<Columns> = transaction
        .prepare_cached(
            "SELECT from_at, NULL, severity, category FROM alarms_standing WHERE alarm = ?1",
        )
        .and_then(|mut statement| statement.query_row([id], Columns::of).optional())
        .map_err(writing())?;
    if let Some(stood) = stood {
        if stands.is_some_and(|facets| stood.is(facets)) {
            return Ok(());
        }
        transaction
            .prepare_cached("DELETE FROM alarms_standing WHERE alarm = ?1")
            .and_then(|mut statement| statement.execute([id]))
            .map_err(writing())?;
        // What lasted no time was never so for anybody.
        if stood.from_at < now.millis() {
            transaction
                .prepare_cached(
                    "INSERT INTO alarms_stood(from_at, to_at, severity, category) VALUES (?1, ?2, ?3, ?4)",
                )
                .and_then(|mut statement| {
                    let ended = (stood.from_at, now.millis(), stood.severity, stood.category);
                    statement.execute(ended)
                })
                .map_err(writing())?;
        }
    }
    if let Some(facets) = stands {
        let category = facets.category.map(|code| code.to_string());
        transaction
            .prepare_cached(
                "INSERT INTO alarms_standing(alarm, from_at, severity, category) VALUES (?1, ?2, ?3, ?4)",
            )
            .and_then(|mut statement| {
                statement.execute((id, now.millis(), facets.severity.level(), category))
            })
            .map_err(writing())?;
    }
    Ok(())
}

/// Ended ones have numbers in the order of their ends, as the clock of the blocks never goes back.
pub(super) fn prune(
    transaction: &Transaction<'_>,
    now: Timestamp,
    at_a_time: i64,
    most: i64,
) -> rusqlite::Result<()> {
    let rows = Numbered {
        table: "alarms_stood",
        moment: "to_at",
    };
    let until = rows.prune(
        transaction,
        now.plus_millis(-PHASES_KEPT_MS),
        at_a_time,
        most,
    )?;
    if let Some(until) = until {
        transaction
            .prepare_cached("UPDATE position SET alarms_from = max(ifnull(alarms_from, ?1), ?1)")?
            .execute([until])?;
    }
    Ok(())
}

/// From when on it is known which alarms stood; None if something began it all.
pub(super) fn known_from(connection: &Connection) -> Result<Option<Timestamp>, StoreError> {
    let from: Option<i64> = connection
        .prepare_cached("SELECT max(begun_at, ifnull(alarms_from, begun_at)) FROM position")
        .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
        .map_err(StoreError::sqlite("read the records' position"))?;
    Ok(from.map(Timestamp::from_millis))
}

/// What stood at any moment since, and what stands.
pub(super) fn phases(
    connection: &Connection,
    since: Timestamp,
) -> Result<Vec<Phase<AlarmFacets>>, StoreError> {
    let reading = || StoreError::sqlite("read how alarms stood");
    let mut statement = connection
        .prepare_cached(
            "SELECT from_at, to_at, severity, category FROM alarms_stood WHERE to_at > ?1
             UNION ALL SELECT from_at, NULL, severity, category FROM alarms_standing",
        )
        .map_err(reading())?;
    let rows = statement
        .query_map([since.millis()], Columns::of)
        .map_err(reading())?;
    let mut found = Vec::new();
    for row in rows {
        let columns = row.map_err(reading())?;
        found.push(columns.phase().map_err(|why| StoreError::BadRecord {
            what: "phase of an alarm",
            why,
        })?);
    }
    Ok(found)
}

struct Columns {
    from_at: i64,
    to_at: Option<i64>,
    severity: u8,
    category: Option<String>,
}

impl Columns {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            from_at: row.get(0)?,
            to_at: row.get(1)?,
            severity: row.get(2)?,
            category: row.get(3)?,
        })
    }

    fn is(&self, facets: AlarmFacets) -> bool {
        self.severity == facets.severity.level()
            && self.category == facets.category.map(|code| code.to_string())
    }

    fn phase(self) -> Result<Phase<AlarmFacets>, String> {
        let category = self.category.map(|code| code.parse()).transpose();
        Ok(Phase {
            from: Timestamp::from_millis(self.from_at),
            to: self.to_at.map(Timestamp::from_millis),
            facets: AlarmFacets {
                category: category.map_err(|error: domain::ids::IdError| error.to_string())?,
                severity: self
                    .severity
                    .try_into()
                    .map_err(|error: domain::ids::IdError| error.to_string())?,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use domain::alarm::{AlarmCause, AlarmState};
    use domain::category::Severity;
    use domain::ids::{AlarmId, ObservationId};
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::super::super::samples::{category, minute, source};
    use super::super::schema;
    use super::*;

    /// A record of nothing, begun at minute 0.
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

    #[derive(Clone, Debug)]
    struct Said {
        alarm: u32,
        state: usize,
        severity: usize,
        category: &'static str,
    }

    impl Said {
        /// Every fourth alarm is practice.
        fn alarm(&self) -> Arc<Alarm> {
            Arc::new(Alarm {
                category: Some(category(self.category)),
                state: AlarmState::ALL[self.state],
                drill: self.alarm.is_multiple_of(4),
                ..Alarm::risen(
                    AlarmId::new(1, self.alarm),
                    source(),
                    AlarmCause::Source(ObservationId::new("A-1").expect("a plain id")),
                    Severity::ALL[self.severity],
                    minute(0),
                )
            })
        }
    }

    fn said() -> impl Strategy<Value = Said> {
        let category = prop_oneof![4 => Just("E0403"), 1 => Just("E0406")];
        (0..8_u32, 0..AlarmState::ALL.len(), 0..2_usize, category).prop_map(
            |(alarm, state, severity, category)| Said {
                alarm,
                state,
                severity,
                category,
            },
        )
    }

    fn counted(phases: &[Phase<AlarmFacets>], at: Timestamp) -> Vec<AlarmFacets> {
        let standing = phases.iter().filter(|phase| phase.is_at(at));
        let mut found: Vec<AlarmFacets> = standing.map(|phase| phase.facets).collect();
        found.sort_by_key(|facets| (facets.severity, facets.category));
        found
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        /// At every moment of which that is known, exactly those stood that stood then, with their kind and level of then;
        /// what is dropped for want of room is said to be unknown, and nothing else is.
        #[test]
        fn what_stood_is_known_exactly_or_not_at_all(blocks in vec(vec(said(), 0..6), 1..30), room in 3..40_i64) {
            let mut connection = begun();
            let mut current: BTreeMap<AlarmId, Arc<Alarm>> = BTreeMap::new();
            let mut stood = Vec::new();
            for (number, block) in blocks.iter().enumerate() {
                // Two blocks share each minute, as blocks may share a moment.
                let now = minute(number as u64 / 2);
                let transaction = connection.transaction().expect("begins");
                for said in block {
                    changed(&transaction, now, &said.alarm()).expect("written");
                    current.insert(said.alarm().id, said.alarm());
                }
                prune(&transaction, now, 1_000, room).expect("pruned");
                transaction.commit().expect("kept");
                let mut facets: Vec<AlarmFacets> =
                    current.values().filter_map(|alarm| AlarmFacets::standing(alarm)).collect();
                facets.sort_by_key(|facets| (facets.severity, facets.category));
                stood.retain(|(at, _)| *at != now);
                stood.push((now, facets));
            }
            let from = known_from(&connection).expect("read").expect("it has begun");
            let phases = phases(&connection, minute(0)).expect("read");
            let ended = phases.iter().filter(|phase| phase.to.is_some()).count();
            prop_assert!(ended as i64 <= room);
            prop_assert!(from == minute(0) || ended as i64 == room);
            for (at, expected) in stood.into_iter().filter(|(at, _)| *at >= from) {
                prop_assert_eq!(counted(&phases, at), expected, "at {:?} of {:?}", at, from);
            }
        }
    }

    #[test]
    fn alarms_that_ended_more_than_two_days_ago_are_let_go_of() {
        let mut connection = begun();
        let said = |alarm, state| Said {
            alarm,
            state,
            severity: 0,
            category: "E0403",
        };
        let (active, cleared) = (1, 3);
        let steps = [
            (0, said(1, active)),
            (0, said(2, active)),
            (60, said(1, cleared)),
            (3_200, said(2, cleared)),
        ];
        for (at, said) in steps {
            let transaction = connection.transaction().expect("begins");
            changed(&transaction, minute(at), &said.alarm()).expect("written");
            prune(&transaction, minute(at), 1_000, MOST_ENDED).expect("pruned");
            transaction.commit().expect("kept");
        }
        let phases = phases(&connection, minute(0)).expect("read");
        assert_eq!(
            phases.len(),
            1,
            "the one that ended lately, whenever it began"
        );
        assert_eq!(counted(&phases, minute(3_199)).len(), 1);
        assert_eq!(known_from(&connection).expect("read"), Some(minute(60)));
    }
}
