//! The form of observations, their kinds and their limits, as feeds must keep to them.

use domain::crs::Crs;
use serde_json::{Map, Value, json};

use super::route::{Said, said};
use super::shapes::{count, list, named, object, one_of_words, or_null, text, words_of};

/// One kind of observation.
pub struct Kind {
    pub name: &'static str,
    pub needs: &'static str,
    pub says: Said,
    /// What must be there besides source, id, kind and time.
    required: fn() -> Value,
    pub example: fn() -> Value,
}

pub const KINDS: [Kind; 5] = [
    Kind {
        name: "report",
        needs: "text | category",
        says: said("有人反映情况", "a person says that something is the matter"),
        required: || json!({ "anyOf": [{ "required": ["text"] }, { "required": ["category"] }] }),
        example: || {
            json!({
                "source": "hotline-12345", "id": "WO-2026-000123", "version": 1, "kind": "report",
                "time": "2026-11-23T09:15:00+08:00", "position": [113.7463, 23.0234], "crs": "GCJ-02", "accuracy_m": 30,
                "category": "C0101", "severity": 2, "text": "井盖缺失",
                "reporter": { "name": "示例", "phone": "0769-00000000", "confidential": true }, "drill": false, "attributes": {},
            })
        },
    },
    Kind {
        name: "reading",
        needs: "thing, property, value, unit",
        says: said("传感器测得读数", "a sensor measured"),
        required: || json!({ "required": ["thing", "property", "value", "unit"] }),
        example: || {
            json!({
                "source": "water-level", "id": "yh-003-0915", "kind": "reading", "time": "2026-11-23T09:15:00+08:00",
                "thing": "yh-003", "property": "water-level", "value": 0.31, "unit": "m", "position": [113.75, 23.02],
            })
        },
    },
    Kind {
        name: "position",
        needs: "thing, position",
        says: said("车辆、人员移动了位置", "a unit moved"),
        required: || json!({ "required": ["thing", "position"] }),
        example: || {
            json!({
                "source": "patrol-gps", "id": "p-7-0915", "kind": "position", "time": "2026-11-23T09:15:00+08:00",
                "thing": "p-7", "position": [113.75, 23.02],
                "attributes": { "heading_deg": 90, "speed_mps": 8.5, "status": "free" },
            })
        },
    },
    Kind {
        name: "alarm",
        needs: "category, thing | position | area",
        says: said("来源自行判定报警", "the source itself decided"),
        required: || json!({ "required": ["category"], "anyOf": [{ "required": ["thing"] }, { "required": ["position"] }, { "required": ["area"] }] }),
        example: || {
            json!({
                "source": "manhole-locks", "id": "lock-12-open", "kind": "alarm", "time": "2026-11-23T09:15:00+08:00",
                "thing": "lock-12", "category": "C0101", "position": [113.76, 23.03], "severity": 3,
            })
        },
    },
    Kind {
        name: "clear",
        needs: "category, thing | position | area | attributes.clears",
        says: said(
            "解除同一来源、对象、类别的报警",
            "ends the alarm of the same source, thing and category",
        ),
        required: || json!({ "required": ["category"] }),
        example: || {
            json!({
                "source": "manhole-locks", "id": "lock-12-shut", "kind": "clear", "time": "2026-11-23T09:20:00+08:00",
                "thing": "lock-12", "category": "C0101",
            })
        },
    },
];

/// What a batch and an item may be, and what happens otherwise.
pub const LIMITS: [(Said, Said); 12] = [
    (
        said("批次大小", "batch"),
        said(
            "解压后至多 10 MiB、10,000 条，否则 413",
            "10 MiB after decompression and 10,000 items, else 413",
        ),
    ),
    (
        said("嵌套", "nesting"),
        said("至多 64 层，否则 400", "64 levels, else 400"),
    ),
    (said("text", "text"), said("至多 64 KiB", "64 KiB")),
    (
        said("各种编号", "ids"),
        said(
            "1–200 字符，不含控制字符",
            "1–200 characters without control characters",
        ),
    ),
    (
        said("severity", "severity"),
        said("1（最高）至 4", "1 (highest) to 4"),
    ),
    (
        said("accuracy_m", "accuracy_m"),
        said("不小于 0，单位米", "0 or more, in metres"),
    ),
    (
        said("position", "position"),
        said(
            "两个数：经度在前；GeoJSON 可有三个。写反了会说明",
            "two numbers, longitude first; GeoJSON may have three. A swapped pair is said to be one",
        ),
    ),
    (
        said("time", "time"),
        said(
            "RFC 3339 带时区；1990 年起，至多超前 5 分钟。早于 24 小时的只作历史，不新开事件",
            "RFC 3339 with offset; from 1990 to 5 minutes ahead. Older than 24 h is history and opens no incident",
        ),
    ),
    (
        said("crs", "crs"),
        said(
            "WGS-84（默认）、CGCS2000、GCJ-02、BD-09",
            "WGS-84 (unless said), CGCS2000, GCJ-02, BD-09",
        ),
    ),
    (
        said("category", "category"),
        said(
            "须在本市类别表中；未知的由数据源定义映射",
            "one of the city's table; a feed definition maps unknown ones",
        ),
    ),
    (
        said("重复", "idempotency"),
        said(
            "以（source, id）为准：重发计入 duplicates；version 更高为修订；同版本内容不同计入 conflicts，以先到为准",
            "by (source, id): sent again is a duplicate; a higher version is a revision; other content in the same version \
             is a conflict and the first stands",
        ),
    ),
    (
        said("拥塞", "too much"),
        said(
            "429 或 503 带 Retry-After，整批未收，可原样重发",
            "429 or 503 with Retry-After: nothing of the batch was taken; send it again as it is",
        ),
    ),
];

pub fn schemas() -> Map<String, Value> {
    let needs: Vec<Value> = KINDS
        .iter()
        .map(|kind| json!({ "if": { "properties": { "kind": { "const": kind.name } } }, "then": (kind.required)() }))
        .collect();
    let mut observation = object(
        "观测 · one observation",
        &["source", "id", "kind", "time"],
        fields(),
    );
    if let Value::Object(members) = &mut observation {
        let examples: Vec<Value> = KINDS.iter().map(|kind| (kind.example)()).collect();
        members.insert("allOf".to_owned(), json!(needs));
        members.insert("examples".to_owned(), json!(examples));
    }
    let receipt = object(
        "回执 · what became of the batch, already durable",
        &["accepted", "duplicates", "conflicts", "rejected"],
        json!({
            "accepted": count(), "duplicates": count(), "conflicts": count(),
            "rejected": list(object("未收 · a rejected item", &["index", "pointer", "reason"], json!({
                "index": count(), "pointer": text(), "reason": text(),
            }))),
        }),
    );
    Map::from_iter([
        ("Observation".to_owned(), observation),
        ("Receipt".to_owned(), receipt),
    ])
}

fn fields() -> Value {
    let long = json!({ "type": "string", "maxLength": 65536 });
    json!({
        "source": named("Id"), "id": named("Id"), "version": or_null(json!({ "type": "integer", "minimum": 0 })),
        "kind": one_of_words(KINDS.iter().map(|kind| kind.name)), "time": named("Time"),
        "position": or_null(named("Position")), "area": or_null(json!({ "type": "object", "description": "GeoJSON Polygon or MultiPolygon" })),
        "crs": or_null(words_of::<Crs>()),
        "accuracy_m": or_null(json!({ "type": "number", "minimum": 0 })), "category": or_null(text()),
        "severity": or_null(named("Severity")), "text": or_null(long), "thing": or_null(named("Id")),
        "property": or_null(named("Id")), "value": or_null(json!({ "type": "number" })), "unit": or_null(text()),
        "reporter": or_null(object("报告人，加密保存 · kept under lock", &[], json!({
            "name": or_null(text()), "phone": or_null(text()), "confidential": { "type": "boolean" },
        }))),
        "drill": or_null(json!({ "type": "boolean" })), "attributes": or_null(json!({ "type": "object" })),
    })
}
