//! What makes the day more than ordinary: a fire, a drill beside a real fire, an outfall, gas, dumping at night, and
//! things that only look like one.

use domain::ids::ThingId;
use domain::place::Position;

use super::Story;
use crate::scenario::fleet::UnitKind;
use crate::scenario::sensors::{Episode, Measure, StationKind};

const HOUR_S: f64 = 3_600.0;
/// Two of one kind at one time, 300 to 600 m apart: kind and hour.
const TWO_NEAR: [(&str, f64); 4] = [
    ("E0416", 8.3),
    ("C0102", 9.5),
    ("E0102", 10.7),
    ("E0505", 17.6),
];
/// Two of different kinds at one spot.
const ONE_SPOT: [(&str, &str, f64); 5] = [
    ("E0505", "C0302", 8.9),
    ("E0416", "C0202", 7.8),
    ("E0504", "E0102", 11.2),
    ("C0205", "E0404", 15.5),
    ("E0301", "E0302", 16.4),
];
/// Which of the stories of a fire it is (`words`).
const BURNING_WORKS: usize = 0;
const BURNING_HOME: usize = 1;
const DUMPING_HOURS: [f64; 4] = [1.2, 2.7, 22.6, 23.3];

impl Story<'_> {
    pub fn events(&mut self) {
        self.fire();
        self.drill_beside_a_fire();
        self.outfall();
        self.gas();
        self.air();
        for hour in DUMPING_HOURS {
            self.dumping(hour * HOUR_S);
        }
        for (code, hour) in TWO_NEAR {
            self.two_near(code, hour * HOUR_S);
        }
        for (one, other, hour) in ONE_SPOT {
            self.one_spot(one, other, hour * HOUR_S);
        }
    }

    fn panel(&mut self, position: Position) -> (ThingId, Position) {
        let number = self.sensors.add(StationKind::FirePanel, position);
        (self.sensors.stations[number].thing.clone(), position)
    }

    /// A warehouse burns: two panels, many callers, a grid worker, engines.
    fn fire(&mut self) {
        let from_s = 48_480.0;
        let Some(spot) = self.somewhere("E0406", &[]) else {
            return;
        };
        let position = spot.position;
        let Some(matter) = self.begin("E0406", from_s, spot, "the warehouse fire") else {
            return;
        };
        self.matters[matter].spread_m = 45.0;
        self.matters[matter].story = BURNING_WORKS;
        let words = match self.ground.chinese {
            true => "烟感探测器报警",
            false => "smoke detector in alarm",
        };
        let first = self.panel(position.offset_m(8.0, -6.0));
        let second = self.panel(position.offset_m(-14.0, 16.0));
        self.alarm(matter, from_s, Some(&first), words);
        self.alarm(matter, from_s + 105.0, Some(&second), words);
        for _ in 0..14 {
            let later_s = 60.0 + self.soon_s(420.0, 1_800.0);
            self.call(matter, from_s + later_s);
        }
        self.worker(matter, from_s + 340.0);
        for later_s in [70.0, 75.0, 160.0] {
            self.send_a(UnitKind::FireEngine, matter, from_s + later_s);
        }
        self.send_a(UnitKind::PatrolCar, matter, from_s + 200.0);
        for panel in [first, second] {
            self.clear(matter, from_s + 5_700.0, &panel);
        }
    }

    /// A school drills at ten; at six past, a kitchen next door really burns.
    fn drill_beside_a_fire(&mut self) {
        let from_s = 36_000.0;
        let Some(spot) = self.somewhere("E0406", &[]) else {
            return;
        };
        let next_door = self.near(&spot, 40.0, 90.0);
        let position = spot.position;
        if let Some(drill) = self.begin("E0406", from_s, spot, "the drill") {
            self.matters[drill].drill = true;
            let words = match self.ground.chinese {
                true => "【演练】烟感探测器报警",
                false => "Drill: smoke detector in alarm",
            };
            let panel = self.panel(position);
            self.alarm(drill, from_s, Some(&panel), words);
            for later_s in [80.0, 260.0, 420.0] {
                self.call(drill, from_s + later_s);
            }
            self.worker(drill, from_s + 300.0);
            self.clear(drill, from_s + 1_500.0, &panel);
        }
        if let Some(real) = self.begin("E0406", from_s + 360.0, next_door, "real, beside the drill")
        {
            self.matters[real].story = BURNING_HOME;
            self.called(real, 4, 300.0, 1_200.0);
            self.send(real, from_s + 450.0);
        }
    }

    /// A works discharges: the monitor exceeds its limit for two hours, neighbours smell and see it.
    fn outfall(&mut self) {
        let from_s = 45_300.0;
        let Some(spot) = self.somewhere("E0409", &[]) else {
            return;
        };
        let position = spot.position;
        let Some(matter) = self.begin("E0409", from_s, spot, "the outfall") else {
            return;
        };
        let until_s = 54_000.0;
        let number = self.episode(
            matter,
            StationKind::Outfall,
            position,
            Measure::OutfallCod,
            128.0,
            (from_s, 900.0, until_s),
        );
        self.sensors.stations[number].episodes.push(Episode {
            measure: Measure::OutfallAmmonia,
            peak: 9.2,
            from_s: from_s + 600.0,
            ramp_s: 900.0,
            until_s,
            matter: Some(matter),
        });
        // What they see is somebody discharging.
        let seen = "E0602".parse().ok();
        let seen = seen.filter(|code| self.ground.city.category(*code).is_some());
        for later_s in [2_400.0, 3_300.0, 5_200.0] {
            self.call_as(matter, from_s + later_s, seen);
        }
        self.worker_as(matter, from_s + 4_100.0, seen);
    }

    /// Gas at a market: a detector and those who smell it.
    fn gas(&mut self) {
        let from_s = 66_000.0;
        let Some(spot) = self.somewhere("E0403", &[]) else {
            return;
        };
        let position = spot.position;
        let Some(matter) = self.begin("E0403", from_s, spot, "the gas leak") else {
            return;
        };
        self.episode(
            matter,
            StationKind::Gas,
            position.offset_m(12.0, 9.0),
            Measure::Gas,
            38.0,
            (from_s, 240.0, from_s + 3_000.0),
        );
        self.called(matter, 6, 400.0, 1_500.0);
        self.send(matter, from_s + 150.0);
    }

    /// Two stations whose air is bad for a while: far apart, two matters.
    fn air(&mut self) {
        let bad = [
            ("E0407", Measure::Pm25, 98.0, 19.2),
            ("E0408", Measure::Ozone, 228.0, 12.8),
        ];
        for (code, measure, peak, hour) in bad {
            let from_s = hour * HOUR_S;
            let Some(spot) = self.somewhere(code, &[]) else {
                continue;
            };
            let position = spot.position;
            if let Some(matter) = self.begin(code, from_s, spot, "bad air at one station") {
                self.episode(
                    matter,
                    StationKind::Air,
                    position,
                    measure,
                    peak,
                    (from_s, 1_200.0, from_s + 7_200.0),
                );
            }
        }
    }

    fn dumping(&mut self, at_s: f64) {
        let Some(spot) = self.somewhere("E0112", &[]) else {
            return;
        };
        if let Some(matter) = self.begin("E0112", at_s, spot, "dumping at night") {
            let callers = 2 + self.chance.below(3);
            self.called(matter, callers, 600.0, 2_000.0);
            self.send(matter, at_s + 200.0);
        }
    }

    fn two_near(&mut self, code: &str, at_s: f64) {
        let Some(spot) = self.somewhere(code, &[]) else {
            return;
        };
        let other = self.near(&spot, 330.0, 600.0);
        for spot in [spot, other] {
            if let Some(matter) = self.begin(code, at_s, spot, "one of two near, of one kind") {
                // Who is farther off than half the way between belongs to neither, for anybody.
                self.matters[matter].worst_accuracy_m = 80.0;
                self.called(matter, 4, 500.0, 1_500.0);
            }
        }
    }

    fn one_spot(&mut self, one: &str, other: &str, at_s: f64) {
        let Some(spot) = self.somewhere(one, &[]) else {
            return;
        };
        let beside = self.near(&spot, 0.0, 15.0);
        for (code, spot) in [(one, spot), (other, beside)] {
            if let Some(matter) = self.begin(code, at_s, spot, "one of two kinds at one spot") {
                self.called(matter, 3, 500.0, 1_500.0);
            }
        }
    }
}
