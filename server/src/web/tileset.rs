//! Files of tiles that this server gives away by ranges. A file is opened once, at the start: one that is put in its place
//! shows after the next. One that is written over meanwhile is not given away: its tag and its tables would be of the other.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Once};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use futures_util::stream;

use super::problem::Problem;
use super::ranges;

pub const PMTILES: &str = "application/vnd.pmtiles";
/// So much is read and sent at a time.
const CHUNK: u64 = 256 * 1024;

/// A file of tiles, held open.
pub struct Tileset {
    path: PathBuf,
    file: File,
    bytes: u64,
    changed: SystemTime,
    tag: String,
    written_over_said: Once,
    unread_said: Once,
}

/// Why a file, or a part of it, is not given away.
#[derive(Debug)]
enum NotGiven {
    /// By what wrote into the file instead of putting another in its place: what is read now is of no file one could name.
    WrittenOver,
    Unread(io::Error),
}

impl Tileset {
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let about = file.metadata()?;
        let changed = about.modified()?;
        let changed_ms = changed.duration_since(UNIX_EPOCH).unwrap_or_default();
        let changed_ms = changed_ms.as_millis();
        Ok(Self {
            path: path.to_owned(),
            file,
            bytes: about.len(),
            changed,
            tag: format!("\"{:x}-{changed_ms:x}\"", about.len()),
            written_over_said: Once::new(),
            unread_said: Once::new(),
        })
    }

    /// What is asked of it, or why it is not given away.
    pub fn given(self: Arc<Self>, asked: &HeaderMap) -> Result<Response, Problem> {
        match self.is_as_opened() {
            Ok(()) => Ok(ranged(self, asked)),
            Err(why) => {
                self.say(&why);
                let detail = "The file of tiles is no longer what the server opened, or cannot be read. The server's log says which, and what to do.";
                Err(Problem::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "not now",
                    detail,
                ))
            }
        }
    }

    /// Whether it is what was opened.
    fn is_as_opened(&self) -> Result<(), NotGiven> {
        let about = self.file.metadata().map_err(NotGiven::Unread)?;
        let changed = about.modified().map_err(NotGiven::Unread)?;
        match (about.len(), changed) == (self.bytes, self.changed) {
            true => Ok(()),
            false => Err(NotGiven::WrittenOver),
        }
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
                let reading = tileset.clone();
                let read = tokio::task::spawn_blocking(move || reading.read(at, length)).await;
                let read = read.map_err(|error| NotGiven::Unread(io::Error::other(error)));
                let read = read.flatten().map_err(|why| {
                    tileset.say(&why);
                    io::Error::other("the file of tiles could not be read on")
                });
                Some((read, at + length))
            }
        });
        Body::from_stream(chunks)
    }

    fn read(&self, at: u64, length: u64) -> Result<Bytes, NotGiven> {
        let length = usize::try_from(length).map_err(io::Error::other);
        let mut bytes = vec![0; length.map_err(NotGiven::Unread)?];
        let read = self.file.read_exact_at(&mut bytes, at);
        // Asked after reading: what was written meanwhile may be among what was read, or have made the file shorter.
        self.is_as_opened()?;
        read.map_err(NotGiven::Unread)?;
        Ok(bytes.into())
    }

    /// Counts it each time, and logs each reason once: pages ask for tiles again and again.
    fn say(&self, why: &NotGiven) {
        let file = self.path.display();
        let reason = match why {
            NotGiven::WrittenOver => {
                self.written_over_said.call_once(|| {
                    tracing::error!(%file, "a file of tiles was written over while it was open and is no longer given away; start the server anew, and put the next file in its place by renaming it (mv)");
                });
                "written_over"
            }
            NotGiven::Unread(error) => {
                self.unread_said.call_once(|| {
                    tracing::error!(%file, %error, "failed to read a file of tiles; answers from it break off. What follows is only counted");
                });
                "unread"
            }
        };
        metrics::counter!("gulou_tileset_failures_total", "reason" => reason).increment(1);
    }
}

fn ranged(tileset: Arc<Tileset>, asked: &HeaderMap) -> Response {
    let (bytes, tag) = (tileset.bytes, tileset.tag.clone());
    let mut answer = ranges::of(bytes, &tag, asked, |from, to| tileset.body(from, to));
    let headers = answer.headers_mut();
    let caching = HeaderValue::from_static("private, max-age=300");
    headers.insert(header::CACHE_CONTROL, caching);
    if answer.status().is_success() {
        let kind = HeaderValue::from_static(PMTILES);
        answer.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    answer
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse as _;

    use super::*;

    fn tileset() -> (tempfile::TempDir, Arc<Tileset>) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.pmtiles");
        let bytes: Vec<u8> = (0..600_000_u32).map(|number| number as u8).collect();
        std::fs::write(&path, bytes).expect("writes");
        let tileset = Tileset::open(&path).expect("opens");
        (folder, Arc::new(tileset))
    }

    fn given(tileset: &Arc<Tileset>, asked: &HeaderMap) -> Response {
        tileset.clone().given(asked).into_response()
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
        let part = given(&tileset, &asking(&[(header::RANGE, "bytes=262140-262150")]));
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
        let whole = given(&tileset, &HeaderMap::new());
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
            |pairs: &[(header::HeaderName, &str)]| given(&tileset, &asking(pairs)).status();
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

    /// Writes over the file as `cp` does, without making a new one.
    fn write_over(folder: &tempfile::TempDir, bytes: &[u8]) {
        std::fs::write(folder.path().join("x.pmtiles"), bytes).expect("writes");
    }

    #[test]
    fn a_file_that_was_written_over_is_not_given_away_as_the_one_that_was_opened() {
        let (folder, tileset) = tileset();
        let status = |asked: &HeaderMap| given(&tileset, asked).status();
        write_over(&folder, &[7; 1_000]);
        assert_eq!(status(&HeaderMap::new()), StatusCode::SERVICE_UNAVAILABLE);
        let known = asking(&[(header::IF_NONE_MATCH, &tileset.tag)]);
        assert_eq!(status(&known), StatusCode::SERVICE_UNAVAILABLE);
        write_over(&folder, &[7; 600_000]);
        let file = File::open(folder.path().join("x.pmtiles")).expect("opens");
        let later = std::time::SystemTime::now() + std::time::Duration::from_secs(60);
        file.set_modified(later).expect("a moment");
        assert_eq!(
            status(&asking(&[(header::RANGE, "bytes=0-9")])),
            StatusCode::SERVICE_UNAVAILABLE,
            "as long as before, but of another time"
        );
    }

    #[test]
    fn a_file_that_another_took_the_place_of_is_given_away_until_the_next_start() {
        let (folder, tileset) = tileset();
        let beside = folder.path().join("new.pmtiles");
        std::fs::write(&beside, [7; 1_000]).expect("writes");
        std::fs::rename(beside, folder.path().join("x.pmtiles")).expect("takes its place");
        assert_eq!(given(&tileset, &HeaderMap::new()).status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn an_answer_breaks_off_when_its_file_is_written_over_and_that_is_counted() {
        let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
        let counted = recorder.handle();
        let _counting = metrics::set_default_local_recorder(&recorder);
        let (folder, tileset) = tileset();
        let answer = given(&tileset, &HeaderMap::new());
        assert_eq!(answer.status(), StatusCode::OK);
        write_over(&folder, &[7; 600_000]);
        let file = File::open(folder.path().join("x.pmtiles")).expect("opens");
        let later = std::time::SystemTime::now() + std::time::Duration::from_secs(60);
        file.set_modified(later).expect("a moment");
        assert!(
            axum::body::to_bytes(answer.into_body(), 1_000_000)
                .await
                .is_err()
        );
        let counted = counted.render();
        assert!(
            counted.contains(r#"gulou_tileset_failures_total{reason="written_over"} 1"#),
            "{counted}"
        );
    }
}
