//! Which observations one thing has sent lately, in twelve bytes each: a city's readings of a day are hundreds of millions of ids.
//! Forgets whole generations, oldest first, and never one of the newest 4,096.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, Serializer};

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

#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(from = "Written<Vec<Kept>>")]
struct Generation {
    newest: Timestamp,
    /// First those in order, ascending, then the fresh: one list, for each thing of a city has one.
    all: Vec<Kept>,
    in_order: usize,
}

/// A generation in snapshots, and as the digest sees it.
#[derive(Serialize, Deserialize)]
struct Written<L> {
    newest: Timestamp,
    sorted: L,
    fresh: L,
}

impl Serialize for Generation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let written = Written {
            newest: self.newest,
            sorted: self.sorted(),
            fresh: self.fresh(),
        };
        written.serialize(serializer)
    }
}

impl From<Written<Vec<Kept>>> for Generation {
    fn from(written: Written<Vec<Kept>>) -> Self {
        let in_order = written.sorted.len();
        let mut all = written.sorted;
        all.reserve_exact(written.fresh.len());
        all.extend(written.fresh);
        Self {
            newest: written.newest,
            all,
            in_order,
        }
    }
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
    fn begun(now: Timestamp) -> Self {
        Self {
            newest: now,
            all: Vec::new(),
            in_order: 0,
        }
    }

    fn sorted(&self) -> &[Kept] {
        &self.all[..self.in_order]
    }

    fn fresh(&self) -> &[Kept] {
        &self.all[self.in_order..]
    }

    fn place_of(&self, id: u64) -> Option<usize> {
        let sorted = self.sorted().binary_search_by_key(&id, |kept| kept.id());
        sorted.ok().or_else(|| {
            let fresh = self.fresh().iter().position(|kept| kept.id() == id);
            fresh.map(|place| self.in_order + place)
        })
    }

    fn find(&self, id: u64) -> Option<Kept> {
        self.place_of(id).map(|place| self.all[place])
    }

    fn put(&mut self, kept: Kept, now: Timestamp) {
        self.newest = now;
        // No more room than is soon taken: most things never send many.
        if self.all.len() == self.all.capacity() {
            self.all.reserve_exact(MOST_FRESH);
        }
        self.all.push(kept);
        if self.fresh().len() == MOST_FRESH {
            self.put_in_order();
        }
    }

    /// Joins the fresh to the others from behind, where there is room for each.
    fn put_in_order(&mut self) {
        let mut fresh = [Kept([0; 3]); MOST_FRESH];
        fresh.copy_from_slice(self.fresh());
        fresh.sort_unstable();
        let mut sorted = self.in_order;
        for (before, one) in fresh.into_iter().enumerate().rev() {
            while sorted > 0 && self.all[sorted - 1] > one {
                sorted -= 1;
                self.all[sorted + before + 1] = self.all[sorted];
            }
            self.all[sorted + before] = one;
        }
        self.in_order = self.all.len();
    }
}

impl RecentIds {
    pub fn len(&self) -> usize {
        self.generations.iter().map(|one| one.all.len()).sum()
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
        let full = |one: &Generation| one.all.len() >= A_GENERATION;
        if self.generations.last().is_none_or(full) {
            // Most things never need another.
            self.generations.reserve_exact(1);
            self.generations.push(Generation::begun(now));
        }
        if let Some(last) = self.generations.last_mut() {
            last.put(Kept::of(sent), now);
        }
    }

    /// Takes a later version of one that is known.
    pub fn replace(&mut self, sent: Sent) {
        self.note_version(sent);
        for one in self.generations.iter_mut().rev() {
            if let Some(place) = one.place_of(sent.id) {
                one.all[place] = Kept::of(sent);
                return;
            }
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
            if left - oldest.all.len() < KEPT || oldest.newest >= moment {
                break;
            }
            left -= oldest.all.len();
            forgotten += oldest.all.len() as u64;
            let gone = self.generations.remove(0);
            if !self.versions.is_empty() {
                for kept in &gone.all {
                    self.versions.remove(&kept.id());
                }
            }
        }
        forgotten
    }
}
