//! MP4 (ISO/IEC 14496-12) without what it tells of its maker and place: boxes that do not play it are made empty where they lie,
//! so that no offset moves. A track that is neither picture nor sound may hold a way driven, and the film is refused.

use std::ops::Range;

use domain::attachment::{MediaType, PixelSize};

use super::number_at;

const CUT_OFF: &str = "it is cut off";
/// Far more than any film of 20 MiB has.
const MOST_BOXES: usize = 20_000;
/// What says that a file is one of these.
const BRANDS: [&[u8; 4]; 14] = [
    b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"iso7", b"iso8", b"iso9", b"mp41",
    b"mp42", b"avc1", b"M4V ", b"dash",
];

/// By the first box, which names what the file is.
pub fn by_brands(bytes: &[u8]) -> Result<MediaType, &'static str> {
    let length = number_at(bytes, 0).unwrap_or(0) as usize;
    let first = bytes.get(8..length.min(bytes.len())).unwrap_or_default();
    let major = first.get(..4).unwrap_or_default();
    match major {
        b"qt  " => return Err("a QuickTime film"),
        b"heic" | b"heix" | b"hevc" | b"mif1" | b"msf1" => return Err("a HEIC picture"),
        b"avif" | b"avis" => return Err("an AVIF picture"),
        _ => {}
    }
    let compatible = first.get(8..).unwrap_or_default().chunks_exact(4);
    let known = |brand: &[u8]| BRANDS.iter().any(|one| *one == brand);
    if std::iter::once(major).chain(compatible).any(known) {
        Ok(MediaType::Mp4)
    } else {
        Err("a film or picture of another kind")
    }
}

struct Part {
    kind: [u8; 4],
    /// Where the four letters stand.
    named_at: usize,
    body: Range<usize>,
}

/// How large the first track of pictures is shown.
pub fn clean(bytes: &mut [u8]) -> Result<PixelSize, String> {
    let mut left = MOST_BOXES;
    let mut size = None;
    let (mut has_index, mut has_media) = (false, false);
    for part in parts(bytes, 0..bytes.len(), &mut left)? {
        match &part.kind {
            b"ftyp" | b"styp" | b"mfra" | b"sidx" | b"pdin" => {}
            b"moof" => clean_fragment(bytes, part.body, &mut left)?,
            b"mdat" => has_media = true,
            b"moov" => {
                has_index = true;
                clean_index(bytes, part.body, &mut left, &mut size)?;
            }
            _ => empty(bytes, &part),
        }
    }
    match size {
        _ if !has_index || !has_media => Err("it is cut off, or holds no film".into()),
        Some(size) => Ok(size),
        None => Err("it holds no pictures".into()),
    }
}

fn clean_index(
    bytes: &mut [u8],
    range: Range<usize>,
    left: &mut usize,
    size: &mut Option<PixelSize>,
) -> Result<(), String> {
    for part in parts(bytes, range, left)? {
        match &part.kind {
            b"mvhd" | b"mvex" => {}
            b"trak" => clean_track(bytes, part.body, left, size)?,
            _ => empty(bytes, &part),
        }
    }
    Ok(())
}

/// Of a film that comes in pieces.
fn clean_fragment(bytes: &mut [u8], range: Range<usize>, left: &mut usize) -> Result<(), String> {
    for part in parts(bytes, range, left)? {
        match &part.kind {
            b"mfhd" => {}
            b"traf" => {
                for inner in parts(bytes, part.body, left)? {
                    let plays = [
                        b"tfhd", b"tfdt", b"trun", b"sbgp", b"sgpd", b"saiz", b"saio",
                    ];
                    if !plays.contains(&&inner.kind) {
                        empty(bytes, &inner);
                    }
                }
            }
            _ => empty(bytes, &part),
        }
    }
    Ok(())
}

fn clean_track(
    bytes: &mut [u8],
    range: Range<usize>,
    left: &mut usize,
    size: &mut Option<PixelSize>,
) -> Result<(), String> {
    let mut shown = None;
    let mut kind = None;
    for part in parts(bytes, range, left)? {
        match &part.kind {
            b"tkhd" => shown = shown_size(&bytes[part.body]),
            b"edts" | b"tref" => {}
            b"mdia" => kind = clean_media(bytes, part.body, left)?,
            _ => empty(bytes, &part),
        }
    }
    match kind.as_ref() {
        Some(b"vide") => *size = size.or(shown),
        Some(b"soun") => {}
        Some(other) => {
            return Err(format!(
                "it holds a track of kind \"{}\", which may tell where it was taken; save it again without",
                other.escape_ascii()
            ));
        }
        None => return Err("a track does not say what it holds".into()),
    }
    Ok(())
}

/// The kind of the track.
fn clean_media(
    bytes: &mut [u8],
    range: Range<usize>,
    left: &mut usize,
) -> Result<Option<[u8; 4]>, String> {
    let mut kind = None;
    for part in parts(bytes, range, left)? {
        match &part.kind {
            b"mdhd" | b"elng" => {}
            b"hdlr" => {
                let named = bytes
                    .get(part.body.clone())
                    .and_then(|body| body.get(8..12));
                kind = named.and_then(|four| four.try_into().ok());
                // A name that its maker gave it.
                if part.body.len() > 24 {
                    bytes[part.body.start + 24..part.body.end].fill(0);
                }
            }
            b"minf" => {
                for inner in parts(bytes, part.body, left)? {
                    if !matches!(&inner.kind, b"vmhd" | b"smhd" | b"dinf" | b"stbl") {
                        empty(bytes, &inner);
                    }
                }
            }
            _ => empty(bytes, &part),
        }
    }
    Ok(kind)
}

/// A place for nothing, as long as what was there.
fn empty(bytes: &mut [u8], part: &Part) {
    bytes[part.named_at..part.named_at + 4].copy_from_slice(b"free");
    bytes[part.body.clone()].fill(0);
}

fn parts(bytes: &[u8], range: Range<usize>, left: &mut usize) -> Result<Vec<Part>, String> {
    let mut found = Vec::new();
    let mut at = range.start;
    while at < range.end {
        *left = left.checked_sub(1).ok_or("it has too many parts")?;
        let short = number_at(bytes, at).ok_or(CUT_OFF)?;
        let named_at = at + 4;
        let kind: [u8; 4] = bytes
            .get(named_at..named_at + 4)
            .and_then(|four| four.try_into().ok())
            .ok_or(CUT_OFF)?;
        let (head, length) = match short {
            0 => (8, range.end - at),
            1 => {
                let high = number_at(bytes, at + 8).ok_or(CUT_OFF)?;
                let low = number_at(bytes, at + 12).ok_or(CUT_OFF)?;
                let long = u64::from(high) << 32 | u64::from(low);
                (16, usize::try_from(long).map_err(|_| CUT_OFF)?)
            }
            length => (8, length as usize),
        };
        let end = at.checked_add(length).filter(|end| *end <= range.end);
        let end = end.ok_or(CUT_OFF)?;
        if length < head {
            return Err("a part is shorter than its own head".into());
        }
        found.push(Part {
            kind,
            named_at,
            body: at + head..end,
        });
        at = end;
    }
    Ok(found)
}

/// Of a track's header: as it is shown, a quarter turn included.
fn shown_size(head: &[u8]) -> Option<PixelSize> {
    let later = match head.first()? {
        0 => 0,
        _ => 12,
    };
    // Sixteen bits before the point and as many behind it.
    let whole = |at: usize| number_at(head, at + later).map(|number| number >> 16);
    let (width, height) = (whole(76)?, whole(80)?);
    let is_turned = number_at(head, 40 + later)? == 0 && number_at(head, 44 + later)? != 0;
    let (width, height) = if is_turned {
        (height, width)
    } else {
        (width, height)
    };
    Some(PixelSize { width, height })
}
