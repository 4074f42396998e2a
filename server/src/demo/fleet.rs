//! Units that move: patrol cars, sprinklers, grid workers on e-bikes, fire engines. A pure course of seconds.

use std::sync::Arc;

use domain::place::Position;

use super::chance::Chance;
use super::ground::Ground;
use super::path::Path;

/// Metres a second, each second: what a city driver does.
const ACCELERATION: f64 = 1.2;
const SLOWEST: f64 = 0.6;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum UnitKind {
    PatrolCar,
    Sprinkler,
    GridWorker,
    FireEngine,
}

impl UnitKind {
    pub const ALL: [Self; 4] = [
        Self::PatrolCar,
        Self::Sprinkler,
        Self::GridWorker,
        Self::FireEngine,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::PatrolCar => "patrol_car",
            Self::Sprinkler => "sprinkler",
            Self::GridWorker => "grid_worker",
            Self::FireEngine => "fire_engine",
        }
    }

    fn count(self) -> usize {
        match self {
            Self::PatrolCar => 48,
            Self::Sprinkler => 24,
            Self::GridWorker => 62,
            Self::FireEngine => 16,
        }
    }

    /// Metres a second on the open road.
    fn cruise(self) -> (f64, f64) {
        match self {
            Self::PatrolCar => (8.0, 14.0),
            Self::Sprinkler => (4.0, 6.5),
            Self::GridWorker => (3.5, 6.0),
            Self::FireEngine => (9.0, 14.0),
        }
    }

    /// How far it goes in one go, in metres.
    fn reach_m(self) -> (f64, f64) {
        match self {
            Self::PatrolCar => (1_200.0, 6_000.0),
            Self::Sprinkler => (1_000.0, 5_000.0),
            Self::GridWorker => (250.0, 1_500.0),
            Self::FireEngine => (1_500.0, 5_000.0),
        }
    }

    /// How long it stays, in seconds.
    fn stay_s(self) -> (f64, f64) {
        match self {
            Self::PatrolCar => (5.0, 60.0),
            Self::Sprinkler => (10.0, 40.0),
            Self::GridWorker => (30.0, 180.0),
            Self::FireEngine => (120.0, 600.0),
        }
    }
}

/// What a unit says of itself.
#[derive(Clone, PartialEq, Debug)]
pub struct Moved {
    pub thing: String,
    pub kind: UnitKind,
    pub position: Position,
    pub heading_deg: u16,
    pub speed_mps: f64,
    pub status: &'static str,
}

struct Unit {
    thing: String,
    kind: UnitKind,
    home: Position,
    position: Position,
    /// Radians clockwise from north.
    heading: f64,
    speed: f64,
    doing: Doing,
    /// Speaks once in so many seconds, at its own second.
    every_s: u64,
    at_s: u64,
}

enum Doing {
    Driving {
        path: Path,
        driven_m: f64,
        cruise: f64,
        called: bool,
    },
    Staying {
        seconds: f64,
        status: &'static str,
    },
}

pub struct Fleet {
    ground: Arc<Ground>,
    chance: Chance,
    units: Vec<Unit>,
    second: u64,
}

impl Fleet {
    pub fn new(ground: Arc<Ground>, seed: u64) -> Self {
        let mut fleet = Self {
            ground,
            chance: Chance::of(seed, &[0x0066_6c65_6574]),
            units: Vec::new(),
            second: 0,
        };
        for kind in UnitKind::ALL {
            for number in 1..=kind.count() {
                let unit = fleet.born(kind, number);
                fleet.units.push(unit);
            }
        }
        fleet
    }

    pub fn len(&self) -> usize {
        self.units.len()
    }

    fn born(&mut self, kind: UnitKind, number: usize) -> Unit {
        // Towns in turn, so that none is without.
        let town = number % self.ground.towns.len();
        let (home, _) = self.ground.somewhere_in(town, &mut self.chance);
        let every_s = 2 + self.chance.below(4) as u64;
        let mut unit = Unit {
            thing: format!("demo-{}-{number:03}", kind.name().replace('_', "-")),
            kind,
            home,
            position: home,
            heading: self.chance.between(0.0, std::f64::consts::TAU),
            speed: 0.0,
            doing: Doing::Staying {
                seconds: 0.0,
                status: "idle",
            },
            every_s,
            at_s: self.chance.below(every_s as usize) as u64,
        };
        // Most are on the way when the curtain rises; fire engines wait in their stations.
        let waits = kind == UnitKind::FireEngine || self.chance.happens(0.2);
        if waits {
            let (least, most) = kind.stay_s();
            unit.doing = Doing::Staying {
                seconds: self.chance.between(least, most),
                status: "idle",
            };
        } else {
            set_out(&self.ground, &mut self.chance, &mut unit);
            if let Doing::Driving {
                path,
                driven_m,
                cruise,
                ..
            } = &mut unit.doing
            {
                *driven_m = path.length_m() * self.chance.between(0.1, 0.7);
                unit.speed = *cruise;
            }
        }
        unit
    }

    /// One second passes; what the units whose turn it is say.
    pub fn second(&mut self) -> Vec<Moved> {
        let mut said = Vec::new();
        for unit in &mut self.units {
            advance(&self.ground, &mut self.chance, unit);
            if self.second % unit.every_s == unit.at_s {
                said.push(unit.says());
            }
        }
        self.second += 1;
        said
    }

    /// Sends the nearest free unit of a kind; which one.
    pub fn call(&mut self, kind: UnitKind, to: Position) -> Option<&str> {
        let mut nearest: Option<(f64, usize)> = None;
        for (index, unit) in self.units.iter().enumerate() {
            let free = unit.kind == kind && !unit.is_called();
            let away_m = unit.position.distance_m(to);
            if free && nearest.is_none_or(|(best_m, _)| away_m < best_m) {
                nearest = Some((away_m, index));
            }
        }
        let unit = &mut self.units[nearest?.1];
        let path = drawn(&self.ground, &mut self.chance, unit, to)?;
        let (_, fastest) = kind.cruise();
        unit.doing = Doing::Driving {
            path,
            driven_m: 0.0,
            cruise: fastest * 1.25,
            called: true,
        };
        Some(&unit.thing)
    }
}

impl Unit {
    fn is_called(&self) -> bool {
        match &self.doing {
            Doing::Driving { called, .. } => *called,
            Doing::Staying { status, .. } => *status == "on_scene",
        }
    }

    fn says(&self) -> Moved {
        let status = match &self.doing {
            Doing::Driving { called: true, .. } => "responding",
            Doing::Driving { .. } => "patrol",
            Doing::Staying { status, .. } => status,
        };
        Moved {
            thing: self.thing.clone(),
            kind: self.kind,
            position: self.position,
            heading_deg: (libm::round(self.heading.to_degrees()) as i64).rem_euclid(360) as u16,
            speed_mps: libm::round(self.speed * 10.0) / 10.0,
            status,
        }
    }
}

fn advance(ground: &Ground, chance: &mut Chance, unit: &mut Unit) {
    match &mut unit.doing {
        Doing::Staying { seconds, .. } => {
            *seconds -= 1.0;
            unit.speed = 0.0;
            if *seconds <= 0.0 {
                set_out(ground, chance, unit);
            }
        }
        Doing::Driving {
            path,
            driven_m,
            cruise,
            called,
        } => {
            let left_m = path.length_m() - *driven_m;
            if left_m <= SLOWEST {
                let (least, most) = if *called {
                    (180.0, 420.0)
                } else {
                    unit.kind.stay_s()
                };
                let status = if *called { "on_scene" } else { "idle" };
                unit.doing = Doing::Staying {
                    seconds: chance.between(least, most),
                    status,
                };
                unit.speed = 0.0;
                return;
            }
            // Braking in time: v² = 2·a·s.
            let able = libm::sqrt(2.0 * ACCELERATION * left_m).min(*cruise);
            let traffic = 1.0 + 0.08 * chance.noise();
            unit.speed = ((unit.speed + ACCELERATION).min(able) * traffic).max(SLOWEST);
            *driven_m = (*driven_m + unit.speed).min(path.length_m());
            (unit.position, unit.heading) = path.at(*driven_m);
        }
    }
}

/// The next trip; where no way lies inside the city, a rest.
fn set_out(ground: &Ground, chance: &mut Chance, unit: &mut Unit) {
    for _ in 0..8 {
        let Some(to) = next_goal(ground, chance, unit) else {
            continue;
        };
        if let Some(path) = drawn(ground, chance, unit, to) {
            let (slow, fast) = unit.kind.cruise();
            unit.doing = Doing::Driving {
                path,
                driven_m: 0.0,
                cruise: chance.between(slow, fast),
                called: false,
            };
            return;
        }
    }
    unit.doing = Doing::Staying {
        seconds: 20.0,
        status: "idle",
    };
}

fn next_goal(ground: &Ground, chance: &mut Chance, unit: &Unit) -> Option<Position> {
    let (least_m, most_m) = unit.kind.reach_m();
    let goal = match unit.kind {
        // Own streets: around home.
        UnitKind::GridWorker => unit
            .home
            .offset_m(chance.noise() * most_m, chance.noise() * most_m),
        // Back to the station after every run.
        UnitKind::FireEngine if unit.position.distance_m(unit.home) > 300.0 => {
            return Some(unit.home);
        }
        _ => {
            let near: Vec<Position> = ground
                .landmarks
                .iter()
                .map(|landmark| landmark.position)
                .filter(|place| (least_m..most_m).contains(&place.distance_m(unit.position)))
                .collect();
            let place = *chance.pick(&near)?;
            place.offset_m(chance.noise() * 300.0, chance.noise() * 300.0)
        }
    };
    let far_enough = goal.distance_m(unit.position) > least_m * 0.5;
    (far_enough && ground.town_at(goal).is_some()).then_some(goal)
}

/// A bend or two there, all of it inside the city.
fn drawn(ground: &Ground, chance: &mut Chance, unit: &Unit, to: Position) -> Option<Path> {
    let heading = (unit.speed > SLOWEST).then_some(unit.heading);
    let bend = chance.between(0.08, 0.3);
    for bend in [bend, -bend, bend / 3.0, 0.0] {
        let path = Path::bent(unit.position, to, heading, bend);
        if ground.is_inside(path.positions()) {
            return Some(path);
        }
    }
    None
}

#[cfg(test)]
#[path = "fleet_tests.rs"]
mod tests;
