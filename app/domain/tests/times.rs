//! Moments as other systems write them and as a wall clock shows them.

use domain::time::{CivilDate, TimeError, Timestamp, Weekday, Zone};
use proptest::prelude::*;

fn zone(name: &str) -> Zone {
    Zone::named(name).unwrap()
}

fn time(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap_or_else(|reason| panic!("{text}: {reason}"))
}

#[test]
fn the_same_moment_is_read_from_any_offset() {
    let moment = Timestamp::from_millis(1_795_396_500_000);
    for text in [
        "2026-11-23T09:15:00+08:00",
        "2026-11-23T01:15:00Z",
        "2026-11-23t01:15:00z",
        "2026-11-23 01:15:00.000Z",
        "2026-11-22T20:15:00-05:00",
        "2026-11-23T01:15:00-00:00",
    ] {
        assert_eq!(time(text), moment, "{text}");
    }
    assert_eq!(
        moment.to_rfc3339(&zone("Asia/Shanghai")),
        "2026-11-23T09:15:00+08:00"
    );
    assert_eq!(
        moment.to_rfc3339(&zone("America/New_York")),
        "2026-11-22T20:15:00-05:00"
    );
    assert_eq!(
        moment.to_rfc3339(&zone("Asia/Kolkata")),
        "2026-11-23T06:45:00+05:30"
    );
    assert_eq!(moment.to_rfc3339(&Zone::utc()), "2026-11-23T01:15:00+00:00");
    assert_eq!(
        moment.plus_millis(7).to_rfc3339_utc(),
        "2026-11-23T01:15:00.007Z"
    );
    assert_eq!(
        time("2026-11-23T01:15:00.0079999Z"),
        moment.plus_millis(7),
        "cut, not rounded"
    );
    assert_eq!(time("1969-12-31T23:59:59.999Z").millis(), -1);
}

#[test]
fn a_time_that_is_none_says_why() {
    let reason = |text: &str| Timestamp::parse_rfc3339(text).unwrap_err();
    assert_eq!(reason("2026-11-23T09:15:00"), TimeError::NoOffset);
    assert_eq!(reason("2026-11-23T09:15:00.5"), TimeError::NoOffset);
    assert_eq!(reason("2016-12-31T23:59:60Z"), TimeError::LeapSecond);
    assert_eq!(
        reason("2026-02-29T00:00:00Z").to_string(),
        "day 29 does not exist"
    );
    assert_eq!(
        reason("2026-13-01T00:00:00Z").to_string(),
        "month 13 does not exist"
    );
    assert_eq!(
        reason("2026-11-23T24:00:00Z").to_string(),
        "hour 24 does not exist"
    );
    assert_eq!(
        reason("2026-11-23T09:15:61Z").to_string(),
        "second 61 does not exist"
    );
    assert_eq!(
        reason("2026-11-23T09:15:00+24:00").to_string(),
        "offset hour 24 does not exist"
    );
    assert_eq!(
        reason("0000-01-01T00:00:00Z").to_string(),
        "year 0 does not exist"
    );
    assert_eq!(
        reason("23/11/2026 09:15").to_string(),
        "time is not RFC 3339: expected a year of four digits at character 3, as in 2026-11-23T09:15:00+08:00"
    );
    for text in [
        "",
        "2026-11-23",
        "2026-11-23T09:15Z",
        "2026-11-23T09:15:00.Z",
        "2026-11-23T09:15:00+8",
        "2026-11-23T09:15:00+0800",
        "2026-11-23T09:15:00+08:00[Asia/Shanghai]",
        "2026-11-23T09:15:00Z ",
        "+002026-11-23T09:15:00Z",
        "２０２６-11-23T09:15:00Z",
        "1795396500",
    ] {
        assert!(Timestamp::parse_rfc3339(text).is_err(), "{text}");
    }
}

#[test]
fn moments_stay_where_they_can_be_written() {
    assert_eq!(Timestamp::from_millis(i64::MIN), Timestamp::MIN);
    assert_eq!(Timestamp::MAX.plus_minutes(i64::MAX), Timestamp::MAX);
    assert_eq!(Timestamp::MIN.to_rfc3339_utc(), "0001-01-02T00:00:00Z");
    assert_eq!(Timestamp::MAX.to_rfc3339_utc(), "9999-12-30T00:00:00Z");
    assert_eq!(
        time("2026-11-23T01:15:00Z").since(time("2026-11-23T01:14:00Z")),
        60_000
    );
}

#[test]
fn a_wall_clock_that_skips_or_repeats_an_hour_still_means_one_moment() {
    let new_york = zone("America/New_York");
    let date = |text: &str| text.parse::<CivilDate>().unwrap();
    // 2026-03-08 02:30 is never shown; 2026-11-01 01:30 is shown twice.
    let skipped = Timestamp::at(date("2026-03-08"), 150, &new_york);
    assert_eq!(skipped.to_rfc3339(&new_york), "2026-03-08T03:30:00-04:00");
    let repeated = Timestamp::at(date("2026-11-01"), 90, &new_york);
    assert_eq!(repeated.to_rfc3339(&new_york), "2026-11-01T01:30:00-04:00");
    let midnight = Timestamp::at(date("2026-11-23"), 1440, &new_york);
    assert_eq!(
        midnight.civil(&new_york),
        (date("2026-11-24"), 0),
        "24:00 is the next day's first minute"
    );
}

#[test]
fn zones_are_known_by_their_iana_name_only() {
    assert_eq!(zone("asia/shanghai").name(), "Asia/Shanghai");
    assert_eq!(
        zone("Asia/Shanghai").offset_minutes(Timestamp::from_millis(0)),
        480
    );
    for name in [
        "",
        "Beijing",
        "+08:00",
        "CST6CDT7",
        "../etc/localtime",
        "Etc/Unknown",
    ] {
        assert!(Zone::named(name).is_err(), "{name}");
    }
}

#[test]
fn dates_are_strict_and_ordered() {
    let date: CivilDate = "2028-02-28".parse().unwrap();
    assert_eq!(date.next().to_string(), "2028-02-29");
    assert_eq!(date.next().next().to_string(), "2028-03-01");
    assert_eq!(date.next().previous(), date);
    assert_eq!(date.weekday(), Weekday::Monday);
    assert!(date < date.next());
    assert_eq!((date.year(), date.month(), date.day()), (2028, 2, 28));
    let last = CivilDate::new(9999, 12, 31).unwrap();
    assert_eq!(last.next(), last);
    let first = CivilDate::new(1, 1, 1).unwrap();
    assert_eq!(first.previous(), first);
    for text in [
        "2026-2-1",
        "2026-02-30",
        "20260201",
        "2026-02-01T",
        "0000-01-01",
        "2026-02-01 ",
    ] {
        assert!(text.parse::<CivilDate>().is_err(), "{text}");
    }
}

#[test]
fn times_are_text_for_people_and_numbers_for_the_journal() {
    let all = (
        time("2026-11-23T09:15:00+08:00"),
        zone("Asia/Shanghai"),
        "2026-11-23".parse::<CivilDate>().unwrap(),
    );
    let text = serde_json::to_string(&all).unwrap();
    assert_eq!(
        text,
        r#"["2026-11-23T01:15:00Z","Asia/Shanghai","2026-11-23"]"#
    );
    assert_eq!(
        serde_json::from_str::<(Timestamp, Zone, CivilDate)>(&text).unwrap(),
        all
    );
    let bytes = postcard::to_allocvec(&all).unwrap();
    assert_eq!(
        postcard::from_bytes::<(Timestamp, Zone, CivilDate)>(&bytes).unwrap(),
        all
    );
    assert!(serde_json::from_str::<Timestamp>("\"2026-11-23T09:15:00\"").is_err());
    assert!(serde_json::from_str::<Zone>("\"Atlantis\"").is_err());
}

proptest! {
    #[test]
    fn every_moment_is_written_and_read_back(millis in prop_oneof![any::<i64>(), -62_135_510_400_000i64..253_402_128_000_000, -1_000i64..2_000_000_000_000], zone_index in 0usize..4) {
        let moment = Timestamp::from_millis(millis);
        let names = ["Asia/Shanghai", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"];
        let zone = zone(names[zone_index]);
        prop_assert_eq!(Timestamp::parse_rfc3339(&moment.to_rfc3339(&zone)), Ok(moment));
        prop_assert_eq!(Timestamp::parse_rfc3339(&moment.to_rfc3339_utc()), Ok(moment));
    }

    #[test]
    fn the_wall_clock_leads_back_to_the_minute(minutes in -1_000_000i64..60_000_000) {
        let zone = zone("Asia/Shanghai");
        let moment = Timestamp::from_millis(0).plus_minutes(minutes);
        let (date, minute) = moment.civil(&zone);
        // China put its clocks forward in summer until 1991; outside that every minute is shown once.
        prop_assume!(!(1986..=1991).contains(&date.year()));
        prop_assert_eq!(Timestamp::at(date, minute, &zone), moment);
    }

    #[test]
    fn no_text_brings_the_reader_down(text in "\\PC{0,40}|[0-9TZ:.+-]{0,40}") {
        let _ = Timestamp::parse_rfc3339(&text);
        let _ = text.parse::<CivilDate>();
        let _ = Zone::named(&text);
    }
}
