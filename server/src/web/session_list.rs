//! Who is signed in where: each person sees and ends his own sessions, an administrator everybody's; and one's own password.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use domain::account::{Account, AccountChange, Role};
use domain::audit::{Note, What, Who};
use domain::change::Outcome;
use domain::command::Input;
use domain::ids::AccountName;
use domain::wire::office::SessionView;
use serde::{Deserialize, Serialize};

use super::Office;
use super::forms;
use super::identity::{Identity, SESSION_COOKIE, cookie};
use super::login::client_of;
use super::passwords;
use super::problem::{Pointed, Problem};
use super::sessions::KeptSession;

/// More tell nothing new; the latest used come first.
const MOST: usize = 1_000;
const BUSY_S: u32 = 5;

#[derive(Deserialize)]
pub struct SessionQuery {
    account: Option<String>,
}

#[derive(Serialize)]
struct Sessions {
    sessions: Vec<SessionView>,
}

#[derive(Serialize)]
struct Ended {
    revoked: u64,
}

fn shown(session: &KeptSession, current: Option<&KeptSession>) -> SessionView {
    SessionView {
        id: session.id(),
        account: session.account.clone(),
        made_at: session.made_at,
        seen_at: session.seen_at,
        client: session.client.clone(),
        current: current.is_some_and(|current| current.token_sha256 == session.token_sha256),
    }
}

/// Whose sessions are asked for: one's own, or as an administrator those of anybody (`Ok(None)`: of all).
fn whose(account: &Account, named: Option<&str>) -> Result<Option<AccountName>, Problem> {
    let own = || Ok(Some(account.name.clone()));
    match (named.filter(|name| !name.is_empty()), account.role) {
        (None, Role::Administrator) => Ok(None),
        (None, _) => own(),
        (Some(name), _) if name == account.name.as_str() => own(),
        (Some(name), Role::Administrator) => AccountName::new(name)
            .map(Some)
            .map_err(|error| wrong("?account", error)),
        (Some(_), _) => Err(Problem::forbidden(
            "Only an administrator sees the sessions of others.",
        )),
    }
}

fn wrong(pointer: &str, reason: impl ToString) -> Problem {
    Problem::invalid(vec![Pointed {
        pointer: pointer.to_owned(),
        reason: reason.to_string(),
    }])
}

pub async fn list(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
    Query(query): Query<SessionQuery>,
) -> Result<Response, Problem> {
    let Identity::Person { account, token } = office.who(&headers)? else {
        return Err(Problem::forbidden("A key has no sessions."));
    };
    let whose = whose(&account, query.account.as_deref())?;
    let now = office.back.now();
    let current = office.sessions.of_token(&token, now);
    let mut found = office.sessions.list(whose.as_ref(), now);
    // A session of an account that may not come in opens nothing.
    found.retain(|session| {
        let account = office.back.account(&session.account);
        account.is_some_and(|account| office.admits(&account))
    });
    found.truncate(MOST);
    let sessions: Vec<SessionView> = found
        .iter()
        .map(|session| shown(session, current.as_ref()))
        .collect();
    Ok(forms::one(&headers, &Sessions { sessions }))
}

/// Ends one, be it the very one that asks.
pub async fn revoke(
    State(office): State<Arc<Office>>,
    method: Method,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let (account, _) = office.acting(&method, &headers)?;
    let reach = whose(&account, None)?;
    let session = office
        .sessions
        .list(reach.as_ref(), office.back.now())
        .into_iter()
        .find(|session| session.id() == id)
        .ok_or_else(|| Problem::not_found("There is no such session within your scope."))?;
    end(&office, &account, &session).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Others {
    account: Option<String>,
}

/// Ends all of an account but the one that asks.
pub async fn revoke_others(
    State(office): State<Arc<Office>>,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let (account, _) = office.acting(&method, &headers)?;
    let others: Others = if body.is_empty() {
        Others::default()
    } else {
        serde_json::from_slice(&body)
            .map_err(|error| Problem::unreadable(format!("The body is not as expected: {error}")))?
    };
    // Nobody ends everybody's by leaving out a name.
    let whose = match others.account {
        None => account.name.clone(),
        Some(name) => whose(&account, Some(&name))?.unwrap_or_else(|| account.name.clone()),
    };
    let revoked = end_others(&office, &account, &whose, &headers).await?;
    Ok(forms::one(&headers, &Ended { revoked }))
}

async fn end(office: &Office, by: &Account, session: &KeptSession) -> Result<(), Problem> {
    let who = Who::Account(by.name.clone());
    let detail = format!("of {}", session.account);
    let note = Note::new(who, What::SessionRevoked, session.id(), detail);
    office.note(note).await?;
    office.sessions.revoke(session);
    Ok(())
}

async fn end_others(
    office: &Office,
    by: &Account,
    whose: &AccountName,
    headers: &HeaderMap,
) -> Result<u64, Problem> {
    let now = office.back.now();
    let current =
        cookie(headers, SESSION_COOKIE).and_then(|token| office.sessions.of_token(token, now));
    let mut ended = 0;
    for session in office.sessions.list(Some(whose), now) {
        let is_current = current
            .as_ref()
            .is_some_and(|current| current.token_sha256 == session.token_sha256);
        if !is_current {
            end(office, by, &session).await?;
            ended += 1;
        }
    }
    Ok(ended)
}

/// Never printed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewPassword {
    old: String,
    new: String,
}

/// Changes one's own password. Whoever else is signed in as one must sign in anew.
pub async fn password(
    State(office): State<Arc<Office>>,
    ConnectInfo(peer): ConnectInfo<std::net::SocketAddr>,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    let (account, _) = office.acting(&method, &headers)?;
    if account.demo {
        return Err(Problem::forbidden(
            "The demonstration's password is everybody's: nobody changes it.",
        ));
    }
    // What is wrong is not repeated: it may be a password.
    let NewPassword { old, new } = serde_json::from_slice(&body)
        .map_err(|_| Problem::unreadable("The body must be {\"old\": text, \"new\": text}."))?;
    let faults = passwords::faults(&new, &account.name);
    if !faults.is_empty() {
        return Err(wrong("/new", faults.join("; ")));
    }
    let (name, from, now) = (account.name.as_str(), Some(peer.ip()), office.back.now());
    office
        .throttle
        .attempt(name, from, now)
        .map_err(|wait_s| Problem::too_many("The old password was wrong too often.", wait_s))?;
    let busy = |_: passwords::Busy| Problem::too_many("Many sign in just now.", BUSY_S);
    let fits = passwords::fits(Some(account.password_hash.clone()), old)
        .await
        .map_err(busy)?;
    if !fits {
        let who = Who::Account(account.name.clone());
        let detail = format!("{}, old password of a change", client_of(&headers));
        office
            .note(Note::new(who, What::LoginFailed, "", detail))
            .await?;
        return Err(wrong("/old", "is not the password"));
    }
    office.throttle.succeeded(name, from, now);
    let password_hash = passwords::hashed(new)
        .await
        .map_err(busy)?
        .map_err(Problem::failed)?;
    // First those: if the server stops in between, nobody stays signed in by the old password after it was changed.
    end_others(&office, &account, &account.name, &headers).await?;
    let change = AccountChange::SetPassword {
        name: account.name.clone(),
        password_hash,
    };
    let taken = office
        .back
        .carry_out(vec![Input::Account(Box::new(change))])
        .await?;
    match taken.outcomes.first() {
        Some(Outcome::Taken) => Ok(StatusCode::NO_CONTENT),
        _ => Err(Problem::failed("the password was not changed")),
    }
}
