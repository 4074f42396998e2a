//! Signing in and out. A failure never says which of name and password was wrong; guessing is slowed down.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use app::start::LoginError;
use axum::Form;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use domain::account::Account;
use domain::audit::{Note, What, Who};
use domain::ids::AccountName;
use serde::Deserialize;

use super::Office;
use super::field_pages::own_page;
use super::identity::{SESSION_COOKIE, cookie, same_origin};
use super::pages::{self, CSRF_COOKIE};
use super::passwords;
use super::problem::Problem;
use super::sessions::client;

/// How long whoever came when all hashers were busy is asked to wait.
const BUSY_S: u32 = 5;

#[derive(Deserialize)]
pub struct LoginForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    csrf: String,
    next: Option<String>,
}

#[derive(Deserialize)]
pub struct NextQuery {
    pub next: Option<String>,
}

pub async fn log_in(
    State(office): State<Arc<Office>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Query(query): Query<NextQuery>,
    headers: HeaderMap,
    Form(form): Form<LoginForm>,
) -> Response {
    let next = form
        .next
        .clone()
        .or(query.next)
        .filter(|next| is_own_path(next));
    let again = |status, error| {
        pages::login_page(
            office.clone(),
            headers.clone(),
            next.clone(),
            Some(error),
            status,
        )
    };
    let genuine =
        cookie(&headers, CSRF_COOKIE).is_some_and(|kept| !kept.is_empty() && kept == form.csrf);
    // Browsers say where a form was; a page of another site signs nobody in, not even as itself.
    let foreign = headers.contains_key(header::ORIGIN) && !same_origin(&headers);
    if !genuine || foreign {
        return again(StatusCode::FORBIDDEN, LoginError::Expired).await;
    }
    let now = office.back.now();
    let from: Option<IpAddr> = Some(peer.ip());
    let throttled = async |wait_s: u32| {
        let mut response = again(StatusCode::TOO_MANY_REQUESTS, LoginError::Throttled).await;
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(wait_s));
        response
    };
    if let Err(wait_s) = office.throttle.attempt(&form.name, from, now) {
        return throttled(wait_s).await;
    }
    let named = AccountName::new(&form.name)
        .ok()
        .and_then(|name| office.back.account(&name));
    let account = named.as_ref().filter(|account| office.admits(account));
    let hash = account.map(|account| account.password_hash.clone());
    let fits = match passwords::fits(hash, form.password).await {
        Ok(fits) => fits,
        Err(passwords::Busy) => return throttled(BUSY_S).await,
    };
    let (Some(account), true) = (account, fits) else {
        metrics::counter!("gulou_logins_total", "outcome" => "failed").increment(1);
        let who = named.map_or(Who::Unknown, |account| Who::Account(account.name.clone()));
        let note = Note::new(who, What::LoginFailed, "", client_of(&headers));
        if let Err(problem) = office.note(note).await {
            return problem.into_response();
        }
        return again(StatusCode::UNAUTHORIZED, LoginError::Wrong).await;
    };
    office.throttle.succeeded(&form.name, from, now);
    metrics::counter!("gulou_logins_total", "outcome" => "succeeded").increment(1);
    match office.begin_session(account, &headers, "").await {
        Err(problem) => problem.into_response(),
        Ok(token) => {
            let own = own_page(account.role, &headers);
            let mut response = Redirect::to(next.as_deref().unwrap_or(own)).into_response();
            if let Some(line) = session_line(&token, needs_secure(&office, peer)) {
                response.headers_mut().append(header::SET_COOKIE, line);
            }
            response
        }
    }
}

/// What the browser says of itself, made coarse.
pub fn client_of(headers: &HeaderMap) -> String {
    client(
        headers
            .get(header::USER_AGENT)
            .and_then(|value| value.to_str().ok()),
    )
}

impl Office {
    /// Begins a session with a token of its own, once the log holds it. A cookie that came along is never taken over: if it
    /// was a session's, that one ends, since its browser has another now.
    pub async fn begin_session(
        &self,
        account: &Account,
        headers: &HeaderMap,
        how: &str,
    ) -> Result<String, Problem> {
        let now = self.back.now();
        let client = client_of(headers);
        let who = Who::Account(account.name.clone());
        let detail = if how.is_empty() {
            client.clone()
        } else {
            format!("{client}, {how}")
        };
        self.note(Note::new(who, What::Login, "", detail)).await?;
        if let Some(earlier) = cookie(headers, SESSION_COOKIE) {
            self.sessions.end(earlier);
        }
        self.sessions
            .begin(&account.name, &client, now)
            .map_err(Problem::failed)
    }
}

/// The cookie of a session.
pub fn session_line(token: &str, secure: bool) -> Option<HeaderValue> {
    let secure = if secure { "; Secure" } else { "" };
    HeaderValue::from_str(&format!(
        "{SESSION_COOKIE}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age=604800{secure}"
    ))
    .ok()
}

/// Where one may be sent after signing in: a path of this site, never another.
fn is_own_path(next: &str) -> bool {
    next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains('\\')
        && !next.contains(char::is_control)
}

/// Cookies are `Secure` except on plain loopback http.
pub fn needs_secure(office: &Office, peer: SocketAddr) -> bool {
    office.tls || !peer.ip().to_canonical().is_loopback()
}

pub async fn log_out(State(office): State<Arc<Office>>, headers: HeaderMap) -> Response {
    if !same_origin(&headers) {
        return Problem::forbidden("Signing out needs an `Origin` header of this very site.")
            .into_response();
    }
    if let Some(token) = cookie(&headers, SESSION_COOKIE) {
        if let Some(session) = office.sessions.of_token(token, office.back.now()) {
            let who = Who::Account(session.account.clone());
            let note = Note::new(who, What::Logout, session.id(), "");
            if let Err(problem) = office.note(note).await {
                return problem.into_response();
            }
        }
        office.sessions.end(token);
    }
    let mut response = Redirect::to("/login").into_response();
    let gone = format!("{SESSION_COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
    if let Ok(line) = HeaderValue::from_str(&gone) {
        response.headers_mut().append(header::SET_COOKIE, line);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_signing_in_one_stays_on_this_site() {
        for own in ["/desk", "/desk?incident=i3-0"] {
            assert!(is_own_path(own), "{own}");
        }
        for other in [
            "//evil.example",
            "https://evil.example",
            "desk",
            "/\\evil.example",
            "/a\nb",
        ] {
            assert!(!is_own_path(other), "{other:?}");
        }
    }
}
