//! What a sensor measured since it was told last, as a record of the binary stream: its kind is that of a change, with bit 2.
//!
//! Bit 3 of the first byte: it is in alarm now and was not, or the other way round. Then its number, how many bytes follow, and in
//! those: milliseconds from being heard to the frame's `now` (signed), then for each property with another value
//! - its place among the sensor's properties times 32, plus 8 times why it is hard to believe (0 for not at all), plus how many
//!   decimals the value has (7: it is eight bytes of a floating point number)
//! - the value without its point (signed)
//! - when it was observed, before the sensor was heard (signed): twice the seconds, or twice the milliseconds and one more
//!
//! A sensor of which anything else has changed is told whole.

use super::record::{CHANGED, put_number, put_signed, take};
use super::{MeasuredView, SensorView};
use crate::time::Timestamp;
use crate::unit::Suspect;

pub(super) const MEASURED: u8 = 1 << 2;
pub(super) const ALARM_TURNS: u8 = 1 << 3;

const PLACE_BITS: u32 = 5;
const SUSPECT_BITS: u32 = 3;
const MOST_DECIMALS: u32 = 4;
const EIGHT_BYTES: u32 = 7;
/// Beyond it a floating point number does not hold every integer.
const MOST_EXACT: f64 = 9e15;
const SUSPECTS: [Suspect; 3] = [
    Suspect::OutOfRange,
    Suspect::TooFast,
    Suspect::UnlikeNeighbours,
];

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Measured<'a> {
    pub(super) alarm_turns: bool,
    pub(super) body: &'a [u8],
}

impl Measured<'_> {
    /// None where the bytes are not about this sensor.
    pub fn on(self, sensor: &mut SensorView, now: Timestamp) -> Option<()> {
        let rest = &mut { self.body };
        sensor.in_alarm ^= self.alarm_turns;
        sensor.heard_at = now.plus_millis(take::<i64>(rest)?.checked_neg()?);
        while !rest.is_empty() {
            let marks: u32 = take(rest)?;
            let latest = sensor.latest.get_mut((marks >> PLACE_BITS) as usize)?;
            latest.suspect = match (marks >> SUSPECT_BITS) & 3 {
                0 => None,
                which => Some(SUSPECTS[which as usize - 1]),
            };
            latest.value = match marks & 7 {
                EIGHT_BYTES => {
                    let (bytes, behind) = rest.split_first_chunk::<8>()?;
                    *rest = behind;
                    f64::from_le_bytes(*bytes)
                }
                decimals => take::<i64>(rest)? as f64 / ten_to(decimals),
            };
            let before: i64 = take(rest)?;
            let before_ms = match before & 1 {
                0 => (before >> 1).checked_mul(1_000)?,
                _ => before >> 1,
            };
            latest.observed_at = sensor.heard_at.plus_millis(before_ms.checked_neg()?);
        }
        Some(())
    }
}

/// False, and nothing is written, where more than what it measured has changed: then it is to be told whole.
pub fn put_measured(
    out: &mut Vec<u8>,
    number: u32,
    before: &SensorView,
    after: &SensorView,
    now: Timestamp,
) -> bool {
    let pairs = || before.latest.iter().zip(&after.latest);
    let same = before.id == after.id
        && before.source == after.source
        && before.position == after.position
        && before.town == after.town
        && before.town_code == after.town_code
        && before.drill == after.drill
        && before.latest.len() == after.latest.len()
        && pairs().all(|(was, is)| was.property == is.property && was.unit == is.unit);
    if !same {
        return false;
    }
    let turns = before.in_alarm != after.in_alarm;
    out.push(CHANGED | MEASURED | if turns { ALARM_TURNS } else { 0 });
    put_number(out, u64::from(number));
    let length_at = out.len();
    out.push(0);
    put_signed(out, now.since(after.heard_at));
    for (place, (was, is)) in pairs().enumerate() {
        let stays = was.value.to_bits() == is.value.to_bits()
            && was.observed_at == is.observed_at
            && was.suspect == is.suspect;
        if !stays {
            put_reading(out, place as u32, is, after.heard_at);
        }
    }
    let length = out.len() - length_at - 1;
    match u8::try_from(length) {
        Ok(short @ 0..0x80) => out[length_at] = short,
        // A station of many properties: its length takes more than the byte that was left for it.
        _ => {
            let mut written = Vec::new();
            put_number(&mut written, length as u64);
            out.splice(length_at..=length_at, written);
        }
    }
    true
}

fn put_reading(out: &mut Vec<u8>, place: u32, is: &MeasuredView, heard_at: Timestamp) {
    let suspect = is.suspect.map_or(0, |why| {
        1 + SUSPECTS.iter().take_while(|one| **one != why).count() as u32
    });
    let without_point = without_point(is.value);
    let decimals = without_point.map_or(EIGHT_BYTES, |(decimals, _)| decimals);
    let marks = place << PLACE_BITS | suspect << SUSPECT_BITS | decimals;
    put_number(out, u64::from(marks));
    match without_point {
        Some((_, number)) => put_signed(out, number),
        None => out.extend(is.value.to_le_bytes()),
    }
    let before_ms = heard_at.since(is.observed_at);
    let said = match before_ms % 1_000 {
        0 => before_ms / 1_000 * 2,
        _ => before_ms * 2 + 1,
    };
    put_signed(out, said);
}

fn ten_to(decimals: u32) -> f64 {
    [1.0, 10.0, 100.0, 1e3, 1e4, 1e5, 1e6][decimals as usize]
}

/// With how few decimals the value is exactly itself, and what it is without its point.
fn without_point(value: f64) -> Option<(u32, i64)> {
    (0..=MOST_DECIMALS).find_map(|decimals| {
        let scaled = value * ten_to(decimals);
        if scaled.abs() >= MOST_EXACT {
            return None;
        }
        let number = (scaled + 0.5_f64.copysign(scaled)) as i64;
        let again = number as f64 / ten_to(decimals);
        (again.to_bits() == value.to_bits()).then_some((decimals, number))
    })
}
