//! The page of the evaluation: its address says period and scope, the page asks for the figures.

use std::sync::Arc;

use app::start::{EvaluationStart, Page};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use domain::evaluation::Period;
use domain::evaluation::view::By;
use domain::policy::Judged;
use domain::time::{CivilDate, Timestamp, Zone};
use serde::Deserialize;

use super::Office;
use super::wall_pages::signed_in;

#[derive(Deserialize)]
pub struct EvaluationQuery {
    by: Option<String>,
    since: Option<String>,
    until: Option<String>,
    category: Option<String>,
    town: Option<String>,
    department: Option<String>,
}

pub async fn evaluation(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
    uri: Uri,
    Query(query): Query<EvaluationQuery>,
) -> Response {
    let (city, now) = (office.back.city(), office.back.now());
    let usual = usual(now, &city.zone);
    let since = query
        .since
        .and_then(|text| moment(&text, &city.zone, false));
    let until = query.until.and_then(|text| moment(&text, &city.zone, true));
    let [_, _, month, _] = usual;
    let asked = Period {
        since: since.unwrap_or(month.since),
        until: until.unwrap_or(month.until),
    };
    let judged = office
        .person(&headers)
        .and_then(|identity| identity.actor())
        .map_or(Judged::Nobody, |actor| Judged::by(&actor));
    let page = Page::Evaluation(Box::new(EvaluationStart {
        by: query.by.as_deref().and_then(By::named).unwrap_or_default(),
        // What ends before it begins is no period: the month is shown.
        period: if asked.since < asked.until {
            asked
        } else {
            month
        },
        usual,
        category: query.category.filter(|text| !text.is_empty()),
        town: query.town.filter(|text| !text.is_empty()),
        department: query.department.filter(|text| !text.is_empty()),
        may_see: judged != Judged::Nobody,
    }));
    signed_in(&office, &headers, &uri, page).await
}

/// A moment, or a day of the city: its midnight, or as an end the midnight after it.
fn moment(text: &str, zone: &Zone, is_end: bool) -> Option<Timestamp> {
    if let Ok(at) = Timestamp::parse_rfc3339(text) {
        return Some(at);
    }
    let mut parts = text.splitn(3, '-');
    let year = parts.next()?.parse().ok()?;
    let month = parts.next()?.parse().ok()?;
    let day = CivilDate::new(year, month, parts.next()?.parse().ok()?).ok()?;
    let day = if is_end { day.next() } else { day };
    Some(Timestamp::at(day, 0, zone))
}

/// Today, this week from its Monday, this month and this quarter, each to the end of today.
fn usual(now: Timestamp, zone: &Zone) -> [Period; 4] {
    use domain::time::Weekday;
    let (today, _) = now.civil(zone);
    let mut monday = today;
    while monday.weekday() != Weekday::Monday {
        monday = monday.previous();
    }
    let first_of = |month| CivilDate::new(today.year(), month, 1).unwrap_or(today);
    let quarter = today.month() - (today.month() - 1) % 3;
    let until = Timestamp::at(today.next(), 0, zone);
    [today, monday, first_of(today.month()), first_of(quarter)].map(|day| Period {
        since: Timestamp::at(day, 0, zone),
        until,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_the_city_s_and_its_end_is_the_midnight_after() {
        let zone = Zone::named("Asia/Shanghai").expect("a zone");
        let at = |text| Timestamp::parse_rfc3339(text).ok();
        assert_eq!(
            moment("2026-11-29", &zone, false),
            at("2026-11-29T00:00:00+08:00")
        );
        assert_eq!(
            moment("2026-11-30", &zone, true),
            at("2026-12-01T00:00:00+08:00")
        );
        assert_eq!(moment("2026-11-31", &zone, true), None);
        let sunday = at("2026-11-29T14:00:00+08:00").expect("a moment");
        let [today, week, month, quarter] = usual(sunday, &zone);
        let begins = |period: Period| Some(period.since);
        assert_eq!(begins(today), at("2026-11-29T00:00:00+08:00"));
        assert_eq!(begins(week), at("2026-11-23T00:00:00+08:00"));
        assert_eq!(begins(month), at("2026-11-01T00:00:00+08:00"));
        assert_eq!(begins(quarter), at("2026-10-01T00:00:00+08:00"));
    }
}
