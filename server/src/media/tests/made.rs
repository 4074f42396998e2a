//! Small files of each kind, made here, with a place planted wherever cameras and programs put one.

use std::io::Cursor;

use image::codecs::webp::WebPEncoder;
use image::{ExtendedColorType, ImageFormat, RgbImage};

/// What must be gone: as it stands in the planted Exif, XMP, texts and boxes.
pub const PLACE: &[u8] = b"+23.0234+113.7463/";
/// A film behind a photo, as phones put one there.
pub const AFTER_THE_END: &[u8] = b"....ftypmp42 +23.0234+113.7463/ Huawei";

fn drawn(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        image::Rgb([(x * 7) as u8, (y * 5) as u8, (x ^ y) as u8])
    })
}

fn encoded(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    drawn(width, height)
        .write_to(&mut bytes, format)
        .expect("encoded");
    bytes.into_inner()
}

/// TIFF with orientation, the camera's maker, and a place in a comment.
fn exif(orientation: u16) -> Vec<u8> {
    let mut exif = b"MM\0*\0\0\0\x08\0\x02".to_vec();
    exif.extend(b"\x01\x12\0\x03\0\0\0\x01");
    exif.extend(orientation.to_be_bytes());
    exif.extend(b"\0\0");
    exif.extend(b"\x01\x0f\0\x02\0\0\0\x04XYZ\0");
    exif.extend(b"\0\0\0\0Huawei GPS ");
    exif.extend(PLACE);
    exif
}

fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let mut segment = vec![0xff, marker];
    segment.extend(
        u16::try_from(content.len() + 2)
            .expect("short")
            .to_be_bytes(),
    );
    segment.extend(content);
    segment
}

pub fn jpeg(width: u32, height: u32, orientation: Option<u16>) -> Vec<u8> {
    let plain = encoded(width, height, ImageFormat::Jpeg);
    let mut bytes = plain[..2].to_vec();
    let exif = [&b"Exif\0\0"[..], &exif(orientation.unwrap_or(1))].concat();
    bytes.extend(segment(0xe1, &exif));
    let xmp = [&b"http://ns.adobe.com/xap/1.0/\0<x XMP "[..], PLACE].concat();
    bytes.extend(segment(0xe1, &xmp));
    bytes.extend(segment(
        0xed,
        &[&b"Photoshop 3.0\0Canon"[..], PLACE].concat(),
    ));
    bytes.extend(segment(0xfe, PLACE));
    bytes.extend(&plain[2..]);
    bytes.extend(AFTER_THE_END);
    bytes
}

pub fn png_chunk(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let mut chunk = u32::try_from(content.len())
        .expect("short")
        .to_be_bytes()
        .to_vec();
    chunk.extend(name);
    chunk.extend(content);
    chunk.extend(crc32fast::hash(&chunk[4..]).to_be_bytes());
    chunk
}

/// A PNG of these chunks, good or not.
pub fn in_chunks(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut bytes = super::png::SIGNATURE.to_vec();
    for (name, content) in chunks {
        bytes.extend(png_chunk(name, content));
    }
    bytes
}

pub fn png(width: u32, height: u32) -> Vec<u8> {
    let plain = encoded(width, height, ImageFormat::Png);
    // After the header of 8 + 25 bytes.
    let (head, rest) = plain.split_at(33);
    let mut bytes = head.to_vec();
    bytes.extend(png_chunk(b"eXIf", &exif(1)));
    bytes.extend(png_chunk(
        b"tEXt",
        &[&b"Comment\0Canon "[..], PLACE].concat(),
    ));
    bytes.extend(png_chunk(
        b"iTXt",
        &[&b"XML:com.adobe.xmp\0\0\0\0\0XMP"[..], PLACE].concat(),
    ));
    bytes.extend(rest);
    bytes.extend(AFTER_THE_END);
    bytes
}

fn riff(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let mut chunk = name.to_vec();
    chunk.extend(u32::try_from(content.len()).expect("short").to_le_bytes());
    chunk.extend(content);
    if chunk.len() % 2 == 1 {
        chunk.push(0);
    }
    chunk
}

pub fn webp(width: u32, height: u32) -> Vec<u8> {
    let mut plain = Vec::new();
    WebPEncoder::new_lossless(&mut plain)
        .encode(
            &drawn(width, height),
            width,
            height,
            ExtendedColorType::Rgb8,
        )
        .expect("encoded");
    let side = |side: u32| (side - 1).to_le_bytes();
    let mut header = vec![0x0c, 0, 0, 0];
    header.extend(&side(width)[..3]);
    header.extend(&side(height)[..3]);
    let mut inner = b"WEBP".to_vec();
    inner.extend(riff(b"VP8X", &header));
    inner.extend(&plain[12..]);
    inner.extend(riff(b"EXIF", &exif(1)));
    inner.extend(riff(b"XMP ", &[&b"XMP"[..], PLACE].concat()));
    let mut bytes = b"RIFF".to_vec();
    bytes.extend(u32::try_from(inner.len()).expect("short").to_le_bytes());
    bytes.extend(inner);
    bytes.extend(AFTER_THE_END);
    bytes
}

fn boxed(name: &[u8; 4], parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut bytes = u32::try_from(content.len() + 8)
        .expect("short")
        .to_be_bytes()
        .to_vec();
    bytes.extend(name);
    bytes.extend(content);
    bytes
}

fn track(kind: &[u8; 4]) -> Vec<u8> {
    let mut head = vec![0; 84];
    // A quarter turn, 1920 × 1080 as it lies.
    head[44..48].copy_from_slice(&0x0001_0000_u32.to_be_bytes());
    head[52..56].copy_from_slice(&0xffff_0000_u32.to_be_bytes());
    head[76..80].copy_from_slice(&(1_920_u32 << 16).to_be_bytes());
    head[80..84].copy_from_slice(&(1_080_u32 << 16).to_be_bytes());
    let handler = [&[0; 8][..], kind, &[0; 12], b"Huawei handler\0"].concat();
    let tables = boxed(
        b"minf",
        &[&boxed(b"vmhd", &[&[0; 12]]), &boxed(b"stbl", &[])],
    );
    let media = boxed(
        b"mdia",
        &[
            &boxed(b"mdhd", &[&[0; 24]]),
            &boxed(b"hdlr", &[&handler]),
            &tables,
        ],
    );
    let told = boxed(b"udta", &[&boxed(b"name", &[PLACE])]);
    boxed(b"trak", &[&boxed(b"tkhd", &[&head]), &media, &told])
}

/// A film of one track of pictures and, unless it is the same, one of another kind.
pub fn film(kind: &[u8; 4]) -> Vec<u8> {
    let told = boxed(
        b"udta",
        &[&boxed(b"\xa9xyz", &[PLACE]), &boxed(b"loci", &[PLACE])],
    );
    let meta = boxed(b"meta", &[&[0; 4], &boxed(b"ilst", &[b"Canon", PLACE])]);
    let first = track(b"vide");
    let second = if kind == b"vide" {
        Vec::new()
    } else {
        track(kind)
    };
    let index = boxed(
        b"moov",
        &[&boxed(b"mvhd", &[&[0; 100]]), &first, &second, &told, &meta],
    );
    [
        boxed(b"ftyp", &[b"isom\0\0\x02\0isomiso2avc1mp41"]),
        boxed(b"uuid", &[&[7; 16], b"XMP", PLACE]),
        boxed(b"free", &[PLACE]),
        index,
        boxed(b"mdat", &[&[0xaa; 64]]),
    ]
    .concat()
}

pub fn pdf() -> Vec<u8> {
    let mut bytes = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Note(".to_vec();
    bytes.extend(PLACE);
    bytes.extend(b")>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n");
    bytes
}
