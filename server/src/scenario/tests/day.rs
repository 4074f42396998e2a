//! The whole day: the same for one seed, all of it labelled, and every event on every seed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::{Day, busy, day, dongguan, ground, name_of, pack, thin};
use crate::scenario::{Body, Ground, Observation, Suspect, Truth};

fn written(day: &Day) -> String {
    let zone = dongguan().zone;
    let mut text = String::new();
    for observation in &day.observations {
        text.push_str(&observation.to_line(&zone));
        text.push('\n');
    }
    for truth in &day.truths {
        text.push_str(&serde_json::to_string(truth).expect("a truth is JSON"));
        text.push('\n');
    }
    text
}

fn sha256(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn one_seed_is_one_day_to_the_byte() {
    let ground = ground();
    let once = written(&day(&ground, 7, &thin()));
    assert_eq!(once, written(&day(&ground, 7, &thin())));
    assert_ne!(once, written(&day(&ground, 8, &thin())));
    let minutes = written(&day(&ground, 7, &busy(14, 2)));
    // Whoever changes the day on purpose changes these.
    let fingerprints = [sha256(&once), sha256(&minutes)];
    assert_eq!(
        fingerprints,
        [
            "151e8645fa53736933bab94d387e7ba3651a0b58917b8295ee778b7ebd303d4b",
            "b64574a7592a06055ff4d08474b495cec4d3dee9a074d97a08797fd702208414"
        ]
    );
}

#[test]
fn a_day_entered_at_noon_is_the_same_day() {
    let ground = ground();
    let noon = day(&ground, 5, &busy(12, 3));
    let sooner = day(&ground, 5, &busy(11, 63));
    let from = noon.observations[0].sent_at;
    // Batches sent again from before noon are not known to who enters at noon.
    let since: BTreeSet<_> = sooner
        .observations
        .iter()
        .filter(|one| one.sent_at >= from)
        .map(name_of)
        .collect();
    for observation in &noon.observations {
        assert!(since.contains(&name_of(observation)), "{observation:?}");
    }
}

#[test]
fn what_is_sent_is_in_order_and_at_a_rate_a_city_bears() {
    let ground = ground();
    for hour in [3, 8, 14, 17] {
        let day = day(&ground, 2, &busy(hour, 5));
        let sent = day.observations.iter().map(|one| one.sent_at.millis());
        let sent: Vec<i64> = sent.collect();
        let minute_of = |sent: &i64| sent / 60_000;
        assert!(sent.is_sorted_by_key(minute_of));
        let rate = day.observations.len() as f64 / 300.0;
        println!("{hour}: {rate} a second");
        assert!(rate <= 200.0, "{rate} a second at {hour}");
        assert!(
            rate >= if hour > 6 { 50.0 } else { 5.0 },
            "{rate} a second at {hour}"
        );
    }
}

/// Source, id → what is true of it.
fn labels(day: &Day) -> BTreeMap<(&str, &str), &Truth> {
    let mut labels = BTreeMap::new();
    for truth in &day.truths {
        if let Truth::Evidence { source, id, .. } = truth {
            let before = labels.insert((source.as_str(), id.as_str()), truth);
            assert_eq!(before, None, "{source} {id} is labelled twice");
        }
    }
    labels
}

#[test]
fn everything_that_can_make_evidence_is_labelled() {
    let ground = ground();
    let day = day(&ground, 9, &thin());
    let labels = labels(&day);
    let limits = dongguan().alarm_rules;
    let (mut said, mut readings) = (0, 0);
    for observation in &day.observations {
        let label = labels.get(&(observation.source.as_str(), observation.id.as_str()));
        if observation.is_said() {
            said += 1;
            assert!(label.is_some(), "{observation:?}");
        }
        let Body::Reading { measure, value, .. } = &observation.body else {
            continue;
        };
        let property = domain::ids::Property::new(measure.property()).expect("a property");
        let breaks = limits
            .iter()
            .filter(|rule| rule.judges(&property, measure.unit()))
            .any(|rule| rule.direction.beyond(*value, rule.levels[0].raise));
        if breaks {
            readings += 1;
            assert!(label.is_some(), "{observation:?}");
        }
    }
    println!("{said} said, {readings} readings beyond a limit");
    assert!(said > 1_200 && readings > 300);
    let matters: BTreeSet<&str> = day
        .truths
        .iter()
        .filter_map(|truth| match truth {
            Truth::Matter { id, .. } => Some(id.as_str()),
            _ => None,
        })
        .collect();
    for label in labels.values() {
        let Truth::Evidence {
            matter,
            category,
            department,
            ..
        } = label
        else {
            continue;
        };
        if let Some(matter) = matter {
            assert!(matters.contains(matter.as_str()));
            assert!(category.is_some() && department.is_some(), "{label:?}");
        }
    }
}

#[test]
fn nothing_is_harmless_and_beyond_a_limit() {
    // A whole afternoon of many sensors: what breaks a limit was meant to.
    let ground = ground();
    let mut options = busy(13, 300);
    options.units = 0;
    options.sensors = 600;
    let day = day(&ground, 4, &options);
    let labels = labels(&day);
    let rules = dongguan().alarm_rules;
    for observation in &day.observations {
        let Body::Reading { measure, value, .. } = &observation.body else {
            continue;
        };
        let property = domain::ids::Property::new(measure.property()).expect("a property");
        let broken = rules.iter().find(|rule| {
            rule.judges(&property, measure.unit())
                && rule.direction.beyond(*value, rule.levels[0].raise)
        });
        let known = labels.contains_key(&(observation.source.as_str(), observation.id.as_str()));
        assert!(broken.is_none() || known, "{observation:?}");
    }
}

#[test]
fn every_event_happens_on_every_seed() {
    let ground = ground();
    for seed in 0..20 {
        let day = day(&ground, seed, &thin());
        let remarks = remarks(&day);
        for (remark, least) in [
            ("the warehouse fire", 1),
            ("the drill", 1),
            ("real, beside the drill", 1),
            ("the outfall", 1),
            ("the gas leak", 1),
            ("the great flood", 1),
            ("the river rises", 1),
            ("a warning, revised", 1),
            ("dumping at night", 4),
            ("bad air at one station", 2),
            ("one of two near floods", 4),
            ("one of two near, of one kind", 8),
            ("one of two kinds at one spot", 10),
            ("a small flood of the storm", 25),
        ] {
            let count = remarks.get(remark).copied().unwrap_or(0);
            assert!(count >= least, "seed {seed}: {count} of {remark}");
        }
        let suspects: BTreeSet<Suspect> = day
            .truths
            .iter()
            .filter_map(|truth| match truth {
                Truth::Evidence { suspect, .. } => *suspect,
                _ => None,
            })
            .collect();
        assert_eq!(suspects.len(), 3, "seed {seed}: {suspects:?}");
        has_its_oddities(&day, seed);
    }
}

fn remarks(day: &Day) -> BTreeMap<&str, usize> {
    let mut remarks = BTreeMap::new();
    for truth in &day.truths {
        if let Truth::Matter { remark, .. } = truth {
            *remarks.entry(remark.as_str()).or_insert(0) += 1;
        }
    }
    remarks
}

fn has_its_oddities(day: &Day, seed: u64) {
    let count = |is: fn(&Truth) -> bool| day.truths.iter().filter(|truth| is(truth)).count();
    let again = count(|truth| matches!(truth, Truth::SentAgain { .. }));
    let revised = count(|truth| matches!(truth, Truth::Revised { .. }));
    assert!(
        again > 30 && revised > 50,
        "seed {seed}: {again} again, {revised} revised"
    );
    assert_eq!(count(|truth| matches!(truth, Truth::Silent { .. })), 1);
    let by_wrong_clock = |one: &&Observation| one.source.as_str() == "town-hotline";
    let wrong: Vec<_> = day.observations.iter().filter(by_wrong_clock).collect();
    assert!(wrong.len() >= 3, "seed {seed}: {}", wrong.len());
    for one in wrong {
        assert!(one.sent_at.since(one.time) > 5 * 60_000);
    }
    let places = |one: &&Observation| one.is_said() && one.position.is_none();
    let lost = day.observations.iter().filter(places).count();
    assert!(lost > 15, "seed {seed}: {lost} without a position");
    let clears = |one: &&Observation| matches!(one.body, Body::Clear { .. });
    assert!(day.observations.iter().filter(clears).count() >= 3);
}

#[test]
fn the_same_sent_again_is_the_same_but_for_when() {
    let ground = ground();
    let day = day(&ground, 6, &thin());
    let mut first: BTreeMap<_, &Observation> = BTreeMap::new();
    let mut again = 0;
    for observation in &day.observations {
        let name = (
            observation.source.as_str(),
            observation.id.as_str(),
            observation.version,
        );
        if let Some(before) = first.get(&name) {
            again += 1;
            let same = Observation {
                sent_at: before.sent_at,
                ..observation.clone()
            };
            assert_eq!(&&same, before);
        } else {
            first.insert(name, observation);
        }
    }
    assert!(again > 30, "{again}");
}

#[test]
fn different_callers_use_different_words() {
    let ground = ground();
    let day = day(&ground, 1, &thin());
    let mut texts = BTreeSet::new();
    let mut calls = 0;
    for observation in &day.observations {
        let Body::Report { text, .. } = &observation.body else {
            continue;
        };
        if observation.version == 1 && observation.source.as_str() == "hotline-12345" {
            calls += 1;
            texts.insert(text.as_str());
            assert!(!text.contains("{p}"), "{text}");
        }
    }
    assert!(
        texts.len() * 100 >= calls * 99,
        "{} texts of {calls} calls",
        texts.len()
    );
    let mut kinds = 0;
    for kind in crate::scenario::words::kinds() {
        kinds += 1;
        let distinct: BTreeSet<&&str> = kind.says.iter().copied().flatten().collect();
        assert!(distinct.len() >= 10, "{}", kind.code);
        assert!(
            kind.code
                .parse()
                .is_ok_and(|code| dongguan().category(code).is_some())
        );
    }
    assert!(kinds >= 38, "{kinds} kinds");
}

#[test]
fn a_city_of_another_language_has_its_day_too() {
    let ground = Ground::of(Arc::new(pack("new-york")), 7).expect("it has outlines");
    let day = day(&ground, 3, &thin());
    let chinese = |text: &str| {
        text.chars()
            .any(|letter| ('\u{4e00}'..='\u{9fff}').contains(&letter))
    };
    let mut calls = 0;
    for observation in &day.observations {
        if let Body::Report { text, .. } = &observation.body {
            calls += 1;
            assert!(!chinese(text), "{text}");
        }
    }
    assert!(calls > 500, "{calls}");
}
