//! The shapes of the contract as JSON Schema. Names of states, roles, commands and sent fields come from the code itself.

use domain::account::Role;
use domain::alarm::AlarmState;
use domain::assignment::Stage;
use domain::category::Category;
use domain::city::Department;
use domain::clock::{ClockKind, Light};
use domain::ids::LONGEST_ID;
use domain::lifecycle::{CommandName, State};
use domain::request::Waiting;
use domain::theme::Freshness;
use domain::wall::{DWELL_S, DWELLS_S, MOST_THEMES, WallView};
use domain::wire::{
    CellView, DeadlineView, Delta, Digest, Enter, EvidenceView, IncidentView, Layer, MeasuredView,
    PlaceView, PreviewView, Problem, Removed, RemovedWhy, SensorView, Snapshot, SuggestionView,
    TimelineView, UnitView, WhyView,
};
use serde_json::{Map, Value, json};

use super::alarm_table;
use super::attachment_table;
use super::commands;
use super::counted;
use super::field_table;
use super::ground_table;
use super::notify_table;
use super::observations;
use super::office_table;
use super::past_table;
use super::people_table;
use super::shapes::{
    count, flag, list, named, number, object, one_of_words, only, or_null, sent, share, text,
    texts, words_of,
};
use super::work_shapes;

/// Every component, by its name.
pub fn all() -> Map<String, Value> {
    let mut all = Map::new();
    for (name, schema) in plain().into_iter().chain(incidents()).chain(things()) {
        all.insert(name.to_owned(), schema);
    }
    let shapes = live().into_iter().chain(walls()).chain(city());
    let shapes = shapes
        .chain(work_shapes::schemas())
        .chain(alarm_table::schemas())
        .chain(counted::schemas())
        .chain(super::evaluation_table::schemas())
        .chain(attachment_table::schemas())
        .chain(notify_table::schemas())
        .chain(ground_table::schemas())
        .chain(field_table::schemas());
    let shapes = shapes
        .chain(people_table::schemas())
        .chain(office_table::schemas());
    for (name, schema) in shapes.chain(past_table::schemas()) {
        all.insert(name.to_owned(), schema);
    }
    all.extend(commands::schemas());
    all.extend(observations::schemas());
    all
}

pub type Named = (&'static str, Value);

fn plain() -> Vec<Named> {
    let counted = |letter: &str| json!({ "type": "string", "pattern": format!("^{letter}[0-9]+-[0-9]+$"), "examples": [format!("{letter}5-0")] });
    vec![
        (
            "Time",
            json!({ "type": "string", "format": "date-time", "examples": ["2026-11-23T09:15:00+08:00"] }),
        ),
        (
            "Position",
            json!({
                "type": "array", "description": "[经度, 纬度] · [longitude, latitude], WGS-84 degrees", "items": number(),
                "minItems": 2, "maxItems": 2, "examples": [[113.7463, 23.0234]],
            }),
        ),
        (
            "Id",
            json!({ "type": "string", "minLength": 1, "maxLength": LONGEST_ID }),
        ),
        (
            "CategoryCode",
            json!({ "type": "string", "pattern": "^[CE][0-9]{4}$", "examples": ["E0301"] }),
        ),
        ("IncidentId", counted("i")),
        ("AlarmId", counted("a")),
        ("EvidenceId", counted("e")),
        (
            "Severity",
            json!({ "type": "integer", "enum": [1, 2, 3, 4], "description": "1 最高 · 1 is the highest" }),
        ),
        (
            "State",
            one_of_words(State::ALL.into_iter().map(State::name)),
        ),
        ("Role", one_of_words(Role::ALL.into_iter().map(Role::name))),
        (
            "CommandName",
            one_of_words(CommandName::ALL.iter().map(|command| command.name())),
        ),
        ("Stage", words_of::<Stage>()),
        ("Clock", words_of::<ClockKind>()),
        ("Light", words_of::<Light>()),
        ("AlarmState", words_of::<AlarmState>()),
        ("Layer", words_of::<Layer>()),
        (
            "Problem",
            object(
                "RFC 9457",
                &["type", "title", "status", "detail"],
                json!({
                    "type": text(), "title": text(), "status": count(), "detail": text(),
                    "errors": list(object("where in the body or query, and why", &["pointer", "reason"], json!({
                        "pointer": { "type": "string", "description": "RFC 6901, or ?name for a query parameter" },
                        "reason": text(),
                    }))),
                }),
            ),
        ),
    ]
}

fn incidents() -> Vec<Named> {
    vec![
        (
            "Deadline",
            sent::<DeadlineView>(
                "时限 · the running deadline",
                json!({
                    "stage": named("Stage"), "due_at": or_null(named("Time")), "warn_at": or_null(named("Time")),
                    "clock": named("Clock"), "light": named("Light"), "explanation": text(), "explanation_en": text(),
                }),
            ),
        ),
        (
            "Incident",
            sent::<IncidentView>("事件 · an incident", incident_fields()),
        ),
        (
            "IncidentDetail",
            json!({ "allOf": [named("Incident"), object(
                "事件详情 · everything about one incident that its reader may know",
                &["evidence", "timeline", "why", "allowed", "standards", "suggestions", "assignments", "instructions", "plan", "requests", "attachments"],
                json!({
                    "assignments": list(named("Assignment")), "instructions": list(named("Instruction")),
                    "plan": or_null(named("Plan")), "requests": list(named("Request")),
                    "suggestions": list(named("Suggestion")), "attachments": list(named("Attachment")),
                    "evidence": list(named("Evidence")), "timeline": list(named("TimelineEntry")), "why": named("Why"),
                    "allowed": list(named("CommandName")), "standards": texts(),
                }),
            )] }),
        ),
        (
            "Suggestion",
            sent::<SuggestionView>(
                "疑似重复 · another incident that may be the same thing; a person decides",
                json!({
                    "incident": named("IncidentId"), "number": text(), "revision": count(), "state": named("State"),
                    "severity": named("Severity"), "title": text(), "title_en": text(), "score": share(),
                    "reason": text(), "reason_en": text(),
                }),
            ),
        ),
        (
            "PreviewOfIncident",
            object(
                "登记预览 · a call while it is being written; only its words are needed",
                &["text"],
                json!({
                    "position": or_null(named("Position")), "text": text(), "category": or_null(named("CategoryCode")),
                    "severity": or_null(named("Severity")), "drill": flag(),
                }),
            ),
        ),
        (
            "Preview",
            sent::<PreviewView>(
                "预览 · what a call would become if it were written down now",
                json!({
                    "category": or_null(named("CategoryCode")), "severity": named("Severity"), "town": or_null(text()),
                    "town_code": or_null(text()), "lead": or_null(named("Id")), "supporting": list(named("Id")),
                    "deadline": or_null(named("Deadline")), "why": named("Why"), "suggestions": list(named("Suggestion")),
                }),
            ),
        ),
        (
            "Evidence",
            sent::<EvidenceView>(
                "线索 · one piece of evidence, and why it belongs here",
                json!({
                    "id": named("EvidenceId"), "kind": text(), "source": text(), "observation": text(),
                    "thing": or_null(text()), "time": named("Time"), "position": or_null(named("Position")),
                    "category": or_null(named("CategoryCode")), "severity": named("Severity"), "text": text(),
                    "suspect": or_null(one_of_words(["out_of_range", "too_fast", "unlike_neighbours"])),
                    "said_place": or_null(text()), "distance_m": or_null(count()), "score": or_null(share()), "reason": text(), "reason_en": text(),
                    "reporter": or_null(text()),
                }),
            ),
        ),
        (
            "TimelineEntry",
            sent::<TimelineView>(
                "经过 · one entry of the timeline",
                json!({
                    "at": named("Time"), "by": text(), "role": or_null(text()), "command": or_null(text()),
                    "text": text(), "text_en": text(),
                }),
            ),
        ),
        (
            "Why",
            sent::<WhyView>(
                "依据 · the reasons of the machine, as sentences",
                json!({
                    "category": text(), "jurisdiction": text(), "responsibility": text(), "deadline": text(),
                    "category_en": text(), "jurisdiction_en": text(), "responsibility_en": text(), "deadline_en": text(),
                }),
            ),
        ),
        ("IncidentList", page("incidents", named("Incident"))),
        (
            "OpenIncident",
            object(
                "人工登记 · written down at the desk; it then moves only by hand",
                &["position", "text"],
                json!({
                    "id": { "type": "string", "format": "uuid", "description": "sent again, it gets the first answer and opens nothing" },
                    "position": named("Position"), "text": { "type": "string", "description": "1 byte to 64 KiB" },
                    "category": or_null(named("CategoryCode")), "severity": or_null(named("Severity")), "drill": flag(),
                }),
            ),
        ),
    ]
}

fn incident_fields() -> Value {
    json!({
        "id": named("IncidentId"), "number": text(),
        "revision": { "type": "integer", "minimum": 0, "description": "moves with state, assignment, category, severity, place or title" },
        "category": or_null(named("CategoryCode")), "severity": named("Severity"), "state": named("State"),
        "title": text(), "title_en": text(), "position": or_null(named("Position")),
        "town": or_null(text()), "town_code": or_null(text()), "village": or_null(text()), "grid": or_null(text()),
        "confidence": share(), "opened_at": named("Time"), "updated_at": named("Time"),
        "deadline": or_null(named("Deadline")), "lead": or_null(named("Id")), "supporting": list(named("Id")),
        "evidence_count": count(),
        "hops": { "type": "integer", "minimum": 0, "description": "dispatches to a lead" },
        "suspended": flag(), "drill": flag(), "claimed_by": or_null(text()), "merged_into": or_null(named("IncidentId")),
        "tray": { "type": "boolean", "description": "waits for the duty officer" },
        "waiting": { "type": "array", "items": words_of::<Waiting>(), "description": "what waits for a decision or an answer" },
        "urged": { "type": "integer", "minimum": 0, "description": "how often it was urged" },
        "escalated_to": { "type": "array", "items": named("Role"), "description": "whose attention was asked for" },
    })
}

fn page(name: &str, of: Value) -> Value {
    let mut properties = Map::new();
    properties.insert(name.to_owned(), list(of));
    properties.insert("next".to_owned(), or_null(text()));
    json!({ "type": "object", "properties": properties, "required": [name, "next"] })
}

/// In a list a thing has its age; on the live stream what shows it lets it grow old.
fn aged(name: &str) -> Value {
    json!({ "allOf": [named(name), object(
        "年龄与更新周期（毫秒） · its age and the expected period of its source (ms): ageing after one, stale after two, gone after three",
        &["age_ms", "period_ms", "freshness"],
        json!({ "age_ms": count(), "period_ms": count(), "freshness": words_of::<Freshness>() }),
    )] })
}

fn things() -> Vec<Named> {
    vec![
        (
            "Unit",
            sent::<UnitView>(
                "力量 · a unit that moves",
                json!({
                    "id": named("Id"), "source": named("Id"), "position": named("Position"),
                    "heading_deg": or_null(count()), "speed_mps": or_null(number()), "status": or_null(text()),
                    "kind": or_null(text()), "observed_at": named("Time"), "heard_at": named("Time"),
                    "town": or_null(text()), "town_code": or_null(text()), "drill": flag(),
                    "sources": list(named("Id")),
                }),
            ),
        ),
        (
            "Sensor",
            sent::<SensorView>(
                "传感器 · a sensor and what it measured last",
                json!({
                    "id": named("Id"), "source": named("Id"), "position": or_null(named("Position")),
                    "latest": list(named("Measured")), "heard_at": named("Time"), "in_alarm": flag(),
                    "town": or_null(text()), "town_code": or_null(text()), "drill": flag(),
                }),
            ),
        ),
        (
            "Measured",
            sent::<MeasuredView>(
                "读数 · one measured value",
                json!({ "property": text(), "value": number(), "unit": text(), "observed_at": named("Time"),
                    "suspect": or_null(one_of_words(["out_of_range", "too_fast", "unlike_neighbours"])) }),
            ),
        ),
        (
            "Cell",
            sent::<CellView>(
                "蜂窝 · units far out, counted in an H3 cell",
                json!({ "h3": text(), "count": count() }),
            ),
        ),
        ("UnitList", page("units", aged("Unit"))),
        ("SensorList", page("sensors", aged("Sensor"))),
    ]
}

fn layers(more: Value) -> Value {
    let mut fields = json!({
        "incidents": list(named("Incident")), "alarms": list(named("Alarm")), "units": list(named("Unit")),
        "sensors": list(named("Sensor")), "cells": list(named("Cell")), "resume": text(),
    });
    if let (Value::Object(fields), Value::Object(more)) = (&mut fields, more) {
        fields.extend(more);
    }
    fields
}

fn live() -> Vec<Named> {
    vec![
        (
            "Subscribe",
            object(
                "要看什么 · what a viewer wants to see",
                &["bbox", "layers"],
                json!({
                    "bbox": { "type": "array", "items": number(), "minItems": 4, "maxItems": 4, "description": "west, south, east, north" },
                    "zoom": { "type": "number", "minimum": 0, "maximum": 30 }, "layers": list(named("Layer")),
                    "filter": or_null(text()), "resume": or_null(text()),
                }),
            ),
        ),
        (
            "LiveClientMessage",
            json!({ "oneOf": [only("subscribe", named("Subscribe")), only("digest", json!({ "const": true }))] }),
        ),
        (
            "Snapshot",
            sent::<Snapshot>(
                "全图 · the whole picture of a view",
                layers(json!({ "position": count(), "now": named("Time") })),
            ),
        ),
        (
            "Delta",
            sent::<Delta>(
                "增量 · what changed since `from`",
                layers(
                    json!({ "from": count(), "to": count(), "removed": list(named("Removed")), "now": named("Time") }),
                ),
            ),
        ),
        (
            "Enter",
            sent::<Enter>(
                "移动视野 · what a moved view brings in and leaves",
                layers(json!({ "position": count(), "removed": list(named("Removed")) })),
            ),
        ),
        (
            "Removed",
            sent::<Removed>(
                "离开 · what is no longer in view",
                json!({ "layer": named("Layer"), "id": text(), "why": words_of::<RemovedWhy>() }),
            ),
        ),
        (
            "Digest",
            sent::<Digest>(
                "摘要 · over this subscription",
                json!({ "position": count(), "count": count(), "sha256": { "type": "string", "pattern": "^[0-9a-f]{64}$" } }),
            ),
        ),
        (
            "LiveError",
            sent::<Problem>(
                "未接受 · the message changed nothing",
                json!({ "code": text(), "detail": text() }),
            ),
        ),
        (
            "LiveServerMessage",
            json!({ "oneOf": [
                only("snapshot", named("Snapshot")), only("delta", named("Delta")), only("enter", named("Enter")),
                only("resync", text()), only("digest", named("Digest")), only("error", named("LiveError")),
            ] }),
        ),
    ]
}

fn walls() -> Vec<Named> {
    let theme =
        || json!({ "type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$", "examples": ["ecology"] });
    vec![
        (
            "Wall",
            sent::<WallView>(
                "大屏的状态 · the state that all walls follow",
                json!({
                    "pin": or_null(named("Pin")), "by": or_null(text()), "since": or_null(named("Time")),
                    "position": count(), "now": named("Time"),
                }),
            ),
        ),
        (
            "Pin",
            json!({ "oneOf": [
                only("incident", named("IncidentId")),
                only("theme", theme()),
                only("tour", object("轮播 · themes one after the other", &["themes"], json!({
                    "themes": { "type": "array", "items": theme(), "minItems": 1, "maxItems": MOST_THEMES },
                    "dwell_s": { "type": "integer", "minimum": DWELLS_S.start(), "maximum": DWELLS_S.end(), "default": DWELL_S },
                }))),
                only("place", object("地点 · a place", &["position"], json!({
                    "position": named("Position"), "name": { "type": "string", "maxLength": 100 },
                }))),
            ] }),
        ),
    ]
}

fn city() -> Vec<Named> {
    vec![
        (
            "City",
            object(
                "城市 · the city of the pack",
                &[
                    "id", "name", "name_en", "code", "timezone", "bounds", "center", "zoom",
                    "towns",
                ],
                json!({
                    "id": text(), "name": text(), "name_en": text(), "code": text(), "timezone": text(),
                    "bounds": list(number()), "center": named("Position"), "zoom": number(),
                    "boundaries_note": text(), "boundaries_note_en": text(), "sample": flag(), "sample_note": text(),
                    "attribution": texts(), "towns": list(named("Town")), "villages": count(), "demo": flag(),
                }),
            ),
        ),
        (
            "Place",
            sent::<PlaceView>(
                "地点 · a named place of the pack",
                json!({
                    "name": text(), "name_en": text(),
                    "kind": { "type": "string", "description": "town, village, or the pack's own word" },
                    "town": or_null(text()), "position": or_null(named("Position")),
                }),
            ),
        ),
        ("PlaceList", page("places", named("Place"))),
        (
            "Town",
            object(
                "镇街园区 · a town",
                &["code", "name", "name_en", "kind", "point", "outline"],
                json!({
                    "code": text(), "name": text(), "name_en": text(), "kind": text(), "point": or_null(named("Position")),
                    "outline": { "type": "boolean", "description": "whether the pack has its outline" },
                }),
            ),
        ),
        (
            "Department",
            sent::<Department>(
                "部门 · a department",
                json!({
                    "id": named("Id"), "name": text(), "name_en": text(), "kind": text(), "town": or_null(text()),
                    "phone": text(), "sample": flag(),
                }),
            ),
        ),
        (
            "Departments",
            object(
                "部门 · departments",
                &["departments"],
                json!({ "departments": list(named("Department")) }),
            ),
        ),
        (
            "Category",
            sent::<Category>(
                "类别 · a kind of thing that can be the matter",
                json!({
                    "code": named("CategoryCode"), "name": text(), "name_en": text(), "class_name": text(),
                    "class_name_en": text(), "family": text(), "severity": named("Severity"), "condition": text(),
                    "limit": object("时限 · how long handling may take", &["clock", "minutes"], json!({
                        "clock": named("Clock"), "minutes": count(),
                    })),
                    "standards": texts(),
                }),
            ),
        ),
        (
            "Categories",
            object(
                "类别 · categories",
                &["categories"],
                json!({ "categories": list(named("Category")) }),
            ),
        ),
        (
            "FeatureCollection",
            object(
                "GeoJSON (RFC 7946)",
                &["type", "features"],
                json!({ "type": { "const": "FeatureCollection" }, "features": list(json!({ "type": "object" })) }),
            ),
        ),
        (
            "Me",
            object(
                "我 · who one is: a person, or a key that reads",
                &[],
                json!({ "name": text(), "role": named("Role"), "department": or_null(named("Id")), "town": or_null(text()),
                    "demo": flag(), "key": flag(), "read": flag() }),
            ),
        ),
        (
            "Lifecycle",
            object(
                "命令表 · the table of commands as data",
                &["commands"],
                json!({ "commands": list(object("一行 · one row", &["command", "from", "to", "roles", "second", "department", "arguments"], json!({
                    "command": named("CommandName"), "from": list(named("State")),
                    "to": { "anyOf": [{ "const": "same" }, list(named("State"))] }, "roles": list(named("Role")),
                    "second": { "type": "array", "items": named("Role"), "description": "who gives the second yes, where the pack asks for one" },
                    "department": one_of_words(["lead", "any", "support"]),
                    "arguments": list(object("参数 · an argument", &["name", "required"], json!({ "name": text(), "required": flag() }))),
                }))) }),
            ),
        ),
    ]
}
