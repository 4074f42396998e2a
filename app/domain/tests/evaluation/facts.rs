//! What becomes a fact of a case, told step by step.

use domain::account::{Actor, Role};
use domain::assignment::Stage;
use domain::case::Moment;
use domain::evaluation::closing;
use domain::ids::{AccountName, BlockNumber};
use domain::incident::{Happening, TimelineEntry};
use domain::lifecycle::{CommandName, State};
use domain::time::Timestamp;

use super::{Better, Told, clock, minute, share, standard, value};

impl Told {
    /// As somebody's command is told in the log.
    fn hears(&mut self, command: CommandName, at: Timestamp) -> &mut Self {
        let state = self.incident.state;
        self.case.happened(&TimelineEntry {
            incident: self.incident.id,
            at,
            block: BlockNumber(1),
            by: Actor::Person {
                name: AccountName::new("somebody").expect("a name"),
                role: Role::Department,
                department: None,
                town: None,
            },
            command: None,
            what: Happening::Commanded {
                command,
                from: state,
                to: state,
                note: String::new(),
                said: None,
            },
        });
        self
    }

    /// Somebody is to look first, or has looked: the clock begins anew.
    fn waits_in(&mut self, stage: Stage, at: Timestamp, minutes: i64) -> &mut Self {
        self.incident.clock = Some(clock(stage, at, minutes));
        self.case.changed(at, &self.incident);
        self
    }
}

fn dispatched() -> Told {
    let mut told = Told::reported(1, minute(0));
    told.becomes(State::Registered, minute(1))
        .becomes(State::Dispatched, minute(2));
    told
}

/// The light turns red at the very moment of the deadline: from then on nothing is in time any more.
#[test]
fn at_the_moment_of_the_deadline_it_is_late() {
    let one_ms_before = |at: Timestamp| at.plus_millis(-1);
    let due = minute(122);
    for (done, in_time) in [(one_ms_before(due), true), (due, false)] {
        let mut told = dispatched();
        assert!(!told.case.is_overdue(one_ms_before(due)));
        assert!(told.case.is_overdue(due));
        told.becomes(State::Resolved, done);
        assert_eq!(told.case.in_time, Some(in_time));
    }
    let to_file = minute(15);
    for (filed, in_time) in [(one_ms_before(to_file), true), (to_file, false)] {
        let mut told = Told::reported(1, minute(0));
        told.becomes(State::Registered, filed);
        assert_eq!(told.case.filed_in_time(), Some(in_time));
    }
}

#[test]
fn a_merge_taken_back_leaves_the_work_done_when_it_was_done() {
    let mut told = dispatched();
    told.becomes(State::Resolved, minute(30));
    let before = told.case.clone();
    told.becomes(State::Merged, minute(40))
        .becomes(State::Resolved, minute(900));
    assert_eq!(told.case, before);
}

#[test]
fn nobody_arrives_by_being_sent_back_to_work() {
    let mut told = dispatched();
    told.becomes(State::Acknowledged, minute(3))
        .becomes(State::Resolved, minute(4))
        .becomes(State::Handling, minute(90));
    assert_eq!(told.case.moment(Moment::Arrived), None);
    told.hears(CommandName::Arrive, minute(100));
    assert_eq!(told.case.moment(Moment::Arrived), Some(minute(100)));
    assert_eq!(told.case.counts.reworks, 1);
}

#[test]
fn while_somebody_looks_first_the_limit_is_that_of_looking() {
    let evaluation = standard();
    let in_time = |told: &Told, at| {
        let one = std::slice::from_ref(&told.case);
        value(&evaluation, "filed-in-time", one, at)
    };
    let mut told = Told::reported(1, minute(0));
    told.waits_in(Stage::Verify, minute(10), 30);
    assert_eq!(in_time(&told, minute(39)), None, "nobody is late yet");
    assert_eq!(in_time(&told, minute(40)), Some(0.0));
    told.waits_in(Stage::Accept, minute(35), 15)
        .becomes(State::Registered, minute(45));
    assert_eq!(in_time(&told, minute(46)), Some(100.0));
}

#[test]
fn a_limit_that_was_missed_is_not_met_by_beginning_it_anew() {
    let mut told = Told::reported(1, minute(0));
    told.waits_in(Stage::Verify, minute(20), 30)
        .waits_in(Stage::Accept, minute(25), 15)
        .becomes(State::Registered, minute(26));
    assert_eq!(told.case.filed_in_time(), Some(false));
}

#[test]
fn what_was_closed_before_it_was_filed_and_comes_again_is_not_late() {
    let mut told = Told::reported(1, minute(0));
    told.becomes(State::Closed, minute(5))
        .becomes(State::Registered, minute(5_000));
    assert_eq!(told.case.filed_in_time(), None);
}

/// Whoever is late is not helped by a suspension, nor hurt by closing what he suspended.
#[test]
fn what_was_overdue_when_it_was_suspended_stays_overdue() {
    let evaluation = standard();
    let handled = |told: &Told, at| {
        let one = std::slice::from_ref(&told.case);
        value(&evaluation, "handled-in-time", one, at)
    };
    for (suspended, left_ms, while_it_stands, afterwards) in [
        (minute(60), 62 * 60_000, None, Some(100.0)),
        (minute(200), 0, Some(0.0), Some(0.0)),
    ] {
        let mut told = dispatched();
        told.is_suspended(suspended, left_ms);
        assert_eq!(handled(&told, minute(5_000)), while_it_stands);
        told.becomes(State::Resolved, minute(5_000));
        assert_eq!(handled(&told, minute(5_001)), afterwards);
    }
}

/// The guard knows of suspended work: closing it must not cost points either.
#[test]
fn a_formula_that_punishes_closing_what_is_suspended_is_found() {
    let evaluation = standard();
    let hidden = share(
        "hidden",
        "suspended",
        "dispatched",
        Moment::Dispatched,
        Better::Higher,
    );
    let why = closing::punished(&evaluation, &hidden).expect("refused");
    assert!(why.contains("suspended"), "{why}");
}
