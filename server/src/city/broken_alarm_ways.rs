//! Rules of muting and ways of alarms with something wrong in them: each mistake is found, with its file and line.

use super::broken_packs::{Broken, broken, bytes_of, every_one_says, mistakes_of};
use super::rules::ALARMS;

/// A sound rule, whose words the mistakes below spoil.
macro_rules! rule {
    ($by:literal, $mutes:literal, $rest:literal) => {
        concat!(
            "\n[[inhibit]]\nid = \"flood\"\nname = \"水\"\nname_en = \"Water\"\n",
            $by,
            "\n",
            $mutes,
            "\n",
            $rest,
            "\n"
        )
    };
}

const BROKEN: &[Broken] = &[
    broken(
        ALARMS,
        "",
        "\n[ways]\nshelve_at_most_minutes = 1441\n",
        "alarms.toml:73: shelve_at_most_minutes 1441 is outside 1 to 1440",
    ),
    broken(
        ALARMS,
        "",
        "\n[ways]\nchatter_changes = 2\n",
        "alarms.toml:73: chatter_changes 2 is outside 3",
    ),
    broken(
        ALARMS,
        "",
        "\n[ways]\nlatch = [\"X9\"]\n",
        "alarms.toml:73: no category begins with \"X9\"",
    ),
    broken(
        ALARMS,
        "",
        "\n[ways]\nlatches = []\n",
        "alarms.toml:73: key ways.latches is not known",
    ),
    broken(
        ALARMS,
        "",
        rule!(
            "by_rules = [\"pm10\"]",
            "mutes_rules = [\"ozone\"]",
            "within = \"town\""
        ),
        "alarms.toml:76: there is no rule pm10",
    ),
    broken(
        ALARMS,
        "",
        rule!(
            "by_severity = 2",
            "mutes_rules = [\"ozone\"]",
            "within = \"town\""
        ),
        "alarms.toml:72: by_rules, by_categories and by_warnings are all empty",
    ),
    broken(
        ALARMS,
        "",
        rule!(
            "by_rules = [\"pm25\"]",
            "mutes_rules = [\"ozone\"]",
            "within = \"county\""
        ),
        "alarms.toml:78: within \"county\" is neither town nor city",
    ),
    broken(
        ALARMS,
        "",
        rule!("by_rules = [\"pm25\"]", "mutes_rules = [\"ozone\"]", ""),
        "alarms.toml:72: either within or within_m",
    ),
    broken(
        ALARMS,
        "",
        rule!(
            "by_rules = [\"pm25\"]",
            "mutes_rules = [\"ozone\"]",
            "within_m = 0"
        ),
        "alarms.toml:78: within_m 0 is outside",
    ),
    broken(
        ALARMS,
        "",
        rule!(
            "by_rules = [\"pm25\"]",
            "mutes_severity = 9\nmutes_rules = [\"ozone\"]",
            "within = \"city\""
        ),
        "alarms.toml:77: mutes_severity 9 is not one of",
    ),
    broken(
        ALARMS,
        "",
        rule!(
            "by_rules = [\"pm25\"]",
            "mutes_rules = [\"pm25\"]",
            "within = \"city\""
        ),
        "alarms.toml:72: inhibit flood mutes in a circle: rule pm25 would mute itself",
    ),
    // The kind of the rule is among those it mutes.
    broken(
        ALARMS,
        "",
        rule!(
            "by_rules = [\"road-water-depth\"]",
            "mutes_categories = [\"E04\"]",
            "within = \"city\""
        ),
        "alarms.toml:72: inhibit flood mutes in a circle: rule road-water-depth",
    ),
];

#[test]
fn every_broken_way_says_what_is_wrong_and_where() {
    every_one_says(BROKEN);
}

fn mistakes_with(more: &str) -> Vec<String> {
    let mut files = bytes_of("new-york");
    files
        .get_mut(ALARMS)
        .expect("the pack has alarms")
        .extend_from_slice(more.as_bytes());
    let mistakes = mistakes_of(files);
    mistakes.iter().map(ToString::to_string).collect()
}

fn inhibit(id: &str, by: &str, mutes: &str) -> String {
    format!(
        "\n[[inhibit]]\nid = \"{id}\"\nname = \"x\"\nname_en = \"x\"\nby_rules = [\"{by}\"]\nmutes_rules = [\"{mutes}\"]\nwithin = \"city\"\n"
    )
}

#[test]
fn a_circle_over_several_rules_is_found_and_a_chain_is_none() {
    let chain = inhibit("a", "pm25", "ozone") + &inhibit("b", "ozone", "road-water-depth");
    assert_eq!(mistakes_with(&chain), Vec::<String>::new());
    let circle = chain + &inhibit("c", "road-water-depth", "pm25");
    let said = mistakes_with(&circle);
    assert_eq!(said.len(), 3, "each of the three: {said:?}");
    assert!(said.iter().all(|line| line.contains("mutes in a circle")));
    let twice = inhibit("a", "pm25", "ozone") + &inhibit("a", "pm25", "road-water-depth");
    assert!(mistakes_with(&twice)[0].contains("inhibit a is there twice"));
}
