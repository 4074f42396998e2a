//! A file given out whole or by one range, as RFC 9110 has it; read as it is sent, so that a large one costs no memory.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;

/// So much is read and sent at a time.
const CHUNK: u64 = 256 * 1024;

/// What is asked of a file that never changes.
pub fn answer(file: File, bytes: u64, tag: &str, asked: &HeaderMap) -> Response {
    of(bytes, tag, asked, |from, to| body(Arc::new(file), from, to))
}

fn body(file: Arc<File>, from: u64, to: u64) -> Body {
    let chunks = stream::unfold(from, move |at| {
        let file = file.clone();
        async move {
            if at >= to {
                return None;
            }
            let length = CHUNK.min(to - at);
            let read = tokio::task::spawn_blocking(move || {
                let mut bytes = vec![0; usize::try_from(length).map_err(io::Error::other)?];
                file.read_exact_at(&mut bytes, at)?;
                Ok(Bytes::from(bytes))
            });
            Some((read.await.map_err(io::Error::other).flatten(), at + length))
        }
    });
    Body::from_stream(chunks)
}

/// What a request asks of a file, after RFC 9110, section 14.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Asked {
    Whole,
    /// From the first byte up to the second, which is not in it.
    Part(u64, u64),
    Beyond,
}

impl Asked {
    /// Several ranges, or what is none, count as no range: the whole is a right answer to both.
    fn of(range: &str, bytes: u64) -> Self {
        let ends = range
            .strip_prefix("bytes=")
            .and_then(|ends| ends.split_once('-'));
        let Some((first, last)) = ends else {
            return Self::Whole;
        };
        let number = |text: &str| match text {
            "" => Some(None),
            digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                Some(Some(digits.parse().unwrap_or(u64::MAX)))
            }
            _ => None,
        };
        match (number(first), number(last)) {
            (Some(None), Some(Some(0))) => Self::Beyond,
            (Some(None), Some(Some(length))) if bytes > 0 => {
                Self::Part(bytes.saturating_sub(length), bytes)
            }
            (Some(Some(first)), Some(last)) => match last {
                Some(last) if last < first => Self::Whole,
                _ if first >= bytes => Self::Beyond,
                last => Self::Part(
                    first,
                    last.map_or(bytes, |last| bytes.min(last.saturating_add(1))),
                ),
            },
            _ => Self::Whole,
        }
    }
}

/// The whole, a part, or that nothing has changed; `body` gives the bytes from the first up to the second, which is not in it.
pub fn of(
    bytes: u64,
    tag: &str,
    asked: &HeaderMap,
    body: impl FnOnce(u64, u64) -> Body,
) -> Response {
    let text = |name: header::HeaderName| asked.get(name).and_then(|value| value.to_str().ok());
    let mut headers = HeaderMap::new();
    let mut say = |name, value: String| {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    };
    say(header::ACCEPT_RANGES, "bytes".into());
    say(header::ETAG, tag.to_owned());
    if text(header::IF_NONE_MATCH)
        .is_some_and(|known| known.split(',').any(|one| one.trim() == tag))
    {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    // A part of another file than the one that is begun already would be worse than the whole.
    let same = text(header::IF_RANGE).is_none_or(|known| known == tag);
    let range = text(header::RANGE).filter(|_| same);
    let part = range.map_or(Asked::Whole, |range| Asked::of(range, bytes));
    let (status, from, to) = match part {
        Asked::Beyond => {
            say(header::CONTENT_RANGE, format!("bytes */{bytes}"));
            return (StatusCode::RANGE_NOT_SATISFIABLE, headers).into_response();
        }
        Asked::Whole => (StatusCode::OK, 0, bytes),
        Asked::Part(from, to) => {
            say(
                header::CONTENT_RANGE,
                format!("bytes {from}-{}/{bytes}", to - 1),
            );
            (StatusCode::PARTIAL_CONTENT, from, to)
        }
    };
    say(header::CONTENT_LENGTH, (to - from).to_string());
    (status, headers, body(from, to)).into_response()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ranges_are_read_as_the_standard_has_them() {
        for (range, asked) in [
            ("bytes=0-99", Asked::Part(0, 100)),
            ("bytes=990-2000", Asked::Part(990, 1_000)),
            ("bytes=500-", Asked::Part(500, 1_000)),
            ("bytes=-10", Asked::Part(990, 1_000)),
            ("bytes=-5000", Asked::Part(0, 1_000)),
            ("bytes=1000-", Asked::Beyond),
            ("bytes=-0", Asked::Beyond),
            ("bytes=9-3", Asked::Whole),
            ("bytes=0-1,5-6", Asked::Whole),
            ("bytes=-", Asked::Whole),
            ("items=0-1", Asked::Whole),
            ("bytes=0-99999999999999999999999", Asked::Part(0, 1_000)),
        ] {
            assert_eq!(Asked::of(range, 1_000), asked, "{range}");
        }
        assert_eq!(Asked::of("bytes=0-0", 0), Asked::Beyond);
    }

    proptest! {
        #[test]
        fn a_part_lies_in_the_file(range in "(bytes=)?[0-9]{0,4}-?[0-9]{0,22}", bytes in 0..5_000_u64) {
            if let Asked::Part(from, to) = Asked::of(&range, bytes) {
                prop_assert!(from < to && to <= bytes, "{range} of {bytes}: {from} to {to}");
            }
        }
    }
}
