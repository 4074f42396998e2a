//! Two people at once, a command sent twice, a command that must wait for another.

use domain::account::Actor;
use domain::category::Severity;
use domain::change::Outcome;
use domain::command::{Command, Input, Refusal};
use domain::explain;
use domain::ids::CommandId;
use domain::language::Language;
use domain::lifecycle::{CommandName, State};

use super::{LEAD, lead_to, other_than, reported, said};
use crate::single_writer::rehearsal::{
    Day, MORNING, Said, at, department, dispatcher, humen, nancheng, operator, responder,
    shift_leader,
};

fn set(severity: Severity) -> Command {
    Command::SetSeverity(severity)
}

#[test]
fn a_stale_revision_is_refused_and_says_who_moved_it_and_how() {
    let (mut day, id) = reported();
    let seen = day.incident(id).revision;
    let mut first = day.given(&operator(), id, set(Severity::Severe));
    first.expected_revision = Some(seen);
    let mut second = day.given(&dispatcher(), id, set(Severity::Minor));
    second.expected_revision = Some(seen);
    let after = day.give(first).expect("the first is taken");
    let refusal = day.give(second.clone()).expect_err("the second is stale");
    match &refusal {
        Refusal::RevisionMoved {
            expected,
            revision,
            last_change,
        } => {
            assert_eq!((*expected, *revision), (seen, after.revision));
            let change = last_change.as_ref().expect("somebody moved it");
            assert_eq!(
                (change.by.name(), change.what),
                ("li.na", CommandName::SetSeverity)
            );
        }
        other => panic!("{other:?}"),
    }
    for language in [Language::Zh, Language::En] {
        let words = explain::refusal(language, &refusal);
        assert!(
            words.contains("li.na") && words.contains("set_severity"),
            "{words}"
        );
    }
    second.id = CommandId::from_bits(900);
    second.expected_revision = Some(after.revision);
    assert!(day.give(second).is_ok(), "having looked again, it is taken");
}

#[test]
fn what_the_machine_moved_is_said_too() {
    let mut day = Day::begin();
    let call = Said::call("1", at(MORNING), Some(nancheng()), "一件说不清的怪事");
    let opened = day.opens(call);
    assert_eq!(opened.state, State::Reported);
    let named = Said::report("1", at(MORNING), nancheng(), "E0402").version(2);
    day.hear(named);
    assert_eq!(day.incident(opened.id).state, State::Dispatched);
    let mut given = day.given(&operator(), opened.id, set(Severity::Minor));
    given.expected_revision = Some(opened.revision);
    match day.give(given) {
        Err(Refusal::RevisionMoved {
            last_change: Some(change),
            ..
        }) => {
            assert_eq!(
                (change.by, change.what),
                (Actor::Machine, CommandName::Dispatch)
            );
        }
        other => panic!("{other:?}"),
    }
    // And severity that rose with later evidence.
    let seen = day.incident(opened.id).revision;
    day.hear(Said::report("2", at(MORNING), nancheng(), "E0402").worth(1));
    let mut given = day.given(&operator(), opened.id, set(Severity::Minor));
    given.expected_revision = Some(seen);
    match day.give(given) {
        Err(Refusal::RevisionMoved {
            last_change: Some(change),
            ..
        }) => {
            assert_eq!(
                (change.by, change.what),
                (Actor::Machine, CommandName::SetSeverity)
            );
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn who_merged_something_worse_into_it_is_named() {
    let (mut day, id) = reported();
    let other = other_than(&day, id);
    day.must(&dispatcher(), other, set(Severity::Extreme));
    let far = day.evidence_of(other)[0].clone();
    let worse = Said::report("3", at(MORNING), far.position.expect("a place"), "E0608");
    day.hear(worse.version(2).worth(1));
    let seen = day.incident(id).revision;
    day.must(&dispatcher(), other, Command::Merge { into: id });
    assert_eq!(day.incident(id).severity, Severity::Extreme);
    let mut given = day.given(&operator(), id, set(Severity::Minor));
    given.expected_revision = Some(seen);
    match day.give(given) {
        Err(Refusal::RevisionMoved {
            last_change: Some(change),
            ..
        }) => {
            assert_eq!(
                (change.by.name(), change.what),
                ("wang.fang", CommandName::Merge)
            );
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_command_sent_twice_is_done_once_and_answered_alike() {
    let (mut day, id) = reported();
    let given = day.given(&shift_leader(), id, Command::Register);
    let block = day.picture().block.next();
    assert!(
        matches!(day.outcome(given.clone()), Outcome::Command(answer) if answer.answer.is_ok())
    );
    let before = day.picture().clone();
    assert_eq!(
        day.outcome(given.clone()),
        Outcome::Repeated(block, given.id)
    );
    assert!(day.told.last().expect("a block").changes.is_empty());
    assert_eq!(day.picture().incidents, before.incidents);
    // A refusal is an answer too, although it would be taken by now.
    let refused = day.given(&responder(LEAD), id, Command::Acknowledge);
    let block = day.picture().block.next();
    assert!(
        matches!(day.outcome(refused.clone()), Outcome::Command(answer) if answer.answer.is_err())
    );
    lead_to_dispatched(&mut day, id);
    assert_eq!(
        day.outcome(refused.clone()),
        Outcome::Repeated(block, refused.id)
    );
    assert_eq!(day.incident(id).state, State::Dispatched);
    // And within one block.
    let twice = day.given(&responder(LEAD), id, Command::Acknowledge);
    let inputs = vec![
        Input::Command(Box::new(twice.clone())),
        Input::Command(Box::new(twice.clone())),
    ];
    let block = day.picture().block.next();
    let stepped = day.block(inputs);
    assert!(matches!(&stepped.outcomes[0], Outcome::Command(answer) if answer.answer.is_ok()));
    assert_eq!(stepped.outcomes[1], Outcome::Repeated(block, twice.id));
    let restarted = day.restarted().outcome(twice.clone());
    assert_eq!(
        restarted,
        Outcome::Repeated(block, twice.id),
        "after a restart as well"
    );
}

fn lead_to_dispatched(day: &mut Day, id: domain::ids::IncidentId) {
    let dispatch = Command::Dispatch {
        lead: Some(department(LEAD)),
        supporting: vec![],
    };
    day.must(&dispatcher(), id, dispatch);
}

#[test]
fn a_command_that_comes_after_another_waits_for_its_success() {
    let (mut day, id) = reported();
    let never = CommandId::from_bits(4_711);
    let mut early = day.given(&shift_leader(), id, Command::Register);
    early.after = Some(never);
    assert_eq!(day.give(early), Err(Refusal::EarlierMissing(never)));

    let refused = day.given(&responder(LEAD), id, Command::Acknowledge);
    let refused_id = refused.id;
    assert!(day.give(refused).is_err());
    let mut next = day.given(&shift_leader(), id, Command::Register);
    next.after = Some(refused_id);
    assert_eq!(day.give(next), Err(Refusal::EarlierMissing(refused_id)));

    let done = day.given(
        &operator(),
        id,
        Command::Comment {
            text: said(),
            said: Default::default(),
        },
    );
    let done_id = done.id;
    day.give(done).expect("a comment is taken");
    let mut next = day.given(&shift_leader(), id, Command::Register);
    next.after = Some(done_id);
    assert!(day.give(next).is_ok());
}

#[test]
fn what_was_said_in_a_list_of_departments_names_its_place() {
    let (mut day, id) = reported();
    lead_to(&mut day, id, State::Registered);
    let dispatch = Command::Dispatch {
        lead: Some(department(LEAD)),
        supporting: vec![department("no-such")],
    };
    match day.command(&dispatcher(), id, dispatch) {
        Err(Refusal::Invalid { pointer, .. }) => assert_eq!(pointer, "/supporting"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_department_learns_nothing_of_incidents_it_may_not_read() {
    let (mut day, id) = reported();
    lead_to(&mut day, id, State::Handling);
    let foreign = day
        .opens(Said::report("F", at(MORNING), humen(), "E0608"))
        .id;
    let unknown = domain::ids::IncidentId::new(55_555, 5);
    let lead = responder(LEAD);
    let one = day.command(&lead, id, Command::Link { incident: foreign });
    let other = day.command(&lead, id, Command::Link { incident: unknown });
    let words = |answer: &Result<_, Refusal>, id: domain::ids::IncidentId| match answer {
        Err(refusal) => explain::refusal(Language::En, refusal).replace(&id.to_string(), "it"),
        Ok(_) => panic!("linked with what it may not read"),
    };
    assert_eq!(words(&one, foreign), words(&other, unknown));
    // Who may read both links both, and both say so.
    day.must(&operator(), id, Command::Link { incident: foreign });
    assert_eq!(day.incident(foreign).linked, [id]);
    assert_eq!(day.incident(id).linked, [foreign]);
}
