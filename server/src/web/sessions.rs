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
    /// The family of the browser and its system, no more (`client`).
    pub client: String,
}

impl KeptSession {
    /// What others may know it by: says nothing of the token.
    pub fn id(&self) -> String {
        let named: [u8; 32] =
            Sha256::digest([b"session ".as_slice(), &self.token_sha256].concat()).into();
        named[..8]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    fn is_over(&self, now: Timestamp) -> bool {
        now.since(self.seen_at) > IDLE_MS || now.since(self.made_at) > OLDEST_MS
    }
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
    pub fn begin(
        &self,
        account: &AccountName,
        client: &str,
        now: Timestamp,
    ) -> Result<String, String> {
        let token = random_token()?;
        let session = KeptSession {
            token_sha256: hash(&token),
            account: account.clone(),
            made_at: now,
            seen_at: now,
            client: client.to_owned(),
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
        if session.is_over(now) {
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
        self.end_kept(&hash(token));
    }

    fn end_kept(&self, key: &[u8; 32]) {
        self.lock().remove(key);
        self.keeper.end(key);
    }

    /// Those that run, of one account or of all; the latest used first.
    pub fn list(&self, account: Option<&AccountName>, now: Timestamp) -> Vec<KeptSession> {
        let mut found: Vec<KeptSession> = self
            .lock()
            .values()
            .filter(|session| account.is_none_or(|account| session.account == *account))
            .filter(|session| !session.is_over(now))
            .cloned()
            .collect();
        found.sort_by_key(|session| (std::cmp::Reverse(session.seen_at), session.token_sha256));
        found
    }

    /// The session of a token, if it runs.
    pub fn of_token(&self, token: &str, now: Timestamp) -> Option<KeptSession> {
        self.lock()
            .get(&hash(token))
            .filter(|session| !session.is_over(now))
            .cloned()
    }

    /// Ends one of those that were listed. Its live sockets close within a second: they ask again and again.
    pub fn revoke(&self, session: &KeptSession) {
        self.end_kept(&session.token_sha256);
    }
}

/// What a browser says of itself, made coarse: enough to know one's own telephone by, too little to follow anybody.
pub fn client(user_agent: Option<&str>) -> String {
    let text = user_agent.unwrap_or_default();
    let first = |known: &[(&str, &'static str)]| {
        known
            .iter()
            .find(|(sign, _)| text.contains(sign))
            .map(|(_, name)| *name)
    };
    // Most name Chrome and Safari besides themselves.
    let family = first(&[
        ("MicroMessenger", "WeChat"),
        ("HuaweiBrowser", "Huawei Browser"),
        ("MiuiBrowser", "Mi Browser"),
        ("UCBrowser", "UC Browser"),
        ("QQBrowser", "QQ Browser"),
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("FxiOS", "Firefox"),
        ("CriOS", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
        ("Python", "Python"),
    ]);
    let system = first(&[
        ("HarmonyOS", "HarmonyOS"),
        ("OpenHarmony", "HarmonyOS"),
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (family, system) {
        (Some(family), Some(system)) => format!("{family}, {system}"),
        (Some(known), None) | (None, Some(known)) => known.to_owned(),
        (None, None) => "unknown".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keeps what outlives the process.
    #[derive(Default)]
    struct Drawer(Mutex<BTreeMap<[u8; 32], KeptSession>>);

    impl SessionKeeper for Drawer {
        fn all(&self) -> Vec<KeptSession> {
            self.0
                .lock()
                .expect("one thread")
                .values()
                .cloned()
                .collect()
        }
        fn put(&self, session: &KeptSession) {
            let mut kept = self.0.lock().expect("one thread");
            kept.insert(session.token_sha256, session.clone());
        }
        fn end(&self, token_sha256: &[u8; 32]) {
            self.0.lock().expect("one thread").remove(token_sha256);
        }
    }

    fn name(text: &str) -> AccountName {
        AccountName::new(text).expect("a name")
    }

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    #[test]
    fn a_revoked_session_is_over_here_and_after_a_restart_and_the_others_run_on() {
        let drawer = Arc::new(Drawer::default());
        let sessions = Sessions::new(drawer.clone());
        let begin = |who: &str, client: &str, ms| {
            sessions.begin(&name(who), client, at(ms)).expect("a token")
        };
        let desk = begin("leader", "Firefox, Linux", 1);
        let phone = begin("leader", "Chrome, Android", 2);
        let other = begin("operator", "Edge, Windows", 3);
        let of_leader = sessions.list(Some(&name("leader")), at(4));
        let clients: Vec<&str> = of_leader
            .iter()
            .map(|session| session.client.as_str())
            .collect();
        assert_eq!(clients, ["Chrome, Android", "Firefox, Linux"]);
        assert_eq!(sessions.list(None, at(4)).len(), 3);
        for session in &of_leader {
            let id = session.id();
            let shown: String = session
                .token_sha256
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            assert!(
                id.len() == 16 && !shown.contains(&id),
                "the id is no part of what is kept"
            );
        }
        sessions.revoke(&of_leader[0]);
        assert_eq!(sessions.account_of(&phone, at(5)), None);
        assert!(sessions.of_token(&phone, at(5)).is_none());
        let again = Sessions::new(drawer);
        assert_eq!(again.account_of(&phone, at(5)), None);
        assert_eq!(again.account_of(&desk, at(5)), Some(name("leader")));
        assert_eq!(again.account_of(&other, at(5)), Some(name("operator")));
        assert!(
            again.list(None, at(IDLE_MS + 60_000)).is_empty(),
            "idle for too long"
        );
    }

    #[test]
    fn every_login_has_a_token_of_its_own() {
        let sessions = Sessions::new(Arc::new(Drawer::default()));
        let tokens: std::collections::BTreeSet<String> = (0..100)
            .map(|ms| {
                sessions
                    .begin(&name("leader"), "", at(ms))
                    .expect("a token")
            })
            .collect();
        assert_eq!(tokens.len(), 100);
        assert!(
            tokens.iter().all(|token| token.len() == 43),
            "256 bits each"
        );
    }

    #[test]
    fn what_a_browser_says_is_made_coarse() {
        for (said, shown) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
                "Firefox, Linux",
            ),
            (
                "Mozilla/5.0 (Linux; Android 14; SM-S901B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36",
                "Chrome, Android",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.49",
                "WeChat, iPhone",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0",
                "Edge, Windows",
            ),
            ("curl/8.5.0", "curl"),
            ("陈女士 13800000000", "unknown"),
            ("", "unknown"),
        ] {
            assert_eq!(client(Some(said)), shown, "{said}");
        }
        assert_eq!(client(None), "unknown");
    }
}
