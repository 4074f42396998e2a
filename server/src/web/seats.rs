//! What seats see: pages tell what they show, and those who answer for a shift may ask what a seat saw at a moment.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::account::{Account, Role};
use domain::ids::{AccountName, IncidentId};
use domain::place::Bounds;
use domain::policy::Audience;
use domain::time::Timestamp;
use domain::wire::Layer;
use domain::wire::past::SeatView;
use serde::Deserialize;
use serde_json::json;

use super::Office;
use super::forms::{Form, binary};
use super::identity::{Identity, audience_of};
use super::list_query::filled;
use super::past::{PastQuery, asked_moment, asking, wrong};
use super::problem::{Pointed, Problem};

/// Who may ask what others saw.
pub const MAY_ASK: &[Role] = &[Role::Auditor, Role::Administrator, Role::ShiftLeader];
/// The seats of a shift and what hangs before them: whom its leader may ask about.
const OF_THE_SHIFT: &[Role] = &[
    Role::Wall,
    Role::Collector,
    Role::Operator,
    Role::Dispatcher,
    Role::ShiftLeader,
];
const LONGEST: usize = 400;
const LONGEST_NAME: usize = 40;
/// The pages there are.
const PAGES: &[&str] = &["desk", "wall"];
/// A page tells once it has held still: so many of an account in so many seconds are more than its hands can do.
const MOST_TOLD: u32 = 20;
const WITHIN_MS: i64 = 10_000;

/// How often each account told lately what it shows. No larger than there are accounts.
#[derive(Default)]
pub struct Tellers(Mutex<BTreeMap<AccountName, (Timestamp, u32)>>);

impl Tellers {
    /// Whether one more may be told.
    fn may_tell(&self, account: &AccountName, now: Timestamp) -> bool {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, count) = told.entry(account.clone()).or_insert((now, 0));
        if now.since(*since) >= WITHIN_MS {
            (*since, *count) = (now, 0);
        }
        *count += 1;
        *count <= MOST_TOLD
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shown {
    page: String,
    /// The account's windows tell them apart by it.
    window: Option<String>,
    /// It was shown until now.
    #[serde(default)]
    left: bool,
    bbox: [f64; 4],
    #[serde(default)]
    zoom: f32,
    #[serde(default)]
    layers: Vec<Layer>,
    filter: Option<String>,
    tab: Option<String>,
    words: Option<String>,
    incident: Option<IncidentId>,
}

/// A page tells what it shows from now on.
pub async fn told(
    State(office): State<Arc<Office>>,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    let (account, _) = office.acting(&method, &headers)?;
    let now = office.back.now();
    if !office.tellers.may_tell(&account.name, now) {
        return Err(Problem::too_many(
            "What is shown was told too often; what was told before is kept.",
            (WITHIN_MS / 1000) as u32,
        ));
    }
    let shown: Shown = serde_json::from_slice(&body)
        .map_err(|error| Problem::unreadable(format!("The body is not a view: {error}.")))?;
    let left = shown.left;
    let audience = audience_of(&account, &office.back.city());
    let view = checked(shown, &account, audience, now).map_err(Problem::invalid)?;
    asking(&office, move |records| records.look(&view, left)).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn checked(
    shown: Shown,
    account: &Account,
    audience: Audience,
    at: Timestamp,
) -> Result<SeatView, Vec<Pointed>> {
    let mut mistakes = Vec::new();
    let mut wrong = |pointer: &str, reason: String| {
        mistakes.push(Pointed {
            pointer: pointer.to_owned(),
            reason,
        });
    };
    if let Err(error) = Bounds::from_degrees(shown.bbox) {
        wrong("/bbox", error.to_string());
    }
    if !(0.0..=30.0).contains(&shown.zoom) {
        wrong(
            "/zoom",
            format!("{} is not a zoom from 0 to 30", shown.zoom),
        );
    }
    if !PAGES.contains(&shown.page.as_str()) {
        wrong("/page", format!("is none of {}", PAGES.join(", ")));
    }
    if shown.layers.len() > Layer::ALL.len() {
        wrong("/layers", "more layers than there are".into());
    }
    let is_name = |name: &String| {
        name.len() <= LONGEST_NAME
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if !shown.window.as_ref().is_none_or(is_name) {
        wrong(
            "/window",
            format!("is not a name of at most {LONGEST_NAME} letters, digits and -"),
        );
    }
    let texts = [
        ("/filter", shown.filter.as_ref()),
        ("/tab", shown.tab.as_ref()),
        ("/words", shown.words.as_ref()),
    ];
    for (pointer, text) in texts {
        if text.is_some_and(|text| text.len() > LONGEST) {
            wrong(pointer, format!("longer than {LONGEST} bytes"));
        }
    }
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    Ok(SeatView {
        view: 0,
        at,
        account: account.name.to_string(),
        audience,
        page: shown.page,
        window: filled(shown.window),
        bbox: shown.bbox,
        zoom: shown.zoom,
        layers: shown.layers,
        filter: filled(shown.filter),
        tab: filled(shown.tab),
        words: filled(shown.words),
        incident: shown.incident,
    })
}

#[derive(Clone, Debug, Default, Deserialize)]
pub struct SeatQuery {
    #[serde(flatten)]
    past: PastQuery,
    account: Option<String>,
}

pub async fn seen(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
    Query(query): Query<SeatQuery>,
) -> Result<Response, Problem> {
    let asker = asker(&office.who(&headers)?)?;
    let at = asked_moment(&query.past, office.back.now()).map_err(Problem::invalid)?;
    let account = filled(query.account);
    let told_by = office.clone();
    let views = asking(&office, move |records| {
        records.looks_at(at, &|name| {
            account.as_deref().is_none_or(|account| account == name)
                && may_see(&told_by, &asker, name)
        })
    })
    .await?;
    Ok(match Form::wanted(&headers) {
        Form::Binary => binary(&views),
        _ => Json(json!({ "at": at, "views": views })).into_response(),
    })
}

fn asker(identity: &Identity) -> Result<Arc<Account>, Problem> {
    let may_ask = |account: &&Arc<Account>| MAY_ASK.contains(&account.role);
    let Some(asker) = identity.person().filter(may_ask) else {
        return Err(Problem::forbidden(
            "What a seat saw is told to auditors, administrators and shift leaders.",
        ));
    };
    Ok(Arc::clone(asker))
}

/// The view that a question about the past names, if it names one and who asks may know of it.
pub(super) async fn named(
    office: &Arc<Office>,
    identity: &Identity,
    view: Option<String>,
) -> Result<Option<SeatView>, Problem> {
    let Some(named) = filled(view) else {
        return Ok(None);
    };
    let asker = asker(identity)?;
    let found = match named.parse() {
        Ok(number) => asking(office, move |records| records.look_of(number)).await?,
        Err(_) => None,
    };
    match found {
        Some(view) if may_see(office, &asker, &view.account) => Ok(Some(view)),
        _ => Err(Problem::invalid(vec![wrong(
            "?view",
            format!("\"{named}\" is no view that you may look at, or it is no longer kept"),
        )])),
    }
}

fn may_see(office: &Office, asker: &Account, name: &str) -> bool {
    asker.role != Role::ShiftLeader
        || AccountName::new(name)
            .ok()
            .and_then(|name| office.back.account(&name))
            .is_some_and(|account| OF_THE_SHIFT.contains(&account.role))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_tells_in_a_loop_is_told_to_wait_and_nobody_else_is() {
        let tellers = Tellers::default();
        let [loud, quiet] = ["loud", "quiet"].map(|name| AccountName::new(name).expect("a name"));
        let now = Timestamp::from_millis(1_000);
        let told = (0..100).filter(|_| tellers.may_tell(&loud, now)).count();
        assert_eq!(told, MOST_TOLD as usize);
        assert!(tellers.may_tell(&quiet, now));
        assert!(tellers.may_tell(&loud, now.plus_millis(WITHIN_MS)));
    }
}
