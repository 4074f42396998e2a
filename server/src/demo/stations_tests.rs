//! A quiet day stays below every limit; an exceedance passes its limit long enough to count, and clears.

use std::collections::BTreeMap;

use super::*;
use crate::demo::ground::tests::dongguan;

const SEED: u64 = 20_261_123;

/// (thing, property) → readings, one a minute.
fn hours(seed: u64, hours: u64) -> (Stations, BTreeMap<(String, Measure), Vec<f64>>) {
    let ground = dongguan(seed);
    let mut stations = Stations::new(&ground, seed);
    let mut readings: BTreeMap<(String, Measure), Vec<f64>> = BTreeMap::new();
    for second in 0..hours * 3600 {
        let minute_of_day = ((second / 60 + 9 * 60) % 1440) as u16;
        for measured in stations.second(minute_of_day) {
            assert!(ground.town_at(measured.position).is_some());
            let key = (measured.thing, measured.measure);
            readings.entry(key).or_default().push(measured.value);
        }
    }
    (stations, readings)
}

#[test]
fn every_station_speaks_once_a_minute_and_never_all_at_once() {
    let ground = dongguan(SEED);
    let mut stations = Stations::new(&ground, SEED);
    assert_eq!(stations.len(), 120);
    let mut in_a_second = Vec::new();
    for _ in 0..60 {
        in_a_second.push(stations.second(600).len());
    }
    assert_eq!(
        in_a_second.iter().sum::<usize>(),
        120 + 33,
        "air stations measure two things"
    );
    assert!(
        in_a_second.iter().all(|count| *count <= 6),
        "{in_a_second:?}"
    );
}

#[test]
fn exceedances_pass_their_limit_for_a_while_and_clear() {
    println!("seed {SEED}");
    let (_, readings) = hours(SEED, 12);
    let ground = dongguan(SEED);
    let (mut episodes, mut raised) = (0, 0);
    for ((thing, measure), values) in &readings {
        assert_eq!(values.len(), 12 * 60, "{thing}");
        let rule = rule_of(&ground.city, *measure).expect("the Dongguan pack judges it");
        let first = rule.levels[0].raise;
        let mut beyond_minutes = 0;
        for value in values {
            if *value > first {
                beyond_minutes += 1;
            } else if beyond_minutes > 0 {
                episodes += 1;
                assert!(
                    (8..=22).contains(&beyond_minutes),
                    "{thing}: {beyond_minutes} minutes"
                );
                raised += u32::from(beyond_minutes > rule.hold_minutes);
                beyond_minutes = 0;
            }
        }
        let cleared = values.iter().filter(|value| **value < rule.clear).count();
        assert!(cleared > values.len() / 2, "{thing} is mostly well");
    }
    assert!((100..250).contains(&episodes), "{episodes} in twelve hours");
    assert!(
        raised * 10 >= episodes * 9,
        "{raised} of {episodes} last longer than the rule's hold"
    );
}

#[test]
fn a_day_without_exceedance_stays_below_every_limit() {
    let ground = dongguan(SEED);
    let mut chance = Chance::of(SEED, &[]);
    let all = [
        Measure::Pm25,
        Measure::Ozone,
        Measure::RoadWater,
        Measure::RiverLevel,
        Measure::OutfallCod,
    ];
    for measure in all {
        let rule = rule_of(&ground.city, measure).expect("the Dongguan pack judges it");
        for minute in 0..1440 {
            let usual = measure.usual(f64::from(minute), chance.share(), chance.noise());
            assert!(
                usual < rule.clear && usual >= 0.0,
                "{measure:?} {usual} at minute {minute}"
            );
        }
    }
}
