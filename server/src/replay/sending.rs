//! Sends batches to a server's public door, and comes back when the server asks for it.

use std::fmt;
use std::io::Write;
use std::thread::sleep;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Deserialize;
use serde_json::Value;
use ureq::Agent;
use ureq::http::{Response, header};

use super::recording::Form;

/// How often one batch is tried.
const MOST_TRIES: u32 = 10;
const LONGEST_WAIT: Duration = Duration::from_secs(30);
const ANSWER_WITHIN: Duration = Duration::from_secs(120);
/// Rejected items that are shown.
const MOST_SHOWN: usize = 10;
const PLAIN: [char; 4] = ['-', '_', '.', '~'];

/// The sums of the server's answers.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Totals {
    pub accepted: u64,
    pub duplicates: u64,
    pub conflicts: u64,
    pub rejected: u64,
    /// The first few rejected items: their place in the recording, and why.
    pub first_rejects: Vec<(usize, String)>,
}

impl Totals {
    /// The items counted from the beginning of the recording instead of the batch.
    pub(super) fn count_from(&mut self, first: usize) {
        for (place, _) in &mut self.first_rejects {
            *place += first;
        }
    }

    pub(super) fn add(&mut self, other: Self) {
        self.accepted += other.accepted;
        self.duplicates += other.duplicates;
        self.conflicts += other.conflicts;
        self.rejected += other.rejected;
        let room = MOST_SHOWN.saturating_sub(self.first_rejects.len());
        self.first_rejects
            .extend(other.first_rejects.into_iter().take(room));
    }
}

#[derive(Deserialize)]
struct Receipt {
    accepted: u64,
    duplicates: u64,
    conflicts: u64,
    rejected: Vec<Reject>,
}

#[derive(Deserialize)]
struct Reject {
    index: usize,
    pointer: String,
    reason: String,
}

/// Why a batch was not taken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SendingError {
    /// The server refused it; sending it again would not help.
    Refused {
        status: u16,
        detail: String,
    },
    /// The server was not reached, or was too busy, however often it was tried.
    GaveUp {
        tries: u32,
        reason: String,
    },
    Packing(String),
}

impl SendingError {
    /// Whether the batches after it would fare no better.
    pub fn is_final(&self) -> bool {
        !matches!(self, Self::Refused { status, .. } if !matches!(status, 401 | 404 | 415))
    }
}

impl fmt::Display for SendingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { status, detail } => write!(f, "the server answered {status}: {detail}"),
            Self::GaveUp { tries, reason } => write!(f, "gave up after {tries} tries: {reason}"),
            Self::Packing(reason) => write!(f, "failed to pack the batch: {reason}"),
        }
    }
}

impl std::error::Error for SendingError {}

pub struct Sender {
    agent: Agent,
    address: String,
    authorization: String,
    form: Form,
}

enum Answer {
    Taken(Totals),
    Later {
        reason: String,
        wait: Option<Duration>,
    },
}

impl Sender {
    pub fn new(to: &str, key: &str, feed: Option<&str>, form: Form) -> Self {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(ANSWER_WITHIN))
            .build()
            .into();
        let mut address = format!("{}/api/v1/observations", to.trim_end_matches('/'));
        if let Some(feed) = feed {
            address.push_str("?feed=");
            address.push_str(&escaped(feed));
        }
        Self {
            agent,
            address,
            authorization: format!("Bearer {key}"),
            form,
        }
    }

    /// Sends a batch, in halves if the server finds it too large.
    pub fn send(&self, items: &[Value]) -> Result<Totals, SendingError> {
        match self.send_whole(items) {
            Err(SendingError::Refused { status: 413, .. }) if items.len() > 1 => {
                let (front, back) = items.split_at(items.len() / 2);
                let mut totals = self.send(front)?;
                let mut rest = self.send(back)?;
                rest.count_from(front.len());
                totals.add(rest);
                Ok(totals)
            }
            answer => answer,
        }
    }

    fn send_whole(&self, items: &[Value]) -> Result<Totals, SendingError> {
        let body = self.packed(items)?;
        let mut wait = Duration::from_secs(1);
        let mut reason = String::new();
        for _ in 0..MOST_TRIES {
            match self.try_once(&body)? {
                Answer::Taken(totals) => return Ok(totals),
                Answer::Later {
                    reason: why,
                    wait: asked,
                } => {
                    reason = why;
                    sleep(asked.unwrap_or(wait).min(LONGEST_WAIT));
                    wait = (wait * 2).min(LONGEST_WAIT);
                }
            }
        }
        Err(SendingError::GaveUp {
            tries: MOST_TRIES,
            reason,
        })
    }

    fn packed(&self, items: &[Value]) -> Result<Vec<u8>, SendingError> {
        let packing = |error: String| SendingError::Packing(error);
        let mut body = GzEncoder::new(Vec::new(), Compression::fast());
        let (begin, end): (&[u8], &[u8]) = match self.form {
            Form::Items => (b"", b""),
            Form::Features => (br#"{"type":"FeatureCollection","features":"#, b"}"),
        };
        body.write_all(begin)
            .map_err(|error| packing(error.to_string()))?;
        serde_json::to_writer(&mut body, items).map_err(|error| packing(error.to_string()))?;
        body.write_all(end)
            .map_err(|error| packing(error.to_string()))?;
        body.finish().map_err(|error| packing(error.to_string()))
    }

    fn try_once(&self, body: &[u8]) -> Result<Answer, SendingError> {
        let kind = match self.form {
            Form::Items => "application/json",
            Form::Features => "application/geo+json",
        };
        let sent = self
            .agent
            .post(&self.address)
            .header(header::AUTHORIZATION, &self.authorization)
            .header(header::CONTENT_TYPE, kind)
            .header(header::CONTENT_ENCODING, "gzip")
            .send(body);
        let mut answer = match sent {
            Ok(answer) => answer,
            // Sending it again is safe: what was taken after all comes back as duplicates.
            Err(error) => {
                return Ok(Answer::Later {
                    reason: error.to_string(),
                    wait: None,
                });
            }
        };
        let status = answer.status().as_u16();
        let asked = retry_after(&answer);
        let text = answer.body_mut().read_to_string().unwrap_or_default();
        match status {
            200 => receipt(&text),
            408 | 429 | 500..=599 => Ok(Answer::Later {
                reason: format!("the server answered {status}"),
                wait: asked,
            }),
            _ => Err(SendingError::Refused {
                status,
                detail: detail(&text),
            }),
        }
    }
}

fn receipt(text: &str) -> Result<Answer, SendingError> {
    let receipt: Receipt = serde_json::from_str(text).map_err(|error| SendingError::Refused {
        status: 200,
        detail: format!("and something we cannot read: {error}"),
    })?;
    let shown = receipt.rejected.iter().take(MOST_SHOWN);
    Ok(Answer::Taken(Totals {
        accepted: receipt.accepted,
        duplicates: receipt.duplicates,
        conflicts: receipt.conflicts,
        rejected: receipt.rejected.len() as u64,
        first_rejects: shown
            .map(|reject| {
                (
                    reject.index,
                    format!("{} {}", reject.pointer, reject.reason),
                )
            })
            .collect(),
    }))
}

/// Seconds only; a date would need a clock we trust.
fn retry_after<B>(answer: &Response<B>) -> Option<Duration> {
    let value = answer.headers().get(header::RETRY_AFTER)?;
    value.to_str().ok()?.parse().ok().map(Duration::from_secs)
}

fn detail(problem: &str) -> String {
    let said = serde_json::from_str::<Value>(problem).ok();
    let said = said.as_ref().and_then(|problem| problem["detail"].as_str());
    said.unwrap_or(problem).chars().take(300).collect()
}

fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        let letter = char::from(byte);
        if letter.is_ascii_alphanumeric() || PLAIN.contains(&letter) {
            escaped.push(letter);
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}
