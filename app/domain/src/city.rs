//! What a city brings: its places, departments, powers, calendar and rules, checked and ready to decide with.
//! A plain value: the pack's files are read elsewhere; here is what they mean.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::area::Area;
use crate::calendar::Calendar;
use crate::category::{Category, CategoryCode, Severity};
use crate::clock::Limit;
use crate::escalation::{DispatchException, EscalationStep};
use crate::ids::{
    AlarmRuleId, DepartmentId, FeedId, InhibitId, JurisdictionCode, Property, SourceId, ThingId,
};
use crate::place::{Bounds, Position};
use crate::plan::Plan;
use crate::request::Approvals;
use crate::time::{CivilDate, Zone};

/// A whole city pack.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct City {
    pub id: String,
    pub name: String,
    pub name_en: String,
    pub code: JurisdictionCode,
    pub zone: Zone,
    /// Said on the map wherever the boundaries show; empty when they are official.
    pub boundaries_note: String,
    pub boundaries_note_en: String,
    /// Sample data (示例) of a pack that ships with the program.
    pub sample: bool,
    pub sample_note: String,
    pub bounds: Bounds,
    pub center: Position,
    pub zoom: f32,
    pub attribution: Vec<String>,
    pub outlines: Vec<Outline>,
    pub towns: Vec<Town>,
    pub villages: Vec<Village>,
    pub places: Vec<NamedPlace>,
    pub departments: BTreeMap<DepartmentId, Department>,
    pub categories: BTreeMap<CategoryCode, Category>,
    /// Kinds that are left to the duty officer on purpose.
    pub tray_categories: Vec<CategoryCode>,
    pub responsibilities: Vec<Responsibility>,
    pub calendar: Calendar,
    pub limits: StageLimits,
    pub escalation: Vec<EscalationStep>,
    pub exceptions: Vec<DispatchException>,
    pub approvals: Approvals,
    pub plans: Vec<Arc<Plan>>,
    pub fusion: FusionRules,
    pub alarm_rules: Vec<AlarmRule>,
    pub alarm_ways: AlarmWays,
    pub inhibits: Vec<Inhibit>,
    pub instruments: Vec<Instrument>,
    pub text_rules: Vec<TextRule>,
    pub feeds: BTreeMap<FeedId, FeedDefinition>,
    /// Units that several sources know under names of their own: (source, thing) → unit.
    pub identities: BTreeMap<(SourceId, ThingId), ThingId>,
    /// `zh` and `en` labels of states, commands, severities and roles: language → key → label.
    pub labels: BTreeMap<String, BTreeMap<String, String>>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    City,
    Town,
    Village,
    Grid,
}

/// The outline of one jurisdiction. Order in the pack decides ties on shared edges.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Outline {
    pub level: Level,
    pub code: JurisdictionCode,
    pub name: String,
    pub name_en: String,
    pub label: Position,
    pub schematic: bool,
    pub area: Area,
}

/// 镇街园区. Those without an outline are reached by hand only.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Town {
    pub code: JurisdictionCode,
    pub name: String,
    pub name_en: String,
    pub kind: String,
    /// Absent where the register gives none.
    pub point: Option<Position>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Village {
    pub code: JurisdictionCode,
    pub name: String,
    pub town: JurisdictionCode,
    pub kind: String,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct NamedPlace {
    pub name: String,
    pub name_en: String,
    pub kind: String,
    pub position: Position,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Department {
    pub id: DepartmentId,
    pub name: String,
    pub name_en: String,
    /// `municipal` or `town`.
    pub kind: String,
    pub town: Option<JurisdictionCode>,
    pub phone: String,
    pub sample: bool,
}

/// Who answers for what, where and when: category × jurisdiction × dates → department.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Responsibility {
    pub id: String,
    /// A code or a prefix of one: `E`, `E03`, `E0301`.
    pub category: String,
    /// A town, or the whole city.
    pub jurisdiction: Option<JurisdictionCode>,
    pub valid_from: CivilDate,
    /// Exclusive; open when absent.
    pub valid_to: Option<CivilDate>,
    pub lead: DepartmentId,
    pub supporting: Vec<DepartmentId>,
    /// The legal basis, as a citizen may ask for it.
    pub basis: String,
}

impl Responsibility {
    pub fn is_valid_on(&self, date: CivilDate) -> bool {
        self.valid_from <= date && self.valid_to.is_none_or(|to| date < to)
    }
}

/// Limits of the stages that do not depend on the category.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct StageLimits {
    pub accept: Limit,
    pub dispatch: Limit,
    pub verify: Limit,
    pub check: Limit,
}

/// When two alarms or reports are the same thing.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct FusionRules {
    pub default: FamilyRule,
    pub families: BTreeMap<String, FamilyRule>,
    pub names: NameRules,
    /// Words that mean the same; the first stands for all.
    pub synonyms: Vec<Vec<String>>,
}

/// How people shorten the names of towns and villages.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct NameRules {
    /// What is left out of a town's name: `镇`, `街道`.
    pub town_endings: Vec<String>,
    /// What the register adds to a village's name: `村民委员会`.
    pub village_endings: Vec<String>,
    /// What people add to its bare name instead: `村`, `社区`.
    pub village_kinds: Vec<String>,
}

impl NameRules {
    /// A town's name without the ending that people leave out.
    pub fn bare_town<'a>(&self, name: &'a str) -> &'a str {
        without(name, &self.town_endings)
    }

    /// A village's name without what the register adds to it.
    pub fn bare_village<'a>(&self, name: &'a str) -> &'a str {
        without(name, &self.village_endings)
    }
}

/// The longest ending that fits is the one.
fn without<'a>(name: &'a str, endings: &[String]) -> &'a str {
    endings
        .iter()
        .filter_map(|ending| name.strip_suffix(ending.as_str()))
        .min_by_key(|rest| rest.len())
        .unwrap_or(name)
}

impl FusionRules {
    pub fn of(&self, family: &str) -> &FamilyRule {
        self.families.get(family).unwrap_or(&self.default)
    }
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct FamilyRule {
    pub radius_m: u32,
    /// What two reported accuracies may add to the radius at most.
    pub accuracy_cap_m: u32,
    /// How much more of their stated inaccuracy counts where two pieces name the same place.
    pub named_m: u32,
    pub window_minutes: u32,
    /// An incident takes no further evidence by machine beyond this many.
    pub size_cap: u32,
}

/// A threshold with hysteresis, hold and silence.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct AlarmRule {
    pub id: AlarmRuleId,
    pub name: String,
    pub name_en: String,
    pub property: Property,
    /// Other spellings of the property (`pm25`) and of the unit (`µg/m³`).
    pub aliases: Vec<Property>,
    pub unit: String,
    pub unit_aliases: Vec<String>,
    pub category: CategoryCode,
    pub direction: Direction,
    /// From mild to severe; the first is the threshold that raises.
    pub levels: Vec<AlarmLevel>,
    /// Back past this value the alarm clears.
    pub clear: f64,
    /// How long the value must stay beyond the threshold, in observation time.
    pub hold_minutes: u32,
    /// No reading for too long is an alarm of its own.
    pub silence: Option<Silence>,
    /// Cleared, it still waits for a person to reset it.
    pub latch: bool,
    /// Standard or source of the numbers.
    pub basis: String,
}

/// What holds for all alarms of the city (ISA-18.2, EEMUA 191).
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct AlarmWays {
    /// The longest for which an alarm can be shelved.
    pub shelve_at_most_minutes: u32,
    pub chatter: Chatter,
    /// Standing for longer than this, it is stale.
    pub stale_minutes: u32,
    /// Cleared by itself sooner than this, it was fleeting.
    pub fleeting_seconds: u32,
    /// Kinds, by code or beginning, whose alarms of sources wait for a reset after they have cleared.
    pub latch: Vec<String>,
}

/// So many changes within so long are chatter, until it has been quiet for so long.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Chatter {
    pub changes: u32,
    pub within_seconds: u32,
    pub quiet_seconds: u32,
}

impl Default for AlarmWays {
    /// ISA-18.2: three changes in a minute chatter, a day is stale, a shift's day is long enough for a shelf.
    fn default() -> Self {
        Self {
            shelve_at_most_minutes: 24 * 60,
            chatter: Chatter {
                changes: 3,
                within_seconds: 60,
                quiet_seconds: 120,
            },
            stale_minutes: 24 * 60,
            fleeting_seconds: 60,
            latch: Vec::new(),
        }
    }
}

/// One alarm that says it all mutes others, while it stands and a little longer.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Inhibit {
    pub id: InhibitId,
    pub name: String,
    pub name_en: String,
    pub by: AlarmPick,
    pub mutes: AlarmPick,
    pub reach: Reach,
    /// After it has cleared, so that one that comes and goes does not make the others do so.
    pub linger_minutes: u32,
}

/// Which alarms a rule speaks of: any that one of the lists names, within the levels.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct AlarmPick {
    /// Raised by these rules.
    pub rules: Vec<AlarmRuleId>,
    /// Of these kinds, by code or beginning, whatever raised them.
    pub categories: Vec<String>,
    /// Of these kinds, where a source decided it: warnings.
    pub warnings: Vec<String>,
    /// Of what muted: no more serious than this. Of what mutes: at least as serious.
    pub severity: Option<Severity>,
}

/// How far from the one that mutes the muted may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Reach {
    Town,
    Metres(u32),
    City,
}

/// How long a thing may say nothing, and what kind of matter it is when it does: that of the station, not of what the
/// station measures.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Silence {
    pub minutes: u32,
    pub category: CategoryCode,
}

/// What can be measured of a property: beyond it a reading is hard to believe.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Instrument {
    pub property: Property,
    pub aliases: Vec<Property>,
    pub unit: String,
    pub unit_aliases: Vec<String>,
    /// No instrument shows less or more.
    pub low: f64,
    pub high: f64,
    /// The most it changes in a minute.
    pub step_per_minute: Option<f64>,
    /// For what is alike all around.
    pub neighbours: Option<Neighbours>,
}

#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Neighbours {
    pub radius_m: u32,
    /// So many times their middle value, up or down, is unlike them.
    pub times: f64,
}

impl Instrument {
    pub fn measures(&self, property: &Property, unit: &str) -> bool {
        let about = self.property == *property || self.aliases.contains(property);
        let mut spellings = std::iter::once(&self.unit).chain(&self.unit_aliases);
        about && spellings.any(|spelling| same_unit(spelling, unit))
    }
}

impl AlarmRule {
    /// Whether a reading of this property in this unit is one the rule judges.
    pub fn judges(&self, property: &Property, unit: &str) -> bool {
        let mut spellings = std::iter::once(&self.unit).chain(&self.unit_aliases);
        self.is_about(property) && spellings.any(|spelling| same_unit(spelling, unit))
    }

    /// Whether the rule watches this property, in whatever unit.
    pub fn is_about(&self, property: &Property) -> bool {
        self.property == *property || self.aliases.contains(property)
    }
}

/// Micro is written with two different letters; spaces do not count.
fn same_unit(a: &str, b: &str) -> bool {
    let plain = |unit: &str| -> String {
        unit.chars()
            .filter(|letter| !letter.is_whitespace())
            .map(|letter| match letter {
                'µ' | 'μ' => 'u',
                '³' => '3',
                other => other.to_ascii_lowercase(),
            })
            .collect()
    };
    plain(a) == plain(b)
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    Above,
    Below,
}

impl Direction {
    /// Whether `value` is past `threshold` in this direction; on it is not past it.
    pub fn beyond(self, value: f64, threshold: f64) -> bool {
        match self {
            Self::Above => value > threshold,
            Self::Below => value < threshold,
        }
    }
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct AlarmLevel {
    pub raise: f64,
    pub severity: Severity,
}

/// Words that propose a category for a raw call.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct TextRule {
    pub category: CategoryCode,
    pub words: Vec<String>,
    /// All words must occur; otherwise any one of them.
    pub all: bool,
    /// One of these must occur besides; empty for none.
    pub with: Vec<String>,
    /// Where one of these occurs, the words speak of something else.
    pub unless: Vec<String>,
    pub weight: f64,
}

/// How one outside feed becomes observations.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct FeedDefinition {
    pub id: FeedId,
    pub name: String,
    pub name_en: String,
    /// Globs of the sources it speaks for; the first without a `*` names GeoJSON items' source.
    pub sources: Vec<String>,
    /// `report`, `reading`, `position` or `alarm`.
    pub kind: String,
    /// Whether history (older than 24 h) opens incidents.
    pub backfill: bool,
    /// What happens to an unknown category: `tray` or `reject`.
    pub otherwise: String,
    /// How often news is expected; ages and lights follow from it.
    pub period_seconds: Option<u32>,
    pub map: Option<FeedMap>,
}

/// Where a GeoJSON feature keeps what we need: dotted paths such as `properties.mag`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct FeedMap {
    pub id: String,
    pub version: Option<String>,
    /// `number`; or `unix_ms` or `rfc3339`, which count as whole seconds since 1970.
    pub version_format: String,
    pub time: String,
    /// `unix_ms` or `rfc3339`.
    pub time_format: String,
    /// A path, or a template with `{paths}` in braces.
    pub text: Option<String>,
    pub thing: Option<String>,
    pub accuracy_m: Option<String>,
    pub category: ValueMap,
    pub severity: ValueMap,
    /// Paths copied into the observation's attributes.
    pub attributes: Vec<String>,
}

/// A value found by path, then looked up in a table or in number bands.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ValueMap {
    /// None: always `otherwise`.
    pub path: Option<String>,
    pub values: BTreeMap<String, String>,
    /// (from this number on, result), ascending.
    pub bands: Vec<(f64, String)>,
    pub otherwise: Option<String>,
}

impl City {
    pub fn category(&self, code: CategoryCode) -> Option<&Category> {
        self.categories.get(&code)
    }

    pub fn town(&self, code: &JurisdictionCode) -> Option<&Town> {
        self.towns.iter().find(|town| town.code == *code)
    }

    /// The rows that answer for a kind in a town (none: nowhere in particular) on a date. The longest category
    /// prefix wins, then a town beats the whole city. Exactly one in a checked pack; none means the tray.
    pub fn responsible(
        &self,
        code: CategoryCode,
        town: Option<&JurisdictionCode>,
        date: CivilDate,
    ) -> Vec<&Responsibility> {
        let mut best = Vec::new();
        let mut best_rank = (0, false);
        for row in &self.responsibilities {
            let here = row.jurisdiction.is_none() || row.jurisdiction.as_ref() == town;
            if !here || !row.is_valid_on(date) || !code.is_under(&row.category) {
                continue;
            }
            let rank = (row.category.len(), row.jurisdiction.is_some());
            if rank > best_rank {
                best_rank = rank;
                best.clear();
            }
            if rank == best_rank {
                best.push(row);
            }
        }
        best
    }

    /// Every spelling of a property that the pack's alarm rules take for the same; the one given first.
    pub fn spellings_of(&self, property: &Property) -> Vec<String> {
        let mut spellings = vec![property.to_string()];
        for rule in self
            .alarm_rules
            .iter()
            .filter(|rule| rule.is_about(property))
        {
            for other in std::iter::once(&rule.property).chain(&rule.aliases) {
                if !spellings.iter().any(|known| known == other.as_str()) {
                    spellings.push(other.to_string());
                }
            }
        }
        spellings
    }

    /// Whether two names of a unit mean the same for a property.
    pub fn is_same_unit(&self, property: &Property, one: &str, other: &str) -> bool {
        same_unit(one, other)
            || self
                .alarm_rules
                .iter()
                .any(|rule| rule.judges(property, one) && rule.judges(property, other))
    }

    /// The feed definition that speaks for a source, if any.
    pub fn feed_of(&self, source: &str) -> Option<&FeedDefinition> {
        self.feeds
            .values()
            .find(|feed| feed.sources.iter().any(|glob| glob_matches(glob, source)))
    }
}

/// `*` stands for any run of characters; everything else for itself.
pub fn glob_matches(glob: &str, text: &str) -> bool {
    let mut parts = glob.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    if !glob.contains('*') {
        return rest.is_empty();
    }
    let parts: Vec<&str> = parts.collect();
    let (last, middle) = parts
        .split_last()
        .expect("a glob with a star has two parts");
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.len() >= last.len() && rest.ends_with(last)
}
