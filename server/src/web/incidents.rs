//! Incidents: list, one, open by hand, command.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::account::{Account, Actor};
use domain::category::CategoryCode;
use domain::change::{CommandAnswer, Outcome};
use domain::city::City;
use domain::command::{CommandGiven, Input, OpenByHand, Refusal};
use domain::ids::{CommandId, IncidentId, ThingId};
use domain::incident::Incident;
use domain::language::Language;
use domain::lifecycle::{CommandName, row_of};
use domain::policy::{self, Audience, NoRight};
use domain::time::Timestamp;
use domain::view;
use domain::wire::packed::Packed;
use domain::wire::work::WorkView;
use domain::wire::{
    AttachmentView, EvidenceView, IncidentDetail, IncidentView, SuggestionView, TimelineView,
    UnitView, WhyView,
};
use serde::Serialize;
use serde_json::{Map, Value};

use super::Office;
use super::back::{Asked, Blocking, Caller, ListFault, Page};
use super::command_body::{Arguments, Envelope};
use super::forms::{Form, answer, binary, one as one_form};
use super::identity::{Identity, audience_of, may_open};
use super::list_query::ListQuery;
use super::problem::{Pointed, Problem};
use super::suggestions;

/// The language of the answer's sentences: `Accept-Language`, Chinese unless English comes first.
pub fn language_of(headers: &HeaderMap) -> Language {
    let wanted = headers
        .get(axum::http::header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if wanted.trim_start().to_ascii_lowercase().starts_with("en") {
        Language::En
    } else {
        Language::Zh
    }
}

/// Runs what may block on a thread for such.
pub async fn may_block<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Problem::failed(format!("a read was broken off: {error}")))
}

/// Reads what is acknowledged by now.
pub async fn reading<T: Send + 'static>(
    office: &Office,
    read: impl FnOnce(&dyn Blocking) -> T + Send + 'static,
) -> Result<T, Problem> {
    let records = office.back.blocking();
    may_block(move || {
        records.settle();
        read(records.as_ref())
    })
    .await
}

pub async fn list(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
    Query(query): Query<ListQuery>,
) -> Result<Response, Problem> {
    let identity = office.who(&headers)?;
    let list = query.checked().map_err(Problem::invalid)?;
    let form = Form::wanted(&headers);
    office.exported(&identity, form, "incidents").await?;
    let city = office.back.city();
    let audience = identity.audience(&city);
    let now = office.back.now();
    let page = reading(&office, move |records| {
        records.incidents(&list, &audience, now)
    })
    .await?
    .map_err(|fault| match fault {
        ListFault::Asked { pointer, reason } => Problem::invalid(vec![Pointed {
            pointer: pointer.to_owned(),
            reason,
        }]),
        ListFault::Failed(why) => Problem::failed(why),
    })?;
    let Page { incidents, next } = page;
    let rows: Vec<IncidentView> = incidents
        .iter()
        .map(|incident| shown(&city, incident, now, language_of(&headers)))
        .collect();
    Ok(answer(
        form,
        "incidents",
        &rows,
        |row| row.position,
        next.as_deref(),
    ))
}

/// The view, with the sentences of the asked language in front.
pub fn shown(city: &City, incident: &Incident, now: Timestamp, language: Language) -> IncidentView {
    let mut shown = view::incident(city, incident, now);
    if language == Language::En {
        shown.title.clone_from(&shown.title_en);
        if let Some(deadline) = &mut shown.deadline {
            deadline.explanation.clone_from(&deadline.explanation_en);
        }
    }
    shown
}

pub fn incident_id(text: &str) -> Result<IncidentId, Problem> {
    text.parse()
        .map_err(|_| Problem::not_found(format!("There is no incident \"{text}\".")))
}

pub async fn one(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let identity = office.who(&headers)?;
    let id = incident_id(&id)?;
    let detail = detail(&office, &identity, id, language_of(&headers)).await?;
    Ok(match Form::wanted(&headers) {
        Form::Binary => binary(&detail),
        _ => Json(PublicDetail::of(&detail)).into_response(),
    })
}

/// The detail as it stands in JSON: the incident's own fields beside the others.
#[derive(Serialize)]
struct PublicDetail<'a> {
    #[serde(flatten)]
    incident: &'a IncidentView,
    evidence: &'a [EvidenceView],
    timeline: &'a [TimelineView],
    why: &'a WhyView,
    allowed: &'a [CommandName],
    standards: &'a [String],
    suggestions: &'a [SuggestionView],
    #[serde(flatten)]
    work: WorkView,
    attachments: &'a [AttachmentView],
}

impl<'a> PublicDetail<'a> {
    fn of(detail: &'a IncidentDetail) -> Self {
        Self {
            incident: &detail.incident,
            evidence: &detail.evidence,
            timeline: &detail.timeline,
            why: &detail.why,
            allowed: &detail.allowed,
            standards: &detail.standards,
            suggestions: &detail.suggestions,
            work: detail.work.open(),
            attachments: &detail.attachments,
        }
    }
}

/// Everything about one incident that its reader may know.
pub async fn detail(
    office: &Office,
    identity: &Identity,
    id: IncidentId,
    language: Language,
) -> Result<IncidentDetail, Problem> {
    let city = office.back.city();
    let audience = identity.audience(&city);
    let found = reading(office, move |records| {
        let Some(incident) = records
            .incident(id)?
            .filter(|incident| audience.may_read(incident))
        else {
            return Ok(None);
        };
        let evidence = records.evidence_of(id)?;
        let timeline = records.timeline_of(id)?;
        let suggested = suggestions::unsettled(records, &incident, &timeline, &audience)?;
        let on_the_way = on_the_way(records, &incident);
        Ok::<_, String>(Some((incident, evidence, timeline, suggested, on_the_way)))
    })
    .await?
    .map_err(Problem::failed)?;
    let (incident, evidence, timeline, suggested, on_the_way) =
        found.ok_or_else(|| Problem::not_found("There is no such incident within your scope."))?;
    let now = office.back.now();
    let mut why = view::why(&city, &incident);
    if language == Language::En {
        speak_english(&mut why);
    }
    let allowed = identity
        .actor()
        .map(|actor| policy::allowed(&actor, &incident, now))
        .unwrap_or_default();
    let files = office.back.files().of(id);
    Ok(IncidentDetail {
        attachments: files.iter().map(|file| view::attachment(file)).collect(),
        incident: shown(&city, &incident, now, language),
        evidence: evidence.iter().map(view::evidence).collect(),
        timeline: timeline
            .iter()
            .map(|entry| view::timeline(&city, entry))
            .collect(),
        why,
        allowed,
        standards: incident
            .category
            .and_then(|code| city.category(code))
            .map(|kind| kind.standards.clone())
            .unwrap_or_default(),
        suggestions: suggested
            .iter()
            .map(|(other, link)| suggestions::of_log(&city, other, link))
            .collect(),
        work: Packed::of(&view::work(&incident, now, |unit| {
            let found = on_the_way.iter().find(|one| one.id == *unit);
            found.map(|one| UnitView::clone(one))
        })),
    })
}

/// The units that have set out to an incident, where they are now. Whoever works on it sees them come.
fn on_the_way(records: &dyn Blocking, incident: &Incident) -> Vec<Arc<UnitView>> {
    let named: Vec<&ThingId> = incident
        .assignments()
        .filter(|one| one.arrived_at.is_none())
        .filter_map(|one| one.set_out.as_ref()?.unit.as_ref())
        .collect();
    if named.is_empty() {
        return Vec::new();
    }
    let units = records.units().into_iter();
    units.filter(|unit| named.contains(&&unit.id)).collect()
}

/// The English sentences in front.
fn speak_english(why: &mut WhyView) {
    why.category.clone_from(&why.category_en);
    why.jurisdiction.clone_from(&why.jurisdiction_en);
    why.responsibility.clone_from(&why.responsibility_en);
    why.deadline.clone_from(&why.deadline_en);
}

fn object(body: &Bytes) -> Result<Map<String, Value>, Problem> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err(Problem::unreadable("The body must be a JSON object.")),
        Err(error) => Err(Problem::unreadable(format!(
            "The body is not JSON: {error}"
        ))),
    }
}

pub async fn open(
    State(office): State<Arc<Office>>,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let (account, actor) = office.acting(&method, &headers)?;
    if !may_open(account.role) {
        return Err(Problem::forbidden("Your role may not open incidents."));
    }
    let fields = object(&body)?;
    let city = office.back.city();
    let Opening { id, given, caller } = opening(&fields, actor, &city).map_err(Problem::invalid)?;
    let taken = office.back.open(id, given, caller).await?;
    let now = office.back.now();
    let language = language_of(&headers);
    let incident = match taken.outcomes.into_iter().next() {
        Some(Outcome::Opened(incident)) => incident,
        Some(Outcome::Repeated(_, id)) => first_answer(&office, &account, id)
            .await?
            .answer
            .map_err(|refusal| Problem::refused(&refusal, language))?,
        _ => return Err(Problem::failed("the incident was not opened")),
    };
    let view = shown(&city, &incident, now, language);
    let place = format!("/api/v1/incidents/{}", incident.id);
    Ok((
        StatusCode::CREATED,
        [(axum::http::header::LOCATION, place)],
        one_form(&headers, &view),
    )
        .into_response())
}

/// What a call would become, shown while it is being written. A pure read.
pub async fn preview(
    State(office): State<Arc<Office>>,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let (account, actor) = office.acting(&method, &headers)?;
    if !may_open(account.role) {
        return Err(Problem::forbidden("Your role may not open incidents."));
    }
    let fields = object(&body)?;
    let city = office.back.city();
    let asked = asked(&fields, &city).map_err(Problem::invalid)?;
    let audience = audience_of(&account, &city);
    let now = office.back.now();
    let foreseen = reading(&office, move |records| {
        records.foresee(&asked, actor, &audience, now)
    })
    .await?
    .map_err(Problem::failed)?;
    let mut view = suggestions::preview(&city, &foreseen, now);
    if language_of(&headers) == Language::En {
        speak_english(&mut view.why);
        if let Some(deadline) = &mut view.deadline {
            deadline.explanation.clone_from(&deadline.explanation_en);
        }
    }
    Ok(one_form(&headers, &view))
}

/// Only the words are needed: a place, a kind and a severity may follow while they are being asked for.
fn asked(fields: &Map<String, Value>, city: &City) -> Result<Asked, Vec<Pointed>> {
    let mut arguments = Arguments::of(fields);
    let text = arguments.text("text");
    let position = arguments
        .is_given("position")
        .then(|| arguments.position("position"))
        .flatten();
    let category = known_category(&mut arguments, city);
    let severity = arguments
        .is_given("severity")
        .then(|| arguments.severity("severity"))
        .flatten();
    not_too_long(&mut arguments, text.as_deref());
    match (text, arguments.mistakes.is_empty()) {
        (Some(text), true) => Ok(Asked {
            text,
            position,
            category,
            severity,
            drill: fields.get("drill") == Some(&Value::Bool(true)),
        }),
        _ => Err(arguments.mistakes),
    }
}

fn known_category(arguments: &mut Arguments<'_>, city: &City) -> Option<CategoryCode> {
    let category = arguments.category_if_given();
    if let Some(code) = category
        && city.category(code).is_none()
    {
        arguments.mistakes.push(Pointed {
            pointer: "/category".into(),
            reason: format!("{code} is not in the city's categories"),
        });
    }
    category
}

fn not_too_long(arguments: &mut Arguments<'_>, text: Option<&str>) {
    if text.is_some_and(|text| text.len() > 64 * 1024) {
        arguments.mistakes.push(Pointed {
            pointer: "/text".into(),
            reason: "longer than 64 KiB".into(),
        });
    }
}

struct Opening {
    id: Option<CommandId>,
    given: OpenByHand,
    caller: Option<Caller>,
}

fn opening(fields: &Map<String, Value>, by: Actor, city: &City) -> Result<Opening, Vec<Pointed>> {
    let mut arguments = Arguments::of(fields);
    let id = arguments.parsed_if_given("id");
    let text = arguments.text("text");
    let position = arguments.position("position");
    let category = known_category(&mut arguments, city);
    let severity = arguments
        .is_given("severity")
        .then(|| arguments.severity("severity"))
        .flatten();
    not_too_long(&mut arguments, text.as_deref());
    let caller = arguments.caller();
    match (text, position, arguments.mistakes.is_empty()) {
        (Some(text), Some(position), true) => {
            let given = OpenByHand {
                by,
                position: Some(position),
                text,
                category,
                severity,
                // Known once the caller is sealed.
                reporter: None,
                drill: fields.get("drill") == Some(&Value::Bool(true)),
            };
            Ok(Opening { id, given, caller })
        }
        _ => Err(arguments.mistakes),
    }
}

pub async fn command(
    State(office): State<Arc<Office>>,
    method: Method,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, Problem> {
    let (account, actor) = office.acting(&method, &headers)?;
    let incident = incident_id(&id)?;
    let fields = object(&body)?;
    let language = language_of(&headers);
    let mut arguments = Arguments::of(&fields);
    let envelope = arguments.envelope();
    let command = arguments.name().and_then(|name| arguments.command(name));
    let city = office.back.city();
    let (
        Some(Envelope {
            id,
            expected_revision,
            after,
        }),
        Some(command),
        true,
    ) = (envelope, command, arguments.mistakes.is_empty())
    else {
        // 404 and 403 come before 422: what he may not know or do, he is not taught to say.
        check_right(&office, &account, &actor, incident, &fields, language).await?;
        return Err(Problem::invalid(arguments.mistakes));
    };
    let given = CommandGiven {
        id,
        incident,
        by: actor,
        expected_revision,
        after,
        command,
    };
    let taken = office
        .back
        .carry_out(vec![Input::Command(Box::new(given))])
        .await?;
    let answer = match taken.outcomes.into_iter().next() {
        Some(Outcome::Command(answer)) => answer,
        Some(Outcome::Repeated(_, id)) => Arc::new(first_answer(&office, &account, id).await?),
        _ => return Err(Problem::failed("the command was not answered")),
    };
    match &answer.answer {
        Ok(incident) => {
            let view = shown(&city, incident, answer.at, language);
            Ok(one_form(&headers, &view))
        }
        Err(refusal) => Err(Problem::refused(refusal, language)),
    }
}

/// What an id was answered with; whoever heard of another's id learns no more by it than he may read anyhow.
async fn first_answer(
    office: &Office,
    account: &Account,
    id: CommandId,
) -> Result<CommandAnswer, Problem> {
    let first = reading(office, move |records| records.answer(id))
        .await?
        .map_err(Problem::failed)?
        .ok_or_else(|| Problem::failed("the first answer to this command is not at hand"))?;
    let audience = audience_of(account, &office.back.city());
    match &first.answer {
        Ok(incident) if !audience.may_read(incident) => Err(Problem::not_found(
            "There is no such incident within your scope.",
        )),
        _ => Ok(first),
    }
}

async fn check_right(
    office: &Office,
    account: &Account,
    actor: &Actor,
    id: IncidentId,
    fields: &Map<String, Value>,
    language: Language,
) -> Result<(), Problem> {
    let audience: Audience = audience_of(account, &office.back.city());
    let incident = reading(office, move |records| records.incident(id))
        .await?
        .map_err(Problem::failed)?
        .filter(|incident| audience.may_read(incident))
        .ok_or_else(|| Problem::refused(&Refusal::UnknownIncident, language))?;
    let Some(name) = Arguments::of(fields).name() else {
        return Ok(());
    };
    policy::may_command(row_of(name), actor, &incident).map_err(|no| {
        let refusal = match no {
            NoRight::Role => Refusal::WrongRole { command: name },
            NoRight::NotYours => Refusal::NotYourIncident,
        };
        Problem::refused(&refusal, language)
    })
}
