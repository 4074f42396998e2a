//! Who asks: a person with a session cookie, or a key. Rights are read anew each time, so a change counts at once.

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderValue, Method, header};
use domain::account::{Account, Actor, Role};
use domain::city::City;
use domain::policy::Audience;
use sha2::{Digest, Sha256};

use super::Office;
use super::problem::Problem;

pub const SESSION_COOKIE: &str = "gulou_session";

/// Who asks, resolved.
#[derive(Clone, Debug)]
pub enum Identity {
    Person {
        account: Arc<Account>,
        token: String,
    },
    /// A key that may read.
    Reader { secret_sha256: [u8; 32] },
}

impl Identity {
    pub fn person(&self) -> Option<&Arc<Account>> {
        match self {
            Self::Person { account, .. } => Some(account),
            Self::Reader { .. } => None,
        }
    }

    pub fn audience(&self, city: &City) -> Audience {
        match self {
            Self::Person { account, .. } => audience_of(account, city),
            Self::Reader { .. } => Audience::City,
        }
    }

    pub fn actor(&self) -> Option<Actor> {
        self.person().map(|account| account.actor())
    }
}

pub fn audience_of(account: &Account, city: &City) -> Audience {
    let town = account
        .department
        .as_ref()
        .and_then(|id| city.departments.get(id))
        .and_then(|department| department.town.clone());
    Audience::of(&account.actor(), town)
}

/// One value of the `Cookie` header.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

fn bearer(headers: &HeaderMap) -> Option<[u8; 32]> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, secret) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| Sha256::digest(secret.trim().as_bytes()).into())
}

impl Office {
    /// Who asks. 401 where nobody is known, 403 for a key that may only write.
    pub fn who(&self, headers: &HeaderMap) -> Result<Identity, Problem> {
        if let Some(secret_sha256) = bearer(headers) {
            let key = self
                .back
                .key(&secret_sha256)
                .filter(|key| !key.revoked)
                .ok_or_else(Problem::unauthenticated)?;
            if !key.read {
                return Err(Problem::forbidden(
                    "This key may send observations but not read. Make one with `gulou key add --read`.",
                ));
            }
            return Ok(Identity::Reader { secret_sha256 });
        }
        self.person(headers).ok_or_else(Problem::unauthenticated)
    }

    /// Whether an account may come in at all. Everybody knows the demonstration's password, so its accounts are good in the
    /// demonstration alone.
    pub fn admits(&self, account: &Account) -> bool {
        !account.disabled && (!account.demo || self.back.demo())
    }

    /// The person of a session cookie, if the session runs and the account may still come in.
    pub fn person(&self, headers: &HeaderMap) -> Option<Identity> {
        let token = cookie(headers, SESSION_COOKIE)?;
        let name = self.sessions.account_of(token, self.back.now())?;
        let account = self
            .back
            .account(&name)
            .filter(|account| self.admits(account))?;
        Some(Identity::Person {
            account,
            token: token.to_owned(),
        })
    }

    /// A person of one of these roles; `why` is said to everybody else.
    pub fn one_of(
        &self,
        headers: &HeaderMap,
        roles: &[Role],
        why: &str,
    ) -> Result<Arc<Account>, Problem> {
        let identity = self.who(headers)?;
        let account = identity
            .person()
            .filter(|account| roles.contains(&account.role));
        account.cloned().ok_or_else(|| Problem::forbidden(why))
    }

    /// A person about to change something: a session, and a request from our own pages.
    pub fn acting(
        &self,
        method: &Method,
        headers: &HeaderMap,
    ) -> Result<(Arc<Account>, Actor), Problem> {
        match self.who(headers)? {
            Identity::Reader { .. } => Err(Problem::forbidden(
                "A key reads and feeds; commands are given by people. Sign in.",
            )),
            Identity::Person { account, .. } => {
                if *method != Method::GET && !same_origin(headers) {
                    return Err(Problem::forbidden(
                        "Writes by session need an `Origin` header of this very site.",
                    ));
                }
                let actor = account.actor();
                Ok((account, actor))
            }
        }
    }
}

/// Whether `Origin` names the host that was asked.
pub fn same_origin(headers: &HeaderMap) -> bool {
    let Some(origin) = headers
        .get(header::ORIGIN)
        .and_then(|value| value.to_str().ok())
    else {
        return false;
    };
    let Some(host) = headers
        .get(header::HOST)
        .and_then(|value| value.to_str().ok())
    else {
        return false;
    };
    origin
        .strip_prefix("http://")
        .or_else(|| origin.strip_prefix("https://"))
        .is_some_and(|named| named.eq_ignore_ascii_case(host))
}

/// The right to follow the live stream, asked again and again.
#[derive(Clone)]
pub struct Looker {
    office: Arc<Office>,
    headers: HeaderMap,
}

impl Looker {
    /// A cookie is only good from our own pages; a key comes from anywhere.
    pub fn admitted(office: &Arc<Office>, headers: &HeaderMap) -> Result<Self, Problem> {
        let identity = office.who(headers)?;
        if matches!(identity, Identity::Person { .. }) && !same_origin(headers) {
            return Err(Problem::forbidden(
                "The live stream opens only from this site's own pages.",
            ));
        }
        Ok(Self::kept(office, headers))
    }

    /// Whoever has been let in already.
    pub fn kept(office: &Arc<Office>, headers: &HeaderMap) -> Self {
        let mut kept = HeaderMap::new();
        for name in [header::COOKIE, header::AUTHORIZATION] {
            for value in headers.get_all(&name) {
                // A copy: the value itself is a piece of all that was read of the line, and would keep that.
                if let Ok(copy) = HeaderValue::from_bytes(value.as_bytes()) {
                    kept.append(name.clone(), copy);
                }
            }
        }
        Self {
            office: office.clone(),
            headers: kept,
        }
    }

    /// The person, as long as he may come in.
    pub fn account(&self) -> Option<Arc<Account>> {
        self.office.who(&self.headers).ok()?.person().cloned()
    }

    /// What may be seen now, or None when the right is over.
    pub fn audience(&self) -> Option<Audience> {
        let identity = self.office.who(&self.headers).ok()?;
        Some(identity.audience(&self.office.back.city()))
    }

    /// The account or key that follows.
    pub fn holder(&self) -> Option<String> {
        Some(match self.office.who(&self.headers).ok()? {
            Identity::Person { account, .. } => account.name.to_string(),
            Identity::Reader { secret_sha256 } => format!("key {secret_sha256:?}"),
        })
    }
}

/// Roles that open incidents at the desk.
pub fn may_open(role: Role) -> bool {
    matches!(
        role,
        Role::Collector | Role::Operator | Role::ShiftLeader | Role::Dispatcher | Role::Commander
    )
}
