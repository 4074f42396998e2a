//! The pages of walls, themes and readings. A wall signs itself in: by a token in its address once, then by the copy its
//! browser keeps.

use std::net::SocketAddr;
use std::sync::Arc;

use app::start::{CityBrief, Counts, LoginError, Page, ReadingsStart, Start, WallStart};
use app::wall::seat::Seat;
use app::wall::situation::Situation;
use app::wall::six::Six;
use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use domain::account::Account;
use domain::audit::{Note, What, Who};
use domain::policy::Audience;
use domain::time::Timestamp;
use domain::wall::{Tour, is_theme};
use serde::Deserialize;

use super::Office;
use super::identity::{Identity, audience_of, cookie};
use super::incidents::reading;
use super::login::{needs_secure, session_line};
use super::pages::{encoded, language, login_page, me, not_found, render, theme as look};
use super::problem::Problem;
use super::wall_token::{WALL_COOKIE, kept_line};

/// The name under which wrong tokens of one address are counted.
const GUESSED: &str = "wall token";
const YEAR_SECONDS: u32 = 31_536_000;

#[derive(Deserialize)]
pub struct WallQuery {
    token: Option<String>,
    tour: Option<String>,
    dwell: Option<u32>,
    width_m: Option<f64>,
    distance_m: Option<f64>,
    language: Option<String>,
    look: Option<String>,
}

impl WallQuery {
    /// What the screen shall remember: an unattended wall has nobody to choose it again.
    fn remembered(&self) -> Vec<HeaderValue> {
        let number = |value: Option<f64>| value.filter(|value| value.is_finite());
        let word = |value: &Option<String>, known: &[&str]| {
            value
                .clone()
                .filter(|value| known.contains(&value.as_str()))
        };
        let pairs = [
            (
                "wall_width_m",
                number(self.width_m).map(|metres| metres.to_string()),
            ),
            (
                "wall_distance_m",
                number(self.distance_m).map(|metres| metres.to_string()),
            ),
            ("language", word(&self.language, &["zh", "en"])),
            ("theme", word(&self.look, &["night", "day", "system"])),
        ];
        pairs
            .into_iter()
            .filter_map(|(name, value)| {
                let value = value?;
                HeaderValue::from_str(&format!(
                    "{name}={value}; Path=/; Max-Age={YEAR_SECONDS}; SameSite=Lax"
                ))
                .ok()
            })
            .collect()
    }

    fn seat(&self, headers: &HeaderMap) -> Seat {
        let kept = |name| cookie(headers, name).and_then(|value| value.parse().ok());
        Seat::of(
            self.width_m.or_else(|| kept("wall_width_m")),
            self.distance_m.or_else(|| kept("wall_distance_m")),
        )
    }
}

pub async fn wall(
    State(office): State<Arc<Office>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    uri: Uri,
    theme: Option<Path<String>>,
    Query(query): Query<WallQuery>,
) -> Response {
    if let Some(token) = &query.token {
        return sign_in(&office, peer, headers, &uri, token).await;
    }
    let theme = theme.map(|Path(theme)| theme);
    if theme.as_deref().is_some_and(|theme| !is_theme(theme)) {
        return not_found(State(office), headers, uri).await;
    }
    let mut lines = query.remembered();
    let kept = cookie(&headers, WALL_COOKIE).map(str::to_owned);
    let by_token = || {
        let token = kept.as_deref()?;
        Some((office.wall_of(token)?, token))
    };
    let account = match (office.person(&headers), by_token()) {
        (Some(Identity::Person { account, .. }), _) => account,
        (_, Some((account, token))) => {
            match begin(&office, peer, &headers, &account, token).await {
                Ok(begun) => {
                    lines.extend(begun);
                    account
                }
                Err(problem) => return problem.into_response(),
            }
        }
        _ => {
            let next = uri
                .path_and_query()
                .map(ToString::to_string)
                .unwrap_or_default();
            return Redirect::to(&format!("/login?next={}", encoded(&next))).into_response();
        }
    };
    if audience_of(&account, &office.back.city()) != Audience::City {
        // Whoever sees a part of the city has a desk for it.
        return Redirect::to("/desk").into_response();
    }
    let page = WallStart {
        theme,
        tour: query
            .tour
            .as_deref()
            .and_then(|themes| Tour::declared(themes, query.dwell)),
        seat: query.seat(&headers),
        situation: Situation::default(),
    };
    let mut start = match wall_start(&office, &account, &headers, page).await {
        Ok(start) => start,
        Err(problem) => return problem.into_response(),
    };
    chosen_now(&mut start, &query);
    let mut response = render(&office, start, StatusCode::OK).await;
    for line in lines {
        response.headers_mut().append(header::SET_COOKIE, line);
    }
    response
}

/// What the address chooses holds for this very render too.
fn chosen_now(start: &mut Start, query: &WallQuery) {
    match query.language.as_deref() {
        Some("zh") => start.language = domain::language::Language::Zh,
        Some("en") => start.language = domain::language::Language::En,
        _ => {}
    }
    if let Some(look) = &query.look {
        start.theme = app::start::Theme::named(look);
    }
}

/// The token leaves the address at once: it must not stand in a history, a log of a proxy or a photograph of the wall.
async fn sign_in(
    office: &Arc<Office>,
    peer: SocketAddr,
    headers: HeaderMap,
    uri: &Uri,
    token: &str,
) -> Response {
    let now = office.back.now();
    let from = Some(peer.ip());
    // Counted for each address alone: no stranger's guesses keep a wall waiting.
    let guessed = format!("{GUESSED} {}", peer.ip());
    if let Err(wait_s) = office.throttle.attempt(&guessed, from, now) {
        return Problem::too_many("Too many wrong tokens from here.", wait_s).into_response();
    }
    let Some(account) = office.wall_of(token) else {
        metrics::counter!("gulou_logins_total", "outcome" => "failed").increment(1);
        let note = Note::new(Who::Unknown, What::LoginFailed, "", "wall token");
        if let Err(problem) = office.note(note).await {
            return problem.into_response();
        }
        return login_page(
            office.clone(),
            headers,
            Some("/wall".into()),
            Some(LoginError::WallToken),
            StatusCode::UNAUTHORIZED,
        )
        .await;
    };
    office.throttle.succeeded(&guessed, from, now);
    match begin(office, peer, &headers, &account, token).await {
        Err(problem) => problem.into_response(),
        Ok(lines) => {
            metrics::counter!("gulou_logins_total", "outcome" => "succeeded").increment(1);
            let mut response = Redirect::to(&without_token(uri)).into_response();
            for line in lines {
                response.headers_mut().append(header::SET_COOKIE, line);
            }
            response
        }
    }
}

async fn begin(
    office: &Office,
    peer: SocketAddr,
    headers: &HeaderMap,
    account: &Account,
    token: &str,
) -> Result<Vec<HeaderValue>, Problem> {
    let session = office.begin_session(account, headers, "wall token").await?;
    let secure = needs_secure(office, peer);
    Ok([session_line(&session, secure), kept_line(token, secure)]
        .into_iter()
        .flatten()
        .collect())
}

fn without_token(uri: &Uri) -> String {
    let kept: Vec<&str> = uri
        .query()
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("token="))
        .collect();
    match kept.is_empty() {
        true => uri.path().to_owned(),
        false => format!("{}?{}", uri.path(), kept.join("&")),
    }
}

async fn wall_start(
    office: &Arc<Office>,
    account: &Account,
    headers: &HeaderMap,
    mut page: WallStart,
) -> Result<Start, Problem> {
    let audience = Audience::City;
    let (position, live) =
        reading(office, move |records| records.live_incidents(&audience)).await?;
    let now = office.back.now();
    let live: Vec<_> = live.iter().map(|view| (**view).clone()).collect();
    page.situation = Situation::of(live.iter(), now);
    let six = Six::default().next(live.iter(), now).ids();
    let incidents = live
        .into_iter()
        .filter(|view| six.contains(&view.id))
        .collect();
    let mut start = bare(office, headers, Page::Wall(Box::new(page)), Some(account));
    start.incidents = incidents;
    start.position = position;
    Ok(start)
}

/// A page that fetches by itself what it shows.
pub(super) fn bare(
    office: &Office,
    headers: &HeaderMap,
    page: Page,
    account: Option<&Account>,
) -> Start {
    let now = office.back.now();
    let brief = CityBrief::of(&office.back.city(), now);
    Start {
        page,
        language: language(headers),
        theme: look(headers),
        me: account.map(|account| me(account, &brief)),
        city: brief,
        demo: office.back.demo(),
        incidents: Vec::new(),
        counts: Counts::default(),
        detail: None,
        position: office.back.position(),
        now,
    }
}

pub async fn theme(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
    uri: Uri,
    Path(theme): Path<String>,
) -> Response {
    if !is_theme(&theme) {
        return not_found(State(office), headers, uri).await;
    }
    signed_in(&office, &headers, &uri, Page::Theme(theme)).await
}

#[derive(Deserialize)]
pub struct ReadingsQuery {
    property: Option<String>,
    since: Option<String>,
    until: Option<String>,
}

pub async fn readings(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
    uri: Uri,
    Path(sensor): Path<String>,
    Query(query): Query<ReadingsQuery>,
) -> Response {
    let at = |text: Option<String>| text.and_then(|text| Timestamp::parse_rfc3339(&text).ok());
    let page = Page::Readings(ReadingsStart {
        sensor,
        property: query.property,
        since: at(query.since),
        until: at(query.until),
    });
    signed_in(&office, &headers, &uri, page).await
}

/// And from there back here.
pub(super) fn to_sign_in(uri: &Uri) -> Response {
    let next = uri
        .path_and_query()
        .map(ToString::to_string)
        .unwrap_or_default();
    Redirect::to(&format!("/login?next={}", encoded(&next))).into_response()
}

/// For whoever is signed in; others are sent to sign in and come back.
pub(super) async fn signed_in(
    office: &Arc<Office>,
    headers: &HeaderMap,
    uri: &Uri,
    page: Page,
) -> Response {
    let Some(identity) = office.person(headers) else {
        return to_sign_in(uri);
    };
    let start = bare(office, headers, page, identity.person().map(AsRef::as_ref));
    render(office, start, StatusCode::OK).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_leaves_the_address_and_the_rest_stays() {
        for (given, kept) in [
            ("/wall?token=gw_a.b", "/wall"),
            ("/wall/fire?token=gw_a.b&width_m=6", "/wall/fire?width_m=6"),
            ("/wall?tour=a,b&token=x&dwell=30", "/wall?tour=a,b&dwell=30"),
        ] {
            let uri: Uri = given.parse().expect("an address");
            assert_eq!(without_token(&uri), kept);
        }
    }
}
