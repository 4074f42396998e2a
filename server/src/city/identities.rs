//! `units.csv`: units that several sources know, each under a name of its own.

use std::collections::BTreeMap;

use domain::ids::{SourceId, ThingId};

use super::Pack;
use super::csv_table::Columns;

pub const UNITS: &str = "units.csv";

/// (source, its name for the unit) → the unit.
pub fn identities(pack: &Pack<'_>) -> BTreeMap<(SourceId, ThingId), ThingId> {
    const COLUMNS: Columns = Columns {
        needed: &["unit", "source", "thing"],
        optional: &[],
    };
    let mut identities = BTreeMap::new();
    let Some(table) = pack.optional_csv(UNITS, &COLUMNS) else {
        return identities;
    };
    for row in table.rows() {
        let unit: Option<ThingId> = row.parsed("unit");
        let source: Option<SourceId> = row.parsed("source");
        let thing: Option<ThingId> = row.parsed("thing");
        let (Some(unit), Some(source), Some(thing)) = (unit, source, thing) else {
            continue;
        };
        let name = (source, thing);
        if identities.contains_key(&name) {
            row.wrong(format!("{} of {} is there twice", name.1, name.0));
        }
        identities.insert(name, unit);
    }
    identities
}
