//! PNG (ISO/IEC 15948) without texts, times and Exif: chunks that draw the picture stay as they were. What follows its end goes.

use super::number_at;

pub const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
/// What the picture is made of, and how its colours are meant. Of one that moves the first picture stays.
const KEPT: [&[u8; 4]; 12] = [
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT",
    b"pHYs", b"cICP",
];

pub fn cleaned(bytes: &[u8]) -> Result<Vec<u8>, String> {
    const CUT_OFF: &str = "it is cut off";
    let mut kept = SIGNATURE.to_vec();
    let mut at = SIGNATURE.len();
    loop {
        let length = number_at(bytes, at).ok_or(CUT_OFF)? as usize;
        let end = at
            .checked_add(12)
            .and_then(|start| start.checked_add(length));
        let chunk = end.and_then(|end| bytes.get(at..end)).ok_or(CUT_OFF)?;
        let (named, crc) = chunk[4..].split_at(length + 4);
        if crc32fast::hash(named).to_be_bytes() != *crc {
            return Err("a checksum does not fit".into());
        }
        let name = &named[..4];
        if at == SIGNATURE.len() && name != b"IHDR" {
            return Err("it does not begin with its header".into());
        }
        if KEPT.iter().any(|known| *known == name) {
            kept.extend(chunk);
        } else if name[0].is_ascii_uppercase() {
            return Err("it needs a chunk that nobody knows".into());
        }
        at += chunk.len();
        if name == b"IEND" {
            return Ok(kept);
        }
    }
}
