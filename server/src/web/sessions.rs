//! Sessions of people: a random token in a cookie, its hash and the rest here. Ended in one place, seen everywhere within
//! a second. Kept by the store, so that a restart signs nobody out.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::ids::AccountName;
use domain::time::Timestamp;
use sha2::{Digest, Sha256};

/// Idle for this long, or this old in all, a session is over.
const IDLE_MS: i64 = 12 * 60 * 60 * 1000;
const OLDEST_MS: i64 = 7 * 24 * 60 * 60 * 1000;
/// How often a session that is used is written down as seen.
const SEEN_EVERY_MS: i64 = 60 * 1000;
/// Sessions of a whole city at once; beyond this the longest idle one goes.
const MOST: usize = 20_000;

#[derive(Clone, Debug, PartialEq)]
pub struct KeptSession {
    pub token_sha256: [u8; 32],
    pub account: AccountName,
    pub made_at: Timestamp,
    pub seen_at: Timestamp,
}

/// Where sessions outlive the process.
pub trait SessionKeeper: Send + Sync {
    fn all(&self) -> Vec<KeptSession>;
    fn put(&self, session: &KeptSession);
    fn end(&self, token_sha256: &[u8; 32]);
}

pub struct Sessions {
    known: Mutex<BTreeMap<[u8; 32], KeptSession>>,
    keeper: Arc<dyn SessionKeeper>,
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// 256 random bits as text.
pub fn random_token() -> Result<String, String> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| format!("no randomness to be had: {error}"))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

impl Sessions {
    pub fn new(keeper: Arc<dyn SessionKeeper>) -> Self {
        let known = keeper
            .all()
            .into_iter()
            .map(|session| (session.token_sha256, session))
            .collect();
        Self {
            known: Mutex::new(known),
            keeper,
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<[u8; 32], KeptSession>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a session; the token is returned once and kept nowhere.
    pub fn begin(&self, account: &AccountName, now: Timestamp) -> Result<String, String> {
        let token = random_token()?;
        let session = KeptSession {
            token_sha256: hash(&token),
            account: account.clone(),
            made_at: now,
            seen_at: now,
        };
        self.keeper.put(&session);
        let mut known = self.lock();
        if known.len() >= MOST
            && let Some(idle) = known
                .values()
                .min_by_key(|session| session.seen_at)
                .map(|session| session.token_sha256)
        {
            known.remove(&idle);
            self.keeper.end(&idle);
        }
        known.insert(session.token_sha256, session);
        Ok(token)
    }

    /// Whose session a token is, if it still runs.
    pub fn account_of(&self, token: &str, now: Timestamp) -> Option<AccountName> {
        let key = hash(token);
        let mut known = self.lock();
        let session = known.get_mut(&key)?;
        let over = now.since(session.seen_at) > IDLE_MS || now.since(session.made_at) > OLDEST_MS;
        if over {
            known.remove(&key);
            drop(known);
            self.keeper.end(&key);
            return None;
        }
        let account = session.account.clone();
        if now.since(session.seen_at) > SEEN_EVERY_MS {
            session.seen_at = now;
            let session = session.clone();
            drop(known);
            self.keeper.put(&session);
        }
        Some(account)
    }

    pub fn end(&self, token: &str) {
        let key = hash(token);
        self.lock().remove(&key);
        self.keeper.end(&key);
    }
}
