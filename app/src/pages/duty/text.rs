//! The report of a shift in words: lines that are shown, printed and put into a note alike.

use domain::feed_health::{ClockState, FeedLife, FeedView};
use domain::language::Language;
use domain::request::Waiting;
use domain::time::Timestamp;
use domain::wire::office::{ReportList, ReportView};
use domain::wire::{AlarmView, IncidentView};

use super::words::Word;
use crate::start::CityBrief;
use crate::text::time;

/// Of each list in a note: it is read, not looked through.
const IN_A_NOTE: usize = 10;

/// What one line needs to be said.
#[derive(Clone, Copy)]
pub struct Saying<'a> {
    pub language: Language,
    pub city: &'a CityBrief,
    /// As of which moment the report stands.
    pub now: Timestamp,
}

impl Saying<'_> {
    pub fn at(&self, at: Timestamp) -> String {
        time::clock(at, Some(self.now), &self.city.offsets)
    }

    pub fn title<'v>(&self, view: &'v IncidentView) -> &'v str {
        match self.language {
            Language::Zh => &view.title,
            Language::En => &view.title_en,
        }
    }

    /// State, lead and what is left of the time; what waits, where that is asked.
    pub fn about(&self, view: &IncidentView, of_waiting: bool) -> String {
        let mut parts = vec![self.city.label(self.language, view.state.name()).to_owned()];
        if let Some(lead) = &view.lead {
            parts.push(self.city.department(self.language, lead).to_owned());
        }
        if of_waiting {
            let waits = view.waiting.iter();
            parts.extend(waits.map(|one| self.waiting(*one).to_owned()));
        }
        let due = view.deadline.as_ref().and_then(|deadline| deadline.due_at);
        if let (Some(due), true) = (due, view.state.is_open()) {
            let offsets = &self.city.offsets;
            parts.push(time::left(self.language, due, Some(self.now), offsets));
        }
        parts.join(" · ")
    }

    fn waiting(&self, waiting: Waiting) -> &'static str {
        let word = match waiting {
            Waiting::Extension | Waiting::ExtensionLeader => Word::ForExtension,
            Waiting::Suspension | Waiting::SuspensionLeader => Word::ForSuspension,
            Waiting::Dispute => Word::ForDispute,
            Waiting::Appeal => Word::ForAppeal,
            Waiting::Instruction => Word::ForInstruction,
            Waiting::Verification => Word::ForVerification,
        };
        word.text(self.language)
    }

    /// What alarms, and of which kind.
    pub fn alarm(&self, alarm: &AlarmView) -> String {
        let thing = alarm.thing.as_ref().map(ToString::to_string);
        let thing = thing.unwrap_or_else(|| alarm.source.to_string());
        let kind = alarm.category;
        let kind = kind.map(|code| self.city.category(self.language, code));
        let parts = [Some(thing), kind, Some(alarm.text.clone())];
        let parts = parts.into_iter().flatten().filter(|part| !part.is_empty());
        parts.collect::<Vec<_>>().join(" · ")
    }

    /// Until when it is kept back, by whom and why; else since when it stands.
    pub fn standing(&self, alarm: &AlarmView) -> String {
        match &alarm.shelved {
            Some(shelved) => Word::ShelvedUntil.filled(
                self.language,
                &[
                    ("at", &self.at(shelved.until)),
                    ("who", &shelved.by),
                    ("why", &shelved.reason),
                ],
            ),
            None => Word::RaisedAt.filled(self.language, &[("at", &self.at(alarm.raised_at))]),
        }
    }

    pub fn feed(&self, feed: &FeedView) -> String {
        let name = match self.language {
            Language::Zh => feed.name.as_ref(),
            Language::En => feed.name_en.as_ref(),
        };
        let state = match feed.state {
            FeedLife::Gone => Some(Word::FeedGone),
            FeedLife::Stale => Some(Word::FeedQuiet),
            FeedLife::Live | FeedLife::Ageing | FeedLife::Unknown => None,
        };
        let clock = match feed.clock.state {
            ClockState::Ahead => Some(Word::FeedAhead),
            ClockState::Behind => Some(Word::FeedBehind),
            ClockState::Right | ClockState::Unknown => None,
        };
        let words = [state, clock].into_iter().flatten();
        let mut parts = vec![feed.source.clone()];
        parts.extend(name.cloned());
        parts.extend(words.map(|word| word.text(self.language).to_owned()));
        if let Some(at) = feed.last_at {
            parts.push(Word::FeedSince.filled(self.language, &[("at", &self.at(at))]));
        }
        parts.join(" · ")
    }

    pub fn count(&self, list: &ReportList) -> String {
        match list.more {
            true => Word::AtLeast.filled(self.language, &[("n", &list.count.to_string())]),
            false => list.count.to_string(),
        }
    }

    pub fn span(&self, report: &ReportView) -> String {
        let values = [
            ("since", self.at(report.since)),
            ("until", self.at(report.until)),
        ];
        let values = values
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        Word::SpanSaid.filled(self.language, &values)
    }

    /// `Ⅰ 1 Ⅱ 4 Ⅲ 10 Ⅳ 15`.
    pub fn severities(&self, report: &ReportView) -> String {
        let marks = domain::category::Severity::ALL.map(domain::explain::severity_mark);
        let counts = marks.iter().zip(report.open_by_severity);
        let counts = counts.map(|(mark, count)| format!("{mark} {count}"));
        counts.collect::<Vec<_>>().join(" ")
    }
}

/// The beginning of a note: the figures in lines, and what the next shift must not lose sight of.
pub fn note(saying: Saying<'_>, report: &ReportView) -> String {
    let language = saying.language;
    let colon = match language {
        Language::Zh => "：",
        Language::En => ": ",
    };
    let figure = |word: Word, value: String| format!("{} {value}", word.text(language));
    let mut lines = vec![
        format!(
            "{}{colon}{}",
            Word::Report.text(language),
            saying.span(report)
        ),
        [
            figure(Word::Opened, saying.count(&report.opened)),
            figure(Word::Closed, saying.count(&report.closed)),
            figure(
                Word::Open,
                format!(
                    "{} ({})",
                    saying.count(&report.open),
                    saying.severities(report)
                ),
            ),
            figure(Word::Late, saying.count(&report.late)),
            figure(Word::Waiting, saying.count(&report.waiting)),
            figure(Word::Tray, saying.count(&report.tray)),
        ]
        .join(" · "),
    ];
    for (word, list, of_waiting) in [
        (Word::Late, &report.late, false),
        (Word::Waiting, &report.waiting, true),
        (Word::Tray, &report.tray, false),
    ] {
        let incidents = list.incidents.iter().map(|view| {
            let about = saying.about(view, of_waiting);
            format!("{} {} · {about}", view.number, saying.title(view))
        });
        listed(&mut lines, language, word, list.count, incidents);
    }
    if let Some(alarms) = &report.alarms {
        for (word, list) in [
            (Word::Unacknowledged, &alarms.unacknowledged),
            (Word::Shelved, &alarms.shelved),
        ] {
            let rows = list.alarms.iter();
            let rows =
                rows.map(|alarm| format!("{} · {}", saying.alarm(alarm), saying.standing(alarm)));
            listed(&mut lines, language, word, list.count, rows);
        }
    }
    let ill = u32::try_from(report.feeds.len()).unwrap_or(u32::MAX);
    let feeds = report.feeds.iter().map(|feed| saying.feed(feed));
    listed(&mut lines, language, Word::Feeds, ill, feeds);
    lines.join("\n")
}

/// Nothing is said of what there is none of.
fn listed(
    lines: &mut Vec<String>,
    language: Language,
    word: Word,
    count: u32,
    rows: impl Iterator<Item = String>,
) {
    if count == 0 {
        return;
    }
    lines.push(format!("{} {count}", word.text(language)));
    let before = lines.len();
    lines.extend(rows.take(IN_A_NOTE).map(|row| format!("- {row}")));
    let left = (count as usize).saturating_sub(lines.len() - before);
    if left > 0 {
        let more = Word::AndMore.filled(language, &[("n", &left.to_string())]);
        lines.push(format!("- {more}"));
    }
}

#[cfg(test)]
mod tests {
    use domain::category::Severity;
    use domain::lifecycle::State;
    use domain::place::Position;

    use super::*;
    use crate::live::ages::Periods;
    use crate::sample;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).expect("a moment")
    }

    fn list(incidents: Vec<IncidentView>) -> ReportList {
        ReportList {
            count: incidents.len() as u32,
            more: false,
            drill: String::new(),
            incidents,
        }
    }

    fn city() -> CityBrief {
        CityBrief {
            name: "东莞".into(),
            name_en: "Dongguan".into(),
            bounds: "113.5,22.6,114.3,23.2".parse().expect("bounds"),
            center: Position::from_degrees(113.75, 23.02).expect("a place"),
            zoom: 10.0,
            boundaries_note: String::new(),
            boundaries_note_en: String::new(),
            attribution: Vec::new(),
            sample: false,
            sample_note: String::new(),
            zone_name: "Asia/Shanghai".into(),
            offsets: vec![(at("2024-01-01T00:00:00Z"), 480)],
            labels: Vec::new(),
            towns: Vec::new(),
            departments: Vec::new(),
            categories: Vec::new(),
            periods: Periods::default(),
        }
    }

    fn report(late: usize) -> ReportView {
        let view = sample::incident(1, Severity::Severe, State::Dispatched);
        ReportView {
            since: at("2026-11-29T08:00:00+08:00"),
            until: at("2026-11-29T16:00:00+08:00"),
            opened: list(Vec::new()),
            closed: list(Vec::new()),
            open: list(vec![view.clone(); late]),
            open_by_severity: [0, late as u32, 0, 0],
            late: list(vec![view; late]),
            waiting: list(Vec::new()),
            tray: list(Vec::new()),
            alarms: None,
            feeds: Vec::new(),
        }
    }

    #[test]
    fn a_note_begins_with_the_figures_and_names_no_more_than_ten_of_a_kind() {
        let city = city();
        let report = report(13);
        let saying = Saying {
            language: Language::Zh,
            city: &city,
            now: report.until,
        };
        let text = note(saying, &report);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "交接班报告：08:00 至 16:00");
        assert!(
            lines[1].starts_with("新增 0 · 办结 0 · 在办 13 (Ⅰ 0 Ⅱ 13 Ⅲ 0 Ⅳ 0) · 超期 13"),
            "{}",
            lines[1]
        );
        assert_eq!(lines[2], "超期 13");
        assert_eq!(lines.len(), 2 + 1 + 10 + 1);
        assert_eq!(lines[13], "- 另有 3 件未列出");
        assert!(
            !text.contains("报警"),
            "of what there is none nothing is said"
        );
    }

    #[test]
    fn a_note_of_a_quiet_shift_is_two_lines() {
        let city = city();
        let report = report(0);
        let saying = Saying {
            language: Language::En,
            city: &city,
            now: report.until,
        };
        let text = note(saying, &report);
        assert_eq!(text.lines().count(), 2, "{text}");
        assert!(
            text.starts_with("Shift report: 08:00 to 16:00\nOpened 0"),
            "{text}"
        );
    }
}
