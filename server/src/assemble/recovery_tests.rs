//! A start whose recordings are behind, damaged or cannot be written: it goes on without what they miss, and says what it is.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

use domain::account::AccountChange;
use domain::command::{Input, LOGIC};
use domain::ids::{AccountName, BlockNumber};
use domain::picture::Picture;
use domain::time::Timestamp;
use domain::wire::past::GapView;

use super::followers::{Progress, look_after, project};
use super::past::not_recorded;
use super::recovery::{Recovered, recover, recover_recording, replay};
use crate::single_writer::Machine;
use crate::single_writer::rehearsal::{Day, Said, nancheng};
use crate::store::recordings::Limits;
use crate::store::{Folder, Journal, Recordings, StoreError};

/// A bus that drives, heard every two seconds.
fn drive(day: &mut Day, blocks: usize) {
    for _ in 0..blocks {
        let there = nancheng().offset_m(day.journal.len() as f64, 0.0);
        day.hear(Said::unit("bus-1", day.now, there));
        day.later_ms(2_000);
    }
}

/// A data folder into which a day is written while no server runs.
struct Kept {
    home: tempfile::TempDir,
    written: usize,
}

impl Kept {
    /// Recorded from the first block on.
    fn of(day: &mut Day) -> Self {
        let mut kept = Self {
            home: tempfile::tempdir().expect("a folder"),
            written: 0,
        };
        let city = (*day.city()).clone();
        day.block(vec![Input::City(Box::new(city))]);
        day.later_ms(2_000);
        kept.write(day);
        drop(kept.start());
        kept
    }

    fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    fn recordings(&self) -> PathBuf {
        self.data().join("recordings.db")
    }

    /// Brings the journal up to the day; nothing else takes notice of it.
    fn write(&mut self, day: &Day) {
        let folder = Folder::open(&self.data()).expect("opens");
        let (mut journal, _) = Journal::open(&folder, false).expect("opens");
        for block in &day.journal[self.written..] {
            journal.append(block, &[]).expect("written");
        }
        self.written = day.journal.len();
    }

    fn start(&self) -> Recovered {
        recover(&self.data(), false).expect("starts")
    }

    /// A start that leaves a snapshot, as each does when it ends in order.
    fn start_and_stop(&self) {
        let recovered = self.start();
        recovered
            .snapshots
            .put(recovered.machine.picture(), LOGIC)
            .expect("written");
    }

    /// What somebody does to the recordings with a tool of his own.
    fn in_recordings(&self, sql: &str) {
        let file = rusqlite::Connection::open(self.recordings()).expect("opens");
        file.execute_batch(sql).expect("done");
    }
}

fn shows(recovered: &Recovered, day: &Day) {
    let last = day.told[day.told.len() - 1].now;
    let found = recovered.recordings.picture_at(last).expect("read");
    let stand = found.expect("known").stand;
    assert_eq!(stand.things().len(), day.picture().units.len());
}

#[test]
fn recordings_that_were_given_up_long_ago_do_not_make_a_start_replay_the_journal() {
    let mut day = Day::begin();
    let mut kept = Kept::of(&mut day);
    drive(&mut day, 40);
    kept.write(&day);
    drop(kept.start());
    let given_up_at = day.told[day.told.len() - 1].now;
    let old = std::fs::read(kept.recordings()).expect("there");
    drive(&mut day, 40);
    kept.write(&day);
    kept.start_and_stop();
    std::fs::write(kept.recordings(), old).expect("put back");
    let snapshot = day.picture().block;
    drive(&mut day, 5);
    kept.write(&day);
    let recovered = kept.start();
    assert_eq!(
        recovered.snapshot.block, snapshot,
        "only the tail is replayed"
    );
    let last = day.told[day.told.len() - 1].now;
    let horizon = recovered.recordings.horizon().expect("read");
    assert_eq!(
        horizon.since,
        Some(day.told[0].now),
        "what was recorded is kept"
    );
    assert_eq!(
        horizon.gaps,
        [GapView {
            since: given_up_at,
            until: last
        }]
    );
    shows(&recovered, &day);
    // And it goes on from there, without another gap.
    drop(recovered);
    drive(&mut day, 5);
    kept.write(&day);
    let recovered = kept.start();
    assert_eq!(recovered.recordings.horizon().expect("read").gaps.len(), 1);
    shows(&recovered, &day);
}

#[test]
fn recordings_a_little_behind_are_brought_up_from_the_snapshot_before_them() {
    let mut day = Day::begin();
    let mut kept = Kept::of(&mut day);
    drive(&mut day, 20);
    kept.write(&day);
    kept.start_and_stop();
    drive(&mut day, 20);
    kept.write(&day);
    drop(kept.start());
    let old = std::fs::read(kept.recordings()).expect("there");
    drive(&mut day, 20);
    kept.write(&day);
    kept.start_and_stop();
    std::fs::write(kept.recordings(), old).expect("put back");
    let recovered = kept.start();
    assert_eq!(recovered.recordings.horizon().expect("read").gaps, []);
    for told in &day.told {
        let found = recovered.recordings.picture_at(told.now).expect("read");
        assert_eq!(found.expect("known").mark.block, told.block);
    }
}

/// Overwrites a page that only whoever writes a keyframe looks at.
fn damage(recordings: &Path) {
    let file = rusqlite::Connection::open(recordings).expect("opens");
    let page = |sql: &str| -> u32 { file.query_row(sql, [], |row| row.get(0)).expect("a page") };
    let root = page("SELECT rootpage FROM sqlite_schema WHERE name = 'keyframes_to_thin'");
    let size = page("PRAGMA page_size");
    drop(file);
    let mut bytes = std::fs::read(recordings).expect("read");
    let begins = ((root - 1) * size) as usize;
    bytes[begins..begins + size as usize].fill(0xff);
    std::fs::write(recordings, bytes).expect("written");
}

#[test]
fn recordings_that_are_damaged_where_only_writing_finds_out_are_set_aside() {
    let mut day = Day::begin();
    let mut kept = Kept::of(&mut day);
    drive(&mut day, 20);
    kept.write(&day);
    drop(kept.start());
    damage(&kept.recordings());
    drive(&mut day, 20);
    kept.write(&day);
    let often = Limits {
        least_bytes: 0,
        row_ms: 0,
        ..Limits::default()
    };
    let recovered = recover_recording(&kept.data(), false, often).expect("starts");
    assert_eq!(recovered.machine.picture().block, day.picture().block);
    let horizon = recovered.recordings.horizon().expect("read");
    assert_eq!(horizon.since, Some(day.picture().now), "begun anew");
    assert!(kept.recordings().with_added_extension("aside").exists());
    shows(&recovered, &day);
}

const REFUSES: &str = "
    CREATE TRIGGER no_changes BEFORE INSERT ON changes BEGIN SELECT RAISE(FAIL, 'no'); END;
    CREATE TRIGGER no_keyframes BEFORE INSERT ON keyframes BEGIN SELECT RAISE(FAIL, 'no'); END;";

#[test]
fn recordings_that_cannot_be_written_hold_up_neither_a_start_nor_the_command_line() {
    let mut day = Day::begin();
    let mut kept = Kept::of(&mut day);
    drive(&mut day, 20);
    kept.write(&day);
    drop(kept.start());
    let known_until = day.told[day.told.len() - 1].now;
    let known_block = day.picture().block;
    kept.in_recordings(REFUSES);
    drive(&mut day, 20);
    kept.write(&day);
    let mut recovered = kept.start();
    assert_eq!(recovered.machine.picture().block, day.picture().block);
    let name = AccountName::new("duty").expect("a name");
    let change = AccountChange::DisableAccount(name);
    let taken = recovered
        .take(vec![Input::Account(Box::new(change))])
        .expect("what is journalled is done");
    // They do not pose as caught up: they say how far the file is, and that they take nothing.
    let recordings = &recovered.recordings;
    let refused = recordings.apply(&[Arc::new(taken)]);
    assert!(matches!(
        refused,
        Err(StoreError::NotRecording { last }) if last == known_block
    ));
    assert_eq!(recordings.applied(), known_block);
    assert_eq!(recordings.known_until(), known_until);
    let horizon = recordings.horizon().expect("read");
    assert_eq!((horizon.until, horizon.gaps), (known_until, Vec::new()));
    assert!(recordings.picture_at(known_until).expect("read").is_some());
    drop(recovered);
    // Once they can be written again, nothing is missing: the journal has it.
    kept.in_recordings("DROP TRIGGER no_changes; DROP TRIGGER no_keyframes;");
    let recovered = kept.start();
    assert_eq!(recovered.recordings.horizon().expect("read").gaps, []);
    assert_eq!(
        recovered.recordings.applied(),
        recovered.machine.picture().block
    );
    assert!(recovered.recordings.known_until() > known_until);
}

#[test]
fn a_server_whose_recordings_are_given_up_says_since_when_and_waits_for_them_no_longer() {
    let mut day = Day::begin();
    let mut kept = Kept::of(&mut day);
    drive(&mut day, 20);
    kept.write(&day);
    drop(kept.start().resumed(day.now).expect("resumed"));
    let known_until = day.told[day.told.len() - 1].now;
    kept.in_recordings(REFUSES);
    day.later(10);
    drive(&mut day, 20);
    kept.write(&day);
    let began = day.now;
    let recovered = kept.start().resumed(began).expect("resumed");
    let progress = Progress::of::<Recordings>(recovered.recordings.applied());
    drive(&mut day, 1);
    let (to_recordings, inbox) = sync_channel(1);
    to_recordings
        .send(day.told[day.told.len() - 1].clone())
        .expect("heard");
    // Ends, though more could come.
    project(&recovered.recordings, &inbox, &progress);
    assert!(progress.is_troubled());
    let unknown = GapView {
        since: known_until,
        until: day.now,
    };
    let told = not_recorded(&recovered.recordings, &progress, day.now);
    assert_eq!(told, Some(unknown));
    assert_eq!(
        not_recorded(&recovered.recordings, &progress, known_until),
        None
    );
    // A server was there all the same; the next start makes up for what it missed.
    recovered.recordings.watched(day.now).expect("noted");
    drop(recovered);
    kept.write(&day);
    kept.in_recordings("DROP TRIGGER no_changes; DROP TRIGGER no_keyframes;");
    let recovered = kept.start().resumed(day.now).expect("resumed");
    let gaps = recovered.recordings.horizon().expect("read").gaps;
    assert_eq!(gaps.len(), 1, "only while no server was there: {gaps:?}");
    assert_eq!(gaps[0].until, began);
    shows(&recovered, &day);
}

#[test]
fn what_was_recorded_goes_with_its_age_though_nothing_is_recorded_any_more() {
    let mut day = Day::begin();
    let mut kept = Kept::of(&mut day);
    drive(&mut day, 20);
    kept.write(&day);
    let recovered = kept.start();
    recovered.recordings.give_up();
    let horizon = || recovered.recordings.horizon().expect("read");
    assert!(horizon().since.is_some() && horizon().bytes > 0);
    let much_later = || Timestamp::parse_rfc3339("2100-01-01T00:00:00Z").expect("a moment");
    let (stop, begun) = (AtomicBool::new(false), Instant::now());
    std::thread::scope(|scope| {
        scope.spawn(|| look_after(&recovered.recordings, much_later, &stop));
        while horizon().since.is_some() && begun.elapsed() < Duration::from_secs(10) {
            std::thread::yield_now();
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert_eq!((horizon().since, horizon().bytes), (None, 0));
    drop(recovered);
    // The next start begins anew with the Picture of its moment.
    drive(&mut day, 5);
    kept.write(&day);
    let recovered = kept.start();
    let horizon = recovered.recordings.horizon().expect("read");
    assert_eq!(horizon.since, Some(day.told[day.told.len() - 1].now));
    shows(&recovered, &day);
}

#[test]
fn who_cannot_keep_what_is_replayed_ends_the_replay_and_says_why() {
    let mut day = Day::begin();
    let mut kept = Kept::of(&mut day);
    // More batches than may wait.
    drive(&mut day, 2_000);
    kept.write(&day);
    let folder = Folder::open(&kept.data()).expect("opens");
    let (journal, _) = Journal::open(&folder, false).expect("opens");
    let mut machine = Machine::of(Picture::empty());
    let mut heard = Vec::new();
    let replayed = replay(&mut machine, &journal.reader(), |batch| {
        heard.extend(batch.iter().map(|stepped| stepped.block.0));
        match heard.len() < 500 {
            true => Ok(()),
            false => Err(StoreError::NotRecording {
                last: BlockNumber(7),
            }),
        }
    });
    let why = replayed.expect_err("not kept").0;
    assert!(why.contains("block 7"), "{why}");
    assert!(heard.is_sorted() && heard.len() < 1_000, "{}", heard.len());
    assert!(machine.picture().block < day.picture().block, "it stopped");
}
