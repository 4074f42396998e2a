//! The files of a city pack as bytes: from a folder, or from the pack inside the program.
//! Reads, and never judges what is in them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use domain::city::Level;
use include_dir::{Dir, include_dir};

use super::mistake::Findings;

/// A file of a pack larger than this is refused; Dongguan's largest is 120 kB.
pub const MOST_FILE_BYTES: u64 = 64 * 1024 * 1024;
/// And so is a pack of more files than this.
pub const MOST_FILES: usize = 2_000;

static DONGGUAN: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/cities/dongguan");

/// Where a pack comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Source {
    /// The Dongguan pack that the program carries.
    Embedded,
    Folder(PathBuf),
}

/// The bytes of a pack, by path inside it (`boundaries/town.geojson`).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CityFiles(BTreeMap<String, Vec<u8>>);

impl CityFiles {
    /// What cannot be read becomes a finding; the rest is still there to be checked.
    pub(super) fn read(source: &Source, findings: &Findings) -> Self {
        let mut files = Self::default();
        match source {
            Source::Embedded => files.take_embedded(&DONGGUAN),
            Source::Folder(root) => files.take_folder(root, root, findings),
        }
        files
    }

    pub fn get(&self, path: &str) -> Option<&[u8]> {
        self.0.get(path).map(Vec::as_slice)
    }

    /// Paths under a folder (`feeds/`) that end as said (`.toml`), in order.
    pub fn under<'a>(&'a self, folder: &'a str, ending: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .keys()
            .map(String::as_str)
            .filter(move |path| path.starts_with(folder) && path.ends_with(ending))
    }

    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The outlines of a level as they stand in the pack; an empty collection where it has none.
    pub fn jurisdictions_geojson(&self, level: Level) -> &[u8] {
        self.get(boundary_file(level))
            .unwrap_or(br#"{"type":"FeatureCollection","features":[]}"#)
    }

    /// One layer of the basemap (`land`, `sea`, `water`, `rivers`, `metro`), as it stands in the pack.
    pub fn basemap_geojson(&self, layer: &str) -> Option<&[u8]> {
        self.get(&format!("basemap/{layer}.geojson"))
    }

    /// The names of the basemap's layers.
    pub fn basemap_layers(&self) -> impl Iterator<Item = &str> {
        self.under("basemap/", ".geojson")
            .filter_map(|path| path.strip_prefix("basemap/")?.strip_suffix(".geojson"))
    }

    fn take_embedded(&mut self, dir: &Dir<'_>) {
        for file in dir.files() {
            if let Some(path) = path_inside(Path::new(""), file.path()) {
                self.0.insert(path, file.contents().to_vec());
            }
        }
        for dir in dir.dirs() {
            self.take_embedded(dir);
        }
    }

    fn take_folder(&mut self, root: &Path, folder: &Path, findings: &Findings) {
        let shown =
            |path: &Path| path_inside(root, path).unwrap_or_else(|| path.display().to_string());
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => {
                let name = if folder == root {
                    folder.display().to_string()
                } else {
                    shown(folder)
                };
                findings.error(&name, None, format!("cannot open this folder: {error}"));
                return;
            }
        };
        for entry in entries {
            let path = match entry {
                Ok(entry) => entry.path(),
                Err(error) => {
                    findings.error(
                        &shown(folder),
                        None,
                        format!("cannot list this folder: {error}"),
                    );
                    continue;
                }
            };
            if hidden(&path) {
                continue;
            }
            if self.0.len() >= MOST_FILES {
                findings.error(
                    &shown(folder),
                    None,
                    format!("a pack holds at most {MOST_FILES} files"),
                );
                return;
            }
            match fs::metadata(&path) {
                // Packs are two levels deep; a link back to a parent must not lead us round.
                Ok(about) if about.is_dir() => {
                    if folder == root {
                        self.take_folder(root, &path, findings);
                    }
                }
                // Gigabytes of tiles, given to browsers by ranges and never read here (`ground`).
                Ok(_) if path.extension().is_some_and(|ending| ending == "pmtiles") => {}
                Ok(about) if about.len() > MOST_FILE_BYTES => findings.error(
                    &shown(&path),
                    None,
                    format!(
                        "is {} bytes; a file of a pack has at most {MOST_FILE_BYTES}",
                        about.len()
                    ),
                ),
                Ok(_) => self.take_file(&shown(&path), &path, findings),
                Err(error) => {
                    findings.error(&shown(&path), None, format!("cannot be read: {error}"))
                }
            }
        }
    }

    fn take_file(&mut self, name: &str, path: &Path, findings: &Findings) {
        match fs::read(path) {
            Ok(bytes) => {
                self.0.insert(name.to_owned(), bytes);
            }
            Err(error) => findings.error(name, None, format!("cannot be read: {error}")),
        }
    }
}

impl From<BTreeMap<String, Vec<u8>>> for CityFiles {
    fn from(files: BTreeMap<String, Vec<u8>>) -> Self {
        Self(files)
    }
}

/// The file that holds the outlines of a level.
pub fn boundary_file(level: Level) -> &'static str {
    match level {
        Level::City => "boundaries/city.geojson",
        Level::Town => "boundaries/town.geojson",
        Level::Village => "boundaries/village.geojson",
        Level::Grid => "boundaries/grid.geojson",
    }
}

/// Editors and version control leave such files about.
fn hidden(path: &Path) -> bool {
    path.file_name()
        .and_then(|name| name.to_str())
        .is_none_or(|name| name.starts_with('.') || name.ends_with('~'))
}

fn path_inside(root: &Path, path: &Path) -> Option<String> {
    let inside = path.strip_prefix(root).ok()?;
    let parts: Option<Vec<&str>> = inside
        .components()
        .map(|part| part.as_os_str().to_str())
        .collect();
    parts.map(|parts| parts.join("/"))
}
