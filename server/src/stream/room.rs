//! Room for lines, whatever they speak: so many at once, and of one account no more than half of them. A gateway may hold those
//! of a whole city's screens by one key, and still leaves as many to others.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Lines held at once; whoever comes then is told to come later.
pub const MOST_LINES: usize = 16_384;

/// Where lines are counted.
#[derive(Clone)]
pub struct Room {
    taken: Arc<Mutex<Taken>>,
    most_of_one: usize,
}

#[derive(Default)]
struct Taken {
    all: usize,
    by_holder: HashMap<String, usize>,
}

/// One line's, until it is dropped.
pub struct Place {
    room: Room,
    holder: Option<String>,
}

impl Room {
    pub fn of(most_of_one: usize) -> Self {
        Self {
            taken: Arc::default(),
            most_of_one,
        }
    }

    /// None, and counted, if there is none left for this account or key.
    pub fn take(&self, holder: Option<String>) -> Option<Place> {
        let mut taken = self.taken();
        let of_one = holder.as_ref().map(|holder| {
            let known = taken.by_holder.get(holder);
            known.copied().unwrap_or_default()
        });
        if taken.all >= MOST_LINES || of_one >= Some(self.most_of_one) {
            metrics::counter!("gulou_viewers_turned_away_total").increment(1);
            return None;
        }
        taken.all += 1;
        if let Some(holder) = &holder {
            *taken.by_holder.entry(holder.clone()).or_default() += 1;
        }
        drop(taken);
        metrics::gauge!("gulou_viewers").increment(1.0);
        let room = self.clone();
        Some(Place { room, holder })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Room {
    fn default() -> Self {
        Self::of(MOST_LINES / 2)
    }
}

impl Place {
    pub fn holder(&self) -> Option<&str> {
        self.holder.as_deref()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        metrics::gauge!("gulou_viewers").decrement(1.0);
        let mut taken = self.room.taken();
        taken.all -= 1;
        let Some(holder) = &self.holder else {
            return;
        };
        if let Some(lines) = taken.by_holder.get_mut(holder) {
            *lines -= 1;
            if *lines == 0 {
                taken.by_holder.remove(holder);
            }
        }
    }
}
