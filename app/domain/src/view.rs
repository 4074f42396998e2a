//! Turns what the Picture holds into what is shown: names instead of codes, sentences instead of reasons, light by the clock.
//! Pure: the moment is given.

use crate::alarm::{Alarm, AlarmCause};
use crate::assignment::{Assignment, StageClock};
use crate::attachment::Attachment;
use crate::city::City;
use crate::clock::Light;
use crate::explain;
use crate::ids::{JurisdictionCode, ThingId};
use crate::incident::{
    Evidence, EvidenceKind, Incident, LinkReason, ResponsibilityReason, TimelineEntry,
};
use crate::instruction::Instruction;
use crate::language::Language;
use crate::lifecycle::State;
use crate::plan::PlanInUse;
use crate::request::{Request, Waiting};
use crate::roads::Roads;
use crate::time::Timestamp;
use crate::unit::{Sensor, Unit};
use crate::wire::record::Whereabouts;
use crate::wire::work::{
    AnswerView, AssignmentView, InstructionView, ItemView, ObjectiveView, Part, PlanView,
    RequestView, WorkView,
};
use crate::wire::{
    AlarmView, AttachmentView, DeadlineView, EvidenceView, IncidentView, MeasuredView, NotedView,
    OutOfServiceView, SensorView, ShelvingView, SuppressionView, TimelineView, UnitView, WhyView,
};

pub fn incident(city: &City, incident: &Incident, now: Timestamp) -> IncidentView {
    IncidentView {
        id: incident.id,
        number: incident.number.clone(),
        revision: incident.revision,
        category: incident.category,
        severity: incident.severity,
        state: incident.state,
        title: explain::title(city, Language::Zh, incident),
        title_en: explain::title(city, Language::En, incident),
        position: incident.position,
        town: incident
            .town
            .as_ref()
            .map(|code| explain::town_name(city, Language::Zh, code).to_owned()),
        town_code: incident.town.as_ref().map(ToString::to_string),
        village: incident.village.as_ref().map(ToString::to_string),
        grid: incident.grid.as_ref().map(ToString::to_string),
        confidence: f32::from(incident.confidence) / 100.0,
        opened_at: incident.opened_at,
        updated_at: incident.updated_at,
        deadline: deadline(incident, now),
        lead: incident.lead.as_ref().map(|lead| lead.department.clone()),
        supporting: incident
            .supporting
            .iter()
            .map(|assignment| assignment.department.clone())
            .collect(),
        evidence_count: incident.evidence_count,
        hops: incident.hops,
        suspended: incident.suspended,
        drill: incident.drill,
        claimed_by: incident.claimed_by.as_ref().map(ToString::to_string),
        merged_into: incident.merged_into,
        tray: in_tray(incident),
        waiting: incident.waiting(),
        urged: incident.urged,
        escalated_to: incident.escalated_to.clone(),
    }
}

/// Whether it waits for the duty officer because the machine could not decide.
pub fn in_tray(incident: &Incident) -> bool {
    matches!(incident.state, State::Reported | State::Registered)
        && matches!(
            incident.why.responsibility,
            ResponsibilityReason::NoCategory
                | ResponsibilityReason::NoTown
                | ResponsibilityReason::NoRow
                | ResponsibilityReason::OnPurpose
                | ResponsibilityReason::NeedsYes { .. }
                | ResponsibilityReason::SeveralRows(_)
                | ResponsibilityReason::NearBorder(_)
        )
}

fn deadline(incident: &Incident, now: Timestamp) -> Option<DeadlineView> {
    incident.clock.as_ref().map(|clock| deadline_of(clock, now))
}

fn deadline_of(clock: &StageClock, now: Timestamp) -> DeadlineView {
    let paused = clock.is_paused();
    DeadlineView {
        stage: clock.stage,
        due_at: clock.due.due_at.filter(|_| !paused),
        warn_at: clock.due.warn_at.filter(|_| !paused),
        clock: clock.limit.clock(),
        light: if paused {
            Light::Green
        } else {
            clock.due.light(now)
        },
        explanation: explain::deadline(Language::Zh, Some(clock)),
        explanation_en: explain::deadline(Language::En, Some(clock)),
    }
}

/// How the work stands. `unit` finds a unit that is on its way.
pub fn work(
    incident: &Incident,
    now: Timestamp,
    unit: impl Fn(&ThingId) -> Option<UnitView>,
) -> WorkView {
    let requests = [
        (
            Waiting::Extension,
            Waiting::ExtensionLeader,
            &incident.extension,
        ),
        (
            Waiting::Suspension,
            Waiting::SuspensionLeader,
            &incident.suspension,
        ),
        (Waiting::Appeal, Waiting::Appeal, &incident.appeal),
    ];
    WorkView {
        assignments: incident
            .assignments()
            .map(|assignment| assigned(incident, assignment, now, &unit))
            .collect(),
        instructions: incident.instructions.iter().map(instruction).collect(),
        plan: incident.plan.as_ref().map(plan),
        requests: requests
            .into_iter()
            .filter_map(
                |(first, second, request)| match request.waits_for_leader() {
                    false => asked(first, request),
                    true => asked(second, request),
                },
            )
            .collect(),
    }
}

fn assigned(
    incident: &Incident,
    assignment: &Assignment,
    now: Timestamp,
    unit: impl Fn(&ThingId) -> Option<UnitView>,
) -> AssignmentView {
    let set_out = assignment.set_out.as_ref();
    let driving = set_out
        .filter(|_| assignment.arrived_at.is_none())
        .and_then(|set_out| set_out.unit.as_ref());
    let position = driving.and_then(unit).map(|unit| unit.position);
    let by_way = position
        .zip(incident.position)
        .map(|(from, to)| now.plus_millis(Roads::default().way_ms(from.distance_m(to))));
    AssignmentView {
        department: assignment.department.clone(),
        part: match incident.is_led_by(&assignment.department) {
            true => Part::Lead,
            false => Part::Support,
        },
        assigned_at: assignment.assigned_at,
        acknowledged_at: assignment.acknowledged_at,
        set_out_at: set_out.map(|set_out| set_out.at),
        unit: set_out.and_then(|set_out| set_out.unit.clone()),
        unit_position: position,
        expected_at: by_way.or(set_out.and_then(|set_out| set_out.expected_at)),
        arrived_at: assignment.arrived_at,
        resolved_at: assignment.resolved_at,
        deadline: assignment
            .clock
            .as_ref()
            .map(|clock| deadline_of(clock, now)),
    }
}

fn instruction(one: &Instruction) -> InstructionView {
    InstructionView {
        number: one.number,
        by: one.by.to_string(),
        at: one.at,
        text: one.text.clone(),
        answer_by: one.answer_by,
        answer: one.answer.as_ref().map(|answer| AnswerView {
            by: answer.by.to_string(),
            department: answer.department.clone(),
            at: answer.at,
            text: answer.text.clone(),
        }),
    }
}

fn plan(in_use: &PlanInUse) -> PlanView {
    let plan = &in_use.plan;
    let items = plan.items.iter().map(|item| {
        let done = in_use.done.get(&item.id);
        ItemView {
            id: item.id.clone(),
            text: item.text.clone(),
            text_en: item.text_en.clone(),
            whose: item.whose,
            done_by: done.map(|done| done.by.to_string()),
            done_at: done.map(|done| done.at),
        }
    });
    let objectives = plan.objectives.iter().map(|one| ObjectiveView {
        text: one.text.clone(),
        text_en: one.text_en.clone(),
    });
    PlanView {
        id: plan.id.clone(),
        name: plan.name.clone(),
        name_en: plan.name_en.clone(),
        objectives: objectives.collect(),
        items: items.collect(),
    }
}

fn asked(kind: Waiting, request: &Request) -> Option<RequestView> {
    let asked = request.asked.as_ref()?;
    Some(RequestView {
        kind,
        by: asked.by.to_string(),
        department: asked.department.clone(),
        at: asked.at,
        reason: asked.reason.clone(),
        until: asked.until,
        needs_leader: asked.needs_leader,
        first_yes: asked.first_yes.as_ref().map(ToString::to_string),
        granted: request.granted,
    })
}

pub fn why(city: &City, incident: &Incident) -> WhyView {
    WhyView {
        category: explain::category(city, Language::Zh, incident),
        jurisdiction: explain::jurisdiction(city, Language::Zh, incident),
        responsibility: explain::responsibility(city, Language::Zh, incident),
        deadline: explain::deadline(Language::Zh, incident.clock.as_ref()),
        category_en: explain::category(city, Language::En, incident),
        jurisdiction_en: explain::jurisdiction(city, Language::En, incident),
        responsibility_en: explain::responsibility(city, Language::En, incident),
        deadline_en: explain::deadline(Language::En, incident.clock.as_ref()),
    }
}

pub fn evidence(evidence: &Evidence) -> EvidenceView {
    let link = evidence.link.as_ref();
    EvidenceView {
        id: evidence.id.to_string(),
        kind: match evidence.kind {
            EvidenceKind::Report => "report",
            EvidenceKind::Alarm(_) => "alarm",
            EvidenceKind::Silence(_) => "silence",
            EvidenceKind::Hand => "desk",
        }
        .to_owned(),
        source: evidence.source.to_string(),
        observation: evidence.observation.to_string(),
        thing: evidence.thing.as_ref().map(ToString::to_string),
        time: evidence.time,
        position: evidence.position,
        category: evidence.category,
        severity: evidence.severity,
        text: evidence.text.clone(),
        suspect: evidence.suspect,
        said_place: evidence.said.as_ref().map(|said| said.name.clone()),
        distance_m: link.and_then(|link| match link.reason {
            LinkReason::Alike { distance_m, .. } => Some(distance_m),
            LinkReason::SameThing => Some(0),
            LinkReason::SamePlaceNamed { .. } | LinkReason::Person(_) => None,
        }),
        score: link.map(|link| f32::from(link.score) / 100.0),
        reason: explain::link(Language::Zh, link),
        reason_en: explain::link(Language::En, link),
        reporter: evidence.reporter.as_ref().map(ToString::to_string),
    }
}

pub fn attachment(attachment: &Attachment) -> AttachmentView {
    let Attachment {
        id, incident, file, ..
    } = attachment;
    let url = format!("/api/v1/incidents/{incident}/attachments/{id}");
    AttachmentView {
        id: *id,
        name: file.name.to_string(),
        media_type: file.kind.name().to_owned(),
        bytes: file.file.bytes,
        sha256: file.file.sha256.to_string(),
        width: file.size.map(|size| size.width),
        height: file.size.map(|size| size.height),
        by: attachment.by.name().to_owned(),
        at: attachment.at,
        preview_url: file.preview.map(|_| format!("{url}?preview=1")),
        url,
    }
}

pub fn timeline(city: &City, entry: &TimelineEntry) -> TimelineView {
    TimelineView {
        at: entry.at,
        by: entry.by.name().to_owned(),
        role: entry.by.role().map(|role| role.name().to_owned()),
        command: match &entry.what {
            crate::incident::Happening::Commanded { command, .. } => {
                Some(command.name().to_owned())
            }
            _ => None,
        },
        text: explain::happening(city, Language::Zh, &entry.what),
        text_en: explain::happening(city, Language::En, &entry.what),
    }
}

pub fn unit(city: &City, unit: &Unit) -> UnitView {
    let whereabouts = whereabouts(unit);
    UnitView {
        id: unit.id.clone(),
        source: unit.source.clone(),
        position: whereabouts.position,
        heading_deg: whereabouts.heading_deg,
        speed_mps: whereabouts.speed_mps,
        status: unit.motion.status.clone(),
        kind: unit.motion.kind.clone(),
        observed_at: whereabouts.observed_at,
        heard_at: whereabouts.heard_at,
        town: unit
            .town
            .as_ref()
            .map(|code| explain::town_name(city, Language::Zh, code).to_owned()),
        town_code: unit.town.as_ref().map(ToString::to_string),
        drill: unit.drill,
        sources: unit.heard.iter().map(|one| one.source.clone()).collect(),
    }
}

pub fn whereabouts(unit: &Unit) -> Whereabouts {
    Whereabouts {
        position: unit.position,
        heading_deg: unit.motion.heading_deg,
        speed_mps: unit.motion.speed_cmps.map(|speed| speed as f32 / 100.0),
        observed_at: unit.observed_at,
        heard_at: unit.heard_at,
    }
}

/// Whether all that is shown of a unit but its whereabouts is as it was, under the same pack.
pub fn only_moved(shown: &UnitView, unit: &Unit) -> bool {
    // A field added to what is shown must be looked at here.
    let UnitView {
        id,
        source,
        status,
        kind,
        town: _named_by_its_code,
        town_code,
        drill,
        sources,
        position: _,
        heading_deg: _,
        speed_mps: _,
        observed_at: _,
        heard_at: _,
    } = shown;
    let code = unit.town.as_ref().map(JurisdictionCode::as_str);
    *id == unit.id
        && *source == unit.source
        && *status == unit.motion.status
        && *kind == unit.motion.kind
        && town_code.as_deref() == code
        && *drill == unit.drill
        && sources.iter().eq(unit.heard.iter().map(|one| &one.source))
}

pub fn sensor(city: &City, sensor: &Sensor) -> SensorView {
    SensorView {
        id: sensor.id.clone(),
        source: sensor.source.clone(),
        position: sensor.position,
        latest: sensor
            .latest
            .iter()
            .map(|measured| MeasuredView {
                property: measured.property.to_string(),
                value: measured.value,
                unit: measured.unit.clone(),
                observed_at: measured.observed_at,
                suspect: measured.suspect,
            })
            .collect(),
        heard_at: sensor.heard_at,
        in_alarm: sensor.in_alarm,
        town: sensor
            .town
            .as_ref()
            .map(|code| explain::town_name(city, Language::Zh, code).to_owned()),
        town_code: sensor.town.as_ref().map(ToString::to_string),
        drill: sensor.drill,
    }
}

/// The rule of the pack that raised it, if one did.
pub fn rule_of(alarm: &Alarm) -> Option<String> {
    match &alarm.cause {
        AlarmCause::Rule(rule) | AlarmCause::Silence(rule) => Some(rule.to_string()),
        AlarmCause::Source(_) | AlarmCause::Ourselves(_) => None,
    }
}

pub fn alarm(alarm: &Alarm) -> AlarmView {
    AlarmView {
        id: alarm.id,
        source: alarm.source.clone(),
        thing: alarm.thing.clone(),
        rule: rule_of(alarm),
        category: alarm.category,
        severity: alarm.severity,
        state: alarm.state,
        silenced: alarm.silenced,
        position: alarm.position,
        raised_at: alarm.raised_at,
        cleared_at: alarm.cleared_at,
        incident: alarm.incident,
        text: alarm.text.clone(),
        drill: alarm.drill,
        town_code: alarm.town.as_ref().map(ToString::to_string),
        told_at: alarm.told_at,
        told_in: alarm.told_in.0,
        returned: alarm.returned,
        chattering: alarm.chattering,
        stale: alarm.stale,
        latching: alarm.latching,
        acknowledged: alarm.acknowledged.as_ref().map(|noted| NotedView {
            by: noted.by.name().to_owned(),
            at: noted.at,
        }),
        shelved: alarm.shelved.as_ref().map(|shelved| ShelvingView {
            by: shelved.by.name().to_owned(),
            at: shelved.at,
            until: shelved.until,
            reason: shelved.reason.clone(),
        }),
        out_of_service: alarm.out_of_service.as_ref().map(|out| OutOfServiceView {
            by: out.by.name().to_owned(),
            at: out.at,
            reason: out.reason.clone(),
        }),
        suppressed: alarm.suppressed.as_ref().map(|muted| SuppressionView {
            rule: muted.rule.clone(),
            by: muted.by,
            at: muted.at,
        }),
        history: alarm.history,
        voice: alarm.needs_voice(),
    }
}
