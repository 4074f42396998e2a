//! Finds evidence of one family near a place and a time without looking at all of it. Rebuilt from the Picture;
//! pieces are never moved in it, since whose they are is read from the Picture.

use std::collections::BTreeMap;

use domain::city::{City, FamilyRule};
use domain::ids::{EvidenceId, SourceId, ThingId};
use domain::incident::Evidence;
use domain::picture::Picture;
use domain::place::Position;

use super::same_thing::{Family, reach_m};
use super::words::Lexicon;

/// Metres in a degree of latitude (mean sphere, as in `Position::distance_m`; rounded down, so that bands are no lower
/// than the reach).
const DEGREE_M: f64 = 111_195.0;
const FULL_CIRCLE_E6: i64 = 360_000_000;

#[derive(Default)]
pub struct Nearby {
    /// family → (band, column, time bucket) → pieces in the order they came.
    families: BTreeMap<Family, BTreeMap<Cell, Vec<EvidenceId>>>,
    /// (family, source, thing) → time bucket → pieces: where one of two has no place, only the same thing can be the same.
    things: BTreeMap<(Family, SourceId, ThingId), Buckets>,
    /// (family, name) → pieces without a position that name a place.
    named: BTreeMap<(Family, u32), Buckets>,
}

/// Time bucket → pieces in the order they came.
type Buckets = BTreeMap<i64, Vec<EvidenceId>>;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Cell {
    band: i64,
    column: i64,
    bucket: i64,
}

/// How the world is cut for one family: bands of latitude as high as the reach, columns as wide.
struct Grid {
    height_e6: i64,
    reach_m: f64,
    bucket_ms: i64,
}

impl Grid {
    fn of(rule: &FamilyRule) -> Self {
        let reach_m = f64::from(reach_m(rule)).max(1.0);
        Self {
            height_e6: ((reach_m / DEGREE_M) * 1e6) as i64 + 1,
            reach_m,
            bucket_ms: i64::from(rule.window_minutes.max(1)) * 60_000,
        }
    }

    fn band(&self, position: Position) -> i64 {
        i64::from(position.lat_e6()).div_euclid(self.height_e6)
    }

    /// How far apart in longitude two places within reach can be, if neither lies farther from the equator than the
    /// next band: by the haversine, sin(Δλ/2) ≤ sin(reach/2) / cos φ. Near a pole that is the whole circle.
    fn width_e6(&self, band: i64) -> i64 {
        let south = (band * self.height_e6).unsigned_abs();
        let north = ((band + 1) * self.height_e6).unsigned_abs();
        let farthest_e6 = south.max(north) as f64 + self.height_e6 as f64;
        let narrowing = libm::cos((farthest_e6 / 1e6).min(90.0).to_radians());
        let half_reach = (self.reach_m / DEGREE_M).to_radians() / 2.0;
        let half_width = libm::sin(half_reach) / narrowing.max(f64::MIN_POSITIVE);
        if half_width >= 1.0 {
            return FULL_CIRCLE_E6;
        }
        let width = (2.0 * libm::asin(half_width)).to_degrees() * 1e6;
        (width as i64 + 2).clamp(1, FULL_CIRCLE_E6)
    }

    fn column(&self, band: i64, longitude_e6: i64) -> i64 {
        (longitude_e6 + FULL_CIRCLE_E6 / 2).rem_euclid(FULL_CIRCLE_E6) / self.width_e6(band)
    }

    fn cell(&self, position: Position, time_ms: i64) -> Cell {
        let band = self.band(position);
        Cell {
            band,
            column: self.column(band, i64::from(position.lon_e6())),
            bucket: time_ms.div_euclid(self.bucket_ms),
        }
    }

    /// The cells in which something within reach can lie; columns wrap at the date line.
    fn around(&self, position: Position, time_ms: i64) -> Vec<Cell> {
        let middle = self.cell(position, time_ms);
        let mut cells = Vec::with_capacity(36);
        for band in middle.band - 1..=middle.band + 1 {
            let width = self.width_e6(band);
            let columns = (FULL_CIRCLE_E6 + width - 1) / width;
            let here = self.column(band, i64::from(position.lon_e6()));
            let mut wanted: Vec<i64> = [-1, 0, 1]
                .into_iter()
                .map(|step| (here + step).rem_euclid(columns))
                .collect();
            // The last column before the date line may be narrow: look one further.
            if here + 1 >= columns - 1 || here <= 1 {
                wanted.extend([0, 1.min(columns - 1), columns - 1, (columns - 2).max(0)]);
            }
            wanted.sort_unstable();
            wanted.dedup();
            for column in wanted {
                for bucket in middle.bucket - 1..=middle.bucket + 1 {
                    cells.push(Cell {
                        band,
                        column,
                        bucket,
                    });
                }
            }
        }
        cells
    }
}

impl Nearby {
    pub fn of(picture: &Picture, lexicon: &Lexicon) -> Self {
        let mut nearby = Self::default();
        if let Some(city) = &picture.city {
            for evidence in picture.evidence.values() {
                nearby.add(city, evidence, lexicon);
            }
        }
        nearby
    }

    /// Also after a correction: the piece is then found where it was and where it is, and looked at only once.
    pub fn add(&mut self, city: &City, evidence: &Evidence, lexicon: &Lexicon) {
        let family = Family::of(city, evidence);
        let grid = Grid::of(family.rule(city));
        let time_ms = evidence.time.millis();
        if let Some(thing) = &evidence.thing {
            let key = (family.clone(), evidence.source.clone(), thing.clone());
            let buckets = self.things.entry(key).or_default();
            buckets
                .entry(time_ms.div_euclid(grid.bucket_ms))
                .or_default()
                .push(evidence.id);
        }
        let Some(position) = evidence.position else {
            for name in lexicon.place(&evidence.text).names {
                let buckets = self.named.entry((family.clone(), name)).or_default();
                let bucket = time_ms.div_euclid(grid.bucket_ms);
                buckets.entry(bucket).or_default().push(evidence.id);
            }
            return;
        };
        let cells = self.families.entry(family).or_default();
        cells
            .entry(grid.cell(position, time_ms))
            .or_default()
            .push(evidence.id);
    }

    /// Pieces that may be the same thing as `evidence`, in the order of their ids.
    pub fn candidates(
        &self,
        city: &City,
        evidence: &Evidence,
        lexicon: &Lexicon,
    ) -> Vec<EvidenceId> {
        let mut found = Vec::new();
        let family = Family::of(city, evidence);
        let grid = Grid::of(family.rule(city));
        let time_ms = evidence.time.millis();
        if let Some(position) = evidence.position
            && let Some(cells) = self.families.get(&family)
        {
            for cell in grid.around(position, time_ms) {
                found.extend(cells.get(&cell).into_iter().flatten().copied());
            }
        }
        let bucket = time_ms.div_euclid(grid.bucket_ms);
        let mut about_now = |buckets: &Buckets| {
            let near = buckets.range(bucket - 1..=bucket + 1);
            found.extend(near.flat_map(|(_, pieces)| pieces.iter().copied()));
        };
        if let Some(thing) = &evidence.thing {
            let key = (family.clone(), evidence.source.clone(), thing.clone());
            self.things.get(&key).into_iter().for_each(&mut about_now);
        }
        if evidence.position.is_none() {
            for name in lexicon.place(&evidence.text).names {
                let key = (family.clone(), name);
                self.named.get(&key).into_iter().for_each(&mut about_now);
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}
