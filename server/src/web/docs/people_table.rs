//! The routes of people: sessions, passwords, the audit log, and who reported, with their words and shapes.

use domain::account::Role;
use domain::audit::{AuditEntry, What};
use domain::wire::office::SessionView;
use serde_json::json;

use super::route::{Group, Route, Who, said};
use super::schemas::Named;
use super::shapes::{count, flag, list, named, object, one_of_words, or_null, sent, text};
use super::table::{CSV, JSON};
use crate::web::reporters::{self, ReporterView};
use crate::web::{audit, session_list};

pub fn routes() -> Vec<Route> {
    vec![
        sessions(),
        revoke(),
        revoke_others(),
        password(),
        log(),
        callers(),
        reveal(),
    ]
}

fn sessions() -> Route {
    Route::get(
        "/api/v1/sessions",
        Group::People,
        session_list::list,
        said(
            "登录会话：本人的；管理员看所有人的。从不给出令牌",
            "Sessions: one's own; an administrator sees everybody's. Never a token",
        ),
    )
    .who(Who::SignedIn)
    .asks(
        "account",
        text(),
        said(
            "只看这个账号，管理员用",
            "of this account; for administrators",
        ),
    )
    .answers(200, JSON, named("Sessions"))
    .refuses(&[401, 403, 422])
    .example(r#"curl "$BASE/api/v1/sessions" -b "$COOKIE""#)
}

fn revoke() -> Route {
    Route::post(
        "/api/v1/sessions/{id}/revoke",
        Group::People,
        session_list::revoke,
        said(
            "结束一个会话；它的实时连接一秒内断开",
            "Ends a session; its live sockets close within a second",
        ),
    )
    .who(Who::SignedIn)
    .in_path("id", text(), said("会话的 id", "the session's id"))
    .ends_with(204)
    .refuses(&[401, 403, 404, 503])
    .example(
        r#"curl -X POST "$BASE/api/v1/sessions/0123456789abcdef/revoke" -b "$COOKIE" -H "Origin: $BASE""#,
    )
}

fn revoke_others() -> Route {
    Route::post(
        "/api/v1/sessions/revoke",
        Group::People,
        session_list::revoke_others,
        said(
            "结束本人其余的会话；管理员可指明账号",
            "Ends all other sessions of one's own; an administrator may name an account",
        ),
    )
    .who(Who::SignedIn)
    .takes(JSON, named("SessionsOf"))
    .answers(200, JSON, named("Revoked"))
    .refuses(&[400, 401, 403, 422, 503])
    .example(
        r#"curl -X POST "$BASE/api/v1/sessions/revoke" -b "$COOKIE" -H "Origin: $BASE" -H 'Content-Type: application/json' -d '{}'"#,
    )
}

fn password() -> Route {
    Route::post(
        "/api/v1/me/password",
        Group::People,
        session_list::password,
        said(
            "改自己的密码：10 至 256 个字符，不在常见密码之列，不以账号名为主；其余会话随之结束",
            "Change one's own password: 10 to 256 characters, none of the common ones, not the account's name; all other sessions end",
        ),
    )
    .who(Who::SignedIn)
    .takes(JSON, named("NewPassword"))
    .ends_with(204)
    .refuses(&[400, 401, 403, 422, 429, 503])
    .example(
        r#"curl -X POST "$BASE/api/v1/me/password" -b "$COOKIE" -H "Origin: $BASE" -H 'Content-Type: application/json' \
  -d '{"old":"…","new":"…"}'"#,
    )
}

fn callers() -> Route {
    Route::get(
        "/api/v1/incidents/{id}/reporter",
        Group::Incidents,
        reporters::of_incident,
        said(
            "谁报告的：姓名与电话遮盖后给出；已销毁的注明",
            "Who reported: name and phone masked; those erased are said to be",
        ),
    )
    .who(Who::SignedIn)
    .in_path(
        "id",
        named("IncidentId"),
        said("事件的 id", "the incident's id"),
    )
    .asks(
        "evidence",
        named("EvidenceId"),
        said("只问这一条线索", "of this piece of evidence only"),
    )
    .answers(200, JSON, named("Reporters"))
    .refuses(&[401, 403, 404])
    .example(r#"curl "$BASE/api/v1/incidents/i5-0/reporter" -b "$COOKIE""#)
}

fn reveal() -> Route {
    Route::post(
        "/api/v1/incidents/{id}/reporter/reveal",
        Group::Incidents,
        reporters::reveal,
        said(
            "查看报告人全名与电话：须写明理由，先记入审计日志再给出；部门只限本部门主责且未要求保密的",
            "Who reported, in full: needs a reason and is in the audit log before it is told; a department only of incidents it leads, and not of whoever asked to be kept secret",
        ),
    )
    .who(Who::Roles(&[
        Role::Operator,
        Role::ShiftLeader,
        Role::Dispatcher,
        Role::Department,
    ]))
    .in_path("id", named("IncidentId"), said("事件的 id", "the incident's id"))
    .takes(JSON, named("Reveal"))
    .answers(200, JSON, named("Revealed"))
    .refuses(&[400, 401, 403, 404, 409, 422, 503])
    .example(
        r#"curl -X POST "$BASE/api/v1/incidents/i5-0/reporter/reveal" -b "$COOKIE" -H "Origin: $BASE" -H 'Content-Type: application/json' \
  -d '{"reason":"回访核实位置"}'"#,
    )
}

fn log() -> Route {
    Route::get(
        "/api/v1/audit",
        Group::People,
        audit::list,
        said(
            "审计日志，最近的在前：命令、登录、查看报告人、配置变更、导出；每条与前一条以 SHA-256 相连，用 gulou audit verify 校验",
            "The audit log, newest first: commands, logins, reveals, changes of configuration, exports; each entry is chained to the one before by SHA-256, checked by `gulou audit verify`",
        ),
    )
    .who(Who::Roles(domain::policy::READS_AUDIT))
    .asks("since", named("Time"), said("起", "from"))
    .asks("until", named("Time"), said("止，不含", "to before"))
    .asks(
        "actor",
        text(),
        said(
            "谁：账号名，或 @key/ID、@command-line、@gulou、@unknown",
            "who: an account, or @key/ID, @command-line, @gulou, @unknown",
        ),
    )
    .asks("what", named("AuditWhat"), said("做了什么", "what was done"))
    .asks(
        "limit",
        json!({ "type": "integer", "minimum": 1, "maximum": crate::web::list_query::MOST }),
        said("一页多少", "how many a page"),
    )
    .asks(
        "cursor",
        text(),
        said("上一页的 next", "`next` of the page before"),
    )
    .answers(200, JSON, named("AuditLog"))
    .answers(200, CSV, text())
    .refuses(&[401, 403, 422, 503])
    .example(r#"curl "$BASE/api/v1/audit?what=login_failed" -b "$COOKIE""#)
}

pub fn schemas() -> Vec<Named> {
    let secret = || json!({ "type": "string", "format": "password" });
    vec![
        (
            "Reporter",
            sent::<ReporterView>(
                "报告人，已遮盖；token 为保险库中的代号 · who reported, masked; token is the name in the vault",
                json!({
                    "evidence": named("EvidenceId"), "token": text(), "erased": flag(), "name": or_null(text()),
                    "phone": or_null(text()), "confidential": flag(), "may_reveal": flag(),
                }),
            ),
        ),
        (
            "Reporters",
            object(
                "报告人 · who reported",
                &["reporters"],
                json!({ "reporters": list(named("Reporter")) }),
            ),
        ),
        (
            "Reveal",
            object(
                "为何要看；多人报告时指明线索 · why; which piece of evidence, where several people reported",
                &["reason"],
                json!({
                    "evidence": or_null(named("EvidenceId")),
                    "reason": { "type": "string", "minLength": 1, "maxLength": 500 },
                }),
            ),
        ),
        (
            "Revealed",
            object(
                "报告人 · who reported, in full",
                &["evidence", "token", "name", "phone", "confidential"],
                json!({
                    "evidence": named("EvidenceId"), "token": text(), "name": text(), "phone": text(),
                    "confidential": flag(),
                }),
            ),
        ),
        (
            "Session",
            sent::<SessionView>(
                "会话 · a session; current is the one that asks",
                json!({
                    "id": text(), "account": text(), "made_at": named("Time"), "seen_at": named("Time"),
                    "client": { "type": "string", "examples": ["Firefox, Linux"] }, "current": flag(),
                }),
            ),
        ),
        (
            "Sessions",
            object(
                "会话，最近用过的在前 · sessions, the latest used first",
                &["sessions"],
                json!({ "sessions": list(named("Session")) }),
            ),
        ),
        (
            "SessionsOf",
            object(
                "谁的会话；不填为本人 · whose sessions; one's own unless said",
                &[],
                json!({ "account": or_null(text()) }),
            ),
        ),
        (
            "Revoked",
            object(
                "结束了几个 · how many were ended",
                &["revoked"],
                json!({ "revoked": count() }),
            ),
        ),
        (
            "NewPassword",
            object(
                "旧密码与新密码 · the old password and the new one",
                &["old", "new"],
                json!({ "old": secret(), "new": secret() }),
            ),
        ),
        (
            "AuditWhat",
            one_of_words(What::ALL.iter().map(|what| what.name())),
        ),
        (
            "AuditEntry",
            sent::<AuditEntry>(
                "一条审计记录；block 为日志中记有它的区块 · an entry; block is the journal's that holds it, if one does",
                json!({
                    "entry": count(), "at": named("Time"), "who": text(), "what": named("AuditWhat"), "about": text(),
                    "detail": text(), "block": or_null(count()),
                    "sha256": { "type": "string", "pattern": "^[0-9a-f]{64}$" },
                }),
            ),
        ),
        (
            "AuditLog",
            object(
                "审计日志 · the audit log",
                &["entries", "next"],
                json!({ "entries": list(named("AuditEntry")), "next": or_null(text()) }),
            ),
        ),
    ]
}
