//! What is held side by side: an incident of the machine and one of the model, in the same words.

use domain::assignment::{Assignment, StageClock};
use domain::clock::{Certainty, Light};
use domain::course::{Following, Moments};
use domain::incident::Incident;
use domain::request::Request;
use domain::time::Timestamp;

use super::minutes::{Minutes, Running, Sure};
use super::model::{Model, Part, Wish};

fn at(minute: i64) -> Timestamp {
    Timestamp::from_millis(minute * 60_000)
}

/// The lines in which an incident is told; two that differ show where.
pub fn of_machine(incident: &Incident, following: &Following, now: Timestamp) -> Vec<String> {
    let mut heard = incident.escalated_to.clone();
    heard.sort();
    let plan = incident.plan.as_ref();
    let ticked: Vec<String> = plan
        .map(|plan| plan.done.keys().cloned().collect())
        .unwrap_or_default();
    let answered: Vec<bool> = incident
        .instructions
        .iter()
        .map(|one| !one.is_open())
        .collect();
    let category = incident.category.map(|code| code.to_string());
    let claimed = incident
        .claimed_by
        .as_ref()
        .map(|name| name.as_str().to_owned());
    let Moments {
        dispatched_at,
        closed_at,
        in_time,
        accurate,
    } = following.moments;
    let mut lines = vec![
        format!("{} revision {}", incident.state, incident.revision),
        format!(
            "kind {category:?} {:?} {:?}",
            incident.severity, incident.title
        ),
        format!("claimed {claimed:?} verified {:?}", incident.verified),
        format!("clock {}", clock_of_machine(incident.clock.as_ref(), now)),
        format!(
            "hops {} returned {} binding {}",
            incident.hops, incident.returned, incident.binding
        ),
        format!("extension {}", request(&incident.extension)),
        format!("suspension {}", request(&incident.suspension)),
        format!("appeal {}", request(&incident.appeal)),
        format!(
            "suspended {} until {:?}",
            incident.suspended, incident.suspended_until
        ),
        format!("waiting {:?} answered {answered:?}", incident.waiting()),
        format!("urged {} heard {heard:?}", incident.urged),
        format!(
            "plan {:?} ticked {ticked:?}",
            plan.map(|plan| plan.plan.id.as_str())
        ),
        format!(
            "exempted {} satisfied {:?} standard {}",
            incident.exempted,
            incident.satisfied,
            incident.standard.is_some()
        ),
        format!("pieces {}", incident.evidence_count),
        format!(
            "counted dispatched {dispatched_at:?} closed {closed_at:?} in time {in_time:?} accurate {accurate:?}"
        ),
    ];
    let mut parts: Vec<String> = incident
        .assignments()
        .map(|one| assignment(one, now))
        .collect();
    // The lead, then those in support in any order.
    parts.get_mut(1..).unwrap_or_default().sort();
    lines.extend(parts);
    lines
}

pub fn of_model(model: &Model) -> Vec<String> {
    let minutes = model.minutes();
    let heard: Vec<_> = model.heard.iter().collect();
    let ticked: Vec<_> = model.ticked.iter().collect();
    let facts = &model.facts;
    let mut lines = vec![
        format!("{} revision {}", model.state, model.revision),
        format!(
            "kind {:?} {:?} {:?}",
            model.category, model.severity, model.title
        ),
        format!("claimed {:?} verified {:?}", model.claimed, model.verified),
        format!(
            "clock {}",
            clock_of_model(model.clock.as_ref(), minutes, model.now)
        ),
        format!(
            "hops {} returned {} binding {}",
            model.hops, model.returned, model.binding
        ),
        format!("extension {}", wish(&model.extension)),
        format!("suspension {}", wish(&model.suspension)),
        format!("appeal {}", wish(&model.appeal)),
        format!(
            "suspended {} until {:?}",
            model.suspended(),
            model.suspended_until.map(at)
        ),
        format!(
            "waiting {:?} answered {:?}",
            model.waiting(),
            model.answered
        ),
        format!("urged {} heard {heard:?}", model.urged),
        format!("plan {:?} ticked {ticked:?}", model.plan),
        format!(
            "exempted {} satisfied {:?} standard {}",
            model.exempted, model.satisfied, model.standard
        ),
        format!("pieces {}", model.pieces),
        format!(
            "counted dispatched {:?} closed {:?} in time {:?} accurate {:?}",
            facts.dispatched.map(at),
            facts.closed.map(at),
            facts.in_time,
            model.accurate()
        ),
    ];
    let parts = model.lead.iter().chain(&model.support);
    let mut parts: Vec<String> = parts.map(|one| part(one, minutes, model.now)).collect();
    parts.get_mut(1..).unwrap_or_default().sort();
    lines.extend(parts);
    lines
}

fn clock_of_machine(clock: Option<&StageClock>, now: Timestamp) -> String {
    let Some(clock) = clock else {
        return "none".into();
    };
    let (name, late) = (clock.stage.name(), clock.is_overdue(now));
    if let Some(left) = clock.paused_left_ms {
        return format!("{name} stands with {left} ms late {late}");
    }
    let due = &clock.due;
    let sure = match due.certainty {
        Certainty::Certain => Sure::Certain,
        Certainty::Provisional(year) => Sure::Provisional(year),
        Certainty::Missing(year) => Sure::Missing(year),
    };
    format!(
        "{name} due {:?} warns {:?} {:?} {sure:?} late {late}",
        due.due_at,
        due.warn_at,
        due.light(now)
    )
}

fn clock_of_model(clock: Option<&Running>, minutes: &Minutes, now: i64) -> String {
    let Some(clock) = clock else {
        return "none".into();
    };
    let (name, late) = (clock.stage.name(), clock.is_late(minutes, now));
    if let Some(left) = clock.stands {
        return format!("{name} stands with {} ms late {late}", left * 60_000);
    }
    let (due, sure) = clock.used_up(minutes, 100);
    let (warns, _) = clock.used_up(minutes, 80);
    let light = match (due, warns) {
        (Some(due), _) if now >= due => Light::Red,
        (Some(_), Some(warns)) if now < warns => Light::Green,
        _ => Light::Yellow,
    };
    format!(
        "{name} due {:?} warns {:?} {light:?} {sure:?} late {late}",
        due.map(at),
        warns.map(at)
    )
}

fn request(request: &Request) -> String {
    let asked = request.asked.is_some();
    let (granted, refused) = (request.granted, request.refused);
    let first = request.waits_for_leader();
    format!("asked {asked} granted {granted} refused {refused} first yes {first}")
}

fn wish(wish: &Wish) -> String {
    let (asked, granted, refused) = (wish.asked, wish.granted, wish.refused);
    let first = asked && wish.first_yes;
    format!("asked {asked} granted {granted} refused {refused} first yes {first}")
}

fn assignment(one: &Assignment, now: Timestamp) -> String {
    let set_out = one.set_out.as_ref().map(|out| (out.at, out.expected_at));
    format!(
        "{} acknowledged {:?} set out {set_out:?} arrived {:?} done {:?} clock {}",
        one.department,
        one.acknowledged_at,
        one.arrived_at,
        one.resolved_at,
        clock_of_machine(one.clock.as_ref(), now)
    )
}

fn part(one: &Part, minutes: &Minutes, now: i64) -> String {
    let set_out = one
        .set_out
        .map(|(at_minute, there)| (at(at_minute), there.map(at)));
    format!(
        "{} acknowledged {:?} set out {set_out:?} arrived {:?} done {:?} clock {}",
        one.department,
        one.acknowledged.map(at),
        one.arrived.map(at),
        one.done.map(at),
        clock_of_model(one.clock.as_ref(), minutes, now)
    )
}
