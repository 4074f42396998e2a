//! Cases are kept narrow and whole: followed through blocks however they come, practice left out, and many of them read soon.

use std::sync::Arc;

use domain::case::FoundBy;
use domain::change::{Change, Stepped};
use domain::evaluation::Period;
use domain::incident::Happening;
use domain::lifecycle::State;

use super::super::samples::{self, changed, minute, stepped};
use super::super::{Folder, Journal};
use super::*;

fn kept() -> (tempfile::TempDir, Records) {
    let home = tempfile::tempdir().expect("a folder");
    let folder = Folder::open(&home.path().join("data")).expect("opens");
    let (journal, _) = Journal::open(&folder, false).expect("opens");
    let (records, _) = Records::open(&folder, &journal).expect("opens");
    (home, records)
}

fn whole() -> Period {
    Period {
        since: minute(0),
        until: minute(10_000),
    }
}

/// Dispatched in its second block, closed in its third.
fn a_course(drill: bool) -> Vec<Arc<Stepped>> {
    let mut incident = samples::incident(1, 0);
    incident.drill = drill;
    let mut opened = samples::note(incident.id, 1, "");
    opened.what = Happening::Opened;
    let mut blocks = vec![stepped(
        1,
        vec![Change::Timeline(Arc::new(opened)), changed(&incident)],
    )];
    for (block, state) in [(2, State::Dispatched), (3, State::Closed)] {
        incident.state = state;
        blocks.push(stepped(block, vec![changed(&incident)]));
    }
    blocks
}

#[test]
fn a_case_is_the_same_however_many_blocks_come_at_once() {
    let (_one, at_once) = kept();
    at_once.apply(&a_course(false)).expect("taken");
    let (_other, one_by_one) = kept();
    for block in a_course(false) {
        one_by_one.apply(&[block]).expect("taken");
    }
    let cases = at_once.cases(whole()).expect("read").cases;
    assert_eq!(cases, one_by_one.cases(whole()).expect("read").cases);
    let [case] = cases.as_slice() else {
        panic!("one case");
    };
    assert_eq!(case.moments.dispatched, Some(minute(2)));
    assert_eq!(case.moments.closed, Some(minute(3)));
    assert_eq!(case.found_by, FoundBy::Feed(samples::source()));
}

#[test]
fn practice_is_no_case() {
    let (_home, records) = kept();
    records.apply(&a_course(true)).expect("taken");
    assert!(records.cases(whole()).expect("read").cases.is_empty());
}

#[test]
fn a_period_holds_what_had_a_moment_in_it() {
    let (_home, records) = kept();
    records.apply(&a_course(false)).expect("taken");
    for (since, until, found) in [(0, 1, 0), (0, 2, 1), (3, 4, 1), (4, 9, 0)] {
        let period = Period {
            since: minute(since),
            until: minute(until),
        };
        let cases = records.cases(period).expect("read").cases;
        assert_eq!(cases.len(), found, "{since} to {until}");
    }
}
