//! How far an incident is believed: more sources more, a source with a record of false alarms less, a suspect reading
//! less; and what cannot have been measured raises nothing.

use domain::command::Command;
use domain::incident::Incident;
use domain::unit::Suspect;

use crate::single_writer::rehearsal::{Day, NOBODYS, Said, beijing, shift_leader, thing};

fn incident_of(day: &mut Day, number: u32, source: &str) -> std::sync::Arc<Incident> {
    let now = day.now;
    let spot = beijing().offset_m(f64::from(number) * 5_000.0, 0.0);
    let id = format!("{source}-{number}");
    day.opens(Said::report(&id, now, spot, NOBODYS).from(source))
}

#[test]
fn a_second_source_adds_more_than_a_second_call_of_the_first() {
    let mut day = Day::begin();
    let now = day.now;
    let one = incident_of(&mut day, 1, "hotline-12345");
    day.hear(Said::report(
        "again",
        now,
        beijing().offset_m(5_000.0, 5.0),
        NOBODYS,
    ));
    let twice = day.incident(one.id).confidence;
    let other = incident_of(&mut day, 2, "hotline-12345");
    let said = Said::report("p", now, beijing().offset_m(10_000.0, 5.0), NOBODYS).from("patrol");
    day.hear(said);
    let two_sources = day.incident(other.id).confidence;
    assert!(one.confidence < twice, "{} then {twice}", one.confidence);
    assert!(twice < two_sources, "{twice} against {two_sources}");
}

#[test]
fn a_source_of_false_alarms_is_believed_less_and_is_forgiven_what_is_reopened() {
    let mut day = Day::begin();
    let leader = shift_leader();
    let fresh = incident_of(&mut day, 1, "camera-9").confidence;
    for number in 2..22 {
        let false_alarm = incident_of(&mut day, number, "camera-9");
        let void = Command::Void {
            reason: "nothing there".into(),
        };
        day.command(&leader, false_alarm.id, void).expect("voided");
    }
    let worn = incident_of(&mut day, 30, "camera-9").confidence;
    let other = incident_of(&mut day, 31, "camera-8").confidence;
    assert!(
        worn + 20 < fresh,
        "{worn} after twenty false alarms, {fresh} before"
    );
    assert_eq!(other, fresh, "another camera is not blamed");

    let real = incident_of(&mut day, 40, "camera-7");
    let close = Command::ForceClose {
        reason: "done".into(),
    };
    day.command(&leader, real.id, close).expect("closed");
    let source = real_source("camera-7");
    assert_eq!(day.picture().records[&source].right, 1);
    let reopen = Command::Reopen {
        reason: "not done".into(),
    };
    day.command(&leader, real.id, reopen).expect("reopened");
    assert_eq!(day.picture().records[&source].right, 0);
}

fn real_source(name: &str) -> domain::ids::SourceId {
    crate::single_writer::rehearsal::source(name)
}

#[test]
fn practice_teaches_nothing_about_a_source() {
    let mut day = Day::begin();
    let now = day.now;
    let drill = day.opens(Said::report("d", now, beijing(), NOBODYS).drill());
    let void = Command::Void {
        reason: "over".into(),
    };
    day.command(&shift_leader(), drill.id, void)
        .expect("voided");
    assert!(day.picture().records.is_empty());
}

fn suspicion(day: &Day, station: &str) -> Option<Suspect> {
    day.picture().sensors[&thing(station)].latest[0].suspect
}

#[test]
fn what_no_instrument_shows_is_kept_and_marked_and_raises_nothing() {
    let mut day = Day::begin();
    let now = day.now;
    day.hear(Said::pm25(now, 9_999.0));
    assert_eq!(suspicion(&day, "station-7"), Some(Suspect::OutOfRange));
    assert!(day.alarms().is_empty());
    day.later(60);
    let now = day.now;
    day.hear(Said::pm25(now, 40.0));
    assert_eq!(suspicion(&day, "station-7"), None);
}

#[test]
fn a_leap_is_marked_and_what_stays_there_is_believed() {
    let mut day = Day::begin();
    let now = day.now;
    let depth = |minute: i64, value: f64| {
        let time = now.plus_minutes(minute);
        Said::reading("ford-1", time, "water_depth", value, "m")
    };
    day.hear(depth(-4, 0.05));
    day.hear(depth(-3, 1.6));
    assert_eq!(suspicion(&day, "ford-1"), Some(Suspect::TooFast));
    day.hear(depth(0, 1.7));
    assert_eq!(suspicion(&day, "ford-1"), None);
    assert_eq!(day.alarms().len(), 1);
}

#[test]
fn a_station_unlike_all_around_it_is_marked() {
    let mut day = Day::begin();
    let now = day.now;
    for (number, value) in [(1, 30.0), (2, 28.0), (3, 33.0), (4, 31.0)] {
        let near =
            crate::single_writer::rehearsal::nancheng().offset_m(f64::from(number) * 900.0, 0.0);
        let station = format!("station-{number}");
        day.hear(Said::reading(&station, now, "PM2.5", value, "ug/m3").at(near));
    }
    day.hear(Said::reading("station-9", now, "PM2.5", 400.0, "ug/m3"));
    assert_eq!(
        suspicion(&day, "station-9"),
        Some(Suspect::UnlikeNeighbours)
    );
    assert_eq!(
        day.alarms().len(),
        1,
        "it is still an alarm: it may be true"
    );
    assert_eq!(suspicion(&day, "station-1"), None);
    let doubted = day.open_incidents()[0].confidence;
    let mut alone = Day::begin();
    alone.hear(Said::reading("station-9", now, "PM2.5", 400.0, "ug/m3"));
    assert!(doubted < alone.open_incidents()[0].confidence);
}
