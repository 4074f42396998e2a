//! Signing in and out. A failure never says which of name and password was wrong; guessing is slowed down.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use app::start::LoginError;
use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use axum::Form;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use domain::ids::AccountName;
use serde::Deserialize;
use tokio::sync::Semaphore;

use super::Office;
use super::field_pages::own_page;
use super::identity::{SESSION_COOKIE, cookie, same_origin};
use super::pages::{self, CSRF_COOKIE};
use super::problem::Problem;

/// Hashing is meant to be slow: two at a time leave the server its breath.
static HASHERS: Semaphore = Semaphore::const_new(2);

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

/// Hashes a password for keeping (argon2id with the crate's recommended cost).
pub fn hash_password(password: &str) -> Result<String, String> {
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|error| format!("failed to hash the password: {error}"))
}

fn verifies(hash: &str, password: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|parsed| {
        Argon2::default()
            .verify_password(password.as_bytes(), &parsed)
            .is_ok()
    })
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
    if !genuine {
        return again(StatusCode::FORBIDDEN, LoginError::Expired).await;
    }
    let now = office.back.now();
    let from: Option<IpAddr> = Some(peer.ip());
    if let Some(wait_s) = office.throttle.wait_s(&form.name, from, now) {
        let mut response = again(StatusCode::TOO_MANY_REQUESTS, LoginError::Throttled).await;
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(wait_s));
        return response;
    }
    let account = AccountName::new(&form.name)
        .ok()
        .and_then(|name| office.back.account(&name))
        .filter(|account| !account.disabled);
    let hash = account
        .as_ref()
        .map(|account| account.password_hash.clone());
    if !password_fits(hash, form.password).await {
        office.throttle.failed(&form.name, from, now);
        metrics::counter!("gulou_logins_total", "outcome" => "failed").increment(1);
        return again(StatusCode::UNAUTHORIZED, LoginError::Wrong).await;
    }
    let Some(account) = account else {
        return again(StatusCode::UNAUTHORIZED, LoginError::Wrong).await;
    };
    office.throttle.succeeded(&form.name, from);
    metrics::counter!("gulou_logins_total", "outcome" => "succeeded").increment(1);
    match office.sessions.begin(&account.name, now) {
        Err(why) => Problem::failed(why).into_response(),
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

/// The cookie of a session.
pub fn session_line(token: &str, secure: bool) -> Option<HeaderValue> {
    let secure = if secure { "; Secure" } else { "" };
    HeaderValue::from_str(&format!(
        "{SESSION_COOKIE}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age=604800{secure}"
    ))
    .ok()
}

/// A name nobody has costs as much time as a wrong password.
async fn password_fits(hash: Option<String>, password: String) -> bool {
    let Ok(_turn) = HASHERS.acquire().await else {
        return false;
    };
    tokio::task::spawn_blocking(move || match hash {
        Some(hash) => verifies(&hash, &password),
        None => {
            let _spent = hash_password(&password);
            false
        }
    })
    .await
    .unwrap_or(false)
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

    #[test]
    fn a_password_fits_its_own_hash_only() {
        let hash = hash_password("晨钟暮鼓 2026").expect("hashes");
        assert!(verifies(&hash, "晨钟暮鼓 2026"));
        assert!(!verifies(&hash, "晨钟暮鼓 2027"));
        assert!(!verifies("not a hash", "晨钟暮鼓 2026"));
    }
}
