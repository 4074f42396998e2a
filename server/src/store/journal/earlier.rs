//! Takes over a journal of version 1, whose audit table was a plain list of what had been cut.

use domain::audit::{Note, What, Who};
use domain::time::Timestamp;
use rusqlite::{Connection, TransactionBehavior};

use super::super::StoreError;
use super::super::audit::{self, Chain};

pub(in super::super) const VERSION: i32 = 1;

/// All of it, or nothing. Blocks and vault stay as they are.
pub(super) fn take_over(connection: &mut Connection) -> Result<(), StoreError> {
    let taking = || StoreError::sqlite("take over an earlier journal");
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(taking())?;
    let (last, last_now): (i64, i64) = transaction
        .query_row(
            "SELECT ifnull(max(number), 0), ifnull(max(now), 0) FROM blocks",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .map_err(taking())?;
    let losses: Vec<(i64, String)> = transaction
        .prepare("SELECT at, what FROM audit ORDER BY entry")
        .and_then(|mut statement| {
            statement
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        })
        .map_err(taking())?;
    transaction
        .execute_batch("DROP TABLE audit")
        .and_then(|()| transaction.execute_batch(audit::TABLE))
        .map_err(taking())?;
    let mut chain = Chain::START;
    for (at, what) in losses {
        // Those blocks are of before the chain.
        let note = Note::new(Who::CommandLine, What::Loss, "", what);
        chain = chain
            .append(&transaction, &[note], Timestamp::from_millis(at))
            .map_err(taking())?;
    }
    let begun = Note::new(
        Who::Server,
        What::Begun,
        last,
        "what was done up to this block is in the journal alone",
    );
    chain
        .append(&transaction, &[begun], Timestamp::from_millis(last_now))
        .map_err(taking())?;
    transaction
        .pragma_update(None, "user_version", super::VERSION)
        .map_err(taking())?;
    transaction.commit().map_err(taking())
}
