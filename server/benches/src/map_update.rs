//! A thousand of fifty thousand units move twenty times a second: what that costs the main thread of a browser. Ours is the desk
//! as people have it, fed with the frames that the server sends; the peers are map libraries alone, fed with numbers.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use domain::ids::{SourceId, ThingId};
use domain::interest::Cover;
use domain::place::{Bounds, Position};
use domain::time::Timestamp;
use domain::wire::live::{DeltaHead, PartHead, Visit, delta_head, part_head};
use domain::wire::record::{Whole, put_moved, put_whole};
use domain::wire::{Layer, UnitView, digest_line};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::measure::{Length, ROUNDS, median, times_ours};
use crate::report::Row;

const UNITS: u32 = 50_000;
const MOVES: u32 = 1_000;
const TICK_MS: i64 = 50;
const FOLDER: &str = "target/bench-map";
/// Shares no factor with `UNITS`: a walk in such steps comes to each of them once before it begins again.
const STRIDE: u32 = 7_919;
const CITY: [f64; 4] = [113.5, 22.65, 114.25, 23.15];

/// How many times as much of the main thread each peer must need, by what it needs until the new places stand.
const PEERS: [(&str, &str, Option<f64>); 6] = [
    ("maplibre-set", "MapLibre setData", None),
    ("maplibre-update", "MapLibre updateData", None),
    ("deck", "deck.gl, binary attributes", Some(3.0)),
    ("openlayers", "OpenLayers WebGL points", None),
    ("leaflet", "Leaflet canvas", None),
    ("empty", "a page that only receives", None),
];
const MOST_MS: f64 = 2.0;
const LEAST_OF_UPDATE_TO_STAND: f64 = 50.0;
/// Ticks of a round of which each is waited for.
const WAITED: usize = 20;

pub fn run(length: Length) -> Result<Vec<Row>, String> {
    let ticks = match length {
        Length::Quick => 60,
        Length::Full => 240,
    };
    let expected = write_city((ticks + WAITED) * ROUNDS)?;
    let found = measured(ticks)?;
    let costs = |side: &str, of: &str| -> Result<Vec<f64>, String> {
        let rounds = found[side][of]
            .as_array()
            .ok_or_else(|| format!("nothing was measured of {side}"))?;
        Ok(rounds.iter().filter_map(Value::as_f64).collect())
    };
    if found["ours"]["digest"] != expected {
        return Err(format!(
            "our map ends with {} instead of {expected}",
            found["ours"]["digest"]
        ));
    }
    let (on_the_clock, shown) = (costs("ours", "main_ms")?, costs("ours", "shown_ms")?);
    let own = median(&on_the_clock);
    let mut rows = vec![Row::new(
        "ours, the whole desk",
        format!(
            "{own:.2} ms of the main thread a tick at 20 a second; {:.2} ms a tick that is waited for, {:.0} ms until it stands",
            median(&shown),
            median(&costs("ours", "stands_ms")?)
        ),
        "≤ 2 ms",
        own <= MOST_MS,
    )];
    for (side, name, least) in PEERS {
        if found[side]["astray"].as_f64() != Some(0.0) {
            return Err(format!(
                "{name} shows units where they are not: {}",
                found[side]["astray"]
            ));
        }
        let theirs = costs(side, "shown_ms")?;
        let times = times_ours(&shown, &theirs);
        let stands = median(&costs(side, "stands_ms")?);
        let (goal, met) = match (side, least) {
            ("maplibre-update", _) => {
                let goal = format!("≥ {LEAST_OF_UPDATE_TO_STAND} × until it stands");
                (goal, stands / own >= LEAST_OF_UPDATE_TO_STAND)
            }
            (_, Some(least)) => (format!("≥ {least} ×"), times >= least),
            (_, None) => ("told".to_owned(), true),
        };
        // Empty of who is not asked to keep up.
        let clock = costs(side, "main_ms")?;
        let clock = match clock.is_empty() {
            true => String::new(),
            false => format!("{:.2} ms at 20 a second; ", median(&clock)),
        };
        let found = format!(
            "{clock}{:.2} ms a tick that is waited for, {times:.1} × ours; {stands:.0} ms until it stands, {:.0} × our main thread",
            median(&theirs),
            stands / own
        );
        rows.push(Row::new(name, found, &goal, met));
    }
    Ok(rows)
}

/// A source of numbers that is the same every time.
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, limit: i32) -> i32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % limit.unsigned_abs() as u64) as i32
    }
}

/// Writes what both sides are fed with; the digest our map must end with, as `count sha`.
fn write_city(ticks: usize) -> Result<String, String> {
    let wrong = |error: std::io::Error| format!("the city could not be written down: {error}");
    let folder = Path::new(FOLDER);
    fs::create_dir_all(folder).map_err(wrong)?;
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let since = since.map_err(|error| format!("the clock stands before 1970: {error}"))?;
    let now = Timestamp::from_millis(since.as_millis() as i64);
    let mut chance = Seeded(7);
    let bounds = Bounds::from_degrees(CITY).map_err(|error| error.to_string())?;
    let [west, south, east, north] = CITY.map(|degrees| (degrees * 1e6) as i32);
    let mut units = BTreeMap::new();
    for number in 0..UNITS {
        let (lon, lat) = (
            west + chance.below(east - west),
            south + chance.below(north - south),
        );
        units.insert(number, Arc::new(unit(number, lon, lat, now)?));
    }
    let mut starts = Vec::new();
    let mut records = Vec::new();
    for (number, unit) in &units {
        put_whole(&mut records, *number + 1, &Whole::Unit(Arc::clone(unit)));
        starts.extend(unit.position.lon_e6().to_le_bytes());
        starts.extend(unit.position.lat_e6().to_le_bytes());
    }
    let head = |records: Vec<u8>| -> Vec<u8> {
        let cover = Cover::of(bounds);
        let head = PartHead {
            anew: true,
            whole: true,
            position: 1,
            now,
            visit: Visit { epoch: 1, class: 1 },
            cover,
            runs: cover.runs(),
        };
        [part_head(&head), records].concat()
    };
    fs::write(folder.join("units.bin"), head(records)).map_err(wrong)?;
    fs::write(folder.join("incidents.bin"), head(Vec::new())).map_err(wrong)?;
    fs::write(folder.join("starts.bin"), starts).map_err(wrong)?;
    let (mut frames, mut moves) = (Vec::new(), Vec::new());
    let mut next = 0;
    for tick in 0..ticks {
        let mut records = Vec::new();
        for _ in 0..MOVES {
            next = (next + STRIDE) % UNITS;
            let before = &units[&next];
            let mut after = UnitView::clone(before);
            let (east, north) = (chance.below(400) - 200, chance.below(400) - 200);
            let (lon, lat) = (
                before.position.lon_e6() + east,
                before.position.lat_e6() + north,
            );
            after.position = Position::from_e6(lon, lat).map_err(|error| error.to_string())?;
            after.heading_deg = Some(chance.below(360) as u16);
            if !put_moved(&mut records, next + 1, before, &after, now) {
                return Err("a move was not only a move".to_owned());
            }
            for number in [next as i32, lon, lat] {
                moves.extend(number.to_le_bytes());
            }
            units.insert(next, Arc::new(after));
        }
        let head = DeltaHead {
            from: tick as u64 + 1,
            ahead: 1,
            now: now.plus_millis(tick as i64 * TICK_MS),
        };
        let frame = [delta_head(&head), records].concat();
        frames.extend((frame.len() as u32).to_le_bytes());
        frames.extend(frame);
    }
    fs::write(folder.join("frames.bin"), frames).map_err(wrong)?;
    fs::write(folder.join("moves.bin"), moves).map_err(wrong)?;
    Ok(digest(&units))
}

fn unit(number: u32, lon: i32, lat: i32, now: Timestamp) -> Result<UnitView, String> {
    Ok(UnitView {
        id: ThingId::new(&format!("u{number}")).map_err(|error| error.to_string())?,
        source: SourceId::new("patrols").map_err(|error| error.to_string())?,
        position: Position::from_e6(lon, lat).map_err(|error| error.to_string())?,
        heading_deg: Some(0),
        speed_mps: Some(8.0),
        status: None,
        kind: None,
        observed_at: now,
        heard_at: now,
        town: None,
        town_code: None,
        drill: false,
        sources: Vec::new(),
    })
}

/// As the page computes it over what it holds.
fn digest(units: &BTreeMap<u32, Arc<UnitView>>) -> String {
    let mut lines: Vec<String> = units
        .values()
        .map(|unit| digest_line(Layer::Units, unit.id.as_str(), 0, Some(unit.position)))
        .collect();
    lines.sort();
    let sha = Sha256::digest(lines.join("\n").as_bytes());
    let sha: String = sha.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{} {sha}", units.len())
}

/// The browser's side: what each needed in each round.
fn measured(ticks: usize) -> Result<Value, String> {
    let program = std::env::current_exe()
        .map(|own| own.with_file_name("gulou"))
        .map_err(|error| format!("we do not know where we are: {error}"))?;
    if !program.exists() {
        return Err(format!(
            "{} is not there: `make build` makes it",
            program.display()
        ));
    }
    let output = Command::new("node")
        .env("GULOU_BINARY", program)
        .args([
            "server/benches/peers/map/measure.mjs",
            FOLDER,
            &ticks.to_string(),
            &WAITED.to_string(),
            &ROUNDS.to_string(),
        ])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("node did not start: {error}"))?;
    if !output.status.success() {
        return Err(format!("the browsers ended with {}", output.status));
    }
    serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("the browsers said nothing that can be read: {error}"))
}
