//! The city as a scenario walks it: towns with outlines, named places within them, points that lie inside.

use std::sync::Arc;

use domain::area::Area;
use domain::city::{City, Level, Outline};
use domain::ids::JurisdictionCode;
use domain::lookup::LookupTable;
use domain::place::Position;

use super::chance::Chance;

/// How far around a named place things happen, in metres.
const AROUND_M: f64 = 900.0;
const TRIES: usize = 64;
const CELLS: u16 = 256;

pub struct Ground {
    pub city: Arc<City>,
    pub towns: Vec<TownGround>,
    pub landmarks: Vec<Landmark>,
    table: LookupTable,
    /// Whether people here write Chinese.
    pub chinese: bool,
}

pub struct TownGround {
    pub code: JurisdictionCode,
    pub name: String,
    pub name_en: String,
    /// Villages and communities as people call them; nobody knows where they lie.
    pub villages: Vec<String>,
    area: Area,
    landmarks: Vec<usize>,
}

pub struct Landmark {
    /// Empty where nobody would say it: units still drive there.
    pub name: String,
    pub position: Position,
}

impl Ground {
    /// None where the pack has no outline to play in.
    pub fn of(city: Arc<City>, seed: u64) -> Option<Self> {
        let of_level = |level| -> Vec<&Outline> {
            city.outlines
                .iter()
                .filter(|outline| outline.level == level)
                .collect()
        };
        let mut outlines = of_level(Level::Town);
        if outlines.is_empty() {
            outlines = of_level(Level::City);
        }
        let areas: Vec<Area> = outlines
            .iter()
            .map(|outline| outline.area.clone())
            .collect();
        let towns: Vec<TownGround> = outlines
            .iter()
            .map(|outline| TownGround {
                code: outline.code.clone(),
                name: outline.name.clone(),
                name_en: outline.name_en.clone(),
                villages: villages_of(&city, &outline.code),
                area: outline.area.clone(),
                landmarks: Vec::new(),
            })
            .collect();
        let chinese = is_chinese(&city.name);
        let mut ground = Self {
            table: LookupTable::build(&areas, CELLS),
            city,
            towns,
            landmarks: Vec::new(),
            chinese,
        };
        ground.place_landmarks(&mut Chance::of(seed, &[0x6c61_6e64]));
        (!ground.towns.is_empty()).then_some(ground)
    }

    /// The pack's named places, and in each town enough nameless corners to drive between.
    fn place_landmarks(&mut self, chance: &mut Chance) {
        const FEWEST_IN_A_TOWN: usize = 5;
        for place in self.city.clone().places.iter() {
            let Some(town) = self.town_at(place.position) else {
                continue;
            };
            // A town's own name says nothing about where in it.
            let said = place.kind != "town"
                && is_chinese(&place.name) == self.chinese
                && !self.towns[town].name.starts_with(&place.name);
            let name = if said {
                place.name.replace("站站", "站")
            } else {
                String::new()
            };
            self.add(town, name, place.position);
        }
        for town in 0..self.towns.len() {
            while self.towns[town].landmarks.len() < FEWEST_IN_A_TOWN {
                let position = self.anywhere_in(town, chance);
                self.add(town, String::new(), position);
            }
        }
    }

    fn add(&mut self, town: usize, name: String, position: Position) {
        self.towns[town].landmarks.push(self.landmarks.len());
        self.landmarks.push(Landmark { name, position });
    }

    /// The town a position lies in.
    pub fn town_at(&self, position: Position) -> Option<usize> {
        self.table.find(position)
    }

    /// Somewhere in the town, whatever lies there.
    pub fn anywhere_in(&self, town: usize, chance: &mut Chance) -> Position {
        let area = &self.towns[town].area;
        let [west, south, east, north] = area.bounds().degrees();
        for _ in 0..TRIES {
            let drawn =
                Position::from_degrees(chance.between(west, east), chance.between(south, north));
            if let Ok(position) = drawn
                && self.town_at(position) == Some(town)
            {
                return position;
            }
        }
        area.centroid_inside()
    }

    /// Where people live and work in the town: near one of its named places. Also the place's name, if it has one.
    pub fn somewhere_in(&self, town: usize, chance: &mut Chance) -> (Position, &str) {
        for _ in 0..TRIES {
            let Some(landmark) = chance.pick(&self.towns[town].landmarks) else {
                break;
            };
            let landmark = &self.landmarks[*landmark];
            let position = landmark
                .position
                .offset_m(chance.noise() * AROUND_M, chance.noise() * AROUND_M);
            if self.town_at(position) == Some(town) {
                return (position, &landmark.name);
            }
        }
        (self.anywhere_in(town, chance), "")
    }

    /// Right at one of the places people know by name: its town, where, and the name.
    pub fn at_a_landmark(&self, chance: &mut Chance) -> Option<(usize, Position, &str)> {
        /// What is said to be at the station is this near to it, in metres.
        const AT_M: f64 = 110.0;
        let named: Vec<&Landmark> = self
            .landmarks
            .iter()
            .filter(|landmark| !landmark.name.is_empty())
            .collect();
        for _ in 0..TRIES {
            let landmark = chance.pick(&named)?;
            let position = landmark
                .position
                .offset_m(chance.noise() * AT_M, chance.noise() * AT_M);
            if let Some(town) = self.town_at(position) {
                return Some((town, position, &landmark.name));
            }
        }
        None
    }

    /// Within a few metres of where two towns meet: the town, where, and the town beyond. Of this town, if one is asked for.
    pub fn at_a_border(
        &self,
        town: Option<usize>,
        chance: &mut Chance,
    ) -> Option<(usize, Position, usize)> {
        /// Nobody's phone is as good as this.
        const NEAR_M: f64 = 12.0;
        for _ in 0..TRIES {
            let town = town.unwrap_or_else(|| chance.below(self.towns.len()));
            let mut here = self.anywhere_in(town, chance);
            let mut there = self.anywhere_in(chance.below(self.towns.len()), chance);
            while here.distance_m(there) > NEAR_M {
                let middle = Position::from_degrees(
                    (here.longitude() + there.longitude()) / 2.0,
                    (here.latitude() + there.latitude()) / 2.0,
                )
                .ok()?;
                if self.town_at(middle) == Some(town) {
                    here = middle;
                } else {
                    there = middle;
                }
            }
            if let Some(beyond) = self.town_at(there)
                && beyond != town
                && self.town_at(here) == Some(town)
            {
                return Some((town, here, beyond));
            }
        }
        None
    }

    pub fn is_inside(&self, positions: &[Position]) -> bool {
        positions
            .iter()
            .all(|position| self.town_at(*position).is_some())
    }
}

fn villages_of(city: &City, town: &JurisdictionCode) -> Vec<String> {
    const TITLES: [&str; 3] = ["社区居民委员会", "村民委员会", "居民委员会"];
    let of_town = city.villages.iter().filter(|village| village.town == *town);
    let plain = |name: &str| -> String {
        let mut name = name;
        for title in TITLES {
            name = name.strip_suffix(title).unwrap_or(name);
        }
        name.to_owned()
    };
    of_town.map(|village| plain(&village.name)).collect()
}

fn is_chinese(text: &str) -> bool {
    text.chars()
        .any(|letter| ('\u{4e00}'..='\u{9fff}').contains(&letter))
}

/// Metres east and north from one position to another nearby.
pub fn metres_between(from: Position, to: Position) -> (f64, f64) {
    /// A degree of latitude on the mean sphere.
    const DEGREE_M: f64 = 111_195.08;
    let shrink = libm::cos(from.latitude().to_radians());
    (
        (to.longitude() - from.longitude()) * DEGREE_M * shrink,
        (to.latitude() - from.latitude()) * DEGREE_M,
    )
}
