//! The routes of the evaluation, with their words.

use serde_json::{Value, json};

use super::route::{Group, Route, Who, said};
use super::shapes::{named, or_null, text};
use super::table::{CSV, HTML, JSON};
use crate::web::evaluation_sheet::XLSX;
use crate::web::{evaluation, evaluation_cases, evaluation_pages};

pub fn routes() -> Vec<Route> {
    vec![page(), evaluated(), cases(), moves()]
}

fn page() -> Route {
    chosen(
        Route::get(
            "/evaluation",
            Group::Pages,
            evaluation_pages::evaluation,
            said(
                "考核评价页；未登录则转到登录页",
                "The page of the evaluation; whoever is not signed in is sent to sign in",
            ),
        )
        .asks("by", text(), said("按什么分行", "what the rows are")),
    )
    .answers(200, HTML, text())
}

fn chosen(route: Route) -> Route {
    route
        .asks(
            "since",
            named("Time"),
            said(
                "起，默认本月一日",
                "from; the first of this month unless said",
            ),
        )
        .asks(
            "until",
            named("Time"),
            said(
                "止（不含），默认明日零点",
                "to before; the end of today unless said",
            ),
        )
        .asks(
            "category",
            text(),
            said(
                "类别或其开头；- 为不详",
                "a category or the beginning of one; - for none",
            ),
        )
        .asks(
            "town",
            text(),
            said("镇街编号；- 为不详", "a town's code; - for none"),
        )
        .asks(
            "department",
            text(),
            said("主责部门；- 为未派遣", "the lead; - for not dispatched"),
        )
}

fn at(route: Route) -> Route {
    route.asks(
        "at",
        named("Time"),
        said(
            "按何时判断超期，默认现在",
            "the clock that overdue is judged by; now unless said",
        ),
    )
}

fn evaluated() -> Route {
    let by = json!({ "type": "string", "enum": ["department", "town", "category", "month"] });
    at(chosen(
        Route::get(
            "/api/v1/evaluation",
            Group::City,
            evaluation::evaluated,
            said(
                "考核评价：各指标的值、分子、分母、免责数、上期值与得分，每个数都有案件清单；领导、审计、管理员看全部，部门看自己与其他合计，采集员看本镇街",
                "The evaluation: each indicator with numerator, denominator, exemptions, the period before and a score, and the list of cases behind \
                 each; leaders, auditors and administrators see all, a department itself and the others together, a collector his town",
            ),
        )
        .who(Who::Reader)
        .asks("by", by, said("按什么分行，默认部门", "what the rows are; departments unless said"))
        .asks("form", json!({ "type": "string", "enum": ["csv", "xlsx"] }), said("代替 Accept 头，供链接用", "instead of the Accept header, for links")),
    ))
    .answers(200, JSON, named("Evaluation"))
    .answers(200, CSV, text())
    .answers(200, XLSX, binary())
    .refuses(&[401, 403, 422, 503])
    .example(r#"curl "$BASE/api/v1/evaluation?by=town" -H "Authorization: Bearer $KEY""#)
}

fn binary() -> Value {
    json!({ "type": "string", "format": "binary" })
}

fn cases() -> Route {
    let part = json!({ "type": "string", "enum": ["numerator", "denominator", "exempted"] });
    at(chosen(
        Route::get(
            "/api/v1/evaluation/cases",
            Group::City,
            evaluation_cases::cases,
            said("一个数背后的案件，正好是它的分子或分母", "The cases behind a figure: exactly its numerator or its denominator"),
        )
        .who(Who::Reader)
        .asks("indicator", text(), said("指标的编号", "the indicator's id"))
        .asks("part", part, said("分子、分母或其中免责的，默认分母", "which of them; the denominator unless said")),
    ))
    .asks("limit", json!({ "type": "integer", "minimum": 1, "maximum": 1000 }), said("至多几件，默认 200", "how many at most; 200 unless said"))
    .asks("cursor", text(), said("上一页的 next", "next of the page before"))
    .answers(200, JSON, named("EvaluationCases"))
    .answers(200, CSV, text())
    .refuses(&[401, 403, 422, 503])
    .example(r#"curl "$BASE/api/v1/evaluation/cases?indicator=closed&part=numerator" -H "Authorization: Bearer $KEY""#)
}

fn moves() -> Route {
    Route::get(
        "/api/v1/evaluation/moves",
        Group::City,
        evaluation::moves_of_powers,
        said("事权调整前后的对比：权责表的一行在某日开始或结束，前后各取同样多天", "Moves of powers: where rows of the responsibility table begin or end on a day, equally many days before and after"),
    )
    .who(Who::Reader)
    .asks("since", named("Time"), said("调整日不早于，默认半年前", "moves on this day or later; half a year ago unless said"))
    .asks("until", named("Time"), said("调整日早于，默认现在", "moves before; now unless said"))
    .asks("days", json!({ "type": "integer", "minimum": 1, "maximum": 366 }), said("每边至多几天，默认 30", "days on each side at most; 30 unless said"))
    .answers(200, JSON, named("EvaluationMoves"))
    .refuses(&[401, 403, 422, 503])
    .example(r#"curl "$BASE/api/v1/evaluation/moves?days=90" -H "Authorization: Bearer $KEY""#)
}

/// The shapes of what they answer.
pub fn schemas() -> Vec<super::schemas::Named> {
    use domain::evaluation::view::{
        CaseView, CellView, EvaluationView, IndicatorBrief, LeadView, MoveView, MovesView, RowView,
    };
    use domain::evaluation::{Period, Score};

    use super::shapes::{count, flag, list, number, object, sent, texts};
    let moment = || or_null(named("Time"));
    let maybe = || or_null(text());
    let indicators = || list(named("EvaluationIndicator"));
    vec![
        (
            "Period",
            sent::<Period>(
                "时段，止不含 · from, to before",
                json!({ "since": named("Time"), "until": named("Time") }),
            ),
        ),
        (
            "EvaluationScore",
            sent::<Score>(
                "得分（百分）与可评的权重 · of 100, and the weights that had something to count",
                json!({
                    "value": or_null(number()), "weight": count(), "of": count(),
                }),
            ),
        ),
        (
            "EvaluationIndicator",
            sent::<IndicatorBrief>(
                "指标与公式 · an indicator and its formula",
                json!({
                    "id": text(), "name": text(), "name_en": text(), "unit": text(), "unit_en": text(), "decimals": count(), "better": text(),
                    "kind": text(), "formula": text(), "of": text(), "counts_in": text(), "source": text(), "source_en": text(), "weight": count(),
                }),
            ),
        ),
        ("EvaluationCell", {
            let mut cell = sent::<CellView>(
                "一个数；没有可数的为空 · a figure; null where there is nothing to count",
                json!({
                    "value": or_null(number()), "numerator": or_null(count()), "denominator": count(), "exempted": count(), "before": or_null(number()),
                }),
            );
            cell["properties"]["indicator"] = text();
            cell["properties"]["cases"] = json!({ "type": "object", "additionalProperties": text(), "description": "paths of this interface" });
            cell
        }),
        (
            "EvaluationRow",
            sent::<RowView>(
                "一行 · a row",
                json!({
                    "key": text(), "name": text(), "name_en": text(), "period": named("Period"), "score": named("EvaluationScore"),
                    "score_before": or_null(number()), "cells": list(named("EvaluationCell")),
                }),
            ),
        ),
        (
            "Evaluation",
            sent::<EvaluationView>(
                "考核评价 · the evaluation",
                json!({
                    "by": text(), "period": named("Period"), "before": named("Period"), "at": named("Time"), "position": count(),
                    "indicators": indicators(), "rows": list(named("EvaluationRow")), "total": named("EvaluationRow"),
                    "others": or_null(named("EvaluationRow")),
                }),
            ),
        ),
        (
            "EvaluationCase",
            sent::<CaseView>(
                "一件案件及其事实 · a case and its facts",
                json!({
                    "id": named("IncidentId"), "number": text(), "title": text(), "title_en": text(), "category": maybe(), "town": maybe(),
                    "department": maybe(), "state": named("State"), "opened_at": named("Time"), "filed_at": moment(), "dispatched_at": moment(),
                    "handled_at": moment(), "closed_at": moment(), "due_at": moment(), "in_time": or_null(flag()), "filed_in_time": or_null(flag()),
                    "hops": count(), "returns": count(), "reworks": count(), "extensions": count(), "suspensions": count(), "exempted": flag(),
                    "satisfied": or_null(flag()), "found_by": maybe(), "minutes": or_null(number()),
                }),
            ),
        ),
        (
            "EvaluationCases",
            object(
                "一个数背后的案件 · the cases behind a figure",
                &["cases", "next", "count"],
                json!({
                    "cases": list(named("EvaluationCase")), "next": maybe(), "count": count(),
                }),
            ),
        ),
        (
            "EvaluationLead",
            sent::<LeadView>(
                "主责部门 · a lead",
                json!({ "id": text(), "name": text(), "name_en": text() }),
            ),
        ),
        (
            "EvaluationMove",
            sent::<MoveView>(
                "一次事权调整 · a move of powers",
                json!({
                    "on": text(), "at": named("Time"), "category": text(), "category_name": text(), "category_name_en": text(), "town": maybe(),
                    "town_name": maybe(), "town_name_en": maybe(), "ends": texts(), "begins": texts(), "from": list(named("EvaluationLead")),
                    "to": list(named("EvaluationLead")), "basis": text(), "days": count(), "before": named("EvaluationRow"), "after": named("EvaluationRow"),
                }),
            ),
        ),
        (
            "EvaluationMoves",
            sent::<MovesView>(
                "事权调整前后 · moves of powers",
                json!({
                    "at": named("Time"), "position": count(), "indicators": indicators(), "moves": list(named("EvaluationMove")),
                }),
            ),
        ),
    ]
}
