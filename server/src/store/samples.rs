//! A small city's worth of things to keep, for the tests of the store.
//! Everything is made of numbers given by the test, so that the same numbers give the same things.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::account::Actor;
use domain::assignment::{Assignment, Stage, StageClock};
use domain::calendar::{Calendar, CalendarParts};
use domain::category::{Category, CategoryCode, Severity};
use domain::change::{Change, Stepped};
use domain::city::{City, FamilyRule, FusionRules, NameRules, StageLimits, Town};
use domain::clock::{Certainty, Due, Limit};
use domain::command::{Block, Input, LOGIC};
use domain::ids::{
    AccountName, BlockNumber, DepartmentId, EvidenceId, IncidentId, JurisdictionCode,
    ObservationId, SourceId,
};
use domain::incident::{
    CategoryReason, Evidence, EvidenceKind, Happening, Incident, JurisdictionReason, OpenedBy,
    ResponsibilityReason, SetByHand, TimelineEntry, Why,
};
use domain::lifecycle::{CommandName, State};
use domain::observation::{Body, Fingerprint, Observation};
use domain::place::{Bounds, Position};
use domain::request::{Asked, Request};
use domain::time::{Timestamp, Zone};

/// 2026-11-23T00:00:00+08:00 and `minutes` more.
pub(super) fn minute(minutes: u64) -> Timestamp {
    Timestamp::from_millis(1_795_363_200_000).plus_minutes(minutes.cast_signed())
}

pub(super) fn source() -> SourceId {
    SourceId::new("hotline-12345").expect("a plain id")
}

pub(super) fn town(code: &str) -> JurisdictionCode {
    JurisdictionCode::new(code).expect("a plain id")
}

pub(super) fn department(id: &str) -> DepartmentId {
    DepartmentId::new(id).expect("a plain id")
}

pub(super) fn category(code: &str) -> CategoryCode {
    code.parse().expect("a category code")
}

pub(super) fn report(id: &str, text: &str) -> Observation {
    Observation {
        source: source(),
        id: ObservationId::new(id).expect("a plain id"),
        version: 1,
        fingerprint: Fingerprint {
            identity: 7,
            content: 8,
        },
        time: minute(0),
        position: Position::from_degrees(113.7463, 23.0234).ok(),
        area: None,
        accuracy_m: Some(30),
        body: Body::Report {
            text: text.into(),
            category: None,
            severity: Some(Severity::Severe),
        },
        drill: false,
        backfill: false,
        reporter: None,
        attributes: BTreeMap::from([("line".into(), "3".into())]),
    }
}

/// Some reports, a minute after the block before.
pub(super) fn block(number: u64, reports: u64) -> Block {
    Block {
        logic: LOGIC,
        number: BlockNumber(number),
        now: minute(number),
        inputs: (0..reports)
            .map(|index| {
                let id = format!("WO-{number}-{index}");
                Input::Observation(Box::new(report(&id, "虎门镇路灯不亮，已经三天")))
            })
            .collect(),
    }
}

pub(super) fn incident(block: u64, index: u32) -> Incident {
    Incident {
        id: IncidentId::new(block, index),
        number: format!("E030120261123{:04}", block * 100 + u64::from(index)),
        revision: 1,
        state: State::Reported,
        category: Some(category("E0301")),
        severity: Severity::Moderate,
        title: None,
        position: Position::from_degrees(113.7 + f64::from(index) / 1000.0, 23.0).ok(),
        town: Some(town("441900121")),
        village: None,
        grid: None,
        confidence: 80,
        opened_at: minute(block),
        updated_at: minute(block),
        opened_by: OpenedBy::Feed(source()),
        by_hand: SetByHand::default(),
        claimed_by: None,
        verified: None,
        clock: None,
        lead: None,
        supporting: Vec::new(),
        former: Vec::new(),
        evidence_count: 1,
        hops: 0,
        returned: false,
        binding: false,
        extension: Request::default(),
        suspension: Request::default(),
        suspended: false,
        suspended_until: None,
        instructions: Vec::new(),
        urged: 0,
        escalated_to: Vec::new(),
        escalation: Vec::new(),
        plan: None,
        appeal: Request::default(),
        exempted: false,
        satisfied: None,
        standard: None,
        linked: Vec::new(),
        merged_into: None,
        drill: false,
        why: Why {
            category: CategoryReason::Source(source()),
            jurisdiction: JurisdictionReason::NoOutline,
            responsibility: ResponsibilityReason::Undecided,
        },
    }
}

pub(super) fn evidence(block: u64, index: u32, incident: IncidentId, text: &str) -> Evidence {
    Evidence {
        id: EvidenceId::new(block, index),
        incident,
        kind: EvidenceKind::Report,
        source: source(),
        observation: ObservationId::new(&format!("WO-{block}-{index}")).expect("a plain id"),
        thing: None,
        time: minute(block),
        position: None,
        said: None,
        accuracy_m: None,
        category: None,
        category_reason: CategoryReason::Unknown,
        severity: Severity::Minor,
        text: text.into(),
        suspect: None,
        reporter: None,
        drill: false,
        link: None,
    }
}

pub(super) fn opened(incident: &Incident, block: u64) -> TimelineEntry {
    TimelineEntry {
        incident: incident.id,
        at: minute(block),
        block: BlockNumber(block),
        by: Actor::Machine,
        command: None,
        what: Happening::Opened,
    }
}

/// An urgent clock that ends at `due`.
pub(super) fn clock_until(due: Timestamp) -> StageClock {
    let limit = Limit::urgent_minutes(60);
    StageClock {
        stage: Stage::Handle,
        limit,
        started_at: due.plus_minutes(-60),
        due: Due {
            start: due.plus_minutes(-60),
            limit,
            left_ms: None,
            due_at: Some(due),
            warn_at: None,
            certainty: Certainty::Certain,
            crossed: Vec::new(),
            zone: Zone::utc(),
            work_periods: Vec::new(),
        },
        paused_left_ms: None,
    }
}

pub(super) fn assigned(id: &str) -> Assignment {
    Assignment::new(department(id), minute(0))
}

/// An extension that waits for a dispatcher, or for a leader after him.
pub(super) fn asked(first_yes: bool) -> Asked {
    let name = |name: &str| AccountName::new(name).expect("a name");
    Asked {
        by: name("worker"),
        department: None,
        at: minute(0),
        reason: "雨天".into(),
        until: None,
        needs_leader: first_yes,
        first_yes: first_yes.then(|| name("dispatcher")),
    }
}

pub(super) fn note(incident: IncidentId, block: u64, note: &str) -> TimelineEntry {
    TimelineEntry {
        what: Happening::Commanded {
            command: CommandName::Comment,
            from: State::Reported,
            to: State::Reported,
            note: note.into(),
            said: None,
        },
        incident,
        at: minute(block),
        block: BlockNumber(block),
        by: Actor::Machine,
        command: None,
    }
}

pub(super) fn stepped(block: u64, changes: Vec<Change>) -> Arc<Stepped> {
    Arc::new(Stepped {
        block: BlockNumber(block),
        now: minute(block),
        changes,
        outcomes: Vec::new(),
    })
}

pub(super) fn changed(incident: &Incident) -> Change {
    Change::Incident(Arc::new(incident.clone()))
}

/// A city of two towns and one kind, named as given; everything else as empty as can be.
pub(super) fn city(town_name: &str, kind_name: &str) -> Arc<City> {
    let calendar = Calendar::new(CalendarParts {
        zone: Zone::utc(),
        work_periods: vec!["08:00-12:00".parse().expect("a morning")],
        weekend: BTreeSet::new(),
        days: BTreeMap::new(),
        official_years: BTreeSet::new(),
        provisional_years: BTreeSet::new(),
    })
    .expect("a plain calendar");
    let limit = Limit::urgent_minutes(15);
    let center = Position::from_degrees(113.7, 23.0).expect("a place");
    let town_of = |code: &str, name: &str, name_en: &str| Town {
        code: town(code),
        name: name.into(),
        name_en: name_en.into(),
        kind: "镇".into(),
        point: Some(center),
    };
    let kind = Category {
        code: category("E0301"),
        name: kind_name.into(),
        name_en: "Street lamp out".into(),
        class_name: "施工".into(),
        class_name_en: "Works".into(),
        family: "lamp".into(),
        severity: Severity::Minor,
        condition: String::new(),
        limit,
        standards: Vec::new(),
    };
    Arc::new(City {
        id: "testville".into(),
        name: "东莞".into(),
        name_en: "Dongguan".into(),
        code: town("441900"),
        zone: Zone::utc(),
        boundaries_note: String::new(),
        boundaries_note_en: String::new(),
        sample: true,
        sample_note: String::new(),
        bounds: Bounds::WORLD,
        center,
        zoom: 10.0,
        attribution: Vec::new(),
        outlines: Vec::new(),
        towns: vec![
            town_of("441900121", town_name, "Humen"),
            town_of("441900119", "长安镇", "Chang'an"),
        ],
        villages: Vec::new(),
        places: Vec::new(),
        departments: BTreeMap::new(),
        categories: BTreeMap::from([(kind.code, kind)]),
        tray_categories: Vec::new(),
        responsibilities: Vec::new(),
        calendar,
        limits: StageLimits {
            accept: limit,
            dispatch: limit,
            verify: limit,
            check: limit,
        },
        escalation: Vec::new(),
        exceptions: Vec::new(),
        approvals: Default::default(),
        plans: Vec::new(),
        fusion: FusionRules {
            default: FamilyRule {
                radius_m: 50,
                accuracy_cap_m: 50,
                named_m: 0,
                window_minutes: 60,
                size_cap: 1_000,
            },
            families: BTreeMap::new(),
            names: NameRules::default(),
            synonyms: Vec::new(),
        },
        alarm_rules: Vec::new(),
        alarm_ways: domain::city::AlarmWays::default(),
        inhibits: Vec::new(),
        instruments: Vec::new(),
        text_rules: Vec::new(),
        feeds: BTreeMap::new(),
        identities: BTreeMap::new(),
        labels: BTreeMap::new(),
    })
}
