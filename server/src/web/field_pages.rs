//! The pages for phones: a department's orders, and the city for who commands it. Whoever they are not for is led to his own.

use std::sync::Arc;

use app::field::tabs;
use app::start::{CityBrief, Counts, OrdersStart, Page, Start, Theme};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use domain::account::{Account, Role};
use domain::time::Timestamp;
use domain::wire::field::OrdersView;
use domain::wire::packed::Packed;

use super::identity::cookie;
use super::packed::packed;
use super::pages::{encoded, language, me, render};
use super::{Office, orders, overview};

/// Where somebody begins who has not said where to go: those who work in the street on their phones, the others at the desk.
pub fn own_page(role: Role, headers: &HeaderMap) -> &'static str {
    match role {
        Role::Wall => "/wall",
        Role::Department if is_phone(headers) => "/orders",
        Role::Commander if is_phone(headers) => "/command",
        _ => "/desk",
    }
}

/// What browsers say of themselves: by the client hint where there is one, else by the word all phones use.
fn is_phone(headers: &HeaderMap) -> bool {
    let said = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match said("sec-ch-ua-mobile") {
        Some(hint) => hint == "?1",
        None => said("user-agent").is_some_and(|agent| agent.contains("Mobile")),
    }
}

pub async fn orders(State(office): State<Arc<Office>>, headers: HeaderMap, uri: Uri) -> Response {
    let account = match admitted(&office, &headers, &uri, orders::MAY_ASK) {
        Ok(account) => account,
        Err(elsewhere) => return elsewhere.into_response(),
    };
    match orders::found(&office, &account).await {
        Ok(found) => {
            let page = Page::Orders(Packed::of(&first(found)));
            shown(&office, &account, &headers, page).await
        }
        Err(problem) => problem.into_response(),
    }
}

/// What the page brings along: enough to fill a phone and to scroll on, little enough for a bad network.
fn first(mut found: OrdersView) -> OrdersStart {
    const FIRST: usize = 24;
    let counts = tabs::counts(&found.orders);
    let is_whole = found.orders.len() <= FIRST;
    found.orders.truncate(FIRST);
    OrdersStart {
        first: found,
        is_whole,
        counts,
    }
}

pub async fn command(State(office): State<Arc<Office>>, headers: HeaderMap, uri: Uri) -> Response {
    let account = match admitted(&office, &headers, &uri, overview::MAY_ASK) {
        Ok(account) => account,
        Err(elsewhere) => return elsewhere.into_response(),
    };
    match overview::told(&office, &account).await {
        Ok(told) => {
            let page = Page::Command(Packed::of(&told));
            shown(&office, &account, &headers, page).await
        }
        Err(problem) => problem.into_response(),
    }
}

fn admitted(
    office: &Office,
    headers: &HeaderMap,
    uri: &Uri,
    roles: &[Role],
) -> Result<Arc<Account>, Redirect> {
    let account = office
        .person(headers)
        .and_then(|identity| identity.person().cloned());
    let Some(account) = account else {
        let next = uri
            .path_and_query()
            .map(ToString::to_string)
            .unwrap_or_default();
        return Err(Redirect::to(&format!("/login?next={}", encoded(&next))));
    };
    if !roles.contains(&account.role) {
        let own = match account.role {
            Role::Department => "/orders",
            Role::Commander => "/command",
            Role::Wall => "/wall",
            _ => "/desk",
        };
        return Err(Redirect::to(own));
    }
    Ok(account)
}

async fn shown(office: &Office, account: &Account, headers: &HeaderMap, page: Page) -> Response {
    let now: Timestamp = office.back.now();
    let city = CityBrief::of(&office.back.city(), now);
    let me = me(account, &city);
    let start = Start {
        page,
        language: language(headers),
        theme: look(headers),
        me: Some(me),
        city,
        demo: office.back.demo(),
        incidents: Vec::new(),
        counts: Counts::default(),
        detail: None,
        position: office.back.position(),
        now,
    };
    // They hold no secret of the session that a guess could be measured against.
    packed(render(office, start, StatusCode::OK).await, headers).await
}

/// In the street the light decides, unless somebody has chosen.
fn look(headers: &HeaderMap) -> Theme {
    match cookie(headers, "theme") {
        Some(chosen) => Theme::named(chosen),
        None => Theme::System,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn who_works_in_the_street_begins_on_his_phone_at_his_orders() {
        let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1";
        let desk = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/130 Safari/537.36";
        let with = |name, value| {
            HeaderMap::from_iter([(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )])
        };
        for (role, headers, page) in [
            (Role::Department, with("user-agent", phone), "/orders"),
            (Role::Department, with("user-agent", desk), "/desk"),
            (Role::Department, with("sec-ch-ua-mobile", "?1"), "/orders"),
            (Role::Commander, with("sec-ch-ua-mobile", "?1"), "/command"),
            (Role::Commander, with("sec-ch-ua-mobile", "?0"), "/desk"),
            (Role::ShiftLeader, with("sec-ch-ua-mobile", "?1"), "/desk"),
            (Role::Department, HeaderMap::new(), "/desk"),
            (Role::Wall, with("user-agent", phone), "/wall"),
        ] {
            assert_eq!(own_page(role, &headers), page, "{role:?} {headers:?}");
        }
    }
}
