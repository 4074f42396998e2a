//! Who may attach a file, once for an id, as long as the incident is open and not full; and files that nobody could attach stay known.

use domain::account::Actor;
use domain::attachment::{
    AttachGiven, AttachedFile, Attachment, AttachmentName, ContentHash, KeptFile, MOST_AN_INCIDENT,
    MediaType, check_belong,
};
use domain::change::Outcome;
use domain::command::{Command, Input, NotNow, Refusal};
use domain::explain;
use domain::ids::{AttachmentId, CommandId, IncidentId};
use domain::incident::{Happening, Said};
use domain::language::Language;
use domain::lifecycle::{CommandName, State, row_of};
use domain::policy;

use super::{LEAD, everybody, lead_to, reported};
use crate::single_writer::rehearsal::{Day, operator, responder};

pub(super) fn photo(number: u8) -> AttachedFile {
    let kept = |of: u8| KeptFile {
        sha256: ContentHash([of; 32]),
        bytes: 1_000,
    };
    AttachedFile {
        name: AttachmentName::of("井盖.jpg", MediaType::Jpeg),
        kind: MediaType::Jpeg,
        file: kept(number),
        size: None,
        preview: Some(kept(number + 100)),
    }
}

pub(super) fn attaches(
    day: &mut Day,
    by: &Actor,
    incident: IncidentId,
    id: Option<u128>,
    file: AttachedFile,
) -> Result<Attachment, Refusal> {
    let given = AttachGiven {
        id: id.map(CommandId::from_bits),
        incident,
        by: by.clone(),
        file,
    };
    let stepped = day.block(vec![Input::Attach(Box::new(given))]);
    match &stepped.outcomes[0] {
        Outcome::Attached(answer) => answer.clone().map(|attachment| (*attachment).clone()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn whoever_may_comment_may_attach_and_nobody_else() {
    let (mut day, id) = reported();
    lead_to(&mut day, id, State::Dispatched);
    let mut taken = 0;
    for (who, actor) in everybody() {
        let answer = attaches(&mut day, &actor, id, None, photo(1));
        let incident = day.incident(id);
        let may = policy::may_command(row_of(CommandName::Comment), &actor, &incident).is_ok();
        let sees = !matches!(answer, Err(Refusal::OutOfScope));
        assert_eq!(answer.is_ok(), may && sees, "{who}: {answer:?}");
        taken += u32::from(answer.is_ok());
    }
    assert!(taken >= 5, "{taken}");
    assert_eq!(day.picture().attached[&id], taken);
    let log = day.told.iter().flat_map(|stepped| &stepped.changes);
    let logged = log.filter(|change| {
        matches!(change, domain::change::Change::Timeline(entry) if matches!(entry.what, Happening::Attached { .. }))
    });
    assert_eq!(logged.count(), taken as usize);
    assert!(matches!(
        attaches(
            &mut day,
            &operator(),
            IncidentId::new(99, 0),
            None,
            photo(2)
        ),
        Err(Refusal::UnknownIncident)
    ));
    assert!(day.picture().not_attached.contains(&ContentHash([2; 32])));
    assert!(day.picture().not_attached.contains(&ContentHash([102; 32])));
}

#[test]
fn an_id_attaches_once_and_tells_no_stranger_what_it_attached() {
    let (mut day, id) = reported();
    let first = attaches(&mut day, &operator(), id, Some(7), photo(1)).expect("taken");
    let again = attaches(&mut day, &operator(), id, Some(7), photo(9)).expect("the first answer");
    assert_eq!(again, first);
    assert!(day.picture().not_attached.contains(&ContentHash([9; 32])));
    let stranger = attaches(&mut day, &responder("xfj"), id, Some(7), photo(3));
    assert_eq!(stranger, Err(Refusal::OutOfScope));
    assert_eq!(day.picture().attached[&id], 1);
    let mut day = day.restarted();
    let after =
        attaches(&mut day, &operator(), id, Some(7), photo(1)).expect("after a restart, too");
    assert_eq!(after, first);
}

#[test]
fn an_incident_takes_so_many_files_and_none_once_it_has_ended() {
    let (mut day, id) = reported();
    for _ in 0..MOST_AN_INCIDENT {
        attaches(&mut day, &operator(), id, None, photo(1)).expect("taken");
    }
    let full = attaches(&mut day, &operator(), id, None, photo(1));
    let reason = NotNow::AttachmentsFull;
    assert_eq!(full, Err(Refusal::NotNow { reason }));
    let (mut day, id) = reported();
    lead_to(&mut day, id, State::Closed);
    let late = attaches(&mut day, &responder(LEAD), id, None, photo(1));
    let state = State::Closed;
    assert_eq!(late, Err(Refusal::WrongState { state }));
}

#[test]
fn a_command_may_only_speak_of_files_of_its_incident() {
    let (mut day, id) = reported();
    let mine = attaches(&mut day, &operator(), id, None, photo(1))
        .expect("taken")
        .id;
    let strange = AttachmentId::new(1, 99);
    assert_eq!(check_belong(day.picture(), id, &[]), Ok(()));
    assert_eq!(check_belong(day.picture(), id, &[mine]), Ok(()));
    assert_eq!(
        check_belong(day.picture(), id, &[mine, strange]),
        Err(strange)
    );
    let elsewhere = IncidentId::new(99, 0);
    assert_eq!(check_belong(day.picture(), elsewhere, &[mine]), Err(mine));
}

#[test]
fn a_comment_and_what_was_done_name_their_files_and_the_log_says_which() {
    let (mut day, id) = reported();
    lead_to(&mut day, id, State::Handling);
    let lead = responder(LEAD);
    let files = [1, 2].map(|number| {
        let taken = attaches(&mut day, &lead, id, None, photo(number));
        taken.expect("taken").id
    });
    let elsewhere = day.written_down(&operator(), Some("E0608")).id;
    let foreign = attaches(&mut day, &operator(), elsewhere, None, photo(3))
        .expect("taken")
        .id;
    let with = |attachments: &[AttachmentId]| Said {
        attachments: attachments.to_vec(),
        ..Said::default()
    };
    let comment = |attachments: &[AttachmentId]| Command::Comment {
        text: "见照片".into(),
        said: with(attachments),
    };
    let resolve = |attachments: &[AttachmentId]| Command::Resolve {
        text: "井盖已复位".into(),
        said: with(attachments),
    };
    for (wrong, at) in [
        (vec![foreign], "/attachments/0"),
        (vec![AttachmentId::new(9_999, 9)], "/attachments/0"),
        (vec![files[0], foreign], "/attachments/1"),
        (vec![files[0], files[1], files[0]], "/attachments/2"),
        (vec![files[0]; MOST_AN_INCIDENT + 1], "/attachments"),
    ] {
        for command in [comment(&wrong), resolve(&wrong)] {
            match day.command(&lead, id, command) {
                Err(Refusal::Invalid { pointer, .. }) => assert_eq!(pointer, at),
                other => panic!("{wrong:?}: {other:?}"),
            }
        }
    }
    for command in [comment(&files), resolve(&files[..1])] {
        let count = match command {
            Command::Comment { .. } => 2,
            _ => 1,
        };
        day.must(&lead, id, command);
        let last = day.timeline(id).last().cloned().expect("logged");
        let Happening::Commanded {
            said: Some(said), ..
        } = &last.what
        else {
            panic!("{:?}", last.what);
        };
        assert_eq!(said.attachments, files[..count]);
        let named: Vec<String> = files[..count].iter().map(ToString::to_string).collect();
        let words = explain::happening(&day.city(), Language::Zh, &last.what);
        let expected = format!("[附件 {count}：{}]", named.join(" "));
        assert!(words.contains(&expected), "{words}");
    }
}
