//! The table of routes as an OpenAPI 3.1 document. Says nothing that the table and the shapes do not say.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::route::{Group, Parameter, Place, Route, Said, Shape, Who};
use super::schemas;
use super::table;

pub fn document() -> Value {
    let mut paths = Map::new();
    for route in table::routes() {
        let path = paths
            .entry(route.path)
            .or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(methods) = path {
            methods.insert(route.verb.name().to_lowercase(), operation(&route));
        }
    }
    let tags: Vec<Value> = Group::ALL
        .into_iter()
        .map(|group| json!({ "name": group.id(), "description": both(group.title()) }))
        .collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "鼓楼 · Gulou",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "城市运行中心的公开接口 · the public contract of the city operations centre. \
                            Errors are checked in the order 401, 404, 403, 422, 409.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "tags": tags,
        "paths": paths,
        "components": {
            "schemas": schemas::all(),
            "securitySchemes": {
                "key": { "type": "http", "scheme": "bearer" },
                "session": {
                    "type": "apiKey", "in": "cookie", "name": crate::web::identity::SESSION_COOKIE,
                    "description": "writes also need a same-origin Origin header",
                },
            },
        },
    })
}

fn both(says: Said) -> String {
    format!("{} · {}", says.zh, says.en)
}

fn operation(route: &Route) -> Value {
    let mut operation = json!({
        "operationId": operation_id(route),
        "tags": [route.group.id()],
        "summary": both(route.says),
        "security": security(route.who),
        "responses": responses(route),
        "x-roles": route.who.roles(),
    });
    if let Value::Object(members) = &mut operation {
        if !route.parameters.is_empty() {
            let parameters: Vec<Value> = route.parameters.iter().map(parameter).collect();
            members.insert("parameters".to_owned(), json!(parameters));
        }
        if !route.body.is_empty() {
            let body = json!({ "required": true, "content": content(&route.body) });
            members.insert("requestBody".to_owned(), body);
        }
        if !route.example.is_empty() {
            let sample = json!([{ "lang": "shell", "source": route.example }]);
            members.insert("x-codeSamples".to_owned(), sample);
        }
    }
    operation
}

fn operation_id(route: &Route) -> String {
    let words: Vec<&str> = route
        .path
        .split(['/', '{', '}', '.'])
        .filter(|word| !word.is_empty() && !matches!(*word, "api" | "v1"))
        .collect();
    // A page often has the name of the resource it shows.
    let page = route.answers.iter().any(|shape| shape.kind == "text/html");
    let kind = if page { "_page" } else { "" };
    let verb = route.verb.name().to_lowercase();
    format!("{verb}_{}{kind}", words.join("_"))
}

fn security(who: Who) -> Value {
    match who {
        Who::Anyone => json!([]),
        Who::Reader => json!([{ "session": [] }, { "key": [] }]),
        Who::Feeder => json!([{ "key": [] }]),
        Who::Commander | Who::SignedIn | Who::Roles(_) | Who::Opener => json!([{ "session": [] }]),
    }
}

fn parameter(parameter: &Parameter) -> Value {
    json!({
        "name": parameter.name,
        "in": match parameter.place { Place::Path => "path", Place::Query => "query" },
        "required": parameter.place == Place::Path,
        "description": both(parameter.says),
        "schema": parameter.schema,
    })
}

fn content(shapes: &[Shape]) -> Value {
    let content: Map<String, Value> = shapes
        .iter()
        .map(|shape| (shape.kind.to_owned(), json!({ "schema": shape.schema })))
        .collect();
    Value::Object(content)
}

fn responses(route: &Route) -> Value {
    let mut responses = Map::new();
    let mut answer = json!({ "description": both(meaning(route.status)) });
    if let (Value::Object(members), false) = (&mut answer, route.answers.is_empty()) {
        members.insert("content".to_owned(), content(&route.answers));
    }
    responses.insert(route.status.to_string(), answer);
    for status in errors(route) {
        let content = match route.group {
            Group::Pages => json!({ "text/html": { "schema": { "type": "string" } } }),
            Group::Running => json!({ "text/plain": { "schema": { "type": "string" } } }),
            _ => {
                json!({ "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } })
            }
        };
        let refusal = json!({ "description": both(meaning(status)), "content": content });
        responses.insert(status.to_string(), refusal);
    }
    Value::Object(responses)
}

/// What the route says, and what any query or body may be answered with.
fn errors(route: &Route) -> BTreeSet<u16> {
    let mut errors: BTreeSet<u16> = route.errors.iter().copied().collect();
    if !route.parameters.is_empty() {
        errors.insert(400);
    }
    if !route.body.is_empty() {
        errors.extend([400, 413]);
    }
    errors
}

/// What a status means here.
pub fn meaning(status: u16) -> Said {
    let (zh, en) = match status {
        101 => ("改用 WebSocket", "speaks WebSocket from here"),
        200 => ("成功", "done"),
        201 => ("已登记", "written down"),
        303 => ("转到另一页", "go to another page"),
        400 => ("无法读懂", "unreadable"),
        401 => ("未登录或密钥无效", "not signed in, or no valid key"),
        403 => ("不允许", "not allowed"),
        404 => ("没有，或不在您的范围内", "not there, or outside your scope"),
        408 => ("来得太慢", "the body came too slowly"),
        409 => (
            "此状态下不可，或修订号已变",
            "not in this state, or the revision moved",
        ),
        413 => ("太大", "too large"),
        415 => ("类型不认识", "unknown content type or encoding"),
        416 => ("超出文件末尾", "beyond the end of the file"),
        422 => ("参数缺失或有误", "an argument is missing or wrong"),
        429 => (
            "太多，请按 Retry-After 再试",
            "too much; try again after Retry-After",
        ),
        503 => ("暂不可用，什么都没有收下", "not now; nothing was taken"),
        _ => ("见正文", "see the body"),
    };
    Said { zh, en }
}
