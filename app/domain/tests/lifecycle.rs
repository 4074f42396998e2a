//! The lifecycle table against the public contract, row by row: the contract is written down here a second time, by
//! hand, and every state × command × role is compared. Nothing leads nowhere, and nothing is skipped.

use std::collections::{BTreeMap, BTreeSet};

use domain::account::Role;
use domain::lifecycle::{CommandName, DepartmentPart, Outcome, Row, State, TABLE, row_of};

/// The table of the public contract: command | from | to | roles | arguments. `…?` may be left out, `lead` is the
/// department of the lead.
const CONTRACT: &str = include_str!("lifecycle_contract.txt");

const OPEN: &str = "reported registered dispatched acknowledged handling resolved checked";
/// Those who work on incidents: the administrator manages packs and people, auditor and wall only look.
const ANY: &str = "collector operator shift_leader dispatcher department commander";

struct Promise {
    command: String,
    from: BTreeSet<String>,
    to: Vec<String>,
    roles: BTreeSet<String>,
    /// `lead`, `support`, or any of its departments.
    part: DepartmentPart,
    arguments: Vec<(String, bool)>,
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(ToOwned::to_owned).collect()
}

fn contract() -> Vec<Promise> {
    let rows = CONTRACT.lines().filter(|line| !line.trim().is_empty());
    rows.map(|line| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        assert_eq!(cells.len(), 5, "{line}");
        let from = if cells[1] == "open" { OPEN } else { cells[1] };
        let roles = match cells[3] {
            "any" => ANY,
            "lead" | "support" => "department",
            roles => roles,
        };
        Promise {
            command: cells[0].to_owned(),
            from: words(from).into_iter().collect(),
            to: words(cells[2]),
            roles: words(roles).into_iter().collect(),
            part: match cells[3] {
                "lead" => DepartmentPart::Lead,
                "support" => DepartmentPart::Support,
                _ => DepartmentPart::Any,
            },
            arguments: words(cells[4])
                .into_iter()
                .map(|name| match name.strip_suffix('?') {
                    Some(name) => (name.to_owned(), false),
                    None => (name, true),
                })
                .collect(),
        }
    })
    .collect()
}

#[test]
fn every_state_command_and_role_is_as_the_contract_has_it() {
    let contract: BTreeMap<String, Promise> = contract()
        .into_iter()
        .map(|promise| (promise.command.clone(), promise))
        .collect();
    let mut compared = 0;
    for command in CommandName::ALL {
        let promise = contract
            .get(command.name())
            .unwrap_or_else(|| panic!("{command} is not in the contract"));
        let row = row_of(*command);
        for state in State::ALL {
            for role in Role::ALL {
                let said = row.from.contains(&state) && row.roles.contains(&role);
                let promised =
                    promise.from.contains(state.name()) && promise.roles.contains(role.name());
                assert_eq!(said, promised, "{command} from {state} by {role}");
                compared += 1;
            }
        }
    }
    assert_eq!(contract.len(), CommandName::ALL.len());
    assert_eq!(compared, 43 * 11 * 9);
}

#[test]
fn every_command_leads_where_the_contract_says_and_asks_for_its_arguments() {
    for promise in contract() {
        let command: CommandName = promise.command.parse().expect("a command");
        let row = row_of(command);
        for from in row.from {
            let to: Vec<String> = row
                .outcome
                .targets(*from)
                .iter()
                .map(|state| state.name().to_owned())
                .collect();
            let promised: Vec<String> = promise
                .to
                .iter()
                .map(|to| match to.as_str() {
                    "same" => from.name().to_owned(),
                    state => state.to_owned(),
                })
                .collect();
            assert_eq!(to, promised, "{command} from {from}");
        }
        let arguments: Vec<(String, bool)> = row
            .arguments
            .iter()
            .map(|argument| (argument.name.to_owned(), argument.required))
            .collect();
        assert_eq!(arguments, promise.arguments, "{command}");
        assert_eq!(row.department, promise.part, "{command}");
    }
    let binding: Vec<CommandName> = TABLE
        .iter()
        .filter(|row| row.outcome == Outcome::DispatchedBinding)
        .map(|row| row.command)
        .collect();
    assert_eq!(binding, [CommandName::DecideDispute]);
}

#[test]
fn every_command_has_exactly_one_row_and_names_read_back() {
    for command in CommandName::ALL {
        let rows = TABLE.iter().filter(|row| row.command == *command).count();
        assert_eq!(rows, 1, "{command}");
        assert_eq!(command.name().parse(), Ok(*command));
    }
    for state in State::ALL {
        assert_eq!(state.name().parse(), Ok(state));
    }
    assert!("close ".parse::<CommandName>().is_err());
    assert!("Closed".parse::<State>().is_err());
}

/// States that some roles can reach from a state, over any number of commands.
fn reachable(from: State, without: &[CommandName]) -> BTreeSet<State> {
    let mut reached = BTreeSet::from([from]);
    let mut waiting = vec![from];
    while let Some(state) = waiting.pop() {
        for row in TABLE.iter().filter(|row| row.from.contains(&state)) {
            if without.contains(&row.command) {
                continue;
            }
            for next in row.outcome.targets(state) {
                if reached.insert(next) {
                    waiting.push(next);
                }
            }
        }
    }
    reached
}

#[test]
fn no_open_state_is_a_dead_end_even_without_force() {
    use CommandName::{ForceClose, Merge};
    for state in State::ALL.into_iter().filter(|state| state.is_open()) {
        let reached = reachable(state, &[ForceClose, Merge]);
        assert!(
            reached.contains(&State::Closed),
            "{state} never ends in order"
        );
    }
    assert_eq!(
        reachable(State::Rejected, &[]),
        BTreeSet::from([State::Rejected])
    );
    assert_eq!(
        reachable(State::Voided, &[]),
        BTreeSet::from([State::Voided])
    );
    assert_eq!(
        reachable(State::Merged, &[]),
        BTreeSet::from([State::Merged])
    );
}

#[test]
fn every_state_can_be_reached() {
    let reached = reachable(State::Reported, &[]);
    assert_eq!(reached, State::ALL.into_iter().collect());
}

/// Whether `to` can be reached from `from` without ever giving `command`.
fn reached_without(from: State, to: State, commands: &[CommandName]) -> bool {
    reachable(from, commands).contains(&to)
}

#[test]
fn no_approval_can_be_skipped() {
    use CommandName as C;
    let closed_without = |skipped: CommandName| {
        reached_without(State::Reported, State::Closed, &[skipped, C::ForceClose])
    };
    for approval in [C::Register, C::Resolve, C::Check, C::Close] {
        assert!(!closed_without(approval), "closed without {approval}");
    }
    assert!(!reached_without(
        State::Reported,
        State::Handling,
        &[C::Dispatch, C::DecideDispute]
    ));
    // Before the first order there is nothing to return, so that a dispute cannot stand in for a dispatch.
    assert!(!reached_without(
        State::Reported,
        State::Acknowledged,
        &[C::Acknowledge]
    ));
    assert!(!reached_without(
        State::Dispatched,
        State::Resolved,
        &[C::Acknowledge]
    ));
    assert!(!reached_without(
        State::Resolved,
        State::Closed,
        &[C::Check, C::ForceClose]
    ));
}

#[test]
fn nobody_can_carry_an_incident_through_alone() {
    // Who registers does not dispatch, who dispatches does not do the work, who works does not check.
    let may = |command: CommandName, role: Role| row_of(command).roles.contains(&role);
    for role in Role::ALL {
        assert!(!(may(CommandName::Register, role) && may(CommandName::Dispatch, role)));
        assert!(!(may(CommandName::Dispatch, role) && may(CommandName::Resolve, role)));
        assert!(!(may(CommandName::Resolve, role) && may(CommandName::Check, role)));
        assert!(!(may(CommandName::Check, role) && may(CommandName::Close, role)));
        for (asked, decided) in [
            (CommandName::RequestExtension, CommandName::DecideExtension),
            (
                CommandName::RequestSuspension,
                CommandName::DecideSuspension,
            ),
            (CommandName::Appeal, CommandName::DecideAppeal),
        ] {
            assert!(
                !(may(asked, role) && may(decided, role)),
                "{role} decides what it asks for"
            );
        }
    }
}

#[test]
fn those_who_only_look_command_nothing() {
    for role in [Role::Administrator, Role::Auditor, Role::Wall] {
        let any = TABLE.iter().any(|row: &Row| row.roles.contains(&role));
        assert!(!any, "{role}");
    }
}
