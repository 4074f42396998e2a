//! The records against a plain model: random changes, random questions, pages read while everything moves.
//! The model keeps every incident of every position and asks `domain::policy` who may read what.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::category::Severity;
use domain::change::Change;
use domain::ids::{BlockNumber, IncidentId};
use domain::incident::{Evidence, Incident, ResponsibilityReason};
use domain::lifecycle::State;
use domain::place::{Bounds, Position};
use domain::policy::Audience;
use domain::request::Waiting;
use domain::view;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::super::samples::{self, minute};
use super::super::{Folder, Journal};
use super::*;

const TOWNS: [&str; 2] = ["441900121", "441900119"];
const DEPARTMENTS: [&str; 3] = ["lamps", "drains", "humen"];
const CODES: [&str; 3] = ["E0301", "E0402", "C0101"];
const WORDS: [&str; 5] = ["路灯", "积水", "树木", "g4", "公园"];

fn states() -> impl Strategy<Value = State> {
    select(State::ALL.to_vec())
}

fn departments(most: usize) -> impl Strategy<Value = Vec<&'static str>> {
    vec(select(DEPARTMENTS.to_vec()), 0..=most)
}

/// An incident as it might stand after some block; its id is one of a few, so that most blocks change old ones.
pub(super) fn incidents() -> impl Strategy<Value = Incident> {
    let what = (
        0..12_u32,
        states(),
        option::of(select(CODES.to_vec())),
        1..=4_u8,
    );
    let place = (
        option::of(select(TOWNS.to_vec())),
        option::of((0..6_i32, 0..6_i32)),
    );
    let whose = (
        option::of(select(DEPARTMENTS.to_vec())),
        departments(2),
        departments(2),
    );
    let how = (
        any::<bool>(),
        any::<bool>(),
        option::of(0..60_u64),
        any::<bool>(),
        0..30_u64,
        (any::<bool>(), option::weighted(0.3, any::<bool>())),
    );
    let title = vec(select(WORDS.to_vec()), 0..3);
    (what, place, whose, how, title).prop_map(|(what, place, whose, how, title)| {
        let (index, state, code, severity) = what;
        let mut incident = samples::incident(1, index);
        incident.state = state;
        incident.category = code.map(samples::category);
        incident.severity = Severity::try_from(severity).expect("1 to 4");
        incident.town = place.0.map(samples::town);
        incident.position = place.1.map(|(east, north)| {
            Position::from_e6(113_000_000 + east, 23_000_000 + north).expect("in the city")
        });
        incident.lead = whose.0.map(samples::assigned);
        incident.supporting = whose.1.into_iter().map(samples::assigned).collect();
        incident.former = whose.2.into_iter().map(samples::department).collect();
        let (drill, tray, due, paused, opened, (returned, asked)) = how;
        incident.drill = drill;
        if tray {
            incident.why.responsibility = ResponsibilityReason::NoRow;
        }
        incident.clock = due.map(|due| samples::clock_until(minute(due)));
        if let (Some(clock), true) = (&mut incident.clock, paused) {
            clock.paused_left_ms = Some(1);
        }
        incident.opened_at = minute(opened);
        incident.returned = returned;
        incident.extension.asked = asked.map(samples::asked);
        incident.title = Some(title.join("，"));
        incident
    })
}

#[derive(Clone, Debug)]
enum Happens {
    Incident(Box<Incident>),
    /// A piece of evidence says something, perhaps of another incident than before.
    Evidence {
        piece: u32,
        of: u32,
        words: Vec<&'static str>,
    },
    Note {
        of: u32,
        word: &'static str,
    },
}

fn happenings() -> impl Strategy<Value = Happens> {
    prop_oneof![
        4 => incidents().prop_map(|incident| Happens::Incident(Box::new(incident))),
        1 => (0..6_u32, 0..12_u32, vec(select(WORDS.to_vec()), 0..3))
            .prop_map(|(piece, of, words)| Happens::Evidence { piece, of, words }),
        1 => (0..12_u32, select(WORDS.to_vec())).prop_map(|(of, word)| Happens::Note { of, word }),
    ]
}

fn queries() -> impl Strategy<Value = IncidentQuery> {
    let what = (
        prop_oneof![
            3 => Just(Vec::new()),
            1 => vec(states(), 1..4),
            1 => Just(State::ALL.into_iter().filter(|state| state.is_open()).collect()),
        ],
        prop_oneof![4 => Just(Vec::new()), 1 => vec(select(vec!["E", "E0", "E03", "E0301", "C"]), 1..3)],
        prop_oneof![3 => Just(Vec::new()), 1 => vec((1..=4_u8).prop_map(|n| Severity::try_from(n).expect("1 to 4")), 1..3)],
        option::weighted(0.2, select(DEPARTMENTS.to_vec())),
    );
    let place = (
        option::weighted(
            0.2,
            select(vec!["441900121", "虎门镇", "humen", "Chang'an"]),
        ),
        option::weighted(0.2, (0..6_i32, 0..6_i32, 0..4_i32)),
    );
    let time = (
        option::weighted(0.2, 0..30_u64),
        option::weighted(0.2, 0..30_u64),
        option::weighted(0.2, 0..60_u64),
    );
    let rest = (
        option::weighted(0.2, any::<bool>()),
        option::weighted(0.2, any::<bool>()),
        prop_oneof![4 => Just(Vec::new()), 1 => vec(select(Waiting::ALL.to_vec()), 1..3)],
        prop_oneof![4 => Just(None), 1 => vec(select(WORDS.to_vec()), 1..3).prop_map(|words| Some(words.join(" ")))],
        1..5_u16,
    );
    (what, place, time, rest).prop_map(|(what, place, time, rest)| IncidentQuery {
        states: what.0,
        categories: what.1.into_iter().map(str::to_owned).collect(),
        severities: what.2,
        department: what.3.map(samples::department),
        town: place.0.map(str::to_owned),
        bbox: place.1.map(|(east, north, size)| {
            let corner = |at: i32| (f64::from(at)) / 1e6;
            Bounds::from_degrees([
                113.0 + corner(east),
                23.0 + corner(north),
                113.0 + corner(east + size),
                23.0 + corner(north + size),
            ])
            .expect("a box")
        }),
        since: time.0.map(minute),
        until: time.1.map(minute),
        overdue_at: time.2.map(minute),
        drill: rest.0,
        tray: rest.1,
        waiting: rest.2,
        text: rest.3,
        limit: rest.4,
        cursor: None,
        ..IncidentQuery::default()
    })
}

fn audiences() -> impl Strategy<Value = Audience> {
    prop_oneof![
        3 => Just(Audience::City),
        1 => Just(Audience::Nothing),
        2 => select(TOWNS.to_vec()).prop_map(|code| Audience::Town(samples::town(code))),
        2 => select(DEPARTMENTS.to_vec())
            .prop_map(|id| Audience::Department { id: samples::department(id), town: None }),
        2 => (select(DEPARTMENTS.to_vec()), select(TOWNS.to_vec())).prop_map(|(id, code)| Audience::Department {
            id: samples::department(id),
            town: Some(samples::town(code)),
        }),
    ]
}

#[derive(Clone, Debug)]
enum Step {
    /// Blocks taken in together.
    Blocks(Vec<Vec<Happens>>),
    /// Somebody begins to read a list.
    Ask(Box<IncidentQuery>, Audience),
    /// One of those reading turns the page.
    Turn(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => vec(vec(happenings(), 0..6), 1..4).prop_map(Step::Blocks),
        3 => (queries(), audiences()).prop_map(|(query, audience)| Step::Ask(Box::new(query), audience)),
        4 => (0..8_usize).prop_map(Step::Turn),
    ];
    vec(step, 1..40)
}

/// The city at one position, as plain as can be.
#[derive(Clone, Default)]
struct Model {
    incidents: BTreeMap<IncidentId, (BlockNumber, Incident)>,
    evidence: BTreeMap<u32, (IncidentId, String)>,
    notes: Vec<(IncidentId, String)>,
}

impl Model {
    fn list(&self, query: &IncidentQuery, audience: &Audience) -> Vec<Incident> {
        let mut found: Vec<_> = self
            .incidents
            .values()
            .filter(|(_, incident)| audience.may_read(incident) && self.suits(query, incident))
            .cloned()
            .collect();
        found.sort_by_key(|(block, incident)| std::cmp::Reverse((*block, incident.id)));
        found.into_iter().map(|(_, incident)| incident).collect()
    }

    fn suits(&self, query: &IncidentQuery, incident: &Incident) -> bool {
        let towns = query.town.as_deref().map(|town| match town {
            "441900121" | "虎门镇" | "humen" => samples::town("441900121"),
            _ => samples::town("441900119"),
        });
        let overdue = |now| {
            incident.state.is_open()
                && incident.clock.as_ref().is_some_and(|clock| {
                    clock.paused_left_ms.is_none() && clock.due.due_at.is_some_and(|due| due < now)
                })
        };
        let under = |beginning: &str| {
            incident
                .category
                .is_some_and(|code| code.is_under(beginning))
        };
        (query.states.is_empty() || query.states.contains(&incident.state))
            && (query.categories.is_empty() || query.categories.iter().any(|one| under(one)))
            && (query.severities.is_empty() || query.severities.contains(&incident.severity))
            && query.department.as_ref().is_none_or(|id| {
                let mut assigned = incident.lead.iter().chain(&incident.supporting);
                assigned.any(|assignment| assignment.department == *id)
            })
            && towns.is_none_or(|town| incident.town == Some(town))
            && query
                .bbox
                .is_none_or(|bounds| incident.position.is_some_and(|at| bounds.contains(at)))
            && query.since.is_none_or(|since| incident.opened_at >= since)
            && query.until.is_none_or(|until| incident.opened_at < until)
            && query.overdue_at.is_none_or(overdue)
            && query.drill.is_none_or(|drill| incident.drill == drill)
            && query
                .tray
                .is_none_or(|tray| view::in_tray(incident) == tray)
            && (query.waiting.is_empty()
                || query
                    .waiting
                    .iter()
                    .any(|one| incident.waiting().contains(one)))
            && query
                .text
                .as_deref()
                .is_none_or(|text| text.split(' ').all(|word| self.says(incident, word)))
    }

    fn says(&self, incident: &Incident, word: &str) -> bool {
        let title = incident.title.iter().map(String::as_str);
        let evidence = self.evidence.values().filter(|(of, _)| *of == incident.id);
        let notes = self.notes.iter().filter(|(of, _)| *of == incident.id);
        title
            .chain(evidence.map(|(_, text)| text.as_str()))
            .chain(notes.map(|(_, text)| text.as_str()))
            .any(|text| text.contains(word))
    }
}

struct Reader {
    query: IncidentQuery,
    audience: Audience,
    expected: Vec<Incident>,
    position: BlockNumber,
}

struct Play {
    _home: tempfile::TempDir,
    records: Records,
    block: u64,
    model: Model,
    readers: Vec<Reader>,
}

impl Play {
    fn new() -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let folder = Folder::open(&home.path().join("data")).expect("opens");
        let (journal, _) = Journal::open(&folder, false).expect("opens");
        let (records, _) = Records::open(&folder, &journal).expect("opens");
        let city = samples::city("虎门镇", "灯具");
        records
            .apply(&[samples::stepped(1, vec![Change::City(city)])])
            .expect("taken");
        Self {
            _home: home,
            records,
            block: 1,
            model: Model::default(),
            readers: Vec::new(),
        }
    }

    fn take(&mut self, blocks: Vec<Vec<Happens>>) {
        let mut stepped = Vec::new();
        for happenings in blocks {
            self.block += 1;
            let changes = happenings
                .into_iter()
                .filter_map(|one| self.change(one))
                .collect();
            stepped.push(samples::stepped(self.block, changes));
        }
        self.records.apply(&stepped).expect("taken");
        // Taking them in once more changes nothing.
        self.records.apply(&stepped).expect("skipped");
    }

    fn change(&mut self, happens: Happens) -> Option<Change> {
        let block = BlockNumber(self.block);
        let known = |of| self.model.incidents.contains_key(&IncidentId::new(1, of));
        match happens {
            Happens::Incident(incident) => {
                let change = samples::changed(&incident);
                self.model.incidents.insert(incident.id, (block, *incident));
                Some(change)
            }
            Happens::Evidence { piece, of, words } => {
                let text = words.join(" 。");
                let evidence: Evidence = samples::evidence(1, piece, IncidentId::new(1, of), &text);
                self.model.evidence.insert(piece, (evidence.incident, text));
                Some(Change::Evidence(Arc::new(evidence)))
            }
            Happens::Note { of, word } if known(of) => {
                let id = IncidentId::new(1, of);
                self.model.notes.push((id, word.into()));
                Some(Change::Timeline(Arc::new(samples::note(
                    id, self.block, word,
                ))))
            }
            Happens::Note { .. } => None,
        }
    }

    fn ask(&mut self, query: IncidentQuery, audience: Audience) {
        let expected = self.model.list(&query, &audience);
        let counts = self.records.counts(&audience, minute(30)).expect("counted");
        let real = IncidentQuery {
            drill: Some(false),
            ..IncidentQuery::default()
        };
        let all = self.model.list(&real, &audience);
        let open = all
            .iter()
            .filter(|incident| incident.state.is_open())
            .count() as u64;
        assert_eq!(counts.open, open);
        assert_eq!(counts.by_state.values().sum::<u64>(), all.len() as u64);
        let overdue = IncidentQuery {
            overdue_at: Some(minute(30)),
            ..real
        };
        assert_eq!(
            counts.overdue,
            self.model.list(&overdue, &audience).len() as u64
        );
        self.readers.push(Reader {
            query,
            audience,
            expected,
            position: BlockNumber(self.block),
        });
        self.turn(self.readers.len() - 1);
    }

    fn turn(&mut self, which: usize) {
        if self.readers.is_empty() {
            return;
        }
        let which = which % self.readers.len();
        let reader = &mut self.readers[which];
        let page = self
            .records
            .incidents(&reader.query, &reader.audience)
            .expect("a page");
        let limit = usize::from(reader.query.limit).min(reader.expected.len());
        let expected: Vec<Incident> = reader.expected.drain(..limit).collect();
        let got: Vec<Incident> = page
            .incidents
            .iter()
            .map(|incident| (**incident).clone())
            .collect();
        assert_eq!(got, expected, "{:?} {:?}", reader.query, reader.audience);
        assert_eq!(page.position, reader.position);
        assert_eq!(page.next.is_some(), !reader.expected.is_empty());
        match page.next {
            Some(next) => reader.query.cursor = Some(next),
            None => drop(self.readers.swap_remove(which)),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever moves meanwhile, the pages of one list are the list as it was when it was begun; and nobody is shown
    /// what `domain::policy` does not let him read.
    #[test]
    fn pages_are_exact_while_everything_moves(steps in steps()) {
        let mut play = Play::new();
        for step in steps {
            match step {
                Step::Blocks(blocks) => play.take(blocks),
                Step::Ask(query, audience) => play.ask(*query, audience),
                Step::Turn(which) => play.turn(which),
            }
        }
        while !play.readers.is_empty() {
            play.turn(0);
        }
    }
}
