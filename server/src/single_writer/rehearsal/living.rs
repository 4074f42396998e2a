//! A random day lived through the ordinary doors, so that its journal holds whatever a journal can hold.

use domain::account::{Account, AccountChange, Role};
use domain::command::{AlarmCommand, AlarmCommandGiven, Input, OpenByHand};
use domain::ids::{AccountName, CommandId};
use domain::lifecycle::CommandName;
use domain::policy;
use proptest::prelude::*;

use super::{
    Day, NOBODYS, Said, beijing, dispatcher, kind, nancheng, operator, person, responder,
    shift_leader,
};
use crate::dispatch::tests::sensible;

/// One thing that happens on a random day.
#[derive(Clone, Copy, Debug)]
pub enum Event {
    Report {
        what: u8,
        east: i16,
        accuracy: u8,
        severity: u8,
        drill: bool,
    },
    Again {
        version: u8,
        severity: u8,
    },
    Pm25(u16),
    River(u8),
    Bus(i16),
    Alarm(u8),
    Clear(u8),
    /// Water on the road, in decimetres.
    Road(u8),
    /// A warning of flooding over Nancheng, or its end.
    Warned(bool),
    ByHand,
    Ordered {
        who: u8,
        which: u8,
        what: u8,
    },
    OnAlarm {
        which: u8,
        what: u8,
    },
    Hired(u8),
    Passes(u16),
    /// Seconds.
    Moment(u8),
    Cut,
}

pub fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        5 => (0..5u8, -300..300i16, any::<u8>(), 1..5u8, prop::bool::weighted(0.1))
            .prop_map(|(what, east, accuracy, severity, drill)| Event::Report { what, east, accuracy, severity, drill }),
        1 => (0..4u8, 1..5u8).prop_map(|(version, severity)| Event::Again { version, severity }),
        2 => (0..400u16).prop_map(Event::Pm25),
        2 => (0..50u8).prop_map(Event::River),
        1 => (-500..500i16).prop_map(Event::Bus),
        1 => (0..3u8).prop_map(Event::Alarm),
        1 => (0..3u8).prop_map(Event::Clear),
        1 => Just(Event::ByHand),
        6 => (any::<u8>(), any::<u8>(), any::<u8>())
            .prop_map(|(who, which, what)| Event::Ordered { who, which, what }),
        2 => (any::<u8>(), 0..7u8).prop_map(|(which, what)| Event::OnAlarm { which, what }),
        2 => (0..8u8).prop_map(Event::Road),
        1 => any::<bool>().prop_map(Event::Warned),
        2 => (1..50u8).prop_map(Event::Moment),
        1 => any::<u8>().prop_map(Event::Hired),
        3 => (0..200u16).prop_map(Event::Passes),
        4 => Just(Event::Cut),
    ]
}

/// Some of those who command.
fn people() -> Vec<domain::account::Actor> {
    let mut people = vec![
        operator(),
        shift_leader(),
        dispatcher(),
        person("chen.jing", Role::Commander),
    ];
    people.extend(["swjt", "swj", "sthj"].map(responder));
    people
}

/// A day lived by events; its journal is what is asked about.
pub struct Living {
    day: Day,
    waiting: Vec<Input>,
    count: u32,
}

impl Living {
    /// Lives all events; the last block is cut at the end.
    pub fn live(events: &[Event]) -> Day {
        let mut living = Self {
            day: Day::begin(),
            waiting: Vec::new(),
            count: 0,
        };
        for event in events {
            living.happens(*event);
        }
        living.cut();
        living.day
    }

    fn cut(&mut self) {
        let inputs = std::mem::take(&mut self.waiting);
        self.day.block(inputs);
    }

    fn hears(&mut self, said: Said) {
        self.waiting
            .push(Input::Observation(Box::new(said.sealed())));
    }

    fn happens(&mut self, event: Event) {
        self.count += 1;
        let (now, id) = (self.day.now, format!("N{}", self.count));
        match event {
            Event::Report {
                what,
                east,
                accuracy,
                severity,
                drill,
            } => {
                let code = ["E0402", "E0301", NOBODYS, "E0102", "E0403"][usize::from(what)];
                let there = if east % 7 == 0 { beijing() } else { nancheng() };
                let there = there.offset_m(f64::from(east), 0.0);
                let said = Said::report(&id, now, there, code).worth(severity);
                let said = said.within_m(u32::from(accuracy));
                self.hears(if drill { said.drill() } else { said });
            }
            Event::Again { version, severity } => {
                let said = Said::report("N1", now, nancheng(), "E0402").worth(severity);
                self.hears(said.version(u32::from(version)));
            }
            Event::Pm25(value) => self.hears(Said::pm25(now, f64::from(value))),
            Event::River(value) => {
                let value = f64::from(value) / 10.0;
                self.hears(Said::reading("gauge-2", now, "river_level", value, "m"));
            }
            Event::Bus(east) => {
                let there = nancheng().offset_m(f64::from(east), 0.0);
                self.hears(Said::unit("bus-1", now, there));
            }
            Event::Alarm(which) => {
                let of = format!("panel-{which}");
                self.hears(Said::alarm(&id, now, Some(&of), "E0406"));
            }
            Event::Clear(which) => {
                let of = format!("panel-{which}");
                self.hears(Said::clear(&id, now, Some(&of), "E0406"));
            }
            Event::Road(depth) => {
                let depth = f64::from(depth) / 10.0;
                self.hears(Said::reading("gauge-3", now, "water_depth", depth, "m"));
            }
            Event::Warned(true) => {
                let said = Said::alarm(&id, now, Some("weather"), "E0405").worth(2);
                self.hears(said);
            }
            Event::Warned(false) => {
                self.hears(Said::clear(&id, now, Some("weather"), "E0405"));
            }
            Event::ByHand => self.waiting.push(Input::Open(Box::new(OpenByHand {
                by: operator(),
                position: Some(nancheng()),
                text: "写在台上的事".into(),
                category: Some(kind("E0402")),
                severity: None,
                reporter: None,
                drill: false,
            }))),
            Event::Ordered { who, which, what } => self.ordered(who, which, what),
            Event::OnAlarm { which, what } => self.on_alarm(which, what),
            Event::Hired(who) => {
                let name = AccountName::new(&format!("new-{}", who % 4)).expect("a name");
                let change = if who % 3 == 0 {
                    AccountChange::DisableAccount(name)
                } else {
                    AccountChange::PutAccount(Account {
                        name,
                        role: Role::Operator,
                        department: None,
                        town: None,
                        password_hash: String::new(),
                        disabled: false,
                        demo: false,
                    })
                };
                self.waiting.push(Input::Account(Box::new(change)));
            }
            Event::Passes(minutes) => {
                self.cut();
                self.day.later(i64::from(minutes));
            }
            Event::Moment(seconds) => {
                self.cut();
                self.day.later_ms(i64::from(seconds) * 1000);
            }
            Event::Cut => self.cut(),
        }
    }

    fn ordered(&mut self, who: u8, which: u8, what: u8) {
        let incidents: Vec<_> = self.day.picture().incidents.values().cloned().collect();
        if incidents.is_empty() {
            return;
        }
        let incident = &incidents[usize::from(which) % incidents.len()];
        let people = people();
        let by = &people[usize::from(who) % people.len()];
        let offered = policy::allowed(by, incident, self.day.now);
        let name = match offered.len() {
            0 => CommandName::Comment,
            count => offered[usize::from(what) % count],
        };
        let Some(command) = sensible(&self.day, incident, name) else {
            return;
        };
        let given = self.day.given(by, incident.id, command);
        self.waiting.push(Input::Command(Box::new(given)));
    }

    fn on_alarm(&mut self, which: u8, what: u8) {
        let alarms = self.day.alarms();
        if alarms.is_empty() {
            return;
        }
        let command = match what {
            0 => AlarmCommand::Silence,
            1 => AlarmCommand::Acknowledge,
            2 => AlarmCommand::Reset,
            3 => AlarmCommand::Shelve {
                until: self.day.now.plus_minutes(90),
                reason: "works".into(),
            },
            4 => AlarmCommand::Unshelve,
            5 => AlarmCommand::TakeOutOfService {
                reason: "broken".into(),
            },
            _ => AlarmCommand::PutInService,
        };
        self.waiting
            .push(Input::AlarmCommand(Box::new(AlarmCommandGiven {
                id: Some(CommandId::from_bits(u128::from(self.count) << 64)),
                alarm: alarms[usize::from(which) % alarms.len()].id,
                by: if what < 5 { operator() } else { shift_leader() },
                as_of: self.day.picture().block,
                command,
            })));
    }
}
