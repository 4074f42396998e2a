//! What a wall says of its own line and of the age of what it shows. Pure.

use domain::language::Language;
use domain::theme::Freshness;
use domain::time::Timestamp;

use crate::live::connection::Link;
use crate::live::refusal::Part;
use crate::text::{Message, filled, text, time};

/// A wall asks every two seconds; a slow one may take a few to draw, and is not old for it.
const PERIOD_MS: i64 = 8_000;

/// What is known of the line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Line {
    pub link: Link,
    pub resyncing: bool,
    /// Which part of what the wall looks at was refused.
    pub refused: Option<Part>,
    /// The server answers the wall's questions.
    pub answers: bool,
    /// Neither session nor token let the wall in.
    pub shut_out: bool,
    /// The latest moment at which everything shown was so.
    pub true_at: Option<Timestamp>,
    pub now: Option<Timestamp>,
}

impl Line {
    fn freshness(self) -> Freshness {
        self.now.map_or(Freshness::Live, |now| freshness(self, now))
    }
}

/// The light, as on the desk: `green`, `yellow`, `red`, `off`.
pub fn light(line: Line) -> &'static str {
    match line.link {
        _ if line.shut_out => "red",
        Link::Off => "off",
        Link::Live if line.answers => match line.freshness() {
            Freshness::Live if !line.resyncing && line.refused.is_none() => "green",
            Freshness::Live | Freshness::Ageing => "yellow",
            Freshness::Stale | Freshness::Gone => "red",
        },
        Link::Connecting { attempt: 0..=1 } if line.true_at.is_none() => "yellow",
        _ => "red",
    }
}

/// How old the whole picture is.
pub fn freshness(line: Line, now: Timestamp) -> Freshness {
    line.true_at.map_or(Freshness::Live, |true_at| {
        Freshness::of(now.since(true_at), PERIOD_MS)
    })
}

/// In a word while all is well, in a sentence otherwise.
pub fn said(language: Language, line: Line, offsets: &[(Timestamp, i32)]) -> String {
    let message = match (light(line), line.link) {
        ("green", _) => Message::LinkLive,
        ("off", _) => Message::LinkOff,
        ("yellow", Link::Live) if let Some(part) = line.refused => part.message(),
        ("yellow", Link::Live) if line.resyncing => Message::WallTakingAnew,
        ("yellow", Link::Live) => Message::LinkSilent,
        ("yellow", _) => Message::LinkFirst,
        _ if line.shut_out => Message::WallShutOut,
        (_, Link::Outdated) => Message::WallOutdated,
        _ => Message::WallInterrupted,
    };
    let stopped = line.true_at.filter(|_| light(line) == "red").map(|at| {
        filled(
            language,
            Message::WallStoppedAt,
            &[("at", &time::of_day(at, offsets))],
        )
    });
    match stopped {
        Some(stopped) => format!("{} · {stopped}", text(language, message)),
        None => text(language, message).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).expect("a written moment")
    }

    fn line() -> Line {
        Line {
            link: Link::Live,
            resyncing: false,
            refused: None,
            answers: true,
            shut_out: false,
            true_at: Some(at("2026-11-23T14:05:32+08:00")),
            now: Some(at("2026-11-23T14:05:34+08:00")),
        }
    }

    fn words(line: Line) -> String {
        said(Language::Zh, line, &[(at("2024-01-01T00:00:00Z"), 480)])
    }

    #[test]
    fn a_wall_whose_look_was_refused_is_not_called_live() {
        let refused = Line {
            refused: Some(Part::Filter),
            ..line()
        };
        assert_eq!(light(line()), "green");
        assert_eq!(light(refused), "yellow");
        assert_eq!(words(refused), "筛选条件未被接受，显示的仍是之前的");
    }

    #[test]
    fn an_interrupted_wall_says_what_it_does_and_where_the_data_stopped() {
        let cut = Line {
            link: Link::Connecting { attempt: 3 },
            answers: false,
            ..line()
        };
        assert_eq!(words(cut), "连接中断，正在重连 · 数据停在 14:05:32");
        assert_eq!(light(cut), "red");
        let pulled = Line {
            answers: false,
            ..line()
        };
        assert_eq!(light(pulled), "red", "a line that only looks open is none");
    }

    #[test]
    fn a_line_that_looks_open_is_not_green_while_its_data_is_old() {
        let waiting = |seconds: i64| Line {
            now: line().true_at.map(|at| at.plus_millis(seconds * 1000)),
            ..line()
        };
        assert_eq!(light(waiting(8)), "green");
        assert_eq!(light(waiting(9)), "yellow");
        assert_eq!(words(waiting(9)), "线路无声，正在查");
        assert_eq!(light(waiting(17)), "red");
        assert_eq!(words(waiting(17)), "连接中断，正在重连 · 数据停在 14:05:32");
    }

    #[test]
    fn a_live_wall_says_one_word_and_a_starting_one_that_it_starts() {
        assert_eq!(words(line()), "已连接");
        let starting = Line {
            link: Link::Connecting { attempt: 1 },
            answers: false,
            true_at: None,
            ..line()
        };
        assert_eq!(
            (light(starting), words(starting).as_str()),
            ("yellow", "正在连接…")
        );
        let outside = Line {
            shut_out: true,
            ..line()
        };
        assert!(words(outside).contains("14:05:32"));
    }

    #[test]
    fn the_picture_ages_from_the_moment_it_was_last_true() {
        let seen = |seconds: i64| {
            freshness(
                line(),
                at("2026-11-23T14:05:32+08:00").plus_millis(seconds * 1000),
            )
        };
        assert_eq!(seen(8), Freshness::Live);
        assert_eq!(seen(9), Freshness::Ageing);
        assert_eq!(seen(17), Freshness::Stale);
        assert_eq!(seen(60), Freshness::Gone);
    }
}
