//! `POST /api/v1/observations`: the one way in for feeds. Checks the key, reads the batch, hands it to the single writer
//! and says what became of every item. Answers 200 only after the writer has made the batch durable.

use std::future::Future;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{Query, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use domain::change::Outcome;
use domain::city::City;
use domain::command::Input;
use domain::ids::{SourceId, VaultToken};
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use super::batch::{self, Batch, Candidate, Form, Terms};
use super::body::{Arrived, Inflow, Patience, ROOM, Room};
use super::decode::{Encoding, decoded};
use super::receipt::{Account, Receipt};
use super::refusal::Refusal;
use super::reporter::Reporter;
use super::tally::Tally;

/// Bodies below this are read where they arrive; moving them to another thread costs more than reading them.
const SMALL: usize = 16 * 1024;
const RETRY_AFTER_S: u32 = 2;

/// What a key allows.
#[derive(Clone, Debug)]
pub struct KeyRight {
    /// The sources it speaks for.
    pub source_glob: String,
}

/// Why the single writer took nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NotTaken {
    /// Its queue is full.
    Full,
    Unavailable(String),
}

/// What stands behind the door.
pub trait Gate: Send + Sync + 'static {
    /// Personal data under lock, to become durable together with the inputs.
    type Sealed: Send + 'static;

    fn now(&self) -> Timestamp;
    fn city(&self) -> Arc<City>;
    /// The right of a key that is known and not revoked.
    fn key(&self, secret_sha256: &[u8; 32]) -> Option<KeyRight>;
    fn seal(&self, reporter: &Reporter) -> Result<(VaultToken, Self::Sealed), NotTaken>;
    /// Carries out all inputs in one block or none; ready once they are durable. One outcome an input, in order.
    fn carry_out(
        &self,
        inputs: Vec<Input>,
        sealed: Vec<Self::Sealed>,
    ) -> impl Future<Output = Result<Vec<Outcome>, NotTaken>> + Send;
}

/// The door for feeds.
pub struct Door<G> {
    gate: G,
    tally: Arc<Tally>,
    patience: Patience,
    room: Room,
    /// Large batches read at once.
    readers: Semaphore,
}

impl<G: Gate> Door<G> {
    pub fn new(gate: G, tally: Arc<Tally>) -> Self {
        let readers = std::thread::available_parallelism().map_or(2, |cores| cores.get());
        Self {
            gate,
            tally,
            patience: Patience::default(),
            room: Room::of(ROOM),
            readers: Semaphore::new(readers),
        }
    }

    /// Other limits of time and room than the usual ones.
    pub fn with_limits(mut self, patience: Patience, room_bytes: usize) -> Self {
        self.patience = patience;
        self.room = Room::of(room_bytes);
        self
    }

    pub fn routes(self) -> Router {
        metrics::gauge!("gulou_queue_limit", "queue" => "ingest_body_bytes").set(ROOM as f64);
        Router::new()
            .route("/api/v1/observations", post(take::<G>).fallback(only_post))
            .with_state(Arc::new(self))
    }

    async fn answer(&self, parts: &Parts, inflow: &mut Inflow) -> Result<Receipt, Refusal> {
        let right = bearer(&parts.headers)
            .and_then(|secret| self.gate.key(&Sha256::digest(secret).into()))
            .ok_or(Refusal::NoKey)?;
        let form = Form::named(text_of(&parts.headers, header::CONTENT_TYPE)?)?;
        let encoding = Encoding::named(text_of(&parts.headers, header::CONTENT_ENCODING)?)?;
        let arrived = inflow.arrive(&self.patience, &self.room).await?;
        let Arrived { bytes, held } = arrived;
        let reading = Reading {
            form,
            encoding,
            bytes,
            right,
            feed: feed_named(&parts.uri)?,
            city: self.gate.city(),
            now: self.gate.now(),
        };
        let batch = self.read(reading).await?;
        let receipt = self.submit(batch).await;
        drop(held);
        receipt
    }

    /// Large bodies are unpacked and read off the threads that serve everybody else.
    async fn read(&self, reading: Reading) -> Result<Batch, Refusal> {
        if reading.bytes.len() < SMALL && reading.encoding == Encoding::Identity {
            return reading.read();
        }
        // Never closed, so this only waits; the room for bodies bounds how many do.
        let _reader = self.readers.acquire().await;
        tokio::task::spawn_blocking(move || reading.read())
            .await
            .map_err(|error| Refusal::Unavailable {
                retry_after_s: RETRY_AFTER_S,
                reason: format!("failed to read the batch: {error}"),
            })?
    }

    async fn submit(&self, batch: Batch) -> Result<Receipt, Refusal> {
        let mut account = Account::opened(&batch, self.gate.now());
        let mut inputs = Vec::with_capacity(batch.candidates.len());
        let mut taken: Vec<(usize, SourceId, Timestamp)> =
            Vec::with_capacity(batch.candidates.len());
        let mut sealed = Vec::new();
        for candidate in batch.candidates {
            let Candidate {
                index,
                mut observation,
                reporter,
            } = candidate;
            if let Some(reporter) = reporter {
                let (token, entry) = self.gate.seal(&reporter).map_err(refused)?;
                observation.reporter = Some(token);
                sealed.push(entry);
            }
            taken.push((index, observation.source.clone(), observation.time));
            inputs.push(Input::Observation(Box::new(observation)));
        }
        if !inputs.is_empty() {
            let count = inputs.len();
            match self.gate.carry_out(inputs, sealed).await {
                Ok(outcomes) if outcomes.len() == count => {
                    for ((index, source, time), outcome) in taken.into_iter().zip(outcomes) {
                        account.settle(index, &source, time, outcome);
                    }
                }
                Ok(_) => {
                    tracing::error!(
                        "the single writer answered another number of items than it was given"
                    );
                    return Err(refused(NotTaken::Unavailable(
                        "failed to match the answers".into(),
                    )));
                }
                Err(not_taken) => {
                    account.drop_all(&taken);
                    account.close(&self.tally);
                    return Err(refused(not_taken));
                }
            }
        }
        Ok(account.close(&self.tally))
    }
}

fn refused(not_taken: NotTaken) -> Refusal {
    match not_taken {
        NotTaken::Full => Refusal::Busy {
            retry_after_s: RETRY_AFTER_S,
        },
        NotTaken::Unavailable(reason) => Refusal::Unavailable {
            retry_after_s: RETRY_AFTER_S,
            reason,
        },
    }
}

async fn take<G: Gate>(State(door): State<Arc<Door<G>>>, request: Request) -> Response {
    let begun = Instant::now();
    let (parts, body) = request.into_parts();
    let mut inflow = Inflow::new(body);
    let answer = door.answer(&parts, &mut inflow).await;
    let used = ROOM.saturating_sub(door.room.free_bytes());
    metrics::gauge!("gulou_queue_depth", "queue" => "ingest_body_bytes").set(used as f64);
    let response = match answer {
        Ok(receipt) => json(StatusCode::OK, "application/json", &receipt),
        Err(refusal) => {
            // One who is slow on purpose is not waited for a second time.
            let drained = refusal != Refusal::TooSlow && inflow.drain(&door.patience).await;
            refusal_response(&refusal, drained)
        }
    };
    let status = response.status().as_u16().to_string();
    metrics::histogram!("gulou_ingest_batch_seconds", "status" => status)
        .record(begun.elapsed().as_secs_f64());
    response
}

async fn only_post() -> Response {
    let mut response = refusal_response(&Refusal::NotPost, true);
    response
        .headers_mut()
        .insert(header::ALLOW, HeaderValue::from_static("POST"));
    response
}

fn refusal_response(refusal: &Refusal, drained: bool) -> Response {
    let status =
        StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = json(status, "application/problem+json", &refusal.problem());
    let headers = response.headers_mut();
    if let Some(seconds) = refusal.retry_after_s() {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if *refusal == Refusal::NoKey {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if !drained {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

fn json(status: StatusCode, kind: &'static str, body: &impl Serialize) -> Response {
    let bytes = serde_json::to_vec(body).expect("plain texts and numbers are JSON");
    (status, [(header::CONTENT_TYPE, kind)], bytes).into_response()
}

fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let value = headers.get(header::AUTHORIZATION)?.as_bytes();
    let (scheme, secret) = value.split_at_checked("Bearer ".len())?;
    let secret = secret.trim_ascii();
    (scheme.eq_ignore_ascii_case(b"Bearer ") && !secret.is_empty()).then_some(secret)
}

/// One value of a header; what is not plain text counts as unknown.
fn text_of(headers: &HeaderMap, name: header::HeaderName) -> Result<Option<&str>, Refusal> {
    let mut values = headers.get_all(&name).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let unknown = |said: String| match name {
        header::CONTENT_ENCODING => Refusal::UnknownEncoding(said),
        _ => Refusal::UnknownContentType(said),
    };
    if values.next().is_some() {
        return Err(unknown("several".into()));
    }
    value
        .to_str()
        .map(Some)
        .map_err(|_| unknown("not plain text".into()))
}

#[derive(Deserialize)]
struct FeedQuery {
    feed: Option<String>,
}

fn feed_named(uri: &Uri) -> Result<Option<String>, Refusal> {
    Query::<FeedQuery>::try_from_uri(uri)
        .map(|Query(query)| query.feed)
        .map_err(|error| Refusal::Feed(format!("the query cannot be read: {error}")))
}

/// Everything needed to read a body on another thread.
struct Reading {
    form: Form,
    encoding: Encoding,
    bytes: Vec<u8>,
    right: KeyRight,
    feed: Option<String>,
    city: Arc<City>,
    now: Timestamp,
}

impl Reading {
    fn read(self) -> Result<Batch, Refusal> {
        let body = decoded(self.encoding, &self.bytes)?;
        let terms = Terms {
            city: &self.city,
            key_glob: &self.right.source_glob,
            feed: Terms::feed_named(&self.city, self.form, self.feed.as_deref())?,
            now: self.now,
        };
        batch::read(self.form, &body, &terms)
    }
}
