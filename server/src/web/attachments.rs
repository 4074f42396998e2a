//! Files of incidents: sent, listed, given out. Whoever may comment may send, whoever may read the incident may read them.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::account::{Account, Actor};
use domain::attachment::{AttachGiven, Attachment};
use domain::change::Outcome;
use domain::command::{Input, Refusal};
use domain::ids::{AttachmentId, IncidentId};
use domain::lifecycle::{CommandName, row_of};
use domain::policy::{self, Audience, NoRight};
use domain::view;
use serde::{Deserialize, Serialize};

use super::Office;
use super::files::NotKept;
use super::identity::audience_of;
use super::incidents::{language_of, may_block, reading};
use super::problem::{Pointed, Problem};
use super::ranges;
use super::upload::{self, Named, Sent};

#[derive(Deserialize)]
pub struct SentAs {
    id: Option<String>,
    name: Option<String>,
}

pub async fn send(
    State(office): State<Arc<Office>>,
    method: Method,
    headers: HeaderMap,
    Path(id): Path<String>,
    Query(SentAs { id: sent_id, name }): Query<SentAs>,
    body: Body,
) -> Result<Response, Problem> {
    let (account, actor) = office.acting(&method, &headers)?;
    let incident = incident_id(&id)?;
    // Before anything of it is read: a stranger fills no disk.
    check_right(&office, &account, &actor, incident, &headers).await?;
    let place = office.uploads.enter(&account.name)?;
    let back = office.back.clone();
    let incoming = may_block(move || back.files().incoming())
        .await?
        .map_err(not_kept)?;
    let named = Named { id: sent_id, name };
    let Sent {
        file,
        id,
        name,
        declared,
    } = upload::received(&headers, body, incoming, named).await?;
    let back = office.back.clone();
    let called = name.unwrap_or_default();
    let kept = office
        .uploads
        .looking(move || back.files().keep(file, &called, declared.as_deref()))
        .await?
        .map_err(not_kept)?;
    drop(place);
    let given = AttachGiven {
        id,
        incident,
        by: actor,
        file: kept,
    };
    let taken = office
        .back
        .carry_out(vec![Input::Attach(Box::new(given))])
        .await?;
    match taken.outcomes.into_iter().next() {
        Some(Outcome::Attached(Ok(attachment))) => {
            let view = view::attachment(&attachment);
            let place = [(header::LOCATION, view.url.clone())];
            Ok((StatusCode::CREATED, place, Json(view)).into_response())
        }
        Some(Outcome::Attached(Err(refusal))) => {
            Err(Problem::refused(&refusal, language_of(&headers)))
        }
        _ => Err(Problem::failed("the file was not attached")),
    }
}

fn not_kept(why: NotKept) -> Problem {
    let unsupported = |detail: String| {
        Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "not taken",
            format!("{detail} JPEG, PNG, WebP, MP4 and PDF are taken."),
        )
    };
    match why {
        NotKept::Other(found) => unsupported(format!("By its content the file is {found}.")),
        NotKept::Lied { said, found } => unsupported(format!(
            "The file is said to be {said}, but by its content it is {}.",
            found.name()
        )),
        NotKept::Bad { kind, why } => Problem::invalid(vec![Pointed {
            pointer: "/file".into(),
            reason: format!("by its content it is {}, but {why}", kind.name()),
        }]),
        NotKept::Full(why) => Problem::new(
            StatusCode::INSUFFICIENT_STORAGE,
            "no room",
            format!("There is no room for it ({why}); nothing was taken."),
        ),
        NotKept::Failed(why) => Problem::failed(why),
    }
}

fn incident_id(text: &str) -> Result<IncidentId, Problem> {
    text.parse()
        .map_err(|_| Problem::not_found(format!("There is no incident \"{text}\".")))
}

/// The rights of a comment; asked again in the file's turn.
async fn check_right(
    office: &Office,
    account: &Account,
    actor: &Actor,
    id: IncidentId,
    headers: &HeaderMap,
) -> Result<(), Problem> {
    let audience = audience_of(account, &office.back.city());
    let refused = |refusal| Problem::refused(&refusal, language_of(headers));
    let incident = reading(office, move |records| records.incident(id))
        .await?
        .map_err(Problem::failed)?
        .filter(|incident| audience.may_read(incident))
        .ok_or_else(|| refused(Refusal::UnknownIncident))?;
    let row = row_of(CommandName::Comment);
    policy::may_command(row, actor, &incident).map_err(|no| {
        refused(match no {
            NoRight::Role => Refusal::WrongRole {
                command: row.command,
            },
            NoRight::NotYours => Refusal::NotYourIncident,
        })
    })?;
    if !row.from.contains(&incident.state) {
        return Err(refused(Refusal::WrongState {
            state: incident.state,
        }));
    }
    Ok(())
}

#[derive(Serialize)]
struct List {
    attachments: Vec<domain::wire::AttachmentView>,
}

pub async fn list(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let incident = incident_id(&id)?;
    check_may_read(&office, &headers, incident).await?;
    let attachments = office.back.files().of(incident);
    let attachments = attachments
        .iter()
        .map(|one| view::attachment(one))
        .collect();
    Ok(Json(List { attachments }).into_response())
}

async fn check_may_read(
    office: &Office,
    headers: &HeaderMap,
    id: IncidentId,
) -> Result<(), Problem> {
    let identity = office.who(headers)?;
    let audience: Audience = identity.audience(&office.back.city());
    let found = reading(office, move |records| records.incident(id))
        .await?
        .map_err(Problem::failed)?;
    match found.filter(|incident| audience.may_read(incident)) {
        Some(_) => Ok(()),
        None => Err(Problem::not_found(
            "There is no such incident within your scope.",
        )),
    }
}

#[derive(Deserialize)]
pub struct Wanted {
    preview: Option<String>,
}

pub async fn one(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
    Path((id, attachment)): Path<(String, String)>,
    Query(Wanted { preview }): Query<Wanted>,
) -> Result<Response, Problem> {
    let incident = incident_id(&id)?;
    check_may_read(&office, &headers, incident).await?;
    let unknown =
        || Problem::not_found(format!("The incident has no attachment \"{attachment}\"."));
    let id: AttachmentId = attachment.parse().map_err(|_| unknown())?;
    let attachment = office
        .back
        .files()
        .one(id)
        .filter(|attachment| attachment.incident == incident)
        .ok_or_else(unknown)?;
    let wants_preview = preview.is_some_and(|preview| preview != "0" && preview != "false");
    let (file, kind) = match attachment.file.preview.filter(|_| wants_preview) {
        Some(preview) => (preview, "image/jpeg"),
        None if wants_preview => {
            return Err(Problem::not_found("Only images have a preview."));
        }
        None => (attachment.file.file, attachment.file.kind.name()),
    };
    let back = office.back.clone();
    let opened = may_block(move || back.files().open(&file.sha256))
        .await?
        .map_err(|why| {
            tracing::error!(attachment = %id, %why, "a file of an incident is not at hand");
            Problem::failed("The file is not at hand; `gulou verify` says what is missing.")
        })?;
    let mut answer = ranges::answer(
        opened,
        u64::from(file.bytes),
        &format!("\"{}\"", file.sha256),
        &headers,
    );
    protect(answer.headers_mut(), &attachment, kind, wants_preview);
    Ok(answer)
}

/// A file that a stranger made is shown by a browser as what we say it is, with no right to anything.
fn protect(headers: &mut HeaderMap, attachment: &Attachment, kind: &'static str, preview: bool) {
    let disposition = disposition(attachment, preview);
    for (name, value) in [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_DISPOSITION, disposition.as_str()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (
            header::CONTENT_SECURITY_POLICY,
            "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'",
        ),
        // It never changes under its address.
        (header::CACHE_CONTROL, "private, max-age=86400, immutable"),
    ] {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
    headers.insert(
        "cross-origin-resource-policy",
        HeaderValue::from_static("same-origin"),
    );
}

/// After RFC 6266: plain letters for old clients, all of them for the others.
fn disposition(attachment: &Attachment, preview: bool) -> String {
    let name = attachment.file.name.as_str();
    let place = if preview || attachment.file.kind.is_shown_in_place() {
        "inline"
    } else {
        "attachment"
    };
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_. ".contains(&byte);
    let plain: String = name
        .chars()
        .map(|c| match u8::try_from(c) {
            Ok(byte) if is_plain(byte) => c,
            _ => '_',
        })
        .collect();
    let mut encoded = String::new();
    for byte in name.bytes() {
        if is_plain(byte) && byte != b' ' {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("{place}; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}
