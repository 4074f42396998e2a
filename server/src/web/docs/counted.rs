//! The shapes of what is counted and measured: readings, themes, statistics, and how feeds are doing.

use domain::feed_health::{ClockState, FeedClock, FeedLife, FeedView, NotHeard};
use domain::figures::{Figure, Figures};
use domain::theme::{Freshness, IndicatorView, Missing, Point, ThemeName, ThemeView, Trend};
use serde_json::{Value, json};

use super::schemas::Named;
use super::shapes::{count, list, named, number, object, or_null, sent, text, texts, words_of};

pub fn schemas() -> Vec<Named> {
    let mut all = themes();
    all.extend(figures());
    all.extend(feeds());
    all.push((
        "Readings",
        object(
            "一个监测点的读数 · what one sensor measured",
            &["sensor", "property", "unit", "every", "readings"],
            json!({
                "sensor": named("Id"), "property": text(), "unit": text(),
                "every": { "anyOf": [text(), { "type": "null" }], "description": "null: one by one" },
                "readings": {
                    "type": "array",
                    "description": "[time, value]; with every [begins, mean, min, max, count]; by time",
                    "items": { "type": "array", "prefixItems": [named("Time"), number(), number(), number(), count()], "minItems": 2, "maxItems": 5 },
                },
            }),
        ),
    ));
    all
}

fn themes() -> Vec<Named> {
    vec![
        ("Freshness", words_of::<Freshness>()),
        (
            "Missing",
            sent::<Missing>(
                "缺什么 · what is lacking",
                json!({ "zh": text(), "en": text() }),
            ),
        ),
        (
            "Trend",
            sent::<Trend>(
                "与昨日同时相比 · against the same time yesterday",
                json!({ "before": number(), "change": number() }),
            ),
        ),
        (
            "Point",
            sent::<Point>(
                "一点 · a point",
                json!({ "at": named("Time"), "value": number() }),
            ),
        ),
        (
            "ThemeName",
            sent::<ThemeName>(
                "专题 · a theme",
                json!({ "id": text(), "name": text(), "name_en": text() }),
            ),
        ),
        (
            "Themes",
            object(
                "专题 · the pack's themes",
                &["themes"],
                json!({ "themes": list(named("ThemeName")) }),
            ),
        ),
        ("Theme", theme()),
        ("Indicator", indicator()),
    ]
}

fn theme() -> Value {
    sent::<ThemeView>(
        "专题及其指标 · a theme with its figures, practice left out",
        json!({
            "id": text(), "name": text(), "name_en": text(), "layers": list(named("Layer")),
            "categories": list(named("CategoryCode")), "at": named("Time"), "position": count(),
            "indicators": list(named("Indicator")),
        }),
    )
}

fn indicator() -> Value {
    sent::<IndicatorView>(
        "指标 · a figure; null where nothing has arrived to compute it from, and missing says what",
        json!({
            "id": text(), "name": text(), "name_en": text(), "value": or_null(number()), "unit": text(), "unit_en": text(),
            "decimals": count(), "trend": or_null(named("Trend")),
            "age_ms": or_null(count()), "period_ms": or_null(count()), "freshness": named("Freshness"),
            "series": list(named("Point")), "yesterday": list(named("Point")),
            "bounds": or_null(json!({ "type": "array", "items": number(), "minItems": 2, "maxItems": 2 })),
            "drill": { "anyOf": [text(), { "type": "null" }], "description": "a path of this interface: what the figure counts" },
            "missing": or_null(named("Missing")),
        }),
    )
}

fn figures() -> Vec<Named> {
    let by = || json!({ "type": "object", "additionalProperties": named("Figure") });
    let mut stats = sent::<Figures>(
        "统计 · figures, practice left out",
        json!({
            "at": named("Time"), "day_begins": named("Time"), "open": named("Figure"), "tray": named("Figure"),
            "overdue": named("Figure"), "opened_today": named("Figure"), "closed_today": named("Figure"),
            "in_time": named("Figure"), "median_to_dispatch": named("Figure"), "hops": named("Figure"),
            "accurate": named("Figure"), "by_severity": by(), "by_town": by(), "by_department": by(),
            "by_state": by(),
        }),
    );
    if let Some(Value::Array(required)) = stats.get_mut("required") {
        required.push(json!("by_state"));
    }
    vec![
        (
            "Figure",
            sent::<Figure>(
                "数字 · a figure, and the list it is counted from",
                json!({
                    "value": or_null(number()),
                    "of": { "anyOf": [count(), { "type": "null" }], "description": "how many the list holds, where the figure is no count" },
                    "drill": text(),
                }),
            ),
        ),
        ("Stats", stats),
    ]
}

fn feeds() -> Vec<Named> {
    vec![
        ("FeedLife", words_of::<FeedLife>()),
        ("ClockState", words_of::<ClockState>()),
        (
            "FeedClock",
            sent::<FeedClock>(
                "发送方时钟 · the sender's clock, and how it was judged",
                json!({
                    "state": named("ClockState"),
                    "offset_ms": { "anyOf": [{ "type": "integer" }, { "type": "null" }], "description": "median of our clock less the observation's time" },
                    "items": count(), "decided": named("Missing"),
                }),
            ),
        ),
        (
            "Feed",
            sent::<FeedView>(
                "数据源 · a source and how it is doing; counts since the server started",
                json!({
                    "source": named("Id"), "feed": or_null(named("Id")), "name": or_null(text()), "name_en": or_null(text()),
                    "state": named("FeedLife"), "age_ms": or_null(count()), "period_ms": or_null(count()),
                    "last_at": or_null(named("Time")), "received": count(), "accepted": count(), "duplicates": count(),
                    "conflicts": count(), "rejected": count(), "dropped": count(),
                    "last_bad": list(json!({ "type": "array", "items": text(), "description": "pointer, reason" })),
                    "clock": named("FeedClock"),
                }),
            ),
        ),
        (
            "NotHeard",
            sent::<NotHeard>(
                "没有消息的数据源 · a definition of the pack none of whose sources has been heard",
                json!({
                    "feed": named("Id"), "name": text(), "name_en": text(), "sources": texts(), "period_ms": or_null(count()),
                }),
            ),
        ),
        (
            "Feeds",
            object(
                "数据源 · how each feed is doing",
                &["feeds", "not_heard"],
                json!({ "feeds": list(named("Feed")), "not_heard": list(named("NotHeard")) }),
            ),
        ),
    ]
}
