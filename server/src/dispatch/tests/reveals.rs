//! Who is told who called: by role, by whose incident it is, and by whether the caller asked to be kept secret.

use domain::account::{Actor, Role};
use domain::lifecycle::State;
use domain::policy::{NoReveal, may_read_audit, may_reveal};

use super::{everybody, lead_to, reported};

#[test]
fn callers_are_told_to_the_duty_room_and_to_the_lead_and_the_secret_ones_to_the_duty_room_alone() {
    let (mut day, id) = reported();
    lead_to(&mut day, id, State::Handling);
    let incident = day.incident(id);
    for (who, actor) in everybody() {
        let told = [false, true].map(|secret| may_reveal(&actor, &incident, secret));
        let expected = match who {
            "an operator" | "another operator" | "the shift leader" | "the dispatcher" => {
                [Ok(()), Ok(())]
            }
            "the lead" => [Ok(()), Err(NoReveal::Confidential)],
            "one in support"
            | "another department"
            | "the unit of the town"
            | "a department account without department" => [Err(NoReveal::NotLead); 2],
            "the collector of the town"
            | "a collector of another town"
            | "the commander"
            | "the administrator"
            | "the auditor"
            | "the wall" => [Err(NoReveal::Role); 2],
            other => panic!("nobody thought of {other}"),
        };
        assert_eq!(told, expected, "{who}");
    }
    assert_eq!(
        may_reveal(&Actor::Machine, &incident, false),
        Err(NoReveal::Role)
    );
}

#[test]
fn the_audit_log_is_read_by_auditors_and_administrators() {
    for (who, actor) in everybody() {
        let role = actor.role().expect("a person");
        let expected = matches!(role, Role::Auditor | Role::Administrator);
        assert_eq!(may_read_audit(&actor), expected, "{who}");
    }
    assert!(!may_read_audit(&Actor::Machine));
}
