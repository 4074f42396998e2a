//! A shift of the whole demo without a server: what the day brings, the crew works off.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::ids::IncidentId;
use domain::lifecycle::{CommandName, State};
use domain::time::Timestamp;
use domain::wire::IncidentView;

use super::accounts;
use super::work::tests::{carried_out, dispatched};
use super::work::{Moment, Seen, next};
use crate::scenario::tests::{DATE, dongguan};
use crate::scenario::{MinuteOfDay, Options, Scenario, Truth};

const SEED: u64 = 441_900;
/// Looks of everybody in a minute.
const LOOKS: i64 = 6;

#[test]
fn the_crew_keeps_up_with_a_morning_and_is_not_drowned_by_the_storm() {
    println!("seed {SEED}");
    let city = dongguan();
    let people = accounts();
    let options = Options {
        from: MinuteOfDay::new(9 * 60),
        to: MinuteOfDay::new(18 * 60),
        units: 0,
        sensors: 0,
        ..Options::on(DATE.parse().expect("a date"))
    };
    let scenario = Scenario::of(Arc::new(city.clone()), SEED, &options).expect("it has outlines");
    let started = scenario.start().plus_minutes(9 * 60);
    let mut known = BTreeSet::new();
    let mut open: BTreeMap<IncidentId, (IncidentView, Seen)> = BTreeMap::new();
    let (mut births, mut morning, mut most) = (0, 0, 0);
    for (minute, told) in scenario.enumerate() {
        let start = started.plus_minutes(minute as i64);
        for truth in &told.truths {
            if let Some((code, lead)) = born(truth, &mut known) {
                births += 1;
                let incident = incident(births, code, lead, start);
                let seen = Seen::new(incident.state, start);
                open.insert(incident.id, (incident, seen));
            }
        }
        for look in 0..LOOKS {
            let now = start.plus_millis(look * 60_000 / LOOKS);
            let count = open.len();
            for (incident, seen) in open.values_mut() {
                let moment = Moment {
                    city: &city,
                    people: &people,
                    now,
                    started,
                    open: count,
                    seed: SEED,
                    chinese: true,
                };
                for hand in &people {
                    if let Some(order) = next(hand, incident, seen, &moment) {
                        carried_out(incident, hand, &order);
                        seen.urged |= order.command == CommandName::Urge;
                        seen.moved_to(incident.state, now);
                    }
                }
            }
            open.retain(|_, (incident, _)| incident.state.is_open());
        }
        if minute < 290 {
            morning = morning.max(open.len());
        }
        most = most.max(open.len());
    }
    println!(
        "{births} incidents, at most {morning} open in the morning, {most} in all, {} left",
        open.len()
    );
    assert!(births > 300, "{births} incidents in nine hours");
    assert!(
        (15..=80).contains(&morning),
        "{morning} open in the morning"
    );
    assert!(most <= 130, "{most} open in the storm");
    assert!(open.len() <= 80, "{} open at six", open.len());
}

/// Kind and department of a matter that is heard of for the first time.
fn born(truth: &Truth, known: &mut BTreeSet<String>) -> Option<(Option<String>, Option<String>)> {
    let Truth::Evidence {
        matter: Some(matter),
        category,
        department,
        ..
    } = truth
    else {
        return None;
    };
    let code = category.map(|code| code.to_string());
    let lead = department.as_ref().map(ToString::to_string);
    known.insert(matter.clone()).then_some((code, lead))
}

/// What the machine makes of a first report: an order to the department of the table, or a line in the tray.
fn incident(
    number: u32,
    code: Option<String>,
    lead: Option<String>,
    now: Timestamp,
) -> IncidentView {
    match (code, lead) {
        (Some(code), Some(lead)) => dispatched(number, &code, &lead, now),
        _ => IncidentView {
            category: None,
            lead: None,
            hops: 0,
            state: State::Reported,
            ..dispatched(number, "E0102", "cgj", now)
        },
    }
}
