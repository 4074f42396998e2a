//! The documentation is whole: it parses, points nowhere empty, and names what the code names.

use std::collections::{BTreeMap, BTreeSet};

use domain::account::Role;
use domain::clock::ClockKind;
use domain::lifecycle::{CommandName, State, TABLE};
use domain::wire::{ClientMessage, ServerMessage, Subscription};
use serde_json::Value;

use super::names::{fields_of, variants_of};
use super::observations::KINDS;
use super::route::Place;
use super::{commands, openapi, page, table};

fn document() -> Value {
    serde_json::from_str(&openapi::document().to_string()).expect("a JSON document")
}

/// Every object of the document, whatever its depth.
fn objects<'v>(value: &'v Value, found: &mut Vec<&'v serde_json::Map<String, Value>>) {
    match value {
        Value::Object(members) => {
            found.push(members);
            for member in members.values() {
                objects(member, found);
            }
        }
        Value::Array(items) => {
            for item in items {
                objects(item, found);
            }
        }
        _ => {}
    }
}

#[test]
fn every_reference_points_at_something() {
    let document = document();
    assert_eq!(document["openapi"], "3.1.0");
    let mut found = Vec::new();
    objects(&document, &mut found);
    let mut references = 0;
    for members in found {
        let mapped = members.get("mapping").and_then(Value::as_object);
        let pointers = members
            .get("$ref")
            .into_iter()
            .chain(mapped.into_iter().flat_map(|mapping| mapping.values()));
        for pointer in pointers.filter_map(Value::as_str) {
            let inside = pointer.strip_prefix('#').expect("only within the document");
            assert!(
                document.pointer(inside).is_some(),
                "{pointer} points nowhere"
            );
            references += 1;
        }
    }
    assert!(references > 200, "{references} references");
}

#[test]
fn every_required_field_is_described_and_every_described_field_is_sent() {
    let document = document();
    let mut found = Vec::new();
    objects(&document, &mut found);
    for members in found {
        let (Some(Value::Array(required)), Some(Value::Object(properties))) =
            (members.get("required"), members.get("properties"))
        else {
            continue;
        };
        for name in required.iter().filter_map(Value::as_str) {
            assert!(
                properties.contains_key(name),
                "{name} is not described in {properties:?}"
            );
        }
    }
    let schemas = &document["components"]["schemas"];
    for name in [
        "Incident",
        "Deadline",
        "Evidence",
        "TimelineEntry",
        "Why",
        "Unit",
        "Sensor",
        "Measured",
        "Alarm",
        "Cell",
        "Snapshot",
        "Delta",
        "Enter",
        "Removed",
        "Digest",
        "LiveError",
        "Department",
        "Category",
        "Theme",
        "Indicator",
        "Trend",
        "Point",
        "Missing",
        "Figure",
        "Stats",
        "Feed",
        "FeedClock",
        "NotHeard",
    ] {
        let described = schemas[name]["properties"]
            .as_object()
            .map_or(0, serde_json::Map::len);
        let sent = schemas[name]["required"].as_array().map_or(0, Vec::len);
        assert!(
            sent > 0 && described == sent,
            "{name}: {described} described, {sent} sent"
        );
    }
}

#[test]
fn every_command_state_and_role_is_in_the_document() {
    let document = document();
    let schemas = &document["components"]["schemas"];
    let words = |name: &str| -> BTreeSet<&str> {
        schemas[name]["enum"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect()
    };
    assert_eq!(words("State"), State::ALL.map(State::name).into());
    assert_eq!(words("Role"), Role::ALL.map(Role::name).into());
    assert_eq!(
        words("CommandName"),
        CommandName::ALL
            .iter()
            .map(|command| command.name())
            .collect()
    );
    for row in TABLE {
        let schema = &schemas[format!("Command-{}", row.command)];
        assert_eq!(schema["properties"]["command"]["const"], row.command.name());
        let required: Vec<&str> = schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        for argument in row.arguments {
            assert!(
                commands::argument_schema(argument.name).is_some(),
                "nobody described {}",
                argument.name
            );
            assert!(schema["properties"].get(argument.name).is_some());
            assert_eq!(
                required.contains(&argument.name),
                argument.required,
                "{} of {}",
                argument.name,
                row.command
            );
        }
        assert_eq!(
            schema["x-roles"].as_array().map(Vec::len),
            Some(row.roles.len())
        );
        assert_eq!(
            schema["x-from"].as_array().map(Vec::len),
            Some(row.from.len())
        );
    }
    assert_eq!(
        schemas["Command"]["oneOf"].as_array().map(Vec::len),
        Some(CommandName::ALL.len())
    );
}

#[test]
fn every_message_of_the_live_stream_is_in_the_document() {
    let document = document();
    let named = |component: &str| -> BTreeSet<&str> {
        document["components"]["schemas"][component]["oneOf"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|one| one["required"][0].as_str())
            .collect()
    };
    let known = |names: &'static [&'static str]| names.iter().copied().collect::<BTreeSet<_>>();
    assert_eq!(
        named("LiveClientMessage"),
        known(variants_of::<ClientMessage>())
    );
    assert_eq!(
        named("LiveServerMessage"),
        known(variants_of::<ServerMessage>())
    );
    let subscribe = &document["components"]["schemas"]["Subscribe"]["properties"];
    for field in fields_of::<Subscription>() {
        assert!(
            subscribe.get(field).is_some(),
            "subscribe's {field} is not described"
        );
    }
}

#[test]
fn routes_are_told_apart_and_say_what_their_paths_hold() {
    let mut seen = BTreeSet::new();
    let mut operations = BTreeSet::new();
    let document = document();
    for route in table::routes() {
        assert!(
            seen.insert((route.verb, route.path)),
            "{} twice",
            route.path
        );
        let operation = &document["paths"][route.path][route.verb.name().to_lowercase()];
        let id = operation["operationId"].as_str().expect("an id");
        assert!(operations.insert(id.to_owned()), "{id} twice");
        let in_path: Vec<String> = route
            .parameters
            .iter()
            .filter(|parameter| parameter.place == Place::Path)
            .map(|parameter| format!("{{{}}}", parameter.name))
            .collect();
        assert_eq!(
            route.path.matches('{').count(),
            in_path.len(),
            "{}",
            route.path
        );
        for parameter in in_path {
            assert!(
                route.path.contains(&parameter),
                "{} has no {parameter}",
                route.path
            );
        }
    }
    assert!(seen.len() >= 25, "{} routes", seen.len());
}

/// The router itself refuses two handlers of one method and path, and paths it cannot read.
#[test]
fn the_router_is_made_of_the_table() {
    let router = super::served();
    assert!(router.has_routes());
}

#[test]
fn every_kind_of_observation_has_an_example_of_that_kind() {
    for kind in &KINDS {
        let example = (kind.example)();
        assert_eq!(example["kind"], kind.name);
        for field in ["source", "id", "time"] {
            assert!(example.get(field).is_some(), "{} lacks {field}", kind.name);
        }
    }
}

#[test]
fn the_page_shows_every_route_command_and_word_and_runs_nothing() {
    let words = BTreeMap::from([("command.claim".to_owned(), "认领<script>".to_owned())]);
    let html = page::page(
        &BTreeMap::from([("zh".to_owned(), words)]),
        Some("/pkg/x/tokens.css"),
    );
    for route in table::routes() {
        let heading = format!("<code>{} {}</code>", route.verb.name(), route.path);
        assert!(html.contains(&heading), "{heading}");
    }
    let names = CommandName::ALL.iter().map(|command| command.name());
    let names = names
        .chain(State::ALL.map(State::name))
        .chain(Role::ALL.map(Role::name));
    for name in names.chain(ClockKind::ALL.map(ClockKind::name)) {
        assert!(html.contains(&format!("<code>{name}</code>")), "{name}");
    }
    assert!(
        html.contains("认领&lt;script&gt;") && !html.contains("<script"),
        "no script of anybody's"
    );
    assert!(
        !html.contains("http://") && !html.contains("https://"),
        "nothing from elsewhere"
    );
    for anchor in html
        .split("href=\"#")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
    {
        assert_eq!(
            html.matches(&format!("id=\"{anchor}\"")).count(),
            1,
            "#{anchor}"
        );
    }
    assert!(html.matches("href=\"#").count() >= 14);
}
