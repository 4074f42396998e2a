//! A small city's worth of things to keep, for the tests of the store.
//! Everything is made of numbers given by the test, so that the same numbers give the same things.

use std::collections::BTreeMap;

use domain::category::{CategoryCode, Severity};
use domain::command::{Block, Input, LOGIC};
use domain::ids::{BlockNumber, IncidentId, JurisdictionCode, ObservationId, SourceId};
use domain::incident::{
    CategoryReason, Incident, JurisdictionReason, OpenedBy, Request, ResponsibilityReason,
    SetByHand, Why,
};
use domain::lifecycle::State;
use domain::observation::{Body, Fingerprint, Observation};
use domain::place::Position;
use domain::time::Timestamp;

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
        instruction_open: false,
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
