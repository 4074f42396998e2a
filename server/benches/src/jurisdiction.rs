//! Which of 600 areas of 200 corners each holds a position, for a million positions: our table against an R-tree with exact
//! tests (rstar and geo) and against shapely. Positions on corners and edges are among them, and all must agree.

use std::fmt::Write as _;
use std::fs;
use std::process::Command;
use std::time::Instant;

use domain::area::Area;
use domain::lookup::LookupTable;
use domain::place::Position;
use geo::{Intersects, LineString, Point, Polygon};
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};

use crate::machine;
use crate::measure::{Length, Work, in_turns, median, times_ours};
use crate::report::Row;
use crate::servers::{self, Psql};

const COLUMNS: i32 = 30;
const ROWS: i32 = 20;
/// Corners a side of an area has: four sides make 200.
const STEPS: i32 = 50;
/// Millionths of a degree: about the size of a village.
const SIDE_E6: i32 = 20_000;
const WEST_E6: i32 = 113_500_000;
const SOUTH_E6: i32 = 22_650_000;
const POSITIONS: usize = 1_000_000;
/// One in so many lies on a corner.
const ON_CORNER: u64 = 50;
const BATCH: usize = 10_000;

type Corner = (i32, i32);

/// Deterministic, and the same on every machine.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: i32) -> i32 {
        (self.next() % limit.unsigned_abs() as u64) as i32
    }
}

/// A side shared by two neighbours, from one crossing of the grid to the next, as crooked as a boundary is.
fn side(from: Corner, to: Corner) -> Vec<Corner> {
    let mut chance = Chance(from.0 as u64 ^ ((from.1 as u64) << 32) ^ (to.0 as u64) << 7);
    (0..STEPS)
        .map(|step| {
            if step == 0 {
                return from;
            }
            let along = |a: i32, b: i32| a + (b - a) / STEPS * step;
            // Little near the ends, where the sides of one corner would cross.
            let sway = (SIDE_E6 / STEPS / 3 * step.min(STEPS - step)).min(SIDE_E6 / 12);
            let off = chance.below(2 * sway + 1) - sway;
            match from.1 == to.1 {
                true => (along(from.0, to.0), from.1 + off),
                false => (from.0 + off, along(from.1, to.1)),
            }
        })
        .collect()
}

fn crossing(column: i32, row: i32) -> Corner {
    (WEST_E6 + column * SIDE_E6, SOUTH_E6 + row * SIDE_E6)
}

/// The corners of one area, the first repeated as the last.
fn outline(column: i32, row: i32) -> Vec<Corner> {
    let [a, b, c, d] = [(0, 0), (1, 0), (1, 1), (0, 1)].map(|(x, y)| crossing(column + x, row + y));
    let backwards = |from: Corner, to: Corner| {
        let mut side = side(to, from);
        side.push(from);
        side.reverse();
        side.pop();
        side
    };
    let mut corners = side(a, b);
    corners.extend(side(b, c));
    corners.extend(backwards(c, d));
    corners.extend(backwards(d, a));
    corners.push(a);
    corners
}

fn degrees((lon, lat): Corner) -> [f64; 2] {
    [f64::from(lon) / 1e6, f64::from(lat) / 1e6]
}

fn positions(outlines: &[Vec<Corner>]) -> Vec<Corner> {
    let mut chance = Chance(7);
    (0..POSITIONS)
        .map(|_| {
            if chance.next().is_multiple_of(ON_CORNER) {
                let outline = &outlines[chance.below(outlines.len() as i32) as usize];
                return outline[chance.below(outline.len() as i32) as usize];
            }
            let (west, south) = crossing(0, 0);
            let margin = SIDE_E6;
            (
                west - margin + chance.below((COLUMNS + 2) * SIDE_E6),
                south - margin + chance.below((ROWS + 2) * SIDE_E6),
            )
        })
        .collect()
}

type Boxed = GeomWithData<Rectangle<[f64; 2]>, usize>;

struct Tree {
    boxes: RTree<Boxed>,
    polygons: Vec<Polygon<f64>>,
}

impl Tree {
    /// In millionths of a degree, which a floating point number holds exactly.
    fn of(outlines: &[Vec<Corner>]) -> Self {
        let exact = |corner: &Corner| (f64::from(corner.0), f64::from(corner.1));
        let polygons: Vec<Polygon<f64>> = outlines
            .iter()
            .map(|outline| {
                Polygon::new(
                    outline.iter().map(exact).collect::<LineString<f64>>(),
                    Vec::new(),
                )
            })
            .collect();
        let boxes = outlines.iter().enumerate().map(|(index, outline)| {
            let edge = |pick: fn(&Corner) -> i32| outline.iter().map(pick);
            let low = |pick| edge(pick).min().map_or(0.0, f64::from);
            let high = |pick| edge(pick).max().map_or(0.0, f64::from);
            let rectangle = Rectangle::from_corners(
                [low(|corner| corner.0), low(|corner| corner.1)],
                [high(|corner| corner.0), high(|corner| corner.1)],
            );
            GeomWithData::new(rectangle, index)
        });
        Self {
            boxes: RTree::bulk_load(boxes.collect()),
            polygons,
        }
    }

    fn find(&self, (lon, lat): Corner) -> Option<usize> {
        let at = [f64::from(lon), f64::from(lat)];
        let point = Point::new(at[0], at[1]);
        self.boxes
            .locate_in_envelope_intersecting(&AABB::from_point(at))
            .map(|boxed| boxed.data)
            .filter(|index| self.polygons[*index].intersects(&point))
            .min()
    }
}

pub fn run(length: Length) -> Result<Vec<Row>, String> {
    let outlines: Vec<Vec<Corner>> = (0..ROWS)
        .flat_map(|row| (0..COLUMNS).map(move |column| outline(column, row)))
        .collect();
    let areas = outlines
        .iter()
        .map(|outline| {
            Area::from_coordinates(&[vec![
                outline.iter().map(|corner| degrees(*corner)).collect(),
            ]])
        })
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| format!("the areas are not areas: {error}"))?;
    let corners = positions(&outlines);
    let own = corners
        .iter()
        .map(|(lon, lat)| Position::from_e6(*lon, *lat))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| error.to_string())?;
    let begun = Instant::now();
    let table = LookupTable::build(&areas, 2_048);
    let built = begun.elapsed();
    let tree = Tree::of(&outlines);

    let answers: Vec<Option<usize>> = own.iter().map(|at| table.find(*at)).collect();
    for (corner, answer) in corners.iter().zip(&answers) {
        let peer = tree.find(*corner);
        if peer != *answer {
            return Err(format!(
                "at {corner:?} we say {answer:?}, rstar and geo {peer:?}"
            ));
        }
    }
    let in_none = corners.len() - answers.iter().flatten().count();

    let (mut a, mut b) = (0, 0);
    let mut ours: Work<'_> = Box::new(|| {
        let from = a;
        a = (a + BATCH) % POSITIONS;
        let found = own[from..from + BATCH]
            .iter()
            .filter_map(|at| table.find(*at));
        std::hint::black_box(found.sum::<usize>());
        BATCH
    });
    let mut peers: [Work<'_>; 1] = [Box::new(|| {
        let from = b;
        b = (b + BATCH) % POSITIONS;
        let found = corners[from..from + BATCH]
            .iter()
            .filter_map(|at| tree.find(*at));
        std::hint::black_box(found.sum::<usize>());
        BATCH
    })];
    let turns = in_turns(length, &mut ours, &mut peers);
    drop((ours, peers));
    let each = median(&turns.ours);
    let tree_times = times_ours(&turns.ours, &turns.peers[0]);
    let own_found = format!(
        "{each:.0} ns; table built in {} ms; {in_none} of {POSITIONS} in no area",
        built.as_millis()
    );
    let tree_found = format!(
        "{:.0} ns, {tree_times:.1} × ours, same answers",
        median(&turns.peers[0])
    );
    Ok(vec![
        Row::new("ours, a position", own_found, "≤ 50 ns", each <= 50.0),
        Row::new("rstar + geo", tree_found, "≥ 10 ×", tree_times >= 10.0),
        shapely(&outlines, &corners, &answers, each)?,
        postgis(&outlines, &corners, &answers, each)?,
    ])
}

/// PostGIS at its best: indexes on both sides, all in one statement, the faster of joining from either side.
fn postgis(
    outlines: &[Vec<Corner>],
    corners: &[Corner],
    answers: &[Option<usize>],
    ours_ns: f64,
) -> Result<Row, String> {
    /// A fifth of all: they take their time.
    const ASKED: usize = POSITIONS / 5;
    let server = servers::postgres("0-1")?;
    let mut psql = Psql::open(&server, "0-1")?;
    let mut load = String::from(
        "CREATE EXTENSION postgis; CREATE TABLE areas (id int PRIMARY KEY, area geometry);
         CREATE TABLE positions (id int PRIMARY KEY, at geometry);\nCOPY areas FROM STDIN;\n",
    );
    // In millionths of a degree, which a floating point number holds exactly; writing to a String cannot fail.
    for (index, outline) in outlines.iter().enumerate() {
        let ring: Vec<String> = outline
            .iter()
            .map(|(lon, lat)| format!("{lon} {lat}"))
            .collect();
        let _ = writeln!(load, "{index}\tPOLYGON(({}))", ring.join(","));
    }
    load.push_str("\\.\nCOPY positions FROM STDIN;\n");
    for (index, (lon, lat)) in corners.iter().take(ASKED).enumerate() {
        let _ = writeln!(load, "{index}\tPOINT({lon} {lat})");
    }
    load.push_str(
        "\\.\nCREATE INDEX ON areas USING gist (area); CREATE INDEX ON positions USING gist (at); VACUUM ANALYZE;",
    );
    psql.run(&load)?;
    let from_positions = "SELECT p.id, (SELECT min(a.id) FROM areas a WHERE ST_Intersects(a.area, p.at)) FROM positions p";
    let from_areas = "SELECT p.id, min(a.id) FROM areas a JOIN positions p ON ST_Intersects(a.area, p.at) GROUP BY p.id";
    let mut best = f64::INFINITY;
    for statement in [from_positions, from_areas] {
        for _ in 0..2 {
            let spent = machine::tree_spent_s(server.process())?;
            psql.run(&format!("SELECT count(x) FROM ({statement}) x;"))?;
            let spent = machine::tree_spent_s(server.process())? - spent;
            best = best.min(spent * 1e9 / ASKED as f64);
        }
    }
    for line in psql.run(&format!("{from_positions} ORDER BY p.id;"))? {
        let (position, area) = line.split_once('|').ok_or("PostGIS said nothing")?;
        let position: usize = position.parse().map_err(|_| "no number")?;
        let area: Option<usize> = area.parse().ok();
        if answers[position] != area {
            return Err(format!(
                "at {:?} we say {:?}, PostGIS {area:?}",
                corners[position], answers[position]
            ));
        }
    }
    let times = best / ours_ns;
    let found = format!("{best:.0} ns of its processors, {times:.0} × ours, same answers");
    Ok(Row::new(
        "PostGIS, all at once",
        found,
        "≥ 200 ×",
        times >= 200.0,
    ))
}

/// Shapely at its best: one call for all positions, on its own tree.
fn shapely(
    outlines: &[Vec<Corner>],
    corners: &[Corner],
    answers: &[Option<usize>],
    ours_ns: f64,
) -> Result<Row, String> {
    let folder = std::env::temp_dir().join(format!("gulou-bench-{}", std::process::id()));
    let wrong = |error: std::io::Error| error.to_string();
    fs::create_dir_all(&folder).map_err(wrong)?;
    let numbers =
        |all: &mut dyn Iterator<Item = i32>| all.flat_map(i32::to_le_bytes).collect::<Vec<u8>>();
    let flat =
        |corners: &[Corner]| numbers(&mut corners.iter().flat_map(|(lon, lat)| [*lon, *lat]));
    fs::write(folder.join("positions"), flat(corners)).map_err(wrong)?;
    fs::write(folder.join("outlines"), flat(&outlines.concat())).map_err(wrong)?;
    let lengths = numbers(&mut outlines.iter().map(|outline| outline.len() as i32));
    fs::write(folder.join("lengths"), lengths).map_err(wrong)?;
    let own = numbers(
        &mut answers
            .iter()
            .map(|answer| answer.map_or(-1, |index| index as i32)),
    );
    fs::write(folder.join("answers"), own).map_err(wrong)?;
    let output = Command::new("target/bench-venv/bin/python")
        .arg("server/benches/peers/jurisdiction.py")
        .arg(&folder)
        .output();
    let cleared = fs::remove_dir_all(&folder);
    let output = output.map_err(|error| format!("shapely was not started: {error}"))?;
    cleared.map_err(wrong)?;
    let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let theirs: f64 = match output.status.success() {
        true => said.parse().map_err(|_| format!("shapely said {said:?}"))?,
        false => return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
    };
    let times = theirs / ours_ns;
    let found = format!("{theirs:.0} ns, {times:.1} × ours, same answers");
    Ok(Row::new(
        "shapely, all at once",
        found,
        "≥ 50 ×",
        times >= 50.0,
    ))
}
