//! JPEG (ITU-T T.81) without its comments and application segments: what draws the picture stays as it was, byte for byte. What
//! follows its end (a film, a second picture) goes, too.

use image::metadata::Orientation;

const CUT_OFF: &str = "it is cut off";

/// The file without what it tells, and how it must be turned to stand upright, if it must.
pub fn cleaned(bytes: &[u8]) -> Result<(Vec<u8>, Option<Orientation>), String> {
    let mut kept = vec![0xff, 0xd8];
    let mut upright = None;
    let mut has_picture = false;
    let mut at = 2;
    loop {
        if bytes.get(at) != Some(&0xff) {
            return Err(match bytes.get(at) {
                None => CUT_OFF.into(),
                Some(_) => "its segments do not follow each other".into(),
            });
        }
        while bytes.get(at) == Some(&0xff) {
            at += 1;
        }
        let marker = *bytes.get(at).ok_or(CUT_OFF)?;
        at += 1;
        match marker {
            0xd9 if has_picture => {
                kept.extend([0xff, 0xd9]);
                break;
            }
            0x00 | 0x01 | 0xd0..=0xd9 => {
                return Err(format!("marker {marker:02x} is out of place"));
            }
            _ => {}
        }
        let length = bytes.get(at..at + 2).ok_or(CUT_OFF)?;
        let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
        if length < 2 {
            return Err("a segment is shorter than its own length".into());
        }
        let content = bytes.get(at + 2..at + length).ok_or(CUT_OFF)?;
        at += length;
        match marker {
            0xe0 if content.starts_with(b"JFIF\0") && content.len() >= 14 => {
                // Without the small picture it may carry.
                let mut plain = content[..14].to_vec();
                plain[12..].fill(0);
                segment(&mut kept, marker, &plain);
            }
            0xe1 => {
                if let Some(exif) = content.strip_prefix(b"Exif\0\0") {
                    upright = upright.or_else(|| Orientation::from_exif_chunk(exif));
                }
            }
            0xe2 if content.starts_with(b"ICC_PROFILE\0") => segment(&mut kept, marker, content),
            0xee if content.starts_with(b"Adobe") => segment(&mut kept, marker, content),
            // Other applications' segments, comments, and what no picture needs.
            0xe0..=0xef | 0xf0..=0xfe => {}
            0xda => {
                segment(&mut kept, marker, content);
                let end = scan_end(bytes, at).ok_or(CUT_OFF)?;
                kept.extend(&bytes[at..end]);
                at = end;
                has_picture = true;
            }
            _ => segment(&mut kept, marker, content),
        }
    }
    let upright = upright.filter(|turned| *turned != Orientation::NoTransforms);
    if let Some(turned) = upright {
        let mut with = vec![0xff, 0xd8];
        segment(&mut with, 0xe1, &only_orientation(turned));
        with.extend(&kept[2..]);
        kept = with;
    }
    Ok((kept, upright))
}

fn segment(kept: &mut Vec<u8>, marker: u8, content: &[u8]) {
    // It came with a length of two bytes, and is no longer now.
    let length = (content.len() + 2) as u16;
    kept.extend([0xff, marker]);
    kept.extend(length.to_be_bytes());
    kept.extend(content);
}

/// Where the coded data that begin here end: at the next marker that is neither stuffing nor a restart.
fn scan_end(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += bytes.get(at..)?.iter().position(|byte| *byte == 0xff)?;
        match bytes.get(at + 1)? {
            0x00 | 0xd0..=0xd7 => at += 2,
            0xff => at += 1,
            _ => return Some(at),
        }
    }
}

/// Exif (TIFF) with one entry: cameras write a picture as the sensor lies, and this says how it is held.
fn only_orientation(turned: Orientation) -> Vec<u8> {
    let mut exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.push(turned.to_exif());
    exif.extend([0, 0, 0, 0, 0, 0]);
    exif
}
