//! A stretch of blocks in one row: what each changed, one after the other, compressed together. The layout is fixed by `LAYOUT`.

use domain::ids::BlockNumber;
use domain::time::Timestamp;

use super::super::StoreError;
use super::stand::bad;

/// First byte of a row's bytes; then the length of what is packed (u32, little endian), then zstd.
const LAYOUT: u8 = 1;
const HEADER: usize = 5;
const LEVEL: i32 = 3;
/// What a tape holds before it must become a row, whatever the time.
pub(super) const TAPE_BYTES: usize = 512 << 10;
/// A bound for reading, not a goal: the largest keyframe of a large city is a tenth of it.
const MOST_BYTES: usize = 512 << 20;

/// A block and its clock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mark {
    pub block: BlockNumber,
    pub at: Timestamp,
}

/// Grows block by block. A block that changed nothing of what is shown only moves its end.
#[derive(Clone, Default, Debug)]
pub(super) struct Tape {
    bytes: Vec<u8>,
    ends: Option<(Mark, Mark)>,
}

impl Tape {
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Its first block and its last.
    pub(super) fn ends(&self) -> Option<(Mark, Mark)> {
        self.ends
    }

    pub(super) fn add(&mut self, mark: Mark, records: &[u8]) {
        let (first, _) = *self.ends.get_or_insert((mark, mark));
        self.ends = Some((first, mark));
        if records.is_empty() {
            return;
        }
        put_number(&mut self.bytes, mark.block.0 - first.block.0);
        put_number(&mut self.bytes, mark.at.since(first.at).cast_unsigned());
        put_number(&mut self.bytes, records.len() as u64);
        self.bytes.extend_from_slice(records);
    }

    /// Reads its blocks in order; stops when told so.
    pub(super) fn each_block(
        &self,
        take: impl FnMut(Mark, &[u8]) -> Result<bool, StoreError>,
    ) -> Result<(), StoreError> {
        if let Some((first, _)) = self.ends {
            each_unpacked(&self.bytes, first, take)?;
        }
        Ok(())
    }

    pub(super) fn packed(&self) -> Result<Vec<u8>, StoreError> {
        pack(&self.bytes)
    }
}

/// Reads a row's blocks in order; stops when told so, and says whether it was.
pub(super) fn each_block(
    packed: &[u8],
    first: Mark,
    take: impl FnMut(Mark, &[u8]) -> Result<bool, StoreError>,
) -> Result<bool, StoreError> {
    each_unpacked(&unpack(packed)?, first, take)
}

fn each_unpacked(
    mut rest: &[u8],
    first: Mark,
    mut take: impl FnMut(Mark, &[u8]) -> Result<bool, StoreError>,
) -> Result<bool, StoreError> {
    while !rest.is_empty() {
        let broken = || bad("a row breaks off");
        let ahead = take_number(&mut rest).ok_or_else(broken)?;
        let later_ms = take_number(&mut rest).ok_or_else(broken)?;
        let length = take_number(&mut rest).ok_or_else(broken)?;
        let length = usize::try_from(length).map_err(|_| broken())?;
        let (records, behind) = rest.split_at_checked(length).ok_or_else(broken)?;
        rest = behind;
        let mark = Mark {
            block: BlockNumber(first.block.0.saturating_add(ahead)),
            at: first.at.plus_millis(later_ms.cast_signed()),
        };
        if !take(mark, records)? {
            return Ok(true);
        }
    }
    Ok(false)
}

pub(super) fn pack(plain: &[u8]) -> Result<Vec<u8>, StoreError> {
    let failed = |why: String| StoreError::Encoding {
        doing: "pack a recording",
        why,
    };
    let length = u32::try_from(plain.len()).map_err(|error| failed(error.to_string()))?;
    let packed = zstd::bulk::compress(plain, LEVEL).map_err(|error| failed(error.to_string()))?;
    let mut bytes = Vec::with_capacity(HEADER + packed.len());
    bytes.push(LAYOUT);
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(&packed);
    Ok(bytes)
}

pub(super) fn unpack(bytes: &[u8]) -> Result<Vec<u8>, StoreError> {
    let [LAYOUT, a, b, c, d, packed @ ..] = bytes else {
        return Err(bad("a row of another layout"));
    };
    let length = u32::from_le_bytes([*a, *b, *c, *d]) as usize;
    if length > MOST_BYTES {
        return Err(bad("a row larger than any"));
    }
    let plain = zstd::bulk::decompress(packed, length).map_err(|error| bad(error.to_string()))?;
    match plain.len() == length {
        true => Ok(plain),
        false => Err(bad("a row of another length than it says")),
    }
}

/// LEB128, as postcard writes numbers.
fn put_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push((number as u8 & 0x7f) | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn take_number(rest: &mut &[u8]) -> Option<u64> {
    let (number, behind) = postcard::take_from_bytes(rest).ok()?;
    *rest = behind;
    Some(number)
}
