//! What a seat's page showed, against what the live stream told its account at that moment.

use domain::policy::Audience;
use domain::wire::Layer;
use domain::wire::past::SeatView;
use proptest::prelude::*;

use super::upkeep::a_view;
use crate::single_writer::rehearsal::living::{Living, event};
use crate::single_writer::rehearsal::{Day, department, town_code};
use crate::stream::Scene;

const TOWNS: [&str; 2] = ["441900004", "441900121"];

/// Everybody there is: the city, two towns, each department that answers for something, and nobody.
fn audiences(day: &Day) -> Vec<Audience> {
    let mut all = vec![Audience::City, Audience::Nothing];
    all.extend(TOWNS.map(|town| Audience::Town(town_code(town))));
    for of in day.city().departments.keys().cloned() {
        all.push(Audience::Department {
            id: of.clone(),
            town: None,
        });
        all.push(Audience::Department {
            id: of,
            town: Some(town_code(TOWNS[0])),
        });
    }
    all.push(Audience::Department {
        id: department("nobody"),
        town: None,
    });
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_seat_is_said_to_have_seen_what_it_was_told_and_nothing_else(events in prop::collection::vec(event(), 1..40)) {
        let day = Living::live(&events);
        let scene = Scene::of(day.picture(), 100);
        for audience in audiences(&day) {
            let seat = SeatView { audience: audience.clone(), ..a_view(day.now, "seat", 9.0) };
            let bare = SeatView { layers: vec![Layer::Incidents], ..seat.clone() };
            for (_, _, shown) in scene.things.all() {
                let (thing, was_told) = (shown.told(), shown.item.shown_to(&audience));
                // What a department handed on before it was told all the same, and is left out here.
                match audience {
                    Audience::Department { .. } => prop_assert!(was_told || !seat.showed(&thing), "{thing:?}"),
                    _ => prop_assert_eq!(seat.showed(&thing), was_told, "{:?}", thing),
                }
                let is_incident = matches!(thing, domain::wire::record::Whole::Incident(_));
                prop_assert_eq!(bare.showed(&thing), is_incident && seat.showed(&thing));
            }
        }
    }
}
