//! Undoes the compression of a body. Stops as soon as the limit is passed, so a bomb costs no more than an honest body.

use std::borrow::Cow;
use std::io::{self, Read};

use brotli_decompressor::Decompressor;
use flate2::read::MultiGzDecoder;

use super::refusal::Refusal;

/// Bytes a body may have after decompression (API.md).
pub const MOST_BYTES: usize = 10 * 1024 * 1024;
/// Windows up to 16 MiB, as a logarithm: more than the largest body, and far from the 2 GiB a frame may ask for.
const ZSTD_WINDOW_LOG: u32 = 24;
const BROTLI_BUFFER: usize = 16 * 1024;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Encoding {
    Identity,
    Gzip,
    Zstd,
    Brotli,
}

impl Encoding {
    /// `None` is an absent header. One encoding only: two of them is how bombs are nested.
    pub fn named(header: Option<&str>) -> Result<Self, Refusal> {
        let name = header.unwrap_or_default().trim().to_ascii_lowercase();
        match name.as_str() {
            "" | "identity" => Ok(Self::Identity),
            "gzip" | "x-gzip" => Ok(Self::Gzip),
            "zstd" => Ok(Self::Zstd),
            "br" => Ok(Self::Brotli),
            _ => Err(Refusal::UnknownEncoding(name.chars().take(60).collect())),
        }
    }
}

/// The body as it was before compression.
pub fn decoded(encoding: Encoding, body: &[u8]) -> Result<Cow<'_, [u8]>, Refusal> {
    let unpacked = match encoding {
        Encoding::Identity if body.len() > MOST_BYTES => return Err(Refusal::TooManyBytes),
        Encoding::Identity => return Ok(Cow::Borrowed(body)),
        Encoding::Gzip => bounded(MultiGzDecoder::new(body), "gzip")?,
        Encoding::Zstd => {
            let mut reader = zstd::stream::read::Decoder::with_buffer(body)
                .map_err(|error| unpackable("zstd", &error))?;
            reader
                .window_log_max(ZSTD_WINDOW_LOG)
                .map_err(|error| unpackable("zstd", &error))?;
            bounded(reader, "zstd")?
        }
        Encoding::Brotli => bounded(Decompressor::new(body, BROTLI_BUFFER), "br")?,
    };
    Ok(Cow::Owned(unpacked))
}

fn bounded(reader: impl Read, name: &'static str) -> Result<Vec<u8>, Refusal> {
    let mut unpacked = Vec::new();
    reader
        .take(MOST_BYTES as u64 + 1)
        .read_to_end(&mut unpacked)
        .map_err(|error| unpackable(name, &error))?;
    if unpacked.len() > MOST_BYTES {
        return Err(Refusal::TooManyBytes);
    }
    Ok(unpacked)
}

fn unpackable(name: &'static str, error: &io::Error) -> Refusal {
    Refusal::Unpackable {
        encoding: name,
        reason: error.to_string(),
    }
}
