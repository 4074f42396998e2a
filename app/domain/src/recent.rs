//! Which observations one thing has sent lately, in twelve bytes each: a city's readings of a day are hundreds of millions of ids.
//! Forgets whole generations, oldest first, and never one of the newest 4,096.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// At least so many of a thing's ids are kept (API.md, "Idempotency").
const KEPT: usize = 4_096;
/// Ids that are forgotten together.
const A_GENERATION: usize = 2_048;
/// Ids that wait to be put in order; looking through them costs no more than the search in the others.
const MOST_FRESH: usize = 8;
/// What is held of an observation that names none.
const USUAL_VERSION: u32 = 0;

/// What is remembered of an observation of a thing: enough to tell a duplicate from a conflict.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sent {
    /// Of the identity's 128 bits the first 64: within one thing as good as all.
    pub id: u64,
    pub version: u32,
    /// Of the content's 64 bits the first 32: what differs is a conflict, and one of four thousand million is missed.
    pub content: u32,
}

impl Sent {
    pub fn of(identity: u128, version: u32, content: u64) -> Self {
        Self {
            id: (identity >> 64) as u64,
            version,
            content: (content >> 32) as u32,
        }
    }
}

/// The ids one thing has sent lately.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct RecentIds {
    /// Oldest first; only the last one grows.
    generations: Vec<Generation>,
    /// Of those that have another than the usual version.
    versions: BTreeMap<u64, u32>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
struct Generation {
    newest: Timestamp,
    /// Ascending.
    sorted: Vec<Kept>,
    fresh: Vec<Kept>,
}

/// Id, in two halves so that nothing is filled up, and content.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
struct Kept([u32; 3]);

impl Kept {
    fn of(sent: Sent) -> Self {
        Self([(sent.id >> 32) as u32, sent.id as u32, sent.content])
    }

    fn id(self) -> u64 {
        u64::from(self.0[0]) << 32 | u64::from(self.0[1])
    }
}

impl Generation {
    fn len(&self) -> usize {
        self.sorted.len() + self.fresh.len()
    }

    fn find(&self, id: u64) -> Option<&Kept> {
        let place = self.sorted.binary_search_by_key(&id, |kept| kept.id());
        match place {
            Ok(place) => self.sorted.get(place),
            Err(_) => self.fresh.iter().find(|kept| kept.id() == id),
        }
    }

    fn find_mut(&mut self, id: u64) -> Option<&mut Kept> {
        let place = self.sorted.binary_search_by_key(&id, |kept| kept.id());
        match place {
            Ok(place) => self.sorted.get_mut(place),
            Err(_) => self.fresh.iter_mut().find(|kept| kept.id() == id),
        }
    }

    fn put(&mut self, kept: Kept, now: Timestamp) {
        self.newest = now;
        self.fresh.push(kept);
        if self.fresh.len() < MOST_FRESH {
            return;
        }
        self.fresh.sort_unstable();
        // No more room than there are ids: most things never send so many again.
        let mut joined = Vec::with_capacity(self.len());
        let mut fresh = self.fresh.drain(..).peekable();
        for kept in self.sorted.drain(..) {
            while let Some(next) = fresh.next_if(|next| *next < kept) {
                joined.push(next);
            }
            joined.push(kept);
        }
        joined.extend(fresh);
        self.sorted = joined;
    }
}

impl RecentIds {
    pub fn len(&self) -> usize {
        self.generations.iter().map(Generation::len).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.generations.is_empty()
    }

    pub fn find(&self, id: u64) -> Option<Sent> {
        let newest_first = self.generations.iter().rev();
        let kept = newest_first.filter_map(|one| one.find(id)).next()?;
        Some(Sent {
            id,
            version: self.versions.get(&id).copied().unwrap_or(USUAL_VERSION),
            content: kept.0[2],
        })
    }

    /// Remembers one that is not known yet.
    pub fn put(&mut self, sent: Sent, now: Timestamp) {
        self.note_version(sent);
        let full = |one: &Generation| one.len() >= A_GENERATION;
        if self.generations.last().is_none_or(full) {
            // Most things never need another.
            self.generations.reserve_exact(1);
            self.generations.push(Generation {
                newest: now,
                sorted: Vec::new(),
                fresh: Vec::new(),
            });
        }
        if let Some(last) = self.generations.last_mut() {
            last.put(Kept::of(sent), now);
        }
    }

    /// Takes a later version of one that is known.
    pub fn replace(&mut self, sent: Sent) {
        self.note_version(sent);
        let mut newest_first = self.generations.iter_mut().rev();
        if let Some(kept) = newest_first.find_map(|one| one.find_mut(sent.id)) {
            *kept = Kept::of(sent);
        }
    }

    fn note_version(&mut self, sent: Sent) {
        match sent.version {
            USUAL_VERSION => self.versions.remove(&sent.id),
            other => self.versions.insert(sent.id, other),
        };
    }

    /// Forgets what nothing was added to since a moment, as long as enough is left; how many ids that were.
    pub fn forget_before(&mut self, moment: Timestamp) -> u64 {
        let mut left = self.len();
        let mut forgotten = 0;
        while let Some(oldest) = self.generations.first() {
            if left - oldest.len() < KEPT || oldest.newest >= moment {
                break;
            }
            left -= oldest.len();
            forgotten += oldest.len() as u64;
            let gone = self.generations.remove(0);
            if !self.versions.is_empty() {
                for kept in gone.sorted.iter().chain(&gone.fresh) {
                    self.versions.remove(&kept.id());
                }
            }
        }
        forgotten
    }
}
