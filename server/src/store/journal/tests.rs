//! Stories of the journal: what was written is there, what is damaged is named, what is cut is kept aside.

use std::fs;
use std::path::Path;
use std::thread;

use domain::picture::Picture;
use rusqlite::Connection;
use tempfile::TempDir;

use super::super::{Looked, Reporter, Vault, samples};
use super::*;

fn folder(home: &TempDir) -> Folder {
    Folder::open(&home.path().join("data")).expect("a data folder")
}

fn home() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

/// A closed journal of blocks 1 to `last`.
fn journal_of(folder: &Folder, last: u64) -> Vec<Block> {
    let (mut journal, _) = Journal::open(folder, false).expect("opens");
    let blocks: Vec<Block> = (1..=last)
        .map(|number| samples::block(number, number % 4))
        .collect();
    for block in &blocks {
        journal.append(block, &[]).expect("written");
    }
    blocks
}

fn read_after(folder: &Folder, number: u64) -> Vec<Block> {
    JournalReader::of(folder)
        .blocks_after(BlockNumber(number))
        .expect("reads")
        .map(|block| block.expect("a good block"))
        .collect()
}

fn bad_block(folder: &Folder) -> BadBlock {
    match Journal::open(folder, false).map(|(_, opened)| opened) {
        Err(StoreError::BadBlock(bad)) => bad,
        other => panic!("a bad block stops the start, but: {other:?}"),
    }
}

/// Changes the file as no program of ours would.
fn by_force(folder: &Folder, sql: &str) {
    let connection = Connection::open(folder.journal()).expect("opens");
    connection.execute_batch(sql).expect("done");
}

fn audit(folder: &Folder) -> Vec<String> {
    let connection = Connection::open(folder.journal()).expect("opens");
    let mut statement = connection
        .prepare("SELECT detail FROM audit ORDER BY entry")
        .expect("a table");
    let lines = statement.query_map([], |row| row.get(0)).expect("rows");
    lines.map(|line| line.expect("a line")).collect()
}

#[test]
fn what_was_written_is_there_after_a_restart() {
    let home = home();
    let folder = folder(&home);
    let (journal, opened) = Journal::open(&folder, false).expect("opens");
    assert_eq!((opened.last, opened.logic), (BlockNumber(0), None));
    let life = journal.life().expect("named");
    drop(journal);

    let blocks = journal_of(&folder, 200);
    let (journal, opened) = Journal::open(&folder, false).expect("opens again");
    assert_eq!(
        (journal.last(), opened.last),
        (BlockNumber(200), BlockNumber(200))
    );
    assert_eq!(
        (opened.last_now, opened.checked_from),
        (samples::minute(200), BlockNumber(1))
    );
    assert_eq!(
        (opened.logic, opened.cut),
        (Some(domain::command::LOGIC), None)
    );
    assert_eq!(journal.life().expect("named"), life);
    assert_eq!(read_after(&folder, 0), blocks);
    assert_eq!(read_after(&folder, 137), blocks[137..]);
    assert!(read_after(&folder, 200).is_empty());
    assert_eq!(journal.reader().last().expect("read"), BlockNumber(200));
}

#[test]
fn a_journal_of_an_older_layout_is_refused_whole_even_where_a_loss_is_accepted() {
    let home = home();
    let folder = folder(&home);
    let (mut journal, _) = Journal::open(&folder, false).expect("opens");
    journal.append(&samples::block(1, 1), &[]).expect("kept");
    drop(journal);
    let older = OLDEST_LOGIC - 1;
    by_force(&folder, &format!("UPDATE blocks SET logic = {older}"));
    for accept_loss in [false, true] {
        let refused = Journal::open(&folder, accept_loss).err();
        let told = refused.expect("older").to_string();
        assert!(
            told.contains(&format!("logic {older}")) && told.contains("wrote it"),
            "{told}"
        );
    }
    by_force(
        &folder,
        &format!("UPDATE blocks SET logic = {OLDEST_LOGIC}"),
    );
    let (journal, _) = Journal::open(&folder, false).expect("nothing was touched");
    assert_eq!(journal.last(), BlockNumber(1));
}

#[test]
fn only_the_next_block_is_taken_and_its_clock_never_goes_back() {
    let home = home();
    let folder = folder(&home);
    let (mut journal, _) = Journal::open(&folder, false).expect("opens");
    for wrong in [0, 2] {
        let refused = journal.append(&samples::block(wrong, 1), &[]);
        assert!(matches!(refused, Err(StoreError::OutOfOrder { .. })));
    }
    journal
        .append(&samples::block(1, 1), &[])
        .expect("the first");
    let refused = journal.append(&samples::block(1, 1), &[]);
    assert!(matches!(refused, Err(StoreError::OutOfOrder { .. })));
    let mut late = samples::block(2, 1);
    late.now = samples::minute(0);
    assert!(matches!(
        journal.append(&late, &[]),
        Err(StoreError::ClockWentBack { .. })
    ));
    late.now = samples::minute(1);
    journal.append(&late, &[]).expect("the same moment is well");
}

#[test]
fn readers_follow_while_the_writer_goes_on() {
    let home = home();
    let folder = folder(&home);
    let (mut journal, _) = Journal::open(&folder, false).expect("opens");
    journal.append(&samples::block(1, 1), &[]).expect("written");
    let reader = journal.reader();
    let follower = thread::spawn(move || {
        let mut seen = 0;
        while seen < 300 {
            for block in reader.blocks_after(BlockNumber(seen)).expect("reads") {
                seen += 1;
                assert_eq!(block.expect("good").number, BlockNumber(seen));
            }
        }
    });
    for number in 2..=300 {
        journal
            .append(&samples::block(number, 2), &[])
            .expect("written");
    }
    follower.join().expect("saw every block once, in order");
}

/// What may happen to a row, and the block that is then named.
const DAMAGES: [(&str, u64); 9] = [
    (
        "UPDATE blocks SET bytes = CAST(substr(bytes, 1, length(bytes) - 1) AS BLOB) WHERE number = 7",
        7,
    ),
    (
        "UPDATE blocks SET bytes = zeroblob(length(bytes)) WHERE number = 7",
        7,
    ),
    ("UPDATE blocks SET bytes = x'' WHERE number = 7", 7),
    ("UPDATE blocks SET crc = crc + 1 WHERE number = 7", 7),
    ("UPDATE blocks SET now = now + 1 WHERE number = 7", 7),
    ("UPDATE blocks SET logic = 9 WHERE number = 7", 7),
    ("DELETE FROM blocks WHERE number = 7", 7),
    ("DELETE FROM blocks WHERE number = 1", 1),
    // A row that is whole in itself, but another's: the chain of checksums finds it.
    (
        "UPDATE blocks SET (now, crc, bytes) = (SELECT now, crc, bytes FROM blocks WHERE number = 6) WHERE number = 7",
        7,
    ),
];

#[test]
fn a_damaged_block_stops_the_start_and_is_named_with_what_a_cut_would_cost() {
    for (damage, named) in DAMAGES {
        let home = home();
        let folder = folder(&home);
        journal_of(&folder, 12);
        by_force(&folder, damage);
        let bad = bad_block(&folder);
        assert_eq!(bad.number, BlockNumber(named), "{damage}");
        assert_eq!(bad.lost(), Some(12 - named + 1), "{damage}");
        let said = bad.to_string();
        assert!(
            said.contains(&format!("block {named} ")) && said.contains("--accept-loss"),
            "{said}"
        );
        // The iterator finds the same.
        let found = JournalReader::of(&folder)
            .blocks_after(BlockNumber(0))
            .expect("reads")
            .find_map(Result::err);
        assert!(
            matches!(found, Some(StoreError::BadBlock(found)) if found == bad),
            "{damage}"
        );
    }
}

#[test]
fn accepting_the_loss_cuts_there_keeps_the_old_file_and_says_so() {
    for (damage, named) in DAMAGES {
        let home = home();
        let folder = folder(&home);
        let blocks = journal_of(&folder, 12);
        let life = Journal::open(&folder, false)
            .expect("good")
            .0
            .life()
            .expect("named");
        by_force(&folder, damage);
        let (mut journal, opened) = Journal::open(&folder, true).expect("goes on");
        let cut = opened.cut.expect("cut");
        assert_eq!(
            (cut.from, cut.lost),
            (BlockNumber(named), Some(12 - named + 1)),
            "{damage}"
        );
        assert_eq!(opened.last, BlockNumber(named - 1));
        assert_ne!(
            journal.life().expect("named"),
            life,
            "what was made of the old one must be rebuilt"
        );
        assert!(
            audit(&folder)[0].contains(&format!("block {named} ")),
            "{:?}",
            audit(&folder)
        );
        let kept = Connection::open(&cut.kept_as).expect("kept");
        let rows: u64 = kept
            .query_row("SELECT count(*) FROM blocks", [], |row| {
                row.get::<_, i64>(0)
            })
            .expect("readable")
            .cast_unsigned();
        assert!(rows >= 11, "the damaged file is whole: {rows} rows");

        journal
            .append(&samples::block(named, 3), &[])
            .expect("the journal goes on");
        drop(journal);
        let (_, opened) = Journal::open(&folder, true).expect("nothing to cut now");
        assert_eq!(opened.cut, None);
        let kept_blocks = usize::try_from(named - 1).expect("small");
        assert_eq!(read_after(&folder, 0)[..kept_blocks], blocks[..kept_blocks]);
    }
}

#[test]
fn a_torn_page_anywhere_is_found_and_can_be_cut() {
    let home = home();
    let whole = folder(&home);
    journal_of(&whole, 300);
    drop(Journal::open(&whole, false).expect("good"));
    let file = fs::read(whole.journal()).expect("read");
    let pages = file.len() / 4096;
    assert!(pages > 10, "{pages} pages");
    drop(whole);
    let mut cuts = 0;
    for page in 1..pages {
        let home = self::home();
        let folder = folder(&home);
        let mut torn = file.clone();
        torn[page * 4096..][..4096].fill(0xa5);
        fs::write(folder.journal(), torn).expect("torn");
        match Journal::open(&folder, false).map(|(_, opened)| opened) {
            // A page of another table; or an error that names the damage.
            Ok(opened) => assert_eq!(opened.last, BlockNumber(300)),
            Err(StoreError::BadBlock(bad)) => {
                let (mut journal, opened) = Journal::open(&folder, true).expect("cut");
                assert_eq!(opened.last.next(), bad.number);
                journal
                    .append(&samples::block(bad.number.0, 1), &[])
                    .expect("goes on");
                cuts += 1;
            }
            Err(StoreError::Sqlite { source, .. }) => {
                assert!(is_damage(&source), "{source}");
            }
            Err(other) => panic!("{other}"),
        }
    }
    assert!(cuts > pages / 2, "most pages are blocks: {cuts} of {pages}");
}

#[test]
fn a_commit_torn_in_the_log_is_left_out_and_the_rest_stands() {
    let home = home();
    let live = folder(&home);
    let (mut journal, _) = Journal::open(&live, false).expect("opens");
    for number in 1..=5 {
        journal
            .append(&samples::block(number, 2), &[])
            .expect("written");
    }
    // As a power cut leaves them: the file and its log, copied while the writer lives.
    let after = self::home();
    let crashed = folder(&after);
    fs::copy(live.journal(), crashed.journal()).expect("copied");
    let log = fs::read(live.path().join("journal.db-wal")).expect("a log");
    let cut_short = &log[..log.len() - 100];
    fs::write(crashed.path().join("journal.db-wal"), cut_short).expect("copied");
    let (journal, opened) = Journal::open(&crashed, false).expect("no damage");
    assert_eq!(opened.last, BlockNumber(4));
    drop(journal);
    assert_eq!(read_after(&crashed, 0).len(), 4);
}

#[test]
fn a_full_disk_refuses_cleanly_and_the_journal_goes_on_when_there_is_room() {
    let home = home();
    let folder = folder(&home);
    let (mut journal, _) = Journal::open(&folder, false).expect("opens");
    journal.append(&samples::block(1, 1), &[]).expect("written");
    let limit = |journal: &Journal, pages: i64| {
        journal
            .connection()
            .query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))
            .expect("set");
    };
    limit(&journal, 14);
    let mut large = samples::block(2, 0);
    let mut noise = 1_u64;
    large.inputs = (0..10_000)
        .map(|index| {
            noise = noise
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(index);
            domain::command::Input::Observation(Box::new(samples::report(
                &format!("{noise:x}"),
                "…",
            )))
        })
        .collect();
    let entry = VaultEntry::seal(&caller()).expect("sealed");
    for _ in 0..3 {
        let refused = journal
            .append(&large, &[entry.clone().into()])
            .expect_err("no room");
        assert!(refused.is_disk_full(), "{refused}");
        assert_eq!(journal.last(), BlockNumber(1));
    }
    assert_eq!(
        journal.reader().last().expect("read"),
        BlockNumber(1),
        "nothing half written"
    );
    assert_eq!(
        Vault::open(&folder)
            .expect("opens")
            .reporter(&entry.token)
            .expect("read"),
        None
    );
    journal
        .append(&samples::block(2, 1), &[])
        .expect("a small one still fits");

    limit(&journal, 1_000_000);
    large.number = BlockNumber(3);
    large.now = samples::minute(3);
    journal
        .append(&large, &[entry.into()])
        .expect("there is room again");
    drop(journal);
    let (_, opened) = Journal::open(&folder, false).expect("good");
    assert_eq!(opened.last, BlockNumber(3));
    assert_eq!(read_after(&folder, 2), [large]);
}

#[test]
fn a_block_whose_fate_was_unknown_does_not_come_back() {
    let home = home();
    let folder = folder(&home);
    let (mut journal, _) = Journal::open(&folder, false).expect("opens");
    journal.append(&samples::block(1, 1), &[]).expect("written");
    // A commit that reached the disk although its sync reported an error.
    let ghost = journal
        .encoder
        .encode(&samples::block(2, 3), journal.end.crc)
        .expect("encoded");
    insert(journal.connection(), &ghost).expect("there");
    let left = domain::audit::Note::new(
        domain::audit::Who::Unknown,
        domain::audit::What::LoginFailed,
        "",
        "",
    );
    journal
        .chain
        .append(journal.connection(), &[left], samples::minute(2))
        .expect("there");
    journal.uncertain = true;
    let next = samples::block(2, 1);
    journal
        .append(&next, &[])
        .expect("the next one takes its place");
    assert_eq!(read_after(&folder, 1), [next]);
    let log = journal.audit().verify(None).expect("looked at");
    assert_eq!(
        log.expect("a log").expect("unbroken").entries,
        0,
        "nor does its entry"
    );
}

#[test]
fn a_journal_that_ends_before_its_snapshot_is_a_loss_too() {
    let home = home();
    let folder = folder(&home);
    journal_of(&folder, 5);
    let mut picture = Picture::empty();
    picture.block = BlockNumber(9);
    Snapshots::of(&folder).put(&picture, 1).expect("kept");
    let bad = bad_block(&folder);
    assert_eq!((bad.number, bad.lost()), (BlockNumber(6), Some(4)), "{bad}");
    let (_, opened) = Journal::open(&folder, true).expect("accepted");
    assert_eq!(opened.last, BlockNumber(5));
    assert!(
        Snapshots::of(&folder)
            .newest_at_or_before(BlockNumber(99))
            .expect("read")
            .is_none()
    );
}

#[test]
fn strangers_files_and_newer_versions_are_refused() {
    let home = home();
    let folder = folder(&home);
    by_force(
        &folder,
        "PRAGMA application_id = 7; CREATE TABLE songs(title);",
    );
    let refused = Journal::open(&folder, true).err().expect("not a journal");
    assert!(matches!(refused, StoreError::Version { .. }), "{refused}");
    fs::remove_file(folder.journal()).expect("removed");
    journal_of(&folder, 1);
    by_force(&folder, "PRAGMA user_version = 3");
    assert!(matches!(
        Journal::open(&folder, true),
        Err(StoreError::Version { .. })
    ));
    fs::write(
        folder.journal(),
        "not a database at all, but long enough to have a header: ".repeat(9),
    )
    .expect("written");
    assert!(matches!(
        Journal::open(&folder, true),
        Err(StoreError::Sqlite { .. })
    ));
}

fn caller() -> Reporter {
    Reporter {
        name: "陈女士".into(),
        phone: "13812345678".into(),
        confidential: false,
    }
}

fn holds(dir: &Path, secret: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_file()
            && fs::read(&path)
                .expect("read")
                .windows(secret.len())
                .any(|part| part == secret)
        {
            found.push(path.display().to_string());
        }
    }
    found
}

#[test]
fn personal_data_comes_and_goes_with_its_key_and_nothing_of_it_stays_in_any_file() {
    let home = home();
    let folder = folder(&home);
    let (mut journal, _) = Journal::open(&folder, false).expect("opens");
    let entry = VaultEntry::seal(&caller()).expect("sealed");
    journal
        .append(&samples::block(1, 1), &[entry.clone().into()])
        .expect("written");
    let vault = Vault::open(&folder).expect("opens");
    assert_eq!(vault.reporter(&entry.token).expect("read"), Some(caller()));
    assert!(holds(folder.path(), b"13812345678").is_empty());

    let key: Vec<u8> = journal
        .connection()
        .query_row("SELECT key FROM vault", [], |row| row.get(0))
        .expect("a key");
    assert!(
        !holds(folder.path(), &key).is_empty(),
        "the search does find a key that is there"
    );
    let erased = Kept::Erased(entry.token.clone());
    assert_eq!(
        vault.look(&entry.token).expect("read"),
        Looked::Kept(caller())
    );
    journal
        .keep(std::slice::from_ref(&erased), samples::minute(1))
        .expect("erased");
    journal
        .keep(&[erased], samples::minute(1))
        .expect("nothing more to erase");
    assert_eq!(vault.reporter(&entry.token).expect("read"), None);
    assert_eq!(vault.look(&entry.token).expect("read"), Looked::Erased);
    assert!(vault.empty_log().expect("emptied"));
    assert!(holds(folder.path(), &key).is_empty());
    journal
        .append(&samples::block(2, 1), &[])
        .expect("the journal goes on");
    drop((journal, vault));
    Journal::open(&folder, false).expect("good");
    assert!(holds(folder.path(), &key).is_empty());
}

#[test]
fn the_files_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let home = home();
    let folder = folder(&home);
    let (mut journal, _) = Journal::open(&folder, false).expect("opens");
    journal.append(&samples::block(1, 1), &[]).expect("written");
    for name in ["journal.db", "journal.db-wal", "journal.db-shm"] {
        let mode = fs::metadata(folder.path().join(name))
            .expect("there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn an_entry_that_nothing_refers_to_goes_whole_and_its_neighbours_stay() {
    let home = home();
    let folder = folder(&home);
    let (mut journal, _) = Journal::open(&folder, false).expect("opens");
    let entries: Vec<VaultEntry> = (0..3)
        .map(|_| VaultEntry::seal(&caller()).expect("sealed"))
        .collect();
    let kept: Vec<Kept> = entries.iter().cloned().map(Kept::from).collect();
    journal
        .append(&samples::block(1, 1), &kept)
        .expect("written");
    let vault = Vault::open(&folder).expect("opens");
    let tokens: Vec<VaultToken> = entries.iter().map(|entry| entry.token.clone()).collect();
    let placed = |at: usize| (at as i64 + 1, tokens[at].clone());
    assert_eq!(
        vault.kept_after(0, 2).expect("read"),
        [placed(0), placed(1)]
    );
    assert_eq!(vault.kept_after(2, 2).expect("read"), [placed(2)]);
    assert_eq!(vault.kept_after(3, 2).expect("read"), []);
    let gone = [
        Kept::Removed(tokens[0].clone()),
        Kept::Erased(tokens[1].clone()),
        Kept::Removed(VaultToken::new("nobody").expect("a token")),
    ];
    journal.keep(&gone, samples::minute(1)).expect("gone");
    assert_eq!(vault.look(&tokens[0]).expect("read"), Looked::Unknown);
    assert_eq!(vault.look(&tokens[1]).expect("read"), Looked::Erased);
    assert_eq!(
        vault.look(&tokens[2]).expect("read"),
        Looked::Kept(caller())
    );
    assert_eq!(vault.kept_after(0, 9).expect("read"), [placed(2)]);
}

#[test]
fn a_log_that_somebody_reads_is_emptied_when_he_is_done() {
    let home = home();
    let folder = folder(&home);
    let (mut journal, _) = Journal::open(&folder, false).expect("opens");
    let entry = VaultEntry::seal(&caller()).expect("sealed");
    journal
        .append(&samples::block(1, 1), &[entry.clone().into()])
        .expect("written");
    let reader = super::super::sqlite::open_to_read(&folder.journal()).expect("opens");
    let moment = reader.unchecked_transaction().expect("begun");
    let _read: i64 = moment
        .query_row("SELECT count(*) FROM blocks", [], |row| row.get(0))
        .expect("read");
    journal
        .keep(&[Kept::Erased(entry.token)], samples::minute(1))
        .expect("erased");
    let vault = Vault::open(&folder).expect("opens");
    assert!(!vault.empty_log().expect("tried"), "somebody reads");
    drop(moment);
    assert!(vault.empty_log().expect("emptied"));
}
