//! Thresholds with hysteresis and hold, silence, alarms that the source itself raises, and history.

use domain::alarm::{AlarmCause, AlarmState};
use domain::incident::Happening;
use domain::observation::Intake;
use domain::time::Timestamp;

use crate::single_writer::rehearsal::{
    Day, MORNING, Said, at, beijing, kind, nancheng, place, thing,
};

fn minute(minute: i64) -> Timestamp {
    at(MORNING).plus_minutes(minute)
}

/// A day of readings, each heard when it was measured.
fn measured(day: &mut Day, readings: &[(i64, f64)]) {
    for (time, value) in readings {
        day.now = minute(*time);
        assert_eq!(day.hear(Said::pm25(day.now, *value)), Intake::Accepted);
    }
}

fn river(time: i64, value: f64) -> Said {
    Said::reading("gauge-2", minute(time), "river_level", value, "m")
}

#[test]
fn an_alarm_is_raised_above_its_limit_and_cleared_only_past_its_lower_one() {
    let mut day = Day::begin();
    measured(&mut day, &[(0, 40.0), (60, 75.0)]);
    assert!(day.alarms().is_empty(), "on the limit is not past it");
    measured(&mut day, &[(120, 75.1)]);
    let alarm = day.alarms()[0].clone();
    assert_eq!(alarm.state, AlarmState::ActiveUnacknowledged);
    assert_eq!(alarm.raised_at, minute(120));
    assert_eq!(alarm.severity.level(), 4);
    let incident = alarm.incident.expect("evidence of an incident");
    assert_eq!(day.incident(incident).category, Some(kind("E0407")));
    assert!(day.picture().sensors[&thing("station-7")].in_alarm);

    measured(
        &mut day,
        &[(180, 74.0), (240, 66.0), (300, 76.0), (360, 65.1)],
    );
    assert_eq!(day.alarms().len(), 1, "between the limits nothing changes");
    assert!(day.alarm(alarm.id).cleared_at.is_none());
    measured(&mut day, &[(420, 65.0)]);
    let cleared = day.alarm(alarm.id);
    assert_eq!(cleared.state, AlarmState::ClearedUnacknowledged);
    assert_eq!(cleared.cleared_at, Some(minute(420)));
    assert!(!day.picture().sensors[&thing("station-7")].in_alarm);
    let told = day.timeline(incident);
    assert!(
        told.iter()
            .any(|entry| entry.what == Happening::AlarmCleared(alarm.id))
    );
    assert!(
        day.incident(incident).state.is_open(),
        "an incident stays with people"
    );

    measured(&mut day, &[(480, 66.0), (540, 90.0)]);
    let again = day.alarm(alarm.id);
    assert_eq!(day.alarms().len(), 1, "nobody had taken note of it yet");
    assert_eq!(again.state, AlarmState::ActiveUnacknowledged);
    assert_eq!((again.raised_at, again.returned), (minute(540), 1));
}

#[test]
fn a_standing_alarm_rises_with_its_levels_and_never_sinks() {
    let mut day = Day::begin();
    let levels = [
        (0, 80.0, 4),
        (60, 120.0, 3),
        (120, 100.0, 3),
        (180, 260.0, 1),
        (240, 80.0, 1),
    ];
    for (time, value, level) in levels {
        measured(&mut day, &[(time, value)]);
        let alarm = day.alarms()[0].clone();
        assert_eq!(alarm.severity.level(), level, "at {value}");
        let incident = day.incident(alarm.incident.expect("an incident"));
        assert_eq!(incident.severity.level(), level);
    }
    assert_eq!(day.alarms().len(), 1);
}

#[test]
fn a_value_must_hold_before_it_is_an_alarm() {
    let mut day = Day::begin();
    day.later(60);
    day.feed([river(0, 3.1), river(9, 3.2)]);
    assert!(day.alarms().is_empty());
    day.hear(river(10, 3.1));
    assert_eq!(day.alarms().len(), 1);
    // A dip below the limit begins the wait anew.
    let mut day = Day::begin();
    day.later(60);
    day.feed([river(0, 3.1), river(5, 2.9), river(10, 3.1), river(19, 3.1)]);
    assert!(day.alarms().is_empty());
    day.hear(river(20, 3.1));
    assert_eq!(day.alarms().len(), 1);
}

#[test]
fn a_late_reading_may_raise_but_never_clears() {
    let mut day = Day::begin();
    measured(&mut day, &[(60, 90.0)]);
    day.hear(Said::pm25(minute(30), 20.0));
    assert!(
        day.alarms()[0].cleared_at.is_none(),
        "it was low before it was high"
    );
    let mut day = Day::begin();
    measured(&mut day, &[(60, 20.0)]);
    day.hear(Said::pm25(minute(30), 90.0));
    assert_eq!(day.alarms().len(), 1, "late news may raise");
}

#[test]
fn a_late_peak_before_a_calm_reading_does_not_shorten_the_next_hold() {
    let mut day = Day::begin();
    day.later(120);
    day.feed([river(60, 2.0), river(0, 3.5), river(90, 3.1)]);
    assert!(
        day.alarms().is_empty(),
        "above for no time at all since the calm"
    );
    day.hear(river(100, 3.1));
    assert_eq!(day.alarms().len(), 1);
}

#[test]
fn two_readings_of_one_run_may_come_in_the_wrong_order() {
    let mut day = Day::begin();
    day.later(120);
    day.feed([river(5, 3.2), river(0, 3.1), river(10, 3.1)]);
    assert_eq!(day.alarms().len(), 1, "above from 0 to 10");
}

#[test]
fn a_station_that_falls_silent_is_an_alarm_until_it_speaks() {
    let mut day = Day::begin();
    day.hear(river(0, 1.0));
    day.now = minute(119);
    day.tick();
    assert!(day.alarms().is_empty());
    day.now = minute(120);
    day.tick();
    let alarm = day.alarms()[0].clone();
    assert!(matches!(&alarm.cause, AlarmCause::Silence(rule) if rule.as_str() == "river-level"));
    assert!(day.picture().sensors[&thing("gauge-2")].in_alarm);
    day.now = minute(500);
    day.tick();
    assert_eq!(day.alarms().len(), 1, "said once");
    // A reading that was measured before the silence was noticed ends it all the same: the station speaks.
    day.hear(river(90, 1.0));
    let ended = day.alarm(alarm.id);
    assert_eq!(ended.cleared_at, Some(minute(500)), "by the server's clock");
    assert!(!day.picture().sensors[&thing("gauge-2")].in_alarm);
}

#[test]
fn silence_goes_by_the_clock_of_the_server_and_each_reading_begins_it_anew() {
    let mut day = Day::begin();
    day.hear(river(0, 1.0));
    for hour in 1..6 {
        day.now = minute(hour * 60);
        // Measured long ago, heard now.
        day.hear(river(hour, 1.0));
    }
    assert!(day.alarms().is_empty());
    day.now = minute(5 * 60 + 120);
    day.tick();
    assert_eq!(day.alarms().len(), 1);
}

#[test]
fn history_neither_starts_nor_stops_the_watch_for_silence() {
    let old = |minute_of_day: i64| {
        let time = minute(minute_of_day).plus_millis(-3 * 86_400_000);
        Said::reading("gauge-2", time, "river_level", 1.0, "m")
    };
    let mut day = Day::begin();
    day.hear(old(0));
    day.now = minute(600);
    day.tick();
    assert!(day.alarms().is_empty(), "an archive is no silent station");
    let mut day = Day::begin();
    day.hear(river(0, 1.0));
    day.now = minute(60);
    day.hear(old(1));
    day.now = minute(120);
    day.tick();
    assert_eq!(day.alarms().len(), 1, "an archive is no sign of life");
}

#[test]
fn a_silent_station_is_not_what_it_measures() {
    let mut day = Day::begin();
    day.feed([river(0, 3.5), river(-10, 3.5), river(1, 3.5)]);
    assert_eq!(day.open_incidents().len(), 1, "the river is high");
    day.now = minute(120);
    day.tick();
    assert_eq!(
        day.open_incidents().len(),
        2,
        "and that nobody measures it is another matter"
    );
    let silent = day.alarms()[1].incident.expect("evidence of an incident");
    assert_eq!(
        day.incident(silent).category,
        Some(kind("C0306")),
        "one for those who keep the station, not for those who fight the flood"
    );
}

#[test]
fn a_source_raises_and_clears_its_own_alarms_by_thing_and_by_id() {
    let mut day = Day::begin();
    let by_thing = day.opens(Said::alarm("A-1", minute(0), Some("panel-3"), "E0406"));
    day.opens(Said::alarm("A-2", minute(0), None, "E0403"));
    let [one, two] = [day.alarms()[0].id, day.alarms()[1].id];
    // Another thing, another kind, another source, practice: none of them ends it.
    for other in [
        Said::clear("C-1", minute(1), Some("panel-4"), "E0406"),
        Said::clear("C-2", minute(1), Some("panel-3"), "E0403"),
        Said::clear("C-3", minute(1), Some("panel-3"), "E0406").from("others"),
        Said::clear("C-4", minute(1), Some("panel-3"), "E0406").drill(),
    ] {
        day.hear(other);
        assert!(day.alarm(one).cleared_at.is_none());
    }
    day.hear(Said::clear("C-5", minute(2), Some("panel-3"), "E0406"));
    assert_eq!(day.alarm(one).cleared_at, Some(minute(2)));
    assert!(day.alarm(two).cleared_at.is_none());
    day.hear(Said::clear("C-6", minute(3), None, "E0403").clears("A-2"));
    assert_eq!(day.alarm(two).cleared_at, Some(minute(3)));
    assert!(day.incident(by_thing.id).state.is_open());
    assert!(day.picture().source_alarms.is_empty());
}

#[test]
fn a_sensor_stays_in_alarm_while_any_of_its_alarms_stands() {
    let mut day = Day::begin();
    let in_alarm = |day: &Day| day.picture().sensors[&thing("station-7")].in_alarm;
    let alarm =
        |id, category| Said::alarm(id, minute(0), Some("station-7"), category).from("stations");
    day.hear(Said::pm25(minute(0), 10.0));
    day.feed([alarm("A-1", "E0406"), alarm("A-2", "C0306")]);
    assert!(in_alarm(&day));
    day.hear(Said::pm25(minute(1), 11.0));
    assert!(in_alarm(&day), "a calm value ends no alarm of another kind");
    day.hear(Said::clear("C-1", minute(2), Some("station-7"), "E0406").from("stations"));
    assert!(in_alarm(&day));
    day.hear(
        Said::clear("C-2", minute(2), None, "C0306")
            .clears("A-2")
            .from("stations"),
    );
    assert!(
        !in_alarm(&day),
        "named by id only, it was still this station's"
    );
}

#[test]
fn a_newer_version_of_a_source_s_alarm_corrects_it() {
    let mut day = Day::begin();
    let first = Said::alarm("A-1", minute(0), Some("panel-3"), "E0412").at(beijing());
    let incident = day.opens(first.clone().worth(4));
    let moved = place(116.5, 39.9);
    let newer = first
        .worth(2)
        .version(2)
        .at(moved)
        .saying("heavier than we thought");
    day.hear(newer);
    assert_eq!(day.alarms().len(), 1);
    let alarm = day.alarms()[0].clone();
    assert_eq!(alarm.severity.level(), 2);
    assert_eq!(alarm.position, Some(moved));
    assert_eq!(alarm.text, "heavier than we thought");
    let corrected = day.incident(incident.id);
    assert_eq!(corrected.position, Some(moved));
    assert_eq!(corrected.severity.level(), 2);
    assert_eq!(corrected.evidence_count, 1);
}

#[test]
fn a_newer_version_of_an_old_alarm_is_still_one_alarm() {
    let mut day = Day::begin();
    let old = day.now.plus_millis(-3 * 86_400_000);
    let first = Said::alarm("A-1", old, Some("panel-3"), "E0412");
    day.hear(first.clone());
    day.hear(first.version(2).worth(1));
    let standing = |day: &Day| {
        let alarms = day.alarms();
        alarms
            .iter()
            .filter(|alarm| alarm.cleared_at.is_none())
            .count()
    };
    assert_eq!(standing(&day), 1);
    day.hear(Said::clear("C-1", minute(0), Some("panel-3"), "E0412"));
    assert_eq!(standing(&day), 0);
}

#[test]
fn readings_of_years_ago_open_incidents_only_if_their_feed_says_so() {
    let old = at("2014-01-16T05:00:00+08:00");
    let mut day = Day::begin();
    day.hear(Said::pm25(old, 400.0));
    assert_eq!(day.alarms().len(), 1, "it is on the time axis");
    assert!(day.picture().incidents.is_empty());
    day.hear(Said::pm25(old.plus_minutes(60), 20.0));
    assert!(day.alarms()[0].cleared_at.is_some());
    let mut day = Day::begin();
    let incident = day.opens(Said::pm25(old, 400.0).backfill());
    assert_eq!(incident.severity.level(), 1);
}

#[test]
fn practice_readings_leave_the_real_station_alone() {
    let mut day = Day::begin();
    day.hear(Said::pm25(minute(0), 20.0));
    let real = day.picture().sensors[&thing("station-7")].clone();
    let drill = day.opens(Said::pm25(minute(1), 400.0).drill());
    assert!(drill.drill);
    assert_eq!(day.picture().sensors[&thing("station-7")], real);
    day.hear(Said::pm25(minute(2), 21.0));
    let drill_alarm = day.alarms()[0].clone();
    assert!(drill_alarm.drill && drill_alarm.cleared_at.is_none());

    day.hear(Said::unit("bus-1", minute(0), nancheng()));
    let real = day.picture().units[&thing("bus-1")].clone();
    let mut practice = Said::unit("bus-1", minute(1), beijing());
    practice.0.drill = true;
    day.hear(practice);
    assert_eq!(day.picture().units[&thing("bus-1")], real);
}

#[test]
fn the_same_reading_twice_is_one_and_an_older_one_does_not_replace_a_newer() {
    let mut day = Day::begin();
    day.later(60);
    assert_eq!(day.hear(Said::pm25(minute(30), 30.0)), Intake::Accepted);
    assert_eq!(day.hear(Said::pm25(minute(30), 30.0)), Intake::Duplicate);
    assert_eq!(day.hear(Said::pm25(minute(30), 31.0)), Intake::Conflict);
    day.hear(Said::pm25(minute(10), 10.0));
    let sensor = day.picture().sensors[&thing("station-7")].clone();
    assert_eq!(sensor.latest[0].value, 30.0);
    day.hear(Said::unit("bus-1", minute(20), nancheng()));
    day.hear(Said::unit("bus-1", minute(10), beijing()));
    assert_eq!(day.picture().units[&thing("bus-1")].position, nancheng());
}
