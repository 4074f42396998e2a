//! Names of towns, villages and places in what people say: where a text speaks of, if it says so clearly.
//! Total and pure: an unclear text names nothing, never a guess.

use std::collections::{BTreeMap, BTreeSet};

use crate::city::City;
use crate::ids::JurisdictionCode;
use crate::jurisdictions::Jurisdictions;
use crate::place::Position;
use crate::text::{normalised, stands_alone};

/// How well a place is known by its name alone, in metres: a crossing, a station, a square and what lies around them.
pub const NAMED_ACCURACY_M: u32 = 300;
/// A shorter name is a word of every other sentence.
const SHORTEST: usize = 2;
/// A text that names more than this is a list, not a place.
const MOST_NAMES: usize = 12;

/// The city's names, ready to be found.
#[derive(Default)]
pub struct Gazetteer {
    names: Vec<Name>,
    /// Names by their first character, the longest first.
    by_first: BTreeMap<char, Vec<u32>>,
}

struct Name {
    /// As compared: see [`normalised`].
    text: String,
    means: Vec<Means>,
}

#[derive(Clone, PartialEq, Debug)]
enum Means {
    Town(JurisdictionCode),
    Village {
        name: String,
        town: JurisdictionCode,
        /// Without its ending the name counts only beside its town's.
        bare: bool,
    },
    Place {
        name: String,
        position: Position,
        town: JurisdictionCode,
    },
}

/// What a text names.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Spoken {
    /// The one town it speaks of.
    pub town: Option<JurisdictionCode>,
    /// The first place whose name leaves no doubt.
    pub place: Option<SpokenPlace>,
    /// The first village, of which no outline or point is known.
    pub village: Option<String>,
    /// Every name of a place or village in it, as numbers to compare.
    pub names: BTreeSet<u32>,
}

#[derive(Clone, PartialEq, Debug)]
pub struct SpokenPlace {
    pub name: String,
    pub position: Position,
}

impl Gazetteer {
    pub fn of(city: &City, places: &Jurisdictions) -> Self {
        let rules = &city.fusion.names;
        let mut names: BTreeMap<String, Vec<Means>> = BTreeMap::new();
        let mut add = |text: &str, means: Means| {
            let text = normalised(text.trim());
            if text.chars().count() >= SHORTEST {
                let known = names.entry(text).or_default();
                if !known.contains(&means) {
                    known.push(means);
                }
            }
        };
        for town in &city.towns {
            let means = Means::Town(town.code.clone());
            add(&town.name, means.clone());
            add(&town.name_en, means.clone());
            add(rules.bare_town(&town.name), means);
        }
        for village in &city.villages {
            let bare = rules.bare_village(&village.name);
            let means = |bare| Means::Village {
                name: village.name.clone(),
                town: village.town.clone(),
                bare,
            };
            add(&village.name, means(false));
            for ending in &rules.village_kinds {
                add(&format!("{bare}{ending}"), means(false));
            }
            add(bare, means(true));
        }
        for place in &city.places {
            // What lies around the city is a name on the map, not a place somebody here answers for.
            let Some(town) = places.town(place.position) else {
                continue;
            };
            let means = Means::Place {
                name: place.name.clone(),
                position: place.position,
                town,
            };
            add(&place.name, means.clone());
            add(&place.name_en, means);
        }
        Self::indexed(names)
    }

    fn indexed(names: BTreeMap<String, Vec<Means>>) -> Self {
        let mut gazetteer = Self::default();
        for (text, mut means) in names {
            // A village or a dot on the map that bears the town's name is found as the town.
            if means.iter().any(|one| matches!(one, Means::Town(_))) {
                means.retain(|one| matches!(one, Means::Town(_)));
            }
            let number = u32::try_from(gazetteer.names.len()).unwrap_or(u32::MAX);
            if let Some(first) = text.chars().next() {
                gazetteer.by_first.entry(first).or_default().push(number);
            }
            gazetteer.names.push(Name { text, means });
        }
        for numbers in gazetteer.by_first.values_mut() {
            numbers.sort_by_key(|number| {
                let text = &gazetteer.names[*number as usize].text;
                (std::cmp::Reverse(text.len()), *number)
            });
        }
        gazetteer
    }

    /// What a text names; nothing where it contradicts itself.
    pub fn find(&self, text: &str) -> Spoken {
        let text = normalised(text);
        let found: Vec<u32> = self
            .longest_names(&text)
            .map(|(_, number)| number)
            .collect();
        let mut towns: BTreeSet<&JurisdictionCode> = BTreeSet::new();
        for means in found.iter().flat_map(|number| self.means(*number)) {
            if let Means::Town(code) = means {
                towns.insert(code);
            }
        }
        let said_town = match towns.len() {
            1 => towns.first().copied(),
            _ => None,
        };
        let contradicts = towns.len() > 1;
        let mut spoken = Spoken::default();
        let mut implied: BTreeSet<&JurisdictionCode> = BTreeSet::new();
        for number in found {
            let fitting: Vec<&Means> = self
                .means(number)
                .iter()
                .filter(|means| fits(means, said_town))
                .collect();
            let [one] = fitting.as_slice() else {
                continue;
            };
            match one {
                Means::Town(_) => {}
                Means::Village { name, town, .. } => {
                    implied.insert(town);
                    spoken.names.insert(number);
                    spoken.village.get_or_insert_with(|| name.clone());
                }
                Means::Place {
                    name,
                    position,
                    town,
                } => {
                    implied.insert(town);
                    spoken.names.insert(number);
                    if spoken.place.is_none() && !contradicts {
                        spoken.place = Some(SpokenPlace {
                            name: name.clone(),
                            position: *position,
                        });
                    }
                }
            }
        }
        spoken.town = match (said_town, contradicts) {
            (Some(town), _) => Some(town.clone()),
            (None, true) => None,
            (None, false) if implied.len() == 1 => implied.first().map(|town| (*town).clone()),
            (None, false) => {
                spoken.place = None;
                None
            }
        };
        spoken
    }

    fn means(&self, number: u32) -> &[Means] {
        self.names
            .get(number as usize)
            .map_or(&[], |name| &name.means)
    }

    /// A text without the names in it, so that 横沥 is not taken for something that lies across the road.
    pub fn unnamed(&self, text: &str) -> String {
        let text = normalised(text);
        let mut rest = String::with_capacity(text.len());
        let mut behind = 0;
        for (at, number) in self.longest_names(&text) {
            // A village's bare name may be any word.
            let bare = |means: &Means| matches!(means, Means::Village { bare: true, .. });
            if self.means(number).iter().all(bare) {
                continue;
            }
            rest.push_str(&text[behind..at]);
            rest.push(' ');
            behind = at + self.names[number as usize].text.len();
        }
        rest.push_str(&text[behind..]);
        rest
    }

    /// From left to right, the longest name that begins at each place and lies in no other, with where it begins.
    fn longest_names(&self, text: &str) -> impl Iterator<Item = (usize, u32)> {
        let mut behind = 0;
        let found = text.char_indices().filter_map(move |(at, first)| {
            if at < behind {
                return None;
            }
            let mut candidates = self.by_first.get(&first)?.iter();
            let number = *candidates.find(|number| {
                let name = self.names[**number as usize].text.as_str();
                text[at..].starts_with(name) && stands_alone(name, text, at)
            })?;
            behind = at + self.names[number as usize].text.len();
            Some((at, number))
        });
        found.take(MOST_NAMES)
    }
}

/// A name with a town beside it means what lies in that town; a village's bare name needs that.
fn fits(means: &Means, said_town: Option<&JurisdictionCode>) -> bool {
    match means {
        Means::Town(_) => true,
        Means::Village { town, bare, .. } => match said_town {
            Some(said) => said == town,
            None => !bare,
        },
        Means::Place { town, .. } => said_town.is_none_or(|said| said == town),
    }
}
