//! Who is told of what, and when it is over: orders, support, returns, requests, urges, escalation, alarms; rosters and hand-overs.

use std::slice;

use domain::account::{Actor, Role};
use domain::category::Severity;
use domain::change::{Change, Outcome};
use domain::command::{AlarmCommand, AlarmCommandGiven, Command, Input};
use domain::ids::{AccountName, EndpointId, IncidentId};
use domain::incident::Said as With;
use domain::lifecycle::State;
use domain::notice::{NotNoticed, Noticed, NotifyCommand, NotifyGiven, Reason};
use domain::request::Waiting;
use domain::roster::{Channel, DutyPost, Shift};

use super::{LEAD, SUPPORT, lead_to, reported, said};
use crate::single_writer::rehearsal::{
    Day, commander, department, dispatcher, operator, person, responder, shift_leader,
};

/// What is open about an incident: reason and addressee.
fn open(day: &Day, id: IncidentId) -> Vec<(&'static str, String)> {
    let all = day.picture().notify.open();
    let about = all.filter(|notice| notice.incident == Some(id));
    about
        .map(|notice| (notice.reason.name(), notice.to.said()))
        .collect()
}

fn says(
    day: &mut Day,
    by: &Actor,
    id: Option<u128>,
    what: NotifyCommand,
) -> Result<Noticed, NotNoticed> {
    let given = NotifyGiven {
        id: id.map(domain::ids::CommandId::from_bits),
        by: by.clone(),
        what,
    };
    let stepped = day.block(vec![Input::Notify(Box::new(given))]);
    match &stepped.outcomes[0] {
        Outcome::Noticed(answer) => answer.clone(),
        other => panic!("{other:?}"),
    }
}

fn acknowledges(day: &mut Day, by: &Actor, id: IncidentId, reason: &str) -> bool {
    let notice = day
        .picture()
        .notify
        .open()
        .find(|notice| notice.incident == Some(id) && notice.reason.name() == reason);
    let notice = notice.expect("it is open").id;
    says(day, by, None, NotifyCommand::Acknowledge(notice)).is_ok()
}

fn is_at(reason: &'static str, to: &str) -> (&'static str, String) {
    (reason, to.to_owned())
}

#[test]
fn an_order_is_told_until_the_lead_takes_it_and_a_return_to_who_decides() {
    let (mut day, id) = reported();
    lead_to(&mut day, id, State::Dispatched);
    let told = open(&day, id);
    assert!(
        told.contains(&is_at("order", &format!("department:{LEAD}"))),
        "{told:?}"
    );
    day.must(&responder(LEAD), id, Command::Return { reason: said() });
    assert_eq!(open(&day, id), [is_at("returned", "role:shift_leader")]);
    let decision = Command::DecideDispute {
        lead: department(LEAD),
        reason: said(),
    };
    day.must(&shift_leader(), id, decision);
    let told = open(&day, id);
    assert!(
        told.contains(&is_at("order", &format!("department:{LEAD}"))),
        "{told:?}"
    );
    day.must(&responder(LEAD), id, Command::Acknowledge);
    assert!(open(&day, id).iter().all(|(reason, _)| *reason != "order"));
}

#[test]
fn support_urges_instructions_and_requests_are_told_to_whom_they_concern() {
    let (mut day, id) = reported();
    lead_to(&mut day, id, State::Acknowledged);
    let supporting = day
        .incident(id)
        .supporting
        .iter()
        .any(|one| one.department == department(SUPPORT));
    if !supporting {
        day.must(&dispatcher(), id, Command::AddSupport(department(SUPPORT)));
    }
    assert!(open(&day, id).contains(&is_at("support", &format!("department:{SUPPORT}"))));
    day.must(&responder(SUPPORT), id, Command::AcceptSupport);
    day.must(&commander(), id, Command::Urge { text: said() });
    let lead = format!("department:{LEAD}");
    assert!(open(&day, id).contains(&is_at("urged", &lead)));
    let urged = |day: &Day| {
        let all = day.picture().notify.open();
        all.filter(|one| one.reason == Reason::Urged)
            .map(|one| one.id)
            .max()
    };
    let first = urged(&day);
    day.must(&commander(), id, Command::Urge { text: said() });
    assert!(urged(&day) > first, "urged again it is told again");
    let instruction = Command::Instruct {
        text: said(),
        answer_by: None,
    };
    day.must(&commander(), id, instruction);
    assert!(open(&day, id).contains(&is_at("instructed", &lead)));
    let answer = Command::AnswerInstruction {
        text: said(),
        instruction: None,
    };
    day.must(&responder(LEAD), id, answer);
    assert!(!open(&day, id).contains(&is_at("instructed", &lead)));
    day.must(
        &responder(LEAD),
        id,
        Command::RequestExtension { reason: said() },
    );
    assert!(open(&day, id).contains(&is_at("decide", "role:dispatcher")));
    let waiting = day
        .picture()
        .notify
        .open()
        .find(|one| one.reason == Reason::Decide(Waiting::Extension));
    assert!(waiting.is_some());
    let decision = Command::DecideExtension {
        approved: true,
        reason: said(),
    };
    day.must(&dispatcher(), id, decision);
    assert!(open(&day, id).iter().all(|(reason, _)| *reason != "decide"));
    day.must(&shift_leader(), id, Command::ForceClose { reason: said() });
    assert_eq!(open(&day, id), [], "what has ended is told of no more");
}

#[test]
fn an_acknowledged_notice_stays_quiet_as_long_as_things_stand_as_they_do() {
    let (mut day, id) = reported();
    lead_to(&mut day, id, State::Dispatched);
    assert!(
        !acknowledges(&mut day, &responder("xfj"), id, "order"),
        "not his"
    );
    assert!(!acknowledges(
        &mut day,
        &person("admin", Role::Administrator),
        id,
        "order"
    ));
    assert!(acknowledges(&mut day, &responder(LEAD), id, "order"));
    let order = format!("department:{LEAD}");
    assert!(!open(&day, id).contains(&is_at("order", &order)));
    day.must(
        &operator(),
        id,
        Command::Comment {
            text: said(),
            said: Default::default(),
        },
    );
    day.must(&operator(), id, Command::SetSeverity(Severity::Extreme));
    assert!(
        !open(&day, id).contains(&is_at("order", &order)),
        "not told twice of the same"
    );
    day.must(&responder(LEAD), id, Command::Return { reason: said() });
    let again = Command::Dispatch {
        lead: Some(department(LEAD)),
        supporting: Vec::new(),
    };
    if day.incident(id).returned {
        let decision = Command::DecideDispute {
            lead: department(LEAD),
            reason: said(),
        };
        day.must(&shift_leader(), id, decision);
    } else {
        day.must(&dispatcher(), id, again);
    }
    assert!(
        open(&day, id).contains(&is_at("order", &order)),
        "a new order is told anew"
    );
    let mut day = day.restarted();
    assert!(acknowledges(&mut day, &responder(LEAD), id, "order"));
}

#[test]
fn a_comment_tells_whom_it_mentions_until_they_take_note_or_the_incident_ends() {
    let (mut day, id) = reported();
    lead_to(&mut day, id, State::Dispatched);
    let name = |name: &str| AccountName::new(name).expect("a name");
    for account in ["li.na", "chen.jing"] {
        let account = domain::account::Account {
            name: name(account),
            role: Role::Commander,
            department: None,
            town: None,
            password_hash: String::new(),
            disabled: false,
            demo: false,
        };
        let change = domain::account::AccountChange::PutAccount(account);
        day.block(vec![Input::Account(Box::new(change))]);
    }
    let comment = |mentions: &[&str]| Command::Comment {
        text: "请看".into(),
        said: With {
            mentions: mentions.iter().map(|name| (*name).to_owned()).collect(),
            ..With::default()
        },
    };
    let mentioned = |day: &Day| {
        let mut told = open(day, id);
        told.retain(|(reason, _)| *reason == "mentioned");
        told
    };
    let (xfj, chen) = (
        is_at("mentioned", "department:xfj"),
        is_at("mentioned", "account:chen.jing"),
    );
    day.must(&operator(), id, comment(&[]));
    assert_eq!(mentioned(&day), [], "nobody is meant");
    // The operator is li.na: nobody is told of his own words, and nobody twice.
    day.must(
        &operator(),
        id,
        comment(&["xfj", "li.na", "xfj", "chen.jing"]),
    );
    assert_eq!(mentioned(&day), [xfj.clone(), chen.clone()]);
    for stranger in [responder(LEAD), operator(), shift_leader()] {
        assert!(!acknowledges(&mut day, &stranger, id, "mentioned"));
    }
    assert!(acknowledges(&mut day, &responder("xfj"), id, "mentioned"));
    assert_eq!(
        mentioned(&day),
        slice::from_ref(&chen),
        "the other's is his own"
    );
    day.must(&operator(), id, Command::SetSeverity(Severity::Extreme));
    assert_eq!(
        mentioned(&day),
        slice::from_ref(&chen),
        "not told twice of the same"
    );
    // Another comment tells anew, and of the same person only once.
    day.must(&shift_leader(), id, comment(&["xfj", "chen.jing"]));
    assert_eq!(mentioned(&day), [xfj, chen.clone()]);
    let mut day = day.restarted();
    day.must(&shift_leader(), id, Command::ForceClose { reason: said() });
    assert_eq!(mentioned(&day), [], "over with the incident");
    let over = day.told.last().expect("stepped");
    let settled = over.changes.iter().filter(|change| {
        matches!(change, Change::Notice(notice)
            if notice.reason == Reason::Mentioned && notice.state.name() == "settled")
    });
    assert_eq!(settled.count(), 2, "and it is said");
}

#[test]
fn an_alarm_has_a_voice_until_it_is_acknowledged_silenced_or_over() {
    use crate::single_writer::rehearsal::{MORNING, Said, at};
    for end in [AlarmCommand::Acknowledge, AlarmCommand::Silence] {
        let mut day = Day::begin();
        day.hear(Said::alarm("a1", at(MORNING), Some("gauge-1"), "E0301"));
        let voices = |day: &Day| {
            let all = day.picture().notify.open();
            all.filter(|one| one.reason == Reason::Alarm).count()
        };
        assert_eq!(voices(&day), 1);
        let alarm = *day.picture().alarms.keys().next().expect("raised");
        let given = AlarmCommandGiven {
            id: None,
            alarm,
            by: operator(),
            as_of: day.picture().block,
            command: end,
        };
        let stepped = day.block(vec![Input::AlarmCommand(Box::new(given))]);
        assert_eq!(voices(&day), 0);
        let over = stepped
            .changes
            .iter()
            .any(|change| matches!(change, Change::Notice(notice) if !notice.is_open()));
        assert!(over, "told in the very block");
    }
}

fn shift(person: &str, day: &Day, channels: Vec<Channel>) -> Shift {
    Shift {
        person: AccountName::new(person).expect("a name"),
        from: day.now,
        until: day.now.plus_millis(8 * 3_600_000),
        channels,
    }
}

#[test]
fn rosters_are_set_by_those_who_may_and_say_which_receivers_hear() {
    let (mut day, id) = reported();
    let account = domain::account::Account {
        name: AccountName::new("responder.1").expect("a name"),
        role: Role::Department,
        department: Some(department(LEAD)),
        town: None,
        password_hash: String::new(),
        disabled: false,
        demo: false,
    };
    let change = domain::account::AccountChange::PutAccount(account);
    day.block(vec![Input::Account(Box::new(change))]);
    let receiver = EndpointId::new("duty").expect("an id");
    let put = |least| NotifyCommand::PutEndpoint {
        id: receiver.clone(),
        url: "https://duty.example".into(),
        note: String::new(),
        least,
        posts: Vec::new(),
        enabled: true,
        new_secret: false,
    };
    let refused = says(&mut day, &shift_leader(), None, put(Severity::Minor));
    assert_eq!(refused, Err(NotNoticed::NotAllowed));
    let admin = person("admin", Role::Administrator);
    says(&mut day, &admin, None, put(Severity::Minor)).expect("set");
    let post = DutyPost::Department(department(LEAD));
    let channels = vec![Channel::Page, Channel::Webhook(receiver.clone())];
    let roster = NotifyCommand::PutRoster {
        post: post.clone(),
        shifts: vec![shift("responder.1", &day, channels)],
    };
    for stranger in [responder("xfj"), operator(), dispatcher()] {
        let refused = says(&mut day, &stranger, None, roster.clone());
        assert_eq!(refused, Err(NotNoticed::NotAllowed));
    }
    says(&mut day, &responder(LEAD), None, roster).expect("his own");
    let nobody = NotifyCommand::PutRoster {
        post: post.clone(),
        shifts: vec![shift("nobody", &day, vec![Channel::Page])],
    };
    assert!(matches!(
        says(&mut day, &shift_leader(), None, nobody),
        Err(NotNoticed::Invalid { pointer, .. }) if pointer == "/shifts/0/person"
    ));
    lead_to(&mut day, id, State::Dispatched);
    let heard = |day: &Day| {
        let order = day
            .picture()
            .notify
            .open()
            .find(|one| one.reason == Reason::Order && one.incident == Some(id));
        order.expect("told").endpoints.clone()
    };
    assert_eq!(heard(&day), [receiver]);
    // After the shift nobody names it.
    day.must(&responder(LEAD), id, Command::Return { reason: said() });
    day.later(9 * 60);
    let decision = Command::DecideDispute {
        lead: department(LEAD),
        reason: said(),
    };
    day.must(&shift_leader(), id, decision);
    assert_eq!(heard(&day), []);
}

#[test]
fn a_note_is_handed_over_once_and_read_by_the_next() {
    let (mut day, _) = reported();
    let note = |text: &str| NotifyCommand::HandOver {
        post: DutyPost::Room,
        text: text.to_owned(),
    };
    let Ok(Noticed::Handover(first)) = says(&mut day, &operator(), Some(5), note("水位偏高"))
    else {
        panic!("taken");
    };
    let Ok(Noticed::Handover(again)) = says(&mut day, &operator(), Some(5), note("水位偏高"))
    else {
        panic!("the first answer");
    };
    assert_eq!(first, again);
    let stranger = says(&mut day, &responder(LEAD), None, note("x"));
    assert_eq!(stranger, Err(NotNoticed::NotAllowed));
    assert!(matches!(
        says(&mut day, &operator(), None, note(" ")),
        Err(NotNoticed::Invalid { .. })
    ));
    let read = NotifyCommand::ReadHandover(first.id);
    assert_eq!(
        says(&mut day, &responder(LEAD), None, read.clone()),
        Err(NotNoticed::Unknown)
    );
    for _ in 0..2 {
        let Ok(Noticed::Handover(read)) = says(&mut day, &shift_leader(), None, read.clone())
        else {
            panic!("read");
        };
        assert_eq!(read.read_by.len(), 1);
    }
    for number in 0..domain::roster::MOST_HANDOVERS + 3 {
        says(
            &mut day,
            &operator(),
            None,
            note(&format!("第 {number} 班")),
        )
        .expect("taken");
    }
    assert_eq!(
        day.picture().notify.handovers.len(),
        domain::roster::MOST_HANDOVERS
    );
    assert!(day.picture().notify.handed_over.is_empty());
}

#[test]
fn nobody_reached_is_told_to_the_shift_leader_by_the_server_alone() {
    let (mut day, _) = reported();
    let reached = |reached| NotifyCommand::Reached {
        post: DutyPost::Room,
        reached,
    };
    let refused = says(&mut day, &shift_leader(), None, reached(false));
    assert_eq!(refused, Err(NotNoticed::NotAllowed));
    let missing = |day: &Day| {
        let all = day.picture().notify.open();
        all.filter(|one| one.reason == Reason::NobodyReached)
            .count()
    };
    for (now, count) in [(false, 1), (false, 1), (true, 0), (true, 0), (false, 1)] {
        says(&mut day, &Actor::Machine, None, reached(now)).expect("noted");
        assert_eq!(missing(&day), count);
    }
}
