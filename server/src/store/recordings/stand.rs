//! Everything as it is shown at one block, by numbers that a thing keeps for as long as it is shown. Written and read as the
//! records of the binary stream (`domain::wire::record`).

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::ids::{AlarmId, IncidentId, ThingId};
use domain::time::Timestamp;
use domain::wire::RemovedWhy;
use domain::wire::record::{Record, Records, Whole, put_difference, put_gone, put_whole};

use super::super::StoreError;

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Name {
    Incident(IncidentId),
    Alarm(AlarmId),
    Unit(ThingId),
    Sensor(ThingId),
}

impl Name {
    pub fn of(thing: &Whole) -> Self {
        match thing {
            Whole::Incident(view) => Self::Incident(view.id),
            Whole::Alarm(view) => Self::Alarm(view.id),
            Whole::Unit(view) => Self::Unit(view.id.clone()),
            Whole::Sensor(view) => Self::Sensor(view.id.clone()),
        }
    }
}

/// Bounded by what is shown: what has ended leaves within the hour.
#[derive(Clone, Default, Debug)]
pub struct Stand {
    things: BTreeMap<u32, Whole>,
    names: BTreeMap<Name, u32>,
    /// The last number that was given.
    last_number: u32,
}

impl Stand {
    pub fn things(&self) -> &BTreeMap<u32, Whole> {
        &self.things
    }

    pub fn get(&self, number: u32) -> Option<&Whole> {
        self.things.get(&number)
    }

    pub fn named(&self, name: &Name) -> Option<&Whole> {
        self.things.get(self.names.get(name)?)
    }

    pub(super) fn last_number(&self) -> u32 {
        self.last_number
    }

    /// Numbers up to this one are never given again: somebody may still know them.
    pub(super) fn number_after(&mut self, last: u32) {
        self.last_number = self.last_number.max(last);
    }

    /// Replaces what is known under a name and writes down how it differs; whether it is new.
    pub(super) fn put(
        &mut self,
        name: Name,
        thing: Option<Whole>,
        now: Timestamp,
        out: &mut Vec<u8>,
    ) -> bool {
        let known = self.names.get(&name).copied();
        let number = match (known, &thing) {
            (Some(number), _) => number,
            (None, None) => return false,
            (None, Some(_)) => {
                self.last_number += 1;
                self.last_number
            }
        };
        self.set(number, thing, now, out);
        known.is_none()
    }

    /// Shows what another shows. What both show keeps its number here.
    pub(super) fn become_like(&mut self, other: &Self) {
        let gone: Vec<Name> = self
            .names
            .keys()
            .filter(|name| other.named(name).is_none())
            .cloned()
            .collect();
        for name in gone {
            if let Some(number) = self.names.remove(&name) {
                self.things.remove(&number);
            }
        }
        for (name, number) in &other.names {
            let known = self.names.get(name).copied();
            let mine = known.unwrap_or(self.last_number + 1);
            if let Some(thing) = other.get(*number) {
                self.keep(mine, thing.clone());
            }
        }
    }

    /// The same under a number.
    pub(super) fn set(
        &mut self,
        number: u32,
        thing: Option<Whole>,
        now: Timestamp,
        out: &mut Vec<u8>,
    ) {
        let Some(thing) = thing else {
            if let Some(before) = self.things.remove(&number) {
                self.names.remove(&Name::of(&before));
                put_gone(out, number, RemovedWhy::Gone);
            }
            return;
        };
        put_difference(out, number, self.things.get(&number), &thing, now);
        self.keep(number, thing);
    }

    fn keep(&mut self, number: u32, thing: Whole) {
        // A number means one thing for ever.
        if let Some(known) = self.things.get_mut(&number) {
            *known = thing;
            return;
        }
        self.last_number = self.last_number.max(number);
        self.names.insert(Name::of(&thing), number);
        self.things.insert(number, thing);
    }

    /// All of it, as records.
    pub(super) fn written(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (number, thing) in &self.things {
            put_whole(&mut bytes, *number, thing);
        }
        bytes
    }

    /// Reads records of one moment; `touched` is called before each change, with what was there.
    pub(super) fn take(
        &mut self,
        bytes: &[u8],
        now: Timestamp,
        mut touched: impl FnMut(&Record<'_>, u32, Option<&Whole>),
    ) -> Result<(), StoreError> {
        let mut records = Records::of(bytes);
        for record in records.by_ref() {
            let number = match &record {
                Record::Moved(number, _)
                | Record::Whole(number, _)
                | Record::Changed(number, _)
                | Record::Measured(number, _)
                | Record::Gone(number, _) => *number,
            };
            touched(&record, number, self.things.get(&number));
            let fits = match record {
                Record::Gone(..) => {
                    if let Some(before) = self.things.remove(&number) {
                        self.names.remove(&Name::of(&before));
                    }
                    Some(())
                }
                Record::Whole(_, thing) => {
                    self.keep(number, thing);
                    Some(())
                }
                Record::Moved(_, moved) => match self.things.get_mut(&number) {
                    Some(Whole::Unit(unit)) => moved.on(Arc::make_mut(unit), now),
                    _ => None,
                },
                Record::Changed(_, changed) => match self.things.get_mut(&number) {
                    Some(Whole::Incident(view)) => changed.on(Arc::make_mut(view)),
                    _ => None,
                },
                Record::Measured(_, measured) => match self.things.get_mut(&number) {
                    Some(Whole::Sensor(sensor)) => measured.on(Arc::make_mut(sensor), now),
                    _ => None,
                },
            };
            fits.ok_or_else(|| bad("a change that does not fit what was before it"))?;
        }
        match records.is_broken() {
            true => Err(bad("its records break off")),
            false => Ok(()),
        }
    }
}

pub(super) fn bad(why: impl Into<String>) -> StoreError {
    StoreError::BadRecord {
        what: "recording",
        why: why.into(),
    }
}
