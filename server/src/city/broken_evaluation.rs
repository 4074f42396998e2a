//! Evaluations with something wrong in them: each mistake is found, with its file and line. Those that ship are sound.

use domain::case::Moment;
use domain::evaluation::{Better, Measure};

use super::broken_packs::{Broken, broken, bytes_of, every_one_says};
use super::tests::{folder, loaded};
use super::*;

const FILE: &str = "evaluation.toml";

const BROKEN: &[Broken] = &[
    broken(
        FILE,
        "cases = \"not merged and not voided\"",
        "cases = \"not merged and not avoided\"",
        "evaluation.toml:{}: cases \"not merged and not avoided\": filter, character 20: unknown field 'avoided'",
    ),
    broken(
        FILE,
        "share = \"in_time\"",
        "share = \"in_time and\"",
        "evaluation.toml:{}: share \"in_time and\": filter, character 12: expected a field",
    ),
    broken(
        FILE,
        "share = \"reworks>0\"",
        "share = \"reworks\"",
        "evaluation.toml:{}: share \"reworks\": filter, character 8: expected =, !=",
    ),
    broken(
        FILE,
        "share = \"reworks>0\"",
        "share = \"reworks=some\"",
        "evaluation.toml:{}: share \"reworks=some\": reworks is never some",
    ),
    broken(
        FILE,
        "share = \"closed\"",
        "share = \"closed=1\"",
        "evaluation.toml:{}: share \"closed=1\": closed is never 1",
    ),
    broken(
        FILE,
        "role=collector",
        "role=collectors",
        "evaluation.toml:{}: of \"(source in (nyc-311) or role=collectors) and not rejected\": collectors is not a role",
    ),
    broken(
        FILE,
        "role=collector",
        "category=E9999",
        "evaluation.toml:{}: of \"(source in (nyc-311) or category=E9999) and not rejected\": no category of categories.csv is E9999",
    ),
    broken(
        FILE,
        "mean = \"hops\"",
        "mean = \"beers\"",
        "evaluation.toml:{}: mean \"beers\" is not one of hops, returns",
    ),
    broken(
        FILE,
        "mean = \"hops\"",
        "mean = \"hops\"\nshare = \"closed\"",
        "evaluation.toml:153: needs one of share, mean, percentile",
    ),
    broken(
        FILE,
        "percentile = 90\n",
        "percentile = 0\n",
        "evaluation.toml:{}: percentile is from 1 to 100",
    ),
    broken(
        FILE,
        "from = \"acknowledged\"",
        "from = \"birth\"",
        "evaluation.toml:{}: from \"birth\" is not one of opened, filed",
    ),
    broken(
        FILE,
        "better = \"higher\"",
        "better = \"more\"",
        "evaluation.toml:{}: better \"more\" is not one of higher, lower",
    ),
    broken(
        FILE,
        "unit = \"%\"",
        "unit = \"件\"",
        "evaluation.toml:{}: the unit of a share is \"%\"",
    ),
    broken(
        FILE,
        "source = ",
        "sauce = ",
        "evaluation.toml:{}: key indicator.sauce is not known",
    ),
    broken(
        FILE,
        "id = \"rework\"",
        "id = \"closed\"",
        "evaluation.toml:57: indicator closed is there twice",
    ),
    broken(
        FILE,
        "decimals = 2",
        "decimals = 2\nweight = 5",
        "evaluation.toml:164: indicator hops cannot be scored: only a share can be scored",
    ),
    // The old mistake: of those closed, how many in time. Whoever closes what is late is punished for it.
    broken(
        FILE,
        "of = \"in_time or late or overdue\"\ncounts_in = \"dispatched\"",
        "of = \"closed\"\ncounts_in = \"closed\"",
        "evaluation.toml:41: indicator handled-in-time cannot be scored: closing a case that is",
    ),
];

#[test]
fn every_broken_evaluation_says_what_is_wrong_and_where() {
    every_one_says(BROKEN);
}

#[test]
fn a_city_without_an_evaluation_judges_nobody() {
    let mut files = bytes_of("dongguan");
    files.remove(FILE);
    let findings = Findings::default();
    let (_, _, evaluation) = read_city(&CityFiles::from(files), &findings).expect("a city");
    assert!(evaluation.indicators.is_empty());
}

#[test]
fn dongguan_judges_by_what_the_standard_names() {
    let evaluation = loaded(&Source::Folder(folder("dongguan"))).evaluation;
    let shares: Vec<&str> = evaluation
        .indicators
        .iter()
        .filter(|indicator| matches!(indicator.measure, Measure::Share(_)))
        .map(|indicator| indicator.name.as_str())
        .collect();
    assert_eq!(
        shares,
        [
            "按期处置率",
            "结案率",
            "返工率",
            "超期未处置率",
            "延期率",
            "准确派遣率",
            "漏报率",
            "满意率",
            "按期立案率",
        ]
    );
    let weights: u32 = evaluation.indicators.iter().map(|one| one.weight).sum();
    assert_eq!(weights, 100, "a score is out of 100");
}

/// A known mistake of such systems: 按期立案率 computed from when cases were closed.
#[test]
fn timely_filing_does_not_ask_when_a_case_was_closed() {
    for pack in ["dongguan", "new-york"] {
        let evaluation = loaded(&Source::Folder(folder(pack))).evaluation;
        let filing = evaluation.indicator("filed-in-time").expect("按期立案率");
        assert_eq!(
            (filing.better, filing.counts_in),
            (Better::Higher, Moment::Opened)
        );
        let Measure::Share(share) = &filing.measure else {
            panic!("a share");
        };
        for words in [&share.words, &filing.of.words] {
            for about_closing in ["closed", "in_time or late", "handled", "overdue or"] {
                assert!(!words.contains(about_closing), "{pack}: {words}");
            }
        }
    }
}
