//! Who reported: masked for those who read the incident, in full with a reason for those who may, and in the audit log before
//! it is told.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};
use domain::account::Actor;
use domain::audit::{Note, What, Who};
use domain::ids::{EvidenceId, IncidentId, VaultToken};
use domain::incident::{Evidence, Incident};
use domain::policy::{self, Audience, NoReveal};
use domain::reporter::{masked_name, masked_phone};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Office;
use super::back::{Caller, Kept};
use super::identity::{Identity, audience_of};
use super::incidents::{incident_id, reading};
use super::problem::{Pointed, Problem};

const LONGEST_REASON: usize = 500;

#[derive(Deserialize)]
pub struct ReporterQuery {
    evidence: Option<String>,
}

/// Erased ones have no name and no phone.
#[derive(Debug, Serialize, Deserialize)]
pub struct ReporterView {
    pub evidence: EvidenceId,
    pub token: VaultToken,
    pub erased: bool,
    pub name: Option<String>,
    pub phone: Option<String>,
    pub confidential: bool,
    pub may_reveal: bool,
}

fn piece_named(text: &str) -> Result<EvidenceId, Problem> {
    text.parse()
        .map_err(|_| Problem::not_found(format!("There is no piece of evidence \"{text}\".")))
}

/// What of an incident somebody called about.
struct Called {
    incident: Arc<Incident>,
    calls: Vec<(EvidenceId, VaultToken, Kept)>,
}

async fn called(
    office: &Office,
    audience: Audience,
    id: IncidentId,
    piece: Option<EvidenceId>,
) -> Result<Called, Problem> {
    let found = reading(office, move |records| {
        let Some(incident) = records
            .incident(id)?
            .filter(|incident| audience.may_read(incident))
        else {
            return Ok(None);
        };
        let mut calls = Vec::new();
        for Evidence { id, reporter, .. } in records.evidence_of(id)? {
            if let Some(token) = reporter
                && piece.is_none_or(|piece| piece == id)
            {
                let kept = records.reporter(&token)?;
                calls.push((id, token, kept));
            }
        }
        Ok::<_, String>(Some(Called { incident, calls }))
    })
    .await?
    .map_err(Problem::failed)?
    .ok_or_else(|| Problem::not_found("There is no such incident within your scope."))?;
    if found.calls.is_empty() && piece.is_some() {
        return Err(Problem::not_found(
            "Nobody is known to have reported this piece of evidence.",
        ));
    }
    Ok(found)
}

fn masked(
    actor: &Actor,
    incident: &Incident,
    evidence: EvidenceId,
    token: VaultToken,
    kept: &Kept,
) -> ReporterView {
    let Kept::Here(caller) = kept else {
        return ReporterView {
            evidence,
            token,
            erased: true,
            name: None,
            phone: None,
            confidential: false,
            may_reveal: false,
        };
    };
    let confidential = caller.confidential;
    ReporterView {
        evidence,
        token,
        erased: false,
        name: Some(masked_name(&caller.name, confidential)),
        phone: Some(masked_phone(&caller.phone, confidential)),
        confidential,
        may_reveal: policy::may_reveal(actor, incident, confidential).is_ok(),
    }
}

/// Nobody on the way keeps a copy.
fn not_kept(answer: impl IntoResponse) -> Response {
    let mut response = answer.into_response();
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

pub async fn of_incident(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    Query(query): Query<ReporterQuery>,
) -> Result<Response, Problem> {
    let Identity::Person { account, .. } = office.who(&headers)? else {
        return Err(Problem::forbidden("A key learns nothing of callers."));
    };
    let id = incident_id(&id)?;
    let piece = query.evidence.as_deref().map(piece_named).transpose()?;
    let audience = audience_of(&account, &office.back.city());
    let Called { incident, calls } = called(&office, audience, id, piece).await?;
    let actor = account.actor();
    let rows: Vec<ReporterView> = calls
        .into_iter()
        .map(|(evidence, token, kept)| masked(&actor, &incident, evidence, token, &kept))
        .collect();
    Ok(not_kept(Json(json!({ "reporters": rows }))))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reveal {
    evidence: Option<String>,
    reason: Option<String>,
}

impl Reveal {
    /// Why, in words that do not say whom.
    fn reason(&self, caller: &Caller) -> Result<&str, Problem> {
        let reason = self.reason.as_deref().unwrap_or_default().trim();
        let tells = |secret: &str| secret.chars().count() > 1 && reason.contains(secret);
        let fault = if reason.is_empty() {
            "must say why".to_owned()
        } else if reason.chars().count() > LONGEST_REASON {
            format!("is longer than {LONGEST_REASON} characters")
        } else if tells(&caller.name) || tells(&caller.phone) {
            "must not hold the caller's name or phone: it stays in the audit log".to_owned()
        } else {
            return Ok(reason);
        };
        Err(invalid("/reason", fault))
    }
}

fn invalid(pointer: &str, reason: impl Into<String>) -> Problem {
    Problem::invalid(vec![Pointed {
        pointer: pointer.to_owned(),
        reason: reason.into(),
    }])
}

fn refused(no: NoReveal) -> Problem {
    Problem::forbidden(match no {
        NoReveal::Role => "Your role is not told who called.",
        NoReveal::NotLead => "A department is told who called of the incidents it leads.",
        NoReveal::Confidential => {
            "The caller asked to be kept secret; ask the duty room to call back."
        }
    })
}

/// Tells one caller in full.
pub async fn reveal(
    State(office): State<Arc<Office>>,
    method: Method,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, Problem> {
    let (account, actor) = office.acting(&method, &headers)?;
    let id = incident_id(&id)?;
    let audience = audience_of(&account, &office.back.city());
    let wanted: Result<Reveal, _> = serde_json::from_slice(&body);
    let piece = match &wanted {
        Ok(Reveal {
            evidence: Some(text),
            ..
        }) => Some(piece_named(text)?),
        _ => None,
    };
    let Called { incident, calls } = called(&office, audience, id, piece).await?;
    policy::may_reveal(&actor, &incident, false).map_err(refused)?;
    let wanted = wanted.map_err(|_| {
        Problem::unreadable("The body must be {\"evidence\": id, \"reason\": text}.")
    })?;
    let (evidence, token, kept) = match <[_; 1]>::try_from(calls) {
        Ok([only]) => only,
        Err(none) if none.is_empty() => {
            return Err(Problem::not_found(
                "Nobody is known to have reported this incident.",
            ));
        }
        Err(_) => {
            return Err(invalid(
                "/evidence",
                "is missing, and several people reported this incident",
            ));
        }
    };
    let Kept::Here(caller) = kept else {
        return Err(Problem::conflict("What was known of the caller is erased."));
    };
    policy::may_reveal(&actor, &incident, caller.confidential).map_err(refused)?;
    let reason = wanted.reason(&caller)?;
    let who = Who::Account(account.name.clone());
    let detail = format!("{} {evidence}: {reason}", incident.id);
    office
        .note(Note::new(who, What::Reveal, &token, detail))
        .await?;
    metrics::counter!("gulou_reveals_total").increment(1);
    Ok(not_kept(Json(json!({
        "evidence": evidence, "token": token, "name": caller.name, "phone": caller.phone,
        "confidential": caller.confidential,
    }))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_says_why_and_not_whom() {
        let caller = Caller {
            name: "陈女士".into(),
            phone: "13800000000".into(),
            confidential: false,
        };
        let asked = |reason: Option<&str>| Reveal {
            evidence: None,
            reason: reason.map(str::to_owned),
        };
        assert_eq!(
            asked(Some(" 回访核实位置 ")).reason(&caller).ok(),
            Some("回访核实位置")
        );
        for bad in [
            None,
            Some(""),
            Some("  \n "),
            Some("致电陈女士"),
            Some("call 13800000000"),
        ] {
            assert!(asked(bad).reason(&caller).is_err(), "{bad:?}");
        }
        assert!(asked(Some(&"长".repeat(501))).reason(&caller).is_err());
        let nameless = Caller {
            name: String::new(),
            ..caller
        };
        assert!(asked(Some("核实")).reason(&nameless).is_ok());
    }
}
