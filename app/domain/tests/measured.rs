//! What a sensor measured, on the binary stream: told as a change it is the same as told whole.

use domain::ids::{SourceId, ThingId};
use domain::place::Position;
use domain::time::Timestamp;
use domain::unit::Suspect;
use domain::wire::measured::put_measured;
use domain::wire::record::{Record, Records};
use domain::wire::{MeasuredView, SensorView};
use proptest::prelude::*;

fn moment() -> Timestamp {
    Timestamp::parse_rfc3339("2026-11-23T14:05:00+08:00").expect("a moment")
}

fn measured(property: &str, value: f64, observed_at: Timestamp) -> MeasuredView {
    MeasuredView {
        property: property.into(),
        value,
        unit: "ug/m3".into(),
        observed_at,
        suspect: None,
    }
}

fn station() -> SensorView {
    SensorView {
        id: ThingId::new("air-7").expect("an id"),
        source: SourceId::new("air-stations").expect("a source"),
        position: Some(Position::from_degrees(113.75, 23.02).expect("a place")),
        latest: ["PM2.5", "O3", "NO2"]
            .map(|property| measured(property, 29.0, moment()))
            .into(),
        heard_at: moment().plus_millis(1_200),
        in_alarm: false,
        town: Some("南城街道".into()),
        town_code: Some("441900003".into()),
        drill: false,
    }
}

fn told(before: &SensorView, after: &SensorView, now: Timestamp) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    put_measured(&mut bytes, 301, before, after, now).then_some(bytes)
}

fn read(bytes: &[u8], before: &SensorView, now: Timestamp) -> Option<SensorView> {
    let records: Vec<Record<'_>> = Records::of(bytes).collect();
    let [Record::Measured(301, measured)] = records.as_slice() else {
        panic!("{records:?}");
    };
    let mut sensor = before.clone();
    measured.on(&mut sensor, now)?;
    Some(sensor)
}

#[test]
fn a_reading_of_a_station_takes_ten_bytes() {
    let before = station();
    let mut after = station();
    after.latest[0] = measured("PM2.5", 31.5, moment().plus_millis(60_000));
    after.heard_at = moment().plus_millis(61_000);
    let now = moment().plus_millis(61_050);
    let bytes = told(&before, &after, now).expect("only measured");
    assert_eq!(read(&bytes, &before, now), Some(after));
    // The layout that is published: kind, number, length, heard 50 ms ago, first property with one decimal, 315, one second.
    assert_eq!(bytes, [0x06, 0xad, 0x02, 5, 100, 0x01, 0xf6, 0x04, 0x04]);
}

#[test]
fn what_else_changes_is_told_whole() {
    let before = station();
    let changes: [fn(&mut SensorView); 6] = [
        |sensor| sensor.position = None,
        |sensor| sensor.town_code = None,
        |sensor| sensor.drill = true,
        |sensor| sensor.latest.truncate(2),
        |sensor| sensor.latest[1].unit = "ppb".into(),
        |sensor| sensor.latest.swap(0, 1),
    ];
    for change in changes {
        let mut after = station();
        change(&mut after);
        assert_eq!(told(&before, &after, moment()), None);
    }
}

fn value() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<i32>().prop_map(f64::from),
        (any::<i32>(), 0..6).prop_map(|(value, decimals)| f64::from(value) / 10_f64.powi(decimals)),
        any::<f64>().prop_filter("no number equals itself", |value| !value.is_nan()),
        Just(-0.0),
    ]
}

fn suspect() -> impl Strategy<Value = Option<Suspect>> {
    prop_oneof![
        Just(None),
        Just(Some(Suspect::OutOfRange)),
        Just(Some(Suspect::TooFast)),
        Just(Some(Suspect::UnlikeNeighbours)),
    ]
}

prop_compose! {
    fn sensor()(
        latest in prop::collection::vec((value(), suspect(), -100_000_i64..100_000), 3),
        heard_ms in -100_000_i64..100_000,
        in_alarm in any::<bool>(),
    ) -> SensorView {
        let mut sensor = station();
        for (now, (value, suspect, at)) in sensor.latest.iter_mut().zip(latest) {
            *now = MeasuredView { suspect, ..measured(&now.property, value, moment().plus_millis(at)) };
        }
        SensorView { heard_at: moment().plus_millis(heard_ms), in_alarm, ..sensor }
    }
}

proptest! {
    #[test]
    fn a_sensor_told_by_what_it_measured_is_the_sensor_told_whole(one in sensor(), other in sensor(), later in 0i64..200_000) {
        let now = moment().plus_millis(later);
        let bytes = told(&one, &other, now).expect("only measured");
        let found = read(&bytes, &one, now).expect("it fits");
        for (found, is) in found.latest.iter().zip(&other.latest) {
            prop_assert_eq!(found.value.to_bits(), is.value.to_bits());
        }
        prop_assert_eq!(found, other);
    }

    #[test]
    fn whatever_the_bytes_a_sensor_takes_them_or_refuses(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let mut frame = vec![0x06, 0xad, 0x02, bytes.len() as u8];
        frame.extend(&bytes);
        let _ = read(&frame, &station(), moment());
    }
}
