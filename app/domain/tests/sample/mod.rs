//! An incident for tests, here and in the pages; what a story is about, it changes itself.

use domain::assignment::Stage;
use domain::category::Severity;
use domain::clock::{ClockKind, Light};
use domain::ids::IncidentId;
use domain::lifecycle::State;
use domain::time::Timestamp;
use domain::wire::{DeadlineView, IncidentView};

pub fn moment() -> Timestamp {
    Timestamp::parse_rfc3339("2026-11-23T09:00:00+08:00").expect("a written moment")
}

/// Just reported, of no place and nobody's yet.
pub fn incident(number: u64, severity: Severity, state: State) -> IncidentView {
    IncidentView {
        id: IncidentId::new(number, 0),
        number: number.to_string(),
        revision: 1,
        category: None,
        severity,
        state,
        title: "积水".into(),
        title_en: "Flooding".into(),
        position: None,
        town: None,
        town_code: None,
        village: None,
        grid: None,
        confidence: 1.0,
        opened_at: moment(),
        updated_at: moment(),
        deadline: None,
        lead: None,
        supporting: Vec::new(),
        evidence_count: 1,
        hops: 0,
        suspended: false,
        drill: false,
        claimed_by: None,
        merged_into: None,
        tray: false,
        waiting: Vec::new(),
        urged: 0,
        escalated_to: Vec::new(),
    }
}

/// For handling, without a warning before.
pub fn due(at: Timestamp) -> DeadlineView {
    DeadlineView {
        stage: Stage::Handle,
        due_at: Some(at),
        warn_at: None,
        clock: ClockKind::UrgentHour,
        light: Light::Green,
        explanation: String::new(),
        explanation_en: String::new(),
    }
}
