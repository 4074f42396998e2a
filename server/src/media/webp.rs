//! WebP (RFC 9649) without Exif and XMP: chunks that draw the picture stay as they were. What follows its end goes.

const CUT_OFF: &str = "it is cut off";
/// Bits of the extended header.
const HAS_EXIF_OR_XMP: u8 = 0x0c;
const MOVES: u8 = 0x02;

pub fn cleaned(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let length = size_at(bytes, 4).ok_or(CUT_OFF)?;
    let end = length.checked_add(8).ok_or(CUT_OFF)?;
    let bytes = bytes.get(..end).ok_or(CUT_OFF)?;
    let mut kept = b"RIFF\0\0\0\0WEBP".to_vec();
    let mut has_picture = false;
    let mut at = 12;
    while at < bytes.len() {
        let length = size_at(bytes, at + 4).ok_or(CUT_OFF)?;
        let end = at
            .checked_add(8)
            .and_then(|start| start.checked_add(length));
        let chunk = end.and_then(|end| bytes.get(at..end)).ok_or(CUT_OFF)?;
        match &chunk[..4] {
            b"VP8X" if length >= 10 => {
                if chunk[8] & MOVES != 0 {
                    return Err("it moves; only still pictures are taken".into());
                }
                let mut plain = chunk.to_vec();
                plain[8] &= !HAS_EXIF_OR_XMP;
                put(&mut kept, &plain);
            }
            b"ANIM" | b"ANMF" => return Err("it moves; only still pictures are taken".into()),
            b"VP8 " | b"VP8L" => {
                has_picture = true;
                put(&mut kept, chunk);
            }
            b"ALPH" | b"ICCP" => put(&mut kept, chunk),
            _ => {}
        }
        at += chunk.len() + length % 2;
    }
    if !has_picture {
        return Err("it holds no picture".into());
    }
    // Shorter than what came, whose length took four bytes.
    let length = (kept.len() - 8) as u32;
    kept[4..8].copy_from_slice(&length.to_le_bytes());
    Ok(kept)
}

fn put(kept: &mut Vec<u8>, chunk: &[u8]) {
    kept.extend(chunk);
    if !chunk.len().is_multiple_of(2) {
        kept.push(0);
    }
}

fn size_at(bytes: &[u8], at: usize) -> Option<usize> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    usize::try_from(u32::from_le_bytes(four.try_into().ok()?)).ok()
}
