//! A recorded day is played through a real door on loopback.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use gulou::ingest::door::Door;
use gulou::replay::{Form, Played, Recording, Replay};
use serde_json::{Value, json};

use super::doorway::{Behind, StandIn};
use super::town::{NOW, report};

/// How many requests are sent away before one is let in.
type Busy = Arc<AtomicUsize>;

async fn sometimes_busy(State(busy): State<Busy>, request: Request, next: Next) -> Response {
    let left = busy.try_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
        left.checked_sub(1)
    });
    if left.is_ok() {
        let headers = [(header::RETRY_AFTER, "0")];
        return (StatusCode::TOO_MANY_REQUESTS, headers, Body::empty()).into_response();
    }
    next.run(request).await
}

/// Plays `recording` to a door that is busy `busy` times first.
async fn play(recording: &str, key: &str, feed: Option<&str>, busy: usize) -> Played {
    let door = Door::new(Behind(Arc::new(StandIn::default())), Arc::default());
    let busy: Busy = Arc::new(AtomicUsize::new(busy));
    let routes = door
        .routes()
        .layer(from_fn_with_state(busy, sometimes_busy));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a free port");
    let address = listener.local_addr().expect("an address");
    let serving = tokio::spawn(async move { axum::serve(listener, routes).await });
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(recording.as_bytes())
        .expect("a file takes it");
    let replay = Replay {
        file: file.path().to_owned(),
        to: format!("http://{address}/"),
        key: key.into(),
        speed: None,
        feed: feed.map(str::to_owned),
        shift_to_now: false,
    };
    let played = tokio::task::spawn_blocking(move || replay.run().expect("a playable recording"));
    let played = played.await.expect("no panic");
    serving.abort();
    played
}

fn day(items: usize) -> Vec<String> {
    let mut day: Vec<String> = (0..items)
        .map(|at| report(&format!(r#"{{"id": "WO-{at}"}}"#)))
        .collect();
    day.push(report(r#"{"id": "WO-0"}"#));
    day.push(report(r#"{"id": "WO-1", "severity": 1}"#));
    day.push(report(r#"{"id": "bad", "severity": 9}"#));
    day
}

#[tokio::test]
async fn a_day_is_summed_up_whatever_form_it_has() {
    let day = day(4_500);
    for recording in [format!("[{}]", day.join(",")), day.join("\n")] {
        let played = play(&recording, "hotline-key", None, 3).await;
        let totals = &played.totals;
        assert_eq!(
            (
                totals.accepted,
                totals.duplicates,
                totals.conflicts,
                totals.rejected
            ),
            (4_500, 1, 1, 1)
        );
        assert_eq!(played.items, 4_503);
        assert!(played.failed.is_empty(), "{played}");
        assert_eq!(
            totals.first_rejects[0].0, 4_502,
            "the place in the recording, not in its batch"
        );
        assert!(totals.first_rejects[0].1.contains("/severity"));
    }
}

#[tokio::test]
async fn a_day_that_could_not_be_played_says_so() {
    let played = play(&format!("[{}]", report("{}")), "wrong-key", None, 0).await;
    assert_eq!(played.totals.accepted, 0);
    assert!(played.failed[0].contains("401"), "{played}");
    let collection = json!({"type": "FeatureCollection", "features": [7]}).to_string();
    let played = play(&collection, "all-key", Some("no such feed"), 0).await;
    assert!(
        played.failed[0].contains("not a feed definition"),
        "{played}"
    );
    let played = play(&collection, "all-key", Some("usgs-earthquakes"), 0).await;
    assert_eq!(
        (played.failed.len(), played.totals.rejected),
        (0, 1),
        "{played}"
    );
}

fn times(recording: &Recording) -> Vec<Value> {
    let items = recording.items(0..recording.len());
    items.iter().map(|item| item["time"].clone()).collect()
}

#[test]
fn a_shifted_day_ends_now_or_begins_now_at_its_pace() {
    let text = r#"[{"time": "2020-01-01T02:00:00+08:00"}, {"time": "2020-01-01T00:00:00+08:00"}]"#;
    let read = || {
        let mut recording = Recording::parse(text, None).expect("playable");
        recording.order_by_time().expect("timed");
        recording
    };
    let mut recording = read();
    recording.shift(NOW, None);
    assert_eq!(
        times(&recording),
        ["2026-11-22T23:15:00Z", "2026-11-23T01:15:00Z"]
    );
    let mut recording = read();
    recording.shift(NOW, Some(60.0));
    assert_eq!(
        times(&recording),
        ["2026-11-23T01:15:00Z", "2026-11-23T01:17:00Z"]
    );
    assert_eq!(recording.since_first_ms(1), 120_000);

    let features =
        r#"{"type": "FeatureCollection", "features": [{"properties": {"time": 1500000000000}}]}"#;
    let mut recording = Recording::parse(features, Some("usgs-earthquakes")).expect("playable");
    assert_eq!(recording.form(), Form::Features);
    recording.order_by_time().expect("timed");
    recording.shift(NOW, None);
    assert_eq!(recording.items(0..1)[0]["properties"]["time"], NOW.millis());
}

#[test]
fn what_says_when_it_was_sent_is_played_then_and_keeps_its_own_clock() {
    let text = r#"{"id": "late", "time": "2020-01-01T00:00:00Z", "sent_at": "2020-01-01T00:10:00Z"}
{"id": "prompt", "time": "2020-01-01T00:05:00Z"}"#;
    let read = || {
        let mut recording = Recording::parse(text, None).expect("playable");
        recording.order_by_time().expect("timed");
        recording
    };
    let mut recording = read();
    let items = recording.items(0..2);
    let names = items.iter().map(|item| item["id"].clone());
    assert_eq!(names.collect::<Vec<_>>(), ["prompt", "late"]);
    assert_eq!(recording.since_first_ms(1), 300_000);
    let members = items[1].as_object().expect("an item");
    assert!(
        !members.contains_key("sent_at"),
        "the door knows no such member"
    );
    recording.shift(NOW, None);
    assert_eq!(
        times(&recording),
        ["2026-11-23T01:10:00Z", "2026-11-23T01:05:00Z"]
    );
    let mut recording = read();
    recording.shift(NOW, Some(60.0));
    assert_eq!(
        times(&recording),
        ["2026-11-23T01:15:00Z", "2026-11-23T01:14:55Z"]
    );
}

#[test]
fn what_cannot_be_played_says_where() {
    let error = Recording::parse("{}\n{]", None).expect_err("not JSON");
    assert!(error.to_string().contains("line 2"), "{error}");
    let error = Recording::parse(r#"{"type": "FeatureCollection", "features": []}"#, None)
        .expect_err("no feed");
    assert!(error.to_string().contains("--feed"), "{error}");
    let mut untimed =
        Recording::parse(r#"[{"time": "2020-01-01T00:00:00Z"}, {"id": 1}]"#, None).expect("JSON");
    let error = untimed.order_by_time().expect_err("no time");
    assert!(error.to_string().contains("item 1"), "{error}");
}
