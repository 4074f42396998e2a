//! The data folder: one process works in it at a time, and nobody but its owner reads it.
//! Never deletes anything it did not make.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::StoreError;

/// Of the folder as a whole; each file in it has its own version besides.
const FORMAT: &str = "gulou data folder 1\n";

pub(super) const FORMAT_FILE: &str = "format";
pub(super) const LOCK_FILE: &str = "lock";
pub(super) const JOURNAL_FILE: &str = "journal.db";
pub(super) const RECORDS_FILE: &str = "records.db";
pub(super) const READINGS_FILE: &str = "readings.db";
pub(super) const RECORDINGS_FILE: &str = "recordings.db";
pub(super) const OUTBOX_FILE: &str = "outbox.db";
pub(super) const SNAPSHOTS_FOLDER: &str = "snapshots";
pub(super) const ATTACHMENTS_FOLDER: &str = "attachments";

/// A data folder that is ours alone for as long as this value lives.
#[derive(Debug)]
pub struct Folder {
    dir: PathBuf,
    /// The lock goes with the open file: a killed process leaves none behind.
    _lock: File,
}

impl Folder {
    /// Makes the folder if there is none, and takes its lock.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        // Looked at before it is touched: a stranger's folder keeps its rights too.
        if let Some(found) = foreign_content(dir)? {
            return Err(StoreError::NotOurFolder {
                dir: dir.to_owned(),
                found,
            });
        }
        make_private_folder(dir)?;
        let lock = take_lock(&dir.join(LOCK_FILE))?;
        check_format(dir)?;
        make_private_folder(&dir.join(SNAPSHOTS_FOLDER))?;
        Ok(Self {
            dir: dir.to_owned(),
            _lock: lock,
        })
    }

    pub fn path(&self) -> &Path {
        &self.dir
    }

    pub fn journal(&self) -> PathBuf {
        self.dir.join(JOURNAL_FILE)
    }

    pub fn records(&self) -> PathBuf {
        self.dir.join(RECORDS_FILE)
    }

    pub fn readings(&self) -> PathBuf {
        self.dir.join(READINGS_FILE)
    }

    pub fn recordings(&self) -> PathBuf {
        self.dir.join(RECORDINGS_FILE)
    }

    pub fn snapshots(&self) -> PathBuf {
        self.dir.join(SNAPSHOTS_FOLDER)
    }

    pub fn outbox(&self) -> PathBuf {
        self.dir.join(OUTBOX_FILE)
    }

    pub fn attachments(&self) -> PathBuf {
        self.dir.join(ATTACHMENTS_FOLDER)
    }
}

/// Something in a folder without our format file that is not ours either.
fn foreign_content(dir: &Path) -> Result<Option<String>, StoreError> {
    if dir.join(FORMAT_FILE).exists() {
        return Ok(None);
    }
    let reading = |source| StoreError::file("read the folder", dir, source);
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(reading(source)),
    };
    for entry in entries {
        let name = entry.map_err(reading)?.file_name();
        // The lock alone: a start that was stopped before it wrote the format.
        if name != LOCK_FILE {
            return Ok(Some(name.to_string_lossy().into_owned()));
        }
    }
    Ok(None)
}

pub(super) fn take_lock(path: &Path) -> Result<File, StoreError> {
    let doing = "take the lock";
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .map_err(|source| StoreError::file(doing, path, source))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            // Unreadable or empty only in the instant before the holder writes its number.
            let holder = match file.read_to_string(&mut holder) {
                Ok(_) => holder.trim().parse().ok(),
                Err(_) => None,
            };
            return Err(StoreError::Locked {
                lock: path.to_owned(),
                holder,
            });
        }
        Err(TryLockError::Error(source)) => return Err(StoreError::file(doing, path, source)),
    }
    let write_holder = |file: &mut File| {
        file.set_len(0)?;
        file.rewind()?;
        writeln!(file, "{}", std::process::id())
    };
    write_holder(&mut file).map_err(|source| StoreError::file(doing, path, source))?;
    Ok(file)
}

fn check_format(dir: &Path) -> Result<(), StoreError> {
    let path = dir.join(FORMAT_FILE);
    match fs::read_to_string(&path) {
        Ok(found) if found == FORMAT => Ok(()),
        Ok(found) => Err(StoreError::Version {
            path,
            found: format!("\"{}\"", found.trim()),
            ours: format!("\"{}\"", FORMAT.trim()),
        }),
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => write_format(dir),
        Err(source) => Err(StoreError::file("read", &path, source)),
    }
}

pub(super) fn write_format(dir: &Path) -> Result<(), StoreError> {
    write_whole_file(&dir.join(FORMAT_FILE), FORMAT.as_bytes())
}

/// Makes the folder for its owner alone, or closes an existing one to others.
pub(super) fn make_private_folder(dir: &Path) -> Result<(), StoreError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(|source| StoreError::file("make the folder", dir, source))?;
    fs::set_permissions(dir, Permissions::from_mode(0o700))
        .map_err(|source| StoreError::file("close to others", dir, source))
}

/// A file is there whole or not at all: written beside, synced, then renamed.
pub(super) fn write_whole_file(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    write_whole(path, |file| file.write_all(bytes))
}

/// The same for what is written piece by piece.
pub(super) fn write_whole<T>(
    path: &Path,
    fill: impl FnOnce(&mut File) -> std::io::Result<T>,
) -> Result<T, StoreError> {
    let part = path.with_added_extension("part");
    let write = || {
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&part)?;
        let filled = fill(&mut file)?;
        file.sync_all()?;
        fs::rename(&part, path)?;
        Ok(filled)
    };
    let filled = write().map_err(|source| StoreError::file("write", path, source))?;
    sync_folder_of(path)?;
    Ok(filled)
}

/// A rename lasts only once its folder is on the disk too.
pub(super) fn sync_folder_of(path: &Path) -> Result<(), StoreError> {
    let dir = match path.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir,
        _ => Path::new("."),
    };
    File::open(dir)
        .and_then(|dir| dir.sync_all())
        .map_err(|source| StoreError::file("sync the folder", dir, source))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_process_at_a_time_and_the_second_learns_whose_it_is() {
        let home = tempfile::tempdir().expect("a folder");
        let dir = home.path().join("data");
        let held = Folder::open(&dir).expect("the first may work");
        let refused = Folder::open(&dir).expect_err("the second may not");
        let words = refused.to_string();
        assert!(
            words.contains(&format!("process {}", std::process::id())) && words.contains("--data"),
            "{words}"
        );
        drop(held);
        Folder::open(&dir).expect("free again");
    }

    #[test]
    fn nobody_but_the_owner_may_look_in() {
        let home = tempfile::tempdir().expect("a folder");
        let dir = home.path().join("data");
        fs::create_dir(&dir).expect("made by hand, open to all");
        fs::set_permissions(&dir, Permissions::from_mode(0o755)).expect("set");
        let _folder = Folder::open(&dir).expect("opens");
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!(mode(&dir), 0o700);
        assert_eq!(mode(&dir.join(SNAPSHOTS_FOLDER)), 0o700);
        assert_eq!(mode(&dir.join(LOCK_FILE)), 0o600);
        assert_eq!(mode(&dir.join(FORMAT_FILE)), 0o600);
    }

    #[test]
    fn a_folder_of_other_things_is_left_alone() {
        let home = tempfile::tempdir().expect("a folder");
        fs::write(home.path().join("thesis.txt"), "mine").expect("written");
        fs::set_permissions(home.path(), Permissions::from_mode(0o755)).expect("set");
        let refused = Folder::open(home.path()).expect_err("not ours");
        assert!(refused.to_string().contains("thesis.txt"), "{refused}");
        assert!(!home.path().join(FORMAT_FILE).exists());
        let mode = fs::metadata(home.path())
            .expect("there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o755);
    }

    #[test]
    fn a_newer_format_is_not_guessed_at() {
        let home = tempfile::tempdir().expect("a folder");
        let dir = home.path().join("data");
        drop(Folder::open(&dir).expect("opens"));
        fs::write(dir.join(FORMAT_FILE), "gulou data folder 2\n").expect("written");
        let refused = Folder::open(&dir).expect_err("newer");
        assert!(refused.to_string().contains("folder 2"), "{refused}");
    }
}
