//! The arguments of commands as fields of a form, and what was typed as the body of a request.
//! Plain Rust: the lifecycle's table names the arguments, this says how each is asked for.

use std::collections::{BTreeMap, BTreeSet};

use domain::ids::{CommandId, IncidentId};
use domain::lifecycle::{Argument, CommandName, row_of};
use domain::place::Position;

use crate::json::Json;
use crate::text::{Message, number};

/// How an argument is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Line,
    Lines,
    YesNo,
    Category,
    Severity,
    Position,
    Department,
    Departments,
    Standard,
    Incident,
    Evidence,
    /// Files of the incident.
    Files,
    /// A day, until its evening.
    Day,
    Count,
    /// An item of the check list.
    Item,
}

/// What a form asks for. Where somebody stands who acts his device says, if it is asked at all.
pub fn fields(command: CommandName) -> impl Iterator<Item = &'static Argument> {
    let of_the_incident = command == CommandName::SetPosition;
    let arguments = row_of(command).arguments.iter();
    arguments.filter(move |argument| of_the_incident || argument.name != "position")
}

/// How the argument of that name is asked for, and what it is called.
pub fn asked(argument: &str) -> Option<(Kind, Message)> {
    Some(match argument {
        "reason" => (Kind::Lines, Message::ArgReason),
        "text" => (Kind::Lines, Message::ArgText),
        "title" => (Kind::Line, Message::ArgTitle),
        "category" => (Kind::Category, Message::ArgCategory),
        "severity" => (Kind::Severity, Message::ArgSeverity),
        "position" => (Kind::Position, Message::ArgPosition),
        "lead" => (Kind::Department, Message::ArgLead),
        "department" => (Kind::Department, Message::ArgDepartment),
        "supporting" => (Kind::Departments, Message::ArgSupporting),
        "standard" => (Kind::Standard, Message::ArgStandard),
        "into" => (Kind::Incident, Message::ArgInto),
        "incident" => (Kind::Incident, Message::ArgIncident),
        "evidence" => (Kind::Evidence, Message::ArgEvidence),
        "confirmed" => (Kind::YesNo, Message::ArgConfirmed),
        "passed" => (Kind::YesNo, Message::ArgPassed),
        "approved" => (Kind::YesNo, Message::ArgApproved),
        "satisfied" => (Kind::YesNo, Message::ArgSatisfied),
        "done" => (Kind::YesNo, Message::ArgDone),
        "item" => (Kind::Item, Message::ArgItem),
        "until" => (Kind::Day, Message::ArgUntil),
        "answer_by" => (Kind::Day, Message::ArgAnswerBy),
        "instruction" => (Kind::Count, Message::ArgInstruction),
        "eta_minutes" => (Kind::Count, Message::ArgMinutes),
        "unit" => (Kind::Line, Message::ArgUnit),
        "mentions" => (Kind::Departments, Message::ArgMentions),
        "attachments" => (Kind::Files, Message::ArgAttachments),
        _ => return None,
    })
}

/// What a person has typed and chosen so far.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Draft {
    pub words: BTreeMap<&'static str, String>,
    pub choices: BTreeMap<&'static str, BTreeSet<String>>,
}

/// Why a draft cannot be sent yet.
#[derive(Clone, PartialEq, Debug)]
pub enum Unready {
    Missing(Message),
    NotAPosition,
    NotAnIncident(String),
}

impl Draft {
    pub fn word(&self, argument: &str) -> &str {
        self.words.get(argument).map_or("", |word| word.trim())
    }

    /// The body of the request. `incident_named` finds an incident by its number; `offset` is the city's, as `+08:00`.
    pub fn body(
        &self,
        id: CommandId,
        command: CommandName,
        expected_revision: u32,
        offset: &str,
        incident_named: impl Fn(&str) -> Option<IncidentId>,
    ) -> Result<Json, Unready> {
        let mut body = vec![
            ("id", Json::from(id.to_string())),
            ("command", Json::from(command.name())),
            (
                "expected_revision",
                Json::Count(u64::from(expected_revision)),
            ),
        ];
        body.extend(self.arguments(command, offset, incident_named)?);
        Ok(Json::Object(body))
    }

    /// What the command is given with, apart from what is common to all.
    pub fn arguments(
        &self,
        command: CommandName,
        offset: &str,
        incident_named: impl Fn(&str) -> Option<IncidentId>,
    ) -> Result<Vec<(&'static str, Json)>, Unready> {
        let mut given = Vec::new();
        for argument in row_of(command).arguments {
            let Some((kind, called)) = asked(argument.name) else {
                continue;
            };
            match self.value(kind, argument.name, offset, &incident_named)? {
                Some(value) => given.push((argument.name, value)),
                None if argument.required => return Err(Unready::Missing(called)),
                None => {}
            }
        }
        Ok(given)
    }

    fn value(
        &self,
        kind: Kind,
        argument: &str,
        offset: &str,
        incident_named: impl Fn(&str) -> Option<IncidentId>,
    ) -> Result<Option<Json>, Unready> {
        let word = self.word(argument);
        Ok(match kind {
            Kind::Departments | Kind::Evidence | Kind::Files => self
                .choices
                .get(argument)
                .filter(|chosen| !chosen.is_empty())
                .map(|chosen| {
                    Json::List(chosen.iter().map(|one| Json::from(one.as_str())).collect())
                }),
            _ if word.is_empty() => None,
            Kind::YesNo => Some(Json::Flag(word == "yes")),
            Kind::Severity | Kind::Count => word.parse().ok().map(Json::Count),
            Kind::Day => Some(Json::from(format!("{word}T18:00:00{offset}"))),
            Kind::Position => Some(place(position(word).ok_or(Unready::NotAPosition)?)),
            Kind::Incident => {
                let id =
                    incident_named(word).ok_or_else(|| Unready::NotAnIncident(word.to_owned()))?;
                Some(Json::from(id.to_string()))
            }
            _ => Some(Json::from(word)),
        })
    }
}

/// A position as the contract has it.
pub fn place(at: Position) -> Json {
    Json::numbers(&[at.longitude(), at.latitude()])
}

/// Longitude and latitude, with a comma (also a Chinese one) or a space between.
pub fn position(text: &str) -> Option<Position> {
    let mut numbers = text
        .split([',', '，', ' ', '\t'])
        .filter(|part| !part.is_empty())
        .map(number::read);
    let (longitude, latitude) = (numbers.next()??, numbers.next()??);
    if numbers.next().is_some() {
        return None;
    }
    Position::from_degrees(longitude, latitude).ok()
}

/// The form `position` reads.
pub fn position_text(at: Position) -> String {
    format!(
        "{}, {}",
        number::decimals(at.longitude(), 6),
        number::decimals(at.latitude(), 6)
    )
}

#[cfg(test)]
mod tests {
    use domain::lifecycle::TABLE;

    use serde_json::{Value, json};

    use super::*;

    fn read(body: &Json) -> Value {
        serde_json::from_str(&body.text()).expect("sound JSON")
    }

    fn id() -> CommandId {
        CommandId::from_bits(7)
    }

    #[test]
    fn every_argument_of_the_table_can_be_asked_for() {
        for row in TABLE {
            for argument in row.arguments {
                assert!(
                    asked(argument.name).is_some(),
                    "{} wants {}",
                    row.command.name(),
                    argument.name
                );
            }
        }
    }

    #[test]
    fn a_return_without_a_reason_is_not_sent() {
        let mut draft = Draft::default();
        let unready = draft.body(id(), CommandName::Return, 4, "+08:00", |_| None);
        assert_eq!(unready, Err(Unready::Missing(Message::ArgReason)));
        draft.words.insert("reason", "  不属本部门职责 ".into());
        let body = draft
            .body(id(), CommandName::Return, 4, "+08:00", |_| None)
            .expect("it is complete");
        let body = read(&body);
        assert_eq!(body["reason"], "不属本部门职责");
        assert_eq!(body["command"], "return");
        assert_eq!(body["expected_revision"], 4);
        assert_eq!(body["id"], "00000000-0000-0000-0000-000000000007");
    }

    #[test]
    fn arguments_take_the_types_of_the_contract() {
        let mut draft = Draft::default();
        draft.words.insert("severity", "2".into());
        draft.words.insert("passed", "no".into());
        draft.words.insert("position", "113.75，23.02".into());
        draft.words.insert("into", "E0301".into());
        draft
            .choices
            .insert("evidence", BTreeSet::from(["e1-0".into()]));
        let body = |command| {
            let body = draft.body(id(), command, 1, "+08:00", |_| Some(IncidentId::new(5, 0)));
            read(&body.expect("complete"))
        };
        assert_eq!(body(CommandName::SetSeverity)["severity"], 2);
        assert_eq!(body(CommandName::Check)["passed"], false);
        assert_eq!(
            body(CommandName::SetPosition)["position"],
            json!([113.75, 23.02])
        );
        assert_eq!(body(CommandName::Merge)["into"], "i5-0");
        assert_eq!(body(CommandName::Split)["evidence"], json!(["e1-0"]));
        assert!(body(CommandName::Dispatch).get("lead").is_none());
    }

    #[test]
    fn a_place_or_number_that_is_none_is_said() {
        let mut draft = Draft::default();
        draft.words.insert("position", "somewhere".into());
        draft.words.insert("into", "X".into());
        assert_eq!(
            draft.body(id(), CommandName::SetPosition, 1, "+08:00", |_| None),
            Err(Unready::NotAPosition)
        );
        assert_eq!(
            draft.body(id(), CommandName::Merge, 1, "+08:00", |_| None),
            Err(Unready::NotAnIncident("X".into()))
        );
        assert_eq!(position("113.75, 23.02, 4"), None);
        assert_eq!(position("23.02, 113.75"), None);
    }
}
