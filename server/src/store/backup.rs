//! One file that holds everything a city was told, made while it goes on; and a folder made of it again.
//! Records are not in it: they come from replay. It holds the vault's keys of its day: guard it like the data folder.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use domain::attachment::ContentHash;
use domain::audit::{Note, What, Who};
use domain::ids::BlockNumber;
use domain::time::Timestamp;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OptionalExtension};
use sha2::{Digest, Sha256};

use super::audit::Chain;
use super::block_row::Link;
use super::folder::{
    JOURNAL_FILE, LOCK_FILE, SNAPSHOTS_FOLDER, make_private_folder, sync_folder_of, take_lock,
    write_format,
};
use super::{JournalReader, Snapshots, StoreError, attachments, journal, snapshot, sqlite};

/// Of the tables `manifest` and `snapshot` that a backup has besides the journal's.
const FORMAT: i64 = 2;
/// Of before there were attachments; still restored.
const WITHOUT_ATTACHMENTS: i64 = 1;
/// 1 MiB; between two steps nothing is held but a read position.
const PAGES_A_STEP: i32 = 256;
/// A step that finds the file locked is tried again, for at most ten seconds.
const TRIES: u32 = 1_000;
const BETWEEN_TRIES: Duration = Duration::from_millis(10);

/// What a backup says about itself, and is held to when it is restored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Manifest {
    pub last: BlockNumber,
    pub made_at: Timestamp,
    /// The Picture that saves the replay of everything before it.
    pub snapshot: Option<BlockNumber>,
    /// Over every block, vault entry, audit line and the snapshot.
    pub sha256: [u8; 32],
}

/// Writes a backup as of one moment, while the writer goes on. The file appears whole or not at all, and never in the
/// place of another. A damaged journal is an error that names the block.
pub fn backup(
    journal: &JournalReader,
    snapshots: &Snapshots,
    to: &Path,
    made_at: Timestamp,
) -> Result<Manifest, StoreError> {
    let failed = |source| StoreError::file("write the backup", to, source);
    if to.exists() {
        return Err(failed(io::ErrorKind::AlreadyExists.into()));
    }
    let part = to.with_added_extension("part");
    let written = write(journal, snapshots, &part, made_at).and_then(|manifest| {
        File::open(&part)
            .and_then(|file| file.sync_all())
            .map_err(failed)?;
        // Not `rename`, which would replace what has appeared there meanwhile.
        fs::hard_link(&part, to).map_err(failed)?;
        Ok(manifest)
    });
    let removed = remove_database(&part);
    let manifest = written?;
    removed?;
    sync_folder_of(to)?;
    Ok(manifest)
}

fn write(
    journal: &JournalReader,
    snapshots: &Snapshots,
    part: &Path,
    made_at: Timestamp,
) -> Result<Manifest, StoreError> {
    let writing = || StoreError::sqlite("write the backup");
    remove_database(part)?;
    let source = sqlite::open_to_read(journal.path())?;
    // A read transaction held throughout: every step copies the same moment, however much is written meanwhile.
    let moment = source.unchecked_transaction().map_err(writing())?;
    let last: Option<i64> = moment
        .query_row("SELECT max(number) FROM blocks", [], |row| row.get(0))
        .map_err(writing())?;
    let last = BlockNumber(last.map_or(0, i64::cast_unsigned));
    let mut target = new_database(part)?;
    copy(&moment, &mut target)?;
    drop(moment);
    // The copy is a plain file without a log beside it.
    target
        .pragma_update(None, "journal_mode", "DELETE")
        .map_err(writing())?;
    target
        .pragma_update(None, "application_id", sqlite::BACKUP.application_id)
        .map_err(writing())?;
    target
        .execute_batch(
            "CREATE TABLE manifest(
                 format INTEGER NOT NULL,
                 last INTEGER NOT NULL,
                 made_at INTEGER NOT NULL,
                 sha256 BLOB NOT NULL
             ) STRICT;
             CREATE TABLE snapshot(block INTEGER PRIMARY KEY, file BLOB NOT NULL) STRICT;
             CREATE TABLE attachment(sha256 BLOB PRIMARY KEY, file BLOB NOT NULL) STRICT;",
        )
        .map_err(writing())?;
    let snapshot = snapshots.newest_file_at_or_before(last)?;
    if let Some((block, file)) = &snapshot {
        target
            .execute(
                "INSERT INTO snapshot(block, file) VALUES (?1, ?2)",
                (block.0.cast_signed(), file),
            )
            .map_err(writing())?;
    }
    // After the journal: a file is there before any block names it.
    if let Some(data) = journal.path().parent() {
        copy_attachments(data, &target)?;
    }
    let (end, sha256) = content_digest(&target, FORMAT)?;
    let manifest = Manifest {
        last: end,
        made_at,
        snapshot: snapshot.map(|(block, _)| block),
        sha256,
    };
    target
        .execute(
            "INSERT INTO manifest(format, last, made_at, sha256) VALUES (?1, ?2, ?3, ?4)",
            (FORMAT, end.0.cast_signed(), made_at.millis(), sha256),
        )
        .map_err(writing())?;
    target.close().map_err(|(_, error)| writing()(error))?;
    Ok(manifest)
}

fn copy_attachments(data: &Path, target: &Connection) -> Result<(), StoreError> {
    for found in attachments::kept_in(&attachments::folder_in(data))? {
        if !found.path.exists() {
            // Left over, and removed since it was listed.
            continue;
        }
        target
            .execute(
                "INSERT INTO attachment(sha256, file) VALUES (?1, ?2)",
                (found.sha256.0, found.read()?),
            )
            .map_err(StoreError::sqlite("write the backup"))?;
    }
    Ok(())
}

fn put_attachments_back(backup: &Connection, dir: &Path) -> Result<(), StoreError> {
    let reading = || StoreError::sqlite("read the backup");
    let mut statement = backup
        .prepare("SELECT sha256, file FROM attachment ORDER BY sha256")
        .map_err(reading())?;
    let mut rows = statement.query([]).map_err(reading())?;
    while let Some(row) = rows.next().map_err(reading())? {
        let sha256 = ContentHash(row.get(0).map_err(reading())?);
        let file: Vec<u8> = row.get(1).map_err(reading())?;
        attachments::put_back(dir, &sha256, &file)?;
    }
    Ok(())
}

fn new_database(path: &Path) -> Result<Connection, StoreError> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(|source| StoreError::file("make", path, source))?;
    Connection::open(path).map_err(StoreError::sqlite("make a database"))
}

fn copy(from: &Connection, to: &mut Connection) -> Result<(), StoreError> {
    let copying = || StoreError::sqlite("copy the journal");
    let backup = Backup::new(from, to).map_err(copying())?;
    let mut tries = 0;
    loop {
        match backup.step(PAGES_A_STEP).map_err(copying())? {
            StepResult::Done => return Ok(()),
            StepResult::More => tries = 0,
            _ if tries < TRIES => {
                tries += 1;
                thread::sleep(BETWEEN_TRIES);
            }
            _ => {
                return Err(StoreError::Encoding {
                    doing: "copy the journal",
                    why: "it stayed locked for ten seconds".into(),
                });
            }
        }
    }
}

/// Goes through everything in a fixed order; a block that does not follow is an error.
fn content_digest(
    connection: &Connection,
    format: i64,
) -> Result<(BlockNumber, [u8; 32]), StoreError> {
    let mut hasher = Sha256::new();
    let walked = journal::walk(connection, Link::START, |row| {
        hasher.update(row.number.0.to_le_bytes());
        hasher.update(row.crc.to_le_bytes());
        hasher.update((row.bytes.len() as u64).to_le_bytes());
        hasher.update(&row.bytes);
        Ok(())
    })?;
    let end = walked.map_err(StoreError::BadBlock)?;
    for sql in [
        "SELECT token, key, sealed FROM vault ORDER BY token",
        // Its columns are other in an earlier version; the order of rows is the same.
        "SELECT * FROM audit ORDER BY entry",
        "SELECT name, value FROM about ORDER BY name",
        "SELECT block, file FROM snapshot ORDER BY block",
    ] {
        hash_rows(connection, sql, &mut hasher)?;
    }
    if format != WITHOUT_ATTACHMENTS {
        let sql = "SELECT sha256, file FROM attachment ORDER BY sha256";
        hash_rows(connection, sql, &mut hasher)?;
    }
    Ok((end.number, hasher.finalize().into()))
}

fn hash_rows(connection: &Connection, sql: &str, hasher: &mut Sha256) -> Result<(), StoreError> {
    use rusqlite::types::ValueRef;
    let reading = || StoreError::sqlite("read the backup");
    let mut statement = connection.prepare(sql).map_err(reading())?;
    let width = statement.column_count();
    let mut rows = statement.query([]).map_err(reading())?;
    while let Some(row) = rows.next().map_err(reading())? {
        for column in 0..width {
            let (kind, number, bytes): (u8, i64, &[u8]) =
                match row.get_ref(column).map_err(reading())? {
                    ValueRef::Null => (0, 0, &[]),
                    ValueRef::Integer(number) => (1, number, &[]),
                    ValueRef::Real(number) => (2, number.to_bits().cast_signed(), &[]),
                    ValueRef::Text(text) => (3, 0, text),
                    ValueRef::Blob(blob) => (4, 0, blob),
                };
            hasher.update([kind]);
            hasher.update(number.to_le_bytes());
            hasher.update((bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        }
    }
    Ok(())
}

/// Makes a data folder of a backup: checked whole first, then written, and only when all is there marked as ours. A snapshot in the
/// layout of another version is left out, and what comes back says so: the next start replays the journal instead.
pub fn restore(from: &Path, dir: &Path) -> Result<Manifest, StoreError> {
    let (source, manifest) = check(from)?;
    refuse_unless_empty(dir)?;
    make_private_folder(dir)?;
    let _lock = take_lock(&dir.join(LOCK_FILE))?;
    let journal = dir.join(JOURNAL_FILE);
    let written = write_folder(&source, dir, &journal, &manifest);
    if written.is_err() {
        // Nothing was there before, so what is there is ours to take away.
        remove_database(&journal)?;
        remove_folder(&dir.join(SNAPSHOTS_FOLDER))?;
        remove_folder(&attachments::folder_in(dir))?;
    }
    let snapshot = written?;
    write_format(dir)?;
    Ok(Manifest {
        snapshot,
        ..manifest
    })
}

/// The block of the snapshot that was taken over, if one was.
fn write_folder(
    source: &Connection,
    dir: &Path,
    journal: &Path,
    manifest: &Manifest,
) -> Result<Option<BlockNumber>, StoreError> {
    let writing = || StoreError::sqlite("write the restored journal");
    let mut target = new_database(journal)?;
    copy(source, &mut target)?;
    let has_attachments = target.table_exists(None, "attachment").map_err(writing())?;
    if has_attachments {
        put_attachments_back(&target, dir)?;
    }
    let snapshot: Option<Vec<u8>> = target
        .query_row(
            "SELECT file FROM snapshot ORDER BY block DESC LIMIT 1",
            [],
            |row| row.get(0),
        )
        .optional()
        .map_err(writing())?;
    target
        .execute_batch(
            "DROP TABLE manifest; DROP TABLE snapshot; DROP TABLE IF EXISTS attachment; VACUUM;",
        )
        .map_err(writing())?;
    // What came after the backup is another future: nobody goes on in this one with a position of that.
    journal::begin_life(&target)?;
    if sqlite::user_version(&target)? == journal::VERSION {
        restored(&target, manifest).map_err(writing())?;
    }
    target
        .pragma_update(None, "application_id", sqlite::JOURNAL.application_id)
        .map_err(writing())?;
    target.close().map_err(|(_, error)| writing()(error))?;
    File::open(journal)
        .and_then(|file| file.sync_all())
        .map_err(|source| StoreError::file("sync", journal, source))?;
    sync_folder_of(journal)?;
    let Some(file) = snapshot.filter(|file| !snapshot::is_of_another_version(file)) else {
        return Ok(None);
    };
    let block = snapshot::block_of(&file).map_err(|why| StoreError::BadBackup {
        path: journal.to_owned(),
        why: format!("its snapshot: {why}"),
    })?;
    Snapshots::at(dir.join(SNAPSHOTS_FOLDER)).put_file(block, &file)?;
    Ok(Some(block))
}

/// The log goes on where the backup was made, and says so.
fn restored(target: &Connection, manifest: &Manifest) -> rusqlite::Result<()> {
    let now: i64 = target.query_row(
        "SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER)",
        [],
        |row| row.get(0),
    )?;
    let note = Note::new(
        Who::CommandLine,
        What::Restore,
        manifest.last,
        format_args!("of a backup made at {}", manifest.made_at.to_rfc3339_utc()),
    );
    let chain = Chain::of(target).unwrap_or(Chain::START);
    chain.append(target, &[note], Timestamp::from_millis(now))?;
    Ok(())
}

/// Everything a backup claims, looked at.
fn check(from: &Path) -> Result<(Connection, Manifest), StoreError> {
    let bad = |why: String| StoreError::BadBackup {
        path: from.to_owned(),
        why,
    };
    File::open(from).map_err(|source| StoreError::file("open the backup", from, source))?;
    let source = sqlite::open_to_read(from)?;
    let id: i32 = source
        .pragma_query_value(None, "application_id", |row| row.get(0))
        .map_err(|error| bad(error.to_string()))?;
    if id != sqlite::BACKUP.application_id {
        return Err(bad(format!("it is not {}", sqlite::BACKUP.name)));
    }
    let found = sqlite::user_version(&source)?;
    // An earlier one is taken over by the first start.
    if !(journal::EARLIEST..=journal::VERSION).contains(&found) {
        return Err(StoreError::Version {
            path: from.to_owned(),
            found: found.to_string(),
            ours: journal::VERSION.to_string(),
        });
    }
    let mistakes = sqlite::integrity(&source)?;
    if let Some(first) = mistakes.first() {
        return Err(bad(first.clone()));
    }
    let (format, manifest) = manifest(&source).map_err(|error| bad(error.to_string()))?;
    if ![FORMAT, WITHOUT_ATTACHMENTS].contains(&format) {
        return Err(StoreError::Version {
            path: from.to_owned(),
            found: format.to_string(),
            ours: FORMAT.to_string(),
        });
    }
    let (end, sha256) = content_digest(&source, format)?;
    if (end, sha256) != (manifest.last, manifest.sha256) {
        return Err(bad("its content does not fit its SHA-256".into()));
    }
    Ok((source, manifest))
}

fn manifest(source: &Connection) -> rusqlite::Result<(i64, Manifest)> {
    let snapshot: Option<i64> =
        source.query_row("SELECT max(block) FROM snapshot", [], |row| row.get(0))?;
    source.query_row(
        "SELECT format, last, made_at, sha256 FROM manifest",
        [],
        |row| {
            let manifest = Manifest {
                last: BlockNumber(row.get::<_, i64>(1)?.cast_unsigned()),
                made_at: Timestamp::from_millis(row.get(2)?),
                snapshot: snapshot.map(|block| BlockNumber(block.cast_unsigned())),
                sha256: row.get(3)?,
            };
            Ok((row.get(0)?, manifest))
        },
    )
}

fn refuse_unless_empty(dir: &Path) -> Result<(), StoreError> {
    let reading = |source| StoreError::file("read the folder", dir, source);
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(source) if source.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(reading(source)),
    };
    for entry in entries {
        // A restore that failed leaves its lock file behind.
        if entry.map_err(reading)?.file_name() != LOCK_FILE {
            return Err(StoreError::NotEmpty {
                dir: dir.to_owned(),
            });
        }
    }
    Ok(())
}

fn remove_folder(dir: &Path) -> Result<(), StoreError> {
    match fs::remove_dir_all(dir) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(StoreError::file("remove", dir, source))
        }
        _ => Ok(()),
    }
}

/// A database of ours that is not wanted, with whatever SQLite left beside it.
fn remove_database(path: &Path) -> Result<(), StoreError> {
    for tail in ["", "-wal", "-shm", "-journal"] {
        let mut name = path.as_os_str().to_owned();
        name.push(tail);
        let path = PathBuf::from(name);
        match fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(StoreError::file("remove", &path, source));
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
