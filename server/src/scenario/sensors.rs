//! Sensors that stay: air, rivers, road water, outfalls, fire panels, noise, gas, weather. What each measures follows
//! from the moment alone: a day's curve, noise, and what the day's matters and faults make of it.

use std::f64::consts::TAU;

use domain::ids::ThingId;
use domain::place::Position;

use super::chance::Chance;
use super::ground::Ground;
use super::truth::Suspect;

const MINUTES_OF_DAY: f64 = 1440.0;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Measure {
    Pm25,
    Ozone,
    RiverLevel,
    RoadWater,
    OutfallCod,
    OutfallAmmonia,
    OutfallPh,
    Smoke,
    Noise,
    Gas,
    Temperature,
}

impl Measure {
    pub fn property(self) -> &'static str {
        match self {
            Self::Pm25 => "PM2.5",
            Self::Ozone => "O3",
            Self::RiverLevel => "river_level",
            Self::RoadWater => "water_depth",
            Self::OutfallCod => "COD",
            Self::OutfallAmmonia => "NH3-N",
            Self::OutfallPh => "pH",
            Self::Smoke => "smoke_obscuration",
            Self::Noise => "Leq",
            Self::Gas => "gas_lel",
            Self::Temperature => "temperature",
        }
    }

    pub fn unit(self) -> &'static str {
        match self {
            Self::Pm25 | Self::Ozone => "ug/m3",
            Self::RiverLevel | Self::RoadWater => "m",
            Self::OutfallCod | Self::OutfallAmmonia => "mg/L",
            Self::OutfallPh => "pH",
            Self::Smoke => "%/m",
            Self::Noise => "dB(A)",
            Self::Gas => "%LEL",
            Self::Temperature => "Cel",
        }
    }

    /// So many steps to one of its unit.
    fn steps(self) -> f64 {
        match self {
            Self::Pm25 | Self::Ozone => 1.0,
            Self::RiverLevel | Self::RoadWater | Self::OutfallAmmonia | Self::OutfallPh => 100.0,
            _ => 10.0,
        }
    }

    /// An ordinary day, well below every limit. `own` is the station's own level, 0 to 1.
    fn usual(self, minute_of_day: f64, own: f64, noise: f64) -> f64 {
        // 1 at the given minute, -1 half a period off.
        let swing = |peak: f64, period: f64| libm::cos(TAU * (minute_of_day - peak) / period);
        match self {
            // Two rush hours.
            Self::Pm25 => 28.0 + 12.0 * own + 7.0 * swing(500.0, 720.0) + 3.0 * noise,
            // Made by the afternoon sun.
            Self::Ozone => {
                75.0 + 20.0 * own + 60.0 * swing(870.0, MINUTES_OF_DAY).max(-0.8) + 5.0 * noise
            }
            // Half-day tide.
            Self::RiverLevel => 1.2 + 0.5 * own + 0.45 * swing(own * 300.0, 745.0) + 0.02 * noise,
            Self::RoadWater => (0.01 + 0.015 * own + 0.01 * noise).max(0.0),
            Self::OutfallCod => 24.0 + 9.0 * own + 3.0 * swing(660.0, MINUTES_OF_DAY) + 1.5 * noise,
            Self::OutfallAmmonia => 1.6 + 0.9 * own + 0.2 * noise,
            Self::OutfallPh => 7.1 + 0.4 * own + 0.1 * noise,
            Self::Smoke => (0.05 + 0.05 * own + 0.05 * noise).max(0.0),
            Self::Noise => 53.0 + 4.0 * own + 5.0 * swing(840.0, MINUTES_OF_DAY) + 2.0 * noise,
            Self::Gas => (0.6 + 0.6 * own + 0.5 * noise).max(0.0),
            Self::Temperature => {
                19.0 + 2.0 * own + 4.5 * swing(870.0, MINUTES_OF_DAY) + 0.2 * noise
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum StationKind {
    Air,
    River,
    RoadWater,
    Outfall,
    FirePanel,
    Noise,
    Gas,
    Weather,
}

impl StationKind {
    pub const ALL: [Self; 8] = [
        Self::Air,
        Self::River,
        Self::RoadWater,
        Self::Outfall,
        Self::FirePanel,
        Self::Noise,
        Self::Gas,
        Self::Weather,
    ];

    /// The system that collects from it, which is also how its things are called.
    pub fn source(self) -> &'static str {
        match self {
            Self::Air => "air-stations",
            Self::River => "river-gauges",
            Self::RoadWater => "road-water",
            Self::Outfall => "outfall-monitors",
            Self::FirePanel => "fire-panels",
            Self::Noise => "noise-meters",
            Self::Gas => "gas-detectors",
            Self::Weather => "weather-stations",
        }
    }

    pub fn measures(self) -> &'static [Measure] {
        match self {
            Self::Air => &[Measure::Pm25, Measure::Ozone],
            Self::River => &[Measure::RiverLevel],
            Self::RoadWater => &[Measure::RoadWater],
            Self::Outfall => &[
                Measure::OutfallCod,
                Measure::OutfallAmmonia,
                Measure::OutfallPh,
            ],
            Self::FirePanel => &[Measure::Smoke],
            Self::Noise => &[Measure::Noise],
            Self::Gas => &[Measure::Gas],
            Self::Weather => &[Measure::Temperature],
        }
    }

    /// Of a hundred.
    fn share(self) -> usize {
        match self {
            Self::Air => 9,
            Self::River => 8,
            Self::RoadWater => 25,
            Self::Outfall => 12,
            Self::FirePanel => 28,
            Self::Noise => 8,
            Self::Gas => 6,
            Self::Weather => 4,
        }
    }

    /// Minutes from one reading to the next.
    pub fn every_minutes(self) -> u32 {
        match self {
            Self::Air | Self::River | Self::RoadWater | Self::Noise | Self::Gas => 5,
            Self::Outfall | Self::Weather => 10,
            Self::FirePanel => 30,
        }
    }
}

/// What drives a measure away from its usual course for a while, in seconds of the day.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Episode {
    pub measure: Measure,
    pub peak: f64,
    pub from_s: f64,
    /// How long it takes to rise, and as long to fall.
    pub ramp_s: f64,
    pub until_s: f64,
    /// The matter it is a sign of; none where it stays harmless.
    pub matter: Option<usize>,
}

impl Episode {
    /// 0 outside, 1 at its height.
    fn share(&self, second: f64) -> f64 {
        let rise = (second - self.from_s) / self.ramp_s;
        let fall = (self.until_s - second) / self.ramp_s;
        rise.min(fall).clamp(0.0, 1.0)
    }
}

/// A stretch in which what a station says is not what is there.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Fault {
    pub suspect: Suspect,
    pub measure: Measure,
    pub value: f64,
    pub from_s: f64,
    pub until_s: f64,
}

pub struct Station {
    pub kind: StationKind,
    pub thing: ThingId,
    pub position: Position,
    own: f64,
    /// The second of its period at which it speaks.
    speaks_at: u32,
    pub episodes: Vec<Episode>,
    pub faults: Vec<Fault>,
    /// From, up to: it says nothing.
    pub silent_s: Option<(f64, f64)>,
}

/// One value, and what is true of it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Measured {
    pub measure: Measure,
    pub value: f64,
    pub matter: Option<usize>,
    pub suspect: Option<Suspect>,
}

pub struct Sensors {
    pub stations: Vec<Station>,
    chance: Chance,
    seed: u64,
    noise: f64,
    numbers: [usize; StationKind::ALL.len()],
}

impl Sensors {
    pub fn new(seed: u64, noise: f64) -> Self {
        Self {
            stations: Vec::new(),
            chance: Chance::of(seed, &[0x7374_6174]),
            seed,
            noise,
            numbers: [0; StationKind::ALL.len()],
        }
    }

    /// Sets a station up; its number.
    pub fn add(&mut self, kind: StationKind, position: Position) -> usize {
        let number = &mut self.numbers[kind as usize];
        *number += 1;
        let name = format!("{}-{number:04}", kind.source());
        self.stations.push(Station {
            kind,
            thing: ThingId::new(&name).expect("a short word is an id"),
            position,
            own: self.chance.share(),
            speaks_at: self.chance.below(kind.every_minutes() as usize * 60) as u32,
            episodes: Vec::new(),
            faults: Vec::new(),
            silent_s: None,
        });
        self.stations.len() - 1
    }

    /// Ordinary stations, until there are so many in all.
    pub fn fill(&mut self, ground: &Ground, count: usize) {
        let story = self.stations.len();
        let room = count.saturating_sub(story);
        for kind in StationKind::ALL {
            for number in 0..(kind.share() * room).div_ceil(100) {
                if self.stations.len() >= count {
                    return;
                }
                let town = (number * 7 + kind as usize) % ground.towns.len();
                let (position, _) = ground.somewhere_in(town, &mut self.chance);
                self.add(kind, position);
            }
        }
    }

    /// The second of the day at which a station speaks in a minute, if it does. In `rain` road water is watched each
    /// minute.
    pub fn turn(&self, station: &Station, minute: u32, rain: bool) -> Option<u32> {
        let period_s = match station.kind {
            StationKind::RoadWater if rain => 60,
            // A gas alarm is told at once.
            StationKind::Gas if !station.episodes.is_empty() => 60,
            kind => kind.every_minutes() * 60,
        };
        let begins = minute * 60;
        let wait_s = (station.speaks_at % period_s + period_s - begins % period_s) % period_s;
        let second = begins + wait_s;
        let silent = station
            .silent_s
            .is_some_and(|(from, until)| (from..until).contains(&f64::from(second)));
        (wait_s < 60 && !silent).then_some(second)
    }

    /// What a station says at a second of the day.
    pub fn said(&self, station: &Station, second: u32) -> impl Iterator<Item = Measured> {
        let measures = station.kind.measures().iter();
        measures.map(move |measure| self.measured(station, *measure, f64::from(second)))
    }

    /// Rain stands on every road a little: what no matter makes of it stays below every limit.
    pub fn rain(&mut self, (from_s, until_s): (f64, f64)) {
        let roads = self.stations.iter_mut();
        for station in roads.filter(|station| station.kind == StationKind::RoadWater) {
            let busy = !station.episodes.is_empty() || !station.faults.is_empty();
            let peak = self.chance.between(0.02, 0.09);
            if !busy {
                station.episodes.push(Episode {
                    measure: Measure::RoadWater,
                    peak,
                    from_s,
                    ramp_s: 1_800.0,
                    until_s,
                    matter: None,
                });
            }
        }
    }

    fn measured(&self, station: &Station, measure: Measure, now: f64) -> Measured {
        let number = station.speaks_at as u64 ^ (measure as u64) << 20;
        let facts = [0x7661_6c75, number, station.own.to_bits(), now as u64];
        let mut chance = Chance::of(self.seed, &facts);
        let mut value = measure.usual(now / 60.0, station.own, chance.noise() * self.noise);
        let mut matter = None;
        for episode in station.episodes.iter().filter(|one| one.measure == measure) {
            let share = episode.share(now);
            if share > 0.0 {
                let peak = episode.peak * (1.0 + 0.01 * self.noise * chance.noise());
                value += (peak - value) * share;
                matter = episode.matter.or(matter);
            }
        }
        let during = |fault: &&Fault| {
            fault.measure == measure && (fault.from_s..fault.until_s).contains(&now)
        };
        let fault = station.faults.iter().find(during);
        if let Some(fault) = fault {
            value = fault.value;
            matter = None;
        }
        Measured {
            measure,
            value: libm::round(value * measure.steps()) / measure.steps(),
            matter,
            suspect: fault.map(|fault| fault.suspect),
        }
    }
}
