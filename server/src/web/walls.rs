//! What walls show: one state for all of them, put there by a desk. It decides nothing, so it is kept in memory only:
//! after a restart walls show the city again, rather than something nobody remembers putting there.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use domain::account::Role;
use domain::ids::AccountName;
use domain::policy::Audience;
use domain::time::Timestamp;
use domain::wall::{Pin, WallView, faults};

use super::Office;
use super::forms::one;
use super::incidents::reading;
use super::problem::{Pointed, Problem};

/// Who may put something on the walls.
pub const MAY_PIN: &[Role] = &[
    Role::Operator,
    Role::ShiftLeader,
    Role::Dispatcher,
    Role::Commander,
];

#[derive(Default)]
pub struct Board {
    pinned: Mutex<Option<Pinned>>,
}

#[derive(Clone)]
struct Pinned {
    pin: Pin,
    by: AccountName,
    since: Timestamp,
}

impl Board {
    fn lock(&self) -> MutexGuard<'_, Option<Pinned>> {
        self.pinned.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, pin: Option<Pin>, by: AccountName, since: Timestamp) {
        *self.lock() = pin.map(|pin| Pinned { pin, by, since });
    }
}

fn view(office: &Office) -> WallView {
    let pinned = office.board.lock().clone();
    WallView {
        by: pinned.as_ref().map(|pinned| pinned.by.to_string()),
        since: pinned.as_ref().map(|pinned| pinned.since),
        pin: pinned.map(|pinned| pinned.pin),
        position: office.back.position(),
        now: office.back.now(),
    }
}

/// Walls are for seats that see the whole city.
pub async fn shown(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    match office.who(&headers)?.audience(&office.back.city()) {
        Audience::City => Ok(one(&headers, &view(&office))),
        _ => Err(Problem::forbidden(
            "Walls are for seats that see the whole city.",
        )),
    }
}

/// `null` takes everything down: walls show the city again.
pub async fn show(
    State(office): State<Arc<Office>>,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let (account, actor) = office.acting(&method, &headers)?;
    if !actor.role().is_some_and(|role| MAY_PIN.contains(&role)) {
        return Err(Problem::forbidden(format!(
            "A {} does not decide what walls show.",
            account.role
        )));
    }
    let pin: Option<Pin> = serde_json::from_slice(&body).map_err(|error| {
        Problem::unreadable(format!(
            "The body is null, or one of incident, theme, tour, place: {error}."
        ))
    })?;
    if let Some(pin) = &pin {
        check(&office, pin).await?;
    }
    office
        .board
        .put(pin, account.name.clone(), office.back.now());
    Ok(one(&headers, &view(&office)))
}

async fn check(office: &Office, pin: &Pin) -> Result<(), Problem> {
    let mut wrong: Vec<Pointed> = faults(pin)
        .into_iter()
        .map(|(pointer, reason)| Pointed {
            pointer: pointer.to_owned(),
            reason,
        })
        .collect();
    if let Pin::Incident(id) = pin {
        let id = *id;
        let found = reading(office, move |records| records.incident(id))
            .await?
            .map_err(Problem::failed)?;
        if found.is_none() {
            wrong.push(Pointed {
                pointer: "/incident".into(),
                reason: format!("there is no incident {id}"),
            });
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    Err(Problem::invalid(wrong))
}
