//! Plays a day in the life of a demo city: units, sensors, callers and the people who work the incidents.
//! An honest client: it enters by the public door only, and must never reach into the server.
#![expect(
    dead_code,
    reason = "callers and the people who work the incidents come next"
)]

mod chance;
mod door;
mod feeder;
mod fleet;
mod ground;
mod path;
mod people;
mod stations;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use domain::city::City;
use domain::time::Timestamp;

pub use self::people::{DemoAccount, PASSWORD, accounts};

use self::door::Door;
use self::feeder::Feeder;
use self::ground::Ground;

/// Plays until `stop`, on the caller's thread. `key` may send as `demo-*`; the people are those of [`accounts`].
/// A server that is busy or gone is waited for.
pub fn play(base_url: &str, key: &str, city: Arc<City>, seed: u64, stop: Arc<AtomicBool>) {
    let Some(ground) = Ground::of(city, seed) else {
        tracing::warn!("the demo needs a city pack with outlines; nothing is played");
        return;
    };
    let door = Door::new(base_url, key);
    let mut feeder = Feeder::new(Arc::new(ground), seed, now());
    feeder.run(&door, &stop);
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
