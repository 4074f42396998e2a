//! Files that people attached, each under the SHA-256 of its bytes: there whole and on the disk before anything speaks of it, never
//! changed. One that nothing names is removed after a while.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use domain::attachment::{ContentHash, KeptFile};
use sha2::{Digest, Sha256};

use super::folder::{ATTACHMENTS_FOLDER, make_private_folder, write_whole_file};
use super::{Folder, StoreError};

const INCOMING: &str = "incoming";
/// Between its writing and the block that names it lies a moment; a file that nothing names for so long was left over.
pub const LEFT_OVER_AFTER: Duration = Duration::from_secs(3_600);

/// The folder of attached files.
#[derive(Debug)]
pub struct Attachments {
    dir: PathBuf,
    most_bytes: u64,
    /// Bytes that lie there. Held while a file is put in or taken out: what is looked at stays as it is.
    used: Mutex<u64>,
}

impl Attachments {
    /// What was on its way in when the last server ended is gone with it.
    pub fn open(folder: &Folder, most_bytes: u64) -> Result<Self, StoreError> {
        let dir = folder.attachments();
        make_private_folder(&dir)?;
        let incoming = dir.join(INCOMING);
        match fs::remove_dir_all(&incoming) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(StoreError::file("remove", &incoming, source));
            }
            _ => make_private_folder(&incoming)?,
        }
        let mut used = 0;
        for file in kept_in(&dir)? {
            used += file.bytes;
        }
        metrics::gauge!("gulou_attachments_limit_bytes").set(most_bytes as f64);
        let opened = Self {
            dir,
            most_bytes,
            used: Mutex::new(used),
        };
        opened.say(used);
        Ok(opened)
    }

    fn used(&self) -> MutexGuard<'_, u64> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn say(&self, used: u64) {
        metrics::gauge!("gulou_attachments_bytes").set(used as f64);
    }

    /// A file without a name, for what is on its way in: it is gone with whoever holds it.
    pub fn incoming(&self) -> Result<File, StoreError> {
        self.check_room(0)?;
        let mut chance = [0; 16];
        getrandom::fill(&mut chance)
            .map_err(|error| StoreError::NoRandomness(error.to_string()))?;
        let path = self
            .dir
            .join(INCOMING)
            .join(format!("{:032x}", u128::from_le_bytes(chance)));
        let failed = |source| StoreError::file("make", &path, source);
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .map_err(failed)?;
        fs::remove_file(&path).map_err(failed)?;
        Ok(file)
    }

    fn check_room(&self, bytes: usize) -> Result<(), StoreError> {
        if self.used().saturating_add(bytes as u64) > self.most_bytes {
            metrics::counter!("gulou_attachments_refused_total", "reason" => "folder_full")
                .increment(1);
            return Err(StoreError::AttachmentsFull {
                most_bytes: self.most_bytes,
            });
        }
        Ok(())
    }

    /// Returns once the bytes are on the disk under their hash.
    pub fn keep(&self, bytes: &[u8]) -> Result<KeptFile, StoreError> {
        let sha256 = ContentHash(Sha256::digest(bytes).into());
        let path = self.path_of(&sha256);
        let kept = KeptFile {
            sha256,
            bytes: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
        };
        self.check_room(bytes.len())?;
        let mut used = self.used();
        match File::options().append(true).open(&path) {
            // The same picture once more: as young as a new one, for whoever looks for what was left over.
            Ok(file) => {
                let now = SystemTime::now();
                file.set_modified(now)
                    .and_then(|()| file.sync_all())
                    .map_err(|source| StoreError::file("touch", &path, source))?;
                return Ok(kept);
            }
            Err(source) if source.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(StoreError::file("open", &path, source)),
        }
        put(&self.dir, &path, bytes)?;
        *used += bytes.len() as u64;
        self.say(*used);
        Ok(kept)
    }

    pub fn open_file(&self, sha256: &ContentHash) -> Result<File, StoreError> {
        let path = self.path_of(sha256);
        File::open(&path).map_err(|source| StoreError::file("open", &path, source))
    }

    fn path_of(&self, sha256: &ContentHash) -> PathBuf {
        path_in(&self.dir, sha256)
    }

    /// Removes what nothing names since long before `now`; how many files.
    pub fn remove_left_over(
        &self,
        now: SystemTime,
        is_named: &dyn Fn(&ContentHash) -> bool,
    ) -> Result<usize, StoreError> {
        let mut removed = 0;
        for file in kept_in(&self.dir)? {
            if is_named(&file.sha256) {
                continue;
            }
            let mut used = self.used();
            let Ok(modified) = fs::metadata(&file.path).and_then(|found| found.modified()) else {
                continue;
            };
            let age = now.duration_since(modified).unwrap_or_default();
            if age < LEFT_OVER_AFTER {
                continue;
            }
            fs::remove_file(&file.path)
                .map_err(|source| StoreError::file("remove", &file.path, source))?;
            *used = used.saturating_sub(file.bytes);
            self.say(*used);
            removed += 1;
        }
        Ok(removed)
    }
}

fn path_in(dir: &Path, sha256: &ContentHash) -> PathBuf {
    let name = sha256.to_string();
    dir.join(&name[..2]).join(name)
}

fn put(dir: &Path, path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    if let Some(inner) = path.parent()
        && !inner.is_dir()
    {
        make_private_folder(inner)?;
        super::folder::sync_folder_of(inner)?;
        super::folder::sync_folder_of(dir)?;
    }
    write_whole_file(path, bytes)
}

/// A file as it was found.
pub(super) struct Found {
    pub sha256: ContentHash,
    pub path: PathBuf,
    pub bytes: u64,
}

impl Found {
    /// Its bytes, if they are those of its name.
    pub fn read(&self) -> Result<Vec<u8>, StoreError> {
        let bytes =
            fs::read(&self.path).map_err(|source| StoreError::file("read", &self.path, source))?;
        if Sha256::digest(&bytes)[..] != self.sha256.0 {
            return Err(StoreError::DamagedAttachment {
                path: self.path.clone(),
            });
        }
        Ok(bytes)
    }
}

/// Everything that is kept, in the order of its names. What is no hash is none of ours.
pub(super) fn kept_in(dir: &Path) -> Result<Vec<Found>, StoreError> {
    let mut found = Vec::new();
    for folder in entries(dir)? {
        if folder.file_name().to_string_lossy().len() != 2 {
            continue;
        }
        for entry in entries(&folder.path())? {
            let name = entry.file_name();
            let Some(sha256) = name.to_str().and_then(|name| name.parse().ok()) else {
                continue;
            };
            // Removed since it was listed.
            let Ok(about) = entry.metadata() else {
                continue;
            };
            found.push(Found {
                sha256,
                path: entry.path(),
                bytes: about.len(),
            });
        }
    }
    found.sort_by_key(|file| file.sha256);
    Ok(found)
}

fn entries(dir: &Path) -> Result<Vec<fs::DirEntry>, StoreError> {
    let reading = |source| StoreError::file("read the folder", dir, source);
    match fs::read_dir(dir) {
        Ok(entries) => entries.collect::<Result<_, _>>().map_err(reading),
        Err(source)
            if matches!(
                source.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            Ok(Vec::new())
        }
        Err(source) => Err(reading(source)),
    }
}

/// Beside a data folder's journal.
pub(super) fn folder_in(data: &Path) -> PathBuf {
    data.join(ATTACHMENTS_FOLDER)
}

/// Puts a file of a backup back.
pub(super) fn put_back(data: &Path, sha256: &ContentHash, bytes: &[u8]) -> Result<(), StoreError> {
    let dir = folder_in(data);
    let path = path_in(&dir, sha256);
    if Sha256::digest(bytes)[..] != sha256.0 {
        return Err(StoreError::DamagedAttachment { path });
    }
    make_private_folder(&dir)?;
    put(&dir, &path, bytes)
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn opened(most_bytes: u64) -> (tempfile::TempDir, Folder, Attachments) {
        let home = tempfile::tempdir().expect("a folder");
        let folder = Folder::open(&home.path().join("data")).expect("opens");
        let attachments = Attachments::open(&folder, most_bytes).expect("opens");
        (home, folder, attachments)
    }

    fn mode(path: &Path) -> u32 {
        let about = fs::metadata(path).expect("is there");
        about.permissions().mode() & 0o777
    }

    #[test]
    fn a_file_is_kept_once_for_its_owner_alone_under_its_hash() {
        let (_home, folder, attachments) = opened(1_000);
        let kept = attachments.keep(b"a picture").expect("kept");
        assert_eq!(attachments.keep(b"a picture").expect("kept"), kept);
        let path = attachments.path_of(&kept.sha256);
        assert_eq!((mode(&path), mode(&folder.attachments())), (0o600, 0o700));
        assert_eq!(mode(path.parent().expect("a folder")), 0o700);
        let mut bytes = Vec::new();
        let mut file = attachments.open_file(&kept.sha256).expect("there");
        file.read_to_end(&mut bytes).expect("read");
        assert_eq!(bytes, b"a picture");
        // Counted once, and counted again by the next start.
        assert_eq!(*attachments.used(), 9);
        let again = Attachments::open(&folder, 1_000).expect("opens");
        assert_eq!(*again.used(), 9);
    }

    #[test]
    fn a_full_folder_says_so_and_keeps_what_it_has() {
        let (_home, _folder, attachments) = opened(10);
        attachments.keep(b"12345678").expect("kept");
        let full = attachments.keep(b"abc").expect_err("full");
        assert!(matches!(
            full,
            StoreError::AttachmentsFull { most_bytes: 10 }
        ));
        assert_eq!(kept_in(&attachments.dir).expect("read").len(), 1);
    }

    #[test]
    fn what_is_on_its_way_in_has_no_name_and_what_nothing_names_goes_after_a_while() {
        let (_home, folder, attachments) = opened(1_000);
        let mut incoming = attachments.incoming().expect("made");
        incoming.write_all(b"half a pict").expect("written");
        let lying = fs::read_dir(folder.attachments().join(INCOMING)).expect("read");
        assert_eq!(lying.count(), 0);
        let named = attachments.keep(b"named").expect("kept").sha256;
        let left = attachments.keep(b"left over").expect("kept").sha256;
        let is_named = |hash: &ContentHash| *hash == named;
        let soon = SystemTime::now() + LEFT_OVER_AFTER / 2;
        assert_eq!(
            attachments
                .remove_left_over(soon, &is_named)
                .expect("looked"),
            0
        );
        let later = SystemTime::now() + 2 * LEFT_OVER_AFTER;
        assert_eq!(
            attachments
                .remove_left_over(later, &is_named)
                .expect("looked"),
            1
        );
        assert!(attachments.open_file(&left).is_err());
        assert!(attachments.open_file(&named).is_ok());
        assert_eq!(*attachments.used(), 5);
    }
}
