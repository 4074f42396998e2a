//! Foreign feeds by the pack's definitions: recorded ones, and made-up ones for what those lack.

use std::path::PathBuf;

use domain::category::Severity;
use domain::observation::Body;
use gulou::ingest::batch::{Batch, Form};
use gulou::ingest::refusal::Refusal;

use super::town::{read, read_with};

/// A recorded feed that ships with the program.
fn recorded(name: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    std::fs::read(folder.join(name)).expect("recorded feeds ship with the program")
}

fn mapped(feed: &str, body: &[u8]) -> Result<Batch, Refusal> {
    read_with("*", Form::Features, Some(feed), body)
}

fn quake(changes: &str) -> String {
    let mut feature: serde_json::Value = serde_json::json!({
        "type": "Feature", "id": "us1",
        "properties": {"mag": 5.1, "place": "near", "time": 1795396000000i64, "updated": 1795396100999i64,
            "status": "reviewed", "type": "earthquake", "title": "M 5.1 - near", "magType": "mb", "url": "u"},
        "geometry": {"type": "Point", "coordinates": [113.75, 23.02, 10.5]}
    });
    let changes: serde_json::Value = serde_json::from_str(changes).expect("changes are JSON");
    for (name, value) in changes.as_object().expect("changes are an object") {
        match feature["properties"].get(name) {
            Some(_) => feature["properties"][name] = value.clone(),
            None => feature[name] = value.clone(),
        }
    }
    feature.to_string()
}

fn collection(features: &[String]) -> Vec<u8> {
    format!(
        r#"{{"type": "FeatureCollection", "metadata": {{"count": 1}}, "features": [{}]}}"#,
        features.join(",")
    )
    .into_bytes()
}

#[test]
fn an_earthquake_of_usgs_becomes_a_report() {
    let batch = mapped("usgs-earthquakes", &collection(&[quake("{}")])).expect("readable");
    assert_eq!(batch.rejects, []);
    let observation = &batch.candidates[0].observation;
    assert_eq!(observation.source.as_str(), "usgs-earthquakes");
    assert_eq!(
        (observation.id.as_str(), observation.version),
        ("us1", 1_795_396_100)
    );
    assert_eq!(observation.time.millis(), 1_795_396_000_000);
    assert!(observation.backfill);
    assert_eq!(observation.attributes["mag"], "5.1");
    assert_eq!(observation.attributes["magType"], "mb");
    let Body::Report {
        text,
        category,
        severity,
    } = &observation.body
    else {
        panic!("not a report: {observation:?}");
    };
    assert_eq!(text, "M 5.1 - near");
    assert_eq!(
        category.map(|code| code.to_string()).as_deref(),
        Some("E0411")
    );
    assert_eq!(*severity, Some(Severity::Moderate));
}

#[test]
fn the_bands_of_magnitude_give_the_severity() {
    for (magnitude, severity) in [
        ("-1.2", Severity::Minor),
        ("4.49", Severity::Minor),
        ("4.5", Severity::Moderate),
        ("6", Severity::Severe),
        ("9.5", Severity::Extreme),
        ("null", Severity::Minor),
    ] {
        let body = collection(&[quake(&format!(r#"{{"mag": {magnitude}}}"#))]);
        let batch = mapped("usgs-earthquakes", &body).expect("readable");
        let body = &batch.candidates[0].observation.body;
        assert!(
            matches!(body, Body::Report { severity: Some(found), .. } if *found == severity),
            "{magnitude}"
        );
    }
}

#[test]
fn a_bad_feature_is_refused_at_its_place() {
    for (changes, pointer, words) in [
        (r#"{"id": null}"#, "/id", "is needed"),
        (r#"{"time": null}"#, "/properties/time", "is needed"),
        (r#"{"time": "today"}"#, "/properties/time", "milliseconds"),
        (r#"{"time": 0}"#, "/properties/time", "before 1990"),
        (r#"{"time": 99999999999999}"#, "/properties/time", "ahead"),
        (r#"{"updated": -1}"#, "/properties/updated", "outside"),
        (r#"{"title": 5}"#, "/properties/title", "must be text"),
        (
            r#"{"geometry": {"type": "Point", "coordinates": [23.02, 113.75]}}"#,
            "/geometry/coordinates",
            "swapped",
        ),
        (
            r#"{"geometry": {"type": "Point", "coordinates": [1, 2, 3, 4]}}"#,
            "/geometry/coordinates",
            "4 coordinates",
        ),
        (
            r#"{"geometry": {"type": "Point"}}"#,
            "/geometry/coordinates",
            "is needed",
        ),
        (
            r#"{"geometry": {"type": "LineString", "coordinates": [[1, 2], [3, 4]]}}"#,
            "/geometry/type",
            "LineString",
        ),
        (r#"{"geometry": 7}"#, "/geometry", "must be a geometry"),
    ] {
        let body = collection(&[quake("{}"), quake(changes), quake(r#"{"id": "us3"}"#)]);
        let batch = mapped("usgs-earthquakes", &body).expect(changes);
        assert_eq!(
            (batch.candidates.len(), batch.rejects.len()),
            (2, 1),
            "{changes}"
        );
        let reject = &batch.rejects[0];
        assert_eq!(
            (reject.index, reject.fault.pointer.as_str()),
            (1, pointer),
            "{:?}",
            reject.fault
        );
        assert!(reject.fault.reason.contains(words), "{:?}", reject.fault);
    }
}

#[test]
fn a_kind_of_event_the_table_does_not_know_is_kept_for_the_duty_officer() {
    let body = collection(&[quake(r#"{"type": "meteorite"}"#)]);
    let batch = mapped("usgs-earthquakes", &body).expect("readable");
    let observation = &batch.candidates[0].observation;
    assert!(matches!(
        observation.body,
        Body::Report { category: None, .. }
    ));
    assert_eq!(observation.attributes["category"], "meteorite");
}

#[test]
fn what_is_no_feature_is_refused() {
    let fixture = quake("{}").replace("\"Feature\"", "\"Fixture\"");
    let batch = mapped("usgs-earthquakes", &collection(&[fixture, "7".into()])).expect("readable");
    assert_eq!(batch.rejects.len(), 2);
    assert_eq!(batch.rejects[0].fault.pointer, "/type");
}

#[test]
fn a_number_out_of_range_spoils_only_its_feature() {
    let odd = quake("{}").replace("10.5", "1e999");
    let body = collection(&[quake("{}"), odd, quake(r#"{"id": "us3"}"#)]);
    let batch = mapped("usgs-earthquakes", &body).expect("readable");
    assert_eq!((batch.candidates.len(), batch.rejects.len()), (2, 1));
    assert_eq!(batch.rejects[0].index, 1);
}

#[test]
fn what_is_no_collection_is_refused_as_a_whole() {
    for (body, words) in [
        ("[]", "FeatureCollection"),
        ("7", "FeatureCollection"),
        (r#"{"features": []}"#, "FeatureCollection"),
        (
            r#"{"type": "Feature", "features": []}"#,
            "FeatureCollection",
        ),
        (r#"{"type": 5, "features": []}"#, "FeatureCollection"),
        (
            r#"{"type": "FeatureCollection"}"#,
            "features must be a list",
        ),
        (
            r#"{"type": "FeatureCollection", "features": {}}"#,
            "features must be a list",
        ),
        (r#"{"type": "FeatureCollection", "features": ["#, "not JSON"),
    ] {
        let refusal = mapped("usgs-earthquakes", body.as_bytes()).expect_err(body);
        assert_eq!(refusal.status(), 400, "{body}");
        assert!(refusal.to_string().contains(words), "{body}: {refusal}");
    }
    let refusal = read(Form::Features, &collection(&[])).expect_err("no feed named");
    assert_eq!(refusal.status(), 400);
    assert_eq!(refusal.problem().errors[0].pointer, "?feed");
    for feed in ["nobody", "air-quality-hourly"] {
        assert_eq!(
            mapped(feed, &collection(&[])).expect_err(feed).status(),
            400
        );
    }
    assert_eq!(
        mapped("usgs-earthquakes", &collection(&[]))
            .expect("empty")
            .items,
        0
    );
    let many = collection(&vec!["0".to_owned(); 10_001]);
    assert_eq!(
        mapped("usgs-earthquakes", &many).expect_err("many"),
        Refusal::TooManyItems
    );
    let outside = read_with(
        "nws-*",
        Form::Features,
        Some("usgs-earthquakes"),
        &collection(&[quake("{}")]),
    );
    assert_eq!(outside.expect_err("another source").status(), 403);
}

#[test]
fn the_week_of_earthquakes_that_usgs_published_is_taken_whole() {
    let body = recorded("earthquakes.geojson");
    let batch = mapped("usgs-earthquakes", &body).expect("readable");
    assert_eq!(
        (batch.items, batch.candidates.len()),
        (1024, 1024),
        "{:?}",
        batch.rejects
    );
    let quarries = batch.candidates.iter().filter(|candidate| {
        matches!(&candidate.observation.body, Body::Report { category: Some(code), .. } if code.to_string() == "E0420")
    });
    assert_eq!(quarries.count(), 19);
}

#[test]
fn the_alert_of_the_weather_service_has_no_place_and_is_kept() {
    let body = recorded("weather-alert.geojson");
    let batch = mapped("nws-alerts", &body).expect("readable");
    assert_eq!(
        (batch.items, batch.candidates.len()),
        (1, 1),
        "{:?}",
        batch.rejects
    );
    let observation = &batch.candidates[0].observation;
    assert_eq!(observation.id.as_str(), "NWS-IDP-PROD-3965873-3369046");
    assert!(observation.position.is_none() && observation.area.is_none());
    assert!(
        matches!(&observation.body, Body::Report { category: Some(_), severity: Some(Severity::Severe), text } if text.starts_with("Flood Watch"))
    );
}

#[test]
fn an_alert_with_a_polygon_has_an_area() {
    let feature = serde_json::json!({
        "type": "Feature", "id": "x",
        "properties": {"id": "NWS-1", "sent": "2026-11-23T08:00:00+08:00", "severity": "Extreme", "headline": "Rain"},
        "geometry": {"type": "Polygon", "coordinates": [[[113.7, 23.0], [113.8, 23.0], [113.8, 23.1], [113.7, 23.0]]]}
    });
    let batch = mapped("nws-alerts", &collection(&[feature.to_string()])).expect("readable");
    let observation = &batch.candidates[0].observation;
    assert!(observation.area.is_some() && observation.position.is_none());
}
