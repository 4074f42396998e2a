//! Units that move as simple arithmetic says, so that servers, publishers and clients agree about every place without a word.
//! `peers/fleet.mjs` says the same.

use std::fmt::Write as _;
use std::sync::{Arc, LazyLock};

use domain::change::{Change, Stepped};
use domain::ids::{BlockNumber, SourceId, ThingId};
use domain::observation::Motion;
use domain::place::Position;
use domain::time::Timestamp;
use domain::unit::{HeardAs, Unit};

use super::ours::UNITS;

pub const WEST: i64 = 113_500_000;
pub const SOUTH: i64 = 22_650_000;
pub const WIDTH: i64 = 800_000;
pub const HEIGHT: i64 = 550_000;
/// Every unit moves at one beat in so many.
pub const GROUPS: u64 = 20;

/// The number of a unit in its name.
pub fn number_of(id: &str) -> Option<u32> {
    id.strip_prefix("bus-")?.parse().ok()
}

fn mixed(unit: u32, factor: u32) -> i64 {
    i64::from((unit + 1).wrapping_mul(factor))
}

/// How often a unit has moved up to a beat.
fn steps(unit: u32, beat: u64) -> i64 {
    ((beat + GROUPS - u64::from(unit) % GROUPS) / GROUPS) as i64
}

/// Where a unit is after a beat, in millionths of a degree.
pub fn place(unit: u32, beat: u64) -> [i64; 2] {
    let speed = mixed(unit, 3_266_489_917);
    let (east, north) = (speed % 601 - 300, (speed >> 10) % 601 - 300);
    let steps = steps(unit, beat);
    let lon = (mixed(unit, 2_654_435_761) % WIDTH + steps * east).rem_euclid(WIDTH);
    let lat = (mixed(unit, 2_246_822_519) % HEIGHT + steps * north).rem_euclid(HEIGHT);
    [WEST + lon, SOUTH + lat]
}

pub fn heading(unit: u32, beat: u64) -> u16 {
    ((mixed(unit, 3_266_489_917) + steps(unit, beat) * 7) % 360) as u16
}

/// Those who move at a beat.
pub fn movers(units: u32, beat: u64) -> impl Iterator<Item = u32> {
    let first = (beat % GROUPS) as u32;
    (first..units).step_by(GROUPS as usize)
}

/// The names of all, made once: the single writer has them at hand.
static NAMES: LazyLock<Option<(SourceId, Vec<ThingId>)>> = LazyLock::new(|| {
    let things = (0..UNITS).map(|unit| ThingId::new(&format!("bus-{unit}")).ok());
    Some((SourceId::new("buses").ok()?, things.collect::<Option<_>>()?))
});

/// What the single writer says of them.
pub fn change(unit: u32, beat: u64, now: Timestamp) -> Option<Change> {
    let (source, things) = NAMES.as_ref()?;
    let (source, thing) = (source.clone(), things.get(unit as usize)?.clone());
    let [lon, lat] = place(unit, beat);
    let position = Position::from_e6(lon as i32, lat as i32).ok()?;
    Some(Change::Unit(Arc::new(Unit {
        id: thing.clone(),
        source: source.clone(),
        position,
        motion: Motion {
            heading_deg: Some(heading(unit, beat)),
            speed_cmps: Some(900),
            ..Motion::default()
        },
        observed_at: now.plus_millis(-1_100),
        heard_at: now,
        town: None,
        drill: false,
        heard: vec![HeardAs {
            source,
            thing,
            position,
            observed_at: now,
        }],
    })))
}

/// A block in which some units are where they are at a beat.
pub fn stepped(block: u64, beat: u64, now: Timestamp, units: impl Iterator<Item = u32>) -> Stepped {
    Stepped {
        block: BlockNumber(block),
        now,
        changes: units.filter_map(|unit| change(unit, beat, now)).collect(),
        outcomes: Vec::new(),
    }
}

/// The same for peers, as tersely as JSON has it: the beat, now, and for each unit its number, place, heading, speed, and
/// how long ago it was heard and seen.
pub fn batch(beat: u64, now: Timestamp, units: impl Iterator<Item = u32>) -> String {
    let mut text = format!("[{beat},{},[", now.millis());
    for (index, unit) in units.enumerate() {
        let comma = if index == 0 { "" } else { "," };
        let [lon, lat] = place(unit, beat);
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "{comma}[{unit},{lon},{lat},{},90,0,11]",
            heading(unit, beat)
        );
    }
    text.push_str("]]");
    text
}

pub fn now() -> Timestamp {
    Timestamp::from_millis((now_us() / 1_000) as i64)
}

/// Of the clock that server and clients share.
pub fn now_us() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| since.as_micros() as u64)
}

/// The cell of a grid in which a place lies.
pub fn cell([lon, lat]: [i64; 2], side: i64) -> i64 {
    (lat - SOUTH) * side / HEIGHT * side + (lon - WEST) * side / WIDTH
}
