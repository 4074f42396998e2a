//! A shift of the whole demo without a server: what comes in and what is worked off keep the desk's measure.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::city::City;
use domain::ids::IncidentId;
use domain::lifecycle::{CommandName, State};
use domain::text::{Proposal, TextRules};
use domain::time::Timestamp;
use domain::wire::IncidentView;

use super::accounts;
use super::ground::tests::dongguan;
use super::matters::{Matters, Report};
use super::work::tests::{carried_out, dispatched};
use super::work::{Moment, Seen, next};

const SEED: u64 = 20_261_123;
const START: Timestamp = Timestamp::from_millis(1_795_000_000_000);
/// Stations pass a limit about this often.
const EXCEEDANCE_MS: i64 = 255_000;

#[test]
fn the_desk_stays_between_25_and_80_open_incidents_through_a_shift() {
    println!("seed {SEED}");
    let ground = Arc::new(dongguan(SEED));
    let people = accounts();
    let rules = TextRules::new(&ground.city.text_rules);
    let staffed = people.iter().filter_map(|person| person.department.clone());
    let mut matters = Matters::new(ground.clone(), staffed.collect(), SEED, START, 0);
    let mut open: BTreeMap<IncidentId, (IncidentView, Seen)> = BTreeMap::new();
    let (mut births, mut least, mut most) = (0, usize::MAX, 0);
    for look in 0..6 * 360 {
        let now = START.plus_millis(look * 10_000);
        let firsts = matters.until(now, open.len()).into_iter().filter(is_first);
        let mut born: Vec<IncidentView> = Vec::new();
        for report in firsts {
            births += 1;
            born.push(incident(births, &report, &rules, &ground.city, now));
        }
        if (look * 10_000) % EXCEEDANCE_MS < 10_000 {
            births += 1;
            born.push(dispatched(births, "E0407", "sthj", now));
        }
        for incident in born {
            let seen = Seen::new(incident.state, now);
            open.insert(incident.id, (incident, seen));
        }
        let count = open.len();
        for (incident, seen) in open.values_mut() {
            let moment = Moment {
                city: &ground.city,
                people: &people,
                now,
                started: START,
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
        if look > 12 {
            (least, most) = (least.min(open.len()), most.max(open.len()));
        }
    }
    println!("{births} incidents, {least} to {most} open");
    assert!(births > 250, "{births} incidents in six hours");
    assert!((22..=30).contains(&least), "at least {least} open");
    assert!(most <= 80, "at most {most} open");
}

fn is_first(report: &Report) -> bool {
    report.id.ends_with("-0")
}

/// What the machine makes of a first report: an order to the department of the table, or a line in the tray.
fn incident(
    number: u32,
    report: &Report,
    rules: &TextRules,
    city: &City,
    now: Timestamp,
) -> IncidentView {
    let category = report.category.or(match rules.propose(&report.text) {
        Proposal::Category { code, .. } => Some(code),
        _ => None,
    });
    let (date, _) = now.civil(&city.zone);
    let lead = category.and_then(|code| {
        let rows = city.responsible(code, None, date);
        rows.first().map(|row| row.lead.to_string())
    });
    match (category, lead) {
        (Some(code), Some(lead)) => dispatched(number, &code.to_string(), &lead, now),
        _ => IncidentView {
            category: None,
            lead: None,
            hops: 0,
            state: State::Reported,
            ..dispatched(number, "E0102", "cgj", now)
        },
    }
}
