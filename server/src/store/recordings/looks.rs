//! The log of views: what each page showed from when on. Kept as long as the recordings, and bounded besides.

use domain::time::Timestamp;
use domain::wire::past::SeatView;
use rusqlite::Connection;

use super::super::StoreError;
use super::stand::bad;

/// Of all seats together: a busy room of a hundred for thirty days.
const MOST: i64 = 1_000_000;
/// A page tells what it shows at least every few minutes; what was told longer ago than this is no longer on a screen.
const ON_SCREEN_MS: i64 = 12 * 60_000;
const MOST_TOLD: usize = 200;

pub(super) fn put(connection: &Connection, view: &SeatView) -> Result<(), StoreError> {
    let writing = || StoreError::sqlite("write down a view");
    let bytes = postcard::to_allocvec(view).map_err(|error| StoreError::Encoding {
        doing: "encode a view",
        why: error.to_string(),
    })?;
    connection
        .prepare_cached("INSERT INTO looks(at, account, page, bytes) VALUES (?1, ?2, ?3, ?4)")
        .and_then(|mut statement| {
            statement.execute((view.at.millis(), &view.account, &view.page, bytes))
        })
        .map_err(writing())?;
    let newest = connection.last_insert_rowid();
    connection
        .prepare_cached("DELETE FROM looks WHERE look <= ?1")
        .and_then(|mut statement| statement.execute([newest - MOST]))
        .map_err(writing())?;
    Ok(())
}

pub(super) fn at(
    connection: &Connection,
    at: Timestamp,
    account: Option<&str>,
) -> Result<Vec<SeatView>, StoreError> {
    let reading = || StoreError::sqlite("read views");
    let mut statement = connection
        .prepare_cached(
            "SELECT bytes FROM looks AS one WHERE at <= ?1 AND at > ?2 AND (?3 IS NULL OR account = ?3)
               AND NOT EXISTS (SELECT 1 FROM looks AS later WHERE later.account = one.account AND later.page = one.page
                               AND later.at <= ?1 AND (later.at, later.look) > (one.at, one.look))
             ORDER BY at DESC",
        )
        .map_err(reading())?;
    let bounds = (at.millis(), at.millis() - ON_SCREEN_MS, account);
    let mut rows = statement.query(bounds).map_err(reading())?;
    let mut views = Vec::new();
    while let Some(row) = rows.next().map_err(reading())? {
        let bytes: Vec<u8> = row.get(0).map_err(reading())?;
        views.push(postcard::from_bytes(&bytes).map_err(|error| bad(error.to_string()))?);
        if views.len() == MOST_TOLD {
            break;
        }
    }
    Ok(views)
}
