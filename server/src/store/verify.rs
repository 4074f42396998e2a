//! Looks at everything a data folder holds and says what is wrong with it. Changes nothing.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use domain::attachment::ContentHash;
use domain::command::{Block, Input};
use domain::ids::BlockNumber;
use domain::time::Timestamp;
use rusqlite::Connection;

use super::audit::{self, Unbroken};
use super::block_row::{Decoder, Link};
use super::folder::{JOURNAL_FILE, READINGS_FILE, RECORDINGS_FILE, RECORDS_FILE, SNAPSHOTS_FOLDER};
use super::{
    Snapshots, StoreError, attachments, journal, readings, recordings, records, sqlite, vault,
};

/// Of one kind; more of the same tell nothing new.
const MOST_MISTAKES: usize = 20;

/// What was looked at, and every mistake found.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Verified {
    pub blocks: u64,
    pub last: BlockNumber,
    pub last_now: Option<Timestamp>,
    pub snapshots: Vec<BlockNumber>,
    pub vault_entries: u64,
    pub erased: u64,
    /// None: the journal is of before there was an audit log; the next start begins one.
    pub audit: Option<Unbroken>,
    /// None: there are no records yet; they are made by the next start.
    pub records_applied: Option<BlockNumber>,
    /// None: no readings have been kept yet.
    pub readings_applied: Option<BlockNumber>,
    /// None: nothing has been recorded yet.
    pub recordings_applied: Option<BlockNumber>,
    /// Files of attachments that are there and whole.
    pub attachments: u64,
    pub mistakes: Vec<String>,
}

impl Verified {
    pub fn is_good(&self) -> bool {
        self.mistakes.is_empty()
    }
}

impl fmt::Display for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "journal: {} blocks, the last is {}",
            self.blocks, self.last
        )?;
        if let Some(now) = self.last_now {
            write!(f, " of {}", now.to_rfc3339_utc())?;
        }
        let numbers: Vec<String> = self.snapshots.iter().map(ToString::to_string).collect();
        match numbers.as_slice() {
            [] => f.write_str("\nsnapshots: none")?,
            numbers => write!(f, "\nsnapshots: of blocks {}", numbers.join(", "))?,
        }
        write!(
            f,
            "\nvault: {} entries, {} erased",
            self.vault_entries, self.erased
        )?;
        if let Some(audit) = &self.audit {
            write!(f, "\naudit: {audit}")?;
        }
        match self.records_applied {
            Some(applied) => write!(f, "\nrecords: up to block {applied}")?,
            None => f.write_str("\nrecords: none yet")?,
        }
        match self.readings_applied {
            Some(applied) => write!(f, "\nreadings: up to block {applied}")?,
            None => f.write_str("\nreadings: none yet")?,
        }
        match self.recordings_applied {
            Some(applied) => write!(f, "\nrecordings: up to block {applied}")?,
            None => f.write_str("\nrecordings: none yet")?,
        }
        write!(f, "\nattachments: {} files", self.attachments)?;
        match self.mistakes.as_slice() {
            [] => f.write_str("\nall good"),
            mistakes => {
                write!(f, "\n{} mistakes:", mistakes.len())?;
                for mistake in mistakes {
                    write!(f, "\n- {mistake}")?;
                }
                Ok(())
            }
        }
    }
}

/// Every block, every snapshot, every vault entry, and whether the records fit. May run beside a live server.
pub fn verify(dir: &Path) -> Result<Verified, StoreError> {
    let mut found = Verified::default();
    let path = dir.join(JOURNAL_FILE);
    if !path.exists() {
        found
            .mistakes
            .push(format!("there is no journal in {}", dir.display()));
        return Ok(found);
    }
    // These first: they may fall behind the journal while this runs, but never be ahead of it.
    for file in [RECORDS_FILE, READINGS_FILE, RECORDINGS_FILE] {
        let kept = dir.join(file);
        if kept.exists()
            && let Err(error) = look_at_follower(&kept, file, &mut found)
        {
            found.mistakes.push(format!("{file}: {error}"));
        }
    }
    let mut named = Named::new();
    match sqlite::open_to_read(&path)
        .and_then(|connection| look_at_journal(&connection, &mut named, &mut found))
    {
        Ok(()) => {}
        Err(error) => found.mistakes.push(format!("journal.db: {error}")),
    }
    look_at_snapshots(dir, &mut found)?;
    look_at_attachments(dir, &named, &mut found)?;
    for (file, applied) in [
        (RECORDS_FILE, found.records_applied),
        (READINGS_FILE, found.readings_applied),
        (RECORDINGS_FILE, found.recordings_applied),
    ] {
        if let Some(applied) = applied
            && applied > found.last
        {
            found.mistakes.push(format!(
                "{file} is at block {applied}, ahead of the journal; the next start makes it anew"
            ));
        }
    }
    Ok(found)
}

/// Every file that the journal names, and what by.
type Named = BTreeMap<ContentHash, String>;

/// Each file that lies there, and each that should.
fn look_at_attachments(dir: &Path, named: &Named, found: &mut Verified) -> Result<(), StoreError> {
    let mut missing: BTreeMap<_, _> = named.iter().collect();
    for file in attachments::kept_in(&attachments::folder_in(dir))? {
        let what = missing.remove(&file.sha256);
        match file.read() {
            Ok(_) => found.attachments += 1,
            Err(error) => {
                let what = what.map(|what| format!(" ({what})")).unwrap_or_default();
                found.mistakes.push(format!("{error}{what}"));
            }
        }
    }
    for (sha256, what) in missing {
        found
            .mistakes
            .push(format!("{what}: its file {sha256} is missing"));
    }
    Ok(())
}

fn name_files(block: &Block, named: &mut Named) {
    for input in &block.inputs {
        let Input::Attach(given) = input else {
            continue;
        };
        let name = &given.file.name;
        let what = format!("attachment \"{name}\" of incident {}", given.incident);
        if let Some(preview) = given.file.preview {
            named
                .entry(preview.sha256)
                .or_insert_with(|| format!("preview of {what}"));
        }
        named.insert(given.file.file.sha256, what);
    }
}

fn look_at_journal(
    connection: &Connection,
    named: &mut Named,
    found: &mut Verified,
) -> Result<(), StoreError> {
    let reading = || StoreError::sqlite("read the journal");
    let moment = connection.unchecked_transaction().map_err(reading())?;
    let mistakes = sqlite::integrity(&moment)?;
    found.mistakes.extend(
        mistakes
            .into_iter()
            .map(|mistake| format!("journal.db: {mistake}")),
    );
    look_at_blocks(&moment, named, found)?;
    let (entries, erased, unsealable) = vault::look_at_all(&moment)?;
    found.vault_entries = entries;
    found.erased = erased;
    let tokens = unsealable.iter().take(MOST_MISTAKES);
    found
        .mistakes
        .extend(tokens.map(|token| format!("vault entry {token} does not open with its key")));
    match audit::look_at_all(&moment, None)? {
        None => {}
        Some(Ok(unbroken)) => found.audit = Some(unbroken),
        Some(Err(broken)) => found.mistakes.push(broken.to_string()),
    }
    Ok(())
}

/// After a damaged block it goes on with the next one that is there, so that all of them are named.
fn look_at_blocks(
    connection: &Connection,
    named: &mut Named,
    found: &mut Verified,
) -> Result<(), StoreError> {
    let mut decoder = Decoder::new()?;
    let mut start = Link::START;
    for _ in 0..MOST_MISTAKES {
        let walked = journal::walk(connection, start, |row| {
            name_files(&decoder.decode(row)?, named);
            found.blocks += 1;
            Ok(())
        })?;
        let bad = match walked {
            Ok(end) => {
                found.last = end.number;
                found.last_now = (end != Link::START).then_some(end.now);
                return Ok(());
            }
            Err(bad) => bad,
        };
        found
            .mistakes
            .push(format!("block {}: {}", bad.number, bad.why));
        let next: Option<i64> = connection
            .query_row(
                "SELECT min(number) FROM blocks WHERE number >= ?1",
                [bad.number.0.cast_signed()],
                |row| row.get(0),
            )
            .map_err(StoreError::sqlite("read the journal"))?;
        let Some(next) = next else { break };
        let next = BlockNumber(next.cast_unsigned());
        found.last = next;
        match journal::link_at(connection, next)? {
            Some(link) => start = link,
            None => break,
        }
    }
    found
        .mistakes
        .push("there may be more damaged blocks than are listed".into());
    Ok(())
}

fn look_at_snapshots(dir: &Path, found: &mut Verified) -> Result<(), StoreError> {
    for looked in Snapshots::at(dir.join(SNAPSHOTS_FOLDER)).check_all()? {
        found.snapshots.push(looked.number);
        if let Err(error) = looked.result {
            found.mistakes.push(error.to_string());
        }
        if looked.number > found.last {
            found.mistakes.push(format!(
                "there is a snapshot of block {}, but the journal ends at {}",
                looked.number, found.last
            ));
        }
    }
    Ok(())
}

fn look_at_follower(path: &Path, file: &str, found: &mut Verified) -> Result<(), StoreError> {
    let connection = sqlite::open_to_read(path)?;
    let mistakes = sqlite::integrity(&connection)?;
    found.mistakes.extend(
        mistakes
            .into_iter()
            .map(|mistake| format!("{file}: {mistake}")),
    );
    match file {
        RECORDS_FILE => found.records_applied = records::applied_in(&connection)?,
        READINGS_FILE => found.readings_applied = readings::applied_in(&connection)?,
        _ => {
            let moment = connection
                .unchecked_transaction()
                .map_err(StoreError::sqlite("read the recordings"))?;
            found.recordings_applied = Some(recordings::applied_in(&moment)?);
            recordings::look_at_all(&moment)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use domain::picture::Picture;

    use super::super::{Folder, Journal, Records, Reporter, VaultEntry, samples};
    use super::*;

    fn by_force(path: &Path, sql: &str) {
        let connection = Connection::open(path).expect("opens");
        connection.execute_batch(sql).expect("done");
    }

    #[test]
    fn everything_is_looked_at_and_every_mistake_is_named() {
        let home = tempfile::tempdir().expect("a folder");
        let dir = home.path().join("data");
        let missing = verify(&dir).expect("looked at");
        assert!(missing.mistakes[0].contains("no journal"));
        let folder = Folder::open(&dir).expect("opens");
        let (mut journal, _) = Journal::open(&folder, false).expect("opens");
        let empty = verify(&dir).expect("looked at");
        assert!(empty.is_good() && empty.last == BlockNumber(0), "{empty}");
        let reporter = Reporter {
            name: "陈".into(),
            phone: "1".into(),
            confidential: true,
        };
        let sealed = [
            VaultEntry::seal(&reporter).expect("sealed").into(),
            VaultEntry::seal(&reporter).expect("sealed").into(),
        ];
        for number in 1..=30 {
            let sealed = if number == 1 { &sealed[..] } else { &[] };
            journal
                .append(&samples::block(number, 2), sealed)
                .expect("written");
        }
        let mut picture = Picture::empty();
        picture.block = BlockNumber(20);
        Snapshots::of(&folder).put(&picture, 1).expect("kept");
        let (records, _) = Records::open(&folder, &journal).expect("opens");
        let blocks: Vec<_> = (1..=25)
            .map(|number| samples::stepped(number, Vec::new()))
            .collect();
        records.apply(&blocks).expect("taken");

        // Beside a live server.
        let good = verify(&dir).expect("looked at");
        assert!(good.is_good(), "{good}");
        assert_eq!(
            (good.blocks, good.last, good.vault_entries),
            (30, BlockNumber(30), 2)
        );
        assert_eq!(
            (good.records_applied, &good.snapshots[..]),
            (Some(BlockNumber(25)), &[BlockNumber(20)][..])
        );
        assert!(
            good.to_string().contains("30 blocks") && good.to_string().ends_with("all good"),
            "{good}"
        );

        drop((journal, records));
        by_force(
            &folder.journal(),
            "UPDATE blocks SET bytes = zeroblob(5) WHERE number IN (3, 9);
             DELETE FROM blocks WHERE number = 15;
             DELETE FROM blocks WHERE number > 24;
             UPDATE vault SET key = zeroblob(32) WHERE rowid = 1;",
        );
        by_force(&folder.records(), "UPDATE position SET applied = 99");
        let snapshot = folder.snapshots().join(format!("{:020}.snapshot", 20));
        let mut file = fs::read(&snapshot).expect("read");
        file[30] ^= 1;
        fs::write(&snapshot, file).expect("spoiled");
        let bad = verify(&dir).expect("looked at");
        let said = bad.to_string();
        for mistake in [
            "block 3:",
            "block 9:",
            "block 15: it is missing",
            "does not open",
            "records.db is at block 99",
            "00020.snapshot",
        ] {
            assert!(said.contains(mistake), "{mistake} is not in:\n{said}");
        }
        assert_eq!(bad.last, BlockNumber(24));
        assert!(!bad.is_good());
        assert_eq!(
            verify(&dir).expect("looked at"),
            bad,
            "looking changes nothing"
        );
    }
}
