//! Cases that are hard to decide: as many as were asked for, of every sort, and true before anybody reads them.

use std::collections::{BTreeMap, BTreeSet};

use super::{day, dongguan, ground, thin};
use crate::scenario::{Ambiguity, Body, DecidedBy, Options, Truth};

/// Cooking fumes went to another bureau that day.
const OF_A_MOVE: &str = "2025-07-01";

fn doubtful(date: &str) -> Options {
    Options {
        date: date.parse().expect("a date"),
        ambiguous: 0.2,
        ..thin()
    }
}

fn cases(truths: &[Truth]) -> Vec<(Option<Ambiguity>, DecidedBy)> {
    let matters = truths.iter().filter_map(|truth| match truth {
        Truth::Matter {
            ambiguity,
            decided_by,
            ..
        } => Some((*ambiguity, *decided_by)),
        _ => None,
    });
    matters.collect()
}

#[test]
fn a_fifth_of_the_cases_is_hard_to_decide_and_of_every_sort() {
    let ground = ground();
    for seed in [1, 2] {
        let day = day(&ground, seed, &doubtful(OF_A_MOVE));
        let cases = cases(&day.truths);
        let mut sorts: BTreeMap<Ambiguity, u32> = BTreeMap::new();
        for (ambiguity, _) in &cases {
            if let Some(ambiguity) = ambiguity {
                *sorts.entry(*ambiguity).or_default() += 1;
            }
        }
        let hard: u32 = sorts.values().sum();
        let share = f64::from(hard) / cases.len() as f64;
        println!("seed {seed}: {share:.3} of {}: {sorts:?}", cases.len());
        assert!((0.16..0.24).contains(&share), "{share}");
        assert_eq!(sorts.len(), 6, "{sorts:?}");
        assert!(sorts.values().all(|count| *count >= 10), "{sorts:?}");
    }
}

#[test]
fn an_ordinary_day_has_none() {
    let day = day(&ground(), 1, &thin());
    let hard = cases(&day.truths)
        .into_iter()
        .filter(|(hard, _)| hard.is_some());
    assert_eq!(hard.count(), 0);
}

/// The lead of the day it is, not of the day before.
#[test]
fn what_moved_that_day_is_the_new_department_s() {
    let day = day(&ground(), 3, &doubtful(OF_A_MOVE));
    let mut seen = 0;
    for truth in &day.truths {
        if let Truth::Matter {
            ambiguity: Some(Ambiguity::MovedToday),
            category,
            department,
            ..
        } = truth
        {
            seen += 1;
            assert_eq!(
                category.map(|code| code.to_string()).as_deref(),
                Some("E0109")
            );
            assert_eq!(department.as_ref().map(|lead| lead.as_str()), Some("cgj"));
        }
    }
    assert!(seen > 5, "{seen}");
}

/// A form on which another kind is ticked says another kind than the truth does.
#[test]
fn a_wrong_kind_is_given_only_where_the_truth_says_so() {
    let day = day(&ground(), 4, &doubtful(OF_A_MOVE));
    let mut wrong = BTreeSet::new();
    let mut of_evidence = BTreeMap::new();
    for truth in &day.truths {
        match truth {
            Truth::Matter {
                id,
                ambiguity: Some(Ambiguity::WrongKindGiven),
                decided_by,
                ..
            } => {
                assert_eq!(*decided_by, DecidedBy::Person);
                wrong.insert(id.clone());
            }
            Truth::Evidence {
                source,
                id,
                matter: Some(matter),
                category,
                ..
            } => {
                of_evidence.insert((source.clone(), id.clone()), (matter.clone(), *category));
            }
            _ => {}
        }
    }
    assert!(!wrong.is_empty());
    for observation in &day.observations {
        let name = (observation.source.clone(), observation.id.clone());
        if let Body::Report {
            category: Some(given),
            ..
        } = &observation.body
            && let Some((matter, category)) = of_evidence.get(&name)
        {
            assert_eq!(
                Some(*given) != *category,
                wrong.contains(matter),
                "{matter}"
            );
        }
    }
}

/// Of two departments only a person can tell which; of one it does not matter.
#[test]
fn a_border_is_for_people_where_it_parts_two_departments() {
    let city = dongguan();
    let day = day(&ground(), 5, &doubtful(OF_A_MOVE));
    let mut by = BTreeMap::new();
    for truth in &day.truths {
        if let Truth::Matter {
            ambiguity: Some(Ambiguity::Border),
            decided_by,
            town,
            position,
            ..
        } = truth
        {
            *by.entry(*decided_by).or_insert(0) += 1;
            let places = domain::jurisdictions::Jurisdictions::of(&city);
            assert_eq!(places.town(*position).as_ref(), Some(town));
        }
    }
    assert_eq!(by.len(), 2, "{by:?}");
}
