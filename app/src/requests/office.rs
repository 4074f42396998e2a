//! Questions of the pages beside the map: duty, sessions, the audit log, letters.

use domain::audit::AuditEntry;
use domain::category::Severity;
use domain::ids::{CommandId, HandoverId};
use domain::roster::{Channel, DutyPost, Shift};
use domain::time::Timestamp;
use domain::wire::notify::{EndpointView, HandoverView, LetterView, RosterView, SentView};
use domain::wire::office::{DutyChoicesView, ReportView, SessionView};
use gloo_net::http::Request;

use super::{Problem, get, given, post, read};
use crate::json::Json;
use crate::pages::escaped;

fn nothing() -> Json {
    Json::Object(Vec::new())
}

pub async fn rosters() -> Result<Vec<RosterView>, Problem> {
    get(Request::get("/api/v1/duty")).await
}

pub async fn duty_choices() -> Result<DutyChoicesView, Problem> {
    get(Request::get("/api/v1/duty/choices")).await
}

/// The whole roster of a post at once.
pub async fn put_roster(post: &DutyPost, shifts: &[Shift]) -> Result<RosterView, Problem> {
    let path = format!("/api/v1/duty/{post}");
    read(&given(Request::put(&path), &written(shifts)).await?)
}

/// As `PUT /api/v1/duty/{post}` takes it.
fn written(shifts: &[Shift]) -> Json {
    let channel = |channel: &Channel| match channel {
        Channel::Page => Json::from("page"),
        Channel::Webhook(id) => Json::Object(vec![("webhook", Json::from(id.as_str()))]),
    };
    let shifts = shifts.iter().map(|shift| {
        Json::Object(vec![
            ("person", Json::from(shift.person.as_str())),
            ("from", Json::from(shift.from.to_rfc3339_utc())),
            ("until", Json::from(shift.until.to_rfc3339_utc())),
            (
                "channels",
                Json::List(shift.channels.iter().map(channel).collect()),
            ),
        ])
    });
    Json::Object(vec![("shifts", Json::List(shifts.collect()))])
}

pub async fn handovers() -> Result<Vec<HandoverView>, Problem> {
    get(Request::get("/api/v1/duty/handover")).await
}

/// Once for an id.
pub async fn hand_over(
    id: CommandId,
    post_of: &DutyPost,
    text: &str,
) -> Result<HandoverView, Problem> {
    let sent = Json::Object(vec![
        ("id", Json::from(id.to_string())),
        ("post", Json::from(post_of.to_string())),
        ("text", Json::from(text)),
    ]);
    post("/api/v1/duty/handover", &sent).await
}

pub async fn read_handover(id: HandoverId) -> Result<HandoverView, Problem> {
    post(&format!("/api/v1/duty/handover/{id}/read"), &nothing()).await
}

pub async fn shift_report(since: Timestamp) -> Result<ReportView, Problem> {
    let since = since.to_rfc3339_utc();
    get(Request::get("/api/v1/duty/report").query([("since", since.as_str())])).await
}

/// One's own; of everybody for an administrator.
pub async fn sessions() -> Result<Vec<SessionView>, Problem> {
    get(Request::get("/api/v1/sessions")).await
}

pub async fn revoke_session(id: &str) -> Result<(), Problem> {
    let path = format!("/api/v1/sessions/{}/revoke", escaped(id));
    given(Request::post(&path), &nothing()).await.map(drop)
}

/// All of an account but the one that asks; how many there were.
pub async fn revoke_others(account: &str) -> Result<u64, Problem> {
    let sent = Json::Object(vec![("account", Json::from(account))]);
    post("/api/v1/sessions/revoke", &sent).await
}

pub async fn change_password(old: &str, new: &str) -> Result<(), Problem> {
    let sent = Json::Object(vec![("old", Json::from(old)), ("new", Json::from(new))]);
    let answer = given(Request::post("/api/v1/me/password"), &sent).await;
    answer.map(drop)
}

/// `query` is what stands behind the question mark; the newest first, and where the next page begins.
pub async fn audit(query: &str) -> Result<(Vec<AuditEntry>, Option<String>), Problem> {
    get(Request::get(&format!("/api/v1/audit?{query}"))).await
}

pub async fn receivers() -> Result<Vec<EndpointView>, Problem> {
    get(Request::get("/api/v1/webhooks")).await
}

/// Makes or changes a receiver; a new secret only if asked for.
pub async fn put_receiver(
    id: &str,
    (url, note): (&str, &str),
    least: Severity,
    posts: &[DutyPost],
    (enabled, new_secret): (bool, bool),
) -> Result<EndpointView, Problem> {
    let posts = posts.iter().map(|post| Json::from(post.to_string()));
    let sent = Json::Object(vec![
        ("url", Json::from(url)),
        ("note", Json::from(note)),
        ("least", Json::Count(u64::from(least.level()))),
        ("posts", Json::List(posts.collect())),
        ("enabled", Json::Flag(enabled)),
        ("new_secret", Json::Flag(new_secret)),
    ]);
    let path = format!("/api/v1/webhooks/{}", escaped(id));
    read(&given(Request::put(&path), &sent).await?)
}

/// Those in a state: `dead pending sent cancelled discarded`.
pub async fn letters(state: &str) -> Result<Vec<LetterView>, Problem> {
    get(Request::get("/api/v1/webhooks/letters").query([("state", state)])).await
}

pub async fn retry_letter(id: &str) -> Result<LetterView, Problem> {
    of_letter(id, "retry").await
}

pub async fn discard_letter(id: &str) -> Result<LetterView, Problem> {
    of_letter(id, "discard").await
}

async fn of_letter(id: &str, what: &str) -> Result<LetterView, Problem> {
    let path = format!("/api/v1/webhooks/letters/{}/{what}", escaped(id));
    post(&path, &nothing()).await
}

pub async fn sent_letters() -> Result<Vec<SentView>, Problem> {
    get(Request::get("/api/v1/webhooks/log")).await
}

#[cfg(test)]
mod tests {
    use domain::ids::{AccountName, EndpointId};

    use super::*;

    #[test]
    fn a_roster_is_written_as_the_interface_reads_it() {
        let at = |text| Timestamp::parse_rfc3339(text).expect("a moment");
        let shifts = vec![Shift {
            person: AccountName::new("leader").expect("a name"),
            from: at("2026-11-29T08:00:00+08:00"),
            until: at("2026-11-29T20:00:00+08:00"),
            channels: vec![
                Channel::Page,
                Channel::Webhook(EndpointId::new("duty").expect("an id")),
            ],
        }];
        let body: serde_json::Value =
            serde_json::from_str(&written(&shifts).text()).expect("sound JSON");
        let read: Vec<Shift> = serde_json::from_value(body["shifts"].clone()).expect("shifts");
        assert_eq!(read, shifts);
    }
}
