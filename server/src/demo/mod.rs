//! Plays a day in the life of a demo city: units, sensors, callers and the people who work the incidents.
//! An honest client: it enters by the public door only, and must never reach into the server.

#[cfg(test)]
mod balance_tests;
mod crew;
mod door;
mod feeder;
mod people;
mod playing;
mod work;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use domain::city::City;
use domain::time::Timestamp;

pub use self::people::{DemoAccount, PASSWORD, accounts};

use crate::config::DemoPace;
use crate::scenario::Ground;

use self::crew::Crew;
use self::door::Door;
use self::feeder::Feeder;
use self::playing::Playing;

/// Nobody has counted the open incidents yet.
const UNKNOWN: usize = usize::MAX;

/// Plays until `stop`, on the caller's thread. `key` may send as `demo-*`; the people are those of [`accounts`].
/// A server that is busy or gone is waited for.
pub fn play(
    base_url: &str,
    key: &str,
    city: Arc<City>,
    seed: u64,
    pace: DemoPace,
    stop: Arc<AtomicBool>,
) {
    let Some(ground) = Ground::of(city, seed) else {
        tracing::warn!("the demo needs a city pack with outlines; nothing is played");
        return;
    };
    let ground = Arc::new(ground);
    let people = people_of(&ground.city);
    let door = Door::new(base_url, key);
    let started = now();
    let open = Arc::new(AtomicUsize::new(UNKNOWN));
    let mut crew = Crew::new(ground.clone(), people.clone(), open.clone(), seed, started);
    let playing = Playing::new(ground, seed, pace, started);
    let mut feeder = Feeder::new(playing, open, started);
    std::thread::scope(|threads| {
        let named = std::thread::Builder::new().name("demo-people".into());
        let people = named.spawn_scoped(threads, || crew.run(&door, &stop));
        if let Err(error) = people {
            tracing::warn!(%error, "the demo people stay at home");
        }
        feeder.run(&door, &stop);
    });
}

/// Those whose department the pack knows: in another city the desk works alone.
fn people_of(city: &City) -> Vec<DemoAccount> {
    let mut people = accounts();
    people.retain(|person| {
        let department = person.department.as_ref();
        department.is_none_or(|id| city.departments.contains_key(id))
    });
    people
}

fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Sleeps in short naps, so that stopping takes no time.
fn rest(length: Duration, stop: &AtomicBool) {
    const NAP: Duration = Duration::from_millis(100);
    let mut left = length;
    while !left.is_zero() && !stop.load(Ordering::Relaxed) {
        let nap = left.min(NAP);
        std::thread::sleep(nap);
        left -= nap;
    }
}

/// How long to wait after failures in a row, at most half a minute.
fn patience(failures: u32, asked_s: Option<u64>) -> Duration {
    let own_s = 1_u64 << failures.min(5);
    Duration::from_secs(asked_s.unwrap_or(own_s).clamp(1, 30))
}
