//! Units that move: buses, patrol cars, fire engines, grid workers, sanitation carts. Where each is follows from the
//! moment alone, so that a day may be entered at any hour and read minute by minute.

use domain::ids::ThingId;
use domain::place::Position;

use super::chance::Chance;
use super::ground::{Ground, metres_between};
use super::path::Path;

/// Metres a second, each second: what a city driver does.
const ACCELERATION: f64 = 1.2;
/// Units that share a tour, each at its own place in it.
const ABREAST: usize = 5;
const DAY_S: f64 = 86_400.0;
/// A satellite's fix is off by so many metres.
const FIX_M: f64 = 4.0;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum UnitKind {
    Bus,
    PatrolCar,
    FireEngine,
    GridWorker,
    Sanitation,
}

impl UnitKind {
    pub const ALL: [Self; 5] = [
        Self::Bus,
        Self::PatrolCar,
        Self::FireEngine,
        Self::GridWorker,
        Self::Sanitation,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Bus => "bus",
            Self::PatrolCar => "patrol_car",
            Self::FireEngine => "fire_engine",
            Self::GridWorker => "grid_worker",
            Self::Sanitation => "sanitation",
        }
    }

    /// The system that knows where it is.
    pub fn source(self) -> &'static str {
        match self {
            Self::Bus => "bus-gps",
            Self::PatrolCar => "patrol-gps",
            Self::FireEngine => "fire-gps",
            Self::GridWorker => "grid-app",
            Self::Sanitation => "sanitation-gps",
        }
    }

    /// Of two thousand.
    fn share(self) -> usize {
        match self {
            Self::Bus => 700,
            Self::PatrolCar => 250,
            Self::FireEngine => 90,
            Self::GridWorker => 700,
            Self::Sanitation => 260,
        }
    }

    /// Metres a second on the open road.
    fn cruise(self) -> (f64, f64) {
        match self {
            Self::Bus => (7.0, 11.0),
            Self::PatrolCar => (8.0, 14.0),
            Self::FireEngine => (11.0, 17.0),
            Self::GridWorker => (3.5, 6.0),
            Self::Sanitation => (2.5, 5.5),
        }
    }

    /// How far from one stop to the next, in metres.
    fn reach_m(self) -> (f64, f64) {
        match self {
            Self::Bus => (700.0, 4_500.0),
            Self::PatrolCar => (900.0, 6_000.0),
            Self::Sanitation => (500.0, 3_500.0),
            Self::GridWorker => (200.0, 900.0),
            Self::FireEngine => (0.0, 0.0),
        }
    }

    /// How long it stays at a stop, in seconds.
    fn stay_s(self) -> (f64, f64) {
        match self {
            Self::Bus => (20.0, 45.0),
            Self::PatrolCar => (15.0, 240.0),
            Self::Sanitation => (60.0, 300.0),
            Self::GridWorker => (120.0, 900.0),
            Self::FireEngine => (600.0, 600.0),
        }
    }

    /// How long it has to do where it is called, in seconds.
    fn busy_s(self) -> (f64, f64) {
        match self {
            Self::FireEngine => (1_500.0, 4_200.0),
            _ => (420.0, 1_500.0),
        }
    }

    /// When it is on duty, in hours of the day.
    fn shifts(self, chance: &mut Chance) -> Vec<(f64, f64)> {
        match self {
            Self::Bus if chance.happens(0.12) => Vec::new(),
            Self::Bus => vec![(6.0, 22.3)],
            Self::PatrolCar => match chance.below(4) {
                0 => vec![(0.0, 8.0)],
                1 => vec![(8.0, 16.0)],
                2 => vec![(14.0, 22.0)],
                _ => vec![(7.0, 13.0), (16.0, 24.0)],
            },
            Self::FireEngine => Vec::new(),
            Self::GridWorker if chance.happens(0.12) => vec![(18.5, 23.5)],
            Self::GridWorker => vec![(8.2, 12.0), (14.0, 18.0)],
            Self::Sanitation => vec![(4.7, 10.5), (14.2, 17.5)],
        }
    }
}

/// What a unit says of itself.
#[derive(Clone, PartialEq, Debug)]
pub struct Moved {
    pub position: Position,
    pub heading_deg: u16,
    pub speed_mps: f64,
    pub status: &'static str,
}

struct Leg {
    path: Path,
    cruise: f64,
    starts_s: f64,
    drive_s: f64,
}

/// A way through the city that ends where it began.
struct Tour {
    home: Position,
    legs: Vec<Leg>,
    length_s: f64,
}

/// Called somewhere: the way there, and back into the tour.
struct Errand {
    from_s: f64,
    out: Path,
    arrives_s: f64,
    leaves_s: f64,
    back: Path,
    ends_s: f64,
}

pub struct Unit {
    pub kind: UnitKind,
    pub thing: ThingId,
    /// The name under which a second system hears it.
    pub also: Option<ThingId>,
    tour: usize,
    ahead_s: f64,
    shifts_s: Vec<(f64, f64)>,
    /// Speaks once in so many seconds while it moves, at its own second.
    pub every_s: u32,
    pub at_s: u32,
    errands: Vec<Errand>,
}

pub struct Fleet {
    tours: Vec<Tour>,
    pub units: Vec<Unit>,
    chance: Chance,
}

impl Fleet {
    pub fn of(ground: &Ground, seed: u64, count: usize) -> Self {
        let mut fleet = Self {
            tours: Vec::new(),
            units: Vec::new(),
            chance: Chance::of(seed, &[0x0066_6c65_6574]),
        };
        for kind in UnitKind::ALL {
            let of_kind = (kind.share() * count).div_ceil(2_000);
            for number in 1..=of_kind {
                fleet.enlist(ground, kind, number);
            }
        }
        fleet.units.truncate(count);
        fleet
    }

    fn enlist(&mut self, ground: &Ground, kind: UnitKind, number: usize) {
        let shared = !matches!(kind, UnitKind::FireEngine | UnitKind::GridWorker);
        if !shared || number % ABREAST == 1 {
            // Towns in turn, so that none is without.
            let tour = Tour::of(ground, kind, number, &mut self.chance);
            self.tours.push(tour);
        }
        let chance = &mut self.chance;
        let jitter_s = chance.noise() * 1_500.0;
        let hours = kind.shifts(chance);
        let shifts_s = hours.into_iter().map(|(from, to)| {
            let from_s = (from * 3_600.0 + jitter_s).max(0.0);
            (from_s, (to * 3_600.0 + jitter_s).min(DAY_S))
        });
        let every_s = 10 + chance.below(6) as u32;
        let word = kind.name().replace('_', "-");
        let twice = kind == UnitKind::Bus && number.is_multiple_of(12);
        let unit = Unit {
            kind,
            thing: thing(&format!("{word}-{number:04}")),
            also: twice.then(|| thing(&format!("transport-bureau-{:05}", 40_000 + number))),
            tour: self.tours.len() - 1,
            ahead_s: chance.share() * self.tours.last().map_or(0.0, |tour| tour.length_s),
            shifts_s: shifts_s.collect(),
            every_s,
            at_s: chance.below(every_s as usize) as u32,
            errands: Vec::new(),
        };
        self.units.push(unit);
    }

    /// Sends the nearest free unit of a kind; which one.
    pub fn call(
        &mut self,
        ground: &Ground,
        kind: UnitKind,
        at_s: f64,
        to: Position,
    ) -> Option<&ThingId> {
        let mut nearest: Option<(f64, usize)> = None;
        for (index, unit) in self.units.iter().enumerate() {
            if unit.kind != kind || !unit.is_free(at_s) {
                continue;
            }
            let away_m = self.on_tour(unit, at_s).0.distance_m(to);
            if nearest.is_none_or(|(best_m, _)| away_m < best_m) {
                nearest = Some((away_m, index));
            }
        }
        let (_, index) = nearest?;
        let from = self.on_tour(&self.units[index], at_s).0;
        let (_, fast) = kind.cruise();
        let fast = fast * 1.2;
        let out = drawn(ground, &mut self.chance, from, to)?;
        let arrives_s = at_s + out.length_m() / fast + fast / ACCELERATION;
        let (least, most) = kind.busy_s();
        let leaves_s = arrives_s + self.chance.between(least, most);
        let distance_m = self
            .on_tour(&self.units[index], leaves_s)
            .0
            .distance_m(to)
            .max(50.0);
        let ends_s = leaves_s + 1.5 * distance_m / fast + 30.0;
        let goal = self.on_tour(&self.units[index], ends_s).0;
        let back = drawn(ground, &mut self.chance, to, goal)?;
        let unit = &mut self.units[index];
        unit.errands.push(Errand {
            from_s: at_s,
            out,
            arrives_s,
            leaves_s,
            back,
            ends_s,
        });
        Some(&unit.thing)
    }

    /// Where a unit is on its ordinary way: position, heading, speed.
    fn on_tour(&self, unit: &Unit, second: f64) -> (Position, f64, f64) {
        let tour = &self.tours[unit.tour];
        tour.at(unit.ahead_s + unit.on_duty_s(second))
    }

    /// What a unit would say of itself at a second of the day.
    pub fn at(&self, unit: &Unit, second: f64) -> Moved {
        if let Some(errand) = unit.errand(second) {
            return errand.at(second);
        }
        let (position, heading, speed) = self.on_tour(unit, second);
        if unit.is_on_duty(second) {
            let status = match unit.kind {
                UnitKind::Bus => "in_service",
                _ => "patrol",
            };
            moved(position, heading, speed, status)
        } else {
            moved(position, heading, 0.0, "idle")
        }
    }
}

impl Unit {
    fn errand(&self, second: f64) -> Option<&Errand> {
        let during = |errand: &&Errand| (errand.from_s..errand.ends_s).contains(&second);
        self.errands.iter().find(during)
    }

    fn is_free(&self, second: f64) -> bool {
        let waits = self.kind == UnitKind::FireEngine || self.is_on_duty(second);
        waits && self.errands.iter().all(|errand| errand.ends_s < second)
    }

    pub fn is_on_duty(&self, second: f64) -> bool {
        let mut shifts = self.shifts_s.iter();
        shifts.any(|(from, to)| (*from..*to).contains(&second))
    }

    /// Whether it moves, or works where it was called.
    pub fn is_busy(&self, second: f64) -> bool {
        self.errand(second).is_some()
    }

    /// Seconds on duty since midnight.
    fn on_duty_s(&self, second: f64) -> f64 {
        let until = |(from, to): &(f64, f64)| (second.min(*to) - from).max(0.0);
        self.shifts_s.iter().map(until).sum()
    }
}

impl Errand {
    fn at(&self, second: f64) -> Moved {
        let (path, share, status) = if second < self.arrives_s {
            let share = (second - self.from_s) / (self.arrives_s - self.from_s);
            (&self.out, share, "responding")
        } else if second < self.leaves_s {
            (&self.out, 1.0, "on_scene")
        } else {
            let share = (second - self.leaves_s) / (self.ends_s - self.leaves_s);
            (&self.back, share, "patrol")
        };
        let (position, heading) = path.at(path.length_m() * share);
        let drive_s = match status {
            "responding" => self.arrives_s - self.from_s,
            "on_scene" => f64::INFINITY,
            _ => self.ends_s - self.leaves_s,
        };
        moved(position, heading, path.length_m() / drive_s, status)
    }
}

impl Tour {
    fn of(ground: &Ground, kind: UnitKind, number: usize, chance: &mut Chance) -> Self {
        let town = number % ground.towns.len();
        let (home, _) = ground.somewhere_in(town, chance);
        let mut tour = Self {
            home,
            legs: Vec::new(),
            length_s: 0.0,
        };
        if kind == UnitKind::FireEngine {
            return tour;
        }
        let mut stops = vec![home];
        let wanted = 3 + chance.below(4);
        for _ in 0..wanted * 6 {
            if stops.len() > wanted {
                break;
            }
            let last = stops.last().copied().unwrap_or(home);
            let Some(next) = next_stop(ground, chance, kind, home, last) else {
                continue;
            };
            if stops.iter().all(|stop| stop.distance_m(next) > 100.0)
                && tour.drive(ground, chance, kind, last, next)
            {
                stops.push(next);
            }
        }
        // The same way back, so that it ends where it began.
        let back: Vec<Path> = tour
            .legs
            .iter()
            .rev()
            .map(|leg| leg.path.reversed())
            .collect();
        for path in back {
            tour.add(chance, kind, path);
        }
        tour
    }

    /// Adds the way from one stop to the next, if one lies inside the city.
    fn drive(
        &mut self,
        ground: &Ground,
        chance: &mut Chance,
        kind: UnitKind,
        from: Position,
        to: Position,
    ) -> bool {
        let path = drawn(ground, chance, from, to);
        if let Some(path) = path {
            self.add(chance, kind, path);
            return true;
        }
        false
    }

    fn add(&mut self, chance: &mut Chance, kind: UnitKind, path: Path) {
        let (slow, fast) = kind.cruise();
        let reachable = libm::sqrt(path.length_m() * ACCELERATION) * 0.95;
        let cruise = chance.between(slow, fast).min(reachable);
        let drive_s = path.length_m() / cruise + cruise / ACCELERATION;
        let (least, most) = kind.stay_s();
        let starts_s = self.length_s;
        self.length_s += drive_s + chance.between(least, most);
        self.legs.push(Leg {
            path,
            cruise,
            starts_s,
            drive_s,
        });
    }

    /// Position, heading and speed after so many seconds on duty.
    fn at(&self, worked_s: f64) -> (Position, f64, f64) {
        if self.legs.is_empty() {
            return (self.home, 0.0, 0.0);
        }
        let within = libm::fmod(worked_s, self.length_s);
        let next = self.legs.partition_point(|leg| leg.starts_s <= within);
        let leg = &self.legs[next.saturating_sub(1)];
        let (driven_m, speed) = leg.driven(within - leg.starts_s);
        let (position, heading) = leg.path.at(driven_m);
        (position, heading, speed)
    }
}

impl Leg {
    /// Metres and metres a second: even acceleration, cruise, even braking.
    fn driven(&self, second: f64) -> (f64, f64) {
        let ramp_s = self.cruise / ACCELERATION;
        let left_s = self.drive_s - second;
        if left_s <= 0.0 {
            (self.path.length_m(), 0.0)
        } else if second < ramp_s {
            (ACCELERATION * second * second / 2.0, ACCELERATION * second)
        } else if left_s < ramp_s {
            let left_m = ACCELERATION * left_s * left_s / 2.0;
            (self.path.length_m() - left_m, ACCELERATION * left_s)
        } else {
            (self.cruise * (second - ramp_s / 2.0), self.cruise)
        }
    }
}

fn next_stop(
    ground: &Ground,
    chance: &mut Chance,
    kind: UnitKind,
    home: Position,
    last: Position,
) -> Option<Position> {
    let (least_m, most_m) = kind.reach_m();
    let goal = match kind {
        // Own streets: around home.
        UnitKind::GridWorker => home.offset_m(chance.noise() * most_m, chance.noise() * most_m),
        _ => {
            let near: Vec<Position> = ground
                .landmarks
                .iter()
                .map(|landmark| landmark.position)
                .filter(|place| (least_m..most_m).contains(&place.distance_m(last)))
                .collect();
            let place = *chance.pick(&near)?;
            place.offset_m(chance.noise() * 250.0, chance.noise() * 250.0)
        }
    };
    let far_enough = goal.distance_m(last) > least_m * 0.5;
    (far_enough && ground.town_at(goal).is_some()).then_some(goal)
}

/// A bend or two there, all of it inside the city.
fn drawn(ground: &Ground, chance: &mut Chance, from: Position, to: Position) -> Option<Path> {
    let bend = chance.between(0.05, 0.22);
    for bend in [bend, -bend, bend / 3.0, 0.0] {
        let path = Path::bent(from, to, bend);
        if ground.is_inside(path.positions()) {
            return Some(path);
        }
    }
    let (east, north) = metres_between(from, to);
    // Two that stand side by side on the edge need no way.
    (libm::hypot(east, north) < 200.0).then(|| Path::bent(from, to, 0.0))
}

fn moved(position: Position, heading: f64, speed: f64, status: &'static str) -> Moved {
    Moved {
        position,
        heading_deg: (libm::round(heading.to_degrees()) as i64).rem_euclid(360) as u16,
        speed_mps: libm::round(speed * 10.0) / 10.0,
        status,
    }
}

/// The position as a receiver gives it.
pub fn fixed(position: Position, noise: f64, chance: &mut Chance) -> Position {
    position.offset_m(
        chance.noise() * FIX_M * noise,
        chance.noise() * FIX_M * noise,
    )
}

fn thing(name: &str) -> ThingId {
    ThingId::new(name).expect("a short word is an id")
}
