//! How a source of observations is doing: whether it still speaks, what became of what it sent, and whether its clock is
//! right. Decided by the pack's definition of its feed; where the pack says nothing, neither do we.

use serde::{Deserialize, Serialize};

use crate::city::{City, FeedDefinition};
use crate::ids::FeedId;
use crate::theme::{Freshness, Missing};
use crate::time::Timestamp;

/// What a clock may be wrong by before it is said to be.
const CLOCK_TOLERANCE_MS: i64 = 60_000;

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct FeedView {
    pub source: String,
    /// The pack's definition that speaks for the source.
    pub feed: Option<FeedId>,
    pub name: Option<String>,
    pub name_en: Option<String>,
    pub state: FeedLife,
    /// Since it was last heard.
    pub age_ms: Option<i64>,
    /// What the definition expects between two messages.
    pub period_ms: Option<i64>,
    pub last_at: Option<Timestamp>,
    /// Since the server started, like all counts.
    pub received: u64,
    pub accepted: u64,
    pub duplicates: u64,
    pub conflicts: u64,
    pub rejected: u64,
    pub dropped: u64,
    /// Pointer and reason of the last few items that were refused.
    pub last_bad: Vec<(String, String)>,
    pub clock: FeedClock,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeedLife {
    Live,
    Ageing,
    Stale,
    Gone,
    /// Nobody has said how often it should speak.
    Unknown,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct FeedClock {
    pub state: ClockState,
    /// The median of server's clock less observation's time over the last live items.
    pub offset_ms: Option<i64>,
    /// How many items that is of.
    pub items: u64,
    /// How it was decided, in both languages.
    pub decided: Missing,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockState {
    Right,
    Ahead,
    Behind,
    /// Nothing live was heard, or nobody has said how late its news usually is.
    Unknown,
}

/// A definition of the pack none of whose sources has been heard.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct NotHeard {
    pub feed: FeedId,
    pub name: String,
    pub name_en: String,
    pub sources: Vec<String>,
    pub period_ms: Option<i64>,
}

/// What is known of a source besides its counts.
pub struct Heard<'a> {
    pub source: &'a str,
    pub last_at: Option<Timestamp>,
    /// Server's clock less observation's time of the last live items.
    pub offsets_ms: Vec<i64>,
}

/// State, age and clock; the counts are the caller's to fill in.
pub fn view(city: &City, heard: Heard<'_>, now: Timestamp) -> FeedView {
    let feed = city.feed_of(heard.source);
    let period_ms = feed.and_then(period_ms);
    let age_ms = heard.last_at.map(|at| now.since(at).max(0));
    let state = match (age_ms, period_ms) {
        (_, None) => FeedLife::Unknown,
        (None, Some(_)) => FeedLife::Gone,
        (Some(age_ms), Some(period_ms)) => match Freshness::of(age_ms, period_ms) {
            Freshness::Live => FeedLife::Live,
            Freshness::Ageing => FeedLife::Ageing,
            Freshness::Stale => FeedLife::Stale,
            Freshness::Gone => FeedLife::Gone,
        },
    };
    FeedView {
        source: heard.source.to_owned(),
        feed: feed.map(|feed| feed.id.clone()),
        name: feed.map(|feed| feed.name.clone()),
        name_en: feed.map(|feed| feed.name_en.clone()),
        state,
        age_ms,
        period_ms,
        last_at: heard.last_at,
        received: 0,
        accepted: 0,
        duplicates: 0,
        conflicts: 0,
        rejected: 0,
        dropped: 0,
        last_bad: Vec::new(),
        clock: clock(heard.offsets_ms, period_ms),
    }
}

/// A reason without what it quotes: a sender may have put a person's words where a code belongs, and only he is told
/// what he wrote.
pub fn without_quotes(reason: &str) -> String {
    let mut plain = String::with_capacity(reason.len());
    for (index, part) in reason.split('"').enumerate() {
        match index % 2 {
            0 => plain.push_str(part),
            _ => plain.push_str("\"…\""),
        }
    }
    plain
}

/// The definitions that none of these sources belongs to.
pub fn not_heard<'a>(city: &City, sources: impl Iterator<Item = &'a str>) -> Vec<NotHeard> {
    let spoken: Vec<&FeedId> = sources
        .filter_map(|source| city.feed_of(source))
        .map(|feed| &feed.id)
        .collect();
    let silent = city
        .feeds
        .values()
        .filter(|feed| !spoken.contains(&&feed.id));
    silent
        .map(|feed| NotHeard {
            feed: feed.id.clone(),
            name: feed.name.clone(),
            name_en: feed.name_en.clone(),
            sources: feed.sources.clone(),
            period_ms: period_ms(feed),
        })
        .collect()
}

fn period_ms(feed: &FeedDefinition) -> Option<i64> {
    let seconds = feed.period_seconds?;
    Some(i64::from(seconds) * 1_000)
}

/// Nothing can be observed before it is: a median from the future is a clock ahead. News may be as old as the feed's
/// period when it comes; older by more than a minute is a clock behind.
fn clock(mut offsets_ms: Vec<i64>, period_ms: Option<i64>) -> FeedClock {
    offsets_ms.sort_unstable();
    let items = offsets_ms.len() as u64;
    let offset_ms = offsets_ms.get(offsets_ms.len() / 2).copied();
    let (state, zh, en) = match (offset_ms, period_ms) {
        (None, _) => (
            ClockState::Unknown,
            "近来没有实时数据".to_owned(),
            "nothing live has been heard lately".to_owned(),
        ),
        (Some(offset_ms), _) if offset_ms < -CLOCK_TOLERANCE_MS => (
            ClockState::Ahead,
            format!("中位数来自 {} 秒之后，超出容差 60 秒", -offset_ms / 1_000),
            format!(
                "the median comes from {} s ahead, beyond the tolerance of 60 s",
                -offset_ms / 1_000
            ),
        ),
        (Some(_), None) => (
            ClockState::Unknown,
            "不超前；数据源定义没有写周期，无法判断是否落后".to_owned(),
            "not ahead; no definition gives the feed's period, so nobody can tell whether it is behind"
                .to_owned(),
        ),
        (Some(offset_ms), Some(period_ms)) if offset_ms > period_ms + CLOCK_TOLERANCE_MS => (
            ClockState::Behind,
            format!(
                "中位数晚到 {} 秒，超过周期 {} 秒与容差 60 秒",
                offset_ms / 1_000,
                period_ms / 1_000
            ),
            format!(
                "the median comes {} s late, beyond the period of {} s and the tolerance of 60 s",
                offset_ms / 1_000,
                period_ms / 1_000
            ),
        ),
        (Some(_), Some(period_ms)) => (
            ClockState::Right,
            format!("中位数在容差 60 秒与周期 {} 秒之内", period_ms / 1_000),
            format!(
                "the median lies within the tolerance of 60 s and the period of {} s",
                period_ms / 1_000
            ),
        ),
    };
    FeedClock {
        state,
        offset_ms,
        items,
        decided: Missing { zh, en },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_reads_what_a_caller_wrote_into_a_code() {
        let reason = r#""王女士 139" is not a category code (C or E and four digits)"#;
        assert_eq!(
            without_quotes(reason),
            "\"…\" is not a category code (C or E and four digits)"
        );
        assert_eq!(without_quotes("cut \"in the mid…"), "cut \"…\"");
        assert_eq!(
            without_quotes("latitude 123.4 is outside -90..90"),
            "latitude 123.4 is outside -90..90"
        );
    }

    #[test]
    fn a_clock_is_judged_by_the_feed_s_own_period() {
        let minutes = |count: i64| vec![count * 60_000; 5];
        let state = |offsets, period| clock(offsets, period).state;
        assert_eq!(state(minutes(-3), None), ClockState::Ahead);
        assert_eq!(state(minutes(-3), Some(3_600_000)), ClockState::Ahead);
        assert_eq!(state(minutes(40), Some(3_600_000)), ClockState::Right);
        assert_eq!(state(minutes(62), Some(3_600_000)), ClockState::Behind);
        assert_eq!(state(minutes(62), None), ClockState::Unknown);
        assert_eq!(state(Vec::new(), Some(60_000)), ClockState::Unknown);
        let one_late = vec![100, 200, 5_000_000];
        assert_eq!(state(one_late, Some(15_000)), ClockState::Right);
    }
}
