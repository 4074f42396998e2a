//! The routes of notices, duty and webhooks, with their words.

use domain::assignment::Stage;
use domain::notice::Reason;
use domain::request::Waiting;
use domain::wire::notify::{
    EndpointView, HandoverView, LetterView, NoticeView, ReadBy, RosterView, SentView,
};
use serde_json::{Value, json};

use super::route::{Group, Route, Who, said};
use super::schemas::Named;
use super::shapes::{count, flag, list, named, object, one_of_words, or_null, sent, text, texts};
use super::table::JSON;
use crate::web::{duty, notices};

const SSE: &str = "text/event-stream";

pub fn routes() -> Vec<Route> {
    let mut routes = of_notices();
    routes.extend(of_duty());
    routes.extend(of_webhooks());
    routes
}

fn of_notices() -> Vec<Route> {
    let g = Group::Notices;
    vec![
        Route::get("/api/v1/notices", g, notices::list, said("通知我而尚未确认的，新的在前", "Notices for me that are open, newest first"))
            .who(Who::SignedIn)
            .answers(200, JSON, named("NoticeList"))
            .refuses(&[401, 403])
            .example(r#"curl "$BASE/api/v1/notices" -b "$COOKIE""#),
        Route::get(
            "/api/v1/notices/stream",
            g,
            notices::follow,
            said(
                "通知的事件流（SSE）：先给全部未确认的（notices），此后每来一条或每了结一条给一条（notice）",
                "Notices as server-sent events: first all that are open (notices), then each as it comes or is over (notice)",
            ),
        )
        .who(Who::SignedIn)
        .answers(200, SSE, text())
        .refuses(&[401, 403, 503])
        .example(r#"curl -N "$BASE/api/v1/notices/stream" -b "$COOKIE""#),
        Route::post(
            "/api/v1/notices/{id}/acknowledge",
            g,
            notices::acknowledge,
            said("确认一条通知：所有渠道一秒内停止", "Acknowledge a notice: every channel stops within a second"),
        )
        .who(Who::SignedIn)
        .in_path("id", named("NoticeId"), said("通知的 id", "the notice's id"))
        .answers(200, JSON, named("Notice"))
        .refuses(&[401, 403, 404, 503])
        .example(r#"curl -X POST "$BASE/api/v1/notices/n7-1/acknowledge" -b "$COOKIE" -H "Origin: $BASE""#),
    ]
}

fn of_duty() -> Vec<Route> {
    let g = Group::Notices;
    vec![
        Route::get("/api/v1/duty", g, duty::rosters, said("值班表；部门人员只见本部门与本镇街", "Rosters; a department's people see their own"))
            .who(Who::SignedIn)
            .answers(200, JSON, named("RosterList"))
            .refuses(&[401, 403])
            .example(r#"curl "$BASE/api/v1/duty" -b "$COOKIE""#),
        Route::put("/api/v1/duty/{post}", g, duty::put_roster, said("换上一个岗位的值班表：谁、何时到何时、如何通知", "Replace the roster of a post: who, from when to when, reached how"))
            .who(Who::Roles(duty::WRITES))
            .in_path("post", named("DutyPost"), said("岗位", "the post"))
            .takes(JSON, object("值班表 · shifts", &["shifts"], json!({ "shifts": list(named("Shift")) })))
            .answers(200, JSON, named("Roster"))
            .refuses(&[400, 401, 403, 404, 422, 503])
            .example(r#"curl -X PUT "$BASE/api/v1/duty/department:swj" -b "$COOKIE" -H "Origin: $BASE" -H 'Content-Type: application/json' \
  -d '{"shifts":[{"person":"responder.swj","from":"2026-11-23T08:00:00+08:00","until":"2026-11-23T20:00:00+08:00","channels":["page",{"webhook":"duty"}]}]}'"#),
        Route::get("/api/v1/duty/handover", g, duty::handovers, said("交接班记录，新的在前", "Hand-over notes, newest first"))
            .who(Who::SignedIn)
            .asks("post", named("DutyPost"), said("只看哪个岗位", "of which post"))
            .answers(200, JSON, named("HandoverList"))
            .refuses(&[401, 403, 404])
            .example(r#"curl "$BASE/api/v1/duty/handover?post=room" -b "$COOKIE""#),
        Route::post("/api/v1/duty/handover", g, duty::hand_over, said("留下交接班记录；同一 id 只记一次", "Leave a note for the next shift; once for an id"))
            .who(Who::Roles(duty::HANDS_OVER))
            .takes(JSON, object("交接班记录 · a note", &["post", "text"], json!({ "id": { "type": "string", "format": "uuid" }, "post": named("DutyPost"), "text": text() })))
            .answers(201, JSON, named("Handover"))
            .refuses(&[400, 401, 403, 422, 503])
            .example(r#"curl -X POST "$BASE/api/v1/duty/handover" -b "$COOKIE" -H "Origin: $BASE" -H 'Content-Type: application/json' -d '{"post":"room","text":"…"}'"#),
        Route::post("/api/v1/duty/handover/{id}/read", g, duty::read_handover, said("已阅一条交接班记录", "Say that one has read a note"))
            .who(Who::Roles(duty::HANDS_OVER))
            .in_path("id", named("HandoverId"), said("记录的 id", "the note's id"))
            .answers(200, JSON, named("Handover"))
            .refuses(&[401, 403, 404, 503])
            .example(r#"curl -X POST "$BASE/api/v1/duty/handover/h9-0/read" -b "$COOKIE" -H "Origin: $BASE""#),
    ]
}

fn of_webhooks() -> Vec<Route> {
    let g = Group::Notices;
    let letter = |route: Route| {
        route
            .who(Who::Roles(duty::ADMINISTERS))
            .in_path(
                "id",
                text(),
                said("信件的 id（webhook-id）", "the letter's id (webhook-id)"),
            )
            .answers(200, JSON, named("Letter"))
            .refuses(&[401, 403, 404])
    };
    vec![
        Route::get("/api/v1/webhooks", g, duty::endpoints, said("Webhook 接收方、签名密钥与送达情况", "Receivers of webhooks, their secrets and how they are doing"))
            .who(Who::Roles(duty::ADMINISTERS))
            .answers(200, JSON, named("EndpointList"))
            .refuses(&[401, 403])
            .example(r#"curl "$BASE/api/v1/webhooks" -b "$COOKIE""#),
        Route::put("/api/v1/webhooks/{id}", g, duty::put_endpoint, said("设置一个接收方（Standard Webhooks）；new_secret 换密钥", "Set a receiver (Standard Webhooks); new_secret makes another secret"))
            .who(Who::Roles(duty::ADMINISTERS))
            .in_path("id", json!({ "type": "string", "pattern": "^[a-z0-9-]{1,40}$" }), said("接收方的 id", "the receiver's id"))
            .takes(JSON, object("接收方 · a receiver", &["url"], json!({
                "url": text(), "note": text(), "least": named("Severity"), "posts": list(named("DutyPost")), "enabled": flag(), "new_secret": flag(),
            })))
            .answers(200, JSON, named("Endpoint"))
            .refuses(&[400, 401, 403, 422, 503])
            .example(r#"curl -X PUT "$BASE/api/v1/webhooks/duty" -b "$COOKIE" -H "Origin: $BASE" -H 'Content-Type: application/json' -d '{"url":"'"$RECEIVER"'","posts":["room"]}'"#),
        Route::get("/api/v1/webhooks/letters", g, duty::letters, said("信件，默认是无人收下的", "Letters; unless said those that nobody took"))
            .who(Who::Roles(duty::LOOKS_AT_LETTERS))
            .asks("state", one_of_words(duty::LETTER_STATES), said("哪种状态", "in which state"))
            .answers(200, JSON, named("LetterList"))
            .refuses(&[401, 403, 422])
            .example(r#"curl "$BASE/api/v1/webhooks/letters?state=dead" -b "$COOKIE""#),
        letter(Route::post("/api/v1/webhooks/letters/{id}/retry", g, duty::retry, said("再送一封无人收下的信件", "Send a dead letter again")))
            .example(r#"curl -X POST "$BASE/api/v1/webhooks/letters/n7-1.duty.opened/retry" -b "$COOKIE" -H "Origin: $BASE""#),
        letter(Route::post("/api/v1/webhooks/letters/{id}/discard", g, duty::discard, said("弃去一封无人收下的信件", "Discard a dead letter")))
            .example(r#"curl -X POST "$BASE/api/v1/webhooks/letters/n7-1.duty.opened/discard" -b "$COOKIE" -H "Origin: $BASE""#),
        Route::get("/api/v1/webhooks/log", g, duty::log, said("送出的每一次：何时、渠道、给谁、第几次、回答", "Everything sent: when, by which channel, to whom, which try, what came back"))
            .who(Who::Roles(duty::LOOKS_AT_LETTERS))
            .answers(200, JSON, named("SentList"))
            .refuses(&[401, 403])
            .example(r#"curl "$BASE/api/v1/webhooks/log" -b "$COOKIE""#),
    ]
}

fn listed(says: &str, name: &str, of: &str) -> Value {
    let mut fields = serde_json::Map::new();
    fields.insert(name.to_owned(), list(named(of)));
    json!({ "type": "object", "description": says, "required": [name], "properties": fields })
}

pub fn schemas() -> Vec<Named> {
    let id = |letter: &str| json!({ "type": "string", "pattern": format!("^{letter}[0-9]+-[0-9]+$"), "examples": [format!("{letter}7-1")] });
    let when = || or_null(named("Time"));
    let channel = json!({ "oneOf": [
        { "type": "string", "const": "page" },
        { "type": "object", "required": ["webhook"], "properties": { "webhook": named("Id") } },
    ]});
    vec![
        ("NoticeId", id("n")),
        ("HandoverId", id("h")),
        (
            "DutyPost",
            json!({ "type": "string", "pattern": "^(room|department:.+|town:.+)$", "examples": ["room", "department:swj", "town:441900004"] }),
        ),
        (
            "Notice",
            sent::<NoticeView>(
                "通知 · somebody must be told",
                json!({
                    "id": named("NoticeId"), "at": named("Time"), "severity": named("Severity"),
                    "reason": one_of_words(Reason::NAMES), "waiting": or_null(one_of_words(Waiting::ALL.map(Waiting::name))),
                    "stage": or_null(one_of_words(Stage::ALL.map(Stage::name))),
                    "to": text(), "title": text(), "title_en": text(), "text": text(), "text_en": text(),
                    "incident": or_null(named("IncidentId")), "alarm": or_null(named("AlarmId")), "post": or_null(named("DutyPost")),
                    "drill": flag(), "state": one_of_words(["open", "acknowledged", "settled", "let_go"]),
                    "acknowledged_by": or_null(text()), "over_at": when(),
                }),
            ),
        ),
        (
            "NoticeList",
            object(
                "通知 · notices; left_off: how many older ones are open besides",
                &["notices", "left_off"],
                json!({ "notices": list(named("Notice")), "left_off": count() }),
            ),
        ),
        (
            "Shift",
            object(
                "一个班次 · one shift",
                &["person", "from", "until", "channels"],
                json!({ "person": named("Id"), "from": named("Time"), "until": named("Time"), "channels": list(channel) }),
            ),
        ),
        (
            "Roster",
            sent::<RosterView>(
                "值班表；reached 为当班且此刻通知得到的人 · who is on duty at a post; reached: those of them whom a notice reaches now",
                json!({ "post": named("DutyPost"), "shifts": list(named("Shift")), "on_duty": texts(), "reached": texts(), "by": text(), "at": named("Time") }),
            ),
        ),
        (
            "RosterList",
            listed("值班表 · rosters", "rosters", "Roster"),
        ),
        (
            "Handover",
            sent::<HandoverView>(
                "交接班记录 · a note for the next shift",
                json!({
                    "id": named("HandoverId"), "post": named("DutyPost"), "by": text(), "at": named("Time"), "text": text(),
                    "read_by": list(sent::<ReadBy>("已阅 · read", json!({ "name": text(), "at": named("Time") }))),
                }),
            ),
        ),
        (
            "HandoverList",
            listed("交接班记录 · notes", "handovers", "Handover"),
        ),
        (
            "Endpoint",
            sent::<EndpointView>(
                "Webhook 接收方 · a receiver of webhooks",
                json!({
                    "id": named("Id"), "url": text(), "note": text(), "least": named("Severity"), "posts": list(named("DutyPost")),
                    "enabled": flag(), "secret": text(), "waiting": count(), "dead": count(), "last_ok_at": when(),
                    "failing_since": when(), "by": text(), "at": named("Time"),
                }),
            ),
        ),
        (
            "EndpointList",
            listed("接收方 · receivers", "endpoints", "Endpoint"),
        ),
        (
            "Letter",
            sent::<LetterView>(
                "信件 · something to be sent to a receiver",
                json!({
                    "id": text(), "endpoint": named("Id"), "notice": named("NoticeId"), "made_at": named("Time"), "due_at": named("Time"),
                    "tries": count(), "state": one_of_words(duty::LETTER_STATES), "answer": text(),
                }),
            ),
        ),
        ("LetterList", listed("信件 · letters", "letters", "Letter")),
        (
            "Sent",
            sent::<SentView>(
                "一次送出 · one try",
                json!({
                    "at": named("Time"), "channel": one_of_words(["page", "webhook"]), "receiver": text(), "letter": text(),
                    "attempt": count(), "answer": text(),
                }),
            ),
        ),
        (
            "SentList",
            listed("送出记录 · everything sent", "sent", "Sent"),
        ),
    ]
}
