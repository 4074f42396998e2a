//! How a figure is written: grouped digits, its change with a sign, its age in words, and where it leads. Pure.

use domain::language::Language;
use domain::theme::{Freshness, IndicatorView};

use crate::text::{Message, filled, text};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;
/// Pages ask for their figures every ten seconds; one answer may be late.
const ASKED_EVERY_MS: i64 = 20_000;

/// With its digits in threes: `12,345.6`.
pub fn number(value: f64, decimals: u8) -> String {
    let plain = format!("{:.*}", usize::from(decimals.min(6)), value.abs());
    let (whole, rest) = match plain.split_once('.') {
        Some((whole, rest)) => (whole, format!(".{rest}")),
        None => (plain.as_str(), String::new()),
    };
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let is_zero = !plain.contains(|letter: char| ('1'..='9').contains(&letter));
    let sign = if value < 0.0 && !is_zero { "−" } else { "" };
    format!("{sign}{grouped}{rest}")
}

/// With its sign always: `+3`, `−0.5`, `±0`.
pub fn change(value: f64, decimals: u8) -> String {
    let written = number(value, decimals);
    let is_zero = !written.contains(|letter: char| ('1'..='9').contains(&letter));
    match (is_zero, value > 0.0) {
        (true, _) => format!("±{}", written.trim_start_matches('−')),
        (false, true) => format!("+{written}"),
        (false, false) => written,
    }
}

/// How old, in the largest unit that fits.
pub fn age(language: Language, age_ms: i64) -> String {
    let (message, n) = match age_ms {
        ..MINUTE_MS => (Message::AgeSeconds, age_ms.max(0) / 1000),
        MINUTE_MS..HOUR_MS => (Message::AgeMinutes, age_ms / MINUTE_MS),
        HOUR_MS..DAY_MS => (Message::AgeHours, age_ms / HOUR_MS),
        _ => (Message::AgeDays, age_ms / DAY_MS),
    };
    filled(language, message, &[("n", &n.to_string())])
}

/// How old a figure is by now, `since_ms` after it came: by its own period, or without one by the server's word; and no
/// figure is live on a page that is told nothing more.
pub fn freshness(indicator: &IndicatorView, since_ms: i64) -> Freshness {
    let own = match (indicator.age_ms, indicator.period_ms) {
        (Some(age_ms), Some(period_ms)) => Freshness::of(age_ms + since_ms.max(0), period_ms),
        _ => indicator.freshness,
    };
    own.max(Freshness::of(since_ms, ASKED_EVERY_MS))
}

/// Said only once a figure is older than its period.
pub fn age_of(language: Language, indicator: &IndicatorView, since_ms: i64) -> Option<String> {
    let age_ms = indicator.age_ms.unwrap_or_default() + since_ms.max(0);
    (freshness(indicator, since_ms) != Freshness::Live && age_ms > 0).then(|| age(language, age_ms))
}

/// Why there is no figure.
pub fn missing(language: Language, indicator: &IndicatorView) -> String {
    match (&indicator.missing, language) {
        (Some(missing), Language::Zh) => missing.zh.clone(),
        (Some(missing), Language::En) => missing.en.clone(),
        (None, _) => text(language, Message::FigureMissing).to_owned(),
    }
}

/// The page that shows what a path of the public interface holds.
pub fn page_of(drill: &str) -> String {
    let (path, query) = match drill.split_once('?') {
        Some((path, query)) => (path, format!("?{query}")),
        None => (drill, String::new()),
    };
    let Some(path) = path.strip_prefix("/api/v1") else {
        return drill.to_owned();
    };
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    match parts.as_slice() {
        ["incidents"] => format!("/desk{query}"),
        ["incidents", id] => format!("/desk?incident={id}"),
        ["sensors", id, "readings"] => format!("/readings/{id}{query}"),
        ["themes", id] => format!("/themes/{id}"),
        [list @ ("sensors" | "units" | "alarms")] => format!("/{list}{query}"),
        _ => drill.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_grouped_and_keep_their_decimals() {
        for (value, decimals, written) in [
            (0.0, 0, "0"),
            (999.0, 0, "999"),
            (1000.0, 0, "1,000"),
            (-1_234_567.8, 1, "−1,234,567.8"),
            (-0.04, 1, "0.0"),
            (97.26, 1, "97.3"),
        ] {
            assert_eq!(number(value, decimals), written);
        }
    }

    #[test]
    fn a_change_always_has_a_sign() {
        assert_eq!(change(3.0, 0), "+3");
        assert_eq!(change(-0.5, 1), "−0.5");
        assert_eq!(change(0.0, 0), "±0");
        assert_eq!(change(-0.01, 1), "±0.0");
    }

    #[test]
    fn ages_are_said_in_the_largest_unit() {
        let said = |ms| age(Language::Zh, ms);
        assert_eq!(said(12_000), "12 秒前");
        assert_eq!(said(3 * MINUTE_MS), "3 分钟前");
        assert_eq!(said(5 * HOUR_MS), "5 小时前");
        assert_eq!(said(49 * HOUR_MS), "2 天前");
    }

    #[test]
    fn no_figure_is_live_on_a_page_that_is_told_nothing_more() {
        let figure = IndicatorView {
            id: "open".into(),
            name: "未结".into(),
            name_en: "Open".into(),
            value: Some(3.0),
            unit: "件".into(),
            unit_en: String::new(),
            decimals: 0,
            trend: None,
            age_ms: None,
            period_ms: None,
            freshness: Freshness::Live,
            series: Vec::new(),
            yesterday: Vec::new(),
            bounds: None,
            drill: None,
            missing: None,
        };
        assert_eq!(freshness(&figure, 20_000), Freshness::Live);
        assert_eq!(freshness(&figure, 21_000), Freshness::Ageing);
        assert_eq!(
            age_of(Language::Zh, &figure, 61_000).as_deref(),
            Some("1 分钟前")
        );
    }

    #[test]
    fn a_drill_becomes_the_page_that_shows_it() {
        for (drill, page) in [
            (
                "/api/v1/incidents?state=handling&severity=1",
                "/desk?state=handling&severity=1",
            ),
            ("/api/v1/incidents/i5-0", "/desk?incident=i5-0"),
            (
                "/api/v1/sensors/air-3/readings?property=PM2.5",
                "/readings/air-3?property=PM2.5",
            ),
            ("/api/v1/units?kind=bus", "/units?kind=bus"),
            ("/api/v1/feeds", "/api/v1/feeds"),
        ] {
            assert_eq!(page_of(drill), page);
        }
    }
}
