//! When alarms come faster than a person can take them in, and what to show then: a few rows with counts, never a list that
//! scrolls. Pure, so that desk, wall and server say the same.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::AlarmState;
use crate::category::{CategoryCode, Severity};
use crate::ids::AlarmId;
use crate::place::Bounds;
use crate::time::Timestamp;
use crate::wire::AlarmView;

/// EEMUA 191, ISA-18.2: more than ten in ten minutes are a flood, until there are fewer than five.
pub const WINDOW_MS: i64 = 10 * 60 * 1000;
pub const FLOOD_ABOVE: u32 = 10;
pub const OVER_BELOW: u32 = 5;
/// Rows that are taken in at one look; a finer division is not made than fits.
pub const MOST_ROWS: usize = 29;

/// How it stands at a moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Flood {
    /// Since when it is one.
    pub since: Option<Timestamp>,
    /// How many were told in the ten minutes before.
    pub in_window: u32,
}

impl Flood {
    pub fn is_one(self) -> bool {
        self.since.is_some()
    }
}

/// What a row of alarms in time comes to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Course {
    /// Floods from a moment to another; the last may go on.
    pub floods: Vec<(Timestamp, Option<Timestamp>)>,
    /// The most in any ten minutes.
    pub peak: u32,
    pub now: Flood,
}

/// Walks through the moments at which alarms were told, in order of time, up to `now`; what is told later is left out.
pub fn course(told: &[Timestamp], now: Timestamp) -> Course {
    let told = &told[..told.partition_point(|at| *at <= now)];
    let mut course = Course::default();
    // Those from `gone` up to `come` are in the window.
    let (mut come, mut gone) = (0, 0);
    loop {
        let leaves = told[gone..come].first().map(|at| at.plus_millis(WINDOW_MS));
        let comes = told.get(come).copied();
        // Whatever comes or goes at one moment does so at once.
        let Some(moment) = leaves
            .into_iter()
            .chain(comes)
            .min()
            .filter(|at| *at <= now)
        else {
            break;
        };
        while comes == Some(moment) && told.get(come) == Some(&moment) {
            come += 1;
        }
        while told[gone..come]
            .first()
            .is_some_and(|at| at.plus_millis(WINDOW_MS) <= moment)
        {
            gone += 1;
        }
        course.stands(moment, (come - gone) as u32);
    }
    course.now = Flood {
        since: course
            .floods
            .last()
            .and_then(|(since, end)| end.is_none().then_some(*since)),
        in_window: (come - gone) as u32,
    };
    course
}

impl Course {
    fn stands(&mut self, at: Timestamp, in_window: u32) {
        self.peak = self.peak.max(in_window);
        match self.floods.last_mut() {
            Some((_, end @ None)) if in_window < OVER_BELOW => *end = Some(at),
            Some((_, None)) => {}
            _ if in_window > FLOOD_ABOVE => self.floods.push((at, None)),
            _ => {}
        }
    }

    /// How long there was a flood between two moments.
    pub fn flooded_ms(&self, since: Timestamp, until: Timestamp) -> i64 {
        let floods = self.floods.iter();
        floods
            .map(|(from, to)| {
                let (from, to) = (*from.max(&since), to.unwrap_or(until).min(until));
                to.since(from).max(0)
            })
            .sum()
    }
}

/// Whether an alarm stands in the list of operators: theirs to do something about.
pub fn is_listed(view: &AlarmView) -> bool {
    view.state != AlarmState::Normal && !view.state.is_kept_back()
}

/// What a row speaks of, from the finest division to the coarsest.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupOf {
    /// One that says it all, with those it mutes.
    Cause(AlarmId),
    KindInTown {
        category: Option<CategoryCode>,
        town: Option<String>,
    },
    Kind(Option<CategoryCode>),
    /// The first three characters of its kinds.
    Class(Option<String>),
    Severity(u8),
}

/// How finely rows divide; the later the coarser.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Division {
    #[default]
    Causes,
    KindsInTowns,
    Kinds,
    Classes,
    Severities,
}

impl Division {
    const ALL: [Self; 5] = [
        Self::Causes,
        Self::KindsInTowns,
        Self::Kinds,
        Self::Classes,
        Self::Severities,
    ];

    /// The row an alarm belongs to; `mutes` says how many others it mutes.
    pub fn of(self, view: &AlarmView, mutes: u32) -> GroupOf {
        match self {
            Self::Causes if mutes > 0 => GroupOf::Cause(view.id),
            Self::Causes | Self::KindsInTowns => GroupOf::KindInTown {
                category: view.category,
                town: view.town_code.clone(),
            },
            Self::Kinds => GroupOf::Kind(view.category),
            Self::Classes => GroupOf::Class(view.category.map(CategoryCode::class)),
            Self::Severities => GroupOf::Severity(view.severity.level()),
        }
    }
}

/// What can be done about a group.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// All of it as it stands now.
    Acknowledge,
    /// Makes most of the row by itself: put it aside.
    Shelve(AlarmId),
    ShowOnMap,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Group {
    pub of: GroupOf,
    pub count: u32,
    /// Nobody has taken note of them yet.
    pub unacknowledged: u32,
    /// They call now.
    pub voices: u32,
    /// Others that its alarms mute.
    pub muted: u32,
    pub worst: Severity,
    pub newest_at: Timestamp,
    /// West, south, east, north of those with a place.
    pub bounds: Option<[f64; 4]>,
    pub plan: Vec<Step>,
}

#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Groups {
    /// Hand it back for the next look, so that rows do not split and join while people read them.
    pub division: Division,
    /// Most serious first, and then always in the same order: what arrives only moves counts.
    pub rows: Vec<Group>,
    /// In the rows altogether, and how many of them nobody has taken note of.
    pub listed: u32,
    pub unacknowledged: u32,
    pub shelved: u32,
    pub suppressed: u32,
    pub out_of_service: u32,
}

/// Fewer than thirty rows for whatever there is, no finer than `at_least`.
pub fn groups<'a>(
    alarms: impl Iterator<Item = &'a AlarmView> + Clone,
    at_least: Division,
) -> Groups {
    let mut mutes: BTreeMap<AlarmId, u32> = BTreeMap::new();
    let mut groups = Groups::default();
    for view in alarms.clone() {
        match view.state {
            AlarmState::Shelved => groups.shelved += 1,
            AlarmState::OutOfService => groups.out_of_service += 1,
            AlarmState::SuppressedByDesign => groups.suppressed += 1,
            _ if is_listed(view) => {
                groups.listed += 1;
                groups.unacknowledged += u32::from(is_unacknowledged(view));
            }
            _ => {}
        }
        if let Some(muted) = &view.suppressed {
            *mutes.entry(muted.by).or_default() += 1;
        }
    }
    let listed = alarms.filter(|view| is_listed(view));
    for division in Division::ALL {
        if division < at_least {
            continue;
        }
        groups.division = division;
        if let Some(rows) = divided(listed.clone(), division, &mutes) {
            groups.rows = rows;
            break;
        }
    }
    groups
}

/// The alarms of a row.
pub fn members<'a>(
    alarms: impl Iterator<Item = &'a AlarmView> + Clone,
    division: Division,
    of: &GroupOf,
) -> Vec<&'a AlarmView> {
    let mut mutes: BTreeMap<AlarmId, u32> = BTreeMap::new();
    for muted in alarms.clone().filter_map(|view| view.suppressed.as_ref()) {
        *mutes.entry(muted.by).or_default() += 1;
    }
    alarms
        .filter(|view| is_listed(view))
        .filter(|view| division.of(view, mutes.get(&view.id).copied().unwrap_or(0)) == *of)
        .collect()
}

fn is_unacknowledged(view: &AlarmView) -> bool {
    matches!(
        view.state,
        AlarmState::ActiveUnacknowledged | AlarmState::ClearedUnacknowledged
    )
}

/// A row being gathered.
struct Gathered {
    group: Group,
    /// The one that has come most often, and how often.
    restless: Option<(u32, AlarmId)>,
    /// How often all of them have come.
    came: u32,
}

/// None where the division has more rows than fit.
fn divided<'a>(
    listed: impl Iterator<Item = &'a AlarmView>,
    division: Division,
    mutes: &BTreeMap<AlarmId, u32>,
) -> Option<Vec<Group>> {
    let mut rows: BTreeMap<GroupOf, Gathered> = BTreeMap::new();
    for view in listed {
        let muted = mutes.get(&view.id).copied().unwrap_or(0);
        let of = division.of(view, muted);
        if !rows.contains_key(&of) {
            if rows.len() == MOST_ROWS {
                return None;
            }
            rows.insert(of.clone(), Gathered::of(of.clone(), view));
        }
        if let Some(row) = rows.get_mut(&of) {
            row.take(view, muted);
        }
    }
    let mut rows: Vec<Group> = rows.into_values().map(Gathered::done).collect();
    // Stable: within a severity rows stand in the order of what they speak of, whatever arrives and whoever takes note.
    rows.sort_by_key(|row| row.worst);
    Some(rows)
}

impl Gathered {
    fn of(of: GroupOf, first: &AlarmView) -> Self {
        Self {
            group: Group {
                of,
                count: 0,
                unacknowledged: 0,
                voices: 0,
                muted: 0,
                worst: first.severity,
                newest_at: first.told_at,
                bounds: None,
                plan: Vec::new(),
            },
            restless: None,
            came: 0,
        }
    }

    fn take(&mut self, view: &AlarmView, muted: u32) {
        let group = &mut self.group;
        group.count += 1;
        group.unacknowledged += u32::from(is_unacknowledged(view));
        group.voices += u32::from(view.voice);
        group.muted += muted;
        group.worst = group.worst.worse(view.severity);
        group.newest_at = group.newest_at.max(view.told_at);
        if let Some(here) = view.position {
            let (lon, lat) = (here.longitude(), here.latitude());
            let [west, south, east, north] = group.bounds.unwrap_or([lon, lat, lon, lat]);
            group.bounds = Some([west.min(lon), south.min(lat), east.max(lon), north.max(lat)]);
        }
        let came = 1 + view.returned;
        self.came = self.came.saturating_add(came);
        // The first of equals stays, so that the advice does not jump.
        if self.restless.is_none_or(|(most, _)| came > most) {
            self.restless = Some((came, view.id));
        }
    }

    fn done(self) -> Group {
        /// Fewer returns are no habit.
        const HABIT: u32 = 5;
        let mut group = self.group;
        if group.unacknowledged > 0 {
            group.plan.push(Step::Acknowledge);
        }
        // A fifth of all that came, or more, by one that keeps coming.
        if let Some((came, alarm)) = self.restless
            && came >= HABIT
            && came * 5 >= self.came
        {
            group.plan.push(Step::Shelve(alarm));
        }
        if group.bounds.is_some() {
            group.plan.push(Step::ShowOnMap);
        }
        group
    }
}

/// A group's box as one that can be looked at.
pub fn bounds_of(group: &Group) -> Option<Bounds> {
    Bounds::from_degrees(group.bounds?).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::super::{Alarm, AlarmCause, Suppression};
    use super::*;
    use crate::ids::{InhibitId, JurisdictionCode, ObservationId, SourceId};
    use crate::place::Position;
    use crate::view;

    fn second(second: i64) -> Timestamp {
        Timestamp::from_millis(1_795_363_200_000 + second * 1000)
    }

    #[test]
    fn more_than_ten_in_ten_minutes_are_a_flood_until_there_are_fewer_than_five() {
        // One a minute is ten in ten minutes: no flood, for ever.
        let steady: Vec<Timestamp> = (0..200).map(|minute| second(minute * 60)).collect();
        let calm = course(&steady, second(200 * 60));
        assert_eq!((calm.peak, calm.floods.len()), (10, 0));
        // Eleven within a minute, and then six more over the next ten minutes.
        let mut told: Vec<Timestamp> = (0..11).map(|one| second(one * 5)).collect();
        told.extend((1..=6).map(|one| second(60 + one * 90)));
        let flood = course(&told, second(50));
        assert_eq!(flood.now.since, Some(second(50)), "with the eleventh");
        assert_eq!(flood.now.in_window, 11);
        let goes_on = course(&told, second(649));
        assert!(
            goes_on.now.is_one(),
            "{} are not few",
            goes_on.now.in_window
        );
        let late = course(&told, second(60 + 2 * 90 + 600));
        assert_eq!(
            late.now,
            Flood {
                since: None,
                in_window: 4
            }
        );
        assert_eq!(late.floods, [(second(50), Some(second(840)))]);
        assert_eq!(late.flooded_ms(second(0), second(900)), 790_000);
        assert_eq!(late.flooded_ms(second(100), second(200)), 100_000);
    }

    #[test]
    fn a_flood_that_ended_begins_anew_only_with_more_than_ten() {
        let mut told: Vec<Timestamp> = (0..11).map(second).collect();
        told.extend((0..7).map(|one| second(1_000 + one)));
        let course = course(&told, second(1_100));
        assert_eq!(course.floods.len(), 1);
        assert_eq!(
            course.now,
            Flood {
                since: None,
                in_window: 7
            }
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

        /// Against counting anew at every moment.
        #[test]
        fn a_flood_is_what_counting_at_every_second_says(gaps in prop::collection::vec(0..200i64, 0..120)) {
            let mut at = 0;
            let told: Vec<Timestamp> = gaps.iter().map(|gap| { at += gap; second(at) }).collect();
            let end = at + 700;
            let (mut flooding, mut since) = (false, None);
            for moment in 0..=end {
                let now = second(moment);
                let count = told.iter().filter(|one| **one <= now && now.since(**one) < WINDOW_MS).count() as u32;
                if !flooding && count > FLOOD_ABOVE {
                    (flooding, since) = (true, Some(now));
                } else if flooding && count < OVER_BELOW {
                    (flooding, since) = (false, None);
                }
                if moment % 97 == 0 || moment == end {
                    let said = course(&told, now).now;
                    prop_assert_eq!(said.in_window, count);
                    prop_assert_eq!(said.since, since, "at {}", moment);
                }
            }
        }
    }

    /// Any alarm at all, in one of many towns.
    fn alarm(number: u64) -> Alarm {
        let spread = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
        let letter = if spread.is_multiple_of(3) { 'C' } else { 'E' };
        let code = format!("{letter}{:02}{:02}", 1 + spread % 6, 1 + spread / 7 % 24);
        let town = JurisdictionCode::new(&format!("4419{:05}", spread / 11 % 35)).expect("a code");
        let place = Position::from_degrees(113.0 + (spread % 1000) as f64 / 1000.0, 23.0);
        Alarm {
            category: (!spread.is_multiple_of(17)).then(|| code.parse().expect("a kind")),
            town: (!spread.is_multiple_of(13)).then_some(town),
            position: place.ok(),
            returned: u32::from(number.is_multiple_of(97)) * 9,
            ..Alarm::risen(
                AlarmId::new(number + 1, 0),
                SourceId::new("many").expect("a source"),
                AlarmCause::Source(ObservationId::new("x").expect("an id")),
                Severity::ALL[(spread / 3 % 4) as usize],
                second(number as i64),
            )
        }
    }

    fn views(count: u64) -> Vec<AlarmView> {
        (0..count)
            .map(|number| view::alarm(&alarm(number)))
            .collect()
    }

    #[test]
    fn however_many_there_are_the_rows_are_fewer_than_thirty_and_count_each_once() {
        for count in [0, 1, 20, 1_000, 50_000] {
            let views = views(count);
            let groups = groups(views.iter(), Division::default());
            assert!(groups.rows.len() < 30, "{count}: {}", groups.rows.len());
            let sum: u32 = groups.rows.iter().map(|row| row.count).sum();
            assert_eq!((u64::from(sum), u64::from(groups.listed)), (count, count));
            let worst: Vec<Severity> = groups.rows.iter().map(|row| row.worst).collect();
            assert!(worst.is_sorted(), "most serious first");
            let mut seen = BTreeSet::new();
            for row in &groups.rows {
                for member in members(views.iter(), groups.division, &row.of) {
                    assert!(seen.insert(member.id), "in two rows");
                }
                assert_eq!(row.plan.first(), Some(&Step::Acknowledge));
                assert!(row.plan.contains(&Step::ShowOnMap));
            }
            assert_eq!(seen.len() as u64, count, "and none in no row");
        }
    }

    #[test]
    fn rows_are_as_fine_as_fit_and_no_finer_than_they_were() {
        let few = views(20);
        assert!(groups(few.iter(), Division::default()).division <= Division::KindsInTowns);
        let many = views(1_000);
        let division = groups(many.iter(), Division::default()).division;
        assert_eq!(division, Division::Classes);
        assert_eq!(groups(few.iter(), division).division, division);
    }

    #[test]
    fn what_arrives_moves_counts_and_not_rows() {
        let mut views = views(1_000);
        let before = groups(views.iter(), Division::default());
        let names = |groups: &Groups| {
            groups
                .rows
                .iter()
                .map(|row| row.of.clone())
                .collect::<Vec<_>>()
        };
        views.extend((1_000..1_200).map(|number| view::alarm(&alarm(number))));
        let after = groups(views.iter(), before.division);
        assert_eq!(names(&before), names(&after));
        assert_ne!(before, after);
    }

    #[test]
    fn one_that_says_it_all_is_a_row_with_those_it_mutes() {
        let mut muted = alarm(7);
        muted.state = AlarmState::SuppressedByDesign;
        muted.suppressed = Some(Suppression {
            rule: InhibitId::new("flood-warning").expect("an id"),
            by: AlarmId::new(4, 0),
            at: second(9),
        });
        let mut shelved = alarm(8);
        shelved.state = AlarmState::Shelved;
        let views: Vec<AlarmView> = [alarm(3), alarm(5), muted, shelved]
            .iter()
            .map(view::alarm)
            .collect();
        let groups = groups(views.iter(), Division::default());
        assert_eq!(
            (groups.listed, groups.suppressed, groups.shelved),
            (2, 1, 1)
        );
        let cause = groups
            .rows
            .iter()
            .find(|row| row.of == GroupOf::Cause(AlarmId::new(4, 0)))
            .expect("a row of its own");
        assert_eq!((cause.count, cause.muted), (1, 1));
    }

    #[test]
    fn who_keeps_coming_is_named() {
        let mut restless = alarm(97);
        restless.returned = 9;
        let mut same = alarm(97);
        same.id = AlarmId::new(500, 0);
        same.returned = 0;
        let views: Vec<AlarmView> = [restless.clone(), same].iter().map(view::alarm).collect();
        let groups = groups(views.iter(), Division::default());
        assert!(groups.rows[0].plan.contains(&Step::Shelve(restless.id)));
    }
}
