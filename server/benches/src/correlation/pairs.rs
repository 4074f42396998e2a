//! How right a partition of evidence is: pairs that belong together and are together, against those that should be or should not.

use std::collections::BTreeMap;

use domain::picture::Picture;
use domain::place::Position;
use domain::time::Timestamp;
use gulou::scenario::Truth;

/// One piece of evidence, with what is true of it.
pub struct Piece {
    pub name: String,
    pub matter: Option<String>,
    pub category: String,
    pub town: String,
    pub position: Option<Position>,
    pub time: Timestamp,
    /// The incident it was put under.
    pub group: String,
}

pub struct Pieces(pub Vec<Piece>);

impl Pieces {
    pub fn of(picture: &Picture, truths: &[Truth]) -> Self {
        let mut known: BTreeMap<(&str, &str), Option<&String>> = BTreeMap::new();
        for truth in truths {
            if let Truth::Evidence {
                source, id, matter, ..
            } = truth
            {
                known.insert((source.as_str(), id.as_str()), matter.as_ref());
            }
        }
        let pieces = picture.evidence.values().filter_map(|evidence| {
            let matter = known.get(&(evidence.source.as_str(), evidence.observation.as_str()))?;
            let incident = picture.incidents.get(&evidence.incident);
            Some(Piece {
                name: format!("{}/{}", evidence.source, evidence.observation),
                matter: matter.cloned(),
                category: evidence
                    .category
                    .map_or_else(String::new, |code| code.to_string()),
                town: incident
                    .and_then(|incident| incident.town.as_ref())
                    .map_or_else(String::new, ToString::to_string),
                position: evidence.position,
                time: evidence.time,
                group: evidence.incident.to_string(),
            })
        });
        Self(pieces.collect())
    }
}

pub fn f1(pieces: &Pieces) -> f64 {
    let groups: Vec<&str> = pieces.0.iter().map(|piece| piece.group.as_str()).collect();
    f1_of(pieces, &groups)
}

/// The same of another partition of the same pieces.
pub fn f1_of(pieces: &Pieces, groups: &[&str]) -> f64 {
    let (mut right, mut wrong) = (0.0, 0.0);
    for (index, (one, group)) in pieces.0.iter().zip(groups).enumerate() {
        for (two, other) in pieces.0.iter().zip(groups).skip(index + 1) {
            let same = one.matter.is_some() && one.matter == two.matter;
            match (group == other, same) {
                (true, true) => right += 1.0,
                (false, false) => {}
                _ => wrong += 1.0,
            }
        }
    }
    2.0 * right / f64::max(2.0 * right + wrong, 1.0)
}
