//! The door as its senders meet it: status, headers and body of every answer, with a writer's stand-in behind it.

use std::collections::BTreeMap;
use std::future::pending;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{Request, Response, StatusCode, header};
use domain::change::Outcome;
use domain::city::City;
use domain::command::Input;
use domain::ids::VaultToken;
use domain::observation::Intake;
use domain::time::Timestamp;
use futures_util::{StreamExt, stream};
use gulou::ingest::body::{Patience, STEP};
use gulou::ingest::door::{Door, Gate, KeyRight, NotTaken};
use gulou::ingest::reporter::Reporter;
use gulou::ingest::tally::{OTHER, Tally};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tower::ServiceExt;

use super::good_input::packings;
use super::town::{NOW, array, dongguan, report};

/// Takes what is new, knows what it has taken, and can be told to refuse.
#[derive(Default)]
pub struct StandIn {
    taken: Mutex<BTreeMap<u128, u64>>,
    sealed: Mutex<Vec<String>>,
    full: AtomicBool,
    stopping: AtomicBool,
}

/// The door's end of it.
pub struct Behind(pub Arc<StandIn>);

impl Gate for Behind {
    type Sealed = String;

    fn now(&self) -> Timestamp {
        NOW
    }
    fn city(&self) -> Arc<City> {
        dongguan()
    }
    fn key(&self, secret_sha256: &[u8; 32]) -> Option<KeyRight> {
        let known = [("hotline-key", "hotline-*"), ("all-key", "*")];
        known.into_iter().find_map(|(secret, glob)| {
            let hash: [u8; 32] = Sha256::digest(secret).into();
            (hash == *secret_sha256).then(|| KeyRight {
                source_glob: glob.into(),
            })
        })
    }
    fn seal(&self, reporter: &Reporter) -> Result<(VaultToken, String), NotTaken> {
        let token =
            VaultToken::new("token-1").map_err(|error| NotTaken::Unavailable(error.to_string()))?;
        Ok((token, reporter.phone.clone()))
    }
    async fn carry_out(
        &self,
        inputs: Vec<Input>,
        sealed: Vec<String>,
    ) -> Result<Vec<Outcome>, NotTaken> {
        if self.0.full.load(Ordering::Relaxed) {
            return Err(NotTaken::Full);
        }
        if self.0.stopping.load(Ordering::Relaxed) {
            return Err(NotTaken::Unavailable("the server is stopping".into()));
        }
        self.0
            .sealed
            .lock()
            .expect("no test panics within")
            .extend(sealed);
        let mut taken = self.0.taken.lock().expect("no test panics within");
        let mut outcomes = Vec::new();
        for input in inputs {
            let Input::Observation(observation) = input else {
                panic!("not an observation: {input:?}");
            };
            let print = observation.fingerprint;
            outcomes.push(Outcome::Observation(match taken.get(&print.identity) {
                None => {
                    taken.insert(print.identity, print.content);
                    Intake::Accepted
                }
                Some(content) if *content == print.content => Intake::Duplicate,
                Some(_) => Intake::Conflict,
            }));
        }
        Ok(outcomes)
    }
}

struct Tower {
    behind: Arc<StandIn>,
    tally: Arc<Tally>,
    patience: Patience,
    room_bytes: usize,
}

impl Tower {
    fn new() -> Self {
        Self {
            behind: Arc::default(),
            tally: Arc::default(),
            patience: Patience::default(),
            room_bytes: 1024 * STEP,
        }
    }

    async fn send(&self, request: Request<Body>) -> Response<Body> {
        let door = Door::new(Behind(self.behind.clone()), self.tally.clone())
            .with_limits(self.patience.clone(), self.room_bytes);
        door.routes()
            .oneshot(request)
            .await
            .expect("the door always answers")
    }

    async fn post(&self, body: impl Into<Body>) -> (StatusCode, Value) {
        read(self.send(request(&[], body)).await).await
    }
}

/// A post with the key for everything; headers given replace the usual ones, an empty value leaves one out.
fn request(headers: &[(header::HeaderName, &str)], body: impl Into<Body>) -> Request<Body> {
    let usual = [
        (header::AUTHORIZATION, "Bearer all-key"),
        (header::CONTENT_TYPE, "application/json"),
    ];
    let mut builder = Request::post("/api/v1/observations");
    for (name, value) in usual
        .iter()
        .filter(|(name, _)| !headers.iter().any(|(other, _)| other == name))
        .chain(headers)
    {
        if !value.is_empty() {
            builder = builder.header(name, *value);
        }
    }
    builder.body(body.into()).expect("a request")
}

async fn read(response: Response<Body>) -> (StatusCode, Value) {
    let status = response.status();
    let kind = response.headers()[header::CONTENT_TYPE]
        .to_str()
        .expect("plain")
        .to_owned();
    let bytes = to_bytes(response.into_body(), 10_000_000)
        .await
        .expect("a body");
    let value: Value = serde_json::from_slice(&bytes).expect("JSON");
    if status == StatusCode::OK {
        assert_eq!(kind, "application/json");
    } else {
        assert_eq!(kind, "application/problem+json");
        assert_eq!(value["status"], status.as_u16(), "{value}");
        assert!(
            ["type", "title", "detail"]
                .iter()
                .all(|member| value[member].is_string()),
            "{value}"
        );
    }
    (status, value)
}

#[tokio::test]
async fn a_batch_is_answered_item_by_item() {
    let tower = Tower::new();
    let items = [
        report("{}"),
        report(r#"{"id": "2", "position": [113.7, 123.4]}"#),
        report(r#"{"id": "3"}"#),
    ];
    let (status, answer) = tower.post(array(&items)).await;
    assert_eq!(status, StatusCode::OK);
    let refused =
        json!([{"index": 1, "pointer": "/position", "reason": answer["rejected"][0]["reason"]}]);
    assert_eq!(
        answer,
        json!({"accepted": 2, "duplicates": 0, "conflicts": 0, "rejected": refused})
    );
    assert!(
        answer["rejected"][0]["reason"]
            .as_str()
            .is_some_and(|reason| reason.starts_with("latitude 123.4 is outside -90..90"))
    );

    let again = [
        report("{}"),
        report(r#"{"id": "3", "severity": 1}"#),
        "7".into(),
        report(r#"{"id": "4"}"#),
    ];
    let (_, answer) = tower.post(array(&again)).await;
    assert_eq!(
        (
            &answer["accepted"],
            &answer["duplicates"],
            &answer["conflicts"]
        ),
        (&json!(1), &json!(1), &json!(1))
    );
    assert_eq!(answer["rejected"][0]["index"], 2);

    let sources = tower.tally.sources();
    let hotline = &sources["hotline-12345"];
    assert_eq!((hotline.counts.received, hotline.counts.accepted), (6, 3));
    assert_eq!(
        (
            hotline.counts.duplicates,
            hotline.counts.conflicts,
            hotline.counts.rejected
        ),
        (1, 1, 1)
    );
    assert_eq!(hotline.bad_items[0].pointer, "/position");
    assert_eq!(hotline.last_received_at, Some(NOW));
    assert_eq!(sources[OTHER].counts.rejected, 1);
}

#[tokio::test]
async fn every_compression_is_taken() {
    let items: Vec<String> = (0..400)
        .map(|at| report(&format!(r#"{{"id": "WO-{at}"}}"#)))
        .collect();
    for (encoding, packed) in packings(&array(&items)) {
        let name = format!("{encoding:?}")
            .to_lowercase()
            .replace("brotli", "br");
        let (status, answer) = read(
            Tower::new()
                .send(request(&[(header::CONTENT_ENCODING, &name)], packed))
                .await,
        )
        .await;
        assert_eq!(
            (status, &answer["accepted"]),
            (StatusCode::OK, &json!(400)),
            "{name}: {answer}"
        );
    }
}

#[tokio::test]
async fn faults_are_answered_in_the_order_of_the_contract() {
    let garbage = [0xff_u8; 40];
    let usual = "application/json";
    // (key, content type, encoding, body, status): each row has all faults of the rows below it.
    let rows: [(&str, &str, &str, Vec<u8>, u16); 8] = [
        ("", "text/plain", "rot13", garbage.to_vec(), 401),
        (
            "Bearer wrong-key",
            "text/plain",
            "rot13",
            garbage.to_vec(),
            401,
        ),
        (
            "Basic aG90bGluZS1rZXk=",
            "text/plain",
            "rot13",
            garbage.to_vec(),
            401,
        ),
        (
            "Bearer hotline-key",
            "text/plain",
            "rot13",
            garbage.to_vec(),
            415,
        ),
        ("Bearer hotline-key", usual, "rot13", garbage.to_vec(), 415),
        ("Bearer hotline-key", usual, "gzip", garbage.to_vec(), 400),
        (
            "Bearer hotline-key",
            usual,
            "",
            vec![b' '; 10 * 1024 * 1024 + 1],
            413,
        ),
        (
            "bearer hotline-key",
            usual,
            "",
            array(&[report(r#"{"source": "police"}"#)]),
            403,
        ),
    ];
    for (key, kind, encoding, body, expected) in rows {
        let headers = [
            (header::AUTHORIZATION, key),
            (header::CONTENT_TYPE, kind),
            (header::CONTENT_ENCODING, encoding),
        ];
        let response = Tower::new().send(request(&headers, body)).await;
        let challenge = response.headers().contains_key(header::WWW_AUTHENTICATE);
        let (status, problem) = read(response).await;
        assert_eq!(
            status.as_u16(),
            expected,
            "{key} {kind} {encoding}: {problem}"
        );
        assert_eq!(challenge, expected == 401);
    }
}

#[tokio::test]
async fn only_posting_is_answered() {
    let get = Request::get("/api/v1/observations").body(Body::empty());
    let response = Tower::new().send(get.expect("a request")).await;
    assert_eq!(response.headers()[header::ALLOW], "POST");
    assert_eq!(read(response).await.0, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn a_full_queue_says_when_to_come_back_and_takes_nothing() {
    let tower = Tower::new();
    let body = array(&[report("{}"), "7".into()]);
    for (flag, expected) in [(&tower.behind.full, 429), (&tower.behind.stopping, 503)] {
        flag.store(true, Ordering::Relaxed);
        let response = tower.send(request(&[], body.clone())).await;
        let again = response.headers()[header::RETRY_AFTER]
            .to_str()
            .expect("plain")
            .to_owned();
        assert!(
            again.parse::<u32>().is_ok_and(|seconds| seconds > 0),
            "{again}"
        );
        assert_eq!(read(response).await.0.as_u16(), expected);
        flag.store(false, Ordering::Relaxed);
    }
    assert_eq!(tower.tally.sources()["hotline-12345"].counts.dropped, 2);
    let (_, answer) = tower.post(body).await;
    assert_eq!(answer["accepted"], 1);
}

#[tokio::test]
async fn bodies_beyond_the_room_are_sent_away_for_a_while() {
    let tower = Tower {
        room_bytes: 2 * STEP,
        ..Tower::new()
    };
    let large = vec![b' '; 3 * STEP];
    let response = tower.send(request(&[], large)).await;
    assert!(response.headers().contains_key(header::RETRY_AFTER));
    assert_eq!(read(response).await.0, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(tower.post(array(&[report("{}")])).await.0, StatusCode::OK);
}

#[tokio::test]
async fn who_reported_goes_into_the_vault_and_only_his_token_on() {
    let tower = Tower::new();
    let item = report(r#"{"reporter": {"name": "陈先生", "phone": "13800000000"}}"#);
    assert_eq!(tower.post(array(&[item])).await.0, StatusCode::OK);
    assert_eq!(
        *tower.behind.sealed.lock().expect("no test panics within"),
        ["13800000000"]
    );
}

/// Counts what is read of it; ends, or never does.
fn stream_of(pieces: usize, read: Arc<Mutex<usize>>, ends: bool) -> Body {
    let pieces = stream::iter(0..pieces).map(move |_| {
        *read.lock().expect("no test panics within") += 1;
        Ok::<_, std::io::Error>(Bytes::from(vec![b' '; 1024 * 1024]))
    });
    if ends {
        return Body::from_stream(pieces);
    }
    Body::from_stream(pieces.chain(stream::once(pending())))
}

#[tokio::test]
async fn a_body_is_read_to_its_end_before_an_early_answer_but_not_for_ever() {
    for (headers, pieces, expected_read, status, closes) in [
        (vec![(header::AUTHORIZATION, "")], 20, 20, 401, false),
        (vec![], 20, 20, 413, false),
        (
            vec![(header::CONTENT_TYPE, "text/plain")],
            200,
            65,
            415,
            true,
        ),
    ] {
        let count = Arc::new(Mutex::new(0));
        let body = stream_of(pieces, count.clone(), true);
        let response = Tower::new().send(request(&headers, body)).await;
        assert_eq!(response.status().as_u16(), status);
        assert_eq!(response.headers().contains_key(header::CONNECTION), closes);
        assert_eq!(*count.lock().expect("no test panics within"), expected_read);
    }
}

#[tokio::test]
async fn a_sender_who_stops_half_way_is_not_waited_for() {
    let patience = Patience {
        idle: Duration::from_millis(20),
        drain: Duration::from_millis(20),
        ..Patience::default()
    };
    let tower = Tower {
        patience,
        ..Tower::new()
    };
    let response = tower
        .send(request(&[], stream_of(1, Arc::default(), false)))
        .await;
    assert_eq!(response.headers()[header::CONNECTION], "close");
    assert_eq!(read(response).await.0, StatusCode::REQUEST_TIMEOUT);
    let headers = [(header::AUTHORIZATION, "")];
    let response = tower
        .send(request(&headers, stream_of(1, Arc::default(), false)))
        .await;
    assert_eq!(response.headers()[header::CONNECTION], "close");
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_sender_who_drips_is_cut_off_in_the_end() {
    let patience = Patience {
        whole: Duration::from_millis(50),
        ..Patience::default()
    };
    let tower = Tower {
        patience,
        ..Tower::new()
    };
    // Always a byte more at once, never an end.
    let drip = stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from_static(b" "))).then(
        |byte| async {
            tokio::task::yield_now().await;
            byte
        },
    );
    let response = tower.send(request(&[], Body::from_stream(drip))).await;
    assert_eq!(read(response).await.0, StatusCode::REQUEST_TIMEOUT);
}

#[tokio::test]
async fn invented_sources_do_not_grow_the_books() {
    let tower = Tower::new();
    let items: Vec<String> = (0..1_000)
        .map(|at| report(&format!(r#"{{"source": "s{at}", "id": "{at}"}}"#)))
        .collect();
    let (_, answer) = tower.post(array(&items)).await;
    assert_eq!(answer["accepted"], 1_000);
    let sources = tower.tally.sources();
    assert!(sources.len() <= 257, "{} sources", sources.len());
    assert_eq!(
        sources
            .values()
            .map(|tally| tally.counts.accepted)
            .sum::<u64>(),
        1_000
    );
    assert!(sources[OTHER].counts.accepted > 700);
}
