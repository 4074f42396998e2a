//! Where two towns meet: whether an incident may, as well as its place is known, lie in a town where another department
//! answers for it. Then a person decides, since a wrong department is worse than a minute.

use domain::city::Responsibility;
use domain::ids::JurisdictionCode;
use domain::incident::Incident;
use domain::turn::Turn;

/// Looked at around the place, as far away as its accuracy says: one in each of so many directions.
const DIRECTIONS: u32 = 8;

/// The town across a border in which another department would answer. None where nobody said how well the place is known.
pub fn another_lead(
    turn: &Turn<'_>,
    incident: &Incident,
    row: &Responsibility,
) -> Option<JurisdictionCode> {
    let (category, position) = (incident.category?, incident.position?);
    let reach_m = measured_m(turn, incident)?;
    let (date, _) = incident.opened_at.civil(&turn.city.zone);
    for direction in 0..DIRECTIONS {
        let angle = f64::from(direction) * std::f64::consts::TAU / f64::from(DIRECTIONS);
        let there = position.offset_m(reach_m * libm::sin(angle), reach_m * libm::cos(angle));
        let Some(town) = turn.places.town(there) else {
            continue;
        };
        if Some(&town) == incident.town.as_ref() {
            continue;
        }
        let rows = turn.city.responsible(category, Some(&town), date);
        if rows.iter().any(|other| other.lead != row.lead) {
            return Some(town);
        }
    }
    None
}

/// How well its place was measured, by the best piece; none where no sender says so, or only words name it.
fn measured_m(turn: &Turn<'_>, incident: &Incident) -> Option<f64> {
    let pieces = turn.evidence_of(incident.id);
    let measured = pieces
        .iter()
        .filter(|piece| piece.position.is_some() && piece.said.is_none());
    let best = measured.filter_map(|piece| piece.accuracy_m).min()?;
    Some(f64::from(best))
}
