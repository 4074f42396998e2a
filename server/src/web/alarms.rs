//! Alarms: those that stand, and commands on one of them or on many.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, Method};
use axum::response::{IntoResponse, Response};
use domain::account::Actor;
use domain::account::Role;
use domain::alarm::{Alarm, AlarmState, table};
use domain::category::Severity;
use domain::change::{CommandAnswer, Outcome};
use domain::choice::AlarmChoice;
use domain::command::{AlarmCommand, AlarmCommandGiven, Input, Refusal};
use domain::ids::{AlarmId, BlockNumber, CommandId};
use domain::policy::Audience;
use domain::time::Timestamp;
use domain::view;
use domain::wire::{AlarmAnswer, AlarmAnswers, AlarmView};
use serde::Deserialize;
use serde_json::json;

use super::Office;
use super::choice_query::AlarmQuery;
use super::forms::{self, Form, answer};
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
    let all = seen_by(&office, &audience).await?;
    let left_out = all.iter().filter(|alarm| choice.leaves_out(alarm)).count();
    let alarms: Vec<_> = all.into_iter().filter(|one| choice.fits(one)).collect();
    let form = Form::wanted(&headers);
    if form == Form::Json {
        // Unlisted, and counted.
        let body = json!({ "alarms": alarms, "next": null, "suppressed": left_out });
        return Ok(Json(body).into_response());
    }
    Ok(answer(
        form,
        "alarms",
        &alarms,
        |alarm| alarm.position,
        None,
    ))
}

/// Those an audience may see at all.
pub(super) async fn seen_by(
    office: &Arc<Office>,
    audience: &Audience,
) -> Result<Vec<Arc<AlarmView>>, Problem> {
    // Alarms belong to the duty room.
    if *audience != Audience::City {
        return Ok(Vec::new());
    }
    reading(office, |records| records.alarms())
        .await?
        .map_err(Problem::failed)
}

/// Those of the choice that the audience may see.
pub(super) async fn alarms_of(
    office: &Arc<Office>,
    audience: &Audience,
    choice: &AlarmChoice,
) -> Result<Vec<Arc<AlarmView>>, Problem> {
    let mut alarms = seen_by(office, audience).await?;
    alarms.retain(|alarm| choice.fits(alarm));
    Ok(alarms)
}

/// What is to be done, to one alarm or to many.
#[derive(Deserialize)]
struct Order {
    id: Option<CommandId>,
    command: String,
    as_of: Option<u64>,
    until: Option<Timestamp>,
    reason: Option<String>,
}

impl Order {
    fn command(&self) -> Result<AlarmCommand, Vec<Pointed>> {
        let missing = |name: &str| {
            vec![Pointed {
                pointer: format!("/{name}"),
                reason: "is missing".into(),
            }]
        };
        let reason = || {
            self.reason
                .clone()
                .filter(|reason| !reason.trim().is_empty())
                .ok_or_else(|| missing("reason"))
        };
        match self.command.as_str() {
            "silence" => Ok(AlarmCommand::Silence),
            "acknowledge" => Ok(AlarmCommand::Acknowledge),
            "reset" => Ok(AlarmCommand::Reset),
            "unshelve" => Ok(AlarmCommand::Unshelve),
            "shelve" => Ok(AlarmCommand::Shelve {
                until: self.until.ok_or_else(|| missing("until"))?,
                reason: reason()?,
            }),
            "take_out_of_service" => Ok(AlarmCommand::TakeOutOfService { reason: reason()? }),
            "put_in_service" => Ok(AlarmCommand::PutInService),
            other => Err(vec![Pointed {
                pointer: "/command".into(),
                reason: format!(
                    "\"{other}\" is not one of silence, acknowledge, reset, shelve, unshelve, take_out_of_service, put_in_service"
                ),
            }]),
        }
    }

    fn given(&self, office: &Office, by: Actor) -> Result<Given, Problem> {
        Ok(Given {
            command: self.command().map_err(Problem::invalid)?,
            as_of: BlockNumber(self.as_of.unwrap_or_else(|| office.back.position())),
            by,
        })
    }
}

struct Given {
    command: AlarmCommand,
    as_of: BlockNumber,
    by: Actor,
}

impl Given {
    fn to(&self, id: Option<CommandId>, alarm: AlarmId) -> Input {
        Input::AlarmCommand(Box::new(AlarmCommandGiven {
            id,
            alarm,
            by: self.by.clone(),
            as_of: self.as_of,
            command: self.command.clone(),
        }))
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
    let order: Order = serde_json::from_slice(&body)
        .map_err(|error| Problem::unreadable(format!("The body is not as expected: {error}")))?;
    let given = order.given(&office, actor)?;
    let taken = office
        .back
        .carry_out(vec![given.to(order.id, alarm)])
        .await?;
    let outcome = taken.outcomes.into_iter().next();
    match answered(&office, outcome).await? {
        Ok(alarm) => Ok(Json(view::alarm(&alarm))),
        Err(refusal) => Err(Problem::refused(&refusal, language_of(&headers))),
    }
}

async fn answered(
    office: &Office,
    outcome: Option<Outcome>,
) -> Result<Result<Arc<Alarm>, Refusal>, Problem> {
    match outcome {
        Some(Outcome::AlarmCommand(answer)) => Ok(answer),
        Some(Outcome::AlarmRepeated(_, id)) => Ok(first_answer(office, id).await?.answer),
        _ => Err(Problem::failed("the command was not answered")),
    }
}

/// Who gives one command or another; which, and in what state, the table of alarms decides.
pub const COMMANDING: &[Role] = &[
    Role::Operator,
    Role::ShiftLeader,
    Role::Dispatcher,
    Role::Administrator,
];

/// More at once is a mistake: no list that people look at is longer.
const MOST_AT_ONCE: usize = 10_000;

#[derive(Deserialize)]
struct ManyBody {
    #[serde(flatten)]
    order: Order,
    alarms: Option<Vec<AlarmId>>,
    choice: Option<Chosen>,
}

/// Those of the list that the same query would name, and to which the command can be given as they stand.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Chosen {
    state: Vec<AlarmState>,
    category: Vec<String>,
    severity: Vec<Severity>,
    drill: Option<bool>,
    town: Option<String>,
    source: Option<String>,
    thing: Option<String>,
    rule: Option<String>,
    stale: Option<bool>,
    chattering: Option<bool>,
}

impl Chosen {
    fn choice(self) -> AlarmChoice {
        AlarmChoice {
            states: self.state,
            categories: self.category,
            severities: self.severity,
            drill: self.drill,
            town: self.town,
            source: self.source,
            thing: self.thing,
            rule: self.rule,
            stale: self.stale,
            chattering: self.chattering,
            suppressed: None,
        }
    }
}

/// One command to many alarms in one block, with an answer for each.
pub async fn commands(
    State(office): State<Arc<Office>>,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let (account, actor) = office.acting(&method, &headers)?;
    if !COMMANDING.contains(&account.role) {
        let why = format!("A {} does not command alarms.", account.role);
        return Err(Problem::forbidden(why));
    }
    let body: ManyBody = serde_json::from_slice(&body)
        .map_err(|error| Problem::unreadable(format!("The body is not as expected: {error}")))?;
    let given = body.order.given(&office, actor)?;
    let event = given.command.event();
    let audience = office.who(&headers)?.audience(&office.back.city());
    let alarms = match (body.alarms, body.choice) {
        (Some(alarms), None) => alarms,
        (None, Some(chosen)) => {
            let mut alarms = alarms_of(&office, &audience, &chosen.choice()).await?;
            alarms.retain(|alarm| table::row_of(event, alarm.state).is_some());
            alarms.into_iter().map(|alarm| alarm.id).collect()
        }
        _ => return Err(wrong("/alarms", "give either alarms or choice")),
    };
    if alarms.len() > MOST_AT_ONCE {
        let why = format!("{} at once; the most are {MOST_AT_ONCE}", alarms.len());
        return Err(wrong("/alarms", &why));
    }
    let inputs = alarms
        .iter()
        .map(|alarm| given.to(body.order.id.map(|id| id_for(id, *alarm)), *alarm))
        .collect();
    let taken = office.back.carry_out(inputs).await?;
    let language = language_of(&headers);
    let mut answers = Vec::with_capacity(alarms.len());
    for (alarm, outcome) in alarms.into_iter().zip(taken.outcomes) {
        answers.push(match answered(&office, Some(outcome)).await? {
            Ok(after) => AlarmAnswer {
                alarm,
                status: 200,
                state: Some(after.state),
                detail: None,
            },
            Err(refusal) => {
                let (status, detail) = Problem::refused(&refusal, language).brief();
                AlarmAnswer {
                    alarm,
                    status,
                    state: None,
                    detail: Some(detail),
                }
            }
        });
    }
    let done = answers.iter().filter(|one| one.status == 200).count() as u32;
    Ok(forms::one(
        &headers,
        &AlarmAnswers {
            position: taken.block.0,
            done,
            refused: answers.len() as u32 - done,
            answers,
        },
    ))
}

fn wrong(pointer: &str, reason: &str) -> Problem {
    Problem::invalid(vec![Pointed {
        pointer: pointer.into(),
        reason: reason.into(),
    }])
}

/// The id of a command to many, for one of them: sent again, each gets its first answer again.
fn id_for(id: CommandId, alarm: AlarmId) -> CommandId {
    // Odd, so that different alarms never share one.
    const SPREAD: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;
    let of_alarm = u128::from(alarm.bits()).wrapping_mul(SPREAD);
    CommandId::from_bits(id.bits().wrapping_add(of_alarm))
}

async fn first_answer(office: &Office, id: CommandId) -> Result<CommandAnswer<Alarm>, Problem> {
    reading(office, move |records| records.alarm_answer(id))
        .await?
        .map_err(Problem::failed)?
        .ok_or_else(|| Problem::failed("the first answer to this command is not at hand"))
}
