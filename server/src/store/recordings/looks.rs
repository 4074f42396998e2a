//! The log of views: what each window showed from when on, until it was left. Kept as long as the recordings and part of their size, and bounded for each account, so that
//! nobody pushes out what others saw.

use std::collections::BTreeMap;

use domain::time::Timestamp;
use domain::wire::past::SeatView;
use rusqlite::{Connection, OptionalExtension};

use super::super::StoreError;
use super::retention::deleted;
use super::stand::bad;

/// A page tells what it shows at least every few minutes; what was told longer ago than this is no longer on a screen.
const ON_SCREEN_MS: i64 = 12 * 60_000;
const MOST_TOLD: usize = 200;
/// Looking for what is too many costs more than one view.
const TRIMMED_EVERY: u32 = 64;

/// How many views each account told since it was looked whether they are too many. No larger than there are accounts.
#[derive(Default)]
pub(super) struct Told(BTreeMap<String, u32>);

impl Told {
    fn is_to_trim(&mut self, account: &str) -> bool {
        let count = self.0.entry(account.to_owned()).or_default();
        *count += 1;
        let is_due = *count >= TRIMMED_EVERY;
        if is_due {
            *count = 0;
        }
        is_due
    }
}

/// By how many bytes more is held.
pub(super) fn put(
    connection: &Connection,
    told: &mut Told,
    view: &SeatView,
    has_left: bool,
    most: u32,
) -> Result<i64, StoreError> {
    let writing = || StoreError::sqlite("write down a view");
    let bytes = postcard::to_allocvec(view).map_err(|error| StoreError::Encoding {
        doing: "encode a view",
        why: error.to_string(),
    })?;
    let more = bytes.len() as i64;
    connection
        .prepare_cached("INSERT INTO looks(at, account, page, window, has_left, bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
        .and_then(|mut statement| {
            let window = view.window.as_deref().unwrap_or_default();
            let at = view.at.millis();
            statement.execute((at, &view.account, &view.page, window, has_left, bytes))
        })
        .map_err(writing())?;
    if !told.is_to_trim(&view.account) {
        return Ok(more);
    }
    let gone = deleted(
        connection,
        "DELETE FROM looks WHERE look IN
           (SELECT look FROM looks WHERE account = ?1 ORDER BY at DESC, look DESC LIMIT -1 OFFSET ?2)
         RETURNING length(bytes)",
        (&view.account, most),
    )
    .map_err(writing())?;
    Ok(more - gone.cast_signed())
}

pub(super) fn at(
    connection: &Connection,
    at: Timestamp,
    of: &dyn Fn(&str) -> bool,
) -> Result<Vec<SeatView>, StoreError> {
    let reading = || StoreError::sqlite("read views");
    let mut statement = connection
        .prepare_cached(
            "SELECT look, account, bytes FROM looks AS one WHERE at <= ?1 AND at > ?2 AND has_left = 0
               AND NOT EXISTS (SELECT 1 FROM looks AS later WHERE later.account = one.account AND later.page = one.page
                               AND later.window = one.window AND later.at <= ?1 AND (later.at, later.look) > (one.at, one.look))
             ORDER BY at DESC",
        )
        .map_err(reading())?;
    let bounds = (at.millis(), at.millis() - ON_SCREEN_MS);
    let mut rows = statement.query(bounds).map_err(reading())?;
    let mut views = Vec::new();
    while let Some(row) = rows.next().map_err(reading())? {
        let account: String = row.get(1).map_err(reading())?;
        if !of(&account) {
            continue;
        }
        let bytes: Vec<u8> = row.get(2).map_err(reading())?;
        views.push(view(row.get(0).map_err(reading())?, &bytes)?);
        if views.len() == MOST_TOLD {
            break;
        }
    }
    Ok(views)
}

/// One of them by its number, as long as it is kept.
pub(super) fn one(connection: &Connection, look: u64) -> Result<Option<SeatView>, StoreError> {
    let bytes: Option<Vec<u8>> = connection
        .prepare_cached("SELECT bytes FROM looks WHERE look = ?1")
        .and_then(|mut statement| {
            let row = |row: &rusqlite::Row<'_>| row.get(0);
            statement.query_row([look.cast_signed()], row).optional()
        })
        .map_err(StoreError::sqlite("read a view"))?;
    bytes
        .map(|bytes| view(look.cast_signed(), &bytes))
        .transpose()
}

/// Its number is that of its row.
fn view(look: i64, bytes: &[u8]) -> Result<SeatView, StoreError> {
    let view: SeatView = postcard::from_bytes(bytes).map_err(|error| bad(error.to_string()))?;
    Ok(SeatView {
        view: look.cast_unsigned(),
        ..view
    })
}
