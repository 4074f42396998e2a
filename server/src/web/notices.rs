//! Notices: those that are open, followed as they come and go, acknowledged. A page that follows them is a channel by which its
//! person is reached.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use domain::account::{Actor, Role};
use domain::change::Outcome;
use domain::command::Input;
use domain::ids::{AccountName, NoticeId};
use domain::notice::{NotNoticed, Notice, Noticed, NotifyCommand, NotifyGiven, shown};
use domain::wire::notify::NoticeView;
use futures_util::stream;
use serde::Serialize;
use tokio::sync::broadcast::error::RecvError;

use super::Office;
use super::identity::{Looker, same_origin};
use super::incidents::may_block;
use super::notice_desk::PageGuard;
use super::problem::{Pointed, Problem};

/// Pages that follow at one time, of all people and of one.
const MOST_PAGES: u32 = 2_000;
const MOST_PAGES_OF_ONE: u32 = 50;
/// The newest of a list; of more than these nobody reads each.
const MOST_LISTED: usize = 2_000;
/// Rights are looked at as often as this, so that an ended session hears nothing more.
const RIGHTS: Duration = Duration::from_secs(1);

#[derive(Serialize)]
struct List {
    notices: Vec<NoticeView>,
    /// How many older ones are open besides.
    left_off: usize,
}

impl List {
    fn of(open: &[Arc<Notice>]) -> Self {
        let listed = open.iter().take(MOST_LISTED);
        Self {
            notices: listed.map(|notice| shown::notice(notice)).collect(),
            left_off: open.len().saturating_sub(MOST_LISTED),
        }
    }
}

/// Whether somebody is meant, or may look all the same.
fn means(notice: &Notice, actor: &Actor) -> bool {
    notice.to.means(actor) || actor.role() == Some(Role::Auditor)
}

fn open_for(office: &Office, actor: &Actor) -> Vec<Arc<Notice>> {
    let notices = office.back.notices();
    notices.open_for(&|notice| means(notice, actor))
}

fn person(office: &Office, headers: &HeaderMap) -> Result<(AccountName, Actor), Problem> {
    let identity = office.who(headers)?;
    let account = identity.person().ok_or_else(|| {
        Problem::forbidden("Notices are for people; a key reads incidents and alarms. Sign in.")
    })?;
    Ok((account.name.clone(), account.actor()))
}

pub async fn list(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (_, actor) = person(&office, &headers)?;
    let open = open_for(&office, &actor);
    Ok(Json(List::of(&open)).into_response())
}

/// Carries out what somebody says of notices, rosters, hand-overs or receivers.
pub async fn carried_out(
    office: &Office,
    given: NotifyGiven,
    unknown: &str,
) -> Result<Noticed, Problem> {
    let input = Input::Notify(Box::new(given));
    let taken = office.back.carry_out(vec![input]).await?;
    match taken.outcomes.into_iter().next() {
        Some(Outcome::Noticed(Ok(noticed))) => Ok(noticed),
        Some(Outcome::Noticed(Err(NotNoticed::Unknown))) => Err(Problem::not_found(unknown)),
        Some(Outcome::Noticed(Err(NotNoticed::NotAllowed))) => Err(Problem::forbidden(
            "Your role may not do this, or the post is not yours.",
        )),
        Some(Outcome::Noticed(Err(NotNoticed::Invalid { pointer, reason }))) => {
            Err(Problem::invalid(vec![Pointed { pointer, reason }]))
        }
        _ => Err(Problem::failed("the request was not answered")),
    }
}

pub async fn acknowledge(
    State(office): State<Arc<Office>>,
    method: Method,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Json<NoticeView>, Problem> {
    let (_, actor) = office.acting(&method, &headers)?;
    let unknown = format!("There is no notice \"{id}\" for you.");
    let notice: NoticeId = id.parse().map_err(|_| Problem::not_found(&unknown))?;
    let given = NotifyGiven {
        id: None,
        by: actor.clone(),
        what: NotifyCommand::Acknowledge(notice),
    };
    match carried_out(&office, given, &unknown).await {
        Ok(Noticed::Notice(notice)) => Ok(Json(shown::notice(&notice))),
        Ok(_) => Err(Problem::failed("the notice was not acknowledged")),
        // It may be over already: then it is as it was meant to be.
        Err(problem) => {
            let back = office.back.clone();
            let over = may_block(move || back.notices().notice(notice))
                .await?
                .map_err(Problem::failed)?
                .filter(|notice| notice.to.means(&actor) && !notice.is_open());
            over.map(|notice| Json(shown::notice(&notice)))
                .ok_or(problem)
        }
    }
}

/// What a page follows.
struct Following {
    office: Arc<Office>,
    looker: Looker,
    news: tokio::sync::broadcast::Receiver<Arc<Notice>>,
    name: AccountName,
    actor: Actor,
    /// Everything open is told first, and again after a gap.
    whole: bool,
    /// When it was last told anything: a page that hears nothing for long takes its line for broken.
    told: Instant,
    _page: PageGuard,
}

pub async fn follow(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (name, actor) = person(&office, &headers)?;
    // A browser names its origin to others only; a page of another site must not count as somebody who was reached.
    if headers.contains_key(header::ORIGIN) && !same_origin(&headers) {
        return Err(Problem::forbidden(
            "Notices are followed from this site's own pages.",
        ));
    }
    let notices = office.back.notices();
    if notices.pages() >= MOST_PAGES || notices.pages_of(&name) >= MOST_PAGES_OF_ONE {
        return Err(Problem::busy(
            "As many pages as may follow notices do. Try again.",
        ));
    }
    let following = Following {
        looker: Looker::kept(&office, &headers),
        news: notices.follow(),
        _page: notices.page_opened(&name),
        name,
        actor,
        whole: true,
        told: Instant::now(),
        office: office.clone(),
    };
    let events = stream::unfold(following, |mut following| async move {
        let event = following.next().await?;
        following.told = Instant::now();
        Some((Ok::<Event, Infallible>(event), following))
    });
    let mut answer = Sse::new(events).into_response();
    let headers = answer.headers_mut();
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("no-store, no-transform"),
    );
    // A proxy that gathers answers would keep an alarm from its hearer.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(answer)
}

impl Following {
    /// None once the right is over.
    async fn next(&mut self) -> Option<Event> {
        if self.whole {
            self.whole = false;
            let open = open_for(&self.office, &self.actor);
            for notice in open.iter().take(MOST_LISTED) {
                self.office.back.notices().shown(&self.name, notice.id);
            }
            return event("notices", &List::of(&open));
        }
        loop {
            let news = tokio::time::timeout(RIGHTS, self.news.recv()).await;
            let account = self.looker.account()?;
            self.actor = account.actor();
            match news {
                Err(_) => return Some(Event::default().comment("")),
                Ok(Err(RecvError::Closed)) => return None,
                Ok(Err(RecvError::Lagged(_))) => {
                    metrics::counter!("gulou_notice_pages_lagged_total").increment(1);
                    self.whole = true;
                    return Some(Event::default().comment("gap"));
                }
                Ok(Ok(notice)) if means(&notice, &self.actor) => {
                    if notice.is_open() {
                        self.office.back.notices().shown(&self.name, notice.id);
                    }
                    return event("notice", &shown::notice(&notice));
                }
                Ok(Ok(_)) if self.told.elapsed() >= RIGHTS => {
                    return Some(Event::default().comment(""));
                }
                Ok(Ok(_)) => {}
            }
        }
    }
}

fn event(name: &str, data: &impl Serialize) -> Option<Event> {
    Event::default().event(name).json_data(data).ok()
}
