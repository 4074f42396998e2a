//! The pages of duty, sessions, the audit log and letters: each for whoever is signed in, filled by the public interface.

use std::sync::Arc;

use app::start::{DutyStart, Page};
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use domain::account::Account;
use domain::city::City;
use domain::roster::DutyPost;

use super::Office;
use super::duty::HANDS_OVER;
use super::shift_report::REPORTS;
use super::wall_pages::signed_in;

pub async fn duty(State(office): State<Arc<Office>>, headers: HeaderMap, uri: Uri) -> Response {
    let asker = office
        .person(&headers)
        .and_then(|identity| identity.person().cloned())
        .map(|account| of_posts(&account, &office.back.city()));
    let page = Page::Duty(Box::new(asker.unwrap_or_default()));
    signed_in(&office, &headers, &uri, page).await
}

/// Asked of the same rules as the interface asks.
fn of_posts(account: &Account, city: &City) -> DutyStart {
    let actor = account.actor();
    let departments = city.departments.keys().cloned().map(DutyPost::Department);
    let towns = city.towns.iter();
    let towns = towns.map(|town| DutyPost::Town(town.code.clone()));
    let all: Vec<DutyPost> = std::iter::once(DutyPost::Room)
        .chain(departments)
        .chain(towns)
        .collect();
    let those = |wanted: &dyn Fn(&DutyPost) -> bool| {
        all.iter().filter(|post| wanted(post)).cloned().collect()
    };
    DutyStart {
        mine: those(&|post| post.is_of(&actor, city)),
        sets: those(&|post| post.may_be_set_by(&actor, city)),
        hands_over: HANDS_OVER.contains(&account.role),
        reports: REPORTS.contains(&account.role),
    }
}

pub async fn people(State(office): State<Arc<Office>>, headers: HeaderMap, uri: Uri) -> Response {
    signed_in(&office, &headers, &uri, Page::People).await
}

pub async fn audit(State(office): State<Arc<Office>>, headers: HeaderMap, uri: Uri) -> Response {
    signed_in(&office, &headers, &uri, Page::Audit).await
}

pub async fn letters(State(office): State<Arc<Office>>, headers: HeaderMap, uri: Uri) -> Response {
    signed_in(&office, &headers, &uri, Page::Letters).await
}
