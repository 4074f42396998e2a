//! Why a whole request is refused, and how that reads as RFC 9457. Never says more of us than the sender needs.

use std::fmt;

use serde::Serialize;

/// A batch we take nothing of. Ordered as they are checked.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    /// No key, or one we do not know or have revoked.
    NoKey,
    NotPost,
    TooSlow,
    Cut,
    TooManyBytes,
    TooManyItems,
    UnknownEncoding(String),
    Unpackable {
        encoding: &'static str,
        reason: String,
    },
    UnknownContentType(String),
    /// `?feed=` is missing or names no definition that fits.
    Feed(String),
    NotUtf8 {
        at: usize,
    },
    Malformed {
        reason: String,
        line: usize,
        column: usize,
    },
    TooDeep,
    /// Readable, but not the list or collection the content type promises.
    WrongShape {
        pointer: &'static str,
        reason: String,
    },
    /// Not one line of many could be read.
    NoLineReadable {
        lines: usize,
        first: String,
    },
    OutsideKey {
        glob: String,
    },
    Busy {
        retry_after_s: u32,
    },
    Unavailable {
        retry_after_s: u32,
        reason: String,
    },
}

/// The body of an answer that refuses.
#[derive(Serialize)]
pub struct Problem {
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub title: &'static str,
    pub status: u16,
    pub detail: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Pointed>,
}

#[derive(Serialize)]
pub struct Pointed {
    pub pointer: String,
    pub reason: String,
}

impl Refusal {
    pub fn status(&self) -> u16 {
        match self {
            Self::NoKey => 401,
            Self::OutsideKey { .. } => 403,
            Self::NotPost => 405,
            Self::TooSlow => 408,
            Self::TooManyBytes | Self::TooManyItems => 413,
            Self::UnknownEncoding(_) | Self::UnknownContentType(_) => 415,
            Self::Busy { .. } => 429,
            Self::Unavailable { .. } => 503,
            Self::Cut
            | Self::Unpackable { .. }
            | Self::Feed(_)
            | Self::NotUtf8 { .. }
            | Self::Malformed { .. }
            | Self::TooDeep
            | Self::WrongShape { .. }
            | Self::NoLineReadable { .. } => 400,
        }
    }

    /// Seconds after which trying again makes sense.
    pub fn retry_after_s(&self) -> Option<u32> {
        match self {
            Self::Busy { retry_after_s } | Self::Unavailable { retry_after_s, .. } => {
                Some(*retry_after_s)
            }
            _ => None,
        }
    }

    fn title(&self) -> &'static str {
        match self {
            Self::NoKey => "A key is needed",
            Self::OutsideKey { .. } => "The key does not cover these sources",
            Self::NotPost => "Only POST is answered here",
            Self::TooSlow => "The body came too slowly",
            Self::TooManyBytes | Self::TooManyItems => "The batch is too large",
            Self::UnknownEncoding(_) => "Unknown content encoding",
            Self::UnknownContentType(_) => "Unknown content type",
            Self::Busy { .. } => "Too busy to take more",
            Self::Unavailable { .. } => "Not taking observations now",
            _ => "The body cannot be read",
        }
    }

    fn pointer(&self) -> Option<String> {
        match self {
            Self::Feed(_) => Some("?feed".into()),
            Self::WrongShape { pointer, .. } => Some((*pointer).into()),
            Self::Malformed { .. } | Self::TooDeep | Self::NotUtf8 { .. } => Some(String::new()),
            Self::OutsideKey { .. } => Some("/source".into()),
            _ => None,
        }
    }

    pub fn problem(&self) -> Problem {
        let detail = self.to_string();
        let errors = self.pointer().map(|pointer| Pointed {
            pointer,
            reason: detail.clone(),
        });
        Problem {
            kind: "about:blank",
            title: self.title(),
            status: self.status(),
            errors: errors.into_iter().collect(),
            detail,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoKey => f.write_str(
                "send the header Authorization: Bearer KEY with a key that is known and not revoked",
            ),
            Self::NotPost => f.write_str("observations are sent with POST; incidents are read at /api/v1/incidents"),
            Self::TooSlow => f.write_str(
                "the body did not arrive in time: 30 seconds in all, never 10 without a byte",
            ),
            Self::Cut => f.write_str("the body ended before its announced length"),
            Self::TooManyBytes => f.write_str(
                "the body is larger than 10 MiB after decompression; send it in several batches",
            ),
            Self::TooManyItems => {
                f.write_str("the batch has more than 10,000 items; send it in several batches")
            }
            Self::UnknownEncoding(name) => write!(
                f,
                "content encoding \"{name}\" is not one of gzip, zstd, br, identity; one only"
            ),
            Self::Unpackable { encoding, reason } => {
                write!(f, "the body is not valid {encoding}: {reason}")
            }
            Self::UnknownContentType(name) => write!(
                f,
                "content type \"{name}\" is not one of application/json, application/x-ndjson, application/geo+json"
            ),
            Self::Feed(reason) => f.write_str(reason),
            Self::NotUtf8 { at } => write!(f, "the body is not UTF-8 at byte {at}"),
            Self::Malformed {
                reason,
                line,
                column,
            } => write!(
                f,
                "the body is not JSON: {reason} at line {line} column {column}"
            ),
            Self::TooDeep => f.write_str("the body nests deeper than 64"),
            Self::WrongShape { reason, .. } => f.write_str(reason),
            Self::NoLineReadable { lines, first } => {
                write!(f, "none of {lines} lines is JSON; the first: {first}")
            }
            Self::OutsideKey { glob } => {
                write!(f, "every item is of a source outside this key's \"{glob}\"")
            }
            Self::Busy { retry_after_s } => write!(
                f,
                "nothing of this batch was taken; try again in {retry_after_s} s"
            ),
            Self::Unavailable {
                retry_after_s,
                reason,
            } => {
                write!(
                    f,
                    "nothing of this batch was taken: {reason}; try again in {retry_after_s} s"
                )
            }
        }
    }
}

impl std::error::Error for Refusal {}
