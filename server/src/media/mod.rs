//! What a file is, by its content alone, and what must not leave it: where a picture was taken, by whom, with what. Pictures are
//! decoded within bounds. Knows nothing of incidents, names or folders, and never keeps anything.

mod jpeg;
mod mp4;
mod picture;
mod png;
#[cfg(test)]
mod tests;
mod webp;

use domain::attachment::{MediaType, PixelSize};

/// A picture of more pixels is not decoded: a phone's largest has fifty million, and each takes three bytes.
pub const MOST_PIXELS: u64 = 50_000_000;
/// Of either side.
pub const MOST_SIDE: u32 = 16_384;
/// Pixels of the longer side of a preview.
pub const PREVIEW_SIDE: u32 = 480;

/// A file that was looked through, without what it said of its maker and place.
#[derive(Debug)]
pub struct Looked {
    pub kind: MediaType,
    pub bytes: Vec<u8>,
    pub size: Option<PixelSize>,
    /// JPEG.
    pub preview: Option<Vec<u8>>,
}

/// Why a file is not taken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Unfit {
    /// It is none of the five; what it seems to be, in words.
    Other(&'static str),
    /// It is one of them, but cut off, damaged, too much to show, or holds what cannot be taken out.
    Bad { kind: MediaType, why: String },
}

/// Looks through a whole file.
pub fn look(bytes: Vec<u8>) -> Result<Looked, Unfit> {
    let kind = kind_of(&bytes).map_err(Unfit::Other)?;
    let bad = |why: String| Unfit::Bad { kind, why };
    match kind {
        MediaType::Jpeg => {
            let (clean, upright) = jpeg::cleaned(&bytes).map_err(bad)?;
            drop(bytes);
            picture::seen(kind, clean, upright).map_err(bad)
        }
        MediaType::Png => {
            let clean = png::cleaned(&bytes).map_err(bad)?;
            drop(bytes);
            picture::seen(kind, clean, None).map_err(bad)
        }
        MediaType::WebP => {
            let clean = webp::cleaned(&bytes).map_err(bad)?;
            drop(bytes);
            picture::seen(kind, clean, None).map_err(bad)
        }
        MediaType::Mp4 => {
            let mut bytes = bytes;
            let size = mp4::clean(&mut bytes).map_err(bad)?;
            Ok(Looked {
                kind,
                bytes,
                size: Some(size),
                preview: None,
            })
        }
        MediaType::Pdf => {
            let end = &bytes[bytes.len().saturating_sub(1_024)..];
            if !end.windows(5).any(|window| window == b"%%EOF") {
                return Err(bad("it has no end: it was cut off".into()));
            }
            Ok(Looked {
                kind,
                bytes,
                size: None,
                preview: None,
            })
        }
    }
}

/// By how it begins; if none of the five, what else it seems to be.
fn kind_of(bytes: &[u8]) -> Result<MediaType, &'static str> {
    let begins = |with: &[u8]| bytes.starts_with(with);
    let at = |at: usize, what: &[u8]| bytes.get(at..).is_some_and(|rest| rest.starts_with(what));
    if begins(b"\xff\xd8\xff") {
        return Ok(MediaType::Jpeg);
    }
    if begins(png::SIGNATURE) {
        return Ok(MediaType::Png);
    }
    if begins(b"RIFF") && at(8, b"WEBP") {
        return Ok(MediaType::WebP);
    }
    if begins(b"%PDF-") {
        return Ok(MediaType::Pdf);
    }
    if at(4, b"ftyp") {
        return mp4::by_brands(bytes);
    }
    Err(other(bytes))
}

fn other(bytes: &[u8]) -> &'static str {
    if bytes.is_empty() {
        return "an empty file";
    }
    for (beginning, what) in [
        (&b"GIF8"[..], "a GIF"),
        (b"BM", "a bitmap"),
        (b"II*\0", "a TIFF"),
        (b"MM\0*", "a TIFF"),
        (b"PK\x03\x04", "a ZIP archive or an office document"),
        (b"\x1f\x8b", "a gzip archive"),
        (b"Rar!", "a RAR archive"),
        (b"7z\xbc\xaf", "a 7z archive"),
        (b"\xd0\xcf\x11\xe0", "an old office document"),
        (b"\x7fELF", "a program"),
        (b"MZ", "a program"),
        (b"#!", "a script"),
        (b"\x1a\x45\xdf\xa3", "a Matroska or WebM film"),
        (b"RIFF", "a RIFF file that is no WebP"),
        (b"ID3", "an MP3"),
        (b"OggS", "an Ogg file"),
    ] {
        if bytes.starts_with(beginning) {
            return what;
        }
    }
    let head = &bytes[..bytes.len().min(512)];
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let words = head.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    if words.contains("<svg") {
        "an SVG"
    } else if words.starts_with("<!doctype html")
        || words.contains("<html")
        || words.contains("<script")
    {
        "a web page"
    } else if words.starts_with("<?xml") {
        "XML"
    } else if !head.contains(['\0', '\u{fffd}']) {
        "plain text"
    } else {
        "something else"
    }
}

/// Four bytes, the most significant first.
fn number_at(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_be_bytes(four.try_into().ok()?))
}
