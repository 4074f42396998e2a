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
) -> Result<Vec<(Arc<Incident>, Link)>, String> {
    let mut unsettled: Vec<(Arc<Incident>, Link)> = Vec::new();
    if !incident.state.is_open() {
        return Ok(unsettled);
    }
    for entry in timeline.iter().rev() {
        let Happening::MaybeSame { other, link } = &entry.what else {
            continue;
        };
        if incident.linked.contains(other) || unsettled.iter().any(|(known, _)| known.id == *other)
        {
            continue;
        }
        let other = records.incident(*other)?;
        let open = other.filter(|other| other.state.is_open() && audience.may_read(other));
        unsettled.extend(open.map(|other| (other, link.clone())));
    }
    Ok(unsettled)
}

/// A suggestion of the log: how alike, and what that was made of.
pub fn of_log(city: &City, other: &Incident, link: &Link) -> SuggestionView {
    shown(
        city,
        other,
        link.score,
        explain::link(Language::Zh, Some(link)),
        explain::link(Language::En, Some(link)),
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
