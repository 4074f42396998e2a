//! A newer version of a report puts it where it belongs: the order and number of versions change nothing in the end,
//! while nobody has acted.

use std::collections::BTreeSet;

use domain::ids::ObservationId;
use proptest::prelude::*;

use crate::single_writer::rehearsal::{Day, NOBODYS, Said, beijing, nancheng};

type Names = BTreeSet<String>;

fn groups(day: &Day) -> BTreeSet<Names> {
    day.open_incidents()
        .iter()
        .map(|incident| {
            day.evidence_of(incident.id)
                .iter()
                .map(|piece| piece.observation.to_string())
                .collect()
        })
        .collect()
}

fn report(id: &str, day: &Day, east_m: f64) -> Said {
    Said::report(id, day.now, beijing().offset_m(east_m, 0.0), NOBODYS).saying("")
}

#[test]
fn a_report_corrected_to_another_place_leaves_and_joins_there() {
    let mut day = Day::begin();
    for (id, east_m) in [("A", 0.0), ("B", 50.0), ("C", 3_000.0)] {
        let said = report(id, &day, east_m);
        day.hear(said);
    }
    let before = groups(&day);
    let said = report("B", &day, 3_020.0).version(2);
    day.hear(said);
    assert_eq!(before.len(), 2);
    let names = |all: &[&str]| all.iter().map(ToString::to_string).collect::<Names>();
    assert_eq!(
        groups(&day),
        BTreeSet::from([names(&["A"]), names(&["B", "C"])])
    );
}

#[test]
fn what_only_the_corrected_piece_held_together_comes_apart() {
    let mut day = Day::begin();
    for (id, east_m) in [("A", 0.0), ("M", 150.0), ("B", 300.0)] {
        let said = report(id, &day, east_m);
        day.hear(said);
    }
    assert_eq!(groups(&day).len(), 1);
    let said = report("M", &day, 9_000.0).version(2);
    day.hear(said);
    assert_eq!(groups(&day).len(), 3);
}

#[test]
fn once_people_have_acted_a_correction_leaves_the_piece_where_it_lies() {
    let mut day = Day::begin();
    let now = day.now;
    // In the city and of a known kind: dispatched at once.
    let opened = day.opens(Said::report("A", now, nancheng(), "C0101"));
    day.hear(Said::report(
        "B",
        now,
        nancheng().offset_m(20.0, 0.0),
        "C0101",
    ));
    day.hear(Said::report("B", now, nancheng().offset_m(4_000.0, 0.0), "C0101").version(2));
    assert_eq!(day.evidence_of(opened.id).len(), 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn only_the_newest_versions_count_in_whatever_order_they_come(
        (versions, shuffled) in prop::collection::vec((0..8u8, -700.0..700.0f64), 1..24)
            .prop_flat_map(|said| (Just(said.clone()), Just(said.into_iter().enumerate().collect::<Vec<_>>()).prop_shuffle())),
    ) {
        let mut newest = std::collections::BTreeMap::new();
        for (version, (of, east_m)) in versions.iter().enumerate() {
            newest.insert(*of, (version, *east_m));
        }
        let said = |day: &Day, version: usize, of: u8, east_m: f64| {
            let mut said = report("?", day, east_m).version(version as u32);
            said.0.id = ObservationId::new(&format!("N{of}")).expect("a number is an id");
            said
        };
        let mut straight = Day::begin();
        for (of, (version, east_m)) in &newest {
            let one = said(&straight, *version, *of, *east_m);
            straight.hear(one);
        }
        let mut winding = Day::begin();
        for (version, (of, east_m)) in &shuffled {
            let one = said(&winding, *version, *of, *east_m);
            winding.hear(one);
        }
        prop_assert_eq!(groups(&straight), groups(&winding));
    }
}
