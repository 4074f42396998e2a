//! Slows down guessing: after some failures a name (and an address) must wait. Bounded, and forgets.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use domain::time::Timestamp;

const FREE_FAILURES: u32 = 5;
const WINDOW_MS: i64 = 60_000;
const MOST: usize = 10_000;

/// Who guesses: the name tried, and where from.
type Guesser = (String, Option<IpAddr>);

#[derive(Default)]
pub struct Throttle {
    /// How often somebody failed lately, and when last.
    failures: Mutex<BTreeMap<Guesser, (u32, Timestamp)>>,
}

impl Throttle {
    /// Seconds to wait before the next attempt, if any.
    pub fn wait_s(&self, name: &str, from: Option<IpAddr>, now: Timestamp) -> Option<u32> {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let (count, last) = failures.get(&(name.to_owned(), from))?;
        let left_ms = WINDOW_MS - now.since(*last);
        (*count >= FREE_FAILURES && left_ms > 0)
            .then(|| u32::try_from(left_ms / 1000 + 1).unwrap_or(60))
    }

    pub fn failed(&self, name: &str, from: Option<IpAddr>, now: Timestamp) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.retain(|_, (_, last)| now.since(*last) <= WINDOW_MS);
        if failures.len() >= MOST {
            failures.pop_first();
        }
        let entry = failures.entry((name.to_owned(), from)).or_insert((0, now));
        entry.0 += 1;
        entry.1 = now;
    }

    pub fn succeeded(&self, name: &str, from: Option<IpAddr>) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.remove(&(name.to_owned(), from));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sixth_guess_waits_and_another_name_does_not() {
        let throttle = Throttle::default();
        let now = Timestamp::from_millis(1_000_000);
        for _ in 0..FREE_FAILURES {
            assert_eq!(throttle.wait_s("leader", None, now), None);
            throttle.failed("leader", None, now);
        }
        assert!(throttle.wait_s("leader", None, now).is_some());
        assert_eq!(throttle.wait_s("operator", None, now), None);
        assert_eq!(
            throttle.wait_s("leader", None, now.plus_millis(WINDOW_MS)),
            None
        );
    }
}
