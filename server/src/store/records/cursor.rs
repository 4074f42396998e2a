//! Where a list goes on: the position all its pages are as of, the last row given, and which query it belongs to.
//! Opaque to clients, and harmless when forged: it can only name a place in a list its holder may read anyway.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::ids::{BlockNumber, IncidentId};
use domain::policy::Audience;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Position;
use super::query::{IncidentQuery, QueryError};

/// Longest text that is looked at; ours are about half.
const LONGEST: usize = 128;

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Cursor {
    pub(super) birth: i64,
    pub(super) position: BlockNumber,
    /// The moment against which "overdue" was meant on the first page.
    pub(super) overdue_at: Option<Timestamp>,
    pub(super) after: Key,
    query: [u8; 8],
}

/// A row's place in the list.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub(super) struct Key {
    pub(super) from_block: BlockNumber,
    pub(super) id: IncidentId,
}

impl Cursor {
    pub(super) fn after(
        key: Key,
        position: &Position,
        query: &IncidentQuery,
        audience: &Audience,
    ) -> Self {
        Self {
            birth: position.birth,
            position: position.applied,
            overdue_at: query.overdue_at,
            after: key,
            query: mark_of(query, audience),
        }
    }

    pub(super) fn read(
        text: &str,
        now: &Position,
        query: &IncidentQuery,
        audience: &Audience,
    ) -> Result<Self, QueryError> {
        if text.len() > LONGEST {
            return Err(QueryError::CursorUnreadable);
        }
        let bytes = URL_SAFE_NO_PAD
            .decode(text)
            .map_err(|_| QueryError::CursorUnreadable)?;
        let (cursor, rest) =
            postcard::take_from_bytes::<Self>(&bytes).map_err(|_| QueryError::CursorUnreadable)?;
        if !rest.is_empty() || cursor.after.from_block > cursor.position {
            return Err(QueryError::CursorUnreadable);
        }
        if cursor.query != mark_of(query, audience) {
            return Err(QueryError::CursorOfAnotherQuery);
        }
        let known = now.pruned_to..=now.applied;
        if cursor.birth != now.birth || !known.contains(&cursor.position) {
            return Err(QueryError::CursorTooOld);
        }
        Ok(cursor)
    }

    pub(super) fn text(self) -> String {
        let bytes = postcard::to_allocvec(&self).expect("plain numbers encode");
        URL_SAFE_NO_PAD.encode(bytes)
    }
}

/// Tells queries apart: everything but the page's size, the cursor, and the moment of "overdue".
fn mark_of(query: &IncidentQuery, audience: &Audience) -> [u8; 8] {
    let mut plain = query.clone();
    plain.limit = 0;
    plain.cursor = None;
    plain.overdue_at = query.overdue_at.map(|_| Timestamp::MIN);
    let sum: [u8; 32] = Sha256::digest(format!("{plain:?} {audience:?}")).into();
    *sum.split_first_chunk::<8>().expect("32 bytes hold 8").0
}
