//! Finds the pack's named places by what somebody types or says: the beginning of a name, a part of it, the initials of
//! its Latin spelling, or a whole sentence in which names occur.

use std::collections::BTreeSet;

use crate::city::{City, NameRules};
use crate::ids::JurisdictionCode;
use crate::place::Position;
use crate::text::normalised;

/// A name of fewer characters is a word of every other sentence.
const SHORTEST: usize = 2;
/// Initials longer than this are nobody's.
const LONGEST_INITIALS: usize = 6;

/// A named place as the pack has it.
#[derive(Clone, PartialEq, Debug)]
pub struct Place {
    pub name: String,
    pub name_en: String,
    pub kind: String,
    pub town: Option<JurisdictionCode>,
    pub position: Option<Position>,
}

/// How well a name fits: the smaller the better. Within one way, what is longer in a sentence says more.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Fit {
    Whole,
    Begins,
    Holds,
    /// The name occurs in the sentence; characters it does not cover.
    Said(usize),
    Initials,
}

/// The best fitting places, at most `most`.
pub fn find(city: &City, asked: &str, most: usize) -> Vec<Place> {
    let asked = normalised(asked.trim());
    if asked.is_empty() {
        return Vec::new();
    }
    let mut found: Vec<(Fit, usize, usize, Place)> = all(city)
        .enumerate()
        .filter_map(|(order, place)| {
            let fit = fit(&place, &city.fusion.names, &asked)?;
            // A town before what else has its name, then the shorter name.
            let length = match place.kind.as_str() {
                "town" => 0,
                _ => place.name.chars().count(),
            };
            Some((fit, length, order, place))
        })
        .collect();
    found.sort_by_key(|(fit, length, order, _)| (*fit, *length, *order));
    let mut names = BTreeSet::new();
    let mut places: Vec<Place> = found.into_iter().map(|(_, _, _, place)| place).collect();
    places.retain(|place| names.insert((place.name.clone(), place.town.clone())));
    places.truncate(most);
    places
}

/// Towns, then villages, then what else has a name; towns stand in both of the pack's lists and come once.
fn all(city: &City) -> impl Iterator<Item = Place> + '_ {
    let towns = city.towns.iter().map(|town| Place {
        name: town.name.clone(),
        name_en: town.name_en.clone(),
        kind: "town".into(),
        town: None,
        position: town.point,
    });
    let villages = city.villages.iter().map(|village| Place {
        name: village.name.clone(),
        name_en: String::new(),
        kind: "village".into(),
        town: Some(village.town.clone()),
        position: city.town(&village.town).and_then(|town| town.point),
    });
    let places = city
        .places
        .iter()
        .filter(|place| !city.towns.iter().any(|town| town.name == place.name))
        .map(|place| Place {
            name: place.name.clone(),
            name_en: place.name_en.clone(),
            kind: place.kind.clone(),
            town: None,
            position: Some(place.position),
        });
    towns.chain(villages).chain(places)
}

fn fit(place: &Place, rules: &NameRules, asked: &str) -> Option<Fit> {
    let (name, latin) = (normalised(&place.name), normalised(&place.name_en));
    let bare = bare(place, rules);
    if name == asked || latin == asked || bare == asked {
        return Some(Fit::Whole);
    }
    if name.starts_with(asked) || latin.starts_with(asked) {
        return Some(Fit::Begins);
    }
    let letters = asked.chars().count();
    let held = name.contains(asked) || (letters > 2 && latin.contains(asked));
    if held {
        return Some(Fit::Holds);
    }
    for word in [name.as_str(), bare.as_str()] {
        let spoken = word.chars().count();
        if spoken >= SHORTEST && asked.contains(word) {
            return Some(Fit::Said(letters - spoken));
        }
    }
    initials(&latin, asked).then_some(Fit::Initials)
}

/// The name without what people leave out, if enough remains to be one.
fn bare(place: &Place, rules: &NameRules) -> String {
    let bare = match place.kind.as_str() {
        "town" => rules.bare_town(&place.name),
        "village" => rules.bare_village(&place.name),
        _ => &place.name,
    };
    let long_enough = bare.chars().count() >= SHORTEST;
    normalised(if long_enough { bare } else { &place.name })
}

/// `hm` for `humen`: the same first letter, and the others in their order.
fn initials(latin: &str, asked: &str) -> bool {
    let short = (2..=LONGEST_INITIALS).contains(&asked.len());
    if !short || !asked.bytes().all(|letter| letter.is_ascii_lowercase()) {
        return false;
    }
    let mut letters = latin.chars();
    let mut wanted = asked.chars();
    letters.next() == wanted.next() && wanted.all(|letter| letters.any(|other| other == letter))
}
