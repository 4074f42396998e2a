//! The readings of one series in one hour as columns: times as differences, values as what differs from the one before,
//! byte by byte in planes, then zstd. The layout is fixed by `LAYOUT`; an old chunk stays readable.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::super::StoreError;
use super::hour::HOUR_MS;

/// First byte of a chunk: postcard of `Columns`, zstd.
const LAYOUT: u8 = 1;
/// Layout byte and the length of the postcard (u32, little endian).
const HEADER: usize = 5;
const LEVEL: i32 = 1;

// Making one costs ten times what an hour of readings does.
thread_local! {
    static PACKER: RefCell<Option<zstd::bulk::Compressor<'static>>> = const { RefCell::new(None) };
    static UNPACKER: RefCell<Option<zstd::bulk::Decompressor<'static>>> = const { RefCell::new(None) };
}

fn pack(plain: &[u8]) -> std::io::Result<Vec<u8>> {
    PACKER.with_borrow_mut(|kept| {
        let packer = match kept {
            Some(packer) => packer,
            none => none.insert(zstd::bulk::Compressor::new(LEVEL)?),
        };
        packer.compress(plain)
    })
}

fn unpack(packed: &[u8], length: usize) -> std::io::Result<Vec<u8>> {
    UNPACKER.with_borrow_mut(|kept| {
        let unpacker = match kept {
            Some(unpacker) => unpacker,
            none => none.insert(zstd::bulk::Decompressor::new()?),
        };
        unpacker.decompress(packed, length)
    })
}
/// A reading every millisecond, with room; a bound for reading, not a goal.
const MOST_BYTES: usize = 64 << 20;

/// Milliseconds from the beginning of the hour, and the value there. One moment has one value: the last that was said.
pub(super) type Points = BTreeMap<u32, f64>;

#[derive(Serialize, Deserialize)]
struct Columns {
    /// Each from the one before.
    times: Vec<u32>,
    /// Eight planes of bytes: the highest byte of every value first.
    planes: Vec<u8>,
}

pub(super) fn encode(points: &Points) -> Result<Vec<u8>, StoreError> {
    let mut times = Vec::with_capacity(points.len());
    let mut planes = vec![0; points.len() * 8];
    let (mut before_ms, mut before_bits) = (0, 0);
    for (index, (at_ms, value)) in points.iter().enumerate() {
        times.push(at_ms - before_ms);
        before_ms = *at_ms;
        let bits = value.to_bits();
        for (plane, byte) in (bits ^ before_bits).to_be_bytes().into_iter().enumerate() {
            planes[plane * points.len() + index] = byte;
        }
        before_bits = bits;
    }
    let columns = Columns { times, planes };
    let plain = postcard::to_allocvec(&columns).map_err(|error| failed(&error))?;
    let length = u32::try_from(plain.len()).map_err(|error| failed(&error))?;
    let packed = pack(&plain).map_err(|error| failed(&error))?;
    let mut bytes = Vec::with_capacity(HEADER + packed.len());
    bytes.push(LAYOUT);
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(&packed);
    Ok(bytes)
}

fn failed(error: &dyn std::fmt::Display) -> StoreError {
    StoreError::Encoding {
        doing: "encode readings",
        why: error.to_string(),
    }
}

pub(super) fn decode(bytes: &[u8]) -> Result<Points, StoreError> {
    read(bytes).map_err(|why| StoreError::BadRecord {
        what: "hour of readings",
        why,
    })
}

fn read(bytes: &[u8]) -> Result<Points, String> {
    let (header, packed) = bytes
        .split_first_chunk::<HEADER>()
        .ok_or("it is cut short")?;
    let [layout, length @ ..] = *header;
    if layout != LAYOUT {
        return Err(format!("its layout {layout} is unknown to this program"));
    }
    let length = u32::from_le_bytes(length) as usize;
    if length > MOST_BYTES {
        return Err(format!("it claims {length} bytes"));
    }
    let plain =
        unpack(packed, length).map_err(|error| format!("it does not decompress: {error}"))?;
    let columns: Columns =
        postcard::from_bytes(&plain).map_err(|error| format!("it does not decode: {error}"))?;
    let count = columns.times.len();
    if columns.planes.len() != count * 8 {
        return Err("its columns are of different lengths".into());
    }
    let mut points = Points::new();
    let (mut at_ms, mut bits) = (0_u32, 0_u64);
    for (index, step_ms) in columns.times.into_iter().enumerate() {
        at_ms = at_ms
            .checked_add(step_ms)
            .filter(|at_ms| i64::from(*at_ms) < HOUR_MS)
            .ok_or("a time lies beyond its hour")?;
        let mut bytes = [0; 8];
        for (plane, byte) in bytes.iter_mut().enumerate() {
            *byte = columns.planes[plane * count + index];
        }
        bits ^= u64::from_be_bytes(bytes);
        points.insert(at_ms, f64::from_bits(bits));
    }
    Ok(points)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_of_steady_readings_takes_few_bytes() {
        let points: Points = (0..60)
            .map(|minute| (minute * 60_000, f64::from(minute % 7) * 0.5 + 35.0))
            .collect();
        let bytes = encode(&points).expect("encodes");
        assert!(bytes.len() < 60 * 3, "{} bytes", bytes.len());
        assert_eq!(decode(&bytes).expect("decodes"), points);
    }

    #[test]
    fn a_damaged_chunk_is_an_error_and_no_panic() {
        let points: Points = (0..50).map(|n| (n * 1_000, f64::from(n))).collect();
        let whole = encode(&points).expect("encodes");
        for cut in 0..whole.len() {
            assert!(decode(&whole[..cut]).is_err(), "cut at {cut}");
        }
        for at in 0..whole.len() {
            let mut bent = whole.clone();
            bent[at] ^= 0x55;
            let _either = decode(&bent);
        }
    }
}
