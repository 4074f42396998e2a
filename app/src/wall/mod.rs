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

    use domain::category::Severity;
    use domain::lifecycle::State;
    use domain::wire::IncidentView;

    use crate::sample;
    pub use crate::sample::moment as now;

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
            self.0.deadline = Some(sample::due(now().plus_minutes(-1)));
            self
        }
    }

    /// Opened some seconds after a quiet minute ago.
    pub fn view(number: u64, severity: Severity, state: State, second: i64) -> Sample {
        let opened_at = now().plus_millis(-60_000 + second * 1000);
        Sample(IncidentView {
            opened_at,
            updated_at: opened_at,
            ..sample::incident(number, severity, state)
        })
    }
}
