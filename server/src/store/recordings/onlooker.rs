//! Sees what each block changes of what is shown, and tells a stand. Shows what the live stream shows: the same views, and
//! the same moment at which what has ended leaves.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::change::{Change, Stepped};
use domain::city::City;
use domain::ids::IncidentId;
use domain::incident::Incident;
use domain::picture::Picture;
use domain::shown::{has_ended, sweep_before};
use domain::time::Timestamp;
use domain::view;
use domain::wire::record::{Whole, rounded};

use super::stand::{Name, Stand};

pub(super) struct Onlooker {
    city: Option<Arc<City>>,
    /// Of what is shown, so that it can be shown again under a changed city pack.
    incidents: BTreeMap<IncidentId, Arc<Incident>>,
    swept_at: Timestamp,
}

impl Onlooker {
    /// Knows a Picture from which the blocks that follow are seen.
    pub(super) fn of(picture: &Picture) -> Self {
        let swept_at = sweep_before(picture.now);
        let mut incidents = BTreeMap::new();
        if let Some(city) = &picture.city {
            for one in picture.incidents.values() {
                if !has_ended(&incident(city, one, picture.now), swept_at) {
                    incidents.insert(one.id, one.clone());
                }
            }
        }
        Self {
            city: picture.city.clone(),
            incidents,
            swept_at,
        }
    }

    /// The sweep that was made last; a stand that was read from the file is at this moment.
    pub(super) fn swept(&mut self, now: Timestamp) {
        self.swept_at = sweep_before(now);
    }

    /// Everything that a Picture shows.
    pub(super) fn stand_of(picture: &Picture) -> Stand {
        let mut stand = Stand::default();
        let Some(city) = &picture.city else {
            return stand;
        };
        let sweep = sweep_before(picture.now);
        let incidents = picture.incidents.values();
        let things = incidents
            .map(|one| incident(city, one, picture.now))
            .chain(
                picture
                    .alarms
                    .values()
                    .map(|one| Whole::Alarm(Arc::new(view::alarm(one)))),
            )
            .chain(
                picture
                    .units
                    .values()
                    .map(|one| Whole::Unit(Arc::new(rounded(&view::unit(city, one))))),
            )
            .chain(
                picture
                    .sensors
                    .values()
                    .map(|one| Whole::Sensor(Arc::new(view::sensor(city, one)))),
            );
        for thing in things.filter(|thing| !has_ended(thing, sweep)) {
            stand.put(Name::of(&thing), Some(thing), picture.now, &mut Vec::new());
        }
        stand
    }

    /// A block that is recorded already: only what is needed for later ones is kept of it.
    pub(super) fn skip(&mut self, stepped: &Stepped) {
        for change in &stepped.changes {
            match change {
                Change::City(city) => self.city = Some(city.clone()),
                Change::Incident(incident) => {
                    self.incidents.insert(incident.id, incident.clone());
                }
                _ => {}
            }
        }
    }

    /// Brings the stand up to a block and writes down how; how many alarms are new.
    pub(super) fn take(&mut self, stepped: &Stepped, stand: &mut Stand, out: &mut Vec<u8>) -> u64 {
        let now = stepped.now;
        // Several changes of one thing in one block are one change.
        let mut latest: BTreeMap<Name, Option<Whole>> = BTreeMap::new();
        // What else the block says stands under the names of its pack, whichever came first.
        let pack = stepped
            .changes
            .iter()
            .rev()
            .find_map(|change| match change {
                Change::City(city) => Some(city),
                _ => None,
            });
        if let Some(city) = pack {
            self.city = Some(city.clone());
            for thing in stand.things().values() {
                latest.insert(Name::of(thing), Some(self.renamed(city, thing, now)));
            }
        }
        for change in &stepped.changes {
            if let Some((name, thing)) = self.shown_of(change, now) {
                latest.insert(name, thing);
            }
        }
        let sweep = sweep_before(now);
        if sweep != self.swept_at {
            self.swept_at = sweep;
            for thing in stand
                .things()
                .values()
                .filter(|thing| has_ended(thing, sweep))
            {
                latest.entry(Name::of(thing)).or_insert(None);
            }
        }
        let mut risen = 0;
        for (name, thing) in latest {
            let thing = thing.filter(|thing| !has_ended(thing, sweep));
            if thing.is_none()
                && let Name::Incident(id) = &name
            {
                self.incidents.remove(id);
            }
            if thing.as_ref() == stand.named(&name) {
                continue;
            }
            let counts = matches!(&thing, Some(Whole::Alarm(alarm)) if !alarm.drill);
            let new = stand.put(name, thing, now, out);
            risen += u64::from(new && counts);
        }
        risen
    }

    fn shown_of(&mut self, change: &Change, now: Timestamp) -> Option<(Name, Option<Whole>)> {
        let city = self.city.as_ref()?;
        Some(match change {
            Change::Incident(one) => {
                self.incidents.insert(one.id, one.clone());
                (Name::Incident(one.id), Some(incident(city, one, now)))
            }
            Change::Alarm(one) => (
                Name::Alarm(one.id),
                Some(Whole::Alarm(Arc::new(view::alarm(one)))),
            ),
            Change::Unit(one) => (
                Name::Unit(one.id.clone()),
                Some(Whole::Unit(Arc::new(rounded(&view::unit(city, one))))),
            ),
            Change::UnitGone(id) => (Name::Unit(id.clone()), None),
            Change::Sensor(one) => (
                Name::Sensor(one.id.clone()),
                Some(Whole::Sensor(Arc::new(view::sensor(city, one)))),
            ),
            Change::City(_)
            | Change::Evidence(_)
            | Change::Timeline(_)
            | Change::Reading(_)
            | Change::Account(_)
            | Change::Key(_)
            | Change::Answered(_)
            | Change::AlarmAnswered(_)
            | Change::SharedViews(_)
            | Change::Attached(_)
            | Change::NotAttached(_)
            | Change::Notice(_)
            | Change::Roster(_)
            | Change::Handover(_)
            | Change::Endpoint(_) => return None,
        })
    }

    /// Names are the pack's; an incident is seen anew.
    fn renamed(&self, city: &City, thing: &Whole, now: Timestamp) -> Whole {
        let town = |code: Option<&String>| {
            let code = domain::ids::JurisdictionCode::new(code?).ok()?;
            let name = domain::explain::town_name(city, domain::language::Language::Zh, &code);
            Some(name.to_owned())
        };
        match thing {
            Whole::Incident(view) => match self.incidents.get(&view.id) {
                Some(one) => incident(city, one, now),
                None => thing.clone(),
            },
            Whole::Alarm(_) => thing.clone(),
            Whole::Unit(view) => {
                let mut view = domain::wire::UnitView::clone(view);
                view.town = town(view.town_code.as_ref());
                Whole::Unit(Arc::new(view))
            }
            Whole::Sensor(view) => {
                let mut view = domain::wire::SensorView::clone(view);
                view.town = town(view.town_code.as_ref());
                Whole::Sensor(Arc::new(view))
            }
        }
    }
}

fn incident(city: &City, one: &Incident, now: Timestamp) -> Whole {
    Whole::Incident(Arc::new(view::incident(city, one, now)))
}
