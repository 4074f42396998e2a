//! What a shift hands over, in one answer: what came and went since it began, and what stands now, as far as the asker may see.

use std::cmp::Reverse;
use std::sync::Arc;

use app::live::lists::is_late;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use domain::account::Role;
use domain::alarm::AlarmState;
use domain::choice::{AlarmChoice, Path};
use domain::city::City;
use domain::feed_health::{ClockState, FeedLife, FeedView};
use domain::language::Language;
use domain::lifecycle::State as Stage;
use domain::policy::Audience;
use domain::request::Waiting;
use domain::roster::LONGEST_SHIFT_MS;
use domain::time::Timestamp;
use domain::wire::office::{ReportAlarmList, ReportAlarms, ReportList, ReportView};
use domain::wire::{AlarmView, IncidentView};
use serde::Deserialize;

use super::alarms::seen_by;
use super::back::IncidentList;
use super::identity::audience_of;
use super::incidents::{reading, shown};
use super::list_pages::pages;
use super::list_query::{self, MOST};
use super::problem::{Pointed, Problem};
use super::{Blocking, Office, forms};

/// Who hands over, and who looks over the shoulder of those.
pub const REPORTS: &[Role] = &[
    Role::Operator,
    Role::ShiftLeader,
    Role::Dispatcher,
    Role::Commander,
    Role::Department,
    Role::Administrator,
    Role::Auditor,
];

/// A shift of a working day, where nobody says since when.
const USUAL_MS: i64 = 8 * 3_600_000;
/// Of each list so many are told; its count goes on.
const LISTED: usize = 100;
/// Nobody hands over more than this one by one.
const MOST_COUNTED: usize = 5_000;

#[derive(Deserialize)]
pub struct ReportQuery {
    since: Option<String>,
}

impl ReportQuery {
    fn checked(&self, now: Timestamp) -> Result<Timestamp, Problem> {
        let mut mistakes = Vec::new();
        let since = list_query::moment(&mut mistakes, "since", self.since.as_deref());
        let since = since.unwrap_or(now.plus_millis(-USUAL_MS));
        if since >= now || now.since(since) > LONGEST_SHIFT_MS {
            mistakes.push(Pointed {
                pointer: "?since".to_owned(),
                reason: "a shift began before now, and no more than a week ago".to_owned(),
            });
        }
        match mistakes.is_empty() {
            true => Ok(since),
            false => Err(Problem::invalid(mistakes)),
        }
    }
}

pub async fn report(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
    Query(query): Query<ReportQuery>,
) -> Result<Response, Problem> {
    let account = office.one_of(&headers, REPORTS, "Your role hands nothing over.")?;
    let now = office.back.now();
    let since = query.checked(now)?;
    let city = office.back.city();
    let audience = audience_of(&account, &city);
    let alarms = match audience {
        Audience::City => Some(standing(&seen_by(&office, &audience).await?)),
        _ => None,
    };
    let feeds = match audience {
        Audience::City => ill(office.back.feeds()),
        _ => Vec::new(),
    };
    let told = reading(&office, move |records| {
        let span = Span { since, until: now };
        told(records, &city, &audience, span)
    })
    .await?
    .map_err(Problem::failed)?;
    let told = ReportView {
        alarms,
        feeds,
        ..told
    };
    Ok(forms::one(&headers, &told))
}

#[derive(Clone, Copy)]
struct Span {
    since: Timestamp,
    until: Timestamp,
}

fn told(
    records: &dyn Blocking,
    city: &City,
    audience: &Audience,
    span: Span,
) -> Result<ReportView, String> {
    let now = span.until;
    let (_, live) = records.live_incidents(audience);
    let mut open: Vec<&IncidentView> = live
        .iter()
        .map(AsRef::as_ref)
        .filter(|view| view.state.is_open() && !view.drill)
        .collect();
    open.sort_by_key(|view| (view.severity, Reverse(view.opened_at), view.id));
    let mut late = those(&open, |view| is_late(view, now));
    late.sort_by_key(|view| (view.deadline.as_ref().map(|one| one.due_at), view.id));
    let path = || Path::to("/api/v1/incidents").flag("drill", Some(false));
    let open_states: Vec<String> = Stage::ALL
        .into_iter()
        .filter(|state| state.is_open())
        .map(|state| state.name().to_owned())
        .collect();
    let mut open_by_severity = [0; 4];
    for view in &open {
        let at = usize::from(view.severity.level().saturating_sub(1));
        if let Some(count) = open_by_severity.get_mut(at) {
            *count += 1;
        }
    }
    let opened = IncidentList {
        since: Some(span.since),
        until: Some(span.until),
        ..IncidentList::default()
    };
    let closed = IncidentList {
        closed_since: Some(span.since),
        closed_until: Some(span.until),
        ..IncidentList::default()
    };
    // A check in the street is work under way; everything else waits for somebody to say something.
    let decisions = Waiting::ALL.into_iter();
    let decisions: Vec<Waiting> = decisions
        .filter(|one| *one != Waiting::Verification)
        .collect();
    let names: Vec<String> = decisions.iter().map(|one| one.name().to_owned()).collect();
    let waiting = IncidentList {
        waiting: decisions,
        ..IncidentList::default()
    };
    let between = |name: [&str; 2]| {
        path()
            .moment(name[0], Some(span.since))
            .moment(name[1], Some(span.until))
    };
    Ok(ReportView {
        since: span.since,
        until: span.until,
        opened: counted(
            records,
            city,
            audience,
            (opened, now),
            between(["since", "until"]),
        )?,
        closed: counted(
            records,
            city,
            audience,
            (closed, now),
            between(["closed_since", "closed_until"]),
        )?,
        open_by_severity,
        late: list(&late, path().flag("overdue", Some(true))),
        waiting: counted(
            records,
            city,
            audience,
            (waiting, now),
            path().several("waiting", &names),
        )?,
        tray: list(
            &those(&open, |view| view.tray),
            path().flag("tray", Some(true)),
        ),
        open: list(&open, path().several("state", &open_states)),
        alarms: None,
        feeds: Vec::new(),
    })
}

fn those<'a>(
    open: &[&'a IncidentView],
    wanted: impl Fn(&IncidentView) -> bool,
) -> Vec<&'a IncidentView> {
    open.iter().copied().filter(|view| wanted(view)).collect()
}

fn list(of: &[&IncidentView], drill: Path) -> ReportList {
    ReportList {
        count: u32::try_from(of.len()).unwrap_or(u32::MAX),
        more: false,
        drill: drill.written(),
        incidents: of.iter().take(LISTED).map(|view| view.brief()).collect(),
    }
}

/// Page by page, as everybody else reads the list.
fn counted(
    records: &dyn Blocking,
    city: &City,
    audience: &Audience,
    (mut asked, now): (IncidentList, Timestamp),
    drill: Path,
) -> Result<ReportList, String> {
    asked.drill = Some(false);
    asked.limit = MOST;
    let mut told = ReportList {
        count: 0,
        more: false,
        drill: drill.written(),
        incidents: Vec::new(),
    };
    let mut pages = pages(records, asked, audience, now);
    while (told.count as usize) < MOST_COUNTED
        && let Some(page) = pages.next()
    {
        let page = page?;
        told.count += u32::try_from(page.len()).unwrap_or(u32::MAX);
        let room = LISTED.saturating_sub(told.incidents.len());
        let listed = page.iter().take(room);
        told.incidents
            .extend(listed.map(|incident| shown(city, incident, now, Language::Zh).brief()));
    }
    told.more = pages.has_more();
    Ok(told)
}

fn standing(all: &[Arc<AlarmView>]) -> ReportAlarms {
    let of = |states: &[AlarmState]| {
        let choice = AlarmChoice {
            states: states.to_vec(),
            drill: Some(false),
            ..AlarmChoice::default()
        };
        let found: Vec<AlarmView> = all
            .iter()
            .filter(|alarm| choice.fits(alarm))
            .map(|alarm| (**alarm).clone())
            .collect();
        (found, choice.path())
    };
    let told = |(mut alarms, drill): (Vec<AlarmView>, String)| {
        let count = u32::try_from(alarms.len()).unwrap_or(u32::MAX);
        alarms.truncate(LISTED);
        ReportAlarmList {
            count,
            drill,
            alarms,
        }
    };
    let (mut unnoted, path) = of(&[
        AlarmState::ActiveUnacknowledged,
        AlarmState::ClearedUnacknowledged,
    ]);
    unnoted.sort_by_key(|alarm| (alarm.severity, Reverse(alarm.raised_at), alarm.id));
    let (mut shelved, of_shelved) = of(&[AlarmState::Shelved]);
    shelved.sort_by_key(|alarm| (alarm.shelved.as_ref().map(|one| one.until), alarm.id));
    ReportAlarms {
        unacknowledged: told((unnoted, path)),
        shelved: told((shelved, of_shelved)),
    }
}

/// What is known of when a source should speak is the pack's; where it says nothing, nothing is wrong.
fn ill(mut feeds: Vec<FeedView>) -> Vec<FeedView> {
    feeds.retain(|feed| {
        matches!(feed.state, FeedLife::Stale | FeedLife::Gone)
            || matches!(feed.clock.state, ClockState::Ahead | ClockState::Behind)
    });
    feeds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_of_a_shift_that_may_have_been() {
        let now = Timestamp::parse_rfc3339("2026-11-29T16:00:00+08:00").expect("a moment");
        let asked = |since: Option<&str>| {
            let query = ReportQuery {
                since: since.map(str::to_owned),
            };
            query.checked(now).ok()
        };
        assert_eq!(asked(None), Some(now.plus_minutes(-8 * 60)));
        assert_eq!(
            asked(Some("2026-11-29T04:00:00+08:00")),
            Some(now.plus_minutes(-12 * 60))
        );
        for wrong in [
            "2026-11-29T16:00:00+08:00",
            "2026-11-22T15:59:59+08:00",
            "eight",
        ] {
            assert_eq!(asked(Some(wrong)), None, "{wrong}");
        }
    }
}
