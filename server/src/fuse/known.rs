//! Which observations have been taken before. Reports and alarms are known for the journal's life;
//! readings and positions for 24 h and at least the last 4,096 of their thing.

use domain::ids::{EvidenceId, ThingId};
use domain::observation::{Body, Observation};
use domain::picture::{Picture, RecentIds, Taken};
use domain::time::Timestamp;

const KEPT_MS: i64 = 24 * 60 * 60 * 1000;
const KEPT_IDS: usize = 4_096;
/// Beyond this many ids of all things together the 24 h give way, never the 4,096 (about 1 GB).
const MOST_RECENT: u64 = 12_000_000;

pub enum Seen {
    /// Never seen, or a newer version; with the evidence its earlier version became.
    New(Option<EvidenceId>),
    Again,
    Conflict,
}

/// Looks an observation up and remembers it.
pub fn take(picture: &mut Picture, observation: &Observation, now: Timestamp) -> Seen {
    let identity = observation.fingerprint.identity;
    let new = Taken {
        version: observation.version,
        content: observation.fingerprint.content,
        evidence: None,
    };
    match thing_of(observation) {
        None => take_lasting(picture, identity, new),
        Some(thing) => {
            let known = &mut picture.known;
            let recent = known.recent.entry(thing.clone()).or_default();
            let (seen, grew) = take_recent(recent, identity, new, now);
            known.recent_count += u64::from(grew);
            let dropped = forget(recent, now, known.recent_count > MOST_RECENT);
            known.recent_count -= dropped;
            seen
        }
    }
}

/// The piece of evidence an observation became, for a later version to correct.
pub fn became(picture: &mut Picture, observation: &Observation, evidence: EvidenceId) {
    if let Some(taken) = picture
        .known
        .lasting
        .get_mut(&observation.fingerprint.identity)
    {
        taken.evidence = Some(evidence);
    }
}

fn thing_of(observation: &Observation) -> Option<&ThingId> {
    match &observation.body {
        Body::Reading { thing, .. } | Body::Position { thing, .. } => Some(thing),
        Body::Report { .. } | Body::Alarm { .. } | Body::Clear { .. } => None,
    }
}

fn judge(before: Taken, new: Taken) -> Option<Seen> {
    if new.version > before.version {
        return None;
    }
    // An older version than the one we have is old news, whatever it says.
    if new.version < before.version || new.content == before.content {
        return Some(Seen::Again);
    }
    Some(Seen::Conflict)
}

fn take_lasting(picture: &mut Picture, identity: u128, new: Taken) -> Seen {
    let lasting = &mut picture.known.lasting;
    let evidence = match lasting.get(&identity) {
        Some(before) => match judge(*before, new) {
            Some(seen) => return seen,
            None => before.evidence,
        },
        None => None,
    };
    lasting.insert(identity, Taken { evidence, ..new });
    Seen::New(evidence)
}

fn take_recent(recent: &mut RecentIds, identity: u128, new: Taken, now: Timestamp) -> (Seen, bool) {
    if let Some(before) = recent.taken.get_mut(&identity) {
        return match judge(*before, new) {
            Some(seen) => (seen, false),
            None => {
                *before = new;
                (Seen::New(None), false)
            }
        };
    }
    recent.taken.insert(identity, new);
    recent.order.push_back((now, identity));
    (Seen::New(None), true)
}

/// Drops what is both older than 24 h and beyond the last 4,096; returns how many.
fn forget(recent: &mut RecentIds, now: Timestamp, full: bool) -> u64 {
    let mut dropped = 0;
    while recent.order.len() > KEPT_IDS {
        let Some((taken_at, identity)) = recent.order.front().copied() else {
            break;
        };
        if now.since(taken_at) <= KEPT_MS && !full {
            break;
        }
        recent.order.pop_front();
        recent.taken.remove(&identity);
        dropped += 1;
    }
    dropped
}
