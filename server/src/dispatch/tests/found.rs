//! What random histories found where machine and contract differed, each told once as a story.

use domain::calendar::{Calendar, DayKind};
use domain::change::Change;
use domain::command::{Command, Input};
use domain::course::{Following, Moments};
use domain::ids::IncidentId;
use domain::incident::Said as With;
use domain::lifecycle::State;
use domain::policy::Audience;
use domain::request::Waiting;
use domain::time::{CivilDate, Timestamp};

use super::{LEAD, SUPPORT, lead_to, other_than, reported, said};
use crate::single_writer::rehearsal::{
    Day, Said, at, department, dispatcher, humen, operator, responder, shift_leader,
};

const HOUR_MS: i64 = 3_600_000;

fn handled() -> (Day, IncidentId) {
    let (mut day, id) = reported();
    lead_to(&mut day, id, State::Handling);
    (day, id)
}

fn due(day: &Day, id: IncidentId) -> Timestamp {
    let clock = day.incident(id).clock.clone().expect("a clock");
    clock.due.due_at.expect("a deadline")
}

fn suspend(day: &mut Day, id: IncidentId, until: Timestamp, granted_at: Timestamp) {
    let ask = Command::RequestSuspension {
        reason: said(),
        until: Some(until),
    };
    let lead = day.incident(id).lead.clone().expect("a lead").department;
    day.must(&responder(lead.as_str()), id, ask);
    day.now = granted_at;
    let yes = Command::DecideSuspension {
        approved: true,
        reason: said(),
    };
    day.must(&dispatcher(), id, yes);
}

fn moments(day: &Day, id: IncidentId) -> Moments {
    let mut following = Following::default();
    for stepped in &day.told {
        for change in &stepped.changes {
            match change {
                Change::Incident(incident) if incident.id == id => {
                    following.changed(stepped.now, incident);
                }
                Change::Timeline(entry) if entry.incident == id => following.happened(&entry.what),
                _ => {}
            }
        }
    }
    following.moments
}

#[test]
fn a_suspension_ends_at_its_own_moment_however_late_the_machine_looks() {
    let (mut day, id) = handled();
    let left = due(&day, id).since(day.now);
    let until = day.now.plus_minutes(600);
    let now = day.now;
    suspend(&mut day, id, until, now);
    // The server stands still meanwhile.
    day.now = until.plus_minutes(90);
    day.tick();
    assert!(!day.incident(id).suspended);
    assert_eq!(due(&day, id), until.plus_millis(left));
}

#[test]
fn a_suspension_granted_after_its_end_wins_and_costs_no_time() {
    let (mut day, id) = handled();
    let before = due(&day, id);
    let until = day.now.plus_minutes(10);
    let granted_at = day.now.plus_minutes(30);
    suspend(&mut day, id, until, granted_at);
    day.tick();
    assert!(!day.incident(id).suspended);
    assert_eq!(due(&day, id), before);
}

#[test]
fn a_department_called_in_while_suspended_has_its_whole_limit_afterwards() {
    let (mut day, id) = handled();
    let until = day.now.plus_minutes(600);
    let now = day.now;
    suspend(&mut day, id, until, now);
    day.later(60);
    day.must(&dispatcher(), id, Command::AddSupport(department("cgj")));
    day.later(60);
    day.must(&dispatcher(), id, Command::Resume);
    let incident = day.incident(id);
    let called = incident.supporting.last().expect("called in");
    let clock = called.clock.as_ref().expect("a clock");
    assert!(!clock.is_overdue(day.now));
    let left = clock.due.due_at.expect("a deadline").since(day.now);
    assert_eq!(left, 2 * HOUR_MS);
}

#[test]
fn rework_after_a_passed_check_gives_a_clock_to_who_had_not_finished() {
    let (mut day, id) = reported();
    lead_to(&mut day, id, State::Checked);
    day.must(&dispatcher(), id, Command::Rework { reason: said() });
    let incident = day.incident(id);
    assert_eq!(incident.supporting[0].resolved_at, None);
    assert!(incident.supporting[0].clock.is_some());
}

#[test]
fn work_done_when_the_light_turns_red_is_not_in_time() {
    for (earlier_ms, in_time) in [(1, true), (0, false)] {
        let (mut day, id) = handled();
        day.now = due(&day, id).plus_millis(-earlier_ms);
        let resolve = Command::Resolve {
            text: said(),
            said: With::default(),
        };
        day.must(&responder(LEAD), id, resolve);
        assert_eq!(moments(&day, id).in_time, Some(in_time));
    }
}

#[test]
fn a_merge_taken_back_leaves_what_evaluation_counts() {
    let (mut day, id) = reported();
    lead_to(&mut day, id, State::Resolved);
    let before = moments(&day, id);
    assert_eq!(before.in_time, Some(true));
    let evidence: Vec<_> = day.evidence_of(id).iter().map(|piece| piece.id).collect();
    let into = other_than(&day, id);
    day.must(&operator(), id, Command::Merge { into });
    day.later(10_000);
    day.tick();
    day.must(&operator(), into, Command::Split { evidence });
    assert_eq!(day.incident(id).state, State::Resolved);
    assert_eq!(moments(&day, id), before);
}

#[test]
fn a_department_left_out_of_a_new_dispatch_may_still_read_what_it_worked_on() {
    let (mut day, id) = handled();
    day.must(&responder(LEAD), id, Command::Return { reason: said() });
    let dispatch = Command::Dispatch {
        lead: Some(department("cgj")),
        supporting: vec![department("gaj")],
    };
    day.must(&dispatcher(), id, dispatch);
    for who in [LEAD, SUPPORT] {
        let audience = Audience::of(&responder(who), None);
        assert!(audience.may_read(&day.incident(id)), "{who}");
    }
}

#[test]
fn an_appeal_waits_only_while_somebody_can_decide_it() {
    let (mut day, id) = reported();
    lead_to(&mut day, id, State::Closed);
    day.must(&responder(LEAD), id, Command::Appeal { reason: said() });
    assert_eq!(day.incident(id).waiting(), [Waiting::Appeal]);
    day.must(&shift_leader(), id, Command::Reopen { reason: said() });
    assert!(day.incident(id).waiting().is_empty());
    day.must(&shift_leader(), id, Command::ForceClose { reason: said() });
    assert_eq!(day.incident(id).waiting(), [Waiting::Appeal]);
}

/// Exposed garbage in Humen: four work hours.
fn garbage(moment: &str) -> (Day, IncidentId) {
    let mut day = Day::begin_at(moment);
    let id = day
        .opens(Said::report("1", at(moment), humen(), "E0102"))
        .id;
    (day, id)
}

#[test]
fn a_calendar_edited_while_merged_counts_for_what_is_given_back() {
    let (mut day, id) = garbage("2026-11-23T16:00:00+08:00");
    assert_eq!(due(&day, id), at("2026-11-24T10:00:00+08:00"));
    let evidence: Vec<_> = day.evidence_of(id).iter().map(|piece| piece.id).collect();
    let into = day.written_down(&operator(), Some("E0608")).id;
    day.must(&operator(), id, Command::Merge { into });
    let mut city = (*day.city()).clone();
    let mut parts = city.calendar.parts().clone();
    let tuesday = CivilDate::new(2026, 11, 24).expect("a day");
    parts.days.insert(tuesday, DayKind::Holiday("台风".into()));
    city.calendar = Calendar::new(parts).expect("a calendar");
    day.block(vec![Input::City(Box::new(city))]);
    day.must(&operator(), into, Command::Split { evidence });
    assert_eq!(due(&day, id), at("2026-11-25T10:00:00+08:00"));
}

#[test]
fn what_was_used_before_the_calendar_ends_stays_used() {
    let (mut day, id) = garbage("2026-12-31T15:00:00+08:00");
    let mut city = (*day.city()).clone();
    let mut parts = city.calendar.parts().clone();
    for year in [2027, 2028, 2029] {
        parts.official_years.remove(&year);
        parts.provisional_years.remove(&year);
    }
    city.calendar = Calendar::new(parts).expect("a calendar");
    day.block(vec![Input::City(Box::new(city))]);
    // Three of four hours are used on the last day of the year; of the next one nothing is known.
    day.until("2027-01-05T09:00:00+08:00");
    let until = day.now.plus_minutes(600);
    let now = day.now;
    suspend(&mut day, id, until, now);
    let left = day.incident(id).clock.clone().expect("a clock");
    assert_eq!(left.paused_left_ms, Some(HOUR_MS));
}
