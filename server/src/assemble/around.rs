//! Units by where they are, kept up with every block, for whoever asks who is nearest.

use std::sync::{PoisonError, RwLock};

use domain::change::{Change, Stepped};
use domain::choice::Near;
use domain::ids::ThingId;
use domain::nearest::{Found, Nearest};
use domain::picture::Picture;

pub struct Around(RwLock<Nearest<ThingId>>);

impl Around {
    pub fn of(picture: &Picture) -> Self {
        let mut nearest = Nearest::default();
        for unit in picture.units.values() {
            nearest.put(&unit.id, unit.position);
        }
        Self(RwLock::new(nearest))
    }

    pub fn witness(&self, stepped: &Stepped) {
        let moves = |change: &Change| matches!(change, Change::Unit(_) | Change::UnitGone(_));
        if !stepped.changes.iter().any(moves) {
            return;
        }
        let mut nearest = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for change in &stepped.changes {
            match change {
                Change::Unit(unit) => nearest.put(&unit.id, unit.position),
                Change::UnitGone(id) => nearest.remove(id),
                _ => {}
            }
        }
    }

    pub fn nearest(&self, near: Near, fits: impl Fn(&ThingId) -> bool) -> Vec<Found<ThingId>> {
        let nearest = self.0.read().unwrap_or_else(PoisonError::into_inner);
        nearest.to_those(near.to, near.most, fits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::single_writer::rehearsal::{Day, Said, nancheng};

    fn nearest_to_nancheng(around: &Around) -> Vec<String> {
        let near = Near {
            to: nancheng(),
            most: 2,
        };
        let found = around.nearest(near, |_| true).into_iter();
        found.map(|one| one.key.to_string()).collect()
    }

    #[test]
    fn who_drives_off_is_no_longer_the_nearest_and_a_start_finds_the_same() {
        let mut day = Day::begin();
        let around = Around::of(day.picture());
        let heard = |day: &mut Day, name: &str, east_m: f64| {
            day.later(1);
            let said = Said::unit(name, day.now, nancheng().offset_m(east_m, 0.0));
            day.hear(said);
            around.witness(day.told.last().expect("a block"));
        };
        heard(&mut day, "bus-1", 100.0);
        heard(&mut day, "bus-2", 300.0);
        heard(&mut day, "bus-3", 200.0);
        assert_eq!(nearest_to_nancheng(&around), ["bus-1", "bus-3"]);
        heard(&mut day, "bus-1", 900.0);
        assert_eq!(nearest_to_nancheng(&around), ["bus-3", "bus-2"]);
        assert_eq!(
            nearest_to_nancheng(&Around::of(day.picture())),
            ["bus-3", "bus-2"]
        );
    }
}
