//! A command's JSON made into a `Command`, every missing or wrong argument named at once with its pointer.

use domain::category::{CategoryCode, Severity};
use domain::command::Command;
use domain::ids::{CommandId, DepartmentId, EvidenceId, IncidentId};
use domain::incident::Said;
use domain::lifecycle::{CommandName, row_of};
use domain::place::Position;
use domain::time::Timestamp;
use serde_json::{Map, Value};

use super::back::Caller;
use super::problem::Pointed;

/// Of a name or a telephone number, in bytes.
const LONGEST_WORD: usize = 200;

/// What stands around the command itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Envelope {
    pub id: CommandId,
    pub expected_revision: Option<u32>,
    pub after: Option<CommandId>,
}

/// The arguments of one command, read one after the other; mistakes are gathered.
pub struct Arguments<'a> {
    body: &'a Map<String, Value>,
    pub mistakes: Vec<Pointed>,
}

impl<'a> Arguments<'a> {
    pub fn of(body: &'a Map<String, Value>) -> Self {
        Self {
            body,
            mistakes: Vec::new(),
        }
    }

    fn wrong<T>(&mut self, name: &str, reason: impl Into<String>) -> Option<T> {
        self.mistakes.push(Pointed {
            pointer: format!("/{name}"),
            reason: reason.into(),
        });
        None
    }

    fn given(&self, name: &str) -> Option<&'a Value> {
        self.body.get(name).filter(|value| !value.is_null())
    }

    fn must(&mut self, name: &str) -> Option<&'a Value> {
        match self.given(name) {
            Some(value) => Some(value),
            None => self.wrong(name, "is missing"),
        }
    }

    pub fn text(&mut self, name: &str) -> Option<String> {
        match self.must(name)? {
            Value::String(text) if text.trim().is_empty() => self.wrong(name, "must not be empty"),
            Value::String(text) => Some(text.clone()),
            _ => self.wrong(name, "must be a text"),
        }
    }

    fn text_if_given(&mut self, name: &str) -> String {
        match self.given(name) {
            None => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(_) => self
                .wrong::<String>(name, "must be a text")
                .unwrap_or_default(),
        }
    }

    /// Who reported; none where neither name nor phone was given.
    pub fn caller(&mut self) -> Option<Caller> {
        let fields = match self.given("reporter")? {
            Value::Object(fields) => fields,
            _ => return self.wrong("reporter", "must be an object with name and phone"),
        };
        let word = |name: &str| match fields.get(name) {
            None | Some(Value::Null) => Ok(String::new()),
            Some(Value::String(word)) if word.len() <= LONGEST_WORD => Ok(word.trim().to_owned()),
            Some(_) => Err(format!("must be a text of at most {LONGEST_WORD} bytes")),
        };
        let (name, phone) = match (word("name"), word("phone")) {
            (Ok(name), Ok(phone)) => (name, phone),
            (Err(why), _) => return self.wrong("reporter/name", why),
            (_, Err(why)) => return self.wrong("reporter/phone", why),
        };
        let confidential = match fields.get("confidential") {
            None | Some(Value::Null) => false,
            Some(Value::Bool(flag)) => *flag,
            Some(_) => return self.wrong("reporter/confidential", "must be true or false"),
        };
        (!name.is_empty() || !phone.is_empty()).then_some(Caller {
            name,
            phone,
            confidential,
        })
    }

    fn flag(&mut self, name: &str) -> Option<bool> {
        match self.must(name)? {
            Value::Bool(flag) => Some(*flag),
            _ => self.wrong(name, "must be true or false"),
        }
    }

    /// A text that reads as some id or code.
    fn parsed<T: std::str::FromStr>(&mut self, name: &str) -> Option<T>
    where
        T::Err: std::fmt::Display,
    {
        let value = self.must(name)?;
        self.parse(name, value)
    }

    pub fn parsed_if_given<T: std::str::FromStr>(&mut self, name: &str) -> Option<T>
    where
        T::Err: std::fmt::Display,
    {
        let value = self.given(name)?;
        self.parse(name, value)
    }

    fn parse<T: std::str::FromStr>(&mut self, name: &str, value: &Value) -> Option<T>
    where
        T::Err: std::fmt::Display,
    {
        match value {
            Value::String(text) => match text.parse() {
                Ok(parsed) => Some(parsed),
                Err(error) => self.wrong(name, format!("{error}")),
            },
            _ => self.wrong(name, "must be a text"),
        }
    }

    fn list<T: std::str::FromStr>(&mut self, name: &str, required: bool) -> Option<Vec<T>>
    where
        T::Err: std::fmt::Display,
    {
        let value = if required {
            self.must(name)?
        } else {
            self.given(name)?
        };
        let Value::Array(items) = value else {
            return self.wrong(name, "must be a list of texts");
        };
        let mut parsed = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            parsed.extend(self.parse::<T>(&format!("{name}/{index}"), item));
        }
        (parsed.len() == items.len()).then_some(parsed)
    }

    pub fn severity(&mut self, name: &str) -> Option<Severity> {
        let value = self.must(name)?;
        let level = value.as_u64().and_then(|level| u8::try_from(level).ok());
        match level.map(Severity::try_from) {
            Some(Ok(severity)) => Some(severity),
            _ => self.wrong(name, "must be 1 (highest), 2, 3 or 4"),
        }
    }

    pub fn position(&mut self, name: &str) -> Option<Position> {
        let pair = match self.must(name)? {
            Value::Array(pair) => pair,
            _ => return self.wrong(name, "must be [longitude, latitude]"),
        };
        match pair.as_slice() {
            [longitude, latitude] => match (longitude.as_f64(), latitude.as_f64()) {
                (Some(longitude), Some(latitude)) => {
                    match Position::from_degrees(longitude, latitude) {
                        Ok(position) => Some(position),
                        Err(error) => self.wrong(name, error.to_string()),
                    }
                }
                _ => self.wrong(name, "must be two numbers"),
            },
            _ => self.wrong(name, "must be exactly [longitude, latitude]"),
        }
    }

    fn moment_if_given(&mut self, name: &str) -> Option<Timestamp> {
        let value = self.given(name)?;
        match value.as_str().map(Timestamp::parse_rfc3339) {
            Some(Ok(moment)) => Some(moment),
            Some(Err(error)) => self.wrong(name, error.to_string()),
            None => self.wrong(name, "must be a time such as 2026-11-23T09:15:00+08:00"),
        }
    }

    fn small_if_given(&mut self, name: &str) -> Option<u16> {
        let value = self.given(name)?;
        match value.as_u64().and_then(|number| u16::try_from(number).ok()) {
            Some(number) => Some(number),
            None => self.wrong(name, "must be a whole number"),
        }
    }

    /// What comes with the words of a command, as far as its row takes it.
    fn said(&mut self, command: CommandName) -> Said {
        let arguments = row_of(command).arguments;
        let takes = |name: &str| arguments.iter().any(|argument| argument.name == name);
        let mut said = Said::default();
        if takes("mentions") {
            said.mentions = self.list("mentions", false).unwrap_or_default();
        }
        if takes("attachments") {
            said.attachments = self.list("attachments", false).unwrap_or_default();
        }
        if takes("position") && self.is_given("position") {
            said.position = self.position("position");
        }
        said
    }

    pub fn is_given(&self, name: &str) -> bool {
        self.given(name).is_some()
    }

    pub fn category_if_given(&mut self) -> Option<CategoryCode> {
        self.parsed_if_given("category")
    }

    pub fn envelope(&mut self) -> Option<Envelope> {
        let id = self.parsed("id");
        let after = self.parsed_if_given("after");
        let expected_revision = match self.given("expected_revision") {
            None => None,
            Some(value) => match value
                .as_u64()
                .and_then(|revision| u32::try_from(revision).ok())
            {
                Some(revision) => Some(revision),
                None => self.wrong("expected_revision", "must be a whole number"),
            },
        };
        Some(Envelope {
            id: id?,
            expected_revision,
            after,
        })
    }

    pub fn name(&mut self) -> Option<CommandName> {
        self.parsed("command")
    }

    /// A command with its arguments. One that is not required and is wrong makes the whole command wrong too.
    pub fn command(&mut self, name: CommandName) -> Option<Command> {
        let before = self.mistakes.len();
        let command = self.read(name)?;
        (self.mistakes.len() == before).then_some(command)
    }

    fn read(&mut self, name: CommandName) -> Option<Command> {
        use CommandName as N;
        Some(match name {
            N::Claim => Command::Claim,
            N::Release => Command::Release,
            N::SetCategory => Command::SetCategory(self.parsed("category")?),
            N::SetSeverity => Command::SetSeverity(self.severity("severity")?),
            N::SetPosition => Command::SetPosition(self.position("position")?),
            N::SetTitle => Command::SetTitle(self.text("title")?),
            N::Verify => Command::Verify {
                confirmed: self.flag("confirmed")?,
                text: self.text_if_given("text"),
            },
            N::Register => Command::Register,
            N::Reject => Command::Reject {
                reason: self.text("reason")?,
            },
            N::Void => Command::Void {
                reason: self.text("reason")?,
            },
            N::Dispatch => Command::Dispatch {
                lead: self.parsed_if_given("lead"),
                supporting: self
                    .list::<DepartmentId>("supporting", false)
                    .unwrap_or_default(),
            },
            N::Acknowledge => Command::Acknowledge,
            N::Return => Command::Return {
                reason: self.text("reason")?,
            },
            N::DecideDispute => {
                let (lead, reason) = (self.parsed("lead"), self.text("reason"));
                Command::DecideDispute {
                    lead: lead?,
                    reason: reason?,
                }
            }
            N::Arrive => Command::Arrive {
                said: self.said(name),
            },
            N::Resolve => Command::Resolve {
                text: self.text("text")?,
                said: self.said(name),
            },
            N::Check => Command::Check {
                passed: self.flag("passed")?,
                text: self.text_if_given("text"),
            },
            N::Rework => Command::Rework {
                reason: self.text("reason")?,
            },
            N::Close => Command::Close {
                standard: self.text("standard")?,
            },
            N::ForceClose => Command::ForceClose {
                reason: self.text("reason")?,
            },
            N::Reopen => Command::Reopen {
                reason: self.text("reason")?,
            },
            N::RequestExtension => Command::RequestExtension {
                reason: self.text("reason")?,
            },
            N::DecideExtension => Command::DecideExtension {
                approved: self.flag("approved")?,
                reason: self.text_if_given("reason"),
            },
            N::RequestSuspension => {
                let (reason, until) = (self.text("reason"), self.moment_if_given("until"));
                Command::RequestSuspension {
                    reason: reason?,
                    until,
                }
            }
            N::DecideSuspension => Command::DecideSuspension {
                approved: self.flag("approved")?,
                reason: self.text_if_given("reason"),
            },
            N::Resume => Command::Resume,
            N::AddSupport => Command::AddSupport(self.parsed("department")?),
            N::RemoveSupport => Command::RemoveSupport(self.parsed("department")?),
            N::Merge => Command::Merge {
                into: self.parsed::<IncidentId>("into")?,
            },
            N::Split => Command::Split {
                evidence: self.list::<EvidenceId>("evidence", true)?,
            },
            N::Urge => Command::Urge {
                text: self.text("text")?,
            },
            N::Instruct => {
                let (text, answer_by) = (self.text("text"), self.moment_if_given("answer_by"));
                Command::Instruct {
                    text: text?,
                    answer_by,
                }
            }
            N::AnswerInstruction => {
                let (text, number) = (self.text("text"), self.small_if_given("instruction"));
                Command::AnswerInstruction {
                    text: text?,
                    instruction: number,
                }
            }
            N::Escalate => Command::Escalate {
                text: self.text("text")?,
            },
            N::Comment => Command::Comment {
                text: self.text("text")?,
                said: self.said(name),
            },
            N::Link => Command::Link {
                incident: self.parsed("incident")?,
            },
            N::RecordFeedback => Command::RecordFeedback {
                satisfied: self.flag("satisfied")?,
                text: self.text_if_given("text"),
            },
            N::Appeal => Command::Appeal {
                reason: self.text("reason")?,
            },
            N::DecideAppeal => Command::DecideAppeal {
                approved: self.flag("approved")?,
                reason: self.text_if_given("reason"),
            },
            N::RequestVerification => Command::RequestVerification {
                text: self.text_if_given("text"),
            },
            N::AcceptSupport => Command::AcceptSupport,
            N::SetOut => Command::SetOut {
                unit: self.parsed_if_given("unit"),
                eta_minutes: self.small_if_given("eta_minutes"),
                said: self.said(name),
            },
            N::Tick => {
                let (item, done) = (self.text("item"), self.flag("done"));
                Command::Tick {
                    item: item?,
                    done: done?,
                    text: self.text_if_given("text"),
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// A good value for every argument name of the table.
    fn good(name: &str) -> Value {
        match name {
            "category" => json!("E0301"),
            "severity" => json!(2),
            "position" => json!([113.75, 23.02]),
            "confirmed" | "passed" | "approved" | "satisfied" | "done" => json!(true),
            "supporting" | "mentions" => json!(["cgj"]),
            "until" | "answer_by" => json!("2026-11-23T09:15:00+08:00"),
            "instruction" | "eta_minutes" => json!(2),
            "into" | "incident" => json!("i5-0"),
            "evidence" => json!(["e5-1"]),
            "attachments" => json!(["f5-1"]),
            _ => json!("有话"),
        }
    }

    #[test]
    fn every_command_reads_with_its_arguments_and_names_each_that_is_missing() {
        for name in CommandName::ALL {
            let row = row_of(*name);
            let mut body = Map::new();
            for argument in row.arguments {
                body.insert(argument.name.to_owned(), good(argument.name));
            }
            let mut whole = Arguments::of(&body);
            let command = whole.command(*name);
            assert_eq!(
                command.map(|command| command.name()),
                Some(*name),
                "{name}: {:?}",
                whole.mistakes
            );
            for argument in row.arguments.iter().filter(|argument| argument.required) {
                let mut short = body.clone();
                short.remove(argument.name);
                let mut arguments = Arguments::of(&short);
                assert!(
                    arguments.command(*name).is_none(),
                    "{name} without {}",
                    argument.name
                );
                let pointer = format!("/{}", argument.name);
                assert!(
                    arguments
                        .mistakes
                        .iter()
                        .any(|mistake| mistake.pointer == pointer)
                );
            }
        }
    }

    #[test]
    fn wrong_types_are_named_and_nothing_is_guessed() {
        let body = json!({"passed": "yes", "position": [23.0, 113.7], "severity": 9, "evidence": ["e1-0", 7]});
        let Value::Object(body) = body else {
            panic!("an object")
        };
        let mut arguments = Arguments::of(&body);
        assert!(arguments.command(CommandName::Check).is_none());
        assert!(arguments.position("position").is_none());
        assert!(arguments.severity("severity").is_none());
        assert!(arguments.command(CommandName::Split).is_none());
        let pointers: Vec<&str> = arguments
            .mistakes
            .iter()
            .map(|mistake| mistake.pointer.as_str())
            .collect();
        assert_eq!(
            pointers,
            ["/passed", "/position", "/severity", "/evidence/1"]
        );
        assert!(
            arguments.mistakes[1].reason.contains("swapped"),
            "{:?}",
            arguments.mistakes[1]
        );
    }
}
