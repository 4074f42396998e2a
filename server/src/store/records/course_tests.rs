//! What figures are counted from: the moments of one incident's course, and how the open ones stood at any moment between.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::alarm::{AlarmCause, AlarmState, SelfCheck};
use domain::assignment::Stage;
use domain::category::Severity;
use domain::change::{Change, Stepped};
use domain::incident::Happening;
use domain::lifecycle::{CommandName, State};
use proptest::collection::vec;
use proptest::prelude::*;

use super::super::samples::{self, changed, minute, stepped};
use super::super::{Folder, Journal};
use super::model::incidents;
use super::*;

struct Kept {
    _home: tempfile::TempDir,
    records: Records,
}

fn kept() -> Kept {
    let home = tempfile::tempdir().expect("a folder");
    let folder = Folder::open(&home.path().join("data")).expect("opens");
    let (journal, _) = Journal::open(&folder, false).expect("opens");
    let (records, _) = Records::open(&folder, &journal).expect("opens");
    Kept {
        _home: home,
        records,
    }
}

impl Kept {
    fn countable(&self) -> Countable {
        let mut countable = self
            .records
            .countable(&Audience::City, minute(0))
            .expect("read");
        countable
            .courses
            .sort_by_key(|course| format!("{course:?}"));
        countable
    }

    fn found(&self, query: &IncidentQuery) -> usize {
        let page = self
            .records
            .incidents(query, &Audience::City)
            .expect("a page");
        page.incidents.len()
    }
}

fn commanded(
    incident: &Incident,
    block: u64,
    command: CommandName,
    from: State,
    to: State,
) -> Change {
    let mut entry = samples::note(incident.id, block, "");
    entry.what = Happening::Commanded {
        command,
        from,
        to,
        note: String::new(),
        said: None,
    };
    Change::Timeline(Arc::new(entry))
}

/// Dispatched at 2, given back at 3, done at 9, closed at 10; its work was due at minute 8.
fn a_course() -> Vec<Arc<Stepped>> {
    let mut incident = samples::incident(1, 0);
    incident.opened_at = minute(1);
    let mut blocks = vec![stepped(1, vec![changed(&incident)])];
    let mut clock = samples::clock_until(minute(8));
    clock.stage = Stage::Handle;
    incident.clock = Some(clock);
    let steps = [
        (2, CommandName::Dispatch, State::Dispatched),
        (3, CommandName::Return, State::Registered),
        (4, CommandName::DecideDispute, State::Dispatched),
        (5, CommandName::Acknowledge, State::Acknowledged),
        (9, CommandName::Resolve, State::Resolved),
        (10, CommandName::Check, State::Checked),
        (11, CommandName::Close, State::Closed),
    ];
    for number in 2..=11 {
        let mut changes = Vec::new();
        if let Some((_, command, to)) = steps.iter().find(|(at, _, _)| *at == number) {
            let from = incident.state;
            incident.state = *to;
            if *to > State::Handling {
                incident.clock = None;
            }
            changes = vec![
                changed(&incident),
                commanded(&incident, number, *command, from, *to),
            ];
        }
        blocks.push(stepped(number, changes));
    }
    blocks
}

#[test]
fn a_course_knows_when_it_was_sent_done_and_closed_and_whether_that_was_well() {
    let kept = kept();
    kept.records.apply(&a_course()).expect("taken");
    let countable = kept.countable();
    assert_eq!(countable.begun_at, Some(minute(1)));
    let [course] = countable.courses.as_slice() else {
        panic!("one course");
    };
    let moments = course.moments;
    assert_eq!(moments.dispatched_at, Some(minute(2)));
    assert_eq!(moments.closed_at, Some(minute(11)));
    assert_eq!(
        (moments.in_time, moments.accurate),
        (Some(false), Some(false)),
        "done a minute late, and given back on the way"
    );
    let all = IncidentQuery::default();
    let since = |at| Some(minute(at));
    for (query, expected) in [
        (
            IncidentQuery {
                closed_since: since(11),
                ..all.clone()
            },
            1,
        ),
        (
            IncidentQuery {
                closed_since: since(12),
                ..all.clone()
            },
            0,
        ),
        (
            IncidentQuery {
                closed_since: since(0),
                closed_until: since(11),
                ..all.clone()
            },
            0,
        ),
        (
            IncidentQuery {
                dispatched_since: since(2),
                ..all.clone()
            },
            1,
        ),
        (
            IncidentQuery {
                dispatched_since: since(3),
                ..all.clone()
            },
            0,
        ),
        (
            IncidentQuery {
                in_time: vec![true],
                ..all.clone()
            },
            0,
        ),
        (
            IncidentQuery {
                in_time: vec![true, false],
                ..all.clone()
            },
            1,
        ),
        (
            IncidentQuery {
                accurate: vec![false],
                ..all.clone()
            },
            1,
        ),
    ] {
        assert_eq!(kept.found(&query), expected, "{query:?}");
    }
    let standing = |at| {
        countable
            .phases
            .iter()
            .find(|phase| phase.is_at(minute(at)))
    };
    assert_eq!(
        standing(3).map(|phase| phase.facets.state),
        Some(State::Registered)
    );
    assert_eq!(
        standing(10).map(|phase| phase.facets.state),
        Some(State::Checked)
    );
    assert_eq!(standing(11), None, "closed is not open");
    let mut again = samples::incident(1, 0);
    again.opened_at = minute(1);
    again.state = State::Registered;
    kept.records
        .apply(&[stepped(12, vec![changed(&again)])])
        .expect("taken");
    let reopened = kept.countable().courses[0].moments;
    assert_eq!((reopened.closed_at, reopened.in_time), (None, None));
}

#[test]
fn an_alarm_stands_from_being_raised_to_being_cleared_for_the_duty_room_and_after_a_start() {
    let home = tempfile::tempdir().expect("a folder");
    let folder = Folder::open(&home.path().join("data")).expect("opens");
    let (mut journal, _) = Journal::open(&folder, false).expect("opens");
    let alarm = |index: u32, state| {
        Change::Alarm(Arc::new(Alarm {
            category: Some(samples::category("E0403")),
            state,
            drill: index == 9,
            ..Alarm::risen(
                AlarmId::new(1, index),
                samples::source(),
                AlarmCause::Ourselves(SelfCheck::CalendarMissing(2027)),
                Severity::Severe,
                minute(0),
            )
        }))
    };
    let blocks = [
        stepped(1, vec![alarm(1, AlarmState::ActiveUnacknowledged)]),
        stepped(
            2,
            vec![
                alarm(1, AlarmState::ActiveAcknowledged),
                alarm(9, AlarmState::ActiveUnacknowledged),
            ],
        ),
        stepped(3, vec![alarm(2, AlarmState::ActiveUnacknowledged)]),
        stepped(4, vec![alarm(1, AlarmState::Normal)]),
    ];
    for number in 1..=4 {
        journal
            .append(&samples::block(number, 0), &[])
            .expect("kept");
    }
    let open = || Records::open(&folder, &journal).expect("opens").0;
    open().apply(&blocks[..2]).expect("taken");
    open().apply(&blocks[2..]).expect("taken");
    let records = open();
    let countable = records.countable(&Audience::City, minute(0)).expect("read");
    let standing = |at| {
        let phases = countable.alarm_phases.iter();
        phases.filter(|phase| phase.is_at(minute(at))).count()
    };
    assert_eq!([0, 1, 2, 3, 4].map(standing), [0, 1, 1, 2, 1]);
    assert_eq!(countable.alarms_from, Some(minute(1)));
    let town = Audience::Town(samples::town("441900121"));
    let countable = records.countable(&town, minute(0)).expect("read");
    assert_eq!(countable.alarm_phases, []);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    /// However many blocks are taken in at once, what stood at any moment is what stood then.
    #[test]
    fn what_stood_does_not_depend_on_how_blocks_were_taken(blocks in vec(vec(incidents(), 0..4), 1..12)) {
        let (at_once, one_by_one) = (kept(), kept());
        let mut current: BTreeMap<IncidentId, Incident> = BTreeMap::new();
        let mut open = Vec::new();
        let mut all = Vec::new();
        for (index, incidents) in blocks.into_iter().enumerate() {
            let number = index as u64 + 1;
            let changes = incidents.iter().map(changed).collect();
            all.push(stepped(number, changes));
            for incident in incidents {
                current.insert(incident.id, incident);
            }
            let real = current.values().filter(|incident| incident.state.is_open() && !incident.drill);
            open.push(real.count());
            one_by_one.records.apply(&all[index..]).expect("taken");
        }
        at_once.records.apply(&all).expect("taken");
        let (left, right) = (at_once.countable(), one_by_one.countable());
        prop_assert_eq!(&left.courses, &right.courses);
        for (index, expected) in open.into_iter().enumerate() {
            let at = minute(index as u64 + 1);
            for countable in [&left, &right] {
                let standing = countable.phases.iter().filter(|phase| phase.is_at(at));
                prop_assert_eq!(standing.count(), expected);
            }
        }
    }
}
