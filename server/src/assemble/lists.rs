//! What is on the live picture as lists, in the order of names. Whoever asks for one holds up nobody: under the hub's lock only
//! pointers to what is on its layers are copied; they are put into order, and views are made of them, after it is let go.

use std::sync::Arc;

use domain::policy::Audience;
use domain::wire::{AlarmView, IncidentView, Layer, SensorView, UnitView};

use crate::stream::{Hub, Item, Shown};

/// What is on some layers at one position.
pub struct Lists {
    pub position: u64,
    shown: Vec<Arc<Shown>>,
}

impl Lists {
    pub fn of(hub: &Hub, layers: &[Layer]) -> Self {
        hub.read(|scene| Self {
            position: scene.position,
            shown: layers
                .iter()
                .flat_map(|layer| scene.things.on(*layer))
                .cloned()
                .collect(),
        })
    }

    /// Those that an audience may see.
    pub fn incidents(&self, audience: &Audience) -> Vec<Arc<IncidentView>> {
        let mut incidents = self.those(|item| match item {
            Item::Incident(one) if item.shown_to(audience) => Some(one.view.clone()),
            _ => None,
        });
        incidents.sort_unstable_by_key(|view| view.id);
        incidents
    }

    pub fn alarms(&self) -> Vec<Arc<AlarmView>> {
        let mut alarms = self.those(|item| match item {
            Item::Alarm(view) => Some(view.clone()),
            _ => None,
        });
        alarms.sort_unstable_by_key(|view| view.id);
        alarms
    }

    pub fn units(&self) -> Vec<Arc<UnitView>> {
        let mut units = self.those(|item| match item {
            Item::Unit(unit) => Some(Arc::new(unit.view())),
            _ => None,
        });
        units.sort_unstable_by(|one, other| one.id.cmp(&other.id));
        units
    }

    pub fn sensors(&self) -> Vec<Arc<SensorView>> {
        let mut sensors = self.those(|item| match item {
            Item::Sensor(view) => Some(view.clone()),
            _ => None,
        });
        sensors.sort_unstable_by(|one, other| one.id.cmp(&other.id));
        sensors
    }

    fn those<T>(&self, one: impl Fn(&Item) -> Option<T>) -> Vec<T> {
        let shown = self.shown.iter();
        shown.filter_map(|shown| one(&shown.item)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::single_writer::rehearsal::{Day, Said, nancheng};

    #[test]
    fn a_list_names_what_is_on_its_layer_in_order_and_only_what_one_may_see() {
        let mut day = Day::begin();
        for name in ["bus-2", "bus-10", "bus-1"] {
            day.hear(Said::unit(name, day.now, nancheng()));
        }
        day.opens(Said::report("r-1", day.now, nancheng(), "E0402"));
        let (hub, _) = Hub::start(day.picture(), 1);
        let lists = Lists::of(&hub, &[Layer::Units, Layer::Incidents]);
        let units: Vec<String> = lists.units().iter().map(|one| one.id.to_string()).collect();
        assert_eq!(units, ["bus-1", "bus-10", "bus-2"]);
        assert_eq!(lists.incidents(&Audience::City).len(), 1);
        assert!(lists.incidents(&Audience::Nothing).is_empty());
        assert_eq!(lists.position, day.picture().block.0);
        let incidents = Lists::of(&hub, &[Layer::Incidents]);
        assert!(incidents.units().is_empty());
    }
}
