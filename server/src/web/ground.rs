//! What lies under the map beside the pack's outlines: what pages may fetch, and the files of tiles that this server gives
//! away by ranges. A file is opened once, at the start: one that is put in its place shows after the next.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path as FilePath;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::wire::ground::{ConfiguredBasemap, ImageryList};
use futures_util::stream;

use super::Office;
use super::forms::one;
use super::problem::Problem;

pub const PMTILES: &str = "application/vnd.pmtiles";
/// So much is read and sent at a time.
const CHUNK: u64 = 256 * 1024;

/// Nothing unless it was configured.
#[derive(Default)]
pub struct Ground {
    pub basemap: ConfiguredBasemap,
    pub imagery: ImageryList,
    /// Whom pages with a map may ask beside this server.
    pub origins: Vec<String>,
    pub tilesets: BTreeMap<String, Arc<Tileset>>,
}

impl Ground {
    /// What a page with a map must say under it.
    pub fn attribution(&self) -> Option<&str> {
        let basemap = self.basemap.basemap.as_ref()?;
        Some(&basemap.attribution)
    }
}

/// A file of tiles, held open.
pub struct Tileset {
    file: File,
    bytes: u64,
    tag: String,
}

impl Tileset {
    pub fn open(path: &FilePath) -> io::Result<Self> {
        let file = File::open(path)?;
        let about = file.metadata()?;
        let changed = about.modified()?.duration_since(UNIX_EPOCH);
        let changed_ms = changed.unwrap_or_default().as_millis();
        Ok(Self {
            file,
            bytes: about.len(),
            tag: format!("\"{:x}-{changed_ms:x}\"", about.len()),
        })
    }

    /// Read as it is sent, so a file of many gigabytes costs no memory.
    fn body(self: Arc<Self>, from: u64, to: u64) -> Body {
        let chunks = stream::unfold(from, move |at| {
            let tileset = self.clone();
            async move {
                if at >= to {
                    return None;
                }
                let length = CHUNK.min(to - at);
                let read = tokio::task::spawn_blocking(move || tileset.read(at, length)).await;
                let read = read.map_err(io::Error::other).flatten();
                Some((read, at + length))
            }
        });
        Body::from_stream(chunks)
    }

    fn read(&self, at: u64, length: u64) -> io::Result<Bytes> {
        let mut bytes = vec![0; usize::try_from(length).map_err(io::Error::other)?];
        self.file.read_exact_at(&mut bytes, at)?;
        Ok(bytes.into())
    }
}

pub async fn basemap(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    office.who(&headers)?;
    Ok(one(&headers, &office.ground.basemap))
}

pub async fn imagery(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    office.who(&headers)?;
    Ok(one(&headers, &office.ground.imagery))
}

pub async fn tileset(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    office.who(&headers)?;
    match office.ground.tilesets.get(&name) {
        Some(tileset) => Ok(ranged(tileset.clone(), &headers)),
        None => Err(Problem::not_found(format!(
            "No file of tiles is configured under the name \"{name}\"."
        ))),
    }
}

/// What a request asks of a file, after RFC 9110, section 14.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Asked {
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

fn ranged(tileset: Arc<Tileset>, asked: &HeaderMap) -> Response {
    let text = |name: header::HeaderName| asked.get(name).and_then(|value| value.to_str().ok());
    let (bytes, tag) = (tileset.bytes, tileset.tag.clone());
    let mut headers = HeaderMap::new();
    let mut say = |name, value: String| {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    };
    say(header::ACCEPT_RANGES, "bytes".into());
    say(header::ETAG, tag.clone());
    say(header::CACHE_CONTROL, "private, max-age=300".into());
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
    say(header::CONTENT_TYPE, PMTILES.into());
    say(header::CONTENT_LENGTH, (to - from).to_string());
    (status, headers, tileset.body(from, to)).into_response()
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

    fn tileset() -> (tempfile::TempDir, Arc<Tileset>) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.pmtiles");
        let bytes: Vec<u8> = (0..600_000_u32).map(|number| number as u8).collect();
        std::fs::write(&path, bytes).expect("writes");
        let tileset = Tileset::open(&path).expect("opens");
        (folder, Arc::new(tileset))
    }

    fn asking(pairs: &[(header::HeaderName, &str)]) -> HeaderMap {
        let value = |text: &str| HeaderValue::from_str(text).expect("a value");
        pairs
            .iter()
            .map(|(name, text)| (name.clone(), value(text)))
            .collect()
    }

    #[tokio::test]
    async fn a_part_and_the_whole_are_what_the_file_holds() {
        let (_folder, tileset) = tileset();
        let part = ranged(
            tileset.clone(),
            &asking(&[(header::RANGE, "bytes=262140-262150")]),
        );
        assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
        assert_eq!(
            part.headers()[header::CONTENT_RANGE],
            "bytes 262140-262150/600000"
        );
        let body = axum::body::to_bytes(part.into_body(), 100)
            .await
            .expect("a body");
        let expected: Vec<u8> = (262_140..=262_150_u32).map(|number| number as u8).collect();
        assert_eq!(body, expected);
        let whole = ranged(tileset, &HeaderMap::new());
        assert_eq!(whole.status(), StatusCode::OK);
        let body = axum::body::to_bytes(whole.into_body(), 1_000_000)
            .await
            .expect("a body");
        assert_eq!(body.len(), 600_000);
    }

    #[test]
    fn what_is_known_is_not_sent_again_and_no_two_files_are_mixed() {
        let (_folder, tileset) = tileset();
        let tag = tileset.tag.clone();
        let status =
            |pairs: &[(header::HeaderName, &str)]| ranged(tileset.clone(), &asking(pairs)).status();
        assert_eq!(
            status(&[(header::IF_NONE_MATCH, &tag)]),
            StatusCode::NOT_MODIFIED
        );
        let range = (header::RANGE, "bytes=0-9");
        assert_eq!(
            status(&[range.clone(), (header::IF_RANGE, &tag)]),
            StatusCode::PARTIAL_CONTENT
        );
        assert_eq!(
            status(&[range, (header::IF_RANGE, "\"another\"")]),
            StatusCode::OK
        );
        assert_eq!(
            status(&[(header::RANGE, "bytes=600000-")]),
            StatusCode::RANGE_NOT_SATISFIABLE
        );
    }
}
