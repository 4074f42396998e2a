//! The head of a PMTiles file, version 3 (github.com/protomaps/PMTiles/blob/main/spec/v3/spec.md): whether it is one, and what
//! is in it. Reads no tile: browsers do that by ranges.

use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use domain::place::Bounds;
use domain::wire::ground::TileKind;
use flate2::read::GzDecoder;

const HEAD: usize = 127;
const MAGIC: &[u8] = b"PMTiles";
const VERSION: u8 = 3;
/// Metadata of a planet are a few ten kilobytes.
const MOST_METADATA: u64 = 4 * 1024 * 1024;
const MOST_LAYERS: usize = 200;
const DEEPEST_ZOOM: u8 = 24;
const E7: f64 = 10_000_000.0;

/// What is known of a file.
#[derive(Clone, PartialEq, Debug)]
pub struct About {
    pub kind: TileKind,
    pub min_zoom: u8,
    pub max_zoom: u8,
    pub bounds: Option<Bounds>,
    /// As the file says it, tags left out; empty where it says nothing.
    pub attribution: String,
    /// Of vector tiles.
    pub layers: Vec<String>,
}

struct Head([u8; HEAD]);

impl Head {
    fn u64(&self, at: usize) -> u64 {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&self.0[at..at + 8]);
        u64::from_le_bytes(bytes)
    }

    fn degrees(&self, at: usize) -> f64 {
        let mut bytes = [0; 4];
        bytes.copy_from_slice(&self.0[at..at + 4]);
        f64::from(i32::from_le_bytes(bytes)) / E7
    }
}

/// Fails with what is wrong, without the file's name.
pub fn about(path: &Path) -> Result<About, String> {
    let file = File::open(path).map_err(|error| format!("cannot be opened: {error}"))?;
    let length = file
        .metadata()
        .map_err(|error| format!("cannot be read: {error}"))?
        .len();
    let mut head = Head([0; HEAD]);
    let no_pmtiles =
        "is no PMTiles file; make one with `pmtiles convert`, tippecanoe or planetiler";
    file.read_exact_at(&mut head.0, 0)
        .map_err(|_| no_pmtiles.to_owned())?;
    if !head.0.starts_with(MAGIC) {
        return Err(no_pmtiles.into());
    }
    if head.0[7] != VERSION {
        return Err(format!(
            "is PMTiles version {}; only version {VERSION} is read: write it anew with `pmtiles convert`",
            head.0[7]
        ));
    }
    for at in [8, 24, 40, 56] {
        let end = head.u64(at).checked_add(head.u64(at + 8));
        if end.is_none_or(|end| end > length) {
            return Err("is cut off: it says it is longer than it is; copy it again".into());
        }
    }
    for (at, what) in [(97, "directories"), (98, "tiles")] {
        if !matches!(head.0[at], 1 | 2) {
            return Err(format!(
                "has {what} compressed in a way that browsers do not open; write it with gzip"
            ));
        }
    }
    let kind = match head.0[99] {
        1 => TileKind::Vector,
        2..=5 => TileKind::Raster,
        _ => return Err("has tiles of a kind that the map does not draw; known are MVT, PNG, JPEG, WebP and AVIF".into()),
    };
    let (min_zoom, max_zoom) = (head.0[100], head.0[101]);
    if min_zoom > max_zoom || max_zoom > DEEPEST_ZOOM {
        return Err(format!("says it has zooms {min_zoom} to {max_zoom}"));
    }
    let edges = [102, 106, 110, 114].map(|at| head.degrees(at));
    let bounds = Bounds::from_degrees(edges)
        .ok()
        .filter(|_| edges != [0.0; 4]);
    let metadata = metadata(&file, head.u64(24), head.u64(32), head.0[97] == 2)?;
    let layers = metadata
        .get("vector_layers")
        .and_then(|layers| layers.as_array());
    let layers = layers.into_iter().flatten();
    let named = layers.filter_map(|layer| layer.get("id")?.as_str().map(ToOwned::to_owned));
    let attribution = metadata.get("attribution").and_then(|said| said.as_str());
    Ok(About {
        kind,
        min_zoom,
        max_zoom,
        bounds,
        attribution: attribution.map(without_tags).unwrap_or_default(),
        layers: named.take(MOST_LAYERS).collect(),
    })
}

fn metadata(
    file: &File,
    offset: u64,
    length: u64,
    compressed: bool,
) -> Result<serde_json::Value, String> {
    if length == 0 {
        return Ok(serde_json::Value::Null);
    }
    if length > MOST_METADATA {
        return Err("has metadata of more than 4 MiB".into());
    }
    let mut bytes = vec![0; usize::try_from(length).unwrap_or_default()];
    file.read_exact_at(&mut bytes, offset)
        .map_err(|error| format!("cannot be read: {error}"))?;
    let mut text = Vec::new();
    if compressed {
        GzDecoder::new(bytes.as_slice())
            .take(MOST_METADATA)
            .read_to_end(&mut text)
            .map_err(|_| "has metadata that are not gzip as its head says".to_owned())?;
    } else {
        text = bytes;
    }
    serde_json::from_slice(&text).map_err(|_| "has metadata that are not JSON".to_owned())
}

/// Sources are often written as links; the page shows them as text.
fn without_tags(said: &str) -> String {
    let mut plain = String::new();
    let mut inside = false;
    for letter in said.chars() {
        match letter {
            '<' => inside = true,
            '>' => inside = false,
            _ if !inside => plain.push(letter),
            _ => {}
        }
    }
    plain
        .replace("&copy;", "©")
        .replace("&amp;", "&")
        .trim()
        .to_owned()
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A file with a head and metadata, and no tile.
    pub fn file_of(kind: u8, metadata: &str) -> Vec<u8> {
        let mut bytes = vec![0; HEAD];
        bytes[..7].copy_from_slice(MAGIC);
        bytes[7] = VERSION;
        let place = [
            (8, HEAD as u64),
            (24, HEAD as u64),
            (32, metadata.len() as u64),
        ];
        for (at, number) in place {
            bytes[at..at + 8].copy_from_slice(&number.to_le_bytes());
        }
        bytes[97..102].copy_from_slice(&[1, 1, kind, 5, 14]);
        for (at, degrees) in [(102, 113.5), (106, 22.6), (110, 114.3), (114, 23.2)] {
            let e7 = (degrees * E7) as i32;
            bytes[at..at + 4].copy_from_slice(&e7.to_le_bytes());
        }
        bytes.extend(metadata.as_bytes());
        bytes
    }

    fn read(bytes: &[u8]) -> Result<About, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.pmtiles");
        std::fs::write(&path, bytes).expect("writes");
        about(&path)
    }

    #[test]
    fn the_head_says_what_is_in_the_file() {
        let metadata = r#"{"attribution":"<a href='x'>&copy; OpenStreetMap</a>","vector_layers":[{"id":"roads"},{"id":"water"}]}"#;
        let found = read(&file_of(1, metadata)).expect("good");
        assert_eq!(found.kind, TileKind::Vector);
        assert_eq!((found.min_zoom, found.max_zoom), (5, 14));
        assert_eq!(found.attribution, "© OpenStreetMap");
        assert_eq!(found.layers, ["roads", "water"]);
        assert!(found.bounds.is_some());
        assert_eq!(
            read(&file_of(3, "{}")).expect("good").kind,
            TileKind::Raster
        );
    }

    #[test]
    fn what_is_no_such_file_is_refused_with_what_to_do() {
        let good = file_of(1, "{}");
        let changed = |at: usize, to: u8| {
            let mut bytes = good.clone();
            bytes[at] = to;
            bytes
        };
        for (bytes, says) in [
            (b"PK\x03\x04 a zip".to_vec(), "pmtiles convert"),
            (vec![0; 500], "pmtiles convert"),
            (changed(7, 2), "version 2"),
            (changed(31, 1), "cut off"),
            (changed(97, 3), "gzip"),
            (changed(98, 4), "gzip"),
            (changed(99, 0), "MVT"),
            (changed(100, 20), "zooms"),
            (file_of(1, "{"), "JSON"),
        ] {
            let mistake = read(&bytes).expect_err(says);
            assert!(mistake.contains(says), "{mistake}");
        }
        assert!(
            about(Path::new("nowhere.pmtiles"))
                .expect_err("missing")
                .contains("opened")
        );
    }
}
