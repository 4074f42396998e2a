//! Callers who are understood, matters that stay apart, and a desk that fills and then keeps its measure.

use std::collections::{BTreeMap, BTreeSet};

use domain::text::{Proposal, TextRules};

use super::*;
use crate::demo::accounts;
use crate::demo::ground::tests::dongguan;

const SEED: u64 = 20_261_123;
const START: Timestamp = Timestamp::from_millis(1_795_000_000_000);

fn matters(seed: u64, open: usize) -> Matters {
    let staffed = accounts()
        .into_iter()
        .filter_map(|person| person.department)
        .collect();
    Matters::new(Arc::new(dongguan(seed)), staffed, seed, START, open)
}

/// Reports of so many seconds, asked for once a second while 40 incidents are open.
fn course(matters: &mut Matters, seconds: i64) -> Vec<Report> {
    (0..seconds)
        .flat_map(|second| matters.until(START.plus_millis(second * 1000), 40))
        .collect()
}

/// The reports of one matter share all of their id but the last number.
fn by_matter(reports: &[Report]) -> BTreeMap<&str, Vec<&Report>> {
    let mut matters: BTreeMap<&str, Vec<&Report>> = BTreeMap::new();
    for report in reports {
        let (matter, _) = report.id.rsplit_once('-').expect("run-matter-number");
        matters.entry(matter).or_default().push(report);
    }
    matters
}

/// Places as they are said: what stands next to a word can make another of it (石排 + 污水).
fn every_place(ground: &Ground) -> BTreeSet<String> {
    let named = ground
        .landmarks
        .iter()
        .map(|landmark| landmark.name.as_str());
    let named: BTreeSet<String> = named
        .filter(|name| !name.is_empty())
        .map(|name| format!("石排镇{name}附近"))
        .collect();
    let spots = SPOTS.iter().map(|spot| format!("石排镇{spot}"));
    named.into_iter().chain(spots).collect()
}

#[test]
fn the_text_rules_of_dongguan_understand_every_phrase_and_none_of_the_unclear_ones() {
    let ground = dongguan(SEED);
    let rules = TextRules::new(&ground.city.text_rules);
    let family = |code| {
        ground
            .city
            .category(code)
            .map(|category| category.family.clone())
    };
    let places = every_place(&ground);
    for (turn, place) in places.iter().enumerate() {
        let again = AGAIN[turn % AGAIN.len()];
        for phrase in PHRASES {
            let code: CategoryCode = phrase.category.parse().expect("a code");
            for words in phrase.says {
                let text = format!("{again}{}", words.replace("{place}", place));
                match rules.propose(&text) {
                    Proposal::Category { code: proposed, .. } => {
                        assert_eq!(family(proposed), family(code), "{text}");
                    }
                    other => panic!("{text}: {other:?}"),
                }
            }
        }
    }
    for phrase in PHRASES {
        assert!(
            phrase.says.len() > 1,
            "{} is always said in the same words",
            phrase.category
        );
    }
    for words in UNCLEAR {
        for place in &places {
            let text = words.replace("{place}", place);
            assert_eq!(rules.propose(&text), Proposal::Nothing, "{text}");
        }
    }
}

#[test]
fn a_fresh_desk_fills_within_half_a_minute_then_about_one_matter_a_minute_comes() {
    println!("seed {SEED}");
    let mut matters = matters(SEED, 0);
    let opening = course(&mut matters, 32);
    let at_first = by_matter(&opening).len();
    assert!(
        (22..=AT_FIRST + 2).contains(&at_first),
        "{at_first} matters in half a minute"
    );
    let towns: BTreeSet<_> = opening
        .iter()
        .map(|report| matters.ground.town_at(report.position).expect("inside"))
        .collect();
    assert!(towns.len() >= 12, "only {} towns", towns.len());
    let grave = opening
        .iter()
        .any(|report| report.text.contains("火") || report.text.contains("浓烟"));
    assert!(grave, "a fire is among them");
    let hour: Vec<Report> = (32..3_632)
        .flat_map(|second| matters.until(START.plus_millis(second * 1000), 40))
        .filter(|report| report.at > START.plus_millis(200_000))
        .collect();
    let count = by_matter(&hour).len();
    assert!((42..=75).contains(&count), "{count} matters in an hour");
}

#[test]
fn a_desk_that_is_full_already_is_not_flooded_by_a_new_start() {
    let mut matters = matters(SEED, 60);
    let count = by_matter(&course(&mut matters, 60)).len();
    assert!(count <= 3, "{count}");
}

#[test]
fn who_reports_the_same_thing_stands_near_and_says_it_otherwise() {
    let reports = course(&mut matters(SEED, 0), 7_200);
    let city = dongguan(SEED).city;
    let rules = TextRules::new(&city.text_rules);
    let mut sizes = BTreeMap::new();
    for (matter, reports) in by_matter(&reports) {
        *sizes.entry(reports.len()).or_insert(0) += 1;
        let texts: BTreeSet<&str> = reports.iter().map(|report| report.text.as_str()).collect();
        assert!(texts.len() * 2 >= reports.len(), "{matter}: {texts:?}");
        let first = reports[0];
        let code = first.category.or(match rules.propose(&first.text) {
            Proposal::Category { code, .. } => Some(code),
            _ => None,
        });
        let radius_m = code
            .and_then(|code| city.category(code))
            .map_or(0, |category| city.fusion.of(&category.family).radius_m);
        for report in &reports {
            for other in &reports {
                let away_m = report.position.distance_m(other.position);
                assert!(
                    away_m <= 60.0_f64.min(f64::from(radius_m)),
                    "{matter}: {away_m} m"
                );
                assert!(report.at.since(other.at).abs() <= 6 * 60_000, "{matter}");
            }
        }
    }
    assert_eq!(
        sizes.keys().copied().collect::<Vec<_>>(),
        [1, 2, 3, 4, 5],
        "{sizes:?}"
    );
}

#[test]
fn what_is_sent_is_fit_to_be_sent() {
    let mut matters = matters(SEED, 0);
    let reports = course(&mut matters, 7_200);
    let mut ids = BTreeSet::new();
    let (mut without, mut unclear, mut accurate) = (0, 0, 0);
    let rules = TextRules::new(&matters.ground.city.text_rules);
    for report in &reports {
        assert!(ids.insert(&report.id), "{} comes twice", report.id);
        assert!(report.source.starts_with("demo-"));
        assert!(!report.text.contains("{place}"), "{}", report.text);
        assert!(
            !report.text.chars().any(|letter| letter.is_ascii_digit()),
            "{}",
            report.text
        );
        assert!(matters.ground.town_at(report.position).is_some());
        without += usize::from(report.category.is_none());
        accurate += usize::from(report.accuracy_m.is_some());
        let nothing = rules.propose(&report.text) == Proposal::Nothing;
        unclear += usize::from(report.category.is_none() && nothing);
    }
    let count = reports.len();
    assert!(
        without * 4 > count && without * 4 < count * 3,
        "{without} of {count} without category"
    );
    assert!(
        unclear * 50 > count && unclear * 8 < count,
        "{unclear} of {count} unclear"
    );
    assert!(accurate * 4 > count, "{accurate} of {count} with accuracy");
}

#[test]
fn most_orders_go_to_somebody_of_the_demo_and_most_are_not_grave() {
    let mut matters = matters(SEED, 0);
    let reports = course(&mut matters, 4 * 3_600);
    let ground = matters.ground.clone();
    let (mut known, mut staffed, mut grave) = (0, 0, 0);
    for report in &reports {
        let Some(code) = report.category else {
            continue;
        };
        let town = ground.town_at(report.position).expect("inside");
        known += 1;
        staffed += usize::from(matters.is_staffed(code, &ground.towns[town].code, report.at));
        let usual = ground.city.category(code).expect("known").severity;
        grave += usize::from(report.severity.unwrap_or(usual) <= Severity::Severe);
    }
    assert!(staffed * 10 > known * 8, "{staffed} of {known}");
    assert!(
        grave * 4 < known && grave * 20 > known,
        "{grave} of {known} grave"
    );
}

#[test]
fn one_seed_is_one_course() {
    let course = |seed| course(&mut matters(seed, 0), 300);
    assert_eq!(course(SEED), course(SEED));
    assert_ne!(course(SEED), course(SEED + 1));
}
