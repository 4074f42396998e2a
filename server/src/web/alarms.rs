//! Alarms: those that stand, and the commands silence, acknowledge, reset, shelve, unshelve.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use domain::alarm::Alarm;
use domain::change::{CommandAnswer, Outcome};
use domain::choice::AlarmChoice;
use domain::command::{AlarmCommand, AlarmCommandGiven, Input};
use domain::ids::{AlarmId, BlockNumber, CommandId};
use domain::policy::Audience;
use domain::time::Timestamp;
use domain::view;
use domain::wire::AlarmView;
use serde::Deserialize;

use super::Office;
use super::choice_query::AlarmQuery;
use super::forms::{Form, answer};
use super::incidents::{language_of, reading};
use super::problem::{Pointed, Problem};

pub async fn list(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
    Query(query): Query<AlarmQuery>,
) -> Result<Response, Problem> {
    let identity = office.who(&headers)?;
    let choice = query.checked().map_err(Problem::invalid)?;
    let form = Form::wanted(&headers);
    office.exported(&identity, form, "alarms").await?;
    let audience = identity.audience(&office.back.city());
    let alarms = alarms_of(&office, &audience, &choice).await?;
    Ok(answer(
        form,
        "alarms",
        &alarms,
        |alarm| alarm.position,
        None,
    ))
}

/// Those of the choice that the audience may see.
pub(super) async fn alarms_of(
    office: &Arc<Office>,
    audience: &Audience,
    choice: &AlarmChoice,
) -> Result<Vec<Arc<AlarmView>>, Problem> {
    // Alarms belong to the duty room.
    if *audience != Audience::City {
        return Ok(Vec::new());
    }
    let mut alarms = reading(office, |records| records.alarms())
        .await?
        .map_err(Problem::failed)?;
    alarms.retain(|alarm| choice.fits(alarm));
    Ok(alarms)
}

#[derive(Deserialize)]
struct Body {
    id: Option<CommandId>,
    command: String,
    as_of: Option<u64>,
    until: Option<Timestamp>,
    reason: Option<String>,
}

impl Body {
    fn command(&self) -> Result<AlarmCommand, Vec<Pointed>> {
        let missing = |name: &str| {
            vec![Pointed {
                pointer: format!("/{name}"),
                reason: "is missing".into(),
            }]
        };
        match self.command.as_str() {
            "silence" => Ok(AlarmCommand::Silence),
            "acknowledge" => Ok(AlarmCommand::Acknowledge),
            "reset" => Ok(AlarmCommand::Reset),
            "unshelve" => Ok(AlarmCommand::Unshelve),
            "shelve" => Ok(AlarmCommand::Shelve {
                until: self.until.ok_or_else(|| missing("until"))?,
                reason: self
                    .reason
                    .clone()
                    .filter(|reason| !reason.trim().is_empty())
                    .ok_or_else(|| missing("reason"))?,
            }),
            other => Err(vec![Pointed {
                pointer: "/command".into(),
                reason: format!(
                    "\"{other}\" is not one of silence, acknowledge, reset, shelve, unshelve"
                ),
            }]),
        }
    }
}

pub async fn command(
    State(office): State<Arc<Office>>,
    method: Method,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<AlarmView>, Problem> {
    let (_, actor) = office.acting(&method, &headers)?;
    let alarm: AlarmId = id
        .parse()
        .map_err(|_| Problem::not_found(format!("There is no alarm \"{id}\".")))?;
    let body: Body = serde_json::from_slice(&body)
        .map_err(|error| Problem::unreadable(format!("The body is not as expected: {error}")))?;
    let command = body.command().map_err(Problem::invalid)?;
    let given = AlarmCommandGiven {
        id: body.id,
        alarm,
        by: actor,
        as_of: BlockNumber(body.as_of.unwrap_or_else(|| office.back.position())),
        command,
    };
    let taken = office
        .back
        .carry_out(vec![Input::AlarmCommand(Box::new(given))])
        .await?;
    let answer = match taken.outcomes.into_iter().next() {
        Some(Outcome::AlarmCommand(answer)) => answer,
        Some(Outcome::AlarmRepeated(_, id)) => first_answer(&office, id).await?.answer,
        _ => return Err(Problem::failed("the command was not answered")),
    };
    match answer {
        Ok(alarm) => Ok(Json(view::alarm(&alarm))),
        Err(refusal) => Err(Problem::refused(&refusal, language_of(&headers))),
    }
}

async fn first_answer(office: &Office, id: CommandId) -> Result<CommandAnswer<Alarm>, Problem> {
    reading(office, move |records| records.alarm_answer(id))
        .await?
        .map_err(Problem::failed)?
        .ok_or_else(|| Problem::failed("the first answer to this command is not at hand"))
}
