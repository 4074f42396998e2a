//! What a viewer of the map would complain about: units that jump, look sideways, leave the city or fall silent.

use std::collections::BTreeMap;

use super::*;
use crate::demo::ground::metres_between;
use crate::demo::ground::tests::dongguan;

const SEED: u64 = 20_261_123;

#[test]
fn units_drive_smoothly_inside_the_city_and_speak_every_few_seconds() {
    println!("seed {SEED}");
    let ground = Arc::new(dongguan(SEED));
    let mut fleet = Fleet::new(ground.clone(), SEED);
    assert_eq!(fleet.len(), 150);
    let mut last: BTreeMap<String, (u64, Moved)> = BTreeMap::new();
    let mut driven_m = 0.0;
    for second in 0..1_200 {
        for moved in fleet.second() {
            assert!(
                ground.town_at(moved.position).is_some(),
                "{moved:?} is outside"
            );
            assert!(moved.heading_deg < 360);
            assert!((0.0..=20.0).contains(&moved.speed_mps), "{moved:?}");
            if let Some((before_s, before)) = last.get(&moved.thing) {
                let passed_s = second - before_s;
                assert!(
                    (2..=5).contains(&passed_s),
                    "{} was silent {passed_s} s",
                    moved.thing
                );
                let away_m = before.position.distance_m(moved.position);
                assert!(
                    away_m <= 20.0 * passed_s as f64,
                    "{} jumped {away_m} m",
                    moved.thing
                );
                driven_m += away_m;
                looks_where_it_goes(before, &moved, away_m);
            }
            last.insert(moved.thing.clone(), (second, moved));
        }
    }
    assert_eq!(last.len(), 150);
    // 150 units, 20 minutes: a city in motion, not a parking lot.
    assert!(driven_m > 400_000.0, "{driven_m} m in all");
}

fn looks_where_it_goes(before: &Moved, after: &Moved, away_m: f64) {
    // Setting out, a unit may turn on the spot; in between it does not look sideways.
    if away_m < 8.0 || before.speed_mps < 3.0 || after.speed_mps < 3.0 {
        return;
    }
    let (east, north) = metres_between(before.position, after.position);
    let went = libm::atan2(east, north).to_degrees();
    let off = (f64::from(after.heading_deg) - went + 540.0).rem_euclid(360.0) - 180.0;
    assert!(off.abs() < 50.0, "{} looks {off}° off its way", after.thing);
}

#[test]
fn the_nearest_fire_engine_is_sent_and_stays_on_the_scene() {
    let ground = Arc::new(dongguan(SEED));
    let mut fleet = Fleet::new(ground.clone(), SEED);
    let mut chance = Chance::of(SEED, &[1]);
    let (fire, _) = ground.somewhere_in(0, &mut chance);
    let sent = fleet.call(UnitKind::FireEngine, fire).map(str::to_owned);
    let sent = sent.expect("sixteen engines wait");
    let arrived = (0..3_600).any(|_| {
        let said = fleet.second();
        said.iter().any(|moved| {
            moved.thing == sent
                && moved.status == "on_scene"
                && moved.position.distance_m(fire) < 30.0
        })
    });
    assert!(arrived, "{sent} never came");
    let next = fleet.call(UnitKind::FireEngine, fire).map(str::to_owned);
    assert_ne!(next, Some(sent), "one engine is not at two fires");
}

#[test]
fn one_seed_is_one_course() {
    let ground = Arc::new(dongguan(SEED));
    let course = |seed| {
        let mut fleet = Fleet::new(ground.clone(), seed);
        (0..60).flat_map(|_| fleet.second()).collect::<Vec<_>>()
    };
    assert_eq!(course(SEED), course(SEED));
    assert_ne!(course(SEED), course(SEED + 1));
}
