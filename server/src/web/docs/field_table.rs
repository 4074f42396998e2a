//! The routes of the pages for phones, and the shapes they are told, with their words.

use domain::wire::field::{
    ComparedView, LateDepartment, LateTown, OrderView, OrdersView, OverviewView, Part, WaitingView,
};
use serde_json::json;

use super::route::{Group, Route, Who, said};
use super::schemas::Named;
use super::shapes::{count, flag, list, named, number, or_null, sent, text, words_of};
use super::table::JSON;
use crate::web::{field_pages, orders, overview, service_worker};

const HTML: &str = "text/html";
const SCRIPT: &str = "text/javascript";

pub fn routes() -> Vec<Route> {
    let pages = Group::Pages;
    vec![
        Route::get("/api/v1/orders", Group::Incidents, orders::orders, said(
            "本部门的工单：为何归我、现在可下的命令；未结的按期限，另附最近办结的",
            "The orders of one's department: why it answers and what it may do now; open ones by deadline, then those that ended lately",
        ))
        .who(Who::Roles(orders::MAY_ASK))
        .answers(200, JSON, named("Orders"))
        .refuses(&[401, 403])
        .example(r#"curl "$BASE/api/v1/orders" -b "$COOKIE""#),
        Route::get("/api/v1/overview", Group::City, overview::overview, said(
            "指挥者的一屏：要紧的事、谁超时、与昨日和上周同时的比较、等待决定的事项",
            "The city in one answer for who commands it: what is serious, who is late, figures against the same time yesterday and a week ago, what waits for a decision",
        ))
        .who(Who::Roles(overview::MAY_ASK))
        .answers(200, JSON, named("Overview"))
        .refuses(&[401, 403])
        .example(r#"curl "$BASE/api/v1/overview" -b "$COOKIE""#),
        Route::get("/orders", pages, field_pages::orders, said(
            "部门的工单页，可安装、可离线；未登录则转到登录页，其他角色转到自己的页面",
            "The department's page, installable and usable without a network; whoever is not signed in is sent to sign in, other roles to their own page",
        ))
        .answers(200, HTML, text()),
        Route::get("/command", pages, field_pages::command, said(
            "指挥者的手机页；未登录则转到登录页，其他角色转到自己的页面",
            "The commander's page for phones; whoever is not signed in is sent to sign in, other roles to their own page",
        ))
        .answers(200, HTML, text()),
        Route::get("/service-worker.js", pages, service_worker::service_worker, said(
            "离线时保住工单页的脚本，每个版本各一份",
            "The worker that keeps the department's page without a network, one for each build",
        ))
        .answers(200, SCRIPT, text())
        .refuses(&[404]),
    ]
}

pub fn schemas() -> Vec<Named> {
    vec![
        ("OrderPart", words_of::<Part>()),
        (
            "Order",
            sent::<OrderView>(
                "一张工单 · an order",
                json!({
                    "incident": named("Incident"), "part": named("OrderPart"), "assignment": or_null(named("Assignment")), "why": text(), "why_en": text(),
                    "allowed": list(named("CommandName")),
                }),
            ),
        ),
        (
            "Orders",
            sent::<OrdersView>(
                "本部门的工单 · the orders of one's department",
                json!({ "at": named("Time"), "orders": list(named("Order")), "more": flag() }),
            ),
        ),
        (
            "Compared",
            sent::<ComparedView>(
                "与昨日、上周同时相比 · against the same time a day and a week before; null where nothing is known of then",
                json!({
                    "id": text(), "value": or_null(number()), "day_before": or_null(number()),
                    "week_before": or_null(number()), "drill": text(),
                }),
            ),
        ),
        (
            "LateDepartment",
            sent::<LateDepartment>(
                "超时的主责部门 · a lead department with late orders",
                json!({ "id": named("Id"), "count": count(), "oldest_due_at": named("Time") }),
            ),
        ),
        (
            "LateTown",
            sent::<LateTown>(
                "有超时的镇街 · a town with late incidents",
                json!({ "code": text(), "count": count(), "oldest_due_at": named("Time") }),
            ),
        ),
        (
            "Waiting",
            sent::<WaitingView>(
                "等待决定 · waits for a decision",
                json!({
                    "incident": named("Incident"), "decision": named("CommandName"), "asked_at": or_null(named("Time")),
                    "asked_by": or_null(text()), "text": text(), "text_en": text(),
                }),
            ),
        ),
        (
            "Overview",
            sent::<OverviewView>(
                "指挥者的一屏 · the city in one answer",
                json!({
                    "at": named("Time"), "figures": list(named("Compared")), "serious": list(named("Incident")),
                    "serious_count": count(), "late_departments": list(named("LateDepartment")),
                    "late_towns": list(named("LateTown")), "late_count": count(), "waiting": list(named("Waiting")),
                    "waiting_more": flag(),
                }),
            ),
        ),
    ]
}
