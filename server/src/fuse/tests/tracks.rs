//! A unit that two sources speak of is one unit, and two that part are two.

use domain::ids::ThingId;
use domain::place::Position;

use crate::single_writer::rehearsal::{Day, Said, humen, nancheng, source, thing};

/// Driving east at 12 m/s from `start`, heard every ten seconds; `late_s` after the full ten.
fn drive(day: &mut Day, of: &str, from: &str, start: Position, step: i64, late_s: i64, off_m: f64) {
    let seconds = (step * 10 + late_s) as f64;
    let spot = start.offset_m(seconds * 12.0, off_m);
    let time = day.now.plus_millis((step * 10 + late_s) * 1000 - 600_000);
    day.hear(Said::unit(of, time, spot).from(from));
}

fn units(day: &Day) -> Vec<String> {
    day.picture().units.keys().map(ThingId::to_string).collect()
}

#[test]
fn two_receivers_in_one_car_become_one_unit() {
    let mut day = Day::begin();
    for step in 0..20 {
        drive(&mut day, "car-7", "traffic", nancheng(), step, 0, 0.0);
        drive(&mut day, "粤S12345", "police", nancheng(), step, 4, 12.0);
    }
    assert_eq!(units(&day), ["car-7"]);
    let unit = &day.picture().units[&thing("car-7")];
    assert_eq!(unit.heard.len(), 2);
    // Whoever speaks, it is the one unit that moves, and its second name never comes back.
    drive(&mut day, "粤S12345", "police", nancheng(), 25, 4, 12.0);
    assert_eq!(units(&day), ["car-7"]);
    assert_eq!(
        day.picture().units[&thing("car-7")].source,
        source("police")
    );
    let restarted = day.restarted();
    assert_eq!(restarted.picture().unit_names, day.picture().unit_names);
}

#[test]
fn two_buses_that_pass_stay_two() {
    let mut day = Day::begin();
    for step in 0..30 {
        drive(&mut day, "bus-1", "north", nancheng(), step, 0, 0.0);
        // The other way, on the other side of the road.
        let spot = nancheng().offset_m(3_600.0 - (step * 120 + 48) as f64, 10.0);
        let time = day.now.plus_millis((step * 10 + 4) * 1000 - 600_000);
        day.hear(Said::unit("bus-2", time, spot).from("south"));
    }
    assert_eq!(units(&day), ["bus-1", "bus-2"]);
}

#[test]
fn a_convoy_of_one_source_is_never_one_car() {
    let mut day = Day::begin();
    for step in 0..30 {
        drive(&mut day, "fire-1", "brigade", nancheng(), step, 0, 0.0);
        drive(&mut day, "fire-2", "brigade", nancheng(), step, 4, 5.0);
    }
    assert_eq!(units(&day), ["fire-1", "fire-2"]);
}

#[test]
fn what_was_one_unit_and_parts_is_two_again() {
    let mut day = Day::begin();
    for step in 0..20 {
        drive(&mut day, "car-7", "traffic", nancheng(), step, 0, 0.0);
        drive(&mut day, "car-8", "police", nancheng(), step, 4, 12.0);
    }
    assert_eq!(units(&day), ["car-7"]);
    for step in 20..30 {
        drive(&mut day, "car-7", "traffic", nancheng(), step, 0, 0.0);
        let offset = (step - 19) as f64 * 150.0;
        drive(&mut day, "car-8", "police", nancheng(), step, 4, offset);
    }
    assert_eq!(units(&day), ["car-7", "car-8"]);
}

#[test]
fn one_name_for_two_things_in_two_towns_is_two_units() {
    let mut day = Day::begin();
    let now = day.now;
    day.hear(Said::unit("1", now, nancheng()).from("buses"));
    day.hear(Said::unit("1", now.plus_millis(1), humen()).from("sweepers"));
    assert_eq!(units(&day), ["1", "sweepers:1"]);
    day.hear(Said::unit("1", now.plus_millis(2), humen().offset_m(30.0, 0.0)).from("sweepers"));
    assert_eq!(units(&day).len(), 2);
}

#[test]
fn the_pack_s_table_says_who_is_who_from_the_start() {
    let mut day = Day::in_city(|city| {
        for (from, name) in [("buses", "b-1"), ("police", "S12345")] {
            city.identities
                .insert((source(from), thing(name)), thing("patrol-1"));
        }
    });
    let now = day.now;
    day.hear(Said::unit("b-1", now, nancheng()).from("buses"));
    day.hear(Said::unit("S12345", now.plus_millis(1), nancheng()).from("police"));
    assert_eq!(units(&day), ["patrol-1"]);
}

#[test]
fn one_name_for_two_sensors_is_two_sensors() {
    let mut day = Day::begin();
    let now = day.now;
    day.hear(Said::reading("1", now, "PM2.5", 20.0, "ug/m3"));
    day.hear(Said::reading("1", now, "PM2.5", 90.0, "ug/m3").from("schools"));
    let sensors: Vec<String> = day
        .picture()
        .sensors
        .keys()
        .map(ThingId::to_string)
        .collect();
    assert_eq!(sensors, ["1", "schools:1"]);
    assert!(!day.picture().sensors[&thing("1")].in_alarm);
    assert!(day.picture().sensors[&thing("schools:1")].in_alarm);
}
