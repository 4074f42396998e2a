//! The demo people keep to the lifecycle, and every incident they can work comes to its end.

use std::collections::{BTreeMap, BTreeSet};

use domain::category::CategoryCode;
use domain::ids::IncidentId;
use domain::lifecycle::{Outcome, row_of};

use super::*;
use crate::demo::accounts;
use crate::scenario::tests::dongguan;

const SEED: u64 = 20_261_123;
const START: Timestamp = Timestamp::from_millis(1_795_000_000_000);

pub fn dispatched(number: u32, category: &str, lead: &str, opened_at: Timestamp) -> IncidentView {
    IncidentView {
        id: IncidentId::new(u64::from(number) + 7, number),
        number: format!("{category}{number:04}"),
        revision: 1,
        category: category.parse::<CategoryCode>().ok(),
        severity: Severity::Minor,
        state: State::Dispatched,
        title: "暴露垃圾".into(),
        title_en: "Exposed garbage".into(),
        position: None,
        town: None,
        town_code: Some("441900122".into()),
        village: None,
        grid: None,
        confidence: 0.8,
        opened_at,
        updated_at: opened_at,
        deadline: None,
        lead: DepartmentId::new(lead).ok(),
        supporting: Vec::new(),
        evidence_count: 1,
        hops: 1,
        suspended: false,
        drill: false,
        claimed_by: None,
        merged_into: None,
        tray: false,
        waiting: Vec::new(),
        urged: 0,
        escalated_to: Vec::new(),
    }
}

/// What the server would make of an order the table allows.
pub fn carried_out(incident: &mut IncidentView, hand: &DemoAccount, order: &Order) {
    let row = row_of(order.command);
    assert!(
        row.roles.contains(&hand.role),
        "{} may not {}",
        hand.name,
        order.command
    );
    assert!(
        row.from.contains(&incident.state),
        "{} from {}",
        order.command,
        incident.state
    );
    for argument in row.arguments.iter().filter(|argument| argument.required) {
        assert!(
            order.arguments.contains_key(argument.name),
            "{order:?} lacks {}",
            argument.name
        );
    }
    incident.state = match row.outcome {
        Outcome::Stays => incident.state,
        Outcome::Becomes(state) | Outcome::ByLead(state) => state,
        Outcome::DispatchedBinding => State::Dispatched,
        Outcome::CheckedOrHandling if order.arguments["passed"] == true => State::Checked,
        Outcome::CheckedOrHandling => State::Handling,
    };
    match order.command {
        CommandName::Claim => incident.claimed_by = Some(hand.name.into()),
        CommandName::SetCategory => {
            let code = order.arguments["category"].as_str().expect("a code");
            incident.category = Some(code.parse().expect("a code"));
        }
        CommandName::Dispatch | CommandName::DecideDispute => {
            incident.hops += 1;
            let lead = order.arguments.get("lead").and_then(Value::as_str);
            let lead = lead.map(|lead| DepartmentId::new(lead).expect("an id"));
            incident.lead = lead
                .or(incident.lead.take())
                .or(DepartmentId::new("cgj").ok());
        }
        _ => {}
    }
}

/// Minutes until it was no longer open, and every state it was in. Everybody looks every ten seconds.
fn worked(
    city: &City,
    incident: &mut IncidentView,
    started: Timestamp,
    seen_states: &mut BTreeSet<State>,
) -> i64 {
    let people = accounts();
    let from = incident.opened_at;
    let mut seen = Seen::new(incident.state, from);
    for look in 0..2_000 {
        let now = from.plus_millis(look * 10_000);
        let moment = Moment {
            city,
            people: &people,
            now,
            started,
            open: 45,
            seed: SEED,
            chinese: true,
        };
        for hand in &people {
            if let Some(order) = next(hand, incident, &seen, &moment) {
                carried_out(incident, hand, &order);
                seen.moved_to(incident.state, now);
                seen_states.insert(incident.state);
            }
        }
        if !incident.state.is_open() {
            return look / 6;
        }
    }
    panic!("{incident:?} is still open");
}

#[test]
fn every_order_is_allowed_and_every_incident_ends() {
    let city = dongguan();
    let long_ago = START.plus_minutes(-600);
    let (mut minutes, mut states) = (Vec::new(), BTreeSet::new());
    for number in 0..120 {
        // Two in three go to people of the demo, some wait in the tray, some lie with others.
        let mut incident = match number % 6 {
            0..=2 => dispatched(number, "E0102", "cgj", START),
            3 => dispatched(number, "E0416", "jjzd", START),
            4 => dispatched(number, "E0301", "zjj", START),
            _ => IncidentView {
                category: None,
                lead: None,
                hops: 0,
                state: State::Reported,
                tray: true,
                ..dispatched(number, "E0102", "cgj", START)
            },
        };
        minutes.push(worked(&city, &mut incident, long_ago, &mut states));
    }
    minutes.sort_unstable();
    let median = minutes[minutes.len() / 2];
    assert!(
        (12..=40).contains(&median),
        "half are done in {median} minutes"
    );
    let all: BTreeSet<State> = [
        State::Reported,
        State::Registered,
        State::Dispatched,
        State::Acknowledged,
        State::Handling,
        State::Resolved,
        State::Checked,
        State::Closed,
        State::Rejected,
    ]
    .into();
    assert_eq!(states, all, "returns, rework and refusals are among them");
}

#[test]
fn a_fresh_desk_shows_every_state_after_the_first_minute() {
    let city = dongguan();
    let people = accounts();
    let mut states: BTreeMap<State, usize> = BTreeMap::new();
    for number in 0..200 {
        let mut incident = dispatched(number, "E0505", "jjzd", START.plus_millis(20_000));
        let mut seen = Seen::new(incident.state, incident.opened_at);
        for look in 2..7 {
            let now = START.plus_millis(look * 10_000);
            let moment = Moment {
                city: &city,
                people: &people,
                now,
                started: START,
                open: 26,
                seed: SEED,
                chinese: true,
            };
            for hand in &people {
                if let Some(order) = next(hand, &incident, &seen, &moment) {
                    carried_out(&mut incident, hand, &order);
                    seen.moved_to(incident.state, now);
                }
            }
        }
        *states.entry(incident.state).or_default() += 1;
    }
    for state in [
        State::Dispatched,
        State::Acknowledged,
        State::Handling,
        State::Resolved,
        State::Checked,
    ] {
        assert!(
            states.get(&state).is_some_and(|count| *count >= 10),
            "{states:?}"
        );
    }
}

#[test]
fn who_only_looks_gives_no_command() {
    let city = dongguan();
    let people = accounts();
    let incident = dispatched(1, "E0102", "cgj", START);
    let seen = Seen::new(incident.state, START);
    let moment = Moment {
        city: &city,
        people: &people,
        now: START.plus_minutes(600),
        started: START,
        open: 100,
        seed: SEED,
        chinese: true,
    };
    for hand in &people {
        let acts = next(hand, &incident, &seen, &moment).is_some();
        assert_eq!(acts, hand.name == "chengguan", "{}", hand.name);
    }
}

#[test]
fn what_nobody_of_the_demo_works_on_is_not_closed_in_the_opening() {
    let city = dongguan();
    let people = accounts();
    for number in 0..100 {
        let incident = dispatched(number, "E0301", "zjj", START);
        let seen = Seen::new(incident.state, START);
        let moment = Moment {
            city: &city,
            people: &people,
            now: START.plus_minutes(1),
            started: START,
            open: 26,
            seed: SEED,
            chinese: true,
        };
        for hand in &people {
            assert_eq!(next(hand, &incident, &seen, &moment), None, "{}", hand.name);
        }
    }
}
