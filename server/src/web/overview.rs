//! The city in one answer, for who commands it: what is serious, who is late, how it stands against yesterday and last week,
//! and what waits for a decision of his.

use std::collections::BTreeMap;
use std::sync::Arc;

use app::live::lists::is_late;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::account::{Account, Actor, Role};
use domain::category::Severity;
use domain::city::City;
use domain::ids::{DepartmentId, JurisdictionCode};
use domain::incident::{Happening, Incident, TimelineEntry};
use domain::language::Language;
use domain::lifecycle::CommandName;
use domain::policy::{self, Audience};
use domain::request::Waiting;
use domain::time::Timestamp;
use domain::view;
use domain::wire::IncidentView;
use domain::wire::field::{LateDepartment, LateTown, OverviewView, WaitingView};

use super::identity::audience_of;
use super::incidents::{reading, shown};
use super::list_pages::pages;
use super::problem::Problem;
use super::{Blocking, IncidentList, Office, forms, list_query};

/// Whose page it is.
pub const MAY_ASK: &[Role] = &[Role::Commander, Role::ShiftLeader];

const MOST_SERIOUS: usize = 30;
const MOST_LATE: usize = 20;
const MOST_WAITING: usize = 50;

pub async fn overview(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let account = office.one_of(&headers, MAY_ASK, "Your role does not command the city.")?;
    let told = told(&office, &account).await?;
    Ok(forms::one(&headers, &told))
}

/// The same for the page and for the interface.
pub async fn told(office: &Arc<Office>, account: &Arc<Account>) -> Result<OverviewView, Problem> {
    let city = office.back.city();
    let now = office.back.now();
    let audience = audience_of(account, &city);
    let actor = account.actor();
    reading(office, move |records| {
        view_of(records, &city, &actor, &audience, now)
    })
    .await?
    .map_err(Problem::failed)
}

fn view_of(
    records: &dyn Blocking,
    city: &City,
    actor: &Actor,
    audience: &Audience,
    now: Timestamp,
) -> Result<OverviewView, String> {
    let figures = records.compared(audience, now)?;
    let (_, live) = records.live_incidents(audience);
    let open: Vec<&IncidentView> = live
        .iter()
        .map(AsRef::as_ref)
        .filter(|view| view.state.is_open())
        .collect();
    let mut serious: Vec<&IncidentView> = open
        .iter()
        .copied()
        .filter(|view| is_serious(view))
        .collect();
    serious.sort_by_key(|view| (view.severity, std::cmp::Reverse(view.opened_at), view.id));
    let late: Vec<&IncidentView> = open
        .iter()
        .copied()
        .filter(|view| !view.drill && is_late(view, now))
        .collect();
    let (waiting, waiting_more) = waiting(records, city, actor, audience, now)?;
    Ok(OverviewView {
        at: now,
        figures,
        serious_count: serious.len() as u32,
        serious: serious.into_iter().take(MOST_SERIOUS).cloned().collect(),
        late_departments: late_departments(&late),
        late_towns: late_towns(&late),
        late_count: late.len() as u32,
        waiting,
        waiting_more,
    })
}

fn is_serious(view: &IncidentView) -> bool {
    view.severity <= Severity::Severe || !view.escalated_to.is_empty()
}

/// Of each name how many are late, and since when the oldest of them is; the most first.
fn counted<K: Ord + Clone>(
    late: &[&IncidentView],
    name: impl Fn(&IncidentView) -> Option<K>,
) -> Vec<(K, u32, Timestamp)> {
    let mut counts: BTreeMap<K, (u32, Timestamp)> = BTreeMap::new();
    for view in late {
        let due = view.deadline.as_ref().and_then(|deadline| deadline.due_at);
        if let (Some(name), Some(due)) = (name(view), due) {
            let (count, oldest) = counts.entry(name).or_insert((0, due));
            *count += 1;
            *oldest = due.min(*oldest);
        }
    }
    let mut rows: Vec<_> = counts
        .into_iter()
        .map(|(name, (count, oldest))| (name, count, oldest))
        .collect();
    rows.sort_by_key(|(name, count, oldest)| (std::cmp::Reverse(*count), *oldest, name.clone()));
    rows.truncate(MOST_LATE);
    rows
}

fn late_departments(late: &[&IncidentView]) -> Vec<LateDepartment> {
    let of_lead = |view: &IncidentView| -> Option<DepartmentId> { view.lead.clone() };
    counted(late, of_lead)
        .into_iter()
        .map(|(id, count, oldest_due_at)| LateDepartment {
            id,
            count,
            oldest_due_at,
        })
        .collect()
}

fn late_towns(late: &[&IncidentView]) -> Vec<LateTown> {
    let of_town = |view: &IncidentView| {
        let code = view.town_code.as_deref()?;
        JurisdictionCode::new(code).ok()
    };
    counted(late, of_town)
        .into_iter()
        .map(|(code, count, oldest_due_at)| LateTown {
            code,
            count,
            oldest_due_at,
        })
        .collect()
}

/// A decision, and the command that asked for it.
const DECISIONS: [(CommandName, CommandName); 4] = [
    (CommandName::DecideDispute, CommandName::Return),
    (CommandName::DecideExtension, CommandName::RequestExtension),
    (
        CommandName::DecideSuspension,
        CommandName::RequestSuspension,
    ),
    (CommandName::DecideAppeal, CommandName::Appeal),
];

/// What the actor may decide now, by the one policy that buttons ask too.
fn waiting(
    records: &dyn Blocking,
    city: &City,
    actor: &Actor,
    audience: &Audience,
    now: Timestamp,
) -> Result<(Vec<WaitingView>, bool), String> {
    let asked = IncidentList {
        waiting: Waiting::ALL
            .into_iter()
            .filter(|one| actor.role().is_some_and(|role| policy::decides(role, *one)))
            .collect(),
        limit: list_query::MOST,
        ..IncidentList::default()
    };
    let mut found = Vec::new();
    for page in pages(records, asked, audience, now) {
        for incident in page? {
            found.extend(waits(records, city, actor, &incident, now)?);
        }
        if found.len() > MOST_WAITING {
            break;
        }
    }
    found.sort_by_key(|waiting: &WaitingView| (waiting.asked_at, waiting.incident.id));
    let more = found.len() > MOST_WAITING;
    found.truncate(MOST_WAITING);
    Ok((found, more))
}

fn waits(
    records: &dyn Blocking,
    city: &City,
    actor: &Actor,
    incident: &Incident,
    now: Timestamp,
) -> Result<Vec<WaitingView>, String> {
    let allowed = policy::allowed(actor, incident, now);
    let mut found = Vec::new();
    for (decision, request) in DECISIONS {
        if !allowed.contains(&decision) {
            continue;
        }
        let timeline = records.timeline_of(incident.id)?;
        let asked = timeline.iter().rev().find(|entry| asks(entry, request));
        let said = asked.map(|entry| view::timeline(city, entry));
        found.push(WaitingView {
            incident: shown(city, incident, now, Language::Zh),
            decision,
            asked_at: asked.map(|entry| entry.at),
            asked_by: said.as_ref().map(|said| said.by.clone()),
            text: said
                .as_ref()
                .map(|said| said.text.clone())
                .unwrap_or_default(),
            text_en: said.map(|said| said.text_en).unwrap_or_default(),
        });
    }
    Ok(found)
}

fn asks(entry: &TimelineEntry, request: CommandName) -> bool {
    matches!(&entry.what, Happening::Commanded { command, .. } if *command == request)
}
