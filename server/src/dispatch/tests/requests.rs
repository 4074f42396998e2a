//! Extensions, suspensions, returns, disputes and rework, with what the clock does meanwhile; and the calendar that is
//! missing.

use domain::alarm::{AlarmCause, SelfCheck};
use domain::assignment::Stage;
use domain::clock::Certainty;
use domain::command::{Command, NotNow, Refusal};
use domain::ids::IncidentId;
use domain::incident::Happening;
use domain::lifecycle::{CommandName, State};
use domain::policy;
use domain::time::Timestamp;

use super::{LEAD, SUPPORT, lead_to, reported, said};
use crate::single_writer::rehearsal::{
    Day, Said, at, commander, department, dispatcher, nancheng, operator, responder, shift_leader,
};

fn refused(day: &mut Day, id: IncidentId, by: &domain::account::Actor, command: Command) -> NotNow {
    match day.command(by, id, command) {
        Err(Refusal::NotNow { reason }) => reason,
        other => panic!("{other:?}"),
    }
}

fn due(day: &Day, id: IncidentId) -> Timestamp {
    let clock = day.incident(id).clock.clone().expect("a clock runs");
    clock.due.due_at.expect("with a deadline")
}

fn ask_longer(day: &mut Day, id: IncidentId, approved: bool) {
    day.must(
        &responder(LEAD),
        id,
        Command::RequestExtension { reason: said() },
    );
    let reason = said();
    day.must(
        &dispatcher(),
        id,
        Command::DecideExtension { approved, reason },
    );
}

fn suspend(day: &mut Day, id: IncidentId, lead: &str) {
    day.must(
        &responder(lead),
        id,
        Command::RequestSuspension {
            reason: said(),
            until: None,
        },
    );
    let reason = said();
    day.must(
        &dispatcher(),
        id,
        Command::DecideSuspension {
            approved: true,
            reason,
        },
    );
}

/// Exposed garbage in Humen at a moment: four work hours, and the city management bureau does it.
fn garbage(moment: &str) -> (Day, IncidentId) {
    let mut day = Day::begin_at(moment);
    let place = crate::single_writer::rehearsal::humen();
    let id = day.opens(Said::report("1", at(moment), place, "E0102")).id;
    let lead = day.incident(id).lead.clone().expect("dispatched");
    assert_eq!(lead.department, department("cgj"));
    (day, id)
}

#[test]
fn two_extensions_of_the_same_length_and_no_third() {
    let (mut day, id) = reported();
    lead_to(&mut day, id, State::Handling);
    let first = due(&day, id);
    ask_longer(&mut day, id, true);
    // A drone has two urgent hours.
    assert_eq!(due(&day, id), first.plus_minutes(120));
    ask_longer(&mut day, id, false);
    assert_eq!(due(&day, id), first.plus_minutes(120), "declined");
    ask_longer(&mut day, id, true);
    assert_eq!(
        due(&day, id),
        first.plus_minutes(120),
        "the second needs a leader's yes too"
    );
    let decide = |approved| Command::DecideExtension {
        approved,
        reason: said(),
    };
    assert_eq!(
        refused(&mut day, id, &dispatcher(), decide(true)),
        NotNow::LeaderDecides
    );
    day.must(&shift_leader(), id, decide(true));
    assert_eq!(due(&day, id), first.plus_minutes(240));
    let again = Command::RequestExtension { reason: said() };
    assert_eq!(
        refused(&mut day, id, &responder(LEAD), again),
        NotNow::ExtensionsUsedUp
    );
    assert_eq!(
        day.incident(id).clock.as_ref().expect("a clock").started_at,
        day.now
    );
}

#[test]
fn a_request_waits_for_its_decision_and_none_is_taken_once_overdue() {
    let (mut day, id) = reported();
    lead_to(&mut day, id, State::Handling);
    let ask = || Command::RequestExtension { reason: said() };
    day.must(&responder(SUPPORT), id, ask());
    assert_eq!(
        refused(&mut day, id, &responder(LEAD), ask()),
        NotNow::AlreadyAsked
    );
    let reason = said();
    day.must(
        &dispatcher(),
        id,
        Command::DecideExtension {
            approved: false,
            reason,
        },
    );
    let end = due(&day, id);
    day.now = end.plus_millis(-1);
    let mut in_time = day.what_if();
    in_time.must(&responder(LEAD), id, ask());
    // At the deadline the light is red, and red is overdue.
    day.now = end;
    assert_eq!(
        refused(&mut day, id, &responder(LEAD), ask()),
        NotNow::AlreadyOverdue
    );
    let buttons = policy::allowed(&responder(LEAD), &day.incident(id), day.now);
    assert!(!buttons.contains(&CommandName::RequestExtension));
}

#[test]
fn the_light_changes_when_it_should_and_is_said_in_the_log() {
    let (mut day, id) = reported();
    lead_to(&mut day, id, State::Handling);
    let start = day.now;
    let lights = |day: &Day| {
        let told = day.timeline(id);
        let lights = told
            .iter()
            .filter(|entry| matches!(entry.what, Happening::LightChanged(_)));
        lights.count()
    };
    for (minutes, said) in [(95, 0), (96, 1), (119, 1), (120, 2), (500, 2)] {
        day.now = start.plus_minutes(minutes);
        day.tick();
        assert_eq!(lights(&day), said, "after {minutes} minutes");
    }
}

#[test]
fn a_suspension_stops_the_clock_on_its_own_time_base() {
    // Friday 2026-11-20, 16:00: four work hours would end on Monday at 10:00.
    let (mut day, id) = garbage("2026-11-20T16:00:00+08:00");
    assert_eq!(due(&day, id), at("2026-11-23T10:00:00+08:00"));
    day.until("2026-11-20T17:00:00+08:00");
    suspend(&mut day, id, "cgj");
    assert!(day.incident(id).suspended);
    // Far beyond the old deadline nothing turns red, and it is not overdue.
    day.until("2026-11-24T09:30:00+08:00");
    let told = day.timeline(id).len();
    day.tick();
    assert_eq!(day.timeline(id).len(), told);
    day.must(&responder("cgj"), id, Command::Resume);
    // Three work hours were left: Tuesday 09:30 to 12:00, and half an hour from 14:00.
    assert_eq!(due(&day, id), at("2026-11-24T14:30:00+08:00"));
    let again = Command::RequestSuspension {
        reason: said(),
        until: None,
    };
    assert_eq!(
        refused(&mut day, id, &responder("cgj"), again),
        NotNow::SuspendedOnce
    );
}

#[test]
fn an_extension_granted_while_suspended_counts_once_it_goes_on() {
    let (mut day, id) = garbage("2026-11-23T08:00:00+08:00");
    day.until("2026-11-23T10:00:00+08:00");
    suspend(&mut day, id, "cgj");
    // The old deadline passes while the clock stands.
    day.until("2026-11-24T08:00:00+08:00");
    day.must(
        &responder("cgj"),
        id,
        Command::RequestExtension { reason: said() },
    );
    let reason = said();
    day.must(
        &dispatcher(),
        id,
        Command::DecideExtension {
            approved: true,
            reason,
        },
    );
    day.must(&dispatcher(), id, Command::Resume);
    // Two hours were left of four, and four came on top: Tuesday 08–12 and 14–16.
    assert_eq!(due(&day, id), at("2026-11-24T16:00:00+08:00"));
}

#[test]
fn what_was_overdue_when_suspended_stays_overdue() {
    let (mut day, id) = reported();
    lead_to(&mut day, id, State::Handling);
    day.later(121);
    suspend(&mut day, id, LEAD);
    let ask = Command::RequestExtension { reason: said() };
    assert_eq!(
        refused(&mut day, id, &responder(LEAD), ask),
        NotNow::AlreadyOverdue
    );
    day.must(&responder(LEAD), id, Command::Resume);
    assert!(due(&day, id) <= day.now);
}

#[test]
fn a_return_clears_nothing_and_does_not_stop_the_clock() {
    let (mut day, id) = reported();
    lead_to(&mut day, id, State::Handling);
    let before = day.incident(id);
    day.later(10);
    let returned = day.must(&responder(LEAD), id, Command::Return { reason: said() });
    assert_eq!(returned.state, State::Registered);
    assert!(returned.returned);
    assert_eq!(
        (&returned.clock, &returned.lead),
        (&before.clock, &before.lead)
    );
    day.later(30);
    let dispatch = Command::Dispatch {
        lead: Some(department("cgj")),
        supporting: vec![],
    };
    let again = day.must(&dispatcher(), id, dispatch);
    assert_eq!(again.clock, before.clock, "the clock has run on");
    assert_eq!((again.hops, again.returned), (2, false));
    let told = day.timeline(id);
    let reason = told.iter().any(|entry| {
        matches!(&entry.what, Happening::Commanded { command: CommandName::Return, note, .. } if *note == said())
    });
    assert!(reason, "a return always carries its reason");
}

#[test]
fn a_return_of_what_is_suspended_lets_the_clock_go_on() {
    let (mut day, id) = reported();
    lead_to(&mut day, id, State::Handling);
    day.later(60);
    suspend(&mut day, id, LEAD);
    day.later(600);
    let returned = day.must(&responder(LEAD), id, Command::Return { reason: said() });
    assert!(!returned.suspended);
    assert_eq!(due(&day, id), day.now.plus_minutes(60));
}

#[test]
fn a_dispute_is_decided_once_and_binds_until_the_end() {
    let (mut day, id) = reported();
    lead_to(&mut day, id, State::Acknowledged);
    let clock = day.incident(id).clock.clone();
    day.must(&responder(LEAD), id, Command::Return { reason: said() });
    let decide = Command::DecideDispute {
        lead: department(LEAD),
        reason: said(),
    };
    let decided = day.must(&commander(), id, decide.clone());
    assert_eq!((decided.state, decided.hops), (State::Dispatched, 2));
    assert!(decided.binding && !decided.returned);
    assert_eq!(decided.clock, clock);
    let back = || Command::Return { reason: said() };
    assert_eq!(
        refused(&mut day, id, &responder(LEAD), back()),
        NotNow::Binding
    );
    day.must(&responder(LEAD), id, Command::Acknowledge);
    assert_eq!(
        refused(&mut day, id, &responder(LEAD), back()),
        NotNow::Binding
    );
    // Without a return there is nothing to decide.
    let (mut day, id) = reported();
    lead_to(&mut day, id, State::Registered);
    assert_eq!(
        refused(&mut day, id, &shift_leader(), decide),
        NotNow::NoReturn
    );
}

#[test]
fn rework_goes_back_to_those_who_did_the_work() {
    for from in [State::Resolved, State::Checked] {
        let (mut day, id) = reported();
        lead_to(&mut day, id, from);
        day.later(200);
        let again = day.must(&dispatcher(), id, Command::Rework { reason: said() });
        assert_eq!((again.state, again.hops), (State::Handling, 1));
        let lead = again.lead.as_ref().expect("the same lead");
        assert_eq!(lead.department, department(LEAD));
        assert_eq!(lead.resolved_at, None);
        let clock = again.clock.as_ref().expect("a clock of its own");
        assert_eq!((clock.stage, clock.started_at), (Stage::Handle, day.now));
    }
    let (mut day, id) = reported();
    lead_to(&mut day, id, State::Resolved);
    let failed = Command::Check {
        passed: false,
        text: said(),
    };
    let again = day.must(&operator(), id, failed);
    assert_eq!(again.state, State::Handling);
    assert_eq!(
        again.lead.as_ref().expect("the same lead").department,
        department(LEAD)
    );
}

#[test]
fn closing_names_a_standard_of_the_kind_and_reopening_begins_anew() {
    let (mut day, id) = reported();
    lead_to(&mut day, id, State::Closed);
    assert_eq!(day.incident(id).standard.as_deref(), Some("飞行已停止"));
    let reopened = day.must(&shift_leader(), id, Command::Reopen { reason: said() });
    assert_eq!(
        (reopened.state, reopened.standard.clone()),
        (State::Registered, None)
    );
    assert!(!reopened.binding && !reopened.returned);
    let clock = reopened.clock.as_ref().expect("a clock");
    assert_eq!(clock.stage, Stage::Dispatch);
}

#[test]
fn a_missing_year_gives_no_deadline_and_one_alarm_on_ourselves() {
    let moment = "2031-03-03T09:00:00+08:00";
    let mut day = Day::begin_at(moment);
    let humen = crate::single_writer::rehearsal::humen();
    let mut ids = Vec::new();
    for (number, place) in [humen, nancheng(), humen.offset_m(2_000.0, 0.0)]
        .into_iter()
        .enumerate()
    {
        ids.push(
            day.opens(Said::report(
                &number.to_string(),
                at(moment),
                place,
                "E0102",
            ))
            .id,
        );
    }
    for id in &ids {
        let incident = day.incident(*id);
        let clock = incident.clock.as_ref().expect("a stage");
        assert_eq!(clock.due.certainty, Certainty::Missing(2031));
        assert_eq!(
            (clock.due.due_at, clock.due.warn_at),
            (None, None),
            "never a guess"
        );
        let words =
            domain::explain::deadline(domain::language::Language::En, incident.clock.as_ref());
        assert!(words.contains("2031"), "{words}");
        let told = day.timeline(*id);
        let said = told
            .iter()
            .filter(|entry| entry.what == Happening::CalendarMissing(2031));
        assert_eq!(said.count(), 1);
    }
    let ours: Vec<_> = day
        .alarms()
        .into_iter()
        .filter(|alarm| alarm.cause == AlarmCause::Ourselves(SelfCheck::CalendarMissing(2031)))
        .collect();
    assert_eq!(ours.len(), 1, "said once");
    assert!(ours[0].text.contains("2031"));
    // The work goes on, to the end.
    let id = ids[0];
    let lead = day.incident(id).lead.clone().expect("a lead").department;
    let by = responder(lead.as_str());
    day.must(&by, id, Command::Acknowledge);
    suspend(&mut day, id, lead.as_str());
    day.must(&by, id, Command::Resume);
    day.must(
        &by,
        id,
        Command::Resolve {
            text: said(),
            said: Default::default(),
        },
    );
}

#[test]
fn a_deadline_in_a_provisional_year_says_so() {
    let moment = "2027-03-01T09:00:00+08:00";
    let mut day = Day::begin_at(moment);
    let place = crate::single_writer::rehearsal::humen();
    let incident = day.opens(Said::report("1", at(moment), place, "E0102"));
    let clock = incident.clock.as_ref().expect("a stage");
    assert_eq!(clock.due.certainty, Certainty::Provisional(2027));
    assert!(clock.due.due_at.is_some());
    let words = domain::explain::deadline(domain::language::Language::En, incident.clock.as_ref());
    assert!(
        words.contains("the 2027 holidays are not published yet"),
        "{words}"
    );
    assert!(day.alarms().is_empty());
}
