//! Whether the arguments of a command make sense in this city, and how they read in the log.

use domain::account::Actor;
use domain::attachment::{MOST_AN_INCIDENT, check_belong};
use domain::command::{Command, Refusal};
use domain::ids::{AccountName, AttachmentId, DepartmentId, IncidentId};
use domain::incident::{Incident, Said};
use domain::instruction::Instruction;
use domain::request::LONGEST_SUSPENSION_DAYS;
use domain::time::Timestamp;
use domain::turn::Turn;

use super::commands::may_read;

/// The longest text or reason, in bytes (API.md: text 64 KiB).
const LONGEST_TEXT: usize = 64 * 1024;
const LONGEST_TITLE: usize = 200;
/// A day.
const LONGEST_WAY_MINUTES: u16 = 24 * 60;
const MOST_MENTIONS: usize = 50;

fn invalid(pointer: &str, reason: impl Into<String>) -> Refusal {
    Refusal::Invalid {
        pointer: pointer.to_owned(),
        reason: reason.into(),
    }
}

pub fn check(
    turn: &Turn<'_>,
    by: &Actor,
    incident: &Incident,
    command: &Command,
) -> Result<(), Refusal> {
    match command {
        Command::SetCategory(code) if turn.city.category(*code).is_none() => Err(invalid(
            "/category",
            format!("{code} is not in the city's categories"),
        )),
        Command::SetTitle(title) => {
            let length = title.chars().count();
            if title.trim().is_empty() || length > LONGEST_TITLE {
                return Err(invalid(
                    "/title",
                    format!("{length} characters; 1 to {LONGEST_TITLE} are allowed"),
                ));
            }
            Ok(())
        }
        Command::Dispatch { lead, supporting } => {
            if let Some(department) = lead {
                known_department(turn, "/lead", department)?;
            }
            for department in supporting {
                known_department(turn, "/supporting", department)?;
            }
            Ok(())
        }
        Command::DecideDispute { lead, reason } => {
            known_department(turn, "/lead", lead)?;
            said("/reason", reason)
        }
        Command::AddSupport(department) | Command::RemoveSupport(department) => {
            known_department(turn, "/department", department)
        }
        Command::Merge { into } => other_open(turn, by, incident, "/into", *into),
        Command::Link { incident: other } => {
            if *other == incident.id {
                return Err(invalid(
                    "/incident",
                    "an incident cannot be linked with itself",
                ));
            }
            known_incident(turn, by, "/incident", *other)
        }
        Command::Split { evidence } => {
            let mut chosen = evidence.clone();
            chosen.sort_unstable();
            chosen.dedup();
            let pieces = turn.picture.evidence_of.get(&incident.id);
            for piece in &chosen {
                if !pieces.is_some_and(|pieces| pieces.contains(piece)) {
                    return Err(invalid(
                        "/evidence",
                        format!("{piece} is not evidence of this incident"),
                    ));
                }
            }
            let all = pieces.map_or(0, std::collections::BTreeSet::len);
            if chosen.is_empty() || chosen.len() >= all {
                return Err(invalid(
                    "/evidence",
                    "name at least one piece, and leave at least one",
                ));
            }
            Ok(())
        }
        Command::Close { standard } => {
            let known = incident
                .category
                .and_then(|code| turn.city.category(code))
                .is_some_and(|kind| kind.standards.contains(standard));
            if known {
                Ok(())
            } else {
                Err(invalid(
                    "/standard",
                    "it is not one of the category's closing standards",
                ))
            }
        }
        Command::RequestSuspension { reason, until } => {
            said("/reason", reason)?;
            until.map_or(Ok(()), |until| ends_in_time(turn, until))
        }
        Command::Instruct { text, answer_by } => {
            said("/text", text)?;
            match answer_by {
                Some(by) if *by <= turn.now => Err(invalid("/answer_by", "lies in the past")),
                _ => Ok(()),
            }
        }
        Command::AnswerInstruction { text, instruction } => {
            said("/text", text)?;
            let Some(number) = instruction else {
                return Ok(());
            };
            let meant = incident
                .instructions
                .iter()
                .find(|one| one.number == *number);
            match meant.map(Instruction::is_open) {
                None => Err(invalid(
                    "/instruction",
                    format!("there is no instruction {number}"),
                )),
                Some(false) => Err(invalid("/instruction", "it has been answered")),
                Some(true) => Ok(()),
            }
        }
        Command::SetOut {
            unit, eta_minutes, ..
        } => {
            if let Some(unit) = unit
                && !turn.picture.units.contains_key(unit)
            {
                return Err(invalid("/unit", format!("there is no unit \"{unit}\"")));
            }
            match eta_minutes {
                Some(minutes) if !(1..=LONGEST_WAY_MINUTES).contains(minutes) => Err(invalid(
                    "/eta_minutes",
                    format!("{minutes} is outside 1 to {LONGEST_WAY_MINUTES}"),
                )),
                _ => Ok(()),
            }
        }
        Command::Tick { item, text, .. } => {
            not_too_long("/text", text)?;
            match &incident.plan {
                Some(in_use) if in_use.item(item).is_none() => Err(invalid(
                    "/item",
                    format!("\"{item}\" is not on the check list"),
                )),
                _ => Ok(()),
            }
        }
        Command::Comment { text, said: with } => {
            said("/text", text)?;
            mentioned(turn, &with.mentions)?;
            attached(turn, incident, &with.attachments)
        }
        Command::Resolve { text, said: with } => {
            said("/text", text)?;
            attached(turn, incident, &with.attachments)
        }
        other => match required_words(other) {
            Some((pointer, words)) => said(pointer, words),
            None => Ok(()),
        },
    }
}

/// A suspension ends after now, and within a year.
fn ends_in_time(turn: &Turn<'_>, until: Timestamp) -> Result<(), Refusal> {
    if until <= turn.now {
        return Err(invalid("/until", "lies in the past"));
    }
    let longest_ms = i64::from(LONGEST_SUSPENSION_DAYS) * 24 * 60 * 60 * 1000;
    if until.since(turn.now) > longest_ms {
        return Err(invalid(
            "/until",
            format!(
                "more than {LONGEST_SUSPENSION_DAYS} days ahead; a suspension lasts a year at most"
            ),
        ));
    }
    Ok(())
}

/// Departments by id or people by the name of their account.
fn mentioned(turn: &Turn<'_>, mentions: &[String]) -> Result<(), Refusal> {
    if mentions.len() > MOST_MENTIONS {
        return Err(invalid(
            "/mentions",
            format!(
                "{} names; at most {MOST_MENTIONS} are allowed",
                mentions.len()
            ),
        ));
    }
    for (index, name) in mentions.iter().enumerate() {
        let department = DepartmentId::new(name).ok();
        let known = department.is_some_and(|id| turn.city.departments.contains_key(&id))
            || AccountName::new(name).is_ok_and(|name| turn.picture.accounts.contains_key(&name));
        if !known {
            return Err(invalid(
                &format!("/mentions/{index}"),
                format!("\"{name}\" is neither a department nor an account"),
            ));
        }
    }
    Ok(())
}

/// Files of this very incident, each named once.
fn attached(turn: &Turn<'_>, incident: &Incident, named: &[AttachmentId]) -> Result<(), Refusal> {
    if named.len() > MOST_AN_INCIDENT {
        return Err(invalid(
            "/attachments",
            format!(
                "{} files; an incident has {MOST_AN_INCIDENT} at most",
                named.len()
            ),
        ));
    }
    let at = |index: usize| format!("/attachments/{index}");
    if let Err(stranger) = check_belong(turn.picture, incident.id, named) {
        let index = named.iter().position(|id| *id == stranger);
        return Err(invalid(
            &at(index.unwrap_or_default()),
            format!("the incident has no attachment \"{stranger}\""),
        ));
    }
    let again = |(index, id): &(usize, &AttachmentId)| named[..*index].contains(id);
    match named.iter().enumerate().find(again) {
        Some((index, id)) => Err(invalid(&at(index), format!("{id} is named twice"))),
        None => Ok(()),
    }
}

fn required_words(command: &Command) -> Option<(&'static str, &str)> {
    match command {
        Command::Reject { reason }
        | Command::Void { reason }
        | Command::Return { reason }
        | Command::Rework { reason }
        | Command::ForceClose { reason }
        | Command::Reopen { reason }
        | Command::RequestExtension { reason }
        | Command::RequestSuspension { reason, .. }
        | Command::Appeal { reason } => Some(("/reason", reason)),
        Command::Urge { text }
        | Command::Instruct { text, .. }
        | Command::AnswerInstruction { text, .. }
        | Command::Escalate { text }
        | Command::Resolve { text, .. }
        | Command::Comment { text, .. } => Some(("/text", text)),
        _ => None,
    }
}

fn said(pointer: &str, words: &str) -> Result<(), Refusal> {
    if words.trim().is_empty() {
        return Err(invalid(pointer, "must not be empty"));
    }
    not_too_long(pointer, words)
}

fn not_too_long(pointer: &str, words: &str) -> Result<(), Refusal> {
    if words.len() > LONGEST_TEXT {
        return Err(invalid(
            pointer,
            format!("longer than {LONGEST_TEXT} bytes"),
        ));
    }
    Ok(())
}

fn known_department(turn: &Turn<'_>, pointer: &str, id: &DepartmentId) -> Result<(), Refusal> {
    if turn.city.departments.contains_key(id) {
        return Ok(());
    }
    Err(invalid(pointer, format!("there is no department \"{id}\"")))
}

/// What its giver may not read does not exist to him.
fn known_incident(
    turn: &Turn<'_>,
    by: &Actor,
    pointer: &str,
    id: IncidentId,
) -> Result<(), Refusal> {
    let known = turn.picture.incidents.get(&id);
    if known.is_some_and(|incident| may_read(turn, by, incident)) {
        return Ok(());
    }
    Err(invalid(pointer, format!("there is no incident {id}")))
}

fn other_open(
    turn: &Turn<'_>,
    by: &Actor,
    incident: &Incident,
    pointer: &str,
    into: IncidentId,
) -> Result<(), Refusal> {
    known_incident(turn, by, pointer, into)?;
    if into == incident.id {
        return Err(invalid(pointer, "an incident cannot be merged into itself"));
    }
    let other = turn.incident(into).ok_or(Refusal::UnknownIncident)?;
    if !other.state.is_open() {
        return Err(invalid(
            pointer,
            format!("{into} is {}, no longer open", other.state),
        ));
    }
    if other.drill != incident.drill {
        return Err(invalid(
            pointer,
            "a drill and a real incident are never merged",
        ));
    }
    Ok(())
}

/// What the log says of the arguments.
pub fn note(command: &Command) -> String {
    match command {
        Command::SetCategory(code) => code.to_string(),
        Command::SetSeverity(severity) => domain::explain::severity_mark(*severity).to_owned(),
        Command::SetPosition(at) => format!("{:.6}, {:.6}", at.longitude(), at.latitude()),
        Command::SetTitle(title) => title.clone(),
        Command::Verify {
            confirmed: yes,
            text,
        }
        | Command::Check { passed: yes, text }
        | Command::RecordFeedback {
            satisfied: yes,
            text,
        } => decided(*yes, text),
        Command::DecideExtension { approved, reason }
        | Command::DecideSuspension { approved, reason }
        | Command::DecideAppeal { approved, reason } => decided(*approved, reason),
        Command::Dispatch { lead, .. } => {
            lead.as_ref().map(ToString::to_string).unwrap_or_default()
        }
        Command::DecideDispute { lead, reason } => format!("{lead}；{reason}"),
        Command::Close { standard } => standard.clone(),
        Command::AddSupport(department) | Command::RemoveSupport(department) => {
            department.to_string()
        }
        Command::Merge { into } => into.to_string(),
        Command::Split { evidence } => evidence
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(" "),
        Command::Link { incident } => incident.to_string(),
        Command::RequestVerification { text } => text.clone(),
        Command::SetOut { unit, .. } => unit.as_ref().map(ToString::to_string).unwrap_or_default(),
        Command::Tick { item, done, text } => decided(*done, &format!("{item} {text}")),
        other => required_words(other)
            .map(|(_, words)| words.to_owned())
            .unwrap_or_default(),
    }
}

/// What came with its words.
pub fn said_with(command: &Command) -> Option<Box<Said>> {
    match command {
        Command::Arrive { said }
        | Command::Resolve { said, .. }
        | Command::Comment { said, .. }
        | Command::SetOut { said, .. } => said.boxed(),
        _ => None,
    }
}

fn decided(yes: bool, words: &str) -> String {
    let mark = if yes { "✓" } else { "✗" };
    if words.is_empty() {
        mark.to_owned()
    } else {
        format!("{mark} {words}")
    }
}
