//! Standard Webhooks (www.standardwebhooks.com, version 1.0.0): one signed POST; no redirect is followed, and of an answer only its
//! beginning is read.

use std::io::Read as _;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use ureq::Agent;
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::DefaultConnector;

use super::address::{self, Allowed, Guarded};
use super::{Brought, Channel, Letter};

/// For one try, all in all.
const PATIENCE: Duration = Duration::from_secs(10);
/// What is read of an answer, and of that what the log holds.
const READ_OF_AN_ANSWER: u64 = 2_048;
const LOGGED_OF_AN_ANSWER: usize = 200;

/// What signs the letters to one receiver; made of the server's own key, so that no journal holds it.
#[derive(Clone)]
pub struct Secret([u8; 32]);

impl Secret {
    pub fn of(key: &[u8], endpoint: &str, generation: u32) -> Self {
        let said = format!("gulou webhook\n{endpoint}\n{generation}");
        Self(hashed(key, said.as_bytes()))
    }

    /// As a receiver is told it.
    pub fn said(&self) -> String {
        format!("whsec_{}", STANDARD.encode(self.0))
    }

    pub fn signature(&self, id: &str, at_s: i64, payload: &str) -> String {
        let signed = format!("{id}.{at_s}.{payload}");
        format!("v1,{}", STANDARD.encode(hashed(&self.0, signed.as_bytes())))
    }
}

fn hashed(key: &[u8], said: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(said);
    mac.finalize().into_bytes().into()
}

/// One receiver.
pub struct Webhook {
    url: String,
    secret: Secret,
    allowed: Allowed,
    agent: Agent,
}

/// Keeps lines to receivers open between letters.
#[derive(Clone)]
pub struct Lines {
    agent: Agent,
    allowed: Allowed,
}

impl Lines {
    pub fn new(allowed: Allowed) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .proxy(None)
            .user_agent(concat!("gulou/", env!("CARGO_PKG_VERSION")))
            .max_idle_connections_per_host(2)
            .build();
        let resolver = Guarded {
            inner: DefaultResolver::default(),
            allowed: allowed.clone(),
        };
        Self {
            agent: Agent::with_parts(config, DefaultConnector::default(), resolver),
            allowed,
        }
    }

    pub fn to(&self, url: &str, secret: Secret) -> Webhook {
        Webhook {
            url: url.to_owned(),
            secret,
            allowed: self.allowed.clone(),
            agent: self.agent.clone(),
        }
    }
}

impl Channel for Webhook {
    fn name(&self) -> &'static str {
        "webhook"
    }

    fn bring(&self, letter: &Letter) -> Brought {
        if let Err(why) = address::check(&self.url, &self.allowed) {
            return Brought::Failed(format!("not sent: the address {why}"));
        }
        let at_s = letter.sent_at.millis().div_euclid(1_000);
        let signature = self.secret.signature(&letter.id, at_s, &letter.payload);
        let sent = self
            .agent
            .post(&self.url)
            .header("content-type", "application/json")
            .header("webhook-id", &letter.id)
            .header("webhook-timestamp", at_s.to_string())
            .header("webhook-signature", signature)
            .send(letter.payload.as_bytes());
        let mut answer = match sent {
            Ok(answer) => answer,
            Err(error) => return Brought::Failed(error.to_string()),
        };
        let status = answer.status();
        let mut words = Vec::new();
        let body = answer.body_mut().as_reader();
        // One that sends on and on is cut off here; the line is not used again.
        let _rest_unread = body.take(READ_OF_AN_ANSWER).read_to_end(&mut words);
        let words = String::from_utf8_lossy(&words);
        let plain = words.chars().filter(|c| !c.is_control());
        let words: String = plain.take(LOGGED_OF_AN_ANSWER).collect();
        let said = format!("{} {words}", status.as_u16()).trim_end().to_owned();
        match status.as_u16() {
            200..=299 => Brought::Taken(said),
            300..=399 => Brought::Failed(format!("{said} (redirects are not followed)")),
            410 => Brought::Gone(said),
            _ => Brought::Failed(said),
        }
    }
}
