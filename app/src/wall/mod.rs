//! What only walls have: how large they write, which six incidents they show, what desks put on them, and how they
//! mend themselves. A wall is never touched: nobody reloads it, signs it in, or moves its map.

mod follow;
mod left;
mod map;
mod right;
pub mod seat;
mod show;
pub mod situation;
pub mod six;
pub mod told;

pub use follow::{Wall, follow};
pub use left::{Figures, SituationPart};
pub use map::{Framed, WallMap};
pub use right::Right;
pub use show::{ShowOnWall, is_on_wall, may_pin, pinned, put_on_wall};

#[cfg(test)]
mod tests {
    //! Incidents for the tests of walls.

    use std::ops::Deref;

    use domain::assignment::Stage;
    use domain::category::Severity;
    use domain::clock::{ClockKind, Light};
    use domain::ids::IncidentId;
    use domain::lifecycle::State;
    use domain::time::Timestamp;
    use domain::wire::{DeadlineView, IncidentView};

    pub struct Sample(IncidentView);

    impl Deref for Sample {
        type Target = IncidentView;
        fn deref(&self) -> &IncidentView {
            &self.0
        }
    }

    impl Sample {
        pub fn practice(mut self) -> Self {
            self.0.drill = true;
            self
        }

        pub fn late(mut self) -> Self {
            self.0.deadline = Some(DeadlineView {
                stage: Stage::Handle,
                due_at: Some(now().plus_minutes(-1)),
                warn_at: None,
                clock: ClockKind::UrgentHour,
                light: Light::Red,
                explanation: String::new(),
                explanation_en: String::new(),
            });
            self
        }
    }

    pub fn now() -> Timestamp {
        Timestamp::parse_rfc3339("2026-11-23T09:00:00+08:00").expect("a written moment")
    }

    /// Opened some seconds after a quiet minute ago.
    pub fn view(number: u64, severity: Severity, state: State, second: i64) -> Sample {
        let opened_at = now().plus_millis(-60_000 + second * 1000);
        Sample(IncidentView {
            id: IncidentId::new(number, 0),
            number: number.to_string(),
            revision: 1,
            category: None,
            severity,
            state,
            title: String::new(),
            title_en: String::new(),
            position: None,
            town: None,
            town_code: None,
            village: None,
            grid: None,
            confidence: 1.0,
            opened_at,
            updated_at: opened_at,
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
        })
    }
}
