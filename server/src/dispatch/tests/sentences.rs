//! Whatever is decided can be asked why, in Chinese and English, in whole sentences without a gap.

use domain::city::City;
use domain::command::{Command, NotNow, Refusal};
use domain::explain;
use domain::incident::{Happening, Incident};
use domain::language::Language;
use domain::lifecycle::{CommandName, State};
use domain::view;

use super::{lead_to, other_than, reported, said, sensible};
use crate::single_writer::rehearsal::{
    Day, MORNING, Said, at, beijing, dispatcher, humen, nancheng, operator, responder, shift_leader,
};

fn whole(text: &str) {
    assert!(!text.trim().is_empty(), "nothing is said");
    let gaps = [
        "{", "}", "None", "Some(", "()", "（）", "  ", "\"\"", "“”", ": .", "：。", "为 。", "null",
    ];
    for gap in gaps {
        assert!(!text.contains(gap), "a gap ({gap}) in: {text}");
    }
}

fn is_chinese(text: &str) -> bool {
    text.chars()
        .any(|letter| ('\u{4e00}'..='\u{9fff}').contains(&letter))
}

fn explains(city: &City, incident: &Incident) {
    let why = view::why(city, incident);
    for zh in [
        &why.category,
        &why.jurisdiction,
        &why.responsibility,
        &why.deadline,
    ] {
        whole(zh);
        assert!(is_chinese(zh), "{zh}");
    }
    for en in [
        &why.category_en,
        &why.jurisdiction_en,
        &why.responsibility_en,
        &why.deadline_en,
    ] {
        whole(en);
    }
    for language in [Language::Zh, Language::En] {
        whole(&explain::title(city, language, incident));
    }
    assert!(!is_chinese(&explain::title(city, Language::En, incident)));
}

#[test]
fn every_decision_of_the_machine_has_its_sentences() {
    let mut day = Day::begin();
    day.feed([
        Said::report("1", at(MORNING), nancheng(), "E0402"),
        Said::report("2", at(MORNING), humen(), "E0301"),
        Said::report("3", at(MORNING), beijing(), "E0402"),
        Said::report("4", at(MORNING), nancheng(), "E0402").nowhere(),
        Said::report("5", at(MORNING), nancheng(), "E0608"),
        Said::call("6", at(MORNING), Some(nancheng()), "说不清的怪事"),
        Said::call(
            "7",
            at(MORNING),
            Some(humen()),
            "路边水管爆裂，水管爆了喷水",
        ),
        Said::pm25(at(MORNING), 300.0),
        Said::reading("gauge-2", at(MORNING), "river_level", 1.0, "m"),
        Said::alarm("A", at(MORNING), Some("panel-3"), "E0406"),
    ]);
    day.written_down(&operator(), Some("E0402"));
    day.written_down(&operator(), None);
    day.later(1_000);
    day.tick();
    let city = day.city();
    assert!(day.picture().incidents.len() >= 11);
    for incident in day.picture().incidents.values() {
        explains(&city, incident);
        for piece in day.evidence_of(incident.id) {
            let seen = view::evidence(&piece);
            whole(&seen.reason);
            whole(&seen.reason_en);
        }
    }
    for alarm in day.alarms() {
        whole(&alarm.text);
    }
    logged(&day);
}

fn logged(day: &Day) {
    let city = day.city();
    for id in day.picture().incidents.keys() {
        for entry in day.timeline(*id) {
            let seen = view::timeline(&city, &entry);
            whole(&seen.text);
            whole(&seen.text_en);
            assert!(is_chinese(&seen.text), "{}", seen.text);
        }
    }
}

#[test]
fn every_state_and_every_command_reads_well_in_the_log() {
    for state in State::ALL {
        let (mut day, id) = reported();
        lead_to(&mut day, id, state);
        explains(&day.city(), &day.incident(id));
        logged(&day);
        for language in [Language::Zh, Language::En] {
            let label = explain::state(&day.city(), language, state).to_owned();
            assert_eq!(is_chinese(&label), language == Language::Zh, "{label}");
        }
    }
    let (day, id) = reported();
    let incident = day.incident(id);
    for command in CommandName::ALL {
        let city = day.city();
        let named =
            |language| explain::label(&city, language, "command", command.name()).to_owned();
        assert!(
            is_chinese(&named(Language::Zh)),
            "{command} has no Chinese label"
        );
        assert_ne!(
            named(Language::En),
            command.name(),
            "{command} has no English label"
        );
        let note = sensible(&day, &incident, *command)
            .map(|command| crate::dispatch::arguments::note(&command))
            .unwrap_or_default();
        let what = Happening::Commanded {
            command: *command,
            from: State::Reported,
            to: State::Registered,
            note,
            said: None,
        };
        whole(&explain::happening(&city, Language::Zh, &what));
        whole(&explain::happening(&city, Language::En, &what));
    }
}

#[test]
fn merges_bridges_suspensions_and_choices_of_people_explain_themselves() {
    let (mut day, id) = reported();
    let into = other_than(&day, id);
    lead_to(&mut day, id, State::Dispatched);
    explains(&day.city(), &day.incident(id));
    day.must(
        &responder("swj"),
        id,
        Command::RequestSuspension {
            reason: said(),
            until: None,
        },
    );
    let granted = Command::DecideSuspension {
        approved: true,
        reason: String::new(),
    };
    day.must(&dispatcher(), id, granted);
    explains(&day.city(), &day.incident(id));
    let category = Command::SetCategory("E0402".parse().expect("a code"));
    day.must(&operator(), into, category);
    explains(&day.city(), &day.incident(into));
    day.must(&shift_leader(), id, Command::Merge { into });
    for piece in day.evidence_of(into) {
        whole(&view::evidence(&piece).reason_en);
    }
    logged(&day);
}

#[test]
fn every_refusal_says_what_is_the_matter() {
    use NotNow::*;
    let not_now = [
        NoCategory,
        NoReturn,
        NothingAsked,
        ExtensionsUsedUp,
        AlreadyOverdue,
        AlreadyAsked,
        AlreadySuspended,
        SuspendedOnce,
        NotSuspended,
        NoInstruction,
        UnknownStandard,
        Binding,
        ClaimedByAnother,
        NotClaimed,
        NoLead,
        SeveralLeads,
        AlreadyThere,
        NotThere,
    ];
    let mut refusals: Vec<Refusal> = not_now
        .into_iter()
        .map(|reason| Refusal::NotNow { reason })
        .collect();
    let id = domain::ids::CommandId::from_bits(5);
    refusals.extend([
        Refusal::UnknownIncident,
        Refusal::OutOfScope,
        Refusal::NotYourIncident,
        Refusal::EarlierMissing(id),
        Refusal::RevisionMoved {
            expected: 1,
            revision: 2,
            last_change: None,
        },
    ]);
    refusals.extend(
        CommandName::ALL
            .iter()
            .map(|command| Refusal::WrongRole { command: *command }),
    );
    refusals.extend(State::ALL.map(|state| Refusal::WrongState { state }));
    for refusal in refusals {
        let zh = explain::refusal(Language::Zh, &refusal);
        let en = explain::refusal(Language::En, &refusal);
        whole(&zh);
        whole(&en);
        assert!(is_chinese(&zh) && !is_chinese(&en), "{zh} / {en}");
    }
}
