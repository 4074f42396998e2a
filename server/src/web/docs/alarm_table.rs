//! The routes of alarms with their words, and the shapes they speak.

use domain::alarm::AlarmState;
use domain::alarm::flood::{Division, Flood, Group as Row, Groups};
use domain::alarm::load::{
    Actor, Entry, Figure, FloodSpan, LoadView, Noting, Part, Per, Priority, Rate, Standing, What,
};
use domain::wire::{
    AlarmAnswer, AlarmAnswers, AlarmView, NotedView, OutOfServiceView, ShelvingView,
    SuppressionView,
};
use serde_json::{Value, json};

use super::route::{Group, Route, Who, said};
use super::schemas::Named;
use super::shapes::{
    count, flag, list, named, number, object, one_of_words, or_null, sent, text, words_of,
};
use super::table::{CSV, GEOJSON, JSON, list_page, words};
use crate::web::{alarm_load, alarms, thing_pages};

pub fn routes() -> Vec<Route> {
    vec![
        all(),
        one(),
        many(),
        performance(),
        log(),
        groups(),
        log_page(),
    ]
}

/// What picks alarms: the same for the list, the page behind a figure and a command to many.
pub fn picked(route: Route) -> Route {
    route
        .asks("state", words("states"), said("状态，逗号分隔", "states"))
        .asks(
            "category",
            words("codes or beginnings of codes"),
            said("类别或其前缀", "categories or beginnings of them"),
        )
        .asks(
            "severity",
            words("1 to 4"),
            said("等级，逗号分隔", "severities"),
        )
        .asks("drill", flag(), said("是否演练", "drill or not"))
        .asks("town", text(), said("镇街代码", "a town's code"))
        .asks("source", text(), said("来源", "the source"))
        .asks("thing", text(), said("设备", "the thing"))
        .asks("rule", text(), said("报警规则", "the rule that raised it"))
        .asks(
            "stale",
            flag(),
            said("是否陈旧", "standing for too long, or not"),
        )
        .asks("chattering", flag(), said("是否抖动", "chattering, or not"))
        .asks(
            "suppressed",
            flag(),
            said(
                "是否被设计抑制；不写则不列出被抑制的，只计数",
                "muted by design, or not; unless said these are counted, not listed",
            ),
        )
}

fn all() -> Route {
    picked(
        Route::get(
            "/api/v1/alarms",
            Group::Alarms,
            alarms::list,
            said("现存的报警", "The alarms that stand"),
        )
        .who(Who::Reader),
    )
    .answers(200, JSON, named("AlarmList"))
    .answers(200, GEOJSON, named("FeatureCollection"))
    .answers(200, CSV, text())
    .refuses(&[401, 403, 422])
    .example(r#"curl "$BASE/api/v1/alarms" -H "Authorization: Bearer $KEY""#)
}

fn one() -> Route {
    Route::post(
        "/api/v1/alarms/{id}/commands",
        Group::Alarms,
        alarms::command,
        said(
            "静音、确认、复位、搁置、取消搁置、停用、恢复使用；静音、确认、复位只及 as_of 时已告知的",
            "Silence, acknowledge, reset, shelve, unshelve, take out of service, put in service; the first three touch only what had been told at as_of",
        ),
    )
    .who(Who::Roles(alarms::COMMANDING))
    .in_path("id", named("AlarmId"), said("报警的 id", "the alarm's id"))
    .takes(JSON, named("AlarmCommand"))
    .answers(200, JSON, named("Alarm"))
    .refuses(&[400, 401, 403, 404, 409, 422, 503])
    .example(
        r#"curl -X POST "$BASE/api/v1/alarms/a5-0/commands" -b "$COOKIE" -H "Origin: $BASE" -H 'Content-Type: application/json' \
  -d '{"command":"silence","as_of":8123}'"#,
    )
}

fn many() -> Route {
    Route::post(
        "/api/v1/alarms/commands",
        Group::Alarms,
        alarms::commands,
        said(
            "对多条报警的同一操作：按 id（alarms）或按条件（choice），至多一万条，逐条答复",
            "One command to many alarms, by their ids (alarms) or by what they are (choice), at most 10,000, with an answer for each",
        ),
    )
    .who(Who::Roles(alarms::COMMANDING))
    .takes(JSON, named("AlarmCommands"))
    .answers(200, JSON, named("AlarmAnswers"))
    .refuses(&[400, 401, 403, 422, 503])
    .example(
        r#"curl -X POST "$BASE/api/v1/alarms/commands" -b "$COOKIE" -H "Origin: $BASE" -H 'Content-Type: application/json' \
  -d '{"command":"acknowledge","as_of":8123,"choice":{"category":["E0405"],"town":"441900004"}}'"#,
    )
}

fn performance() -> Route {
    Route::get(
        "/api/v1/alarms/performance",
        Group::Alarms,
        alarm_load::performance,
        said(
            "报警负荷（EEMUA 191、ISA-18.2）：每十分钟次数、泛滥、前十来源、等级比例、确认用时、陈旧、抖动、搁置、抑制；每个数字附下钻",
            "The load of alarms (EEMUA 191, ISA-18.2): rates in ten minutes, floods, the ten that alarm most, priorities, time to acknowledge, what is stale, chatters, is shelved or muted; each figure with its drill link",
        ),
    )
    .who(Who::Reader)
    .asks("since", named("Time"), said("起；不写则止前八小时", "from; eight hours before unless said"))
    .asks("until", named("Time"), said("止（不含），至多 31 天", "to before, at most 31 days; now unless said"))
    .asks("by", words_of::<Per>(), said("按什么分", "what the parts are"))
    .answers(200, JSON, named("AlarmLoad"))
    .refuses(&[401, 403, 422])
    .example(r#"curl "$BASE/api/v1/alarms/performance?by=town" -H "Authorization: Bearer $KEY""#)
}

fn log() -> Route {
    lines(
        Route::get(
            "/api/v1/alarms/log",
            Group::Alarms,
            alarm_load::log,
            said(
                "报警日志：告知、确认、恢复、搁置、抑制、停用；保存 62 天，演练不计。空名（rule=）指没有的",
                "The log of alarms: told, acknowledged, cleared, shelved, muted, out of service; kept 62 days, practice left out. An empty name (rule=) means those without one",
            ),
        )
        .who(Who::Reader),
    )
    .answers(200, JSON, named("AlarmLog"))
    .answers(200, CSV, text())
    .refuses(&[401, 403, 422, 503])
    .example(r#"curl "$BASE/api/v1/alarms/log?what=told&limit=100" -H "Authorization: Bearer $KEY""#)
}

fn log_page() -> Route {
    lines(list_page(Route::get(
        "/alarms/log",
        Group::Pages,
        thing_pages::alarm_log,
        said(
            "一个报警负荷指标背后的日志",
            "The log behind a figure of the load of alarms",
        ),
    )))
}

/// What picks lines of the log.
fn lines(route: Route) -> Route {
    route
        .asks("since", named("Time"), said("起", "from"))
        .asks("until", named("Time"), said("止（不含）", "to before"))
        .asks("what", words_of::<What>(), said("何事", "what happened"))
        .asks("severity", named("Severity"), said("等级", "severity"))
        .asks("source", text(), said("来源", "the source"))
        .asks("thing", text(), said("设备", "the thing"))
        .asks("rule", text(), said("报警规则", "the rule"))
        .asks("town", text(), said("镇街代码", "a town's code"))
        .asks("by", text(), said("何人", "who did it"))
        .asks(
            "within_ms",
            count(),
            said("用时不超过", "took at most so long"),
        )
        .asks(
            "limit",
            count(),
            said(
                "至多几行，最多一万，取最新",
                "lines at most, up to 10,000, the newest",
            ),
        )
}

fn groups() -> Route {
    Route::get(
        "/api/v1/alarms/groups",
        Group::Alarms,
        alarm_load::groups,
        said(
            "报警的一览：是否泛滥，按原因、类别、镇街归并，总少于三十行",
            "Alarms at a glance: whether there is a flood, and rows by cause, kind and town, always fewer than thirty",
        ),
    )
    .who(Who::Reader)
    .answers(200, JSON, named("AlarmGroups"))
    .refuses(&[401, 403])
    .example(r#"curl "$BASE/api/v1/alarms/groups" -H "Authorization: Bearer $KEY""#)
}

pub fn schemas() -> Vec<Named> {
    let mut all = of_alarms();
    all.extend(of_commands());
    all.extend(of_load());
    all.extend(of_groups());
    all
}

fn of_alarms() -> Vec<Named> {
    let person = |more: &[(&str, Value)]| {
        let mut fields = json!({ "by": text(), "at": named("Time") });
        for (name, shape) in more {
            fields[*name] = shape.clone();
        }
        fields
    };
    vec![
        (
            "Alarm",
            sent::<AlarmView>(
                "报警 · an alarm (ISA-18.2)",
                json!({
                    "id": named("AlarmId"), "source": named("Id"), "thing": or_null(named("Id")), "rule": or_null(text()),
                    "category": or_null(named("CategoryCode")), "severity": named("Severity"), "state": named("AlarmState"),
                    "silenced": flag(), "position": or_null(named("Position")), "raised_at": named("Time"),
                    "cleared_at": or_null(named("Time")), "incident": or_null(named("IncidentId")), "text": text(),
                    "drill": flag(), "town_code": or_null(text()), "told_at": named("Time"), "told_in": count(),
                    "returned": count(), "chattering": flag(), "stale": flag(), "latching": flag(),
                    "acknowledged": or_null(named("AlarmNoted")), "shelved": or_null(named("AlarmShelving")),
                    "out_of_service": or_null(named("AlarmOutOfService")), "suppressed": or_null(named("AlarmSuppression")),
                    "history": flag(), "voice": flag(),
                }),
            ),
        ),
        (
            "AlarmNoted",
            sent::<NotedView>("谁何时确认 · who acknowledged it when", person(&[])),
        ),
        (
            "AlarmShelving",
            sent::<ShelvingView>(
                "搁置 · put aside by a person, for a reason and a while",
                person(&[("until", named("Time")), ("reason", text())]),
            ),
        ),
        (
            "AlarmOutOfService",
            sent::<OutOfServiceView>(
                "停用 · not to be trusted until put back",
                person(&[("reason", text())]),
            ),
        ),
        (
            "AlarmSuppression",
            sent::<SuppressionView>(
                "设计抑制 · muted by another alarm, by a rule of the pack",
                json!({ "rule": text(), "by": named("AlarmId"), "at": named("Time") }),
            ),
        ),
        (
            "AlarmList",
            object(
                "报警；suppressed 是未列出的被抑制报警数 · alarms; suppressed counts those that are muted and not listed",
                &["alarms", "next", "suppressed"],
                json!({ "alarms": list(named("Alarm")), "next": { "type": "null" }, "suppressed": count() }),
            ),
        ),
    ]
}

fn of_commands() -> Vec<Named> {
    let order = || {
        json!({
            "id": { "type": "string", "format": "uuid" },
            "command": one_of_words([
                "silence", "acknowledge", "reset", "shelve", "unshelve", "take_out_of_service", "put_in_service",
            ]),
            "as_of": { "type": "integer", "minimum": 0, "description": "a position: only what existed then is touched" },
            "until": named("Time"), "reason": text(),
        })
    };
    let mut many = order();
    many["alarms"] = list(named("AlarmId"));
    many["choice"] = object(
        "按条件 · those of the list that are so, and to which the command can be given",
        &[],
        json!({
            "state": list(words_of::<AlarmState>()), "category": list(text()), "severity": list(named("Severity")),
            "drill": flag(), "town": text(), "source": text(), "thing": text(), "rule": text(),
            "stale": flag(), "chattering": flag(),
        }),
    );
    vec![
        (
            "AlarmCommand",
            object(
                "对报警的操作；搁置须有 until 与 reason，停用须有 reason · a command to an alarm; shelve needs until and reason, take_out_of_service a reason",
                &["command"],
                order(),
            ),
        ),
        (
            "AlarmCommands",
            object(
                "对多条报警的操作 · a command to many alarms",
                &["command"],
                many,
            ),
        ),
        (
            "AlarmAnswers",
            sent::<AlarmAnswers>(
                "逐条答复 · an answer for each",
                json!({
                    "position": count(), "done": count(), "refused": count(), "answers": list(named("AlarmAnswer")),
                }),
            ),
        ),
        (
            "AlarmAnswer",
            sent::<AlarmAnswer>(
                "一条的答复 · of one",
                json!({
                    "alarm": named("AlarmId"), "status": count(), "state": or_null(words_of::<AlarmState>()),
                    "detail": or_null(text()),
                }),
            ),
        ),
    ]
}

fn of_load() -> Vec<Named> {
    vec![
        (
            "AlarmFigure",
            sent::<Figure>(
                "数字与下钻 · a number and the list it counts",
                json!({ "value": count(), "drill": text() }),
            ),
        ),
        (
            "AlarmRate",
            sent::<Rate>(
                "每十分钟几次 · how many in ten minutes",
                json!({
                    "told": named("AlarmFigure"), "average": or_null(number()), "peak": count(), "flood_percent": number(),
                }),
            ),
        ),
        (
            "AlarmNoting",
            sent::<Noting>(
                "确认用时 · how long until somebody took note",
                json!({
                    "acknowledged": named("AlarmFigure"), "median_ms": or_null(count()), "p90_ms": or_null(count()),
                }),
            ),
        ),
        (
            "AlarmActor",
            sent::<Actor>(
                "报警最多者之一 · one of those that alarm most",
                json!({
                    "source": named("Id"), "thing": or_null(named("Id")), "rule": or_null(text()),
                    "told": named("AlarmFigure"), "percent": number(),
                }),
            ),
        ),
        (
            "AlarmPriority",
            sent::<Priority>(
                "一个等级的比例与应有比例 · the share of a severity, and what it should be near",
                json!({
                    "severity": named("Severity"), "told": named("AlarmFigure"), "percent": number(), "goal_percent": number(),
                }),
            ),
        ),
        (
            "AlarmFloodSpan",
            sent::<FloodSpan>(
                "一次泛滥 · a flood",
                json!({ "since": named("Time"), "until": or_null(named("Time")), "told": named("AlarmFigure") }),
            ),
        ),
        (
            "AlarmStanding",
            sent::<Standing>(
                "现有的，至多一百条 · those there are, a hundred at most",
                json!({ "count": named("AlarmFigure"), "alarms": list(named("Alarm")) }),
            ),
        ),
        (
            "AlarmPart",
            sent::<Part>(
                "一部分 · a part",
                json!({ "key": or_null(text()), "rate": or_null(named("AlarmRate")), "noting": named("AlarmNoting") }),
            ),
        ),
        (
            "AlarmLoad",
            sent::<LoadView>(
                "报警负荷 · the load of alarms",
                json!({
                    "since": named("Time"), "until": named("Time"), "known_from": or_null(named("Time")),
                    "rate": named("AlarmRate"), "noting": named("AlarmNoting"), "now": named("AlarmFlood"),
                    "floods": list(named("AlarmFloodSpan")), "top": list(named("AlarmActor")), "top_percent": number(),
                    "priorities": list(named("AlarmPriority")), "fleeting": named("AlarmFigure"),
                    "stale": named("AlarmStanding"), "chattering": named("AlarmStanding"), "shelved": named("AlarmStanding"),
                    "suppressed": named("AlarmStanding"), "out_of_service": named("AlarmStanding"),
                    "parts": list(named("AlarmPart")),
                }),
            ),
        ),
        (
            "AlarmLog",
            object(
                "报警日志 · lines of the log of alarms, by time",
                &["lines", "next"],
                json!({ "lines": list(named("AlarmLine")), "next": { "type": "null" } }),
            ),
        ),
        (
            "AlarmLine",
            sent::<Entry>(
                "一行 · a line",
                json!({
                    "at": named("Time"), "what": words_of::<What>(), "alarm": named("AlarmId"), "source": named("Id"),
                    "thing": or_null(named("Id")), "rule": or_null(text()), "category": or_null(named("CategoryCode")),
                    "severity": named("Severity"), "town": or_null(text()), "by": or_null(text()),
                    "after_ms": or_null(number()),
                }),
            ),
        ),
    ]
}

fn of_groups() -> Vec<Named> {
    vec![
        (
            "AlarmFlood",
            sent::<Flood>(
                "泛滥：十分钟内多于十条起，少于五条止 · more than ten in ten minutes, until fewer than five",
                json!({ "since": or_null(named("Time")), "in_window": count() }),
            ),
        ),
        (
            "AlarmGroup",
            sent::<Row>(
                "一行 · a row; of says what it speaks of: cause, kind_in_town, kind, class or severity",
                json!({
                    "of": { "type": "object" }, "count": count(), "unacknowledged": count(), "voices": count(),
                    "muted": count(), "worst": named("Severity"), "newest_at": named("Time"),
                    "bounds": or_null(list(number())),
                    "plan": list(json!({ "description": "acknowledge, show_on_map, or {shelve: the alarm that keeps coming}" })),
                }),
            ),
        ),
        (
            "AlarmGroups",
            object(
                "报警一览 · alarms at a glance",
                &["position", "flood", "groups"],
                json!({ "position": count(), "flood": named("AlarmFlood"), "groups": sent::<Groups>(
                    "少于三十行 · fewer than thirty rows",
                    json!({
                        "division": words_of::<Division>(), "rows": list(named("AlarmGroup")), "listed": count(),
                        "unacknowledged": count(), "shelved": count(), "suppressed": count(), "out_of_service": count(),
                    }),
                ) }),
            ),
        ),
    ]
}
