//! What is taken, and what it becomes.

use std::io::Write;

use domain::category::Severity;
use domain::observation::{Body, Observation};
use gulou::ingest::batch::Form;
use gulou::ingest::decode::{Encoding, decoded};

use super::town::{array, read, read_with, report};

/// The same body in every encoding, plain first.
pub fn packings(body: &[u8]) -> Vec<(Encoding, Vec<u8>)> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(body).expect("memory takes it");
    let mut brotli = Vec::new();
    {
        let mut writer = brotli::CompressorWriter::new(&mut brotli, 4096, 1, 22);
        writer.write_all(body).expect("memory takes it");
    }
    vec![
        (Encoding::Identity, body.to_vec()),
        (Encoding::Gzip, gzip.finish().expect("memory takes it")),
        (
            Encoding::Zstd,
            zstd::encode_all(body, 1).expect("memory takes it"),
        ),
        (Encoding::Brotli, brotli),
    ]
}

pub fn observed(item: &str) -> Observation {
    let batch = read(Form::Array, &array(&[item.to_owned()])).expect("a readable body");
    assert_eq!(batch.rejects, [], "{item}");
    batch.candidates[0].observation.clone()
}

#[test]
fn a_report_of_the_hotline_becomes_what_it_says() {
    let item = report(
        r#"{"reporter": {"name": "陈先生", "phone": "13800000000", "confidential": true},
            "attributes": {"channel": "wechat", "photos": 2, "urgent": true, "tags": ["a", {"b": null}], "none": null},
            "ahead_of_our_time": {"x": [1]}}"#,
    );
    let batch = read(Form::Array, &array(&[item])).expect("a readable body");
    assert_eq!(batch.rejects, []);
    assert_eq!(batch.unknown_members, 1);
    let candidate = &batch.candidates[0];
    let reporter = candidate.reporter.as_ref().expect("a reporter was given");
    assert_eq!(
        (
            reporter.name.as_str(),
            reporter.phone.as_str(),
            reporter.confidential
        ),
        ("陈先生", "13800000000", true)
    );
    assert!(
        !format!("{candidate:?}").contains("陈先生"),
        "no log may name the caller"
    );
    let observation = &candidate.observation;
    assert_eq!(observation.source.as_str(), "hotline-12345");
    assert_eq!(observation.time.to_rfc3339_utc(), "2026-11-23T01:10:00Z");
    assert_eq!(
        observation.position.map(|at| (at.lon_e6(), at.lat_e6())),
        Some((113_746_300, 23_023_400))
    );
    assert_eq!(
        (
            observation.version,
            observation.accuracy_m,
            observation.drill
        ),
        (1, Some(30), false)
    );
    assert!(!observation.backfill && observation.reporter.is_none());
    let Body::Report {
        text,
        category,
        severity,
    } = &observation.body
    else {
        panic!("not a report: {observation:?}");
    };
    assert_eq!(text, "满地垃圾");
    assert_eq!(
        category.map(|code| code.to_string()).as_deref(),
        Some("E0301")
    );
    assert_eq!(*severity, Some(Severity::Severe));
    let attributes: Vec<(&str, &str)> = observation
        .attributes
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert_eq!(
        attributes,
        [
            ("channel", "wechat"),
            ("photos", "2"),
            ("tags", r#"["a",{"b":null}]"#),
            ("urgent", "true")
        ]
    );
}

#[test]
fn readings_positions_alarms_and_clears_become_what_they_say() {
    let reading = observed(&report(
        r#"{"source": "air-1", "kind": "reading", "thing": "s1", "property": "PM2.5", "value": 80.25, "unit": "ug/m3", "position": null, "text": null}"#,
    ));
    let Body::Reading {
        thing,
        property,
        value,
        unit,
    } = &reading.body
    else {
        panic!("not a reading: {reading:?}");
    };
    assert_eq!(
        (thing.as_str(), property.as_str(), *value, unit.as_str()),
        ("s1", "PM2.5", 80.25, "ug/m3")
    );
    assert!(
        reading.backfill,
        "the pack's definition of air-* brings history in"
    );

    let bus = observed(&report(
        r#"{"kind": "position", "thing": "bus-7", "attributes": {"heading_deg": 359.6, "speed_mps": 12.345, "status": "moving", "kind": "bus", "line": "14"}}"#,
    ));
    let Body::Position { thing, motion } = &bus.body else {
        panic!("not a position: {bus:?}");
    };
    assert_eq!(thing.as_str(), "bus-7");
    assert_eq!(
        (motion.heading_deg, motion.speed_cmps),
        (Some(0), Some(1235))
    );
    assert_eq!(
        (motion.status.as_deref(), motion.kind.as_deref()),
        (Some("moving"), Some("bus"))
    );
    assert_eq!(bus.attributes.keys().collect::<Vec<_>>(), ["line"]);

    let alarm = observed(&report(
        r#"{"kind": "alarm", "position": null, "thing": "pump-3", "category": "E0405"}"#,
    ));
    assert!(
        matches!(&alarm.body, Body::Alarm { thing: Some(thing), .. } if thing.as_str() == "pump-3")
    );
    let by_name = observed(&report(
        r#"{"id": "c", "kind": "clear", "position": null, "category": "E0405", "attributes": {"clears": "WO-1"}}"#,
    ));
    assert!(
        matches!(&by_name.body, Body::Clear { clears: Some(id), thing: None, .. } if id.as_str() == "WO-1")
    );
    assert!(by_name.attributes.is_empty());
}

#[test]
fn every_coordinate_system_ends_in_wgs_84_areas_too() {
    let place = |crs: &str| {
        observed(&report(&format!(
            r#"{{"crs": "{crs}", "area": {{"type": "Polygon", "coordinates": [[[113.74, 23.02], [113.75, 23.02], [113.75, 23.03], [113.74, 23.02]]]}}}}"#
        )))
    };
    let plain = place("WGS-84");
    for (crs, near, far) in [
        ("CGCS2000", 0.0, 0.1),
        ("gcj-02", 300.0, 900.0),
        ("BD-09", 600.0, 2000.0),
    ] {
        let other = place(crs);
        let apart = |a: Option<domain::place::Position>, b: Option<domain::place::Position>| {
            a.expect("a place").distance_m(b.expect("a place"))
        };
        let moved = apart(plain.position, other.position);
        assert!((near..=far).contains(&moved), "{crs} moved {moved} m");
        let corner = |of: &Observation| {
            of.area
                .as_ref()
                .map(|area| area.polygons()[0].exterior().corners()[0])
        };
        let moved = apart(corner(&plain), corner(&other));
        assert!(
            (near..=far).contains(&moved),
            "{crs} moved a corner {moved} m"
        );
    }
}

#[test]
fn the_edges_of_the_rules_are_inside_them() {
    for changes in [
        r#"{"time": "1990-01-01T00:00:00Z"}"#,
        r#"{"time": "2026-11-23T09:20:00+08:00"}"#,
        r#"{"position": [180, -90]}"#,
        r#"{"position": [-180.0, 90.0]}"#,
        r#"{"accuracy_m": 0}"#,
        r#"{"accuracy_m": 1e300}"#,
        r#"{"severity": 4.0}"#,
        r#"{"version": 4294967295}"#,
        r#"{"version": null}"#,
        r#"{"text": null}"#,
        r#"{"category": null}"#,
        r#"{"position": null}"#,
        r#"{"attributes": null, "reporter": null, "drill": null}"#,
        r#"{"reporter": {"name": "", "phone": null}}"#,
        r#"{"kind": "reading", "thing": "s", "property": "pH", "value": -0.0, "unit": ""}"#,
        r#"{"id": "<script>alert(1)</script>", "text": "'; DROP TABLE incidents; --"}"#,
    ] {
        observed(&report(changes));
    }
    assert_eq!(
        observed(&report(r#"{"accuracy_m": 0.2}"#)).accuracy_m,
        Some(1)
    );
}

#[test]
fn a_category_we_do_not_know_goes_to_the_tray_where_the_feed_says_so() {
    let unknown = |kind: &str| {
        report(&format!(
            r#"{{"source": "air-partner", "kind": "{kind}", "category": "ODOUR", "thing": "s1"}}"#
        ))
    };
    for kind in ["report", "alarm"] {
        let kept = observed(&unknown(kind));
        assert!(
            matches!(kept.body, Body::Report { category: None, .. }),
            "{kept:?}"
        );
        assert_eq!(kept.attributes["category"], "ODOUR");
        assert_eq!(kept.attributes["thing"], "s1");
    }
    let batch = read(Form::Array, &array(&[unknown("clear")])).expect("readable");
    assert_eq!(batch.rejects[0].fault.pointer, "/category");
}

#[test]
fn the_same_said_otherwise_is_the_same_and_something_else_is_not() {
    let base = observed(&report("{}"));
    for same in [
        r#"{"version": 9}"#,
        r#"{"time": "2026-11-23T01:10:00Z"}"#,
        r#"{"accuracy_m": 30.0}"#,
        r#"{"position": [113.74630000001, 23.0234]}"#,
        r#"{"crs": "EPSG:4326", "unheard_of": 1}"#,
        r#"{"reporter": {"name": "somebody"}}"#,
    ] {
        assert_eq!(
            observed(&report(same)).fingerprint,
            base.fingerprint,
            "{same}"
        );
    }
    for other in [
        r#"{"time": "2026-11-23T09:10:00.001+08:00"}"#,
        r#"{"accuracy_m": null}"#,
        r#"{"position": null}"#,
        r#"{"severity": 3}"#,
        r#"{"severity": null}"#,
        r#"{"category": "E0302"}"#,
        r#"{"text": "满地垃圾。"}"#,
        r#"{"drill": true}"#,
        r#"{"attributes": {"a": "b"}}"#,
        r#"{"kind": "alarm"}"#,
        r#"{"area": {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}}"#,
    ] {
        let observation = observed(&report(other));
        assert_ne!(
            observation.fingerprint.content, base.fingerprint.content,
            "{other}"
        );
        assert_eq!(
            observation.fingerprint.identity, base.fingerprint.identity,
            "{other}"
        );
    }
    for stranger in [
        r#"{"id": "WO-2"}"#,
        r#"{"source": "hotline-1234", "id": "5WO-1"}"#,
    ] {
        let observation = observed(&report(stranger));
        assert_ne!(
            observation.fingerprint.identity, base.fingerprint.identity,
            "{stranger}"
        );
    }
}

#[test]
fn every_encoding_and_form_brings_the_same_items() {
    let items: Vec<String> = (0..50)
        .map(|at| report(&format!(r#"{{"id": "WO-{at}", "severity": {at}}}"#)))
        .collect();
    let plain = read(Form::Array, &array(&items)).expect("readable");
    assert_eq!((plain.candidates.len(), plain.rejects.len()), (4, 46));
    for (encoding, packed) in packings(&array(&items)) {
        let body = decoded(encoding, &packed).expect("packed by us");
        let batch = read(Form::Array, &body).expect("readable");
        assert_eq!(format!("{batch:?}"), format!("{plain:?}"), "{encoding:?}");
    }
    let lines = format!("\n\n{}\r\n\n", items.join("\r\n"));
    let batch = read(Form::Lines, lines.as_bytes()).expect("readable");
    assert_eq!(format!("{batch:?}"), format!("{plain:?}"));
    let marked = [b"\xef\xbb\xbf".as_slice(), &array(&items)].concat();
    let batch = read(Form::Array, &marked).expect("readable");
    assert_eq!(format!("{batch:?}"), format!("{plain:?}"));
    for empty in [Form::Array, Form::Lines] {
        let body: &[u8] = if empty == Form::Array {
            b" [ ] "
        } else {
            b"\n"
        };
        assert_eq!(read(empty, body).expect("empty is readable").items, 0);
    }
}

#[test]
fn a_feed_named_in_the_query_speaks_for_its_own_sources_only() {
    let items = [report(r#"{"source": "air-1"}"#), report("{}")];
    let batch =
        read_with("*", Form::Array, Some("air-quality-hourly"), &array(&items)).expect("readable");
    let backfill: Vec<bool> = batch
        .candidates
        .iter()
        .map(|candidate| candidate.observation.backfill)
        .collect();
    assert_eq!(backfill, [true, false]);
    let refusal = read_with("*", Form::Array, Some("nobody"), b"[]").expect_err("unknown");
    assert_eq!(refusal.status(), 400);
}
