//! The chain holds as it was written, and whoever changes, removes, moves or cuts off an entry is found out at that entry.

use std::fs;

use domain::account::{Account, AccountChange, Actor, Role};
use domain::audit::{AuditAsked, Note, What, Who};
use domain::command::{Block, Command, CommandGiven, Input, OLDEST_LOGIC};
use domain::ids::{AccountName, CommandId, IncidentId};
use rusqlite::Connection;

use super::super::{Folder, Journal, Kept, backup, restore, samples, verify};
use super::*;

fn name(text: &str) -> AccountName {
    AccountName::new(text).expect("a name")
}

fn login(who: &str) -> Kept {
    Note::new(Who::Account(name(who)), What::Login, "", "Firefox").into()
}

fn command(index: u128) -> Input {
    Input::Command(Box::new(CommandGiven {
        id: CommandId::from_bits(index),
        incident: IncidentId::new(1, 0),
        by: Actor::Person {
            name: name("leader"),
            role: Role::ShiftLeader,
            department: None,
            town: None,
        },
        expected_revision: None,
        after: None,
        command: Command::Register,
    }))
}

fn disabled(who: &str) -> Input {
    Input::Account(Box::new(AccountChange::DisableAccount(name(who))))
}

fn block(number: u64, inputs: Vec<Input>) -> Block {
    Block {
        inputs,
        ..samples::block(number, 1)
    }
}

/// A day: entries 1 to 7, of which 3, 4 and 6 tell of blocks 1 and 3.
fn day(folder: &Folder) -> Journal {
    let (mut journal, _) = Journal::open(folder, false).expect("opens");
    let moment = samples::minute(1);
    journal
        .keep(&[login("leader"), login("operator")], moment)
        .expect("kept");
    journal
        .append(&block(1, vec![command(1), command(2)]), &[])
        .expect("written");
    journal
        .append(&samples::block(2, 5), &[login("auditor")])
        .expect("written");
    journal
        .append(&block(3, vec![disabled("operator")]), &[])
        .expect("written");
    let left = Note::new(Who::Account(name("auditor")), What::Logout, "", "");
    journal
        .keep(&[left.into()], samples::minute(3))
        .expect("kept");
    journal
}

fn home() -> (tempfile::TempDir, Folder) {
    let home = tempfile::tempdir().expect("a folder");
    let folder = Folder::open(&home.path().join("data")).expect("opens");
    (home, folder)
}

fn found(folder: &Folder) -> Result<Unbroken, Broken> {
    AuditReader::in_folder(folder.path())
        .verify(None)
        .expect("looked at")
        .expect("there is a log")
}

fn by_force(folder: &Folder, sql: &str) {
    let connection = Connection::open(folder.journal()).expect("opens");
    connection.execute_batch(sql).expect("done");
}

#[test]
fn what_people_did_is_in_the_log_and_observations_are_not() {
    let (_home, folder) = home();
    let journal = day(&folder);
    let page = journal
        .audit()
        .list(&AuditAsked {
            limit: 50,
            ..AuditAsked::default()
        })
        .expect("read");
    let told: Vec<_> = page
        .entries
        .iter()
        .map(|entry| {
            (
                entry.entry,
                entry.who.as_str(),
                entry.what,
                entry.about.as_str(),
                entry.block,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (7, "auditor", What::Logout, "", None),
            (6, "@command-line", What::Account, "operator", Some(3)),
            (5, "auditor", What::Login, "", None),
            (4, "leader", What::Command, "i1-0", Some(1)),
            (3, "leader", What::Command, "i1-0", Some(1)),
            (2, "operator", What::Login, "", None),
            (1, "leader", What::Login, "", None),
        ]
    );
    assert_eq!(found(&folder).expect("unbroken").entries, 7);
    drop(journal);
    let (mut journal, _) = Journal::open(&folder, false).expect("opens");
    journal
        .keep(&[login("leader")], samples::minute(4))
        .expect("kept");
    assert_eq!(found(&folder).expect("goes on after a restart").entries, 8);
}

#[test]
fn the_log_is_asked_by_person_kind_and_time_and_read_in_pages() {
    let (_home, folder) = home();
    let journal = day(&folder);
    let audit = journal.audit();
    let numbers = |asked: AuditAsked| -> (Vec<u64>, Option<u64>) {
        let page = audit.list(&asked).expect("read");
        (
            page.entries.iter().map(|entry| entry.entry).collect(),
            page.next,
        )
    };
    let all = AuditAsked {
        limit: 50,
        ..AuditAsked::default()
    };
    let of = |who: &str| AuditAsked {
        who: Some(who.into()),
        ..all.clone()
    };
    assert_eq!(numbers(of("leader")), (vec![4, 3, 1], None));
    assert_eq!(numbers(of("nobody")), (vec![], None));
    let commands = AuditAsked {
        what: Some(What::Command),
        ..all.clone()
    };
    assert_eq!(numbers(commands), (vec![4, 3], None));
    let later = AuditAsked {
        since: Some(samples::minute(2)),
        until: Some(samples::minute(3)),
        ..all
    };
    assert_eq!(numbers(later), (vec![5], None));
    let mut before = None;
    let mut read = Vec::new();
    loop {
        let (page, next) = numbers(AuditAsked {
            before,
            limit: 3,
            ..AuditAsked::default()
        });
        read.extend(page);
        before = next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(read, [7, 6, 5, 4, 3, 2, 1]);
}

#[test]
fn whoever_touches_an_entry_is_found_out_at_that_entry() {
    for (deed, entry, word) in [
        ("UPDATE audit SET who = 'leader' WHERE entry = 5", 5, "does not fit"),
        ("UPDATE audit SET at = at + 1 WHERE entry = 1", 1, "does not fit"),
        ("UPDATE audit SET detail = 'release' WHERE entry = 4", 4, "does not fit"),
        ("UPDATE audit SET block = 9 WHERE entry = 6", 6, "does not fit"),
        ("UPDATE audit SET sha256 = zeroblob(32) WHERE entry = 2", 2, "does not fit"),
        ("UPDATE audit SET sha256 = x'00' WHERE entry = 2", 2, "cannot be read"),
        ("DELETE FROM audit WHERE entry = 1", 1, "it is missing; 2 follows"),
        ("DELETE FROM audit WHERE entry = 4", 4, "it is missing; 5 follows"),
        // The last one is gone, or all are.
        ("DELETE FROM audit WHERE entry = 7", 7, "has had 7 entries"),
        ("DELETE FROM audit", 1, "has had 7 entries"),
        // Two change places.
        (
            "UPDATE audit SET entry = 100 WHERE entry = 3; UPDATE audit SET entry = 3 WHERE entry = 4;
             UPDATE audit SET entry = 4 WHERE entry = 100;",
            3,
            "does not fit",
        ),
        // Those after a hole move up.
        (
            "DELETE FROM audit WHERE entry = 2; UPDATE audit SET entry = entry - 1 WHERE entry > 2;",
            2,
            "does not fit",
        ),
        // One that never was.
        (
            "INSERT INTO audit SELECT 8, at, 'leader', what, about, detail, block, place, sha256 FROM audit WHERE entry = 7",
            8,
            "does not fit",
        ),
        ("DELETE FROM about WHERE name = 'audit head'", 7, "does not say where"),
    ] {
        let (_home, folder) = home();
        drop(day(&folder));
        by_force(&folder, deed);
        let broken = found(&folder).expect_err(deed);
        assert_eq!(broken.entry, entry, "{deed}: {broken}");
        assert!(broken.why.contains(word), "{deed}: {broken}");
        let said = verify(folder.path()).expect("looked at").to_string();
        assert!(said.contains(&format!("audit entry {entry}: ")), "{said}");
    }
}

#[test]
fn any_flipped_byte_of_any_entry_is_found() {
    let (_home, folder) = home();
    drop(day(&folder));
    let connection = Connection::open(folder.journal()).expect("opens");
    let _flushed: i64 = connection
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
        .expect("in the file");
    drop(connection);
    let good = fs::read(folder.journal()).expect("read");
    let says = b"operator";
    let places: Vec<usize> = (0..good.len() - says.len())
        .filter(|at| good[*at..].starts_with(says))
        .collect();
    assert!(places.len() >= 2, "the log names the operator twice");
    for place in places {
        for at in place..place + says.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            fs::write(folder.journal(), &bad).expect("spoiled");
            let looked = verify(folder.path()).expect("looked at");
            assert!(!looked.is_good(), "byte {at}");
        }
    }
}

#[test]
fn a_tail_forged_with_right_hashes_does_not_hide_what_the_journal_holds_or_somebody_noted_down() {
    let (_home, folder) = home();
    drop(day(&folder));
    let noted = found(&folder).expect("unbroken").head;
    let reader = AuditReader::in_folder(folder.path());
    assert!(
        reader
            .verify(Some(&noted))
            .expect("looked at")
            .expect("a log")
            .is_ok()
    );
    // Entries 6 and 7 go; 6 is written anew as if somebody else had left, with a right hash and a right head.
    by_force(&folder, "DELETE FROM audit WHERE entry > 5");
    let connection = Connection::open(folder.journal()).expect("opens");
    let sha256 = connection
        .query_row("SELECT sha256 FROM audit WHERE entry = 5", [], |row| {
            row.get(0)
        })
        .expect("there");
    let forged = Note::new(Who::Account(name("leader")), What::Logout, "", "");
    Chain { entry: 5, sha256 }
        .append(&connection, &[forged], samples::minute(3))
        .expect("written");
    drop(connection);
    let broken = found(&folder).expect_err("block 3 disabled an account");
    assert_eq!(broken.entry, 7, "{broken}");
    assert!(
        broken
            .why
            .contains("input 0 of block 3 (account by @command-line)"),
        "{broken}"
    );
    let broken = reader
        .verify(Some(&noted))
        .expect("looked at")
        .expect("a log")
        .expect_err("shorter");
    assert!(
        broken.entry == 7 && broken.why.contains("has had 7 entries"),
        "{broken}"
    );
    let other = noted.replace("7:", "6:");
    let broken = reader
        .verify(Some(&other))
        .expect("looked at")
        .expect("a log")
        .expect_err("another");
    assert!(
        broken.entry == 6 && broken.why.contains("noted down"),
        "{broken}"
    );
    assert!(
        reader
            .verify(Some("seven"))
            .expect("looked at")
            .expect("a log")
            .is_err()
    );
}

#[test]
fn a_log_whose_end_was_taken_away_goes_on_behind_the_gap() {
    let (_home, folder) = home();
    drop(day(&folder));
    by_force(&folder, "DELETE FROM audit WHERE entry >= 6");
    let (mut journal, _) = Journal::open(&folder, false).expect("opens");
    journal
        .keep(&[login("leader")], samples::minute(9))
        .expect("kept");
    let broken = found(&folder).expect_err("the gap stays");
    assert_eq!(
        (broken.entry, broken.why.as_str()),
        (6, "it is missing; 8 follows")
    );
}

#[test]
fn a_commit_that_failed_leaves_no_entry_behind() {
    let (_home, folder) = home();
    let mut journal = day(&folder);
    let limit = |journal: &Journal, pages: i64| {
        journal
            .connection()
            .query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))
            .expect("set");
    };
    let pages: i64 = journal
        .connection()
        .query_row("PRAGMA page_count", [], |row| row.get(0))
        .expect("counted");
    limit(&journal, pages);
    let many: Vec<Kept> = (0..5_000).map(|_| login("leader")).collect();
    assert!(
        journal
            .keep(&many, samples::minute(5))
            .expect_err("no room")
            .is_disk_full()
    );
    limit(&journal, 1_000_000);
    journal
        .append(&block(4, vec![command(3)]), &[])
        .expect("room again");
    assert_eq!(found(&folder).expect("unbroken").entries, 8);
}

#[test]
fn the_log_goes_through_backup_and_restore_and_says_so() {
    let (home, folder) = home();
    let journal = day(&folder);
    let file = home.path().join("gulou.backup");
    backup(
        &journal.reader(),
        &super::super::Snapshots::of(&folder),
        &file,
        samples::minute(9),
    )
    .expect("backed up");
    let other = home.path().join("other");
    restore(&file, &other).expect("restored");
    let reader = AuditReader::in_folder(&other);
    let unbroken = reader
        .verify(None)
        .expect("looked at")
        .expect("a log")
        .expect("unbroken");
    assert_eq!(unbroken.entries, 8);
    let page = reader
        .list(&AuditAsked {
            limit: 1,
            ..AuditAsked::default()
        })
        .expect("read");
    assert_eq!(
        (page.entries[0].what, page.entries[0].about.as_str()),
        (What::Restore, "3")
    );
    // A backup whose log was touched does not come back.
    let connection = Connection::open(&file).expect("opens");
    connection
        .execute_batch("UPDATE audit SET who = 'operator' WHERE entry = 1")
        .expect("touched");
    drop(connection);
    assert!(restore(&file, &home.path().join("third")).is_err());
}

#[test]
fn a_cut_is_in_the_log_and_what_it_took_is_not_missed() {
    let (_home, folder) = home();
    drop(day(&folder));
    by_force(
        &folder,
        "UPDATE blocks SET bytes = zeroblob(5) WHERE number = 3",
    );
    let (mut journal, opened) = Journal::open(&folder, true).expect("cut");
    assert!(opened.cut.is_some());
    let unbroken = found(&folder).expect("unbroken");
    assert_eq!(unbroken.entries, 8);
    // Another block takes the number of the lost one; its command is owed an entry of its own.
    journal
        .append(&block(3, vec![command(7)]), &[])
        .expect("written");
    assert_eq!(found(&folder).expect("unbroken").entries, 9);
    by_force(
        &folder,
        "DELETE FROM audit WHERE entry = 9;
         INSERT OR REPLACE INTO about SELECT 'audit head', '8:' || lower(hex(sha256)) FROM audit WHERE entry = 8",
    );
    let broken = found(&folder).expect_err("not told");
    assert!(
        broken
            .why
            .contains("input 0 of block 3 (command by leader)"),
        "{broken}"
    );
}

#[test]
fn a_journal_of_before_is_taken_over_whole() {
    let (_home, folder) = home();
    drop(day(&folder));
    // As version 1 had it.
    by_force(
        &folder,
        "DROP TABLE audit; DELETE FROM about WHERE name = 'audit head';
         CREATE TABLE audit(entry INTEGER PRIMARY KEY, at INTEGER NOT NULL, what TEXT NOT NULL) STRICT;
         INSERT INTO audit(at, what) VALUES (60000, '--accept-loss: block 9');
         PRAGMA user_version = 1;",
    );
    let reader = AuditReader::in_folder(folder.path());
    assert_eq!(reader.verify(None).expect("looked at"), None);
    assert!(
        reader
            .list(&AuditAsked::default())
            .expect("read")
            .entries
            .is_empty()
    );
    assert!(verify(folder.path()).expect("looked at").is_good());
    // What this version cannot step stays as it was, for the version that can.
    by_force(
        &folder,
        &format!("UPDATE blocks SET logic = {}", OLDEST_LOGIC - 1),
    );
    assert!(Journal::open(&folder, true).is_err());
    by_force(
        &folder,
        &format!(
            "UPDATE blocks SET logic = {OLDEST_LOGIC}; INSERT INTO audit(at, what) VALUES (61000, '--accept-loss: block 8')"
        ),
    );
    let (mut journal, opened) = Journal::open(&folder, false).expect("taken over");
    assert_eq!(opened.last.0, 3);
    assert_eq!(found(&folder).expect("unbroken").entries, 3);
    journal
        .append(&block(4, vec![command(9)]), &[])
        .expect("written");
    let page = reader
        .list(&AuditAsked {
            limit: 9,
            ..AuditAsked::default()
        })
        .expect("read");
    let told: Vec<_> = page
        .entries
        .iter()
        .map(|entry| (entry.what, entry.about.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (What::Command, "i1-0"),
            (What::Begun, "3"),
            (What::Loss, ""),
            (What::Loss, "")
        ]
    );
}

#[test]
fn an_added_account_is_told_with_role_and_scope_and_without_its_secret() {
    let account = Account {
        name: name("chengguan"),
        role: Role::Department,
        department: domain::ids::DepartmentId::new("cgj").ok(),
        town: None,
        password_hash: "$argon2id$secret".into(),
        disabled: false,
        demo: false,
    };
    let put = Input::Account(Box::new(AccountChange::PutAccount(account)));
    let notes = domain::audit::of_block(&block(1, vec![put]));
    assert_eq!(notes[0].detail, "added, role department, department cgj");
}
