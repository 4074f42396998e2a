//! The commands of an incident, documented from `lifecycle::TABLE` and from nothing else.

use domain::attachment::MOST_AN_INCIDENT;
use domain::lifecycle::{Guard, Outcome, Row, State, TABLE};
use serde_json::{Map, Value, json};

use super::route::{Said, said};
use super::shapes::{flag, list, named, or_null, text};

/// `Command` and one `Command-NAME` for each row.
pub fn schemas() -> Map<String, Value> {
    let mut schemas = Map::new();
    let mut mapping = Map::new();
    for row in TABLE {
        let name = component(row);
        let pointer = format!("#/components/schemas/{name}");
        mapping.insert(row.command.name().to_owned(), json!(pointer));
        schemas.insert(name, schema(row));
    }
    let each: Vec<Value> = TABLE.iter().map(|row| named(&component(row))).collect();
    schemas.insert(
        "Command".to_owned(),
        json!({ "oneOf": each, "discriminator": { "propertyName": "command", "mapping": mapping } }),
    );
    schemas
}

fn component(row: &Row) -> String {
    format!("Command-{}", row.command)
}

fn schema(row: &Row) -> Value {
    let mut properties = Map::new();
    let mut required = vec!["id", "command"];
    properties.insert(
        "id".to_owned(),
        json!({ "type": "string", "format": "uuid", "description": "the same id again gets the first answer" }),
    );
    properties.insert("command".to_owned(), json!({ "const": row.command.name() }));
    properties.insert(
        "expected_revision".to_owned(),
        json!({ "type": "integer", "minimum": 0, "description": "409 if the revision moved" }),
    );
    properties.insert(
        "after".to_owned(),
        json!({ "type": "string", "format": "uuid", "description": "a command that must have been carried out before" }),
    );
    for argument in row.arguments {
        let schema = argument_schema(argument.name).unwrap_or_else(|| json!({}));
        if argument.required {
            required.push(argument.name);
            properties.insert(argument.name.to_owned(), schema);
        } else {
            properties.insert(argument.name.to_owned(), or_null(schema));
        }
    }
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "x-from": from(row),
        "x-to": to(row),
        "x-roles": row.roles,
        "x-second": row.second,
        "x-department": row.department.name(),
        "description": guard(row.guard).map(|said| format!("{} · {}", said.zh, said.en)).unwrap_or_default(),
    })
}

pub fn from(row: &Row) -> Vec<&'static str> {
    row.from.iter().map(|state| state.name()).collect()
}

/// The states a command leads to; empty where it leaves the state alone.
pub fn to(row: &Row) -> Vec<&'static str> {
    match row.outcome {
        Outcome::Stays => Vec::new(),
        outcome => outcome
            .targets(State::Registered)
            .into_iter()
            .map(State::name)
            .collect(),
    }
}

/// The shape of an argument, by its name; None for a name nobody has described.
pub fn argument_schema(name: &str) -> Option<Value> {
    Some(match name {
        "category" => named("CategoryCode"),
        "severity" => named("Severity"),
        "position" => named("Position"),
        "lead" | "department" => named("Id"),
        "supporting" => list(named("Id")),
        "into" | "incident" => named("IncidentId"),
        "evidence" => list(named("EvidenceId")),
        "confirmed" | "passed" | "approved" | "satisfied" | "done" => flag(),
        "reason" | "text" | "title" => text(),
        "until" | "answer_by" => named("Time"),
        "instruction" => {
            json!({ "type": "integer", "minimum": 1, "description": "its number; the oldest open one unless said" })
        }
        "eta_minutes" => json!({ "type": "integer", "minimum": 1, "maximum": 1440 }),
        "unit" => named("Id"),
        "item" => {
            json!({ "type": "string", "description": "the id of an item of the incident's `plan`" })
        }
        "mentions" => {
            json!({ "type": "array", "items": text(), "maxItems": 50, "description": "ids of departments, names of accounts" })
        }
        "attachments" => {
            json!({ "type": "array", "items": named("AttachmentId"), "maxItems": MOST_AN_INCIDENT, "description": "files of this incident, each once" })
        }
        "standard" => {
            json!({ "type": "string", "description": "one of the incident's `standards`" })
        }
        _ => return None,
    })
}

/// What must hold besides state and role.
pub fn guard(guard: Guard) -> Option<Said> {
    Some(match guard {
        Guard::None => return None,
        Guard::CategorySet => said("类别已定", "a category is set"),
        Guard::AfterReturn => said(
            "主责部门退回之后",
            "after the lead returned it, undecided yet",
        ),
        Guard::ExtensionAsked => said("已申请延期而未审批", "an extension was asked for"),
        Guard::ExtensionLeft => said("至多两次，超时后不可", "at most two, and none once overdue"),
        Guard::SuspensionAsked => said("已申请挂账而未审批", "a suspension was asked for"),
        Guard::SuspensionLeft => said("至多一次，挂账中不可", "once, and not while suspended"),
        Guard::Suspended => said("挂账中", "while suspended"),
        Guard::InstructionOpen => said("有批示待回复", "an instruction waits for an answer"),
        Guard::AppealAsked => said("已提出申诉", "an appeal was made"),
        Guard::StandardKnown => said(
            "标准须是该类别的结案标准之一",
            "the standard is one of the category's",
        ),
        Guard::PlanInUse => said("按预案处置", "it is worked by a plan"),
        Guard::NotVerifying => said("尚未派核", "nobody verifies it yet"),
    })
}
