//! Slows down guessing: by name and address together, by name, by address, and all of it. Each attempt counts before it is
//! known to have failed, so that a hundred at once are no way around. Bounded, and forgets.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::time::Timestamp;
use sha2::{Digest, Sha256};

/// Some failures are free, then each next attempt waits twice as long as the one before.
struct Rule {
    free: u32,
    first_ms: i64,
    longest_ms: i64,
}

/// One person at one place: mistyping is forgiven, guessing is not.
const PAIR: Rule = Rule {
    free: 5,
    first_ms: 5_000,
    longest_ms: 15 * 60_000,
};
/// A name from many places. The wait stays short, since a stranger must not lock somebody out for long; whoever signed in
/// from his own place lately does not wait for what others did elsewhere.
const NAME: Rule = Rule {
    free: 20,
    first_ms: 1_000,
    longest_ms: 60_000,
};
/// Many names from one place, behind which there may be a whole office.
const PLACE: Rule = Rule {
    free: 50,
    first_ms: 1_000,
    longest_ms: 5 * 60_000,
};
/// All failures together in a minute; beyond that nobody new comes in until it is over.
const ALL_A_MINUTE: u32 = 600;
const MINUTE_MS: i64 = 60_000;
/// Failures are forgotten when there were none for so long.
const FORGOTTEN_MS: i64 = 3_600_000;
/// At a name or a place in each table; the longest quiet goes first. At `ALL_A_MINUTE` it takes a quarter of an hour to push
/// one out, which is as long as anybody waits.
const MOST: usize = 10_000;

/// The name, as a hash: what is typed there may be a password.
type Name = u64;
/// An IPv4 address, or the /64 network that one subscriber has (RFC 6177).
type Place = Option<IpAddr>;

#[derive(Clone, Copy)]
struct Failures {
    count: u32,
    last: Timestamp,
}

impl Failures {
    fn wait_ms(self, rule: &Rule, now: Timestamp) -> i64 {
        let Some(beyond) = self.count.checked_sub(rule.free) else {
            return 0;
        };
        let wait = rule.first_ms << beyond.min(20);
        wait.min(rule.longest_ms) - now.since(self.last)
    }
}

struct Table<K>(BTreeMap<K, Failures>);

impl<K> Default for Table<K> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Ord + Copy> Table<K> {
    fn wait_ms(&self, key: &K, rule: &Rule, now: Timestamp) -> i64 {
        let fresh = |failures: &&Failures| now.since(failures.last) < FORGOTTEN_MS;
        self.0
            .get(key)
            .filter(fresh)
            .map_or(0, |failures| failures.wait_ms(rule, now))
    }

    fn count(&mut self, key: K, now: Timestamp) {
        if self.0.len() >= MOST && !self.0.contains_key(&key) {
            self.0
                .retain(|_, failures| now.since(failures.last) < FORGOTTEN_MS);
            if self.0.len() >= MOST
                && let Some(quiet) = self
                    .0
                    .iter()
                    .min_by_key(|(_, failures)| failures.last)
                    .map(|(key, _)| *key)
            {
                self.0.remove(&quiet);
            }
        }
        let failures = self.0.entry(key).or_insert(Failures {
            count: 0,
            last: now,
        });
        if now.since(failures.last) >= FORGOTTEN_MS {
            failures.count = 0;
        }
        failures.count = failures.count.saturating_add(1);
        failures.last = now;
    }

    fn take_back(&mut self, key: &K) {
        if let Some(failures) = self.0.get_mut(key) {
            failures.count = failures.count.saturating_sub(1);
        }
    }
}

#[derive(Default)]
struct Held {
    pairs: Table<(Name, Place)>,
    names: Table<Name>,
    places: Table<Place>,
    /// Who signed in from where lately.
    at_home: BTreeMap<(Name, Place), Timestamp>,
    /// Attempts since a moment that did not succeed.
    minute: Option<(Timestamp, u32)>,
}

#[derive(Default)]
pub struct Throttle(Mutex<Held>);

fn hashed(name: &str) -> Name {
    let digest: [u8; 32] = Sha256::digest(name.as_bytes()).into();
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    u64::from_le_bytes(first)
}

fn place(from: Option<IpAddr>) -> Place {
    from.map(|address| match address.to_canonical() {
        IpAddr::V6(address) => {
            let network = u128::from(address) & !u128::from(u64::MAX);
            IpAddr::V6(Ipv6Addr::from(network))
        }
        v4 @ IpAddr::V4(_) => v4,
    })
}

impl Throttle {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts an attempt as failed until it is known to have succeeded; or the seconds to wait before the next, and then
    /// it is not counted.
    pub fn attempt(&self, name: &str, from: Option<IpAddr>, now: Timestamp) -> Result<(), u32> {
        let (name, place) = (hashed(name), place(from));
        let pair = (name, place);
        let mut held = self.held();
        let is_at_home = held.at_home.contains_key(&pair);
        let mut wait_ms = held.pairs.wait_ms(&pair, &PAIR, now);
        if !is_at_home {
            wait_ms = wait_ms
                .max(held.names.wait_ms(&name, &NAME, now))
                .max(held.places.wait_ms(&place, &PLACE, now))
                .max(held.minute_wait_ms(now));
        }
        if wait_ms > 0 {
            metrics::counter!("gulou_logins_total", "outcome" => "throttled").increment(1);
            return Err(u32::try_from(wait_ms.div_euclid(1_000) + 1).unwrap_or(u32::MAX));
        }
        held.pairs.count(pair, now);
        held.names.count(name, now);
        held.places.count(place, now);
        match &mut held.minute {
            Some((_, count)) => *count += 1,
            none => *none = Some((now, 1)),
        }
        Ok(())
    }

    pub fn succeeded(&self, name: &str, from: Option<IpAddr>, now: Timestamp) {
        let (name, place) = (hashed(name), place(from));
        let pair = (name, place);
        let mut held = self.held();
        held.pairs.0.remove(&pair);
        held.names.take_back(&name);
        held.places.take_back(&place);
        if let Some((_, count)) = &mut held.minute {
            *count = count.saturating_sub(1);
        }
        if held.at_home.len() >= MOST
            && !held.at_home.contains_key(&pair)
            && let Some(longest_ago) = held
                .at_home
                .iter()
                .min_by_key(|(_, last)| **last)
                .map(|(pair, _)| *pair)
        {
            held.at_home.remove(&longest_ago);
        }
        held.at_home.insert(pair, now);
    }
}

impl Held {
    fn minute_wait_ms(&mut self, now: Timestamp) -> i64 {
        let Some((since, count)) = self.minute else {
            return 0;
        };
        let left_ms = MINUTE_MS - now.since(since);
        if left_ms <= 0 {
            self.minute = None;
            return 0;
        }
        if count >= ALL_A_MINUTE { left_ms } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(1_000_000 + ms)
    }

    fn home() -> Option<IpAddr> {
        Some(IpAddr::from([203, 0, 113, 9]))
    }

    fn elsewhere(number: u16) -> Option<IpAddr> {
        let [high, low] = number.to_be_bytes();
        Some(IpAddr::from([198, 51, high, low]))
    }

    #[test]
    fn one_who_guesses_waits_twice_as_long_each_time_and_another_name_does_not() {
        let throttle = Throttle::default();
        for _ in 0..PAIR.free {
            assert_eq!(throttle.attempt("leader", home(), at(0)), Ok(()));
        }
        let mut now = 0;
        let mut waits = Vec::new();
        for _ in 0..10 {
            let wait_s = throttle
                .attempt("leader", home(), at(now))
                .expect_err("waits");
            waits.push(wait_s - 1);
            assert!(
                throttle.attempt("leader", home(), at(now + 1)).is_err(),
                "asking again"
            );
            now += i64::from(wait_s) * 1_000;
            assert_eq!(throttle.attempt("leader", home(), at(now)), Ok(()));
        }
        assert_eq!(waits, [5, 10, 20, 40, 80, 160, 320, 640, 900, 900]);
        assert_eq!(throttle.attempt("operator", home(), at(now)), Ok(()));
        // Forgotten after an hour.
        assert_eq!(
            throttle.attempt("leader", home(), at(now + FORGOTTEN_MS)),
            Ok(())
        );
        assert_eq!(
            throttle.attempt("leader", home(), at(now + FORGOTTEN_MS)),
            Ok(())
        );
    }

    #[test]
    fn a_hundred_guesses_at_once_are_no_way_around() {
        let throttle = Throttle::default();
        let let_in = (0..100)
            .filter(|_| throttle.attempt("leader", home(), at(0)).is_ok())
            .count();
        assert_eq!(let_in, PAIR.free as usize);
    }

    #[test]
    fn a_name_guessed_from_everywhere_waits_but_not_where_its_owner_is_at_home() {
        let throttle = Throttle::default();
        assert_eq!(throttle.attempt("leader", home(), at(0)), Ok(()));
        throttle.succeeded("leader", home(), at(0));
        let mut let_in = 0;
        for number in 0..1_000 {
            let_in += u32::from(throttle.attempt("leader", elsewhere(number), at(0)).is_ok());
        }
        assert_eq!(let_in, NAME.free);
        let wait_s = throttle
            .attempt("leader", elsewhere(7), at(0))
            .expect_err("waits");
        assert!(
            i64::from(wait_s) <= NAME.longest_ms / 1_000 + 1,
            "{wait_s} s"
        );
        assert_eq!(throttle.attempt("leader", home(), at(0)), Ok(()), "at home");
        // Nobody is told whether a name exists: one that nobody has fares the same.
        let throttle = Throttle::default();
        let let_in = (0..1_000)
            .filter(|number| {
                throttle
                    .attempt("nobody", elsewhere(*number), at(0))
                    .is_ok()
            })
            .count();
        assert_eq!(let_in, NAME.free as usize);
    }

    #[test]
    fn many_names_from_one_place_wait_and_so_does_a_whole_network_of_version_six() {
        let throttle = Throttle::default();
        let mut let_in = 0;
        for number in 0..1_000_u16 {
            let from = Some(IpAddr::from([0x2001, 0xdb8, 0, 1, 0, 0, 0, number]));
            let_in += u32::from(
                throttle
                    .attempt(&format!("name {number}"), from, at(0))
                    .is_ok(),
            );
        }
        assert_eq!(let_in, PLACE.free);
        let mapped = Some("::ffff:203.0.113.9".parse().expect("an address"));
        for _ in 0..PAIR.free {
            assert_eq!(throttle.attempt("leader", mapped, at(0)), Ok(()));
        }
        assert!(
            throttle.attempt("leader", home(), at(0)).is_err(),
            "the same address"
        );
    }

    #[test]
    fn all_guessing_together_is_bounded_and_so_is_what_is_remembered() {
        let throttle = Throttle::default();
        let mut let_in = 0;
        for number in 0..2_000_u16 {
            let name = format!("name {number}");
            let_in += u32::from(throttle.attempt(&name, elsewhere(number), at(0)).is_ok());
        }
        assert_eq!(let_in, ALL_A_MINUTE);
        assert_eq!(
            throttle.attempt("leader", home(), at(MINUTE_MS)),
            Ok(()),
            "a minute later"
        );
        let mut now = 0;
        for number in 0..12_000_u16 {
            now += 200;
            let name = format!("name {number}");
            assert_eq!(throttle.attempt(&name, elsewhere(number), at(now)), Ok(()));
        }
        let held = throttle.held();
        assert!(
            held.pairs.0.len() <= MOST && held.names.0.len() <= MOST && held.places.0.len() <= MOST
        );
    }

    #[test]
    fn whoever_gets_in_is_forgiven() {
        let throttle = Throttle::default();
        for round in 0..50 {
            for _ in 0..PAIR.free - 1 {
                assert_eq!(throttle.attempt("leader", home(), at(round)), Ok(()));
            }
            assert_eq!(throttle.attempt("leader", home(), at(round)), Ok(()));
            throttle.succeeded("leader", home(), at(round));
        }
    }
}
