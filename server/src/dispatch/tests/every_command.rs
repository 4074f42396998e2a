//! Every situation × command × person: what happens is what the contract (written down a second time, by hand) says,
//! and the buttons offer exactly what is then accepted.

use std::collections::BTreeMap;

use domain::account::Actor;
use domain::assignment::Stage;
use domain::change::Change;
use domain::command::{Command, Refusal};
use domain::ids::IncidentId;
use domain::incident::Incident;
use domain::lifecycle::{CommandName, State};
use domain::policy;
use domain::request::Request;

use super::{LEAD, SUPPORT, everybody, lead_to, reported, said, sensible, status};
use crate::single_writer::rehearsal::{
    Day, commander, department, dispatcher, operator, responder, shift_leader,
};

const CONTRACT: &str = include_str!("../../../../app/domain/tests/lifecycle_contract.txt");
const OPEN: &str = "reported registered dispatched acknowledged handling resolved checked";

struct Promise {
    command: &'static str,
    /// A request of a department.
    decides: bool,
    from: &'static str,
    to: &'static str,
    roles: &'static str,
}

fn contract() -> BTreeMap<&'static str, Promise> {
    let rows = CONTRACT.lines().filter(|line| !line.trim().is_empty());
    rows.map(|line| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let promise = Promise {
            command: cells[0],
            decides: matches!(cells[0], "decide_extension" | "decide_suspension"),
            from: if cells[1] == "open" { OPEN } else { cells[1] },
            to: cells[2],
            roles: cells[3],
        };
        (cells[0], promise)
    })
    .collect()
}

fn named(list: &str, word: &str) -> bool {
    list.split_whitespace().any(|one| one == word)
}

/// Every state, and the moments in which a guard opens or shuts.
fn situations() -> Vec<(&'static str, Day, IncidentId)> {
    let mut all = Vec::new();
    for state in State::ALL {
        let (mut day, id) = reported();
        lead_to(&mut day, id, state);
        all.push((state.name(), day, id));
    }
    let mut after = |name, from: State, commands: Vec<(Actor, Command)>| {
        let (mut day, id) = reported();
        lead_to(&mut day, id, from);
        for (by, command) in commands {
            day.must(&by, id, command);
        }
        all.push((name, day, id));
    };
    let lead = || responder(LEAD);
    let reason = said;
    let returned = || (lead(), Command::Return { reason: reason() });
    let decided = |to: &str| Command::DecideDispute {
        lead: department(to),
        reason: said(),
    };
    let extension = || (lead(), Command::RequestExtension { reason: reason() });
    let granted = |approved| Command::DecideExtension {
        approved,
        reason: said(),
    };
    let suspension = || {
        (
            lead(),
            Command::RequestSuspension {
                reason: reason(),
                until: None,
            },
        )
    };
    let suspended = Command::DecideSuspension {
        approved: true,
        reason: said(),
    };
    after(
        "claimed",
        State::Reported,
        vec![(operator(), Command::Claim)],
    );
    after(
        "claimed and registered",
        State::Registered,
        vec![(operator(), Command::Claim)],
    );
    after("returned", State::Handling, vec![returned()]);
    after(
        "decided",
        State::Dispatched,
        vec![returned(), (commander(), decided(LEAD))],
    );
    after("extension asked", State::Acknowledged, vec![extension()]);
    after(
        "extended once",
        State::Dispatched,
        vec![extension(), (dispatcher(), granted(true))],
    );
    after(
        "extended twice",
        State::Handling,
        vec![
            extension(),
            (dispatcher(), granted(true)),
            extension(),
            (dispatcher(), granted(true)),
            (commander(), granted(true)),
        ],
    );
    after(
        "second extension agreed to by the dispatcher",
        State::Handling,
        vec![
            extension(),
            (dispatcher(), granted(true)),
            extension(),
            (dispatcher(), granted(true)),
        ],
    );
    after(
        "verifying",
        State::Reported,
        vec![(operator(), Command::RequestVerification { text: said() })],
    );
    let support = || responder(SUPPORT);
    after(
        "support there first",
        State::Acknowledged,
        vec![
            (support(), Command::AcceptSupport),
            (
                support(),
                Command::Arrive {
                    said: Default::default(),
                },
            ),
        ],
    );
    after(
        "support done",
        State::Handling,
        vec![(
            support(),
            Command::Resolve {
                text: said(),
                said: Default::default(),
            },
        )],
    );
    after(
        "extension declined",
        State::Handling,
        vec![extension(), (dispatcher(), granted(false))],
    );
    after("suspension asked", State::Handling, vec![suspension()]);
    after(
        "suspended",
        State::Acknowledged,
        vec![suspension(), (dispatcher(), suspended.clone())],
    );
    after(
        "resumed",
        State::Handling,
        vec![
            suspension(),
            (dispatcher(), suspended),
            (dispatcher(), Command::Resume),
        ],
    );
    after(
        "instructed",
        State::Resolved,
        vec![(
            commander(),
            Command::Instruct {
                text: said(),
                answer_by: None,
            },
        )],
    );
    after(
        "appealed",
        State::Closed,
        vec![(lead(), Command::Appeal { reason: said() })],
    );
    after(
        "exempted",
        State::Closed,
        vec![
            (lead(), Command::Appeal { reason: said() }),
            (
                shift_leader(),
                Command::DecideAppeal {
                    approved: true,
                    reason: said(),
                },
            ),
        ],
    );
    after(
        "reopened",
        State::Closed,
        vec![(shift_leader(), Command::Reopen { reason: said() })],
    );
    after(
        "without support",
        State::Handling,
        vec![(dispatcher(), Command::RemoveSupport(department(SUPPORT)))],
    );
    let (mut day, id) = reported();
    lead_to(&mut day, id, State::Handling);
    day.later(100_000);
    day.tick();
    all.push(("overdue", day, id));
    all
}

/// Whether this person may read the incident, in the words of the contract.
fn may_read(who: &str, incident: &Incident) -> bool {
    let had = |id: &str| {
        let id = department(id);
        incident.involves(&id) || incident.former.contains(&id)
    };
    match who {
        "a collector of another town" | "another department" => false,
        "a department account without department" => false,
        "the lead" => had(LEAD),
        "one in support" => had(SUPPORT),
        _ => true,
    }
}

/// Whether role and department fit the command.
fn may_give(who: &str, by: &Actor, incident: &Incident, promise: &Promise) -> bool {
    let role = by.role().expect("people have roles").name();
    let involved = |id: &str| incident.involves(&department(id));
    let department_fits = match who {
        "the lead" => promise.roles != "support" && involved(LEAD),
        "one in support" => promise.roles != "lead" && involved(SUPPORT),
        _ => false,
    };
    // The second yes is a leader's, once the dispatcher has said his.
    let decides = |request: &Request| promise.decides && request.waits_for_leader();
    let second = match promise.command {
        "decide_extension" => decides(&incident.extension),
        _ => decides(&incident.suspension),
    };
    if second && matches!(role, "shift_leader" | "commander") {
        return true;
    }
    match promise.roles {
        "lead" | "support" => role == "department" && department_fits,
        "any" if role == "department" => department_fits,
        "any" => !matches!(role, "administrator" | "auditor" | "wall"),
        roles => named(roles, role) && (role != "department" || department_fits),
    }
}

/// What must hold besides, told by the situation's name and the command.
fn fits(situation: &str, who: &str, command: &str, incident: &Incident) -> bool {
    let mine = match who {
        "the lead" => incident.lead.as_ref(),
        "one in support" => incident.supporting.first(),
        _ => None,
    };
    let arrived = mine.is_some_and(|mine| mine.arrived_at.is_some());
    let done = mine.is_some_and(|mine| mine.resolved_at.is_some());
    match command {
        "accept_support" => mine.is_some_and(|mine| mine.acknowledged_at.is_none()) && !done,
        "set_out" | "arrive" => !arrived && !done,
        "resolve" => !done,
        "request_verification" => situation != "verifying",
        "tick" => incident.plan.is_some(),
        "claim" => !situation.starts_with("claimed"),
        "release" => {
            situation.starts_with("claimed") && matches!(who, "an operator" | "the shift leader")
        }
        "return" => situation != "decided",
        "decide_dispute" => situation == "returned",
        "request_extension" => !matches!(
            situation,
            "extension asked"
                | "extended twice"
                | "overdue"
                | "second extension agreed to by the dispatcher"
        ),
        "decide_extension" => {
            let again = situation == "second extension agreed to by the dispatcher";
            (situation == "extension asked" && who == "the dispatcher")
                || (again && who != "the dispatcher")
        }
        "request_suspension" => !matches!(situation, "suspension asked" | "suspended" | "resumed"),
        "decide_suspension" => situation == "suspension asked",
        "resume" => situation == "suspended",
        "answer_instruction" => situation == "instructed",
        "appeal" => !matches!(situation, "appealed" | "exempted"),
        "decide_appeal" => situation == "appealed",
        _ => true,
    }
}

#[test]
fn every_command_by_everybody_in_every_situation_is_answered_as_the_contract_says() {
    let contract = contract();
    let mut tried = 0;
    for (situation, day, id) in situations() {
        let before = day.incident(id);
        let mut what_if = day.what_if();
        for (who, by) in everybody() {
            let buttons = policy::allowed(&by, &before, day.now);
            for name in CommandName::ALL {
                let Some(command) = sensible(&day, &before, *name) else {
                    assert!(
                        !buttons.contains(name),
                        "{name} is offered without a possible argument"
                    );
                    continue;
                };
                let promise = &contract[name.name()];
                let expected = if !may_read(who, &before) {
                    404
                } else if !may_give(who, &by, &before, promise) {
                    403
                } else if !named(promise.from, before.state.name())
                    || !fits(situation, who, name.name(), &before)
                {
                    409
                } else {
                    200
                };
                let answer = what_if.command(&by, id, command);
                let told = format!("{situation}: {name} by {who}: {answer:?}");
                assert_eq!(status(&answer), expected, "{told}");
                let offered = buttons.contains(name) && may_read(who, &before);
                assert_eq!(offered, expected == 200, "the button differs: {told}");
                match answer {
                    Ok(after) => {
                        let to = after.state.name();
                        let promised = named(promise.to, to)
                            || (named(promise.to, "same") && after.state == before.state);
                        assert!(promised, "{told} led to {to}");
                        consequences(&what_if, &before, &after, *name);
                        what_if = day.what_if();
                    }
                    Err(_) => assert_eq!(what_if.incident(id), before, "{told} changed something"),
                }
                tried += 1;
            }
        }
    }
    println!("{tried} cases tried");
    assert!(tried > 14_000);
}

/// What follows from any command that was carried out.
fn consequences(day: &Day, before: &Incident, after: &Incident, command: CommandName) {
    let last = day.told.last().expect("a block was stepped");
    let logged = last.changes.iter().filter(|change| {
        matches!(change, Change::Timeline(entry) if entry.incident == before.id && entry.command.is_some())
    });
    let logged = logged.count();
    assert_eq!(logged, 1, "{command} is one line of the log");
    let weighs = before.state != after.state
        || before.category != after.category
        || before.severity != after.severity
        || before.position != after.position
        || before.title != after.title
        || before.lead.as_ref().map(|lead| &lead.department)
            != after.lead.as_ref().map(|lead| &lead.department)
        || before.supporting.len() != after.supporting.len();
    assert_eq!(
        after.revision > before.revision,
        weighs,
        "{command}: the revision moves with state, assignment, category, severity, place or title alone"
    );
    let stage = after.clock.as_ref().map(|clock| clock.stage);
    let expected: &[Option<Stage>] = match after.state {
        State::Reported => &[Some(Stage::Accept), Some(Stage::Verify)],
        State::Registered if after.returned => &[Some(Stage::Handle)],
        State::Registered => &[Some(Stage::Dispatch)],
        State::Dispatched | State::Acknowledged | State::Handling => &[Some(Stage::Handle)],
        State::Resolved => &[Some(Stage::Check)],
        _ => &[None],
    };
    assert!(
        expected.contains(&stage),
        "{command}: {stage:?} runs in {}",
        after.state
    );
}

/// Arguments that no command can do anything with.
fn senseless(command: CommandName) -> Option<Command> {
    use CommandName as N;
    let nothing = String::new;
    let nowhere = IncidentId::new(77_777, 7);
    Some(match command {
        N::SetCategory => Command::SetCategory("E9999".parse().expect("a code")),
        N::SetTitle => Command::SetTitle(" ".into()),
        N::Reject => Command::Reject { reason: nothing() },
        N::Void => Command::Void { reason: nothing() },
        N::Return => Command::Return { reason: nothing() },
        N::Rework => Command::Rework { reason: nothing() },
        N::ForceClose => Command::ForceClose { reason: nothing() },
        N::Reopen => Command::Reopen { reason: nothing() },
        N::RequestExtension => Command::RequestExtension { reason: nothing() },
        N::RequestSuspension => Command::RequestSuspension {
            reason: nothing(),
            until: None,
        },
        N::Appeal => Command::Appeal { reason: nothing() },
        N::Resolve => Command::Resolve {
            text: nothing(),
            said: Default::default(),
        },
        N::Urge => Command::Urge { text: nothing() },
        N::Instruct => Command::Instruct {
            text: nothing(),
            answer_by: None,
        },
        N::AnswerInstruction => Command::AnswerInstruction {
            text: nothing(),
            instruction: None,
        },
        N::Escalate => Command::Escalate { text: nothing() },
        N::Comment => Command::Comment {
            text: nothing(),
            said: Default::default(),
        },
        N::Dispatch => Command::Dispatch {
            lead: Some(department("no-such")),
            supporting: vec![],
        },
        N::DecideDispute => Command::DecideDispute {
            lead: department("no-such"),
            reason: said(),
        },
        N::AddSupport => Command::AddSupport(department("no-such")),
        N::RemoveSupport => Command::RemoveSupport(department("no-such")),
        N::Merge => Command::Merge { into: nowhere },
        N::Link => Command::Link { incident: nowhere },
        N::Split => Command::Split { evidence: vec![] },
        N::Close => Command::Close {
            standard: "没有这一条".into(),
        },
        _ => return None,
    })
}

#[test]
fn refusals_come_in_the_order_of_the_contract() {
    let contract = contract();
    for (situation, day, id) in situations() {
        let before = day.incident(id);
        let mut what_if = day.what_if();
        for (who, by) in everybody() {
            for name in CommandName::ALL {
                let Some(command) = senseless(*name) else {
                    continue;
                };
                let expected = if !may_read(who, &before) {
                    404
                } else if !may_give(who, &by, &before, &contract[name.name()]) {
                    403
                } else {
                    // Whatever the state: the arguments are looked at before it.
                    422
                };
                let answer = what_if.command(&by, id, command.clone());
                assert_eq!(
                    status(&answer),
                    expected,
                    "{situation}: {name} by {who}: {answer:?}"
                );
                let mut given = what_if.given(&by, IncidentId::new(88_888, 8), command);
                given.expected_revision = Some(1);
                assert_eq!(what_if.give(given), Err(Refusal::UnknownIncident));
            }
        }
    }
}
