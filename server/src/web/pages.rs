//! The pages, rendered on the server: readable before and without any script.

use std::net::SocketAddr;
use std::sync::Arc;

use app::start::{CityBrief, Counts, DemoAccount, LoginError, Me, Page, Start, Theme};
use axum::body::Body;
use axum::extract::{ConnectInfo, Query, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use domain::account::Account;
use domain::ids::{AccountName, IncidentId};
use domain::language::Language;
use domain::wire::IncidentDetail;
use leptos::nonce::use_nonce;
use serde::Deserialize;

use super::Office;
use super::content_security::content_security_policy;
use super::field_pages::own_page;
use super::identity::{Identity, audience_of, cookie};
use super::incidents::{detail, language_of, reading};
use super::login::{NextQuery, needs_secure};
use super::problem::Problem;
use super::sessions::random_token;

pub const CSRF_COOKIE: &str = "gulou_csrf";

pub(super) fn language(headers: &HeaderMap) -> Language {
    match cookie(headers, "language") {
        Some("en") => Language::En,
        Some("zh") => Language::Zh,
        _ => language_of(headers),
    }
}

pub(super) fn theme(headers: &HeaderMap) -> Theme {
    cookie(headers, "theme")
        .map(Theme::named)
        .unwrap_or_default()
}

/// To one's own page, or to the desk, which asks who one is.
pub async fn front(State(office): State<Arc<Office>>, headers: HeaderMap) -> Redirect {
    Redirect::to(own_page_of(&office, &headers).unwrap_or("/desk"))
}

fn own_page_of(office: &Office, headers: &HeaderMap) -> Option<&'static str> {
    let identity = office.person(headers)?;
    Some(own_page(identity.person()?.role, headers))
}

#[derive(Deserialize)]
pub struct DeskQuery {
    incident: Option<String>,
}

pub async fn desk(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
    uri: Uri,
    Query(query): Query<DeskQuery>,
) -> Response {
    let Some(identity) = office.person(&headers) else {
        let next: String = uri
            .path_and_query()
            .map(ToString::to_string)
            .unwrap_or_default();
        return Redirect::to(&format!("/login?next={}", encoded(&next))).into_response();
    };
    let chosen = query.incident.and_then(|id| id.parse::<IncidentId>().ok());
    let start = match desk_start(&office, &identity, &headers, chosen).await {
        Ok(start) => start,
        Err(problem) => return problem.into_response(),
    };
    render(&office, start, StatusCode::OK).await
}

/// Everything that is not unreserved is escaped: the path stands inside a query.
pub(super) fn encoded(path: &str) -> String {
    let mut text = String::new();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~' | b'/') {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

async fn desk_start(
    office: &Arc<Office>,
    identity: &Identity,
    headers: &HeaderMap,
    chosen: Option<IncidentId>,
) -> Result<Start, Problem> {
    let city = office.back.city();
    let now = office.back.now();
    let Some(account) = identity.person().cloned() else {
        return Err(Problem::unauthenticated());
    };
    let audience = audience_of(&account, &city);
    let brief = CityBrief::of(&city, now);
    let me = me(&account, &brief);
    let (position, live) =
        reading(office, move |records| records.live_incidents(&audience)).await?;
    let live = live.iter().map(|view| (**view).clone()).collect();
    let (incidents, counts) = app::live::lists::first_rows(live, Some(&me), now);
    let detail: Option<Box<IncidentDetail>> = match chosen {
        Some(id) => detail(office, identity, id, Language::Zh)
            .await
            .ok()
            .map(Box::new),
        None => None,
    };
    Ok(Start {
        page: Page::Desk,
        language: language(headers),
        theme: theme(headers),
        me: Some(me),
        city: brief,
        demo: office.back.demo(),
        incidents,
        counts,
        detail,
        position,
        now,
    })
}

pub(super) fn me(account: &Account, city: &CityBrief) -> Me {
    let department = |language| {
        account
            .department
            .as_ref()
            .map(|id| city.department(language, id).to_owned())
    };
    Me {
        name: account.name.to_string(),
        role: account.role,
        department: account.department.clone(),
        department_name: department(Language::Zh),
        department_name_en: department(Language::En),
        town: account.town.clone(),
    }
}

pub async fn login(
    State(office): State<Arc<Office>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Query(query): Query<NextQuery>,
) -> Response {
    if let Some(own) = own_page_of(&office, &headers) {
        return Redirect::to(own).into_response();
    }
    let mut response = login_page(office.clone(), headers, query.next, None, StatusCode::OK).await;
    if needs_secure(&office, peer) {
        secure_cookies(&mut response);
    }
    response
}

fn secure_cookies(response: &mut Response) {
    let lines: Vec<HeaderValue> = response
        .headers()
        .get_all(header::SET_COOKIE)
        .iter()
        .cloned()
        .collect();
    response.headers_mut().remove(header::SET_COOKIE);
    for line in lines {
        let secured = [line.as_bytes(), b"; Secure"].concat();
        if let Ok(line) = HeaderValue::from_bytes(&secured) {
            response.headers_mut().append(header::SET_COOKIE, line);
        }
    }
}

/// The page to sign in, with a fresh secret in form and cookie unless the browser holds one.
pub async fn login_page(
    office: Arc<Office>,
    headers: HeaderMap,
    next: Option<String>,
    error: Option<LoginError>,
    status: StatusCode,
) -> Response {
    let kept = cookie(&headers, CSRF_COOKIE)
        .filter(|kept| kept.len() == 43)
        .map(str::to_owned);
    let secret = match kept.map_or_else(random_token, Ok) {
        Ok(secret) => secret,
        Err(why) => return Problem::failed(why).into_response(),
    };
    let city = office.back.city();
    let now = office.back.now();
    let brief = CityBrief::of(&city, now);
    let accounts = demo_accounts(&office, &brief);
    let start = Start {
        page: Page::Login {
            csrf_field: "csrf".into(),
            csrf_value: secret.clone(),
            error,
            next,
            accounts,
        },
        language: language(&headers),
        theme: theme(&headers),
        me: None,
        city: brief,
        demo: office.back.demo(),
        incidents: Vec::new(),
        counts: Counts::default(),
        detail: None,
        position: office.back.position(),
        now,
    };
    let mut response = render(&office, start, status).await;
    let line = format!("{CSRF_COOKIE}={secret}; Path=/; HttpOnly; SameSite=Strict");
    if let Ok(line) = HeaderValue::from_str(&line) {
        response.headers_mut().append(header::SET_COOKIE, line);
    }
    response
}

fn demo_accounts(office: &Office, brief: &CityBrief) -> Vec<DemoAccount> {
    let mut accounts = Vec::new();
    for login in office.back.demo_logins() {
        let Some(account) = AccountName::new(login.name)
            .ok()
            .and_then(|name| office.back.account(&name))
        else {
            continue;
        };
        let department = |language| {
            account
                .department
                .as_ref()
                .map(|id| brief.department(language, id).to_owned())
        };
        accounts.push(DemoAccount {
            name: login.name.to_owned(),
            password: login.password.to_owned(),
            role: account.role,
            department_name: department(Language::Zh),
            department_name_en: department(Language::En),
        });
    }
    accounts
}

pub async fn not_found(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    if uri.path().starts_with("/api/") {
        return Problem::not_found(format!("There is nothing at {}.", uri.path())).into_response();
    }
    let city = office.back.city();
    let now = office.back.now();
    let start = Start {
        page: Page::NotFound,
        language: language(&headers),
        theme: theme(&headers),
        me: None,
        city: CityBrief::of(&city, now),
        demo: office.back.demo(),
        incidents: Vec::new(),
        counts: Counts::default(),
        detail: None,
        position: office.back.position(),
        now,
    };
    render(&office, start, StatusCode::NOT_FOUND).await
}

/// Renders a page under a fresh nonce and the policy that names it.
pub(super) async fn render(office: &Office, mut start: Start, status: StatusCode) -> Response {
    let site = office.site;
    let has_map = matches!(
        start.page,
        Page::Desk | Page::Wall(_) | Page::Orders(_) | Page::Command(_)
    );
    let origins = if has_map {
        office.ground.origins.clone()
    } else {
        Vec::new()
    };
    if has_map && let Some(whose) = office.ground.attribution() {
        start.city.attribution.push(whose.to_owned());
    }
    // Keys of tile servers are often bound to the page's host, which the request itself says anyway (`Origin`).
    let referrer = match origins.is_empty() {
        true => "same-origin",
        false => "strict-origin-when-cross-origin",
    };
    let handler = leptos_axum::render_app_to_stream_with_context(
        move || {
            let nonce = use_nonce()
                .map(|nonce| nonce.to_string())
                .unwrap_or_default();
            let options = leptos::prelude::expect_context::<leptos_axum::ResponseOptions>();
            if let Ok(policy) = HeaderValue::from_str(&content_security_policy(&nonce, &origins)) {
                options.insert_header(header::CONTENT_SECURITY_POLICY, policy);
            }
        },
        move || app::shell(site.leptos_options(), start.clone()),
    );
    let mut response = handler(Request::new(Body::empty())).await;
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static(referrer));
    headers.insert(
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), microphone=(), geolocation=(self)"),
    );
    response
}
