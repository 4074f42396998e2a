//! What may be the same thing, made into what is shown. Holds no decision: fusion has found it, a person settles it.

use std::sync::Arc;

use domain::city::City;
use domain::explain;
use domain::incident::{Happening, Incident, Link, TimelineEntry};
use domain::language::Language;
use domain::policy::Audience;
use domain::time::Timestamp;
use domain::view;
use domain::wire::{PreviewView, SuggestionView};

use super::back::{Blocking, Foreseen};

/// The incidents that the log holds to be perhaps the same and that nobody has settled: both open, neither linked by hand.
pub fn unsettled(
    records: &dyn Blocking,
    incident: &Incident,
    timeline: &[TimelineEntry],
    audience: &Audience,
) -> Result<Vec<(Arc<Incident>, u8)>, String> {
    let mut unsettled: Vec<(Arc<Incident>, u8)> = Vec::new();
    if !incident.state.is_open() {
        return Ok(unsettled);
    }
    for entry in timeline.iter().rev() {
        let Happening::MaybeSame { other, score } = &entry.what else {
            continue;
        };
        if incident.linked.contains(other) || unsettled.iter().any(|(known, _)| known.id == *other)
        {
            continue;
        }
        let other = records.incident(*other)?;
        let open = other.filter(|other| other.state.is_open() && audience.may_read(other));
        unsettled.extend(open.map(|other| (other, *score)));
    }
    Ok(unsettled)
}

/// A suggestion of the log: how alike, and how the two lie to each other.
pub fn of_log(city: &City, here: &Incident, other: &Incident, score: u8) -> SuggestionView {
    let minutes = here.opened_at.since(other.opened_at).abs() / 60_000;
    let (near, near_en) = match (here.position, other.position) {
        (Some(a), Some(b)) => {
            let metres = a.distance_m(b).round();
            (format!("相距 {metres} 米，"), format!("{metres} m apart, "))
        }
        _ => (String::new(), String::new()),
    };
    shown(
        city,
        other,
        score,
        format!("同类，{near}相隔 {minutes} 分钟。"),
        format!("Same family, {near_en}{minutes} min apart."),
    )
}

fn shown(
    city: &City,
    other: &Incident,
    score: u8,
    reason: String,
    reason_en: String,
) -> SuggestionView {
    SuggestionView {
        incident: other.id,
        number: other.number.clone(),
        revision: other.revision,
        state: other.state,
        severity: other.severity,
        title: explain::title(city, Language::Zh, other),
        title_en: explain::title(city, Language::En, other),
        score: f32::from(score) / 100.0,
        reason,
        reason_en,
    }
}

/// What a call would become, in words.
pub fn preview(city: &City, foreseen: &Foreseen, now: Timestamp) -> PreviewView {
    let view = view::incident(city, &foreseen.incident, now);
    let alike = |(other, link): &(Arc<Incident>, Link)| {
        let say = |language| explain::link(language, Some(link));
        shown(
            city,
            other,
            link.score,
            say(Language::Zh),
            say(Language::En),
        )
    };
    PreviewView {
        category: view.category,
        severity: view.severity,
        town: view.town,
        town_code: view.town_code,
        lead: view.lead,
        supporting: view.supporting,
        deadline: view.deadline,
        why: view::why(city, &foreseen.incident),
        suggestions: foreseen.alike.iter().map(alike).collect(),
    }
}
