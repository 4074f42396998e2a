//! What people say about notices, rosters, hand-overs and receivers of webhooks: each allowed by role and place, or refused.

use std::sync::Arc;

use domain::account::{Actor, Role};
use domain::change::{Change, Outcome};
use domain::ids::{EndpointId, HandoverId, NoticeId};
use domain::notice::{
    Endpoint, MOST_ENDPOINTS, NotNoticed, Noticed, NotifyCommand, NotifyGiven, nobody_reached,
};
use domain::roster::{
    Channel, DutyPost, Handover, LONGEST_NOTE, MOST_HANDOVERS, Roster, Shift, check_shifts,
};
use domain::turn::Turn;

pub fn notify(turn: &mut Turn<'_>, given: &NotifyGiven) -> Outcome {
    Outcome::Noticed(carry_out(turn, given))
}

fn carry_out(turn: &mut Turn<'_>, given: &NotifyGiven) -> Result<Noticed, NotNoticed> {
    let by = &given.by;
    match &given.what {
        NotifyCommand::Acknowledge(id) => acknowledge(turn, by, *id),
        NotifyCommand::PutRoster { post, shifts } => put_roster(turn, by, post, shifts),
        NotifyCommand::HandOver { post, text } => hand_over(turn, given, post, text),
        NotifyCommand::ReadHandover(id) => read_handover(turn, by, *id),
        NotifyCommand::PutEndpoint {
            id,
            url,
            note,
            least,
            posts,
            enabled,
            new_secret,
        } => {
            let known = turn.picture.notify.endpoints.get(id);
            let generation = known.map_or(1, |known| known.generation + u32::from(*new_secret));
            let endpoint = Endpoint {
                id: id.clone(),
                url: url.clone(),
                note: note.clone(),
                least: *least,
                posts: posts.clone(),
                enabled: *enabled,
                generation,
                by: by.name().to_owned(),
                at: turn.now,
            };
            put_endpoint(turn, by, endpoint)
        }
        NotifyCommand::Reached { post, reached } => {
            if *by != Actor::Machine {
                return Err(NotNoticed::NotAllowed);
            }
            nobody_reached(turn, post, *reached);
            Ok(Noticed::Nothing)
        }
    }
}

/// The auditor reads all and the wall shows; neither answers for anything.
fn acknowledge(turn: &mut Turn<'_>, by: &Actor, id: NoticeId) -> Result<Noticed, NotNoticed> {
    let key = turn.picture.notify.by_id.get(&id).cloned();
    let key = key
        .filter(|(_, _, to)| to.means(by))
        .ok_or(NotNoticed::Unknown)?;
    let notice = turn.acknowledge_notice(&key, by.name());
    notice.map(Noticed::Notice).ok_or(NotNoticed::Unknown)
}

fn invalid(pointer: &str, reason: impl Into<String>) -> NotNoticed {
    NotNoticed::Invalid {
        pointer: pointer.to_owned(),
        reason: reason.into(),
    }
}

fn known_post(turn: &Turn<'_>, post: &DutyPost, pointer: &str) -> Result<(), NotNoticed> {
    if post.is_known(&turn.city) {
        return Ok(());
    }
    Err(invalid(pointer, format!("the city has no post \"{post}\"")))
}

fn put_roster(
    turn: &mut Turn<'_>,
    by: &Actor,
    post: &DutyPost,
    shifts: &[Shift],
) -> Result<Noticed, NotNoticed> {
    if !post.may_be_set_by(by, &turn.city) {
        return Err(NotNoticed::NotAllowed);
    }
    known_post(turn, post, "/post")?;
    check_shifts(shifts).map_err(|(pointer, reason)| invalid(&pointer, reason))?;
    for (index, shift) in shifts.iter().enumerate() {
        let pointer = format!("/shifts/{index}");
        if !turn.picture.accounts.contains_key(&shift.person) {
            let reason = format!("there is no account \"{}\"", shift.person);
            return Err(invalid(&format!("{pointer}/person"), reason));
        }
        for channel in &shift.channels {
            if let Channel::Webhook(id) = channel
                && !turn.picture.notify.endpoints.contains_key(id)
            {
                let reason = format!("there is no receiver \"{id}\"");
                return Err(invalid(&format!("{pointer}/channels"), reason));
            }
        }
    }
    let roster = Arc::new(Roster {
        post: post.clone(),
        shifts: shifts.to_vec(),
        by: by.name().to_owned(),
        at: turn.now,
    });
    let rosters = &mut turn.picture.notify.rosters;
    rosters.insert(post.clone(), roster.clone());
    turn.changes.push(Change::Roster(roster.clone()));
    Ok(Noticed::Roster(roster))
}

fn hand_over(
    turn: &mut Turn<'_>,
    given: &NotifyGiven,
    post: &DutyPost,
    text: &str,
) -> Result<Noticed, NotNoticed> {
    if !post.is_of(&given.by, &turn.city) {
        return Err(NotNoticed::NotAllowed);
    }
    known_post(turn, post, "/post")?;
    if text.trim().is_empty() {
        return Err(invalid("/text", "is missing"));
    }
    if text.chars().count() > LONGEST_NOTE {
        return Err(invalid(
            "/text",
            format!("longer than {LONGEST_NOTE} characters"),
        ));
    }
    let before = given
        .id
        .and_then(|id| turn.picture.notify.handed_over.get(&id))
        .and_then(|id| turn.picture.notify.handovers.get(id))
        .filter(|before| before.by == given.by.name());
    if let Some(first) = before {
        return Ok(Noticed::Handover(first.clone()));
    }
    let handover = Arc::new(Handover {
        id: turn.new_handover_id(),
        post: post.clone(),
        by: given.by.name().to_owned(),
        at: turn.now,
        text: text.to_owned(),
        read_by: Vec::new(),
    });
    let notify = &mut turn.picture.notify;
    notify.handovers.insert(handover.id, handover.clone());
    if let Some(id) = given.id {
        notify.handed_over.insert(id, handover.id);
    }
    forget_the_oldest(turn, post);
    turn.changes.push(Change::Handover(handover.clone()));
    Ok(Noticed::Handover(handover))
}

fn forget_the_oldest(turn: &mut Turn<'_>, post: &DutyPost) {
    let notify = &mut turn.picture.notify;
    let of_post = notify.handovers.values().filter(|one| one.post == *post);
    let ids: Vec<HandoverId> = of_post.map(|one| one.id).collect();
    for id in ids.iter().take(ids.len().saturating_sub(MOST_HANDOVERS)) {
        notify.handovers.remove(id);
        notify.handed_over.retain(|_, made| made != id);
    }
}

fn read_handover(turn: &mut Turn<'_>, by: &Actor, id: HandoverId) -> Result<Noticed, NotNoticed> {
    let before = turn.picture.notify.handovers.get(&id).cloned();
    let before = before
        .filter(|handover| handover.post.is_of(by, &turn.city))
        .ok_or(NotNoticed::Unknown)?;
    if before.read_by.iter().any(|(name, _)| name == by.name()) {
        return Ok(Noticed::Handover(before));
    }
    let mut handover = (*before).clone();
    handover.read_by.push((by.name().to_owned(), turn.now));
    let handover = Arc::new(handover);
    let handovers = &mut turn.picture.notify.handovers;
    handovers.insert(id, handover.clone());
    turn.changes.push(Change::Handover(handover.clone()));
    Ok(Noticed::Handover(handover))
}

fn put_endpoint(
    turn: &mut Turn<'_>,
    by: &Actor,
    endpoint: Endpoint,
) -> Result<Noticed, NotNoticed> {
    if !matches!(by.role(), None | Some(Role::Administrator)) {
        return Err(NotNoticed::NotAllowed);
    }
    for (index, post) in endpoint.posts.iter().enumerate() {
        known_post(turn, post, &format!("/posts/{index}"))?;
    }
    let endpoints = &mut turn.picture.notify.endpoints;
    let id: EndpointId = endpoint.id.clone();
    if !endpoints.contains_key(&id) && endpoints.len() >= MOST_ENDPOINTS {
        return Err(invalid(
            "/id",
            format!("there are {MOST_ENDPOINTS} receivers already"),
        ));
    }
    let endpoint = Arc::new(endpoint);
    endpoints.insert(id, endpoint.clone());
    turn.changes.push(Change::Endpoint(endpoint.clone()));
    Ok(Noticed::Endpoint(endpoint))
}
