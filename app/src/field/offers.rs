//! What a card offers: the next step in front, the others behind it. While commands are on their way it reckons with what they
//! will have done, so that a whole order can be worked through without a network. Plain Rust.

use domain::account::Role;
use domain::lifecycle::{CommandName, DepartmentPart, Guard, Outcome, Row, State, TABLE, row_of};
use domain::wire::field::{OrderView, Part};

use super::queue::{Queued, Standing};

/// The order of the work: the first of these that may be given is what the card is about.
const STEPS: &[CommandName] = &[
    CommandName::Acknowledge,
    CommandName::AcceptSupport,
    CommandName::AnswerInstruction,
    CommandName::Arrive,
    CommandName::Resolve,
];

/// Steps on one's own part; the table knows states, and these also depend on how far one is.
const OWN: &[CommandName] = &[
    CommandName::AcceptSupport,
    CommandName::SetOut,
    CommandName::Arrive,
    CommandName::Resolve,
];

/// What this page can ask for; the rest is the desk's.
const ELSEWHERE: &[CommandName] = &[CommandName::Link, CommandName::Tick];

/// Once is enough while the first is on its way.
const ONCE: &[CommandName] = &[
    CommandName::RequestExtension,
    CommandName::RequestSuspension,
    CommandName::Appeal,
    CommandName::Resume,
    CommandName::AnswerInstruction,
    CommandName::AcceptSupport,
    CommandName::SetOut,
    CommandName::Arrive,
    CommandName::Resolve,
];

#[derive(Clone, PartialEq, Debug, Default)]
pub struct Offers {
    /// The next step, and with it what may be done instead of it; two at most.
    pub front: Vec<CommandName>,
    pub behind: Vec<CommandName>,
}

/// The state once what waits has been done; what was refused does nothing.
pub fn state_after(order: &OrderView, queued: &[&Queued]) -> State {
    queued
        .iter()
        .filter(|row| row.is_undecided())
        .fold(order.incident.state, |state, row| {
            let row = row_of(row.command);
            match row.outcome {
                _ if !row.from.contains(&state) => state,
                Outcome::Becomes(next) => next,
                Outcome::ByLead(next) if order.part == Part::Lead => next,
                _ => state,
            }
        })
}

pub fn offers(order: &OrderView, queued: &[&Queued]) -> Offers {
    let waiting: Vec<CommandName> = queued
        .iter()
        .filter(|row| row.is_undecided())
        .map(|row| row.command)
        .collect();
    let refused = queued.iter().any(|row| row.standing == Standing::Refused);
    if refused {
        // First somebody decides what becomes of it.
        return Offers::default();
    }
    let mut may = if waiting.is_empty() {
        order.allowed.clone()
    } else {
        reckoned(order, state_after(order, queued), &waiting)
    };
    may.retain(|command| !ELSEWHERE.contains(command));
    let step = STEPS.iter().find(|step| may.contains(step)).copied();
    let beside = match step {
        Some(CommandName::Acknowledge) => Some(CommandName::Return),
        Some(CommandName::Arrive) => Some(if has_set_out(order, &waiting) {
            CommandName::Resolve
        } else {
            CommandName::SetOut
        }),
        Some(_) => Some(CommandName::Comment),
        None => None,
    };
    let front: Vec<CommandName> = [step, beside]
        .into_iter()
        .flatten()
        .filter(|command| may.contains(command))
        .collect();
    may.retain(|command| !front.contains(command));
    Offers { front, behind: may }
}

fn has_set_out(order: &OrderView, waiting: &[CommandName]) -> bool {
    let own = order.assignment.as_ref();
    own.is_some_and(|own| own.set_out_at.is_some()) || waiting.contains(&CommandName::SetOut)
}

/// By the table alone: what the server said is of before. Guards are believed as far as it said so.
fn reckoned(order: &OrderView, state: State, waiting: &[CommandName]) -> Vec<CommandName> {
    let fits = |row: &&Row| {
        let part = match (row.department, order.part) {
            (_, Part::Former) => false,
            (DepartmentPart::Lead, part) => part == Part::Lead,
            (DepartmentPart::Support, part) => part == Part::Support,
            (DepartmentPart::Any, _) => true,
        };
        // In the state of before, what the server did not offer does not fit.
        let is_said = order.allowed.contains(&row.command);
        let own_fits = !OWN.contains(&row.command)
            || (!waiting.contains(&CommandName::Resolve)
                && (is_said || state != order.incident.state));
        row.roles.contains(&Role::Department)
            && row.from.contains(&state)
            && part
            && own_fits
            && (row.guard == Guard::None || is_said)
            && !(ONCE.contains(&row.command) && waiting.contains(&row.command))
    };
    TABLE.iter().filter(fits).map(|row| row.command).collect()
}

#[cfg(test)]
mod tests {
    use domain::ids::{CommandId, IncidentId};
    use domain::time::Timestamp;
    use proptest::prelude::*;

    use super::super::queue::Expected;
    use super::super::tabs::tests::order;
    use super::*;

    fn queued(command: CommandName, standing: Standing) -> Queued {
        Queued {
            number: 1,
            id: CommandId::from_bits(1),
            incident: IncidentId::new(1, 0),
            command,
            after: None,
            expected: Expected::Any,
            standing,
            given_at: Timestamp::from_millis(0),
            title: String::new(),
            refusal: None,
            status: None,
            photos: 0,
        }
    }

    #[test]
    fn a_new_order_asks_to_be_signed_for_or_given_back() {
        let mut order = order(1, State::Dispatched, None);
        order.allowed = vec![
            CommandName::Acknowledge,
            CommandName::Return,
            CommandName::Comment,
            CommandName::Link,
        ];
        let offers = offers(&order, &[]);
        assert_eq!(
            offers.front,
            [CommandName::Acknowledge, CommandName::Return]
        );
        assert_eq!(offers.behind, [CommandName::Comment]);
    }

    #[test]
    fn without_a_network_the_whole_order_is_worked_through() {
        let mut order = order(1, State::Dispatched, None);
        order.allowed = vec![CommandName::Acknowledge, CommandName::Return];
        let mut given: Vec<Queued> = Vec::new();
        for step in [
            CommandName::Acknowledge,
            CommandName::Arrive,
            CommandName::Resolve,
        ] {
            let rows: Vec<&Queued> = given.iter().collect();
            assert_eq!(offers(&order, &rows).front.first(), Some(&step));
            given.push(queued(step, Standing::Waiting));
        }
        let rows: Vec<&Queued> = given.iter().collect();
        assert_eq!(state_after(&order, &rows), State::Resolved);
        assert!(offers(&order, &rows).front.is_empty());
    }

    #[test]
    fn a_refused_step_is_decided_before_another_is_taken() {
        let mut order = order(1, State::Dispatched, None);
        order.allowed = vec![CommandName::Acknowledge];
        let refused = queued(CommandName::Acknowledge, Standing::Refused);
        assert_eq!(offers(&order, &[&refused]), Offers::default());
        assert_eq!(state_after(&order, &[&refused]), State::Dispatched);
    }

    #[test]
    fn who_only_supports_is_not_offered_what_is_the_leads() {
        let mut order = order(1, State::Acknowledged, None);
        order.part = Part::Support;
        order.allowed = vec![
            CommandName::Arrive,
            CommandName::Resolve,
            CommandName::Comment,
        ];
        let waiting = queued(CommandName::Arrive, Standing::Waiting);
        let offers = offers(&order, &[&waiting]);
        let all: Vec<_> = offers.front.iter().chain(&offers.behind).collect();
        assert!(!all.contains(&&CommandName::Return), "{all:?}");
        assert!(all.contains(&&CommandName::Resolve));
        let done = queued(CommandName::Resolve, Standing::Waiting);
        assert_eq!(
            state_after(&order, &[&waiting, &done]),
            State::Handling,
            "the lead still owes its part"
        );
        let left = super::offers(&order, &[&waiting, &done]);
        let left: Vec<_> = left.front.iter().chain(&left.behind).collect();
        assert!(!left.contains(&&CommandName::SetOut), "{left:?}");
    }

    proptest! {
        /// Whatever waits, nothing is offered that the table forbids a department in the state it will be in.
        #[test]
        fn nothing_is_offered_against_the_table(
            state in 0_usize..State::ALL.len(),
            given in proptest::collection::vec(0_usize..CommandName::ALL.len(), 1..5),
        ) {
            let mut order = order(1, State::ALL[state], None);
            order.allowed = CommandName::ALL.to_vec();
            let rows: Vec<Queued> = given.iter().map(|at| queued(CommandName::ALL[*at], Standing::Waiting)).collect();
            let rows: Vec<&Queued> = rows.iter().collect();
            let after = state_after(&order, &rows);
            let offers = offers(&order, &rows);
            for command in offers.front.iter().chain(&offers.behind) {
                let row = row_of(*command);
                prop_assert!(row.from.contains(&after) && row.roles.contains(&Role::Department));
            }
        }
    }
}
