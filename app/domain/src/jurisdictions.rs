//! Where a position lies: city, town, village, grid. Built from the pack's outlines; holds no decision of its own.

use crate::city::{City, Level, Outline};
use crate::ids::JurisdictionCode;
use crate::incident::JurisdictionReason;
use crate::lookup::LookupTable;
use crate::place::{Bounds, Position};

/// Cells a side of the planar table: measured at 47 ns a look-up with 600 outlines (DESIGN.md).
const CELLS: u16 = 1024;

/// Lookup tables of a pack, one a level.
pub struct Jurisdictions {
    bounds: Bounds,
    towns: Named,
    villages: Named,
    grids: Named,
}

struct Named {
    codes: Vec<JurisdictionCode>,
    table: LookupTable,
}

impl Named {
    fn of(city: &City, level: Level) -> Self {
        let outlines: Vec<&Outline> = city
            .outlines
            .iter()
            .filter(|outline| outline.level == level)
            .collect();
        let areas: Vec<_> = outlines
            .iter()
            .map(|outline| outline.area.clone())
            .collect();
        Self {
            codes: outlines
                .iter()
                .map(|outline| outline.code.clone())
                .collect(),
            table: LookupTable::build(&areas, CELLS),
        }
    }

    fn find(&self, position: Position) -> Option<JurisdictionCode> {
        self.table
            .find(position)
            .map(|index| self.codes[index].clone())
    }
}

/// Where something is, and why we say so.
#[derive(Clone, PartialEq, Debug)]
pub struct Located {
    pub reason: JurisdictionReason,
    pub town: Option<JurisdictionCode>,
    pub village: Option<JurisdictionCode>,
    pub grid: Option<JurisdictionCode>,
}

impl Located {
    fn nowhere(reason: JurisdictionReason) -> Self {
        Self {
            reason,
            town: None,
            village: None,
            grid: None,
        }
    }
}

impl Jurisdictions {
    pub fn of(city: &City) -> Self {
        Self {
            bounds: city.bounds,
            towns: Named::of(city, Level::Town),
            villages: Named::of(city, Level::Village),
            grids: Named::of(city, Level::Grid),
        }
    }

    pub fn town(&self, position: Position) -> Option<JurisdictionCode> {
        self.towns.find(position)
    }

    pub fn locate(&self, position: Option<Position>) -> Located {
        let Some(position) = position else {
            return Located::nowhere(JurisdictionReason::NoPosition);
        };
        if !self.bounds.contains(position) {
            return Located::nowhere(JurisdictionReason::OutsideCity);
        }
        let Some(town) = self.towns.find(position) else {
            return Located::nowhere(JurisdictionReason::NoOutline);
        };
        Located {
            reason: JurisdictionReason::Inside {
                level: Level::Town,
                code: town.clone(),
            },
            town: Some(town),
            village: self.villages.find(position),
            grid: self.grids.find(position),
        }
    }
}
