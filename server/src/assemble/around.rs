//! Units by where they are, kept up with every block, for whoever asks who is nearest.

use std::sync::{Arc, PoisonError, RwLock};

use domain::change::{Change, Stepped};
use domain::choice::Near;
use domain::ids::ThingId;
use domain::nearest::Nearest;
use domain::picture::Picture;
use domain::place::Position;
use domain::wire::{Layer, UnitView};

use crate::stream::{Hub, Item, Key, Shown};

/// So many of the nearest are looked at first, whether they fit or not.
const FIRST_LOOK: usize = 256;

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

    /// Of the units that are shown and fit the nearest, nearest first, and how far they are in metres. Whether one fits is asked
    /// while no lock is held, for the writer and the hub would wait.
    pub fn nearest(
        &self,
        hub: &Hub,
        near: Near,
        fits: &dyn Fn(&UnitView) -> bool,
    ) -> Vec<(Arc<UnitView>, f64)> {
        let first = near.most.max(FIRST_LOOK);
        let around = self.first(near.to, first);
        let nearby: Vec<_> = hub.read(|scene| {
            let found = around.iter();
            found
                .filter_map(|key| scene.things.get(key).cloned())
                .collect()
        });
        let found = those_that_fit(&nearby, near, fits);
        if found.len() == near.most || around.len() < first {
            return found;
        }
        // Few fit: to look at all of them once is less than to go on outwards.
        let all: Vec<_> = hub.read(|scene| scene.things.on(Layer::Units).cloned().collect());
        those_that_fit(&all, near, fits)
    }

    fn first(&self, to: Position, most: usize) -> Vec<Key> {
        let nearest = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let found = nearest.to(to, most).into_iter();
        found.map(|one| Key::Unit(one.key)).collect()
    }
}

fn those_that_fit(
    shown: &[Arc<Shown>],
    near: Near,
    fits: &dyn Fn(&UnitView) -> bool,
) -> Vec<(Arc<UnitView>, f64)> {
    let mut found: Vec<(Arc<UnitView>, f64)> = shown
        .iter()
        .filter_map(|shown| match &shown.item {
            Item::Unit(unit) => Some(unit.view()).filter(|view| fits(view)),
            _ => None,
        })
        .map(|view| {
            let distance_m = view.position.distance_m(near.to);
            (Arc::new(view), distance_m)
        })
        .collect();
    found.sort_unstable_by(|(one, one_m), (other, other_m)| {
        one_m.total_cmp(other_m).then_with(|| one.id.cmp(&other.id))
    });
    found.truncate(near.most);
    found
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;
    use crate::single_writer::rehearsal::{Day, Said, nancheng};

    fn near(most: usize) -> Near {
        let to = nancheng();
        Near { to, most }
    }

    fn nearest_to_nancheng(
        day: &Day,
        around: &Around,
        most: usize,
        fits: &dyn Fn(&UnitView) -> bool,
    ) -> Vec<String> {
        let (hub, _) = Hub::start(day.picture(), 1);
        let found = around.nearest(&hub, near(most), fits).into_iter();
        found.map(|(unit, _)| unit.id.to_string()).collect()
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
        let two = |day: &Day, around: &Around| nearest_to_nancheng(day, around, 2, &|_| true);
        heard(&mut day, "bus-1", 100.0);
        heard(&mut day, "bus-2", 300.0);
        heard(&mut day, "bus-3", 200.0);
        assert_eq!(two(&day, &around), ["bus-1", "bus-3"]);
        heard(&mut day, "bus-1", 900.0);
        assert_eq!(two(&day, &around), ["bus-3", "bus-2"]);
        assert_eq!(two(&day, &Around::of(day.picture())), ["bus-3", "bus-2"]);
    }

    #[test]
    fn whoever_fits_is_found_behind_hundreds_that_do_not() {
        let mut day = Day::begin();
        let buses = (0..FIRST_LOOK + 50).map(|number| {
            let there = nancheng().offset_m(10.0 * number as f64, 0.0);
            Said::unit(&format!("bus-{number:03}"), day.now, there)
        });
        let buses: Vec<Said> = buses.collect();
        day.feed(buses);
        let around = Around::of(day.picture());
        let tens = |most, least: &str| {
            let fits = |unit: &UnitView| {
                let name = unit.id.as_str();
                name.ends_with('0') && name >= least
            };
            nearest_to_nancheng(&day, &around, most, &fits)
        };
        assert_eq!(tens(2, "bus-005"), ["bus-010", "bus-020"]);
        assert_eq!(tens(3, "bus-235"), ["bus-240", "bus-250", "bus-260"]);
        assert_eq!(tens(3, "bus-285"), ["bus-290", "bus-300"]);
        assert_eq!(tens(FIRST_LOOK + 100, "bus-285").len(), 2);
        assert!(tens(3, "bus-999").is_empty());
    }

    #[test]
    fn whoever_looks_holds_up_neither_the_writer_nor_the_hub() {
        let mut day = Day::begin();
        day.hear(Said::unit("bus-1", day.now, nancheng()));
        let around = &Around::of(day.picture());
        let (hub, follow) = Hub::start(day.picture(), 1);
        day.later(1);
        day.hear(Said::unit("bus-1", day.now, nancheng().offset_m(9.0, 0.0)));
        let next = day.told.last().expect("a block").clone();
        let (to_hub, blocks) = mpsc::channel();
        let (done, went_on) = mpsc::channel();
        let shown = done.clone();
        hub.at_every_tick(move || shown.send("the hub").is_ok());
        std::thread::scope(|threads| {
            // Ends with this look, and the hub's thread with it.
            let to_hub = to_hub;
            threads.spawn(move || follow(blocks));
            let found = around.nearest(&hub, near(1), &|_| {
                let (next, done) = (next.clone(), done.clone());
                to_hub.send(next.clone()).expect("the hub follows");
                threads.spawn(move || {
                    around.witness(&next);
                    done.send("the writer")
                });
                let mut both = [0, 1].map(|_| went_on.recv_timeout(Duration::from_secs(20)).ok());
                both.sort();
                assert_eq!(both, [Some("the hub"), Some("the writer")]);
                true
            });
            assert_eq!(found.len(), 1);
        });
    }
}
