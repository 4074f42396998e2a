//! The documentation as one page that needs no script: Chinese first, English beside it. Shows the tables, adds no rule.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::observations::{KINDS, LIMITS};
use super::openapi::meaning;
use super::route::{Group, Place, Route, Said, said};
use super::tables;
use super::{STYLE, table};

/// HTML in the making; every text that goes in is escaped.
#[derive(Default)]
pub struct Paper(String);

impl Paper {
    pub fn raw(&mut self, html: &str) {
        self.0.push_str(html);
    }

    pub fn text(&mut self, text: &str) {
        for letter in text.chars() {
            match letter {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                other => self.0.push(other),
            }
        }
    }

    pub fn tag(&mut self, name: &str, text: &str) {
        // Writing into memory cannot fail.
        let _open = write!(self.0, "<{name}>");
        self.text(text);
        let _close = write!(self.0, "</{name}>");
    }

    pub fn said(&mut self, says: Said) {
        self.words(says.zh, says.en);
    }

    pub fn words(&mut self, zh: &str, en: &str) {
        self.text(zh);
        if zh != en && !en.is_empty() {
            self.raw(" <span lang=\"en\">");
            self.text(en);
            self.raw("</span>");
        }
    }

    pub fn line(&mut self, says: Said) {
        self.raw("<p>");
        self.said(says);
        self.raw("</p>");
    }

    pub fn heading(&mut self, id: &str, says: Said) {
        let _open = write!(self.0, "<h2 id=\"{id}\">");
        self.said(says);
        self.raw("</h2>");
    }

    pub fn pre(&mut self, text: &str) {
        self.raw("<pre tabindex=\"0\"><code>");
        self.text(text);
        self.raw("</code></pre>");
    }

    /// A table that scrolls by itself where the screen is narrow.
    pub fn table(&mut self, heads: &[Said], rows: impl FnOnce(&mut Self)) {
        self.raw("<div class=\"wide\" tabindex=\"0\"><table><thead><tr>");
        for head in heads {
            self.raw("<th scope=\"col\">");
            self.said(*head);
            self.raw("</th>");
        }
        self.raw("</tr></thead><tbody>");
        rows(self);
        self.raw("</tbody></table></div>");
    }

    pub fn codes<'a>(&mut self, words: impl IntoIterator<Item = &'a str>) {
        for (index, word) in words.into_iter().enumerate() {
            if index > 0 {
                self.raw(", ");
            }
            self.tag("code", word);
        }
    }
}

/// The pack's words for ids: language → `group.id` → word.
pub type Labels = BTreeMap<String, BTreeMap<String, String>>;

/// The words for an id in Chinese and English, or the id itself.
pub fn labels<'a>(all: &'a Labels, group: &str, key: &'a str) -> (&'a str, &'a str) {
    let word = |language: &str| {
        all.get(language)
            .and_then(|words| words.get(&format!("{group}.{key}")))
            .map_or(key, String::as_str)
    };
    (word("zh"), word("en"))
}

/// `tokens` is where the site's colours lie, if they are in the program.
pub fn page(pack: &Labels, tokens: Option<&str>) -> String {
    let mut paper = Paper::default();
    head(&mut paper, tokens);
    let routes = table::routes();
    contents(&mut paper);
    start(&mut paper);
    for group in Group::ALL {
        paper.heading(group.id(), group.title());
        for route in routes.iter().filter(|route| route.group == group) {
            one_route(&mut paper, pack, route);
        }
        match group {
            Group::Feeds => observations(&mut paper),
            Group::Incidents => tables::lifecycle(&mut paper, pack),
            Group::Live => live(&mut paper),
            _ => {}
        }
    }
    tables::words(&mut paper, pack);
    paper.raw("</main></body></html>");
    paper.0
}

fn head(paper: &mut Paper, tokens: Option<&str>) {
    paper.raw(
        "<!DOCTYPE html><html lang=\"zh-CN\" data-theme=\"system\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>接口文档 API · 鼓楼 Gulou</title>",
    );
    if let Some(tokens) = tokens {
        paper.raw("<link rel=\"stylesheet\" href=\"");
        paper.text(tokens);
        paper.raw("\">");
    }
    paper.raw("<style>");
    paper.raw(STYLE);
    paper.raw("</style></head><body><main><h1>鼓楼接口文档 <span lang=\"en\">Gulou API, version 1</span></h1>");
    paper.line(said(
        "此页与 openapi.json 由服务器自己的路由表和命令表生成。",
        "This page and openapi.json are made from the server's own tables of routes and commands.",
    ));
}

fn contents(paper: &mut Paper) {
    paper.raw("<nav aria-label=\"目录 Contents\"><ul>");
    let more = [
        ("observations", said("观测的格式", "Observations")),
        ("lifecycle", said("命令表", "Commands")),
        ("messages", said("实时消息", "Live messages")),
        ("states", said("状态", "States")),
        ("severities", said("等级", "Severities")),
        ("clocks", said("时限的钟", "Clocks")),
        ("roles", said("角色", "Roles")),
    ];
    let groups = Group::ALL.map(|group| (group.id(), group.title()));
    for (id, title) in groups.into_iter().chain(more) {
        paper.raw("<li><a href=\"#");
        paper.text(id);
        paper.raw("\">");
        paper.said(title);
        paper.raw("</a></li>");
    }
    paper.raw("<li><a href=\"/api/v1/openapi.json\">OpenAPI 3.1</a></li></ul></nav>");
}

fn start(paper: &mut Paper) {
    paper.line(said(
        "JSON，UTF-8；时间为 RFC 3339 带时区；位置为 [经度, 纬度]，WGS-84。",
        "JSON, UTF-8; times RFC 3339 with offset; positions [longitude, latitude], WGS-84.",
    ));
    paper.line(said(
        "机器用密钥（Authorization: Bearer KEY），由 gulou key add 生成；人用登录后的会话，写入须带同源 Origin。",
        "Machines use a key (Authorization: Bearer KEY) made by `gulou key add`; people a session, whose writes need a same-origin Origin.",
    ));
    paper.line(said(
        "出错为 application/problem+json（RFC 9457），依次检查：401、404（含范围之外）、403、422、409。",
        "Errors are application/problem+json (RFC 9457), checked in this order: 401, 404 (also what lies outside your scope), 403, 422, 409.",
    ));
    paper.pre(&pretty(&json!({
        "type": "about:blank", "title": "invalid", "status": 422, "detail": "/reason: is missing",
        "errors": [{ "pointer": "/reason", "reason": "is missing" }],
    })));
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

fn one_route(paper: &mut Paper, pack: &Labels, route: &Route) {
    paper.raw("<h3><code>");
    paper.text(&format!("{} {}", route.verb.name(), route.path));
    paper.raw("</code></h3>");
    paper.line(route.says);
    paper.raw("<p>");
    paper.words("谁可以：", "Who:");
    paper.raw(" ");
    paper.said(route.who.said());
    for role in route.who.roles() {
        let (zh, en) = labels(pack, "role", role.name());
        paper.raw(" · ");
        paper.words(zh, en);
    }
    paper.raw("</p>");
    if !route.parameters.is_empty() {
        parameters(paper, route);
    }
    if !route.body.is_empty() {
        paper.raw("<p>");
        paper.words("正文：", "Body:");
        paper.raw(" ");
        shapes(paper, &route.body);
        paper.raw("</p>");
    }
    paper.raw("<p>");
    paper.words("回答：", "Answers:");
    paper.raw(" ");
    paper.tag("code", &route.status.to_string());
    paper.raw(" ");
    paper.said(meaning(route.status));
    paper.raw(" ");
    shapes(paper, &route.answers);
    for status in route.errors {
        paper.raw(" · ");
        paper.tag("code", &status.to_string());
        paper.raw(" ");
        paper.said(meaning(*status));
    }
    paper.raw("</p>");
    if !route.example.is_empty() {
        paper.pre(route.example);
    }
}

/// Content types, with the component's name where the shape has one.
fn shapes(paper: &mut Paper, shapes: &[super::route::Shape]) {
    for (index, shape) in shapes.iter().enumerate() {
        if index > 0 {
            paper.raw(", ");
        }
        paper.tag("code", shape.kind);
        let many = shape.schema.get("items").is_some();
        let schema = shape.schema.get("items").unwrap_or(&shape.schema);
        if let Some(name) = schema
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|pointer| pointer.rsplit('/').next())
        {
            paper.raw(" ");
            let name = if many {
                format!("[{name}]")
            } else {
                name.to_owned()
            };
            paper.tag("code", &name);
        }
    }
}

fn parameters(paper: &mut Paper, route: &Route) {
    let heads = [
        said("参数", "Parameter"),
        said("在", "In"),
        said("含义", "Meaning"),
    ];
    paper.table(&heads, |paper| {
        for parameter in &route.parameters {
            paper.raw("<tr><td>");
            paper.tag("code", parameter.name);
            paper.raw("</td><td>");
            paper.text(match parameter.place {
                Place::Path => "path",
                Place::Query => "query",
            });
            paper.raw("</td><td>");
            paper.said(parameter.says);
            paper.raw("</td></tr>");
        }
    });
}

fn observations(paper: &mut Paper) {
    paper.heading(
        "observations",
        said("观测的格式与限制", "Observations and their limits"),
    );
    let heads = [
        said("kind", "kind"),
        said("含义", "Means"),
        said("还须有", "Also needs"),
    ];
    paper.table(&heads, |paper| {
        for kind in &KINDS {
            paper.raw("<tr><td>");
            paper.tag("code", kind.name);
            paper.raw("</td><td>");
            paper.said(kind.says);
            paper.raw("</td><td>");
            paper.tag("code", kind.needs);
            paper.raw("</td></tr>");
        }
    });
    for kind in &KINDS {
        paper.pre(&(kind.example)().to_string());
    }
    paper.table(&[said("项", "What"), said("限制", "Limit")], |paper| {
        for (what, limit) in &LIMITS {
            paper.raw("<tr><td>");
            paper.said(*what);
            paper.raw("</td><td>");
            paper.said(*limit);
            paper.raw("</td></tr>");
        }
    });
    paper.line(said(
        "压缩：Content-Encoding 为 gzip、zstd 或 br。回执示例：",
        "Compression: Content-Encoding gzip, zstd or br. A receipt:",
    ));
    paper.pre(&pretty(&json!({
        "accepted": 498, "duplicates": 1, "conflicts": 0,
        "rejected": [{ "index": 7, "pointer": "/position", "reason": "latitude 123.4 is outside -90..90" }],
    })));
}

fn live(paper: &mut Paper) {
    paper.heading("messages", said("实时消息", "Live messages"));
    let steps = [
        (
            said(
                "→ 订阅；视野每移动一次再发一次",
                "→ subscribe; again whenever the view moves",
            ),
            r#"{"subscribe": {"bbox": [113.5, 22.6, 114.3, 23.2], "zoom": 12, "layers": ["incidents","alarms","units","sensors","heat"], "filter": "severity<=2 and town=虎门镇", "resume": null}}"#,
        ),
        (
            said(
                "← 全图；若 resume 仍有效，则补上错过的增量",
                "← the whole picture; or, if the token still holds, the deltas missed",
            ),
            r#"{"snapshot": {"position": 8123, "resume": "T", "incidents": [], "alarms": [], "units": [], "sensors": [], "cells": [{"h3": "88411c5a11fffff", "count": 12}], "now": "2026-11-23T01:15:00Z"}}"#,
        ),
        (
            said(
                "← 移动视野后，进入与离开的",
                "← after a move, what enters and what leaves",
            ),
            r#"{"enter": {"position": 8124, "resume": "T1", "incidents": [], …}, "removed": [{"layer": "units", "id": "p-7", "why": "left_view"}]}"#,
        ),
        (
            said(
                "← 增量；from 必等于上次收到的位置，每秒至多 20 次，否则会先发 resync",
                "← a delta; from equals the last position sent, at most 20 a second; otherwise a resync comes first",
            ),
            r#"{"delta": {"from": 8123, "to": 8127, "resume": "T2", "incidents": [], …, "removed": [{"layer": "incidents", "id": "i5-0", "why": "filtered"}]}}"#,
        ),
        (
            said(
                "← 断档、令牌失效或太慢：随后重发全图",
                "← a gap, an unknown token, or too slow: a new snapshot follows",
            ),
            r#"{"resync": "reason"}"#,
        ),
        (
            said(
                "→ ← 核对：对本订阅各行 layer|id|revision|lon×10⁶|lat×10⁶ 排序、以换行相连，取 SHA-256",
                "→ ← check: SHA-256 over this subscription's lines layer|id|revision|lon×10⁶|lat×10⁶, sorted, joined by \\n",
            ),
            "{\"digest\": true}\n{\"digest\": {\"position\": 8127, \"count\": 412, \"sha256\": \"…\"}}",
        ),
        (
            said(
                "← 消息不被接受；什么都没有改变",
                "← a message was not taken; nothing changed",
            ),
            r#"{"error": {"code": "…", "detail": "…"}}"#,
        ),
    ];
    for (says, message) in steps {
        paper.line(says);
        paper.pre(message);
    }
    paper.line(said(
        "服务器每 20 秒 ping；60 秒无声则断开。权限变化或会话结束，1 秒内关闭。",
        "Ping every 20 s; silent for 60 s is dropped. A changed role or ended session closes the socket within 1 s.",
    ));
}
