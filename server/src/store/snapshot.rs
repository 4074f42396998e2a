//! Pictures on disk, so that a start need not replay everything. Files of their own: a snapshot of many megabytes
//! must not make the journal's writer wait. Never trusted beyond their checksum; the journal is the truth.

use std::fs::{self, File};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use domain::ids::BlockNumber;
use domain::picture::Picture;
use sha2::{Digest, Sha256};

use super::folder::{make_private_folder, write_whole, write_whole_file};
use super::{Folder, StoreError};

/// How many are kept; the older ones are what a start falls back to.
const KEPT: usize = 3;
/// Its last byte moves with the layout of the Picture; one of another is not read, and a start replays the journal.
const MAGIC: &[u8; 8] = b"GULOUSN6";
/// Magic, block number (u64), logic (u16), length of the postcard (u64), SHA-256 over the payload and the last three.
const HEADER: usize = 8 + 8 + 2 + 8 + 32;
/// A bound for reading; a city of 100,000 open incidents takes about a hundredth of it.
const MOST_BYTES: u64 = 8 << 30;
const LEVEL: i32 = 1;
const EXTENSION: &str = "snapshot";
const PIECE: usize = 64 << 10;
/// The journal's next commit waits for what lies before the disk: never for more of ours than this.
const SYNCED_AT_ONCE: u64 = 2 << 20;

/// SHA-256 over the Picture's postcard: equal Pictures, equal digests, on any machine.
pub fn picture_digest(picture: &Picture) -> [u8; 32] {
    let mut sink = BufWriter::with_capacity(PIECE, Hashing(Sha256::new()));
    postcard::to_io(picture, &mut sink).expect("a Picture encodes, and hashing has no end of room");
    let Ok(Hashing(hasher)) = sink.into_inner() else {
        unreachable!("hashing never refuses bytes");
    };
    hasher.finalize().into()
}

struct Hashing(Sha256);

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes a whole snapshot, piece by piece: it is as large as a city, and nobody has room for it twice. Gives its size.
fn write(picture: &Picture, logic: u16, file: &mut File) -> io::Result<u64> {
    file.write_all(&[0; HEADER])?;
    let payload = Payload {
        file,
        hasher: Sha256::new(),
        bytes: 0,
        synced: 0,
    };
    let mut sink = Counting {
        inner: BufWriter::with_capacity(PIECE, zstd::Encoder::new(payload, LEVEL)?),
        bytes: 0,
    };
    postcard::to_io(picture, &mut sink).map_err(io::Error::other)?;
    let length = sink.bytes;
    let packer = sink
        .inner
        .into_inner()
        .map_err(|error| error.into_error())?;
    let Payload {
        file,
        mut hasher,
        bytes,
        ..
    } = packer.finish()?;
    let mut header = Vec::with_capacity(HEADER);
    header.extend_from_slice(MAGIC);
    header.extend_from_slice(&picture.block.0.to_le_bytes());
    header.extend_from_slice(&logic.to_le_bytes());
    header.extend_from_slice(&length.to_le_bytes());
    hasher.update(&header[MAGIC.len()..]);
    header.extend_from_slice(&hasher.finalize());
    file.seek(SeekFrom::Start(0))?;
    file.write_all(&header)?;
    Ok(HEADER as u64 + bytes)
}

/// What is behind the header, on its way to the disk.
struct Payload<'a> {
    file: &'a mut File,
    hasher: Sha256,
    bytes: u64,
    synced: u64,
}

impl Write for Payload<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.bytes += written as u64;
        if self.bytes - self.synced >= SYNCED_AT_ONCE {
            self.file.sync_data()?;
            self.synced = self.bytes;
        }
        Ok(written)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

struct Counting<W> {
    inner: W,
    bytes: u64,
}

impl<W: Write> Write for Counting<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

fn checksum(about: &[u8], payload: &[u8]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(payload);
    hasher.update(about);
    hasher.finalize().into()
}

/// A snapshot file whose checksum holds.
struct Checked<'a> {
    number: BlockNumber,
    logic: u16,
    length: usize,
    payload: &'a [u8],
}

fn check(file: &[u8]) -> Result<Checked<'_>, String> {
    let (header, payload) = file
        .split_first_chunk::<HEADER>()
        .ok_or("it is cut short")?;
    let (magic, rest) = header.split_first_chunk::<8>().expect("fits the header");
    let (about, sum) = rest.split_first_chunk::<18>().expect("fits the header");
    if magic != MAGIC {
        return Err(match is_of_another_version(file) {
            true => "it is of another version of the program".into(),
            false => "it does not begin like one".into(),
        });
    }
    if checksum(about, payload) != sum {
        return Err("its SHA-256 does not fit".into());
    }
    let (number, rest) = about.split_first_chunk::<8>().expect("fits the header");
    let (logic, length) = rest.split_first_chunk::<2>().expect("fits the header");
    let length: [u8; 8] = length.try_into().expect("fits the header");
    let length = u64::from_le_bytes(length);
    if length > MOST_BYTES {
        return Err(format!("it claims {length} bytes"));
    }
    Ok(Checked {
        number: BlockNumber(u64::from_le_bytes(*number)),
        logic: u16::from_le_bytes(*logic),
        length: usize::try_from(length).map_err(|error| error.to_string())?,
        payload,
    })
}

/// Whether it is one in the layout of another version of the program: nothing is wrong with it, but nobody here can read it.
pub(super) fn is_of_another_version(file: &[u8]) -> bool {
    file.starts_with(&MAGIC[..MAGIC.len() - 1]) && !file.starts_with(MAGIC)
}

/// The block of a snapshot file, if its checksum holds.
pub(super) fn block_of(file: &[u8]) -> Result<BlockNumber, String> {
    check(file).map(|checked| checked.number)
}

fn decode(file: &[u8]) -> Result<Found, String> {
    let checked = check(file)?;
    let plain = zstd::bulk::decompress(checked.payload, checked.length)
        .map_err(|error| format!("it does not decompress: {error}"))?;
    let picture: Picture =
        postcard::from_bytes(&plain).map_err(|error| format!("it does not decode: {error}"))?;
    if picture.block != checked.number {
        return Err("it holds the Picture of another block".into());
    }
    Ok(Found {
        logic: checked.logic,
        picture,
        passed_over: Vec::new(),
    })
}

/// A Picture to start from; its block is `picture.block`.
#[derive(Debug)]
pub struct Found {
    /// The logic that was in force when it was taken.
    pub logic: u16,
    pub picture: Picture,
    /// Newer ones that were damaged, in words for the log.
    pub passed_over: Vec<StoreError>,
}

/// One snapshot, looked at.
#[derive(Debug)]
pub struct Looked {
    pub number: BlockNumber,
    pub result: Result<(), StoreError>,
}

/// The snapshots of a data folder. Cheap to clone; writing and reading need no lock, files appear whole.
#[derive(Clone, Debug)]
pub struct Snapshots {
    dir: PathBuf,
}

impl Snapshots {
    pub fn of(folder: &Folder) -> Self {
        Self::at(folder.snapshots())
    }

    pub(super) fn at(dir: PathBuf) -> Self {
        Self { dir }
    }

    /// Writes, syncs, then lets go of all but the newest three. Gives the file's size.
    pub fn put(&self, picture: &Picture, logic: u16) -> Result<u64, StoreError> {
        make_private_folder(&self.dir)?;
        let bytes = write_whole(&self.path(picture.block), |file| {
            write(picture, logic, file)
        })?;
        for (_, path) in self.all()?.into_iter().rev().skip(KEPT) {
            fs::remove_file(&path)
                .map_err(|source| StoreError::file("remove the old snapshot", &path, source))?;
        }
        Ok(bytes)
    }

    pub(super) fn put_file(&self, number: BlockNumber, file: &[u8]) -> Result<(), StoreError> {
        make_private_folder(&self.dir)?;
        write_whole_file(&self.path(number), file)
    }

    /// The newest good one of a block up to `number`; damaged ones are passed over.
    pub fn newest_at_or_before(&self, number: BlockNumber) -> Result<Option<Found>, StoreError> {
        let mut passed_over = Vec::new();
        for (of_block, path) in self.all()?.into_iter().rev() {
            if of_block > number {
                continue;
            }
            let Some(file) = read(&path)? else { continue };
            match decode(&file) {
                Ok(found) if found.picture.block == of_block => {
                    return Ok(Some(Found {
                        passed_over,
                        ..found
                    }));
                }
                Ok(_) => passed_over.push(StoreError::BadSnapshot {
                    path,
                    why: "its name is that of another block".into(),
                }),
                Err(why) => passed_over.push(StoreError::BadSnapshot { path, why }),
            }
        }
        Ok(None)
    }

    /// The newest good one up to `number`, as the bytes of its file.
    pub(super) fn newest_file_at_or_before(
        &self,
        number: BlockNumber,
    ) -> Result<Option<(BlockNumber, Vec<u8>)>, StoreError> {
        for (of_block, path) in self.all()?.into_iter().rev() {
            if of_block > number {
                continue;
            }
            let Some(file) = read(&path)? else { continue };
            if check(&file).is_ok_and(|checked| checked.number == of_block) {
                return Ok(Some((of_block, file)));
            }
        }
        Ok(None)
    }

    /// Every snapshot's block, oldest first, with what is wrong with it.
    pub fn check_all(&self) -> Result<Vec<Looked>, StoreError> {
        let mut checked = Vec::new();
        for (of_block, path) in self.all()? {
            let Some(file) = read(&path)? else { continue };
            let result = match decode(&file) {
                Ok(found) if found.picture.block == of_block => Ok(()),
                Ok(_) => Err("its name is that of another block".into()),
                Err(why) => Err(why),
            };
            let result = result.map_err(|why| StoreError::BadSnapshot { path, why });
            checked.push(Looked {
                number: of_block,
                result,
            });
        }
        Ok(checked)
    }

    /// Puts those of `number` and later out of the way: they show what the journal no longer tells.
    pub(super) fn set_aside_from(&self, number: BlockNumber) -> Result<(), StoreError> {
        for (of_block, path) in self.all()? {
            if of_block >= number {
                fs::rename(&path, path.with_added_extension("cut"))
                    .map_err(|source| StoreError::file("set aside", &path, source))?;
            }
        }
        Ok(())
    }

    /// Block and path, oldest first. At most a handful: `put` sees to that.
    pub(super) fn all(&self) -> Result<Vec<(BlockNumber, PathBuf)>, StoreError> {
        let reading = |source| StoreError::file("read the folder", &self.dir, source);
        let entries = match fs::read_dir(&self.dir) {
            Ok(entries) => entries,
            Err(source) if source.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(reading(source)),
        };
        let mut found = Vec::new();
        for entry in entries {
            let path = entry.map_err(reading)?.path();
            if let Some(number) = number_of(&path) {
                found.push((number, path));
            }
        }
        found.sort();
        Ok(found)
    }

    fn path(&self, number: BlockNumber) -> PathBuf {
        self.dir.join(format!("{:020}.{EXTENSION}", number.0))
    }
}

/// None: it was let go of since it was listed.
fn read(path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    match fs::read(path) {
        Ok(file) => Ok(Some(file)),
        Err(source) if source.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(StoreError::file("read", path, source)),
    }
}

fn number_of(path: &Path) -> Option<BlockNumber> {
    let ours = path
        .extension()
        .is_some_and(|extension| extension == EXTENSION);
    let stem = path.file_stem()?.to_str()?;
    ours.then(|| stem.parse().ok().map(BlockNumber))?
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::samples;
    use super::*;

    fn picture(block: u64) -> Picture {
        let mut picture = Picture::empty();
        picture.block = BlockNumber(block);
        picture.now = samples::minute(block);
        for index in 0..50 {
            let incident = samples::incident(block, index);
            picture.incidents.insert(incident.id, Arc::new(incident));
        }
        picture
    }

    fn some_snapshots() -> (tempfile::TempDir, Snapshots) {
        let home = tempfile::tempdir().expect("a folder");
        let snapshots = Snapshots::at(home.path().join("snapshots"));
        for block in [10, 20, 30, 40] {
            snapshots.put(&picture(block), 1).expect("kept");
        }
        (home, snapshots)
    }

    #[test]
    fn the_newest_three_are_kept_and_come_back_as_they_were() {
        let (_home, snapshots) = some_snapshots();
        let kept: Vec<u64> = snapshots
            .all()
            .expect("listed")
            .iter()
            .map(|(n, _)| n.0)
            .collect();
        assert_eq!(kept, [20, 30, 40]);
        let found = snapshots
            .newest_at_or_before(BlockNumber(39))
            .expect("read")
            .expect("there");
        assert_eq!(found.picture, picture(30));
        assert_eq!((found.logic, found.passed_over.len()), (1, 0));
        assert_eq!(picture_digest(&found.picture), picture_digest(&picture(30)));
        assert!(
            snapshots
                .newest_at_or_before(BlockNumber(19))
                .expect("read")
                .is_none()
        );
    }

    #[test]
    fn a_damaged_one_is_passed_over_for_an_older_one_and_named() {
        let (_home, snapshots) = some_snapshots();
        let newest = snapshots.path(BlockNumber(40));
        let whole = fs::read(&newest).expect("read");
        let last = whole.len() - 1;
        for (at, cut) in [
            (0, false),
            (9, false),
            (30, false),
            (60, false),
            (last, false),
            (last, true),
            (40, true),
            (0, true),
        ] {
            let mut spoiled = whole.clone();
            if cut {
                spoiled.truncate(at);
            } else {
                spoiled[at] ^= 0x10;
            }
            fs::write(&newest, spoiled).expect("spoiled");
            let found = snapshots
                .newest_at_or_before(BlockNumber(99))
                .expect("read")
                .expect("an older one");
            assert_eq!(found.picture.block, BlockNumber(30), "spoiled at {at}");
            let said = found.passed_over[0].to_string();
            assert!(said.contains("00040.snapshot"), "{said}");
            assert!(snapshots.check_all().expect("read")[2].result.is_err());
        }
        let mut older = whole.clone();
        older[7] = b'1';
        fs::write(&newest, older).expect("written");
        let found = snapshots.newest_at_or_before(BlockNumber(99));
        let said = found.expect("read").expect("an older one").passed_over[0].to_string();
        assert!(said.contains("another version of the program"), "{said}");
        // A good file under a wrong name is as bad.
        fs::copy(snapshots.path(BlockNumber(20)), &newest).expect("copied");
        let found = snapshots
            .newest_at_or_before(BlockNumber(99))
            .expect("read")
            .expect("an older one");
        assert_eq!(found.picture.block, BlockNumber(30));
    }

    #[test]
    fn the_digest_tells_any_two_pictures_apart() {
        let one = picture(10);
        let mut other = one.clone();
        assert_eq!(picture_digest(&one), picture_digest(&other));
        let first = Arc::make_mut(other.incidents.values_mut().next().expect("one"));
        first.revision += 1;
        assert_ne!(picture_digest(&one), picture_digest(&other));
    }
}
