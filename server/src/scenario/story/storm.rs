//! A rainstorm over a third of the city from two in the afternoon: one great flood among many small ones, trees, wires
//! and drains, and a river that rises.

use domain::category::Severity;

use super::{Story, Told};
use crate::scenario::fleet::UnitKind;
use crate::scenario::observation::{Body, Observation};
use crate::scenario::sensors::{Episode, Measure, StationKind};
use crate::scenario::truth::Truth;

/// Rain from two until half past four.
pub const RAIN_S: (f64, f64) = (50_400.0, 59_400.0);
const FLOOD: &str = "E0405";
const SMALL_FLOODS: usize = 38;
/// Towns under the cloud.
const CELL: usize = 11;
/// What the wind and the water do besides.
const BESIDES: [(&str, usize); 5] = [
    ("E0417", 14),
    ("E0404", 8),
    ("E0418", 6),
    ("E0416", 8),
    ("C0202", 4),
];

impl Story<'_> {
    pub fn storm(&mut self) {
        self.warning();
        let towns = self.under_the_cloud();
        self.great_flood(&towns);
        for _ in 0..2 {
            self.two_floods(&towns);
        }
        for _ in 0..SMALL_FLOODS {
            let from_s = RAIN_S.0 + 300.0 + 5_700.0 * self.chance.share();
            if let Some(spot) = self.somewhere(FLOOD, &towns)
                && let Some(matter) = self.begin(FLOOD, from_s, spot, "a small flood of the storm")
            {
                let callers = match self.chance.share() {
                    few if few < 0.8 => 1 + self.chance.below(5),
                    _ => 6 + self.chance.below(7),
                };
                self.flood(matter, callers);
            }
        }
        for (code, count) in BESIDES {
            for _ in 0..count {
                let at_s = RAIN_S.0 + 7_800.0 * self.chance.share();
                if let Some(spot) = self.somewhere(code, &towns)
                    && let Some(matter) = self.begin(code, at_s, spot, "of the storm")
                {
                    let callers = 1 + self.chance.below(4);
                    self.called(matter, callers, 700.0, 3_000.0);
                    self.send(matter, at_s + 120.0);
                }
            }
        }
        self.river();
    }

    /// The bureau warns at 13:20, and warns again, worse, in a newer version.
    fn warning(&mut self) {
        let center = self.ground.city.center;
        let Some(town) = self.ground.town_at(center) else {
            return;
        };
        let spot = self.spot(town, center, "", false);
        let Some(matter) = self.begin("E0412", 48_000.0, spot, "a warning, revised") else {
            return;
        };
        let (orange, red) = match self.ground.chinese {
            true => (
                "暴雨橙色预警：预计未来 3 小时内降雨量将达 50 毫米以上",
                "暴雨红色预警：过去 1 小时降雨量已达 70 毫米，预计仍将持续",
            ),
            false => ("Rainstorm warning: orange", "Rainstorm warning: red"),
        };
        self.alarm(matter, 48_000.0, None, orange);
        let Some(first) = self.told.last().map(|told| told.observation.clone()) else {
            return;
        };
        let Body::Alarm {
            thing, category, ..
        } = first.body.clone()
        else {
            return;
        };
        self.revised.push(Truth::Revised {
            source: first.source.clone(),
            id: first.id.clone(),
            version: 2,
        });
        self.told.push(Told {
            observation: Observation {
                sent_at: self.at(51_004.0),
                time: self.at(51_000.0),
                version: 2,
                body: Body::Alarm {
                    thing,
                    category,
                    severity: Some(Severity::Severe),
                    text: red.to_owned(),
                },
                ..first
            },
            truth: None,
        });
    }

    /// The towns nearest to where the cloud hangs.
    fn under_the_cloud(&mut self) -> Vec<usize> {
        let ground = self.ground;
        let middle = self.chance.below(ground.towns.len());
        let point = |town: usize, story: &mut Self| ground.somewhere_in(town, &mut story.chance).0;
        let here = point(middle, self);
        let mut towns: Vec<(i64, usize)> = Vec::new();
        for town in 0..ground.towns.len() {
            let there = point(town, self);
            towns.push((there.distance_m(here) as i64, town));
        }
        towns.sort_unstable();
        towns.truncate(CELL);
        towns.into_iter().map(|(_, town)| town).collect()
    }

    fn great_flood(&mut self, towns: &[usize]) {
        let from_s = RAIN_S.0 + 1_200.0;
        let Some(spot) = self.somewhere(FLOOD, towns) else {
            return;
        };
        let Some(matter) = self.begin(FLOOD, from_s, spot, "the great flood") else {
            return;
        };
        self.matters[matter].spread_m = 150.0;
        for number in 0..70 {
            let later_s = match number {
                0 => 0.0,
                // Most within the first hour, some until it has run off.
                _ if self.chance.happens(0.7) => self.soon_s(1_300.0, 4_000.0),
                _ => self.chance.between(600.0, 8_400.0),
            };
            self.call(matter, from_s + later_s);
        }
        for later_s in [500.0, 1_900.0, 4_600.0] {
            self.worker(matter, from_s + later_s);
        }
        for _ in 0..4 {
            self.gauge(matter, 0.85, 9_600.0);
            self.send_a(UnitKind::PatrolCar, matter, from_s + 240.0);
        }
    }

    /// Two floods at one time, a few hundred metres apart, that are not one.
    fn two_floods(&mut self, towns: &[usize]) {
        let from_s = RAIN_S.0 + 900.0 + 2_400.0 * self.chance.share();
        let Some(spot) = self.somewhere(FLOOD, towns) else {
            return;
        };
        let other = self.near(&spot, 330.0, 600.0);
        for spot in [spot, other] {
            if let Some(matter) = self.begin(FLOOD, from_s, spot, "one of two near floods") {
                self.matters[matter].worst_accuracy_m = 80.0;
                self.flood(matter, 5);
            }
        }
    }

    fn flood(&mut self, matter: usize, callers: usize) {
        let from_s = self.matters[matter].from_s;
        self.matters[matter].spread_m = 20.0 + 4.0 * callers as f64;
        self.called(matter, callers, 1_000.0, 4_800.0);
        if self.chance.happens(0.5) {
            let depth_m = self.chance.between(0.22, 0.62);
            let lasts_s = self.chance.between(3_600.0, 6_600.0);
            self.gauge(matter, depth_m, lasts_s);
        }
        if callers > 4 {
            self.send(matter, from_s + 300.0);
        }
        if self.chance.happens(0.35) {
            let later_s = self.chance.between(300.0, 3_000.0);
            self.worker(matter, from_s + later_s);
        }
    }

    /// Callers who follow each other within so many seconds, the first at once.
    pub fn called(&mut self, matter: usize, callers: usize, mean_s: f64, most_s: f64) {
        let from_s = self.matters[matter].from_s;
        for number in 0..callers {
            let later_s = match number {
                0 => 0.0,
                _ => self.soon_s(mean_s, most_s),
            };
            self.call(matter, (from_s + later_s).min(86_200.0));
        }
    }

    /// A gauge in the water of a flood.
    fn gauge(&mut self, matter: usize, depth_m: f64, lasts_s: f64) {
        let of = &self.matters[matter];
        let (from_s, spread_m) = (of.from_s, of.spread_m.min(120.0));
        let spot = of.spot.clone();
        let there = self.near(&spot, 0.0, spread_m);
        let until_s = from_s + lasts_s;
        self.episode(
            matter,
            StationKind::RoadWater,
            there.position,
            Measure::RoadWater,
            depth_m,
            (from_s - 600.0, 1_200.0, until_s),
        );
    }

    /// Sets a station up whose measure leaves its course: from, how fast, until.
    pub fn episode(
        &mut self,
        matter: usize,
        kind: StationKind,
        position: domain::place::Position,
        measure: Measure,
        peak: f64,
        (from_s, ramp_s, until_s): (f64, f64, f64),
    ) -> usize {
        let number = self.sensors.add(kind, position);
        self.sensors.stations[number].episodes.push(Episode {
            measure,
            peak,
            from_s,
            ramp_s,
            until_s,
            matter: Some(matter),
        });
        let of = &mut self.matters[matter];
        of.until_s = of.until_s.max(until_s);
        number
    }

    fn river(&mut self) {
        let from_s = RAIN_S.0 + 3_000.0;
        if let Some(spot) = self.somewhere("E0413", &[]) {
            let position = spot.position;
            if let Some(matter) = self.begin("E0413", from_s, spot, "the river rises") {
                self.episode(
                    matter,
                    StationKind::River,
                    position,
                    Measure::RiverLevel,
                    3.35,
                    (from_s, 3_600.0, 75_000.0),
                );
            }
        }
    }
}
