//! The parts of a report: each a figure and the lines that it counts.

use domain::category::Severity;
use domain::wire::notify::HandoverView;
use domain::wire::office::{ReportAlarmList, ReportList, ReportView};

use super::post;
use super::text::Saying;
use super::words::Word;
use crate::live::lists::is_late;

#[derive(Clone, PartialEq, Debug)]
pub struct Part {
    pub id: &'static str,
    pub word: Word,
    pub count: String,
    /// Beside the figure.
    pub more: String,
    /// Somebody has work with it.
    pub calls: bool,
    pub lines: Vec<Line>,
    /// How many of the count are not among the lines.
    pub left: usize,
    /// The page of the whole list, where there is one.
    pub whole: Option<String>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Line {
    /// Severity, late, over.
    pub mark: Option<(Severity, bool, bool)>,
    /// Where it leads.
    pub link: Option<String>,
    pub number: Option<String>,
    pub title: String,
    pub about: String,
}

/// In the order of reading.
pub fn parts(saying: Saying<'_>, report: &ReportView, notes: &[HandoverView]) -> Vec<Part> {
    let mut parts = vec![
        of_incidents(saying, "opened", Word::Opened, &report.opened),
        of_incidents(saying, "closed", Word::Closed, &report.closed),
        Part {
            more: saying.severities(report),
            ..of_incidents(saying, "open", Word::Open, &report.open)
        },
        calling(of_incidents(saying, "late", Word::Late, &report.late)),
        calling(of_incidents(
            saying,
            "waiting",
            Word::Waiting,
            &report.waiting,
        )),
        calling(of_incidents(saying, "tray", Word::Tray, &report.tray)),
    ];
    if let Some(alarms) = &report.alarms {
        let unnoted = &alarms.unacknowledged;
        parts.push(calling(of_alarms(
            saying,
            "unacknowledged",
            Word::Unacknowledged,
            unnoted,
        )));
        parts.push(of_alarms(saying, "shelved", Word::Shelved, &alarms.shelved));
        let feeds = report.feeds.iter().map(|feed| plain(saying.feed(feed)));
        parts.push(calling(of_lines("feeds", Word::Feeds, feeds.collect())));
    }
    let in_span = |note: &&HandoverView| note.at >= report.since && note.at <= report.until;
    let handed = notes.iter().filter(in_span).map(|note| {
        let of = post::name(saying.language, &note.post, saying.city);
        let head = format!("{} · {of} · {}", note.by, saying.at(note.at));
        Line {
            about: note.text.clone(),
            ..plain(head)
        }
    });
    parts.push(of_lines("handed", Word::NotesOf, handed.collect()));
    parts
}

fn calling(part: Part) -> Part {
    Part {
        calls: part.count != "0",
        ..part
    }
}

fn plain(title: String) -> Line {
    Line {
        mark: None,
        link: None,
        number: None,
        title,
        about: String::new(),
    }
}

fn of_lines(id: &'static str, word: Word, lines: Vec<Line>) -> Part {
    Part {
        id,
        word,
        count: lines.len().to_string(),
        more: String::new(),
        calls: false,
        lines,
        left: 0,
        whole: None,
    }
}

fn of_incidents(saying: Saying<'_>, id: &'static str, word: Word, list: &ReportList) -> Part {
    let lines = list.incidents.iter().map(|view| Line {
        mark: Some((
            view.severity,
            is_late(view, saying.now),
            !view.state.is_open(),
        )),
        link: Some(format!("/desk?incident={}", view.id)),
        number: Some(view.number.clone()),
        title: saying.title(view).to_owned(),
        about: saying.about(view, id == "waiting"),
    });
    let lines: Vec<Line> = lines.collect();
    Part {
        count: saying.count(list),
        left: (list.count as usize).saturating_sub(lines.len()),
        ..of_lines(id, word, lines)
    }
}

fn of_alarms(saying: Saying<'_>, id: &'static str, word: Word, list: &ReportAlarmList) -> Part {
    let lines = list.alarms.iter().map(|alarm| Line {
        mark: Some((alarm.severity, false, false)),
        link: alarm.incident.map(|id| format!("/desk?incident={id}")),
        number: None,
        title: saying.alarm(alarm),
        about: saying.standing(alarm),
    });
    let lines: Vec<Line> = lines.collect();
    let path = list.drill.trim_start_matches("/api/v1").to_owned();
    Part {
        count: list.count.to_string(),
        left: (list.count as usize).saturating_sub(lines.len()),
        whole: (list.count > 0).then_some(path),
        ..of_lines(id, word, lines)
    }
}
