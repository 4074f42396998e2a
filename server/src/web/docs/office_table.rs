//! The routes of the pages beside the map and of what only they ask for, with their words and shapes.

use domain::wire::office::{
    DutyChoicesView, DutyPersonView, ReportAlarmList, ReportAlarms, ReportList, ReportView,
};
use serde_json::json;

use super::route::{Group, Route, Who, said};
use super::schemas::Named;
use super::shapes::{count, flag, list, named, or_null, sent, text};
use super::table::{HTML, JSON};
use crate::web::{duty, office_pages, shift_report};

pub fn routes() -> Vec<Route> {
    let g = Group::Pages;
    let page = |route: Route| route.answers(200, HTML, text());
    vec![
        page(Route::get(
            "/duty",
            g,
            office_pages::duty,
            said(
                "值班与交接班页；未登录则转到登录页",
                "The page of duty and hand-over; whoever is not signed in is sent to sign in",
            ),
        )),
        page(Route::get(
            "/people",
            g,
            office_pages::people,
            said(
                "我的登录与会话页；未登录则转到登录页",
                "The page of sessions and one's password; whoever is not signed in is sent to sign in",
            ),
        )),
        page(Route::get(
            "/audit",
            g,
            office_pages::audit,
            said(
                "审计日志页；未登录则转到登录页",
                "The page of the audit log; whoever is not signed in is sent to sign in",
            ),
        )),
        page(Route::get(
            "/letters",
            g,
            office_pages::letters,
            said(
                "外发通知页；未登录则转到登录页",
                "The page of letters sent out; whoever is not signed in is sent to sign in",
            ),
        )),
        report(),
        choices(),
    ]
}

fn report() -> Route {
    Route::get(
        "/api/v1/duty/report",
        Group::Notices,
        shift_report::report,
        said(
            "交接班报告：这一班新增、办结，现在在办、超期、等待决定、待分派的，未确认与搁置的报警，异常的数据源；演练不计",
            "What a shift hands over: opened and closed in it, and now open, late, waiting for a decision, undispatched, alarms unacknowledged and \
             shelved, sources that are ill; practice never counts",
        ),
    )
    .who(Who::Roles(shift_report::REPORTS))
    .asks(
        "since",
        named("Time"),
        said(
            "这一班的开始，默认八小时前，至多一周前",
            "when the shift began; eight hours ago unless said, a week at most",
        ),
    )
    .answers(200, JSON, named("ShiftReport"))
    .refuses(&[401, 403, 422])
    .example(r#"curl "$BASE/api/v1/duty/report" -b "$COOKIE""#)
}

fn choices() -> Route {
    Route::get(
        "/api/v1/duty/choices",
        Group::Notices,
        duty::choices,
        said(
            "排班可选的人与接收方；部门人员只见本部门的人",
            "People and receivers a roster can name; a department's people see their own",
        ),
    )
    .who(Who::Roles(duty::WRITES))
    .answers(200, JSON, named("DutyChoices"))
    .refuses(&[401, 403])
    .example(r#"curl "$BASE/api/v1/duty/choices" -b "$COOKIE""#)
}

pub fn schemas() -> Vec<Named> {
    let of_incidents = || named("ShiftReportList");
    vec![
        (
            "ShiftReport",
            sent::<ReportView>(
                "交接班报告 · what a shift hands over; alarms are null for whoever is not of the duty room",
                json!({
                    "since": named("Time"), "until": named("Time"), "opened": of_incidents(), "closed": of_incidents(), "open": of_incidents(),
                    "open_by_severity": { "type": "array", "items": count(), "minItems": 4, "maxItems": 4 },
                    "late": of_incidents(), "waiting": of_incidents(), "tray": of_incidents(),
                    "alarms": or_null(sent::<ReportAlarms>(
                        "报警 · alarms that stand",
                        json!({ "unacknowledged": named("ShiftReportAlarms"), "shelved": named("ShiftReportAlarms") }),
                    )),
                    "feeds": list(named("Feed")),
                }),
            ),
        ),
        (
            "ShiftReportList",
            sent::<ReportList>(
                "一个数与它的清单；incidents 为前一百件 · a figure and its list; incidents holds the first hundred",
                json!({ "count": count(), "more": flag(), "drill": text(), "incidents": list(named("Incident")) }),
            ),
        ),
        (
            "ShiftReportAlarms",
            sent::<ReportAlarmList>(
                "一个数与它的清单 · a figure and its list",
                json!({ "count": count(), "drill": text(), "alarms": list(named("Alarm")) }),
            ),
        ),
        (
            "DutyPerson",
            sent::<DutyPersonView>(
                "可排班的人 · somebody a roster can name",
                json!({ "name": named("Id"), "role": named("Role"), "department": or_null(named("Id")), "town": or_null(named("Id")) }),
            ),
        ),
        (
            "DutyChoices",
            sent::<DutyChoicesView>(
                "排班可选的人与接收方 · people and receivers a roster can name",
                json!({ "people": list(named("DutyPerson")), "receivers": list(named("Id")) }),
            ),
        ),
    ]
}
