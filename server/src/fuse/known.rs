//! Which observations have been taken before. Reports and alarms are known for the journal's life;
//! readings and positions for 24 h and at least the last 4,096 of their thing.

use domain::ids::{EvidenceId, ThingId};
use domain::observation::{Body, Observation};
use domain::picture::{Picture, Taken};
use domain::recent::{RecentIds, Sent};
use domain::time::Timestamp;

const KEPT_MS: i64 = 24 * 60 * 60 * 1000;
/// Beyond this many ids of all things together the 24 h give way, never the 4,096 (about 150 MB).
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
    let (version, content) = (observation.version, observation.fingerprint.content);
    match thing_of(observation) {
        None => {
            let new = Taken {
                version,
                content,
                evidence: None,
            };
            take_lasting(picture, identity, new)
        }
        Some(thing) => {
            let known = &mut picture.known;
            let recent = known.recent.entry(thing.clone()).or_default();
            let (seen, grew) = take_recent(recent, Sent::of(identity, version, content), now);
            if grew {
                let full = known.recent_count >= MOST_RECENT;
                let old = if full { now } else { now.plus_millis(-KEPT_MS) };
                known.recent_count = known.recent_count + 1 - recent.forget_before(old);
            }
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

fn judge<C: PartialEq>(before: (u32, C), new: (u32, C)) -> Option<Seen> {
    if new.0 > before.0 {
        return None;
    }
    // An older version than the one we have is old news, whatever it says.
    if new.0 < before.0 || new.1 == before.1 {
        return Some(Seen::Again);
    }
    Some(Seen::Conflict)
}

fn take_lasting(picture: &mut Picture, identity: u128, new: Taken) -> Seen {
    let lasting = &mut picture.known.lasting;
    let evidence = match lasting.get(&identity) {
        Some(before) => {
            let seen = judge((before.version, before.content), (new.version, new.content));
            match seen {
                Some(seen) => return seen,
                None => before.evidence,
            }
        }
        None => None,
    };
    lasting.insert(identity, Taken { evidence, ..new });
    Seen::New(evidence)
}

fn take_recent(recent: &mut RecentIds, new: Sent, now: Timestamp) -> (Seen, bool) {
    let Some(before) = recent.find(new.id) else {
        recent.put(new, now);
        return (Seen::New(None), true);
    };
    let seen = judge((before.version, before.content), (new.version, new.content));
    if seen.is_none() {
        recent.replace(new);
    }
    (seen.unwrap_or(Seen::New(None)), false)
}
