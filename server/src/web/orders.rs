//! A department's orders in one answer: what is to be done, why by it, and what it may do now.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::account::{Account, Role};
use domain::city::City;
use domain::ids::DepartmentId;
use domain::incident::Incident;
use domain::language::Language;
use domain::lifecycle::State as Stand;
use domain::policy::{self, Audience};
use domain::time::Timestamp;
use domain::view;
use domain::wire::field::{OrderView, OrdersView, Part};

use super::identity::audience_of;
use super::incidents::{reading, shown};
use super::list_pages::{Pages, pages};
use super::problem::Problem;
use super::{Blocking, IncidentList, Office, forms};

/// Whose page it is.
pub const MAY_ASK: &[Role] = &[Role::Department];

/// More open orders than this nobody has in hand at once; the answer says when there are more.
const MOST_OPEN: usize = 200;
/// Of those that have ended the newest.
const MOST_ENDED: usize = 50;
/// What is read through at most to find them, a page of the list each.
const MOST_PAGES: usize = 4;
const PAGE: usize = 200;

pub async fn orders(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let account = office.one_of(
        &headers,
        MAY_ASK,
        "Orders are those of a department: sign in as one.",
    )?;
    let found = found(&office, &account).await?;
    Ok(forms::one(&headers, &found))
}

/// The orders of an account's department, as the page and the interface show them.
pub async fn found(office: &Arc<Office>, account: &Arc<Account>) -> Result<OrdersView, Problem> {
    let city = office.back.city();
    let now = office.back.now();
    let Some(department) = account.department.clone() else {
        return Ok(OrdersView {
            at: now,
            orders: Vec::new(),
            more: false,
        });
    };
    let audience = audience_of(account, &city);
    let mine = department.clone();
    let (open, ended) = reading(office, move |records| {
        let open = open_of(records, &mine, &audience, now)?;
        let (ended, _) = first(pages(records, ended_of(&mine), &audience, now), 1)?;
        Ok::<_, String>((open, ended))
    })
    .await?
    .map_err(Problem::failed)?;
    Ok(told(&city, account, &department, now, open, ended))
}

/// Everything open that is or was the department's.
fn open_of(
    records: &dyn Blocking,
    mine: &DepartmentId,
    audience: &Audience,
    now: Timestamp,
) -> Result<(Vec<Arc<Incident>>, bool), String> {
    let open = IncidentList {
        states: Stand::ALL
            .into_iter()
            .filter(|state| state.is_open())
            .collect(),
        limit: PAGE,
        ..IncidentList::default()
    };
    let held = IncidentList {
        department: Some(mine.to_string()),
        ..open.clone()
    };
    let (mut found, more) = first(pages(records, held, audience, now), MOST_PAGES)?;
    // A town's unit reads all of its town; of that only what it once had is its own.
    let (readable, _) = first(pages(records, open, audience, now), MOST_PAGES)?;
    found.extend(
        readable
            .into_iter()
            .filter(|incident| !incident.involves(mine) && incident.former.contains(mine)),
    );
    Ok((found, more))
}

fn ended_of(mine: &DepartmentId) -> IncidentList {
    IncidentList {
        states: Stand::ALL
            .into_iter()
            .filter(|state| !state.is_open())
            .collect(),
        department: Some(mine.to_string()),
        limit: MOST_ENDED,
        ..IncidentList::default()
    }
}

/// The first pages of a list, and whether there are more.
fn first(mut pages: Pages<'_>, most: usize) -> Result<(Vec<Arc<Incident>>, bool), String> {
    let mut found = Vec::new();
    for page in pages.by_ref().take(most) {
        found.extend(page?);
    }
    Ok((found, pages.has_more()))
}

fn told(
    city: &City,
    account: &Account,
    mine: &DepartmentId,
    now: Timestamp,
    (mut open, mut more): (Vec<Arc<Incident>>, bool),
    ended: Vec<Arc<Incident>>,
) -> OrdersView {
    open.sort_by_key(|incident| {
        let own = incident
            .supporting
            .iter()
            .find(|one| one.department == *mine);
        let clock = own.map_or(incident.clock.as_ref(), |own| own.clock.as_ref());
        let due = clock.and_then(|clock| clock.due.due_at);
        (due.unwrap_or(Timestamp::MAX), incident.id)
    });
    more |= open.len() > MOST_OPEN;
    open.truncate(MOST_OPEN);
    let actor = account.actor();
    let orders = open
        .iter()
        .chain(&ended)
        .map(|incident| {
            let why = view::why(city, incident);
            OrderView {
                incident: shown(city, incident, now, Language::Zh),
                part: part_of(incident, mine),
                assignment: view::work(incident, now, |_| None)
                    .assignments
                    .into_iter()
                    .find(|one| one.department == *mine),
                why: why.responsibility,
                why_en: why.responsibility_en,
                allowed: policy::allowed(&actor, incident, now),
            }
        })
        .collect();
    OrdersView {
        at: now,
        orders,
        more,
    }
}

fn part_of(incident: &Incident, mine: &DepartmentId) -> Part {
    match (incident.is_led_by(mine), incident.involves(mine)) {
        (true, _) => Part::Lead,
        (false, true) => Part::Support,
        (false, false) => Part::Former,
    }
}
