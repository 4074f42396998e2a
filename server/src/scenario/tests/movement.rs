//! What a viewer of the map would complain about: units that jump, look sideways, leave the city or fall silent.

use std::collections::BTreeMap;

use super::{busy, day, ground};
use crate::scenario::fleet::{Fleet, Moved, UnitKind};
use crate::scenario::ground::metres_between;
use crate::scenario::{Body, Options};

const SEED: u64 = 20_261_123;

#[test]
fn units_drive_smoothly_inside_the_city_and_speak_every_few_seconds() {
    println!("seed {SEED}");
    let ground = ground();
    let options = Options {
        units: 400,
        sensors: 0,
        noise: 0.0,
        ..busy(9, 20)
    };
    let mut last: BTreeMap<String, (i64, Moved)> = BTreeMap::new();
    let mut driven_m = 0.0;
    for observation in day(&ground, SEED, &options).observations {
        let Body::Position { thing, moved, .. } = &observation.body else {
            continue;
        };
        assert!(
            ground.town_at(moved.position).is_some(),
            "{thing} is outside"
        );
        assert!(moved.heading_deg < 360);
        assert!((0.0..=25.0).contains(&moved.speed_mps), "{thing} {moved:?}");
        let now = observation.time.millis() / 1_000;
        if let Some((before_s, before)) = last.get(thing.as_str()) {
            let away_m = before.position.distance_m(moved.position);
            let most_m = 26.0 * (now - before_s) as f64 + 5.0;
            assert!(
                away_m <= most_m,
                "{thing} jumped {away_m} m in {} s",
                now - before_s
            );
            if now - before_s <= 15 {
                looks_where_it_goes(thing.as_str(), before, moved, away_m);
            }
            driven_m += away_m;
        }
        last.insert(thing.to_string(), (now, moved.clone()));
    }
    // 400 units, 20 minutes: a city in motion, not a parking lot.
    assert!(driven_m > 700_000.0, "{driven_m} m in all");
}

fn looks_where_it_goes(thing: &str, before: &Moved, after: &Moved, away_m: f64) {
    // Round a stop it turns; in between it does not look sideways.
    if away_m < 60.0 || before.speed_mps < 5.0 || after.speed_mps < 5.0 {
        return;
    }
    let (east, north) = metres_between(before.position, after.position);
    let went = libm::atan2(east, north).to_degrees();
    let off = (f64::from(after.heading_deg) - went + 540.0).rem_euclid(360.0) - 180.0;
    assert!(off.abs() < 60.0, "{thing} looks {off} degrees off its way");
}

#[test]
fn the_nearest_fire_engine_is_sent_stays_on_the_scene_and_goes_home() {
    let ground = ground();
    let mut fleet = Fleet::of(&ground, SEED, 2_000);
    let fire = ground.landmarks[0].position;
    let sent = fleet
        .call(&ground, UnitKind::FireEngine, 1_000.0, fire)
        .cloned();
    let sent = sent.expect("ninety engines wait");
    let engine = |fleet: &Fleet, second: f64| {
        let unit = fleet.units.iter().find(|unit| unit.thing == sent);
        fleet.at(unit.expect("it was sent"), second)
    };
    let before = engine(&fleet, 999.0).position;
    let arrived = (1_000..4_600).find(|second| {
        let moved = engine(&fleet, f64::from(*second));
        moved.status == "on_scene" && moved.position.distance_m(fire) < 10.0
    });
    assert!(arrived.is_some(), "{sent} never came");
    let next = fleet
        .call(&ground, UnitKind::FireEngine, 1_100.0, fire)
        .cloned();
    assert_ne!(next, Some(sent.clone()), "one engine is not at two fires");
    let after = engine(&fleet, 20_000.0);
    assert!(
        after.position.distance_m(before) < 10.0,
        "back in its station"
    );
}
