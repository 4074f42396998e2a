//! Who is on duty where, what shifts leave to each other, and receivers of webhooks with their letters.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::account::{Account, Actor, Role};
use domain::category::Severity;
use domain::ids::{CommandId, EndpointId, HandoverId};
use domain::notice::{Noticed, NotifyCommand, NotifyGiven, shown};
use domain::roster::{DutyPost, Shift};
use domain::wire::notify::{EndpointView, HandoverView, LetterView, RosterView, SentView};
use domain::wire::office::{DutyChoicesView, DutyPersonView};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Office;
use super::forms;
use super::incidents::may_block;
use super::notices::carried_out;
use super::problem::{Pointed, Problem};

/// Rows of a list at most.
const MOST_ROWS: usize = 500;
const LONGEST_NOTE: usize = 200;

/// Who reads every roster; a department's people read their own.
pub const READS_ALL: &[Role] = &[
    Role::Operator,
    Role::ShiftLeader,
    Role::Dispatcher,
    Role::Commander,
    Role::Administrator,
    Role::Auditor,
];
pub const WRITES: &[Role] = &[Role::Administrator, Role::ShiftLeader, Role::Department];
pub const HANDS_OVER: &[Role] = &[
    Role::Operator,
    Role::ShiftLeader,
    Role::Dispatcher,
    Role::Commander,
    Role::Department,
];
pub const ADMINISTERS: &[Role] = &[Role::Administrator];
pub const LOOKS_AT_LETTERS: &[Role] = &[Role::Administrator, Role::Auditor];

fn account(office: &Office, headers: &HeaderMap) -> Result<Arc<Account>, Problem> {
    let identity = office.who(headers)?;
    identity.person().cloned().ok_or_else(|| {
        Problem::forbidden("A key reads incidents and alarms; this is for people. Sign in.")
    })
}

fn must_be(account: &Account, roles: &[Role]) -> Result<(), Problem> {
    match roles.contains(&account.role) {
        true => Ok(()),
        false => Err(Problem::forbidden("Your role may not do this.")),
    }
}

fn read_body<T: DeserializeOwned>(body: &Bytes) -> Result<T, Problem> {
    serde_json::from_slice(body)
        .map_err(|error| Problem::unreadable(format!("The body is not as expected: {error}")))
}

fn may_read(office: &Office, actor: &Actor, post: &DutyPost) -> bool {
    let reads_all = actor.role().is_some_and(|role| READS_ALL.contains(&role));
    reads_all || post.is_of(actor, &office.back.city())
}

#[derive(Serialize)]
struct Rosters {
    rosters: Vec<RosterView>,
}

pub async fn rosters(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let actor = account(&office, &headers)?.actor();
    let mut rosters = asking(&office, |notices| notices.rosters()).await?;
    rosters.retain(|one| may_read(&office, &actor, &one.post));
    Ok(forms::one(&headers, &Rosters { rosters }))
}

/// Who and what a roster can be made of: a department's people find their own, whoever sets every roster finds all.
pub async fn choices(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let account = account(&office, &headers)?;
    must_be(&account, WRITES)?;
    let mut people: Vec<DutyPersonView> = Vec::new();
    for one in office.back.accounts() {
        let is_own = account.role != Role::Department || one.department == account.department;
        if is_own && one.role != Role::Wall && office.admits(&one) {
            people.push(DutyPersonView {
                name: one.name.clone(),
                role: one.role,
                department: one.department.clone(),
                town: one.town.clone(),
            });
        }
    }
    let receivers = office.back.notices().receivers();
    Ok(forms::one(&headers, &DutyChoicesView { people, receivers }))
}

fn post_of(text: &str) -> Result<DutyPost, Problem> {
    text.parse()
        .map_err(|error: domain::ids::IdError| Problem::not_found(error.to_string()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shifts {
    shifts: Vec<Shift>,
}

pub async fn put_roster(
    State(office): State<Arc<Office>>,
    method: Method,
    headers: HeaderMap,
    Path(post): Path<String>,
    body: Bytes,
) -> Result<Response, Problem> {
    let (account, by) = office.acting(&method, &headers)?;
    must_be(&account, WRITES)?;
    let post = post_of(&post)?;
    let Shifts { shifts } = read_body(&body)?;
    let what = NotifyCommand::PutRoster { post, shifts };
    let given = NotifyGiven { id: None, by, what };
    match carried_out(&office, given, "").await? {
        Noticed::Roster(roster) => {
            let shown = asking(&office, move |notices| notices.shown_roster(&roster)).await?;
            Ok(forms::one(&headers, &shown))
        }
        _ => Err(Problem::failed("the roster was not taken")),
    }
}

#[derive(Serialize)]
struct Handovers {
    handovers: Vec<HandoverView>,
}

#[derive(Deserialize)]
pub struct OfPost {
    post: Option<String>,
}

pub async fn handovers(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
    Query(OfPost { post }): Query<OfPost>,
) -> Result<Response, Problem> {
    let actor = account(&office, &headers)?.actor();
    let post = post.as_deref().map(post_of).transpose()?;
    let found = office.back.notices().handovers(&|of| {
        post.as_ref().is_none_or(|post| of == post) && may_read(&office, &actor, of)
    });
    let handovers = found.iter().map(|one| shown::handover(one)).collect();
    Ok(forms::one(&headers, &Handovers { handovers }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HandOver {
    id: Option<CommandId>,
    post: DutyPost,
    text: String,
}

pub async fn hand_over(
    State(office): State<Arc<Office>>,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let (account, by) = office.acting(&method, &headers)?;
    must_be(&account, HANDS_OVER)?;
    let HandOver { id, post, text } = read_body(&body)?;
    let what = NotifyCommand::HandOver { post, text };
    let given = NotifyGiven { id, by, what };
    match carried_out(&office, given, "").await? {
        Noticed::Handover(one) => {
            let shown = forms::one(&headers, &shown::handover(&one));
            Ok((StatusCode::CREATED, shown).into_response())
        }
        _ => Err(Problem::failed("the note was not taken")),
    }
}

pub async fn read_handover(
    State(office): State<Arc<Office>>,
    method: Method,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let (account, by) = office.acting(&method, &headers)?;
    must_be(&account, HANDS_OVER)?;
    let unknown = format!("There is no note \"{id}\" for you.");
    let id: HandoverId = id.parse().map_err(|_| Problem::not_found(&unknown))?;
    let what = NotifyCommand::ReadHandover(id);
    let given = NotifyGiven { id: None, by, what };
    match carried_out(&office, given, &unknown).await? {
        Noticed::Handover(one) => Ok(forms::one(&headers, &shown::handover(&one))),
        _ => Err(Problem::failed("the note was not marked")),
    }
}

#[derive(Serialize)]
struct Endpoints {
    endpoints: Vec<EndpointView>,
}

/// Reads what is written on the disk.
async fn asking<T: Send + 'static>(
    office: &Office,
    ask: impl FnOnce(&dyn super::NoticeDesk) -> Result<T, String> + Send + 'static,
) -> Result<T, Problem> {
    let back = office.back.clone();
    may_block(move || ask(back.notices()))
        .await?
        .map_err(Problem::failed)
}

pub async fn endpoints(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    must_be(&*account(&office, &headers)?, ADMINISTERS)?;
    let endpoints = asking(&office, |notices| notices.endpoints()).await?;
    Ok(forms::one(&headers, &Endpoints { endpoints }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PutEndpoint {
    url: String,
    #[serde(default)]
    note: String,
    least: Option<Severity>,
    #[serde(default)]
    posts: Vec<DutyPost>,
    enabled: Option<bool>,
    #[serde(default)]
    new_secret: bool,
}

pub async fn put_endpoint(
    State(office): State<Arc<Office>>,
    method: Method,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, Problem> {
    let (account, by) = office.acting(&method, &headers)?;
    must_be(&account, ADMINISTERS)?;
    let put: PutEndpoint = read_body(&body)?;
    let invalid = |pointer: &str, reason: String| {
        let pointer = pointer.to_owned();
        Problem::invalid(vec![Pointed { pointer, reason }])
    };
    // It goes into a header with each letter.
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if id.is_empty() || id.len() > 40 || !id.bytes().all(is_plain) {
        let reason = "a receiver's id is 1 to 40 of a to z, 0 to 9 and -".to_owned();
        return Err(invalid("/id", reason));
    }
    let endpoint = EndpointId::new(&id).map_err(|error| invalid("/id", error.to_string()))?;
    let checked = office.back.notices().check_address(&put.url);
    checked.map_err(|reason| invalid("/url", reason))?;
    if put.note.chars().count() > LONGEST_NOTE {
        return Err(invalid(
            "/note",
            format!("longer than {LONGEST_NOTE} characters"),
        ));
    }
    if put.posts.len() > MOST_ROWS {
        return Err(invalid("/posts", format!("more than {MOST_ROWS}")));
    }
    let what = NotifyCommand::PutEndpoint {
        id: endpoint,
        url: put.url,
        note: put.note,
        least: put.least.unwrap_or(Severity::Minor),
        posts: put.posts,
        enabled: put.enabled.unwrap_or(true),
        new_secret: put.new_secret,
    };
    let given = NotifyGiven { id: None, by, what };
    match carried_out(&office, given, "").await? {
        Noticed::Endpoint(one) => {
            let shown = office.back.notices().shown_endpoint(&one);
            Ok(forms::one(&headers, &shown))
        }
        _ => Err(Problem::failed("the receiver was not taken")),
    }
}

#[derive(Serialize)]
struct Letters {
    letters: Vec<LetterView>,
}

#[derive(Deserialize)]
pub struct InState {
    state: Option<String>,
}

pub const LETTER_STATES: [&str; 5] = ["dead", "pending", "sent", "cancelled", "discarded"];

pub async fn letters(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
    Query(InState { state }): Query<InState>,
) -> Result<Response, Problem> {
    must_be(&*account(&office, &headers)?, LOOKS_AT_LETTERS)?;
    let state = state.unwrap_or_else(|| "dead".to_owned());
    if !LETTER_STATES.contains(&state.as_str()) {
        return Err(Problem::invalid(vec![Pointed {
            pointer: "?state".into(),
            reason: format!("is not one of {}", LETTER_STATES.join(", ")),
        }]));
    }
    let letters = asking(&office, move |notices| notices.letters(&state, MOST_ROWS)).await?;
    Ok(forms::one(&headers, &Letters { letters }))
}

async fn revive(
    office: &Office,
    method: &Method,
    headers: &HeaderMap,
    id: String,
    again: bool,
) -> Result<Response, Problem> {
    let (account, _) = office.acting(method, headers)?;
    must_be(&account, ADMINISTERS)?;
    let unknown = format!("There is no dead letter \"{id}\".");
    let revived = asking(office, move |notices| notices.revive(&id, again)).await?;
    let letter = revived.ok_or_else(|| Problem::not_found(unknown))?;
    Ok(forms::one(headers, &letter))
}

pub async fn retry(
    State(office): State<Arc<Office>>,
    method: Method,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    revive(&office, &method, &headers, id, true).await
}

pub async fn discard(
    State(office): State<Arc<Office>>,
    method: Method,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    revive(&office, &method, &headers, id, false).await
}

#[derive(Serialize)]
struct Log {
    sent: Vec<SentView>,
}

pub async fn log(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    must_be(&*account(&office, &headers)?, LOOKS_AT_LETTERS)?;
    let sent = asking(&office, |notices| notices.log(MOST_ROWS)).await?;
    Ok(forms::one(&headers, &Log { sent }))
}
