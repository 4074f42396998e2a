//! Which token of the vault belongs to which incident: how it is found whose time has come, and what nobody refers to.

use domain::ids::VaultToken;
use domain::incident::Evidence;
use domain::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use super::super::StoreError;
use super::query::QueryError;

/// A piece that was revised may have a caller of its own; the one before is nobody's then.
pub(super) fn put(
    connection: &Connection,
    evidence: &Evidence,
    token: &VaultToken,
) -> rusqlite::Result<()> {
    let (piece, incident) = (
        evidence.id.bits().cast_signed(),
        evidence.incident.bits().cast_signed(),
    );
    connection
        .prepare_cached("DELETE FROM reporters WHERE evidence = ?1 AND token <> ?2")?
        .execute((piece, token.as_str()))?;
    connection
        .prepare_cached(
            "INSERT INTO reporters(token, evidence, incident) VALUES (?1, ?2, ?3)
             ON CONFLICT(token) DO UPDATE SET evidence = excluded.evidence, incident = excluded.incident",
        )?
        .execute((token.as_str(), piece, incident))?;
    Ok(())
}

pub(super) fn forget(connection: &mut Connection, tokens: &[VaultToken]) -> Result<(), StoreError> {
    let forgetting = || StoreError::sqlite("forget reporters");
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(forgetting())?;
    for token in tokens {
        transaction
            .prepare_cached("DELETE FROM reporters WHERE token = ?1")
            .and_then(|mut statement| statement.execute([token.as_str()]))
            .map_err(forgetting())?;
    }
    transaction.commit().map_err(forgetting())
}

/// Those whose incident ended at a moment or before.
pub(super) fn ended_by(
    connection: &Connection,
    moment: Timestamp,
    most: usize,
) -> Result<Vec<VaultToken>, QueryError> {
    let reading = || StoreError::sqlite("look for reporters whose time has come");
    let mut statement = connection
        .prepare_cached(
            "SELECT reporters.token FROM reporters CROSS JOIN incidents ON incidents.id = reporters.incident
             WHERE incidents.open = 0 AND incidents.closed_at <= ?1 LIMIT ?2",
        )
        .map_err(reading())?;
    let rows = statement
        .query_map(
            (moment.millis(), i64::try_from(most).unwrap_or(i64::MAX)),
            |row| row.get::<_, String>(0),
        )
        .map_err(reading())?;
    let mut tokens = Vec::new();
    for row in rows {
        tokens.extend(VaultToken::new(&row.map_err(reading())?));
    }
    Ok(tokens)
}

/// Of some tokens those that no piece of evidence has.
pub(super) fn unknown_of(
    connection: &Connection,
    tokens: &[VaultToken],
) -> Result<Vec<VaultToken>, QueryError> {
    let reading = || StoreError::sqlite("look for reporters that nothing refers to");
    let mut statement = connection
        .prepare_cached("SELECT 1 FROM reporters WHERE token = ?1")
        .map_err(reading())?;
    let mut unknown = Vec::new();
    for token in tokens {
        let known: Option<i64> = statement
            .query_row([token.as_str()], |row| row.get(0))
            .optional()
            .map_err(reading())?;
        if known.is_none() {
            unknown.push(token.clone());
        }
    }
    Ok(unknown)
}
