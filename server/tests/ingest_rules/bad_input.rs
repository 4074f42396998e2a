//! Every kind of bad input, with its status or its pointer; and what stands beside it is taken all the same.

use gulou::ingest::batch::Form;
use gulou::ingest::decode::{Encoding, decoded};
use gulou::ingest::refusal::Refusal;

use super::town::{array, read, read_with, report};

/// Changes to a good report that make it bad, the pointer they are refused at, and words of the reason.
const BAD_ITEMS: &[(&str, &str, &str)] = &[
    (r#"{"source": null}"#, "/source", "is needed"),
    (r#"{"source": 7}"#, "/source", "must be text, not a number"),
    (r#"{"source": ""}"#, "/source", "0 characters"),
    (r#"{"source": "a\u0007b"}"#, "/source", "control character"),
    (r#"{"id": null}"#, "/id", "is needed"),
    (r#"{"id": 12}"#, "/id", "must be text"),
    (r#"{"id": "a\nb"}"#, "/id", "control character"),
    (r#"{"kind": null}"#, "/kind", "is needed"),
    (
        r#"{"kind": "rumour"}"#,
        "/kind",
        "\"rumour\" is not one of report",
    ),
    (r#"{"time": null}"#, "/time", "is needed"),
    (
        r#"{"time": 1795396500}"#,
        "/time",
        "must be text, not a number",
    ),
    (r#"{"time": "2026-11-23T09:10:00"}"#, "/time", "offset"),
    (r#"{"time": "yesterday"}"#, "/time", "not RFC 3339"),
    (
        r#"{"time": "1989-12-31T23:59:59Z"}"#,
        "/time",
        "before 1990",
    ),
    (
        r#"{"time": "2026-11-23T09:20:00.001+08:00"}"#,
        "/time",
        "more than 5 minutes ahead",
    ),
    (r#"{"version": -1}"#, "/version", "outside"),
    (r#"{"version": 1.5}"#, "/version", "whole number"),
    (r#"{"version": "2"}"#, "/version", "whole number, not text"),
    (r#"{"version": 4294967296}"#, "/version", "outside"),
    (
        r#"{"position": [113.7463, 123.4]}"#,
        "/position",
        "latitude 123.4 is outside -90..90",
    ),
    (
        r#"{"position": [23.0234, 113.7463]}"#,
        "/position",
        "swapped",
    ),
    (
        r#"{"position": [181, 23]}"#,
        "/position",
        "longitude 181 is outside",
    ),
    (
        r#"{"position": [113.7463]}"#,
        "/position",
        "has 1 coordinates",
    ),
    (
        r#"{"position": [113.7463, 23.0234, 5]}"#,
        "/position",
        "has 3 coordinates",
    ),
    (
        r#"{"position": ["113.7463", 23.0234]}"#,
        "/position",
        "longitude must be a number, not text",
    ),
    (
        r#"{"position": [113.7463, null]}"#,
        "/position",
        "latitude must be a number, not null",
    ),
    (
        r#"{"position": {"lon": 113}}"#,
        "/position",
        "must be a list",
    ),
    (r#"{"crs": "EPSG:2362"}"#, "/crs", "not one of WGS-84"),
    (r#"{"crs": 4326}"#, "/crs", "must be text"),
    (r#"{"area": [1]}"#, "/area", "must be a GeoJSON geometry"),
    (
        r#"{"area": {"type": "Point", "coordinates": [1, 2]}}"#,
        "/area/type",
        "\"Point\" is not Polygon",
    ),
    (
        r#"{"area": {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1]]]}}"#,
        "/area",
        "at least 4",
    ),
    (
        r#"{"area": {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}}"#,
        "/area",
        "crosses",
    ),
    (
        r#"{"area": {"type": "Polygon", "coordinates": 5}}"#,
        "/area/coordinates",
        "lists of positions",
    ),
    (r#"{"accuracy_m": -0.5}"#, "/accuracy_m", "below 0"),
    (
        r#"{"accuracy_m": "30"}"#,
        "/accuracy_m",
        "must be a number, not text",
    ),
    (
        r#"{"category": "E9999"}"#,
        "/category",
        "not in this city's table",
    ),
    (
        r#"{"category": "fire"}"#,
        "/category",
        "not a category code",
    ),
    (r#"{"category": 301}"#, "/category", "must be text"),
    (
        r#"{"severity": 0}"#,
        "/severity",
        "severity 0 is not one of",
    ),
    (
        r#"{"severity": 5}"#,
        "/severity",
        "severity 5 is not one of",
    ),
    (r#"{"severity": 2.5}"#, "/severity", "whole number"),
    (r#"{"severity": "high"}"#, "/severity", "not text"),
    (r#"{"text": ["a"]}"#, "/text", "must be text, not a list"),
    (
        r#"{"text": " ", "category": null}"#,
        "/text",
        "is needed for a report without category",
    ),
    (r#"{"drill": "no"}"#, "/drill", "true or false"),
    (r#"{"attributes": []}"#, "/attributes", "must be an object"),
    (
        r#"{"attributes": {"a/b": "x", "": 1}}"#,
        "/attributes/",
        "1 to 200 characters",
    ),
    (r#"{"reporter": "Chen"}"#, "/reporter", "must be an object"),
    (
        r#"{"reporter": {"phone": 13800000000}}"#,
        "/reporter/phone",
        "must be text",
    ),
    (
        r#"{"reporter": {"confidential": 1}}"#,
        "/reporter/confidential",
        "true or false",
    ),
    (
        r#"{"kind": "reading", "property": "PM2.5", "value": 1, "unit": "ug/m3"}"#,
        "/thing",
        "for a reading",
    ),
    (
        r#"{"kind": "reading", "thing": "s", "value": 1, "unit": "ug/m3"}"#,
        "/property",
        "for a reading",
    ),
    (
        r#"{"kind": "reading", "thing": "s", "property": "PM2.5", "unit": "ug/m3"}"#,
        "/value",
        "for a reading",
    ),
    (
        r#"{"kind": "reading", "thing": "s", "property": "PM2.5", "value": 1}"#,
        "/unit",
        "for a reading",
    ),
    (
        r#"{"kind": "reading", "thing": "s", "property": "PM2.5", "value": "NaN", "unit": "ug/m3"}"#,
        "/value",
        "not text",
    ),
    (
        r#"{"kind": "position", "thing": "bus-1", "position": null}"#,
        "/position",
        "for a position",
    ),
    (r#"{"kind": "position"}"#, "/thing", "for a position"),
    (
        r#"{"kind": "position", "thing": "bus-1", "attributes": {"heading_deg": 361}}"#,
        "/attributes/heading_deg",
        "outside",
    ),
    (
        r#"{"kind": "position", "thing": "bus-1", "attributes": {"speed_mps": -1}}"#,
        "/attributes/speed_mps",
        "outside",
    ),
    (
        r#"{"kind": "alarm", "category": null}"#,
        "/category",
        "for an alarm",
    ),
    (
        r#"{"kind": "alarm", "position": null}"#,
        "/thing",
        "one of thing, position, area",
    ),
    (
        r#"{"kind": "clear", "category": null, "thing": "s"}"#,
        "/category",
        "for a clear",
    ),
    (
        r#"{"kind": "clear", "position": null}"#,
        "/thing",
        "one of thing, position, area",
    ),
];

#[test]
fn a_bad_item_is_refused_at_its_place_and_its_neighbours_are_taken() {
    for (changes, pointer, words) in BAD_ITEMS {
        let good = |id: &str| report(&format!(r#"{{"id": "{id}"}}"#));
        let body = array(&[good("before"), report(changes), good("after")]);
        let batch = read(Form::Array, &body).expect(changes);
        assert_eq!(batch.items, 3, "{changes}");
        let taken: Vec<&str> = batch
            .candidates
            .iter()
            .map(|candidate| candidate.observation.id.as_str())
            .collect();
        assert_eq!(taken, ["before", "after"], "{changes}");
        let reject = &batch.rejects[0];
        assert_eq!(reject.index, 1, "{changes}");
        assert_eq!(
            reject.fault.pointer, *pointer,
            "{changes}: {:?}",
            reject.fault
        );
        assert!(
            reject.fault.reason.contains(words),
            "{changes}: {:?}",
            reject.fault
        );
    }
}

#[test]
fn what_is_well_formed_but_cannot_be_held_spoils_only_its_item() {
    let odd = [
        r#"{"source": "s", "id": "1", "kind": "report", "text": "x", "time": "2026-11-23T01:00:00Z", "accuracy_m": 1e999}"#,
        r#"{"source": "s", "id": "\ud800", "kind": "report", "text": "x", "time": "2026-11-23T01:00:00Z"}"#,
        r#"{"source": "s", "id": "1", "id": "2", "kind": "report", "text": "x", "time": "2026-11-23T01:00:00Z"}"#,
        r#"{"source": "s", "id": "1", "kind": "report", "text": "x", "time": "2026-11-23T01:00:00Z", "attributes": {"a": 1, "a": 2}}"#,
        "7",
        "null",
        "\"report\"",
        "[]",
        "true",
    ];
    for bad in odd {
        let body = array(&[report("{}"), bad.into(), report(r#"{"id": "WO-2"}"#)]);
        let batch = read(Form::Array, &body).expect(bad);
        assert_eq!(
            (batch.candidates.len(), batch.rejects.len()),
            (2, 1),
            "{bad}"
        );
        assert_eq!(batch.rejects[0].index, 1, "{bad}");
        let lines = [report("{}"), bad.into(), report(r#"{"id": "WO-2"}"#)].join("\n");
        let batch = read(Form::Lines, lines.as_bytes()).expect(bad);
        assert_eq!(
            (batch.candidates.len(), batch.rejects.len()),
            (2, 1),
            "{bad}"
        );
    }
}

#[test]
fn a_body_that_cannot_be_read_is_refused_as_a_whole() {
    let deep = format!(
        "[{{\"attributes\": {}1{}}}]",
        "[".repeat(63),
        "]".repeat(63)
    );
    let bodies: [(&[u8], u16, &str); 13] = [
        (b"", 400, "not JSON"),
        (b"[", 400, "line 1 column 1"),
        (b"[{\"source\": \"s\",\n}]", 400, "line 2 column 1"),
        (b"[NaN]", 400, "not JSON"),
        (b"[Infinity]", 400, "not JSON"),
        (b"[1] [2]", 400, "trailing characters"),
        (b"[{}] x", 400, "trailing characters"),
        (b"{\"source\": \"s\"}", 400, "must be a JSON array"),
        (b"\"text\"", 400, "must be a JSON array"),
        (b"[\"\xff\"]", 400, "not UTF-8 at byte 2"),
        (deep.as_bytes(), 400, "deeper than 64"),
        (&b"[".repeat(1_000_000), 400, ""),
        (
            &[b"[0", b",0".repeat(10_000).as_slice(), b"]"].concat(),
            413,
            "10,000",
        ),
    ];
    for (body, status, words) in bodies {
        let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
        let refusal = read(Form::Array, body).expect_err(&shown);
        assert_eq!(refusal.status(), status, "{shown}: {refusal}");
        assert!(refusal.to_string().contains(words), "{shown}: {refusal}");
    }
}

#[test]
fn nesting_of_64_is_read_and_deeper_is_not_wherever_it_stands() {
    for (name, around) in [("attributes", 3), ("unheard_of", 2), ("area", 2)] {
        let nested = |depth: usize| {
            let value = format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
            let value = match name {
                "attributes" => format!("{{\"a\": {value}}}"),
                _ => value,
            };
            format!("[{{\"{name}\": {value}}}]")
        };
        let batch = read(Form::Array, nested(64 - around).as_bytes()).expect(name);
        assert_eq!(batch.rejects.len(), 1, "{name}");
        let refusal = read(Form::Array, nested(65 - around).as_bytes()).expect_err(name);
        assert_eq!(refusal, Refusal::TooDeep, "{name}");
    }
    let line = format!("{}1{}", "[".repeat(65), "]".repeat(65));
    let lines = format!("{}\n{line}", report("{}"));
    assert_eq!(
        read(Form::Lines, lines.as_bytes()).expect_err("too deep"),
        Refusal::TooDeep
    );
}

#[test]
fn brackets_and_quotes_within_texts_count_for_nothing() {
    let text = format!("{}\\\"{}\\\\", "[".repeat(100), "{".repeat(100));
    let item = format!(
        r#"{{"source": "s", "id": "1", "kind": "report", "text": "{text}", "time": "2026-11-23T01:00:00Z"}}"#
    );
    assert_eq!(
        read(Form::Array, format!("[{item}, 1e999]").as_bytes())
            .expect("odd")
            .candidates
            .len(),
        1
    );
    assert_eq!(
        read(Form::Lines, item.as_bytes())
            .expect("odd")
            .candidates
            .len(),
        1
    );
}

#[test]
fn lines_of_which_none_is_json_are_a_body_that_cannot_be_read() {
    let refusal = read(Form::Lines, b"one\ntwo\n").expect_err("no JSON");
    assert_eq!(refusal.status(), 400);
    assert!(refusal.to_string().contains("none of 2 lines"), "{refusal}");
    let too_many = "{}\n".repeat(10_001);
    assert_eq!(
        read(Form::Lines, too_many.as_bytes()).expect_err("many"),
        Refusal::TooManyItems
    );
}

#[test]
fn texts_ids_and_attributes_have_their_limits() {
    let id = |length: usize| report(&format!(r#"{{"id": "{}"}}"#, "号".repeat(length)));
    let text = |bytes: usize| report(&format!(r#"{{"text": "{}"}}"#, "x".repeat(bytes)));
    let attribute = |bytes: usize| {
        report(&format!(
            r#"{{"attributes": {{"note": "{}"}}}}"#,
            "x".repeat(bytes)
        ))
    };
    let many = |count: usize| {
        let members: Vec<String> = (0..count).map(|at| format!("\"a{at}\": {at}")).collect();
        report(&format!(r#"{{"attributes": {{{}}}}}"#, members.join(",")))
    };
    let cases = [
        (id(200), id(201), "/id"),
        (text(65_536), text(65_537), "/text"),
        (attribute(4_096), attribute(4_097), "/attributes/note"),
        (many(64), many(65), "/attributes"),
    ];
    for (fits, too_long, pointer) in cases {
        let batch = read(Form::Array, &array(&[fits, too_long])).expect(pointer);
        assert_eq!(batch.candidates.len(), 1, "{pointer}");
        assert_eq!(batch.rejects[0].fault.pointer, pointer);
        assert!(batch.rejects[0].fault.reason.len() < 1_000);
    }
}

#[test]
fn a_key_speaks_only_for_its_sources() {
    let body = array(&[
        report(r#"{"id": "1"}"#),
        report(r#"{"id": "2", "source": "police-110"}"#),
        report(r#"{"id": "3", "source": "police-110", "severity": 9}"#),
    ]);
    let batch = read_with("hotline-*", Form::Array, None, &body).expect("one is ours");
    assert_eq!((batch.candidates.len(), batch.outside_key), (1, 2));
    for reject in &batch.rejects {
        assert_eq!(reject.fault.pointer, "/source");
        assert!(
            reject
                .fault
                .reason
                .contains("outside this key's \"hotline-*\"")
        );
    }
    let refusal = read_with("fire-*", Form::Array, None, &body).expect_err("none is ours");
    assert_eq!(refusal.status(), 403);
}

#[test]
fn content_types_and_encodings_are_the_listed_ones() {
    for (name, form) in [
        ("application/json", Form::Array),
        ("Application/JSON; charset=utf-8", Form::Array),
        ("application/x-ndjson", Form::Lines),
        ("application/geo+json ;x=y", Form::Features),
    ] {
        assert_eq!(Form::named(Some(name)), Ok(form));
    }
    for name in [
        None,
        Some(""),
        Some("text/plain"),
        Some("application/jsonp"),
        Some("multipart/form-data"),
    ] {
        assert_eq!(
            Form::named(name).expect_err("not ours").status(),
            415,
            "{name:?}"
        );
    }
    for name in ["deflate", "gzip, gzip", "br,gzip", "compress", "aes128gcm"] {
        assert_eq!(
            Encoding::named(Some(name)).expect_err("not ours").status(),
            415,
            "{name}"
        );
    }
}

#[test]
fn bombs_stop_at_the_limit_and_broken_packing_is_said() {
    let zeros = vec![b' '; 200 * 1024 * 1024];
    let packings = super::good_input::packings(&zeros);
    drop(zeros);
    for (encoding, bomb) in &packings[1..] {
        assert!(
            bomb.len() < 4 * 1024 * 1024,
            "{encoding:?} bomb of {} bytes",
            bomb.len()
        );
        assert_eq!(
            decoded(*encoding, bomb).expect_err("a bomb"),
            Refusal::TooManyBytes
        );
        let half = &bomb[..bomb.len() / 2];
        let refusal = decoded(*encoding, half).expect_err("half a bomb");
        assert!(
            matches!(refusal.status(), 400 | 413),
            "{encoding:?}: {refusal}"
        );
        let refusal = decoded(*encoding, b"[1, 2, 3]").expect_err("not packed at all");
        assert_eq!(refusal.status(), 400, "{encoding:?}: {refusal}");
    }
    for (encoding, packed) in &super::good_input::packings(report("{}").as_bytes())[1..] {
        for cut in 1..packed.len() {
            let refusal = decoded(*encoding, &packed[..cut]).expect_err("cut short");
            assert_eq!(refusal.status(), 400, "{encoding:?} cut at {cut}");
        }
    }
    let over = vec![b' '; 10 * 1024 * 1024 + 1];
    assert_eq!(
        decoded(Encoding::Identity, &over)
            .expect_err("large")
            .status(),
        413
    );
    assert!(decoded(Encoding::Identity, &over[1..]).is_ok());
}
