//! Several departments on one incident: each with its own part and clock, one log, one plan; those who lead instruct, clocks
//! escalate, a suspension ends by itself, and an edited calendar moves what is open.

use std::sync::Arc;

use domain::account::Role;
use domain::assignment::Stage;
use domain::calendar::{Calendar, DayKind};
use domain::category::Severity;
use domain::clock::Light;
use domain::command::{Command, Input, NotNow, Refusal};
use domain::ids::{AccountName, IncidentId};
use domain::incident::{Happening, Incident, Said as With};
use domain::lifecycle::{CommandName, State};
use domain::request::Waiting;
use domain::time::{CivilDate, Timestamp};

use super::{LEAD, SUPPORT, lead_to, reported, said};
use crate::single_writer::rehearsal::{
    Day, MORNING, Said, at, commander, department, dispatcher, humen, operator, responder,
    shift_leader,
};

fn handled() -> (Day, IncidentId) {
    let (mut day, id) = reported();
    lead_to(&mut day, id, State::Handling);
    (day, id)
}

fn refused(answer: Result<Arc<Incident>, Refusal>) -> NotNow {
    match answer {
        Err(Refusal::NotNow { reason }) => reason,
        other => panic!("{other:?}"),
    }
}

fn invalid(answer: Result<Arc<Incident>, Refusal>) -> String {
    match answer {
        Err(Refusal::Invalid { pointer, .. }) => pointer,
        other => panic!("{other:?}"),
    }
}

fn resolve() -> Command {
    Command::Resolve {
        text: said(),
        said: With::default(),
    }
}

fn arrive() -> Command {
    Command::Arrive {
        said: With::default(),
    }
}

#[test]
fn a_department_in_support_goes_its_own_way_and_only_the_lead_moves_the_incident() {
    let (mut day, id) = reported();
    lead_to(&mut day, id, State::Acknowledged);
    let (lead, support) = (responder(LEAD), responder(SUPPORT));
    let given = day.incident(id).supporting[0].clone();
    assert!(given.clock.is_some(), "it has a limit of its own");
    let accepted = day.must(&support, id, Command::AcceptSupport);
    assert_eq!(accepted.state, State::Acknowledged);
    day.later(5);
    let way = Command::SetOut {
        unit: None,
        eta_minutes: Some(12),
        said: With::default(),
    };
    let on_the_way = day.must(&support, id, way);
    let set_out = on_the_way.supporting[0]
        .set_out
        .clone()
        .expect("on the way");
    assert_eq!(set_out.expected_at, Some(day.now.plus_minutes(12)));
    // Whoever is there first: from then on it is being handled.
    let there = day.must(&support, id, arrive());
    assert_eq!(there.state, State::Handling);
    assert!(there.lead.as_ref().expect("a lead").arrived_at.is_none());
    assert_eq!(
        refused(day.command(&support, id, arrive())),
        NotNow::AlreadyArrived
    );
    let done = day.must(&support, id, resolve());
    assert_eq!(done.state, State::Handling, "its part alone is done");
    assert!(done.supporting[0].clock.is_none() && done.supporting[0].resolved_at.is_some());
    assert_eq!(
        refused(day.command(&support, id, resolve())),
        NotNow::PartDone
    );
    day.must(&lead, id, arrive());
    let resolved = day.must(&lead, id, resolve());
    assert_eq!(resolved.state, State::Resolved);
    // Not good enough: back to both, each with a clock anew.
    let again = day.must(
        &operator(),
        id,
        Command::Check {
            passed: false,
            text: said(),
        },
    );
    assert_eq!(again.state, State::Handling);
    assert!(again.assignments().all(|one| one.resolved_at.is_none()));
    assert!(again.supporting[0].clock.is_some());
}

#[test]
fn a_department_in_support_that_is_late_is_told_apart_from_the_lead() {
    let (mut day, id) = handled();
    day.must(
        &dispatcher(),
        id,
        Command::RemoveSupport(department(SUPPORT)),
    );
    day.later(60);
    day.must(&dispatcher(), id, Command::AddSupport(department("cgj")));
    let incident = day.incident(id);
    let due = |clock: &domain::assignment::StageClock| clock.due.due_at.expect("a deadline");
    let of_lead = incident.clock.as_ref().map(due).expect("runs");
    let of_support = incident.supporting[0]
        .clock
        .as_ref()
        .map(due)
        .expect("runs");
    assert_eq!(of_support.since(of_lead), 60 * 60_000);
    day.now = of_support;
    day.tick();
    let told = |light| {
        let department = department("cgj");
        let what = Happening::SupportLight { department, light };
        day.timeline(id)
            .iter()
            .filter(|entry| entry.what == what)
            .count()
    };
    assert_eq!((told(Light::Yellow), told(Light::Red)), (1, 1));
}

#[test]
fn the_plan_that_fits_is_taken_and_ticked_and_a_graver_one_takes_its_place() {
    let mut day = Day::begin();
    let id = day
        .opens(Said::report("1", at(MORNING), humen(), "E0405"))
        .id;
    let plan = |day: &Day| day.incident(id).plan.clone().expect("a plan");
    assert_eq!(plan(&day).plan.id, "waterlogging");
    let lead = day
        .incident(id)
        .lead
        .clone()
        .expect("dispatched")
        .department;
    let by = responder(lead.as_str());
    let tick = |item: &str, done| Command::Tick {
        item: item.into(),
        done,
        text: String::new(),
    };
    day.must(&by, id, tick("pump", true));
    assert_eq!(plan(&day).done["pump"].by.as_str(), by.name());
    assert_eq!(invalid(day.command(&by, id, tick("sing", true))), "/item");
    day.must(&by, id, tick("pump", false));
    assert!(plan(&day).done.is_empty());
    let ticks = |what: CommandName| {
        let commanded = |entry: &&Arc<domain::incident::TimelineEntry>| matches!(&entry.what, Happening::Commanded { command, .. } if *command == what);
        day.timeline(id).iter().filter(commanded).count()
    };
    assert_eq!(ticks(CommandName::Tick), 2, "both stay in the log");
    // The pack changes; this incident keeps what its people are at.
    let mut city = (*day.city()).clone();
    city.plans.clear();
    day.block(vec![Input::City(Box::new(city))]);
    assert_eq!(plan(&day).plan.items.len(), 4);
}

#[test]
fn an_instruction_demands_an_answer_and_waits_for_it() {
    let (mut day, id) = handled();
    let give = |text: &str| Command::Instruct {
        text: text.into(),
        answer_by: None,
    };
    day.must(&commander(), id, give("查清原因"));
    day.must(&shift_leader(), id, give("报进展"));
    assert_eq!(day.incident(id).waiting(), [Waiting::Instruction]);
    let answer = |number| Command::AnswerInstruction {
        text: "已查明".into(),
        instruction: number,
    };
    let lead = responder(LEAD);
    day.must(&lead, id, answer(Some(2)));
    assert_eq!(
        invalid(day.command(&lead, id, answer(Some(2)))),
        "/instruction"
    );
    assert_eq!(
        invalid(day.command(&lead, id, answer(Some(9)))),
        "/instruction"
    );
    let open: Vec<u16> = day
        .incident(id)
        .instructions
        .iter()
        .filter(|one| one.is_open())
        .map(|one| one.number)
        .collect();
    assert_eq!(open, [1]);
    day.must(&responder(SUPPORT), id, answer(None));
    assert!(day.incident(id).waiting().is_empty());
    assert_eq!(
        refused(day.command(&lead, id, answer(None))),
        NotNow::NoInstruction
    );
    let past = Command::Instruct {
        text: said(),
        answer_by: Some(day.now),
    };
    assert_eq!(invalid(day.command(&commander(), id, past)), "/answer_by");
}

#[test]
fn a_stage_that_takes_too_long_is_brought_to_those_above_once_a_run() {
    let (mut day, id) = handled();
    let told = |day: &Day, to: Role| {
        let of = |entry: &&Arc<domain::incident::TimelineEntry>| matches!(&entry.what, Happening::Escalated { to: told, .. } if *told == to);
        day.timeline(id).iter().filter(of).count()
    };
    let due = day
        .incident(id)
        .clock
        .as_ref()
        .and_then(|clock| clock.due.due_at)
        .expect("due");
    day.now = due.plus_millis(-1);
    day.tick();
    assert_eq!(
        (told(&day, Role::Department), told(&day, Role::ShiftLeader)),
        (1, 0)
    );
    day.now = due;
    day.tick();
    assert_eq!(told(&day, Role::ShiftLeader), 1);
    assert!(day.incident(id).escalated_to.contains(&Role::ShiftLeader));
    // Half as long again: to the commander, but only where it is grave enough, and this is not.
    day.now = due.plus_minutes(60);
    day.tick();
    assert_eq!(told(&day, Role::Commander), 0);
    // Done again: the clock begins anew, and so do the steps.
    day.must(&responder(LEAD), id, resolve());
    day.must(&dispatcher(), id, Command::Rework { reason: said() });
    let due = day
        .incident(id)
        .clock
        .as_ref()
        .and_then(|clock| clock.due.due_at)
        .expect("due");
    day.now = due;
    day.tick();
    assert_eq!(
        (told(&day, Role::Department), told(&day, Role::ShiftLeader)),
        (2, 2)
    );
}

#[test]
fn steps_are_those_of_the_day_it_opened_and_grave_ones_reach_the_commander() {
    let (mut day, id) = handled();
    day.must(&operator(), id, Command::SetSeverity(Severity::Severe));
    let mut city = (*day.city()).clone();
    city.escalation.clear();
    day.block(vec![Input::City(Box::new(city))]);
    let due = day
        .incident(id)
        .clock
        .as_ref()
        .and_then(|clock| clock.due.due_at)
        .expect("due");
    day.now = due.plus_minutes(60);
    day.tick();
    assert!(day.incident(id).escalated_to.contains(&Role::Commander));
}

#[test]
fn a_suspension_ends_when_it_was_granted_to_and_a_long_one_needs_a_leader() {
    let (mut day, id) = handled();
    let ask = |until: Option<Timestamp>| Command::RequestSuspension {
        reason: said(),
        until,
    };
    let days = |day: &Day, days: i64| day.now.plus_minutes(days * 24 * 60);
    let lead = responder(LEAD);
    assert_eq!(
        invalid(day.command(&lead, id, ask(Some(day.now)))),
        "/until"
    );
    let too_long = days(&day, 367);
    assert_eq!(
        invalid(day.command(&lead, id, ask(Some(too_long)))),
        "/until"
    );
    let until = days(&day, 200);
    day.must(&lead, id, ask(Some(until)));
    let yes = || Command::DecideSuspension {
        approved: true,
        reason: said(),
    };
    let first = day.must(&dispatcher(), id, yes());
    assert!(!first.suspended && first.suspension.waits_for_leader());
    let left = |incident: &Incident| {
        let clock = incident.clock.as_ref().expect("a clock");
        clock.due.due_at.expect("a deadline").since(day.now)
    };
    let before = left(&first);
    let granted = day.must(&commander(), id, yes());
    assert!(granted.suspended);
    assert_eq!(
        granted
            .clock
            .as_ref()
            .and_then(|clock| clock.paused_left_ms),
        Some(before)
    );
    day.now = until;
    day.tick();
    let over = day.incident(id);
    assert!(!over.suspended && over.suspended_until.is_none());
    let due = over
        .clock
        .as_ref()
        .and_then(|clock| clock.due.due_at)
        .expect("runs again");
    assert_eq!(due.since(day.now), before);
}

#[test]
fn what_ran_out_while_nobody_was_there_is_brought_to_those_above_afterwards() {
    let (mut day, id) = handled();
    day.must(
        &responder(LEAD),
        id,
        Command::RequestSuspension {
            reason: said(),
            until: None,
        },
    );
    let yes = Command::DecideSuspension {
        approved: true,
        reason: said(),
    };
    let until = day.must(&dispatcher(), id, yes).suspended_until;
    // The machine was off when the suspension ended, and long after.
    day.now = until.expect("it has an end").plus_minutes(90 * 24 * 60);
    day.tick();
    let incident = day.incident(id);
    let clock = incident.clock.as_ref().expect("runs");
    assert!(!incident.suspended && clock.is_overdue(day.now));
    assert!(incident.escalated_to.contains(&Role::ShiftLeader));
}

#[test]
fn an_edited_calendar_moves_open_deadlines_and_says_so() {
    let mut day = Day::begin();
    let morning = at(MORNING);
    // Exposed garbage: work hours.
    let id = day.opens(Said::report("1", morning, humen(), "E0102")).id;
    let due = |day: &Day| {
        day.incident(id)
            .clock
            .as_ref()
            .and_then(|clock| clock.due.due_at)
    };
    let before = due(&day).expect("a deadline");
    let mut city = (*day.city()).clone();
    let mut parts = city.calendar.parts().clone();
    let today = CivilDate::new(2026, 11, 23).expect("a day");
    parts
        .days
        .insert(today, DayKind::Holiday("全市停工".into()));
    city.calendar = Calendar::new(parts).expect("a calendar");
    day.block(vec![Input::City(Box::new(city.clone()))]);
    let after = due(&day).expect("a deadline");
    assert_eq!(before, at("2026-11-23T15:00:00+08:00"));
    assert_eq!(after, at("2026-11-24T12:00:00+08:00"));
    let moved = |day: &Day| {
        let said = |entry: &&Arc<domain::incident::TimelineEntry>| {
            matches!(&entry.what, Happening::DeadlineMoved { stage: Stage::Handle, from, to }
                if *from == Some(before) && *to == Some(after))
        };
        day.timeline(id).iter().filter(said).count()
    };
    assert_eq!(moved(&day), 1);
    // The same pack again moves nothing.
    day.block(vec![Input::City(Box::new(city))]);
    assert_eq!(moved(&day), 1);
    // The light goes by the new deadline.
    day.now = before;
    day.tick();
    let clock = day.incident(id).clock.clone().expect("runs");
    assert_ne!(clock.due.light(day.now), Light::Red);
}

#[test]
fn a_comment_mentions_departments_and_people_that_there_are() {
    let (mut day, id) = handled();
    let comment = |mentions: &[&str]| Command::Comment {
        text: "请看".into(),
        said: With {
            mentions: mentions.iter().map(|name| (*name).to_owned()).collect(),
            attachments: Vec::new(),
            position: Some(humen()),
        },
    };
    day.must(&operator(), id, comment(&["gaj"]));
    let last = day.timeline(id).last().cloned().expect("logged");
    let words = domain::explain::happening(&day.city(), domain::language::Language::Zh, &last.what);
    assert!(
        words.contains("@市公安局") && words.contains("113.67"),
        "{words}"
    );
    assert_eq!(
        invalid(day.command(&operator(), id, comment(&["gaj", "nobody"]))),
        "/mentions/1"
    );
    let many = ["gaj"; 51];
    assert_eq!(
        invalid(day.command(&operator(), id, comment(&many))),
        "/mentions"
    );
    assert!(AccountName::new("nobody").is_ok());
}

#[test]
fn somebody_looks_first_and_that_has_its_own_limit() {
    let (mut day, id) = reported();
    let stage = |day: &Day| day.incident(id).clock.as_ref().map(|clock| clock.stage);
    day.must(
        &operator(),
        id,
        Command::RequestVerification { text: said() },
    );
    assert_eq!(stage(&day), Some(Stage::Verify));
    assert_eq!(day.incident(id).waiting(), [Waiting::Verification]);
    day.must(
        &operator(),
        id,
        Command::Verify {
            confirmed: true,
            text: said(),
        },
    );
    assert_eq!(stage(&day), Some(Stage::Accept));
}
