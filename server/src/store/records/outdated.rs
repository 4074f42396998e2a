//! Rows with numbers in the order of their moments, of which the oldest go: those beyond a horizon, and those beyond so many.

use domain::time::Timestamp;
use rusqlite::Transaction;

/// A table and the column of its moments; names of ours, never of anybody who asks.
#[derive(Clone, Copy)]
pub(super) struct Numbered {
    pub table: &'static str,
    pub moment: &'static str,
}

impl Numbered {
    /// Lets go of at most `at_a_time`; the moment of the last that is gone, if one is.
    pub(super) fn prune(
        self,
        transaction: &Transaction<'_>,
        horizon: Timestamp,
        at_a_time: i64,
        most: i64,
    ) -> rusqlite::Result<Option<i64>> {
        let Self { table, moment } = self;
        let newest: Option<i64> = transaction
            .prepare_cached(&format!("SELECT max(number) FROM {table}"))?
            .query_row([], |row| row.get(0))?;
        let Some(newest) = newest else {
            return Ok(None);
        };
        let mut statement = transaction.prepare_cached(&format!(
            "DELETE FROM {table} WHERE number IN (
                 SELECT number FROM {table} ORDER BY number LIMIT ?1
             ) AND ({moment} < ?2 OR number <= ?3) RETURNING {moment}"
        ))?;
        let values = (at_a_time, horizon.millis(), newest - most);
        let gone = statement.query_map(values, |row| row.get::<_, i64>(0))?;
        let mut last = None;
        for at in gone {
            last = last.max(Some(at?));
        }
        Ok(last)
    }
}
