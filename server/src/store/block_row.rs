//! One block as one row of bytes: postcard, compressed, and a checksum chained to the row before.
//! The layout is fixed by `LAYOUT`; an old row stays readable for ever.

use domain::command::Block;
use domain::ids::BlockNumber;
use domain::time::Timestamp;

use super::StoreError;

/// First byte of a row: postcard, zstd, then as below.
const LAYOUT: u8 = 1;
/// Layout byte and the length of the postcard (u32, little endian).
const HEADER: usize = 5;
/// More than any batch the door lets in (10 MiB of JSON) many times over; a bound for reading, not a goal.
pub(super) const MOST_BYTES: usize = 256 << 20;
/// Fast; blocks are mostly text that repeats within a batch.
const LEVEL: i32 = 1;

/// A row as it lies in the table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct BlockRow {
    pub(super) number: BlockNumber,
    pub(super) now: Timestamp,
    pub(super) logic: u16,
    pub(super) crc: u32,
    pub(super) bytes: Vec<u8>,
}

impl BlockRow {
    pub(super) fn from_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            number: BlockNumber(row.get::<_, i64>(0)?.cast_unsigned()),
            now: Timestamp::from_millis(row.get(1)?),
            logic: row.get(2)?,
            crc: row.get(3)?,
            bytes: row.get(4)?,
        })
    }

    /// Whether this row follows `before`, is whole, and its clock does not go back.
    pub(super) fn check_after(&self, before: Link) -> Result<Link, String> {
        let expected = before.number.next();
        if self.number != expected {
            return Err(format!(
                "it is missing; the next one there is block {}",
                self.number
            ));
        }
        if self.crc != checksum(self, before.crc) {
            return Err("its checksum does not fit".into());
        }
        if self.now < before.now {
            return Err("its clock goes back".into());
        }
        Ok(Link {
            number: self.number,
            crc: self.crc,
            now: self.now,
        })
    }
}

/// The end of the chain so far; what the next block is checked against.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Link {
    pub(super) number: BlockNumber,
    pub(super) crc: u32,
    pub(super) now: Timestamp,
}

impl Link {
    /// Before the first block.
    pub(super) const START: Self = Self {
        number: BlockNumber(0),
        crc: 0,
        now: Timestamp::MIN,
    };
}

/// CRC-32 over the row's header, its bytes, and the checksum of the row before.
fn checksum(row: &BlockRow, before: u32) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&before.to_le_bytes());
    hasher.update(&row.number.0.to_le_bytes());
    hasher.update(&row.now.millis().to_le_bytes());
    hasher.update(&row.logic.to_le_bytes());
    hasher.update(&row.bytes);
    hasher.finalize()
}

/// Keeps its compressor between blocks: making one costs more than a small block.
pub(super) struct Encoder(zstd::bulk::Compressor<'static>);

impl Encoder {
    pub(super) fn new() -> Result<Self, StoreError> {
        let compressor = zstd::bulk::Compressor::new(LEVEL).map_err(|error| failed(&error))?;
        Ok(Self(compressor))
    }

    pub(super) fn encode(&mut self, block: &Block, before: u32) -> Result<BlockRow, StoreError> {
        let plain = postcard::to_allocvec(block).map_err(|error| failed(&error))?;
        let length = u32::try_from(plain.len())
            .ok()
            .filter(|_| plain.len() <= MOST_BYTES)
            .ok_or(StoreError::BlockTooLarge {
                bytes: plain.len(),
                most: MOST_BYTES,
            })?;
        let packed = self.0.compress(&plain).map_err(|error| failed(&error))?;
        let mut bytes = Vec::with_capacity(HEADER + packed.len());
        bytes.push(LAYOUT);
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(&packed);
        let mut row = BlockRow {
            number: block.number,
            now: block.now,
            logic: block.logic,
            crc: 0,
            bytes,
        };
        row.crc = checksum(&row, before);
        Ok(row)
    }
}

fn failed(error: &dyn std::fmt::Display) -> StoreError {
    StoreError::Encoding {
        doing: "encode a block",
        why: error.to_string(),
    }
}

/// Keeps its decompressor between blocks.
pub(super) struct Decoder(zstd::bulk::Decompressor<'static>);

impl Decoder {
    pub(super) fn new() -> Result<Self, StoreError> {
        let decompressor = zstd::bulk::Decompressor::new().map_err(|error| failed(&error))?;
        Ok(Self(decompressor))
    }

    /// `Err` says in words why the bytes are no block.
    pub(super) fn decode(&mut self, row: &BlockRow) -> Result<Block, String> {
        let (header, packed) = row
            .bytes
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
        let plain = self
            .0
            .decompress(packed, length)
            .map_err(|error| format!("it does not decompress: {error}"))?;
        let block: Block =
            postcard::from_bytes(&plain).map_err(|error| format!("it does not decode: {error}"))?;
        if block.number != row.number || block.now != row.now || block.logic != row.logic {
            return Err("its content belongs to another block".into());
        }
        Ok(block)
    }
}
