//! Sensors that stay: air, road water, rivers, outfalls. A day's curve, noise, and now and then an exceedance that
//! lasts a quarter of an hour and clears. A pure course of seconds.

use std::f64::consts::TAU;
use std::sync::Arc;

use domain::city::{AlarmRule, City};
use domain::ids::Property;
use domain::place::Position;

use super::chance::Chance;
use super::ground::Ground;

const MINUTES_OF_DAY: f64 = 1440.0;
/// Rise and fall of an exceedance.
const RAMP_S: f64 = 75.0;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Measure {
    Pm25,
    Ozone,
    RoadWater,
    RiverLevel,
    OutfallCod,
}

impl Measure {
    pub fn property(self) -> &'static str {
        match self {
            Self::Pm25 => "PM2.5",
            Self::Ozone => "O3",
            Self::RoadWater => "water_depth",
            Self::RiverLevel => "river_level",
            Self::OutfallCod => "COD",
        }
    }

    pub fn unit(self) -> &'static str {
        match self {
            Self::Pm25 | Self::Ozone => "ug/m3",
            Self::RoadWater | Self::RiverLevel => "m",
            Self::OutfallCod => "mg/L",
        }
    }

    fn decimals(self) -> f64 {
        match self {
            Self::Pm25 | Self::Ozone => 1.0,
            Self::OutfallCod => 10.0,
            Self::RoadWater | Self::RiverLevel => 100.0,
        }
    }

    /// An ordinary day, well below every limit. `own` is the station's own level, 0 to 1.
    fn usual(self, minute_of_day: f64, own: f64, noise: f64) -> f64 {
        // 1 at the given minute, -1 twelve hours off.
        let swing = |peak: f64, period: f64| libm::cos(TAU * (minute_of_day - peak) / period);
        match self {
            // Two rush hours.
            Self::Pm25 => 30.0 + 12.0 * own + 7.0 * swing(500.0, 720.0) + 3.0 * noise,
            // Made by the afternoon sun.
            Self::Ozone => {
                75.0 + 20.0 * own + 60.0 * swing(870.0, MINUTES_OF_DAY).max(-0.8) + 5.0 * noise
            }
            Self::RoadWater => (0.01 + 0.015 * own + 0.01 * noise).max(0.0),
            // Half-day tide.
            Self::RiverLevel => 1.2 + 0.5 * own + 0.45 * swing(own * 300.0, 745.0) + 0.02 * noise,
            Self::OutfallCod => {
                24.0 + 10.0 * own + 3.0 * swing(660.0, MINUTES_OF_DAY) + 1.5 * noise
            }
        }
    }
}

/// What a station says.
#[derive(Clone, PartialEq, Debug)]
pub struct Measured {
    pub thing: String,
    pub position: Position,
    pub measure: Measure,
    pub value: f64,
}

struct Station {
    thing: String,
    position: Position,
    measures: Vec<Measure>,
    own: f64,
    /// The second of the minute at which it speaks.
    speaks_at: u64,
    episode: Option<Episode>,
}

#[derive(Clone, Copy)]
struct Episode {
    measure: Measure,
    peak: f64,
    from_s: f64,
    until_s: f64,
}

impl Episode {
    /// 0 outside, 1 at its height.
    fn share(&self, second: f64) -> f64 {
        let rise = (second - self.from_s) / RAMP_S;
        let fall = (self.until_s - second) / RAMP_S;
        rise.min(fall).clamp(0.0, 1.0)
    }
}

pub struct Stations {
    city: Arc<City>,
    chance: Chance,
    stations: Vec<Station>,
    second: u64,
    next_episode_s: u64,
    episodes: u64,
}

impl Stations {
    pub fn new(ground: &Ground, seed: u64) -> Self {
        let mut chance = Chance::of(seed, &[0x7374_6174]);
        let mut stations = Vec::new();
        let kinds: [(&str, usize, &[Measure]); 4] = [
            (
                "air",
                ground.towns.len().clamp(20, 40),
                &[Measure::Pm25, Measure::Ozone],
            ),
            ("road-water", 40, &[Measure::RoadWater]),
            ("river", 20, &[Measure::RiverLevel]),
            ("outfall", 27, &[Measure::OutfallCod]),
        ];
        for (kind, count, measures) in kinds {
            for number in 1..=count {
                let town = (number * 7 + kind.len()) % ground.towns.len();
                let (position, _) = ground.somewhere_in(town, &mut chance);
                stations.push(Station {
                    thing: format!("demo-{kind}-{number:02}"),
                    position,
                    measures: measures.to_vec(),
                    own: chance.share(),
                    speaks_at: (stations.len() as u64 * 7) % 60,
                    episode: None,
                });
            }
        }
        Self {
            city: ground.city.clone(),
            chance,
            stations,
            second: 0,
            next_episode_s: 5,
            episodes: 0,
        }
    }

    pub fn len(&self) -> usize {
        self.stations.len()
    }

    /// One second passes; what the stations whose second of the minute it is say.
    pub fn second(&mut self, minute_of_day: u16) -> Vec<Measured> {
        if self.second >= self.next_episode_s {
            self.begin_episode();
        }
        let now = self.second as f64;
        let mut said = Vec::new();
        for station in &mut self.stations {
            if station
                .episode
                .is_some_and(|episode| now >= episode.until_s)
            {
                station.episode = None;
            }
            if station.speaks_at != self.second % 60 {
                continue;
            }
            for measure in &station.measures {
                let usual =
                    measure.usual(f64::from(minute_of_day), station.own, self.chance.noise());
                let value = match station.episode {
                    Some(episode) if episode.measure == *measure => {
                        let peak = episode.peak * (1.0 + 0.01 * self.chance.noise());
                        usual + (peak - usual) * episode.share(now)
                    }
                    _ => usual,
                };
                let places = measure.decimals();
                said.push(Measured {
                    thing: station.thing.clone(),
                    position: station.position,
                    measure: *measure,
                    value: libm::round(value * places) / places,
                });
            }
        }
        self.second += 1;
        said
    }

    /// Somewhere a limit is passed, if the pack has one for it. The first ones come soon after the start.
    fn begin_episode(&mut self) {
        self.episodes += 1;
        let pause_s = if self.episodes < 5 {
            self.chance.between(8.0, 20.0)
        } else {
            self.chance.between(150.0, 360.0)
        };
        self.next_episode_s = self.second + pause_s as u64;
        let chosen = self.chance.below(self.stations.len());
        // The first have been rising for a while, so that the next reading tells.
        let head_start_s = if self.episodes < 5 { RAMP_S } else { 0.0 };
        let from_s = self.second as f64 - head_start_s;
        let Some(station) = self.stations.get_mut(chosen) else {
            return;
        };
        let Some(measure) = self.chance.pick(&station.measures).copied() else {
            return;
        };
        let rule = rule_of(&self.city, measure);
        if let Some(rule) = rule
            && station.episode.is_none()
        {
            let hold_s = f64::from(rule.hold_minutes) * 60.0;
            let lasts_s = self.chance.between(600.0, 1100.0).max(hold_s + 300.0);
            station.episode = Some(Episode {
                measure,
                peak: peak(&mut self.chance, rule),
                from_s,
                until_s: from_s + lasts_s,
            });
        }
    }
}

fn rule_of(city: &City, measure: Measure) -> Option<&AlarmRule> {
    let property = Property::new(measure.property()).ok()?;
    city.alarm_rules
        .iter()
        .find(|rule| rule.judges(&property, measure.unit()))
}

/// Mostly just past the first level, seldom far.
fn peak(chance: &mut Chance, rule: &AlarmRule) -> f64 {
    let level = match chance.share() {
        common if common < 0.72 => 0,
        seldom if seldom < 0.95 => 1,
        _ => 2,
    };
    let level = level.min(rule.levels.len().saturating_sub(1));
    let raise = rule.levels.get(level).map_or(0.0, |level| level.raise);
    let room = match rule.levels.get(level + 1) {
        Some(next) => (next.raise - raise) * 0.6,
        None => raise * 0.2,
    };
    raise + room * chance.between(0.4, 1.0)
}

#[cfg(test)]
#[path = "stations_tests.rs"]
mod tests;
