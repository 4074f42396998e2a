//! Notices, rosters and hand-overs as they are shown.

use super::{About, Notice, NoticeState, Reason};
use crate::explain;
use crate::language::Language;
use crate::roster::{Handover, Roster, Shift};
use crate::time::Timestamp;
use crate::wire::notify::{HandoverView, NoticeView, ReadBy, RosterView};

pub fn notice(notice: &Notice) -> NoticeView {
    let (acknowledged_by, over_at) = match &notice.state {
        NoticeState::Open => (None, None),
        NoticeState::Acknowledged { by, at } => (Some(by.clone()), Some(*at)),
        NoticeState::Settled { at } | NoticeState::LetGo { at } => (None, Some(*at)),
    };
    NoticeView {
        id: notice.id,
        at: notice.at,
        severity: notice.severity,
        reason: notice.reason.name().to_owned(),
        waiting: match notice.reason {
            Reason::Decide(waiting) => Some(waiting),
            _ => None,
        },
        stage: match notice.reason {
            Reason::Escalated(stage) => Some(stage),
            _ => None,
        },
        to: notice.to.said(),
        title: notice.title.clone(),
        title_en: notice.title_en.clone(),
        text: explain::notice(Language::Zh, notice),
        text_en: explain::notice(Language::En, notice),
        incident: notice.incident,
        alarm: match notice.about {
            About::Alarm(alarm) => Some(alarm),
            _ => None,
        },
        post: match &notice.about {
            About::Post(post) => Some(post.clone()),
            _ => notice.to.post(),
        },
        drill: notice.drill,
        state: notice.state.name().to_owned(),
        acknowledged_by,
        over_at,
    }
}

/// `reaches` says of a shift whether a notice reaches its person now.
pub fn roster(roster: &Roster, now: Timestamp, reaches: impl Fn(&Shift) -> bool) -> RosterView {
    let named = |shift: &Shift| shift.person.to_string();
    RosterView {
        post: roster.post.clone(),
        shifts: roster.shifts.clone(),
        on_duty: roster.on_duty(now).map(named).collect(),
        reached: roster
            .on_duty(now)
            .filter(|shift| reaches(shift))
            .map(named)
            .collect(),
        by: roster.by.clone(),
        at: roster.at,
    }
}

pub fn handover(handover: &Handover) -> HandoverView {
    let read_by = handover.read_by.iter().map(|(name, at)| ReadBy {
        name: name.clone(),
        at: *at,
    });
    HandoverView {
        id: handover.id,
        post: handover.post.clone(),
        by: handover.by.clone(),
        at: handover.at,
        text: handover.text.clone(),
        read_by: read_by.collect(),
    }
}
